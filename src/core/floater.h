/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Packs that float. A BMS that has charged its pack to the top lowers its CVL to float, and by the lowest CVL of all it
 * would end the charging of the others, too. It has borne more, so that, where the config says so, the highest CVL it
 * has told of late counts in place of what it tells now. A CVL that was lowered for another reason holds: for a cell
 * that is too high, with an alarm, from below that voltage (cold), or where the cells are not known.
 */
#ifndef CORE_FLOATER_H
#define CORE_FLOATER_H

#include "core/tree.h"

/* Memory of one pack. */
struct floater {
	int64_t ask;     /* mV, its own CVL as of the last step; 0 = it has no say */
	int64_t peak;    /* mV, the highest of late */
	int64_t peak_at; /* us, when it was last told */
	bool held;       /* lowered for another reason than float: holds until it is back at the peak */
	bool floats;     /* as of the last step */
};

struct floaters {
	struct floater pack[PACKS_MAX];
	int lowest;       /* a pack that floats, of the string that does so with the lowest CVL; -1 = they lift nothing now */
	int64_t unlifted; /* mV, the lowest CVL of all strings, theirs too */
};

void floaters_step(struct floaters *f, const struct tree *t);

/* mV, the lowest of what the strings' CVLs count for and the bank's own cap; INT64_MAX = there is none. */
int64_t floaters_allow(const struct floaters *f, const struct tree *t);

/* What a string's CVL counts for. */
struct ask floaters_ask(const struct floaters *f, const struct tree *t, const struct node *node);

#endif
