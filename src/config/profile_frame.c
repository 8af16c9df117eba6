/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns a profile's frames, those received and those battagg sends to the BMS: ids, times, constants, and their fields. */
#include <stdio.h>
#include <string.h>

#include "config/profile_load.h"

#define STALE_LEAST INT64_C(5000000) /* us; what is younger is never stale by default */
#define PERIOD_MAX  INT64_C(3600000000)

static const char *const frame_keys[] = { "id", "group", "name", "period", "stale", "send", "dlc", "required", "absent_means",
	                                  "byte_order", "match", "constant", "fields", NULL };
static const char *const transmit_keys[] = { "name", "id", "data", "period", "default", "per", "control", NULL };

static bool time_parse(struct loading *l, struct yaml_node *n, int64_t *out)
{
	if (!node_value(l, n, DIM_TIME, out))
		return false;
	if (*out < 1000 || *out > PERIOD_MAX) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "%s is outside of 1 ms to 1 h", n->text);
		return false;
	}
	return true;
}

static bool is_word(const struct yaml_node *n, const char *word)
{
	return n && n->kind == NODE_SCALAR && !strcmp(n->text, word);
}

static void parse_times(struct loading *l, struct yaml_node *map, struct profile_frame *f)
{
	struct yaml_node *n = node_need(l, map, "period", "period: 1 s");
	if (n && !is_word(n, "on event"))
		time_parse(l, n, &f->period);
	f->stale = 5 * f->period > STALE_LEAST ? 5 * f->period : STALE_LEAST;
	n = yaml_get(map, "stale");
	if (n && time_parse(l, n, &f->stale) && f->stale < f->period)
		PROFILE_ERROR(l, n, CHECK_VALUE, "stale before the next one is due (period)");
	f->send = f->period;
	n = yaml_get(map, "send");
	if (is_word(n, "never"))
		f->send = 0;
	else if (n)
		time_parse(l, n, &f->send);
}

static void parse_group(struct loading *l, struct yaml_node *map, struct profile_frame *f, const struct expression *e)
{
	struct yaml_node *n = yaml_get(map, "group");
	int64_t from, to;
	if (!n) {
		if (e->has_group)
			PROFILE_ERROR(l, map, CHECK_ID, "the id counts with `group`, but its range is missing, such as `group: 0-5`");
		return;
	}
	if (!e->has_group) {
		PROFILE_ERROR_AT_KEY(l, n, CHECK_ID, "`group` needs an id that counts with it, such as 0x350 + 2 * group");
		return;
	}
	if (node_range(l, n, 127, &from, &to)) {
		f->group_min = (uint8_t)from;
		f->group_max = (uint8_t)to;
	}
}

static bool parse_id(struct loading *l, struct yaml_node *map, struct profile_frame *f)
{
	struct yaml_node *n = node_need(l, map, "id", "id: 0x351");
	struct expression e = { 0 };
	bool good = n && id_parse(l, n, &e, &f->ext);
	f->id = good ? (uint32_t)e.constant : 0x80000000u + l->p->n_frames; /* one that clashes with no other */
	f->per_group = (uint32_t)e.per_group;
	f->per_address = (uint32_t)e.per_address;
	if (good || yaml_get(map, "group"))
		parse_group(l, map, f, &e);
	if (good && e.has_address && !l->p->per_address)
		PROFILE_ERROR(l, n, CHECK_ID, "the id counts with `address`, but the profile has no `addresses: 0-11`");
	int64_t last = e.constant + e.per_group * f->group_max + e.per_address * l->p->address_max;
	if (good && last > (int64_t)(f->ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD))
		PROFILE_ERROR(l, n, CHECK_ID, "the last id, 0x%llX, does not fit into %d bits", (unsigned long long)last,
		              f->ext ? 29 : 11);
	return good;
}

static void parse_guards(struct loading *l, struct yaml_node *list, bool demand, bool big, struct profile_frame *f)
{
	if (!list || !node_is(l, list, NODE_LIST, "a list such as [ { byte: 0, is: 0x66 } ]"))
		return;
	for (struct yaml_node *n = list->first; n; n = n->next) {
		struct guard g;
		if (!guard_parse(l, n, big, &g))
			continue;
		g.demand = demand;
		if (f->n_guards == GUARDS_MAX)
			PROFILE_ERROR(l, n, CHECK_SIZE, "a frame has at most %d constants", GUARDS_MAX);
		else
			f->guards[f->n_guards++] = g;
	}
}

static void parse_fields(struct loading *l, struct yaml_node *map, bool big, struct profile_frame *f)
{
	struct yaml_node *fields = node_need(l, map, "fields", "fields: { cvl: { bytes: 0-1, factor: 0.1 V } }");
	if (!fields || !node_is(l, fields, NODE_MAP, "a map of fields"))
		return;
	if (!fields->first)
		PROFILE_ERROR(l, fields, CHECK_MISSING, "a frame without fields says nothing: leave it out");
	for (struct yaml_node *n = fields->first; n; n = n->next) {
		n->used = true;
		if (n->kind != NODE_LIST) {
			field_parse(l, f, n, n, 0, big);
			continue;
		}
		uint8_t rank = 0;
		for (struct yaml_node *one = n->first; one && rank < 255; one = one->next)
			field_parse(l, f, n, one, rank++, big);
	}
}

static void parse_meaning(struct loading *l, struct yaml_node *map, struct profile_frame *f)
{
	static const char *const words[] = { "ok", NULL };
	struct yaml_node *n = yaml_get(map, "dlc");
	int64_t dlc = 8;
	if (n)
		node_integer(l, n, 1, 8, &dlc);
	f->dlc = (uint8_t)dlc;
	f->required = node_flag(l, map, "required", false);
	n = yaml_get(map, "absent_means");
	f->absent_ok = n && node_word(l, n, words) == 0;
	if (f->absent_ok && f->required)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_VALUE, "a required frame is never absent");
	n = yaml_get(map, "name");
	if (n)
		node_is(l, n, NODE_SCALAR, "a text");
}

void frames_parse(struct loading *l, struct yaml_node *list)
{
	for (struct yaml_node *n = list->first; n; n = n->next) {
		struct profile_frame *f = &l->p->frames[l->p->n_frames];
		if (!node_is(l, n, NODE_MAP, "a frame: `- id: 0x351` and its other keys"))
			continue;
		*f = (struct profile_frame){ .line = n->line, .first_field = l->p->n_fields };
		l->frame_nodes[l->p->n_frames++] = n;
		parse_id(l, n, f);
		parse_times(l, n, f);
		parse_meaning(l, n, f);
		bool big = order_parse(l, n, l->big);
		parse_guards(l, yaml_get(n, "match"), true, big, f);
		parse_guards(l, yaml_get(n, "constant"), false, big, f);
		parse_fields(l, n, big, f);
		refuse_unknown(l, n, frame_keys);
	}
}

/* "12 34 56 78" */
static bool data_parse(struct loading *l, struct yaml_node *n, struct frame *f)
{
	const char *s = node_is(l, n, NODE_SCALAR, "bytes such as 00 1F") ? n->text : "";
	unsigned byte;
	int used;
	while (*s && f->len < 8 && strspn(s, "0123456789abcdefABCDEF") == 2 && sscanf(s, "%2x%n", &byte, &used) == 1) {
		f->data[f->len++] = (uint8_t)byte;
		s += used;
		s += strspn(s, " ");
	}
	if (*s)
		PROFILE_ERROR(l, n, CHECK_VALUE, "`data` is up to 8 bytes of two hexadecimal digits each: 12 34 56");
	return !*s;
}

static void transmit_id(struct loading *l, struct yaml_node *map, struct transmit *t)
{
	struct yaml_node *n = node_need(l, map, "id", "id: 0x305");
	struct expression e;
	if (!n || !id_parse(l, n, &e, &t->frame.ext))
		return;
	t->frame.id = (uint32_t)e.constant;
	t->per_address = (uint32_t)e.per_address;
	int64_t last = e.constant + e.per_address * l->p->address_max;
	if (e.has_group)
		PROFILE_ERROR(l, n, CHECK_ID, "what is sent has no `group`");
	else if (e.has_address && !l->p->per_address)
		PROFILE_ERROR(l, n, CHECK_ID, "the id counts with `address`, but the profile has no `addresses: 0-11`");
	else if (e.has_address && t->per_bus)
		PROFILE_ERROR(l, n, CHECK_ID, "an id that counts with `address` is sent `per: pack`");
	else if (last > (int64_t)(t->frame.ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD))
		PROFILE_ERROR(l, n, CHECK_ID, "the last id, 0x%llX, does not fit", (unsigned long long)last);
	for (unsigned i = 0; i < l->p->n_frames; i++)
		if (l->p->frames[i].id == t->frame.id && l->p->frames[i].ext == t->frame.ext)
			PROFILE_ERROR(l, n, CHECK_CLASH, "the BMS itself sends this id (line %u)", l->p->frames[i].line);
}

static void transmit_one(struct loading *l, struct yaml_node *map, struct transmit *t)
{
	static const char *const buses[] = { "bus", "pack", NULL };
	struct yaml_node *n = node_need(l, map, "name", "name: keepalive");
	if (n && node_is(l, n, NODE_SCALAR, "a name")) {
		if (strlen(n->text) > PROFILE_NAME_MAX || !*n->text || n->text[strspn(n->text, "abcdefghijklmnopqrstuvwxyz0123456789_")])
			PROFILE_ERROR(l, n, CHECK_VALUE, "a name has a-z, 0-9 and _, at most %d of them", PROFILE_NAME_MAX);
		snprintf(t->name, sizeof t->name, "%s", n->text);
	}
	for (struct transmit *other = l->p->transmit; other < t; other++)
		if (n && !strcmp(other->name, t->name))
			PROFILE_ERROR(l, n, CHECK_VALUE, "'%s' is the name of another", t->name);
	n = yaml_get(map, "per");
	t->per_bus = !n || node_word(l, n, buses) != 1;
	transmit_id(l, map, t);
	n = node_need(l, map, "data", "data: 00 00 00 00 00 00 00 00");
	if (n)
		data_parse(l, n, &t->frame);
	n = node_need(l, map, "period", "period: 1 s");
	if (n)
		time_parse(l, n, &t->period);
	t->on = node_flag(l, map, "default", false);
	t->control = node_flag(l, map, "control", false);
	if (t->control && t->on)
		PROFILE_ERROR(l, map, CHECK_VALUE, "what moves contactors (`control: true`) is never on by default");
	refuse_unknown(l, map, transmit_keys);
}

void transmit_parse(struct loading *l, struct yaml_node *list)
{
	for (struct yaml_node *n = list->first; n; n = n->next) {
		if (!node_is(l, n, NODE_MAP, "a frame: name, id, data, period"))
			continue;
		if (l->p->n_transmit == TRANSMIT_MAX) {
			PROFILE_ERROR(l, n, CHECK_SIZE, "at most %d frames are sent", TRANSMIT_MAX);
			return;
		}
		transmit_one(l, n, &l->p->transmit[l->p->n_transmit]);
		l->p->n_transmit++;
	}
}
