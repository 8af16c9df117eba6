/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The words of the profile language: a table for each kind of map in a profile. What stands in none of them is refused,
 * "did you mean" chooses among them, and the JSON Schema for editors (app/schema*.c) is made of them.
 */
#ifndef CONFIG_PROFILE_WORDS_H
#define CONFIG_PROFILE_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* What may stand behind a word. A parameter's name may stand for every number. */
enum word_shape {
	SHAPE_TEXT,
	SHAPE_TEXTS,    /* one, or a list */
	SHAPE_LIST,     /* of texts */
	SHAPE_WORD,     /* one of words[] */
	SHAPE_WORDS,    /* a list of them */
	SHAPE_FLAG,
	SHAPE_INTEGER,
	SHAPE_NUMBER,   /* with decimals or not, no unit */
	SHAPE_NUMBERS,  /* a list */
	SHAPE_RANGE,    /* 0-11 */
	SHAPE_BYTES,    /* a range, or a list of bytes that are no neighbours */
	SHAPE_ID,       /* a sum of numbers, group and address */
	SHAPE_IDS,      /* a list */
	SHAPE_ANSWERS,  /* ids or names, one or a list */
	SHAPE_OBJECT,   /* 0x6060:00 */
	SHAPE_SOURCE,   /* a number, any, address */
	SHAPE_TIME,
	SHAPE_PERIOD,   /* a time, or: on event */
	SHAPE_SEND,     /* a time, or: never */
	SHAPE_BITRATES, /* one, or a list of two */
	SHAPE_DATA,     /* hexadecimal bytes */
	SHAPE_FACTOR,   /* of the field's unit */
	SHAPE_OFFSET,
	SHAPE_RAWS,     /* raw values, one or a list */
	SHAPE_RAW_RANGE, /* raw numbers from - to, or with their signs */
	SHAPE_MAPPING,  /* raw values and their meaning, or the name of such a map */
	SHAPE_IS,       /* a number, a text in quotes, address */
	SHAPE_EACH,     /* 2 bytes */
	SHAPE_PART,     /* 1 of 2 */
	SHAPE_MAP,      /* of the words in rows[] */
	SHAPE_MAPS,     /* a list of such maps */
	SHAPE_NAMED,    /* such maps, by names of the author's own */
	SHAPE_MAPPINGS, /* raw values and their meaning, by names of the author's own */
	SHAPE_FIELDS,   /* names of the vocabulary, and where they stand */
	SHAPE_VALUES,   /* names of the vocabulary, and values */
	SHAPE_COMPUTED, /* quantities, and what each is made of */
	SHAPE_SETTINGS, /* parameters and their values */
	SHAPE_FRAMES,   /* as candump prints them */
};

/* What kinds of field a word is for. */
enum { ON_NUMBER = 1, ON_FLAG = 2, ON_ALARM = 4, ON_TEXT = 8, ON_ARRAY = 16, ON_ALL = 31 };

struct profile_word {
	const char *key;
	enum word_shape shape;
	bool required;
	uint8_t on; /* ON_*; of the words of a field */
	const char *const *words;
	const struct profile_word *rows; /* ended by one without a key, as all these tables */
	const char *what;                /* for people; the language's README says more */
};

extern const struct profile_word profile_words[]; /* the file */
extern const struct profile_word parameter_words[], frame_words[], checksum_words[], place_words[], talker_words[],
	guard_words[], condition_words[], field_words[], transmit_words[], poll_words[], sample_words[];
#define WORDS_MAX 31 /* in a table */

/* A word of DBC files, vendors' papers or other programs, and what to write instead. */
struct foreign_word {
	const struct profile_word *in; /* the table it would stand in; NULL = any */
	const char *word, *instead;
	const char *key; /* the word that it means, or NULL */
};
/* NULL: it is none. */
const struct foreign_word *foreign_find(const struct profile_word *in, const char *word);
const struct foreign_word *foreign_for(const char *key, const char *word); /* in some table */

/* Ended by NULL; in the order of the enums they stand for. */
extern const char *const status_words[];
extern const char *const kind_words[];
extern const char *const order_words[];
extern const char *const absent_means_words[];
extern const char *const checksum_kinds[];
extern const char *const checksum_with[];
extern const char *const type_words[];
extern const char *const fold_words[];
extern const char *const alarm_words[];
extern const char *const per_words[];
extern const char *const when_words[];
extern const char *const compute_words[];
extern const char *const origin_words[];

#endif
