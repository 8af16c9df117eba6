/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A pack's frames, its limits as accepted, and its way between the states. */
#include "fixture.h"

static struct rig r;
static struct pack_context c;

static int setup(void **state)
{
	(void)state;
	rig_start(&r);
	c = (struct pack_context){ .s = &r.s };
	return 0;
}

static void ccl(int tenths, int64_t now)
{
	hear(&r.p, words4(0x351, 560, tenths, 1200, 480), now);
}

static void low(int tenths, int64_t now)
{
	hear(&r.p, words4(0x351, 560, 1000, 1200, tenths), now);
}

static void limits_fall_at_once_and_rise_when_said_twice(void **state)
{
	(void)state;
	const struct accepted *a = &r.p.accepted[LIMIT_CCL];
	ccl(1000, 1);
	assert_false(a->known); /* said once */
	ccl(1200, 2);
	assert_true(a->known);
	assert_int_equal(a->value, 100000); /* what both allow */
	ccl(1200, 3);
	assert_int_equal(a->value, 120000);
	ccl(300, 4);
	assert_int_equal(a->value, 30000); /* down at once */
	ccl(2000, 5);
	assert_int_equal(a->value, 30000); /* up: said once */
	ccl(800, 6);
	assert_int_equal(a->value, 80000); /* both allow 80 A */
	ccl(2000, 7);
	assert_int_equal(a->value, 80000);
	ccl(300, 8);
	ccl(2000, 9);
	ccl(300, 10);
	ccl(2000, 11);
	assert_int_equal(a->value, 30000); /* a flutter never gets through */
	ccl(0, 12);
	assert_int_equal(a->value, 0); /* CCL 0 is real */
	assert_true(a->known);
}

static void the_low_voltage_limit_the_other_way_round(void **state)
{
	(void)state;
	const struct accepted *a = &r.p.accepted[LIMIT_LOW_VOLTAGE];
	low(480, 1);
	low(470, 2);
	assert_true(a->known);
	assert_int_equal(a->value, 48000); /* the higher of the two */
	low(500, 3);
	assert_int_equal(a->value, 50000);
	low(470, 4);
	assert_int_equal(a->value, 50000);
	low(460, 5);
	assert_int_equal(a->value, 47000);
}

/* Never above what was last said twice, whatever comes (P1). */
static void accepted_is_never_above_the_last_two(void **state)
{
	(void)state;
	uint64_t seed = 3;
	int last = -1;
	for (int i = 0; i < 5000; i++) {
		seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		int v = (int)(seed >> 40) & 0xFFFF; /* 0x8000 is "none", above that negative: not believed */
		ccl(v, i + 1);
		if (v >= 0x8000)
			continue;
		if (last >= 0) {
			assert_true(r.p.accepted[LIMIT_CCL].known);
			assert_true(r.p.accepted[LIMIT_CCL].value <= INT64_C(100) * v);
			assert_true(r.p.accepted[LIMIT_CCL].value <= INT64_C(100) * last);
		}
		last = v;
	}
}

static void what_is_rejected_or_unknown_keeps_the_limit(void **state)
{
	(void)state;
	const struct accepted *a = &r.p.accepted[LIMIT_CCL];
	ccl(1000, 1);
	ccl(1000, 2);
	ccl(0x8000, 3); /* not available */
	ccl(0xFF00, 4); /* -25.6 A: implausible */
	assert_int_equal(a->value, 100000);
	assert_int_equal(a->time, 2);
	/* neither counts as having said it: one more is still the second after 100 A */
	ccl(1500, 5);
	assert_int_equal(a->value, 100000);
	/* a rejected limit in the same microsecond as an accepted one is not taken for another */
	ccl(1500, 6);
	ccl(0xFF00, 6);
	assert_int_equal(a->value, 150000);
	ccl(2000, 6);
	assert_int_equal(a->value, 150000);
	/* CVL 0 is not a limit */
	hear(&r.p, words4(0x351, 0, 1000, 1200, 480), 7);
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 56000);
	/* a frame that ends before CCL */
	struct frame cut = words4(0x351, 400, 5, 0, 0);
	cut.len = 2;
	memset(cut.data + 2, 0, 6);
	hear(&r.p, cut, 8);
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 40000);
	assert_int_equal(a->value, 100000); /* of 7, lowered there */
}

/* What the config overrides is no news, whatever the BMS says; a frame may carry an alarm beside its limits. */
static void overridden_values_are_no_news(void **state)
{
	(void)state;
	struct field *low_limit = &r.d.fields[r.d.frames[F_LIMITS].first_field + 3];
	low_limit->kind = FIELD_ALARM;
	low_limit->target = AL_CONTACTOR;
	low_limit->place = bits_at(6, 0, 1);
	pack_init(&r.p, &r.s.packs[0], r.ages, 0);
	r.s.packs[0].override[Q_CCL] = (struct bound){ true, 90000 };
	ccl(1000, 1);
	ccl(1000, 2);
	pack_refresh(&r.p, &r.s, 3);
	assert_false(hear(&r.p, words4(0x351, 560, 100, 1200, 480), 4));
	assert_true(hear(&r.p, words4(0x351, 560, 100, 1100, 480), 4));
	assert_true(hear(&r.p, words4(0x351, 560, 100, 1200, 481), 4));
}

static void worse_news_ask_for_a_step(void **state)
{
	(void)state;
	struct says w = healthy();
	hear_all(&r.p, &w, 1);
	hear_all(&r.p, &w, 2);
	pack_refresh(&r.p, &r.s, 3);
	assert_false(hear(&r.p, words4(0x351, 560, 1000, 1200, 480), 4));
	assert_false(hear(&r.p, words4(0x351, 560, 2000, 1200, 470), 4)); /* better */
	assert_true(hear(&r.p, words4(0x351, 560, 990, 1200, 480), 4));
	assert_true(hear(&r.p, words4(0x351, 559, 1000, 1200, 480), 4));
	assert_true(hear(&r.p, words4(0x351, 560, 1000, 1200, 481), 4));
	assert_false(hear(&r.p, words4(0x356, 4000, -2000, 900, 0), 4)); /* measured values wait for the tick */
	assert_false(hear(&r.p, words4(0x373, 3281, 3339, 0, 0), 4));    /* 19 mV */
	assert_true(hear(&r.p, words4(0x373, 3280, 3320, 0, 0), 4));
	assert_true(hear(&r.p, words4(0x373, 3300, 3340, 0, 0), 4));
	assert_false(hear(&r.p, FRAME(0x360, 3), 4)); /* new knowledge waits */
	pack_refresh(&r.p, &r.s, 5);
	assert_true(hear(&r.p, FRAME(0x360, 2), 6));
	assert_false(hear(&r.p, FRAME(0x35A, 0xA8, 0xAA, 0xAA, 2, 0xA8, 0xAA, 0xAA, 2), 6));
	assert_true(hear(&r.p, FRAME(0x35A, 0xA4, 0xAA, 0xAA, 2, 0xA8, 0xAA, 0xAA, 2), 6)); /* high voltage alarm */
	hear(&r.p, FRAME(0x35A, 0xA8, 0xAA, 0xAA, 2, 0xA8, 0xAA, 0xAA, 2), 6);
	assert_true(hear(&r.p, FRAME(0x35A, 0xA8, 0xAA, 0xAA, 2, 0xA4, 0xAA, 0xAA, 2), 6)); /* warning */
}

/* Keeps the pack talking and stepping each second up to `until`. */
/* A pack alone is its own string. */
static void step_pack(int64_t now)
{
	c.now = now;
	c.string_whole = true;
	c.string_voltage = battery_has(&r.p.b, Q_VOLTAGE) ? r.p.b.q[Q_VOLTAGE].value : 0;
	pack_step(&r.p, &c);
}

static void talk(struct says w, int64_t from, int64_t until)
{
	for (int64_t t = from; t <= until; t += SEC) {
		hear_all(&r.p, &w, t);
		pack_refresh(&r.p, &r.s, t);
		step_pack(t);
	}
}

static void silence(int64_t from, int64_t until)
{
	for (int64_t t = from; t <= until; t += SEC) {
		pack_refresh(&r.p, &r.s, t);
		step_pack(t);
	}
}

static void comes_is_lost_and_gone(void **state)
{
	(void)state;
	assert_int_equal(r.p.state, PACK_WAITING);
	assert_false(pack_constrains(&r.p));
	talk(healthy(), 100 * SEC, 100 * SEC);
	assert_int_equal(r.p.state, PACK_WAITING); /* its limits were said once */
	assert_non_null(strstr(r.p.why, "second time"));
	talk(healthy(), 101 * SEC, 110 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	assert_string_equal(r.p.why, "");
	assert_true(pack_constrains(&r.p));
	/* the last frames came at 110 s: 10 s without are borne, more are not */
	silence(111 * SEC, 120 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	silence(121 * SEC, 121 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_string_equal(r.p.why, "frame 351 stopped coming");
	assert_true(pack_constrains(&r.p));
	silence(122 * SEC, 720 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	silence(721 * SEC, 721 * SEC); /* 600 s after it was lost */
	assert_int_equal(r.p.state, PACK_GONE);
	assert_false(pack_constrains(&r.p));
	talk(healthy(), 800 * SEC, 801 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE); /* no other pack in the bank: no quarantine */
}

static void one_required_frame_is_enough_to_miss(void **state)
{
	(void)state;
	talk(healthy(), 100 * SEC, 110 * SEC);
	for (int64_t t = 111 * SEC; t <= 121 * SEC; t += SEC) {
		hear(&r.p, words4(0x351, 560, 1000, 1200, 480), t);
		hear(&r.p, words4(0x355, 50, 99, 0, 0), t);
		silence(t, t);
	}
	assert_int_equal(r.p.state, PACK_LOST);
	assert_string_equal(r.p.why, "frame 356 stopped coming");
}

/* A required frame that comes but is empty must not keep old values alive (P4). */
static void empty_frames_are_no_news(void **state)
{
	(void)state;
	talk(healthy(), 100 * SEC, 110 * SEC);
	for (int64_t t = 111 * SEC; t <= 120 * SEC; t += SEC) {
		hear(&r.p, words4(0x351, 560, 1000, 1200, 480), t);
		hear(&r.p, words4(0x355, 50, 99, 0, 0), t);
		hear(&r.p, (struct frame){ .id = 0x356 }, t);
		silence(t, t);
	}
	assert_int_equal(r.p.state, PACK_ONLINE);
	hear(&r.p, words4(0x351, 560, 1000, 1200, 480), 121 * SEC);
	hear(&r.p, words4(0x355, 50, 99, 0, 0), 121 * SEC);
	hear(&r.p, (struct frame){ .id = 0x356 }, 121 * SEC);
	silence(121 * SEC, 121 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_string_equal(r.p.why, "its BMS no longer gives its voltage");
}

/* "Not available" for a moment: the last value goes on, as an old one, until it is too old. */
static void a_moment_without_a_value(void **state)
{
	(void)state;
	struct says w = healthy();
	w.current = -55;
	talk(w, 100 * SEC, 110 * SEC);
	w.current = -0x8000;
	talk(w, 111 * SEC, 120 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	assert_int_equal(r.p.b.q[Q_CURRENT].validity, STALE);
	assert_int_equal(r.p.b.q[Q_CURRENT].value, -5500);
	assert_int_equal(r.p.b.q[Q_CURRENT].time, 110 * SEC);
	talk(w, 121 * SEC, 121 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_string_equal(r.p.why, "its BMS no longer gives its current");
}

static void quarantine_grows_when_it_flaps(void **state)
{
	(void)state;
	c.picture = true;
	talk(healthy(), 100 * SEC, 101 * SEC); /* nobody else in the bank */
	assert_int_equal(r.p.state, PACK_ONLINE);
	silence(102 * SEC, 112 * SEC); /* lost at 112 s */
	assert_int_equal(r.p.state, PACK_LOST);
	c.online = 1;
	c.has_bank = true;
	c.bank_voltage = 53000;
	talk(healthy(), 120 * SEC, 120 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	assert_true(pack_constrains(&r.p));
	assert_non_null(strstr(r.p.why, "quarantine for 30 s"));
	talk(healthy(), 121 * SEC, 149 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	talk(healthy(), 150 * SEC, 150 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	silence(151 * SEC, 161 * SEC); /* lost again within 10 min of the last time: 60 s */
	talk(healthy(), 170 * SEC, 229 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	talk(healthy(), 230 * SEC, 230 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	/* and never longer than 10 min */
	int64_t t = 231 * SEC;
	for (int i = 0; i < 30; i++) {
		silence(t, t + 10 * SEC);
		assert_int_equal(r.p.state, PACK_LOST);
		talk(healthy(), t + 20 * SEC, t + 25 * SEC);
		assert_int_equal(r.p.state, PACK_RETURNING);
		t += 26 * SEC;
	}
	silence(t, t + 10 * SEC);
	talk(healthy(), t + 20 * SEC, t + 619 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	talk(healthy(), t + 620 * SEC, t + 620 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	/* after more than 10 min in the bank it is a pack like others again */
	talk(healthy(), t + 621 * SEC, t + 1300 * SEC);
	silence(t + 1301 * SEC, t + 1311 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_int_equal(r.p.flaps, 0);
}

static void joins_only_at_the_voltage_of_the_bank(void **state)
{
	(void)state;
	c = (struct pack_context){ .s = &r.s, .picture = true, .online = 2, .has_bank = true, .bank_voltage = 53000,
		                   .bank_current = -20000, .bank_capacity = 200000 };
	struct says w = healthy();
	w.voltage = 5354; /* 1 % of 53.00 V is 0.53 V */
	talk(w, 100 * SEC, 140 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	assert_non_null(strstr(r.p.why, "voltage: 53.54 V, the bank has 53.00 V"));
	w.voltage = 5246;
	talk(w, 141 * SEC, 141 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	w.voltage = 5353;
	c.bank_current = -50100; /* 0.25 C of 200 Ah are 50 A */
	talk(w, 142 * SEC, 142 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	assert_non_null(strstr(r.p.why, "low current: the bank has 50.1 A, 50.0 A is low enough"));
	c.bank_current = 50000;
	/* neither side may be guessed: the bank's values too old, or its own */
	c.has_bank = false;
	talk(w, 143 * SEC, 143 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	assert_non_null(strstr(r.p.why, "the bank's voltage and current are not known now"));
	c.has_bank = true;
	c.bank_current = 50100;
	silence(144 * SEC, 148 * SEC);
	c.bank_current = 50000;
	silence(149 * SEC, 149 * SEC); /* 6 s without its voltage */
	assert_int_equal(r.p.state, PACK_RETURNING);
	assert_non_null(strstr(r.p.why, "voltage is too old"));
	talk(w, 150 * SEC, 150 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
}

/* A pack that came late had its say while it waited to join: losing it does not take that back. */
static void lost_before_it_joined(void **state)
{
	(void)state;
	c.picture = true;
	c.online = 1;
	talk(healthy(), 100 * SEC, 105 * SEC);
	assert_int_equal(r.p.state, PACK_RETURNING);
	silence(106 * SEC, 116 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_true(pack_constrains(&r.p));
}

static void tell_serial(const char *first, int64_t now)
{
	hear(&r.p, make_frame(0x380, 8, (const uint8_t *)first), now);
	hear(&r.p, make_frame(0x381, 8, (const uint8_t[8]){ 0 }), now);
}

static void refused_when_it_is_another_battery(void **state)
{
	(void)state;
	snprintf(r.s.packs[0].expect_serial, sizeof r.s.packs[0].expect_serial, "SN-1*");
	talk(healthy(), 100 * SEC, 101 * SEC);
	assert_int_equal(r.p.state, PACK_WAITING);
	assert_string_equal(r.p.why, "has not told its serial number, which the config expects");
	tell_serial("SN-10001", 101 * SEC);
	talk(healthy(), 101 * SEC, 101 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	tell_serial("SN-20001", 102 * SEC);
	talk(healthy(), 102 * SEC, 102 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_string_equal(r.p.why, "serial is 'SN-20001', the config expects 'SN-1*'");
	assert_true(pack_constrains(&r.p)); /* it had been in the bank */
	tell_serial("SN-10001", 103 * SEC);
	talk(healthy(), 103 * SEC, 103 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	talk(healthy(), 104 * SEC, 105 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	/* refused from the start, it has no say */
	rig_start(&r);
	snprintf(r.s.packs[0].expect_manufacturer, sizeof r.s.packs[0].expect_manufacturer, "ACME");
	talk(healthy(), 98 * SEC, 99 * SEC);
	assert_int_equal(r.p.state, PACK_WAITING); /* it has not said who it is */
	assert_string_equal(r.p.why, "has not told its manufacturer, which the config expects");
	hear(&r.p, make_frame(0x35E, 8, (const uint8_t *)"ACMEX\0\0"), 100 * SEC);
	talk(healthy(), 100 * SEC, 102 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_false(pack_constrains(&r.p));
	hear(&r.p, make_frame(0x35E, 8, (const uint8_t *)"ACME   \0"), 103 * SEC);
	talk(healthy(), 103 * SEC, 103 * SEC);
	assert_int_equal(r.p.state, PACK_WAITING);
}

/* What another battery says in its place is nothing: what the pack bore when it was lost stays, for the usual time. */
static void another_battery_in_its_place(void **state)
{
	(void)state;
	struct says w = healthy(), other = healthy();
	snprintf(r.s.packs[0].expect_serial, sizeof r.s.packs[0].expect_serial, "SN-1*");
	w.alarms[0] = 0xA4; /* high voltage */
	tell_serial("SN-10001", 100 * SEC);
	talk(w, 100 * SEC, 101 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	assert_int_equal(r.p.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	silence(102 * SEC, 112 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	other.cvl = 580;
	other.ccl = 1500;
	other.dcl = 700;
	other.low = 400;
	other.alarms[0] = 0x98; /* low voltage, no high voltage */
	talk(other, 113 * SEC, 115 * SEC);
	assert_int_equal(r.p.state, PACK_LOST); /* who is it? */
	tell_serial("SN-20001", 116 * SEC);
	talk(other, 116 * SEC, 120 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 56000);
	assert_int_equal(r.p.accepted[LIMIT_CCL].value, 100000);
	assert_int_equal(r.p.accepted[LIMIT_DCL].value, 120000);
	assert_int_equal(r.p.accepted[LIMIT_LOW_VOLTAGE].value, 48000);
	assert_int_equal(r.p.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(r.p.b.alarm[AL_LOW_VOLTAGE].alarm, TRI_UNSUPPORTED); /* an "ok" of 5 s ago is none */
	assert_false(battery_has(&r.p.b, Q_CURRENT)); /* nothing of it is fresh */
	assert_true(pack_constrains(&r.p));
	/* the right one again: a raise needs two frames of its own */
	tell_serial("SN-10001", 121 * SEC);
	talk(healthy(), 121 * SEC, 121 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	struct says more = healthy();
	more.dcl = 1500;
	talk(more, 122 * SEC, 122 * SEC);
	assert_int_equal(r.p.accepted[LIMIT_DCL].value, 120000);
	talk(more, 123 * SEC, 123 * SEC);
	assert_int_equal(r.p.accepted[LIMIT_DCL].value, 150000);
	assert_int_equal(r.p.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_OK);
}

/* A switch that was told to be open is not closed by "not available". */
static void a_switch_stays_open(void **state)
{
	(void)state;
	struct field *f = &r.d.fields[r.d.frames[F_SWITCHES].first_field];
	f->n_map = 2; /* of one bit each: here 1 means off, 0 says nothing */
	f->map[0] = (struct map_entry){ 1, 0 };
	f->map[1] = (struct map_entry){ 2, 1 };
	hear(&r.p, FRAME(0x360, 1), 100 * SEC);
	talk(healthy(), 100 * SEC, 100 * SEC);
	assert_int_equal(r.p.b.q[Q_CHARGE_ENABLED].value, 0);
	hear(&r.p, FRAME(0x360, 0), 101 * SEC);
	talk(healthy(), 101 * SEC, 101 * SEC);
	assert_int_equal(r.p.seen.b.q[Q_CHARGE_ENABLED].validity, NOT_AVAILABLE);
	assert_int_equal(r.p.b.q[Q_CHARGE_ENABLED].validity, STALE);
	assert_int_equal(r.p.b.q[Q_CHARGE_ENABLED].value, 0);
}

/* A limit that it had told only once before is not half said afterwards. */
static void refused_with_half_a_limit(void **state)
{
	(void)state;
	struct says w = healthy();
	r.s.packs[0].limits.low_voltage = (struct bound){ true, 46000 };
	snprintf(r.s.packs[0].expect_serial, sizeof r.s.packs[0].expect_serial, "SN-1*");
	tell_serial("SN-10001", 100 * SEC);
	w.low = 0; /* not available */
	talk(w, 100 * SEC, 101 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	hear(&r.p, words4(0x351, 560, 1000, 1200, 480), 102 * SEC);
	assert_true(r.p.accepted[LIMIT_LOW_VOLTAGE].has_last);
	tell_serial("SN-20001", 102 * SEC);
	step_pack(102 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	tell_serial("SN-10001", 103 * SEC);
	step_pack(103 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_false(r.p.accepted[LIMIT_LOW_VOLTAGE].has_last);
	assert_true(r.p.accepted[LIMIT_CVL].known); /* this one had been said twice */
}

/* However long the other one talks, the pack is as good as gone after the usual time. */
static void refused_for_long_is_gone(void **state)
{
	(void)state;
	snprintf(r.s.packs[0].expect_serial, sizeof r.s.packs[0].expect_serial, "SN-1*");
	tell_serial("SN-10001", 100 * SEC);
	talk(healthy(), 100 * SEC, 101 * SEC);
	tell_serial("SN-20001", 102 * SEC);
	talk(healthy(), 102 * SEC, 701 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_true(pack_constrains(&r.p));
	talk(healthy(), 702 * SEC, 702 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_false(pack_constrains(&r.p));
}

static void refused_by_profile(void **state)
{
	(void)state;
	snprintf(r.d.p.manufacturers[0], TEXT_MAX + 1, "PYLON*");
	r.d.p.n_manufacturers = 1;
	hear(&r.p, make_frame(0x35E, 8, (const uint8_t *)"PYLON\0\0"), 100 * SEC);
	talk(healthy(), 100 * SEC, 101 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	hear(&r.p, make_frame(0x35E, 8, (const uint8_t *)"BYD\0\0\0\0"), 102 * SEC);
	talk(healthy(), 102 * SEC, 102 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_string_equal(r.p.why, "manufacturer is 'BYD', which is none of profile plain's");
	snprintf(r.s.packs[0].expect_manufacturer, sizeof r.s.packs[0].expect_manufacturer, "BYD"); /* the config knows better */
	talk(healthy(), 103 * SEC, 104 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	/* an id that this dialect never has: one or two may be strays */
	struct frame f = { .id = 0x35C };
	pack_foreign(&r.p, &f, 45 * SEC);
	pack_foreign(&r.p, &f, 105 * SEC); /* a minute later: the first is forgotten */
	pack_foreign(&r.p, &f, 105 * SEC);
	talk(healthy(), 105 * SEC, 105 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	pack_foreign(&r.p, &f, 105 * SEC);
	talk(healthy(), 105 * SEC, 105 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_non_null(strstr(r.p.why, "frame 35C heard"));
	talk(healthy(), 106 * SEC, 164 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	talk(healthy(), 165 * SEC, 166 * SEC); /* a minute without it */
	assert_int_equal(r.p.state, PACK_ONLINE);
	f = (struct frame){ .id = 0x1806E5F4, .ext = true };
	for (int i = 0; i < 3; i++)
		pack_foreign(&r.p, &f, 167 * SEC);
	talk(healthy(), 167 * SEC, 167 * SEC);
	assert_non_null(strstr(r.p.why, "frame 1806E5F4 heard"));
	/* from the start one is enough; what it said before it was refused is forgotten */
	rig_start(&r);
	hear(&r.p, words4(0x351, 540, 900, 900, 480), 100 * SEC);
	pack_foreign(&r.p, &f, 100 * SEC);
	talk(healthy(), 100 * SEC, 100 * SEC);
	assert_int_equal(r.p.state, PACK_REFUSED);
	talk(healthy(), 101 * SEC, 160 * SEC);
	assert_int_equal(r.p.state, PACK_WAITING);
	talk(healthy(), 161 * SEC, 161 * SEC);
	assert_false(r.p.accepted[LIMIT_CVL].known);
	talk(healthy(), 162 * SEC, 162 * SEC);
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 56000);
	assert_int_equal(r.p.state, PACK_ONLINE);
}

/* Voltages that the cells can't have are not believed: 16 LFP cells, limits of 2.4 to 3.96 V a cell. */
static void what_cells_cant_have(void **state)
{
	(void)state;
	struct says w = healthy();
	talk(w, 100 * SEC, 101 * SEC);
	hear(&r.p, words4(0x351, 60, 1000, 1200, 480), 102 * SEC); /* 6.0 V */
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 56000);
	assert_int_equal(r.p.seen.rejected, 1);
	assert_int_equal(r.p.odd.quantity, Q_CVL);
	assert_int_equal(r.p.odd.value, 6000);
	for (int i = 0; i < 2; i++) {
		hear(&r.p, words4(0x351, 5600, 1000, 1200, 480), 103 * SEC); /* a wrong factor: 560 V */
		hear(&r.p, words4(0x351, 634, 1000, 1200, 480), 103 * SEC); /* 63.4 V, 3.9625 V a cell */
	}
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 56000);
	hear(&r.p, words4(0x351, 383, 1000, 1200, 480), 104 * SEC); /* 2.39 V a cell */
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 56000);
	hear(&r.p, words4(0x351, 384, 1000, 1200, 480), 104 * SEC);
	assert_int_equal(r.p.accepted[LIMIT_CVL].value, 38400);
	hear(&r.p, words4(0x351, 560, 1000, 1200, 10000), 105 * SEC); /* 1000 V */
	hear(&r.p, words4(0x351, 560, 1000, 1200, 220), 105 * SEC); /* 22 V */
	assert_int_equal(r.p.accepted[LIMIT_LOW_VOLTAGE].value, 48000);
	/* a measured 0 V is no voltage: the last one stays, as an old one, and then the pack is lost */
	w.voltage = 0;
	talk(w, 106 * SEC, 106 * SEC);
	assert_int_equal(r.p.b.q[Q_VOLTAGE].validity, STALE);
	assert_int_equal(r.p.b.q[Q_VOLTAGE].value, 53000);
	talk(w, 107 * SEC, 112 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_string_equal(r.p.why, "its BMS no longer gives its voltage");
	/* nobody has said how many cells, or of which kind: anything may be right */
	for (int i = 0; i < 2; i++) {
		rig_start(&r);
		if (i)
			r.s.packs[0].cells = 0;
		else
			r.s.packs[0].chemistry = CHEM_UNKNOWN;
		talk(healthy(), 100 * SEC, 101 * SEC);
		hear(&r.p, words4(0x351, 60, 1000, 1200, 480), 102 * SEC);
		assert_int_equal(r.p.accepted[LIMIT_CVL].value, 6000);
	}
}

/* A little over full is full. */
static void more_than_full(void **state)
{
	(void)state;
	struct says w = healthy();
	w.soc = 103;
	talk(w, 100 * SEC, 101 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	assert_int_equal(r.p.b.q[Q_SOC].value, 10000);
}

/* The charge that is left comes from the state of charge where the BMS tells none, and stays when that is old; never the
 * other way round once a state of charge was told. */
static void soc_and_charge_left(void **state)
{
	(void)state;
	r.d.fields[r.d.frames[F_CAPACITY].first_field].target = Q_CAPACITY_REMAINING; /* 0x379 tells what is left, or so it says */
	r.d.p.has_quantity |= UINT64_C(1) << Q_CAPACITY_REMAINING;
	talk(healthy(), 100 * SEC, 101 * SEC);
	assert_int_equal(r.p.b.q[Q_CAPACITY_REMAINING].value, 50000); /* 50 % of 100 Ah */
	assert_int_equal(r.p.b.q[Q_CAPACITY_REMAINING].validity, VALID);
	pack_refresh(&r.p, &r.s, 107 * SEC);
	assert_int_equal(r.p.b.q[Q_CAPACITY_REMAINING].value, 50000);
	assert_int_equal(r.p.b.q[Q_CAPACITY_REMAINING].validity, STALE);
	hear(&r.p, words4(0x379, 100, 0, 0, 0), 108 * SEC); /* the installed capacity, as REC and MG send it */
	pack_refresh(&r.p, &r.s, 108 * SEC);
	assert_int_equal(r.p.b.q[Q_SOC].value, 5000);
	assert_int_equal(r.p.b.q[Q_SOC].validity, STALE);
	/* of a BMS that never told it, it is worked out */
	rig_start(&r);
	r.d.fields[r.d.frames[F_CAPACITY].first_field].target = Q_CAPACITY_REMAINING;
	hear(&r.p, words4(0x379, 40, 0, 0, 0), 100 * SEC);
	pack_refresh(&r.p, &r.s, 100 * SEC);
	assert_int_equal(r.p.b.q[Q_SOC].value, 4000);
}

/* A CVL that is no more told, though the frame comes: the config's stands in, else the pack can't be charged by guess. */
static void a_voltage_limit_that_is_old(void **state)
{
	(void)state;
	struct says w = healthy();
	talk(w, 100 * SEC, 101 * SEC);
	w.cvl = 0;
	talk(w, 102 * SEC, 111 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	talk(w, 112 * SEC, 112 * SEC);
	assert_int_equal(r.p.state, PACK_LOST);
	assert_string_equal(r.p.why, "its BMS no longer gives its cvl");
	struct ask ask = ask_limit(&r.p, 0, LIMIT_CVL, &r.s, 112 * SEC);
	assert_true(ask.known && ask.value == 56000); /* lost, it still bounds */
	rig_start(&r);
	r.s.packs[0].limits.cvl = (struct bound){ true, 54400 };
	w = healthy();
	w.cvl = 540;
	talk(w, 100 * SEC, 101 * SEC);
	assert_int_equal(ask_limit(&r.p, 0, LIMIT_CVL, &r.s, 101 * SEC).value, 54000);
	w.cvl = 0;
	talk(w, 102 * SEC, 112 * SEC);
	assert_int_equal(r.p.state, PACK_ONLINE);
	assert_int_equal(ask_limit(&r.p, 0, LIMIT_CVL, &r.s, 112 * SEC).value, 54400);
}

/* A battery that speaks of danger is obeyed, though it is not complete, or was gone. */
static void what_speaks_counts(void **state)
{
	(void)state;
	struct says w = healthy();
	assert_false(pack_constrains(&r.p));
	hear(&r.p, words4(0x351, 540, 0, 1200, 480), 100 * SEC);
	hear(&r.p, words4(0x351, 540, 0, 1200, 480), 101 * SEC);
	pack_refresh(&r.p, &r.s, 101 * SEC);
	assert_int_equal(r.p.state, PACK_WAITING);
	assert_true(pack_constrains(&r.p));
	pack_refresh(&r.p, &r.s, 701 * SEC);
	assert_true(pack_constrains(&r.p)); /* silence is no all-clear */
	pack_refresh(&r.p, &r.s, 702 * SEC);
	assert_false(pack_constrains(&r.p)); /* for so long it is */
	talk(w, 810 * SEC, 811 * SEC);
	silence(812 * SEC, 1500 * SEC);
	assert_int_equal(r.p.state, PACK_GONE);
	assert_false(pack_constrains(&r.p));
	hear(&r.p, make_frame(0x35A, 8, (const uint8_t[8]){ 0xA4, 0xAA, 0xAA, 2 }), 1501 * SEC);
	pack_refresh(&r.p, &r.s, 1501 * SEC);
	assert_int_equal(r.p.state, PACK_GONE);
	assert_true(pack_constrains(&r.p));
	assert_int_equal(r.p.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
}

static void an_empty_pattern_fits_nothing(void **state)
{
	(void)state;
	r.d.p.n_manufacturers = 1;
	hear(&r.p, make_frame(0x35E, 8, (const uint8_t *)"BYD\0\0\0\0"), 1);
	talk(healthy(), 2, 2);
	assert_int_equal(r.p.state, PACK_REFUSED);
}

static void a_guard_refuses_frames_of_others(void **state)
{
	(void)state;
	struct profile_frame *f = &r.d.frames[F_LIMITS];
	f->n_guards = 1;
	f->guards[0] = (struct guard){ .place = bytes(6, 1), .value = 0xE0, .demand = true }; /* 48.0 V = 0x01E0 */
	ccl(1000, 1);
	assert_int_equal(r.p.not_this, 0);
	low(481, 2);
	assert_int_equal(r.p.not_this, 1);
	assert_int_equal(r.p.ages[F_LIMITS].count, 1);
	assert_int_equal(r.p.frames, 1);
}

static void texts_of_two_frames(void **state)
{
	(void)state;
	const char *serial = r.p.seen.b.text[TEXT_SERIAL];
	hear(&r.p, make_frame(0x381, 8, (const uint8_t *)"TAIL\0\0\0"), 1);
	assert_string_equal(serial, ""); /* half a name is none */
	hear(&r.p, make_frame(0x380, 8, (const uint8_t *)"HEAD0123"), 2);
	assert_string_equal(serial, "");
	hear(&r.p, make_frame(0x381, 8, (const uint8_t *)"TAIL\0\0\0"), 3);
	assert_string_equal(serial, "HEAD0123TAIL");
	/* another battery on the same wire: its second half never joins the first one's first half */
	hear(&r.p, make_frame(0x381, 8, (const uint8_t *)"OTHER\0\0"), 4);
	assert_string_equal(serial, "HEAD0123TAIL");
	hear(&r.p, make_frame(0x380, 8, (const uint8_t *)"NEXT9999"), 5);
	assert_string_equal(serial, "HEAD0123TAIL");
	hear(&r.p, make_frame(0x381, 8, (const uint8_t *)"OTHER\0\0"), 6);
	assert_string_equal(serial, "NEXT9999OTHER");
	/* bytes that are no characters say nothing */
	hear(&r.p, make_frame(0x380, 8, (const uint8_t[8]){ 0xFF, 0xFF, 0xFF }), 7);
	assert_string_equal(serial, "NEXT9999OTHER");
}

static void capacities(void **state)
{
	(void)state;
	assert_int_equal(pack_capacity(&r.p), 100000); /* the config's */
	r.s.packs[0].capacity.set = false;
	assert_int_equal(pack_capacity(&r.p), 0);
	hear(&r.p, words4(0x379, 280, 0, 0, 0), 1);
	pack_refresh(&r.p, &r.s, 1);
	assert_int_equal(pack_capacity(&r.p), 280000);
	pack_refresh(&r.p, &r.s, 100 * SEC); /* it does not shrink by being old */
	assert_int_equal(pack_capacity(&r.p), 280000);
	hear(&r.p, words4(0x379, 0xFFFF, 0, 0, 0), 101 * SEC); /* nor by not being available */
	pack_refresh(&r.p, &r.s, 101 * SEC);
	assert_int_equal(pack_capacity(&r.p), 280000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(limits_fall_at_once_and_rise_when_said_twice, setup),
		cmocka_unit_test_setup(the_low_voltage_limit_the_other_way_round, setup),
		cmocka_unit_test_setup(accepted_is_never_above_the_last_two, setup),
		cmocka_unit_test_setup(what_is_rejected_or_unknown_keeps_the_limit, setup),
		cmocka_unit_test_setup(overridden_values_are_no_news, setup),
		cmocka_unit_test_setup(worse_news_ask_for_a_step, setup),
		cmocka_unit_test_setup(comes_is_lost_and_gone, setup),
		cmocka_unit_test_setup(one_required_frame_is_enough_to_miss, setup),
		cmocka_unit_test_setup(empty_frames_are_no_news, setup),
		cmocka_unit_test_setup(a_moment_without_a_value, setup),
		cmocka_unit_test_setup(quarantine_grows_when_it_flaps, setup),
		cmocka_unit_test_setup(joins_only_at_the_voltage_of_the_bank, setup),
		cmocka_unit_test_setup(lost_before_it_joined, setup),
		cmocka_unit_test_setup(refused_when_it_is_another_battery, setup),
		cmocka_unit_test_setup(another_battery_in_its_place, setup),
		cmocka_unit_test_setup(a_switch_stays_open, setup),
		cmocka_unit_test_setup(refused_with_half_a_limit, setup),
		cmocka_unit_test_setup(refused_for_long_is_gone, setup),
		cmocka_unit_test_setup(refused_by_profile, setup),
		cmocka_unit_test_setup(what_cells_cant_have, setup),
		cmocka_unit_test_setup(a_voltage_limit_that_is_old, setup),
		cmocka_unit_test_setup(what_speaks_counts, setup),
		cmocka_unit_test_setup(more_than_full, setup),
		cmocka_unit_test_setup(soc_and_charge_left, setup),
		cmocka_unit_test_setup(an_empty_pattern_fits_nothing, setup),
		cmocka_unit_test_setup(a_guard_refuses_frames_of_others, setup),
		cmocka_unit_test_setup(texts_of_two_frames, setup),
		cmocka_unit_test_setup(capacities, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
