/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Frames in, steps, frames out: the engine on libev and the monotonic clock. */
#include "app/daemon.h"

#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>
#include <time.h>

#include "app/calendar.h"
#include "app/report.h"
#include "io/notify.h"
#include "log.h"

/* After a first frame its port is read again this much later rather than at each frame: the wake-up costs thirty
 * times what decoding costs. 10 ms of a full 1 Mbit/s bus fit into the receive buffer. */
#define GATHER 0.010
#define DRAIN_MAX 256 /* frames of one port in one turn of the loop */
#define TEND_EVERY (US_PER_S / 2)
#define STRANGER_AGAIN (60 * US_PER_S)
#define SEND_TRIES 5 /* a full send queue of a real bus is through in 10 ms; a jammed one waits for the next step */

int64_t clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

/* ---- frames in ---- */

struct drain {
	struct port *port;
	int64_t now;
	bool due;
};

static void stranger(struct port *p, int64_t now)
{
	if (p->stranger && now - p->stranger > STRANGER_AGAIN)
		p->told &= ~(unsigned)TOLD_STRANGER;
	p->stranger = now;
	if (p->told & TOLD_STRANGER || (p->index == PORT_OUTPUT && p->daemon->dry_run))
		return;
	p->told |= TOLD_STRANGER;
	if (p->index == PORT_OUTPUT)
		log_warning("%s: another program sends battery limits (0x351) here: the GX gets both. Is a second battagg, a "
		            "simulator or a gateway running?", p->iface);
	else
		log_warning("%s: another program on this machine sends the keep-alive 0x305 here. If it is the stock driver "
		            "(can-bus-bms), the GX sees this battery twice: give the port the profile `Up, but no services` "
		            "(8 or 5)", p->iface);
}

static void on_source_frame(void *user, const struct frame *f, bool local)
{
	struct drain *drain = user;
	struct port *p = drain->port;
	if (f->id == ID_KEEPALIVE && !f->ext) {
		if (local)
			stranger(p, drain->now);
		if (!p->hears_keepalive)
			return;
	}
	if (local && !p->is_virtual) {
		p->own++;
		return;
	}
	drain->due |= engine_frame(p->daemon->engine, p->index, f, drain->now);
}

static void on_output_frame(void *user, const struct frame *f, bool local)
{
	struct drain *drain = user;
	struct output *out = &drain->port->daemon->output;
	(void)local;
	if (f->id == ID_KEEPALIVE)
		out->heard_305 = drain->now;
	else if (f->id == ID_DRIVER)
		out->heard_307 = drain->now;
	else
		stranger(drain->port, drain->now);
}

/* How many frames came. */
static int drain_port(struct port *p)
{
	struct daemon *d = p->daemon;
	struct drain drain = { .port = p, .now = clock_us() };
	int n;
	enum canport_result result = canport_drain(
		&p->can, d->batch, DRAIN_MAX, p->index == PORT_OUTPUT ? on_output_frame : on_source_frame, &drain, &n);
	/* Down or gone: the error is taken off the socket by reading it; the rest comes as a link event. */
	if (result != CANPORT_OK)
		log_debug("%s: %s", p->iface, result == CANPORT_DOWN ? "network is down" : strerror(errno));
	if (drain.due)
		loop_step_soon(d);
	return n;
}

static void gather_in(struct daemon *d, double seconds)
{
	ev_timer_stop(d->loop, &d->gather);
	ev_timer_set(&d->gather, seconds, 0);
	ev_timer_start(d->loop, &d->gather);
}

static void on_readable(struct ev_loop *loop, ev_io *w, int events)
{
	struct port *p = w->data;
	(void)events;
	int n = drain_port(p);
	if (!n || p->index == PORT_OUTPUT || !p->listening)
		return;
	ev_io_stop(loop, w);
	p->listening = false;
	if (!ev_is_active(&p->daemon->gather))
		gather_in(p->daemon, GATHER);
	else if (n == DRAIN_MAX)
		gather_in(p->daemon, 0);
}

static bool retry_output(struct daemon *d);

static void on_gather(struct ev_loop *loop, ev_timer *w, int events)
{
	struct daemon *d = w->data;
	bool more = retry_output(d), full = false;
	(void)events;
	for (int i = 0; i < d->n_ports; i++) {
		struct port *p = d->ports[i];
		if (p->listening || p->can.fd < 0)
			continue;
		int n = drain_port(p);
		if (n) {
			more = true;
			full |= n == DRAIN_MAX;
		} else {
			ev_io_start(loop, &p->readable);
			p->listening = true;
		}
	}
	if (more)
		gather_in(d, full ? 0 : GATHER);
}

void loop_listen(struct port *p)
{
	ev_io_init(&p->readable, on_readable, p->can.fd, EV_READ);
	p->readable.data = p;
	ev_io_start(p->daemon->loop, &p->readable);
	p->listening = true;
}

void loop_ignore(struct port *p)
{
	if (p->can.fd >= 0)
		ev_io_stop(p->daemon->loop, &p->readable);
	p->listening = false;
}

/* ---- frames out ---- */

static void remember(struct output *out, const struct frame *f, int64_t now)
{
	int i = 0;
	while (i < out->n_told && (out->told[i].frame.id != f->id || out->told[i].frame.ext != f->ext))
		i++;
	if (i == TOLD_FRAMES_MAX)
		return;
	if (i == out->n_told)
		out->told[out->n_told++].count = 0;
	out->told[i].frame = *f;
	out->told[i].time = now;
	out->told[i].count++;
}

static bool listed(const struct frame *list, int n, const struct frame *f)
{
	for (int i = 0; i < n; i++)
		if (list[i].id == f->id && list[i].ext == f->ext)
			return true;
	return false;
}

/* Sends the set, and after it what is left of earlier ones and is not in it. */
static void send_output(struct daemon *d, struct frame *set, int n, int64_t now)
{
	struct output *out = &d->output;
	struct canport_counts *count = &out->port.can.count;
	for (int i = 0; i < out->n_waiting; i++) {
		bool old = now - out->waiting_since > US_PER_S || listed(set, n, &out->waiting[i]) || n == SEND_MAX;
		if (old)
			count->send_dropped++;
		else
			set[n++] = out->waiting[i];
	}
	bool fresh = !out->n_waiting;
	out->n_waiting = 0;
	if (!n || d->dry_run)
		return;
	int sent = canport_send(&out->port.can, set, n);
	if (sent == n)
		return;
	if (errno != ENOBUFS) {
		count->send_failed += (uint64_t)(n - sent);
		log_debug("%s: %d frames not sent: %s", out->port.name, n - sent, strerror(errno));
		return;
	}
	out->n_waiting = n - sent;
	memcpy(out->waiting, set + sent, (size_t)out->n_waiting * sizeof *set);
	if (fresh)
		out->waiting_since = now;
	if (!ev_is_active(&d->gather))
		gather_in(d, GATHER);
}

/* True when there are frames to try again. */
static bool retry_output(struct daemon *d)
{
	struct frame none[SEND_MAX];
	if (!d->output.n_waiting || d->output.tries >= SEND_TRIES)
		return false;
	d->output.tries++;
	send_output(d, none, 0, clock_us());
	return d->output.n_waiting && d->output.tries < SEND_TRIES;
}

static void send_source(struct port *p, const struct frame *f)
{
	if (canport_send(&p->can, f, 1) == 1)
		return;
	if (errno == ENOBUFS)
		p->can.count.send_dropped++;
	else
		p->can.count.send_failed++;
}

static void send_frames(struct daemon *d, int64_t now)
{
	struct frame set[SEND_MAX];
	int count, n = 0;
	const struct outgoing *list = engine_sent(d->engine, &count);
	for (int i = 0; i < count; i++) {
		if (list[i].port == PORT_OUTPUT) {
			set[n++] = list[i].frame;
			remember(&d->output, &list[i].frame, now);
		} else if (!d->dry_run) {
			send_source(d->ports[list[i].port], &list[i].frame);
		}
	}
	d->output.sets += n > 0;
	d->output.tries = 0;
	send_output(d, set, n, now);
}

/* ---- steps ---- */

static void tell_events(struct daemon *d)
{
	const struct event *e;
	if (d->next_event < engine_event_first(d->engine) || d->next_event > engine_event_next(d->engine))
		d->next_event = engine_event_first(d->engine);
	for (; (e = engine_event(d->engine, d->next_event)); d->next_event = e->number + 1) {
		if (e->severity == EVENT_INFO)
			log_info("%s: %s", e->who, e->text);
		else
			log_warning("%s: %s", e->who, e->text); /* that it is an alarm, its text says */
		if (control_followed(d->control))
			report_broadcast(d, e);
	}
}

static void signs_of_life(struct daemon *d, int64_t now)
{
	deadman_kick();
	if (d->watchdog && now - d->notified >= (d->watchdog / 4 < US_PER_S ? d->watchdog / 4 : US_PER_S)) {
		notify_send("WATCHDOG=1");
		d->notified = now;
	}
}

static void step(struct daemon *d)
{
	int64_t now = clock_us();
	engine_step(d->engine, now);
	d->steps++;
	send_frames(d, now); /* only here: a program whose engine doesn't step is silent */
	signs_of_life(d, now);
	tell_events(d);
	if (now >= d->tend_at) {
		for (int i = 0; i < d->n_ports; i++)
			canport_read_drops(&d->ports[i]->can);
		canport_read_drops(&d->output.port.can);
		ports_tend(d, now);
		engine_wall(d->engine, calendar_local((int64_t)time(NULL)));
		keep_tend(&d->keep, d->config, d->engine, now);
		d->tend_at = now + TEND_EVERY - TEND_EVERY / 8; /* each tick of a usual length */
	}
	loop_step_soon(d);
}

static void on_step(struct ev_loop *loop, ev_timer *w, int events)
{
	struct daemon *d = w->data;
	(void)loop, (void)events;
	d->step_at = INT64_MAX;
	step(d);
}

void loop_step_soon(struct daemon *d)
{
	int64_t at = engine_deadline(d->engine);
	if (at == d->step_at)
		return;
	d->step_at = at;
	int64_t wait = at - clock_us();
	ev_timer_stop(d->loop, &d->step);
	ev_now_update(d->loop); /* the timer counts from the loop's idea of now */
	ev_timer_set(&d->step, wait > 0 ? (double)wait / 1e6 : 0, 0);
	ev_timer_start(d->loop, &d->step);
}

/* ---- links ---- */

static void on_link(struct ev_loop *loop, ev_io *w, int events)
{
	struct daemon *d = w->data;
	(void)loop, (void)events;
	if (links_read(&d->links))
		ports_tend(d, clock_us());
}

/* After reading files: their text and trees are gone, and so shall be their memory. */
void loop_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

void loop_start(struct daemon *d)
{
	ev_timer_init(&d->step, on_step, 0, 0);
	ev_timer_init(&d->gather, on_gather, 0, 0);
	ev_io_init(&d->link_events, on_link, d->links.events, EV_READ);
	d->step.data = d->gather.data = d->link_events.data = d;
	ev_io_start(d->loop, &d->link_events);
	d->step_at = INT64_MAX;
	ports_tend(d, clock_us());
	deadman_start();
	loop_step_soon(d);
	loop_give_back();
}

void loop_stop(struct daemon *d)
{
	ev_timer_stop(d->loop, &d->step);
	ev_timer_stop(d->loop, &d->gather);
	ev_io_stop(d->loop, &d->link_events);
	ports_destroy(d);
}
