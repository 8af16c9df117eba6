/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The control socket with good clients and bad ones: split lines, long lines, deaf ones, too many. */
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
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/control.h"

struct fixture {
	struct ev_loop *loop;
	struct control *control;
	char folder[64], path[96];
	int requests;
	char last[CONTROL_REQUEST_MAX];
};

/* Answers each line with itself; "big" with 100 kB; "follow" follows. */
static void answer(void *user, struct control_client *c, const char *line)
{
	struct fixture *f = user;
	f->requests++;
	snprintf(f->last, sizeof f->last, "%s", line);
	if (!strcmp(line, "big")) {
		static char big[100000];
		memset(big, 'x', sizeof big);
		control_reply(c, big, sizeof big);
	} else if (!strcmp(line, "follow")) {
		control_follow(c);
	} else {
		control_reply(c, line, strlen(line));
	}
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	snprintf(f->folder, sizeof f->folder, "/tmp/battagg-control.XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/socket", f->folder);
	f->loop = ev_loop_new(EVFLAG_AUTO);
	f->control = control_open(f->loop, f->path, answer, f);
	assert_non_null(f->control);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	control_close(f->control);
	assert_int_equal(access(f->path, F_OK), -1); /* it removes its socket */
	rmdir(f->folder);
	ev_loop_destroy(f->loop);
	free(f);
	return 0;
}

static void spin(struct fixture *f)
{
	for (int i = 0; i < 20; i++)
		ev_run(f->loop, EVRUN_NOWAIT);
}

static int connected(struct fixture *f)
{
	int fd = control_connect(f->path);
	assert_true(fd >= 0);
	spin(f);
	return fd;
}

static void say(struct fixture *f, int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
	spin(f);
}

static void hears(struct fixture *f, int fd, const char *text)
{
	char buf[256] = "";
	spin(f);
	ssize_t n = recv(fd, buf, sizeof buf - 1, MSG_DONTWAIT);
	assert_int_equal(n, (ssize_t)strlen(text));
	assert_string_equal(buf, text);
}

static bool hung_up(struct fixture *f, int fd)
{
	char byte;
	spin(f);
	return recv(fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET;
}

static void lines(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	int fd = connected(f);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0660);
	say(f, fd, "one\ntwo\nth");
	hears(f, fd, "one\ntwo\n");
	say(f, fd, "ree\n");
	hears(f, fd, "three\n");
	close(fd);
	spin(f);
}

/* As in `echo status | socat - UNIX:...`: the answer comes although the asker has ended its side. */
static void half_closed(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f);
	assert_int_equal(send(fd, "one\n", 4, MSG_NOSIGNAL), 4);
	shutdown(fd, SHUT_WR);
	hears(f, fd, "one\n");
	assert_true(hung_up(f, fd));
	close(fd);
}

static void endless_line(void **state)
{
	struct fixture *f = *state;
	char line[CONTROL_REQUEST_MAX + 1];
	int fd = connected(f);
	memset(line, 'a', sizeof line - 1);
	line[sizeof line - 1] = '\0';
	say(f, fd, line);
	assert_true(hung_up(f, fd));
	assert_int_equal(f->requests, 0);
	close(fd);
}

static void deaf_client(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f), other = connected(f);
	bool dropped = false;
	for (int i = 0; i < 30 && !dropped; i++) { /* 30 x 100 kB is more than may wait */
		dropped = send(fd, "big\n", 4, MSG_NOSIGNAL) < 0;
		spin(f);
	}
	assert_true(dropped);
	say(f, other, "one\n"); /* nobody else suffers */
	hears(f, other, "one\n");
	close(fd);
	close(other);
}

static void too_many(void **state)
{
	struct fixture *f = *state;
	int fd[CONTROL_CLIENTS_MAX], more;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fd[i] = connected(f);
	more = connected(f);
	hears(f, more, "{\"ok\":false,\"error\":\"too many clients\"}\n");
	assert_true(hung_up(f, more));
	close(more);
	close(fd[3]);
	spin(f);
	more = connected(f);
	say(f, more, "one\n");
	hears(f, more, "one\n");
	close(more);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (i != 3)
			close(fd[i]);
}

static void followers(void **state)
{
	struct fixture *f = *state;
	int fd = connected(f), other = connected(f);
	assert_false(control_followed(f->control));
	say(f, fd, "follow\n");
	assert_true(control_followed(f->control));
	control_broadcast(f->control, "news", 4);
	hears(f, fd, "news\n");
	say(f, other, "one\n");
	hears(f, other, "one\n"); /* and no news */
	close(fd);
	spin(f);
	assert_false(control_followed(f->control));
	close(other);
}

static void places(void **state)
{
	struct fixture *f = *state;
	char path[200];
	errno = 0;
	assert_null(control_open(f->loop, f->path, answer, f)); /* a live one is there */
	assert_int_equal(errno, EADDRINUSE);
	snprintf(path, sizeof path, "%s/file", f->folder);
	FILE *file = fopen(path, "w");
	fclose(file);
	assert_null(control_open(f->loop, path, answer, f)); /* nobody's file is removed */
	assert_int_equal(errno, EADDRINUSE);
	unlink(path);
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_null(control_open(f->loop, path, answer, f));
	assert_int_equal(errno, ENAMETOOLONG);
}

/* What a killed daemon leaves behind doesn't stop the next one. */
static void dead_socket(void **state)
{
	struct fixture *f = *state;
	char path[128];
	snprintf(path, sizeof path, "%s/dead", f->folder);
	struct control *first = control_open(f->loop, path, answer, f);
	assert_non_null(first);
	char aside[140];
	snprintf(aside, sizeof aside, "%s.aside", path);
	assert_int_equal(rename(path, aside), 0);
	control_close(first); /* the file stays, with nobody behind it */
	assert_int_equal(rename(aside, path), 0);
	struct control *second = control_open(f->loop, path, answer, f);
	assert_non_null(second);
	control_close(second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(lines, setup, teardown),
		cmocka_unit_test_setup_teardown(half_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_line, setup, teardown),
		cmocka_unit_test_setup_teardown(deaf_client, setup, teardown),
		cmocka_unit_test_setup_teardown(too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(followers, setup, teardown),
		cmocka_unit_test_setup_teardown(places, setup, teardown),
		cmocka_unit_test_setup_teardown(dead_socket, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
