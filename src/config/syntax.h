/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a YAML parser stumbled over, said in plain words: the likely cause, and the line where it begins. */
#ifndef CONFIG_SYNTAX_H
#define CONFIG_SYNTAX_H

#include <stddef.h>

struct syntax_error {
	const char *text; /* the whole file */
	size_t len;
	const char *problem; /* the parser's words */
	/* where it noticed, from 1; syntax_explain() moves this to where the mistake is */
	unsigned line, column;
	/* where the list, map or text began that it was in; 0 = it does not say */
	unsigned from_line, from_column;
	/* the last quoted text before: where it began, where it ended; 0 = there was none */
	unsigned quote_line, quote_column, quote_end;
};

#define SYNTAX_MESSAGE_MAX 200
void syntax_explain(struct syntax_error *, char message[SYNTAX_MESSAGE_MAX]);

#endif
