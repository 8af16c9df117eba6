/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The BMS of a simulated pack: what it allows, protects, balances, tells, and what the scenario may say of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "app/sim.h"

#define near(got, wanted, within) assert_float_equal((float)((got) - (wanted)), 0, (float)(within))

static const struct profile nothing;
static const struct settings settings = { .chemistry = CHEM_LFP };
static const struct pack_settings four = { .name = "A", .profile = &nothing, .cells = 4, .capacity = { true, 100000 } };
static struct sim_pack p;

static int setup(void **state)
{
	(void)state;
	sim_pack_init(&p, &settings, &four, 0);
	p.bms.random = 1;
	sim_bms_init(&p, CHEM_LFP);
	return 0;
}

static void set(const char *key, const char *text)
{
	char why[SIM_WHY_MAX];
	const char *wrong = sim_pack_set(&p, key, text, why);
	if (wrong)
		fail_msg("%s %s: %s", key, text, wrong);
}

static int64_t value(enum quantity q)
{
	assert_int_equal(p.b.q[q].validity, VALID);
	return p.b.q[q].value;
}

/* All cells at rest at this voltage, one of them at another. */
static void volts(double all, double one)
{
	for (int i = 0; i < 4; i++) {
		p.electric.cell[i].rest = i == 2 ? one : all;
		p.electric.cell[i].polar = 0;
	}
	p.electric.emf = 3 * all + one;
	sim_bms_step(&p, 100); /* long enough for a limit to rise */
}

static void defaults(void **state)
{
	(void)state;
	assert_int_equal(value(Q_SOC), 6000);
	assert_int_equal(value(Q_CAPACITY_REMAINING), 60000);
	assert_int_equal(value(Q_CCL), 50000); /* half of 100 Ah */
	assert_int_equal(value(Q_DCL), 50000);
	assert_int_equal(value(Q_VOLTAGE), 13239); /* 4 x 3.3098 V: 60 % is 44.13 % of the way from 3.2772 to 3.3511 V */
	assert_int_equal(value(Q_CELL_VOLTAGE_MAX), 3310);
	assert_int_equal(value(Q_TEMPERATURE), 200);
	assert_int_equal(value(Q_CHARGE_ENABLED), 1);
	assert_int_equal(p.b.alarm[AL_HIGH_CELL_VOLTAGE].alarm, TRI_OK);
}

/* 3.45 to 3.58 V: all to nothing, so half at 3.515 V. 3.10 to 2.85 V: a fifth at 2.90 V. */
static void tapers(void **state)
{
	(void)state;
	set("balance", "no");
	volts(3.3, 3.45);
	near(value(Q_CCL), 50000, 2);
	volts(3.3, 3.515);
	near(value(Q_CCL), 25000, 2);
	assert_int_equal(value(Q_DCL), 50000);
	volts(3.3, 3.59);
	assert_int_equal(value(Q_CCL), 0);
	volts(3.3, 2.9);
	near(value(Q_DCL), 10000, 2);
	assert_int_equal(value(Q_CCL), 50000);
	set("bms.taper", "no");
	volts(3.3, 3.59);
	assert_int_equal(value(Q_CCL), 50000);
}

/* Down at once, up by 5 % of 50 A a second. */
static void rises_slowly(void **state)
{
	(void)state;
	volts(3.3, 3.59);
	assert_int_equal(value(Q_CCL), 0);
	p.electric.cell[2].rest = 3.3;
	sim_bms_step(&p, 1);
	near(value(Q_CCL), 2500, 2);
	sim_bms_step(&p, 10);
	near(value(Q_CCL), 27500, 2);
	sim_bms_step(&p, 10);
	near(value(Q_CCL), 50000, 2);
}

static void protects(void **state)
{
	(void)state;
	set("balance", "no");
	volts(3.3, 3.64);
	assert_false(p.electric.no_charge);
	assert_int_equal(p.b.alarm[AL_HIGH_CELL_VOLTAGE].alarm, TRI_OK);
	assert_int_equal(p.b.alarm[AL_HIGH_CELL_VOLTAGE].warning, TRI_ACTIVE);
	volts(3.3, 3.65);
	assert_true(p.electric.no_charge);
	assert_false(p.electric.no_discharge);
	assert_int_equal(value(Q_CHARGE_ENABLED), 0);
	assert_int_equal(p.b.alarm[AL_HIGH_CELL_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(p.bms.trips, 1);
	volts(3.3, 3.46); /* released at 3.45 V */
	assert_true(p.electric.no_charge);
	assert_int_equal(value(Q_CCL), 0);
	volts(3.3, 3.44);
	assert_false(p.electric.no_charge);
	assert_int_equal(p.b.alarm[AL_HIGH_CELL_VOLTAGE].alarm, TRI_OK);
	volts(3.3, 2.5);
	assert_true(p.electric.no_discharge);
	assert_int_equal(value(Q_DISCHARGE_ENABLED), 0);
	assert_int_equal(p.b.alarm[AL_LOW_CELL_VOLTAGE].alarm, TRI_ACTIVE);
	volts(3.3, 2.99);
	assert_true(p.electric.no_discharge);
	volts(3.3, 3.0);
	assert_false(p.electric.no_discharge);
	assert_int_equal(p.bms.trips, 2);
}

/* No charging below 0 degC, all of it from 10; 20 K colder no discharging. */
static void temperatures(void **state)
{
	(void)state;
	p.electric.temperature = 4;
	volts(3.3, 3.3);
	near(value(Q_CCL), 20000, 2);
	assert_int_equal(value(Q_DCL), 50000);
	p.electric.temperature = -1;
	volts(3.3, 3.3);
	assert_int_equal(value(Q_CCL), 0);
	assert_true(p.electric.no_charge);
	assert_int_equal(p.b.alarm[AL_LOW_CHARGE_TEMPERATURE].alarm, TRI_ACTIVE);
	assert_int_equal(value(Q_DCL), 50000);
	p.electric.temperature = -15;
	volts(3.3, 3.3);
	near(value(Q_DCL), 25000, 2);
	assert_false(p.electric.no_discharge);
	p.electric.temperature = -21;
	volts(3.3, 3.3);
	assert_true(p.electric.no_discharge);
	assert_int_equal(p.b.alarm[AL_LOW_TEMPERATURE].alarm, TRI_ACTIVE);
	p.electric.temperature = 2; /* released 3 K above */
	volts(3.3, 3.3);
	assert_true(p.electric.no_charge);
	p.electric.temperature = 3;
	volts(3.3, 3.3);
	assert_false(p.electric.no_charge);
	p.electric.temperature = 50;
	volts(3.3, 3.3);
	near(value(Q_CCL), 25000, 2);
	p.electric.temperature = 56;
	volts(3.3, 3.3);
	assert_int_equal(p.b.alarm[AL_HIGH_CHARGE_TEMPERATURE].alarm, TRI_ACTIVE);
	p.electric.temperature = 66;
	volts(3.3, 3.3);
	assert_true(p.electric.no_discharge);
	assert_int_equal(p.b.alarm[AL_HIGH_TEMPERATURE].alarm, TRI_ACTIVE);
	assert_int_equal(value(Q_DCL), 0);
	set("bms.cold", "-20 degC"); /* those of titanate */
	p.electric.temperature = -15;
	volts(3.3, 3.3);
	near(value(Q_CCL), 25000, 2);
}

/* 100 mA out of a cell that is over 3.40 V and 10 mV over the lowest. */
static void balances(void **state)
{
	(void)state;
	volts(3.30, 3.39);
	near(p.electric.cell[2].bleed, 0, 1e-9);
	volts(3.40, 3.409);
	near(p.electric.cell[2].bleed, 0, 1e-9);
	volts(3.40, 3.42);
	near(p.electric.cell[2].bleed, 0.1, 1e-9);
	near(p.electric.cell[1].bleed, 0, 1e-9);
	assert_int_equal(p.cells.value[ARRAY_BALANCING][2], 1);
	assert_int_equal(p.cells.value[ARRAY_BALANCING][1], 0);
	set("balance.current", "50 mA");
	set("balance.spread", "30 mV");
	near(p.electric.cell[2].bleed, 0, 1e-9);
	set("balance.spread", "5 mV");
	near(p.electric.cell[2].bleed, 0.05, 1e-9);
	set("balance", "no");
	near(p.electric.cell[2].bleed, 0, 1e-9);
}

/* A cell of 80 Ah beside ones of 100: balanced at the top, 20 Ah are missing in each at 75 % of the smallest. */
static void a_weak_cell(void **state)
{
	(void)state;
	set("soc", "75 %");
	set("cells[3].capacity", "80 Ah");
	set("cells[3].resistance", "3 mOhm");
	near(p.electric.cell[2].charge / 3600, 60, 1e-6);
	near(p.electric.cell[0].charge / 3600, 80, 1e-6);
	near(electric_pack_room(&p.electric) / 3600, 20, 1e-6);
	near(p.electric.cell[2].resistance, 0.003, 1e-9);
	near(p.electric.cell[2].polar_resistance, 0.0003 * 3 / 0.7, 1e-9);
	near(p.electric.cell[1].resistance, 0.0007, 1e-9);
	assert_int_equal(value(Q_SOC), 7500);
	assert_int_equal(value(Q_CAPACITY), 100000);
	set("soc", "50 %"); /* 40 Ah are missing */
	near(p.electric.cell[2].charge / 3600, 40, 1e-6);
	near(p.electric.cell[0].charge / 3600, 60, 1e-6);
	set("cells[1].soc", "10 %"); /* one by itself, and it stays */
	near(p.electric.cell[0].charge / 3600, 10, 1e-6);
	set("soc", "60 %");
	near(p.electric.cell[0].charge / 3600, 10, 1e-6);
	near(p.electric.cell[1].charge / 3600, 68, 1e-6);
	p.time = 1000000; /* while it runs: a capacity changes, not what SoC it has */
	set("soc", "50 %");
	p.electric.cell[1].charge = p.electric.cell[3].charge = 90 * 3600;
	p.electric.cell[0].charge = p.electric.cell[2].charge = 70 * 3600;
	set("capacity", "200 Ah");
	assert_int_equal(value(Q_CAPACITY), 200000);
	near(p.electric.cell[3].charge / 3600, 175, 1e-6); /* 70 were left and 10 fitted in: 87.5 % */
}

static void resistance(void **state)
{
	(void)state;
	set("resistance", "20 mOhm");
	near(p.electric.cell[0].resistance, 0.005, 1e-9);
	near(p.electric.leads, 0, 1e-9);
	set("cooling", "2 h"); /* 4 cells x 100 Ah x 20 J/K */
	near(p.electric.cooling, 8000.0 / 7200, 1e-9);
	set("ambient", "-5 degC");
	near(p.electric.ambient, -5, 1e-9);
	set("temperature", "3 degC");
	assert_int_equal(value(Q_TEMPERATURE), 30);
}

/* What is told, and that nothing true changes with it. */
static void lies(void **state)
{
	double charge = p.electric.cell[0].charge;
	(void)state;
	set("soc_offset", "15 %");
	assert_int_equal(value(Q_SOC), 7500);
	set("soc_offset", "-70 %");
	assert_int_equal(value(Q_SOC), 0);
	set("tell.soc", "80 %");
	sim_bms_step(&p, 1);
	assert_int_equal(value(Q_SOC), 8000);
	set("tell.soc", "real");
	set("soc_offset", "0 %");
	assert_int_equal(value(Q_SOC), 6000);
	set("tell.temperature", "40 degC");
	sim_bms_step(&p, 1);
	assert_int_equal(value(Q_CELL_TEMPERATURE_MAX), 400);
	set("ccl", "7 A");
	set("voltage", "12.5 V");
	set("alarm.high_cell_voltage", "active");
	volts(3.3, 3.3);
	assert_int_equal(value(Q_CCL), 7000);
	assert_int_equal(value(Q_VOLTAGE), 12500);
	assert_int_equal(p.b.alarm[AL_HIGH_CELL_VOLTAGE].alarm, TRI_ACTIVE);
	near(p.electric.temperature, 20, 1e-9);
	near(p.electric.cell[0].charge, charge, 1e-9);
	assert_false(p.electric.no_charge);
}

/* Within 1 % both ways, of current and voltages; what it decides by is none the worse. */
static void noise(void **state)
{
	int64_t least = INT64_MAX, most = 0;
	(void)state;
	set("noise", "1 %");
	p.electric.current = 100;
	for (int i = 0; i < 1000; i++) {
		sim_bms_step(&p, 1);
		least = value(Q_CURRENT) < least ? value(Q_CURRENT) : least;
		most = value(Q_CURRENT) > most ? value(Q_CURRENT) : most;
		near(p.cells.value[ARRAY_CELL_VOLTAGE][0], 3388, 34); /* 3.3098 V and 100 A in 0.7 mOhm, which at 20 degC are 0.782 */
	}
	assert_in_range(least, 99000, 99100);
	assert_in_range(most, 100900, 101000);
	assert_int_equal(value(Q_CCL), 50000);
	assert_int_equal(value(Q_SOC), 6000);
}

static void paths(void **state)
{
	struct frame f[SIM_PARTS_MAX];
	struct profile_frame frame = { .id = 0x100, .dlc = 8 };
	struct profile says = { .frames = &frame, .n_frames = 1 };
	struct pack_settings mine = four;
	(void)state;
	set("open", "charge");
	assert_true(p.electric.no_charge && !p.electric.no_discharge);
	assert_int_equal(value(Q_CHARGE_ENABLED), 1); /* it does not know */
	set("open", "both");
	assert_true(p.electric.no_charge && p.electric.no_discharge);
	set("open", "no");
	assert_false(p.electric.no_charge || p.electric.no_discharge);
	mine.profile = &says;
	p.set = &mine;
	assert_int_equal(sim_pack_frames(&p, 0, 0, f), 1);
	set("off", "yes");
	assert_true(p.electric.off);
	assert_int_equal(sim_pack_frames(&p, 0, 0, f), 0);
	set("off", "no");
	assert_true(p.starts);
	assert_int_equal(sim_pack_frames(&p, 0, 0, f), 1);
}

static void refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "soc", "110 %" }, { "soc", "5 A" }, { "cells[9].soc", "50 %" }, { "cells[2].colour", "50 %" }, { "cells[0].soc", "5 %" },
		{ "resistance", "0 Ohm" }, { "noise", "60 %" }, { "open", "wide" }, { "off", "soon" }, { "bms.high", "7 V" },
		{ "bms.colour", "7 V" }, { "temperature", "500 degC" }, { "tell.colour", "red" }, { "tell.soc", "unreal" },
		{ "balance", "100 mA" }, { "capacity", "0 Ah" },
	};
	struct sim_pack before = p;
	char why[SIM_WHY_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (!sim_pack_set(&p, wrong[i][0], wrong[i][1], why))
			fail_msg("%s %s was taken", wrong[i][0], wrong[i][1]);
	assert_memory_equal(&before.electric, &p.electric, sizeof p.electric);
	assert_memory_equal(&before.bms, &p.bms, sizeof p.bms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(defaults, setup),      cmocka_unit_test_setup(tapers, setup),
		cmocka_unit_test_setup(rises_slowly, setup),  cmocka_unit_test_setup(protects, setup),
		cmocka_unit_test_setup(temperatures, setup),  cmocka_unit_test_setup(balances, setup),
		cmocka_unit_test_setup(a_weak_cell, setup),   cmocka_unit_test_setup(resistance, setup),
		cmocka_unit_test_setup(lies, setup),          cmocka_unit_test_setup(noise, setup),
		cmocka_unit_test_setup(paths, setup),         cmocka_unit_test_setup(refused, setup),
	};
	return cmocka_run_group_tests_name("sim_bms", tests, NULL, NULL);
}
