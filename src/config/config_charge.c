/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what is special in `charge:`: voltages by month, and the checks of what fits to what and what the packs can't tell. */
#include "config/config_private.h"
#include "core/charge.h"

#include <stdio.h>
#include <string.h>

#define MONTHS 12

void read_months(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	int *voltage = r->config->core.charge.cell_voltage;
	int64_t value;
	int month = 0;
	note_origin(r, row, index, n);
	if (n->kind == NODE_SCALAR) {
		if (row_parse(r, row, n, &value))
			for (; month < MONTHS; month++)
				voltage[month] = (int)value;
		return;
	}
	for (struct yaml_node *m = n->kind == NODE_LIST ? n->first : NULL; m; m = m->next, month++)
		if (month < MONTHS && row_parse(r, row, m, &value))
			voltage[month] = (int)value;
	if (month != MONTHS)
		CONFIG_ERROR(r, n, BAD_VALUE,
		             "`%s` is one voltage, such as 3.45 V, or a list of twelve, from January on; these are %d", row->key, month);
}

void print_months(struct printing *p, const struct key_row *row, int index)
{
	const int *voltage = p->config->core.charge.cell_voltage;
	char line[MONTHS * DIMENSION_TEXT_MAX], text[DIMENSION_TEXT_MAX];
	bool same = true;
	size_t len = 1;
	if (!voltage[0]) {
		print_unset(p, row);
		return;
	}
	for (int i = 1; i < MONTHS; i++)
		same = same && voltage[i] == voltage[0];
	for (int i = 0; i < MONTHS; i++)
		len += (size_t)snprintf(line + len, sizeof line - len, "%s%s", i ? ", " : "", dimension_print(text, DIM_VOLTAGE, voltage[i]));
	line[0] = '[';
	snprintf(line + len, sizeof line - len, "]");
	print_value(p, row->key, same ? text : line, find_origin(p->config, row, index), "");
}

/* Lifting needs packs that tell of their cells. */
static void check_combine(struct reading *r)
{
	const struct settings *s = &r->config->core;
	struct yaml_node *at = value_at(value_at(r->root, "charge"), "combine");
	bool cells = false, balancing = false;
	for (int i = 0; i < s->n_packs; i++) {
		const struct profile *p = s->packs[i].profile;
		cells = cells || !p || p->has_quantity >> Q_CELL_VOLTAGE_MAX & 1 || p->has_array >> ARRAY_CELL_VOLTAGE & 1;
		balancing = balancing || !p || p->has_array >> ARRAY_BALANCING & 1;
	}
	if (s->charge.combine != COMBINE_MIN && !cells)
		CONFIG_WARNING(r, at, BAD_ODD,
		               "no BMS here tells of its cells: which of them float can't be seen, and the lowest charge "
		               "voltage holds, as with `min`");
	else if (s->charge.combine == COMBINE_WHILE_BALANCING && !balancing)
		CONFIG_WARNING(r, at, BAD_ODD,
		               "no BMS here tells when it balances cells: the lowest charge voltage holds, as with `min`");
}

struct volts {
	char text[DIMENSION_TEXT_MAX];
};

static struct volts volts(int mv)
{
	struct volts v;
	dimension_print(v.text, DIM_VOLTAGE, mv);
	return v;
}

static int highest_month(const struct settings *s, const struct pack_settings *pack)
{
	int most = 0;
	for (uint8_t i = 1; i <= MONTHS; i++) {
		int value = charge_cell_level(s, pack, (struct level) { LEVEL_BULK, i });
		most = value > most ? value : most;
	}
	return most;
}

/* For the first pack's cells: packs in parallel are of one chemistry. */
static void check_own(struct reading *r)
{
	const struct settings *s = &r->config->core;
	const struct pack_settings *pack = &s->packs[0];
	struct yaml_node *charge = value_at(r->root, "charge"), *at = value_at(charge, "float");
	int top = charge_cell_level(s, pack, (struct level) { LEVEL_BULK, 0 }), most = highest_month(s, pack);
	int low = s->charge.use_float ? charge_cell_level(s, pack, (struct level) { LEVEL_FLOAT, 0 }) : top;
	int back = s->charge.back_voltage ? s->charge.back_voltage : chemistries[pack->chemistry].back_voltage;
	int guard = s->cell_guard ? cell_levels(pack, s).guard_high : 0;
	if (!top)
		CONFIG_ERROR(r, value_at(charge, "voltage"), BAD_UNSAID,
		             "how far a cell is charged is not known without its chemistry: add `cell_voltage` here");
	else if (guard && most >= guard)
		CONFIG_ERROR(r, value_at(charge, "cell_voltage"), BAD_ORDER,
		             "%s is not below %s, at which the cell guard stops charging", volts(most).text, volts(guard).text);
	else if (s->charge.use_float && s->charge.float_voltage >= top)
		CONFIG_ERROR(r, value_at(at, "cell_voltage"), BAD_ORDER, "float is not below %s, to which the cells are charged%s",
		             volts(top).text, top < most ? " in some month" : "");
	else if (back >= low)
		CONFIG_ERROR(r, value_at(at, s->charge.back_voltage ? "back_voltage" : "cell_voltage"), BAD_ORDER,
		             "%s, below which the battery is charged again, is not below float: it would never stay there",
		             volts(back).text);
}

static void check_high_cell(struct reading *r)
{
	const struct charge_settings *c = &r->config->core.charge;
	const struct pack_settings *pack = &r->config->core.packs[0];
	struct yaml_node *high = value_at(value_at(r->root, "charge"), "high_cell");
	int above = c->high_above ? c->high_above : chemistries[pack->chemistry].high_voltage;
	int floor = c->high_floor ? c->high_floor : chemistries[pack->chemistry].safe_voltage;
	int guard = r->config->core.cell_guard ? cell_levels(pack, &r->config->core).guard_high : 0;
	bool on = c->reduce.set ? c->reduce.value : c->own;
	if (on && c->reduce.set && (!above || !floor))
		CONFIG_ERROR(r, value_at(high, "reduce"), BAD_UNSAID,
		             "when a cell is too high is not known without its chemistry: add `above` and `floor` here");
	else if (on && above && above <= floor)
		CONFIG_ERROR(r, value_at(high, c->high_above ? "above" : "floor"), BAD_ORDER,
		             "a cell is not too high at %s while %s is still allowed to all", volts(above).text, volts(floor).text);
	else if (on && guard && above >= guard)
		CONFIG_WARNING(r, value_at(high, "above"), BAD_ODD,
		               "the cell guard stops charging at %s already, before this does anything", volts(guard).text);
}

static void check_balance(struct reading *r)
{
	const struct settings *s = &r->config->core;
	const struct pack_settings *pack = &s->packs[0];
	struct yaml_node *at = value_at(value_at(r->root, "charge"), "balance");
	int voltage = s->charge.balance_voltage ? s->charge.balance_voltage : chemistries[pack->chemistry].balance_voltage;
	int guard = s->cell_guard ? cell_levels(pack, s).guard_high : 0;
	bool tells = true;
	for (int i = 0; i < s->n_packs; i++)
		tells = tells && (!s->packs[i].profile || s->packs[i].profile->has_quantity >> Q_CELL_VOLTAGE_MIN & 1 ||
		                  s->packs[i].profile->has_array >> ARRAY_CELL_VOLTAGE & 1);
	if (s->charge.balance_every && !s->charge.own)
		CONFIG_ERROR(r, value_at(at, "every"), BAD_CLASH,
		             "the packs' own charge voltages hold: there is nothing that a balancing charge could raise; add "
		             "`voltage: own`, or leave this out");
	else if (guard && voltage >= guard && s->charge.own)
		CONFIG_ERROR(r, value_at(at, "cell_voltage"), BAD_ORDER,
		             "%s is not below %s, at which the cell guard stops charging", volts(voltage).text, volts(guard).text);
	else if (s->charge.balance_every && !tells)
		CONFIG_WARNING(r, value_at(at, "every"), BAD_ODD,
		               "not every BMS here tells of its cells: of those that don't it can't be seen whether they are balanced");
}

/* Does the map say anything else than the defaults? */
static bool says_more(const struct key_row *rows, struct yaml_node *map, const struct config *config)
{
	for (const struct key_row *row = rows; row->key; row++) {
		int64_t standard;
		bool set;
		if (key_given(map, row->key) && (!row->standard || parse_value(row->standard, row->dimension, &standard) ||
		                                 row_load(row, config, &set) != standard))
			return true;
	}
	return false;
}

/* What is only for an own voltage. */
static void check_idle(struct reading *r)
{
	static const char *const own[] = { "cell_voltage", "offset", "absorption", "float" };
	struct yaml_node *charge = value_at(r->root, "charge");
	for (const struct key_row *row = charge_rows; row->key; row++) {
		bool idle = false;
		for (size_t i = 0; i < sizeof own / sizeof *own; i++)
			idle = idle || !strcmp(row->key, own[i]);
		const struct key_row one[] = { *row, { 0 } };
		struct yaml_node *n = value_at(charge, row->key);
		if (idle && (row->kind == KEY_MAP ? key_given(charge, row->key) && says_more(row->rows, n, r->config) :
		                                    says_more(one, charge, r->config)))
			CONFIG_WARNING(r, n, BAD_ODD, "`%s` means nothing while the packs' own charge voltages hold: add `voltage: own`",
			               row->key);
	}
}

void config_check_charge(struct reading *r)
{
	if (!r->config->core.n_packs)
		return;
	check_combine(r);
	check_high_cell(r);
	check_balance(r);
	if (r->config->core.charge.own)
		check_own(r);
	else
		check_idle(r);
}
