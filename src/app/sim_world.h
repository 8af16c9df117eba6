/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a scenario sets going: its events, and where it has electricity the packs, the house and their time. */
#ifndef APP_SIM_WORLD_H
#define APP_SIM_WORLD_H

#include "app/sim.h"

struct sim_turn; /* where an event stands */

struct sim_world {
	const struct config *config;
	const struct scenario *scenario;
	struct sim_bus *bus; /* whose packs these are */
	struct electric_bank bank;
	struct house house;
	bool ideal; /* the house knows all of it, at once */
	struct sim_turn *turns;
	int64_t now, next_step; /* us from the start */
	/* who wants to know; each may be NULL. After a step of `time` s; before an event is played */
	void (*stepped)(void *user, const struct sim_world *, double time);
	void (*played)(void *user, const struct sim_world *, const struct sim_event *);
	void *user;
};

/* False when out of memory. The scenario must outlive it. Makes packs electric where the scenario says so. */
bool world_init(struct sim_world *, const struct config *, const struct scenario *, struct sim_bus *, bool ideal);
void world_free(struct sim_world *);
/* When something happens next; INT64_MAX: never. */
int64_t world_next(const struct sim_world *);
/* Lets it happen. */
void world_turn(struct sim_world *);

/* SoC of all packs by what is in them, 0 to 1. */
double world_soc(const struct sim_world *);
/* A true value; false when there is none. `who` as in struct sim_condition. */
bool world_value(const struct sim_world *, int who, enum quantity, int64_t *value);

#endif
