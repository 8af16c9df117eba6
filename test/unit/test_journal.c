/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What happened: only changes are written, no storm of them, the newest are kept. */
#include "fixture.h"

static struct journal j;
static struct settings s;
static struct profile battery, shunt = { .sensor = true };

static int setup(void **state)
{
	(void)state;
	memset(&j, 0, sizeof j);
	plain_settings(&s, 2, &battery, NULL);
	return 0;
}

static const struct event *newest(void)
{
	return journal_get(&j, j.next);
}

static void the_ring(void **state)
{
	(void)state;
	assert_int_equal(journal_first(&j), 0);
	assert_null(journal_get(&j, 0));
	assert_null(journal_get(&j, 1));
	for (int i = 1; i <= 128; i++)
		journal_ladder(&j, LADDER_NORMAL, i);
	assert_int_equal(journal_first(&j), 1);
	assert_int_equal(journal_get(&j, 1)->time, 1);
	journal_ladder(&j, LADDER_NORMAL, 129);
	assert_int_equal(journal_first(&j), 2);
	assert_null(journal_get(&j, 1));
	assert_int_equal(journal_get(&j, 2)->time, 2);
	assert_int_equal(journal_get(&j, 129)->number, 129);
	assert_null(journal_get(&j, 130));
}

static void packs_and_rungs(void **state)
{
	(void)state;
	struct pack p = { .set = &s.packs[1], .state = PACK_LOST, .why = "frame 351 stopped coming" };
	journal_pack(&j, &p, 1, 5);
	assert_string_equal(newest()->text, "lost: frame 351 stopped coming");
	assert_int_equal(newest()->severity, EVENT_WARNING);
	assert_int_equal(newest()->pack, 1);
	assert_string_equal(newest()->who, "B");
	assert_int_equal(newest()->about, ABOUT_PACK);
	p.state = PACK_ONLINE;
	p.why[0] = '\0';
	journal_pack(&j, &p, 1, 6);
	assert_string_equal(newest()->text, "online");
	assert_int_equal(newest()->severity, EVENT_INFO);
	journal_ladder(&j, LADDER_HOLD, 7);
	assert_int_equal(newest()->severity, EVENT_ALARM);
	assert_int_equal(newest()->pack, -1);
	assert_string_equal(newest()->who, "bank");
	journal_ladder(&j, LADDER_WAITING, 8);
	assert_int_equal(newest()->severity, EVENT_INFO);
}

static void of_a_sensor(void **state)
{
	(void)state;
	const struct pack_settings set = { .name = "house shunt", .profile = &shunt };
	const struct pack p = { .set = &set };
	journal_sensor(&j, &p, 2, Q_CURRENT, true, 5);
	assert_string_equal(newest()->text, "the bank's current is taken from here");
	assert_int_equal(newest()->severity, EVENT_INFO);
	assert_string_equal(newest()->who, "house shunt");
	assert_int_equal(newest()->about, ABOUT_SENSOR);
	assert_int_equal(newest()->pack, 2);
	journal_sensor(&j, &p, 2, Q_VOLTAGE, false, 6);
	assert_string_equal(newest()->text, "gives no voltage: the packs' own counts");
	assert_int_equal(newest()->severity, EVENT_WARNING);
}

/* The same sum of as many packs, without another one. */
static void who_is_missing_is_news(void **state)
{
	(void)state;
	struct verdict v = { .valid = true };
	for (int k = 0; k < N_LIMIT; k++)
		v.limit[k] = (struct limit){ .value = 50000, .reason = { .code = REASON_SUM, .pack = -1, .measured = 1, .threshold = 1,
		                                                         .without = WITHOUT_UNKNOWN, .missing = 1, .n_missing = 1 } };
	journal_verdict(&j, &v, &s, SEC);
	uint64_t told = j.next;
	journal_verdict(&j, &v, &s, 60 * SEC);
	assert_int_equal(j.next, told);
	v.limit[LIMIT_CCL].reason.missing = 2;
	journal_verdict(&j, &v, &s, 61 * SEC);
	assert_int_equal(j.next, told + 1);
	assert_string_equal(newest()->text, "CCL 50.0 A: sum of 1 packs; B is not in the bank");
}

static void limits_when_their_reason_changes(void **state)
{
	(void)state;
	struct verdict v = { .valid = false };
	journal_verdict(&j, &v, &s, SEC);
	assert_int_equal(j.next, 0);
	v.valid = true;
	for (int k = 0; k < N_LIMIT; k++)
		v.limit[k] = (struct limit){ .value = 50000, .reason = { .code = REASON_PACK, .pack = 0,
		                                                         .without = WITHOUT_UNKNOWN } };
	journal_verdict(&j, &v, &s, SEC);
	assert_int_equal(j.next, 4);
	assert_string_equal(journal_get(&j, 2)->text, "CCL 50.0 A: A's own limit");
	v.limit[LIMIT_CCL].value = 40000; /* a little less for the same reason is no event */
	journal_verdict(&j, &v, &s, 2 * SEC);
	assert_int_equal(j.next, 4);
	v.limit[LIMIT_CCL].reason.code = REASON_RISING; /* nor is the way up */
	journal_verdict(&j, &v, &s, 30 * SEC);
	assert_int_equal(j.next, 4);
	v.limit[LIMIT_CCL].reason = (struct reason){ .code = REASON_PACK, .pack = 1, .without = WITHOUT_UNKNOWN };
	journal_verdict(&j, &v, &s, 31 * SEC);
	assert_int_equal(j.next, 5);
	assert_string_equal(newest()->text, "CCL 40.0 A: B's own limit");
	/* back and forth: one in 10 s */
	for (int64_t t = 32 * SEC; t < 61 * SEC; t += SEC) {
		v.limit[LIMIT_CCL].reason.pack = (int16_t)(t / SEC % 2);
		journal_verdict(&j, &v, &s, t);
	}
	assert_in_range(j.next, 6, 8);
	/* a limit that falls by more than a tenth is told at once, whatever was told just before, and as it is sent */
	uint64_t told = j.next;
	v.limit[LIMIT_CCL].reason.code = REASON_BANK_CAP;
	v.limit[LIMIT_CCL].value = 36000;
	journal_verdict(&j, &v, &s, 71 * SEC);
	v.limit[LIMIT_CCL].reason.code = REASON_FEEDBACK;
	v.limit[LIMIT_CCL].value = 32400; /* nine tenths */
	journal_verdict(&j, &v, &s, 71 * SEC);
	assert_int_equal(j.next, told + 1);
	v.limit[LIMIT_CCL].value = 32399;
	journal_verdict(&j, &v, &s, 71 * SEC);
	assert_int_equal(j.next, told + 2);
	assert_memory_equal(newest()->text, "CCL 32.3 A: ", 12);
	v.limit[LIMIT_LOW_VOLTAGE].reason.code = REASON_BANK_CAP;
	v.limit[LIMIT_LOW_VOLTAGE].value = 50001;
	journal_verdict(&j, &v, &s, 72 * SEC);
	v.limit[LIMIT_LOW_VOLTAGE].reason.code = REASON_PACK_CAP;
	v.limit[LIMIT_LOW_VOLTAGE].value = 55010; /* more than a tenth higher */
	journal_verdict(&j, &v, &s, 72 * SEC);
	assert_int_equal(j.next, told + 4);
	assert_memory_equal(newest()->text, "low voltage limit 55.1 V: ", 26);
}

/* A sum of fewer packs is another cause. */
static void sums_of_fewer(void **state)
{
	(void)state;
	struct verdict v = { .valid = true };
	for (int k = 0; k < N_LIMIT; k++)
		v.limit[k] = (struct limit){ .value = 50000, .reason = { .code = REASON_SUM, .pack = -1, .measured = 2,
		                                                         .threshold = 2, .without = WITHOUT_UNKNOWN } };
	journal_verdict(&j, &v, &s, SEC);
	assert_string_equal(journal_get(&j, 2)->text, "CCL 50.0 A: sum of 2 packs");
	v.limit[LIMIT_CCL].reason.measured = 1; /* one of them is blocked */
	journal_verdict(&j, &v, &s, 20 * SEC);
	assert_int_equal(j.next, N_LIMIT + 1);
	v.limit[LIMIT_CCL].reason.threshold = 1; /* one of them is away */
	journal_verdict(&j, &v, &s, 40 * SEC);
	assert_int_equal(j.next, N_LIMIT + 2);
}

static void values_that_cant_be(void **state)
{
	(void)state;
	struct pack p = { .set = &s.packs[1], .why = "frame 355 was never heard" };
	journal_odd(&j, &p, 1, SEC);
	assert_int_equal(j.next, 0);
	p.odd = (struct odd_value){ Q_CVL, 6000, 2 * SEC, 0 };
	journal_odd(&j, &p, 1, 2 * SEC);
	assert_string_equal(newest()->text, "says cvl 6.00 V, which 16 cells can't have: not believed");
	assert_int_equal(newest()->pack, 1);
	p.odd.time = 61 * SEC;
	journal_odd(&j, &p, 1, 61 * SEC); /* one a minute */
	assert_int_equal(j.next, 1);
	p.odd.time = 62 * SEC;
	journal_odd(&j, &p, 1, 62 * SEC);
	journal_odd(&j, &p, 1, 63 * SEC); /* nothing new */
	assert_int_equal(j.next, 2);
	journal_missing(&j, &p, 1, 70 * SEC);
	assert_string_equal(newest()->text, "the bank begins without it: frame 355 was never heard");
}

/* After a reload an event is still about the pack it was about. */
static void packs_that_moved(void **state)
{
	(void)state;
	static const int to[MEMBERS_MAX] = { 1, -1, 3 };
	struct pack p[3] = { { .set = &s.packs[0], .state = PACK_ONLINE }, { .set = &s.packs[1], .state = PACK_ONLINE } };
	journal_pack(&j, &p[0], 0, 1);
	journal_pack(&j, &p[1], 1, 2);
	journal_ladder(&j, LADDER_NORMAL, 3);
	journal_pack(&j, &p[0], 2, 4); /* a sensor: it follows the packs */
	journal_adopt(&j, to);
	assert_int_equal(journal_get(&j, 1)->pack, 1);
	assert_string_equal(journal_get(&j, 1)->text, "online");
	assert_int_equal(journal_get(&j, 2)->pack, -1);
	assert_int_equal(journal_get(&j, 2)->about, ABOUT_PACK); /* one that is no more keeps its name */
	assert_string_equal(journal_get(&j, 2)->who, "B");
	assert_int_equal(journal_get(&j, 3)->pack, -1);
	assert_int_equal(journal_get(&j, 3)->about, ABOUT_BANK);
	assert_int_equal(journal_get(&j, 4)->pack, 3);
}

static void alarms_when_they_come_and_go(void **state)
{
	(void)state;
	struct battery bank = { 0 };
	bank.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
	journal_alarms(&j, &bank, LADDER_WAITING, 1); /* nobody is told yet */
	assert_int_equal(j.next, 0);
	journal_alarms(&j, &bank, LADDER_NORMAL, 2);
	assert_string_equal(newest()->text, "alarm raised: battery voltage too high");
	assert_int_equal(newest()->severity, EVENT_ALARM);
	bank.alarm[AL_HIGH_VOLTAGE] = (struct alarm_state){ TRI_OK, TRI_ACTIVE };
	journal_alarms(&j, &bank, LADDER_NORMAL, 3);
	assert_int_equal(j.next, 3);
	assert_string_equal(journal_get(&j, 2)->text, "alarm cleared: battery voltage too high");
	assert_int_equal(journal_get(&j, 2)->severity, EVENT_INFO);
	assert_string_equal(newest()->text, "warning raised: battery voltage too high");
	assert_int_equal(newest()->severity, EVENT_WARNING);
	bank.alarm[AL_LOW_VOLTAGE].alarm = TRI_OK; /* supported now: no event */
	journal_alarms(&j, &bank, LADDER_NORMAL, 4);
	assert_int_equal(j.next, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_ring, setup),
		cmocka_unit_test_setup(packs_and_rungs, setup),
		cmocka_unit_test_setup(of_a_sensor, setup),
		cmocka_unit_test_setup(limits_when_their_reason_changes, setup),
		cmocka_unit_test_setup(who_is_missing_is_news, setup),
		cmocka_unit_test_setup(sums_of_fewer, setup),
		cmocka_unit_test_setup(values_that_cant_be, setup),
		cmocka_unit_test_setup(packs_that_moved, setup),
		cmocka_unit_test_setup(alarms_when_they_come_and_go, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
