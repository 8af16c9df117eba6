/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A pack's battery as of now: what was seen, aged, with the config's word and the gaps filled. */
#include <stdio.h>
#include <string.h>

#include "core/pack.h"

static bool is_fresh(const struct pack *p, int frame, int64_t patience, int64_t now)
{
	const struct frame_age *age = &p->ages[frame];
	int64_t stale = p->set->profile->frames[frame].stale;
	return age->ever && now - age->last <= (patience > stale ? patience : stale);
}

/* It does come, but with a counter that stands still: its sender has died behind its bus controller. */
static bool stands_still(const struct pack *p, int frame, int64_t now)
{
	const struct frame_age *age = &p->ages[frame];
	return age->repeated > age->last && now - age->repeated <= p->set->profile->frames[frame].stale;
}

static void say_missing_frame(struct pack *p, int frame, int64_t now)
{
	const struct profile_frame *pf = &p->set->profile->frames[frame];
	unsigned id = codec_id(pf, pf->group_min, (unsigned)p->set->address);
	if (!p->frames)
		snprintf(p->why, sizeof p->why, "not one of its frames heard: cable, bit rate, address, profile %s?",
		         p->set->profile->id);
	else
		snprintf(p->why, sizeof p->why, "%s %0*X %s", pf->pgn ? "PGN" : "frame", pf->pgn ? 5 : pf->ext ? 8 : 3, id,
		         stands_still(p, frame, now) ? "comes, but its counter stands still" :
		         p->ages[frame].ever         ? "stopped coming" : "was never heard");
}

/* Every required frame is fresh: the BMS is heard now, not only borne for a while. */
static bool is_heard(const struct pack *p, int64_t now)
{
	for (int i = 0; i < p->set->profile->n_frames; i++)
		if (p->set->profile->frames[i].required && !is_fresh(p, i, 0, now))
			return false;
	return true;
}

/* Every required frame comes. While it counts in the bank or is to return it may miss them for `lost`. */
static bool frames_come(struct pack *p, const struct settings *s, int64_t now)
{
	int64_t patience = p->state == PACK_ONLINE || p->state == PACK_RETURNING ? s->lost : 0;
	for (int i = 0; i < p->set->profile->n_frames; i++) {
		if (!p->set->profile->frames[i].required || is_fresh(p, i, patience, now))
			continue;
		say_missing_frame(p, i, now);
		return false;
	}
	return true;
}

int64_t pack_patience_ends(const struct pack *p, const struct settings *s)
{
	int64_t first = INT64_MAX;
	if (p->state != PACK_ONLINE)
		return first;
	for (int i = 0; i < p->set->profile->n_frames; i++) {
		const struct profile_frame *pf = &p->set->profile->frames[i];
		int64_t end = p->ages[i].last + (s->lost > pf->stale ? s->lost : pf->stale) + 1;
		if (pf->required && end < first)
			first = end;
	}
	return first;
}

static const struct bound *config_limit(const struct pack_settings *set, enum limit_kind kind)
{
	switch (kind) {
	case LIMIT_CVL: return &set->limits.cvl;
	case LIMIT_CCL: return &set->limits.ccl;
	case LIMIT_DCL: return &set->limits.dcl;
	case LIMIT_LOW_VOLTAGE:
	case N_LIMIT: break;
	}
	return &set->limits.low_voltage;
}

/* Fresh, or not older than a frame may be missing for: empty frames and "not available" are no news either. */
static bool is_recent(const struct pack *p, enum quantity q, const struct settings *s, int64_t now)
{
	const struct measure *m = &p->b.q[q];
	int64_t stale = m->source == SOURCE_NONE ? 0 : p->set->profile->frames[m->source].stale;
	return m->validity == VALID || (m->validity == STALE && now - m->time <= (stale > s->lost ? stale : s->lost));
}

/* A limit is accepted, or the config's stands in for one that the BMS has not told twice. */
static bool has_limit(struct pack *p, enum limit_kind kind, const struct settings *s, int64_t now)
{
	const struct accepted *a = &p->accepted[kind];
	bool cap = config_limit(p->set, kind)->set, lower_only = p->seen.lower_only >> limit_quantity[kind] & 1;
	bool voltage = kind == LIMIT_CVL || kind == LIMIT_LOW_VOLTAGE;
	if (p->set->override[limit_quantity[kind]].set)
		return true;
	if (a->known && !lower_only && !cap && voltage && pack_limit_old(p, kind, s, now)) {
		snprintf(p->why, sizeof p->why, "its BMS no longer gives its %s", quantities[limit_quantity[kind]].name);
		return false;
	}
	if (a->known && !lower_only)
		return true;
	/* one that is online goes on when its BMS begins to tell a limit; an unproven one never stands alone */
	if (cap && (!a->has_last || lower_only || p->state == PACK_ONLINE))
		return true;
	snprintf(p->why, sizeof p->why, a->has_last && !lower_only ? "waits for its %s a second time"
	                                                           : "its BMS gives no %s: set `limits`",
	         quantities[limit_quantity[kind]].name);
	return false;
}

/* What a pack must say before it can be summed; without it there would be guessing. */
static bool says_enough(struct pack *p, const struct settings *s, int64_t now)
{
	static const enum quantity needed[] = { Q_VOLTAGE, Q_CURRENT, Q_SOC };
	if (p->set->profile->sensor) /* what it measures is enough */
		return true;
	for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
		if (is_recent(p, needed[i], s, now))
			continue;
		snprintf(p->why, sizeof p->why, battery_knew(&p->b, needed[i]) ? "its BMS no longer gives its %s"
		                                                               : "its BMS gives no %s",
		         quantities[needed[i]].name);
		return false;
	}
	if (*p->set->expect_serial && !*p->seen.b.text[TEXT_SERIAL]) {
		snprintf(p->why, sizeof p->why, "has not told its serial number, which the config expects");
		return false;
	}
	if (*p->set->expect_manufacturer && !*p->seen.b.text[TEXT_MANUFACTURER]) {
		snprintf(p->why, sizeof p->why, "has not told its manufacturer, which the config expects");
		return false;
	}
	if (!battery_knew(&p->b, Q_TEMPERATURE)) {
		snprintf(p->why, sizeof p->why, "its BMS gives no temperature: set `assumed_temperature`");
		return false;
	}
	if (!pack_capacity(p)) {
		snprintf(p->why, sizeof p->why, "its BMS gives no capacity: set `capacity`");
		return false;
	}
	for (int k = 0; k < N_LIMIT; k++)
		if (!has_limit(p, (enum limit_kind)k, s, now))
			return false;
	return true;
}

/* No battery can be without these, and a switch that was told to be open is not closed by saying nothing: "not
 * available" leaves the last one that its BMS gave, as an old one. */
static const enum quantity vital[] = { Q_VOLTAGE,     Q_CURRENT,  Q_SOC,
	                               Q_TEMPERATURE, Q_CAPACITY, Q_CHARGE_ENABLED, Q_DISCHARGE_ENABLED };
#define N_VITAL (sizeof vital / sizeof *vital)

static void age_values(struct pack *p, int64_t now)
{
	struct measure last[N_VITAL];
	for (size_t i = 0; i < N_VITAL; i++)
		last[i] = p->b.q[vital[i]];
	compute_aged(&p->b, p->set->profile, &p->seen, now);
	if (p->b.q[Q_SOC].value > 10000) /* some BMS count a little beyond full */
		p->b.q[Q_SOC].value = 10000;
	/* limits count as accepted, not as the newest frame has them */
	for (int k = 0; k < N_LIMIT; k++)
		if (p->accepted[k].known)
			p->b.q[limit_quantity[k]].value = p->accepted[k].value;
	if (p->set->invert_current) {
		p->b.q[Q_CURRENT].value = -p->b.q[Q_CURRENT].value;
		p->b.q[Q_POWER].value = -p->b.q[Q_POWER].value;
	}
	for (size_t i = 0; i < N_VITAL; i++) {
		struct measure *m = &p->b.q[vital[i]];
		if (m->validity != NOT_AVAILABLE || last[i].validity < STALE || last[i].source == SOURCE_NONE)
			continue;
		*m = last[i];
		m->validity = STALE;
	}
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void is_ok(struct pack *p, uint8_t *state)
{
	if (*state != TRI_OK)
		p->seen.held = 0;
	*state = TRI_OK;
}

/* Alarm frames that are only sent while there is an alarm: not coming means that all is well, but only as long as
 * the BMS is heard at all. */
static void silence_is_ok(struct pack *p)
{
	const struct profile *profile = p->set->profile;
	int64_t from = later(p->complete_since, p->heard_since), to = INT64_MAX;
	/* counted up to the last required frame, not up to now: a cable that is pulled out silences them all */
	for (int i = 0; i < profile->n_frames; i++)
		if (profile->frames[i].required && p->ages[i].last < to)
			to = p->ages[i].last;
	for (int i = 0; i < profile->n_frames; i++) {
		const struct profile_frame *pf = &profile->frames[i];
		if (!pf->absent_ok || to - (p->ages[i].ever ? later(from, p->ages[i].last) : from) <= pf->stale)
			continue;
		for (int k = 0; k < pf->n_fields; k++) {
			const struct field *f = &profile->fields[pf->first_field + k];
			if (f->kind == FIELD_ALARM && f->part != PART_WARNING)
				is_ok(p, &p->seen.b.alarm[f->target].alarm);
			if (f->kind == FIELD_ALARM && f->part != PART_ALARM)
				is_ok(p, &p->seen.b.alarm[f->target].warning);
		}
	}
}

/* The cells' own extremes, as a pair, where the BMS gives not both; with the number of the cell. */
static void fill_extremes(const struct known *k, enum array a, const enum quantity q[4], int all)
{
	struct battery *b = k->b;
	struct extremes e = compute_extremes(k, a, 1, k->cells->count[a], VALID);
	if (!e.count || (battery_has(b, q[0]) && battery_has(b, q[1])))
		return;
	const int64_t values[] = { e.min, e.max, e.min_at, e.max_at };
	for (int i = 0; i < 4; i++)
		battery_set(b, q[i], values[i], e.oldest);
	/* a cell that is not known may be worse than those that are */
	b->q[q[0]].partial = b->q[q[1]].partial = e.count < all;
}

#define ONE(q) 1, { { FIELD_QUANTITY, q, 0, 0 } }
#define OF_CAPACITY(q) 2, { { FIELD_QUANTITY, q, 0, 0 }, { FIELD_QUANTITY, Q_CAPACITY, 0, 0 } }

/* What holds for every dialect. The sum of all cells is as good a voltage as the best source. SoC and charge are made
 * of each other only for a BMS that never told them: some send the installed capacity as what is left. */
static const struct computed standard[] = {
	{ Q_VOLTAGE, COMPUTE_SUM, FILL_WORSE, 1, { { FIELD_ARRAY, ARRAY_CELL_VOLTAGE, 0, 0 } }, 0 },
	{ Q_TEMPERATURE, COMPUTE_MAX, FILL_OLD, ONE(Q_CELL_TEMPERATURE_MAX), 0 },
	{ Q_CELL_TEMPERATURE_MIN, COMPUTE_MIN, FILL_OLD, ONE(Q_TEMPERATURE), 0 },
	{ Q_CELL_TEMPERATURE_MAX, COMPUTE_MAX, FILL_OLD, ONE(Q_TEMPERATURE), 0 },
	{ Q_CAPACITY_REMAINING, COMPUTE_PRODUCT, FILL_UNTOLD, OF_CAPACITY(Q_SOC), 0 },
	{ Q_SOC, COMPUTE_RATIO, FILL_UNTOLD, OF_CAPACITY(Q_CAPACITY_REMAINING), 0 },
};

/* Row by row. A voltage that its cells can't have is not believed, as it would not be of its BMS. */
static void make(struct pack *p, const struct computed *rows, unsigned n, const struct known *k)
{
	for (const struct computed *c = rows; c < rows + n; c++) {
		struct measure *m = &p->b.q[c->target], told = *m;
		compute_fill(c, 1, k);
		bool made = m->validity != told.validity || m->value != told.value;
		if (made && c->target == Q_VOLTAGE && !pack_fits_cells(p, Q_VOLTAGE, m->value))
			*m = told;
	}
}

static void fill_gaps(struct pack *p, int64_t now)
{
	static const enum quantity voltages[] = { Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MAX, Q_CELL_VOLTAGE_MIN_NO,
		                                  Q_CELL_VOLTAGE_MAX_NO };
	static const enum quantity temperatures[] = { Q_CELL_TEMPERATURE_MIN, Q_CELL_TEMPERATURE_MAX,
		                                      Q_CELL_TEMPERATURE_MIN_NO, Q_CELL_TEMPERATURE_MAX_NO };
	const struct pack_settings *set = p->set;
	struct battery *b = &p->b;
	struct known k = { .b = b, .cells = &p->seen.cells, .array_stale = p->array_stale, .n_cells = set->cells, .now = now };
	if (set->capacity.set)
		battery_set(b, Q_CAPACITY, set->capacity.value, now);
	make(p, set->profile->computed, set->profile->n_computed, &k);
	fill_extremes(&k, ARRAY_CELL_VOLTAGE, voltages, set->cells ? set->cells : k.cells->count[ARRAY_CELL_VOLTAGE]);
	fill_extremes(&k, ARRAY_CELL_TEMPERATURE, temperatures, 0);
	make(p, standard, sizeof standard / sizeof *standard, &k);
	if (set->assumed_temperature.set && !battery_knew(b, Q_TEMPERATURE))
		battery_set(b, Q_TEMPERATURE, set->assumed_temperature.value, now);
}

/* An "ok" that isn't said any more is none; an alarm stays. */
static void age_alarms(struct pack *p, int64_t now)
{
	const struct profile *profile = p->set->profile;
	uint64_t fresh[2] = { 0, 0 };
	for (int i = 0; i < profile->n_frames; i++) {
		const struct profile_frame *pf = &profile->frames[i];
		if (!p->ages[i].alarms || !(pf->absent_ok || is_fresh(p, i, 0, now)))
			continue;
		for (int k = 0; k < pf->n_fields; k++) {
			const struct field *f = &profile->fields[pf->first_field + k];
			if (f->kind == FIELD_ALARM && f->part != PART_WARNING)
				fresh[0] |= UINT64_C(1) << f->target;
			if (f->kind == FIELD_ALARM && f->part != PART_ALARM)
				fresh[1] |= UINT64_C(1) << f->target;
		}
	}
	for (int a = 0; a < N_ALARM; a++) {
		struct alarm_state *alarm = &p->b.alarm[a];
		if (alarm->alarm == TRI_OK && !(fresh[0] >> a & 1))
			alarm->alarm = TRI_UNSUPPORTED;
		if (alarm->warning == TRI_OK && !(fresh[1] >> a & 1))
			alarm->warning = TRI_UNSUPPORTED;
	}
}

static bool is_speaking(const struct pack *p, const struct settings *s, int64_t now)
{
	for (int i = 0; i < p->set->profile->n_frames; i++)
		if (is_fresh(p, i, s->gone, now))
			return true;
	return false;
}

void pack_refresh(struct pack *p, const struct settings *s, int64_t now)
{
	if (p->state == PACK_REFUSED) /* another battery's word: what was known of this one stays */
		return;
	age_values(p, now);
	for (int i = 0; i < N_QUANTITY; i++)
		if (p->set->override[i].set)
			battery_set(&p->b, (enum quantity)i, p->set->override[i].value, now);
	fill_gaps(p, now);
	bool complete = frames_come(p, s, now) && says_enough(p, s, now), heard = is_heard(p, now);
	if (complete != p->complete)
		p->complete_since = now;
	if (heard != p->heard)
		p->heard_since = now;
	p->complete = complete;
	p->heard = heard;
	p->speaks = is_speaking(p, s, now);
	if (complete && heard) {
		silence_is_ok(p);
		memcpy(p->b.alarm, p->seen.b.alarm, sizeof p->b.alarm);
	}
	age_alarms(p, now);
}
