/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A pack's battery as of now: ages, overrides, gaps filled, alarms that are only heard of while they last. */
#include "fixture.h"

static struct rig r;

static int setup(void **state)
{
	(void)state;
	rig_start(&r);
	return 0;
}

static const struct measure *of(enum quantity q)
{
	return &r.p.b.q[q];
}

static void refresh(int64_t now)
{
	pack_refresh(&r.p, &r.s, now);
}

static void cells(unsigned group, int a, int b, int c, int d, int64_t now)
{
	hear(&r.p, words4(0x400 + group, a, b, c, d), now);
}

static void all_cells(int usual, int64_t now)
{
	for (unsigned g = 0; g < 4; g++)
		cells(g, usual, usual, usual, usual, now);
}

static void values_age_by_their_frame(void **state)
{
	(void)state;
	r.d.frames[F_SOC].stale = 7 * SEC;
	struct says w = healthy();
	hear_all(&r.p, &w, 10 * SEC);
	refresh(15 * SEC);
	assert_int_equal(of(Q_VOLTAGE)->validity, VALID);
	refresh(15 * SEC + 1);
	assert_int_equal(of(Q_VOLTAGE)->validity, STALE);
	assert_int_equal(of(Q_VOLTAGE)->value, 53000);
	assert_int_equal(of(Q_VOLTAGE)->time, 10 * SEC);
	assert_int_equal(of(Q_SOC)->validity, VALID);
	refresh(17 * SEC + 1);
	assert_int_equal(of(Q_SOC)->validity, STALE);
	assert_int_equal(of(Q_CYCLES)->validity, ABSENT);
	/* a day later it is still the value of then, and nobody's */
	refresh(86410 * SEC);
	assert_int_equal(of(Q_VOLTAGE)->time, 10 * SEC);
	assert_false(r.p.complete);
}

static void limits_are_as_accepted(void **state)
{
	(void)state;
	struct says w = healthy();
	hear_all(&r.p, &w, 1);
	hear_all(&r.p, &w, 2);
	w.ccl = 2000;
	hear_all(&r.p, &w, 3);
	refresh(4);
	assert_int_equal(of(Q_CCL)->value, 100000);
	assert_int_equal(r.p.seen.b.q[Q_CCL].value, 200000);
}

static void current_with_the_other_sign(void **state)
{
	(void)state;
	r.s.packs[0].invert_current = true;
	struct says w = healthy();
	w.current = 123;
	hear_all(&r.p, &w, 1);
	refresh(2);
	refresh(3); /* not twice */
	assert_int_equal(of(Q_CURRENT)->value, -12300);
	w.current = -0x8000;
	hear_all(&r.p, &w, 4);
	refresh(5);
	refresh(6);
	assert_int_equal(of(Q_CURRENT)->value, -12300);
	assert_int_equal(of(Q_CURRENT)->validity, STALE);
}

static void overrides_replace(void **state)
{
	(void)state;
	r.s.packs[0].override[Q_SOC] = (struct bound){ true, 7700 };
	r.s.packs[0].override[Q_CELL_VOLTAGE_MAX] = (struct bound){ true, 3333 };
	struct says w = healthy();
	hear_all(&r.p, &w, 1);
	refresh(2);
	assert_int_equal(of(Q_SOC)->value, 7700);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX)->value, 3333);
	/* 77 % of 100 Ah */
	assert_int_equal(of(Q_CAPACITY_REMAINING)->value, 77000);
	assert_int_equal(of(Q_CAPACITY)->value, 100000);
}

static void charge_from_soc_and_back(void **state)
{
	(void)state;
	struct says w = healthy();
	w.soc = 33;
	hear_all(&r.p, &w, 1);
	refresh(2);
	assert_int_equal(of(Q_CAPACITY_REMAINING)->value, 33000);
	/* a dialect that gives the remaining charge in 0x355 instead: 25.5 of 100 Ah */
	r.d.fields[r.d.frames[F_SOC].first_field].target = Q_CAPACITY_REMAINING;
	rig_start(&r);
	struct field *f = &r.d.fields[r.d.frames[F_SOC].first_field];
	f->target = Q_CAPACITY_REMAINING;
	w.soc = 255;
	hear_all(&r.p, &w, 1);
	refresh(2);
	assert_int_equal(of(Q_SOC)->value, 2550);
	w.soc = 1100; /* more than there is room for */
	hear_all(&r.p, &w, 3);
	refresh(4);
	assert_int_equal(of(Q_SOC)->value, 10000);
	assert_int_equal(of(Q_CAPACITY_REMAINING)->value, 110000);
	r.s.packs[0].capacity.set = false; /* of what? */
	refresh(5);
	assert_int_equal(of(Q_SOC)->validity, ABSENT);
}

static void temperatures(void **state)
{
	(void)state;
	struct says w = healthy();
	w.temperature = 215;
	hear_all(&r.p, &w, 1);
	refresh(2);
	/* the cells' are the battery's, where there is none */
	assert_int_equal(of(Q_CELL_TEMPERATURE_MIN)->value, 215);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MAX)->value, 215);
	/* not available from the start: the assumed one */
	rig_start(&r);
	w.temperature = -0x8000;
	hear_all(&r.p, &w, 1);
	hear_all(&r.p, &w, 2);
	refresh(3);
	assert_int_equal(of(Q_TEMPERATURE)->validity, NOT_AVAILABLE);
	assert_false(r.p.complete);
	assert_non_null(strstr(r.p.why, "assumed_temperature"));
	r.s.packs[0].assumed_temperature = (struct bound){ true, 150 };
	refresh(4);
	refresh(5);
	assert_int_equal(of(Q_TEMPERATURE)->value, 150);
	assert_int_equal(of(Q_TEMPERATURE)->validity, VALID);
	assert_true(r.p.complete);
	/* once it was known, the last one stays */
	w.temperature = 99;
	hear_all(&r.p, &w, 6);
	refresh(7);
	w.temperature = -0x8000;
	hear_all(&r.p, &w, 8);
	refresh(9);
	assert_int_equal(of(Q_TEMPERATURE)->value, 99);
	assert_int_equal(of(Q_TEMPERATURE)->validity, STALE);
}

static void extremes_from_the_cells(void **state)
{
	(void)state;
	all_cells(3300, 1);
	cells(1, 3300, 3290, 3300, 3300, 2); /* the 6th */
	cells(3, 3300, 3300, 3300, 3350, 3); /* the 16th */
	refresh(4);
	assert_int_equal(of(Q_CELL_VOLTAGE_MIN)->value, 3290);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX)->value, 3350);
	assert_int_equal(of(Q_CELL_VOLTAGE_MIN_NO)->value, 6);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX_NO)->value, 16);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX)->time, 1); /* as old as the oldest */
	assert_false(of(Q_CELL_VOLTAGE_MAX)->partial);
	/* where no frame gives the voltage, it is what the cells make: 14 x 3.300 + 3.290 + 3.350 */
	assert_int_equal(of(Q_VOLTAGE)->value, 52840);
	/* the BMS's own extremes come first */
	hear(&r.p, words4(0x373, 3280, 3360, 2, 0), 5);
	refresh(6);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX)->value, 3360);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX_NO)->value, 2);
	hear(&r.p, words4(0x356, 5000, 0, 200, 0), 5);
	refresh(6);
	assert_int_equal(of(Q_VOLTAGE)->value, 50000);
	/* unless the profile says that another source would be better */
	r.d.fields[r.d.frames[F_POWER].first_field].rank = 1;
	hear(&r.p, words4(0x356, 5000, 0, 200, 0), 6);
	refresh(7);
	assert_int_equal(of(Q_VOLTAGE)->value, 50000); /* it came from a better one a moment ago */
	hear(&r.p, words4(0x356, 4900, 0, 200, 0), 5 * SEC + 6);
	refresh(5 * SEC + 7);
	assert_int_equal(of(Q_VOLTAGE)->value, 49000); /* the cells are too old */
	all_cells(3250, 5 * SEC + 8);
	refresh(5 * SEC + 9);
	assert_int_equal(of(Q_VOLTAGE)->value, 52000);
}

/* A broken sense wire does not hide the other fifteen cells; what is known is only part of the truth, though. */
static void extremes_of_the_cells_that_are_known(void **state)
{
	(void)state;
	all_cells(3300, 1);
	cells(0, 3300, 0, 3500, 3300, 2);
	refresh(3);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX)->value, 3500);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX_NO)->value, 3);
	assert_true(of(Q_CELL_VOLTAGE_MAX)->partial);
	assert_true(of(Q_CELL_VOLTAGE_MIN)->partial);
	assert_int_equal(of(Q_VOLTAGE)->validity, ABSENT); /* 15 cells make no voltage */
	cells(0, 3300, 3300, 3300, 3300, 4);
	refresh(5);
	assert_false(of(Q_CELL_VOLTAGE_MAX)->partial);
	/* one group stops coming */
	for (unsigned g = 0; g < 3; g++)
		cells(g, 3300, 3300, 3300, 3300, 4 * SEC);
	refresh(7 * SEC);
	assert_true(of(Q_CELL_VOLTAGE_MAX)->partial);
	int64_t value;
	assert_int_equal(pack_element(&r.p, ARRAY_CELL_VOLTAGE, 15, 7 * SEC, &value), STALE);
	assert_int_equal(pack_element(&r.p, ARRAY_CELL_VOLTAGE, 16, 7 * SEC, &value), ABSENT);
	/* without the number of cells in the config: as many as were ever heard of */
	r.s.packs[0].cells = 0;
	refresh(7 * SEC);
	assert_true(of(Q_CELL_VOLTAGE_MAX)->partial);
	cells(3, 3300, 3300, 3300, 3300, 7 * SEC);
	refresh(7 * SEC);
	assert_false(of(Q_CELL_VOLTAGE_MAX)->partial);
	/* nothing at all */
	refresh(70 * SEC);
	assert_int_equal(of(Q_CELL_VOLTAGE_MAX)->validity, ABSENT);
}

static void sensors_of_an_array(void **state)
{
	(void)state;
	struct field *f = &r.d.fields[r.d.frames[F_ARRAY].first_field];
	f->target = ARRAY_CELL_TEMPERATURE;
	f->format = FORMAT_SIGNED;
	pack_init(&r.p, &r.s.packs[0], r.ages, 0);
	cells(0, 250, -20, 210, 0, 1); /* 25.0, -2.0, 21.0 degC, none */
	refresh(2);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MAX)->value, 250);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MIN)->value, -20);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MIN_NO)->value, 2);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MAX_NO)->value, 1);
	assert_int_equal(of(Q_TEMPERATURE)->value, 250); /* the battery's own is missing: the highest */
	/* the BMS gives one of the two: both are of the sensors, as one pair; both: its own */
	struct field *max = &r.d.fields[r.d.frames[F_CELLS].first_field + 1];
	max->target = Q_CELL_TEMPERATURE_MAX;
	hear(&r.p, words4(0x373, 0, 300, 0, 0), 3);
	refresh(4);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MAX)->value, 250);
	max[-1].target = Q_CELL_TEMPERATURE_MIN;
	hear(&r.p, words4(0x373, 100, 300, 0, 0), 5);
	refresh(6);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MAX)->value, 300);
	assert_int_equal(of(Q_CELL_TEMPERATURE_MIN)->value, 100);
}

static uint8_t low_cell(void)
{
	return r.p.b.alarm[AL_LOW_CELL_VOLTAGE].alarm;
}

/* All required frames at `t`, and a refresh. */
static void required(int64_t t)
{
	struct says w = healthy();
	hear_all(&r.p, &w, t);
	refresh(t);
}

static void silence_means_ok_while_the_rest_is_heard(void **state)
{
	(void)state;
	required(100 * SEC);
	required(101 * SEC); /* complete */
	assert_int_equal(low_cell(), TRI_UNSUPPORTED); /* before the first time-out of 2 s */
	required(103 * SEC);
	assert_int_equal(low_cell(), TRI_UNSUPPORTED);
	required(104 * SEC);
	assert_int_equal(low_cell(), TRI_OK);
	hear(&r.p, FRAME(0x7F4, 1), 105 * SEC);
	required(105 * SEC);
	assert_int_equal(low_cell(), TRI_ACTIVE);
	required(107 * SEC);
	assert_int_equal(low_cell(), TRI_ACTIVE);
	required(108 * SEC);
	assert_int_equal(low_cell(), TRI_OK);
}

static void a_pulled_cable_does_not_clear_an_alarm(void **state)
{
	(void)state;
	required(100 * SEC);
	required(101 * SEC);
	hear(&r.p, FRAME(0x7F4, 1), 110 * SEC);
	required(110 * SEC);
	/* now everything stops at once: neither while its frames still count as fresh, nor while they are borne, nor later */
	for (int64_t t = 111 * SEC; t < 130 * SEC; t += SEC) {
		refresh(t);
		assert_int_equal(low_cell(), TRI_ACTIVE);
	}
	/* it comes back: the silence counts from here */
	required(130 * SEC);
	assert_int_equal(low_cell(), TRI_ACTIVE);
	required(132 * SEC);
	assert_int_equal(low_cell(), TRI_ACTIVE);
	required(133 * SEC);
	assert_int_equal(low_cell(), TRI_OK);
}

static void one_required_frame_missing_keeps_the_alarm(void **state)
{
	(void)state;
	required(100 * SEC);
	required(101 * SEC);
	hear(&r.p, FRAME(0x7F4, 1), 110 * SEC);
	required(110 * SEC);
	for (int64_t t = 111 * SEC; t < 130 * SEC; t += SEC) {
		hear(&r.p, words4(0x351, 560, 1000, 1200, 480), t);
		hear(&r.p, words4(0x356, 5300, 0, 200, 0), t);
		refresh(t);
		assert_int_equal(low_cell(), TRI_ACTIVE);
	}
}

static void both_parts_of_a_silent_alarm(void **state)
{
	(void)state;
	struct field *f = &r.d.fields[r.d.frames[F_SILENT].first_field];
	static const enum alarm_part parts[] = { PART_ALARM, PART_WARNING, PART_BOTH };
	static const uint8_t alarm[] = { TRI_OK, TRI_UNSUPPORTED, TRI_OK }, warning[] = { TRI_UNSUPPORTED, TRI_OK, TRI_OK };
	for (int i = 0; i < 3; i++) {
		rig_start(&r);
		f->part = parts[i];
		/* and a number beside it: its silence means nothing */
		struct field *soh = &r.d.fields[r.d.p.n_fields];
		*soh = r.d.fields[r.d.frames[F_SOC].first_field + 1];
		r.d.frames[F_SILENT].first_field = r.d.p.n_fields;
		r.d.frames[F_SILENT].n_fields = 2;
		soh[1] = *f;
		required(100 * SEC);
		required(101 * SEC);
		required(104 * SEC);
		assert_int_equal(low_cell(), alarm[i]);
		assert_int_equal(r.p.b.alarm[AL_LOW_CELL_VOLTAGE].warning, warning[i]);
	}
}

static bool complete_with(struct says w, int64_t now)
{
	hear_all(&r.p, &w, now);
	refresh(now);
	return r.p.complete;
}

static void what_must_be_known(void **state)
{
	(void)state;
	struct says w = healthy();
	w.current = -0x8000;
	assert_false(complete_with(w, 1));
	assert_false(complete_with(w, 2));
	assert_string_equal(r.p.why, "its BMS gives no current");
	w.current = 0;
	assert_true(complete_with(w, 3));
	r.s.packs[0].capacity.set = false;
	assert_false(complete_with(w, 4));
	assert_non_null(strstr(r.p.why, "set `capacity`"));
	/* nothing heard, and something but not enough */
	rig_start(&r);
	refresh(1);
	assert_non_null(strstr(r.p.why, "not one of its frames heard"));
	assert_non_null(strstr(r.p.why, "profile plain?"));
	hear(&r.p, words4(0x351, 560, 1000, 1200, 480), 2);
	refresh(3);
	assert_string_equal(r.p.why, "frame 355 was never heard");
	r.d.frames[F_SOC].ext = true;
	r.d.frames[F_SOC].id = 0x18F128F4;
	refresh(3);
	assert_string_equal(r.p.why, "frame 18F128F4 was never heard");
}

static void limits_that_the_bms_does_not_tell(void **state)
{
	(void)state;
	struct says w = healthy();
	w.ccl = -0x8000;
	assert_false(complete_with(w, 1));
	assert_false(complete_with(w, 2));
	assert_string_equal(r.p.why, "its BMS gives no ccl: set `limits`");
	r.s.packs[0].limits.ccl = (struct bound){ true, 50000 };
	assert_true(complete_with(w, 3));
	/* it begins to tell one, once: no reason to throw it out of the bank, but none to let it in either */
	w.ccl = 400;
	assert_false(complete_with(w, 4));
	assert_string_equal(r.p.why, "waits for its ccl a second time");
	rig_start(&r);
	r.s.packs[0].limits.ccl = (struct bound){ true, 50000 };
	w.ccl = -0x8000;
	assert_false(complete_with(w, 1)); /* the others were said once */
	assert_true(complete_with(w, 2));
	r.p.state = PACK_ONLINE;
	w.ccl = 400;
	assert_true(complete_with(w, 4));
	assert_true(complete_with(w, 5));
	/* an override needs nothing */
	rig_start(&r);
	r.s.packs[0].override[Q_CCL] = (struct bound){ true, 50000 };
	w.ccl = -0x8000;
	complete_with(w, 1);
	assert_true(complete_with(w, 2));
}

static void an_unproven_limit_never_stands_alone(void **state)
{
	(void)state;
	r.d.fields[r.d.frames[F_LIMITS].first_field + 1].lower_only = true; /* CCL */
	struct says w = healthy();
	assert_false(complete_with(w, 1));
	assert_false(complete_with(w, 2));
	assert_string_equal(r.p.why, "its BMS gives no ccl: set `limits`");
	r.s.packs[0].limits.ccl = (struct bound){ true, 50000 };
	assert_true(complete_with(w, 3));
	/* and one that was said only once does not keep the pack waiting */
	rig_start(&r);
	r.d.fields[r.d.frames[F_LIMITS].first_field + 1].lower_only = true;
	r.s.packs[0].limits.ccl = (struct bound){ true, 50000 };
	complete_with(w, 1);
	w.ccl = -0x8000;
	assert_true(complete_with(w, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(values_age_by_their_frame, setup),
		cmocka_unit_test_setup(limits_are_as_accepted, setup),
		cmocka_unit_test_setup(current_with_the_other_sign, setup),
		cmocka_unit_test_setup(overrides_replace, setup),
		cmocka_unit_test_setup(charge_from_soc_and_back, setup),
		cmocka_unit_test_setup(temperatures, setup),
		cmocka_unit_test_setup(extremes_from_the_cells, setup),
		cmocka_unit_test_setup(extremes_of_the_cells_that_are_known, setup),
		cmocka_unit_test_setup(sensors_of_an_array, setup),
		cmocka_unit_test_setup(silence_means_ok_while_the_rest_is_heard, setup),
		cmocka_unit_test_setup(a_pulled_cable_does_not_clear_an_alarm, setup),
		cmocka_unit_test_setup(one_required_frame_missing_keeps_the_alarm, setup),
		cmocka_unit_test_setup(both_parts_of_a_silent_alarm, setup),
		cmocka_unit_test_setup(what_must_be_known, setup),
		cmocka_unit_test_setup(limits_that_the_bms_does_not_tell, setup),
		cmocka_unit_test_setup(an_unproven_limit_never_stands_alone, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
