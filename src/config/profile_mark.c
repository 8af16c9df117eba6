/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what fields of one frame have to remember of another: the conditions with a `frame`. */
#include <string.h>

#include "config/profile_load.h"

static int named(const struct loading *l, const char *name)
{
	for (unsigned i = 0; i < l->p->n_frames; i++)
		if (l->p->frame_names[i] && !strcmp(l->p->frame_names[i], name))
			return (int)i;
	return -1;
}

/* The mark for these bits, which several fields may need. 0 = there is no room. */
static uint8_t mark_of(struct profile *p, unsigned frame, const struct place *place)
{
	unsigned i = 0;
	while (i < p->n_marks && (p->marks[i].frame != frame || memcmp(&p->marks[i].place, place, sizeof *place) != 0))
		i++;
	if (i == MARKS_MAX)
		return 0;
	if (i == p->n_marks)
		p->marks[p->n_marks++] = (struct mark){ .frame = (uint16_t)frame, .place = *place };
	return (uint8_t)(i + 1);
}

static void point(struct loading *l, struct yaml_node *name, const struct profile_frame *own, struct guard *g)
{
	if (!node_is(l, name, NODE_SCALAR, "the `name` of a frame"))
		return;
	int at = named(l, name->text);
	struct profile_frame *pf = &l->p->frames[at < 0 ? 0 : at];
	if (at < 0)
		frame_unknown(l, name, false, CHECK_VALUE);
	else if (pf == own)
		PROFILE_ERROR(l, name, CHECK_VALUE, "'%s' is this frame itself: leave `frame` out", name->text);
	else if (pf->group_max > pf->group_min)
		PROFILE_ERROR(l, name, CHECK_VALUE, "'%s' is several frames, one a `group`: which of them says it?", name->text);
	else if (g->place.at && !pf->fast)
		PROFILE_ERROR(l, name, CHECK_PLACE, "'%s' has bytes 0 to 7", name->text);
	else if (!(g->mark = mark_of(l->p, (unsigned)at, &g->place)))
		PROFILE_ERROR(l, name, CHECK_SIZE, "at most %d places are remembered for other frames", MARKS_MAX);
	else
		pf->marked = true;
}

void marks_find(struct loading *l)
{
	for (unsigned i = 0; i < l->p->n_fields; i++) {
		struct field *f = &l->p->fields[i];
		const struct field_extra *extra = &l->extra[i];
		struct yaml_node *when = f->has_when ? yaml_get(extra->node, "when") : NULL;
		struct yaml_node *negative = f->has_negate ? yaml_get(extra->node, "negative_when") : NULL;
		if (when && yaml_get(when, "frame"))
			point(l, yaml_get(when, "frame"), extra->frame, &f->when);
		if (negative && yaml_get(negative, "frame"))
			point(l, yaml_get(negative, "frame"), extra->frame, &f->negate);
	}
}
