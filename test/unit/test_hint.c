/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a sample that fails is told: which one change would make it right, and never one that would not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "config/profile.h"

static char message[600];

/* The first message of a sample of one frame with one field. */
static const char *told(const char *field, const char *frame, const char *value)
{
	struct problems problems = { 0 };
	char text[1200];
	snprintf(text, sizeof text,
		 "profile: acme\nname: ACME\nstatus: documented\nsource: made up\nbyte_order: big\nframes:\n"
		 "  - { id: 0x100, period: 1 s, required: true, fields: { %s } }\n"
		 "samples:\n  - { origin: by hand, from: made up, frames: [\"%s\"], values: { %s } }\n",
		 field, frame, value);
	struct profile *p = profile_load_text("acme", text, strlen(text), &problems);
	assert_null(p);
	*message = '\0';
	for (size_t i = 0; i < problems.count && !*message; i++)
		if (problems.list[i].level == PROBLEM_ERROR)
			snprintf(message, sizeof message, "%s", problems.list[i].message);
	problems_free(&problems);
	return message;
}

static void says(const char *hint)
{
	if (!strstr(message, hint))
		fail_msg("'%s' is not in '%s'", hint, message);
}

static void one_change(void **state)
{
	(void)state;
	told("voltage: { bytes: 0-1, factor: 0.1 V }", "100#14A0", "voltage: 52.8 V"); /* 5280 */
	says("; with a factor ten times smaller it would be right");
	told("voltage: { bytes: 0-1, factor: 0.01 V }", "100#A014", "voltage: 52.8 V");
	says("; with `byte_order: little` it would be right");
	told("current: { bytes: 0-1, factor: 0.1 A }", "100#FF83", "current: -12.5 A"); /* -125 */
	says("; with `type: signed` it would be right");
	told("voltage: { bytes: 0-1, factor: 0.01 V }", "100#14A0", "voltage: 51.3 V");
	assert_null(strstr(message, "it would be right"));
}

/* -273.15 degC lies between two steps of 0.1 degC: a smaller factor must not make that half a step a 20th. 29811 in 0.01 K
 * is 24.96 degC, which is 25.0 and not 24.9. */
static void an_offset_between_two_steps(void **state)
{
	(void)state;
	told("temperature: { bytes: 0-1, factor: 0.1 K, offset: -273.15 degC }", "100#7473", "temperature: 25 degC");
	says("; with a factor ten times smaller it would be right");
	told("temperature: { bytes: 0-1, factor: 0.1 K, offset: -273.15 degC }", "100#7473", "temperature: 24.9 degC");
	assert_null(strstr(message, "it would be right"));
}

/* 2^31 times 2^30 is the most that fits; a thousand times that is 0 in what 64 bits keep of it. */
static void a_factor_that_does_not_fit(void **state)
{
	(void)state;
	told("cycles: { bytes: 2-5, factor: 1073741824 }", "100#FFFF80000000FFFF", "cycles: 0");
	says("cycles");
	assert_null(strstr(message, "it would be right"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_change),
		cmocka_unit_test(an_offset_between_two_steps),
		cmocka_unit_test(a_factor_that_does_not_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
