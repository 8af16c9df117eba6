/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Where this machine keeps profiles. */
#ifndef APP_LOAD_H
#define APP_LOAD_H

#include "config/config.h"

struct app_dirs {
	struct config_options options;
	char *shipped;
};
/* `given`: the directory of --profiles, or NULL; must outlive the use. */
void app_find_dirs(struct app_dirs *, const char *given);
void app_free_dirs(struct app_dirs *);

#endif
