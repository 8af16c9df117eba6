/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Looking into an engine, for status and tests; and what it is told of the world beside frames. */
#include "core/engine_private.h"

const struct event *engine_event(const struct engine *e, uint64_t number)
{
	return journal_get(&e->journal, number);
}

uint64_t engine_event_first(const struct engine *e)
{
	return journal_first(&e->journal);
}

uint64_t engine_event_next(const struct engine *e)
{
	return e->journal.next + 1;
}

/* None of them may push another one out of the ring. */
_Static_assert(1 + MEMBERS_MAX + N_LIMIT + N_CONDITION + 2 + N_IMBALANCE + 2 * N_ALARM + 3 <= EVENTS_MAX, "the state fits a journal");

void engine_tell_state(const struct engine *e, struct journal *out)
{
	const struct battery *bank = &e->bank;
	const struct detector *low = e->alarms.own[OWN_LOW_SOC];
	const struct measure *highest = &bank->q[Q_CELL_VOLTAGE_MAX], *lowest = &bank->q[Q_CELL_VOLTAGE_MIN];
	*out = (struct journal){ 0 };
	journal_ladder(out, e->ladder.rung, e->now);
	for (int i = 0; i < e->n; i++)
		journal_pack(out, &e->packs[i], i, e->now);
	journal_verdict(out, &e->verdict, e->s, e->now);
	journal_present(out, &e->journal, &e->verdict, e->s, e->now);
	out->phase = N_CHARGE_PHASE; /* whichever it is, it is news */
	journal_charge(out, &e->govern.charge, e->s, &e->wall, e->now);
	journal_imbalance(out, &e->govern.imbalance, e->s, e->now);
	journal_alarms(out, bank, e->ladder.rung, &e->tree);
	if (e->soc.known)
		journal_soc(out, e->soc.shown, low[LEVEL_WARNING].active || low[LEVEL_ALARM].active, e->now);
	if (battery_has(bank, Q_CELL_VOLTAGE_MAX) && battery_has(bank, Q_CELL_VOLTAGE_MIN))
		journal_spread(out, highest->value - lowest->value, e->now);
	journal_told(out, e->now);
}

const struct settings *engine_settings(const struct engine *e)
{
	return e->s;
}

const struct pack *engine_pack(const struct engine *e, int index)
{
	return index >= 0 && index < e->s->n_packs ? &e->packs[index] : NULL;
}

const struct suspicion *engine_suspicion(const struct engine *e, int index)
{
	return &e->suspicions[index];
}

const struct pack *engine_sensor(const struct engine *e, int index)
{
	return index >= 0 && index < e->s->n_sensors ? &e->packs[e->s->n_packs + index] : NULL;
}

const struct pack *engine_taken_from(const struct engine *e, enum quantity q)
{
	bool current = q == Q_CURRENT;
	int from = current ? e->s->current_from : e->s->voltage_from;
	uint8_t told = current ? e->sensors.current : e->sensors.voltage;
	return from && told == SENSING_SENSOR ? engine_sensor(e, from - 1) : NULL;
}

const struct battery *engine_bank(const struct engine *e)
{
	return &e->bank;
}

const struct battery *engine_shown(const struct engine *e)
{
	return &e->shown;
}

const struct verdict *engine_verdict(const struct engine *e)
{
	return &e->verdict;
}

const struct imbalance *engine_imbalance(const struct engine *e)
{
	return &e->govern.imbalance;
}

const struct govern *engine_govern(const struct engine *e)
{
	return &e->govern;
}

enum ladder engine_ladder(const struct engine *e)
{
	return e->ladder.rung;
}

int64_t engine_now(const struct engine *e)
{
	return e->now;
}

void engine_wall(struct engine *e, struct wall wall)
{
	e->wall = wall;
}

const struct wall *engine_day(const struct engine *e)
{
	return &e->wall;
}

const struct soc_state *engine_soc(const struct engine *e)
{
	return &e->soc;
}

const struct alarms_state *engine_alarms(const struct engine *e)
{
	return &e->alarms;
}
