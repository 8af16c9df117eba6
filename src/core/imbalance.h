/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * How far the strings of the bank are apart: in state of charge, in voltage, and, by their capacities, in current. What was
 * found stays as it is while a string that was in the bank is lost or not fresh: that a pack falls silent makes nothing
 * even. When it is gone it counts no more.
 */
#ifndef CORE_IMBALANCE_H
#define CORE_IMBALANCE_H

#include "core/detector.h"
#include "core/tree.h"

enum imbalance_kind { IMBALANCE_SOC, IMBALANCE_VOLTAGE, IMBALANCE_CHARGE, IMBALANCE_DISCHARGE, N_IMBALANCE };

struct imbalance_row {
	const char *name;
	enum imbalance_of of; /* whose settings */
	enum unit unit;
	int decimals;
	const char *what; /* "apart in ..." */
};
extern const struct imbalance_row imbalances[N_IMBALANCE];

struct imbalance {
	struct detector found[N_IMBALANCE];
	int16_t most[N_IMBALANCE], least[N_IMBALANCE]; /* first packs of the strings that are the furthest apart; -1 = gone */
	struct detector tier[2][CURVE_POINTS_MAX]; /* enum direction; per point of settings.soc_tiers */
	struct {                                   /* the CVL that is lowered */
		bool active;
		int64_t value; /* uV */
		int64_t last;  /* us of the last step */
	} cvl;
};

/* A limit that is proposed. */
struct imbalance_limit {
	bool any;
	int64_t value;
	struct reason reason;
};

/* Once a step. */
void imbalance_step(struct imbalance *im, const struct tree *t);

/* What the config says for what is found: of a bank that may have `whole` mA otherwise, with `capacity` mAh. */
struct imbalance_limit imbalance_current(const struct imbalance *im, const struct settings *s, enum direction d,
                                         int64_t whole, int64_t capacity);

/* Once a step: the CVL, of a bank that has `free` mV otherwise. It goes down to a floor, and up again when the packs are even, by
 * ramps of its own; it never follows what is measured. */
struct imbalance_limit imbalance_voltage(struct imbalance *im, const struct tree *t, int64_t free);

/* After a reload: `to` has the new index of each pack, -1 where it is no more. */
void imbalance_adopt(struct imbalance *im, const int *to);

#endif
