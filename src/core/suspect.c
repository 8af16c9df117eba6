/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Packs that lie, as far as others show it. */
#include "core/suspect.h"

#include <stdio.h>

#include "core/scale.h"

/*
 * What a cell at rest can hold, wide on purpose: charts differ, cells relax for hours, and LFP is flat from 20 to 90 %.
 * LFP: charts have 3.00 V at about 20 %, 3.20 V at 40 to 60 %, 3.40 V at 90 % and more (abkpower.com, "LiFePO4 voltage
 * charts"; lifepo4batteryhq.com, voltage table). NMC: 3.00 V at 0 %, 3.80 V at 50 %, 4.20 V at 100 %
 * (utilitiesbunker.com, Li-ion SOC from OCV). 20 to 30 % are added to either side. LTO: no chart that could be cited.
 */
static const struct curve at_most[N_CHEMISTRY] = {
	[CHEM_LFP] = { .n = 3, .x = { 3000, 3200, 3300 }, .y = { 4000, 8000, 10000 } },
	[CHEM_NMC] = { .n = 3, .x = { 3000, 3800, 4000 }, .y = { 2500, 7500, 10000 } },
};
static const struct curve at_least[N_CHEMISTRY] = {
	[CHEM_LFP] = { .n = 3, .x = { 3300, 3340, 3400 }, .y = { 0, 3000, 7000 } },
	[CHEM_NMC] = { .n = 3, .x = { 3600, 3800, 4200 }, .y = { 0, 2500, 7500 } },
};

bool suspect_soc_range(enum chemistry chemistry, int64_t cell_mv, int64_t *low, int64_t *high)
{
	if (!at_most[chemistry].n)
		return false;
	*low = curve_at(&at_least[chemistry], cell_mv, false);
	*high = curve_at(&at_most[chemistry], cell_mv, false);
	return true;
}

/* FNV-1a over whole words: any change will do. */
static uint64_t print_of(const struct pack *p)
{
	uint64_t print = UINT64_C(0xCBF29CE484222325);
	for (int q = 0; q < N_QUANTITY; q++)
		print = (print ^ (uint64_t)p->seen.b.q[q].value) * UINT64_C(0x100000001B3);
	for (int i = 0; i < p->seen.cells.count[ARRAY_CELL_VOLTAGE]; i++)
		print = (print ^ (uint64_t)p->seen.cells.value[ARRAY_CELL_VOLTAGE][i]) * UINT64_C(0x100000001B3);
	return print;
}

static int64_t rate(const struct pack *p)
{
	return p->b.q[Q_CURRENT].value * 10000 / pack_capacity(p);
}

static bool has_rate(const struct pack *p)
{
	return p->state == PACK_ONLINE && battery_has(&p->b, Q_CURRENT) && pack_capacity(p);
}

/* What the others' current is, as the mean of their C rates, 0.01 % of 1 C; or the shunt's. */
static bool others_rate(const struct tree *t, int self, const struct pack *shunt, int64_t *out)
{
	int64_t sum = 0, capacity = 0;
	int n = 0;
	for (int i = 0; i < t->n; i++)
		capacity += t->nodes[i].online ? t->nodes[i].capacity : 0;
	if (shunt && capacity) {
		*out = shunt->b.q[Q_CURRENT].value * 10000 / capacity;
		return true;
	}
	for (int i = 0; i < t->n_packs; i++) {
		if (i == self || !has_rate(&t->packs[i]))
			continue;
		sum += rate(&t->packs[i]);
		n++;
	}
	if (n)
		*out = divide(sum, n, ROUND_NEAREST);
	return n > 0;
}

/* One that blocks has no current to show. */
static bool may_flow(const struct pack *p, int index, const struct tree *t)
{
	for (int d = 0; d < 2; d++) {
		struct ask ask = ask_limit(p, index, d == CHARGE ? LIMIT_CCL : LIMIT_DCL, t->s, t->now);
		bool protection;
		if (ask_blocked(p, &ask, (enum direction)d, &protection))
			return false;
	}
	return true;
}

static void look_frozen(struct suspicion *x, int index, const struct tree *t, const struct pack *shunt, struct journal *j)
{
	const struct pack *p = &t->packs[index];
	const struct suspect_settings *s = &t->s->suspect;
	uint64_t print = print_of(p);
	int64_t r;
	bool looked = has_rate(p) && may_flow(p, index, t);
	if (print != x->print || !looked) {
		x->print = print;
		x->changed = t->now;
		x->others = false;
	}
	if (looked && others_rate(t, index, shunt, &r)) {
		x->low = !x->others || r < x->low ? r : x->low;
		x->high = !x->others || r > x->high ? r : x->high;
		x->others = true;
	}
	bool moved = x->others && x->high - x->low >= s->frozen_current * 100;
	int64_t still = t->now - x->changed;
	/* without a change there is none to be over it: what clears it is a new number */
	if (detector_step(&x->frozen, !still || moved, still, s->frozen_time, 0, 0, t->now))
		journal_suspect(j, p, index, "frozen", x->frozen.active,
		                x->frozen.active ? SUSPECT_STANDS_STILL : "its values no longer stand still", t->now);
}

static bool at_rest(struct suspicion *x, const struct pack *p, const struct tree *t)
{
	const struct suspect_settings *s = &t->s->suspect;
	int64_t r = has_rate(p) ? rate(p) : INT64_MAX;
	if (r > s->rest_current * 100 || r < -s->rest_current * 100) {
		x->resting = 0;
		return false;
	}
	if (!x->resting)
		x->resting = t->now;
	return t->now - x->resting >= s->rest_time;
}

const char *suspect_print_soc(char *buf, size_t size, const struct suspicion *x)
{
	char soc[VALUE_TEXT_MAX], voltage[VALUE_TEXT_MAX];
	snprintf(buf, size, x->soc.active ? "its SoC of %s does not fit its voltage at rest, %s per cell" :
	                                    "its SoC of %s fits its voltage at rest, %s per cell, again",
	         value_print_fixed(soc, sizeof soc, UNIT_BP, x->soc_told, 0),
	         value_print_fixed(voltage, sizeof voltage, UNIT_MV, x->voltage, 3));
	return buf;
}

static void look_soc(struct suspicion *x, int index, const struct tree *t, struct journal *j)
{
	const struct pack *p = &t->packs[index];
	int cells = pack_cells(p);
	int64_t low, high;
	bool known = at_rest(x, p, t) && cells;
	int64_t cell = known ? p->b.q[Q_VOLTAGE].value / cells : 0, soc = p->b.q[Q_SOC].value;
	int64_t off = 0;
	known = known && suspect_soc_range(p->set->chemistry, cell, &low, &high);
	if (known) {
		off = soc < low ? low - soc : soc > high ? soc - high : 0;
		x->soc_told = soc;
		x->voltage = cell;
	}
	if (!detector_step(&x->soc, known, off, 1, 0, 0, t->now))
		return;
	char text[EVENT_TEXT_MAX];
	suspect_print_soc(text, sizeof text, x);
	journal_suspect(j, p, index, "soc", x->soc.active, text, t->now);
}

void suspect_step(struct suspicion suspicions[PACKS_MAX], const struct tree *t, const struct pack *shunt,
                  struct journal *j)
{
	for (int i = 0; i < t->n_packs; i++) {
		struct suspicion *x = &suspicions[i];
		if (t->s->suspect.frozen)
			look_frozen(x, i, t, shunt, j);
		else
			x->frozen = (struct detector){ 0 };
		if (t->s->suspect.soc)
			look_soc(x, i, t, j);
		else
			x->soc = (struct detector){ 0 };
	}
}
