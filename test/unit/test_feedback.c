/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Measured feedback: what is over its limit for 2 s cuts the bank to I_bank x L / I; released in steps after 60 s. */
#include "fixture.h"

static struct fleet f;
static const struct feedback_state *up = &f.g.feedback[CHARGE], *down = &f.g.feedback[DISCHARGE];

static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	return 0;
}

static int64_t last_told = INT64_MAX; /* by the bank, mA: nothing that was released is above it */

static void currents(int64_t a, int64_t b)
{
	battery_set(&f.packs[0].b, Q_CURRENT, a, 0);
	battery_set(&f.packs[1].b, Q_CURRENT, b, 0);
}

static void step(int64_t now)
{
	tree_build(&f.t, &f.s, f.packs, f.s.n_packs, now);
	feedback_step(&f.g.feedback[CHARGE], CHARGE, &f.t, 200000, last_told);
	feedback_step(&f.g.feedback[DISCHARGE], DISCHARGE, &f.t, 240000, last_told);
}

static void charge_only(int64_t unlimited, int64_t now)
{
	tree_build(&f.t, &f.s, f.packs, 2, now);
	feedback_step(&f.g.feedback[CHARGE], CHARGE, &f.t, unlimited, last_told);
}

static void over_its_limit(void **state)
{
	(void)state;
	/* limits of 100 A each: 2 % + 1 A over are 103 A */
	currents(103000, 20000);
	for (int64_t t = 1 * SEC; t <= 10 * SEC; t += SEC)
		step(t);
	assert_false(up->active);
	currents(103001, 20000);
	step(11 * SEC);
	step(13 * SEC - 1);
	assert_false(up->active);
	step(13 * SEC);
	assert_true(up->active);
	/* 123.001 A x 100 / 103.001 = 119.4172... A */
	assert_int_equal(up->limit, 119417);
	assert_int_equal(up->pack, 0);
	assert_int_equal(up->reason.code, REASON_FEEDBACK);
	assert_int_equal(up->reason.measured, 103001);
	assert_int_equal(up->reason.threshold, 100000);
	assert_false(down->active);
}

static void a_short_peak_is_none(void **state)
{
	(void)state;
	currents(108000, 0);
	step(1 * SEC);
	currents(90000, 0);
	step(2 * SEC);
	currents(108000, 0);
	step(3 * SEC);
	step(4 * SEC);
	assert_false(up->active); /* it counts from 3 s */
	step(5 * SEC);
	assert_true(up->active);
}

/* More than 105 % of the 103 A that are let pass: 108.15 A. */
static void far_over_is_cut_soon(void **state)
{
	(void)state;
	currents(108151, 0);
	step(1 * SEC);
	step(1 * SEC + 499 * MS);
	assert_false(up->active);
	step(1 * SEC + 500 * MS);
	assert_true(up->active);
	fleet_start(&f, 2);
	f.s.feedback_time = 100 * MS; /* sooner than that, if the config says so */
	currents(200000, 0);
	step(1 * SEC);
	step(1 * SEC + 100 * MS);
	assert_true(up->active);
}

/* The cut holds the current: it is raised by as much as the tightest pack would bear, going by its share. */
static void no_more_than_fits(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC);
	assert_int_equal(up->limit, 133333);
	currents(80000, 45000); /* 125 of 133 A flow: 125 x 98 / 80 = 153.125 A would make it 98 A */
	for (int64_t t = 4 * SEC; t <= 63 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 153125);
	currents(94000, 53000); /* 147 x 98 / 94 = 153.255: so little more is not worth it */
	for (int64_t t = 64 * SEC; t <= 170 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 153125);
	assert_true(up->active);
	currents(20000, 5000); /* little flows: that says nothing, and nothing speaks against more */
	for (int64_t t = 171 * SEC; t <= 182 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 200000);
	assert_true(up->active); /* watched for two holds since 63 s */
	step(183 * SEC);
	assert_false(up->active);
}

/* What is told climbs after it. 60 A are told, 57 flow, 45 of them into A, that bears 50 now: 57 x 49 / 45 = 62.066 */
static void it_stops_where_it_fits(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC);
	currents(1000, 1000);
	for (int64_t t = 4 * SEC; t <= 64 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 153333);
	fleet_pack(&f, 0, 50000, 120000, 45000);
	fleet_pack(&f, 1, 100000, 120000, 12000);
	last_told = 60000;
	step(65 * SEC);
	assert_int_equal(up->limit, 62066);
	last_told = 70000; /* never below what is told: that would be a cut, and nobody is over */
	fleet_pack(&f, 0, 46000, 120000, 45000);
	fleet_pack(&f, 1, 100000, 120000, 12000);
	f.g.feedback[CHARGE].limit = 90000;
	step(66 * SEC);
	assert_int_equal(up->limit, 70000);
	last_told = INT64_MAX;
}

/* Cut again within two holds of a release: the next is waited for twice as long, three times at most. */
static void again_and_again(void **state)
{
	(void)state;
	int64_t t = SEC;
	static const int64_t waits[] = { 60, 120, 240, 480, 480 };
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		currents(150000, 50000);
		for (; !up->active || up->rising_since; t += 500 * MS)
			step(t);
		int64_t cut_at = up->changed;
		assert_int_equal(feedback_wait(up, &f.s), waits[i] * SEC);
		currents(20000, 5000);
		for (; !up->rising_since; t += 500 * MS)
			step(t);
		assert_int_equal(up->changed - cut_at, waits[i] * SEC);
	}
	/* what has held for two holds is proven */
	for (int64_t end = t + 125 * SEC; t < end; t += 500 * MS)
		step(t);
	assert_false(up->active);
	currents(150000, 50000);
	for (; !up->active; t += 500 * MS)
		step(t);
	assert_int_equal(feedback_wait(up, &f.s), 60 * SEC);
}

static void discharging_likewise(void **state)
{
	(void)state;
	/* 120 A: 123.4 A are allowed */
	currents(-123400, -30000);
	step(1 * SEC);
	step(3 * SEC);
	assert_false(down->active);
	currents(-150000, -30000);
	step(4 * SEC);
	step(6 * SEC);
	assert_true(down->active);
	assert_int_equal(down->limit, 144000); /* 180 A x 120 / 150 */
	assert_false(up->active);
}

static void deeper_while_it_stays_over(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC);
	assert_int_equal(up->limit, 133333); /* 200 A x 100 / 150 */
	currents(120000, 10000);             /* the bank has come down, the share is worse: 130 x 100 / 120 */
	step(4 * SEC);
	assert_int_equal(up->limit, 108333);
	currents(110000, 50000); /* a milder demand does not raise it: 160 x 100 / 110 = 145.5 */
	step(5 * SEC);
	assert_int_equal(up->limit, 108333);
}

static void released_in_steps(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC); /* 133.333 A at 3 s */
	currents(74000, 5000);
	for (int64_t t = 4 * SEC; t < 63 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 133333);
	step(63 * SEC); /* 60 s after the cut: a tenth of 200 A */
	assert_int_equal(up->limit, 153333);
	step(67 * SEC);
	assert_int_equal(up->limit, 153333);
	step(68 * SEC); /* then each 5 s */
	assert_int_equal(up->limit, 173333);
	currents(98001, 5000); /* not calm any more */
	step(73 * SEC);
	step(90 * SEC);
	assert_int_equal(up->limit, 173333);
	currents(50000, 30000);
	step(91 * SEC);
	step(92 * SEC);
	assert_int_equal(up->limit, 173333);
	step(93 * SEC); /* calm for 2 s */
	assert_int_equal(up->limit, 193333);
	step(98 * SEC);
	assert_int_equal(up->limit, 200000);
	for (int64_t t = 99 * SEC; t <= 183 * SEC; t += SEC)
		step(t);
	assert_false(up->active); /* it has held for two holds */
}

/* 98 % of its limit is calm, more is not. */
static void calm(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC);
	currents(98000, 1000); /* 99 A don't bind 133 A: it is not the cut that holds them */
	for (int64_t t = 4 * SEC; t <= 63 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 153333);
}

static void steps_of_small_banks(void **state)
{
	(void)state;
	fleet_pack(&f, 0, 5000, 0, 10000);
	fleet_pack(&f, 1, 5000, 0, 0);
	for (int64_t t = SEC; t <= 3 * SEC; t += SEC)
		charge_only(30000, t);
	assert_int_equal(up->limit, 5000);
	currents(1000, 1000);
	for (int64_t t = 4 * SEC; t <= 63 * SEC; t += SEC)
		charge_only(30000, t);
	assert_int_equal(up->limit, 10000); /* 5 A, more than a tenth of 30 A */
}

/* While something else is stricter there is nothing to release: calm proves nothing then. */
static void kept_while_another_limit_is_stricter(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC);
	currents(0, 0);
	for (int64_t t = 4 * SEC; t <= 300 * SEC; t += SEC)
		charge_only(0, t); /* the cell guard, for example */
	assert_true(up->active);
	assert_int_equal(up->limit, 133333);
	step(301 * SEC);
	assert_int_equal(up->limit, 153333);
}

static void a_blocked_pack_that_takes_current(void **state)
{
	(void)state;
	/* CCL 0: 1 A is its tolerance, of 100 Ah also 0.02 C = 2 A */
	fleet_pack(&f, 1, 0, 120000, 1000);
	currents(40000, 1000);
	for (int64_t t = SEC; t < 10 * SEC; t += SEC)
		step(t);
	assert_false(up->active);
	currents(40000, 10000);
	step(10 * SEC);
	step(12 * SEC);
	assert_true(up->active);
	assert_int_equal(up->limit, 5000); /* 50 A x 1 / 10 */
	assert_int_equal(up->reason.code, REASON_BLOCKED_FLOWS);
	assert_int_equal(up->pack, 1);
	assert_int_equal(up->reason.measured, 10000);
	/* a small one: 0.02 C of 20 Ah are 0.4 A */
	setup(NULL);
	fleet_pack(&f, 1, 0, 120000, 0);
	f.s.packs[1].capacity.value = 20000;
	currents(40000, 500);
	step(1 * SEC);
	step(3 * SEC);
	assert_true(up->active);
	assert_int_equal(up->limit, 32400); /* 40.5 A x 0.4 / 0.5 */
}

static void a_returning_pack_is_watched_too(void **state)
{
	(void)state;
	f.packs[1].state = PACK_RETURNING;
	currents(20000, 150000);
	step(1 * SEC);
	step(3 * SEC);
	assert_true(up->active);
	assert_int_equal(up->limit, 113333); /* 170 A x 100 / 150 */
}

/* One pack charges from the other while the bank takes nothing: no charging makes it fit. */
static void current_between_the_packs(void **state)
{
	(void)state;
	currents(150000, -160000);
	step(1 * SEC);
	step(3 * SEC);
	assert_true(up->active);
	assert_int_equal(up->limit, 0);
	assert_true(down->active); /* and the other is over its discharge limit: bank 10 A x 120 / 160 */
	assert_int_equal(down->limit, 7500);
}

static void not_knowing_changes_nothing(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	f.packs[0].b.q[Q_CURRENT].validity = STALE;
	step(3 * SEC);
	assert_false(up->active); /* it has to be seen for 2 s */
	f.packs[0].b.q[Q_CURRENT].validity = VALID;
	step(4 * SEC);
	step(6 * SEC);
	assert_true(up->active);
	f.packs[0].b.q[Q_CURRENT].validity = STALE;
	for (int64_t t = 7 * SEC; t < 200 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 133333); /* not released blindly */
	/* lost: its constraint stays; gone: released */
	f.packs[0].state = PACK_LOST;
	for (int64_t t = 200 * SEC; t < 300 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 133333);
	f.packs[0].state = PACK_GONE;
	step(300 * SEC);
	step(302 * SEC);
	assert_int_equal(up->limit, 153333);
}

/* One that has left the sums, but whose current is told: it is in parallel all the same. */
static void lost_but_measured(void **state)
{
	(void)state;
	f.packs[0].state = PACK_LOST;
	f.packs[0].accepted[LIMIT_CCL].value = 50000;
	currents(90000, 60000);
	step(SEC);
	step(3 * SEC);
	assert_true(up->active);
	assert_int_equal(up->limit, 83333); /* 150 A x 50 / 90 */
	/* a refused one is another battery; one that tells no limit can't be over it */
	fleet_start(&f, 2);
	f.packs[0].state = PACK_REFUSED;
	currents(190000, 60000);
	step(4 * SEC);
	step(7 * SEC);
	assert_false(up->active);
	fleet_start(&f, 2);
	f.packs[0].accepted[LIMIT_CCL].known = f.packs[0].accepted[LIMIT_CCL].has_last = false;
	currents(190000, 60000);
	step(8 * SEC);
	step(11 * SEC);
	assert_false(up->active);
}

/* Another pack than the one that caused the cut is lost: that says nothing about the first. */
static void the_other_is_lost(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC);
	f.packs[1].state = PACK_LOST;
	currents(50000, 0);
	for (int64_t t = 4 * SEC; t <= 63 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 153333);
}

/* But one that was over its own limit when it was seen last keeps the cut, whoever caused it, until it is gone. */
static void the_other_is_lost_while_over(void **state)
{
	(void)state;
	currents(150000, 50000);
	step(1 * SEC);
	step(3 * SEC);
	assert_int_equal(up->limit, 133333); /* 200 A x 100 / 150 */
	currents(50000, 120000);
	step(4 * SEC);
	f.packs[1].state = PACK_LOST;
	f.packs[1].b.q[Q_CURRENT].validity = STALE;
	for (int64_t t = 5 * SEC; t <= 500 * SEC; t += SEC)
		step(t);
	assert_int_equal(up->limit, 133333);
	f.packs[1].state = PACK_GONE;
	for (int64_t t = 501 * SEC; t <= 503 * SEC; t += SEC)
		step(t);
	assert_true(up->limit > 133333 || !up->active);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(over_its_limit, setup),
		cmocka_unit_test_setup(a_short_peak_is_none, setup),
		cmocka_unit_test_setup(far_over_is_cut_soon, setup),
		cmocka_unit_test_setup(no_more_than_fits, setup),
		cmocka_unit_test_setup(it_stops_where_it_fits, setup),
		cmocka_unit_test_setup(again_and_again, setup),
		cmocka_unit_test_setup(calm, setup),
		cmocka_unit_test_setup(discharging_likewise, setup),
		cmocka_unit_test_setup(deeper_while_it_stays_over, setup),
		cmocka_unit_test_setup(released_in_steps, setup),
		cmocka_unit_test_setup(steps_of_small_banks, setup),
		cmocka_unit_test_setup(kept_while_another_limit_is_stricter, setup),
		cmocka_unit_test_setup(a_blocked_pack_that_takes_current, setup),
		cmocka_unit_test_setup(a_returning_pack_is_watched_too, setup),
		cmocka_unit_test_setup(current_between_the_packs, setup),
		cmocka_unit_test_setup(not_knowing_changes_nothing, setup),
		cmocka_unit_test_setup(the_other_is_lost, setup), cmocka_unit_test_setup(the_other_is_lost_while_over, setup),
		cmocka_unit_test_setup(lost_but_measured, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
