/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The profile language's range, counter and computed: what they compile to, planted mistakes, and what samples must
 * show of them. */
#include "planted.h"

/* In the samples: 255 x 0.1 Ah of 1000 x 0.1 Ah; 0xF830 = -2000; 65 - 40 = 25; 16 x 3.125 V = 50 V; -2000 W / 50 V;
 * then 0x1389 = 5001, 0x01F3 = 499, and 0xFB: all outside of their ranges. */
static const char good[] =
	"profile: test\n"
	"name: Test\n"
	"status: documented\n"
	"source: by hand\n"
	"byte_order: little\n"
	"parameters:\n"
	"  most: { default: 250, values: [250, 251], what: the largest temperature }\n"
	"frames:\n"
	"  - id: 0x100\n"
	"    counter: { byte: 7 }\n"
	"    period: 1 s\n"
	"    required: true\n"
	"    fields:\n"
	"      capacity_remaining: { bytes: 0-1, factor: 0.1 Ah }\n"
	"      power: { bytes: 2-3, type: signed, factor: 1 W, range: -5000 to 5000 }\n"
	"      temperature: { byte: 4, factor: 1 degC, offset: -40 degC, range: 0-most }\n"
	"      force_charge: { byte: 5, bits: 0-1, map: { 0: no, 1: yes } }\n"
	"      modules_online: { byte: 5, bits: 2-4, type: count }\n"
	"      alarm.general: { byte: 5, bit: 7 }\n"
	"  - id: 0x200 + group\n"
	"    group: 0-3\n"
	"    period: 1 s\n"
	"    fields:\n"
	"      cell_voltage[4 * group + 1]: { bytes: 0-7, each: 2 bytes, factor: 1 mV, range: 500-5000 }\n"
	"  - id: 0x101\n"
	"    period: 1 s\n"
	"    dlc: 2\n"
	"    fields:\n"
	"      capacity: { bytes: 0-1, factor: 0.1 Ah }\n"
	"computed:\n"
	"  voltage: { sum: cell_voltage }\n"
	"  cell_voltage_max: { max: [\"cell_voltage[1..8]\", \"cell_voltage[9]\"] }\n"
	"  soc: { ratio: [capacity_remaining, capacity] }\n"
	"  current: { ratio: [power, voltage] }\n"
	"samples:\n"
	"  - origin: by hand\n"
	"    from: the table\n"
	"    frames: [\"100#FF0030F841050001\", \"100#0102030405868701\", \"101#E803\", \"200#350C350C350C350C\",\n"
	"             \"201#350C350C350C350C\", \"202#360C340C350C350C\", \"203#350C350C350C350C\"]\n"
	"    values:\n"
	"      capacity_remaining: 25.5 Ah\n"
	"      power: -2000 W\n"
	"      temperature: 25 degC\n"
	"      force_charge: yes\n"
	"      modules_online: 1\n"
	"      alarm.general: ok\n"
	"      cell_voltage[9]: 3.126 V\n"
	"      capacity: 100 Ah\n"
	"      voltage: 50 V\n"
	"      cell_voltage_max: 3.126 V\n"
	"      soc: 25.5 %\n"
	"      current: -40 A\n"
	"  - origin: by hand\n"
	"    from: the table, values that are none\n"
	"    frames: [\"100#00008913FB800002\", \"200#F30189130000350C\"]\n"
	"    values:\n"
	"      power: not available\n"
	"      temperature: not available\n"
	"      alarm.general: active\n"
	"      cell_voltage[1]: not available\n"
	"      cell_voltage[4]: 3.125 V\n"
	"      voltage: absent\n"
	"      current: absent\n";

#define POWER   "range: -5000 to 5000"
#define DEGREES "range: 0-most"
#define MAXIMUM "[\"cell_voltage[1..8]\", \"cell_voltage[9]\"]"
#define CHARGE  "[capacity_remaining, capacity]"
#define COUNTER "counter: { byte: 7 }"

static const struct mistake mistakes[] = {
	/* ranges */
	{ DEGREES, "range: 0-0x1FA", "      temperature:", "P12", "within what 8 bits can be: 0 to 255" },
	{ DEGREES, "range: 0-255", "      temperature:", "P12", "8 bits are never outside of 0-255; leave it out" },
	{ DEGREES, "range: 9-3", "      temperature:", "P12", "it goes upwards" },
	{ DEGREES, "range: 9", "      temperature:", "P03", "a range is two raw numbers, `0-0xFCFF`" },
	{ DEGREES, "range: 0-9.5", "      temperature:", "P03", "range of temperature '0-9.5'" },
	{ DEGREES, "range: none to 9", "      temperature:", "P03", "range of temperature 'none to 9'" },
	{ DEGREES, "range: [0, 9]", "      temperature:", "P03", "write it like `0-0xFCFF`" },
	{ DEGREES, "range: -1 to 9", "      temperature:", "P12", "within what 8 bits can be: 0 to 255" },
	{ POWER, "range: -5000-5000", "      power:", "P03", "with negative ones, `-400 to 400`" },
	{ POWER, "range: -5000 to 0x8000", "      power:", "P12", "within what signed 16 bits can be: -32768 to 32767" },
	{ POWER, "range: -32768 to 32767", "      power:", "P12", "never outside" },
	{ POWER, "ranges: -5000 to 5000", "      power:", NULL, "did you mean 'range'" },
	{ "1: yes } }", "1: yes }, range: 0-1 }", "      force_charge:", "P03", "`range` can't stand beside `map`" },
	{ "type: count }", "type: count, range: 0-1 }", "      modules_online:", "P03", "`range` is for whole numbers" },
	{ "bit: 7 }", "bit: 7, range: 0-1 }", "      alarm.general:", "P03", "`range` is for numbers; alarm.general is an alarm" },
	{ POWER, "range: -1999 to 5000", "      power: -2000 W", "P16", "expected -2000 W, got not available" },
	{ "range: 500-5000", "range: 499-5000", "      cell_voltage[1]:", "P16", "expected not available, got 0.499 V, which is not plausible" },
	/* counters */
	{ COUNTER, "counter: { byte: 4 }", "      temperature:", "P08", "stands where the `counter` of the frame does" },
	{ COUNTER, "counter: { byte: 8 }", "    counter:", "P03", "8 is outside of 0 to 7" },
	{ COUNTER, "counter: 7", "    counter:", "P03", "expected a place such as { byte: 0 }" },
	{ COUNTER, "counter: { byte: 7, is: 1 }", "    counter:", NULL, "is" },
	{ COUNTER, "counter: { byte: 6 }", "      capacity_remaining: 25.5", "P16", "expected 25.5 Ah, got 51.300 Ah" },
	{ "    " COUNTER "\n", "", "      capacity_remaining: 25.5", "P16", "expected 25.5 Ah, got 51.300 Ah" },
	{ "    group: 0-3\n", "    group: 0-3\n    " COUNTER "\n", "    group:", "P03", "for a single frame" },
	{ "    dlc: 2\n", "    absent_means: ok\n    counter: { byte: 7 }\n", "    dlc:", "P03", "would clear the alarms" },
	/* what is computed, of what */
	{ "  voltage: {", "  voltge: {", "  voltage:", "P05", "none is named 'voltge'; did you mean 'voltage'" },
	{ "  voltage: {", "  cvl: {", "  voltage:", "P03", "a limit is lowered by one frame and raised by two" },
	{ "  voltage: {", "  alarm.general: {", "  voltage:", "P05", "none is named 'alarm.general'" },
	{ "sum: cell_voltage }", "sum: cell_voltag }", "  voltage:", "P05", "did you mean 'cell_voltage'" },
	{ "sum: cell_voltage }", "add: cell_voltage }", "  voltage:", "P03", "one of { sum: ... }, { min: ... }" },
	{ "{ sum: cell_voltage }", "cell_voltage", "  voltage:", "P03", "one of { sum: ... }" },
	{ "sum: cell_voltage }", "sum: cell_voltage, max: cell_voltage }", "  voltage:", "P03", "one of { sum: ... }" },
	{ "sum: cell_voltage }", "sum: [] }", "  voltage:", "P03", "sum of what?" },
	{ "sum: cell_voltage }", "sum: { a: b } }", "  voltage:", "P03", "expected a quantity or an array" },
	{ "sum: cell_voltage }", "sum: cell_temperature }", "  voltage:", "P05", "no frame gives cell_temperature" },
	{ "sum: cell_voltage }", "sum: capacity }", "  voltage:", "P06", "a sum of Ah is no voltage (V)" },
	{ "sum: cell_voltage }", "max: modules_online }", "  voltage:", "P06", "a max of a count is no voltage (V)" },
	{ MAXIMUM, "[\"cell_voltage[17]\"]", "  cell_voltage_max:", "P05", "no frame gives cell_voltage[17]" },
	{ MAXIMUM, "[\"cell_voltage[8..1]\"]", "  cell_voltage_max:", "P03", "written [3] or [1..8]" },
	{ MAXIMUM, "[\"cell_voltage[0]\"]", "  cell_voltage_max:", "P03", "from 1" },
	{ MAXIMUM, "[\"cell_voltage[1..129]\"]", "  cell_voltage_max:", "P03", "from 1" },
	{ MAXIMUM, "[\"cell_voltage[1-8]\"]", "  cell_voltage_max:", "P03", "written [3] or [1..8]" },
	{ MAXIMUM, "[\"cell_voltage[1..8\"]", "  cell_voltage_max:", "P03", "written [3] or [1..8]" },
	{ MAXIMUM, "[\"a[1]\"]", "  cell_voltage_max:", "P05", "no quantity or array is named 'a[1]'" },
	{ MAXIMUM, "[\"cell_voltage[1]\", \"cell_voltage[2]\", \"cell_voltage[3]\", \"cell_voltage[4]\", \"cell_voltage[5]\", "
	           "\"cell_voltage[6]\", \"cell_voltage[7]\", \"cell_voltage[8]\", \"cell_voltage[9]\"]",
	  "  cell_voltage_max:", "P12", "at most 8 parts; neighbours" },
	{ MAXIMUM, "cell_voltage_max", "  cell_voltage_max:", "P05", "can't be computed from itself" },
	{ CHARGE, "[power, capacity]", "  soc:", "P06", "W / Ah does not make soc, in %; what fits: Ah / Ah = % and W / V = A" },
	{ CHARGE, "[capacity]", "  soc:", "P03", "`ratio` is of two numbers: [capacity_remaining, capacity]" },
	{ CHARGE, "[cell_voltage, voltage]", "  soc:", "P03", "of two numbers" },
	{ CHARGE, "[modules_online, force_charge]", "  soc:", "P06", "a count / yes or no does not make soc" },
	{ "{ ratio: " CHARGE " }", "{ sum: soc }", "  soc:", "P05", "can't be computed from itself" },
	{ "{ ratio: " CHARGE " }", "{ sum: capacity }", "  soc:", "P06", "values such as soc (%) don't add up" },
	{ "{ ratio: [power, voltage] }", "{ product: [power, voltage] }", "  current:", "P06",
	  "W x V does not make current, in A; what fits: V x A = W and % x Ah = Ah" },
	{ "{ ratio: [power, voltage] }", "{ product: [voltage] }", "  current:", "P03", "of two numbers: [voltage, current]" },
	{ "  soc: {", "  soh: {", "      soc: 25.5 %", "P16", "soc: expected 25.5 %, got absent" },
	{ "[power, voltage]", "[power, soh]", "  current:", "P05", "no frame gives soh, nor is it computed in a line before" },
	{ "computed:\n", "computed: [voltage]\nmaps:\n", "computed:", "P03", "expected a map such as" },
	/* values in samples */
	{ "sum: cell_voltage }", "max: cell_voltage }", "      voltage: 50 V", "P16", "expected 50 V, got 3.126 V" },
	{ "{ max: [\"", "{ min: [\"", "      cell_voltage_max: 3.126", "P16", "expected 3.126 V, got 3.125 V" },
	{ MAXIMUM, "\"cell_voltage[1..8]\"", "      cell_voltage_max: 3.126", "P16", "expected 3.126 V, got 3.125 V" },
};

static void test_mistakes(void **state)
{
	(void)state;
	plant_all(good, mistakes, sizeof mistakes / sizeof *mistakes);
}

static void is_part(const struct part *p, enum field_kind kind, unsigned target, unsigned first, unsigned last)
{
	assert_int_equal(p->kind, kind);
	assert_int_equal(p->target, target);
	assert_int_equal(p->first, first);
	assert_int_equal(p->last, last);
}

static void test_good(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	struct profile *p = load_edited(good, NULL, "", &problems);
	problems_print(&problems, stderr);
	assert_non_null(p);
	assert_int_equal(problems.count, 0);
	assert_true(p->frames[0].has_counter && p->frames[0].counter.shift == 56 && p->frames[0].counter.bits == 8);
	assert_false(p->frames[1].has_counter);
	assert_int_equal(p->n_counters, 1);
	assert_true(p->fields[1].has_range && p->fields[1].low == -5000 && p->fields[1].high == 5000);
	assert_true(p->fields[2].has_range && !p->fields[2].low && p->fields[2].high == 250); /* a parameter's value */
	assert_false(p->fields[0].has_range);
	assert_int_equal(p->fields[0].quick, QUICK_NUMBER); /* no longer way of decoding for what has no range */
	assert_int_equal(p->fields[2].quick, QUICK_NONE);
	assert_int_equal(p->n_computed, 4);
	const struct computed *c = p->computed;
	assert_true(c[0].target == Q_VOLTAGE && c[0].how == COMPUTE_SUM && c[0].n_parts == 1 && c[0].fill == FILL_OLD);
	is_part(&c[0].parts[0], FIELD_ARRAY, ARRAY_CELL_VOLTAGE, 0, 0);
	assert_true(c[1].target == Q_CELL_VOLTAGE_MAX && c[1].how == COMPUTE_MAX && c[1].n_parts == 2);
	is_part(&c[1].parts[0], FIELD_ARRAY, ARRAY_CELL_VOLTAGE, 1, 8);
	is_part(&c[1].parts[1], FIELD_ARRAY, ARRAY_CELL_VOLTAGE, 9, 9);
	assert_true(c[2].target == Q_SOC && c[2].how == COMPUTE_RATIO);
	is_part(&c[2].parts[1], FIELD_QUANTITY, Q_CAPACITY, 0, 0);
	assert_true(c[3].target == Q_CURRENT && c[3].how == COMPUTE_RATIO);
	assert_true(p->has_quantity >> Q_VOLTAGE & 1 && p->has_quantity >> Q_CURRENT & 1);
	profile_free(p);
	problems_free(&problems);
}

/* `from` replaced by `to`: good, but for one warning. */
static void warns(const char *from, const char *to, const char *text)
{
	struct problems problems = { 0 };
	struct profile *p = load_edited(good, from, to, &problems);
	if (!p || problems.count != 1 || !strstr(problems.list[0].message, text) || strcmp(problems.list[0].rule, "P18")) {
		problems_print(&problems, stderr);
		fail_msg("'%s' -> '%s': expected the warning '%s'", from, to, text);
	}
	profile_free(p);
	problems_free(&problems);
}

static void test_covered(void **state)
{
	(void)state;
	warns("      soc: 25.5 %\n", "", "no sample shows: soc computed (line 33)");
	warns("\"100#0102030405868701\", ", "", "no sample shows: other values with a counter that stands still (line 9)");
	/* the same frame twice shows nothing */
	warns("100#0102030405868701", "100#FF0030F841050001", "other values with a counter that stands still");
	warns("      power: not available\n", "", "no sample shows: power not available (line 15)");
	warns("      cell_voltage[1]: not available\n      cell_voltage[4]: 3.125 V\n", "",
	      "no sample shows: cell_voltage not available");
	/* given by a frame, it was not computed: nothing is said of the line */
	warns("      current: -40 A\n", "", "no sample shows: current computed (line 34)");
}

/* In whichever order: 51.2 V x -12.5 A = -640 W. */
static void test_product(void **state)
{
	(void)state;
	static const char *const orders[] = { "[voltage, current]", "[current, voltage]" };
	for (int i = 0; i < 2; i++) {
		char text[1024];
		struct problems problems = { 0 };
		int n = snprintf(text, sizeof text,
		                 "profile: x\nname: X\nstatus: documented\nsource: s\nbyte_order: little\nframes:\n"
		                 "  - id: 0x100\n    period: 1 s\n    required: true\n    fields:\n"
		                 "      voltage: { bytes: 0-1, factor: 0.1 V }\n"
		                 "      current: { bytes: 2-3, type: signed, factor: 0.1 A }\n"
		                 "computed: { power: { product: %s } }\n"
		                 "samples:\n  - { origin: by hand, from: 512 and 0xFF83, frames: [\"100#000283FF\"],\n"
		                 "      values: { voltage: 51.2 V, current: -12.5 A, power: -640 W } }\n", orders[i]);
		struct profile *p = profile_load_text("x", text, (size_t)n, &problems);
		problems_print(&problems, stderr);
		assert_non_null(p);
		assert_int_equal(problems.count, 0);
		profile_free(p);
	}
}

/* A heartbeat with a counter has no values that a sample could state. */
static void test_heartbeat(void **state)
{
	(void)state;
	struct problems problems = { 0 };
	struct profile *p = load_edited(good, "  - id: 0x101\n", "  - id: 0x105\n    period: 1 s\n    required: true\n    " COUNTER
	                                "\n  - id: 0x101\n", &problems);
	assert_non_null(p);
	assert_int_equal(problems.count, 1);
	assert_non_null(strstr(problems.list[0].message, "stands still (line 25)"));
	assert_int_equal(p->frames[2].counter_slot, 1);
	profile_free(p);
	problems_free(&problems);
}

static void test_many_counters(void **state)
{
	(void)state;
	char text[2048];
	struct problems problems = { 0 };
	int n = snprintf(text, sizeof text, "profile: x\nname: X\nstatus: documented\nsource: s\nbyte_order: little\nframes:\n");
	for (int i = 0; i <= COUNTERS_MAX; i++)
		n += snprintf(text + n, sizeof text - (size_t)n,
		              "  - { id: 0x10%d, period: 1 s, required: true, counter: { byte: 0 } }\n", i);
	assert_null(profile_load_text("x", text, (size_t)n, &problems));
	assert_int_equal(problems.errors, 1);
	assert_int_equal(problems.list[0].line, 7 + COUNTERS_MAX);
	assert_string_equal(problems.list[0].message, "at most 8 frames have a `counter`");
	problems_free(&problems);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),      cmocka_unit_test(test_mistakes),      cmocka_unit_test(test_covered),
		cmocka_unit_test(test_heartbeat), cmocka_unit_test(test_many_counters), cmocka_unit_test(test_product),
	};
	return cmocka_run_group_tests_name("words_made", tests, NULL, NULL);
}
