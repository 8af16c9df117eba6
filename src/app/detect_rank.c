/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Makes a verdict of the suspects: which dialect it is, which others can't be told from it, what else is on the bus. */
#include <stdlib.h>
#include <string.h>

#include "app/detect.h"

/* So many points give a name; more, when required frames were not heard. Random traffic reaches neither. */
#define NAME_HEARD         24
#define NAME_VALUES        10
#define NAME_HEARD_PARTLY  30
#define NAME_VALUES_PARTLY 20
#define MARGIN             8 /* so many points behind, another is as good */
#define SURE_HEARD         40
#define PACK_HEARD         18
#define NEXT_HEARD         12

static bool makes_sense(const struct score *s)
{
	return s->objection == OBJECTION_NONE && s->bad * 3 <= s->good;
}

static bool fits(const struct score *s)
{
	bool partly = s->required_seen < s->required;
	return makes_sense(s) && s->heard >= (partly ? NAME_HEARD_PARTLY : NAME_HEARD) &&
	       s->values >= (partly ? NAME_VALUES_PARTLY : NAME_VALUES);
}

/* The better first. Among equals what is proven, then what is general, then by name. */
static int compare(const struct detection *d, const struct contender *a, const struct contender *b)
{
	const struct profile *p = suspect_profile(d, a->suspect), *q = suspect_profile(d, b->suspect);
	if (a->fits != b->fits)
		return a->fits ? -1 : 1;
	if (a->score.points != b->score.points)
		return b->score.points - a->score.points;
	if (p->status != q->status)
		return (int)q->status - (int)p->status;
	if (!p->n_manufacturers != !q->n_manufacturers)
		return p->n_manufacturers ? 1 : -1;
	return strcmp(p->id, q->id);
}

/* The best suspect of each profile, the best profile first. */
struct ranking {
	const struct detection *d;
	int n;
	struct contender list[CONTENDERS_MAX];
};

static void enter(struct ranking *r, const struct contender *c)
{
	int base = suspect_dialect(r->d, c->suspect)->base, at = 0;
	for (int i = 0; i < r->n; i++) {
		if (suspect_dialect(r->d, r->list[i].suspect)->base != base)
			continue;
		if (compare(r->d, &r->list[i], c) <= 0)
			return;
		memmove(&r->list[i], &r->list[i + 1], (size_t)(--r->n - i) * sizeof *r->list);
	}
	while (at < r->n && compare(r->d, &r->list[at], c) <= 0)
		at++;
	if (at == CONTENDERS_MAX)
		return;
	r->n -= r->n == CONTENDERS_MAX;
	memmove(&r->list[at + 1], &r->list[at], (size_t)(r->n++ - at) * sizeof *r->list);
	r->list[at] = *c;
}

static void rank(struct ranking *r, const struct detection *d, const bool *mine)
{
	r->d = d;
	r->n = 0;
	for (int i = 0; i < d->n_suspects; i++) {
		struct contender c = { .suspect = d->suspects[i], .score = detect_weigh(d, d->suspects[i], mine) };
		if (!c.score.seen || suspect_profile(d, c.suspect)->sensor)
			continue;
		c.fits = fits(&c.score);
		enter(r, &c);
	}
}

/* ---- two readings of the same frames ---- */

static int64_t apart(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* Coarser and finer fields of one value may differ by the coarser step. */
static bool about_equal(enum quantity q, int64_t a, int64_t b)
{
	int64_t per_one = unit_per_one(quantities[q].unit), size = a < 0 ? -a : a;
	return apart(a, b) <= (size / 50 > per_one ? size / 50 : per_one);
}

static void note_difference(char text[DIFFERENCE_TEXT_MAX], const char *what, const char *b, const char *a)
{
	size_t n = strlen(text);
	snprintf(text + n, DIFFERENCE_TEXT_MAX - n, "%s%s %s instead of %s", n ? ", " : "", what, b, a);
}

bool suspects_agree(const struct suspect *a, const struct suspect *b, char difference[DIFFERENCE_TEXT_MAX])
{
	int n = 0;
	*difference = 0;
	for (int q = 0; q < N_QUANTITY; q++) {
		const struct measure *x = &a->seen.b.q[q], *y = &b->seen.b.q[q];
		char was[VALUE_TEXT_MAX], is[VALUE_TEXT_MAX];
		if (x->validity != VALID || y->validity != VALID || about_equal((enum quantity)q, x->value, y->value) ||
		    n++ >= 3)
			continue;
		note_difference(difference, quantities[q].name,
				value_print(is, sizeof is, quantities[q].unit, y->value),
				value_print(was, sizeof was, quantities[q].unit, x->value));
	}
	for (int i = 0; i < N_ALARM; i++) {
		uint8_t x = a->seen.b.alarm[i].alarm, y = b->seen.b.alarm[i].alarm;
		if (x && y && x != y && n++ < 3)
			note_difference(difference, alarms[i].name, y == TRI_ACTIVE ? "active" : "ok",
					x == TRI_ACTIVE ? "active" : "ok");
	}
	return !n;
}

/* ---- batteries ---- */

bool suspect_knows(const struct detection *d, const struct suspect *s, const struct traffic_id *e)
{
	struct frame f = { .id = e->id, .ext = e->ext };
	int index = -1;
	unsigned group;
	if (s->source >= 0 && (e->id & 0xFF) != (uint32_t)s->source)
		return false;
	return codec_match(suspect_profile(d, s), s->address, &f, &index, &group);
}

static void take_ids(bool *mine, const struct detection *d, const struct suspect *s)
{
	for (int i = 0; i < d->traffic.n; i++)
		mine[i] = mine[i] || suspect_knows(d, s, &d->traffic.list[i]);
}

/* Of all the packs of its dialect. */
static void take_all_ids(bool *mine, const struct detection *d, const struct suspect *s)
{
	for (int i = 0; i < d->n_suspects; i++)
		if (d->suspects[i]->dialect == s->dialect)
			take_ids(mine, d, d->suspects[i]);
}

/* Of several senders that tell of one battery, the one that battagg would believe. */
static bool put_pack(struct battery_found *f, const struct suspect *s)
{
	for (int i = 0; i < f->n_packs; i++) {
		if (f->packs[i]->address != s->address)
			continue;
		if (s->priority > f->packs[i]->priority)
			f->packs[i] = s;
		return true;
	}
	if (f->n_packs == PACKS_SHOWN)
		return false;
	f->packs[f->n_packs++] = s;
	return true;
}

static int by_address(const void *a, const void *b)
{
	const struct suspect *x = *(const struct suspect *const *)a, *y = *(const struct suspect *const *)b;
	return x->address - y->address;
}

/* How many of its frames are in `mine`, and how many it has. */
static int shared_rows(const struct detection *d, const struct suspect *s, const bool *mine, int *seen)
{
	int shared = 0;
	*seen = 0;
	for (int i = 0; i < suspect_profile(d, s)->n_frames; i++) {
		if (!s->frames[i].taken)
			continue;
		++*seen;
		shared += mine[s->frames[i].where];
	}
	return shared;
}

/* Another dialect reads those of its frames that are on the bus, and more convincingly: JK's ids are also those of a
 * CANopen node 0x74. */
static bool is_anothers(const struct detection *d, const struct suspect *s, int heard)
{
	for (int i = 0; i < d->n_suspects; i++) {
		const struct suspect *other = d->suspects[i];
		bool own[TRAFFIC_MAX] = { false };
		int seen;
		if (suspect_dialect(d, other)->base == suspect_dialect(d, s)->base)
			continue;
		struct score score = detect_weigh(d, other, NULL);
		if (score.heard <= heard || !makes_sense(&score))
			continue;
		take_ids(own, d, other);
		if (shared_rows(d, s, own, &seen))
			return true;
	}
	return false;
}

static bool is_pack(const struct detection *d, const struct suspect *s)
{
	struct score score = detect_weigh(d, s, NULL);
	return score.heard >= PACK_HEARD && score.values >= NAME_VALUES && score.required_seen &&
	       score.bad * 3 <= score.good && score.objection != OBJECTION_ECHO && !is_anothers(d, s, score.heard);
}

/* All packs that speak the same dialect. */
static void find_packs(struct battery_found *f, const struct detection *d, bool *mine)
{
	const struct suspect *best = f->best.suspect;
	for (int i = 0; i < d->n_suspects; i++) {
		const struct suspect *s = d->suspects[i];
		if (s->dialect != best->dialect || (s != best && !is_pack(d, s)))
			continue;
		take_ids(mine, d, s);
		f->packs_left_out += !put_pack(f, s);
	}
	qsort(f->packs, (size_t)f->n_packs, sizeof *f->packs, by_address);
}

static bool is_complete(const struct contender *c)
{
	return c->fits && c->score.required_seen == c->score.required;
}

/* Two that share a frame are one battery. Where one reads it as a whole and the other pack by pack, the whole comes
 * first: it needs no address, and knows what no pack tells. */
static int whole_before_packs(const struct ranking *r, int first)
{
	const struct detection *d = r->d;
	bool own[TRAFFIC_MAX] = { false };
	int seen;
	if (!suspect_profile(d, r->list[first].suspect)->per_address)
		return first;
	take_ids(own, d, r->list[first].suspect);
	for (int i = 0; i < r->n; i++) {
		const struct suspect *s = r->list[i].suspect;
		if (i != first && is_complete(&r->list[i]) && !suspect_profile(d, s)->per_address &&
		    shared_rows(d, s, own, &seen))
			return i;
	}
	return first;
}

static void place_other(struct verdict_on *v, struct battery_found *f, const struct detection *d,
			const struct contender *c, bool *own)
{
	int seen, shared = shared_rows(d, c->suspect, own, &seen);
	bool rival = shared * 2 > seen; /* another word for the same frames */
	if (!shared)
		return;
	if (rival && c->fits && c->score.points >= f->best.score.points - MARGIN) {
		f->same[f->n_same++] = *c;
	} else if (!rival && is_complete(c)) {
		f->also[f->n_also++] = *c;
	} else if (rival && !v->has_next && c->score.heard >= NEXT_HEARD) {
		v->has_next = true;
		v->next = *c;
	}
}

/* The best of a ranking, what can't be told from it, and the next after those. */
static void take_battery(struct verdict_on *v, const struct ranking *r, int first)
{
	const struct detection *d = r->d;
	struct battery_found *f = &v->found[v->n_found++];
	bool own[TRAFFIC_MAX] = { false };
	first = whole_before_packs(r, first);
	*f = (struct battery_found) { .best = r->list[first], .twin = -1 };
	f->beside = f->best.score.objection == OBJECTION_NONE &&
		    detect_weigh(d, f->best.suspect, NULL).objection == OBJECTION_FOREIGN;
	find_packs(f, d, own);
	for (int i = 0; i < r->n; i++)
		if (i != first)
			place_other(v, f, d, &r->list[i], own);
	for (int i = 0; i < f->n_also; i++)
		take_all_ids(own, d, f->also[i].suspect);
	for (int i = 0; i < d->traffic.n; i++)
		v->mine[i] = v->mine[i] || own[i];
}

/* Told by one sender, with the same values: one battery, twice? */
static int find_twin(const struct verdict_on *v, const struct battery_found *f)
{
	const struct suspect *s = f->best.suspect;
	for (int i = 0; i < v->n_found; i++) {
		const struct suspect *other = v->found[i].best.suspect;
		char difference[DIFFERENCE_TEXT_MAX];
		if (&v->found[i] != f && s->source >= 0 && s->source == other->source &&
		    battery_has(&s->seen.b, Q_VOLTAGE) && battery_has(&other->seen.b, Q_VOLTAGE) &&
		    suspects_agree(other, s, difference))
			return i;
	}
	return -1;
}

/* Another battery on the same bus, of what is left: it must be all there, or one brand's odd frames would become two. */
static bool take_another(struct verdict_on *v, struct ranking *r, const struct detection *d)
{
	rank(r, d, v->mine);
	for (int i = 0; i < r->n; i++) {
		const struct score *s = &r->list[i].score;
		if (!r->list[i].fits || s->required_seen < s->required)
			continue;
		take_battery(v, r, i);
		v->found[v->n_found - 1].twin = find_twin(v, &v->found[v->n_found - 1]);
		return true;
	}
	return false;
}

/* Two batteries, each with ids that the other's profile rules out: at first sight none fits. */
static bool take_hostile(struct verdict_on *v, struct ranking *r, const struct detection *d)
{
	for (int i = 0; i < r->n; i++) {
		struct contender c = r->list[i];
		bool own[TRAFFIC_MAX] = { false };
		struct ranking rest;
		if (c.score.objection != OBJECTION_FOREIGN)
			continue;
		int foreign = traffic_find(&d->traffic, c.score.foreign_id, c.score.foreign_ext);
		c.score.objection = OBJECTION_NONE;
		c.fits = fits(&c.score);
		if (!is_complete(&c))
			continue;
		take_ids(own, d, c.suspect);
		rank(&rest, d, own);
		if (!rest.n || !is_complete(&rest.list[0]) ||
		    !suspect_knows(d, rest.list[0].suspect, &d->traffic.list[foreign]))
			continue;
		r->list[i] = c;
		take_battery(v, r, i);
		return true;
	}
	return false;
}

/* A battery that was found, read as a sensor: its sender tells all that the sensor would, and more, as limits. */
static bool is_battery(const struct verdict_on *v, const struct detection *d, const struct suspect *s, const bool *of_batteries)
{
	int seen, all;
	if (shared_rows(d, s, of_batteries, &seen) < seen)
		return false;
	for (int i = 0; i < v->n_found; i++) {
		const struct suspect *battery = v->found[i].best.suspect;
		shared_rows(d, battery, of_batteries, &all);
		if (battery->source == s->source && all > seen)
			return true;
	}
	return false;
}

static void find_sensors(struct verdict_on *v, const struct detection *d)
{
	bool of_batteries[TRAFFIC_MAX];
	memcpy(of_batteries, v->mine, sizeof of_batteries);
	for (int i = 0; i < d->n_suspects && v->n_sensors < SENSORS_FOUND_MAX; i++) {
		const struct suspect *s = d->suspects[i];
		if (!suspect_profile(d, s)->sensor)
			continue;
		struct contender c = { .suspect = s, .score = detect_weigh(d, s, NULL) };
		c.fits = makes_sense(&c.score) && c.score.values > 0 && c.score.required_seen;
		if (!c.fits || is_battery(v, d, s, of_batteries))
			continue;
		v->sensors[v->n_sensors++] = c;
		take_ids(v->mine, d, s);
	}
}

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* The texts of the output say so: as they are by default, or those of this machine's config. */
static bool is_own_output(const struct detection *d, const struct suspect *s)
{
	const char(*text)[TEXT_MAX + 1] = s->seen.b.text;
	const struct bank_names *bank = &d->bank;
	return begins_with(s->maker, "BATTAGG") || !strcmp(text[TEXT_FAMILY], "battagg") ||
	       begins_with(text[TEXT_SERIAL], "battagg-") ||
	       (*bank->manufacturer && !strcmp(s->maker, bank->manufacturer) && !strcmp(text[TEXT_SERIAL], bank->serial));
}

/* Its frames are those of half a dozen dialects, of which some have no maker's name to tell them by. */
static const struct suspect *find_own_output(const struct detection *d)
{
	for (int i = 0; i < d->n_suspects; i++)
		if (!strcmp(suspect_profile(d, d->suspects[i])->id, PROFILE_OF_OUTPUT) && is_own_output(d, d->suspects[i]))
			return d->suspects[i];
	return NULL;
}

/* Nothing that is still to come would change the name. */
static bool is_sure(const struct battery_found *f, const struct detection *d)
{
	const struct profile *p = suspect_profile(d, f->best.suspect);
	for (int i = 0; i < p->n_frames; i++)
		if (p->frames[i].required && f->best.suspect->frames[i].taken < 2)
			return false;
	return !f->n_same && f->best.score.heard >= SURE_HEARD;
}

void detect_rank(struct verdict_on *v, const struct detection *d)
{
	struct ranking r;
	memset(v, 0, sizeof *v);
	v->output = find_own_output(d);
	if (v->output)
		take_all_ids(v->mine, d, v->output);
	rank(&r, d, NULL);
	if (!v->output && r.n && r.list[0].fits)
		take_battery(v, &r, 0);
	if (v->output || v->n_found || take_hostile(v, &r, d)) {
		v->sure = v->output || is_sure(&v->found[0], d);
		while (v->n_found < FOUND_MAX && take_another(v, &r, d))
			;
	} else if (r.n) {
		v->has_next = true;
		v->next = r.list[0];
	}
	find_sensors(v, d);
}
