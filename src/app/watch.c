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

#include "app/app.h"
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

/* ---- what is shown ---- */

static struct watched_frame *frame_at(struct watch *w, unsigned index, unsigned group, unsigned address)
{
	for (int i = 0; i < w->n_frames; i++) {
		struct watched_frame *f = &w->frames[i];
		if (f->index == index && f->group == group && f->address == address)
			return f;
	}
	if (w->n_frames == WATCHED_MAX)
		return NULL;
	struct watched_frame *f = &w->frames[w->n_frames++];
	*f = (struct watched_frame) {
		.index = index, .group = group, .address = address, .first = w->decoder.now.time
	};
	return f;
}

/* Where the next value of the frame at hand is kept; NULL: out of memory. */
static struct watched_value *next_value(struct watched_frame *f)
{
	if (f->n == f->room) {
		int room = f->room ? 2 * f->room : 8;
		struct watched_value *values = realloc(f->values, (size_t)room * sizeof *values);
		if (!values)
			return NULL;
		memset(values + f->room, 0, (size_t)(room - f->room) * sizeof *values);
		f->values = values;
		f->room = room;
	}
	return &f->values[f->n++];
}

/* What is computed stands by itself, and each value stays until it is made anew. */
static struct watched_value *computed_value(struct watch *w, const char *name)
{
	struct watched_frame *f = frame_at(w, w->p->n_frames, 0, w->decoder.address);
	for (int i = 0; f && i < f->n; i++)
		if (!strcmp(f->values[i].name, name))
			return &f->values[i];
	return f ? next_value(f) : NULL;
}

static struct watched_value *value_at_hand(struct watch *w)
{
	const struct decoder *d = &w->decoder;
	struct watched_frame *f = frame_at(w, d->index, d->group, d->address);
	if (f && f->reading != w->readings) { /* the first value of this one */
		f->reading = w->readings;
		f->n = 0;
	}
	return f ? next_value(f) : NULL;
}

static void keep(struct decoder *d, const struct finding *found, const char *name)
{
	char text[DECODED_TEXT_MAX];
	struct watched_value *v = d->computed ? computed_value(d->user, name) : value_at_hand(d->user);
	const char *is = decoded_text(text, found);
	if (!v)
		return;
	if (strcmp(v->name, name)) {
		v->changes = false;
	} else if (strcmp(v->text, is)) {
		v->changes = true;
		v->changed = d->now.time;
	}
	snprintf(v->name, sizeof v->name, "%s", name);
	snprintf(v->text, sizeof v->text, "%s", is);
	v->doubt = decoded_doubt(found);
}

static void keep_frame(struct decoder *d)
{
	struct watched_frame *f = frame_at(d->user, d->index, d->group, d->address);
	if (!f)
		return;
	f->last = d->now.frame;
	f->at = d->now.time;
	f->count++;
}

static void forget(struct watch *w)
{
	for (int i = 0; i < w->n_frames; i++)
		free(w->frames[i].values);
	w->n_frames = 0;
	w->n_ours = 0;
	memset(w->ours, 0, sizeof w->ours);
}

/* Reads the frame in decoder.now. */
static void read_frame(struct watch *w, int where)
{
	w->readings++;
	bool ours = w->p && decoder_take(&w->decoder);
	w->n_ours += ours;
	if (ours && where >= 0)
		w->ours[where] = true;
}

static void take(struct watch *w, const struct frame *f, bool has_time, int64_t time)
{
	w->decoder.now.frame = *f;
	w->decoder.now.has_time = has_time;
	w->decoder.now.time = w->now = time;
	w->timed = has_time;
	w->n_all++;
	read_frame(w, traffic_take(&w->traffic, f, has_time, time));
}

/* ---- where frames come from ---- */

static void take_live(void *user, const struct frame *f, bool local)
{
	(void)local;
	take(user, f, true, clock_now());
}

static bool read_log(struct watch *w)
{
	FILE *log = fopen(w->o->source, "re");
	char *line = NULL;
	size_t size = 0;
	struct logged now;
	if (!log) {
		log_error("decode: %s: %s", w->o->source, strerror(errno));
		return false;
	}
	traffic_init(&w->traffic);
	w->n_all = 0;
	while (getline(&line, &size, log) >= 0) {
		if (candump_parse(line, &now) != CANDUMP_FRAME)
			continue;
		memcpy(w->decoder.now.iface, now.iface, sizeof now.iface);
		take(w, &now.frame, now.has_time, now.time);
	}
	free(line);
	fclose(log);
	return true;
}

/* What was heard last of each id, read anew: a bus is not asked to repeat itself. */
static void read_last(struct watch *w)
{
	for (int i = 0; i < w->traffic.n; i++) {
		const struct traffic_id *e = &w->traffic.list[i];
		w->decoder.now.frame = e->last;
		w->decoder.now.time = e->last_time;
		read_frame(w, i);
	}
}

/* ---- the profile ---- */

static char *problems_text(const struct problems *problems)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	problems_print(problems, out);
	fclose(out);
	return text;
}

/* The new one takes the old one's place only when it is good. */
static bool adopt(struct watch *w, struct profile *p)
{
	struct decoder next = w->decoder;
	if (!decoder_addresses(&next, p, w->o->address) || !decoder_open(&next))
		return false;
	decoder_close(&w->decoder);
	profile_free(w->p);
	w->p = p;
	w->decoder = next;
	forget(w);
	return true;
}

static void load(struct watch *w)
{
	struct problems problems = { 0 };
	struct profile *p = profile_load_file_with(w->path, w->o->set, &problems);
	free(w->problems);
	w->problems = p ? NULL : problems_text(&problems);
	problems_free(&problems);
	if (p && !adopt(w, p))
		profile_free(p);
}

static bool has_changed(struct watch *w)
{
	struct stat now;
	if (!w->path || stat(w->path, &now)) /* while an editor puts it in its place */
		return false;
	bool same = now.st_mtim.tv_sec == w->stamp.st_mtim.tv_sec && now.st_mtim.tv_nsec == w->stamp.st_mtim.tv_nsec &&
		    now.st_size == w->stamp.st_size && now.st_ino == w->stamp.st_ino;
	w->stamp = now;
	return !same;
}

/* A file may be bad to begin with, when it is watched: it is being written. */
static bool load_first(struct watch *w)
{
	size_t n = strlen(w->o->profile);
	bool file = strchr(w->o->profile, '/') || (n > 5 && !strcmp(w->o->profile + n - 5, ".yaml"));
	if (file && w->o->watch) {
		w->path = strdup(w->o->profile);
		if (access(w->path, R_OK)) {
			log_error("decode: %s: %s", w->path, strerror(errno));
			return false;
		}
		has_changed(w);
		load(w);
		return true;
	}
	struct profile *p = app_load_profile_with(w->o->profile, w->o->dir, w->o->set);
	if (!p)
		return false;
	w->path = access(p->file, R_OK) ? NULL : strdup(p->file);
	has_changed(w);
	if (adopt(w, p))
		return true;
	profile_free(p);
	return false;
}

/* When it was saved: read it again, and with it what there was. True when there is something new to be seen. */
static bool reload(struct watch *w, bool live)
{
	if (!w->o->watch || !has_changed(w))
		return false;
	w->reloads++;
	load(w);
	if (w->problems)
		return true;
	if (live)
		read_last(w);
	else
		read_log(w);
	return true;
}

/* ---- both ways to show it ---- */

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
	case CANPORT_DOWN: snprintf(w->trouble, sizeof w->trouble, "%s went down", w->o->source); return true;
	case CANPORT_GONE: log_error("decode: %s is gone", w->o->source); return false;
	}
	if (n)
		*w->trouble = 0;
	return true;
}

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

static void follow_on_screen(struct watch *w, struct canport *port, struct canport_batch *batch)
{
	struct screen screen = { 0 };
	bool live = port->fd >= 0, there = true;
	int64_t drawn = 0;
	screen_open(&screen);
	while (!screen.ended && there) {
		if (live) {
			there = drain(w, port, batch);
			w->now = clock_now();
		}
		if (clock_now() - drawn >= DRAW_MS * 1000) {
			reload(w, live);
			draw(w, &screen);
			drawn = clock_now();
		}
		int scroll = screen.scroll;
		screen_wait(&screen, -1, live ? LOOK_MS : DRAW_MS);
		if (screen.scroll != scroll)
			drawn = 0;
	}
	screen_close(&screen);
}

/* Lines, for a pipe: of a bus as they come, of a log all of them again after each save. */
static void follow_in_lines(struct watch *w, struct canport *port, struct canport_batch *batch)
{
	struct pollfd in = { .fd = port->fd, .events = POLLIN };
	bool live = port->fd >= 0;
	while (!ferror(stdout)) {
		poll(&in, 1, DRAW_MS);
		if (w->o->watch && has_changed(w)) {
			printf("# %s was saved\n", w->path);
			load(w);
			printf("%s", w->problems ? w->problems : "");
			if (!live && !w->problems)
				read_log(w);
			fflush(stdout);
		}
		if (live && !drain(w, port, batch))
			return;
		fflush(stdout);
	}
}

static int follow(struct watch *w)
{
	struct canport port = { .fd = -1 };
	struct canport_batch *batch = canport_batch_new();
	bool live = watch_is_live(w->o->source), screen = w->o->watch && isatty(STDOUT_FILENO);
	bool good = batch && (live ? open_port(w, &port) : true);
	w->decoder.tell = screen ? keep : w->o->line;
	w->decoder.accepted = screen ? keep_frame : NULL;
	w->decoder.user = screen ? w : w->o->user;
	good = good && load_first(w);
	if (good && w->problems && !screen)
		fprintf(stderr, "%s", w->problems);
	if (good && !live)
		good = read_log(w);
	if (good && screen)
		follow_on_screen(w, &port, batch);
	else if (good)
		follow_in_lines(w, &port, batch);
	canport_close(&port);
	canport_batch_free(batch);
	return good ? EXIT_FINE : EXIT_BAD;
}

int watch(const struct watch_options *o)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w)
		return EXIT_BAD;
	w->o = o;
	traffic_init(&w->traffic);
	int status = follow(w);
	forget(w);
	decoder_close(&w->decoder);
	profile_free(w->p);
	free(w->path);
	free(w->problems);
	free(w);
	return status;
}
