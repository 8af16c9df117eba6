/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the files config*.c share: a config while it is being read. */
#ifndef CONFIG_CONFIG_PRIVATE_H
#define CONFIG_CONFIG_PRIVATE_H

#include "config/config.h"
#include "config/config_schema.h"

#include <stdio.h>

enum config_rule {
	BAD_MISSING,
	BAD_VALUE,
	BAD_RANGE,
	BAD_NAME,
	BAD_CLASH,
	BAD_UNSAID,
	BAD_UNLIKE,
	BAD_VENDOR,
	BAD_CONSENT,
	BAD_NOT_BUILT,
	BAD_ORDER,
	BAD_ODD,
	BAD_PROFILE,
	N_CONFIG_RULE
};
struct config_rule_row {
	const char *id, *title;
};
extern const struct config_rule_row config_rules[N_CONFIG_RULE];

/* Where a value came from. */
struct origin {
	const struct key_row *row;
	int index;
	unsigned line;
};

struct pack_notes {
	bool accept_experimental;
	uint8_t allowed;  /* bit per row of profile.transmit */
	uint8_t switched; /* by the config, likewise */
};

struct config_notes {
	char *file;
	char *dirs[4]; /* own copies of the search path */
	struct origin *origins;
	size_t n_origins, room;
	struct pack_notes members[MEMBERS_MAX]; /* packs, then sensors */
};

struct reading {
	struct yaml_doc *doc;
	struct problems *problems;
	struct config *config;
	struct yaml_node *root;
	struct yaml_node *members[MEMBERS_MAX]; /* the map of each pack, then of each sensor */
	struct yaml_node *voltage_from, *current_from; /* of the bank; the sensors come later */
	struct yaml_node *interfaces[PORTS_MAX];
	struct yaml_node *topology; /* or NULL */
	bool topology_unknown;      /* what stands there is no wiring: nothing follows from it */
};

/* A pack, or, with an index behind theirs, a sensor. */
static inline struct pack_settings *member_at(struct reading *r, int index)
{
	struct settings *s = &r->config->core;
	return index < s->n_packs ? &s->packs[index] : &s->sensors[index - s->n_packs];
}

#define CONFIG_ERROR(r, node, rule, ...) yaml_error((r)->doc, (node), (r)->problems, config_rules[rule].id, __VA_ARGS__)
#define CONFIG_WARNING(r, node, rule, ...)                                                                             \
	yaml_warning((r)->doc, (node), (r)->problems, config_rules[rule].id, __VA_ARGS__)

/* config_read.c: the rows at work */
void rows_set_defaults(const struct key_row *rows, void *base);
void rows_read(struct reading *, const struct key_row *rows, struct yaml_node *map, void *base, int index);
bool row_read(struct reading *, const struct key_row *, struct yaml_node *, void *base, int index);
bool row_parse(struct reading *, const struct key_row *, struct yaml_node *, int64_t *out); /* KEY_NUMBER */
int64_t row_load(const struct key_row *, const void *base, bool *set);
void row_store(const struct key_row *, void *base, int64_t value);
bool value_empty(const struct yaml_node *); /* `key:` with nothing behind it */
bool expect_scalar(struct reading *, struct yaml_node *, const char *example);
bool expect_map(struct reading *, struct yaml_node *, const char *example);      /* or empty */
int expect_word(struct reading *, struct yaml_node *, const char *const *words); /* -1, told */
bool key_given(struct yaml_node *map, const char *key);
/* The row of a key, or of the one it was probably meant to be; NULL = none of them. */
const struct key_row *row_meant(const struct yaml_node *, const struct key_row *rows);
bool key_meant(const struct yaml_node *map, const struct key_row *rows, const char *key); /* does it stand there, perhaps misspelt? */
struct yaml_node *value_at(struct yaml_node *map, const char *key); /* its value, or the map itself; for messages */
void note_origin(struct reading *, const struct key_row *, int index, const struct yaml_node *);
const struct origin *find_origin(const struct config *, const struct key_row *, int index);

/* config.c, config_packs.c, config_sensors.c, config_topology.c: keys that are not a plain value */
void read_topology(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_cell_guard(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_interfaces(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_packs(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_sensors(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_from(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_pack_interface(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_pack_profile(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_parameters(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_accept(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_override(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_allow(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_transmit(struct reading *, const struct key_row *, struct yaml_node *, int index);
bool override_meant(const char *key, const char *wanted); /* is it this quantity, by any name, perhaps misspelt? */
int override_index(int member, int quantity); /* of origins of these, which are maps */
int parameter_index(int member, int parameter);
int transmit_index(int member, int row);

/* config_curve.c: points, each a value and what holds there; row->first is how the curve must go */
enum curve_shape { SHAPE_FALLS, SHAPE_RISES, SHAPE_HILL };
void read_curve(struct reading *, const struct key_row *, struct yaml_node *, int index);
void read_pack_curve(struct reading *, const struct key_row *, struct yaml_node *, int index);
void print_curve(struct printing *, const struct key_row *, int index);
void read_amount(struct reading *, const struct key_row *, struct yaml_node *, int index); /* one limit, as at a point */
void print_amount(struct printing *, const struct key_row *, int index);

/* config_charge.c: one voltage, or one for each month */
void read_months(struct reading *, const struct key_row *, struct yaml_node *, int index);
void print_months(struct printing *, const struct key_row *, int index);

/* config_effective.c */
struct printing {
	FILE *out;
	const struct config *config;
	int indent;
	bool bullet; /* the next line begins an entry of a list */
};
void print_unset(struct printing *, const struct key_row *);
void print_value(struct printing *p, const char *key, const char *value, const struct origin *from, const char *otherwise);
void print_cell_guard(struct printing *, const struct key_row *, int index);
void print_from(struct printing *, const struct key_row *, int index);
void print_topology(struct printing *, const struct key_row *, int index);
void print_pack_interface(struct printing *, const struct key_row *, int index);
void print_pack_profile(struct printing *, const struct key_row *, int index);
void print_parameters(struct printing *, const struct key_row *, int index);
void print_accept(struct printing *, const struct key_row *, int index);
void print_override(struct printing *, const struct key_row *, int index);
void print_allow(struct printing *, const struct key_row *, int index);
void print_transmit(struct printing *, const struct key_row *, int index);

/* config_check.c, config_topology.c, config_sane.c, config_limits.c, config_sensors.c, config_clash.c: what only shows when all is read */
void config_check(struct reading *);
bool config_check_topology(struct reading *); /* false: how the packs are wired is not known, which has been told */
void config_check_sane(struct reading *, bool wired);
void config_check_limits(struct reading *);
void config_check_source(struct reading *, int index);
void config_check_sensors(struct reading *);
void config_check_alarms(struct reading *); /* config_alarms.c */
void config_check_charge(struct reading *); /* config_charge.c */
void config_check_clashes(struct reading *);
/* How messages call a pack or sensor: "'A'", or by its line where its name is no good. */
struct pack_called {
	char text[PACK_NAME_MAX + 16];
};
struct pack_called pack_called(struct reading *, int member);

#endif
