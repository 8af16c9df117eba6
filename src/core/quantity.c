/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The tables of the vocabulary, and how values are written for people. */
#include "core/quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Plausible ranges: 12 V to 48 V banks with room for what a bank of strings adds up to; a 0x356 voltage ends at
 * 327.67 V. CVL 0 is invalid (a GX would pull the battery down to it), CCL 0 is real. A BMS that doesn't know its health
 * fills in 0 %.
 */
/* clang-format off */
const struct quantity_row quantities[N_QUANTITY] = {
	/*                                name                          unit          min      max          parallel       series         all    rounding       urgent          step  what */
	[Q_VOLTAGE]                   = { "voltage",                    UNIT_MV,      0,       1000000,     RULE_MEAN,     RULE_SUM,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "terminal voltage" },
	[Q_CURRENT]                   = { "current",                    UNIT_MA,      -3000000, 3000000,    RULE_SUM,      RULE_MEAN,     true,  ROUND_NEAREST, URGENT_NEVER,   0,    "current, positive while charging" },
	[Q_POWER]                     = { "power",                      UNIT_MW,      -3000000000, 3000000000, RULE_SUM,   RULE_SUM,      true,  ROUND_NEAREST, URGENT_NEVER,   0,    "power, positive while charging" },
	[Q_SOC]                       = { "soc",                        UNIT_BP,      0,       10500,       RULE_WEIGHTED, RULE_MIN,      false, ROUND_DOWN_NOT_ZERO, URGENT_NEVER,   0,    "state of charge" },
	[Q_SOH]                       = { "soh",                        UNIT_BP,      100,     10000,       RULE_WEIGHTED, RULE_MIN,      false, ROUND_DOWN_NOT_ZERO, URGENT_NEVER,   0,    "state of health" },
	[Q_TEMPERATURE]               = { "temperature",                UNIT_DECIDEG, -500,    1500,        RULE_MAX,      RULE_MAX,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "battery temperature" },
	[Q_CVL]                       = { "cvl",                        UNIT_MV,      5000,    1000000,     RULE_MIN,      RULE_SUM,      false, ROUND_DOWN,    URGENT_LOWER,   100,  "charge voltage limit" },
	[Q_CCL]                       = { "ccl",                        UNIT_MA,      0,       3000000,     RULE_SUM,      RULE_MIN,      false, ROUND_DOWN,    URGENT_LOWER,   100,  "charge current limit" },
	[Q_DCL]                       = { "dcl",                        UNIT_MA,      0,       3000000,     RULE_SUM,      RULE_MIN,      false, ROUND_DOWN,    URGENT_LOWER,   100,  "discharge current limit, a positive number" },
	[Q_LOW_VOLTAGE]               = { "low_voltage",                UNIT_MV,      5000,    1000000,     RULE_MAX,      RULE_SUM,      false, ROUND_UP,      URGENT_HIGHER,  100,  "discharge voltage limit: no discharge below it" },
	[Q_CHARGE_ENABLED]            = { "charge_enabled",             UNIT_FLAG,    0,       1,           RULE_MAX,      RULE_MIN,      false, ROUND_NEAREST, URGENT_LOWER,   1,    "the BMS allows charging" },
	[Q_DISCHARGE_ENABLED]         = { "discharge_enabled",          UNIT_FLAG,    0,       1,           RULE_MAX,      RULE_MIN,      false, ROUND_NEAREST, URGENT_LOWER,   1,    "the BMS allows discharging" },
	[Q_FORCE_CHARGE]              = { "force_charge",               UNIT_FLAG,    0,       1,           RULE_MAX,      RULE_MAX,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "the BMS asks to be charged now" },
	[Q_FULL_CHARGE_REQUEST]       = { "full_charge_request",        UNIT_FLAG,    0,       1,           RULE_MAX,      RULE_MAX,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "the BMS asks for a full charge some time soon" },
	[Q_CELL_VOLTAGE_MIN]          = { "cell_voltage_min",           UNIT_MV,      500,     5000,        RULE_MIN,      RULE_MIN,      false, ROUND_NEAREST, URGENT_LOWER,   20,   "lowest cell voltage" },
	[Q_CELL_VOLTAGE_MAX]          = { "cell_voltage_max",           UNIT_MV,      500,     5000,        RULE_MAX,      RULE_MAX,      false, ROUND_NEAREST, URGENT_HIGHER,  20,   "highest cell voltage" },
	[Q_CELL_TEMPERATURE_MIN]      = { "cell_temperature_min",       UNIT_DECIDEG, -500,    1500,        RULE_MIN,      RULE_MIN,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "lowest cell temperature" },
	[Q_CELL_TEMPERATURE_MAX]      = { "cell_temperature_max",       UNIT_DECIDEG, -500,    1500,        RULE_MAX,      RULE_MAX,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "highest cell temperature" },
	[Q_CELL_VOLTAGE_MIN_NO]       = { "cell_voltage_min_no",        UNIT_COUNT,   1,       32767,       RULE_NONE,     RULE_NONE,     false, ROUND_NEAREST, URGENT_NEVER,   0,    "number of the cell with the lowest voltage, from 1" },
	[Q_CELL_VOLTAGE_MAX_NO]       = { "cell_voltage_max_no",        UNIT_COUNT,   1,       32767,       RULE_NONE,     RULE_NONE,     false, ROUND_NEAREST, URGENT_NEVER,   0,    "number of the cell with the highest voltage, from 1" },
	[Q_CELL_TEMPERATURE_MIN_NO]   = { "cell_temperature_min_no",    UNIT_COUNT,   1,       32767,       RULE_NONE,     RULE_NONE,     false, ROUND_NEAREST, URGENT_NEVER,   0,    "number of the coldest sensor, from 1" },
	[Q_CELL_TEMPERATURE_MAX_NO]   = { "cell_temperature_max_no",    UNIT_COUNT,   1,       32767,       RULE_NONE,     RULE_NONE,     false, ROUND_NEAREST, URGENT_NEVER,   0,    "number of the hottest sensor, from 1" },
	[Q_CAPACITY]                  = { "capacity",                   UNIT_MAH,     100,     100000000,   RULE_SUM,      RULE_MIN,      true,  ROUND_DOWN,    URGENT_NEVER,   0,    "installed capacity" },
	[Q_CAPACITY_REMAINING]        = { "capacity_remaining",         UNIT_MAH,     0,       100000000,   RULE_SUM,      RULE_MIN,      true,  ROUND_DOWN,    URGENT_NEVER,   0,    "charge that is left now" },
	[Q_CYCLES]                    = { "cycles",                     UNIT_COUNT,   0,       100000,      RULE_MAX,      RULE_MAX,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "charge cycles" },
	[Q_ENERGY_IN]                 = { "energy_in",                  UNIT_WH,      0,       1000000000000, RULE_SUM,    RULE_SUM,      true,  ROUND_DOWN,    URGENT_NEVER,   0,    "energy charged over its life" },
	[Q_ENERGY_OUT]                = { "energy_out",                 UNIT_WH,      0,       1000000000000, RULE_SUM,    RULE_SUM,      true,  ROUND_DOWN,    URGENT_NEVER,   0,    "energy discharged over its life" },
	[Q_MODULES_ONLINE]            = { "modules_online",             UNIT_COUNT,   0,       1000,        RULE_SUM,      RULE_SUM,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "modules of the battery that are online" },
	[Q_MODULES_OFFLINE]           = { "modules_offline",            UNIT_COUNT,   0,       1000,        RULE_SUM,      RULE_SUM,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "modules of the battery that are offline" },
	[Q_MODULES_BLOCKING_CHARGE]   = { "modules_blocking_charge",    UNIT_COUNT,   0,       1000,        RULE_SUM,      RULE_SUM,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "modules that block charging" },
	[Q_MODULES_BLOCKING_DISCHARGE] = { "modules_blocking_discharge", UNIT_COUNT,  0,       1000,        RULE_SUM,      RULE_SUM,      false, ROUND_NEAREST, URGENT_NEVER,   0,    "modules that block discharging" },
};

/* Slots of 0x35A: SMA FSS-ConnectingBat-TI 1.0 and MG guide 8. */
const struct alarm_row alarms[N_ALARM] = {
	[AL_GENERAL]                  = { "general",                  AL_GENERAL,                 BLOCKS_NONE,      "general alarm" },
	[AL_HIGH_VOLTAGE]             = { "high_voltage",             AL_HIGH_VOLTAGE,            BLOCKS_CHARGE,    "battery voltage too high" },
	[AL_LOW_VOLTAGE]              = { "low_voltage",              AL_LOW_VOLTAGE,             BLOCKS_DISCHARGE, "battery voltage too low" },
	[AL_HIGH_TEMPERATURE]         = { "high_temperature",         AL_HIGH_TEMPERATURE,        BLOCKS_BOTH,      "too hot" },
	[AL_LOW_TEMPERATURE]          = { "low_temperature",          AL_LOW_TEMPERATURE,         BLOCKS_BOTH,      "too cold" },
	[AL_HIGH_CHARGE_TEMPERATURE]  = { "high_charge_temperature",  AL_HIGH_CHARGE_TEMPERATURE, BLOCKS_CHARGE,    "too hot to charge" },
	[AL_LOW_CHARGE_TEMPERATURE]   = { "low_charge_temperature",   AL_LOW_CHARGE_TEMPERATURE,  BLOCKS_CHARGE,    "too cold to charge" },
	[AL_HIGH_DISCHARGE_CURRENT]   = { "high_discharge_current",   AL_HIGH_DISCHARGE_CURRENT,  BLOCKS_DISCHARGE, "discharge current too high" },
	[AL_HIGH_CHARGE_CURRENT]      = { "high_charge_current",      AL_HIGH_CHARGE_CURRENT,     BLOCKS_CHARGE,    "charge current too high" },
	[AL_CONTACTOR]                = { "contactor",                AL_CONTACTOR,               BLOCKS_BOTH,      "contactor or switch failure" },
	[AL_SHORT_CIRCUIT]            = { "short_circuit",            AL_SHORT_CIRCUIT,           BLOCKS_BOTH,      "short circuit" },
	[AL_INTERNAL_FAILURE]         = { "internal_failure",         AL_INTERNAL_FAILURE,        BLOCKS_BOTH,      "BMS internal failure" },
	[AL_CELL_IMBALANCE]           = { "cell_imbalance",           AL_CELL_IMBALANCE,          BLOCKS_NONE,      "cells differ too much" },
	[AL_HIGH_CELL_VOLTAGE]        = { "high_cell_voltage",        AL_HIGH_VOLTAGE,            BLOCKS_CHARGE,    "a cell's voltage too high" },
	[AL_LOW_CELL_VOLTAGE]         = { "low_cell_voltage",         AL_LOW_VOLTAGE,             BLOCKS_DISCHARGE, "a cell's voltage too low" },
	[AL_HIGH_MOSFET_TEMPERATURE]  = { "high_mosfet_temperature",  AL_HIGH_TEMPERATURE,        BLOCKS_BOTH,      "the BMS's switches too hot" },
	[AL_TEMPERATURE_IMBALANCE]    = { "temperature_imbalance",    AL_GENERAL,                 BLOCKS_NONE,      "temperatures differ too much" },
	[AL_LOW_SOC]                  = { "low_soc",                  N_ALARM,                    BLOCKS_NONE,      "state of charge low" },
	[AL_INSULATION]               = { "insulation",               AL_GENERAL,                 BLOCKS_NONE,      "insulation failure" },
	[AL_INTERLOCK]                = { "interlock",                AL_CONTACTOR,               BLOCKS_BOTH,      "interlock open" },
	[AL_INTERNAL_COMMUNICATION]   = { "internal_communication",   AL_INTERNAL_FAILURE,        BLOCKS_NONE,      "BMS parts don't hear each other" },
	[AL_EXTERNAL_COMMUNICATION]   = { "external_communication",   AL_GENERAL,                 BLOCKS_NONE,      "the BMS misses its inverter" },
};

const struct array_row arrays[N_ARRAY] = {
	[ARRAY_CELL_VOLTAGE]     = { "cell_voltage",     UNIT_MV,      500,  5000, "voltage of each cell, from 1" },
	[ARRAY_CELL_TEMPERATURE] = { "cell_temperature", UNIT_DECIDEG, -500, 1500, "each temperature sensor, from 1" },
	[ARRAY_BALANCING]        = { "balancing",        UNIT_FLAG,    0,    1,    "is this cell being balanced, from 1" },
};
/* clang-format on */

const char *const text_names[N_TEXT] = {
	[TEXT_MANUFACTURER] = "manufacturer",
	[TEXT_NAME] = "name",
	[TEXT_SERIAL] = "serial",
	[TEXT_FAMILY] = "family",
	[TEXT_FIRMWARE] = "firmware",
	[TEXT_CELL_VOLTAGE_MIN_ID] = "cell_voltage_min_id",
	[TEXT_CELL_VOLTAGE_MAX_ID] = "cell_voltage_max_id",
	[TEXT_CELL_TEMPERATURE_MIN_ID] = "cell_temperature_min_id",
	[TEXT_CELL_TEMPERATURE_MAX_ID] = "cell_temperature_max_id",
};

static const struct {
	const char *symbol;
	int digits; /* decimals of one internal step */
	int shown;  /* decimals for people */
} units[N_UNIT] = {
	[UNIT_MV] = { "V", 3, 3 },      [UNIT_MA] = { "A", 3, 1 },   [UNIT_DECIDEG] = { "degC", 1, 1 }, [UNIT_BP] = { "%", 2, 2 },
	[UNIT_MAH] = { "Ah", 3, 1 },    [UNIT_WH] = { "Wh", 0, 0 },  [UNIT_MW] = { "W", 3, 0 },         [UNIT_COUNT] = { "", 0, 0 },
	[UNIT_FLAG] = { "", 0, 0 },
};

int quantity_find(const char *name)
{
	for (int i = 0; i < N_QUANTITY; i++)
		if (!strcmp(name, quantities[i].name))
			return i;
	return -1;
}

int alarm_find(const char *name)
{
	for (int i = 0; i < N_ALARM; i++)
		if (!strcmp(name, alarms[i].name))
			return i;
	return -1;
}

int array_find(const char *name)
{
	for (int i = 0; i < N_ARRAY; i++)
		if (!strcmp(name, arrays[i].name))
			return i;
	return -1;
}

int text_find(const char *name)
{
	for (int i = 0; i < N_TEXT; i++)
		if (!strcmp(name, text_names[i]))
			return i;
	return -1;
}

const char *unit_symbol(enum unit unit)
{
	return units[unit].symbol;
}

static int64_t power_of_ten(int n)
{
	int64_t p = 1;
	while (n-- > 0)
		p *= 10;
	return p;
}

int64_t unit_per_one(enum unit unit)
{
	return power_of_ten(units[unit].digits);
}

const char *value_print_fixed(char *buf, size_t size, enum unit unit, int64_t value, int decimals)
{
	if (unit == UNIT_FLAG) {
		snprintf(buf, size, "%s", value ? "yes" : "no");
		return buf;
	}
	const char *symbol = units[unit].symbol;
	const char *space = *symbol ? " " : "";
	bool negative = value < 0;
	uint64_t left = negative ? 0 - (uint64_t)value : (uint64_t)value;
	int digits = units[unit].digits;
	if (decimals < digits) {
		uint64_t cut = (uint64_t)power_of_ten(digits - decimals);
		left = (left + cut / 2) / cut;
		digits = decimals;
	}
	uint64_t one = (uint64_t)power_of_ten(digits);
	const char *sign = negative && left ? "-" : "";
	if (digits)
		snprintf(buf, size, "%s%" PRIu64 ".%0*" PRIu64 "%s%s", sign, left / one, digits, left % one, space, symbol);
	else
		snprintf(buf, size, "%s%" PRIu64 "%s%s", sign, left, space, symbol);
	return buf;
}

const char *value_print(char *buf, size_t size, enum unit unit, int64_t value)
{
	return value_print_fixed(buf, size, unit, value, units[unit].shown);
}
