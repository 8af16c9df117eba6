/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The names of all profiles: what hides what, what a wrong name may have meant, and `battagg profile list`. Profiles are
 * made up, but for the last test, which runs in the top directory. */
#include "called.h"

#include <sys/stat.h>

#include "app/app.h"
#include "config/profile.h"

static char home[] = "/tmp/battagg-names-XXXXXX";
static char mine[64], shipped[64];
static struct profile_dirs dirs;
static struct called called;

static const struct {
	const char *dir, *file, *content;
} files[] = {
	{ shipped, "acme.yaml", "profile: acme\nname: ACME low voltage (U300, U500)\n" },
	{ shipped, "acme-v2.yaml", "profile: acme-v2\nname: ACME, newer U500\n" },
	{ shipped, "zeta.yaml", "profile: zeta\nname: \"Zeta: the big ones\"\n" },
	{ shipped, "README.md", "acme\n" },
	{ shipped, "Not-A-Name.yaml", "profile: x\nname: U500\n" },
	{ shipped, "broken.yaml", "profile: [\n" },
	{ mine, "zeta.yaml", "profile: zeta\nname: my own\n" },
};
#define FILES (sizeof files / sizeof *files)

static int make_home(void **state)
{
	char path[128];
	(void)state;
	if (!mkdtemp(home))
		return -1;
	snprintf(mine, sizeof mine, "%s/mine", home);
	snprintf(shipped, sizeof shipped, "%s/shipped", home);
	if (mkdir(mine, 0700) || mkdir(shipped, 0700))
		return -1;
	dirs.dir[0] = mine;
	dirs.dir[1] = "/nonexistent";
	dirs.dir[2] = shipped;
	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "%s/%s", files[i].dir, files[i].file);
		FILE *f = fopen(path, "we");
		if (!f || fputs(files[i].content, f) < 0 || fclose(f))
			return -1;
	}
	return 0;
}

static int remove_home(void **state)
{
	char path[128];
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		snprintf(path, sizeof path, "%s/%s", files[i].dir, files[i].file);
		unlink(path);
	}
	rmdir(mine);
	rmdir(shipped);
	return rmdir(home);
}

static void names_by_directory(void **state)
{
	static const char *const expected[] = { "zeta", "acme", "acme-v2", "broken", "zeta" };
	struct profile_names names;
	(void)state;
	profile_names_read(&names, &dirs);
	assert_int_equal(names.count, 5);
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(names.list[i].id, expected[i]);
		assert_string_equal(names.list[i].dir, i ? shipped : mine);
	}
	assert_null(names.list[0].hidden_by);
	assert_string_equal(names.list[4].hidden_by, names.list[0].file);
	assert_non_null(strstr(names.list[0].file, "/mine/zeta.yaml"));
	profile_names_free(&names);
}

static void suggests(const char *word, const char *expected)
{
	char buf[PROFILE_SUGGEST_MAX];
	assert_string_equal(profile_suggest(&dirs, word, buf, sizeof buf), expected);
}

static void what_was_meant(void **state)
{
	(void)state;
	suggests("acne", "; did you mean 'acme'?");
	suggests("ACME-v2", "; did you mean 'acme-v2'?");
	suggests("U500", "; did you mean one of these: acme, acme-v2?");
	suggests("u300", "; did you mean 'acme'?");
	suggests("ACME U500 newer", "; did you mean 'acme-v2'?");
	suggests("big ones", ""); /* of a file that is hidden by one without these words */
	suggests("my own", "; did you mean 'zeta'?");
	suggests("v2", "; did you mean 'acme-v2'?");
	suggests("U700", "");
	suggests("", "");
	suggests("/", "");
}

#define PROFILE(...) CALL(&called, app_profile, "profile", __VA_ARGS__)

static const char *line_of(const char *name)
{
	char begin[64];
	snprintf(begin, sizeof begin, "\n  %s ", name);
	const char *line = strstr(called.said, begin);
	if (!line)
		fail_msg("no %s in:\n%s", name, called.said);
	return line;
}

static void has(const char *name, const char *part)
{
	const char *line = line_of(name), *at = strstr(line, part), *end = strchr(line + 1, '\n');
	if (!at || at > end)
		fail_msg("no '%s' in:%.*s", part, (int)(end - line), line);
}

static void the_list(void **state)
{
	(void)state;
	assert_int_equal(PROFILE("list", "--profiles", shipped), EXIT_FINE);
	assert_memory_equal(called.said, "in /tmp/battagg-names-", 22);
	has("broken", "has errors: battagg check ");
	assert_int_equal(PROFILE("list", "--profiles", "can-profiles"), EXIT_FINE);
	has("pylontech", "verified     500        -      Pylontech low voltage");
	has("jk-native-v2", "documented   250 or 500 0-11   JK");
	has("valence-ubms", "experimental 250");
	assert_int_equal(PROFILE("list", "--profiles", mine), EXIT_FINE);
	has("zeta", "has errors"); /* it lacks everything but names */
}

static void wrong_use(void **state)
{
	(void)state;
	assert_int_equal(PROFILE("lst"), EXIT_USAGE);
	assert_int_equal(CALL(&called, app_profile, "profile"), EXIT_USAGE);
	assert_int_equal(PROFILE("list", "x"), EXIT_USAGE);
	assert_int_equal(PROFILE("list", "--foo"), EXIT_USAGE);
	assert_int_equal(PROFILE("--help"), EXIT_FINE);
	assert_non_null(strstr(called.said, "battagg profile list"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_by_directory),
		cmocka_unit_test(what_was_meant),
		cmocka_unit_test(the_list),
		cmocka_unit_test(wrong_use),
	};
	return cmocka_run_group_tests(tests, make_home, remove_home);
}
