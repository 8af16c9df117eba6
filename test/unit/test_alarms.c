/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The bank's alarms: the packs' by each policy, battagg's own, thresholds of the config; what has to last. */
#include "fixture.h"

#include "core/alarms.h"
#include "core/bank.h"

static struct fleet f;
static struct battery bank;
static struct alarms_state x;
static struct suspicion suspicions[PACKS_MAX];
static struct imbalance apart;
static struct journal j;
static enum ladder rung;
static int64_t now, soc;

static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 3);
	memset(&bank, 0, sizeof bank);
	memset(&x, 0, sizeof x);
	memset(suspicions, 0, sizeof suspicions);
	memset(&apart, 0, sizeof apart);
	memset(&j, 0, sizeof j);
	rung = LADDER_NORMAL;
	now = 50 * SEC;
	soc = 5000;
	return 0;
}

static void step(void)
{
	tree_build(&f.t, &f.s, f.packs, f.s.n_packs, now);
	bank_step(&bank, &f.t);
	alarms_step(&x, &bank, &f.t, suspicions, &apart, rung, soc, &j);
}

static void step_at(int64_t seconds)
{
	now = seconds * SEC;
	step();
}

static void alarms_of_all_that_have_a_say(void **state)
{
	(void)state;
	f.packs[0].b.alarm[AL_HIGH_VOLTAGE] = (struct alarm_state){ TRI_OK, TRI_ACTIVE };
	f.packs[1].b.alarm[AL_HIGH_VOLTAGE] = (struct alarm_state){ TRI_ACTIVE, TRI_OK };
	step();
	assert_int_equal(bank.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(bank.alarm[AL_HIGH_VOLTAGE].warning, TRI_ACTIVE);
	assert_int_equal(bank.alarm[AL_LOW_VOLTAGE].alarm, TRI_UNSUPPORTED);
	/* battagg knows by itself whether packs are missing */
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].alarm, TRI_OK);
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].warning, TRI_OK);
	f.packs[1].state = PACK_LOST;
	step();
	assert_int_equal(bank.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE); /* it leaves, its alarm stays */
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].warning, TRI_ACTIVE);
	f.packs[1].state = PACK_GONE;
	step();
	assert_int_equal(bank.alarm[AL_HIGH_VOLTAGE].alarm, TRI_OK);
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].warning, TRI_ACTIVE); /* the warning stands */
	f.packs[1].state = PACK_RETURNING;
	step();
	assert_int_equal(bank.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].warning, TRI_OK);
	/* the lower rungs */
	rung = LADDER_HOLD;
	step();
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].alarm, TRI_ACTIVE);
	rung = LADDER_EMERGENCY;
	step();
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].alarm, TRI_ACTIVE);
	rung = LADDER_NORMAL;
	f.s.last_good = true; /* not the config that the user wrote last */
	step();
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].alarm, TRI_ACTIVE);
	f.s.last_good = false;
	step();
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].alarm, TRI_OK);
	f.packs[2].b.alarm[AL_INTERNAL_FAILURE].alarm = TRI_ACTIVE; /* a pack's own */
	step();
	assert_int_equal(bank.alarm[AL_INTERNAL_FAILURE].alarm, TRI_ACTIVE);
}


static void say(enum alarm a, enum tri p, enum tri q, enum tri r)
{
	f.packs[0].b.alarm[a].alarm = (uint8_t)p;
	f.packs[1].b.alarm[a].alarm = (uint8_t)q;
	f.packs[2].b.alarm[a].alarm = (uint8_t)r;
	step();
}

static void is(enum alarm a, enum tri alarm, enum tri warning)
{
	assert_int_equal(bank.alarm[a].alarm, alarm);
	assert_int_equal(bank.alarm[a].warning, warning);
}

#define NO  TRI_OK
#define YES TRI_ACTIVE
#define NIL TRI_UNSUPPORTED

static void policies(void **state)
{
	(void)state;
	const enum alarm a = AL_CELL_IMBALANCE; /* closes nothing */
	say(a, NO, YES, NO);
	is(a, YES, NIL);
	f.s.alarms.policy = ALARMS_ALL;
	say(a, NO, YES, YES);
	is(a, NO, YES);
	say(a, NIL, YES, YES); /* all that know it */
	is(a, YES, NIL);
	say(a, NIL, NIL, NIL); /* nobody does: unsupported it stays */
	is(a, NIL, NIL);
	say(a, NO, NO, NIL);
	is(a, NO, NIL);
	f.s.alarms.policy = ALARMS_MAJORITY;
	say(a, NO, NO, YES);
	is(a, NO, YES);
	say(a, NO, YES, YES);
	is(a, YES, NIL);
	say(a, NIL, NO, YES); /* half of them are not most */
	is(a, NO, YES);
}

/* A single dangerous pack is not outvoted. */
static void a_protection_is_everybodys(void **state)
{
	(void)state;
	for (int policy = ALARMS_WORST; policy <= ALARMS_MAJORITY; policy++) {
		f.s.alarms.policy = policy;
		f.s.alarms.raise_after = 100 * SEC;
		say(AL_HIGH_CELL_VOLTAGE, NO, YES, NO);
		is(AL_HIGH_CELL_VOLTAGE, YES, NIL);
		say(AL_HIGH_CELL_VOLTAGE, NO, NO, NO);
		is(AL_HIGH_CELL_VOLTAGE, NO, NIL);
	}
}

static void what_has_to_last(void **state)
{
	(void)state;
	const enum alarm a = AL_CELL_IMBALANCE;
	f.s.alarms.raise_after = 5 * SEC;
	f.s.alarms.clear_after = 8 * SEC;
	say(a, YES, NO, NO);
	is(a, NO, NIL);
	step_at(54);
	is(a, NO, NIL);
	now = 54 * SEC;
	say(a, NO, NO, NO); /* it was short */
	now = 55 * SEC;
	say(a, YES, NO, NO);
	step_at(59);
	is(a, NO, NIL);
	step_at(60);
	is(a, YES, NIL);
	now = 61 * SEC;
	say(a, NO, NO, NO);
	is(a, YES, NIL);
	step_at(68);
	is(a, YES, NIL);
	step_at(69);
	is(a, NO, NIL);
	/* a protection is told at once, and over as slowly */
	say(AL_SHORT_CIRCUIT, YES, NO, NO);
	is(AL_SHORT_CIRCUIT, YES, NIL);
	say(AL_SHORT_CIRCUIT, NO, NO, NO);
	is(AL_SHORT_CIRCUIT, YES, NIL);
	step_at(77);
	is(AL_SHORT_CIRCUIT, NO, NIL);
}

static void packs_apart(void **state)
{
	(void)state;
	const struct alarm_state *told = &bank.alarm[AL_CELL_IMBALANCE];
	step_at(50);
	assert_int_equal(told->warning, TRI_UNSUPPORTED);
	apart.found[IMBALANCE_VOLTAGE] = (struct detector){ .active = true, .since = 100 * SEC };
	step_at(7300);
	assert_int_equal(told->warning, TRI_ACTIVE);
	assert_int_equal(told->alarm, TRI_UNSUPPORTED);
	f.s.alarms.packs_apart = (struct bound){ true, 7200 * SEC };
	step_at(7299);
	assert_int_equal(told->alarm, TRI_UNSUPPORTED);
	step_at(7300);
	assert_int_equal(told->alarm, TRI_ACTIVE);
	apart.found[IMBALANCE_VOLTAGE].active = false;
	step_at(7301);
	assert_int_equal(told->alarm, TRI_UNSUPPORTED);
	assert_int_equal(told->warning, TRI_UNSUPPORTED);
}

static void a_lost_pack_becomes_an_alarm(void **state)
{
	(void)state;
	f.s.alarms.lost_pack = (struct bound){ true, 600 * SEC };
	f.packs[1].state = PACK_LOST;
	step_at(100);
	is(AL_INTERNAL_FAILURE, NO, YES);
	step_at(699);
	is(AL_INTERNAL_FAILURE, NO, YES);
	step_at(700);
	is(AL_INTERNAL_FAILURE, YES, YES);
	f.packs[1].state = PACK_ONLINE;
	step_at(701);
	is(AL_INTERNAL_FAILURE, NO, NO);
	f.packs[1].state = PACK_LOST;
	step_at(702);
	is(AL_INTERNAL_FAILURE, NO, YES);
}

static void one_that_stands_still_is_a_warning(void **state)
{
	(void)state;
	suspicions[2].frozen.active = true;
	step();
	is(AL_INTERNAL_COMMUNICATION, NIL, YES);
	suspicions[2].frozen.active = false;
	step();
	is(AL_INTERNAL_COMMUNICATION, NIL, NIL);
}

/* Sets a threshold: warning, alarm, and how far back it is over. */
static void own(enum own_alarm_kind k, int64_t warning, int64_t alarm, int64_t release)
{
	f.s.alarms.time = 10 * SEC;
	f.s.alarms.own[k] = (struct own_alarm){ { true, warning }, { true, alarm }, release };
}

static void voltage(int64_t mv)
{
	for (int i = 0; i < 3; i++)
		battery_set(&f.packs[i].b, Q_VOLTAGE, mv, now);
}

static const char *newest(void)
{
	return journal_get(&j, j.next)->text;
}

static void too_high(void **state)
{
	(void)state;
	own(OWN_HIGH_VOLTAGE, 56000, 57000, 500);
	voltage(55999);
	step_at(100);
	voltage(56000);
	step_at(101);
	step_at(110);
	is(AL_HIGH_VOLTAGE, NIL, NIL);
	step_at(111);
	is(AL_HIGH_VOLTAGE, NIL, YES);
	assert_string_equal(newest(), "battery voltage too high: 56.000 V, the config warns at 56.000 V");
	assert_int_equal(journal_get(&j, j.next)->severity, EVENT_WARNING);
	voltage(57200);
	step_at(112);
	step_at(122);
	is(AL_HIGH_VOLTAGE, YES, YES);
	assert_string_equal(newest(), "battery voltage too high: 57.200 V, the config alarms at 57.000 V");
	assert_int_equal(journal_get(&j, j.next)->severity, EVENT_ALARM);
	voltage(56600); /* not yet 0.5 V back */
	step_at(123);
	step_at(143);
	is(AL_HIGH_VOLTAGE, YES, YES);
	voltage(56500);
	step_at(144);
	step_at(154);
	is(AL_HIGH_VOLTAGE, NIL, YES);
	assert_string_equal(newest(), "no longer battery voltage too high: 56.500 V, the config alarms at 57.000 V");
	assert_int_equal(journal_get(&j, j.next)->severity, EVENT_INFO);
	f.s.alarms.own[OWN_HIGH_VOLTAGE].warning.set = false; /* by a reload */
	step_at(155);
	is(AL_HIGH_VOLTAGE, NIL, NIL);
}

static void too_low(void **state)
{
	(void)state;
	own(OWN_LOW_SOC, 2000, 1000, 200);
	soc = 2001;
	step_at(100);
	step_at(120);
	is(AL_LOW_SOC, NIL, NIL);
	soc = 2000;
	step_at(121);
	step_at(131);
	is(AL_LOW_SOC, NIL, YES);
	assert_string_equal(newest(), "state of charge low: 20.00 %, the config warns at 20.00 %");
	soc = -1; /* not known: it stays */
	step_at(132);
	step_at(200);
	is(AL_LOW_SOC, NIL, YES);
	soc = 2200;
	step_at(201);
	step_at(211);
	is(AL_LOW_SOC, NIL, NIL);
	soc = 900;
	step_at(212);
	step_at(222);
	is(AL_LOW_SOC, YES, YES);
}

static void temperatures_and_cells(void **state)
{
	(void)state;
	own(OWN_LOW_TEMPERATURE, 50, 0, 20);
	own(OWN_CELL_IMBALANCE, 200, 400, 20);
	battery_set(&f.packs[0].b, Q_CELL_TEMPERATURE_MIN, -10, now);
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MIN, 3100, now);
	step_at(100);
	step_at(110);
	is(AL_LOW_TEMPERATURE, YES, YES);
	is(AL_CELL_IMBALANCE, NIL, NIL); /* no highest cell is known */
	battery_set(&f.packs[1].b, Q_CELL_VOLTAGE_MAX, 3301, now);
	step_at(111);
	step_at(121);
	is(AL_CELL_IMBALANCE, NIL, YES);
	battery_set(&f.packs[1].b, Q_CELL_VOLTAGE_MAX, 3500, now);
	step_at(122);
	step_at(132);
	is(AL_CELL_IMBALANCE, YES, YES);
}

/* A pack's own word and a threshold: the worse. */
static void with_the_packs(void **state)
{
	(void)state;
	own(OWN_HIGH_VOLTAGE, 56000, 57000, 500);
	say(AL_HIGH_VOLTAGE, NO, NO, YES);
	is(AL_HIGH_VOLTAGE, YES, NIL);
	f.packs[0].b.alarm[AL_HIGH_VOLTAGE].warning = TRI_OK;
	voltage(50000);
	step();
	is(AL_HIGH_VOLTAGE, YES, NO);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		TEST(alarms_of_all_that_have_a_say),
		TEST(policies),
		TEST(a_protection_is_everybodys),
		TEST(what_has_to_last),
		TEST(a_lost_pack_becomes_an_alarm),
		TEST(packs_apart),
		TEST(one_that_stands_still_is_a_warning),
		TEST(too_high),
		TEST(too_low),
		TEST(temperatures_and_cells),
		TEST(with_the_packs),
	};
	return cmocka_run_group_tests_name("alarms", tests, NULL, NULL);
}
