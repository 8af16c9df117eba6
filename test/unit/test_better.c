/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What other aggregators get wrong, with the default config. Two packs of 100 Ah, 16 cells, in Victron's dialect, frames by
 * hand. Of dbus-btbattery's known mistakes two are of D-Bus, and can't be made here: the sign of the consumed charge, and the
 * order of registration. That dbus-aggregate-batteries counts days by the number of the day in the year: over_the_year in
 * test_balance.c; its KEEP_MAX_CVL with a high cell: a_high_cell_holds in test_floater.c. */
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
	bool mute, without_limits;
	int cvl, ccl, current, soc; /* 0.1 V, 0.1 A, 0.1 A, % */
	int voltage;                /* 0.01 V */
	int temperature;            /* 0.1 degC; -32768 = not available */
	int lowest, highest;        /* mV, of its cells */
	int coldest, hottest;       /* K; 0 = its cells are not told */
	int alarms, warnings;       /* the first two bytes of either in 0x35A; 0 = not said */
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
		says[i].cvl = 560;
		says[i].ccl = 1000;
		says[i].soc = 50;
		says[i].voltage = 5300;
		says[i].temperature = 250;
		says[i].lowest = 3300;
		says[i].highest = 3310;
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
			if (!says[i].without_limits)
				say(i, 0x351, says[i].cvl, says[i].ccl, 1000, 480); /* 100.0 A, 48.0 V */
			say(i, 0x355, says[i].soc, 100, 0, 0);
			say(i, 0x356, says[i].voltage, says[i].current, says[i].temperature, 0);
			if (says[i].coldest)
				say(i, 0x373, says[i].lowest, says[i].highest, says[i].coldest, says[i].hottest);
			if (says[i].alarms)
				say(i, 0x35A, says[i].alarms, 0xAAAA, says[i].warnings, 0xAAAA);
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

/* dbus-aggregate-batteries divides by the number that is configured, too, and bms-to-inverter the charge voltage as well. */
static void a_mean_is_of_those_that_are_there(void **state)
{
	(void)state;
	says[1].voltage = 5320;
	run(5);
	assert_int_equal(engine_bank(engine)->q[Q_VOLTAGE].value, 53100);
	assert_int_equal(limit(LIMIT_CVL), 56000);
	says[1].mute = true;
	run(20);
	assert_int_equal(engine_bank(engine)->q[Q_VOLTAGE].value, 53000);
}

/* dbus-btbattery's lowest and highest cell are the first pack's; Battery-Aggregator's places for them stay empty. */
static void the_cells_of_every_pack(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		says[i].coldest = says[i].hottest = 298;
	says[1].lowest = 3150;
	says[1].highest = 3480;
	run(5);
	const struct battery *bank = engine_bank(engine);
	assert_int_equal(bank->q[Q_CELL_VOLTAGE_MIN].value, 3150);
	assert_int_equal(bank->q[Q_CELL_VOLTAGE_MAX].value, 3480);
	assert_string_equal(bank->text[TEXT_CELL_VOLTAGE_MAX_ID], "B");
}

/* dbus-btbattery's installed capacity shrinks when a pack drops out. */
static void what_is_installed_stays_installed(void **state)
{
	(void)state;
	run(5);
	assert_int_equal(engine_bank(engine)->q[Q_CAPACITY].value, 200000);
	says[1].mute = true;
	run(20);
	assert_int_equal(engine_pack(engine, 1)->state, PACK_LOST);
	assert_int_equal(engine_bank(engine)->q[Q_CAPACITY].value, 200000);
}

/* dbus-btbattery and Battery-Aggregator go on telling the last limits when all packs are lost. */
static void when_all_are_silent_nothing_old_is_told(void **state)
{
	(void)state;
	run(5);
	assert_int_equal(limit(LIMIT_CCL), 200000);
	says[0].mute = says[1].mute = true;
	run(12); /* 10 s, and the last frames of each */
	assert_int_equal(limit(LIMIT_CCL), 0);
	assert_int_equal(limit(LIMIT_CVL), 53600); /* 16 x 3.35 V */
	assert_int_equal(limit(LIMIT_DCL), 200000);
	assert_int_equal(engine_bank(engine)->alarm[AL_INTERNAL_FAILURE].alarm, TRI_ACTIVE);
	run(60); /* discharge_hold */
	assert_int_equal(limit(LIMIT_DCL), 0);
	assert_true(engine_verdict(engine)->valid);
	run(240); /* give_up: 5 min since */
	assert_false(engine_verdict(engine)->valid);
}

/* dbus-btbattery finds and forgets with each poll. */
static void a_short_peak_is_no_imbalance(void **state)
{
	(void)state;
	run(5);
	const struct detector *voltage = &engine_imbalance(engine)->found[IMBALANCE_VOLTAGE];
	for (int i = 0; i < 20; i++) { /* a load that comes for 10 s each 20 s */
		says[1].voltage = i % 2 ? 5300 : 5350;
		run(10);
		assert_false(voltage->active);
	}
	says[1].voltage = 5350;
	run(62);
	assert_true(voltage->active);
	says[1].voltage = 5321; /* 0.3 V less 0.1 V is where it ends */
	run(120);
	assert_true(voltage->active);
}

/* Battery-Aggregator's alarms are all constant, but for one. */
static void every_alarm_is_told(void **state)
{
	(void)state;
	says[0].alarms = says[0].warnings = 0xAAAA; /* all ok */
	says[1].alarms = 0xAA6A;                    /* bits 6-7: too hot */
	says[1].warnings = 0xAAA6;                  /* bits 2-3: battery voltage too high */
	run(5);
	const struct alarm_state *alarm = engine_bank(engine)->alarm;
	assert_int_equal(alarm[AL_HIGH_TEMPERATURE].alarm, TRI_ACTIVE);
	assert_int_equal(alarm[AL_HIGH_VOLTAGE].warning, TRI_ACTIVE);
	assert_int_equal(alarm[AL_HIGH_VOLTAGE].alarm, TRI_OK);
	assert_int_equal(alarm[AL_LOW_VOLTAGE].alarm, TRI_OK);
}

/* dbus-aggregate-batteries: one None makes all alarms None, and a missing temperature ends it, again and again. */
static void what_one_does_not_tell_poisons_nothing(void **state)
{
	(void)state;
	run(5);
	says[0].alarms = 0xAA6A; /* the other tells no alarms */
	says[0].warnings = 0xAAAA;
	says[1].temperature = -32768;
	run(60);
	assert_int_equal(engine_bank(engine)->alarm[AL_HIGH_TEMPERATURE].alarm, TRI_ACTIVE);
	assert_int_equal(engine_pack(engine, 1)->state, PACK_ONLINE);
	assert_int_equal(engine_bank(engine)->q[Q_TEMPERATURE].value, 250);
	assert_int_equal(limit(LIMIT_CCL), 200000);
}

/* dbus-aggregate-batteries' loop once died of a pack without limits, and the last ones stayed for ever. */
static void a_pack_without_limits(void **state)
{
	(void)state;
	run(5);
	says[1].without_limits = true;
	run(20);
	assert_int_equal(limit(LIMIT_CCL), 100000);
	assert_int_equal(limit(LIMIT_CVL), 56000);
}

/* dbus-aggregate-batteries forced 9 kW of charging from the grid by a SoC of 0 %. */
static void a_passing_zero_is_not_believed(void **state)
{
	(void)state;
	run(5);
	says[1].soc = 0;
	run(2);
	assert_int_equal(engine_soc(engine)->shown, 5000);
	says[1].soc = 50;
	run(2);
	assert_int_equal(engine_soc(engine)->shown, 5000);
}

/* dbus-aggregate-batteries takes the highest charge voltage as soon as one pack floats, and what was lowered is up again at
 * once. */
static void the_lowest_charge_voltage_holds_and_rises_slowly(void **state)
{
	(void)state;
	run(5);
	says[1].cvl = 540;
	run(1);
	assert_int_equal(limit(LIMIT_CVL), 54000);
	says[1].cvl = 560;
	run(30);
	assert_int_equal(limit(LIMIT_CVL), 54000); /* raise: hold 30 s */
	run(11);
	assert_in_range(limit(LIMIT_CVL), 54500, 55000); /* and 80 mV/s */
	run(30);
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
		cmocka_unit_test_setup_teardown(a_mean_is_of_those_that_are_there, setup, teardown),
		cmocka_unit_test_setup_teardown(the_cells_of_every_pack, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_installed_stays_installed, setup, teardown),
		cmocka_unit_test_setup_teardown(when_all_are_silent_nothing_old_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(a_short_peak_is_no_imbalance, setup, teardown),
		cmocka_unit_test_setup_teardown(every_alarm_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(what_one_does_not_tell_poisons_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pack_without_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(a_passing_zero_is_not_believed, setup, teardown),
		cmocka_unit_test_setup_teardown(the_lowest_charge_voltage_holds_and_rises_slowly, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
