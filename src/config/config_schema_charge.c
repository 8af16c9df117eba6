/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the keys of `charge:`: how far and how the bank is charged. Where the defaults come from: docs/POLICIES.md. */
#include "config/config_rows.h"

static const char *const voltage_words[] = { "packs", "own", NULL };
static const char *const back_words[] = { "discharge", "at_once", NULL }; /* enum balance_back */
static const char *const combine_words[] = { "min", "max_until_all_float", "max_while_balancing", NULL }; /* enum charge_combine */

/* clang-format off */
static const struct key_row floater_rows[] = {
	{ NUMBER("spread", CONFIG, core.charge.floater_spread, DIM_VOLTAGE, "50 mV", "5 mV", "500 mV"),
	  .doc = "with cells further apart a pack that lowers its charge voltage has a high cell, and does not float" },
	{ NUMBER("memory", CONFIG, core.charge.floater_memory, DIM_TIME, "1 d", "1 h", "7 d"),
	  .doc = "so long a pack's highest charge voltage counts for what it bears" },
	{ 0 }
};

static const struct key_row absorption_rows[] = {
	{ NUMBER("time", CONFIG, core.charge.absorption_time, DIM_TIME, "15 min", "1 min", "12 h"),
	  .doc = "full after so long at the top," },
	{ NUMBER("tail_current", CONFIG, core.charge.tail_current, DIM_C_RATE, "0.02 C", "0 C", "0.5 C"),
	  .doc = "or with a current below this" },
	{ NUMBER("tail_time", CONFIG, core.charge.tail_time, DIM_TIME, "1 min", "10 s", "1 h"),
	  .doc = "for so long" },
	{ NUMBER("near", CONFIG, core.charge.near, DIM_VOLTAGE, "20 mV", "1 mV", "50 mV"),
	  .doc = "so close to the top, per cell, is at the top" },
	{ 0 }
};

static const struct key_row float_rows[] = {
	{ FLAG("use", CONFIG, core.charge.use_float, "yes"),
	  .doc = "no: a full battery is held at the top" },
	{ NUMBER("cell_voltage", CONFIG, core.charge.float_voltage, DIM_VOLTAGE, NULL, "1.5 V", "4.3 V"), .unset = "the chemistry's (lfp: 3.375 V)",
	  .doc = "per cell, once the battery is full" },
	{ NUMBER("back_soc", CONFIG, core.charge.back_soc, DIM_PERCENT, "90 %", "0 %", "100 %"),
	  .doc = "charged to the top again with a state of charge below this," },
	{ NUMBER("back_voltage", CONFIG, core.charge.back_voltage, DIM_VOLTAGE, NULL, "1.5 V", "4.3 V"), .unset = "the chemistry's (lfp: 3.3 V)",
	  .doc = "or this voltage per cell," },
	{ NUMBER("back_time", CONFIG, core.charge.back_time, DIM_TIME, "1 min", "0 s", "1 h"),
	  .doc = "for so long" },
	{ 0 }
};

static const struct key_row high_cell_rows[] = {
	{ FLAG("reduce", CONFIG, core.charge.reduce, NULL), .unset = "yes with `voltage: own`, else no",
	  .doc = "a cell that is too high lowers the charge voltage" },
	{ NUMBER("above", CONFIG, core.charge.high_above, DIM_VOLTAGE, NULL, "1.5 V", "4.5 V"), .unset = "the chemistry's (lfp: 3.5 V)",
	  .doc = "above this it is too high" },
	{ NUMBER("floor", CONFIG, core.charge.high_floor, DIM_VOLTAGE, NULL, "1.5 V", "4.3 V"), .unset = "the chemistry's (lfp: 3.35 V)",
	  .doc = "per cell: not lowered below it" },
	{ NUMBER("hold", CONFIG, core.charge.high_hold, DIM_TIME, "60 s", "0 s", "1 h"),
	  .doc = "once no cell is too high, it stays at least so long," },
	{ NUMBER("rise", CONFIG, core.charge.high_rise, DIM_VOLTAGE_RATE, "5 mV/s", "1 mV/s", "1 V/s"),
	  .doc = "and then rises so fast" },
	{ NUMBER("smooth", CONFIG, core.charge.high_smooth, DIM_TIME, "8 s", "0 s", "1 min"),
	  .doc = "the battery's voltage is smoothed over so long: with noise it would be followed down to its lowest" },
	{ NUMBER("believed_after", CONFIG, core.charge.high_brief, DIM_TIME, "2 s", "0 s", "1 min"),
	  .doc = "a cell that is too high for less is noise," },
	{ NUMBER("at_once", CONFIG, core.charge.high_much, DIM_VOLTAGE, "30 mV", "0 V", "1 V"),
	  .doc = "unless it is so much above" },
	{ 0 }
};

static const struct key_row balance_rows[] = {
	{ NUMBER("every", CONFIG, core.charge.balance_every, DIM_TIME, "0 d", "0 d", "365 d"),
	  .doc = "so many days after the last one; 0 d: only by hand (battagg ctl balance)" },
	{ NUMBER("cell_voltage", CONFIG, core.charge.balance_voltage, DIM_VOLTAGE, NULL, "1.5 V", "4.3 V"), .unset = "the chemistry's (lfp: 3.5 V)",
	  .doc = "per cell; never less than the usual one" },
	{ NUMBER("spread", CONFIG, core.charge.balance_spread, DIM_VOLTAGE, "25 mV", "1 mV", "500 mV"),
	  .doc = "balanced when the cells of each pack are so close together," },
	{ NUMBER("hold", CONFIG, core.charge.balance_hold, DIM_TIME, "10 min", "0 s", "12 h"),
	  .doc = "for so long" },
	{ NUMBER("at_most", CONFIG, core.charge.balance_at_most, DIM_TIME, "4 h", "10 min", "24 h"),
	  .doc = "at the top at most so long; then it is tried again the next day" },
	{ WORD("back", CONFIG, core.charge.balance_back, back_words, BACK_DISCHARGE, "discharge"),
	  .doc = "back to the usual voltage when the loads have brought the battery down to it, or at once" },
	{ 0 }
};

const struct key_row charge_rows[] = {
	{ WORD("voltage", CONFIG, core.charge.own, voltage_words, 0, "packs"),
	  .doc = "the packs' own charge voltages, or one of battagg's own that is never above theirs" },
	{ WORD("combine", CONFIG, core.charge.combine, combine_words, COMBINE_MIN, "min"),
	  .doc = "the packs' own charge voltages: the lowest, or none of those that float, until all do, or while cells are balanced" },
	{ MAP("floaters", floater_rows), .doc = "which packs float, for `combine`" },
	{ SPECIAL("cell_voltage", FORM_MONTHS, read_months, print_months), .dimension = DIM_VOLTAGE, .min = "1.5 V", .max = "4.3 V",
	  .unset = "the chemistry's (lfp: 3.45 V)", .doc = "per cell, to which `voltage: own` charges: one for the year, or a list of 12 by month" },
	{ NUMBER("offset", CONFIG, core.charge.offset, DIM_VOLTAGE, "0 V", "0 V", "2 V"),
	  .doc = "added for what the cables between charger and battery lose" },
	{ NUMBER("lower", CONFIG, core.charge.lower, DIM_VOLTAGE_RATE, "5 mV/s", "1 mV/s", "1 V/s"),
	  .doc = "so fast the bank comes down to float" },
	{ MAP("absorption", absorption_rows), .doc = "when a battery at the top is full" },
	{ MAP("float", float_rows), .doc = "and what then" },
	{ MAP("balance", balance_rows), .doc = "now and then a charge that goes further, to balance the cells" },
	{ MAP("high_cell", high_cell_rows), .doc = "what a cell that is too high does to the charge voltage" },
	{ 0 }
};
/* clang-format on */
