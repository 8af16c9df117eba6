/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What a bank may be charged and discharged with: each limiter alone, which one wins, hold and ramp. */
#include "fixture.h"

static struct fleet f;

static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	return 0;
}

static int64_t value(enum limit_kind k)
{
	return f.v.limit[k].value;
}

static const struct reason *why(enum limit_kind k)
{
	return &f.v.limit[k].reason;
}

static void sums_and_the_lowest(void **state)
{
	(void)state;
	fleet_pack(&f, 0, 80000, 150000, 0);
	fleet_pack(&f, 1, 30000, 20000, 0);
	f.packs[1].accepted[LIMIT_CVL].value = 55200;
	f.packs[1].accepted[LIMIT_LOW_VOLTAGE].value = 49000;
	fleet_step(&f, SEC);
	assert_true(f.v.valid);
	assert_int_equal(value(LIMIT_CCL), 110000);
	assert_int_equal(value(LIMIT_DCL), 170000);
	assert_int_equal(value(LIMIT_CVL), 55200);
	assert_int_equal(value(LIMIT_LOW_VOLTAGE), 49000);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_SUM);
	assert_int_equal(why(LIMIT_CCL)->measured, 2);
	assert_int_equal(why(LIMIT_CVL)->code, REASON_PACK);
	assert_int_equal(why(LIMIT_CVL)->pack, 1);
	assert_int_equal(why(LIMIT_CVL)->without, 56000);
	assert_int_equal(why(LIMIT_LOW_VOLTAGE)->pack, 1);
	/* one alone is named */
	f.packs[0].state = PACK_WAITING;
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 30000);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_PACK);
	assert_int_equal(why(LIMIT_CCL)->pack, 1);
}

static void caps_and_overrides(void **state)
{
	(void)state;
	f.s.packs[0].limits.ccl = (struct bound){ true, 40000 };
	f.s.packs[1].limits.ccl = (struct bound){ true, 900000 }; /* never raises */
	f.s.packs[0].limits.cvl = (struct bound){ true, 55000 };
	f.s.packs[0].limits.low_voltage = (struct bound){ true, 49500 };
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 140000);
	assert_int_equal(value(LIMIT_CVL), 55000);
	assert_int_equal(why(LIMIT_CVL)->code, REASON_PACK_CAP);
	assert_int_equal(value(LIMIT_LOW_VOLTAGE), 49500);
	struct ask ask = ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, SEC);
	assert_int_equal(ask.reason.code, REASON_PACK_CAP);
	/* an override may raise above the BMS, but not above the cap */
	f.s.packs[0].override[Q_CCL] = (struct bound){ true, 300000 };
	f.s.packs[1].override[Q_DCL] = (struct bound){ true, 250000 };
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, SEC).value, 40000);
	ask = ask_limit(&f.packs[1], 1, LIMIT_DCL, &f.s, SEC);
	assert_int_equal(ask.value, 250000);
	assert_int_equal(ask.reason.code, REASON_OVERRIDE);
	/* the bank's own */
	setup(NULL);
	f.s.limits.ccl = (struct bound){ true, 150000 };
	f.s.limits.dcl = (struct bound){ true, 1000000 };
	f.s.limits.cvl = (struct bound){ true, 54000 };
	f.s.limits.low_voltage = (struct bound){ true, 50000 };
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 150000);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_BANK_CAP);
	assert_int_equal(why(LIMIT_CCL)->without, 200000);
	assert_int_equal(value(LIMIT_DCL), 240000);
	assert_int_equal(value(LIMIT_CVL), 54000);
	assert_int_equal(value(LIMIT_LOW_VOLTAGE), 50000);
}

static void a_cap_stands_in_until_the_bms_tells(void **state)
{
	(void)state;
	struct accepted *a = &f.packs[0].accepted[LIMIT_CCL];
	*a = (struct accepted){ 0 };
	assert_false(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, SEC).known);
	f.s.packs[0].limits.ccl = (struct bound){ true, 50000 };
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, SEC).value, 50000);
	/* said once: that may lower at once, not raise */
	*a = (struct accepted){ .has_last = true, .last = 20000 };
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, SEC).value, 20000);
	a->last = 70000;
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, SEC).value, 50000);
	/* without a cap one word is not enough */
	f.s.packs[0].limits.ccl.set = false;
	assert_false(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, SEC).known);
}

static void never_above_3_c(void **state)
{
	(void)state;
	fleet_pack(&f, 0, 400000, 700000, 0); /* 2 x 100 Ah: 600 A */
	fleet_pack(&f, 1, 400000, 100000, 0);
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 600000);
	assert_int_equal(value(LIMIT_DCL), 600000);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_C_RATE);
	assert_int_equal(why(LIMIT_CCL)->without, 800000);
	f.packs[1].state = PACK_LOST; /* its capacity carries nothing now */
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_DCL), 300000);
	/* the largest bank there can be */
	fleet_start(&f, PACKS_MAX);
	for (int i = 0; i < PACKS_MAX; i++) {
		fleet_pack(&f, i, 3000000, 3000000, i % 2 ? 3000000 : -3000000);
		f.s.packs[i].capacity.value = 100000000;
	}
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 96000000);
}

static void a_blocked_pack_adds_nothing(void **state)
{
	(void)state;
	/* its limit is 0 */
	fleet_pack(&f, 0, 0, 120000, 0);
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_SUM);
	assert_int_equal(why(LIMIT_CCL)->measured, 1);
	assert_int_equal(why(LIMIT_CCL)->threshold, 2);
	assert_int_equal(value(LIMIT_DCL), 240000);
	/* its switch is open, though the limit says more */
	setup(NULL);
	battery_set(&f.packs[1].b, Q_DISCHARGE_ENABLED, 0, 0);
	battery_set(&f.packs[1].b, Q_CHARGE_ENABLED, 1, 0);
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_DCL), 120000);
	assert_int_equal(value(LIMIT_CCL), 200000);
	f.packs[1].b.q[Q_DISCHARGE_ENABLED].validity = STALE; /* what is old still holds */
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_DCL), 120000);
	/* one that says nothing allows nothing, and where it has no voltage limit the others' holds */
	setup(NULL);
	f.packs[1].accepted[LIMIT_DCL].known = f.packs[1].accepted[LIMIT_CVL].known = false;
	f.packs[1].accepted[LIMIT_CVL].value = 10000;
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_DCL), 120000);
	assert_int_equal(value(LIMIT_CVL), 56000);
	setup(NULL);
	battery_set(&f.packs[1].b, Q_DISCHARGE_ENABLED, 0, 0);
	/* both */
	fleet_pack(&f, 0, 100000, 0, 0);
	fleet_step(&f, 3 * SEC);
	assert_int_equal(value(LIMIT_DCL), 0);
	assert_int_equal(why(LIMIT_DCL)->code, REASON_ALL_BLOCKED);
	/* alone in the bank, it is named */
	f.packs[0].state = PACK_GONE;
	fleet_step(&f, 4 * SEC);
	assert_int_equal(value(LIMIT_DCL), 0);
	assert_int_equal(why(LIMIT_DCL)->code, REASON_SWITCHED_OFF);
	assert_int_equal(why(LIMIT_DCL)->pack, 1);
	fleet_pack(&f, 1, 0, 120000, 0);
	fleet_step(&f, 5 * SEC);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_PACK);
	assert_int_equal(why(LIMIT_CCL)->pack, 1);
}

/* Blocked with a protection alarm: the whole bank stops in that direction, and CVL comes down to float. */
static void protection_stops_the_bank(void **state)
{
	(void)state;
	fleet_pack(&f, 0, 0, 120000, 0);
	f.packs[0].b.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE; /* blocks charging */
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_PROTECTION);
	assert_int_equal(why(LIMIT_CCL)->pack, 0);
	assert_int_equal(why(LIMIT_CCL)->without, 100000);
	assert_int_equal(value(LIMIT_DCL), 240000);
	assert_true(f.v.hard[CHARGE]);
	assert_false(f.v.hard[DISCHARGE]);
	assert_int_equal(value(LIMIT_CVL), 54000); /* 16 x 3.375 V */
	assert_int_equal(why(LIMIT_CVL)->code, REASON_HARD_BLOCK);
	/* lost, its say stays; gone, it does not */
	f.packs[0].state = PACK_LOST;
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	f.packs[0].state = PACK_GONE;
	fleet_step(&f, 3 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CCL].target, 100000);
	assert_int_equal(value(LIMIT_CCL), 0); /* by the ramp */
	/* an alarm while the BMS itself still allows current: it decides */
	setup(NULL);
	f.packs[0].b.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 200000);
	/* a warning blocks nothing, nor an alarm that closes the other direction */
	fleet_pack(&f, 0, 0, 120000, 0);
	f.packs[0].b.alarm[AL_HIGH_VOLTAGE] = (struct alarm_state){ TRI_OK, TRI_ACTIVE };
	f.packs[0].b.alarm[AL_LOW_VOLTAGE].alarm = TRI_ACTIVE;
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
}

/* A BMS that tells neither a limit nor its switches can only say by its alarm that it has closed. */
static void an_alarm_alone_blocks(void **state)
{
	(void)state;
	f.packs[1].accepted[LIMIT_CCL] = f.packs[1].accepted[LIMIT_DCL] = (struct accepted){ 0 };
	f.s.packs[1].limits.ccl = f.s.packs[1].limits.dcl = (struct bound){ true, 50000 };
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_DCL), 170000); /* 120 A, and the config's 50 A */
	f.packs[1].b.alarm[AL_CONTACTOR].alarm = TRI_ACTIVE;
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(value(LIMIT_DCL), 0);
	assert_int_equal(why(LIMIT_DCL)->code, REASON_PROTECTION);
	/* one that tells its switches says more: they are still closed */
	battery_set(&f.packs[1].seen.b, Q_DISCHARGE_ENABLED, 1, 0);
	fleet_step(&f, SEC);
	assert_int_equal(f.v.limit[LIMIT_DCL].target, 170000);
	assert_int_equal(f.v.limit[LIMIT_CCL].target, 0);
	/* and so does one that tells a limit, but not one of unproven meaning */
	f.packs[1].accepted[LIMIT_CCL] = (struct accepted){ true, 50000, true, 50000, INT64_MAX / 2 };
	fleet_step(&f, SEC);
	assert_int_equal(f.v.limit[LIMIT_CCL].target, 150000);
	f.packs[1].seen.lower_only = UINT64_C(1) << Q_CCL;
	f.packs[1].accepted[LIMIT_CCL].time = 0;
	fleet_step(&f, SEC);
	assert_int_equal(f.v.limit[LIMIT_CCL].target, 0);
}

static void the_guard_stops_the_bank(void **state)
{
	(void)state;
	f.s.packs[1].cells = 15;
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3612, 0);
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX_NO, 3, 0);
	battery_set(&f.packs[1].b, Q_CELL_VOLTAGE_MIN, 2790, 0);
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(value(LIMIT_DCL), 0);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_CELL_GUARD);
	assert_int_equal(why(LIMIT_CCL)->pack, 0);
	assert_int_equal(why(LIMIT_CCL)->cell, 3);
	assert_int_equal(why(LIMIT_CCL)->measured, 3612);
	assert_int_equal(why(LIMIT_CCL)->threshold, 3500);
	assert_int_equal(why(LIMIT_DCL)->threshold, 3000);
	/* float of the pack with the fewest cells: 15 x 3.375 V */
	assert_int_equal(value(LIMIT_CVL), 50625);
	assert_true(f.v.hard[CHARGE] && f.v.hard[DISCHARGE]);
	/* a CVL that is lower already stays */
	f.packs[1].accepted[LIMIT_CVL].value = 50000;
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_CVL), 50000);
	/* unknown cells: nothing to compute a float voltage from */
	setup(NULL);
	f.s.packs[0].cells = f.s.packs[1].cells = 0;
	battery_set(&f.packs[0].b, Q_CELL_VOLTAGE_MAX, 3612, 0);
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CCL), 0);
	assert_int_equal(value(LIMIT_CVL), 56000);
}

/* A pack that hangs on the busbar and isn't heard: the config's limits for it hold, and what its cells bear. */
static void those_not_heard(void **state)
{
	(void)state;
	f.s.packs[1].cells = 15;
	f.packs[1].joined = false;
	f.packs[1].state = PACK_WAITING;
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CVL), 54000); /* 15 x 3.60 V */
	assert_int_equal(why(LIMIT_CVL)->code, REASON_UNHEARD);
	assert_int_equal(why(LIMIT_CVL)->pack, 1);
	assert_int_equal(why(LIMIT_CVL)->without, 56000);
	assert_int_equal(value(LIMIT_LOW_VOLTAGE), 48000); /* 15 x 2.80 V is less */
	assert_int_equal(value(LIMIT_CCL), 100000);
	f.packs[1].state = PACK_REFUSED;
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_CVL), 54000);
	f.s.packs[1].limits.cvl = (struct bound){ true, 53200 };
	f.s.packs[1].limits.low_voltage = (struct bound){ true, 48500 };
	fleet_step(&f, 3 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53200);
	assert_int_equal(why(LIMIT_CVL)->code, REASON_PACK_CAP);
	assert_int_equal(value(LIMIT_LOW_VOLTAGE), 48500);
	f.s.packs[1].limits.cvl.value = 55000; /* more than its cells bear */
	fleet_step(&f, 3 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 54000);
	f.s.packs[1].limits.cvl.value = 53200;
	/* gone: what it was is no matter any more, what the config says is */
	f.packs[1].state = PACK_GONE;
	fleet_step(&f, 4 * SEC);
	assert_int_equal(value(LIMIT_CVL), 53200);
	f.s.packs[1].limits.cvl.set = f.s.packs[1].limits.low_voltage.set = false;
	fleet_step(&f, 5 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	/* without the guard, or cells, there is nothing to go by */
	f.packs[1].state = PACK_WAITING;
	f.s.cell_guard = false;
	fleet_step(&f, 6 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	f.s.cell_guard = true;
	f.s.packs[1].cells = 0;
	fleet_step(&f, 7 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	f.s.packs[1].cells = 15;
	f.s.packs[1].chemistry = CHEM_UNKNOWN;
	fleet_step(&f, 8 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
}

/* Nothing may be charged, for whatever reason: chargers of a GX that feeds in obey only the voltage. */
static void no_current_is_a_block_too(void **state)
{
	(void)state;
	fleet_pack(&f, 0, 0, 120000, 0);
	fleet_step(&f, SEC);
	assert_int_equal(value(LIMIT_CVL), 56000); /* the other one takes some */
	assert_false(f.v.hard[CHARGE]);
	fleet_pack(&f, 1, 0, 120000, 0);
	fleet_step(&f, 2 * SEC);
	assert_int_equal(why(LIMIT_CCL)->code, REASON_ALL_BLOCKED);
	assert_true(f.v.hard[CHARGE]);
	assert_int_equal(value(LIMIT_CVL), 54000); /* 16 x 3.375 V */
	assert_int_equal(why(LIMIT_CVL)->code, REASON_HARD_BLOCK);
	/* the cells counted by what the BMS tells of them: 16 of 3.3125 V are 53 V */
	f.s.packs[0].cells = f.s.packs[1].cells = 0;
	fleet_step(&f, 3 * SEC);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000); /* none known yet */
	struct cells *c = &f.packs[1].seen.cells;
	c->count[ARRAY_CELL_VOLTAGE] = 16;
	for (int i = 0; i < 15; i++) {
		c->value[ARRAY_CELL_VOLTAGE][i] = 3312;
		c->validity[ARRAY_CELL_VOLTAGE][i] = VALID;
	}
	fleet_step(&f, 4 * SEC);
	assert_int_equal(pack_cells(&f.packs[1]), 0); /* one is missing: 49.68 V are too little */
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	c->value[ARRAY_CELL_VOLTAGE][15] = 3320;
	c->validity[ARRAY_CELL_VOLTAGE][15] = VALID;
	fleet_step(&f, 5 * SEC);
	assert_int_equal(pack_cells(&f.packs[1]), 16);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 54000);
	f.packs[1].b.q[Q_VOLTAGE].validity = NOT_AVAILABLE;
	assert_int_equal(pack_cells(&f.packs[1]), 0);
	f.packs[1].b.q[Q_VOLTAGE].validity = STALE;
	assert_int_equal(pack_cells(&f.packs[1]), 16);
	c->value[ARRAY_CELL_VOLTAGE][15] = 5000; /* 54.68 V: more than half a cell too much */
	assert_int_equal(pack_cells(&f.packs[1]), 0);
}

static void feedback_cuts(void **state)
{
	(void)state;
	fleet_pack(&f, 0, 100000, 120000, 150000);
	fleet_pack(&f, 1, 100000, 120000, 50000);
	fleet_step(&f, SEC);
	fleet_step(&f, 3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 133333); /* 200 A x 100 / 150 */
	assert_int_equal(why(LIMIT_CCL)->code, REASON_FEEDBACK);
	assert_int_equal(why(LIMIT_CCL)->without, 200000);
	assert_int_equal(why(LIMIT_CCL)->until, 63 * SEC);
	fleet_pack(&f, 0, 100000, 120000, 90000);
	for (int64_t t = 4 * SEC; t <= 64 * SEC; t += SEC)
		fleet_step(&f, t);
	/* a step would be to 153.3 A; 140 A x 98 / 90 is what fits */
	assert_int_equal(f.g.feedback[CHARGE].limit, 152444);
	assert_int_equal(f.v.limit[LIMIT_CCL].target, 152444);
}

/* A pack that talks but no longer gives its current limits gets none; a voltage limit stays what it was. */
static void limits_that_are_too_old(void **state)
{
	(void)state;
	f.packs[0].heard = true;
	for (int k = 0; k < N_LIMIT; k++) {
		f.packs[0].accepted[k].time = 100 * SEC;
		f.packs[0].seen.b.q[limit_quantity[k]] =
			(struct measure){ .validity = VALID, .time = 100 * SEC, .source = F_LIMITS };
	}
	fleet_step(&f, 110 * SEC);
	assert_int_equal(value(LIMIT_CCL), 200000);
	fleet_step(&f, 110 * SEC + 1); /* 10 s: the longer of its stale time (5 s) and `lost` */
	assert_int_equal(value(LIMIT_CCL), 100000);
	assert_int_equal(value(LIMIT_DCL), 120000);
	assert_int_equal(value(LIMIT_CVL), 56000);
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_DCL, &f.s, 200 * SEC).reason.code, REASON_LIMIT_UNKNOWN);
	/* what comes from no frame of this profile ages as well */
	f.packs[0].seen.b.q[Q_CCL] = (struct measure){ .validity = STALE, .source = SOURCE_NONE };
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, 110 * SEC).value, 100000);
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, 111 * SEC).value, 0);
	/* once lost it is out of the sums anyway, and keeps what it said */
	f.packs[0].state = PACK_LOST;
	f.packs[0].heard = false;
	f.packs[0].heard_since = 110 * SEC;
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_CCL, &f.s, 300 * SEC).value, 100000);
	/* alone in the bank, that is the reason */
	f.packs[0].state = PACK_ONLINE;
	f.packs[0].heard = true;
	f.packs[1].state = PACK_WAITING;
	fleet_step(&f, 300 * SEC);
	assert_int_equal(value(LIMIT_DCL), 0);
	assert_int_equal(why(LIMIT_DCL)->code, REASON_LIMIT_UNKNOWN);
	f.s.packs[0].limits.dcl = (struct bound){ true, 50000 }; /* a ceiling, not a floor */
	assert_int_equal(ask_limit(&f.packs[0], 0, LIMIT_DCL, &f.s, 300 * SEC).value, 0);
}

static void those_not_in_the_bank(void **state)
{
	(void)state;
	f.packs[1].accepted[LIMIT_CVL].value = 55000;
	fleet_step(&f, SEC);
	/* lost, returning: not summed, but their CVL counts */
	f.packs[1].state = PACK_LOST;
	fleet_step(&f, 2 * SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
	assert_int_equal(value(LIMIT_CVL), 55000);
	f.packs[1].state = PACK_RETURNING;
	fleet_step(&f, 3 * SEC);
	assert_int_equal(value(LIMIT_CCL), 100000);
	assert_int_equal(value(LIMIT_CVL), 55000);
	/* gone: released, after the hold, by the ramp of 80 mV/s */
	f.packs[1].state = PACK_GONE;
	fleet_step(&f, 4 * SEC);
	assert_int_equal(value(LIMIT_CVL), 55000);
	assert_int_equal(f.v.limit[LIMIT_CVL].target, 56000);
	for (int64_t t = 5 * SEC; t <= 35 * SEC; t += SEC)
		fleet_step(&f, t);
	assert_int_equal(value(LIMIT_CVL), 55080);
}

static void ramp(struct ramp_state *r, struct limit *l, int64_t target, int64_t now)
{
	*l = (struct limit){ .target = target, .reason = { .code = REASON_SUM, .pack = -1 } };
	govern_ramp(r, LIMIT_CCL, l, &f.s, now);
}

static void hold_and_ramp(void **state)
{
	(void)state;
	struct ramp_state r = { 0 };
	struct limit l;
	ramp(&r, &l, 50000, 10 * SEC); /* the first picture needs neither */
	assert_int_equal(l.value, 50000);
	ramp(&r, &l, 20000, 11 * SEC); /* down at once */
	assert_int_equal(l.value, 20000);
	assert_int_equal(l.reason.code, REASON_SUM);
	for (int64_t t = 12 * SEC; t <= 42 * SEC; t += SEC)
		ramp(&r, &l, 200000, t);
	assert_int_equal(l.value, 20000); /* 30 s since 12 s */
	assert_int_equal(l.reason.code, REASON_HELD);
	assert_int_equal(reason_behind(&l.reason), REASON_SUM);
	assert_int_equal(l.reason.threshold, 200000);
	/* then 5 % of 200 A = 10 A each second, which is more than 5 A */
	ramp(&r, &l, 200000, 43 * SEC);
	assert_int_equal(l.value, 30000);
	assert_int_equal(l.reason.code, REASON_RISING);
	assert_int_equal(l.reason.until, 60 * SEC); /* 170 A more */
	ramp(&r, &l, 40000, 44 * SEC); /* of 40 A it is 5 A/s */
	assert_int_equal(l.value, 35000);
	ramp(&r, &l, 40000, 46 * SEC); /* not beyond */
	assert_int_equal(l.value, 40000);
	assert_int_equal(l.reason.code, REASON_SUM);
	ramp(&r, &l, 60000, 47 * SEC); /* there: the next rise waits again */
	ramp(&r, &l, 60000, 77 * SEC);
	assert_int_equal(l.value, 40000);
	ramp(&r, &l, 60000, 77500 * MS);
	assert_int_equal(l.value, 42500); /* half a second */
	/* a dip starts it all over */
	ramp(&r, &l, 42000, 78 * SEC);
	ramp(&r, &l, 60000, 79 * SEC);
	ramp(&r, &l, 60000, 109 * SEC);
	assert_int_equal(l.value, 42000);
	/* part of the step is after the hold: from 109 s on */
	ramp(&r, &l, 60000, 110 * SEC);
	assert_int_equal(l.value, 47000);
	/* only what passed after the hold counts, however late the step comes */
	r = (struct ramp_state){ 0 };
	ramp(&r, &l, 10000, SEC);
	ramp(&r, &l, 90000, 2 * SEC);
	ramp(&r, &l, 90000, 34 * SEC);
	assert_int_equal(l.value, 20000); /* 2 s x 5 A/s */
}

/* A ramp that is slower than a step in a tick still gets there: what is left over counts. */
static void a_slow_ramp(void **state)
{
	(void)state;
	struct ramp_state r = { 0 };
	struct limit l = { .target = 54000 };
	f.s.raise_voltage = 1;
	govern_ramp(&r, LIMIT_CVL, &l, &f.s, SEC);
	for (int64_t t = 1500 * MS; t <= 41500 * MS; t += 500 * MS) {
		l.target = 55000;
		govern_ramp(&r, LIMIT_CVL, &l, &f.s, t);
	}
	assert_int_equal(l.value, 54010); /* 10 s after the hold of 30 s */
	f.s.raise_voltage = 5;
	l.target = 55000;
	for (int64_t t = 42 * SEC; t <= 51500 * MS; t += 500 * MS) {
		l.target = 55000;
		govern_ramp(&r, LIMIT_CVL, &l, &f.s, t);
	}
	assert_int_equal(l.value, 54060);
}

/* A target that rises by itself, slowly, after a hold of its own, is not held once more with each step. */
static void a_target_that_rises_by_itself(void **state)
{
	(void)state;
	struct ramp_state r = { 0 };
	struct limit l = { .target = 55000, .reason.code = REASON_PACK };
	govern_ramp(&r, LIMIT_CVL, &l, &f.s, SEC);
	int64_t target = 54000;
	for (int64_t t = 2 * SEC; t <= 12 * SEC; t += SEC, target += 5) {
		l = (struct limit){ .target = target, .reason.code = REASON_HIGH_CELL };
		govern_ramp(&r, LIMIT_CVL, &l, &f.s, t);
		assert_int_equal(l.value, target);
		assert_int_equal(l.reason.code, REASON_HIGH_CELL);
	}
	/* a leap of it goes by the ramp, 80 mV/s */
	l.target = 54500;
	govern_ramp(&r, LIMIT_CVL, &l, &f.s, 13 * SEC);
	assert_int_equal(l.value, 54130);
	l.target = 54500;
	govern_ramp(&r, LIMIT_CVL, &l, &f.s, 19 * SEC);
	assert_int_equal(l.value, 54500);
	/* when something else held it down before, that hold is to be waited for */
	l = (struct limit){ .target = 54000, .reason.code = REASON_HARD_BLOCK };
	govern_ramp(&r, LIMIT_CVL, &l, &f.s, 20 * SEC);
	for (int64_t t = 21 * SEC; t <= 51 * SEC; t += SEC) {
		l = (struct limit){ .target = 54500, .reason.code = REASON_HIGH_CELL };
		govern_ramp(&r, LIMIT_CVL, &l, &f.s, t);
	}
	assert_int_equal(l.value, 54000);
	assert_int_equal(l.reason.code, REASON_HELD);
}

static void ramps_at_the_ends_of_the_scale(void **state)
{
	(void)state;
	struct ramp_state r = { 0 };
	struct limit l;
	ramp(&r, &l, 0, 0);
	ramp(&r, &l, 96000000, 1);
	/* a replay that skips a year */
	f.s.raise_percent = 10000;
	ramp(&r, &l, 96000000, INT64_C(31536000) * SEC);
	assert_int_equal(l.value, 96000000);
	/* no ramp at all */
	f.s.raise_current = f.s.raise_percent = 0;
	ramp(&r, &l, 0, INT64_C(31536001) * SEC);
	ramp(&r, &l, 1000, INT64_C(31536002) * SEC);
	ramp(&r, &l, 1000, INT64_C(31536099) * SEC);
	assert_int_equal(l.value, 0);
	assert_int_equal(l.reason.code, REASON_RISING);
}

/* The low voltage limit is stricter the higher it is: up at once, down after the hold by 80 mV/s. */
static void low_voltage_ramps_downward(void **state)
{
	(void)state;
	struct ramp_state r = { 0 };
	struct limit l = { .target = 48000 };
	govern_ramp(&r, LIMIT_LOW_VOLTAGE, &l, &f.s, SEC);
	l.target = 50000;
	govern_ramp(&r, LIMIT_LOW_VOLTAGE, &l, &f.s, 2 * SEC);
	assert_int_equal(l.value, 50000);
	l.target = 48000;
	govern_ramp(&r, LIMIT_LOW_VOLTAGE, &l, &f.s, 3 * SEC);
	assert_int_equal(l.value, 50000);
	assert_int_equal(l.reason.code, REASON_HELD);
	assert_int_equal(l.reason.until, 58 * SEC); /* 30 s of hold, 2 V in 25 s */
	govern_ramp(&r, LIMIT_LOW_VOLTAGE, &l, &f.s, 43 * SEC);
	assert_int_equal(l.value, 49200); /* 10 s after the hold */
	assert_int_equal(l.reason.code, REASON_RISING);
	govern_ramp(&r, LIMIT_LOW_VOLTAGE, &l, &f.s, 60 * SEC);
	assert_int_equal(l.value, 48000);
	l.target = 50000;
	govern_ramp(&r, LIMIT_LOW_VOLTAGE, &l, &f.s, 61 * SEC);
	assert_int_equal(l.value, 50000);
}

/* Whatever the packs are, no limit is above what those in the bank allow together, the caps, or 3 C (P1); and the
 * order of the packs makes no difference (P3). */
static void never_above_what_is_allowed(void **state)
{
	(void)state;
	uint64_t seed = 5;
	for (int round = 0; round < 3000; round++) {
		static struct fleet g;
		int n = 1 + round % 5;
		int64_t sum = 0, capacity = 0, lowest = INT64_MAX;
		fleet_start(&f, n);
		fleet_start(&g, n);
		for (int i = 0; i < n; i++) {
			seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
			fleet_pack(&f, i, (int64_t)(seed >> 44) % 400000, 120000, (int64_t)(seed >> 30) % 500000 - 250000);
			f.s.packs[i].capacity.value = 1000 + (int64_t)(seed >> 20) % 100000;
			f.s.packs[i].limits.ccl = (struct bound){ seed >> 60 & 1, (int64_t)(seed >> 33) % 300000 };
			f.packs[i].state = i && seed >> 58 & 1 ? (enum pack_state)((seed >> 50) % N_PACK_STATE) : PACK_ONLINE;
			f.packs[i].accepted[LIMIT_CVL].value = 50000 + (int64_t)(seed >> 25) % 8000;
			if (seed >> 57 & 1)
				battery_set(&f.packs[i].b, Q_CELL_VOLTAGE_MAX, 3000 + (int64_t)(seed >> 22) % 700, 0);
			if (!(seed >> 50 & 7))
				f.packs[i].b.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
			int64_t own = f.packs[i].accepted[LIMIT_CCL].value, cap = f.s.packs[i].limits.ccl.value;
			bool capped = f.s.packs[i].limits.ccl.set && cap < own;
			if (f.packs[i].state == PACK_ONLINE) {
				sum += capped ? cap : own;
				capacity += f.s.packs[i].capacity.value;
			}
			if (f.packs[i].state == PACK_ONLINE && f.packs[i].accepted[LIMIT_CVL].value < lowest)
				lowest = f.packs[i].accepted[LIMIT_CVL].value;
			g.s.packs[n - 1 - i] = f.s.packs[i];
			g.packs[n - 1 - i] = f.packs[i];
			g.packs[n - 1 - i].set = &g.s.packs[n - 1 - i];
			g.s.packs[n - 1 - i].profile = &g.d.p;
		}
		f.s.limits.ccl = g.s.limits.ccl = (struct bound){ round & 1, 123456 };
		for (int64_t t = SEC; t < 5 * SEC; t += SEC) {
			fleet_step(&f, t);
			fleet_step(&g, t);
			assert_true(value(LIMIT_CCL) <= sum);
			assert_true(value(LIMIT_CCL) <= 3 * capacity);
			assert_true(!(round & 1) || value(LIMIT_CCL) <= 123456);
			assert_true(value(LIMIT_CCL) >= 0);
			assert_true(value(LIMIT_CVL) <= lowest && value(LIMIT_CVL) > 0);
			for (int k = 0; k < N_LIMIT; k++)
				assert_int_equal(f.v.limit[k].value, g.v.limit[k].value);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sums_and_the_lowest, setup),
		cmocka_unit_test_setup(caps_and_overrides, setup),
		cmocka_unit_test_setup(a_cap_stands_in_until_the_bms_tells, setup),
		cmocka_unit_test_setup(never_above_3_c, setup),
		cmocka_unit_test_setup(a_blocked_pack_adds_nothing, setup),
		cmocka_unit_test_setup(protection_stops_the_bank, setup),
		cmocka_unit_test_setup(an_alarm_alone_blocks, setup),
		cmocka_unit_test_setup(the_guard_stops_the_bank, setup),
		cmocka_unit_test_setup(those_not_heard, setup),
		cmocka_unit_test_setup(no_current_is_a_block_too, setup),
		cmocka_unit_test_setup(feedback_cuts, setup),
		cmocka_unit_test_setup(limits_that_are_too_old, setup),
		cmocka_unit_test_setup(those_not_in_the_bank, setup),
		cmocka_unit_test_setup(hold_and_ramp, setup),
		cmocka_unit_test_setup(a_slow_ramp, setup),
		cmocka_unit_test_setup(a_target_that_rises_by_itself, setup),
		cmocka_unit_test_setup(ramps_at_the_ends_of_the_scale, setup),
		cmocka_unit_test_setup(low_voltage_ramps_downward, setup),
		cmocka_unit_test_setup(never_above_what_is_allowed, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
