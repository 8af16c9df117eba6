/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* One pack over a reload: what was known of it stays, as far as its new settings let it. */
#include <string.h>

#include "core/pack.h"

/* The rows changed: what the old ones gave comes from no frame now, and is old. What the new ones can't give goes. */
static void outdate(struct pack *p, const struct battery *was)
{
	const struct profile *profile = p->set->profile;
	for (int q = 0; q < N_QUANTITY; q++) {
		struct measure *m = &p->seen.b.q[q];
		if (profile->has_quantity >> q & 1)
			*m = was->q[q];
		if (m->validity == VALID)
			m->validity = STALE;
		m->source = p->b.q[q].source = SOURCE_NONE;
	}
	for (int a = 0; a < N_ALARM; a++)
		if (profile->has_alarm >> a & 1)
			p->seen.b.alarm[a] = was->alarm[a];
	for (int k = 0; k < N_LIMIT; k++)
		if (!(profile->has_quantity >> limit_quantity[k] & 1))
			p->accepted[k] = (struct accepted){ 0 };
}

void pack_adopt(struct pack *to, const struct pack *from, int64_t now)
{
	const struct pack_settings *set = to->set;
	struct frame_age *ages = to->ages;
	struct pack fresh = *to;
	bool same_profile = set->profile->hash == from->set->profile->hash;
	*to = *from;
	to->set = set;
	to->ages = ages;
	memcpy(to->array_stale, fresh.array_stale, sizeof to->array_stale);
	if (same_profile) {
		memcpy(ages, from->ages, set->profile->n_frames * sizeof *ages);
		return;
	}
	/* the pack has its time to come again */
	to->seen = fresh.seen;
	outdate(to, &from->seen.b);
	for (int i = 0; i < set->profile->n_frames; i++)
		ages[i] = (struct frame_age){ .ever = true, .len = UINT8_MAX, .alarms = ages[i].alarms, .last = now };
}
