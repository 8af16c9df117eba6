/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * How the bank's current divides between its strings, and what that lets the bank have: `limits: combine` and
 * `blocked_pack`. A plain sum of limits says nothing about how the current divides. By the number of strings, their
 * capacities, or what each was seen to take, no string gets more than its own limit: that is never more than the sum.
 */
#ifndef CORE_SHARE_H
#define CORE_SHARE_H

#include "core/tree.h"

#define SHARE_EVEN 1000000 /* a string takes as much of the current as it has of the capacity */

struct share_state {
	int32_t ratio[2][PACKS_MAX]; /* enum direction, by a string's first pack, 1/SHARE_EVEN; 0 = nothing learnt yet */
	int64_t learnt;              /* us, of the last lesson; 0 = none yet */
	int64_t told[2][PACKS_MAX];  /* mA, a string's last limit: it holds on when the BMS tells none any more */
	int64_t held[2][PACKS_MAX];  /* mA, what the others were allowed when this string began to block; 0 = it does not */
};

/* A limit of the bank, as it is and as it would be without curves. */
struct share_limit {
	bool any;
	int64_t value, free; /* mA */
	struct reason reason, why_free;
};

/* Once a step. */
void share_learn(struct share_state *state, const struct tree *t);

/* By the rule of the config; nothing for `sum`. */
struct share_limit share_limit(const struct share_state *state, const struct tree *t, enum direction d);

/* Once a step: what the bank is held to while strings block, mA, `allowed` being what the others may have at the moment.
 * `pack`: the first of the one that says so; -1: nothing is held. */
int64_t share_held(struct share_state *state, const struct tree *t, enum direction d, int64_t allowed, int *pack);

/* The first pack of a string that blocks this direction, in the bank or beside it; -1: none does. */
int share_blocking(const struct tree *t, enum direction d);

/* After a reload: `to` has the new index of each pack, -1 where it is no more. */
void share_adopt(struct share_state *state, const struct share_state *old, const int *to, int n);

#endif
