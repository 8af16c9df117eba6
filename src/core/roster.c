/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Who is in the bank. */
#include "core/roster.h"

static bool has_pack(const struct tree *t, const struct node *node, int pack)
{
	for (int i = 0; i < node->n; i++)
		if (tree_index(t, node, i) == pack)
			return true;
	return false;
}

/* What a pack that returns is measured by: the bank, and, in series with others, its string. */
static struct pack_context context(const struct tree *t, const struct battery *bank, int pack, bool picture)
{
	struct pack_context c = { .s = t->s, .now = t->now, .picture = picture, .online = t->online, .string_whole = true };
	c.has_bank = battery_has(bank, Q_VOLTAGE) && battery_has(bank, Q_CURRENT);
	c.bank_voltage = bank->q[Q_VOLTAGE].value;
	c.bank_current = bank->q[Q_CURRENT].value;
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		c.bank_capacity += node->online ? node->capacity : 0;
		if (!has_pack(t, node, pack))
			continue;
		for (int k = 0; k < node->n; k++)
			c.string_whole = c.string_whole && tree_pack(t, node, k)->complete;
		c.string_voltage = battery_has(node->b, Q_VOLTAGE) ? node->b->q[Q_VOLTAGE].value : 0;
	}
	return c;
}

/* Those that are in the bank, or those that are not. */
static void step_some(struct tree *t, const struct battery *bank, struct pack *packs, bool online, bool picture,
                      struct journal *j)
{
	bool changed = false;
	for (int i = 0; i < t->n_packs; i++) {
		struct pack_context c = context(t, bank, i, picture);
		if ((packs[i].state == PACK_ONLINE) != online || !pack_step(&packs[i], &c))
			continue;
		journal_pack(j, &packs[i], i, t->now);
		changed = true;
	}
	if (changed)
		tree_build(t, t->s, packs, t->n_packs, t->now);
}

void roster_step(struct tree *t, const struct battery *bank, struct pack *packs, bool picture, struct journal *j,
                 int64_t now)
{
	for (int i = 0; i < t->n_packs; i++) {
		pack_refresh(&packs[i], t->s, now);
		derate_step(&packs[i], t->s);
		journal_odd(j, &packs[i], i, now);
	}
	tree_build(t, t->s, packs, t->n_packs, now);
	step_some(t, bank, packs, true, picture, j);
	step_some(t, bank, packs, false, picture, j);
}
