/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a cell may be asked to bear, by chemistry. All in mV for one cell. */
#ifndef CORE_CHEMISTRY_H
#define CORE_CHEMISTRY_H

#include <stdint.h>

enum chemistry { CHEM_UNKNOWN, CHEM_LFP, CHEM_NMC, CHEM_LTO, N_CHEMISTRY };

struct chemistry_row {
	const char *name;
	int32_t nominal;
	int32_t guard_high, guard_high_release; /* no charge at the first until at or below the second */
	int32_t guard_low, guard_low_release;   /* no discharge at the first until at or above the second */
	int32_t float_voltage; /* charge voltage per cell while charging is blocked hard, and once the battery is full */
	int32_t full_voltage;   /* a cell that has it while little flows in is full */
	int32_t safe_voltage;  /* charge voltage per cell when nothing is known any more */
	int32_t charge_voltage; /* to which it is charged, */
	int32_t balance_voltage; /* and now and then, to balance the cells */
	int32_t back_voltage;   /* below it float ends */
	int32_t high_voltage;   /* a cell above it is given less */
};

extern const struct chemistry_row chemistries[N_CHEMISTRY];
int chemistry_find(const char *name); /* -1 when unknown */

#endif
