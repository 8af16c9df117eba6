/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How the state of charging reads. */
#include "core/charge.h"

#include <stdio.h>

static int minutes(int64_t us)
{
	return (int)((us + 59999999) / 60000000);
}

static const char *volts(char buf[VALUE_TEXT_MAX], int64_t mv)
{
	return value_print_fixed(buf, VALUE_TEXT_MAX, UNIT_MV, mv, 1);
}

const char *charge_waits(char *buf, size_t size, const struct charge *c, const struct settings *s)
{
	char voltage[VALUE_TEXT_MAX], current[VALUE_TEXT_MAX];
	int left = minutes(s->charge.absorption_time - c->absorbed);
	buf[0] = '\0';
	switch (c->phase) {
	case CHARGE_BULK: snprintf(buf, size, "waits for %s", volts(voltage, c->top)); break;
	case CHARGE_ABSORPTION:
		if (!s->charge.use_float)
			snprintf(buf, size, "until the voltage is below %s", volts(voltage, c->back));
		else if (!c->tail)
			snprintf(buf, size, "%d min more at %s", left, volts(voltage, c->top));
		else
			snprintf(buf, size, "%d min more at %s, or until the current is below %s", left, volts(voltage, c->top),
			         value_print(current, sizeof current, UNIT_MA, c->tail));
		break;
	case CHARGE_FLOAT:
		snprintf(buf, size, "until SoC is below %d %% or the voltage below %s", (int)(s->charge.back_soc / 100), volts(voltage, c->back));
		break;
	case N_CHARGE_PHASE: break;
	}
	return buf;
}
