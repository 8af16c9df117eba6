/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg sim --closed`: the engine of `battagg run` between simulated packs and a simulated house. What it tells the
 * house changes what the packs will say. */
#include "app/calendar.h"
#include "app/sim_closed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "core/candump.h"
#include "core/engine.h"
#include "log.h"

struct closed {
	const struct sim_options *opt;
	const struct config *config;
	struct sim_bus *bus;
	struct sim_world world;
	struct engine *engine;
	struct outcome *outcome;
	FILE *log;
	uint64_t event; /* of the engine, next to note */
	int trips[PACKS_MAX];
};

static void write_frame(struct closed *c, int64_t now, const char *iface, const struct frame *f)
{
	char line[CANDUMP_LINE_MAX];
	if (!c->log)
		return;
	candump_print_log(line, c->opt->start + now, iface, f);
	fprintf(c->log, "%s\n", line);
}

static void note_events(struct closed *c)
{
	const struct event *e;
	if (c->event < engine_event_first(c->engine))
		c->event = engine_event_first(c->engine);
	for (; (e = engine_event(c->engine, c->event)); c->event = e->number + 1)
		outcome_event(c->outcome, e->time - c->opt->start, "battagg: %s: %s", e->who, e->text);
}

static void step_engine(struct closed *c, int64_t now)
{
	const struct outgoing *out;
	int count;
	engine_wall(c->engine, calendar_utc((c->opt->start + now) / 1000000));
	engine_step(c->engine, c->opt->start + now);
	note_events(c);
	out = engine_sent(c->engine, &count);
	for (int i = 0; i < count; i++) {
		const struct frame *f = &out[i].frame;
		if (out[i].port == PORT_OUTPUT) {
			house_hear(&c->world.house, f, now);
			outcome_output(c->outcome, &c->world.house, now);
			write_frame(c, now, c->config->output_interface, f);
			c->outcome->frames_out++;
		} else {
			sim_bus_hear(c->bus, out[i].port, f, now);
			write_frame(c, now, c->config->core.port_names[out[i].port], f);
		}
	}
}

static void take_frame(struct closed *c, const struct sim_sent *sent)
{
	engine_frame(c->engine, sent->port, &sent->f, c->opt->start + sent->at);
	write_frame(c, sent->at, c->config->core.port_names[sent->port], &sent->f);
	c->outcome->frames_in++;
}

/* Everything in order of time; at one time first the world, then the engine, then frames. */
static void run(struct closed *c)
{
	struct sim_sent sent;
	for (;;) {
		int64_t turn = world_next(&c->world), frame = sim_bus_next(c->bus);
		int64_t due = engine_deadline(c->engine) - c->opt->start;
		int64_t now = turn < frame ? turn : frame;
		now = due < now ? due : now;
		if (now >= c->opt->duration)
			return;
		if (turn == now)
			world_turn(&c->world);
		else if (due <= now)
			step_engine(c, now);
		else if (sim_bus_send(c->bus, now, &sent))
			take_frame(c, &sent);
	}
}

static void stepped(void *user, const struct sim_world *w, double time)
{
	struct closed *c = user;
	outcome_step(c->outcome, w, time);
	for (int i = 0; i < w->bank.n; i++) {
		const struct sim_pack *p = &c->bus->packs[i];
		if (p->bms.trips > c->trips[i])
			outcome_event(c->outcome, w->now, "%s: its BMS opens a path", p->set->name);
		c->trips[i] = p->bms.trips;
	}
}

static void played(void *user, const struct sim_world *w, const struct sim_event *e)
{
	struct closed *c = user;
	if (w->now)
		outcome_event(c->outcome, w->now, "scenario: %s: %s %s",
		              e->pack >= 0 ? c->bus->packs[e->pack].set->name : "house", e->key, e->value);
}

/* ---- what could have been ---- */

struct twin {
	int64_t full_at;
};

static void twin_stepped(void *user, const struct sim_world *w, double time)
{
	struct twin *t = user;
	(void)time;
	if (t->full_at < 0 && world_soc(w) >= 0.99)
		t->full_at = w->now;
}

/* The same packs and the same events, in a house that knows all limits at once and needs nobody to tell it. */
static bool run_ideal(struct closed *c, const struct scenario *sc)
{
	struct sim_bus bus;
	struct sim_world w;
	struct twin twin = { .full_at = -1 };
	bool good = sim_bus_init(&bus, &c->config->core, false);
	if (good) {
		sim_bus_seed(&bus, (uint64_t)sc->seed);
		good = world_init(&w, c->config, sc, &bus, true);
	}
	if (good) {
		w.stepped = twin_stepped;
		w.user = &twin;
		while (twin.full_at < 0 && world_next(&w) < c->opt->duration)
			world_turn(&w);
		c->outcome->ideal_full_at = twin.full_at;
		world_free(&w);
	}
	sim_bus_free(&bus);
	return good;
}

/* ---- files ---- */

static FILE *open_out(const char *path)
{
	FILE *out = !strcmp(path, "-") ? stdout : fopen(path, "we");
	if (!out)
		log_error("%s: %s", path, strerror(errno));
	return out;
}

static bool close_out(FILE *out, const char *path)
{
	bool good = !fflush(out) && !ferror(out);
	if (!good)
		log_error("%s: %s", path, strerror(errno));
	if (out != stdout)
		fclose(out);
	return good;
}

static bool write_report(const struct closed *c, const char *path)
{
	size_t length = strlen(path);
	FILE *out = open_out(path);
	bool json = length > 5 && !strcmp(path + length - 5, ".json"), good;
	if (!out)
		return false;
	good = outcome_print(c->outcome, &c->world, out, json);
	return close_out(out, path) && good;
}

static bool play(struct closed *c, const struct scenario *sc)
{
	const char *log = c->opt->output ? c->opt->output : "-";
	bool good = true;
	if (c->opt->log && !(c->log = open_out(log)))
		return false;
	run(c);
	if (c->log)
		good = close_out(c->log, log);
	if (c->opt->report || !c->opt->log)
		good = good && run_ideal(c, sc) && write_report(c, c->opt->report ? c->opt->report : "-");
	return good;
}

int sim_closed(const struct sim_options *opt, const struct config *config, const struct scenario *sc, struct sim_bus *bus)
{
	struct closed c = { .opt = opt, .config = config, .bus = bus, .event = 1 };
	bool good = false;
	if (!sc->modelled) {
		log_error("sim: --closed needs packs with electricity: a scenario with a charger: or a load:, or electric: yes");
		return EXIT_BAD;
	}
	c.outcome = malloc(sizeof *c.outcome);
	c.engine = engine_create(&config->core, opt->start);
	if (c.outcome && c.engine && world_init(&c.world, config, sc, bus, false)) {
		outcome_init(c.outcome);
		c.world.stepped = stepped;
		c.world.played = played;
		c.world.user = &c;
		good = play(&c, sc);
	} else {
		log_error("sim: out of memory");
	}
	world_free(&c.world);
	engine_destroy(c.engine);
	free(c.outcome);
	return good ? EXIT_FINE : EXIT_BAD;
}
