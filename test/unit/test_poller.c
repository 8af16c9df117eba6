/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Questions and answers: one in flight on a bus, late and lost answers, aborts, a bus that closes. */
#include "fixture.h"

#include "core/poller.h"

static struct poller p;
static struct dialect d;
static struct poll polls[2];
static struct pack_settings set[2];

/* Two questions: A each second, answered by frames 0 or 1; B, an SDO object, each 2 s, answered by frame 2. */
static int setup(void **state)
{
	(void)state;
	dialect_start(&d, "polled");
	memset(polls, 0, sizeof polls);
	memset(set, 0, sizeof set);
	polls[0] = (struct poll){ .frame = { .id = 0x200, .len = 1 }, .per_address = 1, .period = SEC, .timeout = 100 * MS,
		                  .n_answers = 2, .answers = { 0, 1 } };
	polls[1] = (struct poll){ .frame = { .id = 0x600, .len = 8, .data = { 0x40, 0x60, 0x60, 1 } }, .per_address = 1,
		                  .period = 2 * SEC, .timeout = 100 * MS, .n_answers = 1, .answers = { 2 }, .sdo = true };
	d.p.polls = polls;
	d.p.n_polls = 2;
	for (int i = 0; i < 2; i++) {
		set[i].profile = &d.p;
		set[i].port = i;
		set[i].address = 5;
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
	assert_true(poller_heard(&p, 0, 0, 1, 60 * MS));
	assert_false(poller_heard(&p, 0, 0, 1, 61 * MS)); /* a second answer to nothing */
	assert_int_equal(poller_deadline(&p, 0), 70 * MS); /* the gap of 10 ms */
	assert_int_equal(ask(69 * MS), 0);
	assert_int_equal(ask(70 * MS), 0x605);
	assert_true(poller_heard(&p, 0, 0, 2, 75 * MS));
	assert_int_equal(poller_deadline(&p, 0), SEC); /* A again, a second after it was due first */
	assert_int_equal(p.bus[0].asked, 2);
	assert_int_equal(p.bus[0].answered, 2);
}

static void an_answer_that_came_late(void **state)
{
	(void)state;
	poller_add(&p, &set[0], 0, 0);
	ask(0);
	assert_true(poller_heard(&p, 0, 0, 0, 5 * SEC)); /* the program slept: not asked five times to catch up */
	assert_int_equal(p.items[0].due, 6 * SEC);
}

static void lost_answers(void **state)
{
	(void)state;
	d.p.n_polls = 1;
	poller_add(&p, &set[0], 0, 0);
	int64_t now = 0, asked_at[12];
	for (int n = 0; n < 12; n++) {
		while (!ask(now))
			now = poller_deadline(&p, 0) > now ? poller_deadline(&p, 0) : now + MS;
		asked_at[n] = now;
	}
	/* three more tries at once (time-out 100 ms, gap 10 ms), then after 2, 4, 8, 16 s, and never rarer than 30 s */
	assert_int_equal(asked_at[1] - asked_at[0], 110 * MS);
	assert_int_equal(asked_at[3] - asked_at[2], 110 * MS);
	assert_int_equal(asked_at[4] - asked_at[3], 100 * MS + 2 * SEC);
	assert_int_equal(asked_at[5] - asked_at[4], 100 * MS + 4 * SEC);
	assert_int_equal(asked_at[11] - asked_at[10], 100 * MS + 30 * SEC);
	assert_true(poller_heard(&p, 0, 0, 0, now + 10 * MS)); /* it is back: as if nothing had been */
	assert_int_equal(p.items[0].failures, 0);
	assert_int_equal(p.bus[0].timeouts, 11);
	/* answered when it was long due: not several times in a row to catch up */
	assert_true(poller_deadline(&p, 0) > now);
	p.items[0].failures = 255;
	ask(now = poller_deadline(&p, 0));
	ask(now + 100 * MS);
	assert_int_equal(p.items[0].failures, 255);
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
	assert_int_equal(p.bus[0].aborts, 1);
	assert_int_equal(poller_deadline(&p, 0), SEC); /* only A is asked now */
	poller_look(&p, 0, &abort, 30 * MS); /* once more, when nobody waits for it */
	poller_look(&p, 0, &beat, 2 * SEC);
	poller_look(&p, 0, &node, 2 * SEC);
	assert_true(p.items[1].dead);
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

static void no_more_than_there_is_room_for(void **state)
{
	(void)state;
	for (int i = 0; i < PACKS_MAX * POLLS_MAX; i++)
		poller_add(&p, &set[1], 0, 0);
	assert_int_equal(p.n, PACKS_MAX * POLLS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_at_a_time, setup),
		cmocka_unit_test_setup(an_answer_that_came_late, setup),
		cmocka_unit_test_setup(lost_answers, setup),
		cmocka_unit_test_setup(aborts, setup),
		cmocka_unit_test_setup(a_closed_bus, setup),
		cmocka_unit_test_setup(no_more_than_there_is_room_for, setup),
	};
	return cmocka_run_group_tests_name("poller", tests, NULL, NULL);
}
