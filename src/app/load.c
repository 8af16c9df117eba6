/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns where files are looked for: the config of this machine, and the search path of the profiles. */
#include "app/load.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "config/unit.h"

#ifndef BATTAGG_PROFILES
#define BATTAGG_PROFILES "/usr/local/share/battagg/can-profiles"
#endif
#define GX_HOME       "/data/battagg"
#define USER_PROFILES "/etc/battagg/profiles.d"
#define GX_PROFILES   GX_HOME "/profiles"

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

const char *app_config_path(const char *given)
{
	if (given)
		return given;
	return exists(GX_HOME) ? APP_CONFIG_GX : APP_CONFIG_DEFAULT;
}

/* Cuts the last part off a path; false when there is none left. */
static bool go_up(char *path)
{
	char *slash = strrchr(path, '/');
	if (!slash || slash == path)
		return false;
	*slash = 0;
	return true;
}

static bool ends_in(const char *path, const char *last)
{
	const char *slash = strrchr(path, '/');
	return slash && !strcmp(slash + 1, last);
}

/* dir/what, when it is there */
static char *beside(const char *dir, const char *what)
{
	char path[PATH_MAX + 64];
	snprintf(path, sizeof path, "%s/%s", dir, what);
	return realpath(path, NULL);
}

/* The profiles that came with this program: beside it (a GX, an unpacked archive), in its prefix, in the source tree
 * that it was built in, or where it was to be installed. */
static char *shipped_profiles(void)
{
	char dir[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", dir, sizeof dir - 1);
	char *found = NULL;
	dir[len > 0 ? len : 0] = 0;
	if (go_up(dir))
		found = beside(dir, "can-profiles");
	if (!found)
		found = beside(dir, "../share/battagg/can-profiles");
	for (int i = 0; i < 3 && !found && *dir; i++) { /* build/release/battagg, build/release/unit/test_x */
		if (ends_in(dir, "build"))
			found = beside(dir, "../can-profiles");
		else if (!go_up(dir))
			break;
	}
	return found ? found : strdup(BATTAGG_PROFILES);
}

void app_find_dirs(struct app_dirs *d, const char *given)
{
	d->shipped = shipped_profiles();
	d->options = (struct config_options) { 0 };
	d->options.dirs.dir[0] = given;
	d->options.dirs.dir[1] = exists(GX_HOME) ? GX_PROFILES : USER_PROFILES;
	d->options.dirs.dir[2] = d->shipped;
	/* the same directory given and shipped would hide itself */
	char *a = given ? realpath(given, NULL) : NULL, *b = d->shipped ? realpath(d->shipped, NULL) : NULL;
	if (a && b && !strcmp(a, b))
		d->options.dirs.dir[2] = NULL;
	free(a);
	free(b);
}

void app_free_dirs(struct app_dirs *d)
{
	free(d->shipped);
}

static void first_error(const struct problems *problems, char why[APP_WHY_MAX])
{
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->list[i];
		if (p->level != PROBLEM_ERROR)
			continue;
		if (p->line)
			snprintf(why, APP_WHY_MAX, "%s:%u:%u: %s", p->file, p->line, p->column, p->message);
		else
			snprintf(why, APP_WHY_MAX, "%s: %s", p->file, p->message);
		return;
	}
	snprintf(why, APP_WHY_MAX, "out of memory");
}

struct config *app_load_config_why(const char *given, const char *profiles_dir, char why[APP_WHY_MAX])
{
	struct problems problems = { 0 };
	struct app_dirs dirs;
	const char *path = app_config_path(given);
	app_find_dirs(&dirs, profiles_dir);
	struct config *c = config_load_file(path, &dirs.options, &problems);
	problems_print(&problems, stderr);
	if (!c)
		first_error(&problems, why);
	if (!c && !given && !exists(path))
		fprintf(stderr, "battagg: %s is the default; another one: -c FILE\n", path);
	problems_free(&problems);
	app_free_dirs(&dirs);
	return c;
}

struct config *app_load_config(const char *given, const char *profiles_dir)
{
	char ignored[APP_WHY_MAX];
	return app_load_config_why(given, profiles_dir, ignored);
}

static void no_such_profile(const char *name, const struct profile_dirs *dirs, const char *tried)
{
	char meant[PROFILE_SUGGEST_MAX];
	profile_suggest(dirs, name, meant, sizeof meant);
	if (*meant)
		fprintf(stderr, "battagg: no profile '%s'%s\n", name, meant);
	else
		fprintf(stderr, "battagg: no profile '%s'; looked for %s; `battagg profile list` shows all\n", name,
			tried ? tried : "it nowhere: that is no name");
}

static struct profile *find_profile(const char *name, const struct profile_dirs *dirs, struct problems *problems)
{
	struct profile_set set = { .dirs = *dirs };
	char *tried = NULL, *shadowed = NULL;
	struct profile *p = profile_find(&set, name, problems, &tried, &shadowed);
	if (!p && !problems->errors && !strcmp(name, PROFILE_OF_OUTPUT))
		p = profile_output(problems);
	else if (!p && !problems->errors)
		no_such_profile(name, dirs, tried);
	else if (p && shadowed)
		fprintf(stderr, "battagg: warning: %s is used; it hides %s\n", p->file, shadowed);
	free(tried);
	free(shadowed);
	if (p && set.count)
		set.count = 0; /* it is the caller's now */
	profile_set_free(&set);
	return p;
}

struct profile *app_load_profile(const char *name_or_path, const char *profiles_dir)
{
	return app_load_profile_with(name_or_path, profiles_dir, NULL);
}

/* Are these parameters of the profile, and allowed? Tells, else. */
static bool parameters_good(const struct profile *p, const struct profile_parameters *set)
{
	char why[256];
	bool good = true;
	for (size_t i = 0; i < set->count; i++)
		if (!profile_parameter_check(p, set->list[i].name, set->list[i].value, why, sizeof why)) {
			fprintf(stderr, "battagg: %s\n", why);
			good = false;
		}
	if (good)
		return true;
	if (p->n_parameters)
		fprintf(stderr, "the parameters of %s, with their defaults:\n", p->id);
	for (unsigned i = 0; i < p->n_parameters; i++)
		fprintf(stderr, "  %s=%s  %s\n", p->parameters[i].name, p->parameters[i].standard,
			p->parameters[i].what ? p->parameters[i].what : "");
	return false;
}

static struct profile *load(const char *name_or_path, const struct app_dirs *dirs, struct problems *problems)
{
	size_t len = strlen(name_or_path);
	bool path = strchr(name_or_path, '/') || (len > 5 && !strcmp(name_or_path + len - 5, ".yaml"));
	return path ? profile_load_file(name_or_path, problems) : find_profile(name_or_path, &dirs->options.dirs, problems);
}

/* The same file with these parameters; what there is to say of it at its defaults is not said twice. */
static struct profile *load_again(struct profile *p, const struct profile_parameters *set, struct problems *problems)
{
	problems_free(problems);
	struct profile *other = parameters_good(p, set) ? profile_load_file_with(p->file, set, problems) : NULL;
	profile_free(p);
	return other;
}

struct profile *app_load_profile_with(const char *name_or_path, const char *profiles_dir,
				      const struct profile_parameters *set)
{
	struct problems problems = { 0 };
	struct app_dirs dirs;
	app_find_dirs(&dirs, profiles_dir);
	struct profile *p = load(name_or_path, &dirs, &problems);
	if (p && set && set->count)
		p = load_again(p, set, &problems);
	problems_print(&problems, stderr);
	problems_free(&problems);
	app_free_dirs(&dirs);
	return p;
}

bool app_take_parameter(const char *command, char *text, struct profile_parameter *list, struct profile_parameters *set)
{
	char *equals = strchr(text, '=');
	if (!equals || equals == text || set->count == PARAMETERS_MAX) {
		fprintf(stderr, "battagg %s: --set %s: write NAME=VALUE, at most %d times\n", command, text, PARAMETERS_MAX);
		return false;
	}
	*equals = '\0';
	list[set->count++] = (struct profile_parameter) { text, equals + 1 };
	return true;
}

bool app_take_address(const struct profile *p, const char *text, unsigned *min, unsigned *max, char why[APP_WHY_MAX])
{
	int64_t n;
	*min = p->address_min;
	*max = p->address_max;
	if (!text)
		return true;
	if (parse_integer(text, &n) || n < p->address_min || n > p->address_max) {
		if (p->per_address)
			snprintf(why, APP_WHY_MAX, "--address %.20s: addresses of %s are %d to %d", text, p->id, p->address_min,
				 p->address_max);
		else
			snprintf(why, APP_WHY_MAX, "--address %.20s: packs of %s have no addresses", text, p->id);
		return false;
	}
	*min = *max = (unsigned)n;
	return true;
}
