/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The whole: frames and time in, frames out. What comes twice, late, never, empty, or lies. */
#include "fixture.h"

#include "core/poller.h"

#include <stdlib.h>

static struct bench b;

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED
#endif
#endif
#if !defined(__SANITIZE_ADDRESS__) && !defined(SANITIZED) && defined(__GLIBC__)
#define FAILING_CALLOC
/* The engine allocates by calloc() only, at its start: the one with this number finds no memory. */
static int fails_at = -1;
extern void *__libc_calloc(size_t n, size_t size);
void *calloc(size_t n, size_t size)
{
	return fails_at >= 0 && fails_at-- == 0 ? NULL : __libc_calloc(n, size);
}
#endif

static int one(void **state)
{
	(void)state;
	bench_start(&b, 1);
	return 0;
}

static int two(void **state)
{
	(void)state;
	bench_start(&b, 2);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	bench_stop(&b);
	return 0;
}

static void from_two_packs(void **state)
{
	(void)state;
	b.says[0] = (struct says){ .cvl = 560, .ccl = 800, .dcl = 1000, .low = 470, .soc = 40, .soh = 99, .voltage = 5310,
		                   .current = 123, .temperature = 215, .cell_min = 3310, .cell_max = 3330 };
	b.says[1] = (struct says){ .cvl = 552, .ccl = 300, .dcl = 500, .low = 480, .soc = 61, .soh = 97, .voltage = 5306,
		                   .current = -23, .temperature = 190, .cell_min = 3305, .cell_max = 3321 };
	b.s.packs[1].capacity.value = 300000;
	bench_run(&b, 3 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	assert_int_equal(told(&b, 0x351, 0), 552);
	assert_int_equal(told(&b, 0x351, 1), 1100);
	assert_int_equal(told(&b, 0x351, 2), 1500);
	assert_int_equal(told(&b, 0x351, 3), 480);
	assert_int_equal(told(&b, 0x355, 0), 55); /* (40 x 100 + 61 x 300) / 400 = 55.75 */
	assert_int_equal(told(&b, 0x355, 1), 97); /* 97.5 */
	assert_int_equal(told(&b, 0x355, 2), 5575);
	assert_int_equal(told(&b, 0x356, 0), 5308);
	assert_int_equal(told(&b, 0x356, 1), 100);
	assert_int_equal(told(&b, 0x356, 2), 215);
	assert_int_equal(told(&b, 0x372, 0), 2);
	assert_int_equal(told(&b, 0x373, 0), 3305);
	assert_int_equal(told(&b, 0x373, 1), 3330);
	assert_int_equal(engine_shown(b.e)->q[Q_CURRENT].value, 10000);
	assert_int_equal(engine_bank(b.e)->q[Q_CAPACITY].value, 400000);
	assert_int_equal(engine_now(b.e), b.now);
	assert_ptr_equal(engine_settings(b.e), &b.s);
	assert_null(engine_pack(b.e, 2));
	assert_null(engine_pack(b.e, -1));
}

static void nothing_before_the_picture(void **state)
{
	(void)state;
	b.says[1].mute = true;
	bench_until(&b, 130 * SEC - 1);
	assert_int_equal(b.sent, 0);
	bench_until(&b, 131 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 1000);
	assert_int_equal(told(&b, 0x372, 3), 1); /* the silent one is offline */
	/* a warning of battagg's own: slot 24, byte 6 bits 6-7 are 01 */
	assert_int_equal(b.last[0x35A].data[6] >> 6, 1);
	/* it arrives: quarantine, then it joins */
	b.says[1].mute = false;
	bench_run(&b, 20 * SEC);
	assert_int_equal(state_of(&b, 1), PACK_RETURNING);
	assert_int_equal(told(&b, 0x351, 1), 1000);
	bench_run(&b, 12 * SEC);
	assert_int_equal(state_of(&b, 1), PACK_ONLINE);
	bench_run(&b, 60 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 2000);
}

static void a_silent_pack_leaves_in_time(void **state)
{
	(void)state;
	bench_until(&b, 110 * SEC);
	b.says[1].mute = true; /* its last frames came at 110.0 s */
	bench_until(&b, 120 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 2000);
	bench_until(&b, 120500 * MS);
	assert_int_equal(state_of(&b, 1), PACK_LOST);
	assert_int_equal(told(&b, 0x351, 1), 1000);
	assert_int_equal(told(&b, 0x372, 0), 1);
	assert_int_equal(told(&b, 0x372, 3), 1);
	assert_true(engine_bank(b.e)->q[Q_CURRENT].partial);
}

static void the_ladder_to_its_end(void **state)
{
	(void)state;
	b.says[0].current = 55;
	bench_until(&b, 110 * SEC);
	b.says[0].mute = true;
	bench_until(&b, 121 * SEC); /* lost just after 120 s */
	assert_int_equal(engine_ladder(b.e), LADDER_HOLD);
	assert_int_equal(told(&b, 0x351, 0), 536); /* 16 x 3.35 V */
	assert_int_equal(told(&b, 0x351, 1), 0);
	assert_int_equal(told(&b, 0x351, 2), 1200);
	assert_int_equal(told(&b, 0x356, 0), 5300); /* the last values */
	assert_int_equal(told(&b, 0x356, 1), 55);
	assert_int_equal(b.last[0x35A].data[2] >> 6, 1); /* internal failure */
	bench_until(&b, 181 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_EMERGENCY);
	assert_int_equal(told(&b, 0x351, 2), 0);
	bench_until(&b, 421 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_SILENT);
	assert_false(engine_verdict(b.e)->valid);
	uint64_t sent = b.sent;
	int64_t deadline = engine_deadline(b.e);
	bench_run(&b, 3600 * SEC);
	assert_int_equal(b.sent, sent);
	assert_true(b.last_at[0x351] < 421 * SEC);
	assert_true(engine_deadline(b.e) - b.now <= 500 * MS && deadline > 0);
	b.says[0].mute = false;
	bench_run(&b, 3 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	assert_int_equal(told(&b, 0x351, 1), 1000);
}

/* News that are worse ask for a step at once; between two of those are 100 ms. */
static void worse_news_at_once(void **state)
{
	(void)state;
	bench_until(&b, 110200 * MS);
	struct frame f = words4(0x351, 560, 500, 1200, 480);
	assert_true(engine_frame(b.e, 0, &f, b.now));
	assert_true(engine_deadline(b.e) <= b.now);
	bench_step(&b);
	assert_int_equal(told(&b, 0x351, 1), 500);
	assert_int_equal(b.last_at[0x351], b.now);
	int64_t first = b.now;
	for (int i = 0; i < 50; i++) { /* every millisecond a lower one */
		b.now += MS;
		f = words4(0x351, 560, 499 - 2 * i, 1200, 480);
		engine_frame(b.e, 0, &f, b.now);
		assert_int_equal(engine_deadline(b.e), first + 100 * MS);
	}
	b.now = first + 100 * MS;
	bench_step(&b);
	assert_int_equal(told(&b, 0x351, 1), 401); /* the newest */
	assert_int_equal(b.last_at[0x351], first + 100 * MS);
	/* better news wait for the tick */
	f = words4(0x351, 560, 900, 1200, 480);
	assert_false(engine_frame(b.e, 0, &f, b.now));
}

static void before_the_picture_nothing_is_urgent(void **state)
{
	(void)state;
	b.says[1].mute = true;
	bench_until(&b, 105 * SEC);
	struct frame f = words4(0x351, 560, 0, 0, 480);
	assert_false(engine_frame(b.e, 0, &f, b.now));
	assert_true(engine_deadline(b.e) > b.now);
}

static void the_output_comes_back(void **state)
{
	(void)state;
	bench_until(&b, 110100 * MS);
	uint64_t sent = b.sent;
	engine_output_up(b.e);
	assert_true(engine_deadline(b.e) <= b.now);
	bench_step(&b);
	assert_int_equal(b.sent, sent + 7); /* the whole set, manufacturer first */
	int n;
	assert_int_equal(engine_sent(b.e, &n)[0].frame.id, 0x35E);
	bench_run(&b, 5 * SEC);
	assert_int_equal(b.sent, sent + 7 + 5 * 7); /* its seconds from there on: 111.1 s and so on, none waits for an old turn */
	assert_int_equal(b.last_at[0x355], 115100 * MS);
}

/* A bank that tells no current lets nobody in: how much flows is not known. */
static void no_current_to_join_at(void **state)
{
	(void)state;
	bench_until(&b, 110 * SEC);
	b.says[1].mute = true;
	bench_run(&b, 15 * SEC);
	b.says[0].current = -32768; /* not available */
	b.says[1].mute = false;
	bench_run(&b, 8 * SEC);
	assert_int_equal(state_of(&b, 1), PACK_RETURNING);
	bench_run(&b, SEC);
	assert_int_equal(engine_bank(b.e)->q[Q_CURRENT].validity, STALE);
}

static void frames_of_others(void **state)
{
	(void)state;
	b.in.p.n_foreign = 1;
	b.in.p.foreign[0] = (struct frame){ .id = 0x35C };
	bench_until(&b, 110 * SEC);
	const struct pack *p = engine_pack(b.e, 0);
	uint64_t frames = p->frames;
	struct frame f = words4(0x351, 560, 0, 0, 480);
	f.ext = true; /* 29 bits: another id */
	engine_frame(b.e, 0, &f, b.now);
	f = words4(0x123, 1, 2, 3, 4);
	engine_frame(b.e, 0, &f, b.now);
	f = words4(0x351, 560, 0, 0, 480);
	engine_frame(b.e, 7, &f, b.now); /* a port without packs */
	engine_frame(b.e, -1, &f, b.now);
	assert_int_equal(p->frames, frames);
	f = (struct frame){ .id = 0x35C };
	engine_frame(b.e, 0, &f, b.now);
	engine_frame(b.e, 0, &f, b.now);
	assert_int_equal(p->foreign, 2);
	bench_run(&b, SEC);
	assert_int_equal(state_of(&b, 0), PACK_ONLINE); /* two may be strays */
	engine_frame(b.e, 0, &f, b.now);
	bench_run(&b, SEC);
	assert_int_equal(state_of(&b, 0), PACK_REFUSED);
	assert_int_equal(engine_ladder(b.e), LADDER_HOLD);
}

static void ids_for_the_filters(void **state)
{
	(void)state;
	b.e = engine_create(&b.s, 0);
	struct wanted ids[32];
	/* 12 frames, one of them with 4 groups */
	assert_int_equal(engine_wanted(b.e, 0, ids, 32), 15);
	assert_int_equal(engine_wanted(b.e, 1, ids, 3), 15);
	assert_int_equal(ids[0].id, 0x351);
	assert_false(ids[0].ext);
	assert_int_equal(engine_wanted(b.e, 2, ids, 32), 0);
	bench_stop(&b);
	/* two packs on one port share their ids */
	b.s.packs[1].port = 0;
	b.e = engine_create(&b.s, 0);
	assert_int_equal(engine_wanted(b.e, 0, ids, 32), 15);
}

static int beacons_of(struct engine *e, int64_t now, int port)
{
	int n, found = 0;
	engine_step(e, now);
	const struct outgoing *out = engine_sent(e, &n);
	for (int i = 0; i < n; i++)
		found += out[i].port == port && out[i].frame.id == 0x305;
	return found;
}

static void keep_alives(void **state)
{
	(void)state;
	b.in.p.n_transmit = 2;
	b.in.p.transmit[0] = (struct transmit){ .frame = { .id = 0x305, .len = 8 }, .period = SEC };
	b.in.p.transmit[1] = (struct transmit){ .frame = { .id = 0x307, .len = 8 }, .period = SEC };
	b.s.packs[0].transmit[0] = b.s.packs[1].transmit[0] = true;
	b.s.packs[1].port = 0; /* one for the bus */
	b.e = engine_create(&b.s, 50 * SEC);
	assert_int_equal(beacons_of(b.e, 50 * SEC, 0), 1); /* before the first picture, too */
	assert_int_equal(beacons_of(b.e, 50500 * MS, 0), 0);
	assert_int_equal(beacons_of(b.e, 51 * SEC, 0), 1);
	assert_int_equal(beacons_of(b.e, 60 * SEC, 0), 1); /* one, however late */
	assert_int_equal(beacons_of(b.e, 60500 * MS, 0), 0);
	bench_stop(&b);
	b.s.packs[1].port = 1;
	b.e = engine_create(&b.s, 0);
	assert_int_equal(beacons_of(b.e, 0, 0), 1);
	assert_int_equal(beacons_of(b.e, SEC, 1), 1);
}

/* 32 packs that all want 8 frames each: none of them is forgotten, and the output comes first. */
static void the_largest_bank(void **state)
{
	(void)state;
	static int heard[PACKS_MAX * TRANSMIT_MAX];
	static struct poll poll = { .frame = { .id = 0x1000 }, .period = SEC, .timeout = 100 * MS };
	unsigned questions = 0;
	bench_start(&b, PACKS_MAX);
	b.in.p.polls = &poll;
	b.in.p.n_polls = 1;
	b.in.p.per_address = true;
	b.in.p.n_transmit = TRANSMIT_MAX;
	for (int i = 0; i < DIALECT_FRAMES; i++) {
		b.in.frames[i].ext = true;
		b.in.frames[i].per_address = 0x10000;
	}
	for (int t = 0; t < TRANSMIT_MAX; t++)
		b.in.p.transmit[t] = (struct transmit){ .frame = { .id = (uint32_t)t, .ext = true }, .per_address = 8,
			                                .period = SEC };
	for (int i = 0; i < PACKS_MAX; i++) {
		b.s.packs[i].port = 0;
		b.s.packs[i].address = i;
		memset(b.s.packs[i].transmit, 1, sizeof b.s.packs[i].transmit);
	}
	b.e = engine_create(&b.s, 0);
	for (int64_t t = 0; t < 20 * SEC; t += 500 * MS) {
		int n;
		for (int i = 0; i < PACKS_MAX; i++) {
			struct says w = healthy();
			struct frame f[] = { words4(0x351, w.cvl, w.ccl, w.dcl, w.low), words4(0x355, 50, 99, 0, 0),
				             words4(0x356, w.voltage, 10, 200, 0) };
			for (int k = 0; k < 3; k++) {
				f[k].ext = true;
				f[k].id += (uint32_t)i * 0x10000;
				engine_frame(b.e, 0, &f[k], t);
			}
		}
		engine_step(b.e, t);
		const struct outgoing *out = engine_sent(b.e, &n);
		assert_true(n <= SEND_MAX);
		for (int i = 0; i < n; i++) {
			if (out[i].port == 0 && out[i].frame.id == 0x1000)
				questions++;
			else if (out[i].port == 0)
				heard[out[i].frame.id]++;
			else
				b.last[out[i].frame.id] = out[i].frame;
		}
	}
	for (int i = 0; i < PACKS_MAX * TRANSMIT_MAX; i++)
		assert_in_range(heard[i], 10, 20);
	assert_true(questions > 5);
	assert_int_equal(engine_questions(b.e, 0)->asked, questions); /* none is thought to be asked that had no room */
	assert_int_equal(told(&b, 0x372, 0), 32);
	/* 32 x 100 A are cut to what the 16 bits hold: 3276.7 A */
	assert_int_equal(told(&b, 0x351, 1), 32000);
	assert_int_equal(told(&b, 0x351, 2), 32767);
	assert_int_equal(told(&b, 0x356, 1), 320);
}

static void events_are_numbered(void **state)
{
	(void)state;
	b.e = engine_create(&b.s, 0);
	assert_int_equal(engine_event_first(b.e), 0);
	assert_int_equal(engine_event_next(b.e), 1);
	assert_null(engine_event(b.e, 1));
	bench_stop(&b);
	bench_run(&b, 5 * SEC);
	assert_int_equal(engine_event_first(b.e), 1);
	assert_true(engine_event_next(b.e) > 2);
	const struct event *e = engine_event(b.e, 1);
	assert_int_equal(e->number, 1);
	assert_string_equal(e->text, "online");
	assert_null(engine_event(b.e, engine_event_next(b.e)));
}

static const struct event *of_topic(const struct journal *j, const char *topic)
{
	const struct event *found = NULL;
	for (uint64_t i = 1; i <= j->next; i++)
		if (!strcmp(topic_names[journal_get(j, i)->topic], topic))
			found = journal_get(j, i);
	return found;
}

/* Who comes now is told what is so: it begins with the ladder and ends with a mark. */
static void the_present_state(void **state)
{
	(void)state;
	struct journal j;
	b.e = engine_create(&b.s, 0);
	engine_tell_state(b.e, &j);
	/* waiting: the ladder, two packs, the end */
	assert_int_equal(j.next, 4);
	assert_string_equal(topic_names[journal_get(&j, 1)->topic], "ladder.waiting");
	assert_string_equal(journal_get(&j, 3)->who, "B");
	assert_string_equal(topic_names[journal_get(&j, 3)->topic], "pack.waiting");
	assert_string_equal(topic_names[journal_get(&j, 4)->topic], "state.told");
	bench_stop(&b);
	b.says[0].cell_min = 3310;
	b.says[0].cell_max = 3330;
	b.says[1].cell_min = 3305;
	b.says[1].cell_max = 3321;
	b.says[0].soc = b.says[1].soc = 40;
	bench_run(&b, 5 * SEC);
	engine_tell_state(b.e, &j);
	assert_string_equal(topic_names[journal_get(&j, 1)->topic], "ladder.normal");
	assert_non_null(of_topic(&j, "pack.online"));
	assert_non_null(of_topic(&j, "limit.ccl"));
	assert_non_null(of_topic(&j, "charge.allowed"));
	assert_non_null(of_topic(&j, "discharge.allowed"));
	assert_non_null(of_topic(&j, "cvl.normal"));
	assert_int_equal(of_topic(&j, "soc.normal")->value.value, 4000);
	assert_int_equal(of_topic(&j, "cells.spread")->value.value, 25); /* 3.330 V - 3.305 V */
	assert_null(of_topic(&j, "alarm.raised"));
	assert_int_equal(of_topic(&j, "state.told")->number, j.next);
	b.says[1].alarms[0] = 0xA4; /* high voltage */
	b.says[1].ccl = 0;
	b.says[0].ccl = 0;
	bench_run(&b, 10 * SEC);
	engine_tell_state(b.e, &j);
	assert_string_equal(of_topic(&j, "alarm.raised")->word, "high_voltage");
	assert_non_null(of_topic(&j, "charge.blocked"));
	assert_non_null(of_topic(&j, "cvl.reduced")); /* a hard block */
	assert_null(of_topic(&j, "charge.allowed"));
	assert_non_null(of_topic(&j, "soc.normal"));
	bench_stop(&b);
	/* no lowest cell: no spread; and a state of charge below a threshold */
	b.says[0].cell_min = b.says[1].cell_min = 0;
	b.s.alarms.own[OWN_LOW_SOC].warning = (struct bound){ true, 4000 };
	bench_run(&b, 5 * SEC);
	engine_tell_state(b.e, &j);
	assert_null(of_topic(&j, "cells.spread"));
	assert_int_equal(of_topic(&j, "soc.low")->value.value, 4000);
	bench_stop(&b);
	b.s.alarms.own[OWN_LOW_SOC] = (struct own_alarm){ .alarm = { true, 4000 } };
	bench_run(&b, 5 * SEC);
	engine_tell_state(b.e, &j);
	assert_non_null(of_topic(&j, "soc.low"));
}

static void no_memory(void **state)
{
	(void)state;
#ifdef FAILING_CALLOC
	for (int i = 0; i < 5; i++) {
		fails_at = i;
		assert_null(engine_create(&b.s, 0));
		assert_int_equal(fails_at, -1);
	}
#endif
	engine_destroy(NULL);
}

/* One id for two frames that differ in a byte, as some dialects have it; and the same id of two packs on one port. */
static void one_id_for_several(void **state)
{
	(void)state;
	b.in.frames[F_CAPACITY].id = b.in.frames[F_SWITCHES].id; /* 0x360: byte 7 says which */
	for (int i = F_SWITCHES; i <= F_CAPACITY; i += F_CAPACITY - F_SWITCHES) {
		b.in.frames[i].n_guards = 1;
		b.in.frames[i].guards[0] = (struct guard){ .place = bytes(7, 1), .value = (uint64_t)i, .demand = true };
	}
	b.s.packs[1].port = 0;
	b.s.packs[0].capacity.set = b.s.packs[1].capacity.set = false;
	b.e = engine_create(&b.s, 0);
	struct frame f = FRAME(0x360, 200, 0, 0, 0, 0, 0, 0, F_CAPACITY);
	engine_frame(b.e, 0, &f, 1);
	f = FRAME(0x360, 1, 0, 0, 0, 0, 0, 0, F_SWITCHES);
	engine_frame(b.e, 0, &f, 1);
	f = FRAME(0x360, 3); /* ends before the byte that would say */
	engine_frame(b.e, 0, &f, 1);
	engine_step(b.e, 1);
	for (int i = 0; i < 2; i++) {
		const struct pack *p = engine_pack(b.e, i);
		assert_int_equal(p->b.q[Q_CAPACITY].value, 200000);
		assert_int_equal(p->b.q[Q_CHARGE_ENABLED].value, 1);
		assert_int_equal(p->b.q[Q_DISCHARGE_ENABLED].value, 0);
		assert_int_equal(p->not_this, 4);
	}
}

/* The state of all packs, one microsecond before the first and at time 0: no time is special. */
static void time_zero(void **state)
{
	(void)state;
	b.now = b.next_frames = 0;
	bench_run(&b, 12 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 2000);
	b.says[0].mute = true;
	bench_run(&b, 11 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 1000);
}

static void the_reload(struct settings *s)
{
	struct engine *next = engine_create(s, b.now);
	engine_adopt(next, b.e);
	engine_destroy(b.e);
	b.e = next;
}

static void reload_keeps_packs_and_ramps_raises(void **state)
{
	(void)state;
	b.s.limits.ccl = (struct bound){ true, 50000 };
	bench_until(&b, 110 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 500);
	uint64_t frames = engine_pack(b.e, 1)->frames;
	static struct settings s;
	s = b.s;
	s.limits.ccl.value = 120000;
	s.packs[0] = b.s.packs[1]; /* the other way round */
	s.packs[1] = b.s.packs[0];
	the_reload(&s);
	assert_int_equal(engine_pack(b.e, 0)->frames, frames);
	assert_string_equal(engine_pack(b.e, 0)->set->name, "B");
	bench_step(&b);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 50000);
	bench_run(&b, 30 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 500);
	bench_run(&b, 30 * SEC);
	assert_int_equal(told(&b, 0x351, 1), 1200);
	/* lower ones hold at once */
	static struct settings s2;
	s2 = s;
	s2.limits.ccl.value = 20000;
	the_reload(&s2);
	bench_step(&b);
	assert_int_equal(told(&b, 0x351, 1), 200);
	bench_stop(&b);
}

/* The profile was edited: the packs go on, with what they last said, until the new rows have been read. */
static void reload_of_an_edited_profile(void **state)
{
	(void)state;
	bench_until(&b, 110 * SEC);
	b.says[1].alarms[0] = 0xA4; /* high voltage */
	bench_run(&b, SEC);
	static struct dialect edited;
	static struct settings s;
	plain_dialect(&edited);
	edited.p.hash = 2;
	s = b.s;
	s.packs[0].profile = s.packs[1].profile = &edited.p;
	the_reload(&s);
	bench_step(&b); /* before any new frame */
	assert_int_equal(state_of(&b, 0), PACK_ONLINE);
	assert_int_equal(state_of(&b, 1), PACK_ONLINE);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 200000);
	assert_int_equal(engine_bank(b.e)->alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(told(&b, 0x356, 0), 5300);
	bench_run(&b, 5 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 200000);
	assert_int_equal(engine_bank(b.e)->q[Q_VOLTAGE].validity, VALID);
	bench_stop(&b);
}

/* ... and where the new rows no longer give something, the old word does not stand for ever. */
static void reload_of_a_profile_that_lost_a_row(void **state)
{
	(void)state;
	bench_until(&b, 110 * SEC);
	static struct dialect edited;
	static struct settings s;
	plain_dialect(&edited);
	edited.p.hash = 2;
	edited.fields[edited.frames[F_LIMITS].first_field + 1].target = Q_CYCLES; /* no CCL any more */
	edited.p.has_quantity &= ~(UINT64_C(1) << Q_CCL);
	s = b.s;
	s.packs[0].profile = s.packs[1].profile = &edited.p;
	s.packs[0].limits.ccl = s.packs[1].limits.ccl = (struct bound){ true, 30000 };
	the_reload(&s);
	bench_run(&b, 30 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 60000);
	assert_int_equal(state_of(&b, 0), PACK_ONLINE);
	bench_stop(&b);
}

static void reload_without_a_pack(void **state)
{
	(void)state;
	b.says[1].current = 1500; /* over its 100 A: the feedback cuts */
	bench_until(&b, 110 * SEC);
	assert_int_equal(reason_now(&b, LIMIT_CCL), REASON_FEEDBACK);
	static struct settings s;
	s = b.s;
	s.n_packs = 1;
	the_reload(&s);
	assert_int_equal(engine_verdict(b.e)->limit[LIMIT_CCL].reason.pack, -1);
	b.s.n_packs = 1; /* the bench plays one pack only */
	bench_run(&b, 5 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	assert_true(limit_now(&b, LIMIT_CCL) <= 100000);
	assert_int_equal(limit_now(&b, LIMIT_DCL), 120000);
	/* a second reload while the cut of the pack that went still holds */
	static struct settings s1, s2;
	s1 = s;
	the_reload(&s1);
	bench_step(&b);
	assert_true(limit_now(&b, LIMIT_CCL) <= 100000);
	/* and another one instead: nothing is left of the first */
	s2 = s;
	snprintf(s2.port_names[0], sizeof s2.port_names[0], "can9");
	the_reload(&s2);
	assert_int_equal(engine_pack(b.e, 0)->frames, 0);
	bench_step(&b);
	assert_int_equal(engine_ladder(b.e), LADDER_HOLD);
	assert_int_equal(told(&b, 0x351, 1), 0);
	bench_run(&b, 2 * SEC);
	assert_true(engine_pack(b.e, 0)->frames > 0);
	static struct settings s3, s4; /* another address, another profile */
	s3 = s2;
	s3.packs[0].address = 1;
	the_reload(&s3);
	assert_int_equal(engine_pack(b.e, 0)->frames, 0);
	bench_run(&b, 2 * SEC);
	static struct dialect renamed;
	plain_dialect(&renamed);
	snprintf(renamed.p.id, sizeof renamed.p.id, "other");
	s4 = s3;
	s4.packs[0].profile = &renamed.p;
	the_reload(&s4);
	assert_int_equal(engine_pack(b.e, 0)->frames, 0);
	bench_stop(&b);
}

static void reload_keeps_the_beat_of_keep_alives(void **state)
{
	(void)state;
	b.in.p.n_transmit = 5;
	b.in.p.transmit[0] = (struct transmit){ .frame = { .id = 0x305, .len = 8 }, .period = 2 * SEC };
	/* none of these is the same: other length, 29 bits, other data */
	b.in.p.transmit[1] = (struct transmit){ .frame = { .id = 0x307, .len = 8 }, .period = 2 * SEC };
	b.in.p.transmit[2] = (struct transmit){ .frame = { .id = 0x307, .len = 1 }, .period = 2 * SEC };
	b.in.p.transmit[3] = (struct transmit){ .frame = { .id = 0x307, .len = 1, .ext = true }, .period = 2 * SEC };
	b.in.p.transmit[4] = (struct transmit){ .frame = { .id = 0x307, .len = 8, .data = { 1 } }, .period = 2 * SEC };
	memset(b.s.packs[0].transmit, 1, 5);
	b.s.packs[1].transmit[0] = true;
	b.e = engine_create(&b.s, b.now);
	assert_int_equal(beacons_of(b.e, b.now, 0), 1);
	int n;
	engine_sent(b.e, &n);
	assert_int_equal(n, 6);
	static struct settings s;
	s = b.s;
	s.packs[0].transmit[1] = false;
	the_reload(&s);
	assert_int_equal(beacons_of(b.e, b.now + SEC, 0), 0);
	assert_int_equal(beacons_of(b.e, b.now + 2 * SEC, 0), 1);
	engine_destroy(NULL);
}

/* Random frames of wanted ids, any length: never above caps, 3 C, what packs last said twice; nothing before the
 * picture; and valid frames are decoded again afterwards (P1, P5). Runs with the sanitizers, too. */
static void any_frames(void **state)
{
	(void)state;
	static const uint16_t ids[] = { 0x351, 0x355, 0x356, 0x35A, 0x373, 0x360, 0x7F4, 0x35E, 0x380, 0x381, 0x400, 0x403, 0x379 };
	int64_t before[2] = { -1, -1 }, last[2] = { -1, -1 };
	uint64_t seed = 99;
	b.s.limits.dcl = (struct bound){ true, 77000 };
	bench_until(&b, 105 * SEC);
	last[0] = last[1] = before[0] = before[1] = 100000;
	for (int i = 0; i < 60000; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		struct frame f = { .id = ids[(seed >> 33) % (sizeof ids / sizeof *ids)], .len = (uint8_t)((seed >> 50) % 9) };
		int port = (int)(seed >> 62 & 1);
		for (int k = 0; k < f.len; k++)
			f.data[k] = (uint8_t)(seed >> (k * 5 + 3) & (seed >> 61 ? 0xFF : 0x03));
		b.now += (int64_t)(seed >> 40) % (i % 1000 ? 20 * MS : 5 * SEC);
		engine_frame(b.e, port, &f, b.now);
		if (f.id == 0x351 && f.len >= 4 && f.data[3] < 0x80) {
			before[port] = last[port];
			last[port] = 100 * (f.data[2] | f.data[3] << 8);
		}
		if (b.now < engine_deadline(b.e))
			continue;
		bench_step(&b);
		const struct verdict *v = engine_verdict(b.e);
		if (!v->valid)
			continue;
		int64_t most = 0;
		for (int k = 0; k < 2; k++)
			most += last[k] < before[k] ? last[k] : before[k];
		assert_true(v->limit[LIMIT_CCL].value <= most);
		assert_true(v->limit[LIMIT_DCL].value <= 77000);
		assert_true(v->limit[LIMIT_CVL].value > 0);
		for (int k = 0; k < N_LIMIT; k++)
			assert_true(v->limit[k].value >= 0);
	}
	b.next_frames = b.now;
	for (int port = 0; port < 2; port++) { /* the texts of the noise would refuse nobody: none is expected */
		struct frame fine = { .id = 0x360, .len = 1, .data = { 3 } };
		engine_frame(b.e, port, &fine, b.now);
	}
	bench_run(&b, 1400 * SEC); /* longer than any quarantine */
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	assert_int_equal(told(&b, 0x351, 1), 2000);
	assert_int_equal(told(&b, 0x356, 0), 5300);
}

/* Faults never raise a limit (P2): the same day with and without one pack falling silent for a while. */
static void a_fault_never_raises(void **state)
{
	(void)state;
	static struct bench c;
	for (int which = 0; which < 8; which++) {
		bench_start(&b, 3);
		bench_start(&c, 3);
		b.says[1].cvl = c.says[1].cvl = 540;
		b.says[2].ccl = c.says[2].ccl = 0;
		b.says[2].alarms[0] = c.says[2].alarms[0] = which & 4 ? 0xA4 : 0xA8;
		b.says[0].cell_max = c.says[0].cell_max = which & 2 ? 3610 : 3320;
		b.says[0].current = c.says[0].current = 1200; /* over its limit */
		bench_until(&b, 120 * SEC);
		bench_until(&c, 120 * SEC);
		c.says[which % 3].mute = true;
		for (int64_t t = 121 * SEC; t < 700 * SEC; t += SEC) {
			bench_until(&b, t);
			bench_until(&c, t);
			for (int k = 0; k < LIMIT_LOW_VOLTAGE && engine_verdict(c.e)->valid; k++)
				assert_true(limit_now(&c, (enum limit_kind)k) <= limit_now(&b, (enum limit_kind)k));
		}
		bench_stop(&b);
		bench_stop(&c);
	}
}

/* The order of packs and of different frames within a cycle makes no difference (P3). */
static void order_within_a_cycle(void **state)
{
	(void)state;
	static struct bench c;
	uint64_t seed = 17;
	bench_start(&c, 2);
	c.e = engine_create(&c.s, c.now);
	b.e = engine_create(&b.s, b.now);
	for (int64_t t = 100 * SEC; t < 400 * SEC; t += 500 * MS) {
		struct frame f[8];
		for (int i = 0; i < 8; i++) {
			static const uint16_t ids[] = { 0x351, 0x355, 0x356, 0x373 };
			struct says w = healthy();
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			w.ccl = (int)(seed >> 40) % 1200;
			w.cell_max = 3300 + (int)(seed >> 50) % 320;
			w.current = (int)(seed >> 45) % 2400 - 1200;
			struct frame all[] = { words4(0x351, w.cvl, w.ccl, w.dcl, w.low), words4(0x355, w.soc, w.soh, 0, 0),
				               words4(0x356, w.voltage, w.current, w.temperature, 0),
				               words4(0x373, w.cell_min, w.cell_max, 0, 0) };
			f[i] = all[i % 4];
			assert_int_equal(f[i].id, ids[i % 4]);
		}
		for (int i = 0; i < 8; i++)
			engine_frame(b.e, i / 4, &f[i], t);
		for (int i = 7; i >= 0; i--)
			engine_frame(c.e, i / 4, &f[i], t);
		int n, m;
		engine_step(b.e, t);
		engine_step(c.e, t);
		const struct outgoing *x = engine_sent(b.e, &n), *y = engine_sent(c.e, &m);
		assert_int_equal(n, m);
		for (int i = 0; i < n; i++)
			assert_memory_equal(&x[i].frame, &y[i].frame, sizeof x[i].frame);
	}
	bench_stop(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(from_two_packs, two, stop),
		cmocka_unit_test_setup_teardown(nothing_before_the_picture, two, stop),
		cmocka_unit_test_setup_teardown(a_silent_pack_leaves_in_time, two, stop),
		cmocka_unit_test_setup_teardown(the_ladder_to_its_end, one, stop),
		cmocka_unit_test_setup_teardown(worse_news_at_once, one, stop),
		cmocka_unit_test_setup_teardown(before_the_picture_nothing_is_urgent, two, stop),
		cmocka_unit_test_setup_teardown(the_output_comes_back, one, stop),
		cmocka_unit_test_setup_teardown(no_current_to_join_at, two, stop),
		cmocka_unit_test_setup_teardown(frames_of_others, one, stop),
		cmocka_unit_test_setup_teardown(ids_for_the_filters, two, stop),
		cmocka_unit_test_setup_teardown(keep_alives, two, stop),
		cmocka_unit_test_setup_teardown(the_largest_bank, one, stop),
		cmocka_unit_test_setup_teardown(events_are_numbered, one, stop),
		cmocka_unit_test_setup_teardown(the_present_state, two, stop),
		cmocka_unit_test_setup_teardown(no_memory, two, stop),
		cmocka_unit_test_setup_teardown(one_id_for_several, two, stop),
		cmocka_unit_test_setup_teardown(time_zero, two, stop),
		cmocka_unit_test_setup_teardown(reload_keeps_packs_and_ramps_raises, two, stop),
		cmocka_unit_test_setup_teardown(reload_of_an_edited_profile, two, stop),
		cmocka_unit_test_setup_teardown(reload_of_a_profile_that_lost_a_row, two, stop),
		cmocka_unit_test_setup_teardown(reload_without_a_pack, two, stop),
		cmocka_unit_test_setup_teardown(reload_keeps_the_beat_of_keep_alives, two, stop),
		cmocka_unit_test_setup_teardown(any_frames, two, stop),
		cmocka_unit_test_setup_teardown(a_fault_never_raises, one, stop),
		cmocka_unit_test_setup_teardown(order_within_a_cycle, two, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
