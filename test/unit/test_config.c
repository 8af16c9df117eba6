/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The config: defaults, every check once with its line, and --effective. The profiles are made up, in a directory
 * of this test's own. Expected defaults are those that etc/battagg.yaml states. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/config.h"
#include "config/config_private.h"

static char home[] = "/tmp/battagg-config-XXXXXX";
static char first_dir[64], second_dir[64];
static struct config_options options;
static struct problems problems;
static struct config *config;

#define LIMITS_AND_MORE(id)                                                                                            \
	"frames:\n"                                                                                                    \
	"  - id: " id "\n"                                                                                             \
	"    period: 1 s\n"                                                                                            \
	"    required: true\n"                                                                                         \
	"    fields:\n"                                                                                                \
	"      cvl: { bytes: 0-1, factor: 0.1 V }\n"                                                                   \
	"      ccl: { bytes: 2-3, factor: 0.1 A }\n"                                                                   \
	"      dcl: { bytes: 4-5, factor: 0.1 A }\n"                                                                   \
	"      low_voltage: { bytes: 6-7, factor: 0.1 V }\n"                                                           \
	"  - id: 0x156\n"                                                                                              \
	"    period: 1 s\n"                                                                                            \
	"    fields:\n"                                                                                                \
	"      voltage: { bytes: 0-1, factor: 0.01 V }\n"                                                              \
	"      current: { bytes: 2-3, type: signed, factor: 0.1 A }\n"                                                 \
	"      temperature: { bytes: 4-5, type: signed, factor: 0.1 degC }\n"                                          \
	"      soc: { byte: 6, factor: 1 % }\n"
#define HEAD(id) "profile: " id "\nname: made up\nsource: made up for this test\nbyte_order: little\n"

/* Gives all but cells and capacity; two frames can be sent to it, one of them moves contactors. */
static const char full[] = HEAD("full") "status: documented\nbitrate: 500 kbit/s\n" LIMITS_AND_MORE(
	"0x151") "transmit:\n"
		 "  - { name: keepalive, id: 0x105, data: \"00\", period: 1 s, default: on }\n"
		 "  - { name: contactor, id: 0x100, data: \"01\", period: 1 s, default: off, control: true }\n";
/* Speaks 0x351, as the output does, and its 0x156 is full's, too. */
static const char alike[] = HEAD("alike") "status: documented\nbitrate: 500 kbit/s\n" LIMITS_AND_MORE("0x351");
static const char risky[] = HEAD("risky") "status: experimental\nbitrate: 500 kbit/s\n" LIMITS_AND_MORE("0x151");
/* Has addresses, and says hardly anything. */
static const char bare[] = HEAD("bare") "status: documented\nbitrate: 250 kbit/s\naddresses: 1-4\n"
					"foreign_ids: [0x777]\n"
					"frames:\n"
					"  - id: 0x200 + address\n"
					"    period: 1 s\n"
					"    required: true\n"
					"    fields:\n"
					"      charge_enabled: { byte: 0, bit: 0 }\n";
static const char enemy[] = HEAD("enemy") "status: documented\nbitrate: 250 kbit/s\n" LIMITS_AND_MORE("0x777");
/* Its voltage is the sum of its cells. */
static const char adding[] = HEAD("adding") "status: documented\nbitrate: 500 kbit/s\n"
	"frames:\n"
	"  - id: 0x151\n"
	"    period: 1 s\n"
	"    required: true\n"
	"    fields:\n"
	"      current: { bytes: 0-1, type: signed, factor: 0.1 A }\n"
	"      soc: { byte: 2, factor: 1 % }\n"
	"      cell_voltage[1]: { bytes: 4-7, each: 2 bytes, factor: 1 mV }\n"
	"computed: { voltage: { sum: cell_voltage } }\n";
static const char broken[] = "profile: broken\n";

/* A pack of `full` that lacks nothing. */
#define PACK_A "  - { name: A, interface: can0, profile: full, cells: 16, capacity: 100 Ah }\n"
#define TOP    "interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp }\n"
#define GOOD   TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 100 Ah }\n"
/* What `bare` does not say. */
#define BARE_REST                                                                                                      \
	"cells: 16, capacity: 100 Ah, assumed_temperature: 20 degC, "                                                  \
	"override: { voltage: 52 V, current: 0 A, soc: 50 % }, "                                                       \
	"limits: { charge_voltage: 55 V, charge_current: 50 A, discharge_current: 50 A, low_voltage: 46 V }"

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s.yaml", dir, name);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void remove_file(const char *dir, const char *name)
{
	char path[128];
	snprintf(path, sizeof path, "%s/%s.yaml", dir, name);
	unlink(path);
}

static int make_home(void **state)
{
	(void)state;
	if (!mkdtemp(home))
		return -1;
	snprintf(first_dir, sizeof first_dir, "%s/first", home);
	snprintf(second_dir, sizeof second_dir, "%s/second", home);
	if (mkdir(first_dir, 0700) || mkdir(second_dir, 0700))
		return -1;
	options.dirs.dir[0] = first_dir;
	options.dirs.dir[2] = second_dir;
	write_file(second_dir, "full", full);
	write_file(second_dir, "alike", alike);
	write_file(second_dir, "risky", risky);
	write_file(second_dir, "bare", bare);
	write_file(second_dir, "enemy", enemy);
	write_file(second_dir, "adding", adding);
	write_file(second_dir, "broken", broken);
	return 0;
}

static int remove_home(void **state)
{
	static const char *const names[] = { "full", "alike", "risky", "bare", "enemy", "adding", "broken" };
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove_file(second_dir, names[i]);
	rmdir(first_dir);
	rmdir(second_dir);
	return rmdir(home);
}

static void forget(void)
{
	problems_free(&problems);
	config_free(config);
	config = NULL;
}

static int forget_all(void **state)
{
	(void)state;
	forget();
	return 0;
}

static void load(const char *text)
{
	forget();
	config = config_load_text("c.yaml", text, strlen(text), &options, &problems);
}

/* Findings in the config itself; those in the made-up profiles (no samples) are not of interest here. */
static size_t own_problems(enum problem_level level, const struct problem **found)
{
	size_t n = 0;
	*found = NULL;
	for (size_t i = 0; i < problems.count; i++)
		if (problems.list[i].level == level && !strcmp(problems.list[i].file, "c.yaml")) {
			n++;
			if (!*found)
				*found = &problems.list[i];
		}
	return n;
}

static void check_found(const struct problem *p, unsigned line, const char *rule, const char *part)
{
	if (p->line != line || strcmp(p->rule, rule) || !strstr(p->message, part))
		fail_msg("got line %u: %s [%s]; expected line %u, [%s] and '%s'", p->line, p->message, p->rule, line,
			 rule, part);
}

/* The text has exactly this error, and is refused. */
static void one_error(const char *text, unsigned line, const char *rule, const char *part)
{
	const struct problem *p;
	load(text);
	size_t n = own_problems(PROBLEM_ERROR, &p);
	if (n != 1) {
		problems_print(&problems, stderr);
		fail_msg("%zu errors instead of one; expected line %u, [%s] and '%s'", n, line, rule, part);
	}
	assert_null(config);
	check_found(p, line, rule, part);
}

/* The text is taken, with exactly this warning. */
static void one_warning(const char *text, unsigned line, const char *rule, const char *part)
{
	const struct problem *p;
	load(text);
	if (!config || own_problems(PROBLEM_WARNING, &p) != 1) {
		problems_print(&problems, stderr);
		fail_msg("expected one warning: line %u, [%s] and '%s'", line, rule, part);
	}
	check_found(p, line, rule, part);
}

static void taken(const char *text)
{
	const struct problem *p;
	load(text);
	if (!config || own_problems(PROBLEM_WARNING, &p)) {
		problems_print(&problems, stderr);
		fail_msg("not taken without a warning");
	}
}

static void defaults_are_the_designs(void **state)
{
	(void)state;
	taken(GOOD);
	const struct settings *s = &config->core;
	assert_int_equal(s->n_ports, 2);
	assert_string_equal(s->port_names[1], "can1");
	assert_int_equal(s->n_packs, 2);
	assert_int_equal(s->tick, 500000);
	assert_int_equal(s->lost, 10000000);
	assert_int_equal(s->gone, 600000000);
	assert_int_equal(s->start_wait, 30000000);
	assert_int_equal(s->discharge_hold, 60000000);
	assert_int_equal(s->give_up, 300000000);
	assert_int_equal(s->min_packs, 1);
	assert_int_equal(s->on_lost, LOST_CONTINUE);
	assert_int_equal(s->emergency_discharge, 0);
	assert_int_equal(s->quarantine, 30000000);
	assert_int_equal(s->quarantine_max, 600000000);
	assert_int_equal(s->rejoin_voltage, 100);
	assert_int_equal(s->rejoin_current, 25);
	assert_int_equal(s->raise_hold, 30000000);
	assert_int_equal(s->raise_current, 5000);
	assert_int_equal(s->raise_percent, 500);
	assert_int_equal(s->raise_voltage, 80);
	assert_int_equal(s->feedback_margin, 1000);
	assert_int_equal(s->feedback_percent, 200);
	assert_int_equal(s->feedback_time, 1000000); /* the design has 2 s: with a GX's lag more than 5 s over the limit */
	assert_int_equal(s->feedback_hold, 60000000);
	assert_int_equal(s->feedback_step, 5000000);
	assert_int_equal(s->c_rate_max, 300);
	assert_true(s->cell_guard);
	assert_int_equal(s->guard_high, 0); /* the chemistry's own */
	assert_false(s->limits.cvl.set);
	assert_string_equal(s->output_name, "battagg bank");
	assert_string_equal(s->output_manufacturer, "BATTAGG");
	assert_string_equal(s->output_family, "battagg");
	assert_string_equal(s->output_serial, "battagg-vcan0");
	assert_string_equal(s->output_firmware, BATTAGG_VERSION);
	assert_false(s->estimate_cells);
	assert_string_equal(config->output_interface, "vcan0");
	assert_true(config->create_output);
	assert_string_equal(config->socket_path, "/run/battagg/vcan0.sock");
	assert_string_equal(config->log_level, "info");
	assert_non_null(config->output_profile);
	assert_ptr_equal(config->core.output_profile, config->output_profile);
}

static void a_pack_as_configured(void **state)
{
	(void)state;
	taken(GOOD);
	const struct pack_settings *b = &config->core.packs[1];
	assert_string_equal(b->name, "B");
	assert_string_equal(b->profile->id, "full");
	assert_ptr_equal(b->profile, config->core.packs[0].profile);
	assert_int_equal(b->port, 1);
	assert_int_equal(b->address, 0);
	assert_int_equal(b->cells, 16);
	assert_true(b->capacity.set);
	assert_int_equal(b->capacity.value, 100000);
	assert_int_equal(b->chemistry, CHEM_LFP);
	assert_false(b->invert_current);
	assert_false(b->override[Q_SOC].set);
	assert_true(b->transmit[0]);
	assert_false(b->transmit[1]);
}

static void every_key_lands(void **state)
{
	(void)state;
	load("interfaces:\n"
	     "  left: { match: { usb_serial: '0031', usb_path: 1-1.3 }, bitrate: 250 kbit/s, restart: 100 ms }\n"
	     "output: { interface: vcan7, name: House, manufacturer: MINE, serial: S1, family: F, create: no,\n"
	     "  estimate_cells: yes }\n"
	     "bank: { topology: parallel, chemistry: nmc, min_packs: 1, on_pack_lost: stop }\n"
	     "limits: { combine: sum, charge_voltage: 56 V, charge_current: 200 A, discharge_current: 250 A,\n"
	     "  low_voltage: 46 V, c_rate: 1 C, raise: { hold: 1 min, current: 1 A/s, percent: 2 %/s, voltage: 10 mV/s "
	     "},\n"
	     "  cell_guard: { high: 4.1 V, high_release: 4.0 V, low: 3.2 V, low_release: 3.4 V } }\n"
	     "rejoin: { quarantine: 1 min, quarantine_max: 5 min, voltage: 2 %, current: 0.1 C }\n"
	     "times: { lost: 20 s, gone: 1 h, start_wait: 1 min, discharge_hold: 30 s, give_up: 2 min, tick: 200 ms }\n"
	     "safe: { emergency_discharge: 10 A, cell_voltage: 3.6 V, float_voltage: 3.9 V }\n"
	     "feedback: { margin: 2 A, percent: 3 %, time: 3 s, hold: 2 min, step: 10 s }\n"
	     "socket: /tmp/x.sock\n"
	     "log: debug\n"
	     "packs:\n"
	     "  - { name: C, interface: left, profile: bare, address: 3, chemistry: nmc, invert_current: yes,\n"
	     "      expect: { manufacturer: JK, serial: '42' }, " BARE_REST " }\n");
	assert_non_null(config);
	const struct settings *s = &config->core;
	const struct pack_settings *p = &s->packs[0];
	assert_string_equal(config->interfaces[0].name, "left");
	assert_string_equal(config->interfaces[0].usb_serial, "0031");
	assert_string_equal(config->interfaces[0].usb_path, "1-1.3");
	assert_int_equal(config->interfaces[0].bitrate, 250000);
	assert_int_equal(config->interfaces[0].restart, 100000);
	assert_string_equal(config->output_interface, "vcan7");
	assert_string_equal(s->output_name, "House");
	assert_string_equal(s->output_manufacturer, "MINE");
	assert_string_equal(s->output_serial, "S1");
	assert_string_equal(s->output_family, "F");
	assert_false(config->create_output);
	assert_true(s->estimate_cells);
	assert_int_equal(s->chemistry, CHEM_NMC);
	assert_int_equal(s->on_lost, LOST_STOP);
	assert_int_equal(s->limits.cvl.value, 56000);
	assert_int_equal(s->limits.ccl.value, 200000);
	assert_int_equal(s->limits.dcl.value, 250000);
	assert_int_equal(s->limits.low_voltage.value, 46000);
	assert_int_equal(s->c_rate_max, 100);
	assert_int_equal(s->raise_hold, 60000000);
	assert_int_equal(s->raise_current, 1000);
	assert_int_equal(s->raise_percent, 200);
	assert_int_equal(s->raise_voltage, 10);
	assert_true(s->cell_guard);
	assert_int_equal(s->guard_high, 4100);
	assert_int_equal(s->guard_high_release, 4000);
	assert_int_equal(s->guard_low, 3200);
	assert_int_equal(s->guard_low_release, 3400);
	assert_int_equal(s->quarantine, 60000000);
	assert_int_equal(s->quarantine_max, 300000000);
	assert_int_equal(s->rejoin_voltage, 200);
	assert_int_equal(s->rejoin_current, 10);
	assert_int_equal(s->lost, 20000000);
	assert_int_equal(s->gone, 3600000000);
	assert_int_equal(s->start_wait, 60000000);
	assert_int_equal(s->discharge_hold, 30000000);
	assert_int_equal(s->give_up, 120000000);
	assert_int_equal(s->tick, 200000);
	assert_int_equal(s->emergency_discharge, 10000);
	assert_int_equal(s->safe_voltage, 3600);
	assert_int_equal(s->float_voltage, 3900);
	assert_int_equal(s->feedback_margin, 2000);
	assert_int_equal(s->feedback_percent, 300);
	assert_int_equal(s->feedback_time, 3000000);
	assert_int_equal(s->feedback_hold, 120000000);
	assert_int_equal(s->feedback_step, 10000000);
	assert_string_equal(config->socket_path, "/tmp/x.sock");
	assert_string_equal(config->log_level, "debug");
	assert_int_equal(p->address, 3);
	assert_int_equal(p->chemistry, CHEM_NMC);
	assert_true(p->invert_current);
	assert_string_equal(p->expect_manufacturer, "JK");
	assert_string_equal(p->expect_serial, "42");
	assert_int_equal(p->limits.cvl.value, 55000);
	assert_int_equal(p->limits.low_voltage.value, 46000);
	assert_int_equal(p->assumed_temperature.value, 200);
	assert_true(p->override[Q_SOC].set);
	assert_int_equal(p->override[Q_SOC].value, 5000);
	assert_int_equal(p->override[Q_VOLTAGE].value, 52000);
}

static void a_value_by_itself(void **state)
{
	(void)state;
	one_error(GOOD "times: { lost: 10 V }\n", 6, "C02", "not a time");
	one_error(GOOD "times: { lost: 10 }\n", 6, "C02", "unit is missing");
	one_error(GOOD "times: { lost: [10 s] }\n", 6, "C02", "single value");
	one_error(GOOD "times:\n  lost:\n", 7, "C02", "no value");
	one_error(GOOD "times: 10 s\n", 6, "C02", "keys of its own");
	one_error(GOOD "times: { lost: 1 s }\n", 6, "C03", "2 s to 5 min");
	one_error(GOOD "times: { tick: 2 s }\n", 6, "C03", "100 ms to 1 s");
	one_error(GOOD "limits: { c_rate: 4 C }\n", 6, "C03", "3 C");
	one_error(GOOD "limits: { combine: mean }\n", 6, "C04", "sum");
	one_error(GOOD "limits: { cell_guard: perhaps }\n", 6, "C02", "on, off");
	one_error(GOOD "log: wraning\n", 6, "C04", "did you mean 'warning'");
	one_error(GOOD "output: { create: maybe }\n", 6, "C02", "neither yes nor no");
	one_error(GOOD "output: { name: \"seventeen letters\" }\n", 6, "C03", "at most 16");
	one_error(GOOD "output: { name: \"\" }\n", 6, "C02", "empty");
	one_error(GOOD "output: { name: \"B\xc3\xa4nk\" }\n", 6, "C02", "ASCII");
	one_error(GOOD "output: { interface: \"a b\" }\n", 6, "C02", "no name for an interface");
	one_error(GOOD "socket: run.sock\n", 6, "C02", "whole path");
	one_error(GOOD "bank: {}\n", 6, "Y07", "twice");
	one_error(GOOD "tims: {}\n", 6, "Y08", "did you mean 'times'");
	one_error(GOOD "times: { lst: 1 s }\n", 6, "Y08", "did you mean 'lost'");
}

static void empty_sections_are_fine(void **state)
{
	(void)state;
	taken(GOOD "times:\nlimits:\nsafe: {}\noutput:\n");
	assert_int_equal(config->core.lost, 10000000);
}

static void what_is_needed(void **state)
{
	(void)state;
	one_error("packs:\n" PACK_A "bank: { chemistry: lfp }\ninterfaces: {}\n", 4, "C02", "names of interfaces");
	one_error(TOP, 1, "C01", "`packs` is missing");
	one_error(TOP "packs: []\n", 3, "C02", "entry for each battery");
	one_error(TOP "packs:\n  - A\n", 4, "C02", "keys of its own");
	one_error(TOP "packs:\n  - { interface: can1, profile: full, cells: 16, capacity: 1 Ah }\n" PACK_A, 4, "C01",
		  "`name` is missing");
	one_error("- a\n", 1, "C02", "begins with keys");
	one_error("a: &x 1\n", 1, "Y06", "anchors");
}

static void interfaces_checked(void **state)
{
	const struct problem *p;
	(void)state;
	one_error("interfaces: { can0: {}, can1: {}, \"can/2\": {} }\nbank: { chemistry: lfp }\npacks:\n" PACK_A
		  "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah }\n",
		  1, "C02", "no name for an interface");
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: cam1, profile: full, cells: 16, capacity: 1 Ah }\n",
		  5, "C04", "did you mean 'can1'");
	/* of two that are as similar, the one without a pack, wherever the other's pack stands */
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can2, profile: full, cells: 16, capacity: 1 Ah }\n", 5, "C04",
		  "did you mean 'can1'");
	assert_int_equal(own_problems(PROBLEM_WARNING, &p), 0); /* so no word that nobody is on can1 */
	one_error(TOP "packs:\n  - { name: B, interface: can2, profile: full, cells: 16, capacity: 1 Ah }\n" PACK_A, 4, "C04",
		  "did you mean 'can1'");
	one_warning(TOP "packs:\n" PACK_A, 1, "C12", "no pack is on can1");
	one_error("interfaces:\n  a: { match: { usb_serial: X } }\n  b: { match: { usb_serial: X } }\n"
		  "bank: { chemistry: lfp }\npacks:\n"
		  "  - { name: A, interface: a, profile: full, cells: 16, capacity: 1 Ah }\n"
		  "  - { name: B, interface: b, profile: full, cells: 16, capacity: 1 Ah }\n",
		  3, "C05", "same adapter");
	one_warning("interfaces: { can0: { bitrate: 250 kbit/s } }\nbank: { chemistry: lfp }\npacks:\n" PACK_A, 1,
		    "C12", "speaks at 500 kbit/s");
	char text[2048] = "interfaces:\n";
	for (int i = 0; i < PORTS_MAX + 1; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "  can%d: {}\n", i);
	strcat(text, "bank: { chemistry: lfp }\npacks:\n" PACK_A);
	one_error(text, 18, "C03", "more than 16");
}

#define WIRED(topology)                                                                                                \
	"interfaces: { can0: {}, can1: {}, can2: {}, can3: {} }\n"                                                     \
	"bank: { chemistry: lfp, topology: " topology " }\npacks:\n"                                                   \
	"  - { name: A, interface: can0, profile: full, cells: 8, capacity: 100 Ah }\n"                                \
	"  - { name: B, interface: can1, profile: full, cells: 8, capacity: 100 Ah }\n"                                \
	"  - { name: C, interface: can2, profile: full, cells: 4, capacity: 100 Ah }\n"                                \
	"  - { name: D, interface: can3, profile: full, cells: 12, capacity: 100 Ah }\n"

static void wiring(void **state)
{
	(void)state;
	static const int pairs[] = { 0, 0, 1, 1 };
	taken(WIRED("[[A, B], [C, D]]")); /* 16 cells each */
	assert_int_equal(config->core.n_strings, 2);
	assert_memory_equal(config->core.string_of, pairs, sizeof pairs);
	struct config *first = config;
	config = NULL;
	taken(WIRED("[[D, C], [B, A]]"));
	assert_int_equal(config->core.string_of[0], 1);
	assert_true(config_same_topology(first, config)); /* the same strings, in another order */
	taken(WIRED("series"));
	assert_int_equal(config->core.n_strings, 1);
	assert_false(config_same_topology(first, config));
	config_free(first);
	taken(GOOD);
	assert_int_equal(config->core.n_strings, 0);
	one_error(WIRED("ring"), 2, "C04", "can't be 'ring'");
	one_error(WIRED("{ a: b }"), 2, "C02", "strings in parallel");
	one_error(WIRED("[[A, E], [C, D], B]"), 2, "C04", "no pack is named 'E'");
	one_error(WIRED("[[A, B], [C, D], [B]]"), 2, "C05", "'B' stands in `topology` twice");
	one_error(WIRED("[[A, B], [C]]"), 2, "C01", "'D' has no place");
	one_error(WIRED("[[A, B], [C, D], []]"), 2, "C02", "empty string");
	one_error(WIRED("[[A, B], [C, D], { a: b }]"), 2, "C02", "a list of packs");
	one_error(WIRED("[[A, B], [C, [D]]]"), 2, "C02", "single value");
	one_error(WIRED("[[A, B, C], D]"), 7, "C07", "'D' has a nominal voltage of 38.4 V and 'A + B + C' of 64.0 V");
	one_warning("interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp, topology: series }\npacks:\n" PACK_A
		    "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 90 Ah }\n", 5, "C07",
		    "only the smaller one's can be used");
}

static void values_that_depend_on_each_other(void **state)
{
	(void)state;
	one_error(GOOD "times: { lost: 30 s, gone: 20 s }\n", 6, "C11", "longer than `lost`");
	one_error(GOOD "times: { give_up: 30 s }\n", 6, "C11", "discharge_hold");
	one_error(GOOD "rejoin: { quarantine: 20 min }\n", 6, "C11", "quarantine_max");
	one_error(GOOD "limits: { charge_voltage: 40 V, low_voltage: 44 V }\n", 6, "C11", "above `low_voltage`");
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp, min_packs: 2 }\npacks:\n" PACK_A, 2, "C11",
		  "more than there are");
	one_error(GOOD "limits: { cell_guard: { high: 3.5 V, high_release: 3.5 V } }\n", 6, "C11", "below `high`");
	one_error(GOOD "limits: { cell_guard: { low: 3 V, low_release: 2.9 V } }\n", 6, "C11", "above `low`");
	one_error(GOOD "safe: { cell_voltage: 3.65 V }\n", 6, "C11", "cell guard");
	one_error(GOOD "alarms: { high_voltage: { warning: 57 V, alarm: 56 V } }\n", 6, "C11", "the alarm must not come before");
	one_error(GOOD "alarms: { low_soc: { warning: 5 %, alarm: 10 % } }\n", 6, "C11", "the alarm must not come before");
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      limits: { charge_voltage: 50 V, low_voltage: 52 V } }\n",
		  6, "C11", "above `low_voltage`");
}

static void known_brands_are_no_name(void **state)
{
	(void)state;
	one_error(GOOD "output: { manufacturer: PYLON }\n", 6, "C08", "PYLON");
	one_error(GOOD "output: { manufacturer: lgx }\n", 6, "C08", "brand LG");
	one_error(GOOD "output: { manufacturer: BydHome }\n", 6, "C08", "brand BYD");
	one_error(GOOD "output: { manufacturer: dyness }\n", 6, "C08", "DYNESS");
	one_error(GOOD "output: { manufacturer: Pytes }\n", 6, "C08", "Pytes");
	one_error(GOOD "output: { family: Pelio_L }\n", 6, "C08", "Pelio");
	taken(GOOD "output: { manufacturer: SHEnergy }\n"); /* seen as generic */
}

static void pack_names(void **state)
{
	(void)state;
	one_error(TOP "packs:\n" PACK_A "  - { name: A, interface: can1, profile: full, cells: 16, capacity: 1 Ah }\n",
		  5, "C05", "the first is in line 4");
	one_error(TOP "packs:\n" PACK_A
		      "  - { name: a/b, interface: can1, profile: full, cells: 16, capacity: 1 Ah }\n",
		  5, "C02", "'/'");
	one_warning("interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp }\npacks:\n"
		    "  - { name: North1, interface: can0, profile: full, cells: 16, capacity: 1 Ah }\n"
		    "  - { name: North2, interface: can1, profile: full, cells: 16, capacity: 1 Ah }\n",
		    5, "C12", "look the same on a GX");
}

static void profiles_found_or_not(void **state)
{
	(void)state;
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: fulll, cells: 16, capacity: 1 Ah }\n",
		  5, "C13", "did you mean 'full'");
	one_error(TOP "packs:\n" PACK_A
		      "  - { name: B, interface: can1, profile: zzzzzzzzz, cells: 16, capacity: 1 Ah }\n",
		  5, "C13", "looked for");
	assert_non_null(strstr(problems.list[problems.count - 1].message, "second/zzzzzzzzz.yaml"));
	one_error(TOP "packs:\n" PACK_A
		      "  - { name: B, interface: can1, profile: ../full, cells: 16, capacity: 1 Ah }\n",
		  5, "C13", "no name of a profile");
	one_error(TOP "packs:\n" PACK_A
		      "  - { name: B, interface: can1, profile: broken, cells: 16, capacity: 1 Ah }\n",
		  5, "C13", "errors of its own");
	write_file(first_dir, "full", full);
	one_warning(GOOD, 4, "C13", "it hides");
	assert_non_null(strstr(config->core.packs[0].profile->file, "first/full.yaml"));
	remove_file(first_dir, "full");
}

static void consent(void **state)
{
	(void)state;
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: risky, cells: 16, capacity: 1 Ah }\n",
		  5, "C09", "accept_experimental: yes");
	taken(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: risky, cells: 16, capacity: 1 Ah, "
				    "accept_experimental: yes }\n");
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      transmit: { contactor: on } }\n",
		  6, "C09", "add `allow: [contactor]`");
	taken(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		  "      transmit: { contactor: on, keepalive: off }, allow: [contactor] }\n");
	assert_true(config->core.packs[1].transmit[1]);
	assert_false(config->core.packs[1].transmit[0]);
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      transmit: { keepaliv: on } }\n",
		  6, "C04", "did you mean 'keepalive'");
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      allow: contactor }\n",
		  6, "C02", "list of names");
	one_warning(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
			"      allow: [keepalive] }\n",
		    6, "C12", "needs no `allow`");
}

/* All that neither the BMS nor the config says, at once. */
static void what_a_bms_does_not_say(void **state)
{
	static const char *const add[] = {
		"limits: { charge_voltage:",
		"limits: { charge_current:",
		"limits: { discharge_current:",
		"limits: { low_voltage:",
		"override: { voltage:",
		"override: { current: 0 A }` to this pack, and a shunt",
		"override: { soc:",
		"capacity:",
		"assumed_temperature:",
		"cells:",
	};
	(void)state;
	load("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
	     "  - { name: A, interface: can0, profile: bare, address: 1 }\n");
	assert_null(config);
	assert_int_equal(problems.errors, 10);
	size_t at = 0;
	for (size_t i = 0; i < problems.count; i++) {
		if (problems.list[i].level != PROBLEM_ERROR)
			continue;
		check_found(&problems.list[i], 4, "C06", add[at++]);
	}
	one_error("interfaces: { can0: {} }\npacks:\n" PACK_A, 3, "C06", "add `bank: { chemistry: lfp }`");
	/* nothing needs the chemistry where all its voltages are given */
	one_warning("interfaces: { can0: {} }\nsafe: { cell_voltage: 3.3 V, float_voltage: 3.35 V }\nlimits: { cell_guard: "
		    "off }\n"
		    "packs:\n" PACK_A, 3, "C12", "without the cell guard");
}

/* A computed voltage is one, but of how many cells only the config knows. */
static void cells_that_are_added_up(void **state)
{
	(void)state;
#define ADDING "interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n" \
	       "  - { name: A, interface: can0, profile: adding, capacity: 100 Ah, assumed_temperature: 20 degC,\n" \
	       "      limits: { charge_voltage: 7 V, charge_current: 5 A, discharge_current: 5 A, low_voltage: 6 V }"
	taken(ADDING ", cells: 2 }\n");
	one_error(ADDING " }\n", 4, "C06", "gives no voltage but the sum of its cells: add `cells: ... (in series)`");
#undef ADDING
}

static void addresses(void **state)
{
	(void)state;
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
		  "  - { name: A, interface: can0, profile: bare, address: 5, " BARE_REST " }\n",
		  4, "C03", "1 to 4");
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
		  "  - { name: A, interface: can0, profile: bare, " BARE_REST " }\n",
		  4, "C01", "`address` is missing");
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
		  "  - { name: A, interface: can0, profile: full, address: 1, cells: 16, capacity: 1 Ah }\n",
		  4, "C02", "has no addresses");
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
		  "  - { name: A, interface: can0, profile: bare, address: 1, " BARE_REST " }\n"
		  "  - { name: B, interface: can0, profile: bare, address: 1, " BARE_REST " }\n",
		  5, "C05", "address 1 on can0");
	taken("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
	      "  - { name: A, interface: can0, profile: bare, address: 1, " BARE_REST " }\n"
	      "  - { name: B, interface: can0, profile: bare, address: 4, " BARE_REST " }\n");
}

static void clashes_on_a_bus(void **state)
{
	(void)state;
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n" PACK_A
		  "  - { name: B, interface: can0, profile: full, cells: 16, capacity: 1 Ah }\n",
		  5, "C05", "can't be told apart");
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n" PACK_A
		  "  - { name: B, interface: can0, profile: alike, cells: 16, capacity: 1 Ah }\n",
		  5, "C05", "both use the id 156 on can0");
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n"
		  "  - { name: A, interface: can0, profile: bare, address: 1, " BARE_REST " }\n"
		  "  - { name: B, interface: can0, profile: enemy, cells: 16, capacity: 1 Ah }\n",
		  5, "C05", "the id 777 of the one");
	one_warning("interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n" PACK_A
		    "  - { name: B, interface: can0, profile: bare, address: 1, " BARE_REST " }\n",
		    5, "C12", "500 kbit/s and 250 kbit/s");
}

static void output_on_a_source(void **state)
{
	(void)state;
	one_error("interfaces: { can0: {} }\nbank: { chemistry: lfp }\noutput: { interface: can0 }\npacks:\n"
		  "  - { name: B, interface: can0, profile: alike, cells: 16, capacity: 1 Ah }\n",
		  5, "C05", "the output and this pack are on one interface, can0, where the id 351 would mean");
	/* no id in common: allowed, and said once for all packs there */
	one_warning("interfaces: { can0: {} }\nbank: { chemistry: lfp }\noutput: { interface: can0 }\npacks:\n"
		    "  - { name: A, interface: can0, profile: bare, address: 1, " BARE_REST " }\n"
		    "  - { name: B, interface: can0, profile: bare, address: 2, " BARE_REST " }\n",
		    5, "C12", "the output and this pack are on one interface, can0");
}

static void unlike_packs(void **state)
{
	(void)state;
	one_error("interfaces: { can0: {}, can1: {} }\npacks:\n"
		  "  - { name: A, interface: can0, profile: full, cells: 16, capacity: 1 Ah, chemistry: lfp }\n"
		  "  - { name: B, interface: can1, profile: full, cells: 14, capacity: 1 Ah, chemistry: nmc }\n",
		  4, "C07", "different chemistry");
	/* 16 x 3.2 V = 51.2 V and 14 x 3.2 V = 44.8 V: 12.5 % */
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 14, capacity: 1 Ah }\n",
		  5, "C07", "44.8 V and 'A' of 51.2 V");
	/* 48.0 V: 6.25 % */
	one_warning(TOP "packs:\n" PACK_A
			"  - { name: B, interface: can1, profile: full, cells: 15, capacity: 1 Ah }\n",
		    5, "C07", "'B' has 15 cells and 'A' has 16");
}

#define WITH_LIMITS(limits)                                                                                            \
	TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 100 Ah,\n"            \
	    "      limits: { " limits " } }\n"

/* For 16 LFP cells: full at 16 x 3.60 V = 57.6 V; warned of above 16 x 3.70 V = 59.2 V, wrong above 16 x 3.80 V =
 * 60.8 V. Empty at 16 x 2.80 V = 44.8 V; warned of below 16 x 2.70 V = 43.2 V, wrong below 0.8 x 44.8 V = 35.84 V.
 * Nominal: 16 x 3.20 V = 51.2 V. */
static void odd_voltages(void **state)
{
	(void)state;
	taken(WITH_LIMITS("charge_voltage: 59.2 V, low_voltage: 43.2 V"));
	one_warning(WITH_LIMITS("charge_voltage: 59.3 V"), 6, "C12", "59.3 V for 16 cells is 3.706 V for each; the cell guard stops at 3.6 V");
	one_warning(WITH_LIMITS("charge_voltage: 60.8 V"), 6, "C12", "3.8 V for each");
	one_error(WITH_LIMITS("charge_voltage: 60.81 V"), 6, "C03", "lfp cells are full at 3.6 V");
	one_error(WITH_LIMITS("charge_voltage: 560 V"), 6, "C03", "560 V for 16 cells is 35 V for each");
	one_warning(WITH_LIMITS("charge_voltage: 51.1 V"), 6, "C12", "below the nominal voltage of 16 cells, 51.2 V");
	one_warning(WITH_LIMITS("low_voltage: 43.1 V"), 6, "C12", "43.1 V for 16 cells is 2.693 V for each");
	one_warning(WITH_LIMITS("low_voltage: 35.84 V"), 6, "C12", "the cell guard stops at 2.8 V");
	one_error(WITH_LIMITS("low_voltage: 35.83 V"), 6, "C03", "lfp cells are empty at 2.8 V");
	one_warning(WITH_LIMITS("low_voltage: 51.3 V"), 6, "C12", "above the nominal voltage of 16 cells, 51.2 V");
	/* overrides may raise, so they are looked at, too */
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      override: { cvl: 66 V } }\n",
		  6, "C03", "4.125 V for each");
	/* a guard that was set higher does not make it right */
	one_error(WITH_LIMITS("charge_voltage: 66 V") "limits: { cell_guard: { high: 3.75 V } }\n", 6, "C03", "full at 3.6 V");
	/* nobody knows what the cells bear */
	one_warning("interfaces: { can0: {} }\nsafe: { cell_voltage: 3.3 V, float_voltage: 3.35 V }\nlimits: { cell_guard: off }\n"
		    "packs:\n  - { name: A, interface: can0, profile: full, cells: 16, capacity: 100 Ah, limits: { charge_voltage: 66 V } }\n",
		    3, "C12", "without the cell guard");
}

/* An LFP cell is full at 3.60 V and empty at 2.80 V; an NMC cell at 4.18 V and 3.10 V. */
static void odd_cell_guard(void **state)
{
#define GUARD(levels) GOOD "limits: { cell_guard: " levels " }\n"
	(void)state;
	taken(GUARD("{ high: 3.7 V, low: 2.7 V }"));
	one_warning(GUARD("{ high: 3.701 V }"), 6, "C12", "much for a cell of chemistry lfp");
	one_warning(GUARD("{ high: 3.8 V }"), 6, "C12", "much for a cell of chemistry lfp");
	one_error(GUARD("{ high: 3.801 V }"), 6, "C03", "more than a cell of chemistry lfp bears");
	one_warning(GUARD("{ low: 2.699 V }"), 6, "C12", "empty at 2.8 V");
	one_warning(GUARD("{ low: 2.24 V }"), 6, "C12", "empty at 2.8 V"); /* 0.8 x 2.80 V */
	one_error(GUARD("{ low: 2.239 V }"), 6, "C03", "damages a cell of chemistry lfp");
	one_error(GUARD("{ low: 1.5 V, low_release: 1.6 V }"), 6, "C03", "damages a cell of chemistry lfp");
	one_warning(GUARD("off"), 6, "C12", "without the cell guard");
	/* one end given, the other the chemistry's: 3.5 V and 3 V */
	one_error(GUARD("{ high: 3.5 V }"), 6, "C11", "add a lower `high_release`");
	taken(GUARD("{ high: 3.501 V }"));
	taken(GUARD("{ high: 3.45 V, high_release: 3.4 V }"));
	one_error(GUARD("{ low: 3 V }"), 6, "C11", "add a higher `low_release`");
	taken(GUARD("{ low: 3.1 V, low_release: 3.2 V }"));
}

/* Charging goes on to these when it is blocked. A guard that was set higher does not make them right. */
static void odd_safe_voltages(void **state)
{
#define SAFE(voltages) GOOD "safe: { " voltages " }\n"
	const struct problem *p;
	(void)state;
	taken(SAFE("float_voltage: 3.5 V, cell_voltage: 3.5 V"));
	one_warning(SAFE("float_voltage: 3.501 V"), 6, "C12", "usual is 3.375 V");
	one_warning(SAFE("cell_voltage: 3.6 V"), 6, "C12", "usual is 3.35 V");
	one_error(SAFE("float_voltage: 3.601 V"), 6, "C11", "above 3.6 V");
	one_error(SAFE("float_voltage: 3.7 V") "limits: { cell_guard: { high: 3.75 V } }\n", 6, "C11", "above 3.6 V");
	one_error(SAFE("cell_voltage: 3.45 V") "limits: { cell_guard: { high: 3.44 V, high_release: 3.4 V } }\n", 6, "C11", "above 3.44 V");
	load(SAFE("float_voltage: 4.2 V,\n        cell_voltage: 4.2 V")); /* both are told */
	assert_int_equal(own_problems(PROBLEM_ERROR, &p), 2);
	check_found(p, 6, "C11", "above 3.6 V");
}

/* The bank's are only wrong when they would be so for all packs: here of 15 and 16 cells. */
static void odd_voltages_of_the_bank(void **state)
{
#define MIXED                                                                                                          \
	"interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp }\npacks:\n" PACK_A                                \
	"  - { name: B, interface: can1, profile: full, cells: 15, capacity: 100 Ah }\n"
	const struct problem *p;
	(void)state;
	load(MIXED "limits: { charge_voltage: 48 V, low_voltage: 51.2 V }\n"); /* nominal of 15 and of 16 */
	assert_int_equal(own_problems(PROBLEM_WARNING, &p), 1);                /* of the different cells */
	one_error(MIXED "limits: { charge_voltage: 60.81 V }\n", 6, "C03", "for 16 cells");
	one_error(MIXED "limits: { low_voltage: 33.59 V }\n", 6, "C03", "for 15 cells"); /* 0.8 x 15 x 2.8 V = 33.6 V */
	load(MIXED "limits: { charge_voltage: 47.9 V }\n");
	assert_int_equal(own_problems(PROBLEM_WARNING, &p), 2);
	load(MIXED "limits: { low_voltage: 51.3 V }\n");
	assert_int_equal(own_problems(PROBLEM_WARNING, &p), 2);
}

/* In series cells add up: 32 of them are full at 115.2 V; their capacity is that of one pack. */
static void odd_limits_of_a_string(void **state)
{
#define SERIES "interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp, topology: series }\npacks:\n" PACK_A               \
	"  - { name: B, interface: can1, profile: full, cells: 16, capacity: 100 Ah }\n"
	(void)state;
	taken(SERIES "limits: { charge_voltage: 112 V, charge_current: 300 A }\n");
	one_error(SERIES "limits: { charge_voltage: 122 V }\n", 6, "C03", "for 32 cells"); /* 32 x 3.80 V = 121.6 V */
	one_warning(SERIES "limits: { charge_current: 301 A }\n", 6, "C12", "more than 3 C of 100 Ah");
	/* how they are wired is not known, so neither is what is odd */
	one_error("interfaces: { can0: {}, can1: {} }\nbank: { chemistry: lfp, topology: [[A, C]] }\npacks:\n" PACK_A
		  "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 100 Ah }\nlimits: { charge_voltage: 127 V }\n",
		  2, "C04", "no pack is named 'C'");
}

static void odd_currents(void **state)
{
	(void)state;
	taken(WITH_LIMITS("charge_current: 1 A, discharge_current: 300 A")); /* 3 C of 100 Ah */
	one_warning(WITH_LIMITS("charge_current: 0 A"), 6, "C12", "never to be charged");
	one_warning(GOOD "limits: { discharge_current: 0 A }\n", 6, "C12", "never to be discharged");
	one_warning(WITH_LIMITS("charge_current: 100 mA"), 6, "C12", "only 0.1 A");
	one_warning(WITH_LIMITS("discharge_current: 301 A"), 6, "C12", "301 A is more than 3 C of 100 Ah");
	one_warning(GOOD "limits: { charge_current: 601 A }\n", 6, "C12", "more than 3 C of 200 Ah");
	one_warning(GOOD "limits: { discharge_current: 0.5 A }\n", 6, "C12", "only 0.5 A");
	taken(GOOD "limits: { charge_current: 600 A }\n");
}

/* One mistake is told once, where it is. */
static void no_follow_ups(void **state)
{
#define BARE_WITH(more) "interfaces: { can0: {} }\nbank: { chemistry: lfp }\npacks:\n  - { name: A, interface: can0, profile: bare,\n" more
#define REST "cells: 16, capacity: 100 Ah, assumed_temperature: 20 degC,\n"
#define FIELDS "override: { voltage: 52 V, current: 0 A, soc: 50 % },\n"
#define FOUR "charge_voltage: 55 V, charge_current: 50 A, discharge_current: 50 A, low_voltage: 46 V } }\n"
	(void)state;
	one_error(BARE_WITH("address: 1,\n" REST FIELDS
			    "limits: { charge_voltage: 55 V, charge_curent: 50 A, discharge_current: 50 A, low_voltage: 46 V } }\n"),
		  8, "Y08", "did you mean 'charge_current'");
	one_error(BARE_WITH("address: 1,\n" REST FIELDS "limit: { " FOUR), 8, "Y08", "did you mean 'limits'");
	one_error(BARE_WITH("address: 1,\n" REST FIELDS "limits: 55 V }\n"), 8, "C02", "keys of its own");
	one_error(BARE_WITH("adress: 1,\n" REST FIELDS "limits: { " FOUR), 5, "Y08", "did you mean 'address'");
	one_error(BARE_WITH("address: 1,\ncells: 16, capcity: 100 Ah, assumed_temperature: 20 degC,\n" FIELDS "limits: { " FOUR), 6,
		  "Y08", "did you mean 'capacity'");
	one_error(BARE_WITH("address: 1,\n" REST "override: { voltage: 52 V, current: 0 A, sco: 50 % },\nlimits: { " FOUR), 7, "C04",
		  "did you mean 'soc'");
	one_error(BARE_WITH("address: 1,\n" REST "override: { voltage: 52 V, current: 0 A, soc: 50 %, cvl: 5 },\n"
			    "limits: { charge_current: 50 A, discharge_current: 50 A, low_voltage: 46 V } }\n"),
		  7, "C02", "unit is missing");
	one_error("interfaces: { can0: {} }\nbank: { chemisty: lfp }\npacks:\n" PACK_A, 2, "Y08", "did you mean 'chemistry'");
	one_error("interfaces: { can0: {} }\nbnk: { chemistry: lfp }\npacks:\n" PACK_A, 2, "Y08", "did you mean 'bank'");
	one_error(TOP "pack:\n" PACK_A, 3, "Y08", "did you mean 'packs'");
	const struct problem *warning;
	assert_int_equal(own_problems(PROBLEM_WARNING, &warning), 0); /* nor a warning that no pack is on can0 */
	one_error(TOP "packs:\n" PACK_A "  - { nam: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah }\n", 5, "Y08",
		  "did you mean 'name'");
	/* and what has been told does not hide another mistake of its kind */
	load(BARE_WITH("address: 1,\n" REST FIELDS "limits: { charge_voltage: 55 V, charge_curent: 50 A, low_voltage: 46 V } }\n"));
	assert_int_equal(problems.errors, 2);
}

static void packs_without_a_name(void **state)
{
	const struct problem *p;
	(void)state;
	load(TOP "packs:\n" PACK_A "  - { name: A, interface: can1, profile: full, cells: 15, capacity: 1 Ah }\n");
	assert_int_equal(own_problems(PROBLEM_WARNING, &p), 1);
	check_found(p, 5, "C07", "the pack in line 5 has 15 cells and the pack in line 4 has 16");
	load(TOP "packs:\n" PACK_A
		 "  - { name: \"sixteen letters!\", interface: can1, profile: full, cells: 15, capacity: 1 Ah }\n");
	assert_int_equal(own_problems(PROBLEM_WARNING, &p), 1);
	check_found(p, 5, "C07", "the pack in line 5 has 15 cells and 'A' has 16");
}

static void expectations(void **state)
{
	(void)state;
	one_warning(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
			"      expect: { serial: X } }\n",
		    6, "C12", "never tells its serial");
	assert_string_equal(config->core.packs[1].expect_serial, "X");
}

static void overrides(void **state)
{
	(void)state;
	taken(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		  "      override: { charge_voltage: 56 V, charge_enabled: yes, cell_voltage_max_no: 3 } }\n");
	const struct pack_settings *b = &config->core.packs[1];
	assert_int_equal(b->override[Q_CVL].value, 56000);
	assert_int_equal(b->override[Q_CHARGE_ENABLED].value, 1);
	assert_int_equal(b->override[Q_CELL_VOLTAGE_MAX_NO].value, 3);
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      override: { sco: 5 % } }\n",
		  6, "C04", "did you mean 'soc'");
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      override: { soc: 5 V } }\n",
		  6, "C02", "not a percentage");
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      override: { soc: 106 % } }\n",
		  6, "C03", "0 % to 105 %");
	one_error(TOP "packs:\n" PACK_A "  - { name: B, interface: can1, profile: full, cells: 16, capacity: 1 Ah,\n"
		      "      override: { cvl: 56 V, charge_voltage: 55 V } }\n",
		  6, "C05", "twice");
}

static void errors_come_by_line_and_all_at_once(void **state)
{
	(void)state;
	load("log: loud\ninterfaces: { can0: {} }\ntimes: { lost: 1 V }\npacks:\n"
	     "  - { name: A, interface: can9, profile: full, cells: 0 }\nbank: { chemistry: lead }\nx: 1\n");
	assert_null(config);
	unsigned last = 0;
	for (size_t i = 0; i < problems.count; i++)
		if (!strcmp(problems.list[i].file, "c.yaml")) {
			assert_true(problems.list[i].line >= last);
			last = problems.list[i].line;
		}
	assert_int_equal(last, 7);
	assert_int_equal(problems.errors, 7); /* log, lost, can9, cells, no capacity, lead, x */
}

static char *effective(size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	assert_non_null(out);
	config_print_effective(config, out);
	fclose(out);
	return text;
}

static void has_line(const char *text, const char *value, const char *origin)
{
	const char *at = strstr(text, value);
	if (!at)
		fail_msg("no '%s' in\n%s", value, text);
	const char *end = strchr(at, '\n');
	const char *from = strstr(at, origin);
	if (!from || from > end)
		fail_msg("'%s' is not from '%s': %.*s", value, origin, (int)(end - at), at);
}

static void effective_tells_origins_and_can_be_read_again(void **state)
{
	(void)state;
	size_t len;
	taken("interfaces: { can0: { bitrate: 500 kbit/s } }\nbank: { chemistry: lfp }\nlimits:\n  charge_current: 120 "
	      "A\n"
	      "  cell_guard: { high: 3.55 V }\ntimes: { lost: 20 s }\noutput: { name: 'say \"hi\"' }\npacks:\n"
	      "  - name: A\n    interface: can0\n    profile: full\n    cells: 16\n    capacity: 100.5 Ah\n"
	      "    override: { soc: 50 % }\n    transmit: { keepalive: off }\n    allow: [contactor]\n");
	char *text = effective(&len);
	has_line(text, "charge_current: 120 A", "c.yaml:4");
	has_line(text, "high: 3.55 V", "c.yaml:5");
	has_line(text, "lost: 20 s", "c.yaml:6");
	has_line(text, "gone: 10 min", "# default");
	has_line(text, "name: \"say \\\"hi\\\"\"", "c.yaml:7");
	has_line(text, "capacity: 100.5 Ah", "c.yaml:13");
	has_line(text, "soc: 50 %", "c.yaml:14");
	has_line(text, "keepalive: off", "c.yaml:15");
	has_line(text, "contactor: off", "# profile");
	has_line(text, "# charge_voltage: the BMS's own", "");
	has_line(text, "chemistry: lfp", "c.yaml:2");

	struct settings before = config->core;
	struct config *again = config_load_text("again.yaml", text, len, &options, &problems);
	if (!again) {
		problems_print(&problems, stderr);
		fail_msg("what --effective prints is refused:\n%s", text);
	}
	/* the profiles are loaded anew; all else is the same */
	again->core.output_profile = before.output_profile;
	again->core.packs[0].profile = before.packs[0].profile;
	assert_memory_equal(&again->core, &before, sizeof before);
	config_free(again);
	free(text);
}

/* Defaults in the schema are within the ranges beside them, and each key has its line of explanation. */
static void check_rows(const struct key_row *rows)
{
	for (const struct key_row *row = rows; row->key; row++) {
		int64_t value, min, max;
		if (!row->doc)
			fail_msg("`%s` has no doc", row->key);
		if (row->rows)
			check_rows(row->rows);
		if (row->kind != KEY_NUMBER)
			continue;
		if (!row->standard && !row->unset)
			fail_msg("`%s` has no default and does not say what that means", row->key);
		if (row->min &&
		    (parse_value(row->min, row->dimension, &min) || parse_value(row->max, row->dimension, &max)))
			fail_msg("`%s` has a range that can't be read", row->key);
		if (row->standard && parse_value(row->standard, row->dimension, &value))
			fail_msg("`%s` has a default that can't be read", row->key);
		if (row->standard && row->min && (value < min || value > max))
			fail_msg("`%s` has a default out of its range", row->key);
	}
}

static void the_schema_is_sound(void **state)
{
	(void)state;
	check_rows(config_rows);
	for (int i = 0; i < 3; i++) /* words of the schema are those of the core */
		assert_int_equal(chemistry_find(((const char *const[]) { "lfp", "nmc", "lto" })[i]), CHEM_LFP + i);
}

/* etc/battagg.yaml shows `key: default` for every row; tests run in the top directory of the source. */
static void check_documented(const char *text, const struct key_row *rows)
{
	for (const struct key_row *row = rows; row->key; row++) {
		char wanted[128], quoted[128];
		snprintf(wanted, sizeof wanted, "%s: %s", row->key, row->standard ? row->standard : "");
		snprintf(quoted, sizeof quoted, "%s: \"%s\"", row->key, row->standard ? row->standard : "");
		if (!row->standard)
			wanted[strlen(row->key) + 1] = 0; /* "key:" */
		if (!strstr(text, wanted) && !strstr(text, quoted))
			fail_msg("etc/battagg.yaml does not show `%s`", wanted);
		if (row->rows)
			check_documented(text, row->rows);
	}
}

static void the_example_shows_every_key_and_is_good(void **state)
{
	static char text[32768];
	const struct config_options shipped = { .dirs = { { "can-profiles" } } };
	(void)state;
	FILE *f = fopen("etc/battagg.yaml", "re");
	assert_non_null(f);
	size_t len = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[len] = 0;
	check_documented(text, config_rows);
	config = config_load_file("etc/battagg.yaml", &shipped, &problems);
	assert_int_equal(problems.errors, 0);
	assert_non_null(config);
	assert_int_equal(config->core.n_packs, 2);
}

/* Does the line begin with `#key:`, with or without spaces before it? */
static char *commented_key(char *line)
{
	char *hash = line + strspn(line, " ");
	size_t key = strspn(hash + 1, "abcdefghijklmnopqrstuvwxyz_");
	return *hash == '#' && key && hash[1 + key] == ':' ? hash : NULL;
}

/* The words of a comment are not mistaken for a key, so a line of the old form, "# key: value", is one by mistake. */
static void no_key_with_a_space(const char *line)
{
	const char *word = line + strspn(line, " ");
	if (*word != '#' || word[1] != ' ')
		return;
	word += 1 + strspn(word + 1, " ");
	size_t len = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
	for (const struct key_row *row = config_rows; row->key; row++)
		for (const struct key_row *in = row->rows; in && in->key; in++)
			if (strlen(in->key) == len && word[len] == ':' && !memcmp(in->key, word, len))
				fail_msg("'# %s' in etc/battagg.yaml: a space behind the #", in->key);
}

/* Takes the # of `sensors:` away: it stands before the keys that need it. */
static void with_sensors(char *text)
{
	char *hash = strstr(text, "\n#sensors:");
	assert_non_null(hash);
	memmove(hash + 1, hash + 2, strlen(hash + 2) + 1);
}

/* Each # by itself can be taken away; but for what says that it needs the sensor. */
static void the_example_without_each_comment(void **state)
{
	static char text[32768], without[32768];
	const struct config_options shipped = { .dirs = { { "can-profiles" } } };
	int taken_away = 0;
	(void)state;
	FILE *f = fopen("etc/battagg.yaml", "re");
	assert_non_null(f);
	size_t len = fread(text, 1, sizeof text - 1, f);
	assert_true(len < sizeof text - 1);
	text[len] = 0;
	fclose(f);
	for (char *line = text; *line; line += strcspn(line, "\n") + 1) {
		char *hash = commented_key(line);
		no_key_with_a_space(line);
		if (!hash)
			continue;
		snprintf(without, sizeof without, "%.*s%s", (int)(hash - text), text, hash + 1);
		if (memmem(hash, strcspn(hash, "\n"), "{ from: ", 8))
			with_sensors(without);
		forget();
		config = config_load_text("c.yaml", without, strlen(without), &shipped, &problems);
		if (!config) {
			problems_print(&problems, stderr);
			fail_msg("without its #: %.*s", (int)strcspn(hash, "\n"), hash);
		}
		taken_away++;
	}
	assert_true(taken_away > 40);
}

static void a_file_that_is_not_there(void **state)
{
	(void)state;
	config = config_load_file("/nonexistent.yaml", &options, &problems);
	assert_null(config);
	assert_int_equal(problems.errors, 1);
	assert_string_equal(problems.list[0].rule, "Y01");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(defaults_are_the_designs, forget_all),
		cmocka_unit_test_teardown(a_pack_as_configured, forget_all),
		cmocka_unit_test_teardown(every_key_lands, forget_all),
		cmocka_unit_test_teardown(a_value_by_itself, forget_all),
		cmocka_unit_test_teardown(empty_sections_are_fine, forget_all),
		cmocka_unit_test_teardown(what_is_needed, forget_all),
		cmocka_unit_test_teardown(interfaces_checked, forget_all),
		cmocka_unit_test_teardown(wiring, forget_all),
		cmocka_unit_test_teardown(values_that_depend_on_each_other, forget_all),
		cmocka_unit_test_teardown(known_brands_are_no_name, forget_all),
		cmocka_unit_test_teardown(pack_names, forget_all),
		cmocka_unit_test_teardown(profiles_found_or_not, forget_all),
		cmocka_unit_test_teardown(consent, forget_all),
		cmocka_unit_test_teardown(what_a_bms_does_not_say, forget_all),
		cmocka_unit_test_teardown(cells_that_are_added_up, forget_all),
		cmocka_unit_test_teardown(addresses, forget_all),
		cmocka_unit_test_teardown(clashes_on_a_bus, forget_all),
		cmocka_unit_test_teardown(output_on_a_source, forget_all),
		cmocka_unit_test_teardown(unlike_packs, forget_all),
		cmocka_unit_test_teardown(odd_voltages, forget_all),
		cmocka_unit_test_teardown(odd_cell_guard, forget_all),
		cmocka_unit_test_teardown(odd_safe_voltages, forget_all),
		cmocka_unit_test_teardown(odd_voltages_of_the_bank, forget_all),
		cmocka_unit_test_teardown(odd_limits_of_a_string, forget_all),
		cmocka_unit_test_teardown(odd_currents, forget_all),
		cmocka_unit_test_teardown(no_follow_ups, forget_all),
		cmocka_unit_test_teardown(packs_without_a_name, forget_all),
		cmocka_unit_test_teardown(expectations, forget_all),
		cmocka_unit_test_teardown(overrides, forget_all),
		cmocka_unit_test_teardown(errors_come_by_line_and_all_at_once, forget_all),
		cmocka_unit_test_teardown(effective_tells_origins_and_can_be_read_again, forget_all),
		cmocka_unit_test_teardown(the_schema_is_sound, forget_all),
		cmocka_unit_test_teardown(the_example_shows_every_key_and_is_good, forget_all),
		cmocka_unit_test_teardown(the_example_without_each_comment, forget_all),
		cmocka_unit_test_teardown(a_file_that_is_not_there, forget_all),
	};
	return cmocka_run_group_tests(tests, make_home, remove_home);
}
