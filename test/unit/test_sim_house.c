/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The simulated house: what chargers, loads and the GX do with what they are told. Frames are made by hand from the layout of
 * Victron's protocol. */
#include "fixture.h"

#include "app/sim_house.h"
#include "config/profile.h"

#define near(got, wanted, within) assert_float_equal((float)((got) - (wanted)), 0, (float)(within))

static struct profile *victron;
static struct electric_pack pack;
static struct electric_bank bank;
static struct house house;
static struct house_plan plan;
static int64_t now; /* us */

static int load(void **state)
{
	struct problems problems = { 0 };
	(void)state;
	victron = profile_load_file("can-profiles/victron.yaml", &problems);
	problems_free(&problems);
	return !victron;
}

static int unload(void **state)
{
	(void)state;
	profile_free(victron);
	return 0;
}

/* One pack, 52 V at rest and 10 mOhm, so large that its voltage stays. */
static int setup(void **state)
{
	(void)state;
	electric_pack_init(&pack, cell_kind(CHEM_LFP), 1, 3.6e12, 0.5);
	pack.cell[0].rest = 52;
	pack.cell[0].resistance = 0.010;
	pack.cell[0].polar_resistance = 1e-12;
	pack.leads = 0;
	pack.temperature = pack.ambient = 25;
	pack.heat_capacity = 1e12;
	bank = (struct electric_bank){ .n = 1, .n_strings = 1, .pack = { &pack }, .voltage = 52 };
	plan = house_plan_default;
	now = 0;
	return 0;
}

static void begin(void)
{
	house_init(&house, &plan, victron);
}

static void current(struct flow_plan *p, double ampere)
{
	p->n = 1;
	p->step[0].at = 0;
	p->step[0].flow = (struct flow){ .value = ampere };
}

/* 0x351: CVL, CCL, DCL, low voltage, in 0.1 V and 0.1 A. */
static void tell(unsigned cvl, unsigned ccl, unsigned dcl, unsigned low)
{
	unsigned v[4] = { cvl, ccl, dcl, low };
	struct frame f = { .id = 0x351, .len = 8 };
	for (int i = 0; i < 4; i++) {
		f.data[2 * i] = (uint8_t)v[i];
		f.data[2 * i + 1] = (uint8_t)(v[i] >> 8);
	}
	house_hear(&house, &f, now);
}

static void run(double seconds)
{
	for (int64_t end = now + (int64_t)(seconds * 1e6 + 0.5); now < end;) {
		now += 100000;
		house_step(&house, &bank, now, 0.1);
		pack.cell[0].rest = 52;
		electric_refresh(&bank);
	}
}

/* Talks on while time passes, as a battery does. */
static void run_told(double seconds, unsigned cvl, unsigned ccl, unsigned dcl, unsigned low)
{
	for (double t = 0; t < seconds; t += 1) {
		tell(cvl, ccl, dcl, low);
		run(1);
	}
}

/* 80 A are there, 50 A are allowed: constant current, until 53 V or 30 A: then constant voltage, (53 - 52) / 0.01 = 100 A. */
static void constant_current_then_voltage(void **state)
{
	(void)state;
	current(&plan.charger, 80);
	begin();
	run_told(10, 560, 500, 600, 460);
	near(pack.current, 50, 1e-6);
	near(bank.voltage, 52.5, 1e-6);
	run_told(10, 523, 500, 600, 460); /* 52.3 V: 30 A */
	near(pack.current, 30, 1e-6);
	near(bank.voltage, 52.3, 1e-6);
	run_told(10, 560, 2000, 600, 460); /* no more than there are */
	near(pack.current, 80, 1e-6);
	run_told(10, 515, 2000, 600, 460); /* under the battery's own: the charger gives nothing */
	near(pack.current, 0, 1e-6);
}

/* Loads come first; the limit is of what flows into the battery. */
static void loads(void **state)
{
	(void)state;
	current(&plan.charger, 80);
	current(&plan.load, 20);
	begin();
	run_told(10, 560, 500, 600, 460);
	near(pack.current, 50, 1e-6);
	near(house.charger, 70, 1e-6);
	run_told(10, 515, 500, 600, 460); /* down to 51.5 V: the battery gives the loads what it can, -50 A, so they take 20 A of it */
	near(pack.current, -20, 1e-6);
	near(house.charger, 0, 1e-6);
	current(&house.plan.charger, 5);
	run_told(5, 560, 500, 600, 460);
	near(pack.current, -15, 1e-6);
	near(house.load, 20, 1e-6);
}

/* With the grid the inverter keeps to the DCL; without it only 0 matters. */
static void dcl(void **state)
{
	(void)state;
	current(&plan.load, 40);
	begin();
	run_told(5, 560, 500, 600, 460);
	near(pack.current, -40, 1e-6);
	run_told(5, 560, 500, 250, 460);
	near(pack.current, -25, 1e-6);
	run_told(5, 560, 500, 0, 460);
	near(pack.current, 0, 1e-6);
	near(house.tally.off, 0, 1e-9);
	current(&house.plan.charger, 80); /* 51 V, which 100 A would need: the chargers stop, and the DCL holds all the same */
	run_told(40, 510, 500, 250, 460); /* it starts again after 30 s */
	near(pack.current, -25, 1e-6);
	near(house.charger, 0, 1e-6);
	near(house.load, 25, 1e-6);
	current(&house.plan.charger, 0);

	plan.grid = false;
	now = 0;
	begin();
	run_told(5, 560, 500, 250, 460);
	near(pack.current, -40, 1e-6);
	assert_int_equal(house.tally.offs, 0);
	run_told(30, 560, 500, 0, 460);
	near(pack.current, 0, 1e-6);
	assert_int_equal(house.tally.offs, 1);
	run_told(28, 560, 500, 250, 460); /* well again, but a Multi waits 30 s */
	near(pack.current, 0, 1e-6);
	run_told(8, 560, 500, 250, 460);
	near(pack.current, -40, 1e-6);
	run_told(5, 560, 500, 250, 530); /* 51.6 V under load are under 53 V */
	near(pack.current, 0, 1e-6);
	run_told(60, 560, 500, 250, 515); /* 52 V, and it starts at 2 % over 51.5 V: 52.53 V */
	near(pack.current, 0, 1e-6);
	assert_int_equal(house.tally.offs, 2);
}

/* Told at 0.1 s, the GX looks at its third second; then the chargers take 100 A/s. */
static void lag(void **state)
{
	(void)state;
	current(&plan.charger, 200);
	plan.ramp = 10;
	begin();
	run(0.1); /* it has looked, at nothing */
	near(pack.current, 0, 1e-9);
	tell(600, 500, 600, 460);
	run(2.9);
	near(pack.current, 0, 1e-9);
	run(0.1); /* 3.1 s */
	near(pack.current, 1, 1e-6);
	run(1);
	near(pack.current, 11, 1e-6);
	tell(600, 500, 600, 460);
	run(6);
	near(pack.current, 50, 1e-6);
	tell(600, 0, 600, 460);
	run(8);
	near(pack.current, 0, 1e-6);

	/* 20 A that were allowed 50: down from 20, at 10 A/s, once the GX has looked */
	current(&house.plan.charger, 20);
	run_told(12, 600, 500, 600, 460);
	near(pack.current, 20, 1e-6);
	tell(600, 0, 600, 460);
	while (house.ccl > 0)
		run(0.1);
	near(pack.current, 19, 1e-6);
	run(1);
	near(pack.current, 9, 1e-6);
}

/* 60 s after the last word chargers stop, 300 s after it the inverter does. */
static void silence(void **state)
{
	(void)state;
	current(&plan.charger, 50);
	current(&plan.load, 10);
	plan.grid = false;
	begin();
	run_told(10, 560, 1000, 600, 460);
	near(pack.current, 40, 1e-6);
	run(55); /* the last word was at 9 s */
	near(pack.current, 40, 1e-6);
	run(10);
	near(pack.current, -10, 1e-6);
	run(230); /* 305 s */
	near(pack.current, -10, 1e-6);
	assert_int_equal(house.tally.offs, 0);
	run(10);
	near(pack.current, 0, 1e-6);
	assert_int_equal(house.tally.offs, 1);
	run_told(40, 560, 1000, 600, 460);
	near(pack.current, 40, 1e-6);
}

static void feed_in(void **state)
{
	(void)state;
	current(&plan.charger, 80);
	plan.feed_in = true;
	begin();
	run_told(10, 560, 0, 600, 460);
	near(pack.current, 80, 1e-6);
	run_told(10, 521, 0, 600, 460); /* the CVL counts: 0.1 V */
	near(pack.current, 10, 1e-6);
}

/* Both paths of the only pack are open: the charger feeds the loads, as far as it can. */
static void nothing_conducts(void **state)
{
	(void)state;
	current(&plan.charger, 50);
	current(&plan.load, 10);
	plan.grid = false;
	begin();
	run_told(5, 560, 1000, 600, 460);
	pack.off = true;
	run_told(2, 560, 1000, 600, 460);
	near(pack.current, 0, 1e-9);
	near(house.load, 10, 1e-9);
	assert_int_equal(house.tally.offs, 0);
	current(&house.plan.charger, 5);
	run_told(2, 560, 1000, 600, 460);
	assert_int_equal(house.tally.offs, 1);
}

/* 4 x (1 - x) x: half of the morning gone is a quarter of the day: 75 % of the peak. */
static void sun_and_steps(void **state)
{
	struct flow_plan p = { .sun = true, .peak = 6000, .rise = 6 * 3600 * SEC, .set = 18 * 3600 * SEC };
	struct flow_plan steps = { .n = 2, .step = { { 10 * SEC, { true, 1000 } }, { 20 * SEC, { false, 7 } } } };
	double watt;
	(void)state;
	near(flow_at(&p, 9 * 3600 * SEC, 50, &watt), 4500 / 50.0, 1e-9);
	near(watt, 4500, 1e-9);
	near(flow_at(&p, 36 * 3600 * SEC, 50, &watt), 6000 / 50.0, 1e-9); /* noon of the second day */
	near(flow_at(&p, 5 * 3600 * SEC, 50, &watt), 0, 1e-9);
	near(flow_at(&p, 18 * 3600 * SEC, 50, &watt), 0, 1e-9);
	near(flow_at(&steps, 9 * SEC, 50, &watt), 0, 1e-9);
	near(flow_at(&steps, 10 * SEC, 50, &watt), 20, 1e-9);
	near(flow_at(&steps, 99 * SEC, 50, &watt), 7, 1e-9);
	near(watt, 350, 1e-9);
	near(flow_at(&steps, 15 * SEC, 0, &watt), 0, 1e-9);
}

static void energy(void **state)
{
	(void)state;
	current(&plan.load, 40);
	begin();
	run_told(100, 560, 500, 250, 460); /* 25 A of 40, but for the first seconds */
	near(house.tally.wanted, 40 * 51.75 * 100, 40 * 51.75 * 0.5);
	near(house.tally.served, 25 * 51.75 * 100, 40 * 51.75 * 4);
	near(pack.energy_out, house.tally.served, 1e-3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(constant_current_then_voltage, setup),
		cmocka_unit_test_setup(loads, setup),
		cmocka_unit_test_setup(dcl, setup),
		cmocka_unit_test_setup(lag, setup),
		cmocka_unit_test_setup(silence, setup),
		cmocka_unit_test_setup(feed_in, setup),
		cmocka_unit_test_setup(nothing_conducts, setup),
		cmocka_unit_test_setup(sun_and_steps, setup),
		cmocka_unit_test_setup(energy, setup),
	};
	return cmocka_run_group_tests_name("sim_house", tests, load, unload);
}
