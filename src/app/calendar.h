/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The day of a time, for the engine. */
#ifndef APP_CALENDAR_H
#define APP_CALENDAR_H

#include "core/wall.h"

/* Of this clock's time, in seconds since 1970. Unknown when it is before the program was written: not set yet. */
struct wall calendar_local(int64_t seconds); /* by the zone of this machine */
struct wall calendar_utc(int64_t seconds);   /* the same everywhere: a log's */

#endif
