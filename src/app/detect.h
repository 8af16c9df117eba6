/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * `battagg detect` inside. Dialects are loaded (detect_dialects.c) and their ids indexed (detect_index.c). Frames and
 * times go into a detection (detect_score.c), which reads each with every dialect that has its id and notes what speaks
 * for and against that dialect. detect_rank.c makes a verdict of it; detect_print.c, detect_json.c and detect_config.c
 * say it. All of these are without I/O but for the loading; detect_listen.c and its neighbours know interfaces.
 */
#ifndef APP_DETECT_H
#define APP_DETECT_H

#include <stdio.h>

#include "app/traffic.h"
#include "config/profile.h"
#include "core/codec.h"
#include "core/fastpacket.h"

/* ---- what there is to compare with ---- */

/* A profile, at its parameters' defaults or with one of them changed. */
#define DIALECT_SET_MAX 72
struct dialect {
	struct profile *p;
	int base;                  /* index of the one at its defaults */
	char set[DIALECT_SET_MAX]; /* "volt_step: 0.1"; "" = all defaults */
};

struct dialects {
	struct dialect *list;
	int n;
	int left_out; /* files with errors */
};

/* All profiles of the search path, with every single change of a parameter that lists its values. Files with errors are
 * left out, told on stderr. False: out of memory. */
struct app_dirs;
bool dialects_load(struct dialects *, const struct app_dirs *dirs);
void dialects_free(struct dialects *);

/* Which dialects' frame an id may be. */
struct detect_route {
	uint32_t key; /* as in core/routes.h */
	uint16_t dialect, frame;
	uint8_t group, address;
};
struct detect_index {
	struct detect_route *list; /* sorted by key */
	int n;
};
bool detect_index_make(struct detect_index *, const struct dialects *); /* false: out of memory */
void detect_index_free(struct detect_index *);
/* The routes of a key: the first of them, *n how many. */
const struct detect_route *detect_index_find(const struct detect_index *, uint32_t key, int *n);

/* ---- what a battery's values can be (detect_belief.c) ---- */

enum belief { BELIEF_GOOD, BELIEF_ODD, BELIEF_BAD };
enum belief belief_of(enum field_kind, unsigned target, int64_t value);
/* How much a good value speaks for its field, in bits: what these raw bits would cost by chance, less what a battery's
 * value leaves open. */
int belief_points(const struct field *, uint64_t raw);
/* The bits that tell so many apart, rounded down. */
int belief_bits(uint64_t n);
/* What constant bits, or a text, cost by chance. */
int belief_cost(uint64_t raw, unsigned bits);

/* What must hold between the values of one battery. */
enum relation {
	RELATION_CELL_ORDER,
	RELATION_TEMPERATURE_ORDER,
	RELATION_CELLS_IN_PACK,
	RELATION_SUM_OF_CELLS,
	RELATION_VOLTAGE_CVL,
	RELATION_LOW_CVL,
	RELATION_VOLTAGE_LOW,
	RELATION_REMAINING,
	RELATION_SOC_REMAINING,
	RELATION_ALARMS,
	RELATION_STEADY_VOLTAGE,
	RELATION_STEADY_CURRENT,
	N_RELATION
};
/* The values of the frame before, for those that must not jump. */
struct steady {
	int64_t voltage, current;
	bool has_voltage, has_current;
};
enum relation_result { RELATION_UNKNOWN, RELATION_HOLDS, RELATION_FAILS };
struct relation_row {
	enum relation_result (*check)(const struct seen *, const struct steady *);
	int holds, fails;       /* points */
	const char *good, *bad; /* for people */
};
extern const struct relation_row relations[N_RELATION];
/* Cells in series, from single cells or from the voltage; 0 = not known. */
int belief_cells(const struct seen *);

/* ---- what was heard ---- */

struct frame_tally {
	uint32_t taken;
	uint32_t broken;       /* wrong checksum */
	uint32_t still;        /* of those taken: the counter had not moved */
	uint32_t held, failed; /* constants that are not demanded */
	int16_t where;         /* in the traffic, of the newest; -1 = none */
	uint8_t groups;        /* how many different ones */
	uint8_t len_min, len_max;
	uint64_t group_map[4];
};

struct field_tally {
	uint32_t good, odd, bad;
	uint8_t points; /* the most that one value gave */
	bool text_bad;
	int64_t worst; /* the newest bad value */
};

/* A dialect that may be spoken here by a pack at an address (and, on J1939, by one sender). */
struct suspect {
	uint16_t dialect;
	uint8_t address;
	int16_t source; /* -1 where ids have none */
	struct seen seen;
	struct steady steady;
	struct {
		uint32_t held, failed;
	} relations[N_RELATION];
	uint64_t given; /* bit per quantity that was ever valid */
	char maker[TEXT_MAX + 1];
	uint32_t makers;  /* how often the manufacturer changed */
	int64_t priority; /* of its talker (RV-C); -1 = none */
	struct frame_tally *frames;
	struct field_tally *fields;
};

/* What this machine's config calls the bank; empty = there is none. */
struct bank_names {
	char manufacturer[TEXT_MAX + 1], serial[TEXT_MAX + 1];
};

#define SUSPECTS_MAX 256
struct detection {
	char name[16]; /* of the interface */
	struct bank_names bank;
	const struct dialects *dialects;
	const struct detect_index *index;
	struct traffic traffic;
	struct fastpackets joining;
	struct suspect *suspects[SUSPECTS_MAX];
	int n_suspects;
	uint64_t suspects_left_out;
	bool victron[256]; /* J1939 senders that say that they are Victron's */
	uint64_t own;      /* frames that this machine sent itself, not looked at */
	uint64_t remote, fd, errors;
	bool no_memory;
};

struct detection *detection_new(const char *name, const struct dialects *, const struct detect_index *);
void detection_free(struct detection *);
void detection_take(struct detection *, const struct frame *, bool has_time, int64_t time);

/* ---- what to make of it ---- */

enum objection {
	OBJECTION_NONE,
	OBJECTION_FOREIGN, /* an id that the dialect never has */
	OBJECTION_MAKER,   /* another manufacturer */
	OBJECTION_CHECKSUM,
	OBJECTION_ECHO,    /* a Victron device tells of a battery: perhaps of this one */
	OBJECTION_BATTAGG, /* it is battagg's own output */
};

struct score {
	int points;                                 /* for and against, also by what is missing */
	int heard;                                  /* by what was heard alone */
	int values;                                 /* of that, by what stands in the frames */
	int seen, required, required_seen, missing; /* rows of the profile */
	int good, bad;                              /* fields, relations */
	enum objection objection;
	uint32_t foreign_id;
	bool foreign_ext;
};
/* `mine` (or NULL): frames, by their place in the traffic, that are another's already. */
struct score detect_weigh(const struct detection *, const struct suspect *, const bool *mine);
/* Is a frame that should have come by now missing? */
bool detect_missing(const struct detection *, const struct suspect *, unsigned row);
/* Does it come only when it is asked for? */
bool detect_asked(const struct profile *, unsigned row);

struct contender {
	const struct suspect *suspect;
	struct score score;
	bool fits; /* enough to give its name */
};

#define CONTENDERS_MAX 64
#define PACKS_SHOWN    16
struct battery_found {
	struct contender best;
	const struct suspect *packs[PACKS_SHOWN]; /* of its dialect, by address */
	int n_packs, packs_left_out;
	int n_same;
	struct contender same[CONTENDERS_MAX]; /* others that what was heard does not tell from it */
	int n_also;
	struct contender also[CONTENDERS_MAX]; /* that read the same battery out of other frames: pack by pack, say */
	int twin;    /* index of another found that tells the same values from the same sender; -1 = none */
	bool beside; /* its profile would refuse the bus because of what else is on it */
};

#define FOUND_MAX         4
#define SENSORS_FOUND_MAX 8
struct verdict_on {
	const struct suspect *output; /* battagg's own, which is no battery; NULL = not heard */
	int n_found;
	struct battery_found found[FOUND_MAX];
	int n_sensors;
	struct contender sensors[SENSORS_FOUND_MAX];
	bool has_next;
	struct contender next;  /* the runner-up; of none found: what came closest */
	bool mine[TRAFFIC_MAX]; /* by place in the traffic: frames of what was found */
	bool sure;              /* listening on would change nothing */
};
void detect_rank(struct verdict_on *, const struct detection *);

static inline const struct dialect *suspect_dialect(const struct detection *d, const struct suspect *s)
{
	return &d->dialects->list[s->dialect];
}
static inline const struct profile *suspect_profile(const struct detection *d, const struct suspect *s)
{
	return suspect_dialect(d, s)->p;
}
/* Is this id one of its frames? */
bool suspect_knows(const struct detection *, const struct suspect *, const struct traffic_id *);
/* Does b read the same values out of the same frames as a? Names what it reads differently ("current -2 A instead of 2
 * A"), "" when nothing. */
#define DIFFERENCE_TEXT_MAX 200
bool suspects_agree(const struct suspect *a, const struct suspect *b, char difference[DIFFERENCE_TEXT_MAX]);

#endif
