/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns how the packs are wired: `topology: parallel`, `series`, or strings in parallel; and what may be wired so. */
#include "config/config_private.h"
#include "config/reader_private.h"

#include <stdio.h>
#include <string.h>

const char *const topology_words[] = { "parallel", "series", NULL };
#define EXAMPLE "[[A, B], [C, D]]"

/* The names in it are looked up when the packs have been read. */
void read_topology(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	if (n->kind == NODE_MAP)
		CONFIG_ERROR(r, n, BAD_VALUE, "`topology` is parallel, series, or strings in parallel, such as " EXAMPLE);
	r->topology_unknown = n->kind == NODE_MAP || (n->kind == NODE_SCALAR && expect_word(r, n, topology_words) < 0);
	if (r->topology_unknown)
		return;
	r->topology = n;
	note_origin(r, row, index, n);
}

static int find_pack(const struct settings *s, const char *name)
{
	for (int i = 0; i < s->n_packs; i++)
		if (!strcmp(s->packs[i].name, name))
			return i;
	return -1;
}

static void unknown_pack(struct reading *r, const struct yaml_node *n)
{
	const char *names[PACKS_MAX + 1] = { NULL }, *meant;
	for (int i = 0; i < r->config->core.n_packs; i++)
		names[i] = r->config->core.packs[i].name;
	meant = closest_word(n->text, names);
	CONFIG_ERROR(r, n, BAD_NAME, "no pack is named '%s'%s%s%s", n->text, meant ? "; did you mean '" : "", meant ? meant : "",
	             meant ? "'?" : "");
}

/* One pack's place in a string. */
static void place_pack(struct reading *r, struct yaml_node *n, int string, bool placed[PACKS_MAX])
{
	if (!expect_scalar(r, n, "A"))
		return;
	int i = find_pack(&r->config->core, n->text);
	if (i < 0) {
		unknown_pack(r, n);
	} else if (placed[i]) {
		CONFIG_ERROR(r, n, BAD_CLASH, "'%s' stands in `topology` twice", n->text);
	} else {
		placed[i] = true;
		r->config->core.string_of[i] = string;
	}
}

/* [[A, B], [C, D]]: what stands inside is in series, what stands side by side is in parallel. False: it says nothing. */
static bool read_strings(struct reading *r)
{
	size_t errors = r->problems->errors;
	struct settings *s = &r->config->core;
	bool placed[PACKS_MAX] = { false };
	for (struct yaml_node *n = r->topology->first; n; n = n->next) {
		if (n->kind == NODE_MAP || s->n_strings == PACKS_MAX) {
			CONFIG_ERROR(r, n, BAD_VALUE, "a string is a list of packs, such as [A, B]");
			return false;
		}
		if (n->kind == NODE_SCALAR)
			place_pack(r, n, s->n_strings, placed);
		else if (!n->first)
			CONFIG_ERROR(r, n, BAD_VALUE, "an empty string");
		for (struct yaml_node *in = n->kind == NODE_LIST ? n->first : NULL; in; in = in->next)
			place_pack(r, in, s->n_strings, placed);
		s->n_strings++;
	}
	for (int i = 0, good = r->problems->errors == errors; i < s->n_packs && good; i++)
		if (!placed[i])
			CONFIG_ERROR(r, r->topology, BAD_MISSING, "'%s' has no place in `topology`", s->packs[i].name);
	return r->problems->errors == errors;
}

/* Strings as they are wired; each pack is one by itself in parallel. */
static int string_of(const struct settings *s, int pack)
{
	return s->n_strings ? s->string_of[pack] : pack;
}

/* A string for messages and for what its cells add up to. */
struct string {
	int first; /* pack */
	int packs, cells;
	int64_t nominal; /* mV; 0 = unknown */
	char name[128];
};

static struct string describe(const struct settings *s, int number)
{
	struct string string = { .first = -1 };
	bool known = true;
	size_t at = 0;
	for (int i = 0; i < s->n_packs; i++) {
		if (string_of(s, i) != number)
			continue;
		int64_t nominal = (int64_t)s->packs[i].cells * chemistries[s->packs[i].chemistry].nominal;
		if (at < sizeof string.name)
			at += (size_t)snprintf(string.name + at, sizeof string.name - at, "%s%s", string.packs ? " + " : "",
			                       s->packs[i].name);
		string.first = string.packs ? string.first : i;
		string.packs++;
		string.cells += s->packs[i].cells;
		string.nominal += nominal;
		known = known && nominal;
	}
	string.nominal = known ? string.nominal : 0;
	return string;
}

struct string_called {
	char text[sizeof((struct string *)0)->name + 2];
};

/* A pack by itself may have no name that says anything. */
static struct string_called string_called(struct reading *r, const struct string *s)
{
	struct string_called called;
	if (s->packs == 1)
		snprintf(called.text, sizeof called.text, "%s", pack_called(r, s->first).text);
	else
		snprintf(called.text, sizeof called.text, "'%s'", s->name);
	return called;
}

static void compare(struct reading *r, const struct string *a, const struct string *b)
{
	int64_t apart = a->nominal > b->nominal ? a->nominal - b->nominal : b->nominal - a->nominal;
	int64_t more = a->nominal > b->nominal ? a->nominal : b->nominal;
	struct yaml_node *at = value_at(r->members[a->first], "cells");
	char ta[VALUE_TEXT_MAX], tb[VALUE_TEXT_MAX];
	value_print_fixed(ta, sizeof ta, UNIT_MV, a->nominal, 1);
	value_print_fixed(tb, sizeof tb, UNIT_MV, b->nominal, 1);
	if (apart * 10 > more)
		CONFIG_ERROR(r, at, BAD_UNLIKE,
		             "%s has a nominal voltage of %s and %s of %s: more than 10 %% apart, they can't be in parallel",
		             string_called(r, a).text, ta, string_called(r, b).text, tb);
	else
		CONFIG_WARNING(r, at, BAD_UNLIKE,
		               "%s has %d cells and %s has %d: the bank is charged to the lower one's voltage only",
		               string_called(r, a).text, a->cells, string_called(r, b).text, b->cells);
}

/* The first one before it that is unlike is told; the others are unlike for the same reason. */
static void check_voltage(struct reading *r, int number)
{
	struct string a = describe(&r->config->core, number);
	for (int i = 0; i < number && a.nominal; i++) {
		struct string b = describe(&r->config->core, i);
		if (!b.nominal || a.nominal == b.nominal)
			continue;
		compare(r, &a, &b);
		return;
	}
}

static void check_chemistry(struct reading *r, int pack)
{
	const struct pack_settings *packs = r->config->core.packs, *a = &packs[pack];
	for (int i = 0; i < pack && a->chemistry; i++) {
		const struct pack_settings *b = &packs[i];
		if (!b->chemistry || a->chemistry == b->chemistry)
			continue;
		CONFIG_ERROR(r, value_at(r->members[pack], "chemistry"), BAD_UNLIKE,
		             "%s is %s and %s is %s: packs of different chemistry can't be in one bank",
		             pack_called(r, pack).text, chemistries[a->chemistry].name, pack_called(r, i).text,
		             chemistries[b->chemistry].name);
		return;
	}
}

/* In series the smallest pack is full and empty first: the others are never used to their ends. */
static void check_capacity(struct reading *r, int pack)
{
	const struct settings *s = &r->config->core;
	const struct pack_settings *a = &s->packs[pack];
	char ta[VALUE_TEXT_MAX], tb[VALUE_TEXT_MAX];
	for (int i = 0; i < pack && s->n_strings && a->capacity.set; i++) {
		const struct pack_settings *b = &s->packs[i];
		if (s->string_of[i] != s->string_of[pack])
			continue;
		if (!b->capacity.set || b->capacity.value == a->capacity.value)
			return; /* like the first of its string */
		CONFIG_WARNING(r, value_at(r->members[pack], "capacity"), BAD_UNLIKE,
		               "%s has %s and %s, in series with it, %s: only the smaller one's can be used",
		               pack_called(r, pack).text, value_print(ta, sizeof ta, UNIT_MAH, a->capacity.value),
		               pack_called(r, i).text, value_print(tb, sizeof tb, UNIT_MAH, b->capacity.value));
		return;
	}
}

bool config_check_topology(struct reading *r)
{
	struct settings *s = &r->config->core;
	if (r->topology_unknown || (r->topology && r->topology->kind == NODE_LIST && !read_strings(r)))
		return false;
	if (r->topology && r->topology->kind == NODE_SCALAR && !strcmp(r->topology->text, "series"))
		s->n_strings = 1; /* all are in string 0 */
	int strings = s->n_strings ? s->n_strings : s->n_packs;
	for (int i = 0; i < strings; i++)
		check_voltage(r, i);
	for (int i = 0; i < s->n_packs; i++) {
		check_chemistry(r, i);
		check_capacity(r, i);
	}
	return true;
}

void print_topology(struct printing *p, const struct key_row *row, int index)
{
	const struct settings *s = &p->config->core;
	char text[PACKS_MAX * (PACK_NAME_MAX + 4)] = "parallel";
	size_t at = 0;
	for (int i = 0; i < s->n_strings && at < sizeof text; i++) {
		at += (size_t)snprintf(text + at, sizeof text - at, "%s", i ? ", [" : "[[");
		const char *comma = "";
		for (int k = 0; k < s->n_packs && at < sizeof text; k++) {
			if (s->string_of[k] != i)
				continue;
			at += (size_t)snprintf(text + at, sizeof text - at, "%s%s", comma, s->packs[k].name);
			comma = ", ";
		}
		if (at < sizeof text)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s", i == s->n_strings - 1 ? "]]" : "]");
	}
	print_value(p, row->key, text, find_origin(p->config, row, index), "default");
}

bool config_same_topology(const struct config *a, const struct config *b)
{
	int to[PACKS_MAX];
	for (int i = 0; i < a->core.n_packs; i++)
		to[i] = find_pack(&b->core, a->core.packs[i].name);
	for (int i = 0; i < a->core.n_packs; i++)
		for (int k = 0; k < i; k++) {
			bool together = string_of(&a->core, i) == string_of(&a->core, k);
			if (to[i] >= 0 && to[k] >= 0 && together != (string_of(&b->core, to[i]) == string_of(&b->core, to[k])))
				return false;
		}
	return true;
}
