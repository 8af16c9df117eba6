/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What simulated packs say on their buses and when: by their periods, on events, and in answer to questions; and what
 * gets lost or mixed up on the way. */
#include "app/sim.h"

#include <stdlib.h>
#include <string.h>

#include "core/codec.h"

/* So that not all frames come at one instant: packs and frames start a little later than one another. */
#define PACK_SHIFT 13000 /* us */
#define FRAME_SHIFT 1500 /* us; also between the frames of an answer */
#define PART_SHIFT 600   /* us between frames of a fast packet: that long is one at 250 kbit/s */
#define ANSWER_AFTER 4000 /* us; CANopen nodes take 3 to 5 ms */
/* CiA 301: SDO questions and answers, heartbeats, and why there is no value */
#define SDO_QUESTION 0x600u
#define SDO_ANSWER   0x580u
#define HEARTBEAT    0x700u
#define NO_OBJECT    0x06020000u
#define NO_COMMAND   0x05040001u

/* One frame of one pack that is said again and again, or on events. */
struct sim_slot {
	unsigned pack, frame, group;
	int64_t next, period; /* us from the start; period 0: on events */
};

uint64_t sim_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool happens(struct sim_faults *f, int64_t rate)
{
	return rate > 0 && sim_random(&f->random) % 10000 < (uint64_t)rate;
}

/* ---- frames on their way ---- */

/* After those of the same time. */
static void enqueue(struct sim_bus *b, const struct sim_sent *s)
{
	if (b->n_queue == b->room) {
		size_t room = b->room ? 2 * b->room : 64;
		struct sim_sent *more = realloc(b->queue, room * sizeof *more);
		if (!more)
			return; /* one more that got lost */
		b->queue = more;
		b->room = room;
	}
	size_t at = b->n_queue++;
	for (; at > 0 && b->queue[at - 1].at > s->at; at--)
		b->queue[at] = b->queue[at - 1];
	b->queue[at] = *s;
}

static void post(struct sim_bus *b, struct sim_sent s)
{
	struct sim_faults *faults = &b->packs[s.pack].faults;
	if (happens(faults, faults->lose))
		return;
	if (happens(faults, faults->late))
		s.at += faults->delay;
	if (!faults->holds && happens(faults, faults->swap)) {
		faults->held = s;
		faults->holds = true;
		return;
	}
	enqueue(b, &s);
	if (!faults->holds)
		return;
	faults->held.at = s.at;
	faults->holds = false;
	enqueue(b, &faults->held);
}

/* A shunt measures what flows into all packs. */
static void measure(struct sim_bus *b, struct sim_pack *sensor)
{
	int64_t current = 0;
	if (sensor->given >> Q_CURRENT & 1)
		return;
	for (int i = 0; i < b->settings->n_packs; i++)
		if (battery_has(&b->packs[i].b, Q_CURRENT))
			current += b->packs[i].b.q[Q_CURRENT].value;
	battery_set(&sensor->b, Q_CURRENT, current, sensor->time);
}

/* Says frame number `frame`, from `at` on. When the next may follow; `at` itself when there is nothing to say. */
static int64_t say(struct sim_bus *b, int pack, unsigned frame, unsigned group, int64_t at)
{
	struct sim_pack *p = &b->packs[pack];
	struct frame parts[SIM_PARTS_MAX];
	sim_pack_advance(p, at);
	if (pack >= b->settings->n_packs && !b->packs[0].modelled)
		measure(b, p);
	int n = sim_pack_frames(p, frame, group, parts);
	for (int i = 0; i < n; i++)
		post(b, (struct sim_sent){ .at = at + i * PART_SHIFT, .port = p->set->port, .pack = pack,
		                           .frame = i == n - 1 ? (int)frame : -1, .f = parts[i] });
	return n ? at + (n - 1) * PART_SHIFT + FRAME_SHIFT : at;
}

/* ---- answers ---- */

static bool is_question(const struct poll *poll, unsigned address, const struct frame *f)
{
	const struct frame *q = &poll->frame;
	unsigned len = poll->sdo ? 4 : q->len; /* what follows the object is padding */
	if (f->id != q->id + poll->per_address * address || f->ext != q->ext || f->remote != q->remote)
		return false;
	return f->remote || (f->len >= len && !memcmp(f->data, q->data, len));
}

/* All frames that answer it. False when there is nothing to say. */
static bool answer(struct sim_bus *b, int pack, const struct poll *poll, int64_t now)
{
	const struct profile *profile = b->packs[pack].set->profile;
	int64_t start = now + ANSWER_AFTER, at = start;
	for (unsigned i = 0; i < poll->n_answers; i++) {
		const struct profile_frame *pf = &profile->frames[poll->answers[i]];
		for (unsigned g = pf->group_min; g <= pf->group_max; g++)
			at = say(b, pack, poll->answers[i], g, at);
	}
	return at > start;
}

/* The pack has no such object, or this was no upload. */
static void refuse(struct sim_bus *b, int pack, const struct frame *f, int64_t now)
{
	const struct pack_settings *set = b->packs[pack].set;
	uint32_t code = f->data[0] == 0x40 ? NO_OBJECT : NO_COMMAND;
	struct sim_sent s = { .at = now + ANSWER_AFTER, .port = set->port, .pack = pack, .frame = -1 };
	s.f = (struct frame){ .id = SDO_ANSWER + (unsigned)set->address, .len = 8, .data = { 0x80 } };
	memcpy(s.f.data + 1, f->data + 1, 3);
	for (int i = 0; i < 4; i++)
		s.f.data[4 + i] = (uint8_t)(code >> 8 * i);
	post(b, s);
}

void sim_bus_hear(struct sim_bus *b, int port, const struct frame *f, int64_t now)
{
	for (int i = 0; i < b->n_packs; i++) {
		const struct pack_settings *set = b->packs[i].set;
		bool node = false, answered = false;
		if (set->port != port || sim_pack_mute(&b->packs[i]))
			continue;
		for (int k = 0; k < set->profile->n_polls; k++) {
			const struct poll *poll = &set->profile->polls[k];
			node = node || poll->sdo;
			if (!is_question(poll, (unsigned)set->address, f))
				continue;
			answered = answer(b, i, poll, now) || answered;
		}
		if (node && !answered && !f->ext && !f->remote && f->len == 8 && f->id == SDO_QUESTION + (unsigned)set->address)
			refuse(b, i, f, now);
	}
}

int sim_bus_questions(const struct sim_bus *b, int port, struct wanted *out, int max)
{
	int n = 0;
	for (int i = 0; i < b->n_packs; i++) {
		const struct pack_settings *set = b->packs[i].set;
		for (int k = 0; set->port == port && k < set->profile->n_polls; k++, n++) {
			const struct poll *poll = &set->profile->polls[k];
			if (n < max)
				out[n] = (struct wanted){ .id = poll->frame.id + poll->per_address * (unsigned)set->address,
					                  .ext = poll->frame.ext,
					                  .mask = poll->frame.ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD };
		}
	}
	return n;
}

/* ---- what is said unasked ---- */

/* Counts the slots of all packs; fills them in when `slots` is there. */
static size_t make_slots(const struct sim_bus *b, struct sim_slot *slots)
{
	size_t n = 0;
	for (int i = 0; i < b->n_packs; i++) {
		const struct profile *p = b->packs[i].set->profile;
		int64_t shift = i * PACK_SHIFT;
		for (unsigned f = 0; f < p->n_frames; f++) {
			const struct profile_frame *pf = &p->frames[f];
			bool on_events = !pf->period && !pf->send && !pf->asked;
			for (unsigned g = pf->group_min; (pf->send || on_events) && g <= pf->group_max; g++, n++) {
				if (slots)
					slots[n] = (struct sim_slot){ (unsigned)i, f, g, pf->send ? shift % pf->send : shift, pf->send };
				shift += FRAME_SHIFT;
			}
		}
	}
	return n;
}

static void find_first(struct sim_bus *b)
{
	b->first = NULL;
	for (size_t i = 0; i < b->n_slots; i++)
		if (!b->first || b->slots[i].next < b->first->next)
			b->first = &b->slots[i];
}

void sim_bus_changed(struct sim_bus *b, int pack, int64_t now)
{
	struct sim_pack *p = &b->packs[pack];
	const struct profile *profile = p->set->profile;
	for (size_t i = 0; i < b->n_slots; i++)
		if (!b->slots[i].period && b->slots[i].pack == (unsigned)pack)
			b->slots[i].next = now;
	find_first(b);
	for (int i = 0; p->starts && i < profile->n_polls; i++)
		if (profile->polls[i].sdo) { /* a node says that it starts */
			post(b, (struct sim_sent){ .at = now, .port = p->set->port, .pack = pack, .frame = -1,
			                           .f = { .id = HEARTBEAT + (unsigned)p->set->address, .len = 1 } });
			break;
		}
	p->starts = false;
}

void sim_bus_seed(struct sim_bus *b, uint64_t seed)
{
	for (int i = 0; i < b->n_packs; i++) { /* each its own numbers; splitmix64's constants, and an odd number is not 0 */
		uint64_t z = (seed + (uint64_t)i + 1) * UINT64_C(0x9E3779B97F4A7C15);
		z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
		b->packs[i].faults.random = (z ^ z >> 27) | 1;
		b->packs[i].bms.random = ((z ^ z >> 27) + 2) | 1;
	}
}

bool sim_bus_init(struct sim_bus *b, const struct settings *s, bool asks)
{
	*b = (struct sim_bus){ .settings = s, .n_packs = s->n_packs + s->n_sensors, .asks = asks };
	b->packs = calloc((size_t)b->n_packs + 1, sizeof *b->packs);
	if (!b->packs)
		return false;
	poller_init(&b->poller);
	for (int i = 0; i < b->n_packs; i++) {
		const struct pack_settings *set = i < s->n_packs ? &s->packs[i] : &s->sensors[i - s->n_packs];
		sim_pack_init(&b->packs[i], s, set, 0);
		b->packs[i].source = set->source.set ? (uint8_t)set->source.value : (uint8_t)(0x80 + i); /* of those that are not fixed */
		if (asks)
			poller_add(&b->poller, set, i, i * PACK_SHIFT);
	}
	sim_bus_seed(b, SIM_SEED);
	b->n_slots = make_slots(b, NULL);
	b->slots = calloc(b->n_slots + 1, sizeof *b->slots);
	if (!b->slots)
		return false;
	make_slots(b, b->slots);
	find_first(b);
	return true;
}

void sim_bus_free(struct sim_bus *b)
{
	free(b->packs);
	free(b->slots);
	free(b->queue);
	b->packs = NULL;
	b->slots = NULL;
	b->queue = NULL;
}

/* ---- in order of time ---- */

/* The port whose next question, or time-out of one, comes first. */
static int next_asker(const struct sim_bus *b, int64_t *at)
{
	int port = -1;
	*at = INT64_MAX;
	for (int i = 0; b->asks && i < b->settings->n_ports; i++)
		if (poller_deadline(&b->poller, i) < *at) {
			*at = poller_deadline(&b->poller, i);
			port = i;
		}
	return port;
}

int64_t sim_bus_next(const struct sim_bus *b)
{
	const struct sim_slot *slot = b->first;
	int64_t at;
	next_asker(b, &at);
	if (slot && slot->next < at)
		at = slot->next;
	return b->n_queue && b->queue[0].at < at ? b->queue[0].at : at;
}

static bool ask(struct sim_bus *b, int port, int64_t now, struct sim_sent *out)
{
	const struct frame *f = poller_step(&b->poller, port, now);
	if (!f)
		return false;
	*out = (struct sim_sent){ .at = now, .port = port, .pack = -1, .frame = -1, .f = *f };
	sim_bus_hear(b, port, f, now);
	return true;
}

static void take_first(struct sim_bus *b, struct sim_sent *out)
{
	*out = b->queue[0];
	memmove(b->queue, b->queue + 1, --b->n_queue * sizeof *b->queue);
	if (b->asks)
		poller_look(&b->poller, out->port, &out->f, out->at);
	if (b->asks && out->frame >= 0)
		poller_heard(&b->poller, out->port, out->pack, (unsigned)out->frame, out->at);
}

bool sim_bus_send(struct sim_bus *b, int64_t until, struct sim_sent *out)
{
	for (;;) {
		struct sim_slot *slot = b->first;
		int64_t ask_at, now = sim_bus_next(b);
		int port = next_asker(b, &ask_at);
		if (now > until || now == INT64_MAX)
			return false;
		if (slot && slot->next == now) {
			say(b, (int)slot->pack, slot->frame, slot->group, now);
			slot->next = slot->period ? slot->next + slot->period : INT64_MAX;
			find_first(b);
		} else if (b->n_queue && b->queue[0].at == now) {
			take_first(b, out);
			return true;
		} else if (ask(b, port, now, out)) {
			return true;
		}
	}
}
