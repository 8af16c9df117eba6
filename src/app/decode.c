/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* battagg decode: what a candump log says, value by value, read with a profile. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/decoder.h"
#include "app/traffic.h"
#include "app/unmatched.h"
#include "app/watch.h"

/* clang-format off */
static const char usage[] =
	"Usage: battagg decode -p PROFILE [options] [LOG|INTERFACE]\n"
	"Reads a candump log (a file, or what comes on standard input, also straight from candump) or listens to an\n"
	"interface, and prints each value that the profile finds.\n"
	"\n"
	"  -p, --profile NAME|FILE  the dialect: a profile's name, or a .yaml file\n"
	"      --profiles DIR       look there first for profiles\n"
	"  -a, --address N          only the pack with this address\n"
	"      --set NAME=VALUE     a parameter of the profile; may stand several times\n"
	"  -w, --watch              a live screen of an interface, or of a log: each frame of the profile, its age and\n"
	"                           values; * marks what changed, ! what can't be. The profile is read again when saved\n"
	"      --json               one JSON object per line\n"
	"  -h, --help\n"
	"\n"
	"Exit: 0, 1 when the profile or log is bad or not one frame belongs to the profile, 2 wrong use (or no such log).\n";
/* clang-format on */

struct listing {
	struct decoder decoder;
	bool json;
	struct traffic others; /* that belong to no frame of the profile */
	uint64_t frames, ours, bad, left_out;
	unsigned first_bad; /* line */
	struct unmatched_list refused; /* that are nearly the profile's */
};

static void print_time(const struct decoder *d)
{
	if (d->now.has_time)
		printf("(%" PRId64 ".%06" PRId64 ") ", d->now.time / 1000000, d->now.time % 1000000);
}

static void print_line(const struct decoder *d, const struct finding *found, const char *name)
{
	char value[DECODED_TEXT_MAX], frame[CANDUMP_TEXT_MAX], pack[24] = "";
	const char *doubt = decoded_doubt(found);
	candump_print_frame(frame, &d->now.frame);
	if (d->p->per_address)
		snprintf(pack, sizeof pack, " address %u", d->address);
	print_time(d);
	printf("%s %s%s %s = %s%s%s%s%s%s\n", d->now.iface, frame, pack, name, decoded_text(value, found), *doubt ? " (" : "", doubt,
	       *doubt ? ")" : "", found->field->lower_only && found->validity == VALID ? " (may only lower)" : "",
	       d->computed ? " (computed)" : "");
}

static json_t *json_value(const struct finding *found)
{
	char buf[DECODED_TEXT_MAX];
	if (found->validity != VALID)
		return json_null();
	if (found->field->kind == FIELD_TEXT)
		return json_string(found->text);
	if (found->field->kind == FIELD_ALARM)
		return json_string(decoded_text(buf, found));
	enum unit unit = profile_field_unit(found->field);
	if (unit == UNIT_FLAG)
		return json_boolean(found->value != 0);
	if (unit_per_one(unit) == 1)
		return json_integer(found->value);
	return json_real((double)found->value / (double)unit_per_one(unit));
}

static void print_object(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12));
	if (text)
		puts(text);
	free(text);
	json_decref(o);
}

/* What each place of a list gave, of which one counts. */
static json_t *json_places(const struct decoder *d)
{
	json_t *list = json_array();
	for (unsigned i = 0; i < d->n_places; i++) {
		json_t *o = json_pack("{s:o}", "value", json_value(&d->places[i]));
		if (d->places[i].validity == NOT_AVAILABLE)
			json_object_set_new(o, "not_available", json_true());
		if (d->places[i].rejected)
			json_object_set_new(o, "rejected", json_true());
		json_array_append_new(list, o);
	}
	return list;
}

static void print_json(const struct decoder *d, const struct finding *found, const char *name)
{
	char frame[CANDUMP_TEXT_MAX];
	const struct field *f = found->field;
	json_t *o = json_object();
	candump_print_frame(frame, &d->now.frame);
	if (d->now.has_time)
		json_object_set_new(o, "time_us", json_integer(d->now.time));
	json_object_set_new(o, "interface", json_string(d->now.iface));
	json_object_set_new(o, "frame", json_string(frame));
	if (d->p->per_address)
		json_object_set_new(o, "address", json_integer(d->address));
	json_object_set_new(o, "name", json_string(name));
	json_object_set_new(o, "value", json_value(found));
	if (f->kind == FIELD_QUANTITY || f->kind == FIELD_ARRAY) {
		const char *unit = unit_symbol(profile_field_unit(found->field));
		if (*unit)
			json_object_set_new(o, "unit", json_string(unit));
	}
	if (found->validity == NOT_AVAILABLE)
		json_object_set_new(o, "not_available", json_true());
	if (found->rejected)
		json_object_set_new(o, "rejected", json_true());
	else if (*decoded_doubt(found))
		json_object_set_new(o, "doubtful", json_true());
	if (f->lower_only)
		json_object_set_new(o, "may_only_lower", json_true());
	if (d->computed)
		json_object_set_new(o, "computed", json_true());
	if (d->n_places > 1)
		json_object_set_new(o, "places", json_places(d));
	print_object(o);
}

/* A frame that would not be taken in. */
static void print_repeated(struct decoder *d)
{
	const struct listing *l = d->user;
	char frame[CANDUMP_TEXT_MAX];
	candump_print_frame(frame, &d->now.frame);
	if (l->json) {
		json_t *o = json_pack("{s:s, s:s, s:b}", "interface", d->now.iface, "frame", frame, "repeated", 1);
		if (d->now.has_time)
			json_object_set_new(o, "time_us", json_integer(d->now.time));
		print_object(o);
		return;
	}
	print_time(d);
	printf("%s %s (not taken: its counter stands still)\n", d->now.iface, frame);
}

static void show(struct decoder *d, const struct finding *found, const char *name)
{
	const struct listing *l = d->user;
	if (l->json)
		print_json(d, found, name);
	else
		print_line(d, found, name);
}

static void take_frame(struct listing *l)
{
	struct decoder *d = &l->decoder;
	l->frames++;
	if (decoder_take(d))
		l->ours++;
	else if (!unmatched_add(&l->refused, &d->now.frame))
		traffic_take(&l->others, &d->now.frame, d->now.has_time, d->now.time);
}

static void read_log(struct listing *l, FILE *log)
{
	char *line = NULL;
	size_t size = 0;
	for (unsigned number = 1; getline(&line, &size, log) >= 0; number++) {
		switch (candump_parse(line, &l->decoder.now)) {
		case CANDUMP_FRAME: take_frame(l); break;
		case CANDUMP_BLANK: break;
		case CANDUMP_REMOTE:
		case CANDUMP_FD:
		case CANDUMP_ERROR_FRAME: l->left_out++; break;
		case CANDUMP_BAD: l->first_bad = l->bad++ ? l->first_bad : number; break;
		}
	}
	free(line);
}

static void print_others(const struct listing *l)
{
	const struct traffic *t = &l->others;
	const struct traffic_id *sorted[TRAFFIC_MAX];
	traffic_sort(t, sorted);
	if (!l->json && t->n)
		printf("ids that are not of %s:\n", l->decoder.p->id);
	for (int i = 0; i < t->n; i++) {
		const struct traffic_id *e = sorted[i];
		char id[16], frame[CANDUMP_TEXT_MAX], bytes[TRAFFIC_BYTES_TEXT_MAX], rate[TRAFFIC_RATE_TEXT_MAX];
		snprintf(id, sizeof id, e->ext ? "%08X" : "%03X", e->id);
		candump_print_frame(frame, &e->first);
		traffic_bytes_print(bytes, e->changed);
		if (l->json)
			print_object(json_pack("{s:s, s:I, s:s, s:s}", "unmatched", id, "count", (json_int_t)e->count,
					       "first", frame, "changing_bytes", e->changed ? bytes : ""));
		else
			printf("  %8s  %" PRIu64 " frames, the first %s, %s, changing bytes: %s\n", id, e->count, frame,
			       traffic_rate_print(rate, t, e), bytes);
	}
	if (!l->json && t->left_out)
		printf("  and %" PRIu64 " frames of ids that there was no room for\n", t->left_out);
}

static int run(struct listing *l, const char *path)
{
	FILE *log = path && strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!log) {
		fprintf(stderr, "battagg decode: %s: %s\n", path, strerror(errno));
		return EXIT_USAGE;
	}
	/* so that lines appear at once when candump is at the other end */
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_log(l, log);
	bool failed = ferror(log);
	if (failed)
		fprintf(stderr, "battagg decode: %s: %s\n", path ? path : "standard input", strerror(errno));
	if (log != stdin)
		fclose(log);
	unmatched_print(&l->refused, l->json);
	print_others(l);
	if (l->bad)
		fprintf(stderr, "battagg decode: lines that are not candump's: %" PRIu64 ", the first is line %u\n", l->bad, l->first_bad);
	if (l->left_out)
		fprintf(stderr, "battagg decode: %" PRIu64 " remote, FD or error frames left out\n", l->left_out);
	char hint[160];
	if (!l->ours)
		fprintf(stderr, "battagg decode: none of %" PRIu64 " frames belongs to %s%s\n", l->frames, l->decoder.p->id,
		        unmatched_hint(&l->refused, hint, sizeof hint));
	return failed || !l->ours ? EXIT_BAD : EXIT_FINE;
}

static int decode_with(const struct profile *p, bool json, const char *address, const char *path)
{
	struct listing *l = calloc(1, sizeof *l);
	char why[APP_WHY_MAX];
	int status = EXIT_USAGE;
	if (!l)
		return EXIT_BAD;
	l->json = json;
	l->decoder.tell = show;
	l->decoder.repeated = print_repeated;
	l->decoder.user = l;
	if (!decoder_addresses(&l->decoder, p, address, why)) {
		fprintf(stderr, "battagg decode: %s\n", why);
	} else {
		l->refused = (struct unmatched_list){ .profile = p, .from = l->decoder.address_min, .to = l->decoder.address_max };
		status = decoder_open(&l->decoder) ? run(l, path) : EXIT_BAD;
	}
	unmatched_free(&l->refused);
	decoder_close(&l->decoder);
	free(l);
	return status;
}

struct arguments {
	const char *name, *dir, *address, *source;
	bool json, watch;
	struct profile_parameter values[PARAMETERS_MAX];
	struct profile_parameters set;
};

static int run_log(const struct arguments *a)
{
	struct profile *p = app_load_profile_with(a->name, a->dir, &a->set);
	if (!p)
		return EXIT_BAD;
	int status = decode_with(p, a->json, a->address, a->source);
	profile_free(p);
	return status;
}

static int run_watch(const struct arguments *a)
{
	struct listing *l = calloc(1, sizeof *l);
	if (!l)
		return EXIT_BAD;
	l->json = a->json;
	struct watch_options options = { .profile = a->name,
					 .dir = a->dir,
					 .set = &a->set,
					 .address = a->address,
					 .source = a->source,
					 .watch = a->watch,
					 .line = show,
					 .repeated = print_repeated,
					 .notes = a->json ? stderr : stdout,
					 .user = l };
	int status = watch(&options);
	free(l);
	return status;
}

int app_decode(int argc, char **argv)
{
	static const struct option options[] = {
		{ "profile", required_argument, NULL, 'p' }, { "profiles", required_argument, NULL, 'P' },
		{ "address", required_argument, NULL, 'a' }, { "json", no_argument, NULL, 'j' },
		{ "set", required_argument, NULL, 's' },     { "watch", no_argument, NULL, 'w' },
		{ "help", no_argument, NULL, 'h' },          { 0 }
	};
	struct arguments a = { 0 };
	a.set.list = a.values;
	for (int c; (c = getopt_long(argc, argv, "p:a:wh", options, NULL)) != -1;) {
		switch (c) {
		case 'p': a.name = optarg; break;
		case 'P': a.dir = optarg; break;
		case 'a': a.address = optarg; break;
		case 'j': a.json = true; break;
		case 's':
			if (!app_take_parameter("decode", optarg, a.values, &a.set))
				return EXIT_USAGE;
			break;
		case 'w': a.watch = true; break;
		case 'h': fputs(usage, stdout); return EXIT_FINE;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	}
	a.source = argv[optind];
	if (a.name && argc - optind > 1) {
		fprintf(stderr, "battagg decode: '%s' is too much: one log at a time\n\n%s", argv[optind + 1], usage);
		return EXIT_USAGE;
	}
	if (!a.name || (a.watch && (!a.source || !strcmp(a.source, "-")))) {
		fputs(a.name ? "battagg decode: --watch needs an interface or a log that is a file\n"
		             : "battagg decode: which profile? -p NAME, or -p FILE; `battagg profile list` shows all\n\n", stderr);
		fputs(a.name ? "" : usage, stderr);
		return EXIT_USAGE;
	}
	return a.watch || watch_is_live(a.source) ? run_watch(&a) : run_log(&a);
}
