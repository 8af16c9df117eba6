/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a simulated cell is made of, by chemistry: its open-circuit voltage over its charge, its resistance. */
#ifndef APP_SIM_OCV_H
#define APP_SIM_OCV_H

#include "core/chemistry.h"

struct ocv_point {
	double soc;  /* 0 to 1 */
	double volt;
};

struct cell_kind {
	const struct ocv_point *points;
	int n_points;
	/* ohm x Ah at 25 degC: a cell of twice the capacity has half the resistance */
	double resistance;
	double polar_resistance;
	double polar_time; /* s, of the one RC pair */
	/* what its BMS does, V per cell: where currents begin to taper and are 0, where a path opens and closes again */
	double taper_high, taper_high_end, cut_high, cut_high_release;
	double taper_low, taper_low_end, cut_low, cut_low_release;
	double cold; /* degC: no charging below */
};

/* Unknown chemistry is taken for LFP. */
const struct cell_kind *cell_kind(enum chemistry);
/* V at rest; beyond empty and full the curve's ends go on, as when a cell is overcharged or discharged too deeply. */
double cell_ocv(const struct cell_kind *, double soc);

#endif
