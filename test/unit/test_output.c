/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the GX is told when something is unknown, and when it is told: cadence, urgent news, the whole set. */
#include "fixture.h"

#include "core/output.h"

static struct dialect d;
static struct output o;
static struct battery shown;
static struct frame out[OUTPUT_FRAMES_MAX];
static int64_t now;

static int setup(void **state)
{
	(void)state;
	output_dialect(&d);
	memset(&o, 0, sizeof o);
	memset(&shown, 0, sizeof shown);
	for (int k = 0; k < N_LIMIT; k++)
		battery_set(&shown, limit_quantity[k], 50000, 0);
	battery_set(&shown, Q_VOLTAGE, 53000, 0);
	battery_set(&shown, Q_SOC, 5550, 0);
	snprintf(shown.text[TEXT_MANUFACTURER], TEXT_MAX + 1, "battagg");
	now = 1000 * SEC;
	return 0;
}

static int step(int64_t later)
{
	now += later;
	return output_step(&o, &d.p, &shown, now, out, OUTPUT_FRAMES_MAX);
}

static bool sent(int n, uint32_t id)
{
	for (int i = 0; i < n; i++)
		if (out[i].id == id)
			return true;
	return false;
}

static void the_whole_set_first(void **state)
{
	(void)state;
	int n = step(0);
	/* no cells, no modules: those two have nothing to say */
	assert_int_equal(n, 5);
	assert_int_equal(out[0].id, 0x35E);
	assert_int_equal(out[1].id, 0x351);
	for (int i = 0; i < n; i++)
		assert_int_equal(out[i].len, 8);
	/* 50.0 V = 500 = 0x1F4, 50.0 A likewise */
	assert_memory_equal(out[1].data, ((uint8_t[]){ 0xF4, 0x01, 0xF4, 0x01, 0xF4, 0x01, 0xF4, 0x01 }), 8);
	assert_memory_equal(out[2].data, ((uint8_t[]){ 55, 0, 0, 0, 0xAE, 0x15, 0, 0 }), 8); /* 5550 = 0x15AE */
	/* 5300, current and temperature unknown */
	assert_memory_equal(out[3].data, ((uint8_t[]){ 0xB4, 0x14, 0, 0x80, 0, 0x80, 0, 0 }), 8);
}

static void cadence(void **state)
{
	(void)state;
	step(0);
	assert_int_equal(step(500 * MS), 0);
	assert_int_equal(step(480 * MS), 5); /* 20 ms early is in time */
	assert_int_equal(step(500 * MS), 0);
	assert_int_equal(step(520 * MS), 5); /* and does not shift the next */
	/* after a long pause: once, not all that was missed */
	assert_int_equal(step(60 * SEC), 5);
	assert_int_equal(step(900 * MS), 0);
	output_restart(&o);
	assert_int_equal(step(1 * MS), 5);
	/* one that is never sent */
	d.frames[0].send = 0;
	assert_int_equal(step(SEC), 4);
}

static void worse_news_go_out_of_turn(void **state)
{
	(void)state;
	step(0);
	shown.q[Q_CCL].value -= 99; /* less than 0.1 A */
	assert_int_equal(step(200 * MS), 0);
	shown.q[Q_CCL].value -= 1;
	int n = step(10 * MS);
	assert_int_equal(n, 2); /* the frames with limits and alarms */
	assert_true(sent(n, 0x351) && sent(n, 0x35A));
	/* at most every 100 ms, then the newest value */
	shown.q[Q_DCL].value = 40000;
	assert_int_equal(step(50 * MS), 0);
	assert_true(o.pending);
	shown.q[Q_DCL].value = 30000;
	assert_int_equal(step(49 * MS), 0);
	n = step(1 * MS);
	assert_int_equal(n, 2);
	assert_int_equal(out[0].data[4] | out[0].data[5] << 8, 300);
	assert_false(o.pending);
	/* better news wait for their turn */
	shown.q[Q_CVL].value = 56000;
	assert_int_equal(step(200 * MS), 0);
	shown.q[Q_LOW_VOLTAGE].value = 49000; /* lower is better here */
	assert_int_equal(step(1 * MS), 0);
	shown.q[Q_LOW_VOLTAGE].value = 50100;
	assert_int_equal(step(1 * MS), 2);
	shown.alarm[AL_HIGH_VOLTAGE].alarm = TRI_OK;
	assert_int_equal(step(110 * MS), 0);
	shown.alarm[AL_HIGH_VOLTAGE].alarm = TRI_ACTIVE;
	assert_int_equal(step(1 * MS), 2);
	shown.alarm[AL_HIGH_VOLTAGE].warning = TRI_ACTIVE;
	assert_int_equal(step(110 * MS), 2);
	shown.alarm[AL_HIGH_VOLTAGE].warning = TRI_OK;
	assert_int_equal(step(110 * MS), 0);
}

/* Limits and alarms with different cadences: what one frame said is not what the other still has to say. */
static void each_frame_tells_its_own(void **state)
{
	(void)state;
	d.frames[1].send = 300 * MS; /* 0x351 */
	step(0);
	/* an urgent set, then right after it an alarm, in the turn of 0x351 only */
	shown.q[Q_CCL].value = 40000;
	assert_int_equal(step(250 * MS), 2);
	shown.alarm[AL_CONTACTOR].alarm = TRI_ACTIVE;
	int n = step(50 * MS);
	assert_true(sent(n, 0x351));
	assert_false(sent(n, 0x35A));
	assert_true(o.pending);
	n = step(100 * MS);
	assert_true(sent(n, 0x35A));
	assert_false(o.pending);
	/* a limit goes up in its own turn, and down again: the fall is news though the alarms had no turn between */
	shown.q[Q_CCL].value = 90000;
	n = step(200 * MS);
	assert_true(sent(n, 0x351) && !sent(n, 0x35A));
	shown.q[Q_CCL].value = 60000;
	n = step(110 * MS);
	assert_true(sent(n, 0x351));
}

static void no_room_is_no_loss(void **state)
{
	(void)state;
	step(0);
	shown.alarm[AL_CONTACTOR].alarm = TRI_ACTIVE;
	now += 200 * MS;
	assert_int_equal(output_step(&o, &d.p, &shown, now, out, 1), 1); /* room for one of two */
	assert_true(o.pending);
	int n = step(100 * MS);
	assert_true(sent(n, 0x35A));
}

static void restart_forgets_what_waits(void **state)
{
	(void)state;
	step(0);
	shown.q[Q_CCL].value = 0;
	step(50 * MS);
	assert_true(o.pending);
	output_restart(&o);
	assert_false(o.pending); /* else a silent engine would be called ten times a second */
}

static void a_dialect_without_urgent_frames(void **state)
{
	(void)state;
	for (int i = 0; i < d.p.n_frames; i++)
		d.frames[i].urgent = false;
	step(0);
	shown.q[Q_CCL].value = 0;
	assert_int_equal(step(200 * MS), 0);
	assert_false(o.pending);
}

static struct fleet f;
static struct battery bank;

static void prepare(void)
{
	output_prepare(&shown, &bank, &f.v, &f.s, f.packs, f.s.n_packs, 7);
}

static int bank_setup(void **state)
{
	(void)state;
	fleet_start(&f, 2);
	f.v = (struct verdict){ .valid = true };
	for (int k = 0; k < N_LIMIT; k++)
		f.v.limit[k].value = 1000 * (k + 1);
	memset(&bank, 0, sizeof bank);
	battery_set(&bank, Q_VOLTAGE, 53000, 1);
	return 0;
}

static void unknowns_by_the_table(void **state)
{
	(void)state;
	battery_set(&bank, Q_CCL, 999999, 1); /* the sum of what packs say is not what is told */
	prepare();
	assert_int_equal(shown.q[Q_CVL].value, 1000);
	assert_int_equal(shown.q[Q_CCL].value, 2000);
	assert_int_equal(shown.q[Q_DCL].value, 3000);
	assert_int_equal(shown.q[Q_LOW_VOLTAGE].value, 4000);
	assert_int_equal(shown.q[Q_SOH].value, 10000);
	assert_int_equal(shown.q[Q_CYCLES].validity, ABSENT);
	assert_string_equal(shown.text[TEXT_MANUFACTURER], "battagg");
	assert_string_equal(shown.text[TEXT_NAME], "House bank");
	battery_set(&bank, Q_SOH, 9700, 1);
	bank.q[Q_SOH].validity = STALE;
	prepare();
	assert_int_equal(shown.q[Q_SOH].value, 9700);
}

static void cells_all_or_none(void **state)
{
	(void)state;
	battery_set(&bank, Q_CELL_VOLTAGE_MIN, 3300, 1);
	battery_set(&bank, Q_CELL_VOLTAGE_MAX, 3310, 1);
	battery_set(&bank, Q_CELL_TEMPERATURE_MAX, 210, 1);
	snprintf(bank.text[TEXT_CELL_VOLTAGE_MIN_ID], TEXT_MAX + 1, "A/01");
	snprintf(bank.text[TEXT_CELL_TEMPERATURE_MIN_ID], TEXT_MAX + 1, "A/02");
	prepare();
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MIN].value, 3300);
	assert_string_equal(shown.text[TEXT_CELL_VOLTAGE_MIN_ID], "A/01");
	bank.q[Q_CELL_VOLTAGE_MAX].validity = STALE; /* too old to be told */
	prepare();
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MIN].validity, ABSENT);
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MAX].validity, ABSENT);
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MAX].validity, ABSENT);
	assert_string_equal(shown.text[TEXT_CELL_VOLTAGE_MIN_ID], "");
	assert_string_equal(shown.text[TEXT_CELL_TEMPERATURE_MIN_ID], "");
	/* unless they may be estimated: 53.0 V / 16 = 3.3125 */
	f.s.estimate_cells = true;
	prepare();
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MIN].value, 3313);
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MAX].value, 3313);
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MAX].value, 210);
	assert_string_equal(shown.text[TEXT_CELL_VOLTAGE_MIN_ID], "");
	f.s.packs[0].cells = f.s.packs[1].cells = 0; /* nothing to divide by */
	prepare();
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MIN].validity, ABSENT);
	f.s.packs[1].cells = 15;
	bank.q[Q_VOLTAGE].validity = ABSENT;
	prepare();
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MIN].validity, ABSENT);
}

/* 0x373 with a battery whose cells have no sensors: 0 in it would be -273 degC. */
static void cells_without_a_temperature(void **state)
{
	(void)state;
	battery_set(&bank, Q_CELL_VOLTAGE_MIN, 3300, 1);
	battery_set(&bank, Q_CELL_VOLTAGE_MAX, 3310, 1);
	battery_set(&bank, Q_TEMPERATURE, 215, 1);
	prepare();
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MIN].value, 215);
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MAX].value, 215);
	assert_true(battery_has(&shown, Q_CELL_TEMPERATURE_MIN) && battery_has(&shown, Q_CELL_TEMPERATURE_MAX));
	battery_set(&bank, Q_CELL_TEMPERATURE_MIN, -40, 1); /* one that is told stands, an old one too */
	bank.q[Q_CELL_TEMPERATURE_MIN].validity = STALE;
	prepare();
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MIN].value, -40);
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MAX].value, 215);
	/* likewise where the cells are estimated */
	bank.q[Q_CELL_VOLTAGE_MAX].validity = ABSENT;
	f.s.estimate_cells = true;
	prepare();
	assert_int_equal(shown.q[Q_CELL_VOLTAGE_MAX].value, 3313);
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MIN].value, -40);
	assert_int_equal(shown.q[Q_CELL_TEMPERATURE_MAX].value, 215);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_whole_set_first, setup),
		cmocka_unit_test_setup(cadence, setup),
		cmocka_unit_test_setup(worse_news_go_out_of_turn, setup),
		cmocka_unit_test_setup(each_frame_tells_its_own, setup),
		cmocka_unit_test_setup(no_room_is_no_loss, setup),
		cmocka_unit_test_setup(a_dialect_without_urgent_frames, setup),
		cmocka_unit_test_setup(restart_forgets_what_waits, setup),
		cmocka_unit_test_setup(unknowns_by_the_table, bank_setup),
		cmocka_unit_test_setup(cells_all_or_none, bank_setup),
		cmocka_unit_test_setup(cells_without_a_temperature, bank_setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
