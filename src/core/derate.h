/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The config's curves at work: what a pack asks for, lowered by its own cells, temperatures and state of charge. */
#ifndef CORE_DERATE_H
#define CORE_DERATE_H

#include "core/settings.h"

struct ask;
struct pack;

enum curve_input { INPUT_CELL_HIGH, INPUT_CELL_LOW, INPUT_COLDEST, INPUT_HOTTEST, INPUT_SOC, INPUT_SPREAD, N_CURVE_INPUT };

/* What of a pack curves go by, as it was last known: what is not told any more still holds. */
struct derate_input {
	bool known;
	int16_t number; /* of the cell or sensor, from 1; 0 = unknown */
	int32_t value;  /* internal step of its quantity */
};
struct derate_state {
	struct derate_input input[N_CURVE_INPUT];
	bool shut[2][N_CURVE_INPUT]; /* enum direction; by the curve over this input: it gave 0, and not enough since */
};

/* Once a step, when the pack has been brought up to date. */
void derate_step(struct pack *p, const struct settings *s);

/* Lowers what a pack asks for as charge or discharge current to what its curves allow; the smallest holds. */
void derate(struct ask *ask, const struct pack *p, enum direction d, const struct settings *s);

#endif
