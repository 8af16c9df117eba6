/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Profiles: planted mistakes each give their message at their line; what a good one compiles to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/profile.h"
#include "config/profile_load.h"
#include "core/codec.h"

static const char good[] = "profile: test\n"                                                            /* 1 */
			   "name: Test\n"                                                               /* 2 */
			   "status: documented\n"                                                       /* 3 */
			   "source: by hand\n"                                                          /* 4 */
			   "bitrate: 500 kbit/s\n"                                                      /* 5 */
			   "byte_order: little\n"                                                       /* 6 */
			   "addresses: 0-3\n"                                                           /* 7 */
			   "foreign_ids: [0x361]\n"                                                     /* 8 */
			   "maps:\n"                                                                    /* 9 */
			   "  pair: { 0: unsupported, 1: active, 2: ok }\n"                             /* 10 */
			   "frames:\n"                                                                  /* 11 */
			   "  - id: 0x351\n"                                                            /* 12 */
			   "    period: 1 s\n"                                                          /* 13 */
			   "    required: true\n"                                                       /* 14 */
			   "    dlc: 8\n"                                                               /* 15 */
			   "    fields:\n"                                                              /* 16 */
			   "      cvl: { bytes: 0-1, factor: 0.1 V }\n"                                 /* 17 */
			   "      ccl: { bytes: 2-3, type: signed, factor: 0.1 A }\n"                   /* 18 */
			   "      alarm.high_voltage: { byte: 4, bits: 0-1, map: pair }\n"              /* 19 */
			   "      manufacturer: { bytes: 5-7 }\n"                                       /* 20 */
			   "  - id: 0x18E028F4 + 0x10000 * group + address\n"                           /* 21 */
			   "    group: 0-2\n"                                                           /* 22 */
			   "    period: 2 s\n"                                                          /* 23 */
			   "    fields:\n"                                                              /* 24 */
			   "      cell_voltage[4 * group + 1]: { bytes: 0-7, each: 2 bytes, factor: 1 mV, absent: 0 }\n" /* 25 */
			   "  - id: 0x360\n"                                                            /* 26 */
			   "    period: on event\n"                                                     /* 27 */
			   "    match: [ { byte: 0, is: 1 } ]\n"                                        /* 28 */
			   "    fields:\n"                                                              /* 29 */
			   "      charge_enabled: { byte: 1, bit: 7 }\n"                                /* 30 */
			   "      name: { bytes: 2-7, part: 1 of 2 }\n"                                 /* 31 */
			   "  - id: 0x360\n"                                                            /* 32 */
			   "    period: 1 s\n"                                                          /* 33 */
			   "    match: [ { byte: 0, is: 2 } ]\n"                                        /* 34 */
			   "    fields:\n"                                                              /* 35 */
			   "      temperature: { byte: 1, factor: 1 K, offset: -273 degC }\n"           /* 36 */
			   "      name: { bytes: 2-7, part: 2 of 2 }\n"                                 /* 37 */
			   "transmit:\n"                                                                /* 38 */
			   "  - name: keepalive\n"                                                      /* 39 */
			   "    id: 0x305\n"                                                            /* 40 */
			   "    data: 00 1F\n"                                                          /* 41 */
			   "    period: 1 s\n"                                                          /* 42 */
			   "    default: on\n"                                                          /* 43 */
			   "samples:\n"                                                                 /* 44 */
			   "  - origin: by hand\n"                                                      /* 45 */
			   "    from: the table\n"                                                      /* 46 */
			   "    frames: [\"351#1402F6FF01414243\", \"360#0180313233343536\", \"360#02FA373839000000\"]\n" /* 47 */
			   "    values: { cvl: 53.2 V, alarm.high_voltage: active, manufacturer: ABC, charge_enabled: yes,\n" /* 48 */
			   "              temperature: -23 degC, name: 123456789 }\n"                                   /* 49 */
			   "  - origin: by hand\n"                                                      /* 50 */
			   "    from: the table\n"                                                      /* 51 */
			   "    address: 2\n"                                                           /* 52 */
			   "    frames: [\"18E128F6#000DFF0C0000AA0D\", \"351#0000640002\", \"360#0100\", \"360#0200\"]\n" /* 53 */
			   "    values:\n"                                                              /* 54 */
			   "      cell_voltage[5]: 3.328 V\n"                                           /* 55 */
			   "      cell_voltage[7]: not available\n"                                     /* 56 */
			   "      ccl: 10 A\n"                                                          /* 57 */
			   "      alarm.high_voltage: ok\n"                                             /* 58 */
			   "    refused: [\"18E128F5#000D\", \"18E328F6#000D\", \"18E#000D\", \"360#03\"]\n"; /* 59 */

/* The good profile with the first `from` replaced by `to`; NULL `from`: as it is. */
static char *edited(const char *from, const char *to)
{
	const char *at = from ? strstr(good, from) : good;
	assert_non_null(at);
	size_t size = sizeof good + strlen(to), skip = from ? strlen(from) : 0;
	char *text = malloc(size);
	assert_non_null(text);
	snprintf(text, size, "%.*s%s%s", (int)(at - good), good, to, at + skip);
	return text;
}

static struct profile *load_edited(const char *from, const char *to, struct problems *problems)
{
	char *text = edited(from, to);
	struct profile *p = profile_load_text("test", text, strlen(text), problems);
	free(text);
	return p;
}

/* What there is says more than how much of it. */
static void no_problems(const struct problems *problems)
{
	if (!problems->count)
		return;
	problems_print(problems, stderr);
	fail_msg("%zu problems", problems->count);
}

struct mistake {
	const char *from, *to;
	unsigned line;
	const char *rule, *message;
};

#define CVL "      cvl: { bytes: 0-1, factor: 0.1 V }\n"

static const struct mistake mistakes[] = {
	/* words */
	{ "status: documented", "status: proven", 3, "P03", "'proven' is none of: experimental, documented, verified" },
	{ "source: by hand\n", "", 1, "P02", "`source` is missing" },
	{ "name: Test", "nam: Test", 2, NULL, "did you mean 'name'" },
	{ "byte_order: little", "byte_order: middle", 6, "P03", "none of: little, big" },
	{ "profile: test", "profile: Test!", 1, "P01", "a profile's name has a-z" },
	{ "    required: true\n", "    requierd: true\n", 14, NULL, "did you mean 'required'" },
	{ "    required: true\n", "    mux: { byte: 0 }\n", 14, "P04", "`index: { byte: 0 }`" },
	/* words of DBC files and of vendors' papers */
	{ "factor: 0.1 V", "scale: 0.1 V", 17, "P04", "write `factor: 0.1 V`" },
	{ "factor: 0.1 V", "factor: 0.1 V, signed: true", 17, "P04", "write `type: signed`" },
	{ "factor: 0.1 V", "factor: 0.1 V, unit: V", 17, "P04", "the unit stands with the number" },
	{ "factor: 0.1 V", "factor: 0.1 V, mask: 0x0F", 17, "P04", "write `bits: 0-3`" },
	{ "factor: 0.1 V", "factor: 0.1 V, max: 60", 17, "P04", "values that no battery has are known" },
	{ "factor: 0.1 V", "factor: 0.1 V, invalid: 0xFFFF", 17, "P04", "write `absent: 0xFFFF`" },
	{ "bytes: 0-1, factor", "start_bit: 0, length: 16, factor", 17, "P04", "write `start`, as in a DBC file" },
	{ "period: 1 s", "cycle_time: 1 s", 13, "P04", "write `period: 1 s`" },
	{ "bitrate: 500 kbit/s", "baudrate: 500 kbit/s", 5, "P04", "write `bitrate: 500 kbit/s`" },
	{ "byte_order: little", "endianness: little", 6, "P04", "write `byte_order: little` (Intel)" },
	{ "    required: true", "    required: maybe", 14, "P06", "neither yes nor no" },
	{ "    required: true\n", "", 11, "P11", "no frame is `required: true`" },
	{ "cvl: {", "cvll: {", 17, "P05", "did you mean 'cvl'" },
	{ "alarm.high_voltage: { byte", "alarm.high_volts: { byte", 19, "P05", "did you mean 'alarm.high_voltage'" },
	{ "cell_voltage[4 * group + 1]: {", "cell_voltages[4 * group + 1]: {", 25, "P05", "did you mean 'cell_voltage'" },
	{ "cell_voltage[4 * group + 1]: {", "cell_voltage: {", 25, "P05", "which element?" },
	{ "cell_voltage[4 * group + 1]: {", "cell_voltage[4 * group]: {", 25, "P05", "elements count from 1" },
	{ "cell_voltage[4 * group + 1]: {", "cell_voltage[60 * group + 9]: {", 25, "P05", "beyond element 128" },
	/* units */
	{ "factor: 0.1 V", "factor: 0.1 A", 17, "P06", "factor of cvl '0.1 A'" },
	{ "factor: 0.1 V", "factor: 0.1", 17, "P06", "the unit is missing" },
	{ "factor: 0.1 V", "factor: 0 V", 17, "P06", "leaves nothing" },
	{ "factor: 0.1 V", "faktor: 0.1 V", 17, NULL, "factor" },
	{ ", factor: 0.1 V", "", 17, "P02", "`factor` is missing: what is one count of cvl, for example 0.1 V?" },
	{ ", factor: 0.1 A", "", 18, "P02", "for example 0.1 A?" },
	{ "offset: -273 degC", "offset: -273 V", 36, "P06", "offset of temperature '-273 V'" },
	{ "period: 1 s", "period: 1 V", 13, "P06", "`period` '1 V'" },
	{ "period: 1 s", "period: 2 h", 13, "P03", "outside of 1 ms to 1 h" },
	{ "bitrate: 500 kbit/s", "bitrate: 500", 5, "P06", "the unit is missing" },
	{ "bit: 7 }", "bit: 7, factor: 2 }", 30, "P06", "charge_enabled is yes or no" },
	/* places */
	{ "bytes: 0-1, factor", "bytes: 7-8, factor", 17, "P03", "bytes count from 0" },
	{ "bytes: 0-1, factor", "bytes: 1-0, factor", 17, "P03", "a range goes upwards" },
	{ "bytes: 0-1, factor", "byte: 9, factor", 17, "P03", "9 is outside of 0 to 7" },
	{ "bytes: 0-1, factor", "factor", 17, "P07", "where does it stand?" },
	{ "bytes: 0-1, factor", "byte: 0, bytes: 0-1, factor", 17, "P07", "not both" },
	{ "bytes: 0-1, factor", "bytes: 0-1, bits: 9-16, factor", 17, "P03", "within 0 and 15" },
	{ "bytes: 0-1, factor", "start: 60, length: 8, factor", 17, "P07", "outside of the 8 bytes" },
	{ "bytes: 0-1, factor", "start: 0, factor", 17, "P07", "belong together" },
	{ "bytes: 0-1, factor", "bytes: [0, 0], factor", 17, "P07", "stands here twice" },
	{ "bytes: 0-1, factor", "bytes: 0-1, type: float, factor", 17, "P07", "a float has 4 bytes" },
	{ "bytes: 0-1, factor", "bytes: 0-1, type: text, factor", 17, "P07", "cvl is no text" },
	{ "bytes: 5-7 }", "byte: 5, bits: 1-7 }", 20, "P07", "whole bytes" },
	{ "bytes: 5-7 }", "bytes: 5-7, factor: 1 V }", 20, "P03", "`factor` is for numbers; manufacturer is a text" },
	{ "each: 2 bytes", "each: 3 bytes", 25, "P07", "can't be cut" },
	{ "each: 2 bytes", "each: two bytes", 25, "P03", "write `2 bytes`" },
	{ "dlc: 8", "dlc: 6", 20, "P07", "manufacturer reaches into byte 7" },
	{ "ccl: { bytes: 2-3", "ccl: { bytes: 1-2", 18, "P08", "ccl stands where cvl (line 17) already does" },
	{ "      manufacturer: {", "      alarm.low_voltage: { byte: 4, bits: 0-1, map: pair }\n      manufacturer: {", 20, "P08",
	  "alarm.low_voltage stands where alarm.high_voltage" },
	{ "bytes: 2-7, part: 2", "bytes: 0-7, part: 2", 37, "P08", "where a constant of the frame" },
	/* ids */
	{ "id: 0x351", "id: 0x1351", 12, "P09", "11-bit ids with up to 3 digits" },
	{ "id: 0x351", "id: 0x951", 12, "P09", "11-bit ids end at 0x7FF" },
	{ "id: 0x351", "id: 849", 12, "P09", "in the form 0x" },
	{ "id: 0x351", "id: 0x351 * node", 12, "P09", "expected a number, `group` or `address`" },
	{ "id: 0x351", "id: 0x351 + group", 12, "P09", "its range is missing" },
	{ "    group: 0-2\n", "", 21, "P09", "its range is missing" },
	{ "id: 0x18E028F4 + 0x10000 * group + address", "id: 0x18E028F4 + 0x10000 * group", 7, "P09", "no id counts with `address`" },
	{ "id: 0x18E028F4 + 0x10000 * group + address", "id: 0x1FFF28F4 + 0x10000 * group + address", 21, "P09", "does not fit into 29 bits" },
	{ "id: 0x18E028F4 + 0x10000 * group + address", "id: 0x18E028F4 + 2 * group + address", 21, "P10", "comes out twice" },
	{ "byte: 0, is: 2", "byte: 0, is: 1", 32, "P10", "0x360 is the frame of line 26 too" },
	{ "foreign_ids: [0x361]", "foreign_ids: [0x351]", 12, "P10", "foreign_ids" },
	{ "id: 0x305", "id: 0x351", 40, "P10", "the BMS itself sends this id (line 12)" },
	/* numbers */
	{ "bytes: 0-1, factor: 0.1 V", "bytes: 0-7, factor: 0.1 V", 17, "P12", "too large to compute with" },
	{ "absent: 0 }", "absent: 0x10000 }", 25, "P12", "does not fit into 16 bits" },
	{ "absent: 0 }", "absent: -1 }", 25, "P12", "raw values are the unsigned bits" },
	{ "absent: 0 }", "absent: [0, 1, 2, 3, 4] }", 25, "P12", "at most 4 raw values" },
	{ "absent: 0 }", "absent: none }", 25, "P03", "'none'" },
	/* maps */
	{ "map: pair", "map: pairs", 19, "P13", "did you mean 'pair'" },
	{ ", map: pair", "", 19, "P13", "has 2 bits: a `map` must say" },
	{ "1: active, 2: ok }", "1: active, 2: okay }", 10, "P03", "'okay' is none of" },
	{ "1: active, 2: ok }", "1: active, 2: warning }", 19, "P13", "says `active`, or" },
	{ "1: active, 2: ok }", "1: active, 5: ok }", 10, "P12", "does not fit into 2 bits" },
	{ "1: active, 2: ok }", "1: active, 0x01: ok }", 10, "P13", "stands in this map twice" },
	{ "bits: 0-1, map", "bits: 0-1, inverted: yes, map", 19, "P13", "`inverted` is for single bits" },
	/* sources of one value */
	{ CVL, CVL "      dcl: { byte: 4, bits: 2-7, factor: 1 A, may_only_lower: true }\n      soc: { byte: 4, bits: 2-7, factor: 1 % }\n",
	  19, "P08", "soc stands where dcl" },
	{ "temperature: {", "cvl: { bytes: 1-1, factor: 1 V }\n      temperature: {", 36, "P14", "cvl comes from line 17 too" },
	{ "temperature: {", "alarm.high_voltage: { byte: 1, bit: 0 }\n      temperature: {", 36, "P14", "an alarm has one source" },
	{ "temperature: {", "manufacturer: { byte: 1 }\n      temperature: {", 36, "P15", "parts are told apart" },
	{ "part: 2 of 2", "part: 2 of 3", 37, "P15", "2 parts elsewhere" },
	{ "      name: { bytes: 2-7, part: 2 of 2 }\n", "", 31, "P15", "part 2 of 2 of name is missing" },
	{ "factor: 0.1 V", "factor: 0.1 V, rank: -1", 17, "P03", "outside of 0 to 255" },
	{ "factor: 1 K", "factor: 1 K, may_only_lower: yes", 36, "P03", "is for limits" },
	/* what is sent */
	{ "data: 00 1F", "data: 00 1G", 41, "P03", "two hexadecimal digits" },
	{ "default: on", "default: on\n    control: true", 39, "P03", "never on by default" },
	/* samples */
	{ "cvl: 53.2 V", "cvl: 53.3 V", 48, "P16", "cvl: expected 53.3 V, got 53.200 V" },
	{ "cvl: 53.2 V", "cvl: absent", 48, "P16", "cvl: expected absent, got 53.200 V" },
	{ "cvl: 53.2 V", "cvl: 53.2 A", 48, "P06", "'53.2 A'" },
	{ "cvl: 53.2 V", "cvl: 53.2 V, soc: 50 %", 48, "P16", "soc: expected 50 %, got absent" },
	{ "cell_voltage[5]: 3.328 V", "cell_voltage[6]: 3.328 V", 55, "P16", "got 3.327 V" },
	{ "alarm.high_voltage: ok\n", "alarm.high_voltage: active\n", 58, "P16", "expected active, got ok" },
	{ "alarm.high_voltage: ok\n", "alarm.hi_voltage: active\n", 58, "P05", "no quantity, alarm, array or text" },
	{ "manufacturer: ABC", "manufacturer: ABD", 48, "P16", "expected ABD, got \"ABC\"" },
	{ "\"351#0000640002\"", "\"352#0000640002\"", 53, "P17", "is no frame of this profile" },
	{ "\"351#0000640002\"", "\"351#000\"", 53, "P03", "as candump prints it" },
	{ "18E328F6#000D", "18E228F6#000D", 59, "P16", "18E228F6#000D stands under `refused`, but is taken in" },
	{ "[\"18E128F5#000D\", \"18E328F6#000D\", \"18E#000D\", \"360#03\"]", "none", 59, "P03", "expected a list of frames" },
	{ "address: 2", "address: 4", 52, "P03", "outside of 0 to 3" },
	{ "origin: by hand", "origin: our encoder", 45, "P03", "none of: vendor, captured, by hand" },
};

static void test_good(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	struct profile *p = load_edited(NULL, "", &problems);
	problems_print(&problems, stderr);
	assert_non_null(p);
	no_problems(&problems);
	assert_string_equal(p->id, "test");
	assert_string_equal(p->title, "Test");
	assert_int_equal(p->status, STATUS_DOCUMENTED);
	assert_int_equal(p->bitrate, 500000);
	assert_true(p->per_address);
	assert_int_equal(p->address_max, 3);
	assert_int_equal(p->n_frames, 4);
	assert_int_equal(p->n_fields, 9);
	assert_true(p->frames[0].required && p->frames[0].urgent && !p->frames[1].urgent);
	assert_int_equal(p->frames[0].stale, 5000000);
	assert_int_equal(p->frames[1].stale, 10000000);
	assert_int_equal(p->frames[2].period, 0);
	assert_int_equal(p->frames[2].stale, 5000000);
	assert_int_equal(p->frames[1].per_group, 0x10000);
	assert_true(p->frames[1].ext);
	assert_int_equal(p->has_quantity, UINT64_C(1) << Q_CVL | UINT64_C(1) << Q_CCL | UINT64_C(1) << Q_CHARGE_ENABLED |
	                                  UINT64_C(1) << Q_TEMPERATURE);
	assert_int_equal(p->has_array, 1 << ARRAY_CELL_VOLTAGE);
	assert_int_equal(p->n_transmit, 1);
	assert_int_equal(p->transmit[0].frame.len, 2);
	assert_int_equal(p->transmit[0].frame.data[1], 0x1F);
	assert_true(p->transmit[0].on && p->transmit[0].per_bus && !p->transmit[0].control);
	profile_free(p);
	problems_free(&problems);
}

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		const struct mistake *m = &mistakes[i];
		struct problems problems = { 0 };
		bool found = false;
		struct profile *p = load_edited(m->from, m->to, &problems);
		for (size_t k = 0; k < problems.count; k++)
			found = found || (problems.list[k].level == PROBLEM_ERROR && problems.list[k].line == m->line &&
			                  strstr(problems.list[k].message, m->message) &&
			                  (!m->rule || !strcmp(problems.list[k].rule, m->rule)));
		if (!found || p || problems.errors > 3) {
			fprintf(stderr, "'%s' -> '%s': expected line %u [%s] %s\n", m->from, m->to, m->line, m->rule ? m->rule : "",
			        m->message);
			problems_print(&problems, stderr);
		}
		assert_true(found);
		assert_null(p);
		problems_free(&problems);
	}
}

/* All at once: errors of the top, of frames and of fields come in one run. */
static void test_all_at_once(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	static const char text[] = "profile: x\nname: X\nstatus: no\nsource: s\nbyte_order: little\nframes:\n"
				   "  - id: 0x999\n    period: 1 V\n    fields:\n      cvl: { byte: 8, factor: 1 V }\n"
				   "      dcl: { bytes: 0-1, factor: 1 V }\n";
	assert_null(profile_load_text("x", text, sizeof text - 1, &problems));
	const unsigned lines[] = { 3, 6, 7, 8, 10, 11 };
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		bool found = false;
		for (size_t k = 0; k < problems.count; k++)
			found = found || problems.list[k].line == lines[i];
		assert_true(found);
	}
	assert_int_equal(problems.errors, 6);
	problems_free(&problems);
}

/* A profile of one frame 0x100 with this field (and one to be there). */
static struct profile *one_field(const char *order, const char *field)
{
	char text[512];
	struct problems problems = { 0 };
	int len = snprintf(text, sizeof text,
	                   "profile: x\nname: X\nstatus: documented\nsource: s\nbyte_order: %s\nframes:\n"
	                   "  - id: 0x100\n    period: 1 s\n    required: true\n    fields:\n      %s\n",
	                   order, field);
	struct profile *p = profile_load_text("x", text, (size_t)len, &problems);
	if (problems.errors)
		problems_print(&problems, stderr);
	problems_free(&problems);
	assert_non_null(p);
	return p;
}

static void test_fractions(void **state)
{
	static const struct {
		const char *field;
		int64_t num, den, offset, rest;
	} rows[] = {
		{ "voltage: { bytes: 0-1, factor: 0.1 V }", 100, 1, 0, 0 },
		{ "voltage: { bytes: 0-1, factor: 1/1024 V }", 125, 128, 0, 0 },
		{ "voltage: { bytes: 0-1, factor: 0.0001 V }", 1, 10, 0, 0 },
		{ "current: { bytes: 0-1, factor: -0.1 A, offset: 400 A }", -100, 1, 400000, 0 },
		{ "soc: { byte: 0, factor: 0.4 % }", 40, 1, 0, 0 },
		{ "soc: { byte: 0, factor: 100/256 % }", 625, 16, 0, 0 },
		{ "temperature: { byte: 0, factor: 1 K, offset: -273 degC }", 10, 1, -2730, 0 },
		{ "temperature: { byte: 0, factor: 1 degC, offset: 0 K }", 20, 2, -2732, 1 },    /* -2732 + 1/2 */
		{ "temperature: { bytes: 0-1, factor: 0.01 K, offset: 0 K }", 1, 10, -2732, 5 },    /* -2732 + 5/10 */
		{ "temperature: { byte: 0, factor: 1 degF, offset: 0 degF }", 50, 9, -178, 2 },  /* -17.78 degC = -178 + 2/9 steps */
		{ "temperature: { bytes: 0-3, type: float, factor: 1 K, offset: 0 K }", 10, 1, -2732, 0 },
		{ "energy_in: { bytes: 0-3, factor: 0.1 kWh }", 100, 1, 0, 0 },
		{ "capacity: { bytes: 0-3, factor: 0.001 Ah }", 1, 1, 0, 0 },
		{ "cycles: { bytes: 0-1 }", 1, 1, 0, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct profile *p = one_field("little", rows[i].field);
		assert_int_equal(p->fields[0].num, rows[i].num);
		assert_int_equal(p->fields[0].den, rows[i].den);
		assert_int_equal(p->fields[0].offset, rows[i].offset);
		assert_int_equal(p->fields[0].rest, rows[i].rest);
		profile_free(p);
	}
}

/* Raw numbers found in 11 22 33 44 55 66 77 88 by hand. */
static void test_places(void **state)
{
	static const struct {
		const char *order, *field;
		int64_t value;
	} rows[] = {
		{ "little", "modules_online: { byte: 2 }", 0x33 },
		{ "big", "modules_online: { byte: 2 }", 0x33 },
		{ "little", "cycles: { bytes: 0-1 }", 0x2211 },
		{ "big", "cycles: { bytes: 0-1 }", 0x1122 },
		{ "little", "cycles: { bytes: 0-1, byte_order: big }", 0x1122 },
		{ "little", "cycles: { bytes: [5, 7] }", 0x8866 },
		{ "little", "cycles: { bytes: [7, 5] }", 0x6688 },
		{ "little", "cycles: { bytes: [5, 7], bits: 4-11 }", 0x86 },
		{ "little", "cycles: { bytes: 0-1, bits: 4-11 }", 0x21 },
		{ "big", "cycles: { bytes: 0-1, bits: 4-11 }", 0x12 },
		{ "little", "modules_online: { start: 12, length: 8 }", 0x32 },   /* Intel: bits 12..19 of 332211 */
		{ "big", "cycles: { start: 7, length: 16 }", 0x1122 },            /* Motorola: the highest bit of byte 0 */
		{ "big", "modules_online: { start: 3, length: 8 }", 0x12 },       /* low half of byte 0, high half of byte 1 */
		{ "little", "energy_in: { bytes: 1-3, factor: 1 Wh }", 0x443322 },
	};
	(void)state;
	const struct frame f = { .id = 0x100, .len = 8, .data = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct profile *p = one_field(rows[i].order, rows[i].field);
		struct seen *seen = calloc(1, sizeof *seen);
		assert_non_null(seen);
		assert_true(codec_decode(p, 0, 0, &f, 0, seen, NULL, NULL));
		assert_int_equal(seen->b.q[p->fields[0].target].value, rows[i].value);
		assert_int_equal(seen->b.q[p->fields[0].target].validity, VALID);
		free(seen);
		profile_free(p);
	}
}

/* Elements go upwards, or onwards in a big-endian word. */
static void test_elements(void **state)
{
	(void)state;
	const struct frame f = { .id = 0x100, .len = 8, .data = { 0x0D, 0x01, 0x0D, 0x02, 0x0D, 0x03, 0x01, 0x80 } };
	struct seen *seen = calloc(1, sizeof *seen);
	assert_non_null(seen);
	struct profile *p = one_field("big", "cell_voltage[3]: { bytes: 0-5, each: 2 bytes, factor: 1 mV }");
	assert_int_equal(p->fields[0].count, 3);
	assert_true(codec_decode(p, 0, 0, &f, 0, seen, NULL, NULL));
	for (int i = 0; i < 3; i++)
		assert_int_equal(seen->cells.value[ARRAY_CELL_VOLTAGE][2 + i], 0x0D01 + i);
	profile_free(p);
	p = one_field("little", "balancing[1]: { bytes: 6-7, each: 1 bit, inverted: yes }");
	assert_true(codec_decode(p, 0, 0, &f, 0, seen, NULL, NULL));
	for (int i = 0; i < 16; i++)
		assert_int_equal(seen->cells.value[ARRAY_BALANCING][i], i != 0 && i != 15);
	profile_free(p);
	free(seen);
}

/* A frame that ends early carries what lies before its end, and nothing else. */
static void test_short(void **state)
{
	static const struct {
		const char *order, *field;
		uint8_t end; /* first frame length that carries it */
	} rows[] = {
		{ "little", "cycles: { bytes: 2-3 }", 4 },
		{ "big", "cycles: { bytes: 2-3 }", 4 },
		{ "little", "cycles: { bytes: [5, 2] }", 6 },
		{ "little", "modules_online: { bytes: 2-5, bits: 8-11 }", 4 },
		{ "big", "modules_online: { bytes: 2-5, bits: 8-11 }", 5 },
		{ "little", "modules_online: { start: 12, length: 8 }", 3 },
		{ "big", "modules_online: { start: 3, length: 8 }", 2 },
		{ "little", "cell_voltage[1]: { bytes: 0-5, each: 2 bytes, factor: 1 mV }", 2 },
		{ "big", "cell_voltage[1]: { bytes: 0-5, each: 2 bytes, factor: 1 mV }", 2 },
		{ "little", "balancing[1]: { bytes: 3-4, each: 1 bit }", 4 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct profile *p = one_field(rows[i].order, rows[i].field);
		assert_int_equal(p->fields[0].place.end, rows[i].end);
		profile_free(p);
	}
	struct profile *p = one_field("big", "cell_voltage[1]: { bytes: 0-5, each: 2 bytes, factor: 1 mV }");
	struct seen *seen = calloc(1, sizeof *seen);
	assert_non_null(seen);
	codec_decode(p, 0, 0, &(struct frame){ .id = 0x100, .len = 5, .data = { 13, 0, 13, 1, 13 } }, 0, seen, NULL, NULL);
	assert_int_equal(seen->cells.validity[ARRAY_CELL_VOLTAGE][0], VALID);
	assert_int_equal(seen->cells.value[ARRAY_CELL_VOLTAGE][1], 3329);
	assert_int_equal(seen->cells.validity[ARRAY_CELL_VOLTAGE][2], ABSENT);
	free(seen);
	profile_free(p);
}

static void test_gathers(void **state)
{
	(void)state;
	struct profile *p = one_field("little", "alarm.high_voltage: { byte: 0, bit: 0 }\n"
	                                        "      warning.high_voltage: { byte: 0, bit: 1 }\n"
	                                        "      alarm.high_cell_voltage: { byte: 0, bit: 2 }\n"
	                                        "      alarm.internal_failure: { byte: 0, bit: 3, inverted: true }");
	/* the cell's alarm has a place of its own, its warning has none */
	assert_int_equal(p->fields[0].gathers, UINT64_C(1) << AL_HIGH_VOLTAGE);
	assert_int_equal(p->fields[1].gathers, UINT64_C(1) << AL_HIGH_VOLTAGE | UINT64_C(1) << AL_HIGH_CELL_VOLTAGE);
	assert_int_equal(p->fields[2].gathers, UINT64_C(1) << AL_HIGH_CELL_VOLTAGE);
	assert_int_equal(p->fields[3].gathers,
	                 UINT64_C(1) << AL_INTERNAL_FAILURE | UINT64_C(1) << AL_INTERNAL_COMMUNICATION);
	assert_true(p->frames[0].urgent);
	const struct frame f = { .id = 0x100, .len = 8, .data = { 0x04 } };
	struct seen *seen = calloc(1, sizeof *seen);
	assert_non_null(seen);
	codec_decode(p, 0, 0, &f, 0, seen, NULL, NULL);
	assert_int_equal(seen->b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_OK);
	assert_int_equal(seen->b.alarm[AL_HIGH_CELL_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(seen->b.alarm[AL_INTERNAL_FAILURE].alarm, TRI_ACTIVE);
	free(seen);
	profile_free(p);
}

static void test_when(void **state)
{
	(void)state;
	/* one place, two meanings, told apart by a bit that is itself a flag */
	struct profile *p = one_field("little", "charge_enabled: { byte: 1, bit: 0 }\n"
	                                        "      ccl: { byte: 0, factor: 1 A, when: { byte: 1, bit: 0, is: 1 } }\n"
	                                        "      dcl: { byte: 0, factor: 1 A, when: { byte: 1, bit: 0, is: 0 } }");
	struct seen *seen = calloc(1, sizeof *seen);
	assert_non_null(seen);
	codec_decode(p, 0, 0, &(struct frame){ .id = 0x100, .len = 2, .data = { 7, 1 } }, 0, seen, NULL, NULL);
	assert_int_equal(seen->b.q[Q_CCL].value, 7000);
	assert_int_equal(seen->b.q[Q_DCL].validity, ABSENT);
	codec_decode(p, 0, 0, &(struct frame){ .id = 0x100, .len = 2, .data = { 9, 0 } }, 0, seen, NULL, NULL);
	assert_int_equal(seen->b.q[Q_DCL].value, 9000);
	assert_int_equal(seen->b.q[Q_CCL].value, 7000);
	free(seen);
	profile_free(p);
}

static void test_lower_only(void **state)
{
	(void)state;
	struct profile *p = one_field("big", "cvl: { bytes: 0-1, factor: 0.1 V, may_only_lower: true }");
	assert_int_equal(p->has_quantity, 0);
	assert_true(p->fields[0].lower_only);
	profile_free(p);
}

static void test_covered(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	struct profile *p = load_edited("      alarm.high_voltage: ok\n", "", &problems);
	assert_non_null(p);
	assert_int_equal(problems.count, 1);
	assert_int_equal(problems.list[0].level, PROBLEM_WARNING);
	assert_non_null(strstr(problems.list[0].message, "no sample shows: alarm.high_voltage ok (line 19)"));
	profile_free(p);
	problems_free(&problems);
}

static void write_profile(const char *dir, const char *name, const char *title)
{
	char path[256], *text = edited("name: Test", title);
	snprintf(path, sizeof path, "%s/%s.yaml", dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(text);
}

static void test_find(void **state)
{
	(void)state;
	char one[] = "/tmp/profileXXXXXX", two[] = "/tmp/profileXXXXXX", path[64], *tried, *shadowed;
	struct problems problems = { 0 };
	assert_non_null(mkdtemp(one));
	assert_non_null(mkdtemp(two));
	write_profile(one, "test", "name: mine");
	write_profile(two, "test", "name: shipped");
	struct profile_set set = { .dirs = { { NULL, one, two } } };
	struct profile *p = profile_find(&set, "test", &problems, &tried, &shadowed);
	assert_non_null(p);
	assert_string_equal(p->title, "mine");
	assert_null(tried);
	snprintf(path, sizeof path, "%s/test.yaml", two);
	assert_string_equal(shadowed, path);
	free(shadowed);
	assert_ptr_equal(profile_find(&set, "test", &problems, &tried, NULL), p);
	assert_int_equal(set.count, 1);
	assert_null(profile_find(&set, "none", &problems, &tried, &shadowed));
	assert_non_null(strstr(tried, "/none.yaml, /tmp"));
	free(tried);
	assert_null(profile_find(&set, "../test", &problems, NULL, NULL));
	assert_int_equal(problems.errors, 0);
	/* a file's profile is named as the file */
	write_profile(two, "other", "name: x");
	assert_null(profile_find(&set, "other", &problems, NULL, NULL));
	assert_int_equal(problems.errors, 1);
	assert_non_null(strstr(problems.list[0].message, "it must be test.yaml"));
	profile_set_free(&set);
	problems_free(&problems);
	snprintf(path, sizeof path, "rm -r %s %s", one, two);
	assert_int_equal(system(path), 0);
}

/* Both ways: what the built-in output profile says of a battery is what it reads from it. */
static void test_output(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	struct profile *p = profile_output(&problems);
	assert_non_null(p);
	no_problems(&problems);
	assert_string_equal(p->id, "victron");
	assert_int_equal(p->frames[0].id, 0x35E);
	for (unsigned i = 1; i + 1 < p->n_frames; i++)
		assert_true(p->frames[i].id < p->frames[i + 1].id);
	for (unsigned i = 0; i < p->n_frames; i++) {
		uint32_t id = p->frames[i].id;
		assert_int_equal(p->frames[i].dlc, 8);
		assert_true(id != 0x359 && id != 0x35B && id != 0x35C && !(id >= 0x305 && id <= 0x307));
		assert_int_equal(p->frames[i].urgent, id == 0x351 || id == 0x35A);
	}
	profile_free(p);
	problems_free(&problems);
}

static void in_readme(const char *readme, const char *before, const char *what, const char *behind)
{
	char text[320];
	snprintf(text, sizeof text, "%s%s%s", before, what, behind);
	if (!strstr(readme, text))
		fail_msg("can-profiles/README.md does not say %s", text);
}

/* "-3 000", "0.5" */
static void print_bound(char *out, size_t size, int64_t value, int64_t per_one)
{
	char digits[24], *at = digits;
	snprintf(digits, sizeof digits, "%lld", (long long)(value / per_one));
	size_t len = strlen(digits), n = 0;
	for (; *at && n + 2 < size; at++, len--) {
		out[n++] = *at;
		if (len > 1 && len % 3 == 1 && *at != '-')
			out[n++] = ' ';
	}
	out[n] = '\0';
	if (value % per_one)
		snprintf(out + n, size - n, ".%lld", (long long)(value % per_one * 10 / per_one));
}

/* The whole row: its bounds are what test/profiles/mutate goes by. */
static void quantity_in_readme(const char *readme, const struct quantity_row *row)
{
	char name[160], least[32], most[32], bounds[80];
	snprintf(name, sizeof name, "%s` | %s | ", row->name, row->unit == UNIT_FLAG ? "yes, no" : row->unit == UNIT_COUNT ?
	         "(a count)" : row->unit == UNIT_WH ? "Wh, kWh" : unit_symbol(row->unit));
	print_bound(least, sizeof least, row->min, unit_per_one(row->unit));
	print_bound(most, sizeof most, row->max, unit_per_one(row->unit));
	snprintf(bounds, sizeof bounds, "%s to %s | ", least, most);
	strcat(name, row->unit == UNIT_FLAG ? " | " : bounds);
	in_readme(readme, "| `", name, row->what);
}

/* A person with a PDF and no C finds every name and every rule in the language's description. */
static void test_readme(void **state)
{
	(void)state;
	static char readme[65536];
	FILE *f = fopen("can-profiles/README.md", "r");
	assert_non_null(f);
	readme[fread(readme, 1, sizeof readme - 1, f)] = '\0';
	fclose(f);
	for (int i = 0; i < N_QUANTITY; i++)
		quantity_in_readme(readme, &quantities[i]);
	for (int i = 0; i < N_ALARM; i++)
		in_readme(readme, "| `", alarms[i].name, "` |");
	for (int i = 0; i < N_ARRAY; i++)
		in_readme(readme, "| `", arrays[i].name, "[1]` |");
	for (int i = 0; i < N_TEXT; i++)
		in_readme(readme, "`", text_names[i], "`");
	for (int i = 0; i < N_PROFILE_RULE; i++) {
		in_readme(readme, "| ", profile_rules[i].id, " |");
		in_readme(readme, "| ", profile_rules[i].title, " |");
	}
	/* its example is a good profile */
	char *from = strstr(readme, "```yaml\n"), *to = from ? strstr(from + 8, "\n```") : NULL;
	assert_non_null(to);
	struct problems problems = { 0 };
	struct profile *p = profile_load_text("acme.yaml", from + 8, (size_t)(to + 1 - (from + 8)), &problems);
	problems_print(&problems, stderr);
	assert_non_null(p);
	no_problems(&problems);
	profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	   cmocka_unit_test(test_mistakes), cmocka_unit_test(test_all_at_once),
		cmocka_unit_test(test_fractions),  cmocka_unit_test(test_places),   cmocka_unit_test(test_elements),
		cmocka_unit_test(test_gathers),	   cmocka_unit_test(test_when),	    cmocka_unit_test(test_lower_only),
		cmocka_unit_test(test_covered),	   cmocka_unit_test(test_find),	    cmocka_unit_test(test_output),
		cmocka_unit_test(test_readme),	    cmocka_unit_test(test_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
