/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The daemon's status as text for people: the pages that `status` prints and `top` shows. */
#ifndef APP_VIEW_H
#define APP_VIEW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct view {
	FILE *out;
	bool color;
	bool cells;  /* every cell of every pack */
	int events;  /* how many of the latest */
	bool compact; /* no empty lines: for a small screen */
	bool frames; /* what the GX was told, frame by frame */
	int columns; /* of the terminal: how many of them stand side by side */
};

void view_print(const struct view *, json_t *status);

#endif
