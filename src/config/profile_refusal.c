/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns why a frame is not taken in, for people: its id is the profile's, and yet. */
#include <inttypes.h>
#include <stdio.h>

#include "config/profile.h"
#include "core/bits.h"
#include "core/checksum.h"
#include "core/codec.h"

/* Does it end before all of the fields there are? Of texts the first character is enough, of arrays the first element. */
static bool too_short(const struct profile *p, const struct profile_frame *pf, unsigned len)
{
	for (unsigned i = 0; i < pf->n_fields; i++) {
		const struct field *field = &p->fields[pf->first_field + i];
		const struct place *at = &field->place;
		unsigned text = at->at + (at->big ? 8 - (at->shift + at->bits) / 8u : at->shift / 8u);
		if (len >= (field->kind == FIELD_TEXT ? text + 1 : at->end))
			return false;
	}
	return pf->n_fields;
}

/* As frame `pf` of the profile, for this address. */
static enum refusal refusal_as(const struct profile *p, const struct profile_frame *pf, unsigned address,
			       const struct frame *f, struct refused *out)
{
	struct words w = bits_words(f);
	uint64_t raw;
	if (pf->fast)
		return REFUSAL_NONE; /* a part of a message, which is not looked into */
	if (pf->checksum.kind && !checksum_holds(&pf->checksum, f)) {
		if (f->len <= pf->checksum.to || !bits_get(&w, &pf->checksum.place, 0, &out->got))
			return REFUSAL_SHORT;
		out->wanted = checksum_of(&pf->checksum, f);
		return REFUSAL_CHECKSUM;
	}
	for (unsigned i = 0; i < pf->n_guards; i++) {
		const struct guard *g = &pf->guards[i];
		if (!g->demand)
			continue;
		if (!bits_get(&w, &g->place, 0, &raw))
			return REFUSAL_SHORT;
		out->got = raw;
		out->wanted = g->address ? address : g->value;
		if (out->got != out->wanted)
			return g->address ? REFUSAL_ADDRESS : REFUSAL_MATCH;
	}
	if (pf->has_index && !bits_get(&w, &pf->index, 0, &out->got))
		return REFUSAL_SHORT;
	if (pf->has_index && (out->got < pf->group_min || out->got > pf->group_max))
		return REFUSAL_INDEX;
	return too_short(p, pf, f->len) ? REFUSAL_SHORT : REFUSAL_NONE;
}

/* Of several frames that have this id, the one it came nearest to. */
static struct refused refused_at(const struct profile *p, unsigned address, const struct frame *f)
{
	struct refused best = { .why = REFUSAL_FOREIGN };
	int index = -1;
	unsigned group;
	while (codec_match(p, address, f, &index, &group)) {
		struct refused r = { .frame = (unsigned)index, .address = address };
		r.why = refusal_as(p, &p->frames[index], address, f, &r);
		if (r.why < best.why)
			best = r;
	}
	return best;
}

struct refused profile_refused(const struct profile *p, unsigned from, unsigned to, const struct frame *f)
{
	struct refused best = { .why = REFUSAL_FOREIGN };
	for (unsigned address = from; address <= to && best.why != REFUSAL_NONE; address++) {
		struct refused r = refused_at(p, address, f);
		if (r.why < best.why)
			best = r;
	}
	for (unsigned address = p->address_min; address <= p->address_max && best.why > REFUSAL_MATCH; address++)
		if (refused_at(p, address, f).why < REFUSAL_ADDRESS)
			return (struct refused) { .why = REFUSAL_ADDRESS, .got = address };
	return best;
}

const char *profile_refused_text(const struct profile *p, const struct refused *r, const struct frame *f, char *buf,
				 size_t size)
{
	const struct profile_frame *pf = &p->frames[r->frame];
	switch (r->why) {
	case REFUSAL_NONE: snprintf(buf, size, "nothing is wrong with it"); break;
	case REFUSAL_CHECKSUM:
		snprintf(buf, size, "its checksum is 0x%02" PRIX64 ", of these bytes it would be 0x%02" PRIX64, r->got,
			 r->wanted);
		break;
	case REFUSAL_INDEX:
		snprintf(buf, size, "its index is %" PRIu64 ", which is not within %u to %u", r->got, pf->group_min,
			 pf->group_max);
		break;
	case REFUSAL_SHORT: snprintf(buf, size, "too short with its %u byte%s", f->len, f->len == 1 ? "" : "s"); break;
	case REFUSAL_MATCH:
		snprintf(buf, size, "the id is right, but `match` wants 0x%02" PRIX64 " where it has 0x%02" PRIX64,
			 r->wanted, r->got);
		break;
	case REFUSAL_ADDRESS: snprintf(buf, size, "it is for address %" PRIu64, r->got); break;
	case REFUSAL_FOREIGN: snprintf(buf, size, "the profile has no such id"); break;
	}
	return buf;
}
