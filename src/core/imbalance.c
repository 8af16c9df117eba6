/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How far the strings of the bank are apart. */
#include "core/imbalance.h"

#define MICRO_C 1000000 /* currents are compared in millionths of a C */

const struct imbalance_row imbalances[N_IMBALANCE] = {
	[IMBALANCE_SOC] = { "soc", OF_SOC, UNIT_BP, 1, "state of charge" },
	[IMBALANCE_VOLTAGE] = { "voltage", OF_VOLTAGE, UNIT_MV, 2, "voltage" },
	[IMBALANCE_CHARGE] = { "charge_current", OF_CURRENT, UNIT_BP, 1, "charge current by capacity" },
	[IMBALANCE_DISCHARGE] = { "discharge_current", OF_CURRENT, UNIT_BP, 1, "discharge current by capacity" },
};

struct gap {
	bool known;
	int64_t value;
	int most, least;
};

static enum direction direction_of(enum imbalance_kind kind)
{
	return kind == IMBALANCE_DISCHARGE ? DISCHARGE : CHARGE;
}

static bool is_current(enum imbalance_kind kind)
{
	return imbalances[kind].of == OF_CURRENT;
}

/* In the direction that is looked at. */
static int64_t flow(const struct node *node, enum imbalance_kind kind)
{
	int64_t i = node->b->q[Q_CURRENT].value;
	return direction_of(kind) == CHARGE ? i : -i;
}

/* False when it isn't known now. */
static bool value_of(const struct node *node, enum imbalance_kind kind, int64_t *value)
{
	enum quantity q = kind == IMBALANCE_SOC ? Q_SOC : kind == IMBALANCE_VOLTAGE ? Q_VOLTAGE : Q_CURRENT;
	*value = node->b->q[q].value;
	if (is_current(kind))
		*value = node->capacity ? flow(node, kind) * MICRO_C / node->capacity : 0;
	return battery_has(node->b, q) && (!is_current(kind) || node->capacity);
}

/* Was it in the bank, and has it left it only for now? */
static bool is_away(const struct tree *t, const struct node *node)
{
	bool joined = !node->online && node->constrains;
	for (int i = 0; i < node->n; i++)
		joined = joined && tree_pack(t, node, i)->joined;
	return joined;
}

static struct gap gap_of(const struct tree *t, enum imbalance_kind kind)
{
	struct gap gap = { 0 };
	int64_t most = 0, least = 0, all = 0;
	int n = 0;
	for (int i = 0; i < t->n; i++) {
		const struct node *node = &t->nodes[i];
		int64_t value;
		if (is_away(t, node))
			return gap;
		/* that one which blocks takes none is no news */
		if (!node->online || (is_current(kind) && node->blocked[direction_of(kind)]))
			continue;
		if (!value_of(node, kind, &value))
			return gap;
		if (!n || value > most)
			gap.most = tree_index(t, node, 0);
		if (!n || value < least)
			gap.least = tree_index(t, node, 0);
		most = !n || value > most ? value : most;
		least = !n || value < least ? value : least;
		all += flow(node, kind);
		n++;
	}
	gap.known = n && (!is_current(kind) || (all > 0 && most * 100 >= t->s->imbalance_above * MICRO_C));
	if (gap.known)
		gap.value = is_current(kind) ? (most - least) * 10000 / most : most - least;
	return gap;
}

void imbalance_step(struct imbalance *im, const struct tree *t)
{
	for (int k = 0; k < N_IMBALANCE; k++) {
		const struct imbalance_settings *set = &t->s->imbalance[imbalances[k].of];
		struct gap gap = gap_of(t, (enum imbalance_kind)k);
		if (!set->detect) {
			im->found[k] = (struct detector){ 0 };
			continue;
		}
		detector_step(&im->found[k], gap.known, gap.value, set->threshold, set->threshold - set->release, set->time, t->now);
		if (!gap.known)
			continue;
		im->most[k] = (int16_t)gap.most;
		im->least[k] = (int16_t)gap.least;
	}
}

void imbalance_warn(const struct imbalance *im, struct battery *bank)
{
	uint8_t *warning = &bank->alarm[AL_CELL_IMBALANCE].warning;
	for (int k = 0; k < N_IMBALANCE; k++)
		if (im->found[k].active || im->found[k].since)
			*warning = tri_worst(*warning, im->found[k].active ? TRI_ACTIVE : TRI_OK);
}

void imbalance_adopt(struct imbalance *im, const int *to)
{
	for (int k = 0; k < N_IMBALANCE; k++) {
		im->most[k] = im->most[k] < 0 ? -1 : (int16_t)to[im->most[k]];
		im->least[k] = im->least[k] < 0 ? -1 : (int16_t)to[im->least[k]];
	}
}
