/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Questions to batteries, one at a time on a bus. */
#include "core/poller.h"

#include <string.h>

/* Unanswered, a question is repeated at once so often, then less and less. With 10 % of the answers lost, one in 10^8
 * gets that far. */
#define RETRIES 7
/* So many different questions in a row, and the device waits: this long at first, then twice as long. */
#define DEVICE_PATIENCE 4
#define DEVICE_BACKOFF (INT64_C(250000))     /* us */
#define BACKOFF_MAX    (30 * INT64_C(1000000)) /* us */
/* CiA 301: SDO answers, and the heartbeat with which a node announces that it has started */
#define SDO_ANSWER 0x580u
#define SDO_ABORT  0x80
#define HEARTBEAT  0x700u

void poller_init(struct poller *p)
{
	p->n = 0;
	memset(p->devices, 0, sizeof p->devices);
	for (int i = 0; i < PORTS_MAX; i++)
		p->bus[i] = (struct poll_bus){ .waiting = -1, .answering = -1, .next_at = INT64_MAX };
}

/* Something about this device's questions has changed. */
static void rearrange(struct poller *p, struct poll_device *d)
{
	struct poll_bus *b = &p->bus[d->port];
	d->first_due = INT64_MAX;
	for (int i = d->first; i < d->first + d->n; i++)
		if (!p->items[i].dead && p->items[i].due < d->first_due)
			d->first_due = p->items[i].due;
	if (d->first_due < d->not_before)
		d->first_due = d->not_before;
	b->next_at = INT64_MAX;
	for (int i = 0; i < PACKS_MAX + SENSORS_MAX; i++)
		if (p->devices[i].n && p->devices[i].port == d->port && p->devices[i].first_due < b->next_at)
			b->next_at = p->devices[i].first_due;
}

/* Its answer would be old before the other's: what is asked rarely can wait longer. Of equals the one that has failed
 * less, so that a device that is off shows it soon. */
static bool is_more_urgent(const struct poll_item *a, const struct poll_item *b)
{
	int64_t end = a->due + a->poll->period, other = b->due + b->poll->period;
	return end < other || (end == other && a->failures < b->failures);
}

/* Of what is due; with `good`, of devices that answered their last question. -1: nothing. */
static int most_urgent(const struct poller *p, int port, bool good, int64_t now)
{
	const struct poll_item *best = NULL;
	for (int k = 0; k < PACKS_MAX + SENSORS_MAX; k++) {
		const struct poll_device *d = &p->devices[k];
		if (d->port != port || !d->n || d->first_due > now || (good && d->failures))
			continue;
		for (int i = d->first; i < d->first + d->n; i++) {
			const struct poll_item *item = &p->items[i];
			if (!item->dead && item->due <= now && (!best || is_more_urgent(item, best)))
				best = item;
		}
	}
	return best ? (int)(best - p->items) : -1;
}

/* Several frames answer when an answer is one of a group, or when several are listed. */
static bool is_burst(const struct profile *profile, const struct poll *poll)
{
	bool several = poll->n_answers > 1;
	for (int i = 0; i < poll->n_answers; i++) {
		const struct profile_frame *pf = &profile->frames[poll->answers[i]];
		several = several || pf->group_max > pf->group_min;
	}
	return several;
}

static bool same_question(const struct poller *p, const struct poll_item *a, const struct poll_item *b)
{
	const struct frame *x = &a->frame, *y = &b->frame;
	return p->devices[a->device].port == p->devices[b->device].port && x->id == y->id && x->ext == y->ext &&
	       x->remote == y->remote && x->len == y->len && !memcmp(x->data, y->data, sizeof x->data);
}

void poller_add(struct poller *p, const struct pack_settings *set, int pack, int64_t now)
{
	struct poll_device *d = &p->devices[pack];
	*d = (struct poll_device){ .port = (int16_t)set->port, .first = (uint16_t)p->n, .n = set->profile->n_polls };
	for (int i = 0; i < d->n; i++) {
		const struct poll *poll = &set->profile->polls[i];
		struct poll_item *item = &p->items[p->n++];
		*item = (struct poll_item){ .poll = poll, .frame = poll->frame, .device = (int16_t)pack, .due = now,
			                    .burst = is_burst(set->profile, poll) };
		item->frame.id += poll->per_address * (uint32_t)set->address;
		for (int k = 0; k < d->first; k++)
			if (same_question(p, item, &p->items[k]))
				item->shared = p->items[k].shared = true;
	}
	rearrange(p, d);
}

void poller_adopt(struct poller *p, const struct settings *s, const struct poller *old, const struct settings *old_settings)
{
	for (int i = 0; i < s->n_ports; i++)
		for (int k = 0; k < old_settings->n_ports; k++) {
			const struct poll_bus *was = &old->bus[k];
			struct poll_bus *b = &p->bus[i];
			if (strcmp(s->port_names[i], old_settings->port_names[k]) != 0)
				continue;
			b->closed = was->closed;
			b->quiet_until = was->waiting < 0 ? was->quiet_until : was->sent_at + old->items[was->waiting].poll->timeout;
		}
}

static bool answers(const struct poll_item *item, int pack, unsigned frame)
{
	if (item->device != pack)
		return false;
	for (int i = 0; i < item->poll->n_answers; i++)
		if (item->poll->answers[i] == frame)
			return true;
	return false;
}

/* Everything is asked anew: the device was away, or it starts. */
static void begin_anew(struct poller *p, struct poll_device *d, int64_t now)
{
	d->failures = 0;
	d->not_before = 0;
	for (int i = d->first; i < d->first + d->n; i++) {
		struct poll_item *item = &p->items[i];
		item->dead = false;
		if (item->failures && item->due > now)
			item->due = now;
		item->failures = 0;
	}
}

static void answered(struct poller *p, struct poll_item *item, int64_t now)
{
	struct poll_device *d = &p->devices[item->device];
	if (d->failures >= DEVICE_PATIENCE)
		begin_anew(p, d, now);
	d->failures = 0;
	d->not_before = 0;
	item->failures = 0;
	item->due += item->poll->period;
	if (item->due <= now)
		item->due = now + item->poll->period;
	rearrange(p, d);
}

/* More of the answer may come. */
static void hush(struct poll_bus *b, const struct poll_item *item, int64_t now)
{
	int64_t until = now + (item->burst ? POLL_GAP_BURST : POLL_GAP);
	if (until > b->quiet_until)
		b->quiet_until = until;
}

/* A question that seemed unanswered has got its answer after all, or the answer came because another was asked the same:
 * it need not be asked again before its period is over. */
static bool answered_unasked(struct poller *p, struct poll_bus *b, const struct poll_item *asked, int pack, unsigned frame,
                             int64_t now)
{
	const struct poll_device *d = &p->devices[pack];
	for (int i = d->first; i < d->first + d->n; i++) {
		struct poll_item *item = &p->items[i];
		bool shared = asked && item->shared && same_question(p, item, asked);
		if ((!item->failures && !shared) || !answers(item, pack, frame))
			continue;
		b->count.late += !shared;
		if (shared)
			item->due = now;
		answered(p, item, now);
		return true;
	}
	return false;
}

bool poller_heard(struct poller *p, int port, int pack, unsigned frame, int64_t now)
{
	struct poll_bus *b = &p->bus[port];
	struct poll_item *waiting = b->waiting < 0 ? NULL : &p->items[b->waiting];
	const struct poll_item *asked = waiting ? waiting : b->answering < 0 ? NULL : &p->items[b->answering];
	if (waiting && answers(waiting, pack, frame)) {
		b->count.answered++;
		b->answering = b->waiting;
		b->waiting = -1;
		hush(b, waiting, now);
		answered(p, waiting, now);
		return true;
	}
	/* more of an answer: what goes on for longer is none any more, the others have waited enough */
	bool more = asked && (answers(asked, pack, frame) || asked->shared) && now <= b->sent_at + asked->poll->timeout;
	if (!waiting && more)
		hush(b, asked, now);
	if (!p->devices[pack].failures && !(asked && asked->shared && asked->device != pack))
		return false;
	return answered_unasked(p, b, asked, pack, frame, now);
}

/* An abort that will be the same next time: no such object or sub-index, or none that can be read (CiA 301). */
static bool is_final(const struct frame *f)
{
	uint32_t code = f->data[4] | (uint32_t)f->data[5] << 8 | (uint32_t)f->data[6] << 16 | (uint32_t)f->data[7] << 24;
	return code == 0x06020000 || code == 0x06090011 || code == 0x06010000 || code == 0x06010001;
}

static void unanswered(struct poll_item *item, int64_t now)
{
	if (item->failures < 255)
		item->failures++;
	if (item->failures <= RETRIES)
		return; /* it is due as it was */
	int64_t wait = item->poll->period;
	for (int i = RETRIES + 1; i < item->failures && wait < BACKOFF_MAX; i++)
		wait = 2 * wait < BACKOFF_MAX ? 2 * wait : BACKOFF_MAX;
	item->due = now + wait;
}

/* The device did answer, though not with a value. */
static void aborted(struct poller *p, int index, const struct frame *f, int64_t now)
{
	struct poll_item *item = &p->items[index];
	struct poll_device *d = &p->devices[item->device];
	struct poll_bus *b = &p->bus[d->port];
	b->count.aborts++;
	if (b->waiting == index) {
		b->waiting = -1;
		hush(b, item, now);
	}
	d->failures = 0;
	d->not_before = 0;
	if (is_final(f))
		item->dead = true;
	else
		unanswered(item, now);
	rearrange(p, d);
}

void poller_look(struct poller *p, int port, const struct frame *f, int64_t now)
{
	if (f->ext)
		return;
	uint32_t function = f->id & 0x780;
	bool abort = function == SDO_ANSWER && f->len == 8 && f->data[0] == SDO_ABORT;
	bool start = function == HEARTBEAT && f->len == 1 && f->data[0] == 0;
	if (!abort && !start)
		return;
	for (int k = 0; k < PACKS_MAX + SENSORS_MAX; k++) {
		struct poll_device *d = &p->devices[k];
		for (int i = d->first; d->port == port && i < d->first + d->n; i++) {
			struct poll_item *item = &p->items[i];
			if (!item->poll->sdo || (item->frame.id & 0x7F) != (f->id & 0x7F))
				continue;
			if (start) {
				begin_anew(p, d, now);
				rearrange(p, d);
				break;
			}
			if (!memcmp(item->frame.data + 1, f->data + 1, 3) && !item->dead) /* this object */
				aborted(p, i, f, now);
		}
	}
}

void poller_open(struct poller *p, int port, bool open)
{
	struct poll_bus *b = &p->bus[port];
	bool reopened = open && b->closed;
	b->closed = !open;
	if (!open)
		b->waiting = b->answering = -1;
	for (int i = 0; reopened && i < PACKS_MAX + SENSORS_MAX; i++) {
		if (!p->devices[i].n || p->devices[i].port != port)
			continue;
		begin_anew(p, &p->devices[i], b->sent_at); /* nothing was heard meanwhile, nor a node that started */
		rearrange(p, &p->devices[i]);
	}
}

int64_t poller_deadline(const struct poller *p, int port)
{
	const struct poll_bus *b = &p->bus[port];
	if (b->closed)
		return INT64_MAX;
	if (b->waiting >= 0)
		return b->sent_at + p->items[b->waiting].poll->timeout;
	return b->next_at > b->quiet_until ? b->next_at : b->quiet_until;
}

/* Nobody answered in time. Until the bus has had as much time for the others, they go first, so that devices that are
 * off take no more than half of it from those that are there. */
static void time_out(struct poller *p, struct poll_bus *b, int64_t now)
{
	int index = b->waiting;
	struct poll_item *item = &p->items[index];
	struct poll_device *d = &p->devices[item->device];
	b->count.unanswered++;
	b->waiting = b->answering = -1;
	b->quiet_until = now + POLL_GAP;
	b->others_until = now + item->poll->timeout;
	unanswered(item, now);
	if (d->failures < 255 && (!d->failures || d->failed != index))
		d->failures++;
	d->failed = (int16_t)index;
	int64_t wait = d->failures < DEVICE_PATIENCE ? 0 : DEVICE_BACKOFF;
	for (int i = DEVICE_PATIENCE; i < d->failures && wait < BACKOFF_MAX; i++)
		wait = 2 * wait < BACKOFF_MAX ? 2 * wait : BACKOFF_MAX;
	d->not_before = now + wait;
	rearrange(p, d);
}

const struct frame *poller_step(struct poller *p, int port, int64_t now)
{
	struct poll_bus *b = &p->bus[port];
	if (now < poller_deadline(p, port))
		return NULL;
	if (b->waiting >= 0) {
		time_out(p, b, now);
		return NULL;
	}
	int next = now < b->others_until ? most_urgent(p, port, true, now) : -1;
	b->waiting = next < 0 ? most_urgent(p, port, false, now) : next;
	b->answering = -1;
	b->sent_at = now;
	b->quiet_until = now + POLL_GAP;
	b->count.asked++;
	return &p->items[b->waiting].frame;
}
