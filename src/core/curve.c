/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a limit is at some value of something else. */
#include "core/curve.h"

#include "core/scale.h"

int64_t curve_at(const struct curve *c, int64_t x, bool step)
{
	int i = 0;
	if (x >= c->x[c->n - 1])
		return c->y[c->n - 1];
	while (x >= c->x[i + 1])
		i++;
	if (x <= c->x[i])
		return c->y[i];
	int64_t from = c->y[i], to = c->y[i + 1];
	if (step)
		return from < to ? from : to;
	return from + divide((to - from) * (x - c->x[i]), c->x[i + 1] - c->x[i], ROUND_DOWN);
}

int64_t curve_most(const struct curve *c)
{
	int64_t most = c->y[0];
	for (int i = 1; i < c->n; i++)
		most = c->y[i] > most ? c->y[i] : most;
	return most;
}

int64_t curve_free(const struct curve *c, int64_t x)
{
	int64_t most = curve_most(c);
	int first = 0, last = c->n - 1;
	while (c->y[first] < most)
		first++;
	while (c->y[last] < most)
		last--;
	if (first > 0 && x < c->x[first])
		return c->x[first];
	return last < c->n - 1 && x > c->x[last] ? c->x[last] : x;
}

bool amount_in_ma(enum curve_of of, int64_t value, int64_t whole, int64_t capacity, int64_t *out)
{
	*out = value;
	if (of == CURVE_SHARE)
		*out = divide(whole * value, 10000, ROUND_DOWN);
	else if (of == CURVE_C_RATE)
		*out = divide(capacity * value, 100, ROUND_DOWN);
	return of != CURVE_C_RATE || capacity;
}
