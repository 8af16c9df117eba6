/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * A charge voltage of battagg's own, where the config wants one: so much for each cell, by the month, up to the top (bulk),
 * held there until the battery is full (absorption), then float, until it has been discharged. Of several strings the
 * lowest holds. What packs and config allow is respected by govern.c, where this is a limiter among others.
 */
#ifndef CORE_CHARGE_H
#define CORE_CHARGE_H

#include "core/balance.h"
#include "core/floater.h"

enum charge_phase { CHARGE_BULK, CHARGE_ABSORPTION, CHARGE_FLOAT, N_CHARGE_PHASE };
extern const char *const charge_phase_names[N_CHARGE_PHASE];

enum level_kind { LEVEL_BULK, LEVEL_FLOAT, LEVEL_BALANCE };

/* Which voltage of a cell is meant. */
struct level {
	uint8_t kind;  /* enum level_kind */
	uint8_t month; /* 1 to 12; 0 = not known: the lowest of all */
};

struct charge {
	struct balance balance;
	enum charge_phase phase;
	int64_t since;       /* us, when it began */
	int64_t last;        /* us, the last step; 0 = there was none */
	int64_t absorbed;    /* us at the top in this absorption */
	int64_t tail_since;  /* us, current below the tail; 0 = not now */
	int64_t low_since;   /* us, discharged since; 0 = not now */
	int64_t float_soc;   /* 0.01 %, when float began, */
	int64_t float_top;   /* mV, and the top of then */
	struct level level;  /* that counts, */
	struct level above;  /* and that from which the voltage is still coming down, */
	int64_t sink_from;   /* mV above the level, */
	int64_t sink_since;  /* us, since then */
	/* as of the last step */
	struct ask ask;      /* unknown: the packs' own voltages count alone */
	int64_t top;         /* mV, to which the packs let it charge; 0 = not known */
	int64_t least;       /* mV, below which no top counts: that of float */
	int64_t back;        /* mV, below which it is charged again */
	int64_t near;        /* mV */
	int64_t tail;        /* mA; 0 = not known */
};

/* `told`: mV, what is told to the chargers; 0 = nothing yet. */
void charge_step(struct charge *c, const struct tree *t, const struct floaters *f, int64_t told);

/* mV for a cell of this pack; 0 = not known. */
int32_t charge_cell_level(const struct settings *s, const struct pack_settings *set, struct level level);

/* charge_told.c: "waits for 55.2 V"; what has to come for the phase to end. Returns buf. */
#define CHARGE_TEXT_MAX 120
const char *charge_waits(char *buf, size_t size, const struct charge *c, const struct settings *s);

#endif
