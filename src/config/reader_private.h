/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What reader.c and problem.c share: places in a text, and adding to the list of problems. */
#ifndef CONFIG_READER_PRIVATE_H
#define CONFIG_READER_PRIVATE_H

#include <stdarg.h>

#include "config/reader.h"

struct place_in_text {
	const char *file, *text;
	size_t len;
	unsigned line, column;
};

void problems_add(struct problems *, enum problem_level, const char *rule, const struct place_in_text *,
		  const char *fmt, va_list) __attribute__((format(printf, 5, 0)));

/* The line's first byte and its length without the line break; an empty one when there is no such line.
 * Lines end where YAML ends them: LF, CR, CR LF, NEL, LS, PS. */
const char *text_line(const char *text, size_t len, unsigned line, size_t *line_len);
/* The line before the one that begins at `line`, which must not be the first. */
const char *text_line_before(const char *text, const char *line, size_t *line_len);

/* NULL when all bytes are UTF-8 text; else what is wrong and where. */
const char *text_check(const char *text, size_t len, unsigned *line, unsigned *column);

/* Those from number `first` on: of other files as they came, then of `file` by line. */
void problems_sort(struct problems *, size_t first, const char *file);

#endif
