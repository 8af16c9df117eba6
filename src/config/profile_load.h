/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the files of the profile loader (profile*.c) share among themselves; nobody else includes it. */
#ifndef CONFIG_PROFILE_LOAD_H
#define CONFIG_PROFILE_LOAD_H

#include "config/profile.h"
#include "config/profile_words.h"
#include "config/unit.h"

/* The rules a profile must keep. Each has a short id, named in messages and in can-profiles/README.md. */
enum profile_rule {
	CHECK_FILE,
	CHECK_MISSING,
	CHECK_VALUE,
	CHECK_FOREIGN_WORD,
	CHECK_NAME,
	CHECK_UNIT,
	CHECK_PLACE,
	CHECK_OVERLAP,
	CHECK_ID,
	CHECK_CLASH,
	CHECK_REQUIRED,
	CHECK_SIZE,
	CHECK_MAP,
	CHECK_RANK,
	CHECK_TEXT,
	CHECK_SAMPLE,
	CHECK_SAMPLE_EMPTY,
	CHECK_COVERED,
	CHECK_FORBIDDEN,
	CHECK_ANSWER,
	CHECK_FILTERS,
	CHECK_PARAMETER,
	CHECK_SENSE,
	CHECK_BACKWARDS,
	N_PROFILE_RULE
};
struct profile_rule_row {
	const char *id, *title;
};
extern const struct profile_rule_row profile_rules[N_PROFILE_RULE];

/* What only the loader needs to know about a field or frame. */
struct field_extra {
	struct yaml_node *node;  /* its map */
	struct yaml_node *named; /* whose key names the target: the map, or the list it stands in */
	const struct profile_frame *frame;
	uint8_t part, parts;     /* of a text: part 1 of 2 */
};

#define TEXTS_MAX 2048 /* that have parameters in them */

/* Where a profile comes from, to read it once more for samples with other parameters. */
struct profile_source {
	const char *name, *text; /* text NULL: the file of that name */
	size_t len;
};

struct loading {
	struct yaml_doc *doc;
	struct problems *problems;
	struct profile *p;
	struct yaml_node *maps; /* the profile's named maps, or NULL */
	size_t before;          /* errors that there were before this file */
	bool big;               /* byte_order of the file */
	int last_byte;          /* that the frame at hand can have: 7, or 222 in a fast packet */
	const struct profile_parameters *given; /* or NULL */
	unsigned put_in;        /* bit per parameter that stands somewhere */
	char *texts[TEXTS_MAX]; /* with parameters put in */
	size_t n_texts;
	struct yaml_node *transmit_ids[TRANSMIT_MAX], *poll_ids[POLLS_MAX]; /* where good ones stand, or NULL */
	const struct profile_source *source;
	int only_sample;   /* its number; -1 = all that are for these parameters */
	uint8_t *covered;  /* as in profile_sample.c, for who asked for that sample */
	bool addressed;         /* something tells packs apart by their address */
	struct field_extra *extra;      /* per field */
	struct yaml_node **frame_nodes; /* per frame */
	bool *elsewhere;                /* per frame: a sample with another address than the lowest has it */
};

#define PROFILE_ERROR(l, node, rule, ...)                                                                              \
	yaml_error((l)->doc, node, (l)->problems, profile_rules[rule].id, __VA_ARGS__)
#define PROFILE_ERROR_AT_KEY(l, node, rule, ...)                                                                       \
	yaml_error_at_key((l)->doc, node, (l)->problems, profile_rules[rule].id, __VA_ARGS__)

/* A sum of numbers, group and address, as ids and indexes are written: "0x18E028F4 + 0x10000 * group + address". */
struct expression {
	int64_t constant, per_group, per_address;
	int constant_digits; /* hex digits of the longest number that stands alone; 0 when none is written as 0x... */
	bool has_group, has_address;
};

/* profile.c: scalars with their messages. All return false after adding a problem. */
size_t node_count(const struct yaml_node *n); /* children */
bool node_is(struct loading *l, struct yaml_node *n, enum node_kind kind, const char *what);
/* Does a word of another notation mean this one? Then it is told. */
bool node_foreign(struct loading *l, struct yaml_node *map, const char *key);
struct yaml_node *node_need(struct loading *l, struct yaml_node *map, const char *key, const char *example);
bool node_integer(struct loading *l, struct yaml_node *n, int64_t min, int64_t max, int64_t *out);
bool node_range(struct loading *l, struct yaml_node *n, int64_t max, int64_t *from, int64_t *to);
bool node_value(struct loading *l, struct yaml_node *n, enum dimension d, int64_t *out);
bool node_flag(struct loading *l, struct yaml_node *map, const char *key, bool fallback);
int node_word(struct loading *l, struct yaml_node *n, const char *const *words); /* index, or -1 */
void refuse_unknown(struct loading *l, struct yaml_node *map, const struct profile_word *words);
bool order_parse(struct loading *l, struct yaml_node *map, bool fallback);

struct profile *profile_load(const struct profile_source *, const struct profile_parameters *, int only_sample,
                             uint8_t *covered, struct problems *);

/* profile_parameter.c: reads them and puts their values in wherever they stand */
void parameters_parse(struct loading *l, struct yaml_node *root);

/* profile_expression.c */
const char *expression_parse(const char *text, struct expression *out); /* NULL, or what is wrong */
const char *whole_parse(const char *text, int64_t *out); /* a whole number, or a sum of them; likewise */
bool id_parse(struct loading *l, struct yaml_node *n, struct expression *e, bool *ext);

/* profile_place.c */
bool place_parse(struct loading *l, struct yaml_node *map, bool big, struct place *out);
bool guard_parse(struct loading *l, struct yaml_node *map, bool big, struct guard *out);
bool condition_parse(struct loading *l, struct yaml_node *map, bool big, struct guard *out); /* of a field */
void place_end(struct place *p); /* sets `end` by where its bits lie */
unsigned place_bit(const struct place *p, unsigned i); /* where its bit i lies: 8 * byte + bit */
uint64_t place_mask(const struct place *p);            /* all its bits, likewise */
bool places_meet(const struct place *a, uint64_t a_mask, const struct place *b, uint64_t b_mask); /* have a bit in common */
bool guards_exclude(const struct guard *a, const struct guard *b); /* they can't both hold */

/* One field on its way. */
struct reading {
	struct loading *l;
	struct yaml_node *node;
	struct field *f;
	struct field_extra *extra;
	enum unit unit; /* of a number */
	bool big;
	const char *name; /* as the file writes it */
};

/* profile_value.c: how the raw number becomes a value. False after adding a problem. */
bool value_parse(struct reading *r);
bool value_computes(const struct field *f); /* each raw number of its bits gives a value within 64 bits */

/* profile_field.c: one field, appended to the profile. `rank` is its position in a list of alternatives. */
void field_parse(struct loading *l, struct profile_frame *frame, struct yaml_node *named, struct yaml_node *node,
                 uint8_t rank, bool big);

/* profile_frame.c */
void frames_parse(struct loading *l, struct yaml_node *list);
bool time_parse(struct loading *l, struct yaml_node *n, int64_t *out);

/* profile_mark.c */
void marks_find(struct loading *l); /* which frames' bits are remembered for fields of others */

/* profile_send.c */
void transmit_parse(struct loading *l, struct yaml_node *list);
void polls_parse(struct loading *l, struct yaml_node *list);
void sdo_poll(struct loading *l, struct yaml_node *map, const struct profile_frame *f, unsigned index, unsigned sub);
void frame_unknown(struct loading *l, struct yaml_node *n, bool by_id, enum profile_rule); /* says which are known */
void answers_mark(struct loading *l); /* what answers a question is not sent by itself, unless it says so */

/* profile_clash.c: ids that can't be told apart */
void clashes_check(struct loading *l);

/* profile_computed.c: after all frames */
void computed_parse(struct loading *l, struct yaml_node *map);
bool array_given(const struct loading *l, unsigned array, unsigned element); /* by a frame; from 1; 0: any */
/* profile_sense.c: what is allowed and can't be meant */
void sense_check(struct loading *l, struct yaml_node *root);
void sense_check_addresses(struct loading *l); /* when the samples have run */

/* profile_check.c: what holds between fields and frames, and what is derived from all of them */
void profile_check(struct loading *l, struct yaml_node *root);

/* profile_hint.c: why a sample may not give its value. */
struct sample_place {
	const struct yaml_node *frames;
	unsigned address;
	uint8_t kind, target; /* FIELD_QUANTITY or FIELD_ARRAY */
	unsigned element;     /* of an array, from 0 */
};
/* What one change of a field would make it right, as "; with `type: signed` it would be right", or "". */
const char *sample_hint(const struct loading *l, const struct sample_place *at, int64_t expected, char *buf, size_t size);
/* Is it told in the frames, but rejected? Then *value is what they say. */
bool sample_implausible(const struct loading *l, const struct sample_place *at, int64_t *value);

/* profile_sample.c */
void samples_run(struct loading *l, struct yaml_node *root);

#endif
