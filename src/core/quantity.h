/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The vocabulary: what can be known about a battery. Profiles, config, status, samples and documents all
 * speak these names. A new quantity, alarm or text is one row in quantity.c and one name here.
 */
#ifndef CORE_QUANTITY_H
#define CORE_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Internal steps: every value is an int64_t count of one of these. */
enum unit {
	UNIT_MV,      /* 1 mV */
	UNIT_MA,      /* 1 mA, positive while charging */
	UNIT_DECIDEG, /* 0.1 degree Celsius */
	UNIT_BP,      /* 0.01 % */
	UNIT_MAH,     /* 1 mAh */
	UNIT_WH,      /* 1 Wh */
	UNIT_MW,      /* 1 mW, positive while charging */
	UNIT_COUNT,   /* 1 */
	UNIT_FLAG,    /* 0 no, 1 yes */
	N_UNIT
};

enum quantity {
	Q_VOLTAGE,
	Q_CURRENT,
	Q_POWER,
	Q_SOC,
	Q_SOH,
	Q_TEMPERATURE,
	Q_CVL, /* charge voltage limit */
	Q_CCL, /* charge current limit */
	Q_DCL, /* discharge current limit, a positive number */
	Q_LOW_VOLTAGE, /* discharge voltage limit */
	Q_CHARGE_ENABLED,
	Q_DISCHARGE_ENABLED,
	Q_FORCE_CHARGE,
	Q_FULL_CHARGE_REQUEST,
	Q_CELL_VOLTAGE_MIN,
	Q_CELL_VOLTAGE_MAX,
	Q_CELL_TEMPERATURE_MIN,
	Q_CELL_TEMPERATURE_MAX,
	Q_CELL_VOLTAGE_MIN_NO, /* number of that cell, from 1 */
	Q_CELL_VOLTAGE_MAX_NO,
	Q_CELL_TEMPERATURE_MIN_NO,
	Q_CELL_TEMPERATURE_MAX_NO,
	Q_CAPACITY,           /* installed */
	Q_CAPACITY_REMAINING, /* what is left in it now */
	Q_CYCLES,
	Q_ENERGY_IN,
	Q_ENERGY_OUT,
	Q_MODULES_ONLINE,
	Q_MODULES_OFFLINE,
	Q_MODULES_BLOCKING_CHARGE,
	Q_MODULES_BLOCKING_DISCHARGE,
	N_QUANTITY
};

/* How the values of several batteries become one. */
enum rule {
	RULE_NONE, /* means nothing for a combination */
	RULE_MEAN,
	RULE_SUM,
	RULE_MIN,
	RULE_MAX,
	RULE_WEIGHTED, /* mean weighted by capacity */
};

/* Which side is the safe one when a value has to be rounded or cut to fit. */
enum rounding {
	ROUND_NEAREST,
	ROUND_DOWN,
	ROUND_UP,
	ROUND_DOWN_NOT_ZERO, /* down, but not to 0 what is above half a step */
};

/* Which direction of change must reach the GX at once. */
enum urgency { URGENT_NEVER, URGENT_LOWER, URGENT_HIGHER };

struct quantity_row {
	const char *name;
	enum unit unit;
	int64_t min, max; /* plausible; what lies outside is not believed */
	enum rule parallel, series;
	bool need_all; /* a combined value needs every member's; else any member's will do */
	enum rounding rounding;
	enum urgency urgent;
	int64_t urgent_step; /* a change smaller than this waits for the tick */
	const char *what;    /* one line for documents */
};

enum alarm {
	AL_GENERAL,
	AL_HIGH_VOLTAGE,
	AL_LOW_VOLTAGE,
	AL_HIGH_TEMPERATURE,
	AL_LOW_TEMPERATURE,
	AL_HIGH_CHARGE_TEMPERATURE,
	AL_LOW_CHARGE_TEMPERATURE,
	AL_HIGH_DISCHARGE_CURRENT,
	AL_HIGH_CHARGE_CURRENT,
	AL_CONTACTOR,
	AL_SHORT_CIRCUIT,
	AL_INTERNAL_FAILURE,
	AL_CELL_IMBALANCE,
	/* finer ones: each shares a slot of 0x35A with one of the above */
	AL_HIGH_CELL_VOLTAGE,
	AL_LOW_CELL_VOLTAGE,
	AL_HIGH_MOSFET_TEMPERATURE,
	AL_TEMPERATURE_IMBALANCE,
	AL_LOW_SOC,
	AL_INSULATION,
	AL_INTERLOCK,
	AL_INTERNAL_COMMUNICATION,
	AL_EXTERNAL_COMMUNICATION,
	N_ALARM
};

/* An alarm's state; unsupported together with ok is ok, active wins over both. */
enum tri { TRI_UNSUPPORTED, TRI_OK, TRI_ACTIVE };

/* Which direction a battery's protection has closed when this alarm (not the warning) is active. */
enum { BLOCKS_NONE = 0, BLOCKS_CHARGE = 1, BLOCKS_DISCHARGE = 2, BLOCKS_BOTH = 3 };

struct alarm_row {
	const char *name;
	enum alarm shown_as; /* the 0x35A slot's own alarm; itself when it has a slot. N_ALARM: not shown */
	uint8_t blocks;
	const char *what;
};

enum text {
	TEXT_MANUFACTURER,
	TEXT_NAME,
	TEXT_SERIAL,
	TEXT_FAMILY,
	TEXT_FIRMWARE,
	TEXT_CELL_VOLTAGE_MIN_ID,
	TEXT_CELL_VOLTAGE_MAX_ID,
	TEXT_CELL_TEMPERATURE_MIN_ID,
	TEXT_CELL_TEMPERATURE_MAX_ID,
	N_TEXT
};
#define TEXT_MAX 16 /* characters, without the closing NUL */

enum array {
	ARRAY_CELL_VOLTAGE,     /* mV, cells from 1 */
	ARRAY_CELL_TEMPERATURE, /* 0.1 degC, sensors from 1 */
	ARRAY_BALANCING,        /* flag, cells from 1 */
	N_ARRAY
};
#define ARRAY_MAX 128 /* elements */

struct array_row {
	const char *name;
	enum unit unit;
	int64_t min, max;
	const char *what;
};

extern const struct quantity_row quantities[N_QUANTITY];
extern const struct alarm_row alarms[N_ALARM];
extern const struct array_row arrays[N_ARRAY];
extern const char *const text_names[N_TEXT];

static inline bool quantity_is_limit(enum quantity q)
{
	return q == Q_CVL || q == Q_CCL || q == Q_DCL || q == Q_LOW_VOLTAGE;
}

/* Each returns the index for a name of the table, or -1. */
int quantity_find(const char *name);
int alarm_find(const char *name);
int array_find(const char *name);
int text_find(const char *name);

/* One unit as people write it: "53.21 V", "-4.0 A", "81.25 %". Always NUL-terminated; returns buf. */
#define VALUE_TEXT_MAX 32
const char *value_print(char *buf, size_t size, enum unit unit, int64_t value);
/* The same with a fixed number of decimals (0 to 3), rounded half away from zero. */
const char *value_print_fixed(char *buf, size_t size, enum unit unit, int64_t value, int decimals);
const char *unit_symbol(enum unit unit); /* "V", "A", "degC", "%", "Ah", "Wh", "", "" */
int64_t unit_per_one(enum unit unit);    /* internal steps in one of the symbol's unit: 1000 for V */

#endif
