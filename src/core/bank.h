/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The bank: the packs that are online as one battery, and what is said about those that are not. */
#ifndef CORE_BANK_H
#define CORE_BANK_H

#include "core/tree.h"

/* Brings the bank's battery up to date, but for its alarms. With no pack online its values stay, as stale ones. Installed
 * capacity counts every configured pack. */
void bank_step(struct battery *bank, const struct tree *t);

/* "A/07", for the GX: pack and cell in at most 8 characters. */
void bank_cell_id(char out[TEXT_MAX + 1], const struct pack *p, enum quantity number, enum text own);

#endif
