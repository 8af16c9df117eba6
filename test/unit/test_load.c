/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The config that all commands load: the first error in one line, and where the default is. */
#include "called.h"

#include <sys/stat.h>

#include "app/app.h"
#include "config/config.h"

static void the_first_error(void **state)
{
	(void)state;
	char path[] = "/tmp/battagg-load-XXXXXX", why[APP_WHY_MAX] = "", start[64];
	int fd = mkstemp(path);
	/* warned of, then wrong twice: the first error counts */
	static const char text[] = "interfaces: { can0: {}, can1: {} }\nbank: { chemistri: lfp }\ntimes: { tick: 5 s }\n"
				   "packs:\n  - { name: A, interface: can0, profile: pylontech, cells: 15, capacity: 100 Ah }\n";
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	close(fd);
	fflush(stderr);
	int quiet = called_file(), old = dup(STDERR_FILENO);
	dup2(quiet, STDERR_FILENO);
	struct config *c = app_load_config_why(path, "can-profiles", why);
	dup2(old, STDERR_FILENO);
	close(old);
	close(quiet);
	unlink(path);
	assert_null(c);
	snprintf(start, sizeof start, "%s:2:9: ", path);
	assert_memory_equal(why, start, strlen(start));
	assert_non_null(strstr(why, "did you mean 'chemistry'"));
}

/* Where this machine has a config of its own, there is nothing to be told. */
static void the_default_is_named(void **state)
{
	(void)state;
	struct called c;
	char wanted[128];
	if (!access(app_config_path(NULL), F_OK))
		return;
	snprintf(wanted, sizeof wanted, "battagg: %s is the default; another one: -c FILE\n", app_config_path(NULL));
	assert_int_equal(CALL(&c, app_replay, "replay", "-"), EXIT_BAD);
	assert_non_null(strstr(c.complained, wanted));
	assert_int_equal(CALL(&c, app_sim, "sim", "--log"), EXIT_BAD);
	assert_non_null(strstr(c.complained, wanted));
	assert_int_equal(CALL(&c, app_replay, "replay", "-c", "/nowhere.yaml", "-"), EXIT_BAD);
	assert_null(strstr(c.complained, "-c FILE"));
}

/* However long the names are. */
static void columns_of_the_list(void **state)
{
	struct called c;
	char *line, *rest = NULL;
	ptrdiff_t at = 0;
	int n = 0;
	(void)state;
	assert_int_equal(CALL(&c, app_profile, "profile", "list", "--profiles", "can-profiles"), EXIT_FINE);
	for (line = strtok_r(c.said, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strncmp(line, "  name ", 7))
			at = strstr(line, "status") - line;
		else if (at && !strncmp(line, "  ", 2) && (line[at - 1] != ' ' || line[at] == ' ' || n++ < 0))
			fail_msg("the columns slip: %s", line);
	}
	assert_true(n > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_error),
		cmocka_unit_test(the_default_is_named),
		cmocka_unit_test(columns_of_the_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
