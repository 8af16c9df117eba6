/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg check` as a person calls it: what it prints where, and its exit status. Runs in the top directory. */
#include "called.h"

#include "app/app.h"

static struct called called;
#define CHECK(...) CALL(&called, app_check, "check", __VA_ARGS__)

static void good_files(void **state)
{
	(void)state;
	assert_int_equal(CHECK("--profiles", "can-profiles", "etc/battagg.yaml", "can-profiles/pylontech.yaml"),
			 EXIT_FINE);
	assert_non_null(strstr(called.said, "etc/battagg.yaml: ok (2 packs, "));
	assert_non_null(strstr(called.said, "can-profiles/pylontech.yaml: ok ("));
	assert_non_null(strstr(called.complained, "etc/battagg.yaml:"));
	assert_non_null(strstr(called.complained, ": warning: "));
}

/* What the simulator can't play is no error, but it is said. */
static void one_way(void **state)
{
	(void)state;
	static const char cannot[] = "test/sim/oneway/one-way.yaml: battagg sim can't play all of it: voltage (line 14) and "
				     "current (line 15) never count in the same frame (`when`); two frames with `match` can\n";
	assert_int_equal(CHECK("test/sim/oneway/one-way.yaml", "can-profiles/victron.yaml"), EXIT_FINE);
	assert_non_null(strstr(called.said, cannot));
	const char *victron = strstr(called.said, "victron.yaml: ok (");
	assert_non_null(victron);
	assert_non_null(strstr(victron, "; can be simulated"));
	assert_null(strstr(victron, "play"));
	assert_int_equal(CHECK("can-profiles/pylontech.yaml", "can-profiles/jk-native-v2.yaml"), EXIT_FINE);
	assert_non_null(strstr(called.said, " frames); can be simulated\n"));
	const char *jk = strstr(called.said, "jk-native-v2.yaml: ok (");
	assert_non_null(jk);
	assert_non_null(strstr(jk, " frames); can be simulated but for what is never sent: cvl, ccl\n"));
	assert_int_equal(CHECK("--quiet", "test/sim/oneway/one-way.yaml"), EXIT_FINE);
	assert_string_equal(called.said, "");
}

static void quiet(void **state)
{
	(void)state;
	assert_int_equal(CHECK("--quiet", "--profiles", "can-profiles", "etc/battagg.yaml"), EXIT_FINE);
	assert_string_equal(called.said, "");
	assert_string_equal(called.complained, "");
}

static void effective(void **state)
{
	(void)state;
	assert_int_equal(CHECK("--effective", "--profiles", "can-profiles", "etc/battagg.yaml"), EXIT_FINE);
	assert_non_null(strstr(called.said, "# etc/battagg.yaml: ok"));
	assert_non_null(strstr(called.said, "\ntimes:\n  lost: 10 s "));
}

static void bad_files(void **state)
{
	char path[] = "/tmp/battagg-check-XXXXXX";
	int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "interfaces: { can0: {} }\npaks: []\n", 34), 34);
	close(fd);
	/* the good one is checked, too */
	int status = CHECK("--profiles", "can-profiles", path, "can-profiles/byd-lv.yaml");
	unlink(path);
	assert_int_equal(status, EXIT_BAD);
	assert_non_null(strstr(called.complained,
			       ":2:1: error: unknown key 'paks'; did you mean 'packs'? [Y08]\n    paks: []\n    ^\n"));
	assert_non_null(strstr(called.said, ": 1 error"));
	assert_non_null(strstr(called.said, "can-profiles/byd-lv.yaml: ok ("));
	assert_int_equal(CHECK("/nonexistent.yaml"), EXIT_BAD);
	assert_non_null(strstr(called.complained, "/nonexistent.yaml: error: No such file or directory"));
}

/* A shipped profile with this edit, under another name, is checked: what is said. */
static void check_edited(const char *name, const char *sed)
{
	char command[256], path[64], dir[] = "/tmp/battagg-check-XXXXXX";
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/%s", dir, name);
	snprintf(command, sizeof command, "sed -E '%s' can-profiles/pylontech.yaml >%s", sed, path);
	assert_int_equal(system(command), 0);
	assert_int_equal(CHECK(path), EXIT_BAD);
	unlink(path);
	rmdir(dir);
}

/* By line, as they stand in the file; samples are not tried on a table that is wrong, and that is said. */
static void errors_of_a_profile(void **state)
{
	(void)state;
	check_edited("pylontech.yaml", "s/ccl:/clc:/;s/^bitrate: 500/bitrate: 5000/;s/^status:.*/status: tested/");
	const char *status = strstr(called.complained, "'tested'"), *rate = strstr(called.complained, "1 Mbit/s"),
		   *ccl = strstr(called.complained, "'clc'"), *samples = strstr(called.complained, "the samples are not tried");
	assert_true(status && status < rate && rate < ccl && ccl < samples);
	assert_non_null(strstr(called.said, "/pylontech.yaml: 3 errors, 1 warning\n"));
	check_edited("pylontech.yml", "s/x/x/");
	assert_non_null(strstr(called.complained, ":3:10: error: no config finds a file named pylontech.yml; it must be pylontech.yaml [P01]"));
	check_edited("pylontech.YAML", "s/x/x/");
	assert_non_null(strstr(called.complained, "must be pylontech.yaml"));
}

static void a_scenario(void **state)
{
	(void)state;
	assert_int_equal(CHECK("etc/examples/scenario.yaml"), EXIT_BAD);
	assert_non_null(strstr(called.complained, "this is a scenario for `battagg sim`"));
	assert_null(strstr(called.complained, "is missing"));
	assert_int_equal(CHECK("--profiles", "can-profiles", "etc/battagg.yaml", "etc/examples/scenario.yaml"), EXIT_FINE);
	assert_non_null(strstr(called.said, "etc/examples/scenario.yaml: ok ("));
	char path[] = "/tmp/battagg-check-XXXXXX";
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "packs: { A: { soh: 50 V } }\n", 28), 28);
	close(fd);
	assert_int_equal(CHECK("--profiles", "can-profiles", "etc/battagg.yaml", path), EXIT_BAD);
	unlink(path);
	assert_non_null(strstr(called.complained, ":1:20: error: soh: '50 V'"));
	assert_non_null(strstr(called.said, ": 1 error\n"));
}

static void wrong_use(void **state)
{
	(void)state;
	assert_int_equal(CALL(&called, app_check, "check"), EXIT_USAGE);
	assert_int_equal(CHECK("--no-such-option", "x"), EXIT_USAGE);
	assert_int_equal(CHECK("--help"), EXIT_FINE);
	assert_non_null(strstr(called.said, "--effective"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_files), cmocka_unit_test(one_way), cmocka_unit_test(quiet),     cmocka_unit_test(effective),
		cmocka_unit_test(bad_files),  cmocka_unit_test(wrong_use), cmocka_unit_test(errors_of_a_profile),
		cmocka_unit_test(a_scenario),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
