/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What is watched as JSON: each detector with its value, threshold, state, and since when. */
#include "app/report.h"

#define US_PER_S 1000000

json_t *report_detector(const struct detector *d, int64_t per_one, const char *unit, int64_t now)
{
	json_t *o = json_object();
	json_object_set_new(o, "active", json_boolean(d->active));
	if (d->known) {
		json_object_set_new(o, "value", json_real((double)d->value / (double)per_one));
		json_object_set_new(o, "threshold", json_real((double)d->threshold / (double)per_one));
		json_object_set_new(o, "unit", json_string(unit));
	}
	if (d->since)
		json_object_set_new(o, "since_s", json_integer((now - d->since) / US_PER_S));
	return o;
}

/* The thresholds of the config, those that are set. */
json_t *report_own_alarms(const struct engine *e, int64_t now)
{
	static const char *const levels[N_LEVEL] = { "warning", "alarm" };
	json_t *o = json_object();
	for (int i = 0; i < N_OWN_ALARM; i++) {
		const struct own_alarm_row *row = &own_alarms[i];
		const struct own_alarm *set = &engine_settings(e)->alarms.own[i];
		const bool given[N_LEVEL] = { set->warning.set, set->alarm.set };
		json_t *both = json_object();
		for (int level = 0; level < N_LEVEL; level++) {
			struct detector d = engine_alarms(e)->own[i][level];
			if (!given[level])
				continue;
			d.value = row->below ? -d.value : d.value;
			d.threshold = row->below ? -d.threshold : d.threshold;
			json_object_set_new(both, levels[level], report_detector(&d, unit_per_one(row->unit), unit_symbol(row->unit), now));
		}
		if (json_object_size(both))
			json_object_set(o, row->name, both);
		json_decref(both);
	}
	return o;
}

json_t *report_doubts(const struct engine *e, int index, int64_t now)
{
	const struct suspicion *x = engine_suspicion(e, index);
	char text[EVENT_TEXT_MAX];
	json_t *o = json_object(), *frozen = report_detector(&x->frozen, US_PER_S, "s", now);
	json_t *soc = report_detector(&x->soc, 100, "%", now);
	if (x->frozen.active)
		json_object_set_new(frozen, "text", json_string(SUSPECT_STANDS_STILL));
	if (x->soc.active)
		json_object_set_new(soc, "text", json_string(suspect_print_soc(text, sizeof text, x)));
	json_object_set_new(o, "stands_still", frozen);
	json_object_set_new(o, "soc_at_rest", soc);
	json_object_set_new(o, "leaps_held", json_integer((json_int_t)engine_pack(e, index)->jumps.held));
	return o;
}
