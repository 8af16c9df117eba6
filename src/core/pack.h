/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* One configured pack: what its BMS said, how old that is, whether it counts in the bank. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include "core/codec.h"
#include "core/settings.h"

enum pack_state {
	PACK_WAITING,    /* not complete since the start */
	PACK_ONLINE,     /* counts in the bank */
	PACK_RETURNING,  /* complete again: in quarantine, or waiting for its voltage to fit; not summed */
	PACK_LOST,       /* required frames are missing: left the sums, its constraints stay */
	PACK_GONE,       /* lost for long: constraints are released */
	PACK_REFUSED,    /* what it says does not fit its profile or the config */
	N_PACK_STATE
};
extern const char *const pack_state_names[N_PACK_STATE];

/* A limit as accepted from a pack: lowered by one frame, raised by two that agree. */
struct accepted {
	bool known;
	int64_t value;  /* never above (low voltage: below) what the last two frames both allowed */
	bool has_last;
	int64_t last;   /* the newest frame's */
	int64_t time;   /* us of the newest frame */
};

struct frame_age {
	bool ever;
	int64_t last;   /* us */
	uint64_t count;
};

struct pack {
	const struct pack_settings *set;
	enum pack_state state;
	int64_t since; /* us, when it took this state */
	char why[96];  /* why it is not online; "" when it is */

	struct seen seen;          /* raw, as decoded */
	struct frame_age *ages;    /* per frame of the profile (all groups of it together) */
	struct accepted accepted[4]; /* enum limit_kind: CVL, CCL, DCL, low voltage */

	struct battery b;  /* as of the last step: seen, aged, overridden, gaps filled */
	struct cells cells; /* likewise */

	int flaps;            /* how often it was lost within a short time */
	int64_t quarantine;   /* us; of the present return */
	int64_t complete_since; /* us; required frames fresh without a gap since */
	uint64_t foreign;     /* frames of ids that the profile never has */
	uint32_t foreign_id;
	uint64_t frames;      /* decoded */
	uint64_t rejected;    /* frames that a guard refused */
};

enum limit_kind { LIMIT_CVL, LIMIT_CCL, LIMIT_DCL, LIMIT_LOW_VOLTAGE, N_LIMIT };
extern const enum quantity limit_quantity[N_LIMIT];

/* Does its every required frame still come? */
bool pack_complete(const struct pack *p);

#endif
