/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* From packs to what the bank may be charged and discharged with, each number with its reason. */
#ifndef CORE_GOVERN_H
#define CORE_GOVERN_H

#include "core/pack.h"

/* Why a limit is what it is. A row of the table in reason.c says how it reads. */
enum reason_code {
	REASON_NONE,
	REASON_SUM,            /* sum of the packs */
	REASON_LOWEST_PACK,    /* the lowest pack's (voltage) */
	REASON_PACK_CAP,       /* a pack's `limits:` in the config */
	REASON_OVERRIDE,       /* a pack's `override:` in the config */
	REASON_BANK_CAP,       /* the bank's `limits:` */
	REASON_C_RATE,
	REASON_CELL_GUARD,
	REASON_PROTECTION,     /* a pack's protection alarm closed this direction */
	REASON_BLOCKED_FLOWS,  /* a blocked pack still takes current */
	REASON_FEEDBACK,       /* a pack is over its own limit */
	REASON_PACK_LOST_STOP, /* policy: stop when a pack is lost */
	REASON_LIMIT_UNKNOWN,  /* a pack's own limit is too old */
	REASON_ALL_BLOCKED,
	REASON_RISING,         /* on its way up */
	REASON_HELD,           /* waiting to rise */
	REASON_NO_PACKS,       /* nothing trustworthy left */
	REASON_HARD_BLOCK,     /* CVL at float because charging is blocked */
	N_REASON
};

struct reason {
	enum reason_code code;
	int16_t pack; /* index, -1 = none in particular */
	int16_t cell; /* number from 1, 0 = none */
	int64_t measured, threshold; /* in the step that the code's row names */
	int64_t without; /* the limit if this reason were not; INT64_MAX = unknown */
	int64_t until;   /* us, when it ends by itself; 0 = unknown */
};

struct limit {
	int64_t value;  /* internal step of its quantity: mV or mA */
	int64_t target; /* before hold and ramp */
	struct reason reason;
};

struct verdict {
	bool valid; /* false: there is nothing to say (no picture yet, silent) */
	struct limit limit[4]; /* enum limit_kind */
	bool charge_blocked, discharge_blocked; /* hard: by guard or protection */
};

/* One sentence for people: "sum of 3 packs", "B cell 3 at 3.612 V, no charge from 3.600 V; 180.0 A without it". */
#define REASON_TEXT_MAX 128
const char *reason_print(char *buf, size_t size, const struct reason *r, enum limit_kind kind,
                         const struct settings *s, int64_t now);

#endif
