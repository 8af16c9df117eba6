/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the checks of what limits by policy: curves that can't be meant, or that nothing is there for to go by. */
#include "config/config_private.h"

static const char *const direction_keys[] = { "charge", "discharge" };
static const char *const curve_keys[N_CURVE] = { "cell_voltage", "temperature", "soc", "spread" };

/* What a curve may go over, beside which it is a slip; cell voltages by the chemistry. */
static const struct {
	enum dimension dimension;
	int64_t min, max;
} bounds[N_CURVE] = {
	[OVER_CELL_VOLTAGE] = { DIM_VOLTAGE, 500, 5000 },
	[OVER_TEMPERATURE] = { DIM_TEMPERATURE, -500, 1000 },
	[OVER_SOC] = { DIM_PERCENT, 0, 10000 },
	[OVER_SPREAD] = { DIM_VOLTAGE, 0, 2000 },
};

struct written {
	char text[DIMENSION_TEXT_MAX];
};

static struct written told(enum dimension dimension, int64_t value)
{
	struct written t;
	dimension_print(t.text, dimension, value);
	return t;
}

/* A curve in the config, and what its cells are. */
struct curve_place {
	struct yaml_node *at;
	const struct curve *curve;
	enum direction d;
	enum curve_over over;
	const struct chemistry_row *cell;
};

/* The point from which on it no longer gives its most. */
static int64_t shoulder(const struct curve_place *p)
{
	const struct curve *c = p->curve;
	return curve_free(c, p->d == CHARGE ? c->x[c->n - 1] : c->x[0]);
}

static void check_cell_curve(struct reading *r, const struct curve_place *p)
{
	const struct curve *c = p->curve;
	int64_t free = shoulder(p);
	if (!p->cell->nominal)
		return;
	if (p->d == CHARGE && c->y[c->n - 1] == 0 && c->x[c->n - 1] > p->cell->guard_high)
		CONFIG_WARNING(r, p->at, BAD_ODD, "it ends at %s; the cell guard stops at %s already",
			       told(DIM_VOLTAGE, c->x[c->n - 1]).text, told(DIM_VOLTAGE, p->cell->guard_high).text);
	else if (p->d == DISCHARGE && c->y[0] == 0 && c->x[0] < p->cell->guard_low)
		CONFIG_WARNING(r, p->at, BAD_ODD, "it ends at %s; the cell guard stops at %s already",
			       told(DIM_VOLTAGE, c->x[0]).text, told(DIM_VOLTAGE, p->cell->guard_low).text);
	else if (p->d == CHARGE ? free < p->cell->nominal : free > p->cell->nominal)
		CONFIG_WARNING(r, p->at, BAD_ODD,
			       "it begins to limit at %s, %s the nominal voltage of a cell, %s: nearly always",
			       told(DIM_VOLTAGE, free).text, p->d == CHARGE ? "below" : "above",
			       told(DIM_VOLTAGE, p->cell->nominal).text);
}

static void check_curve(struct reading *r, const struct curve_place *p)
{
	const struct curve *c = p->curve;
	int64_t min = bounds[p->over].min, max = bounds[p->over].max;
	enum dimension dimension = bounds[p->over].dimension;
	if (!c->n)
		return;
	if (!curve_most(c))
		CONFIG_ERROR(r, p->at, BAD_ODD, "`%s` allows nothing anywhere", curve_keys[p->over]);
	else if (c->x[0] < min || c->x[c->n - 1] > max)
		CONFIG_ERROR(r, p->at, BAD_RANGE, "`%s`: %s can't be; from %s to %s", curve_keys[p->over],
			     told(dimension, c->x[0] < min ? c->x[0] : c->x[c->n - 1]).text, told(dimension, min).text,
			     told(dimension, max).text);
	else if (p->over == OVER_CELL_VOLTAGE)
		check_cell_curve(r, p);
}

/* The curve's own line, or where it would stand. */
static struct yaml_node *place_of(struct yaml_node *map, int d, int over)
{
	return value_at(value_at(value_at(map, "curves"), direction_keys[d]), curve_keys[over]);
}

/* Does the BMS tell what a curve goes over? */
static bool can_follow(const struct pack_settings *set, enum direction d, enum curve_over over)
{
	uint64_t has = set->profile->has_quantity;
	for (int q = 0; q < N_QUANTITY; q++)
		has |= set->override[q].set ? UINT64_C(1) << q : 0;
	bool high = has >> Q_CELL_VOLTAGE_MAX & 1, low = has >> Q_CELL_VOLTAGE_MIN & 1;
	bool cells = set->profile->has_array >> ARRAY_CELL_VOLTAGE & 1;
	bool warmth = has & (UINT64_C(1) << Q_TEMPERATURE | UINT64_C(1) << Q_CELL_TEMPERATURE_MIN |
			     UINT64_C(1) << Q_CELL_TEMPERATURE_MAX);
	switch (over) {
	case OVER_CELL_VOLTAGE: return cells || (d == CHARGE ? high : low);
	case OVER_TEMPERATURE: return warmth || set->profile->has_array >> ARRAY_CELL_TEMPERATURE & 1;
	case OVER_SPREAD: return cells || (high && low);
	case OVER_SOC:
	case N_CURVE: break;
	}
	return true;
}

static void check_pack(struct reading *r, int i)
{
	const struct settings *s = &r->config->core;
	const struct pack_settings *set = &s->packs[i];
	for (int d = 0; d < 2; d++)
		for (int over = 0; over < N_CURVE; over++) {
			const struct curve *own = &set->curves[d][over];
			struct yaml_node *at = place_of(r->members[i], d, over);
			check_curve(r, &(struct curve_place) { at, own, (enum direction)d, (enum curve_over)over,
							       &chemistries[set->chemistry] });
			bool holds = own->n || (!own->off && s->curves[d][over].n);
			if (holds && set->profile && !can_follow(set, (enum direction)d, (enum curve_over)over))
				CONFIG_WARNING(r, at, BAD_ODD,
					       "the profile %s does not tell what `curves: { %s: { %s: ... } }` goes "
					       "by: it does nothing for %s",
					       set->profile->id, direction_keys[d], curve_keys[over],
					       pack_called(r, i).text);
		}
}

static bool one_string(const struct settings *s)
{
	return s->n_packs == 1 || s->n_strings == 1;
}

/* What is about several strings where there is one of them. */
static void check_rules(struct reading *r)
{
	const struct settings *s = &r->config->core;
	struct yaml_node *limits = value_at(r->root, "limits");
	bool one = one_string(s);
	if (one && s->share_rule != SHARE_SUM)
		CONFIG_WARNING(r, value_at(limits, "combine"), BAD_ODD,
			       "there is nothing to combine: no two packs are in parallel");
	if (one && s->on_blocked != BLOCKED_DROP)
		CONFIG_WARNING(r, value_at(limits, "blocked_pack"), BAD_ODD,
			       "there is no other pack in parallel that it could be about");
}

static void check_imbalance(struct reading *r)
{
	static const char *const keys[N_IMBALANCE_OF] = { "soc", "voltage", "current" };
	const struct settings *s = &r->config->core;
	for (int i = 0; i < N_IMBALANCE_OF; i++) {
		const struct imbalance_settings *set = &s->imbalance[i];
		struct yaml_node *at = value_at(value_at(r->root, "imbalance"), keys[i]);
		if (set->release >= set->threshold)
			CONFIG_ERROR(r, value_at(at, "release"), BAD_ORDER,
				     "`release` is what it must be less than `threshold` by: it can't be as much");
		bool reacts = set->limit[CHARGE].set || set->limit[DISCHARGE].set || set->lowers_cvl;
		if (reacts && !set->detect)
			CONFIG_ERROR(r, value_at(at, "detect"), BAD_ORDER,
				     "what is not looked for can't reduce anything: `detect: yes`, or leave the "
				     "reductions out");
		if ((reacts || s->soc_tiers[CHARGE].n || s->soc_tiers[DISCHARGE].n) && one_string(s))
			CONFIG_WARNING(r, at, BAD_ODD, "nothing is ever apart: no two packs are in parallel");
	}
}

/* From less than its release apart on, a tier would hold for ever. */
static void check_tiers(struct reading *r)
{
	const struct settings *s = &r->config->core;
	struct yaml_node *soc = value_at(value_at(r->root, "imbalance"), "soc");
	for (int d = 0; d < 2; d++) {
		const struct curve *c = &s->soc_tiers[d];
		if (c->n && c->x[0] <= s->imbalance[OF_SOC].release)
			CONFIG_ERROR(r, value_at(soc, direction_keys[d]), BAD_ORDER,
				     "from %s on, and released %s below it: it would never be",
				     told(DIM_PERCENT, c->x[0]).text,
				     told(DIM_PERCENT, s->imbalance[OF_SOC].release).text);
		if (c->n && c->x[c->n - 1] > 10000)
			CONFIG_ERROR(r, value_at(soc, direction_keys[d]), BAD_RANGE,
				     "nothing is %s apart in state of charge", told(DIM_PERCENT, c->x[c->n - 1]).text);
	}
}

/* The floor of a charge voltage that is lowered. */
static void check_floor(struct reading *r)
{
	const struct settings *s = &r->config->core;
	const struct chemistry_row *c = &chemistries[s->packs[0].chemistry];
	struct yaml_node *at = value_at(value_at(value_at(r->root, "imbalance"), "charge_voltage"), "floor");
	if (s->lowered_floor && c->nominal && s->lowered_floor > c->guard_high)
		CONFIG_ERROR(r, at, BAD_ORDER, "above %s, at which the cell guard stops charging",
			     told(DIM_VOLTAGE, c->guard_high).text);
	else if (s->lowered_floor && s->lowered_floor < c->nominal)
		CONFIG_WARNING(r, at, BAD_ODD,
			       "below the nominal voltage of a cell, %s: the packs would not be charged any more",
			       told(DIM_VOLTAGE, c->nominal).text);
}

void config_check_limits(struct reading *r)
{
	const struct settings *s = &r->config->core;
	if (!s->n_packs)
		return;
	check_rules(r);
	check_imbalance(r);
	check_tiers(r);
	check_floor(r);
	for (int d = 0; d < 2; d++)
		for (int over = 0; over < N_CURVE; over++)
			check_curve(r, &(struct curve_place) { place_of(r->root, d, over), &s->curves[d][over],
							       (enum direction)d, (enum curve_over)over,
							       &chemistries[s->packs[0].chemistry] });
	for (int i = 0; i < s->n_packs; i++)
		check_pack(r, i);
}
