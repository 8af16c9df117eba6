/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The script of a simulation, a YAML file:
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
 *       cells: 3.34 V                 # all cells; the voltage is their sum, unless it is given too
 *     C:
 *       cells: { all: 3.34 V, 3: 3.36 V, 7: absent }
 *       silent: yes                   # from the start
 *     D:
 *       lose: 10 %                    # so many of its frames get lost,
 *       late: 20 %                    # so many come late (without this all),
 *       delay: 300 ms                 # by so much (without this they don't),
 *       swap: 5 %                     # and so many come after the one that should have followed
 *   events:
 *     - { at: 20 s, pack: B, silent: yes }
 *     - { at: 30 s, pack: A, set: { ccl: 50 A, alarm.high_voltage: active } }
 *     - { at: 40 s, pack: B, silent: no }
 */
#include "app/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/unit.h"

struct loading {
	struct scenario *sc;
	struct yaml_doc *doc;
	struct problems *problems;
	const struct sim_pack *packs;
	int n_packs;
};

static int find_pack(const struct loading *l, const char *name)
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

/* Tries the change on a copy of the pack, then takes it into the script. */
static void add_event(struct loading *l, int64_t at, int pack, const char *key, const struct yaml_node *value)
{
	struct scenario *sc = l->sc;
	struct sim_pack copy = l->packs[pack];
	struct sim_event *e;
	char why[SIM_WHY_MAX];
	const char *wrong = value->kind == NODE_SCALAR ? sim_pack_set(&copy, key, value->text, why) : "one value belongs here";

	if (!wrong && (strlen(key) >= sizeof e->key || strlen(value->text) >= sizeof e->value))
		wrong = "too long";
	if (wrong) {
		yaml_error(l->doc, value, l->problems, "", "%s: %s", key, wrong);
		return;
	}
	const char *doubt = sim_pack_doubt(&copy, key, value->text, why);
	if (doubt)
		yaml_warning(l->doc, value, l->problems, "", "%s", doubt);
	if (sc->n_events == sc->room) {
		int room = sc->room ? 2 * sc->room : 32;
		struct sim_event *more = realloc(sc->events, (size_t)room * sizeof *more);

		if (!more) {
			yaml_error(l->doc, value, l->problems, "", "out of memory");
			return;
		}
		sc->events = more;
		sc->room = room;
	}
	e = &sc->events[sc->n_events++];
	*e = (struct sim_event){ .at = at, .pack = pack };
	memcpy(e->key, key, strlen(key) + 1);
	memcpy(e->value, value->text, strlen(value->text) + 1);
}

/* "3.34 V" for all, or { all: 3.34 V, 3: 3.36 V }. */
static void add_cells(struct loading *l, int64_t at, int pack, struct yaml_node *node)
{
	char key[40];
	int64_t number;

	if (node->kind != NODE_MAP) {
		add_event(l, at, pack, "cells", node);
		return;
	}
	for (struct yaml_node *n = node->first; n; n = n->next) {
		n->used = true;
		if (!strcmp(n->key, "all")) {
			add_event(l, at, pack, "cells", n);
		} else if (parse_integer(n->key, &number) || number < 1 || number > ARRAY_MAX) {
			yaml_error_at_key(l->doc, n, l->problems, "", "'%s' is no cell: it is all, or a number from 1 to %d",
			                  n->key, ARRAY_MAX);
		} else {
			snprintf(key, sizeof key, "cells[%d]", (int)number);
			add_event(l, at, pack, key, n);
		}
	}
}

static void add_values(struct loading *l, int64_t at, int pack, struct yaml_node *map)
{
	if (map->kind != NODE_MAP) {
		yaml_error(l->doc, map, l->problems, "", "a map of values belongs here, like { current: 12 A, soc: 70 %% }");
		return;
	}
	for (struct yaml_node *n = map->first; n; n = n->next) {
		n->used = true;
		if (!strcmp(n->key, "cells"))
			add_cells(l, at, pack, n);
		else
			add_event(l, at, pack, n->key, n);
	}
}

static void load_packs(struct loading *l, struct yaml_node *packs)
{
	if (packs->kind != NODE_MAP) {
		yaml_error(l->doc, packs, l->problems, "", "packs: is a map from pack names to their values");
		return;
	}
	for (struct yaml_node *n = packs->first; n; n = n->next) {
		int pack = find_pack(l, n->key);

		n->used = true;
		if (pack < 0)
			unknown_pack(l, n, n->key, true);
		else
			add_values(l, 0, pack, n);
	}
}

/* A time that must be there; false when it is not, or wrong. */
static bool load_time(struct loading *l, struct yaml_node *node, const char *name, int64_t *out)
{
	const char *wrong = node->kind == NODE_SCALAR ? parse_value(node->text, DIM_TIME, out) : "one time belongs here";

	if (!wrong && *out < 0)
		wrong = "it can't be negative";
	if (wrong)
		yaml_error(l->doc, node, l->problems, "", "%s: '%s': %s", name, node->kind == NODE_SCALAR ? node->text : "",
		           wrong);
	return !wrong;
}

static void load_event(struct loading *l, struct yaml_node *node)
{
	static const char *const known[] = { "at", "pack", "silent", "set", NULL };
	struct yaml_node *at = NULL, *name = NULL, *silent, *set;
	int64_t time = 0;
	int pack;

	if (node->kind == NODE_MAP) {
		at = yaml_get(node, "at");
		name = yaml_get(node, "pack");
	}
	if (!at || !name || name->kind != NODE_SCALAR) {
		yaml_error(l->doc, node, l->problems, "", "an event is like { at: 20 s, pack: B, silent: yes }");
		return;
	}
	silent = yaml_get(node, "silent");
	set = yaml_get(node, "set");
	yaml_refuse_unused(l->doc, node, known, l->problems);
	pack = find_pack(l, name->text);
	if (pack < 0)
		unknown_pack(l, name, name->text, false);
	if (!load_time(l, at, "at", &time) || pack < 0)
		return;
	if (!silent && !set)
		yaml_error(l->doc, node, l->problems, "", "the event changes nothing: it has neither silent: nor set:");
	if (set)
		add_values(l, time, pack, set);
	if (silent)
		add_event(l, time, pack, "silent", silent);
}

static void load_root(struct loading *l, struct yaml_node *root)
{
	static const char *const known[] = { "duration", "seed", "packs", "events", NULL };
	struct yaml_node *duration, *seed, *packs, *events;

	if (root->kind != NODE_MAP) {
		yaml_error(l->doc, root, l->problems, "", "a scenario is a map of duration:, seed:, packs: and events:");
		return;
	}
	duration = yaml_get(root, "duration");
	seed = yaml_get(root, "seed");
	packs = yaml_get(root, "packs");
	events = yaml_get(root, "events");
	yaml_refuse_unused(l->doc, root, known, l->problems);
	if (duration)
		load_time(l, duration, "duration", &l->sc->duration);
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

bool scenario_load(struct scenario *sc, const char *path, const struct sim_pack *packs, int n_packs,
                   struct problems *problems)
{
	struct loading l = { .sc = sc, .problems = problems, .packs = packs, .n_packs = n_packs };
	size_t errors = problems->errors;

	*sc = (struct scenario){ .seed = SIM_SEED };
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
