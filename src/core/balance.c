/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The balancing charge: its states, its day. */
#include "core/balance.h"

#include "core/detector.h"

#define DAY      (86400 * INT64_C(1000000)) /* us */
#define EVENLY   (3600 * INT64_C(1000000))  /* us; so long a clock must have run before its day counts */
#define DARK     (600 * INT64_C(1000000))   /* us; a cloud is shorter */

const char *const balance_state_names[N_BALANCE_STATE] = {
	[BALANCE_IDLE] = "idle",       [BALANCE_DUE] = "due",             [BALANCE_CHARGING] = "charging",
	[BALANCE_HOLDING] = "holding", [BALANCE_RETURNING] = "returning", [BALANCE_DONE] = "done",
	[BALANCE_PUT_OFF] = "put off",
};

static bool is_under_way(const struct balance *b)
{
	return b->state >= BALANCE_DUE && b->state <= BALANCE_RETURNING;
}

bool balance_raises(const struct balance *b, const struct settings *s)
{
	return is_under_way(b) && (b->state != BALANCE_RETURNING || s->charge.balance_back == BACK_DISCHARGE);
}

static void go(struct balance *b, enum balance_state state, int64_t now)
{
	b->state = state;
	b->since = now;
	b->even_since = b->dark_since = 0;
}

static void start(struct balance *b, bool by_hand, int64_t now)
{
	go(b, BALANCE_DUE, now);
	b->by_hand = by_hand;
	b->even = false;
	b->worked = 0;
}

const char *balance_start(struct balance *b, const struct settings *s, int64_t now)
{
	if (!s->charge.own)
		return "there is no voltage battagg could raise: the config has no `charge: { voltage: own }`";
	if (is_under_way(b))
		return "a balancing charge is under way already";
	start(b, true, now);
	return NULL;
}

/* A clock that jumps begins anew. */
static void step_clock(struct balance *b, const struct wall *wall, int64_t now)
{
	int64_t apart = wall->day - (b->clock.day + (now - b->clock.at) / DAY);
	if (wall->known && b->clock.known && apart >= -1 && apart <= 1)
		return;
	b->clock.known = wall->known;
	b->clock.day = wall->day;
	b->clock.at = now;
}

static bool day_counts(const struct balance *b, int64_t now)
{
	return b->clock.known && now - b->clock.at >= EVENLY;
}

static void put_off(struct balance *b, const struct wall *wall, int64_t now)
{
	b->put_off_day = day_counts(b, now) ? wall->day : 0;
}

const char *balance_stop(struct balance *b, const struct wall *wall, int64_t now)
{
	if (!is_under_way(b))
		return "no balancing charge is under way";
	put_off(b, wall, now);
	go(b, b->even ? BALANCE_DONE : BALANCE_PUT_OFF, now);
	return NULL;
}

/* Dates that were owed, are missing, or lie in the future: there a clock was wrong, now or then. */
static void step_date(struct balance *b, const struct tree *t)
{
	if (!day_counts(b, t->now))
		return;
	if (b->done_at)
		b->done_day = (int32_t)(t->wall.day - (t->now - b->done_at) / DAY);
	b->done_at = 0;
	if (!t->s->charge.balance_every)
		return;
	if (b->done_day <= 0 || (b->done_day > t->wall.day && t->now - b->clock.at >= DAY))
		b->done_day = t->wall.day;
}

static bool is_due(const struct balance *b, const struct tree *t)
{
	int64_t every = (t->s->charge.balance_every + DAY - 1) / DAY;
	return every && day_counts(b, t->now) && t->wall.day - b->done_day >= every;
}

/* The next day has come: by the calendar, or, where that isn't known, by the hours. */
static bool next_day(const struct balance *b, const struct tree *t)
{
	if (b->put_off_day && day_counts(b, t->now))
		return t->wall.day != b->put_off_day;
	return t->now - b->since >= DAY;
}

/* Of each pack that has a say and tells of its cells. */
static void look_at_spread(struct balance *b, const struct tree *t)
{
	b->spread_known = true;
	b->spread = 0;
	b->pack = -1;
	for (int i = 0; i < t->n_packs && b->spread_known; i++) {
		const struct measure *low = &t->packs[i].b.q[Q_CELL_VOLTAGE_MIN], *high = &t->packs[i].b.q[Q_CELL_VOLTAGE_MAX];
		if (!pack_constrains(&t->packs[i]) || high->validity == ABSENT)
			continue;
		int64_t spread = high->value - low->value;
		b->spread_known = low->validity == VALID && high->validity == VALID && !low->partial && !high->partial;
		if (b->spread_known && b->pack >= 0 && spread <= b->spread)
			continue;
		b->spread = spread;
		b->pack = i;
	}
}

static void done(struct balance *b, const struct tree *t)
{
	b->even = true;
	if (day_counts(b, t->now))
		b->done_day = t->wall.day;
	else
		b->done_at = t->now;
	go(b, BALANCE_RETURNING, t->now);
}

/* DUE to HOLDING. */
static void step_up(struct balance *b, const struct tree *t, const struct balance_sight *sight)
{
	const struct charge_settings *s = &t->s->charge;
	int64_t voltage = sight->known ? sight->voltage + sight->near : 0, limit = sight->told < sight->top ? sight->told : sight->top;
	if (sight->known && voltage >= limit)
		b->worked += sight->passed;
	if (detector_lasts(sight->known && b->state != BALANCE_DUE && voltage < sight->normal, &b->dark_since, DARK, t->now))
		go(b, BALANCE_DUE, t->now);
	if (b->state == BALANCE_DUE && voltage >= sight->normal)
		go(b, BALANCE_CHARGING, t->now);
	if (b->state == BALANCE_CHARGING && voltage >= sight->top)
		go(b, BALANCE_HOLDING, t->now);
	/* far below the usual voltage all cells of LFP look alike: that they are close together there says nothing */
	bool high = b->state == BALANCE_HOLDING && voltage >= sight->top && voltage >= sight->usual;
	bool even = high && b->spread_known && b->spread <= s->balance_spread;
	if (detector_lasts(even, &b->even_since, s->balance_hold, t->now)) {
		done(b, t);
	} else if (b->worked >= s->balance_at_most) {
		put_off(b, &t->wall, t->now);
		go(b, BALANCE_RETURNING, t->now);
	}
}

static bool has_returned(const struct balance *b, const struct tree *t, const struct balance_sight *sight)
{
	if (t->s->charge.balance_back == BACK_AT_ONCE)
		return sight->sunk;
	return (sight->known && sight->voltage <= sight->normal) || t->now - b->since >= t->s->charge.balance_at_most;
}

void balance_step(struct balance *b, const struct tree *t, const struct balance_sight *sight)
{
	step_clock(b, &t->wall, t->now);
	step_date(b, t);
	look_at_spread(b, t);
	b->least = sight->usual - sight->near;
	b->normal = sight->normal;
	b->top = sight->top;
	switch (b->state) {
	case BALANCE_PUT_OFF:
	case BALANCE_DONE:
		if (b->state == BALANCE_DONE ? t->now - b->since >= DAY : next_day(b, t))
			go(b, BALANCE_IDLE, t->now);
		break;
	case BALANCE_IDLE:
		if (is_due(b, t))
			start(b, false, t->now);
		break;
	case BALANCE_DUE:
	case BALANCE_CHARGING:
	case BALANCE_HOLDING:
		if (!b->by_hand && !t->s->charge.balance_every)
			go(b, BALANCE_IDLE, t->now); /* the config was read again */
		else
			step_up(b, t, sight);
		break;
	case BALANCE_RETURNING:
	case N_BALANCE_STATE:
		if (has_returned(b, t, sight))
			go(b, b->even ? BALANCE_DONE : BALANCE_PUT_OFF, t->now);
		break;
	}
}
