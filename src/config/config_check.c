/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the checks of the whole config, and of each pack: what is neither said by its BMS nor by the config. */
#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

/* Names that a GX knows and then treats in a way of their own, by threads of github.com/victronenergy/venus/issues
 * (#686, #831, #913, #940, #1152 and others). */
static const char *const vendors[] = {
	"PYLON",   "LG",   "BYD",       "BMZ",    "DYNESS",  "DY0",     "BlueNova", "Freedom",
	"eTower",  "WeCo", "FinDreams", "Hubble", "Pytes",   "Pelio",   "Discover", "ZYC",
	"Leoch",   "LBSA", "Sunwoda",   "BSL",    "Cegasa",  "TAB",     "MeterBo",  "Soluna",
	"Batrium", "SSS",  "Voltsmi",   "Lynx",   "Victron", "PREMIUM", NULL,
};

static bool begins_like(const char *text, const char *vendor)
{
	while (*vendor && small(*text) == small(*vendor))
		text++, vendor++;
	return !*vendor;
}

static void check_vendor(struct reading *r, const char *key, const char *text)
{
	for (int i = 0; vendors[i]; i++)
		if (begins_like(text, vendors[i]))
			CONFIG_ERROR(r, value_at(value_at(r->root, "output"), key), BAD_VENDOR,
				     "'%s' begins like the brand %s: a GX would take the bank for one of those and put "
				     "rules of its own "
				     "in place of battagg's limits; choose another",
				     text, vendors[i]);
}

static void check_order(struct reading *r, const char *section, const char *key, bool good, const char *what)
{
	if (!good)
		CONFIG_ERROR(r, value_at(value_at(r->root, section), key), BAD_ORDER, "%s", what);
}

static void check_settings(struct reading *r)
{
	const struct settings *s = &r->config->core;
	const struct limit_settings *l = &s->limits;
	check_order(r, "times", "gone", s->gone > s->lost, "`gone` must be longer than `lost`");
	check_order(r, "times", "give_up", s->give_up >= s->discharge_hold,
		    "`give_up` must not be shorter than `discharge_hold`");
	check_order(r, "rejoin", "quarantine_max", s->quarantine_max >= s->quarantine,
		    "`quarantine_max` must not be shorter than `quarantine`");
	check_order(r, "bank", "min_packs", !s->n_packs || s->min_packs <= s->n_packs,
		    "`min_packs` is more than there are packs");
	check_order(r, "limits", "charge_voltage",
		    !l->cvl.set || !l->low_voltage.set || l->cvl.value > l->low_voltage.value,
		    "`charge_voltage` must be above `low_voltage`");
	check_vendor(r, "manufacturer", s->output_manufacturer);
	check_vendor(r, "family", s->output_family);
	if (r->config->socket_path[0] != '/')
		CONFIG_ERROR(r, value_at(r->root, "socket"), BAD_VALUE,
			     "`socket` must be a whole path, beginning with /");
}

/* A name that is missing, bad or another pack's, too, says nothing. */
struct pack_called pack_called(struct reading *r, int i)
{
	const char *name = member_at(r, i)->name;
	struct pack_called called;
	bool good = *name;
	for (int k = 0; k < settings_members(&r->config->core); k++)
		good = good && (k == i || strcmp(member_at(r, k)->name, name));
	if (good)
		snprintf(called.text, sizeof called.text, "'%s'", name);
	else
		snprintf(called.text, sizeof called.text, "the %s in line %u", i < r->config->core.n_packs ? "pack" : "sensor",
		         r->members[i]->line);
	return called;
}

static void check_name(struct reading *r, int i)
{
	const int packs = r->config->core.n_packs;
	const char *name = member_at(r, i)->name;
	struct yaml_node *at = value_at(r->members[i], "name");
	if (i < packs && strchr(name, '/'))
		CONFIG_ERROR(r, at, BAD_VALUE, "a pack's name can't have a '/' in it: cells are shown as name/number");
	for (int k = 0; *name && k < i; k++) {
		const char *other = member_at(r, k)->name;
		if (!strcmp(name, other))
			CONFIG_ERROR(r, at, BAD_CLASH, "two %s are named '%s'; the first is in line %u",
				     i < packs ? "packs" : "of packs and sensors", name, r->members[k]->line);
		else if (i < packs && !strncmp(name, other, 5))
			CONFIG_WARNING(r, at, BAD_ODD,
				       "'%s' and '%s' look the same on a GX, which shows a cell as '%.5s/07'", other,
				       name, name);
	}
}

static void check_address(struct reading *r, int i)
{
	struct pack_settings *set = member_at(r, i);
	const struct profile *p = set->profile;
	struct yaml_node *at = value_at(r->members[i], "address");
	bool given = at != r->members[i];
	if (!p->per_address) {
		if (given)
			CONFIG_ERROR(r, at, BAD_VALUE, "the profile %s has no addresses: leave `address` out", p->id);
		set->address = 0;
	} else if (given && set->address >= 0 && (set->address < p->address_min || set->address > p->address_max)) {
		CONFIG_ERROR(r, at, BAD_RANGE, "`address: %d` is not one of the profile %s, %d to %d", set->address,
			     p->id, p->address_min, p->address_max);
	} else if (!given && key_meant(r->members[i], pack_rows, "address")) {
		return; /* told */
	} else if (!given && p->address_min != p->address_max) {
		CONFIG_ERROR(r, at, BAD_MISSING, "`address` is missing: the packs of the profile %s have %d to %d",
			     p->id, p->address_min, p->address_max);
	} else if (!given) {
		set->address = p->address_min;
	}
}

/* What holds for packs and sensors alike. False when no more can be checked. */
static bool check_member(struct reading *r, int i)
{
	const struct profile *p = member_at(r, i)->profile;
	struct yaml_node *at = value_at(r->members[i], "profile");
	bool sensor = i >= r->config->core.n_packs;
	check_name(r, i);
	if (p && p->sensor != sensor)
		CONFIG_ERROR(r, at, BAD_PROFILE,
			     sensor ? "%s is a battery: it belongs under `packs:`" :
				      "%s is a sensor, no battery: it belongs under `sensors:`, and "
				      "`bank: { current: { from: ... } }` says what is taken from it",
			     p->id);
	if (!p || p->sensor != sensor)
		return false;
	check_address(r, i);
	config_check_source(r, i);
	if (p->status == STATUS_EXPERIMENTAL && !r->config->notes->members[i].accept_experimental)
		CONFIG_ERROR(r, at, BAD_CONSENT,
			     "the profile %s is experimental: nobody has proven it on a real %s; to use it all the "
			     "same, add `accept_experimental: yes`",
			     p->id, sensor ? "sensor" : "battery");
	return true;
}

/* Does its BMS, or `override:`, give this? */
static bool gives(const struct pack_settings *set, enum quantity q)
{
	return set->profile->has_quantity >> q & 1 || set->override[q].set;
}

static bool gives_array(const struct pack_settings *set, enum array a)
{
	return set->profile->has_array >> a & 1;
}

/* Does `key` stand in the pack or one of its sections, well or badly written? Then it has been told what is wrong. */
static bool meant(const struct yaml_node *pack, const char *key)
{
	if (key_meant(pack, pack_rows, key))
		return true;
	for (struct yaml_node *n = pack->first; n; n = n->next) {
		const struct key_row *row = row_meant(n, pack_rows);
		bool limits = row && !strcmp(row->key, "limits"), override = row && !strcmp(row->key, "override");
		if ((limits || override) && n->kind != NODE_MAP && !value_empty(n))
			return true;
		if (limits && key_meant(n, row->rows, key))
			return true;
		for (const struct yaml_node *o = override ? n->first : NULL; o; o = o->next)
			if (override_meant(o->key, key))
				return true;
	}
	return false;
}

static void unsaid(struct reading *r, int i, const char *key, const char *what, const char *add)
{
	if (!meant(r->members[i], key))
		CONFIG_ERROR(r, r->members[i], BAD_UNSAID, "the profile %s gives no %s: add `%s` to this pack",
			     r->config->core.packs[i].profile->id, what, add);
}

static void check_limits_known(struct reading *r, int i)
{
	const struct pack_settings *set = &r->config->core.packs[i];
	const struct limit_settings *l = &set->limits;
	if (!gives(set, Q_CVL) && !l->cvl.set)
		unsaid(r, i, "charge_voltage", "charge voltage limit", "limits: { charge_voltage: ... V }");
	if (!gives(set, Q_CCL) && !l->ccl.set)
		unsaid(r, i, "charge_current", "charge current limit", "limits: { charge_current: ... A }");
	if (!gives(set, Q_DCL) && !l->dcl.set)
		unsaid(r, i, "discharge_current", "discharge current limit", "limits: { discharge_current: ... A }");
	if (!gives(set, Q_LOW_VOLTAGE) && !l->low_voltage.set)
		unsaid(r, i, "low_voltage", "low-voltage limit", "limits: { low_voltage: ... V }");
	if (l->cvl.set && l->low_voltage.set && l->cvl.value <= l->low_voltage.value)
		CONFIG_ERROR(r, value_at(value_at(r->members[i], "limits"), "charge_voltage"), BAD_ORDER,
			     "`charge_voltage` must be above `low_voltage`");
}

/* Does the profile add up the cells for what no frame gives? How many there are only the config can say. */
static bool adds_up_cells(const struct profile *p)
{
	for (unsigned i = 0; i < p->n_computed; i++) {
		const struct computed *c = &p->computed[i];
		bool cells = false, given = false;
		for (unsigned k = 0; k < c->n_parts && c->how == COMPUTE_SUM; k++)
			cells = cells || (c->parts[k].kind == FIELD_ARRAY && !c->parts[k].first);
		for (unsigned k = 0; k < p->n_fields; k++)
			given = given || (p->fields[k].kind == FIELD_QUANTITY && p->fields[k].target == c->target);
		if (cells && !given)
			return true;
	}
	return false;
}

/* A number that is always the same is no current, and a shunt knows only all packs together. */
static void check_current_known(struct reading *r, int i)
{
	const struct pack_settings *set = &r->config->core.packs[i];
	if (!gives(set, Q_CURRENT) && !meant(r->members[i], "current"))
		CONFIG_ERROR(r, r->members[i], BAD_UNSAID,
			     "the profile %s gives no current, by which each pack is held to its own limits; a shunt measures only all of "
			     "them together. Use another dialect of this BMS, or, without that protection, add "
			     "`override: { current: 0 A }` to this pack, and a shunt for the bank: `bank: { current: { from: ... } }`",
			     set->profile->id);
}

static void check_known(struct reading *r, int i)
{
	const struct pack_settings *set = &r->config->core.packs[i];
	check_limits_known(r, i);
	if (!gives(set, Q_VOLTAGE))
		unsaid(r, i, "voltage", "voltage", "override: { voltage: ... V }");
	check_current_known(r, i);
	if (!gives(set, Q_SOC) && !gives(set, Q_CAPACITY_REMAINING))
		unsaid(r, i, "soc", "state of charge", "override: { soc: ... % }");
	if (!gives(set, Q_CAPACITY) && !set->capacity.set)
		unsaid(r, i, "capacity", "capacity", "capacity: ... Ah");
	if (!gives(set, Q_TEMPERATURE) && !gives(set, Q_CELL_TEMPERATURE_MAX) &&
	    !gives_array(set, ARRAY_CELL_TEMPERATURE) && !set->assumed_temperature.set)
		unsaid(r, i, "assumed_temperature", "temperature", "assumed_temperature: 20 degC");
	if (!set->cells && !gives_array(set, ARRAY_CELL_VOLTAGE))
		unsaid(r, i, "cells", "cell voltages to count", "cells: ... (in series)");
	if (!set->cells && adds_up_cells(set->profile))
		unsaid(r, i, "cells", "voltage but the sum of its cells", "cells: ... (in series)");
}

/* An expectation that nothing can disappoint protects from nothing. */
static void check_expectation(struct reading *r, int i, const char *key, const char *expected, enum text text)
{
	const struct profile *p = r->config->core.packs[i].profile;
	for (int k = 0; k < p->n_fields; k++)
		if (p->fields[k].kind == FIELD_TEXT && p->fields[k].target == text)
			return;
	if (*expected)
		CONFIG_WARNING(r, value_at(value_at(r->members[i], "expect"), key), BAD_ODD,
			       "a BMS of the profile %s never tells its %s: this finds nothing", p->id, key);
}

/* The chemistry is not needed where the config gives all voltages itself. */
static bool needs_chemistry(const struct settings *s)
{
	bool guard =
		s->cell_guard && (!s->guard_high || !s->guard_high_release || !s->guard_low || !s->guard_low_release);
	return guard || !s->safe_voltage || !s->float_voltage;
}

static void check_chemistry(struct reading *r, int i, bool *told)
{
	struct settings *s = &r->config->core;
	if (s->packs[i].chemistry == CHEM_UNKNOWN)
		s->packs[i].chemistry = s->chemistry;
	bool bad = key_meant(r->members[i], pack_rows, "chemistry");
	for (struct yaml_node *n = r->root->first; n && !bad; n = n->next) {
		const struct key_row *row = row_meant(n, config_rows);
		bad = row && !strcmp(row->key, "bank") && row->rows && key_meant(n, row->rows, "chemistry");
	}
	if (s->packs[i].chemistry != CHEM_UNKNOWN || !needs_chemistry(s) || *told || bad)
		return;
	*told = true;
	CONFIG_ERROR(r, r->members[i], BAD_UNSAID,
		     "the chemistry is not known: add `bank: { chemistry: lfp }` (or nmc, lto), or `chemistry:` to "
		     "each pack");
}

static void check_packs(struct reading *r)
{
	struct settings *s = &r->config->core;
	bool told = false;
	for (int i = 0; i < s->n_packs; i++) {
		check_chemistry(r, i, &told);
		if (!check_member(r, i))
			continue;
		check_known(r, i);
		check_expectation(r, i, "serial", s->packs[i].expect_serial, TEXT_SERIAL);
		check_expectation(r, i, "manufacturer", s->packs[i].expect_manufacturer, TEXT_MANUFACTURER);
	}
	if (s->n_packs && s->chemistry == CHEM_UNKNOWN)
		s->chemistry = s->packs[0].chemistry;
}

void config_check(struct reading *r)
{
	check_settings(r);
	check_packs(r);
	for (int i = r->config->core.n_packs; i < settings_members(&r->config->core); i++)
		check_member(r, i);
	config_check_sane(r, config_check_topology(r));
	config_check_limits(r);
	config_check_sensors(r);
	config_check_alarms(r);
	config_check_charge(r);
	config_check_clashes(r);
}
