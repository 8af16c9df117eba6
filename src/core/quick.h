/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The short way of decoding: rows that are nothing but bits, factor and offset, a list of such, or an alarm of one or two
 * bits. They are nearly all there are, and a bus says them thousands of times a second. What is out of the ordinary (a
 * value that is not available or not plausible, a frame that is too short) goes the long way, in decode.c, which gives
 * the same for all of them.
 */
#ifndef CORE_QUICK_H
#define CORE_QUICK_H

#include "core/bits.h"
#include "core/codec.h"

/* Finds the rows for which it will do, and the frames that are steady. For the loader; without it all is right, but
 * slower. */
void quick_prepare(struct profile *p);

/* What the bits from `shift` on mean; false when that takes the long way. */
static inline bool quick_value(const struct field *f, uint64_t word, unsigned shift, int64_t *value)
{
	uint64_t raw = word >> shift & f->mask;
	for (unsigned i = 0; i < f->n_absent; i++)
		if (f->absent[i] == raw)
			return false;
	*value = (int64_t)((raw ^ f->sign) - f->sign) * f->num + f->offset;
	return *value >= f->min && *value <= f->max;
}

static inline bool quick_number(const struct field *f, const struct words *w, int64_t now, struct seen *s)
{
	struct measure *m = &s->b.q[f->target];
	int64_t value;
	if (!quick_value(f, f->place.big ? w->big : w->little, f->place.shift, &value) || m->rank < f->rank)
		return false;
	m->value = value;
	m->time = now;
	m->validity = f->quick_validity;
	m->rank = f->quick_rank;
	m->source = f->quick_source;
	return true;
}

/* The numbers that a frame begins with, if it is long enough for all of them. Returns the first that takes the long way. */
static inline const struct field *quick_numbers(const struct field *f, const struct field *end, const struct words *w,
                                                int64_t now, struct seen *s)
{
	uint64_t given = 0;
	for (; f < end && quick_number(f, w, now, s); f++)
		given |= UINT64_C(1) << f->target;
	s->updated |= given;
	s->lower_only &= ~given;
	return f;
}

static inline bool quick_array(const struct field *f, const struct words *w, unsigned group, int64_t now, struct seen *s)
{
	struct cells *c = &s->cells;
	unsigned first = codec_element(f, group), shift = f->place.shift, step = f->place.bits;
	uint64_t word = f->place.big ? w->big : w->little;
	if (first + f->count > ARRAY_MAX)
		return false;
	for (unsigned i = first; i < first + f->count; i++, shift = f->place.big ? shift - step : shift + step) {
		int64_t value;
		if (!quick_value(f, word, shift, &value))
			return false; /* the long way begins at the first element again: these are the same */
		c->value[f->target][i] = (int32_t)value;
		c->time[f->target][i] = now;
		c->validity[f->target][i] = VALID;
	}
	if (c->count[f->target] < first + f->count)
		c->count[f->target] = (uint8_t)(first + f->count);
	return true;
}

static inline bool quick_alarm(const struct field *f, const struct words *w, struct seen *s)
{
	struct alarm_state *a = &s->b.alarm[f->target];
	uint8_t says = f->says[(f->place.big ? w->big : w->little) >> f->place.shift & f->mask];
	if (f->part != PART_WARNING)
		a->alarm = says & 15;
	if (f->part != PART_ALARM)
		a->warning = says >> 4;
	return true;
}

/* Takes the whole field, or false: then the long way has to. */
static inline bool quick_field(const struct field *f, const struct words *w, unsigned group, int64_t now, struct seen *s)
{
	if (f->quick_end > w->len)
		return false;
	switch ((enum quick)f->quick) {
	case QUICK_NUMBER: return quick_numbers(f, f + 1, w, now, s) > f;
	case QUICK_ALARM: return quick_alarm(f, w, s);
	case QUICK_ARRAY: return quick_array(f, w, group, now, s);
	case QUICK_NONE: break;
	}
	return false;
}

#endif
