/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The balancing charge: every so many days, or by hand, the own charge voltage goes higher than usual and stays there while
 * the sun lasts, until the cells of each pack are close together. What takes too long is put off to the next day. The day
 * comes from a clock that may be wrong: it counts only once it has run evenly for an hour, and where no date of the last
 * charge is kept, the days are counted from the first that is known.
 */
#ifndef CORE_BALANCE_H
#define CORE_BALANCE_H

#include "core/tree.h"

enum balance_state {
	BALANCE_IDLE,
	BALANCE_DUE,       /* the voltage may rise; waits for the battery to come up to the usual one */
	BALANCE_CHARGING,  /* on its way from there to the top */
	BALANCE_HOLDING,   /* at the top, until the cells are close together */
	BALANCE_RETURNING, /* on its way back to the usual voltage */
	BALANCE_DONE,
	BALANCE_PUT_OFF,   /* to the next day: took too long, or stopped by hand */
	N_BALANCE_STATE
};
extern const char *const balance_state_names[N_BALANCE_STATE];

struct balance {
	enum balance_state state;
	int64_t since;      /* us */
	bool by_hand;       /* begun so */
	bool even;          /* the cells have come close together: what it returns from is done */
	int64_t worked;     /* us at the limit of the voltage, all in all */
	int64_t even_since; /* us, close together since; 0 = not now */
	int64_t dark_since; /* us, below the usual voltage since; 0 = not now */
	int32_t done_day;   /* struct wall's, of the last one, or from which is counted; 0 = none known */
	int64_t done_at;    /* us, of one that was done on a day not known yet; 0 = none */
	int32_t put_off_day; /* 0 = not known */
	struct {
		bool known;
		int32_t day; /* when it began to run evenly, */
		int64_t at;  /* us */
	} clock;
	/* as of the last step */
	bool spread_known;   /* of all packs that tell of their cells */
	int64_t spread;      /* mV, the largest within a pack */
	int pack;            /* whose it is, or who keeps it from being known; -1 = no pack tells of its cells */
	int64_t normal, top; /* mV, where it comes from and goes to, as far as that is allowed */
	int64_t least;       /* mV, below which nothing is seen of how far cells are apart */
};

/* What the step needs to know of charging. */
struct balance_sight {
	int64_t passed;      /* us since the last step that count */
	bool known;          /* the bank's voltage is, */
	int64_t voltage;     /* mV */
	int64_t usual;       /* mV, the usual voltage, */
	int64_t normal, top; /* mV, this and the balancing one, as far as they are allowed */
	int64_t told;        /* mV, what is told to the chargers; 0 = nothing yet */
	int64_t near;        /* mV, close enough */
	bool sunk;           /* the voltage has come down to where it is to be */
};

void balance_step(struct balance *b, const struct tree *t, const struct balance_sight *sight);

/* Is the charge voltage the balancing one? */
bool balance_raises(const struct balance *b, const struct settings *s);

/* By hand, with the day as it is known. NULL, or why not. */
const char *balance_start(struct balance *b, const struct settings *s, int64_t now);
const char *balance_stop(struct balance *b, const struct wall *wall, int64_t now);

/* charge_told.c: "B's cells are 31 mV apart, 25 mV is enough; at most 150 min more": what has to come. Returns buf. */
#define BALANCE_TEXT_MAX 160
const char *balance_waits(char *buf, size_t size, const struct balance *b, const struct settings *s, const struct wall *wall,
                          int64_t now);

#endif
