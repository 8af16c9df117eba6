/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The bank's limiters (a table: each may only lower), hold and ramp. */
#include "core/govern.h"

#include "core/scale.h"

/* One round of finding the bank's limit in one respect: the strictest of all that is proposed wins. */
struct round {
	struct govern *g;
	const struct tree *t;
	enum limit_kind kind;
	enum direction d; /* of the current limits */
	bool blocked; /* of the voltage: nothing may be charged now */
	bool any;
	int64_t packs; /* mA, what the packs allow together */
	int64_t value, second; /* the strictest two; second = WITHOUT_UNKNOWN when there is one only */
	struct reason reason;
};

static void propose(struct round *r, int64_t value, struct reason why)
{
	if (!r->any || ask_stricter(r->kind, value, r->value)) {
		r->second = r->any ? r->value : WITHOUT_UNKNOWN;
		r->value = value;
		r->reason = why;
		r->any = true;
	} else if (why.code != REASON_C_RATE && (r->second == WITHOUT_UNKNOWN || ask_stricter(r->kind, value, r->second))) {
		r->second = value; /* that 3 C would be allowed without it tells nobody anything */
	}
}

/* Why a string that is blocked allows nothing. */
static struct reason why_nothing(const struct round *r, const struct node *node)
{
	const struct ask *ask = &node->ask[r->kind];
	if (ask->reason.code == REASON_LIMIT_UNKNOWN)
		return ask->reason;
	if (ask->known && ask->value == 0)
		return ask_because(REASON_PACK, ask->reason.pack);
	int at = 0;
	bool by_protection;
	while (at < node->n - 1 && !ask_blocked(tree_pack(r->t, node, at), ask, r->d, &by_protection))
		at++;
	return ask_because(REASON_SWITCHED_OFF, tree_index(r->t, node, at));
}

/* Who is not in the sum. */
static void name_missing(const struct round *r, struct reason *why)
{
	for (int i = 0; i < r->t->n_packs; i++) {
		if (r->t->packs[i].state == PACK_ONLINE)
			continue;
		why->missing = why->n_missing++ ? why->missing : (int16_t)(i + 1);
	}
}

/* The sum of what the strings in the bank allow; a blocked one adds nothing. Where curves have lowered some, the one that
 * takes away the most is the reason. */
static void limit_sum(struct round *r)
{
	int64_t sum = 0, free = 0, most = 0;
	int added = 0, summed = 0;
	struct reason zero = ask_because(REASON_ALL_BLOCKED, -1), single = zero, lowered = zero;
	for (int i = 0; i < r->t->n; i++) {
		const struct node *node = &r->t->nodes[i];
		if (!tree_counts(r->t, node))
			continue;
		summed++;
		if (node->blocked[r->d]) {
			zero = why_nothing(r, node);
			continue;
		}
		const struct ask *ask = &node->ask[r->kind];
		sum += ask->value;
		free += ask->free;
		added++;
		single = ask->reason;
		if (ask->free - ask->value > most) {
			most = ask->free - ask->value;
			lowered = ask->reason;
		}
	}
	if (!summed)
		return;
	struct reason why = ask_because(REASON_SUM, -1);
	if (!added)
		why = summed == 1 ? zero : ask_because(REASON_ALL_BLOCKED, -1);
	else if (summed == 1)
		why = single;
	if (why.code == REASON_SUM || why.code == REASON_ALL_BLOCKED) {
		why.measured = added;
		why.threshold = summed;
	}
	why.plain = true;
	name_missing(r, &why);
	propose(r, free, why);
	if (!most)
		return;
	propose(r, sum + most, lowered); /* what the others leave, for what it says of "without it" */
	propose(r, sum, lowered);
}

/* So much that no string gets more than its own limit, by how the current divides. */
static void limit_share(struct round *r)
{
	struct share_limit l = share_limit(&r->g->share, r->t, r->d);
	if (!l.any)
		return;
	propose(r, l.free, l.why_free);
	if (l.value < l.free)
		propose(r, l.value, l.reason);
}

/* What one that blocks does to the others. */
static void limit_blocked(struct round *r)
{
	int pack;
	int64_t held = share_held(&r->g->share, r->t, r->d, r->value, &pack);
	if (r->t->s->on_blocked == BLOCKED_HOLD && pack >= 0)
		propose(r, held, ask_because(REASON_BLOCKED_HOLDS, pack));
	pack = share_blocking(r->t, r->d);
	if (r->t->s->on_blocked == BLOCKED_ZERO && pack >= 0)
		propose(r, 0, ask_because(REASON_BLOCKED_STOPS, pack));
	r->packs = r->value;
}

/* mAh of the strings that count; false when none does. */
static bool capacity_that_counts(const struct round *r, int64_t *capacity)
{
	int counted = 0;
	*capacity = 0;
	for (int i = 0; i < r->t->n; i++) {
		if (!tree_counts(r->t, &r->t->nodes[i]))
			continue;
		*capacity += r->t->nodes[i].capacity;
		counted++;
	}
	return counted;
}

/* What a share of the bank is of: its ceiling, where the config has one, else what the packs allow. */
static int64_t whole(const struct round *r)
{
	const struct bound *cap = r->d == CHARGE ? &r->t->s->limits.ccl : &r->t->s->limits.dcl;
	return cap->set ? cap->value : r->packs;
}

/* Packs that are apart. */
static void limit_apart(struct round *r)
{
	int64_t capacity;
	if (!capacity_that_counts(r, &capacity))
		return;
	struct imbalance_limit l = imbalance_current(&r->g->imbalance, r->t->s, r->d, whole(r), capacity);
	if (l.any)
		propose(r, l.value, l.reason);
}

static void limit_apart_voltage(struct round *r)
{
	if (!r->any)
		return;
	struct imbalance_limit l = imbalance_voltage(&r->g->imbalance, r->t, r->value);
	if (l.any)
		propose(r, l.value, l.reason);
}

/* Alarms about cells. Dialects that have one bit for the pack's and the cells' voltage say it with that. */
static const enum alarm cell_alarms[] = { AL_CELL_IMBALANCE, AL_HIGH_CELL_VOLTAGE, AL_LOW_CELL_VOLTAGE, AL_HIGH_VOLTAGE,
	                                  AL_LOW_VOLTAGE };

/* The first that is raised, an alarm before a warning. */
static bool find_cell_alarm(const struct tree *t, bool alarm, struct reason *why)
{
	for (int i = 0; i < t->n_packs; i++)
		for (size_t k = 0; k < sizeof cell_alarms / sizeof *cell_alarms && pack_constrains(&t->packs[i]); k++) {
			const struct alarm_state *a = &t->packs[i].b.alarm[cell_alarms[k]];
			if ((alarm ? a->alarm : a->warning) != TRI_ACTIVE)
				continue;
			*why = ask_because(REASON_PACK_ALARM, i);
			why->measured = alarm;
			why->threshold = cell_alarms[k];
			return true;
		}
	return false;
}

static void limit_pack_alarm(struct round *r)
{
	const struct amount *limit = &r->t->s->on_pack_alarm[r->d];
	int64_t capacity, value;
	struct reason why;
	if (limit->set && capacity_that_counts(r, &capacity) &&
	    amount_in_ma((enum curve_of)limit->of, limit->value, whole(r), capacity, &value) &&
	    (find_cell_alarm(r->t, true, &why) || find_cell_alarm(r->t, false, &why)))
		propose(r, value, why);
}

static void limit_bank_cap(struct round *r)
{
	const struct limit_settings *l = &r->t->s->limits;
	const struct bound *cap[N_LIMIT] = { &l->cvl, &l->ccl, &l->dcl, &l->low_voltage };
	if (cap[r->kind]->set)
		propose(r, cap[r->kind]->value, ask_because(REASON_BANK_CAP, -1));
}

static void limit_c_rate(struct round *r)
{
	const struct bound *own = &r->t->s->limits.rate[r->d];
	int64_t capacity;
	if (!capacity_that_counts(r, &capacity))
		return;
	struct reason why = ask_because(REASON_C_RATE, -1);
	why.threshold = r->t->s->c_rate_max;
	propose(r, divide(capacity * r->t->s->c_rate_max, 100, ROUND_DOWN), why);
	if (!own->set)
		return;
	why = ask_because(REASON_BANK_RATE, -1);
	why.measured = capacity;
	why.threshold = own->value;
	propose(r, divide(capacity * own->value, 100, ROUND_DOWN), why);
}

/* A pack that has closed with a protection alarm: the whole bank stops in that direction. */
static void limit_protection(struct round *r)
{
	for (int i = 0; i < r->t->n_packs; i++) {
		const struct pack *p = &r->t->packs[i];
		struct ask ask = ask_limit(p, i, r->kind, r->t->s, r->t->now);
		bool by_protection;
		if (pack_constrains(p) && ask_blocked(p, &ask, r->d, &by_protection) && by_protection)
			propose(r, 0, ask_because(REASON_PROTECTION, i));
	}
}

static void limit_cell_guard(struct round *r)
{
	for (int i = 0; i < r->t->n_packs; i++) {
		const struct guard_state *g = &r->g->guard[i];
		if (!g->tripped[r->d])
			continue;
		struct chemistry_row c = cell_levels(r->t->packs[i].set, r->t->s);
		struct reason why = ask_because(REASON_CELL_GUARD, i);
		why.cell = g->cell[r->d];
		why.measured = g->measured[r->d];
		why.threshold = r->d == CHARGE ? c.guard_high_release : c.guard_low_release;
		propose(r, 0, why);
	}
}

static void limit_feedback(struct round *r)
{
	const struct settings *s = r->t->s;
	struct feedback_state *f = &r->g->feedback[r->d];
	feedback_step(f, r->d, r->t, r->value, r->g->ramp[r->kind].value);
	if (!f->active)
		return;
	struct reason why = f->reason;
	why.until = f->changed + feedback_wait(f, s);
	propose(r, f->limit, why);
}

/* The strictest voltage of all strings. */
static void limit_string_voltage(struct round *r)
{
	for (int i = 0; i < r->t->n; i++) {
		const struct node *node = &r->t->nodes[i];
		struct ask ask = r->kind == LIMIT_CVL ? floaters_ask(&r->g->floaters, r->t, node) : node->ask[r->kind];
		if (ask.known)
			propose(r, ask.value, ask.reason);
	}
}

static void limit_own_voltage(struct round *r)
{
	if (r->g->charge.ask.known)
		propose(r, r->g->charge.ask.value, r->g->charge.ask.reason);
}

static void limit_high_cell(struct round *r)
{
	if (r->g->reduction.active)
		propose(r, r->g->reduction.value, r->g->reduction.reason);
}

static int32_t level_float(const struct pack_settings *set, const struct settings *s)
{
	return cell_levels(set, s).float_voltage;
}

/* Solar chargers on a GX that feeds in don't obey CCL 0, only CVL: a hard block brings it down to float, which is
 * far from both the present voltage and 0. */
static void limit_hard_block(struct round *r)
{
	int64_t low = 0;
	int at = -1;
	if (!r->blocked)
		return;
	for (int i = 0; i < r->t->n; i++) {
		const struct node *node = &r->t->nodes[i];
		int64_t v = node->constrains ? tree_cells_voltage(r->t, node, level_float) : 0;
		if (!v || (low && v >= low))
			continue;
		low = v;
		at = tree_index(r->t, node, 0);
	}
	if (low)
		propose(r, low, ask_because(REASON_HARD_BLOCK, at));
}

/* Each may only lower. A new limiter is one function and one row. The feedback comes last of the current limiters:
 * it looks at what the others leave. */
static const struct {
	void (*limit)(struct round *);
	unsigned kinds; /* bit per limit_kind */
} limiters[] = {
	{ limit_sum, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_share, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_blocked, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_string_voltage, 1u << LIMIT_CVL | 1u << LIMIT_LOW_VOLTAGE },
	{ limit_own_voltage, 1u << LIMIT_CVL },
	{ limit_high_cell, 1u << LIMIT_CVL },
	{ limit_bank_cap, 1u << LIMIT_CVL | 1u << LIMIT_CCL | 1u << LIMIT_DCL | 1u << LIMIT_LOW_VOLTAGE },
	{ limit_c_rate, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_protection, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_cell_guard, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_hard_block, 1u << LIMIT_CVL },
	{ limit_apart, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
	{ limit_apart_voltage, 1u << LIMIT_CVL },
	{ limit_pack_alarm, 1u << LIMIT_CCL | 1u << LIMIT_DCL },
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

/* Slowly, after a hold of its own. */
static bool rises_by_itself(enum limit_kind kind, enum reason_code code)
{
	return kind == LIMIT_CVL && (code == REASON_HIGH_CELL || (code >= REASON_APART_SOC && code <= REASON_APART_CURRENT));
}

/* How far it rises in this time; what is too short for a whole step counts with the next. */
static int64_t climb(struct ramp_state *r, int64_t way, int64_t rate, int64_t time, int64_t now)
{
	if (time > time_to_rise(way, rate))
		return way;
	int64_t step = rate * time / 1000000;
	r->last = now - (rate ? time - step * 1000000 / rate : 0);
	return step;
}

void govern_ramp(struct ramp_state *r, enum limit_kind kind, struct limit *l, const struct settings *s, int64_t now)
{
	int64_t passed = r->started ? now - r->last : 0;
	int64_t sign = kind == LIMIT_LOW_VOLTAGE ? -1 : 1; /* this one is lowered by ramp and raised at once */
	int64_t way = sign * (l->target - r->value);
	bool paced = rises_by_itself(kind, l->reason.code), was_paced = r->paced && !r->above_since;
	r->last = now;
	r->paced = paced;
	if (!r->started || way <= 0) {
		r->started = true;
		r->value = l->target;
		r->above_since = 0;
		l->value = l->target;
		return;
	}
	int64_t rate = raise_rate(kind, l->target, s);
	if (was_paced && (paced || time_to_rise(way, rate) <= passed)) { /* it has been held already */
		l->value = r->value += sign * climb(r, way, rate, passed, now);
		return;
	}
	if (!r->above_since)
		r->above_since = now;
	int64_t waited = now - r->above_since;
	if (waited > s->raise_hold) {
		int64_t ramped = waited - s->raise_hold < passed ? waited - s->raise_hold : passed;
		r->value += sign * climb(r, way, rate, ramped, now);
	}
	l->value = r->value;
	if (r->value == l->target) {
		r->above_since = 0;
		return;
	}
	struct reason why = ask_because(waited > s->raise_hold ? REASON_RISING : REASON_HELD, l->reason.pack);
	why.measured = reason_behind(&l->reason);
	why.threshold = l->target;
	why.without = l->target;
	int64_t hold_end = r->above_since + s->raise_hold;
	why.until = rate ? (hold_end > now ? hold_end : now) + time_to_rise(sign * (l->target - r->value), rate) : 0;
	l->reason = why;
}

static void decide(struct govern *g, const struct tree *t, enum limit_kind kind, struct verdict *out)
{
	enum direction d = kind == LIMIT_DCL || kind == LIMIT_LOW_VOLTAGE ? DISCHARGE : CHARGE;
	struct round r = { .g = g, .t = t, .kind = kind, .d = d, .second = WITHOUT_UNKNOWN, .blocked = out->hard[CHARGE] };
	for (size_t i = 0; i < sizeof limiters / sizeof *limiters; i++)
		if (limiters[i].kinds >> kind & 1)
			limiters[i].limit(&r);
	if (kind == LIMIT_CCL || kind == LIMIT_DCL)
		out->hard[d] = r.any && r.value == 0;
	struct limit *l = &out->limit[kind];
	l->target = r.any ? r.value : 0;
	l->reason = r.reason;
	l->reason.without = r.second == r.value ? WITHOUT_UNKNOWN : r.second;
	govern_ramp(&g->ramp[kind], kind, l, t->s, t->now);
}

void govern_step(struct govern *g, const struct tree *t, struct verdict *out)
{
	*out = (struct verdict){ .valid = true };
	for (int i = 0; i < t->n_packs; i++)
		guard_step(&g->guard[i], &t->packs[i], t->s);
	share_learn(&g->share, t);
	imbalance_step(&g->imbalance, t);
	floaters_step(&g->floaters, t);
	const struct ramp_state *cvl = &g->ramp[LIMIT_CVL];
	charge_step(&g->charge, t, &g->floaters, cvl->started ? cvl->value : 0);
	int64_t allowed = floaters_allow(&g->floaters, t), own = g->charge.ask.known ? g->charge.ask.value : allowed;
	reduction_step(&g->reduction, t, own < allowed ? own : allowed);
	/* the voltage after the currents: it follows a hard block */
	static const enum limit_kind order[] = { LIMIT_CCL, LIMIT_DCL, LIMIT_CVL, LIMIT_LOW_VOLTAGE };
	for (int k = 0; k < N_LIMIT; k++)
		decide(g, t, order[k], out);
}
