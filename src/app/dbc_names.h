/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Names that DBC files can have: letters, digits and _, at most 32, each once. */
#ifndef APP_DBC_NAMES_H
#define APP_DBC_NAMES_H

#include "app/dbc.h"

/* `wanted`, with "__2" behind it when it is taken, or "__a3" for the pack with address 3 (-1: none). */
void dbc_unique_name(char out[DBC_NAME_MAX + 1], const char *wanted, int address, const struct dbc_signal *taken, size_t n);

/* "cell_voltage_3" for element 3; "alarm_high_voltage" */
void dbc_signal_name(char out[DBC_NAME_MAX + 1], const struct field *f, unsigned element, int address,
                     const struct dbc_signal *taken, size_t n);

/* The vendor's name as a DBC can have it, or one made of the id (with DBC_EXTENDED); -1: no address, no group. */
void dbc_message_name(char out[DBC_NAME_MAX + 1], uint32_t id, bool pgn, const char *vendor, int address, int group,
                      const struct dbc *d);

#endif
