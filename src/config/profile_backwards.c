/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what keeps a profile from being run backwards: values of one frame that never count together, frames never sent. */
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

/* Does the simulator make it: by the clock, as an answer, or when something happens? */
static bool is_played(const struct profile_frame *pf)
{
	return pf->send || pf->asked || !pf->period;
}

static bool given_elsewhere(const struct profile *p, const struct field *f)
{
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		for (unsigned k = pf->first_field; is_played(pf) && k < pf->first_field + (unsigned)pf->n_fields; k++)
			if (p->fields[k].kind == f->kind && p->fields[k].target == f->target)
				return true;
	}
	return false;
}

unsigned profile_unplayed(const struct profile *p, char *names, size_t size)
{
	unsigned n = 0;
	size_t len = 0;
	char name[FIELD_NAME_MAX];
	*names = '\0';
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		for (unsigned k = pf->first_field; !is_played(pf) && k < pf->first_field + (unsigned)pf->n_fields; k++) {
			if (given_elsewhere(p, &p->fields[k]))
				continue;
			if (len + FIELD_NAME_MAX + 8 < size)
				len += (size_t)snprintf(names + len, size - len, "%s%s", n ? ", " : "",
				                        profile_field_name(&p->fields[k], name, sizeof name));
			else if (len + 5 < size && names[len - 1] != '.')
				len += (size_t)snprintf(names + len, size - len, " ...");
			n++;
		}
	}
	return n;
}
