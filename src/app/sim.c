/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg sim`: plays the batteries of a config, onto their interfaces or into a candump log. */
#include "app/app.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/sim.h"
#include "config/unit.h"
#include "core/candump.h"
#include "io/canport.h"
#include "log.h"

#define US_PER_S INT64_C(1000000)
#define START_DEFAULT (INT64_C(1700000000) * US_PER_S)
#define LOG_DURATION_DEFAULT (60 * US_PER_S)
#define YEAR (INT64_C(366) * 24 * 3600 * US_PER_S)
/* So that not all frames come at one instant: packs and frames start a little later than one another. */
#define PACK_SHIFT 13000 /* us */
#define FRAME_SHIFT 1500 /* us */
#define COMMAND_MAX 256

struct sim_options {
	const char *config, *profiles, *scenario, *output;
	bool log;
	int64_t duration, start, speed; /* us, us, times */
};

/* One frame of one pack that is sent again and again. */
struct slot {
	unsigned pack, frame, group;
	int64_t next, period; /* us from the start */
};

struct sim {
	const struct sim_options *opt;
	struct config *config;
	struct scenario scenario;
	int next_event;
	struct sim_pack *packs;
	int n_packs;
	struct slot *slots;
	size_t n_slots;
	FILE *out; /* of --log */
	struct canport ports[PORTS_MAX];
	int trouble[PORTS_MAX]; /* errno of the last sending, to say it once */
	int64_t retry[PORTS_MAX]; /* us from the start: when to look for the interface again */
	bool stop;
};

static void usage(FILE *out)
{
	fputs("usage: battagg sim -c FILE [options] [SCENARIO.yaml]\n"
	      "\n"
	      "Plays the batteries of a config: each sends what its profile says, with steady values or by a script.\n"
	      "\n"
	      "  -c, --config FILE     the config whose packs are played, on its interfaces\n"
	      "      --profiles DIR    look for profiles in DIR first\n"
	      "      --log             write a candump log instead of sending; needs neither root nor CAN\n"
	      "  -o, --output FILE     where to (standard output without it); means --log\n"
	      "      --start SECONDS   the log's first time (1700000000)\n"
	      "      --duration TIME   for how long, e.g. `--duration 90 s`; wins over the scenario's\n"
	      "      --speed N         N times as fast as real time (not with --log, which is as fast as it can)\n"
	      "  -h, --help            this text\n"
	      "\n"
	      "While it plays on interfaces it takes commands on standard input, one a line:\n"
	      "  B silent              B back              A ccl=50 A, alarm.high_voltage=active       quit\n"
	      "\n"
	      "What a SCENARIO.yaml may say: etc/examples/scenario.yaml (installed beside can-profiles) shows all of it.\n"
	      "\n"
	      "A demo without root: battagg sim --log -c FILE | battagg replay -c FILE --events -\n",
	      out);
}

static bool option_time(const char *name, const char *text, int64_t most, int64_t *out)
{
	const char *wrong = parse_value(text, DIM_TIME, out);

	if (!wrong && (*out <= 0 || *out > most))
		wrong = "out of range";
	if (wrong)
		log_error("sim: %s '%s': %s", name, text, wrong);
	return !wrong;
}

static bool option_number(const char *name, const char *text, int64_t least, int64_t most, int64_t *out)
{
	const char *wrong = parse_integer(text, out);

	if (!wrong && (*out < least || *out > most))
		wrong = "out of range";
	if (wrong)
		log_error("sim: %s '%s': %s", name, text, wrong);
	return !wrong;
}

/* False with *status set when there is nothing more to do. */
static bool parse_options(int argc, char **argv, struct sim_options *opt, int *status)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },   { "profiles", required_argument, NULL, 'p' },
		{ "log", no_argument, NULL, 'l' },            { "output", required_argument, NULL, 'o' },
		{ "start", required_argument, NULL, 's' },    { "duration", required_argument, NULL, 'd' },
		{ "speed", required_argument, NULL, 'x' },    { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool good = true;
	int c;

	*status = EXIT_USAGE;
	while (good && (c = getopt_long(argc, argv, "c:o:h", known, NULL)) != -1) {
		switch (c) {
		case 'c': opt->config = optarg; break;
		case 'p': opt->profiles = optarg; break;
		case 'l': opt->log = true; break;
		case 'o':
			opt->output = optarg;
			opt->log = true;
			break;
		case 's':
			good = option_number("--start", optarg, 0, 100000000000, &opt->start);
			opt->start *= US_PER_S;
			break;
		case 'd': good = option_time("--duration", optarg, YEAR, &opt->duration); break;
		case 'x': good = option_number("--speed", optarg, 1, 10000, &opt->speed); break;
		case 'h':
			usage(stdout);
			*status = EXIT_FINE;
			return false;
		default: usage(stderr); return false;
		}
	}
	if (good && (argc - optind > 1 || (opt->log && opt->speed > 1))) {
		log_error(argc - optind > 1 ? "sim: one scenario at a time" : "sim: --log is as fast as it can; no --speed");
		good = false;
	}
	if (good && optind < argc)
		opt->scenario = argv[optind];
	return good;
}

/* Counts the slots of all packs; fills them in when `slots` is there. */
static size_t make_slots(const struct sim *s, struct slot *slots)
{
	size_t n = 0;

	for (int i = 0; i < s->n_packs; i++) {
		const struct profile *p = s->packs[i].set->profile;
		int64_t shift = i * PACK_SHIFT;

		for (unsigned f = 0; f < p->n_frames; f++) {
			const struct profile_frame *pf = &p->frames[f];

			for (unsigned g = pf->group_min; pf->send > 0 && g <= pf->group_max; g++, n++) {
				if (slots)
					slots[n] = (struct slot){ (unsigned)i, f, g, shift % pf->send, pf->send };
				shift += FRAME_SHIFT;
			}
		}
	}
	return n;
}

static bool prepare_packs(struct sim *s)
{
	const struct settings *core = &s->config->core;

	s->n_packs = core->n_packs;
	s->packs = calloc((size_t)core->n_packs + 1, sizeof *s->packs);
	if (!s->packs)
		return false;
	for (int i = 0; i < s->n_packs; i++)
		sim_pack_init(&s->packs[i], core, &core->packs[i], 0);
	s->n_slots = make_slots(s, NULL);
	s->slots = calloc(s->n_slots + 1, sizeof *s->slots);
	if (s->slots)
		make_slots(s, s->slots);
	return s->slots;
}

static void say_trouble(struct sim *s, int port, int error)
{
	const char *name = s->config->core.port_names[port];

	if (s->trouble[port] == error)
		return;
	if (!error)
		log_info("sim: %s: sending again", name);
	else if (error == ENETDOWN)
		log_warning("sim: %s is down; set it up with: ip link set %s up", name, name);
	else
		log_warning("sim: %s: %s", name, strerror(error));
	s->trouble[port] = error;
}

/* An interface that went away is looked for once a second. */
static bool port_ready(struct sim *s, int port, int64_t now)
{
	int index;

	if (s->ports[port].fd >= 0)
		return true;
	if (now < s->retry[port])
		return false;
	s->retry[port] = now + US_PER_S;
	index = (int)if_nametoindex(s->config->core.port_names[port]);
	return index > 0 && canport_open(&s->ports[port], index, NULL, 0, false);
}

static void send_frame(struct sim *s, int port, const struct frame *f, int64_t now)
{
	if (!port_ready(s, port, now))
		return;
	if (canport_send(&s->ports[port], f, 1) == 1) {
		say_trouble(s, port, 0);
		return;
	}
	say_trouble(s, port, errno);
	if (s->trouble[port] == ENODEV)
		canport_close(&s->ports[port]);
}

static void emit(struct sim *s, const struct slot *slot, int64_t now)
{
	struct sim_pack *p = &s->packs[slot->pack];
	int port = p->set->port;
	char line[CANDUMP_LINE_MAX];
	struct frame f;

	sim_pack_advance(p, now);
	if (!sim_pack_frame(p, slot->frame, slot->group, &f))
		return;
	if (!s->opt->log) {
		send_frame(s, port, &f, now);
		return;
	}
	candump_print_log(line, s->opt->start + now, s->config->core.port_names[port], &f);
	fprintf(s->out, "%s\n", line);
}

static struct slot *next_slot(struct sim *s)
{
	struct slot *first = NULL;

	for (size_t i = 0; i < s->n_slots; i++)
		if (!first || s->slots[i].next < first->next)
			first = &s->slots[i];
	return first;
}

/* When the next thing happens; INT64_MAX: never. */
static int64_t next_time(struct sim *s)
{
	const struct slot *slot = next_slot(s);
	int64_t next = slot ? slot->next : INT64_MAX;

	if (s->next_event < s->scenario.n_events && s->scenario.events[s->next_event].at < next)
		next = s->scenario.events[s->next_event].at;
	return next;
}

static void play_event(struct sim *s, const struct sim_event *e)
{
	struct sim_pack *p = &s->packs[e->pack];
	char why[SIM_WHY_MAX];

	sim_pack_advance(p, e->at);
	sim_pack_set(p, e->key, e->value, why); /* it was tried when the script was read */
	if (e->at && !s->opt->log)
		log_info("sim: %s: %s %s", p->set->name, e->key, e->value);
}

static void play_until(struct sim *s, int64_t until)
{
	for (;;) {
		struct slot *slot = next_slot(s);
		const struct sim_event *e =
			s->next_event < s->scenario.n_events ? &s->scenario.events[s->next_event] : NULL;

		if (e && e->at <= until && (!slot || e->at <= slot->next)) {
			play_event(s, e);
			s->next_event++;
		} else if (slot && slot->next <= until) {
			emit(s, slot, slot->next);
			slot->next += slot->period;
		} else {
			return;
		}
	}
}

static int64_t clock_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

static char *trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return s + strspn(s, " \t");
}

/* "silent", "back" or "ccl=50 A". */
static void command_change(struct sim_pack *p, char *change)
{
	char *value = strchr(change, '=');
	char why[SIM_WHY_MAX];
	const char *wrong;

	if (!strcmp(change, "silent") || !strcmp(change, "back")) {
		p->silent = *change == 's';
		log_info("sim: %s is %s", p->set->name, p->silent ? "silent" : "back");
		return;
	}
	if (!value) {
		log_warning("sim: '%s'? It is silent, back or NAME=VALUE", change);
		return;
	}
	*value++ = '\0';
	change = trim(change);
	value = trim(value);
	wrong = sim_pack_set(p, change, value, why);
	if (wrong)
		log_warning("sim: %s: %s", change, wrong);
	else
		log_info("sim: %s: %s is %s", p->set->name, change, value);
}

static void command(struct sim *s, char *line, int64_t now)
{
	char *name = trim(line), *rest = name + strcspn(name, " \t"), *change;

	if (!*name)
		return;
	if (*rest)
		*rest++ = '\0';
	if (!strcmp(name, "quit") || !strcmp(name, "help")) {
		s->stop = *name == 'q';
		if (!s->stop)
			usage(stderr);
		return;
	}
	for (int i = 0; i < s->n_packs; i++) {
		if (strcmp(s->packs[i].set->name, name) != 0)
			continue;
		sim_pack_advance(&s->packs[i], now);
		while ((change = strsep(&rest, ",")))
			command_change(&s->packs[i], trim(change));
		return;
	}
	log_warning("sim: no pack '%s'; a command is like: B silent", name);
}

/* Takes what stands on standard input; false when it has ended. */
static bool read_commands(struct sim *s, char *text, size_t *length, int64_t now)
{
	ssize_t n = read(STDIN_FILENO, text + *length, COMMAND_MAX - 1 - *length);
	char *end;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	*length += (size_t)n;
	text[*length] = '\0';
	while ((end = strchr(text, '\n'))) {
		*end++ = '\0';
		command(s, text, now);
		*length -= (size_t)(end - text);
		memmove(text, end, *length + 1);
	}
	if (*length == COMMAND_MAX - 1) /* no line is that long */
		*length = 0;
	return true;
}

static bool open_ports(struct sim *s)
{
	const struct settings *core = &s->config->core;
	bool good = true;

	for (int i = 0; i < core->n_ports; i++) {
		const char *name = core->port_names[i];

		if (port_ready(s, i, 0))
			continue;
		log_error("sim: can't open %s: %s. Make it with: ip link add %s type vcan && ip link set %s up; or write a "
		          "log with --log, which needs no CAN",
		          name, strerror(errno), name, name);
		good = false;
	}
	return good;
}

static int play_live(struct sim *s)
{
	char text[COMMAND_MAX] = "";
	size_t length = 0;
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int64_t start = clock_now();

	if (!open_ports(s))
		return EXIT_BAD;
	for (int i = 0; i < s->n_packs; i++)
		log_info("sim: %s plays %s on %s", s->packs[i].set->name, s->packs[i].set->profile->id,
		         s->config->core.port_names[s->packs[i].set->port]);
	while (!s->stop) {
		int64_t now = (clock_now() - start) * s->opt->speed, wait;
		struct timespec pause;

		if (s->opt->duration && now >= s->opt->duration)
			break;
		play_until(s, now);
		wait = next_time(s);
		if (s->opt->duration && wait > s->opt->duration)
			wait = s->opt->duration;
		wait = wait > now + 3600 * US_PER_S ? 3600 * US_PER_S : wait - now;
		wait = wait / s->opt->speed + 1;
		pause = (struct timespec){ wait / US_PER_S, (long)(wait % US_PER_S * 1000) };
		if (ppoll(&in, 1, &pause, NULL) > 0 && !read_commands(s, text, &length, now))
			in.fd = -1;
	}
	return EXIT_FINE;
}

static int play_log(struct sim *s)
{
	s->out = s->opt->output ? fopen(s->opt->output, "we") : stdout;
	if (!s->out) {
		log_error("%s: %s", s->opt->output, strerror(errno));
		return EXIT_BAD;
	}
	play_until(s, s->opt->duration - 1);
	if (fflush(s->out) || ferror(s->out)) {
		log_error("sim: writing the log: %s", strerror(errno));
		return EXIT_BAD;
	}
	if (s->opt->output)
		fclose(s->out);
	return EXIT_FINE;
}

static int play(struct sim *s, struct sim_options *opt)
{
	struct problems problems = { 0 };
	bool good;

	if (!prepare_packs(s)) {
		log_error("sim: out of memory");
		return EXIT_BAD;
	}
	if (opt->scenario) {
		good = scenario_load(&s->scenario, opt->scenario, s->packs, s->n_packs, &problems);
		problems_print(&problems, stderr);
		problems_free(&problems);
		if (!good)
			return EXIT_BAD;
	}
	if (!opt->duration)
		opt->duration = s->scenario.duration;
	if (!opt->duration && opt->log)
		opt->duration = LOG_DURATION_DEFAULT;
	return opt->log ? play_log(s) : play_live(s);
}

int app_sim(int argc, char **argv)
{
	struct sim_options opt = { .start = START_DEFAULT, .speed = 1 };
	struct sim s = { .opt = &opt };
	int status;

	if (!parse_options(argc, argv, &opt, &status))
		return status;
	s.config = app_load_config(app_config_path(opt.config), opt.profiles);
	if (!s.config)
		return EXIT_BAD;
	for (int i = 0; i < PORTS_MAX; i++)
		s.ports[i].fd = -1;
	status = play(&s, &opt);
	for (int i = 0; i < PORTS_MAX; i++)
		canport_close(&s.ports[i]);
	scenario_free(&s.scenario);
	free(s.packs);
	free(s.slots);
	config_free(s.config);
	return status;
}
