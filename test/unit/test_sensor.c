/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A shunt in place of the packs' current, another for their voltage: there, silent, back, lying, and somebody else. */
#include "fixture.h"

#include <limits.h>

static struct bench b;
static struct dialect n2k;
static struct settings reloads[8]; /* an engine reads its own as long as it lives */

/* NMEA 2000 127508: instance in byte 0, 0.01 V from byte 1, 0.1 A from byte 3, each 1.5 s. */
static void shunt_dialect(void)
{
	dialect_start(&n2k, "n2k");
	n2k.p.sensor = true;
	struct profile_frame *f = add_frame(&n2k, 0x1F214);
	f->pgn = f->ext = f->required = true;
	f->source = SOURCE_ANY;
	f->period = 1500 * MS;
	f->stale = 7500 * MS;
	f->n_guards = 1;
	f->guards[0] = (struct guard){ .place = bytes(0, 1), .value = 0, .demand = true };
	absent(add_number(&n2k, Q_VOLTAGE, 1, 2, true, 10), 0x7FFF);
	absent(add_number(&n2k, Q_CURRENT, 3, 2, true, 100), 0x7FFF);
}

/* Packs A and B on ports 0 and 1, 10 A into each of them at 53 V; the shunt of source 0x45 on port 2. */
static int setup(void **state)
{
	(void)state;
	shunt_dialect();
	bench_start(&b, 2);
	b.says[0].current = b.says[1].current = 100;
	snprintf(b.s.port_names[b.s.n_ports++], sizeof *b.s.port_names, "vecan0");
	b.s.n_sensors = 1;
	b.s.sensors[0] = (struct pack_settings){ .name = "shunt", .profile = &n2k.p, .port = 2, .source = { true, 0x45 } };
	b.s.current_from = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_stop(&b);
	return 0;
}

#define NOTHING INT_MAX

static void say_as(unsigned source, unsigned instance, int voltage, int current)
{
	struct frame f = { .id = 0x19F21400 | source, .ext = true, .len = 8, .data = { (uint8_t)instance } };
	put16(f.data + 1, voltage == NOTHING ? 0x7FFF : voltage);
	put16(f.data + 3, current == NOTHING ? 0x7FFF : current);
	f.data[5] = f.data[6] = f.data[7] = 0xFF;
	engine_frame(b.e, 2, &f, b.now);
}

/* Plays so many seconds, with the shunt of source 0x45 saying so each half second. */
static void with_shunt(int seconds, int voltage, int current)
{
	for (int i = 0; i < 2 * seconds; i++) {
		bench_run(&b, 500 * MS);
		say_as(0x45, 0, voltage, current);
	}
	bench_run(&b, 10 * MS);
}

static int64_t bank(enum quantity q)
{
	const struct measure *m = &engine_bank(b.e)->q[q];
	assert_int_equal(m->validity, VALID);
	return m->value;
}

/* How many events of this text there were, and that they are the sensor's own. */
static int events(const char *text)
{
	int n = 0;
	for (uint64_t i = engine_event_first(b.e); i < engine_event_next(b.e); i++) {
		const struct event *e = engine_event(b.e, i);
		if (strncmp(e->text, text, strlen(text)))
			continue;
		assert_int_equal(e->about, ABOUT_SENSOR);
		n++;
	}
	return n;
}

#define TAKEN "the bank's current is taken from here"
#define NONE  "gives no current: the packs' own counts"

static void it_counts(void **state)
{
	(void)state;
	bench_run(&b, 3 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL); /* nobody waits for a sensor */
	assert_int_equal(bank(Q_CURRENT), 20000);
	assert_null(engine_taken_from(b.e, Q_CURRENT));
	with_shunt(3, 5290, 173);
	assert_int_equal(bank(Q_CURRENT), 17300);
	assert_int_equal(told(&b, 0x356, 1), 173); /* the GX sees the same */
	assert_int_equal(bank(Q_VOLTAGE), 53000);  /* which was not asked of it */
	assert_ptr_equal(engine_taken_from(b.e, Q_CURRENT), engine_sensor(b.e, 0));
	assert_null(engine_taken_from(b.e, Q_VOLTAGE));
	assert_int_equal(engine_sensor(b.e, 0)->state, PACK_ONLINE);
	assert_null(engine_sensor(b.e, 1));
	assert_null(engine_sensor(b.e, -1));
	assert_int_equal(events(TAKEN), 1);
	assert_int_equal(events(NONE), 0);
	/* it is no battery */
	assert_int_equal(bank(Q_CAPACITY), 200000);
	assert_int_equal(bank(Q_MODULES_ONLINE), 2);
	assert_int_equal(bank(Q_SOC), 5000);
	assert_null(engine_pack(b.e, 2));
	b.s.sensors[0].invert_current = true;
	with_shunt(1, 5290, 173);
	assert_int_equal(bank(Q_CURRENT), -17300);
}

static void it_falls_silent_and_comes_back(void **state)
{
	(void)state;
	with_shunt(5, 5290, 173);
	int64_t last = engine_sensor(b.e, 0)->ages[0].last;
	bench_until(&b, last + 7500 * MS);
	assert_int_equal(bank(Q_CURRENT), 17300);
	bench_until(&b, last + 8100 * MS); /* one tick later: stale */
	assert_int_equal(bank(Q_CURRENT), 20000);
	assert_int_equal(events(NONE), 1);
	assert_int_equal(engine_sensor(b.e, 0)->state, PACK_ONLINE);
	bench_until(&b, last + 10600 * MS);
	assert_int_equal(engine_sensor(b.e, 0)->state, PACK_LOST);
	assert_int_equal(events("lost: PGN 1F214 stopped coming"), 1);
	bench_run(&b, 600 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	assert_int_equal(engine_bank(b.e)->alarm[AL_INTERNAL_FAILURE].warning, TRI_OK); /* nobody's alarm */
	assert_int_equal(bank(Q_CURRENT), 20000);
	with_shunt(1, 5290, -25);
	assert_int_equal(bank(Q_CURRENT), -2500);
	assert_int_equal(events(TAKEN), 2);
	assert_int_equal(events(NONE), 1);
}

static void it_does_not_know(void **state)
{
	(void)state;
	with_shunt(5, 5290, 173);
	with_shunt(1, 5290, NOTHING); /* 0x7FFF */
	assert_int_equal(bank(Q_CURRENT), 20000);
	assert_int_equal(engine_sensor(b.e, 0)->state, PACK_ONLINE);
	assert_int_equal(events(NONE), 1);
	with_shunt(1, 5290, 0);
	assert_int_equal(bank(Q_CURRENT), 0); /* a zero that is measured */
}

/* What is no plausible current is not believed, and the last one not for long. */
static void it_lies(void **state)
{
	(void)state;
	with_shunt(5, 5290, 173);
	with_shunt(4, 5290, 32000); /* 3200 A */
	assert_int_equal(bank(Q_CURRENT), 17300);
	assert_int_equal(engine_sensor(b.e, 0)->seen.rejected, 8);
	with_shunt(5, 5290, 32000);
	assert_int_equal(bank(Q_CURRENT), 20000);
	/* a float that is no number */
	struct field *f = &n2k.fields[1];
	f->format = FORMAT_FLOAT;
	f->place = bytes(3, 4);
	f->n_absent = 0;
	f->num = 1000;
	struct frame nan = { .id = 0x19F21445, .ext = true, .len = 8, .data = { 0, 0, 0, 0, 0, 0xC0, 0x7F } };
	engine_frame(b.e, 2, &nan, b.now);
	bench_run(&b, SEC);
	assert_int_equal(bank(Q_CURRENT), 20000);
	memcpy(nan.data + 3, (const uint8_t[]){ 0x00, 0x00, 0xC8, 0xC1 }, 4); /* -25.0 */
	engine_frame(b.e, 2, &nan, b.now);
	bench_run(&b, SEC);
	assert_int_equal(bank(Q_CURRENT), -25000);
}

/* The GX repeats battagg's own battery on the bus; another shunt sits at the solar charger. */
static void it_is_somebody_else(void **state)
{
	(void)state;
	bench_run(&b, SEC);
	for (int i = 0; i < 20; i++) {
		say_as(0xC8, 0, 5300, 999);
		say_as(0x45, 1, 5300, 888);
		bench_run(&b, 500 * MS);
	}
	assert_int_equal(bank(Q_CURRENT), 20000);
	assert_int_equal(engine_sensor(b.e, 0)->frames, 0);
	with_shunt(2, 5290, 173);
	say_as(0xC8, 0, 5300, 999);
	bench_run(&b, SEC);
	assert_int_equal(bank(Q_CURRENT), 17300);
}

/* Never heard since the start: said once the packs have been waited for. */
static void it_was_never_there(void **state)
{
	(void)state;
	bench_run(&b, 29 * SEC);
	assert_int_equal(events(NONE), 0);
	bench_run(&b, 2 * SEC);
	assert_int_equal(events(NONE), 1);
	bench_run(&b, 100 * SEC);
	assert_int_equal(events(NONE), 1);
	assert_int_equal(engine_sensor(b.e, 0)->state, PACK_WAITING);
	assert_non_null(strstr(engine_sensor(b.e, 0)->why, "not one of its frames heard"));
}

/* With no pack left the sensor still knows; without a picture nothing is told. */
static void no_pack_is_left(void **state)
{
	(void)state;
	with_shunt(5, 5290, 173);
	b.says[0].mute = b.says[1].mute = true;
	with_shunt(12, 5290, -42);
	assert_int_equal(engine_ladder(b.e), LADDER_HOLD);
	assert_int_equal(bank(Q_CURRENT), -4200);
	assert_int_equal(told(&b, 0x356, 1), -42);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 0);
}

/* The current from one, the voltage from another of the same kind on the same bus. */
static void two_of_them(void **state)
{
	(void)state;
	b.s.sensors[1] = b.s.sensors[0];
	b.s.sensors[1].source.value = 0x46;
	snprintf(b.s.sensors[1].name, sizeof b.s.sensors[1].name, "volts");
	b.s.n_sensors = 2;
	b.s.voltage_from = 2;
	bench_run(&b, SEC);
	for (int i = 0; i < 6; i++) {
		say_as(0x46, 0, 5211, 777);
		with_shunt(1, 5290, 173);
	}
	assert_int_equal(bank(Q_CURRENT), 17300);
	assert_int_equal(bank(Q_VOLTAGE), 52110);
	assert_int_equal(told(&b, 0x356, 0), 5211);
	assert_ptr_equal(engine_taken_from(b.e, Q_VOLTAGE), engine_sensor(b.e, 1));
	assert_int_equal(events("the bank's voltage is taken from here"), 1);
	with_shunt(10, 5290, 173);
	assert_int_equal(bank(Q_VOLTAGE), 53000);
	assert_int_equal(events("gives no voltage: the packs' own counts"), 1);
}

/* A pack that returns is compared with what the other BMSs measure; but for the current the sensor has the word. */
static void a_pack_returns(void **state)
{
	(void)state;
	b.s.voltage_from = 1;
	with_shunt(5, 5100, 0); /* 2 V less than the packs say: far more than 1 % */
	b.says[1].mute = true;
	with_shunt(12, 5100, 0);
	assert_int_equal(state_of(&b, 1), PACK_LOST);
	b.says[1].mute = false;
	with_shunt(25, 5100, 400); /* 40 A, and 0.25 C of 100 Ah are 25 A; A itself says 10 A */
	assert_int_equal(state_of(&b, 1), PACK_RETURNING);
	with_shunt(10, 5100, 400);
	assert_int_equal(state_of(&b, 1), PACK_RETURNING);
	assert_non_null(strstr(engine_pack(b.e, 1)->why, "waits for a low current: the bank has 40.0 A"));
	with_shunt(2, 5100, 100);
	assert_int_equal(state_of(&b, 1), PACK_ONLINE);
	assert_int_equal(bank(Q_VOLTAGE), 51000);
}

/* A pack over its own limit is seen by its own current, whatever the sensor says. */
static void a_pack_is_over_its_limit(void **state)
{
	(void)state;
	with_shunt(5, 5290, 0);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 200000);
	b.says[0].current = 1300; /* of 100 A */
	with_shunt(6, 5290, 0);
	assert_int_equal(reason_now(&b, LIMIT_CCL), REASON_FEEDBACK);
	assert_true(limit_now(&b, LIMIT_CCL) < 200000);
	b.says[0].current = 0;
	with_shunt(5, 5290, 1500); /* and not by the sensor's */
	assert_int_equal(engine_verdict(b.e)->limit[LIMIT_CCL].reason.measured, 130000);
}

/* With the newest of `reloads`; returns the next, which is a copy of it. */
static struct settings *reload(struct settings *s)
{
	struct engine *e = engine_create(s, b.now);
	assert_non_null(e);
	engine_adopt(e, b.e);
	engine_destroy(b.e);
	b.e = e;
	b.s.n_packs = s->n_packs; /* those that speak */
	bench_run(&b, 10 * MS);
	s[1] = s[0];
	return s + 1;
}

static void a_reload_keeps_it(void **state)
{
	(void)state;
	struct settings *s = reloads;
	with_shunt(5, 5290, 173);
	*s = b.s; /* one pack less before it, one sensor more */
	s->n_packs = 1;
	s->n_sensors = 2;
	s->sensors[1] = s->sensors[0];
	s->sensors[0].source.value = 0x46;
	s->current_from = 2;
	s = reload(s);
	assert_int_equal(engine_sensor(b.e, 1)->state, PACK_ONLINE);
	assert_int_equal(engine_sensor(b.e, 1)->frames, 10);
	assert_int_equal(engine_sensor(b.e, 0)->state, PACK_WAITING);
	bench_run(&b, SEC);
	assert_int_equal(bank(Q_CURRENT), 17300);
	assert_int_equal(events(TAKEN), 1); /* nothing has changed */
	/* taken from another one: it has yet to be told of */
	s->current_from = 1;
	s = reload(s);
	assert_null(engine_taken_from(b.e, Q_CURRENT));
	bench_run(&b, SEC);
	assert_int_equal(bank(Q_CURRENT), 10000);
	/* it is the same one when its source is no longer named */
	s->n_sensors = 1;
	s->sensors[0].source = (struct bound){ false, 0 };
	s->current_from = 0;
	s = reload(s);
	assert_int_equal(engine_sensor(b.e, 0)->state, PACK_ONLINE);
	bench_run(&b, SEC);
	assert_int_equal(bank(Q_CURRENT), 10000); /* nothing is taken from it now: the one pack's own */
	assert_null(engine_taken_from(b.e, Q_CURRENT));
	s->n_sensors = 0;
	s = reload(s);
	bench_run(&b, SEC);
	assert_null(engine_sensor(b.e, 0));
	assert_int_equal(bank(Q_CURRENT), 10000);
	s->n_sensors = 1;
	s->voltage_from = s->current_from = 1;
	s = reload(s);
	with_shunt(2, 5290, 173);
	assert_int_equal(bank(Q_CURRENT), 17300);
	assert_int_equal(bank(Q_VOLTAGE), 52900);
	reload(s); /* both are kept, and told no second time */
	bench_run(&b, SEC);
	assert_int_equal(events(TAKEN), 2);
	assert_int_equal(events("the bank's voltage is taken from here"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(it_falls_silent_and_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(it_does_not_know, setup, teardown),
		cmocka_unit_test_setup_teardown(it_lies, setup, teardown),
		cmocka_unit_test_setup_teardown(it_is_somebody_else, setup, teardown),
		cmocka_unit_test_setup_teardown(it_was_never_there, setup, teardown),
		cmocka_unit_test_setup_teardown(no_pack_is_left, setup, teardown),
		cmocka_unit_test_setup_teardown(two_of_them, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pack_returns, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pack_is_over_its_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reload_keeps_it, setup, teardown),
	};
	return cmocka_run_group_tests_name("sensor", tests, NULL, NULL);
}
