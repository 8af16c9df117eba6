/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Memory that runs out at any point of creating an engine; and that a running one asks for none. */
#include "fixture.h"

#include <stdlib.h>

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static int left = -1; /* allocations until one fails; -1 = none does */
static unsigned long asked;

void *__wrap_calloc(size_t n, size_t size)
{
	asked++;
	if (left == 0)
		return NULL;
	if (left > 0)
		left--;
	return __real_calloc(n, size);
}

static struct bench b;

static void each_allocation_fails(void **state)
{
	(void)state;
	bench_start(&b, 3);
	int failed = 0;
	for (int n = 0; n < 20; n++) {
		left = n;
		struct engine *e = engine_create(&b.s, 0);
		left = -1;
		failed += e == NULL;
		engine_destroy(e); /* sanitizers see whether all was given back */
	}
	assert_in_range(failed, 4, 6);
}

/* Two frames of one id, told apart by a byte. */
static void running_asks_for_none(void **state)
{
	(void)state;
	bench_start(&b, 3);
	for (int i = 0; i < 2; i++) {
		struct profile_frame *f = add_frame(&b.in, 0x123);
		f->n_guards = 1;
		f->guards[0] = (struct guard){ .place = bytes(0, 1), .value = (uint64_t)i, .demand = true };
		add_number(&b.in, i ? Q_CYCLES : Q_CAPACITY_REMAINING, 2, 2, false, 1);
	}
	bench_run(&b, 2 * SEC);
	unsigned long before = asked;
	struct frame f = FRAME(0x123, 1, 0, 7, 0);
	engine_frame(b.e, 0, &f, b.now);
	bench_run(&b, 600 * SEC);
	assert_int_equal(asked, before);
	assert_int_equal(engine_pack(b.e, 0)->seen.b.q[Q_CYCLES].value, 7);
	assert_int_equal(engine_pack(b.e, 0)->seen.b.q[Q_CAPACITY_REMAINING].validity, ABSENT);
	assert_int_equal(engine_pack(b.e, 0)->not_this, 1);
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails),
		cmocka_unit_test(running_asks_for_none),
	};
	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
