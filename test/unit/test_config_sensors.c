/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `sensors:`, `source:` and what the bank takes from a sensor: read, checked, printed. The profiles are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"

static char dir[] = "/tmp/battagg-sensors-XXXXXX";
static struct config_options options;
static struct problems problems;
static struct config *config;

#define HEAD(id) "profile: " id "\nname: made up\nstatus: documented\nsource: made up for this test\nbyte_order: little\n"
#define FRAME(id) "  - " id "\n    period: 1 s\n    required: true\n"

static const struct {
	const char *name, *text;
} profiles[] = {
	{ "full", HEAD("full") "frames:\n" FRAME("id: 0x151") "    fields:\n"
	          "      cvl: { bytes: 0-1, factor: 0.1 V }\n"
	          "      ccl: { bytes: 2-3, factor: 0.1 A }\n"
	          "      dcl: { bytes: 4-5, factor: 0.1 A }\n"
	          "      low_voltage: { bytes: 6-7, factor: 0.1 V }\n"
	          "  - id: 0x156\n    period: 1 s\n    fields:\n"
	          "      voltage: { bytes: 0-1, factor: 0.01 V }\n"
	          "      current: { bytes: 2-3, type: signed, factor: 0.1 A }\n"
	          "      temperature: { bytes: 4-5, type: signed, factor: 0.1 degC }\n"
	          "      soc: { byte: 6, factor: 1 % }\n" },
	/* speaks of itself by a PGN, told apart by an instance in the data */
	{ "rvc", HEAD("rvc") "addresses: 1-3\nframes:\n" FRAME("pgn: 0x1FFFD") "    match: [ { byte: 0, is: address } ]\n"
	         "    fields:\n      voltage: { bytes: 2-3, factor: 0.05 V }\n"
	         "      soc: { byte: 4, factor: 1 % }\n" },
	{ "shunt", HEAD("shunt") "kind: sensor\nparameters:\n"
	           "  instance: { default: 0, min: 0, max: 253, what: instance on the bus }\nframes:\n" FRAME("pgn: 0x1F214")
	           "    match: [ { byte: 0, is: instance } ]\n    fields:\n"
	           "      voltage: { bytes: 1-2, factor: 0.01 V }\n"
	           "      current: { bytes: 3-4, type: signed, factor: 0.1 A }\n"
	           "transmit:\n  - { name: ask, id: 0x18EAFF00, data: 14 F2 01, period: 1 s, default: on }\n" },
	{ "volts", HEAD("volts") "kind: sensor\nframes:\n" FRAME("id: 0x500") "    fields:\n"
	           "      voltage: { bytes: 0-1, factor: 0.01 V }\n" },
	{ "pinned", HEAD("pinned") "kind: sensor\nframes:\n" FRAME("pgn: 0x1F214\n    source: 0x20") "    fields:\n"
	            "      current: { bytes: 3-4, type: signed, factor: 0.1 A }\n" },
	{ "rvshunt", HEAD("rvshunt") "kind: sensor\naddresses: 1-3\nframes:\n" FRAME("pgn: 0x1FFFD")
	             "    match: [ { byte: 0, is: address } ]\n    fields:\n"
	             "      current: { bytes: 4-5, type: signed, factor: 0.1 A }\n" },
	/* instance 2, and what it measures: one constant of two bytes */
	{ "wide", HEAD("wide") "kind: sensor\nframes:\n" FRAME("pgn: 0x1FFFD") "    match: [ { bytes: 0-1, is: 0x7802 } ]\n"
	          "    fields:\n      current: { bytes: 4-5, type: signed, factor: 0.1 A }\n" },
	{ "addressed", HEAD("addressed") "kind: sensor\naddresses: 0-251\nframes:\n" FRAME("pgn: 0x1F214\n    source: address")
	               "    fields:\n      current: { bytes: 3-4, type: signed, factor: 0.1 A }\n" },
	{ "wild", "profile: wild\nname: made up\nstatus: experimental\nsource: made up\nbyte_order: little\nkind: sensor\n"
	          "frames:\n" FRAME("id: 0x501") "    fields:\n      current: { bytes: 0-1, factor: 0.1 A }\n" },
};
#define N_PROFILES (sizeof profiles / sizeof *profiles)

static int make_profiles(void **state)
{
	(void)state;
	char path[96];
	if (!mkdtemp(dir))
		return -1;
	options.dirs.dir[0] = dir;
	for (size_t i = 0; i < N_PROFILES; i++) {
		snprintf(path, sizeof path, "%s/%s.yaml", dir, profiles[i].name);
		FILE *f = fopen(path, "we");
		if (!f || fputs(profiles[i].text, f) < 0 || fclose(f))
			return -1;
	}
	return 0;
}

static int remove_profiles(void **state)
{
	(void)state;
	char path[96];
	for (size_t i = 0; i < N_PROFILES; i++) {
		snprintf(path, sizeof path, "%s/%s.yaml", dir, profiles[i].name);
		unlink(path);
	}
	return rmdir(dir);
}

static int forget(void **state)
{
	(void)state;
	problems_free(&problems);
	config_free(config);
	config = NULL;
	return 0;
}

/* Loads it; the only finding of this level in the config itself, or NULL. */
static const struct problem *only(const char *text, enum problem_level level)
{
	const struct problem *found = NULL;
	size_t n = 0;
	forget(NULL);
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
	for (size_t i = 0; i < problems.count; i++)
		if (problems.list[i].level == level && !strcmp(problems.list[i].file, "c.yaml"))
			found = &problems.list[i], n++;
	if (n > 1)
		problems_print(&problems, stderr);
	assert_true(n <= 1);
	return found;
}

static void found(const struct problem *p, unsigned line, const char *rule, const char *part)
{
	if (!p || p->line != line || strcmp(p->rule, rule) || !strstr(p->message, part)) {
		problems_print(&problems, stderr);
		fail_msg("expected line %u, [%s] and '%s'", line, rule, part);
	}
}

static void error(const char *text, unsigned line, const char *rule, const char *part)
{
	found(only(text, PROBLEM_ERROR), line, rule, part);
	assert_null(config);
}

static void warning(const char *text, unsigned line, const char *rule, const char *part)
{
	found(only(text, PROBLEM_WARNING), line, rule, part);
	assert_non_null(config);
}

static void taken(const char *text)
{
	if (only(text, PROBLEM_ERROR) || only(text, PROBLEM_WARNING) || !config) {
		problems_print(&problems, stderr);
		fail_msg("not taken without a word");
	}
}

#define TOP(bank) "interfaces: { can0: {}, vecan0: {} }\nbank: { chemistry: lfp" bank " }\npacks:\n"
#define PACK_A    "  - { name: A, interface: can0, profile: full, cells: 16, capacity: 100 Ah }\n"
#define SHUNT     "  - { name: shunt, interface: vecan0, profile: shunt, source: 0x45 }\n"
#define FROM      ", current: { from: shunt }"
#define ALL(bank, sensors) TOP(bank) PACK_A "sensors:\n" sensors

#define RVC(name, address, more)                                                                                       \
	"  - { name: " name ", interface: vecan0, profile: rvc, address: " address ", cells: 16, capacity: 100 Ah,\n" \
	"      assumed_temperature: 20 degC, override: { current: 0 A }" more ",\n"                                    \
	"      limits: { charge_voltage: 57 V, charge_current: 5 A, discharge_current: 5 A, low_voltage: 46 V } }\n"
#define RVTOP "interfaces: { vecan0: {} }\nbank: { chemistry: lfp" FROM " }\npacks:\n"
#define RVSHUNT(address, source)                                                                                       \
	"sensors:\n  - { name: shunt, interface: vecan0, profile: rvshunt, address: " address ", source: " source " }\n"

static void a_sensor_as_configured(void **state)
{
	(void)state;
	taken(TOP(", current: { from: shunt }, voltage: { from: U }") PACK_A
	      "sensors:\n"
	      "  - name: shunt\n    interface: vecan0\n    profile: shunt\n    source: 0x45\n"
	      "    parameters: { instance: 3 }\n    invert_current: yes\n    transmit: { ask: off }\n"
	      "  - { name: U, interface: can0, profile: volts }\n");
	const struct settings *s = &config->core;
	assert_int_equal(s->n_packs, 1);
	assert_int_equal(s->n_sensors, 2);
	const struct pack_settings *a = &s->sensors[0], *u = &s->sensors[1];
	assert_string_equal(a->name, "shunt");
	assert_int_equal(a->port, 1);
	assert_string_equal(a->profile->id, "shunt");
	assert_int_equal(a->profile->frames[0].guards[0].value, 3);
	assert_true(a->source.set && a->source.value == 0x45 && a->invert_current);
	assert_false(a->transmit[0]);
	assert_int_equal(a->address, 0);
	assert_true(u->port == 0 && !u->source.set && !u->invert_current);
	assert_int_equal(s->current_from, 1);
	assert_int_equal(s->voltage_from, 2);
	/* a pack may have one, too */
	taken(TOP("") PACK_A RVC("R", "2", ", source: 253") "sensors:\n");
	s = &config->core;
	assert_true(s->packs[1].source.set && s->packs[1].source.value == 253);
}

static void without_any(void **state)
{
	(void)state;
	taken("interfaces: { can0: {} }\nbank: { chemistry: lfp, current: {}, voltage: }\npacks:\n" PACK_A "sensors: []\n");
	assert_int_equal(config->core.current_from, 0);
	assert_int_equal(config->core.n_sensors, 0);
}

static void where_it_belongs(void **state)
{
	(void)state;
	error(TOP("") PACK_A "  - { name: B, interface: vecan0, profile: shunt, source: 0x45 }\n", 5, "C13",
	      "shunt is a sensor, no battery: it belongs under `sensors:`");
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: full }\n"), 6, "C13",
	      "full is a battery: it belongs under `packs:`");
	error(ALL("", "  - { name: shunt, interface: vecan0, profile: shunk, source: 1 }\n"), 6, "C13", "did you mean 'shunt'");
	error(ALL("", "  - { name: shunt, interface: vecan1, profile: shunt, source: 1 }\n"), 6, "C04", "did you mean 'vecan0'");
	error(ALL("", "  - { name: shunt, interface: vecan0, profile: shunt, source: 1, cells: 16 }\n"), 6, "Y08", "cells");
	error(ALL("", "  - { interface: vecan0, profile: shunt, source: 1 }\n"), 6, "C01", "`name` is missing");
	error(ALL("", "  - shunt\n"), 6, "C02", "a sensor wants keys of its own");
	error(TOP("") PACK_A "sensors: shunt\n", 5, "C02", "`sensors` wants a list");
	error(ALL("", SHUNT "  - { name: shunt, interface: can0, profile: volts }\n"), 7, "C05",
	      "two of packs and sensors are named 'shunt'; the first is in line 6");
	error(ALL("", "  - { name: A, interface: vecan0, profile: shunt, source: 1 }\n"), 6, "C05", "named 'A'; the first is in line 4");
	error(ALL(", current: { from: v }", "  - { name: v, interface: vecan0, profile: wild }\n"), 6, "C09",
	      "nobody has proven it on a real sensor");
	taken(ALL(", current: { from: v }", "  - { name: v, interface: vecan0, profile: wild, accept_experimental: yes }\n"));
	warning(ALL("", SHUNT), 6, "C12", "nothing is taken from 'shunt': `bank: { current: { from: shunt } }` would");
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: shunt, source: 1, parameters: { instanze: 1 } }\n"), 6,
	      "C13", "did you mean 'instance'");
}

static void who_sends(void **state)
{
	(void)state;
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: shunt }\n"), 6, "C01",
	      "`source` is missing, such as `source: 0x45`");
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: shunt, source: 254 }\n"), 6, "C03", "0 to 253");
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: shunt, source: any }\n"), 6, "C02", "`source: any`");
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: pinned, source: 0x20 }\n"), 6, "C02",
	      "pinned says itself who sends");
	taken(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: pinned }\n"));
	error(ALL(", voltage: { from: U }", "  - { name: U, interface: vecan0, profile: volts, source: 9 }\n"), 6, "C02",
	      "volts has no PGNs");
	error(TOP("") "  - { name: A, interface: can0, profile: full, cells: 16, capacity: 100 Ah, source: 3 }\n"
	      "sensors:\n" SHUNT, 4, "C02", "full has no PGNs");
	/* the sender as the address */
	taken(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: addressed, address: 0x45 }\n"));
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: addressed, address: 0x45, source: 0x45 }\n"), 6, "C02",
	      "in the profile addressed the sender is the `address`");
	/* an instance alone does not do: the GX uses one, too */
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: rvshunt, address: 2 }\n"), 6, "C01", "`source` is missing");
	error(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: rvshunt, source: 2 }\n"), 6, "C01", "`address` is missing");
	taken(ALL(FROM, "  - { name: shunt, interface: vecan0, profile: rvshunt, address: 2, source: 2 }\n"));
}

static void what_is_taken(void **state)
{
	(void)state;
	error(ALL(", current: { from: shnut }", SHUNT), 2, "C04", "no sensor 'shnut'; did you mean 'shunt'?");
	error(ALL(", current: { from: A }", SHUNT), 2, "C04", "'A' is a pack");
	error(TOP(", current: { from: shunt }") PACK_A "  - { name: B, interface: vecan0, profile: full, cells: 16, capacity: 1 Ah }\n",
	      2, "C04", "no sensor 'shunt' under `sensors:`");
	error(ALL(", current: { from: U }", "  - { name: U, interface: vecan0, profile: volts }\n"), 2, "C02",
	      "'U' (volts) measures no current");
	error(ALL(", voltage: { from: P }", "  - { name: P, interface: vecan0, profile: pinned }\n"), 2, "C02",
	      "'P' (pinned) measures no voltage");
	error(ALL(", current: { form: shunt }", SHUNT), 2, "Y08", "did you mean 'from'");
	error(ALL(", current: shunt", SHUNT), 2, "C02", "`current` wants keys of its own, such as `from`");
	error(ALL(", current: { from: [shunt] }", SHUNT), 2, "C02", "single value, such as shunt");
}

/* Packs and sensors that listen to one PGN are told apart by its sender or by the instance in it. */
static void on_one_bus(void **state)
{
	(void)state;
	taken(RVTOP RVC("R", "1", "") RVSHUNT("2", "0x60"));
	error(RVTOP RVC("R", "1", "") RVSHUNT("1", "0x60"), 8, "C05",
	      "'R' (rvc) and 'shunt' (rvshunt) would both take PGN 1FFFD on vecan0: give each its `source`");
	taken(RVTOP RVC("R", "1", ", source: 0x46") RVSHUNT("1", "0x60"));
	error(RVTOP RVC("R", "1", ", source: 0x60") RVSHUNT("1", "0x60"), 8, "C05", "would both take PGN 1FFFD");
	/* an instance of one byte, and one that is the low byte of a longer constant: 2 is not 1 */
	taken(RVTOP RVC("R", "1", "") "sensors:\n  - { name: shunt, interface: vecan0, profile: wide, source: 0x60 }\n");
	error(RVTOP RVC("R", "2", "") "sensors:\n  - { name: shunt, interface: vecan0, profile: wide, source: 0x60 }\n", 8, "C05",
	      "would both take PGN 1FFFD");
	/* two of one profile */
	taken(ALL(FROM ", voltage: { from: U }", SHUNT "  - { name: U, interface: vecan0, profile: shunt, source: 0x46 }\n"));
	error(ALL(FROM ", voltage: { from: U }", SHUNT "  - { name: U, interface: vecan0, profile: shunt, source: 0x45 }\n"), 7,
	      "C05", "both shunt on vecan0");
	error(ALL(FROM, SHUNT "  - { name: P, interface: vecan0, profile: pinned }\n  - { name: Q, interface: vecan0, profile: pinned }\n"),
	      8, "C05", "'P' and 'Q' are both pinned on vecan0");
}

/* Interfaces that only sensors are on. */
static void interfaces(void **state)
{
	(void)state;
	warning("interfaces: { can0: {}, vecan0: {} }\nbank: { chemistry: lfp, current: { from: shunt }, voltage: { from: U } }\n"
	        "output: { interface: can0 }\npacks:\n"
	        "  - { name: A, interface: vecan0, profile: full, cells: 16, capacity: 100 Ah }\nsensors:\n" SHUNT
	        "  - { name: U, interface: can0, profile: volts }\n",
	        8, "C12", "the output and this sensor are on one interface, can0");
	/* of two that are as similar, the one that neither pack nor sensor is on */
	error("interfaces: { can1: {}, can2: {} }\nbank: { chemistry: lfp, voltage: { from: U } }\npacks:\n" PACK_A
	      "sensors:\n  - { name: U, interface: can1, profile: volts }\n",
	      4, "C04", "did you mean 'can2'");
	/* and where a sensor has no place yet, none is said to be empty */
	error("interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp, voltage: { from: U } }\npacks:\n" PACK_A
	      "sensors:\n  - { name: U, interface: can2, profile: volts }\n",
	      6, "C04", "did you mean 'can1'");
	for (size_t i = 0; i < problems.count; i++)
		assert_null(strstr(problems.list[i].message, "no pack is on"));
}

static void four_are_enough(void **state)
{
	(void)state;
	char text[1024];
	int n = snprintf(text, sizeof text, "%s", ALL(", current: { from: s2 }", ""));
	for (int i = 0; i <= SENSORS_MAX; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "  - { name: s%d, interface: vecan0, profile: shunt, source: %d }\n",
		              i, i);
	error(text, 10, "C03", "more than 4 sensors");
}

static void has_line(const char *text, const char *value, const char *origin)
{
	const char *at = strstr(text, value), *end = at ? strchr(at, '\n') : NULL, *from = at ? strstr(at, origin) : NULL;
	if (!from || from > end)
		fail_msg("no '%s' with '%s' in\n%s", value, origin, text);
}

static void effective(void **state)
{
	(void)state;
	taken(ALL(FROM, SHUNT));
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	config_print_effective(config, out);
	fclose(out);
	has_line(text, "  current:\n", "");
	has_line(text, "from: shunt", "c.yaml:2");
	has_line(text, "# from: the mean of the packs'", "");
	has_line(text, "- name: \"shunt\"", "c.yaml:6");
	has_line(text, "source: 69", "c.yaml:6");
	has_line(text, "instance: 0", "# profile");
	has_line(text, "ask: on", "# profile");
	has_line(text, "# source: any sender of the profile's PGNs", ""); /* of the pack */
	struct settings before = config->core;
	struct config *again = config_load_text("again.yaml", text, len, &options, &problems);
	if (!again) {
		problems_print(&problems, stderr);
		fail_msg("what --effective prints is refused:\n%s", text);
	}
	again->core.output_profile = before.output_profile;
	again->core.packs[0].profile = before.packs[0].profile;
	again->core.sensors[0].profile = before.sensors[0].profile;
	assert_memory_equal(&again->core, &before, sizeof before);
	config_free(again);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_sensor_as_configured, forget), cmocka_unit_test_teardown(without_any, forget),
		cmocka_unit_test_teardown(where_it_belongs, forget),       cmocka_unit_test_teardown(who_sends, forget),
		cmocka_unit_test_teardown(what_is_taken, forget),          cmocka_unit_test_teardown(on_one_bus, forget),
		cmocka_unit_test_teardown(four_are_enough, forget),        cmocka_unit_test_teardown(effective, forget),
		cmocka_unit_test_teardown(interfaces, forget),
	};
	return cmocka_run_group_tests_name("config_sensors", tests, make_profiles, remove_profiles);
}
