/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg sim` inside: the simulated packs (sim_model.c), the script (sim_scenario.c), and who plays it (sim.c). */
#ifndef APP_SIM_H
#define APP_SIM_H

#include "config/config.h"
#include "core/battery.h"

/* One simulated pack: a battery with a charge in it, and what was said about it by hand. */
struct sim_pack {
	const struct pack_settings *set;
	struct battery b;
	struct cells cells;
	int64_t time;   /* us, up to which the charge is counted */
	int64_t charge; /* what is in it, mA us */
	uint64_t given; /* bit per quantity that was set by hand: nothing is derived over it */
	bool cells_given;
	bool silent;
	uint64_t counts[COUNTERS_MAX]; /* of frames that have a counter */
};

void sim_pack_init(struct sim_pack *p, const struct settings *s, const struct pack_settings *set, int64_t now);
/* Counts the charge up to `now`. */
void sim_pack_advance(struct sim_pack *p, int64_t now);
/* "ccl", "50 A"; "alarm.high_voltage", "active"; "cells", "3.34 V"; "cell_voltage[3]", "absent"; "silent", "yes".
 * NULL, or what is wrong with it; the text may stand in buf. */
#define SIM_WHY_MAX 160
const char *sim_pack_set(struct sim_pack *p, const char *key, const char *value, char buf[SIM_WHY_MAX]);
/* Is there something to say in this frame of the pack's profile now? If so it is in `out`. */
bool sim_pack_frame(struct sim_pack *p, unsigned frame, unsigned group, struct frame *out);

/* What the script changes, in order of time. */
struct sim_event {
	int64_t at; /* us from the start */
	int pack;   /* index */
	char key[40];
	char value[40];
};

struct scenario {
	int64_t duration; /* us; 0 = not said */
	struct sim_event *events; /* those at 0 are the packs' steady values */
	int n_events, room;
};

/* False when it has errors; they are in `problems`. Values are tried on a copy of the packs. */
bool scenario_load(struct scenario *sc, const char *path, const struct sim_pack *packs, int n_packs,
                   struct problems *problems);
void scenario_free(struct scenario *sc);

#endif
