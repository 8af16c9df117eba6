/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * What must hold of the output, worked out apart from battagg: its own reading of the raw frames, its own memory of
 * what each pack said twice, and bounds that follow from DESIGN's principles rather than from the code.
 */
#ifndef FUZZ_MODEL_H
#define FUZZ_MODEL_H

#include "brands.h"
#include "core/engine.h"

#define NEVER INT64_MIN

/* A limit as it was said: `held` is never looser than what two frames in a row both allowed, nor than the last one. */
struct said {
	int64_t at; /* us, last */
	bool once, twice;
	int64_t last, held; /* mV or mA */
};

struct model_pack {
	enum brand brand;
	int port;
	unsigned address;
	int64_t heard[3]; /* us, of its required frames; NEVER */
	struct said said[N_LIMIT];
	bool open[2]; /* enum direction: its switch, as it last said */
	bool alarm[2]; /* high voltage, low voltage, as last said */
	int64_t cell[2], cell_at[2]; /* mV; highest, lowest */
	int64_t capacity; /* mAh; 0 = never said */
	bool joined; /* was in the bank */
};

struct told {
	int64_t at; /* us; NEVER since the last silence */
	int64_t value[N_LIMIT]; /* mV, mA */
	int64_t fell_at[N_LIMIT]; /* us, when it last went down */
};

struct model {
	const struct settings *s;
	struct model_pack pack[PACKS_MAX];
	struct told told;
	int64_t decided[N_LIMIT]; /* at the last step, told or not */
	int64_t peak[N_LIMIT]; /* the loosest bound since it was told */
	int64_t waiting_since, someone_at; /* us */
	bool someone; /* at the last step some pack could be in the bank */
	enum ladder rung; /* after the last step */
	int64_t now; /* us, of the last frame or step */
};

void model_init(struct model *m, const struct settings *s, int64_t now);
void model_pack_init(struct model_pack *p, enum brand b, int port, unsigned address);
void model_frame(struct model *m, int port, const struct frame *f, int64_t now);

/* Looks at what a step gave; ends the program when something does not hold. */
void model_step(struct model *m, const struct engine *e, int64_t now);

/* The most that the packs which may be in the bank, caps and C rate allow; low voltage: the least. */
int64_t model_bound(const struct model *m, const struct engine *e, enum limit_kind kind, int64_t now);

#endif
