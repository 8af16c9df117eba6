/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A Unix stream socket for a few local clients. */
#include "io/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct control_client {
	struct control *control;
	int fd; /* -1 = free slot */
	ev_io reading, writing;
	bool follows;
	bool closing; /* it sends no more; goes when it has its answer */
	size_t have; /* bytes of an unfinished request */
	char request[CONTROL_REQUEST_MAX];
	char *reply; /* bytes not yet taken by the client */
	size_t waiting, room;
};

struct control {
	struct ev_loop *loop;
	control_fn fn;
	void *user;
	int fd;
	ev_io accepting;
	gid_t group; /* of the socket file */
	char path[sizeof((struct sockaddr_un *)0)->sun_path];
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

static void client_drop(struct control_client *c)
{
	if (c->fd < 0)
		return;
	ev_io_stop(c->control->loop, &c->reading);
	ev_io_stop(c->control->loop, &c->writing);
	close(c->fd);
	free(c->reply);
	c->fd = -1;
	c->reply = NULL;
	c->waiting = c->room = c->have = 0;
	c->follows = c->closing = false;
}

static void on_writable(struct ev_loop *loop, ev_io *w, int events)
{
	struct control_client *c = w->data;
	(void)events;
	ssize_t n = send(c->fd, c->reply, c->waiting, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		client_drop(c);
		return;
	}
	c->waiting -= (size_t)n;
	memmove(c->reply, c->reply + n, c->waiting);
	if (c->waiting)
		return;
	ev_io_stop(loop, w);
	free(c->reply); /* a status reply is large: don't keep the room for it */
	c->reply = NULL;
	c->room = 0;
	if (c->closing && !c->follows)
		client_drop(c);
}

bool control_reply(struct control_client *c, const char *line, size_t len)
{
	if (c->fd < 0)
		return false;
	size_t need = c->waiting + len + 1;
	if (need > CONTROL_REPLY_MAX) {
		client_drop(c);
		return false;
	}
	if (need > c->room) {
		size_t room = need < 4096 ? 4096 : need;
		char *larger = realloc(c->reply, room);
		if (!larger) {
			client_drop(c);
			return false;
		}
		c->reply = larger;
		c->room = room;
	}
	memcpy(c->reply + c->waiting, line, len);
	c->reply[need - 1] = '\n';
	c->waiting = need;
	ev_io_start(c->control->loop, &c->writing);
	return true;
}

static void take_lines(struct control_client *c)
{
	char *end;
	while (c->fd >= 0 && (end = memchr(c->request, '\n', c->have))) {
		char line[CONTROL_REQUEST_MAX];
		size_t len = (size_t)(end - c->request);
		memcpy(line, c->request, len);
		line[len] = '\0';
		c->have -= len + 1;
		memmove(c->request, end + 1, c->have);
		c->control->fn(c->control->user, c, line);
	}
	if (c->fd >= 0 && c->have == sizeof c->request)
		client_drop(c); /* no request is that long */
}

/* Has it closed both sides, not only its sending one? */
static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd };
	return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR));
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct control_client *c = w->data;
	(void)loop, (void)events;
	ssize_t n = recv(c->fd, c->request + c->have, sizeof c->request - c->have, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		/* It may have shut its sending side and still wait for an answer (a shell's pipe does). */
		c->closing = n == 0 && (c->waiting || c->follows) && !hung_up(c->fd);
		if (c->closing)
			ev_io_stop(c->control->loop, w);
		else
			client_drop(c);
		return;
	}
	c->have += (size_t)n;
	take_lines(c);
}

/* The file's mode lets in its owner and group; this also holds where modes don't (some file systems). */
static bool welcome(const struct control *control, int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size))
		return false;
	if (peer.uid == 0 || peer.uid == geteuid() || peer.gid == control->group)
		return true;
#ifdef SO_PEERGROUPS
	gid_t groups[256];
	size = sizeof groups;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size))
		return false;
	for (size_t i = 0; i < size / sizeof *groups; i++)
		if (groups[i] == control->group)
			return true;
#endif
	return false;
}

static void on_connection(struct ev_loop *loop, ev_io *w, int events)
{
	struct control *control = w->data;
	(void)events;
	int fd = accept4(control->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	struct control_client *c = NULL;
	for (int i = 0; i < CONTROL_CLIENTS_MAX && !c; i++)
		if (control->clients[i].fd < 0)
			c = &control->clients[i];
	if (!c || !welcome(control, fd)) {
		static const char busy[] = "{\"ok\":false,\"error\":\"too many clients\"}\n";
		static const char refused[] = "{\"ok\":false,\"error\":\"not permitted\"}\n";
		const char *text = c ? refused : busy;
		if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			(void)0; /* it will see the end of the stream */
		close(fd);
		return;
	}
	c->fd = fd;
	ev_io_init(&c->reading, on_readable, fd, EV_READ);
	ev_io_init(&c->writing, on_writable, fd, EV_WRITE);
	c->reading.data = c->writing.data = c;
	ev_io_start(loop, &c->reading);
}

static bool socket_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address->sun_path) {
		errno = ENAMETOOLONG;
		return false;
	}
	strcpy(address->sun_path, path);
	return true;
}

int control_connect(const char *path)
{
	struct sockaddr_un address;
	if (!socket_address(&address, path))
		return -1;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address)) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* Removes a socket that nobody listens on any more. False when one is alive, or it is no socket. */
static bool remove_dead(const char *path)
{
	struct stat st;
	if (lstat(path, &st))
		return errno == ENOENT;
	int fd = S_ISSOCK(st.st_mode) ? control_connect(path) : -1;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || !S_ISSOCK(st.st_mode) || errno != ECONNREFUSED) {
		errno = EADDRINUSE;
		return false;
	}
	return !unlink(path);
}

static bool listen_at(struct control *control)
{
	struct sockaddr_un address;
	struct stat st;
	if (!socket_address(&address, control->path) || !remove_dead(control->path))
		return false;
	control->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (control->fd < 0)
		return false;
	mode_t mask = umask(0117); /* mode 0660 from the first moment */
	int bound = bind(control->fd, (struct sockaddr *)&address, sizeof address);
	int saved = errno;
	umask(mask);
	errno = saved;
	if (bound || lstat(control->path, &st) || listen(control->fd, CONTROL_CLIENTS_MAX))
		return false;
	control->group = st.st_gid;
	return true;
}

struct control *control_open(struct ev_loop *loop, const char *path, control_fn fn, void *user)
{
	struct control *control = calloc(1, sizeof *control);
	if (!control)
		return NULL;
	control->loop = loop;
	control->fn = fn;
	control->user = user;
	control->fd = -1;
	if (strlen(path) < sizeof control->path)
		strcpy(control->path, path);
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
		control->clients[i].fd = -1;
		control->clients[i].control = control;
	}
	if (!*control->path || !listen_at(control)) {
		int saved = *control->path ? errno : ENAMETOOLONG;
		if (control->fd >= 0)
			close(control->fd);
		free(control);
		errno = saved;
		return NULL;
	}
	ev_io_init(&control->accepting, on_connection, control->fd, EV_READ);
	control->accepting.data = control;
	ev_io_start(loop, &control->accepting);
	return control;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		client_drop(&control->clients[i]);
	ev_io_stop(control->loop, &control->accepting);
	close(control->fd);
	unlink(control->path);
	free(control);
}

void control_follow(struct control_client *c)
{
	c->follows = c->fd >= 0;
}

bool control_followed(const struct control *control)
{
	for (int i = 0; control && i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].follows)
			return true;
	return false;
}

void control_broadcast(struct control *control, const char *line, size_t len)
{
	for (int i = 0; control && i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].follows)
			control_reply(&control->clients[i], line, len);
}
