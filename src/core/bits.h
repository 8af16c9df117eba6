/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw numbers in and out of the 8 data bytes. Bounds are checked here, not by convention at the caller. */
#ifndef CORE_BITS_H
#define CORE_BITS_H

#include <string.h>

#include "core/profile.h"

static inline uint64_t bits_mask(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* The data bytes as one number, both ways round; made once a frame. */
struct words {
	uint64_t little, big; /* of the first 8 bytes */
	uint8_t len;
	const uint8_t *data; /* len bytes; 8 from any of them on are readable */
};
/* 8 bytes, the first one lowest. */
static inline uint64_t bits_first(const uint8_t *data)
{
	uint64_t raw;
	memcpy(&raw, data, sizeof raw);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	raw = __builtin_bswap64(raw);
#endif
	return raw;
}

static inline void bits_set_first(uint8_t *data, uint64_t raw)
{
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	raw = __builtin_bswap64(raw);
#endif
	memcpy(data, &raw, sizeof raw);
}

static inline struct words bits_words_of(const uint8_t *data, unsigned len)
{
	struct words w = { .len = (uint8_t)len, .data = data };
	w.little = bits_first(data) & bits_mask(8u * w.len); /* nothing that is not in the frame */
	w.big = __builtin_bswap64(w.little);
	return w;
}

static inline struct words bits_words(const struct frame *f)
{
	return bits_words_of(f->data, f->len > 8 ? 8 : f->len);
}

/* The general case of bits_get(). */
bool bits_get_far(const struct words *w, const struct place *p, unsigned step, uint64_t *raw);

/* Gets the raw number at a place, `step` times its width further on; false when the frame ends before it. */
static inline bool bits_get(const struct words *w, const struct place *p, unsigned step, uint64_t *raw)
{
	if (step || p->n_split || p->at)
		return bits_get_far(w, p, step, raw);
	if (p->end > w->len)
		return false;
	*raw = (p->big ? w->big : w->little) >> p->shift & bits_mask(p->bits);
	return true;
}

/* Puts it there in a frame of full length; excess high bits are dropped. */
void bits_put(uint8_t data[8], const struct place *p, unsigned step, uint64_t raw);

/* Raw bits as a two's complement number. */
static inline int64_t bits_signed(uint64_t raw, unsigned bits)
{
	if (bits >= 64)
		return (int64_t)raw;
	uint64_t sign = UINT64_C(1) << (bits - 1);
	return (int64_t)((raw ^ sign) - sign);
}

#endif
