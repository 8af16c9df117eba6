/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Fast packets joined, and checksums. */
#include "fixture.h"

#include "core/checksum.h"
#include "core/fastpacket.h"

static struct fastpackets all;

static int setup(void **state)
{
	(void)state;
	memset(&all, 0, sizeof all);
	return 0;
}

static struct frame part(uint32_t source, uint8_t first, uint8_t second)
{
	struct frame f = FRAME(0x19F21200, first, second, 1, 2, 3, 4, 5, 6);
	f.id |= source;
	f.ext = true;
	return f;
}

static const struct fastpacket *take(struct frame f, int64_t now)
{
	return fastpacket_take(&all, 0, &f, now);
}

/* PGN 127506 as canboat has it on the wire: SoC 89 % (0x59), 1092 min (0x0444). */
static void a_real_one(void **state)
{
	(void)state;
	struct frame a = FRAME(0x19F212C8, 0x00, 0x0B, 0xB9, 0x00, 0xFF, 0x59, 0xFF, 0x44);
	struct frame b = FRAME(0x19F212C8, 0x01, 0x04, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF);
	static const uint8_t wanted[] = { 0xB9, 0x00, 0xFF, 0x59, 0xFF, 0x44, 0x04, 0xFF, 0xFF, 0xFF, 0xFF };
	a.ext = b.ext = true;
	assert_null(take(a, 0));
	const struct fastpacket *m = take(b, 1);
	assert_non_null(m);
	assert_int_equal(m->length, 11);
	assert_memory_equal(m->data, wanted, 11);
}

static void two_senders(void **state)
{
	(void)state;
	assert_null(take(part(1, 0x20, 8), 0));
	assert_null(take(part(2, 0x20, 8), 0));
	assert_int_equal(take(part(1, 0x21, 9), 1)->id & 0xFF, 1);
	assert_int_equal(take(part(2, 0x21, 9), 1)->id & 0xFF, 2);
}

static void what_does_not_fit(void **state)
{
	(void)state;
	struct frame tiny = part(1, 0x20, 8);
	tiny.len = 1;
	assert_null(take(tiny, 0));
	assert_null(take(part(1, 0x20, 0), 0));          /* no length */
	assert_null(take(part(1, 0x20, 224), 0));        /* too long */
	assert_null(take(part(1, 0x21, 1), 0));          /* the middle of nothing */
	assert_null(take(part(1, 0x20, 20), 0));
	assert_null(take(part(1, 0x22, 1), 1));          /* frame 1 is missing */
	assert_null(take(part(1, 0x21, 1), 2));          /* and can't come later */
	assert_null(take(part(1, 0x20, 8), 3));
	assert_null(take(part(1, 0x41, 1), 4));          /* another sequence */
	assert_null(take(part(1, 0x20, 8), 5));
	assert_null(take(part(1, 0x21, 1), 5 + 750001)); /* too late: 750 ms */
	assert_null(take(part(1, 0x20, 8), 6));
	assert_null(take(part(1, 0x20, 8), 7));          /* begun anew */
	assert_non_null(take(part(1, 0x21, 1), 8));
	assert_non_null(take(part(1, 0x20, 4), 9));      /* short enough for one frame */
}

static void many_at_once(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FASTPACKETS; i++)
		take(part(i, 0x20, 8), i == 3 ? 0 : 10 + i);
	take(part(100, 0x20, 8), 100); /* takes the place of the oldest */
	assert_null(take(part(3, 0x21, 1), 101));
	assert_non_null(take(part(4, 0x21, 1), 101));
	assert_non_null(take(part(100, 0x21, 1), 101));
	struct frame other_port = part(5, 0x21, 1);
	assert_null(fastpacket_take(&all, 1, &other_port, 102));
}

/* Orion: (0x36 + 8 + the seven bytes) & 0xFF: 0x36 + 8 + 1 + 2 + 3 + 4 + 5 + 6 + 7 = 0x5A */
static void sums(void **state)
{
	(void)state;
	struct frame f = FRAME(0x36, 1, 2, 3, 4, 5, 6, 7, 0x5A);
	struct checksum c = { .kind = CHECKSUM_SUM8, .place = bytes(7, 1), .to = 6, .with_id = true, .with_length = true };
	assert_true(checksum_holds(&c, &f));
	f.data[0] = 2;
	assert_false(checksum_holds(&c, &f));
	c.with_id = c.with_length = false;
	assert_int_equal(checksum_of(&c, &f), 29); /* 2 + 2 + 3 + 4 + 5 + 6 + 7 */
	c.kind = CHECKSUM_XOR8;
	assert_int_equal(checksum_of(&c, &f), 2 ^ 2 ^ 3 ^ 4 ^ 5 ^ 6 ^ 7);
	f.len = 6;
	assert_false(checksum_holds(&c, &f)); /* not all of it is there */
	f.len = 7;
	assert_false(checksum_holds(&c, &f)); /* all but the sum itself */
}

/* The check values of the catalogue of CRCs: over "123456789", here its first 6 are 31..36 and worked out by hand for 1. */
static void crcs(void **state)
{
	(void)state;
	/* CRC-8, polynomial 07, of the byte 01 is 07; of 80: 80 << 1 leaves 89 after seven shifts (table of CRC-8/SMBUS) */
	struct frame f = FRAME(0x100, 0x01, 0x80);
	struct checksum c = { .kind = CHECKSUM_CRC8, .place = bytes(7, 1), .poly = 0x07 };
	assert_int_equal(checksum_of(&c, &f), 0x07);
	c.from = c.to = 1;
	assert_int_equal(checksum_of(&c, &f), 0x89);
	c.init = 0x80;
	assert_int_equal(checksum_of(&c, &f), 0x00);
	c.final = 0x55;
	assert_int_equal(checksum_of(&c, &f), 0x55);
	/* Modbus: the request 01 04 02 FF FF ends in B8 80, low byte first (Modbus over serial line, worked example) */
	struct frame m = FRAME(0x100, 0x01, 0x04, 0x02, 0xFF, 0xFF, 0xB8, 0x80);
	c = (struct checksum){ .kind = CHECKSUM_CRC16_MODBUS, .place = bytes(5, 2), .to = 4 };
	assert_true(checksum_holds(&c, &m));
	c.kind = CHECKSUM_NONE;
	assert_int_equal(checksum_of(&c, &m), (0x01 + 0x04 + 0x02 + 0xFF + 0xFF) & 0xFF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_real_one, setup),    cmocka_unit_test_setup(two_senders, setup),
		cmocka_unit_test_setup(what_does_not_fit, setup), cmocka_unit_test_setup(many_at_once, setup),
		cmocka_unit_test(sums),                       cmocka_unit_test(crcs),
	};
	return cmocka_run_group_tests_name("fastpacket", tests, NULL, NULL);
}
