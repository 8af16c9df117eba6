/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * A BMS dialect as tables: what config/profile.c makes of a YAML file and core/codec.c runs, in both directions.
 * Immutable after load. The language is documented in can-profiles/README.md.
 */
#ifndef CORE_PROFILE_H
#define CORE_PROFILE_H

#include "core/frame.h"
#include "core/quantity.h"

#define PROFILE_NAME_MAX 31
#define ABSENT_MAX 4
#define MAP_MAX 8
#define SPLIT_MAX 4
#define GUARDS_MAX 4
#define TRANSMIT_MAX 8
#define POLLS_MAX 48
#define ANSWERS_MAX 8
#define COUNTERS_MAX 8
#define MARKS_MAX 8
#define ALARM_FRAMES_MAX 16

/* Where a raw number sits in the 8 data bytes. */
struct place {
	uint8_t at;    /* the 8 bytes that are meant begin here: 0 but in fast packets */
	uint8_t end;   /* first byte past it: a frame with a shorter DLC does not carry it */
	uint8_t bits;  /* 1 to 64 */
	uint8_t shift; /* of its lowest bit in the 64-bit word made of the data bytes */
	bool big;      /* that word has byte 0 as its most significant (else least significant) byte */
	uint8_t n_split;          /* > 0: the bytes are not neighbours; `shift` counts in the number they make */
	uint8_t split[SPLIT_MAX]; /* byte positions, least significant first */
};

/* Equality of some bits with a constant. In a frame: fixed when sent, and demanded when received if `demand`.
 * In a field (`when`): the field counts only while it holds. */
struct guard {
	struct place place;
	uint64_t value;
	bool address; /* the value is the pack's address */
	bool demand;
	uint8_t mark; /* of a field: 0 = these bits are in its own frame, else 1 + the place in profile.marks */
};

/* Bits of a frame that say something about fields of others, and are remembered for them. */
struct mark {
	uint16_t frame; /* its index */
	struct place place;
};

enum field_kind { FIELD_QUANTITY, FIELD_ARRAY, FIELD_ALARM, FIELD_TEXT };
enum field_format {
	FORMAT_UNSIGNED,
	FORMAT_SIGNED,
	FORMAT_FLOAT, /* IEEE 754, 32 bits */
	FORMAT_ASCII,
	FORMAT_VERSION,
	FORMAT_COUNT, /* how many of the bits are set */
};

/* Most fields are nothing but bits, factor and offset, or a list of such: core/quick.h. */
enum quick { QUICK_NONE, QUICK_NUMBER, QUICK_ARRAY };

/* What a field does with the value that another field of the same frame gave for the same target. */
enum fold { FOLD_REPLACE, FOLD_MIN, FOLD_MAX /* of alarms: the worse */ };

/* What a raw value of an alarm field says. ALARM_SAYS_*: about both tri-states at once. */
enum alarm_word { SAYS_UNSUPPORTED, SAYS_OK, SAYS_ACTIVE, SAYS_WARNING, SAYS_ALARM };
enum alarm_part { PART_ALARM, PART_WARNING, PART_BOTH };

struct map_entry {
	uint64_t raw;
	int64_t value; /* internal step; for alarms an enum alarm_word */
};

struct field {
	uint8_t kind;   /* enum field_kind */
	uint8_t target; /* enum quantity, array, alarm or text */
	uint8_t format; /* enum field_format */
	uint8_t quick;     /* enum quick, and what it needs; set by quick_prepare() */
	uint32_t quick_origin; /* of what it gives: struct measure */
	uint64_t quick_absent, quick_n_absent; /* "not available": so many raw values from this on; after the last comes 0 */
	uint8_t quick_end; /* first byte past all its elements */
	uint64_t mask, sign;
	int64_t min, max;  /* plausible */
	uint16_t alarms_run; /* so many alarms follow one another from this field on */
	struct place place;
	/* numbers: internal value = (raw * num + rest) / den + offset, den > 0, 0 <= rest < den: a zero point between two
	 * steps (273.15) is rounded together with the number, not before */
	int64_t num, den, rest, offset;
	bool absolute;   /* of the result */
	bool lower_only; /* its meaning is unproven: it may lower a limit, never set one */
	uint8_t rank;    /* 0 = best source of its quantity */
	uint8_t n_absent;
	uint64_t absent[ABSENT_MAX]; /* raw values that mean "not available"; the first is sent for unknown */
	uint8_t n_map;
	struct map_entry map[MAP_MAX]; /* raw values not listed: not available (alarms: unsupported) */
	bool has_range;
	int64_t low, high; /* raw numbers outside are not available; signed ones have their sign */
	uint8_t fold; /* enum fold */
	bool has_when, has_negate;
	struct guard when;   /* it counts only while this holds */
	struct guard negate; /* its sign is turned while this holds */
	/* FIELD_ARRAY: elements first + group * per_group ..., `count` of them, each place.bits wide, from place on;
	 * successive elements lie `bits` further (upwards, or onwards in the big-endian word) */
	uint16_t first, per_group;
	uint8_t count;
	/* FIELD_ALARM */
	enum alarm_part part;
	uint64_t gathers; /* bit per alarm: those a sent frame shows in this slot */
	/* FIELD_TEXT: this field holds characters text_at and on, of text_len in the whole text;
	 * the text is complete once the part that ends it has come */
	uint8_t text_at, text_len;
	unsigned line; /* in the YAML file */
};

/* A quantity from others of the same pack, used where no frame gives it. */
enum compute { COMPUTE_SUM, COMPUTE_MIN, COMPUTE_MAX, COMPUTE_RATIO, COMPUTE_PRODUCT };
struct part {
	uint8_t kind;        /* FIELD_QUANTITY or FIELD_ARRAY */
	uint8_t target;      /* enum quantity or array */
	uint8_t first, last; /* elements, from 1; 0: all that there are */
};
#define PARTS_MAX 8
/* What a computed value replaces: what no frame ever gave, what none gives any more, what comes of a worse source. */
enum fill { FILL_UNTOLD, FILL_OLD, FILL_WORSE };
struct computed {
	uint8_t target; /* enum quantity */
	uint8_t how;    /* enum compute */
	uint8_t fill;   /* enum fill */
	uint8_t n_parts;
	struct part parts[PARTS_MAX];
	unsigned line;
};

/* A checksum in the frame; one that is wrong is not taken in. Sums are over bytes from..to of the data. */
enum checksum_kind { CHECKSUM_NONE, CHECKSUM_SUM8, CHECKSUM_XOR8, CHECKSUM_CRC8, CHECKSUM_CRC16_MODBUS };
struct checksum {
	uint8_t kind; /* enum checksum_kind */
	struct place place;
	uint8_t from, to;
	bool with_id, with_length; /* added to a sum */
	uint8_t poly, init, final; /* of a CRC-8, most significant bit first; final is XORed on */
};

struct profile_frame {
	uint32_t id;
	bool ext;
	bool pgn;       /* id is a J1939 PGN: priority, destination and source address don't matter */
	bool fast;      /* a fast packet (NMEA 2000) of several frames */
	int16_t source; /* with pgn: the only source address; SOURCE_ANY, SOURCE_ADDRESS: the pack's */
	bool has_priority; /* of several talkers the one with the highest number here is believed (RV-C) */
	struct place priority;
	uint8_t priority_least; /* who has less there does not count */
	bool has_index; /* `group` is read from the data instead of the id */
	struct place index;
	struct checksum checksum;
	bool marked;      /* it has bits that are remembered for other frames */
	bool has_counter; /* a frame whose counter has not moved since the last one taken says nothing new */
	uint8_t counter_slot; /* in struct seen */
	struct place counter;
	uint32_t per_group, per_address; /* id = id + group * per_group + address * per_address */
	uint8_t group_min, group_max;    /* 0, 0 when the id has no group */
	uint8_t dlc;                     /* when sent */
	bool required;                   /* a pack is there only while these arrive */
	bool asked;                      /* it answers a question */
	bool absent_ok;                  /* not coming means: its alarms are ok, while the required frames are fresh */
	uint8_t n_numbers, numbers_end;  /* so many of its fields come first and are QUICK_NUMBER, in so many bytes */
	bool numbers;                    /* nothing but those, and no condition */
	uint64_t numbers_given;          /* bit per quantity of theirs */
	bool steady;                     /* nothing but alarms and texts of its own: the same data again say nothing new */
	/* what all guards demand of the first 8 bytes, if that is all there is to look at; set by quick_prepare() */
	bool plain_guards;
	uint8_t demand_end;
	uint64_t demand_mask, demand, demand_address; /* demand + address * demand_address */
	bool alarms;                     /* it has some; their bits, if it is they alone that say them */
	uint8_t alarm_slot, alarm_end;   /* in struct seen */
	uint32_t hold;                   /* 1 << alarm_slot; 0 = it has none */
	uint64_t alarm_mask;
	bool urgent;                     /* carries a limit or an alarm: goes out at once when one gets worse */
	int64_t period; /* us, as received; 0 = on events only */
	int64_t stale;  /* us without it until its values are stale */
	int64_t send;   /* us between two when battagg or the simulator sends it; 0 = not by itself */
	uint16_t first_field, n_fields; /* in profile.fields */
	uint8_t n_guards;
	struct guard guards[GUARDS_MAX];
	unsigned line;
};

/* A frame battagg sends to the BMS, never more than the profile lists. */
#define SOURCE_ANY (-1)
#define SOURCE_ADDRESS (-2)

enum transmit_when { TRANSMIT_ALWAYS, TRANSMIT_UNTIL_HEARD, TRANSMIT_ONCE_HEARD };

struct transmit {
	uint8_t when; /* enum transmit_when */
	char name[PROFILE_NAME_MAX + 1];
	struct frame frame;
	uint32_t per_address;
	int64_t period; /* us */
	bool on;      /* by default; the config may switch it */
	bool control; /* moves contactors or the like: needs the config's `allow` */
	bool per_bus; /* one for a bus, not one for each pack on it */
};

/* A question to the BMS: one is in flight on a bus at a time. */
struct poll {
	char name[PROFILE_NAME_MAX + 1];
	struct frame frame;
	uint32_t per_address;
	int64_t period, timeout; /* us */
	uint8_t n_answers;
	uint16_t answers[ANSWERS_MAX]; /* indexes of frames; any of them answers it */
	bool sdo; /* an abort of this object ends its polling until the node starts anew */
};

/* A number of the dialect that differs from battery to battery; its value is in the tables already. For people. */
#define PARAMETERS_MAX 8
#define PARAMETER_VALUES_MAX 8
#define PARAMETER_TEXT_MAX 23
struct parameter {
	char name[PROFILE_NAME_MAX + 1];
	char value[PARAMETER_TEXT_MAX + 1], standard[PARAMETER_TEXT_MAX + 1]; /* as written; `standard` is the default */
	uint8_t n_values; /* 0: any from min to max */
	char values[PARAMETER_VALUES_MAX][PARAMETER_TEXT_MAX + 1];
	char min[PARAMETER_TEXT_MAX + 1], max[PARAMETER_TEXT_MAX + 1];
	char *what;
};

enum profile_status { STATUS_EXPERIMENTAL, STATUS_DOCUMENTED, STATUS_VERIFIED };

struct profile {
	char id[PROFILE_NAME_MAX + 1];
	char *title, *file;
	char *source, *missing, *notes; /* for people; NULL = none. Of a list: its texts with "; " between */
	char **frame_names;             /* per frame: the vendor's name of it, NULL = none */
	enum profile_status status;
	int64_t bitrate, bitrate_alt; /* bit/s; 0 = none */
	uint8_t address_min, address_max; /* 0, 0 when packs have no address */
	bool per_address; /* ids depend on the address */
	uint16_t n_frames, n_fields;
	uint8_t n_counters, n_marks;
	struct mark marks[MARKS_MAX];
	struct profile_frame *frames;
	struct field *fields;
	uint8_t n_polls;
	struct poll *polls;
	bool sensor; /* measures current or voltage, is no battery */
	uint8_t n_transmit;
	struct transmit transmit[TRANSMIT_MAX];
	/* identity: a BMS that sends a manufacturer matching none of these is not this dialect */
	uint8_t n_manufacturers;
	char manufacturers[8][TEXT_MAX + 1]; /* a trailing * matches any rest */
	uint8_t n_foreign;
	struct frame foreign[8]; /* ids (data unused) that this dialect never has: hearing one refuses the pack */
	uint8_t n_computed;
	struct computed computed[N_QUANTITY]; /* each at most once */
	uint64_t has_quantity; /* bit per quantity that can be given: by a field (lower_only ones not counted), or computed */
	uint64_t has_alarm;
	uint8_t has_array; /* bit per array */
	uint64_t hash;     /* of the file's bytes, and of parameters that are not at their defaults */
	uint8_t n_parameters;
	struct parameter *parameters;
};

_Static_assert(N_QUANTITY <= 64 && N_ALARM <= 64, "has_quantity and has_alarm are 64-bit sets");

#endif
