/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Why a limit is what it is: kept as data, one sentence for people when asked for. */
#ifndef CORE_REASON_H
#define CORE_REASON_H

#include "core/pack.h"

enum reason_code {
	REASON_NONE,
	REASON_SUM,            /* sum of the packs */
	REASON_PACK,           /* one pack's own limit */
	REASON_STRING,         /* packs in series: their voltages added up */
	REASON_PACK_CAP,       /* a pack's `limits:` in the config */
	REASON_PACK_RATE,      /* the same, as a C rate */
	REASON_CURVE_CELL,     /* curves of a pack: over its cells' voltages, */
	REASON_CURVE_TEMPERATURE,
	REASON_CURVE_SOC,
	REASON_CURVE_SPREAD,
	REASON_UNHEARD,        /* what the cells of a pack bear whose BMS has no say */
	REASON_OVERRIDE,       /* a pack's `override:` in the config */
	REASON_SWITCHED_OFF,   /* a pack's BMS does not enable this direction */
	REASON_LIMIT_UNKNOWN,  /* a pack's own limit is too old */
	REASON_BANK_CAP,       /* the bank's `limits:` */
	REASON_BANK_RATE,      /* the same, as a C rate */
	REASON_C_RATE,
	REASON_CELL_GUARD,
	REASON_PROTECTION,     /* a pack's protection alarm closed this direction */
	REASON_BLOCKED_FLOWS,  /* a blocked pack still takes current */
	REASON_FEEDBACK,       /* a pack is over its own limit */
	REASON_ALL_BLOCKED,
	REASON_EQUAL_SHARE,    /* what one pack bears, if all take the same, */
	REASON_CAPACITY_SHARE, /* or by their capacities, */
	REASON_MEASURED_SHARE, /* or as was measured */
	REASON_BLOCKED_STOPS,  /* policy: one that blocks stops the bank */
	REASON_BLOCKED_HOLDS,  /* policy: no more than when it began */
	REASON_APART_SOC,      /* policy: packs are apart, in state of charge, */
	REASON_APART_VOLTAGE,
	REASON_APART_CURRENT,  /* by capacity */
	REASON_PACK_ALARM,     /* policy: a pack has an alarm or a warning of its cells */
	REASON_HELD,           /* waiting to rise */
	REASON_RISING,         /* on its way up */
	REASON_NOT_ALL_FLOAT,  /* CVL stays up though a pack floats, */
	REASON_CELLS_BALANCED, /* as long as cells are balanced */
	REASON_OWN_VOLTAGE,    /* the config's own charge voltage, */
	REASON_OWN_FLOAT,      /* once the battery is full, */
	REASON_OWN_BALANCE,    /* in a balancing charge, */
	REASON_SINKING,        /* and on its way down */
	REASON_HIGH_CELL,      /* CVL is lowered for a cell */
	REASON_HARD_BLOCK,     /* CVL at float because charging is blocked */
	REASON_NO_PACKS,       /* nothing trustworthy left */
	REASON_LOST_STOP,      /* policy: stop when a pack is lost */
	N_REASON
};

#define WITHOUT_UNKNOWN INT64_MAX

struct reason {
	enum reason_code code;
	int16_t pack; /* index, -1 = none in particular */
	int16_t cell; /* number from 1, 0 = none */
	bool plain;   /* what the packs in the bank allow, and no more to it: "without it" there would be nothing, or less */
	int16_t missing, n_missing; /* 1 + index of the first pack that is not in the bank, 0 = all are; and how many */
	int16_t other; /* index of the other of two packs that are apart; else means nothing */
	int64_t measured, threshold; /* what they are depends on the code: see reason.c, reason_behind() */
	int64_t without; /* the limit if this were not the reason; WITHOUT_UNKNOWN */
	int64_t until;   /* us, when it ends by itself; 0 = unknown */
};

/* The code; on the way up that of what holds the target. */
enum reason_code reason_behind(const struct reason *r);

/* Is it that something is not as it should be, so that the charge voltage is held down, rather than how packs and config are? */
bool reason_protects(const struct reason *r);

/* A limit as it is told: "56.0 V", in tenths, rounded to the safe side. Returns buf. */
const char *limit_print(char *buf, size_t size, enum limit_kind kind, int64_t value);

/* "sum of 3 packs", "B cell 3 at 3.612 V: no charge from 3.600 V until 3.500 V; 180.0 A without it". Returns buf. */
#define REASON_TEXT_MAX 160
const char *reason_print(char *buf, size_t size, const struct reason *r, enum limit_kind kind,
                         const struct settings *s, int64_t now);

#endif
