/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The daemon's state as JSON. Numbers are in the unit that stands beside them; what is absent is left out. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include <jansson.h>
#include <stdint.h>

#include "core/engine.h"

struct daemon;

/* Packs, bank, limits, recent events: all that the engine knows. */
json_t *report_engine(const struct engine *e, int64_t now);
/* report_doubts.c: a detector, its values in steps of which `per_one` make one of the unit; and what is doubted of a pack. */
json_t *report_detector(const struct detector *d, int64_t per_one, const char *unit, int64_t now);
json_t *report_own_alarms(const struct engine *e, int64_t now);
json_t *report_doubts(const struct engine *e, int index, int64_t now);
/* report_soc.c */
json_t *report_soc(const struct engine *e);
json_t *report_charge(const struct engine *e, int64_t now); /* report_charge.c */
json_t *report_event(const struct event *event, int64_t now);
/* One that tells what is so, rather than what has happened: it has no number. */
json_t *report_state_event(const struct event *event, int64_t now);
/* The above with ports, output and the process itself: the reply to `status`. */
json_t *report_status(struct daemon *);
/* One event to all who follow. */
void report_broadcast(struct daemon *, const struct event *);

/* Compact text of a JSON value and its freeing; NULL when out of memory. */
char *report_text(json_t *, size_t *len);

#define REPORT_DIGITS 9 /* significant ones: exact for every quantity's step over its range */

#endif
