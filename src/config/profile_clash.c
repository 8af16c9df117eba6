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

bool profile_frame_is_by_address(const struct profile_frame *f)
{
	bool is = f->per_address || (f->pgn && f->source == SOURCE_ADDRESS);
	for (unsigned i = 0; i < f->n_guards; i++)
		is = is || (f->guards[i].demand && f->guards[i].address);
	return is;
}

static struct guard at_address(struct guard g, int address)
{
	if (g.address && address >= 0) {
		g.value = (uint64_t)address;
		g.address = false;
	}
	return g;
}

bool profile_frames_differ(const struct profile_frame *a, int a_address, const struct profile_frame *b, int b_address)
{
	for (unsigned i = 0; i < a->n_guards; i++)
		for (unsigned k = 0; k < b->n_guards; k++) {
			struct guard g = at_address(a->guards[i], a_address), h = at_address(b->guards[k], b_address);
			if (g.demand && h.demand && guards_exclude(&g, &h))
				return true;
		}
	return indexes_exclude(a, b) || indexes_exclude(b, a);
}

/* Whichever pack it is. */
static bool told_apart(const struct profile_frame *a, const struct profile_frame *b)
{
	return profile_frames_differ(a, -1, b, -1);
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

/* Returns how many there are, IDS_MAX at most; `ids` may be NULL. */
static size_t list_ids(const struct profile *p, struct id_entry *ids)
{
	size_t n = 0;
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct profile_frame *f = &p->frames[i];
		unsigned last = f->per_address ? p->address_max : p->address_min;
		for (unsigned g = f->group_min; !f->pgn && g <= last_group(f); g++)
			for (unsigned a = p->address_min; a <= last && n < IDS_MAX; a++, n++)
				if (ids)
					ids[n] = (struct id_entry){ f->id + g * f->per_group + a * f->per_address, f->ext,
					                            (uint16_t)i };
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
	unsigned source = id & 0xFF;
	if (f->source == SOURCE_ADDRESS)
		return source >= p->address_min && source <= p->address_max;
	return f->source == SOURCE_ANY || source == (unsigned)f->source;
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
	uint8_t *apart = calloc(p->n_frames, 1); /* frames that are known to be told from this one */
	for (size_t i = 0; i < n && apart; i++) {
		const struct profile_frame *other = &p->frames[ids[i].frame];
		if (!ids[i].ext || apart[ids[i].frame] || codec_pgn(ids[i].id) != f->id || !source_can_be(p, f, ids[i].id))
			continue;
		apart[ids[i].frame] = told_apart(f, other);
		if (apart[ids[i].frame])
			continue;
		PROFILE_ERROR(l, node, CHECK_CLASH, "PGN 0x%X is that of id 0x%08X (line %u) too, and no `match` tells them apart",
		              f->id, ids[i].id, other->line);
		break;
	}
	free(apart);
	for (unsigned i = 0; i < p->n_foreign; i++)
		if (p->foreign[i].ext && codec_pgn(p->foreign[i].id) == f->id && source_can_be(p, f, p->foreign[i].id))
			PROFILE_ERROR(l, node, CHECK_CLASH, "0x%08X stands under `foreign_ids`, and has this PGN", p->foreign[i].id);
}

/* A question may have the id of its answer: then it is empty or remote, and the answer is not. */
static bool answers(const struct poll *poll, unsigned frame)
{
	for (unsigned i = 0; poll && i < poll->n_answers; i++)
		if (poll->answers[i] == frame)
			return true;
	return false;
}

/* The frame of the BMS that has this id, or -1. */
static int own_frame(const struct profile *p, const struct id_entry *ids, size_t n, uint32_t id, bool ext,
                     const struct poll *poll)
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct id_entry key = { .id = id, .ext = ext };
		if (compare_ids(&ids[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < n && ids[low].id == id && ids[low].ext == ext; low++)
		if (!answers(poll, ids[low].frame))
			return ids[low].frame;
	for (unsigned i = 0; ext && i < p->n_frames; i++)
		if (p->frames[i].pgn && p->frames[i].id == codec_pgn(id) && source_can_be(p, &p->frames[i], id) && !answers(poll, i))
			return (int)i;
	return -1;
}

/* What is sent must not look like what the BMS sends. */
static void check_sent(struct loading *l, struct yaml_node *node, const struct frame *f, uint32_t per_address,
                       const struct id_entry *ids, size_t n, const struct poll *poll)
{
	const struct profile *p = l->p;
	for (unsigned a = p->address_min; node && !f->remote && a <= p->address_max; a++) {
		int own = own_frame(p, ids, n, f->id + a * per_address, f->ext, poll);
		if (own < 0)
			continue;
		PROFILE_ERROR(l, node, CHECK_CLASH, "the BMS itself sends this id (line %u)", p->frames[own].line);
		return;
	}
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
	size_t n = list_ids(l->p, NULL);
	struct id_entry *ids = calloc(n + 1, sizeof *ids);
	if (!ids)
		return;
	list_ids(l->p, ids);
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
	for (unsigned i = 0; i < l->p->n_transmit; i++)
		check_sent(l, l->transmit_ids[i], &l->p->transmit[i].frame, l->p->transmit[i].per_address, ids, n, NULL);
	for (unsigned i = 0; i < l->p->n_polls; i++)
		check_sent(l, l->poll_ids[i], &l->p->polls[i].frame, l->p->polls[i].per_address, ids, n, &l->p->polls[i]);
	free(ids);
	check_filters(l);
}
