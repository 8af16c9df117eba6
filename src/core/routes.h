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
};

/* Sorted by port and key, found by hash. Both arrays belong to the engine. */
struct routes {
	struct route *list;
	int n;
	uint16_t *slots; /* 1 + index of the first route of a port and key; 0 = none */
	unsigned slot_bits;
};

/* A filter that an input needs: ids that equal `id` where `mask` has a 1. */
struct wanted {
	uint32_t id, mask;
	bool ext;
};

uint32_t route_key(uint32_t id, bool ext);
uint32_t route_pgn_key(uint32_t pgn);

/* Writes the routes of a pack or sensor to `out` when it is not NULL; returns how many there are. */
int routes_of(const struct pack_settings *set, int pack, struct route *out);
/* How many slots n routes need, as a power of two. */
unsigned routes_slot_bits(int n);
/* Sorts the list and fills the (zeroed) slots. */
void routes_index(struct routes *r);
/* The first route of this port and key, or r->n; the others of the same follow it. */
int routes_find(const struct routes *r, int port, uint32_t key);
int routes_wanted(const struct routes *r, int port, struct wanted *out, int max);

#endif
