/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Weighs what speaks for and against one suspect. A point is a bit: so many times less likely by chance is what was
 * heard, if this were another's bus. */
#include <string.h>

#include "app/detect.h"

/* Ids alone prove little where a bus has many, and nothing when what they carry makes no sense. */
#define ID_STANDARD_MOST      8
#define ID_EXTENDED           10
#define ID_PGN                6 /* standards share them */
#define CONSTANT_MOST         12
#define CHECKSUM_8            7
#define CHECKSUM_16           12
#define MAKER_LISTED          16
#define MAKER_IN_TITLE        4
#define LENGTH_OWN            1
#define LENGTH_OTHER          (-1)
#define PERIOD_OTHER          (-1)
#define CONSTANT_OTHER        (-6)
#define FIELD_BAD             (-8)
#define TEXT_BAD              (-3)
#define FIELD_ODD             (-2)
#define COUNTER_COUNTS        6
#define COUNTER_STILL         (-8)
#define MAKERS_SEVERAL        (-8)
#define MISSING_REQUIRED      (-8)
#define MISSING_OTHER         (-2)
#define MISSING_LONG          (-3)  /* after five periods it is not just lost */
#define MISSING_MOST          (-12) /* of those that are not required: dialects have many optional frames */
#define NOT_DEFAULT           (-2)
#define RV_C_PRIORITY_VICTRON 119 /* what a GX gives the batteries it tells others about */

struct weighing {
	const struct detection *d;
	const struct suspect *s;
	const struct profile *p;
	const bool *mine;
	struct score score;
};

static int at_most(int value, int most)
{
	return value > most ? most : value;
}

static bool row_is_seen(const struct weighing *w, const struct frame_tally *t)
{
	return t->taken && !(w->mine && w->mine[t->where]);
}

static int id_points(const struct weighing *w, const struct profile_frame *pf)
{
	if (pf->pgn)
		return ID_PGN;
	if (pf->ext)
		return ID_EXTENDED;
	return at_most(belief_bits(2048 / (uint64_t)w->d->traffic.n_standard), ID_STANDARD_MOST);
}

static void add_value(struct weighing *w, int points)
{
	w->score.heard += points;
	if (points > 0)
		w->score.values += points;
}

/* Constants that tell the frame from others of its id, and those that it only should have. */
static void weigh_constants(struct weighing *w, const struct profile_frame *pf, const struct frame_tally *t)
{
	int points = 0;
	if (t->broken > t->taken)
		w->score.objection = OBJECTION_CHECKSUM;
	if (pf->has_counter && t->taken > 3 && t->still > t->taken / 2) {
		w->score.heard += COUNTER_STILL;
		w->score.bad++;
	} else if (pf->has_counter && t->taken > 3) {
		add_value(w, COUNTER_COUNTS);
	}
	if (t->failed > t->held / 4) {
		w->score.heard += CONSTANT_OTHER;
		return;
	}
	for (unsigned i = 0; i < pf->n_guards; i++)
		if (!pf->guards[i].address)
			points += belief_cost(pf->guards[i].value, pf->guards[i].place.bits);
	if (pf->has_priority && w->s->priority > 0) /* what one dialect demands another knows as its talker's rank */
		points += belief_cost((uint64_t)w->s->priority, 8);
	add_value(w, at_most(points, CONSTANT_MOST));
	if (pf->checksum.kind)
		add_value(w, pf->checksum.place.bits > 8 ? CHECKSUM_16 : CHECKSUM_8);
}

/* True when a value makes no sense. */
static bool weigh_fields(struct weighing *w, const struct profile_frame *pf)
{
	bool bad = false;
	for (unsigned i = 0; i < pf->n_fields; i++) {
		const struct field_tally *t = &w->s->fields[pf->first_field + i];
		if (t->bad > t->good / 8) {
			w->score.heard += t->text_bad ? TEXT_BAD : FIELD_BAD;
			w->score.bad++;
			bad = true;
		} else if (t->good) {
			add_value(w, t->points);
			w->score.good++;
		}
		if (t->odd > t->good)
			w->score.heard += FIELD_ODD;
	}
	return bad;
}

static void weigh_shape(struct weighing *w, const struct profile_frame *pf, const struct frame_tally *t)
{
	const struct traffic_id *e = &w->d->traffic.list[t->where];
	int64_t period = traffic_period(&w->d->traffic, e);
	if (pf->fast)
		return;
	if (t->len_min == pf->dlc && t->len_max == pf->dlc)
		w->score.heard += pf->dlc < 8 ? LENGTH_OWN : 0;
	else
		w->score.heard += LENGTH_OTHER;
	bool alone = e->count == t->taken && t->groups == 1;
	if (alone && e->count > 3 && period && pf->period && (period > 4 * pf->period || period * 4 < pf->period))
		w->score.heard += PERIOD_OTHER;
}

static void weigh_row(struct weighing *w, unsigned row)
{
	const struct profile_frame *pf = &w->p->frames[row];
	const struct frame_tally *t = &w->s->frames[row];
	w->score.seen++;
	w->score.required_seen += pf->required;
	weigh_constants(w, pf, t);
	if (!weigh_fields(w, pf))
		w->score.heard += id_points(w, pf);
	weigh_shape(w, pf, t);
}

bool detect_asked(const struct profile *p, unsigned row)
{
	for (int i = 0; i < p->n_polls; i++)
		for (int k = 0; k < p->polls[i].n_answers; k++)
			if (p->polls[i].answers[k] == row)
				return true;
	return false;
}

/* For how long it was listened to, us, by how often its frames came: right also for logs that are filtered or without
 * their own times. */
static int64_t heard_for(const struct suspect *s, const struct profile *p)
{
	int64_t sum = 0, n = 0;
	for (int i = 0; i < p->n_frames; i++) {
		const struct frame_tally *t = &s->frames[i];
		if (!t->taken || !p->frames[i].period || p->frames[i].absent_ok)
			continue;
		sum += t->taken * p->frames[i].period / t->groups;
		n++;
	}
	return n ? sum / n : 0;
}

/* In how many of 10 cases a frame that is sent would have been heard by now; 0 when it need not come. */
static int overdue(const struct weighing *w, unsigned row, int64_t time)
{
	const struct profile_frame *pf = &w->p->frames[row];
	if (!pf->period || pf->absent_ok || detect_asked(w->p, row))
		return 0;
	return time >= 2 * pf->period ? 10 : (int)(time * 5 / pf->period);
}

bool detect_missing(const struct detection *d, const struct suspect *s, unsigned row)
{
	struct weighing w = { .d = d, .s = s, .p = suspect_profile(d, s) };
	return !s->frames[row].taken && overdue(&w, row, heard_for(s, w.p)) >= 5;
}

static int weigh_missing(struct weighing *w)
{
	int64_t time = heard_for(w->s, w->p);
	int required = 0, other = 0;
	for (unsigned i = 0; i < w->p->n_frames; i++) {
		if (row_is_seen(w, &w->s->frames[i]))
			continue;
		int late = overdue(w, i, time);
		w->score.missing += late >= 5;
		if (w->p->frames[i].required)
			required += MISSING_REQUIRED * late;
		else
			other += late * (time >= 5 * w->p->frames[i].period ? MISSING_LONG : MISSING_OTHER);
	}
	if (required) /* a filtered log: what else is not in it says nothing */
		other = 0;
	return (required + (other < 10 * MISSING_MOST ? 10 * MISSING_MOST : other)) / 10;
}

static void weigh_relations(struct weighing *w)
{
	for (int i = 0; i < N_RELATION; i++) {
		uint32_t held = w->s->relations[i].held, failed = w->s->relations[i].failed;
		if (failed > held / 4) {
			w->score.heard += relations[i].fails;
			w->score.bad++;
		} else if (held) {
			add_value(w, relations[i].holds);
		}
	}
}

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static bool is_letter(char c)
{
	return small(c) >= 'a' && small(c) <= 'z';
}

/* Does a word of the title begin like the maker's first word? Of short ones the whole word counts. */
static bool maker_in_title(const char *title, const char *maker)
{
	size_t n = 0;
	while (is_letter(maker[n]))
		n++;
	for (const char *at = title; n >= 3 && *at; at++) {
		size_t k = 0;
		if (at > title && is_letter(at[-1]))
			continue;
		while (k < n && small(at[k]) == small(maker[k]))
			k++;
		if (k == n && (n > 3 || !is_letter(at[k])))
			return true;
	}
	return false;
}

static void weigh_maker(struct weighing *w)
{
	const char *maker = w->s->maker;
	bool fits = !w->p->n_manufacturers;
	if (!*maker)
		return;
	for (int i = 0; i < w->p->n_manufacturers && !fits; i++)
		fits = codec_text_fits(w->p->manufacturers[i], maker);
	if (!fits)
		w->score.objection = OBJECTION_MAKER;
	else if (w->p->n_manufacturers)
		add_value(w, MAKER_LISTED);
	else if (maker_in_title(w->p->title, maker))
		add_value(w, MAKER_IN_TITLE);
	if (begins_with(maker, "BATTAGG"))
		w->score.objection = OBJECTION_BATTAGG;
	if (w->s->makers)
		w->score.heard += MAKERS_SEVERAL;
}

/* What battagg would refuse the pack for comes first. */
static void weigh_objections(struct weighing *w)
{
	const struct suspect *s = w->s;
	for (int i = 0; i < w->p->n_foreign; i++) {
		int where = traffic_find(&w->d->traffic, w->p->foreign[i].id, w->p->foreign[i].ext);
		if (where < 0 || (w->mine && w->mine[where]))
			continue;
		w->score.objection = OBJECTION_FOREIGN;
		w->score.foreign_id = w->p->foreign[i].id;
		w->score.foreign_ext = w->p->foreign[i].ext;
	}
	if (!w->p->sensor && (s->priority == RV_C_PRIORITY_VICTRON || (s->source >= 0 && w->d->victron[s->source])))
		w->score.objection = OBJECTION_ECHO;
}

struct score detect_weigh(const struct detection *d, const struct suspect *s, const bool *mine)
{
	struct weighing w = { .d = d, .s = s, .p = suspect_profile(d, s), .mine = mine };
	bool shared = false;
	for (unsigned i = 0; i < w.p->n_frames; i++) {
		const struct frame_tally *t = &s->frames[i];
		w.score.required += w.p->frames[i].required;
		if (row_is_seen(&w, t))
			weigh_row(&w, i);
		else
			shared = shared || t->taken;
	}
	if (!shared) /* else they may be made of another's values */
		weigh_relations(&w);
	weigh_maker(&w);
	weigh_objections(&w);
	w.score.heard += w.p->status == STATUS_VERIFIED ? 2 : w.p->status == STATUS_DOCUMENTED ? 1 : 0;
	w.score.heard += *suspect_dialect(d, s)->set ? NOT_DEFAULT : 0;
	w.score.points = w.score.heard + weigh_missing(&w);
	return w.score;
}
