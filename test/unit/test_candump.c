/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The text forms of candump: lines as can-utils writes them, and lines nobody should write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "core/candump.h"

static void same_frame(const struct frame *f, uint32_t id, bool ext, const char *bytes, unsigned len)
{
	uint8_t want[8] = { 0 };

	memcpy(want, bytes, len);
	assert_int_equal(f->id, id);
	assert_int_equal(f->ext, ext);
	assert_int_equal(f->len, len);
	assert_memory_equal(f->data, want, 8);
}

static void log_form(void **state)
{
	struct logged l;

	(void)state;
	assert_int_equal(candump_parse("(1700000000.020000) can0 351#1402740E740ECC01", &l), CANDUMP_FRAME);
	assert_true(l.has_time);
	assert_int_equal(l.time, 1700000000020000);
	assert_string_equal(l.iface, "can0");
	same_frame(&l.frame, 0x351, false, "\x14\x02\x74\x0e\x74\x0e\xcc\x01", 8);

	/* 8 digits: 29 bits, also when the value would fit in 11 */
	assert_int_equal(candump_parse("(0.5) vcan12 18E028F4#0d0a", &l), CANDUMP_FRAME);
	assert_int_equal(l.time, 500000);
	assert_string_equal(l.iface, "vcan12");
	same_frame(&l.frame, 0x18E028F4, true, "\x0d\x0a", 2);
	assert_int_equal(candump_parse("(0.000001) can0 00000351#AA", &l), CANDUMP_FRAME);
	assert_int_equal(l.time, 1);
	same_frame(&l.frame, 0x351, true, "\xaa", 1);

	/* direction of `candump -x`, CR LF, lower case, no data, dots between the bytes, a raw DLC */
	assert_int_equal(candump_parse("(1.000000) can0 7ff# R\r\n", &l), CANDUMP_FRAME);
	same_frame(&l.frame, 0x7FF, false, "", 0);
	assert_int_equal(candump_parse("(1.000000) can0 35e#50.59.4c\r\n", &l), CANDUMP_FRAME);
	same_frame(&l.frame, 0x35E, false, "PYL", 3);
	assert_int_equal(candump_parse("(1.000000) can0 123#0102030405060708_F", &l), CANDUMP_FRAME);
	assert_int_equal(candump_parse("(1.000000) can0 123#0102030405060708_9 T", &l), CANDUMP_FRAME);
	assert_int_equal(l.frame.len, 8);

	/* nanoseconds are cut to microseconds */
	assert_int_equal(candump_parse("(1700000000.123456789) can0 123#01", &l), CANDUMP_FRAME);
	assert_int_equal(l.time, 1700000000123456);
}

static void screen_form(void **state)
{
	struct logged l;

	(void)state;
	assert_int_equal(candump_parse("  can0  351   [8]  14 02 74 0E 74 0E CC 01", &l), CANDUMP_FRAME);
	assert_false(l.has_time);
	assert_string_equal(l.iface, "can0");
	same_frame(&l.frame, 0x351, false, "\x14\x02\x74\x0e\x74\x0e\xcc\x01", 8);

	assert_int_equal(candump_parse(" (1700000000.250000)  can1  18E028F4   [2]  0d 0a\r\n", &l), CANDUMP_FRAME);
	assert_int_equal(l.time, 1700000000250000);
	same_frame(&l.frame, 0x18E028F4, true, "\x0d\x0a", 2);

	assert_int_equal(candump_parse("  can0  TX B E  351   [1]  14", &l), CANDUMP_FRAME);
	assert_int_equal(candump_parse("(1) can0 RX - -  351#14", &l), CANDUMP_FRAME);
	assert_int_equal(l.time, 1000000);
	assert_int_equal(candump_parse("351#14", &l), CANDUMP_FRAME); /* as in profile samples */
	assert_string_equal(l.iface, "");
	assert_int_equal(candump_parse("  can0  351   [1]  14  A note", &l), CANDUMP_FRAME);
	assert_int_equal(candump_parse("  can0  351   [1]  14  ADD this", &l), CANDUMP_FRAME);

	assert_int_equal(candump_parse("can0  305   [0]", &l), CANDUMP_FRAME);
	same_frame(&l.frame, 0x305, false, "", 0);

	/* candump -a, -x */
	assert_int_equal(candump_parse("  can0  35E   [5]  50 59 4C 4F 4E            'PYLON'", &l), CANDUMP_FRAME);
	same_frame(&l.frame, 0x35E, false, "PYLON", 5);
	assert_int_equal(candump_parse("  can0  RX - -  35E   [2]  50 59", &l), CANDUMP_FRAME);
	same_frame(&l.frame, 0x35E, false, "PY", 2);

	/* candump -t A; 2023-11-14 22:13:20 is 1700000000, and 2024-02-29 00:00:00 is 1709164800 (date -u) */
	assert_int_equal(candump_parse(" (2023-11-14 22:13:20.100000)  can0  351   [1]  14", &l), CANDUMP_FRAME);
	assert_int_equal(l.time, 1700000000100000);
	assert_int_equal(candump_parse(" (2024-02-29 00:00:00.000000)  can0  351   [1]  14", &l), CANDUMP_FRAME);
	assert_int_equal(l.time, 1709164800000000);
}

static void not_data(void **state)
{
	struct logged l;

	(void)state;
	assert_int_equal(candump_parse("", &l), CANDUMP_BLANK);
	assert_int_equal(candump_parse(" \t\r\n", &l), CANDUMP_BLANK);
	assert_int_equal(candump_parse("# 351#1402", &l), CANDUMP_BLANK);
	assert_int_equal(candump_parse("; 351#1402", &l), CANDUMP_BLANK);
	assert_int_equal(candump_parse("(1.000000) can0 351#R", &l), CANDUMP_REMOTE);
	assert_int_equal(candump_parse("(1.000000) can0 351#r", &l), CANDUMP_REMOTE);
	assert_true(l.has_time);
	assert_string_equal(l.iface, "can0");
	assert_int_equal(candump_parse("(1.000000) can0 351#R8", &l), CANDUMP_REMOTE);
	assert_int_equal(candump_parse("(1.000000) can0 18E028F4#R4 T", &l), CANDUMP_REMOTE);
	assert_int_equal(candump_parse("  can0  351   [8]  remote request", &l), CANDUMP_REMOTE);
	assert_int_equal(candump_parse("(1.000000) can0 351##1112233445566778899", &l), CANDUMP_FD);
	assert_int_equal(candump_parse("  can0  351  [12]  00 11 22 33 44 55 66 77 88 99 AA BB", &l), CANDUMP_FD);
	assert_int_equal(candump_parse("  can0  351  [08]  00 11 22 33 44 55 66 77", &l), CANDUMP_FD);
	assert_int_equal(candump_parse("(1.000000) can0 20000004#0004000000000000", &l), CANDUMP_ERROR_FRAME);
	assert_int_equal(candump_parse("  can0  20000004   [8]  00 04 00 00 00 00 00 00   ERRORFRAME", &l),
	                 CANDUMP_ERROR_FRAME);
	/* nothing of such a frame is left to be taken for data */
	same_frame(&l.frame, 0, false, "", 0);
}

static void junk(void **state)
{
	static const char *const lines[] = {
		"hello", "351", "(", "()", "(1.0", "(1.) can0 351#11", "(x) can0 351#11", "(-1.0) can0 351#11",
		"(1.0) can0", "(1.0) can0 #11", "(1.0) can0 35#11", "(1.0) can0 3511#11", "(1.0) can0 35G#11",
		"(1.0) can0 800#11", /* over 11 bits */
		"(1.0) can0 40000351#11", "(1.0) can0 A0000004#11", "(1.0) can0 FFFFFFFF#11", /* over 29 bits */
		"(1.0) can0 351#1", "(1.0) can0 351#112", "(1.0) can0 351#1G",
		"(1.0) can0 351#112233445566778899", /* 9 bytes */
		"(1.0) can0 351#11.", "(1.0) can0 351#.11", "(1.0) can0 351#R9", "(1.0) can0 351#RX",
		"(1.0) can0 351#0102_9", "(1.0) can0 351#0102030405060708_8", "(1.0) can0 351#0102030405060708_",
		"(1.0) aninterfacename0 351#11", /* 16 characters */
		"(999999999999.0) can0 351#11", "(2023-13-14 22:13:20) can0 351#11", "(1.0)can0 351#11",
		"  can0  351   [9]  00 11 22 33 44 55 66 77 88", "  can0  351   [8]  00 11", "  can0  351   [2]  00 11 22",
		"  can0  351   [2]  0 11", "  can0  351   [2]  001122", "  can0  351   []  00", "  can0  351   8  00",
		"  can0  351", "  can0  3511   [1]  00", "  can0  RX", "  can0  RX - -", "(1.0)", "(1.0) ", "(1.0) can0 0102030405060708_9#",
		"(1.0) can0 351#0102030405060708_G", "(1.0) can0 351#0102030405060708_FF", "(1.0)x can0 351#11",
		"(1.0) can0 351#r9", "  can0  351   [8", "  can0  351   [1]  0G", "  can0  351   [1]  00 11 22", "  can0  351   [1]  00x",
		"  can0  351   [8]11", "  can0  351   [4x]  00", "  can0  351   [0]  11",
		"  can0  20000004   [2]  00", "(1.0) can0 20000004#1", "351#1", "35#11", "(1.0) #11",
		"(1969-11-14 22:13:20) can0 351#11", "(4001-11-14 22:13:20) can0 351#11",
		"(2023-00-14 22:13:20) can0 351#11", "(2023-11-00 22:13:20) can0 351#11", "(2023-11-32 22:13:20) can0 351#11",
		"(2023-11-14 24:13:20) can0 351#11", "(2023-11-14 22:60:20) can0 351#11", "(2023-11-14 22:13:61) can0 351#11",
		"(2023-) can0 351#11", "(2023-11) can0 351#11", "(2023-11-) can0 351#11", "(2023-11-14) can0 351#11",
		"(2023-11-14 ) can0 351#11", "(2023-11-14 22) can0 351#11", "(2023-11-14 22:) can0 351#11",
		"(2023-11-14 22:13) can0 351#11", "(2023-11-14 22:13:) can0 351#11", "(2023-11-14 22:13:20 can0 351#11", "  can0  351   [123]  00",
	};
	struct logged l;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
		if (candump_parse(lines[i], &l) != CANDUMP_BAD)
			fail_msg("'%s' was taken", lines[i]);
}

/* Good lines with characters changed: nothing may be read or written outside (the sanitizers look), and what is
 * taken for a frame is a possible one. */
static void any_line(void **state)
{
	static const char letters[] = "0123456789ABCDEFabcdef#R.()[] _-canTX\t\r'\xff";
	static const char good[] = "(1700000000.020000) can0 351#1402740E740ECC01";
	char line[sizeof good];
	uint32_t seed = 1;
	struct logged l;

	(void)state;
	for (int n = 0; n < 200000; n++) {
		if (n % 4 == 0)
			memcpy(line, good, sizeof good);
		seed = seed * 1664525u + 1013904223u;
		line[(seed >> 8) % (sizeof good - 1)] = letters[(seed >> 16) % (sizeof letters - 1)];
		if (candump_parse(line, &l) != CANDUMP_FRAME)
			continue;
		assert_true(l.frame.len <= 8);
		assert_true(l.frame.id <= (l.frame.ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD));
		assert_true(l.time >= 0);
		assert_non_null(memchr(l.iface, '\0', sizeof l.iface));
		for (unsigned i = l.frame.len; i < 8; i++)
			assert_int_equal(l.frame.data[i], 0);
	}
}

static void bare_frame(void **state)
{
	struct frame f;

	(void)state;
	assert_true(candump_parse_frame("351#1402740E740ECC01", &f));
	same_frame(&f, 0x351, false, "\x14\x02\x74\x0e\x74\x0e\xcc\x01", 8);
	assert_true(candump_parse_frame(" 18E028F4#0D ", &f));
	same_frame(&f, 0x18E028F4, true, "\x0d", 1);
	assert_true(candump_parse_frame("35C#", &f));
	assert_int_equal(f.len, 0);
	assert_false(candump_parse_frame("35C", &f));
	assert_false(candump_parse_frame("35C#R", &f));
	assert_false(candump_parse_frame("35C##111", &f));
	assert_false(candump_parse_frame("20000004#00", &f));
	assert_false(candump_parse_frame("35C#00 11", &f));
	assert_false(candump_parse_frame("35C#112233445566778899", &f));
	assert_false(candump_parse_frame("can0 35C#11", &f));
	assert_false(candump_parse_frame("", &f));
}

static void printing(void **state)
{
	struct frame f = { .id = 0x35, .len = 3, .data = { 0x0a, 0xff, 0 } };
	char text[CANDUMP_TEXT_MAX], line[CANDUMP_LINE_MAX];

	(void)state;
	candump_print_frame(text, &f);
	assert_string_equal(text, "035#0AFF00");
	candump_print_log(line, 1700000000000007, "vcan0", &f);
	assert_string_equal(line, "(1700000000.000007) vcan0 035#0AFF00");
	f = (struct frame){ .id = 0x1FFFFFFF, .ext = true, .len = 8, .data = { 1, 2, 3, 4, 5, 6, 7, 8 } };
	candump_print_log(line, INT64_MAX, "a-long-interface-name", &f);
	assert_string_equal(line, "(9223372036854.775807) a-long-interfac 1FFFFFFF#0102030405060708");
	f = (struct frame){ .id = 0x305, .ext = true };
	candump_print_frame(text, &f);
	assert_string_equal(text, "00000305#");
	f = (struct frame){ .id = 0x100, .remote = true };
	candump_print_frame(text, &f);
	assert_string_equal(text, "100#R");
	f.len = 8; /* what it asks for; it has no data of its own */
	candump_print_frame(text, &f);
	assert_string_equal(text, "100#R8");
	f = (struct frame){ .id = 0x305, .ext = true };
	/* what no log can hold is not written */
	f.len = 9;
	candump_print_log(line, -1, "vcan0", &f);
	assert_string_equal(line, "(0.000000) vcan0 00000305#0000000000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(log_form), cmocka_unit_test(screen_form), cmocka_unit_test(not_data),
		cmocka_unit_test(junk),     cmocka_unit_test(any_line),    cmocka_unit_test(bare_frame),
		cmocka_unit_test(printing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
