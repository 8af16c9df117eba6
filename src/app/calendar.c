/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The day of a time. */
#include "app/calendar.h"

#include <time.h>

#define DAY 86400

/* `there`: the same time as the clocks of a place show it. */
static struct wall day_of(const struct tm *there)
{
	struct tm t = *there;
	t.tm_isdst = 0;
	int64_t day = (int64_t)timegm(&t) / DAY;
	return (struct wall){ .known = day >= WALL_FIRST_DAY, .day = (int32_t)day, .month = (uint8_t)(t.tm_mon + 1) };
}

struct wall calendar_local(int64_t seconds)
{
	time_t then = (time_t)seconds;
	struct tm t;
	return localtime_r(&then, &t) ? day_of(&t) : (struct wall){ 0 };
}

struct wall calendar_utc(int64_t seconds)
{
	time_t then = (time_t)seconds;
	struct tm t;
	return gmtime_r(&then, &t) ? day_of(&t) : (struct wall){ 0 };
}
