/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What `battagg profile new` knows of a log (profile_new.c) and how it writes it down as a profile (skeleton.c). */
#ifndef APP_SKELETON_H
#define APP_SKELETON_H

#include <stdio.h>

#include "app/shape.h"
#include "app/traffic.h"

struct skeleton {
	const char *name, *log, *interface;
	const char *file, *log_again; /* as a command line names both, later */
	FILE *out;
	bool big;    /* numbers seem to have their high byte first */
	char of[16]; /* the interface that is read */
	uint64_t other_interfaces, bad;
	struct traffic traffic;
	struct shape shapes[TRAFFIC_MAX]; /* by place in the traffic */
	int order[TRAFFIC_MAX], n;        /* places, by id */
	bool written[TRAFFIC_MAX];        /* by order: as a frame, or as a part of one */
};

static inline const struct traffic_id *skeleton_id(const struct skeleton *s, int i)
{
	return &s->traffic.list[s->order[i]];
}

static inline const struct shape *skeleton_shape(const struct skeleton *s, int i)
{
	return &s->shapes[s->order[i]];
}

/* Writes all of it to s->out. */
void skeleton_write(struct skeleton *s);

#endif
