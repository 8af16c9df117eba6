/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What batteries of four brands say: their frames, made byte by byte, by no table that battagg reads. */
#ifndef FUZZ_BRANDS_H
#define FUZZ_BRANDS_H

#include "core/frame.h"

enum brand { VICTRON, PYLONTECH, BYD, JK, N_BRAND };

struct saying {
	int32_t voltage;      /* 10 mV */
	int32_t current;      /* 0.1 A */
	int32_t soc;          /* % */
	int32_t cvl, low;     /* 0.1 V, as the raw number */
	int32_t ccl, dcl;     /* 0.1 A, likewise */
	int32_t cell_max, cell_min; /* mV */
	int32_t capacity;     /* Ah */
	bool high_voltage, low_voltage; /* alarms */
	bool may_charge, may_discharge;
	bool silent;
};

extern const struct saying healthy;

#define CYCLE_MAX 16
/* One cycle of such a battery; returns the number of frames. */
int brand_cycle(enum brand b, unsigned address, const struct saying *s, struct frame out[CYCLE_MAX]);

#endif
