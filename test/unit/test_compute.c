/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Quantities that are made of others, and a pack of a dialect that has some; frames whose counter stands still. */
#include "fixture.h"

#include "core/quick.h"

static struct rig r;
static struct battery b;
static struct cells cells;
static int64_t stale[N_ARRAY];
static struct known k;

static int setup(void **state)
{
	(void)state;
	memset(&b, 0, sizeof b);
	memset(&cells, 0, sizeof cells);
	for (int a = 0; a < N_ARRAY; a++)
		stale[a] = 5 * SEC;
	k = (struct known){ .b = &b, .cells = &cells, .array_stale = stale, .now = 10 * SEC };
	rig_start(&r);
	return 0;
}

static void cell(int number, int mv, int64_t time)
{
	cells.value[ARRAY_CELL_VOLTAGE][number - 1] = mv;
	cells.time[ARRAY_CELL_VOLTAGE][number - 1] = time;
	cells.validity[ARRAY_CELL_VOLTAGE][number - 1] = VALID;
	if (number > cells.count[ARRAY_CELL_VOLTAGE])
		cells.count[ARRAY_CELL_VOLTAGE] = (uint8_t)number;
}

#define QUANTITY(q) { FIELD_QUANTITY, q, 0, 0 }
#define CELLS(from, to) { FIELD_ARRAY, ARRAY_CELL_VOLTAGE, from, to }
#define ROW(target_, how_, n, ...) \
	(struct computed){ .target = target_, .how = how_, .fill = FILL_OLD, .n_parts = n, .parts = { __VA_ARGS__ } }

static struct measure made;

static bool make(struct computed c)
{
	memset(&made, 0x55, sizeof made);
	return compute(&c, &k, &made);
}

static void is(int64_t value, enum validity validity, int64_t time)
{
	assert_int_equal(made.value, value);
	assert_int_equal(made.validity, validity);
	assert_int_equal(made.time, time);
	assert_int_equal(made.source, SOURCE_NONE);
	assert_int_equal(made.rank, 0);
	assert_false(made.partial);
}

static void of_cells(void **state)
{
	(void)state;
	struct computed sum = ROW(Q_VOLTAGE, COMPUTE_SUM, 1, CELLS(0, 0));
	assert_false(make(sum)); /* of nothing */
	cell(1, 3301, 8 * SEC);
	cell(2, 3302, 7 * SEC);
	cell(3, 3310, 9 * SEC);
	cell(4, 3290, 9 * SEC);
	assert_false(make(sum)); /* of how many? these may be the first ones only */
	assert_true(make(ROW(Q_CELL_VOLTAGE_MAX, COMPUTE_MAX, 1, CELLS(0, 0))));
	is(3310, VALID, 7 * SEC);
	assert_true(make(ROW(Q_CELL_VOLTAGE_MIN, COMPUTE_MIN, 2, CELLS(1, 2), CELLS(3, 3))));
	is(3301, VALID, 7 * SEC);
	assert_true(make(ROW(Q_CELL_VOLTAGE_MIN, COMPUTE_MIN, 2, CELLS(3, 4), CELLS(1, 1))));
	is(3290, VALID, 8 * SEC);
	assert_true(make(ROW(Q_CELL_VOLTAGE_MAX, COMPUTE_MAX, 2, CELLS(3, 3), CELLS(1, 2))));
	is(3310, VALID, 7 * SEC);
	k.n_cells = 4;
	assert_true(make(sum));
	is(13203, VALID, 7 * SEC); /* 3301 + 3302 + 3310 + 3290, as old as the oldest */
	k.now = 12 * SEC + 1; /* the second one is more than 5 s old */
	assert_true(make(sum));
	is(13203, STALE, 7 * SEC);
	k.n_cells = 5;
	assert_false(make(sum)); /* the fifth is missing */
	assert_false(make(ROW(Q_VOLTAGE, COMPUTE_SUM, 1, CELLS(4, 5))));
	assert_false(make(ROW(Q_VOLTAGE, COMPUTE_SUM, 2, CELLS(1, 4), CELLS(5, 5))));
	k.n_cells = 3; /* what lies beyond is no cell */
	assert_true(make(sum));
	is(9913, STALE, 7 * SEC);
	cells.validity[ARRAY_CELL_VOLTAGE][1] = NOT_AVAILABLE;
	assert_false(make(sum));
	assert_false(make(ROW(Q_CELL_VOLTAGE_MAX, COMPUTE_MAX, 1, CELLS(0, 0))));
	/* temperatures are not as many as the cells */
	cells.value[ARRAY_CELL_TEMPERATURE][0] = 251;
	cells.validity[ARRAY_CELL_TEMPERATURE][0] = VALID;
	cells.time[ARRAY_CELL_TEMPERATURE][0] = 12 * SEC;
	cells.count[ARRAY_CELL_TEMPERATURE] = 1;
	assert_true(make(ROW(Q_TEMPERATURE, COMPUTE_MAX, 1, { FIELD_ARRAY, ARRAY_CELL_TEMPERATURE, 0, 0 })));
	is(251, VALID, 12 * SEC);
}

static void of_quantities(void **state)
{
	(void)state;
	struct computed soc = ROW(Q_SOC, COMPUTE_RATIO, 2, QUANTITY(Q_CAPACITY_REMAINING), QUANTITY(Q_CAPACITY));
	battery_set(&b, Q_CAPACITY, 300000, 1);
	assert_false(make(soc));
	battery_set(&b, Q_CAPACITY_REMAINING, 100000, 9 * SEC);
	b.q[Q_CAPACITY].validity = STALE;
	assert_true(make(soc));
	is(3333, VALID, 9 * SEC); /* a third, downwards; what is installed does not get old */
	b.q[Q_CAPACITY_REMAINING] = (struct measure){ .value = 330000, .validity = STALE, .time = 3 };
	assert_true(make(soc));
	is(10000, STALE, 3); /* more than it is sold as: full */
	battery_set(&b, Q_CAPACITY_REMAINING, 20, 3);
	assert_true(make(soc));
	is(1, VALID, 3); /* 0.0067 %: not 0 */
	b.q[Q_CAPACITY].validity = NOT_AVAILABLE;
	assert_false(make(soc));
	/* -2000 W at 51.3 V are -38.986 A */
	struct computed current = ROW(Q_CURRENT, COMPUTE_RATIO, 2, QUANTITY(Q_POWER), QUANTITY(Q_VOLTAGE));
	battery_set(&b, Q_POWER, -2000000, 5);
	battery_set(&b, Q_VOLTAGE, 51300, 4);
	assert_true(make(current));
	is(-38986, VALID, 4);
	battery_set(&b, Q_VOLTAGE, 0, 4);
	assert_false(make(current));
	battery_set(&b, Q_VOLTAGE, 500, 4);
	assert_false(make(current)); /* -4000 A are not plausible */
	battery_set(&b, Q_POWER, 2000000, 5);
	assert_false(make(current));
	/* 33.33 % of 150 Ah */
	battery_set(&b, Q_SOC, 3333, 7);
	battery_set(&b, Q_CAPACITY, 150000, 7);
	assert_true(make(ROW(Q_CAPACITY_REMAINING, COMPUTE_PRODUCT, 2, QUANTITY(Q_SOC), QUANTITY(Q_CAPACITY))));
	is(49995, VALID, 7);
	/* 0.5 V x -12.345 A */
	battery_set(&b, Q_CURRENT, -12345, 8);
	assert_true(make(ROW(Q_POWER, COMPUTE_PRODUCT, 2, QUANTITY(Q_CURRENT), QUANTITY(Q_VOLTAGE))));
	is(-6173, VALID, 4); /* mW; half away from zero */
}

static void only_where_nobody_tells(void **state)
{
	(void)state;
	const struct computed rows[] = {
		ROW(Q_VOLTAGE, COMPUTE_SUM, 1, CELLS(1, 2)),
		ROW(Q_POWER, COMPUTE_PRODUCT, 2, QUANTITY(Q_VOLTAGE), QUANTITY(Q_CURRENT)),
	};
	struct measure *v = &b.q[Q_VOLTAGE];
	battery_set(&b, Q_CURRENT, 1000, 9 * SEC);
	cell(1, 3300, 9 * SEC);
	compute_fill(rows, 2, &k);
	assert_int_equal(v->validity, ABSENT);
	assert_int_equal(b.q[Q_POWER].validity, ABSENT);
	cell(2, 3300, 9 * SEC);
	compute_fill(rows, 2, &k);
	assert_int_equal(v->value, 6600);
	assert_int_equal(b.q[Q_POWER].value, 6600); /* a row may use one before it */
	/* a frame's, though it were of the worst source */
	*v = (struct measure){ .value = 6000, .validity = VALID, .time = 9 * SEC, .rank = 250, .source = 1 };
	compute_fill(rows, 1, &k);
	assert_int_equal(v->value, 6000);
	/* not while it is old, or not available; an old one for an old one is nothing gained */
	v->validity = STALE;
	compute_fill(rows, 1, &k);
	assert_int_equal(v->value, 6600);
	*v = (struct measure){ .value = 6000, .validity = STALE, .time = 1, .source = 1 };
	cell(2, 3300, 1);
	compute_fill(rows, 1, &k);
	assert_int_equal(v->value, 6000);
	v->validity = NOT_AVAILABLE;
	compute_fill(rows, 1, &k);
	assert_int_equal(v->value, 6600);
	assert_int_equal(v->validity, STALE);
	/* some are as good as the best source */
	struct computed row = rows[0];
	row.fill = FILL_WORSE;
	cell(2, 3300, 9 * SEC);
	*v = (struct measure){ .value = 6000, .validity = VALID, .time = 9 * SEC, .source = 1 };
	compute_fill(&row, 1, &k);
	assert_int_equal(v->value, 6000);
	v->rank = 1;
	compute_fill(&row, 1, &k);
	assert_int_equal(v->value, 6600);
	/* and some are only better than nothing */
	row.fill = FILL_UNTOLD;
	*v = (struct measure){ .value = 6000, .validity = STALE, .time = 1, .source = 1 };
	compute_fill(&row, 1, &k);
	assert_int_equal(v->value, 6000);
	v->validity = NOT_AVAILABLE;
	compute_fill(&row, 1, &k);
	assert_int_equal(v->value, 6600);
}

static void parts(void **state)
{
	(void)state;
	struct computed c = ROW(Q_VOLTAGE, COMPUTE_SUM, 2, CELLS(2, 4), QUANTITY(Q_CURRENT));
	struct field f = { .kind = FIELD_ARRAY, .target = ARRAY_CELL_VOLTAGE };
	assert_false(compute_uses(&c, &f, 1));
	assert_true(compute_uses(&c, &f, 2));
	assert_true(compute_uses(&c, &f, 4));
	assert_false(compute_uses(&c, &f, 5));
	f.target = ARRAY_BALANCING;
	assert_false(compute_uses(&c, &f, 2));
	f = (struct field){ .kind = FIELD_QUANTITY, .target = Q_CURRENT };
	assert_true(compute_uses(&c, &f, 0));
	c.parts[0] = (struct part)CELLS(0, 0);
	f = (struct field){ .kind = FIELD_ARRAY, .target = ARRAY_CELL_VOLTAGE };
	assert_true(compute_uses(&c, &f, 77));
}

static const struct measure *of(enum quantity q)
{
	return &r.p.b.q[q];
}

/* A dialect that tells power instead of current. */
static void a_pack_that_tells_power(void **state)
{
	(void)state;
	struct field *f = &r.d.fields[r.d.frames[F_POWER].first_field + 1];
	f->target = Q_POWER;
	f->num = 100000; /* 100 W */
	r.d.p.computed[r.d.p.n_computed++] = ROW(Q_CURRENT, COMPUTE_RATIO, 2, QUANTITY(Q_POWER), QUANTITY(Q_VOLTAGE));
	struct says w = healthy();
	w.current = -25;
	for (int i = 1; i <= 2; i++)
		hear_all(&r.p, &w, i * SEC);
	pack_refresh(&r.p, &r.s, 2 * SEC);
	assert_int_equal(of(Q_POWER)->value, -2500000);
	assert_int_equal(of(Q_CURRENT)->value, -47170); /* -2500 W / 53 V */
	assert_int_equal(of(Q_CURRENT)->time, 2 * SEC);
	assert_true(r.p.complete);
	/* it may miss its frames as long as others */
	r.p.state = PACK_ONLINE;
	pack_refresh(&r.p, &r.s, 12 * SEC);
	assert_int_equal(of(Q_CURRENT)->validity, STALE);
	assert_true(r.p.complete);
	pack_refresh(&r.p, &r.s, 12 * SEC + 1);
	assert_false(r.p.complete);
	/* counted the other way round, both */
	r.s.packs[0].invert_current = true;
	hear_all(&r.p, &w, 13 * SEC);
	pack_refresh(&r.p, &r.s, 13 * SEC);
	assert_int_equal(of(Q_POWER)->value, 2500000);
	assert_int_equal(of(Q_CURRENT)->value, 47170);
	/* the config's word holds over all */
	r.s.packs[0].override[Q_CURRENT] = (struct bound){ true, 1000 };
	pack_refresh(&r.p, &r.s, 13 * SEC);
	assert_int_equal(of(Q_CURRENT)->value, 1000);
}

/* A sum that 16 cells can't have is not believed, as it would not be from a frame. */
static void a_sum_that_can_not_be(void **state)
{
	(void)state;
	r.d.p.computed[r.d.p.n_computed++] = ROW(Q_VOLTAGE, COMPUTE_SUM, 1, CELLS(1, 4));
	r.d.p.computed[r.d.p.n_computed++] = ROW(Q_POWER, COMPUTE_PRODUCT, 2, QUANTITY(Q_VOLTAGE), QUANTITY(Q_CURRENT));
	hear(&r.p, words4(0x400, 3300, 3300, 3300, 3300), SEC);
	hear(&r.p, words4(0x356, 0x8000, 100, 200, 0), SEC); /* the voltage is not available */
	pack_refresh(&r.p, &r.s, SEC);
	assert_int_equal(of(Q_VOLTAGE)->validity, NOT_AVAILABLE);
	assert_int_equal(of(Q_POWER)->validity, ABSENT);
	r.s.packs[0].cells = 4;
	pack_refresh(&r.p, &r.s, SEC);
	assert_int_equal(of(Q_VOLTAGE)->value, 13200);
	r.s.packs[0].cells = 0; /* anything may be */
	pack_refresh(&r.p, &r.s, SEC);
	assert_int_equal(of(Q_VOLTAGE)->value, 13200);
	assert_int_equal(of(Q_POWER)->value, 132000);
}

/* 0x356 with a life counter in byte 7. */
static void with_counter(void)
{
	r.d.frames[F_POWER].has_counter = true;
	r.d.frames[F_POWER].counter = bytes(7, 1);
	r.d.p.n_counters = 1;
}

static void speak(int count, int64_t now)
{
	struct says w = healthy();
	w.voltage = 5300 + count;
	hear(&r.p, words4(0x351, w.cvl, w.ccl, w.dcl, w.low), now);
	hear(&r.p, words4(0x355, w.soc, w.soh, 0, 0), now);
	hear(&r.p, words4(0x356, w.voltage, w.current, w.temperature, (count & 0xFF) << 8), now);
}

static void a_counter_that_stands_still(void **state)
{
	(void)state;
	with_counter();
	for (int t = 1; t <= 3; t++)
		speak(t, t * SEC);
	pack_refresh(&r.p, &r.s, 3 * SEC);
	assert_true(r.p.complete);
	assert_int_equal(of(Q_VOLTAGE)->value, 53030);
	r.p.state = PACK_ONLINE;
	/* the BMS hangs, its bus controller repeats the last frame with whatever is in it */
	for (int t = 4; t <= 13; t++) {
		hear(&r.p, words4(0x351, 560, 1000, 1200, 480), t * SEC);
		hear(&r.p, words4(0x355, 50, 99, 0, 0), t * SEC);
		hear(&r.p, words4(0x356, 5000, 0, 200, 3 << 8), t * SEC);
		pack_refresh(&r.p, &r.s, t * SEC);
		assert_int_equal(of(Q_VOLTAGE)->value, 53030);
		assert_int_equal(of(Q_VOLTAGE)->validity, t <= 8 ? VALID : STALE);
		assert_int_equal(r.p.complete, t <= 13);
	}
	assert_int_equal(r.p.repeated, 10);
	assert_int_equal(r.p.not_this, 0);
	assert_int_equal(r.p.ages[F_POWER].last, 3 * SEC);
	pack_refresh(&r.p, &r.s, 13 * SEC + 1);
	assert_false(r.p.complete); /* lost after the usual 10 s */
	assert_string_equal(r.p.why, "frame 356 comes, but its counter stands still");
	for (int t = 14; t <= 20; t++) {
		hear(&r.p, words4(0x351, 560, 1000, 1200, 480), t * SEC);
		hear(&r.p, words4(0x355, 50, 99, 0, 0), t * SEC);
	}
	pack_refresh(&r.p, &r.s, 20 * SEC);
	assert_string_equal(r.p.why, "frame 356 stopped coming");
	speak(3, 21 * SEC); /* it is still the old one */
	pack_refresh(&r.p, &r.s, 21 * SEC);
	assert_false(r.p.complete);
	speak(4, 22 * SEC);
	pack_refresh(&r.p, &r.s, 22 * SEC);
	assert_true(r.p.complete);
	assert_int_equal(of(Q_VOLTAGE)->value, 53040);
}

/* Alarms that stay the same are not decoded again; with a counter in the frame that would be no sign of life. */
static void alarms_with_a_counter(void **state)
{
	(void)state;
	quick_prepare(&r.d.p);
	assert_true(r.d.frames[F_ALARMS].steady);
	r.d.frames[F_ALARMS].has_counter = true;
	r.d.frames[F_ALARMS].counter = bytes(7, 1);
	quick_prepare(&r.d.p);
	assert_false(r.d.frames[F_ALARMS].steady);
	for (int t = 1; t <= 3; t++)
		hear(&r.p, FRAME(0x35A, 4, 0, 0, 0, 0, 0, 0, 1), t * SEC);
	assert_int_equal(r.p.ages[F_ALARMS].last, SEC);
	assert_int_equal(r.p.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_UNSUPPORTED);
	assert_int_equal(r.p.seen.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	/* numbers that are nothing else, likewise */
	assert_true(r.d.frames[F_CAPACITY].numbers);
	r.d.frames[F_CAPACITY].has_counter = true;
	quick_prepare(&r.d.p);
	assert_false(r.d.frames[F_CAPACITY].numbers);
}

/* Each frame three times, as some gateways do. */
static void duplicates_do_no_harm(void **state)
{
	(void)state;
	with_counter();
	for (int t = 1; t <= 300; t++) {
		for (int i = 0; i < 3; i++)
			speak(t, t * SEC);
		pack_refresh(&r.p, &r.s, t * SEC);
		assert_true(r.p.complete);
		assert_int_equal(of(Q_VOLTAGE)->time, t * SEC);
		assert_int_equal(of(Q_VOLTAGE)->value, 53000 + 10 * t);
	}
	assert_int_equal(r.p.repeated, 600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(of_cells, setup),
		cmocka_unit_test_setup(of_quantities, setup),
		cmocka_unit_test_setup(only_where_nobody_tells, setup),
		cmocka_unit_test_setup(parts, setup),
		cmocka_unit_test_setup(a_pack_that_tells_power, setup),
		cmocka_unit_test_setup(a_sum_that_can_not_be, setup),
		cmocka_unit_test_setup(a_counter_that_stands_still, setup),
		cmocka_unit_test_setup(alarms_with_a_counter, setup),
		cmocka_unit_test_setup(duplicates_do_no_harm, setup),
	};
	return cmocka_run_group_tests_name("compute", tests, NULL, NULL);
}
