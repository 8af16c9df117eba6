/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the JSON Schema of profiles: the words of config/profile_words.c and the vocabulary, as editors understand them. */
#include "config/profile_words.h"

#include <stdio.h>
#include <string.h>

#include "app/schema.h"
#include "core/profile.h"

/* What a field can be of. */
static const struct field_sort {
	const char *name;
	uint8_t on; /* ON_* */
	enum dimension d;
} sorts[] = {
	{ "voltage", ON_NUMBER, DIM_VOLTAGE },
	{ "current", ON_NUMBER, DIM_CURRENT },
	{ "temperature", ON_NUMBER, DIM_TEMPERATURE },
	{ "percentage", ON_NUMBER, DIM_PERCENT },
	{ "charge", ON_NUMBER, DIM_CHARGE },
	{ "energy", ON_NUMBER, DIM_ENERGY },
	{ "power", ON_NUMBER, DIM_POWER },
	{ "count", ON_NUMBER, DIM_NONE },
	{ "flag", ON_FLAG, DIM_FLAG },
	{ "alarm", ON_ALARM, DIM_NONE },
	{ "text", ON_TEXT, DIM_NONE },
	{ "voltages", ON_ARRAY, DIM_VOLTAGE },
	{ "temperatures", ON_ARRAY, DIM_TEMPERATURE },
	{ "flags", ON_FLAG | ON_ARRAY, DIM_FLAG },
};
#define SORTS (sizeof sorts / sizeof *sorts)

/* The maps of the language, and what holds between their words. */
static const struct object_row {
	const char *name;
	const struct profile_word *words;
	const char *one_of[4];   /* exactly one of these is there */
	const char *together[2]; /* both or none */
} objects[] = {
	{ "place", place_words, { "byte", "bytes", "start" }, { "start", "length" } },
	{ "talker", talker_words, { "byte", "bytes", "start" }, { "start", "length" } },
	{ "condition", guard_words, { "byte", "bytes", "start" }, { "start", "length" } },
	{ "field_condition", condition_words, { "byte", "bytes", "start" }, { "start", "length" } },
	{ "checksum", checksum_words, { "byte", "bytes" }, { NULL } },
	{ "frame", frame_words, { "id", "pgn", "sdo" }, { NULL } },
	{ "parameter", parameter_words, { "values", "min" }, { "min", "max" } },
	{ "transmit", transmit_words, { NULL }, { NULL } },
	{ "poll", poll_words, { NULL }, { NULL } },
	{ "sample", sample_words, { NULL }, { NULL } },
};
#define OBJECTS (sizeof objects / sizeof *objects)

/* Regular expressions: a parameter's name; a sum with such a name in it; a whole number, or such a name. */
#define NAME  "[a-z][a-z0-9_]{2,}"
#define SUM   "[-+*() 0-9A-Za-z_]*[a-z_][-+*() 0-9A-Za-z_]*"
#define WHOLE "(0[xX][0-9A-Fa-f]+|[0-9]+|" NAME ")"

enum several { ONE, OR_LIST, LIST };

#define PATTERN(name_, type_, pattern_) .name = name_, .type = type_, .pattern = pattern_
#define VALUE(name_, d_)                .name = name_, .d = d_

/* The shapes that stand for themselves. */
static const struct shape_row {
	const char *name;             /* among the definitions */
	const char *type, *pattern;   /* a string of this pattern, or something of this type */
	enum dimension d;             /* without a pattern: a value of this */
	enum several several;
	unsigned least, most;         /* of the list */
	const char *instead[3];       /* words that may stand there, too */
} shapes[] = {
	[SHAPE_TEXT] = { PATTERN("a_text", "number", ".*") },
	[SHAPE_TEXTS] = { PATTERN("texts", "number", ".*"), .several = OR_LIST },
	[SHAPE_LIST] = { PATTERN("list", "number", ".*"), .several = LIST, .most = 8 },
	[SHAPE_FLAG] = { VALUE("yes_or_no", DIM_FLAG) },
	[SHAPE_INTEGER] = { PATTERN("integer", "integer", "^" SUM "$") },
	[SHAPE_NUMBER] = { VALUE("number", DIM_NONE) },
	[SHAPE_NUMBERS] = { VALUE("numbers", DIM_NONE), .several = LIST, .least = 1, .most = PARAMETER_VALUES_MAX },
	[SHAPE_RANGE] = { PATTERN("range", "integer", "^[-+*() 0-9A-Za-z_]+$") },
	[SHAPE_BYTES] = { PATTERN("bytes", "integer", "^[-+*() 0-9A-Za-z_]+$"), .several = OR_LIST, .least = 2, .most = SPLIT_MAX },
	[SHAPE_ID] = { PATTERN("id", "integer", "^[-+*() 0-9A-Za-z_]+$") },
	[SHAPE_IDS] = { PATTERN("ids", "integer", "^[-+*() 0-9A-Za-z_]+$"), .several = LIST, .most = 8 },
	[SHAPE_ANSWERS] = { PATTERN("answers", "number", ".*"), .several = OR_LIST, .least = 1 },
	[SHAPE_OBJECT] = { PATTERN("object", "string", "^(0x[0-9A-Fa-f]{4}|" NAME "):([0-9A-Fa-f]{2}|" NAME ")$") },
	[SHAPE_SOURCE] = { PATTERN("source", "integer", "^" NAME "$"), .instead = { "any", "address" } },
	[SHAPE_TIME] = { VALUE("time", DIM_TIME) },
	[SHAPE_PERIOD] = { VALUE("period", DIM_TIME), .instead = { "on event" } },
	[SHAPE_SEND] = { VALUE("send", DIM_TIME), .instead = { "never" } },
	[SHAPE_BITRATES] = { VALUE("bitrates", DIM_BITRATE), .several = OR_LIST, .least = 1, .most = 2 },
	[SHAPE_DATA] = { PATTERN("data", "number", "^([0-9A-Fa-f]{2} *){0,8}$") },
	[SHAPE_RAWS] = { PATTERN("raw_values", "integer", "^" SUM "$"), .several = OR_LIST, .least = 1, .most = ABSENT_MAX },
	[SHAPE_RAW_RANGE] = { PATTERN("raw_range", "string", "^-?" WHOLE "( to | *- *)-?" WHOLE "$") },
	[SHAPE_IS] = { PATTERN("is", "integer", ".*"), .instead = { "address" } },
	[SHAPE_EACH] = { PATTERN("each", "string", "^" WHOLE " (byte|bytes|bit|bits)$") },
	[SHAPE_PART] = { PATTERN("part", "string", "^[1-4] of [1-4]$") },
	[SHAPE_FRAMES] = { PATTERN("frames", "string", "^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{8})#[0-9A-Fa-f.]*$"), .several = LIST, .least = 1 },
};
#define SHAPES (sizeof shapes / sizeof *shapes)

static json_t *ref(const char *name)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s", name));
}

static json_t *ref_words(const struct profile_word *words)
{
	for (size_t i = 0; i < OBJECTS; i++)
		if (objects[i].words == words)
			return ref(objects[i].name);
	return json_object();
}

static json_t *shape_one(const struct shape_row *row)
{
	if (!row->pattern)
		return schema_value(row->d, row->d == DIM_TIME);
	json_t *o = schema_pattern(row->type, row->pattern);
	if (!strcmp(row->type, "integer"))
		json_object_set_new(o, "minimum", json_integer(0));
	return o;
}

static json_t *shape_definition(const struct shape_row *row)
{
	json_t *o = row->several == LIST ? schema_list(shape_one(row), row->least, row->most) : shape_one(row);
	if (row->several == OR_LIST)
		o = schema_either(o, schema_list(shape_one(row), row->least, row->most));
	return row->instead[0] ? schema_either(schema_enum(row->instead), o) : o;
}

/* What a raw value of this sort of field can mean; NULL: of any. */
static json_t *mapping(const struct field_sort *sort)
{
	json_t *meaning = !sort ? json_pack("{s:[s, s, s]}", "type", "string", "number", "boolean") :
	                  sort->on & ON_ALARM ? schema_enum(alarm_words) : schema_value(sort->d, false);
	return json_pack("{s:s, s:{s:o}, s:b, s:i, s:i}", "type", "object", "patternProperties",
	                 "^(0[xX][0-9A-Fa-f]+|[0-9]+)$", meaning, "additionalProperties", 0, "minProperties", 1, "maxProperties",
	                 MAP_MAX);
}

static json_t *computed(void)
{
	json_t *properties = json_object();
	for (int i = 0; i < N_QUANTITY; i++)
		json_object_set_new(properties, quantities[i].name, ref("way"));
	return schema_object(properties);
}

/* How a quantity is computed: one way, and of what. */
static json_t *way(void)
{
	json_t *ways = json_object();
	for (int i = 0; compute_words[i]; i++)
		json_object_set_new(ways, compute_words[i], ref(shapes[SHAPE_TEXTS].name));
	json_t *o = schema_object(ways);
	json_object_set_new(o, "minProperties", json_integer(1));
	json_object_set_new(o, "maxProperties", json_integer(1));
	return o;
}

static json_t *shaped(const struct profile_word *w, const struct field_sort *sort)
{
	if (w->shape < SHAPES && shapes[w->shape].name)
		return ref(shapes[w->shape].name);
	if (w->shape == SHAPE_WORD || w->shape == SHAPE_WORDS)
		return w->shape == SHAPE_WORD ? schema_enum(w->words) : schema_list(schema_enum(w->words), 0, 0);
	if (w->shape == SHAPE_FACTOR || w->shape == SHAPE_OFFSET)
		return schema_value(sort ? sort->d : DIM_NONE, true);
	if (w->shape == SHAPE_MAPPING)
		return schema_either(mapping(sort), ref(shapes[SHAPE_TEXT].name));
	if (w->shape == SHAPE_MAP)
		return ref_words(w->rows);
	if (w->shape == SHAPE_MAPS)
		return schema_list(ref_words(w->rows), 0, 0);
	if (w->shape == SHAPE_NAMED)
		return schema_named(ref_words(w->rows), PARAMETERS_MAX);
	if (w->shape == SHAPE_MAPPINGS)
		return schema_named(mapping(NULL), 0);
	if (w->shape == SHAPE_COMPUTED)
		return computed();
	if (w->shape == SHAPE_SETTINGS)
		return schema_named(schema_value(DIM_NONE, false), PARAMETERS_MAX);
	return ref(w->shape == SHAPE_FIELDS ? "fields" : "values");
}

/* A reference alone says no more than what it leads to: what the word means goes around it. */
static json_t *around(json_t *schema)
{
	return json_object_get(schema, "$ref") ? json_pack("{s:[o]}", "allOf", schema) : schema;
}

static json_t *words_object(const struct profile_word *words, const struct field_sort *sort)
{
	json_t *properties = json_object(), *required = json_array();
	for (const struct profile_word *w = words; w->key; w++) {
		bool number = w->shape == SHAPE_FACTOR || w->shape == SHAPE_OFFSET;
		if (sort && (!(w->on & sort->on) || (number && sort->d == DIM_FLAG)))
			continue;
		json_object_set_new(properties, w->key, schema_described(around(shaped(w, sort)), w->what, NULL));
		if (w->required)
			json_array_append_new(required, json_string(w->key));
	}
	json_t *o = schema_object(properties);
	if (json_array_size(required))
		json_object_set(o, "required", required);
	json_decref(required);
	return o;
}

static json_t *needs(const char *key)
{
	return json_pack("{s:[s]}", "required", key);
}

static void add_rules(json_t *o, const struct object_row *row)
{
	json_t *list = json_array();
	for (int i = 0; row->one_of[i]; i++)
		json_array_append_new(list, needs(row->one_of[i]));
	if (json_array_size(list))
		json_object_set(o, "oneOf", list);
	json_decref(list);
	const char *a = row->together[0], *b = row->together[1];
	if (a)
		json_object_set_new(o, "dependencies", json_pack("{s:[s], s:[s]}", a, b, b, a));
}

/* One place of a field of this sort, and a field: that, or a list of alternatives. */
static void define_field(json_t *definitions, const struct field_sort *sort)
{
	char place[32];
	json_t *one = words_object(field_words, sort);
	add_rules(one, &objects[0]); /* it is a place with more words */
	if (sort->on & (ON_NUMBER | ON_ARRAY) && sort->d != DIM_NONE && sort->d != DIM_FLAG)
		json_object_set_new(one, "anyOf", json_pack("[o, o]", needs("factor"), needs("map")));
	snprintf(place, sizeof place, "%s_place", sort->name);
	json_object_set_new(definitions, place, one);
	json_object_set_new(definitions, sort->name, schema_either(ref(place), schema_list(ref(place), 1, 0)));
}

static const char *sort_name(uint8_t on, enum dimension d)
{
	for (size_t i = 0; i < SORTS; i++)
		if (sorts[i].on & on && sorts[i].d == d)
			return sorts[i].name;
	return "";
}

/* A value in a sample, or that there is none. */
static json_t *stated(enum dimension d)
{
	return schema_either(schema_value(d, false), schema_enum((const char *const[]) { "not available", "absent", NULL }));
}

/* Every name of the vocabulary: with the field, or (in samples) with the value it can have. */
static json_t *vocabulary(bool values)
{
	static const char *const states[] = { "active", "ok", "unsupported", NULL };
	json_t *properties = json_object(), *patterns = json_object();
	char name[64];
	for (int i = 0; i < N_QUANTITY; i++) {
		enum dimension d = unit_dimension(quantities[i].unit);
		json_t *schema = values ? stated(d) : around(ref(sort_name(d == DIM_FLAG ? ON_FLAG : ON_NUMBER, d)));
		json_object_set_new(properties, quantities[i].name, schema_described(schema, quantities[i].what, NULL));
	}
	for (int i = 0; i < 2 * N_ALARM; i++) {
		snprintf(name, sizeof name, "%s.%s", i < N_ALARM ? "alarm" : "warning", alarms[i % N_ALARM].name);
		json_t *schema = values ? schema_enum(states) : around(ref("alarm"));
		json_object_set_new(properties, name, schema_described(schema, alarms[i % N_ALARM].what, NULL));
	}
	for (int i = 0; i < N_TEXT; i++)
		json_object_set_new(properties, text_names[i], ref(values ? shapes[SHAPE_TEXT].name : "text"));
	for (int i = 0; i < N_ARRAY; i++) {
		enum dimension d = unit_dimension(arrays[i].unit);
		snprintf(name, sizeof name, "^%s\\[.+\\]$", arrays[i].name);
		json_t *schema = values ? stated(d) : around(ref(sort_name(ON_ARRAY, d)));
		json_object_set_new(patterns, name, schema_described(schema, arrays[i].what, NULL));
	}
	json_t *o = schema_object(properties);
	json_object_set_new(o, "patternProperties", patterns);
	return o;
}

json_t *schema_profile(void)
{
	json_t *definitions = json_object(), *root = words_object(profile_words, NULL);
	for (size_t i = 0; i < OBJECTS; i++) {
		json_t *o = words_object(objects[i].words, NULL);
		add_rules(o, &objects[i]);
		json_object_set_new(definitions, objects[i].name, o);
	}
	json_object_set_new(definitions, "fields", vocabulary(false));
	json_object_set_new(definitions, "values", vocabulary(true));
	json_object_set_new(definitions, "way", way());
	for (size_t i = 0; i < SORTS; i++)
		define_field(definitions, &sorts[i]);
	for (size_t i = 0; i < SHAPES; i++)
		if (shapes[i].name)
			json_object_set_new(definitions, shapes[i].name, shape_definition(&shapes[i]));
	json_object_set_new(root, "definitions", definitions);
	return schema_document("profile of battagg", root);
}
