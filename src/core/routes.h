/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Which frame of which pack's profile an id on a port is. */
#ifndef CORE_ROUTES_H
#define CORE_ROUTES_H

#include "core/settings.h"

#define ROUTE_FOREIGN UINT16_MAX

struct route {
	uint32_t key; /* id, bit 31 for 29-bit ones; or a PGN with bits 30 and 31 */
	int16_t port;
	int16_t pack; /* index; sensors follow the packs */
	uint16_t frame; /* of the pack's profile; ROUTE_FOREIGN = an id it never has */
	uint8_t group;
	bool special; /* more to do than to decode the frame: a PGN, perhaps an answer, a sensor's */
	bool alone;   /* a pack's, not special, and no other route has its port and key, nor its PGN */
};

/* Sorted by port and key, found by hash. Both arrays belong to the engine. */
struct routes {
	struct route *list;
	int n;
	uint16_t *slots; /* 1 + index of the first route of a port and key; 0 = none */
	unsigned slot_bits;
	bool pgns; /* there are some */
};

/* A filter that an input needs: ids that equal `id` where `mask` has a 1. */
struct wanted {
	uint32_t id, mask;
	bool ext;
};

static inline uint32_t route_key(uint32_t id, bool ext)
{
	return id | (ext ? UINT32_C(1) << 31 : 0);
}

uint32_t route_pgn_key(uint32_t pgn);

/* Writes the routes of a pack or sensor to `out` when it is not NULL; returns how many there are. */
int routes_of(const struct pack_settings *set, int pack, struct route *out);
/* How many slots n routes need, as a power of two. */
unsigned routes_slot_bits(int n);
/* Sorts the list and fills the (zeroed) slots. */
void routes_index(struct routes *r);
static inline unsigned route_slot(const struct routes *r, int port, uint32_t key)
{
	return (uint32_t)((key ^ (uint32_t)port << 24) * UINT32_C(2654435761)) >> (32 - r->slot_bits); /* Knuth's */
}

/* The first route of this port and key, or r->n; the others of the same follow it. */
static inline int routes_find(const struct routes *r, int port, uint32_t key)
{
	unsigned at = route_slot(r, port, key);
	for (; r->slots[at]; at = (at + 1) & ((1u << r->slot_bits) - 1)) {
		const struct route *route = &r->list[r->slots[at] - 1];
		if (route->port == port && route->key == key)
			return r->slots[at] - 1;
	}
	return r->n;
}

int routes_wanted(const struct routes *r, int port, struct wanted *out, int max);

#endif
