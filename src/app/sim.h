/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg sim` inside: the simulated packs (sim_model.c), what they say and when (sim_bus.c), the script
 * (sim_scenario.c), the command line (sim_options.c), and who plays it (sim.c). */
#ifndef APP_SIM_H
#define APP_SIM_H

#include <stdio.h>

#include "config/config.h"
#include "core/battery.h"
#include "core/poller.h"
#include "core/routes.h"

struct sim_options {
	const char *config, *profiles, *scenario, *output;
	bool log;
	int64_t duration, start, speed; /* us, us, times */
};
void sim_usage(FILE *out);
/* False with *status set when there is nothing more to do. */
bool sim_options(int argc, char **argv, struct sim_options *opt, int *status);

/* A frame on its way. */
struct sim_sent {
	int64_t at; /* us from the start */
	int port;
	int pack;  /* whose it is; -1: a question to one */
	int frame; /* of its profile, when all of it is said with this one; else -1 */
	struct frame f;
};

/* What goes wrong between a pack and its bus. */
struct sim_faults {
	int64_t lose, late, swap; /* 0.01 %: so many of its frames */
	int64_t delay;            /* us: so late are those that are late */
	uint64_t random;          /* never 0 */
	bool holds;
	struct sim_sent held; /* goes out after the next */
};

/* One simulated pack, or sensor: a battery with a charge in it, and what was said about it by hand. */
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
	bool starts; /* it was silent until now */
	uint8_t source; /* J1939: who it is where its profile leaves that open */
	uint8_t sequence; /* of fast packets */
	struct sim_faults faults;
};

void sim_pack_init(struct sim_pack *p, const struct settings *s, const struct pack_settings *set, int64_t now);
/* Counts the charge up to `now`. */
void sim_pack_advance(struct sim_pack *p, int64_t now);
/* "ccl", "50 A"; "alarm.high_voltage", "active"; "cells", "3.34 V"; "cell_voltage[3]", "absent"; "silent", "yes";
 * "lose", "10 %". NULL, or what is wrong with it; the text may stand in buf. */
#define SIM_WHY_MAX 160
const char *sim_pack_set(struct sim_pack *p, const char *key, const char *value, char buf[SIM_WHY_MAX]);
/* What is odd about a value that was taken, or NULL: a dialect may have no word for it. */
const char *sim_pack_doubt(const struct sim_pack *p, const char *key, const char *value, char buf[SIM_WHY_MAX]);
/* What there is to say in this frame of the pack's profile now: how many frames on the wire, 0 for nothing. */
#define SIM_PARTS_MAX 32 /* of a fast packet */
int sim_pack_frames(struct sim_pack *p, unsigned frame, unsigned group, struct frame out[SIM_PARTS_MAX]);

/* All packs and sensors of a config on their buses. */
struct sim_slot;
struct sim_bus {
	const struct settings *settings;
	struct sim_pack *packs; /* the packs, then the sensors */
	int n_packs;            /* of both */
	struct sim_slot *slots; /* what is said again and again */
	size_t n_slots;
	struct sim_sent *queue; /* by time */
	size_t n_queue, room;
	bool asks; /* nobody else does: the questions, too, come from here */
	struct poller poller;
};

/* False when out of memory. */
bool sim_bus_init(struct sim_bus *, const struct settings *, bool asks);
void sim_bus_free(struct sim_bus *);
/* The same seed gives the same faults; it is SIM_SEED at first. */
#define SIM_SEED 1
void sim_bus_seed(struct sim_bus *, uint64_t seed);
/* When the next frame may go out; INT64_MAX: never. */
int64_t sim_bus_next(const struct sim_bus *);
/* The next frame, if there is one at `until` or before. */
bool sim_bus_send(struct sim_bus *, int64_t until, struct sim_sent *out);
/* A frame of somebody else: perhaps it asks for something. */
void sim_bus_hear(struct sim_bus *, int port, const struct frame *, int64_t now);
/* Something about this pack was set: what it says on events is said. */
void sim_bus_changed(struct sim_bus *, int pack, int64_t now);
/* What its packs are to be asked with, for receive filters: how many there are. */
int sim_bus_questions(const struct sim_bus *, int port, struct wanted *out, int max);

/* What the script changes, in order of time. */
struct sim_event {
	int64_t at; /* us from the start */
	int pack;   /* index */
	char key[40];
	char value[40];
};

struct scenario {
	int64_t duration; /* us; 0 = not said */
	int64_t seed;
	struct sim_event *events; /* those at 0 are the packs' steady values */
	int n_events, room;
};

/* False when it has errors; they are in `problems`. Values are tried on a copy of the packs. */
bool scenario_load(struct scenario *sc, const char *path, const struct sim_pack *packs, int n_packs,
                   struct problems *problems);
void scenario_free(struct scenario *sc);

#endif
