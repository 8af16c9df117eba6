/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg events` with a daemon's socket at its other end: history, state, following, what shells read, who ends first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/app.h"
#include "app/daemon.h"
#include "app/report.h"
#include "config/config.h"
#include "core/candump.h"

#define S INT64_C(1000000)

static const char text[] = "interfaces: { can0: {} }\n"
                           "output: { interface: vcan0 }\n"
                           "bank: { chemistry: lfp }\n"
                           "packs: [ { name: A pack, interface: can0, profile: pylontech, cells: 15, capacity: 100 Ah } ]\n";

struct fixture {
	struct daemon d;
	char folder[64], path[96];
	pid_t child;
	int out; /* what the command prints */
	char said[16384];
	size_t n;
};

static void feed(struct fixture *f, const char *frame, int64_t now)
{
	struct frame parsed;
	assert_true(candump_parse_frame(frame, &parsed));
	engine_frame(f->d.engine, 0, &parsed, now);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct config_options options = { .dirs = { .dir = { "can-profiles" } } };
	struct problems problems = { 0 };
	f->d.config = config_load_text("test", text, strlen(text), &options, &problems);
	problems_free(&problems);
	assert_non_null(f->d.config);
	int64_t now = clock_us();
	f->d.engine = engine_create(&f->d.config->core, now);
	snprintf(f->folder, sizeof f->folder, "/tmp/battagg-events.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/socket", f->folder);
	f->d.loop = ev_loop_new(EVFLAG_AUTO);
	f->d.control = control_open(f->d.loop, f->path, request_handle, &f->d);
	assert_non_null(f->d.control);
	/* 53.2 V, 100 A, 100 A, 46 V; 80 %, 100 %; 50.00 V, -1.0 A, 25.0 degC; twice: limits are believed when two agree */
	static const char *const a[] = { "351#1402E803E803CC01", "355#50006400", "356#8813F6FFFA00", "35C#C000" };
	for (int i = 0; i < 8; i++)
		feed(f, a[i % 4], now + (i / 4) * S / 2);
	engine_step(f->d.engine, now + S / 2);
	f->d.next_event = engine_event_next(f->d.engine);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	if (f->child)
		kill(f->child, SIGKILL);
	control_close(f->d.control);
	rmdir(f->folder);
	ev_loop_destroy(f->d.loop);
	engine_destroy(f->d.engine);
	config_free(f->d.config);
	free(f);
	return 0;
}

/* Runs the command in a process of its own, with these words, "|" between them. */
static void command(struct fixture *f, const char *words)
{
	int fds[2], argc = 3;
	char copy[128], *rest, *argv[12] = { (char[]){ "events" }, (char[]){ "-s" }, f->path };
	snprintf(copy, sizeof copy, "%s", words);
	for (char *word = strtok_r(copy, "|", &rest); word; word = strtok_r(NULL, "|", &rest))
		argv[argc++] = word;
	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	f->child = fork();
	if (!f->child) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		int status = app_events(argc, argv);
		_exit(fflush(stdout) ? 100 : status);
	}
	close(fds[1]);
	f->out = fds[0];
	fcntl(f->out, F_SETFL, O_NONBLOCK);
	f->n = 0;
	f->said[0] = '\0';
}

static void on_time(struct ev_loop *loop, ev_timer *w, int events)
{
	(void)w, (void)events;
	ev_break(loop, EVBREAK_ALL);
}

/* A little of the daemon's life. */
static void live(struct fixture *f)
{
	ev_timer timer;
	ev_timer_init(&timer, on_time, 0.01, 0);
	ev_timer_start(f->d.loop, &timer);
	ev_run(f->d.loop, 0);
	ssize_t n = read(f->out, f->said + f->n, sizeof f->said - f->n - 1);
	f->n += n > 0 ? (size_t)n : 0;
	f->said[f->n] = '\0';
}

/* Within 10 s it has said this. */
static void says(struct fixture *f, const char *what)
{
	for (int i = 0; i < 1000 && !strstr(f->said, what); i++)
		live(f);
	if (!strstr(f->said, what))
		fail_msg("no '%s' in: %s", what, f->said);
}

static int count(const char *in, const char *what)
{
	int n = 0;
	for (const char *at = in; (at = strstr(at, what)); at++)
		n++;
	return n;
}

/* Within 10 s it ends, with this status. */
static void ends(struct fixture *f, int status)
{
	int got = -1;
	pid_t done = 0;
	for (int i = 0; i < 1000 && !done; i++) {
		live(f);
		done = waitpid(f->child, &got, WNOHANG);
	}
	assert_int_equal(done, f->child);
	f->child = 0;
	for (int i = 0; i < 3; i++)
		live(f);
	close(f->out);
	assert_true(WIFEXITED(got));
	assert_int_equal(WEXITSTATUS(got), status);
}

static void history(void **state)
{
	struct fixture *f = *state;
	command(f, "--from|1");
	ends(f, EXIT_FINE);
	assert_int_equal(strncmp(f->said, "1 20", 4), 0);
	assert_non_null(strstr(f->said, "Z info pack.online A pack: online\n"));
	assert_non_null(strstr(f->said, "Z info ladder.normal bank: the bank is governed by its packs\n"));
	assert_non_null(strstr(f->said, "Z info charge.allowed bank: charging is allowed: CCL 100.0 A, "));
	command(f, "--from|2");
	ends(f, EXIT_FINE);
	assert_int_equal(strncmp(f->said, "2 20", 4), 0);
}

static void as_json(void **state)
{
	struct fixture *f = *state;
	command(f, "--json");
	ends(f, EXIT_FINE);
	assert_non_null(strstr(f->said, "\"topic\":\"limit.cvl\",\"value\":53.2,\"unit\":\"V\","));
	assert_null(strstr(f->said, "\"state\""));
}

static void the_state(void **state)
{
	struct fixture *f = *state;
	command(f, "--state");
	ends(f, EXIT_FINE);
	assert_int_equal(strncmp(f->said, "now 20", 6), 0);
	assert_non_null(strstr(f->said, " ladder.normal bank: "));
	assert_non_null(strstr(f->said, " pack.online A pack: online\n"));
	assert_non_null(strstr(f->said, " cvl.normal bank: the charge voltage is not reduced: CVL 53.2 V, "));
	assert_non_null(strstr(f->said, " soc.normal bank: state of charge 80.00 %\n"));
	assert_non_null(strstr(f->said, " state.told bank: that is the present state\n"));
	assert_int_equal(count(f->said, "\n"), count(f->said, "now 20")); /* and nothing of the past */
	command(f, "--state|--json");
	ends(f, EXIT_FINE);
	assert_non_null(strstr(f->said, "\"state\":true"));
	assert_null(strstr(f->said, "\"number\""));
}

/* Eight fields, none of them empty; a name with a space is one. */
static void for_shells(void **state)
{
	struct fixture *f = *state;
	command(f, "--state|--tabs");
	ends(f, EXIT_FINE);
	assert_int_equal(strncmp(f->said, "state\t20", 8), 0);
	assert_non_null(strstr(f->said, "\tinfo\tpack.online\tA pack\t-\t-\tonline\n"));
	assert_non_null(strstr(f->said, "\tinfo\tlimit.cvl\tbank\t-\t53.2\tCVL 53.2 V: "));
	assert_non_null(strstr(f->said, "\tinfo\tsoc.normal\tbank\t-\t80\tstate of charge 80.00 %\n"));
	assert_int_equal(count(f->said, "\t"), 7 * count(f->said, "\n"));
	command(f, "--follow|--tabs");
	says(f, "ladder.normal");
	struct event alarm = { .number = 77, .topic = TOPIC_ALARM_RAISED, .severity = EVENT_ALARM, .about = ABOUT_BANK,
		               .word = "high_voltage", .text = "alarm raised:\ttab\nand line" };
	report_broadcast(&f->d, &alarm);
	says(f, "alarm raised");
	assert_int_equal(strncmp(strstr(f->said, "\n77\t"), "\n77\t", 4), 0);
	assert_non_null(strstr(f->said, "\talarm\talarm.raised\tbank\thigh_voltage\t-\talarm raised: tab and line\n"));
	kill(f->child, SIGTERM);
}

/* New ones as they happen; the state again and again; no word of the past. */
static void followed(void **state)
{
	struct fixture *f = *state;
	command(f, "--follow|--state|--every|1 s|--tabs");
	says(f, "state.told");
	assert_int_equal(count(f->said, "\nstate\t") + 1, count(f->said, "\n"));
	struct event lost = { .number = 78, .topic = TOPIC_PACK_LOST, .severity = EVENT_WARNING, .about = ABOUT_PACK,
		              .who = "A pack", .text = "lost" };
	report_broadcast(&f->d, &lost);
	says(f, "\twarning\tpack.lost\tA pack\t-\t-\tlost\n");
	f->n = 0;
	f->said[0] = '\0';
	says(f, "state.told"); /* again */
	assert_int_equal(strncmp(f->said, "state\t", 6), 0);
	control_close(f->d.control);
	f->d.control = NULL;
	ends(f, EXIT_BAD); /* the daemon has ended */
}

/* Whoever read it has gone: nothing more need happen for it to end. */
static void nobody_reads(void **state)
{
	struct fixture *f = *state;
	command(f, "--follow|--state");
	says(f, "state.told");
	close(f->out);
	f->out = open("/dev/null", O_RDONLY);
	ends(f, EXIT_FINE);
}

static void wrong_words(void **state)
{
	struct fixture *f = *state;
	static const char *const wrong[] = { "now", "--from|x", "--every|1 s", "--follow|--every|1 s", "--state|--every|1 s",
		                             "-f|--state|--every|0.5 s", "-f|--state|--every|2 d", "-f|--state|--every|3 V",
		                             "--json|--tabs", "--nonsense" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		command(f, wrong[i]);
		ends(f, EXIT_USAGE);
	}
	command(f, "--help");
	ends(f, EXIT_FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(history, setup, teardown),
		cmocka_unit_test_setup_teardown(as_json, setup, teardown),
		cmocka_unit_test_setup_teardown(the_state, setup, teardown),
		cmocka_unit_test_setup_teardown(for_shells, setup, teardown),
		cmocka_unit_test_setup_teardown(followed, setup, teardown),
		cmocka_unit_test_setup_teardown(nobody_reads, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_words, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
