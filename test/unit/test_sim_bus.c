/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What simulated packs say and when: answers frame by frame, what they refuse, faults, events, sensors; scripts. */
#include "fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/sim.h"
#include "config/profile.h"

static struct profile *commands, *node, *echo, *remote, *j1939;
static struct settings s;
static struct sim_bus bus;

static struct profile *load(const char *name)
{
	char path[64];
	struct problems problems = { 0 };
	snprintf(path, sizeof path, "test/sim/profiles/%s.yaml", name);
	struct profile *p = profile_load_file(path, &problems);
	assert_non_null(p);
	problems_free(&problems);
	return p;
}

static int load_all(void **state)
{
	(void)state;
	commands = load("ask-commands");
	node = load("ask-node");
	echo = load("ask-echo");
	remote = load("ask-remote");
	j1939 = load("words-j1939");
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	profile_free(commands);
	profile_free(node);
	profile_free(echo);
	profile_free(remote);
	profile_free(j1939);
	return 0;
}

static void one_pack(const struct profile *p, int address, bool asks)
{
	sim_bus_free(&bus);
	plain_settings(&s, 1, p, NULL);
	s.packs[0].address = address;
	assert_true(sim_bus_init(&bus, &s, asks));
}

static int stop(void **state)
{
	(void)state;
	sim_bus_free(&bus);
	return 0;
}

static void set(int pack, const char *key, const char *value, int64_t now)
{
	char why[SIM_WHY_MAX];
	const char *wrong = sim_pack_set(&bus.packs[pack], key, value, why);
	if (wrong)
		fail_msg("%s %s: %s", key, value, wrong);
	sim_bus_changed(&bus, pack, now);
}

static void ask(const char *text, int64_t now)
{
	struct frame f = { .remote = strstr(text, "#R") };
	unsigned byte;
	f.ext = strcspn(text, "#") == 8;
	f.id = (uint32_t)strtoul(text, NULL, 16);
	for (text = strchr(text, '#') + 1; sscanf(text, "%2x", &byte) == 1; text += 2)
		f.data[f.len++] = (uint8_t)byte;
	sim_bus_hear(&bus, 0, &f, now);
}

/* The next frame there is, until then. */
static struct sim_sent next;
static const char *said(int64_t until)
{
	static char text[32];
	if (!sim_bus_send(&bus, until, &next))
		return "nothing";
	int n = snprintf(text, sizeof text, next.f.ext ? "%08X#" : "%03X#", next.f.id);
	for (int i = 0; i < next.f.len; i++)
		n += snprintf(text + n, sizeof text - (size_t)n, "%02X", next.f.data[i]);
	return next.f.remote ? strcat(text, "R") : text;
}

/* Worked out by hand: 52.8 V = 528 = 0x0210, 12.5 A = 125 + 30000 = 0x75AD, 77.3 % = 773 = 0x0305. */
static void an_answer(void **state)
{
	(void)state;
	one_pack(commands, 2, false);
	set(0, "voltage", "52.8 V", 0);
	set(0, "current", "12.5 A", 0);
	set(0, "soc", "77.3 %", 0);
	assert_true(sim_bus_next(&bus) == INT64_MAX); /* it says nothing unasked */
	assert_string_equal(said(3600 * SEC), "nothing");
	ask("18900240#0000000000000000", SEC);
	assert_int_equal(sim_bus_next(&bus), SEC + 4 * MS);
	assert_string_equal(said(SEC + 3 * MS), "nothing");
	assert_string_equal(said(SEC + 4 * MS), "18904002#0210000075AD0305");
	assert_string_equal(said(2 * SEC), "nothing");
	/* what it is not asked: another address, another command, as a remote frame, too short, of 11 bits */
	ask("18900140#0000000000000000", 3 * SEC);
	ask("18990240#0000000000000000", 3 * SEC);
	ask("18900240#R", 3 * SEC);
	ask("18900240#00", 3 * SEC);
	ask("240#0000000000000000", 3 * SEC);
	assert_string_equal(said(4 * SEC), "nothing");
	struct frame f = { .id = 0x18900240, .ext = true, .len = 8 };
	sim_bus_hear(&bus, 1, &f, 5 * SEC); /* on another bus */
	set(0, "silent", "yes", 5 * SEC);
	sim_bus_hear(&bus, 0, &f, 5 * SEC);
	assert_string_equal(said(6 * SEC), "nothing");
}

/* 16 cells are six frames, the last with one cell; the seventh would have nothing in it. */
static void a_burst(void **state)
{
	(void)state;
	one_pack(commands, 1, false);
	set(0, "cells", "3.3 V", 0);
	set(0, "cells[16]", "3.301 V", 0);
	ask("18950140#0000000000000000", 0);
	assert_string_equal(said(SEC), "18954001#010CE40CE40CE400");
	int64_t at = next.at;
	for (int i = 2; i <= 5; i++) {
		assert_int_equal(said(SEC)[10], '0' + i);
		assert_true(next.at > at);
		at = next.at;
	}
	assert_string_equal(said(SEC), "18954001#060CE50000000000");
	assert_string_equal(said(SEC), "nothing");
	/* four sensors of 20 degC: 20 + 40 = 0x3C, and no more */
	ask("18960140#0000000000000000", SEC);
	assert_string_equal(said(2 * SEC), "18964001#013C3C3C3CFFFFFF");
	assert_string_equal(said(2 * SEC), "nothing");
}

/* Super B's table: 13.25 V x 1024 = 13568 = 0x3500; -15 A = 0xFFFFC568; and what the node does not have. */
static void objects(void **state)
{
	(void)state;
	one_pack(node, 1, false);
	set(0, "voltage", "13.25 V", 0);
	set(0, "current", "-15 A", 0);
	set(0, "soc", "77.5 %", 0); /* it drifts with the current */
	set(0, "dcl", "100 A", 0);
	set(0, "cycles", "absent", 0);
	assert_string_equal(said(0), "701#05"); /* operational, by its period, though the profile does not say so */
	ask("601#4060600000000000", 0);
	assert_string_equal(said(500 * MS), "581#4360600000350000");
	ask("601#40102000FFFFFFFF", 0); /* what follows the object is padding */
	assert_string_equal(said(500 * MS), "581#4310200068C5FFFF");
	ask("601#4081600000000000", 0);
	assert_string_equal(said(500 * MS), "581#4F8160004D000000");
	ask("601#4021500100000000", 0); /* -100000 in three bytes: 0xFE7960 */
	assert_string_equal(said(500 * MS), "581#472150016079FE00");
	ask("601#4011200100000000", 0);
	assert_string_equal(said(500 * MS), "581#8011200100000206");
	ask("601#4014200000000000", 0); /* known to the profile, not to this pack */
	assert_string_equal(said(500 * MS), "581#8014200000000206");
	ask("601#2360600000000000", 0); /* a download */
	assert_string_equal(said(500 * MS), "581#8060600001000405");
	ask("602#4060600000000000", 0);
	ask("601#R", 0);
	assert_string_equal(said(500 * MS), "nothing");
	set(0, "silent", "yes", 500 * MS);
	set(0, "silent", "yes", 500 * MS);
	assert_string_equal(said(3500 * MS), "nothing");
	set(0, "silent", "no", 3500 * MS);
	assert_string_equal(said(3500 * MS), "701#00"); /* it starts */
	assert_string_equal(said(4 * SEC), "701#05");
	assert_string_equal(said(4 * SEC), "nothing");
}

/* TinyBMS: 51 V as a single is 0x424C0000. JBD: 5000 (0x1388) x 10 mV, -100 (0xFF9C) x 10 mA, 60 Ah = 0x1770; the CRC
 * (Modbus) of 13 88 FF 9C 17 70, by a program of its own: 0x891C. */
static void other_questions(void **state)
{
	(void)state;
	one_pack(echo, 5, false);
	set(0, "voltage", "51 V", 0);
	ask("205#14", 0);
	assert_string_equal(said(SEC), "245#011400004C420000");
	ask("205#1B", 0);
	assert_string_equal(said(SEC), "245#011B00C800000000");
	assert_string_equal(said(SEC), "245#011B00C800010000");
	assert_string_equal(said(SEC), "245#011B00C800020000");
	assert_string_equal(said(SEC), "nothing");
	one_pack(remote, 0, false);
	set(0, "voltage", "50 V", 0);
	set(0, "current", "-1 A", 0);
	set(0, "capacity_remaining", "60.005 Ah", 0);
	assert_string_equal(said(0), "1F0#0000000000000000"); /* on events: at the start */
	ask("100#R", 0);
	assert_string_equal(said(SEC), "100#1388FF9C1770891C");
	ask("100#1388FF9C1770891C", SEC);
	assert_string_equal(said(2 * SEC), "nothing"); /* an answer is no question */
	set(0, "alarm.short_circuit", "active", 2 * SEC);
	assert_string_equal(said(60 * SEC), "1F0#0100000000000000");
	assert_int_equal(next.at, 2 * SEC);
	assert_string_equal(said(60 * SEC), "nothing");
}

/* In a log nobody asks: the simulator does. */
static void both_sides(void **state)
{
	(void)state;
	one_pack(echo, 5, true);
	set(0, "voltage", "51 V", 0);
	assert_string_equal(said(0), "205#14");
	assert_int_equal(next.pack, -1);
	assert_string_equal(said(10 * MS), "245#011400004C420000");
	assert_int_equal(next.pack, 0);
	assert_int_equal(next.frame, 0);
	assert_string_equal(said(20 * MS), "205#15");
	int questions = 0;
	while (sim_bus_send(&bus, 60 * SEC, &next))
		questions += next.pack < 0;
	assert_in_range(questions, 4 * 60 + 30 - 5, 4 * 60 + 30 + 5); /* four a second, one each two; two are above */
	one_pack(node, 5, true);
	set(0, "cycles", "absent", 0);
	questions = 0;
	while (sim_bus_send(&bus, 60 * SEC, &next))
		questions += next.pack < 0 && next.f.data[1] == 0x14;
	assert_int_equal(questions, 1); /* refused once, and not asked any more */
}

/* RV-C: who speaks is told by the config, the profile, or the pack's place in the config. */
static void who_speaks(void **state)
{
	(void)state;
	sim_bus_free(&bus);
	plain_settings(&s, 2, j1939, NULL);
	s.packs[0].address = 1;
	s.packs[1].address = 2;
	s.packs[1].source = (struct bound){ true, 0x33 };
	assert_true(sim_bus_init(&bus, &s, false));
	uint32_t ids[2][4] = { { 0 } };
	unsigned parts = 0;
	while (sim_bus_send(&bus, SEC, &next)) {
		static const uint32_t pgns[] = { 0x1FFFD, 0x0EFFF, 0x1F212, 0x1FEC9 };
		for (int i = 0; i < 4; i++)
			if ((next.f.id >> 8 & 0x3FFFF) == pgns[i])
				ids[next.pack][i] = next.f.id;
		if (next.pack == 0 && (next.f.id >> 8 & 0x3FFFF) == 0x1F212)
			assert_int_equal(next.f.data[0] & 0x1F, parts++); /* in order, one sequence */
	}
	assert_int_equal(ids[0][0], 0x19FFFD80);
	assert_int_equal(ids[1][0], 0x19FFFD33);
	assert_int_equal(ids[0][1], 0x18EFFF45);
	assert_int_equal(ids[0][2], 0x19F21280);
	assert_int_equal(ids[0][3], 0x19FEC901);
	assert_int_equal(ids[1][3], 0x19FEC902);
	assert_int_equal(parts, 8); /* 52 bytes: 6 and seven times 7 */
	set(0, "soh", "absent", SEC); /* nothing in it is known: no message */
	set(0, "capacity", "absent", SEC);
	set(0, "cells", "absent", SEC);
	while (sim_bus_send(&bus, 10 * SEC, &next))
		assert_true(next.pack || (next.f.id >> 8 & 0x3FFFF) != 0x1F212 || next.at < 2 * SEC);
}

/* How many of 10000 answers come, and when; the same seed gives the same. */
struct outcome {
	int came, late, swapped;
	uint64_t which;
};
static struct outcome outcome(uint64_t seed)
{
	struct outcome o = { 0 };
	sim_bus_seed(&bus, seed);
	for (int i = 0; i < 10000; i++) {
		int64_t now = i * SEC;
		ask("18900140#0000000000000000", now);
		ask("18910140#0000000000000000", now + 10 * MS);
		bool second = false;
		while (sim_bus_send(&bus, now + 900 * MS, &next)) {
			bool voltage = next.f.id == 0x18904001;
			o.came++;
			o.late += next.at - now > 200 * MS;
			o.swapped += voltage && second;
			second = true;
			o.which = (o.which ^ (uint64_t)next.at ^ next.f.id) * UINT64_C(0x100000001B3);
		}
	}
	return o;
}

static void faults(void **state)
{
	(void)state;
	one_pack(commands, 1, false);
	struct outcome o = outcome(1);
	assert_true(o.came == 20000 && !o.late && !o.swapped);
	set(0, "lose", "10 %", 0);
	o = outcome(1);
	assert_in_range(o.came, 17700, 18300); /* of 20000 x 90 %: 7 sigmas */
	assert_true(!o.late && !o.swapped);
	assert_true(o.which == outcome(1).which);
	assert_true(o.which != outcome(2).which);
	set(0, "lose", "0 %", 0);
	set(0, "late", "10 %", 0);
	set(0, "delay", "300 ms", 0);
	o = outcome(1);
	assert_int_equal(o.came, 20000);
	assert_in_range(o.late, 1700, 2300);
	set(0, "late", "100 %", 0);
	assert_int_equal(outcome(1).late, 20000);
	set(0, "delay", "0 s", 0);
	set(0, "swap", "10 %", 0);
	o = outcome(1);
	assert_in_range(o.came, 19999, 20000); /* one may be held at the end */
	assert_in_range(o.swapped, 700, 1100); /* of the 10000 first ones, if the second is not held as well */
	char why[SIM_WHY_MAX];
	static const char *const wrong[][2] = { { "lose", "101 %" }, { "lose", "-1 %" }, { "swap", "3 A" }, { "late", "much" },
		                                { "delay", "2 h" }, { "delay", "10 %" } };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_non_null(sim_pack_set(&bus.packs[0], wrong[i][0], wrong[i][1], why));
}

/* A shunt says what flows into all packs, unless it is told otherwise. */
static void a_sensor(void **state)
{
	static struct dialect d;
	(void)state;
	dialect_start(&d, "shunt");
	add_frame(&d, 0x123)->required = true;
	add_number(&d, Q_CURRENT, 0, 2, true, 100);
	sim_bus_free(&bus);
	plain_settings(&s, 2, &d.p, NULL);
	s.n_sensors = 1;
	s.sensors[0] = (struct pack_settings){ .name = "shunt", .profile = &d.p, .port = 1 };
	assert_true(sim_bus_init(&bus, &s, false));
	set(0, "current", "10 A", 0);
	set(1, "current", "-2.5 A", 0);
	struct sim_sent last[3];
	while (sim_bus_send(&bus, SEC, &next))
		last[next.pack] = next;
	assert_int_equal(last[2].port, 1);
	assert_int_equal(last[2].f.data[0], 75); /* 7.5 A */
	set(2, "current", "3 A", SEC);
	while (sim_bus_send(&bus, 3 * SEC, &next))
		last[next.pack] = next;
	assert_int_equal(last[2].f.data[0], 30);
}

static void filters(void **state)
{
	struct wanted w[32];
	(void)state;
	one_pack(commands, 3, false);
	assert_int_equal(sim_bus_questions(&bus, 0, w, 32), 6);
	assert_true(w[0].id == 0x18900340 && w[0].mask == 0x1FFFFFFF && w[0].ext);
	assert_int_equal(sim_bus_questions(&bus, 0, w, 2), 6);
	assert_int_equal(sim_bus_questions(&bus, 1, w, 32), 0);
	one_pack(node, 3, false);
	assert_int_equal(sim_bus_questions(&bus, 0, w, 32), 8);
	assert_true(w[7].id == 0x603 && w[7].mask == 0x7FF && !w[7].ext);
}

/* ---- scripts ---- */

static bool script(const char *text, struct scenario *sc, char *problem, size_t size)
{
	char path[] = "/tmp/battagg-test.XXXXXX";
	struct problems problems = { 0 };
	int fd = mkstemp(path);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	bool good = scenario_load(sc, path, bus.packs, bus.n_packs, &problems);
	if (size)
		snprintf(problem, size, "%s", problems.count ? problems.list[0].message : "");
	problems_free(&problems);
	unlink(path);
	return good;
}

static void scripts(void **state)
{
	struct scenario sc;
	char problem[200];
	(void)state;
	one_pack(commands, 1, false);
	assert_true(script("duration: 5 s\nseed: 77\npacks: { A: { lose: 10 %, delay: 300 ms, late: 5 %, swap: 1 % } }\n"
	                   "events: [ { at: 2 s, pack: A, set: { lose: 0 %, voltage: 51 V } } ]\n", &sc, problem, sizeof problem));
	assert_int_equal(sc.seed, 77);
	assert_int_equal(sc.duration, 5 * SEC);
	assert_int_equal(sc.n_events, 6);
	assert_string_equal(sc.events[4].key, "lose");
	assert_int_equal(sc.events[4].at, 2 * SEC);
	scenario_free(&sc);
	assert_true(script("duration: 5 s\n", &sc, problem, sizeof problem));
	assert_int_equal(sc.seed, SIM_SEED);
	scenario_free(&sc);
	assert_false(script("seed: often\n", &sc, problem, sizeof problem));
	assert_string_equal(problem, "seed: is a number");
	scenario_free(&sc);
	assert_false(script("packs: { A: { lose: 200 % } }\n", &sc, problem, sizeof problem));
	assert_string_equal(problem, "lose: it is from 0 % to 100 %");
	scenario_free(&sc);
	assert_false(script("packs: { A: { loose: 20 % } }\n", &sc, problem, sizeof problem));
	scenario_free(&sc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_answer, stop), cmocka_unit_test_teardown(a_burst, stop),
		cmocka_unit_test_teardown(objects, stop),   cmocka_unit_test_teardown(other_questions, stop),
		cmocka_unit_test_teardown(both_sides, stop), cmocka_unit_test_teardown(who_speaks, stop),
		cmocka_unit_test_teardown(faults, stop),    cmocka_unit_test_teardown(a_sensor, stop),
		cmocka_unit_test_teardown(filters, stop),   cmocka_unit_test_teardown(scripts, stop),
	};
	return cmocka_run_group_tests_name("sim_bus", tests, load_all, free_all);
}
