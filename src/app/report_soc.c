/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The state of charge as JSON: what is told, what the packs say, what was counted, and what follows from it. */
#include "app/report.h"

#define SOC(o, key, bp) json_object_set_new(o, key, json_real((double)(bp) / 100))
#define AH(o, key, mah) json_object_set_new(o, key, json_real((double)(mah) / 1000))

/* Seconds to empty at the present current; from the counter where that is what is told. NULL while nothing is taken. */
static json_t *time_to_go(const struct engine *e, const struct soc_state *x)
{
	const struct battery *bank = engine_bank(e);
	const struct soc_settings *s = &engine_settings(e)->soc;
	int64_t current = bank->q[Q_CURRENT].value;
	if (!battery_has(bank, Q_CURRENT) || current >= 0 || !battery_knew(bank, Q_CAPACITY))
		return NULL;
	int64_t left = s->from == SOC_COUNTER ? counter_mah(&x->counter) : bank->q[Q_CAPACITY].value * x->shown / 10000;
	return json_integer((json_int_t)(left * 3600 / -current));
}

json_t *report_soc(const struct engine *e)
{
	static const char *const from[] = { "weighted", "lowest", "guarded", "counter" }; /* enum soc_from */
	const struct soc_state *x = engine_soc(e);
	const struct battery *bank = engine_bank(e);
	json_t *o = json_object(), *counter = json_object(), *energy = json_object(), *go;
	json_object_set_new(o, "from", json_string(from[engine_settings(e)->soc.from]));
	if (x->known) {
		SOC(o, "told", x->shown);
		SOC(o, "packs", x->packs);
		json_object_set_new(o, "climbing", json_boolean(x->climbing));
	}
	if (x->counter.known && battery_knew(bank, Q_CAPACITY)) {
		SOC(counter, "soc", counter_soc(&x->counter, bank));
		SOC(counter, "drift", x->counter.drift);
		AH(counter, "left_ah", counter_mah(&x->counter));
		AH(counter, "consumed_ah", counter_mah(&x->counter) - bank->q[Q_CAPACITY].value);
		json_object_set_new(counter, "full", json_boolean(x->counter.full));
		json_object_set_new(counter, "empty", json_boolean(x->counter.empty));
		json_object_set_new(counter, "resets", json_integer((json_int_t)x->counter.resets));
		json_object_set_new(o, "counter", counter);
	} else {
		json_decref(counter);
	}
	json_object_set_new(energy, "in_kwh", json_real((double)x->meter.in / 1e6));
	json_object_set_new(energy, "out_kwh", json_real((double)x->meter.out / 1e6));
	json_object_set_new(o, "energy", energy);
	if ((go = time_to_go(e, x)))
		json_object_set_new(o, "time_to_go_s", go);
	return o;
}
