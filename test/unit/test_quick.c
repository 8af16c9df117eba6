/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What is not read again, because it is known, is the same as if it had been. */
#include "core/quick.h"
#include "fixture.h"

#include "core/codec.h"

static struct dialect slow, fast;

/* Both ways, the same frame. */
static enum decoded both(unsigned index, const struct frame *f, struct seen *a, struct seen *b)
{
	enum decoded x = codec_decode(&slow.p, index, 0, f, 0, a, NULL, NULL);
	assert_int_equal(codec_decode(&fast.p, index, 0, f, 0, b, NULL, NULL), x);
	assert_int_equal(a->updated, b->updated);
	assert_int_equal(a->rejected, b->rejected);
	assert_memory_equal(a->b.alarm, b->b.alarm, sizeof a->b.alarm);
	assert_memory_equal(&a->cells, &b->cells, sizeof a->cells);
	for (int q = 0; q < N_QUANTITY; q++)
		assert_true(a->b.q[q].validity == b->b.q[q].validity && a->b.q[q].value == b->b.q[q].value);
	return x;
}

/* 0x100 and 0x101 tell of the same alarm, 0x101 with a second flag for it; a third frame is a mix. */
static void alarm_frames(struct dialect *d)
{
	dialect_start(d, "alarms");
	add_frame(d, 0x100);
	add_pair(d, AL_CONTACTOR, PART_ALARM, 0, 0);
	add_frame(d, 0x101);
	add_field(d, FIELD_ALARM, AL_CONTACTOR, bits_at(0, 0, 1))->part = PART_ALARM;
	struct field *f = add_field(d, FIELD_ALARM, AL_CONTACTOR, bits_at(5, 3, 1));
	f->part = PART_ALARM;
	f->fold = FOLD_MAX;
	add_frame(d, 0x102);
	add_number(d, Q_SOC, 0, 1, false, 100);
	add_pair(d, AL_INTERNAL_FAILURE, PART_BOTH, 1, 0);
	add_pair(d, AL_SHORT_CIRCUIT, PART_WARNING, 1, 2);
	add_number(d, Q_SOH, 2, 1, false, 100);
	f = add_field(d, FIELD_ALARM, AL_INSULATION, bits_at(3, 0, 4));
	f->place.big = true; /* of the first 8 bytes the other way round: byte 4 */
}

static struct frame of(unsigned len, uint64_t data)
{
	struct frame f = { .id = 1, .len = (uint8_t)len };
	for (unsigned i = 0; i < len; i++)
		f.data[i] = (uint8_t)(data >> 8 * i);
	return f;
}

static uint8_t contactor(const struct seen *s)
{
	return s->b.alarm[AL_CONTACTOR].alarm;
}

/* By hand: 01 is active and 10 ok in a pair; one flag is active while its bit is set. */
static void another_frame_takes_it_back(void **state)
{
	(void)state;
	struct seen s = { 0 };
	alarm_frames(&fast);
	quick_prepare(&fast.p);
	const struct {
		unsigned index, len;
		uint64_t data;
		uint8_t says;
	} told[] = {
		{ 0, 1, 0x01, TRI_ACTIVE }, { 0, 1, 0x01, TRI_ACTIVE }, { 1, 6, 0, TRI_OK },     { 0, 1, 0x01, TRI_ACTIVE },
		{ 0, 1, 0x02, TRI_OK },     { 1, 6, 0, TRI_OK },        { 0, 1, 0x02, TRI_OK },  { 1, 6, UINT64_C(1) << 43, TRI_ACTIVE },
		{ 0, 1, 0x02, TRI_OK },     { 1, 6, UINT64_C(1) << 43, TRI_ACTIVE },
		/* the second flag is missing: the first one alone says ok; then the same bits with it */
		{ 1, 5, 0, TRI_OK },        { 1, 6, UINT64_C(1) << 43, TRI_ACTIVE }, { 1, 6, 0, TRI_OK },
	};
	for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
		struct frame f = of(told[i].len, told[i].data);
		codec_decode(&fast.p, told[i].index, 0, &f, 0, &s, NULL, NULL);
		assert_int_equal(contactor(&s), told[i].says);
	}
	/* bytes that were not there before, and are 0, still say that all is well */
	s = (struct seen){ 0 };
	struct frame f = of(0, 0);
	codec_decode(&fast.p, 0, 0, &f, 0, &s, NULL, NULL);
	assert_int_equal(contactor(&s), TRI_UNSUPPORTED);
	f = of(6, 0);
	codec_decode(&fast.p, 1, 0, &f, 0, &s, NULL, NULL);
	assert_int_equal(contactor(&s), TRI_OK);
}

static void frames_in_any_order(void **state)
{
	(void)state;
	struct seen a = { 0 }, b = { 0 };
	uint64_t seed = 31;
	alarm_frames(&slow);
	alarm_frames(&fast);
	quick_prepare(&fast.p);
	for (int n = 0; n < 50000; n++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		/* few bits, so that most frames are the same again; sometimes too short */
		unsigned len = seed >> 60 ? 8 : (unsigned)(seed >> 40) % 8;
		struct frame f = of(len, seed >> 20 & seed >> 35 & UINT64_C(0x0000080901010303));
		both((unsigned)(seed >> 33) % 3, &f, &a, &b);
	}
}

/* A listing reads all of it, and what it finds to have changed is not taken for the same later. */
static void ignore(void *user, const struct finding *found)
{
	(void)user;
	(void)found;
}

static void a_listing_between(void **state)
{
	(void)state;
	struct seen s = { 0 };
	struct frame active = of(1, 0x01), none = of(6, 0);
	alarm_frames(&fast);
	quick_prepare(&fast.p);
	codec_decode(&fast.p, 0, 0, &active, 0, &s, NULL, NULL);
	codec_decode(&fast.p, 1, 0, &none, 0, &s, ignore, NULL);
	assert_int_equal(contactor(&s), TRI_OK);
	codec_decode(&fast.p, 0, 0, &active, 0, &s, NULL, NULL);
	assert_int_equal(contactor(&s), TRI_ACTIVE);
}

/* More frames with alarms than are kept in mind; alarms that depend on more than bits of the first 8 bytes. */
static void too_many_or_too_odd(void **state)
{
	(void)state;
	dialect_start(&fast, "many");
	for (unsigned i = 0; i < ALARM_FRAMES_MAX + 5u; i++) {
		add_frame(&fast, 0x100 + i);
		struct field *f = add_field(&fast, FIELD_ALARM, AL_CONTACTOR, bits_at(0, i % 8, 1));
		if (i == 0)
			add_field(&fast, FIELD_ALARM, AL_INSULATION, bits_at(1, 0, 1))->has_when = true;
		f->place.n_split = i == 1;
		f->place.at = i == 2;
	}
	add_frame(&fast, 0x200);
	add_number(&fast, Q_SOC, 0, 1, false, 100);
	quick_prepare(&fast.p);
	for (unsigned i = 0; i < fast.p.n_frames; i++)
		assert_int_equal(fast.frames[i].hold, i < 3 || i >= 3 + ALARM_FRAMES_MAX ? 0 : 1u << (i - 3));
	/* and they are read all the same */
	struct seen s = { 0 };
	unsigned last = ALARM_FRAMES_MAX + 4;
	for (int n = 0; n < 4; n++) {
		struct frame f = of(1, n % 2 ? 0 : 0xFF);
		codec_decode(&fast.p, last, 0, &f, 0, &s, NULL, NULL);
		assert_int_equal(contactor(&s), n % 2 ? TRI_OK : TRI_ACTIVE);
	}
}

static struct guard demand(struct place place, uint64_t value)
{
	return (struct guard){ .place = place, .value = value, .demand = true };
}

static struct place big(struct place p)
{
	p.shift = (uint8_t)(64 - p.shift - p.bits);
	p.big = true;
	return p;
}

/* A frame for each kind of guard, and of several. */
static void guards(struct dialect *d)
{
	const struct guard first = demand(bytes(0, 1), 3), other = demand(bits_at(1, 4, 2), 2);
	struct guard address = demand(bytes(2, 1), 0), part = demand(bits_at(2, 4, 4), 0), word = demand(big(bytes(2, 2)), 0);
	struct guard split = demand(bytes(0, 2), 0x0210), sent = first;
	address.address = part.address = word.address = true;
	split.place.n_split = 2;
	split.place.split[0] = 1;
	split.place.split[1] = 2;
	sent.demand = false;
	const struct guard list[][2] = {
		{ first, other },   { first, address },          { address, other }, { first, part },
		{ first, word },    { first, split },            { sent, other },    { first, demand(bits_at(0, 0, 1), 0) },
		{ first, first },   { demand(bits_at(0, 0, 4), 0x13), other },       { demand(big(bytes(0, 2)), 0x0320), address },
	};
	dialect_start(d, "guards");
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		struct profile_frame *pf = add_frame(d, 0x100);
		memcpy(pf->guards, list[i], sizeof list[i]);
		pf->n_guards = 2;
		if (i == 2) {
			pf->priority = bytes(3, 1);
			pf->priority_least = 2;
		}
		pf->has_index = i == 3;
		pf->index = bytes(4, 1);
		pf->group_max = 3;
		add_number(d, Q_SOC, 5, 1, false, 100);
	}
}

static void guards_at_once(void **state)
{
	(void)state;
	unsigned taken[16] = { 0 };
	uint64_t seed = 37;
	guards(&slow);
	guards(&fast);
	quick_prepare(&fast.p);
	/* what can be looked at in one go: not half an address, a split place, the same bits twice, what does not fit */
	const bool plain[] = { 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1 };
	for (int i = 0; i < fast.p.n_frames; i++)
		assert_int_equal(fast.frames[i].plain_guards, plain[i]);
	for (int n = 0; n < 100000; n++) {
		struct seen a = { .address = 2 }, b = { .address = 2 };
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		struct frame f = of(seed >> 60 ? 8 : (unsigned)(seed >> 40) % 8, seed >> 8 & UINT64_C(0x0000FF0303033003));
		unsigned index = (unsigned)(seed >> 30) % fast.p.n_frames;
		if (seed >> 57 & 1)
			f.data[2] = index == 3 ? 0x20 : 2;
		taken[index] += both(index, &f, &a, &b) == DECODED;
		assert_int_equal(codec_is_this(&fast.p, index, &f, 2), codec_is_this(&slow.p, index, &f, 2));
		if (!codec_fits(&fast.frames[index], f.data, f.len, 2))
			assert_false(codec_is_this(&slow.p, index, &f, 2));
	}
	for (int i = 0; i < fast.p.n_frames; i++) /* 3 in byte 0 has its lowest bit; nothing of 4 bits is 0x13 */
		assert_int_equal(taken[i] > 0, i != 7 && i != 9);
}

/* Which raw values mean "not available": neighbours, around the end too, or not; cells in half steps. */
static void absent_values(void **state)
{
	(void)state;
	static const uint64_t lists[][4] = {
		{ 0xFFFF, 0 }, { 0x7FFF, 0x8000 }, { 0xFFFE, 0xFFFD, 0xFFFF }, { 0, 0x8000 }, { 0xFFFF, 1, 0, 0xFFFE }, { 5, 5 },
	};
	static const unsigned many[] = { 2, 2, 3, 2, 4, 2 };
	static const enum quick ways[] = { QUICK_NUMBER, QUICK_NUMBER, QUICK_NUMBER, QUICK_NONE, QUICK_NUMBER, QUICK_NONE };
	struct seen a = { 0 }, b = { 0 };
	for (int k = 0; k < 2; k++) {
		struct dialect *d = k ? &fast : &slow;
		dialect_start(d, "absent");
		for (size_t i = 0; i < sizeof many / sizeof *many; i++) {
			add_frame(d, 0x100);
			struct field *n = add_number(d, Q_CAPACITY, 0, 2, false, 1000);
			struct field *cells = add_field(d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(2, 2));
			cells->first = 1;
			cells->count = 3;
			cells->den = 10;
			cells->place = i % 2 ? big(cells->place) : cells->place;
			for (unsigned v = 0; v < many[i]; v++) {
				absent(n, lists[i][v]);
				absent(cells, lists[i][v]);
			}
		}
	}
	quick_prepare(&fast.p);
	for (size_t i = 0; i < sizeof many / sizeof *many; i++)
		assert_int_equal(fast.fields[fast.frames[i].first_field].quick, ways[i]);
	for (unsigned raw = 0; raw < 0x10000; raw++)
		for (unsigned i = 0; i < fast.p.n_frames; i++) {
			uint64_t other = (uint64_t)(raw ^ 0x8000) << 32; /* its bytes the other way round, where these are */
			struct frame f = of(raw % 5 ? 8 : 4, raw | (uint64_t)raw << 16 | other | UINT64_C(0x3412) << 48);
			both(i, &f, &a, &b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_frame_takes_it_back), cmocka_unit_test(frames_in_any_order),
		cmocka_unit_test(a_listing_between),           cmocka_unit_test(too_many_or_too_odd),
		cmocka_unit_test(guards_at_once),              cmocka_unit_test(absent_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
