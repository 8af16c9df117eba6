/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what holds between the fields and frames of a profile, and what is derived from all of them together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/codec.h"

#define ENOUGH 200 /* errors; more pairs are not compared then */

static bool is_limit(enum quantity q)
{
	return q == Q_CVL || q == Q_CCL || q == Q_DCL || q == Q_LOW_VOLTAGE;
}

static bool fields_exclude(const struct field *a, const struct field *b)
{
	return a->has_when && b->has_when && guards_exclude(&a->when, &b->when);
}

static bool same_target(const struct field *a, const struct field *b)
{
	return a->kind == b->kind && a->target == b->target;
}

/* One code that tells several things, by a map each. Pairs of bits are no codes: there it is a slip. */
static bool same_code(const struct field *a, const struct field *b)
{
	return a->n_map && b->n_map && a->place.bits > 2 && !memcmp(&a->place, &b->place, sizeof a->place);
}

static int last_byte(uint64_t mask)
{
	int last = 0;
	for (int i = 0; i < 8; i++)
		if (mask >> (8 * i) & 0xFF)
			last = i;
	return last;
}

static bool fields_meet(const struct field *a, const struct field *b)
{
	return places_meet(&a->place, profile_field_mask(a), &b->place, profile_field_mask(b));
}

/* What stands in a frame besides its fields. */
struct fixture {
	const struct place *place;
	const char *what;
};

static unsigned list_fixtures(const struct profile_frame *pf, struct fixture out[GUARDS_MAX + 4])
{
	unsigned n = 0;
	for (unsigned i = 0; i < pf->n_guards; i++)
		out[n++] = (struct fixture){ &pf->guards[i].place, "a constant of the frame (`match`, `constant`)" };
	if (pf->has_index)
		out[n++] = (struct fixture){ &pf->index, "the `index` of the frame" };
	if (pf->has_priority)
		out[n++] = (struct fixture){ &pf->priority, "the `talker_priority` of the frame" };
	if (pf->has_counter)
		out[n++] = (struct fixture){ &pf->counter, "the `counter` of the frame" };
	if (pf->checksum.kind)
		out[n++] = (struct fixture){ &pf->checksum.place, "the `checksum` of the frame" };
	return n;
}

/* Within one frame: each bit belongs to one field or constant, and all lie within the frame as it is sent. */
static void check_overlaps(struct loading *l, unsigned index)
{
	const struct profile_frame *pf = &l->p->frames[index];
	const struct field *fields = &l->p->fields[pf->first_field];
	struct fixture fixed[GUARDS_MAX + 4];
	unsigned n_fixed = list_fixtures(pf, fixed);
	char name[48], other[48];
	for (unsigned i = 0; i < pf->n_fields; i++) {
		const struct yaml_node *node = l->extra[pf->first_field + i].node;
		uint64_t mask = profile_field_mask(&fields[i]);
		profile_field_name(&fields[i], name, sizeof name);
		if (!pf->fast && last_byte(mask) >= pf->dlc)
			PROFILE_ERROR(l, node, CHECK_PLACE, "%s reaches into byte %d, but the frame has `dlc: %d`", name, last_byte(mask),
			              pf->dlc);
		for (unsigned k = 0; k < i; k++) {
			bool alternatives = fields[i].kind == FIELD_QUANTITY && fields[k].kind == FIELD_QUANTITY &&
			                    (same_target(&fields[i], &fields[k]) || fields[i].fold || fields[k].fold);
			alternatives = alternatives || same_code(&fields[i], &fields[k]) || fields_exclude(&fields[i], &fields[k]);
			if (!alternatives && fields_meet(&fields[k], &fields[i]))
				PROFILE_ERROR(l, node, CHECK_OVERLAP, "%s stands where %s (line %u) already does", name,
				              profile_field_name(&fields[k], other, sizeof other), fields[k].line);
		}
		for (unsigned k = 0; k < n_fixed; k++)
			if (places_meet(fixed[k].place, place_mask(fixed[k].place), &fields[i].place, mask))
				PROFILE_ERROR(l, node, CHECK_OVERLAP, "%s stands where %s does", name, fixed[k].what);
	}
	for (unsigned i = 0; i < n_fixed; i++)
		for (unsigned k = 0; k < i; k++)
			if (places_meet(fixed[i].place, place_mask(fixed[i].place), fixed[k].place, place_mask(fixed[k].place)))
				PROFILE_ERROR(l, l->frame_nodes[index], CHECK_OVERLAP, "%s stands where %s does", fixed[i].what,
				              i > k && fixed[i].what == fixed[k].what ? "another" : fixed[k].what);
}

static bool elements_meet(const struct loading *l, unsigned a, unsigned b)
{
	bool has[ARRAY_MAX + 1] = { false };
	const unsigned both[] = { a, b };
	for (unsigned n = 0; n < 2; n++) {
		const struct field *f = &l->p->fields[both[n]];
		const struct profile_frame *pf = l->extra[both[n]].frame;
		for (unsigned g = pf->group_min; g <= pf->group_max; g++)
			for (unsigned i = 0; i < f->count; i++) {
				unsigned at = codec_element(f, g) + i;
				if (at >= ARRAY_MAX)
					continue;
				if (n && has[at])
					return true;
				has[at] = has[at] || !n;
			}
	}
	return false;
}

/* Two fields that give the same thing: without an order between them it would flap. */
static void check_twice(struct loading *l, unsigned a, unsigned b)
{
	const struct field *fa = &l->p->fields[a], *fb = &l->p->fields[b];
	const struct yaml_node *node = l->extra[b].node;
	char name[48];
	profile_field_name(fb, name, sizeof name);
	switch (fa->kind) {
	case FIELD_QUANTITY:
		if (fa->rank == fb->rank && !(fb->fold && l->extra[a].named == l->extra[b].named))
			PROFILE_ERROR(l, node, CHECK_RANK, "%s comes from line %u too: give the worse source `rank: %d`", name, fa->line,
			              fa->rank + 1);
		break;
	case FIELD_ALARM:
		if (fb->fold && l->extra[a].named == l->extra[b].named)
			break;
		if (fa->part == fb->part || fa->part == PART_BOTH || fb->part == PART_BOTH)
			PROFILE_ERROR(l, node, CHECK_RANK, "%s comes from line %u too; an alarm has one source, or a list in one frame with `combine: max`",
			              name, fa->line);
		break;
	case FIELD_TEXT:
		if (l->extra[a].part == l->extra[b].part)
			PROFILE_ERROR(l, node, CHECK_TEXT, "%s comes from line %u too; parts are told apart by `part: 1 of 2`", name,
			              fa->line);
		break;
	case FIELD_ARRAY:
		if (elements_meet(l, a, b))
			PROFILE_ERROR(l, node, CHECK_RANK, "elements of %s come from line %u too", name, fa->line);
		break;
	}
}

static void check_sources(struct loading *l)
{
	for (unsigned b = 0; b < l->p->n_fields && l->problems->errors < ENOUGH; b++)
		for (unsigned a = 0; a < b; a++)
			if (same_target(&l->p->fields[a], &l->p->fields[b]) &&
			    !fields_exclude(&l->p->fields[a], &l->p->fields[b]))
				check_twice(l, a, b);
}

/* Where the characters of each part go in the whole text. */
static void place_text(struct loading *l, unsigned text)
{
	unsigned at[6] = { 0 }, seen = 0, parts = 0;
	const struct yaml_node *node = NULL;
	for (unsigned i = 0; i < l->p->n_fields; i++) {
		const struct field *f = &l->p->fields[i];
		const struct field_extra *e = &l->extra[i];
		if (f->kind != FIELD_TEXT || f->target != text)
			continue;
		if (parts && e->parts != parts)
			PROFILE_ERROR(l, e->node, CHECK_TEXT, "%s has %u parts elsewhere", text_names[text], parts);
		node = e->node;
		parts = e->parts;
		seen |= 1u << e->part;
		at[e->part + 1] = f->place.bits / 8u;
	}
	for (unsigned i = 1; i <= parts; i++) {
		if (!(seen >> i & 1))
			PROFILE_ERROR(l, node, CHECK_TEXT, "part %u of %u of %s is missing", i, parts, text_names[text]);
		at[i + 1] += at[i];
	}
	if (parts && at[parts + 1] > TEXT_MAX)
		PROFILE_ERROR(l, node, CHECK_TEXT, "%s has %u characters; at most %d are kept", text_names[text], at[parts + 1],
		              TEXT_MAX);
	for (unsigned i = 0; i < l->p->n_fields; i++) {
		struct field *f = &l->p->fields[i];
		if (f->kind != FIELD_TEXT || f->target != text)
			continue;
		f->text_at = (uint8_t)at[l->extra[i].part];
		f->text_len = (uint8_t)at[parts + 1];
	}
}

static bool has_own_field(const struct profile *p, enum alarm a, enum alarm_part part)
{
	for (unsigned i = 0; i < p->n_fields; i++) {
		const struct field *f = &p->fields[i];
		if (f->kind == FIELD_ALARM && f->target == a && (f->part == part || f->part == PART_BOTH || part == PART_BOTH))
			return true;
	}
	return false;
}

/* A sent alarm shows the finer ones that have no place of their own in this dialect. */
static uint64_t gathered(const struct profile *p, const struct field *f)
{
	uint64_t set = UINT64_C(1) << f->target;
	for (unsigned a = 0; a < N_ALARM; a++)
		if (a != f->target && alarms[a].shown_as == f->target && !has_own_field(p, a, f->part))
			set |= UINT64_C(1) << a;
	return set;
}

static void derive(struct profile *p)
{
	for (unsigned i = 0; i < p->n_frames; i++) {
		struct profile_frame *pf = &p->frames[i];
		for (unsigned k = pf->first_field; k < pf->first_field + (unsigned)pf->n_fields; k++) {
			struct field *f = &p->fields[k];
			if (f->kind == FIELD_ALARM || (f->kind == FIELD_QUANTITY && is_limit(f->target)))
				pf->urgent = true;
			if (f->kind == FIELD_ALARM)
				f->gathers = gathered(p, f);
			if (f->kind == FIELD_ALARM)
				p->has_alarm |= UINT64_C(1) << f->target;
			if (f->kind == FIELD_QUANTITY && !f->lower_only)
				p->has_quantity |= UINT64_C(1) << f->target;
			if (f->kind == FIELD_ARRAY)
				p->has_array |= (uint8_t)(1u << f->target);
		}
	}
}

static void check_addresses(struct loading *l, struct yaml_node *root)
{
	if (l->p->per_address && !l->addressed)
		PROFILE_ERROR_AT_KEY(l, yaml_get(root, "addresses"), CHECK_ID,
		                     "`addresses` is given, but no id counts with `address` (nor `source:` or `match` with it)");
}

/* A sensor that measures nothing a bank could use is a mistake. */
static void check_kind(struct loading *l, struct yaml_node *root)
{
	uint64_t measured = UINT64_C(1) << Q_VOLTAGE | UINT64_C(1) << Q_CURRENT;
	if (l->p->sensor && !(l->p->has_quantity & measured))
		PROFILE_ERROR(l, yaml_get(root, "kind"), CHECK_VALUE, "a sensor measures `current` or `voltage`, and this one neither");
}

/* This one is run backwards to tell the GX: nothing may be lost. What is `send: never` is left out on purpose. */
static void check_output(struct loading *l, struct yaml_node *root)
{
	char why[192];
	if (!strcmp(l->p->id, PROFILE_OF_OUTPUT) && !profile_backwards(l->p, why, sizeof why))
		PROFILE_ERROR_AT_KEY(l, yaml_get(root, "frames"), CHECK_BACKWARDS, "battagg speaks this dialect to the GX, so all of it must "
		                     "go into frames: %s", why);
}

void profile_check(struct loading *l, struct yaml_node *root)
{
	bool required = !l->p->n_frames;
	for (unsigned i = 0; i < l->p->n_frames; i++) {
		required = required || l->p->frames[i].required;
		check_overlaps(l, i);
	}
	if (!required)
		PROFILE_ERROR_AT_KEY(l, yaml_get(root, "frames"), CHECK_REQUIRED,
		                     "no frame is `required: true`: what must arrive for the pack to be there?");
	check_addresses(l, root);
	clashes_check(l);
	check_sources(l);
	for (unsigned t = 0; t < N_TEXT; t++)
		place_text(l, t);
	derive(l->p);
	struct yaml_node *computed = yaml_get(root, "computed");
	if (computed)
		computed_parse(l, computed);
	check_kind(l, root);
	sense_check(l, root);
	check_output(l, root);
}
