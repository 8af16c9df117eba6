/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The keys of the config as tables: what reads it, checks it, prints it and describes it to editors works by them. */
#ifndef CONFIG_CONFIG_SCHEMA_H
#define CONFIG_CONFIG_SCHEMA_H

#include "config/reader.h"
#include "config/unit.h"

enum key_kind {
	KEY_NUMBER,  /* with the unit of its dimension; flags too */
	KEY_WORD,    /* one of words[] */
	KEY_TEXT,    /* printable ASCII */
	KEY_MAP,     /* of the keys in rows[], in the same struct */
	KEY_LIST,    /* interfaces, packs, sensors: each of them has the keys in rows[]; read() reads it */
	KEY_SPECIAL, /* read() and print() know what it is; `form` says it to editors */
};
/* What may stand behind a KEY_SPECIAL. */
enum key_form {
	FORM_NAME,        /* of something that stands elsewhere */
	FORM_TOPOLOGY,    /* one of words[], or lists of packs */
	FORM_FLAG,
	FORM_FLAG_OR_MAP, /* of the keys in rows[] */
	FORM_NAMES,       /* a list */
	FORM_FLAGS,       /* names of the profile's, and yes or no */
	FORM_NUMBERS,     /* names of the profile's, and numbers */
	FORM_OVERRIDES,   /* quantities, and values with their unit */
	FORM_MONTHS,      /* one value of `dimension`, or a list of twelve */
	FORM_CURVE,       /* values of `dimension`, and limits; or off */
	FORM_TIERS,       /* the same, and one may be enough */
	FORM_AMOUNT,      /* a limit as a curve has it: a share, a current, a C rate */
};
enum key_store { STORE_NONE, STORE_INT64, STORE_INT, STORE_BOOL, STORE_BOUND };

struct reading;
struct printing;

/* A key of the config. Numbers stand in here as people write them. */
struct key_row {
	const char *key;
	enum key_kind kind;
	enum key_form form;
	enum dimension dimension;
	enum key_store store;
	size_t at, size;      /* where it lands, in the struct its table is for; size of a text with its NUL */
	const char *standard; /* default; NULL = none */
	const char *min, *max;
	const char *const *words;
	int first; /* value of the first word */
	bool required;
	const struct key_row *rows; /* ended by one without a key */
	void (*read)(struct reading *, const struct key_row *, struct yaml_node *, int index);
	void (*print)(struct printing *, const struct key_row *, int index);
	const char *unset; /* what holds when there is neither value nor default */
	const char *doc;
};

extern const struct key_row config_rows[];
extern const struct key_row interface_rows[];
extern const struct key_row pack_rows[];
extern const struct key_row sensor_rows[];
extern const struct key_row cell_guard_rows[];
extern const struct key_row suspect_rows[];
extern const struct key_row soc_rows[];
extern const struct key_row alarms_rows[];
extern const struct key_row state_rows[];
extern const struct key_row charge_rows[]; /* config_schema_charge.c */
extern const struct key_row imbalance_rows[]; /* config_schema_limits.c */
extern const struct key_row pack_alarm_rows[];
extern const char *const log_words[];
extern const char *const topology_words[];

/* The names that `limits:` has for quantities, for those who override them; ended by NULL. */
struct override_name {
	const char *name;
	enum quantity q;
};
extern const struct override_name override_names[];

#endif
