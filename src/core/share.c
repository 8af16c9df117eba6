/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How the bank's current divides between its strings. */
#include "core/share.h"

#include "core/scale.h"

#define LESSON     INT64_C(1000000)  /* us between two lessons */
#define LESSON_MAX (10 * LESSON)     /* what was not seen is not learnt */

static enum limit_kind kind_of(enum direction d)
{
	return d == CHARGE ? LIMIT_CCL : LIMIT_DCL;
}

static int64_t clamp(int64_t v, int64_t least, int64_t most)
{
	return v < least ? least : v > most ? most : v;
}

/* Those that take current in this direction, as of now. */
struct flow {
	int64_t current, capacity; /* mA in this direction, mAh */
	bool known;
};

static bool takes_part(const struct node *node, enum direction d)
{
	return node->online && !node->blocked[d] && node->capacity;
}

static struct flow flow_of(const struct tree *t, enum direction d)
{
	struct flow f = { .known = true };
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		if (!takes_part(node, d))
			continue;
		f.known = f.known && battery_has(node->b, Q_CURRENT);
		f.current += (d == CHARGE ? 1 : -1) * node->b->q[Q_CURRENT].value;
		f.capacity += node->capacity;
	}
	return f;
}

static void learn(struct share_state *state, const struct tree *t, enum direction d, int64_t passed)
{
	const struct settings *s = t->s;
	struct flow all = flow_of(t, d);
	if (!all.known || all.current * 100 < all.capacity * s->share_above || all.current <= 0)
		return; /* noise */
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		int64_t part = takes_part(node, d) ? node->capacity * SHARE_EVEN / all.capacity : 0;
		if (!part)
			continue;
		int64_t current = (d == CHARGE ? 1 : -1) * node->b->q[Q_CURRENT].value;
		int64_t seen = current * SHARE_EVEN / all.current * SHARE_EVEN / part;
		int32_t *ratio = &state->ratio[d][tree_index(t, node, 0)];
		int64_t was = *ratio ? *ratio : SHARE_EVEN;
		seen = clamp(seen, s->share_least * SHARE_EVEN / 10000, s->share_most * SHARE_EVEN / 10000);
		*ratio = (int32_t)(was + (seen - was) * passed / (s->share_time > passed ? s->share_time : passed));
	}
}

/* A BMS that falls silent about its limits blocks, but the string takes its share all the same. */
static bool tells_no_more(const struct node *node, enum direction d)
{
	return node->ask[kind_of(d)].reason.code == REASON_LIMIT_UNKNOWN;
}

void share_learn(struct share_state *state, const struct tree *t)
{
	int64_t passed = t->now - state->learnt;
	for (int d = 0; d < 2; d++)
		for (int i = 0; i < t->n; i++) {
			const struct ask *ask = &t->nodes[i].ask[kind_of((enum direction)d)];
			if (ask->known && !tells_no_more(&t->nodes[i], (enum direction)d))
				state->told[d][tree_index(t, &t->nodes[i], 0)] = ask->value;
		}
	if (state->learnt && passed < LESSON)
		return;
	for (int d = 0; d < 2 && state->learnt; d++)
		learn(state, t, (enum direction)d, passed < LESSON_MAX ? passed : LESSON_MAX);
	state->learnt = t->now;
}

/* What a string takes, against the others, in units of the rule. */
static int64_t weight(const struct share_state *state, const struct tree *t, enum direction d, const struct node *node)
{
	int64_t ratio = state->ratio[d][tree_index(t, node, 0)];
	if (t->s->share_rule == SHARE_BY_NUMBER)
		return 1;
	if (t->s->share_rule == SHARE_BY_MEASURE && ratio)
		return divide(node->capacity * ratio, SHARE_EVEN, ROUND_UP);
	return node->capacity;
}

static bool in_the_bank(const struct tree *t, const struct node *node, enum direction d)
{
	return tree_counts(t, node) && !node->blocked[d];
}

/* What all in the bank take, with this one, which may be beside it: lost ones may still hang on the busbar. */
static int64_t weight_with(const struct share_state *state, const struct tree *t, enum direction d, const struct node *node)
{
	int64_t sum = in_the_bank(t, node, d) ? 0 : weight(state, t, d, node);
	for (int i = 0; i < t->n; i++)
		if (in_the_bank(t, &t->nodes[i], d))
			sum += weight(state, t, d, &t->nodes[i]);
	return sum;
}

static struct reason because(const struct share_state *state, const struct tree *t, enum direction d,
                             const struct node *node, int64_t limit)
{
	static const enum reason_code codes[] = {
		[SHARE_BY_NUMBER] = REASON_EQUAL_SHARE,
		[SHARE_BY_CAPACITY] = REASON_CAPACITY_SHARE,
		[SHARE_BY_MEASURE] = REASON_MEASURED_SHARE,
	};
	struct reason why = ask_because(codes[t->s->share_rule], tree_index(t, node, 0));
	int64_t own = weight(state, t, d, node), all = weight_with(state, t, d, node);
	why.measured = limit;
	why.threshold = t->s->share_rule == SHARE_BY_NUMBER ? all : divide(own * 10000, all, ROUND_NEAREST);
	return why;
}

/* So that this string gets no more than its own limit. */
static void bound(struct share_limit *l, const struct share_state *state, const struct tree *t, enum direction d,
                  const struct node *node)
{
	const struct ask *ask = &node->ask[kind_of(d)];
	int64_t own = weight(state, t, d, node), all = weight_with(state, t, d, node);
	int64_t last = state->told[d][tree_index(t, node, 0)];
	int64_t value = tells_no_more(node, d) ? last : ask->value, free = tells_no_more(node, d) ? last : ask->free;
	if (!own || (tells_no_more(node, d) && !last))
		return;
	int64_t of_bank = divide(value * all, own, ROUND_DOWN), of_bank_free = divide(free * all, own, ROUND_DOWN);
	struct reason why = because(state, t, d, node, free);
	if (!l->any || of_bank < l->value) {
		l->value = of_bank;
		l->reason = value < free ? ask->reason : why;
	}
	if (!l->any || of_bank_free < l->free) {
		l->free = of_bank_free;
		l->why_free = why;
	}
	l->any = true;
}

struct share_limit share_limit(const struct share_state *state, const struct tree *t, enum direction d)
{
	struct share_limit l = { 0 };
	for (int i = 0; i < t->n && t->s->share_rule != SHARE_SUM; i++) {
		const struct node *node = &t->nodes[i];
		if (node->constrains && (!node->blocked[d] || tells_no_more(node, d)))
			bound(&l, state, t, d, node);
	}
	return l;
}

static bool is_blocking(const struct node *node, enum direction d)
{
	return node->constrains && node->ask[kind_of(d)].known && node->blocked[d];
}

int share_blocking(const struct tree *t, enum direction d)
{
	for (int i = 0; i < t->n; i++)
		if (is_blocking(&t->nodes[i], d))
			return tree_index(t, &t->nodes[i], 0);
	return -1;
}

int64_t share_held(struct share_state *state, const struct tree *t, enum direction d, int64_t allowed, int *pack)
{
	int64_t least = 0;
	*pack = -1;
	for (int i = 0; i < t->n; i++) {
		int first = tree_index(t, &t->nodes[i], 0);
		int64_t *held = &state->held[d][first];
		if (!is_blocking(&t->nodes[i], d))
			*held = 0;
		else if (!*held)
			*held = allowed; /* still 0 when all block: it counts from when one doesn't */
		if (*held && (*pack < 0 || *held < least)) {
			least = *held;
			*pack = first;
		}
	}
	return least;
}

void share_adopt(struct share_state *state, const struct share_state *old, const int *to, int n)
{
	*state = (struct share_state){ .learnt = old->learnt };
	for (int d = 0; d < 2; d++)
		for (int i = 0; i < n; i++) {
			if (to[i] < 0)
				continue;
			state->ratio[d][to[i]] = old->ratio[d][i];
			state->told[d][to[i]] = old->told[d][i];
			state->held[d][to[i]] = old->held[d][i];
		}
}
