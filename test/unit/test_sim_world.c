/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Electric scenarios: what is read, with each mistake at its place, and what then happens when. */
#include "fixture.h"

#include <stdlib.h>
#include <unistd.h>

#include "app/sim_world.h"
#include "config/profile.h"

#define near(got, wanted, within) assert_float_equal((float)((got) - (wanted)), 0, (float)(within))

static struct profile *victron;
static struct config config;
static struct sim_bus bus;
static struct scenario scenario;
static struct sim_world world;
static char played[4096]; /* "12.0 A silent yes\n" */

static int load(void **state)
{
	struct problems problems = { 0 };
	(void)state;
	victron = profile_load_file("can-profiles/victron.yaml", &problems);
	problems_free(&problems);
	return !victron;
}

static int unload(void **state)
{
	(void)state;
	profile_free(victron);
	return 0;
}

static void note(void *user, const struct sim_world *w, const struct sim_event *e)
{
	size_t length = strlen(played);
	(void)user;
	if (w->now)
		snprintf(played + length, sizeof played - length, "%.1f %s %s %s\n", (double)w->now / 1e6,
		         e->pack >= 0 ? bus.packs[e->pack].set->name : "-", e->key, e->value);
}

static int stop(void **state)
{
	(void)state;
	world_free(&world);
	scenario_free(&scenario);
	sim_bus_free(&bus);
	return 0;
}

/* Two packs of 16 cells and 100 Ah on one bus. */
static bool script(const char *text, char *problem, size_t size)
{
	char path[] = "/tmp/battagg-test.XXXXXX";
	struct problems problems = { 0 };
	int fd = mkstemp(path);
	bool good;
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	stop(NULL);
	plain_settings(&config.core, 2, victron, victron);
	snprintf(config.core.packs[0].name, sizeof config.core.packs[0].name, "A");
	snprintf(config.core.packs[1].name, sizeof config.core.packs[1].name, "B");
	for (int i = 0; i < 2; i++) {
		config.core.packs[i].cells = 16;
		config.core.packs[i].capacity = (struct bound){ true, 100000 };
		config.core.packs[i].chemistry = CHEM_LFP;
		config.core.packs[i].limits = (struct limit_settings){ .ccl = { false, 0 } };
	}
	config.core.limits = (struct limit_settings){ .ccl = { false, 0 } };
	config.core.output_profile = victron;
	assert_true(sim_bus_init(&bus, &config.core, false));
	good = scenario_load(&scenario, path, bus.packs, bus.n_packs, &problems);
	if (problem)
		snprintf(problem, size, "%u:%u: %s", problems.count ? problems.list[0].line : 0,
		         problems.count ? problems.list[0].column : 0, problems.count ? problems.list[0].message : "");
	problems_free(&problems);
	unlink(path);
	return good;
}

static void begin(const char *text, bool ideal)
{
	char problem[300];
	if (!script(text, problem, sizeof problem))
		fail_msg("%s: %s", text, problem);
	assert_true(world_init(&world, &config, &scenario, &bus, ideal));
	world.played = note;
	played[0] = '\0';
}

static void run(double until)
{
	while (world_next(&world) <= (int64_t)(until * 1e6))
		world_turn(&world);
}

static void mistakes(void **state)
{
	static const char *const wrong[][2] = {
		{ "charger: 5 V\n", "1:10: '5 V': this is neither a power such as 3 kW nor a current such as 50 A" },
		{ "charger: -5 A\n", "1:10: '-5 A': it can't be negative" },
		{ "charger: { sum: 5 kW }\n", "1:12: unknown key 'sum'; did you mean 'sun'?" },
		{ "charger: { ramp: 5 A/s }\n", "1:10: one of power, current, steps and sun belongs here, or just `3 kW`" },
		{ "charger: { sun: 5 kW, rise: 8 h, set: 7 h }\n", "1:10: the sun sets after it rises" },
		{ "load: [ { at: 1 h } ]\n", "1:9: a step is like { at: 7 h, power: 2 kW }" },
		{ "load: [ { at: 1 h, power: 1 W }, { at: 1 h, power: 2 W } ]\n", "1:40: steps stand in the order of time" },
		{ "gx: fast\n", "1:5: gx: is a map of period:, lost:, grid: and feed_in:" },
		{ "gx: { period: 5 A }\n", "1:15: period: '5 A': this is not a time, which is written like 10 s" },
		{ "gx: { grid: maybe }\n", "1:13: grid: 'maybe': this is neither yes nor no" },
		{ "ambient: 500 degC\n", "1:10: ambient: '500 degC': out of range" },
		{ "load: 1 kW\npacks:\n  A: { cells: { 3: { colour: red } } }\n",
		  "3:30: cells[3].colour: of a cell there is soc, capacity and resistance" },
		{ "load: 1 kW\npacks: { A: { balance: { sum: 3 } } }\n",
		  "2:31: balance.sum: no quantity, alarm, text or array has that name" },
		{ "packs: { A: { noise: 1 % } }\n",
		  "1:22: noise: that is for packs with electricity: the scenario needs a charger:, a load:, or electric: yes" },
		{ "packs: { A: { balance: { above: 3 V } } }\n", "1:24: balance: one value belongs here" },
		{ "events: [ { when: { soc: \"> 5 %\" }, pack: A, silent: yes } ]\n",
		  "1:19: when: needs electricity: a charger:, a load:, or electric: yes" },
		{ "load: 1 W\nevents: [ { when: { soc: 5 % }, pack: A, silent: yes } ]\n",
		  "2:26: soc: '5 %': a comparison is like \"> 3.5 V\" or \"< 20 %\", in quotes" },
		{ "load: 1 W\nevents: [ { when: { soc: \"> 5 V\" }, pack: A, silent: yes } ]\n",
		  "2:26: soc: '> 5 V': this is not a percentage, which is written like 5 %" },
		{ "load: 1 W\nevents: [ { when: { sock: \"> 5 %\" }, pack: A, silent: yes } ]\n", "2:21: no quantity has the name 'sock'" },
		{ "load: 1 W\nevents: [ { when: { pack: Z, soc: \"> 5 %\" }, pack: A, silent: yes } ]\n",
		  "2:27: the config has no pack 'Z'; there are also bank, and output, what the GX is told" },
		{ "load: 1 W\nevents: [ { when: { pack: A }, pack: A, silent: yes } ]\n",
		  "2:19: when: is like { pack: A, cell_voltage_max: \"> 3.5 V\" }" },
		{ "events: [ { at: 5 s, silent: yes } ]\n", "1:11: which pack? An event is like { at: 20 s, pack: B, silent: yes }" },
		{ "events: [ { at: 5 s, pack: A } ]\n", "1:11: the event changes nothing: it has neither silent: nor set:" },
		{ "events: [ { pack: A, silent: yes } ]\n",
		  "1:11: an event is like { at: 20 s, pack: B, silent: yes }, or has when: instead" },
		{ "events: [ { at: 5 s, every: 5 s, for: 5 s, pack: A, silent: yes } ]\n", "1:11: every: must be longer than for:" },
		{ "load: 1 W\nevents: [ { at: 5 s, charger: 5 V } ]\n",
		  "2:31: charger: '5 V': this is neither a power such as 3 kW nor a current such as 50 A" },
		{ "duration: -5 s\n", "1:11: duration: '-5 s': it can't be negative" },
	};
	char problem[300];
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		assert_false(script(wrong[i][0], problem, sizeof problem));
		assert_string_equal(problem, wrong[i][1]);
	}
}

static void nothing_electric(void **state)
{
	(void)state;
	begin("packs: { A: { current: 5 A } }\nevents: [ { at: 3 s, pack: B, silent: yes, for: 2 s } ]\n", false);
	assert_false(scenario.modelled);
	run(2);
	assert_false(bus.packs[1].silent);
	assert_int_equal(bus.packs[0].b.q[Q_CURRENT].value, 5000);
	run(4);
	assert_true(bus.packs[1].silent);
	run(100);
	assert_false(bus.packs[1].silent);
	assert_true(world_next(&world) == INT64_MAX);
	assert_string_equal(played, "3.0 B silent yes\n5.0 B silent no\n");
}

static void again_and_again(void **state)
{
	(void)state;
	begin("electric: yes\nevents:\n- { at: 10 s, every: 20 s, until: 60 s, for: 5 s, pack: B, off: yes }\n", false);
	run(100);
	assert_string_equal(played, "10.0 B off yes\n15.0 B off no\n30.0 B off yes\n35.0 B off no\n50.0 B off yes\n55.0 B off no\n");
}

/* 36 A out of two packs of 100 Ah, 18 A each: 0.5 % in 100 s. From 60 to 59.5 % at 100 s, to 59 % at 200 s. */
static void conditions(void **state)
{
	(void)state;
	begin("load: 36 A\npacks: { A: { soc: 60 % } }\nevents:\n"
	      "- { when: { soc: \"< 59.5 %\" }, set: { ccl: 1 A }, pack: A }\n"
	      "- { when: { pack: B, soc: \"< 59.5 %\" }, after: 10 s, set: { ccl: 2 A }, pack: A }\n"
	      "- { when: { pack: bank, soc: \"< 59 %\" }, load: 0 W, charger: 50 A, ambient: 5 degC }\n"
	      "- { when: { pack: A, current: \"> -1 A\" }, each: yes, set: { ccl: 3 A }, pack: A }\n"
	      "- { at: 150 s, load: 0 A }\n"
	      "- { at: 151 s, load: 36 A }\n"
	      "- { when: { pack: A, current: \"> -1 A\" }, at: 160 s, pack: A, silent: yes }\n"
	      "- { when: { pack: output, ccl: \"> 1 A\" }, pack: B, silent: yes }\n", false);
	run(250);
	assert_string_equal(played, "100.1 A ccl 1 A\n110.1 A ccl 2 A\n150.0 - load 0 A\n150.0 A ccl 3 A\n151.0 - load 36 A\n"
	                            "201.1 - charger 50 A\n201.1 - load 0 W\n201.1 - ambient 5 degC\n201.2 A ccl 3 A\n"
	                            "201.2 A silent yes\n");
	near(bus.packs[1].electric.ambient, 5, 1e-9);
}

/* The house that knows all: two packs that allow 50 A each, of like voltage and resistance, get 100 A; when one allows 20 A,
 * both get 20 A. With a ceiling of the config that. */
static void the_best(void **state)
{
	(void)state;
	begin("charger: 200 A\n", true);
	run(10);
	near(world.bank.current, 100, 0.1);
	stop(NULL);
	begin("charger: 200 A\npacks: { B: { bms: { charge_current: 20 A } } }\n", true);
	run(10);
	near(bus.packs[0].electric.current, 20, 0.1);
	near(bus.packs[1].electric.current, 20, 0.1);
	stop(NULL);
	begin("charger: 200 A\n", true);
	config.core.limits.ccl = (struct bound){ true, 60000 };
	run(10);
	near(world.bank.current, 60, 0.1);
	stop(NULL);
	begin("load: 200 A\n", true);
	run(10);
	near(world.bank.current, -100, 0.1);
}

/* In series one current flows through both, and the voltages add up. */
static void in_series(void **state)
{
	(void)state;
	begin("load: 10 A\npacks: { B: { soc: 20 % } }\n", true);
	world_free(&world);
	config.core.n_strings = 1;
	config.core.string_of[0] = config.core.string_of[1] = 0;
	assert_true(world_init(&world, &config, &scenario, &bus, true));
	run(1);
	config.core.n_strings = 0;
	near(bus.packs[0].electric.current, -10, 1e-6);
	near(bus.packs[1].electric.current, -10, 1e-6);
	near(world.bank.voltage,
	     electric_pack_voltage(&bus.packs[0].electric) + electric_pack_voltage(&bus.packs[1].electric), 1e-3);
	near(world_soc(&world), 0.4, 1e-3); /* of the charge that is in both */
}

/* The same scenario twice, bit for bit. */
static void the_same_again(void **state)
{
	static struct electric_pack first;
	(void)state;
	begin("charger: 50 A\npacks: { A: { noise: 1 %, cells: { 3: { capacity: 90 Ah } } } }\n", true);
	run(60);
	first = bus.packs[0].electric;
	begin("charger: 50 A\npacks: { A: { noise: 1 %, cells: { 3: { capacity: 90 Ah } } } }\n", true);
	run(60);
	assert_memory_equal(&first, &bus.packs[0].electric, sizeof first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(mistakes, stop),        cmocka_unit_test_teardown(nothing_electric, stop),
		cmocka_unit_test_teardown(again_and_again, stop), cmocka_unit_test_teardown(conditions, stop),
		cmocka_unit_test_teardown(the_best, stop),        cmocka_unit_test_teardown(in_series, stop),
		cmocka_unit_test_teardown(the_same_again, stop),
	};
	return cmocka_run_group_tests_name("sim_world", tests, load, unload);
}
