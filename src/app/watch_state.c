/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What `battagg decode --watch` knows: the profile as it was last good, and what it makes of the frames so far. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/watch.h"
#include "log.h"

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
	f->still = 0;
}

/* Neither it nor its values are any newer for that. */
static void keep_still(struct decoder *d)
{
	struct watched_frame *f = frame_at(d->user, d->index, d->group, d->address);
	if (f)
		f->still++;
}

static void forget(struct watch *w)
{
	for (int i = 0; i < w->n_frames; i++)
		free(w->frames[i].values);
	w->n_frames = 0;
	w->n_all = w->n_ours = 0;
	memset(w->ours, 0, sizeof w->ours);
}

/* Reads the frame in decoder.now, which stands there in the traffic. Is it the profile's? */
static bool read_frame(struct watch *w, int where)
{
	w->readings++;
	bool ours = w->p && decoder_take(&w->decoder);
	if (ours && where >= 0)
		w->ours[where] = true;
	return ours;
}

void watch_take(struct watch *w, const struct frame *f, bool has_time, int64_t time)
{
	w->decoder.now.frame = *f;
	w->decoder.now.has_time = has_time;
	w->decoder.now.time = w->now = time;
	w->timed = has_time;
	w->n_all++;
	w->n_ours += read_frame(w, traffic_take(&w->traffic, f, has_time, time));
}

void watch_start_anew(struct watch *w)
{
	traffic_init(&w->traffic);
	forget(w);
}

void watch_read_last(struct watch *w)
{
	for (int i = 0; i < w->traffic.n; i++) {
		const struct traffic_id *e = &w->traffic.list[i];
		w->decoder.now.frame = e->last;
		w->decoder.now.time = e->last_time;
		read_frame(w, i);
	}
}

/* ---- the profile ---- */

/* In lines; NULL: out of memory. */
static char *problems_text(const struct problems *problems, const char *file, const char *why)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	problems_print(problems, out);
	if (*why)
		fprintf(out, "%s: %s\n", file, why);
	fclose(out);
	return text;
}

/* Why it can't be used with what the command line says; "" when it can. */
static const char *unfit(const struct watch *w, const struct profile *p, struct decoder *next, char why[APP_WHY_MAX])
{
	*why = '\0';
	if (decoder_addresses(next, p, w->o->address, why) && !decoder_open(next))
		snprintf(why, APP_WHY_MAX, "out of memory");
	return why;
}

/* The new one takes the old one's place only when it is good, and fits. */
static bool adopt(struct watch *w, struct profile *p, char why[APP_WHY_MAX])
{
	struct decoder next = w->decoder;
	if (*unfit(w, p, &next, why))
		return false;
	decoder_close(&w->decoder);
	profile_free(w->p);
	w->p = p;
	w->decoder = next;
	forget(w);
	return true;
}

bool watch_load(struct watch *w)
{
	struct problems problems = { 0 };
	char why[APP_WHY_MAX] = "";
	struct profile *p = profile_load_file_with(w->path, w->o->set, &problems);
	bool good = p && adopt(w, p, why);
	free(w->problems);
	w->problems = good ? NULL : problems_text(&problems, w->path, why);
	problems_free(&problems);
	if (p && !good)
		profile_free(p);
	return good;
}

bool watch_is_saved(struct watch *w)
{
	struct stat now;
	if (!w->path || stat(w->path, &now)) /* while an editor puts it in its place */
		return false;
	bool same = now.st_mtim.tv_sec == w->stamp.st_mtim.tv_sec && now.st_mtim.tv_nsec == w->stamp.st_mtim.tv_nsec &&
		    now.st_size == w->stamp.st_size && now.st_ino == w->stamp.st_ino;
	w->stamp = now;
	return !same;
}

bool watch_load_first(struct watch *w)
{
	size_t n = strlen(w->o->profile);
	char why[APP_WHY_MAX];
	bool file = strchr(w->o->profile, '/') || (n > 5 && !strcmp(w->o->profile + n - 5, ".yaml"));
	if (file && w->o->watch) { /* it may be bad: it is being written */
		w->path = strdup(w->o->profile);
		if (access(w->path, R_OK)) {
			log_error("decode: %s: %s", w->path, strerror(errno));
			return false;
		}
		watch_is_saved(w);
		watch_load(w);
		return true;
	}
	struct profile *p = app_load_profile_with(w->o->profile, w->o->dir, w->o->set);
	if (!p)
		return false;
	w->path = access(p->file, R_OK) ? NULL : strdup(p->file);
	watch_is_saved(w);
	if (adopt(w, p, why))
		return true;
	log_error("decode: %s", why);
	profile_free(p);
	return false;
}

void watch_begin(struct watch *w, const struct watch_options *o, bool screen)
{
	w->o = o;
	w->live = watch_is_live(o->source);
	traffic_init(&w->traffic);
	w->decoder.tell = screen ? keep : o->line;
	w->decoder.accepted = screen ? keep_frame : NULL;
	w->decoder.repeated = screen ? keep_still : o->repeated;
	w->decoder.user = screen ? w : o->user;
}

void watch_end(struct watch *w)
{
	forget(w);
	decoder_close(&w->decoder);
	profile_free(w->p);
	free(w->path);
	free(w->problems);
}
