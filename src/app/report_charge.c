/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What charging is at, as JSON. */
#include "app/report.h"

#include <time.h>

#define US_PER_S 1000000

static const char *const combine_names[] = {
	[COMBINE_MIN] = "min",
	[COMBINE_UNTIL_ALL_FLOAT] = "max_until_all_float",
	[COMBINE_WHILE_BALANCING] = "max_while_balancing",
};

static void set_phase(json_t *o, const struct charge *c, const struct settings *s, int64_t now)
{
	char text[CHARGE_TEXT_MAX];
	json_object_set_new(o, "phase", json_string(charge_phase_names[c->phase]));
	json_object_set_new(o, "since_s", json_integer((now - c->since) / US_PER_S));
	json_object_set_new(o, "waits", json_string(charge_waits(text, sizeof text, c, s)));
}

static json_t *floating(const struct floaters *f, const struct settings *s)
{
	json_t *list = json_array();
	for (int i = 0; i < s->n_packs; i++)
		if (f->pack[i].floats)
			json_array_append_new(list, json_string(s->packs[i].name));
	return list;
}

static json_t *high_cell(const struct reduction *r, const struct settings *s, int64_t now)
{
	json_t *o = json_pack("{s:b}", "active", r->active);
	const struct reason *why = &r->reason;
	if (!r->active)
		return o;
	json_object_set_new(o, "since_s", json_integer((now - r->since) / US_PER_S));
	json_object_set_new(o, "charge_voltage", json_real((double)r->value / 1000));
	json_object_set_new(o, "cell_voltage", json_real((double)why->measured / 1000));
	json_object_set_new(o, "above", json_real((double)why->threshold / 1000));
	json_object_set_new(o, "unit", json_string("V"));
	if (why->pack >= 0)
		json_object_set_new(o, "pack", json_string(s->packs[why->pack].name));
	if (why->cell)
		json_object_set_new(o, "cell", json_integer(why->cell));
	return o;
}

static void set_day(json_t *o, const char *name, int32_t day)
{
	time_t seconds = (time_t)day * 86400;
	struct tm tm;
	char text[32];
	strftime(text, sizeof text, "%Y-%m-%d", gmtime_r(&seconds, &tm));
	json_object_set_new(o, name, json_string(text));
}

static json_t *balance(const struct balance *b, const struct settings *s, const struct wall *wall, int64_t now)
{
	char text[BALANCE_TEXT_MAX];
	json_t *o = json_pack("{s:s, s:b, s:s}", "state", balance_state_names[b->state], "by_hand", b->by_hand, "waits",
	                      balance_waits(text, sizeof text, b, s, wall, now));
	if (b->since)
		json_object_set_new(o, "since_s", json_integer((now - b->since) / US_PER_S));
	if (b->spread_known && b->pack >= 0)
		json_object_set_new(o, "spread_mv", json_integer(b->spread));
	if (b->done_day > 0)
		set_day(o, "last", b->done_day);
	return o;
}

json_t *report_charge(const struct engine *e, int64_t now)
{
	const struct settings *s = engine_settings(e);
	const struct govern *g = engine_govern(e);
	json_t *o = json_object();
	json_object_set_new(o, "voltage", json_string(s->charge.own ? "own" : "packs"));
	json_object_set_new(o, "combine", json_string(combine_names[s->charge.combine]));
	if (s->charge.combine != COMBINE_MIN)
		json_object_set_new(o, "floating", floating(&g->floaters, s));
	if (s->charge.reduce.set ? s->charge.reduce.value : s->charge.own)
		json_object_set_new(o, "high_cell", high_cell(&g->reduction, s, now));
	if (s->charge.own && g->charge.last)
		set_phase(o, &g->charge, s, now);
	if (s->charge.own)
		json_object_set_new(o, "balance", balance(&g->charge.balance, s, engine_day(e), now));
	return o;
}
