/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * How the packs make a bank: strings of packs in series, and the strings in parallel. A pack alone is a string of one, so
 * that packs in parallel, packs in series and strings in parallel are the same code. What is decided about a pack (its
 * state, its guard) is decided in pack.c and guard.c; what a string asks for is put together here, bottom-up.
 */
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include "core/ask.h"
#include "core/combine.h"
#include "core/wall.h"

#define STRINGS_MAX (PACKS_MAX / 2) /* of more than one pack */

/* A string as of now. */
struct node {
	int at, n;               /* its packs: order[at] to order[at + n - 1] */
	const struct battery *b; /* the pack's own, or the string's, in tree.strings */
	const int *from;         /* of a string: which of its packs gave each extreme; NULL of a pack alone */
	bool online;     /* every pack is: it counts in the bank */
	bool counted;    /* every pack is online or returning */
	bool constrains; /* every pack has a say */
	bool refused;    /* some pack is */
	int64_t capacity; /* mAh, the smallest; 0 = unknown */
	struct ask ask[N_LIMIT]; /* voltages are added up, the smallest current counts */
	bool blocked[2];         /* enum direction: some pack takes no current */
};

/* The packs and what they make, as of one step; nothing in it is remembered. */
struct tree {
	const struct settings *s;
	const struct pack *packs;
	int n_packs;
	int64_t now;
	const struct battery *bank; /* the strings that are online as one, once bank_step() has run; NULL before */
	struct wall wall;
	int order[PACKS_MAX];
	int n, online; /* strings, and how many of them count */
	int n_strings; /* of more than one pack */
	struct node nodes[PACKS_MAX];
	struct battery strings[STRINGS_MAX];
	int from[STRINGS_MAX][N_QUANTITY];
};

/* Once a step, when the packs have been brought up to date. */
void tree_build(struct tree *t, const struct settings *s, const struct pack *packs, int n_packs, int64_t now);

/* The i-th pack of a node, and its index. */
static inline int tree_index(const struct tree *t, const struct node *node, int i)
{
	return t->order[node->at + i];
}
static inline const struct pack *tree_pack(const struct tree *t, const struct node *node, int i)
{
	return &t->packs[tree_index(t, node, i)];
}

/* In the bank; with no string in it, what is held is bounded by those that still have a say. */
static inline bool tree_counts(const struct tree *t, const struct node *node)
{
	return t->online ? node->online : node->constrains;
}

/* The pack that gave the node's minimum or maximum. */
const struct pack *tree_source(const struct tree *t, const struct node *node, enum quantity q);

/* The sum of what `level` says of a cell, over all cells of the string; 0 when those are not known. */
typedef int32_t (*tree_level)(const struct pack_settings *, const struct settings *);
int64_t tree_cells_voltage(const struct tree *t, const struct node *node, tree_level level);

#endif
