/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The report of `battagg detect` for programs. */
#include <string.h>

#include "app/detect_say.h"

static json_t *values_json(const struct suspect *s)
{
	json_t *o = json_object();
	for (int q = 0; q < N_QUANTITY; q++) {
		const struct measure *m = &s->seen.b.q[q];
		enum unit unit = quantities[q].unit;
		if (m->validity != VALID)
			continue;
		json_object_set_new(o, quantities[q].name,
				    unit == UNIT_FLAG ? json_boolean(m->value != 0)
				    : unit_per_one(unit) == 1
					    ? json_integer(m->value)
					    : json_real((double)m->value / (double)unit_per_one(unit)));
	}
	return o;
}

static json_t *pack_json(const struct detection *d, const struct suspect *s)
{
	json_t *o = json_object();
	int cells = belief_cells(&s->seen);
	if (suspect_profile(d, s)->per_address)
		json_object_set_new(o, "address", json_integer(s->address));
	if (s->source >= 0)
		json_object_set_new(o, "source", json_integer(s->source));
	if (cells)
		json_object_set_new(o, "cells", json_integer(cells));
	if (*s->maker)
		json_object_set_new(o, "manufacturer", json_string(s->maker));
	json_object_set_new(o, "values", values_json(s));
	return o;
}

static void reasons_json(const struct reasons *reasons, json_t *in_favour, json_t *against)
{
	for (int i = 0; i < reasons->n; i++)
		json_array_append_new(reasons->list[i].against ? against : in_favour,
				      json_string(reasons->list[i].text));
}

/* `found` (or NULL): what it is to be compared with. */
static json_t *contender_json(const struct detection *d, const struct contender *c, const struct suspect *found)
{
	const struct dialect *dialect = suspect_dialect(d, c->suspect);
	json_t *o = json_object(), *in_favour = json_array(), *against = json_array();
	struct reasons reasons;
	detect_reasons(&reasons, d, c);
	reasons_json(&reasons, in_favour, against);
	if (found) {
		detect_compare(&reasons, d, c, found);
		reasons_json(&reasons, in_favour, against);
	}
	json_object_set_new(o, "profile", json_string(dialect->p->id));
	json_object_set_new(o, "title", json_string(dialect->p->title));
	if (*dialect->set)
		json_object_set_new(o, "parameters", json_string(dialect->set));
	json_object_set_new(o, "points", json_integer(c->score.points));
	json_object_set_new(o, "complete", json_boolean(c->score.required_seen == c->score.required));
	json_object_set_new(o, "for", in_favour);
	json_object_set_new(o, "against", against);
	return o;
}

static json_t *battery_json(const struct detection *d, const struct battery_found *f)
{
	json_t *o = contender_json(d, &f->best, NULL), *packs = json_array(), *same = json_array();
	char difference[DIFFERENCE_TEXT_MAX];
	for (int i = 0; i < f->n_packs; i++)
		json_array_append_new(packs, pack_json(d, f->packs[i]));
	for (int i = 0; i < f->n_same; i++) {
		bool agree = suspects_agree(f->best.suspect, f->same[i].suspect, difference);
		json_t *other = json_object();
		json_object_set_new(other, "profile", json_string(suspect_profile(d, f->same[i].suspect)->id));
		if (*suspect_dialect(d, f->same[i].suspect)->set)
			json_object_set_new(other, "parameters",
					    json_string(suspect_dialect(d, f->same[i].suspect)->set));
		json_object_set_new(other, "points", json_integer(f->same[i].score.points));
		json_object_set_new(other, "reads_the_same", json_boolean(agree));
		if (!agree)
			json_object_set_new(other, "difference", json_string(difference));
		json_array_append_new(same, other);
	}
	json_t *also = json_array();
	for (int i = 0; i < f->n_also; i++)
		json_array_append_new(also, json_string(suspect_profile(d, f->also[i].suspect)->id));
	json_object_set_new(o, "other_readings", also);
	json_object_set_new(o, "perhaps_told_twice", json_boolean(f->twin >= 0));
	json_object_set_new(o, "packs", packs);
	json_object_set_new(o, "not_told_apart", same);
	json_object_set_new(o, "needs_own_bus", json_boolean(f->beside));
	return o;
}

static json_t *other_json(const struct detect_report *r, const struct traffic_id *e)
{
	char id[TRAFFIC_ID_TEXT_MAX];
	const char *what;
	const struct profile *sender = detect_sender(r->d, e, &what);
	json_t *o = json_object(), *changing = json_array();
	for (int i = 0; i < 8; i++)
		if (e->changed >> i & 1)
			json_array_append_new(changing, json_integer(i));
	json_object_set_new(o, "id", json_string(traffic_id_print(id, e->id, e->ext)));
	json_object_set_new(o, "frames", json_integer((json_int_t)e->count));
	if (traffic_period(&r->d->traffic, e))
		json_object_set_new(o, "period_us", json_integer(traffic_period(&r->d->traffic, e)));
	json_object_set_new(o, "length", json_integer(e->len_max));
	json_object_set_new(o, "changing_bytes", changing);
	if (sender)
		json_object_set_new(o, "sent_to", json_string(sender->id));
	return o;
}

json_t *detect_json(const struct detect_report *r)
{
	json_t *o = json_object(), *found = json_array(), *sensors = json_array(), *others = json_array();
	for (int i = 0; i < r->v->n_found; i++)
		json_array_append_new(found, battery_json(r->d, &r->v->found[i]));
	for (int i = 0; i < r->v->n_sensors; i++) {
		json_t *sensor = contender_json(r->d, &r->v->sensors[i], NULL);
		json_object_set_new(sensor, "sender", pack_json(r->d, r->v->sensors[i].suspect));
		json_array_append_new(sensors, sensor);
	}
	for (int i = 0; i < r->d->traffic.n; i++)
		if (!r->v->mine[i])
			json_array_append_new(others, other_json(r, &r->d->traffic.list[i]));
	json_object_set_new(o, "interface", json_string(r->d->name));
	json_object_set_new(o, "frames", json_integer((json_int_t)r->d->traffic.frames));
	json_object_set_new(o, "own_frames", json_integer((json_int_t)r->d->own));
	json_object_set_new(o, "remote_frames", json_integer((json_int_t)r->d->remote));
	json_object_set_new(o, "fd_frames", json_integer((json_int_t)r->d->fd));
	json_object_set_new(o, "errors", json_integer((json_int_t)r->d->errors));
	json_object_set_new(o, "profiles_left_out", json_integer(r->d->dialects->left_out));
	if (r->bitrate)
		json_object_set_new(o, "bitrate", json_integer(r->bitrate));
	if (*r->asked)
		json_object_set_new(o, "asked", json_string(r->asked));
	json_object_set_new(o, "battagg_output", json_boolean(r->v->output));
	json_object_set_new(o, "batteries", found);
	json_object_set_new(o, "sensors", sensors);
	if (r->v->has_next)
		json_object_set_new(
			o, r->v->n_found ? "next" : "closest",
			contender_json(r->d, &r->v->next, r->v->n_found ? r->v->found[0].best.suspect : NULL));
	json_object_set_new(o, "other_ids", others);
	return o;
}
