/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Mistakes planted one at a time into a profile without any, and whether each is told in its line. */
#ifndef TEST_PLANTED_H
#define TEST_PLANTED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/profile.h"

struct mistake {
	const char *from, *to;
	const char *line; /* text in the line it is told at, or NULL: any */
	const char *rule, *message; /* NULL: any */
};

/* The profile with the first `from` replaced; from NULL: with `to` before it. The caller frees. */
static inline struct profile *load_edited(const char *good, const char *from, const char *to, struct problems *problems)
{
	const char *at = from ? strstr(good, from) : good;
	assert_non_null(at);
	size_t size = strlen(good) + strlen(to) + 1;
	char *text = malloc(size);
	assert_non_null(text);
	snprintf(text, size, "%.*s%s%s", (int)(at - good), good, to, at + (from ? strlen(from) : 0));
	struct profile *p = profile_load_text("test", text, strlen(text), problems);
	free(text);
	return p;
}

/* The number of the line with this text, 0 for NULL. */
static inline unsigned line_of(const char *good, const char *start)
{
	if (!start)
		return 0;
	const char *at = strstr(good, start);
	assert_non_null(at);
	unsigned line = 1;
	for (const char *c = good; c < at; c++)
		line += *c == '\n';
	return line;
}

static inline bool told(const char *good, const struct mistake *m, const struct problems *problems)
{
	unsigned line = line_of(good, m->line);
	for (size_t k = 0; k < problems->count; k++) {
		const struct problem *p = &problems->list[k];
		/* an edit may add a line, or take one away */
		if (p->level == PROBLEM_ERROR && (!line || (p->line + 1 >= line && p->line <= line + 1)) &&
		    (!m->message || strstr(p->message, m->message)) && (!m->rule || !strcmp(p->rule, m->rule)))
			return true;
	}
	return false;
}

static inline void plant_all(const char *good, const struct mistake *mistakes, size_t n)
{
	unsigned failed = 0;
	for (const struct mistake *m = mistakes; m < mistakes + n; m++) {
		struct problems problems = { 0 };
		struct profile *p = load_edited(good, m->from, m->to, &problems);
		if (!told(good, m, &problems) || p) {
			failed++;
			fprintf(stderr, "'%s' -> '%s': expected line %u [%s] %s\n", m->from, m->to, line_of(good, m->line),
			        m->rule ? m->rule : "", m->message ? m->message : "(anything)");
			problems_print(&problems, stderr);
		}
		profile_free(p);
		problems_free(&problems);
	}
	assert_int_equal(failed, 0);
}

#endif
