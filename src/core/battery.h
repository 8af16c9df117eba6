/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The one shape: a pack, a string, a bank, a simulated pack and what a GX is told are all this struct. */
#ifndef CORE_BATTERY_H
#define CORE_BATTERY_H

#include "core/quantity.h"

/* Absent, not available, stale and zero are four different things. */
enum validity {
	ABSENT,        /* never said */
	NOT_AVAILABLE, /* the sender said that it has none */
	STALE,         /* was valid, is too old; value and time are those of then */
	VALID,
};

struct measure {
	int64_t value; /* in the quantity's internal step; means nothing when ABSENT or NOT_AVAILABLE */
	int64_t time;  /* us, monotonic, of the frame; a combined value is as old as its oldest part */
	union {
		struct {
			uint8_t validity; /* enum validity */
			uint8_t rank;     /* of the source among several of one quantity, 0 = best */
			uint16_t source;  /* index of the frame in its profile; SOURCE_NONE when not from a frame */
		};
		uint32_t origin; /* these three at once */
	};
	bool partial;     /* a member's or a cell's part is missing in it */
};
#define SOURCE_NONE 0xFFFFu

struct alarm_state {
	uint8_t alarm;   /* enum tri */
	uint8_t warning; /* enum tri */
};

struct battery {
	struct measure q[N_QUANTITY];
	struct alarm_state alarm[N_ALARM];
	char text[N_TEXT][TEXT_MAX + 1]; /* empty = unknown */
};

/* The arrays of one pack; combined batteries have none. */
struct cells {
	int32_t value[N_ARRAY][ARRAY_MAX];
	int64_t time[N_ARRAY][ARRAY_MAX]; /* us; only meaningful when known */
	uint8_t validity[N_ARRAY][ARRAY_MAX];
	uint8_t count[N_ARRAY]; /* one more than the highest index ever written */
};

static inline bool battery_has(const struct battery *b, enum quantity q)
{
	return b->q[q].validity == VALID;
}

/* Valid or stale: the last that was known. */
static inline bool battery_knew(const struct battery *b, enum quantity q)
{
	return b->q[q].validity >= STALE;
}

static inline void battery_set(struct battery *b, enum quantity q, int64_t value, int64_t time)
{
	b->q[q] = (struct measure){ .value = value, .time = time, .validity = VALID, .source = SOURCE_NONE };
}

/* Worst of two tri-states: active, then ok, then unsupported. */
static inline uint8_t tri_worst(uint8_t a, uint8_t b)
{
	return a > b ? a : b;
}

#endif
