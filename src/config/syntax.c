/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the words for YAML that is none: what libyaml says, and what the person who wrote the file most likely did. */
#include "config/syntax.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/reader_private.h"

/* One line of the file. Columns count from 1, in characters, of which what stands before them is plain spaces. */
struct line {
	const char *p;
	size_t len;
	unsigned number;
	unsigned dash;  /* column of a leading "- ", 0 = none */
	unsigned first; /* column of the first key or text, behind the "- "; 0 = the line is empty, or a comment */
};

static void measure(struct line *l)
{
	size_t at = 0;
	while (at < l->len && l->p[at] == ' ')
		at++;
	l->dash = l->first = 0;
	while (at < l->len && l->p[at] == '-' && (at + 1 == l->len || l->p[at + 1] == ' ')) {
		l->dash = l->dash ? l->dash : (unsigned)at + 1;
		for (at++; at < l->len && l->p[at] == ' ';)
			at++;
	}
	if (at < l->len && l->p[at] != '#')
		l->first = (unsigned)at + 1;
}

static struct line line_of(const struct syntax_error *e, unsigned number)
{
	struct line l = { .number = number };
	l.p = text_line(e->text, e->len, number, &l.len);
	measure(&l);
	return l;
}

/* The last line before with anything in it; its number is 0 when there is none. */
static struct line line_before(const struct syntax_error *e, struct line l)
{
	while (l.number > 1) {
		l.p = text_line_before(e->text, l.p, &l.len);
		l.number--;
		measure(&l);
		if (l.first || l.dash)
			return l;
	}
	return (struct line) { 0 };
}

/* Byte of the line at which a column begins. */
static size_t offset(const struct line *l, unsigned column)
{
	size_t at = 0;
	for (; at < l->len && column > 1; column--)
		for (at++; at < l->len && ((unsigned char)l->p[at] & 0xC0) == 0x80;)
			at++;
	return at;
}

/* The byte before that is no space; 0 = none. */
static char sign_before(const struct line *l, unsigned column)
{
	size_t at = offset(l, column);
	while (at && l->p[at - 1] == ' ')
		at--;
	return at ? l->p[at - 1] : 0;
}

static unsigned begin_of(const struct line *l)
{
	return l->dash ? l->dash : l->first;
}

/* Byte behind the first "key:"; 0 = there is none. */
static size_t behind_key(const struct line *l)
{
	for (size_t i = l->first ? l->first - 1 : l->len; i < l->len && l->p[i] != '#'; i++)
		if (l->p[i] == ':' && (i + 1 == l->len || l->p[i + 1] == ' ' || l->p[i + 1] == '\t'))
			return i + 1;
	return 0;
}

static bool has_value(const struct line *l)
{
	size_t at = behind_key(l);
	while (at && at < l->len && l->p[at] == ' ')
		at++;
	return at && at < l->len && l->p[at] != '#';
}

static void say(char *message, const char *text)
{
	snprintf(message, SYNTAX_MESSAGE_MAX, "%s", text);
}

static void move_to(struct syntax_error *e, unsigned line, unsigned column)
{
	e->line = line;
	e->column = column;
}

/* A key without its ':', in line `l`. */
static void missing_colon(struct syntax_error *e, const struct line *l, char *message)
{
	move_to(e, l->number, l->first);
	say(message, memchr(l->p + l->first - 1, ':', l->len - l->first + 1)
			     ? "the ':' behind a key wants a space behind it: `key: value`"
			     : "a ':' is missing behind the key: `key: value`");
}

static const char *spaces(unsigned column)
{
	return column == 2 ? "space" : "spaces";
}

/* The columns at which lines above begin, next to that of this one on both sides. */
static void wrong_indentation(struct syntax_error *e, const struct line *l, char *message)
{
	unsigned here = begin_of(l), less = 0, more = 0;
	for (struct line up = line_before(e, *l); up.number && !less; up = line_before(e, up)) {
		const unsigned columns[] = { up.first, up.dash };
		for (int i = 0; i < 2; i++) {
			if (columns[i] > here && (!more || columns[i] < more))
				more = columns[i];
			if (columns[i] && columns[i] < here && columns[i] > less)
				less = columns[i];
		}
	}
	if (less && more)
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "wrong indentation: this line has %u %s before it, the lines it can belong to have %u or %u",
			 here - 1, spaces(here), less - 1, more - 1);
	else
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "wrong indentation: no line above has %u %s before it; the list or map it stands in begins in "
			 "line %u",
			 here - 1, spaces(here), e->from_line);
}

/* Something behind a value that has ended. */
static void left_over(struct syntax_error *e, const struct line *l, char *message)
{
	char before = sign_before(l, e->column);
	if (e->quote_end == e->line && e->quote_line < e->quote_end) {
		move_to(e, e->quote_line, e->quote_column);
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "the quote that begins here ends only in line %u: is its end missing?", e->quote_end);
	} else if (before == '"' || before == '\'') {
		say(message,
		    "text behind a closing quote: is a quote too many or missing? A ' within '...' is written twice");
	} else {
		say(message, "text behind the end of the value: if all of it is one text, put it in quotes");
	}
}

static void explain_block(struct syntax_error *e, char *message)
{
	struct line l = line_of(e, e->line);
	bool above = false; /* do lines begin at the same place? */
	for (struct line up = line_before(e, l); up.number && !above; up = line_before(e, up))
		above = up.first == begin_of(&l) || up.dash == begin_of(&l);
	if (e->column != begin_of(&l))
		left_over(e, &l, message);
	else if (!above)
		wrong_indentation(e, &l, message);
	else if (l.dash)
		snprintf(
			message, SYNTAX_MESSAGE_MAX,
			"a '-' among the keys of the map that begins in line %u: entries of a list stand below its key",
			e->from_line);
	else
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "a key among the entries of the list that begins in line %u: each entry begins with '- '",
			 e->from_line);
}

static void explain_second_colon(struct syntax_error *e, char *message)
{
	struct line l = line_of(e, e->line), up = line_before(e, l);
	size_t value = behind_key(&l);
	if (value && value <= offset(&l, e->column))
		say(message, "a second ': ' in this line; a text with ': ' in it needs quotes");
	else if (up.first && !behind_key(&up))
		missing_colon(e, &up, message);
	else if (up.first && has_value(&up) && begin_of(&l) > up.first)
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "wrong indentation: deeper than line %u, whose key has its value already; keys of one map "
			 "stand below "
			 "each other",
			 up.number);
	else
		say(message, "a ':' in an unexpected place: wrong indentation, or a text with ': ' that needs quotes");
}

static void explain_missing_colon(struct syntax_error *e, char *message)
{
	struct line l = line_of(e, e->from_line ? e->from_line : e->line);
	if (l.first)
		missing_colon(e, &l, message);
	else
		say(message, "a ':' is missing behind the key: `key: value`");
}

static void explain_quote(struct syntax_error *e, char *message)
{
	move_to(e, e->from_line, e->from_column);
	say(message, "the quote that begins here has no end");
}

static void explain_brackets(struct syntax_error *e, char *message)
{
	struct line l = line_of(e, e->line), from = line_of(e, e->from_line);
	size_t at = offset(&from, e->from_column);
	bool list = at < from.len && from.p[at] == '[';
	char before = sign_before(&l, e->column);
	if (e->line != e->from_line) {
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "the '%c' that begins here is not closed by a '%c' before line %u, or a ',' is missing in it",
			 list ? '[' : '{', list ? ']' : '}', e->line);
		move_to(e, e->from_line, e->from_column);
	} else if (before == '"' || before == '\'') {
		left_over(e, &l, message);
	} else if (offset(&l, e->column) < l.len && l.p[offset(&l, e->column)] == '[') {
		say(message, "within { } and [ ] a text with brackets, such as \"cell_voltage[1]\", needs quotes");
	} else {
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "a ',' or a '%c' is missing before this, or a text that needs quotes", list ? ']' : '}');
	}
}

static void explain_begin(struct syntax_error *e, char *message)
{
	struct line l = line_of(e, e->line), first = l;
	for (struct line up = line_before(e, l); up.number; up = line_before(e, up))
		first = up;
	struct line up = line_before(e, l);
	if (up.first && up.number == first.number && !behind_key(&up))
		missing_colon(e, &up, message);
	else if (begin_of(&first) > e->column)
		snprintf(message, SYNTAX_MESSAGE_MAX,
			 "wrong indentation: the first line of the file, line %u, has %u %s before it, and this one %u",
			 first.number, begin_of(&first) - 1, spaces(begin_of(&first)), e->column - 1);
	else
		say(message, "something stands behind the end of what the file holds");
}

/* In this order: libyaml's words (a part of them), and either what to say or who works it out. */
static const struct {
	const char *problem, *message;
	void (*explain)(struct syntax_error *, char *message);
} rows[] = {
	{ "found a tab character", "a tab where spaces belong", NULL },
	{ "cannot start any token", "a text can't begin with this character; put it in quotes", NULL },
	{ "mapping values are not allowed", NULL, explain_second_colon },
	{ "could not find expected ':'", NULL, explain_missing_colon },
	{ "expected '-' indicator", NULL, explain_block },
	{ "did not find expected key", NULL, explain_block },
	{ "found unexpected end of stream", NULL, explain_quote },
	{ "found unexpected document indicator", NULL, explain_quote },
	{ "expected ',' or", NULL, explain_brackets },
	{ "expected <document start>", NULL, explain_begin },
	{ "expected node content", "a value is missing here, or a text that needs quotes begins here", NULL },
	{ "block sequence entries are not allowed", "a list begins on a line of its own, below its key", NULL },
	{ "unknown escape character", "a \\ within \"...\" is special: write it twice, or use '...'", NULL },
	{ "expected comment or line break", "behind | or > nothing else may stand on the line", NULL },
	{ "alphabetic or numeric character", "a text that begins with & or * needs quotes", NULL },
	{ "directive name", "a line can't begin with %", NULL },
	{ "expected tag URI", "a text that begins with ! needs quotes", NULL },
};

void syntax_explain(struct syntax_error *e, char message[SYNTAX_MESSAGE_MAX])
{
	struct line l = line_of(e, e->line);
	size_t blank = 0;
	while (blank < l.len && l.p[blank] == ' ')
		blank++;
	if (blank < l.len && l.p[blank] == '\t') {
		e->column = (unsigned)blank + 1;
		say(message, "a tab in the indentation; YAML wants spaces");
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (!strstr(e->problem, rows[i].problem))
			continue;
		if (rows[i].explain)
			rows[i].explain(e, message);
		else
			say(message, rows[i].message);
		return;
	}
	snprintf(message, SYNTAX_MESSAGE_MAX, "this is not YAML: %s", e->problem);
}
