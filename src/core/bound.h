/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A number that may not have been given. */
#ifndef CORE_BOUND_H
#define CORE_BOUND_H

#include <stdbool.h>
#include <stdint.h>

struct bound {
	bool set;
	int64_t value; /* internal step of its quantity */
};

#endif
