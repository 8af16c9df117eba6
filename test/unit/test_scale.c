/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw numbers to values and back, each worked out by hand; rounding to the side that is asked for. */
#include "fixture.h"

#include "core/bits.h"
#include "core/scale.h"

static struct field number(unsigned bits, bool is_signed, int64_t num, int64_t den, int64_t offset)
{
	return (struct field){ .kind = FIELD_QUANTITY, .place = { .end = 8, .bits = (uint8_t)bits }, .num = num,
		               .den = den, .offset = offset, .format = is_signed ? FORMAT_SIGNED : FORMAT_UNSIGNED };
}

static void division_rounds(void **state)
{
	(void)state;
	assert_int_equal(divide(7, 2, ROUND_DOWN), 3);
	assert_int_equal(divide(-7, 2, ROUND_DOWN), -4);
	assert_int_equal(divide(7, 2, ROUND_UP), 4);
	assert_int_equal(divide(-7, 2, ROUND_UP), -3);
	/* half away from zero */
	assert_int_equal(divide(7, 2, ROUND_NEAREST), 4);
	assert_int_equal(divide(-7, 2, ROUND_NEAREST), -4);
	assert_int_equal(divide(10, 3, ROUND_NEAREST), 3);
	assert_int_equal(divide(11, 3, ROUND_NEAREST), 4);
	assert_int_equal(divide(-10, 3, ROUND_NEAREST), -3);
	/* 0.4 % is 0 %, 0.5 % is 1 %, 1.9 % is 1 % */
	assert_int_equal(divide(40, 100, ROUND_DOWN_NOT_ZERO), 0);
	assert_int_equal(divide(50, 100, ROUND_DOWN_NOT_ZERO), 1);
	assert_int_equal(divide(190, 100, ROUND_DOWN_NOT_ZERO), 1);
	assert_int_equal(divide(9999, 100, ROUND_DOWN_NOT_ZERO), 99);
	for (int r = ROUND_NEAREST; r <= ROUND_DOWN_NOT_ZERO; r++)
		assert_int_equal(divide(-12, 4, (enum rounding)r), -3);
	assert_true(divide(INT64_MAX, 1, ROUND_UP) == INT64_MAX);
	assert_true(divide(INT64_MIN, 1, ROUND_DOWN) == INT64_MIN);
}

static void integers_decode(void **state)
{
	(void)state;
	struct field f = number(16, false, 100, 1, 0); /* 0.1 V in mV */
	assert_int_equal(scale_decode(&f, 526, ROUND_DOWN), 52600);
	f = number(16, false, 100, 1, -400000); /* JK: 0.1 A from -400 A */
	assert_int_equal(scale_decode(&f, 3880, ROUND_NEAREST), -12000);
	f = number(16, true, 100, 1, 0);
	assert_int_equal(scale_decode(&f, 0xFFF6, ROUND_NEAREST), -1000);
	f.absolute = true;
	assert_int_equal(scale_decode(&f, 0xFFF6, ROUND_NEAREST), 1000);
	assert_int_equal(scale_decode(&f, 10, ROUND_NEAREST), 1000);
	f = number(16, false, 1, 4, 0); /* a quarter of a step each */
	assert_int_equal(scale_decode(&f, 7, ROUND_DOWN), 1);
	assert_int_equal(scale_decode(&f, 7, ROUND_UP), 2);
	f = number(8, false, -1000, 1, 0); /* counts down */
	assert_int_equal(scale_decode(&f, 5, ROUND_DOWN), -5000);
	/* 62 bits at factor 1, the most that the loader admits */
	f = number(62, false, 1, 1, 0);
	assert_true(scale_decode(&f, (UINT64_C(1) << 62) - 1, ROUND_DOWN) == (INT64_C(1) << 62) - 1);
}

static void integers_encode(void **state)
{
	(void)state;
	struct field f = number(16, false, 100, 1, 0);
	assert_int_equal(scale_encode(&f, 52690, ROUND_DOWN), 526);
	assert_int_equal(scale_encode(&f, 52610, ROUND_UP), 527);
	assert_int_equal(scale_encode(&f, -1, ROUND_DOWN), 0);         /* cut to what fits */
	assert_int_equal(scale_encode(&f, 9000000, ROUND_DOWN), 65535);
	f = number(16, true, 100, 1, 0);
	assert_int_equal(scale_encode(&f, 9000000, ROUND_DOWN), 32767);
	assert_int_equal((int64_t)scale_encode(&f, -9000000, ROUND_NEAREST), -32767); /* 0x8000 means "none" to many */
	f = number(16, false, 100, 1, -400000);
	assert_int_equal(scale_encode(&f, -12000, ROUND_NEAREST), 3880);
	f = number(16, true, -100, 1, 0); /* positive while discharging: down in value is up in raw bits */
	assert_int_equal((int64_t)scale_encode(&f, 1050, ROUND_DOWN), -10);
	assert_int_equal((int64_t)scale_encode(&f, -1050, ROUND_DOWN), 11);
	assert_int_equal((int64_t)scale_encode(&f, 1050, ROUND_UP), -11);
	assert_int_equal((int64_t)scale_encode(&f, 1050, ROUND_NEAREST), -11);
	assert_int_equal((int64_t)scale_encode(&f, 1050, ROUND_DOWN_NOT_ZERO), -10);
	f = number(64, false, 1, 1, 0);
	assert_true(scale_encode(&f, INT64_MAX, ROUND_DOWN) == INT64_MAX);
	f = number(64, true, 1, 1, 0);
	assert_true((int64_t)scale_encode(&f, -5, ROUND_DOWN) == -5);
	f = number(8, false, 100, 1, -5000); /* 0.1 degC in whole degrees from -500: 21.4 is 21, 21.5 is 22 */
	f.num = 10, f.offset = -500;
	assert_int_equal(scale_encode(&f, 214, ROUND_NEAREST), 71);
	assert_int_equal(scale_encode(&f, 215, ROUND_NEAREST), 72);
}

/* 30377 x 0.01 K = 303.77 K = 30.62 degC (canboat), which is 30.6, not 303.8 - 273.1 = 30.7; 0 degF = -17.78 degC. */
static void zero_points_between_steps(void **state)
{
	(void)state;
	struct field f = number(16, false, 1, 10, -2732);
	f.rest = 5;
	assert_int_equal(scale_decode(&f, 30377, ROUND_NEAREST), 306);
	assert_int_equal(scale_decode(&f, 27315, ROUND_NEAREST), 0);
	assert_int_equal(scale_encode(&f, 306, ROUND_NEAREST), 30375);
	f = number(8, true, 50, 9, -178);
	f.rest = 2;
	assert_int_equal(scale_decode(&f, 0, ROUND_NEAREST), -178);
	assert_int_equal(scale_decode(&f, 50, ROUND_NEAREST), 100);
	assert_int_equal(scale_decode(&f, 0xD8, ROUND_NEAREST), -400); /* -40 is -40 */
	assert_int_equal(scale_encode(&f, 100, ROUND_NEAREST), 50);
	assert_int_equal((int64_t)scale_encode(&f, -400, ROUND_NEAREST), -40);
}

/* IEEE 754 single precision, from its definition: 0x42480000 = 2^(132-127) x 1.5625 = 50, and so on. */
static void floats_decode(void **state)
{
	(void)state;
	struct field f = number(32, false, 1000, 1, 0);
	f.format = FORMAT_FLOAT;
	assert_int_equal(scale_decode(&f, 0x42480000, ROUND_DOWN), 50000);
	assert_int_equal(scale_decode(&f, 0xC2480000, ROUND_DOWN), -50000);
	assert_int_equal(scale_decode(&f, 0x3F800000, ROUND_DOWN), 1000);
	assert_int_equal(scale_decode(&f, 0x3DCCCCCD, ROUND_DOWN), 100);    /* the single just above 0.1 */
	assert_int_equal(scale_decode(&f, 0x3DCCCCCC, ROUND_DOWN), 99);     /* and just below */
	assert_int_equal(scale_decode(&f, 0x3DCCCCCC, ROUND_NEAREST), 100);
	assert_int_equal(scale_decode(&f, 0, ROUND_DOWN), 0);
	assert_int_equal(scale_decode(&f, 1, ROUND_DOWN), 0);               /* the smallest there is, 2^-149 */
	assert_int_equal(scale_decode(&f, 0x4B800000, ROUND_DOWN), INT64_C(16777216000)); /* 2^24 */
	/* infinite, no number, 2^127: no int64 can hold them; they must come out implausible, not wrapped around */
	assert_true(scale_decode(&f, 0x7F800000, ROUND_DOWN) > INT64_C(1000000000000000));
	assert_true(scale_decode(&f, 0x7FC00000, ROUND_DOWN) > INT64_C(1000000000000000));
	assert_true(scale_decode(&f, 0x7F000000, ROUND_DOWN) > INT64_C(1000000000000000));
	assert_true(scale_decode(&f, 0xFF000000, ROUND_DOWN) < -INT64_C(1000000000000000));
	/* kelvin: next to nothing is the offset, however small it is written */
	f.num = 10;
	f.offset = -2732;
	assert_int_equal(scale_decode(&f, 0x43928000, ROUND_NEAREST), 198); /* 293 K */
	assert_int_equal(scale_decode(&f, 0, ROUND_NEAREST), -2732);
	assert_int_equal(scale_decode(&f, 1, ROUND_NEAREST), -2732);
	assert_int_equal(scale_decode(&f, 0x80000001, ROUND_NEAREST), -2732);
}

static void floats_encode(void **state)
{
	(void)state;
	struct field f = number(32, false, 1000, 1, 0);
	f.format = FORMAT_FLOAT;
	assert_int_equal(scale_encode(&f, 50000, ROUND_DOWN), 0x42480000);
	assert_int_equal(scale_encode(&f, -50000, ROUND_DOWN), 0xC2480000);
	assert_int_equal(scale_encode(&f, 0, ROUND_DOWN), 0);
	assert_int_equal(scale_encode(&f, 1000, ROUND_DOWN), 0x3F800000);
	f.num = 1;
	assert_int_equal(scale_encode(&f, 16777216, ROUND_DOWN), 0x4B800000);
	assert_int_equal(scale_encode(&f, INT64_C(1) << 40, ROUND_DOWN), 0x53800000); /* 2^40 */
	f.num = -1000;
	assert_int_equal(scale_encode(&f, 50000, ROUND_DOWN), 0xC2480000);
	/* a value within one step comes back, over the whole range of currents */
	f.num = 1000;
	for (int64_t v = -3000000; v <= 3000000; v += 7919) {
		int64_t back = scale_decode(&f, scale_encode(&f, v, ROUND_NEAREST), ROUND_NEAREST);
		assert_in_range(back - v + 1, 0, 2);
	}
}

/* What fits is the same again after encode and decode, and never on the unsafe side. */
static void there_and_back(void **state)
{
	(void)state;
	static const struct { unsigned bits; bool is_signed; int64_t num, den, offset; } kinds[] = {
		{ 16, false, 100, 1, 0 }, { 16, true, 100, 1, 0 }, { 16, true, -100, 1, 0 }, { 8, false, 10, 1, -500 },
		{ 12, false, 125, 8, 0 }, { 24, true, 1, 1, 5 },   { 32, false, 3, 7, -1000 },
	};
	uint64_t seed = 1;
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		struct field f = number(kinds[k].bits, kinds[k].is_signed, kinds[k].num, kinds[k].den, kinds[k].offset);
		for (int i = 0; i < 2000; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			uint64_t raw = (seed >> 20) & ((UINT64_C(1) << (kinds[k].bits - 1)) - 1);
			int64_t value = scale_decode(&f, raw, ROUND_NEAREST);
			int64_t down = scale_decode(&f, scale_encode(&f, value, ROUND_DOWN), ROUND_DOWN);
			int64_t up = scale_decode(&f, scale_encode(&f, value, ROUND_UP), ROUND_UP);
			assert_true(down <= value && up >= value);
			int64_t step = (kinds[k].num < 0 ? -kinds[k].num : kinds[k].num) / kinds[k].den + 1;
			assert_true(value - down <= step && up - value <= step);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(division_rounds), cmocka_unit_test(integers_decode), cmocka_unit_test(integers_encode),
		cmocka_unit_test(zero_points_between_steps),
		cmocka_unit_test(floats_decode),   cmocka_unit_test(floats_encode),   cmocka_unit_test(there_and_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
