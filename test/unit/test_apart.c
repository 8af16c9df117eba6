/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the bank gets while packs are apart, or one has an alarm of its cells, where the config says so. */
#include "fixture.h"

static struct fleet f;

/* Two packs of 100 Ah that allow 100 A and 120 A each, 50 % full, with a ceiling of 150 A for charging; detectors as by
 * default but for the time of the current. */
static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	f.s.imbalance[OF_SOC] = (struct imbalance_settings){ .detect = true, .threshold = 2000, .release = 200, .time = 60 * SEC };
	f.s.imbalance[OF_VOLTAGE] = (struct imbalance_settings){ .detect = true, .threshold = 300, .release = 100, .time = 60 * SEC };
	f.s.imbalance[OF_CURRENT] = (struct imbalance_settings){ .detect = true, .threshold = 2000, .release = 500, .time = 60 * SEC };
	f.s.imbalance_above = 10;
	f.s.lowered_down = 20;
	f.s.lowered_up = 5;
	f.s.limits.ccl = (struct bound){ true, 150000 };
	for (int i = 0; i < 2; i++)
		battery_set(&f.packs[i].b, Q_SOC, 5000, 0);
	return 0;
}

/* What is decided now, without hold and ramp. */
static void step(int64_t now)
{
	memset(f.g.ramp, 0, sizeof f.g.ramp);
	fleet_step(&f, now);
}

static void settle(int64_t now)
{
	step(now);
	step(now + 60 * SEC);
}

static void set(int pack, enum quantity q, int64_t v)
{
	battery_set(&f.packs[pack].b, q, v, 0);
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

/* Battery-Aggregator's: 85 % from 5 % apart, 66 % from 15 %, 33 % from 20 %; of 150 A. */
static void with_tiers(void)
{
	f.s.soc_tiers[CHARGE] = (struct curve){ .n = 3, .x = { 500, 1500, 2000 }, .y = { 8500, 6600, 3300 } };
}

static void tiers(void **state)
{
	(void)state;
	with_tiers();
	set(0, Q_SOC, 5499);
	settle(SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	set(0, Q_SOC, 5500);
	step(100 * SEC);
	assert_int_equal(value(LIMIT_CCL), 150000); /* not yet */
	step(160 * SEC);
	assert_int_equal(value(LIMIT_CCL), 127500);
	assert_int_equal(value(LIMIT_DCL), 240000);
	reads(LIMIT_CCL, "A and B are 5.0 % apart in state of charge: charge reduced until it is 3.0 %; 150.0 A without it");
	set(0, Q_SOC, 6700);
	settle(200 * SEC);
	assert_int_equal(value(LIMIT_CCL), 99000);
	set(0, Q_SOC, 8000);
	settle(300 * SEC);
	assert_int_equal(value(LIMIT_CCL), 49500);
	reads(LIMIT_CCL, "A and B are 30.0 % apart in state of charge: charge reduced until it is 18.0 %; 150.0 A without it");
	/* down to 18 %, each by itself */
	set(0, Q_SOC, 6801);
	settle(400 * SEC);
	assert_int_equal(value(LIMIT_CCL), 49500);
	set(0, Q_SOC, 6800);
	settle(500 * SEC);
	assert_int_equal(value(LIMIT_CCL), 99000);
	set(0, Q_SOC, 5301);
	settle(600 * SEC);
	assert_int_equal(value(LIMIT_CCL), 127500);
	set(0, Q_SOC, 5300);
	settle(700 * SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	/* without a ceiling it is a share of what the packs allow */
	f.s.limits.ccl.set = false;
	set(0, Q_SOC, 6500);
	settle(800 * SEC);
	assert_int_equal(value(LIMIT_CCL), 132000); /* 66 % of 200 A */
	/* taken out of the config */
	f.s.soc_tiers[CHARGE].n = 1;
	step(900 * SEC);
	assert_int_equal(value(LIMIT_CCL), 170000);
	f.s.soc_tiers[CHARGE].n = 0;
	step(901 * SEC);
	assert_int_equal(value(LIMIT_CCL), 200000);
	/* they need no detector, and may be of discharging, and currents */
	f.s.imbalance[OF_SOC].detect = false;
	f.s.soc_tiers[DISCHARGE] = (struct curve){ .n = 1, .of = CURVE_CURRENT, .x = { 1000 }, .y = { 60000 } };
	settle(1000 * SEC);
	assert_int_equal(value(LIMIT_DCL), 60000);
	assert_int_equal(value(LIMIT_CCL), 200000);
}

/* Battery-Aggregator's tiers have neither release nor time: at the edge of one its limit goes 150, 127.5, 150, ... A with
 * each percent that a BMS says more or less. Here nothing moves. */
static void no_flapping_at_the_edge(void **state)
{
	(void)state;
	with_tiers();
	int changes = 0;
	int64_t last = 150000;
	for (int64_t t = SEC; t < 600 * SEC; t += 2 * SEC) {
		set(0, Q_SOC, t / SEC / 2 % 2 ? 5500 : 5400);
		fleet_step(&f, t); /* with hold and ramp, as it is told */
		changes += value(LIMIT_CCL) != last;
		last = value(LIMIT_CCL);
	}
	assert_int_equal(changes, 0);
	/* and once a tier holds, what goes to and fro above its release changes nothing either */
	set(0, Q_SOC, 5600);
	fleet_step(&f, 600 * SEC);
	fleet_step(&f, 660 * SEC);
	last = value(LIMIT_CCL);
	assert_int_equal(last, 127500);
	for (int64_t t = 661 * SEC; t < 1200 * SEC; t += 2 * SEC) {
		set(0, Q_SOC, t / SEC / 2 % 2 ? 5500 : 5301);
		fleet_step(&f, t);
		changes += value(LIMIT_CCL) != last;
	}
	assert_int_equal(changes, 0);
}

static void voltage_and_current(void **state)
{
	(void)state;
	f.s.imbalance[OF_VOLTAGE].limit[CHARGE] = (struct amount){ true, CURVE_SHARE, 7000 };
	f.s.imbalance[OF_CURRENT].limit[CHARGE] = (struct amount){ true, CURVE_C_RATE, 40 };
	f.s.imbalance[OF_CURRENT].limit[DISCHARGE] = (struct amount){ true, CURVE_CURRENT, 50000 };
	set(1, Q_VOLTAGE, 53420);
	settle(SEC);
	assert_int_equal(value(LIMIT_CCL), 105000); /* 70 % of 150 A */
	assert_int_equal(value(LIMIT_DCL), 240000);
	reads(LIMIT_CCL, "B and A are 0.42 V apart in voltage: charge reduced until it is 0.20 V; 150.0 A without it");
	/* charging unevenly: 0.4 C of 200 Ah, which is less */
	set(0, Q_CURRENT, 40000);
	set(1, Q_CURRENT, 20000);
	settle(100 * SEC);
	assert_int_equal(value(LIMIT_CCL), 80000);
	assert_int_equal(value(LIMIT_DCL), 240000);
	reads(LIMIT_CCL,
	      "A and B are 50.0 % apart in current by capacity: charge reduced until it is 15.0 %; 150.0 A without it");
	/* discharging unevenly: dbus-btbattery doesn't see it */
	set(0, Q_CURRENT, -10000);
	set(1, Q_CURRENT, -40000);
	settle(200 * SEC);
	assert_int_equal(value(LIMIT_DCL), 50000);
	reads(LIMIT_DCL,
	      "B and A are 75.0 % apart in current by capacity: discharge reduced until it is 15.0 %; 240.0 A without it");
	/* nobody there: nothing to say */
	f.packs[0].state = f.packs[1].state = PACK_GONE;
	step(300 * SEC);
	assert_int_equal(f.v.limit[LIMIT_DCL].reason.code, REASON_NONE);
	/* a rate of an unknown capacity is none */
	setup(NULL);
	memset(&f.g, 0, sizeof f.g);
	f.s.imbalance[OF_SOC].limit[CHARGE] = (struct amount){ true, CURVE_C_RATE, 10 };
	set(0, Q_SOC, 9000);
	settle(400 * SEC);
	assert_int_equal(value(LIMIT_CCL), 20000);
	f.s.packs[0].capacity.set = f.s.packs[1].capacity.set = false;
	f.s.c_rate_max = 0;
	step(500 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CCL].reason.code, REASON_C_RATE);
}

/* CVL 56 V comes down to 16 x 3.35 = 53.6 V by 20 mV/s, whatever the packs measure, and goes back by 5 mV/s. */
static void the_charge_voltage(void **state)
{
	(void)state;
	f.s.imbalance[OF_VOLTAGE].lowers_cvl = true;
	set(1, Q_VOLTAGE, 53420);
	step(SEC);
	step(61 * SEC);
	assert_int_equal(value(LIMIT_CVL), 56000);
	step(61500 * MS);
	assert_int_equal(value(LIMIT_CVL), 55990);
	reads(LIMIT_CVL, "B and A are 0.42 V apart in voltage: charge voltage reduced until it is 0.20 V; 56.0 V without it");
	step(61550 * MS); /* a twentieth of a second is not lost */
	step(61600 * MS);
	assert_int_equal(value(LIMIT_CVL), 55988);
	step(71 * SEC);
	assert_int_equal(value(LIMIT_CVL), 55800);
	/* the packs fall, which dbus-btbattery's charge voltage would follow: here it stops at the floor */
	set(0, Q_VOLTAGE, 48000);
	set(1, Q_VOLTAGE, 48420);
	step(300 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53600);
	step(3000 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53600);
	/* even again: up by its own ramp */
	set(1, Q_VOLTAGE, 48000);
	step(3001 * SEC);
	step(3060 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53600);
	step(3061 * SEC); /* found out just now */
	assert_int_equal(value(LIMIT_CVL), 53605);
	step(3071 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53655);
	reads(LIMIT_CVL, "rising to 56.0 V, in 469 s");
	assert_true(reason_protects(&f.v.limit[LIMIT_CVL].reason)); /* it still is too low */
	/* apart once more: down from where it is */
	set(1, Q_VOLTAGE, 48500);
	step(3072 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53660);
	for (int64_t t = 3073; t <= 3133; t++)
		step(t * SEC);
	assert_int_equal(value(LIMIT_CVL), 53915); /* 59 x 5 mV up until it is found, then 2 x 20 down */
	set(1, Q_VOLTAGE, 48000);
	step(3134 * SEC);
	step(3194 * SEC);
	step(4000 * SEC);
	assert_int_equal(value(LIMIT_CVL), 56000);
	assert_int_equal(f.v.limit[LIMIT_CVL].reason.code, REASON_PACK);
	assert_false(reason_protects(&f.v.limit[LIMIT_CVL].reason));
	assert_false(f.g.imbalance.cvl.active);
}

static void the_floor(void **state)
{
	(void)state;
	f.s.imbalance[OF_SOC].lowers_cvl = true;
	f.s.lowered_floor = 3400;
	f.s.packs[1].cells = 15; /* 51 V would leave A below its own 54.4 V: the higher floor holds */
	set(0, Q_SOC, 9000);
	settle(SEC);
	step(1000 * SEC);
	assert_int_equal(value(LIMIT_CVL), 54400);
	reads(LIMIT_CVL,
	      "A and B are 40.0 % apart in state of charge: charge voltage reduced until it is 18.0 %; 56.0 V without it");
	/* the cells are not known any more: it stays where it is */
	f.s.packs[0].cells = f.s.packs[1].cells = 0;
	step(2000 * SEC);
	assert_int_equal(value(LIMIT_CVL), 54400);
	/* a CVL that is below the floor already is not raised, and there is nothing to lower */
	setup(NULL);
	memset(&f.g, 0, sizeof f.g);
	f.s.imbalance[OF_SOC].lowers_cvl = true;
	set(0, Q_SOC, 9000);
	f.packs[0].accepted[LIMIT_CVL].value = 52000;
	settle(SEC);
	step(1000 * SEC);
	assert_int_equal(value(LIMIT_CVL), 52000);
	/* it comes up again while the packs are still apart: as far as the floor */
	f.packs[0].accepted[LIMIT_CVL].value = 56000;
	step(1001 * SEC);
	step(1100 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53600);
	/* without cells there is no floor, and without a floor nothing is lowered */
	setup(NULL);
	memset(&f.g, 0, sizeof f.g);
	f.s.imbalance[OF_SOC].lowers_cvl = true;
	f.s.packs[0].cells = f.s.packs[1].cells = 0;
	set(0, Q_SOC, 9000);
	settle(SEC);
	step(1000 * SEC);
	assert_int_equal(value(LIMIT_CVL), 56000);
	/* nobody is there to have a voltage */
	f.packs[0].state = f.packs[1].state = PACK_GONE;
	f.s.cell_guard = false;
	step(1001 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CVL].reason.code, REASON_NONE);
}

/* Battery-Aggregator's: any pack's alarm of its cells brings 150 A down to 50 A. */
static void a_packs_alarm(void **state)
{
	(void)state;
	f.s.on_pack_alarm[CHARGE] = (struct amount){ true, CURVE_CURRENT, 50000 };
	step(SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	f.packs[1].b.alarm[AL_HIGH_CELL_VOLTAGE].warning = TRI_ACTIVE;
	step(2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 50000);
	assert_int_equal(value(LIMIT_DCL), 240000);
	reads(LIMIT_CCL, "B has a warning: a cell's voltage too high; 150.0 A without it");
	f.packs[1].b.alarm[AL_CELL_IMBALANCE].alarm = TRI_ACTIVE;
	step(3 * SEC);
	reads(LIMIT_CCL, "B has an alarm: cells differ too much; 150.0 A without it");
	/* lost with it, it keeps it; gone, not */
	f.packs[1].state = PACK_LOST;
	step(4 * SEC);
	assert_int_equal(value(LIMIT_CCL), 50000);
	f.packs[1].state = PACK_GONE;
	step(5 * SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
	/* what has nothing to do with cells is no matter; a pack's low voltage is, where dialects have one bit for both */
	setup(NULL);
	f.s.on_pack_alarm[DISCHARGE] = (struct amount){ true, CURVE_SHARE, 5000 };
	f.packs[0].b.alarm[AL_HIGH_TEMPERATURE].warning = TRI_ACTIVE;
	step(6 * SEC);
	assert_int_equal(value(LIMIT_DCL), 240000);
	f.packs[0].b.alarm[AL_LOW_VOLTAGE].warning = TRI_ACTIVE;
	step(7 * SEC);
	assert_int_equal(value(LIMIT_DCL), 120000);
	assert_int_equal(value(LIMIT_CCL), 150000);
	reads(LIMIT_DCL, "A has a warning: battery voltage too low; 240.0 A without it");
	/* a rate of nobody knows what is none */
	f.s.on_pack_alarm[DISCHARGE].of = CURVE_C_RATE;
	f.s.packs[0].capacity.set = f.s.packs[1].capacity.set = false;
	f.s.c_rate_max = 0;
	step(8 * SEC);
	assert_int_equal(f.v.limit[LIMIT_DCL].reason.code, REASON_C_RATE);
	/* and nobody has one */
	f.packs[0].state = f.packs[1].state = PACK_GONE;
	step(9 * SEC);
	assert_int_equal(f.v.limit[LIMIT_DCL].reason.code, REASON_NONE);
}

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

/* Whatever reacts to whatever: never above what the packs allow, the caps, and never below 0; a CVL never below its
 * floor on account of it; a pack that is lost frees nothing; the order of the packs is no matter. */
static void anything_at_once(void **state)
{
	(void)state;
	static struct fleet a, b;
	uint64_t seed = 7;
	for (int round = 0; round < 1000; round++) {
		int n = 2 + round % 4;
		setup(NULL);
		with_tiers();
		fleet_start(&a, n);
		fleet_start(&b, n);
		memcpy(a.s.imbalance, f.s.imbalance, sizeof a.s.imbalance);
		a.s.imbalance_above = 10;
		a.s.lowered_down = 20;
		a.s.lowered_up = 5;
		for (int d = 0; d < 2; d++) {
			a.s.soc_tiers[d] = f.s.soc_tiers[CHARGE];
			a.s.on_pack_alarm[d] = (struct amount){ next(&seed) & 1, CURVE_SHARE, (int32_t)(next(&seed) % 10001) };
			for (int k = 0; k < N_IMBALANCE_OF; k++)
				a.s.imbalance[k].limit[d] = (struct amount){ next(&seed) & 1, (uint8_t)(next(&seed) % 3), (int32_t)(next(&seed) % 300) };
		}
		a.s.imbalance[OF_SOC].lowers_cvl = next(&seed) & 1;
		a.s.share_rule = (enum share_rule)(next(&seed) % 4);
		a.s.share_above = 30000;
		b.s.share_rule = a.s.share_rule;
		for (int i = 0; i < n; i++) {
			fleet_pack(&a, i, (int64_t)(next(&seed) % 200000) + 1, 120000, (int64_t)(next(&seed) % 100000) - 20000);
			battery_set(&a.packs[i].b, Q_SOC, (int64_t)(next(&seed) % 10000), 0);
			battery_set(&a.packs[i].b, Q_VOLTAGE, 52000 + (int64_t)(next(&seed) % 800), 0);
			a.packs[i].b.alarm[AL_CELL_IMBALANCE].warning = next(&seed) % 8 ? TRI_OK : TRI_ACTIVE;
			int k = n - 1 - i;
			b.packs[k] = a.packs[i];
			b.packs[k].set = &b.s.packs[k];
		}
		struct pack_settings *packs = b.s.packs;
		struct pack_settings own[PACKS_MAX];
		memcpy(own, packs, sizeof own);
		b.s = a.s;
		memcpy(packs, own, sizeof own);
		int64_t sum = 0, before = INT64_MAX;
		for (int64_t t = SEC; t < 200 * SEC; t += 30 * SEC) {
			int64_t least = INT64_MAX;
			if (t > 150 * SEC)
				a.packs[0].state = b.packs[n - 1].state = PACK_LOST;
			sum = 0;
			for (int i = 0; i < n; i++)
				sum += a.packs[i].state == PACK_ONLINE ? a.packs[i].accepted[LIMIT_CCL].value : 0;
			for (int i = 0; i < n; i++)
				least = a.packs[i].accepted[LIMIT_CVL].value < least ? a.packs[i].accepted[LIMIT_CVL].value : least;
			memset(a.g.ramp, 0, sizeof a.g.ramp);
			memset(b.g.ramp, 0, sizeof b.g.ramp);
			fleet_step(&a, t);
			fleet_step(&b, t);
			int64_t limit = a.v.limit[LIMIT_CCL].value, cvl = a.v.limit[LIMIT_CVL].value;
			assert_true(limit >= 0 && limit <= sum);
			assert_true(cvl <= least && cvl >= (a.v.hard[CHARGE] ? 50000 : 53600));
			for (int k = 0; k < N_LIMIT; k++)
				assert_int_equal(a.v.limit[k].value, b.v.limit[k].value);
			if (t > 150 * SEC)
				assert_true(limit <= before);
			before = limit;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(tiers, setup),
		cmocka_unit_test_setup(no_flapping_at_the_edge, setup),
		cmocka_unit_test_setup(voltage_and_current, setup),
		cmocka_unit_test_setup(the_charge_voltage, setup),
		cmocka_unit_test_setup(the_floor, setup),
		cmocka_unit_test_setup(a_packs_alarm, setup),
		cmocka_unit_test_setup(anything_at_once, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
