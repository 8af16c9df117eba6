/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The bank's state of charge as it is told. */
#include "core/soc.h"

#include "core/scale.h"

#define FULL 10000
#define US_PER_MIN (60 * INT64_C(1000000))

/* The lowest of the strings in the bank. */
static int64_t lowest(const struct tree *t, int64_t weighted)
{
	int64_t low = weighted;
	for (int i = 0; i < t->n; i++) {
		const struct measure *m = &t->nodes[i].b->q[Q_SOC];
		if (t->nodes[i].online && m->value < low) /* what is online has told its SoC */
			low = m->value;
	}
	return low;
}

static int64_t by_rule(const struct tree *t)
{
	int64_t weighted = t->bank->q[Q_SOC].value;
	if (t->s->soc.from != SOC_LOWEST && t->s->soc.from != SOC_GUARDED)
		return weighted;
	int64_t low = lowest(t, weighted), most = low + (t->s->soc.from == SOC_GUARDED ? t->s->soc.guard : 0);
	return weighted < most ? weighted : most;
}

static uint32_t members(const struct tree *t)
{
	uint32_t mask = 0;
	for (int i = 0; i < t->n_packs; i++)
		mask |= (uint32_t)(t->packs[i].state == PACK_ONLINE) << i;
	return mask;
}

/* Toward `wanted`, down at once; up as fast as the slew allows, while it climbs. */
static void climb(struct soc_state *x, int64_t wanted, const struct soc_settings *s, int64_t now)
{
	if (wanted <= x->shown || !x->climbing) {
		x->shown = wanted;
		x->climbing = false;
		x->rest = 0;
		return;
	}
	int64_t way = (now - x->step) * s->slew + x->rest;
	x->shown += way / US_PER_MIN;
	x->rest = way % US_PER_MIN;
	if (x->shown >= wanted) {
		x->shown = wanted;
		x->climbing = false;
	}
}

void soc_step(struct soc_state *x, const struct tree *t, bool told)
{
	const struct soc_settings *s = &t->s->soc;
	bool packs_know = battery_knew(t->bank, Q_SOC) && t->online;
	meter_step(&x->meter, t->bank, t->now);
	if (packs_know) {
		x->packs = by_rule(t);
		counter_step(&x->counter, t, x->packs, told);
		int64_t wanted = s->from == SOC_COUNTER && x->counter.known ? counter_soc(&x->counter, t->bank) : x->packs;
		if (s->hold_full < FULL && wanted > s->hold_full && !x->counter.full)
			wanted = s->hold_full;
		uint32_t now_in = members(t);
		x->climbing = told && (x->climbing || now_in != x->members);
		climb(x, wanted, s, t->now);
		x->members = now_in;
		x->known = true;
	}
	x->step = t->now;
}

bool soc_set(struct soc_state *x, const struct battery *bank, int64_t soc)
{
	if (!battery_knew(bank, Q_CAPACITY))
		return false;
	counter_set(&x->counter, bank->q[Q_CAPACITY].value, soc);
	x->climbing = false;
	return true;
}
