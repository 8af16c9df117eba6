/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What status tells of charging, as JSON and as a person reads it: two packs of the Victron dialect, frames by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/report.h"
#include "app/view.h"
#include "config/config.h"
#include "core/candump.h"

#define S INT64_C(1000000)

static struct config *config;
static struct engine *engine;
static int64_t now;
static json_t *status;
static char *page;

static void forget(void)
{
	json_decref(status);
	free(page);
	status = NULL;
	page = NULL;
}

static int stop(void **state)
{
	(void)state;
	forget();
	engine_destroy(engine);
	config_free(config);
	engine = NULL;
	config = NULL;
	return 0;
}

static void start(const char *charge)
{
	char text[1024];
	struct config_options options = { .dirs = { .dir = { "can-profiles" } } };
	struct problems problems = { 0 };
	snprintf(text, sizeof text,
	         "interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp }\n"
	         "packs:\n  - { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah }\n"
	         "  - { name: B, interface: can1, profile: victron, cells: 16, capacity: 100 Ah }\ncharge: %s\n", charge);
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
	problems_free(&problems);
	assert_non_null(config);
	now = 100 * S;
	engine = engine_create(&config->core, now);
}

static void feed(int port, const char *frame)
{
	struct frame parsed;
	assert_true(candump_parse_frame(frame, &parsed));
	engine_frame(engine, port, &parsed, now);
}

/* For so many seconds: CVL of B, and highest cell of A; both have 53.00 V (5300 = 0x14B4) and 0.0 A, SoC 50 %. */
static void run(int seconds, const char *limits_b, const char *cells_a)
{
	for (int64_t end = now + seconds * S; now < end; now += S / 2) {
		for (int port = 0; port < 2; port++) {
			feed(port, port ? limits_b : "351#3802F401E803E001"); /* 56.8 V, 50 A, 100 A, 48 V */
			feed(port, "355#32006400");
			feed(port, "356#B4140000C800");
			feed(port, port ? "373#480D520D25012501" : cells_a); /* 3.400 V to 3.410 V */
		}
		engine_step(engine, now);
	}
	size_t size;
	forget();
	status = report_engine(engine, now);
	FILE *out = open_memstream(&page, &size);
	assert_non_null(out);
	view_print(&(struct view){ .out = out, .columns = 96 }, status);
	fclose(out);
}

#define WELL "373#480D520D25012501"
#define SAME "351#3802F401E803E001"

static json_t *at(const char *key, const char *in)
{
	json_t *charge = json_object_get(status, "charge");
	return json_object_get(in ? json_object_get(charge, in) : charge, key);
}

static void is_text(const char *key, const char *in, const char *expected)
{
	const char *found = json_string_value(at(key, in));
	if (!found || strcmp(found, expected))
		fail_msg("%s is '%s', not '%s'", key, found ? found : "(nothing)", expected);
}

static int millivolts(const char *of_the_high_cell)
{
	return (int)(1000 * json_real_value(at(of_the_high_cell, "high_cell")) + 0.5);
}

static void shows(const char *line)
{
	if (!strstr(page, line))
		fail_msg("'%s' is not in:\n%s", line, page);
}

static void the_packs_own(void **state)
{
	(void)state;
	start("{}");
	run(3, SAME, WELL);
	is_text("voltage", NULL, "packs");
	is_text("combine", NULL, "min");
	assert_null(at("phase", NULL));
	assert_null(at("balance", NULL));
	assert_null(at("floating", NULL));
	assert_null(at("high_cell", NULL));
	assert_null(strstr(page, "charging "));
	assert_null(strstr(page, "balancing "));
}

static void an_own_one(void **state)
{
	(void)state;
	start("{ voltage: own }");
	engine_restore(engine, &(struct kept){ .balanced_day = 20787 });
	run(3, SAME, WELL);
	is_text("voltage", NULL, "own");
	is_text("phase", NULL, "bulk");
	is_text("waits", NULL, "waits for 55.2 V");
	assert_int_equal(json_integer_value(at("since_s", NULL)), 2); /* from the first picture on */
	shows("\n  charging        bulk for 2 s: waits for 55.2 V\n");
	is_text("state", "balance", "idle");
	is_text("last", "balance", "2026-11-30");
	is_text("waits", "balance", "only by hand");
	assert_null(at("since_s", "balance"));
	assert_int_equal(json_integer_value(at("spread_mv", "balance")), 10);
	shows("\n  balancing       only by hand\n");
	assert_true(json_is_false(at("active", "high_cell")));
	assert_null(at("pack", "high_cell"));
	/* by hand, and a cell at 3.560 V (0x0DE8) */
	assert_null(engine_balance(engine, false));
	run(130, SAME, "373#480DE80D25012501");
	is_text("state", "balance", "due");
	assert_true(json_is_true(at("by_hand", "balance")));
	assert_int_equal(json_integer_value(at("spread_mv", "balance")), 160);
	shows("\n  balancing       due for 2 min: waits for the battery to come up to 55.2 V\n");
	is_text("waits", NULL, "until the balancing charge is over");
	assert_true(json_is_true(at("active", "high_cell")));
	is_text("pack", "high_cell", "A");
	assert_int_equal(millivolts("cell_voltage"), 3560);
	assert_int_equal(millivolts("above"), 3500);
	assert_int_equal(millivolts("charge_voltage"), 53600);
	assert_int_equal(json_integer_value(at("since_s", "high_cell")), 130);
	shows("A at 3.560 V, above 3.500 V: less for all until it is down; 56.0 V without it");
	run(7200, SAME, WELL);
	shows("due for 2 h: ");
}

static void those_that_float(void **state)
{
	(void)state;
	start("{ combine: max_until_all_float }");
	run(3, SAME, WELL);
	assert_int_equal(json_array_size(at("floating", NULL)), 0);
	run(3, "351#1202F401E803E001", WELL); /* 53.0 V, where it is */
	assert_int_equal(json_array_size(at("floating", NULL)), 1);
	assert_string_equal(json_string_value(json_array_get(at("floating", NULL), 0)), "B");
	shows("\n  packs that float B\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_packs_own, stop),
		cmocka_unit_test_teardown(an_own_one, stop),
		cmocka_unit_test_teardown(those_that_float, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
