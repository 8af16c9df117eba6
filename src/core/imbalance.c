/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How far the strings of the bank are apart. */
#include "core/imbalance.h"

#include "core/scale.h"

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
static int64_t flow_of(const struct node *node, enum imbalance_kind kind)
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
		*value = node->capacity ? flow_of(node, kind) * MICRO_C / node->capacity : 0;
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
		all += flow_of(node, kind);
		n++;
	}
	gap.known = n && (!is_current(kind) || (all > 0 && most * 100 >= t->s->imbalance_above * MICRO_C));
	if (gap.known)
		gap.value = is_current(kind) ? (most - least) * 10000 / most : most - least;
	return gap;
}

/* Each tier by itself, so that each has its release and its time. */
static void step_tiers(struct imbalance *im, const struct tree *t, const struct gap *gap)
{
	const struct imbalance_settings *set = &t->s->imbalance[OF_SOC];
	for (int d = 0; d < 2; d++)
		for (int i = 0; i < CURVE_POINTS_MAX; i++) {
			const struct curve *tiers = &t->s->soc_tiers[d];
			if (i < tiers->n)
				detector_step(&im->tier[d][i], gap->known, gap->value, tiers->x[i], tiers->x[i] - set->release,
				              set->time, t->now);
			else
				im->tier[d][i] = (struct detector){ 0 };
		}
}

void imbalance_step(struct imbalance *im, const struct tree *t)
{
	for (int k = 0; k < N_IMBALANCE; k++) {
		const struct imbalance_settings *set = &t->s->imbalance[imbalances[k].of];
		struct gap gap = gap_of(t, (enum imbalance_kind)k);
		if (k == IMBALANCE_SOC)
			step_tiers(im, t, &gap);
		if (!set->detect)
			im->found[k] = (struct detector){ 0 };
		else
			detector_step(&im->found[k], gap.known, gap.value, set->threshold, set->threshold - set->release,
			              set->time, t->now);
		if (!gap.known)
			continue;
		im->most[k] = (int16_t)gap.most;
		im->least[k] = (int16_t)gap.least;
	}
}

static struct reason because(const struct imbalance *im, const struct settings *s, enum imbalance_kind k)
{
	static const enum reason_code codes[N_IMBALANCE_OF] = {
		[OF_SOC] = REASON_APART_SOC, [OF_VOLTAGE] = REASON_APART_VOLTAGE, [OF_CURRENT] = REASON_APART_CURRENT,
	};
	const struct imbalance_settings *set = &s->imbalance[imbalances[k].of];
	struct reason why = ask_because(codes[imbalances[k].of], im->most[k]);
	why.other = im->least[k];
	why.measured = im->found[k].value;
	why.threshold = set->threshold - set->release;
	return why;
}

static void propose(struct imbalance_limit *l, enum curve_of of, int64_t amount, int64_t whole, int64_t capacity,
                    struct reason why)
{
	int64_t value;
	if (!amount_in_ma(of, amount, whole, capacity, &value) || (l->any && value >= l->value))
		return;
	*l = (struct imbalance_limit){ true, value, why };
}

struct imbalance_limit imbalance_current(const struct imbalance *im, const struct settings *s, enum direction d,
                                         int64_t whole, int64_t capacity)
{
	const enum imbalance_kind flow = d == CHARGE ? IMBALANCE_CHARGE : IMBALANCE_DISCHARGE;
	const enum imbalance_kind kinds[] = { IMBALANCE_SOC, IMBALANCE_VOLTAGE, flow };
	const struct curve *tiers = &s->soc_tiers[d];
	struct imbalance_limit l = { 0 };
	for (int i = 0; i < tiers->n; i++) {
		struct reason why = because(im, s, IMBALANCE_SOC);
		why.measured = im->tier[d][i].value;
		why.threshold = tiers->x[i] - s->imbalance[OF_SOC].release;
		if (im->tier[d][i].active)
			propose(&l, (enum curve_of)tiers->of, tiers->y[i], whole, capacity, why);
	}
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		const struct amount *limit = &s->imbalance[imbalances[kinds[i]].of].limit[d];
		if (limit->set && im->found[kinds[i]].active)
			propose(&l, (enum curve_of)limit->of, limit->value, whole, capacity, because(im, s, kinds[i]));
	}
	return l;
}

static int32_t level_floor(const struct pack_settings *set, const struct settings *s)
{
	return s->lowered_floor ? s->lowered_floor : cell_levels(set, s).safe_voltage;
}

/* The highest that some string needs: nobody is brought below its floor. 0 when no cells are known. */
static int64_t floor_of(const struct tree *t)
{
	int64_t high = 0;
	for (int i = 0; i < t->n; i++) {
		int64_t v = t->nodes[i].constrains ? tree_cells_voltage(t, &t->nodes[i], level_floor) : 0;
		high = v > high ? v : high;
	}
	return high;
}

/* Why the CVL is lowered; REASON_NONE: it isn't now. */
static struct reason why_lowered(const struct imbalance *im, const struct settings *s)
{
	for (int k = IMBALANCE_SOC; k <= IMBALANCE_VOLTAGE; k++)
		if (s->imbalance[imbalances[k].of].lowers_cvl && im->found[k].active)
			return because(im, s, (enum imbalance_kind)k);
	return ask_because(REASON_NONE, -1);
}

struct imbalance_limit imbalance_voltage(struct imbalance *im, const struct tree *t, int64_t free)
{
	struct reason why = why_lowered(im, t->s);
	int64_t floor = floor_of(t) * 1000, passed = im->cvl.active ? t->now - im->cvl.last : 0;
	im->cvl.last = t->now;
	if (why.code != REASON_NONE && floor) {
		int64_t from = im->cvl.active ? im->cvl.value : free * 1000, down = t->s->lowered_down * passed / 1000;
		im->cvl.active = true;
		/* one that is below already is not raised, nor kept down when it comes up */
		im->cvl.value = from - down > floor ? from - down : free * 1000 < floor ? free * 1000 : floor;
	} else if (im->cvl.active && why.code == REASON_NONE) {
		im->cvl.value += t->s->lowered_up * passed / 1000;
		im->cvl.active = im->cvl.value < free * 1000;
		why = ask_because(REASON_RISING, -1);
		why.measured = REASON_APART_VOLTAGE; /* it still holds */
		why.threshold = free;
		why.until = t->now + (free * 1000 - im->cvl.value) * 1000 / t->s->lowered_up;
	}
	return (struct imbalance_limit){ im->cvl.active, divide(im->cvl.value, 1000, ROUND_DOWN), why };
}

void imbalance_adopt(struct imbalance *im, const int *to)
{
	for (int k = 0; k < N_IMBALANCE; k++) {
		im->most[k] = im->most[k] < 0 ? -1 : (int16_t)to[im->most[k]];
		im->least[k] = im->least[k] < 0 ? -1 : (int16_t)to[im->least[k]];
	}
}
