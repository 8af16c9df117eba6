/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Status as text: bank, limits with reasons, packs, ports, output, events. Plain ASCII: it also goes to serial lines. */
#include "app/view.h"

#include <stdlib.h>
#include <string.h>

#define NONE "-"
#define FIELD 24

static json_t *at(json_t *o, const char *key)
{
	return json_object_get(o, key);
}

static const char *text_at(json_t *o, const char *key)
{
	const char *text = json_string_value(at(o, key));
	return text ? text : "";
}

static long long integer_at(json_t *o, const char *key)
{
	return (long long)json_integer_value(at(o, key));
}

static const char *paint(const struct view *v, const char *code)
{
	return v->color ? code : "";
}

#define BOLD   "\033[1m"
#define RED    "\033[31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define NORMAL "\033[0m"

static void heading(const struct view *v, const char *title)
{
	fprintf(v->out, "%s%s%s%s", v->compact ? "" : "\n", paint(v, BOLD), title, paint(v, NORMAL));
}

static void heading_line(const struct view *v, const char *title)
{
	heading(v, title);
	fputc('\n', v->out);
}

/* A battery's value with so many decimals and no unit: "53.21", "53.21?" when stale, "-" when there is none. */
static const char *value(json_t *battery, const char *name, int decimals, bool sign, char buf[FIELD])
{
	json_t *measure = at(at(battery, "values"), name), *number = at(measure, "value");
	if (!json_is_number(number))
		return strcpy(buf, NONE);
	snprintf(buf, FIELD, sign ? "%+.*f%s" : "%.*f%s", decimals, json_number_value(number),
	         !strcmp(text_at(measure, "validity"), "stale") ? "?" : "");
	return buf;
}

/* "1.2 s", "3 min"; "-" when never. */
static const char *age(json_t *ms, char buf[FIELD])
{
	if (!json_is_integer(ms))
		return strcpy(buf, NONE);
	double s = (double)json_integer_value(ms) / 1000;
	if (s < 100)
		snprintf(buf, FIELD, "%.1f s", s);
	else if (s < 6000)
		snprintf(buf, FIELD, "%.0f min", s / 60);
	else
		snprintf(buf, FIELD, "%.1f h", s / 3600);
	return buf;
}

static void print_alarms(const struct view *v, json_t *battery)
{
	const char *name;
	json_t *alarm;
	int n = 0;
	fputs("  alarms:", v->out);
	json_object_foreach(at(battery, "alarms"), name, alarm) {
		bool raised = !strcmp(text_at(alarm, "alarm"), "active");
		if (!raised && strcmp(text_at(alarm, "warning"), "active"))
			continue;
		fprintf(v->out, "%s %s%s%s%s", n++ ? "," : "", paint(v, raised ? RED : YELLOW), raised ? "ALARM " : "warning ",
		        name, paint(v, NORMAL));
	}
	fputs(n ? "\n" : " none\n", v->out);
}

static void print_top_line(const struct view *v, json_t *s)
{
	const char *ladder = text_at(s, "ladder");
	long long up = integer_at(s, "uptime_s");
	bool good = !strcmp(ladder, "normal");
	fprintf(v->out, "%sbattagg %s%s  %s  %s%s%s  up %lld:%02lld:%02lld", paint(v, BOLD), text_at(s, "version"),
	        paint(v, NORMAL), text_at(at(at(s, "shown"), "texts"), "name"), paint(v, good ? GREEN : YELLOW), ladder,
	        paint(v, NORMAL), up / 3600, up / 60 % 60, up % 60);
	if (json_is_true(at(s, "dry_run")))
		fprintf(v->out, "  %sDRY RUN: nothing is sent%s", paint(v, YELLOW), paint(v, NORMAL));
	fputc('\n', v->out);
	if (json_is_true(at(s, "config_is_last_good")))
		fprintf(v->out, "%sALARM: %s has errors; this is the last good one%s\n", paint(v, RED), text_at(s, "config"),
		        paint(v, NORMAL));
	if (at(s, "reload_problem"))
		fprintf(v->out, "%slast reload refused: %s%s\n", paint(v, YELLOW), text_at(s, "reload_problem"),
		        paint(v, NORMAL));
}

static void print_source(const struct view *v, json_t *bank, const char *quantity)
{
	const char *from = text_at(at(at(bank, "values"), quantity), "from");
	if (*from)
		fprintf(v->out, "  (%s by %s)", quantity, from);
}

/* Lowest and highest cell, and whose they are; nothing where no cell is known. */
static void print_extremes(const struct view *v, json_t *bank)
{
	static const struct {
		const char *before, *quantity, *id;
	} ends[] = { { "; cells", "cell_voltage_min", "cell_voltage_min_id" }, { " to", "cell_voltage_max", "cell_voltage_max_id" } };
	if (!at(at(at(bank, "values"), "cell_voltage_min"), "value") || !at(at(at(bank, "values"), "cell_voltage_max"), "value"))
		return;
	for (int i = 0; i < 2; i++) {
		const char *id = text_at(at(bank, "texts"), ends[i].id);
		char f[FIELD];
		fprintf(v->out, "%s %s V%s%s%s", ends[i].before, value(bank, ends[i].quantity, 3, false, f), *id ? " (" : "", id,
		        *id ? ")" : "");
	}
}

/* "  told: SoC 71.0 %, counted 73.5 % (+2.5 % of what the packs say); 12.3 kWh in, 11.0 kWh out; 3 h 20 min to go" */
static void print_soc(const struct view *v, json_t *soc)
{
	json_t *counter = at(soc, "counter"), *energy = at(soc, "energy"), *go = at(soc, "time_to_go_s");
	if (!at(soc, "told"))
		return;
	fprintf(v->out, "  told: SoC %.1f %%%s", json_number_value(at(soc, "told")),
	        json_is_true(at(soc, "climbing")) ? ", on its way up" : "");
	if (counter)
		fprintf(v->out, ", counted %.1f %% (%+.1f %% off the packs')", json_number_value(at(counter, "soc")),
		        json_number_value(at(counter, "drift")));
	fprintf(v->out, "; %.1f kWh in, %.1f kWh out", json_number_value(at(energy, "in_kwh")),
	        json_number_value(at(energy, "out_kwh")));
	if (go)
		fprintf(v->out, "; %lld h %02lld min to go", integer_at(soc, "time_to_go_s") / 3600,
		        integer_at(soc, "time_to_go_s") / 60 % 60);
	fputc('\n', v->out);
}

static void print_bank(const struct view *v, json_t *s)
{
	json_t *b = at(s, "bank");
	char f[8][FIELD];
	heading_line(v, "BANK");
	fprintf(v->out, "  %s V  %s A  SoC %s %%  SoH %s %%  %s C", value(b, "voltage", 2, false, f[0]),
	        value(b, "current", 1, true, f[1]), value(b, "soc", 1, false, f[2]), value(b, "soh", 0, false, f[3]),
	        value(b, "temperature", 1, false, f[4]));
	if (json_is_true(at(at(at(b, "values"), "current"), "partial")))
		fputs("  (a pack is missing in it)", v->out);
	print_source(v, b, "voltage");
	print_source(v, b, "current");
	fprintf(v->out, "\n  capacity %s Ah", value(b, "capacity", 1, false, f[0]));
	if (at(at(at(b, "values"), "capacity_remaining"), "value"))
		fprintf(v->out, ", left %s Ah", value(b, "capacity_remaining", 1, false, f[0]));
	print_extremes(v, b);
	fputc('\n', v->out);
	print_soc(v, at(s, "soc"));
	print_alarms(v, b);
}

static void print_limits(const struct view *v, json_t *s)
{
	static const struct {
		const char *key, *title;
	} rows[] = {
		{ "cvl", "charge to" }, { "ccl", "charge with" }, { "dcl", "discharge with" }, { "low_voltage", "discharge to" },
	};
	json_t *limits = at(s, "limits");
	heading(v, "LIMITS");
	if (!json_is_true(at(limits, "valid"))) {
		fputs("  none: nothing is sent\n", v->out);
		return;
	}
	fputc('\n', v->out);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		json_t *l = at(limits, rows[i].key);
		double now = json_number_value(at(l, "value")), target = json_number_value(at(l, "target"));
		const char *unit = text_at(l, "unit");
		fprintf(v->out, "  %-15s %7.1f %s  %s", rows[i].title, now, unit, text_at(l, "reason"));
		if (target > now || target < now)
			fprintf(v->out, " (on its way to %.1f %s)", target, unit);
		fputc('\n', v->out);
	}
}

/* How far the packs are apart: what is known, and what was found. */
static void print_imbalance(const struct view *v, json_t *s)
{
	const char *name;
	json_t *d;
	int n = 0;
	json_object_foreach(at(s, "imbalance"), name, d) {
		bool active = json_is_true(at(d, "active"));
		const char *unit = text_at(d, "unit");
		char since[32] = "";
		if (!json_is_number(at(d, "value")) && !active)
			continue;
		if (!n++)
			heading_line(v, "PACKS APART");
		if (at(d, "since_s"))
			snprintf(since, sizeof since, " for %lld min", integer_at(d, "since_s") / 60);
		fprintf(v->out, "  %-29s ", text_at(d, "what"));
		if (json_is_number(at(d, "value")))
			fprintf(v->out, "%6.2f %s", json_number_value(at(d, "value")), unit);
		else
			fputs("now not known", v->out);
		fprintf(v->out, ": %s%s%s%s (from %.2f %s on)", paint(v, active ? YELLOW : ""), active ? "too much" : "ok",
		        paint(v, active ? NORMAL : ""), since, json_number_value(at(d, "threshold")), unit);
		if (at(d, "most"))
			fprintf(v->out, ", %s to %s", text_at(d, "least"), text_at(d, "most"));
		fputc('\n', v->out);
	}
}

/* "12 s", "5 min", "3 h" of a number of seconds. */
static const char *span(json_t *seconds, char buf[FIELD])
{
	long long s = (long long)json_integer_value(seconds);
	if (s < 120)
		snprintf(buf, FIELD, "%lld s", s);
	else if (s < 7200)
		snprintf(buf, FIELD, "%lld min", s / 60);
	else
		snprintf(buf, FIELD, "%lld h", s / 3600);
	return buf;
}

/* Nothing where it is only the packs' own voltage. */
static void print_charge(const struct view *v, json_t *s)
{
	json_t *charge = at(s, "charge"), *balance = at(charge, "balance"), *floating = at(charge, "floating"), *name;
	char buf[FIELD];
	size_t i;
	if (at(charge, "phase"))
		fprintf(v->out, "  %-15s %s for %s: %s\n", "charging", text_at(charge, "phase"), span(at(charge, "since_s"), buf),
		        text_at(charge, "waits"));
	if (*text_at(balance, "state") && strcmp(text_at(balance, "state"), "idle"))
		fprintf(v->out, "  %-15s %s for %s: %s\n", "balancing", text_at(balance, "state"), span(at(balance, "since_s"), buf),
		        text_at(balance, "waits"));
	else if (balance)
		fprintf(v->out, "  %-15s %s\n", "balancing", text_at(balance, "waits"));
	json_array_foreach(floating, i, name)
		fprintf(v->out, "%s%s%s", i ? ", " : "  packs that float ", json_string_value(name),
		        i + 1 == json_array_size(floating) ? "\n" : "");
}

/* The age of the oldest required frame: how long the pack has not been whole. */
static json_t *pack_age(json_t *pack)
{
	json_t *oldest = NULL, *frame;
	size_t i;
	json_array_foreach(at(pack, "frames"), i, frame) {
		json_t *ms = at(frame, "age_ms");
		if (!json_is_true(at(frame, "required")))
			continue;
		if (!ms)
			return NULL;
		if (!oldest || json_integer_value(ms) > json_integer_value(oldest))
			oldest = ms;
	}
	return oldest;
}

static void print_cells(const struct view *v, json_t *pack)
{
	json_t *cells = at(pack, "cells"), *cell;
	json_t *voltages = at(at(cells, "cell_voltage"), "values"), *balancing = at(at(cells, "balancing"), "values");
	size_t i;
	if (!json_array_size(voltages))
		return;
	json_array_foreach(voltages, i, cell) {
		char text[FIELD] = NONE;
		if (json_is_number(cell))
			snprintf(text, sizeof text, "%.3f", json_number_value(cell));
		if (i % 8 == 0)
			fprintf(v->out, "%s      %2zu:", i ? "\n" : "", i + 1);
		fprintf(v->out, " %s%s", text, json_is_true(json_array_get(balancing, i)) ? "*" : " ");
	}
	fputs(json_array_size(balancing) ? "   (* balancing)\n" : "\n", v->out);
}

/* What is in doubt about a pack, as sentences. */
static void print_doubts(const struct view *v, json_t *pack)
{
	const char *name;
	json_t *doubt;
	json_object_foreach(at(pack, "doubts"), name, doubt) {
		const char *text = text_at(doubt, "text");
		if (*text)
			fprintf(v->out, "      %s%s%s\n", paint(v, YELLOW), text, paint(v, NORMAL));
	}
}

static void print_pack(const struct view *v, json_t *p)
{
	const char *state = text_at(p, "state"), *name;
	const char *code = !strcmp(state, "online") ? GREEN : !strcmp(state, "waiting") || !strcmp(state, "returning") ? YELLOW : RED;
	char f[8][FIELD];
	json_t *alarm;
	fprintf(v->out, "  %-15s %s%-9s%s %7s %7s %6s %6s %6s %6s %8s\n", text_at(p, "name"), paint(v, code), state,
	        paint(v, NORMAL), value(p, "voltage", 2, false, f[0]), value(p, "current", 1, true, f[1]),
	        value(p, "soc", 1, false, f[2]), value(p, "temperature", 1, false, f[3]),
	        value(p, "cell_voltage_min", 3, false, f[4]), value(p, "cell_voltage_max", 3, false, f[5]),
	        age(pack_age(p), f[6]));
	if (at(p, "why"))
		fprintf(v->out, "      %s\n", text_at(p, "why"));
	json_object_foreach(at(p, "alarms"), name, alarm) {
		if (!strcmp(text_at(alarm, "alarm"), "active"))
			fprintf(v->out, "      %sALARM %s%s\n", paint(v, RED), name, paint(v, NORMAL));
		else if (!strcmp(text_at(alarm, "warning"), "active"))
			fprintf(v->out, "      %swarning %s%s\n", paint(v, YELLOW), name, paint(v, NORMAL));
	}
	print_doubts(v, p);
	if (v->cells)
		print_cells(v, p);
}

static void print_packs(const struct view *v, json_t *list, const char *title)
{
	json_t *pack;
	size_t i;
	heading(v, title);
	fprintf(v->out, "\n  %-15s %-9s %7s %7s %6s %6s %6s %6s %8s\n", "", "", "V", "A", "SoC %", "C", "cell V", "to", "age");
	json_array_foreach(list, i, pack)
		print_pack(v, pack);
}

static void print_port(const struct view *v, json_t *p)
{
	const char *link = text_at(p, "link"), *name;
	json_t *count;
	fprintf(v->out, "  %-8s %s%s%s", text_at(p, "name"), paint(v, strcmp(link, "up") ? RED : GREEN), link,
	        paint(v, NORMAL));
	if (at(p, "interface") && strcmp(text_at(p, "interface"), text_at(p, "name")))
		fprintf(v->out, " as %s", text_at(p, "interface"));
	if (at(p, "bitrate"))
		fprintf(v->out, " %lld kbit/s", integer_at(p, "bitrate") / 1000);
	if (*text_at(p, "state"))
		fprintf(v->out, " %s", text_at(p, "state"));
	fprintf(v->out, ", %lld", integer_at(p, "frames"));
	if (at(p, "interface_frames"))
		fprintf(v->out, " of %lld", integer_at(p, "interface_frames"));
	fprintf(v->out, " frames in, %lld out, %lld dropped", integer_at(p, "sent"), integer_at(p, "dropped"));
	if (at(p, "questions"))
		fprintf(v->out, ", %lld questions, %lld not answered in time", integer_at(at(p, "questions"), "asked"),
		        integer_at(at(p, "questions"), "unanswered"));
	if (integer_at(p, "send_dropped") + integer_at(p, "send_failed"))
		fprintf(v->out, ", %lld not sent", integer_at(p, "send_dropped") + integer_at(p, "send_failed"));
	if (integer_at(p, "own_frames"))
		fprintf(v->out, ", %lld of this machine left out", integer_at(p, "own_frames"));
	json_object_foreach(at(p, "error_frames"), name, count)
		fprintf(v->out, ", %lld x %s", (long long)json_integer_value(count), name);
	fputc('\n', v->out);
	if (integer_at(p, "interface_frames") && !integer_at(p, "frames"))
		fprintf(v->out, "      %snone of what is heard here is a pack's: wrong `address:` or `profile:`? `battagg detect %s` tells%s\n",
		        paint(v, YELLOW), text_at(p, "interface"), paint(v, NORMAL));
}

static void print_output(const struct view *v, json_t *s)
{
	json_t *out = at(s, "output"), *frame;
	int side_by_side = v->columns / 32 > 1 ? v->columns / 32 : 1;
	size_t i;
	char buf[FIELD];
	heading(v, "OUTPUT");
	fprintf(v->out, "  %s\n", json_is_true(at(out, "driver_alive")) ? "the GX's driver is listening (0x305 heard)" :
	                                                                "no driver heard (a stock one says 0x305)");
	print_port(v, out);
	json_array_foreach(v->frames ? at(out, "frames_told") : NULL, i, frame)
		fprintf(v->out, "  %.8s %-16s %-*s%s", text_at(frame, "id") + 2, text_at(frame, "data"),
		        side_by_side > 1 ? 9 : 0, age(at(frame, "age_ms"), buf),
		        (i + 1) % (size_t)side_by_side && i + 1 < json_array_size(at(out, "frames_told")) ? "" : "\n");
}

static const char *who(json_t *event)
{
	const char *name = text_at(event, at(event, "sensor") ? "sensor" : "pack");
	return *name ? name : "bank";
}

static void print_events(const struct view *v, json_t *s)
{
	json_t *list = at(s, "events");
	size_t n = json_array_size(list), first = n > (size_t)v->events ? n - (size_t)v->events : 0;
	heading_line(v, "EVENTS");
	for (size_t i = first; i < n; i++) {
		json_t *e = json_array_get(list, i);
		const char *severity = text_at(e, "severity"), *time = text_at(e, "time");
		const char *code = !strcmp(severity, "alarm") ? RED : !strcmp(severity, "warning") ? YELLOW : "";
		fprintf(v->out, "  %.8s %s%s%s: %s\n", strlen(time) > 11 ? time + 11 : "", paint(v, code),
		        who(e), paint(v, *code ? NORMAL : ""), text_at(e, "text"));
	}
}

void view_print(const struct view *v, json_t *s)
{
	json_t *port;
	size_t i;
	print_top_line(v, s);
	print_bank(v, s);
	print_limits(v, s);
	print_charge(v, s);
	print_imbalance(v, s);
	print_packs(v, at(s, "packs"), "PACKS");
	if (json_array_size(at(s, "sensors")))
		print_packs(v, at(s, "sensors"), "SENSORS");
	heading_line(v, "PORTS");
	json_array_foreach(at(s, "ports"), i, port)
		print_port(v, port);
	print_output(v, s);
	if (v->events)
		print_events(v, s);
}
