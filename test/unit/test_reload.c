/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* engine_adopt(): what a reload keeps, and what it must not; ids and keep-alives of the engine. */
#include "fixture.h"

static struct bench b;
static struct settings other, kept[8]; /* an engine's settings outlive it */
static int n_kept;
static struct dialect changed;

static int setup(void **state)
{
	(void)state;
	bench_start(&b, 2);
	bench_run(&b, 10 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	other = b.s;
	n_kept = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_stop(&b);
	return 0;
}

/* The daemon's reload: a new engine with `other` takes the old one's place. */
static void reload(void)
{
	kept[n_kept] = other;
	struct engine *e = engine_create(&kept[n_kept++], b.now);
	assert_non_null(e);
	engine_adopt(e, b.e);
	engine_destroy(b.e);
	b.e = e;
	b.s = other;
}

static void output_never_pauses(void **state)
{
	(void)state;
	uint64_t before = b.sent;
	int64_t then = b.last_at[0x351];
	reload();
	assert_int_equal(state_of(&b, 0), PACK_ONLINE);
	assert_int_equal(state_of(&b, 1), PACK_ONLINE);
	assert_int_equal(engine_now(b.e), b.now - (b.now % (500 * MS)));
	bench_run(&b, SEC);
	assert_true(b.sent > before);
	assert_true(b.last_at[0x351] - then <= SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 200000); /* 100 + 100 A, at once */
}

static void raised_limits_ramp(void **state)
{
	(void)state;
	other.limits.ccl = (struct bound){ true, 50000 };
	reload();
	bench_run(&b, SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 50000);
	other.limits.ccl.set = false;
	reload();
	bench_run(&b, 29 * SEC); /* raise_hold is 30 s */
	assert_int_equal(limit_now(&b, LIMIT_CCL), 50000);
	bench_run(&b, 6 * SEC);
	assert_in_range(limit_now(&b, LIMIT_CCL), 60000, 110000); /* 5 %/s of 200 A is 10 A/s, for 4 to 5 s */
}

static void packs_may_change_places(void **state)
{
	(void)state;
	b.says[1].cell_max = 3650; /* B's guard trips */
	bench_run(&b, 2 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 0);
	struct pack_settings a = other.packs[0];
	other.packs[0] = other.packs[1];
	other.packs[1] = a;
	b.says[0].mute = b.says[1].mute = true; /* the same instant: nothing new is heard */
	reload();
	assert_string_equal(engine_pack(b.e, 0)->set->name, "B");
	engine_step(b.e, b.now);
	const struct reason *r = &engine_verdict(b.e)->limit[LIMIT_CCL].reason;
	assert_int_equal(r->code, REASON_CELL_GUARD);
	assert_int_equal(r->pack, 0);
}

static void feedback_follows_its_pack(void **state)
{
	(void)state;
	b.says[1].current = 1500; /* 150 A into B, which allows 100 A */
	bench_run(&b, 5 * SEC);
	assert_int_equal(reason_now(&b, LIMIT_CCL), REASON_FEEDBACK);
	struct pack_settings a = other.packs[0];
	other.packs[0] = other.packs[1];
	other.packs[1] = a;
	reload();
	engine_step(b.e, b.now);
	assert_int_equal(reason_now(&b, LIMIT_CCL), REASON_FEEDBACK);
	assert_int_equal(engine_verdict(b.e)->limit[LIMIT_CCL].reason.pack, 0);
}

static void a_pack_may_leave_the_config(void **state)
{
	(void)state;
	other.n_packs = 1;
	reload();
	bench_run(&b, 2 * SEC);
	assert_int_equal(limit_now(&b, LIMIT_CCL), 100000);
	assert_null(engine_pack(b.e, 1));
	assert_null(engine_pack(b.e, -1));
}

static void a_new_pack_passes_quarantine(void **state)
{
	(void)state;
	struct settings two = other;
	other.n_packs = 1;
	reload();
	bench_run(&b, SEC);
	other = two;
	reload();
	bench_run(&b, 10 * SEC);
	assert_int_equal(state_of(&b, 1), PACK_RETURNING);
	bench_run(&b, 25 * SEC); /* quarantine: 30 s */
	assert_int_equal(state_of(&b, 1), PACK_ONLINE);
}

static void another_dialect_starts_anew(void **state)
{
	(void)state;
	plain_dialect(&changed);
	changed.p.hash = 2;
	for (int i = 0; i < 2; i++)
		other.packs[i].profile = &changed.p;
	reload();
	/* what was decoded by the old rows is old and of no frame, but the packs have their time to come again */
	assert_int_equal(engine_pack(b.e, 0)->seen.b.q[Q_SOC].validity, STALE);
	assert_int_equal(engine_pack(b.e, 0)->seen.b.q[Q_SOC].source, SOURCE_NONE);
	assert_true(engine_pack(b.e, 0)->ages[F_SOC].ever);
	bench_run(&b, 5 * SEC);
	assert_int_equal(state_of(&b, 0), PACK_ONLINE);
	assert_int_equal(limit_now(&b, LIMIT_CVL), 56000);
}

static void output_comes_back(void **state)
{
	(void)state;
	bench_run(&b, 300 * MS);
	int64_t now = b.now;
	engine_output_up(b.e);
	assert_true(engine_deadline(b.e) <= now);
	bench_step(&b);
	assert_int_equal(b.last_at[0x35E], now); /* the whole set, and at once */
	assert_int_equal(b.last_at[0x351], now);
	assert_int_equal(b.last_at[0x373], now);
}

static void wanted_ids(void **state)
{
	(void)state;
	b.in.p.n_foreign = 1;
	b.in.p.foreign[0] = (struct frame){ .id = 0x18FF0001, .ext = true };
	reload();
	struct frame ids[64];
	int n = engine_wanted(b.e, 0, ids, 64);
	assert_int_equal(n, 16); /* 11 single ids, 4 groups of 0x400, and the foreign one */
	bool foreign = false, limits = false;
	for (int i = 0; i < n; i++) {
		foreign = foreign || (ids[i].ext && ids[i].id == 0x18FF0001);
		limits = limits || (!ids[i].ext && ids[i].id == 0x351);
	}
	assert_true(foreign && limits);
	assert_int_equal(engine_wanted(b.e, 0, ids, 3), 16); /* says how many, writes no more than asked */
	assert_int_equal(engine_wanted(b.e, 7, ids, 64), 0);
}

static int sent_to(int port, uint32_t id)
{
	int n, found = 0;
	const struct outgoing *out = engine_sent(b.e, &n);
	for (int i = 0; i < n; i++)
		found += out[i].port == port && out[i].frame.id == id;
	return found;
}

static void keepalives(void **state)
{
	(void)state;
	struct transmit *t = &b.in.p.transmit[b.in.p.n_transmit++];
	*t = (struct transmit){ .frame = { .id = 0x305, .len = 8 }, .period = SEC, .on = true };
	for (int i = 0; i < 2; i++) {
		other.packs[i].transmit[0] = true;
		other.packs[i].port = 0; /* both on one bus: one keep-alive serves both */
		other.packs[i].address = i;
	}
	reload();
	engine_step(b.e, b.now + 600 * MS);
	assert_int_equal(sent_to(0, 0x305), 1);
	other.packs[0].transmit[0] = false;
	reload(); /* the other pack's goes on in its own time */
	engine_step(b.e, b.now + 900 * MS);
	assert_int_equal(sent_to(0, 0x305), 0);
	engine_step(b.e, b.now + 1700 * MS);
	assert_int_equal(sent_to(0, 0x305), 1);
	engine_step(b.e, b.now + 60 * SEC); /* late by many turns: once, not all of them */
	assert_int_equal(sent_to(0, 0x305), 1);
	engine_step(b.e, b.now + 60 * SEC + 500 * MS);
	assert_int_equal(sent_to(0, 0x305), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(output_never_pauses, setup, teardown),
		cmocka_unit_test_setup_teardown(raised_limits_ramp, setup, teardown),
		cmocka_unit_test_setup_teardown(packs_may_change_places, setup, teardown),
		cmocka_unit_test_setup_teardown(feedback_follows_its_pack, setup, teardown),
		cmocka_unit_test_setup_teardown(a_pack_may_leave_the_config, setup, teardown),
		cmocka_unit_test_setup_teardown(a_new_pack_passes_quarantine, setup, teardown),
		cmocka_unit_test_setup_teardown(another_dialect_starts_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(output_comes_back, setup, teardown),
		cmocka_unit_test_setup_teardown(wanted_ids, setup, teardown),
		cmocka_unit_test_setup_teardown(keepalives, setup, teardown),
	};
	engine_destroy(NULL);
	return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
