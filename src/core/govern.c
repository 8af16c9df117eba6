/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What each pack asks for, the bank's limiters (a table: each may only lower), hold and ramp. */
#include "core/govern.h"

#include "core/scale.h"

static struct reason because(enum reason_code code, int pack)
{
	return (struct reason){ .code = code, .pack = (int16_t)pack, .without = WITHOUT_UNKNOWN };
}

static const struct bound *pack_cap(const struct pack_settings *set, enum limit_kind kind)
{
	const struct bound *caps[N_LIMIT] = { &set->limits.cvl, &set->limits.ccl, &set->limits.dcl,
		                              &set->limits.low_voltage };
	return caps[kind];
}

/* Is `a` the stricter of two limits? */
static bool stricter(enum limit_kind kind, int64_t a, int64_t b)
{
	return kind == LIMIT_LOW_VOLTAGE ? a > b : a < b;
}

static bool too_old(const struct pack *p, enum limit_kind kind, const struct settings *s, int64_t now)
{
	const struct measure *m = &p->seen.b.q[limit_quantity[kind]];
	if (m->validity == ABSENT)
		return false;
	int64_t stale = m->source == SOURCE_NONE ? 0 : p->set->profile->frames[m->source].stale;
	return now - p->accepted[kind].time > (stale > s->lost ? stale : s->lost);
}

/* What a BMS tells of itself. A limit of unproven meaning may only lower the config's: when it stops coming its last
 * value stays, like a lost pack's constraints, until it is gone; a proven one that stops coming is 0 by then. */
static struct ask told_limit(const struct pack *p, int index, enum limit_kind kind, const struct settings *s, int64_t now)
{
	const struct accepted *a = &p->accepted[kind];
	struct ask ask = { .known = a->known, .value = a->value, .reason = because(REASON_PACK, index) };
	bool current = kind == LIMIT_CCL || kind == LIMIT_DCL;
	if (p->seen.lower_only >> limit_quantity[kind] & 1) {
		/* said once it may lower already */
		ask.known = a->has_last && now - a->time <= s->gone;
		if (!a->known)
			ask.value = a->last;
	} else if (a->known && current && too_old(p, kind, s, p->heard ? now : p->heard_since)) {
		/* while a pack is not heard, this stays as it was */
		ask = (struct ask){ true, 0, because(REASON_LIMIT_UNKNOWN, index) };
	} else if (!a->known && a->has_last && pack_cap(p->set, kind)->set) {
		ask = (struct ask){ true, a->last, because(REASON_PACK, index) }; /* said once: it may lower, not raise */
	}
	return ask;
}

struct ask govern_ask(const struct pack *p, int index, enum limit_kind kind, const struct settings *s, int64_t now)
{
	const struct bound *cap = pack_cap(p->set, kind), *override = &p->set->override[limit_quantity[kind]];
	struct ask ask = override->set ? (struct ask){ true, override->value, because(REASON_OVERRIDE, index) } :
	                                 told_limit(p, index, kind, s, now);
	if (cap->set && (!ask.known || stricter(kind, cap->value, ask.value)))
		ask = (struct ask){ true, cap->value, because(REASON_PACK_CAP, index) };
	return ask;
}

static bool protection(const struct pack *p, enum direction d)
{
	for (int i = 0; i < N_ALARM; i++)
		if (p->b.alarm[i].alarm == TRI_ACTIVE && alarms[i].blocks & (d == CHARGE ? BLOCKS_CHARGE : BLOCKS_DISCHARGE))
			return true;
	return false;
}

bool govern_blocked(const struct pack *p, const struct ask *ask, enum direction d, bool *by_protection)
{
	enum quantity enabled = d == CHARGE ? Q_CHARGE_ENABLED : Q_DISCHARGE_ENABLED;
	enum quantity limit = d == CHARGE ? Q_CCL : Q_DCL;
	bool alarm = protection(p, d);
	/* a BMS that tells neither a limit nor its switches can only say by its alarm that it has closed */
	uint64_t tells = p->set->profile->has_quantity & (UINT64_C(1) << enabled | UINT64_C(1) << limit);
	bool off = battery_knew(&p->b, enabled) && !p->b.q[enabled].value;
	bool blocked = !ask->known || ask->value == 0 || off || (alarm && !tells);
	*by_protection = blocked && alarm;
	return blocked;
}

/* One round of finding the bank's limit in one respect: the strictest of all that is proposed wins. */
struct round {
	struct govern *g;
	const struct settings *s;
	const struct pack *packs;
	int n;
	int64_t now;
	enum limit_kind kind;
	enum direction d; /* of the current limits */
	bool blocked; /* of the voltage: nothing may be charged now */
	bool held; /* no pack is in the bank: what is held is bounded by those that still have a say */
	bool any;
	int64_t value, second; /* the strictest two; second = WITHOUT_UNKNOWN when there is one only */
	struct reason reason;
};

static void propose(struct round *r, int64_t value, struct reason why)
{
	if (!r->any || stricter(r->kind, value, r->value)) {
		r->second = r->any ? r->value : WITHOUT_UNKNOWN;
		r->value = value;
		r->reason = why;
		r->any = true;
	} else if (why.code != REASON_C_RATE && (r->second == WITHOUT_UNKNOWN || stricter(r->kind, value, r->second))) {
		r->second = value; /* that 3 C would be allowed without it tells nobody anything */
	}
}

static bool counts(const struct round *r, int i)
{
	return r->packs[i].state == PACK_ONLINE || (r->held && pack_constrains(&r->packs[i]));
}

/* The sum of what the packs in the bank allow; a blocked one adds nothing. */
static void limit_sum(struct round *r)
{
	int64_t sum = 0;
	int added = 0, summed = 0;
	struct reason zero = because(REASON_ALL_BLOCKED, -1), single = because(REASON_SUM, -1);
	for (int i = 0; i < r->n; i++) {
		if (!counts(r, i))
			continue;
		struct ask ask = govern_ask(&r->packs[i], i, r->kind, r->s, r->now);
		bool by_protection;
		summed++;
		if (govern_blocked(&r->packs[i], &ask, r->d, &by_protection)) {
			bool told = ask.known && ask.value == 0;
			zero = ask.reason.code == REASON_LIMIT_UNKNOWN ? ask.reason
			                                               : because(told ? REASON_PACK : REASON_SWITCHED_OFF, i);
			continue;
		}
		sum += ask.value;
		added++;
		single = ask.reason;
	}
	if (!summed)
		return;
	struct reason why = because(REASON_SUM, -1);
	if (!added)
		why = summed == 1 ? zero : because(REASON_ALL_BLOCKED, -1);
	else if (summed == 1)
		why = single;
	why.measured = added;
	why.threshold = summed;
	propose(r, sum, why);
}

static void limit_bank_cap(struct round *r)
{
	const struct bound *cap[N_LIMIT] = { &r->s->limits.cvl, &r->s->limits.ccl, &r->s->limits.dcl,
		                             &r->s->limits.low_voltage };
	if (cap[r->kind]->set)
		propose(r, cap[r->kind]->value, because(REASON_BANK_CAP, -1));
}

static void limit_c_rate(struct round *r)
{
	int64_t capacity = 0;
	int counted = 0;
	for (int i = 0; i < r->n; i++) {
		if (!counts(r, i))
			continue;
		capacity += pack_capacity(&r->packs[i]);
		counted++;
	}
	if (!counted)
		return;
	struct reason why = because(REASON_C_RATE, -1);
	why.threshold = r->s->c_rate_max;
	propose(r, divide(capacity * r->s->c_rate_max, 100, ROUND_DOWN), why);
}

/* A pack that has closed with a protection alarm: the whole bank stops in that direction. */
static void limit_protection(struct round *r)
{
	for (int i = 0; i < r->n; i++) {
		struct ask ask = govern_ask(&r->packs[i], i, r->kind, r->s, r->now);
		bool by_protection;
		if (!pack_constrains(&r->packs[i]) || !govern_blocked(&r->packs[i], &ask, r->d, &by_protection) || !by_protection)
			continue;
		propose(r, 0, because(REASON_PROTECTION, i));
	}
}

static void limit_cell_guard(struct round *r)
{
	for (int i = 0; i < r->n; i++) {
		const struct guard_state *g = &r->g->guard[i];
		if (!g->tripped[r->d])
			continue;
		struct chemistry_row c = guard_levels(r->packs[i].set, r->s);
		struct reason why = because(REASON_CELL_GUARD, i);
		why.cell = g->cell[r->d];
		why.measured = g->measured[r->d];
		why.threshold = r->d == CHARGE ? c.guard_high_release : c.guard_low_release;
		propose(r, 0, why);
	}
}

static void limit_feedback(struct round *r)
{
	struct feedback_state *f = &r->g->feedback[r->d];
	feedback_step(f, r->d, r->s, r->packs, r->n, r->value, r->now);
	if (!f->active)
		return;
	struct reason why = f->reason;
	why.until = f->changed + (f->released ? r->s->feedback_step : r->s->feedback_hold);
	propose(r, f->limit, why);
}

/* A pack whose BMS has no say hangs on the same busbar for all that is known: what the config allows it still holds, and,
 * unless it was there and is gone, what its cells bear by their chemistry. */
static void limit_unheard(struct round *r, int i)
{
	const struct pack *p = &r->packs[i];
	const struct bound *cap = pack_cap(p->set, r->kind);
	struct chemistry_row c = guard_levels(p->set, r->s);
	if (cap->set)
		propose(r, cap->value, because(REASON_PACK_CAP, i));
	if (!r->s->cell_guard || !c.guard_high || p->state == PACK_GONE)
		return;
	struct reason why = because(REASON_UNHEARD, i);
	why.measured = pack_cells(p);
	why.threshold = r->kind == LIMIT_CVL ? c.guard_high : c.guard_low;
	if (why.measured)
		propose(r, why.measured * why.threshold, why);
}

/* The strictest voltage of all packs. */
static void limit_pack_voltage(struct round *r)
{
	for (int i = 0; i < r->n; i++) {
		if (!pack_constrains(&r->packs[i])) {
			limit_unheard(r, i);
			continue;
		}
		struct ask ask = govern_ask(&r->packs[i], i, r->kind, r->s, r->now);
		if (ask.known)
			propose(r, ask.value, ask.reason);
	}
}

/* Solar chargers on a GX that feeds in don't obey CCL 0, only CVL: a hard block brings it down to float, which is
 * far from both the present voltage and 0. */
static void limit_hard_block(struct round *r)
{
	int64_t low = 0;
	int at = -1;
	if (!r->blocked)
		return;
	for (int i = 0; i < r->n; i++) {
		struct chemistry_row c = guard_levels(r->packs[i].set, r->s);
		int64_t v = (int64_t)pack_cells(&r->packs[i]) * c.float_voltage;
		if (!pack_constrains(&r->packs[i]) || !v || (low && v >= low))
			continue;
		low = v;
		at = i;
	}
	if (low)
		propose(r, low, because(REASON_HARD_BLOCK, at));
}

/* Each may only lower. A new limiter is one function and one row. The feedback comes last of the current limiters:
 * it looks at what the others leave. */
static const struct {
	void (*limit)(struct round *);
	unsigned kinds; /* bit per limit_kind */
} limiters[] = {
	{ limit_sum, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_pack_voltage, 1u << LIMIT_CVL | 1u << LIMIT_LOW_VOLTAGE },
	{ limit_bank_cap, 1u << LIMIT_CVL | 1u << LIMIT_CCL | 1u << LIMIT_DCL | 1u << LIMIT_LOW_VOLTAGE },
	{ limit_c_rate, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_protection, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_cell_guard, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_hard_block, 1u << LIMIT_CVL },
	{ limit_feedback, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
};

static int64_t raise_rate(enum limit_kind kind, int64_t target, const struct settings *s)
{
	if (kind == LIMIT_CVL || kind == LIMIT_LOW_VOLTAGE)
		return s->raise_voltage;
	int64_t share = divide(target * s->raise_percent, 10000, ROUND_DOWN);
	return share > s->raise_current ? share : s->raise_current;
}

/* us; for ever when the ramp is flat */
static int64_t time_to_rise(int64_t way, int64_t rate)
{
	return rate ? way * 1000000 / rate : INT64_MAX;
}

void govern_ramp(struct ramp_state *r, enum limit_kind kind, struct limit *l, const struct settings *s, int64_t now)
{
	int64_t passed = r->started ? now - r->last : 0;
	int64_t sign = kind == LIMIT_LOW_VOLTAGE ? -1 : 1; /* this one is lowered by ramp and raised at once */
	int64_t way = sign * (l->target - r->value);
	r->last = now;
	if (!r->started || way <= 0) {
		r->started = true;
		r->value = l->target;
		r->above_since = 0;
		l->value = l->target;
		return;
	}
	if (!r->above_since)
		r->above_since = now;
	int64_t rate = raise_rate(kind, l->target, s), waited = now - r->above_since;
	if (waited > s->raise_hold) {
		int64_t ramped = waited - s->raise_hold < passed ? waited - s->raise_hold : passed;
		r->value = ramped > time_to_rise(way, rate) ? l->target : r->value + sign * (rate * ramped / 1000000);
	}
	l->value = r->value;
	if (r->value == l->target) {
		r->above_since = 0;
		return;
	}
	struct reason why = because(waited > s->raise_hold ? REASON_RISING : REASON_HELD, l->reason.pack);
	why.threshold = l->target;
	why.without = l->target;
	int64_t hold_end = r->above_since + s->raise_hold;
	why.until = rate ? (hold_end > now ? hold_end : now) + time_to_rise(sign * (l->target - r->value), rate) : 0;
	l->reason = why;
}

static void decide(struct govern *g, const struct settings *s, const struct pack *packs, int n, int64_t now,
                   enum limit_kind kind, struct verdict *out)
{
	enum direction d = kind == LIMIT_DCL || kind == LIMIT_LOW_VOLTAGE ? DISCHARGE : CHARGE;
	struct round r = { .g = g, .s = s, .packs = packs, .n = n, .now = now, .kind = kind, .d = d,
		           .held = true, .second = WITHOUT_UNKNOWN, .blocked = out->hard[CHARGE] };
	for (int i = 0; i < n; i++)
		r.held = r.held && packs[i].state != PACK_ONLINE;
	for (size_t i = 0; i < sizeof limiters / sizeof *limiters; i++)
		if (limiters[i].kinds >> kind & 1)
			limiters[i].limit(&r);
	if (kind == LIMIT_CCL || kind == LIMIT_DCL)
		out->hard[d] = r.any && r.value == 0;
	struct limit *l = &out->limit[kind];
	l->target = r.any ? r.value : 0;
	l->reason = r.reason;
	l->reason.without = r.second == r.value ? WITHOUT_UNKNOWN : r.second;
	govern_ramp(&g->ramp[kind], kind, l, s, now);
}

void govern_step(struct govern *g, const struct settings *s, const struct pack *packs, int n, int64_t now,
                 struct verdict *out)
{
	*out = (struct verdict){ .valid = true };
	for (int i = 0; i < n; i++)
		guard_step(&g->guard[i], &packs[i], s);
	/* the voltage after the currents: it follows a hard block */
	static const enum limit_kind order[] = { LIMIT_CCL, LIMIT_DCL, LIMIT_CVL, LIMIT_LOW_VOLTAGE };
	for (int k = 0; k < N_LIMIT; k++)
		decide(g, s, packs, n, now, order[k], out);
}
