/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Packs that lie, as far as others show it: one whose numbers stand still while the others' current moves, and one whose
 * state of charge its voltage at rest contradicts. Both are said, neither is decided upon: who lies can't be known.
 */
#ifndef CORE_SUSPECT_H
#define CORE_SUSPECT_H

#include "core/detector.h"
#include "core/journal.h"

/* Memory of one pack. */
struct suspicion {
	uint64_t print;    /* of all that it measures */
	int64_t changed;   /* us, of its last change; 0 = not looked at yet */
	bool others;       /* their current has been seen since */
	int64_t low, high; /* 0.01 % of 1 C: between these it has moved since */
	struct detector frozen; /* value, threshold: us without a change */
	int64_t resting;   /* us, no current to speak of since; 0 = some flows */
	struct detector soc; /* value: how far its SoC is from what its voltage allows, 0.01 %; threshold 1: any */
	int64_t soc_told, voltage; /* what it says, 0.01 %, and its voltage per cell, mV, as of the last rest */
};

#define SUSPECT_STANDS_STILL "its values stand still while the others' current moves: has its BMS hung?"

/* After the packs were brought up to date. `shunt`: what measures the bank's current, NULL if nothing does. */
void suspect_step(struct suspicion suspicions[PACKS_MAX], const struct tree *t, const struct pack *shunt,
                  struct journal *j);

/* The lowest and highest SoC (0.01 %) that a cell of this voltage can have at rest; false: nothing is known of it. */
bool suspect_soc_range(enum chemistry chemistry, int64_t cell_mv, int64_t *low, int64_t *high);

/* "its SoC of 90 % does not fit its voltage at rest, 3.210 V per cell"; or that it does again. Returns buf. */
const char *suspect_print_soc(char *buf, size_t size, const struct suspicion *x);

#endif
