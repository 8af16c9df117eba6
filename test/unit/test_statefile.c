/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The state file: what was written is read, and what was cut, changed or never written is told. */
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

#include "io/statefile.h"

static char folder[64], path[96], other[128];

static int setup(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/battagg-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/state", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	snprintf(other, sizeof other, "%s.bad", path);
	unlink(other);
	snprintf(other, sizeof other, "%s.part", path);
	unlink(other);
	return rmdir(folder);
}

static const struct kept some = { .balanced_day = 20782, .counter = { true, 123456 }, .energy_in = INT64_C(5000000000),
	.energy_out = 7, .limits = { { true, 56000 }, { true, 0 } } };
static const struct state_stamp stamp = { .boot = "0f5f9a1e-1111-2222-3333-444455556666", .time = INT64_C(987654321000) };

static void write_text(const char *text, size_t len)
{
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	fclose(f);
}

static size_t read_text(char *text, size_t size)
{
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	size_t len = fread(text, 1, size - 1, f);
	text[len] = '\0';
	fclose(f);
	return len;
}

static void is_bad(const char *expected)
{
	char why[STATEFILE_WHY_MAX] = "";
	struct kept kept = { .balanced_day = 1 };
	struct state_stamp then = { .time = 1 };
	assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_BAD);
	assert_string_equal(why, expected);
	assert_int_equal(kept.balanced_day, 1); /* nothing was taken from it */
	assert_int_equal(then.time, 1);
}

static void there_and_back(void **state)
{
	(void)state;
	struct kept kept;
	struct state_stamp then;
	char why[STATEFILE_WHY_MAX];
	assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_NONE);
	assert_true(statefile_write(path, &some, &stamp));
	assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_GOOD);
	assert_int_equal(kept.balanced_day, 20782);
	assert_true(kept.counter.set);
	assert_int_equal(kept.counter.value, 123456);
	assert_int_equal(kept.energy_in, 5000000000);
	assert_int_equal(kept.energy_out, 7);
	assert_true(kept.limits[LIMIT_CVL].set);
	assert_int_equal(kept.limits[LIMIT_CVL].value, 56000);
	assert_true(kept.limits[LIMIT_CCL].set); /* 0 is a limit */
	assert_int_equal(kept.limits[LIMIT_CCL].value, 0);
	assert_false(kept.limits[LIMIT_DCL].set);
	assert_string_equal(then.boot, stamp.boot);
	assert_int_equal(then.time, stamp.time);
	snprintf(other, sizeof other, "%s.part", path);
	assert_int_equal(access(other, F_OK), -1);
	/* over an older one, without a boot */
	assert_true(statefile_write(path, &(struct kept){ .energy_in = 1 }, &(struct state_stamp){ .time = 5 }));
	assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_GOOD);
	assert_false(kept.counter.set);
	assert_string_equal(then.boot, "");
}

/* Cut anywhere, or with one bit wrong anywhere, it is not taken. */
static void each_damage_is_seen(void **state)
{
	(void)state;
	char text[2048], why[STATEFILE_WHY_MAX];
	struct kept kept;
	struct state_stamp then;
	assert_true(statefile_write(path, &some, &stamp));
	size_t len = read_text(text, sizeof text);
	for (size_t cut = 0; cut < len; cut++) {
		write_text(text, cut);
		assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_BAD);
	}
	for (size_t i = 0; i < len; i++) {
		text[i] ^= 1;
		write_text(text, len);
		assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_BAD);
		text[i] ^= 1;
	}
	write_text(text, len);
	assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_GOOD);
}

/* With the checksum that belongs to it. */
static void write_lines(const char *lines)
{
	char text[1024];
	uint64_t sum = UINT64_C(0xCBF29CE484222325);
	for (const char *p = lines; *p; p++)
		sum = (sum ^ (unsigned char)*p) * UINT64_C(0x100000001B3);
	size_t len = (size_t)snprintf(text, sizeof text, "%scheck %016llx\n", lines, (unsigned long long)sum);
	write_text(text, len);
}

static void what_is_wrong_is_told(void **state)
{
	(void)state;
	char why[STATEFILE_WHY_MAX];
	struct kept kept;
	struct state_stamp then;
	write_text("", 0);
	is_bad("it is cut short");
	write_text("battagg state 1\nboot -\n\0\ncheck 1", 32);
	is_bad("it is cut short");
	write_text("battagg state 1\ncheck 0000000000000000\n", 39);
	is_bad("its checksum is wrong");
	write_lines("battagg state 2\nboot -\n");
	is_bad("it is another version's");
	write_lines("battagg state 1\nboot\n");
	is_bad("a line without a value");
	write_lines("battagg state 1\ncounter_mah 12x\n");
	is_bad("a value that is no number");
	write_lines("battagg state 1\ncounter_mah -1\n");
	is_bad("a number that can't be");
	write_lines("battagg state 1\ncounter_mah 99999999999999999999\n");
	is_bad("a value that is no number");
	write_lines("battagg state 1\nbalanced_day 4294967296\n");
	is_bad("a number that can't be");
	write_lines("battagg state 1\nnews 17\ncounter_mah 12\n"); /* a later version's line */
	assert_int_equal(statefile_read(path, &kept, &then, why), STATEFILE_GOOD);
	assert_int_equal(kept.counter.value, 12);
	char *much = calloc(1, 5000);
	memset(much, 'x', 4999);
	write_text(much, 4999);
	free(much);
	is_bad("it is cut short");
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	is_bad("Is a directory");
	rmdir(path);
}

static void it_can_not_be_written(void **state)
{
	(void)state;
	char far[8192];
	snprintf(other, sizeof other, "%s/nowhere/state", folder);
	assert_false(statefile_write(other, &some, &stamp));
	assert_int_equal(errno, ENOENT);
	memset(far, 'a', sizeof far);
	far[sizeof far - 1] = '\0';
	assert_false(statefile_write(far, &some, &stamp));
	assert_int_equal(errno, ENAMETOOLONG);
	/* a folder of that name can't be replaced; what was begun is taken away */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(statefile_write(path, &some, &stamp));
	assert_int_equal(errno, EISDIR);
	snprintf(other, sizeof other, "%s.part", path);
	assert_int_equal(access(other, F_OK), -1);
	rmdir(path);
}

static void set_aside(void **state)
{
	(void)state;
	write_text("rubbish", 7);
	statefile_set_aside(path);
	snprintf(other, sizeof other, "%s.bad", path);
	assert_int_equal(access(other, F_OK), 0);
	assert_int_equal(access(path, F_OK), -1);
}

static void limits_of_another_time(void **state)
{
	(void)state;
	struct state_stamp now = stamp;
	struct kept kept = some;
	now.time = stamp.time + 600 * INT64_C(1000000);
	statefile_drop_old_limits(&kept, &stamp, &now);
	assert_true(kept.limits[LIMIT_CVL].set);
	now.time++;
	statefile_drop_old_limits(&kept, &stamp, &now);
	assert_false(kept.limits[LIMIT_CVL].set);
	assert_true(kept.counter.set);
	kept = some;
	now.time = stamp.time - 1; /* before it was written */
	statefile_drop_old_limits(&kept, &stamp, &now);
	assert_false(kept.limits[LIMIT_CCL].set);
	kept = some;
	now = stamp;
	now.boot[0] = '1';
	statefile_drop_old_limits(&kept, &stamp, &now);
	assert_false(kept.limits[LIMIT_CCL].set);
	kept = some; /* two boots of which nothing is known are not the same */
	statefile_drop_old_limits(&kept, &(struct state_stamp){ .time = 5 }, &(struct state_stamp){ .time = 6 });
	assert_false(kept.limits[LIMIT_CCL].set);
}

static void this_boot(void **state)
{
	(void)state;
	char a[BOOT_ID_MAX + 1], b[BOOT_ID_MAX + 1];
	statefile_boot(a);
	statefile_boot(b);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), BOOT_ID_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(there_and_back), TEST(each_damage_is_seen),    TEST(what_is_wrong_is_told), TEST(it_can_not_be_written),
		TEST(set_aside),      TEST(limits_of_another_time), TEST(this_boot),
	};
	return cmocka_run_group_tests_name("statefile", tests, NULL, NULL);
}
