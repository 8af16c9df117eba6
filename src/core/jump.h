/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Values that jump: a battery's voltage, charge and warmth move slowly, so one that leaps is believed when it was said
 * several times in a row. Until then the last one holds, while it is fresh. */
#ifndef CORE_JUMP_H
#define CORE_JUMP_H

#include "core/battery.h"
#include "core/settings.h"

enum jumping { JUMP_VOLTAGE, JUMP_SOC, JUMP_TEMPERATURE, JUMP_CELL_TEMPERATURE_MIN, JUMP_CELL_TEMPERATURE_MAX, N_JUMP };

/* Memory of one pack. */
struct jumps {
	struct {
		int run;      /* so many times in a row it was said; 0 = it is not in doubt */
		int64_t value; /* the newest */
		int64_t time;  /* us, of the newest */
	} of[N_JUMP];
	uint64_t held; /* values that were not taken at once */
};

/* Puts `last` back into `b` where a value has leapt and was not said often enough. `profile`: how long values hold. */
void jumps_hold(struct jumps *j, struct battery *b, const struct battery *last, const struct profile *profile,
                const struct suspect_settings *s, int64_t now);

#endif
