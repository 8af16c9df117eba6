/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The own charge voltage: level, phases, coming down slowly. */
#include "core/charge.h"

#include "core/detector.h"
#include "core/scale.h"

#define GAP  (5 * INT64_C(1000000)) /* us between two steps; what was in between is not known, and counts for nothing */
#define FELL 200 /* 0.01 %: a SoC that is wrong, and low when the battery is full, must not end the float by itself */

const char *const charge_phase_names[N_CHARGE_PHASE] = {
	[CHARGE_BULK] = "bulk", [CHARGE_ABSORPTION] = "absorption", [CHARGE_FLOAT] = "float",
};

static int32_t lowest_month(const struct charge_settings *c)
{
	int32_t low = c->cell_voltage[0];
	for (int i = 1; i < 12; i++)
		low = c->cell_voltage[i] < low ? c->cell_voltage[i] : low;
	return low;
}

int32_t charge_cell_level(const struct settings *s, const struct pack_settings *set, struct level level)
{
	const struct charge_settings *c = &s->charge;
	const struct chemistry_row *chemistry = &chemistries[set->chemistry];
	int32_t bulk = level.month ? c->cell_voltage[level.month - 1] : lowest_month(c);
	if (!bulk)
		bulk = chemistry->charge_voltage;
	int32_t high = c->balance_voltage ? c->balance_voltage : chemistry->balance_voltage;
	if (level.kind == LEVEL_BALANCE)
		return bulk && high > bulk ? high : bulk;
	if (level.kind == LEVEL_BULK)
		return bulk;
	int32_t low = c->float_voltage ? c->float_voltage : chemistry->float_voltage;
	return low && low < bulk ? low : bulk;
}

/* Of all strings the one with the lowest voltage. */
struct lowest {
	int64_t value; /* mV; 0 = no string's cells are known */
	int64_t cells;
	int pack; /* the string's first */
};

/* It has left, and hangs on no busbar for all that is known. */
static bool is_away(const struct tree *t, const struct node *node)
{
	for (int i = 0; i < node->n; i++)
		if (tree_pack(t, node, i)->state == PACK_GONE)
			return !node->constrains;
	return false;
}

static int64_t string_level(const struct tree *t, const struct node *node, struct level level, int64_t *cells)
{
	int64_t sum = 0;
	*cells = 0;
	for (int i = 0; i < node->n; i++) {
		const struct pack *p = tree_pack(t, node, i);
		int64_t value = (int64_t)pack_cells(p) * charge_cell_level(t->s, p->set, level);
		if (!value)
			return 0;
		sum += value;
		*cells += pack_cells(p);
	}
	return sum;
}

static struct lowest lowest_string(const struct tree *t, struct level level)
{
	struct lowest low = { 0 };
	for (int i = 0; i < t->n; i++) {
		int64_t cells, value = string_level(t, &t->nodes[i], level, &cells);
		if (is_away(t, &t->nodes[i]) || !value || (low.value && value >= low.value))
			continue;
		low = (struct lowest){ value, cells, tree_index(t, &t->nodes[i], 0) };
	}
	return low;
}

static int64_t capacity_online(const struct tree *t)
{
	int64_t sum = 0;
	for (int i = 0; i < t->n; i++) {
		if (!t->nodes[i].online)
			continue;
		if (!t->nodes[i].capacity)
			return 0;
		sum += t->nodes[i].capacity;
	}
	return sum;
}

static bool knows(const struct tree *t, enum quantity q)
{
	return t->bank && battery_has(t->bank, q);
}

static int64_t bank_has(const struct tree *t, enum quantity q)
{
	return t->bank->q[q].value;
}

static void begin(struct charge *c, enum charge_phase phase, const struct tree *t)
{
	c->phase = phase;
	c->since = t->now;
	c->absorbed = c->tail_since = c->low_since = 0;
	c->float_soc = knows(t, Q_SOC) ? bank_has(t, Q_SOC) : 10000;
	c->float_top = c->top;
}

/* Where packs allow less than float, as in the cold, nothing is full at that. */
static bool at_the_top(const struct charge *c, const struct tree *t)
{
	int64_t top = c->top > c->least ? c->top : c->least;
	return knows(t, Q_VOLTAGE) && bank_has(t, Q_VOLTAGE) >= top - c->near;
}

static bool is_tail(const struct charge *c, const struct tree *t)
{
	if (!c->tail || !knows(t, Q_CURRENT) || t->bank->q[Q_CURRENT].partial)
		return false;
	int64_t current = bank_has(t, Q_CURRENT);
	return (current < 0 ? -current : current) <= c->tail;
}

static bool voltage_is_low(const struct charge *c, const struct tree *t)
{
	return knows(t, Q_VOLTAGE) && bank_has(t, Q_VOLTAGE) < c->back;
}

/* Discharged since, or full only by what the packs allowed then: now they allow more. */
static bool soc_is_low(const struct charge *c, const struct tree *t)
{
	if (!knows(t, Q_SOC) || bank_has(t, Q_SOC) >= t->s->charge.back_soc)
		return false;
	return bank_has(t, Q_SOC) + FELL <= c->float_soc || c->top > c->float_top + c->near;
}

static void step_phase(struct charge *c, const struct tree *t, int64_t passed)
{
	const struct charge_settings *s = &t->s->charge;
	bool top = at_the_top(c, t), low = voltage_is_low(c, t);
	switch (c->phase) {
	case CHARGE_BULK:
		if (top)
			begin(c, CHARGE_ABSORPTION, t);
		break;
	case CHARGE_ABSORPTION:
		c->absorbed += top ? passed : 0;
		if ((detector_lasts(top && is_tail(c, t), &c->tail_since, s->tail_time, t->now) || c->absorbed >= s->absorption_time) &&
		    s->use_float && !balance_raises(&c->balance, t->s))
			begin(c, CHARGE_FLOAT, t);
		else if (detector_lasts(low, &c->low_since, s->back_time, t->now))
			begin(c, CHARGE_BULK, t);
		break;
	case CHARGE_FLOAT:
	case N_CHARGE_PHASE:
		if (!s->use_float || detector_lasts(low || soc_is_low(c, t), &c->low_since, s->back_time, t->now))
			begin(c, CHARGE_BULK, t);
		break;
	}
}

/* The balancing charge goes its own way; while it lasts the battery is not full, and once it is done it is. */
static void step_balance(struct charge *c, const struct tree *t, const struct balance_sight *sight)
{
	bool raised = c->level.kind == LEVEL_BALANCE, even = c->balance.even;
	balance_step(&c->balance, t, sight);
	if (!raised && balance_raises(&c->balance, t->s))
		begin(c, CHARGE_BULK, t);
	else if (!even && c->balance.even && t->s->charge.use_float)
		begin(c, CHARGE_FLOAT, t);
}

/* What is lowered without need comes down slowly: a jump would push what the battery has into loads and grid. */
static int64_t sink(struct charge *c, const struct tree *t, struct level level, int64_t value, bool first)
{
	int64_t rate = t->s->charge.lower, above = 0;
	if (c->sink_from)
		above = c->sink_from - rate * (t->now - c->sink_since) / 1000000;
	if (!first && (level.kind != c->level.kind || level.month != c->level.month)) {
		int64_t before = lowest_string(t, c->level).value + (above > 0 ? above : 0);
		above = before - value;
		c->above = c->level;
		c->sink_since = t->now;
		c->sink_from = above > 0 ? above : 0;
	}
	c->level = level;
	if (above <= 0) {
		c->sink_from = 0;
		return value;
	}
	int64_t most = lowest_string(t, c->above).value; /* the strings may have changed meanwhile */
	return value + above < most ? value + above : most;
}

static enum level_kind level_kind(const struct charge *c, const struct settings *s)
{
	if (balance_raises(&c->balance, s))
		return LEVEL_BALANCE;
	return c->phase == CHARGE_FLOAT ? LEVEL_FLOAT : LEVEL_BULK;
}

static uint8_t month(const struct tree *t)
{
	return t->wall.known ? t->wall.month : 0;
}

static void step_level(struct charge *c, const struct tree *t, bool first)
{
	static const enum reason_code codes[] = { [LEVEL_BULK] = REASON_OWN_VOLTAGE, [LEVEL_FLOAT] = REASON_OWN_FLOAT,
		                                  [LEVEL_BALANCE] = REASON_OWN_BALANCE };
	struct level level = { (uint8_t)level_kind(c, t->s), month(t) };
	struct lowest low = lowest_string(t, level);
	int64_t value = sink(c, t, level, low.value, first), offset = t->s->charge.offset, rate = t->s->charge.lower;
	struct reason why = ask_because(codes[level.kind], low.pack);
	why.measured = low.cells;
	why.threshold = divide(low.value, low.cells, ROUND_DOWN);
	if (value > low.value) {
		why.code = REASON_SINKING;
		why.threshold = low.value + offset;
		why.until = c->sink_since + c->sink_from * 1000000 / rate;
	}
	c->ask = (struct ask){ .known = true, .value = value + offset, .free = value + offset, .reason = why };
}

/* What the strings' own levels and what is allowed come to. */
static void look(struct charge *c, const struct tree *t, const struct lowest *low, int64_t allowed)
{
	const struct charge_settings *s = &t->s->charge;
	c->top = low->value < allowed ? low->value : allowed;
	c->least = lowest_string(t, (struct level){ LEVEL_FLOAT, month(t) }).value;
	c->near = s->near * low->cells;
	c->back = low->cells * (s->back_voltage ? s->back_voltage : chemistries[t->packs[low->pack].set->chemistry].back_voltage);
	c->tail = divide(capacity_online(t) * s->tail_current, 100, ROUND_DOWN);
}

void charge_step(struct charge *c, const struct tree *t, const struct floaters *f, int64_t told)
{
	bool first = !c->last;
	if (!t->s->charge.own) {
		*c = (struct charge){ .balance.done_day = c->balance.done_day };
		return;
	}
	struct lowest low = lowest_string(t, (struct level){ LEVEL_BULK, month(t) });
	int64_t passed = first || t->now - c->last > GAP ? 0 : t->now - c->last, allowed = floaters_allow(f, t);
	c->last = t->now;
	c->ask.known = false;
	if (!low.value) /* no cells are known: the packs' own voltages hold */
		return;
	if (first)
		c->since = t->now;
	look(c, t, &low, allowed);
	int64_t top = lowest_string(t, (struct level){ LEVEL_BALANCE, month(t) }).value;
	struct balance_sight sight = { .passed = passed, .usual = low.value, .normal = c->top, .top = top < allowed ? top : allowed, .told = told,
		                       .near = c->near, .sunk = !c->sink_from };
	sight.known = knows(t, Q_VOLTAGE);
	sight.voltage = sight.known ? bank_has(t, Q_VOLTAGE) : 0;
	step_phase(c, t, passed);
	step_balance(c, t, &sight);
	step_level(c, t, first);
}
