/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The electricity of simulated packs, against numbers worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "app/sim_electric.h"

#define near(got, wanted, within) assert_float_equal((float)((got) - (wanted)), 0, (float)(within))

static struct electric_pack packs[4];
static struct electric_bank bank;

/* One cell, which is at rest at `emf` and has no RC pair to speak of. */
static void pack(int i, double emf, double ohms)
{
	electric_pack_init(&packs[i], cell_kind(CHEM_LFP), 1, 360000, 0.5);
	packs[i].cell[0].rest = emf;
	packs[i].cell[0].resistance = ohms;
	packs[i].cell[0].polar_resistance = 1e-9;
	packs[i].leads = 0;
	packs[i].temperature = packs[i].ambient = 25;
	bank.pack[i] = &packs[i];
	bank.string_of[i] = i;
	bank.n = bank.n_strings = i + 1;
}

static int two(void **state)
{
	(void)state;
	bank = (struct electric_bank){ 0 };
	pack(0, 52.0, 0.010);
	pack(1, 51.9, 0.020);
	return 0;
}

static void curves(void **state)
{
	(void)state;
	near(cell_ocv(cell_kind(CHEM_LFP), 0.64025), 3.31415, 1e-6); /* half way from 3.2772 to 3.3511 V */
	near(cell_ocv(cell_kind(CHEM_LFP), 0), 2.0102, 1e-6);
	near(cell_ocv(cell_kind(CHEM_LFP), 1), 3.5981, 1e-6);
	near(cell_ocv(cell_kind(CHEM_LFP), 1.005), 3.7782, 1e-6); /* 0.5 % beyond, as steep as before: 0.1801 V */
	near(cell_ocv(cell_kind(CHEM_LFP), 2), 5, 1e-6);
	near(cell_ocv(cell_kind(CHEM_LFP), -1), 0.5, 1e-6);
	near(cell_ocv(cell_kind(CHEM_NMC), 0.5), 3.708, 1e-6);
	near(cell_ocv(cell_kind(CHEM_LTO), 0.25), 2.1415, 1e-6);
	near(cell_ocv(cell_kind(CHEM_UNKNOWN), 1), 3.5981, 1e-6);
	for (int c = CHEM_LFP; c < N_CHEMISTRY; c++)
		for (int i = -20; i < 120; i++)
			assert_true(cell_ocv(cell_kind((enum chemistry)c), i / 100.0) <= cell_ocv(cell_kind((enum chemistry)c), (i + 1) / 100.0));
}

/* U = (50 + 52.0 / 0.010 + 51.9 / 0.020) / (1 / 0.010 + 1 / 0.020) = 7845 / 150 = 52.3 V: 30 A and 20 A. */
static void currents_split(void **state)
{
	double u = 0;
	(void)state;
	electric_refresh(&bank);
	assert_true(electric_voltage_for(&bank, 50, &u));
	near(u, 52.3, 1e-9);
	near(electric_current_at(&bank, 52.3), 50, 1e-9);
	assert_true(electric_step(&bank, 50, 1));
	near(packs[0].current, 30, 1e-9);
	near(packs[1].current, 20, 1e-9);
	near(bank.voltage, 52.3, 1e-9);

	/* with a third of 52.2 V and 10 mOhm: (50 + 5200 + 2595 + 5220) / 250 = 52.26 V: 26, 18 and 6 A */
	two(NULL);
	pack(2, 52.2, 0.010);
	electric_step(&bank, 50, 1);
	near(packs[0].current, 26, 1e-9);
	near(packs[1].current, 18, 1e-9);
	near(packs[2].current, 6, 1e-9);
}

/* A path that is open lets nothing through in its direction, and all in the other. */
static void paths_open(void **state)
{
	double u;
	(void)state;
	pack(2, 52.2, 0.010);
	packs[2].no_charge = true;
	electric_step(&bank, 50, 1); /* over its 52.2 V: as if it were not there */
	near(packs[0].current, 30, 1e-9);
	near(packs[1].current, 20, 1e-9);
	near(packs[2].current, 0, 1e-9);

	two(NULL);
	pack(2, 52.2, 0.010);
	packs[2].no_charge = true;
	electric_step(&bank, -10, 1); /* (-10 + 5200 + 2595 + 5220) / 250 = 52.02 V, under its own: it gives 18 A */
	near(packs[0].current, 2, 1e-9);
	near(packs[1].current, 6, 1e-9);
	near(packs[2].current, -18, 1e-9);

	two(NULL);
	packs[0].no_discharge = true; /* 52.0 V: the other, of 51.9 V, gives the 10 A alone, and goes down to 51.7 V */
	electric_step(&bank, -10, 1);
	near(packs[0].current, 0, 1e-9);
	near(packs[1].current, -10, 1e-9);
	near(bank.voltage, 51.7, 1e-9);

	two(NULL);
	packs[0].off = true;
	electric_step(&bank, 50, 1);
	near(packs[0].current, 0, 1e-9);
	near(packs[1].current, 50, 1e-9);

	two(NULL);
	packs[0].no_charge = true;
	packs[1].off = true;
	electric_refresh(&bank);
	assert_false(electric_voltage_for(&bank, 1, &u));
	assert_false(electric_step(&bank, 1, 1));
	near(bank.current, 0, 1e-9);
	assert_true(electric_step(&bank, -1, 1));
	near(packs[0].current, -1, 1e-9);
}

static void two_strings(void)
{
	pack(0, 26, 0.010);
	pack(1, 25, 0.010);
	pack(2, 51.5, 0.030);
	bank.string_of[1] = 0;
	bank.string_of[2] = 1;
	bank.n_strings = 2;
}

/* 26 + 25 V with 20 mOhm beside 51.5 V with 30 mOhm: (50 + 2550 + 51.5 / 0.03) / (50 + 1 / 0.03) = 51.8 V: 40 and 10 A. */
static void strings(void **state)
{
	(void)state;
	two_strings();
	assert_true(electric_step(&bank, 50, 0.001));
	near(bank.voltage, 51.8, 1e-6);
	near(packs[0].current, 40, 1e-6);
	near(packs[1].current, 40, 1e-6);
	near(packs[2].current, 10, 1e-6);
	two_strings();
	packs[1].no_charge = true; /* one opens the string */
	electric_step(&bank, 50, 0.001);
	near(packs[0].current, 0, 1e-9);
	near(packs[2].current, 50, 1e-9);
}

/* What goes in stays in: 50 A for 1000 s, shared in whatever way. */
static void charge_is_kept(void **state)
{
	(void)state;
	electric_pack_init(&packs[0], cell_kind(CHEM_LFP), 16, 360000, 0.5);
	electric_pack_init(&packs[1], cell_kind(CHEM_LFP), 16, 720000, 0.4);
	for (int i = 0; i < 1000; i++)
		electric_step(&bank, 50, 1);
	for (int c = 0; c < 16; c++)
		near(packs[0].cell[c].charge + packs[1].cell[c].charge - 180000 - 288000, 50000, 1e-3);
	near(packs[0].charge_in - packs[0].charge_out, packs[0].cell[0].charge - 180000, 1e-3);
	near(packs[0].current + packs[1].current, 50, 1e-9);
}

/* The RC pair: 63 % of its end after its time (1 - 1/e), all of it in the end. */
static void polarises(void **state)
{
	double end = 50 * 0.0003; /* 100 Ah LFP: 0.03 ohm Ah */
	(void)state;
	electric_pack_init(&packs[0], cell_kind(CHEM_LFP), 1, 360000, 0.5);
	packs[0].temperature = packs[0].ambient = 25;
	packs[1].off = true;
	for (int i = 0; i < 3000; i++)
		electric_step(&bank, 50, 0.01);
	near(packs[0].cell[0].polar / end, 0.632, 0.005);
	for (int i = 0; i < 3000; i++)
		electric_step(&bank, 50, 0.1);
	near(packs[0].cell[0].polar / end, 1, 0.01);
	near(electric_cell_voltage(&packs[0], 0), packs[0].cell[0].rest + 50 * 0.0007 + end, 1e-3);
}

/* 50 A in 10 mOhm are 25 W; against 2.5 W/K that is 10 K, were it not for the resistance, which falls by 0.5 % a kelvin:
 * 25 (1 - 0.005 x) = 2.5 x gives 9.52 K. */
static void warms_up(void **state)
{
	(void)state;
	packs[1].off = true;
	packs[0].heat_capacity = 100;
	packs[0].cooling = 2.5;
	for (int i = 0; i < 1000; i++) {
		electric_step(&bank, 50, 1);
		packs[0].cell[0].charge = 180000;
	}
	near(packs[0].temperature, 25 + 9.52, 0.02);
	electric_pack_cooling(&packs[0], 40); /* 100 J/K */
	near(packs[0].cooling, 2.5, 1e-9);
}

/* 0.1 A for an hour, out of one cell alone. */
static void balances(void **state)
{
	(void)state;
	electric_pack_init(&packs[0], cell_kind(CHEM_LFP), 4, 360000, 0.5);
	electric_cell_soc(&packs[0], 2, 0.51);
	packs[1].off = true;
	packs[0].cell[2].bleed = 0.1;
	near(electric_pack_left(&packs[0]), 180000, 1e-3);
	near(electric_pack_room(&packs[0]), 360000 - 183600, 1e-3);
	for (int i = 0; i < 3600; i++)
		electric_step(&bank, 0, 1);
	near(packs[0].cell[2].charge, 183600 - 360, 1e-3);
	near(packs[0].cell[1].charge, 180000, 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(curves),
		cmocka_unit_test_setup(currents_split, two),
		cmocka_unit_test_setup(paths_open, two),
		cmocka_unit_test_setup(strings, two),
		cmocka_unit_test_setup(charge_is_kept, two),
		cmocka_unit_test_setup(polarises, two),
		cmocka_unit_test_setup(warms_up, two),
		cmocka_unit_test_setup(balances, two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
