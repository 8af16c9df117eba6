/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the config says of the charge voltage: its section `charge:`. */
#ifndef CORE_CHARGE_SETTINGS_H
#define CORE_CHARGE_SETTINGS_H

#include <stdint.h>

/* How the packs' own CVLs become one. */
enum charge_combine {
	COMBINE_MIN,
	COMBINE_UNTIL_ALL_FLOAT, /* one that floats doesn't hold down the others */
	COMBINE_WHILE_BALANCING, /* the same, as long as some pack says that it balances its cells */
};

struct charge_settings {
	int combine;            /* enum charge_combine */
	int floater_spread;     /* mV; with cells further apart a pack does not float, it has a cell that is too high */
	int64_t floater_memory; /* us; a pack that has not been at its highest CVL for so long has another one now */
};

#endif
