/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw numbers to internal values and back, in exact integers. */
#include "core/scale.h"

#include "core/bits.h"

int64_t divide(int64_t a, int64_t b, enum rounding r)
{
	int64_t floor = a / b - (a % b < 0);
	int64_t rest = a - floor * b; /* 0 .. b-1 */
	if (!rest)
		return floor;
	switch (r) {
	case ROUND_DOWN: return floor;
	case ROUND_UP: return floor + 1;
	case ROUND_DOWN_NOT_ZERO: return floor == 0 && rest >= b - rest ? 1 : floor;
	case ROUND_NEAREST: break;
	}
	/* half away from zero, so that a value and its negative round alike */
	if (rest == b - rest)
		return a < 0 ? floor : floor + 1;
	return rest > b - rest ? floor + 1 : floor;
}

/* An IEEE 754 single precision number times num / den, without floating point: the same on every machine. */
static int64_t decode_float(const struct field *f, uint32_t raw, enum rounding r)
{
	int exponent = (int)(raw >> 23 & 0xFF);
	int64_t mantissa = raw & 0x7FFFFF;
	if (exponent == 0xFF) /* infinite, or no number: far outside of every plausible range */
		return INT64_MAX / 4;
	if (exponent)
		mantissa |= 0x800000;
	else
		exponent = 1;
	exponent -= 127 + 23;
	if (raw >> 31)
		mantissa = -mantissa;
	int64_t num = mantissa * f->num, den = f->den; /* the loader keeps |num| below 2^38, den below 2^30 */
	for (; exponent > 0; exponent--) {
		if (num > INT64_MAX / 8 || num < -(INT64_MAX / 8))
			return num < 0 ? -(INT64_MAX / 4) : INT64_MAX / 4;
		num *= 2;
	}
	for (; exponent < 0 && den < INT64_MAX / 4; exponent++)
		den *= 2;
	if (exponent < 0)
		return f->offset; /* too small to count */
	return divide(num, den, r) + f->offset;
}

int64_t scale_decode(const struct field *f, uint64_t raw, enum rounding r)
{
	int64_t value;
	if (f->format == FORMAT_FLOAT) {
		value = decode_float(f, (uint32_t)raw, r);
	} else {
		int64_t number = (int64_t)raw;
		if (f->format == FORMAT_SIGNED)
			number = bits_signed(raw, f->place.bits);
		else if (f->format == FORMAT_COUNT)
			number = __builtin_popcountll(raw);
		value = number * f->num + f->rest;
		value = (f->den == 1 ? value : divide(value, f->den, r)) + f->offset;
	}
	return f->absolute && value < 0 ? -value : value;
}

/* The single nearest to num / den; den > 0. */
static uint64_t encode_float(int64_t num, int64_t den)
{
	uint64_t sign = num < 0 ? UINT64_C(1) << 31 : 0;
	uint64_t n = num < 0 ? 0 - (uint64_t)num : (uint64_t)num, d = (uint64_t)den;
	int exponent = 127 + 23;
	if (!n)
		return sign;
	while (n / d < 0x800000) /* d is below 2^38, or the loader refuses: n has room */
		n *= 2, exponent--;
	while (n / d > 0xFFFFFF)
		n /= 2, exponent++;
	return sign | (uint64_t)exponent << 23 | (n / d & 0x7FFFFF);
}

uint64_t scale_encode(const struct field *f, int64_t value, enum rounding r)
{
	int64_t num = f->num, wanted = value - f->offset;
	/* values come from within the plausible ranges (below 2^40) and den is below 2^20 or the loader refuses */
	wanted = wanted * f->den - f->rest;
	if (num < 0) {
		num = -num;
		wanted = -wanted;
		r = r == ROUND_DOWN || r == ROUND_DOWN_NOT_ZERO ? ROUND_UP : r == ROUND_UP ? ROUND_DOWN : r;
	}
	if (f->format == FORMAT_FLOAT)
		return encode_float(wanted, num);
	int64_t raw = divide(wanted, num, r);
	unsigned bits = f->place.bits;
	int64_t low = 0, high;
	if (f->format == FORMAT_SIGNED) {
		high = bits >= 63 ? INT64_MAX : (INT64_C(1) << (bits - 1)) - 1;
		low = -high; /* the most negative number often means "not available" */
	} else {
		high = bits >= 63 ? INT64_MAX : (INT64_C(1) << bits) - 1;
	}
	if (f->has_range) {
		low = f->low;
		high = f->high;
	}
	if (f->format == FORMAT_COUNT) /* so many bits, from the lowest up */
		return raw < 1 ? 0 : bits_mask(raw < bits ? (unsigned)raw : bits);
	return (uint64_t)(raw < low ? low : raw > high ? high : raw);
}
