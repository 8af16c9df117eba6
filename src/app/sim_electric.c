/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the electricity of simulated packs. */
#include "app/sim_electric.h"

#define AS_PER_AH 3600.0
/* 1000 J/(kg K) and 160 Wh/kg of lithium cells, at 3.2 V: 20 J/K for each Ah of a cell. */
#define HEAT_PER_AH 20.0
#define COOLING_TIME (3 * 3600.0)
#define LEADS_DEFAULT 0.002 /* cables, fuse, MOSFETs */

/*
 * Resistance over temperature, by that at 25 degC. Chosen in between: a 27 Ah NMC cell has 1.4 times at 5 degC
 * (github.com/qnovo-jags/SingleCellPackModel, both resistances at half charge); LFP is known to be worse in the cold.
 */
static const struct {
	double temperature, factor;
} warmth[] = { { -20, 3.5 }, { 0, 1.8 }, { 10, 1.35 }, { 25, 1 }, { 45, 0.9 } };

static double resistance_factor(double t)
{
	int last = (int)(sizeof warmth / sizeof *warmth) - 1, i = 1;
	if (t <= warmth[0].temperature)
		return warmth[0].factor;
	if (t >= warmth[last].temperature)
		return warmth[last].factor;
	while (t > warmth[i].temperature)
		i++;
	return warmth[i - 1].factor + (t - warmth[i - 1].temperature) * (warmth[i].factor - warmth[i - 1].factor) /
	                                      (warmth[i].temperature - warmth[i - 1].temperature);
}

static void refresh_pack(struct electric_pack *p)
{
	double ohms = 0;
	p->factor = resistance_factor(p->temperature);
	p->emf = 0;
	for (int i = 0; i < p->n; i++) {
		p->emf += p->cell[i].rest + p->cell[i].polar;
		ohms += p->cell[i].resistance;
	}
	p->resistance = ohms * p->factor + p->leads;
}

void electric_cell_soc(struct electric_pack *p, int cell, double soc)
{
	struct electric_cell *c = &p->cell[cell];
	c->charge = c->capacity * soc;
	c->rest = cell_ocv(p->kind, soc);
	c->polar = 0;
}

void electric_pack_cooling(struct electric_pack *p, double time)
{
	p->cooling = p->heat_capacity / time;
}

void electric_pack_init(struct electric_pack *p, const struct cell_kind *kind, int cells, double capacity, double soc)
{
	double hours = capacity / AS_PER_AH;
	*p = (struct electric_pack){ .kind = kind, .n = cells, .leads = LEADS_DEFAULT, .temperature = 20, .ambient = 20 };
	for (int i = 0; i < cells; i++) {
		p->cell[i].capacity = capacity;
		p->cell[i].resistance = kind->resistance / hours;
		p->cell[i].polar_resistance = kind->polar_resistance / hours;
		electric_cell_soc(p, i, soc);
	}
	p->heat_capacity = HEAT_PER_AH * hours * cells;
	electric_pack_cooling(p, COOLING_TIME);
	refresh_pack(p);
}

void electric_refresh(struct electric_bank *b)
{
	for (int s = 0; s < b->n_strings; s++) {
		b->emf[s] = b->resistance[s] = 0;
		b->no_charge[s] = b->no_discharge[s] = false;
	}
	for (int i = 0; i < b->n; i++) {
		struct electric_pack *p = b->pack[i];
		int s = b->string_of[i];
		refresh_pack(p);
		b->emf[s] += p->emf;
		b->resistance[s] += p->resistance;
		b->no_charge[s] = b->no_charge[s] || p->no_charge || p->off;
		b->no_discharge[s] = b->no_discharge[s] || p->no_discharge || p->off;
	}
}

/* What flows into a string whose terminals are held at a voltage. */
static double string_current(const struct electric_bank *b, int s, double voltage)
{
	double current = (voltage - b->emf[s]) / b->resistance[s];
	bool open = current > 0 ? b->no_charge[s] : b->no_discharge[s];
	return open ? 0 : current;
}

double electric_current_at(const struct electric_bank *b, double voltage)
{
	double sum = 0;
	for (int s = 0; s < b->n_strings; s++)
		sum += string_current(b, s, voltage);
	return sum;
}

/*
 * The current rises with the voltage, in straight lines that bend where a half-open string begins to conduct: at its
 * emf. Between the two bends that enclose the current wanted, it is known which strings conduct, and
 * sum((U - emf) / R) = I gives U at once.
 */
bool electric_voltage_for(const struct electric_bank *b, double current, double *voltage)
{
	bool has_low = false, has_high = false;
	double low = 0, high = 0, siemens = 0, sum = 0;
	for (int s = 0; s < b->n_strings; s++) {
		if (b->no_charge[s] == b->no_discharge[s])
			continue; /* no bend */
		if (electric_current_at(b, b->emf[s]) <= current) {
			low = !has_low || b->emf[s] > low ? b->emf[s] : low;
			has_low = true;
		} else {
			high = !has_high || b->emf[s] < high ? b->emf[s] : high;
			has_high = true;
		}
	}
	for (int s = 0; s < b->n_strings; s++) {
		bool below = has_low && b->emf[s] <= low; /* the voltage is over its emf: it would be charged */
		if (b->no_charge[s] && (b->no_discharge[s] || below))
			continue;
		if (b->no_discharge[s] && !below)
			continue;
		siemens += 1 / b->resistance[s];
		sum += b->emf[s] / b->resistance[s];
	}
	if (siemens > 0)
		*voltage = (current + sum) / siemens;
	return siemens > 0;
}

static void step_pack(struct electric_pack *p, double current, double time)
{
	double factor = p->factor, heat = current * current * p->leads, power;
	power = current * (p->emf + current * p->resistance);
	for (int i = 0; i < p->n; i++) {
		struct electric_cell *c = &p->cell[i];
		double wait = time / p->kind->polar_time, drop = current * c->polar_resistance * factor;
		c->charge += (current - c->bleed) * time;
		c->rest = cell_ocv(p->kind, c->charge / c->capacity);
		c->polar = (c->polar + drop * wait) / (1 + wait); /* implicit: stable however long the step */
		heat += current * current * c->resistance * factor + c->bleed * c->rest;
		heat += c->polar * c->polar / (c->polar_resistance * factor);
	}
	p->temperature += (heat - (p->temperature - p->ambient) * p->cooling) * time / p->heat_capacity;
	p->current = current;
	if (power > 0) {
		p->energy_in += power * time;
		p->charge_in += current * time;
	} else {
		p->energy_out -= power * time;
		p->charge_out -= current * time;
	}
}

bool electric_step(struct electric_bank *b, double current, double time)
{
	double voltage = 0;
	bool flows;
	electric_refresh(b);
	flows = electric_voltage_for(b, current, &voltage);
	for (int i = 0; i < b->n; i++)
		step_pack(b->pack[i], flows ? string_current(b, b->string_of[i], voltage) : 0, time);
	b->voltage = flows ? voltage : b->voltage;
	b->current = flows ? current : 0;
	electric_refresh(b);
	return flows;
}

double electric_cell_voltage(const struct electric_pack *p, int cell)
{
	const struct electric_cell *c = &p->cell[cell];
	return c->rest + c->polar + (p->current - c->bleed) * c->resistance * p->factor;
}

double electric_pack_voltage(const struct electric_pack *p)
{
	return p->emf + p->current * p->resistance;
}

double electric_pack_left(const struct electric_pack *p)
{
	double least = p->cell[0].charge;
	for (int i = 1; i < p->n; i++)
		least = p->cell[i].charge < least ? p->cell[i].charge : least;
	return least;
}

double electric_pack_room(const struct electric_pack *p)
{
	double least = p->cell[0].capacity - p->cell[0].charge;
	for (int i = 1; i < p->n; i++) {
		double room = p->cell[i].capacity - p->cell[i].charge;
		least = room < least ? room : least;
	}
	return least;
}
