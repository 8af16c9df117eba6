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
#include "config/profile.h"
#include "core/candump.h"
#include "core/compute.h"
#include "core/fastpacket.h"

#define DECIMALS 3 /* all that there are */

static const char usage[] =
	"Usage: battagg decode -p PROFILE [options] [LOG]\n"
	"Reads a candump log (a file, or what comes on standard input, also straight from candump) and prints each value\n"
	"that the profile finds in it.\n\n"
	"  -p, --profile NAME|FILE  the dialect: a profile's name, or a .yaml file\n"
	"      --profiles DIR       look there first for profiles\n"
	"  -a, --address N          only the pack with this address\n"
	"      --set NAME=VALUE     a parameter of the profile; may stand several times\n"
	"      --json               one JSON object per line\n"
	"  -h, --help\n\n"
	"Exit: 0, 1 when the profile or log is bad or not one frame belongs to the profile, 2 wrong use.\n";

struct unmatched {
	struct frame f; /* the first one */
	uint64_t count;
};

struct decoder {
	const struct profile *p;
	bool json;
	unsigned address_min, address_max;
	struct seen *seen; /* per address */
	struct fastpackets joining;
	const struct fastpacket *joined; /* the message whose last frame is at hand, or NULL */
	bool taken;                      /* the frame at hand has been given to `joining` */
	uint64_t frames, ours, bad, others;
	unsigned first_bad; /* line */
	struct unmatched *unmatched;
	size_t n_unmatched, room;
	int64_t array_stale[N_ARRAY]; /* us */
	/* of the frame at hand */
	struct logged now;
	unsigned address;
	uint64_t renewed; /* bit per row of the profile's `computed` a part of which it gave */
	bool computed;    /* what is told of is no field, but computed */
};

/* Not available, rejected and fine values differ in how they are shown; what is not in the frame is not shown. */
static const char *value_text(char *buf, size_t size, const struct finding *found)
{
	static const char *const words[] = { [SAYS_UNSUPPORTED] = "unsupported", [SAYS_OK] = "ok", [SAYS_ACTIVE] = "active",
		                             [SAYS_WARNING] = "warning", [SAYS_ALARM] = "alarm" };
	const struct field *f = found->field;
	if (found->validity == NOT_AVAILABLE)
		return "not available";
	switch (f->kind) {
	case FIELD_TEXT: snprintf(buf, size, "\"%s\"", found->text); break;
	case FIELD_ALARM: return words[found->value];
	case FIELD_QUANTITY: return value_print_fixed(buf, size, quantities[f->target].unit, found->value, DECIMALS);
	case FIELD_ARRAY: return value_print_fixed(buf, size, arrays[f->target].unit, found->value, DECIMALS);
	}
	return buf;
}

static void print_time(const struct decoder *d)
{
	if (d->now.has_time)
		printf("(%" PRId64 ".%06" PRId64 ") ", d->now.time / 1000000, d->now.time % 1000000);
}

static void print_line(const struct decoder *d, const struct finding *found, const char *name)
{
	char value[VALUE_TEXT_MAX + TEXT_MAX], frame[CANDUMP_TEXT_MAX], pack[24] = "";
	candump_print_frame(frame, &d->now.frame);
	if (d->p->per_address)
		snprintf(pack, sizeof pack, " address %u", d->address);
	print_time(d);
	printf("%s %s%s %s = %s%s%s%s\n", d->now.iface, frame, pack, name, value_text(value, sizeof value, found),
	       found->rejected ? " (rejected: not plausible)" : "",
	       found->field->lower_only && found->validity == VALID ? " (may only lower)" : "", d->computed ? " (computed)" : "");
}

static json_t *json_value(const struct finding *found)
{
	char buf[TEXT_MAX + 3];
	const struct field *f = found->field;
	if (found->validity != VALID)
		return json_null();
	if (f->kind == FIELD_TEXT)
		return json_string(found->text);
	if (f->kind == FIELD_ALARM)
		return json_string(value_text(buf, sizeof buf, found));
	enum unit unit = f->kind == FIELD_QUANTITY ? quantities[f->target].unit : arrays[f->target].unit;
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
		const char *unit = unit_symbol(f->kind == FIELD_QUANTITY ? quantities[f->target].unit : arrays[f->target].unit);
		if (*unit)
			json_object_set_new(o, "unit", json_string(unit));
	}
	if (found->validity == NOT_AVAILABLE)
		json_object_set_new(o, "not_available", json_true());
	if (found->rejected)
		json_object_set_new(o, "rejected", json_true());
	if (f->lower_only)
		json_object_set_new(o, "may_only_lower", json_true());
	if (d->computed)
		json_object_set_new(o, "computed", json_true());
	print_object(o);
}

/* A frame that would not be taken in. */
static void print_repeated(const struct decoder *d)
{
	char frame[CANDUMP_TEXT_MAX];
	candump_print_frame(frame, &d->now.frame);
	if (d->json) {
		json_t *o = json_pack("{s:s, s:s, s:b}", "interface", d->now.iface, "frame", frame, "repeated", 1);
		if (d->now.has_time)
			json_object_set_new(o, "time_us", json_integer(d->now.time));
		print_object(o);
		return;
	}
	print_time(d);
	printf("%s %s (not taken: its counter stands still)\n", d->now.iface, frame);
}

static void tell(void *user, const struct finding *found)
{
	struct decoder *d = user;
	char name[FIELD_NAME_MAX + 8];
	profile_field_name(found->field, name, FIELD_NAME_MAX);
	if (found->validity == ABSENT)
		return;
	for (unsigned i = 0; i < d->p->n_computed; i++)
		if (compute_uses(&d->p->computed[i], found->field, found->element))
			d->renewed |= UINT64_C(1) << i;
	if (found->element)
		snprintf(name + strlen(name), 8, "[%d]", found->element);
	if (d->json)
		print_json(d, found, name);
	else
		print_line(d, found, name);
}

static void count_unmatched(struct decoder *d)
{
	for (size_t i = 0; i < d->n_unmatched; i++)
		if (d->unmatched[i].f.id == d->now.frame.id && d->unmatched[i].f.ext == d->now.frame.ext) {
			d->unmatched[i].count++;
			return;
		}
	if (d->n_unmatched == d->room) {
		size_t room = d->room ? 2 * d->room : 64;
		struct unmatched *list = realloc(d->unmatched, room * sizeof *list);
		if (!list)
			return;
		d->unmatched = list;
		d->room = room;
	}
	d->unmatched[d->n_unmatched++] = (struct unmatched){ d->now.frame, 1 };
}

/* What is made of the values that the frame at hand gave, and that no frame gives. */
static void tell_computed(struct decoder *d)
{
	struct seen *seen = &d->seen[d->address - d->address_min];
	struct battery b;
	struct known k = { .b = &b, .cells = &seen->cells, .array_stale = d->array_stale,
		           .n_cells = seen->cells.count[ARRAY_CELL_VOLTAGE], .now = d->now.time };
	compute_aged(&b, d->p, seen, d->now.time);
	d->computed = true;
	for (unsigned i = 0; i < d->p->n_computed; i++) {
		enum quantity q = d->p->computed[i].target;
		const struct field field = { .kind = FIELD_QUANTITY, .target = (uint8_t)q };
		bool given = b.q[q].validity == VALID;
		compute_fill(&d->p->computed[i], 1, &k);
		if (!given && b.q[q].validity == VALID && d->renewed >> i & 1)
			tell(d, &(struct finding){ .field = &field, .validity = VALID, .value = b.q[q].value });
	}
	d->computed = false;
	d->renewed = 0;
}

/* The frame at hand as frame `index` of the profile. Parts of a message are ours also before it is complete. */
static bool decode_as(struct decoder *d, unsigned index, unsigned group)
{
	struct seen *seen = &d->seen[d->address - d->address_min];
	enum decoded decoded = DECODED;
	bool fast = d->p->frames[index].fast;
	if (fast && !d->taken)
		d->joined = fastpacket_take(&d->joining, 0, &d->now.frame, d->now.time);
	d->taken = d->taken || fast;
	if (!fast)
		decoded = codec_decode(d->p, index, group, &d->now.frame, d->now.time, seen, tell, d);
	else if (d->joined)
		decoded = codec_decode_long(d->p, index, group, d->joined->data, d->joined->length, d->now.time, seen, tell, d);
	if (decoded == DECODED_REPEATED)
		print_repeated(d);
	return fast || decoded != DECODED_NOT;
}

static void decode_frame(struct decoder *d)
{
	bool ours = false;
	d->frames++;
	d->taken = false;
	for (d->address = d->address_min; d->address <= d->address_max; d->address++) {
		int index = -1;
		unsigned group;
		while (codec_match(d->p, d->address, &d->now.frame, &index, &group))
			ours |= decode_as(d, (unsigned)index, group);
		if (d->renewed)
			tell_computed(d);
	}
	if (ours)
		d->ours++;
	else
		count_unmatched(d);
}

static void decode_log(struct decoder *d, FILE *log)
{
	char *line = NULL;
	size_t size = 0;
	for (unsigned number = 1; getline(&line, &size, log) >= 0; number++) {
		switch (candump_parse(line, &d->now)) {
		case CANDUMP_FRAME: decode_frame(d); break;
		case CANDUMP_BLANK: break;
		case CANDUMP_REMOTE:
		case CANDUMP_FD:
		case CANDUMP_ERROR_FRAME: d->others++; break;
		case CANDUMP_BAD:
			d->first_bad = d->bad++ ? d->first_bad : number;
			break;
		}
	}
	free(line);
}

static int compare_unmatched(const void *a, const void *b)
{
	const struct frame *x = &((const struct unmatched *)a)->f, *y = &((const struct unmatched *)b)->f;
	if (x->ext != y->ext)
		return x->ext ? 1 : -1;
	return (x->id > y->id) - (x->id < y->id);
}

static void print_unmatched(struct decoder *d)
{
	if (d->n_unmatched)
		qsort(d->unmatched, d->n_unmatched, sizeof *d->unmatched, compare_unmatched);
	if (!d->json && d->n_unmatched)
		printf("ids that are not of %s:\n", d->p->id);
	for (size_t i = 0; i < d->n_unmatched; i++) {
		const struct unmatched *u = &d->unmatched[i];
		char id[16], frame[CANDUMP_TEXT_MAX];
		snprintf(id, sizeof id, u->f.ext ? "%08X" : "%03X", u->f.id);
		candump_print_frame(frame, &u->f);
		if (!d->json)
			printf("  %8s  %" PRIu64 " frames, the first %s\n", id, u->count, frame);
		else
			print_object(json_pack("{s:s, s:I, s:s}", "unmatched", id, "count", (json_int_t)u->count, "first", frame));
	}
}

static int run(struct decoder *d, const char *path)
{
	FILE *log = path && strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!log) {
		fprintf(stderr, "battagg decode: %s: %s\n", path, strerror(errno));
		return EXIT_BAD;
	}
	/* so that lines appear at once when candump is at the other end */
	setvbuf(stdout, NULL, _IOLBF, 0);
	decode_log(d, log);
	bool failed = ferror(log);
	if (failed)
		fprintf(stderr, "battagg decode: %s: %s\n", path ? path : "standard input", strerror(errno));
	if (log != stdin)
		fclose(log);
	print_unmatched(d);
	if (d->bad)
		fprintf(stderr, "battagg decode: lines that are not candump's: %" PRIu64 ", the first is line %u\n", d->bad, d->first_bad);
	if (d->others)
		fprintf(stderr, "battagg decode: %" PRIu64 " remote, FD or error frames left out\n", d->others);
	if (!d->ours)
		fprintf(stderr, "battagg decode: none of %" PRIu64 " frames belongs to %s\n", d->frames, d->p->id);
	return failed || !d->ours ? EXIT_BAD : EXIT_FINE;
}

static int decode_with(struct profile *p, bool json, const char *address, const char *path)
{
	struct decoder d = { .p = p, .json = json };
	int status = EXIT_USAGE;
	compute_array_stale(p, d.array_stale);
	if (app_take_address("decode", p, address, &d.address_min, &d.address_max)) {
		d.seen = calloc(d.address_max - d.address_min + 1, sizeof *d.seen);
		for (unsigned a = d.address_min; d.seen && a <= d.address_max; a++)
			d.seen[a - d.address_min].address = (uint8_t)a;
		status = d.seen ? run(&d, path) : EXIT_BAD;
	}
	free(d.seen);
	free(d.unmatched);
	return status;
}

int app_decode(int argc, char **argv)
{
	static const struct option options[] = { { "profile", required_argument, NULL, 'p' },
		                                 { "profiles", required_argument, NULL, 'P' },
		                                 { "address", required_argument, NULL, 'a' },
		                                 { "json", no_argument, NULL, 'j' },
		                                 { "set", required_argument, NULL, 's' },
		                                 { "help", no_argument, NULL, 'h' },
		                                 { 0 } };
	const char *name = NULL, *dir = NULL, *address = NULL;
	bool json = false;
	struct profile_parameter values[PARAMETERS_MAX];
	struct profile_parameters set = { values, 0 };
	for (int c; (c = getopt_long(argc, argv, "p:a:h", options, NULL)) != -1;) {
		switch (c) {
		case 'p': name = optarg; break;
		case 'P': dir = optarg; break;
		case 'a': address = optarg; break;
		case 'j': json = true; break;
		case 's':
			if (!app_take_parameter("decode", optarg, values, &set))
				return EXIT_USAGE;
			break;
		case 'h': fputs(usage, stdout); return EXIT_FINE;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	}
	if (!name || argc - optind > 1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	struct profile *p = app_load_profile_with(name, dir, &set);
	if (!p)
		return EXIT_BAD;
	int status = decode_with(p, json, address, argv[optind]);
	profile_free(p);
	return status;
}
