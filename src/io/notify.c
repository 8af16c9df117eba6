/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* sd_notify's protocol (one datagram to $NOTIFY_SOCKET) without its library, and a dead man's handle. */
#include "io/notify.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof address.sun_path)
		return;
	memcpy(address.sun_path, path, strlen(path));
	if (*path == '@') /* an abstract name starts with a NUL */
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&address, size);
	close(fd);
}

int64_t notify_watchdog(void)
{
	const char *wanted = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	if (!wanted || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	long long us = strtoll(wanted, NULL, 10);
	return us > 0 ? us : 0;
}

static void dead(int signal)
{
	static const char text[] = "battagg: error: nothing has moved for 10 s; ending myself so that I am started again\n";
	(void)signal;
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(1);
	_exit(1);
}

void deadman_start(void)
{
	struct sigaction action = { .sa_handler = dead };
	sigaction(SIGALRM, &action, NULL);
	deadman_kick();
}

void deadman_kick(void)
{
	alarm(DEADMAN_SECONDS);
}
