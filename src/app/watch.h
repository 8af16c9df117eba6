/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg decode --watch` (watch.c) and its page (watch_page.c): what a profile makes of a bus, or of a log, now, while
 * somebody writes that profile. */
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
	void *user;
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
	struct decoder decoder;
	struct traffic traffic;
	bool ours[TRAFFIC_MAX]; /* by place in the traffic */
	int n_frames;
	struct watched_frame frames[WATCHED_MAX];
	uint64_t readings;
	int64_t now; /* us */
	bool timed;
	uint64_t n_ours, n_all;
	char trouble[120]; /* with the interface; "" when there is none */
};

/* The page, `columns` wide. */
void watch_page(const struct watch *, FILE *out, int columns, bool color);

#endif
