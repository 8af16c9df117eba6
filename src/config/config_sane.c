/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the checks of ceilings against what cells and capacity bear: a wrong digit or unit must not reach the GX. */
#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

#define GUARD_SLACK   100  /* mV: so far beyond the guard's voltages a cell may be meant to go */
#define FULL_MOST     200  /* mV above the guard's: no cell of this chemistry is charged so far */
#define CURRENT_LEAST 1000 /* mA; less than this is not meant */
#define C_RATE_MOST   3

/* What a cell of these is spoken of: the chemistry's, or the config's own where there is none. */
struct cell_bounds {
	const char *name;
	int64_t low, nominal, high; /* mV; 0 = not known */
};

static struct cell_bounds cell_bounds(const struct settings *s, enum chemistry chemistry)
{
	const struct chemistry_row *c = &chemistries[chemistry];
	return (struct cell_bounds) { c->name, c->guard_low ? c->guard_low : s->guard_low, c->nominal,
				      c->guard_high ? c->guard_high : s->guard_high };
}

struct volts {
	char text[DIMENSION_TEXT_MAX];
};

static struct volts volts(int64_t mv)
{
	struct volts v;
	dimension_print(v.text, DIM_VOLTAGE, mv);
	return v;
}

static bool too_full(int64_t mv, int cells, const struct cell_bounds *c)
{
	return c->high && mv > cells * (c->high + FULL_MOST);
}

/* 80 %: far below what any maker allows, and where an LFP cell is damaged for good. */
static bool too_empty(int64_t mv, int cells, const struct cell_bounds *c)
{
	return mv * 10 < cells * c->low * 8;
}

/* The voltages that charging goes on to when it is blocked, or when nothing is known: each must leave a full cell alone. */
static void check_safe(struct reading *r, const char *key, int64_t mv)
{
	const struct settings *s = &r->config->core;
	const struct chemistry_row *c = &chemistries[s->packs[0].chemistry];
	int64_t high = c->guard_high && (!s->guard_high || s->guard_high > c->guard_high) ? c->guard_high : s->guard_high;
	struct yaml_node *at = value_at(value_at(r->root, "safe"), key);
	if (high && mv > high)
		CONFIG_ERROR(r, at, BAD_ORDER, "above %s, at which the cell guard stops charging", volts(high).text);
	else if (c->guard_high_release && mv > c->guard_high_release)
		CONFIG_WARNING(r, at, BAD_ODD,
			       "%s is much for a cell of chemistry %s while charging is to stand still; usual is %s",
			       volts(mv).text, c->name,
			       volts(!strcmp(key, "float_voltage") ? c->float_voltage : c->safe_voltage).text);
}

static void check_guard_high(struct reading *r, struct yaml_node *guard, const struct cell_bounds *c)
{
	const struct settings *s = &r->config->core;
	struct yaml_node *at = value_at(guard, "high");
	const int64_t high = s->guard_high, usual = chemistries[s->packs[0].chemistry].guard_high_release;
	if (too_full(high, 1, c))
		CONFIG_ERROR(r, at, BAD_RANGE, "%s is more than a cell of chemistry %s bears; it is full at %s", volts(high).text,
			     c->name, volts(c->high).text);
	else if (c->high && high > c->high + GUARD_SLACK)
		CONFIG_WARNING(r, at, BAD_ODD, "%s is much for a cell of chemistry %s", volts(high).text, c->name);
	if (high && !s->guard_high_release && usual >= high)
		CONFIG_ERROR(r, at, BAD_ORDER, "not above %s, the chemistry's `high_release`: add a lower `high_release`",
			     volts(usual).text);
}

static void check_guard_low(struct reading *r, struct yaml_node *guard, const struct cell_bounds *c)
{
	const struct settings *s = &r->config->core;
	struct yaml_node *at = value_at(guard, "low");
	const int64_t low = s->guard_low, usual = chemistries[s->packs[0].chemistry].guard_low_release;
	if (low && too_empty(low, 1, c))
		CONFIG_ERROR(r, at, BAD_RANGE, "%s damages a cell of chemistry %s; it is empty at %s", volts(low).text, c->name,
			     volts(c->low).text);
	else if (low && low < c->low - GUARD_SLACK)
		CONFIG_WARNING(r, at, BAD_ODD, "%s is little for a cell of chemistry %s, which is empty at %s", volts(low).text,
			       c->name, volts(c->low).text);
	if (low && !s->guard_low_release && usual && usual <= low)
		CONFIG_ERROR(r, at, BAD_ORDER, "not below %s, the chemistry's `low_release`: add a higher `low_release`",
			     volts(usual).text);
}

static void check_guard(struct reading *r)
{
	const struct settings *s = &r->config->core;
	const struct chemistry_row *c = &chemistries[s->packs[0].chemistry];
	const struct cell_bounds bounds = { c->name, c->guard_low, c->nominal, c->guard_high };
	struct yaml_node *guard = value_at(value_at(r->root, "limits"), "cell_guard");
	if (!s->cell_guard)
		CONFIG_WARNING(r, guard, BAD_ODD,
			       "without the cell guard nothing but its own BMS stops a pack with one cell too full or too empty");
	check_guard_high(r, guard, &bounds);
	check_guard_low(r, guard, &bounds);
}

/* The cells a voltage is for: of one pack, or of the packs with least and most of them. A voltage is wrong when it would
 * be for all of these. */
struct span {
	int least, most;
	struct cell_bounds cell;
};

static void check_charge_voltage(struct reading *r, struct yaml_node *at, int64_t mv, const struct span *span)
{
	const struct cell_bounds *c = &span->cell;
	if (too_full(mv, span->most, c))
		CONFIG_ERROR(r, at, BAD_RANGE,
			     "%s for %d cells is %s for each; %s cells are full at %s: is it the right number of "
			     "cells, and the "
			     "right unit?",
			     volts(mv).text, span->most, volts(mv / span->most).text, c->name, volts(c->high).text);
	else if (c->high && mv > span->most * (c->high + GUARD_SLACK))
		CONFIG_WARNING(r, at, BAD_ODD, "%s for %d cells is %s for each; the cell guard stops at %s",
			       volts(mv).text, span->most, volts(mv / span->most).text, volts(c->high).text);
	else if (mv < span->least * c->nominal)
		CONFIG_WARNING(r, at, BAD_ODD,
			       "%s is below the nominal voltage of %d cells, %s: they would never be charged",
			       volts(mv).text, span->least, volts(span->least * c->nominal).text);
}

static void check_low_voltage(struct reading *r, struct yaml_node *at, int64_t mv, const struct span *span)
{
	const struct cell_bounds *c = &span->cell;
	if (too_empty(mv, span->least, c))
		CONFIG_ERROR(r, at, BAD_RANGE,
			     "%s for %d cells is %s for each; %s cells are empty at %s: is it the right number of "
			     "cells, and the "
			     "right unit?",
			     volts(mv).text, span->least, volts(mv / span->least).text, c->name, volts(c->low).text);
	else if (mv < span->least * (c->low - GUARD_SLACK))
		CONFIG_WARNING(r, at, BAD_ODD, "%s for %d cells is %s for each; the cell guard stops at %s",
			       volts(mv).text, span->least, volts(mv / span->least).text, volts(c->low).text);
	else if (c->nominal && mv > span->most * c->nominal)
		CONFIG_WARNING(r, at, BAD_ODD,
			       "%s is above the nominal voltage of %d cells, %s: hardly anything could be discharged",
			       volts(mv).text, span->most, volts(span->most * c->nominal).text);
}

static void check_voltages(struct reading *r, struct yaml_node *map, const struct bound *cvl, const struct bound *low,
			   const struct span *span)
{
	if (span->most && cvl->set)
		check_charge_voltage(r, value_at(map, key_given(map, "cvl") ? "cvl" : "charge_voltage"), cvl->value,
				     span);
	if (span->most && low->set)
		check_low_voltage(r, value_at(map, "low_voltage"), low->value, span);
}

/* `capacity`: mAh, 0 = not known */
static void check_current(struct reading *r, struct yaml_node *map, const char *key, const struct bound *limit,
			  int64_t capacity)
{
	char text[2][DIMENSION_TEXT_MAX];
	if (!limit->set)
		return;
	dimension_print(text[0], DIM_CURRENT, limit->value);
	if (!limit->value)
		CONFIG_WARNING(r, value_at(map, key), BAD_ODD, "0 A: never to be %s at all; is that meant?",
			       strcmp(key, "charge_current") ? "discharged" : "charged");
	else if (limit->value < CURRENT_LEAST)
		CONFIG_WARNING(r, value_at(map, key), BAD_ODD, "only %s: is it the right unit?", text[0]);
	else if (capacity && limit->value > C_RATE_MOST * capacity)
		CONFIG_WARNING(r, value_at(map, key), BAD_ODD,
			       "%s is more than %d C of %s, and more than battagg ever allows: is it the right unit?",
			       text[0], C_RATE_MOST, dimension_print(text[1], DIM_CHARGE, capacity));
}

static void check_pack(struct reading *r, int i)
{
	const struct settings *s = &r->config->core;
	const struct pack_settings *p = &s->packs[i];
	struct span span = { p->cells, p->cells, cell_bounds(s, p->chemistry) };
	struct yaml_node *limits = value_at(r->members[i], "limits"), *override = value_at(r->members[i], "override");
	int64_t capacity = p->capacity.set ? p->capacity.value : 0;
	check_voltages(r, limits, &p->limits.cvl, &p->limits.low_voltage, &span);
	check_voltages(r, override, &p->override[Q_CVL], &p->override[Q_LOW_VOLTAGE], &span);
	check_current(r, limits, "charge_current", &p->limits.ccl, capacity);
	check_current(r, limits, "discharge_current", &p->limits.dcl, capacity);
}

/* A string's cells add up, and its smallest pack is its capacity. */
struct sum {
	int cells;
	int64_t capacity; /* mAh */
};

static void check_bank(struct reading *r)
{
	const struct settings *s = &r->config->core;
	struct yaml_node *limits = value_at(r->root, "limits");
	struct span span = { .cell = cell_bounds(s, s->packs[0].chemistry) };
	struct sum strings[PACKS_MAX] = { { 0 } };
	int64_t capacity = 0;
	bool known = true;
	for (int i = 0; i < s->n_packs; i++) {
		const struct pack_settings *p = &s->packs[i];
		struct sum *string = &strings[s->n_strings ? s->string_of[i] : i];
		string->cells += p->cells;
		if (!string->capacity || p->capacity.value < string->capacity)
			string->capacity = p->capacity.value;
		known = known && p->capacity.set;
	}
	for (int i = 0; i < (s->n_strings ? s->n_strings : s->n_packs); i++) {
		int cells = strings[i].cells;
		span.most = cells > span.most ? cells : span.most;
		span.least = cells && (!span.least || cells < span.least) ? cells : span.least;
		capacity += strings[i].capacity;
	}
	check_voltages(r, limits, &s->limits.cvl, &s->limits.low_voltage, &span);
	check_current(r, limits, "charge_current", &s->limits.ccl, known ? capacity : 0);
	check_current(r, limits, "discharge_current", &s->limits.dcl, known ? capacity : 0);
}

void config_check_sane(struct reading *r, bool wired)
{
	if (!r->config->core.n_packs)
		return;
	check_safe(r, "cell_voltage", r->config->core.safe_voltage);
	check_safe(r, "float_voltage", r->config->core.float_voltage);
	check_guard(r);
	for (int i = 0; i < r->config->core.n_packs; i++)
		check_pack(r, i);
	if (wired)
		check_bank(r);
}
