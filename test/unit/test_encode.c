/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What only whoever sends a frame must know: ids of PGNs, heartbeats, when a value counts, fast packets cut to frames. */
#include "fixture.h"

#include "core/codec.h"
#include "core/fastpacket.h"

static struct dialect d;
static struct battery b;
static struct cells cells;
static struct frame out;

static int setup(void **state)
{
	(void)state;
	dialect_start(&d, "encode");
	memset(&b, 0, sizeof b);
	memset(&cells, 0, sizeof cells);
	return 0;
}

static bool encode(unsigned address)
{
	return codec_encode(&d.p, 0, 0, address, &b, &cells, &out);
}

/* CANopen: node 5 is operational. */
static void a_heartbeat(void **state)
{
	(void)state;
	struct profile_frame *pf = add_frame(&d, 0x700);
	pf->per_address = pf->dlc = 1;
	pf->n_guards = 1;
	pf->guards[0] = (struct guard){ .place = bytes(0, 1), .value = 5 };
	assert_true(encode(5));
	assert_int_equal(out.id, 0x705);
	assert_int_equal(out.len, 1);
	assert_int_equal(out.data[0], 5);
}

/* RV-C DC_SOURCE_STATUS_1: instance 1, priority 120 (0x78), 13.8 V in 0.05 V = 276 = 0x0114; priority 6 in the id. */
static void a_pgn(void **state)
{
	(void)state;
	static const uint8_t wanted[8] = { 0x01, 0x78, 0x14, 0x01, 0xFF, 0xFF, 0xFF, 0xFF };
	struct profile_frame *pf = add_frame(&d, 0x1FFFD);
	pf->pgn = pf->ext = pf->has_priority = true;
	pf->source = SOURCE_ANY;
	pf->priority = bytes(1, 1);
	pf->n_guards = 1;
	pf->guards[0] = (struct guard){ .place = bytes(0, 1), .address = true, .demand = true };
	add_number(&d, Q_VOLTAGE, 2, 2, false, 50);
	assert_false(encode(1));
	battery_set(&b, Q_VOLTAGE, 13800, 0);
	assert_true(encode(1));
	assert_true(out.ext);
	assert_memory_equal(out.data, wanted, 8);
	assert_int_equal(codec_sent_id(pf, 0, 1, 0x80), 0x19FFFD80);
	pf->source = SOURCE_ADDRESS;
	assert_int_equal(codec_sent_id(pf, 0, 1, 0x80), 0x19FFFD01);
	pf->source = 0x45;
	assert_int_equal(codec_sent_id(pf, 0, 1, 0x80), 0x19FFFD45);
	pf->id = 0xEF00; /* to one receiver (PDU 1): to all */
	assert_int_equal(codec_sent_id(pf, 0, 1, 0x80), 0x18EFFF45);
	pf->pgn = false;
	assert_int_equal(codec_sent_id(pf, 0, 1, 0x80), 0xEF00);
}

/* A value that counts only while a bit says so; one of the bits is a value of its own, which has the last word. */
static void what_counts(void **state)
{
	(void)state;
	add_frame(&d, 0x100);
	struct field *ccl = add_number(&d, Q_CCL, 0, 2, false, 1000), *dcl = add_number(&d, Q_DCL, 2, 2, false, 1000);
	ccl->has_when = dcl->has_when = true;
	ccl->when = (struct guard){ .place = bits_at(7, 0, 2), .value = 2 };
	dcl->when = (struct guard){ .place = bits_at(6, 0, 1), .value = 1 };
	add_field(&d, FIELD_QUANTITY, Q_DISCHARGE_ENABLED, bits_at(6, 0, 1));
	battery_set(&b, Q_CCL, 50000, 0);
	battery_set(&b, Q_DCL, 60000, 0);
	battery_set(&b, Q_DISCHARGE_ENABLED, 1, 0);
	assert_true(encode(0));
	assert_int_equal(out.data[0], 50);
	assert_int_equal(out.data[2], 60);
	assert_int_equal(out.data[6], 1);
	assert_int_equal(out.data[7], 2);
	b.q[Q_CCL].validity = ABSENT; /* no 0 A: it does not count */
	battery_set(&b, Q_DISCHARGE_ENABLED, 0, 0);
	assert_true(encode(0));
	assert_int_equal(out.data[6], 0);
	assert_int_equal(out.data[7] & 3, 3);
	/* the same for a text and for elements */
	setup(NULL);
	add_frame(&d, 0x100);
	struct field *text = add_text(&d, TEXT_NAME, 0, 4, 4), *cell = add_field(&d, FIELD_ARRAY, ARRAY_CELL_VOLTAGE, bytes(4, 1));
	text->has_when = cell->has_when = true;
	text->when = (struct guard){ .place = bits_at(7, 0, 1), .value = 1 };
	cell->when = (struct guard){ .place = bits_at(7, 1, 1), .value = 1 };
	cell->first = 1;
	cell->count = 2;
	cell->num = 100;
	assert_false(encode(0));
	assert_int_equal(out.data[7], 0);
	strcpy(b.text[TEXT_NAME], "ABCDEF");
	cells.validity[ARRAY_CELL_VOLTAGE][1] = VALID;
	cells.value[ARRAY_CELL_VOLTAGE][1] = 3300;
	assert_true(encode(0));
	assert_memory_equal(out.data, "ABCD", 4);
	assert_int_equal(out.data[5], 33);
	assert_int_equal(out.data[7], 3);
	assert_false(codec_encode(&d.p, 0, 0, 0, &(struct battery){ 0 }, NULL, &out));
	cell->first = ARRAY_MAX; /* one past the last is none */
	assert_true(encode(0));
	assert_int_equal(out.data[7], 1);
	/* an alarm always has something to say */
	setup(NULL);
	add_frame(&d, 0x100);
	struct field *alarm = add_field(&d, FIELD_ALARM, AL_HIGH_VOLTAGE, bits_at(0, 0, 1));
	alarm->has_when = true;
	alarm->when = (struct guard){ .place = bits_at(7, 3, 1), .value = 1 };
	assert_true(encode(0));
	assert_int_equal(out.data[7], 8);
}

/* PGN 127506, SoC 89 %: 11 bytes with the capacity at 9, which is not known. */
static void a_fast_packet(void **state)
{
	(void)state;
	static const uint8_t wanted[11] = { 0xB9, 0x00, 0xFF, 0x59, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };
	uint8_t data[FASTPACKET_ROOM];
	struct profile_frame *pf = add_frame(&d, 0x1F212);
	pf->pgn = pf->ext = pf->fast = true;
	pf->n_guards = 2;
	pf->guards[0] = (struct guard){ .place = bytes(0, 1), .value = 0xB9 };
	pf->guards[1] = (struct guard){ .place = bytes(1, 1), .address = true, .demand = true };
	add_number(&d, Q_SOC, 3, 1, false, 100);
	struct field *far = add_number(&d, Q_CAPACITY, 0, 2, false, 1000);
	far->place.at = 9;
	absent(far, 0xFFFF);
	assert_int_equal(codec_encode_long(&d.p, 0, 0, 0, &b, NULL, data), 0);
	battery_set(&b, Q_SOC, 8900, 0);
	assert_int_equal(codec_encode_long(&d.p, 0, 0, 0, &b, NULL, data), 11);
	assert_memory_equal(data, wanted, 11);
	battery_set(&b, Q_CAPACITY, 280000, 0);
	assert_int_equal(codec_encode_long(&d.p, 0, 0, 0, &b, NULL, data), 11);
	assert_int_equal(data[9], 280 - 256);
	assert_int_equal(data[10], 1);
	assert_false(encode(0)); /* it is not one frame */
	/* how long it is says what stands last: elements, high byte first, split bytes, a constant */
	far->kind = FIELD_ARRAY;
	far->target = ARRAY_CELL_VOLTAGE;
	far->count = 3;
	assert_int_equal(codec_encode_long(&d.p, 0, 0, 0, &b, NULL, data), 15); /* 9 and 3 x 2 */
	far->place.big = true;
	far->place.shift = 48; /* bytes 0-1 of those */
	assert_int_equal(codec_encode_long(&d.p, 0, 0, 0, &b, NULL, data), 15);
	far->kind = FIELD_QUANTITY;
	far->target = Q_CAPACITY;
	far->place = (struct place){ .at = 9, .end = 6, .bits = 16, .n_split = 2, .split = { 3, 5 } };
	assert_int_equal(codec_encode_long(&d.p, 0, 0, 0, &b, NULL, data), 15);
	assert_int_equal(data[12], 280 - 256);
	assert_int_equal(data[14], 1);
	pf->guards[0].place.at = 20;
	assert_int_equal(codec_encode_long(&d.p, 0, 0, 0, &b, NULL, data), 21);
	assert_int_equal(data[20], 0xB9);
}

/* The same as canboat has it on the wire, time to go 1092 min; then all lengths there and back. */
static void cut(void **state)
{
	(void)state;
	static const uint8_t message[] = { 0xB9, 0x00, 0xFF, 0x59, 0xFF, 0x44, 0x04, 0xFF, 0xFF, 0xFF, 0xFF };
	static const uint8_t wire[2][8] = { { 0x00, 0x0B, 0xB9, 0x00, 0xFF, 0x59, 0xFF, 0x44 },
		                            { 0x01, 0x04, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF } };
	static struct fastpackets all;
	uint8_t data[FASTPACKET_MAX];
	struct frame f = { .id = 0x19F212C8, .ext = true };
	for (unsigned i = 0; i < 2; i++) {
		assert_true(fastpacket_cut(message, sizeof message, 0, i, &f));
		assert_int_equal(f.len, 8);
		assert_memory_equal(f.data, wire[i], 8);
	}
	assert_false(fastpacket_cut(message, sizeof message, 0, 2, &f));
	assert_false(fastpacket_cut(message, 0, 0, 0, &f)); /* nothing is no message */
	assert_int_equal(f.id, 0x19F212C8);
	for (unsigned i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 7);
	for (unsigned length = 1; length <= sizeof data; length++) {
		const struct fastpacket *m = NULL;
		unsigned n = 0;
		for (; fastpacket_cut(data, length, length & 7, n, &f); n++) {
			assert_null(m);
			m = fastpacket_take(&all, 0, &f, n);
		}
		assert_int_equal(n, length <= 6 ? 1 : 1 + (length - 6 + 6) / 7);
		assert_non_null(m);
		assert_int_equal(m->length, length);
		assert_memory_equal(m->data, data, length);
		assert_int_equal(m->sequence, length & 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_heartbeat, setup), cmocka_unit_test_setup(a_pgn, setup),
		cmocka_unit_test_setup(what_counts, setup), cmocka_unit_test_setup(a_fast_packet, setup),
		cmocka_unit_test(cut),
	};
	return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
