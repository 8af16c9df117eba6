/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The charge voltage when a cell is too high. */
#include "core/reduction.h"

#include "core/detector.h"
#include "core/scale.h"

#define GAP (5 * INT64_C(1000000)) /* us between two steps; what was in between has not been seen */

static int32_t level_high(const struct pack_settings *set, const struct settings *s)
{
	return s->charge.high_above ? s->charge.high_above : chemistries[set->chemistry].high_voltage;
}

static int32_t level_floor(const struct pack_settings *set, const struct settings *s)
{
	return s->charge.high_floor ? s->charge.high_floor : chemistries[set->chemistry].safe_voltage;
}

/* What is seen of the cells of a pack, or of a string. */
struct cells_seen {
	bool known, blind;     /* the voltage is known; the cells have been, but are not now */
	int64_t voltage, over; /* mV, of all of them, and how far those that are too high are so, together */
	struct reason worst;   /* the highest of those */
};

/* Each cell by itself, where all are known so. */
static void see_each(struct cells_seen *seen, const struct pack *p, int32_t high, int64_t now)
{
	int cells = pack_cells(p);
	int64_t sum = 0, over = 0, value;
	if (!cells)
		return;
	for (int i = 0; i < cells; i++) {
		if (pack_element(p, ARRAY_CELL_VOLTAGE, i, now, &value) != VALID)
			return;
		sum += value;
		over += value > high ? value - high : 0;
		if (value <= seen->worst.measured)
			continue;
		seen->worst.measured = value;
		seen->worst.cell = (int16_t)(i + 1);
	}
	seen->known = true;
	seen->voltage = sum;
	seen->over = over > seen->over ? over : seen->over;
}

static struct cells_seen see_pack(const struct tree *t, int index)
{
	const struct pack *p = &t->packs[index];
	const struct measure *highest = &p->b.q[Q_CELL_VOLTAGE_MAX];
	int32_t high = level_high(p->set, t->s);
	struct cells_seen seen = { .known = battery_has(&p->b, Q_VOLTAGE), .voltage = p->b.q[Q_VOLTAGE].value,
		                   .worst = ask_because(REASON_HIGH_CELL, index) };
	seen.worst.threshold = high;
	if (!pack_constrains(p) || !high)
		return seen;
	seen.blind = highest->validity != ABSENT && highest->validity != VALID;
	if (highest->validity != VALID)
		return seen;
	seen.worst.measured = highest->value;
	seen.worst.cell = battery_has(&p->b, Q_CELL_VOLTAGE_MAX_NO) ? (int16_t)p->b.q[Q_CELL_VOLTAGE_MAX_NO].value : 0;
	seen.over = highest->value > high ? highest->value - high : 0;
	see_each(&seen, p, high, t->now);
	return seen;
}

/* mV. What is told with noise would be followed down to its lowest. */
static int64_t smoothed(int64_t *voltage, const struct cells_seen *seen, int64_t passed, int64_t smooth)
{
	int64_t now = seen->known ? seen->voltage * 1000 : 0;
	bool anew = !*voltage || !now || passed >= smooth;
	*voltage = anew ? now : *voltage + (now - *voltage) * passed / smooth;
	return divide(*voltage, 1000, ROUND_NEAREST);
}

static struct cells_seen see_string(struct reduction *r, const struct tree *t, const struct node *node, int64_t passed)
{
	struct cells_seen all = { .known = true };
	for (int i = 0; i < node->n; i++) {
		int index = tree_index(t, node, i);
		struct cells_seen one = see_pack(t, index);
		all.known = all.known && one.known;
		all.blind = all.blind || one.blind;
		all.voltage += smoothed(&r->voltage[index], &one, passed, t->s->charge.high_smooth);
		all.over += one.over;
		if (one.over && one.worst.measured - one.worst.threshold >= all.worst.measured - all.worst.threshold)
			all.worst = one.worst;
	}
	return all;
}

/* What the string with the highest cells is to be charged to. */
struct wish {
	bool high, blind;
	int64_t value; /* mV */
	struct reason reason;
};

static struct wish look(struct reduction *r, const struct tree *t, int64_t passed)
{
	struct wish wish = { .value = INT64_MAX };
	for (int i = 0; i < t->n; i++) {
		int64_t floor = tree_cells_voltage(t, &t->nodes[i], level_floor);
		struct cells_seen seen = see_string(r, t, &t->nodes[i], passed);
		wish.blind = wish.blind || seen.blind;
		if (!seen.over || !floor)
			continue;
		wish.high = true;
		int64_t value = seen.known && seen.voltage - seen.over > floor ? seen.voltage - seen.over : floor;
		if (value >= wish.value)
			continue;
		wish.value = value;
		wish.reason = seen.worst;
	}
	return wish;
}

static void hold(struct reduction *r, int64_t value, int64_t now)
{
	r->value = r->rise_from = value;
	r->held_at = now;
}

void reduction_step(struct reduction *r, const struct tree *t, int64_t otherwise)
{
	const struct charge_settings *s = &t->s->charge;
	int64_t passed = t->now - r->last;
	bool gap = passed > GAP;
	r->last = t->now;
	if (!(s->reduce.set ? s->reduce.value : s->own) || otherwise == INT64_MAX) {
		*r = (struct reduction){ 0 };
		return;
	}
	struct wish wish = look(r, t, passed);
	bool much = wish.reason.measured - wish.reason.threshold >= s->high_much;
	bool brief = !detector_lasts(wish.high, &r->high_since, s->high_brief, t->now) && !much;
	int64_t risen = t->now - r->held_at - s->high_hold;
	if (!r->active)
		r->value = otherwise;
	else if (wish.high || wish.blind || gap)
		hold(r, r->value, t->now);
	else if (risen > 0)
		r->value = r->rise_from + s->high_rise * risen / 1000000;
	if (wish.value < r->value && !brief) {
		hold(r, wish.value, t->now);
		r->since = r->active ? r->since : t->now;
		r->active = true;
	}
	if (wish.high)
		r->reason = wish.reason;
	r->active = r->active && r->value < otherwise;
	r->reason.until = wish.high ? 0 : r->held_at + s->high_hold + (otherwise - r->rise_from) * 1000000 / s->high_rise;
}
