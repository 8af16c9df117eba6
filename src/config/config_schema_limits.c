/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the schema of what is about packs that are apart, and about their alarms. */
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
	{ TIERS("charge", core.soc_tiers[CHARGE], DIM_PERCENT), .unset = "not reduced",
	  .doc = "charge current of the bank from so much apart on; `release` and `time` hold for each" },
	{ TIERS("discharge", core.soc_tiers[DISCHARGE], DIM_PERCENT), .unset = "not reduced",
	  .doc = "likewise the discharge current" },
	{ FLAG("lowers_charge_voltage", CONFIG, core.imbalance[OF_SOC].lowers_cvl, "no"),
	  .doc = "while it is found; see charge_voltage" },
	{ 0 }
};

#define REACTIONS(of_)                                                                                                 \
	{ AMOUNT("charge", core.imbalance[of_].limit[CHARGE]), .unset = "not reduced",                                 \
	  .doc = "charge current of the bank while it is found" },                                                     \
	{ AMOUNT("discharge", core.imbalance[of_].limit[DISCHARGE]), .unset = "not reduced",                           \
	  .doc = "likewise the discharge current" }

static const struct key_row apart_voltage_rows[] = {
	{ FLAG("detect", CONFIG, core.imbalance[OF_VOLTAGE].detect, "yes"), .doc = "likewise" },
	{ NUMBER("threshold", CONFIG, core.imbalance[OF_VOLTAGE].threshold, DIM_VOLTAGE, "0.3 V", "10 mV", "50 V"),
	  .doc = "by so much: the highest less the lowest" },
	{ NUMBER("release", CONFIG, core.imbalance[OF_VOLTAGE].release, DIM_VOLTAGE, "0.1 V", "0 V", "10 V"),
	  .doc = "until it is less than the threshold by so much" },
	{ NUMBER("time", CONFIG, core.imbalance[OF_VOLTAGE].time, DIM_TIME, "60 s", "0 s", "1 d"),
	  .doc = "for so long, either of the two" },
	REACTIONS(OF_VOLTAGE),
	{ FLAG("lowers_charge_voltage", CONFIG, core.imbalance[OF_VOLTAGE].lowers_cvl, "no"),
	  .doc = "while it is found; see charge_voltage" },
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
	REACTIONS(OF_CURRENT),
	{ 0 }
};

static const struct key_row lowered_rows[] = {
	{ NUMBER("floor", CONFIG, core.lowered_floor, DIM_VOLTAGE, NULL, "1.5 V", "4.2 V"), .unset = "safe: cell_voltage (lfp: 3.35 V)",
	  .doc = "per cell; it goes no lower, whatever is measured" },
	{ NUMBER("down", CONFIG, core.lowered_down, DIM_VOLTAGE_RATE, "20 mV/s", "1 mV/s", "1 V/s"),
	  .doc = "so fast, of the bank" },
	{ NUMBER("up", CONFIG, core.lowered_up, DIM_VOLTAGE_RATE, "5 mV/s", "1 mV/s", "1 V/s"),
	  .doc = "and back so fast, when the packs are even again" },
	{ 0 }
};

const struct key_row pack_alarm_rows[] = {
	{ AMOUNT("charge", core.on_pack_alarm[CHARGE]), .unset = "not reduced", .doc = "charge current of the bank" },
	{ AMOUNT("discharge", core.on_pack_alarm[DISCHARGE]), .unset = "not reduced", .doc = "discharge current of the bank" },
	{ 0 }
};

const struct key_row imbalance_rows[] = {
	{ MAP("soc", apart_soc_rows), .doc = "in state of charge" },
	{ MAP("voltage", apart_voltage_rows), .doc = "in voltage" },
	{ MAP("charge_voltage", lowered_rows), .doc = "how it is lowered, where soc or voltage say so" },
	{ MAP("current", apart_current_rows), .doc = "in current, by their capacities" },
	{ 0 }
};
/* clang-format on */
