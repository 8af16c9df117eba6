/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a cell may be asked to bear, by chemistry. */
#include "core/chemistry.h"

#include <string.h>

/*
 * LFP: no charge at 3.60 V, no discharge at 2.80 V, 3.35 V as a safe resting charge voltage (design). Float 3.375 V
 * is dbus-serialbattery's default. NMC and LTO: the usual data-sheet ends (4.20 / 3.00 V, 2.80 / 1.80 V) with a
 * margin of 20 mV and 100 mV inwards, and about 50 % SoC as the safe voltage. Chemistry unknown: no guard. Full: 3.45 V
 * is MAX_CELL_VOLTAGE_SOC_FULL of dbus-aggregate-batteries 4.3; for the others, where the guard releases.
 * What it is charged to, and charged again at: LFP 3.45 V is what the aggregators charge to, 3.30 V YamBMS's rebulk; NMC
 * 4.10 V the usual 50 to 100 mV below full, for its life; LTO 2.50 V the most in dbus-aggregate-batteries' file for LTO.
 * A cell is high between what it is charged to and the guard;
 * to balance, it is charged 50 mV further than usual.
 */
const struct chemistry_row chemistries[N_CHEMISTRY] = {
	/*                name       nominal  high  release  low   release  float  full  safe  charge  balance  back  high */
	[CHEM_UNKNOWN] = { "unknown", 0,       0,    0,       0,    0,       0,     0,    0,    0,      0,       0,    0 },
	[CHEM_LFP]     = { "lfp",     3200,    3600, 3500,    2800, 3000,    3375,  3450, 3350, 3450,   3500,    3300, 3500 },
	[CHEM_NMC]     = { "nmc",     3650,    4180, 4100,    3100, 3300,    3950,  4100, 3700, 4100,   4150,    3850, 4150 },
	[CHEM_LTO]     = { "lto",     2300,    2750, 2650,    1900, 2050,    2450,  2650, 2300, 2500,   2550,    2350, 2650 },
};

int chemistry_find(const char *name)
{
	for (int i = CHEM_LFP; i < N_CHEMISTRY; i++)
		if (!strcmp(name, chemistries[i].name))
			return i;
	return -1;
}
