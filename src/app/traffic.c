/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Counts what is on a bus, id by id. */
#include "app/traffic.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define US_PER_S INT64_C(1000000)

void traffic_init(struct traffic *t)
{
	memset(t, 0, sizeof *t);
}

static unsigned slot_of(uint32_t id, bool ext)
{
	return (uint32_t)((id ^ (ext ? UINT32_C(1) << 31 : 0)) * UINT32_C(2654435761)) % TRAFFIC_SLOTS; /* Knuth's */
}

/* The slot it is in, or the empty one where it would be. */
static unsigned find_slot(const struct traffic *t, uint32_t id, bool ext)
{
	unsigned at = slot_of(id, ext);
	for (; t->slots[at]; at = (at + 1) % TRAFFIC_SLOTS) {
		const struct traffic_id *e = &t->list[t->slots[at] - 1];
		if (e->id == id && e->ext == ext)
			break;
	}
	return at;
}

int traffic_find(const struct traffic *t, uint32_t id, bool ext)
{
	return t->slots[find_slot(t, id, ext)] - 1;
}

static void note(struct traffic_id *e, const struct frame *f, int64_t time)
{
	unsigned shorter = f->len < e->len_max ? f->len : e->len_max;
	for (unsigned i = 0; i < shorter; i++)
		if (f->data[i] != e->last.data[i])
			e->changed |= (uint8_t)(1u << i);
	/* a byte that is not always there changes, too */
	for (unsigned i = shorter; i < f->len || i < e->len_max; i++)
		e->changed |= (uint8_t)(1u << i);
	e->len_min = f->len < e->len_min ? f->len : e->len_min;
	e->len_max = f->len > e->len_max ? f->len : e->len_max;
	e->last = *f;
	e->last_time = time;
	e->count++;
}

int traffic_take(struct traffic *t, const struct frame *f, bool has_time, int64_t time)
{
	if (!t->frames++)
		t->first_time = time;
	t->last_time = time;
	t->untimed |= !has_time;
	unsigned at = find_slot(t, f->id, f->ext);
	if (t->slots[at]) {
		note(&t->list[t->slots[at] - 1], f, time);
		return t->slots[at] - 1;
	}
	if (t->n == TRAFFIC_MAX) {
		t->left_out++;
		return -1;
	}
	struct traffic_id *e = &t->list[t->n];
	*e = (struct traffic_id) { .id = f->id,
				   .ext = f->ext,
				   .count = 1,
				   .first_time = time,
				   .last_time = time,
				   .len_min = f->len,
				   .len_max = f->len,
				   .first = *f,
				   .last = *f };
	t->n_standard += !f->ext;
	t->slots[at] = (uint16_t)++t->n;
	return t->n - 1;
}

static int by_id(const void *a, const void *b)
{
	const struct traffic_id *x = *(const struct traffic_id *const *)a, *y = *(const struct traffic_id *const *)b;
	if (x->ext != y->ext)
		return x->ext ? 1 : -1;
	return (x->id > y->id) - (x->id < y->id);
}

void traffic_sort(const struct traffic *t, const struct traffic_id *sorted[TRAFFIC_MAX])
{
	for (int i = 0; i < t->n; i++)
		sorted[i] = &t->list[i];
	if (t->n)
		qsort(sorted, (size_t)t->n, sizeof *sorted, by_id);
}

int64_t traffic_period(const struct traffic *t, const struct traffic_id *e)
{
	int64_t span = e->last_time - e->first_time;
	if (t->untimed || e->count < 2 || span <= 0)
		return 0;
	return span / (int64_t)(e->count - 1);
}

const char *traffic_id_print(char buf[TRAFFIC_ID_TEXT_MAX], uint32_t id, bool ext)
{
	snprintf(buf, TRAFFIC_ID_TEXT_MAX, ext ? "0x%08" PRIX32 : "0x%03" PRIX32, id);
	return buf;
}

const char *traffic_rate_print(char buf[TRAFFIC_RATE_TEXT_MAX], const struct traffic *t, const struct traffic_id *e)
{
	int64_t period = traffic_period(t, e);
	if (e->count == 1)
		snprintf(buf, TRAFFIC_RATE_TEXT_MAX, "once");
	else if (!period)
		snprintf(buf, TRAFFIC_RATE_TEXT_MAX, "%" PRIu64 " times", e->count);
	else if (period < US_PER_S)
		snprintf(buf, TRAFFIC_RATE_TEXT_MAX, "every %" PRId64 " ms", (period + 500) / 1000);
	else
		snprintf(buf, TRAFFIC_RATE_TEXT_MAX, "every %" PRId64 ".%" PRId64 " s", period / US_PER_S,
			 period % US_PER_S / 100000);
	return buf;
}

const char *traffic_bytes_print(char buf[TRAFFIC_BYTES_TEXT_MAX], unsigned bytes)
{
	int n = 0;
	snprintf(buf, TRAFFIC_BYTES_TEXT_MAX, "none");
	for (unsigned from = 0; from < 8; from++) {
		unsigned to = from;
		if (!(bytes >> from & 1))
			continue;
		while (to < 7 && bytes >> (to + 1) & 1)
			to++;
		n += snprintf(buf + n, TRAFFIC_BYTES_TEXT_MAX - (size_t)n, to > from ? "%s%u-%u" : "%s%u", n ? " " : "",
			      from, to);
		from = to;
	}
	return buf;
}
