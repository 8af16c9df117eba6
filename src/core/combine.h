/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Several batteries as one, quantity by quantity, by the rules of the table in quantity.c. */
#ifndef CORE_COMBINE_H
#define CORE_COMBINE_H

#include "core/battery.h"

enum topology { PARALLEL, SERIES };

struct member {
	const struct battery *battery;
	int64_t weight; /* capacity in mAh, for weighted means */
};

/*
 * Combines the members' quantities and alarms into `out`; texts are left empty. `missing`: some member is away, so
 * sums are partial. from[q] gets the index of the member that gave a minimum or maximum, else -1.
 * A combined value is as old as its oldest part, and stale when one of its parts is. Minima and maxima are taken over
 * the fresh values, over stale ones only when there is nothing else.
 */
void combine(struct battery *out, int from[N_QUANTITY], const struct member *members, int n, enum topology t,
             bool missing);

#endif
