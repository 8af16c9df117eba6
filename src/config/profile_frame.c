/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns a profile's frames: ids, times, constants, indexes, and their fields. */
#include <stdio.h>
#include <string.h>

#include "config/profile_load.h"

#define STALE_LEAST INT64_C(5000000) /* us; what is younger is never stale by default */
#define PERIOD_MAX  INT64_C(3600000000)

#define PGN_MAX     0x3FFFF
#define LAST_BYTE_FAST 222 /* of a fast packet (NMEA 2000) */

bool time_parse(struct loading *l, struct yaml_node *n, int64_t *out)
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
	if (n && is_word(n, "on event") && yaml_get(map, "sdo"))
		PROFILE_ERROR(l, n, CHECK_VALUE, "an object is asked for: how often? `period: 1 s`");
	else if (n && !is_word(n, "on event"))
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
	struct yaml_node *n = yaml_get(map, "group"), *index = yaml_get(map, "index");
	int64_t from, to;
	if (!n) {
		if (e->has_group || index)
			PROFILE_ERROR(l, map, CHECK_ID, "%s counts with `group`, but its range is missing, such as `group: 0-5`",
			              index ? "`index`" : "the id");
		return;
	}
	if (!e->has_group && !index) {
		PROFILE_ERROR_AT_KEY(l, n, CHECK_ID, "`group` needs an id that counts with it, such as 0x350 + 2 * group, "
		                     "or an `index` in the data");
		return;
	}
	if (e->has_group && index) {
		PROFILE_ERROR_AT_KEY(l, index, CHECK_ID, "`group` comes from the id or from `index`, not from both");
		return;
	}
	if (node_range(l, n, index ? 255 : 127, &from, &to)) {
		f->group_min = (uint8_t)from;
		f->group_max = (uint8_t)to;
	}
}

static void parse_source(struct loading *l, struct yaml_node *n, struct profile_frame *f)
{
	int64_t source;
	f->source = SOURCE_ANY;
	if (!n || is_word(n, "any"))
		return;
	if (!is_word(n, "address")) {
		if (node_integer(l, n, 0, 253, &source)) /* J1939: 254 and 255 are no senders */
			f->source = (int16_t)source;
		return;
	}
	f->source = SOURCE_ADDRESS;
	l->addressed = true;
	if (!l->p->per_address)
		PROFILE_ERROR(l, n, CHECK_ID, "`source: address`, but the profile has no `addresses: 0-11`");
}

static bool parse_pgn(struct loading *l, struct yaml_node *n, struct profile_frame *f)
{
	int64_t pgn;
	f->pgn = f->ext = true;
	if (!node_integer(l, n, 0, PGN_MAX, &pgn))
		return false;
	f->id = (uint32_t)pgn;
	if ((pgn >> 8 & 0xFF) < 0xF0 && pgn & 0xFF) {
		PROFILE_ERROR(l, n, CHECK_ID, "PGN %s is sent to one receiver: its last two digits are that one's address, write 00",
		              n->text);
		return false;
	}
	return true;
}

static bool hex(const char **s, unsigned digits, unsigned *out)
{
	*out = 0;
	for (unsigned i = 0; i < digits; i++, ++*s) {
		const char *at = **s ? strchr("0123456789abcdef", **s | 0x20) : NULL;
		if (!at)
			return false;
		*out = *out * 16 + (unsigned)(at - "0123456789abcdef");
	}
	return true;
}

/* sdo: 0x6060:00. The answer to an upload: command (with the size), index, sub-index; the data follow in bytes 4-7. */
static bool parse_sdo(struct loading *l, struct yaml_node *map, struct yaml_node *n, struct profile_frame *f)
{
	static const uint8_t commands[] = { [1] = 0x4F, [2] = 0x4B, [3] = 0x47, [4] = 0x43 };
	struct yaml_node *size = node_need(l, map, "size", "size: 4");
	int64_t bytes;
	unsigned index, sub;
	const char *s = n->kind == NODE_SCALAR ? n->text : "";
	bool good = s[0] == '0' && s[1] == 'x'; /* not 8208, which a parameter may well put here */
	s += good ? 2 : 0;
	if (!good || !hex(&s, 4, &index) || *s++ != ':' || !hex(&s, 2, &sub) || *s) {
		PROFILE_ERROR(l, n, CHECK_ID, "an object is index and sub-index with all their hexadecimal digits: `sdo: 0x6060:00`");
		return false;
	}
	l->addressed = true; /* whatever else is wrong here */
	if (!l->p->per_address)
		PROFILE_ERROR(l, n, CHECK_ID, "the node to ask is the pack's address: the profile needs `addresses: 1-127`");
	else if (l->p->address_min < 1 || l->p->address_max > 127)
		PROFILE_ERROR(l, n, CHECK_ID, "CANopen nodes are 1 to 127: `addresses: 1-127`");
	if (!size || !node_integer(l, size, 1, 4, &bytes))
		return false;
	f->id = 0x580;
	f->per_address = 1;
	f->guards[f->n_guards++] = (struct guard){
		.place = { .end = 4, .bits = 32 }, .value = commands[bytes] | index << 8 | sub << 24, .demand = true
	};
	sdo_poll(l, map, f, index, sub);
	return true;
}

static void sdo_fields(struct loading *l, struct yaml_node *map, const struct profile_frame *f)
{
	struct yaml_node *size = yaml_get(map, "size");
	int64_t bytes;
	if (!size || whole_parse(size->text, &bytes) || bytes < 1 || bytes > 4)
		return;
	uint64_t data = (UINT64_C(1) << (8 * bytes)) - 1;
	for (unsigned i = f->first_field; i < l->p->n_fields; i++)
		if (profile_field_mask(&l->p->fields[i]) & ~(data << 32))
			PROFILE_ERROR(l, l->extra[i].node, CHECK_PLACE, "an object of %d byte%s has its data in byte%s 4%s%.0d", (int)bytes,
			              bytes > 1 ? "s" : "", bytes > 1 ? "s" : "", bytes > 1 ? "-" : "", bytes > 1 ? (int)(3 + bytes) : 0);
}

static bool parse_plain_id(struct loading *l, struct yaml_node *n, struct profile_frame *f, struct expression *e)
{
	bool good = n && id_parse(l, n, e, &f->ext);
	if (!good)
		return false;
	f->id = (uint32_t)e->constant;
	f->per_group = (uint32_t)e->per_group;
	f->per_address = (uint32_t)e->per_address;
	l->addressed = l->addressed || e->has_address;
	if (e->has_address && !l->p->per_address)
		PROFILE_ERROR(l, n, CHECK_ID, "the id counts with `address`, but the profile has no `addresses: 0-11`");
	return true;
}

static void parse_id(struct loading *l, struct yaml_node *map, struct profile_frame *f)
{
	struct yaml_node *id = yaml_get(map, "id"), *pgn = yaml_get(map, "pgn"), *sdo = yaml_get(map, "sdo"),
			 *source = yaml_get(map, "source"), *size = yaml_get(map, "size"), *n = id ? id : pgn ? pgn : sdo;
	struct expression e = { 0 };
	bool good = false;
	if (!n)
		node_need(l, map, "id", "id: 0x351");
	else if ((id && pgn) || (id && sdo) || (pgn && sdo))
		PROFILE_ERROR(l, map, CHECK_ID, "one of `id`, `pgn` and `sdo`, not several");
	else
		good = id ? parse_plain_id(l, id, f, &e) : pgn ? parse_pgn(l, pgn, f) : parse_sdo(l, map, sdo, f);
	if (!good)
		f->id = 0x80000000u + l->p->n_frames; /* one that clashes with no other */
	if (source && !pgn)
		PROFILE_ERROR_AT_KEY(l, source, CHECK_ID, "`source` belongs to a `pgn`; in an id the sender is the last two digits");
	parse_source(l, pgn ? source : NULL, f);
	if (size && !sdo)
		PROFILE_ERROR_AT_KEY(l, size, CHECK_ID, "`size` belongs to an `sdo`; the length of a frame is its `dlc`");
	if (good || yaml_get(map, "group"))
		parse_group(l, map, f, &e);
	int64_t last = e.constant + e.per_group * f->group_max + e.per_address * l->p->address_max;
	if (good && id && last > (int64_t)(f->ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD))
		PROFILE_ERROR(l, n, CHECK_ID, "the last id, 0x%llX, does not fit into %d bits", (unsigned long long)last,
		              f->ext ? 29 : 11);
}

/* A place of the frame's own, such as `index: { byte: 0 }`. */
static bool parse_own_place(struct loading *l, struct yaml_node *n, const struct profile_word *words, bool big,
                            struct place *out)
{
	if (!node_is(l, n, NODE_MAP, "a place such as { byte: 0 }"))
		return false;
	bool good = place_parse(l, n, order_parse(l, n, big), out);
	refuse_unknown(l, n, words);
	return good;
}

/* talker_priority: { byte: 1, least: 120 } */
static void parse_priority(struct loading *l, struct yaml_node *n, bool big, struct profile_frame *f)
{
	struct yaml_node *least = n && n->kind == NODE_MAP ? yaml_get(n, "least") : NULL;
	int64_t rank;
	f->has_priority = n && parse_own_place(l, n, talker_words, big, &f->priority);
	if (f->has_priority && !f->ext)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_ID, "`talker_priority` is for J1939 (RV-C): 11-bit ids don't tell who talks");
	if (f->has_priority && least && node_integer(l, least, 1, 255, &rank))
		f->priority_least = (uint8_t)rank;
}

static void parse_places(struct loading *l, struct yaml_node *map, bool big, struct profile_frame *f)
{
	struct yaml_node *n = yaml_get(map, "index");
	f->has_index = n && parse_own_place(l, n, place_words, big, &f->index);
	if (f->has_index && f->index.bits < 8 && f->group_max >> f->index.bits)
		PROFILE_ERROR(l, n, CHECK_SIZE, "group %d does not fit into %d bits", f->group_max, f->index.bits);
	parse_priority(l, yaml_get(map, "talker_priority"), big, f);
}

/* counter: { byte: 3 }. One a frame: the ids of a group, or the parts of a burst, each have or share one of their own. */
static void parse_counter(struct loading *l, struct yaml_node *map, bool big, struct profile_frame *f)
{
	struct yaml_node *n = yaml_get(map, "counter");
	f->has_counter = n && parse_own_place(l, n, place_words, big, &f->counter);
	if (!f->has_counter)
		return;
	f->counter_slot = l->p->n_counters;
	if (f->per_group || f->has_index)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_VALUE, "`counter` is for a single frame, not for one with a `group`");
	else if (f->absent_ok)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_VALUE, "with `absent_means: ok` a counter that stands still would clear the alarms");
	else if (l->p->n_counters == COUNTERS_MAX)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_SIZE, "at most %d frames have a `counter`", COUNTERS_MAX);
	else
		l->p->n_counters++;
}

static void parse_crc8(struct loading *l, struct yaml_node *map, struct checksum *c)
{
	static const char *const keys[] = { "poly", "init", "final" };
	uint8_t *const into[] = { &c->poly, &c->init, &c->final };
	for (int i = 0; i < 3; i++) {
		struct yaml_node *n = yaml_get(map, keys[i]);
		int64_t value;
		if (n && c->kind != CHECKSUM_CRC8)
			PROFILE_ERROR_AT_KEY(l, n, CHECK_VALUE, "`%s` is for crc8", keys[i]);
		else if (n && node_integer(l, n, 0, 255, &value))
			*into[i] = (uint8_t)value;
	}
	if (c->kind == CHECKSUM_CRC8 && !c->poly)
		node_need(l, map, "poly", "poly: 0x85");
}

static void parse_with(struct loading *l, struct yaml_node *list, struct checksum *c)
{
	if (!list || !node_is(l, list, NODE_LIST, "a list such as [id, length]"))
		return;
	if (c->kind != CHECKSUM_SUM8)
		PROFILE_ERROR_AT_KEY(l, list, CHECK_VALUE, "`with` is for sum8");
	for (struct yaml_node *n = list->first; n; n = n->next) {
		int word = node_word(l, n, checksum_with);
		c->with_id = c->with_id || word == 0;
		c->with_length = c->with_length || word == 1;
	}
}

/* checksum: { byte: 7, kind: sum8, over: 0-6, with: [id, length] } */
static void parse_checksum(struct loading *l, struct yaml_node *map, bool big, struct profile_frame *f)
{
	struct checksum *c = &f->checksum;
	int64_t from, to;
	if (!map)
		return;
	if (!node_is(l, map, NODE_MAP, "a map such as { byte: 7, kind: sum8, over: 0-6 }"))
		return;
	struct yaml_node *n = node_need(l, map, "kind", "kind: sum8");
	int kind = n ? node_word(l, n, checksum_kinds) : -1;
	c->kind = (uint8_t)(kind < 0 ? CHECKSUM_NONE : kind + CHECKSUM_SUM8);
	bool good = place_parse(l, map, order_parse(l, map, big), &c->place);
	n = node_need(l, map, "over", "over: 0-6");
	good = n && node_range(l, n, 7, &from, &to) && good;
	parse_with(l, yaml_get(map, "with"), c);
	parse_crc8(l, map, c);
	refuse_unknown(l, map, checksum_words);
	if (!good || kind < 0)
		return;
	c->from = (uint8_t)from;
	c->to = (uint8_t)to;
	unsigned bits = c->kind == CHECKSUM_CRC16_MODBUS ? 16 : 8;
	uint64_t sum = place_mask(&c->place), over = (UINT64_MAX >> (8 * (7 - to))) & (UINT64_MAX << (8 * from));
	if (f->fast)
		PROFILE_ERROR(l, map, CHECK_PLACE, "a fast packet has no checksum: the bus has its own");
	else if (c->place.bits != bits)
		PROFILE_ERROR(l, map, CHECK_PLACE, "%s has %u bits, this place %d", checksum_kinds[kind], bits, c->place.bits);
	else if (sum & over)
		PROFILE_ERROR(l, map, CHECK_OVERLAP, "the checksum stands within the bytes it is made of (`over`)");
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

/* A list of places for one value: each is the next best, or combined with the one before. */
static void parse_list(struct loading *l, struct yaml_node *list, bool big, struct profile_frame *f)
{
	uint8_t rank = 0;
	for (struct yaml_node *one = list->first; one && rank < 255; one = one->next) {
		bool combined = one->kind == NODE_MAP && yaml_get(one, "combine");
		if (one != list->first && !combined)
			rank++;
		field_parse(l, f, list, one, rank, big);
	}
}

static void parse_fields(struct loading *l, struct yaml_node *map, bool big, struct profile_frame *f)
{
	struct yaml_node *fields = yaml_get(map, "fields");
	if (!fields && f->required)
		return; /* it says that the BMS is there: a heartbeat */
	if (!fields) {
		node_need(l, map, "fields", "fields: { cvl: { bytes: 0-1, factor: 0.1 V } }");
		return;
	}
	if (!node_is(l, fields, NODE_MAP, "a map of fields"))
		return;
	if (!fields->first && !f->required)
		PROFILE_ERROR(l, fields, CHECK_MISSING, "a frame without fields says nothing: leave it out, or is it `required`?");
	for (struct yaml_node *n = fields->first; n; n = n->next) {
		n->used = true;
		if (n->kind == NODE_LIST)
			parse_list(l, n, big, f);
		else
			field_parse(l, f, n, n, 0, big);
	}
}

static void parse_meaning(struct loading *l, struct yaml_node *map, struct profile_frame *f)
{
	struct yaml_node *n = yaml_get(map, "dlc");
	int64_t dlc = 8;
	if (n)
		node_integer(l, n, 1, 8, &dlc);
	f->dlc = (uint8_t)dlc;
	f->required = node_flag(l, map, "required", false);
	n = yaml_get(map, "absent_means");
	f->absent_ok = n && node_word(l, n, absent_means_words) == 0;
	if (f->required && is_word(yaml_get(map, "period"), "on event"))
		PROFILE_ERROR_AT_KEY(l, yaml_get(map, "required"), CHECK_REQUIRED, "what comes `on event` only can't be required: the pack "
		                     "would be lost between two");
	if (f->absent_ok && f->required)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_VALUE, "a required frame is never absent");
	n = yaml_get(map, "name");
	if (n && node_is(l, n, NODE_SCALAR, "a text"))
		l->p->frame_names[f - l->p->frames] = strdup(n->text);
}

static void frame_parse(struct loading *l, struct yaml_node *n, struct profile_frame *f)
{
	*f = (struct profile_frame){ .line = n->line, .first_field = l->p->n_fields };
	l->frame_nodes[l->p->n_frames++] = n;
	parse_times(l, n, f);
	parse_id(l, n, f);
	f->fast = node_flag(l, n, "fast_packet", false);
	if (f->fast && !f->pgn)
		PROFILE_ERROR_AT_KEY(l, yaml_get(n, "fast_packet"), CHECK_ID, "a fast packet is an NMEA 2000 message: it has a `pgn`");
	l->last_byte = f->fast ? LAST_BYTE_FAST : 7;
	parse_meaning(l, n, f);
	bool big = order_parse(l, n, l->big);
	parse_places(l, n, big, f);
	parse_counter(l, n, big, f);
	parse_guards(l, yaml_get(n, "match"), true, big, f);
	parse_guards(l, yaml_get(n, "constant"), false, big, f);
	parse_checksum(l, yaml_get(n, "checksum"), big, f);
	parse_fields(l, n, big, f);
	if (yaml_get(n, "sdo"))
		sdo_fields(l, n, f);
	refuse_unknown(l, n, frame_words);
	l->last_byte = 7;
}

void frames_parse(struct loading *l, struct yaml_node *list)
{
	for (struct yaml_node *n = list->first; n; n = n->next)
		if (node_is(l, n, NODE_MAP, "a frame: `- id: 0x351` and its other keys"))
			frame_parse(l, n, &l->p->frames[l->p->n_frames]);
}
