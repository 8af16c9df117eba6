/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What was on a bus, id by id: how many, how often, how long, which bytes change. For `detect`, `decode --watch` and
 * `profile new`. Takes the same memory however much is heard. */
#ifndef APP_TRAFFIC_H
#define APP_TRAFFIC_H

#include "core/frame.h"

#define TRAFFIC_MAX   2048 /* ids; all 11-bit ones there are */
#define TRAFFIC_SLOTS (4 * TRAFFIC_MAX)

struct traffic_id {
	uint32_t id;
	bool ext;
	uint64_t count;
	int64_t first_time, last_time; /* us */
	uint8_t len_min, len_max;
	uint8_t changed; /* bit per byte that was not always the same */
	struct frame first, last; /* as they came, each with its own length */
};

struct traffic {
	int n;
	struct traffic_id list[TRAFFIC_MAX]; /* in the order in which they were first heard */
	uint16_t slots[TRAFFIC_SLOTS];       /* 1 + index, by hash; 0 = none */
	uint64_t frames;
	uint64_t left_out;             /* frames of ids beyond TRAFFIC_MAX */
	int n_standard;                /* ids of 11 bits */
	bool untimed;                  /* some frame came without a time: nothing is known of rates */
	int64_t first_time, last_time; /* us */
};

void traffic_init(struct traffic *);
/* Counts a frame. Its place in the list, or -1 when there is no room for its id. */
int traffic_take(struct traffic *, const struct frame *, bool has_time, int64_t time);
/* Its place in the list, or -1. */
int traffic_find(const struct traffic *, uint32_t id, bool ext);
/* All of them by id, those of 11 bits first. */
void traffic_sort(const struct traffic *, const struct traffic_id *sorted[TRAFFIC_MAX]);
/* us between two of them on average; 0 = not known. */
int64_t traffic_period(const struct traffic *, const struct traffic_id *);

/* What a GX or an inverter sends, to any battery. */
#define TRAFFIC_GX_FIRST 0x305u
#define TRAFFIC_GX_LAST  0x307u
static inline bool traffic_is_gx(const struct traffic_id *e)
{
	return !e->ext && e->id >= TRAFFIC_GX_FIRST && e->id <= TRAFFIC_GX_LAST;
}

#define TRAFFIC_ID_TEXT_MAX 12
const char *traffic_id_print(char buf[TRAFFIC_ID_TEXT_MAX], uint32_t id, bool ext); /* "0x351", "0x18F128F4" */
/* "every 1.02 s", "every 20 ms", "once", "3 times" where no times are known. */
#define TRAFFIC_RATE_TEXT_MAX 40
const char *traffic_rate_print(char buf[TRAFFIC_RATE_TEXT_MAX], const struct traffic *, const struct traffic_id *);
/* "0 2-3", "none". */
#define TRAFFIC_BYTES_TEXT_MAX 24
const char *traffic_bytes_print(char buf[TRAFFIC_BYTES_TEXT_MAX], unsigned bytes);

#endif
