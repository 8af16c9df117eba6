/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A cell that is too high lowers the charge voltage: how far, how long, and how it comes back. */
#include "fixture.h"

static struct fleet f;
static int64_t now;

#define MIN (60 * SEC)

/* Two packs of 16 LFP cells that bear 56.0 V: too high above 3.50 V, floor 16 x 3.35 V = 53.6 V. */
static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	f.s.charge = (struct charge_settings){ .reduce = { true, true }, .high_hold = MIN, .high_rise = 5,
		                                 .high_smooth = 8 * SEC, .high_brief = 2 * SEC, .high_much = 30 };
	now = 0;
	return 0;
}

static void step(void)
{
	now += 500 * MS;
	fleet_step(&f, now);
}

static void run(int64_t us)
{
	for (int64_t end = now + us; now < end;)
		step();
}

static void says(int i, int64_t voltage, int64_t highest)
{
	battery_set(&f.packs[i].b, Q_VOLTAGE, voltage, now);
	battery_set(&f.packs[i].b, Q_CELL_VOLTAGE_MAX, highest, now);
}

/* Its cells one by one: the first 14 are alike. */
static void tells(int i, int32_t alike, int32_t last_but_one, int32_t last)
{
	struct cells *c = &f.packs[i].seen.cells;
	f.packs[i].array_stale[ARRAY_CELL_VOLTAGE] = INT64_MAX / 2;
	c->count[ARRAY_CELL_VOLTAGE] = 16;
	for (int k = 0; k < 16; k++) {
		c->validity[ARRAY_CELL_VOLTAGE][k] = VALID;
		c->value[ARRAY_CELL_VOLTAGE][k] = k < 14 ? alike : k == 14 ? last_but_one : last;
	}
}

static const struct limit *cvl(void)
{
	return &f.v.limit[LIMIT_CVL];
}

static void is(int64_t mv, enum reason_code code)
{
	assert_int_equal(cvl()->value, mv);
	assert_int_equal(cvl()->target, mv);
	assert_int_equal(cvl()->reason.code, code);
}

static void by_the_highest_cell(void **state)
{
	(void)state;
	says(0, 54000, 3500);
	says(1, 54000, 3480);
	step();
	is(56000, REASON_PACK);
	says(0, 54000, 3560);
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX_NO, 3, now);
	step();
	is(53940, REASON_HIGH_CELL); /* 60 mV over */
	const struct reason *why = &cvl()->reason;
	assert_int_equal(why->pack, 0);
	assert_int_equal(why->cell, 3);
	assert_int_equal(why->measured, 3560);
	assert_int_equal(why->threshold, 3500);
	assert_int_equal(why->without, 56000);
	assert_int_equal(why->until, 0);
	/* the string with the lower wish holds */
	says(1, 54200, 3530);
	step();
	is(53940, REASON_HIGH_CELL);
	assert_int_equal(cvl()->reason.pack, 0);
	says(1, 53950, 3530);
	run(2 * MIN);
	is(53920, REASON_HIGH_CELL);
	assert_int_equal(cvl()->reason.pack, 1);
	assert_int_equal(cvl()->reason.cell, 0);
}

/* The sum of the cells, less all that is over: the formula of dbus-aggregate-batteries and dbus-serialbattery. */
static void by_each_cell(void **state)
{
	(void)state;
	says(0, 54100, 3540); /* older than the cells themselves */
	tells(0, 3350, 3520, 3560);
	step();
	is(53900, REASON_HIGH_CELL); /* 14 x 3.35 + 3.52 + 3.56 = 53.98 V, less 20 and 60 mV */
	assert_int_equal(cvl()->reason.cell, 16);
	assert_int_equal(cvl()->reason.measured, 3560);
	/* what the BMS says of its highest cell counts where that is worse */
	says(0, 54100, 3600);
	step();
	is(53880, REASON_HIGH_CELL); /* 100 mV */
	assert_int_equal(cvl()->reason.measured, 3600);
	/* one that is missing: the pack's voltage, and the highest */
	setup(NULL);
	says(0, 54100, 3540);
	tells(0, 3350, 3520, 3560);
	f.packs[0].seen.cells.validity[ARRAY_CELL_VOLTAGE][15] = STALE;
	step();
	is(54060, REASON_HIGH_CELL);
	/* cells are all there is: their sum is the pack's voltage */
	setup(NULL);
	says(0, 0, 3560);
	f.packs[0].b.q[Q_VOLTAGE].validity = ABSENT;
	tells(0, 3350, 3520, 3560);
	step();
	is(53900, REASON_HIGH_CELL);
}

static void never_below_the_floor(void **state)
{
	(void)state;
	says(0, 53500, 3560);
	step();
	is(53600, REASON_HIGH_CELL);
	f.s.charge.high_floor = 3300;
	step();
	is(53440, REASON_HIGH_CELL);
	/* the voltage isn't known: all that can be given is the floor */
	setup(NULL);
	says(0, 54000, 3560);
	f.packs[0].b.q[Q_VOLTAGE].validity = STALE;
	step();
	is(53600, REASON_HIGH_CELL);
	/* nor how many cells there are: nothing to go by, but there is the guard */
	setup(NULL);
	says(0, 54000, 3560);
	f.s.packs[0].cells = 0;
	step();
	is(56000, REASON_PACK);
	f.s.packs[0].cells = 16;
	f.s.packs[0].chemistry = CHEM_UNKNOWN;
	step();
	is(56000, REASON_PACK);
	f.s.charge.high_above = 3540;
	step();
	is(56000, REASON_PACK);
	f.s.charge.high_floor = 3300;
	run(3 * SEC);
	is(53980, REASON_HIGH_CELL);
	/* what is lower already stays */
	f.packs[1].accepted[LIMIT_CVL].value = 53000;
	step();
	is(53000, REASON_PACK);
	assert_false(f.g.reduction.active);
}

static void up_again_slowly(void **state)
{
	(void)state;
	says(0, 54000, 3560);
	step();
	run(10 * MIN); /* as long as it is too high */
	is(53940, REASON_HIGH_CELL);
	says(0, 54300, 3500);
	step();
	int64_t high = now - 500 * MS;
	/* 60 s, then 2.06 V in 412 s */
	assert_int_equal(cvl()->reason.until, high + 472 * SEC);
	run(MIN - 500 * MS);
	is(53940, REASON_HIGH_CELL);
	run(100 * SEC);
	is(54440, REASON_HIGH_CELL);
	assert_int_equal(cvl()->reason.until, high + 472 * SEC);
	/* a little over again, but below what is charged to now anyway: it stays where it is, and waits again */
	says(0, 54600, 3510);
	step();
	is(54440, REASON_HIGH_CELL);
	says(0, 54700, 3490);
	run(MIN);
	is(54440, REASON_HIGH_CELL);
	run(100 * SEC);
	is(54940, REASON_HIGH_CELL);
	says(0, 54700, 3530);
	step();
	is(54670, REASON_HIGH_CELL);
	says(0, 54600, 3490);
	run(MIN + 266 * SEC); /* 1.33 V */
	is(56000, REASON_PACK);
	assert_false(f.g.reduction.active);
}

/* A little over, and only for a moment: that is noise. So is what the voltage does from one frame to the next. */
static void noise(void **state)
{
	(void)state;
	says(0, 54000, 3529);
	run(2 * SEC);
	is(56000, REASON_PACK);
	says(0, 54000, 3500);
	step();
	says(0, 54000, 3529);
	run(2 * SEC);
	is(56000, REASON_PACK);
	step();
	is(53971, REASON_HIGH_CELL); /* 29 mV over for more than 2 s */
	/* by 0.4 V up and down around 54.0 V: smoothed over 8 s, 25 mV in one step of 0.5 s */
	for (int i = 0; i < 200; i++) {
		says(0, i % 2 ? 54400 : 53600, 3530);
		step();
		assert_in_range(cvl()->value, 53930, 53971);
	}
}

/* Chasing the battery's own voltage downwards for good, as dbus-btbattery does, ends charging for ever. */
static void does_not_follow_it_down(void **state)
{
	(void)state;
	int64_t voltage = 55000;
	says(0, voltage, 3560);
	step();
	is(54940, REASON_HIGH_CELL);
	while (voltage > 53000) { /* a night without sun, and the cell stays high: it is measured wrong */
		voltage -= 10;
		says(0, voltage, 3560);
		step();
		assert_true(cvl()->value >= 53600);
	}
	is(53600, REASON_HIGH_CELL);
	says(0, 53000, 3400);
	run(MIN + 480 * SEC); /* 2.4 V by 5 mV/s */
	is(56000, REASON_PACK);
}

/* A pack with a high cell that falls silent: nobody sees that the cell is down again. */
static void not_seen_any_more(void **state)
{
	(void)state;
	says(0, 54000, 3560);
	step();
	f.packs[0].state = PACK_LOST;
	f.packs[0].b.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	run(5 * MIN);
	is(53940, REASON_HIGH_CELL);
	f.packs[0].b.q[Q_CELL_VOLTAGE_MAX].validity = NOT_AVAILABLE;
	run(5 * MIN);
	is(53940, REASON_HIGH_CELL);
	f.packs[0].state = PACK_GONE;
	run(MIN + 100 * SEC - 500 * MS);
	is(54437, REASON_HIGH_CELL); /* 99.5 s x 5 mV/s */
	/* steps that are far apart: what was between them was not seen either */
	now += 10 * SEC;
	step();
	is(54437, REASON_HIGH_CELL);
	run(MIN);
	is(54437, REASON_HIGH_CELL);
	run(2 * SEC);
	is(54447, REASON_HIGH_CELL);
	/* what was never told of holds nothing */
	setup(NULL);
	says(1, 54000, 3560);
	step();
	says(1, 54000, 3400);
	run(MIN + SEC);
	is(53945, REASON_HIGH_CELL);
}

static void in_series(void **state)
{
	(void)state;
	f.s.n_strings = 1;
	f.s.packs[0].cells = f.s.packs[1].cells = 8;
	f.packs[0].accepted[LIMIT_CVL].value = f.packs[1].accepted[LIMIT_CVL].value = 28000;
	says(0, 27000, 3540);
	says(1, 27100, 3560);
	step();
	is(54000, REASON_HIGH_CELL); /* 54.1 V - 40 mV - 60 mV */
	assert_int_equal(cvl()->reason.pack, 1);
	says(1, 27100, 3530); /* the worse of the two is named */
	step();
	is(54000, REASON_HIGH_CELL); /* 54.03 V would be enough now, but it stays where it is */
	assert_int_equal(cvl()->reason.pack, 0);
	f.packs[0].b.q[Q_VOLTAGE].validity = STALE;
	f.packs[0].b.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	step();
	is(53600, REASON_HIGH_CELL);
	f.packs[0].b.q[Q_VOLTAGE].validity = VALID;
	f.packs[1].b.q[Q_VOLTAGE].validity = STALE; /* half a string is no voltage */
	step();
	is(53600, REASON_HIGH_CELL);
}

static void only_where_it_is_wanted(void **state)
{
	(void)state;
	says(0, 54000, 3560);
	f.s.charge.reduce.set = false;
	step();
	is(56000, REASON_PACK);
	assert_false(f.g.reduction.active);
	/* by default with a voltage of battagg's own */
	f.s.charge.own = true;
	f.s.charge.lower = 5;
	step();
	is(53940, REASON_HIGH_CELL);
	assert_int_equal(cvl()->reason.without, 55200);
	f.s.charge.reduce = (struct bound){ true, false };
	step();
	assert_int_equal(cvl()->target, 55200);
}

/* Over a reload it stays, and the pack keeps its name; one that is no more is nobody. */
static void reloaded(void **state)
{
	static struct bench b;
	static struct settings s;
	(void)state;
	bench_start(&b, 2);
	b.s.charge = f.s.charge;
	b.says[0].voltage = b.says[1].voltage = 5400;
	b.says[1].cell_max = 3560;
	bench_run(&b, 10 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CVL), 53940);
	s = b.s;
	s.packs[0] = b.s.packs[1];
	s.packs[1] = b.s.packs[0];
	struct engine *e = engine_create(&s, b.now);
	engine_adopt(e, b.e);
	assert_int_equal(engine_govern(e)->reduction.reason.pack, 0);
	engine_step(e, b.now + 500 * MS);
	assert_int_equal(engine_verdict(e)->limit[LIMIT_CVL].value, 53940);
	assert_int_equal(engine_verdict(e)->limit[LIMIT_CVL].reason.pack, 0);
	s.n_packs = 1;
	s.packs[0] = b.s.packs[0];
	struct engine *without = engine_create(&s, b.now);
	engine_adopt(without, b.e);
	assert_int_equal(engine_govern(without)->reduction.reason.pack, -1);
	struct engine *again = engine_create(&s, b.now);
	engine_adopt(again, without);
	assert_int_equal(engine_govern(again)->reduction.reason.pack, -1);
	engine_destroy(again);
	engine_destroy(without);
	engine_destroy(e);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_the_highest_cell, setup),
		cmocka_unit_test_setup(by_each_cell, setup),
		cmocka_unit_test_setup(never_below_the_floor, setup),
		cmocka_unit_test_setup(up_again_slowly, setup),
		cmocka_unit_test_setup(noise, setup),
		cmocka_unit_test_setup(does_not_follow_it_down, setup),
		cmocka_unit_test_setup(not_seen_any_more, setup),
		cmocka_unit_test_setup(in_series, setup),
		cmocka_unit_test_setup(only_where_it_is_wanted, setup),
		cmocka_unit_test_setup(reloaded, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
