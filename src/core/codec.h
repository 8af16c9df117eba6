/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Runs a profile: frames to battery (decode) and battery to frames (encode). Pure. */
#ifndef CORE_CODEC_H
#define CORE_CODEC_H

#include "core/battery.h"
#include "core/bits.h"
#include "core/fastpacket.h"
#include "core/profile.h"

/* What is known from one BMS. The caller zeroes it before first use. */
struct seen {
	uint8_t address; /* the pack's, set by the owner */
	struct battery b;
	struct cells cells;
	char pending[N_TEXT][TEXT_MAX]; /* texts of several frames until all their parts have come */
	uint32_t pending_have[N_TEXT];  /* bit per character */
	uint64_t updated;           /* bit per quantity that the last frame gave a valid value for */
	uint64_t rejected;          /* values outside their plausible range */
	uint64_t lower_only;        /* bit per quantity whose value came from an unproven field */
	uint64_t counter[COUNTERS_MAX]; /* of the last frame taken, by profile_frame.counter_slot */
	uint8_t counted;                /* bit per slot: there has been one */
	uint8_t marked;                 /* bit per mark of the profile: it has been heard */
	uint64_t mark[MARKS_MAX];       /* what stood there last, and when */
	int64_t mark_time[MARKS_MAX];
	uint64_t alarm_bits[ALARM_FRAMES_MAX]; /* of the newest frame, by profile_frame.alarm_slot */
	uint32_t held;                  /* bit per slot: taking these bits again would change no alarm. Who changes one
	                                 * otherwise sets this to 0 */
};

/* One decoded value, for listings; `text` is set for texts, alarms have word and part. */
struct finding {
	const struct field *field;
	int element; /* of an array, from 1; else 0 */
	enum validity validity; /* VALID, NOT_AVAILABLE, or ABSENT: the frame is too short or `when` does not hold */
	bool rejected;
	int64_t value; /* or enum alarm_word */
	const char *text;
};
typedef void (*finding_fn)(void *user, const struct finding *);

enum decoded {
	DECODED_NOT,      /* it is not this frame, or its checksum is wrong */
	DECODED,
	DECODED_REPEATED, /* it is, but its counter has not moved: nothing was taken from it */
};

/*
 * Decodes frame `f`, which is frame number `index` of the profile with this group, into `s`.
 * DECODED_NOT (which is 0), with `s` unchanged, when a demanded guard does not hold, its talker's priority is too low, the
 * index is out of its range, the counter is missing or the checksum is wrong.
 * A rejected value leaves the previous one in place; "not available" replaces it.
 * A value of a worse rank does not replace a better one that is not stale at `now`.
 * `tell` (may be NULL) is called for each field, for listings and samples.
 */
enum decoded codec_decode(const struct profile *p, unsigned index, unsigned group, const struct frame *f, int64_t now,
                          struct seen *s, finding_fn tell, void *user);

/* Is it the text that is wanted? "PYLON*" wants one that begins so; without the star all of it must match. */
bool codec_text_fits(const char *wanted, const char *text);
/* Are the bits there that its guards demand? If not, it is not this frame, which is quicker to find here. */
static inline bool codec_fits(const struct profile_frame *pf, const uint8_t *data, unsigned len, unsigned address)
{
	return len >= pf->demand_end && (bits_first(data) & pf->demand_mask) == pf->demand + address * pf->demand_address;
}

/* Would codec_decode() take it for this frame of this pack, by what its data say (its checksum aside)? */
bool codec_is_this(const struct profile *p, unsigned index, const struct frame *f, uint8_t address);

/* The same for a message of up to 223 bytes that was put together from a fast packet; 8 bytes after it are readable. */
enum decoded codec_decode_long(const struct profile *p, unsigned index, unsigned group, const uint8_t *data, unsigned len,
                               int64_t now, struct seen *s, finding_fn tell, void *user);

/*
 * Makes frame number `index` with this group and address from a battery (`cells` may be NULL).
 * Returns false when not one of its fields has a value: then there is nothing to say and `out` is undefined. (A frame
 * without fields says that the BMS is there.) False for a fast packet, too: that is codec_encode_long().
 * Values are rounded and cut to the safe side; unknown ones are sent as their first `absent` value, else 0.
 * Stale values are sent as they are: the caller decides what is too old to be told.
 */
bool codec_encode(const struct profile *p, unsigned index, unsigned group, unsigned address, const struct battery *b,
                  const struct cells *cells, struct frame *out);

/* The same for the message of a fast packet. Returns its length; 0 when there is nothing to say. */
unsigned codec_encode_long(const struct profile *p, unsigned index, unsigned group, unsigned address,
                           const struct battery *b, const struct cells *cells, uint8_t data[FASTPACKET_ROOM]);

/* The id that frame `index` is sent with: codec_id(), or of a PGN that anybody may send one with this source. */
uint32_t codec_sent_id(const struct profile_frame *pf, unsigned group, unsigned address, unsigned source);
/* Sets the counter of a frame that codec_encode() has made (it leaves it at 0), and its checksum. */
void codec_count(const struct profile_frame *pf, struct frame *f, uint64_t count);


/* The first element (from 0) that an array field has in this group. `first` may stand for a negative number, which
 * wraps round: element 3 * group - 2 begins at 65534. */
static inline unsigned codec_element(const struct field *f, unsigned group)
{
	return (uint16_t)(f->first - 1u + group * f->per_group);
}

/* The id that frame `index` has with this group and address. */
uint32_t codec_id(const struct profile_frame *pf, unsigned group, unsigned address);

/* The J1939 PGN of a 29-bit id; for PDU 1 without the destination. */
uint32_t codec_pgn(uint32_t id);
bool codec_source_fits(const struct profile_frame *pf, uint32_t id, unsigned address);

/* Finds which frame of the profile `f` is for this address: its index and group, or false.
 * With several candidates (guards tell them apart) the search goes on after *index; start with -1. */
bool codec_match(const struct profile *p, unsigned address, const struct frame *f, int *index, unsigned *group);

#endif
