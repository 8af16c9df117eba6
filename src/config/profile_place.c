/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns positions: ids and indexes as sums, places in the 8 bytes, and the constants that stand there. */
#include "config/profile_load.h"

#include <stdlib.h>
#include <string.h>

const char *const place_keys[] = { "byte", "bytes", "bit", "bits", "start", "length", NULL };

struct term {
	int64_t number;
	bool group, address, bare;
	int digits;
};

static const char *skip_spaces(const char *s)
{
	while (*s == ' ')
		s++;
	return s;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* A number, `group` or `address`, multiplied into the term. */
static const char *factor_parse(const char **at, struct term *t)
{
	const char *s = skip_spaces(*at);
	if (!strncmp(s, "group", 5) || !strncmp(s, "address", 7)) {
		bool *which = *s == 'g' ? &t->group : &t->address;
		if (t->group || t->address)
			return "group and address can't be multiplied with each other";
		*which = true;
		*at = s + (*s == 'g' ? 5 : 7);
		return NULL;
	}
	int base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;
	s += base == 16 ? 2 : 0;
	int64_t n = 0;
	int digits = 0;
	for (; digit_value(*s) < base; s++, digits++)
		if ((n = n * base + digit_value(*s)) > 0xFFFFFFFF)
			return "a number is too large";
	if (!digits)
		return "expected a number, `group` or `address`";
	t->number *= n;
	t->digits = base == 16 ? digits : 0;
	t->bare = true;
	*at = s;
	return NULL;
}

static const char *term_parse(const char **at, struct expression *e, int sign)
{
	struct term t = { .number = sign };
	const char *bad = factor_parse(at, &t);
	*at = skip_spaces(*at);
	if (!bad && **at == '*') {
		++*at;
		bad = factor_parse(at, &t);
	}
	if (bad)
		return bad;
	if (t.number > INT32_MAX || t.number < -INT64_C(0x7FFFFFFF))
		return "a number is too large";
	e->per_group += t.group ? t.number : 0;
	e->per_address += t.address ? t.number : 0;
	e->has_group = e->has_group || t.group;
	e->has_address = e->has_address || t.address;
	if (!t.group && !t.address) {
		e->constant += t.number;
		e->constants++;
		e->constant_digits = t.digits;
	}
	return NULL;
}

const char *expression_parse(const char *text, struct expression *out)
{
	*out = (struct expression){ 0 };
	const char *bad = term_parse(&text, out, 1);
	while (!bad) {
		text = skip_spaces(text);
		if (!*text)
			return NULL;
		if (*text != '+' && *text != '-')
			return "expected + or - between the parts";
		int sign = *text++ == '+' ? 1 : -1;
		bad = term_parse(&text, out, sign);
	}
	return bad;
}

bool id_parse(struct loading *l, struct yaml_node *n, struct expression *e, bool *ext)
{
	if (!node_is(l, n, NODE_SCALAR, "an id such as 0x351"))
		return false;
	const char *bad = expression_parse(n->text, e);
	if (!bad && (e->constants != 1 || !e->constant_digits))
		bad = "an id has one number in the form 0x..., as candump prints it";
	else if (!bad && e->constant_digits != 8 && e->constant_digits > 3)
		bad = "write 11-bit ids with up to 3 digits (0x351) and 29-bit ids with all 8 (0x18E028F4)";
	else if (!bad && ((e->has_group && e->per_group < 1) || (e->has_address && e->per_address < 1)))
		bad = "group and address count upwards";
	*ext = e->constant_digits == 8;
	if (!bad && e->constant > (*ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD))
		bad = *ext ? "29-bit ids end at 0x1FFFFFFF" : "11-bit ids end at 0x7FF; a 29-bit id is written with 8 digits";
	if (bad)
		PROFILE_ERROR(l, n, CHECK_ID, "id '%s': %s", n->text, bad);
	return !bad;
}

unsigned place_bit(const struct place *p, unsigned i)
{
	if (p->n_split) {
		unsigned at = p->shift + i;
		return 8u * p->split[at / 8] + at % 8;
	}
	unsigned at = p->shift + i;
	return p->big ? 8 * (7 - at / 8) + at % 8 : at;
}

uint64_t place_mask(const struct place *p)
{
	uint64_t mask = 0;
	for (unsigned i = 0; i < p->bits; i++)
		mask |= UINT64_C(1) << place_bit(p, i);
	return mask;
}

void place_end(struct place *p)
{
	uint64_t mask = place_mask(p);
	for (p->end = 8; p->end > 1 && !(mask >> (8 * (p->end - 1))); p->end--)
		;
}

uint64_t field_mask(const struct field *f)
{
	uint64_t mask = 0;
	struct place p = f->place;
	unsigned n = f->kind == FIELD_ARRAY ? f->count : 1;
	for (unsigned i = 0; i < n; i++) {
		p.shift = (uint8_t)(f->place.big ? f->place.shift - i * p.bits : f->place.shift + i * p.bits);
		mask |= place_mask(&p);
	}
	return mask;
}

/* `start` and `length` as in a DBC file: Intel counts from the lowest bit up, Motorola names the highest. */
static bool dbc_place(struct loading *l, struct yaml_node *start, struct yaml_node *length, bool big, struct place *out)
{
	int64_t s, n;
	if (!start || !length) {
		PROFILE_ERROR(l, start ? start : length, CHECK_PLACE, "`start` and `length` belong together");
		return false;
	}
	if (!node_integer(l, start, 0, 63, &s) || !node_integer(l, length, 1, 64, &n))
		return false;
	int64_t low = big ? 8 * (7 - s / 8) + s % 8 - n + 1 : s;
	if (low < 0 || low + n > 64) {
		PROFILE_ERROR(l, start, CHECK_PLACE, "start %d, length %d (%s) reaches outside of the 8 bytes", (int)s, (int)n,
		              big ? "big: Motorola" : "little: Intel");
		return false;
	}
	*out = (struct place){ .bits = (uint8_t)n, .shift = (uint8_t)low, .big = big };
	return true;
}

/* bytes: [5, 7] */
static bool split_place(struct loading *l, struct yaml_node *bytes, struct place *out)
{
	size_t n = node_count(bytes);
	if (n < 2 || n > SPLIT_MAX) {
		PROFILE_ERROR(l, bytes, CHECK_PLACE, "a split number has 2 to %d bytes, least significant first", SPLIT_MAX);
		return false;
	}
	*out = (struct place){ .bits = (uint8_t)(8 * n) };
	for (struct yaml_node *b = bytes->first; b; b = b->next) {
		int64_t at;
		if (!node_integer(l, b, 0, 7, &at))
			return false;
		for (unsigned i = 0; i < out->n_split; i++)
			if (out->split[i] == at) {
				PROFILE_ERROR(l, b, CHECK_PLACE, "byte %d stands here twice", (int)at);
				return false;
			}
		out->split[out->n_split++] = (uint8_t)at;
	}
	return true;
}

static bool bytes_place(struct loading *l, struct yaml_node *byte, struct yaml_node *bytes, bool big, struct place *out)
{
	int64_t from, to;
	if (bytes && bytes->kind == NODE_LIST)
		return split_place(l, bytes, out);
	if (byte && node_integer(l, byte, 0, 7, &from))
		to = from;
	else if (byte || !node_range(l, bytes, 7, &from, &to))
		return false;
	*out = (struct place){ .bits = (uint8_t)(8 * (to - from + 1)), .big = big };
	out->shift = (uint8_t)(8 * (big ? 7 - to : from));
	return true;
}

static bool narrow_to_bits(struct loading *l, struct yaml_node *bit, struct yaml_node *bits, struct place *p)
{
	int64_t from, to;
	if (bit && node_integer(l, bit, 0, p->bits - 1, &from))
		to = from;
	else if (bit || !node_range(l, bits, p->bits - 1, &from, &to))
		return false;
	p->shift = (uint8_t)(p->shift + from);
	p->bits = (uint8_t)(to - from + 1);
	return true;
}

static bool read_place(struct loading *l, struct yaml_node *map, bool big, struct place *out)
{
	struct yaml_node *byte = yaml_get(map, "byte"), *bytes = yaml_get(map, "bytes"), *bit = yaml_get(map, "bit"),
			 *bits = yaml_get(map, "bits"), *start = yaml_get(map, "start"), *length = yaml_get(map, "length");
	if (start || length) {
		struct yaml_node *other = byte ? byte : bytes ? bytes : bit ? bit : bits;
		if (other)
			PROFILE_ERROR_AT_KEY(l, other, CHECK_PLACE, "`%s` can't stand beside `start` and `length`", other->key);
		return !other && dbc_place(l, start, length, big, out);
	}
	if (!byte == !bytes) {
		PROFILE_ERROR(l, map, CHECK_PLACE, byte ? "either `byte` or `bytes`, not both" :
		              "where does it stand? `byte: 4`, `bytes: 0-1`, or `start` and `length` as in a DBC file");
		return false;
	}
	if (bit && bits) {
		PROFILE_ERROR_AT_KEY(l, bits, CHECK_PLACE, "either `bit` or `bits`, not both");
		return false;
	}
	return bytes_place(l, byte, bytes, big, out) && ((!bit && !bits) || narrow_to_bits(l, bit, bits, out));
}

bool place_parse(struct loading *l, struct yaml_node *map, bool big, struct place *out)
{
	bool good = read_place(l, map, big, out);
	if (good)
		place_end(out);
	return good;
}

/* `is:` as a raw number: an integer, or characters with the first one in the lowest byte position. */
static bool is_value(struct loading *l, struct yaml_node *is, const struct place *p, uint64_t *out)
{
	if (!is->quoted) {
		int64_t n, max = p->bits > 62 ? INT64_MAX : (INT64_C(1) << p->bits) - 1;
		if (!node_integer(l, is, 0, max, &n))
			return false;
		*out = (uint64_t)n;
		return true;
	}
	size_t len = strlen(is->text);
	if (8 * len != p->bits) {
		PROFILE_ERROR(l, is, CHECK_VALUE, "\"%s\" has %zu characters, but its place %d bits", is->text, len, p->bits);
		return false;
	}
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned at = (unsigned)(8 * (p->big ? len - 1 - i : i));
		*out |= (uint64_t)(unsigned char)is->text[i] << at;
	}
	return true;
}

bool guard_parse(struct loading *l, struct yaml_node *map, bool big, struct guard *out)
{
	static const char *const known[] = { "byte", "bytes", "bit", "bits", "start", "length", "is", "byte_order", NULL };
	*out = (struct guard){ 0 };
	if (!node_is(l, map, NODE_MAP, "a map such as { byte: 0, is: 0x66 }"))
		return false;
	big = order_parse(l, map, big);
	struct yaml_node *is = node_need(l, map, "is", "is: 0x66");
	bool good = place_parse(l, map, big, &out->place);
	refuse_unknown(l, map, known);
	return good && is && node_is(l, is, NODE_SCALAR, "a number or a text in quotes") &&
	       is_value(l, is, &out->place, &out->value);
}
