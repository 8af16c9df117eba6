/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* One raw CAN socket on one interface: exact filters, reading in batches, sending in sets, and what went wrong. */
#ifndef IO_CANPORT_H
#define IO_CANPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/frame.h"
#include "core/routes.h"

/* Kinds of error frames, as in linux/can/error.h. */
enum canport_error {
	CANPORT_BUS_OFF,
	CANPORT_RESTARTED,
	CANPORT_PASSIVE,
	CANPORT_WARNING,
	CANPORT_OVERFLOW, /* of the controller's own buffers */
	CANPORT_PROTOCOL,
	CANPORT_NO_ACK,
	CANPORT_TX_TIMEOUT,
	CANPORT_OTHER,
	N_CANPORT_ERROR
};
extern const char *const canport_error_names[N_CANPORT_ERROR];

struct canport_counts {
	uint64_t frames;       /* data frames read */
	uint64_t errors[N_CANPORT_ERROR];
	uint64_t remote;       /* remote frames of any id: ignored, unless they are wanted */
	uint64_t fd;           /* CAN FD frames with an id that is wanted: ignored */
	uint64_t dropped;      /* by the kernel: they came faster than they were read */
	uint64_t sent;
	uint64_t send_dropped; /* not sent: the queue was full */
	uint64_t send_failed;  /* not sent: interface down or gone */
};

struct canport {
	int fd;      /* -1 when closed */
	int ifindex; /* 0 when closed */
	bool wants_remote; /* remote frames are handed over, too */
	uint32_t kernel_drops; /* of this socket, as last read */
	struct canport_counts count; /* over all sockets that this port has had */
};

/* Does this kernel have raw CAN sockets? Loads the module where it may. */
bool canport_supported(void);

/* Buffers for reading; one does for all ports of a thread. */
struct canport_batch;
struct canport_batch *canport_batch_new(void);
void canport_batch_free(struct canport_batch *);

/* Opens a socket that hears these ids and, when `errors`, error frames. False: errno says why.
 * The interface may be down: the same socket works when it comes up. */
bool canport_open(struct canport *, int ifindex, const struct wanted *ids, int n_ids, bool errors);
void canport_close(struct canport *);
/* Changes what an open port hears, without losing a frame. */
bool canport_filter(struct canport *, const struct wanted *ids, int n_ids);

/* `local`: the frame was sent by a program on this machine (on a virtual interface all are). */
typedef void (*canport_fn)(void *user, const struct frame *, bool local);
enum canport_result { CANPORT_OK, CANPORT_DOWN, CANPORT_GONE };
/* Reads what is there, at most `max` frames; *n is how many came, error frames and all: fewer than max = empty now. */
enum canport_result canport_drain(struct canport *, struct canport_batch *, int max, canport_fn, void *user, int *n);

/* Error frames of all kinds. */
uint64_t canport_errors(const struct canport *);

/* Sends in order until the queue is full or the interface fails: how many went out. errno tells why not all
 * (ENOBUFS, also for EAGAIN; ENETDOWN; ENODEV, also for ENXIO). The caller counts what it gives up. */
int canport_send(struct canport *, const struct frame *list, int n);

/* Reads how many frames the kernel has dropped. Cheap, but a system call: once a tick is enough. */
void canport_read_drops(struct canport *);

#endif
