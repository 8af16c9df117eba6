/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns curves: { 3.40 V: 100 %, 3.50 V: 30 %, 3.55 V: 0 % }, checked to go the way they must. */
#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

static const char *shape_told(int shape)
{
	return shape == SHAPE_FALLS ? "may only fall as the values rise" : shape == SHAPE_RISES ? "may only rise with the values" :
	                                                                          "rises, then falls: it has no valley";
}

/* What holds at a point: a share, a current, or a C rate. */
static bool read_limit(struct reading *r, const struct key_row *row, struct yaml_node *n, enum curve_of *of, int64_t *out)
{
	static const enum dimension dimensions[] = { DIM_PERCENT, DIM_CURRENT, DIM_C_RATE };
	static const int64_t most[] = { 10000, 3000000, 300 };
	if (!expect_scalar(r, n, "50 %"))
		return false;
	for (int i = 0; i < 3; i++) {
		if (parse_value(n->text, dimensions[i], out))
			continue;
		*of = (enum curve_of)i;
		if (*out >= 0 && *out <= most[i])
			return true;
		CONFIG_ERROR(r, n, BAD_RANGE, "`%s: %s`: from 0 to 100 %%, 3000 A or 3 C", row->key, n->text);
		return false;
	}
	CONFIG_ERROR(r, n, BAD_VALUE, "`%s: %s`: this is a share (50 %%), a current (20 A) or a C rate (0.5 C)", row->key, n->text);
	return false;
}

/* The way from point i - 1 to i is as the shape demands. */
static bool goes_right(const struct curve *c, int i, int shape)
{
	bool rose = c->y[i] > c->y[i - 1], fell = c->y[i] < c->y[i - 1];
	if (shape == SHAPE_FALLS)
		return !rose;
	if (shape == SHAPE_RISES)
		return !fell;
	for (int k = 1; rose && k < i; k++)
		if (c->y[k] < c->y[k - 1])
			return false;
	return true;
}

static bool read_point(struct reading *r, const struct key_row *row, struct yaml_node *n, struct curve *c)
{
	enum curve_of of;
	int64_t x, y;
	const char *bad = parse_value(n->key, row->dimension, &x);
	if (bad) {
		yaml_error_at_key(r->doc, n, r->problems, config_rules[BAD_VALUE].id, "`%s` in `%s`: %s", n->key, row->key, bad);
		return false;
	}
	if (!read_limit(r, row, n, &of, &y))
		return false;
	if (x < -1000000 || x > 1000000) {
		yaml_error_at_key(r->doc, n, r->problems, config_rules[BAD_RANGE].id, "`%s` in `%s` can't be", n->key, row->key);
		return false;
	}
	if (c->n && of != c->of) {
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s`: all points of a curve are shares, or currents, or C rates", row->key);
		return false;
	}
	int i = c->n++;
	c->of = (uint8_t)of;
	c->x[i] = (int32_t)x;
	c->y[i] = (int32_t)y;
	if (i && x <= c->x[i - 1])
		yaml_error_at_key(r->doc, n, r->problems, config_rules[BAD_ORDER].id,
		                  "`%s`: %s is not above the point before it; write them from low to high", row->key, n->key);
	else if (i && !goes_right(c, i, row->first))
		CONFIG_ERROR(r, n, BAD_ORDER, "`%s` %s", row->key, shape_told(row->first));
	else
		return true;
	return false;
}

static void read(struct reading *r, const struct key_row *row, struct yaml_node *n, struct curve *c, int index)
{
	int64_t on;
	note_origin(r, row, index, n);
	if (n->kind == NODE_SCALAR && !value_empty(n) && !parse_value(n->text, DIM_FLAG, &on) && !on) {
		c->off = true;
		return;
	}
	bool tiers = row->form == FORM_TIERS;
	if (n->kind != NODE_MAP || !n->first || !(n->first->next || tiers)) {
		CONFIG_ERROR(r, n, BAD_VALUE, "`%s` wants %s or more, such as { %s: 100 %%, ... }, or off", row->key,
		             tiers ? "one point" : "two points", dimension_example(row->dimension));
		return;
	}
	for (struct yaml_node *point = n->first; point; point = point->next) {
		point->used = true;
		if (c->n == CURVE_POINTS_MAX) {
			yaml_error_at_key(r->doc, point, r->problems, config_rules[BAD_RANGE].id, "more than %d points",
			                  CURVE_POINTS_MAX);
			return;
		}
		if (!read_point(r, row, point, c)) {
			c->n = 0;
			return;
		}
	}
}

void read_curve(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	read(r, row, n, (struct curve *)((char *)r->config + row->at), index);
}

void read_pack_curve(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	read(r, row, n, (struct curve *)((char *)member_at(r, index) + row->at), index);
}

void print_curve(struct printing *p, const struct key_row *row, int index)
{
	static const enum dimension dimensions[] = { DIM_PERCENT, DIM_CURRENT, DIM_C_RATE };
	const char *base = row->read == read_curve ? (const char *)p->config : (const char *)&p->config->core.packs[index];
	const struct curve *c = (const struct curve *)(base + row->at);
	char line[CURVE_POINTS_MAX * 2 * DIMENSION_TEXT_MAX] = "{", x[DIMENSION_TEXT_MAX], y[DIMENSION_TEXT_MAX];
	size_t len = 1;
	if (!c->n && !c->off) {
		print_unset(p, row);
		return;
	}
	for (int i = 0; i < c->n; i++)
		len += (size_t)snprintf(line + len, sizeof line - len, "%s %s: %s", i ? "," : "",
		                        dimension_print(x, row->dimension, c->x[i]), dimension_print(y, dimensions[c->of], c->y[i]));
	snprintf(line + len, sizeof line - len, " }");
	print_value(p, row->key, c->off ? "off" : line, find_origin(p->config, row, index), "");
}

void read_amount(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	struct amount *a = (struct amount *)((char *)r->config + row->at);
	enum curve_of of;
	int64_t value;
	if (!read_limit(r, row, n, &of, &value))
		return;
	*a = (struct amount) { true, (uint8_t)of, (int32_t)value };
	note_origin(r, row, index, n);
}

void print_amount(struct printing *p, const struct key_row *row, int index)
{
	static const enum dimension dimensions[] = { DIM_PERCENT, DIM_CURRENT, DIM_C_RATE };
	const struct amount *a = (const struct amount *)((const char *)p->config + row->at);
	char buf[DIMENSION_TEXT_MAX];
	if (a->set)
		print_value(p, row->key, dimension_print(buf, dimensions[a->of], a->value), find_origin(p->config, row, index), "");
	else
		print_unset(p, row);
}
