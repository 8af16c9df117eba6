/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What one pack asks for: its BMS's limits as accepted, the config's, and whether it takes current at all. */
#include "core/ask.h"

#include "core/scale.h"

struct reason ask_because(enum reason_code code, int pack)
{
	return (struct reason){ .code = code, .pack = (int16_t)pack, .without = WITHOUT_UNKNOWN };
}

const struct bound *ask_cap(const struct pack_settings *set, enum limit_kind kind)
{
	const struct bound *caps[N_LIMIT] = { &set->limits.cvl, &set->limits.ccl, &set->limits.dcl,
		                              &set->limits.low_voltage };
	return caps[kind];
}

bool ask_stricter(enum limit_kind kind, int64_t a, int64_t b)
{
	return kind == LIMIT_LOW_VOLTAGE ? a > b : a < b;
}

/* What a BMS tells of itself. A limit of unproven meaning may only lower the config's: when it stops coming its last
 * value stays, like a lost pack's constraints, until it is gone; a proven one that stops coming is 0 by then. */
static struct ask told_limit(const struct pack *p, int index, enum limit_kind kind, const struct settings *s, int64_t now)
{
	const struct accepted *a = &p->accepted[kind];
	struct ask ask = { .known = a->known, .value = a->value, .reason = ask_because(REASON_PACK, index) };
	bool current = kind == LIMIT_CCL || kind == LIMIT_DCL;
	if (p->seen.lower_only >> limit_quantity[kind] & 1) {
		/* said once it may lower already */
		ask.known = a->has_last && now - a->time <= s->gone;
		if (!a->known)
			ask.value = a->last;
	} else if (a->known && !current && ask_cap(p->set, kind)->set && pack_limit_old(p, kind, s, now)) {
		ask.known = false; /* the config's stands in; without it the pack is not complete, and this stays its last word */
	} else if (a->known && current && pack_limit_old(p, kind, s, now)) {
		ask = (struct ask){ .known = true, .reason = ask_because(REASON_LIMIT_UNKNOWN, index) };
	} else if (!a->known && a->has_last && ask_cap(p->set, kind)->set) {
		/* said once: it may lower, not raise */
		ask = (struct ask){ .known = true, .value = a->last, .reason = ask_because(REASON_PACK, index) };
	}
	return ask;
}

struct ask ask_config(const struct pack *p, int index, enum limit_kind kind)
{
	const struct bound *cap = ask_cap(p->set, kind), *rate = &p->set->limits.rate[kind == LIMIT_DCL];
	struct ask ask = { .known = cap->set, .value = cap->value, .reason = ask_because(REASON_PACK_CAP, index) };
	bool current = kind == LIMIT_CCL || kind == LIMIT_DCL;
	int64_t capacity = pack_capacity(p), value = divide(capacity * rate->value, 100, ROUND_DOWN);
	if (!current || !rate->set || !capacity || (ask.known && ask.value <= value))
		return ask;
	ask = (struct ask){ .known = true, .value = value, .reason = ask_because(REASON_PACK_RATE, index) };
	ask.reason.threshold = rate->value;
	return ask;
}

struct ask ask_limit(const struct pack *p, int index, enum limit_kind kind, const struct settings *s, int64_t now)
{
	const struct bound *override = &p->set->override[limit_quantity[kind]];
	struct ask own = ask_config(p, index, kind), ask = told_limit(p, index, kind, s, now);
	if (override->set)
		ask = (struct ask){ .known = true, .value = override->value, .reason = ask_because(REASON_OVERRIDE, index) };
	if (own.known && (!ask.known || ask_stricter(kind, own.value, ask.value)))
		ask = own;
	return ask;
}

static bool protection(const struct pack *p, enum direction d)
{
	for (int i = 0; i < N_ALARM; i++)
		if (p->b.alarm[i].alarm == TRI_ACTIVE && alarms[i].blocks & (d == CHARGE ? BLOCKS_CHARGE : BLOCKS_DISCHARGE))
			return true;
	return false;
}

bool ask_blocked(const struct pack *p, const struct ask *ask, enum direction d, bool *by_protection)
{
	enum quantity enabled = d == CHARGE ? Q_CHARGE_ENABLED : Q_DISCHARGE_ENABLED;
	enum limit_kind kind = d == CHARGE ? LIMIT_CCL : LIMIT_DCL;
	bool alarm = protection(p, d);
	/* a BMS that tells neither a limit nor its switches can only say by its alarm that it has closed */
	bool proven = !(p->seen.lower_only >> limit_quantity[kind] & 1);
	bool tells = p->seen.b.q[enabled].validity != ABSENT || (proven && p->accepted[kind].has_last);
	bool off = battery_knew(&p->b, enabled) && !p->b.q[enabled].value;
	bool blocked = !ask->known || ask->value == 0 || off || (alarm && !tells);
	*by_protection = blocked && alarm;
	return blocked;
}

struct chemistry_row cell_levels(const struct pack_settings *set, const struct settings *s)
{
	struct chemistry_row c = chemistries[set->chemistry];
	if (s->guard_high)
		c.guard_high = s->guard_high;
	if (s->guard_high_release)
		c.guard_high_release = s->guard_high_release;
	if (s->guard_low)
		c.guard_low = s->guard_low;
	if (s->guard_low_release)
		c.guard_low_release = s->guard_low_release;
	if (s->float_voltage)
		c.float_voltage = s->float_voltage;
	if (s->soc.full_voltage)
		c.full_voltage = (int32_t)s->soc.full_voltage;
	if (s->safe_voltage)
		c.safe_voltage = s->safe_voltage;
	return c;
}

/* A pack whose BMS has no say hangs on the same busbar for all that is known: what the config allows it still holds, and,
 * unless it was there and is gone, what its cells bear by their chemistry. */
static struct ask unheard(const struct pack *p, int index, enum limit_kind kind, const struct settings *s)
{
	const struct bound *cap = ask_cap(p->set, kind);
	struct chemistry_row c = cell_levels(p->set, s);
	struct ask ask = { .known = cap->set, .value = cap->value, .reason = ask_because(REASON_PACK_CAP, index) };
	if (!s->cell_guard || p->state == PACK_GONE)
		return ask;
	struct reason why = ask_because(REASON_UNHEARD, index);
	why.measured = pack_cells(p);
	why.threshold = kind == LIMIT_CVL ? c.guard_high : c.guard_low;
	int64_t value = why.measured * why.threshold;
	if (value && (!ask.known || ask_stricter(kind, value, ask.value)))
		ask = (struct ask){ .known = true, .value = value, .reason = why };
	return ask;
}

struct ask ask_voltage(const struct pack *p, int index, enum limit_kind kind, const struct settings *s, int64_t now)
{
	struct ask ask = { 0 };
	if (pack_constrains(p))
		ask = ask_limit(p, index, kind, s, now);
	return ask.known ? ask : unheard(p, index, kind, s);
}
