/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The copy of the last config that worked: where it is, and that it is there after the very first start. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/lastgood.h"

static char home[] = "/tmp/battagg-lastgood-XXXXXX";
static char config[64], folder[64], copy[256];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(home))
		return -1;
	snprintf(config, sizeof config, "%s/battagg.yaml", home);
	snprintf(folder, sizeof folder, "%s/state", home);
	return setenv("STATE_DIRECTORY", folder, 1);
}

static int teardown(void **state)
{
	(void)state;
	unlink(copy);
	rmdir(folder);
	unlink(config);
	return rmdir(home);
}

static void write_config(const char *text)
{
	FILE *f = fopen(config, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void copy_is(const char *text)
{
	char is[64] = "";
	FILE *f = fopen(copy, "re");
	assert_non_null(f);
	assert_non_null(fgets(is, sizeof is, f));
	fclose(f);
	assert_string_equal(is, text);
}

static void a_folder_that_nobody_made(void **state)
{
	char name[256];
	(void)state;
	snprintf(name, sizeof name, "%s/last-good-tmp-%s-battagg.yaml", folder, home + strlen("/tmp/"));
	assert_string_equal(lastgood_path(copy, sizeof copy, config), name);
	write_config("one");
	assert_true(lastgood_save(config));
	copy_is("one");
	write_config("two");
	assert_true(lastgood_save(config));
	copy_is("two");
}

static void what_does_not_work_is_told(void **state)
{
	(void)state;
	assert_false(lastgood_save("/nowhere/battagg.yaml"));
	copy_is("two");
	setenv("STATE_DIRECTORY", "/proc/nowhere", 1); /* root, too, can make nothing there */
	assert_false(lastgood_save(config));
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_folder_that_nobody_made),
		cmocka_unit_test(what_does_not_work_is_told),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
