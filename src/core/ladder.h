/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The safe ladder, which nothing switches off: nothing is sent before the full picture; with nothing trustworthy left
 * CCL is 0 at once and DCL held, then the emergency value; after give_up there is silence, so that the GX's own
 * BMS-lost logic acts.
 */
#ifndef CORE_LADDER_H
#define CORE_LADDER_H

#include "core/govern.h"

enum ladder {
	LADDER_WAITING, /* for the full picture: nothing is sent */
	LADDER_NORMAL,
	LADDER_HOLD,      /* nothing trustworthy left: CCL 0, DCL held, falling only */
	LADDER_EMERGENCY, /* discharge_hold over: emergency_discharge */
	LADDER_SILENT,    /* gave up: nothing is sent */
	N_LADDER
};
extern const char *const ladder_names[N_LADDER];

struct ladder_state {
	enum ladder rung;
	int64_t since;   /* us, on this rung */
	int64_t started; /* us, waiting for the picture since */
	int64_t lost_at; /* us, when nothing trustworthy was left */
};

void ladder_init(struct ladder_state *l, int64_t now);

/* Climbs up or down by what the packs are. True when the rung changed. */
bool ladder_step(struct ladder_state *l, const struct tree *t);

/* The verdict of this rung; `last` is the one before. Runs govern_step() where there are packs to govern by. */
void ladder_verdict(const struct ladder_state *l, struct govern *g, const struct tree *t, const struct verdict *last,
                    struct verdict *out);

#endif
