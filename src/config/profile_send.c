/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what battagg may send to a BMS: frames by the clock, questions and their answers, and what is never sent. */
#include <stdio.h>
#include <string.h>

#include "config/profile_load.h"
#include "core/codec.h"

#define POLL_TIMEOUT INT64_C(150000) /* us; answers take a few ms, and a later one counts, too */

/* "12 34 56 78" */
static bool data_parse(struct loading *l, struct yaml_node *n, struct frame *f)
{
	const char *s = node_is(l, n, NODE_SCALAR, "bytes such as 00 1F") ? n->text : "";
	unsigned byte;
	int used;
	while (*s && f->len < 8 && strspn(s, "0123456789abcdefABCDEF") == 2 && sscanf(s, "%2x%n", &byte, &used) == 1) {
		f->data[f->len++] = (uint8_t)byte;
		s += used;
		s += strspn(s, " ");
	}
	if (*s)
		PROFILE_ERROR(l, n, CHECK_VALUE, "`data` is up to 8 bytes of two hexadecimal digits each: 12 34 56");
	return !*s;
}

/*
 * What would stop or reprogram devices, whatever the profile is for: CANopen's NMT commands (id 0), writes to an object
 * (SDO download) and the program objects 0x1F50 and 0x1F51, and LSS (0x7E5), which changes addresses and bit rates.
 */
static const char *forbidden(const struct frame *f, uint32_t id)
{
	if (f->ext)
		return NULL;
	if (id == 0)
		return "id 0x000 starts and stops CANopen nodes (NMT)";
	if (id == 0x7E5)
		return "0x7E5 sets bit rates and node numbers (LSS)";
	if (id < 0x601 || id > 0x67F || f->remote || !f->len)
		return NULL;
	unsigned command = f->data[0] >> 5, object = f->data[1] | (unsigned)f->data[2] << 8;
	if (f->data[0] >> 4 == 2 || command == 1 || command == 6)
		return "this writes to an object (SDO download)";
	if (f->len > 2 && (object == 0x1F50 || object == 0x1F51))
		return "objects 0x1F50 and 0x1F51 replace a device's program";
	return NULL;
}

static void refuse_forbidden(struct loading *l, struct yaml_node *n, const struct frame *f, uint32_t per_address)
{
	const char *why = NULL;
	for (unsigned a = l->p->address_min; a <= l->p->address_max && !why; a++)
		why = forbidden(f, f->id + a * per_address);
	if (why)
		PROFILE_ERROR(l, n, CHECK_FORBIDDEN, "%s: battagg never sends that", why);
}

static bool sent_id(struct loading *l, struct yaml_node *map, struct frame *f, uint32_t *per_address, const char *example)
{
	struct yaml_node *n = node_need(l, map, "id", example);
	struct expression e;
	if (!n || !id_parse(l, n, &e, &f->ext))
		return false;
	f->id = (uint32_t)e.constant;
	*per_address = (uint32_t)e.per_address;
	int64_t last = e.constant + e.per_address * l->p->address_max;
	if (e.has_group)
		PROFILE_ERROR(l, n, CHECK_ID, "what is sent has no `group`");
	else if (e.has_address && !l->p->per_address)
		PROFILE_ERROR(l, n, CHECK_ID, "the id counts with `address`, but the profile has no `addresses: 0-11`");
	else if (last > (int64_t)(f->ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD))
		PROFILE_ERROR(l, n, CHECK_ID, "the last id, 0x%llX, does not fit", (unsigned long long)last);
	else
		return true;
	return false;
}

static struct yaml_node *sent_name(struct loading *l, struct yaml_node *map, char name[PROFILE_NAME_MAX + 1])
{
	struct yaml_node *n = node_need(l, map, "name", "name: keepalive");
	if (n && node_is(l, n, NODE_SCALAR, "a name")) {
		if (strlen(n->text) > PROFILE_NAME_MAX || !*n->text || n->text[strspn(n->text, "abcdefghijklmnopqrstuvwxyz0123456789_")])
			PROFILE_ERROR(l, n, CHECK_VALUE, "a name has a-z, 0-9 and _, at most %d of them", PROFILE_NAME_MAX);
		snprintf(name, PROFILE_NAME_MAX + 1, "%s", n->text);
	}
	return n;
}

static void transmit_one(struct loading *l, struct yaml_node *map, struct transmit *t)
{
	struct yaml_node *n = sent_name(l, map, t->name);
	for (struct transmit *other = l->p->transmit; other < t; other++)
		if (n && !strcmp(other->name, t->name))
			PROFILE_ERROR(l, n, CHECK_VALUE, "'%s' is the name of another", t->name);
	n = yaml_get(map, "per");
	t->per_bus = !n || node_word(l, n, per_words) != 1;
	bool good = sent_id(l, map, &t->frame, &t->per_address, "id: 0x305");
	if (good && t->per_address && t->per_bus)
		PROFILE_ERROR(l, yaml_get(map, "id"), CHECK_ID, "an id that counts with `address` is sent `per: pack`");
	n = node_need(l, map, "data", "data: 00 00 00 00 00 00 00 00");
	good = n && data_parse(l, n, &t->frame) && good;
	if (good)
		refuse_forbidden(l, n, &t->frame, t->per_address);
	l->transmit_ids[t - l->p->transmit] = good ? yaml_get(map, "id") : NULL;
	n = node_need(l, map, "period", "period: 1 s");
	if (n)
		time_parse(l, n, &t->period);
	n = yaml_get(map, "when");
	int word = n ? node_word(l, n, when_words) : 0;
	t->when = (uint8_t)(word < 0 ? TRANSMIT_ALWAYS : word);
	t->on = node_flag(l, map, "default", false);
	t->control = node_flag(l, map, "control", false);
	if (t->control && t->on)
		PROFILE_ERROR(l, map, CHECK_VALUE, "what moves contactors (`control: true`) is never on by default");
	refuse_unknown(l, map, transmit_words);
}

void transmit_parse(struct loading *l, struct yaml_node *list)
{
	for (struct yaml_node *n = list->first; n; n = n->next) {
		if (!node_is(l, n, NODE_MAP, "a frame: name, id, data, period"))
			continue;
		if (l->p->n_transmit == TRANSMIT_MAX) {
			PROFILE_ERROR(l, n, CHECK_SIZE, "at most %d frames are sent", TRANSMIT_MAX);
			return;
		}
		transmit_one(l, n, &l->p->transmit[l->p->n_transmit]);
		l->p->n_transmit++;
	}
}

/* ---- questions ---- */

static struct poll *poll_add(struct loading *l, struct yaml_node *n)
{
	if (l->p->n_polls < POLLS_MAX)
		return &l->p->polls[l->p->n_polls++];
	PROFILE_ERROR(l, n, CHECK_SIZE, "more than %d questions", POLLS_MAX);
	return NULL;
}

/* The question that goes with an `sdo` frame: an expedited upload. */
void sdo_poll(struct loading *l, struct yaml_node *map, const struct profile_frame *f, unsigned index, unsigned sub)
{
	struct poll *poll = poll_add(l, map);
	if (!poll)
		return;
	*poll = (struct poll){
		.frame = { .id = 0x600, .len = 8, .data = { 0x40, (uint8_t)index, (uint8_t)(index >> 8), (uint8_t)sub } },
		.per_address = 1,
		.period = f->period,
		.timeout = POLL_TIMEOUT,
		.n_answers = 1,
		.answers = { (uint16_t)(f - l->p->frames) },
		.sdo = true,
	};
	snprintf(poll->name, sizeof poll->name, "sdo_%04x_%02x", index, sub);
	refuse_forbidden(l, map, &poll->frame, 1);
}

/* Is this the frame that an answer names? By its id as the frame has it, or by its name. */
static bool is_answer(struct loading *l, unsigned i, const char *text, const struct expression *e, bool ext)
{
	const struct profile_frame *pf = &l->p->frames[i];
	if (!e) {
		const struct yaml_node *name = yaml_get(l->frame_nodes[i], "name");
		return name && name->kind == NODE_SCALAR && !strcmp(name->text, text);
	}
	if (pf->ext != ext)
		return false;
	if (pf->pgn)
		return codec_pgn((uint32_t)e->constant) == pf->id;
	if (pf->per_address != (uint32_t)e->per_address)
		return false;
	if (e->has_group)
		return pf->per_group == (uint32_t)e->per_group && pf->id == (uint32_t)e->constant;
	for (unsigned g = pf->group_min; g <= pf->group_max; g++)
		if (pf->id + g * pf->per_group == (uint32_t)e->constant)
			return true;
	return false;
}

void frame_unknown(struct loading *l, struct yaml_node *n, bool by_id, enum profile_rule rule)
{
	const char *known[64];
	size_t count = 0;
	for (unsigned i = 0; i < l->p->n_frames && count < 63; i++) {
		const struct yaml_node *name = yaml_get(l->frame_nodes[i], by_id ? "id" : "name");
		if (name && name->kind == NODE_SCALAR)
			known[count++] = name->text;
	}
	known[count] = NULL;
	const char *close = closest_word(n->text, known);
	PROFILE_ERROR(l, n, rule, "no frame of this profile has the %s '%s'%s%s%s", by_id ? "id" : "`name`", n->text,
	              close ? "; did you mean '" : "", close ? close : "", close ? "'" : "");
}

static void answer_parse(struct loading *l, struct yaml_node *n, struct poll *poll)
{
	struct expression e;
	bool ext = false, found = false;
	if (!node_is(l, n, NODE_SCALAR, "the id of the frame that answers, or its `name`"))
		return;
	bool by_id = !n->quoted && !strncmp(n->text, "0x", 2);
	if (by_id && !id_parse(l, n, &e, &ext))
		return;
	for (unsigned i = 0; i < l->p->n_frames; i++) {
		if (!is_answer(l, i, n->text, by_id ? &e : NULL, ext))
			continue;
		found = true;
		if (poll->n_answers < ANSWERS_MAX)
			poll->answers[poll->n_answers++] = (uint16_t)i;
		else
			PROFILE_ERROR(l, n, CHECK_SIZE, "at most %d frames answer a question", ANSWERS_MAX);
	}
	if (!found)
		frame_unknown(l, n, by_id, CHECK_ANSWER);
}

static void poll_answers(struct loading *l, struct yaml_node *map, struct poll *poll)
{
	struct yaml_node *n = yaml_get(map, "answers");
	if (!n || (n->kind == NODE_LIST && !n->first))
		PROFILE_ERROR(l, n ? n : map, CHECK_ANSWER, "which frames answer? `answers: [0x18904000 + address]`: "
		              "a question without an answer would be asked for ever; what needs none belongs under `transmit`");
	else if (n->kind == NODE_SCALAR)
		answer_parse(l, n, poll);
	else if (node_is(l, n, NODE_LIST, "a list of ids or names of frames"))
		for (struct yaml_node *one = n->first; one; one = one->next)
			answer_parse(l, one, poll);
}

static bool poll_data(struct loading *l, struct yaml_node *map, struct frame *f)
{
	struct yaml_node *data = yaml_get(map, "data"), *dlc = yaml_get(map, "dlc");
	int64_t len = 0;
	f->remote = node_flag(l, map, "remote", false);
	if (!f->remote) {
		if (dlc)
			PROFILE_ERROR_AT_KEY(l, dlc, CHECK_VALUE, "`dlc` is for `remote: yes`; otherwise `data` tells the length");
		data = data ? data : node_need(l, map, "data", "data: 00 00 00 00 00 00 00 00");
		return data && data_parse(l, data, f);
	}
	if (data)
		PROFILE_ERROR_AT_KEY(l, data, CHECK_VALUE, "a remote frame has no data, only a `dlc`");
	if (dlc && node_integer(l, dlc, 0, 8, &len))
		f->len = (uint8_t)len;
	return !data;
}

static void poll_one(struct loading *l, struct yaml_node *map, struct poll *poll)
{
	*poll = (struct poll){ .timeout = POLL_TIMEOUT };
	struct yaml_node *n = sent_name(l, map, poll->name);
	for (struct poll *other = l->p->polls; other < poll; other++)
		if (n && !strcmp(other->name, poll->name))
			PROFILE_ERROR(l, n, CHECK_VALUE, "'%s' is the name of another", poll->name);
	bool good = sent_id(l, map, &poll->frame, &poll->per_address, "id: 0x18900040 + 0x100 * address");
	good = poll_data(l, map, &poll->frame) && good;
	n = node_need(l, map, "period", "period: 1 s");
	if (n)
		time_parse(l, n, &poll->period);
	n = yaml_get(map, "timeout");
	if (n && time_parse(l, n, &poll->timeout) && poll->period && poll->timeout > poll->period)
		PROFILE_ERROR(l, n, CHECK_VALUE, "it waits longer than until the next question is due (period)");
	poll_answers(l, map, poll);
	if (good) {
		l->poll_ids[poll - l->p->polls] = yaml_get(map, "id");
		n = yaml_get(map, "data");
		refuse_forbidden(l, n ? n : map, &poll->frame, poll->per_address);
	}
	refuse_unknown(l, map, poll_words);
}

void polls_parse(struct loading *l, struct yaml_node *list)
{
	for (struct yaml_node *n = list->first; n; n = n->next) {
		if (!node_is(l, n, NODE_MAP, "a question: name, id, data, period, answers"))
			continue;
		struct poll *poll = poll_add(l, n);
		if (!poll)
			return;
		poll_one(l, n, poll);
	}
}

void answers_mark(struct loading *l)
{
	for (unsigned i = 0; i < l->p->n_polls; i++)
		for (unsigned k = 0; k < l->p->polls[i].n_answers; k++) {
			unsigned frame = l->p->polls[i].answers[k];
			l->p->frames[frame].asked = true;
			if (!yaml_get(l->frame_nodes[frame], "send"))
				l->p->frames[frame].send = 0;
		}
}
