/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the loading of all profiles there are, each also with its parameters changed one by one. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "app/detect.h"
#include "app/load.h"
#include "log.h"

#define DIRS         (sizeof((struct profile_dirs *)0)->dir / sizeof(char *))
#define VARIANTS_MAX 12 /* of one profile */

static bool add(struct dialects *d, struct profile *p, int base, const char *set)
{
	struct dialect *list = realloc(d->list, (size_t)(d->n + 1) * sizeof *list);
	if (!list) {
		profile_free(p);
		return false;
	}
	d->list = list;
	d->list[d->n] = (struct dialect) { .p = p, .base = base < 0 ? d->n : base };
	snprintf(d->list[d->n].set, sizeof d->list->set, "%s", set);
	d->n++;
	return true;
}

static bool known(const struct dialects *d, const char *name)
{
	for (int i = 0; i < d->n; i++)
		if (!strcmp(d->list[i].p->id, name))
			return true;
	return false;
}

/* The same file once for each other value that a parameter lists. */
static bool add_variants(struct dialects *d, const char *path, int base)
{
	int n = 0;
	for (int i = 0; i < d->list[base].p->n_parameters; i++) {
		for (int k = 0; k < d->list[base].p->parameters[i].n_values; k++) {
			const struct parameter *row = &d->list[base].p->parameters[i];
			struct profile_parameter one = { row->name, row->values[k] };
			struct problems ignored = { 0 };
			char set[DIALECT_SET_MAX];
			if (!strcmp(row->values[k], row->standard) || n++ >= VARIANTS_MAX)
				continue;
			snprintf(set, sizeof set, "%s: %s", row->name, row->values[k]);
			struct profile *p =
				profile_load_file_with(path, &(struct profile_parameters) { &one, 1 }, &ignored);
			problems_free(&ignored);
			if (p && !add(d, p, base, set))
				return false;
		}
	}
	return true;
}

static bool load_file(struct dialects *d, const char *dir, const char *file)
{
	size_t len = strlen(file), size = strlen(dir) + len + 2;
	char name[PROFILE_NAME_MAX + 1];
	if (len <= 5 || len - 5 > PROFILE_NAME_MAX || strcmp(file + len - 5, ".yaml"))
		return true;
	snprintf(name, sizeof name, "%.*s", (int)len - 5, file);
	if (known(d, name))
		return true;
	char *path = malloc(size);
	if (!path)
		return false;
	snprintf(path, size, "%s/%s", dir, file);
	struct problems problems = { 0 };
	struct profile *p = profile_load_file(path, &problems);
	bool good = true;
	if (p) {
		good = add(d, p, -1, "") && add_variants(d, path, d->n - 1);
	} else {
		d->left_out++;
		log_warning("detect: %s has errors and is left out; `battagg check` tells them", path);
	}
	problems_free(&problems);
	free(path);
	return good;
}

static bool load_dir(struct dialects *d, const char *dir)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort);
	bool good = true;
	for (int i = 0; i < n; i++) {
		good = good && load_file(d, dir, entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return good;
}

bool dialects_load(struct dialects *d, const struct app_dirs *dirs)
{
	bool good = true;
	*d = (struct dialects) { 0 };
	for (size_t i = 0; i < DIRS && good; i++)
		if (dirs->options.dirs.dir[i])
			good = load_dir(d, dirs->options.dirs.dir[i]);
	if (good && !known(d, "victron")) { /* a program copied without its profiles */
		struct problems problems = { 0 };
		struct profile *p = profile_output(&problems);
		good = p && add(d, p, -1, "");
		problems_free(&problems);
	}
	if (!good)
		log_error("detect: out of memory");
	return good;
}

void dialects_free(struct dialects *d)
{
	for (int i = 0; i < d->n; i++)
		profile_free(d->list[i].p);
	free(d->list);
	*d = (struct dialects) { 0 };
}
