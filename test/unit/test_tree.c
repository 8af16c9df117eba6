/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Packs in series, and strings of them in parallel: what adds up, what the smallest decides, who loses whom. */
#include "fixture.h"

#include "core/bank.h"

static struct fleet f;
static struct battery bank;

/* Two strings of two: A + B and C + D, each pack 8 cells. */
static int setup(void **state)
{
	(void)state;
	static const int64_t ccl[] = { 80000, 60000, 90000, 70000 };
	fleet_start(&f, 4);
	memset(&bank, 0, sizeof bank);
	f.s.n_strings = 2;
	for (int i = 0; i < 4; i++) {
		f.s.string_of[i] = i / 2;
		f.s.packs[i].cells = 8;
		f.s.packs[i].capacity.value = i == 1 ? 90000 : 100000;
		fleet_pack(&f, i, ccl[i], 120000, 0);
		struct battery *b = &f.packs[i].b;
		f.packs[i].accepted[LIMIT_CVL].value = 28000 - 100 * i;
		f.packs[i].accepted[LIMIT_LOW_VOLTAGE].value = 22400 + 200 * i;
		battery_set(b, Q_VOLTAGE, 26500 + 10 * i, 0);
		battery_set(b, Q_CURRENT, i < 2 ? 10000 : 14000, 0);
		battery_set(b, Q_SOC, 5000 + 100 * i, 0);
		battery_set(b, Q_CELL_VOLTAGE_MIN, 3300 - i, 0);
		battery_set(b, Q_CELL_VOLTAGE_MIN_NO, i + 1, 0);
		battery_set(b, Q_CELL_VOLTAGE_MAX, 3320 + i, 0);
		battery_set(b, Q_CELL_VOLTAGE_MAX_NO, 8 - i, 0);
	}
	return 0;
}

static void step(int64_t now)
{
	fleet_step(&f, now);
	bank_step(&bank, &f.t);
}

static int64_t limit(enum limit_kind k)
{
	return f.v.limit[k].target;
}

static void strings_in_parallel(void **state)
{
	(void)state;
	step(SEC);
	assert_int_equal(f.t.n, 2);
	assert_int_equal(f.t.online, 2);
	/* A + B 53.01 V, C + D 53.05 V */
	assert_int_equal(f.t.nodes[0].b->q[Q_VOLTAGE].value, 53010);
	assert_int_equal(bank.q[Q_VOLTAGE].value, 53030);
	assert_int_equal(bank.q[Q_CURRENT].value, 24000); /* 10 A and 14 A */
	assert_int_equal(bank.q[Q_CAPACITY].value, 190000); /* 90 Ah and 100 Ah */
	/* the smaller of each string, weighted: (50 % x 90 + 52 % x 100) / 190 */
	assert_int_equal(bank.q[Q_SOC].value, 5105);
	assert_int_equal(bank.q[Q_CELL_VOLTAGE_MIN].value, 3297);
	assert_string_equal(bank.text[TEXT_CELL_VOLTAGE_MIN_ID], "D/04");
	assert_int_equal(bank.q[Q_CELL_VOLTAGE_MAX].value, 3323);
	assert_string_equal(bank.text[TEXT_CELL_VOLTAGE_MAX_ID], "D/05");
	assert_int_equal(bank.q[Q_MODULES_ONLINE].value, 4);
	/* 60 A of A + B, 70 A of C + D */
	assert_int_equal(limit(LIMIT_CCL), 130000);
	assert_int_equal(limit(LIMIT_DCL), 240000);
	/* A + B 55.9 V, C + D 55.5 V; 45.0 V and 45.8 V */
	assert_int_equal(limit(LIMIT_CVL), 55500);
	assert_int_equal(limit(LIMIT_LOW_VOLTAGE), 45800);
	assert_int_equal(f.v.limit[LIMIT_CVL].reason.code, REASON_STRING);
	assert_int_equal(f.v.limit[LIMIT_CVL].reason.pack, 2);
	char text[REASON_TEXT_MAX];
	assert_string_equal(reason_print(text, sizeof text, &f.v.limit[LIMIT_CVL].reason, LIMIT_CVL, &f.s, 0),
	                    "the string C + D; 55.9 V without it");
}

static void a_lost_pack_loses_its_string(void **state)
{
	(void)state;
	f.packs[1].state = PACK_LOST;
	step(SEC);
	assert_int_equal(f.t.online, 1);
	assert_int_equal(limit(LIMIT_CCL), 70000);
	assert_int_equal(bank.q[Q_CURRENT].value, 14000);
	assert_true(bank.q[Q_CURRENT].partial);
	assert_int_equal(bank.q[Q_VOLTAGE].value, 53050);
	assert_int_equal(bank.q[Q_MODULES_ONLINE].value, 2);
	assert_int_equal(bank.q[Q_MODULES_OFFLINE].value, 2); /* A is heard, and of no use */
	assert_int_equal(bank.q[Q_CAPACITY].value, 190000);
	/* its voltages still hold */
	f.packs[0].accepted[LIMIT_CVL].value = 27000;
	step(2 * SEC);
	assert_int_equal(limit(LIMIT_CVL), 54900); /* 27.0 + 27.9 V */
	f.packs[1].state = PACK_GONE;
	step(3 * SEC);
	assert_int_equal(limit(LIMIT_CVL), 55500);
	/* the guard and a protection of a pack stop the bank, whatever string it is in */
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3650, 0);
	step(4 * SEC);
	assert_int_equal(limit(LIMIT_CCL), 0);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_CELL_GUARD);
	/* blocked: 16 x 3.375 V; A's own string is of unknown use */
	assert_int_equal(limit(LIMIT_CVL), 54000);
}

static void all_must_allow(void **state)
{
	(void)state;
	f.packs[2].accepted[LIMIT_DCL].value = 0;
	battery_set(&f.packs[1].b, Q_CHARGE_ENABLED, 0, 0);
	step(SEC);
	assert_int_equal(limit(LIMIT_DCL), 120000);
	assert_int_equal(limit(LIMIT_CCL), 70000);
	/* alone it says why */
	f.packs[3].state = PACK_GONE;
	step(2 * SEC);
	assert_int_equal(limit(LIMIT_CCL), 0);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_SWITCHED_OFF);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.pack, 1);
	battery_set(&f.packs[1].b, Q_CHARGE_ENABLED, 1, 0);
	battery_set(&f.packs[0].b, Q_CHARGE_ENABLED, 0, 0);
	step(3 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.pack, 0);
}

static void a_refused_pack_in_a_string(void **state)
{
	(void)state;
	f.packs[1].state = PACK_REFUSED;
	step(SEC);
	assert_true(f.t.nodes[0].refused);
	assert_false(f.t.nodes[0].online || f.t.nodes[0].counted);
	assert_true(f.t.nodes[0].constrains); /* it had been in the bank */
	assert_int_equal(limit(LIMIT_CVL), 55500);
	f.packs[0].state = PACK_REFUSED;
	f.packs[1].state = PACK_ONLINE;
	step(2 * SEC);
	assert_true(f.t.nodes[0].refused);
}

static void feedback_of_strings(void **state)
{
	(void)state;
	/* A + B takes 90 A with a limit of 60 A, C + D 10 A: 100 A x 60 / 90 */
	for (int i = 0; i < 4; i++)
		battery_set(&f.packs[i].b, Q_CURRENT, i < 2 ? 90000 : 10000, 0);
	step(SEC);
	step(3 * SEC);
	assert_int_equal(limit(LIMIT_CCL), 66666);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_FEEDBACK);
	char text[REASON_TEXT_MAX];
	reason_print(text, sizeof text, &f.v.limit[LIMIT_CCL].reason, LIMIT_CCL, &f.s, 100 * SEC);
	assert_string_equal(text, "A + B took 90.0 A, its own limit was 60.0 A; 130.0 A without it");
}

static void all_in_series(void **state)
{
	(void)state;
	f.s.n_strings = 1;
	memset(f.s.string_of, 0, sizeof f.s.string_of);
	step(SEC);
	assert_int_equal(bank.q[Q_VOLTAGE].value, 106060);
	assert_int_equal(bank.q[Q_CURRENT].value, 12000); /* the mean of what they measure */
	assert_int_equal(bank.q[Q_CAPACITY].value, 90000);
	assert_int_equal(bank.q[Q_SOC].value, 5000);
	assert_int_equal(limit(LIMIT_CCL), 60000);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_PACK);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.pack, 1);
	assert_int_equal(limit(LIMIT_CVL), 111400);
	assert_int_equal(limit(LIMIT_LOW_VOLTAGE), 90800);
	/* half a voltage is none */
	f.packs[2].b.q[Q_VOLTAGE].validity = NOT_AVAILABLE;
	step(2 * SEC);
	assert_int_equal(bank.q[Q_VOLTAGE].validity, ABSENT);
}

/* The whole engine: a string returns when its voltage fits, not its packs'. */
static struct bench b;

static void a_string_returns(void **state)
{
	(void)state;
	bench_start(&b, 4);
	b.s.n_strings = 2;
	for (int i = 0; i < 4; i++) {
		b.s.string_of[i] = i / 2;
		b.s.packs[i].cells = 8;
		b.says[i].voltage = i % 2 ? 2700 : 2600; /* 53 V a string */
		b.says[i].cvl = 280;
		b.says[i].low = 240;
	}
	bench_until(&b, 110 * SEC);
	assert_int_equal(engine_ladder(b.e), LADDER_NORMAL);
	assert_int_equal(told(&b, 0x356, 0), 5300);
	assert_int_equal(told(&b, 0x351, 0), 560);
	b.says[1].mute = true;
	bench_run(&b, 20 * SEC);
	assert_int_equal(state_of(&b, 1), PACK_LOST);
	assert_int_equal(state_of(&b, 0), PACK_ONLINE);
	assert_int_equal(told(&b, 0x351, 1), 1000);
	b.says[1].mute = false;
	b.says[1].voltage = 2760; /* 53.6 V: 1.1 % above the others */
	bench_run(&b, 60 * SEC);
	assert_int_equal(state_of(&b, 1), PACK_RETURNING);
	assert_non_null(strstr(engine_pack(b.e, 1)->why, "53.60 V, the bank has 53.00 V"));
	b.says[1].voltage = 2750; /* 53.5 V */
	bench_run(&b, SEC);
	assert_int_equal(state_of(&b, 1), PACK_ONLINE);
	/* both of a string away: the first that is complete waits for the other */
	b.says[2].mute = b.says[3].mute = true;
	bench_run(&b, 15 * SEC);
	b.says[2].mute = false;
	bench_run(&b, 60 * SEC);
	assert_int_equal(state_of(&b, 2), PACK_RETURNING);
	assert_string_equal(engine_pack(b.e, 2)->why, "back, waits for the others of its string");
	bench_stop(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(strings_in_parallel, setup), cmocka_unit_test_setup(a_lost_pack_loses_its_string, setup),
		cmocka_unit_test_setup(all_must_allow, setup),      cmocka_unit_test_setup(feedback_of_strings, setup),
		cmocka_unit_test_setup(a_refused_pack_in_a_string, setup),
		cmocka_unit_test_setup(all_in_series, setup),       cmocka_unit_test_setup(a_string_returns, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
