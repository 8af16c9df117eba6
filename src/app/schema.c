/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns `battagg schema`: JSON Schemas of the two kinds of file, so that editors complete and check them. */
#include "app/schema.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"

static const char help[] =
	"Usage: battagg schema profile|config\n"
	"\n"
	"Prints the JSON Schema (draft 7) of profiles or configs, for editors with a YAML language server.\n"
	"The same files are installed: can-profiles/schema.json and schema.json beside it.\n"
	"\n"
	"  --help  this text\n";

#define PATTERN_MAX 256
#define COLUMNS     120

json_t *schema_document(const char *title, json_t *body)
{
	json_t *o = json_pack("{s:s, s:s}", "$schema", "http://json-schema.org/draft-07/schema#", "title", title);
	json_object_update(o, body);
	json_decref(body);
	return o;
}

json_t *schema_pattern(const char *type, const char *pattern)
{
	json_t *types = strcmp(type, "string") ? json_pack("[s, s]", type, "string") : json_string(type);
	return json_pack("{s:o, s:s}", "type", types, "pattern", pattern);
}

json_t *schema_text(void)
{
	return json_pack("{s:[s, s]}", "type", "string", "number");
}

/* Editors read YAML 1.2, where yes and on are texts, or 1.1, where they are true. */
json_t *schema_flag(void)
{
	return json_pack("{s:[b, b, s, s, s, s]}", "enum", 1, 0, "yes", "no", "on", "off");
}

json_t *schema_enum(const char *const *words)
{
	json_t *list = json_array();
	for (int i = 0; words[i]; i++)
		json_array_append_new(list, json_string(words[i]));
	return json_pack("{s:o}", "enum", list);
}

json_t *schema_list(json_t *items, unsigned least, unsigned most)
{
	json_t *o = json_pack("{s:s, s:o, s:i}", "type", "array", "items", items, "minItems", (int)least);
	if (most)
		json_object_set_new(o, "maxItems", json_integer(most));
	return o;
}

json_t *schema_either(json_t *a, json_t *b)
{
	return json_pack("{s:[o, o]}", "anyOf", a, b);
}

json_t *schema_object(json_t *properties)
{
	return json_pack("{s:s, s:o, s:b}", "type", "object", "properties", properties, "additionalProperties", 0);
}

json_t *schema_named(json_t *each, unsigned most)
{
	json_t *o = json_pack("{s:s, s:o}", "type", "object", "additionalProperties", each);
	if (most)
		json_object_set_new(o, "maxProperties", json_integer(most));
	return o;
}

json_t *schema_described(json_t *schema, const char *what, const char *more)
{
	json_object_set_new(schema, "description", more ? json_sprintf("%s (%s)", what, more) : json_string(what));
	return schema;
}

static json_t *bare_number(bool names)
{
	char pattern[PATTERN_MAX];
	snprintf(pattern, sizeof pattern, "^[-+]?%s(/%s)?$", NUMBER_PATTERN(names), NUMBER_PATTERN(names));
	return schema_pattern("number", pattern);
}

json_t *schema_value(enum dimension d, bool names)
{
	char pattern[PATTERN_MAX];
	if (d == DIM_FLAG)
		return schema_flag();
	if (d == DIM_NONE)
		return bare_number(names);
	int len = snprintf(pattern, sizeof pattern, "^[-+]?%s(/%s)? *(", NUMBER_PATTERN(names), NUMBER_PATTERN(names));
	const char *unit;
	for (unsigned i = 0; (unit = dimension_symbol(d, i)) && len < PATTERN_MAX; i++)
		len += snprintf(pattern + len, (size_t)(PATTERN_MAX - len), "%s%s", i ? "|" : "", unit);
	if (len < PATTERN_MAX)
		snprintf(pattern + len, (size_t)(PATTERN_MAX - len), ")$");
	json_t *o = schema_pattern("string", pattern);
	json_object_set_new(o, "examples", json_pack("[s]", dimension_example(d)));
	return o;
}

static void print_json(json_t *j, int indent, int at);

static void print_map(json_t *map, int indent)
{
	const char *key;
	json_t *value;
	size_t left = json_object_size(map);
	puts("{");
	json_object_foreach(map, key, value) {
		json_t *name = json_string(key); /* some have a \ in them */
		printf("%*s", indent + 1, "");
		print_json(name, 0, 0);
		fputs(": ", stdout);
		json_decref(name);
		print_json(value, indent + 1, indent + 5 + (int)strlen(key));
		puts(--left ? "," : "");
	}
	printf("%*s}", indent, "");
}

static void print_list(json_t *list, int indent)
{
	json_t *value;
	size_t i;
	puts("[");
	json_array_foreach(list, i, value) {
		printf("%*s", indent + 1, "");
		print_json(value, indent + 1, indent + 1);
		puts(i + 1 < json_array_size(list) ? "," : "");
	}
	printf("%*s]", indent, "");
}

/* What fits into a line gets one, as people write JSON. `at`: the column it begins in. */
static void print_json(json_t *j, int indent, int at)
{
	char *line = json_dumps(j, JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
	bool fits = line && at + (int)strlen(line) < COLUMNS;
	if (!fits && json_is_object(j))
		print_map(j, indent);
	else if (!fits && json_is_array(j))
		print_list(j, indent);
	else
		fputs(line ? line : "null", stdout);
	free(line);
}

int app_schema(int argc, char **argv)
{
	static const struct option options[] = { { "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 } };
	int option = getopt_long(argc, argv, "h", options, NULL);
	if (option == 'h') {
		fputs(help, stdout);
		return EXIT_FINE;
	}
	const char *of = argc - optind == 1 && option == -1 ? argv[optind] : "";
	json_t *schema = !strcmp(of, "profile") ? schema_profile() : !strcmp(of, "config") ? schema_config() : NULL;
	if (!schema) {
		fprintf(stderr, "battagg schema: of a profile or of a config?\n\n%s", help);
		return EXIT_USAGE;
	}
	print_json(schema, 0, 0);
	puts("");
	json_decref(schema);
	return EXIT_FINE;
}
