/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What an engine gives to be kept over a restart, and takes back; and what it is told by hand. */
#include "core/engine_private.h"

void engine_restore(struct engine *e, const struct kept *kept)
{
	if (kept->counter.set)
		counter_restore(&e->soc.counter, kept->counter.value);
	e->govern.charge.balance.done_day = kept->balanced_day;
	e->soc.meter.in = kept->energy_in;
	e->soc.meter.out = kept->energy_out;
	for (int k = 0; k < N_LIMIT; k++)
		e->govern.restored[k] = kept->limits[k];
}

void engine_kept(const struct engine *e, struct kept *out)
{
	*out = (struct kept){ .balanced_day = e->govern.charge.balance.done_day, .energy_in = e->soc.meter.in,
		              .energy_out = e->soc.meter.out };
	if (e->soc.counter.known)
		out->counter = (struct bound){ true, counter_mah(&e->soc.counter) };
	for (int k = 0; k < N_LIMIT && e->verdict.valid; k++)
		out->limits[k] = (struct bound){ true, e->verdict.limit[k].value };
}

const char *engine_balance(struct engine *e, bool stop)
{
	struct balance *b = &e->govern.charge.balance;
	return stop ? balance_stop(b, &e->wall, e->now) : balance_start(b, e->s, e->now);
}

bool engine_set_soc(struct engine *e, int64_t soc)
{
	return soc_set(&e->soc, &e->bank, soc);
}
