/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Packs to strings, bottom-up. */
#include "core/tree.h"

static bool is_voltage(enum limit_kind kind)
{
	return kind == LIMIT_CVL || kind == LIMIT_LOW_VOLTAGE;
}

/* One more pack's ask to what the string asks for so far. */
static void join(struct ask *sum, const struct ask *own, enum limit_kind kind)
{
	sum->known = sum->known && own->known;
	sum->free = own->free < sum->free ? own->free : sum->free;
	if (is_voltage(kind)) {
		sum->value += own->value;
		sum->reason.code = REASON_STRING;
	} else if (own->value < sum->value) {
		sum->value = own->value;
		sum->reason = own->reason;
	}
}

static void add_pack(struct tree *t, struct node *node, int index)
{
	const struct pack *p = &t->packs[index];
	int64_t capacity = pack_capacity(p);
	bool first = !node->n;
	t->order[node->at + node->n++] = index;
	node->online = (first || node->online) && p->state == PACK_ONLINE;
	node->counted = (first || node->counted) && (p->state == PACK_ONLINE || p->state == PACK_RETURNING);
	node->refused = node->refused || p->state == PACK_REFUSED;
	node->constrains = (first || node->constrains) && pack_constrains(p);
	node->capacity = first || capacity < node->capacity ? capacity : node->capacity;
	for (int k = 0; k < N_LIMIT; k++) {
		struct ask ask = is_voltage((enum limit_kind)k) ? ask_voltage(p, index, (enum limit_kind)k, t->s, t->now) :
		                                                  ask_limit(p, index, (enum limit_kind)k, t->s, t->now);
		bool by_protection;
		if (k == LIMIT_CCL || k == LIMIT_DCL) {
			enum direction d = k == LIMIT_CCL ? CHARGE : DISCHARGE;
			node->blocked[d] |= ask_blocked(p, &ask, d, &by_protection);
			derate(&ask, p, d, t->s);
		}
		if (first)
			node->ask[k] = ask;
		else
			join(&node->ask[k], &ask, (enum limit_kind)k);
	}
}

/* The string as one battery. */
static void combine_string(struct tree *t, struct node *node)
{
	struct member members[PACKS_MAX];
	for (int i = 0; i < node->n; i++) {
		const struct pack *p = tree_pack(t, node, i);
		members[i] = (struct member){ &p->b, pack_capacity(p) };
	}
	combine(&t->strings[t->n_strings], t->from[t->n_strings], members, node->n, SERIES, !node->online);
	node->b = &t->strings[t->n_strings];
	node->from = t->from[t->n_strings];
	t->n_strings++;
}

static void add_node(struct tree *t, int at, const int *packs, int n)
{
	struct node *node = &t->nodes[t->n++];
	*node = (struct node){ .at = at };
	for (int i = 0; i < n; i++)
		add_pack(t, node, packs[i]);
	if (n == 1)
		node->b = &t->packs[packs[0]].b;
	else
		combine_string(t, node);
	t->online += node->online;
}

void tree_build(struct tree *t, const struct settings *s, const struct pack *packs, int n_packs, int64_t now)
{
	t->s = s;
	t->packs = packs;
	t->n_packs = n_packs;
	t->now = now;
	t->bank = NULL;
	t->n = t->online = t->n_strings = 0;
	if (!s->n_strings)
		for (int i = 0; i < n_packs; i++)
			add_node(t, i, &i, 1);
	for (int string = 0, at = 0; string < s->n_strings; string++) {
		int members[PACKS_MAX], n = 0;
		for (int i = 0; i < n_packs; i++)
			if (s->string_of[i] == string)
				members[n++] = i;
		add_node(t, at, members, n);
		at += n;
	}
}

const struct pack *tree_source(const struct tree *t, const struct node *node, enum quantity q)
{
	return tree_pack(t, node, node->from ? node->from[q] : 0);
}

int64_t tree_cells_voltage(const struct tree *t, const struct node *node, tree_level level)
{
	int64_t sum = 0;
	for (int i = 0; i < node->n; i++) {
		const struct pack *p = tree_pack(t, node, i);
		int64_t v = (int64_t)pack_cells(p) * level(p->set, t->s);
		if (!v)
			return 0;
		sum += v;
	}
	return sum;
}
