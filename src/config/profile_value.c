/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns how a field's raw number becomes a value: factor, offset, map, and the raw values that mean "not available". */
#include <stdio.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/scale.h"

/* What the codec's arithmetic is safe with (core/scale.c): float fields, and values times den when encoding. */
#define FLOAT_NUM_MAX (INT64_C(1) << 38)
#define DEN_MAX       (INT64_C(1) << 20)

/* One count, as vendors have it. */
static const char *factor_example(enum dimension d)
{
	static const char *const examples[N_DIMENSION] = {
		[DIM_VOLTAGE] = "0.1 V", [DIM_CURRENT] = "0.1 A", [DIM_TEMPERATURE] = "0.1 degC", [DIM_PERCENT] = "1 %",
		[DIM_CHARGE] = "0.1 Ah", [DIM_ENERGY] = "0.1 kWh", [DIM_POWER] = "1 W",
	};
	return examples[d] ? examples[d] : dimension_example(d);
}

static bool parse_factor(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "factor");
	enum dimension d = unit_dimension(r->unit);
	struct field *f = r->f;
	f->num = f->den = 1;
	if (!n && (d == DIM_NONE || d == DIM_FLAG || f->n_map))
		return true;
	if (!n) {
		if (!node_foreign(r->l, r->node, "factor"))
			PROFILE_ERROR(r->l, r->node, CHECK_MISSING, "`factor` is missing: what is one count of %s, for example %s?",
			              r->name, factor_example(d));
		return false;
	}
	if (d == DIM_FLAG || f->n_map) {
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_UNIT, f->n_map ? "`factor` can't stand beside `map`" :
		                     "%s is yes or no: it has no factor", r->name);
		return false;
	}
	struct ratio ratio;
	if (!node_is(r->l, n, NODE_SCALAR, factor_example(d)))
		return false;
	const char *bad = parse_ratio(n->text, d, true, &ratio);
	if (!bad && !ratio.num)
		bad = "a factor of 0 leaves nothing";
	if (bad) {
		PROFILE_ERROR(r->l, n, CHECK_UNIT, "factor of %s '%s': %s", r->name, n->text, bad);
		return false;
	}
	f->num = ratio.num;
	f->den = ratio.den;
	return true;
}

/* A temperature's zero point may fall between two steps of 0.1 degC (-273.15 degC, 0 degF). Floats: to the nearest step. */
static void set_offset(struct field *f, const struct ratio *ratio)
{
	if (f->format == FORMAT_FLOAT) {
		f->offset = divide(ratio->num, ratio->den, ROUND_NEAREST);
		return;
	}
	int64_t more = f->den % ratio->den ? ratio->den : 1;
	f->num *= more;
	f->den *= more;
	int64_t parts = ratio->num * (f->den / ratio->den); /* of a step, each 1 / den */
	f->offset = divide(parts, f->den, ROUND_DOWN);
	f->rest = parts - f->offset * f->den;
}

static bool parse_offset(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "offset");
	enum dimension d = unit_dimension(r->unit);
	struct ratio ratio;
	if (!n)
		return true;
	if (d == DIM_FLAG || r->f->n_map) {
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_UNIT, "`offset` makes no sense here");
		return false;
	}
	if (!node_is(r->l, n, NODE_SCALAR, dimension_example(d)))
		return false;
	const char *bad = parse_ratio(n->text, d, false, &ratio);
	if (!bad && ratio.den != 1 && d != DIM_TEMPERATURE)
		bad = "this is finer than battagg counts";
	if (bad) {
		PROFILE_ERROR(r->l, n, CHECK_UNIT, "offset of %s '%s': %s", r->name, n->text, bad);
		return false;
	}
	set_offset(r->f, &ratio);
	return true;
}

bool value_computes(const struct field *f)
{
	int64_t most, sum, num = f->num < 0 ? -f->num : f->num, offset = f->offset < 0 ? -f->offset : f->offset;
	unsigned bits = f->place.bits - (f->format == FORMAT_SIGNED ? 1u : 0u);
	bool bad = f->den > DEN_MAX || num >= INT64_MAX / 4;
	if (f->format == FORMAT_FLOAT || f->format == FORMAT_COUNT)
		bad = bad || num > FLOAT_NUM_MAX;
	else
		bad = bad || bits > 62 || __builtin_mul_overflow(INT64_C(1) << bits, num, &most) ||
		      __builtin_add_overflow(most, offset, &sum) || __builtin_add_overflow(sum, f->den, &sum);
	return !bad;
}

static bool check_size(struct reading *r)
{
	bool good = value_computes(r->f);
	if (!good)
		PROFILE_ERROR(r->l, r->node, CHECK_SIZE, "%s: %d bits times this factor can get too large to compute with", r->name,
		              r->f->place.bits);
	return good;
}

static bool raw_fits(struct reading *r, struct yaml_node *n, const char *text, uint64_t *out)
{
	int64_t value;
	const char *bad = parse_integer(text, &value);
	if (bad)
		PROFILE_ERROR(r->l, n, CHECK_VALUE, "'%s': %s; raw values are compared as unsigned bits, for example 0xFFFF", text, bad);
	else if (value < 0 || (r->f->place.bits < 63 && value >> r->f->place.bits))
		PROFILE_ERROR(r->l, n, CHECK_SIZE, "raw value %s does not fit into %d bits (raw values are the unsigned bits)", text,
		              r->f->place.bits);
	else {
		*out = (uint64_t)value;
		return true;
	}
	return false;
}

static void parse_absent(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "absent"), *one = n;
	struct field *f = r->f;
	if (!n)
		return;
	if (n->kind == NODE_LIST)
		one = n->first;
	else if (!node_is(r->l, n, NODE_SCALAR, "a raw value or a list of them"))
		return;
	for (; one; one = n->kind == NODE_LIST ? one->next : NULL) {
		if (!node_is(r->l, one, NODE_SCALAR, "a raw value"))
			continue;
		if (f->n_absent == ABSENT_MAX)
			PROFILE_ERROR(r->l, one, CHECK_SIZE, "at most %d raw values can mean absent", ABSENT_MAX);
		else if (raw_fits(r, one, one->text, &f->absent[f->n_absent]))
			f->n_absent++;
	}
}

/* "0-0xFCFF"; with numbers that may be negative "-400 to 400". NULL, or what is wrong. */
static const char *read_range(const char *text, int64_t *low, int64_t *high)
{
	char first[24];
	const char *to = strstr(text, " to "), *dash = to ? to : strchr(text, '-');
	size_t len = dash ? (size_t)(dash - text) : 0;
	if (!len || len >= sizeof first)
		return "a range is two raw numbers, `0-0xFCFF`, or, with negative ones, `-400 to 400`";
	snprintf(first, sizeof first, "%.*s", (int)len, text);
	const char *bad = parse_integer(first, low);
	return bad ? bad : parse_integer(dash + (to ? 4 : 1), high);
}

/* Raw numbers outside of it are not available; what the type can't be, or all that it can be, is no range. */
static bool parse_range(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "range");
	struct field *f = r->f;
	if (!n)
		return true;
	if (f->n_map || f->format > FORMAT_SIGNED) {
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_VALUE, f->n_map ? "`range` can't stand beside `map`: what is not in the map is "
		                     "not available anyway" : "`range` is for whole numbers, `type: unsigned` and `signed`");
		return false;
	}
	const char *bad = n->kind == NODE_SCALAR ? read_range(n->text, &f->low, &f->high) : "write it like `0-0xFCFF`";
	if (bad) {
		PROFILE_ERROR(r->l, n, CHECK_VALUE, "range of %s '%s': %s", r->name, n->kind == NODE_SCALAR ? n->text : "", bad);
		return false;
	}
	unsigned bits = f->place.bits - (f->format == FORMAT_SIGNED ? 1u : 0u);
	int64_t most = (INT64_C(1) << bits) - 1, least = f->format == FORMAT_SIGNED ? -most - 1 : 0;
	f->has_range = true;
	if (f->low > f->high || f->low < least || f->high > most)
		PROFILE_ERROR(r->l, n, CHECK_SIZE, "range of %s: it goes upwards, within what %s%d bits can be: %lld to %lld", r->name,
		              f->format == FORMAT_SIGNED ? "signed " : "", f->place.bits, (long long)least, (long long)most);
	else if (f->low == least && f->high == most)
		PROFILE_ERROR(r->l, n, CHECK_SIZE, "range of %s: %d bits are never outside of %s; leave it out", r->name,
		              f->place.bits, n->text);
	else
		return true;
	return false;
}

/* The words of an alarm's map. "alarm" and "warning" say both tri-states at once. */
static bool alarm_value(struct reading *r, struct yaml_node *n, int64_t *out)
{
	int word = node_word(r->l, n, alarm_words);
	*out = word;
	if (word >= SAYS_WARNING && *r->name == 'w') {
		PROFILE_ERROR(r->l, n, CHECK_MAP, "a map that says `alarm` or `warning` belongs under alarm.%s",
		              alarms[r->f->target].name);
		return false;
	}
	if (word >= SAYS_WARNING)
		r->f->part = PART_BOTH;
	return word >= 0;
}

static bool map_value(struct reading *r, struct yaml_node *n, int64_t *out)
{
	if (!node_is(r->l, n, NODE_SCALAR, "a value"))
		return false;
	return r->f->kind == FIELD_ALARM ? alarm_value(r, n, out) : node_value(r->l, n, unit_dimension(r->unit), out);
}

/* The map itself, also when it is only named. */
static struct yaml_node *map_node(struct reading *r, struct yaml_node *n)
{
	if (n->kind != NODE_SCALAR)
		return node_is(r->l, n, NODE_MAP, "a map, or the name of one") ? n : NULL;
	struct yaml_node *named = r->l->maps ? yaml_get(r->l->maps, n->text) : NULL;
	if (!named) {
		const char *known[64];
		size_t count = 0;
		for (struct yaml_node *m = r->l->maps ? r->l->maps->first : NULL; m && count < 63; m = m->next)
			known[count++] = m->key;
		known[count] = NULL;
		const char *close = closest_word(n->text, known);
		PROFILE_ERROR(r->l, n, CHECK_MAP, "no map is named '%s' under `maps:`%s%s%s", n->text, close ? "; did you mean '" : "",
		              close ? close : "", close ? "'" : "");
	}
	return named && node_is(r->l, named, NODE_MAP, "raw values and what they mean") ? named : NULL;
}

/* Words about an alarm alone (active) and about alarm and warning at once don't mix. */
static bool words_agree(struct reading *r, struct yaml_node *n)
{
	bool active = false;
	for (unsigned i = 0; i < r->f->n_map; i++)
		active = active || r->f->map[i].value == SAYS_ACTIVE;
	if (active && r->f->part == PART_BOTH)
		PROFILE_ERROR(r->l, n, CHECK_MAP, "a map says `active`, or it says `warning` and `alarm`: not both");
	return !active || r->f->part != PART_BOTH;
}

static bool parse_map(struct reading *r, struct yaml_node *n)
{
	struct field *f = r->f;
	struct yaml_node *map = map_node(r, n);
	if (!map)
		return false;
	for (struct yaml_node *m = map->first; m; m = m->next) {
		struct map_entry *e = &f->map[f->n_map];
		if (f->n_map == MAP_MAX) {
			PROFILE_ERROR_AT_KEY(r->l, m, CHECK_SIZE, "a map has at most %d raw values", MAP_MAX);
			return false;
		}
		if (!raw_fits(r, m, m->key, &e->raw) || !map_value(r, m, &e->value))
			return false;
		for (unsigned i = 0; i < f->n_map; i++)
			if (f->map[i].raw == e->raw) {
				PROFILE_ERROR_AT_KEY(r->l, m, CHECK_MAP, "raw value %s stands in this map twice", m->key);
				return false;
			}
		f->n_map++;
	}
	if (!f->n_map)
		PROFILE_ERROR(r->l, map, CHECK_MAP, "this map is empty");
	return f->n_map && (f->kind != FIELD_ALARM || words_agree(r, n));
}

/* Flags and alarms of one bit need no map: 1 is yes, or active; `inverted` turns that round. */
static bool parse_bit(struct reading *r)
{
	struct field *f = r->f;
	struct yaml_node *n = yaml_get(r->node, "inverted");
	int64_t inverted = 0;
	bool alarm = f->kind == FIELD_ALARM, flag = !alarm && r->unit == UNIT_FLAG;
	if (n && (!(alarm || flag) || f->place.bits != 1 || f->n_map)) {
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_MAP, "`inverted` is for single bits; otherwise write a `map`");
		return false;
	}
	if ((alarm || flag) && !f->n_map && f->place.bits != 1) {
		PROFILE_ERROR(r->l, r->node, CHECK_MAP, "%s has %d bits: a `map` must say what their values mean, for example { 0: %s }",
		              r->name, f->place.bits, alarm ? "ok, 1: active" : "no, 1: yes");
		return false;
	}
	if (n && !node_value(r->l, n, DIM_FLAG, &inverted))
		return false;
	if (inverted) {
		f->n_map = 2;
		f->map[0] = (struct map_entry){ .raw = 1, .value = alarm ? SAYS_OK : 0 };
		f->map[1] = (struct map_entry){ .raw = 0, .value = alarm ? SAYS_ACTIVE : 1 };
	}
	return true;
}

/* A raw value that is absent and in the map, or absent twice, can't be meant. */
static void check_absent(struct reading *r)
{
	const struct field *f = r->f;
	for (unsigned i = 0; i < f->n_absent; i++) {
		for (unsigned k = 0; k < f->n_map; k++)
			if (f->map[k].raw == f->absent[i])
				PROFILE_ERROR(r->l, r->node, CHECK_MAP, "raw value %llu is both `absent` and in the `map`",
				              (unsigned long long)f->absent[i]);
		for (unsigned k = 0; k < i; k++)
			if (f->absent[k] == f->absent[i])
				PROFILE_ERROR(r->l, r->node, CHECK_MAP, "raw value %llu is `absent` twice",
				              (unsigned long long)f->absent[i]);
	}
}

/* Texts and alarms are no numbers: what belongs to numbers is refused there. */
static bool refuse_number_keys(struct reading *r)
{
	static const char *const numbers[] = { "factor", "offset", "absent", "range", "absolute", "may_only_lower", "map",
		                               "inverted" };
	bool good = true;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct yaml_node *n = r->f->kind == FIELD_ALARM && i >= 6 ? NULL : yaml_get(r->node, numbers[i]);
		if (n)
			PROFILE_ERROR_AT_KEY(r->l, n, CHECK_VALUE, "`%s` is for numbers; %s is %s", numbers[i], r->name,
			                     r->f->kind == FIELD_ALARM ? "an alarm" : "a text");
		good = good && !n;
	}
	return good;
}

static bool is_limit(const struct field *f)
{
	return f->kind == FIELD_QUANTITY &&
	       (f->target == Q_CVL || f->target == Q_CCL || f->target == Q_DCL || f->target == Q_LOW_VOLTAGE);
}

bool value_parse(struct reading *r)
{
	struct field *f = r->f;
	bool number = f->kind == FIELD_QUANTITY || f->kind == FIELD_ARRAY;
	struct yaml_node *map = f->kind == FIELD_TEXT ? NULL : yaml_get(r->node, "map");
	f->num = f->den = 1;
	if (!number && !refuse_number_keys(r))
		return false;
	if ((map && !parse_map(r, map)) || (f->kind != FIELD_TEXT && !parse_bit(r)))
		return false;
	if (!number)
		return true;
	parse_absent(r);
	check_absent(r);
	f->absolute = node_flag(r->l, r->node, "absolute", false);
	f->lower_only = node_flag(r->l, r->node, "may_only_lower", false);
	if (f->lower_only && !is_limit(f)) {
		PROFILE_ERROR_AT_KEY(r->l, yaml_get(r->node, "may_only_lower"), CHECK_VALUE,
		                     "`may_only_lower` is for limits: cvl, ccl, dcl, low_voltage");
		return false;
	}
	bool factor = parse_factor(r), offset = parse_offset(r);
	return factor && offset && check_size(r) && parse_range(r);
}
