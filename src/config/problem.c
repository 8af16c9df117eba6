/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the list of what is wrong with files, how it is shown to people, and "did you mean". */
#include "config/reader.h"
#include "config/reader_private.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_MAX  200u /* further problems are only counted: nobody reads them, and files may be hostile */
#define MESSAGE_MAX 512u
#define SOURCE_MAX  160u /* bytes of the source line that are shown */
#define CUT         "..."

/* Bytes of the line break at p, 0 when there is none. */
static size_t break_at(const char *p, const char *end)
{
	const unsigned char *u = (const unsigned char *)p;
	size_t left = (size_t)(end - p);
	if (left >= 2 && u[0] == '\r' && u[1] == '\n')
		return 2;
	if (left >= 1 && (u[0] == '\n' || u[0] == '\r'))
		return 1;
	if (left >= 2 && u[0] == 0xC2 && u[1] == 0x85)
		return 2;
	if (left >= 3 && u[0] == 0xE2 && u[1] == 0x80 && (u[2] == 0xA8 || u[2] == 0xA9))
		return 3;
	return 0;
}

const char *text_line(const char *text, size_t len, unsigned line, size_t *line_len)
{
	const char *p = text, *end = text + len;
	for (unsigned at = 1; at < line && p < end;) {
		size_t n = break_at(p, end);
		at += n ? 1 : 0;
		p += n ? n : 1;
	}
	const char *q = p;
	while (q < end && !break_at(q, end))
		q++;
	*line_len = (size_t)(q - p);
	return p;
}

/* Bytes of the line break that ends at p. */
static size_t break_before(const char *text, const char *p)
{
	for (size_t n = (size_t)(p - text) < 3 ? (size_t)(p - text) : 3; n; n--)
		if (break_at(p - n, p) == n)
			return n;
	return 0;
}

const char *text_line_before(const char *text, const char *line, size_t *line_len)
{
	const char *end = line - break_before(text, line), *p = end;
	while (p > text && !break_before(text, p))
		p--;
	*line_len = (size_t)(end - p);
	return p;
}

/* Length of the UTF-8 character at u, 0 when it is none (overlong and surrogates count as none). */
static size_t utf8_length(const unsigned char *u, size_t left)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (u[0] < 0x80)
		return 1;
	size_t n = u[0] >= 0xF0 ? 4 : u[0] >= 0xE0 ? 3 : 2;
	if (u[0] < 0xC2 || u[0] > 0xF4 || left < n)
		return 0;
	uint32_t c = u[0] & (0xFFu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xC0) != 0x80)
			return 0;
		c = c << 6 | (u[i] & 0x3Fu);
	}
	return c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) ? 0 : n;
}

const char *text_check(const char *text, size_t len, unsigned *line, unsigned *column)
{
	const char *p = text, *end = text + len;
	*line = *column = 1;
	while (p < end) {
		unsigned char c = (unsigned char)*p;
		if (c >= 0x20 && c < 0x7F) { /* nearly all there is */
			++*column;
			p++;
			continue;
		}
		size_t n = break_at(p, end);
		if (n) {
			++*line;
			*column = 1;
			p += n;
			continue;
		}
		if (!c)
			return "a NUL byte; this is not a text file, or it is saved as UTF-16 (save it as UTF-8)";
		if ((c < 0x20 && c != '\t') || c == 0x7F)
			return "a control character; remove it";
		n = utf8_length((const unsigned char *)p, (size_t)(end - p));
		if (!n)
			return "this byte is not UTF-8; save the file as UTF-8";
		++*column;
		p += n;
	}
	return NULL;
}

/* What is shown on a terminal must not steer it. */
static void make_printable(char *text)
{
	for (unsigned char *u = (unsigned char *)text; *u; u++) {
		if ((*u < 0x20 && *u != '\t') || *u == 0x7F)
			*u = '?';
		if (*u == 0xC2 && u[1] >= 0x80 && u[1] < 0xA0)
			u[0] = u[1] = '?';
	}
}

static bool continues(char c)
{
	return ((unsigned char)c & 0xC0) == 0x80;
}

/* Bytes before a column of this line. */
static size_t bytes_before(const char *line, size_t len, unsigned column)
{
	size_t at = 0;
	for (unsigned c = 1; at < len && (c < column || continues(line[at])); at++)
		c += !continues(line[at]);
	return at;
}

/* The line; of a long one what is around the column, where the caret then stands. */
static char *source_line(const struct place_in_text *at, unsigned *caret)
{
	*caret = at->column;
	if (!at->line || !at->text)
		return NULL;
	size_t len, from = 0;
	const char *p = text_line(at->text, at->len, at->line, &len);
	size_t place = bytes_before(p, len, at->column), to = len;
	if (len > SOURCE_MAX) {
		from = place > SOURCE_MAX / 2 ? place - SOURCE_MAX / 2 : 0;
		from = from > len - SOURCE_MAX ? len - SOURCE_MAX : from;
		while (from < place && continues(p[from]))
			from++;
		to = from + SOURCE_MAX > len ? len : from + SOURCE_MAX;
		while (to < len && continues(p[to]))
			to--;
	}
	char *copy = malloc(to - from + 2 * strlen(CUT) + 1);
	if (!copy)
		return NULL;
	snprintf(copy, to - from + 2 * strlen(CUT) + 1, "%s%.*s%s", from ? CUT : "", (int)(to - from), p + from, to < len ? CUT : "");
	if (from)
		*caret = (unsigned)strlen(CUT) + 1;
	for (size_t i = from; from && i < place; i++)
		*caret += !continues(p[i]);
	make_printable(copy);
	return copy;
}

static bool make_room(struct problems *problems)
{
	if (problems->count < problems->room)
		return true;
	size_t room = problems->room ? 2 * problems->room : 16;
	struct problem *list = realloc(problems->list, room * sizeof *list);
	if (!list)
		return false;
	problems->list = list;
	problems->room = room;
	return true;
}

void problems_add(struct problems *problems, enum problem_level level, const char *rule, const struct place_in_text *at,
		  const char *fmt, va_list ap)
{
	if (level == PROBLEM_ERROR)
		problems->errors++;
	if (problems->count >= LISTED_MAX || !make_room(problems)) {
		problems->unlisted++;
		return;
	}
	char message[MESSAGE_MAX];
	vsnprintf(message, sizeof message, fmt, ap);
	make_printable(message);
	struct problem *p = &problems->list[problems->count++];
	*p = (struct problem) { .level = level, .line = at->line, .column = at->column };
	snprintf(p->rule, sizeof p->rule, "%s", rule ? rule : "");
	p->file = strdup(at->file ? at->file : "");
	p->message = strdup(message);
	p->source = source_line(at, &p->caret);
}

void problems_free(struct problems *problems)
{
	for (size_t i = 0; i < problems->count; i++) {
		free(problems->list[i].file);
		free(problems->list[i].message);
		free(problems->list[i].source);
	}
	free(problems->list);
	*problems = (struct problems) { 0 };
}

static bool comes_after(const struct problem *a, const struct problem *b, const char *file)
{
	bool mine = a->file && !strcmp(a->file, file), yours = b->file && !strcmp(b->file, file);
	if (mine != yours || !mine)
		return mine && !yours;
	return a->line != b->line ? a->line > b->line : a->column > b->column;
}

/* By insertion: there are 200 at most. */
void problems_sort(struct problems *problems, size_t first, const char *file)
{
	for (size_t i = first + 1; i < problems->count; i++) {
		struct problem p = problems->list[i];
		size_t at = i;
		for (; at > first && comes_after(&problems->list[at - 1], &p, file); at--)
			problems->list[at] = problems->list[at - 1];
		problems->list[at] = p;
	}
}

/* Under the column, over tabs and multi-byte characters as the terminal lays them out. */
static void print_caret(FILE *out, const char *source, unsigned column)
{
	unsigned at = 1;
	fputs("    ", out);
	for (const char *p = source; *p && at < column; p++) {
		if (continues(*p))
			continue;
		fputc(*p == '\t' ? '\t' : ' ', out);
		at++;
	}
	fputs("^\n", out);
}

void problems_print(const struct problems *problems, void *stream)
{
	FILE *out = stream;
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *p = &problems->list[i];
		fputs(p->file ? p->file : "?", out);
		if (p->line)
			fprintf(out, ":%u:%u", p->line, p->column);
		fprintf(out, ": %s: %s", p->level == PROBLEM_ERROR ? "error" : "warning",
			p->message ? p->message : "out of memory");
		if (p->rule[0])
			fprintf(out, " [%s]", p->rule);
		fputc('\n', out);
		if (p->source && p->line) {
			fprintf(out, "    %s\n", p->source);
			print_caret(out, p->source, p->caret);
		}
	}
	if (problems->unlisted)
		fprintf(out, "... and %zu more\n", problems->unlisted);
}

/* Letters as people confuse them: capitals are small ones, and - is _ */
static char fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '-' ? '_' : c;
}

#define WORD_MAX 48u

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Damerau-Levenshtein in its optimal-string-alignment form: insert, delete, replace, swap two neighbours. */
static unsigned typing_distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned d[WORD_MAX + 1][WORD_MAX + 1];
	for (size_t i = 0; i <= la; i++)
		d[i][0] = (unsigned)i;
	for (size_t j = 0; j <= lb; j++)
		d[0][j] = (unsigned)j;
	for (size_t i = 1; i <= la; i++)
		for (size_t j = 1; j <= lb; j++) {
			char x = fold(a[i - 1]), y = fold(b[j - 1]);
			d[i][j] = least(least(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (x != y));
			if (i > 1 && j > 1 && x == fold(b[j - 2]) && y == fold(a[i - 2]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[la][lb];
}

const char *closest_word(const char *word, const char *const *known)
{
	size_t len = strlen(word);
	if (len > WORD_MAX)
		return NULL;
	unsigned best = least((unsigned)(len + 1) / 3, 3) + 1; /* one mistake in 2 letters, two in 5, three in 8 */
	const char *found = NULL;
	for (; *known; known++) {
		size_t other = strlen(*known);
		if (other > WORD_MAX)
			continue;
		unsigned d = typing_distance(word, len, *known, other);
		if (d < best) {
			best = d;
			found = *known;
		}
	}
	return found;
}
