/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The balancing charge: when it is due, its states, what ends it, and clocks that are wrong. */
#include "fixture.h"

static struct fleet f;
static struct battery bank;
static struct wall wall;
static int64_t now;
static int32_t first; /* day: the tests begin at 22:00 of it */

#define MIN  (60 * SEC)
#define HOUR (3600 * SEC)
#define DAY  (24 * HOUR)
#define TODAY 20787 /* 2026-11-30 */

static struct balance *b(void)
{
	return &f.g.charge.balance;
}

/* Steps are 2 s apart: a day is soon over. */
static void step(void)
{
	now += 2 * SEC;
	tree_build(&f.t, &f.s, f.packs, f.s.n_packs, now);
	f.t.bank = &bank;
	wall.day = first + (int32_t)((now + 22 * HOUR) / DAY);
	f.t.wall = wall;
	govern_step(&f.g, &f.t, &f.v);
}

static void run(int64_t us)
{
	for (int64_t end = now + us; now < end;)
		step();
}

static void cells(int i, int64_t low, int64_t high)
{
	battery_set(&f.packs[i].b, Q_CELL_VOLTAGE_MIN, low, now);
	battery_set(&f.packs[i].b, Q_CELL_VOLTAGE_MAX, high, now);
}

static void has(int64_t voltage)
{
	battery_set(&bank, Q_VOLTAGE, voltage, now);
}

/* Two packs of 16 LFP cells: usually 55.2 V, 56.0 V to balance, near is 0.32 V. The last one was 9 days ago. */
static int setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	f.packs[0].accepted[LIMIT_CVL].value = f.packs[1].accepted[LIMIT_CVL].value = 56800;
	f.s.charge = (struct charge_settings){
		.own = true, .lower = 5, .absorption_time = 15 * MIN, .tail_current = 2, .tail_time = MIN, .near = 20,
		.use_float = true, .back_soc = 9000, .back_time = MIN, .high_hold = MIN, .high_rise = 5, .high_smooth = 8 * SEC, .high_brief = 2 * SEC, .high_much = 30,
		.balance_every = 10 * DAY, .balance_spread = 25, .balance_hold = 10 * MIN, .balance_at_most = 4 * HOUR,
	};
	bank = (struct battery){ 0 };
	wall = (struct wall){ true, TODAY, 11 };
	first = TODAY;
	now = 0;
	b()->done_day = TODAY - 9;
	has(53000);
	cells(0, 3310, 3320);
	cells(1, 3310, 3320);
	return 0;
}

static void is(enum balance_state state)
{
	if (b()->state != state)
		fail_msg("it is %s, not %s", balance_state_names[b()->state], balance_state_names[state]);
}

static int64_t cvl(void)
{
	return f.v.limit[LIMIT_CVL].target;
}

/* Of the own voltage where the bank's hold and ramp are under way. */
static enum reason_code why(void)
{
	enum reason_code code = f.v.limit[LIMIT_CVL].reason.code;
	return code == REASON_HELD || code == REASON_RISING ? f.g.charge.ask.reason.code : code;
}

/* Midnight: due. */
static void to_due(void)
{
	setup(NULL);
	run(2 * HOUR - 2 * SEC);
	is(BALANCE_IDLE);
	step();
	is(BALANCE_DUE);
}

static void to_holding(void)
{
	to_due();
	has(55700); /* 56.0 V - 0.32 V and a bit */
	cells(0, 3440, 3490);
	cells(1, 3475, 3490);
	step();
	is(BALANCE_HOLDING);
}

static void all_the_way(void **state)
{
	(void)state;
	run(HOUR);
	assert_int_equal(cvl(), 55200);
	to_due();
	assert_int_equal(cvl(), 56000);
	has(54879); /* 55.2 V - 0.32 V */
	step();
	is(BALANCE_DUE);
	has(54880);
	step();
	is(BALANCE_CHARGING);
	assert_int_equal(b()->top, 56000);
	has(55679);
	run(30 * MIN);
	is(BALANCE_CHARGING);
	assert_int_equal(f.g.charge.phase, CHARGE_ABSORPTION); /* no float meanwhile */
	has(55680);
	cells(0, 3440, 3466); /* 26 mV apart */
	step();
	is(BALANCE_HOLDING);
	run(HOUR);
	is(BALANCE_HOLDING);
	assert_true(b()->spread_known);
	assert_int_equal(b()->spread, 26);
	assert_int_equal(b()->pack, 0);
	cells(0, 3441, 3466);
	cells(1, 3440, 3464);
	step();
	run(10 * MIN - 2 * SEC);
	is(BALANCE_HOLDING);
	step();
	is(BALANCE_RETURNING);
	assert_int_equal(b()->done_day, TODAY + 1); /* it is done, whatever comes now */
	/* the voltage stays until the loads have brought the battery down */
	run(HOUR);
	assert_int_equal(cvl(), 56000);
	has(55201);
	step();
	is(BALANCE_RETURNING);
	has(55200);
	step();
	is(BALANCE_DONE);
	assert_int_equal(f.g.charge.phase, CHARGE_FLOAT);
	run(2 * SEC + 400 * SEC); /* 2.0 V by 5 mV/s */
	assert_int_equal(cvl(), 54000);
	assert_int_equal(why(), REASON_OWN_FLOAT);
	run(DAY);
	is(BALANCE_IDLE);
}

static void back_at_once(void **state)
{
	(void)state;
	to_holding();
	f.s.charge.balance_back = BACK_AT_ONCE;
	cells(0, 3470, 3480);
	step();
	run(10 * MIN);
	is(BALANCE_RETURNING);
	assert_int_equal(why(), REASON_SINKING);
	run(200 * SEC);
	is(BALANCE_RETURNING);
	assert_int_equal(cvl(), 55000); /* on its way to float */
	run(202 * SEC);
	is(BALANCE_DONE);
	assert_int_equal(cvl(), 54000);
	/* without float it stays at the usual voltage */
	to_holding();
	f.s.charge.balance_back = BACK_AT_ONCE;
	f.s.charge.use_float = false;
	cells(0, 3470, 3480);
	step();
	run(10 * MIN);
	assert_int_equal(f.g.charge.phase, CHARGE_ABSORPTION);
	run(162 * SEC);
	is(BALANCE_DONE);
	assert_int_equal(cvl(), 55200);
	/* where the loads don't come, the voltage does not stay for ever */
	to_holding();
	cells(0, 3470, 3480);
	step();
	run(10 * MIN);
	is(BALANCE_RETURNING);
	run(4 * HOUR - 2 * SEC);
	is(BALANCE_RETURNING);
	step();
	is(BALANCE_DONE);
}

/* Cells that never come close together: it ends, and is tried again the next day. */
static void never_close_enough(void **state)
{
	(void)state;
	to_holding();
	run(4 * HOUR - 4 * SEC); /* the step that got there counted, too */
	is(BALANCE_HOLDING);
	step();
	is(BALANCE_RETURNING);
	assert_int_equal(b()->done_day, TODAY - 9);
	has(55000);
	step();
	is(BALANCE_PUT_OFF);
	assert_int_equal(f.g.charge.phase, CHARGE_ABSORPTION);
	run(3 * HOUR);
	is(BALANCE_PUT_OFF);
	assert_int_equal(cvl(), 54000); /* it is full all the same, and floats */
	has(53000);
	run(26 * HOUR - now - 2 * SEC); /* 24 hours after it was due it is midnight again */
	is(BALANCE_PUT_OFF);
	step();
	is(BALANCE_IDLE);
	step();
	is(BALANCE_DUE);
	assert_int_equal(b()->worked, 0);
	assert_int_equal(f.g.charge.phase, CHARGE_BULK);
	assert_int_equal(cvl(), 56000);
	/* a cell that is too high keeps the voltage down: that time counts as well */
	to_due();
	has(54500);
	cells(0, 3300, 3560);
	step();
	assert_int_equal(why(), REASON_HIGH_CELL); /* the voltage of the pack, 53.0 V, less 60 mV: the floor, 53.6 V */
	is(BALANCE_DUE);
	run(4 * HOUR);
	is(BALANCE_RETURNING);
}

/* The sun goes down: tomorrow it goes on, with the rest of its time. */
static void the_sun_goes(void **state)
{
	(void)state;
	to_holding();
	run(HOUR);
	has(54800); /* clouds: below the usual voltage */
	run(10 * MIN);
	has(54880);
	step();
	has(54000);
	run(10 * MIN);
	is(BALANCE_HOLDING);
	step();
	is(BALANCE_DUE);
	assert_int_equal(cvl(), 56000);
	run(12 * HOUR);
	has(55700);
	step();
	is(BALANCE_HOLDING);
	assert_in_range(b()->worked, HOUR, HOUR + 10 * SEC);
	/* the voltage that isn't known is not dark, nor does it count */
	bank.q[Q_VOLTAGE].validity = STALE;
	cells(0, 3470, 3480);
	run(HOUR);
	is(BALANCE_HOLDING);
	assert_in_range(b()->worked, HOUR, HOUR + 10 * SEC);
	/* close together, but no longer at the top: that is not what is wanted */
	has(55600);
	run(HOUR);
	is(BALANCE_HOLDING);
	has(55700);
	step();
	run(10 * MIN);
	is(BALANCE_RETURNING);
	/* charging, too, is over when it gets dark */
	to_due();
	has(55000);
	step();
	is(BALANCE_CHARGING);
	has(53000);
	run(11 * MIN);
	is(BALANCE_DUE);
	/* returning, without knowing the voltage: by its time alone */
	to_holding();
	cells(0, 3470, 3480);
	step();
	run(10 * MIN);
	bank.q[Q_VOLTAGE].validity = STALE;
	run(HOUR);
	is(BALANCE_RETURNING);
}

/* A pack is lost while its cells are being balanced: nobody knows, until it is back or gone. */
static void a_pack_is_lost(void **state)
{
	(void)state;
	to_holding();
	cells(0, 3470, 3480);
	step();
	run(5 * MIN);
	f.packs[1].state = PACK_LOST;
	f.packs[1].b.q[Q_CELL_VOLTAGE_MAX].validity = STALE;
	run(HOUR);
	is(BALANCE_HOLDING);
	assert_false(b()->spread_known);
	assert_int_equal(b()->pack, 1);
	f.packs[1].b.q[Q_CELL_VOLTAGE_MAX].validity = VALID;
	f.packs[1].b.q[Q_CELL_VOLTAGE_MIN].validity = NOT_AVAILABLE;
	step();
	assert_false(b()->spread_known);
	cells(1, 3475, 3490);
	f.packs[1].b.q[Q_CELL_VOLTAGE_MIN].partial = true;
	step();
	assert_false(b()->spread_known);
	cells(1, 3475, 3490);
	f.packs[1].b.q[Q_CELL_VOLTAGE_MAX].partial = true;
	step();
	assert_false(b()->spread_known);
	f.packs[1].state = PACK_GONE;
	step();
	assert_true(b()->spread_known);
	run(10 * MIN);
	is(BALANCE_RETURNING);
	/* packs that never told of their cells: by the time at the top alone */
	to_due();
	for (int i = 0; i < 2; i++)
		f.packs[i].b.q[Q_CELL_VOLTAGE_MAX] = f.packs[i].b.q[Q_CELL_VOLTAGE_MIN] = (struct measure){ 0 };
	has(55700);
	step();
	assert_true(b()->spread_known);
	assert_int_equal(b()->pack, -1);
	run(10 * MIN);
	is(BALANCE_RETURNING);
}

static void never_above_what_is_allowed(void **state)
{
	(void)state;
	to_due();
	f.packs[1].accepted[LIMIT_CVL].value = 55600;
	step();
	assert_int_equal(cvl(), 55600);
	has(55280); /* the top is what is allowed */
	step();
	is(BALANCE_HOLDING);
	f.s.limits.cvl = (struct bound){ true, 54400 };
	step();
	assert_int_equal(cvl(), 54400);
	assert_int_equal(b()->normal, 54400);
	/* so low that cells always look alike: that is no balance */
	cells(0, 3395, 3400);
	cells(1, 3395, 3400);
	has(54400);
	run(4 * HOUR - MIN);
	is(BALANCE_HOLDING);
	char text[BALANCE_TEXT_MAX];
	assert_string_equal(balance_waits(text, sizeof text, b(), &f.s, &wall, now),
	                    "only 54.4 V is allowed, and cells show how far they are apart from 54.9 V on; at most 1 min more");
	run(2 * MIN);
	is(BALANCE_PUT_OFF);
	/* a little less than usual is near enough: 54.88 V */
	to_due();
	f.packs[1].accepted[LIMIT_CVL].value = 54900;
	has(54900);
	cells(0, 3425, 3435);
	step();
	run(10 * MIN);
	is(BALANCE_RETURNING);
	/* a balancing voltage below the usual one is the usual one */
	to_due();
	f.s.charge.balance_voltage = 3400;
	step();
	assert_int_equal(cvl(), 55200);
	assert_int_equal(why(), REASON_OWN_BALANCE);
	/* a string whose chemistry isn't known has no say */
	f.s.charge.balance_voltage = 0;
	f.s.packs[1].chemistry = CHEM_UNKNOWN;
	step();
	assert_int_equal(cvl(), 56000);
	f.s.packs[0].chemistry = CHEM_UNKNOWN;
	step();
	assert_int_equal(cvl(), 56800); /* of a chemistry that isn't known there is no usual one */
}

static void by_hand(void **state)
{
	(void)state;
	assert_null(balance_start(b(), &f.s, now));
	step();
	is(BALANCE_DUE);
	assert_true(b()->by_hand);
	assert_int_equal(cvl(), 56000);
	assert_string_equal(balance_start(b(), &f.s, now), "a balancing charge is under way already");
	/* before the day counts: the date is owed until it does */
	has(55700);
	cells(0, 3470, 3480);
	cells(1, 3470, 3480);
	step();
	run(10 * MIN);
	is(BALANCE_RETURNING);
	assert_int_equal(b()->done_day, TODAY - 9);
	has(55000);
	step();
	is(BALANCE_DONE);
	run(HOUR);
	assert_int_equal(b()->done_day, TODAY);
	/* stopped: the voltage comes down, and nothing begins again today */
	to_holding();
	assert_null(balance_stop(b(), &wall, now));
	step();
	is(BALANCE_PUT_OFF);
	assert_int_equal(why(), REASON_SINKING);
	run(5 * HOUR);
	is(BALANCE_PUT_OFF);
	assert_string_equal(balance_stop(b(), &wall, now), "no balancing charge is under way");
	assert_null(balance_start(b(), &f.s, now)); /* but by hand it does */
	step();
	is(BALANCE_HOLDING); /* the battery is up there still */
	/* the clock is set anew: 24 hours then, as its day no longer counts */
	assert_null(balance_stop(b(), &wall, now));
	first -= 300;
	run(MIN);
	is(BALANCE_PUT_OFF);
	first += 300;
	assert_null(balance_start(b(), &f.s, now));
	step();
	/* one that is done already stays so */
	cells(0, 3470, 3480);
	step();
	run(10 * MIN);
	is(BALANCE_RETURNING);
	assert_null(balance_stop(b(), &wall, now));
	is(BALANCE_DONE);
	f.s.charge.own = false;
	assert_non_null(strstr(balance_start(b(), &f.s, now), "voltage: own"));
}

/* No day is known: nothing begins by itself, and what was begun by hand is put off by the hours. */
static void no_day(void **state)
{
	(void)state;
	wall = (struct wall){ 0 };
	b()->done_day = 1;
	run(3 * DAY);
	is(BALANCE_IDLE);
	assert_int_equal(b()->done_day, 1);
	assert_null(balance_start(b(), &f.s, now));
	step();
	assert_null(balance_stop(b(), &wall, now));
	run(DAY - 4 * SEC);
	is(BALANCE_PUT_OFF);
	run(6 * SEC);
	is(BALANCE_IDLE);
	/* done on a day that isn't known: by the hours since, once one is */
	assert_null(balance_start(b(), &f.s, now));
	has(55700);
	cells(0, 3470, 3480);
	cells(1, 3470, 3480);
	step();
	run(10 * MIN);
	is(BALANCE_RETURNING);
	has(53000);
	run(2 * DAY + HOUR);
	wall.known = true;
	run(HOUR);
	assert_int_equal(b()->done_day, 1);
	step();
	assert_int_equal(b()->done_day, wall.day - 2);
	run(HOUR);
	is(BALANCE_IDLE);
}

/* A clock that is wrong when the machine starts must not begin a charge each time. */
static void wrong_clocks(void **state)
{
	(void)state;
	/* ten years ahead, for half an hour, then right */
	first = TODAY + 3650;
	run(30 * MIN);
	first = TODAY;
	run(HOUR);
	is(BALANCE_IDLE);
	assert_int_equal(b()->done_day, TODAY - 9);
	/* by a day, as in another zone, is no jump */
	first = TODAY - 1;
	step();
	assert_int_equal(b()->clock.day, TODAY);
	first = TODAY - 2;
	step();
	assert_int_equal(b()->clock.day, TODAY - 2);
	first = TODAY;
	step();
	assert_int_equal(b()->clock.day, TODAY);
	/* no date is kept: counted from the first day that counts, and not begun */
	setup(NULL);
	b()->done_day = 0;
	run(HOUR);
	assert_int_equal(b()->done_day, 0);
	step();
	assert_int_equal(b()->done_day, TODAY);
	is(BALANCE_IDLE);
	b()->done_day = -5; /* nor is this one */
	step();
	assert_int_equal(b()->done_day, TODAY);
	/* nothing is counted where nothing is to begin by itself */
	setup(NULL);
	f.s.charge.balance_every = 0;
	b()->done_day = 0;
	run(2 * HOUR);
	assert_int_equal(b()->done_day, 0);
	/* a date in the future: one of the two clocks was wrong; after a day of this one it is this one */
	setup(NULL);
	b()->done_day = TODAY + 3650;
	run(DAY);
	assert_int_equal(b()->done_day, TODAY + 3650);
	step();
	assert_int_equal(b()->done_day, TODAY + 1);
	is(BALANCE_IDLE);
	/* one that falls back while a charge is under way doesn't touch it */
	to_holding();
	first = TODAY - 300;
	run(2 * HOUR);
	is(BALANCE_HOLDING);
	wall.known = false;
	run(MIN);
	is(BALANCE_HOLDING);
}

/* 36 hours are two days. */
static void days(void **state)
{
	(void)state;
	f.s.charge.balance_every = 36 * HOUR;
	b()->done_day = TODAY;
	run(2 * HOUR);
	is(BALANCE_IDLE); /* one day, and two hours */
	run(DAY - 2 * SEC);
	is(BALANCE_IDLE);
	step();
	is(BALANCE_DUE);
}

/* Over the end of a year, and of February in a leap year: days are counted, not days of a year. */
static void over_the_year(void **state)
{
	(void)state;
	first = 20818; /* 2026-12-31 */
	b()->done_day = 20810; /* 2026-12-23 */
	run(2 * HOUR);
	is(BALANCE_IDLE); /* 1 January: nine days */
	run(DAY - 2 * SEC);
	is(BALANCE_IDLE);
	step();
	is(BALANCE_DUE); /* 2 January */
	setup(NULL);
	first = 21247; /* 2028-03-04 */
	b()->done_day = 21239; /* 2028-02-25 */
	run(2 * HOUR);
	is(BALANCE_IDLE); /* 5 March: nine days, with the 29th */
	run(DAY);
	is(BALANCE_DUE);
}

static void the_config_changes(void **state)
{
	(void)state;
	to_due();
	f.s.charge.balance_every = 0;
	step();
	is(BALANCE_IDLE);
	step();
	assert_int_equal(why(), REASON_SINKING);
	assert_null(balance_start(b(), &f.s, now)); /* by hand it needs no days */
	step();
	is(BALANCE_DUE);
	f.s.charge.own = false;
	step();
	is(BALANCE_IDLE);
	assert_int_equal(b()->done_day, TODAY - 9);
	assert_int_equal(cvl(), 56800);
}

static void as_text(enum balance_state state, const char *expected)
{
	char text[BALANCE_TEXT_MAX];
	b()->state = state;
	assert_string_equal(balance_waits(text, sizeof text, b(), &f.s, &wall, now), expected);
}

static void what_it_waits_for(void **state)
{
	(void)state;
	run(HOUR + SEC);
	as_text(BALANCE_IDLE, "next in 1 d");
	wall.day += 5;
	as_text(BALANCE_IDLE, "next in 0 d");
	wall.known = false;
	as_text(BALANCE_IDLE, "waits for the day to be known for an hour");
	wall.known = true;
	b()->done_day = 0;
	as_text(BALANCE_IDLE, "waits for the day to be known for an hour");
	f.s.charge.balance_every = 0;
	as_text(BALANCE_DONE, "only by hand");
	as_text(BALANCE_DUE, "waits for the battery to come up to 55.2 V");
	as_text(BALANCE_CHARGING, "waits for 56.0 V");
	as_text(BALANCE_RETURNING, "waits for the battery to come down to 55.2 V");
	f.s.charge.balance_back = BACK_AT_ONCE;
	as_text(BALANCE_RETURNING, "coming down slowly to 55.2 V");
	as_text(BALANCE_PUT_OFF, "tries again the next day");
	as_text(N_BALANCE_STATE, "");
	b()->worked = HOUR + 1;
	b()->spread = 31;
	b()->pack = 1;
	as_text(BALANCE_HOLDING, "B's cells are 31 mV apart, 25 mV is enough; at most 180 min more");
	b()->spread_known = false;
	as_text(BALANCE_HOLDING, "waits for B to tell of its cells; at most 180 min more");
	b()->pack = 7;
	as_text(BALANCE_HOLDING, "waits for a pack to tell of its cells; at most 180 min more");
	b()->spread_known = true;
	b()->spread = 25;
	as_text(BALANCE_HOLDING, "waits for the voltage to be back at the top; at most 180 min more");
	b()->even_since = now - 3 * MIN;
	as_text(BALANCE_HOLDING, "the cells are close together, for 7 min more");
	b()->pack = -1;
	b()->spread_known = false;
	as_text(BALANCE_HOLDING, "waits for a pack to tell of its cells; at most 180 min more");
	/* meanwhile the phase only tells that */
	char text[CHARGE_TEXT_MAX];
	assert_string_equal(charge_waits(text, sizeof text, &f.g.charge, &f.s), "until the balancing charge is over");
}

static int32_t kept_day(const struct engine *e)
{
	struct kept kept;
	engine_kept(e, &kept);
	return kept.balanced_day;
}

/* The events of it, and what survives: through the engine, over a reload and a restart. */
static void through_the_engine(void **state)
{
	static struct bench e;
	static struct settings packs_own;
	(void)state;
	bench_start(&e, 2);
	e.s.charge = f.s.charge;
	for (int i = 0; i < 2; i++) {
		e.says[i].cvl = 568;
		e.says[i].voltage = 5400;
		e.says[i].cell_min = 3480;
		e.says[i].cell_max = 3490;
	}
	e.e = engine_create(&e.s, e.now);
	engine_restore(e.e, &(struct kept){ .balanced_day = TODAY - 9 });
	engine_wall(e.e, wall);
	bench_run(&e, 2 * HOUR);
	assert_int_equal(kept_day(e.e), TODAY - 9);
	assert_string_equal(engine_balance(e.e, true), "no balancing charge is under way");
	assert_null(engine_balance(e.e, false));
	bench_run(&e, 5 * SEC);
	for (int i = 0; i < 2; i++)
		e.says[i].voltage = 5520;
	bench_run(&e, 5 * SEC);
	for (int i = 0; i < 2; i++)
		e.says[i].voltage = 5580;
	bench_run(&e, 5 * MIN);
	assert_int_equal(engine_govern(e.e)->charge.balance.state, BALANCE_HOLDING);
	struct engine *again = engine_create(&e.s, e.now); /* in the middle of it */
	engine_adopt(again, e.e);
	engine_destroy(e.e);
	e.e = again;
	assert_int_equal(engine_day(e.e)->day, TODAY);
	bench_run(&e, 6 * MIN);
	assert_int_equal(engine_govern(e.e)->charge.balance.state, BALANCE_RETURNING);
	assert_int_equal(kept_day(e.e), TODAY);
	assert_null(engine_balance(e.e, true));
	bench_run(&e, SEC);
	static const char *const expected[] = { "balancing charge: due, waits for the battery to come up to 55.2 V",
		                                "balancing charge: charging, waits for 56.0 V",
		                                "balancing charge: holding, the cells are close together, for 10 min more",
		                                "balancing charge: returning, waits for the battery to come down to 55.2 V",
		                                "balancing charge: done, next in 10 d" };
	static const char *const words[] = { "balance.due", "balance.charging", "balance.holding", "balance.returning",
		                             "balance.done" };
	size_t found = 0;
	for (uint64_t n = engine_event_first(e.e); n < engine_event_next(e.e); n++)
		if (found < 5 && !strcmp(engine_event(e.e, n)->text, expected[found]))
			assert_string_equal(topic_names[engine_event(e.e, n)->topic], words[found++]);
	assert_int_equal(found, 5);
	/* with the packs' own voltages there is none, which is nothing to tell */
	packs_own = e.s;
	packs_own.charge.own = false;
	again = engine_create(&packs_own, e.now);
	engine_adopt(again, e.e);
	engine_destroy(e.e);
	e.e = again;
	uint64_t next = engine_event_next(e.e);
	bench_run(&e, SEC);
	for (; next < engine_event_next(e.e); next++)
		assert_null(strstr(engine_event(e.e, next)->text, "balancing"));
	assert_int_equal(kept_day(e.e), TODAY);
	bench_stop(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(all_the_way, setup),
		cmocka_unit_test_setup(back_at_once, setup),
		cmocka_unit_test_setup(never_close_enough, setup),
		cmocka_unit_test_setup(the_sun_goes, setup),
		cmocka_unit_test_setup(a_pack_is_lost, setup),
		cmocka_unit_test_setup(never_above_what_is_allowed, setup),
		cmocka_unit_test_setup(by_hand, setup),
		cmocka_unit_test_setup(no_day, setup),
		cmocka_unit_test_setup(wrong_clocks, setup),
		cmocka_unit_test_setup(days, setup),
		cmocka_unit_test_setup(over_the_year, setup),
		cmocka_unit_test_setup(the_config_changes, setup),
		cmocka_unit_test_setup(what_it_waits_for, setup),
		cmocka_unit_test_setup(through_the_engine, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
