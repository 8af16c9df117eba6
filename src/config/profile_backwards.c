/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what keeps a profile from being run backwards: values of one frame that never count together. */
#include <stdio.h>

#include "config/profile_load.h"

/* Two places for one value: either will do. */
static bool alternatives(const struct field *a, const struct field *b)
{
	return a->kind == b->kind && a->target == b->target && (a->kind == FIELD_QUANTITY || a->kind == FIELD_ALARM);
}

/* A sent frame is made once, with all its values in it. */
static bool never_together(const struct field *a, const struct field *b)
{
	return a->has_when && b->has_when && !alternatives(a, b) && guards_exclude(&a->when, &b->when);
}

bool profile_backwards(const struct profile *p, char *why, size_t size)
{
	char name[FIELD_NAME_MAX], other[FIELD_NAME_MAX];
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct field *first = &p->fields[p->frames[i].first_field], *end = first + p->frames[i].n_fields;
		for (const struct field *b = first; b < end; b++)
			for (const struct field *a = first; a < b; a++) {
				if (!never_together(a, b))
					continue;
				snprintf(why, size, "%s (line %u) and %s (line %u) never count in the same frame (`when`); two frames "
				         "with `match` can", profile_field_name(a, name, sizeof name), a->line,
				         profile_field_name(b, other, sizeof other), b->line);
				return false;
			}
	}
	return true;
}
