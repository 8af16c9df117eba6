/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg run` inside: the engine wired to sockets, timers and signals. run.c starts, reloads and ends it; loop.c
 * moves frames; ports.c keeps each port on its interface; report.c tells about it. */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include <ev.h>

#include "app/keep.h"
#include "config/config.h"
#include "core/engine.h"
#include "io/canport.h"
#include "io/control.h"
#include "io/link.h"

#define US_PER_S INT64_C(1000000)

/* What the stock driver and a battery say on the output: the GX's keep-alive, its name, and the limits. */
#define ID_KEEPALIVE 0x305
#define ID_DRIVER    0x307
#define ID_LIMITS    0x351

/* What has been said about a port, so that it is said once. */
enum {
	TOLD_MISSING = 1,
	TOLD_DOWN = 2,
	TOLD_BITRATE = 4,
	TOLD_REFUSED = 8, /* an order to the kernel */
	TOLD_OPEN = 16,   /* a socket could not be had */
	TOLD_BUS_OFF = 32,
	TOLD_STRANGER = 64, /* the stock driver on a source port, another sender on the output */
};

/* A source port or the output, whether its interface is there or not. */
struct port {
	struct daemon *daemon;
	int index; /* in the settings, or PORT_OUTPUT */
	char name[IFACE_NAME_MAX + 1];  /* the config's */
	char iface[IFACE_NAME_MAX + 1]; /* the kernel's at present, "" = not there */
	struct interface_settings set;
	struct canport can;
	ev_io readable;
	bool listening; /* else the gather timer reads it */
	bool up;
	bool hears_keepalive; /* some profile here really receives 0x305 */
	bool is_virtual;
	uint64_t own; /* frames that this machine sent itself on a real interface: no battery's, and no sensor's */
	unsigned told;
	uint64_t heard_before; /* what the interface had counted when it was opened */
	int64_t order_after; /* us; the kernel is not asked for changes before */
	int64_t stranger;    /* us, when TOLD_STRANGER's frame was last heard; 0 = never */
};

/* The last frame of one id that went to the output. */
struct told_frame {
	struct frame frame;
	int64_t time; /* us */
	uint64_t count;
};
#define TOLD_FRAMES_MAX 48

struct output {
	struct port port;
	struct frame waiting[SEND_MAX]; /* didn't fit the queue yet */
	int n_waiting;
	int64_t waiting_since; /* us */
	int tries; /* of those waiting, since the last step */
	struct told_frame told[TOLD_FRAMES_MAX];
	int n_told;
	int64_t heard_305, heard_307; /* us, 0 = never */
	uint64_t sets; /* steps that sent something */
};

struct daemon {
	struct ev_loop *loop;
	const char *config_path, *profiles_dir;
	bool dry_run;
	int level; /* of the log, by the command line; -1 = the config's */
	bool last_good; /* runs on the copy of an earlier config */
	char *reload_problem; /* why the last reload was refused; NULL when it wasn't */
	struct config *config;
	struct engine *engine;
	struct links links;
	struct canport_batch *batch;
	int n_ports;
	struct port *ports[PORTS_MAX];
	struct output output;
	struct control *control;
	ev_timer step, gather;
	ev_io link_events;
	int64_t step_at;  /* us, what the step timer is set to */
	int64_t tend_at;  /* us, when the ports are looked after next */
	int64_t start;    /* us */
	int64_t watchdog; /* us between systemd's signs of life; 0 = none */
	int64_t notified; /* us, the last one */
	struct keep keep;
	uint64_t next_event;
	uint64_t steps, reloads;
};

int64_t clock_us(void); /* monotonic */

/* loop.c */
void loop_start(struct daemon *);
void loop_stop(struct daemon *);
void loop_step_soon(struct daemon *); /* after anything that may have moved engine_deadline() */
void loop_listen(struct port *); /* reads its open socket from now on */
void loop_ignore(struct port *);
void loop_give_back(void); /* to the kernel, memory that is free */

/* ports.c */
bool ports_create(struct daemon *); /* by d->config; nothing is opened yet */
/* To another config with another engine: ports on the same interface keep their sockets. False when out of memory:
 * then nothing has changed. */
bool ports_change(struct daemon *, const struct config *, struct engine *);
void ports_destroy(struct daemon *);
/* Puts every port on its interface as far as possible; call it when links changed and now and then. */
void ports_tend(struct daemon *, int64_t now);

/* control requests (request.c) */
void request_handle(void *daemon, struct control_client *, const char *line);

/* reload.c: reads the config again, all or nothing. NULL, or why not, valid until the next one. */
const char *daemon_reload(struct daemon *);

/* run.c. `given`: by the command line, or -1. */
void daemon_log_level(const struct config *, int given);

/* A dry run has a socket of its own, beside the real daemon's. */
#define DRY_RUN_SUFFIX "-dry-run"

#endif
