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

static const char *topic(void)
{
	return topic_names[newest()->topic];
}

static void packs_and_rungs(void **state)
{
	(void)state;
	struct pack p = { .set = &s.packs[1], .state = PACK_LOST, .why = "frame 351 stopped coming" };
	journal_pack(&j, &p, 1, 5);
	assert_string_equal(topic(), "pack.lost");
	assert_false(newest()->value.set);
	assert_null(newest()->word);
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
	assert_string_equal(topic(), "ladder.hold");
	journal_ladder(&j, LADDER_WAITING, 8);
	assert_int_equal(newest()->severity, EVENT_INFO);
	/* each state and rung has its own word */
	for (int i = 0; i < N_PACK_STATE; i++) {
		static const char *const words[N_PACK_STATE] = { "pack.waiting", "pack.online", "pack.returning", "pack.lost",
			                                         "pack.gone", "pack.refused" };
		p.state = (enum pack_state)i;
		journal_pack(&j, &p, 1, 9);
		assert_string_equal(topic(), words[i]);
	}
	for (int i = 0; i < N_LADDER; i++) {
		static const char *const words[N_LADDER] = { "ladder.waiting", "ladder.normal", "ladder.hold",
			                                     "ladder.emergency", "ladder.silent" };
		journal_ladder(&j, (enum ladder)i, 9);
		assert_string_equal(topic(), words[i]);
	}
}

/* Programs are written by these words: none is missing, none stands for two things. */
static void each_topic_has_its_word(void **state)
{
	(void)state;
	for (int i = 0; i < N_TOPIC; i++) {
		assert_non_null(topic_names[i]);
		assert_non_null(strchr(topic_names[i], '.'));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(topic_names[i], topic_names[k]);
	}
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
	assert_string_equal(topic(), "sensor.used");
	assert_string_equal(newest()->word, "current");
	journal_sensor(&j, &p, 2, Q_VOLTAGE, false, 6);
	assert_string_equal(topic(), "sensor.unused");
	assert_string_equal(newest()->word, "voltage");
	assert_string_equal(newest()->text, "gives no voltage: the packs' own counts");
	assert_int_equal(newest()->severity, EVENT_WARNING);
	static const enum pack_state states[] = { PACK_WAITING, PACK_ONLINE, PACK_LOST };
	static const char *const words[] = { "sensor.waiting", "sensor.online", "sensor.lost" };
	for (int i = 0; i < 3; i++) {
		struct pack q = { .set = &set, .state = states[i] };
		journal_pack(&j, &q, 2, 7);
		assert_string_equal(topic(), words[i]);
	}
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
	static const char *const words[N_LIMIT] = { "limit.cvl", "limit.ccl", "limit.dcl", "limit.low_voltage" };
	for (uint64_t k = 0; k < N_LIMIT; k++) {
		assert_string_equal(topic_names[journal_get(&j, k + 1)->topic], words[k]);
		assert_int_equal(journal_get(&j, k + 1)->value.value, 50000);
	}
	assert_int_equal(journal_get(&j, 1)->unit, UNIT_MV);
	assert_int_equal(journal_get(&j, 2)->unit, UNIT_MA);
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
	assert_string_equal(topic(), "pack.odd");
	assert_string_equal(newest()->word, "cvl");
	p.odd.time = 61 * SEC;
	journal_odd(&j, &p, 1, 61 * SEC); /* one a minute */
	assert_int_equal(j.next, 1);
	p.odd.time = 62 * SEC;
	journal_odd(&j, &p, 1, 62 * SEC);
	journal_odd(&j, &p, 1, 63 * SEC); /* nothing new */
	assert_int_equal(j.next, 2);
	journal_missing(&j, &p, 1, 70 * SEC);
	assert_string_equal(newest()->text, "the bank begins without it: frame 355 was never heard");
	assert_string_equal(topic(), "pack.missing");
	journal_suspect(&j, &p, 1, "frozen", true, "all that it measures stands still", 80 * SEC);
	assert_string_equal(topic(), "pack.doubted");
	assert_string_equal(newest()->word, "frozen");
	assert_int_equal(newest()->severity, EVENT_WARNING);
	journal_suspect(&j, &p, 1, "soc", false, "fits again", 90 * SEC);
	assert_string_equal(topic(), "pack.trusted");
	assert_string_equal(newest()->word, "soc");
	assert_int_equal(newest()->severity, EVENT_INFO);
}

/* A threshold of one's own; of the state of charge, "low" is over when the alarm and the warning both are. */
static void thresholds(void **state)
{
	(void)state;
	journal_own_alarm(&j, &(struct own_news){ AL_HIGH_VOLTAGE, UNIT_MV, 57100, 57000, false, true, false }, 1);
	assert_string_equal(topic(), "threshold.passed");
	assert_string_equal(newest()->word, "high_voltage");
	assert_int_equal(newest()->value.value, 57100);
	assert_int_equal(newest()->unit, UNIT_MV);
	assert_int_equal(newest()->severity, EVENT_WARNING);
	journal_own_alarm(&j, &(struct own_news){ AL_HIGH_VOLTAGE, UNIT_MV, 56000, 57000, false, false, false }, 2);
	assert_string_equal(topic(), "threshold.back");
	journal_own_alarm(&j, &(struct own_news){ AL_LOW_SOC, UNIT_BP, 1500, 1500, false, true, false }, 3);
	assert_string_equal(topic(), "soc.low");
	journal_own_alarm(&j, &(struct own_news){ AL_LOW_SOC, UNIT_BP, 900, 1000, true, true, true }, 4);
	assert_string_equal(topic(), "soc.low");
	assert_int_equal(newest()->severity, EVENT_ALARM);
	journal_own_alarm(&j, &(struct own_news){ AL_LOW_SOC, UNIT_BP, 1200, 1000, true, false, true }, 5);
	assert_string_equal(topic(), "soc.low");
	assert_int_equal(newest()->severity, EVENT_INFO);
	journal_own_alarm(&j, &(struct own_news){ AL_LOW_SOC, UNIT_BP, 1700, 1500, false, false, false }, 6);
	assert_string_equal(topic(), "soc.normal");
	assert_int_equal(newest()->value.value, 1700);
}

static struct verdict all_well(void)
{
	struct verdict v = { .valid = true };
	static const int64_t value[N_LIMIT] = { 56000, 100000, 120000, 48000 };
	for (int k = 0; k < N_LIMIT; k++)
		v.limit[k] = (struct limit){ .value = value[k], .target = value[k],
			                     .reason = { .code = REASON_PACK, .pack = 0, .without = WITHOUT_UNKNOWN } };
	return v;
}

static void blocked_and_allowed(void **state)
{
	(void)state;
	struct verdict v = { .valid = false };
	journal_conditions(&j, &v, &s, SEC);
	assert_int_equal(j.next, 0);
	v = all_well();
	journal_conditions(&j, &v, &s, 2 * SEC); /* the first picture: what is well is told, too */
	assert_int_equal(j.next, 3);
	assert_string_equal(topic_names[journal_get(&j, 1)->topic], "charge.allowed");
	assert_string_equal(topic_names[journal_get(&j, 2)->topic], "discharge.allowed");
	assert_string_equal(topic_names[journal_get(&j, 3)->topic], "cvl.normal");
	assert_string_equal(journal_get(&j, 1)->text, "charging is allowed: CCL 100.0 A, A's own limit");
	assert_int_equal(journal_get(&j, 3)->value.value, 56000);
	v.limit[LIMIT_CCL].value = 100; /* 0.1 A is something */
	journal_conditions(&j, &v, &s, 3 * SEC);
	assert_int_equal(j.next, 3);
	v.limit[LIMIT_CCL].value = 99; /* told as 0.0 A */
	journal_conditions(&j, &v, &s, 3 * SEC);
	assert_int_equal(j.next, 4);
	assert_string_equal(topic(), "charge.blocked");
	assert_string_equal(newest()->text, "charging is blocked: CCL 0.0 A, A's own limit");
	assert_int_equal(newest()->severity, EVENT_INFO); /* every full battery does it */
	v.limit[LIMIT_DCL].value = 0;
	journal_conditions(&j, &v, &s, 4 * SEC);
	assert_string_equal(topic(), "discharge.blocked");
	assert_int_equal(newest()->severity, EVENT_WARNING);
	/* back and forth: blocked at once, allowed not within 10 s of it */
	v.limit[LIMIT_CCL].value = 50000;
	journal_conditions(&j, &v, &s, 13 * SEC - 1);
	assert_int_equal(j.next, 5);
	v.limit[LIMIT_CCL].value = 0;
	journal_conditions(&j, &v, &s, 13 * SEC);
	assert_int_equal(j.next, 5);
	v.limit[LIMIT_CCL].value = 50000;
	journal_conditions(&j, &v, &s, 13 * SEC);
	assert_int_equal(j.next, 6);
	assert_string_equal(topic(), "charge.allowed");
	v.limit[LIMIT_CCL].value = 0;
	journal_conditions(&j, &v, &s, 13 * SEC + 1);
	assert_int_equal(j.next, 7);
	assert_string_equal(topic(), "charge.blocked");
	/* nothing is told any more, and what is told then is new */
	v.valid = false;
	journal_conditions(&j, &v, &s, 20 * SEC);
	assert_int_equal(j.next, 7);
	v.valid = true;
	journal_conditions(&j, &v, &s, 21 * SEC);
	assert_int_equal(j.next, 10);
}

/* Reduced by what protects, until it is back where it should be. */
static void a_reduced_voltage(void **state)
{
	(void)state;
	struct verdict v = all_well();
	struct limit *cvl = &v.limit[LIMIT_CVL];
	journal_conditions(&j, &v, &s, SEC);
	cvl->value = cvl->target = 55000; /* a pack asks for less: that is how it is */
	journal_conditions(&j, &v, &s, 20 * SEC);
	assert_int_equal(j.next, 3);
	cvl->value = cvl->target = 54000;
	cvl->reason = (struct reason){ .code = REASON_HARD_BLOCK, .pack = 0, .without = 55000 };
	journal_conditions(&j, &v, &s, 30 * SEC);
	assert_int_equal(j.next, 4);
	assert_string_equal(topic(), "cvl.reduced");
	assert_int_equal(newest()->value.value, 54000);
	assert_int_equal(newest()->unit, UNIT_MV);
	assert_string_equal(newest()->text, "the charge voltage is reduced: CVL 54.0 V, float voltage of A while charging is "
	                                    "blocked; 55.0 V without it");
	cvl->target = 55000; /* over, but it waits and rises */
	cvl->reason = (struct reason){ .code = REASON_HELD, .measured = REASON_PACK, .threshold = 55000, .without = 55000 };
	journal_conditions(&j, &v, &s, 60 * SEC);
	cvl->value = 54900;
	cvl->reason.code = REASON_RISING;
	journal_conditions(&j, &v, &s, 70 * SEC);
	assert_int_equal(j.next, 4);
	cvl->value = 55000;
	cvl->reason = (struct reason){ .code = REASON_PACK, .pack = 0, .without = WITHOUT_UNKNOWN };
	journal_conditions(&j, &v, &s, 80 * SEC);
	assert_int_equal(j.next, 5);
	assert_string_equal(topic(), "cvl.normal");
	assert_int_equal(newest()->value.value, 55000);
	/* on its way up to what still is a reduced one: of before a restart, say */
	memset(&j, 0, sizeof j);
	cvl->value = 53000;
	cvl->target = 54000;
	cvl->reason = (struct reason){ .code = REASON_RISING, .measured = REASON_HARD_BLOCK, .threshold = 54000, .without = 54000 };
	journal_conditions(&j, &v, &s, 90 * SEC);
	assert_string_equal(topic(), "cvl.reduced");
	/* and to one that is not */
	memset(&j, 0, sizeof j);
	cvl->reason.measured = REASON_PACK;
	journal_conditions(&j, &v, &s, 90 * SEC);
	assert_string_equal(topic(), "cvl.normal");
}

/* Who comes later is told the same as those who were there. */
static void the_present(void **state)
{
	(void)state;
	struct verdict v = all_well();
	struct journal later = { .next = 0 };
	journal_present(&later, &j, &v, &s, SEC);
	assert_int_equal(later.next, 0); /* nothing is known yet */
	v.limit[LIMIT_DCL].value = 0;
	v.limit[LIMIT_CVL].reason.code = REASON_HARD_BLOCK;
	journal_conditions(&j, &v, &s, SEC);
	v.limit[LIMIT_CVL].value = 55000;
	v.limit[LIMIT_CVL].reason.code = REASON_PACK; /* rising */
	journal_present(&later, &j, &v, &s, 2 * SEC);
	assert_int_equal(later.next, 3);
	assert_string_equal(topic_names[journal_get(&later, 1)->topic], "charge.allowed");
	assert_string_equal(topic_names[journal_get(&later, 2)->topic], "discharge.blocked");
	assert_string_equal(topic_names[journal_get(&later, 3)->topic], "cvl.reduced");
	assert_int_equal(journal_get(&later, 3)->value.value, 55000);
	journal_soc(&j, 8012, false, 3 * SEC);
	assert_string_equal(topic(), "soc.normal");
	assert_string_equal(newest()->text, "state of charge 80.12 %");
	assert_int_equal(newest()->value.value, 8012);
	assert_int_equal(newest()->unit, UNIT_BP);
	journal_soc(&j, 900, true, 3 * SEC);
	assert_string_equal(topic(), "soc.low");
	journal_spread(&j, 25, 3 * SEC);
	assert_string_equal(topic(), "cells.spread");
	assert_string_equal(newest()->text, "the highest cell is 0.025 V above the lowest");
	assert_int_equal(newest()->value.value, 25);
	assert_int_equal(newest()->unit, UNIT_MV);
	journal_told(&j, 3 * SEC);
	assert_string_equal(topic(), "state.told");
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

static struct fleet f;
static struct battery bank;

static void alarms_at(enum ladder rung, int64_t now)
{
	f.t.now = now;
	journal_alarms(&j, &bank, rung, &f.t);
}

/* Whose an alarm is; and of a pack that is not there, that a GX shows it as a failure of the BMS. */
static void whose_alarm_it_is(void **state)
{
	(void)state;
	memset(&bank, 0, sizeof bank);
	fleet_start(&f, 3);
	tree_build(&f.t, &f.s, f.packs, 3, 1);
	f.packs[0].b.alarm[AL_HIGH_VOLTAGE].warning = TRI_ACTIVE;
	f.packs[1].b.alarm[AL_HIGH_VOLTAGE].alarm = f.packs[2].b.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
	bank.alarm[AL_HIGH_VOLTAGE] = (struct alarm_state){ TRI_ACTIVE, TRI_ACTIVE };
	alarms_at(LADDER_NORMAL, 2);
	assert_string_equal(journal_get(&j, 1)->text, "alarm raised: battery voltage too high (B, C)");
	assert_string_equal(newest()->text, "warning raised: battery voltage too high (A)");
	f.packs[1].state = PACK_LOST;
	bank.alarm[AL_INTERNAL_FAILURE].warning = TRI_ACTIVE;
	alarms_at(LADDER_NORMAL, 3);
	assert_string_equal(newest()->text, "warning raised: BMS internal failure (B is missing)");
	f.packs[2].state = PACK_GONE; /* it has no say any more */
	f.packs[0].state = PACK_RETURNING;
	bank.alarm[AL_INTERNAL_FAILURE].alarm = TRI_ACTIVE;
	alarms_at(LADDER_NORMAL, 4);
	assert_string_equal(newest()->text, "alarm raised: BMS internal failure (B is missing, C is missing)");
	/* more than there is room for */
	fleet_start(&f, 32);
	tree_build(&f.t, &f.s, f.packs, 32, 1);
	for (int i = 0; i < 32; i++) {
		f.packs[i].state = PACK_LOST;
		snprintf(f.s.packs[i].name, sizeof f.s.packs[i].name, "Starboard-%02d", i);
	}
	bank.alarm[AL_INTERNAL_FAILURE].alarm = TRI_OK;
	alarms_at(LADDER_NORMAL, 5);
	bank.alarm[AL_INTERNAL_FAILURE].alarm = TRI_ACTIVE;
	alarms_at(LADDER_NORMAL, 6);
	assert_string_equal(newest()->text, "alarm raised: BMS internal failure (Starboard-00 is missing, Starboard-01 is missing, "
	                                    "Starboard-02 is missing, Starboard-03 is missin");
	memset(&f, 0, sizeof f);
}

static void alarms_when_they_come_and_go(void **state)
{
	(void)state;
	memset(&bank, 0, sizeof bank);
	bank.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
	alarms_at(LADDER_WAITING, 1); /* nobody is told yet */
	assert_int_equal(j.next, 0);
	alarms_at(LADDER_NORMAL, 2);
	assert_string_equal(newest()->text, "alarm raised: battery voltage too high");
	assert_string_equal(topic(), "alarm.raised");
	assert_string_equal(newest()->word, "high_voltage");
	assert_int_equal(newest()->severity, EVENT_ALARM);
	bank.alarm[AL_HIGH_VOLTAGE] = (struct alarm_state){ TRI_OK, TRI_ACTIVE };
	alarms_at(LADDER_NORMAL, 3);
	assert_int_equal(j.next, 3);
	assert_string_equal(journal_get(&j, 2)->text, "alarm cleared: battery voltage too high");
	assert_int_equal(journal_get(&j, 2)->severity, EVENT_INFO);
	assert_string_equal(topic_names[journal_get(&j, 2)->topic], "alarm.cleared");
	assert_string_equal(topic(), "warning.raised");
	assert_string_equal(newest()->text, "warning raised: battery voltage too high");
	assert_int_equal(newest()->severity, EVENT_WARNING);
	bank.alarm[AL_LOW_VOLTAGE].alarm = TRI_OK; /* supported now: no event */
	alarms_at(LADDER_NORMAL, 4);
	assert_int_equal(j.next, 3);
	bank.alarm[AL_HIGH_VOLTAGE].warning = TRI_OK;
	alarms_at(LADDER_NORMAL, 5);
	assert_string_equal(topic(), "warning.cleared");
	assert_string_equal(newest()->text, "warning cleared: battery voltage too high");
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
		cmocka_unit_test_setup(whose_alarm_it_is, setup),
		cmocka_unit_test_setup(each_topic_has_its_word, setup),
		cmocka_unit_test_setup(thresholds, setup),
		cmocka_unit_test_setup(blocked_and_allowed, setup),
		cmocka_unit_test_setup(a_reduced_voltage, setup),
		cmocka_unit_test_setup(the_present, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
