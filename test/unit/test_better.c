/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What other aggregators get wrong about limits, with the default config. Two packs of 100 Ah, 16 cells, in Victron's
 * dialect, frames by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "core/engine.h"

#define SEC INT64_C(1000000)

static const char text[] = "interfaces: { can0: {}, can1: {} }\n"
                           "bank: { chemistry: lfp }\n"
                           "packs: [ { name: A, interface: can0, profile: victron, cells: 16, capacity: 100 Ah },\n"
                           "         { name: B, interface: can1, profile: victron, cells: 16, capacity: 100 Ah } ]\n";

static struct config *config;
static struct engine *engine;
static int64_t now;
static struct {
	bool mute;
	int ccl, current, soc; /* 0.1 A, 0.1 A, % */
	int coldest, hottest;  /* K; 0 = not said */
} says[2];

static int setup(void **state)
{
	(void)state;
	struct config_options options = { .dirs = { .dir = { "can-profiles" } } };
	struct problems problems = { 0 };
	config = config_load_text("test", text, strlen(text), &options, &problems);
	problems_free(&problems);
	assert_non_null(config);
	now = 100 * SEC;
	engine = engine_create(&config->core, now);
	for (int i = 0; i < 2; i++) {
		memset(&says[i], 0, sizeof says[i]);
		says[i].ccl = 1000;
		says[i].soc = 50;
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_destroy(engine);
	config_free(config);
	return 0;
}

static void say(int port, uint32_t id, int a, int b, int c, int d)
{
	const int words[] = { a, b, c, d };
	struct frame f = { .id = id, .len = 8 };
	for (int i = 0; i < 4; i++) {
		f.data[2 * i] = (uint8_t)(words[i] & 0xFF);
		f.data[2 * i + 1] = (uint8_t)(words[i] >> 8 & 0xFF);
	}
	engine_frame(engine, port, &f, now);
}

/* Each second all is said, and the bank stepped. */
static void run(int seconds)
{
	for (; seconds > 0; seconds--) {
		for (int i = 0; i < 2; i++) {
			if (says[i].mute)
				continue;
			say(i, 0x351, 560, says[i].ccl, 1000, 480); /* 56.0 V, 100.0 A, 48.0 V */
			say(i, 0x355, says[i].soc, 100, 0, 0);
			say(i, 0x356, 5300, says[i].current, 250, 0); /* 53.00 V, 25.0 degC */
			if (says[i].coldest)
				say(i, 0x373, 3300, 3310, says[i].coldest, says[i].hottest);
		}
		engine_step(engine, now);
		now += SEC;
	}
}

static int64_t limit(enum limit_kind k)
{
	return engine_verdict(engine)->limit[k].value;
}

/* Battery-Aggregator steps between 150, 128 and 99 A with each percent at the edge of a tier. */
static void a_percent_more_or_less_moves_nothing(void **state)
{
	(void)state;
	run(5);
	for (int i = 0; i < 300; i++) {
		says[0].soc = 64 + i % 2; /* 14 and 15 % apart */
		run(2);
		assert_int_equal(limit(LIMIT_CCL), 200000);
	}
}

/* Battery-Aggregator does not read the packs' limits at all. */
static void the_packs_own_limits_count(void **state)
{
	(void)state;
	run(5);
	says[1].ccl = 200;
	run(1);
	assert_int_equal(limit(LIMIT_CCL), 120000);
	says[1].ccl = 0; /* bms-to-inverter takes a full pack for one that is missing */
	run(1);
	assert_int_equal(limit(LIMIT_CCL), 100000);
	assert_int_equal(engine_pack(engine, 1)->state, PACK_ONLINE);
}

/* dbus-btbattery lowers the charge voltage below what it measures for as long as the packs are apart. */
static void the_charge_voltage_does_not_run_away(void **state)
{
	(void)state;
	says[0].soc = 90;
	run(3600);
	assert_int_equal(limit(LIMIT_CVL), 56000);
	assert_int_equal(limit(LIMIT_CCL), 200000);
	assert_true(engine_imbalance(engine)->found[IMBALANCE_SOC].active); /* but it is told */
}

/* dbus-btbattery compares currents only while charging, and not by capacity. */
static void uneven_while_discharging(void **state)
{
	(void)state;
	says[0].current = -600;
	says[1].current = -200;
	run(310);
	const struct imbalance *im = engine_imbalance(engine);
	assert_true(im->found[IMBALANCE_DISCHARGE].active);
	assert_int_equal(im->found[IMBALANCE_DISCHARGE].value, 6666); /* two thirds less */
	assert_false(im->found[IMBALANCE_CHARGE].active);
}

/* dbus-btbattery's lowest temperature is the second highest one: a cold pack can't be seen. */
static void the_coldest_is_the_coldest(void **state)
{
	(void)state;
	says[0].coldest = 298; /* 25 degC (K - 273) */
	says[0].hottest = 303;
	says[1].coldest = 274;
	says[1].hottest = 276;
	run(5);
	const struct battery *bank = engine_bank(engine);
	assert_int_equal(bank->q[Q_CELL_TEMPERATURE_MIN].value, 10);
	assert_int_equal(bank->q[Q_CELL_TEMPERATURE_MAX].value, 300);
}

/* dbus-aggregate-batteries ends, bms-to-inverter divides by those that are configured. */
static void the_others_go_on_alone(void **state)
{
	(void)state;
	run(5);
	says[1].mute = true;
	run(20);
	assert_int_equal(engine_pack(engine, 1)->state, PACK_LOST);
	assert_int_equal(limit(LIMIT_CCL), 100000);
	assert_int_equal(limit(LIMIT_CVL), 56000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_percent_more_or_less_moves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_packs_own_limits_count, setup, teardown),
		cmocka_unit_test_setup_teardown(the_charge_voltage_does_not_run_away, setup, teardown),
		cmocka_unit_test_setup_teardown(uneven_while_discharging, setup, teardown),
		cmocka_unit_test_setup_teardown(the_coldest_is_the_coldest, setup, teardown),
		cmocka_unit_test_setup_teardown(the_others_go_on_alone, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
