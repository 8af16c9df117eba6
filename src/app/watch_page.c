/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The page of `battagg decode --watch`: frames of the profile with their values, then what else is on the bus. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/watch.h"

#define US_PER_S     INT64_C(1000000)
#define MARK_FOR     (2 * US_PER_S) /* a change stays marked */
#define OTHERS_SHOWN 60
#define INDENT       6

#define BOLD  "\033[1m"
#define RED   "\033[31m"
#define DIM   "\033[2m"
#define PLAIN "\033[0m"

struct page {
	const struct watch *w;
	FILE *out;
	int columns;
	bool color;
};

static const char *ansi(const struct page *p, const char *code)
{
	return p->color ? code : "";
}

static void print_top(const struct page *p)
{
	const struct watch *w = p->w;
	fprintf(p->out, "%s%s with %s%s: %" PRIu64 " frames, %" PRIu64 " of them the profile's", ansi(p, BOLD),
		w->o->source, w->o->profile, ansi(p, PLAIN), w->n_all, w->n_ours);
	if (w->reloads)
		fprintf(p->out, "; read again %u time%s%s", w->reloads, w->reloads > 1 ? "s" : "",
			w->live ? " and counted since then" : "");
	fprintf(p->out, ". q ends\n");
	if (*w->trouble)
		fprintf(p->out, "%s%s%s\n", ansi(p, RED), w->trouble, ansi(p, PLAIN));
	if (!w->problems)
		return;
	fprintf(p->out, "%s%s:%s\n", ansi(p, RED),
		w->p ? "The file has errors; what you see is read as it was before" : "The file has errors",
		ansi(p, PLAIN));
	for (const char *at = w->problems; *at;) {
		int n = (int)strcspn(at, "\n");
		fprintf(p->out, "  %.*s\n", n, at);
		at += n + (at[n] == '\n');
	}
}

/* How often it comes, and how long ago it last did. */
static void print_times(const struct page *p, const struct watched_frame *f)
{
	char rate[32] = "once", age[48] = "";
	int64_t ago = p->w->now - f->at;
	if (f->count > 1 && f->at > f->first) {
		int64_t ms = (f->at - f->first) / (int64_t)(f->count - 1) / 1000;
		snprintf(rate, sizeof rate, "%" PRId64 " ms", ms);
	} else if (f->count > 1) {
		snprintf(rate, sizeof rate, "%" PRIu64 " times", f->count);
	}
	if (p->w->timed)
		snprintf(age, sizeof age, "%" PRId64 ".%" PRId64 " s ago", ago / US_PER_S, ago / (US_PER_S / 10) % 10);
	fprintf(p->out, "  %9s  %12s", rate, age);
}

/* Side by side as long as there is room. */
static void print_values(const struct page *p, const struct watched_frame *f)
{
	int column = 0;
	for (int i = 0; i < f->n; i++) {
		const struct watched_value *v = &f->values[i];
		bool fresh = v->changes && (!p->w->timed || p->w->now - v->changed < MARK_FOR);
		char text[sizeof v->name + sizeof v->text + 8];
		int n = snprintf(text, sizeof text, "%s %s%s%s", v->name, v->text, fresh ? " *" : "",
				 *v->doubt ? " !" : "");
		int width = n < 30 ? 30 : n + 2;
		if (!column || column + width > p->columns) {
			fprintf(p->out, "%s%*s", column ? "\n" : "", INDENT, "");
			column = INDENT;
		}
		fprintf(p->out, "%s%s%s%*s",
			ansi(p, *v->doubt ? RED
				: fresh   ? BOLD
					  : ""),
			text, ansi(p, PLAIN), width - n, "");
		column += width;
	}
	fputs(column ? "\n" : "", p->out);
	for (int i = 0; i < f->n; i++)
		if (*f->values[i].doubt)
			fprintf(p->out, "%*s%s! %s: %s%s\n", INDENT, "", ansi(p, RED), f->values[i].name,
				f->values[i].doubt, ansi(p, PLAIN));
}

static void print_frame(const struct page *p, const struct watched_frame *f)
{
	char frame[CANDUMP_TEXT_MAX];
	if (f->index == p->w->p->n_frames) {
		fprintf(p->out, "%scomputed%s\n", ansi(p, BOLD), ansi(p, PLAIN));
		print_values(p, f);
		return;
	}
	const struct profile_frame *pf = &p->w->p->frames[f->index];
	candump_print_frame(frame, &f->last);
	fprintf(p->out, "%s%-26s%s", ansi(p, BOLD), frame, ansi(p, PLAIN));
	print_times(p, f);
	if (pf->period && p->w->timed && p->w->now - f->at > pf->stale)
		fprintf(p->out, "  %stoo old%s", ansi(p, RED), ansi(p, PLAIN));
	if (f->still)
		fprintf(p->out, "  %s%" PRIu64 " more not taken: the counter stands still%s", ansi(p, RED), f->still,
			ansi(p, PLAIN));
	fputc('\n', p->out);
	print_values(p, f);
}

static int by_place(const void *a, const void *b)
{
	const struct watched_frame *x = *(const struct watched_frame *const *)a,
				   *y = *(const struct watched_frame *const *)b;
	if (x->address != y->address)
		return x->address > y->address ? 1 : -1;
	if (x->index != y->index)
		return x->index > y->index ? 1 : -1;
	return (x->group > y->group) - (x->group < y->group);
}

static void print_frames(const struct page *p)
{
	const struct watched_frame *list[WATCHED_MAX];
	const struct watch *w = p->w;
	for (int i = 0; i < w->n_frames; i++)
		list[i] = &w->frames[i];
	qsort(list, (size_t)w->n_frames, sizeof *list, by_place);
	for (int i = 0; i < w->n_frames; i++) {
		if (w->p->per_address && (!i || list[i]->address != list[i - 1]->address))
			fprintf(p->out, "\naddress %u\n", list[i]->address);
		print_frame(p, list[i]);
	}
}

/* Frames of the profile that never came. */
static void print_missing(const struct page *p)
{
	const struct watch *w = p->w;
	int n = 0;
	for (unsigned i = 0; i < w->p->n_frames; i++) {
		char id[TRAFFIC_ID_TEXT_MAX];
		bool heard = false;
		for (int k = 0; k < w->n_frames; k++)
			heard = heard || w->frames[k].index == i;
		if (heard)
			continue;
		const struct profile_frame *pf = &w->p->frames[i];
		fprintf(p->out, "%s%s%s", n++ ? ", " : "\nnot heard: ", pf->pgn ? "PGN " : "",
			traffic_id_print(id, codec_id(pf, pf->group_min, w->decoder.address_min), pf->ext));
	}
	fputs(n ? "\n" : "", p->out);
}

static void print_others(const struct page *p)
{
	const struct traffic *t = &p->w->traffic;
	const struct traffic_id *list[TRAFFIC_MAX];
	int n = 0;
	traffic_sort(t, list);
	for (int i = 0; i < t->n; i++)
		if (!p->w->ours[list[i] - t->list])
			list[n++] = list[i];
	if (!n)
		return;
	fprintf(p->out, "\nnot of the profile:\n");
	for (int i = 0; i < n && i < OTHERS_SHOWN; i++) {
		char frame[CANDUMP_TEXT_MAX], rate[TRAFFIC_RATE_TEXT_MAX], bytes[TRAFFIC_BYTES_TEXT_MAX];
		candump_print_frame(frame, &list[i]->last);
		fprintf(p->out, "%-26s  %-14s  changing bytes: %s\n", frame,
			traffic_rate_print(rate, t, list[i]),
			traffic_bytes_print(bytes, list[i]->changed));
	}
	if (n > OTHERS_SHOWN)
		fprintf(p->out, "and %d more\n", n - OTHERS_SHOWN);
}

void watch_page(const struct watch *w, FILE *out, int columns, bool color)
{
	struct page p = { w, out, columns, color };
	print_top(&p);
	if (w->p) {
		print_frames(&p);
		print_missing(&p);
	}
	print_others(&p);
}
