/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the keys of `suspect:`. */
#include "config/config_rows.h"

/* clang-format off */
const struct key_row suspect_rows[] = {
	{ FLAG("jumps", CONFIG, core.suspect.jumps, "on"),
	  .doc = "a voltage, SoC or temperature that leaps is believed when it was said several times in a row:" },
	{ NUMBER("times", CONFIG, core.suspect.times, DIM_NONE, "3", "2", "10"),
	  .doc = "so many times; until then the last one holds" },
	{ NUMBER("voltage_leap", CONFIG, core.suspect.voltage_jump, DIM_PERCENT, "10 %", "1 %", "50 %"),
	  .doc = "a leap of the voltage, of the last one," },
	{ NUMBER("soc_leap", CONFIG, core.suspect.soc_jump, DIM_PERCENT, "10 %", "1 %", "50 %"),
	  .doc = "of the SoC," },
	{ NUMBER("temperature_leap", CONFIG, core.suspect.temperature_jump, DIM_TEMPERATURE, "15 degC", "1 degC", "100 degC"),
	  .doc = "of a temperature" },
	{ FLAG("frozen", CONFIG, core.suspect.frozen, "on"),
	  .doc = "a warning when a pack's values stand still" },
	{ NUMBER("frozen_time", CONFIG, core.suspect.frozen_time, DIM_TIME, "60 s", "10 s", "1 h"),
	  .doc = "for so long," },
	{ NUMBER("frozen_current", CONFIG, core.suspect.frozen_current, DIM_C_RATE, "0.05 C", "0.01 C", "1 C"),
	  .doc = "while the others' current moves by so much" },
	{ FLAG("soc", CONFIG, core.suspect.soc, "on"),
	  .doc = "a warning when a pack's SoC can't be, by its voltage at rest" },
	{ NUMBER("rest_time", CONFIG, core.suspect.rest_time, DIM_TIME, "30 min", "1 min", "1 d"),
	  .doc = "it rests after so long" },
	{ NUMBER("rest_current", CONFIG, core.suspect.rest_current, DIM_C_RATE, "0.02 C", "0.01 C", "0.2 C"),
	  .doc = "with no more current than this" },
	{ 0 }
};
/* clang-format on */
