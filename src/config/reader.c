/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the way from untrusted bytes to a tree of nodes, and the limits that make it safe. Rules:
 *   Y01 file unreadable or too large   Y02 not YAML            Y03 bytes that are not text
 *   Y04 nested too deep                Y05 text too long       Y06 a part of YAML that is not used here
 *   Y07 the same key twice             Y08 unknown key         Y09 too many entries */
#include "config/reader.h"
#include "config/reader_private.h"
#include "config/syntax.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define FILE_MAX   (256u * 1024)
#define SCALAR_MAX 1024u
#define DEPTH_MAX  16u
#define KEYS_MAX   512u   /* in one map; keeps the search for duplicates short */
#define NODES_MAX  16384u /* in one file; a large profile has 2,000 */

struct chunk {
	struct chunk *next;
	max_align_t data[];
};

struct yaml_doc {
	char *name, *text;
	size_t len;
	unsigned long long hash;
	struct chunk *chunks; /* all memory of the tree */
	struct yaml_node *root;
};

struct level {
	struct yaml_node *node;
	struct yaml_node **tail; /* where the next child is hung */
	unsigned count;
	const char *key; /* of a map: read, its value is still to come */
	unsigned key_line, key_column;
};

struct build {
	struct yaml_doc *doc;
	struct problems *problems;
	struct level level[DEPTH_MAX];
	unsigned depth, documents, nodes;
	bool skip_value; /* of a duplicate key: built, but not hung into the map */
	struct syntax_error seen; /* the last quoted text, for the case that what follows makes no sense */
};

static void *doc_alloc(struct yaml_doc *doc, size_t size)
{
	struct chunk *c = calloc(1, sizeof *c + size);
	if (!c)
		return NULL;
	c->next = doc->chunks;
	doc->chunks = c;
	return c->data;
}

__attribute__((format(printf, 7, 0))) static void report(struct yaml_doc *doc, struct problems *problems,
							 enum problem_level level, const char *rule, unsigned line,
							 unsigned column, const char *fmt, va_list ap)
{
	struct place_in_text at = { doc->name, doc->text, doc->len, line, column };
	problems_add(problems, level, rule, &at, fmt, ap);
}

__attribute__((format(printf, 5, 6))) static bool fail(struct build *b, const char *rule, unsigned line,
						       unsigned column, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	report(b->doc, b->problems, PROBLEM_ERROR, rule, line, column, fmt, ap);
	va_end(ap);
	return false;
}

static unsigned mark_line(yaml_mark_t m)
{
	return (unsigned)m.line + 1;
}

static unsigned mark_column(yaml_mark_t m)
{
	return (unsigned)m.column + 1;
}

static bool out_of_memory(struct build *b)
{
	return fail(b, "Y01", 0, 0, "out of memory");
}

/* Hangs a new node under the open list or map, or makes it the root. */
static struct yaml_node *add_node(struct build *b, enum node_kind kind, yaml_mark_t at)
{
	struct yaml_node *n = doc_alloc(b->doc, sizeof *n);
	if (!n)
		return NULL;
	*n = (struct yaml_node) { .kind = kind, .line = mark_line(at), .column = mark_column(at), .text = "" };
	if (!b->depth) {
		b->doc->root = n;
		return n;
	}
	struct level *l = &b->level[b->depth - 1];
	n->key = l->key;
	n->key_line = l->key_line;
	n->key_column = l->key_column;
	l->key = NULL;
	if (b->skip_value) {
		b->skip_value = false;
		return n;
	}
	*l->tail = n;
	l->tail = &n->next;
	return n;
}

/* True while the next event of the open map must be a key. */
static bool wants_key(const struct build *b)
{
	return b->depth && b->level[b->depth - 1].node->kind == NODE_MAP && !b->level[b->depth - 1].key;
}

static bool open_level(struct build *b, enum node_kind kind, yaml_mark_t at)
{
	if (wants_key(b))
		return fail(b, "Y06", mark_line(at), mark_column(at),
			    "a key must be a plain word, not a list or a map");
	if (b->depth == DEPTH_MAX)
		return fail(b, "Y04", mark_line(at), mark_column(at), "nested deeper than %u levels", DEPTH_MAX);
	struct yaml_node *n = add_node(b, kind, at);
	if (!n)
		return out_of_memory(b);
	b->level[b->depth++] = (struct level) { .node = n, .tail = &n->first };
	return true;
}

static bool take_key(struct build *b, const char *text, yaml_mark_t at)
{
	struct level *l = &b->level[b->depth - 1];
	if (++l->count > KEYS_MAX)
		return fail(b, "Y09", mark_line(at), mark_column(at), "more than %u keys in one map", KEYS_MAX);
	l->key = text;
	l->key_line = mark_line(at);
	l->key_column = mark_column(at);
	for (const struct yaml_node *n = l->node->first; n; n = n->next)
		if (!strcmp(n->key, text)) {
			fail(b, "Y07", l->key_line, l->key_column, "'%s' stands here twice, first in line %u", text,
			     n->key_line);
			b->skip_value = true;
			break;
		}
	return true;
}

static bool take_scalar(struct build *b, const yaml_event_t *e)
{
	size_t len = e->data.scalar.length;
	unsigned line = mark_line(e->start_mark), column = mark_column(e->start_mark);
	if (e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		b->seen = (struct syntax_error){ .quote_line = line, .quote_column = column, .quote_end = mark_line(e->end_mark) };
	if (len > SCALAR_MAX)
		return fail(b, "Y05", line, column, "a text of %zu bytes; at most %u are read", len, SCALAR_MAX);
	if (memchr(e->data.scalar.value, 0, len))
		return fail(b, "Y03", line, column, "this text has a NUL character in it");
	char *text = doc_alloc(b->doc, len + 1);
	if (!text)
		return out_of_memory(b);
	memcpy(text, e->data.scalar.value, len);
	if (wants_key(b))
		return take_key(b, text, e->start_mark);
	struct yaml_node *n = add_node(b, NODE_SCALAR, e->start_mark);
	if (!n)
		return out_of_memory(b);
	n->text = text;
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	return true;
}

static bool refuse_extras(struct build *b, const yaml_event_t *e, const yaml_char_t *anchor, const yaml_char_t *tag)
{
	unsigned line = mark_line(e->start_mark), column = mark_column(e->start_mark);
	if (anchor)
		return fail(b, "Y06", line, column,
			    "anchors (&%s) are not used here; a text that begins with & needs quotes",
			    (const char *)anchor);
	if (tag)
		return fail(b, "Y06", line, column,
			    "tags (%s) are not used here; a text that begins with ! needs quotes", (const char *)tag);
	return true;
}

static bool take_document(struct build *b, const yaml_event_t *e)
{
	unsigned line = mark_line(e->start_mark), column = mark_column(e->start_mark);
	if (b->documents++)
		return fail(b, "Y06", line, column, "a second document begins here; a file holds one");
	if (e->data.document_start.version_directive ||
	    e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
		return fail(b, "Y06", line, column, "directives (%%...) are not used here");
	return true;
}

/* False when reading ends: an error (already told). */
static bool take_event(struct build *b, const yaml_event_t *e)
{
	if (++b->nodes > NODES_MAX)
		return fail(b, "Y09", mark_line(e->start_mark), mark_column(e->start_mark),
			    "more than %u keys and values", NODES_MAX);
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT: return take_document(b, e);
	case YAML_ALIAS_EVENT:
		return fail(b, "Y06", mark_line(e->start_mark), mark_column(e->start_mark),
			    "aliases (*%s) are not used here; a text that begins with * needs quotes",
			    (const char *)e->data.alias.anchor);
	case YAML_SCALAR_EVENT:
		return refuse_extras(b, e, e->data.scalar.anchor, e->data.scalar.tag) && take_scalar(b, e);
	case YAML_SEQUENCE_START_EVENT:
		return refuse_extras(b, e, e->data.sequence_start.anchor, e->data.sequence_start.tag) &&
		       open_level(b, NODE_LIST, e->start_mark);
	case YAML_MAPPING_START_EVENT:
		return refuse_extras(b, e, e->data.mapping_start.anchor, e->data.mapping_start.tag) &&
		       open_level(b, NODE_MAP, e->start_mark);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT: b->depth--; return true;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT: break;
	}
	return true;
}

static bool syntax_error(struct build *b, const yaml_parser_t *parser)
{
	struct syntax_error e = b->seen;
	char message[SYNTAX_MESSAGE_MAX];
	e.text = b->doc->text;
	e.len = b->doc->len;
	e.problem = parser->problem ? parser->problem : "";
	e.line = mark_line(parser->problem_mark);
	e.column = mark_column(parser->problem_mark);
	e.from_line = parser->context ? mark_line(parser->context_mark) : 0;
	e.from_column = parser->context ? mark_column(parser->context_mark) : 0;
	syntax_explain(&e, message);
	return fail(b, "Y02", e.line, e.column, "%s", message);
}

static bool parse_events(struct build *b)
{
	yaml_parser_t parser;
	if (!yaml_parser_initialize(&parser))
		return out_of_memory(b);
	yaml_parser_set_input_string(&parser, (const unsigned char *)b->doc->text, b->doc->len);
	bool good = true, done = false;
	while (good && !done) {
		yaml_event_t e;
		if (!yaml_parser_parse(&parser, &e)) {
			good = syntax_error(b, &parser);
			break;
		}
		done = e.type == YAML_STREAM_END_EVENT;
		good = take_event(b, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&parser);
	return good;
}

static struct yaml_doc *doc_create(const char *name, const char *text, size_t len)
{
	struct yaml_doc *doc = calloc(1, sizeof *doc);
	if (!doc)
		return NULL;
	doc->name = strdup(name);
	doc->text = malloc(len + 1);
	if (!doc->name || !doc->text) {
		yaml_close(doc);
		return NULL;
	}
	if (len)
		memcpy(doc->text, text, len);
	doc->text[len] = 0;
	doc->len = len;
	doc->hash = 14695981039346656037ull; /* FNV-1a, 64 bits */
	for (size_t i = 0; i < len; i++)
		doc->hash = (doc->hash ^ (unsigned char)text[i]) * 1099511628211ull;
	return doc;
}

static bool refuse_bytes(struct build *b)
{
	struct place_in_text at;
	const char *what = text_check(b->doc->text, b->doc->len, &at.line, &at.column);
	return what ? fail(b, "Y03", at.line, at.column, "%s", what) : true;
}

struct yaml_doc *yaml_read_text(const char *name, const char *text, size_t len, struct problems *problems)
{
	/* A longer text is not even copied. */
	struct yaml_doc *doc = doc_create(name, text, len > FILE_MAX ? 0 : len);
	if (!doc)
		return NULL;
	struct build b = { .doc = doc, .problems = problems };
	bool good = len <= FILE_MAX || fail(&b, "Y01", 0, 0, "larger than %u KiB", FILE_MAX / 1024);
	good = good && refuse_bytes(&b) && parse_events(&b);
	if (good && !doc->root)
		good = fail(&b, "Y02", 0, 0, "there is nothing in this file");
	if (good)
		return doc;
	yaml_close(doc);
	return NULL;
}

struct yaml_doc *yaml_read_file(const char *path, struct problems *problems)
{
	struct yaml_doc none = { .name = strdup(path) };
	struct build b = { .doc = &none, .problems = problems };
	struct yaml_doc *doc = NULL;
	char *text = malloc(FILE_MAX + 1);
	FILE *f = fopen(path, "rbe");
	if (!none.name || !text) {
		out_of_memory(&b);
	} else if (!f) {
		fail(&b, "Y01", 0, 0, "%s", strerror(errno));
	} else {
		size_t len = fread(text, 1, FILE_MAX + 1, f); /* one more than allowed, to notice */
		if (ferror(f))
			fail(&b, "Y01", 0, 0, "%s", strerror(errno));
		else
			doc = yaml_read_text(path, text, len, problems);
	}
	if (f)
		fclose(f);
	free(text);
	free(none.name);
	return doc;
}

void yaml_close(struct yaml_doc *doc)
{
	if (!doc)
		return;
	while (doc->chunks) {
		struct chunk *c = doc->chunks;
		doc->chunks = c->next;
		free(c);
	}
	free(doc->text);
	free(doc->name);
	free(doc);
}

struct yaml_node *yaml_root(struct yaml_doc *doc)
{
	return doc->root;
}

const char *yaml_name(const struct yaml_doc *doc)
{
	return doc->name;
}

unsigned long long yaml_hash(const struct yaml_doc *doc)
{
	return doc->hash;
}

#define DEFINE_REPORT(name, level, line_, column_)                                                                     \
	void name(struct yaml_doc *doc, const struct yaml_node *n, struct problems *problems, const char *rule,        \
		  const char *fmt, ...)                                                                                \
	{                                                                                                              \
		va_list ap;                                                                                            \
		va_start(ap, fmt);                                                                                     \
		report(doc, problems, level, rule, n ? line_ : 0, n ? column_ : 0, fmt, ap);                           \
		va_end(ap);                                                                                            \
	}
DEFINE_REPORT(yaml_error, PROBLEM_ERROR, n->line, n->column)
DEFINE_REPORT(yaml_error_at_key, PROBLEM_ERROR, n->key ? n->key_line : n->line, n->key ? n->key_column : n->column)
DEFINE_REPORT(yaml_warning, PROBLEM_WARNING, n->line, n->column)
DEFINE_REPORT(yaml_warning_at_key, PROBLEM_WARNING, n->key ? n->key_line : n->line, n->key ? n->key_column : n->column)

struct yaml_node *yaml_get(struct yaml_node *map, const char *key)
{
	if (!map || map->kind != NODE_MAP)
		return NULL;
	for (struct yaml_node *n = map->first; n; n = n->next)
		if (!strcmp(n->key, key)) {
			n->used = true;
			return n;
		}
	return NULL;
}

void yaml_refuse_unused(struct yaml_doc *doc, struct yaml_node *map, const char *const *known,
			struct problems *problems)
{
	if (!map || map->kind != NODE_MAP)
		return;
	for (const struct yaml_node *n = map->first; n; n = n->next) {
		if (n->used)
			continue;
		const char *meant = known ? closest_word(n->key, known) : NULL;
		if (*n->key >= '0' && *n->key <= '9' && n->kind == NODE_SCALAR && !n->quoted && !*n->text) {
			yaml_error_at_key(doc, n, problems, "Y08", "'%s' behind a comma: decimals are written with a point, 0.1",
					  n->key);
			continue;
		}
		if (meant)
			yaml_error_at_key(doc, n, problems, "Y08", "unknown key '%s'; did you mean '%s'?", n->key,
					  meant);
		else
			yaml_error_at_key(doc, n, problems, "Y08", "unknown key '%s'", n->key);
	}
}
