/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns one field of a frame: what it means, where it stands, how its raw number becomes a value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/profile_load.h"

#define ELEMENT_MOST 32 /* bits of an element that is not cut out of more */

enum unit profile_field_unit(const struct field *f)
{
	return f->kind == FIELD_QUANTITY ? quantities[f->target].unit : f->kind == FIELD_ARRAY ? arrays[f->target].unit : UNIT_COUNT;
}

const char *profile_field_words(const struct field *f, const char **prefix)
{
	*prefix = "";
	switch (f->kind) {
	case FIELD_QUANTITY: return quantities[f->target].name;
	case FIELD_ARRAY: return arrays[f->target].name;
	case FIELD_TEXT: return text_names[f->target];
	}
	*prefix = f->part == PART_WARNING ? "warning." : "alarm.";
	return alarms[f->target].name;
}

const char *profile_field_name(const struct field *f, char *buf, size_t size)
{
	const char *prefix, *name = profile_field_words(f, &prefix);
	snprintf(buf, size, "%s%s", prefix, name);
	return buf;
}

/* All names a field can have, for "did you mean". */
static void suggest(struct reading *r, const char *name, bool array)
{
	const char *known[N_QUANTITY + N_TEXT + 2 * N_ALARM + N_ARRAY + 1];
	char prefixed[2 * N_ALARM][48];
	size_t n = 0;
	for (int i = 0; i < N_QUANTITY && !array; i++)
		known[n++] = quantities[i].name;
	for (int i = 0; i < N_TEXT && !array; i++)
		known[n++] = text_names[i];
	for (int i = 0; i < 2 * N_ALARM && !array; i++) {
		snprintf(prefixed[i], sizeof prefixed[i], "%s.%s", i < N_ALARM ? "alarm" : "warning", alarms[i % N_ALARM].name);
		known[n++] = prefixed[i];
	}
	for (int i = 0; i < N_ARRAY; i++)
		known[n++] = arrays[i].name;
	known[n] = NULL;
	const char *close = closest_word(name, known);
	PROFILE_ERROR_AT_KEY(r->l, r->extra->named, CHECK_NAME,
	                     "no quantity, alarm, array or text is named '%s'%s%s%s (can-profiles/README.md lists them)", name,
	                     close ? "; did you mean '" : "", close ? close : "", close ? "'" : "");
}

/* "cell_voltage[4 * group + 1]" */
static bool array_target(struct reading *r, const struct profile_frame *frame, const char *bracket)
{
	char name[48], index[64];
	size_t len = strlen(bracket);
	snprintf(name, sizeof name, "%.*s", (int)(bracket - r->name), r->name);
	snprintf(index, sizeof index, "%.*s", len > 1 ? (int)len - 2 : 0, bracket + 1);
	int a = array_find(name);
	if (a < 0) {
		suggest(r, name, true);
		return false;
	}
	struct expression e;
	const char *bad = len < 2 || bracket[len - 1] != ']' ? "the ] is missing" : expression_parse(index, &e);
	if (!bad && e.has_address)
		bad = "an address is another pack, not another element";
	if (!bad && (e.constant + e.per_group * frame->group_min < 1 || e.per_group < 0))
		bad = "elements count from 1, also in the first group";
	if (!bad && e.has_group && !frame->per_group && !frame->has_index)
		bad = "the frame has no `group` in its id, and no `index`";
	if (!bad && e.constant + e.per_group * frame->group_max > ARRAY_MAX)
		bad = "this goes beyond element 128";
	if (bad) {
		PROFILE_ERROR_AT_KEY(r->l, r->extra->named, CHECK_NAME, "'%s': %s", r->name, bad);
		return false;
	}
	r->f->kind = FIELD_ARRAY;
	r->f->target = (uint8_t)a;
	r->f->first = (uint16_t)e.constant;
	r->f->per_group = (uint16_t)e.per_group;
	r->unit = arrays[a].unit;
	return true;
}

static bool target_parse(struct reading *r, const struct profile_frame *frame)
{
	const char *bracket = strchr(r->name, '['), *dot = strchr(r->name, '.');
	int i;
	if (bracket)
		return array_target(r, frame, bracket);
	if (dot && (!strncmp(r->name, "alarm.", 6) || !strncmp(r->name, "warning.", 8)) && (i = alarm_find(dot + 1)) >= 0) {
		r->f->kind = FIELD_ALARM;
		r->f->part = *r->name == 'a' ? PART_ALARM : PART_WARNING;
	} else if ((i = quantity_find(r->name)) >= 0) {
		r->f->kind = FIELD_QUANTITY;
		r->unit = quantities[i].unit;
	} else if ((i = text_find(r->name)) >= 0) {
		r->f->kind = FIELD_TEXT;
	} else if (array_find(r->name) >= 0) {
		PROFILE_ERROR_AT_KEY(r->l, r->extra->named, CHECK_NAME, "which element? write %s[1] for the first one", r->name);
		return false;
	} else {
		suggest(r, r->name, false);
		return false;
	}
	r->f->target = (uint8_t)i;
	return true;
}

static bool parse_type(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "type");
	struct field *f = r->f;
	bool text = f->kind == FIELD_TEXT;
	int word = n ? node_word(r->l, n, type_words) : -1;
	f->format = word >= 0 ? (uint8_t)word : text ? FORMAT_ASCII : FORMAT_UNSIGNED;
	if (n && word < 0)
		return false;
	if (text != (f->format == FORMAT_ASCII || f->format == FORMAT_VERSION)) {
		PROFILE_ERROR(r->l, n ? n : r->node, CHECK_PLACE, text ? "%s is a text: `type` is text or version" :
		              "%s is no text: `type` is unsigned, signed, float or count", r->name);
		return false;
	}
	if (f->format == FORMAT_COUNT && (f->kind != FIELD_QUANTITY || r->unit != UNIT_COUNT)) {
		PROFILE_ERROR(r->l, n, CHECK_UNIT, "`type: count` counts bits that are set; %s is no count", r->name);
		return false;
	}
	if (f->format == FORMAT_FLOAT && f->place.bits != 32) {
		PROFILE_ERROR(r->l, n, CHECK_PLACE, "a float has 4 bytes, this place %d bits", f->place.bits);
		return false;
	}
	if (text && (f->place.bits % 8 || f->place.shift % 8 || f->place.n_split)) {
		PROFILE_ERROR(r->l, r->node, CHECK_PLACE, "a text stands in whole bytes, one behind the other");
		return false;
	}
	return true;
}

/* `each: 2 bytes`: cuts the place into elements. */
static bool parse_each(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "each");
	struct place *p = &r->f->place;
	if (r->f->kind != FIELD_ARRAY) {
		if (n)
			PROFILE_ERROR_AT_KEY(r->l, n, CHECK_PLACE, "`each` is for arrays such as cell_voltage[1]");
		return !n;
	}
	unsigned bits = p->bits, all = p->bits;
	if (n && node_is(r->l, n, NODE_SCALAR, "`2 bytes` or `1 bit`")) {
		char *end;
		unsigned long count = strtoul(n->text, &end, 10);
		bool bytes = !strcmp(end, " bytes") || !strcmp(end, " byte");
		if (end == n->text || (!bytes && strcmp(end, " bits") && strcmp(end, " bit")) || !count || count > 64) {
			PROFILE_ERROR(r->l, n, CHECK_VALUE, "`each: %s`: write `2 bytes` or `1 bit`", n->text);
			return false;
		}
		bits = (unsigned)count * (bytes ? 8 : 1);
	}
	if (!n && all > ELEMENT_MOST) {
		PROFILE_ERROR(r->l, r->node, CHECK_PLACE, "one element of %u bits? cut the place into elements, such as `each: 2 bytes`", all);
		return false;
	}
	if (p->n_split || bits > all || all % bits) {
		PROFILE_ERROR(r->l, n ? n : r->node, CHECK_PLACE, "%u bits can't be cut into elements of %u bits", all, bits);
		return false;
	}
	r->f->count = (uint8_t)(all / bits);
	p->bits = (uint8_t)bits;
	if (p->big)
		p->shift = (uint8_t)(p->shift + all - bits);
	place_end(p); /* of the first element: a short frame may carry only some */
	return true;
}

/* Names and versions come in parts laid one behind the other: `part: 1 of 2`. */
static bool parse_part(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "part");
	r->extra->part = r->extra->parts = 1;
	if (!n)
		return true;
	if (r->f->format != FORMAT_ASCII) {
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_TEXT, "`part` is for texts");
		return false;
	}
	const char *s = n->kind == NODE_SCALAR ? n->text : "";
	if (s[0] < '1' || s[0] > '4' || strncmp(s + 1, " of ", 4) || s[5] < s[0] || s[5] > '4' || s[6]) {
		PROFILE_ERROR(r->l, n, CHECK_TEXT, "write for example `part: 1 of 2`; a text has at most 4 parts");
		return false;
	}
	r->extra->part = (uint8_t)(s[0] - '0');
	r->extra->parts = (uint8_t)(s[5] - '0');
	return true;
}

/* `combine: max`: with what the list's earlier places gave, instead of only when those are silent. */
static bool parse_combine(struct reading *r, bool first)
{
	struct yaml_node *n = yaml_get(r->node, "combine");
	if (!n)
		return true;
	int word = node_word(r->l, n, fold_words);
	if (word < 0)
		return false;
	r->f->fold = word ? FOLD_MAX : FOLD_MIN;
	if (first)
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_RANK, "`combine` is for the second and later places of a list: "
		                     "[ { bytes: 0-1 }, { bytes: 2-3, combine: max } ]");
	else if (r->f->kind != FIELD_QUANTITY && r->f->kind != FIELD_ALARM)
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_VALUE, "`combine` is for quantities and alarms");
	else if (r->f->kind == FIELD_ALARM && !word)
		PROFILE_ERROR(r->l, n, CHECK_VALUE, "of alarms the worst holds: `combine: max`");
	else
		return true;
	return false;
}

static bool parse_negative(struct reading *r)
{
	struct yaml_node *n = yaml_get(r->node, "negative_when");
	struct field *f = r->f;
	f->has_negate = n != NULL;
	if (!n)
		return true;
	if (f->kind != FIELD_QUANTITY || r->unit == UNIT_FLAG || f->n_map || f->absolute) {
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_VALUE, "`negative_when` is for quantities that are numbers with a sign");
		return false;
	}
	if (!condition_parse(r->l, n, r->big, &f->negate))
		return false;
	if (!yaml_get(n, "frame") && places_meet(&f->negate.place, place_mask(&f->negate.place), &f->place, profile_field_mask(f)))
		PROFILE_ERROR(r->l, n, CHECK_OVERLAP, "the flag stands within the number itself; "
		              "is it its sign (`type: signed`)? else leave the bit out with `bits:`");
	return true;
}

static bool parse_conditions(struct reading *r, bool first)
{
	struct yaml_node *n = yaml_get(r->node, "when");
	int64_t given;
	r->f->has_when = n != NULL;
	if (n && !condition_parse(r->l, n, r->big, &r->f->when))
		return false;
	if (!parse_combine(r, first) || !parse_negative(r))
		return false;
	n = yaml_get(r->node, "rank");
	if (!n)
		return true;
	if (r->f->kind != FIELD_QUANTITY) {
		PROFILE_ERROR_AT_KEY(r->l, n, CHECK_RANK, "`rank` is for quantities");
		return false;
	}
	if (!node_integer(r->l, n, 0, 255, &given))
		return false;
	r->f->rank = (uint8_t)given;
	return true;
}

static bool parse_all(struct reading *r, const struct profile_frame *frame)
{
	if (!node_is(r->l, r->node, NODE_MAP, "where it stands, such as { bytes: 0-1, factor: 0.1 V }"))
		return false;
	bool target = target_parse(r, frame);
	r->big = order_parse(r->l, r->node, r->big);
	bool good = place_parse(r->l, r->node, r->big, &r->f->place) && target;
	good = good && parse_type(r) && parse_each(r) && parse_part(r);
	good = good && value_parse(r);
	/* keys that were not reached because something else is wrong are no unknown keys */
	for (int i = 0; field_words[i].key; i++)
		if (!good)
			yaml_get(r->node, field_words[i].key);
	bool first = r->extra->named == r->node || r->extra->named->first == r->node;
	good = good && parse_conditions(r, first);
	refuse_unknown(r->l, r->node, field_words);
	return good;
}

void field_parse(struct loading *l, struct profile_frame *frame, struct yaml_node *named, struct yaml_node *node,
                 uint8_t rank, bool big)
{
	struct reading r = { .l = l, .node = node, .f = &l->p->fields[l->p->n_fields], .extra = &l->extra[l->p->n_fields],
		             .big = big, .name = named->key };
	*r.f = (struct field){ .line = node->line, .rank = rank };
	*r.extra = (struct field_extra){ .node = node, .named = named, .frame = frame };
	if (!parse_all(&r, frame))
		return;
	l->p->n_fields++;
	frame->n_fields++;
}
