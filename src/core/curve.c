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
