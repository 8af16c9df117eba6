/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How rows of the config's tables are written, in config_schema*.c. */
#ifndef CONFIG_CONFIG_ROWS_H
#define CONFIG_CONFIG_ROWS_H

#include "config/config_private.h"

#include <stddef.h>

/* clang-format off */
#define STORE_OF(type, field)                                                                                          \
	.at = offsetof(type, field), .size = sizeof(((type *)0)->field),                                               \
	.store = _Generic(((type *)0)->field, int64_t: STORE_INT64, int: STORE_INT, unsigned: STORE_INT,               \
	                  bool: STORE_BOOL, struct bound: STORE_BOUND, default: STORE_NONE)
/* clang-format on */
#define NUMBER(key_, type, field, dimension_, standard_, min_, max_)                                                   \
	.key = key_, .kind = KEY_NUMBER, STORE_OF(type, field), .dimension = dimension_, .standard = standard_,        \
	.min = min_, .max = max_
#define FLAG(key_, type, field, standard_)                                                                             \
	.key = key_, .kind = KEY_NUMBER, STORE_OF(type, field), .dimension = DIM_FLAG, .standard = standard_
#define TEXT(key_, type, field, standard_) .key = key_, .kind = KEY_TEXT, STORE_OF(type, field), .standard = standard_
#define WORD(key_, type, field, words_, first_, standard_)                                                             \
	.key = key_, .kind = KEY_WORD, STORE_OF(type, field), .words = words_, .first = first_, .standard = standard_
#define MAP(key_, rows_)             .key = key_, .kind = KEY_MAP, .rows = rows_
#define LIST(key_, rows_, read_)     .key = key_, .kind = KEY_LIST, .rows = rows_, .read = read_
#define SPECIAL(key_, form_, read_, print_)                                                                            \
	.key = key_, .kind = KEY_SPECIAL, .form = form_, .read = read_, .print = print_
/* A struct curve, in the config (read_curve) or in a pack (read_pack_curve), over values of this dimension. */
#define CURVE(key_, type, field, dimension_, shape_, read_)                                                            \
	.key = key_, .kind = KEY_SPECIAL, .form = FORM_CURVE, .at = offsetof(type, field), .dimension = dimension_,    \
	.first = shape_, .read = read_, .print = print_curve
/* The same in the config for what comes in steps: from so much on. */
#define TIERS(key_, field, dimension_)                                                                                 \
	.key = key_, .kind = KEY_SPECIAL, .form = FORM_TIERS, .at = offsetof(struct config, field),                    \
	.dimension = dimension_, .first = SHAPE_FALLS, .read = read_curve, .print = print_curve
/* A struct amount in the config. */
#define AMOUNT(key_, field)                                                                                            \
	.key = key_, .kind = KEY_SPECIAL, .form = FORM_AMOUNT, .at = offsetof(struct config, field),                   \
	.read = read_amount, .print = print_amount
#define CONFIG                       struct config
#define PACK                         struct pack_settings
#define IFACE                        struct interface_settings

#endif
