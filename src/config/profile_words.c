/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the words of the profile language. A new word is a row here, and its line in can-profiles/README.md. */
#include "config/profile_words.h"

#include <stddef.h>
#include <string.h>

#include "core/profile.h"

const char *const status_words[] = { "experimental", "documented", "verified", NULL }; /* enum profile_status */
const char *const kind_words[] = { "battery", "sensor", NULL };
const char *const order_words[] = { "little", "big", NULL };
const char *const absent_means_words[] = { "ok", NULL };
const char *const checksum_kinds[] = { "sum8", "xor8", "crc8", "crc16-modbus", NULL }; /* from CHECKSUM_SUM8 on */
const char *const checksum_with[] = { "id", "length", NULL };
const char *const type_words[] = { "unsigned", "signed", "float", "text", "version", "count", NULL }; /* enum field_format */
const char *const fold_words[] = { "min", "max", NULL };                                              /* from FOLD_MIN on */
const char *const alarm_words[] = { [SAYS_UNSUPPORTED] = "unsupported", [SAYS_OK] = "ok", [SAYS_ACTIVE] = "active",
	                            [SAYS_WARNING] = "warning", [SAYS_ALARM] = "alarm", NULL };
const char *const per_words[] = { "bus", "pack", NULL };
const char *const when_words[] = { "always", "until heard", "once heard", NULL }; /* enum transmit_when */
const char *const compute_words[] = { [COMPUTE_SUM] = "sum", [COMPUTE_MIN] = "min", [COMPUTE_MAX] = "max",
	                              [COMPUTE_RATIO] = "ratio", [COMPUTE_PRODUCT] = "product", NULL };
const char *const origin_words[] = { "vendor", "captured", "by hand", NULL };

#define WORDS(list) .shape = SHAPE_WORD, .words = list
#define MAP(table)  .shape = SHAPE_MAP, .rows = table
#define MAPS(table) .shape = SHAPE_MAPS, .rows = table

/* clang-format off */
#define PLACE_BYTES                                                                                                    \
	{ "byte", SHAPE_INTEGER, .on = ON_ALL, .what = "the byte it stands in, from 0" },                              \
	{ "bytes", SHAPE_BYTES, .on = ON_ALL,                                                                          \
	  .what = "first and last byte, such as 0-1; a list of bytes that are no neighbours, least significant first" }
#define PLACE                                                                                                          \
	PLACE_BYTES,                                                                                                   \
	{ "bit", SHAPE_INTEGER, .on = ON_ALL, .what = "of that number only this bit, 0 is the least significant" },    \
	{ "bits", SHAPE_RANGE, .on = ON_ALL, .what = "of that number only these, such as 0-11" },                      \
	{ "start", SHAPE_INTEGER, .on = ON_ALL,                                                                        \
	  .what = "start bit as in a DBC file: Intel with byte_order little, Motorola with big" },                     \
	{ "length", SHAPE_INTEGER, .on = ON_ALL, .what = "bits, with `start`" }
#define ORDER { "byte_order", WORDS(order_words), .on = ON_ALL, .what = "little: low byte first; big: high byte first" }

const struct profile_word place_words[] = {
	PLACE,
	ORDER,
	{ 0 }
};

const struct profile_word talker_words[] = {
	PLACE,
	ORDER,
	{ "least", SHAPE_INTEGER, .what = "whoever has a lower one is not heard at all" },
	{ 0 }
};

const struct profile_word guard_words[] = {
	PLACE,
	{ "is", SHAPE_IS, .required = true,
	  .what = "the value that must stand there; a text in quotes has its first character in the lowest byte" },
	ORDER,
	{ 0 }
};

const struct profile_word condition_words[] = {
	PLACE,
	{ "is", SHAPE_IS, .required = true, .what = "the value that must stand there" },
	ORDER,
	{ "frame", SHAPE_TEXT, .what = "the `name` of another frame, which these bits are in; it is remembered until it is stale" },
	{ 0 }
};

const struct profile_word checksum_words[] = {
	PLACE_BYTES,
	ORDER,
	{ "kind", WORDS(checksum_kinds), .required = true, .what = "how it is worked out" },
	{ "over", SHAPE_RANGE, .required = true, .what = "the bytes it is made of, such as 0-6" },
	{ "with", .shape = SHAPE_WORDS, .words = checksum_with, .what = "of sum8: what is added to the bytes" },
	{ "poly", SHAPE_INTEGER, .what = "of crc8: the polynomial" },
	{ "init", SHAPE_INTEGER, .what = "of crc8: what it begins with, 0 by default" },
	{ "final", SHAPE_INTEGER, .what = "of crc8: what is XORed on at the end, 0 by default" },
	{ 0 }
};

const struct profile_word field_words[] = {
	PLACE,
	ORDER,
	{ "type", WORDS(type_words), .on = ON_NUMBER | ON_ARRAY | ON_TEXT,
	  .what = "unsigned by default; of texts: text by default, or version" },
	{ "factor", SHAPE_FACTOR, .on = ON_NUMBER | ON_ARRAY, .what = "what one count is, with unit, such as 0.1 V" },
	{ "offset", SHAPE_OFFSET, .on = ON_NUMBER | ON_ARRAY, .what = "added, with unit: what raw 0 is, such as -400 A" },
	{ "absent", SHAPE_RAWS, .on = ON_NUMBER | ON_FLAG | ON_ARRAY,
	  .what = "raw value, or up to 4, that mean not available, as unsigned bits" },
	{ "range", SHAPE_RAW_RANGE, .on = ON_NUMBER | ON_ARRAY,
	  .what = "raw numbers that are values, such as 0-0xFCFF; those outside are not available" },
	{ "map", SHAPE_MAPPING, .on = ON_NUMBER | ON_FLAG | ON_ALARM | ON_ARRAY,
	  .what = "up to 8 raw values and what they mean, or the name of a map under `maps`" },
	{ "when", MAP(condition_words), .on = ON_ALL, .what = "only valid while this holds, such as { byte: 1, bit: 0, is: 1 }" },
	{ "absolute", SHAPE_FLAG, .on = ON_NUMBER | ON_ARRAY, .what = "yes: without its sign" },
	{ "may_only_lower", SHAPE_FLAG, .on = ON_NUMBER, .what = "yes: a limit whose meaning is unproven never raises one" },
	{ "rank", SHAPE_INTEGER, .on = ON_NUMBER | ON_FLAG,
	  .what = "where another frame gives this quantity too: 0 is believed before 1" },
	{ "inverted", SHAPE_FLAG, .on = ON_FLAG | ON_ALARM, .what = "yes: a single bit whose 0 means yes or active" },
	{ "each", SHAPE_EACH, .on = ON_ARRAY, .what = "cuts the place into elements of an array: 2 bytes, 1 bit" },
	{ "part", SHAPE_PART, .on = ON_TEXT, .what = "of a text over several frames: 1 of 2" },
	{ "combine", WORDS(fold_words), .on = ON_NUMBER | ON_FLAG | ON_ALARM,
	  .what = "in a list, from its second place on: the larger or smaller of all, of alarms the worst (max)" },
	{ "negative_when", MAP(condition_words), .on = ON_NUMBER,
	  .what = "the number's sign is turned while this holds, such as { byte: 0, bit: 3, is: 1 }" },
	{ 0 }
};

const struct profile_word frame_words[] = {
	{ "id", SHAPE_ID, .what = "as candump prints it, 3 or 8 digits, with address and group if it counts with them: 0x351" },
	{ "pgn", SHAPE_INTEGER, .what = "instead of `id`: J1939 PGN (RV-C: DGN), whatever its priority and destination" },
	{ "sdo", SHAPE_OBJECT, .what = "instead of `id`: a CANopen object that is asked for, such as 0x6060:00" },
	{ "source", SHAPE_SOURCE, .what = "of a `pgn`: the one sender that counts, such as 0x45 or address; default any" },
	{ "group", SHAPE_RANGE, .what = "range of `group`: several ids, one entry" },
	{ "index", MAP(place_words), .what = "`group` stands in the data, not in the id" },
	{ "name", SHAPE_TEXT, .what = "the vendor's name of it" },
	{ "period", SHAPE_PERIOD, .required = true, .what = "how often it comes, such as 1 s, or: on event" },
	{ "stale", SHAPE_TIME, .what = "from when its values are too old; default 5 periods, at least 5 s" },
	{ "send", SHAPE_SEND, .what = "how often the simulator sends it, or: never; default `period`" },
	{ "dlc", SHAPE_INTEGER, .what = "its length when sent, 1 to 8; default 8" },
	{ "size", SHAPE_INTEGER, .what = "of an `sdo`: bytes of the object, 1 to 4" },
	{ "required", SHAPE_FLAG, .what = "yes: the pack is there only while these come; one frame at least" },
	{ "absent_means", WORDS(absent_means_words), .what = "an alarm frame that is only sent while there is an alarm: ok" },
	ORDER,
	{ "fast_packet", SHAPE_FLAG, .what = "of a `pgn`: yes for an NMEA 2000 message over several frames" },
	{ "talker_priority", MAP(talker_words), .what = "RV-C: of several talkers that tell the same, the highest is believed" },
	{ "counter", MAP(place_words), .what = "a life counter: a frame whose counter stands still is not taken in" },
	{ "checksum", MAP(checksum_words), .what = "a frame whose checksum is wrong is not taken in" },
	{ "match", MAPS(guard_words), .what = "it is this frame only if these hold; then two frames may have one id" },
	{ "constant", MAPS(guard_words), .what = "sent so, not asked for" },
	{ "fields", SHAPE_FIELDS, .what = "name of each value, and where it stands" },
	{ 0 }
};

const struct profile_word parameter_words[] = {
	{ "default", SHAPE_NUMBER, .required = true, .what = "what holds when the config says nothing" },
	{ "values", SHAPE_NUMBERS, .what = "the values allowed, up to 8" },
	{ "min", SHAPE_NUMBER, .what = "instead of `values`, with `max`" },
	{ "max", SHAPE_NUMBER, .what = "instead of `values`, with `min`" },
	{ "what", SHAPE_TEXT, .required = true, .what = "what to choose" },
	{ 0 }
};

const struct profile_word transmit_words[] = {
	{ "name", SHAPE_TEXT, .required = true, .what = "of a-z, 0-9 and _; the config switches it by this name" },
	{ "id", SHAPE_ID, .required = true, .what = "as candump prints it; may count with address" },
	{ "data", SHAPE_DATA, .required = true, .what = "hexadecimal bytes: 00 1F" },
	{ "period", SHAPE_TIME, .required = true, .what = "how often" },
	{ "default", SHAPE_FLAG, .what = "on, or off (the default)" },
	{ "per", WORDS(per_words), .what = "one for the bus (the default), or one for each pack on it" },
	{ "control", SHAPE_FLAG, .what = "yes: moves contactors or the like; the config must allow it" },
	{ "when", WORDS(when_words), .what = "always (the default); until heard wakes a BMS up" },
	{ 0 }
};

const struct profile_word poll_words[] = {
	{ "name", SHAPE_TEXT, .required = true, .what = "of a-z, 0-9 and _" },
	{ "id", SHAPE_ID, .required = true, .what = "as candump prints it; may count with address" },
	{ "data", SHAPE_DATA, .what = "hexadecimal bytes: 00 1F" },
	{ "remote", SHAPE_FLAG, .what = "instead of `data`: yes for a remote frame" },
	{ "dlc", SHAPE_INTEGER, .what = "of a remote frame; default 0" },
	{ "period", SHAPE_TIME, .required = true, .what = "how often it is asked" },
	{ "timeout", SHAPE_TIME, .what = "how long an answer is waited for; default 200 ms" },
	{ "answers", SHAPE_ANSWERS, .required = true, .what = "the frames that answer it, by their `id` or `name`" },
	{ 0 }
};

const struct profile_word sample_words[] = {
	{ "origin", WORDS(origin_words), .required = true, .what = "never made with battagg itself" },
	{ "from", SHAPE_TEXT, .required = true, .what = "which document, which capture, or how it was worked out" },
	{ "address", SHAPE_INTEGER, .what = "of the pack, where the profile has addresses; default the lowest" },
	{ "parameters", SHAPE_SETTINGS, .what = "those that are not at their defaults" },
	{ "frames", SHAPE_FRAMES, .required = true, .what = "one battery's, in order: [\"351#1402740E740ECC01\"]" },
	{ "refused", SHAPE_FRAMES, .what = "frames that are none of this battery's: wrong checksum, another match, group or sender" },
	{ "values", SHAPE_VALUES, .required = true, .what = "what must come out: values with unit, active, ok, not available" },
	{ 0 }
};

const struct profile_word profile_words[] = {
	{ "profile", SHAPE_TEXT, .required = true, .what = "the name: a-z, 0-9, -, at most 31; the file is NAME.yaml" },
	{ "name", SHAPE_TEXT, .required = true, .what = "for people" },
	{ "status", WORDS(status_words), .required = true,
	  .what = "verified on a real bus, documented by the vendor or two sources, or experimental" },
	{ "source", SHAPE_TEXTS, .required = true, .what = "documents and captures it was made from" },
	{ "missing", SHAPE_TEXTS, .what = "what it can't do" },
	{ "notes", SHAPE_TEXTS, .what = "what to know" },
	{ "kind", WORDS(kind_words), .what = "battery (the default), or sensor: measures, and is no battery" },
	{ "bitrate", SHAPE_BITRATES, .what = "500 kbit/s, or a list of two" },
	{ "byte_order", WORDS(order_words), .required = true,
	  .what = "little: low byte first; big: high byte first. A frame or field may say otherwise" },
	{ "addresses", SHAPE_RANGE, .what = "packs on one bus that are told apart, such as 0-11" },
	{ "manufacturer", .shape = SHAPE_LIST,
	  .what = "what the text `manufacturer` must be (PYLON*: begin with), else the pack is refused" },
	{ "foreign_ids", SHAPE_IDS, .what = "ids this dialect never has; hearing one refuses the pack" },
	{ "maps", SHAPE_MAPPINGS, .what = "named maps, for `map: NAME`" },
	{ "parameters", .shape = SHAPE_NAMED, .rows = parameter_words,
	  .what = "numbers of the dialect that differ from battery to battery" },
	{ "frames", MAPS(frame_words), .required = true, .what = "what the BMS sends" },
	{ "computed", SHAPE_COMPUTED, .what = "quantities that no frame gives, made of others" },
	{ "transmit", MAPS(transmit_words), .what = "what is sent to it by the clock" },
	{ "poll", MAPS(poll_words), .what = "what it is asked" },
	{ "samples", MAPS(sample_words), .what = "frames, and the values that must come out" },
	{ 0 }
};

#define FACTOR   "write `factor: 0.1 V`", "factor"
#define ABSENT_  "write `absent: 0xFFFF`", "absent"
#define START    "write `start`, as in a DBC file, or count bytes from 0: `bytes: 0-1`", "start"
#define LENGTH   "write `length` beside `start`, or both ends: `bytes: 0-1`, `bits: 0-11`", "length"
#define ORDERED  "write `byte_order: little` (Intel) or `byte_order: big` (Motorola)", "byte_order"
#define TYPE     "write `type: signed`, or nothing: unsigned is the default", "type"
#define EVERY    "write `period: 1 s`", "period"
#define NUMBERED "write `id: 0x351`; with 8 digits it is a 29-bit one", "id"
#define RATE     "write `bitrate: 500 kbit/s`", "bitrate"
#define BOUNDS   "values that no battery has are known; where raw numbers mean something else, write `range: 0-0xFCFF`", NULL

static const struct foreign_word foreign_words[] = {
	{ field_words, "scale", FACTOR }, { field_words, "scaling", FACTOR }, { field_words, "resolution", FACTOR },
	{ field_words, "multiplier", FACTOR }, { field_words, "gain", FACTOR }, { field_words, "lsb", FACTOR },
	{ field_words, "unit", "the unit stands with the number: `factor: 0.1 V`, `offset: -40 degC`", NULL },
	{ field_words, "units", "the unit stands with the number: `factor: 0.1 V`, `offset: -40 degC`", NULL },
	{ field_words, "signed", TYPE }, { field_words, "unsigned", TYPE }, { field_words, "is_signed", TYPE },
	{ field_words, "sign", TYPE }, { field_words, "data_type", TYPE }, { field_words, "datatype", TYPE },
	{ field_words, "format", TYPE },
	{ field_words, "mask", "write `bits: 0-3`, counted from the least significant", "bits" },
	{ field_words, "bitmask", "write `bits: 0-3`, counted from the least significant", "bits" },
	{ field_words, "shift", "write `bits: 4-7`, counted from the least significant", "bits" },
	{ field_words, "min", BOUNDS }, { field_words, "max", BOUNDS }, { field_words, "minimum", BOUNDS },
	{ field_words, "maximum", BOUNDS },
	{ field_words, "enum", "write `map: { 0: no, 1: yes }`", "map" },
	{ field_words, "values", "write `map: { 0: no, 1: yes }`", "map" },
	{ field_words, "choices", "write `map: { 0: no, 1: yes }`", "map" },
	{ field_words, "invalid", ABSENT_ }, { field_words, "not_available", ABSENT_ }, { field_words, "na", ABSENT_ },
	{ field_words, "unavailable", ABSENT_ },
	{ field_words, "name", "the name of the value stands before it: `cvl: { bytes: 0-1, factor: 0.1 V }`", NULL },
	{ frame_words, "signals", "write `fields:`", "fields" }, { frame_words, "values", "write `fields:`", "fields" },
	{ frame_words, "cycle", EVERY }, { frame_words, "cycle_time", EVERY }, { frame_words, "interval", EVERY },
	{ frame_words, "can_id", NUMBERED }, { frame_words, "frame_id", NUMBERED }, { frame_words, "cob_id", NUMBERED },
	{ frame_words, "extended", NUMBERED }, { frame_words, "ext", NUMBERED },
	{ frame_words, "length", "write `dlc: 8`", "dlc" }, { frame_words, "len", "write `dlc: 8`", "dlc" },
	{ frame_words, "mask", "count with `address` or `group` in the `id`, or give a `pgn`", NULL },
	{ profile_words, "messages", "write `frames:`", "frames" }, { profile_words, "signals", "write `fields:` in each of the `frames:`", NULL },
	{ profile_words, "baudrate", RATE }, { profile_words, "baud", RATE }, { profile_words, "baud_rate", RATE },
	{ profile_words, "speed", RATE },
	{ profile_words, "description", "write `notes:`", "notes" },
	{ NULL, "start_bit", START }, { NULL, "startbit", START },
	{ NULL, "bit_length", LENGTH }, { NULL, "size", LENGTH }, { NULL, "width", LENGTH }, { NULL, "len", LENGTH },
	{ NULL, "endian", ORDERED }, { NULL, "endianness", ORDERED }, { NULL, "order", ORDERED },
	{ NULL, "value", "write `is: 1`", "is" }, { NULL, "equals", "write `is: 1`", "is" },
	{ NULL, "comment", "write it behind a #", NULL }, { NULL, "description", "write it behind a #", NULL },
	{ NULL, "mask", "write `bits: 0-3`, or an id that counts with `address` or `group`", NULL },
	{ NULL, "instance", "write `match: [ { byte: 0, is: address } ]`", NULL },
	{ NULL, "mux", "write `index: { byte: 0 }` and `group: 1-16`", NULL },
	{ NULL, "multiplexer", "write `index: { byte: 0 }` and `group: 1-16`", NULL },
	{ NULL, "sign_from", "write `negative_when: { byte: 0, bit: 3, is: 1 }`", NULL },
	{ NULL, "count_bits", "write `type: count`", NULL },
	{ NULL, "any_of", "write a list of places, the later ones with `combine: max`", NULL },
};
/* clang-format on */

const struct foreign_word *foreign_for(const char *key, const char *word)
{
	for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++)
		if (foreign_words[i].key && !strcmp(foreign_words[i].key, key) && !strcmp(foreign_words[i].word, word))
			return &foreign_words[i];
	return NULL;
}

const struct foreign_word *foreign_find(const struct profile_word *in, const char *word)
{
	for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++)
		if ((!foreign_words[i].in || foreign_words[i].in == in) && !strcmp(foreign_words[i].word, word))
			return &foreign_words[i];
	return NULL;
}
