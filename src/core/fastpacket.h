/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * NMEA 2000 fast packets: messages of up to 223 bytes in frames of 8. Byte 0 has a sequence number (bits 5-7) and the
 * frame's number (bits 0-4); frame 0 then has the length and 6 bytes, each further one 7 bytes.
 */
#ifndef CORE_FASTPACKET_H
#define CORE_FASTPACKET_H

#include "core/frame.h"

#define FASTPACKET_MAX 223
#define FASTPACKET_ROOM (FASTPACKET_MAX + 8) /* for codec_decode_long(): 8 bytes from any of them on are readable */
#define FASTPACKETS 16 /* that may be under way at once, over all ports */

struct fastpacket {
	bool busy;
	int port;
	uint32_t id; /* with its source, so that two senders never mix */
	uint8_t sequence, next, length, have;
	int64_t time; /* us, of its newest frame */
	uint8_t data[FASTPACKET_ROOM];
};

struct fastpackets {
	struct fastpacket list[FASTPACKETS];
};

/* Takes one frame. Returns the message when this was its last frame; it is valid until the next call. */
const struct fastpacket *fastpacket_take(struct fastpackets *all, int port, const struct frame *f, int64_t now);

/* The other way round: cuts frame number `number` from a message into `out`, whose id is not touched. False when the
 * message has ended before it. */
bool fastpacket_cut(const uint8_t *data, unsigned length, unsigned sequence, unsigned number, struct frame *out);

#endif
