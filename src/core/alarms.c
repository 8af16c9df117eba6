/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The bank's alarms. */
#include "core/alarms.h"

#include <string.h>

const struct own_alarm_row own_alarms[N_OWN_ALARM] = {
	[OWN_HIGH_VOLTAGE] = { "high_voltage", AL_HIGH_VOLTAGE, Q_VOLTAGE, false, UNIT_MV },
	[OWN_LOW_VOLTAGE] = { "low_voltage", AL_LOW_VOLTAGE, Q_VOLTAGE, true, UNIT_MV },
	[OWN_HIGH_CELL_VOLTAGE] = { "high_cell_voltage", AL_HIGH_CELL_VOLTAGE, Q_CELL_VOLTAGE_MAX, false, UNIT_MV },
	[OWN_LOW_CELL_VOLTAGE] = { "low_cell_voltage", AL_LOW_CELL_VOLTAGE, Q_CELL_VOLTAGE_MIN, true, UNIT_MV },
	[OWN_CELL_IMBALANCE] = { "cell_imbalance", AL_CELL_IMBALANCE, N_QUANTITY, false, UNIT_MV },
	[OWN_HIGH_TEMPERATURE] = { "high_temperature", AL_HIGH_TEMPERATURE, Q_CELL_TEMPERATURE_MAX, false, UNIT_DECIDEG },
	[OWN_LOW_TEMPERATURE] = { "low_temperature", AL_LOW_TEMPERATURE, Q_CELL_TEMPERATURE_MIN, true, UNIT_DECIDEG },
	[OWN_LOW_SOC] = { "low_soc", AL_LOW_SOC, Q_SOC, true, UNIT_BP },
};

/* How many packs know of an alarm, and how many have it. */
struct votes {
	int known, active;
	uint8_t worst, warning;
};

static struct votes count(const struct tree *t, int a)
{
	struct votes v = { .worst = TRI_UNSUPPORTED, .warning = TRI_UNSUPPORTED };
	for (int i = 0; i < t->n_packs; i++) {
		const struct alarm_state *s = &t->packs[i].b.alarm[a];
		if (!pack_constrains(&t->packs[i]))
			continue;
		v.known += s->alarm != TRI_UNSUPPORTED;
		v.active += s->alarm == TRI_ACTIVE;
		v.worst = tri_worst(v.worst, s->alarm);
		v.warning = tri_worst(v.warning, s->warning);
	}
	return v;
}

static bool enough(const struct votes *v, enum alarm_policy policy)
{
	switch (policy) {
	case ALARMS_ALL: return v->active == v->known;
	case ALARMS_MAJORITY: return v->active * 2 > v->known;
	case ALARMS_WORST: break;
	}
	return true;
}

/* What the packs say. One that closes no direction and that not enough of them have becomes a warning. */
static struct alarm_state of_packs(const struct tree *t, int a)
{
	struct votes v = count(t, a);
	struct alarm_state s = { v.worst, v.warning };
	bool protection = alarms[a].blocks != BLOCKS_NONE;
	if (v.active && !protection && !enough(&v, (enum alarm_policy)t->s->alarms.policy))
		s = (struct alarm_state){ TRI_OK, TRI_ACTIVE };
	return s;
}

static void raise(struct battery *bank, enum alarm a, enum alarm_level level)
{
	if (level == LEVEL_ALARM)
		bank->alarm[a].alarm = TRI_ACTIVE;
	else
		bank->alarm[a].warning = TRI_ACTIVE;
}

/* What battagg always knows: whether packs are missing, and how it fares itself. */
static void add_battagg(struct alarms_state *x, struct battery *bank, const struct tree *t, enum ladder rung)
{
	struct alarm_state *failure = &bank->alarm[AL_INTERNAL_FAILURE];
	bool lost = false;
	failure->alarm = tri_worst(failure->alarm, TRI_OK);
	failure->warning = tri_worst(failure->warning, TRI_OK);
	for (int i = 0; i < t->n_packs; i++)
		lost = lost || (t->packs[i].state != PACK_ONLINE && t->packs[i].state != PACK_RETURNING);
	if (!lost)
		x->lost_since = 0;
	else if (!x->lost_since)
		x->lost_since = t->now;
	if (lost)
		raise(bank, AL_INTERNAL_FAILURE, LEVEL_WARNING);
	if (lost && t->s->alarms.lost_pack.set && t->now - x->lost_since >= t->s->alarms.lost_pack.value)
		raise(bank, AL_INTERNAL_FAILURE, LEVEL_ALARM);
	if (rung == LADDER_HOLD || rung == LADDER_EMERGENCY || t->s->last_good)
		raise(bank, AL_INTERNAL_FAILURE, LEVEL_ALARM);
}

/* Packs that are apart, as of the last step. */
static void add_apart(struct battery *bank, const struct imbalance *apart, const struct tree *t)
{
	const struct bound *alarm = &t->s->alarms.packs_apart;
	for (int k = 0; k < N_IMBALANCE; k++) {
		const struct detector *d = &apart->found[k];
		if (!d->active)
			continue;
		raise(bank, AL_CELL_IMBALANCE, LEVEL_WARNING);
		if (alarm->set && t->now - d->since >= alarm->value)
			raise(bank, AL_CELL_IMBALANCE, LEVEL_ALARM);
	}
}

static bool own_value(const struct own_alarm_row *row, const struct battery *bank, int64_t soc, int64_t *value)
{
	if (row->value == Q_SOC) {
		*value = soc;
		return soc >= 0;
	}
	if (row->value != N_QUANTITY) {
		*value = bank->q[row->value].value;
		return battery_has(bank, row->value);
	}
	*value = bank->q[Q_CELL_VOLTAGE_MAX].value - bank->q[Q_CELL_VOLTAGE_MIN].value;
	return battery_has(bank, Q_CELL_VOLTAGE_MAX) && battery_has(bank, Q_CELL_VOLTAGE_MIN);
}

static void add_own(struct alarms_state *x, struct battery *bank, const struct tree *t, int64_t soc, struct journal *j)
{
	for (int i = 0; i < N_OWN_ALARM; i++) {
		const struct own_alarm_row *row = &own_alarms[i];
		const struct own_alarm *set = &t->s->alarms.own[i];
		const struct bound *at[N_LEVEL] = { &set->warning, &set->alarm };
		int64_t sign = row->below ? -1 : 1, value;
		bool known = own_value(row, bank, soc, &value);
		for (int level = 0; level < N_LEVEL; level++) {
			struct detector *d = &x->own[i][level];
			if (!at[level]->set) {
				*d = (struct detector){ 0 };
				continue;
			}
			int64_t threshold = sign * at[level]->value;
			if (detector_step(d, known, sign * value, threshold, threshold - set->release, t->s->alarms.time, t->now))
				journal_own_alarm(j, &(struct own_news){ row->alarm, row->unit, value, at[level]->value,
				                                         level == LEVEL_ALARM, d->active,
				                                         x->own[i][!level].active }, t->now);
			if (d->active)
				raise(bank, row->alarm, (enum alarm_level)level);
		}
	}
}

/* Told when it has lasted, and over when that has lasted. */
static uint8_t lasting(struct alarms_state *x, int a, enum alarm_level level, uint8_t now_is, const struct tree *t)
{
	const struct alarms_settings *s = &t->s->alarms;
	bool is = now_is == TRI_ACTIVE, *told = &x->told[a][level].active;
	bool at_once = is && level == LEVEL_ALARM && alarms[a].blocks != BLOCKS_NONE;
	int64_t *turning = &x->told[a][level].turning, wait = at_once ? 0 : is ? s->raise_after : s->clear_after;
	if (is == *told) {
		*turning = 0;
		return now_is;
	}
	if (!*turning)
		*turning = t->now;
	if (t->now - *turning >= wait) {
		*told = is;
		*turning = 0;
	}
	return *told ? TRI_ACTIVE : is ? TRI_OK : now_is;
}

void alarms_step(struct alarms_state *x, struct battery *bank, const struct tree *t, const struct suspicion *suspicions,
                 const struct imbalance *apart, enum ladder rung, int64_t soc, struct journal *j)
{
	for (int a = 0; a < N_ALARM; a++)
		bank->alarm[a] = of_packs(t, a);
	add_battagg(x, bank, t, rung);
	for (int i = 0; i < t->n_packs; i++)
		if (suspicions[i].frozen.active)
			raise(bank, AL_INTERNAL_COMMUNICATION, LEVEL_WARNING);
	add_apart(bank, apart, t);
	add_own(x, bank, t, soc, j);
	for (int a = 0; a < N_ALARM; a++) {
		struct alarm_state *s = &bank->alarm[a];
		s->alarm = lasting(x, a, LEVEL_ALARM, s->alarm, t);
		s->warning = lasting(x, a, LEVEL_WARNING, s->warning, t);
	}
}
