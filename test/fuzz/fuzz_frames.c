/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Any frames of any packs at any time through the engine. After every step the model looks at the output; at the end,
 * as the input wishes: the same frames in another order give the same output; one more fault raises no limit; and a
 * bank whose packs are all well again comes back to its full limits.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "rig.h"

#define SECOND         INT64_C(1000000)
#define SETTLE_SECONDS 15
#define FAULT_SECONDS  60
#define ROUNDING       20 /* mA, mV: ramps are rounded at each step, and steps may be made at other times */
#define WELL_SECONDS   600

/* Everyone says again what they said last, but pack `mute` (-1: nobody is mute). */
static void repeat(struct rig *r, int mute)
{
	for (int i = 0; i < r->n_last; i++) {
		struct last l = r->last[i];
		if (l.pack != mute)
			rig_frame(r, l.port, l.pack, &l.frame);
	}
}

/* What goes wrong with a pack from now on: it is silent, alarms, sends empty frames, or strange ones. */
static void fail(struct rig *r, const struct wish *w)
{
	const struct pack_settings *set = &r->settings[r->in_use].packs[w->fault_pack];
	struct saying s = r->saying[w->fault_pack];
	struct frame frames[CYCLE_MAX], strange = { .id = 0x361 };
	int n, port = set->port, alarm_id = r->brand[w->fault_pack] == PYLONTECH ? 0x359 : 0x35A;
	repeat(r, w->fault_kind == 0 || w->fault_kind == 2 ? w->fault_pack : -1);
	s.high_voltage = s.low_voltage = true;
	n = brand_cycle(r->brand[w->fault_pack], (unsigned)set->address, &s, frames);
	for (int i = 0; i < n; i++) {
		bool is_alarm = (int)frames[i].id == alarm_id || frames[i].id == 0x7F4u + (unsigned)set->address;
		if (w->fault_kind == 1 && is_alarm)
			rig_frame(r, port, -1, &frames[i]);
		if (w->fault_kind != 2)
			continue;
		frames[i] = (struct frame){ .id = frames[i].id, .ext = frames[i].ext };
		rig_frame(r, port, -1, &frames[i]);
	}
	if (w->fault_kind == 3)
		rig_frame(r, port, -1, &strange);
}

static bool same_others(const struct rig *a, const struct rig *b, int but)
{
	for (int i = 0; i < a->settings[a->in_use].n_packs; i++)
		if (i != but && engine_pack(a->engine, i)->state != engine_pack(b->engine, i)->state)
			return false;
	return true;
}

static void check_not_above(const struct rig *well, const struct rig *ill, const struct wish *w)
{
	const struct verdict *a = engine_verdict(well->engine), *b = engine_verdict(ill->engine);
	HOLDS(a->valid || !b->valid, "a fault makes it speak");
	for (int k = 0; k < N_LIMIT && b->valid; k++) {
		int64_t up = b->limit[k].value - a->limit[k].value;
		HOLDS((k == LIMIT_LOW_VOLTAGE ? -up : up) <= ROUNDING, "limit %d is %lld, with fault %d of pack %d %lld", k,
		      (long long)a->limit[k].value, w->fault_kind, w->fault_pack, (long long)b->limit[k].value);
	}
}

/* ARCHITECTURE.md: more faults never raise a limit. Two engines from the same input, all packs saying the same again
 * and again; then one pack of the second fails. */
static void check_fault(struct input in, const struct wish *w)
{
	static struct rig rig[2];
	for (int i = 0; i < 2; i++) {
		struct input own = in;
		rig_create(&rig[i], &own, NULL, 0);
		rig_play(&rig[i], in);
		for (int s = 0; s < SETTLE_SECONDS; s++) {
			repeat(&rig[i], -1);
			rig_advance(&rig[i], SECOND);
		}
	}
	int n = rig[0].settings[rig[0].in_use].n_packs;
	bool fits = w->fault_pack < n && engine_pack(rig[0].engine, w->fault_pack)->state == PACK_ONLINE;
	for (int s = 0; s < FAULT_SECONDS && fits; s++) {
		repeat(&rig[0], -1);
		fail(&rig[1], w);
		for (int k = 0; k < 2; k++) {
			rig_advance(&rig[0], SECOND / 2);
			rig_advance(&rig[1], SECOND / 2);
			fits = fits && same_others(&rig[0], &rig[1], w->fault_pack);
			if (fits)
				check_not_above(&rig[0], &rig[1], w);
		}
	}
	rig_destroy(&rig[0]);
	rig_destroy(&rig[1]);
}

static void check_permuted(struct input in, uint64_t hash)
{
	static struct rig r;
	struct input own = in;
	rig_create(&r, &own, NULL, in.size * 2654435761u + 1);
	rig_play(&r, in);
	HOLDS(r.hash == hash, "the same frames in another order give another output");
	rig_destroy(&r);
}

/* Whatever came before: valid frames bring the bank back, to exactly what its packs, caps and C rate allow. */
static void check_recovery(struct rig *r)
{
	const struct settings *s = &r->settings[r->in_use];
	for (int t = 0; t < WELL_SECONDS; t++) {
		for (int i = 0; i < s->n_packs; i++) {
			r->saying[i] = healthy;
			rig_cycle(r, i);
		}
		rig_advance(r, SECOND);
	}
	for (int i = 0; i < s->n_packs; i++)
		HOLDS(engine_pack(r->engine, i)->state == PACK_ONLINE, "pack %d is well and %s: %s", i,
		      pack_state_names[engine_pack(r->engine, i)->state], engine_pack(r->engine, i)->why);
	HOLDS(r->model->told.at != NEVER && r->now - r->model->told.at <= 2 * SECOND, "all is well and nothing is sent");
	/* JK's unproven limits, said and then no longer, stay: CVL as it was, CCL as 0 A */
	for (int i = 0; i < s->n_packs; i++)
		if (r->brand[i] == JK && (r->model->pack[i].said[LIMIT_CCL].once || r->model->pack[i].said[LIMIT_CVL].once))
			return;
	for (int k = 0; k < LIMIT_LOW_VOLTAGE; k++) {
		int64_t bound = model_bound(r->model, r->engine, (enum limit_kind)k, r->now);
		HOLDS(r->model->told.value[k] == bound / 100 * 100, "all is well: limit %d is %lld, it should be %lld", k,
		      (long long)r->model->told.value[k], (long long)bound);
	}
}

static void check_events(const struct engine *e)
{
	uint64_t first = engine_event_first(e), next = engine_event_next(e);
	for (uint64_t n = first; first && n < next; n++) {
		const struct event *v = engine_event(e, n);
		HOLDS(v && v->number == n && strnlen(v->text, EVENT_TEXT_MAX) < EVENT_TEXT_MAX, "event %llu is not there",
		      (unsigned long long)n);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig r;
	static struct model model;
	struct input in = { data, size }, own = in;
	if (size < 5)
		return 0;
	struct wish w = rig_create(&r, &own, &model, 0);
	rig_play(&r, in);
	check_events(r.engine);
	if (w.permute)
		check_permuted(in, r.hash);
	if (w.fault)
		check_fault(in, &w);
	if (w.recover)
		check_recovery(&r);
	rig_destroy(&r);
	return 0;
}
