/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Curves and C rates at work: what a pack asks for then, what the bank gets, and why. */
#include "fixture.h"

static struct fleet f;

static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	return 0;
}

static void curve(struct curve *c, enum curve_of of, int n, const int32_t (*points)[2])
{
	*c = (struct curve){ .n = (uint8_t)n, .of = (uint8_t)of };
	for (int i = 0; i < n; i++) {
		c->x[i] = points[i][0];
		c->y[i] = points[i][1];
	}
}
#define CURVE(c, of, ...) \
	curve(c, of, sizeof((const int32_t[][2]){ __VA_ARGS__ }) / 8, (const int32_t[][2]){ __VA_ARGS__ })

/* What is decided now, without hold and ramp. */
static void step(int64_t now)
{
	memset(f.g.ramp, 0, sizeof f.g.ramp);
	fleet_step(&f, now);
}

static int64_t value(enum limit_kind k)
{
	return f.v.limit[k].value;
}

static const struct reason *why(enum limit_kind k)
{
	return &f.v.limit[k].reason;
}

static void reads(enum limit_kind k, const char *expected)
{
	char text[REASON_TEXT_MAX];
	assert_string_equal(reason_print(text, sizeof text, why(k), k, &f.s, f.t.now), expected);
}

static void set(int pack, enum quantity q, int64_t v)
{
	battery_set(&f.packs[pack].b, q, v, 0);
}

/* B's cell 3 at 3.475 V, half way from 3.45 (all) to 3.50 V (20 %): 60 % of what B asks for, 100 A. */
static void by_the_highest_cell(void **state)
{
	(void)state;
	CURVE(&f.s.curves[CHARGE][OVER_CELL_VOLTAGE], CURVE_SHARE, { 3450, 10000 }, { 3500, 2000 }, { 3550, 0 });
	set(1, Q_CELL_VOLTAGE_MAX, 3475);
	set(1, Q_CELL_VOLTAGE_MAX_NO, 3);
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 160000);
	assert_int_equal(value(LIMIT_DCL), 240000);
	reads(LIMIT_CCL, "B cell 3 at 3.475 V: charge reduced until it is down to 3.450 V; 200.0 A without it");
	/* a share is of the pack's own ceiling, so that what its BMS does itself isn't done twice: 60 % of 120 A */
	f.s.packs[1].limits.ccl = (struct bound){ true, 120000 };
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 172000);
	f.packs[1].accepted[LIMIT_CCL].value = 70000; /* the BMS wants less than those 72 A */
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 170000);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_SUM);
}

/* At the foot of the line B adds nothing, but it isn't blocked; the bank stops when nobody has more. */
static void down_to_nothing(void **state)
{
	(void)state;
	CURVE(&f.s.curves[CHARGE][OVER_CELL_VOLTAGE], CURVE_SHARE, { 3450, 10000 }, { 3550, 0 });
	set(1, Q_CELL_VOLTAGE_MAX, 3560);
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
	assert_false(f.t.nodes[1].blocked[CHARGE]);
	assert_false(f.v.hard[CHARGE]);
	reads(LIMIT_CCL, "B with a cell at 3.560 V: charge reduced until it is down to 3.450 V; 200.0 A without it");
	set(0, Q_CELL_VOLTAGE_MAX, 3550);
	set(0, Q_CELL_VOLTAGE_MAX_NO, 16);
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_true(f.v.hard[CHARGE]);
	assert_int_equal(why(LIMIT_CVL)->code, REASON_HARD_BLOCK);
	/* without A's curve its 100 A would flow: the other's still holds */
	reads(LIMIT_CCL, "A cell 16 at 3.550 V: charge reduced until it is down to 3.450 V; 100.0 A without it");
	/* 3.547 V is 3 %, 3.545 V is 5 % and worth having (`reopen`) */
	set(0, Q_CELL_VOLTAGE_MAX, 3547);
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	set(0, Q_CELL_VOLTAGE_MAX, 3545);
	step(4 * SEC);
	assert_int_equal(value(LIMIT_CCL), 5000);
	set(0, Q_CELL_VOLTAGE_MAX, 3547); /* and on the way down 3 % are given again */
	step(5 * SEC);
	assert_int_equal(value(LIMIT_CCL), 3000);
}

/* The coldest counts, not only the hottest: 2.0 degC between 0 (nothing) and 10 degC (all) is 20 %. */
static void the_cold_pack_is_seen(void **state)
{
	(void)state;
	CURVE(&f.s.curves[CHARGE][OVER_TEMPERATURE], CURVE_SHARE, { 0, 0 }, { 100, 10000 }, { 450, 10000 }, { 550, 0 });
	set(0, Q_CELL_TEMPERATURE_MIN, 200);
	set(0, Q_CELL_TEMPERATURE_MAX, 250);
	set(1, Q_CELL_TEMPERATURE_MIN, 20);
	set(1, Q_CELL_TEMPERATURE_MIN_NO, 2);
	set(1, Q_CELL_TEMPERATURE_MAX, 240);
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 120000);
	assert_int_equal(value(LIMIT_DCL), 240000);
	reads(LIMIT_CCL, "B sensor 2 at 2.0 degC: charge reduced until it is up to 10.0 degC; 200.0 A without it");
	/* 48 degC: 70 %; the colder one of the same pack allows less */
	set(1, Q_CELL_TEMPERATURE_MAX, 480);
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 120000);
	set(1, Q_CELL_TEMPERATURE_MIN, 150);
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 170000);
	reads(LIMIT_CCL, "B at 48.0 degC: charge reduced until it is down to 45.0 degC; 200.0 A without it");
	/* one that tells no cells' temperatures has one of the battery */
	setup(NULL);
	CURVE(&f.s.curves[DISCHARGE][OVER_TEMPERATURE], CURVE_SHARE, { -200, 0 }, { 0, 10000 });
	set(0, Q_TEMPERATURE, -50);
	set(0, Q_CELL_TEMPERATURE_MIN_NO, 7); /* of no value */
	step(SEC);
	assert_int_equal(value(LIMIT_DCL), 210000); /* 75 % of 120 A */
	reads(LIMIT_DCL, "A at -5.0 degC: discharge reduced until it is up to 0.0 degC; 240.0 A without it");
}

static void by_charge_and_spread(void **state)
{
	(void)state;
	CURVE(&f.s.curves[DISCHARGE][OVER_SOC], CURVE_CURRENT, { 1000, 20000 }, { 2000, 150000 });
	CURVE(&f.s.curves[CHARGE][OVER_SPREAD], CURVE_C_RATE, { 50, 100 }, { 200, 10 });
	set(0, Q_SOC, 1500); /* 85 A */
	set(1, Q_CELL_VOLTAGE_MIN, 3300);
	step(SEC);
	assert_int_equal(value(LIMIT_DCL), 205000);
	reads(LIMIT_DCL, "A charged to 15.0 %: discharge reduced until it is up to 20.0 %; 240.0 A without it");
	assert_int_equal(value(LIMIT_CCL), 200000); /* without the highest there is no spread */
	set(1, Q_CELL_VOLTAGE_MAX, 3450);           /* 150 mV: 0.4 C of 100 Ah */
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 140000);
	reads(LIMIT_CCL, "B with cells apart by 0.150 V: charge reduced until it is down to 0.050 V; 200.0 A without it");
	/* the smallest of a pack's curves holds, they are not multiplied: 0.4 C, and 30 % by its charge */
	CURVE(&f.s.curves[CHARGE][OVER_SOC], CURVE_SHARE, { 9000, 10000 }, { 9500, 3000 });
	set(1, Q_SOC, 9700);
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 130000);
	reads(LIMIT_CCL, "B charged to 97.0 %: charge reduced until it is down to 90.0 %; 200.0 A without it");
	/* a C rate of nobody knows what says nothing */
	f.s.curves[CHARGE][OVER_SOC].n = 0;
	f.s.packs[1].capacity.set = false;
	step(4 * SEC);
	assert_int_equal(f.t.nodes[1].ask[LIMIT_CCL].value, 100000);
}

static void a_curve_that_never_gives_all(void **state)
{
	(void)state;
	CURVE(&f.s.curves[CHARGE][OVER_SOC], CURVE_SHARE, { 8000, 5000 }, { 9000, 1000 });
	set(0, Q_SOC, 4000);
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	reads(LIMIT_CCL, "A charged to 40.0 %: charge reduced; 200.0 A without it");
	f.s.curve_steps = true;
	set(0, Q_SOC, 8001); /* the smaller of the two points */
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 110000);
}

static void a_packs_own_curve(void **state)
{
	(void)state;
	CURVE(&f.s.curves[CHARGE][OVER_SOC], CURVE_SHARE, { 8000, 10000 }, { 9000, 0 });
	CURVE(&f.s.packs[0].curves[CHARGE][OVER_SOC], CURVE_CURRENT, { 8000, 90000 }, { 9000, 40000 });
	f.s.packs[1].curves[CHARGE][OVER_SOC].off = true;
	set(0, Q_SOC, 9500);
	set(1, Q_SOC, 9500);
	step(SEC);
	assert_int_equal(f.t.nodes[0].ask[LIMIT_CCL].value, 40000);
	assert_int_equal(f.t.nodes[1].ask[LIMIT_CCL].value, 100000);
}

/* What was known and is not told any more still holds; what was never known limits nothing. */
static void silence_frees_nobody(void **state)
{
	(void)state;
	CURVE(&f.s.curves[CHARGE][OVER_CELL_VOLTAGE], CURVE_SHARE, { 3450, 10000 }, { 3550, 0 });
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 200000);
	set(0, Q_CELL_VOLTAGE_MAX, 3500);
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	f.packs[0].b.q[Q_CELL_VOLTAGE_MAX].validity = NOT_AVAILABLE;
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	f.packs[0].b.q[Q_CELL_VOLTAGE_MAX].validity = ABSENT;
	step(4 * SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	/* lost, it keeps what it knew, for when it is back; gone, it is forgotten */
	f.packs[0].state = PACK_LOST;
	step(5 * SEC);
	assert_int_equal(f.t.nodes[0].ask[LIMIT_CCL].value, 50000);
	f.packs[0].state = PACK_GONE;
	step(6 * SEC);
	assert_int_equal(f.t.nodes[0].ask[LIMIT_CCL].value, 100000);
}

/* In series the smallest current counts, with its reason; voltages know nothing of curves. */
static void in_a_string(void **state)
{
	(void)state;
	f.s.n_strings = 1;
	f.s.string_of[0] = f.s.string_of[1] = 0;
	CURVE(&f.s.curves[CHARGE][OVER_CELL_VOLTAGE], CURVE_SHARE, { 3450, 10000 }, { 3550, 0 });
	set(1, Q_CELL_VOLTAGE_MAX, 3530);
	set(1, Q_CELL_VOLTAGE_MAX_NO, 9);
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 20000);
	assert_int_equal(value(LIMIT_CVL), 112000);
	reads(LIMIT_CCL, "B cell 9 at 3.530 V: charge reduced until it is down to 3.450 V; 100.0 A without it");
	/* without the curve A's own 20 A would hold: then the curve takes nothing away */
	f.packs[0].accepted[LIMIT_CCL].value = 20000;
	step(2 * SEC);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_PACK);
	assert_int_equal(why(LIMIT_CCL)->pack, 0);
}

static void a_pack_over_its_curve_cuts_the_bank(void **state)
{
	(void)state;
	CURVE(&f.s.curves[CHARGE][OVER_CELL_VOLTAGE], CURVE_SHARE, { 3450, 10000 }, { 3550, 0 });
	set(1, Q_CELL_VOLTAGE_MAX, 3560);
	set(0, Q_CURRENT, 30000);
	set(1, Q_CURRENT, 20000); /* though its cell bears none */
	step(SEC);
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 2500); /* 50 A x 1 A (tolerance) / 20 A */
	reads(LIMIT_CCL, "B took 20.0 A, its own limit was 0.0 A; 100.0 A without it, for 60 s more");
}

static void c_rates(void **state)
{
	(void)state;
	f.s.packs[0].limits.rate[CHARGE] = (struct bound){ true, 20 }; /* 0.2 C of 100 Ah */
	f.s.packs[0].limits.rate[DISCHARGE] = (struct bound){ true, 150 };
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 120000);
	assert_int_equal(value(LIMIT_DCL), 240000); /* 150 A never raise 120 A */
	f.packs[1].state = PACK_WAITING;
	step(2 * SEC);
	reads(LIMIT_CCL, "0.20 C set for A in the config; B is not in the bank");
	/* the lower of the two ceilings, and what a share is of */
	f.s.packs[0].limits.ccl = (struct bound){ true, 15000 };
	step(3 * SEC);
	reads(LIMIT_CCL, "limit set for A in the config; B is not in the bank");
	f.s.packs[0].limits.ccl.value = 25000;
	CURVE(&f.s.curves[CHARGE][OVER_SOC], CURVE_SHARE, { 8000, 10000 }, { 9000, 0 });
	set(0, Q_SOC, 8500);
	step(4 * SEC);
	assert_int_equal(value(LIMIT_CCL), 10000);
	/* without a capacity there is no rate */
	f.s.packs[0].capacity.set = false;
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, 4 * SEC).value, 25000);
	/* a C rate is nothing to a voltage */
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CVL, &f.s, 4 * SEC).value, 56000);
	/* the bank's, of what is in it */
	setup(NULL);
	f.s.limits.rate[DISCHARGE] = (struct bound){ true, 50 };
	f.s.packs[1].capacity.value = 200000;
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 200000);
	assert_int_equal(value(LIMIT_DCL), 150000);
	reads(LIMIT_DCL, "0.50 C set for the bank in the config, of 300.0 Ah; 240.0 A without it");
	f.packs[1].state = PACK_LOST;
	step(2 * SEC);
	assert_int_equal(value(LIMIT_DCL), 50000);
}

/* A value that gets worse never raises, whatever the curves; and what is allowed is never above what the packs allow. */
static void worse_is_never_more(void **state)
{
	(void)state;
	uint64_t seed = 11;
	CURVE(&f.s.curves[CHARGE][OVER_CELL_VOLTAGE], CURVE_SHARE, { 3400, 10000 }, { 3500, 3000 }, { 3550, 0 });
	CURVE(&f.s.curves[CHARGE][OVER_TEMPERATURE], CURVE_C_RATE, { 0, 0 }, { 100, 60 }, { 450, 60 }, { 550, 0 });
	CURVE(&f.s.curves[CHARGE][OVER_SPREAD], CURVE_CURRENT, { 50, 90000 }, { 300, 10000 });
	for (int round = 0; round < 20000; round++) {
		int64_t before = -1;
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		f.s.curve_steps = seed >> 63;
		for (int worse = 0; worse < 2; worse++) {
			f.packs[0].derate = f.packs[1].derate = (struct derate_state){ 0 };
			for (int i = 0; i < 2; i++) {
				uint64_t own = seed >> (i ? 7 : 31);
				set(i, Q_CELL_VOLTAGE_MIN, 3300 - (int64_t)(own >> 14) % 100);
				set(i, Q_CELL_VOLTAGE_MAX, 3350 + (int64_t)own % 250 + worse * (int64_t)(own >> 8) % 60);
				set(i, Q_CELL_TEMPERATURE_MIN, (int64_t)(own >> 3) % 300 - 50 - worse * (int64_t)(own >> 9) % 40);
				f.packs[i].accepted[LIMIT_CCL].value = (int64_t)(own >> 5) % 150000;
			}
			step((round + 1) * SEC);
			assert_true(value(LIMIT_CCL) <= f.packs[0].accepted[LIMIT_CCL].value + f.packs[1].accepted[LIMIT_CCL].value);
			assert_true(before < 0 || value(LIMIT_CCL) <= before);
			before = value(LIMIT_CCL);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_the_highest_cell, setup),
		cmocka_unit_test_setup(down_to_nothing, setup),
		cmocka_unit_test_setup(the_cold_pack_is_seen, setup),
		cmocka_unit_test_setup(by_charge_and_spread, setup),
		cmocka_unit_test_setup(a_curve_that_never_gives_all, setup),
		cmocka_unit_test_setup(a_packs_own_curve, setup),
		cmocka_unit_test_setup(silence_frees_nobody, setup),
		cmocka_unit_test_setup(in_a_string, setup),
		cmocka_unit_test_setup(a_pack_over_its_curve_cuts_the_bank, setup),
		cmocka_unit_test_setup(c_rates, setup),
		cmocka_unit_test_setup(worse_is_never_more, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
