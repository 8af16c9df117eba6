/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Finds the running daemon's socket and talks JSON lines with it. */
#include "app/client.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/control.h"
#include "log.h"

#define SOCKETS "/run/battagg/*.sock"
#define SOCKETS_DRY "/run/battagg/*.sock-dry-run"

/* The only socket that fits and has a daemon behind it; a real one before a dry run. 0, or how many there are. */
static size_t find_socket(char *to, size_t size)
{
	static const char *const patterns[] = { SOCKETS, SOCKETS_DRY };
	size_t alive = 0;
	for (int p = 0; p < 2 && !alive; p++) {
		glob_t found;
		if (glob(patterns[p], 0, NULL, &found))
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++) {
			int fd = control_connect(found.gl_pathv[i]);
			if (fd < 0 && errno != EACCES)
				continue;
			if (fd >= 0)
				close(fd);
			if (!alive++)
				snprintf(to, size, "%s", found.gl_pathv[i]);
		}
		globfree(&found);
	}
	return alive;
}

bool client_open(struct client *c, const char *path, bool quiet)
{
	*c = (struct client){ .fd = -1 };
	const char *given = path ? path : getenv("BATTAGG_SOCKET");
	size_t found = 1;
	if (given)
		snprintf(c->path, sizeof c->path, "%s", given);
	else
		found = find_socket(c->path, sizeof c->path);
	if (found > 1 && !quiet)
		log_error("several daemons are running: say which one with -s, e.g. -s %s", c->path);
	else if (!found && !quiet)
		log_error("no running battagg found (looked for " SOCKETS "); another place: -s SOCKET");
	if (found != 1)
		return false;
	c->fd = control_connect(c->path);
	if (c->fd < 0) {
		if (!quiet)
			log_error("%s: %s%s", c->path, strerror(errno),
			          errno == ECONNREFUSED || errno == ENOENT ? ": is battagg running?" :
			          errno == EACCES ? ": try as root, or as a member of the socket's group" : "");
		return false;
	}
	c->in = fdopen(c->fd, "re");
	return c->in;
}

void client_close(struct client *c)
{
	if (c->in)
		fclose(c->in);
	else if (c->fd >= 0)
		close(c->fd);
	free(c->line);
	*c = (struct client){ .fd = -1 };
}

bool client_send(struct client *c, const char *request)
{
	char line[CONTROL_REQUEST_MAX];
	int n = snprintf(line, sizeof line, "%s\n", request);
	return send(c->fd, line, (size_t)n, MSG_NOSIGNAL) == n;
}

json_t *client_read(struct client *c)
{
	ssize_t n = getline(&c->line, &c->room, c->in);
	return n > 0 ? json_loadb(c->line, (size_t)n, 0, NULL) : NULL;
}

json_t *client_ask(struct client *c, const char *request)
{
	json_t *reply = client_send(c, request) ? client_read(c) : NULL;
	if (!reply) {
		log_error("%s: no answer", c->path);
		return NULL;
	}
	if (json_is_false(json_object_get(reply, "ok"))) {
		log_error("%s", json_string_value(json_object_get(reply, "error")));
		json_decref(reply);
		return NULL;
	}
	return reply;
}
