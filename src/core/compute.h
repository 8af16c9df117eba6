/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Quantities from others of the same pack: what a profile has under `computed:`, and what holds for every dialect. */
#ifndef CORE_COMPUTE_H
#define CORE_COMPUTE_H

#include "core/codec.h"

/* What is known of one pack. */
struct known {
	struct battery *b; /* as of now, see compute_aged() */
	const struct cells *cells;
	const int64_t *array_stale; /* us, per array: from when an element is too old */
	int n_cells;                /* in series; 0: unknown, then they are not added up */
	int64_t now;
};

/* Which units go together: a x b x num / den, or a / b x num. */
struct compute_units {
	uint8_t how; /* enum compute */
	uint8_t a, b, result; /* enum unit */
	int64_t num, den;
};
#define N_COMPUTE_UNITS 4
extern const struct compute_units compute_units[N_COMPUTE_UNITS];

/* What was seen, as a battery: what is too old is stale. */
void compute_aged(struct battery *out, const struct profile *p, const struct seen *s, int64_t now);
/* From when the elements of each array are too old, us: by the slowest of the frames that give them. */
void compute_array_stale(const struct profile *p, int64_t out[N_ARRAY]);

/* An element of an array; i from 0. */
enum validity compute_element(const struct known *k, enum array a, int i, int64_t *value);

/* The elements from..to (from 1) that are at least so valid. */
struct extremes {
	int count;
	bool stale; /* one of them is */
	int64_t min, max, sum, oldest;
	int min_at, max_at; /* from 1 */
};
struct extremes compute_extremes(const struct known *k, enum array a, int from, int to, enum validity least);

/* Is this field (its element, from 1; 0 for a quantity) a part of the row? */
bool compute_uses(const struct computed *c, const struct field *f, int element);

/* The value of a row: as old as its oldest part, stale when one is. False when a part is missing, or the result is not
 * plausible. */
bool compute(const struct computed *c, const struct known *k, struct measure *out);

/* Puts in what no frame gives, as each row's `fill` says. In order: a row may use those before it. */
void compute_fill(const struct computed *rows, unsigned n, const struct known *k);

#endif
