/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Something that is too large for too long: noticed after a dwell, over after a dwell below a lower release. */
#ifndef CORE_DETECTOR_H
#define CORE_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

struct detector {
	bool known;        /* there is a value */
	bool active;
	int64_t value, threshold; /* as of the last step, in the same unit */
	int64_t since;     /* us, active or not since; 0 = from the beginning */
	int64_t turning;   /* us, the value has been on the other side since; 0 = it is not */
};

/* Something that has been so for long enough without a break: `since` remembers, us, 0 = it is not so. */
bool detector_lasts(bool is, int64_t *since, int64_t time, int64_t now);

/* One step; true when `active` changed. Without a value it stays as it is, and what was turning starts anew. Active at
 * `threshold` and above, not active any more at `release` and below. */
bool detector_step(struct detector *d, bool known, int64_t value, int64_t threshold, int64_t release, int64_t dwell,
                   int64_t now);

#endif
