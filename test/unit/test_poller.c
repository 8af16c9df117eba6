/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Questions and answers: one in flight on a bus, late and lost answers, bursts, aborts, devices that are off, a bus
 * that closes. A bus of many devices and an hour of faults: test_polled.c. */
#include "fixture.h"

#include "core/poller.h"

static struct poller p;
static struct dialect d;
static struct poll polls[2];
static struct pack_settings set[4];

/* Two questions: A each second, answered by frame 0; B, an SDO object, each 2 s, answered by frame 2. */
static int setup(void **state)
{
	(void)state;
	dialect_start(&d, "polled");
	memset(polls, 0, sizeof polls);
	memset(set, 0, sizeof set);
	polls[0] = (struct poll){ .frame = { .id = 0x200, .len = 1 }, .per_address = 1, .period = SEC, .timeout = 100 * MS,
		                  .n_answers = 1, .answers = { 0 } };
	polls[1] = (struct poll){ .frame = { .id = 0x600, .len = 8, .data = { 0x40, 0x60, 0x60, 1 } }, .per_address = 1,
		                  .period = 2 * SEC, .timeout = 100 * MS, .n_answers = 1, .answers = { 2 }, .sdo = true };
	d.p.polls = polls;
	d.p.n_polls = 2;
	for (int i = 0; i < 4; i++) {
		set[i].profile = &d.p;
		set[i].port = i == 1;
		set[i].address = 5 + i;
	}
	poller_init(&p);
	return 0;
}

static uint32_t ask(int64_t now)
{
	const struct frame *f = poller_step(&p, 0, now);
	return f ? f->id : 0;
}

static void one_at_a_time(void **state)
{
	(void)state;
	assert_true(poller_deadline(&p, 0) == INT64_MAX); /* nobody to ask */
	assert_null(poller_step(&p, 0, 0));
	poller_add(&p, &set[0], 0, 0);
	assert_int_equal(poller_deadline(&p, 0), 0);
	assert_true(poller_deadline(&p, 1) == INT64_MAX); /* another bus */
	assert_int_equal(ask(0), 0x205);
	assert_int_equal(poller_deadline(&p, 0), 100 * MS); /* its time-out */
	assert_int_equal(ask(50 * MS), 0);
	assert_false(poller_heard(&p, 0, 0, 2, 50 * MS)); /* what else comes is no answer to this */
	assert_false(poller_heard(&p, 0, 1, 0, 50 * MS)); /* nor what another pack says */
	assert_false(poller_heard(&p, 1, 0, 0, 50 * MS)); /* nor what is on another bus */
	assert_true(poller_heard(&p, 0, 0, 0, 60 * MS));
	assert_false(poller_heard(&p, 0, 0, 2, 60 * MS)); /* an answer to nothing */
	assert_int_equal(poller_deadline(&p, 0), 70 * MS); /* the gap of 10 ms */
	assert_int_equal(ask(69 * MS), 0);
	assert_int_equal(ask(70 * MS), 0x605);
	assert_true(poller_heard(&p, 0, 0, 2, 75 * MS));
	assert_int_equal(poller_deadline(&p, 0), SEC); /* A again, a second after it was due first */
	assert_int_equal(p.bus[0].count.asked, 2);
	assert_int_equal(p.bus[0].count.answered, 2);
}

static void an_answer_that_came_late(void **state)
{
	(void)state;
	poller_add(&p, &set[0], 0, 0);
	ask(0);
	assert_true(poller_heard(&p, 0, 0, 0, 5 * SEC)); /* the program slept: not asked five times to catch up */
	assert_int_equal(p.items[0].due, 6 * SEC);
}

/* Runs until the next question goes out; its time. */
static int64_t next_question(int64_t now, uint32_t *id)
{
	while (!(*id = ask(now)))
		now = poller_deadline(&p, 0) > now ? poller_deadline(&p, 0) : now + MS;
	return now;
}

/* A's device answers B only: A is repeated seven times at once (time-out 100 ms, gap 10 ms), then after 1, 2, 4, 8, 16 s,
 * and never rarer than each 30 s. B is asked as ever. */
static void a_question_without_answer(void **state)
{
	(void)state;
	int64_t now = 0, asked_at[14], b_at = 0;
	int n = 0;
	poller_add(&p, &set[0], 0, 0);
	while (n < 14) {
		uint32_t id;
		now = next_question(now, &id);
		if (id == 0x605) {
			assert_in_range(now - b_at, 0, 2 * SEC + 890 * MS);
			b_at = now;
			assert_true(poller_heard(&p, 0, 0, 2, now + 5 * MS));
		} else {
			asked_at[n++] = now;
		}
	}
	for (int i = 1; i < 8; i++)
		assert_int_equal(asked_at[i] - asked_at[i - 1], 110 * MS);
	assert_in_range(asked_at[8] - asked_at[7], SEC + 100 * MS, SEC + 130 * MS);
	assert_in_range(asked_at[9] - asked_at[8], 2 * SEC + 100 * MS, 2 * SEC + 130 * MS);
	assert_in_range(asked_at[10] - asked_at[9], 4 * SEC + 100 * MS, 4 * SEC + 130 * MS);
	assert_in_range(asked_at[13] - asked_at[12], 30 * SEC + 100 * MS, 30 * SEC + 130 * MS);
	assert_true(poller_heard(&p, 0, 0, 0, now + 10 * MS)); /* as if nothing had been */
	assert_int_equal(p.items[0].failures, 0);
	assert_in_range(p.items[0].due, now + SEC - 30 * MS, now + SEC); /* a period after it was due */
	p.items[0].failures = 255;
	do {
		now = next_question(now, &(uint32_t){ 0 });
	} while (p.bus[0].waiting);
	ask(now + 100 * MS);
	assert_int_equal(p.items[0].failures, 255);
}

/* Nothing at all comes from it: four questions, then one each 250 ms, 500 ms, 1 s ... 30 s, whichever it is. */
static void a_device_that_is_off(void **state)
{
	(void)state;
	int64_t now = 0, asked_at[16];
	uint32_t id;
	polls[1].period = SEC;
	poller_add(&p, &set[0], 0, 0);
	for (int n = 0; n < 16; n++)
		asked_at[n] = now = next_question(now, &id);
	for (int n = 1; n < 4; n++)
		assert_int_equal(asked_at[n] - asked_at[n - 1], 110 * MS);
	assert_int_equal(asked_at[4] - asked_at[3], 350 * MS);
	assert_int_equal(asked_at[5] - asked_at[4], 600 * MS);
	assert_int_equal(asked_at[6] - asked_at[5], SEC + 100 * MS);
	assert_int_equal(asked_at[15] - asked_at[14], 30 * SEC + 100 * MS);
	assert_int_equal(p.bus[0].count.unanswered, 15);
	/* it is back: all is asked at once */
	assert_true(poller_heard(&p, 0, 0, id == 0x605 ? 2 : 0, now + 5 * MS));
	assert_int_equal(ask(now + 15 * MS), id == 0x605 ? 0x205 : 0x605);
	p.devices[0].failures = 255;
	ask(now + 115 * MS);
	assert_int_equal(p.devices[0].failures, 255);
}

/* Frames of a group, or several frames, answer: the next question waits until they have stopped coming for 30 ms, but
 * not for ever. */
static void a_burst(void **state)
{
	(void)state;
	uint32_t id;
	add_frame(&d, 0x240)->group_max = 5;
	poller_add(&p, &set[0], 0, 0);
	ask(0);
	for (int64_t t = 5 * MS; t <= 25 * MS; t += 5 * MS)
		assert_int_equal(poller_heard(&p, 0, 0, 0, t), t == 5 * MS); /* answered by the first */
	assert_int_equal(poller_deadline(&p, 0), 55 * MS);
	assert_false(poller_heard(&p, 0, 0, 2, 54 * MS)); /* that is no part of it */
	assert_int_equal(ask(55 * MS), 0x605);
	assert_true(poller_heard(&p, 0, 0, 2, 60 * MS));
	assert_int_equal(p.bus[0].count.answered, 2);
	/* it never stops: from 100 ms (the time-out) after the question on nobody waits for it */
	assert_int_equal(next_question(SEC, &id), SEC);
	assert_int_equal(id, 0x205);
	for (int64_t t = SEC + 5 * MS; t <= SEC + 500 * MS; t += 5 * MS)
		poller_heard(&p, 0, 0, 0, t);
	assert_int_equal(p.bus[0].quiet_until, SEC + 130 * MS);
	d.p.n_polls = 1;
	polls[0].n_answers = 2;
	d.frames[0].group_max = 0;
	poller_add(&p, &set[1], 1, 0);
	assert_true(p.items[p.devices[1].first].burst);
}

/* It is slower than its time-out: each answer comes while the next question is in flight, and nobody gives up. */
static void always_late(void **state)
{
	(void)state;
	struct {
		int64_t at;
		unsigned frame;
	} coming[4] = { { 0, 0 } }; /* 150 ms after each question its answer, and the time-out is 100 ms */
	unsigned first = 0, n = 0, heard = 0;
	poller_add(&p, &set[0], 0, 0);
	for (int64_t now = 0; now < 1000 * SEC; now += MS) {
		uint32_t id = ask(now);
		if (id)
			coming[n].at = now + 150 * MS, coming[n].frame = id == 0x605 ? 2 : 0, n = (n + 1) % 4;
		while (first != n && coming[first].at <= now) {
			poller_heard(&p, 0, 0, coming[first].frame, now);
			first = (first + 1) % 4;
			heard++;
		}
		assert_in_range(p.items[0].failures, 0, 1);
		assert_in_range(p.items[1].failures, 0, 1);
	}
	assert_in_range(heard, 1500, 3000); /* 1000 times A and 500 times B, some of them twice */
	assert_in_range(p.bus[0].count.answered + p.bus[0].count.late, 1480, 1520);
	/* what has answered late is not asked once more at once */
	setup(NULL);
	polls[1].period = SEC;
	poller_add(&p, &set[0], 0, 0);
	assert_int_equal(ask(0), 0x205);
	ask(100 * MS);
	assert_int_equal(ask(110 * MS), 0x605); /* equally due, and has not failed yet */
	assert_false(poller_heard(&p, 0, 0, 1, 115 * MS)); /* answers nothing */
	assert_true(poller_heard(&p, 0, 0, 0, 120 * MS));
	assert_int_equal(p.items[0].due, SEC); /* as if it had come in time */
	assert_int_equal(p.bus[0].waiting, 1); /* and the other is waited for as before */
	assert_false(poller_heard(&p, 0, 0, 0, 130 * MS)); /* the same once more */
}

/* A question without an address in it: all devices answer, and it is asked once for all of them. */
static void one_for_all(void **state)
{
	(void)state;
	uint32_t id;
	int asked = 0;
	polls[0].per_address = 0;
	d.p.n_polls = 1;
	for (int i = 0; i < 4; i++)
		poller_add(&p, &set[i], i, 0); /* the second is on another bus */
	for (int64_t now = 0; (now = next_question(now, &id)) < 60 * SEC; asked++) {
		int who = p.items[p.bus[0].waiting].device;
		assert_int_equal(id, 0x200);
		if (who == 3)
			break;
		assert_true(poller_heard(&p, 0, who == 2 ? 0 : 2, 0, now + 4 * MS)); /* another is quicker */
		assert_int_equal(p.bus[0].waiting, who);
		assert_true(poller_heard(&p, 0, who, 0, now + 5 * MS));
		if (now < 30 * SEC) /* then the fourth falls silent */
			poller_heard(&p, 0, 3, 0, now + 6 * MS);
	}
	assert_in_range(asked, 30, 32); /* each second, not three times a second */
	assert_true(p.bus[0].count.late == 0 && p.bus[0].count.unanswered == 0);
	assert_int_equal(p.items[p.bus[0].waiting].device, 3); /* which is asked by itself, once the others had their answer */
	/* of two such questions each is credited with its own answers */
	setup(NULL);
	polls[0].per_address = polls[1].per_address = 0;
	poller_add(&p, &set[0], 0, 0);
	poller_add(&p, &set[2], 2, 0);
	assert_int_equal(ask(0), 0x200);
	assert_false(poller_heard(&p, 0, 2, 2, 4 * MS)); /* an answer to the other: nobody asked */
	assert_true(poller_heard(&p, 0, 2, 0, 5 * MS));
	assert_int_equal(p.items[3].due, 0);
	assert_int_equal(p.items[2].due, SEC + 5 * MS);
}

static void not_the_same(void **state)
{
	(void)state;
	d.p.n_polls = 1;
	polls[0].per_address = 0;
	for (int i = 0; i < 6; i++) {
		struct frame *f = &polls[0].frame;
		*f = (struct frame){ .id = 0x200, .ext = i == 0, .remote = i == 1, .len = i == 2 ? 2 : 1, .data = { i == 3 } };
		set[0].port = i == 4; /* on another bus */
		poller_add(&p, &set[0], i, 0);
	}
	for (int i = 0; i < 6; i++)
		assert_false(p.items[i].shared);
}

/* More is due than can be asked: what would be old first is asked first, and the rare one has its turn, too. */
static void what_is_urgent(void **state)
{
	(void)state;
	int64_t now = 0;
	uint32_t id;
	int a = 0, b = 0;
	polls[0].period = 20 * MS; /* each question takes 15 ms */
	polls[1].period = SEC;
	poller_add(&p, &set[0], 0, 0);
	poller_add(&p, &set[2], 2, 0);
	for (now = 0; now < 10 * SEC; now += 15 * MS) {
		now = next_question(now, &id);
		assert_true(poller_heard(&p, 0, p.items[p.bus[0].waiting].device, id > 0x600 ? 2 : 0, now + 5 * MS));
		*(id > 0x600 ? &b : &a) += 1;
	}
	assert_in_range(b, 2 * 5, 2 * 10); /* two devices, each 1 to 2 s */
	assert_in_range(a, 600, 660); /* all else of 10 s / 15 ms */
}

/* Devices that are off take at most half of the bus from one that has much to say. */
static void the_others_come_first(void **state)
{
	(void)state;
	int64_t now = 0, lost = 0, end = 20 * SEC;
	int answers = 0;
	polls[0].period = polls[1].period = 20 * MS; /* more than the bus can carry */
	for (int i = 0; i < 4; i++)
		if (i != 1)
			poller_add(&p, &set[i], i, 0); /* 0 answers, 2 and 3 are off */
	while (now < end) {
		uint32_t id;
		now = next_question(now, &id);
		if ((id & 0xF) == 5) {
			assert_true(poller_heard(&p, 0, 0, id == 0x605 ? 2 : 0, now + 5 * MS));
			answers++;
		} else {
			lost += 110 * MS;
		}
	}
	/* two devices, four questions each and then after 250 ms, 500 ms, 1, 2, 4, 8 s: about 20 */
	assert_in_range(lost, 16 * 110 * MS, 24 * 110 * MS);
	assert_true(answers > (end - lost) / (20 * MS)); /* each 15 ms while nobody is waited for */
	/* both fail at the same time; in between the one that answers has its turns */
	setup(NULL);
	polls[0].period = polls[1].period = 20 * MS;
	for (int i = 0; i < 4; i++)
		if (i != 1)
			poller_add(&p, &set[i], i, 0);
	bool bad_before = true;
	int good = 0;
	for (now = 0; now < 2 * SEC;) {
		uint32_t id;
		now = next_question(now, &id);
		if ((id & 0xF) == 5) {
			poller_heard(&p, 0, 0, id == 0x605 ? 2 : 0, now + 5 * MS);
			good++;
			continue;
		}
		if (!bad_before && p.devices[p.items[p.bus[0].waiting].device].failures)
			assert_in_range(good, 4, 100); /* 100 ms at 15 to 20 ms each */
		bad_before = !p.devices[p.items[p.bus[0].waiting].device].failures;
		good = 0;
	}
}

static struct frame sdo(uint8_t command, uint8_t sub)
{
	struct frame f = FRAME(0x585, command, 0x60, 0x60, sub, 0, 0, 2, 6);
	return f;
}

static void aborts(void **state)
{
	(void)state;
	poller_add(&p, &set[0], 0, 0);
	ask(0);
	poller_heard(&p, 0, 0, 0, 5 * MS);
	assert_int_equal(ask(15 * MS), 0x605);
	struct frame f = sdo(0x43, 1), other = sdo(0x80, 2), abort = sdo(0x80, 1), foreign = abort;
	struct frame start = FRAME(0x705, 0), beat = FRAME(0x705, 5), node = FRAME(0x706, 0), ext = abort;
	foreign.id = 0x586;
	ext.ext = true;
	poller_look(&p, 0, &f, 20 * MS);       /* an answer */
	poller_look(&p, 0, &other, 20 * MS);   /* of another object */
	poller_look(&p, 0, &foreign, 20 * MS); /* of another node */
	poller_look(&p, 0, &ext, 20 * MS);
	poller_look(&p, 1, &abort, 20 * MS);   /* on another bus */
	assert_false(p.items[1].dead);
	poller_look(&p, 0, &abort, 20 * MS);
	assert_true(p.items[1].dead);
	assert_int_equal(p.bus[0].waiting, -1);
	assert_int_equal(p.bus[0].count.aborts, 1);
	assert_int_equal(poller_deadline(&p, 0), SEC); /* only A is asked now */
	poller_look(&p, 0, &abort, 30 * MS); /* once more, when nobody waits for it */
	poller_look(&p, 0, &beat, 2 * SEC);
	poller_look(&p, 0, &node, 2 * SEC);
	assert_true(p.items[1].dead);
	assert_int_equal(p.bus[0].count.aborts, 1); /* that it is not there was known */
	poller_look(&p, 0, &start, 2 * SEC); /* it starts anew: perhaps with another firmware */
	assert_false(p.items[1].dead);
	struct frame almost[] = { sdo(0x80, 1), sdo(0x80, 1), sdo(0x80, 1) };
	almost[0].data[1] = 0;
	almost[1].data[2] = 0;
	almost[2].len = 7;
	for (int i = 0; i < 3; i++)
		poller_look(&p, 0, &almost[i], 3 * SEC);
	assert_false(p.items[1].dead);
	start.len = 2;
	poller_look(&p, 0, &start, 3 * SEC);
	/* no sub-index, can't be read, only written: that stays so; no access in this state: that may change */
	static const uint32_t codes[] = { 0x06090011, 0x06010000, 0x06010001, 0x08000022 };
	for (int i = 0; i < 4; i++) {
		p.items[1].dead = false;
		for (int k = 0; k < 4; k++)
			abort.data[4 + k] = (uint8_t)(codes[i] >> 8 * k);
		poller_look(&p, 0, &abort, 4 * SEC);
		assert_int_equal(p.items[1].dead, i < 3);
	}
	assert_int_equal(p.items[1].failures, 1); /* asked again, as if it had not answered */
}

/* The only question of a device is one that it does not know. */
static void nothing_left_to_ask(void **state)
{
	(void)state;
	struct frame abort = sdo(0x80, 1), start = FRAME(0x705, 0);
	polls[0] = polls[1];
	d.p.n_polls = 1;
	poller_add(&p, &set[0], 0, 0);
	ask(0);
	poller_look(&p, 0, &abort, 5 * MS);
	assert_true(poller_deadline(&p, 0) == INT64_MAX);
	assert_int_equal(ask(10 * SEC), 0);
	poller_look(&p, 0, &start, 20 * SEC);
	assert_int_equal(ask(20 * SEC), 0x605);
}

static void a_closed_bus(void **state)
{
	(void)state;
	poller_add(&p, &set[0], 0, 0);
	ask(0);
	poller_open(&p, 0, false); /* bus-off */
	assert_true(poller_deadline(&p, 0) == INT64_MAX);
	assert_int_equal(ask(10 * SEC), 0);
	poller_open(&p, 0, true);
	assert_int_not_equal(ask(10 * SEC), 0);
}

/* A device is given up, then the bus goes: who knows what happened meanwhile? All is asked when it is back. */
static void a_bus_that_returns(void **state)
{
	(void)state;
	int64_t now = 0;
	uint32_t id;
	poller_add(&p, &set[0], 0, 0);
	poller_add(&p, &set[1], 1, 0);
	for (int n = 0; n < 40; n++)
		now = next_question(now, &id);
	ask(now += 100 * MS);
	assert_int_equal(poller_deadline(&p, 0), now + 30 * SEC);
	p.items[1].dead = true;
	poller_open(&p, 0, true); /* it was open already: nothing changes */
	assert_true(p.items[1].dead);
	poller_open(&p, 0, false);
	now += SEC;
	poller_open(&p, 0, true);
	assert_int_equal(poller_deadline(&p, 0), p.bus[0].quiet_until);
	id = ask(now);
	assert_int_not_equal(id, 0);
	poller_heard(&p, 0, 0, id == 0x605 ? 2 : 0, now + MS);
	assert_int_equal(ask(now + 11 * MS), id == 0x605 ? 0x205 : 0x605);
	poller_open(&p, 1, false);
	assert_int_equal(p.bus[0].waiting >= 0, 1); /* the other bus is another matter */
}

static void a_reload(void **state)
{
	(void)state;
	static struct settings s, old_s;
	static struct poller new;
	s.n_ports = 3;
	old_s.n_ports = 2;
	strcpy(s.port_names[0], "can9");
	strcpy(s.port_names[1], "can0");
	strcpy(s.port_names[2], "can1");
	strcpy(old_s.port_names[0], "can0");
	strcpy(old_s.port_names[1], "can1");
	poller_add(&p, &set[0], 0, 0);
	ask(SEC);
	poller_open(&p, 1, false);
	poller_init(&new);
	for (int i = 0; i < 2; i++) {
		set[0].port = i + 1;
		poller_add(&new, &set[0], i, SEC);
	}
	poller_adopt(&new, &s, &p, &old_s);
	assert_int_equal(poller_deadline(&new, 1), SEC + 100 * MS); /* the old question may still be answered */
	assert_true(poller_deadline(&new, 2) == INT64_MAX);
	assert_false(new.bus[0].closed);
	poller_heard(&p, 0, 0, 0, SEC + 20 * MS);
	poller_adopt(&new, &s, &p, &old_s);
	assert_int_equal(poller_deadline(&new, 1), SEC + 30 * MS);
}

static void as_many_as_there_can_be(void **state)
{
	(void)state;
	static struct poll many[POLLS_MAX];
	for (int i = 0; i < POLLS_MAX; i++)
		many[i] = polls[0];
	d.p.polls = many;
	d.p.n_polls = POLLS_MAX;
	for (int i = 0; i < PACKS_MAX + SENSORS_MAX; i++)
		poller_add(&p, &set[0], i, 0);
	assert_int_equal(p.n, (PACKS_MAX + SENSORS_MAX) * POLLS_MAX);
	assert_int_equal(p.items[p.n - 1].device, PACKS_MAX + SENSORS_MAX - 1);
	assert_int_equal(ask(0), 0x205);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_at_a_time, setup),
		cmocka_unit_test_setup(an_answer_that_came_late, setup),
		cmocka_unit_test_setup(a_question_without_answer, setup),
		cmocka_unit_test_setup(a_device_that_is_off, setup),
		cmocka_unit_test_setup(a_burst, setup),
		cmocka_unit_test_setup(always_late, setup),
		cmocka_unit_test_setup(one_for_all, setup),
		cmocka_unit_test_setup(not_the_same, setup),
		cmocka_unit_test_setup(what_is_urgent, setup),
		cmocka_unit_test_setup(the_others_come_first, setup),
		cmocka_unit_test_setup(aborts, setup),
		cmocka_unit_test_setup(nothing_left_to_ask, setup),
		cmocka_unit_test_setup(a_closed_bus, setup),
		cmocka_unit_test_setup(a_bus_that_returns, setup),
		cmocka_unit_test_setup(a_reload, setup),
		cmocka_unit_test_setup(as_many_as_there_can_be, setup),
	};
	return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
