/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the written units and the exact reading of numbers: decimal text to a fraction, never through a float. */
#include "config/unit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct dimension_row {
	const char *example;
	const char *missing, *wrong, *fine; /* no unit; another unit; finer than the internal step */
};

#define DIMENSION(what, example_, step)                                                                                \
	{                                                                                                              \
		.example = example_, .missing = "the unit is missing: " what " is written like " example_,             \
		.wrong = "this is not " what ", which is written like " example_,                                      \
		.fine = "this is finer than battagg's step of " step                                                   \
	}

static const struct dimension_row dimensions[N_DIMENSION] = {
	[DIM_NONE] = { .example = "3",
		       .missing = "a number is missing",
		       .wrong = "this is not a bare number such as 3 or 0x35A",
		       .fine = "this is not a whole number" },
	[DIM_VOLTAGE] = DIMENSION("a voltage", "53.2 V", "1 mV"),
	[DIM_CURRENT] = DIMENSION("a current", "100 A", "1 mA"),
	[DIM_TEMPERATURE] = DIMENSION("a temperature", "25 degC", "0.1 degC"),
	[DIM_PERCENT] = DIMENSION("a percentage", "5 %", "0.01 %"),
	[DIM_CHARGE] = DIMENSION("a capacity", "100 Ah", "1 mAh"),
	[DIM_ENERGY] = DIMENSION("an energy", "4.8 kWh", "1 Wh"),
	[DIM_POWER] = DIMENSION("a power", "250 W", "1 mW"),
	[DIM_TIME] = DIMENSION("a time", "10 s", "1 us"),
	[DIM_BITRATE] = DIMENSION("a bit rate", "500 kbit/s", "1 bit/s"),
	[DIM_CURRENT_RATE] = DIMENSION("a current per second", "5 A/s", "1 mA/s"),
	[DIM_VOLTAGE_RATE] = DIMENSION("a voltage per second", "80 mV/s", "1 mV/s"),
	[DIM_PERCENT_RATE] = DIMENSION("a percentage per second", "5 %/s", "0.01 %/s"),
	[DIM_C_RATE] = DIMENSION("a C rate", "0.5 C", "0.01 C"),
	[DIM_RESISTANCE] = DIMENSION("a resistance", "20 mOhm", "1 uOhm"),
	[DIM_FLAG] = { .example = "yes",
		       .missing = "yes or no is missing",
		       .wrong = "this is neither yes nor no",
		       .fine = "this is neither yes nor no" },
};

/* internal = (written - zero) * num / den, zero in the written unit's hundredths */
struct unit_row {
	const char *symbol;
	enum dimension dimension;
	int64_t num, den;
	int64_t zero; /* 0.01 of the unit, taken off unless it is a difference */
};

static const struct unit_row units[] = {
	{ "V", DIM_VOLTAGE, 1000, 1, 0 },
	{ "mV", DIM_VOLTAGE, 1, 1, 0 },
	{ "A", DIM_CURRENT, 1000, 1, 0 },
	{ "mA", DIM_CURRENT, 1, 1, 0 },
	{ "degC", DIM_TEMPERATURE, 10, 1, 0 },
	{ "\u00b0C", DIM_TEMPERATURE, 10, 1, 0 },
	{ "C", DIM_TEMPERATURE, 10, 1, 0 },
	{ "K", DIM_TEMPERATURE, 10, 1, 27315 },
	{ "degF", DIM_TEMPERATURE, 50, 9, 3200 },
	{ "\u00b0F", DIM_TEMPERATURE, 50, 9, 3200 },
	{ "F", DIM_TEMPERATURE, 50, 9, 3200 },
	{ "%", DIM_PERCENT, 100, 1, 0 },
	{ "Ah", DIM_CHARGE, 1000, 1, 0 },
	{ "mAh", DIM_CHARGE, 1, 1, 0 },
	{ "Wh", DIM_ENERGY, 1, 1, 0 },
	{ "kWh", DIM_ENERGY, 1000, 1, 0 },
	{ "W", DIM_POWER, 1000, 1, 0 },
	{ "mW", DIM_POWER, 1, 1, 0 },
	{ "kW", DIM_POWER, 1000000, 1, 0 },
	{ "us", DIM_TIME, 1, 1, 0 },
	{ "ms", DIM_TIME, 1000, 1, 0 },
	{ "s", DIM_TIME, 1000000, 1, 0 },
	{ "min", DIM_TIME, 60 * 1000000LL, 1, 0 },
	{ "h", DIM_TIME, 3600 * 1000000LL, 1, 0 },
	{ "d", DIM_TIME, 86400 * 1000000LL, 1, 0 },
	{ "bit/s", DIM_BITRATE, 1, 1, 0 },
	{ "kbit/s", DIM_BITRATE, 1000, 1, 0 },
	{ "Mbit/s", DIM_BITRATE, 1000000, 1, 0 },
	{ "A/s", DIM_CURRENT_RATE, 1000, 1, 0 },
	{ "mA/s", DIM_CURRENT_RATE, 1, 1, 0 },
	{ "V/s", DIM_VOLTAGE_RATE, 1000, 1, 0 },
	{ "mV/s", DIM_VOLTAGE_RATE, 1, 1, 0 },
	{ "%/s", DIM_PERCENT_RATE, 100, 1, 0 },
	{ "C", DIM_C_RATE, 100, 1, 0 },
	{ "mOhm", DIM_RESISTANCE, 1000, 1, 0 }, /* of batteries */
	{ "Ohm", DIM_RESISTANCE, 1000000, 1, 0 },
	{ "uOhm", DIM_RESISTANCE, 1, 1, 0 },
};

static const char too_large[] = "this number is too large";

enum dimension unit_dimension(enum unit u)
{
	static const enum dimension of[N_UNIT] = {
		[UNIT_MV] = DIM_VOLTAGE, [UNIT_MA] = DIM_CURRENT, [UNIT_DECIDEG] = DIM_TEMPERATURE,
		[UNIT_BP] = DIM_PERCENT, [UNIT_MAH] = DIM_CHARGE, [UNIT_WH] = DIM_ENERGY,
		[UNIT_MW] = DIM_POWER,   		[UNIT_COUNT] = DIM_NONE, [UNIT_FLAG] = DIM_FLAG,
	};
	return of[u];
}

const char *dimension_example(enum dimension d)
{
	return dimensions[d].example;
}

const char *dimension_symbol(enum dimension d, unsigned i)
{
	for (size_t k = 0; k < sizeof units / sizeof *units; k++)
		if (units[k].dimension == d && !i--)
			return units[k].symbol;
	return NULL;
}

static int64_t gcd(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a < 0 ? -a : a;
}

/* a * b as reduced fractions; false on overflow */
static bool multiply(struct ratio a, struct ratio b, struct ratio *out)
{
	int64_t g = gcd(a.num, b.den), h = gcd(b.num, a.den);
	return !__builtin_mul_overflow(a.num / g, b.num / h, &out->num) &&
	       !__builtin_mul_overflow(a.den / h, b.den / g, &out->den);
}

static bool subtract(struct ratio a, struct ratio b, struct ratio *out)
{
	int64_t left, right;
	if (__builtin_mul_overflow(a.num, b.den, &left) || __builtin_mul_overflow(b.num, a.den, &right) ||
	    __builtin_sub_overflow(left, right, &out->num) || __builtin_mul_overflow(a.den, b.den, &out->den))
		return false;
	int64_t g = gcd(out->num, out->den);
	out->num /= g;
	out->den /= g;
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void skip_spaces(const char **p)
{
	while (**p == ' ')
		(*p)++;
}

static const char *read_hex(const char **p, struct ratio *out)
{
	int64_t n = 0;
	const char *s = *p + 2;
	if (hex_digit(*s) < 0)
		return "0x needs hexadecimal digits behind it";
	for (; hex_digit(*s) >= 0; s++) {
		if (n > INT64_MAX >> 4)
			return too_large;
		n = n << 4 | hex_digit(*s);
	}
	*p = s;
	*out = (struct ratio) { n, 1 };
	return NULL;
}

/* An unsigned decimal or hexadecimal number. */
static const char *read_number(const char **p, struct ratio *out)
{
	const char *s = *p;
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		return read_hex(p, out);
	int64_t num = 0, den = 1;
	bool point = false;
	if (!is_digit(*s))
		return "this does not begin with a number";
	for (;; s++) {
		if (*s == '.' && !point && is_digit(s[1])) {
			point = true;
			continue;
		}
		if (!is_digit(*s))
			break;
		if (__builtin_mul_overflow(num, 10, &num) || __builtin_add_overflow(num, *s - '0', &num) ||
		    (point && __builtin_mul_overflow(den, 10, &den)))
			return point ? "this number has too many digits" : too_large;
	}
	if (*s == ',')
		return "decimals are written with a point";
	if (*s == '.')
		return "this is not a number";
	int64_t g = gcd(num, den);
	*p = s;
	*out = (struct ratio) { num / g, den / g };
	return NULL;
}

/* [+-] number [/ number] */
static const char *read_fraction(const char **p, struct ratio *out)
{
	bool minus = **p == '-';
	if (minus || **p == '+')
		(*p)++;
	const char *bad = read_number(p, out);
	if (bad)
		return bad;
	if (**p == '/') {
		struct ratio by;
		(*p)++;
		bad = read_number(p, &by);
		if (bad)
			return bad;
		if (!by.num)
			return "this divides by zero";
		if (!multiply(*out, (struct ratio) { by.den, by.num }, out))
			return too_large;
	}
	if (minus)
		out->num = -out->num;
	return NULL;
}

static bool same_word(const char *text, const char *lower)
{
	for (; *text && *lower; text++, lower++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
		if (c != *lower)
			return false;
	}
	return !*text && !*lower;
}

static const char *parse_flag(const char *text, struct ratio *out)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true" };
	for (int i = 0; i < 6; i++)
		if (same_word(text, words[i])) {
			*out = (struct ratio) { i & 1, 1 };
			return NULL;
		}
	return *text ? dimensions[DIM_FLAG].wrong : dimensions[DIM_FLAG].missing;
}

/* Finds the unit that is all of `text` but trailing spaces. */
static const struct unit_row *find_unit(const char *text, enum dimension d)
{
	size_t len = strlen(text);
	while (len && text[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].dimension == d && strlen(units[i].symbol) == len && !memcmp(units[i].symbol, text, len))
			return &units[i];
	return NULL;
}

const char *parse_ratio(const char *text, enum dimension d, bool difference, struct ratio *out)
{
	if (d == DIM_FLAG)
		return parse_flag(text, out);
	skip_spaces(&text);
	const char *bad = read_fraction(&text, out);
	if (bad)
		return bad;
	skip_spaces(&text);
	if (d == DIM_NONE)
		return *text ? dimensions[d].wrong : NULL;
	if (!*text)
		return dimensions[d].missing;
	const struct unit_row *unit = find_unit(text, d);
	if (!unit)
		return dimensions[d].wrong;
	if (unit->zero && !difference) {
		int64_t g = gcd(unit->zero, 100);
		if (!subtract(*out, (struct ratio) { unit->zero / g, 100 / g }, out))
			return too_large;
	}
	return multiply(*out, (struct ratio) { unit->num, unit->den }, out) ? NULL : too_large;
}

const char *parse_value(const char *text, enum dimension d, int64_t *out)
{
	struct ratio r;
	const char *bad = parse_ratio(text, d, false, &r);
	if (bad)
		return bad;
	if (r.den != 1)
		return dimensions[d].fine;
	*out = r.num;
	return NULL;
}

const char *parse_integer(const char *text, int64_t *out)
{
	return parse_value(text, DIM_NONE, out);
}

/* The unit of a dimension that is written for `value`: for times and bit rates the largest that divides it. */
static const struct unit_row *choose_unit(enum dimension d, int64_t value)
{
	const struct unit_row *best = NULL;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const struct unit_row *u = &units[i];
		if (u->dimension != d)
			continue;
		if (!best)
			best = u;
		else if ((d == DIM_TIME || d == DIM_BITRATE) && value % u->num == 0 && u->num <= 60 * 1000000LL &&
			 u->num > best->num)
			best = u;
	}
	return best;
}

const char *dimension_print(char buf[DIMENSION_TEXT_MAX], enum dimension d, int64_t value)
{
	if (d == DIM_FLAG) {
		snprintf(buf, DIMENSION_TEXT_MAX, "%s", value ? "yes" : "no");
		return buf;
	}
	if (d == DIM_TIME && !value) {
		snprintf(buf, DIMENSION_TEXT_MAX, "0 s");
		return buf;
	}
	const struct unit_row *u = choose_unit(d, value);
	int64_t per_one = u ? u->num : 1;
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint64_t whole = size / (uint64_t)per_one, rest = size % (uint64_t)per_one;
	int len = snprintf(buf, DIMENSION_TEXT_MAX, "%s%" PRIu64, value < 0 ? "-" : "", whole);
	if (rest) {
		buf[len++] = '.';
		for (uint64_t step = (uint64_t)per_one / 10; rest; step /= 10) {
			buf[len++] = (char)('0' + rest / step);
			rest %= step;
		}
	}
	snprintf(buf + len, DIMENSION_TEXT_MAX - (size_t)len, "%s%s", u ? " " : "", u ? u->symbol : "");
	return buf;
}
