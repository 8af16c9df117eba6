/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the JSON Schema of configs: the rows of config/config_schema.c, as editors understand them. */
#include "config/config_schema.h"
#include "core/curve.h"

#include <stdio.h>
#include <string.h>

#include "app/schema.h"

#define MORE_MAX 160

static const char *const off_words[] = { "off", NULL };

static json_t *rows_object(const struct key_row *rows);

/* `key:` with nothing behind it is a map without keys. */
static json_t *or_empty(json_t *object)
{
	json_object_set_new(object, "type", json_pack("[s, s]", "object", "null"));
	return object;
}

static json_t *number(const struct key_row *row)
{
	int64_t min, max;
	if (row->dimension != DIM_NONE || !row->min || parse_integer(row->min, &min) || parse_integer(row->max, &max))
		return schema_value(row->dimension, false);
	return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)min, "maximum", (json_int_t)max);
}

static json_t *overrides(void)
{
	json_t *properties = json_object();
	for (int i = 0; i < N_QUANTITY; i++)
		json_object_set_new(properties, quantities[i].name,
		                    schema_described(schema_value(unit_dimension(quantities[i].unit), false), quantities[i].what, NULL));
	for (const struct override_name *o = override_names; o->name; o++)
		json_object_set_new(properties, o->name,
		                    schema_described(schema_value(unit_dimension(quantities[o->q].unit), false), quantities[o->q].what, NULL));
	return or_empty(schema_object(properties));
}

static json_t *curve(int least)
{
	json_t *o = schema_named(schema_text(), CURVE_POINTS_MAX);
	json_object_set_new(o, "minProperties", json_integer(least));
	return o;
}

static json_t *special(const struct key_row *row)
{
	switch (row->form) {
	case FORM_NAME: break;
	case FORM_TOPOLOGY:
		return schema_either(schema_enum(row->words), schema_list(schema_either(schema_text(), schema_list(schema_text(), 1, 0)), 1, 0));
	case FORM_FLAG: return schema_flag();
	case FORM_FLAG_OR_MAP: return schema_either(schema_flag(), or_empty(rows_object(row->rows)));
	case FORM_NAMES: return schema_list(schema_text(), 0, 0);
	case FORM_FLAGS: return or_empty(schema_named(schema_flag(), 0));
	case FORM_NUMBERS: return or_empty(schema_named(schema_value(DIM_NONE, false), 0));
	case FORM_OVERRIDES: return overrides();
	case FORM_MONTHS: return schema_either(schema_value(row->dimension, false), schema_list(schema_value(row->dimension, false), 12, 12));
	case FORM_AMOUNT: break;
	case FORM_CURVE: return schema_either(schema_enum(off_words), curve(2));
	case FORM_TIERS: return schema_either(schema_enum(off_words), curve(1));
	}
	return schema_text();
}

/* Interfaces are a map by their names, everything else of which there are several is a list. */
static json_t *entries(const struct key_row *row)
{
	json_t *each = rows_object(row->rows);
	if (row->rows != interface_rows)
		return schema_list(each, 1, 0);
	json_t *map = schema_named(or_empty(each), 0);
	json_object_set_new(map, "minProperties", json_integer(1));
	return map;
}

static json_t *text(const struct key_row *row)
{
	json_t *o = schema_text();
	json_object_set_new(o, "minLength", json_integer(1));
	json_object_set_new(o, "maxLength", json_integer((json_int_t)row->size - 1));
	json_object_set_new(o, "pattern", json_string("^[ -~]*$"));
	return o;
}

static json_t *value(const struct key_row *row)
{
	switch (row->kind) {
	case KEY_NUMBER: return number(row);
	case KEY_WORD: return schema_enum(row->words);
	case KEY_TEXT: return text(row);
	case KEY_MAP: return or_empty(rows_object(row->rows));
	case KEY_LIST: return entries(row);
	case KEY_SPECIAL: break;
	}
	return special(row);
}

/* The default as YAML has it: yes is a text to an editor, a bare number is none. */
static json_t *standard(const struct key_row *row)
{
	int64_t n;
	bool bare = row->kind == KEY_NUMBER && row->dimension == DIM_NONE && !parse_integer(row->standard, &n);
	return bare ? json_integer((json_int_t)n) : json_string(row->standard);
}

/* "0 A to 3000 A; default: what the packs allow" */
static const char *more(const struct key_row *row, char buf[MORE_MAX])
{
	static const char said[] = "default: ";
	const char *unset = row->standard ? NULL : row->unset;
	if (unset && !strncmp(unset, said, sizeof said - 1))
		unset += sizeof said - 1;
	if (!row->min && !unset)
		return NULL;
	snprintf(buf, MORE_MAX, "%s%s%s%s%s%s", row->min ? row->min : "", row->min ? " to " : "", row->min ? row->max : "",
	         row->min && unset ? "; " : "", unset ? said : "", unset ? unset : "");
	return buf;
}

static json_t *rows_object(const struct key_row *rows)
{
	json_t *properties = json_object(), *required = json_array();
	char buf[MORE_MAX];
	for (const struct key_row *row = rows; row->key; row++) {
		json_t *schema = schema_described(value(row), row->doc, more(row, buf));
		if (row->standard)
			json_object_set_new(schema, "default", standard(row));
		json_object_set_new(properties, row->key, schema);
		if (row->required)
			json_array_append_new(required, json_string(row->key));
	}
	json_t *o = schema_object(properties);
	if (json_array_size(required))
		json_object_set(o, "required", required);
	json_decref(required);
	return o;
}

json_t *schema_config(void)
{
	return schema_document("config of battagg", rows_object(config_rows));
}
