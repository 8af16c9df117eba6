/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Who is in the bank: brings all packs up to date and changes their states. */
#ifndef CORE_ROSTER_H
#define CORE_ROSTER_H

#include "core/journal.h"
#include "core/tree.h"

/*
 * One step of all packs; `t` is as of now afterwards. `bank`: as of the last step. `picture`: there has been a full
 * picture. Those that are lost leave first, so that a pack that returns to an empty bank waits for nothing.
 */
void roster_step(struct tree *t, const struct battery *bank, struct pack *packs, bool picture, struct journal *j,
                 int64_t now);

#endif
