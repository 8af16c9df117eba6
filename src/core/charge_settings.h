/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the config says of the charge voltage: its section `charge:`. */
#ifndef CORE_CHARGE_SETTINGS_H
#define CORE_CHARGE_SETTINGS_H

#include "core/bound.h"

/* How the packs' own CVLs become one. */
enum charge_combine {
	COMBINE_MIN,
	COMBINE_UNTIL_ALL_FLOAT, /* one that floats doesn't hold down the others */
	COMBINE_WHILE_BALANCING, /* the same, as long as some pack says that it balances its cells */
};

/* How the voltage comes back after a balancing charge. */
enum balance_back { BACK_DISCHARGE, BACK_AT_ONCE };

struct charge_settings {
	bool own; /* a voltage of battagg's own, within what the packs allow */

	int combine;            /* enum charge_combine */
	int floater_spread;     /* mV; with cells further apart a pack does not float, it has a cell that is too high */
	int64_t floater_memory; /* us; a pack that has not been at its highest CVL for so long has another one now */

	/* the own one; mV for each cell, 0 = the chemistry's own */
	int cell_voltage[12]; /* by month */
	int64_t offset;       /* mV, lost between charger and battery */
	int64_t lower;        /* mV/s of the bank: how fast it comes down where nothing is urgent */

	int64_t absorption_time; /* us at the top */
	int64_t tail_current;    /* 0.01 C; full below it, */
	int64_t tail_time;       /* us, for so long */
	int near;                /* mV for each cell: so close to the top is at the top */

	bool use_float;
	int float_voltage;   /* mV for each cell */
	int64_t back_soc;    /* 0.01 %; charged to the top again below it, */
	int back_voltage;    /* mV for each cell, or below this, */
	int64_t back_time;   /* us, for so long */

	int64_t balance_every;   /* us; 0 = only by hand */
	int balance_voltage;     /* mV for each cell; 0 = the chemistry's own */
	int balance_spread;      /* mV within a pack; no more is balanced */
	int64_t balance_hold;    /* us, for so long */
	int64_t balance_at_most; /* us at the top */
	int balance_back;        /* enum balance_back */

	/* a cell that is too high */
	struct bound reduce;  /* flag; not set: with an own voltage */
	int high_above;       /* mV; 0 = the chemistry's own */
	int high_floor;       /* mV for each cell; likewise */
	int64_t high_hold;    /* us */
	int64_t high_rise;    /* mV/s of the bank */
	int64_t high_smooth;  /* us; the battery's voltage is smoothed over so long */
	int64_t high_brief;   /* us; what is over for less is noise, */
	int high_much;        /* mV; unless it is over by so much */
};

#endif
