/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg detect` on a live interface: listening (detect_listen.c), trying bit rates (detect_rates.c), asking
 * (detect_ask.c). */
#ifndef APP_DETECT_LISTEN_H
#define APP_DETECT_LISTEN_H

#include "app/detect.h"
#include "io/canport.h"
#include "io/link.h"

struct detect_options {
	bool bitrates, ask;
};

/* How it went. */
#define ASKED_TEXT_MAX 800
struct heard {
	int64_t bitrate; /* bit/s, that was found; 0 = not looked for */
	char asked[ASKED_TEXT_MAX];
};

/* Listens to the interface that the detection is named after. False, with the reason told, when there is nothing to
 * make a verdict of. */
bool detect_listen(struct detection *, const struct detect_options *, struct heard *);

/* One interface while it is listened to. */
struct listening {
	struct detection *d;
	struct link link;
	struct canport port;
	struct canport_batch *batch;
	int signals; /* signalfd: who ends it early still gets a verdict, and the link as it was */
	bool ended;
	bool changing;  /* the link is being set: that it goes down is no trouble */
	int64_t start;  /* us */
	int64_t newest; /* us, when an id was heard that is new */
};

int64_t listening_now(void);
/* Opens the port for everything there is on the bus. False, told. */
bool listening_open(struct listening *);
void listening_close(struct listening *);
/* Takes in what comes until then; false when the interface went away or a signal came. */
bool listening_wait(struct listening *, int64_t until);

/* Tries the rates, and leaves the link up at the one where frames are heard: that rate, or 0 (the reasons are told).
 * Whatever it did, link_put_back() undoes it. */
int64_t detect_rates(struct listening *, struct links *);

/* The questions. */
struct asking;
struct asking *asking_new(const struct detection *, int64_t bitrate); /* NULL: out of memory */
void asking_free(struct asking *);
/* Somebody else's question or keep-alive that was heard, in words for people; NULL = none. */
const char *asking_forbidden(const struct listening *, char buf[ASKED_TEXT_MAX]);
/* The next frame to send now, or NULL. */
const struct frame *asking_next(struct asking *, const struct detection *, int64_t now);
/* Has all been asked at least once? */
bool asking_done(const struct asking *);
void asking_print(const struct asking *, const struct detection *, char buf[ASKED_TEXT_MAX]);

#endif
