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
#define STEP_MIN_MA 5000     /* a release step is no smaller */
/* A GX follows a limit within 3 s, and a frame may be 1 s old: who is far over can't wait for feedback_time as well. */
#define FAR_PERCENT 105           /* of what is let pass */
#define FAR_TIME    500000        /* us */
#define WORTH_PERCENT 110
#define BINDS_PERCENT 75          /* of the cut: so much flows, chargers are 3 s behind, and the cut is what holds it */
#define NEAR_PERCENT  75          /* of its limit: a string that more for the bank may bring over it */

/* What one look at the strings found. */
struct sight {
	bool calm;
	int64_t bank; /* mA, all that flows */
	int64_t fits; /* mA for the bank, at which the tightest string would be calm, going by its share now */
	bool near;    /* and it is near its limit */
};

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

/* A release that is cut again soon was none: what was released has to hold for so many holds. */
#define PROVEN 2
#define AGAIN_MAX 3

static void cut(struct feedback_state *f, int64_t limit, const struct reason *why, const struct settings *s, int64_t now)
{
	if (f->active && limit >= f->limit)
		return;
	if (f->rising_since && now - f->rising_since < PROVEN * s->feedback_hold)
		f->again += f->again < AGAIN_MAX;
	f->rising_since = 0;
	f->active = true;
	f->limit = limit;
	f->pack = why->pack;
	f->reason = *why;
	f->changed = now;
}

/* Going by its share of the current now, with how much for the bank is this string calm? A small current says little. */
static void reckon(struct sight *see, int64_t own, int64_t i, int64_t tol)
{
	if (i <= tol || i * 4 <= own)
		return;
	int64_t fits = divide(see->bank * divide(own * RELEASE_PERCENT, 100, ROUND_DOWN), i, ROUND_DOWN);
	if (fits >= see->fits)
		return;
	see->fits = fits;
	see->near = i * 100 >= own * NEAR_PERCENT;
}

static int64_t patience(const struct feedback_state *f, int64_t i, int64_t allowed, const struct settings *s)
{
	if (f->active)
		return 0; /* it was cut already, and not by enough */
	return i * 100 > allowed * FAR_PERCENT && s->feedback_time > FAR_TIME ? FAR_TIME : s->feedback_time;
}

/* One string; true when it is calm. */
static bool look_at(struct feedback_state *f, enum direction d, const struct tree *t, const struct node *node, struct sight *see)
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
	reckon(see, own, i, tol);
	if (f->active && !blocked)
		allowed = own + (allowed - own) / 2; /* a cut is not to leave it hovering at the edge of what is let pass */
	f->restless[first] = i * 100 > own * RELEASE_PERCENT && i > tol;
	if (i <= allowed) {
		f->over_since[first] = 0;
		return !f->restless[first];
	}
	if (!f->over_since[first])
		f->over_since[first] = t->now;
	if (t->now - f->over_since[first] >= patience(f, i, allowed, s)) {
		struct reason why = { .code = blocked ? REASON_BLOCKED_FLOWS : REASON_FEEDBACK, .pack = (int16_t)first,
			              .measured = i, .threshold = own, .without = WITHOUT_UNKNOWN };
		cut(f, divide(see->bank * (own > tol ? own : tol), i, ROUND_DOWN), &why, s, t->now);
	}
	return false;
}

int64_t feedback_wait(const struct feedback_state *f, const struct settings *s)
{
	return f->rising_since ? s->feedback_step : s->feedback_hold << f->again;
}

/* Up again, in steps. What was released is watched for a while: then it is over. */
static void release(struct feedback_state *f, const struct settings *s, int64_t unlimited, const struct sight *see, int64_t now)
{
	if (f->limit >= unlimited) {
		/* something else is stricter: that all is calm now says nothing, but for what had been released before */
		f->active = !f->rising_since || now - f->rising_since < PROVEN * s->feedback_hold;
		return;
	}
	if (now - f->calm_since < s->feedback_time || now - f->changed < feedback_wait(f, s))
		return;
	/* a tenth of what it may be, but no leap for what little it is */
	int64_t step = unlimited / 10 < f->limit / 4 ? unlimited / 10 : f->limit / 4;
	int64_t to = f->limit + (step > STEP_MIN_MA ? step : STEP_MIN_MA);
	/* while the cut is what holds the current, more than fits would only be cut again */
	if (see->bank * 100 >= f->limit * BINDS_PERCENT && see->fits < to)
		to = see->fits;
	if (to < unlimited && to * 100 < f->limit * WORTH_PERCENT)
		return; /* up by so little is not worth the turn that follows */
	f->limit = to < unlimited ? to : unlimited;
	f->changed = now;
	if (!f->rising_since)
		f->rising_since = now;
}

/* What is told climbs to the released limit more slowly than this was released: it stops where it fits. */
static void hold_back(struct feedback_state *f, const struct sight *see, int64_t told)
{
	int64_t fits = see->fits > told ? see->fits : told;
	if (see->near && fits < f->limit)
		f->limit = fits;
}

void feedback_step(struct feedback_state *f, enum direction d, const struct tree *t, int64_t unlimited, int64_t told)
{
	struct sight see = { .calm = true, .bank = bank_flow(t, d), .fits = INT64_MAX };
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		int first = tree_index(t, node, 0);
		/* one that has left the sums is looked at as long as its current is told */
		bool heard = node->constrains && !node->refused && battery_has(node->b, Q_CURRENT);
		if (node->counted || heard) {
			see.calm = look_at(f, d, t, node, &see) && see.calm;
		} else {
			f->over_since[first] = 0;
			/* it can't be seen whether the string that caused the cut, or was at its limit, would bear more */
			if (f->active && (f->pack == first || f->restless[first]) && node->constrains)
				see.calm = false;
		}
	}
	if (f->rising_since && t->now - f->rising_since >= PROVEN * t->s->feedback_hold)
		f->again = 0;
	if (!see.calm)
		f->calm_since = 0;
	else if (!f->calm_since)
		f->calm_since = t->now;
	if (f->active && see.calm)
		release(f, t->s, unlimited, &see, t->now);
	if (f->active && f->rising_since)
		hold_back(f, &see, told);
}
