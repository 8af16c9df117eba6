/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the loading of all profiles there are, each also with its parameters changed one by one. */
#include <stdlib.h>
#include <string.h>

#include "app/detect.h"
#include "app/load.h"
#include "config/unit.h"
#include "log.h"

#define VARIANTS_MAX 12 /* of one profile */
#define INSTANCES    8

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

/* The same file with one parameter changed. False: out of memory; a value that does not fit is left out. */
static bool add_variant(struct dialects *d, const char *path, int base, const char *name, const char *value)
{
	struct profile_parameter one = { name, value };
	struct problems ignored = { 0 };
	char set[DIALECT_SET_MAX];
	snprintf(set, sizeof set, "%s: %s", name, value);
	struct profile *p = profile_load_file_with(path, &(struct profile_parameters) { &one, 1 }, &ignored);
	problems_free(&ignored);
	return !p || add(d, p, base, set);
}

/* Each other value that a parameter lists; of a sensor's that has a range, the first ones: instances. */
static bool add_variants(struct dialects *d, const char *path, int base)
{
	bool good = true;
	int n = 0;
	for (int i = 0; i < d->list[base].p->n_parameters && good; i++) {
		const struct parameter row = d->list[base].p->parameters[i];
		int64_t first;
		for (int k = 0; k < row.n_values && good; k++)
			if (strcmp(row.values[k], row.standard) && n++ < VARIANTS_MAX)
				good = add_variant(d, path, base, row.name, row.values[k]);
		if (row.n_values || !d->list[base].p->sensor || parse_integer(row.min, &first))
			continue;
		for (int k = 0; k < INSTANCES && good; k++) {
			char value[PARAMETER_TEXT_MAX + 1];
			snprintf(value, sizeof value, "%d", (int)first + k);
			if (strcmp(value, row.standard))
				good = add_variant(d, path, base, row.name, value);
		}
	}
	return good;
}

static bool load_file(struct dialects *d, const char *path)
{
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
	return good;
}

bool dialects_load(struct dialects *d, const struct app_dirs *dirs)
{
	struct profile_names names;
	bool good = true;
	*d = (struct dialects) { 0 };
	profile_names_read(&names, &dirs->options.dirs);
	for (size_t i = 0; i < names.count && good; i++)
		if (!names.list[i].hidden_by)
			good = load_file(d, names.list[i].file);
	profile_names_free(&names);
	if (good && !known(d, PROFILE_OF_OUTPUT)) { /* a program copied without its profiles */
		struct problems problems = { 0 };
		struct profile *p = profile_output(&problems);
		d->left_out += !p;
		good = !p || add(d, p, -1, "");
		problems_free(&problems);
	}
	return good;
}

void dialects_free(struct dialects *d)
{
	for (int i = 0; i < d->n; i++)
		profile_free(d->list[i].p);
	free(d->list);
	*d = (struct dialects) { 0 };
}
