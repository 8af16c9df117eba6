/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The electricity of simulated packs: cells with charge, open-circuit voltage, resistance and one RC pair; packs with a
 * temperature and paths that open; strings of packs in parallel that share one voltage. Pure: no clock, no I/O, only
 * + - * / on doubles (built without contraction), so the same inputs give the same bytes on every processor.
 * SI units, but for degC; currents and energies are positive while charging.
 */
#ifndef APP_SIM_ELECTRIC_H
#define APP_SIM_ELECTRIC_H

#include <stdbool.h>

#include "app/sim_ocv.h"
#include "core/quantity.h"
#include "core/settings.h"

struct electric_cell {
	double capacity, charge;             /* A s */
	double resistance, polar_resistance; /* at 25 degC */
	double polar;                        /* V over the RC pair */
	double bleed;                        /* A that its balancing takes out of it */
	double rest;                         /* V at rest, of the charge it has now */
};

struct electric_pack {
	const struct cell_kind *kind;
	int n;
	struct electric_cell cell[ARRAY_MAX];
	double leads;                /* resistance of what is between cells and terminals */
	double temperature, ambient; /* degC */
	double heat_capacity;        /* J/K, of all of it */
	double cooling;              /* W/K to the ambient */
	bool no_charge, no_discharge; /* that path is open: an ideal diode is left */
	bool off;                     /* both are, and it is not there */
	double current;
	double energy_in, energy_out, charge_in, charge_out; /* at the terminals, since the start */
	/* of its state now: what its terminals have without current, and per ampere */
	double emf, resistance;
	double factor; /* of resistances, by the temperature */
};

struct electric_bank {
	int n;
	struct electric_pack *pack[PACKS_MAX];
	int string_of[PACKS_MAX]; /* packs of one number are in series */
	int n_strings;
	double voltage, current;
	double emf[PACKS_MAX], resistance[PACKS_MAX];          /* of each string */
	bool no_charge[PACKS_MAX], no_discharge[PACKS_MAX];
};

/* All cells alike: `capacity` in A s, `resistance` of the whole pack (0: as usual for the kind), at rest at `soc`. */
void electric_pack_init(struct electric_pack *, const struct cell_kind *, int cells, double capacity, double soc);
/* 1 / heat capacity and cooling follow from these: a pack of this capacity takes `time` to cool by 63 %. */
void electric_pack_cooling(struct electric_pack *, double time);
void electric_cell_soc(struct electric_pack *, int cell, double soc);

/* Brings emf and resistance up to date. Needed after any change by hand, before what follows. */
void electric_refresh(struct electric_bank *);
/* What flows into the bank when its terminals are held at this voltage. */
double electric_current_at(const struct electric_bank *, double voltage);
/* The voltage at which this current flows into the bank; false when none does, as paths are open. */
bool electric_voltage_for(const struct electric_bank *, double current, double *voltage);
/* Lets `current` flow into the bank for `time`: each string gets its share. False, and nothing flows, when none can. */
bool electric_step(struct electric_bank *, double current, double time);

double electric_cell_voltage(const struct electric_pack *, int cell);
double electric_pack_voltage(const struct electric_pack *);
/* What can be taken out until the first cell is empty, and put in until the first is full. */
double electric_pack_left(const struct electric_pack *);
double electric_pack_room(const struct electric_pack *);

#endif
