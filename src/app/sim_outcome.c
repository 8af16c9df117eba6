/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What came of a closed loop, measured at the simulated packs themselves, not by what anybody says of them. */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>

#include "app/sim_closed.h"
#include "core/ask.h"

/* A current counts as over the pack's own limit from here on: about what its BMS measures it with. */
#define OVER_PART 0.02
#define OVER_AMPERE 1.0
#define FULL_AT 0.99
#define S_PER_US 1e-6
#define J_PER_KWH 3.6e6

static const char *const limit_names[N_OUTCOME_LIMIT] = { "cvl", "ccl", "dcl" };
static const enum quantity limit_of[N_OUTCOME_LIMIT] = { Q_CVL, Q_CCL, Q_DCL };

void outcome_init(struct outcome *r)
{
	*r = (struct outcome){ .full_at = -1, .ideal_full_at = -1, .soc_start = -1 };
	for (int i = 0; i < PACKS_MAX; i++)
		r->packs[i] = (struct outcome_pack){ .cell_low = 1e9, .coldest = 1e9, .hottest = -1e9 };
}

static void note_cells(struct outcome_pack *r, const struct electric_pack *p, int64_t now)
{
	for (int i = 0; i < p->n; i++) {
		double v = electric_cell_voltage(p, i);
		if (v > r->cell_high) {
			r->cell_high = v;
			r->cell_high_no = i + 1;
			r->cell_high_at = now;
		}
		if (v < r->cell_low) {
			r->cell_low = v;
			r->cell_low_no = i + 1;
			r->cell_low_at = now;
		}
	}
	r->hottest = p->temperature > r->hottest ? p->temperature : r->hottest;
	r->coldest = p->temperature < r->coldest ? p->temperature : r->coldest;
}

static void note_over(struct outcome_pack *r, enum direction d, double current, double limit, int64_t now, double time)
{
	if (current - limit > r->over[d])
		r->over[d] = current - limit;
	if (current <= limit * (1 + OVER_PART) + OVER_AMPERE) {
		r->over_now[d] = 0;
		return;
	}
	r->over_now[d] += time;
	r->over_total[d] += time;
	if (r->over_now[d] <= r->over_longest[d])
		return;
	r->over_longest[d] = r->over_now[d];
	r->over_at[d] = now;
}

void outcome_step(struct outcome *r, const struct sim_world *w, double time)
{
	double soc = world_soc(w);
	if (r->soc_start < 0)
		r->soc_start = r->soc_low = r->soc_high = soc;
	r->soc_low = soc < r->soc_low ? soc : r->soc_low;
	r->soc_high = soc > r->soc_high ? soc : r->soc_high;
	if (r->full_at < 0 && soc >= FULL_AT)
		r->full_at = w->now;
	for (int i = 0; i < w->bank.n; i++) {
		const struct electric_pack *p = w->bank.pack[i];
		const struct battery *told = &w->bus->packs[i].b;
		note_cells(&r->packs[i], p, w->now);
		if (battery_has(told, Q_CCL))
			note_over(&r->packs[i], CHARGE, p->current, (double)told->q[Q_CCL].value / 1000, w->now, time);
		if (battery_has(told, Q_DCL))
			note_over(&r->packs[i], DISCHARGE, -p->current, (double)told->q[Q_DCL].value / 1000, w->now, time);
	}
}

static void note_reversal(struct outcome_limit *l, int64_t now)
{
	int n = 0;
	l->times[l->reversals++ % OUTCOME_TIMES_MAX] = now;
	for (int i = 0; i < l->reversals && i < OUTCOME_TIMES_MAX; i++)
		n += l->times[i] > now - OUTCOME_WINDOW;
	l->most = n > l->most ? n : l->most;
}

void outcome_output(struct outcome *r, const struct house *h, int64_t now)
{
	for (int i = 0; i < N_OUTCOME_LIMIT; i++) {
		struct outcome_limit *l = &r->limits[i];
		const struct measure *m = &h->seen.b.q[limit_of[i]];
		int direction = m->value > l->value ? 1 : -1;
		if (m->validity != VALID || (l->known && m->value == l->value))
			continue;
		if (l->known) {
			if (l->direction && direction != l->direction)
				note_reversal(l, now);
			l->direction = direction;
		}
		l->known = true;
		l->value = m->value;
	}
}

void outcome_event(struct outcome *r, int64_t now, const char *format, ...)
{
	struct outcome_event *e = &r->events[r->n_events];
	va_list args;
	if (r->n_events == OUTCOME_EVENTS_MAX) {
		r->unlisted++;
		return;
	}
	e->at = now;
	va_start(args, format);
	vsnprintf(e->text, sizeof e->text, format, args);
	va_end(args);
	r->n_events++;
}

/* ---- JSON ---- */

/* Of three decimals. */
static json_t *number(double x)
{
	return json_real((double)(int64_t)(x * 1000 + (x < 0 ? -0.5 : 0.5)) / 1000);
}

static json_t *time_or_null(int64_t us)
{
	return us < 0 ? json_null() : number((double)us * S_PER_US);
}

static json_t *extreme(double volt, int cell, int64_t at)
{
	json_t *o = json_object();
	json_object_set_new(o, "voltage", number(volt));
	json_object_set_new(o, "cell", json_integer(cell));
	json_object_set_new(o, "at", time_or_null(at));
	return o;
}

static json_t *over(const struct outcome_pack *r, enum direction d)
{
	json_t *o = json_object();
	json_object_set_new(o, "most", number(r->over[d]));
	json_object_set_new(o, "longest", number(r->over_longest[d]));
	json_object_set_new(o, "until", time_or_null(r->over_at[d]));
	json_object_set_new(o, "total", number(r->over_total[d]));
	return o;
}

static json_t *pack_json(const struct outcome_pack *r, const struct sim_pack *p)
{
	const struct electric_pack *e = &p->electric;
	double left = electric_pack_left(e);
	json_t *o = json_object();
	json_object_set_new(o, "name", json_string(p->set->name));
	json_object_set_new(o, "cell_high", extreme(r->cell_high, r->cell_high_no, r->cell_high_at));
	json_object_set_new(o, "cell_low", extreme(r->cell_low, r->cell_low_no, r->cell_low_at));
	json_object_set_new(o, "over_charge", over(r, CHARGE));
	json_object_set_new(o, "over_discharge", over(r, DISCHARGE));
	json_object_set_new(o, "trips", json_integer(p->bms.trips));
	json_object_set_new(o, "hottest", number(r->hottest));
	json_object_set_new(o, "coldest", number(r->coldest));
	json_object_set_new(o, "soc", number(left / (left + electric_pack_room(e)) * 100));
	json_object_set_new(o, "kwh_in", number(e->energy_in / J_PER_KWH));
	json_object_set_new(o, "kwh_out", number(e->energy_out / J_PER_KWH));
	return o;
}

static json_t *limits_json(const struct outcome *r)
{
	json_t *o = json_object();
	for (int i = 0; i < N_OUTCOME_LIMIT; i++) {
		json_t *l = json_object();
		json_object_set_new(l, "reversals", json_integer(r->limits[i].reversals));
		json_object_set_new(l, "most_in_a_minute", json_integer(r->limits[i].most));
		json_object_set_new(o, limit_names[i], l);
	}
	return o;
}

static json_t *house_json(const struct house_tally *t)
{
	json_t *o = json_object();
	json_object_set_new(o, "off", number(t->off));
	json_object_set_new(o, "offs", json_integer(t->offs));
	json_object_set_new(o, "kwh_wanted", number(t->wanted / J_PER_KWH));
	json_object_set_new(o, "kwh_served", number(t->served / J_PER_KWH));
	json_object_set_new(o, "kwh_charged", number(t->charged / J_PER_KWH));
	return o;
}

static json_t *events_json(const struct outcome *r)
{
	json_t *list = json_array();
	for (int i = 0; i < r->n_events; i++) {
		json_t *o = json_object();
		json_object_set_new(o, "at", time_or_null(r->events[i].at));
		json_object_set_new(o, "text", json_string(r->events[i].text));
		json_array_append_new(list, o);
	}
	return list;
}

static bool print_json(const struct outcome *r, const struct sim_world *w, FILE *out)
{
	json_t *o = json_object(), *packs = json_array(), *full = json_object();
	bool good;
	for (int i = 0; i < w->bank.n; i++)
		json_array_append_new(packs, pack_json(&r->packs[i], &w->bus->packs[i]));
	json_object_set_new(full, "at", time_or_null(r->full_at));
	json_object_set_new(full, "ideal", time_or_null(r->ideal_full_at));
	json_object_set_new(o, "duration", time_or_null(w->now));
	json_object_set_new(o, "soc_start", number(r->soc_start * 100));
	json_object_set_new(o, "soc_low", number(r->soc_low * 100));
	json_object_set_new(o, "soc_high", number(r->soc_high * 100));
	json_object_set_new(o, "soc_end", number(world_soc(w) * 100));
	json_object_set_new(o, "full", full);
	json_object_set_new(o, "limits", limits_json(r));
	json_object_set_new(o, "house", house_json(&w->house.tally));
	json_object_set_new(o, "packs", packs);
	json_object_set_new(o, "frames_in", json_integer((json_int_t)r->frames_in));
	json_object_set_new(o, "frames_out", json_integer((json_int_t)r->frames_out));
	json_object_set_new(o, "events", events_json(r));
	json_object_set_new(o, "events_unlisted", json_integer(r->unlisted));
	good = !json_dumpf(o, out, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) && fputc('\n', out) != EOF;
	json_decref(o);
	return good;
}

/* ---- a table ---- */

static void print_time(FILE *out, int64_t us)
{
	int64_t s = us / 1000000;
	if (us < 0)
		fputs("never", out);
	else
		fprintf(out, "%" PRId64 ":%02" PRId64 ":%02" PRId64, s / 3600, s / 60 % 60, s % 60);
}

static void print_pack(FILE *out, const struct outcome_pack *r, const struct sim_pack *p)
{
	const struct electric_pack *e = &p->electric;
	double left = electric_pack_left(e);
	fprintf(out, "%-15s %5.1f %%  %5.3f V (%d) %5.3f V (%d)  %5.1f A %4.1f s  %5.1f A %4.1f s  ", p->set->name, left / (left + electric_pack_room(e)) * 100, r->cell_low, r->cell_low_no, r->cell_high, r->cell_high_no,
	        r->over[CHARGE], r->over_longest[CHARGE], r->over[DISCHARGE], r->over_longest[DISCHARGE]);
	fprintf(out, "%5d  %5.1f %5.1f  %6.2f %6.2f\n", p->bms.trips, r->coldest, r->hottest, e->energy_in / J_PER_KWH,
	        e->energy_out / J_PER_KWH);
}

static void print_table(const struct outcome *r, const struct sim_world *w, FILE *out)
{
	const struct house_tally *t = &w->house.tally;
	fputs("pack             at end  lowest cell  highest cell   over its charge  and discharge   trips  "
	      "coldest, hottest  kWh in, out\n",
	      out);
	for (int i = 0; i < w->bank.n; i++)
		print_pack(out, &r->packs[i], &w->bus->packs[i]);
	fprintf(out, "SoC from %.1f %% to %.1f %% in ", r->soc_start * 100, world_soc(w) * 100);
	print_time(out, w->now);
	fputs("; 99 % after ", out);
	print_time(out, r->full_at);
	fputs(", at best ", out);
	print_time(out, r->ideal_full_at);
	fputs("\nlimits that turned round (in all, most in a minute):", out);
	for (int i = 0; i < N_OUTCOME_LIMIT; i++)
		fprintf(out, " %s %d, %d;", limit_names[i], r->limits[i].reversals, r->limits[i].most);
	fprintf(out, "\nhouse off %d times, %.1f s; of %.2f kWh wanted %.2f served; chargers gave %.2f kWh\n", t->offs, t->off,
	        t->wanted / J_PER_KWH, t->served / J_PER_KWH, t->charged / J_PER_KWH);
	for (int i = 0; i < r->n_events; i++) {
		print_time(out, r->events[i].at);
		fprintf(out, "  %s\n", r->events[i].text);
	}
	if (r->unlisted)
		fprintf(out, "and %d events more\n", r->unlisted);
}

bool outcome_print(const struct outcome *r, const struct sim_world *w, FILE *out, bool json)
{
	if (json)
		return print_json(r, w, out);
	print_table(r, w, out);
	return true;
}
