/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the keys of `alarms:`. */
#include "config/config_rows.h"

static const char *const policy_words[] = { "worst", "warn_unless_all", "majority", NULL }; /* enum alarm_policy */

/* clang-format off */
#define OWN(key_, own_, dimension_, release_, min_, max_, none_)                                                 \
	static const struct key_row key_##_rows[] = {                                                                  \
		{ NUMBER("warning", CONFIG, core.alarms.own[own_].warning, dimension_, NULL, min_, max_), .unset = "none", \
		  .doc = "a warning from here on" },                                                                   \
		{ NUMBER("alarm", CONFIG, core.alarms.own[own_].alarm, dimension_, NULL, min_, max_), .unset = "none", \
		  .doc = "an alarm from here on" },                                                                    \
		{ NUMBER("release", CONFIG, core.alarms.own[own_].release, dimension_, release_, none_, max_),    \
		  .doc = "it is over when it is so far back" },                                                        \
		{ 0 }                                                                                                  \
	}
OWN(high_voltage, OWN_HIGH_VOLTAGE, DIM_VOLTAGE, "0.5 V", "5 V", "1000 V", "0 V");
OWN(low_voltage, OWN_LOW_VOLTAGE, DIM_VOLTAGE, "0.5 V", "5 V", "1000 V", "0 V");
OWN(high_cell_voltage, OWN_HIGH_CELL_VOLTAGE, DIM_VOLTAGE, "50 mV", "1.5 V", "4.5 V", "0 V");
OWN(low_cell_voltage, OWN_LOW_CELL_VOLTAGE, DIM_VOLTAGE, "50 mV", "1.5 V", "4.5 V", "0 V");
OWN(cell_imbalance, OWN_CELL_IMBALANCE, DIM_VOLTAGE, "20 mV", "5 mV", "2 V", "0 V");
OWN(high_temperature, OWN_HIGH_TEMPERATURE, DIM_TEMPERATURE, "2 degC", "-40 degC", "100 degC", "0 degC");
OWN(low_temperature, OWN_LOW_TEMPERATURE, DIM_TEMPERATURE, "2 degC", "-40 degC", "100 degC", "0 degC");
OWN(low_soc, OWN_LOW_SOC, DIM_PERCENT, "2 %", "0 %", "100 %", "0 %");

const struct key_row alarms_rows[] = {
	{ WORD("policy", CONFIG, core.alarms.policy, policy_words, ALARMS_WORST, "worst"),
	  .doc = "of alarms that close no direction: any pack's; an alarm when all have it, else a warning; when most have it" },
	{ NUMBER("raise_after", CONFIG, core.alarms.raise_after, DIM_TIME, "0 s", "0 s", "10 min"),
	  .doc = "told when it has lasted so long; what closes a direction is told at once" },
	{ NUMBER("clear_after", CONFIG, core.alarms.clear_after, DIM_TIME, "0 s", "0 s", "10 min"),
	  .doc = "over when it has been over so long" },
	{ NUMBER("lost_pack", CONFIG, core.alarms.lost_pack, DIM_TIME, NULL, "0 s", "7 d"), .unset = "it stays a warning",
	  .doc = "a lost pack is a warning, and an alarm after so long" },
	{ NUMBER("packs_apart", CONFIG, core.alarms.packs_apart, DIM_TIME, NULL, "0 s", "7 d"), .unset = "they stay a warning",
	  .doc = "packs that are apart (`imbalance:`) are a warning, and an alarm after so long" },
	{ NUMBER("time", CONFIG, core.alarms.time, DIM_TIME, "10 s", "0 s", "1 h"),
	  .doc = "the following thresholds have to be passed for so long" },
	{ MAP("high_voltage", high_voltage_rows), .doc = "of the bank" },
	{ MAP("low_voltage", low_voltage_rows), .doc = "of the bank" },
	{ MAP("high_cell_voltage", high_cell_voltage_rows), .doc = "of the highest cell" },
	{ MAP("low_cell_voltage", low_cell_voltage_rows), .doc = "of the lowest cell" },
	{ MAP("cell_imbalance", cell_imbalance_rows), .doc = "highest less lowest cell of the bank" },
	{ MAP("high_temperature", high_temperature_rows), .doc = "of the hottest cell" },
	{ MAP("low_temperature", low_temperature_rows), .doc = "of the coldest cell" },
	{ MAP("low_soc", low_soc_rows), .doc = "state of charge that is told; an event only: a GX has no bit for it" },
	{ 0 }
};
/* clang-format on */
