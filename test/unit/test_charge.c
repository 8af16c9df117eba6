/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A charge voltage of battagg's own: its level, bulk, absorption and float, and what still holds it down. */
#include "fixture.h"

static struct fleet f;
static struct battery bank;
static struct wall wall;
static int64_t now;
static bool ramped; /* else the bank's own hold and ramp are left out */

#define MIN (60 * SEC)

/* The defaults of the config. Two packs of 100 Ah and 16 LFP cells: 55.2 V, float 54.0 V, back below 52.8 V; near is
 * 16 x 20 mV = 0.32 V, the tail 0.02 C x 200 Ah = 4 A. The packs bear 56.8 V. */
static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	f.packs[0].accepted[LIMIT_CVL].value = f.packs[1].accepted[LIMIT_CVL].value = 56800;
	f.s.charge = (struct charge_settings){
		.own = true, .lower = 5, .absorption_time = 15 * MIN, .tail_current = 2, .tail_time = MIN, .near = 20,
		.high_hold = MIN, .high_rise = 5, .high_smooth = 8 * SEC, .high_brief = 2 * SEC, .high_much = 30, .use_float = true, .back_soc = 9000, .back_time = MIN,
	};
	bank = (struct battery){ 0 };
	wall = (struct wall){ 0 };
	now = 0;
	ramped = false;
	return 0;
}

static void step(void)
{
	now += 500 * MS;
	tree_build(&f.t, &f.s, f.packs, f.s.n_packs, now);
	f.t.bank = &bank;
	f.t.wall = wall;
	if (!ramped)
		memset(f.g.ramp, 0, sizeof f.g.ramp);
	govern_step(&f.g, &f.t, &f.v);
}

static void has(int64_t voltage, int64_t current, int64_t soc)
{
	battery_set(&bank, Q_VOLTAGE, voltage, now);
	battery_set(&bank, Q_CURRENT, current, now);
	battery_set(&bank, Q_SOC, soc, now);
}

static void run(int64_t us)
{
	for (int64_t end = now + us; now < end;)
		step();
}

static const struct limit *cvl(void)
{
	return &f.v.limit[LIMIT_CVL];
}

static void is(int64_t mv, enum reason_code code)
{
	assert_int_equal(cvl()->target, mv);
	assert_int_equal(cvl()->reason.code, code);
}

static enum charge_phase phase(void)
{
	return f.g.charge.phase;
}

static void so_much_for_each_cell(void **state)
{
	(void)state;
	step(); /* nothing is known of the bank */
	is(55200, REASON_OWN_VOLTAGE);
	assert_int_equal(cvl()->value, 55200);
	assert_int_equal(cvl()->reason.measured, 16);
	assert_int_equal(cvl()->reason.threshold, 3450);
	assert_int_equal(cvl()->reason.without, 56800);
	assert_int_equal(phase(), CHARGE_BULK);
	/* another chemistry, and a voltage of the config's */
	f.s.packs[0].chemistry = f.s.packs[1].chemistry = CHEM_LTO;
	step();
	is(40000, REASON_OWN_VOLTAGE);
	for (int i = 0; i < 12; i++)
		f.s.charge.cell_voltage[i] = 2400;
	step();
	is(38400, REASON_OWN_VOLTAGE);
	/* battagg is not asked to charge */
	f.s.charge.own = false;
	step();
	is(56800, REASON_PACK);
	assert_int_equal(f.g.charge.last, 0);
}

static void by_the_month(void **state)
{
	(void)state;
	static const int year[12] = { 3550, 3500, 3500, 3450, 3400, 3400, 3380, 3400, 3450, 3500, 3500, 3540 };
	memcpy(f.s.charge.cell_voltage, year, sizeof year);
	step();
	is(54080, REASON_OWN_VOLTAGE); /* no day is known: July, the lowest: 16 x 3.38 V */
	assert_int_equal(cvl()->reason.threshold, 3380);
	wall = (struct wall){ true, 20787, 12 };
	step();
	is(56640, REASON_OWN_VOLTAGE); /* 16 x 3.54 V */
	wall.month = 1;
	f.g = (struct govern){ 0 };
	step();
	assert_int_equal(cvl()->value, 56800); /* 16 x 3.55 V: the packs' own is the same */
	/* a month that ends brings it down slowly: from 56.8 V to 56.0 V by 5 mV/s */
	wall.month = 2;
	step();
	is(56800, REASON_PACK);
	run(100 * SEC);
	is(56300, REASON_SINKING);
	run(60 * SEC);
	is(56000, REASON_OWN_VOLTAGE);
}

static void never_above_what_is_allowed(void **state)
{
	(void)state;
	f.packs[1].accepted[LIMIT_CVL].value = 54800;
	step();
	is(54800, REASON_PACK);
	f.s.limits.cvl = (struct bound){ true, 54400 };
	step();
	is(54400, REASON_BANK_CAP);
	/* there it is full, too: 54.4 V - 0.32 V */
	has(54079, 50000, 9500);
	step();
	assert_int_equal(phase(), CHARGE_BULK);
	has(54080, 50000, 9500);
	step();
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	assert_int_equal(f.g.charge.top, 54400);
}

static void the_lowest_string(void **state)
{
	(void)state;
	f.s.packs[1].cells = 15;
	step();
	is(51750, REASON_OWN_VOLTAGE); /* 15 x 3.45 V */
	assert_int_equal(cvl()->reason.pack, 1);
	f.packs[1].state = PACK_LOST;
	step();
	is(51750, REASON_OWN_VOLTAGE);
	f.packs[1].state = PACK_WAITING; /* never heard, but it may hang on the busbar */
	step();
	is(51750, REASON_OWN_VOLTAGE);
	f.packs[1].state = PACK_GONE;
	step();
	is(55200, REASON_OWN_VOLTAGE);
	f.packs[1].speaks = true;
	step();
	is(51750, REASON_OWN_VOLTAGE);
	/* no string's cells are known: the packs' own voltages hold */
	f.s.packs[0].cells = f.s.packs[1].cells = 0;
	f.packs[1].state = PACK_ONLINE;
	step();
	is(56800, REASON_PACK);
	/* in series 8 + 8 are a string */
	setup(NULL);
	f.s.n_strings = 1;
	f.s.packs[0].cells = f.s.packs[1].cells = 8;
	f.packs[0].accepted[LIMIT_CVL].value = f.packs[1].accepted[LIMIT_CVL].value = 28400;
	step();
	is(55200, REASON_OWN_VOLTAGE);
	assert_int_equal(cvl()->reason.measured, 16);
	f.s.packs[1].cells = 0;
	step();
	is(56800, REASON_STRING);
}

static void with_the_cables(void **state)
{
	(void)state;
	f.s.charge.offset = 300;
	step();
	is(55500, REASON_OWN_VOLTAGE);
	assert_int_equal(f.g.charge.top, 55200); /* the battery itself gets no more */
	f.packs[0].accepted[LIMIT_CVL].value = 55300; /* and no pack is told more than it asks for */
	step();
	is(55300, REASON_PACK);
}

/* Full after a quarter of an hour at the top, whatever the current. */
static void absorption_by_time(void **state)
{
	(void)state;
	has(54879, 80000, 9500); /* 55.2 V - 0.32 V is near enough */
	run(MIN);
	assert_int_equal(phase(), CHARGE_BULK);
	has(54880, 80000, 9500);
	step();
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	assert_int_equal(f.g.charge.since, now);
	run(10 * MIN);
	has(54000, -20000, 9500); /* a cloud: it doesn't count, nor is what was lost */
	run(30 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	is(55200, REASON_OWN_VOLTAGE);
	has(55200, 80000, 9500);
	run(5 * MIN - 500 * MS);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	step();
	assert_int_equal(phase(), CHARGE_FLOAT);
	/* what is not known does not count either */
	setup(NULL);
	has(55200, 80000, 9500);
	run(MIN);
	bank.q[Q_VOLTAGE].validity = STALE;
	run(60 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	/* nor what was between two steps that are far apart; of the first minute the first step only began it */
	bank.q[Q_VOLTAGE].validity = VALID;
	now += 60 * MIN;
	step();
	run(14 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	step();
	assert_int_equal(phase(), CHARGE_FLOAT);
}

static void absorption_by_the_tail(void **state)
{
	(void)state;
	has(55200, 4001, 9500);
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	has(55200, 4000, 9500);
	run(MIN);
	has(55200, 4001, 9500); /* only a moment too early */
	step();
	has(55200, 4000, 9500);
	run(MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	step();
	assert_int_equal(phase(), CHARGE_FLOAT);
	/* away from the top it is no tail, nor is it while it discharges */
	setup(NULL);
	has(55200, 50000, 9500);
	run(SEC);
	has(54879, 1000, 9500);
	run(5 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	has(55200, -4001, 9500);
	run(5 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	/* a sum in which a pack is missing, or of packs whose capacity isn't known, says nothing */
	has(55200, 1000, 9500);
	bank.q[Q_CURRENT].partial = true;
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	has(55200, 1000, 9500);
	f.s.packs[1].capacity.set = false;
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	f.s.packs[1].capacity.set = true;
	bank.q[Q_CURRENT].validity = STALE;
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	/* of the packs in the bank: 0.02 C x 100 Ah = 2 A */
	has(55200, 2001, 9500);
	f.packs[1].state = PACK_LOST;
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	has(55200, 2000, 9500);
	run(MIN + 500 * MS);
	assert_int_equal(phase(), CHARGE_FLOAT);
}

static void to_float(void)
{
	setup(NULL);
	has(55200, 1000, 9900);
	step();
	run(MIN + 500 * MS);
	assert_int_equal(phase(), CHARGE_FLOAT);
}

/* Comes down by 5 mV/s: a jump would push what is in the battery into the grid. */
static void float_comes_slowly(void **state)
{
	(void)state;
	to_float();
	int64_t began = now;
	is(55200, REASON_SINKING);
	assert_int_equal(cvl()->reason.threshold, 54000);
	assert_int_equal(cvl()->reason.until, began + 240 * SEC);
	run(100 * SEC);
	is(54700, REASON_SINKING);
	assert_int_equal(cvl()->value, 54700);
	run(140 * SEC - 500 * MS);
	is(54003, REASON_SINKING); /* 2.5 mV are left: to the mV above */
	step();
	is(54000, REASON_OWN_FLOAT);
	assert_int_equal(cvl()->reason.threshold, 3375);
	/* an earlier end: the day's last discharge, and up again from where it is */
	to_float();
	ramped = true;
	run(100 * SEC);
	has(52000, -50000, 9900);
	run(MIN + 500 * MS);
	assert_int_equal(phase(), CHARGE_BULK);
	is(55200, REASON_HELD); /* by the ramp of the bank */
	assert_int_equal(cvl()->value, 54400); /* 160 s x 5 mV/s below 55.2 V */
	/* what a pack or the config asks for is there at once */
	to_float();
	run(SEC);
	f.packs[0].accepted[LIMIT_CVL].value = 53600;
	step();
	is(53600, REASON_PACK);
	/* a string with fewer cells that comes meanwhile gets no more than its own top */
	to_float();
	run(10 * SEC);
	f.s.packs[1].cells = 15;
	step();
	is(51750, REASON_SINKING);
	run(60 * SEC); /* 70.5 s: 1.2 V - 0.3525 V over its float of 50.625 V */
	is(51473, REASON_SINKING);
}

static void back_to_bulk(void **state)
{
	(void)state;
	to_float();
	has(53500, -50000, 9000);
	run(10 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	has(53500, -50000, 8999);
	run(MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	step();
	assert_int_equal(phase(), CHARGE_BULK);
	/* by the voltage, not by a dip */
	to_float();
	has(52799, -50000, 9900);
	run(50 * SEC);
	has(52800, -50000, 9900);
	step();
	has(52799, -50000, 9900);
	run(MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	step();
	assert_int_equal(phase(), CHARGE_BULK);
	/* by a voltage of the config's */
	to_float();
	f.s.charge.back_voltage = 3200; /* 51.2 V */
	has(51200, -50000, 9900);
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	has(51199, -50000, 9900);
	run(MIN + 500 * MS);
	assert_int_equal(phase(), CHARGE_BULK);
	/* a SoC that was low already when the battery was full is wrong: only what is discharged since counts */
	setup(NULL);
	has(55200, 1000, 6000);
	run(MIN + SEC);
	assert_int_equal(phase(), CHARGE_FLOAT);
	run(10 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	has(53500, -50000, 5801);
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	has(53500, -50000, 5800);
	run(MIN + 500 * MS);
	assert_int_equal(phase(), CHARGE_BULK);
	/* a SoC that isn't known ends nothing; one that comes later is taken for what has been discharged */
	setup(NULL);
	has(55200, 1000, 6000);
	bank.q[Q_SOC].validity = STALE;
	run(MIN + SEC);
	assert_int_equal(phase(), CHARGE_FLOAT);
	run(10 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	bank.q[Q_SOC].validity = VALID;
	run(MIN + 500 * MS);
	assert_int_equal(phase(), CHARGE_BULK);
	/* from absorption, too: by the voltage alone */
	setup(NULL);
	has(55200, 50000, 6000);
	run(MIN);
	has(52799, -50000, 6000);
	run(MIN + 500 * MS);
	assert_int_equal(phase(), CHARGE_BULK);
	assert_int_equal(f.g.charge.absorbed, 0);
}

/* In the cold a pack asks for little: the bank is not full at that. Or for a little less, and it is: until it asks for more. */
static void when_packs_ask_for_less(void **state)
{
	(void)state;
	f.packs[0].accepted[LIMIT_CVL].value = 52800;
	has(52900, 1000, 5000);
	run(60 * MIN);
	assert_int_equal(phase(), CHARGE_BULK);
	f.packs[0].accepted[LIMIT_CVL].value = 54400; /* above float */
	has(54400, 1000, 5000);
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	f.packs[0].accepted[LIMIT_CVL].value = 54720; /* near enough */
	run(60 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	f.packs[0].accepted[LIMIT_CVL].value = 54721;
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_BULK);
	/* full all the same when its SoC says so */
	f.packs[0].accepted[LIMIT_CVL].value = 54400;
	has(54400, 1000, 9500);
	run(2 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
	f.packs[0].accepted[LIMIT_CVL].value = 56800;
	run(60 * MIN);
	assert_int_equal(phase(), CHARGE_FLOAT);
}

static void without_float(void **state)
{
	(void)state;
	f.s.charge.use_float = false;
	has(55200, 1000, 9900);
	run(60 * MIN);
	assert_int_equal(phase(), CHARGE_ABSORPTION);
	is(55200, REASON_OWN_VOLTAGE);
	to_float();
	f.s.charge.use_float = false; /* a config that was read again */
	step();
	assert_int_equal(phase(), CHARGE_BULK);
	/* float is never above the top, and of an unknown chemistry nothing but the config's own is known */
	to_float();
	for (int i = 0; i < 12; i++)
		f.s.charge.cell_voltage[i] = 3360;
	run(300 * SEC);
	is(53760, REASON_OWN_FLOAT);
	f.s.packs[0].chemistry = f.s.packs[1].chemistry = CHEM_UNKNOWN;
	step();
	is(53760, REASON_OWN_FLOAT);
	f.s.charge.float_voltage = 3340;
	step();
	is(53440, REASON_OWN_FLOAT);
}

/* Whatever it is set to: charging that is blocked brings it down to float at once. */
static void blocked(void **state)
{
	(void)state;
	has(55000, 0, 9900);
	step();
	fleet_pack(&f, 0, 0, 120000, 0);
	fleet_pack(&f, 1, 0, 120000, 0);
	step();
	is(54000, REASON_HARD_BLOCK);
	assert_int_equal(cvl()->value, 54000);
}

static void as_text(enum charge_phase p, const char *expected)
{
	char text[CHARGE_TEXT_MAX];
	f.g.charge.phase = p;
	assert_string_equal(charge_waits(text, sizeof text, &f.g.charge, &f.s), expected);
}

static void what_it_waits_for(void **state)
{
	(void)state;
	has(53000, 50000, 5000);
	step();
	as_text(CHARGE_BULK, "waits for 55.2 V");
	f.g.charge.absorbed = 5 * MIN + 1;
	as_text(CHARGE_ABSORPTION, "10 min more at 55.2 V, or until the current is below 4.0 A");
	f.g.charge.tail = 0;
	as_text(CHARGE_ABSORPTION, "10 min more at 55.2 V");
	as_text(CHARGE_FLOAT, "until SoC is below 90 % or the voltage below 52.8 V");
	f.s.charge.use_float = false;
	as_text(CHARGE_ABSORPTION, "until the voltage is below 52.8 V");
	as_text(N_CHARGE_PHASE, "");
}

static const char *last_event(const struct bench *b)
{
	return engine_event(b->e, engine_event_next(b->e) - 1)->text;
}

static const char *last_topic(const struct bench *b)
{
	return topic_names[engine_event(b->e, engine_event_next(b->e) - 1)->topic];
}

/* Who comes now is told the phase, too, whichever it is. */
static bool present(const struct bench *b, const char *topic)
{
	static struct journal j;
	bool found = false;
	engine_tell_state(b->e, &j);
	for (uint64_t i = 1; i <= j.next; i++)
		found = found || !strcmp(topic_names[journal_get(&j, i)->topic], topic);
	return found;
}

/* The whole way through the engine, over a reload: what was absorbed stays absorbed. */
static void reloaded(void **state)
{
	static struct bench b;
	(void)state;
	bench_start(&b, 2);
	b.s.charge = f.s.charge;
	for (int i = 0; i < 2; i++) {
		b.says[i].voltage = 5510;
		b.says[i].current = 300;
	}
	bench_run(&b, 10 * SEC);
	assert_string_equal(last_event(&b), "charging: absorption, 15 min more at 55.2 V, or until the current is below 4.0 A");
	assert_string_equal(last_topic(&b), "phase.absorption");
	bench_run(&b, 10 * MIN);
	struct engine *e = engine_create(&b.s, b.now);
	engine_adopt(e, b.e);
	engine_destroy(b.e);
	b.e = e;
	bench_run(&b, 5 * MIN - 15 * SEC);
	assert_int_equal(engine_govern(b.e)->charge.phase, CHARGE_ABSORPTION);
	bench_run(&b, 15 * SEC);
	assert_int_equal(engine_govern(b.e)->charge.phase, CHARGE_FLOAT);
	assert_string_equal(last_event(&b), "charging: float, until SoC is below 90 % or the voltage below 52.8 V");
	assert_string_equal(last_topic(&b), "phase.float");
	assert_true(present(&b, "phase.float"));
	bench_run(&b, 5 * MIN);
	assert_int_equal(told(&b, 0x351, 0), 540);
	bench_stop(&b);
	for (int i = 0; i < 2; i++)
		b.says[i].voltage = 5300;
	bench_run(&b, 5 * SEC);
	assert_true(present(&b, "phase.bulk"));
	assert_false(present(&b, "phase.float"));
	bench_stop(&b);
}

static uint64_t seed;

static int64_t any(int64_t from, int64_t to)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return from + (int64_t)((seed >> 33) % (uint64_t)(to - from + 1));
}

/* One pack does something. */
static void happens(int64_t peak[PACKS_MAX])
{
	int i = (int)any(0, f.s.n_packs - 1);
	struct pack *p = &f.packs[i];
	int64_t asks = any(0, 2) ? 56800 - 100 * any(0, 40) : p->accepted[LIMIT_CVL].value;
	p->accepted[LIMIT_CVL].value = asks;
	peak[i] = asks > peak[i] ? asks : peak[i];
	p->state = any(0, 4) ? PACK_ONLINE : (enum pack_state)any(0, N_PACK_STATE - 1);
	p->joined = any(0, 1);
	battery_set(&p->b, Q_VOLTAGE, any(48000, 57000), now);
	battery_set(&p->b, Q_CELL_VOLTAGE_MIN, any(3000, 3500), now);
	battery_set(&p->b, Q_CELL_VOLTAGE_MAX, any(3300, 3700), now);
	p->b.q[any(0, 1) ? Q_CELL_VOLTAGE_MAX : Q_VOLTAGE].validity = (uint8_t)any(NOT_AVAILABLE, VALID);
	p->b.alarm[AL_HIGH_CELL_VOLTAGE].warning = (uint8_t)any(TRI_UNSUPPORTED, TRI_ACTIVE);
	has(any(50000, 57000), any(-50000, 50000), any(0, 10000));
	bank.q[any(0, 1) ? Q_VOLTAGE : Q_SOC].validity = (uint8_t)any(ABSENT, VALID);
	if (!any(0, 20))
		wall = (struct wall){ any(0, 3), (int32_t)any(20454, 30000), (uint8_t)any(1, 12) };
	if (!any(0, 50))
		balance_start(&f.g.charge.balance, &f.s, now);
	else if (!any(0, 50))
		balance_stop(&f.g.charge.balance, &wall, now);
}

/* Whatever happens: never 0, never above the config or what a pack ever asked for (with `min` what it asks for now), never
 * below what somebody asks for and the floors. */
static void within_bounds(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		int64_t peak[PACKS_MAX] = { 0 };
		setup(NULL);
		seed = (uint64_t)round + 1;
		ramped = true;
		fleet_start(&f, (int)any(1, 4));
		struct charge_settings *c = &f.s.charge;
		*c = (struct charge_settings){
			.own = round % 3, .combine = round % 4 % 3, .floater_spread = 50, .floater_memory = 60 * MIN, .offset = any(0, 1) * 300,
			.lower = 5, .absorption_time = 15 * MIN, .tail_current = 2, .tail_time = MIN, .near = 20, .use_float = true,
			.back_soc = 9000, .back_time = MIN, .reduce = { true, true }, .high_hold = MIN, .high_rise = 5, .high_smooth = 8 * SEC, .high_brief = 2 * SEC, .high_much = 30,
			.balance_every = 86400 * SEC, .balance_spread = 25, .balance_hold = MIN, .balance_at_most = 60 * MIN,
			.balance_back = round & 1,
		};
		f.s.limits.cvl = (struct bound){ round & 4, 55500 };
		for (int i = 0; i < f.s.n_packs; i++)
			f.s.packs[i].cells = (int)any(15, 16);
		for (int n = 0; n < 4000; n++) {
			if (!any(0, 3))
				happens(peak);
			if (n % 100 == 0)
				now += any(0, 60) * MIN;
			step();
			int64_t floor = 15 * 3350, value = cvl()->value;
			for (int i = 0; i < f.s.n_packs; i++) {
				const struct pack *p = &f.packs[i];
				int64_t asks = p->accepted[LIMIT_CVL].value;
				peak[i] = asks > peak[i] ? asks : peak[i];
				if (!pack_constrains(p))
					continue;
				assert_true(value <= peak[i]);
				assert_true(c->combine != COMBINE_MIN || value <= asks);
				floor = asks < floor ? asks : floor;
			}
			if (cvl()->reason.code == REASON_NONE) { /* no pack has a say: the ladder's turn, which goes on from the last value */
				memset(f.g.ramp, 0, sizeof f.g.ramp);
				continue;
			}
			assert_true(value >= floor);
			assert_true(!f.s.limits.cvl.set || value <= 55500);
			assert_true(!c->own || value <= 16 * 3500 + c->offset);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(so_much_for_each_cell, setup),
		cmocka_unit_test_setup(by_the_month, setup),
		cmocka_unit_test_setup(never_above_what_is_allowed, setup),
		cmocka_unit_test_setup(the_lowest_string, setup),
		cmocka_unit_test_setup(with_the_cables, setup),
		cmocka_unit_test_setup(absorption_by_time, setup),
		cmocka_unit_test_setup(absorption_by_the_tail, setup),
		cmocka_unit_test_setup(float_comes_slowly, setup),
		cmocka_unit_test_setup(back_to_bulk, setup),
		cmocka_unit_test_setup(when_packs_ask_for_less, setup),
		cmocka_unit_test_setup(without_float, setup),
		cmocka_unit_test_setup(blocked, setup),
		cmocka_unit_test_setup(what_it_waits_for, setup),
		cmocka_unit_test_setup(reloaded, setup),
		cmocka_unit_test(within_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
