/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the reading of `packs:` and `sensors:`: each one's interface, profile, overrides and what may be sent to it. */
#include "config/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool port_wanted(struct reading *r, const char *name)
{
	static const char *const sections[] = { "packs", "sensors" };
	for (int i = 0; i < 2; i++) {
		const struct yaml_node *list = value_at(r->root, sections[i]);
		for (struct yaml_node *n = list->kind == NODE_LIST ? list->first : NULL; n; n = n->next)
			if (key_given(n, "interface") && !strcmp(value_at(n, "interface")->text, name))
				return true;
	}
	return false;
}

/* The interface of the most similar name; of two, the one that no pack is on. */
static const char *port_meant(struct reading *r, const char *name)
{
	const struct settings *s = &r->config->core;
	const char *known[PORTS_MAX + 1] = { NULL };
	int count = 0;
	for (int wanted = 0; wanted < 2; wanted++)
		for (int i = 0; i < s->n_ports; i++)
			if (port_wanted(r, s->port_names[i]) == wanted)
				known[count++] = s->port_names[i];
	return closest_word(name, known);
}

void read_pack_interface(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	const struct config *c = r->config;
	if (!expect_scalar(r, n, "can0") || !c->core.n_ports) /* without any, that has been told */
		return;
	for (int i = 0; i < c->core.n_ports; i++) {
		if (strcmp(n->text, c->core.port_names[i]))
			continue;
		member_at(r, index)->port = i;
		note_origin(r, row, index, n);
		return;
	}
	const char *meant = port_meant(r, n->text);
	CONFIG_ERROR(r, n, BAD_NAME, "no interface '%s': add `%s: {}` under `interfaces:`%s%s%s", n->text, n->text,
		     meant ? ", or did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
}

/* A file name without its path or ending, so that nothing outside the search path is opened. */
static bool profile_name_good(const char *name)
{
	size_t len = strlen(name);
	return len && len <= PROFILE_NAME_MAX && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len;
}

static void no_such_profile(struct reading *r, struct yaml_node *n, const char *tried)
{
	char meant[PROFILE_SUGGEST_MAX];
	profile_suggest(&r->config->profiles.dirs, n->text, meant, sizeof meant);
	if (*meant)
		CONFIG_ERROR(r, n, BAD_PROFILE, "no profile '%s'%s", n->text, meant);
	else if (!profile_name_good(n->text))
		CONFIG_ERROR(r, n, BAD_PROFILE,
			     "'%s' is no name of a profile: small letters, digits and '-', without .yaml; `battagg profile "
			     "list` shows all",
			     n->text);
	else
		CONFIG_ERROR(r, n, BAD_PROFILE, "no profile '%s'; looked for %s; `battagg profile list` shows all", n->text,
			     tried ? tried : "it nowhere");
}

/* An earlier pack with the same profile, or -1: then its findings have been told already. */
static int same_profile_before(struct reading *r, const struct yaml_node *n, int index)
{
	for (int i = 0; i < index; i++) {
		const struct yaml_node *other = value_at(r->members[i], "profile");
		if (other->kind == NODE_SCALAR && !strcmp(other->text, n->text))
			return i;
	}
	return -1;
}

/* The pack's values for the profile's parameters; false when one is wrong. `p` has the defaults. */
static bool take_parameters(struct reading *r, const struct profile *p, int index,
			    struct profile_parameter list[PARAMETERS_MAX], struct profile_parameters *out)
{
	struct yaml_node *map = yaml_get(r->members[index], "parameters");
	char why[256];
	bool good = true;
	*out = (struct profile_parameters) { list, 0 };
	if (!map || !expect_map(r, map, "cell_base: 0"))
		return !map;
	for (struct yaml_node *n = map->first; n; n = n->next) {
		n->used = true;
		if (!expect_scalar(r, n, "0")) {
			good = false;
		} else if (!profile_parameter_check(p, n->key, n->text, why, sizeof why)) {
			CONFIG_ERROR(r, n, BAD_PROFILE, "%s", why);
			good = false;
		} else {
			list[out->count++] = (struct profile_parameter) { n->key, n->text };
		}
	}
	return good;
}

/* The profile with the pack's parameters; with the defaults when these are wrong. */
static const struct profile *with_parameters(struct reading *r, const struct profile *p, struct yaml_node *n, int index)
{
	struct profile_parameter list[PARAMETERS_MAX];
	struct profile_parameters given;
	if (!p || !take_parameters(r, p, index, list, &given) || profile_parameters_are(p, &given))
		return p;
	const struct profile *own = profile_find_with(&r->config->profiles, n->text, &given, r->problems, NULL, NULL);
	if (!own)
		CONFIG_ERROR(r, n, BAD_PROFILE, "the profile '%s' has errors with these parameters", n->text);
	return own;
}

void read_pack_profile(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	struct pack_settings *set = member_at(r, index);
	char *tried = NULL, *shadowed = NULL;
	if (!expect_scalar(r, n, "pylontech"))
		return;
	if (!profile_name_good(n->text)) {
		no_such_profile(r, n, NULL);
		return;
	}
	bool told = same_profile_before(r, n, index) >= 0;
	size_t errors = r->problems->errors;
	struct problems again = { 0 }; /* what an earlier pack's profile has been said to have */
	const struct profile *p = profile_find(&r->config->profiles, n->text, told ? &again : r->problems, &tried, &shadowed);
	problems_free(&again);
	if (!p && !told && r->problems->errors == errors)
		no_such_profile(r, n, tried);
	else if (!p && !told)
		CONFIG_ERROR(r, n, BAD_PROFILE, "the profile '%s' has errors of its own", n->text);
	else if (!told && shadowed)
		CONFIG_WARNING(r, n, BAD_PROFILE, "%s is used; it hides %s", p->file, shadowed);
	set->profile = with_parameters(r, p, n, index);
	free(tried);
	free(shadowed);
	note_origin(r, row, index, n);
}

int parameter_index(int member, int parameter)
{
	return MEMBERS_MAX * (parameter + 1) + member;
}

/* They went into the profile already; here only where they stand. */
void read_parameters(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	const struct profile *p = member_at(r, index)->profile;
	for (int i = 0; p && i < p->n_parameters; i++)
		if (key_given(n, p->parameters[i].name))
			note_origin(r, row, parameter_index(index, i), value_at(n, p->parameters[i].name));
}

void read_accept(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	int64_t yes = 0;
	struct key_row flag = *row;
	flag.dimension = DIM_FLAG;
	if (!row_parse(r, &flag, n, &yes))
		return;
	r->config->notes->members[index].accept_experimental = yes;
	note_origin(r, row, index, n);
}

int override_index(int member, int quantity)
{
	return MEMBERS_MAX * (quantity + 1) + member;
}

/* Quantities by their own names, and the limits also by those of `limits:`. */
static int find_override(const char *name)
{
	for (const struct override_name *o = override_names; o->name; o++)
		if (!strcmp(name, o->name))
			return (int)o->q;
	return quantity_find(name);
}

bool override_meant(const char *key, const char *wanted)
{
	const char *const known[] = { wanted, NULL };
	int q = find_override(wanted);
	return closest_word(key, known) || (q >= 0 && find_override(key) == q);
}

static void override_one(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	const char *known[N_QUANTITY + 1] = { NULL };
	for (int i = 0; i < N_QUANTITY; i++)
		known[i] = quantities[i].name;
	int q = find_override(n->key);
	if (q < 0) {
		const char *meant = closest_word(n->key, known);
		yaml_error_at_key(r->doc, n, r->problems, config_rules[BAD_NAME].id, "no quantity '%s'%s%s%s", n->key,
				  meant ? "; did you mean '" : "; such as soc, cvl, ccl, dcl", meant ? meant : "",
				  meant ? "'?" : "");
		return;
	}
	struct bound *over = &member_at(r, index)->override[q];
	const struct quantity_row *quantity = &quantities[q];
	enum dimension d = unit_dimension(quantity->unit);
	struct key_row number = { .key = n->key, .dimension = d };
	int64_t value;
	char min[DIMENSION_TEXT_MAX], max[DIMENSION_TEXT_MAX];
	number.min = dimension_print(min, d, quantity->min);
	number.max = dimension_print(max, d, quantity->max);
	if (!row_parse(r, &number, n, &value))
		return;
	if (over->set)
		CONFIG_ERROR(r, n, BAD_CLASH, "`%s` is overridden twice", quantity->name);
	*over = (struct bound) { true, value };
	note_origin(r, row, override_index(index, q), n);
}

void read_override(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	if (!expect_map(r, n, "soc: 50 %"))
		return;
	for (struct yaml_node *o = n->first; o; o = o->next) {
		o->used = true;
		override_one(r, row, o, index);
	}
}

int transmit_index(int member, int row)
{
	return MEMBERS_MAX * (row + 1) + member;
}

/* The profile's row of frames to the BMS by this name; -1, told. */
static int find_transmit(struct reading *r, const struct pack_settings *set, const struct yaml_node *at,
			 const char *name)
{
	const char *known[TRANSMIT_MAX + 1] = { NULL };
	for (int i = 0; i < set->profile->n_transmit; i++) {
		known[i] = set->profile->transmit[i].name;
		if (!strcmp(name, known[i]))
			return i;
	}
	const char *meant = closest_word(name, known);
	CONFIG_ERROR(r, at, BAD_NAME, "the profile %s sends nothing named '%s'%s%s%s", set->profile->id, name,
		     meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
	return -1;
}

void read_transmit(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	struct pack_settings *set = member_at(r, index);
	if (!expect_map(r, n, "keepalive: off"))
		return;
	for (struct yaml_node *t = n->first; t; t = t->next) {
		int64_t on;
		struct key_row flag = { .key = t->key, .dimension = DIM_FLAG, .standard = "off" };
		t->used = true;
		int k = set->profile ? find_transmit(r, set, t, t->key) : -1;
		if (!row_parse(r, &flag, t, &on) || k < 0)
			continue;
		set->transmit[k] = on;
		r->config->notes->members[index].switched |= (uint8_t)(1u << k);
		note_origin(r, row, transmit_index(index, k), t);
	}
}

void read_allow(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	struct pack_settings *set = member_at(r, index);
	if (n->kind != NODE_LIST) {
		CONFIG_ERROR(r, n, BAD_VALUE, "`allow` wants a list of names, such as [contactor]");
		return;
	}
	for (struct yaml_node *a = n->first; a; a = a->next) {
		int k = expect_scalar(r, a, "contactor") && set->profile ? find_transmit(r, set, a, a->text) : -1;
		if (k < 0)
			continue;
		if (!set->profile->transmit[k].control)
			CONFIG_WARNING(r, a, BAD_ODD, "'%s' moves nothing and needs no `allow`", a->text);
		r->config->notes->members[index].allowed |= (uint8_t)(1u << k);
	}
	note_origin(r, row, index, n);
}

/* What the config does not switch is as the profile has it; contactors never without consent. */
static void finish_member(struct reading *r, int index)
{
	struct pack_settings *set = member_at(r, index);
	const struct pack_notes *notes = &r->config->notes->members[index];
	for (int k = 0; set->profile && k < set->profile->n_transmit; k++) {
		const struct transmit *t = &set->profile->transmit[k];
		if (!(notes->switched >> k & 1))
			set->transmit[k] = t->on && (!t->control || notes->allowed >> k & 1);
		else if (set->transmit[k] && t->control && !(notes->allowed >> k & 1))
			CONFIG_ERROR(r, value_at(value_at(r->members[index], "transmit"), t->name), BAD_CONSENT,
				     "'%s' moves contactors: if that is what you want, add `allow: [%s]`", t->name,
				     t->name);
	}
}

static void read_members(struct reading *r, const struct key_row *row, struct yaml_node *list, int *count, int max,
			 const char *what)
{
	for (struct yaml_node *n = list->first; n; n = n->next) {
		if (*count == max) {
			CONFIG_ERROR(r, n, BAD_RANGE, "more than %d %ss", max, what);
			return;
		}
		if (n->kind != NODE_MAP) {
			CONFIG_ERROR(r, n, BAD_VALUE, "a %s wants keys of its own, such as `name: A`", what);
			continue;
		}
		int i = settings_members(&r->config->core);
		++*count;
		struct pack_settings *set = member_at(r, i);
		r->members[i] = n;
		set->port = -1;
		set->address = -1;
		rows_set_defaults(row->rows, set);
		rows_read(r, row->rows, n, set, i);
		finish_member(r, i);
	}
}

void read_packs(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	(void)index;
	if (n->kind != NODE_LIST || !n->first)
		CONFIG_ERROR(r, n, BAD_VALUE,
			     "`packs` wants a list with an entry for each battery, such as "
			     "`- { name: A, interface: can0, profile: pylontech }`");
	else
		read_members(r, row, n, &r->config->core.n_packs, PACKS_MAX, "pack");
}

void read_sensors(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	(void)index;
	if (n->kind != NODE_LIST && !value_empty(n))
		CONFIG_ERROR(r, n, BAD_VALUE,
			     "`sensors` wants a list, such as "
			     "`- { name: shunt, interface: vecan0, profile: n2k-sensor, source: 0x45 }`");
	else
		read_members(r, row, n, &r->config->core.n_sensors, SENSORS_MAX, "sensor");
}
