/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The frames of a log that have an id of the profile, and that it does not take in all the same: which, how many, why. */
#ifndef APP_UNMATCHED_H
#define APP_UNMATCHED_H

#include "config/profile.h"

struct unmatched {
	struct frame first;
	uint64_t count;
	struct refused refused; /* the first one */
};
struct unmatched_list {
	const struct profile *profile;
	unsigned from, to; /* the addresses that are looked for */
	struct unmatched *list;
	size_t count, room;
};

/* False when it is none of them: its id is not the profile's at all. */
bool unmatched_add(struct unmatched_list *, const struct frame *);
/* A list for people, or an object a line. */
void unmatched_print(struct unmatched_list *, bool json);
/* "address 1 was heard; you asked for 2", or "": why there may be nothing else. */
const char *unmatched_hint(const struct unmatched_list *, char *buf, size_t size);
void unmatched_free(struct unmatched_list *);

#endif
