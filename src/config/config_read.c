/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the schema's rows at work: defaults, reading and checking one value, and where it came from. */
#include "config/config_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_KNOWN_MAX 31

static void *field_of(const struct key_row *row, void *base)
{
	return (char *)base + row->at;
}

void row_store(const struct key_row *row, void *base, int64_t value)
{
	void *field = field_of(row, base);
	switch (row->store) {
	case STORE_NONE: break;
	case STORE_INT64: *(int64_t *)field = value; break;
	case STORE_INT: *(int *)field = (int)value; break; /* its range in the table is within int's */
	case STORE_BOOL: *(bool *)field = value; break;
	case STORE_BOUND: *(struct bound *)field = (struct bound) { true, value }; break;
	}
}

int64_t row_load(const struct key_row *row, const void *base, bool *set)
{
	const void *field = (const char *)base + row->at;
	*set = true;
	switch (row->store) {
	case STORE_NONE: break;
	case STORE_INT64: return *(const int64_t *)field;
	case STORE_INT: return *(const int *)field;
	case STORE_BOOL: return *(const bool *)field;
	case STORE_BOUND: *set = ((const struct bound *)field)->set; return ((const struct bound *)field)->value;
	}
	return row->first;
}

static int find_word(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;
	return -1;
}

void rows_set_defaults(const struct key_row *rows, void *base)
{
	for (const struct key_row *row = rows; row->key; row++) {
		int64_t value;
		if (row->kind == KEY_MAP)
			rows_set_defaults(row->rows, base);
		else if (!row->standard)
			continue;
		else if (row->kind == KEY_NUMBER && !parse_value(row->standard, row->dimension, &value))
			row_store(row, base, value);
		else if (row->kind == KEY_WORD)
			row_store(row, base, row->first + find_word(row->standard, row->words));
		else if (row->kind == KEY_TEXT)
			snprintf(field_of(row, base), row->size, "%s", row->standard);
	}
}

bool value_empty(const struct yaml_node *n)
{
	return n->kind == NODE_SCALAR && !n->quoted && !*n->text;
}

bool expect_scalar(struct reading *r, struct yaml_node *n, const char *example)
{
	if (n->kind != NODE_SCALAR)
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s` wants a single value, such as %s", n->key ? n->key : "this",
			     example);
	else if (value_empty(n))
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s` has no value: give one, such as %s, or leave the key out",
			     n->key ? n->key : "this", example);
	return n->kind == NODE_SCALAR && !value_empty(n);
}

bool expect_map(struct reading *r, struct yaml_node *n, const char *example)
{
	bool good = n->kind == NODE_MAP || value_empty(n);
	if (!good)
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s` wants keys of its own, such as `%s`", n->key ? n->key : "this",
			     example);
	return good;
}

int expect_word(struct reading *r, struct yaml_node *n, const char *const *words)
{
	if (!expect_scalar(r, n, words[0]))
		return -1;
	int found = find_word(n->text, words);
	if (found >= 0)
		return found;
	char list[160] = "";
	size_t len = 0;
	for (int i = 0; words[i] && len < sizeof list; i++)
		len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", i ? ", " : "", words[i]);
	const char *meant = closest_word(n->text, words);
	if (meant)
		CONFIG_ERROR(r, n, BAD_NAME, "`%s` can't be '%s'; did you mean '%s'?", n->key ? n->key : "this",
			     n->text, meant);
	else
		CONFIG_ERROR(r, n, BAD_NAME, "`%s` can't be '%s'; it can be: %s", n->key ? n->key : "this", n->text,
			     list);
	return -1;
}

struct yaml_node *value_at(struct yaml_node *map, const char *key)
{
	if (map && map->kind == NODE_MAP)
		for (struct yaml_node *n = map->first; n; n = n->next)
			if (!strcmp(n->key, key))
				return n;
	return map;
}

bool key_given(struct yaml_node *map, const char *key)
{
	return map && value_at(map, key) != map;
}

const struct key_row *row_meant(const struct yaml_node *n, const struct key_row *rows)
{
	const char *known[KEYS_KNOWN_MAX + 1] = { NULL };
	int count = 0;
	for (const struct key_row *row = rows; row->key && count < KEYS_KNOWN_MAX; row++)
		known[count++] = row->key;
	const char *meant = closest_word(n->key, known);
	for (const struct key_row *row = rows; meant && row->key; row++)
		if (!strcmp(row->key, meant))
			return row;
	return NULL;
}

bool key_meant(const struct yaml_node *map, const struct key_row *rows, const char *key)
{
	const struct key_row *row;
	if (map->kind == NODE_MAP)
		for (const struct yaml_node *n = map->first; n; n = n->next)
			if ((row = row_meant(n, rows)) && !strcmp(row->key, key))
				return true;
	return false;
}

void note_origin(struct reading *r, const struct key_row *row, int index, const struct yaml_node *n)
{
	struct config_notes *notes = r->config->notes;
	if (notes->n_origins == notes->room) {
		size_t room = notes->room ? 2 * notes->room : 64;
		struct origin *more = realloc(notes->origins, room * sizeof *more);
		if (!more)
			return; /* --effective will say "default"; nothing else depends on it */
		notes->origins = more;
		notes->room = room;
	}
	notes->origins[notes->n_origins++] = (struct origin) { row, index, n->key ? n->key_line : n->line };
}

const struct origin *find_origin(const struct config *config, const struct key_row *row, int index)
{
	for (size_t i = 0; i < config->notes->n_origins; i++)
		if (config->notes->origins[i].row == row && config->notes->origins[i].index == index)
			return &config->notes->origins[i];
	return NULL;
}

bool row_parse(struct reading *r, const struct key_row *row, struct yaml_node *n, int64_t *out)
{
	int64_t min, max;
	if (!expect_scalar(r, n, row->standard ? row->standard : dimension_example(row->dimension)))
		return false;
	const char *bad = parse_value(n->text, row->dimension, out);
	if (bad) {
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s: %s`: %s", row->key, n->text, bad);
		return false;
	}
	if (!row->min || parse_value(row->min, row->dimension, &min) || parse_value(row->max, row->dimension, &max))
		return true;
	if (*out >= min && *out <= max)
		return true;
	CONFIG_ERROR(r, n, BAD_RANGE, "`%s: %s` is out of its range, %s to %s", row->key, n->text, row->min, row->max);
	return false;
}

static bool read_text(struct reading *r, const struct key_row *row, struct yaml_node *n, void *base)
{
	if (!expect_scalar(r, n, row->standard ? row->standard : "A1"))
		return false;
	size_t len = strlen(n->text);
	const char *p = n->text;
	while (*p >= ' ' && *p <= '~')
		p++;
	if (!len)
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s` is empty: leave the key out instead", row->key);
	else if (*p)
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s` takes plain letters, digits and signs only (ASCII)", row->key);
	else if (len >= row->size)
		CONFIG_ERROR(r, n, BAD_RANGE, "`%s` has %zu characters; at most %zu fit", row->key, len, row->size - 1);
	else
		memcpy(field_of(row, base), n->text, len + 1);
	return len && !*p && len < row->size;
}

bool row_read(struct reading *r, const struct key_row *row, struct yaml_node *n, void *base, int index)
{
	int64_t value;
	switch (row->kind) {
	case KEY_NUMBER:
		if (!row_parse(r, row, n, &value))
			return false;
		row_store(row, base, value);
		break;
	case KEY_WORD: {
		int word = expect_word(r, n, row->words);
		if (word < 0)
			return false;
		row_store(row, base, row->first + word);
		break;
	}
	case KEY_TEXT:
		if (!read_text(r, row, n, base))
			return false;
		break;
	case KEY_MAP:
		if (expect_map(r, n, row->rows[0].key))
			rows_read(r, row->rows, n, base, index);
		return true;
	case KEY_LIST:
	case KEY_SPECIAL: row->read(r, row, n, index); return true;
	}
	note_origin(r, row, index, n);
	return true;
}

void rows_read(struct reading *r, const struct key_row *rows, struct yaml_node *map, void *base, int index)
{
	const char *known[KEYS_KNOWN_MAX + 1] = { NULL };
	int count = 0;
	for (const struct key_row *row = rows; row->key; row++) {
		if (count < KEYS_KNOWN_MAX)
			known[count++] = row->key;
		struct yaml_node *n = yaml_get(map, row->key);
		if (n)
			row_read(r, row, n, base, index);
		else if (row->required && !key_meant(map, rows, row->key))
			CONFIG_ERROR(r, map, BAD_MISSING, "`%s` is missing: %s", row->key, row->doc);
	}
	yaml_refuse_unused(r->doc, map, known, r->problems);
}
