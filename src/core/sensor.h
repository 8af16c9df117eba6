/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Sensors in place of the packs: a shunt measures all that flows, and more exactly than the BMSs together. What is taken
 * from one is the bank's current or voltage, nothing else; a sensor is never summed, waited for or obeyed. These two are
 *   shown, to the GX and in status (`estimate_cells` shares out the voltage that is shown);
 *   asked for when a pack wants to rejoin: the current, that is. Its voltage is compared with the other packs' own, as
 *     BMS with BMS: a shunt may sit behind cables;
 *   not what limits are made of: a pack over its own limit is seen by its own current.
 * The bank's power stays the sum of what the packs tell.
 */
#ifndef CORE_SENSOR_H
#define CORE_SENSOR_H

#include "core/journal.h"

/* Whose value it was last said to be, for voltage and current. */
enum sensing { SENSING_UNTOLD, SENSING_SENSOR, SENSING_PACKS };
struct sensors {
	uint8_t voltage, current; /* enum sensing */
};

/* Puts the sensors' values into the bank, while they have any. `sensors`: settings.n_sensors of them. `waited`: one that was
 * never heard is late by now. */
void sensors_use(struct sensors *state, const struct settings *s, const struct pack *sensors, struct battery *bank,
                 struct journal *j, bool waited, int64_t now);

#endif
