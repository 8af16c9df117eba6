/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg decode --watch` (watch.c), what it knows (watch_state.c) and its page (watch_page.c): what a profile makes of a
 * bus, or of a log, now, while somebody writes that profile. */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include <stdio.h>
#include <sys/stat.h>

#include "app/decoder.h"
#include "app/traffic.h"

struct watch_options {
	const char *profile, *dir; /* name or file; --profiles */
	const struct profile_parameters *set;
	const char *address; /* of -a, or NULL */
	const char *source;  /* interface or log */
	bool watch;          /* a screen, and the file is read again when it is saved; else plain lines of a live bus */
	/* plain lines, where there is no terminal */
	decoded_fn line;
	void (*repeated)(struct decoder *);
	void *user;
	FILE *notes; /* where it is said that the file was saved, and what is wrong with it */
};
int watch(const struct watch_options *);
/* Is it an interface, and no file? */
bool watch_is_live(const char *source);

/* One value of a frame, as shown. */
struct watched_value {
	char name[FIELD_NAME_MAX + 8];
	char text[DECODED_TEXT_MAX];
	const char *doubt; /* "" when there is none */
	bool changes;      /* it was something else before */
	int64_t changed;   /* us, when it last changed */
};

/* A frame of the profile: one for each group and address; index n_frames: what is computed. */
struct watched_frame {
	unsigned index, group, address;
	struct frame last;
	uint64_t count;
	int64_t first, at; /* us */
	uint64_t still;    /* how many came since that were not taken, as their counter stands still */
	uint64_t reading;  /* number of the frame that `n` values are of */
	int n, room;
	struct watched_value *values;
};

#define WATCHED_MAX 1024 /* frames */
struct watch {
	const struct watch_options *o;
	struct profile *p; /* NULL while the file has never been good */
	char *path;        /* of its file; NULL when it is built in */
	struct stat stamp;
	char *problems; /* of the file as it is now; NULL when it is good */
	unsigned reloads;
	bool live;
	struct decoder decoder;
	struct traffic traffic;
	bool ours[TRAFFIC_MAX]; /* by place in the traffic */
	int n_frames;
	struct watched_frame frames[WATCHED_MAX];
	uint64_t readings;
	int64_t now; /* us */
	bool timed;
	uint64_t n_ours, n_all; /* since the profile was read, which is all of a log */
	char trouble[160];      /* with the interface or log; "" when there is none */
};

/* On a screen, or in lines: then nothing is kept. */
void watch_begin(struct watch *, const struct watch_options *, bool screen);
void watch_end(struct watch *);
/* The profile that the options name. False, told, when there is none; a file that is bad is so far only a problem. */
bool watch_load_first(struct watch *);
/* Was its file saved since this was last asked? */
bool watch_is_saved(struct watch *);
/* Its file again; false, and all stays as it was, when that is bad: `problems`. */
bool watch_load(struct watch *);
void watch_take(struct watch *, const struct frame *, bool has_time, int64_t time);
/* As if no frame had come. */
void watch_start_anew(struct watch *);
/* What was heard last of each id, read with a new profile; it doesn't count. */
void watch_read_last(struct watch *);

/* The page, `columns` wide. */
void watch_page(const struct watch *, FILE *out, int columns, bool color);

#endif
