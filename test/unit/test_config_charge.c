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

static void defaults(void **state)
{
	(void)state;
	good("charge: {}");
	const struct charge_settings *c = &config->core.charge;
	assert_int_equal(c->combine, COMBINE_MIN);
	assert_int_equal(c->floater_spread, 50);
	assert_int_equal(c->floater_memory, 86400 * S);
}

static void every_key_lands(void **state)
{
	(void)state;
	good("charge: { combine: max_until_all_float, floaters: { spread: 30 mV, memory: 2 h } }");
	const struct charge_settings *c = &config->core.charge;
	assert_int_equal(c->combine, COMBINE_UNTIL_ALL_FLOAT);
	assert_int_equal(c->floater_spread, 30);
	assert_int_equal(c->floater_memory, 7200 * S);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(defaults, forget),
		cmocka_unit_test_teardown(every_key_lands, forget),
		cmocka_unit_test_teardown(combine, forget),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
