/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A battery into frames, by a profile's rows: decode's inverse. */
#include <string.h>

#include "core/bits.h"
#include "core/checksum.h"
#include "core/codec.h"
#include "core/scale.h"

static uint64_t all_ones(const struct field *f)
{
	return bits_mask(f->place.bits);
}

/* A raw number that is not within the range: the largest there is, else the smallest. */
static uint64_t out_of_range(const struct field *f)
{
	bool is_signed = f->format == FORMAT_SIGNED;
	uint64_t largest = is_signed ? all_ones(f) >> 1 : all_ones(f);
	if ((int64_t)largest > f->high)
		return largest;
	return is_signed ? largest + 1 : 0; /* the sign bit alone is the smallest */
}

/* Raw bits that say "unknown", as well as this dialect can. */
static uint64_t raw_unknown(const struct field *f)
{
	return f->n_absent ? f->absent[0] : f->has_range ? out_of_range(f) : 0;
}

static bool map_raw(const struct field *f, int64_t value, uint64_t *raw)
{
	for (unsigned i = 0; i < f->n_map; i++) {
		if (f->map[i].value != value)
			continue;
		*raw = f->map[i].raw;
		return true;
	}
	return false;
}

static uint64_t raw_number(const struct field *f, int64_t value, enum rounding r)
{
	uint64_t raw;
	if (f->n_map)
		return map_raw(f, value, &raw) ? raw : raw_unknown(f);
	raw = scale_encode(f, value, r);
	/* the largest number that fits often means "not available": a huge value must not be told as unknown */
	for (unsigned i = 0; i < f->n_absent; i++)
		if (raw && raw == f->absent[i] && raw == all_ones(f))
			return raw - 1;
	return raw;
}

static bool encode_quantity(const struct field *f, const struct battery *b, uint8_t data[8])
{
	const struct measure *m = &b->q[f->target];
	bool known = m->validity >= STALE, negative = f->has_negate && m->value < 0;
	int64_t value = negative ? -m->value : m->value;
	bits_put(data, &f->place, 0, known ? raw_number(f, value, quantities[f->target].rounding) : raw_unknown(f));
	if (f->has_negate) /* the flag's other value: its lowest bit turned */
		bits_put(data, &f->negate.place, 0, negative ? f->negate.value : f->negate.value ^ 1);
	return known;
}

static bool encode_array(const struct field *f, unsigned group, const struct cells *c, uint8_t data[8])
{
	bool any = false;
	unsigned first = codec_element(f, group);
	for (unsigned i = 0; i < f->count; i++) {
		unsigned at = first + i;
		bool known = c && at < ARRAY_MAX && c->validity[f->target][at] >= STALE;
		bits_put(data, &f->place, i, known ? raw_number(f, c->value[f->target][at], ROUND_NEAREST) : raw_unknown(f));
		any = any || known;
	}
	return any;
}

static enum alarm_word word_of(uint8_t tri)
{
	return tri == TRI_ACTIVE ? SAYS_ACTIVE : tri == TRI_OK ? SAYS_OK : SAYS_UNSUPPORTED;
}

/* What this field has to say for all the alarms it gathers. */
static enum alarm_word gathered_word(const struct field *f, const struct battery *b)
{
	uint8_t alarm = TRI_UNSUPPORTED, warning = TRI_UNSUPPORTED;
	for (unsigned i = 0; i < N_ALARM; i++) {
		if (!(f->gathers >> i & 1))
			continue;
		alarm = tri_worst(alarm, b->alarm[i].alarm);
		warning = tri_worst(warning, b->alarm[i].warning);
	}
	if (f->part == PART_ALARM)
		return word_of(alarm);
	if (f->part == PART_WARNING)
		return word_of(warning);
	if (alarm == TRI_ACTIVE)
		return SAYS_ALARM;
	if (warning == TRI_ACTIVE)
		return SAYS_WARNING;
	return word_of(tri_worst(alarm, warning));
}

/* The nearest thing the dialect can say, never less than what is so. */
static uint64_t raw_alarm(const struct field *f, enum alarm_word word)
{
	static const enum alarm_word next[][4] = {
		[SAYS_UNSUPPORTED] = { SAYS_UNSUPPORTED, SAYS_OK, SAYS_OK, SAYS_OK },
		[SAYS_OK] = { SAYS_OK, SAYS_UNSUPPORTED, SAYS_UNSUPPORTED, SAYS_UNSUPPORTED },
		[SAYS_ACTIVE] = { SAYS_ACTIVE, SAYS_ALARM, SAYS_WARNING, SAYS_WARNING },
		[SAYS_WARNING] = { SAYS_WARNING, SAYS_ACTIVE, SAYS_ALARM, SAYS_ALARM },
		[SAYS_ALARM] = { SAYS_ALARM, SAYS_ACTIVE, SAYS_WARNING, SAYS_WARNING },
	};
	if (!f->n_map)
		return word >= SAYS_ACTIVE;
	uint64_t raw = 0;
	for (unsigned i = 0; i < 4; i++)
		if (map_raw(f, next[word][i], &raw))
			break;
	return raw;
}

/* "1.24" to the bytes 01 18. */
static void version_bytes(const char *text, uint8_t *bytes, unsigned n)
{
	for (unsigned i = 0; i < n && *text; i++) {
		unsigned value = 0;
		for (; *text >= '0' && *text <= '9'; text++)
			value = value * 10 + (unsigned)(*text - '0');
		bytes[i] = (uint8_t)(value > 255 ? 255 : value);
		if (*text == '.')
			text++;
	}
}

static bool encode_text(const struct field *f, const struct battery *b, uint8_t data[8])
{
	const char *text = b->text[f->target];
	unsigned n = f->place.bits / 8, first = f->place.big ? 8 - (f->place.shift + f->place.bits) / 8u : f->place.shift / 8u;
	if (!*text)
		return false;
	if (f->format == FORMAT_VERSION) {
		version_bytes(text, data + first, n);
		return true;
	}
	size_t len = strlen(text);
	for (unsigned i = 0; i < n; i++)
		data[first + i] = f->text_at + i < len ? (uint8_t)text[f->text_at + i] : 0;
	return true;
}

static bool encode_field(const struct field *f, const struct battery *b, const struct cells *cells, unsigned group,
                         uint8_t data[8])
{
	switch ((enum field_kind)f->kind) {
	case FIELD_QUANTITY: return encode_quantity(f, b, data);
	case FIELD_ARRAY: return encode_array(f, group, cells, data);
	case FIELD_ALARM: bits_put(data, &f->place, 0, raw_alarm(f, gathered_word(f, b))); return true;
	case FIELD_TEXT: break;
	}
	return encode_text(f, b, data);
}

static void put_checksum(const struct profile_frame *pf, struct frame *f)
{
	if (pf->checksum.kind)
		bits_put(f->data, &pf->checksum.place, 0, checksum_of(&pf->checksum, f));
}

bool codec_encode(const struct profile *p, unsigned index, unsigned group, unsigned address, const struct battery *b,
                  const struct cells *cells, struct frame *out)
{
	const struct profile_frame *pf = &p->frames[index];
	bool says = false;
	*out = (struct frame){ .id = codec_id(pf, group, address), .ext = pf->ext, .len = pf->dlc };
	const struct field *end = &p->fields[pf->first_field + pf->n_fields];
	for (int own = 0; own <= 1; own++) /* a combined place may be another value's own: that one is written last */
		for (const struct field *f = &p->fields[pf->first_field]; f < end; f++)
			if (own == !f->fold)
				says |= encode_field(f, b, cells, group, out->data);
	for (unsigned i = 0; i < pf->n_guards; i++)
		bits_put(out->data, &pf->guards[i].place, 0, pf->guards[i].address ? address : pf->guards[i].value);
	if (pf->has_index)
		bits_put(out->data, &pf->index, 0, group);
	if (pf->has_priority)
		bits_put(out->data, &pf->priority, 0, pf->priority_least);
	memset(out->data + out->len, 0, 8u - out->len);
	put_checksum(pf, out);
	return says;
}

void codec_count(const struct profile_frame *pf, struct frame *f, uint64_t count)
{
	bits_put(f->data, &pf->counter, 0, count);
	put_checksum(pf, f);
}
