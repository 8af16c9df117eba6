/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The closed loop: packs, battagg's engine and the house on one clock, as fast as it goes; and what came of it. */
#ifndef APP_SIM_CLOSED_H
#define APP_SIM_CLOSED_H

#include "app/sim_world.h"

/* Plays for opt->duration. Returns an exit status. */
int sim_closed(const struct sim_options *opt, const struct config *, const struct scenario *, struct sim_bus *);

#define OUTCOME_EVENTS_MAX 400
#define OUTCOME_TEXT_MAX 220
#define OUTCOME_WINDOW 60000000 /* us in which reversals are counted together */
#define OUTCOME_TIMES_MAX 256

struct outcome_pack {
	double cell_high, cell_low; /* V */
	int cell_high_no, cell_low_no;
	int64_t cell_high_at, cell_low_at;
	double hottest, coldest;
	/* currents over what the pack itself allowed then, more than a margin: enum direction */
	double over[2];     /* A, the most over the limit itself */
	double over_now[2]; /* s, until now without a pause */
	double over_longest[2], over_total[2];
	int64_t over_at[2]; /* us, the end of the longest */
};

/* How often a limit that the GX is told turned round. */
struct outcome_limit {
	bool known;
	int64_t value;
	int direction; /* of its last change: -1, 1, 0 before the first */
	int reversals, most; /* in all, and within OUTCOME_WINDOW */
	int64_t times[OUTCOME_TIMES_MAX]; /* of the newest, a ring */
};
enum { OUTCOME_CVL, OUTCOME_CCL, OUTCOME_DCL, N_OUTCOME_LIMIT };

struct outcome_event {
	int64_t at; /* us */
	char text[OUTCOME_TEXT_MAX];
};

struct outcome {
	struct outcome_pack packs[PACKS_MAX];
	struct outcome_limit limits[N_OUTCOME_LIMIT];
	int64_t full_at, ideal_full_at; /* us, when 99 % were in; -1 never */
	double soc_start, soc_low, soc_high;
	int n_events, unlisted;
	struct outcome_event events[OUTCOME_EVENTS_MAX];
	unsigned long frames_in, frames_out;
};

void outcome_init(struct outcome *);
/* After a step of `time` s. */
void outcome_step(struct outcome *, const struct sim_world *, double time);
/* What the GX was just told. */
void outcome_output(struct outcome *, const struct house *, int64_t now);
void outcome_event(struct outcome *, int64_t now, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* As JSON, or as a table. False when it could not be written. */
bool outcome_print(const struct outcome *, const struct sim_world *, FILE *out, bool json);

#endif
