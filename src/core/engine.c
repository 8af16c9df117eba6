/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The whole of battagg without the world: frames and time in, frames out. */
#include "core/engine_private.h"

#include <stdlib.h>

#include "core/bank.h"
#include "core/roster.h"

#define STEP_GAP 100000 /* us between two steps that are due because something got worse */

/* Room for all that depends on the profiles; false when out of memory. */
static bool allocate(struct engine *e)
{
	size_t ages = 0;
	for (int i = 0; i < e->n; i++) {
		const struct pack_settings *set = settings_member(e->s, i);
		ages += set->profile->n_frames;
		e->routes.n += routes_of(set, i, NULL);
	}
	e->routes.slot_bits = routes_slot_bits(e->routes.n);
	e->packs = calloc((size_t)e->n + 1, sizeof *e->packs);
	e->ages = calloc(ages + 1, sizeof *e->ages);
	e->routes.list = calloc((size_t)e->routes.n + 1, sizeof *e->routes.list);
	e->routes.slots = calloc((size_t)1 << e->routes.slot_bits, sizeof *e->routes.slots);
	return e->packs && e->ages && e->routes.list && e->routes.slots;
}

struct engine *engine_create(const struct settings *s, int64_t now)
{
	struct engine *e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->s = s;
	e->n = settings_members(s);
	if (!allocate(e)) {
		engine_destroy(e);
		return NULL;
	}
	struct frame_age *age = e->ages;
	struct route *route = e->routes.list;
	poller_init(&e->poller);
	for (int i = 0; i < e->n; i++) {
		const struct pack_settings *set = settings_member(s, i);
		pack_init(&e->packs[i], set, age, now);
		age += set->profile->n_frames;
		route += routes_of(set, i, route);
		beacons_add(&e->beacons, set, now);
		poller_add(&e->poller, set, i, now);
	}
	routes_index(&e->routes);
	tree_build(&e->tree, s, e->packs, s->n_packs, now);
	ladder_init(&e->ladder, now);
	e->now = e->next_tick = now;
	e->last_step = now - STEP_GAP;
	return e;
}

void engine_destroy(struct engine *e)
{
	if (!e)
		return;
	free(e->packs);
	free(e->ages);
	free(e->routes.list);
	free(e->routes.slots);
	free(e);
}

/* A frame on its way to those that want it. */
struct hearing {
	const struct frame *f;
	int64_t now;
	bool joined; /* it has been put to the message it is a part of: once, however many want it */
	const struct fastpacket *message; /* NULL: not complete yet */
};

/* For one pack or sensor. True when something got worse. */
static bool hand_over(struct engine *e, const struct route *r, struct hearing *h)
{
	const struct frame *f = h->f;
	int64_t now = h->now;
	struct pack *p = &e->packs[r->pack];
	if (r->frame == ROUTE_FOREIGN) {
		pack_foreign(p, f, now);
		return false;
	}
	const struct profile_frame *pf = &p->set->profile->frames[r->frame];
	if (pf->pgn && (!codec_source_fits(pf, f->id, (unsigned)p->set->address) ||
	                (p->set->source.set && (f->id & 0xFF) != p->set->source.value)))
		return false;
	uint64_t before = p->frames + p->repeated;
	bool worse;
	if (pf->fast) {
		if (!h->joined)
			h->message = fastpacket_take(&e->fastpackets, r->port, f, now);
		h->joined = true;
		worse = h->message && pack_message(p, r->frame, r->group, h->message->data, h->message->length, now);
	} else {
		worse = pack_frame(p, r->frame, r->group, f, now);
	}
	bool ours = p->frames + p->repeated != before;
	if (ours && p->set->profile->n_polls && poller_heard(&e->poller, r->port, r->pack, r->frame, now))
		e->answered = true;
	return worse;
}

static void hand_out(struct engine *e, int port, uint32_t key, struct hearing *h)
{
	const struct routes *all = &e->routes;
	for (int i = routes_find(all, port, key); i < all->n; i++) {
		const struct route *r = &all->list[i];
		if (r->port != port || r->key != key)
			break;
		if (hand_over(e, r, h) && r->pack < e->s->n_packs)
			e->worse = true;
	}
}

static void hand_around(struct engine *e, int port, const struct frame *f, int64_t now)
{
	struct hearing h = { .f = f, .now = now };
	hand_out(e, port, route_key(f->id, f->ext), &h);
	if (f->ext && e->routes.pgns)
		hand_out(e, port, route_pgn_key(codec_pgn(f->id)), &h);
	else if (e->poller.n && !f->ext)
		poller_look(&e->poller, port, f, now);
}

bool engine_frame(struct engine *e, int port, const struct frame *f, int64_t now)
{
	const struct routes *all = &e->routes;
	int i = routes_find(all, port, route_key(f->id, f->ext));
	/* nearly always it is one frame of one pack, and there is no more to it */
	if (i < all->n && all->list[i].alone) {
		if (pack_frame(&e->packs[all->list[i].pack], all->list[i].frame, all->list[i].group, f, now))
			e->worse = true;
	} else {
		hand_around(e, port, f, now);
	}
	return (e->worse && e->verdict.valid) || e->answered;
}

void engine_port_open(struct engine *e, int port, bool open)
{
	poller_open(&e->poller, port, open);
}

const struct poll_counts *engine_questions(const struct engine *e, int port)
{
	for (int i = 0; i < e->poller.n; i++)
		if (settings_member(e->s, e->poller.items[i].device)->port == port)
			return &e->poller.bus[port].count;
	return NULL;
}

static int64_t poll_deadline(const struct engine *e)
{
	int64_t deadline = INT64_MAX;
	for (int i = 0; e->poller.n && i < e->s->n_ports; i++) {
		int64_t due = poller_deadline(&e->poller, i);
		if (due < deadline)
			deadline = due;
	}
	return deadline;
}

static int64_t bank_deadline(const struct engine *e)
{
	int64_t deadline = e->next_tick, early = e->last_step + STEP_GAP;
	if (((e->worse && e->verdict.valid) || e->output.pending) && early < deadline)
		deadline = early;
	if (e->patience_ends > e->last_step && e->patience_ends < deadline)
		deadline = e->patience_ends;
	return deadline;
}

int64_t engine_deadline(const struct engine *e)
{
	int64_t bank = bank_deadline(e), poll = poll_deadline(e);
	return poll < bank ? poll : bank;
}

static void step_sensors(struct engine *e, int64_t now)
{
	for (int i = e->s->n_packs; i < e->n; i++) {
		pack_refresh(&e->packs[i], e->s, now);
		if (pack_step_sensor(&e->packs[i], now))
			journal_pack(&e->journal, &e->packs[i], i, now);
	}
}

static bool send(struct engine *e, int port, const struct frame *f)
{
	if (e->n_sent == SEND_MAX)
		return false;
	e->sent[e->n_sent++] = (struct outgoing){ .port = port, .frame = *f };
	return true;
}

static void step_questions(struct engine *e, int64_t now)
{
	struct beacon *b;
	/* without room one goes first with the next step: the others have had their turn */
	for (int i = 0; (b = beacons_due(&e->beacons, &i, e->packs, e->n, now));)
		if (send(e, b->port, &b->frame))
			beacon_sent(b, now);
	for (int i = 0; e->poller.n && i < e->s->n_ports && e->n_sent < SEND_MAX; i++) {
		const struct frame *f = poller_step(&e->poller, i, now);
		if (f)
			send(e, i, f);
	}
}

static void step_output(struct engine *e, int64_t now)
{
	struct frame frames[OUTPUT_FRAMES_MAX];
	if (!e->verdict.valid) {
		output_restart(&e->output);
		return;
	}
	output_prepare(&e->shown, &e->bank, &e->verdict, e->s, e->packs, e->s->n_packs, now);
	if (e->soc.known)
		e->shown.q[Q_SOC].value = e->soc.shown;
	int n = output_step(&e->output, e->s->output_profile, &e->shown, now, frames, OUTPUT_FRAMES_MAX);
	for (int i = 0; i < n; i++)
		send(e, PORT_OUTPUT, &frames[i]);
}

static void step_ladder(struct engine *e, int64_t now)
{
	enum ladder before = e->ladder.rung;
	if (!ladder_step(&e->ladder, &e->tree))
		return;
	journal_ladder(&e->journal, e->ladder.rung, now);
	for (int i = 0; i < e->s->n_packs && before == LADDER_WAITING; i++)
		if (e->packs[i].state != PACK_ONLINE)
			journal_missing(&e->journal, &e->packs[i], i, now);
}

static void step_bank(struct engine *e, int64_t now)
{
	const struct settings *s = e->s;
	struct verdict last = e->verdict;
	bool picture = e->ladder.rung != LADDER_WAITING && e->ladder.rung != LADDER_SILENT;
	struct battery measured = e->bank; /* what packs that return are compared with */
	measured.q[Q_VOLTAGE] = e->packs_voltage;
	roster_step(&e->tree, &measured, e->packs, picture, &e->journal, now);
	step_sensors(e, now);
	step_ladder(e, now);
	bank_step(&e->bank, &e->tree);
	e->packs_voltage = e->bank.q[Q_VOLTAGE];
	bool waited = now - e->ladder.started >= s->start_wait;
	sensors_use(&e->sensors, s, e->packs + s->n_packs, &e->bank, &e->journal, waited, now);
	suspect_step(e->suspicions, &e->tree, engine_taken_from(e, Q_CURRENT), &e->journal);
	e->tree.bank = &e->bank;
	e->tree.wall = e->wall;
	soc_step(&e->soc, &e->tree, last.valid);
	alarms_step(&e->alarms, &e->bank, &e->tree, e->suspicions, &e->govern.imbalance, e->ladder.rung,
	            e->soc.known ? e->soc.shown : -1, &e->journal);
	ladder_verdict(&e->ladder, &e->govern, &e->tree, &last, &e->verdict);
	journal_verdict(&e->journal, &e->verdict, s, now);
	journal_conditions(&e->journal, &e->verdict, s, now);
	journal_charge(&e->journal, &e->govern.charge, s, &e->wall, now);
	journal_imbalance(&e->journal, &e->govern.imbalance, s, now);
	journal_alarms(&e->journal, &e->bank, e->ladder.rung, &e->tree);
	step_output(e, now);
	e->worse = false;
	e->last_step = now;
	e->patience_ends = INT64_MAX;
	for (int i = 0; i < s->n_packs; i++) {
		int64_t end = pack_patience_ends(&e->packs[i], s);
		if (end < e->patience_ends)
			e->patience_ends = end;
	}
	if (now >= e->next_tick) {
		e->next_tick += s->tick;
		if (e->next_tick <= now)
			e->next_tick = now + s->tick;
	}
}

void engine_step(struct engine *e, int64_t now)
{
	e->n_sent = 0;
	e->now = now;
	/* between two ticks there may only be a question to ask: that costs next to nothing */
	if (!e->poller.n || now >= bank_deadline(e))
		step_bank(e, now);
	e->answered = false;
	step_questions(e, now);
}

void engine_output_up(struct engine *e)
{
	output_restart(&e->output);
	e->next_tick = e->now - e->s->tick; /* due now, and the ticks count from here: no frame waits for an old turn */
}

const struct outgoing *engine_sent(const struct engine *e, int *count)
{
	*count = e->n_sent;
	return e->sent;
}

int engine_wanted(const struct engine *e, int port, struct wanted *out, int max)
{
	int n = routes_wanted(&e->routes, port, out, max);
	bool asks = false;
	for (int i = 0; i < e->poller.n; i++)
		asks = asks || (settings_member(e->s, e->poller.items[i].device)->port == port && e->poller.items[i].poll->sdo);
	/* a node that starts anew says so with its heartbeat, 0x700 + node */
	if (asks && n < max)
		out[n] = (struct wanted){ .id = 0x700, .mask = 0x780 };
	return n + asks;
}
