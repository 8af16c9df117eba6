/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The BMS of a simulated pack that has electricity: what it measures, allows, protects, balances and tells. It decides by
 * what is true; noise and lies are only in what it tells. */
#include "app/sim.h"

#include <stdlib.h>
#include <string.h>

#include "config/unit.h"

#define AS_PER_AH 3600.0
#define FULL 10000             /* SoC in 0.01 % */
#define COLD_RAMP 100          /* 0.1 K over the coldest: from no charging to all of it */
#define COLD_DISCHARGE 200     /* 0.1 K: so much colder it may be for discharging */
#define TEMPERATURE_RELEASE 30 /* 0.1 K back inside until a path closes again */
#define RAISE 0.05             /* of the full current each second: limits fall at once and rise slowly */
#define WARN_BEFORE 0.05       /* V before a cell's protection */

static int64_t millivolts(double volt)
{
	return (int64_t)(volt * 1000 + 0.5);
}

/* To the nearest, of either sign. */
static int64_t whole(double x)
{
	return (int64_t)(x < 0 ? x - 0.5 : x + 0.5);
}

void sim_bms_init(struct sim_pack *p, enum chemistry c)
{
	const struct cell_kind *k = cell_kind(c);
	double capacity = (double)p->b.q[Q_CAPACITY].value / 1000 * AS_PER_AH;
	uint64_t random = p->bms.random;
	electric_pack_init(&p->electric, k, p->cells.count[ARRAY_CELL_VOLTAGE], capacity,
	                   (double)p->b.q[Q_SOC].value / FULL);
	p->bms = (struct sim_bms){
		.charge_current = p->b.q[Q_CCL].value,
		.discharge_current = p->b.q[Q_DCL].value,
		.high = millivolts(k->cut_high),
		.high_release = millivolts(k->cut_high_release),
		.low = millivolts(k->cut_low),
		.low_release = millivolts(k->cut_low_release),
		.taper_high = millivolts(k->taper_high),
		.taper_high_end = millivolts(k->taper_high_end),
		.taper_low = millivolts(k->taper_low),
		.taper_low_end = millivolts(k->taper_low_end),
		.cold = (int64_t)(k->cold * 10),
		.hot = 550,
		.balance_current = 100,
		.balance_above = millivolts(k->taper_high - 0.05),
		.balance_spread = 10,
		.taper = true,
		.random = random,
	};
	p->bms.ccl = (double)p->bms.charge_current / 1000;
	p->bms.dcl = (double)p->bms.discharge_current / 1000;
	p->bms.soc = (double)p->b.q[Q_SOC].value / FULL;
	p->modelled = true;
	sim_bms_step(p, 0);
}

/* ---- what the scenario says ---- */

/* Those that balance their cells do so near full: there all are full at once, whatever the capacity of each. Of the smallest
 * there is so much left as the pack's SoC says. */
static void fill_cells(struct sim_pack *p)
{
	double least = 0;
	for (int i = 0; i < p->electric.n; i++)
		if (!p->bms.own_soc[i] && (!(least > 0) || p->electric.cell[i].capacity < least))
			least = p->electric.cell[i].capacity;
	for (int i = 0; i < p->electric.n; i++)
		if (!p->bms.own_soc[i])
			electric_cell_soc(&p->electric, i, 1 - (1 - p->bms.soc) * least / p->electric.cell[i].capacity);
}

static void set_soc(struct sim_pack *p, int first, int last, double soc)
{
	for (int i = first; i <= last; i++)
		p->bms.own_soc[i] = first == last || (p->bms.own_soc[i] && p->time == 0);
	if (first == last)
		electric_cell_soc(&p->electric, first, soc);
	else
		p->bms.soc = soc;
	fill_cells(p);
}

static void set_capacity(struct sim_pack *p, int first, int last, double capacity)
{
	double left = electric_pack_left(&p->electric);
	if (p->time > 0) /* it is no longer as it was set */
		p->bms.soc = left / (left + electric_pack_room(&p->electric));
	for (int i = first; i <= last; i++) {
		struct electric_cell *c = &p->electric.cell[i];
		double soc = c->charge / c->capacity;
		c->capacity = capacity;
		electric_cell_soc(&p->electric, i, soc);
	}
	fill_cells(p);
}

static void set_resistance(struct sim_pack *p, int first, int last, double ohms)
{
	for (int i = first; i <= last; i++) {
		struct electric_cell *c = &p->electric.cell[i];
		c->polar_resistance *= ohms / c->resistance;
		c->resistance = ohms;
	}
	if (first != last)
		p->electric.leads = 0; /* it is that of all there is */
}

enum cell_word { SOC, CAPACITY, RESISTANCE, N_CELL_WORD };
static const struct {
	const char *name;
	enum dimension dimension;
	int64_t min, max;
} cell_words[N_CELL_WORD] = {
	[SOC] = { "soc", DIM_PERCENT, 0, FULL },
	[CAPACITY] = { "capacity", DIM_CHARGE, 100, 100000000 },
	[RESISTANCE] = { "resistance", DIM_RESISTANCE, 1, 1000000 },
};

static const char *set_part(struct sim_pack *p, enum cell_word part, int first, int last, const char *value)
{
	int64_t number;
	const char *wrong = parse_value(value, cell_words[part].dimension, &number);
	double x = (double)number;
	if (wrong)
		return wrong;
	if (number < cell_words[part].min || number > cell_words[part].max)
		return "out of the plausible range";
	switch (part) {
	case SOC: set_soc(p, first, last, x / FULL); break;
	case CAPACITY: set_capacity(p, first, last, x / 1000 * AS_PER_AH); break;
	case RESISTANCE: set_resistance(p, first, last, x / 1e6 / (last - first + 1)); break;
	case N_CELL_WORD: break;
	}
	if (first != last && part == CAPACITY)
		battery_set(&p->b, Q_CAPACITY, number, p->time);
	return NULL;
}

/* "soc", or of one cell "cells[7].soc". False: it is neither. */
static bool find_part(const struct sim_pack *p, const char *key, int *part, int *first, int *last, const char **wrong)
{
	char *end;
	long n;
	*first = 0;
	*last = p->electric.n - 1;
	if (!strncmp(key, "cells[", 6)) {
		n = strtol(key + 6, &end, 10);
		if (strncmp(end, "].", 2) != 0)
			return false;
		key = end + 2;
		*first = *last = (int)n - 1;
		if (n < 1 || n > p->electric.n)
			*wrong = "the pack has fewer cells";
	}
	for (*part = 0; *part < N_CELL_WORD; ++*part)
		if (!strcmp(key, cell_words[*part].name))
			return true;
	*wrong = *last == *first && p->electric.n > 1 ? "of a cell there is soc, capacity and resistance" : NULL;
	return *wrong;
}

static const char *set_open(struct sim_pack *p, const char *value)
{
	static const char *const words[] = { "no", "charge", "discharge", "both" };
	for (unsigned i = 0; i < 4; i++)
		if (!strcmp(value, words[i])) {
			p->bms.open_charge = i & 1;
			p->bms.open_discharge = i & 2;
			return NULL;
		}
	return "it is charge, discharge, both or no";
}

struct bms_key {
	const char *name;
	enum dimension dimension;
	int64_t min, max;
	int64_t *into;
};

static const char *set_number(const struct bms_key *k, const char *value)
{
	int64_t number;
	const char *wrong = parse_value(value, k->dimension, &number);
	if (!wrong && (number < k->min || number > k->max))
		wrong = "out of the plausible range";
	if (!wrong)
		*k->into = number;
	return wrong;
}

static bool set_bms(struct sim_pack *p, const char *key, const char *value, const char **wrong)
{
	struct sim_bms *m = &p->bms;
	int64_t flag = m->taper, balance = -1, ambient = INT64_MIN, cooling = 0, off = p->electric.off;
	const struct bms_key keys[] = {
		{ "bms.charge_current", DIM_CURRENT, 0, 3000000, &m->charge_current },
		{ "bms.discharge_current", DIM_CURRENT, 0, 3000000, &m->discharge_current },
		{ "bms.high", DIM_VOLTAGE, 500, 5000, &m->high },
		{ "bms.high_release", DIM_VOLTAGE, 500, 5000, &m->high_release },
		{ "bms.low", DIM_VOLTAGE, 500, 5000, &m->low },
		{ "bms.low_release", DIM_VOLTAGE, 500, 5000, &m->low_release },
		{ "bms.taper_high", DIM_VOLTAGE, 500, 5000, &m->taper_high },
		{ "bms.taper_high_end", DIM_VOLTAGE, 500, 5000, &m->taper_high_end },
		{ "bms.taper_low", DIM_VOLTAGE, 500, 5000, &m->taper_low },
		{ "bms.taper_low_end", DIM_VOLTAGE, 500, 5000, &m->taper_low_end },
		{ "bms.cold", DIM_TEMPERATURE, -500, 500, &m->cold },
		{ "bms.hot", DIM_TEMPERATURE, 0, 1500, &m->hot },
		{ "bms.taper", DIM_FLAG, 0, 1, &flag },
		{ "balance", DIM_FLAG, 0, 1, &balance },
		{ "balance.current", DIM_CURRENT, 0, 10000, &m->balance_current },
		{ "balance.above", DIM_VOLTAGE, 500, 5000, &m->balance_above },
		{ "balance.spread", DIM_VOLTAGE, 0, 1000, &m->balance_spread },
		{ "noise", DIM_PERCENT, 0, 5000, &m->noise },
		{ "soc_offset", DIM_PERCENT, -FULL, FULL, &m->soc_offset },
		{ "ambient", DIM_TEMPERATURE, -500, 1000, &ambient },
		{ "cooling", DIM_TIME, 1000000, INT64_C(1000000) * 3600 * 1000, &cooling },
		{ "off", DIM_FLAG, 0, 1, &off },
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		if (strcmp(key, keys[i].name) != 0)
			continue;
		*wrong = set_number(&keys[i], value);
		m->taper = flag;
		if (balance >= 0)
			m->balance_current = balance ? 100 : 0;
		if (ambient != INT64_MIN)
			p->electric.ambient = (double)ambient / 10;
		if (cooling)
			electric_pack_cooling(&p->electric, (double)cooling / 1e6);
		p->starts = p->starts || (p->electric.off && !off);
		p->electric.off = off;
		return true;
	}
	return false;
}

bool sim_bms_set(struct sim_pack *p, const char *key, const char *value, const char **wrong)
{
	int part, first, last;
	int64_t number;
	*wrong = NULL;
	if (!p->modelled)
		return false;
	if (!strcmp(key, "temperature")) { /* it has it now, and cools or warms from there */
		*wrong = parse_value(value, DIM_TEMPERATURE, &number);
		if (!*wrong && (number < -500 || number > 1500))
			*wrong = "out of the plausible range";
		if (!*wrong)
			p->electric.temperature = (double)number / 10;
	} else if (!strcmp(key, "open")) {
		*wrong = set_open(p, value);
	} else if (find_part(p, key, &part, &first, &last, wrong)) {
		*wrong = *wrong ? *wrong : set_part(p, (enum cell_word)part, first, last, value);
	} else if (!set_bms(p, key, value, wrong)) {
		return false;
	}
	if (!*wrong)
		sim_bms_step(p, 0);
	return true;
}

/* ---- what it measures and decides ---- */

struct measured {
	double high, low; /* V, of the cells */
	int64_t temperature; /* 0.1 degC */
};

static struct measured measure(const struct electric_pack *e)
{
	struct measured m = { .temperature = whole(e->temperature * 10) };
	m.high = m.low = electric_cell_voltage(e, 0);
	for (int i = 1; i < e->n; i++) {
		double v = electric_cell_voltage(e, i);
		m.high = v > m.high ? v : m.high;
		m.low = v < m.low ? v : m.low;
	}
	return m;
}

/* How far x has come from `from` to `to`: 0 to 1. `from` may be above `to`. */
static double share(double x, double from, double to)
{
	double part = (x - from) / (to - from);
	return part < 0 ? 0 : part > 1 ? 1 : part;
}

/* A protection: trips at its threshold, stays until its release. */
static void watch(bool *tripped, bool trips, bool releases, int *trips_so_far)
{
	if (!*tripped && trips)
		++*trips_so_far;
	*tripped = trips || (*tripped && !releases);
}

static void protect(struct sim_pack *p, const struct measured *m)
{
	struct sim_bms *b = &p->bms;
	int64_t t = m->temperature, release = TEMPERATURE_RELEASE;
	watch(&b->tripped_high, m->high * 1000 >= (double)b->high, m->high * 1000 <= (double)b->high_release, &b->trips);
	watch(&b->tripped_low, m->low * 1000 <= (double)b->low, m->low * 1000 >= (double)b->low_release, &b->trips);
	watch(&b->tripped_charge_temperature, t < b->cold || t > b->hot, t >= b->cold + release && t <= b->hot - release,
	      &b->trips);
	watch(&b->tripped_temperature, t < b->cold - COLD_DISCHARGE || t > b->hot + COLD_RAMP,
	      t >= b->cold - COLD_DISCHARGE + release && t <= b->hot + COLD_RAMP - release, &b->trips);
	p->electric.no_charge = b->tripped_high || b->tripped_charge_temperature || b->tripped_temperature || b->open_charge;
	p->electric.no_discharge = b->tripped_low || b->tripped_temperature || b->open_discharge;
}

/* Down at once, up slowly. */
static void approach(double *limit, double target, double full, double time)
{
	double most = *limit + full * RAISE * time;
	*limit = target < most ? target : most;
}

static void allow(struct sim_pack *p, const struct measured *m, double time)
{
	struct sim_bms *b = &p->bms;
	double charge = (double)b->charge_current / 1000, discharge = (double)b->discharge_current / 1000;
	double t = (double)m->temperature, warm = share(t, (double)b->cold, (double)(b->cold + COLD_RAMP));
	double cool = share(t, (double)b->hot, (double)(b->hot - COLD_RAMP)), in = charge, out = discharge;
	double warm_out = share(t, (double)(b->cold - COLD_DISCHARGE), (double)(b->cold - COLD_DISCHARGE + COLD_RAMP));
	double cool_out = share(t, (double)(b->hot + COLD_RAMP), (double)b->hot);
	if (b->taper) {
		in *= share(m->high * 1000, (double)b->taper_high_end, (double)b->taper_high);
		out *= share(m->low * 1000, (double)b->taper_low_end, (double)b->taper_low);
		in *= warm < cool ? warm : cool;
		out *= warm_out < cool_out ? warm_out : cool_out;
	}
	if (b->tripped_high || b->tripped_charge_temperature || b->tripped_temperature)
		in = 0;
	if (b->tripped_low || b->tripped_temperature)
		out = 0;
	approach(&b->ccl, in, charge, time);
	approach(&b->dcl, out, discharge, time);
}

/* A resistor across each cell that is over the others, near the end of a charge. */
static void balance(struct sim_pack *p, const struct measured *m)
{
	const struct sim_bms *b = &p->bms;
	for (int i = 0; i < p->electric.n; i++) {
		double v = electric_cell_voltage(&p->electric, i) * 1000;
		bool bleeds = b->balance_current && v >= (double)b->balance_above && v - m->low * 1000 > (double)b->balance_spread;
		p->electric.cell[i].bleed = bleeds ? (double)b->balance_current / 1000 : 0;
	}
}

/* ---- what it tells ---- */

static int64_t noisy(struct sim_bms *b, int64_t value)
{
	if (!b->noise)
		return value;
	return value + value * b->noise * ((int64_t)(sim_random(&b->random) % 2001) - 1000) / (FULL * 1000);
}

static void tell_alarm(struct sim_pack *p, enum alarm a, bool alarm, bool warning)
{
	if (!(p->alarms_given >> a & 1))
		p->b.alarm[a].alarm = alarm ? TRI_ACTIVE : TRI_OK;
	if (!(p->warnings_given >> a & 1))
		p->b.alarm[a].warning = warning ? TRI_ACTIVE : TRI_OK;
}

static void tell_alarms(struct sim_pack *p, const struct measured *m)
{
	const struct sim_bms *b = &p->bms;
	bool cold = m->temperature < b->cold + COLD_RAMP / 2;
	tell_alarm(p, AL_HIGH_CELL_VOLTAGE, b->tripped_high, m->high >= (double)b->high / 1000 - WARN_BEFORE);
	tell_alarm(p, AL_LOW_CELL_VOLTAGE, b->tripped_low, m->low <= (double)b->low / 1000 + WARN_BEFORE);
	tell_alarm(p, AL_LOW_CHARGE_TEMPERATURE, b->tripped_charge_temperature && cold, cold);
	tell_alarm(p, AL_HIGH_CHARGE_TEMPERATURE, b->tripped_charge_temperature && !cold,
	           m->temperature > b->hot - COLD_RAMP / 2);
	tell_alarm(p, AL_LOW_TEMPERATURE, b->tripped_temperature && cold, false);
	tell_alarm(p, AL_HIGH_TEMPERATURE, b->tripped_temperature && !cold, false);
}

static void tell_cells(struct sim_pack *p, const struct measured *m)
{
	for (int i = 0; i < p->electric.n; i++) {
		int64_t v = whole(electric_cell_voltage(&p->electric, i) * 1000);
		if (!p->cells_given)
			sim_pack_element(p, ARRAY_CELL_VOLTAGE, i, noisy(&p->bms, v));
		sim_pack_element(p, ARRAY_BALANCING, i, p->electric.cell[i].bleed > 0);
	}
	for (int i = 0; i < p->cells.count[ARRAY_CELL_TEMPERATURE] && !(p->given >> Q_TEMPERATURE & 1); i++)
		sim_pack_element(p, ARRAY_CELL_TEMPERATURE, i, m->temperature);
	sim_pack_follow(p);
}

static int64_t told_soc(const struct sim_pack *p)
{
	double left = electric_pack_left(&p->electric), room = electric_pack_room(&p->electric);
	int64_t soc = whole(left / (left + room) * FULL) + p->bms.soc_offset;
	return soc < 0 ? 0 : soc > FULL ? FULL : soc;
}

static void tell(struct sim_pack *p, const struct measured *m)
{
	struct sim_bms *b = &p->bms;
	const struct electric_pack *e = &p->electric;
	int64_t soc = told_soc(p), voltage = noisy(b, whole(electric_pack_voltage(e) * 1000));
	int64_t current = noisy(b, whole(e->current * 1000));
	tell_cells(p, m);
	sim_pack_derive(p, Q_VOLTAGE, voltage);
	sim_pack_derive(p, Q_CURRENT, current);
	sim_pack_derive(p, Q_POWER, voltage * current / 1000);
	sim_pack_derive(p, Q_TEMPERATURE, m->temperature);
	sim_pack_derive(p, Q_SOC, soc);
	sim_pack_derive(p, Q_CAPACITY_REMAINING, p->b.q[Q_CAPACITY].value * soc / FULL);
	sim_pack_derive(p, Q_CCL, (int64_t)(b->ccl * 1000));
	sim_pack_derive(p, Q_DCL, (int64_t)(b->dcl * 1000));
	sim_pack_derive(p, Q_CHARGE_ENABLED,
	                !(b->tripped_high || b->tripped_charge_temperature || b->tripped_temperature));
	sim_pack_derive(p, Q_DISCHARGE_ENABLED, !(b->tripped_low || b->tripped_temperature));
	sim_pack_derive(p, Q_ENERGY_IN, (int64_t)(e->energy_in / 3600));
	sim_pack_derive(p, Q_ENERGY_OUT, (int64_t)(e->energy_out / 3600));
	tell_alarms(p, m);
}

void sim_bms_step(struct sim_pack *p, double time)
{
	struct measured m = measure(&p->electric);
	protect(p, &m);
	allow(p, &m, time);
	balance(p, &m);
	tell(p, &m);
}
