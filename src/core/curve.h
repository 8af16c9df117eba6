/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a limit is at some value of something else: points from the config, straight lines or steps between them. */
#ifndef CORE_CURVE_H
#define CORE_CURVE_H

#include <stdbool.h>
#include <stdint.h>

#define CURVE_POINTS_MAX 16

/* What the numbers of a curve are: */
enum curve_of {
	CURVE_SHARE,   /* 0.01 % of what is limited */
	CURVE_CURRENT, /* mA */
	CURVE_C_RATE,  /* 0.01 C */
};

struct curve {
	uint8_t n;  /* points; 0 = there is none */
	uint8_t of; /* enum curve_of */
	bool off;   /* of a pack: the bank's does not hold for it */
	int32_t x[CURVE_POINTS_MAX]; /* rising; internal step of its quantity */
	int32_t y[CURVE_POINTS_MAX];
};

/* Of a curve that has points. Beyond its ends the end's value holds. `step`: between two points the smaller of theirs
 * does. Rounded down. */
int64_t curve_at(const struct curve *c, int64_t x, bool step);

int64_t curve_most(const struct curve *c); /* its highest point */

/* Where it gives the most: the x nearest to this one. */
int64_t curve_free(const struct curve *c, int64_t x);

/* A limit by itself, as a point of a curve has it. */
struct amount {
	bool set;
	uint8_t of; /* enum curve_of */
	int32_t value;
};

/* In mA: a share of `whole` mA, or by a capacity in mAh; false for a rate of an unknown capacity (0). Rounded down. */
bool amount_in_ma(enum curve_of of, int64_t value, int64_t whole, int64_t capacity, int64_t *out);

/* What curves can be over; one each for charging and discharging. */
enum curve_over {
	OVER_CELL_VOLTAGE, /* the highest cell when charging, the lowest when discharging */
	OVER_TEMPERATURE,  /* of the coldest and of the hottest: the stricter */
	OVER_SOC,
	OVER_SPREAD,       /* highest less lowest cell voltage */
	N_CURVE
};

#endif
