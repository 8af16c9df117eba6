/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the daemon around the engine knows, as JSON: ports, output, itself. */
#include "app/report.h"

#include <stdlib.h>
#include <string.h>

#include "app/daemon.h"
#include "core/poller.h"

static void set_count(json_t *o, const char *name, uint64_t n)
{
	json_object_set_new(o, name, json_integer((json_int_t)n));
}

/* Age of something that may never have been. */
static void set_heard(json_t *o, const char *name, int64_t time, int64_t now)
{
	if (time)
		json_object_set_new(o, name, json_integer((now - time) / 1000));
}

static void set_counts(json_t *o, const struct canport_counts *c)
{
	json_t *errors = json_object();
	for (int i = 0; i < N_CANPORT_ERROR; i++)
		if (c->errors[i])
			set_count(errors, canport_error_names[i], c->errors[i]);
	set_count(o, "frames", c->frames);
	set_count(o, "dropped", c->dropped);
	set_count(o, "remote_frames", c->remote);
	set_count(o, "fd_frames", c->fd);
	json_object_set_new(o, "error_frames", errors);
	set_count(o, "sent", c->sent);
	set_count(o, "send_dropped", c->send_dropped);
	set_count(o, "send_failed", c->send_failed);
}

static json_t *report_port(struct port *p)
{
	const struct link *link = links_by_index(&p->daemon->links, p->can.ifindex);
	json_t *o = json_object();
	if (p->can.fd >= 0)
		canport_read_drops(&p->can);
	json_object_set_new(o, "name", json_string(p->name));
	json_object_set_new(o, "link", json_string(!link ? "missing" : link->up ? "up" : "down"));
	if (link) {
		json_object_set_new(o, "interface", json_string(link->name));
		json_object_set_new(o, "kind", json_string(link->kind));
		if (*link->state)
			json_object_set_new(o, "state", json_string(link->state));
		if (link->bitrate)
			json_object_set_new(o, "bitrate", json_integer(link->bitrate));
		if (link->restart)
			json_object_set_new(o, "restart_ms", json_integer(link->restart / 1000));
	}
	set_counts(o, &p->can.count);
	return o;
}

/* All that came in on its interface, also what no pack is made of: the kernel filters that out. Counted anew when the
 * interface comes back, so it may seem less than what was read. */
static uint64_t heard_on(const struct port *p)
{
	const struct link *link = links_by_index(&p->daemon->links, p->can.ifindex);
	uint64_t heard = link ? link_heard(&p->daemon->links, link) : 0, read = p->can.count.frames;
	return heard > p->heard_before && heard - p->heard_before > read ? heard - p->heard_before : read;
}

static json_t *report_output(struct output *out, int64_t now)
{
	json_t *o = report_port(&out->port), *frames = json_array();
	for (int i = 0; i < out->n_told; i++) {
		const struct told_frame *t = &out->told[i];
		char id[16], data[17] = "";
		snprintf(id, sizeof id, t->frame.ext ? "0x%08X" : "0x%03X", t->frame.id);
		for (int b = 0; b < t->frame.len; b++)
			snprintf(data + 2 * b, 3, "%02X", t->frame.data[b]);
		json_array_append_new(frames, json_pack("{s:s, s:s, s:I, s:I}", "id", id, "data", data, "count",
		                                        (json_int_t)t->count, "age_ms", (json_int_t)((now - t->time) / 1000)));
	}
	set_count(o, "sets", out->sets);
	set_heard(o, "keepalive_age_ms", out->heard_305, now);
	set_heard(o, "driver_age_ms", out->heard_307, now);
	/* the stock driver says 0x305 once a second; dbus-canbattery says nothing */
	json_object_set_new(o, "driver_alive", json_boolean(out->heard_305 && now - out->heard_305 < 5 * US_PER_S));
	set_heard(o, "other_sender_age_ms", out->port.stranger, now);
	json_object_set_new(o, "frames_told", frames);
	return o;
}

static void set_questions(json_t *port, const struct poll_counts *c)
{
	if (c)
		json_object_set_new(port, "questions",
		                    json_pack("{s:I, s:I, s:I, s:I, s:I}", "asked", (json_int_t)c->asked, "answered",
		                              (json_int_t)c->answered, "late", (json_int_t)c->late, "unanswered",
		                              (json_int_t)c->unanswered, "aborts", (json_int_t)c->aborts));
}

json_t *report_status(struct daemon *d)
{
	int64_t now = clock_us();
	links_refresh(&d->links); /* a controller's state changes without an event */
	json_t *o = report_engine(d->engine, now), *ports = json_array();
	json_object_set_new(o, "ok", json_true());
	json_object_set_new(o, "version", json_string(BATTAGG_VERSION));
	json_object_set_new(o, "uptime_s", json_integer((now - d->start) / US_PER_S));
	json_object_set_new(o, "dry_run", json_boolean(d->dry_run));
	json_object_set_new(o, "config", json_string(d->config_path));
	json_object_set_new(o, "config_is_last_good", json_boolean(d->last_good));
	if (d->reload_problem)
		json_object_set_new(o, "reload_problem", json_string(d->reload_problem));
	set_count(o, "steps", d->steps);
	set_count(o, "reloads", d->reloads);
	for (int i = 0; i < d->n_ports; i++) {
		json_t *port = report_port(d->ports[i]);
		set_heard(port, "stock_driver_age_ms", d->ports[i]->stranger, now);
		set_count(port, "own_frames", d->ports[i]->own);
		set_count(port, "interface_frames", heard_on(d->ports[i]));
		set_questions(port, engine_questions(d->engine, i));
		json_array_append_new(ports, port);
	}
	json_object_set_new(o, "ports", ports);
	json_object_set_new(o, "output", report_output(&d->output, now));
	return o;
}

void report_broadcast(struct daemon *d, const struct event *event)
{
	size_t len;
	char *text = report_text(json_pack("{s:o}", "event", report_event(event, clock_us())), &len);
	if (text)
		control_broadcast(d->control, text, len);
	free(text);
}
