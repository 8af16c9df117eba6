/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Keep-alives and wake-ups. */
#include "core/beacons.h"

#include <string.h>

static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->id == b->id && a->ext == b->ext && a->len == b->len && !memcmp(a->data, b->data, sizeof a->data);
}

void beacons_add(struct beacons *b, const struct pack_settings *set, int64_t now)
{
	for (int i = 0; i < set->profile->n_transmit; i++) {
		const struct transmit *t = &set->profile->transmit[i];
		struct beacon beacon = { .port = set->port, .profile = set->profile, .when = t->when, .frame = t->frame,
			                 .period = t->period, .due = now };
		beacon.frame.id += t->per_address * (uint32_t)set->address;
		bool there = !set->transmit[i];
		for (int k = 0; k < b->n && !there; k++)
			there = b->list[k].port == set->port && same_frame(&b->list[k].frame, &beacon.frame);
		if (!there)
			b->list[b->n++] = beacon;
	}
}

void beacons_adopt(struct beacons *b, const struct settings *s, const struct beacons *old,
                   const struct settings *old_settings)
{
	for (int i = 0; i < b->n; i++)
		for (int k = 0; k < old->n; k++)
			if (!strcmp(s->port_names[b->list[i].port], old_settings->port_names[old->list[k].port]) &&
			    b->list[i].frame.id == old->list[k].frame.id)
				b->list[i].due = old->list[k].due;
}

/* A wake-up goes on until every pack of its kind on the bus has been heard; what answers a first frame starts with
 * any of them. */
static bool wanted_now(const struct beacon *b, const struct pack *packs, int n)
{
	bool all = true, any = false;
	if (b->when == TRANSMIT_ALWAYS)
		return true;
	for (int i = 0; i < n; i++) {
		if (packs[i].set->port != b->port || packs[i].set->profile != b->profile)
			continue;
		all = all && packs[i].frames;
		any = any || packs[i].frames;
	}
	return b->when == TRANSMIT_UNTIL_HEARD ? !all : any;
}

struct beacon *beacons_due(struct beacons *b, int *i, const struct pack *packs, int n, int64_t now)
{
	while (*i < b->n) {
		struct beacon *beacon = &b->list[(*i)++];
		if (now < beacon->due)
			continue;
		if (wanted_now(beacon, packs, n))
			return beacon;
		beacon_sent(beacon, now);
	}
	return NULL;
}

void beacon_sent(struct beacon *b, int64_t now)
{
	b->due += b->period;
	if (b->due <= now)
		b->due = now + b->period;
}
