/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What survives a restart: the state file (io/statefile) writes and reads it, the engine gives and takes it. */
#ifndef CORE_KEPT_H
#define CORE_KEPT_H

#include "core/pack.h"

struct kept {
	int32_t balanced_day;  /* struct wall's, of the last balancing charge, or from which is counted; 0 = none known */
	struct bound counter;  /* mAh, what the coulomb counter has in the bank */
	int64_t energy_in, energy_out; /* mWh, charged and discharged */
	struct bound limits[N_LIMIT];  /* as last told: they only cap, and only within the same boot */
};

#endif
