/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Signs of life as systemd takes them: one datagram each, to a path or an abstract name; and how often it wants them. */
#include "fixture.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/notify.h"

/* Listens where systemd would. `name` as in $NOTIFY_SOCKET. */
static int listen_at(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	assert_true(len < sizeof a.sun_path);
	memcpy(a.sun_path, name, len);
	if (*name == '@')
		a.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void comes(int fd, const char *state)
{
	char got[64];
	ssize_t n = recv(fd, got, sizeof got, MSG_DONTWAIT);
	assert_int_equal(n, (ssize_t)strlen(state));
	assert_memory_equal(got, state, (size_t)n);
}

static void a_path(void **state)
{
	(void)state;
	char dir[] = "/tmp/battagg-notify.XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/socket", dir);
	int fd = listen_at(path);
	notify_send("READY=1");
	notify_send("WATCHDOG=1");
	comes(fd, "READY=1");
	comes(fd, "WATCHDOG=1");
	close(fd);
	unlink(path);
	notify_send("STOPPING=1"); /* nobody there any more: no harm */
	rmdir(dir);
}

static void an_abstract_name(void **state)
{
	(void)state;
	char name[64];
	snprintf(name, sizeof name, "@battagg-notify-%ld", (long)getpid());
	int fd = listen_at(name);
	notify_send("READY=1");
	comes(fd, "READY=1");
	close(fd);
}

static void without_systemd(void **state)
{
	(void)state;
	char name[64];
	snprintf(name, sizeof name, "@battagg-notify-%ld", (long)getpid());
	int fd = listen_at(name);
	unsetenv("NOTIFY_SOCKET");
	notify_send("READY=1");
	setenv("NOTIFY_SOCKET", "vsock:2:1234", 1); /* neither a path nor an abstract name */
	notify_send("READY=1");
	char byte;
	assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
	close(fd);
}

static void how_often(void **state)
{
	(void)state;
	char pid[32];
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	assert_int_equal(notify_watchdog(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(notify_watchdog(), 30 * SEC);
	snprintf(pid, sizeof pid, "%ld", (long)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog(), 30 * SEC);
	snprintf(pid, sizeof pid, "%ld", (long)getpid() + 1); /* meant for another process */
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(notify_watchdog(), 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "-1", 1);
	assert_int_equal(notify_watchdog(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path),
		cmocka_unit_test(an_abstract_name),
		cmocka_unit_test(without_systemd),
		cmocka_unit_test(how_often),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
