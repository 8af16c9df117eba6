/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The built-in cell guard: no charge with a cell too high, no discharge with one too low, whatever else is set. */
#include "core/govern.h"

struct chemistry_row guard_levels(const struct pack_settings *set, const struct settings *s)
{
	struct chemistry_row c = chemistries[set->chemistry];
	if (s->guard_high)
		c.guard_high = s->guard_high;
	if (s->guard_high_release)
		c.guard_high_release = s->guard_high_release;
	if (s->guard_low)
		c.guard_low = s->guard_low;
	if (s->guard_low_release)
		c.guard_low_release = s->guard_low_release;
	if (s->float_voltage)
		c.float_voltage = s->float_voltage;
	if (s->safe_voltage)
		c.safe_voltage = s->safe_voltage;
	return c;
}

static void watch(struct guard_state *g, enum direction d, bool trips, bool releases, const struct pack *p,
                  enum quantity value, enum quantity number)
{
	if (trips)
		g->tripped[d] = true;
	else if (releases && !p->b.q[value].partial && p->state != PACK_REFUSED)
		g->tripped[d] = false; /* all cells are known, and well, and this pack's */
	g->measured[d] = p->b.q[value].value;
	g->cell[d] = battery_has(&p->b, number) ? (int16_t)p->b.q[number].value : 0;
}

void guard_step(struct guard_state *g, const struct pack *p, const struct settings *s)
{
	struct chemistry_row c = guard_levels(p->set, s);
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
