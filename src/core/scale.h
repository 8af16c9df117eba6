/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw numbers to internal values and back, in exact integers, rounded to the side that is asked for. */
#ifndef CORE_SCALE_H
#define CORE_SCALE_H

#include "core/profile.h"

/* a / b, b > 0, rounded. */
int64_t divide(int64_t a, int64_t b, enum rounding r);

/* The field's value for these raw bits. */
int64_t scale_decode(const struct field *f, uint64_t raw, enum rounding r);

/* The raw bits for a value, cut to what fits. */
uint64_t scale_encode(const struct field *f, int64_t value, enum rounding r);

#endif
