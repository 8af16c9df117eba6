/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw numbers in and out of the 8 data bytes. */
#include "core/bits.h"

/* Where the step's number starts in its word; false when that is outside of the 64 bits. */
static bool position(const struct place *p, unsigned step, unsigned *shift, unsigned *end)
{
	unsigned far = step * p->bits;
	if (!p->big) {
		*shift = p->shift + far;
		*end = (*shift + p->bits + 7) / 8;
		return *shift + p->bits <= 64;
	}
	if (far > p->shift)
		return false;
	*shift = p->shift - far;
	*end = (64 - *shift + 7) / 8;
	return true;
}

bool bits_get_far(const struct words *whole, const struct place *p, unsigned step, uint64_t *raw)
{
	if (p->at > whole->len)
		return false;
	const struct words part = p->at ? bits_words_of(whole->data + p->at, whole->len - p->at) : *whole, *w = &part;
	if (p->n_split) {
		if (step || p->end > w->len)
			return false;
		uint64_t value = 0;
		for (unsigned i = 0; i < p->n_split; i++)
			value |= (w->little >> (8 * p->split[i]) & 0xFF) << (8 * i);
		*raw = value >> p->shift & bits_mask(p->bits);
		return true;
	}
	unsigned shift, end;
	if (!position(p, step, &shift, &end) || end > w->len)
		return false;
	*raw = (p->big ? w->big : w->little) >> shift & bits_mask(p->bits);
	return true;
}

void bits_put(uint8_t data[8], const struct place *p, unsigned step, uint64_t raw)
{
	raw &= bits_mask(p->bits);
	if (p->n_split) {
		uint64_t bits = bits_mask(p->bits) << p->shift, value = raw << p->shift;
		for (unsigned i = 0; i < p->n_split && p->split[i] < 8; i++) {
			uint8_t m = (uint8_t)(bits >> (8 * i)), v = (uint8_t)(value >> (8 * i));
			data[p->split[i]] = (uint8_t)((data[p->split[i]] & ~m) | v);
		}
		return;
	}
	unsigned shift, end;
	if (!position(p, step, &shift, &end))
		return;
	uint64_t mask = bits_mask(p->bits) << shift, value = raw << shift;
	if (p->big) {
		mask = __builtin_bswap64(mask);
		value = __builtin_bswap64(value);
	}
	bits_set_first(data, (bits_first(data) & ~mask) | value);
}
