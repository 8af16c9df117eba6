/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* can-profiles/victron.yaml as it was at build. */
#ifndef CONFIG_EMBEDDED_H
#define CONFIG_EMBEDDED_H
extern const unsigned char embedded_victron[];
extern const unsigned long embedded_victron_len;
#endif
