/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Packs that are apart: what is found, when, what keeps it, who is told. */
#include "fixture.h"

static struct fleet f;
static const struct imbalance *im = &f.g.imbalance;

/* As the config has it by default. */
static void detect_all(struct settings *s)
{
	s->imbalance[OF_SOC] = (struct imbalance_settings){ .detect = true, .threshold = 2000, .release = 200, .time = 60 * SEC };
	s->imbalance[OF_VOLTAGE] = (struct imbalance_settings){ .detect = true, .threshold = 300, .release = 100, .time = 60 * SEC };
	s->imbalance[OF_CURRENT] = (struct imbalance_settings){ .detect = true, .threshold = 2000, .release = 500, .time = 60 * SEC };
	s->imbalance_above = 10;
}

static void set(int pack, enum quantity q, int64_t v)
{
	battery_set(&f.packs[pack].b, q, v, 0);
}

static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 3);
	detect_all(&f.s);
	for (int i = 0; i < 3; i++)
		set(i, Q_SOC, 5000);
	return 0;
}

/* Steps at `now`, and once more when the time has passed. */
static void settle(int64_t now)
{
	fleet_step(&f, now);
	fleet_step(&f, now + 60 * SEC);
}

static void by_state_of_charge(void **state)
{
	(void)state;
	set(1, Q_SOC, 7000);
	set(2, Q_SOC, 5001);
	set(0, Q_SOC, 5001);
	settle(SEC);
	assert_false(im->found[IMBALANCE_SOC].active); /* 19.99 % */
	assert_true(im->found[IMBALANCE_SOC].known);
	assert_int_equal(im->found[IMBALANCE_SOC].value, 1999);
	assert_int_equal(im->most[IMBALANCE_SOC], 1);
	set(2, Q_SOC, 5000);
	fleet_step(&f, 100 * SEC);
	fleet_step(&f, 160 * SEC - 1);
	assert_false(im->found[IMBALANCE_SOC].active);
	fleet_step(&f, 160 * SEC);
	assert_true(im->found[IMBALANCE_SOC].active);
	assert_int_equal(im->found[IMBALANCE_SOC].since, 160 * SEC);
	assert_int_equal(im->least[IMBALANCE_SOC], 2);
	/* over at 18 % */
	set(1, Q_SOC, 6801);
	settle(200 * SEC);
	assert_true(im->found[IMBALANCE_SOC].active);
	set(1, Q_SOC, 6800);
	settle(300 * SEC);
	assert_false(im->found[IMBALANCE_SOC].active);
	/* switched off */
	set(1, Q_SOC, 9000);
	settle(400 * SEC);
	assert_true(im->found[IMBALANCE_SOC].active);
	f.s.imbalance[OF_SOC].detect = false;
	settle(500 * SEC);
	assert_false(im->found[IMBALANCE_SOC].active);
	assert_false(im->found[IMBALANCE_SOC].known);
}

static void by_voltage(void **state)
{
	(void)state;
	set(0, Q_VOLTAGE, 53299);
	settle(SEC);
	assert_false(im->found[IMBALANCE_VOLTAGE].active); /* 53.000 V are the others' */
	set(0, Q_VOLTAGE, 53300);
	settle(100 * SEC);
	assert_true(im->found[IMBALANCE_VOLTAGE].active);
	assert_int_equal(im->most[IMBALANCE_VOLTAGE], 0);
	set(0, Q_VOLTAGE, 53200);
	settle(200 * SEC);
	assert_false(im->found[IMBALANCE_VOLTAGE].active);
}

static void currents(int64_t a, int64_t b, int64_t c)
{
	set(0, Q_CURRENT, a);
	set(1, Q_CURRENT, b);
	set(2, Q_CURRENT, c);
}

/* By capacity, in both directions: 10 A of 100 Ah are as much as 20 A of 200 Ah. */
static void by_current(void **state)
{
	(void)state;
	f.s.packs[1].capacity.value = 200000;
	currents(10000, 20000, 8001);
	settle(SEC);
	assert_int_equal(im->found[IMBALANCE_CHARGE].value, 1999);
	assert_false(im->found[IMBALANCE_CHARGE].active);
	assert_false(im->found[IMBALANCE_DISCHARGE].known);
	currents(10000, 20000, 8000);
	settle(100 * SEC);
	assert_true(im->found[IMBALANCE_CHARGE].active);
	assert_int_equal(im->least[IMBALANCE_CHARGE], 2);
	/* at 0.1 C something is said, below it not: then it stays as it is */
	currents(9999, 9999, 9999);
	settle(200 * SEC);
	assert_false(im->found[IMBALANCE_CHARGE].known);
	assert_true(im->found[IMBALANCE_CHARGE].active);
	currents(10000, 20000, 10000);
	settle(300 * SEC);
	assert_false(im->found[IMBALANCE_CHARGE].active);
	/* discharging: 0.4 C of 200 Ah, 0.2 C, and one that charges: more than all of it apart */
	currents(-20000, -80000, 4000);
	settle(400 * SEC);
	assert_true(im->found[IMBALANCE_DISCHARGE].active);
	assert_int_equal(im->found[IMBALANCE_DISCHARGE].value, 11000);
	assert_int_equal(im->most[IMBALANCE_DISCHARGE], 1);
	assert_int_equal(im->least[IMBALANCE_DISCHARGE], 2);
	assert_false(im->found[IMBALANCE_CHARGE].known);
	/* one that blocks takes none, and that is no news */
	setup(NULL);
	memset(&f.g.imbalance, 0, sizeof f.g.imbalance);
	currents(20000, 20000, 0);
	f.packs[2].accepted[LIMIT_CCL].value = 0;
	settle(500 * SEC);
	assert_true(im->found[IMBALANCE_CHARGE].known);
	assert_int_equal(im->found[IMBALANCE_CHARGE].value, 0);
	/* nor is one of which nobody knows how large it is comparable */
	f.s.packs[1].capacity.set = false;
	settle(600 * SEC);
	assert_false(im->found[IMBALANCE_CHARGE].known);
}

/* One that falls silent makes nothing even; one that is gone counts no more. */
static void silence_keeps_it(void **state)
{
	(void)state;
	set(2, Q_SOC, 1000);
	settle(SEC);
	assert_true(im->found[IMBALANCE_SOC].active);
	f.packs[2].state = PACK_LOST;
	settle(100 * SEC);
	assert_true(im->found[IMBALANCE_SOC].active);
	assert_false(im->found[IMBALANCE_SOC].known);
	f.packs[2].state = PACK_RETURNING;
	set(2, Q_SOC, 5000);
	settle(200 * SEC);
	assert_true(im->found[IMBALANCE_SOC].active); /* not until it is in the bank */
	f.packs[2].state = PACK_GONE;
	settle(300 * SEC);
	assert_false(im->found[IMBALANCE_SOC].active);
	/* a value that is old says nothing either */
	f.packs[2].state = PACK_ONLINE;
	set(2, Q_SOC, 1000);
	settle(400 * SEC);
	f.packs[0].b.q[Q_SOC].validity = STALE;
	f.packs[2].b.q[Q_SOC].value = 5000;
	settle(500 * SEC);
	assert_true(im->found[IMBALANCE_SOC].active);
	/* one that was never in the bank is not waited for */
	set(0, Q_SOC, 5000);
	f.packs[1].state = PACK_WAITING;
	f.packs[1].speaks = true;
	f.packs[1].joined = false;
	settle(600 * SEC);
	assert_false(im->found[IMBALANCE_SOC].active);
	/* nobody there */
	for (int i = 0; i < 3; i++)
		f.packs[i].state = PACK_GONE;
	settle(700 * SEC);
	assert_false(im->found[IMBALANCE_SOC].known);
}

static void strings_are_compared_as_one(void **state)
{
	(void)state;
	f.s.n_strings = 2; /* A + B, and C: 106 V beside 53 V can't be, but it is found */
	f.s.string_of[1] = 0;
	f.s.string_of[2] = 1;
	set(1, Q_SOC, 2500); /* the string's is its lowest */
	settle(SEC);
	assert_true(im->found[IMBALANCE_SOC].active);
	assert_int_equal(im->found[IMBALANCE_SOC].value, 2500);
	assert_int_equal(im->found[IMBALANCE_VOLTAGE].value, 53000);
	assert_int_equal(im->least[IMBALANCE_SOC], 0); /* the string, by its first pack */
	f.packs[1].joined = false; /* a string that never was whole in the bank is not waited for */
	f.packs[1].state = PACK_WAITING;
	settle(100 * SEC);
	assert_false(im->found[IMBALANCE_SOC].active);
}

static struct bench b;

static void has_event(const char *text, enum severity severity, int times)
{
	int found = 0;
	for (uint64_t n = engine_event_first(b.e); n < engine_event_next(b.e); n++) {
		const struct event *e = engine_event(b.e, n);
		if (e && !strcmp(e->text, text) && e->severity == severity)
			found++;
	}
	assert_int_equal(found, times);
}

/* Through the whole engine: one event each, the warning, and what a reload keeps. */
static void told_once(void **state)
{
	(void)state;
	static struct settings other;
	bench_start(&b, 2);
	detect_all(&b.s);
	b.says[0].soc = 70;
	b.says[1].soc = 45;
	bench_run(&b, 59 * SEC);
	assert_false(engine_imbalance(b.e)->found[IMBALANCE_SOC].active);
	bench_run(&b, 60 * SEC);
	has_event("A and B are 25.0 % apart in state of charge: too much from 20.0 % on", EVENT_WARNING, 1);
	assert_int_equal(engine_bank(b.e)->alarm[AL_CELL_IMBALANCE].warning, TRI_ACTIVE);
	/* the packs change places, and only B is left in the second reload */
	other = b.s;
	other.packs[0] = b.s.packs[1];
	other.packs[1] = b.s.packs[0];
	struct engine *e = engine_create(&other, b.now);
	engine_adopt(e, b.e);
	engine_destroy(b.e);
	b.e = e;
	b.s = other;
	assert_true(engine_imbalance(e)->found[IMBALANCE_SOC].active);
	assert_int_equal(engine_imbalance(e)->most[IMBALANCE_SOC], 1);
	struct imbalance left = *engine_imbalance(e);
	imbalance_adopt(&left, (const int[]){ -1, 0 });
	assert_int_equal(left.most[IMBALANCE_SOC], 0);
	assert_int_equal(left.least[IMBALANCE_SOC], -1);
	imbalance_adopt(&left, (const int[]){ 0, 1 });
	assert_int_equal(left.least[IMBALANCE_SOC], -1);
	b.says[0].soc = b.says[1].soc = 60; /* now it is B that is first */
	bench_run(&b, 70 * SEC);
	has_event("A and B are 25.0 % apart in state of charge: too much from 20.0 % on", EVENT_WARNING, 1);
	has_event("the packs are even again in state of charge: 0.0 % apart", EVENT_INFO, 1);
	assert_int_equal(engine_bank(b.e)->alarm[AL_CELL_IMBALANCE].warning, TRI_UNSUPPORTED); /* no pack knows of it */
	/* switched off while it is found: nothing is even, nothing is said */
	b.says[0].soc = 10;
	bench_run(&b, 70 * SEC);
	has_event("A and B are 50.0 % apart in state of charge: too much from 20.0 % on", EVENT_WARNING, 1);
	other.imbalance[OF_SOC].detect = false;
	bench_run(&b, 2 * SEC);
	has_event("the packs are even again in state of charge: 0.0 % apart", EVENT_INFO, 1);
	bench_stop(&b);
}

/* A pack that is no more has no name. */
static void nobody_of_that_name(void **state)
{
	(void)state;
	struct journal j = { 0 };
	struct imbalance gone = { .most = { -1 }, .least = { 9 } };
	gone.found[IMBALANCE_SOC] = (struct detector){ .active = true, .value = 3000, .threshold = 2000, .since = 5 };
	journal_imbalance(&j, &gone, &f.s, 9);
	assert_string_equal(journal_get(&j, 1)->text,
	                    "one that is no more and one that is no more are 30.0 % apart in state of charge: too much from 20.0 % on");
	assert_string_equal(topic_names[journal_get(&j, 1)->topic], "packs.apart");
	assert_string_equal(journal_get(&j, 1)->word, "soc");
	assert_int_equal(journal_get(&j, 1)->value.value, 3000);
	assert_int_equal(journal_get(&j, 1)->unit, UNIT_BP);
	gone.found[IMBALANCE_SOC].active = false;
	gone.found[IMBALANCE_SOC].value = 500;
	journal_imbalance(&j, &gone, &f.s, 10);
	assert_string_equal(topic_names[journal_get(&j, 2)->topic], "packs.even");
	assert_int_equal(journal_get(&j, 2)->value.value, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(by_state_of_charge, setup),
		cmocka_unit_test_setup(by_voltage, setup),
		cmocka_unit_test_setup(by_current, setup),
		cmocka_unit_test_setup(silence_keeps_it, setup),
		cmocka_unit_test_setup(strings_are_compared_as_one, setup),
		cmocka_unit_test_setup(told_once, setup),
		cmocka_unit_test_setup(nobody_of_that_name, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
