/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the samples of a profile: decodes their frames and compares with the values they state. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/candump.h"
#include "core/compute.h"
#include "core/fastpacket.h"

static const char *const tri_words[] = { [TRI_UNSUPPORTED] = "unsupported", [TRI_OK] = "ok", [TRI_ACTIVE] = "active", NULL };

/* What samples are run in; made once. */
struct bench {
	struct seen seen;
	struct battery b; /* the same, with what is computed */
	struct fastpackets joining;
	struct frame counted[COUNTERS_MAX]; /* the last one taken */
};

struct sample {
	struct loading *l;
	struct bench *bench;
	const struct yaml_node *frames;
	unsigned address;
	unsigned said; /* values that fields gave */
	uint8_t *covered; /* by this sample alone */
};

/* What samples have shown: COVERED_* for each field, then each counter, then each computed value. */
enum { COVERED_VALUE = 1, COVERED_OK = 2 };

static size_t counter_at(const struct profile *p, unsigned slot)
{
	return p->n_fields + slot;
}

static size_t computed_at(const struct profile *p, unsigned row)
{
	return (size_t)p->n_fields + p->n_counters + row;
}

static size_t covered_size(const struct profile *p)
{
	return computed_at(p, p->n_computed);
}

static const char *got_text(char *buf, size_t size, enum unit unit, uint8_t validity, int64_t value)
{
	if (validity == VALID)
		return value_print_fixed(buf, size, unit, value, 3);
	return validity == NOT_AVAILABLE ? "not available" : "absent";
}

/* Is it one of the words for nothing there? Then compares, and *good says the result. */
static bool compare_absent(const char *text, uint8_t validity, bool *good)
{
	if (!strcmp(text, "absent"))
		*good = validity == ABSENT || validity == NOT_AVAILABLE;
	else if (!strcmp(text, "not available"))
		*good = validity == NOT_AVAILABLE;
	else
		return false;
	return true;
}

/* What else may be said about a number that is not the one that was expected. */
static void tell_number(struct sample *s, struct yaml_node *n, enum unit unit, uint8_t validity, int64_t value,
                        const int64_t *expected, struct sample_place at)
{
	char got[VALUE_TEXT_MAX], hint[128] = "";
	bool implausible = validity == ABSENT && sample_implausible(s->l, &at, &value);
	if (expected)
		sample_hint(s->l, &at, *expected, hint, sizeof hint);
	PROFILE_ERROR(s->l, n, CHECK_SAMPLE, "%s: expected %s, got %s%s%s", n->key, n->text,
	              got_text(got, sizeof got, unit, implausible ? VALID : validity, value),
	              implausible ? ", which is not plausible and not taken in" : "", hint);
}

static void check_number(struct sample *s, struct yaml_node *n, enum unit unit, uint8_t validity, int64_t value,
                         struct sample_place at)
{
	bool good, absent = compare_absent(n->text, validity, &good);
	int64_t expected;
	if (!absent && !node_value(s->l, n, unit_dimension(unit), &expected))
		return;
	if (!absent)
		good = validity == VALID && value == expected;
	at.frames = s->frames;
	at.address = s->address;
	if (!good)
		tell_number(s, n, unit, validity, value, absent ? NULL : &expected, at);
}

static void check_alarm(struct sample *s, struct yaml_node *n, const char *name)
{
	const struct alarm_state *a = &s->bench->b.alarm[alarm_find(name)];
	uint8_t got = *n->key == 'a' ? a->alarm : a->warning;
	int expected = node_word(s->l, n, tri_words);
	if (expected >= 0 && expected != got)
		PROFILE_ERROR(s->l, n, CHECK_SAMPLE, "%s: expected %s, got %s", n->key, n->text, tri_words[got]);
}

static void check_text(struct sample *s, struct yaml_node *n, enum text t)
{
	const char *got = s->bench->b.text[t];
	bool absent = !n->quoted && !strcmp(n->text, "absent");
	if (strcmp(got, absent ? "" : n->text))
		PROFILE_ERROR(s->l, n, CHECK_SAMPLE, "%s: expected %s, got \"%s\"", n->key, n->text, got);
}

/* "cell_voltage[3]" */
static bool check_element(struct sample *s, struct yaml_node *n, const char *bracket)
{
	char name[48];
	snprintf(name, sizeof name, "%.*s", (int)(bracket - n->key), n->key);
	int a = array_find(name), at = atoi(bracket + 1) - 1;
	char *end = strchr(bracket, ']');
	if (a < 0 || at < 0 || at >= ARRAY_MAX || !end || end[1])
		return false;
	const struct cells *c = &s->bench->seen.cells;
	check_number(s, n, arrays[a].unit, c->validity[a][at], c->value[a][at],
	             (struct sample_place){ .kind = FIELD_ARRAY, .target = (uint8_t)a, .element = (unsigned)at });
	return true;
}

static void unknown_name(struct sample *s, struct yaml_node *n)
{
	const char *known[N_QUANTITY + N_TEXT + 1];
	size_t count = 0;
	for (int i = 0; i < N_QUANTITY; i++)
		known[count++] = quantities[i].name;
	for (int i = 0; i < N_TEXT; i++)
		known[count++] = text_names[i];
	known[count] = NULL;
	const char *close = closest_word(n->key, known);
	PROFILE_ERROR_AT_KEY(s->l, n, CHECK_NAME, "no quantity, alarm, array or text is named '%s'%s%s%s", n->key,
	                     close ? "; did you mean '" : "", close ? close : "", close ? "'" : "");
}

static void check_value(struct sample *s, struct yaml_node *n)
{
	const char *bracket = strchr(n->key, '['), *dot = strchr(n->key, '.');
	int i;
	if (!node_is(s->l, n, NODE_SCALAR, "a value"))
		return;
	if (bracket && check_element(s, n, bracket))
		return;
	if ((i = quantity_find(n->key)) >= 0)
		check_number(s, n, quantities[i].unit, s->bench->b.q[i].validity, s->bench->b.q[i].value,
		             (struct sample_place){ .kind = FIELD_QUANTITY, .target = (uint8_t)i });
	else if ((i = text_find(n->key)) >= 0)
		check_text(s, n, (enum text)i);
	else if (dot && (!strncmp(n->key, "alarm.", 6) || !strncmp(n->key, "warning.", 8)) && alarm_find(dot + 1) >= 0)
		check_alarm(s, n, dot + 1);
	else
		unknown_name(s, n);
}

static void note_finding(void *user, const struct finding *found)
{
	struct sample *s = user;
	const struct field *f = found->field;
	size_t index = (size_t)(f - s->l->p->fields);
	bool waits = f->kind == FIELD_TEXT && s->l->extra[index].parts > 1; /* for the parts to come */
	if (found->validity == ABSENT && !waits)
		return;
	s->said++;
	if (found->rejected)
		return;
	bool alarm = f->kind == FIELD_ALARM;
	if ((found->validity == VALID || waits) && !(alarm && found->value <= SAYS_OK))
		s->covered[index] |= COVERED_VALUE;
	if (found->validity == NOT_AVAILABLE || (alarm && found->value == SAYS_OK))
		s->covered[index] |= COVERED_OK;
}

/* A frame that differs, and is not taken for its counter alone, shows where the counter stands. */
static void note_counter(struct sample *s, const struct profile_frame *pf, const struct frame *f, enum decoded decoded)
{
	struct frame *last = &s->bench->counted[pf->counter_slot];
	if (decoded == DECODED)
		*last = *f;
	else if (memcmp(last->data, f->data, sizeof f->data))
		s->covered[counter_at(s->l->p, pf->counter_slot)] = COVERED_VALUE;
}

/* One frame of the profile that this may be; `joined` for a fast packet whose last frame it is. */
static enum decoded decode_as(struct sample *s, unsigned index, unsigned group, const struct frame *f,
                              const struct fastpacket *joined)
{
	const struct profile *p = s->l->p;
	const struct profile_frame *pf = &p->frames[index];
	struct seen *seen = &s->bench->seen;
	enum decoded decoded = DECODED; /* a part of a message, the others of which have yet to come */
	s->l->elsewhere[index] = s->l->elsewhere[index] || s->address != p->address_min;
	if (!pf->fast)
		decoded = codec_decode(p, index, group, f, 0, seen, note_finding, s);
	else if (joined) /* with a wrong guard it is another message, as a frame would be */
		decoded = codec_decode_long(p, index, group, joined->data, joined->length, 0, seen, note_finding, s);
	if (pf->has_counter && decoded != DECODED_NOT)
		note_counter(s, pf, f, decoded);
	return decoded;
}

/* What the frames of the profile make of it, for this address. */
static enum decoded take_frame(struct sample *s, const struct frame *f)
{
	enum decoded best = DECODED_NOT;
	bool fast = false;
	const struct fastpacket *joined = NULL;
	int index = -1;
	unsigned group;
	while (codec_match(s->l->p, s->address, f, &index, &group)) {
		if (s->l->p->frames[index].fast && !fast)
			joined = fastpacket_take(&s->bench->joining, 0, f, 0);
		fast = fast || s->l->p->frames[index].fast;
		enum decoded one = decode_as(s, (unsigned)index, group, f, joined);
		best = best == DECODED || one == DECODED_NOT ? best : one;
	}
	return best;
}

static const char *why_refused(const struct sample *s, const struct frame *f, char buf[REFUSED_TEXT_MAX])
{
	struct refused r = profile_refused(s->l->p, s->address, s->address, f);
	return profile_refused_text(s->l->p, &r, f, buf, REFUSED_TEXT_MAX);
}

/* `expected`: it must be one of the profile's, else it must not be taken in. */
static void decode_one(struct sample *s, struct yaml_node *n, bool expected)
{
	struct frame f;
	const char *here = s->l->p->per_address ? " at this address" : "";
	char why[REFUSED_TEXT_MAX];
	if (!node_is(s->l, n, NODE_SCALAR, "a frame such as \"351#1402740E740ECC01\""))
		return;
	if (!candump_parse_frame(n->text, &f))
		PROFILE_ERROR(s->l, n, CHECK_VALUE, "'%s' is no frame as candump prints it: 351#1402740E740ECC01", n->text);
	else if (expected && take_frame(s, &f) == DECODED_NOT)
		PROFILE_ERROR(s->l, n, CHECK_SAMPLE_EMPTY, "%s is no frame of this profile%s: %s", n->text, here,
		              why_refused(s, &f, why));
	else if (!expected && take_frame(s, &f) == DECODED)
		PROFILE_ERROR(s->l, n, CHECK_SAMPLE, "%s stands under `refused`, but is taken in%s", n->text, here);
}

/* Is it the name after this prefix, or an element of it? */
static bool is_name(const char *key, const char *prefix, const char *name)
{
	size_t before = strlen(prefix), len = strlen(name);
	return !strncmp(key, prefix, before) && !strncmp(key + before, name, len) &&
	       (!key[before + len] || key[before + len] == '[');
}

/* For each field in each sample, so nothing is printed to be compared. */
static bool is_named(const struct field *f, const struct yaml_node *values)
{
	const char *prefix, *name = profile_field_words(f, &prefix);
	bool both = f->kind == FIELD_ALARM && f->part == PART_BOTH;
	for (const struct yaml_node *n = values->first; n; n = n->next)
		if (is_name(n->key, prefix, name) || (both && is_name(n->key, "warning.", name)))
			return true;
	return false;
}

/* What the sample's values name counts as covered, nothing else: a frame alone proves nothing. */
static void count_covered(struct sample *s, const struct yaml_node *values, uint8_t *all)
{
	const struct profile *p = s->l->p;
	for (unsigned i = 0; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		bool any = !pf->n_fields; /* a heartbeat says no more than that it beats */
		for (unsigned k = pf->first_field; k < pf->first_field + (unsigned)pf->n_fields; k++) {
			bool named = is_named(&p->fields[k], values);
			all[k] |= named ? s->covered[k] : 0;
			any = any || named;
		}
		if (any && pf->has_counter)
			all[counter_at(p, pf->counter_slot)] |= s->covered[counter_at(p, pf->counter_slot)];
	}
	for (unsigned i = 0; i < p->n_computed; i++) {
		enum quantity q = p->computed[i].target;
		bool made = s->bench->seen.b.q[q].validity != VALID && s->bench->b.q[q].validity == VALID;
		if (made && is_named(&(struct field){ .kind = FIELD_QUANTITY, .target = (uint8_t)q }, values))
			all[computed_at(p, i)] = COVERED_VALUE;
	}
}

/* All frames of a sample are of one moment, and it shows all cells that there are. */
static void add_computed(struct sample *s)
{
	static const int64_t never[N_ARRAY] = { INT64_MAX, INT64_MAX, INT64_MAX };
	struct bench *bench = s->bench;
	bench->b = bench->seen.b;
	struct known k = { .b = &bench->b, .cells = &bench->seen.cells, .array_stale = never,
		           .n_cells = bench->seen.cells.count[ARRAY_CELL_VOLTAGE] };
	compute_fill(s->l->p->computed, s->l->p->n_computed, &k);
}

static void run_values(struct sample *s, struct yaml_node *frames, struct yaml_node *refused, struct yaml_node *values,
                       uint8_t *all)
{
	size_t before = s->l->problems->errors;
	for (struct yaml_node *n = frames->first; n; n = n->next)
		decode_one(s, n, true);
	for (struct yaml_node *n = refused ? refused->first : NULL; n; n = n->next)
		decode_one(s, n, false);
	if (s->l->problems->errors != before)
		return;
	if (!s->said || !values->first) {
		PROFILE_ERROR(s->l, values, CHECK_SAMPLE_EMPTY, "this sample says nothing: %s",
		              s->said ? "it states no values" : "its frames are too short for any field");
		return;
	}
	add_computed(s);
	for (struct yaml_node *n = values->first; n; n = n->next)
		check_value(s, n);
	count_covered(s, values, all);
}

static void run_sample(struct loading *l, struct yaml_node *node, struct bench *bench, uint8_t *covered, uint8_t *all)
{
	struct sample s = { .l = l, .bench = bench, .covered = covered, .address = l->p->address_min };
	if (!node_is(l, node, NODE_MAP, "a sample: origin, from, frames, values"))
		return;
	struct yaml_node *n = node_need(l, node, "origin", "origin: by hand");
	if (n)
		node_word(l, n, origin_words);
	n = node_need(l, node, "from", "from: vendor's document, page 4");
	if (n)
		node_is(l, n, NODE_SCALAR, "a text");
	n = yaml_get(node, "address");
	int64_t address;
	if (n && node_integer(l, n, l->p->address_min, l->p->address_max, &address))
		s.address = (unsigned)address;
	struct yaml_node *frames = node_need(l, node, "frames", "frames: [\"351#1402740E740ECC01\"]");
	struct yaml_node *refused = yaml_get(node, "refused");
	struct yaml_node *values = node_need(l, node, "values", "values: { cvl: 53.2 V }");
	refuse_unknown(l, node, sample_words);
	if (!frames || !values || !node_is(l, frames, NODE_LIST, "a list of frames") ||
	    (refused && !node_is(l, refused, NODE_LIST, "a list of frames")) || !node_is(l, values, NODE_MAP, "a map of values"))
		return;
	memset(bench, 0, sizeof *bench);
	bench->seen.address = (uint8_t)s.address;
	s.frames = frames;
	run_values(&s, frames, refused, values, all);
}

/* A list that is cut when it gets long. */
struct list {
	char text[320];
	unsigned more;
};

static void __attribute__((format(printf, 2, 3))) add(struct list *list, const char *fmt, ...)
{
	size_t len = strlen(list->text);
	if (len > sizeof list->text - 100) {
		list->more++;
		return;
	}
	va_list ap;
	va_start(ap, fmt);
	len += (size_t)snprintf(list->text + len, sizeof list->text - len, "%s", len ? ", " : "");
	vsnprintf(list->text + len, sizeof list->text - len, fmt, ap);
	va_end(ap);
}

/* One warning for all that no sample shows. */
static void check_covered(struct loading *l, const struct yaml_node *samples, const uint8_t *all)
{
	const struct profile *p = l->p;
	struct list open = { "", 0 };
	char name[FIELD_NAME_MAX];
	for (unsigned i = 0; i < p->n_fields; i++) {
		const struct field *f = &p->fields[i];
		uint8_t want = COVERED_VALUE | (f->kind == FIELD_ALARM || f->n_absent || f->has_range ? COVERED_OK : 0);
		uint8_t missing = want & (uint8_t)~all[i];
		if (missing)
			add(&open, "%s%s (line %u)", profile_field_name(f, name, sizeof name),
			    missing & COVERED_VALUE ? (f->kind == FIELD_ALARM ? " active" : "") :
			    f->kind == FIELD_ALARM ? " ok" : " not available", f->line);
	}
	for (unsigned i = 0; i < p->n_frames; i++)
		if (p->frames[i].has_counter && !all[counter_at(p, p->frames[i].counter_slot)])
			add(&open, "other values with a counter that stands still (line %u)", p->frames[i].line);
	for (unsigned i = 0; i < p->n_computed; i++)
		if (!all[computed_at(p, i)])
			add(&open, "%s computed (line %u)", quantities[p->computed[i].target].name, p->computed[i].line);
	if (*open.text)
		yaml_warning(l->doc, samples, l->problems, profile_rules[CHECK_COVERED].id, "no sample shows: %s%s", open.text,
		             open.more ? ", and more" : "");
}

/* What a sample says of the parameters; the rest are at their defaults. False after adding a problem. */
static bool sample_parameters(struct loading *l, struct yaml_node *node, struct profile_parameter list[PARAMETERS_MAX],
                              struct profile_parameters *out)
{
	struct yaml_node *map = node->kind == NODE_MAP ? yaml_get(node, "parameters") : NULL;
	char why[256];
	*out = (struct profile_parameters){ list, 0 };
	if (!map)
		return true;
	if (!node_is(l, map, NODE_MAP, "parameters and their values"))
		return false;
	for (struct yaml_node *n = map->first; n; n = n->next) {
		n->used = true;
		if (!node_is(l, n, NODE_SCALAR, "a number"))
			return false;
		if (!profile_parameter_check(l->p, n->key, n->text, why, sizeof why)) {
			PROFILE_ERROR(l, n, CHECK_PARAMETER, "%s", why);
			return false;
		}
		list[out->count++] = (struct profile_parameter){ n->key, n->text };
	}
	return true;
}

/* A sample for other parameters: the profile is read once more, with them, for this one. */
static void run_other(struct loading *l, const struct profile_parameters *given, int number, uint8_t *covered, uint8_t *all)
{
	struct problems problems = { 0 };
	profile_free(profile_load(l->source, given, number, covered, &problems));
	for (size_t i = 0; i < problems.count; i++) {
		const struct problem *p = &problems.list[i];
		const struct yaml_node at = { .kind = NODE_SCALAR, .line = p->line, .column = p->column, .text = "" };
		if (p->level == PROBLEM_ERROR)
			yaml_error(l->doc, &at, l->problems, p->rule, "with the parameters of sample %d: %s", number + 1, p->message);
	}
	problems_free(&problems);
	for (size_t i = 0; i < covered_size(l->p); i++)
		all[i] |= covered[i];
}

static void run_all(struct loading *l, struct yaml_node *list, struct bench *bench, uint8_t *covered, uint8_t *all)
{
	int number = 0;
	for (struct yaml_node *n = list->first; n; n = n->next, number++) {
		struct profile_parameter values[PARAMETERS_MAX];
		struct profile_parameters given;
		if ((l->only_sample >= 0 && number != l->only_sample) || !sample_parameters(l, n, values, &given))
			continue;
		memset(covered, 0, covered_size(l->p));
		if (profile_parameters_are(l->p, &given))
			run_sample(l, n, bench, covered, all);
		else if (!l->given)
			run_other(l, &given, number, covered, all);
	}
}

void samples_run(struct loading *l, struct yaml_node *root)
{
	struct yaml_node *list = yaml_get(root, "samples");
	if (!list) {
		yaml_warning(l->doc, root, l->problems, profile_rules[CHECK_COVERED].id,
		             "no `samples`: nothing shows that this table is right");
		return;
	}
	size_t size = covered_size(l->p) + 1;
	struct bench *bench = malloc(sizeof *bench);
	uint8_t *covered = malloc(size), *all = calloc(size, 1);
	if (bench && covered && all && node_is(l, list, NODE_LIST, "a list of samples")) {
		run_all(l, list, bench, covered, all);
		if (l->covered)
			memcpy(l->covered, all, covered_size(l->p));
		if (!l->given) {
			check_covered(l, list, all);
			sense_check_addresses(l);
		}
	}
	free(bench);
	free(covered);
	free(all);
}
