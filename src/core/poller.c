/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Questions to batteries, one at a time on a bus. */
#include "core/poller.h"

#include <string.h>

#define RETRIES 3 /* asked again at once so often, then less and less */
#define BACKOFF_MAX (30 * INT64_C(1000000)) /* us */
/* CiA 301: SDO answers, and the heartbeat with which a node announces that it has started */
#define SDO_ANSWER 0x580u
#define SDO_ABORT  0x80
#define HEARTBEAT  0x700u

void poller_init(struct poller *p)
{
	p->n = 0;
	for (int i = 0; i < PORTS_MAX; i++)
		p->bus[i] = (struct poll_bus){ .waiting = -1 };
}

void poller_add(struct poller *p, const struct pack_settings *set, int pack, int64_t now)
{
	for (int i = 0; i < set->profile->n_polls; i++) {
		const struct poll *poll = &set->profile->polls[i];
		struct poll_item item = { .poll = poll, .frame = poll->frame, .pack = (int16_t)pack, .port = (int16_t)set->port,
			                  .due = now };
		item.frame.id += poll->per_address * (uint32_t)set->address;
		if (p->n < PACKS_MAX * POLLS_MAX)
			p->items[p->n++] = item;
	}
}

static void done(struct poll_bus *b, int64_t now)
{
	b->waiting = -1;
	b->quiet_until = now + POLL_GAP;
}

bool poller_heard(struct poller *p, int port, int pack, unsigned frame, int64_t now)
{
	struct poll_bus *b = &p->bus[port];
	if (b->waiting < 0)
		return false;
	struct poll_item *item = &p->items[b->waiting];
	if (item->pack != pack)
		return false;
	for (int i = 0; i < item->poll->n_answers; i++) {
		if (item->poll->answers[i] != frame)
			continue;
		item->failures = 0;
		item->due += item->poll->period;
		if (item->due <= now)
			item->due = now + item->poll->period;
		b->answered++;
		done(b, now);
		return true;
	}
	return false;
}

static bool is_object(const struct poll_item *item, const struct frame *f)
{
	return (item->frame.id & 0x7F) == (f->id & 0x7F) && !memcmp(item->frame.data + 1, f->data + 1, 3);
}

void poller_look(struct poller *p, int port, const struct frame *f, int64_t now)
{
	struct poll_bus *b = &p->bus[port];
	if (f->ext)
		return;
	uint32_t function = f->id & 0x780;
	bool abort = function == SDO_ANSWER && f->len == 8 && f->data[0] == SDO_ABORT;
	bool start = function == HEARTBEAT && f->len == 1 && f->data[0] == 0;
	if (!abort && !start)
		return;
	for (int i = 0; i < p->n; i++) {
		struct poll_item *item = &p->items[i];
		if (item->port != port || !item->poll->sdo)
			continue;
		if (start && (item->frame.id & 0x7F) == (f->id & 0x7F)) {
			item->dead = false;
		} else if (abort && is_object(item, f)) {
			item->dead = true;
			b->aborts++;
			if (b->waiting == i)
				done(b, now);
		}
	}
}

void poller_open(struct poller *p, int port, bool open)
{
	p->bus[port].closed = !open;
	if (!open)
		p->bus[port].waiting = -1;
}

/* The question that has waited longest; -1 = none on this bus. */
static int next_item(const struct poller *p, int port)
{
	int best = -1;
	for (int i = 0; i < p->n; i++)
		if (p->items[i].port == port && !p->items[i].dead && (best < 0 || p->items[i].due < p->items[best].due))
			best = i;
	return best;
}

int64_t poller_deadline(const struct poller *p, int port)
{
	const struct poll_bus *b = &p->bus[port];
	if (b->closed)
		return INT64_MAX;
	if (b->waiting >= 0)
		return b->sent_at + p->items[b->waiting].poll->timeout;
	int next = next_item(p, port);
	if (next < 0)
		return INT64_MAX;
	return p->items[next].due > b->quiet_until ? p->items[next].due : b->quiet_until;
}

static void unanswered(struct poll_item *item, int64_t now)
{
	if (item->failures < 255)
		item->failures++;
	if (item->failures <= RETRIES) {
		item->due = now;
		return;
	}
	int64_t wait = item->poll->period;
	for (int i = RETRIES; i < item->failures && wait < BACKOFF_MAX; i++)
		wait *= 2;
	item->due = now + (wait < BACKOFF_MAX ? wait : BACKOFF_MAX);
}

const struct frame *poller_step(struct poller *p, int port, int64_t now)
{
	struct poll_bus *b = &p->bus[port];
	if (b->closed || now < poller_deadline(p, port))
		return NULL;
	if (b->waiting >= 0) {
		unanswered(&p->items[b->waiting], now);
		b->timeouts++;
		done(b, now);
		return NULL;
	}
	int next = next_item(p, port);
	b->waiting = next;
	b->sent_at = now;
	b->quiet_until = now + POLL_GAP;
	b->asked++;
	return &p->items[next].frame;
}
