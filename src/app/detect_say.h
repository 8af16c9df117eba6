/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How `battagg detect` says what it found: the reasons (detect_reasons.c), the report for people (detect_print.c) and
 * for programs (detect_json.c), and the config to paste (detect_config.c). */
#ifndef APP_DETECT_SAY_H
#define APP_DETECT_SAY_H

#include <jansson.h>

#include "app/detect.h"

#define REASON_MAX  240
#define REASONS_MAX 32
struct reasons {
	int n;
	struct {
		bool against;
		char text[REASON_MAX];
	} list[REASONS_MAX];
};
/* What speaks for and against a contender, in words, the weightiest first. */
void detect_reasons(struct reasons *, const struct detection *, const struct contender *);
/* How `c` compares with what was found: what it does not read, and what it reads otherwise. */
void detect_compare(struct reasons *, const struct detection *, const struct contender *c, const struct suspect *found);
/* "48.66 V, 0.0 A, 26 %, ..."; "" when nothing is known. */
#define VALUES_TEXT_MAX 240
const char *detect_values(char buf[VALUES_TEXT_MAX], const struct suspect *);

/* Ids of what is sent to batteries, by a GX, an inverter or another master: whose is this one? NULL = none's. */
const struct profile *detect_sender(const struct detection *, const struct traffic_id *, const char **what);

/* Of one interface. */
struct detect_report {
	const struct detection *d;
	const struct verdict_on *v;
	int64_t bitrate;   /* that was found; 0 = not looked for, or as the link is set up */
	const char *asked; /* what was sent, for people; "" = nothing */
};
void detect_print(const struct detect_report *, FILE *out);
json_t *detect_json(const struct detect_report *);

/* The config that reads what was found on all the interfaces, with comments where something is to be filled in.
 * To be freed; NULL when nothing was found, or out of memory. */
char *detect_config(const struct detect_report *, int n);

#endif
