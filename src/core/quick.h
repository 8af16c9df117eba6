/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The short way of decoding: rows that are nothing but bits, factor and offset, or a list of such. They are most of what
 * there is, and a bus says them thousands of times a second. Alarms are the rest, and hardly ever change: while the bits
 * of a frame stay the same, they are not read again (struct seen, `held`). What is out of the ordinary (a value that is
 * not plausible, a frame that is too short, an alarm that comes) goes the long way, in decode.c, which gives the same
 * for all of them.
 */
#ifndef CORE_QUICK_H
#define CORE_QUICK_H

#include "core/bits.h"
#include "core/codec.h"
#include "core/scale.h"

/* Finds the rows for which it will do, and the frames that are steady. For the loader; without it all is right, but
 * slower. */
void quick_prepare(struct profile *p);

/* A raw number that means "not available"? */
static inline bool quick_absent(const struct field *f, uint64_t raw)
{
	return ((raw - f->quick_absent) & f->mask) < f->quick_n_absent;
}

static inline int64_t quick_linear(const struct field *f, uint64_t raw)
{
	return (int64_t)((raw ^ f->sign) - f->sign) * f->num + f->offset;
}

static inline bool quick_number(const struct field *f, const struct words *w, int64_t now, struct seen *s)
{
	struct measure *m = &s->b.q[f->target];
	uint64_t raw = (f->place.big ? w->big : w->little) >> f->place.shift & f->mask;
	int64_t value = quick_linear(f, raw);
	if (quick_absent(f, raw) || value < f->min || value > f->max || m->rank < f->rank)
		return false;
	m->value = value;
	m->time = now;
	m->origin = f->quick_origin;
	return true;
}

static inline void quick_given(uint64_t given, struct seen *s)
{
	s->updated |= given;
	s->lower_only &= ~given;
}

/* The numbers that a frame begins with, if it is long enough for all of them. Returns the first that takes the long
 * way. */
static inline const struct field *quick_numbers(const struct profile_frame *pf, const struct field *f,
                                                const struct words *w, int64_t now, struct seen *s)
{
	const struct field *first = f, *end = f + pf->n_numbers;
	while (f < end && quick_number(f, w, now, s))
		f++;
	if (f == end)
		quick_given(pf->numbers_given, s);
	else
		for (; first < f; first++)
			quick_given(UINT64_C(1) << first->target, s);
	return f;
}

/* One that stands among others. */
static inline bool quick_single(const struct field *f, const struct words *w, int64_t now, struct seen *s)
{
	if (!quick_number(f, w, now, s))
		return false;
	quick_given(UINT64_C(1) << f->target, s);
	return true;
}

static inline bool quick_array(const struct field *f, const struct words *w, unsigned group, int64_t now, struct seen *s)
{
	struct cells *c = &s->cells;
	unsigned at = codec_element(f, group), end = at + f->count, shift = f->place.shift, known = 0;
	unsigned step = f->place.big ? 0 - (unsigned)f->place.bits : f->place.bits;
	uint64_t word = f->place.big ? w->big : w->little;
	if (end > ARRAY_MAX)
		return false;
	for (; at < end; at++, shift += step) {
		uint64_t raw = word >> shift & f->mask;
		bool absent = quick_absent(f, raw);
		int64_t value = absent ? 0 : f->den == 1 ? quick_linear(f, raw) : scale_decode(f, raw, ROUND_NEAREST);
		if (!absent && (value < f->min || value > f->max))
			return false; /* the long way begins at the first element again: these are the same */
		c->value[f->target][at] = (int32_t)value;
		c->time[f->target][at] = now;
		c->validity[f->target][at] = absent ? NOT_AVAILABLE : VALID;
		known = absent ? known : at + 1;
	}
	if (c->count[f->target] < known)
		c->count[f->target] = (uint8_t)known;
	return true;
}

/* Takes the whole field, or false: then the long way has to. */
static inline __attribute__((always_inline)) bool quick_field(const struct field *f, const struct words *w,
                                                              unsigned group, int64_t now, struct seen *s)
{
	if (f->quick_end > w->len)
		return false;
	switch ((enum quick)f->quick) {
	case QUICK_NUMBER: return quick_single(f, w, now, s);
	case QUICK_ARRAY: return quick_array(f, w, group, now, s);
	case QUICK_NONE: break;
	}
	return false;
}

#endif
