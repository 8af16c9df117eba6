/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `limits: combine` and `blocked_pack`: what the bank gets by each rule, what is learnt, what a block does. */
#include "fixture.h"

static struct fleet f;

/* A 100 Ah, 20 A; B 200 Ah, 100 A; C 100 Ah, 80 A: 200 A together. Discharging 120 A each. */
static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 3);
	f.s.packs[1].capacity.value = 200000;
	fleet_pack(&f, 0, 20000, 120000, 0);
	fleet_pack(&f, 1, 100000, 120000, 0);
	fleet_pack(&f, 2, 80000, 120000, 0);
	return 0;
}

/* What is decided now, without hold and ramp. */
static void step(int64_t now)
{
	memset(f.g.ramp, 0, sizeof f.g.ramp);
	fleet_step(&f, now);
}

static int64_t value(enum limit_kind k)
{
	return f.v.limit[k].value;
}

static void reads(enum limit_kind k, const char *expected)
{
	char text[REASON_TEXT_MAX];
	assert_string_equal(reason_print(text, sizeof text, &f.v.limit[k].reason, k, &f.s, f.t.now), expected);
}

static void each_rule(void **state)
{
	(void)state;
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 200000);
	reads(LIMIT_CCL, "sum of 3 packs");
	f.s.share_rule = SHARE_BY_NUMBER;
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 60000);
	reads(LIMIT_CCL, "3 times the smallest limit, A's 20.0 A; 200.0 A without it");
	assert_int_equal(value(LIMIT_DCL), 360000); /* all alike: nothing to take away */
	reads(LIMIT_DCL, "sum of 3 packs");
	/* A has 100 of 400 Ah: 20 A are a quarter of 80. B: 200, C: 320 A */
	f.s.share_rule = SHARE_BY_CAPACITY;
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 80000);
	reads(LIMIT_CCL, "A gets 25.0 % of it by its capacity, its own limit is 20.0 A; 200.0 A without it");
	/* B gets half of it, and 120 A are half of 240 */
	assert_int_equal(value(LIMIT_DCL), 240000);
	reads(LIMIT_DCL, "B gets 50.0 % of it by its capacity, its own limit is 120.0 A; 360.0 A without it");
	/* nothing learnt yet: as by capacity */
	f.s.share_rule = SHARE_BY_MEASURE;
	step(4 * SEC);
	assert_int_equal(value(LIMIT_CCL), 80000);
	reads(LIMIT_CCL, "A gets 25.0 % of it as was measured, its own limit is 20.0 A; 200.0 A without it");
	/* a cap is a cap */
	f.s.limits.ccl = (struct bound){ true, 70000 };
	step(5 * SEC);
	assert_int_equal(value(LIMIT_CCL), 70000);
	reads(LIMIT_CCL, "limit set for the bank in the config; 80.0 A without it");
}

/* A lost pack's limit and share stay: it may still hang on the busbar. Gone, they are released. */
static void lost_ones_still_bound(void **state)
{
	(void)state;
	f.s.share_rule = SHARE_BY_NUMBER;
	f.packs[0].state = PACK_LOST;
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 60000); /* 20 A x (2 + 1) */
	f.packs[0].state = PACK_GONE;
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 160000); /* 80 A x 2 */
	f.s.share_rule = SHARE_BY_CAPACITY;
	f.packs[0].state = PACK_RETURNING;
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 80000); /* 20 A x (300 + 100) / 100 */
	f.packs[0].state = PACK_GONE;
	step(4 * SEC);
	assert_int_equal(value(LIMIT_CCL), 150000); /* B: 100 A x 300 / 200 */
	/* whose capacity nobody knows has no share that could be known */
	f.packs[0].state = PACK_LOST;
	f.s.packs[0].capacity.set = false;
	step(5 * SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	/* none is left: what is held is bounded by those that have a say */
	setup(NULL);
	f.s.share_rule = SHARE_BY_NUMBER;
	for (int i = 0; i < 3; i++)
		f.packs[i].state = PACK_LOST;
	step(6 * SEC);
	assert_int_equal(value(LIMIT_CCL), 60000);
}

/* A BMS whose limit doesn't come any more allows nothing; the last one it told still counts for the others. */
static void a_limit_that_is_too_old(void **state)
{
	(void)state;
	f.s.share_rule = SHARE_BY_NUMBER;
	struct pack *p = &f.packs[0];
	p->heard = true;
	p->seen.b.q[Q_CCL] = (struct measure){ .validity = VALID, .source = F_LIMITS };
	p->accepted[LIMIT_CCL].time = 10 * SEC;
	step(20 * SEC);
	assert_int_equal(value(LIMIT_CCL), 60000);
	step(21 * SEC);
	assert_true(f.t.nodes[0].blocked[CHARGE]);
	assert_int_equal(value(LIMIT_CCL), 60000); /* 20 A x (2 + 1) */
	/* 0 was its last: then it takes none */
	p->accepted[LIMIT_CCL].value = 0;
	p->accepted[LIMIT_CCL].time = 22 * SEC;
	step(22 * SEC);
	step(40 * SEC);
	assert_int_equal(value(LIMIT_CCL), 160000);
}

/* 40 A and 20 A of 100 Ah each, B blocks: a curve on A holds all back by A's share. */
static void a_curve_holds_the_others_too(void **state)
{
	(void)state;
	f.s.share_rule = SHARE_BY_NUMBER;
	f.s.curves[CHARGE][OVER_CELL_VOLTAGE] = (struct curve){ .n = 2, .x = { 3400, 3500 }, .y = { 10000, 0 } };
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3450, 0);
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX_NO, 4, 0);
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 30000); /* 3 x 10 A */
	reads(LIMIT_CCL, "A cell 4 at 3.450 V: charge reduced until it is down to 3.400 V; 60.0 A without it");
	/* at 0 the bank gets nothing: a worse cell never frees the others */
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3520, 0);
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
}

static void currents(int64_t a, int64_t b)
{
	battery_set(&f.packs[0].b, Q_CURRENT, a, 0);
	battery_set(&f.packs[1].b, Q_CURRENT, b, 0);
}

static void what_each_takes_is_learnt(void **state)
{
	(void)state;
	fleet_start(&f, 2); /* 100 Ah and 100 A each */
	f.s.share_rule = SHARE_BY_MEASURE;
	f.s.share_time = 10 * SEC;
	currents(30000, 10000); /* 1.5 and 0.5 of an even share */
	step(SEC);
	step(1500 * MS); /* too soon for a lesson */
	assert_int_equal(f.g.share.ratio[CHARGE][0], 0);
	step(2 * SEC); /* one second of ten */
	assert_int_equal(f.g.share.ratio[CHARGE][0], 1050000);
	assert_int_equal(f.g.share.ratio[CHARGE][1], 950000);
	assert_int_equal(f.g.share.ratio[DISCHARGE][0], 0);
	assert_int_equal(value(LIMIT_CCL), 190476); /* 100 A x 200 / 105 */
	reads(LIMIT_CCL, "A gets 52.5 % of it as was measured, its own limit is 100.0 A; 200.0 A without it");
	assert_int_equal(value(LIMIT_DCL), 240000);
	/* at least half, at most twice its part by capacity: 2.0 (not 2.2) and 0.5 (not -0.2) */
	currents(44000, -4000);
	step(3 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][0], 1145000);
	assert_int_equal(f.g.share.ratio[CHARGE][1], 905000);
	/* below 0.1 C (20 A) it is noise; at it, it isn't */
	currents(19999, 0);
	step(4 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][0], 1145000);
	currents(-10000, -10000);
	step(5 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][0], 1145000);
	assert_int_equal(f.g.share.ratio[DISCHARGE][0], 1000000);
	/* what was not seen is not learnt: 10 s of the 100 s that passed, and that is all of `time` */
	currents(-10000, -30000);
	step(105 * SEC);
	assert_int_equal(f.g.share.ratio[DISCHARGE][0], 500000);
	assert_int_equal(f.g.share.ratio[DISCHARGE][1], 1500000);
}

static void what_teaches_nothing(void **state)
{
	(void)state;
	fleet_start(&f, 3);
	f.s.share_rule = SHARE_BY_MEASURE;
	f.s.share_time = SEC;
	currents(60000, 20000);
	step(SEC);
	f.packs[1].b.q[Q_CURRENT].validity = STALE; /* one is not known */
	step(2 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][0], 0);
	/* one that blocks, or is not in the bank, has no share: the others' two divide */
	currents(60000, 20000);
	f.packs[2].accepted[LIMIT_CCL].value = 0;
	step(3 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][0], 1500000);
	assert_int_equal(f.g.share.ratio[CHARGE][2], 0);
	f.packs[1].state = PACK_LOST;
	step(4 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][0], 1000000);
	assert_int_equal(f.g.share.ratio[CHARGE][1], 500000); /* as it was */
	/* next to nothing of the capacity */
	f.packs[1].state = PACK_ONLINE;
	f.s.packs[1].capacity.value = 100000000;
	f.s.packs[0].capacity.value = 99;
	f.s.share_above = 0;
	step(5 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][0], 1000000);
	assert_int_equal(f.g.share.ratio[CHARGE][1], 500000); /* a quarter of the current with all of the capacity: the least */
	currents(0, 0);
	step(6 * SEC);
	assert_int_equal(f.g.share.ratio[CHARGE][1], 500000);
}

static void ccl(int pack, int64_t limit)
{
	f.packs[pack].accepted[LIMIT_CCL].value = limit;
}

static void one_blocks_and_all_stop(void **state)
{
	(void)state;
	f.s.on_blocked = BLOCKED_ZERO;
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 200000);
	ccl(1, 0);
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	reads(LIMIT_CCL, "B blocks charge, and the config says stop; 100.0 A without it");
	assert_int_equal(value(LIMIT_DCL), 360000);
	f.packs[1].state = PACK_LOST; /* it is no better for being lost */
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	f.packs[1].state = PACK_GONE;
	step(4 * SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
	/* one that has told nothing yet blocks nobody */
	f.packs[1] = (struct pack){ .set = &f.s.packs[1], .speaks = true };
	step(5 * SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
}

static void one_blocks_and_the_others_get_no_more(void **state)
{
	(void)state;
	f.s.on_blocked = BLOCKED_HOLD;
	ccl(0, 0);
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 180000);
	ccl(1, 150000); /* more than when it began */
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 180000);
	reads(LIMIT_CCL, "A blocks charge, so no more than the others had when that began; 230.0 A without it");
	ccl(1, 50000); /* less is less */
	step(3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 130000);
	ccl(2, 0); /* the second: 50 A are left */
	step(4 * SEC);
	ccl(1, 150000);
	step(5 * SEC);
	assert_int_equal(value(LIMIT_CCL), 50000);
	reads(LIMIT_CCL, "C blocks charge, so no more than the others had when that began; 150.0 A without it");
	ccl(2, 80000); /* C no more: A's hold is left */
	step(6 * SEC);
	assert_int_equal(value(LIMIT_CCL), 180000);
	ccl(0, 20000);
	step(7 * SEC);
	assert_int_equal(value(LIMIT_CCL), 250000);
	/* all at once: it counts from when one of them doesn't */
	for (int i = 0; i < 3; i++)
		ccl(i, 0);
	step(8 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	ccl(2, 60000);
	step(9 * SEC);
	assert_int_equal(value(LIMIT_CCL), 60000);
	ccl(2, 80000);
	step(10 * SEC);
	assert_int_equal(value(LIMIT_CCL), 60000);
}

static void a_string_is_one(void **state)
{
	(void)state;
	f.s.n_strings = 2; /* A + B and C */
	f.s.string_of[1] = 0;
	f.s.string_of[2] = 1;
	f.s.share_rule = SHARE_BY_CAPACITY; /* 100 Ah (the smaller), and 100 Ah */
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 40000); /* half of it is A's 20 A */
	reads(LIMIT_CCL, "A + B gets 50.0 % of it by its capacity, its own limit is 20.0 A; 100.0 A without it");
	f.s.on_blocked = BLOCKED_ZERO;
	ccl(1, 0);
	step(2 * SEC);
	reads(LIMIT_CCL, "A + B blocks charge, and the config says stop; 80.0 A without it");
}

static void a_reload_keeps_what_was_learnt(void **state)
{
	(void)state;
	static const int to[] = { 2, -1, 0 }; /* A and C change places, B is no more */
	struct share_state old = { .learnt = 7, .ratio = { { 1, 2, 3 }, { 4, 5, 6 } }, .told = { { 10, 20, 30 } },
		                   .held = { { 0 }, { 100, 200, 300 } } }, new;
	share_adopt(&new, &old, to, 3);
	assert_int_equal(new.learnt, 7);
	assert_int_equal(new.ratio[CHARGE][0], 3);
	assert_int_equal(new.ratio[CHARGE][1], 0);
	assert_int_equal(new.ratio[DISCHARGE][2], 4);
	assert_int_equal(new.told[CHARGE][2], 10);
	assert_int_equal(new.held[DISCHARGE][0], 300);
	assert_int_equal(new.held[DISCHARGE][1], 0);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* A bank by chance: who is there, limits, blocks, currents. */
static void any_bank(struct fleet *b, uint64_t *seed, int n)
{
	fleet_start(b, n);
	b->s.share_rule = (enum share_rule)(next(seed) % 4);
	b->s.share_above = 30000; /* nothing more is learnt */
	b->s.on_blocked = (enum blocked_policy)(next(seed) % 3);
	for (int i = 0; i < n; i++) {
		fleet_pack(b, i, next(seed) % 5 ? (int64_t)(next(seed) % 200000) : 0, 120000, (int64_t)(next(seed) % 100000));
		b->s.packs[i].capacity.value = 20000 + (int64_t)(next(seed) % 300000);
		b->packs[i].state = i && !(next(seed) % 4) ? (enum pack_state)(next(seed) % N_PACK_STATE) : PACK_ONLINE;
		b->g.share.ratio[CHARGE][i] = (int32_t)(500000 + next(seed) % 1500000);
	}
}

static int64_t decided(struct fleet *b, int64_t now)
{
	memset(b->g.ramp, 0, sizeof b->g.ramp);
	fleet_step(b, now);
	return b->v.limit[LIMIT_CCL].value;
}

/* Never above the sum of the packs that are there, whoever stands first. */
static void never_above_the_sum(void **state)
{
	(void)state;
	static struct fleet a, b;
	uint64_t seed = 3;
	for (int round = 0; round < 3000; round++) {
		int n = 1 + round % 6;
		int64_t sum = 0;
		any_bank(&a, &seed, n);
		fleet_start(&b, n);
		b.s.share_rule = a.s.share_rule;
		b.s.on_blocked = a.s.on_blocked;
		b.s.share_above = a.s.share_above;
		for (int i = 0; i < n; i++) {
			int k = n - 1 - i;
			sum += a.packs[i].state == PACK_ONLINE ? a.packs[i].accepted[LIMIT_CCL].value : 0;
			b.s.packs[k] = a.s.packs[i];
			b.s.packs[k].profile = &b.d.p;
			b.packs[k] = a.packs[i];
			b.packs[k].set = &b.s.packs[k];
			b.g.share.ratio[CHARGE][k] = a.g.share.ratio[CHARGE][i];
		}
		for (int64_t t = SEC; t < 4 * SEC; t += SEC) {
			int64_t limit = decided(&a, t);
			assert_true(limit <= sum && limit >= 0);
			assert_int_equal(decided(&b, t), limit);
		}
	}
}

/* A pack that is lost, or whose limit stops coming, never frees the others, by whatever rule; and one that starts to
 * block doesn't by `sum`, nor where it holds or stops the bank. */
static void a_fault_never_raises(void **state)
{
	(void)state;
	static struct fleet b;
	uint64_t seed = 17;
	int looked_at = 0;
	for (int round = 0; round < 20000; round++) {
		any_bank(&b, &seed, 2 + round % 5);
		int64_t before = decided(&b, SEC);
		struct pack *p = &b.packs[next(&seed) % (uint64_t)b.s.n_packs];
		unsigned fault = (unsigned)(next(&seed) % 3);
		if (fault == 2 && b.s.share_rule != SHARE_SUM && b.s.on_blocked == BLOCKED_DROP)
			continue;
		if (p->state != PACK_ONLINE)
			continue;
		if (fault == 0)
			p->state = PACK_LOST;
		p->heard = fault == 1;
		p->seen.b.q[Q_CCL] = (struct measure){ .validity = STALE, .source = F_LIMITS };
		p->accepted[LIMIT_CCL].time = fault == 1 ? -100 * SEC : INT64_MAX / 2;
		if (fault == 2)
			p->accepted[LIMIT_CCL].value = 0;
		if (b.s.on_blocked == BLOCKED_HOLD && fault == 2 && b.s.share_rule != SHARE_SUM)
			continue; /* it begins with what the others have then, see above */
		int64_t after = decided(&b, 2 * SEC);
		/* with nobody left it is a bound of what is held, not a limit */
		if (b.t.online && after > before)
			fail_msg("round %d: %lld after fault %u, %lld before", round, (long long)after, fault, (long long)before);
		looked_at++;
	}
	assert_true(looked_at > 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_rule, setup),
		cmocka_unit_test_setup(lost_ones_still_bound, setup),
		cmocka_unit_test_setup(a_limit_that_is_too_old, setup),
		cmocka_unit_test_setup(a_curve_holds_the_others_too, setup),
		cmocka_unit_test_setup(what_each_takes_is_learnt, setup),
		cmocka_unit_test_setup(what_teaches_nothing, setup),
		cmocka_unit_test_setup(one_blocks_and_all_stop, setup),
		cmocka_unit_test_setup(one_blocks_and_the_others_get_no_more, setup),
		cmocka_unit_test_setup(a_string_is_one, setup),
		cmocka_unit_test_setup(a_reload_keeps_what_was_learnt, setup),
		cmocka_unit_test_setup(never_above_the_sum, setup),
		cmocka_unit_test_setup(a_fault_never_raises, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
