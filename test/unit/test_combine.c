/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Several batteries as one: sums, means and extremes worked out by hand. */
#include "fixture.h"

#include "core/combine.h"

static struct battery a, b, c, out;
static int from[N_QUANTITY];

static int reset(void **state)
{
	(void)state;
	memset(&a, 0, sizeof a);
	b = c = a;
	return 0;
}

static void join(enum topology t, bool missing)
{
	struct member m[] = { { &a, 100000 }, { &b, 200000 }, { &c, 300000 } };
	combine(&out, from, m, 3, t, missing);
}

static void set3(enum quantity q, int64_t x, int64_t y, int64_t z)
{
	battery_set(&a, q, x, 30);
	battery_set(&b, q, y, 10);
	battery_set(&c, q, z, 20);
}

static void in_parallel(void **state)
{
	(void)state;
	set3(Q_VOLTAGE, 53000, 53100, 53201); /* mean 53100.33 */
	set3(Q_CURRENT, 10000, -2000, 500);
	set3(Q_SOC, 5000, 6000, 8000); /* (500 + 1200 + 2400) / 600 = 68.33 % */
	set3(Q_TEMPERATURE, 210, 250, -30);
	set3(Q_CVL, 56000, 55500, 57000);
	set3(Q_LOW_VOLTAGE, 48000, 47000, 48500);
	set3(Q_CELL_VOLTAGE_MIN, 3301, 3299, 3305);
	set3(Q_CELL_VOLTAGE_MAX, 3311, 3399, 3305);
	set3(Q_CAPACITY, 100000, 200000, 300000);
	set3(Q_CYCLES, 5, 70, 12);
	set3(Q_CELL_VOLTAGE_MAX_NO, 1, 2, 3);
	join(PARALLEL, false);
	assert_int_equal(out.q[Q_VOLTAGE].value, 53100);
	assert_int_equal(out.q[Q_CURRENT].value, 8500);
	assert_int_equal(out.q[Q_SOC].value, 6833);
	assert_int_equal(out.q[Q_TEMPERATURE].value, 250);
	assert_int_equal(out.q[Q_CVL].value, 55500);
	assert_int_equal(out.q[Q_LOW_VOLTAGE].value, 48500);
	assert_int_equal(out.q[Q_CELL_VOLTAGE_MIN].value, 3299);
	assert_int_equal(out.q[Q_CELL_VOLTAGE_MAX].value, 3399);
	assert_int_equal(out.q[Q_CAPACITY].value, 600000);
	assert_int_equal(out.q[Q_CYCLES].value, 70);
	assert_int_equal(from[Q_CELL_VOLTAGE_MIN], 1);
	assert_int_equal(from[Q_TEMPERATURE], 1);
	assert_int_equal(from[Q_VOLTAGE], -1);
	/* as old as its oldest part; an extreme is its owner's */
	assert_int_equal(out.q[Q_VOLTAGE].time, 10);
	assert_int_equal(out.q[Q_LOW_VOLTAGE].time, 20);
	assert_false(out.q[Q_CURRENT].partial);
	assert_int_equal(out.q[Q_CURRENT].source, SOURCE_NONE);
	/* the number of a cell means nothing without its pack; what nobody says is not there */
	assert_int_equal(out.q[Q_CELL_VOLTAGE_MAX_NO].validity, ABSENT);
	assert_int_equal(out.q[Q_SOH].validity, ABSENT);
}

static void in_series(void **state)
{
	(void)state;
	set3(Q_VOLTAGE, 13000, 13100, 13201);
	set3(Q_CURRENT, 10000, 10300, 10001); /* mean 10100.33 */
	set3(Q_SOC, 5000, 6000, 8000);
	set3(Q_CVL, 14000, 14200, 14100);
	set3(Q_CCL, 80000, 100000, 90000);
	set3(Q_LOW_VOLTAGE, 12000, 11000, 11500);
	set3(Q_CAPACITY, 100000, 90000, 95000);
	set3(Q_CHARGE_ENABLED, 1, 0, 1);
	join(SERIES, false);
	assert_int_equal(out.q[Q_VOLTAGE].value, 39301);
	assert_int_equal(out.q[Q_CURRENT].value, 10100);
	assert_int_equal(out.q[Q_SOC].value, 5000);
	assert_int_equal(out.q[Q_CVL].value, 42300);
	assert_int_equal(out.q[Q_CCL].value, 80000);
	assert_int_equal(out.q[Q_LOW_VOLTAGE].value, 34500);
	assert_int_equal(out.q[Q_CAPACITY].value, 90000);
	assert_int_equal(out.q[Q_CHARGE_ENABLED].value, 0); /* all must allow */
	join(PARALLEL, false);
	assert_int_equal(out.q[Q_CHARGE_ENABLED].value, 1); /* one is enough */
}

static void health_and_wishes(void **state)
{
	(void)state;
	set3(Q_SOH, 9900, 9800, 9000); /* (990 + 1960 + 2700) / 600 = 94.166 % */
	set3(Q_FORCE_CHARGE, 0, 1, 0);
	set3(Q_FULL_CHARGE_REQUEST, 0, 0, 0);
	join(PARALLEL, false);
	assert_int_equal(out.q[Q_SOH].value, 9416);
	assert_int_equal(out.q[Q_FORCE_CHARGE].value, 1); /* who asks is heard */
	assert_int_equal(out.q[Q_FULL_CHARGE_REQUEST].value, 0);
	join(SERIES, false);
	assert_int_equal(out.q[Q_SOH].value, 9000);
	assert_int_equal(out.q[Q_FORCE_CHARGE].value, 1);
}

static void what_one_does_not_know(void **state)
{
	(void)state;
	set3(Q_VOLTAGE, 53000, 53100, 53200);
	set3(Q_CURRENT, 1000, 2000, 3000);
	set3(Q_CAPACITY_REMAINING, 1000, 2000, 3000);
	b.q[Q_VOLTAGE].validity = NOT_AVAILABLE;
	b.q[Q_CURRENT].validity = ABSENT;
	join(PARALLEL, false);
	assert_int_equal(out.q[Q_VOLTAGE].value, 53100); /* of those two that say */
	assert_true(out.q[Q_VOLTAGE].partial);
	assert_int_equal(out.q[Q_CURRENT].validity, ABSENT); /* a sum with a hole is none */
	/* a member that is away leaves the sum partial, and a mean as it is */
	join(PARALLEL, true);
	assert_true(out.q[Q_CAPACITY_REMAINING].partial);
	b.q[Q_VOLTAGE].validity = VALID;
	join(PARALLEL, true);
	assert_false(out.q[Q_VOLTAGE].partial);
}

static void stale_parts(void **state)
{
	(void)state;
	set3(Q_CURRENT, 1000, 2000, 3000);
	set3(Q_CELL_VOLTAGE_MAX, 3300, 3500, 3400);
	b.q[Q_CURRENT].validity = STALE;
	b.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	join(PARALLEL, false);
	assert_int_equal(out.q[Q_CURRENT].validity, STALE);
	assert_int_equal(out.q[Q_CURRENT].value, 6000);
	/* an extreme is of the fresh ones */
	assert_int_equal(out.q[Q_CELL_VOLTAGE_MAX].value, 3400);
	assert_int_equal(out.q[Q_CELL_VOLTAGE_MAX].validity, VALID);
	a.q[Q_CELL_VOLTAGE_MAX].validity = c.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	join(PARALLEL, false);
	assert_int_equal(out.q[Q_CELL_VOLTAGE_MAX].value, 3500);
	assert_int_equal(out.q[Q_CELL_VOLTAGE_MAX].validity, STALE);
}

static void soc_without_capacities(void **state)
{
	(void)state;
	struct member m[] = { { &a, 0 }, { &b, 0 } };
	battery_set(&a, Q_SOC, 4000, 1);
	battery_set(&b, Q_SOC, 7001, 1);
	combine(&out, from, m, 2, PARALLEL, false);
	assert_int_equal(out.q[Q_SOC].value, 5500);
	/* a weightless one beside one that counts */
	m[1].weight = 100000;
	combine(&out, from, m, 2, PARALLEL, false);
	assert_int_equal(out.q[Q_SOC].value, 7001);
}

static void worst_alarm_wins(void **state)
{
	(void)state;
	a.alarm[AL_HIGH_VOLTAGE].alarm = TRI_OK;
	b.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
	c.alarm[AL_HIGH_VOLTAGE].warning = TRI_OK;
	a.alarm[AL_LOW_VOLTAGE].warning = TRI_ACTIVE;
	join(PARALLEL, false);
	assert_int_equal(out.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(out.alarm[AL_HIGH_VOLTAGE].warning, TRI_OK);
	assert_int_equal(out.alarm[AL_LOW_VOLTAGE].warning, TRI_ACTIVE);
	assert_int_equal(out.alarm[AL_LOW_VOLTAGE].alarm, TRI_UNSUPPORTED);
}

/* 32 packs at the ends of what is plausible: nothing wraps around. */
static void the_largest_bank(void **state)
{
	(void)state;
	static struct battery big[PACKS_MAX];
	struct member m[PACKS_MAX];
	memset(big, 0, sizeof big);
	for (int i = 0; i < PACKS_MAX; i++) {
		for (int q = 0; q < N_QUANTITY; q++)
			battery_set(&big[i], (enum quantity)q, quantities[q].max, 1);
		m[i] = (struct member){ &big[i], quantities[Q_CAPACITY].max };
	}
	combine(&out, from, m, PACKS_MAX, PARALLEL, false);
	assert_int_equal(out.q[Q_SOC].value, 10500);
	assert_int_equal(out.q[Q_CURRENT].value, 96000000);
	assert_true(out.q[Q_ENERGY_IN].value == INT64_C(32000000000000));
	combine(&out, from, m, PACKS_MAX, SERIES, false);
	assert_int_equal(out.q[Q_VOLTAGE].value, 32000000);
}

/* The order of the members makes no difference (P3). */
static void order_does_not_matter(void **state)
{
	(void)state;
	uint64_t seed = 7;
	for (int round = 0; round < 200; round++) {
		static struct battery many[5], x, y;
		struct member up[5], down[5];
		memset(many, 0, sizeof many);
		for (int i = 0; i < 5; i++) {
			for (int q = 0; q < N_QUANTITY; q++) {
				seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
				many[i].q[q] = (struct measure){ .value = (int64_t)(seed >> 40), .time = (int64_t)(seed >> 50),
					                         .validity = (uint8_t)(seed >> 33 & 3) };
			}
			up[i] = (struct member){ &many[i], (int64_t)(seed >> 44) };
			down[4 - i] = up[i];
		}
		int one[N_QUANTITY], two[N_QUANTITY];
		enum topology t = round % 2 ? SERIES : PARALLEL;
		combine(&x, one, up, 5, t, false);
		combine(&y, two, down, 5, t, false);
		for (int q = 0; q < N_QUANTITY; q++) {
			assert_int_equal(x.q[q].validity, y.q[q].validity);
			assert_int_equal(x.q[q].value, y.q[q].value);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(in_parallel, reset),
		cmocka_unit_test_setup(in_series, reset),
		cmocka_unit_test_setup(health_and_wishes, reset),
		cmocka_unit_test_setup(what_one_does_not_know, reset),
		cmocka_unit_test_setup(stale_parts, reset),
		cmocka_unit_test_setup(soc_without_capacities, reset),
		cmocka_unit_test_setup(worst_alarm_wins, reset),
		cmocka_unit_test_setup(the_largest_bank, reset),
		cmocka_unit_test_setup(order_does_not_matter, reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
