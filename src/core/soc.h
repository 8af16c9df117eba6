/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The bank's state of charge as it is told: the packs' own by a rule, or counted by battagg. What is told may lag behind
 * upward, so that no inverter and no chart jumps; downward it follows at once. Limits are never made of it.
 */
#ifndef CORE_SOC_H
#define CORE_SOC_H

#include "core/counter.h"
#include "core/tree.h"

struct soc_state {
	bool known;       /* there is something to tell */
	int64_t packs;    /* by the rule, from the packs, 0.01 % */
	int64_t shown;    /* what is told, 0.01 % */
	uint32_t members; /* bit per pack whose SoC is in it */
	bool climbing;    /* the members have changed: it goes up slowly until it is right */
	int64_t step;     /* us, of the last one */
	int64_t rest;     /* what of a climb is less than 0.01 %, in 0.01 % us */
	struct counter counter;
	struct meter meter;
};

/* After the bank was brought up to date. `told`: it has been told before, so that it may not jump up. */
void soc_step(struct soc_state *x, const struct tree *t, bool told);

/* By hand: the counter is right from now on. False: the capacity is not known yet. */
bool soc_set(struct soc_state *x, const struct battery *bank, int64_t soc);

#endif
