/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns parameters: numbers of a profile that the config may set for a pack. They are put in as text before all else. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/profile_load.h"

#define TEXT_ROOM 256 /* of a scalar with parameters in it */

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

/* Keys whose values are numbers, with or without a unit: only there a parameter may stand. */
static const char *const numeric[] = { "id",     "pgn",   "source", "group",  "byte",   "bytes",  "bit",    "bits",
	                               "start",  "length", "factor", "offset", "absent", "is",     "over",   "poly",
	                               "init",   "final",  "dlc",    "size",   "each",   "period", "stale",  "send",
	                               "timeout", "rank",  "least",  "answers", "sdo",   "addresses", "range", NULL };

static bool is_number(const char *text)
{
	struct ratio r;
	/* small enough to be compared by cross multiplication */
	return strlen(text) <= PARAMETER_TEXT_MAX && !parse_ratio(text, DIM_NONE, false, &r) && r.den <= INT32_MAX &&
	       r.num <= INT32_MAX && r.num >= -INT32_MAX;
}

/* a < b: -1, and so on; both are numbers. */
static int compare(const char *a, const char *b)
{
	struct ratio x, y;
	parse_ratio(a, DIM_NONE, false, &x);
	parse_ratio(b, DIM_NONE, false, &y);
	int64_t left = x.num * y.den, right = y.num * x.den;
	return left < right ? -1 : left > right;
}

/* Some number for a parameter, copied. */
static bool take_number(struct loading *l, struct yaml_node *n, char out[PARAMETER_TEXT_MAX + 1])
{
	if (!node_is(l, n, NODE_SCALAR, "a number"))
		return false;
	if (!is_number(n->text)) {
		PROFILE_ERROR(l, n, CHECK_PARAMETER, "'%s' is no number without a unit: 1, 0.1, -0.1 or 0x620", n->text);
		return false;
	}
	snprintf(out, PARAMETER_TEXT_MAX + 1, "%s", n->text);
	return true;
}

static void take_values(struct loading *l, struct yaml_node *n, struct parameter *p)
{
	if (!node_is(l, n, NODE_LIST, "a list of numbers"))
		return;
	for (struct yaml_node *v = n->first; v; v = v->next) {
		if (p->n_values == PARAMETER_VALUES_MAX)
			PROFILE_ERROR(l, v, CHECK_SIZE, "at most %d values; or give `min` and `max`", PARAMETER_VALUES_MAX);
		else if (take_number(l, v, p->values[p->n_values]))
			p->n_values++;
	}
}

/* What a value must be, for messages. */
static const char *allowed(const struct parameter *p, char *buf, size_t size)
{
	size_t len = 0;
	if (!p->n_values)
		snprintf(buf, size, "%s to %s", p->min, p->max);
	for (unsigned i = 0; i < p->n_values && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? ", " : "", p->values[i]);
	return buf;
}

/* The text of the value as the profile writes it, NULL when it is not allowed. */
static const char *allowed_text(const struct parameter *p, const char *value)
{
	if (!is_number(value))
		return NULL;
	for (unsigned i = 0; i < p->n_values; i++)
		if (!compare(p->values[i], value))
			return p->values[i];
	if (p->n_values)
		return NULL;
	return compare(value, p->min) >= 0 && compare(value, p->max) <= 0 ? value : NULL;
}

static const struct parameter *find(const struct profile *p, const char *name)
{
	for (unsigned i = 0; i < p->n_parameters; i++)
		if (!strcmp(p->parameters[i].name, name))
			return &p->parameters[i];
	return NULL;
}

bool profile_parameter_check(const struct profile *profile, const char *name, const char *value, char *why, size_t size)
{
	const struct parameter *p = find(profile, name);
	char all[160];
	if (!p) {
		const char *known[PARAMETERS_MAX + 1] = { NULL };
		*all = '\0';
		for (unsigned i = 0; i < profile->n_parameters; i++) {
			known[i] = profile->parameters[i].name;
			snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", known[i]);
		}
		const char *close = closest_word(name, known);
		if (close)
			snprintf(why, size, "the profile %s has no parameter '%s'; did you mean '%s'?", profile->id, name, close);
		else
			snprintf(why, size, "the profile %s has no parameter '%s'; it has %s", profile->id, name, *all ? all : "none");
		return false;
	}
	if (allowed_text(p, value))
		return true;
	snprintf(why, size, "%s can't be '%s'; it can be: %s", name, value, allowed(p, all, sizeof all));
	return false;
}

bool profile_parameters_are(const struct profile *p, const struct profile_parameters *given)
{
	for (unsigned i = 0; i < p->n_parameters; i++) {
		const char *want = p->parameters[i].standard;
		for (size_t k = 0; given && k < given->count; k++)
			if (!strcmp(given->list[k].name, p->parameters[i].name))
				want = given->list[k].value;
		if (!is_number(want) || compare(want, p->parameters[i].value))
			return false;
	}
	return true;
}

static bool good_name(const char *name)
{
	static const char *const taken[] = { "group", "address", "any", "never", "byte", "bytes", "bit", "bits", "min", "day",
		                             "yes", "no", "on", "off", "event", "each", NULL };
	if (!*name || strlen(name) > PROFILE_NAME_MAX || strlen(name) < 3 || name[strspn(name, letters)] || *name < 'a')
		return false;
	for (int i = 0; taken[i]; i++)
		if (!strcmp(taken[i], name))
			return false;
	return true;
}

/* The value for this run: the pack's, or the default. */
static void choose(struct loading *l, struct yaml_node *n, struct parameter *p)
{
	char all[160];
	snprintf(p->value, sizeof p->value, "%s", p->standard);
	if (!allowed_text(p, p->standard))
		PROFILE_ERROR(l, yaml_get(n, "default"), CHECK_PARAMETER, "the default of %s is not one of its values: %s", p->name,
		              allowed(p, all, sizeof all));
	for (size_t i = 0; l->given && i < l->given->count; i++) {
		const struct profile_parameter *given = &l->given->list[i];
		const char *text = strcmp(given->name, p->name) ? NULL : allowed_text(p, given->value);
		if (text)
			snprintf(p->value, sizeof p->value, "%s", text);
		else if (!strcmp(given->name, p->name))
			PROFILE_ERROR(l, n, CHECK_PARAMETER, "%s can't be '%s'; it can be: %s", p->name, given->value,
			              allowed(p, all, sizeof all));
	}
}

/* name: { default: 1, values: [0, 1], what: ... } */
static void parse_one(struct loading *l, struct yaml_node *n)
{
	struct parameter *p = &l->p->parameters[l->p->n_parameters];
	n->used = true;
	if (l->p->n_parameters == PARAMETERS_MAX)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_SIZE, "at most %d parameters", PARAMETERS_MAX);
	else if (!good_name(n->key))
		PROFILE_ERROR_AT_KEY(l, n, CHECK_PARAMETER, "'%s': a parameter has a name of its own, of 3 or more of a-z, 0-9 and _",
		                     n->key);
	else if (node_is(l, n, NODE_MAP, "a map such as { default: 1, values: [0, 1], what: number of the first frame }")) {
		snprintf(p->name, sizeof p->name, "%s", n->key);
		struct yaml_node *standard = node_need(l, n, "default", "default: 1"), *values = yaml_get(n, "values"),
				 *min = yaml_get(n, "min"), *max = yaml_get(n, "max"), *what = node_need(l, n, "what", "what: ...");
		bool good = standard && take_number(l, standard, p->standard);
		if (what && node_is(l, what, NODE_SCALAR, "a text"))
			p->what = strdup(what->text);
		if (values)
			take_values(l, values, p);
		else if (min && max)
			good = take_number(l, min, p->min) && take_number(l, max, p->max) && good;
		if (!values == !(min && max)) {
			PROFILE_ERROR(l, n, CHECK_PARAMETER, "what may %s be? either `values: [0, 1]`, or `min` and `max`", n->key);
			good = false;
		}
		refuse_unknown(l, n, parameter_words);
		l->p->n_parameters++;
		if (good)
			choose(l, n, p);
	}
}

/* ---- putting them in ---- */

static const struct parameter *find_part(const struct profile *p, const char *name, size_t len)
{
	for (unsigned i = 0; i < p->n_parameters; i++)
		if (strlen(p->parameters[i].name) == len && !strncmp(p->parameters[i].name, name, len))
			return &p->parameters[i];
	return NULL;
}

/* The text with its parameters' values, to be kept until the end of loading; or the text itself. */
static const char *with_values(struct loading *l, const char *text)
{
	char out[TEXT_ROOM];
	size_t n = 0;
	bool changed = false;
	while (*text && n + PARAMETER_TEXT_MAX < sizeof out) {
		size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
		const struct parameter *p = len ? find_part(l->p, text, len) : NULL;
		len = len ? len : 1;
		const char *part = p ? p->value : text;
		size_t size = p ? strlen(p->value) : len;
		if (n + size >= sizeof out)
			return NULL;
		memcpy(out + n, part, size);
		n += size;
		text += len;
		if (p)
			l->put_in |= 1u << (p - l->p->parameters);
		changed = changed || p;
	}
	out[n] = '\0';
	if (!changed || *text)
		return NULL;
	if (l->n_texts == TEXTS_MAX) {
		PROFILE_ERROR(l, NULL, CHECK_SIZE, "parameters stand in more than %d places", TEXTS_MAX);
		return NULL;
	}
	return l->texts[l->n_texts++] = strdup(out);
}

static bool is_numeric(const char *key)
{
	for (int i = 0; key && numeric[i]; i++)
		if (!strcmp(numeric[i], key))
			return true;
	return false;
}

/* Depth is limited by the reader. `key`: of the map's value this stands in. */
static void put_in(struct loading *l, struct yaml_node *n, const char *key)
{
	const char *text;
	if (n->key && strchr(n->key, '[') && (text = with_values(l, n->key)))
		n->key = text;
	if (n->kind == NODE_SCALAR) {
		if (!n->quoted && is_numeric(key) && (text = with_values(l, n->text)))
			n->text = text;
		return;
	}
	for (struct yaml_node *c = n->first; c; c = c->next)
		put_in(l, c, c->key ? c->key : key);
}

void parameters_parse(struct loading *l, struct yaml_node *root)
{
	static const char *const parts[] = { "addresses", "foreign_ids", "frames", "transmit", "poll" };
	struct yaml_node *map = yaml_get(root, "parameters");
	for (size_t i = 0; l->given && i < l->given->count; i++)
		if (!map || map->kind != NODE_MAP || !yaml_get(map, l->given->list[i].name))
			PROFILE_ERROR(l, map ? map : root, CHECK_PARAMETER, "there is no parameter '%s'", l->given->list[i].name);
	if (!map || !node_is(l, map, NODE_MAP, "a map of parameters"))
		return;
	for (struct yaml_node *n = map->first; n; n = n->next)
		parse_one(l, n);
	if (!l->p->n_parameters)
		return;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct yaml_node *part = yaml_get(root, parts[i]);
		if (part)
			put_in(l, part, parts[i]);
	}
	for (unsigned i = 0; i < l->p->n_parameters; i++)
		if (!(l->put_in >> i & 1))
			PROFILE_ERROR_AT_KEY(l, yaml_get(map, l->p->parameters[i].name), CHECK_PARAMETER, "nothing uses the parameter %s",
			                     l->p->parameters[i].name);
}
