/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the keys of `soc:` and `state:`. */
#include "config/config_rows.h"

static const char *const from_words[] = { "weighted", "lowest", "guarded", "counter", NULL }; /* enum soc_from */

/* clang-format off */
static const struct key_row counter_rows[] = {
	{ NUMBER("efficiency", CONFIG, core.soc.efficiency, DIM_PERCENT, "98 %", "80 %", "100 %"),
	  .doc = "so much of what is charged can be taken out again" },
	{ NUMBER("start", CONFIG, core.soc.start, DIM_PERCENT, NULL, "0 %", "100 %"), .unset = "what the packs say",
	  .doc = "of a counter that has never counted" },
	{ NUMBER("full_voltage", CONFIG, core.soc.full_voltage, DIM_VOLTAGE, NULL, "1.5 V", "4.5 V"), .unset = "the chemistry's (lfp: 3.45 V)",
	  .doc = "full: each pack has a cell with so much," },
	{ NUMBER("full_current", CONFIG, core.soc.full_current, DIM_C_RATE, "0.05 C", "0.01 C", "3 C"),
	  .doc = "with no more current than this," },
	{ NUMBER("full_time", CONFIG, core.soc.full_time, DIM_TIME, "60 s", "0 s", "1 h"),
	  .doc = "for so long" },
	{ NUMBER("empty_voltage", CONFIG, core.soc.empty_voltage, DIM_VOLTAGE, NULL, "1 V", "4 V"), .unset = "never set to empty",
	  .doc = "empty: a cell has no more than this for so long" },
	{ 0 }
};

const struct key_row soc_rows[] = {
	{ WORD("from", CONFIG, core.soc.from, from_words, SOC_WEIGHTED, "weighted"),
	  .doc = "the packs' mean weighted by capacity, the lowest of them, guarded, or counted by battagg" },
	{ NUMBER("guard", CONFIG, core.soc.guard, DIM_PERCENT, "10 %", "0 %", "50 %"),
	  .doc = "guarded: the weighted mean, but so much above the lowest at most" },
	{ NUMBER("rise_per_minute", CONFIG, core.soc.slew, DIM_PERCENT, "2 %", "0.1 %", "100 %"),
	  .doc = "so fast it goes up after a pack has come or gone; down at once" },
	{ NUMBER("hold_full", CONFIG, core.soc.hold_full, DIM_PERCENT, "100 %", "90 %", "100 %"),
	  .doc = "never more than this until the bank is really full, as the counter has it" },
	{ MAP("counter", counter_rows), .doc = "charge in and out; it always counts, and is told where `from` says so" },
	{ 0 }
};

const struct key_row state_rows[] = {
	{ TEXT("file", CONFIG, state_file, NULL), .unset = "state-<output interface> in systemd's state folder, /data/battagg on a GX, or /run/battagg",
	  .doc = "what survives a restart: the counter, energy, the day of the last balancing charge; none: nothing does" },
	{ NUMBER("every", CONFIG, state_every, DIM_TIME, "5 min", "30 s", "1 d"),
	  .doc = "it is written so often, when something has changed" },
	{ 0 }
};
/* clang-format on */
