/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The built-in cell guard: no charge with a cell too high, no discharge with one too low, whatever else is set. */
#include "core/govern.h"

static void watch(struct guard_state *g, enum direction d, bool trips, bool releases, const struct pack *p,
                  enum quantity value, enum quantity number)
{
	const struct measure *m = &p->b.q[value];
	bool well = releases && !m->partial; /* all cells are known, and well */
	if (trips)
		g->tripped[d] = true;
	else if (g->tripped[d] && well && g->well_at[d] && m->time > g->well_at[d])
		g->tripped[d] = false; /* said twice */
	if (!well || !g->tripped[d])
		g->well_at[d] = 0;
	else if (!g->well_at[d])
		g->well_at[d] = m->time;
	g->measured[d] = m->value;
	g->cell[d] = battery_has(&p->b, number) ? (int16_t)p->b.q[number].value : 0;
}

void guard_step(struct guard_state *g, const struct pack *p, const struct settings *s)
{
	struct chemistry_row c = cell_levels(p->set, s);
	if (!s->cell_guard || !pack_constrains(p) || !c.guard_high) {
		*g = (struct guard_state){ 0 };
		return;
	}
	/* what is not fresh changes nothing: a guard that has tripped stays so until a cell is seen to be well again */
	if (battery_has(&p->b, Q_CELL_VOLTAGE_MAX)) {
		int64_t max = p->b.q[Q_CELL_VOLTAGE_MAX].value;
		watch(g, CHARGE, max >= c.guard_high, max <= c.guard_high_release, p, Q_CELL_VOLTAGE_MAX,
		      Q_CELL_VOLTAGE_MAX_NO);
	}
	if (battery_has(&p->b, Q_CELL_VOLTAGE_MIN)) {
		int64_t min = p->b.q[Q_CELL_VOLTAGE_MIN].value;
		watch(g, DISCHARGE, min <= c.guard_low, min >= c.guard_low_release, p, Q_CELL_VOLTAGE_MIN,
		      Q_CELL_VOLTAGE_MIN_NO);
	}
}
