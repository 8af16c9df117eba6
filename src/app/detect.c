/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg detect`: which battery is on this bus? From a log, or listening to an interface. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/app.h"
#include "app/detect_listen.h"
#include "app/detect_say.h"
#include "app/load.h"
#include "core/candump.h"
#include "log.h"

#define INTERFACES_MAX 16 /* in one log */

/* clang-format off */
static const char usage[] =
	"Usage: battagg detect [options] INTERFACE|LOG\n"
	"Finds out which battery is on a CAN bus, by all profiles there are: from a candump log (a file, or - for\n"
	"what comes on standard input), or by listening to an interface, 10 seconds at most. Prints why, what else\n"
	"is on the bus, and a config to paste.\n"
	"\n"
	"      --profiles DIR   look there first for profiles\n"
	"      --bitrates       on an interface that is down: try the usual bit rates, then leave it down as it was\n"
	"      --ask            on an interface: also send what the profiles use to ask batteries that only speak when\n"
	"                       asked. Never what moves a contactor, and nothing where another master is heard\n"
	"      --json           one JSON object\n"
	"  -h, --help\n"
	"\n"
	"Exit: 0 something was found, 1 nothing was, or the log or interface can't be read, 2 wrong use.\n";
/* clang-format on */

struct detecting {
	struct detect_options options;
	bool json;
	struct app_dirs dirs;
	struct dialects dialects;
	struct detect_index index;
	int n; /* interfaces */
	struct detection *of[INTERFACES_MAX];
	uint64_t beyond; /* lines of interfaces that there is no room for */
	bool no_memory;
	struct bank_names bank;
	struct heard heard; /* of a live one */
};

/* The detection of an interface of the log; NULL when there are too many, or no memory. */
static struct detection *detection_of(struct detecting *t, const char *iface)
{
	for (int i = 0; i < t->n; i++)
		if (!strcmp(t->of[i]->name, iface))
			return t->of[i];
	if (t->n == INTERFACES_MAX) {
		t->beyond++;
		return NULL;
	}
	struct detection *d = detection_new(iface, &t->dialects, &t->index);
	if (d) {
		d->bank = t->bank;
		t->of[t->n++] = d;
	}
	t->no_memory = t->no_memory || !d;
	return d;
}

static void take_line(struct detecting *t, const char *line, uint64_t *bad)
{
	struct logged now;
	enum candump_result result = candump_parse(line, &now);
	if (result == CANDUMP_BAD)
		++*bad;
	if (result == CANDUMP_BAD || result == CANDUMP_BLANK)
		return;
	struct detection *d = detection_of(t, *now.iface ? now.iface : "can0");
	if (!d)
		return;
	switch (result) {
	case CANDUMP_FRAME: detection_take(d, &now.frame, now.has_time, now.time); break;
	case CANDUMP_REMOTE: d->remote++; break;
	case CANDUMP_FD: d->fd++; break;
	case CANDUMP_ERROR_FRAME: d->errors++; break;
	case CANDUMP_BLANK:
	case CANDUMP_BAD: break;
	}
}

static bool read_log(struct detecting *t, const char *path)
{
	FILE *log = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *line = NULL;
	size_t size = 0;
	uint64_t bad = 0;
	if (!log) {
		log_error("detect: %s: %s; it is neither a CAN interface nor a file", path, strerror(errno));
		return false;
	}
	while (getline(&line, &size, log) >= 0)
		take_line(t, line, &bad);
	free(line);
	bool good = !ferror(log);
	if (!good)
		log_error("detect: %s: %s", path, strerror(errno));
	if (log != stdin)
		fclose(log);
	if (good && bad)
		log_warning("detect: %s: lines that are not candump's: %llu", path, (unsigned long long)bad);
	if (good && t->beyond)
		log_warning("detect: %s: more than %d interfaces: %llu lines of the others are left out; to look at one, "
			    "grep its lines into a log of their own",
			    path, INTERFACES_MAX, (unsigned long long)t->beyond);
	if (good && !t->n && !t->no_memory) {
		log_error("detect: %s: there is no frame in it", path);
		return false;
	}
	return good;
}

/* Says what `battagg check` would say of it. */
static void check_config(struct detecting *t, const char *text)
{
	struct problems problems = { 0 };
	struct config *c = config_load_text("battagg.yaml", text, strlen(text), &t->dirs.options, &problems);
	if (c && !problems.errors) {
		puts("# battagg check: ok");
	} else {
		printf("# battagg check still misses:\n");
		for (size_t i = 0; i < problems.count; i++)
			if (problems.list[i].level == PROBLEM_ERROR)
				printf("#   line %u: %s\n", problems.list[i].line, problems.list[i].message);
	}
	config_free(c);
	problems_free(&problems);
}

static void print_config(struct detecting *t, const struct detect_report *reports, bool as_json, json_t *into)
{
	char *config = detect_config(reports, t->n);
	if (!config)
		return;
	if (as_json) {
		json_object_set_new(into, "config", json_string(config));
	} else {
		printf("\n# ---- a config to paste ----\n%s", config);
		check_config(t, config);
	}
	free(config);
}

static void print_json(struct detecting *t, const struct detect_report *reports)
{
	json_t *all = json_object(), *list = json_array();
	for (int i = 0; i < t->n; i++)
		json_array_append_new(list, detect_json(&reports[i]));
	json_object_set_new(all, "interfaces", list);
	print_config(t, reports, true, all);
	char *text = json_dumps(all, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	if (text)
		puts(text);
	free(text);
	json_decref(all);
}

static int conclude(struct detecting *t)
{
	struct verdict_on *verdicts = calloc((size_t)t->n + 1, sizeof *verdicts);
	struct detect_report reports[INTERFACES_MAX];
	bool found = false, short_of = !verdicts || t->no_memory;
	for (int i = 0; i < t->n && verdicts; i++) {
		detect_rank(&verdicts[i], t->of[i]);
		reports[i] = (struct detect_report) {
			.d = t->of[i], .v = &verdicts[i], .bitrate = t->heard.bitrate, .asked = t->heard.asked
		};
		found = found || verdicts[i].n_found || verdicts[i].n_sensors;
		short_of = short_of || t->of[i]->no_memory;
	}
	if (short_of)
		log_error("detect: out of memory");
	if (verdicts && t->json) {
		print_json(t, reports);
	} else if (verdicts) {
		for (int i = 0; i < t->n; i++) {
			fputs(i ? "\n" : "", stdout);
			detect_print(&reports[i], stdout);
		}
		print_config(t, reports, false, NULL);
	}
	free(verdicts);
	return found && !short_of ? EXIT_FINE : EXIT_BAD;
}

/* From this machine's config, if there is one that can be read. */
static void find_bank_names(struct detecting *t)
{
	struct problems ignored = { 0 };
	struct config *c = config_load_file(app_config_path(NULL), &t->dirs.options, &ignored);
	if (c) {
		snprintf(t->bank.manufacturer, sizeof t->bank.manufacturer, "%s", c->core.output_manufacturer);
		snprintf(t->bank.serial, sizeof t->bank.serial, "%s", c->core.output_serial);
	}
	config_free(c);
	problems_free(&ignored);
}

static int detect(struct detecting *t, const char *what)
{
	struct stat st;
	bool file = !strcmp(what, "-") || strchr(what, '/') || !stat(what, &st);
	if (!dialects_load(&t->dialects, &t->dirs) || !detect_index_make(&t->index, &t->dialects)) {
		log_error("detect: out of memory");
		return EXIT_BAD;
	}
	if (file && (t->options.bitrates || t->options.ask)) {
		log_error("detect: %s is for an interface, not for a log", t->options.ask ? "--ask" : "--bitrates");
		return EXIT_USAGE;
	}
	find_bank_names(t);
	if (file)
		return read_log(t, what) ? conclude(t) : EXIT_BAD;
	if (!detection_of(t, what))
		return conclude(t);
	return detect_listen(t->of[0], &t->options, &t->heard) ? conclude(t) : EXIT_BAD;
}

int app_detect(int argc, char **argv)
{
	static const struct option options[] = { { "profiles", required_argument, NULL, 'P' },
						 { "bitrates", no_argument, NULL, 'b' },
						 { "ask", no_argument, NULL, 'a' },
						 { "json", no_argument, NULL, 'j' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	struct detecting t = { 0 };
	const char *dir = NULL;
	for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (c) {
		case 'P': dir = optarg; break;
		case 'b': t.options.bitrates = true; break;
		case 'a': t.options.ask = true; break;
		case 'j': t.json = true; break;
		case 'h': fputs(usage, stdout); return EXIT_FINE;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	}
	if (argc - optind != 1) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	app_find_dirs(&t.dirs, dir);
	int status = detect(&t, argv[optind]);
	for (int i = 0; i < t.n; i++)
		detection_free(t.of[i]);
	detect_index_free(&t.index);
	dialects_free(&t.dialects);
	app_free_dirs(&t.dirs);
	return status;
}
