/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What `battagg detect --ask` sends: the profiles' keep-alives and questions, one of each profile to every address, and
 * all of them where something answered. Never what moves contactors, never an id that is on the bus already. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/detect_listen.h"
#include "app/detect_say.h"

#define KEEPALIVES_MAX 64
#define QUESTIONS_MAX  2048
#define ASK_AGAIN      INT64_C(1000000) /* us; of a pack that answers */

struct keepalive {
	struct frame frame;
	int64_t period, due; /* us */
};

struct question {
	struct frame frame;
	uint16_t dialect;
};

struct asking {
	int n_keepalives;
	struct keepalive keepalives[KEEPALIVES_MAX];
	int n_questions, asked;
	struct question questions[QUESTIONS_MAX];
	/* all questions to those that answer, in turn */
	int suspect, poll;
	int64_t round;    /* us, when they start anew */
	bool turn;        /* whose turn it is: theirs, or a first question's */
	struct frame now; /* the one of theirs that is sent */
	uint64_t sent_all;
};

static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->id == b->id && a->ext == b->ext && a->remote == b->remote && a->len == b->len &&
	       !memcmp(a->data, b->data, sizeof a->data);
}

/* An id that somebody uses is not sent, whatever it means there. */
static bool is_taken(const struct detection *d, const struct frame *f)
{
	return traffic_find(&d->traffic, f->id, f->ext) >= 0;
}

static void add_keepalive(struct asking *a, const struct detection *d, const struct transmit *t)
{
	if (!t->on || t->control || t->per_address || is_taken(d, &t->frame) || a->n_keepalives == KEEPALIVES_MAX)
		return;
	for (int i = 0; i < a->n_keepalives; i++)
		if (same_frame(&a->keepalives[i].frame, &t->frame))
			return;
	a->keepalives[a->n_keepalives++] = (struct keepalive) { .frame = t->frame, .period = t->period };
}

static bool answers_required(const struct profile *p, const struct poll *q)
{
	for (int i = 0; i < q->n_answers; i++)
		if (p->frames[q->answers[i]].required)
			return true;
	return false;
}

static void add_question(struct asking *a, const struct detection *d, unsigned dialect)
{
	const struct profile *p = d->dialects->list[dialect].p;
	const struct poll *first = p->polls;
	for (int i = p->n_polls - 1; i >= 0; i--)
		if (answers_required(p, &p->polls[i]))
			first = &p->polls[i];
	for (unsigned address = p->address_min; p->n_polls && address <= p->address_max; address++) {
		struct question q = { first->frame, (uint16_t)dialect };
		q.frame.id += first->per_address * address;
		bool there = is_taken(d, &q.frame) || a->n_questions == QUESTIONS_MAX;
		for (int i = 0; i < a->n_questions && !there; i++)
			there = same_frame(&a->questions[i].frame, &q.frame);
		if (!there)
			a->questions[a->n_questions++] = q;
	}
}

static bool has_rate(const struct profile *p, int64_t bitrate)
{
	return !bitrate || !p->bitrate || p->bitrate == bitrate || p->bitrate_alt == bitrate;
}

struct asking *asking_new(const struct detection *d, int64_t bitrate)
{
	struct asking *a = calloc(1, sizeof *a);
	for (int i = 0; a && i < d->dialects->n; i++) {
		const struct dialect *dialect = &d->dialects->list[i];
		if (dialect->base != i || !has_rate(dialect->p, bitrate))
			continue;
		for (int k = 0; k < dialect->p->n_transmit; k++)
			add_keepalive(a, d, &dialect->p->transmit[k]);
		add_question(a, d, (unsigned)i);
	}
	return a;
}

void asking_free(struct asking *a)
{
	free(a);
}

const char *asking_forbidden(const struct listening *l, char buf[ASKED_TEXT_MAX])
{
	const struct traffic *t = &l->d->traffic;
	char id[TRAFFIC_ID_TEXT_MAX];
	if (l->d->own) {
		snprintf(buf, ASKED_TEXT_MAX, "another program on this machine sends on %s", l->link.name);
		return buf;
	}
	if (l->port.count.remote) {
		snprintf(buf, ASKED_TEXT_MAX, "somebody asks by remote frames");
		return buf;
	}
	for (int i = 0; i < t->n; i++) {
		const char *what;
		const struct traffic_id *e = &t->list[i];
		const struct profile *p = detect_sender(l->d, e, &what);
		if (!p && !traffic_is_gx(e))
			continue;
		snprintf(buf, ASKED_TEXT_MAX, "%s was heard%s%s%s%s", traffic_id_print(id, e->id, e->ext),
			 p ? ", which is `" : ", from a GX or an inverter", p ? what : "", p ? "` of " : "",
			 p ? p->id : "");
		return buf;
	}
	return NULL;
}

static const struct frame *next_keepalive(struct asking *a, int64_t now)
{
	for (int i = 0; i < a->n_keepalives; i++) {
		struct keepalive *k = &a->keepalives[i];
		if (now < k->due)
			continue;
		k->due = now + k->period;
		return &k->frame;
	}
	return NULL;
}

/* The next of all questions to a pack that has answered one. */
static bool next_of_all(struct asking *a, const struct detection *d, int64_t now)
{
	if (a->suspect >= d->n_suspects && now >= a->round) {
		a->suspect = a->poll = 0;
		a->round = now + ASK_AGAIN;
	}
	for (; a->suspect < d->n_suspects; a->suspect++, a->poll = 0) {
		const struct suspect *s = d->suspects[a->suspect];
		const struct profile *p = suspect_profile(d, s);
		if (*suspect_dialect(d, s)->set || a->poll >= p->n_polls)
			continue;
		const struct poll *poll = &p->polls[a->poll++];
		a->now = poll->frame;
		a->now.id += poll->per_address * s->address;
		a->sent_all++;
		return true;
	}
	return false;
}

const struct frame *asking_next(struct asking *a, const struct detection *d, int64_t now)
{
	const struct frame *keepalive = next_keepalive(a, now);
	if (keepalive)
		return keepalive;
	a->turn = !a->turn || a->asked >= a->n_questions;
	if (a->turn && next_of_all(a, d, now))
		return &a->now;
	return a->asked < a->n_questions ? &a->questions[a->asked++].frame : NULL;
}

bool asking_done(const struct asking *a)
{
	return a->asked >= a->n_questions;
}

static void print_questions(const struct asking *a, const struct detection *d, FILE *out)
{
	for (int i = 0, n = 1; i < a->asked; i += n) {
		for (n = 1; i + n < a->asked && a->questions[i + n].dialect == a->questions[i].dialect;)
			n++;
		fprintf(out, "%s %s (%d address%s)", i ? "," : "; a first question of",
			d->dialects->list[a->questions[i].dialect].p->id, n, n > 1 ? "es" : "");
	}
}

void asking_print(const struct asking *a, const struct detection *d, char buf[ASKED_TEXT_MAX])
{
	char id[TRAFFIC_ID_TEXT_MAX];
	FILE *out = fmemopen(buf, ASKED_TEXT_MAX, "w");
	if (!out)
		return;
	fprintf(out, "sent: keep-alives");
	for (int i = 0; i < a->n_keepalives; i++)
		fprintf(out, "%s %s", i ? "," : "",
			traffic_id_print(id, a->keepalives[i].frame.id, a->keepalives[i].frame.ext));
	print_questions(a, d, out);
	if (a->sent_all)
		fprintf(out, "; %" PRIu64 " questions to who answered", a->sent_all);
	fclose(out);
	buf[ASKED_TEXT_MAX - 1] = 0;
}
