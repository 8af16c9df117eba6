/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* NMEA 2000 fast packets, put together and cut. */
#include "core/fastpacket.h"

#include <string.h>

#define PATIENCE 750000 /* us between two frames of one message (NMEA 2000) */

/* The message of this sender that is under way. */
static struct fastpacket *find(struct fastpackets *all, int port, uint32_t id)
{
	for (int i = 0; i < FASTPACKETS; i++)
		if (all->list[i].busy && all->list[i].port == port && all->list[i].id == id)
			return &all->list[i];
	return NULL;
}

/* A free place, or that of the message that has waited longest. */
static struct fastpacket *place(struct fastpackets *all)
{
	struct fastpacket *oldest = &all->list[0];
	for (int i = 0; i < FASTPACKETS; i++) {
		if (!all->list[i].busy)
			return &all->list[i];
		if (all->list[i].time < oldest->time)
			oldest = &all->list[i];
	}
	return oldest;
}

static void append(struct fastpacket *m, const uint8_t *data, unsigned n)
{
	unsigned room = m->length - m->have;
	if (n > room)
		n = room;
	memcpy(m->data + m->have, data, n);
	m->have = (uint8_t)(m->have + n);
}

const struct fastpacket *fastpacket_take(struct fastpackets *all, int port, const struct frame *f, int64_t now)
{
	struct fastpacket *m = find(all, port, f->id);
	if (f->len < 2)
		return NULL;
	uint8_t sequence = f->data[0] >> 5, number = f->data[0] & 0x1F;
	if (number == 0) {
		if (f->data[1] == 0 || f->data[1] > FASTPACKET_MAX)
			return NULL;
		if (!m)
			m = place(all);
		memset(m, 0, sizeof *m);
		m->busy = true;
		m->port = port;
		m->id = f->id;
		m->sequence = sequence;
		m->length = f->data[1];
		append(m, f->data + 2, f->len - 2u);
	} else {
		if (!m)
			return NULL;
		if (m->sequence != sequence || m->next != number || now - m->time > PATIENCE) {
			m->busy = false; /* a frame is missing: what comes must not be joined to what was */
			return NULL;
		}
		append(m, f->data + 1, f->len - 1u);
	}
	m->next = (uint8_t)(number + 1);
	m->time = now;
	if (m->have < m->length)
		return NULL;
	m->busy = false;
	return m;
}

bool fastpacket_cut(const uint8_t *data, unsigned length, unsigned sequence, unsigned number, struct frame *out)
{
	unsigned head = number ? 1 : 2, done = number ? 7 * number - 1 : 0;
	if (done >= length)
		return false;
	unsigned left = length - done, n = left < 8 - head ? left : 8 - head;
	out->len = 8;
	memset(out->data, 0xFF, 8);
	out->data[0] = (uint8_t)(sequence << 5 | number);
	if (!number)
		out->data[1] = (uint8_t)length;
	memcpy(out->data + head, data + done, n);
	return true;
}
