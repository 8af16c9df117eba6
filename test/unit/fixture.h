/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Small profiles and settings made by hand, without YAML, and a bank of packs to play frames to. */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/engine.h"

#define SEC INT64_C(1000000)
#define MS  INT64_C(1000)

#define DIALECT_FRAMES 24
#define DIALECT_FIELDS 96

struct dialect {
	struct profile p;
	struct profile_frame frames[DIALECT_FRAMES];
	struct field fields[DIALECT_FIELDS];
};

static inline struct place bytes(unsigned first, unsigned n)
{
	return (struct place){ .end = (uint8_t)(first + n), .bits = (uint8_t)(8 * n), .shift = (uint8_t)(8 * first) };
}

static inline struct place bits_at(unsigned byte, unsigned bit, unsigned n)
{
	return (struct place){ .end = (uint8_t)(byte + 1), .bits = (uint8_t)n, .shift = (uint8_t)(8 * byte + bit) };
}

static inline void dialect_start(struct dialect *d, const char *id)
{
	memset(d, 0, sizeof *d);
	snprintf(d->p.id, sizeof d->p.id, "%s", id);
	d->p.status = STATUS_VERIFIED;
	d->p.frames = d->frames;
	d->p.fields = d->fields;
	d->p.hash = 1;
}

static inline struct profile_frame *add_frame(struct dialect *d, uint32_t id)
{
	struct profile_frame *f = &d->frames[d->p.n_frames++];
	*f = (struct profile_frame){ .id = id, .dlc = 8, .period = SEC, .stale = 5 * SEC, .send = SEC,
		                     .first_field = d->p.n_fields };
	return f;
}

static inline struct field *add_field(struct dialect *d, enum field_kind kind, unsigned target, struct place place)
{
	struct field *f = &d->fields[d->p.n_fields++];
	*f = (struct field){ .kind = (uint8_t)kind, .target = (uint8_t)target, .place = place, .num = 1, .den = 1 };
	d->frames[d->p.n_frames - 1].n_fields++;
	if (kind == FIELD_QUANTITY)
		d->p.has_quantity |= UINT64_C(1) << target;
	if (kind == FIELD_ALARM) {
		d->p.has_alarm |= UINT64_C(1) << target;
		f->gathers = UINT64_C(1) << target;
	}
	return f;
}

/* raw * num = internal steps */
static inline struct field *add_number(struct dialect *d, enum quantity q, unsigned first, unsigned n, bool is_signed,
                                       int64_t num)
{
	struct field *f = add_field(d, FIELD_QUANTITY, q, bytes(first, n));
	f->format = is_signed ? FORMAT_SIGNED : FORMAT_UNSIGNED;
	f->num = num;
	return f;
}

static inline void absent(struct field *f, uint64_t raw)
{
	f->absent[f->n_absent++] = raw;
}

/* Two bits: 01 active, 10 ok, 00 and 11 unsupported, as in 0x35A. */
static inline struct field *add_pair(struct dialect *d, enum alarm a, enum alarm_part part, unsigned byte, unsigned bit)
{
	struct field *f = add_field(d, FIELD_ALARM, a, bits_at(byte, bit, 2));
	f->part = part;
	f->n_map = 4;
	f->map[0] = (struct map_entry){ 0, SAYS_UNSUPPORTED };
	f->map[1] = (struct map_entry){ 1, SAYS_ACTIVE };
	f->map[2] = (struct map_entry){ 2, SAYS_OK };
	f->map[3] = (struct map_entry){ 3, SAYS_UNSUPPORTED };
	return f;
}

static inline struct field *add_text(struct dialect *d, enum text t, unsigned at, unsigned n, unsigned whole)
{
	struct field *f = add_field(d, FIELD_TEXT, t, bytes(0, n));
	f->format = FORMAT_ASCII;
	f->text_at = (uint8_t)at;
	f->text_len = (uint8_t)whole;
	return f;
}

/* Frames of the plain dialect, in this order. */
enum { F_LIMITS, F_SOC, F_POWER, F_ALARMS, F_CELLS, F_SWITCHES, F_SILENT, F_MAKER, F_SERIAL_1, F_SERIAL_2, F_ARRAY,
       F_CAPACITY, N_PLAIN };

/*
 * The Victron dialect in small: 0x351, 0x355, 0x356 required; 0x35A with the first two alarms and contactor; cells in
 * 0x373 and one by one in 0x400 to 0x403; switches in 0x360; 0x7F4 only comes while a cell is too low (2 s).
 */
static inline void plain_dialect(struct dialect *d)
{
	dialect_start(d, "plain");
	struct profile_frame *f = add_frame(d, 0x351);
	f->required = f->urgent = true;
	add_number(d, Q_CVL, 0, 2, false, 100);
	absent(add_number(d, Q_CCL, 2, 2, true, 100), 0x8000);
	absent(add_number(d, Q_DCL, 4, 2, true, 100), 0x8000);
	absent(add_number(d, Q_LOW_VOLTAGE, 6, 2, false, 100), 0);
	add_frame(d, 0x355)->required = true;
	absent(add_number(d, Q_SOC, 0, 2, false, 100), 0xFFFF);
	add_number(d, Q_SOH, 2, 2, false, 100);
	add_frame(d, 0x356)->required = true;
	absent(add_number(d, Q_VOLTAGE, 0, 2, true, 10), 0x8000);
	absent(add_number(d, Q_CURRENT, 2, 2, true, 100), 0x8000);
	absent(add_number(d, Q_TEMPERATURE, 4, 2, true, 1), 0x8000);
	add_frame(d, 0x35A)->urgent = true;
	add_pair(d, AL_HIGH_VOLTAGE, PART_ALARM, 0, 2);
	add_pair(d, AL_LOW_VOLTAGE, PART_ALARM, 0, 4);
	add_pair(d, AL_CONTACTOR, PART_ALARM, 2, 2);
	add_pair(d, AL_INTERNAL_FAILURE, PART_ALARM, 2, 6);
	add_pair(d, AL_HIGH_VOLTAGE, PART_WARNING, 4, 2);
	add_pair(d, AL_INTERNAL_FAILURE, PART_WARNING, 6, 6);
	add_frame(d, 0x373);
	absent(add_number(d, Q_CELL_VOLTAGE_MIN, 0, 2, false, 1), 0);
	absent(add_number(d, Q_CELL_VOLTAGE_MAX, 2, 2, false, 1), 0);
	absent(add_number(d, Q_CELL_VOLTAGE_MAX_NO, 4, 1, false, 1), 0);
	add_frame(d, 0x360);
	add_field(d, FIELD_QUANTITY, Q_CHARGE_ENABLED, bits_at(0, 0, 1));
	add_field(d, FIELD_QUANTITY, Q_DISCHARGE_ENABLED, bits_at(0, 1, 1));
	f = add_frame(d, 0x7F4);
	f->absent_ok = true;
	f->stale = 2 * SEC;
	add_field(d, FIELD_ALARM, AL_LOW_CELL_VOLTAGE, bits_at(0, 0, 1));
	add_frame(d, 0x35E);
	add_text(d, TEXT_MANUFACTURER, 0, 8, 8);
	add_frame(d, 0x380);
	add_text(d, TEXT_SERIAL, 0, 8, 16);
	add_frame(d, 0x381);
	add_text(d, TEXT_SERIAL, 8, 8, 16);
	f = add_frame(d, 0x400);
	f->per_group = 1;
	f->group_max = 3;
	struct field *cells = add_field(d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(0, 2));
	cells->first = 1;
	cells->per_group = cells->count = 4;
	absent(cells, 0);
	add_frame(d, 0x379);
	absent(add_number(d, Q_CAPACITY, 0, 2, false, 1000), 0xFFFF);
}

/* What a GX is told: the frames that matter here. */
static inline void output_dialect(struct dialect *d)
{
	dialect_start(d, "victron");
	add_frame(d, 0x35E);
	add_text(d, TEXT_MANUFACTURER, 0, 8, 8);
	add_frame(d, 0x351)->urgent = true;
	add_number(d, Q_CVL, 0, 2, false, 100);
	absent(add_number(d, Q_CCL, 2, 2, true, 100), 0x8000);
	absent(add_number(d, Q_DCL, 4, 2, true, 100), 0x8000);
	absent(add_number(d, Q_LOW_VOLTAGE, 6, 2, false, 100), 0);
	add_frame(d, 0x355);
	add_number(d, Q_SOC, 0, 2, false, 100);
	add_number(d, Q_SOH, 2, 2, false, 100);
	add_number(d, Q_SOC, 4, 2, false, 1);
	add_frame(d, 0x356);
	absent(add_number(d, Q_VOLTAGE, 0, 2, true, 10), 0x8000);
	absent(add_number(d, Q_CURRENT, 2, 2, true, 100), 0x8000);
	absent(add_number(d, Q_TEMPERATURE, 4, 2, true, 1), 0x8000);
	add_frame(d, 0x35A)->urgent = true;
	add_pair(d, AL_HIGH_VOLTAGE, PART_ALARM, 0, 2);
	add_pair(d, AL_LOW_VOLTAGE, PART_ALARM, 0, 4)->gathers |= UINT64_C(1) << AL_LOW_CELL_VOLTAGE;
	add_pair(d, AL_CONTACTOR, PART_ALARM, 2, 2);
	add_pair(d, AL_INTERNAL_FAILURE, PART_ALARM, 2, 6);
	add_pair(d, AL_HIGH_VOLTAGE, PART_WARNING, 4, 2);
	add_pair(d, AL_INTERNAL_FAILURE, PART_WARNING, 6, 6);
	add_frame(d, 0x372);
	add_number(d, Q_MODULES_ONLINE, 0, 2, false, 1);
	add_number(d, Q_MODULES_BLOCKING_CHARGE, 2, 2, false, 1);
	add_number(d, Q_MODULES_BLOCKING_DISCHARGE, 4, 2, false, 1);
	add_number(d, Q_MODULES_OFFLINE, 6, 2, false, 1);
	add_frame(d, 0x373);
	absent(add_number(d, Q_CELL_VOLTAGE_MIN, 0, 2, false, 1), 0);
	absent(add_number(d, Q_CELL_VOLTAGE_MAX, 2, 2, false, 1), 0);
}

/* The design's defaults (sections 5 and 6), packs A, B, C... of 100 Ah and 16 LFP cells, each on a port of its own. */
static inline void plain_settings(struct settings *s, int packs, const struct profile *in, const struct profile *out)
{
	memset(s, 0, sizeof *s);
	for (int i = 0; i < packs; i++) {
		struct pack_settings *p = &s->packs[s->n_packs++];
		if (s->n_ports < PORTS_MAX)
			snprintf(s->port_names[s->n_ports++], sizeof s->port_names[0], "can%d", i);
		snprintf(p->name, sizeof p->name, "%c", 'A' + i);
		p->profile = in;
		p->port = i < PORTS_MAX ? i : PORTS_MAX - 1;
		p->cells = 16;
		p->capacity = (struct bound){ true, 100000 };
		p->chemistry = CHEM_LFP;
	}
	s->chemistry = CHEM_LFP;
	s->c_rate_max = 300;
	s->cell_guard = true;
	s->curve_reopen = 500;
	s->share_time = 600 * SEC;
	s->share_above = 10;
	s->share_least = 5000;
	s->share_most = 20000;
	s->tick = 500 * MS;
	s->lost = 10 * SEC;
	s->gone = 600 * SEC;
	s->start_wait = 30 * SEC;
	s->discharge_hold = 60 * SEC;
	s->give_up = 300 * SEC;
	s->min_packs = 1;
	s->quarantine = 30 * SEC;
	s->quarantine_max = 600 * SEC;
	s->rejoin_voltage = 100;
	s->rejoin_current = 25;
	s->raise_hold = 30 * SEC;
	s->raise_current = 5000;
	s->raise_percent = 500;
	s->raise_voltage = 80;
	s->feedback_margin = 1000;
	s->feedback_percent = 200;
	s->feedback_time = 2 * SEC;
	s->feedback_hold = 60 * SEC;
	s->feedback_step = 5 * SEC;
	s->soc = (struct soc_settings){ .guard = 1000, .slew = 200, .hold_full = 10000, .efficiency = 9800, .full_current = 5,
		                        .full_time = 60 * SEC };
	s->output_profile = out;
	snprintf(s->output_name, sizeof s->output_name, "House bank");
	snprintf(s->output_manufacturer, sizeof s->output_manufacturer, "battagg");
}

static inline struct frame make_frame(uint32_t id, unsigned len, const uint8_t data[8])
{
	struct frame f = { .id = id, .len = (uint8_t)len };
	if (len)
		memcpy(f.data, data, len);
	return f;
}
#define FRAME(id, ...) \
	make_frame(id, sizeof((const uint8_t[]){ __VA_ARGS__ }), (const uint8_t[8]){ __VA_ARGS__ })

static inline void put16(uint8_t *at, int value)
{
	at[0] = (uint8_t)(value & 0xFF);
	at[1] = (uint8_t)(value >> 8 & 0xFF);
}

static inline struct frame words4(uint32_t id, int a, int b, int c, int d)
{
	struct frame f = { .id = id, .len = 8 };
	put16(f.data, a);
	put16(f.data + 2, b);
	put16(f.data + 4, c);
	put16(f.data + 6, d);
	return f;
}

/* What a pack of the plain dialect says, in the units of its frames. */
struct says {
	bool mute;
	int cvl, ccl, dcl, low; /* 0.1 V, 0.1 A */
	int soc, soh;           /* % */
	int voltage;            /* 0.01 V */
	int current;            /* 0.1 A */
	int temperature;        /* 0.1 degC */
	int cell_min, cell_max; /* mV; 0 = not sent */
	unsigned char alarms[8];
	bool low_cell; /* 0x7F4 comes */
};
static inline struct says healthy(void)
{
	return (struct says){ .cvl = 560, .ccl = 1000, .dcl = 1200, .low = 480, .soc = 50, .soh = 99, .voltage = 5300,
		              .temperature = 200, .cell_min = 3300, .cell_max = 3320,
		              .alarms = { 0xA8, 0xAA, 0xAA, 0x02, 0xA8, 0xAA, 0xAA, 0x02 } };
}

/* A bank under test: what each pack says is said each 500 ms (its frames), and the engine stepped as it asks for. */
struct bench {
	struct dialect in, out;
	struct settings s;
	struct engine *e;
	struct says says[PACKS_MAX];
	int64_t now, next_frames;
	uint64_t sent;           /* output frames so far */
	bool have_351;
	struct frame last[0x800]; /* newest sent of each 11-bit id; len 0 = none */
	int64_t last_at[0x800];
};

static inline void bench_start(struct bench *b, int packs)
{
	memset(b, 0, sizeof *b);
	plain_dialect(&b->in);
	output_dialect(&b->out);
	plain_settings(&b->s, packs, &b->in.p, &b->out.p);
	b->now = b->next_frames = 100 * SEC;
	for (int i = 0; i < packs; i++)
		b->says[i] = healthy();
}

static inline void bench_stop(struct bench *b)
{
	engine_destroy(b->e);
	b->e = NULL;
}

static inline void say_all(struct bench *b, int i)
{
	const struct says *w = &b->says[i];
	int port = b->s.packs[i].port;
	struct frame alarms_frame = make_frame(0x35A, 8, w->alarms);
	struct frame f[] = { words4(0x351, w->cvl, w->ccl, w->dcl, w->low), words4(0x355, w->soc, w->soh, 0, 0),
		             words4(0x356, w->voltage, w->current, w->temperature, 0), alarms_frame,
		             words4(0x373, w->cell_min, w->cell_max, 0, 0) };
	for (size_t k = 0; k < sizeof f / sizeof *f; k++)
		engine_frame(b->e, port, &f[k], b->now);
	if (w->low_cell) {
		struct frame low = FRAME(0x7F4, 1);
		engine_frame(b->e, port, &low, b->now);
	}
}

static inline void bench_step(struct bench *b)
{
	int n;
	engine_step(b->e, b->now);
	const struct outgoing *out = engine_sent(b->e, &n);
	for (int i = 0; i < n; i++) {
		if (out[i].port != PORT_OUTPUT)
			continue;
		b->sent++;
		b->last[out[i].frame.id & 0x7FF] = out[i].frame;
		b->last_at[out[i].frame.id & 0x7FF] = b->now;
	}
}

/* Plays until `until`: frames each 500 ms just before the tick, steps when they are due. */
static inline void bench_until(struct bench *b, int64_t until)
{
	if (!b->e) {
		b->e = engine_create(&b->s, b->now);
		assert_non_null(b->e);
	}
	while (b->now <= until) {
		if (b->now >= b->next_frames) {
			for (int i = 0; i < b->s.n_packs; i++)
				if (!b->says[i].mute)
					say_all(b, i);
			b->next_frames += 500 * MS;
		}
		if (b->now >= engine_deadline(b->e))
			bench_step(b);
		int64_t next = engine_deadline(b->e);
		next = next < b->next_frames ? next : b->next_frames;
		b->now = next > b->now ? next : b->now + MS;
	}
	b->now = until;
}

static inline void bench_run(struct bench *b, int64_t us)
{
	bench_until(b, b->now + us);
}

static inline int64_t limit_now(const struct bench *b, enum limit_kind k)
{
	return engine_verdict(b->e)->limit[k].value;
}

static inline enum reason_code reason_now(const struct bench *b, enum limit_kind k)
{
	return engine_verdict(b->e)->limit[k].reason.code;
}

static inline enum pack_state state_of(const struct bench *b, int i)
{
	return engine_pack(b->e, i)->state;
}

/* Word `at` (0 to 3) of the newest output frame of this id. */
static inline int told(const struct bench *b, unsigned id, unsigned at)
{
	const struct frame *f = &b->last[id];
	assert_int_equal(f->len, 8);
	return (int16_t)(f->data[2 * at] | f->data[2 * at + 1] << 8);
}

/* One pack alone, for the parts below the engine. */
struct rig {
	struct dialect d;
	struct settings s;
	struct frame_age ages[DIALECT_FRAMES];
	struct pack p;
};

static inline void rig_start(struct rig *r)
{
	memset(r, 0, sizeof *r);
	plain_dialect(&r->d);
	plain_settings(&r->s, 1, &r->d.p, NULL);
	pack_init(&r->p, &r->s.packs[0], r->ages, 0);
}

/* Gives the pack a frame as the engine would; true when something got worse. */
static inline bool hear(struct pack *p, struct frame f, int64_t now)
{
	int index = -1;
	unsigned group;
	bool worse = false;
	while (codec_match(p->set->profile, (unsigned)p->set->address, &f, &index, &group))
		worse = pack_frame(p, (unsigned)index, group, &f, now) || worse;
	return worse;
}

static inline void hear_all(struct pack *p, const struct says *w, int64_t now)
{
	hear(p, words4(0x351, w->cvl, w->ccl, w->dcl, w->low), now);
	hear(p, words4(0x355, w->soc, w->soh, 0, 0), now);
	hear(p, words4(0x356, w->voltage, w->current, w->temperature, 0), now);
	hear(p, make_frame(0x35A, 8, w->alarms), now);
	hear(p, words4(0x373, w->cell_min, w->cell_max, 0, 0), now);
}

/* Packs that are simply there, with limits as accepted and a current, for the parts that govern. */
struct fleet {
	struct dialect d;
	struct settings s;
	struct pack packs[PACKS_MAX];
	struct tree t;
	struct govern g;
	struct verdict v;
};

static inline void fleet_pack(struct fleet *f, int i, int64_t ccl, int64_t dcl, int64_t current)
{
	struct pack *p = &f->packs[i];
	p->set = &f->s.packs[i];
	p->state = PACK_ONLINE;
	p->joined = p->complete = true;
	const int64_t value[N_LIMIT] = { 56000, ccl, dcl, 48000 };
	for (int k = 0; k < N_LIMIT; k++)
		p->accepted[k] = (struct accepted){ true, value[k], true, value[k], INT64_MAX / 2 };
	battery_set(&p->b, Q_CURRENT, current, 0);
	battery_set(&p->b, Q_VOLTAGE, 53000, 0);
}

static inline void fleet_start(struct fleet *f, int packs)
{
	memset(f, 0, sizeof *f);
	plain_dialect(&f->d);
	plain_settings(&f->s, packs, &f->d.p, NULL);
	for (int i = 0; i < packs; i++)
		fleet_pack(f, i, 100000, 120000, 0);
}

static inline void fleet_step(struct fleet *f, int64_t now)
{
	for (int i = 0; i < f->s.n_packs; i++)
		derate_step(&f->packs[i], &f->s);
	tree_build(&f->t, &f->s, f->packs, f->s.n_packs, now);
	govern_step(&f->g, &f->t, &f->v);
}

#endif
