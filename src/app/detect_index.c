/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the index: for an id, all frames of all dialects that have it, so that a frame costs one look-up. */
#include <stdlib.h>

#include "app/detect.h"
#include "core/routes.h"

static void put(struct detect_index *index, struct detect_route *out, const struct detect_route *r)
{
	if (out)
		out[index->n] = *r;
	index->n++;
}

/* Whose frame it is may stand in the id, in its source or in the data: only the first is spelt out here. */
static void put_frame(struct detect_index *index, struct detect_route *out, const struct profile *p,
		      struct detect_route r)
{
	const struct profile_frame *pf = &p->frames[r.frame];
	bool one = pf->pgn || pf->has_index; /* the data tell the group */
	unsigned last_address = pf->per_address && !pf->pgn ? p->address_max : p->address_min;
	unsigned last_group = one ? pf->group_min : pf->group_max;
	for (unsigned a = p->address_min; a <= last_address; a++) {
		for (unsigned g = pf->group_min; g <= last_group; g++) {
			r.address = (uint8_t)a;
			r.group = (uint8_t)(one ? 0 : g);
			r.key = pf->pgn ? route_pgn_key(pf->id) : route_key(codec_id(pf, r.group, a), pf->ext);
			put(index, out, &r);
		}
	}
}

/* Counts the routes; writes them to `out` when it is not NULL. */
static void put_all(struct detect_index *index, struct detect_route *out, const struct dialects *all)
{
	index->n = 0;
	for (int i = 0; i < all->n; i++)
		for (int f = 0; f < all->list[i].p->n_frames; f++)
			put_frame(index, out, all->list[i].p,
				  (struct detect_route) { .dialect = (uint16_t)i, .frame = (uint16_t)f });
}

static int compare(const void *a, const void *b)
{
	const struct detect_route *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->dialect != y->dialect)
		return x->dialect - y->dialect;
	return x->frame - y->frame;
}

bool detect_index_make(struct detect_index *index, const struct dialects *all)
{
	*index = (struct detect_index) { 0 };
	put_all(index, NULL, all);
	index->list = calloc((size_t)index->n + 1, sizeof *index->list);
	if (!index->list)
		return false;
	put_all(index, index->list, all);
	qsort(index->list, (size_t)index->n, sizeof *index->list, compare);
	return true;
}

void detect_index_free(struct detect_index *index)
{
	free(index->list);
	*index = (struct detect_index) { 0 };
}

const struct detect_route *detect_index_find(const struct detect_index *index, uint32_t key, int *n)
{
	int low = 0, high = index->n;
	while (low < high) {
		int middle = low + (high - low) / 2;
		if (index->list[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < index->n && index->list[low + *n].key == key;)
		++*n;
	return &index->list[low];
}
