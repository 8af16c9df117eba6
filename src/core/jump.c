/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Values that jump. */
#include "core/jump.h"

static const enum quantity quantity_of[N_JUMP] = {
	[JUMP_VOLTAGE] = Q_VOLTAGE,
	[JUMP_SOC] = Q_SOC,
	[JUMP_TEMPERATURE] = Q_TEMPERATURE,
	[JUMP_CELL_TEMPERATURE_MIN] = Q_CELL_TEMPERATURE_MIN,
	[JUMP_CELL_TEMPERATURE_MAX] = Q_CELL_TEMPERATURE_MAX,
};

static int64_t window(enum jumping what, int64_t from, const struct suspect_settings *s)
{
	if (what == JUMP_VOLTAGE)
		return from * s->voltage_jump / 10000;
	return what == JUMP_SOC ? s->soc_jump : s->temperature_jump;
}

static bool apart(int64_t a, int64_t b, int64_t most)
{
	return a > b ? a - b > most : b - a > most;
}

/* Was it said often enough? Each time counts once, and all have to agree with the one before. */
static bool insisted(struct jumps *j, enum jumping what, const struct measure *m, int64_t most, int times)
{
	bool first = !j->of[what].run || apart(m->value, j->of[what].value, most);
	if (first)
		j->of[what].run = 1;
	else if (m->time != j->of[what].time)
		j->of[what].run++;
	if (first)
		j->held++;
	j->of[what].value = m->value;
	j->of[what].time = m->time;
	return j->of[what].run >= times;
}

void jumps_hold(struct jumps *j, struct battery *b, const struct battery *last, const struct profile *profile,
                const struct suspect_settings *s, int64_t now)
{
	for (int i = 0; i < N_JUMP && s->jumps; i++) {
		struct measure *m = &b->q[quantity_of[i]];
		const struct measure *was = &last->q[quantity_of[i]];
		if (m->validity != VALID)
			continue;
		int64_t most = window((enum jumping)i, was->value, s);
		/* with nothing fresh to compare it with, it is what it is */
		bool fresh = was->validity == VALID && was->source != SOURCE_NONE && now - was->time <= profile->frames[was->source].stale;
		bool leaps = fresh && apart(m->value, was->value, most);
		if (!leaps || insisted(j, (enum jumping)i, m, most, s->times)) {
			j->of[i].run = 0;
			continue;
		}
		*m = *was;
	}
}
