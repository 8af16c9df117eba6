/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns `computed:`: quantities that a profile makes of others where no frame gives them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/compute.h"

static bool is_limit(enum quantity q)
{
	return q == Q_CVL || q == Q_CCL || q == Q_DCL || q == Q_LOW_VOLTAGE;
}

static const char *meant(const char *name, const char *const *known, char buf[64])
{
	const char *close = closest_word(name, known);
	snprintf(buf, 64, "%s%.40s%s", close ? "; did you mean '" : "", close ? close : "", close ? "'" : "");
	return buf;
}

/* What is to be computed; -1, told. */
static int target_parse(struct loading *l, struct yaml_node *n)
{
	const char *known[N_QUANTITY + 1] = { NULL };
	char buf[64];
	for (int i = 0; i < N_QUANTITY; i++)
		known[i] = quantities[i].name;
	int q = quantity_find(n->key);
	if (q < 0)
		PROFILE_ERROR_AT_KEY(l, n, CHECK_NAME, "quantities are computed, and none is named '%s'%s", n->key,
		                     meant(n->key, known, buf));
	else if (is_limit((enum quantity)q))
		PROFILE_ERROR_AT_KEY(l, n, CHECK_VALUE, "%s can't be computed: a limit is lowered by one frame and raised by two that "
		                     "agree, and what is computed comes with none; the smaller of two places of one frame is a list "
		                     "with `combine: min`", n->key);
	else
		return q;
	return -1;
}

bool array_given(const struct loading *l, unsigned a, unsigned element)
{
	for (unsigned i = 0; i < l->p->n_fields; i++) {
		const struct field *f = &l->p->fields[i];
		const struct profile_frame *pf = l->extra[i].frame;
		if (f->kind != FIELD_ARRAY || f->target != a)
			continue;
		for (unsigned g = pf->group_min; g <= pf->group_max; g++) {
			unsigned first = codec_element(f, g) + 1;
			if (!element || (element >= first && element < first + f->count))
				return true;
		}
	}
	return false;
}

/* "[3]", "[1..8]", or nothing: all of them. NULL, or what is wrong. */
static const char *read_elements(const char *bracket, struct part *out)
{
	if (!*bracket)
		return NULL;
	char *end;
	unsigned long first = strtoul(bracket + 1, &end, 10), last = first;
	if (!strncmp(end, "..", 2))
		last = strtoul(end + 2, &end, 10);
	if (strcmp(end, "]") || first < 1 || last < first || last > ARRAY_MAX)
		return "elements are written [3] or [1..8], from 1";
	out->first = (uint8_t)first;
	out->last = (uint8_t)last;
	return NULL;
}

static bool array_part(struct loading *l, struct yaml_node *n, struct part *out)
{
	const char *bad = read_elements(n->text + strcspn(n->text, "["), out);
	enum array a = out->target;
	if (bad) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "'%s': %s", n->text, bad);
		return false;
	}
	for (unsigned i = out->first; i <= out->last; i++)
		if (!array_given(l, a, i)) {
			PROFILE_ERROR(l, n, CHECK_NAME, i ? "no frame gives %s[%u]" : "no frame gives %s", arrays[a].name, i);
			return false;
		}
	return true;
}

static bool quantity_part(struct loading *l, struct yaml_node *n, enum quantity target, struct part *out)
{
	if (out->target == target)
		PROFILE_ERROR(l, n, CHECK_NAME, "%s can't be computed from itself", n->text);
	else if (!(l->p->has_quantity >> out->target & 1))
		PROFILE_ERROR(l, n, CHECK_NAME, "no frame gives %s, nor is it computed in a line before this", n->text);
	else
		return true;
	return false;
}

/* A quantity, an array, or some of its elements. */
static bool part_parse(struct loading *l, struct yaml_node *n, enum quantity target, struct part *out)
{
	const char *known[N_QUANTITY + N_ARRAY + 1] = { NULL };
	char name[FIELD_NAME_MAX], buf[64];
	int i;
	if (!node_is(l, n, NODE_SCALAR, "a quantity or an array, such as cell_voltage, or \"cell_voltage[1..8]\" in quotes"))
		return false;
	snprintf(name, sizeof name, "%.*s", (int)strcspn(n->text, "["), n->text);
	if ((i = array_find(name)) >= 0) {
		*out = (struct part){ .kind = FIELD_ARRAY, .target = (uint8_t)i };
		return array_part(l, n, out);
	}
	if ((i = quantity_find(n->text)) >= 0) {
		*out = (struct part){ .kind = FIELD_QUANTITY, .target = (uint8_t)i };
		return quantity_part(l, n, target, out);
	}
	for (i = 0; i < N_QUANTITY; i++)
		known[i] = quantities[i].name;
	for (i = 0; i < N_ARRAY; i++)
		known[N_QUANTITY + i] = arrays[i].name;
	PROFILE_ERROR(l, n, CHECK_NAME, "no quantity or array is named '%s'%s", n->text, meant(name, known, buf));
	return false;
}

static enum unit part_unit(const struct part *p)
{
	return p->kind == FIELD_ARRAY ? arrays[p->target].unit : quantities[p->target].unit;
}

/* A unit by its sign; those that have none by what they are. */
static const char *unit_name(enum unit u)
{
	return u == UNIT_COUNT ? "a count" : u == UNIT_FLAG ? "yes or no" : unit_symbol(u);
}

/* Two numbers whose units make the target's. */
static bool check_operands(struct loading *l, struct yaml_node *n, const struct computed *c)
{
	enum unit a = part_unit(&c->parts[0]), b = part_unit(&c->parts[1]), result = quantities[c->target].unit;
	char fits[160] = "";
	bool single = c->n_parts == 2;
	for (unsigned i = 0; i < c->n_parts; i++)
		single = single && (c->parts[i].kind == FIELD_QUANTITY || (c->parts[i].first && c->parts[i].first == c->parts[i].last));
	if (!single) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "`%s` is of two numbers: %s", n->key,
		              c->how == COMPUTE_RATIO ? "[capacity_remaining, capacity]" : "[voltage, current]");
		return false;
	}
	for (unsigned i = 0; i < N_COMPUTE_UNITS; i++) {
		const struct compute_units *u = &compute_units[i];
		if (u->how != c->how)
			continue;
		bool turned = u->how == COMPUTE_PRODUCT && u->a == b && u->b == a;
		if (u->result == result && (turned || (u->a == a && u->b == b)))
			return true;
		size_t len = strlen(fits);
		snprintf(fits + len, sizeof fits - len, "%s%s %s %s = %s", len ? " and " : "", unit_symbol(u->a),
		         c->how == COMPUTE_RATIO ? "/" : "x", unit_symbol(u->b), unit_symbol(u->result));
	}
	PROFILE_ERROR(l, n, CHECK_UNIT, "%s %s %s does not make %s, in %s; what fits: %s", unit_name(a),
	              c->how == COMPUTE_RATIO ? "/" : "x", unit_name(b), quantities[c->target].name, unit_name(result), fits);
	return false;
}

/* Parts of the target's own kind. */
static bool check_alike(struct loading *l, struct yaml_node *n, const struct computed *c)
{
	enum unit unit = quantities[c->target].unit;
	bool adds = unit != UNIT_BP && unit != UNIT_DECIDEG && unit != UNIT_FLAG;
	if (c->how == COMPUTE_SUM && !adds) {
		PROFILE_ERROR_AT_KEY(l, n, CHECK_UNIT, "values such as %s (%s) don't add up; `min` or `max`?",
		                     quantities[c->target].name, unit_name(unit));
		return false;
	}
	for (unsigned i = 0; i < c->n_parts; i++)
		if (part_unit(&c->parts[i]) != unit) {
			PROFILE_ERROR(l, n, CHECK_UNIT, "a %s of %s is no %s (%s)", n->key, unit_name(part_unit(&c->parts[i])),
			              quantities[c->target].name, unit_name(unit));
			return false;
		}
	return true;
}

/* voltage: { sum: cell_voltage }, soc: { ratio: [capacity_remaining, capacity] } */
static bool row_parse(struct loading *l, struct yaml_node *n, struct computed *c)
{
	struct yaml_node *way = n->kind == NODE_MAP ? n->first : NULL;
	int how = -1;
	for (int i = 0; way && compute_words[i]; i++)
		how = strcmp(way->key, compute_words[i]) ? how : i;
	if (!way || way->next || how < 0) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "%s: one of { sum: ... }, { min: ... }, { max: ... }, { ratio: [a, b] } and "
		              "{ product: [a, b] }", n->key);
		return false;
	}
	c->how = (uint8_t)how;
	struct yaml_node *one = way->kind == NODE_LIST ? way->first : way;
	for (; one; one = way->kind == NODE_LIST ? one->next : NULL) {
		if (c->n_parts == PARTS_MAX) {
			PROFILE_ERROR(l, one, CHECK_SIZE, "at most %d parts; neighbours can be written as \"cell_voltage[1..8]\"", PARTS_MAX);
			return false;
		}
		if (!part_parse(l, one, (enum quantity)c->target, &c->parts[c->n_parts]))
			return false;
		c->n_parts++;
	}
	if (!c->n_parts)
		PROFILE_ERROR(l, way, CHECK_VALUE, "%s of what?", way->key);
	return c->n_parts && (how >= COMPUTE_RATIO ? check_operands(l, way, c) : check_alike(l, way, c));
}

void computed_parse(struct loading *l, struct yaml_node *map)
{
	struct profile *p = l->p;
	/* what frames with errors would give is not known: that would be a second error for one mistake */
	if (!node_is(l, map, NODE_MAP, "a map such as { voltage: { sum: cell_voltage } }") || l->problems->errors > l->before)
		return;
	for (struct yaml_node *n = map->first; n; n = n->next) {
		int target = target_parse(l, n);
		struct computed c = { .target = (uint8_t)target, .fill = FILL_OLD, .line = n->key_line };
		if (target < 0 || !row_parse(l, n, &c))
			continue;
		p->computed[p->n_computed++] = c;
		p->has_quantity |= UINT64_C(1) << target;
	}
}
