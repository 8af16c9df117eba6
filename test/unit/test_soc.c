/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The state of charge that is told: by which rule, how fast it rises, what is counted, and what survives a restart. */
#include "fixture.h"

static struct bench b;

static int setup(void **state)
{
	(void)state;
	bench_start(&b, 2); /* 100 Ah each, 53 V, 50 % */
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_stop(&b);
	return 0;
}

static int64_t shown(void)
{
	const struct battery *s = engine_shown(b.e);
	assert_int_equal(s->q[Q_SOC].value, engine_soc(b.e)->shown);
	return s->q[Q_SOC].value;
}

static void with(enum soc_from from, int soc_a, int soc_b)
{
	b.s.soc.from = (int)from;
	b.says[0].soc = soc_a;
	b.says[1].soc = soc_b;
	b.s.packs[1].capacity.value = 300000;
	bench_run(&b, 3 * SEC);
}

static void weighted(void **state)
{
	(void)state;
	with(SOC_WEIGHTED, 40, 80); /* (40 x 100 + 80 x 300) / 400 */
	assert_int_equal(shown(), 7000);
	assert_int_equal(told(&b, 0x355, 0), 70);
	assert_int_equal(told(&b, 0x355, 2), 7000);
}

static void the_lowest(void **state)
{
	(void)state;
	with(SOC_LOWEST, 40, 80);
	assert_int_equal(shown(), 4000);
}

/* The lowest is lost: it is not in the bank any more; and one that no longer says it counts for nothing by and by. */
static void the_lowest_of_those_that_are_there(void **state)
{
	(void)state;
	with(SOC_LOWEST, 40, 80);
	b.says[0].mute = true;
	bench_run(&b, 1300 * SEC); /* 40 % up at 2 % a minute */
	assert_int_equal(shown(), 8000);
}

static void nothing_kept(void **state)
{
	(void)state;
	struct kept kept, none = { 0 };
	b.e = engine_create(&b.s, b.now);
	engine_restore(b.e, &none);
	engine_kept(b.e, &kept);
	assert_false(kept.counter.set);
	assert_false(kept.limits[LIMIT_CVL].set);
	bench_run(&b, 2 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 200000);
}

static void guarded(void **state)
{
	(void)state;
	with(SOC_GUARDED, 40, 80); /* 10 % above the lowest at most */
	assert_int_equal(shown(), 5000);
	with(SOC_GUARDED, 80, 76); /* the mean is 77, the lowest 76 */
	assert_int_equal(shown(), 7700);
}

/* A leaves: what is left is B's 80 %; up at 2 % a minute, down at once when A is back. */
static void it_rises_slowly_when_a_pack_has_gone(void **state)
{
	(void)state;
	b.says[0].soc = 40;
	b.says[1].soc = 80;
	bench_run(&b, 5 * SEC);
	assert_int_equal(shown(), 6000);
	b.says[0].mute = true;
	while (state_of(&b, 0) == PACK_ONLINE)
		bench_run(&b, 100 * MS);
	int64_t from = b.now;
	assert_in_range(shown(), 6000, 6002);
	assert_true(engine_soc(b.e)->climbing);
	bench_until(&b, from + 60 * SEC);
	assert_in_range(shown(), 6195, 6202);
	assert_int_equal(engine_soc(b.e)->packs, 8000);
	bench_until(&b, from + 605 * SEC);
	assert_int_equal(shown(), 8000);
	assert_false(engine_soc(b.e)->climbing);
	b.says[1].soc = 95; /* the same packs: at once */
	bench_run(&b, SEC);
	assert_int_equal(shown(), 9500);
	b.says[1].soc = 10;
	bench_run(&b, SEC);
	assert_int_equal(shown(), 1000);
}

static void down_at_once_ends_the_climb(void **state)
{
	(void)state;
	b.says[0].soc = 40;
	b.says[1].soc = 80;
	bench_run(&b, 5 * SEC);
	b.says[0].mute = true;
	bench_run(&b, 60 * SEC);
	assert_true(engine_soc(b.e)->climbing);
	b.says[1].soc = 30;
	bench_run(&b, SEC);
	assert_int_equal(shown(), 3000);
	assert_false(engine_soc(b.e)->climbing);
}

/* 10 A into each for an hour at 98 %: 19.6 Ah of 200 Ah. Half of it out again without loss. */
static void the_counter(void **state)
{
	(void)state;
	b.s.soc.from = SOC_COUNTER;
	bench_run(&b, 2 * SEC);
	assert_int_equal(shown(), 5000); /* from the packs */
	b.says[0].current = b.says[1].current = 100;
	bench_run(&b, 3600 * SEC);
	assert_in_range(counter_mah(&engine_soc(b.e)->counter), 119580, 119620);
	assert_in_range(shown(), 5978, 5981);
	assert_in_range(engine_soc(b.e)->counter.drift, 978, 981);
	b.says[0].current = -100;
	b.says[1].current = 0;
	bench_run(&b, 3600 * SEC);
	assert_in_range(counter_mah(&engine_soc(b.e)->counter), 109570, 109630);
	/* 53 V x 20 A in, 53 V x 10 A out, an hour each */
	assert_in_range(engine_soc(b.e)->meter.in, 1059000, 1061000);
	assert_in_range(engine_soc(b.e)->meter.out, 529000, 531000);
}

static void it_ends_at_full_and_at_nothing(void **state)
{
	(void)state;
	b.s.soc.from = SOC_COUNTER;
	b.s.soc.start = (struct bound){ true, 9900 };
	b.says[0].current = b.says[1].current = 1000; /* 200 A: 2 Ah in 36 s */
	bench_run(&b, 100 * SEC);
	assert_int_equal(shown(), 10000);
	assert_int_equal(engine_soc(b.e)->counter.resets, 0); /* counted, not seen */
	b.says[0].current = b.says[1].current = -1000;
	bench_run(&b, 3700 * SEC);
	assert_int_equal(shown(), 0);
	assert_int_equal(counter_mah(&engine_soc(b.e)->counter), 0);
}

/* Full is seen where each pack has a cell of 3.45 V, with 0.05 C of 200 Ah, 10 A, at most, for 60 s. */
static void full(void **state)
{
	(void)state;
	b.s.soc.from = SOC_COUNTER;
	b.s.soc.start = (struct bound){ true, 7000 };
	b.says[0].cell_max = 3450;
	b.says[1].cell_max = 3449;
	bench_run(&b, 100 * SEC);
	assert_false(engine_soc(b.e)->counter.full);
	b.says[1].cell_max = 3450;
	b.says[0].current = b.says[1].current = 51;
	bench_run(&b, 100 * SEC);
	assert_false(engine_soc(b.e)->counter.full);
	b.says[0].current = b.says[1].current = 50;
	bench_run(&b, 59 * SEC);
	assert_false(engine_soc(b.e)->counter.full);
	bench_run(&b, 3 * SEC);
	assert_true(engine_soc(b.e)->counter.full);
	assert_int_equal(shown(), 10000);
	assert_int_equal(engine_soc(b.e)->counter.resets, 1);
	bench_run(&b, 100 * SEC);
	assert_int_equal(engine_soc(b.e)->counter.resets, 1);
	b.says[0].cell_max = b.says[1].cell_max = 3400;
	b.says[0].current = b.says[1].current = -100;
	bench_run(&b, 700 * SEC); /* 3.9 Ah of 200 are less than 2 % */
	assert_true(engine_soc(b.e)->counter.full);
	bench_run(&b, 60 * SEC);
	assert_false(engine_soc(b.e)->counter.full);
}

/* Without cells nobody knows; and a discharge is no charge that ends. */
static void not_full(void **state)
{
	(void)state;
	b.s.soc.start = (struct bound){ true, 7000 };
	b.says[0].cell_max = b.says[0].cell_min = 0;
	b.says[1].cell_max = 3500;
	bench_run(&b, 100 * SEC);
	assert_false(engine_soc(b.e)->counter.full);
	b.says[0] = b.says[1];
	b.says[0].current = -101;
	bench_run(&b, 100 * SEC);
	assert_false(engine_soc(b.e)->counter.full);
	b.s.packs[1].chemistry = CHEM_UNKNOWN; /* and no voltage for it in the config */
	b.says[0].current = 0;
	bench_run(&b, 100 * SEC);
	assert_false(engine_soc(b.e)->counter.full);
	b.s.soc.full_voltage = 3500;
	bench_run(&b, 100 * SEC);
	assert_true(engine_soc(b.e)->counter.full);
}

static void empty(void **state)
{
	(void)state;
	b.s.soc.from = SOC_COUNTER;
	b.says[0].cell_min = 2890;
	bench_run(&b, 100 * SEC);
	assert_false(engine_soc(b.e)->counter.empty); /* nobody asked for it */
	b.s.soc.empty_voltage = 2900;
	struct says cells = b.says[0];
	b.says[0].cell_min = b.says[0].cell_max = b.says[1].cell_min = b.says[1].cell_max = 0; /* nobody knows */
	bench_run(&b, 100 * SEC);
	assert_false(engine_soc(b.e)->counter.empty);
	b.says[0] = cells;
	bench_run(&b, 100 * SEC);
	assert_true(engine_soc(b.e)->counter.empty);
	assert_int_equal(shown(), 0);
	assert_int_equal(engine_soc(b.e)->counter.resets, 1);
	b.says[0].cell_min = 3100;
	b.says[0].current = b.says[1].current = 100;
	bench_run(&b, 600 * SEC); /* 3.3 Ah are less than 2 % */
	assert_true(engine_soc(b.e)->counter.empty);
	bench_run(&b, 200 * SEC);
	assert_false(engine_soc(b.e)->counter.empty);
}

static void held_until_it_is_full(void **state)
{
	(void)state;
	b.s.soc.hold_full = 9800;
	b.says[0].soc = b.says[1].soc = 100;
	bench_run(&b, 5 * SEC);
	assert_int_equal(shown(), 9800);
	b.says[0].cell_max = b.says[1].cell_max = 3460;
	bench_run(&b, 70 * SEC);
	assert_int_equal(shown(), 10000);
	b.says[0].soc = b.says[1].soc = 97;
	bench_run(&b, 5 * SEC);
	assert_int_equal(shown(), 9700);
}

static void a_current_that_is_not_known_counts_for_nothing(void **state)
{
	(void)state;
	b.s.soc.from = SOC_COUNTER;
	b.says[0].current = b.says[1].current = 100;
	bench_run(&b, 5 * SEC);
	int64_t before = counter_mah(&engine_soc(b.e)->counter);
	b.says[0].mute = b.says[1].mute = true;
	bench_run(&b, 7 * SEC); /* fresh for 5 s: 5 s at 20 A are 27 mAh */
	int64_t after = counter_mah(&engine_soc(b.e)->counter);
	assert_in_range(after - before, 24, 30);
	bench_run(&b, 100 * SEC);
	assert_int_equal(counter_mah(&engine_soc(b.e)->counter), after);
	assert_int_equal(engine_shown(b.e)->q[Q_SOC].value, engine_soc(b.e)->shown); /* the last there was */
}

/* A machine that slept: what went through in the meantime is not known. */
static void a_pause(void **state)
{
	(void)state;
	b.says[0].current = b.says[1].current = 100;
	bench_run(&b, 5 * SEC);
	int64_t before = counter_mah(&engine_soc(b.e)->counter), energy = engine_soc(b.e)->meter.in;
	b.now += 3600 * SEC;
	bench_step(&b);
	assert_int_equal(counter_mah(&engine_soc(b.e)->counter), before);
	assert_int_equal(engine_soc(b.e)->meter.in, energy);
}

static void set_by_hand(void **state)
{
	(void)state;
	b.s.soc.from = SOC_COUNTER;
	bench_run(&b, 5 * SEC);
	assert_true(engine_set_soc(b.e, 8000));
	bench_run(&b, SEC);
	assert_int_equal(shown(), 8000);
	assert_int_equal(counter_mah(&engine_soc(b.e)->counter), 160000);
}

static void not_before_the_capacity_is_known(void **state)
{
	(void)state;
	b.s.packs[0].capacity.set = b.s.packs[1].capacity.set = false;
	b.e = engine_create(&b.s, b.now);
	bench_step(&b);
	assert_false(engine_set_soc(b.e, 8000));
	bench_run(&b, 5 * SEC);
	assert_false(engine_soc(b.e)->counter.known);
}

static void a_restart(void **state)
{
	(void)state;
	struct kept kept;
	b.s.soc.from = SOC_COUNTER;
	b.s.soc.start = (struct bound){ true, 3000 };
	b.says[0].ccl = 200;
	b.says[0].current = 100;
	bench_run(&b, 100 * SEC);
	engine_kept(b.e, &kept);
	assert_true(kept.counter.set);
	assert_in_range(kept.counter.value, 60250, 60280); /* 10 A for about 97 s x 98 % = 264 mAh */
	assert_in_range(kept.energy_in, 14000, 14800);     /* 530 W */
	assert_int_equal(kept.energy_out, 0);
	assert_int_equal(kept.limits[LIMIT_CCL].value, 120000);
	engine_destroy(b.e);
	b.says[0].ccl = 1000;
	b.e = engine_create(&b.s, b.now);
	engine_restore(b.e, &kept);
	bench_run(&b, 10 * SEC);
	assert_in_range(counter_mah(&engine_soc(b.e)->counter), kept.counter.value, kept.counter.value + 30);
	/* what was allowed before is not exceeded at once, though the packs allow 200 A now */
	assert_int_equal(limit_now(&b, LIMIT_CCL), 120000);
	assert_int_equal(reason_now(&b, LIMIT_CCL), REASON_HELD);
	bench_run(&b, 60 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 200000);
}

static void kept_limits_lower_nothing_for_ever(void **state)
{
	(void)state;
	struct kept kept = { .counter = { true, INT64_MAX }, .limits[LIMIT_DCL] = { true, 5000 } };
	b.e = engine_create(&b.s, b.now);
	engine_restore(b.e, &kept);
	assert_int_equal(counter_mah(&engine_soc(b.e)->counter), 1000000000); /* what can't be is cut, and soon the capacity */
	bench_run(&b, 2 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_DCL), 5000);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 200000);
	bench_run(&b, 120 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_DCL), 240000);
	/* after a silence it is a first picture again */
	b.says[0].mute = b.says[1].mute = true;
	bench_run(&b, 400 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_SILENT);
	b.says[0].mute = b.says[1].mute = false;
	bench_run(&b, 60 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_DCL), 240000);
}

static void silence_forgets_what_was_restored(void **state)
{
	(void)state;
	struct govern g = { .restored[LIMIT_CCL] = { true, 5000 } };
	struct fleet f;
	struct verdict last = { 0 }, out;
	fleet_start(&f, 1);
	tree_build(&f.t, &f.s, f.packs, 1, SEC);
	struct ladder_state l = { .rung = LADDER_WAITING };
	ladder_verdict(&l, &g, &f.t, &last, &out);
	assert_true(g.ramp[LIMIT_CCL].started);
	l.rung = LADDER_SILENT;
	ladder_verdict(&l, &g, &f.t, &last, &out);
	assert_false(g.ramp[LIMIT_CCL].started);
	assert_false(g.restored[LIMIT_CCL].set);
}

static void a_reload_goes_on(void **state)
{
	(void)state;
	static struct settings s;
	b.says[0].soc = 40;
	b.says[1].soc = 80;
	bench_run(&b, 5 * SEC);
	s = b.s;
	s.packs[0] = b.s.packs[1];
	s.packs[1] = b.s.packs[0];
	struct engine *e = engine_create(&s, b.now);
	engine_adopt(e, b.e);
	assert_int_equal(engine_soc(e)->members, 3);
	assert_int_equal(engine_soc(e)->shown, 6000);
	assert_int_equal(counter_mah(&engine_soc(e)->counter), counter_mah(&engine_soc(b.e)->counter));
	engine_destroy(e);
}

static void the_temperature_that_is_told(void **state)
{
	(void)state;
	b.says[0].temperature = 250;
	b.says[1].temperature = 102;
	bench_run(&b, 5 * SEC);
	assert_int_equal(told(&b, 0x356, 2), 250);
	b.s.temperature_shown = TEMPERATURE_MEAN;
	bench_run(&b, 2 * SEC);
	assert_int_equal(told(&b, 0x356, 2), 176);
	b.s.temperature_shown = TEMPERATURE_LOWEST;
	bench_run(&b, 2 * SEC);
	assert_int_equal(told(&b, 0x356, 2), 102);
	b.says[1].mute = true;
	bench_run(&b, 12 * SEC);
	assert_int_equal(told(&b, 0x356, 2), 250);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(weighted),
		TEST(the_lowest),
		TEST(guarded),
		TEST(the_lowest_of_those_that_are_there),
		TEST(nothing_kept),
		TEST(it_rises_slowly_when_a_pack_has_gone),
		TEST(down_at_once_ends_the_climb),
		TEST(the_counter),
		TEST(it_ends_at_full_and_at_nothing),
		TEST(full),
		TEST(not_full),
		TEST(empty),
		TEST(held_until_it_is_full),
		TEST(a_current_that_is_not_known_counts_for_nothing),
		TEST(a_pause),
		TEST(set_by_hand),
		TEST(not_before_the_capacity_is_known),
		TEST(a_restart),
		TEST(kept_limits_lower_nothing_for_ever),
		TEST(silence_forgets_what_was_restored),
		TEST(a_reload_goes_on),
		TEST(the_temperature_that_is_told),
	};
	return cmocka_run_group_tests_name("soc", tests, NULL, NULL);
}
