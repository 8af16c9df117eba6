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
	assert_non_null(strstr(called.said, "etc/battagg.yaml: ok (2 packs, 1 warning)\n"));
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
	assert_non_null(strstr(called.said, "victron.yaml: ok (20 frames); can be simulated"));
	assert_null(strstr(strstr(called.said, "victron.yaml"), "play"));
	assert_int_equal(CHECK("can-profiles/pylontech.yaml", "can-profiles/jk-native-v2.yaml"), EXIT_FINE);
	assert_non_null(strstr(called.said, "pylontech.yaml: ok (6 frames); can be simulated\n"));
	assert_non_null(strstr(called.said, "jk-native-v2.yaml: ok (11 frames); can be simulated but for what is never sent: cvl, ccl\n"));
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
	assert_non_null(strstr(called.said, "can-profiles/byd-lv.yaml: ok ("));
	assert_int_equal(CHECK("/nonexistent.yaml"), EXIT_BAD);
	assert_non_null(strstr(called.complained, "/nonexistent.yaml: error: No such file or directory"));
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
		cmocka_unit_test(bad_files),  cmocka_unit_test(wrong_use),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
