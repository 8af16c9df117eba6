/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What `battagg decode` says of the frames that its profile does not take in. */
#include "app/unmatched.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/candump.h"

/* Of one id, those that are refused for one reason stand together. */
bool unmatched_add(struct unmatched_list *l, const struct frame *f)
{
	struct refused refused = profile_refused(l->profile, l->from, l->to, f);
	if (refused.why == REFUSAL_FOREIGN)
		return false;
	for (size_t i = 0; i < l->count; i++) {
		struct unmatched *u = &l->list[i];
		if (u->first.id != f->id || u->first.ext != f->ext || u->refused.why != refused.why ||
		    (refused.why == REFUSAL_ADDRESS && u->refused.got != refused.got))
			continue;
		u->count++;
		return true;
	}
	if (l->count == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct unmatched *list = realloc(l->list, room * sizeof *list);
		if (!list)
			return true;
		l->list = list;
		l->room = room;
	}
	l->list[l->count++] = (struct unmatched) { *f, 1, refused };
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct unmatched *x = a, *y = b;
	if (x->first.ext != y->first.ext)
		return x->first.ext ? 1 : -1;
	if (x->first.id != y->first.id)
		return x->first.id > y->first.id ? 1 : -1;
	return (x->refused.why > y->refused.why) - (x->refused.why < y->refused.why);
}

static void print_json(const char *id, const char *frame, const struct unmatched *u, const char *why)
{
	json_t *o = json_pack("{s:s, s:I, s:s, s:s}", "unmatched", id, "count", (json_int_t)u->count, "first", frame,
			      "why", why);
	char *text = json_dumps(o, JSON_COMPACT);
	if (text)
		puts(text);
	free(text);
	json_decref(o);
}

void unmatched_print(struct unmatched_list *l, bool json)
{
	if (l->count)
		qsort(l->list, l->count, sizeof *l->list, compare);
	if (l->count && !json)
		printf("ids of %s, but not taken in:\n", l->profile->id);
	for (size_t i = 0; i < l->count; i++) {
		const struct unmatched *u = &l->list[i];
		char id[16], frame[CANDUMP_TEXT_MAX], why[REFUSED_TEXT_MAX];
		snprintf(id, sizeof id, u->first.ext ? "%08X" : "%03X", u->first.id);
		candump_print_frame(frame, &u->first);
		profile_refused_text(l->profile, &u->refused, &u->first, why, sizeof why);
		if (json)
			print_json(id, frame, u, why);
		else
			printf("  %8s  %" PRIu64 " frames, the first %s: %s\n", id, u->count, frame, why);
	}
}

const char *unmatched_hint(const struct unmatched_list *l, char *buf, size_t size)
{
	bool heard[256] = { false };
	size_t len = 0;
	int n = 0;
	*buf = '\0';
	for (size_t i = 0; i < l->count; i++)
		if (l->list[i].refused.why == REFUSAL_ADDRESS && l->list[i].refused.got < 256)
			heard[l->list[i].refused.got] = true;
	for (int a = 0; a < 256 && len < size; a++)
		if (heard[a])
			len += (size_t)snprintf(buf + len, size - len, "%s%d", n++ ? ", " : "", a);
	char list[128], wanted[40];
	snprintf(list, sizeof list, "%.100s", buf);
	if (l->from == l->to)
		snprintf(wanted, sizeof wanted, "you asked for %u", l->from);
	else
		snprintf(wanted, sizeof wanted, "the profile has %u to %u", l->from, l->to);
	if (n)
		snprintf(buf, size, n > 1 ? ": addresses %s were heard, %s" : ": address %s was heard, %s", list, wanted);
	return buf;
}

void unmatched_free(struct unmatched_list *l)
{
	free(l->list);
	l->list = NULL;
}
