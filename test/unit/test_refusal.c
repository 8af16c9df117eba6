/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Why a frame is not taken in, and what `battagg decode` says of such frames, of wrong addresses and of wrong use. The
 * profile is made up; its checksum is the sum of the bytes before it, added up by hand. */
#include "called.h"

#include <sys/stat.h>

#include "app/app.h"
#include "config/profile.h"
#include "core/candump.h"

static const char made_up[] = "profile: made-up\nname: made up\nsource: made up for this test\nstatus: documented\n"
			      "byte_order: big\naddresses: 1-3\n"
			      "parameters: { step: { default: 0.1, values: [0.1, 1], what: one count of the voltage } }\n"
			      "frames:\n"
			      "  - { id: 0x100 + address, period: 1 s, required: true, checksum: { byte: 3, kind: sum8, over: 0-2 },\n"
			      "      fields: { voltage: { bytes: 0-1, factor: step V } } }\n"
			      "  - { id: 0x200 + address, period: 1 s, index: { byte: 0 }, group: 1-4,\n"
			      "      fields: { \"cell_voltage[group]\": { bytes: 1-2, factor: 1 mV } } }\n"
			      "  - { id: 0x300 + address, period: 1 s, match: [ { byte: 0, is: 0x66 } ],\n"
			      "      fields: { soc: { byte: 1, factor: 1 % } } }\n"
			      "  - { id: 0x400, period: 1 s, match: [ { byte: 0, is: address } ],\n"
			      "      fields: { soh: { byte: 1, factor: 1 % } } }\n";

static char home[] = "/tmp/battagg-refusal-XXXXXX", profile_path[64], log_path[64];
static struct profile *profile;
static struct called called;

static bool write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	return f && fputs(text, f) >= 0 && !fclose(f);
}

static int set_up(void **state)
{
	struct problems problems = { 0 };
	(void)state;
	if (!mkdtemp(home))
		return -1;
	snprintf(profile_path, sizeof profile_path, "%s/made-up.yaml", home);
	snprintf(log_path, sizeof log_path, "%s/log", home);
	if (!write_file(profile_path, made_up))
		return -1;
	profile = profile_load_file(profile_path, &problems);
	if (!profile)
		problems_print(&problems, stderr);
	problems_free(&problems);
	return profile ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	profile_free(profile);
	unlink(profile_path);
	unlink(log_path);
	return rmdir(home);
}

static void refused(const char *frame, unsigned from, unsigned to, enum refusal why, const char *text)
{
	struct frame f;
	char buf[REFUSED_TEXT_MAX];
	assert_true(candump_parse_frame(frame, &f));
	struct refused r = profile_refused(profile, from, to, &f);
	profile_refused_text(profile, &r, &f, buf, sizeof buf);
	if (r.why != why || !strstr(buf, text))
		fail_msg("%s: got %d, %s", frame, (int)r.why, buf);
}

static void reasons(void **state)
{
	(void)state;
	refused("101#0208010B", 1, 3, REFUSAL_NONE, ""); /* 02 + 08 + 01 = 0B */
	refused("101#0208010C", 1, 3, REFUSAL_CHECKSUM, "its checksum is 0x0C, of these bytes it would be 0x0B");
	refused("101#0208", 1, 3, REFUSAL_SHORT, "too short with its 2 bytes");
	refused("101#020801", 1, 3, REFUSAL_SHORT, "too short with its 3 bytes");
	refused("201#040CE4", 1, 3, REFUSAL_NONE, "");
	refused("201#050CE4", 1, 3, REFUSAL_INDEX, "its index is 5, which is not within 1 to 4");
	refused("201#", 1, 3, REFUSAL_SHORT, "0 bytes");
	refused("201#010C", 1, 3, REFUSAL_SHORT, "2 bytes");
	refused("301#6650", 1, 3, REFUSAL_NONE, "");
	refused("301#6750", 1, 3, REFUSAL_MATCH, "`match` wants 0x66 where it has 0x67");
	refused("301#66", 1, 3, REFUSAL_SHORT, "too short with its 1 byte");
	refused("304#6650", 1, 3, REFUSAL_FOREIGN, "no such id");
	refused("00000101#0208010B", 1, 3, REFUSAL_FOREIGN, "no such id");
}

static void other_addresses(void **state)
{
	(void)state;
	refused("302#6650", 1, 3, REFUSAL_NONE, "");
	refused("302#6650", 1, 1, REFUSAL_ADDRESS, "it is for address 2");
	refused("103#0208010C", 1, 1, REFUSAL_ADDRESS, "it is for address 3");
	refused("400#0264", 1, 3, REFUSAL_NONE, "");
	refused("400#0264", 1, 1, REFUSAL_ADDRESS, "it is for address 2");
	refused("400#0964", 1, 3, REFUSAL_ADDRESS, "it is for address 9");
}

#define DECODE(...) CALL(&called, app_decode, "decode", __VA_ARGS__)

static void has_in(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in:\n%s", part, text);
}
#define has(part) has_in(called.said, part)
#define complains(part) has_in(called.complained, part)

static void what_is_not_taken_is_listed(void **state)
{
	(void)state;
	assert_true(write_file(log_path, "(1.0) can0 101#0208010B\n(2.0) can0 101#0208010C\n(3.0) can0 101#0208010D\n"
					 "(4.0) can0 101#02\n(5.0) can0 7FF#00\n(6.0) can0 301#66\n"));
	assert_int_equal(DECODE("-p", profile_path, log_path), EXIT_FINE);
	has("address 1 voltage = 52.000 V\n"); /* 0x0208 = 520 */
	has("ids of made-up, but not taken in:\n"
	    "       101  2 frames, the first 101#0208010C: its checksum is 0x0C, of these bytes it would be 0x0B\n"
	    "       101  1 frames, the first 101#02: too short with its 1 byte\n"
	    "       301  1 frames, the first 301#66: too short with its 1 byte\n"
	    "ids that are not of made-up:\n"
	    "       7FF  1 frames, the first 7FF#00, ");
	assert_int_equal(DECODE("-p", profile_path, "--json", log_path), EXIT_FINE);
	has("{\"unmatched\":\"7FF\",\"count\":1,\"first\":\"7FF#00\",\"changing_bytes\":\"\"}\n");
	has("{\"unmatched\":\"301\",\"count\":1,\"first\":\"301#66\",\"why\":\"too short with its 1 byte\"}\n");
}

static void a_wrong_address_is_told(void **state)
{
	(void)state;
	assert_true(write_file(log_path, "(1.0) can0 101#0208010B\n(2.0) can0 103#0208010B\n(3.0) can0 7FF#00\n"));
	assert_int_equal(DECODE("-p", profile_path, "-a", "2", log_path), EXIT_BAD);
	complains("none of 3 frames belongs to made-up: addresses 1, 3 were heard, you asked for 2\n");
	assert_true(write_file(log_path, "(1.0) can0 101#0208010B\n"));
	assert_int_equal(DECODE("-p", profile_path, "-a", "2", log_path), EXIT_BAD);
	complains("none of 1 frames belongs to made-up: address 1 was heard, you asked for 2\n");
	assert_int_equal(DECODE("-p", profile_path, "-a", "4", log_path), EXIT_USAGE);
	complains("addresses of made-up are 1 to 3");
}

static void wrong_use(void **state)
{
	(void)state;
	assert_int_equal(CALL(&called, app_decode, "decode"), EXIT_USAGE);
	complains("which profile? -p NAME");
	assert_int_equal(DECODE("-p", profile_path, "a", "b"), EXIT_USAGE);
	complains("'b' is too much");
	assert_int_equal(DECODE("-p", profile_path, "/nonexistent/log"), EXIT_USAGE); /* as of replay */
	complains("/nonexistent/log: No such file");
	assert_int_equal(DECODE("-p", "pylontec", "--profiles", "can-profiles", log_path), EXIT_BAD);
	complains("no profile 'pylontec'; did you mean 'pylontech'?");
	assert_int_equal(DECODE("-p", profile_path, "--set", "foo=1", log_path), EXIT_BAD);
	complains("has no parameter 'foo'; it has step\nthe parameters of made-up, with their defaults:\n  step=0.1  one count of");
	assert_int_equal(DECODE("-p", profile_path, "--set", "step=2", log_path), EXIT_BAD);
	complains("step can't be '2'; it can be: 0.1, 1");
	assert_true(write_file(log_path, "(1.0) can0 101#0208010B\n"));
	assert_int_equal(DECODE("-p", profile_path, "--set", "step=1", log_path), EXIT_FINE);
	has("voltage = 520.000 V");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reasons),
		cmocka_unit_test(other_addresses),
		cmocka_unit_test(what_is_not_taken_is_listed),
		cmocka_unit_test(a_wrong_address_is_told),
		cmocka_unit_test(wrong_use),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
