/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A scenario while it is read: sim_scenario.c the packs and events, sim_scenario_house.c the house and conditions. */
#ifndef APP_SIM_SCENARIO_H
#define APP_SIM_SCENARIO_H

#include "app/sim.h"
#include "config/unit.h"

struct loading {
	struct scenario *sc;
	struct yaml_doc *doc;
	struct problems *problems;
	const struct sim_pack *packs;
	int n_packs;
};

/* The index of a pack; -1 when there is none of that name. */
int scenario_find_pack(const struct loading *, const char *name);
/* A number from `min` to `max`, in steps of its dimension. NULL as node: nothing to read, out stays. */
bool scenario_number(struct loading *, struct yaml_node *, const char *name, enum dimension, int64_t min, int64_t max,
                     int64_t *out);
bool scenario_flag(struct loading *, struct yaml_node *, const char *name, bool *out);
/* `charger:` and the like of the root; true when it has any. */
bool scenario_house(struct loading *, struct yaml_node *root);
/* `when: { pack: A, soc: "< 20 %" }` */
void scenario_condition(struct loading *, struct yaml_node *, struct sim_condition *);

#define SCENARIO_TIME_MAX (INT64_C(366) * 24 * 3600 * 1000000)

#endif
