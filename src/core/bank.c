/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The bank: the packs that are online as one battery. */
#include "core/bank.h"

#include <stdio.h>
#include <string.h>

#define CELL_ID_MAX 8 /* characters of 0x374 to 0x377 */

/* The extremes whose owner is named, with the quantity that numbers the cell. */
static const struct {
	enum quantity value, number;
	enum text id;
} named[] = {
	{ Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MIN_NO, TEXT_CELL_VOLTAGE_MIN_ID },
	{ Q_CELL_VOLTAGE_MAX, Q_CELL_VOLTAGE_MAX_NO, TEXT_CELL_VOLTAGE_MAX_ID },
	{ Q_CELL_TEMPERATURE_MIN, Q_CELL_TEMPERATURE_MIN_NO, TEXT_CELL_TEMPERATURE_MIN_ID },
	{ Q_CELL_TEMPERATURE_MAX, Q_CELL_TEMPERATURE_MAX_NO, TEXT_CELL_TEMPERATURE_MAX_ID },
};

void bank_cell_id(char out[TEXT_MAX + 1], const struct pack *p, enum quantity number, enum text own)
{
	char cell[CELL_ID_MAX] = ""; /* leaves one for the pack */
	if (battery_has(&p->b, number))
		snprintf(cell, sizeof cell, "/%02d", (int)(p->b.q[number].value % 100000));
	else if (*p->b.text[own])
		snprintf(cell, sizeof cell, "/%.*s", CELL_ID_MAX - 2, p->b.text[own]);
	int room = CELL_ID_MAX - (int)strlen(cell);
	snprintf(out, CELL_ID_MAX + 1, "%.*s%s", room, p->set->name, cell);
}

static int64_t count_of(const struct pack *p, enum quantity q, int64_t unless)
{
	return battery_knew(&p->b, q) ? p->b.q[q].value : unless;
}

/* A pack whose string isn't in the bank counts for nothing, though it may be heard. */
static void count_modules(struct battery *bank, const struct tree *t)
{
	int64_t online = 0, offline = 0, blocking[2] = { 0, 0 };
	static const enum quantity told[2] = { Q_MODULES_BLOCKING_CHARGE, Q_MODULES_BLOCKING_DISCHARGE };
	static const enum limit_kind kind[2] = { LIMIT_CCL, LIMIT_DCL };
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		for (int k = 0; k < node->n; k++) {
			const struct pack *p = tree_pack(t, node, k);
			int64_t own = count_of(p, Q_MODULES_ONLINE, 1);
			offline += count_of(p, Q_MODULES_OFFLINE, 0);
			if (!node->online) {
				offline += own;
				continue;
			}
			online += own;
			for (int d = 0; d < 2; d++) {
				struct ask ask = ask_limit(p, tree_index(t, node, k), kind[d], t->s, t->now);
				bool protection, blocked = ask_blocked(p, &ask, (enum direction)d, &protection);
				blocking[d] += count_of(p, told[d], blocked ? own : 0);
			}
		}
	}
	battery_set(bank, Q_MODULES_ONLINE, online, t->now);
	battery_set(bank, Q_MODULES_OFFLINE, offline, t->now);
	battery_set(bank, told[CHARGE], blocking[CHARGE], t->now);
	battery_set(bank, told[DISCHARGE], blocking[DISCHARGE], t->now);
}

static void add_capacity(struct battery *bank, const struct tree *t)
{
	int64_t sum = 0;
	bool partial = false;
	for (int i = 0; i < t->n; i++) {
		sum += t->nodes[i].capacity;
		partial = partial || !t->nodes[i].capacity;
	}
	if (!sum)
		return;
	battery_set(bank, Q_CAPACITY, sum, t->now);
	bank->q[Q_CAPACITY].partial = partial;
}

void bank_step(struct battery *bank, const struct tree *t)
{
	struct member members[PACKS_MAX];
	int from[N_QUANTITY], index[PACKS_MAX], count = 0;
	for (int i = 0; i < t->n; i++) {
		if (!t->nodes[i].online)
			continue;
		index[count] = i;
		members[count++] = (struct member){ t->nodes[i].b, t->nodes[i].capacity };
	}
	if (count) {
		combine(bank, from, members, count, PARALLEL, count < t->n);
		for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
			enum quantity q = named[i].value;
			if (from[q] >= 0 && battery_has(bank, q))
				bank_cell_id(bank->text[named[i].id], tree_source(t, &t->nodes[index[from[q]]], q), named[i].number,
				             named[i].id);
		}
	} else {
		for (int q = 0; q < N_QUANTITY; q++)
			if (bank->q[q].validity == VALID)
				bank->q[q].validity = STALE;
	}
	add_capacity(bank, t);
	count_modules(bank, t);
}
