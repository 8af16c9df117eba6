/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The built-in cell guard: LFP, no charge at 3.60 V until 3.50 V, no discharge at 2.80 V until 3.00 V. */
#include "fixture.h"

static struct rig r;
static struct guard_state g;

static int setup(void **state)
{
	(void)state;
	rig_start(&r);
	r.p.state = PACK_ONLINE;
	g = (struct guard_state){ 0 };
	return 0;
}

static int64_t now = 1;

/* As told by one frame, and looked at twice. */
static void told_once(int min, int max)
{
	now++;
	for (int i = 0; i < 2; i++) {
		battery_set(&r.p.b, Q_CELL_VOLTAGE_MIN, min, now);
		battery_set(&r.p.b, Q_CELL_VOLTAGE_MAX, max, now);
		guard_step(&g, &r.p, &r.s);
	}
}

static void cells(int min, int max)
{
	told_once(min, max);
	told_once(min, max);
}

/* It trips by one frame, and is released by two in a row. */
static void one_frame_releases_nothing(void **state)
{
	(void)state;
	told_once(3300, 3610);
	assert_true(g.tripped[CHARGE]);
	told_once(3300, 3400);
	told_once(3300, 3580);
	told_once(3300, 3400);
	assert_true(g.tripped[CHARGE]);
	told_once(3300, 3450);
	assert_false(g.tripped[CHARGE]);
	told_once(2790, 3300);
	told_once(3010, 3300);
	assert_true(g.tripped[DISCHARGE]);
	told_once(2790, 3300);
	told_once(3010, 3300);
	assert_true(g.tripped[DISCHARGE]);
	told_once(3010, 3300);
	assert_false(g.tripped[DISCHARGE]);
}

static void trips_and_releases(void **state)
{
	(void)state;
	cells(3300, 3599);
	assert_false(g.tripped[CHARGE] || g.tripped[DISCHARGE]);
	cells(3300, 3600);
	assert_true(g.tripped[CHARGE]);
	assert_false(g.tripped[DISCHARGE]);
	assert_int_equal(g.measured[CHARGE], 3600);
	assert_int_equal(g.cell[CHARGE], 0); /* which one is not known */
	cells(3300, 3501);
	assert_true(g.tripped[CHARGE]);
	cells(3300, 3500);
	assert_false(g.tripped[CHARGE]);
	battery_set(&r.p.b, Q_CELL_VOLTAGE_MIN_NO, 7, 1);
	cells(2800, 3300);
	assert_true(g.tripped[DISCHARGE]);
	assert_int_equal(g.cell[DISCHARGE], 7);
	cells(2999, 3300);
	assert_true(g.tripped[DISCHARGE]);
	cells(3000, 3300);
	assert_false(g.tripped[DISCHARGE]);
	/* a bank that has drifted far apart may be stopped both ways */
	cells(2700, 3700);
	assert_true(g.tripped[CHARGE] && g.tripped[DISCHARGE]);
}

static void only_fresh_values_change_it(void **state)
{
	(void)state;
	cells(3300, 3650);
	assert_true(g.tripped[CHARGE]);
	battery_set(&r.p.b, Q_CELL_VOLTAGE_MAX, 3300, 1);
	r.p.b.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	r.p.b.q[Q_CELL_VOLTAGE_MIN].validity = NOT_AVAILABLE;
	guard_step(&g, &r.p, &r.s);
	assert_true(g.tripped[CHARGE]);
	assert_int_equal(g.measured[CHARGE], 3650);
	/* nor does the news that all the cells that are known are well: the one that tripped it may be the unknown one */
	battery_set(&r.p.b, Q_CELL_VOLTAGE_MAX, 3300, 2);
	r.p.b.q[Q_CELL_VOLTAGE_MAX].partial = true;
	guard_step(&g, &r.p, &r.s);
	assert_true(g.tripped[CHARGE]);
	cells(3300, 3300);
	assert_false(g.tripped[CHARGE]);
	/* but part of the cells are enough to trip it */
	battery_set(&r.p.b, Q_CELL_VOLTAGE_MAX, 3610, 3);
	r.p.b.q[Q_CELL_VOLTAGE_MAX].partial = true;
	guard_step(&g, &r.p, &r.s);
	assert_true(g.tripped[CHARGE]);
}

static void stays_while_the_pack_is_lost(void **state)
{
	(void)state;
	cells(3300, 3650);
	r.p.state = PACK_LOST;
	r.p.joined = true;
	r.p.b.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	guard_step(&g, &r.p, &r.s);
	assert_true(g.tripped[CHARGE]);
	r.p.state = PACK_GONE;
	guard_step(&g, &r.p, &r.s);
	assert_false(g.tripped[CHARGE]);
}

static void levels_by_chemistry_and_config(void **state)
{
	(void)state;
	r.s.packs[0].chemistry = CHEM_LTO; /* 2.75 and 1.90 V */
	cells(2300, 2749);
	assert_false(g.tripped[CHARGE]);
	cells(1900, 2750);
	assert_true(g.tripped[CHARGE] && g.tripped[DISCHARGE]);
	setup(NULL);
	r.s.guard_high = 3550;
	r.s.guard_high_release = 3450;
	r.s.guard_low = 3000;
	r.s.guard_low_release = 3100;
	r.s.float_voltage = 3370;
	r.s.safe_voltage = 3300;
	cells(3000, 3550);
	assert_true(g.tripped[CHARGE] && g.tripped[DISCHARGE]);
	cells(3100, 3451);
	assert_true(g.tripped[CHARGE]);
	assert_false(g.tripped[DISCHARGE]);
	struct chemistry_row c = cell_levels(&r.s.packs[0], &r.s);
	assert_int_equal(c.float_voltage, 3370);
	assert_int_equal(c.safe_voltage, 3300);
	/* switched off, it forgets */
	r.s.cell_guard = false;
	cells(2000, 4000);
	assert_false(g.tripped[CHARGE] || g.tripped[DISCHARGE]);
	/* and cells of a chemistry that nobody named have no levels */
	setup(NULL);
	r.s.packs[0].chemistry = CHEM_UNKNOWN;
	cells(2000, 4000);
	assert_false(g.tripped[CHARGE] || g.tripped[DISCHARGE]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(trips_and_releases, setup), cmocka_unit_test_setup(one_frame_releases_nothing, setup),
		cmocka_unit_test_setup(only_fresh_values_change_it, setup),
		cmocka_unit_test_setup(stays_while_the_pack_is_lost, setup),
		cmocka_unit_test_setup(levels_by_chemistry_and_config, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
