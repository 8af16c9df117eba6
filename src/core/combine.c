/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Several batteries as one, quantity by quantity. */
#include "core/combine.h"

#include <string.h>

#include "core/scale.h"

struct total {
	int count;      /* members that know it */
	int64_t sum, weighted, weights, oldest;
	bool stale;
	int best; /* member with the minimum or maximum, -1 = none */
};

static bool better(const struct measure *m, const struct measure *best, enum rule rule)
{
	if (m->validity != best->validity)
		return m->validity > best->validity; /* fresh before stale */
	return rule == RULE_MIN ? m->value < best->value : m->value > best->value;
}

static struct total add_up(enum quantity q, enum rule rule, const struct member *members, int n)
{
	struct total t = { .best = -1, .oldest = INT64_MAX };
	for (int i = 0; i < n; i++) {
		const struct measure *m = &members[i].battery->q[q];
		if (m->validity < STALE)
			continue;
		t.count++;
		t.sum += m->value;
		if (rule == RULE_WEIGHTED) { /* percents only: an energy times a capacity would not fit */
			t.weighted += m->value * members[i].weight;
			t.weights += members[i].weight;
		}
		t.stale = t.stale || m->validity == STALE;
		if (m->time < t.oldest)
			t.oldest = m->time;
		if (t.best < 0 || better(m, &members[t.best].battery->q[q], rule))
			t.best = i;
	}
	return t;
}

static struct measure combined(enum quantity q, enum rule rule, const struct total *t, const struct member *members)
{
	enum rounding r = quantities[q].rounding;
	struct measure m = { .validity = (uint8_t)(t->stale ? STALE : VALID), .time = t->oldest, .source = SOURCE_NONE };
	switch (rule) {
	case RULE_NONE: /* left out by the caller */
	case RULE_MEAN: m.value = divide(t->sum, t->count, r); break;
	case RULE_SUM: m.value = t->sum; break;
	case RULE_WEIGHTED: m.value = t->weights ? divide(t->weighted, t->weights, r) : divide(t->sum, t->count, r); break;
	case RULE_MIN:
	case RULE_MAX:
		m = members[t->best].battery->q[q];
		m.source = SOURCE_NONE;
		m.rank = 0;
		break;
	}
	return m;
}

void combine(struct battery *out, int from[N_QUANTITY], const struct member *members, int n, enum topology topology,
             bool missing)
{
	memset(out, 0, sizeof *out);
	for (int q = 0; q < N_QUANTITY; q++) {
		const struct quantity_row *row = &quantities[q];
		enum rule rule = topology == SERIES ? row->series : row->parallel;
		struct total t = add_up((enum quantity)q, rule, members, n);
		from[q] = rule == RULE_MIN || rule == RULE_MAX ? t.best : -1;
		/* in series half of a sum is not a smaller one but a wrong one */
		bool all = row->need_all || (topology == SERIES && rule == RULE_SUM);
		if (rule == RULE_NONE || !t.count || (all && t.count < n))
			continue;
		out->q[q] = combined((enum quantity)q, rule, &t, members);
		out->q[q].partial = out->q[q].partial || t.count < n || (missing && rule == RULE_SUM);
	}
	for (int a = 0; a < N_ALARM; a++) {
		for (int i = 0; i < n; i++) {
			const struct alarm_state *s = &members[i].battery->alarm[a];
			out->alarm[a].alarm = tri_worst(out->alarm[a].alarm, s->alarm);
			out->alarm[a].warning = tri_worst(out->alarm[a].warning, s->warning);
		}
	}
}
