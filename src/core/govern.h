/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* From packs to what the bank may be charged and discharged with, each number with its reason. */
#ifndef CORE_GOVERN_H
#define CORE_GOVERN_H

#include "core/charge.h"
#include "core/reduction.h"
#include "core/imbalance.h"
#include "core/share.h"

struct limit {
	int64_t value;  /* internal step of its quantity: mV or mA */
	int64_t target; /* before hold and ramp */
	struct reason reason;
};

struct verdict {
	bool valid; /* false: there is nothing to say (no picture yet, silent) */
	struct limit limit[N_LIMIT];
	bool hard[2]; /* enum direction: nothing at all may flow, for whatever reason */
};

/* Memory of the cell guard, one a pack. */
struct guard_state {
	bool tripped[2]; /* enum direction */
	int64_t well_at[2]; /* us, of the first value that would release it; 0 = none */
	int64_t measured[2]; /* mV, the cell that holds it */
	int16_t cell[2];
};

/* Memory of the measured feedback, one a direction. */
struct feedback_state {
	bool active;
	int64_t limit;            /* mA for the bank */
	int pack;                 /* that caused it; of a string the first */
	struct reason reason;
	int64_t changed;          /* us, last cut or release step */
	int64_t rising_since;     /* us, of the first release step since the last cut; 0 = none yet */
	int again;                /* how often a release was soon cut again: each time it is waited for twice as long */
	int64_t over_since[PACKS_MAX]; /* us, by a string's first pack; 0 = not over its limit now */
	bool restless[PACKS_MAX];      /* likewise: not well below its limit when its current was known last */
	int64_t calm_since;       /* us; every pack well below its limit since; 0 = not */
};

/* Memory of hold and ramp, one a limit. */
struct ramp_state {
	bool started;
	int64_t value;
	bool paced; /* the last target rises slowly by itself */
	int64_t above_since; /* us; since when the target is laxer than the value; 0 = it is not */
	int64_t last;        /* us of the last step, less what has not made a whole step yet */
};

struct govern {
	struct guard_state guard[PACKS_MAX];
	struct feedback_state feedback[2];
	struct share_state share;
	struct imbalance imbalance;
	struct ramp_state ramp[N_LIMIT];
	struct bound restored[N_LIMIT]; /* of before a restart: the first picture rises from there */
	struct floaters floaters;
	struct charge charge;
	struct reduction reduction;
};

/* One step: the limits of the bank from its strings. With none online, the bounds that those which still have a say, and
 * the caps, set for what is held: REASON_NONE where there is none. */
void govern_step(struct govern *g, const struct tree *t, struct verdict *out);

/* Stricter at once, laxer after a hold and by a ramp; the first value needs neither. Exposed for the ladder, which lowers. */
void govern_ramp(struct ramp_state *r, enum limit_kind kind, struct limit *l, const struct settings *s, int64_t now);

/* The parts, each in a file of its own. */
void guard_step(struct guard_state *g, const struct pack *p, const struct settings *s);
/* `unlimited`: what all other limiters allow the bank; `told`: what was told last; mA. */
void feedback_step(struct feedback_state *f, enum direction d, const struct tree *t, int64_t unlimited, int64_t told);
/* So long after its last change a cut is released by the next step, us. */
int64_t feedback_wait(const struct feedback_state *f, const struct settings *s);

#endif
