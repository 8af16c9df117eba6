/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* decode and encode, row by row: what a frame says, what it leaves unsaid, and the way back. */
#include "core/quick.h"
#include "fixture.h"

#include "core/codec.h"

static struct dialect d;
static struct seen s;
static struct finding heard[32];
static int n_heard;

static int setup(void **state)
{
	(void)state;
	dialect_start(&d, "test");
	memset(&s, 0, sizeof s);
	n_heard = 0;
	return 0;
}

static void note(void *user, const struct finding *f)
{
	(void)user;
	heard[n_heard++] = *f;
}

static bool decode(unsigned index, struct frame f, int64_t now, finding_fn tell)
{
	n_heard = 0;
	return codec_decode(&d.p, index, 0, &f, now, &s, tell, NULL);
}

static void expect(enum quantity q, enum validity v, int64_t value)
{
	assert_int_equal(s.b.q[q].validity, v);
	if (v == VALID)
		assert_int_equal(s.b.q[q].value, value);
}

/* The short way and the long way must agree: each case runs prepared and not, told and not. */
static void every_way(void (*one)(finding_fn))
{
	for (int way = 0; way < 4; way++) {
		setup(NULL);
		one(way & 1 ? note : NULL);
		setup(NULL);
	}
}

static void numbers_one(finding_fn tell)
{
	add_frame(&d, 0x100);
	absent(add_number(&d, Q_VOLTAGE, 0, 2, true, 10), 0x8000);
	add_number(&d, Q_SOC, 2, 1, false, 100);
	quick_prepare(&d.p);
	assert_true(decode(0, FRAME(0x100, 0x88, 0x13, 50), 1, tell));
	expect(Q_VOLTAGE, VALID, 50000);
	expect(Q_SOC, VALID, 5000);
	decode(0, FRAME(0x100, 0x00, 0x80, 106), 2, tell); /* not available; 106 % is not believed */
	expect(Q_VOLTAGE, NOT_AVAILABLE, 0);
	expect(Q_SOC, VALID, 5000);
	assert_int_equal(s.b.q[Q_SOC].time, 1);
	assert_int_equal(s.rejected, 1);
	decode(0, FRAME(0x100, 0x88), 3, tell); /* too short for any of them */
	expect(Q_VOLTAGE, NOT_AVAILABLE, 0);
	assert_int_equal(s.updated, 0);
	decode(0, FRAME(0x100, 0x9C, 0xFF), 4, tell); /* -100 x 10 mV: below the plausible */
	assert_int_equal(s.rejected, 2);
}

static void numbers(void **state)
{
	(void)state;
	every_way(numbers_one);
}

static void ranks_one(finding_fn tell)
{
	add_frame(&d, 0x100);
	absent(add_number(&d, Q_SOC, 0, 2, false, 1), 0);
	add_frame(&d, 0x200);
	struct field *coarse = add_number(&d, Q_SOC, 0, 1, false, 100);
	coarse->rank = 1;
	absent(coarse, 0xFF);
	quick_prepare(&d.p);
	decode(1, FRAME(0x200, 40), 0, tell);
	expect(Q_SOC, VALID, 4000);
	decode(0, FRAME(0x100, 0, 0), 0, tell); /* the better source has none: the other's stays */
	expect(Q_SOC, VALID, 4000);
	decode(0, FRAME(0x100, 0xB4, 0x0F), SEC, tell); /* 4020 */
	expect(Q_SOC, VALID, 4020);
	decode(1, FRAME(0x200, 39), 6 * SEC, tell); /* stale after 5 s: at 5 s it is not yet */
	expect(Q_SOC, VALID, 4020);
	decode(1, FRAME(0x200, 39), 6 * SEC + 1, tell);
	expect(Q_SOC, VALID, 3900);
	decode(1, FRAME(0x200, 0xFF), 7 * SEC, tell); /* its own word replaces its own value */
	expect(Q_SOC, NOT_AVAILABLE, 0);
}

static void ranks(void **state)
{
	(void)state;
	every_way(ranks_one);
}

static void conditions(void **state)
{
	(void)state;
	add_frame(&d, 0x100)->n_guards = 1;
	d.frames[0].guards[0] = (struct guard){ .place = bytes(0, 1), .value = 0x66, .demand = true };
	struct field *f = add_number(&d, Q_CCL, 2, 1, false, 1000);
	f->has_when = true;
	f->when = (struct guard){ .place = bits_at(1, 0, 1), .value = 1 };
	f->lower_only = true;
	struct field *array = add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(4, 2));
	array->first = 1;
	array->count = 1;
	array->has_when = true;
	array->when = f->when;
	struct field *alarm = add_field(&d, FIELD_ALARM, AL_GENERAL, bits_at(3, 0, 1));
	alarm->has_when = true;
	alarm->when = f->when;
	struct field *text = add_text(&d, TEXT_NAME, 0, 2, 2);
	text->place = bytes(6, 2);
	text->has_when = true;
	text->when = f->when;
	assert_false(decode(0, FRAME(0x100, 0x67, 1, 10), 0, NULL)); /* another frame */
	assert_int_equal(s.b.q[Q_CCL].validity, ABSENT);
	assert_true(decode(0, FRAME(0x100, 0x66, 0, 10, 1, 0xE4, 0x0C, 'A', 'B'), 0, note));
	assert_int_equal(n_heard, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(heard[i].validity, ABSENT);
	decode(0, FRAME(0x100, 0x66, 0, 10, 1, 0xE4, 0x0C, 'A', 'B'), 0, NULL);
	expect(Q_CCL, ABSENT, 0);
	assert_true(decode(0, FRAME(0x100, 0x66, 1, 10, 1, 0xE4, 0x0C, 'A', 'B'), 0, NULL));
	expect(Q_CCL, VALID, 10000);
	assert_true(s.lower_only >> Q_CCL & 1);
	assert_int_equal(s.cells.value[ARRAY_CELL_VOLTAGE][0], 3300);
	assert_int_equal(s.b.alarm[AL_GENERAL].alarm, TRI_ACTIVE);
	assert_string_equal(s.b.text[TEXT_NAME], "AB");
}

static void arrays_of_cells(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(0, 2));
	f->first = 126;
	f->count = 4; /* the last one is beyond what there is room for */
	absent(f, 0);
	decode(0, FRAME(0x100, 0xE4, 0x0C, 0, 0, 0xFF, 0xFF, 0xE4, 0x0C), 0, note);
	assert_int_equal(n_heard, 3);
	assert_int_equal(s.cells.value[ARRAY_CELL_VOLTAGE][125], 3300);
	assert_int_equal(s.cells.validity[ARRAY_CELL_VOLTAGE][126], NOT_AVAILABLE);
	assert_int_equal(s.cells.validity[ARRAY_CELL_VOLTAGE][127], ABSENT); /* 65.535 V is no cell */
	assert_true(heard[2].rejected);
	assert_int_equal(s.cells.count[ARRAY_CELL_VOLTAGE], 126);
	decode(0, FRAME(0x100, 0xE4, 0x0C), 1, NULL); /* a shorter frame has the first ones */
	assert_int_equal(s.cells.time[ARRAY_CELL_VOLTAGE][125], 1);
	assert_int_equal(s.cells.time[ARRAY_CELL_VOLTAGE][126], 0);
}

static void check_alarm(uint8_t raw, int alarm, int warning)
{
	decode(0, FRAME(0x100, raw), 0, NULL);
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].alarm, alarm);
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].warning, warning);
}

static void levels(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_field(&d, FIELD_ALARM, AL_HIGH_VOLTAGE, bits_at(0, 0, 3));
	f->part = PART_BOTH;
	static const enum alarm_word words[] = { SAYS_OK, SAYS_ALARM, SAYS_WARNING, SAYS_ACTIVE, SAYS_UNSUPPORTED };
	for (unsigned i = 0; i < 5; i++)
		f->map[f->n_map++] = (struct map_entry){ i, words[i] };
	check_alarm(0, TRI_OK, TRI_OK);
	check_alarm(1, TRI_ACTIVE, TRI_OK);
	check_alarm(2, TRI_OK, TRI_ACTIVE);
	check_alarm(3, TRI_ACTIVE, TRI_OK);
	check_alarm(4, TRI_UNSUPPORTED, TRI_UNSUPPORTED);
	check_alarm(5, TRI_UNSUPPORTED, TRI_UNSUPPORTED); /* not in the map */
	decode(0, FRAME(0x100, 1), 0, note);
	assert_int_equal(heard[0].value, SAYS_ALARM);
	struct frame empty = { .id = 0x100 };
	decode(0, empty, 0, note);
	assert_int_equal(heard[0].validity, ABSENT);
	decode(0, empty, 0, NULL);
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE); /* keeps its state */
}

static void map_of_numbers(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_number(&d, Q_FORCE_CHARGE, 0, 1, false, 1);
	f->map[f->n_map++] = (struct map_entry){ 0xFF, 1 };
	f->map[f->n_map++] = (struct map_entry){ 0, 0 };
	decode(0, FRAME(0x100, 0xFF), 0, NULL);
	expect(Q_FORCE_CHARGE, VALID, 1);
	decode(0, FRAME(0x100, 7), 0, NULL);
	expect(Q_FORCE_CHARGE, NOT_AVAILABLE, 0);
	struct frame out;
	battery_set(&s.b, Q_FORCE_CHARGE, 1, 0);
	assert_true(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out));
	assert_int_equal(out.data[0], 0xFF);
	f->map[0].value = 0; /* a value that the map can't say */
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0);
}

static void texts(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	add_text(&d, TEXT_NAME, 0, 8, 16);
	add_frame(&d, 0x101);
	add_text(&d, TEXT_NAME, 8, 8, 16);
	decode(0, FRAME(0x100, 'H', 'o', 'u', 's', 'e'), 0, note);
	assert_int_equal(heard[0].validity, ABSENT); /* the other part is missing */
	decode(1, FRAME(0x101, ' ', 'b', 'a', 'n', 'k', ' ', ' ', ' '), 0, note);
	assert_int_equal(heard[0].validity, VALID);
	assert_string_equal(s.b.text[TEXT_NAME], "House bank");
	decode(0, FRAME(0x100, 'B', 'o', 'a', 't'), 0, NULL); /* a new round: not "Boat bank" */
	assert_string_equal(s.b.text[TEXT_NAME], "House bank");
	decode(1, FRAME(0x101, 0), 0, NULL);
	assert_string_equal(s.b.text[TEXT_NAME], "Boat");
	decode(0, FRAME(0x100, 0x7F, 'x'), 0, note);
	assert_int_equal(heard[0].validity, NOT_AVAILABLE); /* no printable character */
	decode(0, FRAME(0x100, 0x07, 'x'), 0, NULL);
	assert_string_equal(s.b.text[TEXT_NAME], "Boat");
	decode(0, FRAME(0x100, 0), 0, NULL);
	decode(1, FRAME(0x101, ' '), 0, note);
	assert_int_equal(heard[0].validity, NOT_AVAILABLE); /* nothing but padding */
	struct frame empty = { .id = 0x100 };
	decode(0, empty, 0, note);
	assert_int_equal(heard[0].validity, ABSENT);
}

static void long_text(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	add_text(&d, TEXT_NAME, 0, 8, 32); /* more than there is room for on any battery: never complete */
	decode(0, FRAME(0x100, 'H', 'o', 'u', 's', 'e'), 0, note);
	assert_int_equal(heard[0].validity, ABSENT);
}

static void versions(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_field(&d, FIELD_TEXT, TEXT_FIRMWARE, bytes(2, 2));
	f->format = FORMAT_VERSION;
	decode(0, FRAME(0x100, 0, 0, 0x01, 0x18), 0, NULL);
	assert_string_equal(s.b.text[TEXT_FIRMWARE], "1.24"); /* MG's guide: 0x0118 is 1.24 */
	struct frame out;
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[2], 1);
	assert_int_equal(out.data[3], 24);
	decode(0, FRAME(0x100, 0, 0, 0x01), 0, note);
	assert_int_equal(heard[0].validity, ABSENT);
	f->place = (struct place){ .end = 4, .bits = 16, .shift = 32, .big = true }; /* the same bytes */
	decode(0, FRAME(0x100, 0, 0, 250, 100), 0, NULL);
	assert_string_equal(s.b.text[TEXT_FIRMWARE], "250.100");
	snprintf(s.b.text[TEXT_FIRMWARE], sizeof s.b.text[0], "300-1");
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[2], 255);
	f->place = bytes(0, 8);
	decode(0, FRAME(0x100, 100, 100, 100, 100, 100, 100, 100, 100), 0, NULL);
	assert_string_equal(s.b.text[TEXT_FIRMWARE], "100.100.100.100"); /* what fits into 16 characters */
	s.b.text[TEXT_FIRMWARE][0] = '\0';
	assert_false(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out));
}

static void the_largest_is_not_unknown(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	absent(add_number(&d, Q_CCL, 0, 2, false, 100), 0xFFFF);
	absent(add_number(&d, Q_CAPACITY, 2, 1, false, 1000), 0);
	struct field *wide = add_number(&d, Q_ENERGY_IN, 0, 8, false, 1);
	wide->place.bits = 64;
	d.frames[0].n_fields = 2;
	battery_set(&s.b, Q_CCL, 9000000, 0);
	struct frame out;
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0xFE);
	assert_int_equal(out.data[1], 0xFF);
	assert_int_equal(out.data[2], 0); /* unknown is the first of its absent values */
	d.frames[0].first_field = 2;
	d.frames[0].n_fields = 1;
	absent(wide, UINT64_MAX);
	battery_set(&s.b, Q_ENERGY_IN, 5, 0);
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 5);
}

static void what_a_dialect_can_say(void **state)
{
	(void)state;
	add_frame(&d, 0x100)->n_guards = 1;
	d.frames[0].guards[0] = (struct guard){ .place = bytes(1, 1), .value = 0x50 };
	struct field *f = add_field(&d, FIELD_ALARM, AL_LOW_VOLTAGE, bits_at(0, 0, 2));
	f->part = PART_BOTH;
	f->gathers = UINT64_C(1) << AL_LOW_VOLTAGE | UINT64_C(1) << AL_LOW_CELL_VOLTAGE;
	f->map[f->n_map++] = (struct map_entry){ 1, SAYS_ACTIVE }; /* it has a word for active and none for the rest */
	struct frame out;
	s.b.alarm[AL_LOW_CELL_VOLTAGE].warning = TRI_ACTIVE;
	assert_true(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out));
	assert_int_equal(out.data[0], 1); /* never less than what is so */
	assert_int_equal(out.data[1], 0x50);
	s.b.alarm[AL_LOW_CELL_VOLTAGE] = (struct alarm_state){ TRI_ACTIVE, TRI_OK };
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 1);
	s.b.alarm[AL_LOW_CELL_VOLTAGE] = (struct alarm_state){ TRI_OK, TRI_UNSUPPORTED };
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0);
	s.b.alarm[AL_LOW_CELL_VOLTAGE] = (struct alarm_state){ TRI_UNSUPPORTED, TRI_UNSUPPORTED };
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0);
}

static void cells_backwards(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(0, 2));
	f->first = 127;
	f->count = 4;
	absent(f, 0xFFFF);
	struct frame out;
	assert_false(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out)); /* no cells at all */
	s.cells.value[ARRAY_CELL_VOLTAGE][127] = 3300;
	s.cells.validity[ARRAY_CELL_VOLTAGE][127] = VALID;
	assert_true(codec_encode(&d.p, 0, 0, 0, &s.b, &s.cells, &out));
	static const uint8_t wanted[8] = { 0xFF, 0xFF, 0xE4, 0x0C, 0xFF, 0xFF, 0xFF, 0xFF };
	assert_memory_equal(out.data, wanted, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(numbers, setup),
		cmocka_unit_test_setup(ranks, setup),
		cmocka_unit_test_setup(conditions, setup),
		cmocka_unit_test_setup(arrays_of_cells, setup),
		cmocka_unit_test_setup(levels, setup),
		cmocka_unit_test_setup(map_of_numbers, setup),
		cmocka_unit_test_setup(texts, setup),
		cmocka_unit_test_setup(long_text, setup),
		cmocka_unit_test_setup(versions, setup),
		cmocka_unit_test_setup(the_largest_is_not_unknown, setup),
		cmocka_unit_test_setup(what_a_dialect_can_say, setup),
		cmocka_unit_test_setup(cells_backwards, setup),
	};
	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
