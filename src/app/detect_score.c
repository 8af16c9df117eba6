/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Reads each frame with every dialect that has its id, and notes what speaks for and against that dialect. */
#include <stdlib.h>
#include <string.h>

#include "app/detect.h"
#include "core/bits.h"
#include "core/checksum.h"
#include "core/compute.h"
#include "core/routes.h"

#define PGN_ADDRESS_CLAIMED 0xEE00u
#define J1939_VICTRON       358 /* manufacturer code in a claim's NAME, bits 21-31 */

struct detection *detection_new(const char *name, const struct dialects *dialects, const struct detect_index *index)
{
	struct detection *d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	snprintf(d->name, sizeof d->name, "%s", name);
	d->dialects = dialects;
	d->index = index;
	traffic_init(&d->traffic);
	return d;
}

void detection_free(struct detection *d)
{
	for (int i = 0; d && i < d->n_suspects; i++)
		free(d->suspects[i]);
	free(d);
}

/* One frame, or message, on its way to the dialects. */
struct hearing {
	struct detection *d;
	const struct frame *f;
	int64_t time;
	int where; /* in the traffic */
	bool joined;
	const struct fastpacket *message; /* whose last frame this is, or NULL */
};

/* A frame that one suspect is reading. */
struct tallying {
	const struct profile *p;
	struct suspect *s;
	const struct words *w;
};

static struct suspect *find_suspect(const struct detection *d, unsigned dialect, unsigned address, int source)
{
	for (int i = 0; i < d->n_suspects; i++) {
		struct suspect *s = d->suspects[i];
		if (s->dialect == dialect && s->address == address && s->source == source)
			return s;
	}
	return NULL;
}

static struct suspect *add_suspect(struct detection *d, unsigned dialect, unsigned address, int source)
{
	const struct profile *p = d->dialects->list[dialect].p;
	if (d->n_suspects == SUSPECTS_MAX) {
		d->suspects_left_out++;
		return NULL;
	}
	size_t size = sizeof(struct suspect) + p->n_frames * sizeof(struct frame_tally) +
		      p->n_fields * sizeof(struct field_tally);
	struct suspect *s = calloc(1, size);
	if (!s) {
		d->no_memory = true;
		return NULL;
	}
	s->dialect = (uint16_t)dialect;
	s->address = s->seen.address = (uint8_t)address;
	s->source = (int16_t)source;
	s->priority = -1;
	s->frames = (struct frame_tally *)(s + 1);
	s->fields = (struct field_tally *)(s->frames + p->n_frames);
	for (int i = 0; i < p->n_frames; i++)
		s->frames[i].where = -1;
	d->suspects[d->n_suspects++] = s;
	return s;
}

/* How many characters stand there, before zeros or nothing; -1 when other bytes do: then it is no text. */
static int characters(const struct field *f, const struct words *w)
{
	unsigned n = f->place.bits / 8;
	unsigned first = f->place.at + (f->place.big ? 8 - (f->place.shift + f->place.bits) / 8u : f->place.shift / 8u);
	int length = 0;
	bool ended = false;
	for (unsigned i = 0; i < n && first + i < w->len; i++) {
		uint8_t c = w->data[first + i];
		if (c && (ended || c < 0x20 || c > 0x7E))
			return -1;
		ended = ended || !c;
		length += !ended;
	}
	return length;
}

static void tally_text(const struct tallying *t, const struct finding *found, struct field_tally *tally)
{
	if (found->field->format == FORMAT_VERSION)
		return;
	int length = characters(found->field, t->w); /* of this part */
	if (length < 0) {
		tally->bad++;
		tally->text_bad = true;
	} else if (length > 0) {
		tally->good++;
		if (length > 1 && length > tally->points)
			tally->points = (uint8_t)length;
	}
}

/* The raw bits of an array's element, or of a value with one place. */
static bool raw_of(const struct tallying *t, const struct finding *found, uint64_t *raw)
{
	const struct field *f = found->field;
	unsigned step = 0;
	if (f->kind ==
	    FIELD_ARRAY) /* any of them tells as much as the first; that one may be a cell that is not there */
		for (step = 0; step + 1u < f->count; step++)
			if (bits_get_far(t->w, &f->place, step, raw) && *raw)
				return true;
	return bits_get_far(t->w, &f->place, step, raw);
}

static void tally_value(void *user, const struct finding *found)
{
	const struct tallying *t = user;
	const struct field *f = found->field;
	struct field_tally *tally = &t->s->fields[f - t->p->fields];
	uint64_t raw = 0;
	if (f->kind == FIELD_TEXT) {
		tally_text(t, found, tally);
		return;
	}
	if (f->kind == FIELD_ALARM || found->validity == ABSENT || !raw_of(t, found, &raw))
		return;
	if (found->validity == NOT_AVAILABLE) {
		bool said = false;
		for (unsigned i = 0; i < f->n_absent; i++)
			said = said || f->absent[i] == raw;
		tally->odd += f->n_map && !said; /* a raw value that its map does not know */
		return;
	}
	enum belief belief =
		found->rejected ? BELIEF_BAD : belief_of((enum field_kind)f->kind, f->target, found->value);
	if (belief == BELIEF_BAD) {
		tally->bad++;
		tally->worst = found->value;
	} else if (belief == BELIEF_ODD) {
		tally->odd++;
	} else {
		int points = belief_points(f, raw);
		tally->good++;
		if (points > tally->points)
			tally->points = (uint8_t)points;
	}
}

static void tally_relations(struct suspect *s)
{
	for (int i = 0; i < N_RELATION; i++) {
		enum relation_result result = relations[i].check(&s->seen, &s->steady);
		s->relations[i].held += result == RELATION_HOLDS;
		s->relations[i].failed += result == RELATION_FAILS;
	}
	const struct battery *b = &s->seen.b;
	s->steady = (struct steady) { b->q[Q_VOLTAGE].value, b->q[Q_CURRENT].value, battery_has(b, Q_VOLTAGE),
				      battery_has(b, Q_CURRENT) };
}

/* What the dialect makes of its other values, anew each time. Nothing is too old while it is listened to. */
static void compute_unsaid(const struct profile *p, struct suspect *s, int64_t now)
{
	const int64_t never[N_ARRAY] = { INT64_MAX, INT64_MAX, INT64_MAX };
	struct known k = { .b = &s->seen.b,
			   .cells = &s->seen.cells,
			   .array_stale = never,
			   .n_cells = s->seen.cells.count[ARRAY_CELL_VOLTAGE],
			   .now = now };
	for (unsigned i = 0; i < p->n_computed; i++)
		if (s->seen.b.q[p->computed[i].target].source == SOURCE_NONE)
			s->seen.b.q[p->computed[i].target].validity = ABSENT;
	compute_fill(p->computed, p->n_computed, &k);
}

static void tally_frame(struct suspect *s, const struct profile_frame *pf, struct frame_tally *tally,
			const struct words *w, unsigned group, int where)
{
	uint64_t raw;
	tally->len_min = tally->taken && tally->len_min < w->len ? tally->len_min : w->len;
	tally->len_max = tally->len_max > w->len ? tally->len_max : w->len;
	tally->taken++;
	tally->where = (int16_t)where;
	if (pf->has_index && bits_get(w, &pf->index, 0, &raw))
		group = (unsigned)raw;
	uint64_t *map = &tally->group_map[group / 64 % 4], bit = UINT64_C(1) << group % 64;
	if (!(*map & bit) && tally->groups < 255)
		tally->groups++;
	*map |= bit;
	for (unsigned i = 0; i < pf->n_guards; i++) {
		const struct guard *g = &pf->guards[i];
		if (g->demand || g->address)
			continue;
		bool holds = bits_get(w, &g->place, 0, &raw) && raw == g->value;
		tally->held += holds;
		tally->failed += !holds;
	}
	if (pf->has_priority && bits_get(w, &pf->priority, 0, &raw))
		s->priority = (int64_t)raw;
}

static void tally_maker(struct suspect *s)
{
	const char *text = s->seen.b.text[TEXT_MANUFACTURER];
	if (!*text || !strcmp(text, s->maker))
		return;
	s->makers += *s->maker != 0;
	snprintf(s->maker, sizeof s->maker, "%s", text);
}

static void read_as(const struct hearing *h, const struct detect_route *r, struct suspect *s, const struct words *w)
{
	const struct profile *p = h->d->dialects->list[r->dialect].p;
	const struct profile_frame *pf = &p->frames[r->frame];
	struct tallying t = { p, s, w };
	if (pf->checksum.kind && !checksum_holds(&pf->checksum, h->f)) {
		s->frames[r->frame].broken++;
		return;
	}
	enum decoded decoded = pf->fast ? codec_decode_long(p, r->frame, r->group, h->message->data, h->message->length,
							    h->time, &s->seen, tally_value, &t)
					: codec_decode(p, r->frame, r->group, h->f, h->time, &s->seen, tally_value, &t);
	if (decoded == DECODED_NOT)
		return;
	s->frames[r->frame].still += decoded == DECODED_REPEATED;
	tally_frame(s, pf, &s->frames[r->frame], w, r->group, h->where);
	compute_unsaid(p, s, h->time);
	tally_relations(s);
	tally_maker(s);
	s->given |= s->seen.updated;
}

/* Is it that frame, by what stands in it? The address is known to fit. */
static bool is_frame(const struct profile_frame *pf, const struct words *w, const struct frame *f)
{
	uint64_t raw;
	for (unsigned i = 0; i < pf->n_guards; i++) {
		const struct guard *g = &pf->guards[i];
		if (g->demand && !g->address && !(bits_get(w, &g->place, 0, &raw) && raw == g->value))
			return false;
	}
	if (pf->priority_least && !(bits_get(w, &pf->priority, 0, &raw) && raw >= pf->priority_least))
		return false;
	if (pf->has_index && !(bits_get(w, &pf->index, 0, &raw) && raw >= pf->group_min && raw <= pf->group_max))
		return false;
	return !pf->checksum.kind || checksum_holds(&pf->checksum, f);
}

/* Whose frame it is: in the id, in its sender, or in the data. -1 = not said; -2 = nobody's. */
static int address_of(const struct hearing *h, const struct profile *p, const struct detect_route *r,
		      const struct words *w)
{
	const struct profile_frame *pf = &p->frames[r->frame];
	int address = pf->per_address && !pf->pgn ? r->address : -1;
	if (!p->per_address)
		return 0;
	if (pf->pgn && pf->source == SOURCE_ADDRESS)
		address = (int)(h->f->id & 0xFF);
	for (unsigned i = 0; i < pf->n_guards && address == -1; i++) {
		uint64_t raw;
		if (pf->guards[i].address)
			address = bits_get(w, &pf->guards[i].place, 0, &raw) && raw < 256 ? (int)raw : -2;
	}
	return address >= 0 && (address < p->address_min || address > p->address_max) ? -2 : address;
}

/* Where all ids are PGNs, two senders are two devices, though they may give themselves one number. */
static bool by_source(const struct profile *p)
{
	for (int i = 0; i < p->n_frames; i++)
		if (!p->frames[i].pgn)
			return false;
	return true;
}

/* A frame that does not say whose it is is everybody's who is known. */
static void read_as_all(const struct hearing *h, const struct detect_route *r, int source, const struct words *w)
{
	for (int i = 0; i < h->d->n_suspects; i++) {
		struct suspect *s = h->d->suspects[i];
		if (s->dialect == r->dialect && s->source == source)
			read_as(h, r, s, w);
	}
}

static void take_route(struct hearing *h, const struct detect_route *r)
{
	struct detection *d = h->d;
	const struct profile *p = d->dialects->list[r->dialect].p;
	const struct profile_frame *pf = &p->frames[r->frame];
	if (pf->pgn && pf->source >= 0 && !codec_source_fits(pf, h->f->id, 0))
		return;
	if (pf->fast && !h->joined) {
		h->message = fastpacket_take(&d->joining, 0, h->f, h->time);
		h->joined = true;
	}
	if (pf->fast && !h->message)
		return;
	struct words w = pf->fast ? bits_words_of(h->message->data, h->message->length) : bits_words(h->f);
	int address = address_of(h, p, r, &w), source = by_source(p) ? (int)(h->f->id & 0xFF) : -1;
	if (address == -1) {
		read_as_all(h, r, source, &w);
		return;
	}
	struct suspect *s = address < 0 ? NULL : find_suspect(d, r->dialect, (unsigned)address, source);
	/* of a sensor's instances only those that are there, though all have some message in common */
	bool begins = pf->required || !p->sensor || !*d->dialects->list[r->dialect].set;
	if (!s && address >= 0 && begins && is_frame(pf, &w, h->f))
		s = add_suspect(d, r->dialect, (unsigned)address, source);
	if (s)
		read_as(h, r, s, &w);
}

static void take_key(struct hearing *h, uint32_t key)
{
	int n;
	const struct detect_route *r = detect_index_find(h->d->index, key, &n);
	for (int i = 0; i < n; i++)
		take_route(h, &r[i]);
}

void detection_take(struct detection *d, const struct frame *f, bool has_time, int64_t time)
{
	struct hearing h = { .d = d, .f = f, .time = time, .where = traffic_take(&d->traffic, f, has_time, time) };
	if (h.where < 0)
		return;
	if (f->ext && codec_pgn(f->id) == PGN_ADDRESS_CLAIMED && f->len == 8)
		d->victron[f->id & 0xFF] = (f->data[2] >> 5 | f->data[3] << 3) == J1939_VICTRON;
	take_key(&h, route_key(f->id, f->ext));
	if (f->ext)
		take_key(&h, route_pgn_key(codec_pgn(f->id)));
}
