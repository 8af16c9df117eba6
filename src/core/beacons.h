/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Frames that a profile wants to be sent to its BMS again and again: keep-alives, wake-ups. */
#ifndef CORE_BEACONS_H
#define CORE_BEACONS_H

#include "core/pack.h"

struct beacon {
	int port;
	const struct profile *profile;
	uint8_t when; /* enum transmit_when */
	struct frame frame;
	int64_t period, due;
};

struct beacons {
	int n;
	struct beacon list[(PACKS_MAX + SENSORS_MAX) * TRANSMIT_MAX];
};

/* Those of a pack that are switched on; one serves all packs of a bus. */
void beacons_add(struct beacons *b, const struct pack_settings *set, int64_t now);
/* After a reload, those that were there keep their time. */
void beacons_adopt(struct beacons *b, const struct settings *s, const struct beacons *old,
                   const struct settings *old_settings);
/* The next frame to send at `now`, from *i on; NULL when there is none left. It stays due until beacon_sent(). */
struct beacon *beacons_due(struct beacons *b, int *i, const struct pack *packs, int n, int64_t now);
void beacon_sent(struct beacon *b, int64_t now);

#endif
