/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Charge and energy that went through the bank, counted: a state of charge of battagg's own, and how full is full. */
#ifndef CORE_COUNTER_H
#define CORE_COUNTER_H

#include "core/tree.h"

struct counter {
	bool known;
	int64_t charge; /* mA us that are in the bank */
	int64_t at;     /* us, counted up to here; 0 = not yet */
	bool full, empty; /* seen so, until it was clearly not so any more */
	int64_t full_since, empty_since; /* us, it looks so since; 0 = it does not */
	int64_t resets; /* times it was set to full or empty */
	int64_t drift;  /* the counter's less the packs' SoC, 0.01 % */
};

/* Energy and charge since the beginning of the state file. */
struct meter {
	int64_t at;      /* us, metered up to here; 0 = not yet */
	int64_t in, out; /* mWh */
	int64_t in_rest, out_rest; /* nJ, less than 1 mWh */
};

/* Counts up to now. `packs`: their SoC, 0.01 %, to begin with, when there is a full picture. */
void counter_step(struct counter *c, const struct tree *t, int64_t packs, bool picture);
void counter_set(struct counter *c, int64_t capacity_mah, int64_t soc);
void counter_restore(struct counter *c, int64_t mah);
int64_t counter_soc(const struct counter *c, const struct battery *bank); /* 0.01 %, rounded down */
int64_t counter_mah(const struct counter *c);

void meter_step(struct meter *m, const struct battery *bank, int64_t now);

#endif
