/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Finds the bit rate of a bus: sets the link up at one after the other, only listening where the controller can. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "app/detect_listen.h"
#include "config/unit.h"
#include "log.h"

#define US_PER_MS   INT64_C(1000)
#define LISTEN_EACH (2500 * US_PER_MS) /* batteries repeat their frames every second */

static const int64_t rates[] = { 250000, 500000, 125000, 1000000 }; /* the likelier first */
#define RATES ((int)(sizeof rates / sizeof *rates))

/* Right is a rate at which frames come, and not mostly errors. */
static bool is_right(const struct canport *p, uint64_t frames, uint64_t errors)
{
	return p->count.frames > frames && p->count.frames - frames > canport_errors(p) - errors;
}

static void say_none(const struct listening *l, const uint64_t errors[RATES])
{
	char text[200] = "", rate[DIMENSION_TEXT_MAX];
	for (int i = 0; i < RATES; i++) {
		size_t n = strlen(text);
		snprintf(text + n, sizeof text - n, "%s%s (%" PRIu64 " errors)", n ? ", " : "",
			 dimension_print(rate, DIM_BITRATE, rates[i]), errors[i]);
	}
	log_error("detect: %s: no frames at any of %s. Is the battery on, is the bus terminated, are CAN-H and CAN-L "
		  "right?",
		  l->link.name, text);
}

int64_t detect_rates(struct listening *l, struct links *links)
{
	uint64_t errors[RATES] = { 0 };
	for (int i = 0; i < RATES; i++) {
		char rate[DIMENSION_TEXT_MAX];
		bool quiet = true;
		uint64_t frames = l->port.count.frames, before = canport_errors(&l->port);
		int error = link_try(links, &l->link, rates[i], &quiet);
		dimension_print(rate, DIM_BITRATE, rates[i]);
		if (error) {
			log_error("detect: %s can't be set to %s: %s%s", l->link.name, rate, strerror(error),
				  error == EPERM ? " (this needs root)" : "");
			return 0;
		}
		log_info("detect: %s at %s%s", l->link.name, rate, quiet ? "" : " (its controller can't only listen)");
		int64_t end = listening_now() + LISTEN_EACH;
		while (listening_now() < end && !is_right(&l->port, frames, before))
			if (!listening_wait(l, listening_now() + 100 * US_PER_MS))
				break;
		errors[i] = canport_errors(&l->port) - before;
		if (l->ended)
			return 0;
		if (is_right(&l->port, frames, before))
			return rates[i];
	}
	say_none(l, errors);
	return 0;
}
