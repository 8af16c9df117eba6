/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How the state of charging reads. */
#include "core/charge.h"

#include <stdio.h>

#define DAY (86400 * INT64_C(1000000)) /* us */

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
	if (balance_raises(&c->balance, s)) {
		snprintf(buf, size, "until the balancing charge is over");
		return buf;
	}
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

/* The pack whose cells are furthest apart, or not known. */
static const char *whose(const struct balance *b, const struct settings *s)
{
	return b->pack >= 0 && b->pack < s->n_packs ? s->packs[b->pack].name : "a pack";
}

static void tell_holding(char *buf, size_t size, const struct balance *b, const struct settings *s, int64_t now)
{
	const struct charge_settings *c = &s->charge;
	int left = minutes(c->balance_at_most - b->worked);
	char allowed[VALUE_TEXT_MAX], least[VALUE_TEXT_MAX];
	if (b->top < b->least)
		snprintf(buf, size, "only %s is allowed, and cells show how far they are apart from %s on; at most %d min more",
		         volts(allowed, b->top), volts(least, b->least), left);
	else if (!b->spread_known)
		snprintf(buf, size, "waits for %s to tell of its cells; at most %d min more", whose(b, s), left);
	else if (b->spread > c->balance_spread)
		snprintf(buf, size, "%s's cells are %d mV apart, %d mV is enough; at most %d min more", whose(b, s), (int)b->spread,
		         c->balance_spread, left);
	else if (b->even_since)
		snprintf(buf, size, "the cells are close together, for %d min more", minutes(c->balance_hold - (now - b->even_since)));
	else
		snprintf(buf, size, "waits for the voltage to be back at the top; at most %d min more", left);
}

static void tell_idle(char *buf, size_t size, const struct balance *b, const struct settings *s, const struct wall *wall)
{
	int64_t every = (s->charge.balance_every + DAY - 1) / DAY;
	if (!every)
		snprintf(buf, size, "only by hand");
	else if (!wall->known || !b->done_day)
		snprintf(buf, size, "waits for the day to be known for an hour");
	else
		snprintf(buf, size, "next in %d d", b->done_day + every > wall->day ? (int)(b->done_day + every - wall->day) : 0);
}

const char *balance_waits(char *buf, size_t size, const struct balance *b, const struct settings *s, const struct wall *wall,
                          int64_t now)
{
	char voltage[VALUE_TEXT_MAX];
	buf[0] = '\0';
	switch (b->state) {
	case BALANCE_IDLE:
	case BALANCE_DONE: tell_idle(buf, size, b, s, wall); break;
	case BALANCE_DUE: snprintf(buf, size, "waits for the battery to come up to %s", volts(voltage, b->normal)); break;
	case BALANCE_CHARGING: snprintf(buf, size, "waits for %s", volts(voltage, b->top)); break;
	case BALANCE_HOLDING: tell_holding(buf, size, b, s, now); break;
	case BALANCE_RETURNING:
		snprintf(buf, size, s->charge.balance_back == BACK_DISCHARGE ? "waits for the battery to come down to %s" :
		                                                              "coming down slowly to %s", volts(voltage, b->normal));
		break;
	case BALANCE_PUT_OFF: snprintf(buf, size, "tries again the next day"); break;
	case N_BALANCE_STATE: break;
	}
	return buf;
}
