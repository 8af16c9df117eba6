/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Measured feedback: a sum of limits says nothing about how the current divides between unlike packs. When one pack
 * takes more than its own limit, or a blocked one still takes some, the bank is cut to what makes that pack fit:
 * I_bank x L_pack / I_pack. Released in steps, after a hold.
 */
#include "core/govern.h"
#include "core/scale.h"

#define TOLERANCE_MA 1000    /* what a blocked pack may take, at most; also at most 0.02 C */
#define RELEASE_PERCENT 98   /* of its limit: a pack below it for feedback_time is calm */
#define STEP_MIN_MA 5000     /* a release step is this, or a tenth of the unlimited value */

static int64_t flow(const struct node *node, enum direction d)
{
	int64_t i = node->b->q[Q_CURRENT].value;
	return d == CHARGE ? i : -i;
}

static int64_t tolerance(const struct node *node)
{
	int64_t t = node->capacity / 50;
	return t < TOLERANCE_MA ? t : TOLERANCE_MA;
}

/* All current that is measured in this direction, in the bank or beside it. */
static int64_t bank_flow(const struct tree *t, enum direction d)
{
	int64_t sum = 0;
	for (int i = 0; i < t->n; i++)
		if (t->nodes[i].constrains && battery_has(t->nodes[i].b, Q_CURRENT))
			sum += flow(&t->nodes[i], d);
	return sum < 0 ? 0 : sum;
}

static void cut(struct feedback_state *f, int64_t limit, const struct reason *why, int64_t now)
{
	if (f->active && limit >= f->limit)
		return;
	f->active = true;
	f->limit = limit;
	f->pack = why->pack;
	f->reason = *why;
	f->changed = now;
	f->released = false;
}

/* Looks at one string; true when it is calm. */
static bool look_at(struct feedback_state *f, enum direction d, const struct tree *t, const struct node *node, int64_t bank)
{
	const struct settings *s = t->s;
	int first = tree_index(t, node, 0);
	const struct ask *ask = &node->ask[d == CHARGE ? LIMIT_CCL : LIMIT_DCL];
	bool blocked = node->blocked[d];
	if (!battery_has(node->b, Q_CURRENT) || !ask->known) {
		f->over_since[first] = 0;
		return !ask->known; /* without a limit there is nothing to be over */
	}
	int64_t own = blocked ? 0 : ask->value, i = flow(node, d);
	int64_t tol = tolerance(node);
	int64_t allowed = blocked ? tol : own + divide(own * s->feedback_percent, 10000, ROUND_DOWN) + s->feedback_margin;
	if (i <= allowed) {
		f->over_since[first] = 0;
		return i * 100 <= own * RELEASE_PERCENT || i <= tol;
	}
	if (!f->over_since[first])
		f->over_since[first] = t->now;
	if (t->now - f->over_since[first] >= s->feedback_time) {
		struct reason why = { .code = blocked ? REASON_BLOCKED_FLOWS : REASON_FEEDBACK, .pack = (int16_t)first,
			              .measured = i, .threshold = own, .without = WITHOUT_UNKNOWN };
		cut(f, divide(bank * (own > tol ? own : tol), i, ROUND_DOWN), &why, t->now);
	}
	return false;
}

static void release(struct feedback_state *f, const struct settings *s, int64_t unlimited, int64_t now)
{
	int64_t wait = f->released ? s->feedback_step : s->feedback_hold;
	if (f->limit >= unlimited)
		return; /* something else is stricter: that all is calm now says nothing */
	if (now - f->calm_since < s->feedback_time || now - f->changed < wait)
		return;
	f->limit += unlimited / 10 > STEP_MIN_MA ? unlimited / 10 : STEP_MIN_MA;
	f->changed = now;
	f->released = true;
	if (f->limit >= unlimited)
		f->active = false;
}

void feedback_step(struct feedback_state *f, enum direction d, const struct tree *t, int64_t unlimited)
{
	bool calm = true;
	int64_t bank = bank_flow(t, d);
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		int first = tree_index(t, node, 0);
		/* one that has left the sums is looked at as long as its current is told */
		bool told = node->constrains && !node->refused && battery_has(node->b, Q_CURRENT);
		if (node->counted || told) {
			calm = look_at(f, d, t, node, bank) && calm;
		} else {
			f->over_since[first] = 0;
			/* it can't be seen whether the string that caused the cut would bear more */
			if (f->active && f->pack == first && node->constrains)
				calm = false;
		}
	}
	if (!calm)
		f->calm_since = 0;
	else if (!f->calm_since)
		f->calm_since = t->now;
	if (f->active && calm)
		release(f, t->s, unlimited, t->now);
}
