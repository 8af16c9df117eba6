/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* detect's pure part on small dialects made for it: what decides between two that share their ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/detect.h"
#include "core/candump.h"
#include "core/chemistry.h"

#define SEC INT64_C(1000000)

static struct dialects all;
static struct detect_index idx;
static struct detection *d;
static struct verdict_on v;

static void dialect(const char *id, const char *rest)
{
	struct problems problems = { 0 };
	char text[3000];
	snprintf(text, sizeof text,
		 "profile: %s\nname: %s\nstatus: documented\nsource: made up\nbyte_order: little\n%s", id, id, rest);
	struct profile *p = profile_load_text(id, text, strlen(text), &problems);
	if (!p)
		problems_print(&problems, stderr);
	assert_non_null(p);
	problems_free(&problems);
	all.list = realloc(all.list, (size_t)(all.n + 1) * sizeof *all.list);
	all.list[all.n] = (struct dialect) { .p = p, .base = all.n };
	all.n++;
}

static void start(void)
{
	detect_index_free(&idx);
	assert_true(detect_index_make(&idx, &all));
	d = detection_new("can0", &all, &idx);
	assert_non_null(d);
}

static int stop(void **state)
{
	(void)state;
	detection_free(d);
	d = NULL;
	detect_index_free(&idx);
	dialects_free(&all);
	return 0;
}

/* The frames, once a second, `times` times. */
static void hear(int times, const char *const *frames, size_t n)
{
	for (int t = 0; t < times; t++) {
		for (size_t i = 0; i < n; i++) {
			struct frame f;
			assert_true(candump_parse_frame(frames[i], &f));
			detection_take(d, &f, true, t * SEC + (int64_t)i * 1000);
		}
	}
	detect_rank(&v, d);
}
#define HEAR(times, ...)                                                                                               \
	hear(times, (const char *const[]) { __VA_ARGS__ },                                                             \
	     sizeof((const char *const[]) { __VA_ARGS__ }) / sizeof(char *))

static const char *best(void)
{
	return v.n_found ? suspect_profile(d, v.found[0].best.suspect)->id : "none";
}

/* 53.2 V, 100 A, 100 A, 46.0 V; 50.00 V, 1.0 A, 25.0 degC: limits and measurements as most dialects have them. */
#define LIMITS                                                                                                         \
	"{ cvl: { bytes: 0-1, factor: 0.1 V }, ccl: { bytes: 2-3, factor: 0.1 A }, dcl: { bytes: 4-5, factor: 0.1 A "  \
	"}, "                                                                                                          \
	"low_voltage: { bytes: 6-7, factor: 0.1 V } }"
#define MEASURED                                                                                                       \
	"{ voltage: { bytes: 0-1, factor: 0.01 V }, current: { bytes: 2-3, type: signed, factor: 0.1 A }, "            \
	"temperature: { bytes: 4-5, type: signed, factor: 0.1 degC } }"
#define SAY_LIMITS   "351#1402E803E803CC01"
#define SAY_MEASURED "356#88130A00FA00"

static void marks_decide(void **state)
{
	(void)state;
	dialect("plain", "frames:\n"
			 "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			 "  - { id: 0x359, period: 1 s, fields: { modules_online: { byte: 4 } } }\n");
	dialect("marked", "frames:\n"
			  "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			  "  - { id: 0x359, period: 1 s, constant: [ { bytes: 5-6, is: \"PN\" } ], fields: { "
			  "modules_online: { byte: 4 } } }\n");
	start();
	HEAR(3, SAY_LIMITS, "359#000000000A504E00");
	assert_string_equal(best(), "marked");
	assert_int_equal(v.found[0].n_same, 0);
	detection_free(d);
	start();
	HEAR(3, SAY_LIMITS, "359#000000000A000000");
	assert_string_equal(best(), "plain");
}

static void lengths_decide_a_little(void **state)
{
	(void)state;
	dialect("full", "frames:\n"
			"  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			"  - { id: 0x356, period: 1 s, fields: " MEASURED " }\n");
	dialect("short", "frames:\n"
			 "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			 "  - { id: 0x356, period: 1 s, dlc: 6, fields: " MEASURED " }\n");
	start();
	HEAR(3, SAY_LIMITS, "356#88130A00FA00");
	assert_string_equal(best(), "short");
	assert_int_equal(v.found[0].n_same, 1); /* clones fill frames up: it is no proof */
	detection_free(d);
	start();
	HEAR(3, SAY_LIMITS, "356#88130A00FA000000");
	assert_string_equal(best(), "full");
}

static void byte_order_shows_in_values(void **state)
{
	(void)state;
	dialect("low-first", "frames:\n"
			     "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			     "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n");
	dialect("high-first",
		"frames:\n"
		"  - { id: 0x351, period: 1 s, required: true, byte_order: big, fields: " LIMITS " }\n"
		"  - { id: 0x356, period: 1 s, required: true, byte_order: big, fields: " MEASURED " }\n");
	start();
	HEAR(3, SAY_LIMITS, SAY_MEASURED);
	assert_string_equal(best(), "low-first");
	assert_int_equal(v.found[0].n_same, 0);
	detection_free(d);
	start();
	HEAR(3, "351#021403E803E801CC", "356#1388000A00FA");
	assert_string_equal(best(), "high-first");
	assert_int_equal(v.found[0].n_same, 0);
}

/* 0x356 in 0.1 V: 53.2 V would be read as 5.32 V. */
static void scale_shows_between_values(void **state)
{
	(void)state;
	dialect("hundredths", "frames:\n"
			      "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			      "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n");
	start();
	HEAR(3, SAY_LIMITS, "356#14020A00FA00");
	assert_string_equal(best(), "none");
	assert_true(v.has_next);
	assert_true(d->suspects[0]->relations[RELATION_VOLTAGE_CVL].failed);
}

static void same_bytes_are_said_to_be_so(void **state)
{
	(void)state;
	const char *rest = "frames:\n"
			   "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			   "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n";
	char difference[DIFFERENCE_TEXT_MAX];
	dialect("one", rest);
	dialect("other", rest);
	dialect("turned",
		"frames:\n"
		"  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
		"  - { id: 0x356, period: 1 s, required: true, fields: { voltage: { bytes: 0-1, factor: 0.01 V },\n"
		"      current: { bytes: 2-3, type: signed, factor: -0.1 A }, temperature: { bytes: 4-5, type: signed, "
		"factor: 0.1 degC } } }\n");
	start();
	HEAR(3, SAY_LIMITS, "356#88131400FA00"); /* 2.0 A */
	assert_string_equal(best(), "one");
	assert_int_equal(v.found[0].n_same, 2);
	assert_true(suspects_agree(v.found[0].best.suspect, v.found[0].same[0].suspect, difference));
	assert_false(suspects_agree(v.found[0].best.suspect, v.found[0].same[1].suspect, difference));
	assert_string_equal(difference, "current -2.0 A instead of 2.0 A");
	assert_false(v.sure);
}

static void an_id_it_never_has(void **state)
{
	(void)state;
	dialect("strict", "foreign_ids: [0x35A]\nframes:\n"
			  "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			  "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n");
	start();
	HEAR(3, SAY_LIMITS, SAY_MEASURED);
	assert_string_equal(best(), "strict");
	assert_true(v.sure);
	HEAR(1, "35A#00");
	assert_string_equal(best(), "none");
	assert_int_equal(v.next.score.objection, OBJECTION_FOREIGN);
	assert_int_equal(v.next.score.foreign_id, 0x35A);
}

static void what_is_missing(void **state)
{
	(void)state;
	dialect("needs", "frames:\n"
			 "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			 "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n"
			 "  - { id: 0x35F, period: 1 s, fields: { capacity: { bytes: 4-5, factor: 1 Ah } } }\n"
			 "  - { id: 0x360, period: 1 min, fields: { cycles: { bytes: 0-1 } } }\n");
	start();
	HEAR(3, SAY_MEASURED);
	assert_string_equal(best(), "none"); /* one frame with a voltage and a temperature is no battery */
	assert_int_equal(v.next.score.required_seen, 1);
	HEAR(3, SAY_LIMITS, SAY_MEASURED);
	assert_string_equal(best(), "needs");
	assert_true(detect_missing(d, v.found[0].best.suspect, 2));
	assert_false(detect_missing(d, v.found[0].best.suspect, 3)); /* it need not have come by now */
	assert_int_equal(v.found[0].best.score.missing, 1);
}

/* Packs by their ids, by a byte in the data, by the sender. */
static void addresses(void **state)
{
	(void)state;
	dialect("by-id", "addresses: 0-11\nframes:\n"
			 "  - { id: 0x2F4 + address, period: 1 s, required: true, fields: { voltage: { bytes: 0-1, "
			 "factor: 0.1 V }, soc: { byte: 4, factor: 1 % } } }\n"
			 "  - { id: 0x4F4 + address, period: 1 s, fields: { cell_voltage_max: { bytes: 0-1, factor: 1 "
			 "mV }, cell_voltage_min: { bytes: 3-4, factor: 1 mV } } }\n");
	dialect("by-data",
		"addresses: 1-250\nframes:\n"
		"  - { pgn: 0x1FFFD, period: 1 s, required: true, match: [ { byte: 0, is: address } ], "
		"talker_priority: { byte: 1 },\n"
		"      fields: { voltage: { bytes: 2-3, factor: 0.05 V }, current: { bytes: 4-7, factor: -0.001 A, "
		"offset: 2000000 A } } }\n"
		"  - { pgn: 0x1FFFC, period: 1 s, match: [ { byte: 0, is: address } ], talker_priority: { byte: 1 },\n"
		"      fields: { temperature: { bytes: 2-3, factor: 1/32 degC, offset: -273 degC }, soc: { byte: 4, "
		"factor: 0.5 % } } }\n"
		"  - { pgn: 0x1FFFB, period: 1 s, match: [ { byte: 0, is: address } ], talker_priority: { byte: 1 },\n"
		"      fields: { soh: { byte: 2, factor: 0.5 % }, capacity_remaining: { bytes: 3-4, factor: 1 Ah } } "
		"}\n");
	start();
	/* 53.1 V, 81 %, 3.327 and 3.324 V at 1; the same at 4 */
	HEAR(3, "2F5#1302B20F51000000", "4F5#FF0C06FC0C010000", "2F8#1302B20F51000000", "4F8#FF0C06FC0C010000");
	assert_string_equal(best(), "by-id");
	assert_int_equal(v.found[0].n_packs, 2);
	assert_int_equal(v.found[0].packs[0]->address, 1);
	assert_int_equal(v.found[0].packs[1]->address, 4);
	detection_free(d);
	start();
	/* 13.8 V (276), 0 A, 19 degC (9344), 99 %, health 100 %, 599 Ah; instance 2, priority 120, sender 0x45 */
	HEAR(3, "19FFFD45#0278140100943577", "19FFFC45#02788024C6000000", "19FFFB45#0278C85702000000");
	assert_string_equal(best(), "by-data");
	assert_int_equal(v.found[0].packs[0]->address, 2);
	assert_int_equal(v.found[0].packs[0]->source, 0x45);
	detection_free(d);
	start();
	/* likewise with the priority that a GX gives to what it repeats */
	HEAR(3, "19FFFD45#0277140100943577", "19FFFC45#02778024C6000000", "19FFFB45#0277C85702000000");
	assert_string_equal(best(), "none");
	assert_int_equal(v.next.score.objection, OBJECTION_ECHO);
	detection_free(d);
	start();
	/* or from a sender whose NAME has manufacturer 358 (0x166) in its bits 21 to 31: C0, then 2C */
	HEAR(3, "18EEFF45#0000C02C00824640", "19FFFD45#0278140100943577", "19FFFC45#02788024C6000000",
	     "19FFFB45#0278C85702000000");
	assert_string_equal(best(), "none");
	assert_int_equal(v.next.score.objection, OBJECTION_ECHO);
}

static void makers(void **state)
{
	(void)state;
	const char *frames = "frames:\n"
			     "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			     "  - { id: 0x35E, period: 1 s, fields: { manufacturer: { bytes: 0-7 } } }\n";
	char text[2000];
	snprintf(text, sizeof text, "manufacturer: [\"ACME*\"]\n%s", frames);
	dialect("acme", text);
	dialect("anyone", frames);
	start();
	HEAR(3, SAY_LIMITS, "35E#41434D4531323334"); /* ACME1234 */
	assert_string_equal(best(), "acme");
	assert_int_equal(v.found[0].n_same, 0);
	detection_free(d);
	start();
	HEAR(3, SAY_LIMITS, "35E#4242424200000000");
	assert_string_equal(best(), "anyone");
	detection_free(d);
	start();
	HEAR(3, SAY_LIMITS, "35E#4241545441474700"); /* BATTAGG: its own output */
	assert_string_equal(best(), "none");
}

static void a_checksum(void **state)
{
	(void)state;
	dialect("summed",
		"frames:\n"
		"  - { id: 0x100, period: 1 s, required: true, checksum: { byte: 7, kind: xor8, over: 0-6 },\n"
		"      fields: { voltage: { bytes: 0-1, factor: 0.01 V }, temperature: { bytes: 2-3, factor: 0.1 degC "
		"}, cvl: { bytes: 4-5, factor: 0.1 V } } }\n");
	start();
	/* 50.00 V, 25.0 degC, 56.0 V; 88 ^ 13 ^ FA ^ 00 ^ 30 ^ 02 ^ 00 = 53 */
	HEAR(3, "100#8813FA0030020053");
	assert_string_equal(best(), "summed");
	HEAR(8, "100#8813FA0030020054");
	assert_string_equal(best(), "none");
	assert_int_equal(v.next.score.objection, OBJECTION_CHECKSUM);
}

static void two_batteries(void **state)
{
	(void)state;
	dialect("first", "frames:\n"
			 "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			 "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n");
	dialect("second", "foreign_ids: [0x351]\nframes:\n"
			  "  - { id: 0x451, period: 1 s, required: true, fields: " LIMITS " }\n"
			  "  - { id: 0x456, period: 1 s, required: true, fields: " MEASURED " }\n");
	start();
	HEAR(3, SAY_LIMITS, SAY_MEASURED, "451#1402E803E803CC01", "456#88130A00FA00", "7FF#00");
	assert_int_equal(v.n_found, 2);
	assert_string_equal(best(), "first");
	assert_false(v.found[0].beside);
	assert_true(v.found[1].beside); /* 0x351 is on its bus */
	assert_true(v.mine[0] && v.mine[1] && v.mine[2] && v.mine[3]);
	assert_false(v.mine[4]);
}

static void a_sensor_is_no_battery(void **state)
{
	(void)state;
	dialect("shunt", "kind: sensor\naddresses: 0-251\nframes:\n"
			 "  - { pgn: 0x1F214, source: address, period: 1500 ms, required: true,\n"
			 "      fields: { voltage: { bytes: 1-2, factor: 0.01 V }, current: { bytes: 3-4, type: "
			 "signed, factor: 0.1 A } } }\n");
	start();
	HEAR(3, "19F214C8#00640AE3FFA976B8"); /* 26.60 V, -2.9 A, from 200 */
	assert_int_equal(v.n_found, 0);
	assert_int_equal(v.n_sensors, 1);
	assert_int_equal(v.sensors[0].suspect->address, 200);
}

/* ---- what may be believed ---- */

static struct seen knows(enum quantity a, int64_t x, enum quantity b, int64_t y)
{
	struct seen s = { 0 };
	battery_set(&s.b, a, x, 0);
	battery_set(&s.b, b, y, 0);
	s.updated = UINT64_C(1) << a;
	return s;
}

static void believed_relations(void **state)
{
	static const struct {
		enum relation relation;
		enum quantity a;
		int64_t x;
		enum quantity b;
		int64_t y;
		enum relation_result result;
	} rows[] = {
		{ RELATION_CELL_ORDER, Q_CELL_VOLTAGE_MIN, 3300, Q_CELL_VOLTAGE_MAX, 3310, RELATION_HOLDS },
		{ RELATION_CELL_ORDER, Q_CELL_VOLTAGE_MIN, 3311, Q_CELL_VOLTAGE_MAX, 3310, RELATION_FAILS },
		{ RELATION_CELL_ORDER, Q_CELL_VOLTAGE_MIN, 1000, Q_CELL_VOLTAGE_MAX, 3310, RELATION_FAILS },
		{ RELATION_CELL_ORDER, Q_CELL_VOLTAGE_MIN, 3300, Q_SOC, 5000, RELATION_UNKNOWN },
		{ RELATION_TEMPERATURE_ORDER, Q_CELL_TEMPERATURE_MIN, 150, Q_CELL_TEMPERATURE_MAX, 170,
		  RELATION_HOLDS },
		{ RELATION_TEMPERATURE_ORDER, Q_CELL_TEMPERATURE_MIN, 170, Q_CELL_TEMPERATURE_MAX, 150,
		  RELATION_FAILS },
		{ RELATION_VOLTAGE_CVL, Q_VOLTAGE, 53200, Q_CVL, 58400, RELATION_HOLDS },
		{ RELATION_VOLTAGE_CVL, Q_VOLTAGE, 5320, Q_CVL, 58400, RELATION_FAILS },
		{ RELATION_VOLTAGE_CVL, Q_VOLTAGE, 70000, Q_CVL, 58400, RELATION_FAILS },
		{ RELATION_LOW_CVL, Q_LOW_VOLTAGE, 46000, Q_CVL, 58400, RELATION_HOLDS },
		{ RELATION_LOW_CVL, Q_LOW_VOLTAGE, 58400, Q_CVL, 58400, RELATION_FAILS },
		{ RELATION_LOW_CVL, Q_LOW_VOLTAGE, 10000, Q_CVL, 58400, RELATION_FAILS },
		{ RELATION_VOLTAGE_LOW, Q_VOLTAGE, 48000, Q_LOW_VOLTAGE, 46000, RELATION_HOLDS },
		{ RELATION_VOLTAGE_LOW, Q_VOLTAGE, 20000, Q_LOW_VOLTAGE, 46000, RELATION_FAILS },
		{ RELATION_REMAINING, Q_CAPACITY, 100000, Q_CAPACITY_REMAINING, 60000, RELATION_HOLDS },
		{ RELATION_REMAINING, Q_CAPACITY, 100000, Q_CAPACITY_REMAINING, 130000, RELATION_FAILS },
		{ RELATION_STEADY_VOLTAGE, Q_VOLTAGE, 53000, Q_SOC, 5000, RELATION_HOLDS }, /* before it was 53.2 V */
		{ RELATION_STEADY_VOLTAGE, Q_VOLTAGE, 20000, Q_SOC, 5000, RELATION_FAILS },
		{ RELATION_STEADY_VOLTAGE, Q_VOLTAGE, 53200, Q_SOC, 5000, RELATION_UNKNOWN }, /* it did not change */
		{ RELATION_STEADY_CURRENT, Q_CURRENT, 110000, Q_SOC, 5000, RELATION_HOLDS },  /* before it was 0 */
		{ RELATION_STEADY_CURRENT, Q_CURRENT, -400000, Q_SOC, 5000, RELATION_FAILS },
	};
	const struct steady before = { 53200, 0, true, true };
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct seen s = knows(rows[i].a, rows[i].x, rows[i].b, rows[i].y);
		if (relations[rows[i].relation].check(&s, &before) != rows[i].result)
			fail_msg("row %d", (int)i);
	}
}

static void believed_with_more(void **state)
{
	(void)state;
	const struct steady before = { 0 };
	struct seen s = knows(Q_CELL_VOLTAGE_MIN, 3306, Q_CELL_VOLTAGE_MAX, 3329);
	battery_set(&s.b, Q_VOLTAGE, 53100, 0);
	assert_int_equal(relations[RELATION_CELLS_IN_PACK].check(&s, &before), RELATION_HOLDS);
	assert_int_equal(belief_cells(&s), 16); /* 16 x 3.3175 = 53.08 */
	battery_set(&s.b, Q_VOLTAGE, 9000, 0);
	assert_int_equal(relations[RELATION_CELLS_IN_PACK].check(&s, &before), RELATION_FAILS);
	assert_int_equal(belief_cells(&s), 0);
	/* cells far apart: 15 or 16? */
	s = knows(Q_CELL_VOLTAGE_MIN, 3000, Q_CELL_VOLTAGE_MAX, 3600);
	battery_set(&s.b, Q_VOLTAGE, 51000, 0);
	assert_int_equal(belief_cells(&s), 0);
	/* single cells that add up, and that don't */
	memset(&s, 0, sizeof s);
	battery_set(&s.b, Q_VOLTAGE, 13200, 0);
	for (int i = 0; i < 4; i++) {
		s.cells.value[ARRAY_CELL_VOLTAGE][i] = 3300;
		s.cells.validity[ARRAY_CELL_VOLTAGE][i] = VALID;
	}
	s.cells.count[ARRAY_CELL_VOLTAGE] = 4;
	assert_int_equal(belief_cells(&s), 4);
	assert_int_equal(relations[RELATION_SUM_OF_CELLS].check(&s, &before), RELATION_HOLDS);
	battery_set(&s.b, Q_VOLTAGE, 10000, 0);
	assert_int_equal(relations[RELATION_SUM_OF_CELLS].check(&s, &before), RELATION_FAILS);
	battery_set(&s.b, Q_VOLTAGE, 52800, 0); /* the others are still to come */
	assert_int_equal(relations[RELATION_SUM_OF_CELLS].check(&s, &before), RELATION_UNKNOWN);
	/* three a frame: the sixth of 4 cells is the third once more, and the fifth the second; not so if it is another */
	s.cells.count[ARRAY_CELL_VOLTAGE] = 6;
	for (int i = 0; i < 6; i++) {
		s.cells.value[ARRAY_CELL_VOLTAGE][i] = i < 4 ? 3300 + i : 3297 + i;
		s.cells.validity[ARRAY_CELL_VOLTAGE][i] = VALID;
	}
	battery_set(&s.b, Q_VOLTAGE, 13200, 0);
	assert_int_equal(relations[RELATION_SUM_OF_CELLS].check(&s, &before), RELATION_HOLDS);
	assert_int_equal(belief_cells(&s), 4);
	s.cells.value[ARRAY_CELL_VOLTAGE][5] = 3305;
	assert_int_equal(relations[RELATION_SUM_OF_CELLS].check(&s, &before), RELATION_FAILS);
	/* state of charge and charge */
	s = knows(Q_CAPACITY, 280000, Q_CAPACITY_REMAINING, 227300); /* 81 % */
	battery_set(&s.b, Q_SOC, 8100, 0);
	assert_int_equal(relations[RELATION_SOC_REMAINING].check(&s, &before), RELATION_HOLDS);
	battery_set(&s.b, Q_SOC, 3000, 0);
	assert_int_equal(relations[RELATION_SOC_REMAINING].check(&s, &before), RELATION_FAILS);
	/* alarms that exclude each other */
	assert_int_equal(relations[RELATION_ALARMS].check(&s, &before), RELATION_UNKNOWN);
	s.b.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
	assert_int_equal(relations[RELATION_ALARMS].check(&s, &before), RELATION_HOLDS);
	s.b.alarm[AL_LOW_VOLTAGE].alarm = TRI_ACTIVE;
	assert_int_equal(relations[RELATION_ALARMS].check(&s, &before), RELATION_FAILS);
}

/* Empty or full, at float or at rest, with any usual number of cells: nothing about it may look misread. */
static void believed_of_any_chemistry(void **state)
{
	static const int counts[] = { 4, 8, 15, 16, 32 };
	const struct steady before = { 0 };
	(void)state;
	for (int c = CHEM_LFP; c < N_CHEMISTRY; c++) {
		const struct chemistry_row *row = &chemistries[c];
		const int32_t cells[] = { row->guard_low, row->nominal, row->safe_voltage, row->float_voltage, row->guard_high };
		for (int i = 0; i < 5 * 5 * 2; i++) {
			int64_t n = counts[i % 5], each = cells[i / 5 % 5];
			int64_t most = i < 25 ? row->guard_high : row->float_voltage;
			struct seen s = knows(Q_VOLTAGE, n * each, Q_CVL, n * most);
			battery_set(&s.b, Q_LOW_VOLTAGE, n * row->guard_low - 1000, 0);
			battery_set(&s.b, Q_CELL_VOLTAGE_MIN, each - 50, 0);
			battery_set(&s.b, Q_CELL_VOLTAGE_MAX, each + 50, 0);
			for (int k = 0; k < N_RELATION; k++)
				if (relations[k].check(&s, &before) == RELATION_FAILS)
					fail_msg("%s, %d cells at %d mV: %s", row->name, (int)n, (int)each, relations[k].bad);
			s = knows(Q_CELL_VOLTAGE_MIN, row->guard_low, Q_CELL_VOLTAGE_MAX, row->guard_high);
			assert_int_equal(relations[RELATION_CELL_ORDER].check(&s, &before), RELATION_HOLDS);
			assert_int_equal(belief_of(FIELD_QUANTITY, Q_CELL_VOLTAGE_MAX, each), BELIEF_GOOD);
		}
	}
}

static void believed_values(void **state)
{
	(void)state;
	assert_int_equal(belief_of(FIELD_QUANTITY, Q_VOLTAGE, 53200), BELIEF_GOOD);
	assert_int_equal(belief_of(FIELD_QUANTITY, Q_VOLTAGE, 400000), BELIEF_ODD); /* high voltage: possible */
	assert_int_equal(belief_of(FIELD_QUANTITY, Q_VOLTAGE, 5320), BELIEF_BAD);
	assert_int_equal(belief_of(FIELD_QUANTITY, Q_CELL_VOLTAGE_MIN, 3300), BELIEF_GOOD);
	assert_int_equal(belief_of(FIELD_QUANTITY, Q_CELL_VOLTAGE_MIN, 900), BELIEF_BAD);
	assert_int_equal(belief_of(FIELD_ARRAY, ARRAY_CELL_TEMPERATURE, 1200), BELIEF_BAD);
	assert_int_equal(belief_of(FIELD_QUANTITY, Q_CHARGE_ENABLED, 1), BELIEF_GOOD);
	for (unsigned q = 0; q < N_QUANTITY; q++) /* none is forgotten: any value at all is for flags only */
		if (belief_of(FIELD_QUANTITY, q, INT64_MIN) != (quantities[q].unit == UNIT_FLAG ? BELIEF_GOOD : BELIEF_BAD))
			fail_msg("%s: which values of it may be believed?", quantities[q].name);
	/* by chance: small numbers 6 bits, zeros 2, filling 3, others 9 */
	assert_int_equal(belief_cost(0x0214, 16), 15);
	assert_int_equal(belief_cost(0xFF00, 16), 5);
	/* 53.2 V in steps of 0.1 V: 15 bits, less 8 for 420 values in 42 V; nothing for 0 */
	struct field f = {
		.kind = FIELD_QUANTITY, .target = Q_CVL, .num = 100, .den = 1, .place = { .end = 2, .bits = 16 }
	};
	assert_int_equal(belief_points(&f, 0x0214), 7);
	assert_int_equal(belief_points(&f, 0), 0);
}

/* "BATTAGG", "HOUSE", "battagg", "battagg-vcan0" and "4711" in ASCII. */
#define SAY_BATTAGG "35E#4241545441474700"
#define SAY_HOUSE   "35E#484F555345000000"
#define SAY_FAMILY  "382#6261747461676700"
#define SAY_SERIAL  "380#626174746167672D", "381#7663616E30000000"
#define SAY_4711    "380#3437313100000000", "381#0000000000000000"

/* Two dialects with the output's frames: only one of them reads a maker's name. */
static void make_output(void)
{
	dialect("victron", "frames:\n"
			   "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			   "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n"
			   "  - { id: 0x35E, period: 1 s, fields: { manufacturer: { bytes: 0-7 } } }\n"
			   "  - { id: 0x380, period: 1 s, fields: { serial: { bytes: 0-7, part: 1 of 2 } } }\n"
			   "  - { id: 0x381, period: 1 s, fields: { serial: { bytes: 0-7, part: 2 of 2 } } }\n"
			   "  - { id: 0x382, period: 1 s, fields: { family: { bytes: 0-7 } } }\n");
	dialect("nameless", "frames:\n"
			    "  - { id: 0x351, period: 1 s, required: true, fields: " LIMITS " }\n"
			    "  - { id: 0x356, period: 1 s, required: true, fields: " MEASURED " }\n");
	start();
}

static bool output_heard(const char *manufacturer, const char *serial)
{
	snprintf(d->bank.manufacturer, sizeof d->bank.manufacturer, "%s", manufacturer);
	snprintf(d->bank.serial, sizeof d->bank.serial, "%s", serial);
	detect_rank(&v, d);
	return v.output && !v.n_found && !v.has_next && v.sure;
}

static void own_output_is_no_battery(void **state)
{
	(void)state;
	make_output();
	HEAR(3, SAY_LIMITS, SAY_MEASURED, SAY_BATTAGG);
	assert_true(output_heard("", ""));
	detection_free(d);
	start();
	HEAR(3, SAY_LIMITS, SAY_MEASURED, SAY_HOUSE, SAY_FAMILY); /* one name changed, another left */
	assert_true(output_heard("", ""));
	detection_free(d);
	start();
	HEAR(3, SAY_LIMITS, SAY_MEASURED, SAY_HOUSE, SAY_SERIAL);
	assert_true(output_heard("", ""));
}

static void own_output_by_the_configs_names(void **state)
{
	(void)state;
	make_output();
	HEAR(3, SAY_LIMITS, SAY_MEASURED, SAY_HOUSE, SAY_4711);
	assert_false(output_heard("", ""));
	assert_false(output_heard("HOUSE", "4712")); /* a battery of that make */
	assert_false(output_heard("HOME", "4711"));
	assert_true(output_heard("HOUSE", "4711"));
}

static void a_battery_beside_the_output(void **state)
{
	(void)state;
	dialect("other", "frames:\n"
			 "  - { id: 0x451, period: 1 s, required: true, fields: " LIMITS " }\n"
			 "  - { id: 0x456, period: 1 s, required: true, fields: " MEASURED " }\n");
	make_output();
	HEAR(3, SAY_LIMITS, SAY_MEASURED, SAY_BATTAGG, "451#1402E803E803CC01", "456#88130A00FA00");
	assert_non_null(v.output);
	assert_int_equal(v.n_found, 1);
	assert_string_equal(best(), "other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(marks_decide, stop),
		cmocka_unit_test_teardown(lengths_decide_a_little, stop),
		cmocka_unit_test_teardown(byte_order_shows_in_values, stop),
		cmocka_unit_test_teardown(scale_shows_between_values, stop),
		cmocka_unit_test_teardown(same_bytes_are_said_to_be_so, stop),
		cmocka_unit_test_teardown(an_id_it_never_has, stop),
		cmocka_unit_test_teardown(what_is_missing, stop),
		cmocka_unit_test_teardown(addresses, stop),
		cmocka_unit_test_teardown(makers, stop),
		cmocka_unit_test_teardown(a_checksum, stop),
		cmocka_unit_test_teardown(two_batteries, stop),
		cmocka_unit_test_teardown(a_sensor_is_no_battery, stop),
		cmocka_unit_test(believed_relations),
		cmocka_unit_test(believed_with_more),
		cmocka_unit_test(believed_of_any_chemistry),
		cmocka_unit_test(believed_values),
		cmocka_unit_test_teardown(own_output_is_no_battery, stop),
		cmocka_unit_test_teardown(own_output_by_the_configs_names, stop),
		cmocka_unit_test_teardown(a_battery_beside_the_output, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
