/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* An engine with a few simulated packs around it, driven by the bytes of an input. */
#ifndef FUZZ_RIG_H
#define FUZZ_RIG_H

#include "model.h"

#define QUEUE_MAX  256
#define LAST_MAX   96
#define STEPS_MAX  3000 /* of the engine for one input */

/* The newest frame of each id that packs send. */
struct last {
	int port, pack;
	struct frame frame;
};

struct rig {
	struct settings settings[2]; /* in use, and the one before a reload */
	int in_use;
	struct engine *engine;
	struct model *model; /* NULL when nothing is checked */
	enum brand brand[PACKS_MAX];
	struct saying saying[PACKS_MAX];
	int64_t now;
	struct last queue[QUEUE_MAX];
	int queued;
	uint64_t shuffle; /* not 0: the frames between two steps come in another order */
	struct last last[LAST_MAX];
	int n_last;
	int steps;
	uint64_t hash; /* of everything that was sent */
};

struct input {
	const uint8_t *data;
	size_t size;
};

/* How the input wants to be looked at; from its first bytes. */
struct wish {
	bool permute, fault, recover;
	uint8_t fault_kind, fault_pack;
};

struct wish rig_create(struct rig *r, struct input *in, struct model *model, uint64_t shuffle);
void rig_destroy(struct rig *r);
void rig_play(struct rig *r, struct input in);

/* For what comes after the input. */
void rig_frame(struct rig *r, int port, int pack, const struct frame *f);
void rig_cycle(struct rig *r, int pack);
void rig_advance(struct rig *r, int64_t us);

#endif
