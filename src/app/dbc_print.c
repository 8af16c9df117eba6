/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the text of a DBC file. */
#include "app/dbc.h"

#include <inttypes.h>
#include <string.h>

#include "config/profile.h"
#include "config/profile_words.h"
#include "config/unit.h"
#include "core/bits.h"
#include "core/scale.h"

#define DIGITS_MAX  15 /* of a fraction: all that a double has */
#define DECIMAL_MAX 48

const char *dbc_frame_text(char buf[DBC_FRAME_TEXT_MAX], const struct profile_frame *pf)
{
	snprintf(buf, DBC_FRAME_TEXT_MAX, pf->pgn ? "PGN 0x%05X" : pf->ext ? "0x%08X" : "0x%03X", pf->id);
	return buf;
}

/* num / den as a decimal number; den > 0. */
static const char *decimal(char buf[DECIMAL_MAX], int64_t num, int64_t den)
{
	uint64_t size = num < 0 ? 0 - (uint64_t)num : (uint64_t)num, rest = size % (uint64_t)den;
	int len = snprintf(buf, DECIMAL_MAX, "%s%" PRIu64, num < 0 ? "-" : "", size / (uint64_t)den);
	if (rest)
		buf[len++] = '.';
	for (int i = 0; rest && i < DIGITS_MAX; i++) {
		rest *= 10;
		buf[len++] = (char)('0' + rest / (uint64_t)den);
		rest %= (uint64_t)den;
	}
	buf[len] = '\0';
	return buf;
}

/* Raw values have names: a map, a flag, an alarm. */
static bool has_names(const struct field *f)
{
	return f->n_map || f->kind == FIELD_ALARM || profile_field_unit(f) == UNIT_FLAG;
}

/* What is plausible, and can be said. */
static void range_of(const struct field *f, int64_t *low, int64_t *high)
{
	uint64_t sign = UINT64_C(1) << (f->place.bits - 1);
	uint64_t first = f->format == FORMAT_SIGNED ? sign : 0;
	uint64_t last = f->format == FORMAT_SIGNED ? sign - 1 : bits_mask(f->place.bits);
	int64_t a = scale_decode(f, f->has_range ? (uint64_t)f->low & bits_mask(f->place.bits) : first, ROUND_NEAREST);
	int64_t b = scale_decode(f, f->has_range ? (uint64_t)f->high & bits_mask(f->place.bits) : last, ROUND_NEAREST);
	int64_t min = f->kind == FIELD_QUANTITY ? quantities[f->target].min : arrays[f->target].min;
	int64_t max = f->kind == FIELD_QUANTITY ? quantities[f->target].max : arrays[f->target].max;
	bool any = f->format == FORMAT_FLOAT || f->absolute;
	*low = any || (a < b ? a : b) < min ? min : a < b ? a : b;
	*high = any || (a < b ? b : a) > max ? max : a < b ? b : a;
}

static void print_scale(const struct field *f, FILE *out)
{
	char factor[DECIMAL_MAX], offset[DECIMAL_MAX], min[DECIMAL_MAX], max[DECIMAL_MAX];
	int64_t one = unit_per_one(profile_field_unit(f)), low, high;
	if (has_names(f)) {
		fprintf(out, "(1,0) [0|%" PRIu64 "] \"\"", bits_mask(f->place.bits));
		return;
	}
	range_of(f, &low, &high);
	fprintf(out, "(%s,%s) [%s|%s] \"%s\"", decimal(factor, f->num, f->den * one), decimal(offset, f->offset * f->den + f->rest, f->den * one),
	        decimal(min, low, one), decimal(max, high, one), unit_symbol(profile_field_unit(f)));
}

static void print_signal(const struct dbc_signal *s, FILE *out)
{
	const struct field *f = s->field;
	bool minus = f && !has_names(f) && (f->format == FORMAT_SIGNED || f->format == FORMAT_FLOAT);
	fprintf(out, " SG_ %s", s->name);
	if (s->mux != DBC_NO_MUX)
		fprintf(out, " m%" PRIu64 "%s", s->mux_value, s->is_mux ? "M" : "");
	else if (s->is_mux)
		fputs(" M", out);
	fprintf(out, " : %u|%u@%d%c ", s->start, s->bits, s->big ? 0 : 1, minus ? '-' : '+');
	if (f)
		print_scale(f, out);
	else
		fprintf(out, "(1,0) [0|%" PRIu64 "] \"\"", bits_mask(s->bits));
	fputs(" Vector__XXX\n", out);
}

static void print_messages(const struct dbc *d, FILE *out)
{
	for (size_t i = 0; i < d->n_messages; i++) {
		const struct dbc_message *m = &d->messages[i];
		fprintf(out, "BO_ %" PRIu32 " %s: %u %s\n", m->id, m->name, m->dlc, m->frame ? "BMS" : "battagg");
		for (size_t k = 0; k < m->n_signals; k++)
			print_signal(&d->signals[m->first + k], out);
		fputc('\n', out);
	}
}

/* ---- comments ---- */

/* As a text in quotes: these can't be in it, and other programs read it as Latin-1. */
static void print_text(const char *text, FILE *out)
{
	for (; *text; text++)
		fputc(*text == '"' ? '\'' : *text == '\\' ? '/' : (unsigned char)*text > '~' ? '?' : *text, out);
}

static void print_left(const struct dbc_left *left, bool with_frame, FILE *out)
{
	char name[FIELD_NAME_MAX], frame[DBC_FRAME_TEXT_MAX];
	if (left->name)
		fprintf(out, "%s: ", left->name);
	else if (with_frame || !left->field)
		fprintf(out, "%s%s", dbc_frame_text(frame, left->frame), left->field ? " " : ": ");
	if (left->field)
		fprintf(out, "%s: ", profile_field_name(left->field, name, sizeof name));
	print_text(left->why, out);
}

static bool told_before(const struct dbc *d, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (d->left[i].frame == d->left[n].frame && d->left[i].field == d->left[n].field && d->left[i].name == d->left[n].name)
			return true;
	return false;
}

void dbc_print_left(const struct dbc *d, const char *before, const char *after, FILE *out)
{
	for (size_t i = 0; i < d->n_left; i++) {
		if (told_before(d, i))
			continue;
		fputs(before, out);
		print_left(&d->left[i], true, out);
		fputs(after, out);
	}
}

/* One line: not every reader takes more. */
static void print_about(const struct dbc *d, FILE *out)
{
	const struct profile *p = d->p;
	const struct {
		const char *what, *text;
	} parts[] = { { "Status", status_words[p->status] }, { "Source", p->source }, { "Missing", p->missing }, { "Notes", p->notes } };
	fputs("CM_ \"", out);
	print_text(p->title, out);
	fprintf(out, ". Made by battagg " BATTAGG_VERSION " of the profile %s; currents are positive while charging", p->id);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (parts[i].text) {
			fprintf(out, ". %s: ", parts[i].what);
			print_text(parts[i].text, out);
		}
	if (d->n_left)
		fputs(". Left out, as a DBC can't say it:", out);
	dbc_print_left(d, " ", ";", out);
	fputs("\";\n", out);
}

static void print_message_comment(const struct dbc *d, const struct dbc_message *m, FILE *out)
{
	char time[DIMENSION_TEXT_MAX];
	const struct frame *f = m->transmit ? &m->transmit->frame : m->poll ? &m->poll->frame : NULL;
	if (!f && !m->n_left && !m->frame->checksum.kind)
		return;
	fprintf(out, "CM_ BO_ %" PRIu32 " \"", m->id);
	if (m->poll && m->poll->sdo) {
		fputs("battagg asks for objects by this (SDO upload)", out);
	} else if (f) {
		fprintf(out, "battagg %s this every %s%s", m->poll ? "asks" : "sends", dimension_print(time, DIM_TIME, m->period),
		        f->remote ? " (a remote frame)" : ":");
		for (unsigned i = 0; i < f->len && !f->remote; i++)
			fprintf(out, " %02X", f->data[i]);
	} else if (m->frame->checksum.kind) {
		fprintf(out, "Has a checksum (%s).%s", checksum_kinds[m->frame->checksum.kind - 1], m->n_left ? " " : "");
	}
	for (size_t i = 0; i < m->n_left; i++) {
		fputs(i ? "; " : "Left out: ", out);
		print_left(&d->left[m->first_left + i], false, out);
	}
	fputs("\";\n", out);
}

static void print_signal_comment(const struct dbc_message *m, const struct dbc_signal *s, FILE *out)
{
	const struct field *f = s->field;
	if (!f)
		return;
	const char *what = f->kind == FIELD_QUANTITY ? quantities[f->target].what : f->kind == FIELD_ALARM ? alarms[f->target].what :
	                   arrays[f->target].what;
	fprintf(out, "CM_ SG_ %" PRIu32 " %s \"", m->id, s->name);
	print_text(what, out);
	for (unsigned i = 0; i < f->n_absent; i++)
		fprintf(out, "%s0x%" PRIX64, i ? ", " : "; not available: raw ", f->absent[i]);
	if (f->has_range)
		fprintf(out, "; not available: raw outside of %" PRId64 " to %" PRId64, f->low, f->high);
	if (f->absolute)
		fputs("; counts without its sign", out);
	if (f->lower_only)
		fputs("; unproven: battagg only lowers a limit by it", out);
	if (f->rank)
		fprintf(out, "; source number %d", f->rank + 1);
	fputs("\";\n", out);
}

/* ---- what follows ---- */

static void print_comments(const struct dbc *d, FILE *out)
{
	print_about(d, out);
	for (size_t i = 0; i < d->n_messages; i++) {
		const struct dbc_message *m = &d->messages[i];
		print_message_comment(d, m, out);
		for (size_t k = 0; k < m->n_signals; k++)
			print_signal_comment(m, &d->signals[m->first + k], out);
	}
}

/* The numbers of VFrameFormat's words. */
enum { FORMAT_STANDARD, FORMAT_EXTENDED, FORMAT_J1939 = 3 };

static void print_attributes(const struct dbc *d, FILE *out)
{
	fputs("BA_DEF_ BO_ \"GenMsgCycleTime\" INT 0 3600000;\n"
	      "BA_DEF_ BO_ \"VFrameFormat\" ENUM \"StandardCAN\",\"ExtendedCAN\",\"reserved\",\"J1939PG\";\n"
	      "BA_DEF_DEF_ \"GenMsgCycleTime\" 0;\n"
	      "BA_DEF_DEF_ \"VFrameFormat\" \"StandardCAN\";\n", out);
	for (size_t i = 0; i < d->n_messages; i++) {
		const struct dbc_message *m = &d->messages[i];
		int format = m->frame && m->frame->pgn ? FORMAT_J1939 : m->id & DBC_EXTENDED ? FORMAT_EXTENDED : FORMAT_STANDARD;
		if (m->period)
			fprintf(out, "BA_ \"GenMsgCycleTime\" BO_ %" PRIu32 " %" PRId64 ";\n", m->id, m->period / 1000);
		if (format)
			fprintf(out, "BA_ \"VFrameFormat\" BO_ %" PRIu32 " %d;\n", m->id, format);
	}
}

static void print_names(const struct dbc_message *m, const struct dbc_signal *s, FILE *out)
{
	const struct field *f = s->field;
	char value[VALUE_TEXT_MAX];
	fprintf(out, "VAL_ %" PRIu32 " %s", m->id, s->name);
	for (unsigned i = 0; i < f->n_map; i++)
		fprintf(out, " %" PRIu64 " \"%s\"", f->map[i].raw, f->kind == FIELD_ALARM ? alarm_words[f->map[i].value] :
		        value_print_fixed(value, sizeof value, profile_field_unit(f), f->map[i].value, 3));
	if (!f->n_map)
		fputs(f->kind == FIELD_ALARM ? " 0 \"ok\" 1 \"active\"" : " 0 \"no\" 1 \"yes\"", out);
	fputs(" ;\n", out);
}

static void print_tables(const struct dbc *d, FILE *out)
{
	for (size_t i = 0; i < d->n_messages; i++)
		for (size_t k = 0; k < d->messages[i].n_signals; k++) {
			const struct dbc_signal *s = &d->signals[d->messages[i].first + k];
			if (s->field && has_names(s->field))
				print_names(&d->messages[i], s, out);
		}
	for (size_t i = 0; i < d->n_messages; i++)
		for (size_t k = 0; k < d->messages[i].n_signals; k++) {
			const struct dbc_signal *s = &d->signals[d->messages[i].first + k];
			if (s->field && s->field->format == FORMAT_FLOAT)
				fprintf(out, "SIG_VALTYPE_ %" PRIu32 " %s : 1;\n", d->messages[i].id, s->name);
		}
}

/* Only where a multiplexor depends on another: one alone is plain from the signals. */
static void print_multiplexing(const struct dbc *d, FILE *out)
{
	for (size_t i = 0; i < d->n_messages; i++) {
		const struct dbc_message *m = &d->messages[i];
		for (size_t k = 0; m->nested && k < m->n_signals; k++) {
			const struct dbc_signal *s = &d->signals[m->first + k];
			if (s->mux != DBC_NO_MUX)
				fprintf(out, "SG_MUL_VAL_ %" PRIu32 " %s %s %" PRIu64 "-%" PRIu64 ";\n", m->id, s->name,
				        d->signals[s->mux].name, s->mux_value, s->mux_value);
		}
	}
}

void dbc_print(const struct dbc *d, FILE *out)
{
	fputs("VERSION \"\"\n\nNS_ :\n\tCM_\n\tBA_DEF_\n\tBA_\n\tVAL_\n\tBA_DEF_DEF_\n\tSIG_VALTYPE_\n\tSG_MUL_VAL_\n\nBS_:\n\n"
	      "BU_: BMS battagg\n\n", out);
	print_messages(d, out);
	print_comments(d, out);
	print_attributes(d, out);
	print_tables(d, out);
	print_multiplexing(d, out);
}
