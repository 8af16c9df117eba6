/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A battery into frames, by a profile's rows: decode's inverse. */
#include <string.h>

#include "core/bits.h"
#include "core/checksum.h"
#include "core/codec.h"
#include "core/fastpacket.h"
#include "core/scale.h"

#define PRIORITY UINT32_C(6) /* J1939: of all that is no control message */
#define TO_ALL   UINT32_C(0xFF)
#define TALKER_RANK 120 /* RV-C: a BMS */
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

/* The bytes that a place counts from: there are 8 of them. */
static uint8_t *at(const struct place *p, uint8_t *data)
{
	return data + p->at;
}

/* The other value of a flag: its lowest bit turned. */
static void put_condition(const struct guard *g, bool holds, uint8_t *data)
{
	bits_put(at(&g->place, data), &g->place, 0, holds ? g->value : g->value ^ 1);
}

static bool encode_quantity(const struct field *f, const struct battery *b, uint8_t *data)
{
	const struct measure *m = &b->q[f->target];
	bool known = m->validity >= STALE, negative = f->has_negate && m->value < 0;
	int64_t value = negative ? -m->value : m->value;
	bits_put(at(&f->place, data), &f->place, 0, known ? raw_number(f, value, quantities[f->target].rounding) : raw_unknown(f));
	if (f->has_negate && !f->negate.mark)
		put_condition(&f->negate, negative, data);
	return known;
}

static bool encode_array(const struct field *f, unsigned group, const struct cells *c, uint8_t *data)
{
	bool any = false;
	unsigned first = codec_element(f, group);
	for (unsigned i = 0; i < f->count; i++) {
		unsigned n = first + i;
		bool known = c && n < ARRAY_MAX && c->validity[f->target][n] >= STALE;
		bits_put(at(&f->place, data), &f->place, i,
		         known ? raw_number(f, c->value[f->target][n], ROUND_NEAREST) : raw_unknown(f));
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

static bool encode_text(const struct field *f, const struct battery *b, uint8_t *data)
{
	const char *text = b->text[f->target];
	unsigned n = f->place.bits / 8, first = f->place.big ? 8 - (f->place.shift + f->place.bits) / 8u : f->place.shift / 8u;
	uint8_t *bytes = at(&f->place, data) + first;
	if (!*text)
		return false;
	memset(bytes, 0, n);
	if (f->format == FORMAT_VERSION) {
		version_bytes(text, bytes, n);
		return true;
	}
	size_t len = strlen(text);
	for (unsigned i = 0; i < n && f->text_at + i < len; i++)
		bytes[i] = (uint8_t)text[f->text_at + i];
	return true;
}

static bool encode_field(const struct field *f, const struct battery *b, const struct cells *cells, unsigned group,
                         uint8_t *data)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_QUANTITY: return encode_quantity(f, b, data);
	case FIELD_ARRAY: return encode_array(f, group, cells, data);
	case FIELD_ALARM:
		bits_put(at(&f->place, data), &f->place, 0, raw_alarm(f, gathered_word(f, b)));
		return true;
	case FIELD_TEXT: break;
	}
	return encode_text(f, b, data);
}

static void put_checksum(const struct profile_frame *pf, struct frame *f)
{
	if (pf->checksum.kind)
		bits_put(f->data, &pf->checksum.place, 0, checksum_of(&pf->checksum, f));
}

/* Has it something to say in this field? */
static bool knows(const struct field *f, const struct battery *b, const struct cells *c, unsigned group)
{
	unsigned first = codec_element(f, group);
	if (f->kind == FIELD_QUANTITY)
		return battery_knew(b, f->target);
	if (f->kind == FIELD_TEXT)
		return *b->text[f->target];
	for (unsigned n = first; f->kind == FIELD_ARRAY && n < first + f->count; n++)
		if (c && n < ARRAY_MAX && c->validity[f->target][n] >= STALE)
			return true;
	return f->kind == FIELD_ALARM;
}

static bool encode_fields(const struct profile *p, const struct profile_frame *pf, unsigned group, const struct battery *b,
                          const struct cells *cells, uint8_t *data)
{
	const struct field *first = &p->fields[pf->first_field], *end = first + pf->n_fields;
	bool says = !pf->n_fields; /* that the BMS is there */
	/* first whether a value counts; what stands there as a value of its own comes later and wins */
	for (int known = 0; known <= 1; known++)
		for (const struct field *f = first; f < end; f++)
			if (f->has_when && !f->when.mark && knows(f, b, cells, group) == known)
				put_condition(&f->when, known, data);
	for (int own = 0; own <= 1; own++) /* a combined place may be another value's own: that one is written last */
		for (const struct field *f = first; f < end; f++)
			if (own == !f->fold)
				says |= encode_field(f, b, cells, group, data);
	return says;
}

/* What this frame says about fields of others: whether they count, and their signs. */
static void encode_marks(const struct profile *p, unsigned index, const struct battery *b, const struct cells *c, uint8_t *data)
{
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct field *f = &p->fields[p->frames[i].first_field], *end = f + p->frames[i].n_fields;
		for (; f < end; f++) {
			if (f->has_when && f->when.mark && p->marks[f->when.mark - 1].frame == index)
				put_condition(&f->when, knows(f, b, c, p->frames[i].group_min), data);
			if (f->has_negate && f->negate.mark && p->marks[f->negate.mark - 1].frame == index)
				put_condition(&f->negate, b->q[f->target].value < 0, data);
		}
	}
}

/* What stands in a frame besides its fields, but for its checksum. */
static void encode_fixed(const struct profile_frame *pf, unsigned group, unsigned address, uint8_t *data)
{
	for (unsigned i = 0; i < pf->n_guards; i++)
		bits_put(at(&pf->guards[i].place, data), &pf->guards[i].place, 0,
		         pf->guards[i].address ? address : pf->guards[i].value);
	if (pf->has_index)
		bits_put(at(&pf->index, data), &pf->index, 0, group);
	if (pf->has_priority)
		bits_put(at(&pf->priority, data), &pf->priority, 0, pf->priority_least > TALKER_RANK ? pf->priority_least : TALKER_RANK);
}

uint32_t codec_sent_id(const struct profile_frame *pf, unsigned group, unsigned address, unsigned source)
{
	if (!pf->pgn)
		return codec_id(pf, group, address);
	uint32_t pgn = (pf->id >> 8 & 0xFF) < 0xF0 ? pf->id | TO_ALL : pf->id;
	if (pf->source != SOURCE_ANY)
		source = pf->source == SOURCE_ADDRESS ? address : (unsigned)pf->source;
	return PRIORITY << 26 | pgn << 8 | (source & 0xFF);
}

bool codec_encode(const struct profile *p, unsigned index, unsigned group, unsigned address, const struct battery *b,
                  const struct cells *cells, struct frame *out)
{
	const struct profile_frame *pf = &p->frames[index];
	*out = (struct frame){ .id = codec_sent_id(pf, group, address, 0), .ext = pf->ext, .len = pf->dlc };
	if (pf->fast)
		return false;
	if (pf->pgn)
		memset(out->data, 0xFF, 8); /* J1939: not available */
	bool says = encode_fields(p, pf, group, b, cells, out->data);
	if (pf->marked)
		encode_marks(p, index, b, cells, out->data);
	encode_fixed(pf, group, address, out->data);
	memset(out->data + out->len, 0, 8u - out->len);
	put_checksum(pf, out);
	return says;
}

void codec_count(const struct profile_frame *pf, struct frame *f, uint64_t count)
{
	bits_put(f->data, &pf->counter, 0, count);
	put_checksum(pf, f);
}

/* One past the last byte that something stands in. */
static unsigned end_of(const struct place *p, unsigned elements)
{
	unsigned last = p->big ? 64 - p->shift + (elements - 1) * p->bits : p->shift + elements * p->bits;
	return p->at + (p->n_split ? p->end : (last + 7u) / 8u);
}

static unsigned message_length(const struct profile *p, const struct profile_frame *pf)
{
	unsigned length = 0, end;
	for (unsigned i = 0; i < pf->n_fields; i++) {
		const struct field *f = &p->fields[pf->first_field + i];
		end = end_of(&f->place, f->kind == FIELD_ARRAY ? f->count : 1);
		length = end > length ? end : length;
	}
	for (unsigned i = 0; i < pf->n_guards; i++) {
		end = end_of(&pf->guards[i].place, 1);
		length = end > length ? end : length;
	}
	return length;
}

unsigned codec_encode_long(const struct profile *p, unsigned index, unsigned group, unsigned address,
                           const struct battery *b, const struct cells *cells, uint8_t data[FASTPACKET_ROOM])
{
	const struct profile_frame *pf = &p->frames[index];
	memset(data, 0xFF, FASTPACKET_ROOM);
	bool says = encode_fields(p, pf, group, b, cells, data);
	if (pf->marked)
		encode_marks(p, index, b, cells, data);
	encode_fixed(pf, group, address, data);
	return says ? message_length(p, pf) : 0;
}
