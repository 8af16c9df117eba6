/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The rarer words of a profile, in both directions: index in the data, signs by flag, folds, counts, checksums, ranges,
 * counters. */
#include "fixture.h"

#include "core/bits.h"
#include "core/quick.h"

static struct dialect d;
static struct seen s;
static struct frame out;

static int setup(void **state)
{
	(void)state;
	dialect_start(&d, "words");
	memset(&s, 0, sizeof s);
	return 0;
}

static bool decode(struct frame f)
{
	return codec_decode(&d.p, 0, 0, &f, 0, &s, NULL, NULL);
}

/* Daly 0x95: three cells a frame, byte 0 says which three. */
static void index_in_the_data(void **state)
{
	(void)state;
	struct profile_frame *pf = add_frame(&d, 0x100);
	pf->has_index = true;
	pf->index = bytes(0, 1);
	pf->group_min = 1;
	pf->group_max = 16;
	struct field *f = add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE,
	                            (struct place){ .end = 3, .bits = 16, .shift = 40, .big = true });
	f->first = (uint16_t)-2; /* 3 x index - 2 */
	f->per_group = 3;
	f->count = 3;
	assert_true(decode(FRAME(0x100, 2, 0x0C, 0xE4, 0x0C, 0xE5, 0x0C, 0xE6, 0)));
	assert_int_equal(s.cells.value[ARRAY_CELL_VOLTAGE][3], 3300);
	assert_int_equal(s.cells.value[ARRAY_CELL_VOLTAGE][5], 3302);
	assert_false(decode(FRAME(0x100, 17, 0x0C, 0xE4)));
	assert_false(decode(FRAME(0x100, 0, 0x0C, 0xE4)));
	struct frame empty = { .id = 0x100 };
	assert_false(codec_decode(&d.p, 0, 0, &empty, 0, &s, NULL, NULL));
	assert_true(codec_encode(&d.p, 0, 2, 0, &s.b, &s.cells, &out));
	static const uint8_t wanted[8] = { 2, 0x0C, 0xE4, 0x0C, 0xE5, 0x0C, 0xE6, 0 };
	assert_memory_equal(out.data, wanted, 8);
	int index = -1;
	unsigned group;
	assert_true(codec_match(&d.p, 0, &out, &index, &group));
	assert_int_equal(index, 0);
	out.id = 0x101;
	index = -1;
	assert_false(codec_match(&d.p, 0, &out, &index, &group));
}

static void matching_pgns(void **state)
{
	(void)state;
	struct profile_frame *pf = add_frame(&d, 0x1F214);
	pf->pgn = pf->ext = true;
	pf->source = SOURCE_ADDRESS;
	struct frame f = { .id = 0x19F21420, .ext = true };
	int index = -1;
	unsigned group;
	assert_true(codec_match(&d.p, 0x20, &f, &index, &group));
	index = -1;
	assert_false(codec_match(&d.p, 0x21, &f, &index, &group)); /* another source */
	f.id = 0x19F21520;
	index = -1;
	assert_false(codec_match(&d.p, 0x20, &f, &index, &group)); /* another PGN */
	f.ext = false;
	assert_false(codec_match(&d.p, 0x20, &f, &index, &group));
}

static void sign_by_a_flag(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_number(&d, Q_CURRENT, 0, 2, false, 100);
	f->has_negate = true;
	f->negate = (struct guard){ .place = bits_at(2, 0, 1), .value = 1 };
	decode(FRAME(0x100, 123, 0, 1));
	assert_int_equal(s.b.q[Q_CURRENT].value, -12300);
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 123);
	assert_int_equal(out.data[2], 1);
	decode(FRAME(0x100, 123, 0, 0));
	assert_int_equal(s.b.q[Q_CURRENT].value, 12300);
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[2], 0);
}

/* RJXZS: a current without a sign, which a flag in another frame is; U-BMS: a limit that only counts in one mode. */
static void said_elsewhere(void)
{
	add_frame(&d, 0x100);
	struct field *current = add_number(&d, Q_CURRENT, 0, 2, false, 100);
	current->has_negate = true;
	current->negate = (struct guard){ .place = bits_at(0, 6, 1), .value = 0, .mark = 1 };
	struct field *limit = add_number(&d, Q_CCL, 2, 2, false, 100);
	limit->has_when = true;
	limit->when = (struct guard){ .place = bits_at(1, 0, 2), .value = 2, .mark = 2 };
	/* these are told in the frame itself, and by the pack's address in a third one */
	struct field *soh = add_number(&d, Q_SOH, 4, 1, false, 100), *power = add_number(&d, Q_POWER, 5, 1, false, 1000);
	soh->has_when = power->has_negate = true;
	soh->when = power->negate = (struct guard){ .place = bits_at(6, 0, 1), .value = 1 };
	struct field *cycles = add_number(&d, Q_CYCLES, 7, 1, false, 1);
	cycles->has_when = true;
	cycles->when = (struct guard){ .place = bytes(0, 1), .address = true, .mark = 3 };
	add_frame(&d, 0x101);
	add_number(&d, Q_SOC, 2, 1, false, 100);
	add_frame(&d, 0x102);
	for (int i = 1; i <= 2; i++) {
		d.p.frames[i].marked = true;
		d.p.frames[i].stale = 5 * SEC;
	}
	d.p.n_marks = 3;
	d.p.marks[0] = (struct mark){ 1, current->negate.place };
	d.p.marks[1] = (struct mark){ 1, limit->when.place };
	d.p.marks[2] = (struct mark){ 2, cycles->when.place };
	quick_prepare(&d.p);
}

static void hear_at(unsigned index, struct frame f, int64_t now)
{
	codec_decode(&d.p, index, 0, &f, now, &s, NULL, NULL);
}

static void what_another_frame_says(void **state)
{
	(void)state;
	said_elsewhere();
	assert_false(d.p.frames[1].numbers);
	s.address = 7;
	const struct frame value = FRAME(0x100, 123, 0, 0xF4, 0x01, 99, 3, 1, 62);
	/* not said yet: a number whose sign is not known is none */
	hear_at(0, value, 0);
	assert_int_equal(s.b.q[Q_CURRENT].validity, ABSENT);
	assert_int_equal(s.b.q[Q_CCL].validity, ABSENT);
	assert_int_equal(s.b.q[Q_CYCLES].validity, ABSENT);
	assert_int_equal(s.b.q[Q_SOH].value, 9900);
	assert_int_equal(s.b.q[Q_POWER].value, -3000);
	hear_at(1, FRAME(0x101, 0x40, 0x02, 50), 1 * SEC);
	hear_at(2, FRAME(0x102, 7), 1 * SEC);
	assert_int_equal(s.b.q[Q_SOC].value, 5000);
	hear_at(0, value, 6 * SEC);
	assert_int_equal(s.b.q[Q_CURRENT].value, 12300);
	assert_int_equal(s.b.q[Q_CCL].value, 50000);
	assert_int_equal(s.b.q[Q_CYCLES].value, 62);
	/* the other way round, a mode in which the limit does not count, another pack: the old ones stay, and get old */
	hear_at(1, FRAME(0x101, 0xBF, 0x01, 50), 7 * SEC);
	hear_at(2, FRAME(0x102, 8), 7 * SEC);
	hear_at(0, value, 8 * SEC);
	assert_int_equal(s.b.q[Q_CURRENT].value, -12300);
	assert_int_equal(s.b.q[Q_CURRENT].time, 8 * SEC);
	assert_int_equal(s.b.q[Q_CCL].time, 6 * SEC);
	assert_int_equal(s.b.q[Q_CYCLES].time, 6 * SEC);
	/* it comes without those bytes, and then not at all */
	hear_at(1, make_frame(0x101, 0, (const uint8_t[8]){ 0 }), 9 * SEC);
	hear_at(0, value, 12 * SEC);
	assert_int_equal(s.b.q[Q_CURRENT].time, 12 * SEC);
	hear_at(0, value, 12 * SEC + 1);
	assert_int_equal(s.b.q[Q_CURRENT].time, 12 * SEC);
	/* and a frame in which the flag itself is cut off */
	hear_at(0, FRAME(0x100, 123, 0, 0xF4, 0x01, 99, 3), 13 * SEC);
	assert_int_equal(s.b.q[Q_POWER].time, 12 * SEC + 1);
}

static void what_is_said_for_another_frame(void **state)
{
	(void)state;
	uint8_t data[FASTPACKET_ROOM];
	said_elsewhere();
	battery_set(&s.b, Q_CURRENT, -12300, 0);
	battery_set(&s.b, Q_CCL, 50000, 0);
	assert_true(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out));
	assert_int_equal(out.data[0], 123); /* nothing of the flag in this frame */
	assert_int_equal(out.data[1], 0);
	codec_encode(&d.p, 1, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0);
	assert_int_equal(out.data[1], 2);
	battery_set(&s.b, Q_CURRENT, 12300, 0);
	s.b.q[Q_CCL].validity = ABSENT;
	codec_encode(&d.p, 1, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0x40);
	assert_int_equal(out.data[1], 3);
	/* J1939 fills up with ones: what is not told is not changed */
	d.p.frames[1].pgn = d.p.frames[1].ext = d.p.frames[1].fast = true;
	battery_set(&s.b, Q_CURRENT, -12300, 0);
	codec_encode_long(&d.p, 1, 0, 0, &s.b, NULL, data);
	assert_int_equal(data[0], 0xBF);
	assert_int_equal(data[1], 0xFF);
}

static void folds(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	absent(add_number(&d, Q_CELL_VOLTAGE_MAX, 0, 2, false, 1), 0);
	struct field *more = add_number(&d, Q_CELL_VOLTAGE_MAX, 2, 2, false, 1);
	more->fold = FOLD_MAX;
	absent(more, 0);
	add_number(&d, Q_CELL_VOLTAGE_MIN, 0, 2, false, 1);
	add_number(&d, Q_CELL_VOLTAGE_MIN, 2, 2, false, 1)->fold = FOLD_MIN;
	struct frame f = words4(0x100, 3300, 3400, 0, 0);
	decode(f);
	assert_int_equal(s.b.q[Q_CELL_VOLTAGE_MAX].value, 3400);
	assert_int_equal(s.b.q[Q_CELL_VOLTAGE_MIN].value, 3300);
	f = words4(0x100, 3400, 3300, 0, 0); /* a clone with the other order */
	decode(f);
	assert_int_equal(s.b.q[Q_CELL_VOLTAGE_MAX].value, 3400);
	assert_int_equal(s.b.q[Q_CELL_VOLTAGE_MIN].value, 3300);
	f = words4(0x100, 3350, 0, 0, 0);
	decode(f);
	assert_int_equal(s.b.q[Q_CELL_VOLTAGE_MAX].value, 3350);
	f = words4(0x100, 0, 3360, 0, 0); /* the first has none: the other alone */
	decode(f);
	assert_int_equal(s.b.q[Q_CELL_VOLTAGE_MAX].value, 3360);
}

static void alarm_folds(enum alarm_part part, uint8_t word, uint8_t alarm, uint8_t warning)
{
	setup(NULL);
	add_frame(&d, 0x100);
	for (unsigned i = 0; i < 2; i++) {
		struct field *f = add_field(&d, FIELD_ALARM, AL_HIGH_VOLTAGE, bits_at(i, 0, 2));
		f->part = part;
		f->fold = i ? FOLD_MAX : FOLD_REPLACE;
		static const enum alarm_word words[] = { SAYS_OK, SAYS_WARNING, SAYS_ALARM, SAYS_ACTIVE };
		for (unsigned k = 0; k < 4; k++)
			f->map[f->n_map++] = (struct map_entry){ k, words[k] };
	}
	decode(FRAME(0x100, 0, 0));
	decode(FRAME(0x100, 0, alarm == TRI_ACTIVE ? word : 1)); /* the second word has it */
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].alarm, alarm);
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].warning, warning);
}

static void alarms_fold(void **state)
{
	(void)state;
	alarm_folds(PART_ALARM, 3, TRI_ACTIVE, TRI_UNSUPPORTED);
	alarm_folds(PART_BOTH, 2, TRI_ACTIVE, TRI_OK);
	alarm_folds(PART_BOTH, 3, TRI_ACTIVE, TRI_OK);
	alarm_folds(PART_BOTH, 1, TRI_OK, TRI_ACTIVE);
	setup(NULL);
	add_frame(&d, 0x100);
	for (unsigned i = 0; i < 2; i++) {
		struct field *f = add_field(&d, FIELD_ALARM, AL_HIGH_VOLTAGE, bits_at(i, 0, 1));
		f->part = PART_WARNING;
		f->fold = i ? FOLD_MAX : FOLD_REPLACE;
	}
	decode(FRAME(0x100, 1, 0));
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].warning, TRI_ACTIVE);
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_UNSUPPORTED);
	decode(FRAME(0x100, 0, 0));
	assert_int_equal(s.b.alarm[AL_HIGH_VOLTAGE].warning, TRI_OK);
}

static void counts(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_number(&d, Q_MODULES_BLOCKING_CHARGE, 0, 1, false, 1);
	f->format = FORMAT_COUNT;
	decode(FRAME(0x100, 0xA1));
	assert_int_equal(s.b.q[Q_MODULES_BLOCKING_CHARGE].value, 3);
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0x07); /* so many bits */
	battery_set(&s.b, Q_MODULES_BLOCKING_CHARGE, 0, 0);
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0);
	battery_set(&s.b, Q_MODULES_BLOCKING_CHARGE, 20, 0);
	codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out);
	assert_int_equal(out.data[0], 0xFF);
}

static void sums(void **state)
{
	(void)state;
	struct profile_frame *pf = add_frame(&d, 0x36);
	pf->checksum = (struct checksum){ .kind = CHECKSUM_SUM8, .place = bytes(7, 1), .to = 6, .with_id = true,
		                          .with_length = true };
	pf->n_guards = 1;
	pf->guards[0] = (struct guard){ .place = bytes(0, 1), .address = true };
	add_number(&d, Q_SOC, 1, 1, false, 100);
	assert_false(decode(FRAME(0x36, 9, 50, 0, 0, 0, 0, 0, 0x7A)));
	assert_int_equal(s.b.q[Q_SOC].validity, ABSENT);
	assert_true(decode(FRAME(0x36, 9, 50, 0, 0, 0, 0, 0, 0x79))); /* 0x36 + 8 + 9 + 50 = 0x79 */
	assert_true(codec_encode(&d.p, 0, 0, 9, &s.b, NULL, &out));
	assert_int_equal(out.data[0], 9);
	assert_int_equal(out.data[7], 0x79);
}

/* The bytes 0 and 1 that are sent for this value; INT64_MAX: it is not known. */
static unsigned sent(int64_t value)
{
	if (value == INT64_MAX)
		s.b.q[Q_CURRENT].validity = NOT_AVAILABLE;
	else
		battery_set(&s.b, Q_CURRENT, value, 0);
	add_number(&d, Q_SOC, 4, 1, false, 1); /* so that there is something to say */
	battery_set(&s.b, Q_SOC, 0, 0);
	assert_true(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out));
	d.p.n_fields--;
	d.frames[0].n_fields--;
	return out.data[0] | (unsigned)out.data[1] << 8;
}

static enum validity read_current(unsigned raw)
{
	decode(words4(0x100, (int)raw, 0, 0, 0));
	return s.b.q[Q_CURRENT].validity;
}

static void ranges(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_number(&d, Q_CURRENT, 0, 2, false, 1);
	f->has_range = true;
	f->low = 10;
	f->high = 0xFCFF;
	quick_prepare(&d.p); /* which must not take it for a plain number */
	assert_int_equal(read_current(10), VALID);
	assert_int_equal(read_current(9), NOT_AVAILABLE);
	assert_int_equal(read_current(0xFCFF), VALID);
	assert_int_equal(s.b.q[Q_CURRENT].value, 0xFCFF);
	assert_int_equal(read_current(0xFD00), NOT_AVAILABLE);
	assert_int_equal(read_current(0xFFFF), NOT_AVAILABLE);
	assert_int_equal(sent(0xFD12), 0xFCFF); /* never more than can be said, and never as unknown */
	assert_int_equal(sent(9), 10);
	assert_int_equal(sent(1000), 1000);
	assert_int_equal(sent(INT64_MAX), 0xFFFF);
	f->high = 0xFFFF;
	assert_int_equal(sent(INT64_MAX), 0);
	absent(f, 5);
	assert_int_equal(sent(INT64_MAX), 5);
}

static void ranges_with_a_sign(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *f = add_number(&d, Q_CURRENT, 0, 2, true, 1);
	f->has_range = true;
	f->low = -400;
	f->high = 400;
	assert_int_equal(read_current(0x10000 - 400), VALID);
	assert_int_equal(s.b.q[Q_CURRENT].value, -400);
	assert_int_equal(read_current(0x10000 - 401), NOT_AVAILABLE);
	assert_int_equal(read_current(400), VALID);
	assert_int_equal(read_current(401), NOT_AVAILABLE);
	assert_int_equal(read_current(0x8000), NOT_AVAILABLE);
	assert_int_equal(sent(-500), 0x10000 - 400);
	assert_int_equal(sent(INT64_MAX), 0x7FFF);
	f->high = 0x7FFF;
	assert_int_equal(sent(INT64_MAX), 0x8000);
}

static enum decoded take(struct frame f)
{
	return codec_decode(&d.p, 0, 0, &f, 0, &s, NULL, NULL);
}

/* Daly 0x93, byte 3: a life counter. */
static void counters(void **state)
{
	(void)state;
	add_frame(&d, 0x100)->has_counter = true;
	d.frames[0].counter = bytes(3, 1);
	d.frames[0].counter_slot = 2;
	add_number(&d, Q_SOC, 0, 1, false, 100);
	assert_int_equal(take(FRAME(0x100, 50, 0, 0, 0)), DECODED); /* the first one, whatever it is */
	assert_int_equal(take(FRAME(0x100, 60, 0, 0, 0)), DECODED_REPEATED);
	assert_int_equal(s.b.q[Q_SOC].value, 5000);
	assert_int_equal(take(FRAME(0x100, 60, 0, 0, 1)), DECODED);
	assert_int_equal(s.b.q[Q_SOC].value, 6000);
	assert_int_equal(take(FRAME(0x100, 70, 0, 0, 0)), DECODED); /* backwards, or round: it has moved */
	assert_int_equal(s.b.q[Q_SOC].value, 7000);
	assert_int_equal(take(FRAME(0x100, 80, 0, 0)), DECODED_NOT); /* too short to tell */
	assert_int_equal(s.b.q[Q_SOC].value, 7000);
	assert_int_equal(s.counted, 1 << 2);
	assert_true(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out));
	codec_count(&d.frames[0], &out, 0x1FF);
	assert_int_equal(out.data[0], 70);
	assert_int_equal(out.data[3], 0xFF);
}

/* What is no frame of this kind, or damaged, says nothing about its counter either. */
static void counters_that_count(void **state)
{
	(void)state;
	struct profile_frame *pf = add_frame(&d, 0x100);
	pf->has_counter = true;
	pf->counter = bytes(1, 1);
	pf->n_guards = 1;
	pf->guards[0] = (struct guard){ .place = bytes(0, 1), .value = 7, .demand = true };
	pf->checksum = (struct checksum){ .kind = CHECKSUM_SUM8, .place = bytes(3, 1), .to = 2 };
	add_number(&d, Q_SOC, 2, 1, false, 100);
	assert_int_equal(take(FRAME(0x100, 7, 1, 50, 58)), DECODED);
	assert_int_equal(take(FRAME(0x100, 8, 2, 60, 70)), DECODED_NOT); /* another page */
	assert_int_equal(take(FRAME(0x100, 7, 2, 60, 70)), DECODED_NOT); /* 69 */
	assert_int_equal(take(FRAME(0x100, 7, 2, 60, 69)), DECODED);
	assert_true(codec_encode(&d.p, 0, 0, 0, &s.b, NULL, &out));
	codec_count(pf, &out, 5);
	static const uint8_t wanted[4] = { 7, 5, 60, 72 };
	assert_memory_equal(out.data, wanted, 4);
}

static void beyond_the_message(void **state)
{
	(void)state;
	static const uint8_t data[24] = { [10] = 0x34, [11] = 0x12 };
	struct words w = bits_words_of(data, 12);
	struct place p = bytes(0, 2);
	uint64_t raw;
	p.at = 10;
	assert_true(bits_get(&w, &p, 0, &raw));
	assert_int_equal(raw, 0x1234);
	p.at = 11;
	assert_false(bits_get(&w, &p, 0, &raw));
	p.at = 13;
	assert_false(bits_get(&w, &p, 0, &raw));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(index_in_the_data, setup), cmocka_unit_test_setup(matching_pgns, setup),
		cmocka_unit_test_setup(sign_by_a_flag, setup),    cmocka_unit_test_setup(folds, setup),
		cmocka_unit_test_setup(alarms_fold, setup),       cmocka_unit_test_setup(counts, setup),
		cmocka_unit_test_setup(sums, setup),              cmocka_unit_test_setup(ranges, setup),
		cmocka_unit_test_setup(ranges_with_a_sign, setup), cmocka_unit_test_setup(counters, setup),
		cmocka_unit_test_setup(counters_that_count, setup), cmocka_unit_test(beyond_the_message),
		cmocka_unit_test_setup(what_another_frame_says, setup),
		cmocka_unit_test_setup(what_is_said_for_another_frame, setup),
	};
	return cmocka_run_group_tests_name("words_core", tests, NULL, NULL);
}
