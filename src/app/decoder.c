/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Frames into values by one profile, for all its addresses. */
#include "app/decoder.h"

#include <stdlib.h>
#include <string.h>

#include "app/detect.h"
#include "core/bits.h"

#define DECIMALS        3 /* all that there are */
#define NAME_MAX_LENGTH (FIELD_NAME_MAX + 8)

bool decoder_addresses(struct decoder *d, const struct profile *p, const char *only, char why[APP_WHY_MAX])
{
	d->p = p;
	return app_take_address(p, only, &d->address_min, &d->address_max, why);
}

bool decoder_open(struct decoder *d)
{
	compute_array_stale(d->p, d->array_stale);
	d->seen = calloc(d->address_max - d->address_min + 1, sizeof *d->seen);
	for (unsigned a = d->address_min; d->seen && a <= d->address_max; a++)
		d->seen[a - d->address_min].address = (uint8_t)a;
	return d->seen;
}

void decoder_close(struct decoder *d)
{
	free(d->seen);
	d->seen = NULL;
}

static void tell_pending(struct decoder *d)
{
	const struct finding *found = &d->places[d->counting];
	char name[NAME_MAX_LENGTH];
	if (!d->n_places)
		return;
	profile_field_name(found->field, name, FIELD_NAME_MAX);
	if (found->element)
		snprintf(name + strlen(name), 8, "[%d]", found->element);
	d->tell(d, found, name);
	d->n_places = 0;
}

static bool is_same(const struct finding *a, const struct finding *b)
{
	return a->field->kind == b->field->kind && a->field->target == b->field->target && a->field->part == b->field->part &&
	       a->element == b->element;
}

/* The worse the higher; "not supported" beside anything else says nothing. */
static int gravity(const struct finding *found)
{
	static const int order[] = { [SAYS_UNSUPPORTED] = 0, [SAYS_OK] = 1, [SAYS_WARNING] = 2, [SAYS_ACTIVE] = 3, [SAYS_ALARM] = 3 };
	return order[found->value];
}

/* Is it this place that counts, of two of a frame that give the same? As core/decode.c has it. */
static bool goes_before(const struct finding *found, const struct finding *other)
{
	bool known = found->validity == VALID && !found->rejected, other_known = other->validity == VALID && !other->rejected;
	if (!known || !other_known)
		return known;
	if (found->field->fold == FOLD_REPLACE)
		return false; /* places stand with the best first */
	if (found->field->kind == FIELD_ALARM)
		return gravity(found) > gravity(other);
	return found->field->fold == FOLD_MIN ? found->value < other->value : found->value > other->value;
}

static void tell(void *user, const struct finding *found)
{
	struct decoder *d = user;
	if (found->validity == ABSENT)
		return;
	for (unsigned i = 0; i < d->p->n_computed; i++)
		if (compute_uses(&d->p->computed[i], found->field, found->element))
			d->renewed |= UINT64_C(1) << i;
	d->said = true;
	if (d->n_places == PLACES_MAX || (d->n_places && !is_same(found, &d->places[d->counting])))
		tell_pending(d);
	if (!d->n_places || goes_before(found, &d->places[d->counting]))
		d->counting = d->n_places;
	d->places[d->n_places++] = *found;
}

/* What is made of the values that the frame at hand gave, and that no frame gives. */
static void tell_computed(struct decoder *d)
{
	struct seen *seen = &d->seen[d->address - d->address_min];
	struct battery b;
	struct known k = { .b = &b, .cells = &seen->cells, .array_stale = d->array_stale,
		           .n_cells = seen->cells.count[ARRAY_CELL_VOLTAGE], .now = d->now.time };
	compute_aged(&b, d->p, seen, d->now.time);
	d->computed = true;
	for (unsigned i = 0; i < d->p->n_computed; i++) {
		enum quantity q = d->p->computed[i].target;
		const struct field field = { .kind = FIELD_QUANTITY, .target = (uint8_t)q };
		bool given = b.q[q].validity == VALID;
		compute_fill(&d->p->computed[i], 1, &k);
		if (!given && b.q[q].validity == VALID && d->renewed >> i & 1)
			tell(d, &(struct finding){ .field = &field, .validity = VALID, .value = b.q[q].value });
		tell_pending(d); /* while the field lasts */
	}
	d->computed = false;
	d->renewed = 0;
}

/* The frame at hand as frame `index` of the profile. Parts of a message are ours also before it is complete. */
static bool take_as(struct decoder *d)
{
	struct seen *seen = &d->seen[d->address - d->address_min];
	const struct profile_frame *pf = &d->p->frames[d->index];
	struct words w = bits_words(&d->now.frame);
	enum decoded decoded = DECODED;
	uint64_t group;
	if (pf->has_index && bits_get(&w, &pf->index, 0, &group))
		d->group = (unsigned)group;
	if (pf->fast && !d->taken)
		d->joined = fastpacket_take(&d->joining, 0, &d->now.frame, d->now.time);
	d->taken = d->taken || pf->fast;
	if (!pf->fast)
		decoded = codec_decode(d->p, d->index, d->group, &d->now.frame, d->now.time, seen, tell, d);
	else if (d->joined)
		decoded = codec_decode_long(d->p, d->index, d->group, d->joined->data, d->joined->length, d->now.time, seen,
		                            tell, d);
	tell_pending(d);
	d->still = decoded == DECODED_REPEATED;
	d->said = d->said || d->still;
	return pf->fast || decoded != DECODED_NOT;
}

bool decoder_take(struct decoder *d)
{
	bool ours = false;
	d->taken = d->said = false;
	for (d->address = d->address_min; d->address <= d->address_max; d->address++) {
		int index = -1;
		while (codec_match(d->p, d->address, &d->now.frame, &index, &d->group)) {
			d->index = (unsigned)index;
			if (!take_as(d))
				continue;
			ours = true;
			void (*then)(struct decoder *) = d->still ? d->repeated : d->accepted;
			if (then)
				then(d);
		}
		if (d->renewed)
			tell_computed(d);
	}
	/* taken, but too short to say anything: that is worth telling, too */
	if (ours && !d->said)
		ours = profile_refused(d->p, d->address_min, d->address_max, &d->now.frame).why == REFUSAL_NONE;
	return ours;
}

/* Not available, rejected and fine values differ in how they are shown; what is not in the frame is not shown. */
const char *decoded_text(char buf[DECODED_TEXT_MAX], const struct finding *found)
{
	static const char *const words[] = { [SAYS_UNSUPPORTED] = "unsupported",
					     [SAYS_OK] = "ok",
					     [SAYS_ACTIVE] = "active",
					     [SAYS_WARNING] = "warning",
					     [SAYS_ALARM] = "alarm" };
	if (found->validity == NOT_AVAILABLE)
		return "not available";
	switch ((enum field_kind)found->field->kind) {
	case FIELD_TEXT: snprintf(buf, DECODED_TEXT_MAX, "\"%s\"", found->text); break;
	case FIELD_ALARM: return words[found->value];
	case FIELD_QUANTITY:
	case FIELD_ARRAY: return value_print_fixed(buf, DECODED_TEXT_MAX, profile_field_unit(found->field), found->value, DECIMALS);
	}
	return buf;
}

const char *decoded_doubt(const struct finding *found)
{
	const struct field *f = found->field;
	if (found->rejected)
		return "rejected: not plausible";
	if (found->validity == VALID && belief_of((enum field_kind)f->kind, f->target, found->value) == BELIEF_BAD)
		return "doubtful: hardly a battery has that";
	return "";
}
