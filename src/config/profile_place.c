/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns positions: places in the data bytes, and the constants that stand there. */
#include "config/profile_load.h"
#include "core/bits.h"

#include <string.h>

#define BYTES_ANY 65535 /* more than any frame has: what is too far is told apart from what is no number */

unsigned place_bit(const struct place *p, unsigned i)
{
	if (p->n_split) {
		unsigned at = p->shift + i;
		return 8u * p->split[at / 8] + at % 8;
	}
	unsigned at = p->shift + i;
	return p->big ? 8 * (7 - at / 8) + at % 8 : at;
}

/* A number as it lies in the 8 bytes, bit 8 * byte + bit. */
static uint64_t laid_out(const struct place *p, uint64_t number)
{
	if (p->n_split) {
		uint64_t bits = 0;
		for (unsigned i = 0; i < p->bits; i++)
			bits |= (number >> i & 1) << place_bit(p, i);
		return bits;
	}
	number = (number & bits_mask(p->bits)) << p->shift;
	return p->big ? __builtin_bswap64(number) : number;
}

uint64_t place_mask(const struct place *p)
{
	return laid_out(p, UINT64_MAX);
}

void place_end(struct place *p)
{
	uint64_t mask = place_mask(p);
	for (p->end = 8; p->end > 1 && !(mask >> (8 * (p->end - 1))); p->end--)
		;
}

uint64_t profile_field_mask(const struct field *f)
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
	if (!node_integer(l, start, 0, 8 * l->last_byte + 7, &s) || !node_integer(l, length, 1, 64, &n))
		return false;
	int64_t first = s / 8, last = big ? first + (n - s % 8 + 6) / 8 : (s + n - 1) / 8, at = last > 7 && l->last_byte > 7 ? first : 0;
	int64_t low = big ? 8 * (7 - (first - at)) + s % 8 - n + 1 : s - 8 * at;
	if (low < 0 || low + n > 64 || last > l->last_byte) {
		PROFILE_ERROR(l, start, CHECK_PLACE, "start %d, length %d (%s) reaches outside of the %d bytes", (int)s, (int)n,
		              big ? "big: Motorola" : "little: Intel", l->last_byte > 7 ? l->last_byte + 1 : 8);
		return false;
	}
	*out = (struct place){ .at = (uint8_t)at, .bits = (uint8_t)n, .shift = (uint8_t)low, .big = big };
	return true;
}

/* Where the 8 bytes begin that a place lies in: at 0 while it can, else with the place. */
static bool window(struct loading *l, struct yaml_node *n, int64_t first, int64_t last, struct place *out)
{
	if (last - first > 7)
		PROFILE_ERROR(l, n, CHECK_PLACE, "a place has at most 8 bytes: write bytes %d-%d as several fields", (int)first,
		              (int)last);
	out->at = (uint8_t)(last > 7 ? first : 0);
	return last - first <= 7;
}

/* bytes: [5, 7] */
static bool split_place(struct loading *l, struct yaml_node *bytes, struct place *out)
{
	size_t n = node_count(bytes);
	int64_t at[SPLIT_MAX], first = INT64_MAX, last = 0;
	if (n < 2 || n > SPLIT_MAX) {
		PROFILE_ERROR(l, bytes, CHECK_PLACE, "a split number has 2 to %d bytes, least significant first", SPLIT_MAX);
		return false;
	}
	*out = (struct place){ .bits = (uint8_t)(8 * n) };
	for (struct yaml_node *b = bytes->first; b; b = b->next) {
		int64_t *one = &at[out->n_split];
		if (!node_integer(l, b, 0, l->last_byte, one))
			return false;
		for (unsigned i = 0; i < out->n_split; i++)
			if (at[i] == *one) {
				PROFILE_ERROR(l, b, CHECK_PLACE, "byte %d stands here twice", (int)*one);
				return false;
			}
		first = *one < first ? *one : first;
		last = *one > last ? *one : last;
		out->n_split++;
	}
	if (!window(l, bytes, first, last, out))
		return false;
	for (unsigned i = 0; i < out->n_split; i++)
		out->split[i] = (uint8_t)(at[i] - out->at);
	return true;
}

static bool bytes_place(struct loading *l, struct yaml_node *byte, struct yaml_node *bytes, bool big, struct place *out)
{
	int64_t from, to;
	struct yaml_node *n = byte ? byte : bytes;
	if (bytes && bytes->kind == NODE_LIST)
		return split_place(l, bytes, out);
	if (byte && node_integer(l, byte, 0, BYTES_ANY, &from))
		to = from;
	else if (byte || !node_range(l, bytes, BYTES_ANY, &from, &to))
		return false;
	if (to > l->last_byte) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "%s is outside of 0 to %d: bytes count from 0", n->text, l->last_byte);
		return false;
	}
	*out = (struct place){ .bits = (uint8_t)(8 * (to - from + 1)), .big = big };
	if (!window(l, n, from, to, out))
		return false;
	from -= out->at;
	to -= out->at;
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
	if (!byte && !bytes && (node_foreign(l, map, "start") || node_foreign(l, map, "length")))
		return false;
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

/* `is: address`: the pack's own. */
static bool is_address(struct loading *l, struct yaml_node *is, struct guard *out)
{
	out->address = true;
	l->addressed = true;
	if (!l->p->per_address)
		PROFILE_ERROR(l, is, CHECK_ID, "`is: address`, but the profile has no `addresses: 0-11`");
	else if (out->place.bits < 8 && l->p->address_max >> out->place.bits)
		PROFILE_ERROR(l, is, CHECK_SIZE, "address %d does not fit into %d bits", l->p->address_max, out->place.bits);
	else
		return true;
	return false;
}

static bool equality_parse(struct loading *l, struct yaml_node *map, bool big, const struct profile_word *words, struct guard *out)
{
	*out = (struct guard){ 0 };
	if (!node_is(l, map, NODE_MAP, "a map such as { byte: 0, is: 0x66 }"))
		return false;
	big = order_parse(l, map, big);
	struct yaml_node *is = node_need(l, map, "is", "is: 0x66");
	bool good = place_parse(l, map, big, &out->place);
	refuse_unknown(l, map, words);
	if (!good || !is || !node_is(l, is, NODE_SCALAR, "a number or a text in quotes"))
		return false;
	if (!is->quoted && !strcmp(is->text, "address"))
		return is_address(l, is, out);
	return is_value(l, is, &out->place, &out->value);
}

bool guard_parse(struct loading *l, struct yaml_node *map, bool big, struct guard *out)
{
	return equality_parse(l, map, big, guard_words, out);
}

bool condition_parse(struct loading *l, struct yaml_node *map, bool big, struct guard *out)
{
	yaml_get(map, "frame"); /* marks_find() reads it: that frame may come later */
	return equality_parse(l, map, big, condition_words, out);
}

bool places_meet(const struct place *a, uint64_t a_mask, const struct place *b, uint64_t b_mask)
{
	int far = a->at - b->at;
	if (far >= 8 || far <= -8)
		return false;
	return far >= 0 ? (a_mask << (8 * far) & b_mask) != 0 : (b_mask << (8 * -far) & a_mask) != 0;
}

bool guards_exclude(const struct guard *a, const struct guard *b)
{
	if (a->address || b->address || a->mark != b->mark || a->place.at != b->place.at)
		return false;
	uint64_t differ = laid_out(&a->place, a->value) ^ laid_out(&b->place, b->value);
	return (differ & place_mask(&a->place) & place_mask(&b->place)) != 0;
}
