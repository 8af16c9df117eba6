/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The day, for what goes by the calendar. The clock that counts is the monotonic one; this one may be unknown, and jump. */
#ifndef CORE_WALL_H
#define CORE_WALL_H

#include <stdbool.h>
#include <stdint.h>

/* Local time; a GX without network starts in the past, so what is before the program was written is no time. */
struct wall {
	bool known;
	int32_t day;   /* since 1970-01-01 */
	uint8_t month; /* 1 to 12 */
};

#define WALL_FIRST_DAY 20454 /* 2026-01-01 */

#endif
