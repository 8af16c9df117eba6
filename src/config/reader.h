/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * YAML text to a tree of nodes that know where they stand, and the list of what is wrong with it. The only file
 * that knows libyaml. It uses the event API with limits of its own: anchors, aliases, tags, a second document,
 * duplicate keys, nesting over 16, files over 256 KiB and scalars over 1 KiB are refused at once.
 */
#ifndef CONFIG_READER_H
#define CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct yaml_node {
	enum node_kind kind;
	unsigned line, column; /* from 1 */
	const char *text;      /* NODE_SCALAR; never NULL */
	bool quoted;           /* the scalar stood in quotes */
	const char *key;       /* when it is a value in a map; else NULL */
	unsigned key_line, key_column;
	struct yaml_node *first, *next; /* children of a list or map in order; next sibling */
	bool used; /* set by those who read it; what stays unused is an unknown key */
};

enum problem_level { PROBLEM_ERROR, PROBLEM_WARNING };

/* All findings of one run, over all files. Owned by the caller; problems_free() empties it. */
struct problem {
	enum problem_level level;
	char *file;
	unsigned line, column; /* 0 = the file as a whole */
	char rule[8];          /* short id, "" when none */
	char *message;
	char *source; /* the line of the file, or of a long one what is around the column; or NULL */
	unsigned caret; /* the column in that */
};
struct problems {
	struct problem *list;
	size_t count, errors, room;
	size_t unlisted; /* beyond the first 200; counted only */
};
void problems_free(struct problems *);
/* Every problem as "file:line:col: message [rule]", the source line and a caret, to `out` (a FILE *). */
void problems_print(const struct problems *, void *out);

/* A document; owns its nodes. NULL when it could not be read: the reason is in `problems`.
 * Duplicate keys are told as errors, and the document, with the first of them, is returned all the same. */
struct yaml_doc;
struct yaml_doc *yaml_read_file(const char *path, struct problems *);
struct yaml_doc *yaml_read_text(const char *name, const char *text, size_t len, struct problems *);
void yaml_close(struct yaml_doc *); /* not yaml_free: libyaml exports a function of that name */
struct yaml_node *yaml_root(struct yaml_doc *);
const char *yaml_name(const struct yaml_doc *);
unsigned long long yaml_hash(const struct yaml_doc *); /* FNV-1a of the bytes */

/* Adds a problem at a node's value (or, _at_key, at its key). printf format. */
void yaml_error(struct yaml_doc *, const struct yaml_node *, struct problems *, const char *rule, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
void yaml_error_at_key(struct yaml_doc *, const struct yaml_node *, struct problems *, const char *rule,
                       const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void yaml_warning(struct yaml_doc *, const struct yaml_node *, struct problems *, const char *rule, const char *fmt,
                  ...) __attribute__((format(printf, 5, 6)));
void yaml_warning_at_key(struct yaml_doc *, const struct yaml_node *, struct problems *, const char *rule,
                         const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* The value of a key in a map, marked used; NULL when not there. */
struct yaml_node *yaml_get(struct yaml_node *map, const char *key);
/* An error for each key of the map that nobody used, with "did you mean" from `known` (NULL-terminated; may be NULL).
 * Goes one level deep only. */
void yaml_refuse_unused(struct yaml_doc *, struct yaml_node *map, const char *const *known, struct problems *);
/* Of ASCII; others stay. */
static inline char small(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}
/* The closest of a NULL-terminated list within a few typing mistakes, or NULL. */
const char *closest_word(const char *word, const char *const *known);

#endif
