/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Which events are written. */
#include "fixture.h"

#include "core/journal.h"

static struct settings s;

static int setup(void **state)
{
	(void)state;
	plain_settings(&s, 2, NULL, NULL);
	return 0;
}

#define R(code_, ...) (struct reason){ .code = code_, .without = WITHOUT_UNKNOWN, __VA_ARGS__ }

static struct journal j;

static void ring(void **state)
{
	(void)state;
	memset(&j, 0, sizeof j);
	assert_int_equal(journal_first(&j), 0);
	assert_null(journal_get(&j, 0));
	assert_null(journal_get(&j, 1));
	for (int i = 0; i < EVENTS_MAX + 5; i++)
		journal_ladder(&j, i % 2 ? LADDER_HOLD : LADDER_NORMAL, i);
	assert_int_equal(journal_first(&j), 6);
	assert_null(journal_get(&j, 5));
	assert_int_equal(journal_get(&j, 6)->time, 5);
	assert_int_equal(journal_get(&j, 6)->severity, EVENT_ALARM);
	assert_int_equal(journal_get(&j, 7)->severity, EVENT_INFO);
	assert_int_equal(journal_get(&j, EVENTS_MAX + 5)->number, EVENTS_MAX + 5);
	assert_null(journal_get(&j, EVENTS_MAX + 6));
}

static struct verdict verdict(enum reason_code code, int measured, int64_t value)
{
	struct verdict v = { .valid = true };
	for (int k = 0; k < N_LIMIT; k++)
		v.limit[k] = (struct limit){ .value = value, .reason = R(code, .pack = -1, .measured = measured, .threshold = 2) };
	return v;
}

static void limits_that_changed(void **state)
{
	(void)state;
	memset(&j, 0, sizeof j);
	struct verdict v = verdict(REASON_SUM, 2, 200000);
	journal_verdict(&j, &v, &s, 0);
	assert_int_equal(j.next, N_LIMIT);
	assert_string_equal(journal_get(&j, 2)->text, "CCL 200.0 A: sum of 2 packs");
	journal_verdict(&j, &v, &s, 20 * SEC); /* the same again */
	assert_int_equal(j.next, N_LIMIT);
	v = verdict(REASON_SUM, 1, 100000); /* one of them is blocked now */
	journal_verdict(&j, &v, &s, 20 * SEC);
	assert_int_equal(j.next, 2 * N_LIMIT);
	v = verdict(REASON_BANK_CAP, 0, 90000);
	journal_verdict(&j, &v, &s, 29 * SEC); /* within 10 s: later */
	assert_int_equal(j.next, 2 * N_LIMIT);
	journal_verdict(&j, &v, &s, 30 * SEC);
	assert_int_equal(j.next, 3 * N_LIMIT);
	v = verdict(REASON_RISING, 0, 95000); /* on its way: no news */
	journal_verdict(&j, &v, &s, 60 * SEC);
	v = verdict(REASON_HELD, 0, 95000);
	journal_verdict(&j, &v, &s, 60 * SEC);
	v.valid = false;
	v.limit[0].reason.code = REASON_PACK;
	journal_verdict(&j, &v, &s, 90 * SEC); /* nothing is said: nothing to write about */
	assert_int_equal(j.next, 3 * N_LIMIT);
	v = verdict(REASON_SUM, 1, 1000);
	journal_verdict(&j, &v, &s, 100 * SEC);
	v = verdict(REASON_SUM, 1, 1000);
	v.limit[LIMIT_CCL].reason.threshold = 1; /* one pack fewer */
	journal_verdict(&j, &v, &s, 120 * SEC);
	assert_int_equal(j.next, 4 * N_LIMIT + 1);
}

static void alarms_that_changed(void **state)
{
	(void)state;
	memset(&j, 0, sizeof j);
	struct battery b = { .alarm[AL_HIGH_VOLTAGE] = { TRI_ACTIVE, TRI_OK } };
	journal_alarms(&j, &b, LADDER_WAITING, 0); /* before the picture nobody is told */
	assert_int_equal(j.next, 0);
	journal_alarms(&j, &b, LADDER_NORMAL, 0);
	assert_string_equal(journal_get(&j, 1)->text, "alarm raised: battery voltage too high");
	assert_int_equal(journal_get(&j, 1)->severity, EVENT_ALARM);
	b.alarm[AL_HIGH_VOLTAGE] = (struct alarm_state){ TRI_OK, TRI_ACTIVE };
	journal_alarms(&j, &b, LADDER_NORMAL, 0);
	assert_string_equal(journal_get(&j, 2)->text, "alarm cleared: battery voltage too high");
	assert_int_equal(journal_get(&j, 2)->severity, EVENT_INFO);
	assert_string_equal(journal_get(&j, 3)->text, "warning raised: battery voltage too high");
	assert_int_equal(j.next, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ring, setup),
		cmocka_unit_test_setup(limits_that_changed, setup),
		cmocka_unit_test_setup(alarms_that_changed, setup),
	};
	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
