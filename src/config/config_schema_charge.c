/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the keys of `charge:`: how far and how the bank is charged. Where the defaults come from: docs/POLICIES.md. */
#include "config/config_rows.h"

static const char *const combine_words[] = { "min", "max_until_all_float", "max_while_balancing", NULL }; /* enum charge_combine */

/* clang-format off */
static const struct key_row floater_rows[] = {
	{ NUMBER("spread", CONFIG, core.charge.floater_spread, DIM_VOLTAGE, "50 mV", "5 mV", "500 mV"),
	  .doc = "with cells further apart a pack that lowers its charge voltage has a high cell, and does not float" },
	{ NUMBER("memory", CONFIG, core.charge.floater_memory, DIM_TIME, "1 d", "1 h", "7 d"),
	  .doc = "so long a pack's highest charge voltage counts for what it bears" },
	{ 0 }
};

const struct key_row charge_rows[] = {
	{ WORD("combine", CONFIG, core.charge.combine, combine_words, COMBINE_MIN, "min"),
	  .doc = "the packs' own charge voltages: the lowest, or none of those that float, until all do, or while cells are balanced" },
	{ MAP("floaters", floater_rows), .doc = "which packs float, for `combine`" },
	{ 0 }
};
/* clang-format on */
