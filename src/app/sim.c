/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg sim`: plays the batteries of a config, onto their interfaces, where it hears questions, or into a candump
 * log, where it asks them itself; or (sim_closed.c) with battagg beside them. */
#include "app/app.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/sim_closed.h"
#include "core/candump.h"
#include "io/canport.h"
#include "log.h"

#define US_PER_S INT64_C(1000000)
#define LOG_DURATION_DEFAULT (60 * US_PER_S)
#define COMMAND_MAX 256
#define QUESTIONS_MAX 512 /* more than the kernel filters: then all is heard */
#define DRAIN_MAX 64 /* frames of one port in one turn */
#define OUTPUT_IDS_MAX 64

struct sim {
	const struct sim_options *opt;
	struct config *config;
	struct scenario scenario;
	struct sim_bus bus;
	struct sim_world world;
	FILE *out; /* of --log */
	struct canport_batch *batch;
	int64_t began; /* us, when it began to play on interfaces */
	struct canport ports[PORTS_MAX];
	struct canport output; /* what the GX is told, for a house that obeys it */
	int64_t output_retry;
	int trouble[PORTS_MAX]; /* errno of the last sending, to say it once */
	int64_t retry[PORTS_MAX]; /* us from the start: when to look for the interface again */
	bool stop;
};

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
	struct wanted questions[QUESTIONS_MAX];
	int index, n;

	if (s->ports[port].fd >= 0)
		return true;
	if (now < s->retry[port])
		return false;
	s->retry[port] = now + US_PER_S;
	index = (int)if_nametoindex(s->config->core.port_names[port]);
	n = sim_bus_questions(&s->bus, port, questions, QUESTIONS_MAX);
	s->ports[port].wants_remote = true;
	return index > 0 && canport_open(&s->ports[port], index, questions, n, false);
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

static void emit(struct sim *s, const struct sim_sent *sent)
{
	char line[CANDUMP_LINE_MAX];

	if (!s->opt->log) {
		send_frame(s, sent->port, &sent->f, sent->at);
		return;
	}
	candump_print_log(line, s->opt->start + sent->at, s->config->core.port_names[sent->port], &sent->f);
	fprintf(s->out, "%s\n", line);
}

/* When the next thing happens; INT64_MAX: never. */
static int64_t next_time(struct sim *s)
{
	int64_t next = sim_bus_next(&s->bus), turn = world_next(&s->world);

	return turn < next ? turn : next;
}

static void say_event(void *user, const struct sim_world *w, const struct sim_event *e)
{
	const struct sim *s = user;

	if (w->now && !s->opt->log)
		log_info("sim: %s: %s %s", e->pack >= 0 ? s->bus.packs[e->pack].set->name : "house", e->key, e->value);
}

static void play_until(struct sim *s, int64_t until)
{
	struct sim_sent sent;

	for (;;) {
		int64_t turn = world_next(&s->world);

		while (sim_bus_send(&s->bus, turn <= until ? turn - 1 : until, &sent))
			emit(s, &sent);
		if (turn > until)
			return;
		world_turn(&s->world);
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
		sim_pack_set(p, "silent", *change == 's' ? "yes" : "no", why);
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
	if (!wrong)
		wrong = sim_pack_doubt(p, change, value, why);
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
			sim_usage(stderr);
		return;
	}
	for (int i = 0; i < s->bus.n_packs; i++) {
		struct sim_pack *p = &s->bus.packs[i];

		if (strcmp(p->set->name, name) != 0)
			continue;
		sim_pack_advance(p, now);
		while ((change = strsep(&rest, ",")))
			command_change(p, trim(change));
		sim_bus_changed(&s->bus, i, now);
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

/* A port with its sim and the time, for whoever hears a frame. */
struct hearing {
	struct sim *sim;
	int port;
	int64_t now;
};

static void on_frame(void *user, const struct frame *f, bool local)
{
	struct hearing *h = user;

	(void)local; /* on a virtual interface all frames are */
	sim_bus_hear(&h->sim->bus, h->port, f, h->now);
}

static void on_output(void *user, const struct frame *f, bool local)
{
	struct hearing *h = user;

	(void)local;
	house_hear(&h->sim->world.house, f, h->now);
}

/* The output interface may be made later, by battagg itself; it is looked for once a second. */
static bool output_ready(struct sim *s, int64_t now)
{
	const struct profile *p = s->config->core.output_profile;
	struct wanted ids[OUTPUT_IDS_MAX];
	int index, n = 0;

	if (!s->scenario.modelled || s->output.fd >= 0)
		return s->output.fd >= 0;
	if (now < s->output_retry)
		return false;
	s->output_retry = now + US_PER_S;
	index = (int)if_nametoindex(s->config->output_interface);
	for (; n < p->n_frames && n < OUTPUT_IDS_MAX; n++)
		ids[n] = (struct wanted){ .id = p->frames[n].id, .mask = CAN_ID_MAX_STD };
	return index > 0 && canport_open(&s->output, index, ids, n, false);
}

/* us from the start */
static int64_t now_of(const struct sim *s)
{
	return (clock_now() - s->began) * s->opt->speed;
}

/* Waits so long, or until there is a question or a command. False when there are no more commands. */
static bool wait_for(struct sim *s, int64_t wait, bool commands, char *text, size_t *length)
{
	struct timespec pause = { wait / US_PER_S, (long)(wait % US_PER_S * 1000) };
	struct pollfd fds[PORTS_MAX + 2];
	int n_ports = s->config->core.n_ports, n;

	for (int i = 0; i < n_ports; i++)
		fds[i] = (struct pollfd){ .fd = s->ports[i].fd, .events = POLLIN };
	fds[n_ports] = (struct pollfd){ .fd = commands ? STDIN_FILENO : -1, .events = POLLIN };
	fds[n_ports + 1] = (struct pollfd){ .fd = output_ready(s, now_of(s)) ? s->output.fd : -1, .events = POLLIN };
	if (ppoll(fds, (nfds_t)n_ports + 2, &pause, NULL) <= 0)
		return commands;
	if (fds[n_ports + 1].revents) {
		struct hearing h = { s, -1, now_of(s) };

		if (canport_drain(&s->output, s->batch, DRAIN_MAX, on_output, &h, &n) == CANPORT_GONE)
			canport_close(&s->output);
	}
	for (int i = 0; i < n_ports; i++) {
		struct hearing h = { s, i, now_of(s) };

		if (fds[i].revents && canport_drain(&s->ports[i], s->batch, DRAIN_MAX, on_frame, &h, &n) == CANPORT_GONE)
			canport_close(&s->ports[i]);
	}
	return commands && (!fds[n_ports].revents || read_commands(s, text, length, now_of(s)));
}

static int play_live(struct sim *s)
{
	char text[COMMAND_MAX] = "";
	size_t length = 0;
	bool commands = true;
	int64_t end = s->opt->duration ? s->opt->duration : INT64_MAX;

	s->batch = canport_batch_new();
	if (!s->batch || !open_ports(s))
		return EXIT_BAD;
	for (int i = 0; i < s->bus.n_packs; i++)
		log_info("sim: %s plays %s on %s", s->bus.packs[i].set->name, s->bus.packs[i].set->profile->id,
		         s->config->core.port_names[s->bus.packs[i].set->port]);
	s->began = clock_now();
	for (int64_t now = 0; !s->stop && now < end; now = now_of(s)) {
		int64_t next;

		play_until(s, now);
		next = next_time(s) < end ? next_time(s) : end;
		next = next > now + 3600 * US_PER_S ? 3600 * US_PER_S : next - now;
		commands = wait_for(s, next / s->opt->speed + 1, commands, text, &length);
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

/* Profiles that can't be run backwards, each once. */
static void say_what_cannot(const struct sim *s)
{
	char why[192];

	for (int i = 0; i < s->bus.n_packs; i++) {
		const struct profile *p = s->bus.packs[i].set->profile;
		bool told = false;

		for (int k = 0; k < i; k++)
			told = told || s->bus.packs[k].set->profile == p;
		if (!told && !profile_backwards(p, why, sizeof why))
			log_warning("sim: %s can't be played as it is: %s", p->id, why);
	}
}

static int play(struct sim *s, struct sim_options *opt)
{
	struct problems problems = { 0 };
	bool good = true;

	if (!sim_bus_init(&s->bus, &s->config->core, opt->log && !opt->closed)) {
		log_error("sim: out of memory");
		return EXIT_BAD;
	}
	scenario_init(&s->scenario);
	if (opt->scenario) {
		good = scenario_load(&s->scenario, opt->scenario, s->bus.packs, s->bus.n_packs, &problems);
		problems_print(&problems, stderr);
		problems_free(&problems);
	}
	if (!good)
		return EXIT_BAD;
	sim_bus_seed(&s->bus, (uint64_t)s->scenario.seed);
	say_what_cannot(s);
	if (!opt->duration)
		opt->duration = s->scenario.duration;
	if (!opt->duration && (opt->log || opt->closed))
		opt->duration = LOG_DURATION_DEFAULT;
	if (opt->closed)
		return sim_closed(opt, s->config, &s->scenario, &s->bus);
	/* in a log nobody tells the house anything: it knows by itself what the best is */
	if (!world_init(&s->world, s->config, &s->scenario, &s->bus, opt->log)) {
		log_error("sim: out of memory");
		return EXIT_BAD;
	}
	s->world.played = say_event;
	s->world.user = s;
	return opt->log ? play_log(s) : play_live(s);
}

int app_sim(int argc, char **argv)
{
	struct sim_options opt;
	struct sim s = { .opt = &opt };
	int status;

	if (!sim_options(argc, argv, &opt, &status))
		return status;
	s.config = app_load_config(opt.config, opt.profiles);
	if (!s.config)
		return EXIT_BAD;
	for (int i = 0; i < PORTS_MAX; i++)
		s.ports[i].fd = -1;
	s.output.fd = -1;
	status = play(&s, &opt);
	for (int i = 0; i < PORTS_MAX; i++)
		canport_close(&s.ports[i]);
	canport_close(&s.output);
	world_free(&s.world);
	scenario_free(&s.scenario);
	sim_bus_free(&s.bus);
	canport_batch_free(s.batch);
	config_free(s.config);
	return status;
}
