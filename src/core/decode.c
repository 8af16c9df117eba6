/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A frame into what is known of a battery, by a profile's rows. */
#include <string.h>

#include "core/bits.h"
#include "core/checksum.h"
#include "core/quick.h"
#include "core/scale.h"

/* Out of the way of what nearly every frame needs. */
#define SELDOM __attribute__((noinline))

/* What is the same for all fields of a frame. */
struct decoding {
	const struct profile *p;
	const struct profile_frame *pf;
	struct words w;
	unsigned group;
	int64_t now;
	struct seen *s;
	finding_fn tell;
	void *user;
};

static inline bool guard_holds(const struct guard *g, const struct words *w, uint8_t address)
{
	uint64_t raw;
	return bits_get(w, &g->place, 0, &raw) && raw == (g->address ? address : g->value);
}

/* The bits that a field's condition is about, in this frame or as another one last had them. False: they are not known. */
static bool read_condition(const struct decoding *d, const struct guard *g, uint64_t *raw)
{
	if (!g->mark)
		return bits_get(&d->w, &g->place, 0, raw);
	unsigned i = g->mark - 1u;
	*raw = d->s->mark[i];
	return d->s->marked >> i & 1 && d->now - d->s->mark_time[i] <= d->p->frames[d->p->marks[i].frame].stale;
}

static bool counts(const struct decoding *d, const struct field *f)
{
	const struct guard *g = &f->when;
	uint64_t raw;
	return !f->has_when || (read_condition(d, g, &raw) && raw == (g->address ? d->s->address : g->value));
}

static inline bool is_absent(const struct field *f, uint64_t raw)
{
	for (unsigned i = 0; i < f->n_absent; i++)
		if (f->absent[i] == raw)
			return true;
	return false;
}

static const struct map_entry *map_find(const struct field *f, uint64_t raw)
{
	for (unsigned i = 0; i < f->n_map; i++)
		if (f->map[i].raw == raw)
			return &f->map[i];
	return NULL;
}

static void report(const struct decoding *d, const struct field *f, struct finding found)
{
	found.field = f;
	if (d->tell)
		d->tell(d->user, &found);
}

static bool in_range(const struct field *f, uint64_t raw)
{
	int64_t number = f->format == FORMAT_SIGNED ? bits_signed(raw, f->place.bits) : (int64_t)raw;
	return number >= f->low && number <= f->high;
}

/* What raw bits say, and their value when VALID. */
static inline enum validity read_raw(const struct field *f, uint64_t raw, enum rounding r, int64_t *value)
{
	if ((f->n_absent && is_absent(f, raw)) || (f->has_range && !in_range(f, raw)))
		return NOT_AVAILABLE;
	if (f->n_map) {
		const struct map_entry *m = map_find(f, raw);
		if (!m)
			return NOT_AVAILABLE;
		*value = m->value;
		return VALID;
	}
	*value = scale_decode(f, raw, r);
	return VALID;
}

/* Does the stored value stay, because a better source than this field gave it and it is fresh? */
static inline bool keeps(const struct decoding *d, const struct field *f, const struct measure *m)
{
	if (m->rank >= f->rank || m->validity != VALID || m->source == SOURCE_NONE)
		return false;
	return d->now - m->time <= d->p->frames[m->source].stale;
}

static void decode_quantity(const struct decoding *d, const struct field *f)
{
	enum quantity q = f->target;
	const struct quantity_row *row = &quantities[q];
	struct measure *m = &d->s->b.q[q];
	enum validity validity = ABSENT;
	int64_t value = 0;
	uint64_t raw;
	if (counts(d, f) && bits_get(&d->w, &f->place, 0, &raw))
		validity = read_raw(f, raw, row->rounding, &value);
	if (f->has_negate && !read_condition(d, &f->negate, &raw))
		validity = ABSENT; /* with a sign that is not known it is no number */
	else if (f->has_negate && raw == f->negate.value)
		value = -value;
	bool rejected = validity == VALID && (value < row->min || value > row->max);
	if (d->tell)
		report(d, f, (struct finding){ .validity = validity, .rejected = rejected, .value = value });
	d->s->rejected += rejected;
	if (rejected || validity == ABSENT || keeps(d, f, m))
		return;
	/* "not available" only replaces what came from a source of the same rank: another may still know */
	if (validity == NOT_AVAILABLE && m->validity == VALID && m->rank != f->rank)
		return;
	uint64_t bit = UINT64_C(1) << q;
	if (f->fold && d->s->updated & bit) {
		if (validity != VALID || (f->fold == FOLD_MIN ? value >= m->value : value <= m->value))
			return;
	}
	m->value = value;
	m->time = d->now;
	m->validity = (uint8_t)validity;
	m->rank = f->rank;
	m->source = (uint16_t)(d->pf - d->p->frames);
	if (validity == VALID)
		d->s->updated |= bit;
	if (f->lower_only)
		d->s->lower_only |= bit;
	else
		d->s->lower_only &= ~bit;
}

static void decode_array(const struct decoding *d, const struct field *f)
{
	const struct array_row *row = &arrays[f->target];
	struct cells *c = &d->s->cells;
	unsigned first = codec_element(f, d->group);
	bool there = counts(d, f);
	for (unsigned i = 0; i < f->count && first + i < ARRAY_MAX; i++) {
		unsigned at = first + i;
		int64_t value = 0;
		uint64_t raw;
		/* element by element: a shorter frame has the first ones */
		enum validity validity = ABSENT;
		if (there && bits_get_far(&d->w, &f->place, i, &raw))
			validity = read_raw(f, raw, ROUND_NEAREST, &value);
		bool rejected = validity == VALID && (value < row->min || value > row->max);
		if (d->tell)
			report(d, f, (struct finding){ .element = (int)at + 1, .validity = validity, .rejected = rejected,
			                            .value = value });
		d->s->rejected += rejected;
		if (rejected || validity == ABSENT)
			continue;
		c->validity[f->target][at] = (uint8_t)validity;
		c->time[f->target][at] = d->now;
		c->value[f->target][at] = (int32_t)value;
		if (validity == VALID && at >= c->count[f->target])
			c->count[f->target] = (uint8_t)(at + 1);
	}
}

static enum alarm_word alarm_word(const struct field *f, uint64_t raw)
{
	if (!f->n_map)
		return raw ? SAYS_ACTIVE : SAYS_OK;
	const struct map_entry *m = map_find(f, raw);
	return m ? (enum alarm_word)m->value : SAYS_UNSUPPORTED;
}

/* A word on both at once takes the other one back. */
static struct alarm_state states(enum alarm_part part, enum alarm_word word)
{
	uint8_t state = word == SAYS_UNSUPPORTED ? TRI_UNSUPPORTED : word == SAYS_OK ? TRI_OK : TRI_ACTIVE;
	struct alarm_state a = { state, state };
	if (part != PART_WARNING && word == SAYS_WARNING)
		a.alarm = TRI_OK;
	if (part == PART_BOTH && (word == SAYS_ALARM || word == SAYS_ACTIVE))
		a.warning = TRI_OK;
	return a;
}

static void decode_alarm(const struct decoding *d, const struct field *f)
{
	struct alarm_state *a = &d->s->b.alarm[f->target];
	uint64_t raw;
	if (!counts(d, f) || !bits_get(&d->w, &f->place, 0, &raw)) {
		if (d->tell)
			report(d, f, (struct finding){ .validity = ABSENT });
		return;
	}
	enum alarm_word word = alarm_word(f, raw);
	if (d->tell)
		report(d, f, (struct finding){ .validity = VALID, .value = word });
	struct alarm_state now = states((enum alarm_part)f->part, word);
	bool alarm = f->part != PART_WARNING, warning = f->part != PART_ALARM;
	if (f->fold) { /* several fields of this frame speak of it: the worst of them holds */
		now.alarm = tri_worst(a->alarm, now.alarm);
		now.warning = tri_worst(a->warning, now.warning);
	}
	if (alarm)
		a->alarm = now.alarm;
	if (warning)
		a->warning = now.warning;
}

/* The characters of an assembled text: each part ends at its NUL, blanks at the end don't count. */
static void assemble(struct seen *s, const struct field *f, unsigned len)
{
	char *out = s->b.text[f->target];
	unsigned n = 0;
	for (unsigned i = 0; i < len; i++)
		if (s->pending[f->target][i])
			out[n++] = s->pending[f->target][i];
	while (n && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

/* Writes "1.24" for the bytes 01 18. */
static unsigned print_version(char out[TEXT_MAX + 1], const uint8_t *bytes, unsigned n)
{
	unsigned at = 0;
	for (unsigned i = 0; i < n && at + 4 < TEXT_MAX; i++) {
		if (i)
			out[at++] = '.';
		if (bytes[i] >= 100)
			out[at++] = (char)('0' + bytes[i] / 100);
		if (bytes[i] >= 10)
			out[at++] = (char)('0' + bytes[i] / 10 % 10);
		out[at++] = (char)('0' + bytes[i] % 10);
	}
	out[at] = '\0';
	return at;
}

/* False when a byte is no printable character: then the BMS has no such text. */
static bool take_characters(struct seen *s, const struct field *f, const uint8_t *bytes, unsigned n)
{
	char part[8];
	for (unsigned i = 0; i < n; i++) {
		part[i] = (char)bytes[i];
		if (bytes[i] == 0) {
			memset(part + i, 0, n - i);
			break;
		}
		if (bytes[i] < 0x20 || bytes[i] > 0x7E)
			return false;
	}
	uint32_t *have = &s->pending_have[f->target];
	if (f->text_at == 0)
		*have = 0; /* a new round: never join parts of two batteries' names */
	memcpy(s->pending[f->target] + f->text_at, part, n);
	*have |= ((UINT32_C(1) << n) - 1) << f->text_at;
	return true;
}

static void decode_text(const struct decoding *d, const struct field *f)
{
	unsigned n = f->place.bits / 8,
		 first = f->place.at + (f->place.big ? 8 - (f->place.shift + f->place.bits) / 8u : f->place.shift / 8u);
	unsigned there = d->w.len > first ? d->w.len - first : 0;
	char *text = d->s->b.text[f->target];
	if (!there || !counts(d, f)) {
		report(d, f, (struct finding){ .validity = ABSENT });
		return;
	}
	/* names are often sent in shorter frames than they may fill: what is not there is padding */
	uint8_t bytes[8] = { 0 };
	memcpy(bytes, d->w.data + first, there < n ? there : n);
	if (f->format == FORMAT_VERSION) {
		if (there < n) {
			report(d, f, (struct finding){ .validity = ABSENT });
			return;
		}
		print_version(text, bytes, n);
	} else if (!take_characters(d->s, f, bytes, n)) {
		report(d, f, (struct finding){ .validity = NOT_AVAILABLE });
		return;
	} else {
		uint32_t all = f->text_len >= 32 ? UINT32_MAX : (UINT32_C(1) << f->text_len) - 1;
		if ((d->s->pending_have[f->target] & all) != all) {
			report(d, f, (struct finding){ .validity = ABSENT });
			return;
		}
		assemble(d->s, f, f->text_len);
		d->s->pending_have[f->target] = 0; /* the next one needs all its parts again */
	}
	report(d, f, (struct finding){ .validity = *text ? VALID : NOT_AVAILABLE, .text = text });
}

/* The group a frame's own data names. */
static inline bool read_index(const struct profile_frame *pf, const struct words *w, unsigned *group)
{
	uint64_t raw;
	if (!bits_get(w, &pf->index, 0, &raw) || raw < pf->group_min || raw > pf->group_max)
		return false;
	*group = (unsigned)raw;
	return true;
}

static SELDOM void decode_field(const struct decoding *d, const struct field *f)
{
	switch ((enum field_kind)f->kind) {
	case FIELD_QUANTITY: decode_quantity(d, f); break;
	case FIELD_ARRAY: decode_array(d, f); break;
	case FIELD_ALARM: decode_alarm(d, f); break;
	case FIELD_TEXT: decode_text(d, f); break;
	}
}

/* Guards, the talker's rank, and the group that stands in the data: is it this frame at all? */
static bool is_this(const struct profile_frame *pf, const struct words *w, uint8_t address, unsigned *group)
{
	uint64_t rank;
	for (unsigned i = 0; i < pf->n_guards; i++)
		if (pf->guards[i].demand && !guard_holds(&pf->guards[i], w, address))
			return false;
	if (pf->priority_least && (!bits_get(w, &pf->priority, 0, &rank) || rank < pf->priority_least))
		return false;
	return !pf->has_index || read_index(pf, w, group);
}

/* The same in short, where all there is to look at are a few bits. */
static inline bool is_meant(const struct profile_frame *pf, const struct words *w, uint8_t address, unsigned *group)
{
	if (!pf->plain_guards || pf->priority_least)
		return is_this(pf, w, address, group);
	return codec_fits(pf, w->data, w->len, address) && (!pf->has_index || read_index(pf, w, group));
}

/* Has a frame's counter moved since the last one that was taken? */
static enum decoded look_at_counter(const struct profile_frame *pf, const struct words *w, struct seen *s)
{
	uint64_t raw, *last = &s->counter[pf->counter_slot];
	uint8_t bit = (uint8_t)(1u << pf->counter_slot);
	if (!bits_get(w, &pf->counter, 0, &raw))
		return DECODED_NOT;
	if (s->counted & bit && raw == *last)
		return DECODED_REPEATED;
	s->counted |= bit;
	*last = raw;
	return DECODED;
}

/* Nothing is to be read of alarms that the same bits of this frame have made what they are. */
static inline bool alarms_hold(const struct profile_frame *pf, const struct words *w, const struct seen *s)
{
	return s->held & pf->hold && w->len >= pf->alarm_end && s->alarm_bits[pf->alarm_slot] == (w->little & pf->alarm_mask);
}

/* The fields from f on, the long way. */
static SELDOM enum decoded decode_all(const struct decoding *d, const struct field *f, const struct field *end)
{
	const struct profile_frame *pf = d->pf;
	struct seen *s = d->s;
	struct alarm_state before[N_ALARM];
	memcpy(before, s->b.alarm, sizeof before);
	for (; f < end; f++)
		decode_field(d, f);
	if (memcmp(before, s->b.alarm, sizeof before))
		s->held = 0; /* what other frames made of them may be no more */
	if (pf->hold && d->w.len >= pf->alarm_end) {
		s->held |= pf->hold;
		s->alarm_bits[pf->alarm_slot] = d->w.little & pf->alarm_mask;
	}
	return DECODED;
}

bool codec_is_this(const struct profile *p, unsigned index, const struct frame *f, uint8_t address)
{
	struct words w = bits_words(f);
	unsigned group;
	return is_meant(&p->frames[index], &w, address, &group);
}

static void remember(const struct profile *p, const struct profile_frame *pf, const struct words *w, int64_t now, struct seen *s)
{
	for (unsigned i = 0; i < p->n_marks; i++) {
		if (&p->frames[p->marks[i].frame] != pf || !bits_get(w, &p->marks[i].place, 0, &s->mark[i]))
			continue;
		s->marked |= (uint8_t)(1u << i);
		s->mark_time[i] = now;
	}
}

/* A frame with anything else than numbers. */
static SELDOM enum decoded decode_any(const struct profile *p, const struct profile_frame *pf, unsigned group,
                                      const uint8_t *data, unsigned len, int64_t now, struct seen *s, finding_fn tell,
                                      void *user)
{
	const struct words w = bits_words_of(data, len);
	const struct field *f = &p->fields[pf->first_field], *end = f + pf->n_fields;
	s->updated = 0;
	if (!is_meant(pf, &w, s->address, &group))
		return DECODED_NOT;
	if (pf->has_counter) {
		enum decoded moved = look_at_counter(pf, &w, s);
		if (moved != DECODED)
			return moved;
	}
	if (pf->marked)
		remember(p, pf, &w, now, s);
	if (!tell && w.len >= pf->numbers_end)
		f = quick_numbers(pf, f, &w, now, s);
	if (tell || (pf->alarms && !alarms_hold(pf, &w, s)))
		return decode_all(&(struct decoding){ p, pf, w, group, now, s, tell, user }, f, end);
	while (f < end) {
		if (f->alarms_run) {
			f += f->alarms_run;
			continue;
		}
		if (!quick_field(f, &w, group, now, s))
			decode_field(&(struct decoding){ p, pf, w, group, now, s, NULL, NULL }, f);
		f++;
	}
	return DECODED;
}

enum decoded codec_decode(const struct profile *p, unsigned index, unsigned group, const struct frame *f, int64_t now,
                          struct seen *s, finding_fn tell, void *user)
{
	const struct profile_frame *pf = &p->frames[index];
	if (pf->numbers && !tell && f->len >= pf->numbers_end) {
		const struct field *first = &p->fields[pf->first_field];
		const struct words w = bits_words(f);
		s->updated = 0;
		if (quick_numbers(pf, first, &w, now, s) == first + pf->n_numbers)
			return DECODED; /* else all of it goes the long way: what was taken already is the same */
	}
	if (pf->checksum.kind && !checksum_holds(&pf->checksum, f))
		return DECODED_NOT;
	return decode_any(p, pf, group, f->data, f->len > 8 ? 8 : f->len, now, s, tell, user);
}

enum decoded codec_decode_long(const struct profile *p, unsigned index, unsigned group, const uint8_t *data, unsigned len,
                               int64_t now, struct seen *s, finding_fn tell, void *user)
{
	return decode_any(p, &p->frames[index], group, data, len, now, s, tell, user);
}
