/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns sums of numbers, `group` and `address`, as ids and indexes are written: "0x18E028F4 + 0x10000 * (group - 1)". */
#include <string.h>

#include "config/profile_load.h"

#define NUMBER_MAX INT64_C(0xFFFFFFFF)
#define DEPTH_MAX  8 /* of brackets */

struct parsing {
	const char *at;
	const char *bad;
	int depth;
};

static void sum_parse(struct parsing *p, struct expression *out);

static char peek(struct parsing *p)
{
	while (*p->at == ' ')
		p->at++;
	return *p->at;
}

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool take_word(struct parsing *p, const char *word)
{
	size_t len = strlen(word);
	if (strncmp(p->at, word, len) || is_letter(p->at[len]) || (p->at[len] >= '0' && p->at[len] <= '9'))
		return false;
	p->at += len;
	return true;
}

static void number_parse(struct parsing *p, struct expression *out)
{
	int base = p->at[0] == '0' && (p->at[1] == 'x' || p->at[1] == 'X') ? 16 : 10, digits = 0;
	p->at += base == 16 ? 2 : 0;
	for (; digit_value(*p->at) < base; p->at++, digits++)
		if ((out->constant = out->constant * base + digit_value(*p->at)) > NUMBER_MAX) {
			p->bad = "a number is too large";
			return;
		}
	if (!digits)
		p->bad = "expected a number, `group` or `address` (or a name that stands under `parameters:`)";
	out->constant_digits = base == 16 ? digits : 0;
}

static void factor_parse(struct parsing *p, struct expression *out)
{
	char c = peek(p);
	*out = (struct expression){ 0 };
	if (c == '(' && p->depth < DEPTH_MAX) {
		p->depth++;
		p->at++;
		sum_parse(p, out);
		p->depth--;
		if (!p->bad && peek(p) != ')')
			p->bad = "a ) is missing";
		p->at += !p->bad;
	} else if (take_word(p, "group")) {
		out->has_group = true;
		out->per_group = 1;
	} else if (take_word(p, "address")) {
		out->has_address = true;
		out->per_address = 1;
	} else {
		number_parse(p, out);
	}
}

static bool counts(const struct expression *e)
{
	return e->has_group || e->has_address;
}

static bool in_range(int64_t n)
{
	return n <= NUMBER_MAX && n >= -NUMBER_MAX;
}

static void multiply(struct parsing *p, struct expression *a, const struct expression *b)
{
	if (counts(a) && counts(b)) {
		p->bad = "group and address can't be multiplied with each other";
		return;
	}
	struct expression e = counts(a) ? *a : *b;
	int64_t k = counts(a) ? b->constant : a->constant;
	/* both are below 2^32 or so, and one of them has a limit that makes the product safe */
	if (k > INT32_MAX || k < -INT32_MAX || !in_range(e.per_group) || !in_range(e.per_address)) {
		p->bad = "a number is too large";
		return;
	}
	e.constant *= k;
	e.per_group *= k;
	e.per_address *= k;
	e.constant_digits = 0;
	*a = e;
	if (!in_range(a->constant) || !in_range(a->per_group) || !in_range(a->per_address))
		p->bad = "a number is too large";
}

static void term_parse(struct parsing *p, struct expression *out)
{
	int sign = 1;
	for (; peek(p) == '-'; p->at++) /* what a parameter puts in may be negative: "group - -1" */
		sign = -sign;
	factor_parse(p, out);
	while (!p->bad && peek(p) == '*') {
		struct expression next;
		p->at++;
		factor_parse(p, &next);
		if (!p->bad)
			multiply(p, out, &next);
	}
	out->constant *= sign;
	out->per_group *= sign;
	out->per_address *= sign;
}

static void sum_parse(struct parsing *p, struct expression *out)
{
	term_parse(p, out);
	while (!p->bad && (peek(p) == '+' || *p->at == '-')) {
		struct expression term;
		int sign = *p->at++ == '+' ? 1 : -1;
		term_parse(p, &term);
		out->constant += sign * term.constant;
		out->per_group += sign * term.per_group;
		out->per_address += sign * term.per_address;
		out->has_group = out->has_group || term.has_group;
		out->has_address = out->has_address || term.has_address;
		if (term.constant_digits > out->constant_digits)
			out->constant_digits = term.constant_digits;
		if (!in_range(out->constant) || !in_range(out->per_group) || !in_range(out->per_address))
			p->bad = "a number is too large";
	}
}

const char *expression_parse(const char *text, struct expression *out)
{
	struct parsing p = { .at = text };
	sum_parse(&p, out);
	if (!p.bad && peek(&p))
		p.bad = "expected + or - between the parts";
	return p.bad;
}

const char *whole_parse(const char *text, int64_t *out)
{
	struct expression e;
	const char *bad = parse_integer(text, out);
	/* without blanks it is a range (0-1) where a number belongs, and the message about that is the better one */
	if (!bad || !strchr(text, ' ') || expression_parse(text, &e))
		return bad;
	*out = e.constant;
	return counts(&e) ? "`group` and `address` count in ids and elements only" : NULL;
}

/* An id typed as a vendor prints it. */
static bool without_0x(struct loading *l, const struct yaml_node *n)
{
	size_t digits = strspn(n->text, "0123456789abcdefABCDEF");
	int64_t decimal;
	if (!digits || digits > 8 || n->text[digits])
		return false;
	if (parse_integer(n->text, &decimal))
		PROFILE_ERROR(l, n, CHECK_ID, "id '%s': an id is written in the form 0x..., as candump prints it: 0x%s", n->text, n->text);
	else
		PROFILE_ERROR(l, n, CHECK_ID, "id '%s': an id is written in the form 0x..., as candump prints it: 0x%s, or 0x%0*llX if "
		              "this is decimal", n->text, n->text, decimal > CAN_ID_MAX_STD ? 8 : 3, (unsigned long long)decimal);
	return true;
}

bool id_parse(struct loading *l, struct yaml_node *n, struct expression *e, bool *ext)
{
	if (!node_is(l, n, NODE_SCALAR, "an id such as 0x351"))
		return false;
	if (without_0x(l, n))
		return false;
	const char *bad = expression_parse(n->text, e);
	if (!bad && !e->constant_digits)
		bad = "an id has one number in the form 0x..., as candump prints it";
	else if (!bad && e->constant_digits != 8 && e->constant_digits > 3)
		bad = "write 11-bit ids with up to 3 digits (0x351) and 29-bit ids with all 8 (0x18E028F4)";
	else if (!bad && ((e->has_group && e->per_group < 1) || (e->has_address && e->per_address < 1)))
		bad = "group and address count upwards";
	else if (!bad && e->constant < 0)
		bad = "an id is not negative";
	*ext = e->constant_digits == 8;
	if (!bad && e->constant > (*ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD))
		bad = *ext ? "29-bit ids end at 0x1FFFFFFF" : "11-bit ids end at 0x7FF; a 29-bit id is written with 8 digits";
	if (bad)
		PROFILE_ERROR(l, n, CHECK_ID, "id '%s': %s", n->text, bad);
	return !bad;
}
