/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what must fit together in `alarms:`. */
#include "config/config_private.h"
#include "core/alarms.h"

void config_check_alarms(struct reading *r)
{
	for (int i = 0; i < N_OWN_ALARM; i++) {
		const struct own_alarm_row *row = &own_alarms[i];
		const struct own_alarm *own = &r->config->core.alarms.own[i];
		struct yaml_node *map = value_at(value_at(r->root, "alarms"), row->name);
		if (!own->warning.set || !own->alarm.set)
			continue;
		if (row->below ? own->alarm.value > own->warning.value : own->alarm.value < own->warning.value)
			CONFIG_ERROR(r, value_at(map, "alarm"), BAD_ORDER, "`%s`: the alarm must not come before the warning",
			             row->name);
	}
}
