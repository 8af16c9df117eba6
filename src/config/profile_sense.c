/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what is allowed and can't be meant: fields that can never say what they are for. */
#include <stdio.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/bits.h"
#include "core/codec.h"
#include "core/scale.h"

#define BITRATE_MIN 10000 /* bit/s, of classical CAN */
#define BITRATE_MAX 1000000

/* What a field of such a quantity must be able to reach, and how coarse it may be, whatever the battery: a factor that is
 * ten times too small or too large seldom leaves room for these. 0: nothing is known. */
static const struct {
	int64_t reach, step;
	bool both_signs;
} wants[N_QUANTITY] = {
	[Q_VOLTAGE] = { .reach = 10000, .step = 5000 },
	[Q_CURRENT] = { .reach = 10000, .step = 10000, .both_signs = true },
	[Q_SOC] = { .reach = 10000, .step = 500 },
	[Q_SOH] = { .reach = 10000, .step = 500 },
	[Q_TEMPERATURE] = { .reach = 400, .step = 50, .both_signs = true },
	[Q_CVL] = { .reach = 10000, .step = 5000 },
	[Q_CCL] = { .reach = 10000, .step = 10000 },
	[Q_DCL] = { .reach = 10000, .step = 10000 },
	[Q_LOW_VOLTAGE] = { .reach = 10000, .step = 5000 },
	[Q_CELL_VOLTAGE_MIN] = { .reach = 3600, .step = 100 },
	[Q_CELL_VOLTAGE_MAX] = { .reach = 3600, .step = 100 },
	[Q_CELL_TEMPERATURE_MIN] = { .reach = 400, .step = 50, .both_signs = true },
	[Q_CELL_TEMPERATURE_MAX] = { .reach = 400, .step = 50, .both_signs = true },
	[Q_CAPACITY] = { .reach = 10000, .step = 10000 },
	[Q_CAPACITY_REMAINING] = { .reach = 10000, .step = 10000 },
};

struct span {
	int64_t low, high;
};

static bool is_number(const struct field *f)
{
	return f->kind == FIELD_QUANTITY || f->kind == FIELD_ARRAY;
}

static struct span plausible(const struct field *f)
{
	return f->kind == FIELD_QUANTITY ? (struct span){ quantities[f->target].min, quantities[f->target].max }
	                                 : (struct span){ arrays[f->target].min, arrays[f->target].max };
}

/* All that the field's raw numbers can mean, values for "absent" too. Not for floats. */
static struct span reach_of(const struct field *f)
{
	struct span s = { INT64_MAX, INT64_MIN };
	uint64_t top = f->format == FORMAT_SIGNED ? bits_mask(f->place.bits - 1u) : bits_mask(f->place.bits);
	const uint64_t ends[] = { f->format == FORMAT_SIGNED ? top + 1 : 0, top };
	for (unsigned i = 0; i < (f->n_map ? f->n_map : 2u); i++) {
		int64_t v = f->n_map ? f->map[i].value : scale_decode(f, ends[i], ROUND_NEAREST);
		s.low = v < s.low ? v : s.low;
		s.high = v > s.high ? v : s.high;
	}
	if (f->has_negate && -s.high < s.low)
		s.low = -s.high;
	if (f->absolute && !f->n_map)
		s.low = 0;
	return s;
}

static void check_plausible(struct loading *l, const struct field *f, const struct yaml_node *node, const char *name)
{
	struct span s = reach_of(f), p = plausible(f);
	char text[4][VALUE_TEXT_MAX];
	const int64_t values[] = { s.low, s.high, p.low, p.high };
	if (s.low <= p.high && s.high >= p.low)
		return;
	for (int i = 0; i < 4; i++)
		value_print_fixed(text[i], sizeof text[i], profile_field_unit(f), values[i], 3);
	PROFILE_ERROR(l, node, CHECK_SENSE, "no raw value of %s is plausible: it gives %s to %s, and would be believed from %s to %s; "
	              "factor, offset?", name, text[0], text[1], text[2], text[3]);
}

static void check_reach(struct loading *l, const struct field *f, const struct yaml_node *node, const char *name)
{
	int64_t reach = wants[f->target].reach, step = wants[f->target].step;
	struct span s = reach_of(f);
	char text[VALUE_TEXT_MAX];
	int64_t most = -s.low > s.high ? -s.low : s.high, num = f->num < 0 ? -f->num : f->num;
	if (reach && most < reach)
		yaml_warning(l->doc, node, l->problems, profile_rules[CHECK_SENSE].id, "%s can't be more than %s: is the factor right, "
		             "and are these all its bits?", name, value_print_fixed(text, sizeof text, profile_field_unit(f), most, 3));
	if (step && num / f->den > step)
		yaml_warning(l->doc, node, l->problems, profile_rules[CHECK_SENSE].id, "one count of %s is %s: is the factor right?", name,
		             value_print_fixed(text, sizeof text, profile_field_unit(f), num / f->den, 3));
	if (wants[f->target].both_signs && s.low >= 0)
		yaml_warning(l->doc, node, l->problems, profile_rules[CHECK_SENSE].id, "%s can't be negative: `type: signed`, or an "
		             "`offset`?", name);
	if (f->target == Q_CURRENT && s.high <= 0)
		yaml_warning(l->doc, node, l->problems, profile_rules[CHECK_SENSE].id, "current can't be positive, which is charging: "
		             "`type: signed`, or an `offset`?");
}

/* A map that always says the same. */
static void check_map(struct loading *l, const struct field *f, const struct yaml_node *node, const char *name)
{
	bool alarm = f->kind == FIELD_ALARM, differs = false, says = false;
	for (unsigned i = 0; i < f->n_map; i++) {
		differs = differs || f->map[i].value != f->map[0].value;
		says = says || (alarm && f->map[i].value >= SAYS_ACTIVE);
	}
	if (alarm && f->n_map && !says)
		PROFILE_ERROR(l, node, CHECK_MAP, "with this map %s is never active", name);
	else if (!alarm && f->n_map > 1 && !differs)
		PROFILE_ERROR(l, node, CHECK_MAP, "with this map %s always says the same", name);
}

/* The elements of one field, from group to group. */
static void check_groups(struct loading *l, const struct field *f, const struct profile_frame *pf, const struct yaml_node *named)
{
	if (f->kind != FIELD_ARRAY || pf->group_min == pf->group_max)
		return;
	const char *array = arrays[f->target].name;
	unsigned g = pf->group_min, next = codec_element(f, g) + f->count;
	/* an index in the data may be the number of the frame's first element: then not all of them come */
	if (f->per_group < f->count && (!pf->has_index || !f->per_group))
		PROFILE_ERROR_AT_KEY(l, named, CHECK_RANK, "group %u and group %u give the same elements of %s: with %d in a frame write "
		                     "%s[%d * group + ...]", g, g + 1, array, f->count, array, f->count);
	else if (f->per_group > f->count && !array_given(l, f->target, next + 1))
		yaml_warning_at_key(l->doc, named, l->problems, profile_rules[CHECK_SENSE].id, "no frame gives %s[%u]: with %d elements in "
		                    "this one the next group begins %d further; did you mean %d * group?", array, next + 1, f->count,
		                    f->per_group, f->count);
}

static void check_when(struct loading *l, const struct field *f, const struct profile_frame *pf, const struct yaml_node *node,
                       const char *name)
{
	for (unsigned i = 0; i < pf->n_guards && f->has_when; i++)
		if (pf->guards[i].demand && guards_exclude(&f->when, &pf->guards[i]))
			PROFILE_ERROR(l, node, CHECK_SENSE, "%s is never valid: its `when` is not what the frame's `match` demands", name);
}

static void check_field(struct loading *l, unsigned i)
{
	const struct field *f = &l->p->fields[i];
	const struct field_extra *e = &l->extra[i];
	char name[FIELD_NAME_MAX];
	profile_field_name(f, name, sizeof name);
	check_map(l, f, e->node, name);
	check_groups(l, f, e->frame, e->named);
	check_when(l, f, e->frame, e->node, name);
	if (!is_number(f) || f->format == FORMAT_FLOAT || f->format == FORMAT_COUNT)
		return;
	check_plausible(l, f, e->node, name);
	if (f->kind == FIELD_QUANTITY && !f->n_map)
		check_reach(l, f, e->node, name);
}

void sense_check_addresses(struct loading *l)
{
	for (unsigned i = 0; i < l->p->n_frames && l->p->per_address; i++)
		if (!profile_frame_is_by_address(&l->p->frames[i]) && !l->elsewhere[i])
			yaml_warning(l->doc, l->frame_nodes[i], l->problems, profile_rules[CHECK_SENSE].id, "every pack on the bus takes this "
			             "frame for its own: should it count with `address`? If not, a sample with another `address` shows it");
}

static void check_bitrate(struct loading *l, struct yaml_node *root, int64_t rate)
{
	if (rate && (rate < BITRATE_MIN || rate > BITRATE_MAX))
		PROFILE_ERROR(l, yaml_get(root, "bitrate"), CHECK_VALUE, "CAN runs at 10 kbit/s to 1 Mbit/s");
}

static void check_manufacturer(struct loading *l, struct yaml_node *root)
{
	bool told = !l->p->n_manufacturers;
	for (unsigned i = 0; i < l->p->n_fields; i++)
		told = told || (l->p->fields[i].kind == FIELD_TEXT && l->p->fields[i].target == TEXT_MANUFACTURER);
	if (!told)
		yaml_warning(l->doc, yaml_get(root, "manufacturer"), l->problems, profile_rules[CHECK_SENSE].id,
		             "no field gives the text `manufacturer`: this refuses nothing");
}

void sense_check(struct loading *l, struct yaml_node *root)
{
	for (unsigned i = 0; i < l->p->n_fields; i++)
		check_field(l, i);
	check_bitrate(l, root, l->p->bitrate);
	check_bitrate(l, root, l->p->bitrate_alt);
	check_manufacturer(l, root);
}
