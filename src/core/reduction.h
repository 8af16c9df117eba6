/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * A cell that is too high takes the charge voltage down to where the battery is, less what all cells are over: what
 * the current pushes up comes down with it, and the balancer gets its time. At once; up again slowly, when no cell has
 * been too high for a while. Never below a floor, so that it can't follow the battery down.
 */
#ifndef CORE_REDUCTION_H
#define CORE_REDUCTION_H

#include "core/tree.h"

struct reduction {
	bool active;
	int64_t since;     /* us, when it became active */
	int64_t value;     /* mV, no more is charged to */
	int64_t rise_from; /* mV, where it stood, */
	int64_t held_at;   /* us, when a cell was last too high, or not to be seen */
	int64_t high_since; /* us, some cell has been too high since; 0 = none is */
	int64_t voltage[PACKS_MAX]; /* uV, of each pack, smoothed; 0 = not known */
	int64_t last;      /* us, the last step; 0 = there was none */
	struct reason reason;
};

/* `otherwise`: mV, what the bank is charged to without it; INT64_MAX = nobody says. */
void reduction_step(struct reduction *r, const struct tree *t, int64_t otherwise);

#endif
