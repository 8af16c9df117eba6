/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Every shipped profile run backwards and forwards again: decode(encode(x)) is x within one count of the wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/profile.h"
#include "core/codec.h"

#define ROUNDS 200

static uint64_t seed;

static uint64_t random_bits(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int64_t random_between(int64_t low, int64_t high)
{
	return low + (int64_t)(random_bits() % (uint64_t)(high - low + 1));
}

/* One count, rounded up. */
static int64_t step_of(const struct field *f)
{
	int64_t num = f->num < 0 ? -f->num : f->num;
	return (num + f->den - 1) / f->den;
}

/* A value that the field can carry, the quantity can have, and that no raw value for "absent" is near. */
static int64_t random_value(const struct field *f, int64_t min, int64_t max)
{
	bool has_sign = f->format == FORMAT_SIGNED;
	int64_t top = (INT64_C(1) << (f->place.bits - (has_sign ? 1 : 0))) - 1;
	int64_t a = (has_sign ? -top : 0) * f->num / f->den + f->offset, b = top * f->num / f->den + f->offset, step = step_of(f);
	int64_t low = a < b ? a : b, high = a < b ? b : a;
	if (f->n_map)
		return random_between(0, 1);
	if (max - min <= 2 * step)
		return random_between(min, max);
	low = low + 2 * step > min ? low + 2 * step : min;
	high = high - 2 * step < max ? high - 2 * step : max;
	return random_between(low, high);
}

struct whole {
	struct battery b;
	struct cells cells;
};

static void fill_field(struct whole *w, const struct profile_frame *pf, const struct field *f)
{
	switch (f->kind) {
	case FIELD_QUANTITY:
		if (!battery_has(&w->b, f->target) || f->rank == 0)
			battery_set(&w->b, f->target, random_value(f, quantities[f->target].min, quantities[f->target].max), 0);
		break;
	case FIELD_ALARM:
		if (f->part != PART_WARNING)
			w->b.alarm[f->target].alarm = (uint8_t)random_between(TRI_UNSUPPORTED, TRI_ACTIVE);
		if (f->part != PART_ALARM)
			w->b.alarm[f->target].warning = (uint8_t)random_between(TRI_UNSUPPORTED, TRI_ACTIVE);
		break;
	case FIELD_TEXT:
		memset(w->b.text[f->target], 0, sizeof w->b.text[0]);
		if (f->format == FORMAT_VERSION)
			snprintf(w->b.text[f->target], sizeof w->b.text[0], "%d.%d", (int)random_between(0, 255),
			         (int)random_between(0, 255));
		else
			for (int64_t n = random_between(1, f->text_len); n-- > 0;)
				w->b.text[f->target][n] = (char)random_between('!', '~');
		break;
	case FIELD_ARRAY:
		for (unsigned g = pf->group_min; g <= pf->group_max; g++)
			for (unsigned i = 0; i < f->count; i++) {
				unsigned at = f->first - 1u + g * f->per_group + i;
				w->cells.value[f->target][at] = (int32_t)random_value(f, arrays[f->target].min, arrays[f->target].max);
				w->cells.validity[f->target][at] = VALID;
			}
		break;
	}
}

static void fill(struct whole *w, const struct profile *p)
{
	memset(w, 0, sizeof *w);
	for (const struct profile_frame *pf = p->frames; pf < p->frames + p->n_frames; pf++)
		for (unsigned i = pf->first_field; i < pf->first_field + (unsigned)pf->n_fields; i++)
			fill_field(w, pf, &p->fields[i]);
}

static void through_the_wire(const struct profile *p, unsigned address, const struct whole *w, struct seen *seen)
{
	memset(seen, 0, sizeof *seen);
	for (unsigned i = 0; i < p->n_frames; i++)
		for (unsigned g = p->frames[i].group_min; g <= p->frames[i].group_max; g++) {
			struct frame f;
			int index = -1;
			unsigned group;
			assert_true(codec_encode(p, i, g, address, &w->b, &w->cells, &f));
			assert_int_equal(f.len, p->frames[i].dlc);
			assert_true(codec_match(p, address, &f, &index, &group));
			assert_int_equal(index, i);
			assert_int_equal(group, g);
			assert_true(codec_decode(p, i, g, &f, 0, seen, NULL, NULL));
		}
}

static void expect_near(const char *name, int64_t got, int64_t want, int64_t step)
{
	if (got - want > step || want - got > step)
		fail_msg("%s: %lld became %lld", name, (long long)want, (long long)got);
}

/* Where a bit is all there is, "unsupported" can't be told from "ok". */
static void expect_alarm(const struct field *f, const struct alarm_state *got, const struct alarm_state *want)
{
	bool exact = false;
	for (unsigned i = 0; i < f->n_map; i++)
		exact = exact || f->map[i].value == SAYS_UNSUPPORTED;
	if (f->part == PART_ALARM)
		assert_int_equal(exact ? got->alarm : got->alarm == TRI_ACTIVE, exact ? want->alarm : want->alarm == TRI_ACTIVE);
	if (f->part == PART_WARNING)
		assert_int_equal(exact ? got->warning : got->warning == TRI_ACTIVE,
		                 exact ? want->warning : want->warning == TRI_ACTIVE);
	if (f->part != PART_BOTH)
		return;
	assert_int_equal(got->alarm == TRI_ACTIVE, want->alarm == TRI_ACTIVE);
	assert_int_equal(got->warning == TRI_ACTIVE, want->warning == TRI_ACTIVE && want->alarm != TRI_ACTIVE);
}

static void expect_field(const struct field *f, const struct whole *w, const struct seen *seen)
{
	unsigned t = f->target;
	switch (f->kind) {
	case FIELD_QUANTITY:
		assert_int_equal(seen->b.q[t].validity, VALID);
		expect_near(quantities[t].name, seen->b.q[t].value, w->b.q[t].value, seen->b.q[t].rank == f->rank ? step_of(f) : INT32_MAX);
		break;
	case FIELD_ALARM: expect_alarm(f, &seen->b.alarm[t], &w->b.alarm[t]); break;
	case FIELD_TEXT: assert_string_equal(seen->b.text[t], w->b.text[t]); break;
	case FIELD_ARRAY:
		for (unsigned i = 0; i < ARRAY_MAX; i++)
			if (w->cells.validity[t][i] == VALID)
				expect_near(arrays[t].name, seen->cells.value[t][i], w->cells.value[t][i], step_of(f));
		break;
	}
}

static void run_profile(const char *path)
{
	struct problems problems = { 0 };
	struct profile *p = profile_load_file(path, &problems);
	problems_print(&problems, stderr);
	assert_non_null(p);
	assert_int_equal(problems.count, 0);
	struct whole *w = malloc(sizeof *w);
	struct seen *seen = malloc(sizeof *seen);
	assert_true(w && seen);
	for (int i = 0; i < ROUNDS; i++) {
		fill(w, p);
		through_the_wire(p, (unsigned)random_between(p->address_min, p->address_max), w, seen);
		for (unsigned k = 0; k < p->n_fields; k++)
			expect_field(&p->fields[k], w, seen);
		assert_int_equal(seen->rejected, 0);
	}
	free(w);
	free(seen);
	profile_free(p);
}

static void test_shipped(void **state)
{
	(void)state;
	seed = 0x9E3779B97F4A7C15;
	run_profile("can-profiles/victron.yaml");
	run_profile("can-profiles/pylontech.yaml");
	run_profile("can-profiles/byd-lv.yaml");
	run_profile("can-profiles/jk-native-v2.yaml");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_shipped) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
