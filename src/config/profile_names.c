/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the names of all the profiles there are: for lists, and for "did you mean". */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/profile.h"

#define DIRS       (sizeof((struct profile_dirs *)0)->dir / sizeof(char *))
#define NAMES_MAX  1000 /* in all directories: more are not looked at */
#define NAMED_MAX  5    /* in a suggestion */
#define WORD_LEAST 2    /* letters of what is looked for in titles */

static int is_profile(const struct dirent *e)
{
	size_t len = strlen(e->d_name);
	if (len <= 5 || len - 5 > PROFILE_NAME_MAX || strcmp(e->d_name + len - 5, ".yaml"))
		return 0;
	return strspn(e->d_name, "abcdefghijklmnopqrstuvwxyz0123456789-") == len - 5;
}

static bool add(struct profile_names *names, const char *dir, const char *file)
{
	struct profile_name *list = realloc(names->list, (names->count + 1) * sizeof *list);
	size_t size = strlen(dir) + strlen(file) + 2;
	if (!list)
		return false;
	names->list = list;
	struct profile_name *n = &list[names->count];
	*n = (struct profile_name) { .dir = dir, .file = malloc(size) };
	if (!n->file)
		return false;
	names->count++;
	snprintf(n->file, size, "%s/%s", dir, file);
	snprintf(n->id, sizeof n->id, "%.*s", (int)strlen(file) - 5, file);
	for (size_t i = 0; i + 1 < names->count && !n->hidden_by; i++)
		if (!strcmp(list[i].id, n->id))
			n->hidden_by = list[i].file;
	return true;
}

/* Without ".yaml", so that a name comes before those that begin with it. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	size_t la = strlen((*a)->d_name) - 5, lb = strlen((*b)->d_name) - 5;
	int order = memcmp((*a)->d_name, (*b)->d_name, la < lb ? la : lb);
	return order ? order : (la > lb) - (la < lb);
}

void profile_names_read(struct profile_names *names, const struct profile_dirs *dirs)
{
	*names = (struct profile_names) { 0 };
	for (size_t i = 0; i < DIRS; i++) {
		struct dirent **found = NULL;
		int n = dirs->dir[i] ? scandir(dirs->dir[i], &found, is_profile, by_name) : 0;
		for (int k = 0; k < n; k++) {
			if (names->count < NAMES_MAX)
				add(names, dirs->dir[i], found[k]->d_name);
			free(found[k]);
		}
		free(found);
	}
}

void profile_names_free(struct profile_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i].file);
	free(names->list);
	*names = (struct profile_names) { 0 };
}

/* Has the text these letters, small or capital? */
static bool has(const char *text, const char *word, size_t len)
{
	for (; *text; text++) {
		size_t i = 0;
		while (i < len && text[i] && small(text[i]) == small(word[i]))
			i++;
		if (i == len)
			return true;
	}
	return false;
}

/* Has the text all parts of "Pylontech US5000"? */
static bool has_all(const char *text, const char *words)
{
	static const char between[] = " -_/,";
	bool any = false;
	for (words += strspn(words, between); *words; words += strspn(words, between)) {
		size_t len = strcspn(words, between);
		if (len < WORD_LEAST || !has(text, words, len))
			return false;
		any = true;
		words += len;
	}
	return any;
}

/* Is it the one, by its id or by the title in its file? */
static bool is_meant(const struct profile_name *n, const char *words)
{
	struct problems problems = { 0 };
	struct yaml_doc *doc = has_all(n->id, words) ? NULL : yaml_read_file(n->file, &problems);
	struct yaml_node *title = doc ? yaml_get(yaml_root(doc), "name") : NULL;
	bool meant = doc ? title && title->kind == NODE_SCALAR && has_all(title->text, words) : has_all(n->id, words);
	yaml_close(doc);
	problems_free(&problems);
	return meant;
}

static const char *suggest_by_title(const struct profile_names *names, const char *words, char *buf, size_t size)
{
	const char *found[NAMED_MAX];
	size_t n = 0, len;
	bool more = false;
	for (size_t i = 0; i < names->count && !more; i++) {
		if (names->list[i].hidden_by || !is_meant(&names->list[i], words))
			continue;
		more = n == NAMED_MAX;
		if (!more)
			found[n++] = names->list[i].id;
	}
	if (!n)
		return NULL;
	len = (size_t)snprintf(buf, size, n > 1 ? "; did you mean one of these: %s" : "; did you mean '%s'", found[0]);
	for (size_t i = 1; i < n && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, ", %s", found[i]);
	if (len < size)
		snprintf(buf + len, size - len, "%s", more ? " ...?" : "?");
	return buf;
}

const char *profile_suggest(const struct profile_dirs *dirs, const char *word, char *buf, size_t size)
{
	struct profile_names names;
	profile_names_read(&names, dirs);
	const char **ids = calloc(names.count + 1, sizeof *ids), *meant = NULL;
	for (size_t i = 0; ids && i < names.count; i++)
		ids[i] = names.list[i].id;
	if (ids)
		meant = closest_word(word, ids);
	if (meant)
		snprintf(buf, size, "; did you mean '%s'?", meant);
	else if (!suggest_by_title(&names, word, buf, size))
		*buf = '\0';
	free(ids);
	profile_names_free(&names);
	return buf;
}
