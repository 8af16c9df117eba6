/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Plays a scenario: its events by time and by condition, and the electricity step by step. */
#include "app/sim_world.h"

#include <stdlib.h>
#include <string.h>

#include "config/unit.h"

#define NOT_YET INT64_MAX

struct sim_turn {
	int64_t next;  /* us; of events by time */
	int64_t back;  /* us, when what it switched is switched back */
	int64_t since; /* us, since when its condition holds; NOT_YET */
	bool done;     /* for good, or until the condition has been false */
};

/* ---- what is true ---- */

double world_soc(const struct sim_world *w)
{
	double left = 0, all = 0;
	for (int i = 0; i < w->bank.n; i++) {
		double in = electric_pack_left(w->bank.pack[i]);
		left += in;
		all += in + electric_pack_room(w->bank.pack[i]);
	}
	return all > 0 ? left / all : 0;
}

static double extreme_cell(const struct electric_pack *p, bool highest)
{
	double v = electric_cell_voltage(p, 0);
	for (int i = 1; i < p->n; i++) {
		double cell = electric_cell_voltage(p, i);
		v = (highest ? cell > v : cell < v) ? cell : v;
	}
	return v;
}

/* False: this the model knows no better than the BMS. */
static bool pack_truth(const struct electric_pack *p, enum quantity q, double *x)
{
	double left = electric_pack_left(p);
	if (q == Q_VOLTAGE)
		*x = electric_pack_voltage(p) * 1000;
	else if (q == Q_CURRENT)
		*x = p->current * 1000;
	else if (q == Q_SOC)
		*x = left / (left + electric_pack_room(p)) * 10000;
	else if (q == Q_TEMPERATURE)
		*x = p->temperature * 10;
	else if (q == Q_CELL_VOLTAGE_MAX || q == Q_CELL_VOLTAGE_MIN)
		*x = extreme_cell(p, q == Q_CELL_VOLTAGE_MAX) * 1000;
	else
		return false;
	return true;
}

static bool bank_truth(const struct sim_world *w, enum quantity q, double *x)
{
	if (q == Q_VOLTAGE)
		*x = w->bank.voltage * 1000;
	else if (q == Q_CURRENT)
		*x = w->bank.current * 1000;
	else if (q == Q_SOC)
		*x = world_soc(w) * 10000;
	else
		return false;
	return true;
}

bool world_value(const struct sim_world *w, int who, enum quantity q, int64_t *value)
{
	const struct battery *b = who >= 0 ? &w->bus->packs[who].b : who == SIM_OUTPUT ? &w->house.seen.b : NULL;
	double x;
	if (who == SIM_BANK ? bank_truth(w, q, &x) : who >= 0 && pack_truth(&w->bus->packs[who].electric, q, &x)) {
		*value = (int64_t)x;
		return true;
	}
	if (!b || !battery_has(b, q))
		return false;
	*value = b->q[q].value;
	return true;
}

/* ---- events ---- */

static bool holds(const struct sim_world *w, const struct sim_condition *c)
{
	int64_t value;
	return world_value(w, c->who, c->q, &value) && (c->above ? value > c->value : value < c->value);
}

/* Is it now that an event by condition happens? */
static bool comes_true(const struct sim_world *w, const struct sim_event *e, struct sim_turn *t)
{
	if (w->now < e->at || !holds(w, &e->when)) {
		t->since = NOT_YET;
		t->done = t->done && !e->when.each;
		return false;
	}
	if (t->since == NOT_YET)
		t->since = w->now;
	if (t->done || w->now - t->since < e->when.after)
		return false;
	t->done = true;
	return true;
}

static void play_bank(struct sim_world *w, const struct sim_event *e)
{
	struct flow_plan *plan = !strcmp(e->key, "charger") ? &w->house.plan.charger : &w->house.plan.load;
	int64_t ambient;
	if (!strcmp(e->key, "ambient")) {
		if (!parse_value(e->value, DIM_TEMPERATURE, &ambient))
			for (int i = 0; i < w->bank.n; i++)
				w->bank.pack[i]->ambient = (double)ambient / 10;
		return;
	}
	*plan = (struct flow_plan){ .n = 1 };
	flow_parse(e->value, &plan->step[0].flow); /* it was tried when the script was read */
}

static void play(struct sim_world *w, const struct sim_event *e)
{
	char why[SIM_WHY_MAX];
	if (w->played)
		w->played(w->user, w, e);
	if (e->pack == SIM_BANK) {
		play_bank(w, e);
		return;
	}
	sim_pack_advance(&w->bus->packs[e->pack], w->now);
	sim_pack_set(&w->bus->packs[e->pack], e->key, e->value, why); /* it was tried when the script was read */
	sim_bus_changed(w->bus, e->pack, w->now);
}

/* It happens: and shall perhaps be taken back later. */
static void happen(struct sim_world *w, const struct sim_event *e, struct sim_turn *t)
{
	play(w, e);
	if (e->lasts)
		t->back = w->now + e->lasts;
}

static void take_back(struct sim_world *w, const struct sim_event *e, struct sim_turn *t)
{
	struct sim_event reverse = *e;
	int64_t flag = 0;
	parse_value(e->value, DIM_FLAG, &flag); /* it was tried when the script was read */
	memcpy(reverse.value, flag ? "no" : "yes", flag ? 3 : 4);
	t->back = NOT_YET;
	play(w, &reverse);
}

static void play_due(struct sim_world *w)
{
	for (int i = 0; i < w->scenario->n_events; i++) {
		const struct sim_event *e = &w->scenario->events[i];
		struct sim_turn *t = &w->turns[i];
		if (t->back <= w->now)
			take_back(w, e, t);
		if (t->next > w->now)
			continue;
		happen(w, e, t);
		t->next = e->every && w->now + e->every < e->until ? w->now + e->every : NOT_YET;
	}
}

static void play_conditions(struct sim_world *w)
{
	for (int i = 0; i < w->scenario->n_events; i++) {
		const struct sim_event *e = &w->scenario->events[i];
		if (e->when.who != SIM_NOBODY && comes_true(w, e, &w->turns[i]))
			happen(w, e, &w->turns[i]);
	}
}

/* ---- electricity ---- */

static double ceiling(double x, const struct bound *b)
{
	return b->set && (double)b->value / 1000 < x ? (double)b->value / 1000 : x;
}

static double lowest(double a, double b)
{
	return a < b ? a : b;
}

/* What the packs of a string say, and what the config lets them. */
struct string_bounds {
	double ccl, dcl, cvl, low;
};

static void know_string(const struct sim_world *w, int s, struct string_bounds *most)
{
	*most = (struct string_bounds){ .ccl = 1e9, .dcl = 1e9 };
	for (int i = 0; i < w->bank.n; i++) {
		const struct battery *told = &w->bus->packs[i].b;
		const struct limit_settings *set = &w->config->core.packs[i].limits;
		if (w->bank.string_of[i] != s)
			continue;
		most->ccl = lowest(most->ccl, ceiling((double)told->q[Q_CCL].value / 1000, &set->ccl));
		most->dcl = lowest(most->dcl, ceiling((double)told->q[Q_DCL].value / 1000, &set->dcl));
		most->cvl += ceiling((double)told->q[Q_CVL].value / 1000, &set->cvl);
		most->low += (double)told->q[Q_LOW_VOLTAGE].value / 1000;
	}
}

/* What a house that knew everything would allow: the current at the voltage at which the first string is at its limit. */
static struct house_bounds know_all(const struct sim_world *w)
{
	const struct electric_bank *b = &w->bank;
	const struct limit_settings *set = &w->config->core.limits;
	double up = 1e9, down = 0;
	struct house_bounds most;
	for (int s = 0; s < b->n_strings; s++) {
		struct string_bounds string;
		know_string(w, s, &string);
		if (b->no_charge[s] && b->no_discharge[s])
			continue;
		up = lowest(up, string.cvl);
		if (!b->no_charge[s])
			up = lowest(up, b->emf[s] + string.ccl * b->resistance[s]);
		down = string.low > down ? string.low : down;
		if (!b->no_discharge[s] && b->emf[s] - string.dcl * b->resistance[s] > down)
			down = b->emf[s] - string.dcl * b->resistance[s];
	}
	up = ceiling(up, &set->cvl);
	most.ccl = ceiling(electric_current_at(b, up), &set->ccl);
	most.dcl = ceiling(-electric_current_at(b, down), &set->dcl);
	most.dcl = most.dcl < 0 ? 0 : most.dcl;
	return most;
}

static void step_sensors(struct sim_world *w)
{
	for (int i = w->config->core.n_packs; i < w->bus->n_packs; i++) {
		sim_pack_derive(&w->bus->packs[i], Q_VOLTAGE, (int64_t)(w->bank.voltage * 1000));
		sim_pack_derive(&w->bus->packs[i], Q_CURRENT, (int64_t)(w->bank.current * 1000));
	}
}

static void step(struct sim_world *w)
{
	double time = (double)w->scenario->step / 1e6;
	if (w->ideal) {
		electric_refresh(&w->bank);
		struct house_bounds most = know_all(w);
		house_step_ideal(&w->house, &w->bank, &most, w->now, time);
	} else {
		house_step(&w->house, &w->bank, w->now, time);
	}
	for (int i = 0; i < w->config->core.n_packs; i++) {
		w->bus->packs[i].time = w->now;
		sim_bms_step(&w->bus->packs[i], time);
	}
	step_sensors(w);
	if (w->stepped)
		w->stepped(w->user, w, time);
	play_conditions(w);
	w->next_step += w->scenario->step;
}

/* ---- from outside ---- */

static void electrify(struct sim_world *w)
{
	const struct settings *s = &w->config->core;
	w->bank.n = s->n_packs;
	w->bank.n_strings = s->n_strings ? s->n_strings : s->n_packs;
	for (int i = 0; i < s->n_packs; i++) {
		struct sim_pack *p = &w->bus->packs[i];
		sim_bms_init(p, p->set->chemistry ? p->set->chemistry : s->chemistry);
		w->bank.pack[i] = &p->electric;
		w->bank.string_of[i] = s->n_strings ? s->string_of[i] : i;
		if (w->scenario->has_ambient)
			p->electric.ambient = p->electric.temperature = (double)w->scenario->ambient / 10;
	}
}

bool world_init(struct sim_world *w, const struct config *config, const struct scenario *sc, struct sim_bus *bus,
                bool ideal)
{
	*w = (struct sim_world){ .config = config, .scenario = sc, .bus = bus, .ideal = ideal, .next_step = NOT_YET };
	w->turns = calloc((size_t)sc->n_events + 1, sizeof *w->turns);
	if (!w->turns)
		return false;
	for (int i = 0; i < sc->n_events; i++)
		w->turns[i] = (struct sim_turn){
			.next = sc->events[i].when.who == SIM_NOBODY ? sc->events[i].at : NOT_YET, .since = NOT_YET, .back = NOT_YET
		};
	house_init(&w->house, &sc->house, config->core.output_profile);
	if (sc->modelled) {
		electrify(w);
		w->next_step = 0;
	}
	return true;
}

void world_free(struct sim_world *w)
{
	free(w->turns);
	w->turns = NULL;
}

int64_t world_next(const struct sim_world *w)
{
	int64_t next = w->next_step;
	for (int i = 0; i < w->scenario->n_events; i++) {
		next = w->turns[i].next < next ? w->turns[i].next : next;
		next = w->turns[i].back < next ? w->turns[i].back : next;
	}
	return next;
}

/* The first of all brings the bank to rest, without time passing. */
void world_turn(struct sim_world *w)
{
	w->now = world_next(w);
	play_due(w);
	if (w->next_step != w->now)
		return;
	if (w->now > 0) {
		step(w);
		return;
	}
	electric_step(&w->bank, 0, 0);
	for (int i = 0; i < w->config->core.n_packs; i++)
		sim_bms_step(&w->bus->packs[i], 0);
	step_sensors(w);
	w->next_step = w->scenario->step;
}
