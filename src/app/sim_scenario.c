/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The script of a simulation, a YAML file; docs/simulator.md has all its words. In short:
 *
 *   duration: 60 s                    # without it: until it is stopped (with --log: 60 s)
 *   seed: 7                           # of what happens by chance; without it 1: each time the same
 *   packs:                            # steady values, by the names of the config's packs and sensors
 *     A:
 *       current: 12 A                 # any quantity of the vocabulary; the others have sensible defaults
 *       soc: 71 %                     # drifts on with the current and the capacity
 *       warning.high_temperature: active       # active, ok or unsupported
 *       manufacturer: PYLON           # texts
 *       soh: absent                   # not said
 *     B:
 *       cells: { all: 3.34 V, 3: 3.36 V, 7: absent }
 *       silent: yes                   # from the start
 *     C:
 *       lose: 10 %                    # so many of its frames get lost; late: with delay:, and swap:
 *   events:
 *     - { at: 20 s, pack: B, silent: yes }
 *     - { at: 30 s, pack: A, set: { ccl: 50 A, alarm.high_voltage: active } }
 *
 * With electricity (a charger:, load:, ambient:, gx: or step:, or electric: yes) packs have cells, and share one voltage:
 *
 *   charger: { sun: 6 kW, rise: 6 h, set: 20 h }
 *   load: [ { at: 0 h, power: 300 W }, { at: 18 h, power: 2 kW } ]
 *   packs:
 *     A: { soc: 30 %, cells: { 7: { capacity: 90 Ah, resistance: 2 mOhm } }, noise: 1 %, tell: { soc: 80 % } }
 *   events:
 *     - { when: { pack: A, soc: "> 99 %" }, after: 10 s, load: 3 kW }
 *     - { at: 1 h, every: 10 min, for: 20 s, pack: A, silent: yes }
 */
#include "app/sim_scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/unit.h"

#define STEP_DEFAULT 100000 /* us */

/* When an event happens: what the event's line says besides what it changes. */
struct occasion {
	int64_t at, every, until, lasts;
	struct sim_condition when;
};
static const struct occasion from_the_start = { .when.who = SIM_NOBODY };

int scenario_find_pack(const struct loading *l, const char *name)
{
	for (int i = 0; i < l->n_packs; i++)
		if (!strcmp(l->packs[i].set->name, name))
			return i;
	return -1;
}

static void unknown_pack(struct loading *l, const struct yaml_node *node, const char *name, bool at_key)
{
	if (at_key)
		yaml_error_at_key(l->doc, node, l->problems, "", "the config has no pack '%s'", name);
	else
		yaml_error(l->doc, node, l->problems, "", "the config has no pack '%s'", name);
}

/* The next place in the script; NULL when out of memory. */
static struct sim_event *add_event(struct loading *l, const struct occasion *o, int pack, const char *key, const char *value)
{
	struct scenario *sc = l->sc;
	struct sim_event *e;
	if (sc->n_events == sc->room) {
		int room = sc->room ? 2 * sc->room : 32;
		struct sim_event *more = realloc(sc->events, (size_t)room * sizeof *more);
		if (!more)
			return NULL;
		sc->events = more;
		sc->room = room;
	}
	e = &sc->events[sc->n_events++];
	*e = (struct sim_event){ .at = o->at, .every = o->every, .until = o->until, .when = o->when, .pack = pack };
	memcpy(e->key, key, strlen(key) + 1);
	memcpy(e->value, value, strlen(value) + 1);
	return e;
}

/* Tries the change on a copy of the pack. */
static const char *try_change(const struct loading *l, int pack, const char *key, const char *value, char why[SIM_WHY_MAX])
{
	struct sim_pack copy = l->packs[pack];
	bool electric = !copy.set->profile->sensor;
	const char *wrong;
	if (l->sc->modelled && electric)
		sim_bms_init(&copy, copy.set->chemistry);
	wrong = sim_pack_set(&copy, key, value, why);
	if (!wrong || l->sc->modelled || !electric)
		return wrong;
	sim_bms_init(&copy, copy.set->chemistry);
	return sim_bms_set(&copy, key, value, &wrong) && !wrong ?
	               "that is for packs with electricity: the scenario needs a charger:, a load:, or electric: yes" :
	               sim_pack_set(&copy, key, value, why);
}

static void add_value(struct loading *l, const struct occasion *o, int pack, const char *key, const struct yaml_node *value)
{
	char why[SIM_WHY_MAX];
	const char *wrong = value->kind == NODE_SCALAR ? try_change(l, pack, key, value->text, why) : "one value belongs here";
	if (!wrong && (strlen(key) >= sizeof l->sc->events->key || strlen(value->text) >= sizeof l->sc->events->value))
		wrong = "too long";
	if (!wrong && !add_event(l, o, pack, key, value->text))
		wrong = "out of memory";
	const char *doubt = wrong ? NULL : sim_pack_doubt(&l->packs[pack], key, value->text, why);
	if (wrong)
		yaml_error(l->doc, value, l->problems, "", "%s: %s", key, wrong);
	else if (doubt)
		yaml_warning(l->doc, value, l->problems, "", "%s", doubt);
}

/* { current: 100 mA, above: 3.4 V } of `balance`: as "balance.current" and so on. */
static void add_map(struct loading *l, const struct occasion *o, int pack, const char *name, struct yaml_node *map)
{
	char key[sizeof l->sc->events->key + sizeof l->sc->events->key];
	for (struct yaml_node *n = map->first; n; n = n->next) {
		n->used = true;
		if (strlen(n->key) >= sizeof l->sc->events->key) {
			yaml_error_at_key(l->doc, n, l->problems, "", "'%s' is nothing of %s", n->key, name);
			continue;
		}
		snprintf(key, sizeof key, "%s.%s", name, n->key);
		add_value(l, o, pack, key, n);
	}
}

/* "3.34 V" for all, or { all: 3.34 V, 3: 3.36 V }. */
static void add_cells(struct loading *l, const struct occasion *o, int pack, struct yaml_node *node)
{
	char key[20];
	int64_t number;

	if (node->kind != NODE_MAP) {
		add_value(l, o, pack, "cells", node);
		return;
	}
	for (struct yaml_node *n = node->first; n; n = n->next) {
		n->used = true;
		if (!strcmp(n->key, "all")) {
			add_value(l, o, pack, "cells", n);
		} else if (parse_integer(n->key, &number) || number < 1 || number > ARRAY_MAX) {
			yaml_error_at_key(l->doc, n, l->problems, "", "'%s' is no cell: it is all, or a number from 1 to %d",
			                  n->key, ARRAY_MAX);
		} else {
			snprintf(key, sizeof key, "cells[%d]", (int)number);
			if (n->kind == NODE_MAP)
				add_map(l, o, pack, key, n);
			else
				add_value(l, o, pack, key, n);
		}
	}
}

static void add_values(struct loading *l, const struct occasion *o, int pack, struct yaml_node *map)
{
	if (map->kind != NODE_MAP) {
		yaml_error(l->doc, map, l->problems, "", "a map of values belongs here, like { current: 12 A, soc: 70 %% }");
		return;
	}
	for (struct yaml_node *n = map->first; n; n = n->next) {
		n->used = true;
		if (!strcmp(n->key, "cells"))
			add_cells(l, o, pack, n);
		else if (n->kind == NODE_MAP && l->sc->modelled)
			add_map(l, o, pack, n->key, n);
		else
			add_value(l, o, pack, n->key, n);
	}
}

static void load_packs(struct loading *l, struct yaml_node *packs)
{
	if (packs->kind != NODE_MAP) {
		yaml_error(l->doc, packs, l->problems, "", "packs: is a map from pack names to their values");
		return;
	}
	for (struct yaml_node *n = packs->first; n; n = n->next) {
		int pack = scenario_find_pack(l, n->key);

		n->used = true;
		if (pack < 0)
			unknown_pack(l, n, n->key, true);
		else
			add_values(l, &from_the_start, pack, n);
	}
}

/* "silent: yes" or "off: yes", and back again after `for`. */
static void add_switch(struct loading *l, const struct occasion *o, int pack, const char *key, struct yaml_node *node)
{
	int before = l->sc->n_events;
	add_value(l, o, pack, key, node);
	if (l->sc->n_events > before)
		l->sc->events[before].lasts = o->lasts;
}

/* `charger: 3 kW`, `load: 50 A`, `ambient: 5 degC` from now on. True when there is one. */
static bool add_house(struct loading *l, const struct occasion *o, struct yaml_node *event)
{
	static const char *const keys[] = { "charger", "load", "ambient" };
	bool any = false;
	for (int i = 0; i < 3; i++) {
		struct yaml_node *n = yaml_get(event, keys[i]);
		const char *wrong = "one value belongs here", *text;
		struct flow flow;
		int64_t ambient;
		if (!n)
			continue;
		any = true;
		text = n->kind == NODE_SCALAR ? n->text : "";
		if (n->kind == NODE_SCALAR && strlen(text) < sizeof l->sc->events->value)
			wrong = i == 2 ? parse_value(text, DIM_TEMPERATURE, &ambient) : flow_parse(text, &flow);
		if (!wrong && !add_event(l, o, SIM_BANK, keys[i], text))
			wrong = "out of memory";
		if (wrong)
			yaml_error(l->doc, n, l->problems, "", "%s: '%s': %s", keys[i], text, wrong);
	}
	return any;
}

/* When it happens; false when that is wrong or not said. */
static bool load_occasion(struct loading *l, struct yaml_node *node, struct occasion *o)
{
	struct yaml_node *at = yaml_get(node, "at"), *when = yaml_get(node, "when");
	size_t errors = l->problems->errors;
	*o = (struct occasion){ .until = INT64_MAX, .when.who = SIM_NOBODY };
	if (!at && !when)
		yaml_error(l->doc, node, l->problems, "",
		           "an event is like { at: 20 s, pack: B, silent: yes }, or has when: instead");
	scenario_number(l, at, "at", DIM_TIME, 0, SCENARIO_TIME_MAX, &o->at);
	scenario_number(l, yaml_get(node, "every"), "every", DIM_TIME, 1000, SCENARIO_TIME_MAX, &o->every);
	scenario_number(l, yaml_get(node, "until"), "until", DIM_TIME, 0, SCENARIO_TIME_MAX, &o->until);
	scenario_number(l, yaml_get(node, "for"), "for", DIM_TIME, 1000, SCENARIO_TIME_MAX, &o->lasts);
	scenario_number(l, yaml_get(node, "after"), "after", DIM_TIME, 0, SCENARIO_TIME_MAX, &o->when.after);
	scenario_flag(l, yaml_get(node, "each"), "each", &o->when.each);
	if (when && !l->sc->modelled)
		yaml_error(l->doc, when, l->problems, "", "when: needs electricity: a charger:, a load:, or electric: yes");
	else if (when)
		scenario_condition(l, when, &o->when);
	if (o->every && o->every <= o->lasts)
		yaml_error(l->doc, node, l->problems, "", "every: must be longer than for:");
	return l->problems->errors == errors;
}

static void load_event(struct loading *l, struct yaml_node *node)
{
	static const char *const known[] = { "at", "when", "every", "until", "for", "after", "each", "pack", "silent", "off",
		                             "set", "charger", "load", "ambient", NULL };
	struct yaml_node *name, *silent, *off, *set;
	struct occasion o;
	bool good, house;
	int pack = -1;
	if (node->kind != NODE_MAP) {
		yaml_error(l->doc, node, l->problems, "", "an event is like { at: 20 s, pack: B, silent: yes }");
		return;
	}
	good = load_occasion(l, node, &o);
	name = yaml_get(node, "pack");
	silent = yaml_get(node, "silent");
	off = yaml_get(node, "off");
	set = yaml_get(node, "set");
	house = good && l->sc->modelled && add_house(l, &o, node);
	yaml_refuse_unused(l->doc, node, known, l->problems);
	if (name && name->kind == NODE_SCALAR)
		pack = scenario_find_pack(l, name->text);
	if (name && pack < 0)
		unknown_pack(l, name, name->kind == NODE_SCALAR ? name->text : "", false);
	if (!good)
		return;
	if (!name && (silent || off || set))
		yaml_error(l->doc, node, l->problems, "", "which pack? An event is like { at: 20 s, pack: B, silent: yes }");
	else if (!silent && !set && !off && !house)
		yaml_error(l->doc, node, l->problems, "", "the event changes nothing: it has neither silent: nor set:");
	if (pack < 0)
		return;
	if (set)
		add_values(l, &o, pack, set);
	if (silent)
		add_switch(l, &o, pack, "silent", silent);
	if (off)
		add_switch(l, &o, pack, "off", off);
}

static void load_root(struct loading *l, struct yaml_node *root)
{
	static const char *const known[] = { "duration", "seed", "packs", "events", "charger", "load", "ambient", "gx", "step",
		                             "electric", NULL };
	struct yaml_node *seed, *packs, *events;
	if (root->kind != NODE_MAP) {
		yaml_error(l->doc, root, l->problems, "", "a scenario is a map of duration:, seed:, packs: and events:");
		return;
	}
	scenario_number(l, yaml_get(root, "duration"), "duration", DIM_TIME, 0, SCENARIO_TIME_MAX, &l->sc->duration);
	seed = yaml_get(root, "seed");
	packs = yaml_get(root, "packs");
	events = yaml_get(root, "events");
	scenario_flag(l, yaml_get(root, "electric"), "electric", &l->sc->modelled);
	l->sc->modelled = scenario_house(l, root) || l->sc->modelled;
	yaml_refuse_unused(l->doc, root, known, l->problems);
	if (seed && (seed->kind != NODE_SCALAR || parse_integer(seed->text, &l->sc->seed)))
		yaml_error(l->doc, seed, l->problems, "", "seed: is a number");
	if (packs)
		load_packs(l, packs);
	if (events && events->kind != NODE_LIST)
		yaml_error(l->doc, events, l->problems, "", "events: is a list");
	else if (events)
		for (struct yaml_node *n = events->first; n; n = n->next)
			load_event(l, n);
}

/* Insertion keeps the file's order where times are equal. */
static void sort_events(struct scenario *sc)
{
	for (int i = 1; i < sc->n_events; i++) {
		struct sim_event e = sc->events[i];
		int j = i;

		for (; j > 0 && sc->events[j - 1].at > e.at; j--)
			sc->events[j] = sc->events[j - 1];
		sc->events[j] = e;
	}
}

void scenario_init(struct scenario *sc)
{
	*sc = (struct scenario){ .seed = SIM_SEED, .step = STEP_DEFAULT, .house = house_plan_default };
}

bool scenario_load(struct scenario *sc, const char *path, const struct sim_pack *packs, int n_packs,
                   struct problems *problems)
{
	struct loading l = { .sc = sc, .problems = problems, .packs = packs, .n_packs = n_packs };
	size_t errors = problems->errors;

	scenario_init(sc);
	l.doc = yaml_read_file(path, problems);
	if (!l.doc)
		return false;
	load_root(&l, yaml_root(l.doc));
	yaml_close(l.doc);
	sort_events(sc);
	return problems->errors == errors;
}

void scenario_free(struct scenario *sc)
{
	free(sc->events);
	*sc = (struct scenario){ 0 };
}
