/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the way from a profile's text to struct profile: the top level of the file, and the rules it must keep. */
#include "config/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/embedded.h"
#include "config/profile_load.h"
#include "config/reader_private.h"
#include "core/quick.h"
#include "core/codec.h"

#define FIELDS_MAX 2048 /* in a profile; keeps the checks that compare all pairs short */

const struct profile_rule_row profile_rules[N_PROFILE_RULE] = {
	[CHECK_FILE] = { "P01", "a profile is named as its file" },
	[CHECK_MISSING] = { "P02", "what must be there is there" },
	[CHECK_VALUE] = { "P03", "a value is of the kind its key wants" },
	[CHECK_FOREIGN_WORD] = { "P04", "words of other notations have another name here" },
	[CHECK_NAME] = { "P05", "quantities, alarms, arrays and texts are those of the vocabulary" },
	[CHECK_UNIT] = { "P06", "units fit the quantity" },
	[CHECK_PLACE] = { "P07", "a place lies within the 8 bytes and fits its type" },
	[CHECK_OVERLAP] = { "P08", "bits belong to one field, except for alternatives of one quantity and codes with a map each" },
	[CHECK_ID] = { "P09", "ids are written as candump prints them and within range" },
	[CHECK_CLASH] = { "P10", "an id means one frame, or `match` tells which" },
	[CHECK_REQUIRED] = { "P11", "at least one frame is required" },
	[CHECK_SIZE] = { "P12", "numbers and tables keep within their bounds" },
	[CHECK_MAP] = { "P13", "maps say what the field can be" },
	[CHECK_RANK] = { "P14", "two sources of one value have different ranks" },
	[CHECK_TEXT] = { "P15", "a text's parts are complete" },
	[CHECK_SAMPLE] = { "P16", "samples give the values they state" },
	[CHECK_SAMPLE_EMPTY] = { "P17", "samples say something" },
	[CHECK_COVERED] = { "P18", "samples cover every field" },
	[CHECK_FORBIDDEN] = { "P19", "nothing is sent that stops, writes to or reprograms a device" },
	[CHECK_ANSWER] = { "P20", "a question has an answer, and that is a frame of the profile" },
	[CHECK_FILTERS] = { "P21", "the kernel can filter the ids of a pack" },
	[CHECK_PARAMETER] = { "P22", "parameters are declared, used, and within their values" },
	[CHECK_SENSE] = { "P23", "a field can say what it is for" },
	[CHECK_BACKWARDS] = { "P24", "what battagg itself speaks can be run backwards" },
};

size_t node_count(const struct yaml_node *n)
{
	size_t count = 0;
	for (const struct yaml_node *c = n->first; c; c = c->next)
		count++;
	return count;
}

bool node_is(struct loading *l, struct yaml_node *n, enum node_kind kind, const char *what)
{
	if (n->kind != kind)
		PROFILE_ERROR(l, n, CHECK_VALUE, "%s%s%sexpected %s", n->key ? "`" : "", n->key ? n->key : "", n->key ? "`: " : "",
		              what);
	return n->kind == kind;
}

static bool refuse_foreign(struct loading *l, struct yaml_node *n, const struct foreign_word *f)
{
	if (!f || n->used)
		return false;
	PROFILE_ERROR_AT_KEY(l, n, CHECK_FOREIGN_WORD, "`%s` is no word of the language: %s", n->key, f->instead);
	n->used = true;
	return true;
}

bool node_foreign(struct loading *l, struct yaml_node *map, const char *key)
{
	for (struct yaml_node *n = map->first; n; n = n->next)
		if (refuse_foreign(l, n, foreign_for(key, n->key)))
			return true;
	return false;
}

struct yaml_node *node_need(struct loading *l, struct yaml_node *map, const char *key, const char *example)
{
	struct yaml_node *n = yaml_get(map, key);
	if (!n && !node_foreign(l, map, key))
		PROFILE_ERROR(l, map, CHECK_MISSING, "`%s` is missing, for example `%s`", key, example);
	return n;
}

bool node_integer(struct loading *l, struct yaml_node *n, int64_t min, int64_t max, int64_t *out)
{
	if (!node_is(l, n, NODE_SCALAR, "a whole number"))
		return false;
	const char *bad = whole_parse(n->text, out);
	if (bad) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "'%s': %s", n->text, bad);
	} else if (*out < min || *out > max) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "%s is outside of %lld to %lld", n->text, (long long)min, (long long)max);
		return false;
	}
	return !bad;
}

/* "0-11", or one number. */
bool node_range(struct loading *l, struct yaml_node *n, int64_t max, int64_t *from, int64_t *to)
{
	if (!node_is(l, n, NODE_SCALAR, "a range such as 0-1"))
		return false;
	char first[32];
	const char *dash = strchr(n->text, '-');
	size_t len = dash ? (size_t)(dash - n->text) : strlen(n->text);
	const char *bad = len < sizeof first ? NULL : "this is too long";
	if (!bad) {
		memcpy(first, n->text, len);
		first[len] = '\0';
		bad = whole_parse(first, from);
	}
	if (!bad)
		bad = dash ? whole_parse(dash + 1, to) : (*to = *from, NULL);
	if (bad) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "'%s' is no range such as 0-1: %s", n->text, bad);
		return false;
	}
	if (*from < 0 || *from > *to || *to > max) {
		PROFILE_ERROR(l, n, CHECK_VALUE, "'%s': a range goes upwards, within 0 and %lld", n->text, (long long)max);
		return false;
	}
	return true;
}

bool node_value(struct loading *l, struct yaml_node *n, enum dimension d, int64_t *out)
{
	if (!node_is(l, n, NODE_SCALAR, dimension_example(d)))
		return false;
	const char *bad = parse_value(n->text, d, out);
	if (bad)
		PROFILE_ERROR(l, n, CHECK_UNIT, "%s%s%s'%s': %s", n->key ? "`" : "", n->key ? n->key : "", n->key ? "` " : "",
		              n->text, bad);
	return !bad;
}

bool node_flag(struct loading *l, struct yaml_node *map, const char *key, bool fallback)
{
	struct yaml_node *n = yaml_get(map, key);
	int64_t value;
	return n && node_value(l, n, DIM_FLAG, &value) ? value != 0 : fallback;
}

int node_word(struct loading *l, struct yaml_node *n, const char *const *words)
{
	if (!node_is(l, n, NODE_SCALAR, "a word"))
		return -1;
	char all[160] = "";
	for (int i = 0; words[i]; i++)
		if (!strcmp(n->text, words[i]))
			return i;
	for (int i = 0; words[i]; i++) {
		size_t len = strlen(all);
		snprintf(all + len, sizeof all - len, "%s%s", i ? ", " : "", words[i]);
	}
	PROFILE_ERROR(l, n, CHECK_VALUE, "'%s' is none of: %s", n->text, all);
	return -1;
}

bool order_parse(struct loading *l, struct yaml_node *map, bool fallback)
{
	struct yaml_node *n = yaml_get(map, "byte_order");
	int word = n ? node_word(l, n, order_words) : -1;
	return word < 0 ? fallback : word == 1;
}

void refuse_unknown(struct loading *l, struct yaml_node *map, const struct profile_word *words)
{
	const char *known[WORDS_MAX + 1] = { NULL };
	for (int i = 0; i < WORDS_MAX && words[i].key; i++)
		known[i] = words[i].key;
	for (struct yaml_node *n = map->first; n; n = n->next)
		refuse_foreign(l, n, foreign_find(words, n->key));
	yaml_refuse_unused(l->doc, map, known, l->problems);
}

static bool good_id(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return *s && !s[n] && n <= PROFILE_NAME_MAX;
}

static bool ends_like(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);
	if (len < n)
		return false;
	for (text += len - n; *text && small(*text) == *end; text++, end++)
		;
	return !*text;
}

/* A file's profile is named as the file, so that what the config asks for is what is found. */
static void parse_name(struct loading *l, struct yaml_node *root)
{
	struct yaml_node *n = node_need(l, root, "profile", "profile: my-bms"), *title;
	if (n && node_is(l, n, NODE_SCALAR, "a name")) {
		const char *file = yaml_name(l->doc), *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
		size_t len = strlen(base);
		if (!good_id(n->text))
			PROFILE_ERROR(l, n, CHECK_FILE, "'%s': a profile's name has a-z, 0-9 and -, at most %d of them", n->text,
			              PROFILE_NAME_MAX);
		else if (len > 5 && !strcmp(base + len - 5, ".yaml") &&
		         (strlen(n->text) != len - 5 || strncmp(n->text, base, len - 5)))
			PROFILE_ERROR(l, n, CHECK_FILE, "profile '%s' stands in a file named %s; it must be %s.yaml", n->text, base,
			              n->text);
		else if (ends_like(base, ".yml") || (ends_like(base, ".yaml") && strcmp(base + len - 5, ".yaml")))
			PROFILE_ERROR(l, n, CHECK_FILE, "no config finds a file named %s; it must be %s.yaml", base, n->text);
		snprintf(l->p->id, sizeof l->p->id, "%s", n->text);
	}
	title = node_need(l, root, "name", "name: ACME BMS, protocol 1.2");
	if (title && node_is(l, title, NODE_SCALAR, "a text"))
		l->p->title = strdup(title->text);
}

/* A text, or a list of them as one: to be freed; NULL when there is none. */
static char *parse_texts(struct loading *l, struct yaml_node *n)
{
	size_t size = 1, len = 0;
	if (!n || n->kind == NODE_SCALAR)
		return n ? strdup(n->text) : NULL;
	if (!node_is(l, n, NODE_LIST, "a text or a list of texts"))
		return NULL;
	for (struct yaml_node *c = n->first; c; c = c->next)
		if (node_is(l, c, NODE_SCALAR, "a text (in quotes when it has a ': ' in it)"))
			size += strlen(c->text) + 2;
	char *all = calloc(1, size);
	for (struct yaml_node *c = n->first; all && c; c = c->next)
		if (c->kind == NODE_SCALAR)
			len += (size_t)snprintf(all + len, size - len, "%s%s", len ? "; " : "", c->text);
	return all;
}

static void parse_about(struct loading *l, struct yaml_node *root)
{
	struct yaml_node *n = node_need(l, root, "status", "status: experimental");
	int word = n ? node_word(l, n, status_words) : -1;
	if (word >= 0)
		l->p->status = (enum profile_status)word;
	l->p->source = parse_texts(l, node_need(l, root, "source", "source: vendor's PDF, version, date"));
	l->p->missing = parse_texts(l, yaml_get(root, "missing"));
	l->p->notes = parse_texts(l, yaml_get(root, "notes"));
	n = node_need(l, root, "byte_order", "byte_order: little");
	if (n)
		l->big = order_parse(l, root, false);
}

static void parse_bitrate(struct loading *l, struct yaml_node *n)
{
	int64_t *into[] = { &l->p->bitrate, &l->p->bitrate_alt };
	size_t i = 0;
	if (!n)
		return;
	if (n->kind == NODE_SCALAR) {
		node_value(l, n, DIM_BITRATE, into[0]);
		return;
	}
	if (!node_is(l, n, NODE_LIST, "500 kbit/s, or a list of two"))
		return;
	for (struct yaml_node *c = n->first; c; c = c->next, i++) {
		if (i < 2)
			node_value(l, c, DIM_BITRATE, into[i]);
		else
			PROFILE_ERROR(l, c, CHECK_SIZE, "at most two bit rates");
	}
}

static void parse_manufacturers(struct loading *l, struct yaml_node *list)
{
	struct profile *p = l->p;
	if (!list || !node_is(l, list, NODE_LIST, "a list such as [\"ACME*\"]"))
		return;
	for (struct yaml_node *n = list->first; n; n = n->next) {
		if (!node_is(l, n, NODE_SCALAR, "a text"))
			continue;
		if (p->n_manufacturers == sizeof p->manufacturers / sizeof *p->manufacturers)
			PROFILE_ERROR(l, n, CHECK_SIZE, "at most %zu manufacturers", sizeof p->manufacturers / sizeof *p->manufacturers);
		else if (strlen(n->text) > TEXT_MAX)
			PROFILE_ERROR(l, n, CHECK_SIZE, "texts of a BMS have at most %d characters", TEXT_MAX);
		else
			strcpy(p->manufacturers[p->n_manufacturers++], n->text);
	}
}

static void parse_foreign(struct loading *l, struct yaml_node *list)
{
	struct profile *p = l->p;
	if (!list || !node_is(l, list, NODE_LIST, "a list of ids such as [0x361]"))
		return;
	for (struct yaml_node *n = list->first; n; n = n->next) {
		struct expression e;
		bool ext;
		if (!id_parse(l, n, &e, &ext))
			continue;
		if (e.has_group || e.has_address)
			PROFILE_ERROR(l, n, CHECK_ID, "foreign ids are plain numbers");
		else if (p->n_foreign == sizeof p->foreign / sizeof *p->foreign)
			PROFILE_ERROR(l, n, CHECK_SIZE, "at most %zu foreign ids", sizeof p->foreign / sizeof *p->foreign);
		else
			p->foreign[p->n_foreign++] = (struct frame){ .id = (uint32_t)e.constant, .ext = ext };
	}
}

static void parse_top(struct loading *l, struct yaml_node *root)
{
	parse_name(l, root);
	parse_about(l, root);
	parse_bitrate(l, yaml_get(root, "bitrate"));
	struct yaml_node *n = yaml_get(root, "addresses");
	int64_t from, to;
	if (n && node_range(l, n, 255, &from, &to)) {
		l->p->address_min = (uint8_t)from;
		l->p->address_max = (uint8_t)to;
		l->p->per_address = true;
	}
	parse_manufacturers(l, yaml_get(root, "manufacturer"));
	parse_foreign(l, yaml_get(root, "foreign_ids"));
	n = yaml_get(root, "kind");
	l->p->sensor = n && node_word(l, n, kind_words) == 1;
	l->maps = yaml_get(root, "maps");
	if (l->maps && !node_is(l, l->maps, NODE_MAP, "named maps"))
		l->maps = NULL;
	n = node_need(l, root, "frames", "frames: ...");
	if (n && node_is(l, n, NODE_LIST, "a list of frames"))
		frames_parse(l, n);
	marks_find(l);
	n = yaml_get(root, "transmit");
	if (n && node_is(l, n, NODE_LIST, "a list of frames to send"))
		transmit_parse(l, n);
	n = yaml_get(root, "poll");
	if (n && node_is(l, n, NODE_LIST, "a list of questions"))
		polls_parse(l, n);
	yaml_get(root, "computed"); /* read after the checks: they tell what the frames give */
	answers_mark(l);
	yaml_get(root, "samples");
	refuse_unknown(l, root, profile_words);
	for (n = l->maps ? l->maps->first : NULL; n; n = n->next)
		if (!n->used)
			yaml_warning(l->doc, n, l->problems, profile_rules[CHECK_MAP].id, "the map `%s` is not used", n->key);
}

/* Room for every frame and field there can be, so that nothing has to grow. */
static bool make_room(struct loading *l, struct yaml_node *root)
{
	struct yaml_node *frames = yaml_get(root, "frames");
	size_t n_frames = 0, n_fields = 0;
	for (struct yaml_node *n = frames ? frames->first : NULL; n; n = n->next, n_frames++) {
		struct yaml_node *fields = yaml_get(n, "fields");
		for (struct yaml_node *f = fields ? fields->first : NULL; f; f = f->next)
			n_fields += f->kind == NODE_LIST ? node_count(f) : 1;
	}
	l->p->frames = calloc(n_frames + 1, sizeof *l->p->frames);
	l->p->frame_names = calloc(n_frames + 1, sizeof *l->p->frame_names);
	l->p->fields = calloc(n_fields + 1, sizeof *l->p->fields);
	l->p->polls = calloc(POLLS_MAX, sizeof *l->p->polls);
	l->p->parameters = calloc(PARAMETERS_MAX, sizeof *l->p->parameters);
	l->frame_nodes = calloc(n_frames + 1, sizeof *l->frame_nodes);
	l->elsewhere = calloc(n_frames + 1, sizeof *l->elsewhere);
	l->extra = calloc(n_fields + 1, sizeof *l->extra);
	l->p->file = strdup(yaml_name(l->doc));
	bool room = l->p->frames && l->p->frame_names && l->p->fields && l->p->polls && l->p->parameters &&
	            l->frame_nodes && l->elsewhere && l->extra && l->p->file;
	if (room && n_fields <= FIELDS_MAX && n_frames <= FIELDS_MAX)
		return true;
	PROFILE_ERROR(l, root, CHECK_SIZE, room ? "more than %d fields or frames" : "no memory for %d fields", FIELDS_MAX);
	return false;
}

/* Another set of values is another dialect to whoever compares. */
static uint64_t hash_with(const struct profile *p, uint64_t hash)
{
	for (unsigned i = 0; i < p->n_parameters; i++)
		for (const char *c = strcmp(p->parameters[i].value, p->parameters[i].standard) ? p->parameters[i].value : ""; *c; c++)
			hash = (hash ^ (unsigned char)*c ^ i << 8) * UINT64_C(0x100000001B3); /* FNV-1a */
	return hash;
}

static bool load(struct loading *l)
{
	struct yaml_node *root = yaml_root(l->doc);
	if (!l->p || !node_is(l, root, NODE_MAP, "a profile: keys and values") || !make_room(l, root))
		return false;
	parameters_parse(l, root);
	l->p->hash = hash_with(l->p, yaml_hash(l->doc));
	parse_top(l, root);
	profile_check(l, root);
	if (l->problems->errors == l->before)
		samples_run(l, root);
	else if (yaml_get(root, "samples"))
		yaml_warning(l->doc, yaml_get(root, "samples"), l->problems, profile_rules[CHECK_SAMPLE].id,
		             "the samples are not tried before the table is without errors");
	return l->problems->errors == l->before;
}

struct profile *profile_load(const struct profile_source *from, const struct profile_parameters *given, int only_sample,
                             uint8_t *covered, struct problems *problems)
{
	size_t first = problems->count, before = problems->errors; /* a key that stands twice is one already, and leaves a document */
	struct yaml_doc *doc = from->text ? yaml_read_text(from->name, from->text, from->len, problems)
	                                  : yaml_read_file(from->name, problems);
	struct profile *p = NULL;
	if (doc) {
		struct loading l = { .doc = doc, .problems = problems, .p = calloc(1, sizeof *l.p), .last_byte = 7, .given = given,
			             .source = from, .only_sample = only_sample, .covered = covered, .before = before };
		if (load(&l)) {
			p = l.p;
			quick_prepare(p);
		} else {
			profile_free(l.p);
		}
		for (size_t i = 0; i < l.n_texts; i++)
			free(l.texts[i]);
		free(l.frame_nodes);
		free(l.elsewhere);
		free(l.extra);
		problems_sort(problems, first, yaml_name(doc));
	}
	yaml_close(doc);
	return p;
}

struct profile *profile_load_text_with(const char *name, const char *text, size_t len, const struct profile_parameters *given,
                                       struct problems *problems)
{
	return profile_load(&(struct profile_source){ name, text, len }, given, -1, NULL, problems);
}

struct profile *profile_load_file_with(const char *path, const struct profile_parameters *given, struct problems *problems)
{
	return profile_load(&(struct profile_source){ path, NULL, 0 }, given, -1, NULL, problems);
}

struct profile *profile_load_text(const char *name, const char *text, size_t len, struct problems *problems)
{
	return profile_load_text_with(name, text, len, NULL, problems);
}

struct profile *profile_load_file(const char *path, struct problems *problems)
{
	return profile_load_file_with(path, NULL, problems);
}

void profile_free(struct profile *p)
{
	if (!p)
		return;
	free(p->title);
	free(p->file);
	free(p->source);
	free(p->missing);
	free(p->notes);
	for (unsigned i = 0; p->frame_names && i < p->n_frames; i++)
		free(p->frame_names[i]);
	free(p->frame_names);
	free(p->frames);
	free(p->fields);
	free(p->polls);
	for (unsigned i = 0; i < p->n_parameters; i++)
		free(p->parameters[i].what);
	free(p->parameters);
	free(p);
}

bool profile_document(struct yaml_doc *doc)
{
	return yaml_get(yaml_root(doc), "profile") != NULL;
}

struct profile *profile_output(struct problems *problems)
{
	return profile_load_text("victron (built in)", (const char *)embedded_victron, embedded_victron_len, problems);
}
