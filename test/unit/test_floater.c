/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The packs' charge voltages as one: which of them float, and what holds the others down all the same. */
#include "fixture.h"

static struct fleet f;
static int64_t now;

#define HOUR (3600 * SEC)

static void say(int i, int64_t cvl, int64_t voltage, int64_t low, int64_t high)
{
	struct pack *p = &f.packs[i];
	p->accepted[LIMIT_CVL].value = cvl;
	battery_set(&p->b, Q_VOLTAGE, voltage, now);
	battery_set(&p->b, Q_CELL_VOLTAGE_MIN, low, now);
	battery_set(&p->b, Q_CELL_VOLTAGE_MAX, high, now);
}

static void step(void)
{
	now += SEC;
	fleet_step(&f, now);
}

/* Both ask for 56.0 V, 3.5 V for each cell, and have nearly come there. */
static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	now = 0;
	f.s.charge.combine = COMBINE_UNTIL_ALL_FLOAT;
	f.s.charge.floater_spread = 50;
	f.s.charge.floater_memory = 24 * HOUR;
	say(0, 56000, 55800, 3470, 3490);
	say(1, 56000, 55800, 3470, 3490);
	step();
	return 0;
}

static void cvl_is(int64_t mv, enum reason_code code, int pack)
{
	const struct limit *l = &f.v.limit[LIMIT_CVL];
	assert_int_equal(l->target, mv);
	assert_int_equal(l->value, mv);
	assert_int_equal(l->reason.code, code);
	assert_int_equal(l->reason.pack, pack);
}

static void the_lowest_by_default(void **state)
{
	(void)state;
	f.s.charge.combine = COMBINE_MIN;
	cvl_is(56000, REASON_PACK, 0);
	say(1, 54000, 55800, 3470, 3490);
	step();
	cvl_is(54000, REASON_PACK, 1);
}

/* The first that is full must not end the charging of the other. */
static void one_that_floats_lifts(void **state)
{
	(void)state;
	say(1, 54000, 55800, 3470, 3490);
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 1);
	assert_int_equal(f.v.limit[LIMIT_CVL].reason.measured, 54000);
	assert_true(f.v.limit[LIMIT_CVL].reason.plain);
	/* it stays so, for hours, also when the voltage comes down for a while */
	now += 5 * HOUR;
	say(1, 54000, 53000, 3300, 3320);
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 1);
	/* by small steps, too */
	say(1, 53900, 53000, 3300, 3320);
	step();
	assert_true(f.g.floaters.pack[1].held); /* not from the top: 53.0 V + 16 x 20 mV are 53.32 V */
	say(1, 56000, 55800, 3470, 3490);
	step();
	say(1, 55900, 55800, 3470, 3490);
	step();
	say(1, 55800, 55700, 3470, 3490);
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	assert_true(f.g.floaters.pack[1].floats);
}

/* All packs float: their CVL must not stay high. */
static void all_float(void **state)
{
	(void)state;
	say(1, 54000, 55800, 3470, 3490);
	step();
	say(0, 54400, 55800, 3470, 3490);
	step();
	cvl_is(54000, REASON_PACK, 1);
	/* one that is not in the bank is not waited for */
	setup(NULL);
	say(1, 54000, 55800, 3470, 3490);
	f.packs[0].state = PACK_LOST;
	step();
	cvl_is(54000, REASON_PACK, 1);
}

/* A BMS that lowers its CVL for a cell that is too high is no floater. */
static void a_high_cell_holds(void **state)
{
	(void)state;
	say(1, 54000, 55800, 3440, 3491); /* 51 mV apart */
	step();
	cvl_is(54000, REASON_PACK, 1);
	say(1, 54000, 53000, 3310, 3320); /* and it holds when the cell has come down with the voltage */
	step();
	cvl_is(54000, REASON_PACK, 1);
	say(1, 56000, 55800, 3470, 3490); /* until it asks for all again */
	step();
	say(1, 54000, 55800, 3440, 3490);
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	/* later a cell rises beyond what the pack ever asked for: 3.5 V, and 20 mV */
	say(1, 54000, 55900, 3490, 3520);
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	say(1, 54000, 55900, 3490, 3521);
	step();
	cvl_is(54000, REASON_PACK, 1);
}

/* Cold, or whatever it is: lowered while the pack was far below. */
static void lowered_from_below(void **state)
{
	(void)state;
	say(1, 54000, 53679, 3340, 3360); /* 54.0 V - 16 x 20 mV are 53.68 V */
	step();
	cvl_is(54000, REASON_PACK, 1);
	setup(NULL);
	say(1, 54000, 53680, 3340, 3360);
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 1);
	/* where its voltage is not known, nobody can tell */
	setup(NULL);
	say(1, 54000, 55800, 3470, 3490);
	f.packs[1].b.q[Q_VOLTAGE].validity = STALE;
	step();
	cvl_is(54000, REASON_PACK, 1);
}

static void without_cells(void **state)
{
	(void)state;
	say(1, 54000, 55800, 3470, 3490);
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 1);
	/* they fall silent: its own word holds meanwhile */
	struct measure *high = &f.packs[1].b.q[Q_CELL_VOLTAGE_MAX], *low = &f.packs[1].b.q[Q_CELL_VOLTAGE_MIN];
	high->validity = STALE;
	step();
	cvl_is(54000, REASON_PACK, 1);
	high->validity = VALID;
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	low->validity = NOT_AVAILABLE;
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 54000);
	low->validity = VALID;
	low->partial = true;
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 54000);
	low->partial = false;
	high->partial = true;
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 54000);
	high->partial = false;
	f.s.packs[1].cells = 0; /* how many there are is not known either */
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 54000);
	f.s.packs[1].cells = 16;
	/* lowered further while they were not known: why, nobody has seen */
	high->validity = STALE;
	say(1, 54000, 55800, 3470, 3490);
	step();
	high->validity = STALE;
	f.packs[1].accepted[LIMIT_CVL].value = 53900;
	step();
	say(1, 53900, 55800, 3470, 3490);
	step();
	cvl_is(53900, REASON_PACK, 1);
}

static void an_alarm_holds(void **state)
{
	(void)state;
	say(1, 54000, 55800, 3470, 3490);
	f.packs[1].b.alarm[AL_HIGH_CELL_VOLTAGE].warning = TRI_ACTIVE;
	step();
	cvl_is(54000, REASON_PACK, 1);
	f.packs[1].b.alarm[AL_HIGH_CELL_VOLTAGE].warning = TRI_OK;
	step();
	cvl_is(54000, REASON_PACK, 1);
	setup(NULL);
	say(1, 54000, 55800, 3470, 3490);
	f.packs[1].b.alarm[AL_LOW_VOLTAGE].alarm = TRI_ACTIVE; /* says nothing of charging */
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 1);
	f.packs[1].b.alarm[AL_LOW_CHARGE_TEMPERATURE].alarm = TRI_ACTIVE;
	step();
	cvl_is(54000, REASON_PACK, 1);
}

/* 15 cells beside 16: what the 15 have borne caps what they are given, whoever floats. */
static void what_it_has_borne_caps(void **state)
{
	(void)state;
	f.s.packs[1].cells = 15;
	f.g = (struct govern){ 0 };
	say(0, 56000, 52400, 3270, 3280);
	say(1, 52500, 52400, 3480, 3500);
	step();
	cvl_is(52500, REASON_PACK, 1);
	say(1, 50600, 52400, 3480, 3500);
	step();
	cvl_is(52500, REASON_NOT_ALL_FLOAT, 1);
	/* a third that asks for less holds, and is named */
	fleet_start(&f, 3);
	f.s.charge.combine = COMBINE_UNTIL_ALL_FLOAT;
	f.s.charge.floater_spread = 50;
	f.s.charge.floater_memory = 24 * HOUR;
	for (int i = 0; i < 3; i++)
		say(i, i == 2 ? 53600 : 56000, 55800, 3470, 3490);
	step();
	say(0, 54000, 55800, 3470, 3490);
	step();
	cvl_is(53600, REASON_PACK, 2);
	/* with less for the one that floats, that one would be the lowest: it lifts to what the third allows */
	say(0, 53000, 55800, 3470, 3490);
	step();
	cvl_is(53600, REASON_NOT_ALL_FLOAT, 0);
}

/* A setting that somebody has changed on the BMS is no float for ever. */
static void what_was_long_ago_is_forgotten(void **state)
{
	(void)state;
	say(1, 54000, 55800, 3470, 3490);
	step();
	now = SEC + 24 * HOUR - SEC; /* at the peak at 1 s */
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 1);
	step();
	cvl_is(54000, REASON_PACK, 1);
	step();
	cvl_is(54000, REASON_PACK, 1);
}

static void the_config_has_the_last_word(void **state)
{
	(void)state;
	say(1, 54000, 55200, 3440, 3460);
	f.s.packs[1].limits.cvl = (struct bound){ true, 55200 };
	step();
	cvl_is(55200, REASON_NOT_ALL_FLOAT, 1);
	f.s.limits.cvl = (struct bound){ true, 55000 };
	step();
	cvl_is(55000, REASON_BANK_CAP, -1);
	f.s.limits.cvl.set = f.s.packs[1].limits.cvl.set = false;
	f.s.packs[1].override[Q_CVL] = (struct bound){ true, 54800 };
	step();
	cvl_is(54800, REASON_OVERRIDE, 1);
	f.s.packs[1].override[Q_CVL].set = false;
	step();
	cvl_is(54000, REASON_PACK, 1); /* what it bore was forgotten */
	/* one that has no say, and one that tells no voltage */
	f.packs[1].state = PACK_GONE;
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	assert_int_equal(f.g.floaters.pack[1].peak, 0);
	f.packs[1].state = PACK_ONLINE;
	f.packs[1].accepted[LIMIT_CVL] = (struct accepted){ 0 };
	step();
	assert_int_equal(f.g.floaters.pack[1].peak, 0);
	say(0, 54000, 55800, 3470, 3490); /* floats; the other one doesn't, and tells no voltage: it hangs on the busbar */
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
}

static void balance(int i, int64_t on, int64_t at)
{
	struct cells *c = &f.packs[i].seen.cells;
	f.packs[i].array_stale[ARRAY_BALANCING] = 5 * SEC;
	c->count[ARRAY_BALANCING] = 2;
	c->validity[ARRAY_BALANCING][0] = c->validity[ARRAY_BALANCING][1] = VALID;
	c->time[ARRAY_BALANCING][0] = c->time[ARRAY_BALANCING][1] = at;
	c->value[ARRAY_BALANCING][0] = 0;
	c->value[ARRAY_BALANCING][1] = (int32_t)on;
}

static void while_cells_are_balanced(void **state)
{
	(void)state;
	f.s.charge.combine = COMBINE_WHILE_BALANCING;
	say(1, 54000, 55800, 3470, 3490);
	step();
	cvl_is(54000, REASON_PACK, 1);
	balance(0, 1, now);
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	assert_int_equal(f.v.limit[LIMIT_CVL].reason.code, REASON_HELD);
	now += 60 * SEC; /* said long ago */
	step();
	cvl_is(54000, REASON_PACK, 1);
	balance(1, 1, now); /* the one that floats balances itself */
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	balance(1, 0, now);
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 54000);
	/* up from the start: no hold, and the reason is told */
	f.g.ramp[LIMIT_CVL] = (struct ramp_state){ 0 };
	balance(0, 1, now);
	step();
	cvl_is(56000, REASON_CELLS_BALANCED, 1);
	f.packs[0].state = PACK_LOST;
	step();
	cvl_is(54000, REASON_PACK, 1);
}

/* Packs in series float one by one: the string's voltage is the sum of what each has borne. */
static void in_series(void **state)
{
	(void)state;
	fleet_start(&f, 4);
	f.s.n_strings = 2;
	f.s.string_of[2] = f.s.string_of[3] = 1;
	f.s.charge.combine = COMBINE_UNTIL_ALL_FLOAT;
	f.s.charge.floater_spread = 50;
	f.s.charge.floater_memory = 24 * HOUR;
	for (int i = 0; i < 4; i++) {
		f.s.packs[i].cells = 8;
		say(i, 28000, 27900, 3470, 3490);
	}
	step();
	cvl_is(56000, REASON_STRING, 0);
	say(3, 27000, 27900, 3470, 3490);
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 3);
	say(2, 27000, 27900, 3470, 3490);
	say(0, 27200, 27900, 3470, 3490);
	step();
	cvl_is(56000, REASON_NOT_ALL_FLOAT, 2);
	say(1, 27200, 27900, 3470, 3490);
	step();
	cvl_is(54000, REASON_STRING, 2);
	/* a string of which one says nothing, and whose cells nobody knows, has no voltage, whatever the other does; nor does
	 * it float */
	f.packs[1].accepted[LIMIT_CVL] = (struct accepted){ 0 };
	f.s.packs[1].cells = 0;
	step();
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	assert_int_equal(f.g.floaters.lowest, 2);
	assert_true(f.g.floaters.pack[0].floats);
}

/* A reload goes on: the packs stand in another order in the new config. */
static void reloaded(void **state)
{
	static struct bench b;
	static struct settings s;
	(void)state;
	bench_start(&b, 2);
	b.s.charge = f.s.charge;
	for (int i = 0; i < 2; i++) {
		b.says[i].voltage = 5580;
		b.says[i].cell_min = 3470;
		b.says[i].cell_max = 3490;
	}
	bench_run(&b, 10 * SEC);
	b.says[1].cvl = 540;
	bench_run(&b, 10 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CVL), 56000);
	assert_int_equal(reason_now(&b, LIMIT_CVL), REASON_NOT_ALL_FLOAT);
	s = b.s;
	s.packs[0] = b.s.packs[1];
	s.packs[1] = b.s.packs[0];
	struct engine *e = engine_create(&s, b.now);
	engine_adopt(e, b.e);
	engine_destroy(b.e);
	b.e = e;
	engine_step(b.e, b.now + 500 * MS);
	assert_int_equal(limit_now(&b, LIMIT_CVL), 56000);
	assert_int_equal(reason_now(&b, LIMIT_CVL), REASON_NOT_ALL_FLOAT);
	assert_int_equal(engine_verdict(b.e)->limit[LIMIT_CVL].reason.pack, 0);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_lowest_by_default, setup),
		cmocka_unit_test_setup(one_that_floats_lifts, setup),
		cmocka_unit_test_setup(all_float, setup),
		cmocka_unit_test_setup(a_high_cell_holds, setup),
		cmocka_unit_test_setup(lowered_from_below, setup),
		cmocka_unit_test_setup(without_cells, setup),
		cmocka_unit_test_setup(an_alarm_holds, setup),
		cmocka_unit_test_setup(what_it_has_borne_caps, setup),
		cmocka_unit_test_setup(what_was_long_ago_is_forgotten, setup),
		cmocka_unit_test_setup(the_config_has_the_last_word, setup),
		cmocka_unit_test_setup(while_cells_are_balanced, setup),
		cmocka_unit_test_setup(in_series, setup),
		cmocka_unit_test_setup(reloaded, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
