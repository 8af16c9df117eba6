/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Quantities from others of the same pack. */
#include "core/compute.h"

#include "core/scale.h"

#define FULL 10000 /* 0.01 % */

const struct compute_units compute_units[N_COMPUTE_UNITS] = {
	{ COMPUTE_RATIO, UNIT_MAH, UNIT_MAH, UNIT_BP, 10000, 1 },
	{ COMPUTE_RATIO, UNIT_MW, UNIT_MV, UNIT_MA, 1000, 1 },
	{ COMPUTE_PRODUCT, UNIT_MV, UNIT_MA, UNIT_MW, 1, 1000 },
	{ COMPUTE_PRODUCT, UNIT_BP, UNIT_MAH, UNIT_MAH, 1, 10000 },
};

void compute_aged(struct battery *out, const struct profile *p, const struct seen *s, int64_t now)
{
	*out = s->b;
	for (int i = 0; i < N_QUANTITY; i++) {
		struct measure *m = &out->q[i];
		if (m->validity == VALID && now - m->time > p->frames[m->source].stale)
			m->validity = STALE;
	}
}

void compute_array_stale(const struct profile *p, int64_t out[N_ARRAY])
{
	for (int a = 0; a < N_ARRAY; a++)
		out[a] = 0;
	for (int i = 0; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		for (int k = 0; k < pf->n_fields; k++) {
			const struct field *f = &p->fields[pf->first_field + k];
			if (f->kind == FIELD_ARRAY && pf->stale > out[f->target])
				out[f->target] = pf->stale;
		}
	}
}

enum validity compute_element(const struct known *k, enum array a, int i, int64_t *value)
{
	const struct cells *c = k->cells;
	enum validity v = c->validity[a][i];
	*value = c->value[a][i];
	return v == VALID && k->now - c->time[a][i] > k->array_stale[a] ? STALE : v;
}

struct extremes compute_extremes(const struct known *k, enum array a, int from, int to, enum validity least)
{
	struct extremes e = { .oldest = k->now };
	for (int i = from; i <= to; i++) {
		int64_t value, time = k->cells->time[a][i - 1];
		enum validity v = compute_element(k, a, i - 1, &value);
		if (v < least)
			continue;
		if (!e.count || value < e.min)
			e.min = value, e.min_at = i;
		if (!e.count || value > e.max)
			e.max = value, e.max_at = i;
		e.sum += value;
		e.oldest = time < e.oldest ? time : e.oldest;
		e.stale = e.stale || v == STALE;
		e.count++;
	}
	return e;
}

bool compute_uses(const struct computed *c, const struct field *f, int element)
{
	for (unsigned i = 0; i < c->n_parts; i++) {
		const struct part *p = &c->parts[i];
		if (p->kind == f->kind && p->target == f->target &&
		    (!p->first || (element >= p->first && element <= p->last)))
			return true;
	}
	return false;
}

/* A part as if it were an array of its own. False when it is not all there. */
static bool look_up(const struct part *part, enum compute how, const struct known *k, struct extremes *e)
{
	if (part->kind == FIELD_ARRAY) {
		enum array a = part->target;
		bool all = !part->first;
		int from = all ? 1 : part->first, to = all ? k->cells->count[a] : part->last;
		if (all && k->n_cells && a == ARRAY_CELL_VOLTAGE)
			to = k->n_cells;
		*e = compute_extremes(k, a, from, to, STALE);
		/* of how many cells? at the start only the first ones have been heard of */
		bool guess = all && how == COMPUTE_SUM && !k->n_cells;
		return e->count && e->count == to - from + 1 && !guess;
	}
	const struct measure *m = &k->b->q[part->target];
	*e = (struct extremes){ 1, m->validity == STALE, m->value, m->value, m->value, m->time, 1, 1 };
	if (part->target == Q_CAPACITY) { /* what is installed does not get old */
		e->stale = false;
		e->oldest = k->now;
	}
	return m->validity >= STALE;
}

/* Two parts, by the table of units. */
static bool multiply(const struct computed *c, int64_t a, int64_t b, int64_t *out)
{
	const struct compute_units *u = compute_units;
	/* the loader has made sure that there is one */
	while (u->how != c->how || u->result != quantities[c->target].unit)
		u++;
	if (c->how == COMPUTE_RATIO && b <= 0)
		return false;
	enum rounding r = quantities[c->target].rounding;
	*out = c->how == COMPUTE_RATIO ? divide(a * u->num, b, r) : divide(a * b * u->num, u->den, r);
	return true;
}

/* Adds a part to those before it. */
static void join(struct extremes *all, const struct extremes *e)
{
	bool first = !all->count;
	all->min = first || e->min < all->min ? e->min : all->min;
	all->max = first || e->max > all->max ? e->max : all->max;
	all->sum += e->sum;
	all->oldest = first || e->oldest < all->oldest ? e->oldest : all->oldest;
	all->stale = all->stale || e->stale;
	all->count += e->count;
}

bool compute(const struct computed *c, const struct known *k, struct measure *out)
{
	const struct quantity_row *row = &quantities[c->target];
	struct extremes all = { 0 };
	int64_t operand[PARTS_MAX];
	for (unsigned i = 0; i < c->n_parts; i++) {
		struct extremes e;
		if (!look_up(&c->parts[i], (enum compute)c->how, k, &e))
			return false;
		operand[i] = e.sum;
		join(&all, &e);
	}
	int64_t value = c->how == COMPUTE_MIN ? all.min : c->how == COMPUTE_MAX ? all.max : all.sum;
	if (c->how >= COMPUTE_RATIO && !multiply(c, operand[0], operand[1], &value))
		return false;
	if (row->unit == UNIT_BP && value > FULL)
		value = FULL; /* a battery may hold more than it is sold as */
	*out = (struct measure){ .value = value, .time = all.oldest, .validity = all.stale ? STALE : VALID,
		                 .source = SOURCE_NONE };
	return value >= row->min && value <= row->max;
}

void compute_fill(const struct computed *rows, unsigned n, const struct known *k)
{
	for (const struct computed *c = rows; c < rows + n; c++) {
		struct measure *have = &k->b->q[c->target], made;
		bool keep = have->validity == VALID ? c->fill != FILL_WORSE || !have->rank :
		                                      have->validity == STALE && c->fill == FILL_UNTOLD;
		if (!keep && compute(c, k, &made) && (made.validity > have->validity || made.validity == VALID))
			*have = made;
	}
}
