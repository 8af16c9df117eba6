/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns where profiles are found: a search path of directories, each name loaded once (for a set of parameters). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/profile.h"

#define DIRS (sizeof((struct profile_dirs *)0)->dir / sizeof(char *))

static struct profile *loaded(const struct profile_set *set, const char *name, const struct profile_parameters *given)
{
	for (size_t i = 0; i < set->count; i++)
		if (!strcmp(set->list[i]->id, name) && profile_parameters_are(set->list[i], given))
			return set->list[i];
	return NULL;
}

static char *path_of(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + sizeof "/.yaml";
	char *path = malloc(size);
	if (path)
		snprintf(path, size, "%s/%s.yaml", dir, name);
	return path;
}

/* "a, b, c"; takes `more`. */
static char *append(char *list, char *more)
{
	if (!list || !more)
		return list ? (free(more), list) : more;
	size_t size = strlen(list) + strlen(more) + 3;
	char *both = malloc(size);
	if (both)
		snprintf(both, size, "%s, %s", list, more);
	free(list);
	free(more);
	return both;
}

static struct profile *add(struct profile_set *set, struct profile *p)
{
	struct profile **list = p ? realloc(set->list, (set->count + 1) * sizeof *list) : NULL;
	if (!list) {
		profile_free(p);
		return NULL;
	}
	set->list = list;
	return set->list[set->count++] = p;
}

/* A name is no path: it must not lead out of the directories. */
static bool is_name(const char *name)
{
	return *name && strlen(name) <= PROFILE_NAME_MAX && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

struct profile *profile_find(struct profile_set *set, const char *name, struct problems *problems, char **tried,
                             char **shadowed)
{
	return profile_find_with(set, name, NULL, problems, tried, shadowed);
}

struct profile *profile_find_with(struct profile_set *set, const char *name, const struct profile_parameters *given,
                                  struct problems *problems, char **tried, char **shadowed)
{
	struct profile *p = loaded(set, name, given);
	char *missed = NULL, *found = NULL, *behind = NULL;
	for (size_t i = 0; i < DIRS && !p && is_name(name); i++) {
		char *path = set->dirs.dir[i] ? path_of(set->dirs.dir[i], name) : NULL;
		if (!path)
			continue;
		if (access(path, F_OK))
			missed = append(missed, path);
		else if (!found)
			found = path;
		else
			behind = append(behind, path);
	}
	if (found)
		p = add(set, profile_load_file_with(found, given, problems));
	free(found);
	if (tried)
		*tried = missed;
	else
		free(missed);
	if (shadowed)
		*shadowed = behind;
	else
		free(behind);
	return p;
}

void profile_set_free(struct profile_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		profile_free(set->list[i]);
	free(set->list);
	set->list = NULL;
	set->count = 0;
}
