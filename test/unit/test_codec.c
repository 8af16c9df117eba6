/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Both ways of decoding give the same, and what battagg says of itself is never misread. */
#include "fixture.h"

#include "core/codec.h"

static struct dialect d;

static void what_may_go_the_short_way(void **state)
{
	(void)state;
	dialect_start(&d, "test");
	add_frame(&d, 0x100);
	add_number(&d, Q_VOLTAGE, 0, 2, false, 1);
	add_number(&d, Q_CURRENT, 0, 2, true, 1);
	add_field(&d, FIELD_QUANTITY, Q_SOC, bytes(0, 4))->format = FORMAT_FLOAT;
	add_number(&d, Q_CCL, 0, 2, true, 1)->absolute = true;
	add_number(&d, Q_DCL, 0, 2, false, 1)->den = 2;
	add_number(&d, Q_CVL, 0, 2, false, 1)->lower_only = true;
	add_number(&d, Q_SOH, 0, 2, false, 1)->has_when = true;
	add_number(&d, Q_CYCLES, 0, 2, false, 1)->n_map = 1;
	add_pair(&d, AL_CONTACTOR, PART_ALARM, 0, 0);
	codec_prepare(&d.p);
	for (int i = 0; i < d.p.n_fields; i++)
		assert_int_equal(d.fields[i].plain, i < 2);
}

/* The short way of decoding knows no more and no less than the long one. */
static void both_ways_are_one(void **state)
{
	(void)state;
	static struct dialect fast;
	static struct seen slow_seen, fast_seen;
	uint64_t seed = 23;
	plain_dialect(&d);
	plain_dialect(&fast);
	d.fields[2].rank = fast.fields[2].rank = 1; /* DCL from 0x351 is the worse source, */
	d.fields[d.frames[F_SOC].first_field + 1].target = fast.fields[d.frames[F_SOC].first_field + 1].target = Q_DCL;
	d.fields[1].lower_only = fast.fields[1].lower_only = true;
	codec_prepare(&fast.p);
	for (int64_t now = 1; now < 40000; now += 7) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		unsigned index = (unsigned)(seed >> 33) % N_PLAIN;
		struct frame f = { .id = 1, .len = (uint8_t)((seed >> 50) % 9) };
		for (int i = 0; i < f.len; i++)
			f.data[i] = (uint8_t)(seed >> (5 * i + 7));
		codec_decode(&d.p, index, 0, &f, now * 10 * MS, &slow_seen, NULL, NULL);
		codec_decode(&fast.p, index, 0, &f, now * 10 * MS, &fast_seen, NULL, NULL);
		assert_int_equal(slow_seen.updated, fast_seen.updated);
		assert_int_equal(slow_seen.rejected, fast_seen.rejected);
		assert_int_equal(slow_seen.lower_only, fast_seen.lower_only);
		for (int q = 0; q < N_QUANTITY; q++) {
			const struct measure *a = &slow_seen.b.q[q], *b = &fast_seen.b.q[q];
			assert_true(a->validity == b->validity && a->value == b->value && a->time == b->time);
			assert_true(a->rank == b->rank && a->source == b->source);
		}
		assert_memory_equal(slow_seen.b.alarm, fast_seen.b.alarm, sizeof slow_seen.b.alarm);
	}
}

static void odd_versions(void **state)
{
	(void)state;
	struct battery b = { 0 };
	struct frame f;
	dialect_start(&d, "test");
	add_frame(&d, 0x100);
	struct field *v = add_field(&d, FIELD_TEXT, TEXT_FIRMWARE, bytes(0, 4));
	v->format = FORMAT_VERSION;
	snprintf(b.text[TEXT_FIRMWARE], TEXT_MAX + 1, "1.24");
	assert_true(codec_encode(&d.p, 0, 0, 0, &b, NULL, &f));
	assert_memory_equal(f.data, ((uint8_t[]){ 1, 24, 0, 0, 0, 0, 0, 0 }), 8);
	snprintf(b.text[TEXT_FIRMWARE], TEXT_MAX + 1, "7x9"); /* what is no digit says 0, and nothing is skipped */
	assert_true(codec_encode(&d.p, 0, 0, 0, &b, NULL, &f));
	assert_memory_equal(f.data, ((uint8_t[]){ 7, 0, 0, 0, 0, 0, 0, 0 }), 8);
	snprintf(b.text[TEXT_FIRMWARE], TEXT_MAX + 1, "1.2.3.4.5");
	assert_true(codec_encode(&d.p, 0, 0, 0, &b, NULL, &f));
	assert_memory_equal(f.data, ((uint8_t[]){ 1, 2, 3, 4, 0, 0, 0, 0 }), 8);
}

/* The largest number is not told as "not available"; a value amid the others that means it can't be told better. */
static void not_available_by_accident(void **state)
{
	(void)state;
	struct battery b = { 0 };
	struct frame f;
	dialect_start(&d, "test");
	add_frame(&d, 0x100);
	struct field *n = add_number(&d, Q_CCL, 0, 2, false, 100);
	absent(n, 0xFFFF);
	absent(n, 500);
	battery_set(&b, Q_CCL, 3000000000, 0);
	assert_true(codec_encode(&d.p, 0, 0, 0, &b, NULL, &f));
	assert_memory_equal(f.data, ((uint8_t[]){ 0xFE, 0xFF }), 2);
	battery_set(&b, Q_CCL, 50000, 0);
	assert_true(codec_encode(&d.p, 0, 0, 0, &b, NULL, &f));
	assert_memory_equal(f.data, ((uint8_t[]){ 0xF4, 0x01 }), 2);
	n->place = bytes(0, 8);
	n->num = 1;
	n->absent[0] = INT64_MAX;
	battery_set(&b, Q_CCL, INT64_MAX, 0);
	assert_true(codec_encode(&d.p, 0, 0, 0, &b, NULL, &f));
	assert_int_equal(f.data[7], 0x7F);
}

static void which_frame_it_is(void **state)
{
	(void)state;
	plain_dialect(&d);
	struct frame f = { .id = 0x402 };
	int index = -1;
	unsigned group = 9;
	assert_true(codec_match(&d.p, 0, &f, &index, &group));
	assert_int_equal(index, F_ARRAY);
	assert_int_equal(group, 2);
	assert_false(codec_match(&d.p, 0, &f, &index, &group)); /* only once */
	f.ext = true;
	index = -1;
	assert_false(codec_match(&d.p, 0, &f, &index, &group));
	struct profile_frame pf = { .id = 0x18E028F4, .per_group = 0x10000, .per_address = 1 };
	assert_int_equal(codec_id(&pf, 3, 5), 0x18E328F9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_may_go_the_short_way), cmocka_unit_test(both_ways_are_one),
		cmocka_unit_test(odd_versions),              cmocka_unit_test(not_available_by_accident),
		cmocka_unit_test(which_frame_it_is),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
