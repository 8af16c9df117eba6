/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Reads frames with one profile, for whoever wants to show what is in them (decode.c, watch.c). */
#ifndef APP_DECODER_H
#define APP_DECODER_H

#include "app/app.h"
#include "config/profile.h"
#include "core/candump.h"
#include "core/compute.h"
#include "core/fastpacket.h"

struct decoder;
/* A value of the frame at hand: its full name ("cell_voltage[3]"), and where it stands: decoder.index and .group. */
typedef void (*decoded_fn)(struct decoder *, const struct finding *, const char *name);

#define PLACES_MAX 32

struct decoder {
	const struct profile *p;
	unsigned address_min, address_max;
	decoded_fn tell;
	void (*accepted)(struct decoder *); /* or NULL: after the values of each frame that is taken, told or not */
	void (*repeated)(struct decoder *); /* or NULL: of one that is not taken, as its counter stands still */
	void *user;
	struct seen *seen; /* per address */
	struct fastpackets joining;
	const struct fastpacket *joined; /* the message whose last frame is at hand, or NULL */
	bool taken;                      /* the frame at hand has been given to `joining` */
	/* what is at hand */
	struct logged now;
	unsigned address, index, group;
	bool said;        /* it gave a value */
	bool still;       /* its counter has not moved */
	uint64_t renewed; /* bit per row of the profile's `computed` a part of which it gave */
	bool computed;    /* what is told of is no field, but computed */
	/* what the places of a list give for one value, and which of them counts: that one is told of */
	unsigned n_places, counting;
	struct finding places[PLACES_MAX];
	int64_t array_stale[N_ARRAY]; /* us */
};

/* Addresses as the profile has them, or the one that `only` names (NULL: all). False when it is none: `why`. */
bool decoder_addresses(struct decoder *, const struct profile *, const char *only, char why[APP_WHY_MAX]);
bool decoder_open(struct decoder *); /* false: out of memory */
void decoder_close(struct decoder *);
/* Reads decoder.now. True when it is one of the profile's frames. */
bool decoder_take(struct decoder *);

/* "53.200 V", "active", "not available". */
#define DECODED_TEXT_MAX (VALUE_TEXT_MAX + TEXT_MAX)
const char *decoded_text(char buf[DECODED_TEXT_MAX], const struct finding *);
/* What is wrong with the value, for people: "" when nothing is. */
const char *decoded_doubt(const struct finding *);

#endif
