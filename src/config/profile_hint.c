/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the guess why a sample does not give its value: which one change of the field would. */
#include <stdio.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/bits.h"
#include "core/candump.h"
#include "core/codec.h"
#include "core/scale.h"

/* A field in a frame of the sample. */
struct trial {
	const struct field *f;
	struct frame frame;
	unsigned step; /* element of an array, counted from the field's first */
};

static bool value_of(const struct trial *t, const struct field *f, int64_t *out)
{
	struct words w = bits_words(&t->frame);
	uint64_t raw, flag;
	if (!bits_get_far(&w, &f->place, t->step, &raw))
		return false;
	enum rounding r = f->kind == FIELD_QUANTITY ? quantities[f->target].rounding : ROUND_NEAREST;
	*out = scale_decode(f, raw, r);
	for (unsigned i = 0; i < f->n_map; i++)
		if (f->map[i].raw == raw)
			*out = f->map[i].value;
	if (f->has_negate && !f->negate.mark && bits_get(&w, &f->negate.place, 0, &flag) && flag == f->negate.value)
		*out = -*out;
	return true;
}

/* ---- changes: each makes one in a copy of the field, and says which; false when it makes no sense there ---- */

typedef bool (*change_fn)(struct field *f, char *say, size_t size);

static bool other_sign_bit(struct field *f, char *say, size_t size)
{
	bool is_signed = f->format == FORMAT_SIGNED;
	snprintf(say, size, is_signed ? "without `type: signed`" : "with `type: signed`");
	if (f->format != FORMAT_UNSIGNED && !is_signed)
		return false;
	f->format = is_signed ? FORMAT_UNSIGNED : FORMAT_SIGNED;
	return true;
}

static bool other_order(struct field *f, char *say, size_t size)
{
	snprintf(say, size, "with `byte_order: %s`", f->place.big ? "little" : "big");
	if (f->place.n_split || f->place.bits < 16 || f->place.bits % 8 || f->place.shift % 8)
		return false;
	f->place.shift = (uint8_t)(64 - f->place.shift - f->place.bits);
	f->place.big = !f->place.big;
	return true;
}

static bool other_order_and_sign(struct field *f, char *say, size_t size)
{
	char other[48];
	if (!other_sign_bit(f, other, sizeof other) || !other_order(f, say, size))
		return false;
	size_t len = strlen(say);
	snprintf(say + len, size - len, " and %s", other);
	return true;
}

static bool factor_by(struct field *f, char *say, size_t size, int64_t times, int64_t parts, const char *how)
{
	snprintf(say, size, "with a factor %s", how);
	f->rest *= parts; /* it counts in parts of `den` */
	f->den *= parts;
	return !f->n_map && !__builtin_mul_overflow(f->num, times, &f->num);
}

static bool factor_10(struct field *f, char *say, size_t size)
{
	return factor_by(f, say, size, 10, 1, "ten times larger");
}

static bool factor_100(struct field *f, char *say, size_t size)
{
	return factor_by(f, say, size, 100, 1, "a hundred times larger");
}

static bool factor_1000(struct field *f, char *say, size_t size)
{
	return factor_by(f, say, size, 1000, 1, "a thousand times larger");
}

static bool factor_10th(struct field *f, char *say, size_t size)
{
	return factor_by(f, say, size, 1, 10, "ten times smaller");
}

static bool factor_100th(struct field *f, char *say, size_t size)
{
	return factor_by(f, say, size, 1, 100, "a hundred times smaller");
}

static bool factor_1000th(struct field *f, char *say, size_t size)
{
	return factor_by(f, say, size, 1, 1000, "a thousand times smaller");
}

static bool factor_turned(struct field *f, char *say, size_t size)
{
	snprintf(say, size, "with the other sign of `factor`");
	f->num = -f->num;
	return !f->n_map;
}

static bool offset_turned(struct field *f, char *say, size_t size)
{
	snprintf(say, size, "with the other sign of `offset`");
	f->offset = -f->offset;
	return f->offset && !f->rest;
}

static bool both_turned(struct field *f, char *say, size_t size)
{
	snprintf(say, size, "with the other sign of `factor` and of `offset`");
	f->num = -f->num;
	f->offset = -f->offset;
	return f->offset && !f->rest;
}

static bool offset_off(struct field *f, char *say, size_t size)
{
	snprintf(say, size, "without the `offset`");
	bool was = f->offset || f->rest;
	f->offset = f->rest = 0;
	return was;
}

static bool inverted(struct field *f, char *say, size_t size)
{
	bool is = f->n_map == 2 && f->map[0].raw == 1 && !f->map[0].value;
	snprintf(say, size, is ? "without `inverted`" : "with `inverted: yes`");
	if (f->place.bits != 1 || (f->n_map && !is) || quantities[f->target].unit != UNIT_FLAG || f->kind != FIELD_QUANTITY)
		return false;
	f->n_map = 2;
	f->map[0] = (struct map_entry){ .raw = 1, .value = is };
	f->map[1] = (struct map_entry){ .raw = 0, .value = !is };
	return true;
}

/* One byte further on or back: vendors count from 1, too. */
static bool moved(struct field *f, char *say, size_t size, int by)
{
	const struct place *p = &f->place;
	int first = p->big ? 7 - (p->shift + p->bits - 1) / 8 : p->shift / 8, last = first + p->bits / 8 - 1;
	first += by;
	last += by;
	if (p->n_split || p->at || p->bits % 8 || p->shift % 8 || first < 0 || last > 7)
		return false;
	f->place.shift = (uint8_t)(p->shift + (p->big ? -8 : 8) * by);
	f->place.end = (uint8_t)(p->end + by);
	snprintf(say, size, first == last ? "in byte %d" : "in bytes %d-%d", first, last);
	return true;
}

static bool moved_back(struct field *f, char *say, size_t size)
{
	return moved(f, say, size, -1);
}

static bool moved_on(struct field *f, char *say, size_t size)
{
	return moved(f, say, size, 1);
}

/* The likeliest first. */
static const change_fn changes[] = { other_sign_bit, other_order,   other_order_and_sign, factor_turned, both_turned,  offset_turned,
	                             inverted,       factor_10,     factor_10th,          factor_100,    factor_100th, factor_1000,
	                             factor_1000th,  offset_off,    moved_back,           moved_on };

/* ---- */

/* The last frame of the sample that has this field. */
static bool find(const struct loading *l, const struct sample_place *at, const struct field *f, struct trial *out)
{
	bool found = false;
	for (const struct yaml_node *n = at->frames->first; n; n = n->next) {
		struct frame frame;
		int index = -1;
		unsigned group;
		if (n->kind != NODE_SCALAR || !candump_parse_frame(n->text, &frame))
			continue;
		while (codec_match(l->p, at->address, &frame, &index, &group)) {
			const struct profile_frame *pf = &l->p->frames[index];
			const struct field *first = &l->p->fields[pf->first_field];
			unsigned step = f->kind == FIELD_ARRAY ? at->element - codec_element(f, group) : 0;
			if (pf->fast || f < first || f >= first + pf->n_fields || (f->kind == FIELD_ARRAY && step >= f->count))
				continue;
			*out = (struct trial){ f, frame, step };
			found = true;
		}
	}
	return found;
}

/* A round number that is missing: what raw 0 is. */
static bool missing_offset(const struct trial *t, int64_t expected, char *say, size_t size)
{
	enum unit unit = profile_field_unit(t->f);
	char text[DIMENSION_TEXT_MAX];
	int64_t got;
	if (t->f->offset || t->f->rest || t->f->n_map || (unit != UNIT_MA && unit != UNIT_DECIDEG) || !value_of(t, t->f, &got))
		return false;
	int64_t apart = expected - got, round = unit == UNIT_MA ? 10000 : 100;
	if (!apart || (apart % round && (unit != UNIT_DECIDEG || (apart != -2731 && apart != -2732))))
		return false;
	snprintf(say, size, "with `offset: %s`", dimension_print(text, unit_dimension(unit), apart));
	return true;
}

static bool change_helps(const struct trial *t, int64_t expected, char *say, size_t size)
{
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		struct field changed = *t->f;
		int64_t value;
		if (changes[i](&changed, say, size) && value_computes(&changed) && value_of(t, &changed, &value) && value == expected)
			return true;
	}
	return missing_offset(t, expected, say, size);
}

const char *sample_hint(const struct loading *l, const struct sample_place *at, int64_t expected, char *buf, size_t size)
{
	char say[96];
	struct trial t;
	*buf = '\0';
	for (unsigned i = 0; i < l->p->n_fields; i++) {
		const struct field *f = &l->p->fields[i];
		if (f->kind != at->kind || f->target != at->target || f->format == FORMAT_COUNT || !find(l, at, f, &t))
			continue;
		if (!change_helps(&t, expected, say, sizeof say))
			continue;
		snprintf(buf, size, "; %s it would be right", say);
		break;
	}
	return buf;
}

bool sample_implausible(const struct loading *l, const struct sample_place *at, int64_t *value)
{
	struct trial t;
	for (unsigned i = 0; i < l->p->n_fields; i++) {
		const struct field *f = &l->p->fields[i];
		if (f->kind != at->kind || f->target != at->target || !find(l, at, f, &t) || !value_of(&t, f, value))
			continue;
		bool array = f->kind == FIELD_ARRAY;
		if (*value < (array ? arrays[f->target].min : quantities[f->target].min) ||
		    *value > (array ? arrays[f->target].max : quantities[f->target].max))
			return true;
	}
	return false;
}
