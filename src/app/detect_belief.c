/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what may be believed of a battery: the values it can have, how much such a value proves, and what must hold
 * between them. Numbers are judged for packs of 4 to 32 cells; those of high-voltage packs are possible, but prove
 * nothing. */
#include "app/detect.h"
#include "core/bits.h"

#define CELLS_LEAST 4
#define CELLS_MOST  32
#define CELL_MOST   4350 /* mV; above NMC's 4.20 V, for the kinds that are charged higher */
#define POINTS_MOST 8 /* for one value: no single one shall decide */

/* `good`: what nearly all batteries have; `bad`: what none has. `span` is the width within which a value says little:
 * 10 to 16, 20 to 32 and 40 to 64 V make 42 V. The numbers are chosen: wide enough for all captures and profiles there
 * are (test/detect), narrow enough that another byte, byte order or a tenth of the factor falls out of them. Of cells, good
 * is what data sheets allow, from LTO's 1.80 V (core/chemistry.c) on; of capacities, what is sold as one pack. */
struct believed {
	int64_t bad_below, good_from, good_to, bad_above, span;
};
/* clang-format off */
static const struct believed quantity_beliefs[N_QUANTITY] = {
	[Q_VOLTAGE]              = { 6000,     8000,    135000,  1000000,  42000 },
	[Q_CURRENT]              = { -1500000, -500000, 500000,  1500000,  1000000 },
	[Q_POWER]                = { -1500000000, -67500000, 67500000, 1500000000, 135000000 }, /* mW: V x A of the above */
	[Q_SOC]                  = { 0,        0,       10000,   10000,    10000 },
	[Q_SOH]                  = { 0,        2000,    10000,   10000,    5000 },
	[Q_TEMPERATURE]          = { -450,     -250,    650,     1000,     600 },
	[Q_CVL]                  = { 6000,     10000,   140000,  1000000,  42000 },
	[Q_CCL]                  = { 0,        0,       1500000, 2500000,  500000 },
	[Q_DCL]                  = { 0,        0,       2000000, 2500000,  500000 },
	[Q_LOW_VOLTAGE]          = { 5000,     8000,    110000,  1000000,  42000 },
	[Q_CELL_VOLTAGE_MIN]     = { 1000,     1800,    CELL_MOST, 4700,   1700 },
	[Q_CELL_VOLTAGE_MAX]     = { 1000,     1800,    CELL_MOST, 4700,   1700 },
	[Q_CELL_TEMPERATURE_MIN] = { -450,     -250,    650,     1000,     600 },
	[Q_CELL_TEMPERATURE_MAX] = { -450,     -250,    650,     1000,     600 },
	[Q_CELL_VOLTAGE_MIN_NO]  = { 1,        1,       512,     32767,    32 },
	[Q_CELL_VOLTAGE_MAX_NO]  = { 1,        1,       512,     32767,    32 },
	[Q_CELL_TEMPERATURE_MIN_NO] = { 1,     1,       512,     32767,    32 },
	[Q_CELL_TEMPERATURE_MAX_NO] = { 1,     1,       512,     32767,    32 },
	[Q_CAPACITY]             = { 1000,     5000,    3000000, 20000000, 1000000 },
	[Q_CAPACITY_REMAINING]   = { 0,        0,       3000000, 20000000, 1000000 },
	[Q_CYCLES]               = { 0,        0,       10000,   65534,    10000 },
	[Q_ENERGY_IN]            = { 0,        0,       200000000, INT64_MAX, 200000000 },
	[Q_ENERGY_OUT]           = { 0,        0,       200000000, INT64_MAX, 200000000 },
	[Q_MODULES_ONLINE]       = { 0,        0,       64,      1000,     64 },
	[Q_MODULES_OFFLINE]      = { 0,        0,       64,      1000,     64 },
	[Q_MODULES_BLOCKING_CHARGE]    = { 0,  0,       64,      1000,     64 },
	[Q_MODULES_BLOCKING_DISCHARGE] = { 0,  0,       64,      1000,     64 },
};

static const struct believed array_beliefs[N_ARRAY] = {
	[ARRAY_CELL_VOLTAGE]     = { 1000, 1800, CELL_MOST, 4700, 1700 },
	[ARRAY_CELL_TEMPERATURE] = { -450, -250, 650,  1000, 600 },
};
/* clang-format on */

/* NULL where any value will do: flags. */
static const struct believed *believed_of(enum field_kind kind, unsigned target)
{
	const struct believed *b = kind == FIELD_QUANTITY ? &quantity_beliefs[target]
				   : kind == FIELD_ARRAY  ? &array_beliefs[target]
							  : NULL;
	return b && b->span ? b : NULL;
}

enum belief belief_of(enum field_kind kind, unsigned target, int64_t value)
{
	const struct believed *b = believed_of(kind, target);
	if (!b || (value >= b->good_from && value <= b->good_to))
		return BELIEF_GOOD;
	return value < b->bad_below || value > b->bad_above ? BELIEF_BAD : BELIEF_ODD;
}

int belief_bits(uint64_t n)
{
	int bits = 0;
	while (n >>= 1)
		bits++;
	return bits;
}

/* What is sent on a bus is no noise: most of it is small numbers, zeros and filling. */
static int byte_cost(unsigned byte)
{
	return byte == 0 ? 2 : byte == 0xFF ? 3 : byte < 16 ? 6 : 9;
}

int belief_cost(uint64_t raw, unsigned bits)
{
	int cost = 0;
	for (; bits >= 8; bits -= 8, raw >>= 8)
		cost += byte_cost(raw & 0xFF);
	return cost;
}

int belief_points(const struct field *f, uint64_t raw)
{
	const struct believed *b = believed_of((enum field_kind)f->kind, f->target);
	int64_t step = f->num < 0 ? -f->num : f->num;
	int open = 0;
	if (!raw || f->place.bits < 8 || (!b && !f->n_map))
		return 0;
	if (f->n_map)
		open = belief_bits(f->n_map);
	else if (step)
		open = belief_bits((uint64_t)(b->span / step * f->den));
	int points = belief_cost(raw, f->place.bits) - open;
	return points < 0 ? 0 : points > POINTS_MOST ? POINTS_MOST : points;
}

/* ---- what must hold between values ----
 *
 * How far apart they may be is chosen, like the numbers above, with room around what a healthy battery of each chemistry
 * does (a test goes through core/chemistry.c): a relation is there to find what is misread, not what is ill. The widest by
 * the data sheets' ends in that file: NMC has 1.2 V from empty to full, LTO is empty at 64 % of what it is charged to. */

static int64_t value_of(const struct seen *s, enum quantity q)
{
	return s->b.q[q].value;
}

static bool both(const struct seen *s, enum quantity a, enum quantity b)
{
	return battery_has(&s->b, a) && battery_has(&s->b, b);
}

static enum relation_result result(bool holds)
{
	return holds ? RELATION_HOLDS : RELATION_FAILS;
}

static enum relation_result cell_order(const struct seen *s, const struct steady *before)
{
	(void)before;
	if (!both(s, Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MAX))
		return RELATION_UNKNOWN;
	int64_t apart = value_of(s, Q_CELL_VOLTAGE_MAX) - value_of(s, Q_CELL_VOLTAGE_MIN);
	return result(apart >= 0 && apart <= 1500); /* mV */
}

static enum relation_result temperature_order(const struct seen *s, const struct steady *before)
{
	(void)before;
	if (!both(s, Q_CELL_TEMPERATURE_MIN, Q_CELL_TEMPERATURE_MAX))
		return RELATION_UNKNOWN;
	int64_t apart = value_of(s, Q_CELL_TEMPERATURE_MAX) - value_of(s, Q_CELL_TEMPERATURE_MIN);
	return result(apart >= 0 && apart <= 500); /* 0.1 degC; sensors of one pack */
}

/* The number of cells n that makes n times a cell the pack's voltage; 0 = none between 4 and 32 does. Within 2 %: fields of
 * 0.1 V are up to 1 % off at 12 V, and they are told one after the other. */
static int fitting_cells(int64_t voltage, int64_t lowest, int64_t highest)
{
	for (int n = CELLS_LEAST; n <= CELLS_MOST; n++)
		if (n * lowest <= voltage + voltage / 50 && n * highest >= voltage - voltage / 50)
			return n;
	return 0;
}

static enum relation_result cells_in_pack(const struct seen *s, const struct steady *before)
{
	(void)before;
	if (!both(s, Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MAX) || !battery_has(&s->b, Q_VOLTAGE) ||
	    value_of(s, Q_VOLTAGE) > CELLS_MOST * CELL_MOST) /* more cells than are looked for */
		return RELATION_UNKNOWN;
	return result(fitting_cells(value_of(s, Q_VOLTAGE), value_of(s, Q_CELL_VOLTAGE_MIN),
				    value_of(s, Q_CELL_VOLTAGE_MAX)));
}

/* Their sum, when they are known without a gap; 0 = they are not. */
static int64_t sum_of_all(const struct cells *c)
{
	int64_t sum = 0;
	for (int i = 0; i < c->count[ARRAY_CELL_VOLTAGE]; i++) {
		if (c->validity[ARRAY_CELL_VOLTAGE][i] != VALID)
			return 0;
		sum += c->value[ARRAY_CELL_VOLTAGE][i];
	}
	return c->count[ARRAY_CELL_VOLTAGE] >= CELLS_LEAST ? sum : 0;
}

static bool is_about(int64_t sum, int64_t voltage)
{
	return sum > voltage - voltage / 33 && sum < voltage + voltage / 33;
}

/* With so many cells in a frame, the last of the bus's frames has places to spare. Daly's BMS leaves in them what stood
 * there in the frame before. How many of them, if without them the cells make the voltage; else 0. */
static int left_over(const struct cells *c, int in_frame, int64_t sum, int64_t voltage)
{
	const int32_t *cell = c->value[ARRAY_CELL_VOLTAGE];
	for (int n = 1, i = c->count[ARRAY_CELL_VOLTAGE] - 1; n < in_frame && i >= CELLS_LEAST; n++, i--) {
		if (cell[i] != cell[i - in_frame])
			return 0;
		sum -= cell[i];
		if (is_about(sum, voltage))
			return n;
	}
	return 0;
}

/* The sum of the n cells that there are. */
static int64_t sum_of_cells(const struct seen *s, int *n)
{
	const struct cells *c = &s->cells;
	int64_t sum = sum_of_all(c), voltage = value_of(s, Q_VOLTAGE);
	*n = c->count[ARRAY_CELL_VOLTAGE];
	for (int in_frame = 2; sum > voltage && !is_about(sum, voltage) && in_frame <= 4; in_frame++)
		for (int left = left_over(c, in_frame, sum, voltage); left; left--)
			sum -= c->value[ARRAY_CELL_VOLTAGE][--*n];
	return sum;
}

/* Cells that are still to come make it unknown, never false: only too many or too full cells do. 3 %: they come over
 * several seconds, and one cell of 32 is that much. */
static enum relation_result cells_make_voltage(const struct seen *s, const struct steady *before)
{
	int n;
	int64_t sum = sum_of_cells(s, &n), voltage = value_of(s, Q_VOLTAGE);
	(void)before;
	if (!sum || !battery_has(&s->b, Q_VOLTAGE) || sum <= voltage - voltage / 33)
		return RELATION_UNKNOWN;
	return result(is_about(sum, voltage));
}

/* Half of it at least; and an eighth above it: a full pack whose limit is lowered to its float voltage (LTO: 12 %). */
static enum relation_result voltage_and_cvl(const struct seen *s, const struct steady *before)
{
	int64_t v = value_of(s, Q_VOLTAGE), cvl = value_of(s, Q_CVL);
	(void)before;
	if (!both(s, Q_VOLTAGE, Q_CVL))
		return RELATION_UNKNOWN;
	return result(v * 2 >= cvl && v * 8 <= cvl * 9);
}

/* 45 % of it at least: some go lower than the data sheet. */
static enum relation_result low_and_cvl(const struct seen *s, const struct steady *before)
{
	int64_t low = value_of(s, Q_LOW_VOLTAGE), cvl = value_of(s, Q_CVL);
	(void)before;
	if (!both(s, Q_LOW_VOLTAGE, Q_CVL))
		return RELATION_UNKNOWN;
	return result(low * 20 >= cvl * 9 && low < cvl);
}

/* A quarter below it, as one that was left to itself gets; not twice of it (a full LTO: 156 %). */
static enum relation_result voltage_and_low(const struct seen *s, const struct steady *before)
{
	int64_t v = value_of(s, Q_VOLTAGE), low = value_of(s, Q_LOW_VOLTAGE);
	(void)before;
	if (!both(s, Q_VOLTAGE, Q_LOW_VOLTAGE))
		return RELATION_UNKNOWN;
	return result(v * 4 >= low * 3 && v < low * 2);
}

/* A fifth more: new cells hold more than they are rated for, and counters drift. */
static enum relation_result remaining_in_capacity(const struct seen *s, const struct steady *before)
{
	(void)before;
	if (!both(s, Q_CAPACITY, Q_CAPACITY_REMAINING))
		return RELATION_UNKNOWN;
	return result(value_of(s, Q_CAPACITY_REMAINING) * 5 <= value_of(s, Q_CAPACITY) * 6);
}

/* Within 15 points: BMS count one by the aged, the other by the rated capacity. */
static enum relation_result soc_and_remaining(const struct seen *s, const struct steady *before)
{
	(void)before;
	if (!both(s, Q_CAPACITY, Q_CAPACITY_REMAINING) || !battery_has(&s->b, Q_SOC) || !value_of(s, Q_CAPACITY))
		return RELATION_UNKNOWN;
	int64_t share = value_of(s, Q_CAPACITY_REMAINING) * 10000 / value_of(s, Q_CAPACITY);
	int64_t apart = share - value_of(s, Q_SOC);
	return result(apart <= 1500 && apart >= -1500);
}

static bool active(const struct seen *s, enum alarm a)
{
	return s->b.alarm[a].alarm == TRI_ACTIVE;
}

/* Six at once are many for one fault; of twenty random bits ten would be set. */
static enum relation_result sane_alarms(const struct seen *s, const struct steady *before)
{
	int n = 0;
	(void)before;
	for (int a = 0; a < N_ALARM; a++)
		n += active(s, (enum alarm)a);
	if (!n)
		return RELATION_UNKNOWN;
	return result(n <= 6 && !(active(s, AL_HIGH_VOLTAGE) && active(s, AL_LOW_VOLTAGE)) &&
		      !(active(s, AL_HIGH_TEMPERATURE) && active(s, AL_LOW_TEMPERATURE)) &&
		      !(active(s, AL_HIGH_CELL_VOLTAGE) && active(s, AL_LOW_CELL_VOLTAGE)));
}

static bool just_told(const struct seen *s, enum quantity q)
{
	return s->updated >> q & 1;
}

/* From one frame to the next, an eighth: a load of 1 C lowers a cell by less. */
static enum relation_result steady_voltage(const struct seen *s, const struct steady *before)
{
	int64_t step = value_of(s, Q_VOLTAGE) - before->voltage;
	if (!just_told(s, Q_VOLTAGE) || !before->has_voltage || !step)
		return RELATION_UNKNOWN;
	return result((step < 0 ? -step : step) * 8 <= before->voltage);
}

/* 300 A, which only a large inverter's whole load is. */
static enum relation_result steady_current(const struct seen *s, const struct steady *before)
{
	int64_t step = value_of(s, Q_CURRENT) - before->current;
	if (!just_told(s, Q_CURRENT) || !before->has_current || !step)
		return RELATION_UNKNOWN;
	return result((step < 0 ? -step : step) <= 300000);
}

/* Points as for values, in bits: so that one relation tips the scale between two readings, and no two make a name. */
const struct relation_row relations[N_RELATION] = {
	[RELATION_CELL_ORDER] = { cell_order, 4, -10, "the lowest cell is below the highest, and near it",
				  "the lowest cell is above the highest, or far from it" },
	[RELATION_TEMPERATURE_ORDER] = { temperature_order, 2, -6, "the coldest sensor is below the hottest",
					 "the coldest sensor is above the hottest, or far from it" },
	[RELATION_CELLS_IN_PACK] = { cells_in_pack, 3, -10, "a whole number of cells makes the pack's voltage",
				     "no number of cells from 4 to 32 makes the pack's voltage" },
	[RELATION_SUM_OF_CELLS] = { cells_make_voltage, 6, -8, "the cells add up to the pack's voltage",
				    "the cells add up to more than the pack's voltage" },
	[RELATION_VOLTAGE_CVL] = { voltage_and_cvl, 4, -12,
				   "the voltage is below the charge voltage limit, and near it",
				   "the voltage is far from the charge voltage limit" },
	[RELATION_LOW_CVL] = { low_and_cvl, 4, -10, "the lowest voltage allowed is below the highest, and near it",
			       "the lowest voltage allowed is not below the highest, or far from it" },
	[RELATION_VOLTAGE_LOW] = { voltage_and_low, 3, -8, "the voltage is above the lowest that is allowed",
				   "the voltage is far from the lowest that is allowed" },
	[RELATION_REMAINING] = { remaining_in_capacity, 2, -6, "the charge that is left is within the capacity",
				 "the charge that is left is more than the capacity" },
	[RELATION_SOC_REMAINING] = { soc_and_remaining, 4, -4, "state of charge and remaining charge agree",
				     "state of charge and remaining charge do not agree" },
	[RELATION_ALARMS] = { sane_alarms, 0, -8, "", "alarms stand that exclude each other, or too many at once" },
	[RELATION_STEADY_VOLTAGE] = { steady_voltage, 3, -10, "the voltage changes in small steps",
				      "the voltage jumps" },
	[RELATION_STEADY_CURRENT] = { steady_current, 1, -6, "the current changes in small steps",
				      "the current jumps" },
};

int belief_cells(const struct seen *s)
{
	int n;
	int64_t sum = sum_of_cells(s, &n), voltage = value_of(s, Q_VOLTAGE);
	if (!battery_has(&s->b, Q_VOLTAGE))
		return 0;
	if (sum && is_about(sum, voltage))
		return n;
	if (!both(s, Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MAX))
		return 0;
	int64_t lowest = value_of(s, Q_CELL_VOLTAGE_MIN), highest = value_of(s, Q_CELL_VOLTAGE_MAX);
	int64_t middle = (lowest + highest) / 2;
	n = middle > 0 ? (int)((voltage + middle / 2) / middle) : 0;
	/* one cell fewer, all at the highest, must be too few, and one more, all at the lowest, too many */
	bool only = (n - 1) * highest * 100 < voltage * 99 && (n + 1) * lowest * 100 > voltage * 101;
	return n >= CELLS_LEAST && n <= CELLS_MOST && only ? n : 0;
}
