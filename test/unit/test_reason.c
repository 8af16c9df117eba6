/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Every reason reads as a sentence with its numbers. */
#include "fixture.h"

static struct settings s;

static int setup(void **state)
{
	(void)state;
	plain_settings(&s, 2, NULL, NULL);
	return 0;
}

static void reads(const struct reason *r, enum limit_kind kind, const char *expected)
{
	char text[REASON_TEXT_MAX];
	assert_string_equal(reason_print(text, sizeof text, r, kind, &s, 100 * SEC), expected);
}

static void by_code(enum reason_code code, enum limit_kind kind, const char *expected)
{
	struct reason r = { .code = code, .pack = 1, .measured = 105000, .threshold = 100000, .without = WITHOUT_UNKNOWN };
	reads(&r, kind, expected);
}

static void each_code(void **state)
{
	(void)state;
	by_code(REASON_PACK, LIMIT_CVL, "B's own limit");
	by_code(REASON_PACK_CAP, LIMIT_CCL, "limit set for B in the config");
	by_code(REASON_OVERRIDE, LIMIT_CCL, "override set for B in the config");
	by_code(REASON_SWITCHED_OFF, LIMIT_DCL, "B has switched discharge off");
	by_code(REASON_SWITCHED_OFF, LIMIT_LOW_VOLTAGE, "B has switched discharge off");
	by_code(REASON_LIMIT_UNKNOWN, LIMIT_CCL, "B no longer tells its charge limit");
	by_code(REASON_BANK_CAP, LIMIT_CCL, "limit set for the bank in the config");
	by_code(REASON_PROTECTION, LIMIT_DCL, "B has a protection alarm and blocks discharge");
	by_code(REASON_BLOCKED_FLOWS, LIMIT_CCL, "B took 105.0 A though it blocked charge");
	by_code(REASON_FEEDBACK, LIMIT_CCL, "B took 105.0 A, its own limit was 100.0 A");
	by_code(REASON_ALL_BLOCKED, LIMIT_CCL, "every pack blocks charge");
	by_code(REASON_HELD, LIMIT_CCL, "waits before it rises to 100.0 A");
	by_code(REASON_RISING, LIMIT_CVL, "rising to 100.0 V");
	by_code(REASON_HELD, LIMIT_LOW_VOLTAGE, "waits before it falls to 100.0 V");
	by_code(REASON_RISING, LIMIT_LOW_VOLTAGE, "falling to 100.0 V");
	by_code(REASON_HARD_BLOCK, LIMIT_CVL, "float voltage of B while charging is blocked");
	by_code(REASON_NO_PACKS, LIMIT_CCL, "no pack can be trusted now");
	by_code(REASON_LOST_STOP, LIMIT_CCL, "B is lost and the config says stop");
	by_code(REASON_NONE, LIMIT_CCL, "unknown");
}

static void sums_and_rates(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_SUM, .pack = -1, .measured = 3, .threshold = 3, .without = 200000 };
	reads(&r, LIMIT_CCL, "sum of 3 packs; 200.0 A without it");
	r.plain = true; /* they are all there is */
	reads(&r, LIMIT_CCL, "sum of 3 packs");
	r.missing = 2;
	r.n_missing = 1;
	reads(&r, LIMIT_CCL, "sum of 3 packs; B is not in the bank");
	r.n_missing = 2;
	reads(&r, LIMIT_CCL, "sum of 3 packs; B and others are not in the bank");
	r = (struct reason){ .code = REASON_SUM, .pack = -1, .measured = 2, .threshold = 3, .without = WITHOUT_UNKNOWN };
	reads(&r, LIMIT_CCL, "sum of 2 of 3 packs, the rest are blocked");
	r = (struct reason){ .code = REASON_C_RATE, .pack = -1, .threshold = 105, .without = WITHOUT_UNKNOWN };
	reads(&r, LIMIT_DCL, "never more than 1.05 C");
}

/* measured and threshold as the code has them */
static void limited(enum reason_code code, int cell, int64_t measured, int64_t threshold, enum limit_kind kind,
                    const char *expected)
{
	struct reason r = { .code = code, .pack = 1, .cell = (int16_t)cell, .measured = measured, .threshold = threshold,
		            .without = 180000 };
	reads(&r, kind, expected);
}

static void curves_and_rates(void **state)
{
	(void)state;
	limited(REASON_CURVE_CELL, 3, 3512, 3450, LIMIT_CCL,
	        "B cell 3 at 3.512 V: charge reduced until it is down to 3.450 V; 180.0 A without it");
	limited(REASON_CURVE_CELL, 0, 2950, 3100, LIMIT_DCL,
	        "B with a cell at 2.950 V: discharge reduced until it is up to 3.100 V; 180.0 A without it");
	limited(REASON_CURVE_TEMPERATURE, 2, 35, 100, LIMIT_CCL,
	        "B sensor 2 at 3.5 degC: charge reduced until it is up to 10.0 degC; 180.0 A without it");
	limited(REASON_CURVE_TEMPERATURE, 0, 501, 450, LIMIT_DCL,
	        "B at 50.1 degC: discharge reduced until it is down to 45.0 degC; 180.0 A without it");
	limited(REASON_CURVE_SOC, 0, 9520, 9000, LIMIT_CCL,
	        "B charged to 95.2 %: charge reduced until it is down to 90.0 %; 180.0 A without it");
	limited(REASON_CURVE_SPREAD, 0, 120, 50, LIMIT_CCL,
	        "B with cells apart by 0.120 V: charge reduced until it is down to 0.050 V; 180.0 A without it");
	limited(REASON_CURVE_SOC, 0, 4000, 4000, LIMIT_CCL, "B charged to 40.0 %: charge reduced; 180.0 A without it");
	limited(REASON_PACK_RATE, 0, 0, 50, LIMIT_CCL, "0.50 C set for B in the config; 180.0 A without it");
	limited(REASON_BANK_RATE, 0, 300000, 50, LIMIT_DCL,
	        "0.50 C set for the bank in the config, of 300.0 Ah; 180.0 A without it");
}

static void shares_and_blocks(void **state)
{
	(void)state;
	limited(REASON_EQUAL_SHARE, 0, 20000, 3, LIMIT_CCL, "3 times the smallest limit, B's 20.0 A; 180.0 A without it");
	limited(REASON_CAPACITY_SHARE, 0, 20000, 2500, LIMIT_CCL,
	        "B gets 25.0 % of it by its capacity, its own limit is 20.0 A; 180.0 A without it");
	limited(REASON_MEASURED_SHARE, 0, 20000, 3333, LIMIT_DCL,
	        "B gets 33.3 % of it as was measured, its own limit is 20.0 A; 180.0 A without it");
	limited(REASON_BLOCKED_STOPS, 0, 0, 0, LIMIT_DCL, "B blocks discharge, and the config says stop; 180.0 A without it");
	limited(REASON_BLOCKED_HOLDS, 0, 0, 0, LIMIT_CCL,
	        "B blocks charge, so no more than the others had when that began; 180.0 A without it");
}

static void packs_apart(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_APART_SOC, .pack = 0, .other = 1, .measured = 2500, .threshold = 1800, .without = 150000 };
	reads(&r, LIMIT_CCL, "A and B are 25.0 % apart in state of charge: charge reduced until it is 18.0 %; 150.0 A without it");
	r.other = -1; /* no more, after a reload */
	reads(&r, LIMIT_DCL,
	      "A and the bank are 25.0 % apart in state of charge: discharge reduced until it is 18.0 %; 150.0 A without it");
	r = (struct reason){ .code = REASON_APART_VOLTAGE, .pack = 1, .measured = 420, .threshold = 200, .without = 56000 };
	reads(&r, LIMIT_CVL, "B and A are 0.42 V apart in voltage: charge voltage reduced until it is 0.20 V; 56.0 V without it");
	r = (struct reason){ .code = REASON_APART_CURRENT, .pack = 1, .measured = 3510, .threshold = 1500, .without = 150000 };
	reads(&r, LIMIT_DCL,
	      "B and A are 35.1 % apart in current by capacity: discharge reduced until it is 15.0 %; 150.0 A without it");
	limited(REASON_PACK_ALARM, 0, 1, AL_LOW_CELL_VOLTAGE, LIMIT_CCL,
	        "B has an alarm: a cell's voltage too low; 180.0 A without it");
	limited(REASON_PACK_ALARM, 0, 0, AL_CELL_IMBALANCE, LIMIT_CCL,
	        "B has a warning: cells differ too much; 180.0 A without it");
}

static void the_guard(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_CELL_GUARD, .pack = 1, .cell = 3, .measured = 3612, .threshold = 3500,
		            .without = 180000 };
	reads(&r, LIMIT_CCL, "B cell 3 at 3.612 V: no charge until it is down to 3.500 V; 180.0 A without it");
	r = (struct reason){ .code = REASON_CELL_GUARD, .pack = 0, .measured = 2790, .threshold = 3000,
		             .without = WITHOUT_UNKNOWN };
	reads(&r, LIMIT_DCL, "A at 2.790 V: no discharge until it is up to 3.000 V");
}

static void not_heard(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_UNHEARD, .pack = 0, .measured = 15, .threshold = 3600, .without = 56000 };
	reads(&r, LIMIT_CVL, "A is not heard, so no more than 3.600 V for each of its 15 cells; 56.0 V without it");
	r.threshold = 2800;
	r.without = WITHOUT_UNKNOWN;
	reads(&r, LIMIT_LOW_VOLTAGE, "A is not heard, so no less than 2.800 V for each of its 15 cells");
}

static void those_that_float(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_NOT_ALL_FLOAT, .pack = 1, .measured = 54000, .without = 56400, .plain = true };
	reads(&r, LIMIT_CVL, "B floats at 54.0 V: kept up until all packs float");
	r.code = REASON_CELLS_BALANCED;
	reads(&r, LIMIT_CVL, "B floats at 54.0 V: kept up while cells are balanced");
}

static void an_own_voltage(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_OWN_VOLTAGE, .pack = 1, .measured = 16, .threshold = 3450, .without = 56000 };
	reads(&r, LIMIT_CVL, "set to 3.450 V for each of the 16 cells of B; 56.0 V without it");
	s.charge.offset = 300;
	r.without = WITHOUT_UNKNOWN;
	reads(&r, LIMIT_CVL, "set to 3.450 V for each of the 16 cells of B, and 0.3 V for the cables");
	s.charge.offset = 0;
	s.charge.back_soc = 9000;
	s.n_strings = 1; /* A and B in series */
	r = (struct reason){ .code = REASON_OWN_FLOAT, .pack = 0, .measured = 16, .threshold = 3375, .without = 56000 };
	reads(&r, LIMIT_CVL, "float: 3.375 V for each of the 16 cells of A + B, until SoC is below 90 %; 56.0 V without it");
	r.code = REASON_OWN_BALANCE;
	r.threshold = 3500;
	reads(&r, LIMIT_CVL, "balancing charge: 3.500 V for each of the 16 cells of A + B; 56.0 V without it");
	r = (struct reason){ .code = REASON_SINKING, .pack = 0, .threshold = 54000, .without = 56000, .until = 240 * SEC };
	reads(&r, LIMIT_CVL, "coming down slowly to 54.0 V, in 140 s");
}

static void a_high_cell(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_HIGH_CELL, .pack = 1, .cell = 3, .measured = 3560, .threshold = 3500, .without = 56000 };
	reads(&r, LIMIT_CVL, "B cell 3 at 3.560 V, above 3.500 V: less for all until it is down; 56.0 V without it");
	r.cell = 0;
	r.until = 240 * SEC;
	reads(&r, LIMIT_CVL, "B at 3.560 V, above 3.500 V a while ago; 56.0 V without it, for 140 s more");
}

static void until_when(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_FEEDBACK, .pack = 0, .measured = 105000, .threshold = 100000,
		            .without = 200000, .until = 112 * SEC + 1 };
	reads(&r, LIMIT_CCL, "A took 105.0 A, its own limit was 100.0 A; 200.0 A without it, for 13 s more");
	r.until = 100 * SEC; /* past */
	reads(&r, LIMIT_CCL, "A took 105.0 A, its own limit was 100.0 A; 200.0 A without it");
	r = (struct reason){ .code = REASON_RISING, .pack = 0, .threshold = 200000, .without = 200000, .until = 117 * SEC };
	reads(&r, LIMIT_CCL, "rising to 200.0 A, in 17 s");
	/* a pack that a reload took away */
	r = (struct reason){ .code = REASON_PACK, .pack = -1, .without = WITHOUT_UNKNOWN };
	reads(&r, LIMIT_CCL, "the bank's own limit");
	r.pack = 7;
	reads(&r, LIMIT_CCL, "the bank's own limit");
}

/* What holds charging back for as long as something is wrong; on the way up, what will hold then. */
static void what_protects(void **state)
{
	(void)state;
	for (int code = 0; code < N_REASON; code++) {
		bool does = code == REASON_HARD_BLOCK || code == REASON_NO_PACKS || code == REASON_LOST_STOP ||
		            code == REASON_HIGH_CELL || code == REASON_APART_VOLTAGE || code == REASON_APART_SOC;
		struct reason r = { .code = (enum reason_code)code };
		assert_int_equal(reason_protects(&r), does);
		r = (struct reason){ .code = REASON_HELD, .measured = code };
		assert_int_equal(reason_protects(&r), does);
		r.code = REASON_RISING;
		assert_int_equal(reason_protects(&r), does);
	}
}

static void in_too_little_room(void **state)
{
	(void)state;
	struct reason r = { .code = REASON_FEEDBACK, .pack = 0, .measured = 105000, .threshold = 100000, .without = 200000 };
	char text[12];
	assert_string_equal(reason_print(text, sizeof text, &r, LIMIT_CCL, &s, 0), "A took 105.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_code, setup),  cmocka_unit_test_setup(sums_and_rates, setup),
		cmocka_unit_test_setup(the_guard, setup),  cmocka_unit_test_setup(until_when, setup),
		cmocka_unit_test_setup(those_that_float, setup),
		cmocka_unit_test_setup(an_own_voltage, setup),
		cmocka_unit_test_setup(a_high_cell, setup),
		cmocka_unit_test_setup(curves_and_rates, setup),
		cmocka_unit_test_setup(shares_and_blocks, setup),
		cmocka_unit_test_setup(packs_apart, setup),
		cmocka_unit_test_setup(not_heard, setup),  cmocka_unit_test_setup(in_too_little_room, setup),
		cmocka_unit_test_setup(what_protects, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
