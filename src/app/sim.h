/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg sim` inside: the simulated packs (sim_model.c), what they say and when (sim_bus.c), the script
 * (sim_scenario.c), the command line (sim_options.c), and who plays it (sim.c). Where the script has a charger or a load
 * there is electricity, too (sim_electric.h): each pack's BMS (sim_bms.c), and the house (sim_house.h). */
#ifndef APP_SIM_H
#define APP_SIM_H

#include <stdio.h>

#include "app/sim_house.h"
#include "config/config.h"
#include "core/battery.h"
#include "core/poller.h"
#include "core/routes.h"

struct sim_options {
	const char *config, *profiles, *scenario, *output;
	bool log, closed;
	const char *report; /* where to: a file, or "-" */
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

/* A simple BMS: what it was told by the scenario, in internal steps, and its state. */
struct sim_bms {
	int64_t charge_current, discharge_current;                      /* while nothing tapers */
	int64_t high, high_release, low, low_release;                   /* a cell opens and closes the path */
	int64_t taper_high, taper_high_end, taper_low, taper_low_end;   /* from all of the current to none */
	int64_t cold, hot;                                              /* no charging beyond */
	int64_t balance_current, balance_above, balance_spread;
	int64_t noise, soc_offset;
	bool taper;
	bool open_charge, open_discharge; /* by hand: a fault that it does not know of */
	bool tripped_high, tripped_low, tripped_charge_temperature, tripped_temperature;
	double ccl, dcl; /* A */
	double soc;      /* as it was set: of all cells but those that were set by themselves */
	bool own_soc[ARRAY_MAX];
	int trips;       /* how often a path was opened */
	uint64_t random; /* of the noise */
};

/* One simulated pack, or sensor: a battery with a charge in it, and what was said about it by hand. */
struct sim_pack {
	const struct pack_settings *set;
	struct battery b;
	struct cells cells;
	int64_t time;   /* us, up to which the charge is counted */
	int64_t charge; /* what is in it, mA us */
	uint64_t given; /* bit per quantity that was set by hand: nothing is derived over it */
	uint64_t alarms_given, warnings_given;
	bool cells_given;
	bool modelled; /* what is not given follows from `electric` and `bms` */
	struct electric_pack electric;
	struct sim_bms bms;
	bool silent;
	uint64_t counts[COUNTERS_MAX]; /* of frames that have a counter */
	bool starts; /* it was silent until now */
	uint8_t source; /* J1939: who it is where its profile leaves that open */
	uint8_t sequence; /* of fast packets */
	struct sim_faults faults;
};

static inline bool sim_pack_mute(const struct sim_pack *p)
{
	return p->silent || (p->modelled && p->electric.off);
}

void sim_pack_init(struct sim_pack *p, const struct settings *s, const struct pack_settings *set, int64_t now);
/* Counts the charge up to `now`. */
void sim_pack_advance(struct sim_pack *p, int64_t now);
/* "ccl", "50 A"; "alarm.high_voltage", "active"; "cells", "3.34 V"; "cell_voltage[3]", "absent"; "silent", "yes";
 * "lose", "10 %". NULL, or what is wrong with it; the text may stand in buf. */
#define SIM_WHY_MAX 160
const char *sim_pack_set(struct sim_pack *p, const char *key, const char *value, char buf[SIM_WHY_MAX]);
/* What is not given by hand follows from others; sim_pack_follow() after those of the cells. */
void sim_pack_derive(struct sim_pack *p, enum quantity q, int64_t value);
void sim_pack_element(struct sim_pack *p, enum array a, int i, int64_t value);
void sim_pack_follow(struct sim_pack *p);
uint64_t sim_random(uint64_t *state);

/* From now on it has cells, a temperature and a BMS, at the charge that it has. */
void sim_bms_init(struct sim_pack *p, enum chemistry);
/* As sim_pack_set(), for what only such a pack has: "cells[7].capacity", "balance.current". False: it is none of these. */
bool sim_bms_set(struct sim_pack *p, const char *key, const char *value, const char **wrong);
/* After the currents have flowed for `time` (s): the BMS measures, decides and tells. */
void sim_bms_step(struct sim_pack *p, double time);

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
	struct sim_slot *first; /* of them, the one whose time comes next; NULL when there is none */
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

/* What the script waits for: a value of a pack, of the bank, or of what the GX is told. */
enum { SIM_BANK = -1, SIM_OUTPUT = -2, SIM_NOBODY = -3 };
struct sim_condition {
	int who; /* index of a pack, or one of the above; SIM_NOBODY: nothing is waited for */
	enum quantity q;
	bool above;    /* else below */
	int64_t value; /* which it must pass */
	int64_t after; /* us that it must have been so */
	bool each;     /* each time it comes true; else the first time only */
};

/* What the script changes. */
struct sim_event {
	int64_t at;           /* us from the start; with a condition: not before */
	int64_t every, until; /* us; every > 0: again and again */
	int64_t lasts;        /* us; > 0: a yes that becomes no again, or the other way round */
	struct sim_condition when;
	int pack;      /* index; SIM_BANK: charger, load or ambient */
	char key[40];
	char value[40];
};

struct scenario {
	int64_t duration; /* us; 0 = not said */
	int64_t seed;
	bool modelled; /* there is electricity: a charger, a load, or `electric: yes` */
	int64_t step;  /* us of the model */
	struct house_plan house;
	bool has_ambient;
	int64_t ambient; /* 0.1 degC */
	struct sim_event *events; /* those at 0 are the packs' steady values; else in order of time */
	int n_events, room;
};

void scenario_init(struct scenario *sc);
/* False when it has errors; they are in `problems`. Values are tried on a copy of the packs. */
bool scenario_load(struct scenario *sc, const char *path, const struct sim_pack *packs, int n_packs,
                   struct problems *problems);
void scenario_free(struct scenario *sc);
/* "3 kW" or "50 A" */
const char *flow_parse(const char *text, struct flow *out);

#endif
