/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what the bank takes from sensors, and whom a pack or sensor listens to. */
#include "config/config_private.h"

#include <string.h>

/* Whose frames count: `source` belongs to PGNs that anybody may send, and a sensor needs it there. */
void config_check_source(struct reading *r, int i)
{
	const struct pack_settings *set = member_at(r, i);
	const struct profile *p = set->profile;
	struct yaml_node *at = value_at(r->members[i], "source");
	bool given = at != r->members[i], pgn = false, any = false, by_address = false;
	for (int k = 0; k < p->n_frames; k++) {
		pgn = pgn || p->frames[k].pgn;
		any = any || (p->frames[k].pgn && p->frames[k].source == SOURCE_ANY);
		by_address = by_address || (p->frames[k].pgn && p->frames[k].source == SOURCE_ADDRESS);
	}
	if (given && !pgn)
		CONFIG_ERROR(r, at, BAD_VALUE, "the profile %s has no PGNs, so there is no `source`: leave it out", p->id);
	else if (given && !any)
		CONFIG_ERROR(r, at, BAD_VALUE,
			     by_address ? "in the profile %s the sender is the `address`: write that instead" :
					  "the profile %s says itself who sends its PGNs: leave `source` out",
			     p->id);
	else if (!given && any && p->sensor)
		CONFIG_ERROR(r, r->members[i], BAD_MISSING,
			     "`source` is missing, such as `source: 0x45`: the sensor's J1939 address, which candump shows as the "
			     "last two digits of its ids. A GX that repeats battagg's own battery on this bus would be taken for "
			     "the sensor");
}

/* The sensors come later in the file's order: it is looked up when all are read. */
void read_from(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	if (!expect_scalar(r, n, "shunt"))
		return;
	*(row->first == Q_CURRENT ? &r->current_from : &r->voltage_from) = n;
	note_origin(r, row, index, n);
}

static void no_such_sensor(struct reading *r, struct yaml_node *n)
{
	const struct settings *s = &r->config->core;
	const char *known[SENSORS_MAX + 1] = { NULL };
	for (int i = 0; i < s->n_packs; i++)
		if (!strcmp(n->text, s->packs[i].name)) {
			CONFIG_ERROR(r, n, BAD_NAME, "'%s' is a pack: only what stands under `sensors:` can stand in for the packs",
				     n->text);
			return;
		}
	for (int i = 0; i < s->n_sensors; i++)
		known[i] = s->sensors[i].name;
	const char *meant = closest_word(n->text, known);
	CONFIG_ERROR(r, n, BAD_NAME, "no sensor '%s'%s%s%s", n->text, meant ? "; did you mean '" : " under `sensors:`",
		     meant ? meant : "", meant ? "'?" : "");
}

/* 1 + the index of the sensor; 0 without one. */
static int resolve(struct reading *r, struct yaml_node *n, enum quantity q)
{
	const struct settings *s = &r->config->core;
	for (int i = 0; n && i < s->n_sensors; i++) {
		const struct profile *p = s->sensors[i].profile;
		if (strcmp(n->text, s->sensors[i].name))
			continue;
		if (p && !(p->has_quantity >> q & 1))
			CONFIG_ERROR(r, n, BAD_VALUE, "'%s' (%s) measures no %s", n->text, p->id, quantities[q].name);
		return i + 1;
	}
	if (n)
		no_such_sensor(r, n);
	return 0;
}

void config_check_sensors(struct reading *r)
{
	struct settings *s = &r->config->core;
	s->voltage_from = resolve(r, r->voltage_from, Q_VOLTAGE);
	s->current_from = resolve(r, r->current_from, Q_CURRENT);
	for (int i = 0; i < s->n_sensors; i++)
		if (s->voltage_from != i + 1 && s->current_from != i + 1)
			CONFIG_WARNING(r, r->members[s->n_packs + i], BAD_ODD,
				       "nothing is taken from '%s': `bank: { current: { from: %s } }` would", s->sensors[i].name,
				       s->sensors[i].name);
}
