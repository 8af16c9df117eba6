/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Asks the batteries that only speak when asked. One question is in flight on a bus at a time; an answer belongs to
 * the frame it is, never to the question that happens to wait, so that a late one lands in the right field, and is
 * credited to its own question. What stays unanswered is asked less and less often: a question, for its own sake, and
 * a device, for the others' on its bus. Silent while the bus is off or error-passive.
 */
#ifndef CORE_POLLER_H
#define CORE_POLLER_H

#include "core/settings.h"

#define POLL_GAP 10000       /* us after what was sent or answered: at most 100 questions a second on a bus */
#define POLL_GAP_BURST 30000 /* us after a frame of an answer that has several, before the next question */

struct poll_item {
	const struct poll *poll;
	struct frame frame;
	int16_t device;
	bool burst;  /* several frames answer it */
	bool shared; /* another device on this bus is asked with the same frame, and answers it, too */
	bool dead;  /* the device has no such object; asked again when it may have started anew */
	uint8_t failures; /* in a row */
	int64_t due;      /* us */
};

/* A pack or sensor that is asked. Its items stand together. */
struct poll_device {
	int16_t port;
	uint16_t first, n;
	int64_t first_due; /* us, when there is something to ask it; INT64_MAX = never */
	uint8_t failures; /* in a row; the same question again does not count */
	int16_t failed;   /* the item that failed last */
	int64_t not_before; /* us */
};

struct poll_counts {
	uint64_t asked, answered, late /* after the time-out */, unanswered, aborts /* of CANopen objects */;
};

struct poll_bus {
	int waiting;         /* the item in flight, -1 = none */
	int answering;       /* the item that was answered last, and may have more to say; -1 = none */
	int64_t sent_at;     /* us */
	int64_t quiet_until; /* us */
	int64_t others_until; /* us; up to then those go first that answered their last question */
	int64_t next_at;      /* us, when the first item is due; INT64_MAX = there is none */
	bool closed;          /* bus-off or error-passive */
	struct poll_counts count;
};

struct poller {
	int n;
	struct poll_item items[(PACKS_MAX + SENSORS_MAX) * POLLS_MAX];
	struct poll_device devices[PACKS_MAX + SENSORS_MAX]; /* by the index of the pack */
	struct poll_bus bus[PORTS_MAX];
};

void poller_init(struct poller *p);
/* The questions of a pack (or sensor), once for each. */
void poller_add(struct poller *p, const struct pack_settings *set, int pack, int64_t now);
/* After a reload: a bus stays closed, and what is in flight on it keeps its time to be answered. */
void poller_adopt(struct poller *p, const struct settings *s, const struct poller *old, const struct settings *old_settings);
/* Frame number `frame` of a pack has been decoded. True when it changes when the next question is due. */
bool poller_heard(struct poller *p, int port, int pack, unsigned frame, int64_t now);
/* Looks at a received frame for SDO aborts and nodes that start anew. */
void poller_look(struct poller *p, int port, const struct frame *f, int64_t now);
void poller_open(struct poller *p, int port, bool open);
/* When poller_step() has something to do next; INT64_MAX = never. */
int64_t poller_deadline(const struct poller *p, int port);
/* The frame to send now, or NULL. */
const struct frame *poller_step(struct poller *p, int port, int64_t now);

#endif
