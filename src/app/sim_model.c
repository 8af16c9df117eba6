/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A simulated pack: steady values with sensible defaults, a charge that follows the current, cells that make the
 * voltage. Where there is electricity, sim_bms.c gives the values instead. */
#include "app/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/unit.h"
#include "core/codec.h"
#include "core/fastpacket.h"

#define US_PER_HOUR INT64_C(3600000000)
#define FULL 10000 /* SoC in 0.01 % */
#define CELLS_DEFAULT 16
#define CAPACITY_DEFAULT 100000 /* mAh */
#define SENSORS 4
#define HEARTBEAT   0x700u /* CiA 301: of node 0; its data say the node's state */
#define OPERATIONAL 0x05
#define PACK_CHARGE_MARGIN 50 /* mV per cell under the guard: a usual charge voltage, 3.55 V for LFP */
#define PACK_LOW_MARGIN 100   /* mV per cell over the guard */

static bool is_given(const struct sim_pack *p, enum quantity q)
{
	return p->given >> q & 1;
}

/* A value that follows from others, unless it was set by hand. */
void sim_pack_derive(struct sim_pack *p, enum quantity q, int64_t value)
{
	if (!is_given(p, q))
		battery_set(&p->b, q, value, p->time);
}

static int cell_count(const struct sim_pack *p)
{
	return p->cells.count[ARRAY_CELL_VOLTAGE];
}

void sim_pack_element(struct sim_pack *p, enum array a, int i, int64_t value)
{
	p->cells.value[a][i] = (int32_t)value;
	p->cells.time[a][i] = p->time;
	p->cells.validity[a][i] = VALID;
	if (p->cells.count[a] <= i)
		p->cells.count[a] = (uint8_t)(i + 1);
}

/* Shares a voltage among the cells, with 1 mV of spread where that keeps the sum. */
static void spread_cells(struct sim_pack *p, int64_t voltage)
{
	int n = cell_count(p), whole = n - n % 3;
	int64_t each = n ? voltage / n : 0, rest = n ? voltage % n : 0;

	for (int i = 0; i < n; i++)
		sim_pack_element(p, ARRAY_CELL_VOLTAGE, i, each + (i < whole ? i % 3 - 1 : 0) + (i >= n - rest));
}

static void derive_cells(struct sim_pack *p)
{
	const int32_t *mv = p->cells.value[ARRAY_CELL_VOLTAGE];
	int lowest = -1, highest = -1;
	int64_t sum = 0;

	for (int i = 0; i < cell_count(p); i++) {
		if (p->cells.validity[ARRAY_CELL_VOLTAGE][i] != VALID)
			continue;
		sum += mv[i];
		lowest = lowest < 0 || mv[i] < mv[lowest] ? i : lowest;
		highest = highest < 0 || mv[i] > mv[highest] ? i : highest;
	}
	if (lowest < 0)
		return;
	sim_pack_derive(p, Q_VOLTAGE, sum);
	sim_pack_derive(p, Q_CELL_VOLTAGE_MIN, mv[lowest]);
	sim_pack_derive(p, Q_CELL_VOLTAGE_MAX, mv[highest]);
	sim_pack_derive(p, Q_CELL_VOLTAGE_MIN_NO, lowest + 1);
	sim_pack_derive(p, Q_CELL_VOLTAGE_MAX_NO, highest + 1);
}

static void derive_temperatures(struct sim_pack *p)
{
	const int32_t *t = p->cells.value[ARRAY_CELL_TEMPERATURE];
	int coldest = 0, hottest = 0;

	for (int i = 1; i < p->cells.count[ARRAY_CELL_TEMPERATURE]; i++) {
		coldest = t[i] < t[coldest] ? i : coldest;
		hottest = t[i] > t[hottest] ? i : hottest;
	}
	sim_pack_derive(p, Q_CELL_TEMPERATURE_MIN, t[coldest]);
	sim_pack_derive(p, Q_CELL_TEMPERATURE_MAX, t[hottest]);
	sim_pack_derive(p, Q_CELL_TEMPERATURE_MIN_NO, coldest + 1);
	sim_pack_derive(p, Q_CELL_TEMPERATURE_MAX_NO, hottest + 1);
}

static void derive_power(struct sim_pack *p)
{
	const struct measure *v = &p->b.q[Q_VOLTAGE], *i = &p->b.q[Q_CURRENT];

	if (v->validity == VALID && i->validity == VALID)
		sim_pack_derive(p, Q_POWER, v->value * i->value / 1000);
}

static int64_t capacity(const struct sim_pack *p)
{
	return battery_has(&p->b, Q_CAPACITY) ? p->b.q[Q_CAPACITY].value : CAPACITY_DEFAULT;
}

static void derive_charge(struct sim_pack *p)
{
	int64_t remaining = p->charge / US_PER_HOUR; /* mAh */
	int64_t full = capacity(p);

	sim_pack_derive(p, Q_CAPACITY_REMAINING, remaining);
	sim_pack_derive(p, Q_SOC, full > 0 ? remaining * FULL / full : 0);
}

static void set_soc(struct sim_pack *p, int64_t soc)
{
	/* mAh first: capacity x soc in mA us would overflow for what a config may hold */
	p->charge = capacity(p) * soc / FULL * US_PER_HOUR;
}

void sim_pack_follow(struct sim_pack *p)
{
	derive_cells(p);
	derive_temperatures(p);
}

void sim_pack_advance(struct sim_pack *p, int64_t now)
{
	int64_t most = capacity(p) * US_PER_HOUR;
	int64_t current = battery_has(&p->b, Q_CURRENT) ? p->b.q[Q_CURRENT].value : 0;

	if (p->modelled) {
		p->time = now;
		return;
	}
	p->charge += current * (now - p->time);
	if (p->charge > most)
		p->charge = most;
	if (p->charge < 0)
		p->charge = 0;
	p->time = now;
	derive_charge(p);
	derive_power(p);
}

static void set_text(struct sim_pack *p, enum text t, const char *text)
{
	snprintf(p->b.text[t], sizeof p->b.text[t], "%s", text);
}

static void init_texts(struct sim_pack *p)
{
	const struct pack_settings *set = p->set;
	char text[TEXT_MAX + 1];

	set_text(p, TEXT_NAME, set->name);
	snprintf(text, sizeof text, "SIM-%.12s", set->name);
	set_text(p, TEXT_SERIAL, *set->expect_serial ? set->expect_serial : text);
	set_text(p, TEXT_FIRMWARE, "1.0");
	set_text(p, TEXT_MANUFACTURER, "SIM");
	if (set->profile->n_manufacturers)
		set_text(p, TEXT_MANUFACTURER, set->profile->manufacturers[0]);
	if (*set->expect_manufacturer)
		set_text(p, TEXT_MANUFACTURER, set->expect_manufacturer);
	p->b.text[TEXT_MANUFACTURER][strcspn(p->b.text[TEXT_MANUFACTURER], "*")] = '\0';
}

static void init_cells(struct sim_pack *p, int cells, int32_t each)
{
	p->cells.count[ARRAY_CELL_VOLTAGE] = (uint8_t)cells;
	spread_cells(p, (int64_t)each * cells);
	for (int i = 0; i < SENSORS; i++)
		sim_pack_element(p, ARRAY_CELL_TEMPERATURE, i, 200);
	for (int i = 0; i < cells; i++)
		sim_pack_element(p, ARRAY_BALANCING, i, 0);
	derive_cells(p);
	derive_temperatures(p);
}

void sim_pack_init(struct sim_pack *p, const struct settings *s, const struct pack_settings *set, int64_t now)
{
	enum chemistry kind = set->chemistry ? set->chemistry : s->chemistry ? s->chemistry : CHEM_LFP;
	const struct chemistry_row *chemistry = &chemistries[kind];
	int cells = set->cells ? set->cells : CELLS_DEFAULT;
	int64_t full = set->capacity.set ? set->capacity.value : CAPACITY_DEFAULT;
	const struct {
		enum quantity q;
		int64_t value;
	} steady[] = {
		{ Q_CURRENT, 0 },
		{ Q_SOH, FULL },
		{ Q_TEMPERATURE, 200 },
		{ Q_CVL, (int64_t)cells * (chemistry->guard_high - PACK_CHARGE_MARGIN) },
		{ Q_LOW_VOLTAGE, (int64_t)cells * (chemistry->guard_low + PACK_LOW_MARGIN) },
		{ Q_CCL, full / 2 },
		{ Q_DCL, full / 2 },
		{ Q_CHARGE_ENABLED, 1 },
		{ Q_DISCHARGE_ENABLED, 1 },
		{ Q_FORCE_CHARGE, 0 },
		{ Q_FULL_CHARGE_REQUEST, 0 },
		{ Q_CAPACITY, full },
		{ Q_CYCLES, 100 },
		{ Q_MODULES_ONLINE, 1 },
		{ Q_MODULES_OFFLINE, 0 },
		{ Q_MODULES_BLOCKING_CHARGE, 0 },
		{ Q_MODULES_BLOCKING_DISCHARGE, 0 },
	};

	*p = (struct sim_pack){ .set = set, .time = now, .faults = { .late = FULL, .random = 1 } };
	for (size_t i = 0; i < sizeof steady / sizeof *steady; i++)
		battery_set(&p->b, steady[i].q, steady[i].value, now);
	for (int a = 0; a < N_ALARM; a++)
		p->b.alarm[a] = (struct alarm_state){ TRI_OK, TRI_OK };
	init_cells(p, cells, chemistry->nominal + 100);
	init_texts(p);
	set_soc(p, 6000);
	sim_pack_advance(p, now);
}

static const char *wrong_value(char *buf, size_t size, const char *value, const char *why)
{
	snprintf(buf, size, "'%s': %s (or absent)", value, why);
	return buf;
}

/* What else changes when a quantity is set by hand. */
static void quantity_follows(struct sim_pack *p, enum quantity q, int64_t was_soc)
{
	int64_t value = p->b.q[q].value;

	if (q == Q_SOC)
		set_soc(p, value);
	if (q == Q_CAPACITY)
		set_soc(p, was_soc);
	if (q == Q_CAPACITY_REMAINING)
		p->charge = value * US_PER_HOUR;
	if (!p->modelled && (q == Q_SOC || q == Q_CAPACITY_REMAINING)) /* it drifts on from there */
		p->given &= ~(UINT64_C(1) << q);
	if (q == Q_VOLTAGE && !p->cells_given)
		spread_cells(p, value);
	if (q == Q_TEMPERATURE)
		for (int i = 0; i < p->cells.count[ARRAY_CELL_TEMPERATURE]; i++)
			sim_pack_element(p, ARRAY_CELL_TEMPERATURE, i, value);
}

static const char *set_quantity(struct sim_pack *p, enum quantity q, const char *value, char *buf, size_t size)
{
	enum dimension d = unit_dimension(quantities[q].unit);
	int64_t number, soc = p->b.q[Q_SOC].value;
	const char *wrong;

	if (!strcmp(value, "absent")) {
		p->given |= UINT64_C(1) << q;
		p->b.q[q].validity = ABSENT;
		return NULL;
	}
	if (p->modelled && !strcmp(value, "real")) {
		p->given &= ~(UINT64_C(1) << q);
		return NULL;
	}
	wrong = parse_value(value, d, &number);
	if (!wrong && (number < quantities[q].min || number > quantities[q].max))
		wrong = "out of the plausible range";
	if (wrong)
		return wrong_value(buf, size, value, wrong);
	p->given |= UINT64_C(1) << q;
	battery_set(&p->b, q, number, p->time);
	quantity_follows(p, q, soc);
	return NULL;
}

/* `first` to `last` count from 0. */
static const char *set_elements(struct sim_pack *p, enum array a, int first, int last, const char *value, char *buf,
                                size_t size)
{
	enum dimension d = unit_dimension(arrays[a].unit);
	bool absent = !strcmp(value, "absent");
	int64_t number = 0;
	const char *wrong = absent ? NULL : parse_value(value, d, &number);

	if (!wrong && !absent && (number < arrays[a].min || number > arrays[a].max))
		wrong = "out of the plausible range";
	if (wrong)
		return wrong_value(buf, size, value, wrong);
	for (int i = first; i <= last; i++) {
		sim_pack_element(p, a, i, number);
		if (absent)
			p->cells.validity[a][i] = ABSENT;
	}
	if (a == ARRAY_CELL_VOLTAGE)
		p->cells_given = true;
	return NULL;
}

/* "cells", "cell_voltage[3]"; false when it is neither. */
static bool parse_element(const char *key, int *array, int *element)
{
	char name[40];
	size_t length = strcspn(key, "[");
	char *end;
	long n;

	*element = 0;
	*array = strcmp(key, "cells") ? array_find(key) : (int)ARRAY_CELL_VOLTAGE;
	if (*array >= 0)
		return true;
	if (!key[length] || length >= sizeof name)
		return false;
	memcpy(name, key, length);
	name[length] = '\0';
	*array = strcmp(name, "cells") ? array_find(name) : (int)ARRAY_CELL_VOLTAGE;
	n = strtol(key + length + 1, &end, 10);
	if (*array < 0 || n < 1 || n > ARRAY_MAX || strcmp(end, "]") != 0)
		return false;
	*element = (int)n;
	return true;
}

static const char *set_alarm(struct sim_pack *p, const char *key, const char *value)
{
	bool alarm = !strncmp(key, "alarm.", 6);
	int a = alarm_find(strchr(key, '.') + 1);
	uint8_t tri;

	if (a < 0)
		return "there is no alarm of that name";
	if (!strcmp(value, "active"))
		tri = TRI_ACTIVE;
	else if (!strcmp(value, "ok"))
		tri = TRI_OK;
	else if (!strcmp(value, "unsupported"))
		tri = TRI_UNSUPPORTED;
	else
		return "an alarm is active, ok or unsupported";
	*(alarm ? &p->b.alarm[a].alarm : &p->b.alarm[a].warning) = tri;
	*(alarm ? &p->alarms_given : &p->warnings_given) |= UINT64_C(1) << a;
	return NULL;
}

static const char *set_silent(struct sim_pack *p, const char *value)
{
	int64_t flag;

	if (parse_value(value, DIM_FLAG, &flag))
		return "silent is yes or no";
	p->starts = p->silent && !flag;
	p->silent = flag;
	return NULL;
}

/* "lose", "10 %". False when the key is none of these. */
static bool set_fault(struct sim_pack *p, const char *key, const char *value, const char **wrong)
{
	const struct {
		const char *name;
		enum dimension dimension;
		int64_t most;
		int64_t *into;
	} faults[] = {
		{ "lose", DIM_PERCENT, 10000, &p->faults.lose },
		{ "late", DIM_PERCENT, 10000, &p->faults.late },
		{ "swap", DIM_PERCENT, 10000, &p->faults.swap },
		{ "delay", DIM_TIME, INT64_C(3600000000), &p->faults.delay },
	};
	int64_t number;

	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
		if (strcmp(key, faults[i].name) != 0)
			continue;
		*wrong = parse_value(value, faults[i].dimension, &number);
		if (!*wrong && (number < 0 || number > faults[i].most))
			*wrong = faults[i].dimension == DIM_TIME ? "it is from 0 s to 1 h" : "it is from 0 % to 100 %";
		if (!*wrong)
			*faults[i].into = number;
		return true;
	}
	return false;
}

const char *sim_pack_set(struct sim_pack *p, const char *key, const char *value, char buf[SIM_WHY_MAX])
{
	const char *wrong = NULL;
	int which, element;

	if (!strcmp(key, "silent"))
		return set_silent(p, value);
	if (set_fault(p, key, value, &wrong) || sim_bms_set(p, key, value, &wrong))
		return wrong;
	if (p->modelled && !strncmp(key, "tell.", 5))
		key += 5;
	if (!strncmp(key, "alarm.", 6) || !strncmp(key, "warning.", 8))
		return set_alarm(p, key, value);
	if ((which = quantity_find(key)) >= 0) {
		wrong = set_quantity(p, (enum quantity)which, value, buf, SIM_WHY_MAX);
	} else if ((which = text_find(key)) >= 0) {
		set_text(p, (enum text)which, strcmp(value, "absent") ? value : "");
	} else if (parse_element(key, &which, &element)) {
		int last = element ? element : p->cells.count[which];

		wrong = set_elements(p, (enum array)which, element ? element - 1 : 0, last - 1, value, buf, SIM_WHY_MAX);
	} else {
		return "no quantity, alarm, text or array has that name";
	}
	sim_pack_follow(p);
	if (!p->modelled)
		derive_charge(p);
	return wrong;
}

/* Has the dialect raw bits for "unknown" here, or no frame when that is so? */
static bool says_absent(const struct profile_frame *pf, const struct field *f)
{
	return f->n_absent || f->has_range || f->has_when || pf->n_fields == 1;
}

const char *sim_pack_doubt(const struct sim_pack *p, const char *key, const char *value, char buf[SIM_WHY_MAX])
{
	const struct profile *profile = p->set->profile;
	int kind = FIELD_QUANTITY, which = quantity_find(key), element;
	if (strcmp(value, "absent") != 0)
		return NULL;
	if (which < 0 && parse_element(key, &which, &element))
		kind = FIELD_ARRAY;
	for (unsigned i = 0; i < profile->n_frames; i++) {
		const struct profile_frame *pf = &profile->frames[i];
		for (unsigned k = pf->first_field; k < pf->first_field + (unsigned)pf->n_fields; k++) {
			const struct field *f = &profile->fields[k];
			if (f->kind != kind || f->target != which || says_absent(pf, f))
				continue;
			snprintf(buf, SIM_WHY_MAX, "%s can't say that `%s` is absent: a raw 0 is sent", profile->id, key);
			return buf;
		}
	}
	return NULL;
}

/* Does one of the frame's alarms stand? */
static bool frame_alarmed(const struct profile *profile, const struct profile_frame *pf, const struct battery *b)
{
	for (unsigned i = 0; i < pf->n_fields; i++) {
		const struct field *f = &profile->fields[pf->first_field + i];
		if (f->kind == FIELD_ALARM &&
		    (b->alarm[f->target].alarm == TRI_ACTIVE || b->alarm[f->target].warning == TRI_ACTIVE))
			return true;
	}
	return false;
}

/* A message of several frames. */
static int cut(struct sim_pack *p, uint32_t id, const uint8_t *data, unsigned length, struct frame out[SIM_PARTS_MAX])
{
	unsigned sequence = p->sequence++ & 7;
	int n = 0;

	for (; n < SIM_PARTS_MAX; n++) {
		out[n] = (struct frame){ .id = id, .ext = true };
		if (!fastpacket_cut(data, length, sequence, (unsigned)n, &out[n]))
			break;
	}
	return n;
}

/* One of CANopen that the profile does not give data for: without any it would say that the node starts. */
static bool is_heartbeat(const struct profile_frame *pf, const struct frame *f)
{
	return !pf->n_fields && !pf->n_guards && !f->ext && (f->id & ~0x7Fu) == HEARTBEAT;
}

int sim_pack_frames(struct sim_pack *p, unsigned frame, unsigned group, struct frame out[SIM_PARTS_MAX])
{
	const struct profile *profile = p->set->profile;
	const struct profile_frame *pf = &profile->frames[frame];
	unsigned address = (unsigned)p->set->address;
	uint32_t id = codec_sent_id(pf, group, address, p->source);
	struct battery wire = p->b;
	uint8_t data[FASTPACKET_ROOM];

	if (sim_pack_mute(p) || (pf->absent_ok && !frame_alarmed(profile, pf, &p->b)))
		return 0;
	if (p->set->invert_current) { /* the wire of such a pack has the sign the other way round */
		wire.q[Q_CURRENT].value = -wire.q[Q_CURRENT].value;
		wire.q[Q_POWER].value = -wire.q[Q_POWER].value;
	}
	if (pf->fast)
		return cut(p, id, data, codec_encode_long(profile, frame, group, address, &wire, &p->cells, data), out);
	if (!codec_encode(profile, frame, group, address, &wire, &p->cells, out))
		return 0;
	if (pf->has_counter)
		codec_count(pf, out, p->counts[pf->counter_slot]++);
	out->id = id;
	if (is_heartbeat(pf, out))
		*out = (struct frame){ .id = id, .len = 1, .data = { OPERATIONAL } };
	return 1;
}
