/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Puts what speaks for and against a dialect into words that do without the protocol's. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "app/detect_say.h"

#define BAD_SHOWN       5
#define MISSING_SHOWN   8
#define RELATIONS_SHOWN 5

static void say(struct reasons *r, bool against, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void say(struct reasons *r, bool against, const char *fmt, ...)
{
	va_list args;
	if (r->n == REASONS_MAX)
		return;
	r->list[r->n].against = against;
	va_start(args, fmt);
	vsnprintf(r->list[r->n++].text, REASON_MAX, fmt, args);
	va_end(args);
}

/* A list of ids that grows: "0x351, 0x355 and 3 more". */
struct id_list {
	int n, most;
	char text[REASON_MAX - 80];
};

static void list_text(struct id_list *l, const char *id)
{
	size_t n = strlen(l->text);
	if (l->n++ < l->most)
		snprintf(l->text + n, sizeof l->text - n, "%s%s", n ? ", " : "", id);
}

static void list_row(struct id_list *l, const struct profile *p, const struct suspect *s, unsigned row)
{
	const struct profile_frame *pf = &p->frames[row];
	char id[TRAFFIC_ID_TEXT_MAX];
	if (pf->pgn)
		snprintf(id, sizeof id, "PGN %X", (unsigned)pf->id);
	else
		traffic_id_print(id, codec_id(pf, pf->has_index ? 0 : pf->group_min, s->address), pf->ext);
	list_text(l, id);
}

static void end_list(struct id_list *l)
{
	size_t n = strlen(l->text);
	if (l->n > l->most)
		snprintf(l->text + n, sizeof l->text - n, " and %d more", l->n - l->most);
}

static void say_frames(struct reasons *r, const struct detection *d, const struct suspect *s)
{
	const struct profile *p = suspect_profile(d, s);
	struct id_list needed = { .most = MISSING_SHOWN }, missing = { .most = MISSING_SHOWN },
		       other = { .most = MISSING_SHOWN };
	for (unsigned i = 0; i < p->n_frames; i++) {
		bool taken = s->frames[i].taken, required = p->frames[i].required;
		if (taken && required)
			list_row(&needed, p, s, i);
		else if (!taken && required)
			list_row(&missing, p, s, i);
		else if (!taken && detect_missing(d, s, i))
			list_row(&other, p, s, i);
	}
	end_list(&needed);
	end_list(&missing);
	end_list(&other);
	if (needed.n && !missing.n)
		say(r, false, "every frame that it must send came: %s", needed.text);
	else if (needed.n)
		say(r, false, "came, of the frames that it must send: %s", needed.text);
	if (missing.n)
		say(r, true, "not heard, but without %s battagg takes no pack of it for present: %s",
		    missing.n > 1 ? "them" : "it", missing.text);
	if (other.n)
		say(r, true, "not heard, though it usually sends %s: %s", other.n > 1 ? "them" : "it", other.text);
}

static void say_objection(struct reasons *r, const struct detection *d, const struct contender *c)
{
	const struct suspect *s = c->suspect;
	const char *name = suspect_profile(d, s)->id;
	char id[TRAFFIC_ID_TEXT_MAX];
	switch (c->score.objection) {
	case OBJECTION_NONE: break;
	case OBJECTION_FOREIGN:
		say(r, true, "frame %s was heard, which %s never sends: battagg would refuse this pack",
		    traffic_id_print(id, c->score.foreign_id, c->score.foreign_ext), name);
		break;
	case OBJECTION_MAKER:
		say(r, true, "it calls itself \"%s\", which is none of the makers that speak %s", s->maker, name);
		break;
	case OBJECTION_CHECKSUM: say(r, true, "the checksums are wrong"); break;
	case OBJECTION_ECHO:
		say(r, true,
		    "it comes from a Victron device, which tells others about a battery: a GX repeats there what it "
		    "knows, also battagg's own");
		break;
	case OBJECTION_BATTAGG:
		say(r, true, "it calls itself \"%s\": that is what battagg itself sends", s->maker);
		break;
	}
}

static void say_maker(struct reasons *r, const struct detection *d, const struct contender *c)
{
	const struct suspect *s = c->suspect;
	if (!*s->maker || c->score.objection == OBJECTION_MAKER || c->score.objection == OBJECTION_BATTAGG)
		return;
	if (suspect_profile(d, s)->n_manufacturers)
		say(r, false, "it calls itself \"%s\", as this dialect's makers do", s->maker);
	else
		say(r, false, "it calls itself \"%s\"", s->maker);
	if (s->makers)
		say(r, true, "it calls itself now this, now that: do two batteries without addresses share the bus?");
}

/* Signatures: constants and checksums. */
static void say_signs(struct reasons *r, const struct detection *d, const struct suspect *s)
{
	const struct profile *p = suspect_profile(d, s);
	struct id_list held = { .most = 4 }, failed = { .most = 4 }, sums = { .most = 4 }, broken = { .most = 4 };
	struct id_list still = { .most = 4 };
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct frame_tally *t = &s->frames[i];
		bool demanded = false;
		for (unsigned g = 0; t->taken && g < p->frames[i].n_guards; g++)
			demanded = demanded || (p->frames[i].guards[g].demand && !p->frames[i].guards[g].address);
		if (t->failed > t->held / 4)
			list_row(&failed, p, s, i);
		else if (t->held || demanded)
			list_row(&held, p, s, i);
		if (p->frames[i].has_counter && t->taken > 3 && t->still > t->taken / 2)
			list_row(&still, p, s, i);
		if (t->taken && p->frames[i].checksum.kind)
			list_row(t->broken > t->taken / 4 ? &broken : &sums, p, s, i);
	}
	end_list(&held);
	end_list(&failed);
	end_list(&sums);
	end_list(&broken);
	end_list(&still);
	if (held.n)
		say(r, false, "the marks that tell its frames from others are in place: %s", held.text);
	if (sums.n)
		say(r, false, "checksums are right: %s", sums.text);
	if (failed.n)
		say(r, true, "a mark that it puts into its frames is not in %s", failed.text);
	if (still.n)
		say(r, true, "its counter stands still: %s", still.text);
	if (broken.n)
		say(r, true, "many checksums are wrong: %s", broken.text);
}

/* Lengths prove little: clones fill their frames up. */
static void say_lengths(struct reasons *r, const struct detection *d, const struct suspect *s)
{
	const struct profile *p = suspect_profile(d, s);
	struct id_list own = { .most = 6 }, other = { .most = 6 };
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct frame_tally *t = &s->frames[i];
		if (!t->taken || p->frames[i].fast)
			continue;
		if (t->len_min != p->frames[i].dlc || t->len_max != p->frames[i].dlc)
			list_row(&other, p, s, i);
		else if (p->frames[i].dlc < 8)
			list_row(&own, p, s, i);
	}
	end_list(&own);
	end_list(&other);
	if (own.n)
		say(r, false, "frames are as short as it sends them: %s", own.text);
	if (other.n)
		say(r, true, "frames have other lengths than it usually sends: %s", other.text);
}

static void say_bad_values(struct reasons *r, const struct detection *d, const struct suspect *s)
{
	const struct profile *p = suspect_profile(d, s);
	int shown = 0;
	for (unsigned i = 0; i < p->n_frames; i++) {
		for (unsigned k = 0; k < p->frames[i].n_fields; k++) {
			const struct field *f = &p->fields[p->frames[i].first_field + k];
			const struct field_tally *t = &s->fields[p->frames[i].first_field + k];
			char name[FIELD_NAME_MAX], value[VALUE_TEXT_MAX];
			if (t->bad <= t->good / 8 || shown++ >= BAD_SHOWN)
				continue;
			struct id_list id = { .most = 1 };
			list_row(&id, p, s, i);
			profile_field_name(f, name, sizeof name);
			if (t->text_bad)
				say(r, true, "what stands in %s is no text, as its %s would be", id.text, name);
			else
				say(r, true, "%s read from %s would be %s, which no battery has", name, id.text,
				    value_print(value, sizeof value,
						profile_field_unit(f),
						t->worst));
		}
	}
	if (shown > BAD_SHOWN)
		say(r, true, "and %d values more that make no sense", shown - BAD_SHOWN);
}

/* As few decimals as a person reads: volts of a pack with two. */
static void append(char buf[VALUES_TEXT_MAX], const struct battery *b, enum quantity q, int decimals,
		   const char *before)
{
	char value[VALUE_TEXT_MAX];
	size_t n = strlen(buf);
	if (!battery_has(b, q) || n >= VALUES_TEXT_MAX - 1)
		return;
	value_print_fixed(value, sizeof value, quantities[q].unit, b->q[q].value, decimals);
	snprintf(buf + n, VALUES_TEXT_MAX - n, "%s%s", n || *before != ',' ? before : before + 2, value);
}

const char *detect_values(char buf[VALUES_TEXT_MAX], const struct suspect *s)
{
	static const struct {
		enum quantity q;
		int decimals;
		const char *before;
	} shown[] = {
		{ Q_VOLTAGE, 2, ", " },
		{ Q_CURRENT, 1, ", " },
		{ Q_SOC, 0, ", " },
		{ Q_TEMPERATURE, 0, ", " },
		{ Q_CVL, 1, ", charge up to " },
		{ Q_LOW_VOLTAGE, 1, ", discharge down to " },
		{ Q_CCL, 0, ", charge with up to " },
		{ Q_DCL, 0, ", discharge with up to " },
		{ Q_CELL_VOLTAGE_MIN, 3, ", lowest cell " },
		{ Q_CELL_VOLTAGE_MAX, 3, ", highest cell " },
		{ Q_CAPACITY, 0, ", capacity " },
		{ Q_CAPACITY_REMAINING, 0, ", left in it " },
	};
	*buf = 0;
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		append(buf, &s->seen.b, shown[i].q, shown[i].decimals, shown[i].before);
	return buf;
}

static void say_values(struct reasons *r, const struct contender *c)
{
	char values[VALUES_TEXT_MAX];
	int shown = 0;
	detect_values(values, c->suspect);
	if (*values)
		say(r, c->score.bad * 3 > c->score.good, "read so, it says: %s", values);
	for (int i = 0; i < N_RELATION; i++) {
		uint32_t held = c->suspect->relations[i].held, failed = c->suspect->relations[i].failed;
		if (failed > held / 4)
			say(r, true, "%s", relations[i].bad);
		else if (held && *relations[i].good && shown++ < RELATIONS_SHOWN)
			say(r, false, "%s", relations[i].good);
	}
}

void detect_reasons(struct reasons *r, const struct detection *d, const struct contender *c)
{
	r->n = 0;
	say_objection(r, d, c);
	say_frames(r, d, c->suspect);
	say_maker(r, d, c);
	say_signs(r, d, c->suspect);
	say_lengths(r, d, c->suspect);
	say_bad_values(r, d, c->suspect);
	say_values(r, c);
}

void detect_compare(struct reasons *r, const struct detection *d, const struct contender *c,
		    const struct suspect *found)
{
	struct id_list left = { .most = 8 };
	char difference[DIFFERENCE_TEXT_MAX], id[TRAFFIC_ID_TEXT_MAX];
	int shared = 0;
	r->n = 0;
	for (int i = 0; i < d->traffic.n; i++) {
		const struct traffic_id *e = &d->traffic.list[i];
		if (!suspect_knows(d, found, e))
			continue;
		if (suspect_knows(d, c->suspect, e))
			shared++;
		else
			list_text(&left, traffic_id_print(id, e->id, e->ext));
	}
	end_list(&left);
	if (left.n)
		say(r, true, "it has no frames %s, which were heard", left.text);
	if (shared && suspects_agree(found, c->suspect, difference))
		say(r, false, "what it reads, it reads as %s does", suspect_profile(d, found)->id);
	else if (shared)
		say(r, true, "it would read: %s", difference);
}

static bool is_id(uint32_t id, uint32_t first, uint32_t step, const struct profile *p)
{
	uint32_t from = first + step * p->address_min, to = first + step * p->address_max;
	return id >= from && id <= to && (step ? (id - from) % step == 0 : id == first);
}

const struct profile *detect_sender(const struct detection *d, const struct traffic_id *e, const char **what)
{
	for (int i = 0; i < d->dialects->n; i++) {
		const struct profile *p = d->dialects->list[i].p;
		for (unsigned k = 0; k < p->n_transmit; k++) {
			const struct transmit *t = &p->transmit[k];
			if (t->frame.ext == e->ext && is_id(e->id, t->frame.id, t->per_address, p)) {
				*what = t->name;
				return p;
			}
		}
		for (unsigned k = 0; k < p->n_polls; k++) {
			const struct poll *q = &p->polls[k];
			bool same = !e->first.len || (e->first.len == q->frame.len && q->frame.data[0] == e->first.data[0]);
			if (same && !q->frame.remote && q->frame.ext == e->ext &&
			    is_id(e->id, q->frame.id, q->per_address, p)) {
				*what = q->name;
				return p;
			}
		}
	}
	return NULL;
}
