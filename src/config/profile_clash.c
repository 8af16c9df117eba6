/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the question whether every frame on the bus is at most one frame of the profile. */
#include <stdlib.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/codec.h"

#define IDS_MAX     65536 /* frames x groups x addresses */
#define ENOUGH      200   /* errors; more pairs are not compared then */

struct id_entry {
	uint32_t id;
	bool ext;
	uint16_t frame;
};

static int compare_ids(const void *a, const void *b)
{
	const struct id_entry *x = a, *y = b;
	if (x->ext != y->ext)
		return x->ext ? 1 : -1;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return (x->frame > y->frame) - (x->frame < y->frame);
}

static bool same_place(const struct place *a, const struct place *b)
{
	return !memcmp(a, b, sizeof *a); /* bytes all of them, and no gaps between */
}

/* The index of a can't be what b demands there. */
static bool indexes_exclude(const struct profile_frame *a, const struct profile_frame *b)
{
	if (!a->has_index)
		return false;
	if (b->has_index && same_place(&a->index, &b->index) && (a->group_max < b->group_min || a->group_min > b->group_max))
		return true;
	for (unsigned i = 0; i < b->n_guards; i++) {
		const struct guard *g = &b->guards[i];
		if (g->demand && !g->address && same_place(&a->index, &g->place) &&
		    (g->value < a->group_min || g->value > a->group_max))
			return true;
	}
	return false;
}

static bool told_apart(const struct profile_frame *a, const struct profile_frame *b)
{
	for (unsigned i = 0; i < a->n_guards; i++)
		for (unsigned k = 0; k < b->n_guards; k++)
			if (a->guards[i].demand && b->guards[k].demand && guards_exclude(&a->guards[i], &b->guards[k]))
				return true;
	return indexes_exclude(a, b) || indexes_exclude(b, a);
}

/* What a frame's `group` makes of its id; one that stands in the data makes nothing. */
static unsigned last_group(const struct profile_frame *f)
{
	return f->per_group ? f->group_max : f->group_min;
}

unsigned profile_filters(const struct profile *p)
{
	unsigned n = p->n_foreign;
	for (unsigned i = 0; i < p->n_frames; i++)
		n += last_group(&p->frames[i]) - p->frames[i].group_min + 1;
	return n;
}

static size_t list_ids(const struct profile *p, struct id_entry *ids)
{
	size_t n = 0;
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct profile_frame *f = &p->frames[i];
		unsigned last = f->per_address ? p->address_max : p->address_min;
		for (unsigned g = f->group_min; !f->pgn && g <= last_group(f); g++)
			for (unsigned a = p->address_min; a <= last && n < IDS_MAX; a++)
				ids[n++] = (struct id_entry){ f->id + g * f->per_group + a * f->per_address, f->ext, (uint16_t)i };
	}
	return n;
}

static void check_clash(struct loading *l, const struct id_entry *x, const struct id_entry *y)
{
	const struct profile_frame *a = &l->p->frames[x->frame];
	const struct yaml_node *node = l->frame_nodes[y->frame];
	if (x->frame == y->frame)
		PROFILE_ERROR(l, node, CHECK_CLASH, "0x%X comes out twice for different groups or addresses", x->id);
	else
		PROFILE_ERROR(l, node, CHECK_CLASH, "0x%X is the frame of line %u too, and no `match` tells them apart", x->id,
		              a->line);
}

/* Sorted ids: an id that several frames have; each pair of frames is told once. */
static void check_shared(struct loading *l, const struct id_entry *ids, size_t n)
{
	const struct profile_frame *frames = l->p->frames;
	int told_x = -1, told_y = -1;
	for (size_t i = 0; i < n; i++)
		for (size_t k = l->problems->errors < ENOUGH ? i : 0; k-- > 0 && ids[k].id == ids[i].id && ids[k].ext == ids[i].ext;) {
			int x = ids[k].frame, y = ids[i].frame;
			if ((x == told_x && y == told_y) || (x != y && told_apart(&frames[x], &frames[y])))
				continue;
			check_clash(l, &ids[k], &ids[i]);
			told_x = x;
			told_y = y;
		}
}

static bool sources_meet(const struct profile *p, const struct profile_frame *a, const struct profile_frame *b)
{
	if (a->source == SOURCE_ANY || b->source == SOURCE_ANY || a->source == b->source)
		return true;
	if (a->source != SOURCE_ADDRESS && b->source != SOURCE_ADDRESS)
		return false;
	int number = a->source == SOURCE_ADDRESS ? b->source : a->source;
	return number >= p->address_min && number <= p->address_max;
}

static bool source_can_be(const struct profile *p, const struct profile_frame *f, uint32_t id)
{
	for (unsigned a = p->address_min; a <= p->address_max; a++)
		if (codec_source_fits(f, id, a))
			return true;
	return false;
}

/* A frame by its PGN, and what else can have that PGN. */
static void check_pgn(struct loading *l, unsigned index, const struct id_entry *ids, size_t n)
{
	const struct profile *p = l->p;
	const struct profile_frame *f = &p->frames[index];
	const struct yaml_node *node = l->frame_nodes[index];
	for (unsigned k = 0; k < index; k++)
		if (p->frames[k].pgn && p->frames[k].id == f->id && sources_meet(p, f, &p->frames[k]) && !told_apart(f, &p->frames[k]))
			PROFILE_ERROR(l, node, CHECK_CLASH, "PGN 0x%X is the frame of line %u too, and neither `match`, `index` nor "
			              "`source` tells them apart", f->id, p->frames[k].line);
	for (size_t i = 0; i < n; i++) {
		const struct profile_frame *other = &p->frames[ids[i].frame];
		if (!ids[i].ext || codec_pgn(ids[i].id) != f->id || !source_can_be(p, f, ids[i].id) || told_apart(f, other))
			continue;
		PROFILE_ERROR(l, node, CHECK_CLASH, "PGN 0x%X is that of id 0x%08X (line %u) too, and no `match` tells them apart",
		              f->id, ids[i].id, other->line);
		return;
	}
	for (unsigned i = 0; i < p->n_foreign; i++)
		if (p->foreign[i].ext && codec_pgn(p->foreign[i].id) == f->id && source_can_be(p, f, p->foreign[i].id))
			PROFILE_ERROR(l, node, CHECK_CLASH, "0x%08X stands under `foreign_ids`, and has this PGN", p->foreign[i].id);
}

/* A pack that needs more filters than the kernel takes makes the port hear the whole bus: right, but dear. */
static void check_filters(struct loading *l)
{
	unsigned n = profile_filters(l->p);
	if (n > PROFILE_FILTERS_MAX)
		yaml_warning(l->doc, l->frame_nodes[0], l->problems, profile_rules[CHECK_FILTERS].id,
		             "a pack has %u ids, but the kernel filters %d at most, so that every frame of the bus wakes battagg: "
		             "use an `index` or `pgn`, or leave frames out", n, PROFILE_FILTERS_MAX);
}

void clashes_check(struct loading *l)
{
	struct id_entry *ids = calloc(IDS_MAX, sizeof *ids);
	if (!ids)
		return;
	size_t n = list_ids(l->p, ids);
	qsort(ids, n, sizeof *ids, compare_ids);
	if (n == IDS_MAX)
		PROFILE_ERROR(l, l->frame_nodes[0], CHECK_SIZE, "more than %d ids", IDS_MAX - 1);
	else
		check_shared(l, ids, n);
	for (unsigned f = 0; f < l->p->n_foreign; f++)
		for (size_t i = 0; i < n; i++)
			if (ids[i].id == l->p->foreign[f].id && ids[i].ext == l->p->foreign[f].ext) {
				PROFILE_ERROR(l, l->frame_nodes[ids[i].frame], CHECK_CLASH, "0x%X stands under `foreign_ids` too", ids[i].id);
				break;
			}
	for (unsigned i = 0; i < l->p->n_frames && n < IDS_MAX; i++)
		if (l->p->frames[i].pgn)
			check_pgn(l, i, ids, n);
	free(ids);
	check_filters(l);
}
