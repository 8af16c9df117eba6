/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Charge and energy that went through the bank. */
#include "core/counter.h"

#include "core/scale.h"

#define PER_MAH (3600 * INT64_C(1000000)) /* mA us */
#define GAP_MAX (10 * INT64_C(1000000))   /* us between two steps; more is a pause of which nothing is known */
#define CAPACITY_MAX INT64_C(1000000000)  /* mAh; more would not fit, and is no battery */
#define CLEARLY 200 /* 0.01 %: full, or empty, until the counter is so far from it */

static int64_t clamp(int64_t v, int64_t most)
{
	return v < 0 ? 0 : v > most ? most : v;
}

void counter_restore(struct counter *c, int64_t mah)
{
	c->charge = clamp(mah, CAPACITY_MAX) * PER_MAH;
	c->known = true;
}

void counter_set(struct counter *c, int64_t capacity_mah, int64_t soc)
{
	counter_restore(c, divide(capacity_mah * soc, 10000, ROUND_DOWN));
}

int64_t counter_mah(const struct counter *c)
{
	return c->charge / PER_MAH;
}

int64_t counter_soc(const struct counter *c, const struct battery *bank)
{
	return clamp(counter_mah(c) * 10000 / bank->q[Q_CAPACITY].value, 10000);
}

/* Every string in the bank has a cell that is full. */
static bool all_full(const struct tree *t)
{
	int n = 0;
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		int32_t full = cell_levels(tree_pack(t, node, 0)->set, t->s).full_voltage;
		if (!node->online)
			continue;
		n++;
		if (!full || !battery_has(node->b, Q_CELL_VOLTAGE_MAX) || node->b->q[Q_CELL_VOLTAGE_MAX].value < full)
			return false;
	}
	return n > 0;
}

/* It has looked so for long enough. */
static bool lasts(int64_t *since, bool looks, int64_t time, int64_t now)
{
	if (!looks) {
		*since = 0;
		return false;
	}
	if (!*since)
		*since = now;
	return now - *since >= time;
}

static void look(struct counter *c, const struct tree *t, int64_t capacity)
{
	const struct soc_settings *s = &t->s->soc;
	const struct battery *b = t->bank;
	bool current = battery_has(b, Q_CURRENT);
	int64_t i = b->q[Q_CURRENT].value, tail = capacity * s->full_current / 100;
	/* little flows: else the voltage is the charger's or the load's */
	bool full = current && all_full(t) && i <= tail && i >= -tail;
	bool empty = s->empty_voltage && battery_has(b, Q_CELL_VOLTAGE_MIN) && b->q[Q_CELL_VOLTAGE_MIN].value <= s->empty_voltage;
	int64_t soc = counter_soc(c, b);
	if (lasts(&c->full_since, full, s->full_time, t->now)) {
		c->resets += !c->full;
		c->full = true;
		counter_set(c, capacity, 10000);
	} else if (soc < 10000 - CLEARLY) {
		c->full = false;
	}
	if (lasts(&c->empty_since, empty, s->full_time, t->now)) {
		c->resets += !c->empty;
		c->empty = true;
		counter_set(c, capacity, 0);
	} else if (soc > CLEARLY) {
		c->empty = false;
	}
}

void counter_step(struct counter *c, const struct tree *t, int64_t packs, bool picture)
{
	const struct battery *b = t->bank;
	const struct soc_settings *s = &t->s->soc;
	int64_t capacity = b->q[Q_CAPACITY].value, dt = t->now - c->at;
	if (!battery_knew(b, Q_CAPACITY) || (!c->known && !picture))
		return;
	if (!c->known)
		counter_set(c, capacity, s->start.set ? s->start.value : packs);
	if (c->at && dt <= GAP_MAX && battery_has(b, Q_CURRENT)) {
		int64_t flow = b->q[Q_CURRENT].value * dt;
		c->charge = clamp(c->charge + (flow > 0 ? divide(flow * s->efficiency, 10000, ROUND_NEAREST) : flow), clamp(capacity, CAPACITY_MAX) * PER_MAH);
	}
	c->at = t->now;
	look(c, t, capacity);
	c->drift = counter_soc(c, b) - packs;
}

#define NJ_PER_MWH INT64_C(3600000000)

static void add_energy(int64_t *mwh, int64_t *rest, int64_t nj)
{
	*rest += nj;
	*mwh += *rest / NJ_PER_MWH;
	*rest %= NJ_PER_MWH;
}

void meter_step(struct meter *m, const struct battery *bank, int64_t now)
{
	int64_t ms = (now - m->at) / 1000;
	if (!m->at || now - m->at > GAP_MAX) {
		m->at = now;
		return;
	}
	if (battery_has(bank, Q_CURRENT) && battery_has(bank, Q_VOLTAGE)) {
		int64_t nj = bank->q[Q_VOLTAGE].value * bank->q[Q_CURRENT].value * ms; /* uW ms */
		if (nj > 0)
			add_energy(&m->in, &m->in_rest, nj);
		else
			add_energy(&m->out, &m->out_rest, -nj);
	}
	m->at += ms * 1000; /* what is less than 1 ms counts the next time */
}
