/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the numbers of simulated cells by chemistry. */
#include "app/sim_ocv.h"

#define COUNT(points) (int)(sizeof(points) / sizeof *(points))
/* Nothing that is measured or charged by a BMS has such voltages. */
#define VOLT_MIN 0.5
#define VOLT_MAX 5.0

/*
 * Measured at C/32 on a Lithium Werks APR18650M1B, and cut to ten points: S. Sunil, K. Pattipati, B. Balasingam,
 * "Piecewise Linear Approximation of Battery Open-Circuit Voltage Characteristics Using Dynamic Programming", IEEE
 * Transactions on Instrumentation and Measurement, 2025; table in github.com/soorajsunil/Piecewise-Battery-OCV.
 */
static const struct ocv_point lfp[] = {
	{ 0.0000, 2.0102 }, { 0.0033, 2.4177 }, { 0.0117, 2.7405 }, { 0.0267, 2.9299 }, { 0.0534, 3.0872 },
	{ 0.0885, 3.1942 }, { 0.2972, 3.2772 }, { 0.9833, 3.3511 }, { 0.9950, 3.4180 }, { 1.0000, 3.5981 },
};

/*
 * LG M50 (NMC 811 and graphite): the two electrodes' potentials as fitted by C.-H. Chen and others, Journal of the
 * Electrochemical Society 167 (2020) 080534, one less the other, between their concentrations at 2.5 V (0.0279 and 0.9084
 * of the most) and at 4.2 V (0.9014 and 0.2661).
 */
static const struct ocv_point nmc[] = {
	{ 0.00, 2.498 }, { 0.01, 2.695 }, { 0.02, 2.837 }, { 0.05, 3.073 }, { 0.10, 3.258 }, { 0.15, 3.396 }, { 0.20, 3.449 },
	{ 0.30, 3.548 }, { 0.40, 3.634 }, { 0.50, 3.708 }, { 0.60, 3.809 }, { 0.70, 3.924 }, { 0.80, 4.022 }, { 0.90, 4.094 },
	{ 0.95, 4.116 }, { 1.00, 4.193 },
};

/*
 * The same NMC electrode against the plateau of lithium titanate, 1.55 V over lithium; no cell was measured for it. Where the
 * titanate empties the voltage falls to the end of Toshiba's SCiB, 1.5 V (greencarcongress.com, May 2008: 2.8 to 1.7 V, 1.5 V in
 * the cold).
 */
static const struct ocv_point lto[] = {
	{ 0.00, 1.500 }, { 0.01, 1.850 }, { 0.03, 2.000 }, { 0.05, 2.037 }, { 0.10, 2.063 }, { 0.20, 2.115 }, { 0.30, 2.168 },
	{ 0.40, 2.222 }, { 0.50, 2.291 }, { 0.60, 2.391 }, { 0.70, 2.472 }, { 0.80, 2.564 }, { 0.90, 2.636 }, { 0.95, 2.658 },
	{ 1.00, 2.735 },
};

/*
 * Resistances: LFP is chosen for what 100 Ah prismatic cells have under load, 0.7 mOhm and 0.3 mOhm that build up within half
 * a minute; NMC after a 27 Ah pouch cell at 25 degC (github.com/qnovo-jags/SingleCellPackModel: 8.2 and 2 mOhm, 40 s); LTO
 * after SCiB's 3 Ah cell (2.5 mOhm after 10 s, source above). BMS: what data sheets call the cells' ends, tapers inside them.
 */
static const struct cell_kind kinds[N_CHEMISTRY] = {
	[CHEM_LFP] = { lfp, COUNT(lfp), 0.070, 0.030, 30, 3.45, 3.58, 3.65, 3.45, 3.10, 2.85, 2.50, 3.00, 0 },
	[CHEM_NMC] = { nmc, COUNT(nmc), 0.220, 0.055, 40, 4.10, 4.19, 4.25, 4.10, 3.40, 3.15, 2.75, 3.30, 0 },
	[CHEM_LTO] = { lto, COUNT(lto), 0.006, 0.002, 20, 2.65, 2.75, 2.85, 2.65, 2.05, 1.92, 1.60, 2.00, -20 },
};

const struct cell_kind *cell_kind(enum chemistry c)
{
	return &kinds[c == CHEM_UNKNOWN ? CHEM_LFP : c];
}

double cell_ocv(const struct cell_kind *k, double soc)
{
	const struct ocv_point *p = k->points;
	double volt;
	int i = 1;
	while (i < k->n_points - 1 && soc > p[i].soc)
		i++;
	volt = p[i - 1].volt + (soc - p[i - 1].soc) * (p[i].volt - p[i - 1].volt) / (p[i].soc - p[i - 1].soc);
	return volt < VOLT_MIN ? VOLT_MIN : volt > VOLT_MAX ? VOLT_MAX : volt;
}
