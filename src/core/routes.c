/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Ids to packs and frames. */
#include "core/routes.h"

#include <stdlib.h>

#include "core/codec.h"

#define EXT_KEY (UINT32_C(1) << 31)
#define PGN_KEY (UINT32_C(3) << 30)

uint32_t route_pgn_key(uint32_t pgn)
{
	return pgn | PGN_KEY;
}

int routes_of(const struct pack_settings *set, int pack, struct route *out)
{
	const struct profile *p = set->profile;
	struct route route = { .port = (int16_t)set->port, .pack = (int16_t)pack };
	int n = 0;
	for (int i = 0; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		bool one = pf->pgn || pf->has_index; /* the data tell the group */
		route.frame = (uint16_t)i;
		route.special = pf->pgn || p->n_polls || p->sensor;
		for (unsigned g = pf->group_min; g <= (one ? pf->group_min : pf->group_max); g++, n++) {
			unsigned group = one ? 0 : g;
			route.group = (uint8_t)group;
			route.key = pf->pgn ? route_pgn_key(pf->id) :
			                      route_key(codec_id(pf, group, (unsigned)set->address), pf->ext);
			if (out)
				out[n] = route;
		}
	}
	route.frame = ROUTE_FOREIGN;
	route.special = true;
	route.group = 0;
	for (int i = 0; i < p->n_foreign; i++, n++) {
		route.key = route_key(p->foreign[i].id, p->foreign[i].ext);
		if (out)
			out[n] = route;
	}
	return n;
}

static int compare(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->pack != y->pack ? x->pack - y->pack : x->frame - y->frame;
}

static bool same_key(const struct route *a, const struct route *b)
{
	return a->port == b->port && a->key == b->key;
}

unsigned routes_slot_bits(int n)
{
	unsigned bits = 6;
	while ((1 << bits) < 4 * n) /* four a route, so that hardly any two meet */
		bits++;
	return bits;
}

void routes_index(struct routes *r)
{
	qsort(r->list, (size_t)r->n, sizeof *r->list, compare);
	for (int i = 0; i < r->n; i++)
		r->pgns = r->pgns || r->list[i].key >= PGN_KEY;
	for (int i = 0; i < r->n; i++) {
		struct route *route = &r->list[i];
		bool shared = (i && same_key(route, &route[-1])) || (i + 1 < r->n && same_key(route, &route[1]));
		route->alone = !route->special && !shared && !(r->pgns && route->key & EXT_KEY);
		if (i && same_key(route, &route[-1]))
			continue;
		unsigned at = route_slot(r, route->port, route->key);
		while (r->slots[at])
			at = (at + 1) & ((1u << r->slot_bits) - 1);
		r->slots[at] = (uint16_t)(i + 1);
	}
}

int routes_wanted(const struct routes *r, int port, struct wanted *out, int max)
{
	int n = 0;
	for (int i = 0; i < r->n; i++) {
		const struct route *route = &r->list[i];
		if (route->port != port || (i && route[-1].port == port && route[-1].key == route->key))
			continue;
		bool pgn = (route->key & PGN_KEY) == PGN_KEY; /* ids have 29 bits */
		struct wanted w = { .id = route->key & CAN_ID_MAX_EXT, .mask = CAN_ID_MAX_EXT, .ext = route->key >> 31 };
		if (pgn) {
			uint32_t number = route->key & 0x3FFFF;
			w.id = number << 8;
			w.mask = (number >> 8 & 0xFF) < 0xF0 ? 0x03FF0000 : 0x03FFFF00; /* PDU 1 has a destination in it */
		}
		if (n < max)
			out[n] = w;
		n++;
	}
	return n;
}
