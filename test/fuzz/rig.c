/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Bytes to what happens: settings, frames of packs, any other frames, time that passes, reloads. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "config/profile.h"
#include "fuzz.h"

#define SECOND INT64_C(1000000)

static struct profile *profiles[N_BRAND], *output;

static void load_profiles(void)
{
	static const char *const file[N_BRAND] = { "can-profiles/victron.yaml", "can-profiles/pylontech.yaml",
		                                   "can-profiles/byd-lv.yaml", "can-profiles/jk-native-v2.yaml" };
	struct problems problems = { 0 };
	for (int b = 0; b < N_BRAND && !output; b++)
		profiles[b] = profile_load_file(file[b], &problems);
	output = output ? output : profile_output(&problems);
	if (problems.errors) {
		problems_print(&problems, stderr);
		fuzz_fail(__FILE__, __LINE__, "no profiles: is this the top directory?");
	}
	problems_free(&problems);
}

static const struct layout {
	int n;
	struct {
		enum brand brand;
		int port, address;
	} pack[5];
} layouts[] = {
	{ 2, { { PYLONTECH, 0, 0 }, { BYD, 1, 0 } } },
	{ 3, { { PYLONTECH, 0, 0 }, { JK, 1, 1 }, { JK, 1, 2 } } },
	{ 5, { { VICTRON, 0, 0 }, { BYD, 1, 0 }, { PYLONTECH, 2, 0 }, { JK, 3, 0 }, { JK, 3, 11 } } },
	{ 1, { { VICTRON, 0, 0 } } },
	{ 4, { { JK, 0, 0 }, { JK, 0, 1 }, { JK, 1, 0 }, { JK, 1, 5 } } },
	{ 2, { { PYLONTECH, 0, 0 }, { JK, 0, 3 } } }, /* two dialects on one bus */
	{ 1, { { PYLONTECH, 0, 0 } } },
	{ 2, { { JK, 0, 0 }, { JK, 0, 1 } } },
};

static void give(struct bound *b, int64_t value)
{
	*b = (struct bound){ true, value };
}

static void set_pack(struct pack_settings *p, const struct layout *l, int i, uint8_t flags)
{
	enum brand b = l->pack[i].brand;
	snprintf(p->name, sizeof p->name, "%c", 'A' + i);
	p->profile = profiles[b];
	p->port = l->pack[i].port;
	p->address = l->pack[i].address;
	p->cells = b == PYLONTECH ? 15 : 16;
	p->chemistry = CHEM_LFP;
	if (b == PYLONTECH || !(flags & 0x80))
		give(&p->capacity, 100000);
	if (b == JK || flags & 0x02) {
		give(&p->limits.cvl, p->cells * 3500);
		give(&p->limits.ccl, 80000);
		give(&p->limits.dcl, 120000);
		give(&p->limits.low_voltage, p->cells * 2900);
	}
	if (i == 0 && flags & 0x20) {
		give(&p->override[Q_CCL], 30000);
		give(&p->override[Q_CHARGE_ENABLED], 1);
	}
	for (int t = 0; t < p->profile->n_transmit; t++)
		p->transmit[t] = p->profile->transmit[t].on;
}

/* The defaults of the config, but shorter quarantines and a quicker charge voltage. */
static void set_all(struct settings *s, const struct layout *l, uint8_t flags, uint8_t more)
{
	*s = (struct settings){
		.chemistry = CHEM_LFP, .c_rate_max = more & 0x40 ? 50 : 300, .cell_guard = !(flags & 0x10),
		.tick = 500000, .lost = 10 * SECOND, .gone = 600 * SECOND, .start_wait = 30 * SECOND,
		.discharge_hold = 60 * SECOND, .give_up = 300 * SECOND,
		.on_lost = flags & 0x04 ? LOST_STOP : LOST_CONTINUE, .emergency_discharge = more & 0x10 ? 15000 : 0,
		.quarantine = 5 * SECOND, .quarantine_max = 20 * SECOND, .rejoin_voltage = 100, .rejoin_current = 25,
		.raise_hold = 30 * SECOND, .raise_current = 5000, .raise_percent = 500, .raise_voltage = 800,
		.feedback_margin = 1000, .feedback_percent = 200, .feedback_time = 2 * SECOND, .feedback_hold = 60 * SECOND,
		.feedback_step = 5 * SECOND, .output_profile = output, .output_name = "bank",
		.output_manufacturer = "battagg", .output_serial = "1", .output_family = "battagg",
		.output_firmware = "1.2", .estimate_cells = flags & 0x40,
	};
	s->n_packs = l->n - (more & 0x80 && l->n > 1);
	s->min_packs = flags & 0x08 && s->n_packs > 1 ? 2 : 1;
	for (int i = 0; i < s->n_packs; i++) {
		set_pack(&s->packs[i], l, i, flags);
		if (l->pack[i].port >= s->n_ports)
			s->n_ports = l->pack[i].port + 1;
	}
	for (int i = 0; i < s->n_ports; i++)
		snprintf(s->port_names[i], sizeof s->port_names[i], "can%d", i);
	if (flags & 0x01) {
		give(&s->limits.cvl, 55000);
		give(&s->limits.ccl, 60000);
		give(&s->limits.dcl, 90000);
		give(&s->limits.low_voltage, 46000);
	}
}

static uint8_t take(struct input *in)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++;
}

static uint16_t take16(struct input *in)
{
	uint16_t low = take(in);
	return (uint16_t)(low | take(in) << 8);
}

struct wish rig_create(struct rig *r, struct input *in, struct model *model, uint64_t shuffle)
{
	memset(r, 0, sizeof *r);
	load_profiles();
	const struct layout *l = &layouts[take(in) % (sizeof layouts / sizeof *layouts)];
	uint8_t flags = take(in), more = take(in), fault = take(in);
	set_all(&r->settings[0], l, flags, more);
	r->now = 1000 * SECOND + 123456;
	r->hash = UINT64_C(0xCBF29CE484222325);
	r->shuffle = shuffle;
	r->model = model;
	if (model)
		model_init(model, &r->settings[0], r->now);
	for (int i = 0; i < l->n; i++) {
		r->brand[i] = l->pack[i].brand;
		r->saying[i] = healthy;
		if (model)
			model_pack_init(&model->pack[i], r->brand[i], l->pack[i].port, (unsigned)l->pack[i].address);
	}
	r->engine = engine_create(&r->settings[0], r->now);
	if (!r->engine)
		exit(2);
	return (struct wish){ .permute = more & 0x01, .fault = more & 0x02, .recover = more & 0x04,
		              .fault_kind = fault & 3, .fault_pack = (uint8_t)((fault >> 2) % r->settings[0].n_packs) };
}

void rig_destroy(struct rig *r)
{
	engine_destroy(r->engine);
}

static void mix(struct rig *r, uint64_t value)
{
	r->hash = (r->hash ^ value) * UINT64_C(0x100000001B3);
	r->hash ^= r->hash >> 29;
}

/* For people: FUZZ_TRACE=1 tells every step. */
static void trace(const struct rig *r)
{
	const struct verdict *v = engine_verdict(r->engine);
	if (!getenv("FUZZ_TRACE"))
		return;
	fprintf(stderr, "%s %lld.%06lld %-9s %d", r->model ? "step" : "other", (long long)(r->now / SECOND),
	        (long long)(r->now % SECOND), ladder_names[engine_ladder(r->engine)], v->valid);
	for (int k = 0; k < N_LIMIT; k++)
		fprintf(stderr, " %lld", (long long)v->limit[k].value);
	for (int i = 0; i < r->settings[r->in_use].n_packs; i++)
		fprintf(stderr, " | %s %s", pack_state_names[engine_pack(r->engine, i)->state], engine_pack(r->engine, i)->why);
	fputc('\n', stderr);
}

static void step(struct rig *r)
{
	unsigned long before = allocations();
	int n;
	engine_step(r->engine, r->now);
	HOLDS(allocations() == before, "a step asks for memory");
	HOLDS(engine_deadline(r->engine) > r->now, "the next step is due at once");
	r->steps++;
	const struct outgoing *sent = engine_sent(r->engine, &n);
	for (int i = 0; i < n; i++) {
		uint64_t word;
		memcpy(&word, sent[i].frame.data, sizeof word);
		mix(r, (uint64_t)r->now);
		mix(r, (uint64_t)(unsigned)sent[i].port << 32 | sent[i].frame.id);
		mix(r, word);
	}
	trace(r);
	if (r->model)
		model_step(r->model, r->engine, r->now);
}

static int compare_ids(const struct last *a, const struct last *b)
{
	if (a->port != b->port)
		return a->port - b->port;
	if (a->frame.ext != b->frame.ext)
		return a->frame.ext - b->frame.ext;
	return a->frame.id < b->frame.id ? -1 : a->frame.id > b->frame.id;
}

/* Frames of one id keep their order among themselves; all else is free. */
static void shuffle_queue(struct rig *r)
{
	for (int i = 0; i < r->queued * 8; i++) {
		int a = (int)(fuzz_random(&r->shuffle) % (unsigned)r->queued);
		if (a + 1 >= r->queued || !compare_ids(&r->queue[a], &r->queue[a + 1]))
			continue;
		struct last keep = r->queue[a];
		r->queue[a] = r->queue[a + 1];
		r->queue[a + 1] = keep;
	}
}

static void remember(struct rig *r, const struct last *q)
{
	for (int i = 0; i < r->n_last; i++) {
		if (compare_ids(&r->last[i], q))
			continue;
		r->last[i].frame = q->frame;
		return;
	}
	if (q->pack >= 0 && r->n_last < LAST_MAX)
		r->last[r->n_last++] = *q;
}

/* All that was queued arrives now; then what is due is done, as the daemon does after a batch. */
static void flush(struct rig *r)
{
	unsigned long before = allocations();
	bool worse = false;
	if (r->shuffle && r->queued)
		shuffle_queue(r);
	for (int i = 0; i < r->queued; i++) {
		const struct last *q = &r->queue[i];
		worse = engine_frame(r->engine, q->port, &q->frame, r->now) || worse;
		if (r->model)
			model_frame(r->model, q->port, &q->frame, r->now);
		remember(r, q);
	}
	r->queued = 0;
	HOLDS(allocations() == before, "frames ask for memory");
	if (worse && engine_deadline(r->engine) <= r->now)
		step(r);
}

void rig_frame(struct rig *r, int port, int pack, const struct frame *f)
{
	if (r->queued == QUEUE_MAX)
		flush(r);
	r->queue[r->queued++] = (struct last){ port, pack, *f };
}

void rig_cycle(struct rig *r, int pack)
{
	const struct pack_settings *set = &r->settings[r->in_use].packs[pack];
	struct frame frames[CYCLE_MAX];
	int n = brand_cycle(r->brand[pack], (unsigned)set->address, &r->saying[pack], frames);
	for (int i = 0; i < n && !r->saying[pack].silent; i++)
		rig_frame(r, set->port, pack, &frames[i]);
}

/* Time passes and every step is made when it is due. */
void rig_advance(struct rig *r, int64_t us)
{
	int64_t to = r->now + us;
	flush(r);
	while (engine_deadline(r->engine) <= to) {
		int64_t due = engine_deadline(r->engine);
		r->now = due > r->now ? due : r->now;
		step(r);
	}
	r->now = to;
}

/* Time passes and nobody makes a step: a suspended machine. */
static void jump(struct rig *r, int64_t us)
{
	flush(r);
	r->now += us;
	step(r);
}

static void reload(struct rig *r, const struct layout *l, uint8_t flags, uint8_t more)
{
	flush(r);
	struct settings *s = &r->settings[!r->in_use];
	int before = r->settings[r->in_use].n_packs;
	set_all(s, l, flags, more);
	struct engine *fresh = engine_create(s, r->now);
	if (!fresh)
		exit(2);
	engine_adopt(fresh, r->engine);
	engine_destroy(r->engine);
	r->engine = fresh;
	r->in_use = !r->in_use;
	if (!r->model)
		return;
	r->model->s = s;
	for (int i = before; i < s->n_packs; i++)
		model_pack_init(&r->model->pack[i], r->brand[i], s->packs[i].port, (unsigned)s->packs[i].address);
}

static void change_saying(struct saying *s, uint8_t which, uint16_t v)
{
	switch (which % 18) {
	case 0: s->voltage = 4000 + v % 2000; break;
	case 1: s->current = v % 6000 - 3000; break;
	case 2: s->soc = v % 101; break;
	case 3: s->cvl = v; break;
	case 4: s->cvl = 480 + v % 120; break;
	case 5: s->ccl = v; break;
	case 6: s->ccl = v % 3000; break;
	case 7: s->dcl = v; break;
	case 8: s->dcl = v % 3000; break;
	case 9: s->low = 400 + v % 80; break;
	case 10: s->cell_max = 3000 + v % 800; break;
	case 11: s->cell_min = 2500 + v % 900; break;
	case 12: s->high_voltage = v & 1; break;
	case 13: s->low_voltage = v & 1; break;
	case 14: s->may_charge = v & 1; break;
	case 15: s->may_discharge = v & 1; break;
	case 16: s->capacity = 1 + v % 500; break;
	default: s->silent = v & 1; break;
	}
}

/* A frame of the profile's ids with any content. */
static void any_frame_of(struct rig *r, int pack, struct input *in)
{
	const struct pack_settings *set = &r->settings[r->in_use].packs[pack];
	uint8_t index = take(in), len = take(in);
	const struct profile *p = set->profile;
	const struct profile_frame *pf = &p->frames[index % p->n_frames];
	unsigned groups = (unsigned)(pf->group_max - pf->group_min + 1);
	unsigned group = (unsigned)pf->group_min + index / p->n_frames % groups;
	struct frame f = { .ext = pf->ext, .len = len & 0x80 ? 8 : len % 9 };
	f.id = pf->id + group * pf->per_group + (unsigned)set->address * pf->per_address;
	for (unsigned i = 0; i < f.len; i++)
		f.data[i] = take(in);
	rig_frame(r, set->port, pack, &f);
}

/* A frame as it should be, but for one byte or its length. */
static void changed_frame_of(struct rig *r, int pack, struct input *in)
{
	const struct pack_settings *set = &r->settings[r->in_use].packs[pack];
	struct frame frames[CYCLE_MAX];
	int n = brand_cycle(r->brand[pack], (unsigned)set->address, &r->saying[pack], frames);
	uint8_t where = take(in);
	struct frame *f = &frames[(where & 15) % n];
	uint8_t at = where >> 4, value = take(in);
	if (at < 8) {
		f->data[at] = value;
	} else {
		f->len = (uint8_t)(value % 9);
		memset(f->data + f->len, 0, 8u - f->len);
	}
	if (at < 8 && f->len <= at)
		f->len = (uint8_t)(at + 1);
	rig_frame(r, set->port, pack, f);
}

static void any_frame(struct rig *r, struct input *in)
{
	int port = take(in) % r->settings[r->in_use].n_ports;
	uint8_t shape = take(in);
	struct frame f = { .ext = shape & 0x80, .len = (uint8_t)((shape & 0x7F) % 9) };
	f.id = take16(in);
	f.id = f.ext ? (f.id | (uint32_t)take16(in) << 16) & CAN_ID_MAX_EXT : f.id & CAN_ID_MAX_STD;
	for (unsigned i = 0; i < f.len; i++)
		f.data[i] = take(in);
	rig_frame(r, port, -1, &f);
}

static void something_else(struct rig *r, const struct layout *l, struct input *in)
{
	static const int64_t gaps[8] = { SECOND, 11 * SECOND, 61 * SECOND, 301 * SECOND, 601 * SECOND, 3600 * SECOND,
		                         86400 * SECOND, 50 * 86400 * SECOND };
	uint8_t what = take(in);
	switch (what % 4) {
	case 0: jump(r, gaps[what / 4 % 8]); break;
	case 1:
		flush(r);
		engine_output_up(r->engine);
		break;
	case 2: {
		uint8_t flags = take(in);
		reload(r, l, flags, take(in));
		break;
	}
	default:
		flush(r);
		step(r); /* one more than is due */
		break;
	}
}

static void act(struct rig *r, const struct layout *l, struct input *in)
{
	static const int64_t passes[16] = { 0, 1000, 20000, 99999, 100000, 250000, 500000, SECOND, 2 * SECOND, 4 * SECOND,
		                            5 * SECOND + 1, 10 * SECOND, 11 * SECOND, 31 * SECOND, 61 * SECOND,
		                            301 * SECOND };
	const struct settings *s = &r->settings[r->in_use];
	uint8_t op = take(in);
	int pack = op / 8 % s->n_packs;
	switch (op % 8) {
	case 0: rig_cycle(r, pack); break;
	case 1:
		for (int seconds = op / 8; seconds >= 0; seconds--) {
			for (int i = 0; i < s->n_packs; i++)
				rig_cycle(r, i);
			rig_advance(r, SECOND);
		}
		break;
	case 2: any_frame_of(r, pack, in); break;
	case 3: changed_frame_of(r, pack, in); break;
	case 4: rig_advance(r, passes[op / 8 % 16]); break;
	case 5: any_frame(r, in); break;
	case 6: {
		uint8_t which = take(in);
		change_saying(&r->saying[pack], which, take16(in));
		break;
	}
	default: something_else(r, l, in); break;
	}
}

void rig_play(struct rig *r, struct input in)
{
	const struct layout *l = &layouts[take(&in) % (sizeof layouts / sizeof *layouts)];
	take(&in);
	take16(&in);
	while (in.size && r->steps < STEPS_MAX)
		act(r, l, &in);
	rig_advance(r, 0);
}
