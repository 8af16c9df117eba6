/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How each reason reads, and which events are written. */
#include "fixture.h"

#include "core/journal.h"

static struct settings s;
static char text[REASON_TEXT_MAX];

static int setup(void **state)
{
	(void)state;
	plain_settings(&s, 2, NULL, NULL);
	return 0;
}

static const char *reads(enum limit_kind kind, struct reason r)
{
	return reason_print(text, sizeof text, &r, kind, &s, 100 * SEC);
}

#define R(code_, ...) (struct reason){ .code = code_, .without = WITHOUT_UNKNOWN, __VA_ARGS__ }

static void sentences(void **state)
{
	(void)state;
	assert_string_equal(reads(LIMIT_CCL, R(REASON_SUM, .pack = -1, .measured = 2, .threshold = 2)), "sum of 2 packs");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_SUM, .pack = -1, .measured = 1, .threshold = 2)),
	                    "sum of 1 of 2 packs, the rest are blocked");
	assert_string_equal(reads(LIMIT_CVL, R(REASON_PACK, .pack = 1)), "B's own limit");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_PACK_CAP, .pack = 0)), "limit set for A in the config");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_OVERRIDE, .pack = 0)), "override set for A in the config");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_SWITCHED_OFF, .pack = 0)), "A has switched charge off");
	assert_string_equal(reads(LIMIT_DCL, R(REASON_LIMIT_UNKNOWN, .pack = 1)), "B no longer tells its discharge limit");
	assert_string_equal(reads(LIMIT_LOW_VOLTAGE, R(REASON_BANK_CAP, .pack = -1)),
	                    "limit set for the bank in the config");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_C_RATE, .pack = -1, .threshold = 305)), "never more than 3.05 C");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_PROTECTION, .pack = 1)), "B has a protection alarm and blocks charge");
	assert_string_equal(reads(LIMIT_DCL, R(REASON_ALL_BLOCKED, .pack = -1)), "every pack blocks discharge");
	assert_string_equal(reads(LIMIT_CVL, R(REASON_HARD_BLOCK, .pack = 0)), "float voltage of A while charging is blocked");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_NO_PACKS, .pack = 0)), "no pack can be trusted now");
	assert_string_equal(reads(LIMIT_DCL, R(REASON_LOST_STOP, .pack = 1)), "B is lost and the config says stop");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_NONE, .pack = 9)), "unknown");
}

static void numbers_in_them(void **state)
{
	(void)state;
	assert_string_equal(reads(LIMIT_CCL, R(REASON_CELL_GUARD, .pack = 1, .cell = 3, .measured = 3612, .threshold = 3500)),
	                    "B cell 3 at 3.612 V: no charge until it is down to 3.500 V");
	assert_string_equal(reads(LIMIT_DCL, R(REASON_CELL_GUARD, .pack = 0, .measured = 2790, .threshold = 3000)),
	                    "A at 2.790 V: no discharge until it is up to 3.000 V");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_FEEDBACK, .pack = 1, .measured = 56700, .threshold = 50000,
	                                       .until = 130 * SEC)),
	                    "B takes 56.7 A, its own limit is 50.0 A, for 30 s more");
	assert_string_equal(reads(LIMIT_CCL, R(REASON_BLOCKED_FLOWS, .pack = 1, .measured = 4000)),
	                    "B takes 4.0 A though it blocks charge");
}

static void without_and_until(void **state)
{
	(void)state;
	struct reason r = R(REASON_PACK, .pack = 0);
	r.without = 180000;
	assert_string_equal(reads(LIMIT_CCL, r), "A's own limit; 180.0 A without it");
	assert_string_equal(reads(LIMIT_CVL, r), "A's own limit; 180.0 V without it");
	r = R(REASON_HELD, .pack = 0, .threshold = 230000, .until = 112 * SEC - 1);
	r.without = 230000;
	assert_string_equal(reads(LIMIT_CCL, r), "waits before it rises to 230.0 A, in 12 s");
	r.code = REASON_RISING;
	r.until = 0;
	assert_string_equal(reads(LIMIT_CCL, r), "rising to 230.0 A");
}

static void a_small_buffer_is_not_overrun(void **state)
{
	(void)state;
	struct reason r = R(REASON_SUM, .pack = -1, .measured = 2, .threshold = 2);
	r.without = 1000;
	char small[8] = "xxxxxxx";
	reason_print(small, 6, &r, LIMIT_CCL, &s, 0);
	assert_string_equal(small, "sum o");
	assert_int_equal(small[6], 'x');
}

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
		cmocka_unit_test_setup(sentences, setup),
		cmocka_unit_test_setup(numbers_in_them, setup),
		cmocka_unit_test_setup(without_and_until, setup),
		cmocka_unit_test_setup(a_small_buffer_is_not_overrun, setup),
		cmocka_unit_test_setup(ring, setup),
		cmocka_unit_test_setup(limits_that_changed, setup),
		cmocka_unit_test_setup(alarms_that_changed, setup),
	};
	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
