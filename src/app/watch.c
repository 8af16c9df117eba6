/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Follows a bus, or a log, with a profile that is read again whenever it is saved. */
#include "app/watch.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/screen.h"
#include "io/canport.h"
#include "log.h"

#define US_PER_S   INT64_C(1000000)
#define LOOK_MS    50 /* for frames: the kernel keeps so many */
#define DRAW_MS    500
#define DRAIN_MOST 8192

static int64_t clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

bool watch_is_live(const char *source)
{
	struct stat st;
	return source && strcmp(source, "-") && !strchr(source, '/') && stat(source, &st);
}

/* ---- where frames come from ---- */

static void take_live(void *user, const struct frame *f, bool local)
{
	(void)local;
	watch_take(user, f, true, clock_now());
}

/* All of it, from the start; false when it can't be read: `trouble`. */
static bool read_log(struct watch *w)
{
	FILE *log = fopen(w->o->source, "re");
	char *line = NULL;
	size_t size = 0;
	struct logged now;
	if (!log) {
		snprintf(w->trouble, sizeof w->trouble, "%.80s: %s", w->o->source, strerror(errno));
		return false;
	}
	*w->trouble = '\0';
	watch_start_anew(w);
	while (getline(&line, &size, log) >= 0) {
		if (candump_parse(line, &now) != CANDUMP_FRAME)
			continue;
		memcpy(w->decoder.now.iface, now.iface, sizeof now.iface);
		watch_take(w, &now.frame, now.has_time, now.time);
	}
	free(line);
	fclose(log);
	return true;
}

static bool open_port(struct watch *w, struct canport *port)
{
	static const struct wanted all[] = { { 0, 0, false }, { 0, 0, true } };
	unsigned index = if_nametoindex(w->o->source);
	if (!index || !canport_open(port, (int)index, all, 2, false)) {
		log_error("decode: %s: %s; it is neither a file nor a CAN interface", w->o->source, strerror(errno));
		return false;
	}
	snprintf(w->decoder.now.iface, sizeof w->decoder.now.iface, "%s", w->o->source);
	return true;
}

/* False when the interface is gone for good. */
static bool drain(struct watch *w, struct canport *port, struct canport_batch *batch)
{
	int n;
	switch (canport_drain(port, batch, DRAIN_MOST, take_live, w, &n)) {
	case CANPORT_OK: break;
	case CANPORT_DOWN: snprintf(w->trouble, sizeof w->trouble, "%.80s went down", w->o->source); return true;
	case CANPORT_GONE: snprintf(w->trouble, sizeof w->trouble, "%.80s is gone", w->o->source); return false;
	}
	if (n)
		*w->trouble = 0;
	return true;
}

/* ---- both ways to show it ---- */

static void draw(struct watch *w, struct screen *screen)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return;
	watch_page(w, out, screen_columns(), !getenv("NO_COLOR"));
	fclose(out);
	screen_draw(screen, text);
	free(text);
}

/* When it was saved: the profile again, and with it what there was. */
static void reload_on_screen(struct watch *w)
{
	if (!watch_is_saved(w))
		return;
	w->reloads++;
	if (!watch_load(w))
		return;
	if (w->live)
		watch_read_last(w); /* a bus is not asked to repeat itself */
	else
		read_log(w);
}

static bool follow_on_screen(struct watch *w, struct canport *port, struct canport_batch *batch)
{
	struct screen screen = { 0 };
	bool there = true;
	int64_t drawn = 0;
	screen_open(&screen);
	while (!screen.ended && there) {
		if (w->live) {
			there = drain(w, port, batch);
			w->now = clock_now();
		}
		if (clock_now() - drawn >= DRAW_MS * 1000) {
			reload_on_screen(w);
			draw(w, &screen);
			drawn = clock_now();
		}
		int scroll = screen.scroll;
		screen_wait(&screen, -1, w->live ? LOOK_MS : DRAW_MS);
		if (screen.scroll != scroll)
			drawn = 0;
	}
	screen_close(&screen);
	return there;
}

static void reload_in_lines(struct watch *w)
{
	fprintf(w->o->notes, "# %s was saved\n", w->path);
	if (!watch_load(w))
		fputs(w->problems ? w->problems : "out of memory\n", w->o->notes);
	else if (!w->live && !read_log(w))
		fprintf(w->o->notes, "# %s\n", w->trouble);
	fflush(w->o->notes);
}

/* Lines, for a pipe: of a bus as they come, of a log all of them again after each save. */
static bool follow_in_lines(struct watch *w, struct canport *port, struct canport_batch *batch)
{
	struct pollfd in = { .fd = port->fd, .events = POLLIN };
	while (!ferror(stdout)) {
		poll(&in, 1, DRAW_MS);
		if (w->o->watch && watch_is_saved(w))
			reload_in_lines(w);
		if (w->live && !drain(w, port, batch))
			return false;
		fflush(stdout);
	}
	return true;
}

static int follow(struct watch *w, bool screen)
{
	struct canport port = { .fd = -1 };
	struct canport_batch *batch = canport_batch_new();
	bool good = batch && (!w->live || open_port(w, &port)) && watch_load_first(w), there = true;
	if (good && w->problems && !screen)
		fputs(w->problems, stderr);
	if (good && !w->live)
		good = there = read_log(w);
	if (good && screen)
		there = follow_on_screen(w, &port, batch);
	else if (good)
		there = follow_in_lines(w, &port, batch);
	if (!there)
		log_error("decode: %s", w->trouble);
	canport_close(&port);
	canport_batch_free(batch);
	return good ? EXIT_FINE : EXIT_BAD;
}

int watch(const struct watch_options *o)
{
	struct watch *w = calloc(1, sizeof *w);
	bool screen = o->watch && isatty(STDOUT_FILENO);
	if (!w)
		return EXIT_BAD;
	watch_begin(w, o, screen);
	int status = follow(w, screen);
	watch_end(w);
	free(w);
	return status;
}
