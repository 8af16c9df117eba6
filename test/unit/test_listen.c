/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg detect` on a live interface, with an interface and a clock made for it: what is asked, and what ends that; whose
 * frames count; what is told when the link can't be set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/detect_listen.h"
#include "core/candump.h"
#include "log.h"

#define MS  INT64_C(1000)
#define SEC INT64_C(1000000)

/* The world: one interface on which a frame comes so often. */
static struct {
	int64_t now;
	struct link link;
	struct frame frame;
	int64_t period, due;            /* us; period 0: nothing comes */
	bool local;                     /* it is this machine's own */
	int64_t ctrl_c, gone, question; /* us from the start; 0 = never. A question of another's comes once */
	int64_t first_sent, last_sent;
	int sent;
	int tries, failing_try; /* of link_try(): which of them fails, from 1 */
	char said[2000];
} world;

int __wrap_clock_gettime(clockid_t id, struct timespec *t);
int __wrap_clock_gettime(clockid_t id, struct timespec *t)
{
	(void)id;
	*t = (struct timespec) { .tv_sec = world.now / SEC, .tv_nsec = world.now % SEC * 1000 };
	return 0;
}

/* Its other name, where time_t is wider than the machine's words. */
int __wrap___clock_gettime64(clockid_t id, struct timespec *t);
int __wrap___clock_gettime64(clockid_t id, struct timespec *t)
{
	return __wrap_clock_gettime(id, t);
}

static bool is_due(int64_t at)
{
	return at && world.now >= at;
}

/* The first descriptor is the port's, the second tells of Ctrl-C. */
int __wrap_poll(struct pollfd *fds, nfds_t n, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int ms)
{
	assert_int_equal(n, 2);
	for (int64_t end = world.now + ms * MS; world.now < end; world.now += MS)
		if (is_due(world.due) || is_due(world.ctrl_c) || is_due(world.gone) || is_due(world.question))
			break;
	fds[0].revents = is_due(world.due) || is_due(world.gone) || is_due(world.question) ? POLLIN : 0;
	fds[1].revents = is_due(world.ctrl_c) ? POLLIN : 0;
	return (fds[0].revents != 0) + (fds[1].revents != 0);
}

enum canport_result __wrap_canport_drain(struct canport *p, struct canport_batch *b, int max, canport_fn take,
					 void *user, int *n);
enum canport_result __wrap_canport_drain(struct canport *p, struct canport_batch *b, int max, canport_fn take,
					 void *user, int *n)
{
	/* of Daly's: state of the pack at address 1 */
	const struct frame question = { .id = 0x18900140, .ext = true, .len = 8 };
	(void)b, (void)max;
	*n = 0;
	if (is_due(world.gone))
		return CANPORT_GONE;
	for (; is_due(world.due); world.due += world.period, ++*n)
		take(user, &world.frame, world.local);
	if (is_due(world.question)) {
		world.question = 0;
		take(user, &question, false);
	}
	p->count.frames += (uint64_t)*n;
	return CANPORT_OK;
}

int __wrap_canport_send(struct canport *p, const struct frame *list, int n);
int __wrap_canport_send(struct canport *p, const struct frame *list, int n)
{
	(void)p, (void)list;
	world.first_sent = world.sent ? world.first_sent : world.now;
	world.last_sent = world.now;
	world.sent += n;
	return n;
}

bool __wrap_canport_supported(void);
bool __wrap_canport_supported(void)
{
	return true;
}

bool __wrap_canport_open(struct canport *p, int ifindex, const struct wanted *ids, int n_ids, bool errors);
bool __wrap_canport_open(struct canport *p, int ifindex, const struct wanted *ids, int n_ids, bool errors)
{
	(void)p, (void)ifindex, (void)ids, (void)n_ids, (void)errors;
	return true;
}

bool __wrap_links_open(struct links *l, const char *sysfs);
bool __wrap_links_open(struct links *l, const char *sysfs)
{
	(void)sysfs;
	*l = (struct links) { .events = -1, .requests = -1, .count = 1, .list = { world.link } };
	return true;
}

void __wrap_links_close(struct links *l);
void __wrap_links_close(struct links *l)
{
	(void)l;
}

void __wrap_link_remember(const struct link *link, struct link_memory *m);
void __wrap_link_remember(const struct link *link, struct link_memory *m)
{
	(void)link;
	memset(m, 0, sizeof *m);
}

int __wrap_link_try(struct links *l, const struct link *link, int64_t bitrate, bool *quiet);
int __wrap_link_try(struct links *l, const struct link *link, int64_t bitrate, bool *quiet)
{
	(void)l, (void)link, (void)bitrate, (void)quiet;
	return ++world.tries == world.failing_try ? EPERM : 0;
}

int __wrap_link_put_back(struct links *l, const struct link *link, const struct link_memory *m);
int __wrap_link_put_back(struct links *l, const struct link *link, const struct link_memory *m)
{
	(void)l, (void)link, (void)m;
	return 0;
}

/* ---- */

static struct dialects all;
static struct detect_index idx;
static struct detection *d;
static struct heard heard;

static void hear_message(enum log_level level, const char *message)
{
	size_t n = strlen(world.said);
	(void)level;
	snprintf(world.said + n, sizeof world.said - n, "%s\n", message);
}

/* A battery that only speaks when asked, at 200 addresses: asking takes more than 2 s. */
static int setup(void **state)
{
	static const char text[] = "profile: asked\nname: ASKED\nstatus: documented\nsource: made up\nbyte_order: "
				   "big\naddresses: 1-200\nframes:\n"
				   "  - { id: 0x18904000 + address, period: 1 s, required: true, fields: { voltage: { "
				   "bytes: 0-1, factor: 0.1 V } } }\n"
				   "poll:\n  - { name: state, id: 0x18900040 + 0x100 * address, data: 00 00 00 00 00 "
				   "00 00 00, period: 1 s,\n"
				   "      answers: [0x18904000 + address] }\n";
	struct problems problems = { 0 };
	(void)state;
	all = (struct dialects) { .list = calloc(1, sizeof *all.list), .n = 1 };
	all.list[0].p = profile_load_text("asked", text, strlen(text), &problems);
	if (!all.list[0].p)
		problems_print(&problems, stderr);
	problems_free(&problems);
	if (!all.list[0].p || !detect_index_make(&idx, &all))
		return -1;
	d = detection_new("can0", &all, &idx);
	heard = (struct heard) { 0 };
	memset(&world, 0, sizeof world);
	world.now = 1000 * SEC;
	world.link = (struct link) {
		.index = 1, .name = "can0", .kind = "can", .up = true, .controller = true, .state = ""
	};
	world.frame = (struct frame) { .id = 0x6F0, .len = 1 };
	world.period = 100 * MS;
	world.due = world.now + world.period;
	log_set_sink(hear_message);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_set_sink(NULL);
	detection_free(d);
	detect_index_free(&idx);
	dialects_free(&all);
	return 0;
}

static bool listen_with(bool bitrates, bool ask)
{
	const struct detect_options options = { .bitrates = bitrates, .ask = ask };
	for (int64_t *at[] = { &world.ctrl_c, &world.gone, &world.question, NULL }, **p = at; *p; p++)
		**p += **p ? world.now : 0;
	return detect_listen(d, &options, &heard);
}

static void told(const char *text, const char *in)
{
	if (!strstr(in, text))
		fail_msg("'%s' is not in '%s'", text, in);
}

/* It asks after 2 s, every 10 ms at most: 100 frames a second. */
static void asks_after_listening(void **state)
{
	const int64_t start = world.now;
	(void)state;
	assert_true(listen_with(false, true));
	assert_in_range(world.first_sent, start + 2 * SEC, start + 2 * SEC + 50 * MS);
	assert_int_equal(world.sent, 200);
	assert_in_range(world.last_sent - world.first_sent, 199 * 10 * MS, 199 * 20 * MS);
	assert_string_equal(heard.asked, "sent: keep-alives; a first question of asked (200 addresses)");
	assert_in_range(world.now - start, 10 * SEC, 10 * SEC + 50 * MS);
}

static void ctrl_c_before_asking(void **state)
{
	const int64_t start = world.now;
	(void)state;
	world.ctrl_c = SEC;
	assert_true(listen_with(false, true)); /* what was heard still makes a verdict */
	assert_int_equal(world.sent, 0);
	assert_string_equal(heard.asked, "nothing was asked: the listening before it was cut short");
	assert_in_range(world.now - start, SEC, SEC + 10 * MS);
}

static void ctrl_c_while_asking(void **state)
{
	const int64_t start = world.now;
	(void)state;
	world.ctrl_c = 3 * SEC;
	assert_true(listen_with(false, true));
	assert_in_range(world.sent, 50, 100);
	told("; ended early: cut short", heard.asked);
	assert_true(world.last_sent <= start + 3 * SEC);
	assert_in_range(world.now - start, 3 * SEC, 3 * SEC + 10 * MS);
}

static void the_interface_goes_while_asking(void **state)
{
	const int64_t start = world.now;
	(void)state;
	world.gone = 3 * SEC;
	assert_true(listen_with(false, true));
	told("; ended early: the interface went away, or down", heard.asked);
	assert_string_equal(world.said, "detect: can0 went away while it was listened to\n");
	assert_true(world.last_sent <= start + 3 * SEC);
	assert_in_range(world.now - start, 3 * SEC, 3 * SEC + 10 * MS);
}

/* Another master begins: no more questions, but it goes on listening. */
static void another_asks(void **state)
{
	const int64_t start = world.now;
	(void)state;
	world.question = 3 * SEC;
	assert_true(listen_with(false, true));
	told("; ended early: 0x18900140 was heard, which is `state` of asked", heard.asked);
	assert_in_range(world.last_sent - start, 3 * SEC - 20 * MS, 3 * SEC + 520 * MS); /* it looks every 500 ms */
	assert_in_range(world.now - start, 10 * SEC, 10 * SEC + 50 * MS);
}

/* What this machine itself sends is only on a vcan worth looking at: all that there is comes from here. A vxcan has
 * another end, as a cable has. */
static void own_frames(void **state)
{
	static const struct {
		const char *kind;
		bool controller, counted;
	} rows[] = { { "can", true, false }, { "vxcan", false, false }, { "vcan", false, true } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		teardown(state);
		setup(state);
		world.local = true;
		snprintf(world.link.kind, sizeof world.link.kind, "%s", rows[i].kind);
		world.link.controller = rows[i].controller;
		assert_int_equal(listen_with(false, false), rows[i].counted);
		assert_int_equal(d->own != 0, !rows[i].counted);
		if (!rows[i].counted)
			told("nothing but what this machine itself sends", world.said);
	}
}

/* Who has asked is not told to ask. */
static void silence(void **state)
{
	(void)state;
	world.due = INT64_MAX;
	assert_false(listen_with(false, false));
	told("no frame in 10 seconds", world.said);
	told("`--ask` does", world.said);
	teardown(state);
	setup(state);
	world.due = INT64_MAX;
	assert_false(listen_with(false, true));
	told("no frame in 10 seconds, with `--ask` either (sent: keep-alives; a first question of asked (200 addresses))", world.said);
	assert_null(strstr(world.said, "`--ask` does"));
}

/* Frames come at the first rate; to ask, the link has to be set up once more. */
static void it_can_not_be_set_up_to_send(void **state)
{
	(void)state;
	world.link.up = false;
	world.failing_try = 2;
	assert_false(listen_with(true, true));
	assert_int_equal(world.tries, 2);
	assert_int_equal(world.sent, 0);
	told("detect: can0 can't be set up again, to send on it: Operation not permitted", world.said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(asks_after_listening, setup, teardown),
		cmocka_unit_test_setup_teardown(ctrl_c_before_asking, setup, teardown),
		cmocka_unit_test_setup_teardown(ctrl_c_while_asking, setup, teardown),
		cmocka_unit_test_setup_teardown(the_interface_goes_while_asking, setup, teardown),
		cmocka_unit_test_setup_teardown(another_asks, setup, teardown),
		cmocka_unit_test_setup_teardown(own_frames, setup, teardown),
		cmocka_unit_test_setup_teardown(silence, setup, teardown),
		cmocka_unit_test_setup_teardown(it_can_not_be_set_up_to_send, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
