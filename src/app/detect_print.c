/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The report of `battagg detect` for people. */
#include <inttypes.h>
#include <string.h>

#include "app/detect_say.h"
#include "config/unit.h"
#include "core/candump.h"

#define OTHERS_SHOWN 40

static const char *const status_words[] = {
	[STATUS_EXPERIMENTAL] = "experimental: nobody has proven this profile on a real battery",
	[STATUS_DOCUMENTED] = "documented: by the maker's papers, not yet tried",
	[STATUS_VERIFIED] = "verified on real batteries",
};

static void print_reasons(const struct reasons *reasons, bool against, FILE *out)
{
	for (int i = 0; i < reasons->n; i++)
		if (reasons->list[i].against == against)
			fprintf(out, "  %c %s\n", against ? '-' : '+', reasons->list[i].text);
}

static void print_contender(const struct detect_report *r, const struct contender *c, FILE *out)
{
	struct reasons reasons;
	detect_reasons(&reasons, r->d, c);
	print_reasons(&reasons, false, out);
	print_reasons(&reasons, true, out);
}

/* "pylontech", "orion with volt_step: 0.1" */
static void print_name(const struct detect_report *r, const struct suspect *s, FILE *out)
{
	const struct dialect *dialect = suspect_dialect(r->d, s);
	fprintf(out, "%s%s%s", dialect->p->id, *dialect->set ? " with " : "", dialect->set);
}

static void print_same(const struct detect_report *r, const struct battery_found *f, FILE *out)
{
	char difference[DIFFERENCE_TEXT_MAX];
	for (int i = 0; i < f->n_same; i++) {
		const struct suspect *s = f->same[i].suspect;
		fputs("  = ", out);
		print_name(r, s, out);
		if (suspects_agree(f->best.suspect, s, difference))
			fputs(" reads these frames the same way", out);
		else
			fprintf(out, " fits as well, but reads %s", difference);
		fprintf(out, " (%s)\n", suspect_profile(r->d, s)->title);
	}
	if (f->n_same) {
		fputs("    What was on the bus does not tell which of them it is. Choose by what is printed on the "
		      "battery, or by the\n"
		      "    protocol that it is set to; else take ",
		      out);
		print_name(r, f->best.suspect, out);
		fputs(" and compare its values with the battery's display.\n", out);
	}
}

static void print_also(const struct detect_report *r, const struct battery_found *f, FILE *out)
{
	for (int i = 0; i < f->n_also; i++) {
		const struct suspect *s = f->also[i].suspect;
		fputs("  ~ ", out);
		print_name(r, s, out);
		fprintf(out, " reads the same battery out of other frames%s: take one of the two, never both (%s)\n",
			suspect_profile(r->d, s)->per_address ? ", pack by pack" : "", suspect_profile(r->d, s)->title);
	}
}

static void print_packs(const struct detect_report *r, const struct battery_found *f, FILE *out)
{
	if (!suspect_profile(r->d, f->best.suspect)->per_address)
		return;
	fprintf(out, "  packs by address:\n");
	for (int i = 0; i < f->n_packs; i++) {
		char values[VALUES_TEXT_MAX];
		fprintf(out, "    %3u  %s\n", f->packs[i]->address, detect_values(values, f->packs[i]));
	}
	if (f->packs_left_out)
		fprintf(out, "    and %d more\n", f->packs_left_out);
}

static void print_battery(const struct detect_report *r, int i, FILE *out)
{
	const struct battery_found *f = &r->v->found[i];
	const struct profile *p = suspect_profile(r->d, f->best.suspect);
	bool partly = f->best.score.required_seen < f->best.score.required;
	fprintf(out, "\n%s%s",
		i        ? "And on the same bus "
		: partly ? "Probably "
			 : "",
		i        ? ""
		: partly ? ""
			 : "This is ");
	print_name(r, f->best.suspect, out);
	fprintf(out, ": %s\n  (%s)\n", p->title, status_words[p->status]);
	if (f->beside)
		fprintf(out,
			"  ! battagg would refuse it beside the other battery's frames: give it a bus of its own\n");
	print_contender(r, &f->best, out);
	print_same(r, f, out);
	print_also(r, f, out);
	if (f->twin >= 0)
		fprintf(out,
			"  ! It says what %s says: perhaps one battery that is told twice. Then take one of the two.\n",
			suspect_profile(r->d, r->v->found[f->twin].best.suspect)->id);
	print_packs(r, f, out);
}

static void print_sensors(const struct detect_report *r, FILE *out)
{
	for (int i = 0; i < r->v->n_sensors; i++) {
		const struct suspect *s = r->v->sensors[i].suspect;
		const struct profile *p = suspect_profile(r->d, s);
		char values[VALUES_TEXT_MAX];
		fputs(i ? "A sensor, no battery: " : "\nA sensor, no battery: ", out);
		print_name(r, s, out);
		if (p->per_address)
			fprintf(out, ", number %u", s->address);
		if (s->source >= 0)
			fprintf(out, ", sent by 0x%02X%s", (unsigned)s->source,
				r->d->victron[s->source]
					? " (a Victron device: a GX repeats there what it knows of batteries)"
					: "");
		fprintf(out, ": %s\n", detect_values(values, s));
	}
}

static void print_next(const struct detect_report *r, FILE *out)
{
	const struct suspect *s = r->v->next.suspect;
	struct reasons reasons;
	if (!r->v->has_next)
		return;
	fputs(r->v->n_found ? "\nThe next best: " : "\nWhat comes closest: ", out);
	print_name(r, s, out);
	fprintf(out, " (%s)\n", suspect_profile(r->d, s)->title);
	if (!r->v->n_found) {
		print_contender(r, &r->v->next, out);
		return;
	}
	detect_reasons(&reasons, r->d, &r->v->next);
	print_reasons(&reasons, true, out);
	detect_compare(&reasons, r->d, &r->v->next, r->v->found[0].best.suspect);
	print_reasons(&reasons, true, out);
	print_reasons(&reasons, false, out);
}

static void print_other(const struct detect_report *r, const struct traffic_id *e, FILE *out)
{
	char id[TRAFFIC_ID_TEXT_MAX], rate[TRAFFIC_RATE_TEXT_MAX], bytes[TRAFFIC_BYTES_TEXT_MAX],
		frame[CANDUMP_TEXT_MAX];
	const char *what;
	const struct profile *sender = detect_sender(r->d, e, &what);
	candump_print_frame(frame, &e->first);
	fprintf(out, "  %-10s %8" PRIu64 "  %-14s %d%s  %-9s %s", traffic_id_print(id, e->id, e->ext), e->count,
		traffic_rate_print(rate, &r->d->traffic, e), e->len_max, e->len_min < e->len_max ? "-" : " ",
		traffic_bytes_print(bytes, e->changed), strchr(frame, '#') + 1);
	if (traffic_is_gx(e))
		fputs("   (a GX or an inverter, to its battery)", out);
	else if (sender)
		fprintf(out, "   (somebody asks or wakes: `%s` of %s)", what, sender->id);
	fputc('\n', out);
}

static void print_others(const struct detect_report *r, FILE *out)
{
	const struct traffic *t = &r->d->traffic;
	const struct traffic_id *list[TRAFFIC_MAX];
	int n = 0;
	traffic_sort(t, list);
	for (int i = 0; i < t->n; i++)
		if (!r->v->mine[list[i] - t->list])
			list[n++] = list[i];
	if (!n)
		return;
	fprintf(out, "\nOther ids on the bus%s:\n  %-10s %8s  %-14s %-3s %-9s %s\n",
		r->v->n_found || r->v->output ? "" : " (all of them)", "id", "frames", "comes", "len", "changing", "the first");
	for (int i = 0; i < n && i < OTHERS_SHOWN; i++)
		print_other(r, list[i], out);
	if (n > OTHERS_SHOWN)
		fprintf(out, "  and %d more\n", n - OTHERS_SHOWN);
}

static void print_heard(const struct detect_report *r, FILE *out)
{
	const struct detection *d = r->d;
	char rate[DIMENSION_TEXT_MAX];
	int64_t time = d->traffic.untimed ? 0 : d->traffic.last_time - d->traffic.first_time;
	fprintf(out, "%s: %" PRIu64 " frames of %d ids", d->name, d->traffic.frames, d->traffic.n);
	if (time > 0)
		fprintf(out, " in %" PRId64 ".%" PRId64 " s", time / 1000000, time / 100000 % 10);
	if (r->bitrate)
		fprintf(out, ", at %s", dimension_print(rate, DIM_BITRATE, r->bitrate));
	fputc('\n', out);
	if (d->own)
		fprintf(out, "  %" PRIu64 " frames that this machine sent itself were left out\n", d->own);
	if (d->remote || d->fd || d->errors)
		fprintf(out, "  besides %" PRIu64 " remote, %" PRIu64 " FD and %" PRIu64 " error frames\n", d->remote,
			d->fd, d->errors);
	if (d->traffic.left_out || d->suspects_left_out)
		fprintf(out, "  more ids than there is room for: not all was looked at\n");
	if (d->dialects->left_out)
		fprintf(out, "  %d profile%s with errors could not be compared with it\n", d->dialects->left_out,
			d->dialects->left_out > 1 ? "s" : "");
	if (*r->asked)
		fprintf(out, "  %s\n", r->asked);
}

static const char *own_name(const struct suspect *s)
{
	const char *family = s->seen.b.text[TEXT_FAMILY];
	return *s->maker ? s->maker : *family ? family : s->seen.b.text[TEXT_SERIAL];
}

void detect_print(const struct detect_report *r, FILE *out)
{
	print_heard(r, out);
	if (r->v->output)
		fprintf(out,
			"\nThis is battagg's own output, no battery (it calls itself \"%s\"). Name the interfaces that your batteries\n"
			"are on.\n",
			own_name(r->v->output));
	for (int i = 0; i < r->v->n_found; i++)
		print_battery(r, i, out);
	if (!r->v->n_found && !r->v->output && r->d->traffic.frames)
		fprintf(out, "\nNone: no battery that battagg has a profile for.\n");
	print_sensors(r, out);
	print_next(r, out);
	print_others(r, out);
}
