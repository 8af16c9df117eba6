/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the GX is told: the bank and its limits, made presentable, by the output profile run backwards. */
#ifndef CORE_OUTPUT_H
#define CORE_OUTPUT_H

#include "core/ladder.h"

#define OUTPUT_FRAMES_MAX 64
#define URGENT_GAP 100000 /* us between two sets that go out of turn */

struct output {
	struct battery told; /* what the frames with limits and alarms carry, as each last had it */
	bool told_once;
	bool pending; /* something got worse and waits for URGENT_GAP to pass */
	int64_t due[OUTPUT_FRAMES_MAX]; /* us; 0 = at once */
	int64_t last_urgent;
};

/* The battery to be told: the bank with the verdict's limits, unknowns by the design's table, battagg's own names. */
void output_prepare(struct battery *shown, const struct battery *bank, const struct verdict *v,
                    const struct settings *s, const struct pack *packs, int n, int64_t now);

/* Did a limit or an alarm get worse from `told` to `shown`, in what the GX can see of it? */
bool output_worse(const struct battery *told, const struct battery *shown);

/* The frames to send now into `out`; returns how many. `shown` becomes what was told. */
int output_step(struct output *o, const struct profile *p, const struct battery *shown, int64_t now, struct frame *out,
                int max);

/* The next step sends the whole set. */
void output_restart(struct output *o);

#endif
