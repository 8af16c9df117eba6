/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `charge:`: read, checked, printed. The profiles are the shipped ones; tests run in the top directory of the source. */
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

#define S INT64_C(1000000)

static int forget(void **state)
{
	(void)state;
	problems_free(&problems);
	config_free(config);
	config = NULL;
	return 0;
}

/* A bank of 16 LFP cells with this profile, and this behind it. */
static void load(const char *profile, const char *rest)
{
	char text[2048];
	snprintf(text, sizeof text,
	         "interfaces: { can0: {} }\nbank: { chemistry: lfp }\n"
	         "packs: [ { name: A, interface: can0, profile: %s, cells: 16, capacity: 100 Ah } ]\n%s\n", profile, rest);
	forget(NULL);
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
}

static void good(const char *rest)
{
	load("victron", rest);
	if (!config || problems.count)
		problems_print(&problems, stderr);
	assert_non_null(config);
	assert_int_equal(problems.count, 0);
}

/* Beside others, such as a warning that the guard is off. */
static void finds_among(const char *phrase)
{
	bool found = false;
	for (size_t i = 0; i < (size_t)problems.count; i++)
		found = found || strstr(problems.list[i].message, phrase);
	assert_true(found);
}

/* One finding, in line 4 (where `rest` stands), at this column, with this in its message. */
static void finds(const char *profile, const char *rest, enum problem_level level, unsigned column, const char *rule,
                  const char *phrase)
{
	load(profile, rest);
	if (problems.count != 1 || problems.list[0].column != column || !strstr(problems.list[0].message, phrase))
		problems_print(&problems, stderr);
	assert_int_equal(problems.count, 1);
	const struct problem *p = &problems.list[0];
	assert_int_equal(p->level, level);
	assert_int_equal(p->line, 4);
	assert_int_equal(p->column, column);
	assert_string_equal(p->rule, rule);
	assert_non_null(strstr(p->message, phrase));
	assert_true(level == PROBLEM_WARNING ? config != NULL : config == NULL);
}

static char *printed(void)
{
	static char text[16384];
	FILE *out = fmemopen(text, sizeof text, "w");
	assert_non_null(out);
	config_print_effective(config, out);
	fclose(out);
	return text;
}

/* A bank that has all that is needed of its chemistry. */
static const char without_chemistry[] = "interfaces: { can0: {} }\n"
                                        "packs: [ { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah } ]\n"
                                        "limits: { cell_guard: off }\nsafe: { cell_voltage: 3.3 V, float_voltage: 3.3 V }\n";

static void defaults(void **state)
{
	(void)state;
	good("charge: {}");
	const struct charge_settings *c = &config->core.charge;
	assert_int_equal(c->combine, COMBINE_MIN);
	assert_int_equal(c->floater_spread, 50);
	assert_int_equal(c->floater_memory, 86400 * S);
	assert_false(c->own);
	assert_int_equal(c->offset, 0);
	assert_int_equal(c->lower, 5);
	assert_int_equal(c->absorption_time, 900 * S);
	assert_int_equal(c->tail_current, 2);
	assert_int_equal(c->tail_time, 60 * S);
	assert_int_equal(c->near, 20);
	assert_true(c->use_float);
	assert_int_equal(c->back_soc, 9000);
	assert_int_equal(c->back_time, 60 * S);
	assert_int_equal(c->cell_voltage[0] + c->float_voltage + c->back_voltage, 0);
	assert_false(c->reduce.set);
	assert_int_equal(c->high_above + c->high_floor, 0);
	assert_int_equal(c->high_hold, 60 * S);
	assert_int_equal(c->balance_every, 0);
	assert_int_equal(c->balance_voltage, 0);
	assert_int_equal(c->balance_spread, 25);
	assert_int_equal(c->balance_hold, 600 * S);
	assert_int_equal(c->balance_at_most, 4 * 3600 * S);
	assert_int_equal(c->balance_back, BACK_DISCHARGE);
	assert_int_equal(c->high_rise, 5);
	assert_int_equal(c->high_smooth, 8 * S);
	assert_int_equal(c->high_brief, 2 * S);
	assert_int_equal(c->high_much, 30);
}

static void every_key_lands(void **state)
{
	(void)state;
	good("charge: { combine: max_until_all_float, floaters: { spread: 30 mV, memory: 2 h } }");
	const struct charge_settings *c = &config->core.charge;
	assert_int_equal(c->combine, COMBINE_UNTIL_ALL_FLOAT);
	assert_int_equal(c->floater_spread, 30);
	assert_int_equal(c->floater_memory, 7200 * S);
	good("charge: { voltage: own, cell_voltage: 3.42 V, offset: 0.3 V, lower: 2 mV/s,"
	     " absorption: { time: 30 min, tail_current: 0.05 C, tail_time: 2 min, near: 10 mV },"
	     " float: { use: yes, cell_voltage: 3.36 V, back_soc: 85 %, back_voltage: 3.28 V, back_time: 5 min } }");
	c = &config->core.charge;
	assert_true(c->own);
	for (int i = 0; i < 12; i++)
		assert_int_equal(c->cell_voltage[i], 3420);
	assert_int_equal(c->offset, 300);
	assert_int_equal(c->lower, 2);
	assert_int_equal(c->absorption_time, 1800 * S);
	assert_int_equal(c->tail_current, 5);
	assert_int_equal(c->tail_time, 120 * S);
	assert_int_equal(c->near, 10);
	assert_int_equal(c->float_voltage, 3360);
	assert_int_equal(c->back_soc, 8500);
	assert_int_equal(c->back_voltage, 3280);
	assert_int_equal(c->back_time, 300 * S);
	good("charge: { high_cell: { reduce: yes, above: 3.48 V, floor: 3.3 V, hold: 2 min, rise: 1 mV/s, smooth: 4 s,"
	     " believed_after: 5 s, at_once: 50 mV } }");
	c = &config->core.charge;
	assert_true(c->reduce.set && c->reduce.value);
	assert_int_equal(c->high_above, 3480);
	assert_int_equal(c->high_floor, 3300);
	assert_int_equal(c->high_hold, 120 * S);
	assert_int_equal(c->high_rise, 1);
	assert_int_equal(c->high_smooth, 4 * S);
	assert_int_equal(c->high_brief, 5 * S);
	assert_int_equal(c->high_much, 50);
	good("charge: { voltage: own, balance: { every: 14 d, cell_voltage: 3.52 V, spread: 15 mV, hold: 30 min, at_most: 2 h,"
	     " back: at_once } }");
	c = &config->core.charge;
	assert_int_equal(c->balance_every, 14 * 86400 * S);
	assert_int_equal(c->balance_voltage, 3520);
	assert_int_equal(c->balance_spread, 15);
	assert_int_equal(c->balance_hold, 1800 * S);
	assert_int_equal(c->balance_at_most, 7200 * S);
	assert_int_equal(c->balance_back, BACK_AT_ONCE);
	good("charge: { voltage: own, high_cell: { reduce: no } }");
	assert_true(config->core.charge.reduce.set && !config->core.charge.reduce.value);
	assert_non_null(strstr(printed(), "\n    reduce: no"));
}

/* Lifting needs packs that tell of their cells, or of balancing. */
static void combine(void **state)
{
	(void)state;
	finds("pylontech", "charge: { combine: max_until_all_float }", PROBLEM_WARNING, 20, "C12", "no BMS here tells of its cells");
	finds("victron", "charge: { combine: max_while_balancing }", PROBLEM_WARNING, 20, "C12", "no BMS here tells when it balances");
	finds("victron", "charge: { combine: maximum }", PROBLEM_ERROR, 20, "C04", "`combine` can't be 'maximum'");
	load("no-such-profile", "charge: { combine: max_until_all_float }");
	assert_int_equal(problems.count, 1); /* that of the profile */
}

#define YEAR "[3.55 V, 3.50 V, 3.50 V, 3.45 V, 3.40 V, 3.40 V, 3.38 V, 3.40 V, 3.45 V, 3.50 V, 3.50 V, 3540 mV]"

static void by_the_month(void **state)
{
	(void)state;
	static const int year[12] = { 3550, 3500, 3500, 3450, 3400, 3400, 3380, 3400, 3450, 3500, 3500, 3540 };
	good("charge: { voltage: own, cell_voltage: " YEAR " }");
	assert_memory_equal(config->core.charge.cell_voltage, year, sizeof year);
	finds("victron", "charge: { voltage: own, cell_voltage: [3.4 V, 3.5 V] }", PROBLEM_ERROR, 39, "C02", "a list of twelve, from January on; these are 2");
	finds("victron", "charge: { voltage: own, cell_voltage: { 1: 3.4 V } }", PROBLEM_ERROR, 39, "C02", "a list of twelve");
	load("victron", "charge: { voltage: own, cell_voltage: [3.4 V, 3.4 V, 3.4 V, 3.4 V, 3.4 V, 3.4 V, 3.4 V, 3.4 V, 3.4 V, 3.4 V,"
	                " 3.4 V, 3.4 V, 3.4 V] }");
	assert_null(config);
	finds("victron", "charge: { voltage: own, cell_voltage: 34 V }", PROBLEM_ERROR, 39, "C03", "1.5 V to 4.3 V");
	finds("victron", "charge: { voltage: own, cell_voltage: 3.45 }", PROBLEM_ERROR, 39, "C02", "the unit is missing");
}

static void effective(void **state)
{
	(void)state;
	good("charge: { voltage: own, cell_voltage: " YEAR " }");
	assert_non_null(strstr(printed(), "\n  voltage: own"));
	assert_non_null(strstr(printed(), "\n  cell_voltage: [3.55 V, 3.5 V, 3.5 V, 3.45 V, 3.4 V, 3.4 V, 3.38 V, 3.4 V, 3.45 V, 3.5 V, 3.5 V, 3.54 V] # c.yaml:4\n"));
	good("charge: { voltage: own, cell_voltage: 3.42 V }");
	assert_non_null(strstr(printed(), "\n  cell_voltage: 3.42 V "));
	good("charge: { voltage: own }");
	assert_non_null(strstr(printed(), "\n  # cell_voltage: the chemistry's (lfp: 3.45 V)\n"));
}

/* Voltages that make no sense together. */
static void what_fits(void **state)
{
	(void)state;
	finds("victron", "charge: { voltage: own, cell_voltage: 3.6 V }", PROBLEM_ERROR, 39, "C11", "3.6 V is not below 3.6 V, at which the cell guard stops");
	load("victron", "charge: { voltage: own, cell_voltage: 3.6 V }\nlimits: { cell_guard: off }");
	assert_non_null(config);
	assert_int_equal(problems.count, 1); /* that the guard is off, nothing else */
	assert_non_null(strstr(problems.list[0].message, "without the cell guard"));
	finds("victron", "charge: { voltage: own, cell_voltage: 3.4 V, float: { cell_voltage: 3.4 V } }", PROBLEM_ERROR, 69, "C11",
	      "float is not below 3.4 V, to which the cells are charged");
	finds("victron", "charge: { voltage: own, float: { cell_voltage: 3.39 V }, cell_voltage: " YEAR " }", PROBLEM_ERROR, 48, "C11",
	      "to which the cells are charged in some month");
	good("charge: { voltage: own, float: { use: no, cell_voltage: 3.37 V }, cell_voltage: " YEAR " }");
	finds("victron", "charge: { voltage: own, float: { back_voltage: 3.38 V } }", PROBLEM_ERROR, 48, "C11", "is not below float");
	finds("victron", "charge: { voltage: own, float: { cell_voltage: 3.3 V } }", PROBLEM_ERROR, 48, "C11", "3.3 V, below which the battery is charged again");
	good("charge: { voltage: own, float: { use: no, back_voltage: 3.40 V } }");
	/* a top below the chemistry's float: float is the top */
	good("charge: { voltage: own, cell_voltage: 3.36 V }");
	finds("victron", "charge: { voltage: own, cell_voltage: 3.3 V }", PROBLEM_ERROR, 39, "C11", "is not below float");
	/* no chemistry: the config has to say it */
	load("victron", "");
	char text[1024];
	snprintf(text, sizeof text, "%scharge: { voltage: own }\n", without_chemistry);
	forget(NULL);
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
	assert_null(config);
	finds_among("not known without its chemistry: add `cell_voltage` here");
	snprintf(text, sizeof text, "%scharge: { voltage: own, cell_voltage: 3.4 V }\n", without_chemistry);
	forget(NULL);
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
	assert_non_null(config);
}

static void high_cell(void **state)
{
	(void)state;
	finds("victron", "charge: { high_cell: { reduce: yes, above: 3.35 V } }", PROBLEM_ERROR, 44, "C11",
	      "a cell is not too high at 3.35 V while 3.35 V is still allowed to all");
	finds("victron", "charge: { voltage: own, high_cell: { floor: 3.5 V } }", PROBLEM_ERROR, 45, "C11", "while 3.5 V is still allowed");
	finds("victron", "charge: { high_cell: { reduce: yes, above: 3.6 V } }", PROBLEM_WARNING, 44, "C12",
	      "the cell guard stops charging at 3.6 V already");
	good("charge: { high_cell: { above: 3.35 V } }"); /* it does nothing */
	good("charge: { voltage: own, cell_voltage: 3.55 V, high_cell: { above: 3.45 V } }"); /* as in dbus-aggregate-batteries */
	char text[1024];
	snprintf(text, sizeof text, "%scharge: { high_cell: { reduce: yes, above: 3.5 V } }\n", without_chemistry);
	forget(NULL);
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
	assert_null(config);
	finds_among("add `above` and `floor` here");
}

static void balance(void **state)
{
	(void)state;
	finds("victron", "charge: { balance: { every: 10 d } }", PROBLEM_ERROR, 29, "C05", "nothing that a balancing charge could raise");
	finds("victron", "charge: { voltage: own, balance: { cell_voltage: 3.6 V } }", PROBLEM_ERROR, 50, "C11", "the cell guard stops charging");
	finds("pylontech", "charge: { voltage: own, balance: { every: 10 d } }", PROBLEM_WARNING, 43, "C12", "not every BMS here tells of its cells");
	good("charge: { voltage: own, balance: { every: 10 d, cell_voltage: 3.40 V } }"); /* as in dbus-aggregate-batteries */
}

/* Keys that would do nothing are told. */
static void what_means_nothing(void **state)
{
	(void)state;
	finds("victron", "charge: { cell_voltage: 3.4 V }", PROBLEM_WARNING, 25, "C12", "add `voltage: own`");
	finds("victron", "charge: { float: { use: no } }", PROBLEM_WARNING, 18, "C12", "`float` means nothing");
	good("charge: { float: {}, absorption: }");
	/* the defaults may stand there, as --effective prints them */
	good("charge: { offset: 0 V, lower: 5 mV/s, float: { use: yes, back_soc: 90 % }, absorption: { tail_current: 0.02 C } }");
	finds("victron", "charge: { offset: 0.1 V }", PROBLEM_WARNING, 19, "C12", "`offset` means nothing");
	finds("victron", "charge: { absorption: { tail_time: 2 min } }", PROBLEM_WARNING, 23, "C12", "`absorption` means nothing");
	load("victron", "packs: []");
	assert_null(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(defaults, forget),
		cmocka_unit_test_teardown(every_key_lands, forget),
		cmocka_unit_test_teardown(combine, forget),
		cmocka_unit_test_teardown(by_the_month, forget),
		cmocka_unit_test_teardown(effective, forget),
		cmocka_unit_test_teardown(what_fits, forget),
		cmocka_unit_test_teardown(high_cell, forget),
		cmocka_unit_test_teardown(balance, forget),
		cmocka_unit_test_teardown(what_means_nothing, forget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
