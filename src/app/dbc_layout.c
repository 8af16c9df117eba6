/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what a profile's frames are in a DBC file: one message an id, multiplexed where its data tell frames apart. */
#include "app/dbc.h"

#include <stdlib.h>
#include <string.h>

#include "app/dbc_names.h"
#include "config/profile.h"
#include "core/codec.h"

#define MESSAGES_MAX   8192 /* what programs still open in a moment */
#define CONDITIONS_MAX (GUARDS_MAX + 1)
#define PRIORITY       6u /* of J1939, when nothing says another */

/* What the data of a frame must be. */
struct condition {
	const char *name; /* of the multiplexor that tells */
	struct place place;
	uint64_t value;
	bool by_address;
	bool used; /* further up in the tree */
};

/* A frame with one group and one address. */
struct entry {
	uint32_t id;
	const struct profile_frame *frame;
	unsigned group, address;
	bool by_address; /* a multiplexor tells which of several it is */
	unsigned n_conditions;
	struct condition conditions[CONDITIONS_MAX];
	uint64_t key; /* for sorting: the value of the condition at hand */
};

struct layout {
	struct dbc *d;
	struct entry *entries;
	size_t n_entries, room;
	unsigned address_min, address_max;
};

/* The list with room for one more, or NULL. */
static void *roomy(struct dbc *d, void *list, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return list;
	size_t more = *room ? 2 * *room : 64;
	void *bigger = realloc(list, more * size);
	if (bigger)
		*room = more;
	else
		d->bad = "no memory";
	return bigger;
}

static struct dbc_message *add_message(struct dbc *d, struct dbc_message m)
{
	struct dbc_message *list = roomy(d, d->messages, d->n_messages, &d->messages_room, sizeof *list);
	if (list)
		d->messages = list;
	if (d->n_messages == MESSAGES_MAX)
		d->bad = "it would have more than 8192 messages: choose one pack with --address";
	if (d->bad)
		return NULL;
	list[d->n_messages] = m;
	return &list[d->n_messages++];
}

/* Its index, or DBC_NO_MUX. Signals belong to the last message. */
static int add_signal(struct dbc *d, struct dbc_signal s)
{
	struct dbc_signal *list = roomy(d, d->signals, d->n_signals, &d->signals_room, sizeof *list);
	if (!list)
		return DBC_NO_MUX;
	d->signals = list;
	list[d->n_signals] = s;
	d->messages[d->n_messages - 1].n_signals++;
	return (int)d->n_signals++;
}

/* Once a message, however many groups it has. */
static void add_left(struct dbc *d, const struct profile_frame *frame, const struct field *field, const char *why)
{
	struct dbc_message *m = d->n_messages ? &d->messages[d->n_messages - 1] : NULL;
	for (size_t i = m ? m->first_left : 0; i < d->n_left; i++)
		if (d->left[i].frame == frame && d->left[i].field == field)
			return;
	struct dbc_left *list = roomy(d, d->left, d->n_left, &d->left_room, sizeof *list);
	if (!list)
		return;
	d->left = list;
	list[d->n_left++] = (struct dbc_left){ .frame = frame, .field = field, .why = why };
	if (m)
		m->n_left++;
}

/* ---- fields ---- */

static const char *unsayable(const struct field *f)
{
	if (f->kind == FIELD_TEXT)
		return f->format == FORMAT_VERSION ? "a version" : "a text";
	if (f->format == FORMAT_COUNT)
		return "a count of bits";
	if (f->place.n_split)
		return "its bytes are no neighbours";
	if (f->has_when)
		return "only valid while another number says so (`when`)";
	if (f->has_negate)
		return "its sign stands elsewhere (`negative_when`)";
	return NULL;
}

/* Where element `step` of a place begins as DBC counts. */
static unsigned start_of(const struct place *p, unsigned step)
{
	if (!p->big)
		return p->shift + step * p->bits;
	unsigned highest = p->shift - step * p->bits + p->bits - 1u;
	return 8 * (7 - highest / 8) + highest % 8;
}

static void emit_field(struct layout *l, const struct entry *e, const struct field *f, int mux, uint64_t value)
{
	struct dbc *d = l->d;
	const struct dbc_message *m = &d->messages[d->n_messages - 1];
	unsigned n = f->kind == FIELD_ARRAY ? f->count : 1, first = f->kind == FIELD_ARRAY ? codec_element(f, e->group) : 0;
	for (unsigned i = 0; i < n && first + i < ARRAY_MAX; i++) {
		struct dbc_signal s = { .field = f, .element = f->kind == FIELD_ARRAY ? first + i + 1 : 0, .start = start_of(&f->place, i),
			                .bits = f->place.bits, .big = f->place.big, .mux = mux, .mux_value = value };
		dbc_signal_name(s.name, f, s.element, e->by_address ? (int)e->address : -1, &d->signals[m->first], m->n_signals);
		add_signal(d, s);
	}
}

/* What shares its bits with another field is said once: by the one that is for itself, not combined with others. */
static void emit_entry(struct layout *l, const struct entry *e, int mux, uint64_t value)
{
	const struct field *fields = &l->d->p->fields[e->frame->first_field];
	uint64_t taken = 0, own = 0;
	for (unsigned i = 0; i < e->frame->n_fields; i++)
		if (!fields[i].fold && !unsayable(&fields[i]))
			own |= profile_field_mask(&fields[i]);
	for (unsigned i = 0; i < e->frame->n_fields; i++) {
		const struct field *f = &fields[i];
		const char *why = unsayable(f);
		uint64_t bits = profile_field_mask(f);
		if (!why && (bits & taken || (f->fold && bits & own)))
			why = "its bits are another one's, too";
		if (why) {
			add_left(l->d, e->frame, f, why);
			continue;
		}
		taken |= bits;
		emit_field(l, e, f, mux, value);
	}
}

/* ---- what tells the frames of one id apart ---- */

static bool same_place(const struct place *a, const struct place *b)
{
	return !memcmp(a, b, sizeof *a); /* bytes all of them, and no gaps between */
}

static struct condition *condition_at(struct entry *e, const struct place *place)
{
	for (unsigned i = 0; i < e->n_conditions; i++)
		if (!e->conditions[i].used && same_place(&e->conditions[i].place, place))
			return &e->conditions[i];
	return NULL;
}

static bool unconditional(const struct entry *e)
{
	for (unsigned i = 0; i < e->n_conditions; i++)
		if (!e->conditions[i].used)
			return false;
	return true;
}

/* A condition that all of these have at the same place. */
static struct condition *common_condition(struct entry *list, size_t n)
{
	for (unsigned i = 0; i < list->n_conditions; i++) {
		struct condition *c = &list->conditions[i];
		bool all = !c->used && !c->place.n_split;
		for (size_t k = 1; k < n && all; k++)
			all = condition_at(&list[k], &c->place) != NULL;
		if (all)
			return c;
	}
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

static int add_multiplexor(struct layout *l, const struct condition *c, int mux, uint64_t value)
{
	struct dbc *d = l->d;
	const struct dbc_message *m = &d->messages[d->n_messages - 1];
	struct dbc_signal s = { .is_mux = true, .start = start_of(&c->place, 0), .bits = c->place.bits, .big = c->place.big,
		                .mux = mux, .mux_value = value };
	dbc_unique_name(s.name, c->name, -1, &d->signals[m->first], m->n_signals);
	if (mux != DBC_NO_MUX)
		d->messages[d->n_messages - 1].nested = true;
	return add_signal(d, s);
}

/* Recursion: as deep as a frame has conditions. */
static void split(struct layout *l, struct entry *list, size_t n, int mux, uint64_t value)
{
	size_t plain = 0;
	for (; plain < n && unconditional(&list[plain]); plain++)
		emit_entry(l, &list[plain], mux, value);
	list += plain;
	n -= plain;
	if (!n || l->d->bad)
		return;
	struct condition *common = common_condition(list, n);
	for (size_t i = 0; !common && i < n; i++)
		add_left(l->d, list[i].frame, NULL, "what tells it apart stands at another place than in others of this id");
	if (!common)
		return;
	const struct condition by = *common;
	int own = add_multiplexor(l, &by, mux, value);
	for (size_t i = 0; i < n; i++) {
		struct condition *c = condition_at(&list[i], &by.place);
		list[i].key = c->value;
		list[i].by_address = list[i].by_address || (c->by_address && l->address_min < l->address_max);
		c->used = true;
	}
	qsort(list, n, sizeof *list, compare_keys);
	for (size_t i = 0, k; i < n; i = k) {
		for (k = i + 1; k < n && list[k].key == list[i].key; k++)
			;
		split(l, &list[i], k - i, own, list[i].key);
	}
}

/* ---- frames ---- */

static uint32_t id_of(const struct profile_frame *pf, unsigned group, unsigned address)
{
	if (!pf->pgn)
		return codec_id(pf, group, address) | (pf->ext ? DBC_EXTENDED : 0);
	uint32_t source = pf->source == SOURCE_ANY ? DBC_ANY_SOURCE : pf->source == SOURCE_ADDRESS ? address : (uint32_t)pf->source;
	uint32_t to_all = (pf->id >> 8 & 0xFF) < 0xF0 ? 0xFF00u : 0; /* PDU 1: sent to one receiver, or to all */
	return PRIORITY << 26 | pf->id << 8 | to_all | source | DBC_EXTENDED;
}

static void add_entry(struct layout *l, const struct profile_frame *pf, unsigned group, unsigned address)
{
	struct entry *list = roomy(l->d, l->entries, l->n_entries, &l->room, sizeof *list);
	if (!list)
		return;
	l->entries = list;
	struct entry *e = &list[l->n_entries++];
	*e = (struct entry){ .id = id_of(pf, group, address), .frame = pf, .group = group, .address = address };
	for (unsigned i = 0; i < pf->n_guards; i++) {
		const struct guard *g = &pf->guards[i];
		if (g->demand)
			e->conditions[e->n_conditions++] = (struct condition){ .name = g->address ? "address" : "kind", .place = g->place,
				                                               .value = g->address ? address : g->value,
				                                               .by_address = g->address };
	}
	if (pf->has_index)
		e->conditions[e->n_conditions++] = (struct condition){ .name = "index", .place = pf->index, .value = group };
}

static void list_entries(struct layout *l)
{
	const struct profile *p = l->d->p;
	for (unsigned i = 0; i < p->n_frames && !l->d->bad; i++) {
		const struct profile_frame *pf = &p->frames[i];
		if (pf->fast) {
			add_left(l->d, pf, NULL, "a message of several frames (fast packet)");
			continue;
		}
		unsigned last = profile_frame_is_by_address(pf) ? l->address_max : l->address_min;
		for (unsigned g = pf->group_min; g <= pf->group_max; g++)
			for (unsigned a = l->address_min; a <= last; a++)
				add_entry(l, pf, g, a);
	}
}

static int compare_ids(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return compare_keys(a, b);
}

/* The entries of one id. */
static void emit_message(struct layout *l, struct entry *list, size_t n)
{
	struct dbc *d = l->d;
	const struct profile_frame *pf = list->frame;
	struct dbc_message m = { .id = list->id, .frame = pf, .period = pf->period, .first = d->n_signals, .first_left = d->n_left };
	bool one = true, one_group = pf->group_min == pf->group_max || !pf->per_group;
	for (size_t i = 0; i < n; i++) {
		m.dlc = list[i].frame->dlc > m.dlc ? list[i].frame->dlc : m.dlc;
		one = one && list[i].frame == pf;
	}
	bool addressed = (pf->per_address || (pf->pgn && pf->source == SOURCE_ADDRESS)) && l->address_min < l->address_max;
	dbc_message_name(m.name, m.id, pf->pgn, one ? d->p->frame_names[pf - d->p->frames] : NULL,
	                 addressed ? (int)list->address : -1, one_group ? -1 : (int)list->group, d);
	if (add_message(d, m))
		split(l, list, n, DBC_NO_MUX, 0);
}

/* Frames that go to the BMS: their names, no signals. */
static void emit_sent(struct layout *l, const struct frame *f, uint32_t per_address, const struct transmit *t, const struct poll *q)
{
	struct dbc *d = l->d;
	unsigned last = per_address ? l->address_max : l->address_min;
	for (unsigned a = l->address_min; a <= last && !d->bad; a++) {
		struct dbc_message m = { .id = (f->id + a * per_address) | (f->ext ? DBC_EXTENDED : 0), .dlc = f->len, .transmit = t,
			                 .poll = q, .period = t ? t->period : q->period, .first = d->n_signals, .first_left = d->n_left };
		bool known = false;
		for (size_t i = 0; i < d->n_messages; i++)
			known = known || d->messages[i].id == m.id;
		if (known)
			continue;
		dbc_message_name(m.name, m.id, false, t ? t->name : q->sdo ? "sdo_request" : q->name, last > l->address_min ? (int)a : -1, -1, d);
		add_message(d, m);
	}
}

/* Of no message. */
static void list_computed(struct dbc *d)
{
	for (unsigned i = 0; i < d->p->n_computed; i++) {
		struct dbc_left *list = roomy(d, d->left, d->n_left, &d->left_room, sizeof *list);
		if (!list)
			return;
		d->left = list;
		list[d->n_left++] = (struct dbc_left){ .name = quantities[d->p->computed[i].target].name, .why = "computed of others" };
	}
}

bool dbc_lay_out(struct dbc *d, const struct profile *p, unsigned address_min, unsigned address_max)
{
	struct layout l = { .d = d, .address_min = address_min, .address_max = address_max };
	*d = (struct dbc){ .p = p };
	list_entries(&l);
	if (l.n_entries)
		qsort(l.entries, l.n_entries, sizeof *l.entries, compare_ids);
	for (size_t i = 0, k; i < l.n_entries && !d->bad; i = k) {
		for (k = i + 1; k < l.n_entries && l.entries[k].id == l.entries[i].id; k++)
			;
		emit_message(&l, &l.entries[i], k - i);
	}
	list_computed(d);
	for (unsigned i = 0; i < p->n_transmit; i++)
		emit_sent(&l, &p->transmit[i].frame, p->transmit[i].per_address, &p->transmit[i], NULL);
	for (unsigned i = 0; i < p->n_polls; i++)
		emit_sent(&l, &p->polls[i].frame, p->polls[i].per_address, NULL, &p->polls[i]);
	free(l.entries);
	return !d->bad;
}

void dbc_free(struct dbc *d)
{
	free(d->messages);
	free(d->signals);
	free(d->left);
}
