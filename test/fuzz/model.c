/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The model of what packs said, and the properties of the output that follow from it. */
#include "model.h"

#include <string.h>

#include "fuzz.h"

#define SECOND INT64_C(1000000)
#define STALE_AFTER (5 * SECOND)      /* of all frames of these profiles that matter here */
#define SENT_GAP    100000            /* us: a lowered limit may wait so long for its turn */
#define SENT_STEP   100               /* mV, mA: of 0x351 */
#define GUARD_HIGH  3600              /* mV, LFP */
#define GUARD_LOW   2800

void model_pack_init(struct model_pack *p, enum brand b, int port, unsigned address)
{
	*p = (struct model_pack){ .brand = b, .port = port, .address = address,
		                  .heard = { NEVER, NEVER, NEVER }, .cell_at = { NEVER, NEVER } };
}

void model_init(struct model *m, const struct settings *s, int64_t now)
{
	memset(m, 0, sizeof *m);
	m->s = s;
	m->told.at = NEVER;
	m->waiting_since = m->someone_at = now;
}

static int64_t get16(const struct frame *f, int at)
{
	return f->data[at] | f->data[at + 1] << 8;
}

static int64_t signed16(int64_t raw)
{
	return raw >= 0x8000 ? raw - 0x10000 : raw;
}

static bool stricter(enum limit_kind k, int64_t a, int64_t b)
{
	return k == LIMIT_LOW_VOLTAGE ? a > b : a < b;
}

static void say(struct model_pack *p, enum limit_kind k, int64_t v, int64_t now)
{
	struct said *s = &p->said[k];
	s->at = now;
	int64_t both = s->once && stricter(k, s->last, v) ? s->last : v;
	if (s->once && (!s->twice || stricter(k, v, s->held) || stricter(k, s->held, both))) {
		s->held = s->twice && stricter(k, v, s->held) ? v : both;
		s->twice = true;
	}
	s->once = true;
	s->last = v;
}

/* A voltage that so many LFP cells can't be meant to have is not said: CVL 2.4 to 3.96 V a cell, low voltage 1.4 to 3.6. */
static void say_voltage(struct model_pack *p, const struct pack_settings *set, enum limit_kind k, int64_t v, int64_t now)
{
	int64_t cells = set->chemistry == CHEM_LFP ? set->cells : 0;
	int64_t low = k == LIMIT_CVL ? 2400 : 1400, high = k == LIMIT_CVL ? 3960 : 3600;
	if (!cells || (v >= cells * low && v <= cells * high))
		say(p, k, v, now);
}

/* 0x351 of Pylontech, BYD and Victron. What can't be (0 V, negative, over 3000 A or 1000 V) is not said at all. */
static void hear_limits(struct model_pack *p, const struct pack_settings *set, const struct frame *f, int64_t now)
{
	int64_t cvl = get16(f, 0) * 100, ccl = signed16(get16(f, 2)) * 100, dcl = signed16(get16(f, 4)) * 100,
	        low = get16(f, 6) * 100;
	if (f->len >= 2 && cvl >= 5000 && cvl <= 1000000)
		say_voltage(p, set, LIMIT_CVL, cvl, now);
	if (f->len >= 4 && ccl >= 0 && ccl <= 3000000)
		say(p, LIMIT_CCL, ccl, now);
	if (f->len >= 6 && dcl >= 0 && dcl <= 3000000)
		say(p, LIMIT_DCL, dcl, now);
	if (f->len >= 8 && low >= 5000 && low <= 1000000)
		say_voltage(p, set, LIMIT_LOW_VOLTAGE, low, now);
}

static void hear_cell(struct model_pack *p, int which, int64_t mv, int64_t now)
{
	if (mv < 500 || mv > 5000)
		return;
	p->cell[which] = mv;
	p->cell_at[which] = now;
}

static void hear_gx_dialect(struct model_pack *p, const struct pack_settings *set, const struct frame *f, int64_t now)
{
	if (f->ext)
		return;
	switch (f->id) {
	case 0x351:
		p->heard[0] = now;
		hear_limits(p, set, f, now);
		break;
	case 0x355: p->heard[1] = now; break;
	case 0x356: p->heard[2] = now; break;
	case 0x359:
		if (p->brand == PYLONTECH && f->len >= 7 && f->data[5] == 'P' && f->data[6] == 'N') {
			p->alarm[0] = f->data[0] & 0x02;
			p->alarm[1] = f->data[0] & 0x04;
		}
		break;
	case 0x35A:
		if (p->brand != PYLONTECH && f->len >= 1) {
			p->alarm[0] = (f->data[0] & 0x0C) == 0x04;
			p->alarm[1] = (f->data[0] & 0x30) == 0x10;
		}
		break;
	case 0x35C:
		if (p->brand == PYLONTECH && f->len >= 1) {
			p->open[CHARGE] = !(f->data[0] & 0x80);
			p->open[DISCHARGE] = !(f->data[0] & 0x40);
		}
		break;
	case 0x373:
		if (p->brand != PYLONTECH && f->len >= 2)
			hear_cell(p, 1, get16(f, 0), now);
		if (p->brand != PYLONTECH && f->len >= 4)
			hear_cell(p, 0, get16(f, 2), now);
		break;
	case 0x379:
		if (p->brand != PYLONTECH && f->len >= 2 && get16(f, 0) && get16(f, 0) != 0xFFFF)
			p->capacity = get16(f, 0) * 1000;
		break;
	default: break;
	}
}

static void hear_jk(struct model_pack *p, const struct pack_settings *set, const struct frame *f, int64_t now)
{
	if (!f->ext && f->id == 0x2F4 + p->address)
		p->heard[0] = p->heard[1] = p->heard[2] = now;
	if (!f->ext && f->id == 0x4F4 + p->address) {
		if (f->len >= 2)
			hear_cell(p, 0, get16(f, 0), now);
		if (f->len >= 5)
			hear_cell(p, 1, get16(f, 3), now);
	}
	if (f->ext && f->id == 0x18F128F4 + p->address && f->len >= 4 && get16(f, 2))
		p->capacity = get16(f, 2) * 100;
	if (f->ext && f->id == 0x18F528F4 + p->address && f->len >= 1) {
		p->open[CHARGE] = !(f->data[0] & 1);
		p->open[DISCHARGE] = !(f->data[0] & 2);
	}
	if (f->ext && f->id == 0x1806E5F4 + p->address) { /* big-endian; may only lower */
		int64_t cvl = (f->data[0] << 8 | f->data[1]) * 100, ccl = (f->data[2] << 8 | f->data[3]) * 100;
		if (f->len >= 2 && cvl >= 5000 && cvl <= 1000000)
			say_voltage(p, set, LIMIT_CVL, cvl, now);
		if (f->len >= 4 && ccl <= 3000000)
			say(p, LIMIT_CCL, ccl, now);
	}
}

void model_frame(struct model *m, int port, const struct frame *f, int64_t now)
{
	m->now = now;
	for (int i = 0; i < m->s->n_packs; i++) {
		struct model_pack *p = &m->pack[i];
		if (p->port != port)
			continue;
		if (p->brand == JK)
			hear_jk(p, &m->s->packs[i], f, now);
		else
			hear_gx_dialect(p, &m->s->packs[i], f, now);
	}
}

static const struct bound *cap_of(const struct limit_settings *l, enum limit_kind k)
{
	const struct bound *caps[N_LIMIT] = { &l->cvl, &l->ccl, &l->dcl, &l->low_voltage };
	return caps[k];
}

/* What the pack has a right to: an override, else what it said twice; never more than its cap. */
static bool asks(const struct model *m, int i, enum limit_kind k, int64_t *value)
{
	static const enum quantity of[N_LIMIT] = { Q_CVL, Q_CCL, Q_DCL, Q_LOW_VOLTAGE };
	const struct pack_settings *set = &m->s->packs[i];
	const struct said *s = &m->pack[i].said[k];
	const struct bound *cap = cap_of(&set->limits, k);
	bool known = true;
	/* JK's charge request only lowers, and is forgotten when it has not come for long */
	bool forgotten = m->pack[i].brand == JK && m->now - s->at > m->s->gone;
	if (set->override[of[k]].set)
		*value = set->override[of[k]].value;
	else if (s->twice && !forgotten)
		*value = s->held;
	else
		known = false;
	if (cap->set && (!known || stricter(k, cap->value, *value))) {
		*value = cap->value;
		known = true;
	}
	return known;
}

/* Can it be in the bank at all? Not without its frames, nor without limits. */
static bool may_be_in(const struct model *m, int i, int64_t now)
{
	int64_t patience = m->s->lost > STALE_AFTER ? m->s->lost : STALE_AFTER, value;
	for (int k = 0; k < 3; k++)
		if (m->pack[i].heard[k] == NEVER || now - m->pack[i].heard[k] > patience)
			return false;
	for (int k = 0; k < N_LIMIT; k++)
		if (!asks(m, i, (enum limit_kind)k, &value))
			return false;
	return true;
}

static bool has_a_say(const struct model *m, const struct engine *e, int i)
{
	switch (engine_pack(e, i)->state) {
	case PACK_ONLINE:
	case PACK_RETURNING: return true;
	case PACK_LOST: return m->pack[i].joined;
	case PACK_REFUSED: /* what it says since then is not its own, and not in here */
	case PACK_WAITING:
	case PACK_GONE:
	case N_PACK_STATE: break;
	}
	return false;
}

static bool is_open(const struct model *m, int i, enum direction d)
{
	enum quantity q = d == CHARGE ? Q_CHARGE_ENABLED : Q_DISCHARGE_ENABLED;
	const struct bound *said_so = &m->s->packs[i].override[q];
	return said_so->set ? !said_so->value : m->pack[i].open[d];
}

static int64_t bound_current(const struct model *m, enum limit_kind k, int64_t now)
{
	enum direction d = k == LIMIT_CCL ? CHARGE : DISCHARGE;
	int64_t sum = 0, capacity = 0, value;
	for (int i = 0; i < m->s->n_packs; i++) {
		if (!may_be_in(m, i, now))
			continue;
		if (!is_open(m, i, d) && asks(m, i, k, &value))
			sum += value;
		const struct bound *set = &m->s->packs[i].capacity;
		capacity += set->set ? set->value : m->pack[i].capacity;
	}
	int64_t rate = capacity * m->s->c_rate_max / 100;
	return rate < sum ? rate : sum;
}

int64_t model_bound(const struct model *m, const struct engine *e, enum limit_kind k, int64_t now)
{
	const struct bound *cap = cap_of(&m->s->limits, k);
	int64_t bound = k == LIMIT_LOW_VOLTAGE ? 0 : INT64_MAX, value;
	if (k == LIMIT_CCL || k == LIMIT_DCL)
		bound = bound_current(m, k, now);
	for (int i = 0; i < m->s->n_packs && (k == LIMIT_CVL || k == LIMIT_LOW_VOLTAGE); i++)
		if (has_a_say(m, e, i) && asks(m, i, k, &value) && stricter(k, value, bound))
			bound = value;
	return cap->set && stricter(k, cap->value, bound) ? cap->value : bound;
}

static const char *const names[N_LIMIT] = { "CVL", "CCL", "DCL", "low voltage" };

/* Of what was decided in this step, and of what was told of it. */
static void check_bounds(struct model *m, const struct engine *e, const int64_t value[N_LIMIT], int64_t now)
{
	bool lower_rung = m->rung == LADDER_HOLD || m->rung == LADDER_EMERGENCY;
	for (int k = 0; k < N_LIMIT; k++) {
		int64_t bound = model_bound(m, e, (enum limit_kind)k, now);
		const struct bound *cap = cap_of(&m->s->limits, (enum limit_kind)k);
		if (cap->set)
			HOLDS(!stricter((enum limit_kind)k, cap->value, value[k]), "%s %lld, the bank's cap is %lld", names[k],
			      (long long)value[k], (long long)cap->value);
		/* on the lower rungs DCL is held, and packs that left keep theirs in it */
		if (k == LIMIT_DCL && lower_rung)
			bound = m->decided[k];
		HOLDS(!stricter((enum limit_kind)k, bound, value[k]), "%s %lld, allowed is %lld (ladder: %s)", names[k],
		      (long long)value[k], (long long)bound, ladder_names[m->rung]);
	}
	HOLDS(value[LIMIT_CVL] > 0, "CVL is 0");
	if (!lower_rung)
		return;
	HOLDS(value[LIMIT_CCL] == 0, "CCL %lld with nothing trustworthy left", (long long)value[LIMIT_CCL]);
	HOLDS(value[LIMIT_CVL] <= m->decided[LIMIT_CVL], "CVL rose on the ladder");
	HOLDS(m->rung == LADDER_HOLD || value[LIMIT_DCL] <= m->s->emergency_discharge, "DCL %lld in the emergency",
	      (long long)value[LIMIT_DCL]);
}

/* Up only after the hold, and no faster than the ramp. */
static void check_rise(const struct model *m, const int64_t value[N_LIMIT], int64_t now)
{
	const struct told *t = &m->told;
	const struct settings *s = m->s;
	for (int k = 0; k < LIMIT_LOW_VOLTAGE; k++) {
		int64_t up = value[k] - t->value[k], rate = s->raise_voltage;
		if (t->at == NEVER || up <= 0)
			continue;
		if (k != LIMIT_CVL)
			rate = m->peak[k] * s->raise_percent / 10000 > s->raise_current ? m->peak[k] * s->raise_percent / 10000
			                                                                : s->raise_current;
		/* far beyond what can be told, and beyond what can be multiplied */
		int64_t passed = now - t->at < 3600 * SECOND ? now - t->at : 3600 * SECOND;
		HOLDS(up <= rate * passed / SECOND + SENT_STEP, "%s from %lld to %lld in %lld us", names[k],
		      (long long)t->value[k], (long long)value[k], (long long)(now - t->at));
		HOLDS(t->fell_at[k] == NEVER || now - t->fell_at[k] >= s->raise_hold, "%s rises %lld us after it fell", names[k],
		      (long long)(now - t->fell_at[k]));
	}
}

/* The cell guard, and packs that have closed with a protection alarm. */
static void check_stops(const struct model *m, const struct engine *e, const int64_t value[N_LIMIT], int64_t now)
{
	static const enum limit_kind limit[2] = { LIMIT_CCL, LIMIT_DCL };
	for (int i = 0; i < m->s->n_packs; i++) {
		const struct model_pack *p = &m->pack[i];
		for (int d = 0; d < 2; d++) {
			int64_t own;
			bool beyond = d == CHARGE ? p->cell[0] >= GUARD_HIGH : p->cell[1] <= GUARD_LOW;
			bool fresh = p->cell_at[d] != NEVER && now - p->cell_at[d] <= STALE_AFTER;
			if (m->s->cell_guard && beyond && fresh && has_a_say(m, e, i) && m->rung == LADDER_NORMAL)
				HOLDS(value[limit[d]] == 0, "%s %lld with a cell of pack %d at %lld mV", names[limit[d]],
				      (long long)value[limit[d]], i, (long long)p->cell[d]);
			bool closed = is_open(m, i, (enum direction)d) || (asks(m, i, limit[d], &own) && own == 0);
			if (p->brand != JK && p->alarm[d] && closed && engine_pack(e, i)->state == PACK_ONLINE)
				HOLDS(value[limit[d]] == 0, "%s %lld, pack %d is closed by an alarm", names[limit[d]],
				      (long long)value[limit[d]], i);
		}
	}
}

static void hear_told(struct model *m, const struct engine *e, const struct frame *f, int64_t now)
{
	int64_t value[N_LIMIT] = { get16(f, 0) * 100, signed16(get16(f, 2)) * 100, signed16(get16(f, 4)) * 100,
		                   get16(f, 6) * 100 };
	HOLDS(value[LIMIT_CCL] >= 0 && value[LIMIT_DCL] >= 0, "CCL %lld, DCL %lld", (long long)value[LIMIT_CCL],
	      (long long)value[LIMIT_DCL]);
	check_bounds(m, e, value, now);
	check_rise(m, value, now);
	check_stops(m, e, value, now);
	for (int k = 0; k < N_LIMIT; k++) {
		if (m->told.at == NEVER)
			m->told.fell_at[k] = NEVER;
		else if (value[k] < m->told.value[k])
			m->told.fell_at[k] = now;
		m->told.value[k] = value[k];
		m->peak[k] = 0;
	}
	m->told.at = now;
}

/* Everything that ever goes out: the ids of can-profiles/victron.yaml. */
static void check_output_frame(const struct frame *f)
{
	static const uint16_t known[] = { 0x351, 0x355, 0x356, 0x35A, 0x35E, 0x35F, 0x360, 0x370, 0x371, 0x372, 0x373,
		                          0x374, 0x375, 0x376, 0x377, 0x378, 0x379, 0x380, 0x381, 0x382 };
	bool found = false;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		found = found || f->id == known[i];
	HOLDS(found, "0x%X on the output", (unsigned)f->id);
	HOLDS(!f->ext && f->len == 8, "0x%X with %u bytes", (unsigned)f->id, f->len);
}

/* May there be output at all? The full picture; and silence when nobody was heard for too long. */
static void check_speaking(const struct model *m, int64_t now)
{
	int present = 0, n = m->s->n_packs;
	for (int i = 0; i < n; i++)
		present += may_be_in(m, i, now);
	if (m->told.at == NEVER) {
		HOLDS(present == n || now - m->waiting_since >= m->s->start_wait, "output with %d of %d packs", present, n);
		HOLDS(present >= m->s->min_packs && present > 0, "output with %d packs", present);
	}
	HOLDS(now - m->someone_at <= m->s->give_up || m->told.at == NEVER, "output %lld us after the last pack",
	      (long long)(now - m->someone_at));
}

void model_step(struct model *m, const struct engine *e, int64_t now)
{
	m->now = now;
	enum ladder rung = engine_ladder(e);
	int n, spoken = 0;
	const struct outgoing *sent = engine_sent(e, &n);
	bool speaking = rung != LADDER_WAITING && rung != LADDER_SILENT;
	bool someone = false;
	for (int i = 0; i < m->s->n_packs; i++) {
		enum pack_state state = engine_pack(e, i)->state;
		m->pack[i].joined = m->pack[i].joined || state == PACK_ONLINE || state == PACK_RETURNING;
		someone = someone || may_be_in(m, i, now);
	}
	/* give_up counts from the first step that finds nobody */
	if (someone || m->someone)
		m->someone_at = now;
	m->someone = someone;
	if (m->rung == LADDER_SILENT && rung == LADDER_WAITING)
		m->waiting_since = now;
	m->rung = rung;
	int64_t decided[N_LIMIT] = { 0 };
	if (!speaking)
		m->told.at = NEVER;
	for (int k = 0; k < N_LIMIT && speaking; k++)
		decided[k] = engine_verdict(e)->limit[k].value;
	if (speaking)
		check_bounds(m, e, decided, now);
	for (int k = 0; k < N_LIMIT; k++) {
		int64_t bound = model_bound(m, e, (enum limit_kind)k, now);
		if (bound > m->peak[k] && bound != INT64_MAX)
			m->peak[k] = bound;
	}
	for (int i = 0; i < n; i++) {
		if (sent[i].port != PORT_OUTPUT) {
			HOLDS(sent[i].frame.id == 0x305 || sent[i].frame.id == 0x307, "0x%X to a pack", (unsigned)sent[i].frame.id);
			continue;
		}
		HOLDS(speaking, "0x%X goes out while the ladder is %s", (unsigned)sent[i].frame.id, ladder_names[rung]);
		check_output_frame(&sent[i].frame);
		if (!spoken++)
			check_speaking(m, now);
		if (sent[i].frame.id == 0x351)
			hear_told(m, e, &sent[i].frame, now);
	}
	memcpy(m->decided, decided, sizeof decided);
	/* what was told is not left standing when less is allowed */
	if (rung != LADDER_NORMAL)
		return;
	HOLDS(m->told.at != NEVER, "the ladder is normal and nothing is told");
	for (int k = 0; k < N_LIMIT && now - m->told.at >= SENT_GAP; k++) {
		int64_t bound = model_bound(m, e, (enum limit_kind)k, now), off = m->told.value[k] - bound;
		HOLDS((k == LIMIT_LOW_VOLTAGE ? -off : off) < 2 * SENT_STEP, "%s stands at %lld, allowed is %lld", names[k],
		      (long long)m->told.value[k], (long long)bound);
	}
}
