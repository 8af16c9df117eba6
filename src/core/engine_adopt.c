/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* An engine takes over what another one knew, after a reload. */
#include "core/engine_private.h"

#include <string.h>

/* The same battery or sensor: one that is only now, or no longer, told by its source address is still the same. */
static bool same_pack(const struct settings *a, const struct pack_settings *x, const struct settings *b,
                      const struct pack_settings *y)
{
	bool other = x->source.set && y->source.set && x->source.value != y->source.value;
	return !strcmp(a->port_names[x->port], b->port_names[y->port]) && !strcmp(x->profile->id, y->profile->id) &&
	       x->address == y->address && !other;
}

static int16_t moved(const int to[MEMBERS_MAX], int16_t pack)
{
	return pack >= 0 ? (int16_t)to[pack] : -1;
}

/* What the governor remembers of packs goes by their index. */
static void adopt_govern(struct engine *e, const struct engine *old, const int to[MEMBERS_MAX])
{
	struct govern *g = &e->govern;
	*g = old->govern;
	imbalance_adopt(&g->imbalance, to);
	share_adopt(&g->share, &old->govern.share, to, old->s->n_packs);
	memset(g->guard, 0, sizeof g->guard);
	memset(&g->floaters, 0, sizeof g->floaters);
	for (int d = 0; d < 2; d++) {
		memset(g->feedback[d].over_since, 0, sizeof g->feedback[d].over_since);
		memset(g->feedback[d].restless, 0, sizeof g->feedback[d].restless);
	}
	for (int i = 0; i < old->s->n_packs; i++) {
		if (to[i] < 0)
			continue;
		g->guard[to[i]] = old->govern.guard[i];
		g->floaters.pack[to[i]] = old->govern.floaters.pack[i];
		for (int d = 0; d < 2; d++) {
			g->feedback[d].over_since[to[i]] = old->govern.feedback[d].over_since[i];
			g->feedback[d].restless[to[i]] = old->govern.feedback[d].restless[i];
		}
	}
	memset(g->reduction.voltage, 0, sizeof g->reduction.voltage);
	struct reason *high = &g->reduction.reason;
	high->pack = high->pack >= 0 ? (int16_t)to[high->pack] : -1;
	for (int d = 0; d < 2; d++) {
		const struct feedback_state *f = &old->govern.feedback[d];
		if (f->active && f->pack >= 0)
			g->feedback[d].pack = g->feedback[d].reason.pack = (int16_t)to[f->pack];
	}
}

/* The packs (or sensors) from..to of the old engine that the new one has, too, go on as they were. */
static void adopt_members(struct engine *e, const struct engine *old, bool sensors, int to[MEMBERS_MAX])
{
	int from = sensors ? old->s->n_packs : 0, end = sensors ? old->n : old->s->n_packs;
	int first = sensors ? e->s->n_packs : 0, last = sensors ? e->n : e->s->n_packs;
	for (int i = from; i < end; i++)
		for (int k = first; k < last; k++) {
			if (!same_pack(old->s, settings_member(old->s, i), e->s, settings_member(e->s, k)))
				continue;
			to[i] = k;
			pack_adopt(&e->packs[k], &old->packs[i], old->now);
		}
}

/* Is a quantity taken from the same sensor as before? */
static bool same_sensor(const struct engine *e, int from, const struct engine *old, int was, const int to[MEMBERS_MAX])
{
	return from && was && to[old->s->n_packs + was - 1] == e->s->n_packs + from - 1;
}

void engine_adopt(struct engine *e, const struct engine *old)
{
	int to[MEMBERS_MAX];
	for (int i = 0; i < MEMBERS_MAX; i++)
		to[i] = -1;
	adopt_members(e, old, false, to);
	adopt_members(e, old, true, to);
	adopt_govern(e, old, to);
	for (int i = 0; i < old->s->n_packs; i++)
		if (to[i] >= 0)
			e->suspicions[to[i]] = old->suspicions[i];
	if (same_sensor(e, e->s->voltage_from, old, old->s->voltage_from, to))
		e->sensors.voltage = old->sensors.voltage;
	if (same_sensor(e, e->s->current_from, old, old->s->current_from, to))
		e->sensors.current = old->sensors.current;
	e->soc = old->soc;
	e->soc.members = 0;
	for (int i = 0; i < old->s->n_packs; i++)
		if (to[i] >= 0)
			e->soc.members |= (old->soc.members >> i & 1) << to[i];
	e->alarms = old->alarms;
	e->bank = old->bank;
	e->packs_voltage = old->packs_voltage;
	e->ladder = old->ladder;
	e->verdict = old->verdict;
	for (int k = 0; k < N_LIMIT; k++) {
		struct reason *r = &e->verdict.limit[k].reason;
		r->pack = moved(to, r->pack);
		r->other = moved(to, r->other);
		r->missing = r->missing ? (int16_t)(moved(to, (int16_t)(r->missing - 1)) + 1) : 0;
	}
	e->output = old->output;
	e->shown = old->shown;
	e->journal = old->journal;
	journal_adopt(&e->journal, to);
	e->wall = old->wall;
	e->now = old->now;
	e->next_tick = old->next_tick;
	e->last_step = old->last_step;
	beacons_adopt(&e->beacons, e->s, &old->beacons, old->s);
	poller_adopt(&e->poller, e->s, &old->poller, old->s);
}
