/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The profile language's words for J1939, CANopen and polled batteries: what they compile to, and planted mistakes. */
#include "planted.h"

#include <unistd.h>

#include "config/config.h"
#include "core/codec.h"

static const char good[] =
	"profile: test\n"                                                                                   /* 1 */
	"name: Test\n"                                                                                      /* 2 */
	"status: documented\n"                                                                              /* 3 */
	"source: by hand\n"                                                                                 /* 4 */
	"byte_order: little\n"                                                                              /* 5 */
	"addresses: 1-9\n"                                                                                  /* 6 */
	"parameters:\n"                                                                                     /* 7 */
	"  cell_base: { default: 1, values: [0, 1], what: number of the first frame }\n"                    /* 8 */
	"  step: { default: 0.1, min: 0.01, max: 1, what: one count of the limits }\n"                      /* 9 */
	"frames:\n"                                                                                         /* 10 */
	"  - pgn: 0x1FFFD\n"                                                                                /* 11 */
	"    match: [ { byte: 0, is: address } ]\n"                                                         /* 12 */
	"    talker_priority: { byte: 1, least: 30 }\n"                                                              /* 13 */
	"    period: 500 ms\n"                                                                              /* 14 */
	"    required: true\n"                                                                              /* 15 */
	"    fields:\n"                                                                                     /* 16 */
	"      voltage: { bytes: 2-3, factor: 0.05 V }\n"                                                   /* 17 */
	"      current: { bytes: 4-7, factor: -0.001 A, offset: 2000000 A }\n"                              /* 18 */
	"  - pgn: 0x1F219\n"                                                                                /* 19 */
	"    source: 0x33\n"                                                                                /* 20 */
	"    fast_packet: yes\n"                                                                            /* 21 */
	"    period: 1 s\n"                                                                                 /* 22 */
	"    fields:\n"                                                                                     /* 23 */
	"      soc: { byte: 20, factor: 1 % }\n"                                                            /* 24 */
	"      cell_temperature[1]: { bytes: 9-12, each: 2 bytes, byte_order: big, type: signed, factor: 0.1 degC }\n"    /* 25 */
	"  - id: 0x18954001 + 0x100 * address\n"                                                            /* 26 */
	"    index: { byte: 0 }\n"                                                                          /* 27 */
	"    group: cell_base-16\n"                                                                         /* 28 */
	"    name: three cells\n"
	"    period: on event\n"                                                                            /* 29 */
	"    checksum: { byte: 7, kind: sum8, over: 0-6, with: [id, length] }\n"                            /* 30 */
	"    fields:\n"                                                                                     /* 31 */
	"      cell_voltage[3 * (group - cell_base) + 1]: { bytes: 1-6, each: 2 bytes, factor: 1 mV }\n"    /* 32 */
	"  - sdo: 0x2010:01\n"                                                                              /* 33 */
	"    size: 2\n"                                                                                     /* 34 */
	"    period: 3 s\n"                                                                                 /* 35 */
	"    fields:\n"                                                                                     /* 36 */
	"      cycles: { bytes: 4-5 }\n"                                                                    /* 37 */
	"  - id: 0x700 + address\n"                                                                         /* 38 */
	"    name: beat\n"
	"    period: 1 s\n"                                                                                 /* 39 */
	"    required: true\n"                                                                              /* 40 */
	"  - id: 0x123\n"                                                                                   /* 41 */
	"    name: flags\n"                                                                                 /* 42 */
	"    period: 1 s\n"                                                                                 /* 43 */
	"    fields:\n"                                                                                     /* 44 */
	"      ccl: { byte: 7 - 6 * cell_base, factor: step A }\n"                                              /* 45 */
	"      temperature: { byte: 5, factor: 1 degC, negative_when: { byte: 0, bit: 3, is: 1 } }\n"       /* 46 */
	"      modules_blocking_charge: { byte: 2, type: count }\n"                                         /* 47 */
	"      cell_voltage_max: [ { byte: 3, factor: 20 mV }, { byte: 4, factor: 20 mV, combine: max } ]\n" /* 48 */
	"      alarm.general: [ { byte: 0, bit: 0 }, { byte: 0, bit: 1, combine: max } ]\n"                 /* 49 */
	"poll:\n"                                                                                           /* 50 */
	"  - name: cells\n"                                                                                 /* 51 */
	"    id: 0x18950040 + 0x100 * address\n"                                                            /* 52 */
	"    data: 00 11\n"                                                                                 /* 53 */
	"    period: 1 s\n"                                                                                 /* 54 */
	"    timeout: 100 ms\n"                                                                             /* 55 */
	"    answers: [0x18954001 + 0x100 * address]\n"                                                     /* 56 */
	"  - name: flags\n"                                                                                 /* 57 */
	"    id: 0x123\n"                                                                                   /* 58 */
	"    remote: yes\n"                                                                                 /* 59 */
	"    period: 2 s\n"                                                                                 /* 60 */
	"    answers: [flags]\n"                                                                            /* 61 */
	"transmit:\n"                                                                                       /* 62 */
	"  - name: wake\n"                                                                                  /* 63 */
	"    id: 0x0F4\n"                                                                                   /* 64 */
	"    data: 10 00 02\n"                                                                              /* 65 */
	"    period: 1 s\n"                                                                                 /* 66 */
	"    when: until heard\n"                                                                           /* 67 */
	"samples:\n"                                                                                        /* 68 */
	"  - origin: by hand\n"                                                                             /* 69 */
	"    from: \"1000 x 0.05 V; 1999990000 mA below 2 MA\"\n"                                           /* 70 */
	"    address: 2\n"                                                                                  /* 71 */
	"    frames: [\"19FFFD46#0220E803F06C3577\", \"19F21933#00150102030405FA\", \"19F21933#01000000FFF60014\",\n" /* 72 */
	"             \"19F21933#0200000000000000\", \"19F21933#0350\", \"18954201#02E40CE50CE60CDE\",\n"   /* 73 */
	"             \"582#4B10200107000000\", \"702#05\", \"123#0AC88555A5140000\"]\n"                    /* 74 */
	"    values:\n"                                                                                     /* 75 */
	"      voltage: 50 V\n"                                                                             /* 76 */
	"      current: 10 A\n"                                                                             /* 77 */
	"      soc: 80 %\n"                                                                                 /* 78 */
	"      cell_temperature[1]: -1 degC\n"                                                              /* 79 */
	"      cell_temperature[2]: 2 degC\n"                                                               /* 80 */
	"      cell_voltage[4]: 3.3 V\n"                                                                    /* 81 */
	"      cell_voltage[6]: 3.302 V\n"                                                                  /* 82 */
	"      cycles: 7\n"                                                                                 /* 83 */
	"      ccl: 20 A\n"                                                                                 /* 84 */
	"      temperature: -20 degC\n"                                                                     /* 85 */
	"      modules_blocking_charge: 3\n"                                                                /* 86 */
	"      cell_voltage_max: 3.3 V\n"                                                                   /* 87 */
	"      alarm.general: active\n"                                                                     /* 88 */
	"  - origin: by hand\n"                                                                             /* 89 */
	"    from: the first frame is number 0\n"                                                           /* 90 */
	"    parameters: { cell_base: 0, step: 0.2 }\n"                                                     /* 91 */
	"    frames: [\"18954101#00E40CE50CE60CDC\", \"123#0100000000140032\"]\n"                           /* 92 */
	"    values: { \"cell_voltage[1]\": 3.3 V, ccl: 10 A, temperature: 20 degC, alarm.general: active }\n"; /* 93 */

#define CELLS_ID "id: 0x18954001 + 0x100 * address"
#define CELLS    "cell_voltage[3 * (group - cell_base) + 1]"
#define CHECKSUM "checksum: { byte: 7, kind: sum8, over: 0-6, with: [id, length] }"
#define WAKE     "    id: 0x0F4\n    data: 10 00 02\n"

#define BEAT(n) "when: { frame: beat, byte: " #n ", is: 1 }"
static const struct mistake mistakes[] = {
	/* what a frame is */
	{ "pgn: 0x1FFFD", "pgn: 0x1FFFD\n    id: 0x123", "  - pgn: 0x1FFFD", "P09", "one of `id`, `pgn` and `sdo`" },
	{ "pgn: 0x1FFFD", "pgn: 0x4FFFD", "  - pgn: 0x1FFFD", "P03", "outside of 0 to 262143" },
	{ "pgn: 0x1FFFD", "pgn: 0x0EF55", "  - pgn: 0x1FFFD", "P09", "sent to one receiver" },
	{ "pgn: 0x1FFFD", "dgn: 0x1FFFD", "  - pgn: 0x1FFFD", "P02", "`id` is missing" },
	{ "pgn: 0x1F219", "pgn: 0x1FFFD", "  - pgn: 0x1F219", "P10", "is the frame of line 11 too" },
	{ "    source: 0x33\n", "    source: 300\n", "    source:", "P03", "outside of 0 to 253" },
	{ CELLS_ID, CELLS_ID "\n    source: 1", "  - id: 0x18954001", "P09", "`source` belongs to a `pgn`" },
	{ CELLS_ID, CELLS_ID "\n    fast_packet: yes", "  - id: 0x18954001", "P09", "it has a `pgn`" },
	{ "id: 0x123\n    name", "id: 0x123\n    talker_priority: { byte: 7 }\n    name", "  - id: 0x123", "P09", "for J1939" },
	{ "talker_priority: { byte: 1, least: 30 }", "talker_priority: { byte: 1, least: 256 }", "    talker_priority:", "P03", "outside of 1 to 255" },
	{ "talker_priority: { byte: 1, least: 30 }", "talker_priority: { byte: 1, last: 9 }", "    talker_priority:", NULL, "last" },
	{ "addresses: 1-9\n", "", "    match: [ { byte: 0", "P09", "`is: address`, but the profile has no `addresses" },
	/* places */
	{ "byte: 20, factor", "byte: 223, factor", "      soc:", "P03", "outside of 0 to 222" },
	{ "bytes: 9-12", "bytes: 9-20", "      cell_temperature", "P07", "at most 8 bytes" },
	{ "byte: 20, factor", "byte: 10, factor", "      cell_temperature", "P08", "stands where soc" },
	{ "bytes: 2-3, factor: 0.05", "bytes: 1-2, factor: 0.05", "      voltage:", "P08", "where the `talker_priority`" },
	{ "bytes: 1-6, each", "bytes: 0-5, each", "      cell_voltage[3", "P08", "where the `index` of the frame does" },
	{ "bytes: 1-6, each", "bytes: 2-7, each", "      cell_voltage[3", "P08", "where the `checksum` of the frame does" },
	/* indexes */
	{ "    group: cell_base-16\n", "", "  - id: 0x18954001", "P09", "`index` counts with `group`, but its range is missing" },
	{ "    index: { byte: 0 }\n", "", "    group: cell_base", "P09", "or an `index` in the data" },
	{ "    index: { byte: 0 }\n", "    index: { byte: 0, bits: 0-3 }\n", "    index:", "P12", "group 16 does not fit into 4 bits" },
	{ CELLS, "cell_voltage[3 * (group - 2) + 1]", "      cell_voltage[3", "P05", "also in the first group" },
	{ CELLS, "cell_voltage[3 * (group - cell_base + 1]", "      cell_voltage[3", "P05", "a ) is missing" },
	{ CELLS, "cell_voltage[3 * (group - cell_bas) + 1]", "      cell_voltage[3", "P05", "expected a number" },
	{ CELLS, "cell_voltage[group * group]", "      cell_voltage[3", "P05", "can't be multiplied" },
	/* checksums */
	{ CHECKSUM, "checksum: { byte: 7, kind: sum9, over: 0-6 }", "    checksum:", "P03", "none of: sum8, xor8" },
	{ CHECKSUM, "checksum: { byte: 6, kind: sum8, over: 0-6 }", "    checksum:", "P08", "within the bytes it is made of" },
	{ CHECKSUM, "checksum: { byte: 7, kind: crc16-modbus, over: 0-5 }", "    checksum:", "P07", "has 16 bits, this place 8" },
	{ CHECKSUM, "checksum: { byte: 7, kind: crc8, over: 0-6 }", "    checksum:", "P02", "`poly` is missing" },
	{ CHECKSUM, "checksum: { byte: 7, kind: xor8, over: 0-6, init: 1 }", "    checksum:", "P03", "`init` is for crc8" },
	{ CHECKSUM, "checksum: { byte: 7, kind: sum8, ovr: 0-6 }", "    checksum:", NULL, "did you mean 'over'" },
	{ "with: [id, length]", "with: [id]", NULL, "P17", "18954201#02E40CE50CE60CDE is no frame of this profile at this address: its checksum is 0xDE, of these bytes it would be 0xD6" },
	/* CANopen objects */
	{ "sdo: 0x2010:01", "sdo: 8208:01", "  - sdo:", "P09", "index and sub-index with all their" },
	{ "sdo: 0x2010:01", "sdo: 0x2010", "  - sdo:", "P09", "index and sub-index with all their" },
	{ "    size: 2\n", "", "  - sdo:", "P02", "`size` is missing" },
	{ "bytes: 4-5 }", "bytes: 4-7 }", "      cycles:", "P07", "has its data in bytes 4-5" },
	{ "    period: 3 s\n", "    period: on event\n", "    period: 3 s", "P03", "how often?" },
	{ "sdo: 0x2010:01", "sdo: 0x1F50:01", "  - sdo:", "P19", "replace a device's program" },
	{ "addresses: 1-9", "addresses: 0-9", "  - sdo:", "P09", "CANopen nodes are 1 to 127" },
	/* fields */
	{ "byte: 2, type: count", "byte: 2, type: coun", "      modules_", "P03", "none of: unsigned" },
	{ "byte: 7 - 6 * cell_base, factor: step A", "byte: 1, type: count, factor: step A", "      ccl:", "P06", "ccl is no count" },
	{ "factor: 20 mV, combine: max", "factor: 20 mV, combine: sum", "      cell_voltage_max", "P03", "none of: min, max" },
	{ "{ byte: 3, factor: 20 mV }", "{ byte: 3, factor: 20 mV, combine: max }", "      cell_voltage_max", "P14",
	  "second and later places" },
	{ "bit: 1, combine: max", "bit: 1, combine: min", "      alarm.general", "P03", "of alarms the worst" },
	{ "bit: 1, combine: max", "bit: 1", "      alarm.general", "P14", "`combine: max`" },
	{ "negative_when: { byte: 0, bit: 3, is: 1 }", "negative_when: { byte: 5, bit: 7, is: 1 }", "      temperature:", "P08",
	  "within the number itself" },
	{ "negative_when: { byte: 0, bit: 3, is: 1 }", "negative_when: { byte: 0, bit: 3 }", "      temperature:", "P02",
	  "`is` is missing" },
	{ "negative_when: { byte: 0, bit: 3, is: 1 }", "negative_when: { frame: flag, byte: 0, bit: 3, is: 1 }", "      temperature:",
	  "P03", "no frame of this profile has the `name` 'flag'; did you mean 'flags'" },
	{ "negative_when: { byte: 0, bit: 3, is: 1 }", "negative_when: { frame: flags, byte: 0, bit: 3, is: 1 }", "      temperature:",
	  "P03", "is this frame itself" },
	{ "negative_when: { byte: 0, bit: 3, is: 1 }", "negative_when: { frame: [flags], byte: 0, bit: 3, is: 1 }", "      temperature:",
	  "P03", "expected the `name` of a frame" },
	{ "soc: { byte: 20, factor: 1 %", "soc: { byte: 20, factor: 1 %, when: { frame: flags, byte: 8, is: 1 }", "      soc:", "P07",
	  "'flags' has bytes 0 to 7" },
	{ "negative_when: { byte: 0, bit: 3, is: 1 }", "negative_when: { frame: three cells, byte: 0, bit: 3, is: 1 }",
	  "      temperature:", "P03", "is several frames" },
	{ "alarm.general: [ { byte: 0, bit: 0 }, { byte: 0, bit: 1, combine: max } ]",
	  "alarm.general: [ { byte: 0, bit: 0, " BEAT(0) " }, { byte: 0, bit: 1, combine: max, " BEAT(1) " }, "
	  "{ byte: 0, bit: 2, combine: max, " BEAT(2) " }, { byte: 0, bit: 4, combine: max, " BEAT(3) " }, "
	  "{ byte: 0, bit: 5, combine: max, " BEAT(4) " }, { byte: 0, bit: 6, combine: max, " BEAT(5) " }, "
	  "{ byte: 0, bit: 7, combine: max, " BEAT(6) " }, { byte: 6, bit: 0, combine: max, " BEAT(7) " }, "
	  "{ byte: 6, bit: 1, combine: max, when: { frame: beat, byte: 0, bit: 0, is: 1 } } ]",
	  "      alarm.general", "P12", "at most 8 places are remembered" },
	{ "byte: 2, type: count", "byte: 2, type: count, sign_from: { byte: 0, bit: 4 }", "      modules_", "P04", "`negative_when" },
	/* parameters */
	{ "default: 1, values: [0, 1]", "default: 2, values: [0, 1]", "  cell_base:", "P22", "not one of its values: 0, 1" },
	{ "default: 1, values: [0, 1]", "default: one, values: [0, 1]", "  cell_base:", "P22", "no number" },
	{ "default: 1, values: [0, 1]", "default: 1", "  cell_base:", "P22", "what may cell_base be?" },
	{ "  step: {", "  group: {", "  step:", "P22", "a name of its own" },
	{ "factor: step A", "factor: 0.1 A", "  step:", "P22", "nothing uses the parameter step" },
	{ "factor: step A", "factor: stepp A", "      ccl:", "P06", NULL },
	{ "parameters: { cell_base: 0,", "parameters: { cell_bas: 0,", "    parameters:", "P22", "did you mean 'cell_base'" },
	{ "parameters: { cell_base: 0,", "parameters: { cell_base: 3,", "    parameters:", "P22", "it can be: 0, 1" },
	{ "ccl: { byte: 7 - 6 * cell_base,", "ccl: { byte: 9 - cell_base,", "      ccl:", "P03", "9 - 1 is outside of 0 to 7" },
	{ "ccl: { byte: 7 - 6 * cell_base,", "ccl: { byte: 2 + group,", "      ccl:", "P03", "count in ids and elements only" },
	{ "ccl: { byte: 7 - 6 * cell_base,", "ccl: { byte: 0-1,", "      ccl:", "P03", "'0-1': " },
	{ "ccl: 10 A", "ccl: 5 A", "    values: { \"cell", "P16", "with the parameters of sample 2: ccl: expected 5 A, got 10" },
	/* questions */
	{ "    answers: [flags]\n", "", "  - name: flags", "P20", "which frames answer?" },
	{ "answers: [flags]", "answers: [flag]", "    answers: [flags]", "P20", "did you mean 'flags'" },
	{ "answers: [0x18954001 + 0x100 * address]", "answers: [0x18954002 + 0x100 * address]", "    answers: [0x", "P20",
	  "no frame of this profile has the id" },
	{ "answers: [0x18954001 + 0x100 * address]", "answers: [0x18954001]", "    answers: [0x", "P20",
	  "no frame of this profile has the id" },
	{ "    data: 00 11\n", "", "  - name: cells", "P02", "`data` is missing" },
	{ "    remote: yes\n", "    remote: yes\n    data: 00\n", "    period: 2 s", "P03", "a remote frame has no data" },
	{ "    data: 00 11\n", "    data: 00 11\n    dlc: 8\n", "    period: 1 s\n    timeout", "P03", "`dlc` is for `remote: yes`" },
	{ "timeout: 100 ms", "timeout: 2 s", "    timeout:", "P03", "until the next question" },
	{ "name: flags\n    id", "name: cells\n    id", "  - name: flags", "P03", "is the name of another" },
	{ "id: 0x18950040 + 0x100 * address", "id: 0x18954001 + 0x100 * group", "    id: 0x18950040", "P09", "has no `group`" },
	{ "poll:", "polls:", "poll:", NULL, "did you mean 'poll'" },
	/* what is sent */
	{ "when: until heard", "when: until herd", "    when: until", "P03", "none of: always, until heard" },
	{ WAKE, "    id: 0x000\n    data: 81 00\n", "    data: 10 00 02", "P19", "(NMT)" },
	{ WAKE, "    id: 0x605\n    data: 23 00 20 00 01 00 00 00\n", "    data: 10 00 02", "P19", "(SDO download)" },
	{ WAKE, "    id: 0x605\n    data: 2F 00 20 00 01 00 00 00\n", "    data: 10 00 02", "P19", "(SDO download)" },
	{ WAKE, "    id: 0x600 + address\n    per: pack\n    data: 40 50 1F 01 00 00 00 00\n", "    period: 1 s\n    when", "P19",
	  "replace a device's program" },
	{ WAKE, "    id: 0x7E5\n    data: 13 00 03\n", "    data: 10 00 02", "P19", "sets bit rates" },
	{ WAKE, "    id: 0x0DFFFD46\n    data: 00\n", "    id: 0x0F4", "P10", "the BMS itself sends this id (line 11)" },
	{ "name: Test", "name: Test\nkind: senser", "status:", "P03", "none of: battery, sensor" },
};

static void test_mistakes(void **state)
{
	(void)state;
	plant_all(good, mistakes, sizeof mistakes / sizeof *mistakes);
}

static void test_good(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	struct profile *p = load_edited(good, NULL, "", &problems);
	problems_print(&problems, stderr);
	assert_non_null(p);
	assert_int_equal(problems.count, 0);
	const struct profile_frame *f = p->frames;
	assert_true(f[0].pgn && f[0].ext && f[0].id == 0x1FFFD && f[0].source == SOURCE_ANY);
	assert_true(f[0].has_priority && f[0].priority.shift == 8 && f[0].priority_least == 30);
	assert_true(f[0].guards[0].address && f[0].guards[0].demand);
	assert_true(f[1].pgn && f[1].fast && f[1].source == 0x33 && f[1].send == 1000000);
	/* what answers a question is not sent by itself */
	assert_true(f[2].asked && f[3].asked && f[5].asked && !f[2].send && !f[3].send && !f[5].send);
	assert_true(!f[0].asked && !f[4].asked && f[4].send == 1000000);
	const struct field *soc = &p->fields[f[1].first_field];
	assert_int_equal(soc->place.at, 20);
	assert_int_equal(soc->place.end, 1);
	assert_true(f[2].has_index && f[2].group_min == 1 && f[2].group_max == 16 && f[2].per_address == 0x100);
	assert_int_equal(codec_element(&p->fields[f[2].first_field], 1), 0);
	assert_int_equal(codec_element(&p->fields[f[2].first_field], 16), 45);
	assert_true(f[2].checksum.kind == CHECKSUM_SUM8 && f[2].checksum.to == 6 && f[2].checksum.with_id);
	/* 0x4B: two bytes; 2010:01 lies behind it */
	assert_int_equal(f[3].id, 0x580);
	assert_int_equal(f[3].guards[0].value, 0x0120104B);
	assert_int_equal(f[4].n_fields, 0);
	assert_int_equal(p->n_polls, 3);
	const struct poll *sdo = &p->polls[0], *cells = &p->polls[1], *flags = &p->polls[2];
	static const uint8_t upload[8] = { 0x40, 0x10, 0x20, 0x01 };
	assert_true(sdo->sdo && sdo->frame.id == 0x600 && sdo->per_address == 1 && sdo->frame.len == 8);
	assert_memory_equal(sdo->frame.data, upload, 8);
	assert_int_equal(sdo->period, 3000000);
	assert_int_equal(sdo->answers[0], 3);
	assert_true(cells->frame.ext && cells->per_address == 0x100 && cells->frame.len == 2 && cells->timeout == 100000);
	assert_true(cells->n_answers == 1 && cells->answers[0] == 2 && !cells->sdo);
	assert_true(flags->frame.remote && !flags->frame.len && flags->answers[0] == 5 && flags->timeout == 150000);
	assert_int_equal(p->transmit[0].when, TRANSMIT_UNTIL_HEARD);
	assert_false(p->sensor);
	profile_free(p);
	problems_free(&problems);
}

static void test_parameters(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	static const struct profile_parameter list[] = { { "cell_base", "0" }, { "step", "0.50" } };
	const struct profile_parameters given = { list, 2 };
	struct profile *standard = load_edited(good, NULL, "", &problems);
	struct profile *p = profile_load_text_with("test", good, sizeof good - 1, &given, &problems);
	problems_print(&problems, stderr);
	assert_non_null(standard);
	assert_non_null(p);
	assert_int_equal(p->frames[2].group_min, 0);
	assert_int_equal(codec_element(&p->fields[p->frames[2].first_field], 15), 45);
	assert_int_equal(p->fields[p->frames[5].first_field].num, 500);
	assert_true(p->hash != standard->hash);
	assert_true(profile_parameters_are(p, &given));
	assert_false(profile_parameters_are(p, NULL));
	assert_true(profile_parameters_are(standard, NULL));
	char why[200];
	assert_true(profile_parameter_check(p, "step", "1", why, sizeof why));
	assert_false(profile_parameter_check(p, "step", "1.01", why, sizeof why));
	assert_string_equal(why, "step can't be '1.01'; it can be: 0.01 to 1");
	assert_false(profile_parameter_check(p, "stp", "1", why, sizeof why));
	assert_non_null(strstr(why, "did you mean 'step'"));
	profile_free(p);
	profile_free(standard);
	static const struct profile_parameter wrong[] = { { "nothing", "0" } };
	assert_null(profile_load_text_with("test", good, sizeof good - 1, &(struct profile_parameters){ wrong, 1 }, &problems));
	problems_free(&problems);
}

#define PACK(name, port, more)                                                                                         \
	"  - { name: " name ", interface: " port ", profile: test, address: 2, cells: 16, capacity: 100 Ah,\n"          \
	"      override: { dcl: 50 A, cvl: 55 V, low_voltage: 46 V }" more " }\n"
#define TOP "interfaces: { can0: {}, can1: {}, can2: {} }\nbank: { chemistry: lfp }\npacks:\n"

/* Packs with the same values share a profile, others have one of their own. */
static void test_packs(void **state)
{
	(void)state;
	char dir[] = "/tmp/wordsXXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/test.yaml", dir);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(good, f) >= 0);
	assert_int_equal(fclose(f), 0);
	const struct config_options options = { .dirs = { { dir } } };
	struct problems problems = { 0 };
	static const char text[] = TOP PACK("A", "can0", "") PACK("B", "can1", ", parameters: { step: 0.2 }")
		PACK("C", "can2", ", parameters: { step: 0.1 }");
	struct config *c = config_load_text("x.yaml", text, sizeof text - 1, &options, &problems);
	problems_print(&problems, stderr);
	assert_non_null(c);
	const struct profile *a = c->core.packs[0].profile, *b = c->core.packs[1].profile;
	assert_ptr_equal(a, c->core.packs[2].profile);
	assert_int_equal(a->fields[a->frames[5].first_field].num, 100);
	assert_int_equal(b->fields[b->frames[5].first_field].num, 200);
	assert_true(a->hash != b->hash);
	config_free(c);
	problems_free(&problems);
	static const char wrong[] = TOP PACK("A", "can0", ", parameters: { stp: 0.2 }");
	assert_null(config_load_text("x.yaml", wrong, sizeof wrong - 1, &options, &problems));
	assert_int_equal(problems.errors, 1);
	size_t i = 0; /* what stands before are warnings */
	while (problems.list[i].level != PROBLEM_ERROR)
		i++;
	assert_string_equal(problems.list[i].message, "the profile test has no parameter 'stp'; did you mean 'step'?");
	assert_int_equal(problems.list[i].line, 5);
	problems_free(&problems);
	unlink(path);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_packs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
