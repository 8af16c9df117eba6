/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The whole of battagg without the world: frames and time in, frames out. */
#include "core/engine.h"

#include <stdlib.h>
#include <string.h>

#include "core/bank.h"
#include "core/journal.h"
#include "core/output.h"

#define STEP_GAP 100000 /* us between two steps that are due because something got worse */
#define FOREIGN UINT16_MAX

/* Which frame of which pack an id on a port is. Sorted by port and key. */
struct route {
	uint32_t key; /* id, with bit 31 for 29-bit ones */
	int16_t port;
	int16_t pack;
	uint16_t frame; /* of the pack's profile; FOREIGN = an id it never has */
	uint8_t group;
};

/* A frame that a profile wants to be sent to its BMS. */
struct beacon {
	int port;
	struct frame frame;
	int64_t period, due;
};

struct engine {
	const struct settings *s;
	struct pack *packs; /* s->n_packs of them */
	struct frame_age *ages;
	struct route *routes;
	int n_routes;
	uint16_t *slots; /* hash table: 1 + the first route of a port and key; 0 = none */
	unsigned slot_bits;
	struct beacon beacons[PACKS_MAX * TRANSMIT_MAX];
	int n_beacons;
	struct battery bank;
	struct ladder_state ladder;
	struct govern govern;
	struct verdict verdict;
	struct output output;
	struct battery shown;
	struct journal journal;
	int64_t now, next_tick, last_step;
	bool worse; /* since the last step */
	int64_t patience_ends; /* us; when the next pack is lost if it stays silent, as of the last step */
	struct outgoing sent[SEND_MAX];
	int n_sent;
};

static uint32_t key_of(uint32_t id, bool ext)
{
	return id | (ext ? UINT32_C(1) << 31 : 0);
}

static int compare_routes(const void *a, const void *b)
{
	const struct route *x = a, *y = b;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->pack != y->pack ? x->pack - y->pack : x->frame - y->frame;
}

/* Counts the routes of a pack, and writes them when there is room. */
static int add_routes(struct engine *e, int pack, struct route *out)
{
	const struct pack_settings *set = &e->s->packs[pack];
	const struct profile *p = set->profile;
	int n = 0;
	for (int i = 0; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		for (unsigned g = pf->group_min; g <= pf->group_max; g++, n++)
			if (out)
				out[n] = (struct route){ .key = key_of(codec_id(pf, g, (unsigned)set->address), pf->ext),
					                 .port = (int16_t)set->port, .pack = (int16_t)pack,
					                 .frame = (uint16_t)i, .group = (uint8_t)g };
	}
	for (int i = 0; i < p->n_foreign; i++, n++)
		if (out)
			out[n] = (struct route){ .key = key_of(p->foreign[i].id, p->foreign[i].ext), .port = (int16_t)set->port,
				                 .pack = (int16_t)pack, .frame = FOREIGN };
	return n;
}

static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->id == b->id && a->ext == b->ext && a->len == b->len && !memcmp(a->data, b->data, sizeof a->data);
}

/* One keep-alive serves all packs of a bus. */
static void add_beacon(struct engine *e, int port, const struct transmit *t, int address, int64_t now)
{
	struct beacon b = { .port = port, .frame = t->frame, .period = t->period, .due = now };
	b.frame.id += t->per_address * (uint32_t)address;
	for (int i = 0; i < e->n_beacons; i++)
		if (e->beacons[i].port == port && same_frame(&e->beacons[i].frame, &b.frame))
			return;
	e->beacons[e->n_beacons++] = b;
}

static unsigned slot_of(const struct engine *e, int port, uint32_t key)
{
	return (uint32_t)((key ^ (uint32_t)port << 24) * UINT32_C(2654435761)) >> (32 - e->slot_bits); /* Knuth's */
}

/* Four slots a route, so that hardly any two meet. */
static bool make_slots(struct engine *e)
{
	for (e->slot_bits = 6; (1 << e->slot_bits) < 4 * e->n_routes; e->slot_bits++)
		;
	e->slots = calloc((size_t)1 << e->slot_bits, sizeof *e->slots);
	if (!e->slots)
		return false;
	for (int i = 0; i < e->n_routes; i++) {
		const struct route *r = &e->routes[i];
		if (i && r[-1].port == r->port && r[-1].key == r->key)
			continue;
		unsigned at = slot_of(e, r->port, r->key);
		while (e->slots[at])
			at = (at + 1) & ((1u << e->slot_bits) - 1);
		e->slots[at] = (uint16_t)(i + 1);
	}
	return true;
}

struct engine *engine_create(const struct settings *s, int64_t now)
{
	struct engine *e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->s = s;
	size_t ages = 0;
	for (int i = 0; i < s->n_packs; i++) {
		ages += s->packs[i].profile->n_frames;
		e->n_routes += add_routes(e, i, NULL);
	}
	e->packs = calloc((size_t)s->n_packs + 1, sizeof *e->packs);
	e->ages = calloc(ages + 1, sizeof *e->ages);
	e->routes = calloc((size_t)e->n_routes + 1, sizeof *e->routes);
	if (!e->packs || !e->ages || !e->routes) {
		engine_destroy(e);
		return NULL;
	}
	struct frame_age *age = e->ages;
	struct route *route = e->routes;
	for (int i = 0; i < s->n_packs; i++) {
		const struct pack_settings *set = &s->packs[i];
		pack_init(&e->packs[i], set, age, now);
		age += set->profile->n_frames;
		route += add_routes(e, i, route);
		for (int t = 0; t < set->profile->n_transmit; t++)
			if (set->transmit[t])
				add_beacon(e, set->port, &set->profile->transmit[t], set->address, now);
	}
	qsort(e->routes, (size_t)e->n_routes, sizeof *e->routes, compare_routes);
	if (!make_slots(e)) {
		engine_destroy(e);
		return NULL;
	}
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
	free(e->routes);
	free(e->slots);
	free(e);
}

static bool same_pack(const struct settings *a, const struct pack_settings *x, const struct settings *b,
                      const struct pack_settings *y)
{
	return !strcmp(a->port_names[x->port], b->port_names[y->port]) && !strcmp(x->profile->id, y->profile->id) &&
	       x->address == y->address;
}

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

static void adopt_pack(struct pack *to, const struct pack *from, int64_t now)
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
		ages[i].ever = true, ages[i].last = now;
}

/* What the governor remembers of packs goes by their index. */
static void adopt_govern(struct engine *e, const struct engine *old, const int to[PACKS_MAX])
{
	struct govern *g = &e->govern;
	*g = old->govern;
	memset(g->guard, 0, sizeof g->guard);
	for (int d = 0; d < 2; d++)
		memset(g->feedback[d].over_since, 0, sizeof g->feedback[d].over_since);
	for (int i = 0; i < old->s->n_packs; i++) {
		if (to[i] < 0)
			continue;
		g->guard[to[i]] = old->govern.guard[i];
		for (int d = 0; d < 2; d++)
			g->feedback[d].over_since[to[i]] = old->govern.feedback[d].over_since[i];
	}
	for (int d = 0; d < 2; d++) {
		const struct feedback_state *f = &old->govern.feedback[d];
		if (f->active && f->pack >= 0)
			g->feedback[d].pack = g->feedback[d].reason.pack = (int16_t)to[f->pack];
	}
}

void engine_adopt(struct engine *e, const struct engine *old)
{
	int to[PACKS_MAX];
	for (int i = 0; i < old->s->n_packs; i++) {
		to[i] = -1;
		for (int k = 0; k < e->s->n_packs; k++) {
			if (!same_pack(old->s, &old->s->packs[i], e->s, &e->s->packs[k]))
				continue;
			to[i] = k;
			adopt_pack(&e->packs[k], &old->packs[i], old->now);
		}
	}
	adopt_govern(e, old, to);
	e->bank = old->bank;
	e->ladder = old->ladder;
	e->verdict = old->verdict;
	for (int k = 0; k < N_LIMIT; k++) {
		struct reason *r = &e->verdict.limit[k].reason;
		r->pack = r->pack >= 0 ? (int16_t)to[r->pack] : -1;
	}
	e->output = old->output;
	e->shown = old->shown;
	e->journal = old->journal;
	e->now = old->now;
	e->next_tick = old->next_tick;
	e->last_step = old->last_step;
	for (int i = 0; i < e->n_beacons; i++)
		for (int k = 0; k < old->n_beacons; k++)
			if (!strcmp(e->s->port_names[e->beacons[i].port], old->s->port_names[old->beacons[k].port]) &&
			    e->beacons[i].frame.id == old->beacons[k].frame.id)
				e->beacons[i].due = old->beacons[k].due;
}

/* The first route of this port and id, or n_routes. */
static int find_route(const struct engine *e, int port, uint32_t key)
{
	unsigned at = slot_of(e, port, key);
	for (; e->slots[at]; at = (at + 1) & ((1u << e->slot_bits) - 1)) {
		const struct route *r = &e->routes[e->slots[at] - 1];
		if (r->port == port && r->key == key)
			return e->slots[at] - 1;
	}
	return e->n_routes;
}

bool engine_frame(struct engine *e, int port, const struct frame *f, int64_t now)
{
	uint32_t key = key_of(f->id, f->ext);
	for (int i = find_route(e, port, key); i < e->n_routes; i++) {
		const struct route *r = &e->routes[i];
		if (r->port != port || r->key != key)
			break;
		if (r->frame == FOREIGN)
			pack_foreign(&e->packs[r->pack], f, now);
		else if (pack_frame(&e->packs[r->pack], r->frame, r->group, f, now))
			e->worse = true;
	}
	return e->worse && e->verdict.valid;
}

int64_t engine_deadline(const struct engine *e)
{
	int64_t deadline = e->next_tick, early = e->last_step + STEP_GAP;
	if (((e->worse && e->verdict.valid) || e->output.pending) && early < deadline)
		deadline = early;
	if (e->patience_ends > e->last_step && e->patience_ends < deadline)
		deadline = e->patience_ends;
	return deadline;
}

static void step_packs(struct engine *e, int64_t now)
{
	struct pack_context c = { .s = e->s, .now = now };
	c.picture = e->ladder.rung != LADDER_WAITING && e->ladder.rung != LADDER_SILENT;
	for (int i = 0; i < e->s->n_packs; i++) {
		pack_refresh(&e->packs[i], e->s, now);
		if (e->packs[i].state != PACK_ONLINE)
			continue;
		c.online++;
		c.bank_capacity += pack_capacity(&e->packs[i]);
	}
	c.has_bank = battery_has(&e->bank, Q_VOLTAGE) && battery_has(&e->bank, Q_CURRENT);
	c.bank_voltage = e->bank.q[Q_VOLTAGE].value;
	c.bank_current = e->bank.q[Q_CURRENT].value;
	for (int i = 0; i < e->s->n_packs; i++)
		if (pack_step(&e->packs[i], &c))
			journal_pack(&e->journal, &e->packs[i], i, now);
}

static bool send(struct engine *e, int port, const struct frame *f)
{
	if (e->n_sent == SEND_MAX)
		return false;
	e->sent[e->n_sent++] = (struct outgoing){ .port = port, .frame = *f };
	return true;
}

static void step_beacons(struct engine *e, int64_t now)
{
	for (int i = 0; i < e->n_beacons; i++) {
		struct beacon *b = &e->beacons[i];
		if (now < b->due || !send(e, b->port, &b->frame))
			continue; /* without room it goes first with the next step: the others have had their turn */
		b->due += b->period;
		if (b->due <= now)
			b->due = now + b->period;
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
	int n = output_step(&e->output, e->s->output_profile, &e->shown, now, frames, OUTPUT_FRAMES_MAX);
	for (int i = 0; i < n; i++)
		send(e, PORT_OUTPUT, &frames[i]);
}

void engine_step(struct engine *e, int64_t now)
{
	const struct settings *s = e->s;
	struct verdict last = e->verdict;
	e->n_sent = 0;
	e->now = now;
	step_packs(e, now);
	if (ladder_step(&e->ladder, s, e->packs, s->n_packs, now))
		journal_ladder(&e->journal, e->ladder.rung, now);
	bank_step(&e->bank, s, e->packs, s->n_packs, e->ladder.rung, now);
	ladder_verdict(&e->ladder, &e->govern, s, e->packs, s->n_packs, now, &last, &e->verdict);
	journal_verdict(&e->journal, &e->verdict, s, now);
	journal_alarms(&e->journal, &e->bank, e->ladder.rung, now);
	step_output(e, now);
	step_beacons(e, now);
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

void engine_output_up(struct engine *e)
{
	output_restart(&e->output);
	e->next_tick = e->now;
}

const struct outgoing *engine_sent(const struct engine *e, int *count)
{
	*count = e->n_sent;
	return e->sent;
}

int engine_wanted(const struct engine *e, int port, struct frame *ids, int max)
{
	int n = 0;
	uint32_t last = 0;
	for (int i = 0; i < e->n_routes; i++) {
		uint32_t key = e->routes[i].key;
		if (e->routes[i].port != port || (n && key == last))
			continue;
		last = key;
		if (n < max)
			ids[n] = (struct frame){ .id = key & CAN_ID_MAX_EXT, .ext = key >> 31 };
		n++;
	}
	return n;
}

const struct event *engine_event(const struct engine *e, uint64_t number)
{
	return journal_get(&e->journal, number);
}

uint64_t engine_event_first(const struct engine *e)
{
	return journal_first(&e->journal);
}

uint64_t engine_event_next(const struct engine *e)
{
	return e->journal.next + 1;
}

const struct settings *engine_settings(const struct engine *e)
{
	return e->s;
}

const struct pack *engine_pack(const struct engine *e, int index)
{
	return index >= 0 && index < e->s->n_packs ? &e->packs[index] : NULL;
}

const struct battery *engine_bank(const struct engine *e)
{
	return &e->bank;
}

const struct battery *engine_shown(const struct engine *e)
{
	return &e->shown;
}

const struct verdict *engine_verdict(const struct engine *e)
{
	return &e->verdict;
}

enum ladder engine_ladder(const struct engine *e)
{
	return e->ladder.rung;
}

int64_t engine_now(const struct engine *e)
{
	return e->now;
}
