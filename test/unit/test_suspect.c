/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What packs say and nobody believes at once: values that leap, that stand still, and a SoC that can't be. */
#include "fixture.h"

static struct bench b;
static struct rig r;
static struct dialect shunt;

static const struct suspect_settings doubts = { .jumps = true, .frozen = true, .soc = true, .times = 3, .voltage_jump = 1000,
	.soc_jump = 1000, .temperature_jump = 150, .frozen_time = 60 * SEC, .frozen_current = 5, .rest_time = 600 * SEC,
	.rest_current = 2 };

static int setup(void **state)
{
	(void)state;
	rig_start(&r);
	r.s.suspect = doubts;
	bench_start(&b, 2);
	b.s.suspect = doubts;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_stop(&b);
	return 0;
}

/* Each second so much; what is believed then. */
static int64_t says(int64_t second, enum quantity q, struct says w)
{
	hear_all(&r.p, &w, second * SEC);
	pack_refresh(&r.p, &r.s, second * SEC + MS);
	assert_int_equal(r.p.b.q[q].validity, VALID);
	return r.p.b.q[q].value;
}

static struct says with_soc(int soc)
{
	struct says w = healthy();
	w.soc = soc;
	return w;
}

static void a_leap_is_believed_the_third_time(void **state)
{
	(void)state;
	assert_int_equal(says(10, Q_SOC, with_soc(50)), 5000);
	assert_int_equal(says(11, Q_SOC, with_soc(60)), 6000); /* 10 % is no leap */
	assert_int_equal(says(12, Q_SOC, with_soc(0)), 6000);
	assert_int_equal(r.p.b.q[Q_SOC].time, 11 * SEC); /* it is as old as it is */
	pack_refresh(&r.p, &r.s, 12 * SEC + 500 * MS);   /* the same frame counts once */
	pack_refresh(&r.p, &r.s, 12 * SEC + 600 * MS);
	assert_int_equal(r.p.b.q[Q_SOC].value, 6000);
	assert_int_equal(says(13, Q_SOC, with_soc(0)), 6000);
	assert_int_equal(says(14, Q_SOC, with_soc(1)), 100);
	assert_int_equal(r.p.jumps.held, 1);
}

static void one_spike_is_none(void **state)
{
	(void)state;
	assert_int_equal(says(10, Q_SOC, with_soc(50)), 5000);
	for (int t = 11; t < 40; t += 2) {
		assert_int_equal(says(t, Q_SOC, with_soc(t % 4 == 1 ? 0 : 100)), 5000);
		assert_int_equal(says(t + 1, Q_SOC, with_soc(50)), 5000);
	}
	/* said three times, but each time another */
	assert_int_equal(says(41, Q_SOC, with_soc(0)), 5000);
	assert_int_equal(says(42, Q_SOC, with_soc(80)), 5000);
	assert_int_equal(says(43, Q_SOC, with_soc(20)), 5000);
}

static void voltages_and_temperatures(void **state)
{
	(void)state;
	struct says w = healthy(); /* 53.00 V, 20.0 degC */
	assert_int_equal(says(10, Q_VOLTAGE, w), 53000);
	w.voltage = 5830; /* 10 % more */
	assert_int_equal(says(11, Q_VOLTAGE, w), 58300);
	w.voltage = 5240; /* 10.1 % less: a leap */
	assert_int_equal(says(12, Q_VOLTAGE, w), 58300);
	w.voltage = 5830;
	w.temperature = -400;
	assert_int_equal(says(13, Q_TEMPERATURE, w), 200);
	assert_int_equal(says(14, Q_TEMPERATURE, w), 200);
	assert_int_equal(says(15, Q_TEMPERATURE, w), -400);
	w.temperature = -250;
	assert_int_equal(says(16, Q_TEMPERATURE, w), -250);
}

static void what_is_old_holds_nothing(void **state)
{
	(void)state;
	says(10, Q_SOC, with_soc(50));
	hear(&r.p, words4(0x355, 0, 99, 0, 0), 14 * SEC);
	pack_refresh(&r.p, &r.s, 15 * SEC);
	assert_int_equal(r.p.b.q[Q_SOC].value, 5000);
	assert_int_equal(r.p.b.q[Q_SOC].validity, VALID);
	pack_refresh(&r.p, &r.s, 15 * SEC + 1); /* more than 5 s after that: nothing fresh speaks against it */
	assert_int_equal(r.p.b.q[Q_SOC].value, 0);
}

static void leaps_can_be_allowed(void **state)
{
	(void)state;
	r.s.suspect.jumps = false;
	says(10, Q_SOC, with_soc(50));
	assert_int_equal(says(11, Q_SOC, with_soc(0)), 0);
}

/* What the config says in its place is nothing to compare with. */
static void an_override_is_no_measure(void **state)
{
	(void)state;
	says(10, Q_SOC, with_soc(50));
	r.s.packs[0].override[Q_SOC] = (struct bound){ true, 2000 };
	assert_int_equal(says(11, Q_SOC, with_soc(50)), 2000);
	r.s.packs[0].override[Q_SOC].set = false;
	assert_int_equal(says(12, Q_SOC, with_soc(50)), 5000);
}

static int events(const char *text)
{
	int n = 0;
	for (uint64_t i = engine_event_first(b.e); i < engine_event_next(b.e); i++)
		n += !strncmp(engine_event(b.e, i)->text, text, strlen(text));
	return n;
}

#define STILL   "its values stand still while the others' current moves"
#define NOT_STILL "its values no longer stand still"

/* Both live: their voltage changes with every second. */
static void live(int seconds, bool a, bool b_lives, int current_b)
{
	for (int i = 0; i < seconds; i++) {
		b.says[0].voltage += a ? (i & 1 ? -1 : 1) : 0;
		b.says[1].voltage += b_lives ? (i & 1 ? -1 : 1) : 0;
		b.says[1].current = current_b;
		bench_run(&b, SEC);
	}
}

static void it_stands_still(void **state)
{
	(void)state;
	live(10, true, true, 100);
	live(120, false, true, 100); /* B's 10 A don't move: nothing is known against A */
	assert_int_equal(events(STILL), 0);
	live(20, true, true, 100);
	live(30, false, true, 100);
	live(20, false, true, 149); /* 4.9 A more are 0.049 C of its 100 Ah */
	live(20, false, true, 100);
	assert_int_equal(events(STILL), 0);
	assert_false(engine_suspicion(b.e, 0)->frozen.active);
	live(2, false, true, 50); /* 5 A less are 0.05 C; and A stands still for 60 s already */
	assert_int_equal(events(STILL), 1);
	assert_true(engine_suspicion(b.e, 0)->frozen.active);
	assert_false(engine_suspicion(b.e, 1)->frozen.active);
	live(100, false, true, 50);
	assert_int_equal(events(STILL), 1);
	assert_int_equal(events(NOT_STILL), 0);
	live(2, true, true, 50);
	assert_int_equal(events(NOT_STILL), 1);
	assert_false(engine_suspicion(b.e, 0)->frozen.active);
}

static void one_that_blocks_may_stand_still(void **state)
{
	(void)state;
	b.says[0].ccl = 0;
	live(40, false, true, 100);
	live(100, false, true, 300);
	assert_int_equal(events(STILL), 0);
}

static void one_that_is_alone_is_not_judged(void **state)
{
	(void)state;
	live(10, true, true, 100);
	b.says[1].mute = true;
	live(300, false, false, 300);
	assert_int_equal(events(STILL), 0);
}

static void one_that_is_lost_is_not_judged(void **state)
{
	(void)state;
	live(30, true, true, 100);
	live(70, false, true, 300);
	live(2, false, true, 100);
	assert_int_equal(events(STILL), 1);
	b.says[0].mute = true;
	live(30, false, true, 100);
	assert_int_equal(state_of(&b, 0), PACK_LOST);
	assert_false(engine_suspicion(b.e, 0)->frozen.active);
}

/* A shunt of 0.1 A in bytes 0 and 1 of 0x200 on a port of its own. */
static void a_shunt_sees(int seconds)
{
	dialect_start(&shunt, "shunt");
	shunt.p.sensor = true;
	add_frame(&shunt, 0x200)->required = true;
	add_number(&shunt, Q_CURRENT, 0, 2, true, 100);
	snprintf(b.s.port_names[b.s.n_ports++], sizeof *b.s.port_names, "can9");
	b.s.n_sensors = 1;
	b.s.sensors[0] = (struct pack_settings){ .name = "shunt", .profile = &shunt.p, .port = 2 };
	b.s.current_from = 1;
	for (int i = 0; i < 2 * seconds; i++) {
		struct frame f = { .id = 0x200, .len = 8 };
		put16(f.data, i < seconds ? 0 : 100); /* 10 A are 0.05 C of 200 Ah */
		live(1, false, true, 0);
		engine_frame(b.e, 2, &f, b.now);
	}
}

static void a_shunt_sees_it(void **state)
{
	(void)state;
	a_shunt_sees(50);
	assert_int_equal(events(STILL), 1);
}

/* A of a string whose other pack is lost: no bank to compare the shunt with, and no other pack. */
static void a_string_without_its_other(void **state)
{
	(void)state;
	b.s.n_strings = 1;
	b.says[1].mute = true;
	a_shunt_sees(40);
	assert_int_equal(events(STILL), 0);
}

static void frozen_can_be_off(void **state)
{
	(void)state;
	b.s.suspect.frozen = false;
	live(30, true, true, 100);
	live(100, false, true, 300);
	live(100, false, true, 100);
	assert_int_equal(events(STILL), 0);
}

#define NOT_SO "its SoC of 95 % does not fit its voltage at rest, 3.210 V per cell"
#define SO     "its SoC of 60 % fits its voltage at rest, 3.210 V per cell, again"

static void a_soc_that_cant_be(void **state)
{
	(void)state;
	b.says[0].soc = 95;
	b.says[0].voltage = 5136; /* 16 x 3.210 V: 82 % at most */
	live(598, true, true, 0);
	assert_int_equal(events(NOT_SO), 0);
	b.says[0].voltage = 5136;
	bench_run(&b, 5 * SEC);
	assert_int_equal(events("its SoC of 95 % does not fit"), 1);
	assert_true(engine_suspicion(b.e, 0)->soc.active);
	assert_int_equal(engine_suspicion(b.e, 0)->soc.value, 1300);
	assert_false(engine_suspicion(b.e, 1)->soc.active);
	b.says[0].soc = 60; /* by leaps: believed after 1.5 s */
	bench_run(&b, 5 * SEC);
	assert_int_equal(events(SO), 1);
	assert_false(engine_suspicion(b.e, 0)->soc.active);
}

static void too_low_for_it(void **state)
{
	(void)state;
	b.says[0].soc = 10;
	b.says[0].voltage = 5392; /* 16 x 3.370 V: 50 % at least */
	bench_run(&b, 605 * SEC);
	assert_int_equal(events("its SoC of 10 % does not fit its voltage at rest, 3.370 V per cell"), 1);
	assert_int_equal(engine_suspicion(b.e, 0)->soc.value, 4000);
}

static void of_what_is_known(void **state)
{
	(void)state;
	b.says[0].soc = b.says[1].soc = 95;
	b.says[0].voltage = b.says[1].voltage = 5136;
	b.s.packs[0].cells = 0;
	b.s.packs[1].chemistry = CHEM_UNKNOWN;
	bench_run(&b, 700 * SEC);
	assert_int_equal(state_of(&b, 0), PACK_ONLINE);
	assert_int_equal(events("its SoC of"), 0);
}

static void only_at_rest(void **state)
{
	(void)state;
	b.says[0].soc = 95;
	b.says[0].voltage = 5136;
	for (int i = 0; i < 20; i++) {
		b.says[0].current = 21; /* 2.1 A is more than 0.02 C */
		bench_run(&b, 100 * SEC);
		b.says[0].current = i & 1 ? -20 : 20;
		bench_run(&b, 500 * SEC);
	}
	b.says[0].current = -21;
	bench_run(&b, 700 * SEC);
	assert_int_equal(events("its SoC of"), 0);
}

static void soc_can_be_off(void **state)
{
	(void)state;
	b.s.suspect.soc = false;
	b.says[0].soc = 95;
	b.says[0].voltage = 5136;
	bench_run(&b, 700 * SEC);
	assert_int_equal(events("its SoC of"), 0);
}

static void what_a_cell_can_hold(void **state)
{
	(void)state;
	int64_t low, high;
	assert_true(suspect_soc_range(CHEM_LFP, 3300, &low, &high));
	assert_int_equal(low, 0);
	assert_int_equal(high, 10000);
	suspect_soc_range(CHEM_LFP, 3370, &low, &high); /* half way from 3.34 V, 30 %, to 3.40 V, 70 % */
	assert_int_equal(low, 5000);
	suspect_soc_range(CHEM_NMC, 3600, &low, &high); /* 3.00 V: 25 %, 3.80 V: 75 %; so 62.5 % */
	assert_int_equal(low, 0);
	assert_int_equal(high, 6250);
	assert_false(suspect_soc_range(CHEM_LTO, 2300, &low, &high));
	assert_false(suspect_soc_range(CHEM_UNKNOWN, 3300, &low, &high));
}

/* What was begun goes on after a reload, in the pack's new place. */
static void a_reload_forgets_nothing(void **state)
{
	(void)state;
	static struct settings s;
	live(30, true, true, 100);
	live(30, false, true, 300);
	s = b.s;
	s.packs[0] = b.s.packs[1];
	s.packs[1] = b.s.packs[0];
	struct engine *e = engine_create(&s, b.now);
	engine_adopt(e, b.e);
	assert_int_equal(engine_suspicion(e, 1)->changed, engine_suspicion(b.e, 0)->changed);
	assert_int_equal(engine_suspicion(e, 0)->changed, engine_suspicion(b.e, 1)->changed);
	engine_destroy(e);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_leap_is_believed_the_third_time),
		TEST(one_spike_is_none),
		TEST(voltages_and_temperatures),
		TEST(what_is_old_holds_nothing),
		TEST(leaps_can_be_allowed),
		TEST(an_override_is_no_measure),
		TEST(a_string_without_its_other),
		TEST(too_low_for_it),
		TEST(of_what_is_known),
		TEST(it_stands_still),
		TEST(one_that_blocks_may_stand_still),
		TEST(one_that_is_alone_is_not_judged),
		TEST(one_that_is_lost_is_not_judged),
		TEST(a_shunt_sees_it),
		TEST(frozen_can_be_off),
		TEST(a_soc_that_cant_be),
		TEST(only_at_rest),
		TEST(soc_can_be_off),
		TEST(what_a_cell_can_hold),
		TEST(a_reload_forgets_nothing),
	};
	return cmocka_run_group_tests_name("suspect", tests, NULL, NULL);
}
