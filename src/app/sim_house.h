/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The house that simulated packs belong to: chargers, an inverter with loads, and a GX that makes them do what the battery
 * on the output interface says. A GX takes limits over every 3 s; without a BMS it stops the chargers after 60 s (so for
 * battagg's readers; DVCC itself has no such time) and a Multi ends after 5 minutes more.
 */
#ifndef APP_SIM_HOUSE_H
#define APP_SIM_HOUSE_H

#include "app/sim_electric.h"
#include "core/codec.h"

/* Power or current, never negative. */
struct flow {
	bool is_power;
	double value; /* W or A */
};

#define FLOW_STEPS_MAX 96
struct flow_plan {
	int n;
	struct {
		int64_t at; /* us from the start; it holds until the next */
		struct flow flow;
	} step[FLOW_STEPS_MAX];
	bool sun; /* instead: a parabola from sunrise to sunset, each day */
	double peak; /* W */
	int64_t rise, set; /* us of the day */
};

struct house_plan {
	struct flow_plan charger, load;
	int64_t period;  /* us between two looks of the GX at the battery */
	int64_t lost;    /* us without a valid output: chargers stop */
	double ramp;     /* A/s, of the chargers */
	bool grid;       /* the inverter keeps to the DCL, and the grid gives the rest; else it is only on or off */
	bool feed_in;    /* what comes from the sun is not limited by the CCL, as on a GX with DC-coupled feed-in */
};

struct house_tally {
	double wanted, served; /* J, of the loads, by the battery and chargers; the rest came from the grid, or was missing */
	double charged;        /* J, of the chargers */
	double off;            /* s in which the house had no power though it wanted some */
	int offs;
};

struct house {
	struct house_plan plan;
	/* what the GX hears */
	const struct profile *profile;
	struct seen seen;
	bool heard;
	int64_t heard_at;
	/* what it makes of it */
	int64_t next_look;
	bool stopped;   /* no BMS: no charging */
	bool inverter_off, low;
	int64_t well_since;
	double cvl, ccl, dcl, low_voltage; /* as of the last look */
	double charge_limit;               /* what the chargers have come to */
	double charger, load; /* A, now */
	bool off;
	struct house_tally tally;
};

extern const struct house_plan house_plan_default;

void house_init(struct house *, const struct house_plan *, const struct profile *output);
/* A frame on the output interface. */
void house_hear(struct house *, const struct frame *, int64_t now);
/* Lets time pass: `now` is its end, us from the start; `time` in s. */
void house_step(struct house *, struct electric_bank *, int64_t now, double time);

/* What may flow in and out now, A: for a house that knows all there is to know. */
struct house_bounds {
	double ccl, dcl;
};
void house_step_ideal(struct house *, struct electric_bank *, const struct house_bounds *, int64_t now, double time);

double flow_at(const struct flow_plan *, int64_t now, double voltage, double *watt);

#endif
