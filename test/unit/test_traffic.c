/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What was on a bus, id by id. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "app/traffic.h"

#define MS INT64_C(1000)

static struct traffic t;

static int take(uint32_t id, bool ext, uint8_t first, uint8_t second, uint8_t len, int64_t time)
{
	struct frame f = { .id = id, .ext = ext, .len = len, .data = { first, second } };
	return traffic_take(&t, &f, true, time);
}

static void counts(void **state)
{
	char buf[40];
	(void)state;
	traffic_init(&t);
	assert_int_equal(take(0x351, false, 1, 2, 8, 0), 0);
	assert_int_equal(take(0x351, true, 1, 2, 8, 5 * MS), 1); /* the same number with 29 bits is another id */
	assert_int_equal(take(0x351, false, 1, 3, 8, 1000 * MS), 0);
	assert_int_equal(take(0x351, false, 1, 4, 6, 1999 * MS), 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.n_standard, 1);
	assert_int_equal(t.frames, 4);
	const struct traffic_id *e = &t.list[traffic_find(&t, 0x351, false)];
	assert_int_equal(e->count, 3);
	assert_int_equal(e->changed, 0xC2); /* byte 1, and the two that were not there once */
	assert_int_equal(e->len_min, 6);
	assert_int_equal(e->len_max, 8);
	assert_int_equal(e->first.data[1], 2);
	assert_int_equal(e->first.len, 8);
	assert_int_equal(e->last.data[1], 4);
	assert_int_equal(e->last.len, 6);
	assert_int_equal(traffic_period(&t, e), 999500);
	assert_int_equal(traffic_find(&t, 0x352, false), -1);
	assert_string_equal(traffic_id_print(buf, 0x51, false), "0x051");
	assert_string_equal(traffic_id_print(buf, 0x18F128F4, true), "0x18F128F4");
	assert_string_equal(traffic_rate_print(buf, &t, e), "every 1000 ms");
	assert_string_equal(traffic_rate_print(buf, &t, &t.list[1]), "once");
	assert_string_equal(traffic_bytes_print(buf, 0xC2), "1 6-7");
	assert_string_equal(traffic_bytes_print(buf, 0x55), "0 2 4 6");
	assert_string_equal(traffic_bytes_print(buf, 0), "none");
}

static void sorted_by_id(void **state)
{
	const struct traffic_id *sorted[TRAFFIC_MAX];
	static const struct {
		uint32_t id;
		bool ext;
	} order[] = { { 0x100, false }, { 0x7FF, false }, { 0x001, true }, { 0x7FE, true }, { 0x1FFFFFFF, true } };
	(void)state;
	traffic_init(&t);
	traffic_sort(&t, sorted); /* of nothing */
	for (int i = 4; i >= 0; i -= 2)
		take(order[i].id, order[i].ext, 0, 0, 8, 0);
	for (int i = 1; i < 5; i += 2)
		take(order[i].id, order[i].ext, 0, 0, 8, 0);
	traffic_sort(&t, sorted);
	for (int i = 0; i < 5; i++)
		assert_true(sorted[i]->id == order[i].id && sorted[i]->ext == order[i].ext);
	assert_ptr_equal(sorted[4], &t.list[0]); /* and each stays in its place */
}

static void without_times(void **state)
{
	struct frame f = { .id = 1, .len = 1 };
	char buf[TRAFFIC_RATE_TEXT_MAX];
	(void)state;
	traffic_init(&t);
	traffic_take(&t, &f, false, 0);
	traffic_take(&t, &f, false, 0);
	assert_int_equal(traffic_period(&t, &t.list[0]), 0);
	assert_string_equal(traffic_rate_print(buf, &t, &t.list[0]), "2 times");
}

static void has_an_end(void **state)
{
	(void)state;
	traffic_init(&t);
	for (uint32_t id = 0; id < TRAFFIC_MAX; id++)
		assert_int_equal(take(id * 7919, true, 0, 0, 8, id), id);
	assert_int_equal(take(5, true, 0, 0, 8, 0), -1);
	assert_int_equal(take(7919, true, 0, 0, 8, 0), 1);
	assert_int_equal(t.left_out, 1);
	assert_int_equal(t.frames, TRAFFIC_MAX + 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(sorted_by_id),
		cmocka_unit_test(without_times),
		cmocka_unit_test(has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
