/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Profile files: from YAML to struct profile, checked; their samples; where they are found. */
#ifndef CONFIG_PROFILE_H
#define CONFIG_PROFILE_H

#include "config/reader.h"
#include "core/profile.h"

/* NULL when it has errors (all are in `problems`). Runs the profile's samples too. */
struct profile *profile_load_file(const char *path, struct problems *);
struct profile *profile_load_text(const char *name, const char *text, size_t len, struct problems *);
void profile_free(struct profile *);

/* Values for a profile's `parameters:`; those not given are at their defaults. Numbers as people write them. */
struct profile_parameter {
	const char *name, *value;
};
struct profile_parameters {
	const struct profile_parameter *list;
	size_t count;
};
/* The same with such values (NULL: none). Runs only the samples that are for them. */
struct profile *profile_load_file_with(const char *path, const struct profile_parameters *, struct problems *);
struct profile *profile_load_text_with(const char *name, const char *text, size_t len, const struct profile_parameters *,
                                       struct problems *);
/* May the profile have this value? When not, `why` says why. */
bool profile_parameter_check(const struct profile *, const char *name, const char *value, char *why, size_t size);
/* Is it the profile for these values? */
bool profile_parameters_are(const struct profile *, const struct profile_parameters *);

/* Can it be run backwards, as the simulator does? When not, `why` says what can't. */
bool profile_backwards(const struct profile *, char *why, size_t size);
/* How many of its fields stand only in frames that it never sends then (`send: never`); their names, as many as fit. */
unsigned profile_unplayed(const struct profile *, char *names, size_t size);

/* How many of the kernel's receive filters a pack takes. */
#define PROFILE_FILTERS_MAX 512 /* on a socket: CAN_RAW_FILTER_MAX */
unsigned profile_filters(const struct profile *);

/* What a field gives, as profiles write it, without an index: "cvl", "alarm.high_voltage", "cell_voltage". */
#define FIELD_NAME_MAX 48
const char *profile_field_name(const struct field *f, char *buf, size_t size);
/* The same in two parts: "cvl" after "", "high_voltage" after "alarm.". */
const char *profile_field_words(const struct field *f, const char **prefix);
enum unit profile_field_unit(const struct field *); /* UNIT_COUNT where it is no number */
/* Its bits, bit 8 * byte + bit; of an array's all elements. */
uint64_t profile_field_mask(const struct field *);
/* Is it only one pack's frame, by its id, its sender, or what stands in it? */
bool profile_frame_is_by_address(const struct profile_frame *);
/* Of the same id or PGN: can no frame be both, for packs at these addresses (-1: at any)? */
bool profile_frames_differ(const struct profile_frame *a, int a_address, const struct profile_frame *b, int b_address);
/* The same in two parts: "cvl" after "", "high_voltage" after "alarm.". */
const char *profile_field_words(const struct field *f, const char **prefix);

/* Why a frame is not taken in, from "nearly" to "not at all". */
enum refusal {
	REFUSAL_NONE, /* it is */
	REFUSAL_CHECKSUM,
	REFUSAL_INDEX, /* the data name a group that there is not */
	REFUSAL_SHORT, /* for its checksum, index, `match`, or for all of its fields (then it is taken in, and says nothing) */
	REFUSAL_MATCH,
	REFUSAL_ADDRESS, /* another pack's */
	REFUSAL_FOREIGN, /* no such id */
};
struct refused {
	enum refusal why;
	unsigned frame;       /* of the profile */
	unsigned address;     /* it was looked at for */
	uint64_t got, wanted; /* checksums, index, bits of `match`; the address that it is for */
};
/* For packs with addresses `from` to `to`. */
struct refused profile_refused(const struct profile *, unsigned from, unsigned to, const struct frame *);
#define REFUSED_TEXT_MAX 96
const char *profile_refused_text(const struct profile *, const struct refused *, const struct frame *, char *buf,
                                 size_t size);

/* Is this document a profile (has the key `profile`)? For `battagg check`, which takes both kinds of file. */
bool profile_document(struct yaml_doc *);

/* Loaded profiles of one run, found by name along a search path; each name is loaded once for a set of parameters. */
struct profile_dirs {
	const char *dir[4]; /* in order of preference; NULL entries are skipped */
};
struct profile_set {
	struct profile_dirs dirs;
	struct profile **list;
	size_t count;
};
/* NULL when there is none of that name (no problem is added: *tried then lists the files looked for)
 * or when it has errors (they are in `problems`). A file of the same name in a later directory is shadowed:
 * *shadowed (may be NULL) gets its path, to be reported. Both texts are to be freed. */
struct profile *profile_find(struct profile_set *, const char *name, struct problems *, char **tried, char **shadowed);
struct profile *profile_find_with(struct profile_set *, const char *name, const struct profile_parameters *,
                                  struct problems *, char **tried, char **shadowed);
void profile_set_free(struct profile_set *);

/* All the profiles there are along a search path: by directory, then by name. */
struct profile_name {
	char id[PROFILE_NAME_MAX + 1];
	char *file;
	const char *dir;       /* of the search path */
	const char *hidden_by; /* the file of that name which is found first, or NULL */
};
struct profile_names {
	struct profile_name *list;
	size_t count;
};
void profile_names_read(struct profile_names *, const struct profile_dirs *); /* `dirs` must outlive the use */
void profile_names_free(struct profile_names *);
/* Which profile a word that names none may have meant, by names and titles: "; did you mean 'x'?", or "". */
#define PROFILE_SUGGEST_MAX 256
const char *profile_suggest(const struct profile_dirs *, const char *word, char *buf, size_t size);

/* The profile of the output, embedded at build: can-profiles/victron.yaml as it was then. */
#define PROFILE_OF_OUTPUT "victron"
struct profile *profile_output(struct problems *);

#endif
