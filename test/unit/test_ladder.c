/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The safe ladder: what is told on each rung, and nothing before the first or after the last. */
#include "fixture.h"

static struct fleet f;
static struct ladder_state l;
static struct verdict last;

static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	ladder_init(&l, 100 * SEC);
	memset(&last, 0, sizeof last);
	return 0;
}

static enum ladder step(int64_t now)
{
	tree_build(&f.t, &f.s, f.packs, f.s.n_packs, now);
	ladder_step(&l, &f.t);
	last = f.v;
	ladder_verdict(&l, &f.g, &f.t, &last, &f.v);
	return l.rung;
}

static int64_t value(enum limit_kind k)
{
	return f.v.limit[k].value;
}

static void states(enum pack_state a, enum pack_state b)
{
	f.packs[0].state = a;
	f.packs[1].state = b;
}

static void nothing_before_the_full_picture(void **state)
{
	(void)state;
	states(PACK_WAITING, PACK_WAITING);
	assert_int_equal(step(100 * SEC), LADDER_WAITING);
	assert_false(f.v.valid);
	states(PACK_ONLINE, PACK_WAITING);
	assert_int_equal(step(101 * SEC), LADDER_WAITING);
	assert_int_equal(step(130 * SEC - 1), LADDER_WAITING);
	assert_false(f.v.valid);
	assert_int_equal(step(130 * SEC), LADDER_NORMAL); /* start_wait is over */
	assert_true(f.v.valid);
	assert_int_equal(value(LIMIT_CCL), 100000); /* of those present, without a ramp */
	/* all of them: at once */
	setup(NULL);
	assert_int_equal(step(100 * SEC), LADDER_NORMAL);
	assert_int_equal(value(LIMIT_CCL), 200000);
}

static void enough_packs(void **state)
{
	(void)state;
	f.s.min_packs = 2;
	states(PACK_ONLINE, PACK_WAITING);
	assert_int_equal(step(500 * SEC), LADDER_WAITING); /* start_wait over, but too few */
	states(PACK_ONLINE, PACK_ONLINE);
	assert_int_equal(step(501 * SEC), LADDER_NORMAL);
	states(PACK_ONLINE, PACK_LOST); /* this is about the start only */
	assert_int_equal(step(501 * SEC), LADDER_NORMAL);
	f.s.on_lost = LOST_STOP;
	assert_int_equal(step(502 * SEC), LADDER_HOLD);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_LOST_STOP);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.pack, 1);
	assert_int_equal(value(LIMIT_DCL), 120000); /* what is left of it, not what both had */
	states(PACK_ONLINE, PACK_RETURNING); /* not in the bank yet */
	assert_int_equal(step(503 * SEC), LADDER_HOLD);
	f.packs[0].accepted[LIMIT_DCL].value = 90000;
	step(504 * SEC);
	assert_int_equal(value(LIMIT_DCL), 90000);
	f.packs[0].accepted[LIMIT_DCL].value = 120000;
	step(505 * SEC);
	assert_int_equal(value(LIMIT_DCL), 90000); /* falling only */
}

static void down_the_ladder(void **state)
{
	(void)state;
	f.s.packs[1].cells = 15;
	f.s.emergency_discharge = 20000;
	step(100 * SEC);
	states(PACK_LOST, PACK_LOST);
	assert_int_equal(step(200 * SEC), LADDER_HOLD);
	assert_true(f.v.valid);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(value(LIMIT_CVL), 50250); /* 15 x 3.35 V */
	assert_int_equal(value(LIMIT_DCL), 240000);
	assert_int_equal(value(LIMIT_LOW_VOLTAGE), 48000);
	assert_int_equal(f.v.limit[LIMIT_DCL].reason.until, 260 * SEC);
	assert_int_equal(step(260 * SEC - 1), LADDER_HOLD);
	assert_int_equal(value(LIMIT_DCL), 240000);
	assert_int_equal(step(260 * SEC), LADDER_EMERGENCY);
	assert_int_equal(value(LIMIT_DCL), 20000);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(value(LIMIT_CVL), 50250);
	assert_int_equal(step(500 * SEC - 1), LADDER_EMERGENCY);
	assert_true(f.v.valid);
	assert_int_equal(step(500 * SEC), LADDER_SILENT); /* 5 min */
	assert_false(f.v.valid);
	assert_int_equal(step(5000 * SEC), LADDER_SILENT);
	assert_false(f.v.valid);
}

static void dcl_is_never_raised_on_the_way_down(void **state)
{
	(void)state;
	f.s.emergency_discharge = 50000;
	fleet_pack(&f, 0, 100000, 20000, 0);
	fleet_pack(&f, 1, 100000, 10000, 0);
	f.packs[0].accepted[LIMIT_CVL].value = 52000; /* lower than 16 x 3.35 = 53.6 V */
	step(100 * SEC);
	states(PACK_LOST, PACK_LOST);
	step(200 * SEC);
	assert_int_equal(value(LIMIT_CVL), 52000);
	step(261 * SEC);
	assert_int_equal(l.rung, LADDER_EMERGENCY);
	assert_int_equal(value(LIMIT_DCL), 30000); /* the emergency value never raises */
}

static void unknown_cells(void **state)
{
	(void)state;
	f.s.packs[0].cells = f.s.packs[1].cells = 0;
	step(100 * SEC);
	states(PACK_LOST, PACK_LOST);
	step(200 * SEC);
	assert_int_equal(value(LIMIT_CVL), 56000); /* the last one: never 0 */
	assert_int_equal(value(LIMIT_CCL), 0);
}

static void up_again(void **state)
{
	(void)state;
	step(100 * SEC);
	states(PACK_LOST, PACK_LOST);
	step(200 * SEC);
	states(PACK_ONLINE, PACK_LOST);
	assert_int_equal(step(210 * SEC), LADDER_NORMAL);
	assert_int_equal(value(LIMIT_CCL), 0); /* hold and ramp start from what was told last */
	assert_int_equal(f.v.limit[LIMIT_CCL].target, 100000);
	assert_int_equal(value(LIMIT_DCL), 120000); /* and what is lower falls at once */
	for (int64_t t = 211 * SEC; t <= 240 * SEC; t += SEC)
		step(t);
	assert_int_equal(value(LIMIT_CCL), 0);
	step(241 * SEC);
	assert_int_equal(value(LIMIT_CCL), 5000); /* 5 A/s = 5 % of 100 A */
	/* also from the emergency */
	states(PACK_LOST, PACK_LOST);
	step(300 * SEC);
	assert_int_equal(step(360 * SEC), LADDER_EMERGENCY);
	states(PACK_ONLINE, PACK_ONLINE);
	assert_int_equal(step(361 * SEC), LADDER_NORMAL);
	assert_int_equal(value(LIMIT_DCL), 0);
	/* the 60 s are counted anew each time */
	states(PACK_LOST, PACK_LOST);
	assert_int_equal(step(362 * SEC), LADDER_HOLD);
	assert_int_equal(step(421 * SEC), LADDER_HOLD);
	assert_int_equal(step(422 * SEC), LADDER_EMERGENCY);
}

static void out_of_silence(void **state)
{
	(void)state;
	step(100 * SEC);
	states(PACK_LOST, PACK_LOST);
	step(200 * SEC);
	step(500 * SEC);
	assert_int_equal(l.rung, LADDER_SILENT);
	states(PACK_ONLINE, PACK_LOST);
	assert_int_equal(step(600 * SEC), LADDER_WAITING); /* a full picture is needed again */
	assert_false(f.v.valid);
	assert_int_equal(step(630 * SEC - 1), LADDER_WAITING);
	assert_int_equal(step(630 * SEC), LADDER_NORMAL);
	assert_int_equal(value(LIMIT_CCL), 100000); /* a first picture: no ramp */
	/* lost again while waiting: nothing was told, nothing is held */
	step(700 * SEC);
	setup(NULL);
	states(PACK_ONLINE, PACK_WAITING);
	step(101 * SEC);
	states(PACK_LOST, PACK_WAITING);
	assert_int_equal(step(140 * SEC), LADDER_WAITING);
	assert_false(f.v.valid);
}

static void stop_when_a_pack_is_lost(void **state)
{
	(void)state;
	f.s.on_lost = LOST_STOP;
	states(PACK_ONLINE, PACK_WAITING);
	assert_int_equal(step(200 * SEC), LADDER_WAITING); /* one that was never there is lost too */
	states(PACK_ONLINE, PACK_ONLINE);
	assert_int_equal(step(201 * SEC), LADDER_NORMAL);
	states(PACK_ONLINE, PACK_LOST);
	assert_int_equal(step(202 * SEC), LADDER_HOLD);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(value(LIMIT_DCL), 120000);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_LOST_STOP);
	assert_int_equal(value(LIMIT_CVL), 53600); /* 16 x 3.35 V */
	states(PACK_ONLINE, PACK_ONLINE);
	assert_int_equal(step(203 * SEC), LADDER_NORMAL);
}

/* The guard remembers across the silence: a cell that is still too high is not charged by the next first picture. */
static void the_guard_outlives_the_silence(void **state)
{
	(void)state;
	step(100 * SEC);
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3620, 0);
	step(101 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	states(PACK_LOST, PACK_LOST);
	step(200 * SEC);
	step(500 * SEC);
	assert_int_equal(l.rung, LADDER_SILENT);
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3550, 0); /* not yet down to 3.50 V */
	states(PACK_ONLINE, PACK_ONLINE);
	step(600 * SEC);
	assert_int_equal(step(601 * SEC), LADDER_NORMAL);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_CELL_GUARD);
}

static void a_rung_that_is_none(void **state)
{
	(void)state;
	l.rung = N_LADDER;
	tree_build(&f.t, &f.s, f.packs, 2, SEC);
	assert_false(ladder_step(&l, &f.t));
	for (int i = 0; i < N_LADDER; i++)
		assert_non_null(ladder_names[i]);
}

/* Whatever comes and goes: CCL is 0 below the second rung, DCL and CVL only fall there (P2). */
static void only_falling_below_normal(void **state)
{
	(void)state;
	uint64_t seed = 11;
	f.s.emergency_discharge = 60000;
	for (int64_t t = 101 * SEC; t < 8000 * SEC; t += SEC) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		if (!(seed >> 58))
			states((enum pack_state)((seed >> 40) % N_PACK_STATE), (enum pack_state)((seed >> 30) % N_PACK_STATE));
		f.packs[seed >> 63].accepted[LIMIT_DCL].value = (int64_t)(seed >> 44) % 300000;
		f.packs[seed >> 63].accepted[LIMIT_CVL].value = 50000 + (int64_t)(seed >> 44) % 8000;
		struct verdict before = f.v;
		enum ladder rung = step(t);
		assert_int_equal(f.v.valid, rung != LADDER_WAITING && rung != LADDER_SILENT);
		if (rung != LADDER_HOLD && rung != LADDER_EMERGENCY)
			continue;
		assert_int_equal(value(LIMIT_CCL), 0);
		assert_true(value(LIMIT_DCL) <= before.limit[LIMIT_DCL].value);
		assert_true(value(LIMIT_CVL) <= before.limit[LIMIT_CVL].value);
		assert_true(value(LIMIT_CVL) <= 53600 && value(LIMIT_CVL) > 0);
		assert_true(rung != LADDER_EMERGENCY || value(LIMIT_DCL) <= 60000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(nothing_before_the_full_picture, setup),
		cmocka_unit_test_setup(enough_packs, setup),
		cmocka_unit_test_setup(down_the_ladder, setup),
		cmocka_unit_test_setup(dcl_is_never_raised_on_the_way_down, setup),
		cmocka_unit_test_setup(unknown_cells, setup),
		cmocka_unit_test_setup(up_again, setup),
		cmocka_unit_test_setup(out_of_silence, setup),
		cmocka_unit_test_setup(stop_when_a_pack_is_lost, setup),
		cmocka_unit_test_setup(the_guard_outlives_the_silence, setup),
		cmocka_unit_test_setup(a_rung_that_is_none, setup),
		cmocka_unit_test_setup(only_falling_below_normal, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
