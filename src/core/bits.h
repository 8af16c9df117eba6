/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw numbers in and out of the 8 data bytes. Bounds are checked here, not by convention at the caller. */
#ifndef CORE_BITS_H
#define CORE_BITS_H

#include "core/profile.h"

/* The data bytes as one number, both ways round; made once a frame. */
struct words {
	uint64_t little, big;
	uint8_t len;
};
struct words bits_words(const struct frame *f);

/* Gets the raw number at a place, `step` times its width further on; false when the frame ends before it. */
bool bits_get(const struct words *w, const struct place *p, unsigned step, uint64_t *raw);

/* Puts it there in a frame of full length; excess high bits are dropped. */
void bits_put(uint8_t data[8], const struct place *p, unsigned step, uint64_t raw);

/* Raw bits as a two's complement number. */
int64_t bits_signed(uint64_t raw, unsigned bits);

#endif
