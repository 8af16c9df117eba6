/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Numbers as people write them, with their unit, made exact: "0.1 V", "-400 A", "250 kbit/s", "10 min", "0x35A". */
#ifndef CONFIG_UNIT_H
#define CONFIG_UNIT_H

#include "core/quantity.h"

/* What a written unit measures. */
enum dimension {
	DIM_NONE, /* a bare number */
	DIM_VOLTAGE,     /* V mV          -> mV */
	DIM_CURRENT,     /* A mA          -> mA */
	DIM_TEMPERATURE, /* degC °C C, K, degF °F F -> 0.1 degC */
	DIM_PERCENT,     /* %             -> 0.01 % */
	DIM_CHARGE,      /* Ah mAh        -> mAh */
	DIM_ENERGY,      /* Wh kWh        -> Wh */
	DIM_POWER,       /* W mW kW       -> mW */
	DIM_TIME,        /* us ms s min h d -> us */
	DIM_BITRATE,     /* bit/s kbit/s Mbit/s -> bit/s */
	DIM_CURRENT_RATE, /* A/s mA/s     -> mA/s */
	DIM_VOLTAGE_RATE, /* V/s mV/s     -> mV/s */
	DIM_PERCENT_RATE, /* %/s          -> 0.01 %/s */
	DIM_C_RATE,      /* C             -> 0.01 C */
	DIM_RESISTANCE,  /* Ohm mOhm uOhm -> uOhm */
	DIM_FLAG,        /* yes no on off true false -> 1, 0 */
	N_DIMENSION
};

/* An exact number: num / den internal steps. */
struct ratio {
	int64_t num, den; /* den > 0, no common divisor */
};

enum dimension unit_dimension(enum unit u);
const char *dimension_example(enum dimension d); /* "53.2 V": for messages */
/* The written unit number i of a dimension; NULL when it has no more. */
const char *dimension_symbol(enum dimension d, unsigned i);

/*
 * Parses all of `text` as a decimal number (or 0x...), also "1/1024", and a unit of the dimension.
 * `difference`: a temperature is a difference (a factor), so K and degC are the same step and no zero point is taken off.
 * Returns NULL, or what is wrong with it (a static text that fits after "'0.1 A': ").
 */
const char *parse_ratio(const char *text, enum dimension d, bool difference, struct ratio *out);

/* The same where the result must be a whole number of internal steps. */
const char *parse_value(const char *text, enum dimension d, int64_t *out);

/* A value as parse_value() reads it, exact, in a unit people would choose. */
#define DIMENSION_TEXT_MAX 40
const char *dimension_print(char buf[DIMENSION_TEXT_MAX], enum dimension d, int64_t value);

/* A bare whole number, decimal or 0x...; NULL or what is wrong. */
const char *parse_integer(const char *text, int64_t *out);

#endif
