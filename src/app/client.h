/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The other side of the control socket: what status, top, ctl and events share. */
#ifndef APP_CLIENT_H
#define APP_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct client {
	int fd;
	char path[128];
	FILE *in;
	char *line;
	size_t room;
};

/* Connects to the daemon: at `path`, else $BATTAGG_SOCKET, else the only socket in /run/battagg. False when that
 * fails; the person has been told why, unless `quiet`. */
bool client_open(struct client *, const char *path, bool quiet);
void client_close(struct client *);
bool client_send(struct client *, const char *request);
/* The next line as JSON; NULL at the end. */
json_t *client_read(struct client *);
/* Sends and reads one reply; says what went wrong. NULL when there was no answer, or it was an error. */
json_t *client_ask(struct client *, const char *request);

#endif
