/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Which packs float, and what that is worth. */
#include "core/floater.h"

#define NEAR 20 /* mV for each cell: so exact are chargers, and a CVL that is told in tenths of a volt */

static const struct charge_settings *charging(const struct tree *t)
{
	return &t->s->charge;
}

static bool blocked_by_alarm(const struct pack *p)
{
	for (int i = 0; i < N_ALARM; i++)
		if (alarms[i].blocks & BLOCKS_CHARGE &&
		    (p->b.alarm[i].alarm == TRI_ACTIVE || p->b.alarm[i].warning == TRI_ACTIVE))
			return true;
	return false;
}

/* All cells are known now. */
static bool sees_cells(const struct pack *p)
{
	const struct measure *low = &p->b.q[Q_CELL_VOLTAGE_MIN], *high = &p->b.q[Q_CELL_VOLTAGE_MAX];
	return low->validity == VALID && high->validity == VALID && !low->partial && !high->partial && pack_cells(p);
}

/* A cell stands out, or is above what the pack has ever asked for it. */
static bool has_high_cell(const struct pack *p, int64_t peak, int spread)
{
	int64_t cells = pack_cells(p), high = p->b.q[Q_CELL_VOLTAGE_MAX].value;
	return high - p->b.q[Q_CELL_VOLTAGE_MIN].value > spread || high * cells > peak + NEAR * cells;
}

/* It was lowered from where the pack was: a float, as nothing else is lowered for there. */
static bool came_from_the_top(const struct pack *p, int64_t ask)
{
	return battery_has(&p->b, Q_VOLTAGE) && p->b.q[Q_VOLTAGE].value >= ask - NEAR * pack_cells(p);
}

static void step_pack(struct floater *f, const struct tree *t, int index)
{
	const struct pack *p = &t->packs[index];
	const struct bound *cap = ask_cap(p->set, LIMIT_CVL);
	struct ask ask = ask_limit(p, index, LIMIT_CVL, t->s, t->now);
	int64_t before = f->ask;
	if (!pack_constrains(p) || !ask.known || p->set->override[Q_CVL].set) {
		*f = (struct floater){ 0 };
		return;
	}
	f->ask = ask.value;
	f->floats = false;
	if (cap->set && f->peak > cap->value)
		f->peak = cap->value; /* by a config that was read again */
	if (f->ask >= f->peak || t->now - f->peak_at > charging(t)->floater_memory) {
		f->peak = f->ask;
		f->peak_at = t->now;
		f->held = false;
		return;
	}
	bool sees = sees_cells(p), lowered = f->ask < before;
	if (blocked_by_alarm(p) || (lowered && !(sees && came_from_the_top(p, f->ask))) ||
	    (sees && has_high_cell(p, f->peak, charging(t)->floater_spread)))
		f->held = true;
	f->floats = sees && !f->held;
}

static bool balances(const struct pack *p, int64_t now)
{
	int64_t on;
	for (int i = 0; i < p->seen.cells.count[ARRAY_BALANCING]; i++)
		if (pack_element(p, ARRAY_BALANCING, i, now, &on) == VALID && on)
			return true;
	return false;
}

/* Is there a pack in the bank for which the voltage is to stay up? */
static bool some_pack_waits(const struct floaters *f, const struct tree *t)
{
	for (int i = 0; i < t->n_packs; i++) {
		if (t->packs[i].state != PACK_ONLINE)
			continue;
		if (charging(t)->combine == COMBINE_UNTIL_ALL_FLOAT ? !f->pack[i].floats : balances(&t->packs[i], t->now))
			return true;
	}
	return false;
}

/* The string that floats with the lowest voltage, by a pack of it that does. */
static void find_lowest(struct floaters *f, const struct tree *t)
{
	int64_t lowest = INT64_MAX;
	f->unlifted = INT64_MAX;
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		const struct ask *ask = &node->ask[LIMIT_CVL];
		if (ask->known && ask->value < f->unlifted)
			f->unlifted = ask->value;
		for (int k = 0; k < node->n; k++) {
			int index = tree_index(t, node, k);
			if (!f->pack[index].floats || !ask->known || ask->value >= lowest)
				continue;
			lowest = ask->value;
			f->lowest = index;
		}
	}
}

void floaters_step(struct floaters *f, const struct tree *t)
{
	f->lowest = -1;
	if (charging(t)->combine == COMBINE_MIN)
		return;
	for (int i = 0; i < t->n_packs; i++)
		step_pack(&f->pack[i], t, i);
	if (some_pack_waits(f, t))
		find_lowest(f, t);
}

struct ask floaters_ask(const struct floaters *f, const struct tree *t, const struct node *node)
{
	struct ask ask = node->ask[LIMIT_CVL];
	if (charging(t)->combine == COMBINE_MIN || f->lowest < 0)
		return ask;
	for (int i = 0; i < node->n; i++) {
		const struct floater *pack = &f->pack[tree_index(t, node, i)];
		ask.value += pack->floats ? pack->peak - pack->ask : 0;
	}
	if (ask.value <= f->unlifted)
		return ask;
	bool waits = charging(t)->combine == COMBINE_UNTIL_ALL_FLOAT;
	ask.reason = ask_because(waits ? REASON_NOT_ALL_FLOAT : REASON_CELLS_BALANCED, f->lowest);
	ask.reason.measured = f->pack[f->lowest].ask;
	ask.reason.plain = true;
	return ask;
}

int64_t floaters_allow(const struct floaters *f, const struct tree *t)
{
	const struct bound *cap = &t->s->limits.cvl;
	int64_t low = cap->set ? cap->value : INT64_MAX;
	for (int i = 0; i < t->n; i++) {
		struct ask ask = floaters_ask(f, t, &t->nodes[i]);
		if (ask.known && ask.value < low)
			low = ask.value;
	}
	return low;
}
