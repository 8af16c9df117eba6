/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A profile as a DBC file: what its frames are there (dbc_layout.c), and how that is written (dbc_print.c). */
#ifndef APP_DBC_H
#define APP_DBC_H

#include <stdio.h>

#include "core/profile.h"

#define DBC_NAME_MAX 32 /* characters of a name that all tools take */
#define DBC_EXTENDED 0x80000000u /* in an id: it has 29 bits */
#define DBC_ANY_SOURCE 0xFEu /* J1939's null address: the PGN of any sender */
#define DBC_NO_MUX (-1)

struct dbc_signal {
	char name[DBC_NAME_MAX + 1];
	const struct field *field; /* NULL: a multiplexor */
	unsigned element;          /* of an array, from 1; else 0 */
	unsigned start, bits;      /* start bit as DBC counts: Motorola from the highest bit */
	bool big;
	bool is_mux;
	int mux; /* the multiplexor (index of a signal) that it depends on, or DBC_NO_MUX */
	uint64_t mux_value;
};

struct dbc_message {
	uint32_t id;
	char name[DBC_NAME_MAX + 1];
	const struct profile_frame *frame; /* the first one of this id; NULL: one that battagg sends */
	const struct transmit *transmit;   /* that, */
	const struct poll *poll;           /* or this question */
	unsigned dlc;
	int64_t period; /* us; 0 = on events */
	size_t first, n_signals;
	size_t first_left, n_left;
	bool nested; /* a multiplexor depends on another one */
};

/* What a DBC file can't say: left out of a message, and named. */
struct dbc_left {
	const struct field *field; /* NULL: all of the frame */
	const struct profile_frame *frame; /* NULL: of none */
	const char *name;                  /* then of this */
	const char *why;
};

struct dbc {
	const struct profile *p;
	struct dbc_message *messages;
	struct dbc_signal *signals;
	struct dbc_left *left;
	size_t n_messages, n_signals, n_left;
	size_t messages_room, signals_room, left_room;
	const char *bad; /* why it can't be made, or NULL */
};

/* For these addresses. False when it is too large or there is no memory: d->bad says which. */
bool dbc_lay_out(struct dbc *d, const struct profile *p, unsigned address_min, unsigned address_max);
void dbc_free(struct dbc *d);

/* "0x351", "PGN 0x1FFFD" */
#define DBC_FRAME_TEXT_MAX 24
const char *dbc_frame_text(char buf[DBC_FRAME_TEXT_MAX], const struct profile_frame *pf);

void dbc_print(const struct dbc *d, FILE *out);
/* Each thing that was left out, once. */
void dbc_print_left(const struct dbc *d, const char *before, const char *after, FILE *out);

#endif
