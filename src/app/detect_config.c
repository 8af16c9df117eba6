/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The config that reads what `battagg detect` found: what the bus tells is filled in, what it does not tell stands there
 * as a comment with an arrow. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "app/detect_say.h"
#include "config/unit.h"
#include "core/settings.h"

#define COMMENT_COLUMN 36

struct writing {
	FILE *out;
	int packs, sensors; /* written so far */
};

/* One line of YAML and, at a column of its own, what there is to say about it. */
static void line(const struct writing *w, const char *comment, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void line(const struct writing *w, const char *comment, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int n = vfprintf(w->out, fmt, args);
	va_end(args);
	if (*comment)
		fprintf(w->out, "%*s# %s", n < COMMENT_COLUMN ? COMMENT_COLUMN - n : 1, "", comment);
	fputc('\n', w->out);
}

static bool gives(const struct profile *p, enum quantity q)
{
	return p->has_quantity >> q & 1;
}

#define ABOVE_GUARD 50 /* mV; so far above where battagg's guard stops it, a cell's data sheet ends (LFP: 3.65 V) */

/* A voltage a cell is charged to belongs to one chemistry, or to none that is known. */
static enum chemistry chemistry_of(int64_t cvl, int cells)
{
	int64_t each = cells ? cvl / cells : 0;
	for (int c = CHEM_LFP; c < N_CHEMISTRY; c++)
		if (each >= chemistries[c].safe_voltage && each <= chemistries[c].guard_high + ABOVE_GUARD)
			return (enum chemistry)c;
	return CHEM_UNKNOWN;
}

/* The one that all packs that tell it agree on. */
static void write_bank(const struct writing *w, const struct detect_report *r, int n)
{
	enum chemistry found = CHEM_UNKNOWN;
	bool differ = false;
	for (int i = 0; i < n; i++) {
		for (int k = 0; k < r[i].v->n_found; k++) {
			const struct seen *s = &r[i].v->found[k].best.suspect->seen;
			enum chemistry one = battery_has(&s->b, Q_CVL)
						     ? chemistry_of(s->b.q[Q_CVL].value, belief_cells(s))
						     : CHEM_UNKNOWN;
			differ = differ || (found && one && found != one);
			found = one ? one : found;
		}
	}
	if (found && !differ)
		line(w, "by the voltage its cells are charged to; is it so?", "bank: { chemistry: %s }",
		     chemistries[found].name);
	else
		line(w, "<- fill in what the cells are: lfp, nmc or lto", "#bank: { chemistry: ... }");
}

static void write_interface(const struct writing *w, const struct detect_report *r)
{
	const struct profile *p = r->v->n_found ? suspect_profile(r->d, r->v->found[0].best.suspect) : NULL;
	char rate[DIMENSION_TEXT_MAX], comment[160] = "";
	if (r->bitrate) {
		line(w, "found; leave it out if something else sets the link up", "  %s: { bitrate: %s }", r->d->name,
		     dimension_print(rate, DIM_BITRATE, r->bitrate));
		return;
	}
	if (p && p->bitrate)
		snprintf(comment, sizeof comment, "it is up already, as frames were heard; usual for %.30s: %s", p->id,
			 dimension_print(rate, DIM_BITRATE, p->bitrate));
	line(w, comment, "  %s: {}", r->d->name);
}

/* Limits, voltages and so on that neither the BMS tells nor anybody can guess. */
static void write_limits(const struct writing *w, const struct profile *p)
{
	static const struct {
		enum quantity q;
		const char *key, *unit;
	} rows[] = {
		{ Q_CVL, "charge_voltage", "V" },
		{ Q_CCL, "charge_current", "A" },
		{ Q_DCL, "discharge_current", "A" },
		{ Q_LOW_VOLTAGE, "low_voltage", "V" },
	};
	bool none = true;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		none = none && gives(p, rows[i].q);
	if (none)
		return;
	fputs("    #limits: {", w->out);
	const char *comma = "";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (gives(p, rows[i].q))
			continue;
		fprintf(w->out, "%s %s: ... %s", comma, rows[i].key, rows[i].unit);
		comma = ",";
	}
	fputs(" }   # <- fill in from the data sheet: this BMS tells none of them\n", w->out);
}

static void write_override(const struct writing *w, const struct profile *p, enum quantity q, const char *unit)
{
	if (!gives(p, q))
		line(w, "<- this profile can't read it; fill in", "    #override: { %s: ... %s }", quantities[q].name,
		     unit);
}

static void write_unsaid(const struct writing *w, const struct suspect *s, const struct profile *p)
{
	int cells = belief_cells(&s->seen);
	char value[VALUE_TEXT_MAX];
	if (cells)
		line(w, "by their voltages; are there so many in series?", "    cells: %d", cells);
	else if (!(p->has_array >> ARRAY_CELL_VOLTAGE & 1))
		line(w, "<- fill in how many cells are in series (48 V LFP: 15 or 16)", "    #cells: ...");
	if (!gives(p, Q_CAPACITY))
		line(w, "<- fill in: this BMS does not tell it", "    #capacity: ... Ah");
	else if (battery_has(&s->seen.b, Q_CAPACITY))
		line(w, "", "    #capacity: %s",
		     value_print(value, sizeof value, UNIT_MAH, s->seen.b.q[Q_CAPACITY].value));
	write_limits(w, p);
	write_override(w, p, Q_VOLTAGE, "V");
	write_override(w, p, Q_CURRENT, "A");
	if (!gives(p, Q_CAPACITY_REMAINING))
		write_override(w, p, Q_SOC, "%");
	if (!gives(p, Q_TEMPERATURE) && !gives(p, Q_CELL_TEMPERATURE_MAX) &&
	    !(p->has_array >> ARRAY_CELL_TEMPERATURE & 1))
		line(w, "this BMS tells no temperature; is that a good guess?", "    assumed_temperature: 20 degC");
}

static void write_pack(struct writing *w, const struct detect_report *r, const struct battery_found *f,
		       const struct suspect *s)
{
	const struct dialect *dialect = suspect_dialect(r->d, s);
	char others[160] = "";
	for (int i = 0; i < f->n_same; i++) {
		size_t n = strlen(others);
		snprintf(others + n, sizeof others - n, "%s%s", n ? ", " : "or ",
			 suspect_profile(r->d, f->same[i].suspect)->id);
	}
	if (f->n_same)
		snprintf(others + strlen(others), sizeof others - strlen(others), ": the bus did not tell");
	if (w->packs < 26)
		line(w, "", "  - name: %c", 'A' + w->packs);
	else
		line(w, "", "  - name: P%d", w->packs + 1);
	line(w, "", "    interface: %s", r->d->name);
	line(w, others, "    profile: %s", dialect->p->id);
	if (dialect->p->per_address)
		line(w, "", "    address: %u", s->address);
	if (s->source >= 0)
		line(w, "its J1939 address: to listen to nobody else", "    #source: 0x%02X", (unsigned)s->source);
	if (*dialect->set)
		line(w, "by its values: compare them with the battery's display", "    parameters: { %s }",
		     dialect->set);
	if (dialect->p->status == STATUS_EXPERIMENTAL)
		line(w, "nobody has proven this profile: compare all values first", "    accept_experimental: yes");
	write_unsaid(w, s, dialect->p);
	w->packs++;
}

static void write_packs(struct writing *w, const struct detect_report *r)
{
	for (int i = 0; i < r->v->n_found; i++) {
		const struct battery_found *f = &r->v->found[i];
		if (f->twin >= 0) {
			fprintf(w->out, "  # %s is perhaps the same battery, told twice: never both\n",
				suspect_profile(r->d, f->best.suspect)->id);
			continue;
		}
		if (f->beside) {
			fprintf(w->out,
				"  # %s was heard on %s too, but needs a bus of its own: its profile refuses this "
				"one\n",
				suspect_profile(r->d, f->best.suspect)->id, r->d->name);
			continue;
		}
		for (int k = 0; k < f->n_packs && w->packs < PACKS_MAX; k++)
			write_pack(w, r, f, f->packs[k]);
	}
}

/* `source` is needed: a GX may repeat on this bus what battagg tells it. */
static void write_sensors(struct writing *w, const struct detect_report *r)
{
	for (int i = 0; i < r->v->n_sensors && w->sensors < SENSORS_MAX; i++) {
		const struct suspect *s = r->v->sensors[i].suspect;
		const struct profile *p = suspect_profile(r->d, s);
		if (!w->sensors++)
			fputs("# What measures the bank and is no battery; then under bank: current: { from: shunt1 "
			      "}\n#sensors:\n",
			      w->out);
		fprintf(w->out, "#  - { name: shunt%d, interface: %s, profile: %s", w->sensors, r->d->name, p->id);
		if (s->source >= 0)
			fprintf(w->out, ", source: 0x%02X", (unsigned)s->source);
		if (p->per_address)
			fprintf(w->out, ", address: %u", s->address);
		if (*suspect_dialect(r->d, s)->set)
			fprintf(w->out, ", parameters: { %s }", suspect_dialect(r->d, s)->set);
		fprintf(w->out, " }%s\n",
			s->source >= 0 && r->d->victron[s->source] ? "   # a Victron device; not if it is the GX itself"
								   : "");
	}
}

char *detect_config(const struct detect_report *r, int n)
{
	char *text = NULL;
	size_t size;
	struct writing w = { .out = open_memstream(&text, &size) };
	if (!w.out)
		return NULL;
	fputs("# By `battagg detect`. Where an arrow (<-) stands, fill in and take the # away; then `battagg "
	      "check`.\n",
	      w.out);
	fputs("interfaces:\n", w.out);
	for (int i = 0; i < n; i++)
		if (r[i].v->n_found)
			write_interface(&w, &r[i]);
	line(&w, "what the GX listens to", "output: { interface: vcan0 }");
	write_bank(&w, r, n);
	fputs("packs:\n", w.out);
	for (int i = 0; i < n; i++)
		write_packs(&w, &r[i]);
	for (int i = 0; i < n; i++)
		write_sensors(&w, &r[i]);
	if (fclose(w.out) || !w.packs) {
		free(text);
		return NULL;
	}
	return text;
}
