/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* candump's text forms: the log form (-l, -L) "(1700000000.020000) can0 351#1402740E740ECC01" and the screen form
 * "can0  351   [8]  14 02 74 0E 74 0E CC 01", with or without a time in front. */
#ifndef CORE_CANDUMP_H
#define CORE_CANDUMP_H

#include <stdbool.h>
#include <stdint.h>
#include <stddef.h>

#include "core/frame.h"

struct logged {
	bool has_time;
	int64_t time;    /* us, as written */
	char iface[16];
	struct frame frame;
};

enum candump_result { CANDUMP_FRAME, CANDUMP_BLANK /* empty or comment */, CANDUMP_REMOTE, CANDUMP_FD, CANDUMP_ERROR_FRAME, CANDUMP_BAD };
enum candump_result candump_parse(const char *line, struct logged *out);

/* "351#1402..." alone, as in profile samples. False when it is not a data frame of 0 to 8 bytes. */
bool candump_parse_frame(const char *text, struct frame *out);

#define CANDUMP_TEXT_MAX 32
void candump_print_frame(char buf[CANDUMP_TEXT_MAX], const struct frame *f);
#define CANDUMP_LINE_MAX 80
void candump_print_log(char buf[CANDUMP_LINE_MAX], int64_t time, const char *iface, const struct frame *f);

#endif
