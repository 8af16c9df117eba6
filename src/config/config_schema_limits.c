/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the schema of what is about packs that are apart: `imbalance:`. */
#include "config/config_rows.h"

/* clang-format off */
static const struct key_row apart_soc_rows[] = {
	{ FLAG("detect", CONFIG, core.imbalance[OF_SOC].detect, "yes"),
	  .doc = "an event and a warning when the packs are apart" },
	{ NUMBER("threshold", CONFIG, core.imbalance[OF_SOC].threshold, DIM_PERCENT, "20 %", "1 %", "100 %"),
	  .doc = "by so much: the fullest less the emptiest" },
	{ NUMBER("release", CONFIG, core.imbalance[OF_SOC].release, DIM_PERCENT, "2 %", "0 %", "50 %"),
	  .doc = "until it is less than the threshold by so much" },
	{ NUMBER("time", CONFIG, core.imbalance[OF_SOC].time, DIM_TIME, "60 s", "0 s", "1 d"),
	  .doc = "for so long, either of the two" },
	{ 0 }
};

static const struct key_row apart_voltage_rows[] = {
	{ FLAG("detect", CONFIG, core.imbalance[OF_VOLTAGE].detect, "yes"), .doc = "likewise" },
	{ NUMBER("threshold", CONFIG, core.imbalance[OF_VOLTAGE].threshold, DIM_VOLTAGE, "0.3 V", "10 mV", "50 V"),
	  .doc = "by so much: the highest less the lowest" },
	{ NUMBER("release", CONFIG, core.imbalance[OF_VOLTAGE].release, DIM_VOLTAGE, "0.1 V", "0 V", "10 V"),
	  .doc = "until it is less than the threshold by so much" },
	{ NUMBER("time", CONFIG, core.imbalance[OF_VOLTAGE].time, DIM_TIME, "60 s", "0 s", "1 d"),
	  .doc = "for so long, either of the two" },
	{ 0 }
};

static const struct key_row apart_current_rows[] = {
	{ FLAG("detect", CONFIG, core.imbalance[OF_CURRENT].detect, "yes"), .doc = "likewise, charging and discharging" },
	{ NUMBER("threshold", CONFIG, core.imbalance[OF_CURRENT].threshold, DIM_PERCENT, "20 %", "1 %", "100 %"),
	  .doc = "so much less than the hardest-working pack takes one of the others, by its capacity" },
	{ NUMBER("release", CONFIG, core.imbalance[OF_CURRENT].release, DIM_PERCENT, "5 %", "0 %", "50 %"),
	  .doc = "until it is less than the threshold by so much" },
	{ NUMBER("time", CONFIG, core.imbalance[OF_CURRENT].time, DIM_TIME, "5 min", "0 s", "1 d"),
	  .doc = "for so long, either of the two" },
	{ NUMBER("above", CONFIG, core.imbalance_above, DIM_C_RATE, "0.1 C", "0.01 C", "3 C"),
	  .doc = "while that pack has at least this current" },
	{ 0 }
};

const struct key_row imbalance_rows[] = {
	{ MAP("soc", apart_soc_rows), .doc = "in state of charge" },
	{ MAP("voltage", apart_voltage_rows), .doc = "in voltage" },
	{ MAP("current", apart_current_rows), .doc = "in current, by their capacities" },
	{ 0 }
};
/* clang-format on */
