/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Asks the batteries that only speak when asked. One question is in flight on a bus at a time; an answer belongs to
 * the frame it is, never to the question that happens to wait, so that a late one lands in the right field. Questions
 * that stay unanswered are asked less and less often. Silent while the bus is off or error-passive.
 */
#ifndef CORE_POLLER_H
#define CORE_POLLER_H

#include "core/settings.h"

#define POLL_GAP 10000 /* us between two frames that are sent: at most 100 a second on a bus */

struct poll_item {
	const struct poll *poll;
	struct frame frame;
	int16_t pack;
	int16_t port;
	int64_t due;      /* us */
	uint8_t failures; /* in a row */
	bool dead;        /* the device has no such object; asked again when it starts anew */
};

struct poll_bus {
	int waiting;         /* index of the item in flight, -1 = none */
	int64_t sent_at;     /* us */
	int64_t quiet_until; /* us */
	bool closed;         /* bus-off or error-passive */
	uint64_t asked, answered, timeouts, aborts;
};

struct poller {
	int n;
	struct poll_item items[PACKS_MAX * POLLS_MAX];
	struct poll_bus bus[PORTS_MAX];
};

void poller_init(struct poller *p);
/* The questions of a pack (or sensor). */
void poller_add(struct poller *p, const struct pack_settings *set, int pack, int64_t now);
/* Frame number `frame` of a pack has been decoded. True when it was the answer that is waited for. */
bool poller_heard(struct poller *p, int port, int pack, unsigned frame, int64_t now);
/* Looks at a received frame for SDO aborts and nodes that start anew. */
void poller_look(struct poller *p, int port, const struct frame *f, int64_t now);
void poller_open(struct poller *p, int port, bool open);
/* When poller_step() has something to do next; INT64_MAX = never. */
int64_t poller_deadline(const struct poller *p, int port);
/* The frame to send now, or NULL. */
const struct frame *poller_step(struct poller *p, int port, int64_t now);

#endif
