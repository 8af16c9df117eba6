/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The sub-commands. Each gets its own arguments (argv[0] is its name) and returns the exit status:
 * 0 fine, 1 the thing checked is bad, 2 wrong use. Each understands --help. */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>

int app_run(int argc, char **argv);
int app_check(int argc, char **argv);
int app_dbc(int argc, char **argv);
int app_decode(int argc, char **argv);
int app_detect(int argc, char **argv);
int app_profile(int argc, char **argv);
int app_replay(int argc, char **argv);
int app_sim(int argc, char **argv);
int app_schema(int argc, char **argv);
int app_status(int argc, char **argv);
int app_top(int argc, char **argv);
int app_ctl(int argc, char **argv);
int app_events(int argc, char **argv);
int profile_new(int argc, char **argv); /* `battagg profile new` */

#define EXIT_FINE 0
#define EXIT_BAD 1
#define EXIT_USAGE 2

/* Reading config and profiles the same way in all of them (src/app/load.c). */
struct config;
struct profile;
struct profile_parameters;
#define APP_CONFIG_DEFAULT "/etc/battagg.yaml"
#define APP_CONFIG_GX "/data/battagg/battagg.yaml"
const char *app_config_path(const char *given); /* given, or the default of this machine */
/* `given`, or the default of this machine. Prints problems to stderr; NULL on errors. */
struct config *app_load_config(const char *given, const char *profiles_dir);
#define APP_WHY_MAX 384
struct config *app_load_config_why(const char *given, const char *profiles_dir, char why[APP_WHY_MAX]); /* of NULL: the first error */
struct profile *app_load_profile(const char *name_or_path, const char *profiles_dir); /* likewise */
struct profile *app_load_profile_with(const char *name_or_path, const char *profiles_dir, const struct profile_parameters *);

/* Options that several commands have; false when one is wrong.
 * --set NAME=VALUE: `text` is cut in two, `list` has room for PARAMETERS_MAX; what is wrong is told.
 * --address N: NULL means all there are; `why` says what is wrong. */
struct profile_parameter;
bool app_take_parameter(const char *command, char *text, struct profile_parameter *list, struct profile_parameters *set);
bool app_take_address(const struct profile *p, const char *text, unsigned *min, unsigned *max, char why[APP_WHY_MAX]);

#endif
