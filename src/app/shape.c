/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Looks at the bytes of one id, frame by frame, and guesses. */
#include "app/shape.h"

#include <stdio.h>
#include <string.h>

#include "core/checksum.h"

#define STEPS_LEAST 4 /* fewer tell nothing */
#define TEXT_LEAST  4
#define NEAR_ZERO   2000 /* a current in 0.1 A, say */

/* ---- checksums ---- */

static const uint8_t polynomials[] = { 0x07, 0x1D, 0x2F, 0x31, 0x85, 0x9B };
#define POLYNOMIALS (sizeof polynomials / sizeof *polynomials)
enum { SUM_PLAIN, SUM_ID_LENGTH, SUM_XOR, SUM_CRC16_LITTLE, SUM_CRC16_BIG, SUM_CRC8 };
_Static_assert(SUM_CRC8 + 4 * POLYNOMIALS == SHAPE_SUMS, "each kind has its counter");

/* Kind i, at the end of a frame of so many bytes. */
static struct checksum sum_of_kind(int i, unsigned len)
{
	bool wide = i == SUM_CRC16_LITTLE || i == SUM_CRC16_BIG, big = i == SUM_CRC16_BIG;
	unsigned size = wide ? 2 : 1, at = len - size;
	struct checksum c = { .kind = CHECKSUM_SUM8, .to = (uint8_t)(at - 1) };
	c.place = (struct place) { .end = (uint8_t)len,
				   .bits = (uint8_t)(8 * size),
				   .shift = (uint8_t)(big ? 8 * (8 - len) : 8 * at),
				   .big = big };
	c.with_id = c.with_length = i == SUM_ID_LENGTH;
	if (i == SUM_XOR)
		c.kind = CHECKSUM_XOR8;
	if (wide)
		c.kind = CHECKSUM_CRC16_MODBUS;
	if (i >= SUM_CRC8) {
		unsigned k = (unsigned)(i - SUM_CRC8);
		c.kind = CHECKSUM_CRC8;
		c.poly = polynomials[k / 4];
		c.init = k & 1 ? 0xFF : 0;
		c.final = k & 2 ? 0xFF : 0;
	}
	return c;
}

static void take_sums(struct shape *s, const struct frame *f)
{
	for (int i = 0; i < SHAPE_SUMS && f->len > 3; i++) {
		struct checksum c = sum_of_kind(i, f->len);
		s->sums[i] += checksum_holds(&c, f);
	}
}

const char *shape_checksum(const struct shape *s, char buf[SHAPE_TEXT_MAX], unsigned *bytes)
{
	unsigned at = s->len_max - 1u;
	if (s->distinct < STEPS_LEAST || s->len_min != s->len_max || s->len_max < 4 || !shape_changes(s, at))
		return NULL;
	for (int i = 0; i < SHAPE_SUMS; i++) {
		struct checksum c = sum_of_kind(i, s->len_max);
		int n = 0;
		if (s->sums[i] != s->count)
			continue;
		*bytes = c.place.bits / 8u;
		if (c.kind == CHECKSUM_CRC16_MODBUS)
			snprintf(buf, SHAPE_TEXT_MAX,
				 "{ bytes: %u-%u, byte_order: %s, kind: crc16-modbus, over: 0-%u }", at - 1, at,
				 c.place.big ? "big" : "little", c.to);
		else
			n = snprintf(buf, SHAPE_TEXT_MAX, "{ byte: %u, kind: %s, over: 0-%u", at,
				     c.kind == CHECKSUM_SUM8   ? "sum8"
				     : c.kind == CHECKSUM_XOR8 ? "xor8"
							       : "crc8",
				     c.to);
		if (c.kind == CHECKSUM_CRC8)
			n += snprintf(buf + n, SHAPE_TEXT_MAX - (size_t)n,
				      ", poly: 0x%02X, init: 0x%02X, final: 0x%02X", c.poly, c.init, c.final);
		if (n)
			snprintf(buf + n, SHAPE_TEXT_MAX - (size_t)n, "%s }", c.with_id ? ", with: [id, length]" : "");
		return buf;
	}
	return NULL;
}

/* ---- bytes and words ---- */

static unsigned word_of(const uint8_t *data, unsigned at, int big)
{
	return big ? (unsigned)data[at] << 8 | data[at + 1] : (unsigned)data[at + 1] << 8 | data[at];
}

static void take_words(struct shape *s, const struct frame *f)
{
	for (unsigned at = 0; at + 1 < f->len; at++) {
		for (int big = 0; big < 2; big++) {
			uint16_t word = (uint16_t)word_of(f->data, at, big);
			bool first = at + 1 >= s->len_max;
			if (first || word < s->word[big][at].min)
				s->word[big][at].min = word;
			if (first || word > s->word[big][at].max)
				s->word[big][at].max = word;
			s->positive[big][at] = s->positive[big][at] || (word && word <= NEAR_ZERO);
			s->negative[big][at] = s->negative[big][at] || word >= 65536 - NEAR_ZERO;
			s->beyond[big][at] = s->beyond[big][at] || (word > NEAR_ZERO && word < 65536 - NEAR_ZERO);
		}
	}
}

static void take_bytes(struct shape *s, const struct frame *f)
{
	for (unsigned i = 0; i < f->len; i++) {
		uint8_t byte = f->data[i];
		bool first = i >= s->len_max;
		if (first || byte < s->min[i])
			s->min[i] = byte;
		if (first || byte > s->max[i])
			s->max[i] = byte;
		s->values[i][byte / 64] |= UINT64_C(1) << byte % 64;
	}
}

static void take_step(struct shape *s, const struct frame *f)
{
	bool changed = false;
	s->steps++;
	for (unsigned i = 0; i < f->len; i++) {
		uint8_t before = s->last[i], now = f->data[i];
		s->up[i] += now == (uint8_t)(before + 1);
		s->nibble_up[i] += (now & 15) == ((before + 1) & 15);
		changed = changed || before != now;
	}
	s->distinct += changed;
}

void shape_take(struct shape *s, const struct frame *f)
{
	bool first = !s->count++;
	if (first)
		memcpy(s->first, f->data, sizeof s->first);
	else if (f->len == s->len_last)
		take_step(s, f);
	take_bytes(s, f); /* these two look at the longest so far */
	take_words(s, f);
	take_sums(s, f);
	s->len_min = first || f->len < s->len_min ? f->len : s->len_min;
	s->len_max = f->len > s->len_max ? f->len : s->len_max;
	memcpy(s->last, f->data, sizeof s->last);
	s->len_last = f->len;
}

bool shape_changes(const struct shape *s, unsigned byte)
{
	return s->min[byte] != s->max[byte] || (byte >= s->len_min && byte < s->len_max);
}

static unsigned values_of(const struct shape *s, unsigned byte)
{
	unsigned n = 0;
	for (int i = 0; i < 4; i++)
		n += (unsigned)__builtin_popcountll(s->values[byte][i]);
	return n;
}

/* One step in ten may be lost. */
static bool nearly_all(uint32_t n, uint32_t steps)
{
	return steps >= STEPS_LEAST && n >= steps - steps / 10;
}

/* It came back to its first number: all it has are one after the other, and not the 16 or 256 of a counter. */
bool shape_index(const struct shape *s, unsigned byte, unsigned *from, unsigned *to)
{
	*from = s->min[byte];
	*to = s->max[byte];
	unsigned n = *to - *from + 1;
	bool full = s->len_min > byte && values_of(s, byte) == n && n > 1 && *from <= 1 && *to < 64 && *to != 15;
	/* n - 1 steps up and one back */
	return full && s->steps >= 2 * n && s->up[byte] >= s->steps - s->steps / n - s->steps / 8 - 1 &&
	       s->up[byte] < s->steps;
}

int shape_counter(const struct shape *s, unsigned byte)
{
	unsigned from, to;
	if (s->len_min <= byte || values_of(s, byte) < STEPS_LEAST || shape_index(s, byte, &from, &to))
		return 0;
	if (nearly_all(s->nibble_up[byte], s->steps) && s->nibble_up[byte] > s->up[byte])
		return 4;
	return nearly_all(s->up[byte], s->steps) ? 8 : 0;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

unsigned shape_text(const struct shape *s, unsigned byte)
{
	unsigned n = 0, letters = 0;
	if (byte && s->first[byte - 1] >= 0x20 && s->first[byte - 1] <= 0x7E && !shape_changes(s, byte - 1))
		return 0; /* it began before */
	while (byte + n < s->len_min && s->first[byte + n] >= 0x20 && s->first[byte + n] <= 0x7E &&
	       !shape_changes(s, byte + n))
		letters += is_letter(s->first[byte + n++]);
	return n >= TEXT_LEAST && letters * 2 >= n ? n : 0;
}

/* ---- numbers ---- */

/* Raw numbers that look like something; the first that fits is told. Packs in 1 mV are left out: any number would do. */
static const struct {
	bool wide;
	unsigned from, to, per_one; /* counts of one unit; 1000: 3 decimals */
	int zero;                   /* counts that are taken off */
	const char *unit, *what;
} guesses[] = {
	{ true, 2700, 3699, 1000, 0, "V", "a cell's voltage in 1 mV" },
	{ true, 4200, 5999, 100, 0, "V", "48 V in 0.01 V" },
	{ true, 2100, 2699, 100, 0, "V", "24 V in 0.01 V" },
	{ true, 420, 600, 10, 0, "V", "48 V in 0.1 V" },
	{ true, 263, 323, 1, 273, "degC", "a temperature in 1 K" },
	{ true, 29000, 31000, 10, 30000, "A", "a current in 0.1 A with 30000 for zero" },
	{ true, 1050, 1500, 100, 0, "V", "12 V in 0.01 V" },
	{ true, 205, 262, 10, 0, "V", "24 V in 0.1 V" },
	{ true, 105, 150, 10, 0, "V", "12 V in 0.1 V; or a temperature in 0.1 degC" },
	{ false, 50, 80, 1, 50, "degC", "a temperature with 50 for zero, or with 40; or a share in %" },
	{ false, 10, 100, 1, 0, "%", "a share in %; or a temperature" },
};

static void print_number(char *buf, size_t size, unsigned raw, unsigned per_one, int zero)
{
	int value = (int)raw - zero;
	int decimals = per_one == 1000 ? 3 : per_one == 100 ? 2 : per_one == 10 ? 1 : 0;
	unsigned size_of = value < 0 ? (unsigned)-value : (unsigned)value;
	if (decimals)
		snprintf(buf, size, "%s%u.%0*u", value < 0 ? "-" : "", size_of / per_one, decimals, size_of % per_one);
	else
		snprintf(buf, size, "%s%u", value < 0 ? "-" : "", size_of);
}

const char *shape_guess(const struct shape *s, unsigned byte, bool wide, bool big, char buf[SHAPE_TEXT_MAX])
{
	unsigned from = wide ? s->word[big][byte].min : s->min[byte], to = wide ? s->word[big][byte].max : s->max[byte];
	if (byte + (wide ? 2u : 1u) > s->len_min || (wide && from == to && ((from & 0xFF) == 0 || (from & 0xFF) == 0xFF)))
		return NULL; /* it ends, or a byte of filling does */
	for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
		char low[24], high[24];
		if (guesses[i].wide != wide || from < guesses[i].from || to > guesses[i].to)
			continue;
		print_number(low, sizeof low, from, guesses[i].per_one, guesses[i].zero);
		print_number(high, sizeof high, to, guesses[i].per_one, guesses[i].zero);
		snprintf(buf, SHAPE_TEXT_MAX, "%s%s%s %s: %s?", low, from == to ? "" : " to ", from == to ? "" : high,
			 guesses[i].unit, guesses[i].what);
		return buf;
	}
	if (wide && s->positive[big][byte] && s->negative[big][byte] && !s->beyond[big][byte]) {
		snprintf(buf, SHAPE_TEXT_MAX, "goes below zero and above: a current, signed?");
		return buf;
	}
	return NULL;
}

int shape_order(const struct shape *s)
{
	char buf[SHAPE_TEXT_MAX];
	int points = 0;
	for (unsigned at = 0; at + 1 < s->len_min; at++) {
		int even = at % 2 ? 1 : 2; /* where most numbers of two bytes stand */
		points += shape_guess(s, at, true, true, buf) ? even : 0;
		points -= shape_guess(s, at, true, false, buf) ? even : 0;
	}
	return points;
}

bool shape_alike(const struct shape *a, const struct shape *b)
{
	int close = 0, apart;
	if (a->len_min != b->len_min || a->len_max != b->len_max || a->len_max < 2)
		return false;
	for (unsigned i = 0; i < a->len_min; i++) { /* what the first of both has */
		apart = a->first[i] - b->first[i];
		close += apart >= -3 && apart <= 3 && (a->first[i] || shape_changes(a, i));
	}
	/* in a table of numbers of two bytes at least the higher ones are about the same */
	return close * 2 >= a->len_max;
}
