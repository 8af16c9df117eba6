/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg decode --watch` on a bus: what it keeps, counts and shows when the profile is saved anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/watch.h"

#define SEC INT64_C(1000000)

static struct watch *w;
static char dir[] = "/tmp/battagg-watch-XXXXXX", file[64];
static struct watch_options options;
static char *page_text;

static void save(const char *rest)
{
	FILE *out = fopen(file, "w");
	assert_non_null(out);
	fprintf(out, "profile: acme\nname: ACME\nstatus: documented\nsource: made up\nbyte_order: big\n%s", rest);
	fclose(out);
}

static void start(const char *address)
{
	options = (struct watch_options) { .profile = file, .source = "can7", .watch = true, .address = address };
	watch_begin(w, &options, true);
	assert_true(watch_load_first(w));
}

static void hear(uint32_t id, uint8_t len, uint64_t data, int64_t time)
{
	struct frame f = { .id = id, .len = len };
	for (unsigned i = 0; i < len; i++)
		f.data[i] = (uint8_t)(data >> (8 * (len - 1u - i)));
	watch_take(w, &f, true, time);
}

static const char *page(void)
{
	size_t size;
	free(page_text);
	FILE *out = open_memstream(&page_text, &size);
	watch_page(w, out, 120, false);
	fclose(out);
	return page_text;
}

static void shows(const char *text)
{
	if (!strstr(page(), text))
		fail_msg("'%s' is not in\n%s", text, page_text);
}

static void hides(const char *text)
{
	if (strstr(page(), text))
		fail_msg("'%s' is in\n%s", text, page_text);
}

static int setup(void **state)
{
	(void)state;
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	w = calloc(1, sizeof *w);
	if (!w || !mkdtemp(dir))
		return -1;
	snprintf(file, sizeof file, "%s/acme.yaml", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	watch_end(w);
	free(w);
	free(page_text);
	page_text = NULL;
	unlink(file);
	return rmdir(dir);
}

#define VOLTAGE                                                                                                        \
	"frames:\n  - { id: 0x100, period: 1 s, required: true, fields: { voltage: { bytes: 0-1, factor: 0.01 V } } "  \
	"}\n"

/* 52.80 V twice, 80 % three times, and two frames of somebody else's. */
static void counts_since_the_profile_was_read(void **state)
{
	(void)state;
	save(VOLTAGE);
	start(NULL);
	for (int i = 0; i < 3; i++) {
		hear(0x101, 1, 80, i * SEC);
		if (i == 2)
			continue;
		hear(0x100, 2, 5280, i * SEC + 1);
		hear(0x200, 1, 7, i * SEC + 2);
	}
	shows("7 frames, 2 of them the profile's. q ends\n");
	shows("voltage 52.800 V");
	save(VOLTAGE "  - { id: 0x101, period: 1 s, fields: { soc: { byte: 0, factor: 1 % } } }\n");
	assert_true(watch_is_saved(w));
	w->reloads++;
	assert_true(watch_load(w));
	watch_read_last(w);
	shows("voltage 52.800 V");
	shows("soc 80.00 %");
	shows("0 frames, 0 of them the profile's; read again 1 time and counted since then");
	hear(0x101, 1, 81, 3 * SEC);
	hear(0x200, 1, 7, 3 * SEC);
	shows("2 frames, 1 of them the profile's; read again 1 time");
	shows("soc 81.00 % *");
	shows("101#51                        1000 ms"); /* one step: from the one that was read again */
}

/* The last frame of an id is shorter than those before: its second value is not there. */
static void a_short_frame_is_read_as_it_came(void **state)
{
	(void)state;
	save(VOLTAGE);
	start(NULL);
	hear(0x101, 4, 0x50640001, 0);
	hear(0x101, 1, 0x50, SEC);
	shows("101#50  ");
	save(VOLTAGE
	     "  - { id: 0x101, period: 1 s, fields: { soc: { byte: 0, factor: 1 % }, cycles: { bytes: 2-3 } } }\n");
	assert_true(watch_load(w));
	watch_read_last(w);
	shows("101#50  ");
	shows("soc 80.00 %");
	hides("cycles");
}

/* What the command line says must fit the new file, too: else the old one stays, and it says why. */
static void a_file_that_does_not_fit_is_refused(void **state)
{
	const struct profile_parameter one = { "scale", "2" };
	const struct profile_parameters set = { &one, 1 };
	(void)state;
	save("addresses: 0-3\n"
	     "frames:\n  - { id: 0x100 + address, period: 1 s, required: true, fields: { voltage: { bytes: 0-1, "
	     "factor: 0.01 V } } }\n");
	start("2");
	hear(0x102, 2, 5280, 0);
	shows("voltage 52.800 V");
	shows("1 frames, 1 of them");
	save(VOLTAGE);
	assert_true(watch_is_saved(w));
	assert_false(watch_load(w));
	shows("what you see is read as it was before:\n");
	shows("acme.yaml: --address 2: packs of acme have no addresses\n");
	shows("voltage 52.800 V");
	shows("1 frames, 1 of them");
	hear(0x102, 2, 5290, SEC);
	shows("voltage 52.900 V");
	options.address = NULL;
	options.set = &set;
	assert_false(watch_load(w));
	shows("there is no parameter 'scale'");
	options.set = NULL;
	assert_true(watch_load(w));
	hides("read as it was before");
}

/* Bytes 0-1 in 0.01 V, byte 2 counts; 3 s later it still says 2, with other values. */
static void a_counter_that_stands_still(void **state)
{
	(void)state;
	save("frames:\n  - { id: 0x100, period: 1 s, required: true, counter: { byte: 2 }, fields: { voltage: { bytes: "
	     "0-1, factor: 0.01 V } } }\n");
	start(NULL);
	hear(0x100, 3, 0x14A001, 0);
	hear(0x100, 3, 0x14AA02, SEC);
	hides("stands still");
	shows("voltage 52.900 V");
	for (int i = 2; i < 5; i++)
		hear(0x100, 3, 0x14B402, i * SEC);
	shows("100#14AA02                    1000 ms     3.0 s ago  3 more not taken: the counter stands still\n");
	shows("voltage 52.900 V");
	for (int i = 5; i < 8; i++)
		hear(0x100, 3, 0x14B402, i * SEC);
	shows("too old"); /* 6 s of 5 */
	hear(0x100, 3, 0x14B403, 8 * SEC);
	hides("stands still");
	shows("voltage 53.000 V");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(counts_since_the_profile_was_read, setup, teardown),
		cmocka_unit_test_setup_teardown(a_short_frame_is_read_as_it_came, setup, teardown),
		cmocka_unit_test_setup_teardown(a_file_that_does_not_fit_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_counter_that_stands_still, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
