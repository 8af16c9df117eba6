/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Written numbers become exact ones. Expected values are worked out by hand from the units' definitions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "config/unit.h"

static void is_ratio(const char *text, enum dimension d, bool difference, int64_t num, int64_t den)
{
	struct ratio r = { 0, 0 };
	const char *bad = parse_ratio(text, d, difference, &r);
	if (bad)
		fail_msg("'%s': %s", text, bad);
	if (r.num != num || r.den != den)
		fail_msg("'%s' is %lld/%lld, not %lld/%lld", text, (long long)r.num, (long long)r.den, (long long)num,
			 (long long)den);
}

static void is_value(const char *text, enum dimension d, int64_t value)
{
	int64_t got = 0;
	const char *bad = parse_value(text, d, &got);
	if (bad)
		fail_msg("'%s': %s", text, bad);
	assert_int_equal(got, value);
}

static void is_bad(const char *text, enum dimension d, const char *part)
{
	int64_t got;
	const char *bad = parse_value(text, d, &got);
	if (!bad)
		fail_msg("'%s' was taken as %lld", text, (long long)got);
	if (!strstr(bad, part))
		fail_msg("'%s': %s", text, bad);
}

static void values_of_every_unit(void **state)
{
	(void)state;
	is_value("53.2 V", DIM_VOLTAGE, 53200);
	is_value("53200mV", DIM_VOLTAGE, 53200);
	is_value("3.327 V", DIM_VOLTAGE, 3327);
	is_value("-400 A", DIM_CURRENT, -400000);
	is_value("+0.1 A", DIM_CURRENT, 100);
	is_value("250 mA", DIM_CURRENT, 250);
	is_value("-4.5 degC", DIM_TEMPERATURE, -45);
	is_value("25 \u00b0C", DIM_TEMPERATURE, 250);
	is_value("25 C", DIM_TEMPERATURE, 250);
	is_value("5 %", DIM_PERCENT, 500);
	is_value("81.25%", DIM_PERCENT, 8125);
	is_value("100 Ah", DIM_CHARGE, 100000);
	is_value("1 mAh", DIM_CHARGE, 1);
	is_value("4.8 kWh", DIM_ENERGY, 4800);
	is_value("7 Wh", DIM_ENERGY, 7);
	is_value("-2500.6 W", DIM_POWER, -2500600);
	is_value("3 kW", DIM_POWER, 3000000);
	is_value("40 mW", DIM_POWER, 40);
	is_value("10 min", DIM_TIME, 600000000);
	is_value("500 ms", DIM_TIME, 500000);
	is_value("1.5 s", DIM_TIME, 1500000);
	is_value("2 h", DIM_TIME, 7200000000);
	is_value("1 d", DIM_TIME, 86400000000);
	is_value("20 us", DIM_TIME, 20);
	is_value("250 kbit/s", DIM_BITRATE, 250000);
	is_value("1 Mbit/s", DIM_BITRATE, 1000000);
	is_value("5 A/s", DIM_CURRENT_RATE, 5000);
	is_value("80 mV/s", DIM_VOLTAGE_RATE, 80);
	is_value("5 %/s", DIM_PERCENT_RATE, 500);
	is_value("0.25 C", DIM_C_RATE, 25);
	is_value("1.5 mOhm", DIM_RESISTANCE, 1500);
	is_value("0.02 Ohm", DIM_RESISTANCE, 20000);
	is_value("yes", DIM_FLAG, 1);
	is_value("Off", DIM_FLAG, 0);
	is_value("TRUE", DIM_FLAG, 1);
	is_value("0x35A", DIM_NONE, 0x35A);
	is_value("-12", DIM_NONE, -12);
}

static void fractions_are_exact(void **state)
{
	(void)state;
	is_ratio("0.1 V", DIM_VOLTAGE, true, 100, 1);
	is_ratio("1/1024 V", DIM_VOLTAGE, true, 125, 128); /* 1000/1024 */
	is_ratio("-0.1 A", DIM_CURRENT, true, -100, 1);
	is_ratio("0.0001 V", DIM_VOLTAGE, true, 1, 10);
	is_ratio("0.5 %", DIM_PERCENT, true, 50, 1);
	is_ratio("1/3", DIM_NONE, true, 1, 3);
	is_ratio("2.5", DIM_NONE, true, 5, 2);
}

static void temperatures_as_points_and_differences(void **state)
{
	(void)state;
	is_ratio("1 K", DIM_TEMPERATURE, true, 10, 1);
	is_ratio("1 degC", DIM_TEMPERATURE, true, 10, 1);
	is_ratio("1 degF", DIM_TEMPERATURE, true, 50, 9);
	is_ratio("0 K", DIM_TEMPERATURE, false, -5463, 2); /* -273.15 degC = -2731.5 steps */
	is_ratio("-273 degC", DIM_TEMPERATURE, false, -2730, 1);
	is_ratio("32 degF", DIM_TEMPERATURE, false, 0, 1);
	is_ratio("0 degF", DIM_TEMPERATURE, false, -1600, 9); /* -17.78 degC */
	is_value("212 degF", DIM_TEMPERATURE, 1000);
	is_value("273.15 K", DIM_TEMPERATURE, 0);
}

static void mistakes_are_explained(void **state)
{
	(void)state;
	is_bad("56.0", DIM_VOLTAGE, "unit is missing");
	is_bad("0.1 A", DIM_VOLTAGE, "not a voltage");
	is_bad("10 V", DIM_TIME, "not a time");
	is_bad("0,1 V", DIM_VOLTAGE, "point");
	is_bad("0.0001 V", DIM_VOLTAGE, "finer than");
	is_bad("", DIM_VOLTAGE, "number");
	is_bad("V", DIM_VOLTAGE, "number");
	is_bad("5. V", DIM_VOLTAGE, "not a number");
	is_bad(".5 V", DIM_VOLTAGE, "number");
	is_bad("1.2.3 V", DIM_VOLTAGE, "not a number");
	is_bad("1e3 V", DIM_VOLTAGE, "not a voltage");
	is_bad("1/0 V", DIM_VOLTAGE, "zero");
	is_bad("12 V V", DIM_VOLTAGE, "not a voltage");
	is_bad("--1 V", DIM_VOLTAGE, "number");
	is_bad("0x", DIM_NONE, "hexadecimal");
	is_bad("5 V", DIM_NONE, "bare number");
	is_bad("1.5", DIM_NONE, "whole");
	is_bad("maybe", DIM_FLAG, "neither");
	is_bad("", DIM_FLAG, "missing");
	is_bad("nan V", DIM_VOLTAGE, "number");
}

static void large_numbers_do_not_wrap(void **state)
{
	(void)state;
	is_value("9223372036854775807", DIM_NONE, INT64_MAX);
	is_value("0x7FFFFFFFFFFFFFFF", DIM_NONE, INT64_MAX);
	is_bad("9223372036854775808", DIM_NONE, "large");
	is_bad("0x8000000000000000", DIM_NONE, "large");
	is_bad("9223372036854775807 V", DIM_VOLTAGE, "large");
	is_bad("9223372036854775807 K", DIM_TEMPERATURE, "large");
	is_bad("0.00000000000000000001 V", DIM_VOLTAGE, "digits");
	is_bad("99999999999999999999999999999999 V", DIM_VOLTAGE, "large");
}

static void units_have_dimensions(void **state)
{
	(void)state;
	assert_int_equal(unit_dimension(UNIT_MV), DIM_VOLTAGE);
	assert_int_equal(unit_dimension(UNIT_COUNT), DIM_NONE);
	assert_int_equal(unit_dimension(UNIT_FLAG), DIM_FLAG);
	for (int d = 0; d < N_DIMENSION; d++) {
		int64_t value;
		assert_non_null(dimension_example((enum dimension)d));
		assert_null(parse_value(dimension_example((enum dimension)d), (enum dimension)d, &value));
	}
}

static void prints(enum dimension d, int64_t value, const char *text)
{
	char buf[DIMENSION_TEXT_MAX];
	int64_t back;
	assert_string_equal(dimension_print(buf, d, value), text);
	assert_null(parse_value(text, d, &back));
	assert_int_equal(back, value);
}

static void values_are_printed_as_they_are_read(void **state)
{
	(void)state;
	prints(DIM_VOLTAGE, 53200, "53.2 V");
	prints(DIM_VOLTAGE, -7, "-0.007 V");
	prints(DIM_CURRENT, 100000, "100 A");
	prints(DIM_TEMPERATURE, -45, "-4.5 degC");
	prints(DIM_PERCENT, 8125, "81.25 %");
	prints(DIM_CHARGE, 280000, "280 Ah");
	prints(DIM_ENERGY, 4800, "4800 Wh"); /* mostly small numbers */
	prints(DIM_TIME, 0, "0 s");
	prints(DIM_TIME, 500000, "500 ms");
	prints(DIM_TIME, 30000000, "30 s");
	prints(DIM_TIME, 90000000, "90 s");
	prints(DIM_TIME, 600000000, "10 min");
	prints(DIM_TIME, 7200000000, "120 min");
	prints(DIM_BITRATE, 250000, "250 kbit/s");
	prints(DIM_BITRATE, 1000000, "1 Mbit/s");
	prints(DIM_BITRATE, 33333, "33333 bit/s");
	prints(DIM_CURRENT_RATE, 5000, "5 A/s");
	prints(DIM_VOLTAGE_RATE, 80, "0.08 V/s");
	prints(DIM_PERCENT_RATE, 500, "5 %/s");
	prints(DIM_C_RATE, 25, "0.25 C");
	prints(DIM_RESISTANCE, 1500, "1.5 mOhm");
	prints(DIM_NONE, -3, "-3");
	prints(DIM_FLAG, 1, "yes");
	prints(DIM_VOLTAGE, INT64_MIN + 1, "-9223372036854775.807 V");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_every_unit),
		cmocka_unit_test(fractions_are_exact),
		cmocka_unit_test(temperatures_as_points_and_differences),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(large_numbers_do_not_wrap),
		cmocka_unit_test(units_have_dimensions),
		cmocka_unit_test(values_are_printed_as_they_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
