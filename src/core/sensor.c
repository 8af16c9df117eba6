/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Sensors in place of the packs. */
#include "core/sensor.h"

/* One quantity; `from` is 1 + the index of its sensor, 0 where it is the packs' own. */
static void use(uint8_t *told, int from, enum quantity q, const struct settings *s, const struct pack *sensors,
                struct battery *bank, struct journal *j, bool waited, int64_t now)
{
	if (!from)
		return;
	const struct pack *sensor = &sensors[from - 1];
	const struct measure *m = &sensor->b.q[q];
	bool has = sensor->state == PACK_ONLINE && battery_has(&sensor->b, q);
	if (has)
		battery_set(bank, q, m->value, m->time);
	enum sensing is = has ? SENSING_SENSOR : SENSING_PACKS;
	if (is == *told || (*told == SENSING_UNTOLD && !has && !waited))
		return;
	*told = (uint8_t)is;
	journal_sensor(j, sensor, s->n_packs + from - 1, q, has, now);
}

void sensors_use(struct sensors *state, const struct settings *s, const struct pack *sensors, struct battery *bank,
                 struct journal *j, bool waited, int64_t now)
{
	use(&state->voltage, s->voltage_from, Q_VOLTAGE, s, sensors, bank, j, waited, now);
	use(&state->current, s->current_from, Q_CURRENT, s, sensors, bank, j, waited, now);
}
