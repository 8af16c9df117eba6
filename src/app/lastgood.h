/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The copy of the last config that worked, for a start with a broken one. */
#ifndef APP_LASTGOOD_H
#define APP_LASTGOOD_H

#include <stdbool.h>

/* What is kept is here: systemd's state folder, /data/battagg for a config there (a GX), else /run/battagg. Returns buf. */
const char *state_folder(char *buf, unsigned long size, const char *config_path);
/* Where the copy of this config is, in that folder. */
const char *lastgood_path(char *buf, unsigned long size, const char *config_path);
/* Best effort: false when it can't be written (no harm). Writes only when it has changed. */
bool lastgood_save(const char *config_path);

#endif
