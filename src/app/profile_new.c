/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg profile new`: a profile to begin with, made from a log. It knows which frames there are; what they mean it
 * leaves to the author, with guesses as comments. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "app/skeleton.h"
#include "core/candump.h"
#include "log.h"

/* clang-format off */
static const char usage[] =
	"Usage: battagg profile new [options] NAME LOG\n"
	"Writes NAME.yaml, a profile to begin with: a frame for each id of a candump log (a file, or - for what\n"
	"comes on standard input), with its period and length, and as comments which of its bytes change, count,\n"
	"or look like texts, checksums or voltages. What they mean is for you to write. A file that is there is\n"
	"never overwritten.\n"
	"\n"
	"  -i, --interface NAME  of a log of several interfaces, this one\n"
	"  -o, --output FILE     somewhere else than ./NAME.yaml (it must be named so to be loaded); - is standard output\n"
	"  -h, --help\n"
	"\n"
	"Exit: 0, 1 when the log can't be read or the file is there, 2 wrong use.\n"
	"Is it one that battagg knows? Try `battagg detect LOG` first.\n";
/* clang-format on */

/* ---- reading ---- */

static void take(struct skeleton *s, const struct logged *now)
{
	if (!*s->of)
		snprintf(s->of, sizeof s->of, "%s", s->interface ? s->interface : now->iface);
	if (strcmp(s->of, now->iface)) {
		s->other_interfaces++;
		return;
	}
	int where = traffic_take(&s->traffic, &now->frame, now->has_time, now->time);
	if (where >= 0)
		shape_take(&s->shapes[where], &now->frame);
}

static bool read_log(struct skeleton *s)
{
	FILE *log = strcmp(s->log, "-") ? fopen(s->log, "re") : stdin;
	char *line = NULL;
	size_t size = 0;
	struct logged now;
	if (!log) {
		log_error("profile: %s: %s", s->log, strerror(errno));
		return false;
	}
	while (getline(&line, &size, log) >= 0) {
		enum candump_result result = candump_parse(line, &now);
		if (result == CANDUMP_FRAME)
			take(s, &now);
		s->bad += result == CANDUMP_BAD;
	}
	free(line);
	if (log != stdin)
		fclose(log);
	if (!s->traffic.n)
		log_error("profile: %s: no frames%s%s", s->log, s->interface ? " of " : "",
			  s->interface ? s->interface : "");
	if (s->traffic.n && s->other_interfaces && !s->interface)
		log_warning("profile: read is %s only; for another interface of the log: --interface NAME", s->of);
	if (s->bad)
		log_warning("profile: lines that are not candump's: %" PRIu64, s->bad);
	return s->traffic.n;
}

/* Sorted by id; without what a GX says, which is no battery's. */
static void sort(struct skeleton *s)
{
	const struct traffic_id *sorted[TRAFFIC_MAX];
	int points = 0;
	traffic_sort(&s->traffic, sorted);
	for (int i = 0; i < s->traffic.n; i++) {
		const struct traffic_id *e = sorted[i];
		int where = (int)(e - s->traffic.list);
		if (traffic_is_gx(e))
			continue;
		s->order[s->n++] = where;
		points += shape_order(&s->shapes[where]);
	}
	s->big = points > 0;
}

/* ---- the command ---- */

static bool is_name(const char *name)
{
	return *name && strlen(name) <= PROFILE_NAME_MAX &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static bool is_empty(const char *path)
{
	struct stat st;
	return !stat(path, &st) && S_ISREG(st.st_mode) && !st.st_size;
}

/* Never another's file. */
static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	if (out)
		return out;
	if (errno == EEXIST && is_empty(path))
		log_error("profile: %s is there already, and empty. If a `>` made it: remove it, and leave the `>` out, as this "
			  "command writes the file itself", path);
	else
		log_error("profile: %s: %s", path, errno == EEXIST ? "is there already and stays as it is" : strerror(errno));
	return NULL;
}

static int make(struct skeleton *s, const char *output)
{
	char path[PATH_MAX];
	if (!read_log(s))
		return EXIT_BAD;
	bool file = !output || strcmp(output, "-");
	if (!output || !file)
		snprintf(path, sizeof path, "./%s.yaml", s->name);
	else
		snprintf(path, sizeof path, "%s%s", strchr(output, '/') ? "" : "./", output);
	s->file = output = path;
	s->log_again = strcmp(s->log, "-") ? s->log : "LOG";
	s->out = file ? create(output) : stdout;
	if (!s->out)
		return EXIT_BAD;
	sort(s);
	skeleton_write(s);
	bool good = !ferror(s->out) && !(file ? fclose(s->out) : fflush(s->out));
	if (!good)
		log_error("profile: %s: %s", output, strerror(errno));
	else if (file)
		printf("%s: %d ids of %s. Try: battagg check %s; battagg decode --watch -p %s %s\n", output, s->n, s->log,
		       output, output, s->log_again);
	return good ? EXIT_FINE : EXIT_BAD;
}

int profile_new(int argc, char **argv)
{
	static const struct option options[] = { { "interface", required_argument, NULL, 'i' },
						 { "output", required_argument, NULL, 'o' },
						 { "help", no_argument, NULL, 'h' },
						 { 0 } };
	const char *interface = NULL, *output = NULL;
	for (int c; (c = getopt_long(argc, argv, "i:o:h", options, NULL)) != -1;) {
		switch (c) {
		case 'i': interface = optarg; break;
		case 'o': output = optarg; break;
		case 'h': fputs(usage, stdout); return EXIT_FINE;
		default: fputs(usage, stderr); return EXIT_USAGE;
		}
	}
	if (argc - optind != 2) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!is_name(argv[optind])) {
		log_error("profile: '%s' is no name: small letters, digits and '-', at most %d, without .yaml",
			  argv[optind], PROFILE_NAME_MAX);
		return EXIT_USAGE;
	}
	struct skeleton *s = calloc(1, sizeof *s);
	if (!s)
		return EXIT_BAD;
	s->name = argv[optind];
	s->log = argv[optind + 1];
	s->interface = interface;
	int status = make(s, output);
	free(s);
	return status;
}
