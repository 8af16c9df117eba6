/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Packs and frames that are not as they should be: what is half said, said otherwise, or not at all. */
#include "core/quick.h"
#include "fixture.h"

#include "core/scale.h"

static struct rig r;
static struct bench b;

static int setup(void **state)
{
	(void)state;
	rig_start(&r);
	return 0;
}

/* Only what is nothing but bits, factor and offset is decoded the short way. */
static void what_is_plain(void **state)
{
	(void)state;
	struct dialect d;
	dialect_start(&d, "plain");
	add_frame(&d, 0x100);
	for (int i = 0; i < 10; i++)
		add_number(&d, Q_SOC, 0, 2, false, 1);
	d.fields[1].format = FORMAT_FLOAT;
	d.fields[2].den = 10;
	d.fields[3].absolute = true;
	d.fields[4].n_map = 1;
	d.fields[5].has_when = true;
	d.fields[6].place.n_split = 2;
	d.fields[7].lower_only = true;
	d.fields[8].place.bits = 0;
	d.fields[9].kind = FIELD_TEXT;
	quick_prepare(&d.p);
	assert_int_equal(d.fields[0].quick, QUICK_NUMBER);
	for (int i = 1; i < 10; i++)
		assert_int_equal(d.fields[i].quick, QUICK_NONE);
}

static void version_of_odd_texts(void **state)
{
	(void)state;
	struct dialect d;
	struct battery battery = { 0 };
	struct frame out;
	dialect_start(&d, "version");
	add_frame(&d, 0x100);
	struct field *f = add_field(&d, FIELD_TEXT, TEXT_FIRMWARE, bytes(0, 3));
	f->format = FORMAT_VERSION;
	snprintf(battery.text[TEXT_FIRMWARE], TEXT_MAX + 1, "7.8");
	codec_encode(&d.p, 0, 0, 0, &battery, NULL, &out);
	assert_int_equal(out.data[0], 7);
	assert_int_equal(out.data[1], 8);
	assert_int_equal(out.data[2], 0);
	snprintf(battery.text[TEXT_FIRMWARE], TEXT_MAX + 1, "7b.9"); /* ends at what is no digit, and stays there */
	codec_encode(&d.p, 0, 0, 0, &battery, NULL, &out);
	assert_int_equal(out.data[0], 7);
	assert_int_equal(out.data[1], 0);
}

static void zero_and_small_marks(void **state)
{
	(void)state;
	struct dialect d;
	struct battery battery = { 0 };
	struct frame out;
	dialect_start(&d, "marks");
	add_frame(&d, 0x100);
	struct field *f = add_number(&d, Q_CYCLES, 0, 1, false, 1);
	absent(f, 0);
	absent(f, 7);
	battery_set(&battery, Q_CYCLES, 0, 0);
	codec_encode(&d.p, 0, 0, 0, &battery, NULL, &out);
	assert_int_equal(out.data[0], 0); /* 0 is said as 0, whatever the other side makes of it */
	battery_set(&battery, Q_CYCLES, 7, 0);
	codec_encode(&d.p, 0, 0, 0, &battery, NULL, &out);
	assert_int_equal(out.data[0], 7);
	battery_set(&battery, Q_CYCLES, 8, 0);
	codec_encode(&d.p, 0, 0, 0, &battery, NULL, &out);
	assert_int_equal(out.data[0], 8);
}

static void negative_factors_round_to_the_same_side(void **state)
{
	(void)state;
	struct field f = { .format = FORMAT_SIGNED, .place = bytes(0, 2), .num = -100, .den = 1 };
	assert_int_equal((int16_t)scale_encode(&f, 1050, ROUND_DOWN), -10);          /* 1.0 A, not 1.1 A */
	assert_int_equal((int16_t)scale_encode(&f, 1050, ROUND_DOWN_NOT_ZERO), -10);
	assert_int_equal((int16_t)scale_encode(&f, 1050, ROUND_UP), -11);
	assert_int_equal((int16_t)scale_encode(&f, 1060, ROUND_NEAREST), -11);
}

static void who_made_it(void **state)
{
	(void)state;
	struct pack_settings *set = &r.s.packs[0];
	struct pack_context c = { .s = &r.s, .now = SEC };
	snprintf(set->expect_manufacturer, sizeof set->expect_manufacturer, "PYLON*");
	pack_step(&r.p, &c); /* it has not said yet */
	assert_int_equal(r.p.state, PACK_WAITING);
	snprintf(r.p.seen.b.text[TEXT_MANUFACTURER], TEXT_MAX + 1, "PYLONTEC");
	pack_step(&r.p, &c);
	assert_int_equal(r.p.state, PACK_WAITING);
	snprintf(r.p.seen.b.text[TEXT_MANUFACTURER], TEXT_MAX + 1, "BYD");
	pack_step(&r.p, &c);
	assert_int_equal(r.p.state, PACK_REFUSED);
	assert_string_equal(r.p.why, "manufacturer is 'BYD', the config expects 'PYLON*'");
}

static void a_limit_beside_a_text(void **state)
{
	(void)state;
	struct dialect d;
	dialect_start(&d, "mixed");
	add_frame(&d, 0x100);
	add_text(&d, TEXT_NAME, 0, 2, 2);
	add_number(&d, Q_CCL, 2, 1, false, 1000);
	add_number(&d, Q_SOC, 3, 1, false, 100);
	r.s.packs[0].profile = &d.p;
	struct frame_age ages[4] = { 0 };
	pack_init(&r.p, &r.s.packs[0], ages, 0);
	struct frame f = FRAME(0x100, 'A', 'B', 50, 200); /* 200 % is not believed */
	assert_false(pack_frame(&r.p, 0, 0, &f, 0));
	pack_frame(&r.p, 0, 0, &f, 1);
	assert_true(r.p.accepted[LIMIT_CCL].known);
	assert_int_equal(r.p.accepted[LIMIT_CCL].value, 50000);
	/* worse: a lower limit; not worse when the config overrides it */
	pack_refresh(&r.p, &r.s, 2);
	f.data[2] = 40;
	assert_true(pack_frame(&r.p, 0, 0, &f, 3));
	r.s.packs[0].override[Q_CCL] = (struct bound){ true, 60000 };
	f.data[2] = 30;
	assert_false(pack_frame(&r.p, 0, 0, &f, 4));
}

static void keepalives_that_only_look_alike(void **state)
{
	(void)state;
	bench_start(&b, 2);
	static const struct frame rows[] = {
		{ .id = 0x305, .len = 8 },
		{ .id = 0x305, .len = 8, .data = { 1 } },
		{ .id = 0x305, .len = 7 },
		{ .id = 0x305, .len = 8, .ext = true },
	};
	for (int i = 0; i < 4; i++) {
		b.in.p.transmit[b.in.p.n_transmit++] = (struct transmit){ .frame = rows[i], .period = SEC, .on = true };
		b.s.packs[0].transmit[i] = b.s.packs[1].transmit[i] = true;
	}
	b.s.packs[1].port = 0;
	b.s.packs[1].address = 1;
	bench_run(&b, 0);
	int n, found = 0;
	engine_step(b.e, b.now + 2 * SEC);
	const struct outgoing *out = engine_sent(b.e, &n);
	for (int i = 0; i < n; i++)
		found += out[i].port == 0 && out[i].frame.id == 0x305;
	assert_int_equal(found, 4);
	bench_stop(&b);
}

/* JK's charge request: nobody knows for sure what it means, so it may only lower what the config says. */
static void unproven_limits(void **state)
{
	(void)state;
	struct pack_settings *set = &r.s.packs[0];
	struct accepted *a = &r.p.accepted[LIMIT_CCL];
	set->limits.ccl = (struct bound){ true, 100000 };
	r.p.seen.lower_only = UINT64_C(1) << Q_CCL;
	r.p.state = PACK_ONLINE;
	r.p.heard = true;
	assert_int_equal(ask_limit(&r.p, 0, LIMIT_CCL, &r.s, 0).value, 100000);
	*a = (struct accepted){ .has_last = true, .last = 40000, .time = 10 * SEC };
	assert_int_equal(ask_limit(&r.p, 0, LIMIT_CCL, &r.s, 10 * SEC).value, 40000); /* once is enough to lower */
	*a = (struct accepted){ .known = true, .value = 250000, .has_last = true, .last = 250000, .time = 10 * SEC };
	assert_int_equal(ask_limit(&r.p, 0, LIMIT_CCL, &r.s, 10 * SEC).value, 100000); /* and it never raises */
	a->value = a->last = 40000;
	r.p.seen.b.q[Q_CCL] = (struct measure){ .validity = VALID, .time = 10 * SEC, .source = F_LIMITS };
	assert_int_equal(ask_limit(&r.p, 0, LIMIT_CCL, &r.s, 610 * SEC).value, 40000); /* `gone`: 10 min */
	assert_int_equal(ask_limit(&r.p, 0, LIMIT_CCL, &r.s, 610 * SEC + 1).value, 100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_plain),
		cmocka_unit_test(version_of_odd_texts),
		cmocka_unit_test(zero_and_small_marks),
		cmocka_unit_test(negative_factors_round_to_the_same_side),
		cmocka_unit_test_setup(who_made_it, setup),
		cmocka_unit_test_setup(a_limit_beside_a_text, setup),
		cmocka_unit_test_setup(unproven_limits, setup),
		cmocka_unit_test(keepalives_that_only_look_alike),
	};
	return cmocka_run_group_tests_name("odd", tests, NULL, NULL);
}
