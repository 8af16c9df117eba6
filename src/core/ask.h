/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What one pack asks for, in one respect at a time, with the reason. */
#ifndef CORE_ASK_H
#define CORE_ASK_H

#include "core/pack.h"
#include "core/reason.h"

struct ask {
	bool known;
	int64_t value; /* mV or mA */
	int64_t free;  /* mA, of a current: if there were no curves */
	struct reason reason;
};

/* The config's own ceiling: its limit or C rate. Not known where it sets none. */
struct ask ask_config(const struct pack *p, int index, enum limit_kind kind);

/* The stricter of what the BMS tells (or the config's override) and the config's own limit. */
struct ask ask_limit(const struct pack *p, int index, enum limit_kind kind, const struct settings *s, int64_t now);

/* The same for CVL and low voltage, also of a pack that isn't heard: they hold for all that hangs on the busbar. */
struct ask ask_voltage(const struct pack *p, int index, enum limit_kind kind, const struct settings *s, int64_t now);

/* What a cell of this pack bears: its chemistry's row with the config's own values. */
struct chemistry_row cell_levels(const struct pack_settings *set, const struct settings *s);

/* Does the pack take no current in this direction: by its limit, its switch, or a protection alarm? */
bool ask_blocked(const struct pack *p, const struct ask *ask, enum direction d, bool *by_protection);

/* Is `a` the stricter of two limits? */
bool ask_stricter(enum limit_kind kind, int64_t a, int64_t b);

/* A pack's own entry under `limits:`. */
const struct bound *ask_cap(const struct pack_settings *set, enum limit_kind kind);

/* A reason with nothing but a code and a pack (-1: the bank). */
struct reason ask_because(enum reason_code code, int pack);

#endif
