/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Status as JSON: a Pylontech stack and a JK that has said only a part, frames written by hand from the vendors'
 * tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/report.h"
#include "app/view.h"
#include "config/config.h"
#include "core/candump.h"

#define S INT64_C(1000000)

static const char text[] = "interfaces: { can0: {}, can1: {} }\n"
                           "output: { interface: vcan0, name: Test bank }\n"
                           "bank: { chemistry: lfp }\n"
                           "times: { start_wait: 1 s }\n"
                           "packs:\n"
                           "  - { name: A, interface: can0, profile: pylontech, cells: 15, capacity: 100 Ah }\n"
                           "  - { name: B, interface: can1, profile: jk-native-v2, address: 1, cells: 16, capacity: 100 Ah,\n"
                           "      limits: { charge_voltage: 56.0 V, charge_current: 40 A, discharge_current: 50 A,\n"
                           "                low_voltage: 44.8 V } }\n";

struct fixture {
	struct config *config;
	struct engine *engine;
};

static void feed(struct fixture *f, int port, const char *frame, int64_t now)
{
	struct frame parsed;
	assert_true(candump_parse_frame(frame, &parsed));
	engine_frame(f->engine, port, &parsed, now);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof *f);
	struct config_options options = { .dirs = { .dir = { "can-profiles" } } };
	struct problems problems = { 0 };
	f->config = config_load_text("test", text, strlen(text), &options, &problems);
	problems_free(&problems);
	assert_non_null(f->config);
	f->engine = engine_create(&f->config->core, 100 * S);
	/* 53.2 V, 100 A, 100 A, 46 V; 80 %, 100 %; 50.00 V, -1.0 A, 25.0 degC; high voltage alarm, charging switched off. Twice:
	 * limits are believed when two frames agree. */
	static const char *const a[] = { "351#1402E803E803CC01", "355#50006400", "356#8813F6FFFA00", "359#0200000001504E", "35C#4000", "35E#50594C4F4E202020" };
	for (int i = 0; i < 12; i++)
		feed(f, 0, a[i % 6], 100 * S + (i / 6 + 1) * S / 2);
	/* cells 1 to 4: 3.125, 3.126, 3.127, 3.128 V */
	feed(f, 1, "18E028F5#350C360C370C380C", 101 * S);
	engine_step(f->engine, 102 * S);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	engine_destroy(f->engine);
	config_free(f->config);
	free(f);
	return 0;
}

/* "packs/0/values/voltage": numbers are places in arrays */
static json_t *at(json_t *o, const char *path)
{
	char part[64];
	while (o && *path) {
		size_t n = strcspn(path, "/");
		snprintf(part, sizeof part, "%.*s", (int)n, path);
		o = json_is_array(o) ? json_array_get(o, (size_t)atoi(part)) : json_object_get(o, part);
		path += n + (path[n] == '/');
	}
	return o;
}

static void is_number(json_t *o, const char *path, double expected)
{
	json_t *number = at(o, path);
	if (!json_is_number(number) || fabs(json_number_value(number) - expected) > 1e-9)
		fail_msg("%s is %f, not %f", path, json_number_value(number), expected);
}

static void is_text(json_t *o, const char *path, const char *expected)
{
	const char *found = json_string_value(at(o, path));
	if (!found || strcmp(found, expected))
		fail_msg("%s is '%s', not '%s'", path, found ? found : "(nothing)", expected);
}

static void packs(void **state)
{
	struct fixture *f = *state;
	json_t *o = report_engine(f->engine, 102 * S + S / 2);
	is_text(o, "packs/0/name", "A");
	is_text(o, "packs/0/interface", "can0");
	is_text(o, "packs/0/profile", "pylontech");
	is_text(o, "packs/0/state", "online");
	is_number(o, "packs/0/values/voltage/value", 50);
	is_text(o, "packs/0/values/voltage/unit", "V");
	is_text(o, "packs/0/values/voltage/validity", "valid");
	is_number(o, "packs/0/values/voltage/age_ms", 1500);
	is_number(o, "packs/0/values/current/value", -1);
	is_number(o, "packs/0/values/soc/value", 80);
	is_number(o, "packs/0/values/temperature/value", 25);
	assert_true(json_is_false(at(o, "packs/0/values/charge_enabled/value")));
	is_text(o, "packs/0/alarms/high_voltage/alarm", "active");
	is_text(o, "packs/0/alarms/low_voltage/alarm", "ok");
	is_text(o, "packs/0/texts/manufacturer", "PYLON");
	is_text(o, "packs/1/state", "waiting");
	assert_non_null(json_string_value(at(o, "packs/1/why")));
	assert_null(at(o, "packs/1/values/voltage")); /* never said */
	json_decref(o);
}

/* 1.25 V of 1 V since 3 s; and one that never had a value. */
static void detectors(void **state)
{
	(void)state;
	const struct detector d = { .known = true, .active = true, .value = 1250, .threshold = 1000, .since = 7 * S }, none = { 0 };
	json_t *o = report_detector(&d, 1000, "V", 10 * S);
	assert_true(json_is_true(at(o, "active")));
	is_number(o, "value", 1.25);
	is_number(o, "threshold", 1);
	is_text(o, "unit", "V");
	is_number(o, "since_s", 3);
	json_decref(o);
	o = report_detector(&none, 1000, "V", 10 * S);
	assert_true(json_is_false(at(o, "active")));
	assert_null(at(o, "value"));
	assert_null(at(o, "since_s"));
	json_decref(o);
}

static void thresholds(void **state)
{
	struct fixture *f = *state;
	f->config->core.alarms.own[OWN_LOW_SOC] = (struct own_alarm){ { true, 2000 }, { false, 0 }, 200 };
	f->config->core.alarms.own[OWN_HIGH_VOLTAGE] = (struct own_alarm){ { false, 0 }, { true, 57000 }, 500 };
	engine_step(f->engine, 103 * S);
	json_t *o = report_engine(f->engine, 103 * S);
	is_number(o, "own_alarms/low_soc/warning/threshold", 20);
	assert_null(at(o, "own_alarms/low_soc/alarm"));
	is_number(o, "own_alarms/high_voltage/alarm/threshold", 57);
	is_text(o, "own_alarms/high_voltage/alarm/unit", "V");
	assert_null(at(o, "own_alarms/low_voltage"));
	json_decref(o);
}

static void doubts(void **state)
{
	struct fixture *f = *state;
	struct suspicion *x = (struct suspicion *)(uintptr_t)engine_suspicion(f->engine, 1);
	*x = (struct suspicion){ .frozen = { .known = true, .active = true, .value = 61 * S, .threshold = 60 * S },
		.soc = { .known = true, .active = true, .value = 1300, .threshold = 1 }, .soc_told = 9500, .voltage = 3210 };
	json_t *o = report_engine(f->engine, 102 * S);
	assert_true(json_is_false(at(o, "packs/0/doubts/stands_still/active")));
	assert_null(at(o, "packs/0/doubts/stands_still/text"));
	is_number(o, "packs/0/doubts/leaps_held", 0);
	is_number(o, "packs/1/doubts/stands_still/value", 61);
	is_text(o, "packs/1/doubts/stands_still/text",
	        "its values stand still while the others' current moves: has its BMS hung?");
	is_number(o, "packs/1/doubts/soc_at_rest/value", 13);
	is_text(o, "packs/1/doubts/soc_at_rest/text", "its SoC of 95 % does not fit its voltage at rest, 3.210 V per cell");
	char *page = NULL;
	size_t size;
	FILE *out = open_memstream(&page, &size);
	assert_non_null(out);
	view_print(&(struct view){ .out = out, .columns = 80 }, o);
	fclose(out);
	assert_non_null(strstr(page, "\n      its values stand still while"));
	assert_non_null(strstr(page, "\n      its SoC of 95 % does not fit"));
	free(page);
	json_decref(o);
}

static void cells(void **state)
{
	struct fixture *f = *state;
	json_t *o = report_engine(f->engine, 102 * S);
	is_number(o, "packs/1/cells/cell_voltage/values/0", 3.125);
	is_number(o, "packs/1/cells/cell_voltage/values/3", 3.128);
	is_text(o, "packs/1/cells/cell_voltage/unit", "V");
	is_number(o, "packs/1/cells/cell_voltage/age_ms/3", 1000);
	json_decref(o);
}

static void bank(void **state)
{
	struct fixture *f = *state;
	engine_step(f->engine, 103 * S);
	json_t *o = report_engine(f->engine, 103 * S);
	is_text(o, "ladder", "normal");
	is_number(o, "bank/values/voltage/value", 50);
	is_number(o, "bank/values/current/value", -1);
	/* A has closed charging with a protection alarm; it alone discharges */
	is_number(o, "limits/ccl/value", 0);
	is_text(o, "limits/ccl/unit", "A");
	is_number(o, "limits/dcl/value", 100);
	/* what the packs' limits add up to would look like another verdict */
	is_number(o, "packs/0/values/ccl/value", 100);
	static const char *const limits[] = { "bank/values/cvl", "bank/values/ccl", "bank/values/dcl", "bank/values/low_voltage" };
	for (int k = 0; k < 4; k++)
		assert_null(at(o, limits[k]));
	assert_true(json_is_true(at(o, "limits/charge_blocked")));
	for (int k = 0; k < 4; k++) {
		static const char *const reasons[] = { "limits/cvl/reason", "limits/ccl/reason", "limits/dcl/reason",
			                                   "limits/low_voltage/reason" };
		assert_true(strlen(json_string_value(at(o, reasons[k]))) > 0);
	}
	assert_true(json_array_size(at(o, "events")) > 0);
	json_decref(o);
}

/* Alone in the bank, A is not apart from itself; its current of 0.01 C is compared with nobody's. */
static void apart(void **state)
{
	struct fixture *f = *state;
	engine_step(f->engine, 103 * S);
	json_t *o = report_engine(f->engine, 103 * S);
	is_text(o, "imbalance/soc/what", "state of charge");
	is_text(o, "imbalance/soc/unit", "%");
	is_number(o, "imbalance/soc/threshold", 20);
	is_number(o, "imbalance/soc/value", 0);
	assert_true(json_is_false(at(o, "imbalance/soc/active")));
	assert_null(at(o, "imbalance/soc/most"));
	assert_null(at(o, "imbalance/soc/since_s")); /* from the beginning */
	is_number(o, "imbalance/voltage/threshold", 0.3);
	assert_true(json_is_null(at(o, "imbalance/discharge_current/value")));
	json_decref(o);
	f->config->core.imbalance[OF_SOC].detect = false;
	o = report_engine(f->engine, 103 * S);
	assert_null(at(o, "imbalance/soc"));
	assert_non_null(at(o, "imbalance/voltage"));
	json_decref(o);
}

/* A bank that plays two packs which are apart for two minutes. */
static void found_apart(void **state)
{
	static const char two[] = "interfaces: { can0: {}, can1: {} }\n"
	                          "bank: { chemistry: lfp }\n"
	                          "packs:\n"
	                          "  - { name: A, interface: can0, profile: pylontech, cells: 15, capacity: 100 Ah }\n"
	                          "  - { name: B, interface: can1, profile: pylontech, cells: 15, capacity: 100 Ah }\n";
	(void)state;
	struct config_options options = { .dirs = { .dir = { "can-profiles" } } };
	struct problems problems = { 0 };
	struct fixture f = { .config = config_load_text("test", two, strlen(two), &options, &problems) };
	problems_free(&problems);
	assert_non_null(f.config);
	f.engine = engine_create(&f.config->core, 100 * S);
	/* as above, B with 50 % */
	static const char *const a[] = { "351#1402E803E803CC01", "355#50006400", "356#8813F6FFFA00", "35C#C000" };
	static const char *const b[] = { "351#1402E803E803CC01", "355#32006400", "356#8813F6FFFA00", "35C#C000" };
	for (int64_t t = 100 * S; t <= 220 * S; t += S) {
		for (int i = 0; i < 4; i++) {
			feed(&f, 0, a[i], t);
			feed(&f, 1, b[i], t);
		}
		engine_step(f.engine, t);
	}
	json_t *o = report_engine(f.engine, 221 * S);
	assert_true(json_is_true(at(o, "imbalance/soc/active")));
	is_number(o, "imbalance/soc/value", 30);
	is_text(o, "imbalance/soc/most", "A");
	is_text(o, "imbalance/soc/least", "B");
	is_text(o, "bank/alarms/cell_imbalance/warning", "active");
	/* the limits are told twice at 101 s, when the bank begins; 60 s later it is found */
	is_number(o, "imbalance/soc/since_s", 60);
	json_decref(o);
	engine_destroy(f.engine);
	config_free(f.config);
}

static void silent(void **state)
{
	struct fixture *f = *state;
	struct engine *fresh = engine_create(&f->config->core, 100 * S);
	engine_step(fresh, 100 * S);
	json_t *o = report_engine(fresh, 100 * S);
	is_text(o, "ladder", "waiting");
	assert_true(json_is_false(at(o, "limits/valid")));
	assert_null(at(o, "limits/ccl"));
	json_decref(o);
	engine_destroy(fresh);
}

/* Numbers are written as they are: 3.125, not 3.1250000000000001; texts from a bus can't break the JSON. */
static void as_text(void **state)
{
	struct fixture *f = *state;
	size_t len;
	feed(f, 0, "35E#22FF0A5C41000000", 102 * S);
	engine_step(f->engine, 103 * S);
	char *line = report_text(report_engine(f->engine, 103 * S), &len);
	assert_non_null(line);
	assert_int_equal(len, strlen(line));
	assert_null(strchr(line, '\n'));
	assert_non_null(strstr(line, "[3.125,3.126,3.127,3.128"));
	json_t *back = json_loads(line, 0, NULL);
	assert_non_null(back);
	json_decref(back);
	free(line);
}

/* A shunt of source 0x45 on can1: 12.3 A (0x007B), where the pack says -1.0 A. */
static void sensors(void **state)
{
	static const char profile[] =
		"profile: shunt\nname: made up\nstatus: documented\nsource: by hand\nbyte_order: little\nkind: sensor\nframes:\n"
		"  - { pgn: 0x1F214, period: 1 s, required: true, fields: { current: { bytes: 3-4, type: signed, factor: 0.1 A } } }\n";
	static const char with[] = "interfaces: { can0: {}, can1: {} }\n"
	                           "bank: { chemistry: lfp, current: { from: house } }\n"
	                           "times: { start_wait: 1 s }\n"
	                           "packs:\n"
	                           "  - { name: A, interface: can0, profile: pylontech, cells: 15, capacity: 100 Ah }\n"
	                           "sensors:\n"
	                           "  - { name: house, interface: can1, profile: shunt, source: 0x45 }\n";
	char dir[] = "/tmp/battagg-report-XXXXXX", path[64];
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/shunt.yaml", dir);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(profile, file) >= 0 && !fclose(file));
	struct config_options options = { .dirs = { .dir = { dir, "can-profiles" } } };
	struct problems problems = { 0 };
	struct fixture f = { .config = config_load_text("test", with, strlen(with), &options, &problems) };
	problems_free(&problems);
	unlink(path);
	rmdir(dir);
	assert_non_null(f.config);
	f.engine = engine_create(&f.config->core, 100 * S);
	static const char *const a[] = { "351#1402E803E803CC01", "355#50006400", "356#8813F6FFFA00" };
	for (int i = 0; i < 6; i++)
		feed(&f, 0, a[i % 3], 100 * S + (i / 3 + 1) * S / 2);
	engine_step(f.engine, 101 * S);
	json_t *o = report_engine(f.engine, 101 * S);
	is_number(o, "bank/values/current/value", -1);
	assert_null(at(o, "bank/values/current/from"));
	is_text(o, "sensors/0/state", "waiting");
	assert_null(at(o, "sensors/0/values/current"));
	json_decref(o);
	feed(&f, 1, "19F21445#00FF7F7B00FFFFFF", 101 * S);
	engine_step(f.engine, 102 * S);
	o = report_engine(f.engine, 102 * S);
	is_text(o, "sensors/0/name", "house");
	is_text(o, "sensors/0/interface", "can1");
	is_text(o, "sensors/0/profile", "shunt");
	is_text(o, "sensors/0/state", "online");
	is_number(o, "sensors/0/source", 0x45);
	is_text(o, "sensors/0/frames/0/pgn", "0x1F214");
	is_number(o, "sensors/0/values/current/value", 12.3);
	assert_int_equal(json_array_size(at(o, "packs")), 1);
	is_number(o, "packs/0/values/current/value", -1);
	is_number(o, "bank/values/current/value", 12.3);
	is_text(o, "bank/values/current/from", "house");
	is_number(o, "bank/values/voltage/value", 50);
	assert_null(at(o, "bank/values/voltage/from"));
	json_t *last = NULL;
	for (size_t i = 0; i < json_array_size(at(o, "events")); i++) {
		json_t *event = json_array_get(at(o, "events"), i);
		last = json_object_get(event, "sensor") ? event : last;
	}
	is_text(last, "sensor", "house");
	is_text(last, "text", "the bank's current is taken from here");
	assert_null(json_object_get(last, "pack"));
	/* and as a person reads it */
	char *page = NULL;
	size_t size;
	FILE *out = open_memstream(&page, &size);
	assert_non_null(out);
	view_print(&(struct view){ .out = out, .events = 8, .columns = 80 }, o);
	fclose(out);
	assert_non_null(strstr(page, "+12.3 A"));
	assert_non_null(strstr(page, "(current by house)"));
	assert_non_null(strstr(page, "SENSORS\n"));
	assert_non_null(strstr(page, "house: the bank's current is taken from here"));
	free(page);
	json_decref(o);
	engine_destroy(f.engine);
	config_free(f.config);
}

/* Cells 1 and 3 of the first three are balanced (Daly 0x97: bit 0 of byte 0 is cell 1). */
static void balancing(void **state)
{
	(void)state;
	static const char daly[] = "interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
				   "  - { name: A, interface: can0, profile: daly, address: 1, cells: 16, capacity: 100 Ah,\n"
				   "      limits: { charge_voltage: 56.0 V, charge_current: 40 A, discharge_current: 50 A,\n"
				   "                low_voltage: 44.8 V } }\n";
	struct config_options options = { .dirs = { .dir = { "can-profiles" } } };
	struct problems problems = { 0 };
	struct fixture f = { .config = config_load_text("test", daly, strlen(daly), &options, &problems) };
	problems_free(&problems);
	assert_non_null(f.config);
	f.engine = engine_create(&f.config->core, 100 * S);
	feed(&f, 0, "18954001#010CE40CE50CE600", 100 * S); /* 3.300, 3.301, 3.302 V */
	feed(&f, 0, "18974001#0500000000000000", 100 * S);
	engine_step(f.engine, 101 * S);
	json_t *o = report_engine(f.engine, 101 * S);
	assert_true(json_is_true(at(o, "packs/0/cells/balancing/values/0")));
	assert_true(json_is_false(at(o, "packs/0/cells/balancing/values/1")));
	assert_true(json_is_true(at(o, "packs/0/cells/balancing/values/2")));
	char *page = NULL;
	size_t size;
	FILE *out = open_memstream(&page, &size);
	assert_non_null(out);
	view_print(&(struct view){ .out = out, .columns = 80, .cells = true }, o);
	fclose(out);
	assert_non_null(strstr(page, "3.300* 3.301  3.302*"));
	free(page);
	json_decref(o);
	engine_destroy(f.engine);
	config_free(f.config);
}

/* An event keeps its time, also when it is looked at half a second later. */
static void an_event_keeps_its_time(void **state)
{
	struct event event = { .number = 1, .time = 100 * S, .who = "bank", .text = "text" };
	(void)state;
	for (int i = 0; i < 20; i++, event.time += S / 20) {
		json_t *first = report_event(&event, event.time + S / 4), *again = report_event(&event, event.time + 7 * S / 4);
		assert_string_equal(json_string_value(at(again, "time")), json_string_value(at(first, "time")));
		json_decref(first);
		json_decref(again);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(packs, setup, teardown),  cmocka_unit_test_setup_teardown(cells, setup, teardown),
		cmocka_unit_test_setup_teardown(thresholds, setup, teardown),
		cmocka_unit_test(detectors),                              cmocka_unit_test_setup_teardown(doubts, setup, teardown),
		cmocka_unit_test_setup_teardown(bank, setup, teardown),   cmocka_unit_test_setup_teardown(silent, setup, teardown),
		cmocka_unit_test_setup_teardown(as_text, setup, teardown), cmocka_unit_test(sensors),
		cmocka_unit_test(balancing),
		cmocka_unit_test_setup_teardown(apart, setup, teardown),  cmocka_unit_test(found_apart),
		cmocka_unit_test(balancing), cmocka_unit_test(an_event_keeps_its_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
