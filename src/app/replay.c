/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg replay`: the engine of `battagg run` on the clock of a candump log. Same input, same bytes. */
#include "app/app.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/calendar.h"
#include "config/config.h"
#include "config/unit.h"
#include "core/candump.h"
#include "core/engine.h"
#include "io/statefile.h"
#include "log.h"

#define US_PER_S INT64_C(1000000)
#define DAY (24 * 3600 * US_PER_S)
#define STRANGERS_MAX 16
#define MAPPED_MAX PORTS_MAX
#define COMPLAINTS 5 /* of one kind, then they are only counted */

struct options {
	const char *config, *profiles, *log, *state;
	int64_t tail; /* us */
	bool events, all;
	int n_mapped;
	char *mapped[MAPPED_MAX]; /* LOG=NAME, as given */
};

struct replay {
	const struct options *opt;
	struct config *config;
	struct engine *engine;
	int64_t now;   /* us, of the log; of the last thing done */
	uint64_t event; /* next to print */
	unsigned long line;
	unsigned long frames, ignored, sent, bad, backwards, other;
	int n_strangers;
	char strangers[STRANGERS_MAX][16];
};

static void usage(FILE *out)
{
	fputs("Usage: battagg replay -c FILE [options] LOG\n"
	      "\n"
	      "Runs the whole engine on a candump log (- reads standard input) and prints the frames that battagg would\n"
	      "have sent, in candump's log form, with the log's own clock.\n"
	      "\n"
	      "  -c, --config FILE     the config; log interfaces are matched with its interfaces by name\n"
	      "      --profiles DIR    look for profiles in DIR first\n"
	      "      --map LOG=NAME    the log's interface LOG is the config's NAME (may be repeated)\n"
	      "      --tail TIME       run on after the last frame, e.g. `--tail 60 s`\n"
	      "      --state FILE      begin with this state file, and write it at the end\n"
	      "      --events          also print events and reasons, as `# ` lines\n"
	      "      --all             also print the keep-alives sent to the batteries\n"
	      "  -h, --help            this text\n"
	      "\n"
	      "Record a log with: candump -L can0 can1 >battery.log\n"
	      "Exit: 0, 1 when the config or log is bad or has nothing for the config, 2 wrong use (or no such log).\n",
	      out);
}

/* 0 to go on, else the exit status + 1. */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' }, { "profiles", required_argument, NULL, 'p' },
		{ "map", required_argument, NULL, 'm' },    { "tail", required_argument, NULL, 't' },
		{ "state", required_argument, NULL, 's' },  { "events", no_argument, NULL, 'e' },
		{ "all", no_argument, NULL, 'a' },          { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *wrong;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		switch (c) {
		case 'c': opt->config = optarg; break;
		case 'p': opt->profiles = optarg; break;
		case 'm':
			if (!strchr(optarg, '=') || opt->n_mapped == MAPPED_MAX) {
				log_error("replay: --map '%s': it is LOG=NAME, e.g. can5=left", optarg);
				return EXIT_USAGE + 1;
			}
			opt->mapped[opt->n_mapped++] = optarg;
			break;
		case 't':
			wrong = parse_value(optarg, DIM_TIME, &opt->tail);
			if (wrong || opt->tail < 0 || opt->tail > 3660 * DAY) {
				log_error("replay: --tail '%s': %s", optarg, wrong ? wrong : "out of range");
				return EXIT_USAGE + 1;
			}
			break;
		case 's': opt->state = optarg; break;
		case 'e': opt->events = true; break;
		case 'a': opt->all = true; break;
		case 'h': usage(stdout); return EXIT_FINE + 1;
		default: usage(stderr); return EXIT_USAGE + 1;
		}
	}
	if (optind + 1 != argc) {
		if (optind + 1 < argc)
			log_error("replay: '%s' is too much: one log at a time", argv[optind + 1]);
		else
			log_error("replay: which log? One file, or - for standard input");
		usage(stderr);
		return EXIT_USAGE + 1;
	}
	opt->log = argv[optind];
	return 0;
}

static void print_time(int64_t time)
{
	printf("(%" PRId64 ".%06" PRId64 ")", time / US_PER_S, time % US_PER_S);
}

static void print_events(struct replay *r)
{
	static const char *const words[] = { "info", "warning", "alarm" };
	const struct event *e;

	if (r->event < engine_event_first(r->engine))
		r->event = engine_event_first(r->engine);
	for (; (e = engine_event(r->engine, r->event)); r->event = e->number + 1) {
		fputs("# ", stdout);
		print_time(e->time);
		printf(" %s %s: %s\n", words[e->severity], e->who, e->text);
	}
}

static void step(struct replay *r, int64_t now)
{
	const struct outgoing *out;
	int count;

	r->now = now;
	engine_wall(r->engine, calendar_utc(now / US_PER_S));
	engine_step(r->engine, now);
	if (r->opt->events)
		print_events(r);
	out = engine_sent(r->engine, &count);
	for (int i = 0; i < count; i++) {
		const char *iface = r->config->output_interface;
		char line[CANDUMP_LINE_MAX];

		if (out[i].port != PORT_OUTPUT) {
			if (!r->opt->all)
				continue;
			iface = r->config->core.port_names[out[i].port];
		}
		candump_print_log(line, now, iface, &out[i].frame);
		puts(line);
		r->sent++;
	}
}

static void run_until(struct replay *r, int64_t until)
{
	for (;;) {
		int64_t due = engine_deadline(r->engine);

		if (due > until)
			return;
		step(r, due > r->now ? due : r->now);
	}
}

/* Weeks of silence are not worth walking through tick by tick: after a day nothing happens any more. */
static void advance(struct replay *r, int64_t until)
{
	if (until - r->now > 8 * DAY) {
		log_warning("%s:%lu: %" PRId64 " days without a frame; the clock jumps over what follows the first day",
		            r->opt->log, r->line, (until - r->now) / DAY);
		run_until(r, r->now + DAY);
		step(r, until);
	}
	run_until(r, until);
	r->now = until;
}

/* The config's port for a name in the log; -1 when it is none. */
static int find_port(const struct replay *r, const char *iface)
{
	const struct settings *s = &r->config->core;
	size_t length = strlen(iface);

	for (int i = 0; i < r->opt->n_mapped; i++) {
		const char *map = r->opt->mapped[i];

		if (!strncmp(map, iface, length) && map[length] == '=')
			iface = map + length + 1;
	}
	for (int i = 0; i < s->n_ports; i++)
		if (!strcmp(s->port_names[i], iface))
			return i;
	return -1;
}

#define KNOWN_MAX (PORTS_MAX * 18)
static const char *list_ports(const struct settings *s, char known[KNOWN_MAX])
{
	*known = '\0';
	for (int i = 0; i < s->n_ports; i++) {
		strcat(known, i ? ", " : "");
		strcat(known, s->port_names[i]);
	}
	return known;
}

/* Does each --map lead to an interface of the config? Tells, else. */
static bool maps_good(const struct replay *r)
{
	const struct settings *s = &r->config->core;
	char known[KNOWN_MAX];

	for (int i = 0; i < r->opt->n_mapped; i++) {
		const char *name = strchr(r->opt->mapped[i], '=') + 1;
		int k = 0;

		while (k < s->n_ports && strcmp(s->port_names[k], name) != 0)
			k++;
		if (k < s->n_ports)
			continue;
		log_error("replay: --map %s: %s is not in the config, which has %s; it is LOG=NAME", r->opt->mapped[i], name,
		          list_ports(s, known));
		return false;
	}
	return true;
}

/* Says once for each interface of the log that nothing is known about it. */
static void note_stranger(struct replay *r, const char *iface)
{
	char known[KNOWN_MAX];

	if (!strcmp(iface, r->config->output_interface))
		return;
	for (int i = 0; i < r->n_strangers; i++)
		if (!strcmp(r->strangers[i], iface))
			return;
	if (r->n_strangers == STRANGERS_MAX)
		return;
	snprintf(r->strangers[r->n_strangers++], sizeof *r->strangers, "%s", iface);
	log_warning("%s:%lu: interface '%s' is not in the config, its frames are ignored (the config has %s; "
	            "--map %s=NAME says which one it is)",
	            r->opt->log, r->line, iface, list_ports(&r->config->core, known), iface);
}

/* A log's boot: its clock goes on from one log to the next. */
#define LOG_BOOT "log"

/* What an earlier replay kept. A bad file ends this one: nothing is guessed, and it is not ours to set aside. */
static bool restore(struct replay *r)
{
	struct kept kept;
	struct state_stamp then, stamp = { .boot = LOG_BOOT, .time = r->now };
	char why[STATEFILE_WHY_MAX];
	enum statefile result = r->opt->state ? statefile_read(r->opt->state, &kept, &then, why) : STATEFILE_NONE;
	if (result == STATEFILE_BAD)
		log_error("%s: %s: it is no state file that can be gone on with", r->opt->state, why);
	if (result == STATEFILE_GOOD) {
		statefile_drop_old_limits(&kept, &then, &stamp);
		engine_restore(r->engine, &kept);
	}
	return result != STATEFILE_BAD;
}

static bool keep(const struct replay *r)
{
	struct kept kept;
	engine_kept(r->engine, &kept);
	if (statefile_write(r->opt->state, &kept, &(struct state_stamp){ .boot = LOG_BOOT, .time = r->now }))
		return true;
	log_error("%s: can't be written: %s", r->opt->state, strerror(errno));
	return false;
}

static bool begin(struct replay *r, int64_t time)
{
	r->now = time;
	r->engine = engine_create(&r->config->core, time);
	if (!r->engine)
		log_error("replay: out of memory");
	return r->engine && restore(r);
}

/* False ends the replay. */
static bool take_frame(struct replay *r, struct logged *l)
{
	int port = find_port(r, l->iface);

	if (!l->has_time) {
		log_error("%s:%lu: the line has no time, so this log can't be replayed; record with candump -L", r->opt->log,
		          r->line);
		return false;
	}
	if (!r->engine && !begin(r, l->time))
		return false;
	if (l->time < r->now && port >= 0) {
		if (r->backwards++ < COMPLAINTS)
			log_warning("%s:%lu: the time goes back by %" PRId64 ".%06" PRId64 " s; the frame is taken at the time of "
			            "the one before",
			            r->opt->log, r->line, (r->now - l->time) / US_PER_S, (r->now - l->time) % US_PER_S);
		l->time = r->now;
	}
	if (port < 0) {
		r->ignored++;
		note_stranger(r, l->iface);
		return true;
	}
	advance(r, l->time);
	r->frames++;
	engine_frame(r->engine, port, &l->frame, l->time);
	if (r->opt->events)
		print_events(r);
	return true;
}

static bool take_line(struct replay *r, char *text)
{
	struct logged l;

	switch (candump_parse(text, &l)) {
	case CANDUMP_FRAME: return take_frame(r, &l);
	case CANDUMP_BLANK: break;
	case CANDUMP_REMOTE:
	case CANDUMP_FD:
	case CANDUMP_ERROR_FRAME: r->other++; break;
	case CANDUMP_BAD:
		text[strcspn(text, "\r\n")] = '\0';
		if (r->bad++ < COMPLAINTS)
			log_warning("%s:%lu: not a line of candump: '%.60s'", r->opt->log, r->line, text);
		break;
	}
	return true;
}

static bool read_log(struct replay *r, FILE *in)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t length;
	bool fine = true;

	while (fine && (length = getline(&text, &room, in)) > 0) {
		r->line++;
		if (strlen(text) != (size_t)length)
			snprintf(text, room, "?"); /* a NUL in it: not text, so not candump's */
		fine = take_line(r, text);
	}
	if (fine && ferror(in)) {
		log_error("%s: %s", r->opt->log, strerror(errno));
		fine = false;
	}
	free(text);
	return fine;
}

static int finish(struct replay *r)
{
	if (r->engine)
		run_until(r, r->now + r->opt->tail);
	if (r->engine && r->opt->state && !keep(r))
		return EXIT_BAD;
	if (r->backwards > COMPLAINTS)
		log_warning("%s: the time goes back %lu times in all", r->opt->log, r->backwards);
	if (fflush(stdout) || ferror(stdout)) {
		log_error("replay: writing the output: %s", strerror(errno));
		return EXIT_BAD;
	}
	if (!r->frames) {
		log_error("%s: no frame for an interface of the config in it; %lu of other interfaces, lines not candump's: %lu",
		          r->opt->log, r->ignored, r->bad);
		return EXIT_BAD;
	}
	log_info("replay: %lu frames in, %lu out; %lu of other interfaces, %lu remote, FD and error frames, lines not candump's: %lu",
	         r->frames, r->sent, r->ignored, r->other, r->bad);
	return EXIT_FINE;
}

int app_replay(int argc, char **argv)
{
	struct options opt = { 0 };
	struct replay r = { .opt = &opt, .event = 1 };
	int status = parse_options(argc, argv, &opt);
	FILE *in = stdin;

	if (status)
		return status - 1;
	r.config = app_load_config(opt.config, opt.profiles);
	if (!r.config)
		return EXIT_BAD;
	if (!maps_good(&r)) {
		config_free(r.config);
		return EXIT_USAGE;
	}
	if (strcmp(opt.log, "-") != 0)
		in = fopen(opt.log, "re");
	if (!in) {
		log_error("%s: %s", opt.log, strerror(errno));
		config_free(r.config);
		return EXIT_USAGE;
	}
	status = read_log(&r, in) ? finish(&r) : EXIT_BAD;
	if (in != stdin)
		fclose(in);
	if (r.engine)
		engine_destroy(r.engine);
	config_free(r.config);
	return status;
}
