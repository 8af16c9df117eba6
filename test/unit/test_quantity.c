/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The vocabulary's tables hold together, and values read as people write them. */
#include "fixture.h"

#include "core/chemistry.h"

static void is_text(enum unit unit, int64_t value, const char *expected)
{
	char buf[VALUE_TEXT_MAX];
	assert_string_equal(value_print(buf, sizeof buf, unit, value), expected);
}

static void is_fixed(enum unit unit, int64_t value, int decimals, const char *expected)
{
	char buf[VALUE_TEXT_MAX];
	assert_string_equal(value_print_fixed(buf, sizeof buf, unit, value, decimals), expected);
}

static void values_for_people(void **state)
{
	(void)state;
	is_text(UNIT_MV, 53210, "53.210 V");
	is_text(UNIT_MA, -4000, "-4.0 A");
	is_text(UNIT_MA, 42049, "42.0 A");
	is_text(UNIT_MA, 42050, "42.1 A");
	is_text(UNIT_MA, -49, "0.0 A"); /* no "-0.0" */
	is_text(UNIT_MA, -50, "-0.1 A");
	is_text(UNIT_BP, 8125, "81.25 %");
	is_text(UNIT_DECIDEG, -55, "-5.5 degC");
	is_text(UNIT_MAH, 280000, "280.0 Ah");
	is_text(UNIT_WH, 12345, "12345 Wh");
	is_text(UNIT_MW, -2500600, "-2501 W");
	is_fixed(UNIT_MW, -2500600, 3, "-2500.600 W");
	is_text(UNIT_COUNT, 7, "7");
	is_text(UNIT_FLAG, 1, "yes");
	is_text(UNIT_FLAG, 0, "no");
	is_fixed(UNIT_MV, 53218, 1, "53.2 V");
	is_fixed(UNIT_MV, 53250, 1, "53.3 V");
	is_fixed(UNIT_MV, -53250, 1, "-53.3 V");
	is_fixed(UNIT_MV, 53218, 0, "53 V");
	is_fixed(UNIT_DECIDEG, 215, 3, "21.5 degC"); /* never more decimals than there are */
	is_fixed(UNIT_MV, INT64_MIN, 3, "-9223372036854775.808 V");
	char small[5];
	value_print(small, sizeof small, UNIT_MV, 53210);
	assert_string_equal(small, "53.2"); /* cut, but ended */
	assert_string_equal(unit_symbol(UNIT_MAH), "Ah");
	assert_int_equal(unit_per_one(UNIT_MV), 1000);
	assert_int_equal(unit_per_one(UNIT_DECIDEG), 10);
	assert_int_equal(unit_per_one(UNIT_BP), 100);
	assert_int_equal(unit_per_one(UNIT_COUNT), 1);
}

static void names_find_their_rows(void **state)
{
	(void)state;
	assert_int_equal(quantity_find("cvl"), Q_CVL);
	assert_int_equal(quantity_find("modules_blocking_discharge"), Q_MODULES_BLOCKING_DISCHARGE);
	assert_int_equal(quantity_find("CVL"), -1);
	assert_int_equal(alarm_find("external_communication"), AL_EXTERNAL_COMMUNICATION);
	assert_int_equal(alarm_find(""), -1);
	assert_int_equal(array_find("balancing"), ARRAY_BALANCING);
	assert_int_equal(array_find("cells"), -1);
	assert_int_equal(text_find("serial"), TEXT_SERIAL);
	assert_int_equal(text_find("?"), -1);
	assert_int_equal(chemistry_find("lto"), CHEM_LTO);
	assert_int_equal(chemistry_find("unknown"), -1); /* nobody may choose to know nothing */
}

static void tables_have_no_holes(void **state)
{
	(void)state;
	for (int i = 0; i < N_QUANTITY; i++) {
		assert_non_null(quantities[i].name);
		assert_non_null(quantities[i].what);
		assert_true(quantities[i].min < quantities[i].max);
		assert_int_equal(quantity_find(quantities[i].name), i);
	}
	for (int i = 0; i < N_ALARM; i++) {
		assert_int_equal(alarm_find(alarms[i].name), i);
		assert_non_null(alarms[i].what);
		/* a slot's own alarm is shown as itself */
		if (alarms[i].shown_as != N_ALARM)
			assert_int_equal(alarms[alarms[i].shown_as].shown_as, alarms[i].shown_as);
	}
	for (int i = 0; i < N_ARRAY; i++)
		assert_int_equal(array_find(arrays[i].name), i);
	for (int i = 0; i < N_TEXT; i++)
		assert_int_equal(text_find(text_names[i]), i);
}

/* What the design fixes (sections 1, 5 and 6). */
static void rows_of_the_design(void **state)
{
	(void)state;
	assert_int_equal(quantities[Q_CCL].rounding, ROUND_DOWN);
	assert_int_equal(quantities[Q_DCL].rounding, ROUND_DOWN);
	assert_int_equal(quantities[Q_CVL].rounding, ROUND_DOWN);
	assert_int_equal(quantities[Q_LOW_VOLTAGE].rounding, ROUND_UP);
	assert_int_equal(quantities[Q_SOC].rounding, ROUND_DOWN_NOT_ZERO);
	assert_int_equal(quantities[Q_TEMPERATURE].rounding, ROUND_NEAREST);
	assert_int_equal(quantities[Q_LOW_VOLTAGE].parallel, RULE_MAX);
	assert_int_equal(quantities[Q_LOW_VOLTAGE].series, RULE_SUM);
	assert_int_equal(quantities[Q_VOLTAGE].parallel, RULE_MEAN);
	assert_int_equal(quantities[Q_TEMPERATURE].parallel, RULE_MAX);
	assert_true(quantities[Q_CVL].min > 0);       /* CVL 0 is invalid */
	assert_int_equal(quantities[Q_CCL].min, 0);   /* CCL 0 is real */
	assert_int_equal(chemistries[CHEM_LFP].guard_high, 3600);
	assert_int_equal(chemistries[CHEM_LFP].guard_low, 2800);
	assert_int_equal(chemistries[CHEM_LFP].safe_voltage, 3350);
	for (int c = CHEM_LFP; c < N_CHEMISTRY; c++) {
		const struct chemistry_row *r = &chemistries[c];
		assert_true(r->guard_low < r->guard_low_release && r->guard_low_release < r->guard_high_release);
		assert_true(r->guard_high_release < r->guard_high);
		assert_true(r->safe_voltage < r->guard_high_release && r->float_voltage < r->guard_high_release);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_for_people), cmocka_unit_test(names_find_their_rows),
		cmocka_unit_test(tables_have_no_holes), cmocka_unit_test(rows_of_the_design),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
