/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The state file: what survives a restart, as lines of text with a checksum at the end. It is written to a file beside it,
 * synced and renamed, so that there is always a whole one. The counter and the day count whatever happened in between;
 * limits only within the same boot and for a while: the stamp says which boot, and how long ago.
 */
#ifndef IO_STATEFILE_H
#define IO_STATEFILE_H

#include <stddef.h>

#include "core/kept.h"

#define BOOT_ID_MAX 36

struct state_stamp {
	char boot[BOOT_ID_MAX + 1]; /* "" = not known */
	int64_t time;               /* us, of the clock that counts since this boot */
};

/* This boot's, by /proc; "" where there is none. */
void statefile_boot(char boot[BOOT_ID_MAX + 1]);

enum statefile { STATEFILE_GOOD, STATEFILE_NONE, STATEFILE_BAD };

/* BAD: `why` says what is wrong with it, and nothing is set. */
#define STATEFILE_WHY_MAX 120
enum statefile statefile_read(const char *path, struct kept *kept, struct state_stamp *stamp, char why[STATEFILE_WHY_MAX]);

/* False: errno says why; the file is as it was. */
bool statefile_write(const char *path, const struct kept *kept, const struct state_stamp *stamp);

/* A bad one out of the way, to PATH.bad, where a person can look at it. */
void statefile_set_aside(const char *path);

/* Limits of before the restart: they count when the boot is the same and they are not older than this. */
#define STATEFILE_LIMITS_AGE (10 * 60 * INT64_C(1000000)) /* us */
void statefile_drop_old_limits(struct kept *kept, const struct state_stamp *then, const struct state_stamp *now);

#endif
