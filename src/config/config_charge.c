/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the checks of `charge:`: what fits to what, and what the packs can't tell. */
#include "config/config_private.h"

/* Lifting needs packs that tell of their cells. */
static void check_combine(struct reading *r)
{
	const struct settings *s = &r->config->core;
	struct yaml_node *at = value_at(value_at(r->root, "charge"), "combine");
	bool cells = false, balancing = false;
	for (int i = 0; i < s->n_packs; i++) {
		const struct profile *p = s->packs[i].profile;
		cells = cells || !p || p->has_quantity >> Q_CELL_VOLTAGE_MAX & 1 || p->has_array >> ARRAY_CELL_VOLTAGE & 1;
		balancing = balancing || !p || p->has_array >> ARRAY_BALANCING & 1;
	}
	if (s->charge.combine != COMBINE_MIN && !cells)
		CONFIG_WARNING(r, at, BAD_ODD,
		               "no BMS here tells of its cells: which of them float can't be seen, and the lowest charge "
		               "voltage holds, as with `min`");
	else if (s->charge.combine == COMBINE_WHILE_BALANCING && !balancing)
		CONFIG_WARNING(r, at, BAD_ODD,
		               "no BMS here tells when it balances cells: the lowest charge voltage holds, as with `min`");
}

void config_check_charge(struct reading *r)
{
	if (r->config->core.n_packs)
		check_combine(r);
}
