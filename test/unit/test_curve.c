/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Curves between and beyond their points; what is too large for too long. */
#include "fixture.h"

#include "core/curve.h"
#include "core/detector.h"

/* 100 % to 3.40 V, 30 % at 3.50 V, 0 at 3.55 V */
static const struct curve taper = { .n = 3, .x = { 3400, 3500, 3550 }, .y = { 10000, 3000, 0 } };
/* 0 below 0 degC, 100 % from 10 degC on */
static const struct curve cold = { .n = 2, .x = { 0, 100 }, .y = { 0, 10000 } };

static void test_lines(void **state)
{
	(void)state;
	assert_int_equal(curve_at(&taper, -5, false), 10000);
	assert_int_equal(curve_at(&taper, 3400, false), 10000);
	assert_int_equal(curve_at(&taper, 3450, false), 6500);
	assert_int_equal(curve_at(&taper, 3500, false), 3000);
	/* 30 % less 7/50 of 30 % */
	assert_int_equal(curve_at(&taper, 3507, false), 2580);
	assert_int_equal(curve_at(&taper, 3549, false), 60);
	assert_int_equal(curve_at(&taper, 3550, false), 0);
	assert_int_equal(curve_at(&taper, 9999, false), 0);
	assert_int_equal(curve_at(&cold, -100, false), 0);
	assert_int_equal(curve_at(&cold, 33, false), 3300);
	assert_int_equal(curve_at(&cold, 101, false), 10000);
}

static void test_rounds_down(void **state)
{
	(void)state;
	const struct curve up = { .n = 2, .x = { 0, 3 }, .y = { 0, 10 } }, down = { .n = 2, .x = { 0, 3 }, .y = { 10, 0 } };
	assert_int_equal(curve_at(&up, 1, false), 3);   /* 3.33 */
	assert_int_equal(curve_at(&up, 2, false), 6);   /* 6.67 */
	assert_int_equal(curve_at(&down, 1, false), 6); /* 6.67 */
	assert_int_equal(curve_at(&down, 2, false), 3); /* 3.33 */
}

static void test_steps(void **state)
{
	(void)state;
	assert_int_equal(curve_at(&taper, 3400, true), 10000);
	assert_int_equal(curve_at(&taper, 3401, true), 3000);
	assert_int_equal(curve_at(&taper, 3500, true), 3000);
	assert_int_equal(curve_at(&taper, 3501, true), 0);
	assert_int_equal(curve_at(&cold, 0, true), 0);
	assert_int_equal(curve_at(&cold, 99, true), 0);
	assert_int_equal(curve_at(&cold, 100, true), 10000);
}

static void test_most_and_where(void **state)
{
	(void)state;
	/* 0 at -10, 100 from 10 to 45, 0 at 55 degC */
	const struct curve hill = { .n = 4, .x = { -100, 100, 450, 550 }, .y = { 0, 10000, 10000, 0 } };
	assert_int_equal(curve_most(&taper), 10000);
	assert_int_equal(curve_most(&cold), 10000);
	assert_int_equal(curve_most(&hill), 10000);
	assert_int_equal(curve_free(&taper, 3540), 3400);
	assert_int_equal(curve_free(&taper, 3300), 3300); /* its most holds there, too */
	assert_int_equal(curve_free(&cold, -70), 100);
	assert_int_equal(curve_free(&cold, 150), 150);
	assert_int_equal(curve_free(&hill, 30), 100);
	assert_int_equal(curve_free(&hill, 300), 300);
	assert_int_equal(curve_free(&hill, 500), 450);
}

#define STEP(value, now) detector_step(&d, true, value, 300, 200, 60, now)

static void test_detector(void **state)
{
	(void)state;
	struct detector d = { 0 };
	assert_false(STEP(299, 1000));
	assert_false(STEP(300, 1001)); /* from here on it is too large */
	assert_false(STEP(500, 1060));
	assert_false(d.active);
	assert_true(STEP(300, 1061));
	assert_true(d.active);
	assert_int_equal(d.since, 1061);
	assert_int_equal(d.value, 300);
	assert_int_equal(d.threshold, 300);
	assert_false(STEP(200, 1100)); /* from here on it is small enough */
	assert_false(STEP(201, 1159)); /* but not now */
	assert_false(STEP(200, 1160));
	assert_false(STEP(200, 1219));
	assert_true(STEP(100, 1220));
	assert_false(d.active);
	assert_int_equal(d.since, 1220);
}

static void test_detector_unknown(void **state)
{
	(void)state;
	struct detector d = { 0 };
	assert_false(STEP(400, 1000));
	assert_false(detector_step(&d, false, 0, 300, 200, 60, 1030));
	assert_false(d.known);
	assert_int_equal(d.value, 400); /* the last there was */
	assert_false(STEP(400, 1061));  /* the time begins anew */
	assert_true(STEP(400, 1121));
	assert_false(detector_step(&d, false, 0, 300, 200, 60, 9000));
	assert_true(d.active);
}

static void test_lasts(void **state)
{
	(void)state;
	int64_t since = 0;
	assert_false(detector_lasts(true, &since, 60, 1000));
	assert_false(detector_lasts(true, &since, 60, 1059));
	assert_true(detector_lasts(true, &since, 60, 1060));
	assert_true(detector_lasts(true, &since, 60, 9000));
	assert_false(detector_lasts(false, &since, 60, 9001));
	assert_int_equal(since, 0);
	assert_false(detector_lasts(true, &since, 60, 9002));
	assert_true(detector_lasts(true, &since, 0, 9003));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),    cmocka_unit_test(test_rounds_down),      cmocka_unit_test(test_steps),
		cmocka_unit_test(test_most_and_where),
		cmocka_unit_test(test_detector), cmocka_unit_test(test_detector_unknown),
		cmocka_unit_test(test_lasts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
