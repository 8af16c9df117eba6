/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The simulated pack: its defaults, what follows from what, and its charge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "app/sim.h"

#define S INT64_C(1000000)

static const struct profile nothing = { .n_manufacturers = 1, .manufacturers = { "PYLON*" } };
static const struct settings settings = { .chemistry = CHEM_LFP };
static const struct pack_settings fifteen = {
	.name = "A", .profile = &nothing, .cells = 15, .capacity = { true, 100000 } };

static int64_t value(const struct sim_pack *p, enum quantity q)
{
	assert_int_equal(p->b.q[q].validity, VALID);
	return p->b.q[q].value;
}

static void set(struct sim_pack *p, const char *key, const char *text)
{
	char why[SIM_WHY_MAX];
	const char *wrong = sim_pack_set(p, key, text, why);

	if (wrong)
		fail_msg("%s %s: %s", key, text, wrong);
}

static void defaults(void **state)
{
	struct sim_pack p;
	int64_t sum = 0;

	(void)state;
	sim_pack_init(&p, &settings, &fifteen, 0);
	assert_int_equal(value(&p, Q_VOLTAGE), 49500); /* 15 x (3.2 + 0.1) V */
	assert_int_equal(value(&p, Q_CVL), 53250);     /* 15 x (3.60 - 0.05) V */
	assert_int_equal(value(&p, Q_LOW_VOLTAGE), 43500); /* 15 x (2.8 + 0.1) V */
	assert_int_equal(value(&p, Q_CCL), 50000);     /* 0.5 C of 100 Ah */
	assert_int_equal(value(&p, Q_DCL), 50000);
	assert_int_equal(value(&p, Q_SOC), 6000);
	assert_int_equal(value(&p, Q_CAPACITY_REMAINING), 60000);
	assert_int_equal(value(&p, Q_TEMPERATURE), 200);
	assert_int_equal(value(&p, Q_CELL_VOLTAGE_MIN), 3299);
	assert_int_equal(value(&p, Q_CELL_VOLTAGE_MAX), 3301);
	assert_int_equal(value(&p, Q_CHARGE_ENABLED), 1);
	for (int i = 0; i < 15; i++)
		sum += p.cells.value[ARRAY_CELL_VOLTAGE][i];
	assert_int_equal(sum, 49500);
	assert_string_equal(p.b.text[TEXT_MANUFACTURER], "PYLON");
	assert_int_equal(p.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_OK);
}

static void charge_follows_current(void **state)
{
	struct sim_pack p;

	(void)state;
	sim_pack_init(&p, &settings, &fifteen, 0);
	set(&p, "current", "36 A");
	sim_pack_advance(&p, 1000 * S); /* 36 A x 1000 s = 10 Ah of 100 */
	assert_int_equal(value(&p, Q_SOC), 7000);
	assert_int_equal(value(&p, Q_CAPACITY_REMAINING), 70000);
	assert_int_equal(value(&p, Q_POWER), 1782000); /* 49.5 V x 36 A = 1782 W */
	set(&p, "soc", "20 %");
	set(&p, "current", "-36 A");
	sim_pack_advance(&p, 2000 * S);
	assert_int_equal(value(&p, Q_SOC), 1000);
	sim_pack_advance(&p, 5000 * S); /* -30 Ah, but only 10 are left */
	assert_int_equal(value(&p, Q_SOC), 0);
	set(&p, "current", "1000 A");
	sim_pack_advance(&p, 6000 * S);
	assert_int_equal(value(&p, Q_SOC), 10000);
	/* another capacity keeps the percent */
	set(&p, "soc", "50 %");
	set(&p, "capacity", "200 Ah");
	assert_int_equal(value(&p, Q_SOC), 5000);
	assert_int_equal(value(&p, Q_CAPACITY_REMAINING), 100000);
	set(&p, "capacity_remaining", "30 Ah");
	assert_int_equal(value(&p, Q_SOC), 1500);
}

static void cells_make_the_voltage(void **state)
{
	struct sim_pack p;
	int64_t sum = 0;

	(void)state;
	sim_pack_init(&p, &settings, &fifteen, 0);
	/* a voltage is shared among the cells */
	set(&p, "voltage", "52.51 V");
	for (int i = 0; i < 15; i++)
		sum += p.cells.value[ARRAY_CELL_VOLTAGE][i];
	assert_int_equal(sum, 52510);
	assert_int_equal(value(&p, Q_VOLTAGE), 52510);
	/* what was set by hand stays */
	set(&p, "cells", "3.34 V");
	assert_int_equal(value(&p, Q_VOLTAGE), 52510);

	sim_pack_init(&p, &settings, &fifteen, 0);
	set(&p, "cells", "3.34 V");
	assert_int_equal(value(&p, Q_VOLTAGE), 50100);
	assert_int_equal(value(&p, Q_CELL_VOLTAGE_MIN), 3340);
	set(&p, "cell_voltage[3]", "3.36 V");
	set(&p, "cells[7]", "absent");
	assert_int_equal(value(&p, Q_VOLTAGE), 46780); /* 13 x 3.34 + 3.36 V */
	assert_int_equal(value(&p, Q_CELL_VOLTAGE_MAX), 3360);
	assert_int_equal(value(&p, Q_CELL_VOLTAGE_MAX_NO), 3);
	set(&p, "temperature", "31.5 degC");
	assert_int_equal(value(&p, Q_CELL_TEMPERATURE_MAX), 315);
	set(&p, "cell_temperature[2]", "40 degC");
	assert_int_equal(value(&p, Q_CELL_TEMPERATURE_MAX), 400);
	assert_int_equal(value(&p, Q_CELL_TEMPERATURE_MAX_NO), 2);
	assert_int_equal(value(&p, Q_CELL_TEMPERATURE_MIN), 315);
}

static void words(void **state)
{
	struct sim_pack p;

	(void)state;
	sim_pack_init(&p, &settings, &fifteen, 0);
	set(&p, "alarm.high_voltage", "active");
	set(&p, "warning.low_soc", "unsupported");
	assert_int_equal(p.b.alarm[AL_HIGH_VOLTAGE].alarm, TRI_ACTIVE);
	assert_int_equal(p.b.alarm[AL_HIGH_VOLTAGE].warning, TRI_OK);
	assert_int_equal(p.b.alarm[AL_LOW_SOC].warning, TRI_UNSUPPORTED);
	set(&p, "soh", "absent");
	assert_int_equal(p.b.q[Q_SOH].validity, ABSENT);
	set(&p, "name", "Bank 1");
	assert_string_equal(p.b.text[TEXT_NAME], "Bank 1");
	set(&p, "balancing[4]", "yes");
	assert_int_equal(p.cells.value[ARRAY_BALANCING][3], 1);
	set(&p, "silent", "yes");
	assert_true(p.silent);
	set(&p, "silent", "no");
	assert_false(p.silent);
}

static void refused(void **state)
{
	static const char *const wrong[][2] = {
		{ "ccl", "50 V" }, { "ccl", "50" }, { "ccl", "" }, { "ccl", "-1 A" }, { "voltage", "99999 V" },
		{ "colour", "red" }, { "", "1" }, { "alarm.no_such", "ok" }, { "alarm.high_voltage", "yes" },
		{ "cells[0]", "3.3 V" }, { "cells[129]", "3.3 V" }, { "cells[x]", "3.3 V" }, { "cells[1", "3.3 V" },
		{ "cells", "9 V" }, { "cell_voltage[1]", "1 A" }, { "silent", "maybe" },
	};
	struct sim_pack p, before;
	char why[SIM_WHY_MAX];

	(void)state;
	sim_pack_init(&p, &settings, &fifteen, 0);
	before = p;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (!sim_pack_set(&p, wrong[i][0], wrong[i][1], why))
			fail_msg("%s %s was taken", wrong[i][0], wrong[i][1]);
	assert_int_equal(value(&p, Q_CCL), value(&before, Q_CCL));
	assert_memory_equal(&p.cells, &before.cells, sizeof p.cells);
}

/* Not every dialect has a word for "not known"; a frame with nothing else in it is not sent. */
static void absent_where_it_can_be_said(void **state)
{
	struct field fields[] = {
		{ .kind = FIELD_QUANTITY, .target = Q_SOC, .place = { .end = 1, .bits = 8 }, .num = 100, .den = 1 },
		{ .kind = FIELD_QUANTITY, .target = Q_SOH, .place = { .end = 2, .bits = 8, .shift = 8 }, .n_absent = 1, .absent = { 255 } },
		{ .kind = FIELD_ARRAY, .target = ARRAY_CELL_VOLTAGE, .count = 2, .place = { .end = 6, .bits = 16, .shift = 16 } },
		{ .kind = FIELD_QUANTITY, .target = Q_CYCLES, .place = { .end = 1, .bits = 8 } },
	};
	struct profile_frame frames[] = { { .id = 0x100, .dlc = 8, .n_fields = 3 },
		                          { .id = 0x101, .dlc = 8, .first_field = 3, .n_fields = 1 } };
	struct profile some = { .id = "some", .frames = frames, .fields = fields, .n_frames = 2, .n_fields = 4 };
	struct pack_settings set = fifteen;
	struct sim_pack p;
	char why[SIM_WHY_MAX];

	(void)state;
	set.profile = &some;
	sim_pack_init(&p, &settings, &set, 0);
	assert_string_equal(sim_pack_doubt(&p, "soc", "absent", why), "some can't say that `soc` is absent: a raw 0 is sent");
	assert_string_equal(sim_pack_doubt(&p, "cells", "absent", why), "some can't say that `cells` is absent: a raw 0 is sent");
	assert_non_null(sim_pack_doubt(&p, "cell_voltage[2]", "absent", why));
	assert_null(sim_pack_doubt(&p, "soc", "60 %", why));
	assert_null(sim_pack_doubt(&p, "soh", "absent", why));
	assert_null(sim_pack_doubt(&p, "cycles", "absent", why));
	assert_null(sim_pack_doubt(&p, "capacity", "absent", why)); /* it never says this */
}

/* A life counter counts what was sent, whatever else is in the frame. */
static void frames_count_up(void **state)
{
	struct field soc = { .kind = FIELD_QUANTITY, .target = Q_SOC, .place = { .end = 1, .bits = 8 }, .num = 100, .den = 1 };
	struct profile_frame frame = { .id = 0x100, .dlc = 8, .n_fields = 1, .has_counter = true, .counter_slot = 1,
		                       .counter = { .end = 4, .bits = 8, .shift = 24 } };
	struct profile counting = { .frames = &frame, .fields = &soc, .n_frames = 1, .n_fields = 1, .n_counters = 2 };
	struct pack_settings set = fifteen;
	struct sim_pack p;
	struct frame f[SIM_PARTS_MAX];

	(void)state;
	set.profile = &counting;
	sim_pack_init(&p, &settings, &set, 0);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(sim_pack_frames(&p, 0, 0, f), 1);
		assert_int_equal(f[0].data[0], 60);
		assert_int_equal(f[0].data[3], i % 256);
	}
	p.silent = true;
	assert_int_equal(sim_pack_frames(&p, 0, 0, f), 0);
	p.silent = false;
	assert_int_equal(sim_pack_frames(&p, 0, 0, f), 1);
	assert_int_equal(f[0].data[3], 300 % 256); /* it counted nothing that was not sent */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults), cmocka_unit_test(charge_follows_current),
		cmocka_unit_test(cells_make_the_voltage), cmocka_unit_test(words), cmocka_unit_test(refused),
		cmocka_unit_test(frames_count_up), cmocka_unit_test(absent_where_it_can_be_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
