/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* JSON Schema for editors: what the files schema*.c share. Draft 7, which all of them understand. */
#ifndef APP_SCHEMA_H
#define APP_SCHEMA_H

#include <jansson.h>

#include "config/unit.h"

/* Whole schemas. */
json_t *schema_profile(void); /* schema_profile.c */
json_t *schema_config(void);  /* schema_config.c */

/* Parts of one, each a new reference. */
json_t *schema_document(const char *title, json_t *body); /* body: an object; takes it over */
json_t *schema_text(void);
json_t *schema_flag(void);
json_t *schema_enum(const char *const *words);
json_t *schema_list(json_t *items, unsigned least, unsigned most); /* most 0: any number */
json_t *schema_either(json_t *a, json_t *b);
json_t *schema_object(json_t *properties);       /* with no others */
json_t *schema_named(json_t *each, unsigned most); /* an object whose keys are the author's own names */
json_t *schema_pattern(const char *type, const char *pattern); /* a string of this pattern, or something of this type */
/* The same, with what the key means, as editors show it; with more behind it in brackets (may be NULL). */
json_t *schema_described(json_t *schema, const char *what, const char *more);

/* "53.2 V" and its kind. `names`: a parameter's name may stand for the number. A bare number for DIM_NONE. */
json_t *schema_value(enum dimension d, bool names);

/* A number as people write it, as a regular expression; likewise. */
#define NUMBER_PATTERN(names) ((names) ? "(0[xX][0-9A-Fa-f]+|[0-9]+(\\.[0-9]+)?|[a-z][a-z0-9_]{2,})" : \
                                         "(0[xX][0-9A-Fa-f]+|[0-9]+(\\.[0-9]+)?)")

#endif
