/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The engine with dialects that are asked, that share PGNs, that come in parts; sensors; wake-ups. */
#include "fixture.h"

#include "core/poller.h"

static struct dialect d, plain, out;
static struct settings s;
static struct poll polls[2];
static struct engine *e;

/* One pack A of a J1939 kind (instance 7 in byte 0, rank in byte 1), polled for frame 1, and a sensor. */
static int setup(void **state)
{
	(void)state;
	plain_dialect(&plain);
	output_dialect(&out);
	dialect_start(&d, "wire");
	d.p.address_max = 15;
	struct profile_frame *f = add_frame(&d, 0x1FFFD);
	f->pgn = f->ext = f->required = true;
	f->source = SOURCE_ANY;
	f->has_priority = true;
	f->priority = bytes(1, 1);
	f->n_guards = 1;
	f->guards[0] = (struct guard){ .place = bytes(0, 1), .address = true, .demand = true };
	add_number(&d, Q_VOLTAGE, 2, 2, false, 50);
	f = add_frame(&d, 0x240);
	f->per_address = 1;
	add_number(&d, Q_SOC, 0, 1, false, 100);
	f = add_frame(&d, 0x1F212);
	f->pgn = f->ext = f->fast = true;
	f->source = SOURCE_ANY;
	add_number(&d, Q_SOH, 3, 1, false, 100);
	struct field *far = add_number(&d, Q_CAPACITY, 0, 2, false, 1000);
	far->place.at = 9;
	f = add_frame(&d, 0x1F214);
	f->pgn = f->ext = true;
	f->source = 0x20;
	add_number(&d, Q_CURRENT, 3, 2, true, 100);
	polls[0] = (struct poll){ .frame = { .id = 0x200, .len = 1 }, .per_address = 1, .period = SEC, .timeout = 100 * MS,
		                  .n_answers = 1, .answers = { 1 } };
	d.p.polls = polls;
	d.p.n_polls = 1;
	plain_settings(&s, 1, &d.p, &out.p);
	s.packs[0].address = 7;
	s.n_ports = 2;
	e = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_destroy(e);
	return 0;
}

static void start(void)
{
	e = engine_create(&s, 0);
	assert_non_null(e);
}

static bool hear29(uint32_t id, const uint8_t data[8], int64_t now)
{
	struct frame f = make_frame(id, 8, data);
	f.ext = true;
	return engine_frame(e, 0, &f, now);
}
#define HEAR(id, now, ...) hear29(id, (const uint8_t[8]){ __VA_ARGS__ }, now)

static const struct measure *seen(enum quantity q)
{
	return &engine_pack(e, 0)->seen.b.q[q];
}

static void pgns(void **state)
{
	(void)state;
	start();
	HEAR(0x19FFFD45, 0, 8, 120, 0x14, 0x01); /* instance 8: another battery */
	assert_int_equal(seen(Q_VOLTAGE)->validity, ABSENT);
	HEAR(0x19FFFD45, 0, 7, 120, 0x14, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->value, 13800); /* 276 x 50 mV */
	HEAR(0x15FFFD45, 1, 7, 120, 0x15, 0x01); /* another priority is the same PGN */
	assert_int_equal(seen(Q_VOLTAGE)->value, 13850);
	HEAR(0x09F21410, 1, 0, 0, 0, 10, 0); /* current of source 0x10, not 0x20 */
	assert_int_equal(seen(Q_CURRENT)->validity, ABSENT);
	HEAR(0x09F21420, 1, 0, 0, 0, 10, 0);
	assert_int_equal(seen(Q_CURRENT)->value, 1000);
}

static void only_one_source(void **state)
{
	(void)state;
	s.packs[0].source = (struct bound){ true, 0x46 };
	s.packs[0].cells = 4;
	start();
	HEAR(0x19FFFD45, 0, 7, 120, 0x14, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->validity, ABSENT);
	HEAR(0x19FFFD46, 0, 7, 120, 0x14, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->validity, VALID);
}

static void talkers(void **state)
{
	(void)state;
	start();
	HEAR(0x19FFFD80, SEC, 7, 80, 0x14, 0x01); /* a charger, rank 80 */
	assert_int_equal(seen(Q_VOLTAGE)->value, 13800);
	HEAR(0x19FFFD80, SEC + 1, 7, 80, 0x14, 0x01);
	HEAR(0x19FFFD45, 2 * SEC, 7, 120, 0x18, 0x01); /* the BMS, rank 120 */
	assert_int_equal(seen(Q_VOLTAGE)->value, 14000);
	HEAR(0x19FFFD80, 3 * SEC, 7, 80, 0x14, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->value, 14000); /* is not believed any more */
	HEAR(0x19FFFD80, 8 * SEC, 7, 80, 0x14, 0x01); /* until the BMS has been silent for more than 5 s */
	assert_int_equal(seen(Q_VOLTAGE)->value, 13800);
	struct frame tiny = { .id = 0x19FFFD45, .ext = true, .len = 1, .data = { 7 } };
	engine_frame(e, 0, &tiny, 9 * SEC);
	assert_int_equal(engine_pack(e, 0)->talker, 0x80);
}

/* A talker of another instance, heard first and with the same rank, is none of this pack's. */
static void talkers_of_others(void **state)
{
	(void)state;
	s.packs[0].cells = 4;
	start();
	HEAR(0x19FFFD46, SEC, 8, 120, 0x14, 0x01);
	HEAR(0x19FFFD45, SEC + 1, 7, 120, 0x18, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->value, 14000);
	HEAR(0x19FFFD46, 2 * SEC, 8, 200, 0x14, 0x01);
	HEAR(0x19FFFD45, 2 * SEC + 1, 7, 120, 0x19, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->value, 14050);
	assert_int_equal(engine_pack(e, 0)->talker, 0x45);
	assert_int_equal(engine_pack(e, 0)->not_this, 2);
}

/* RV-C: a GX (119) that tells the bank's own values again is no battery's talker, not even when that is silent. */
static void talkers_below_the_least(void **state)
{
	(void)state;
	d.frames[0].priority_least = 120;
	s.packs[0].cells = 4;
	start();
	HEAR(0x19FFFDA1, SEC, 7, 119, 0x14, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->validity, ABSENT);
	HEAR(0x19FFFD45, 2 * SEC, 7, 120, 0x18, 0x01);
	HEAR(0x19FFFDA1, 20 * SEC, 7, 119, 0x14, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->value, 14000);
	struct frame f;
	assert_true(codec_encode(&d.p, 0, 0, 7, &engine_pack(e, 0)->seen.b, NULL, &f));
	assert_int_equal(f.data[1], 120);
	assert_int_equal(f.data[2], 0x18);
	f.len = 1;
	assert_false(codec_is_this(&d.p, 0, &f, 7)); /* nobody's rank */
	/* without an instance it is looked at all the same */
	d.frames[0].n_guards = 0;
	HEAR(0x19FFFDA1, 30 * SEC, 7, 119, 0x14, 0x01);
	HEAR(0x19FFFDA1, 40 * SEC, 7, 119, 0x14, 0x01);
	assert_int_equal(seen(Q_VOLTAGE)->value, 14000);
}

static void parts(void **state)
{
	(void)state;
	s.n_packs = 2; /* both want the same message: it is joined once */
	s.packs[1] = s.packs[0];
	s.packs[1].address = 8;
	start();
	HEAR(0x19F212C8, 0, 0x00, 0x0B, 0xB9, 0x00, 0xFF, 0x59, 0xFF, 0x44);
	assert_int_equal(seen(Q_SOH)->validity, ABSENT);
	HEAR(0x19F212C8, 1, 0x01, 0x04, 0xFF, 0xFF, 0x2C, 0x01, 0xFF, 0xFF);
	assert_int_equal(seen(Q_SOH)->value, 8900);       /* byte 3 */
	assert_int_equal(seen(Q_CAPACITY)->value, 300000); /* bytes 9-10: 0x012C */
	assert_int_equal(engine_pack(e, 1)->seen.b.q[Q_SOH].value, 8900);
	d.frames[2].n_guards = 1;
	d.frames[2].guards[0] = (struct guard){ .place = bytes(0, 1), .value = 1, .demand = true };
	HEAR(0x19F212C8, 2, 0x20, 0x04, 0, 0, 0, 50); /* not this one */
	assert_int_equal(seen(Q_SOH)->value, 8900);
	assert_int_equal(engine_pack(e, 0)->not_this, 1);
	d.frames[2].n_guards = 0;
	HEAR(0x19F212C8, 3, 0x40, 0x04, 0, 0, 0, 50); /* shorter than where the capacity would be */
	assert_int_equal(seen(Q_SOH)->value, 5000);
	assert_int_equal(seen(Q_CAPACITY)->time, 1);
}

static int asked(uint32_t id)
{
	int n, found = 0;
	const struct outgoing *sent = engine_sent(e, &n);
	for (int i = 0; i < n; i++)
		found += sent[i].port == 0 && sent[i].frame.id == id;
	return found;
}

static void questions(void **state)
{
	(void)state;
	start();
	engine_step(e, 0);
	assert_int_equal(asked(0x207), 1);
	assert_int_equal(engine_deadline(e), 100 * MS); /* its time-out, before the next tick */
	struct frame answer = FRAME(0x247, 50);
	assert_true(engine_frame(e, 0, &answer, 20 * MS)); /* the next one may be asked */
	assert_int_equal(engine_deadline(e), 500 * MS);
	assert_false(engine_frame(e, 0, &answer, 30 * MS) && engine_deadline(e) < 30 * MS);
	engine_step(e, 500 * MS);
	assert_int_equal(asked(0x207), 0);
	engine_step(e, SEC);
	assert_int_equal(asked(0x207), 1);
	int64_t tick = engine_deadline(e);
	assert_int_equal(tick, SEC + 100 * MS);
	engine_step(e, tick); /* only a question is due: the bank is not worked out anew */
	assert_int_equal(asked(0x207), 0);
	engine_port_open(e, 0, false);
	assert_int_equal(engine_deadline(e), SEC + 500 * MS);
	engine_port_open(e, 0, true);
	assert_int_equal(engine_deadline(e), SEC + 110 * MS);
	assert_int_equal(engine_questions(e, 0)->asked, 2);
	assert_int_equal(engine_questions(e, 0)->answered, 1);
	assert_int_equal(engine_questions(e, 0)->unanswered, 1);
	assert_null(engine_questions(e, 1));
}

/* An answer whose counter stands still is one all the same: asking again at once would change nothing. */
static void answers_with_a_counter(void **state)
{
	(void)state;
	d.frames[1].has_counter = true;
	d.frames[1].counter = bytes(1, 1);
	start();
	struct frame answer = FRAME(0x247, 50, 9);
	for (int64_t t = 0; t <= 5; t++) {
		engine_step(e, t * SEC);
		assert_int_equal(asked(0x207), 1);
		engine_frame(e, 0, &answer, t * SEC + 20 * MS);
	}
	assert_int_equal(engine_pack(e, 0)->frames, 1);
	assert_int_equal(engine_pack(e, 0)->repeated, 5);
	assert_int_equal(seen(Q_SOC)->time, 20 * MS);
}

static void nodes_that_start_anew(void **state)
{
	(void)state;
	struct wanted ids[16];
	start();
	assert_int_equal(engine_wanted(e, 0, ids, 16), 4);
	bool pgn = false;
	for (int i = 0; i < 4; i++)
		pgn = pgn || (ids[i].ext && ids[i].id == 0x01FFFD00 && ids[i].mask == 0x03FFFF00);
	assert_true(pgn);
	engine_destroy(e);
	polls[0].sdo = true;
	polls[1] = polls[0];
	d.p.n_polls = 2;
	d.frames[0].id = 0x0EF00; /* PDU 1: the low byte of the id's PGN is a destination */
	start();
	int n = engine_wanted(e, 0, ids, 16);
	assert_int_equal(n, 5);
	assert_int_equal(ids[4].id, 0x700);
	assert_int_equal(ids[4].mask, 0x780);
	assert_int_equal(engine_wanted(e, 1, ids, 16), 0);
	engine_wanted(e, 0, ids, 16);
	pgn = false;
	for (int i = 0; i < 4; i++)
		pgn = pgn || (ids[i].ext && ids[i].id == 0x00EF0000 && ids[i].mask == 0x03FF0000);
	assert_true(pgn);
	assert_int_equal(engine_wanted(e, 0, ids, 4), 5);
	HEAR(0x1CEFFF45, 0, 7, 120, 0x14, 0x01); /* to all */
	assert_int_equal(seen(Q_VOLTAGE)->value, 13800);
}

/* The plain pack on port 0 and, after it, the sensor with the current of PGN 1F214. */
static void with_sensor(void)
{
	plain_settings(&s, 1, &plain.p, &out.p);
	s.n_sensors = 1;
	s.current_from = 1;
	s.sensors[0] = (struct pack_settings){ .name = "shunt", .profile = &d.p, .port = 0, .address = 7 };
	d.p.sensor = true;
	d.p.n_polls = 0;
	d.frames[0].required = false;
	d.frames[3].required = true;
	start();
}

static void pack_speaks(int64_t now)
{
	struct frame f[] = { words4(0x351, 560, 1000, 1200, 480), words4(0x355, 50, 99, 0, 0),
		             words4(0x356, 5300, 100, 200, 0) };
	for (int i = 0; i < 3; i++)
		engine_frame(e, 0, &f[i], now);
}

static void a_shunt(void **state)
{
	(void)state;
	with_sensor();
	for (int64_t t = 0; t <= 3 * SEC; t += 500 * MS) {
		pack_speaks(t);
		engine_step(e, t);
	}
	assert_int_equal(engine_ladder(e), LADDER_NORMAL); /* nobody waits for a sensor */
	assert_int_equal(engine_bank(e)->q[Q_CURRENT].value, 10000);
	for (int64_t t = 4 * SEC; t <= 20 * SEC; t += 500 * MS) {
		pack_speaks(t);
		if (t <= 6 * SEC)
			HEAR(0x09F21420, t, 0, 0, 0, 123, 0); /* 12.3 A */
		engine_step(e, t);
		if (t == 6 * SEC)
			assert_int_equal(engine_bank(e)->q[Q_CURRENT].value, 12300);
	}
	assert_int_equal(engine_bank(e)->q[Q_CURRENT].value, 10000); /* it went silent: the packs' own word again */
	assert_int_equal(engine_bank(e)->q[Q_CAPACITY].value, 100000); /* and it was never counted as a battery */
	const struct event *last = engine_event(e, engine_event_next(e) - 1);
	assert_int_equal(last->pack, 1);
	assert_memory_equal(last->text, "lost", 4);
}

/* A sensor that nothing is taken from, and one that is there but does not know its current. */
static void a_shunt_to_look_at(void **state)
{
	(void)state;
	with_sensor();
	engine_destroy(e);
	s.current_from = 0;
	struct profile_frame *pf = add_frame(&d, 0x123);
	pf->has_index = true;
	pf->index = bytes(0, 1);
	pf->group_max = 3;
	start();
	for (int64_t t = 0; t <= 3 * SEC; t += 500 * MS) {
		pack_speaks(t);
		HEAR(0x09F21420, t, 0, 0, 0, 123, 0);
		engine_step(e, t);
	}
	assert_int_equal(engine_bank(e)->q[Q_CURRENT].value, 10000);
	engine_destroy(e);
	s.current_from = 1;
	absent(&d.fields[d.frames[3].first_field], 0x7FFF);
	start();
	for (int64_t t = 0; t <= 3 * SEC; t += 500 * MS) {
		HEAR(0x09F21420, t, 0, 0, 0, t < SEC ? 123 : 0xFF, t < SEC ? 0 : 0x7F);
		if (t >= SEC)
			pack_speaks(t);
		engine_step(e, t);
	}
	assert_int_equal(engine_bank(e)->q[Q_CURRENT].value, 10000);
}

static void wake_ups(void **state)
{
	(void)state;
	d.p.n_polls = 0;
	d.p.n_transmit = 2;
	d.p.transmit[0] = (struct transmit){ .when = TRANSMIT_UNTIL_HEARD, .frame = { .id = 0x111, .len = 1 }, .period = SEC };
	d.p.transmit[1] = (struct transmit){ .when = TRANSMIT_ONCE_HEARD, .frame = { .id = 0x222, .len = 1 }, .period = SEC };
	s.n_packs = 4;
	s.packs[1] = s.packs[2] = s.packs[3] = s.packs[0];
	s.packs[3].profile = &plain.p; /* another kind on the same bus */
	s.packs[1].address = 8;
	s.packs[2].port = 1; /* another bus */
	for (int i = 0; i < 2; i++)
		s.packs[i].transmit[0] = s.packs[i].transmit[1] = true;
	start();
	engine_step(e, 0);
	assert_int_equal(asked(0x111), 1);
	assert_int_equal(asked(0x222), 0);
	struct frame a = FRAME(0x247, 50), b = FRAME(0x248, 50);
	engine_frame(e, 0, &a, 500 * MS);
	engine_step(e, SEC);
	assert_int_equal(asked(0x111), 1); /* one of two sleeps on */
	assert_int_equal(asked(0x222), 1);
	engine_frame(e, 0, &b, 1500 * MS);
	engine_step(e, 2 * SEC);
	assert_int_equal(asked(0x111), 0);
	assert_int_equal(asked(0x222), 1);
}

/* Frames that are more than one pack's, or might be more than they look. */
static void shared_frames(void **state)
{
	(void)state;
	plain_settings(&s, 3, &plain.p, &out.p);
	s.packs[1].port = 0; /* A and B hear the same, C is on port 1 */
	s.packs[1].address = 1;
	s.packs[2].port = 1;
	plain.p.polls = polls;
	plain.p.n_polls = 1;
	polls[0].n_answers = 0;
	s.start_wait = SEC;
	start();
	for (int64_t t = 0; t <= 3 * SEC; t += 500 * MS) {
		pack_speaks(t);
		engine_step(e, t);
	}
	assert_int_equal(engine_verdict(e)->limit[LIMIT_CCL].value, 200000);
	struct frame lower = words4(0x351, 560, 500, 1200, 480), low_cell = FRAME(0x7F4, 1), far = { .id = 0x7F4, .ext = true };
	assert_false(engine_frame(e, 0, &far, 3 * SEC)); /* 29 bits: another id */
	assert_true(engine_frame(e, 0, &low_cell, 3 * SEC)); /* the last id of its port */
	engine_step(e, 3100 * MS);
	assert_true(engine_frame(e, 0, &lower, 3200 * MS));
	engine_step(e, 3200 * MS);
	assert_int_equal(engine_verdict(e)->limit[LIMIT_CCL].value, 100000);
}

/* A 29-bit id in a dialect that has PGNs as well: both are looked for. */
static void ids_beside_pgns(void **state)
{
	(void)state;
	d.p.n_polls = 0;
	struct profile_frame *f = add_frame(&d, 0x18FF1234);
	f->ext = true;
	add_number(&d, Q_CYCLES, 0, 1, false, 1);
	start();
	HEAR(0x18FF1234, 0, 5);
	assert_int_equal(seen(Q_CYCLES)->value, 5);
	struct frame soc = FRAME(0x247, 44);
	engine_frame(e, 0, &soc, 0);
	assert_int_equal(seen(Q_SOC)->value, 4400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pgns, setup, teardown),
		cmocka_unit_test_setup_teardown(only_one_source, setup, teardown),
		cmocka_unit_test_setup_teardown(talkers, setup, teardown),
		cmocka_unit_test_setup_teardown(talkers_of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(talkers_below_the_least, setup, teardown),
		cmocka_unit_test_setup_teardown(parts, setup, teardown),
		cmocka_unit_test_setup_teardown(questions, setup, teardown),
		cmocka_unit_test_setup_teardown(answers_with_a_counter, setup, teardown),
		cmocka_unit_test_setup_teardown(nodes_that_start_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(a_shunt, setup, teardown),
		cmocka_unit_test_setup_teardown(a_shunt_to_look_at, setup, teardown),
		cmocka_unit_test_setup_teardown(shared_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(ids_beside_pgns, setup, teardown),
		cmocka_unit_test_setup_teardown(wake_ups, setup, teardown),
	};
	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
