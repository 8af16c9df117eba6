/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the engine knows, as JSON. */
#include "app/report.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define EVENTS_SHOWN 32
#define US_PER_MS 1000

static const char *const validity_names[] = {
	[ABSENT] = "absent", [NOT_AVAILABLE] = "not_available", [STALE] = "stale", [VALID] = "valid",
};
static const char *const tri_names[] = { [TRI_UNSUPPORTED] = "unsupported", [TRI_OK] = "ok", [TRI_ACTIVE] = "active" };
static const char *const severity_names[] = {
	[EVENT_INFO] = "info", [EVENT_WARNING] = "warning", [EVENT_ALARM] = "alarm",
};
static const char *const limit_names[N_LIMIT] = {
	[LIMIT_CVL] = "cvl", [LIMIT_CCL] = "ccl", [LIMIT_DCL] = "dcl", [LIMIT_LOW_VOLTAGE] = "low_voltage",
};

static json_t *number(enum unit unit, int64_t value)
{
	int64_t one = unit_per_one(unit);
	if (unit == UNIT_FLAG)
		return json_boolean(value);
	return value % one ? json_real((double)value / (double)one) : json_integer(value / one);
}

static void set_age(json_t *to, int64_t time, int64_t now)
{
	json_object_set_new(to, "age_ms", json_integer((now - time) / US_PER_MS));
}

static json_t *report_measure(enum unit unit, const struct measure *m, int64_t now)
{
	json_t *o = json_object();
	if (m->validity >= STALE) {
		json_object_set_new(o, "value", number(unit, m->value));
		if (*unit_symbol(unit))
			json_object_set_new(o, "unit", json_string(unit_symbol(unit)));
		set_age(o, m->time, now);
	}
	json_object_set_new(o, "validity", json_string(validity_names[m->validity]));
	if (m->partial)
		json_object_set_new(o, "partial", json_true());
	return o;
}

static json_t *report_alarms(const struct battery *b)
{
	json_t *o = json_object();
	for (int i = 0; i < N_ALARM; i++) {
		if (b->alarm[i].alarm == TRI_UNSUPPORTED && b->alarm[i].warning == TRI_UNSUPPORTED)
			continue;
		json_object_set_new(o, alarms[i].name,
		                    json_pack("{s:s, s:s}", "alarm", tri_names[b->alarm[i].alarm], "warning",
		                              tri_names[b->alarm[i].warning]));
	}
	return o;
}

/* A text from a bus may hold anything; JSON wants UTF-8. */
static json_t *clean_string(const char *text)
{
	char clean[TEXT_MAX + 1];
	size_t n = 0;
	for (; *text && n < TEXT_MAX; text++)
		clean[n++] = *text >= ' ' && *text < 127 ? *text : '?';
	return json_stringn(clean, n);
}

static void report_battery(json_t *o, const struct battery *b, int64_t now)
{
	json_t *values = json_object(), *texts = json_object();
	for (int q = 0; q < N_QUANTITY; q++)
		if (b->q[q].validity != ABSENT)
			json_object_set_new(values, quantities[q].name, report_measure(quantities[q].unit, &b->q[q], now));
	for (int t = 0; t < N_TEXT; t++)
		if (*b->text[t])
			json_object_set_new(texts, text_names[t], clean_string(b->text[t]));
	json_object_set_new(o, "values", values);
	json_object_set_new(o, "alarms", report_alarms(b));
	json_object_set_new(o, "texts", texts);
}

/* Arrays side by side: element 0 is cell (sensor) 1; null = not known. */
static json_t *report_cells(const struct cells *c, int64_t now)
{
	json_t *o = json_object();
	for (int a = 0; a < N_ARRAY; a++) {
		if (!c->count[a])
			continue;
		json_t *values = json_array(), *ages = json_array();
		for (int i = 0; i < c->count[a]; i++) {
			bool known = c->validity[a][i] >= STALE;
			json_array_append_new(values, known ? number(arrays[a].unit, c->value[a][i]) : json_null());
			json_array_append_new(ages, known ? json_integer((now - c->time[a][i]) / US_PER_MS) : json_null());
		}
		json_t *array = json_object();
		json_object_set_new(array, "values", values);
		if (*unit_symbol(arrays[a].unit))
			json_object_set_new(array, "unit", json_string(unit_symbol(arrays[a].unit)));
		json_object_set_new(array, "age_ms", ages);
		json_object_set_new(o, arrays[a].name, array);
	}
	return o;
}

static json_t *report_frames(const struct pack *p, int64_t now)
{
	const struct profile *profile = p->set->profile;
	json_t *list = json_array();
	for (unsigned i = 0; i < profile->n_frames; i++) {
		const struct profile_frame *f = &profile->frames[i];
		const struct frame_age *age = &p->ages[i];
		char id[16];
		snprintf(id, sizeof id, "0x%0*X", f->pgn ? 5 : f->ext ? 8 : 3,
		         codec_id(f, f->group_min, (unsigned)p->set->address));
		json_t *o = json_pack("{s:s, s:I, s:b}", f->pgn ? "pgn" : "id", id, "count", (json_int_t)age->count, "required", f->required);
		if (age->ever)
			set_age(o, age->last, now);
		json_array_append_new(list, o);
	}
	return list;
}

/* A pack, or a sensor. */
static json_t *report_pack(const struct settings *s, const struct pack *p, int64_t now)
{
	json_t *o = json_object();
	json_object_set_new(o, "name", json_string(p->set->name));
	json_object_set_new(o, "interface", json_string(s->port_names[p->set->port]));
	json_object_set_new(o, "profile", json_string(p->set->profile->id));
	json_object_set_new(o, "address", json_integer(p->set->address));
	if (p->set->source.set)
		json_object_set_new(o, "source", json_integer(p->set->source.value));
	json_object_set_new(o, "state", json_string(pack_state_names[p->state]));
	json_object_set_new(o, "since_s", json_integer((now - p->since) / 1000000));
	if (*p->why)
		json_object_set_new(o, "why", json_string(p->why));
	report_battery(o, &p->b, now);
	json_object_set_new(o, "cells", report_cells(&p->seen.cells, now));
	json_object_set_new(o, "frames", report_frames(p, now));
	json_object_set_new(o, "frames_decoded", json_integer((json_int_t)p->frames));
	json_object_set_new(o, "frames_refused", json_integer((json_int_t)p->not_this));
	json_object_set_new(o, "frames_repeated", json_integer((json_int_t)p->repeated));
	json_object_set_new(o, "values_rejected", json_integer((json_int_t)p->seen.rejected));
	json_object_set_new(o, "foreign_frames", json_integer((json_int_t)p->foreign));
	return o;
}

static json_t *report_limits(const struct engine *e, int64_t now)
{
	const struct verdict *v = engine_verdict(e);
	json_t *o = json_object();
	json_object_set_new(o, "valid", json_boolean(v->valid));
	json_object_set_new(o, "charge_blocked", json_boolean(v->hard[CHARGE]));
	json_object_set_new(o, "discharge_blocked", json_boolean(v->hard[DISCHARGE]));
	for (int k = 0; k < N_LIMIT && v->valid; k++) {
		enum unit unit = quantities[limit_quantity[k]].unit;
		char text[REASON_TEXT_MAX];
		json_t *limit = json_object();
		json_object_set_new(limit, "value", number(unit, v->limit[k].value));
		json_object_set_new(limit, "target", number(unit, v->limit[k].target));
		json_object_set_new(limit, "unit", json_string(unit_symbol(unit)));
		reason_print(text, sizeof text, &v->limit[k].reason, (enum limit_kind)k, engine_settings(e), now);
		json_object_set_new(limit, "reason", json_string(text));
		json_object_set_new(o, limit_names[k], limit);
	}
	return o;
}

/* How far the packs are apart, in what is looked at. */
static json_t *report_imbalance(const struct engine *e, int64_t now)
{
	const struct imbalance *im = engine_imbalance(e);
	const struct settings *s = engine_settings(e);
	json_t *o = json_object();
	for (int k = 0; k < N_IMBALANCE; k++) {
		const struct imbalance_row *row = &imbalances[k];
		const struct detector *d = &im->found[k];
		if (!s->imbalance[row->of].detect)
			continue;
		json_t *found = json_pack("{s:s, s:s, s:b}", "what", row->what, "unit", unit_symbol(row->unit), "active", d->active);
		json_object_set_new(found, "threshold", number(row->unit, d->threshold));
		json_object_set_new(found, "value", d->known ? number(row->unit, d->value) : json_null());
		if (d->since)
			json_object_set_new(found, "since_s", json_integer((now - d->since) / 1000000));
		if (d->known && im->most[k] >= 0 && im->least[k] >= 0 && im->most[k] != im->least[k]) {
			json_object_set_new(found, "most", json_string(s->packs[im->most[k]].name));
			json_object_set_new(found, "least", json_string(s->packs[im->least[k]].name));
		}
		json_object_set_new(o, row->name, found);
	}
	return o;
}

static int64_t read_clock(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* us since 1970 of a monotonic time: the same whenever it is asked for, unless somebody sets the clock. */
static int64_t wall_time(int64_t monotonic)
{
	return monotonic + read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
}

json_t *report_event(const struct event *event, int64_t now)
{
	json_t *o = json_object();
	time_t wall = (time_t)(wall_time(event->time) / 1000000);
	struct tm tm;
	char when[32];
	strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&wall, &tm));
	json_object_set_new(o, "number", json_integer((json_int_t)event->number));
	json_object_set_new(o, "time", json_string(when));
	set_age(o, event->time, now);
	json_object_set_new(o, "severity", json_string(severity_names[event->severity]));
	json_object_set_new(o, "topic", json_string(topic_names[event->topic]));
	if (event->about != ABOUT_BANK)
		json_object_set_new(o, event->about == ABOUT_SENSOR ? "sensor" : "pack", json_string(event->who));
	if (event->value.set) {
		json_object_set_new(o, "value", number(event->unit, event->value.value));
		json_object_set_new(o, "unit", json_string(unit_symbol(event->unit)));
	}
	if (event->word)
		json_object_set_new(o, "of", json_string(event->word));
	json_object_set_new(o, "text", json_string(event->text));
	return o;
}

json_t *report_state_event(const struct event *event, int64_t now)
{
	json_t *o = report_event(event, now);
	json_object_del(o, "number");
	json_object_set_new(o, "state", json_true());
	return o;
}

static json_t *report_events(const struct engine *e, int64_t now)
{
	json_t *list = json_array();
	uint64_t next = engine_event_next(e), first = engine_event_first(e);
	if (next > first + EVENTS_SHOWN)
		first = next - EVENTS_SHOWN;
	for (; first < next; first++) {
		const struct event *event = engine_event(e, first);
		if (event)
			json_array_append_new(list, report_event(event, now));
	}
	return list;
}

/* "from": the sensor that the bank's value is taken from now. */
static void report_source(json_t *bank, const struct engine *e, enum quantity q)
{
	const struct pack *sensor = engine_taken_from(e, q);
	json_t *measure = json_object_get(json_object_get(bank, "values"), quantities[q].name);
	if (sensor && measure)
		json_object_set_new(measure, "from", json_string(sensor->set->name));
}

json_t *report_engine(const struct engine *e, int64_t now)
{
	json_t *o = json_object(), *packs = json_array(), *sensors = json_array(), *bank = json_object(), *shown = json_object();
	const struct settings *s = engine_settings(e);
	for (int i = 0; i < s->n_packs; i++) {
		json_t *pack = report_pack(s, engine_pack(e, i), now);
		json_object_set_new(pack, "doubts", report_doubts(e, i, now));
		json_array_append_new(packs, pack);
	}
	for (int i = 0; i < s->n_sensors; i++)
		json_array_append_new(sensors, report_pack(s, engine_sensor(e, i), now));
	report_battery(bank, engine_bank(e), now);
	report_source(bank, e, Q_VOLTAGE);
	report_source(bank, e, Q_CURRENT);
	/* what the packs' own limits add up to is not what holds: that stands under "limits", with its reasons */
	for (int k = 0; k < N_LIMIT; k++)
		json_object_del(json_object_get(bank, "values"), quantities[limit_quantity[k]].name);
	report_battery(shown, engine_shown(e), now);
	json_object_set_new(o, "ladder", json_string(ladder_names[engine_ladder(e)]));
	json_object_set_new(o, "bank", bank);
	json_object_set_new(o, "shown", shown);
	json_object_set_new(o, "soc", report_soc(e));
	json_object_set_new(o, "own_alarms", report_own_alarms(e, now));
	json_object_set_new(o, "limits", report_limits(e, now));
	json_object_set_new(o, "charge", report_charge(e, now));
	if (s->n_packs > 1 && s->n_strings != 1)
		json_object_set_new(o, "imbalance", report_imbalance(e, now));
	json_object_set_new(o, "packs", packs);
	json_object_set_new(o, "sensors", sensors);
	json_object_set_new(o, "events", report_events(e, now));
	return o;
}

char *report_text(json_t *o, size_t *len)
{
	char *text = o ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(REPORT_DIGITS)) : NULL;
	json_decref(o);
	if (text)
		*len = strlen(text);
	return text;
}
