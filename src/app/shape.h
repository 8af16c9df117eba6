/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the bytes of one id look like: constants, counters, checksums, texts, numbers that could be voltages. Guesses for
 * whoever writes a profile. */
#ifndef APP_SHAPE_H
#define APP_SHAPE_H

#include <stddef.h>

#include "core/profile.h"

#define SHAPE_SUMS 29
struct shape {
	uint64_t count;
	uint32_t steps;    /* from one frame to the next of the same length */
	uint32_t distinct; /* steps at which something changed */
	uint8_t len_min, len_max, len_last;
	uint8_t first[8], last[8], min[8], max[8];
	uint32_t up[8], nibble_up[8]; /* steps at which the byte, or its low four bits, went up by one */
	uint64_t values[8][4];        /* bit per value that the byte had */
	struct {
		uint16_t min, max;
	} word[2][7];                                      /* at each byte; 0 low byte first, 1 high byte first */
	bool positive[2][7], negative[2][7], beyond[2][7]; /* had values just above zero, just below it, far from it */
	uint32_t sums[SHAPE_SUMS];                         /* frames whose checksum of that kind was right */
};

void shape_take(struct shape *, const struct frame *);

/* The byte counts up in each frame: 8 or 4 bits; 0 = it doesn't. */
int shape_counter(const struct shape *, unsigned byte);
/* The byte runs again and again through all numbers from *from to *to: the number of a part. */
bool shape_index(const struct shape *, unsigned byte, unsigned *from, unsigned *to);
/* It was not always the same. */
bool shape_changes(const struct shape *, unsigned byte);
/* The checksum at the end that was right in every frame, as a profile writes it, and its length; NULL when none was, or
 * too little changed to tell. */
#define SHAPE_TEXT_MAX 96
const char *shape_checksum(const struct shape *, char buf[SHAPE_TEXT_MAX], unsigned *bytes);
/* The characters from a byte on, at least 4; 0 = there are none. */
unsigned shape_text(const struct shape *, unsigned byte);
/* What the two bytes from `byte` on, or (`wide` false) the byte, could be: "53.2 to 53.4 V in steps of 0.1 V"; NULL:
 * nothing that comes to mind. */
const char *shape_guess(const struct shape *, unsigned byte, bool wide, bool big, char buf[SHAPE_TEXT_MAX]);
/* Which order the numbers that look like something have: points for high byte first less those for low byte first. */
int shape_order(const struct shape *);
/* Could they be two parts of one table? */
bool shape_alike(const struct shape *, const struct shape *);

#endif
