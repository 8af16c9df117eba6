/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The part of a scenario that is about the house: charger, load, GX, and what events wait for. */
#include "app/sim_scenario.h"

#include <string.h>

#define US_PER_S INT64_C(1000000)
#define HOUR (3600 * US_PER_S)
#define POWER_MAX INT64_C(1000000000) /* mW */
#define CURRENT_MAX 3000000           /* mA */

bool scenario_number(struct loading *l, struct yaml_node *n, const char *name, enum dimension d, int64_t min, int64_t max,
                     int64_t *out)
{
	int64_t number = 0;
	const char *wrong, *text = n && n->kind == NODE_SCALAR ? n->text : "";
	if (!n)
		return true;
	wrong = n->kind == NODE_SCALAR ? parse_value(text, d, &number) : "one value belongs here";
	if (!wrong && (number < min || number > max))
		wrong = number < 0 && min >= 0 ? "it can't be negative" : "out of range";
	if (wrong)
		yaml_error(l->doc, n, l->problems, "", "%s: '%s': %s", name, text, wrong);
	else
		*out = number;
	return !wrong;
}

bool scenario_flag(struct loading *l, struct yaml_node *n, const char *name, bool *out)
{
	int64_t flag = *out;
	bool good = scenario_number(l, n, name, DIM_FLAG, 0, 1, &flag);
	*out = flag;
	return good;
}

const char *flow_parse(const char *text, struct flow *out)
{
	int64_t number;
	out->is_power = !parse_value(text, DIM_POWER, &number);
	if (!out->is_power && parse_value(text, DIM_CURRENT, &number))
		return "this is neither a power such as 3 kW nor a current such as 50 A";
	if (number < 0 || number > (out->is_power ? POWER_MAX : CURRENT_MAX))
		return number < 0 ? "it can't be negative" : "out of range";
	out->value = (double)number / 1000;
	return NULL;
}

static void read_flow(struct loading *l, struct yaml_node *n, struct flow *out)
{
	const char *wrong = n->kind == NODE_SCALAR ? flow_parse(n->text, out) : "a power or current belongs here";
	if (wrong)
		yaml_error(l->doc, n, l->problems, "", "'%s': %s", n->kind == NODE_SCALAR ? n->text : "", wrong);
}

/* [ { at: 7 h, power: 2 kW }, ... ]; also `current:` */
static void read_steps(struct loading *l, struct yaml_node *list, struct flow_plan *plan)
{
	static const char *const known[] = { "at", "power", "current", NULL };
	int64_t at = 0, before = 0;
	for (struct yaml_node *n = list->first; n; n = n->next, before = at) {
		struct yaml_node *time = NULL, *value = NULL;
		if (n->kind == NODE_MAP) {
			time = yaml_get(n, "at");
			value = yaml_get(n, "power");
			value = value ? value : yaml_get(n, "current");
			yaml_refuse_unused(l->doc, n, known, l->problems);
		}
		if (!time || !value || plan->n == FLOW_STEPS_MAX) {
			yaml_error(l->doc, n, l->problems, "",
			           plan->n == FLOW_STEPS_MAX ? "too many steps" : "a step is like { at: 7 h, power: 2 kW }");
			return;
		}
		if (!scenario_number(l, time, "at", DIM_TIME, 0, SCENARIO_TIME_MAX, &at))
			return;
		if (plan->n && at <= before)
			yaml_error(l->doc, time, l->problems, "", "steps stand in the order of time");
		plan->step[plan->n].at = at;
		read_flow(l, value, &plan->step[plan->n++].flow);
	}
}

static void read_sun(struct loading *l, struct yaml_node *map, struct yaml_node *peak, struct flow_plan *plan)
{
	int64_t power = 0;
	plan->sun = true;
	plan->rise = 6 * HOUR;
	plan->set = 20 * HOUR;
	scenario_number(l, peak, "sun", DIM_POWER, 0, POWER_MAX, &power);
	scenario_number(l, yaml_get(map, "rise"), "rise", DIM_TIME, 0, 24 * HOUR, &plan->rise);
	scenario_number(l, yaml_get(map, "set"), "set", DIM_TIME, 0, 24 * HOUR, &plan->set);
	plan->peak = (double)power / 1000;
	if (plan->set <= plan->rise)
		yaml_error(l->doc, map, l->problems, "", "the sun sets after it rises");
}

/* `5 kW`, `100 A`, a list of steps, or a map of one of power, current, steps and sun. */
static void read_plan(struct loading *l, struct yaml_node *n, struct flow_plan *plan)
{
	static const char *const known[] = { "power", "current", "steps", "sun", "rise", "set", "ramp", NULL };
	struct yaml_node *value = n, *sun = NULL;
	if (n->kind == NODE_MAP) {
		value = yaml_get(n, "power");
		value = value ? value : yaml_get(n, "current");
		value = value ? value : yaml_get(n, "steps");
		sun = value ? NULL : yaml_get(n, "sun");
		if (sun)
			read_sun(l, n, sun, plan);
		yaml_refuse_unused(l->doc, n, known, l->problems);
	}
	if (value && value->kind == NODE_LIST) {
		read_steps(l, value, plan);
	} else if (value) {
		plan->n = 1;
		read_flow(l, value, &plan->step[0].flow);
	} else if (!sun) {
		yaml_error(l->doc, n, l->problems, "", "one of power, current, steps and sun belongs here, or just `3 kW`");
	}
}

static void read_gx(struct loading *l, struct yaml_node *gx, struct house_plan *p)
{
	static const char *const known[] = { "period", "lost", "grid", "feed_in", NULL };
	if (gx->kind != NODE_MAP) {
		yaml_error(l->doc, gx, l->problems, "", "gx: is a map of period:, lost:, grid: and feed_in:");
		return;
	}
	scenario_number(l, yaml_get(gx, "period"), "period", DIM_TIME, 1000, 60 * US_PER_S, &p->period);
	scenario_number(l, yaml_get(gx, "lost"), "lost", DIM_TIME, US_PER_S, HOUR, &p->lost);
	scenario_flag(l, yaml_get(gx, "grid"), "grid", &p->grid);
	scenario_flag(l, yaml_get(gx, "feed_in"), "feed_in", &p->feed_in);
	yaml_refuse_unused(l->doc, gx, known, l->problems);
}

bool scenario_house(struct loading *l, struct yaml_node *root)
{
	struct scenario *sc = l->sc;
	struct yaml_node *charger = yaml_get(root, "charger"), *load = yaml_get(root, "load"), *gx = yaml_get(root, "gx");
	struct yaml_node *ambient = yaml_get(root, "ambient"), *step = yaml_get(root, "step");
	int64_t ramp = (int64_t)(sc->house.ramp * 1000);
	if (charger && charger->kind == NODE_MAP)
		scenario_number(l, yaml_get(charger, "ramp"), "ramp", DIM_CURRENT_RATE, 1000, 10000000, &ramp);
	sc->house.ramp = (double)ramp / 1000;
	if (charger)
		read_plan(l, charger, &sc->house.charger);
	if (load)
		read_plan(l, load, &sc->house.load);
	if (gx)
		read_gx(l, gx, &sc->house);
	scenario_number(l, ambient, "ambient", DIM_TEMPERATURE, -500, 1000, &sc->ambient);
	scenario_number(l, step, "step", DIM_TIME, 1000, 10 * US_PER_S, &sc->step);
	sc->has_ambient = ambient;
	return charger || load || gx || ambient || step;
}

static bool read_comparison(struct loading *l, struct yaml_node *n, struct sim_condition *c)
{
	const char *text = n->kind == NODE_SCALAR ? n->text : "", *wrong;
	int q = quantity_find(n->key);
	if (q < 0) {
		yaml_error_at_key(l->doc, n, l->problems, "", "no quantity has the name '%s'", n->key);
		return false;
	}
	c->q = (enum quantity)q;
	c->above = *text == '>';
	if (*text != '>' && *text != '<')
		wrong = "a comparison is like \"> 3.5 V\" or \"< 20 %\", in quotes";
	else
		wrong = parse_value(text + 1 + strspn(text + 1, " "), unit_dimension(quantities[q].unit), &c->value);
	if (wrong)
		yaml_error(l->doc, n, l->problems, "", "%s: '%s': %s", n->key, text, wrong);
	return !wrong;
}

void scenario_condition(struct loading *l, struct yaml_node *when, struct sim_condition *c)
{
	struct yaml_node *pack = when->kind == NODE_MAP ? yaml_get(when, "pack") : NULL;
	int compared = 0, who = SIM_BANK;
	if (pack && pack->kind == NODE_SCALAR) {
		who = scenario_find_pack(l, pack->text);
		if (who < 0)
			who = !strcmp(pack->text, "bank") ? SIM_BANK : !strcmp(pack->text, "output") ? SIM_OUTPUT : SIM_NOBODY;
		if (who >= 0 && l->packs[who].set->profile->sensor)
			who = SIM_NOBODY;
		if (who == SIM_NOBODY)
			yaml_error(l->doc, pack, l->problems, "",
			           "the config has no pack '%s'; there are also bank, and output, what the GX is told",
			           pack->text);
	}
	for (struct yaml_node *n = when->kind == NODE_MAP ? when->first : NULL; n; n = n->next) {
		n->used = true;
		if (n != pack)
			compared += read_comparison(l, n, c);
	}
	if (compared == 1)
		c->who = who;
	else
		yaml_error(l->doc, when, l->problems, "", "when: is like { pack: A, cell_voltage_max: \"> 3.5 V\" }");
}
