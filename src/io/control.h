/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The control socket: one JSON line a request, one or more a reply. Knows lines, clients and who may ask; what the
 * lines mean is the caller's. Never blocks: a client that doesn't read is dropped. */
#ifndef IO_CONTROL_H
#define IO_CONTROL_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_CLIENTS_MAX 8
#define CONTROL_REQUEST_MAX 1024
#define CONTROL_REPLY_MAX (1u << 20) /* bytes that may wait for one client */

struct control;
struct control_client;

/* One request line, without its end. */
typedef void (*control_fn)(void *user, struct control_client *, const char *line);

/* Makes the socket (mode 0660), replacing a dead one. NULL: errno says why (EADDRINUSE: a live one is there). */
struct control *control_open(struct ev_loop *, const char *path, control_fn, void *user);
void control_close(struct control *); /* removes the socket; NULL does nothing */

/* Queues one line; the end of line is added. False when the client was dropped: then it is not to be used any more. */
bool control_reply(struct control_client *, const char *line, size_t len);
/* This client wants all further broadcasts. */
void control_follow(struct control_client *);
bool control_followed(const struct control *); /* does anybody? */
void control_broadcast(struct control *, const char *line, size_t len);

/* The other side, for the sub-commands: a connected socket or -1 with errno. */
int control_connect(const char *path);

#endif
