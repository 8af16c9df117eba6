/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Both ways of decoding give the same, and what battagg says of itself is never misread. */
#include "core/quick.h"
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
	quick_prepare(&d.p);
	for (int i = 0; i < d.p.n_fields; i++)
		assert_int_equal(d.fields[i].quick == QUICK_NUMBER, i < 2);
}

/* Cells in big-endian words, flags bit by bit, and levels of alarms that no other frame tells. */
static void more_frames(struct dialect *x)
{
	add_frame(x, 0x500)->per_group = 1;
	x->frames[x->p.n_frames - 1].group_max = 3;
	struct field *f = add_field(x, FIELD_ARRAY, ARRAY_CELL_TEMPERATURE, bytes(0, 2));
	f->place = (struct place){ .end = 3, .bits = 12, .shift = 44, .big = true }; /* bits 12 to 47 of the word */
	f->format = FORMAT_SIGNED;
	f->first = 1;
	f->per_group = f->count = 3;
	f->offset = -40;
	absent(f, 0x7FF);
	add_frame(x, 0x501);
	f = add_field(x, FIELD_ARRAY, ARRAY_BALANCING, bits_at(1, 3, 1));
	f->first = ARRAY_MAX - 8; /* of 16 the last seven have no place */
	f->count = 16;
	add_frame(x, 0x502);
	f = add_pair(x, AL_SHORT_CIRCUIT, PART_BOTH, 0, 0);
	f->map[1].value = SAYS_WARNING;
	f->map[2].value = SAYS_ALARM;
	f->map[3].value = SAYS_OK;
	add_field(x, FIELD_ALARM, AL_INTERLOCK, bits_at(4, 0, 1))->part = PART_ALARM;
	add_field(x, FIELD_ALARM, AL_INSULATION, bits_at(4, 1, 1))->part = PART_WARNING;
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
	more_frames(&d);
	more_frames(&fast);
	quick_prepare(&fast.p);
	for (int64_t now = 1; now < 40000; now += 7) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		unsigned index = (unsigned)(seed >> 33) % d.p.n_frames, group = (unsigned)(seed >> 20) % 4;
		struct frame f = { .id = 1, .len = (uint8_t)((seed >> 50) % 9) };
		for (int i = 0; i < f.len; i++)
			f.data[i] = (uint8_t)(seed >> (5 * i + 7));
		codec_decode(&d.p, index, group, &f, now * 10 * MS, &slow_seen, NULL, NULL);
		codec_decode(&fast.p, index, group, &f, now * 10 * MS, &fast_seen, NULL, NULL);
		assert_int_equal(slow_seen.updated, fast_seen.updated);
		assert_int_equal(slow_seen.rejected, fast_seen.rejected);
		assert_int_equal(slow_seen.lower_only, fast_seen.lower_only);
		for (int q = 0; q < N_QUANTITY; q++) {
			const struct measure *a = &slow_seen.b.q[q], *b = &fast_seen.b.q[q];
			assert_true(a->validity == b->validity && a->value == b->value && a->time == b->time);
			assert_true(a->rank == b->rank && a->source == b->source);
		}
		assert_memory_equal(slow_seen.b.alarm, fast_seen.b.alarm, sizeof slow_seen.b.alarm);
		assert_memory_equal(slow_seen.b.text, fast_seen.b.text, sizeof slow_seen.b.text);
		assert_memory_equal(&slow_seen.cells, &fast_seen.cells, sizeof slow_seen.cells);
	}
}

static void what_is_steady(void **state)
{
	(void)state;
	plain_dialect(&d);
	more_frames(&d);
	quick_prepare(&d.p);
	for (int i = 0; i < d.p.n_frames; i++) {
		/* alarms that no other frame tells, and names told in one piece; 0x7F4 means something by not coming */
		assert_int_equal(d.frames[i].steady, i == F_ALARMS || i == F_MAKER || i == N_PLAIN + 2);
		assert_int_equal(d.frames[i].numbers, i == F_LIMITS || i == F_SOC || i == F_POWER || i == F_CELLS ||
		                                              i == F_SWITCHES || i == F_CAPACITY);
	}
}

/* What makes a frame not steady, or more than numbers; what makes a row take the long way. */
static void odd_frames(void **state)
{
	(void)state;
	dialect_start(&d, "odd");
	for (int i = 0; i < 4; i++) {
		add_frame(&d, 0x100 + (uint32_t)i);
		add_number(&d, (enum quantity)i, 0, 2, false, 1);
	}
	d.frames[0].n_guards = 1;
	d.frames[1].has_index = true;
	d.frames[2].checksum.kind = CHECKSUM_SUM8;
	add_frame(&d, 0x104); /* no fields */
	for (int i = 0; i < 4; i++) {
		add_frame(&d, 0x110 + (uint32_t)i);
		add_field(&d, FIELD_ALARM, (enum alarm)i, bits_at(0, 0, 1));
	}
	d.frames[5].group_max = 1;
	d.frames[6].pgn = true;
	d.frames[7].absent_ok = true;
	add_frame(&d, 0x120); /* half of a warning's frame is another's */
	add_pair(&d, AL_CONTACTOR, PART_WARNING, 0, 0);
	add_frame(&d, 0x121);
	add_pair(&d, AL_CONTACTOR, PART_WARNING, 0, 0);
	add_frame(&d, 0x130);
	add_text(&d, TEXT_SERIAL, 0, 8, 16);
	add_frame(&d, 0x131);
	add_text(&d, TEXT_FAMILY, 0, 8, 8)->has_when = true;
	add_frame(&d, 0x132);
	add_text(&d, TEXT_FIRMWARE, 0, 2, 16)->format = FORMAT_VERSION;
	for (int i = 4; i < 7; i++) {
		add_frame(&d, 0x140 + (uint32_t)i);
		add_field(&d, FIELD_ALARM, (enum alarm)i, bits_at(0, 0, 1));
	}
	d.frames[d.p.n_frames - 3].n_guards = 1; /* one of several frames of this id */
	d.frames[d.p.n_frames - 2].has_index = true;
	d.frames[d.p.n_frames - 1].checksum.kind = CHECKSUM_SUM8;
	add_frame(&d, 0x150)->has_priority = true;
	add_number(&d, Q_CVL, 0, 2, false, 1);
	quick_prepare(&d.p);
	for (int i = 0; i < d.p.n_frames; i++) {
		assert_int_equal(d.frames[i].numbers, i == 3);
		assert_int_equal(d.frames[i].steady, i == 8 || d.frames[i].id == 0x132);
	}
	dialect_start(&d, "odd");
	add_frame(&d, 0x100);
	add_field(&d, FIELD_ALARM, AL_GENERAL, bits_at(0, 0, 3));
	add_pair(&d, AL_CONTACTOR, PART_ALARM, 0, 0)->n_map = 5;
	add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(0, 2))->count = 0;
	add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(4, 2))->count = 3; /* beyond the 8 bytes */
	struct field *f = add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(0, 2));
	f->place.big = true; /* the last two bytes: there are no further ones */
	f->count = 2;
	quick_prepare(&d.p);
	for (int i = 0; i < d.p.n_fields; i++)
		assert_int_equal(d.fields[i].quick, QUICK_NONE);
}

/* A pack that need not look at what it has seen before knows the same, and has been told of the same. */
static void repeated_frames(void **state)
{
	(void)state;
	static struct dialect fast;
	static struct rig slow_rig, fast_rig;
	uint64_t seed = 29;
	rig_start(&slow_rig);
	rig_start(&fast_rig);
	more_frames(&slow_rig.d);
	plain_dialect(&fast);
	more_frames(&fast);
	quick_prepare(&fast.p);
	fast_rig.s.packs[0].profile = &fast.p;
	struct pack *a = &slow_rig.p, *b = &fast_rig.p;
	pack_init(b, &fast_rig.s.packs[0], fast_rig.ages, 0);
	pack_init(a, &slow_rig.s.packs[0], slow_rig.ages, 0);
	for (int64_t now = SEC; now < 20000 * SEC; now += SEC / 2) {
		bool worse_a = false, worse_b = false;
		for (int k = 0; k < 4; k++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			unsigned index = (unsigned)(seed >> 33) % slow_rig.d.p.n_frames;
			struct frame f = { .id = 1, .len = seed >> 40 & 15 ? 8 : 1 };
			for (int i = 0; i < f.len; i++) /* the same again and again */
				f.data[i] = i == 4 ? (uint8_t)('0' + (seed >> 50 & 1)) : (uint8_t)(seed >> 52 & 1 ? 0x59 : 0x56);
			if (!(seed >> 56 & 31)) /* the same but for its length */
				f = (struct frame){ .id = 1, .len = seed >> 40 & 1 ? 8 : 1 };
			worse_a = pack_frame(a, index, 0, &f, now) || worse_a;
			worse_b = pack_frame(b, index, 0, &f, now) || worse_b;
		}
		assert_int_equal(worse_a, worse_b);
		assert_memory_equal(a->seen.b.alarm, b->seen.b.alarm, sizeof a->seen.b.alarm);
		assert_memory_equal(a->seen.b.text, b->seen.b.text, sizeof a->seen.b.text);
		assert_int_equal(a->frames, b->frames);
		for (int i = 0; i < slow_rig.d.p.n_frames; i++)
			assert_true(a->ages[i].last == b->ages[i].last && a->ages[i].count == b->ages[i].count);
		pack_refresh(a, &slow_rig.s, now);
		pack_refresh(b, &fast_rig.s, now);
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
		cmocka_unit_test(which_frame_it_is),         cmocka_unit_test(what_is_steady),
		cmocka_unit_test(odd_frames),                cmocka_unit_test(repeated_frames),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
