/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* One configured pack: what its BMS said, how old that is, whether it counts in the bank. */
#ifndef CORE_PACK_H
#define CORE_PACK_H

#include "core/compute.h"
#include "core/derate.h"
#include "core/jump.h"

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

enum limit_kind { LIMIT_CVL, LIMIT_CCL, LIMIT_DCL, LIMIT_LOW_VOLTAGE, N_LIMIT };
extern const enum quantity limit_quantity[N_LIMIT];

/* A limit as accepted from a pack: lowered by one frame, raised by two that agree. */
struct accepted {
	bool known;
	int64_t value;  /* never above (low voltage: below) what the last two frames both allowed */
	bool has_last;
	int64_t last;   /* the newest frame's */
	int64_t time;   /* us of the newest frame */
};

/* A value that can't be, and isn't believed. */
struct odd_value {
	enum quantity quantity;
	int64_t value;
	int64_t time, told; /* us, of the newest, and when it was last written about; 0 = never */
};

struct frame_age {
	bool ever;
	bool alarms;  /* carries alarms */
	uint8_t len;    /* of the newest one of a steady frame, and its data */
	uint64_t data;
	int64_t last;   /* us */
	int64_t repeated; /* us, the newest that was not taken: its counter had not moved */
	uint64_t count;
};

struct pack {
	const struct pack_settings *set;
	enum pack_state state;
	int64_t since; /* us, when it took this state */
	char why[96];  /* why it is not online; "" when it is */

	struct seen seen;       /* raw, as decoded */
	struct frame_age *ages; /* per frame of the profile (all groups of it together); owned by the engine */
	struct accepted accepted[N_LIMIT];
	int64_t array_stale[N_ARRAY]; /* us */
	uint64_t watched; /* bit per quantity whose getting worse must reach the GX at once */

	struct battery b; /* as of the last step: seen, aged, overridden, gaps filled */

	bool complete;          /* its required frames come and say what is needed */
	int64_t complete_since; /* us; since when it is as it is, without a gap */
	bool speaks;            /* some frame of it came within `gone` */
	bool heard;             /* every required frame is fresh */
	int64_t heard_since;    /* us; likewise */
	int64_t lost_at;        /* us, when it was last lost; 0 = never */
	int flaps;              /* how often it was lost soon after its return */
	bool joined;            /* was online, or waited to join, at least once: it has had its say */
	struct {                /* what it bore when it was lost, for when another battery answers in its place */
		bool set;
		struct accepted accepted[N_LIMIT];
		struct alarm_state alarm[N_ALARM];
	} borne;
	struct derate_state derate;
	struct odd_value odd;
	struct jumps jumps;
	int16_t talker;         /* source address that is believed, where the dialect ranks its talkers */
	uint8_t talker_rank;
	int64_t talker_at;      /* us, last heard; 0 = never */
	uint64_t frames;        /* decoded */
	uint64_t not_this;      /* frames of its ids that a guard refused */
	uint64_t repeated;      /* frames whose counter had not moved: not taken */
	uint64_t foreign;       /* frames of ids that its profile never has */
	int foreign_run;        /* of them in the last minute */
	int64_t foreign_at;     /* us, the newest of them */
	uint32_t foreign_id;
};

/* What a pack needs to know of the others to change its state. */
struct pack_context {
	const struct settings *s;
	int64_t now;
	bool picture;  /* there has been a full picture: the bank is running */
	int online;    /* strings in the bank before this step */
	bool has_bank; /* its voltage and current are known */
	int64_t bank_voltage, bank_current, bank_capacity;
	bool string_whole;      /* all packs in series with it, if any, are complete, too */
	int64_t string_voltage; /* of them all together, mV; 0 = unknown */
};

/* `ages` has room for the profile's frames and is zeroed. */
void pack_init(struct pack *p, const struct pack_settings *set, struct frame_age *ages, int64_t now);

/* adopt.c, after a reload: goes on as `from`, which is the same battery with other settings, perhaps with another profile. */
void pack_adopt(struct pack *to, const struct pack *from, int64_t now);

/* Takes a received frame. True when something in it got worse since the last step. */
bool pack_frame(struct pack *p, unsigned index, unsigned group, const struct frame *f, int64_t now);

/* The same for a message that was put together from several frames. */
bool pack_message(struct pack *p, unsigned index, unsigned group, const uint8_t *data, unsigned len, int64_t now);

/* Takes a frame of an id that the profile says its dialect never has. */
void pack_foreign(struct pack *p, const struct frame *f, int64_t now);

/* Brings `b` and `complete` up to date. */
void pack_refresh(struct pack *p, const struct settings *s, int64_t now);

/* When it will be lost, us, if none of its frames comes any more; INT64_MAX when it isn't online. */
int64_t pack_patience_ends(const struct pack *p, const struct settings *s);

/* Changes its state as its data and the bank demand. True when it changed. */
bool pack_step(struct pack *p, const struct pack_context *c);

/* The same for a sensor, which is online while its frames come. */
bool pack_step_sensor(struct pack *p, int64_t now);

/* A value of one of its arrays; i from 0. */
enum validity pack_element(const struct pack *p, enum array a, int i, int64_t now, int64_t *value);

/* Can so many cells of its chemistry have such a voltage, or be meant to? Else it is a wrong factor, another battery, or
 * rubbish. Anything can be where the config tells neither. */
bool pack_fits_cells(const struct pack *p, enum quantity q, int64_t value);

/* Has its limit not been told for too long, though its BMS is heard? */
bool pack_limit_old(const struct pack *p, enum limit_kind kind, const struct settings *s, int64_t now);

/* Has its BMS a say: are its limits, alarms and cells to be respected, though it may not be summed? */
bool pack_constrains(const struct pack *p);

int64_t pack_capacity(const struct pack *p); /* mAh; 0 = unknown */
/* In series: the config's, else as many as the BMS tells the voltages of, once they add up to the pack's; 0 = unknown. */
int pack_cells(const struct pack *p);

#endif
