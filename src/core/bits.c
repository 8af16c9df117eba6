/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw numbers in and out of the 8 data bytes. */
#include "core/bits.h"

static uint64_t mask(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

struct words bits_words(const struct frame *f)
{
	struct words w = { .len = f->len > 8 ? 8 : f->len };
	for (unsigned i = 0; i < 8; i++) {
		uint64_t byte = i < w.len ? f->data[i] : 0;
		w.little |= byte << (8 * i);
		w.big |= byte << (56 - 8 * i);
	}
	return w;
}

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

bool bits_get(const struct words *w, const struct place *p, unsigned step, uint64_t *raw)
{
	if (p->n_split) {
		if (step || p->end > w->len)
			return false;
		uint64_t value = 0;
		for (unsigned i = 0; i < p->n_split; i++)
			value |= (w->little >> (8 * p->split[i]) & 0xFF) << (8 * i);
		*raw = value >> p->shift & mask(p->bits);
		return true;
	}
	unsigned shift, end;
	if (!position(p, step, &shift, &end) || end > w->len)
		return false;
	*raw = (p->big ? w->big : w->little) >> shift & mask(p->bits);
	return true;
}

void bits_put(uint8_t data[8], const struct place *p, unsigned step, uint64_t raw)
{
	raw &= mask(p->bits);
	if (p->n_split) {
		uint64_t bits = mask(p->bits) << p->shift, value = raw << p->shift;
		for (unsigned i = 0; i < p->n_split && p->split[i] < 8; i++) {
			uint8_t m = (uint8_t)(bits >> (8 * i)), v = (uint8_t)(value >> (8 * i));
			data[p->split[i]] = (uint8_t)((data[p->split[i]] & ~m) | v);
		}
		return;
	}
	unsigned shift, end;
	if (!position(p, step, &shift, &end))
		return;
	uint64_t m = mask(p->bits) << shift, v = raw << shift;
	for (unsigned i = 0; i < 8; i++) {
		unsigned at = p->big ? 56 - 8 * i : 8 * i;
		uint8_t mi = (uint8_t)(m >> at), vi = (uint8_t)(v >> at);
		data[i] = (uint8_t)((data[i] & ~mi) | vi);
	}
}

int64_t bits_signed(uint64_t raw, unsigned bits)
{
	if (bits >= 64)
		return (int64_t)raw;
	uint64_t sign = UINT64_C(1) << (bits - 1);
	return (int64_t)((raw ^ sign) - sign);
}
