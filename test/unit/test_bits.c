/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Numbers in and out of data bytes. The bytes are written out in hexadecimal, so that each value can be read off. */
#include "fixture.h"

#include "core/bits.h"

static const struct frame sample = { .id = 1, .len = 8, .data = { 0x12, 0x34, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0 } };

static uint64_t get(const struct frame *f, struct place p, unsigned step)
{
	struct words w = bits_words(f);
	uint64_t raw = 0;
	assert_true(bits_get(&w, &p, step, &raw));
	return raw;
}

static bool fits(const struct frame *f, struct place p, unsigned step)
{
	struct words w = bits_words(f);
	uint64_t raw;
	return bits_get(&w, &p, step, &raw);
}

static void words_of_a_frame(void **state)
{
	(void)state;
	struct words w = bits_words(&sample);
	assert_true(w.little == UINT64_C(0xF0DEBC9A78563412));
	assert_true(w.big == UINT64_C(0x123456789ABCDEF0));
	assert_int_equal(w.len, 8);
	/* bytes beyond the length do not count, even when the caller left something in them */
	struct frame cut = sample;
	cut.len = 2;
	w = bits_words(&cut);
	assert_true(w.little == 0x3412 && w.big == UINT64_C(0x1234000000000000));
	cut.len = 12; /* a length that no classical frame has */
	assert_int_equal(bits_words(&cut).len, 8);
}

static void little_endian(void **state)
{
	(void)state;
	assert_int_equal(get(&sample, bytes(0, 2), 0), 0x3412);
	assert_int_equal(get(&sample, bytes(4, 2), 0), 0xBC9A);
	assert_int_equal(get(&sample, bytes(4, 2), 1), 0xF0DE); /* next element */
	assert_int_equal(get(&sample, bits_at(0, 4, 4), 0), 0x1); /* high half of 0x12 */
	assert_int_equal(get(&sample, bits_at(1, 2, 3), 0), 0x5); /* 0x34 = 0011 0100: bits 2 to 4 are 1, 0, 1 */
	assert_true(get(&sample, bytes(0, 8), 0) == UINT64_C(0xF0DEBC9A78563412));
}

static void big_endian(void **state)
{
	(void)state;
	/* bytes 0-1 of the word that starts with byte 0: its topmost 16 bits */
	struct place p = { .end = 2, .bits = 16, .shift = 48, .big = true };
	assert_int_equal(get(&sample, p, 0), 0x1234);
	assert_int_equal(get(&sample, p, 1), 0x5678);
	assert_int_equal(get(&sample, p, 3), 0xDEF0);
	assert_false(fits(&sample, p, 4)); /* beyond byte 7 */
	struct frame cut = sample;
	cut.len = 3;
	assert_true(fits(&cut, p, 0));
	assert_false(fits(&cut, p, 1)); /* needs byte 3 */
}

static void split_bytes(void **state)
{
	(void)state;
	/* low byte in byte 6, high byte in byte 1: 0x34DE; its upper 12 bits are 0x34D */
	struct place p = { .end = 7, .bits = 16, .n_split = 2, .split = { 6, 1 } };
	assert_int_equal(get(&sample, p, 0), 0x34DE);
	assert_false(fits(&sample, p, 1)); /* no arrays of split numbers */
	p.bits = 12;
	p.shift = 4;
	assert_int_equal(get(&sample, p, 0), 0x34D);
	struct frame cut = sample;
	cut.len = 6;
	assert_false(fits(&cut, p, 0));
}

static void short_frames(void **state)
{
	(void)state;
	struct frame cut = sample;
	for (unsigned len = 0; len <= 8; len++) {
		cut.len = (uint8_t)len;
		assert_int_equal(fits(&cut, bytes(3, 2), 0), len >= 5);
	}
	assert_false(fits(&sample, bytes(6, 2), 1)); /* past the 8 bytes */
}

static void put_is_the_inverse(void **state)
{
	(void)state;
	uint8_t data[8] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
	struct place p = bits_at(1, 2, 3);
	bits_put(data, &p, 0, 0x2); /* x x x 010 x x: 1110 1011 */
	assert_int_equal(data[1], 0xEB);
	assert_int_equal(data[0], 0xFF);
	p = bytes(4, 2);
	bits_put(data, &p, 1, 0xABCD);
	assert_int_equal(data[6], 0xCD);
	assert_int_equal(data[7], 0xAB);
	assert_int_equal(data[5], 0xFF);
	bits_put(data, &p, 2, 0x1111); /* outside: nothing happens */
	assert_int_equal(data[7], 0xAB);
	p = (struct place){ .end = 2, .bits = 16, .shift = 48, .big = true };
	bits_put(data, &p, 0, 0x91234); /* excess bits are dropped */
	assert_int_equal(data[0], 0x12);
	assert_int_equal(data[1], 0x34);
	p = (struct place){ .end = 7, .bits = 12, .shift = 4, .n_split = 2, .split = { 6, 1 } };
	memset(data, 0xFF, sizeof data);
	bits_put(data, &p, 0, 0x34D);
	assert_int_equal(data[1], 0x34);
	assert_int_equal(data[6], 0xDF); /* its low half is not part of the number */
	memset(data, 0, sizeof data);
	p = bytes(0, 8);
	bits_put(data, &p, 0, UINT64_C(0xF0DEBC9A78563412));
	assert_memory_equal(data, sample.data, 8);
}

static void signs(void **state)
{
	(void)state;
	assert_int_equal(bits_signed(0x7FFF, 16), 32767);
	assert_int_equal(bits_signed(0x8000, 16), -32768);
	assert_int_equal(bits_signed(0xFFFF, 16), -1);
	assert_int_equal(bits_signed(0x8, 4), -8);
	assert_int_equal(bits_signed(1, 1), -1);
	assert_true(bits_signed(UINT64_MAX, 64) == -1);
	assert_true(bits_signed(UINT64_C(1) << 63, 64) == INT64_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_a_frame), cmocka_unit_test(little_endian), cmocka_unit_test(big_endian),
		cmocka_unit_test(split_bytes),      cmocka_unit_test(short_frames),  cmocka_unit_test(put_is_the_inverse),
		cmocka_unit_test(signs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
