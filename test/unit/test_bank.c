/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The bank as one battery: who is counted, whose cell it is, modules, capacity. */
#include "fixture.h"

#include "core/bank.h"

static struct fleet f;
static struct battery bank;

static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 3);
	memset(&bank, 0, sizeof bank);
	for (int i = 0; i < 3; i++)
		battery_set(&f.packs[i].b, Q_SOC, 5000, 0);
	return 0;
}

static void step(void)
{
	tree_build(&f.t, &f.s, f.packs, f.s.n_packs, 50);
	bank_step(&bank, &f.t);
}

static int64_t value(enum quantity q)
{
	return bank.q[q].value;
}

static void who_counts(void **state)
{
	(void)state;
	fleet_pack(&f, 0, 100000, 120000, 10000);
	fleet_pack(&f, 1, 100000, 120000, 5000);
	fleet_pack(&f, 2, 100000, 120000, 2500);
	step();
	assert_int_equal(value(Q_CURRENT), 17500);
	assert_false(bank.q[Q_CURRENT].partial);
	assert_int_equal(value(Q_MODULES_ONLINE), 3);
	assert_int_equal(value(Q_MODULES_OFFLINE), 0);
	assert_int_equal(value(Q_CAPACITY), 300000);
	f.packs[2].state = PACK_RETURNING;
	step();
	assert_int_equal(value(Q_CURRENT), 15000);
	assert_true(bank.q[Q_CURRENT].partial);
	assert_int_equal(value(Q_MODULES_OFFLINE), 1);
	assert_int_equal(value(Q_CAPACITY), 300000); /* what is installed does not shrink */
	assert_false(bank.q[Q_CAPACITY].partial);
	/* nobody: the last values stay, as old ones */
	f.packs[0].state = f.packs[1].state = PACK_LOST;
	step();
	assert_int_equal(value(Q_CURRENT), 15000);
	assert_int_equal(bank.q[Q_CURRENT].validity, STALE);
	assert_int_equal(bank.q[Q_SOH].validity, ABSENT);
	assert_int_equal(value(Q_MODULES_ONLINE), 0);
	assert_int_equal(value(Q_MODULES_OFFLINE), 3);
	/* a pack whose capacity is not known: the sum is part of the truth */
	f.s.packs[1].capacity.set = false;
	step();
	assert_int_equal(value(Q_CAPACITY), 200000);
	assert_true(bank.q[Q_CAPACITY].partial);
	f.s.packs[0].capacity.set = f.s.packs[2].capacity.set = false;
	memset(&bank, 0, sizeof bank);
	step();
	assert_int_equal(bank.q[Q_CAPACITY].validity, ABSENT);
}

static void modules_as_the_packs_count_them(void **state)
{
	(void)state;
	battery_set(&f.packs[0].b, Q_MODULES_ONLINE, 4, 0);
	battery_set(&f.packs[0].b, Q_MODULES_OFFLINE, 1, 0);
	battery_set(&f.packs[0].b, Q_MODULES_BLOCKING_CHARGE, 2, 0);
	battery_set(&f.packs[1].b, Q_MODULES_ONLINE, 3, 0);
	fleet_pack(&f, 1, 0, 120000, 0); /* blocks charging: all its three */
	step();
	assert_int_equal(value(Q_MODULES_ONLINE), 8); /* 4 + 3 + the silent one */
	assert_int_equal(value(Q_MODULES_OFFLINE), 1);
	assert_int_equal(value(Q_MODULES_BLOCKING_CHARGE), 5);
	assert_int_equal(value(Q_MODULES_BLOCKING_DISCHARGE), 0);
	f.packs[0].state = PACK_LOST; /* its last count goes to offline */
	f.packs[0].b.q[Q_MODULES_ONLINE].validity = STALE;
	step();
	assert_int_equal(value(Q_MODULES_ONLINE), 4);
	assert_int_equal(value(Q_MODULES_OFFLINE), 5);
	assert_int_equal(value(Q_MODULES_BLOCKING_CHARGE), 3);
}

static void whose_cell_it_is(void **state)
{
	(void)state;
	snprintf(f.s.packs[1].name, sizeof f.s.packs[1].name, "Starboard");
	f.packs[0].state = PACK_LOST;
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3600, 0);
	battery_set(&f.packs[1].b, Q_CELL_VOLTAGE_MAX, 3400, 0);
	battery_set(&f.packs[1].b, Q_CELL_VOLTAGE_MAX_NO, 7, 0);
	battery_set(&f.packs[2].b, Q_CELL_VOLTAGE_MAX, 3390, 0);
	battery_set(&f.packs[2].b, Q_CELL_VOLTAGE_MIN, 3300, 0);
	snprintf(f.packs[2].b.text[TEXT_CELL_VOLTAGE_MIN_ID], TEXT_MAX + 1, "M2C11-long");
	battery_set(&f.packs[2].b, Q_CELL_TEMPERATURE_MIN, 100, 0);
	step();
	assert_string_equal(bank.text[TEXT_CELL_VOLTAGE_MAX_ID], "Starb/07");
	assert_string_equal(bank.text[TEXT_CELL_VOLTAGE_MIN_ID], "C/M2C11-");
	assert_string_equal(bank.text[TEXT_CELL_TEMPERATURE_MIN_ID], "C");
	assert_string_equal(bank.text[TEXT_CELL_TEMPERATURE_MAX_ID], "");
	/* numbers as large as a BMS may send */
	char id[TEXT_MAX + 1];
	battery_set(&f.packs[1].b, Q_CELL_VOLTAGE_MAX_NO, quantities[Q_CELL_VOLTAGE_MAX_NO].max, 0);
	bank_cell_id(id, &f.packs[1], Q_CELL_VOLTAGE_MAX_NO, TEXT_CELL_VOLTAGE_MAX_ID);
	assert_string_equal(id, "St/32767");
	/* too old to be an extreme: nobody's */
	f.packs[1].b.q[Q_CELL_VOLTAGE_MAX].validity = f.packs[2].b.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	step();
	assert_string_equal(bank.text[TEXT_CELL_VOLTAGE_MAX_ID], "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_counts, setup),
		cmocka_unit_test_setup(modules_as_the_packs_count_them, setup),
		cmocka_unit_test_setup(whose_cell_it_is, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
