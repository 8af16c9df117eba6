/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Which CAN interfaces there are, by rtnetlink; making a vcan, setting a bit rate, and finding a USB adapter by
 * what it is plugged as. */
#ifndef IO_LINK_H
#define IO_LINK_H

#include <stdbool.h>
#include <stdint.h>

#define LINKS_MAX 32
#define LINK_NAME_MAX 15
#define SYSFS_ROOT "/sys"

struct link {
	int index;
	char name[LINK_NAME_MAX + 1];
	char kind[16];       /* "can", "vcan", "vxcan", ...; "" when the driver doesn't say */
	bool up;             /* by the administrator */
	bool running;        /* and the controller is on the bus */
	bool controller;     /* has bit timing: not vcan and its like */
	int64_t bitrate;     /* bit/s; 0 = unknown or not set */
	int64_t restart;     /* us until it restarts by itself after bus-off; 0 = it doesn't */
	const char *state;   /* of the controller: "error-active", ..., "bus-off"; "" when it has none */
};

struct links {
	int events;   /* socket to watch for reading */
	int requests; /* socket for questions and orders */
	uint32_t sequence;
	char sysfs[96];
	int count;
	struct link list[LINKS_MAX];
};

/* Starts listening and takes the first list. `sysfs`: SYSFS_ROOT, or a made-up tree in tests. False: errno says why. */
bool links_open(struct links *, const char *sysfs);
void links_close(struct links *);
/* Takes in what happened. True when a CAN interface came, went or changed. Never blocks. */
bool links_read(struct links *);
/* Asks the kernel for the whole list again. */
bool links_refresh(struct links *);

/* No cable leads out of it: all that is heard there was sent on this machine. */
bool link_is_virtual(const struct link *);

const struct link *links_by_name(const struct links *, const char *name);
const struct link *links_by_index(const struct links *, int index);
/* The interface of a USB adapter, by its serial number or its place on the bus ("1-1.3"); an adapter with several
 * channels needs "1-1.3/1" for the second. "" = don't care. *matches (may be NULL) tells how many fit; NULL unless
 * exactly one does. */
const struct link *links_by_usb(const struct links *, const char *serial, const char *path, int *matches);

/* Frames that came in on it since it was made, whoever read them; 0 = none, or not known. */
uint64_t link_heard(const struct links *, const struct link *);

/* Orders; 0 or an errno. They need CAP_NET_ADMIN. */
int link_create_vcan(struct links *, const char *name); /* and sets it up */
int link_set_up(struct links *, int index);
int link_set_down(struct links *, int index);
/* Only for a link that is down: sets bit rate and restart time (0 = leave as it is), then sets it up. */
int link_configure(struct links *, const struct link *, int64_t bitrate, int64_t restart);

/* Trying bit rates on a controller that is down. What it was set to is remembered, to be put back (down, as it was). */
struct link_memory {
	_Alignas(uint32_t) unsigned char timing[64]; /* the kernel's struct can_bittiming */
	bool has_timing, listen_only;
};
void link_remember(const struct link *, struct link_memory *);
/* Sets it up at this rate; with *quiet not even acknowledging on the bus, and *quiet tells whether its controller can. */
int link_try(struct links *, const struct link *, int64_t bitrate, bool *quiet);
int link_put_back(struct links *, const struct link *, const struct link_memory *);

#endif
