/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The config of what limits by policy: what is taken, where it lands, and what can't be meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"

static const struct config_options options = { .dirs = { { "can-profiles" } } };
static struct problems problems;
static struct config *config;

static int forget(void **state)
{
	(void)state;
	problems_free(&problems);
	config_free(config);
	config = NULL;
	return 0;
}

/* A tells all there is, B (a JK's own dialect) its cells one by one; `more` stands in line 5. */
#define TWO                                                                                                            \
	"interfaces: { can0: {}, can1: {} }\n"                                                                         \
	"packs: [ { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah },\n"                      \
	"         { name: B, interface: can1, profile: victron, cells: 16, capacity: 200 Ah } ]\n"                     \
	"bank: { chemistry: lfp }\n"

static void load(const char *text)
{
	forget(NULL);
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
}

/* The only finding in the config itself; NULL: there is none. */
static const struct problem *only(void)
{
	const struct problem *found = NULL;
	for (size_t i = 0; i < problems.count; i++) {
		if (strcmp(problems.list[i].file, "c.yaml"))
			continue;
		if (found)
			problems_print(&problems, stderr);
		assert_null(found);
		found = &problems.list[i];
	}
	return found;
}

static void says(const char *text, enum problem_level level, unsigned line, const char *part)
{
	load(text);
	const struct problem *p = only();
	if (!p || p->level != level || p->line != line || !strstr(p->message, part)) {
		problems_print(&problems, stderr);
		fail_msg("expected line %u and '%s'", line, part);
	}
	assert_true(level == PROBLEM_ERROR ? !config : !!config);
}
#define ERROR(more, part)   says(TWO more, PROBLEM_ERROR, 5, part)
#define WARNING(more, part) says(TWO more, PROBLEM_WARNING, 5, part)

static const struct settings *taken(const char *text)
{
	load(text);
	if (!config || only()) {
		problems_print(&problems, stderr);
		fail_msg("not taken without a word");
	}
	return &config->core;
}

static void rates(void **state)
{
	(void)state;
	const struct settings *s = taken("interfaces: { can0: {} }\n"
	                                 "packs: [ { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah,\n"
	                                 "           limits: { charge_rate: 0.5 C, discharge_rate: 1 C } } ]\n"
	                                 "bank: { chemistry: lfp }\n"
	                                 "limits: { charge_rate: 0.33 C, discharge_rate: 3 C }\n");
	assert_true(s->packs[0].limits.rate[CHARGE].set);
	assert_int_equal(s->packs[0].limits.rate[CHARGE].value, 50);
	assert_int_equal(s->packs[0].limits.rate[DISCHARGE].value, 100);
	assert_int_equal(s->limits.rate[CHARGE].value, 33);
	assert_int_equal(s->limits.rate[DISCHARGE].value, 300);
	assert_false(taken(TWO)->limits.rate[CHARGE].set);
	ERROR("limits: { charge_rate: 50 A }", "C");
	ERROR("limits: { charge_rate: 4 C }", "0.01 C to 3 C");
}

static void curves(void **state)
{
	(void)state;
	assert_int_equal(taken(TWO)->curve_reopen, 500);
	assert_int_equal(taken(TWO "curves: { reopen: 10 % }\n")->curve_reopen, 1000);
	const struct settings *s =
		taken(TWO "curves: { charge: { cell_voltage: { 3.45 V: 100 %, 3.55 V: 0 % } }, between: steps }\n");
	const struct curve *c = &s->curves[CHARGE][OVER_CELL_VOLTAGE];
	assert_int_equal(c->n, 2);
	assert_int_equal(c->of, CURVE_SHARE);
	assert_int_equal(c->x[1], 3550);
	assert_int_equal(c->y[0], 10000);
	assert_true(s->curve_steps);
	ERROR("curves: { charge: { soc: { 90 %: 0 %, 95 %: 0 A } } }", "all points of a curve");
	ERROR("curves: { charge: { soc: { 90 %: 0 %, 95 %: 0 % } } }", "allows nothing anywhere");
	ERROR("curves: { charge: { cell_voltage: { 3.45 V: 100 %, 3.4 V: 0 % } } }", "not above the point before");
	ERROR("curves: { charge: { cell_voltage: { 3.45 V: 50 %, 3.5 V: 100 % } } }", "may only fall");
	ERROR("curves: { discharge: { cell_voltage: { 2.8 V: 50 %, 3 V: 0 % } } }", "may only rise");
	ERROR("curves: { charge: { temperature: { 0 degC: 50 %, 10 degC: 0 %, 20 degC: 50 % } } }", "no valley");
}

static void curves_that_cannot_be_meant(void **state)
{
	(void)state;
	/* the voltage of a pack instead of a cell's */
	ERROR("curves: { charge: { cell_voltage: { 54 V: 100 %, 56 V: 0 % } } }", "`cell_voltage`: 56 V can't be; from 0.5 V to 5 V");
	ERROR("curves: { discharge: { cell_voltage: { 3 mV: 0 %, 3100 mV: 100 % } } }", "0.003 V can't be");
	ERROR("curves: { charge: { temperature: { 0 degC: 0 %, 250 degC: 100 % } } }", "250 degC can't be");
	ERROR("curves: { charge: { soc: { 50 %: 100 %, 120 %: 0 % } } }", "120 % can't be");
	WARNING("curves: { charge: { cell_voltage: { 3.5 V: 100 %, 3.65 V: 0 % } } }",
	        "it ends at 3.65 V; the cell guard stops at 3.6 V already");
	WARNING("curves: { discharge: { cell_voltage: { 2.5 V: 0 %, 3 V: 100 % } } }",
	        "it ends at 2.5 V; the cell guard stops at 2.8 V already");
	WARNING("curves: { charge: { cell_voltage: { 3 V: 100 %, 3.5 V: 30 % } } }",
	        "it begins to limit at 3 V, below the nominal voltage of a cell, 3.2 V");
	WARNING("curves: { discharge: { cell_voltage: { 3 V: 10 %, 3.4 V: 100 % } } }",
	        "it begins to limit at 3.4 V, above the nominal voltage of a cell, 3.2 V");
	/* of unknown chemistry anything is taken */
	load("interfaces: { can0: {} }\n"
	      "packs: [ { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah } ]\n"
	      "limits: { cell_guard: off }\nsafe: { cell_voltage: 3 V, float_voltage: 3 V }\n"
	      "curves: { charge: { cell_voltage: { 2 V: 100 %, 4.5 V: 0 % } } }\n");
	assert_non_null(config);
	assert_non_null(only()); /* that the guard is off, nothing else */
	assert_non_null(strstr(only()->message, "without the cell guard"));
}

/* A curve over what a BMS doesn't tell does nothing: that is said. */
#define RJXZS(more)                                                                                                    \
	"interfaces: { can0: {} }\n"                                                                                   \
	"packs: [ { name: A, interface: can0, profile: rjxzs, accept_experimental: yes, cells: 16, capacity: 100 Ah,\n" \
	"           override: { current: 0 A }, assumed_temperature: 20 degC,\n"                                     \
	"           limits: { charge_voltage: 55 V, charge_current: 50 A, discharge_current: 50 A, low_voltage: 46 V }" more " } ]\n" \
	"bank: { chemistry: lfp }\n"
#define WARM "temperature: { 0 degC: 0 %, 10 degC: 100 % }"

static void curves_over_what_is_not_told(void **state)
{
	(void)state;
	says(RJXZS("") "curves: { charge: { " WARM " } }\n", PROBLEM_WARNING, 2,
	     "the profile rjxzs does not tell what `curves: { charge: { temperature: ... } }` goes by: it does nothing for 'A'");
	says(RJXZS(", curves: { discharge: { " WARM " } }"), PROBLEM_WARNING, 4, "`curves: { discharge: { temperature: ... } }`");
	taken(RJXZS(", curves: { charge: { temperature: off } }") "curves: { charge: { " WARM " } }\n");
	taken(RJXZS("") "curves: { charge: { soc: { 90 %: 100 %, 99 %: 30 % }, spread: { 50 mV: 100 %, 99 mV: 30 % } } }\n");
}

static void rules(void **state)
{
	(void)state;
	const struct settings *s = taken(TWO);
	assert_int_equal(s->share_rule, SHARE_SUM);
	assert_int_equal(s->on_blocked, BLOCKED_DROP);
	assert_int_equal(s->share_time, 600000000);
	assert_int_equal(s->share_above, 10);
	assert_int_equal(s->share_least, 5000);
	assert_int_equal(s->share_most, 20000);
	assert_int_equal(taken(TWO "limits: { combine: min_times_n, blocked_pack: zero }\n")->share_rule, SHARE_BY_NUMBER);
	assert_int_equal(config->core.on_blocked, BLOCKED_ZERO);
	assert_int_equal(taken(TWO "limits: { combine: capacity_share, blocked_pack: hold }\n")->share_rule, SHARE_BY_CAPACITY);
	assert_int_equal(config->core.on_blocked, BLOCKED_HOLD);
	s = taken(TWO "limits: { combine: measured_share, share: { time: 1 h, above: 0.2 C, least: 80 %, most: 125 % } }\n");
	assert_int_equal(s->share_rule, SHARE_BY_MEASURE);
	assert_int_equal(s->share_time, INT64_C(3600000000));
	assert_int_equal(s->share_above, 20);
	assert_int_equal(s->share_least, 8000);
	assert_int_equal(s->share_most, 12500);
	ERROR("limits: { combine: min }", "sum, min_times_n, capacity_share, measured_share");
	ERROR("limits: { blocked_pack: stop }", "drop, zero, hold");
	ERROR("limits: { combine: measured_share, share: { least: 120 % } }", "10 % to 100 %");
}

static void packs_apart(void **state)
{
	(void)state;
	const struct settings *s = taken(TWO);
	const struct imbalance_settings *soc = &s->imbalance[OF_SOC], *voltage = &s->imbalance[OF_VOLTAGE],
	                                *current = &s->imbalance[OF_CURRENT];
	assert_true(soc->detect && voltage->detect && current->detect);
	assert_int_equal(soc->threshold, 2000);
	assert_int_equal(soc->release, 200);
	assert_int_equal(soc->time, 60000000);
	assert_int_equal(voltage->threshold, 300);
	assert_int_equal(voltage->release, 100);
	assert_int_equal(voltage->time, 60000000);
	assert_int_equal(current->threshold, 2000);
	assert_int_equal(current->release, 500);
	assert_int_equal(current->time, 300000000);
	assert_int_equal(s->imbalance_above, 10);
	s = taken(TWO "imbalance: { soc: { threshold: 10 %, release: 1 %, time: 5 s }, voltage: { detect: no }, current: { above: 0.2 C } }\n");
	assert_int_equal(s->imbalance[OF_SOC].threshold, 1000);
	assert_int_equal(s->imbalance[OF_SOC].release, 100);
	assert_int_equal(s->imbalance[OF_SOC].time, 5000000);
	assert_false(s->imbalance[OF_VOLTAGE].detect);
	assert_int_equal(s->imbalance_above, 20);
	ERROR("imbalance: { soc: { threshold: 5 %, release: 5 % } }", "less than `threshold`");
	ERROR("imbalance: { voltage: { threshold: 0.1 V } }", "less than `threshold`");
	ERROR("imbalance: { current: { above: 5 A } }", "C");
}

static bool is(const struct amount *a, enum curve_of of, int value)
{
	return a->set && a->of == of && a->value == value;
}

static void reactions(void **state)
{
	(void)state;
	const struct settings *s = taken(TWO);
	for (int d = 0; d < 2; d++) {
		assert_int_equal(s->soc_tiers[d].n, 0);
		assert_false(s->on_pack_alarm[d].set);
		for (int i = 0; i < N_IMBALANCE_OF; i++)
			assert_false(s->imbalance[i].limit[d].set || s->imbalance[i].lowers_cvl);
	}
	assert_int_equal(s->lowered_floor, 0);
	assert_int_equal(s->lowered_down, 20);
	assert_int_equal(s->lowered_up, 5);
	s = taken(TWO "imbalance:\n"
	              "  soc: { charge: { 5 %: 85 %, 15 %: 66 %, 20 %: 33 % }, discharge: { 30 %: 50 A }, lowers_charge_voltage: yes }\n"
	              "  voltage: { charge: 70 %, discharge: 20 A, lowers_charge_voltage: yes }\n"
	              "  current: { charge: 0.2 C, discharge: 0.3 C }\n"
	              "  charge_voltage: { floor: 3.4 V, down: 50 mV/s, up: 10 mV/s }\n"
	              "limits: { on_pack_alarm: { charge: 33 %, discharge: 50 A } }\n");
	assert_int_equal(s->soc_tiers[CHARGE].n, 3);
	assert_int_equal(s->soc_tiers[CHARGE].x[1], 1500);
	assert_int_equal(s->soc_tiers[CHARGE].y[2], 3300);
	assert_int_equal(s->soc_tiers[DISCHARGE].n, 1);
	assert_int_equal(s->soc_tiers[DISCHARGE].of, CURVE_CURRENT);
	assert_true(is(&s->imbalance[OF_VOLTAGE].limit[CHARGE], CURVE_SHARE, 7000));
	assert_true(is(&s->imbalance[OF_VOLTAGE].limit[DISCHARGE], CURVE_CURRENT, 20000));
	assert_true(is(&s->imbalance[OF_CURRENT].limit[CHARGE], CURVE_C_RATE, 20));
	assert_true(is(&s->imbalance[OF_CURRENT].limit[DISCHARGE], CURVE_C_RATE, 30));
	assert_true(is(&s->on_pack_alarm[CHARGE], CURVE_SHARE, 3300));
	assert_true(is(&s->on_pack_alarm[DISCHARGE], CURVE_CURRENT, 50000));
	assert_true(s->imbalance[OF_SOC].lowers_cvl && s->imbalance[OF_VOLTAGE].lowers_cvl);
	assert_false(s->imbalance[OF_CURRENT].lowers_cvl);
	assert_int_equal(s->lowered_floor, 3400);
	assert_int_equal(s->lowered_down, 50);
	assert_int_equal(s->lowered_up, 10);
}

static void reactions_that_make_no_sense(void **state)
{
	(void)state;
	ERROR("imbalance: { voltage: { detect: no, charge: 50 % } }", "what is not looked for can't reduce anything");
	ERROR("imbalance: { current: { detect: no, discharge: 50 % } }", "what is not looked for");
	ERROR("imbalance: { soc: { detect: no, lowers_charge_voltage: yes } }", "what is not looked for");
	taken(TWO "imbalance: { soc: { detect: no, charge: { 5 %: 85 % } } }\n"); /* tiers look for themselves */
	ERROR("imbalance: { soc: { charge: { 2 %: 85 % } } }", "from 2 % on, and released 2 % below it: it would never be");
	ERROR("imbalance: { soc: { discharge: { 5 %: 85 %, 110 %: 20 % } } }", "nothing is 110 % apart");
	ERROR("imbalance: { soc: { charge: { 5 %: 66 %, 15 %: 85 % } } }", "may only fall");
	ERROR("imbalance: { soc: { charge: {} } }", "wants one point or more");
	ERROR("curves: { charge: { soc: { 90 %: 50 % } } }", "wants two points or more");
	ERROR("imbalance: { voltage: { charge: 50 V } }", "this is a share (50 %), a current (20 A) or a C rate");
	ERROR("limits: { on_pack_alarm: { charge: 120 % } }", "from 0 to 100 %");
	ERROR("imbalance: { charge_voltage: { floor: 3.7 V } }", "above 3.6 V, at which the cell guard stops charging");
	WARNING("imbalance: { charge_voltage: { floor: 3 V } }", "below the nominal voltage of a cell, 3.2 V");
}

/* What holds is printed so that it can be read again. */
static void printed(void **state)
{
	(void)state;
	taken(TWO "imbalance: { soc: { charge: { 5 %: 85 %, 15 %: 66 % } }, voltage: { charge: 70 % }, current: { discharge: 0.2 C } }\n"
	          "limits: { on_pack_alarm: { charge: 50 A } }\n");
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	config_print_effective(config, out);
	fclose(out);
	assert_non_null(strstr(text, "    charge: { 5 %: 85 %, 15 %: 66 % }"));
	assert_non_null(strstr(text, "    charge: 70 % "));
	assert_non_null(strstr(text, "    discharge: 0.2 C "));
	assert_non_null(strstr(text, "    charge: 50 A "));
	assert_non_null(strstr(text, "    # discharge: not reduced"));
	const struct settings *s = taken(text);
	assert_int_equal(s->soc_tiers[CHARGE].n, 2);
	assert_true(is(&s->imbalance[OF_CURRENT].limit[DISCHARGE], CURVE_C_RATE, 20));
	free(text);
}

#define ONE                                                                                                            \
	"interfaces: { can0: {} }\nbank: { chemistry: lfp }\n"                                                         \
	"packs: [ { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah } ]\n"
static void rules_without_others(void **state)
{
	(void)state;
	says(ONE "limits: { combine: capacity_share }\n", PROBLEM_WARNING, 4, "nothing to combine");
	says(ONE "limits: { blocked_pack: hold }\n", PROBLEM_WARNING, 4, "no other pack");
	says("interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp, topology: series }\n"
	     "packs: [ { name: A, interface: can0, profile: victron, cells: 8, capacity: 100 Ah },\n"
	     "         { name: B, interface: can1, profile: victron, cells: 8, capacity: 100 Ah } ]\n"
	     "limits: { combine: min_times_n }\n", PROBLEM_WARNING, 5, "nothing to combine");
	says(ONE "imbalance: { voltage: { charge: 50 % } }\n", PROBLEM_WARNING, 4, "no two packs are in parallel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(rates, forget),
		cmocka_unit_test_teardown(curves, forget),
		cmocka_unit_test_teardown(curves_that_cannot_be_meant, forget),
		cmocka_unit_test_teardown(curves_over_what_is_not_told, forget),
		cmocka_unit_test_teardown(rules, forget),
		cmocka_unit_test_teardown(rules_without_others, forget),
		cmocka_unit_test_teardown(packs_apart, forget),
		cmocka_unit_test_teardown(reactions, forget),
		cmocka_unit_test_teardown(reactions_that_make_no_sense, forget),
		cmocka_unit_test_teardown(printed, forget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
