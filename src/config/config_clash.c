/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the checks of what shares a bus: packs that can't be told apart, ids that two dialects use, bit rates. */
#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

#include "core/codec.h"

/* The GX's own signs of life, 0x305 to 0x307: seen in logs of Venus OS with BYD, Deye and Seplos. */
#define GX_FIRST 0x305u
#define GX_LAST  0x307u

/* The only sender of a PGN that counts; SOURCE_ANY: anybody. */
static int sender(const struct pack_settings *set, const struct profile_frame *pf)
{
	if (pf->source == SOURCE_ANY && set->source.set)
		return (int)set->source.value;
	return pf->source == SOURCE_ADDRESS ? set->address : pf->source;
}

static bool frame_has(const struct pack_settings *set, const struct profile_frame *pf, uint32_t id, bool ext)
{
	int from = sender(set, pf);
	if (pf->pgn)
		return ext && codec_pgn(id) == pf->id && (from == SOURCE_ANY || from == (int)(id & 0xFF));
	unsigned last = pf->has_index ? pf->group_min : pf->group_max;
	for (unsigned g = pf->group_min; pf->ext == ext && g <= last; g++)
		if (codec_id(pf, g, (unsigned)set->address) == id)
			return true;
	return false;
}

/* Would it take a frame with this id? */
static bool has_id(const struct pack_settings *set, uint32_t id, bool ext)
{
	for (int i = 0; i < set->profile->n_frames; i++)
		if (frame_has(set, &set->profile->frames[i], id, ext))
			return true;
	return false;
}

/* Would both take a frame of this PGN of a's? */
static bool shares_pgn(const struct pack_settings *a, const struct profile_frame *pf, const struct pack_settings *b)
{
	int from = sender(a, pf);
	for (int i = 0; i < b->profile->n_frames; i++) {
		const struct profile_frame *other = &b->profile->frames[i];
		int of = sender(b, other);
		if (other->pgn && other->id == pf->id && (from == SOURCE_ANY || of == SOURCE_ANY || from == of) &&
		    !profile_frames_differ(pf, a->address, other, b->address))
			return true;
	}
	return false;
}

/* The first id of a's that b takes too. */
static bool common_id(const struct pack_settings *a, const struct pack_settings *b, uint32_t *id, bool *ext)
{
	for (int i = 0; i < a->profile->n_frames; i++) {
		const struct profile_frame *pf = &a->profile->frames[i];
		*ext = pf->ext;
		unsigned last = pf->has_index ? pf->group_min : pf->group_max;
		for (unsigned g = pf->group_min; !pf->pgn && g <= last; g++) {
			*id = codec_id(pf, g, (unsigned)a->address);
			if (has_id(b, *id, *ext))
				return true;
		}
	}
	return false;
}

static bool common_pgn(const struct pack_settings *a, const struct pack_settings *b, uint32_t *pgn)
{
	for (int i = 0; i < a->profile->n_frames; i++) {
		*pgn = a->profile->frames[i].id;
		if (a->profile->frames[i].pgn && shares_pgn(a, &a->profile->frames[i], b))
			return true;
	}
	return false;
}

/* An id of b that a's dialect never has: hearing it would refuse pack a. */
static bool foreign_id(const struct profile *a, const struct pack_settings *b, uint32_t *id, bool *ext)
{
	for (int i = 0; i < a->n_foreign; i++) {
		*id = a->foreign[i].id;
		*ext = a->foreign[i].ext;
		if (has_id(b, *id, *ext))
			return true;
	}
	return false;
}

/* An id that is sent to a, and that b's dialect has: b would hear it as its own. */
static bool sent_id(const struct pack_settings *a, const struct pack_settings *b, uint32_t *id, bool *ext)
{
	for (int k = 0; k < a->profile->n_transmit; k++) {
		const struct transmit *t = &a->profile->transmit[k];
		*id = t->frame.id + t->per_address * (unsigned)a->address;
		*ext = t->frame.ext;
		if (a->transmit[k] && has_id(b, *id, *ext))
			return true;
	}
	return false;
}

static bool share_a_bitrate(const struct profile *a, const struct profile *b)
{
	if (!a->bitrate || !b->bitrate)
		return true;
	return a->bitrate == b->bitrate || a->bitrate == b->bitrate_alt || a->bitrate_alt == b->bitrate ||
	       (a->bitrate_alt && a->bitrate_alt == b->bitrate_alt);
}

static void check_same_profile(struct reading *r, int i, int k)
{
	const struct pack_settings *a = member_at(r, i), *b = member_at(r, k);
	const char *port = r->config->core.port_names[a->port];
	uint32_t id;
	bool ext;
	if (a->address == b->address && !common_id(a, b, &id, &ext) && !common_pgn(a, b, &id))
		return; /* each has its `source` */
	if (!a->profile->per_address)
		CONFIG_ERROR(r, r->members[i], BAD_CLASH,
			     "%s and %s are both %s on %s, which has no addresses: they can't be told apart; give each a bus of "
			     "its own",
			     pack_called(r, k).text, pack_called(r, i).text, a->profile->id, port);
	else if (a->address == b->address)
		CONFIG_ERROR(r, value_at(r->members[i], "address"), BAD_CLASH,
			     "%s and %s are both %s with address %d on %s", pack_called(r, k).text, pack_called(r, i).text,
			     a->profile->id, a->address, port);
}

static void check_two(struct reading *r, int i, int k)
{
	const struct pack_settings *a = member_at(r, i), *b = member_at(r, k);
	const char *port = r->config->core.port_names[a->port];
	char rate[2][DIMENSION_TEXT_MAX];
	uint32_t id;
	bool ext;
	if (!strcmp(a->profile->id, b->profile->id)) { /* with parameters of their own or not */
		check_same_profile(r, i, k);
		return;
	}
	if (common_pgn(a, b, &id))
		CONFIG_ERROR(r, value_at(r->members[i], "profile"), BAD_CLASH,
			     "%s (%s) and %s (%s) would both take PGN %05X on %s: give each its `source`, or a bus of its own",
			     pack_called(r, k).text, b->profile->id, pack_called(r, i).text, a->profile->id, id, port);
	else if (common_id(a, b, &id, &ext) || common_id(b, a, &id, &ext) || sent_id(a, b, &id, &ext) ||
		 sent_id(b, a, &id, &ext))
		CONFIG_ERROR(r, value_at(r->members[i], "profile"), BAD_CLASH,
			     "%s (%s) and %s (%s) both use the id %0*X on %s: give each a bus of its own", pack_called(r, k).text,
			     b->profile->id, pack_called(r, i).text, a->profile->id, ext ? 8 : 3, id, port);
	else if (foreign_id(a->profile, b, &id, &ext) || foreign_id(b->profile, a, &id, &ext))
		CONFIG_ERROR(r, value_at(r->members[i], "profile"), BAD_CLASH,
			     "%s and %s can't share %s: the id %0*X of the one is a sign of the wrong BMS to the other",
			     b->profile->id, a->profile->id, port, ext ? 8 : 3, id);
	else if (!share_a_bitrate(a->profile, b->profile))
		CONFIG_WARNING(r, value_at(r->members[i], "profile"), BAD_ODD,
			       "%s and %s on %s have different bit rates, %s and %s", b->profile->id, a->profile->id,
			       port, dimension_print(rate[0], DIM_BITRATE, b->profile->bitrate),
			       dimension_print(rate[1], DIM_BITRATE, a->profile->bitrate));
}

static void check_bitrate(struct reading *r, int i)
{
	const struct pack_settings *set = member_at(r, i);
	const struct interface_settings *port = &r->config->interfaces[set->port];
	const struct profile *p = set->profile;
	char rate[2][DIMENSION_TEXT_MAX];
	if (port->bitrate && p->bitrate && port->bitrate != p->bitrate && port->bitrate != p->bitrate_alt)
		CONFIG_WARNING(r, value_at(r->interfaces[set->port], "bitrate"), BAD_ODD,
			       "%s on %s, but a BMS of the profile %s speaks at %s",
			       dimension_print(rate[0], DIM_BITRATE, port->bitrate), port->name, p->id,
			       dimension_print(rate[1], DIM_BITRATE, p->bitrate));
}

/* A source that is the output too: what battagg sends must not look like a pack, nor what a pack is sent like a GX. */
static void check_output(struct reading *r, int i)
{
	const struct config *c = r->config;
	const struct pack_settings *set = member_at(r, i);
	const struct interface_settings *port = &c->interfaces[set->port];
	uint32_t id;
	bool ext;
	if (strcmp(port->name, c->output_interface) || port->usb_serial[0] || port->usb_path[0] || !c->output_profile)
		return;
	const struct pack_settings output = { .profile = c->output_profile };
	bool clash = common_id(set, &output, &id, &ext) || foreign_id(set->profile, &output, &id, &ext);
	for (int k = 0; k < set->profile->n_transmit && !clash; k++) {
		const struct transmit *t = &set->profile->transmit[k];
		id = t->frame.id + t->per_address * (unsigned)set->address;
		ext = t->frame.ext;
		clash = set->transmit[k] && ((!ext && id >= GX_FIRST && id <= GX_LAST) || has_id(&output, id, ext));
	}
	for (int k = 0; k < i && !clash; k++)
		if (settings_member(&c->core, k)->port == set->port)
			return; /* told of that one */
	const char *what = i < c->core.n_packs ? "pack" : "sensor";
	if (clash)
		CONFIG_ERROR(r, value_at(r->members[i], "interface"), BAD_CLASH,
			     "the output and this %s are on one interface, %s, where the id %0*X would mean two things: each needs "
			     "its own, and vcan0 is meant for the output",
			     what, port->name, ext ? 8 : 3, id);
	else
		CONFIG_WARNING(r, value_at(r->members[i], "interface"), BAD_ODD,
			       "the output and this %s are on one interface, %s: what the GX is told goes onto its bus, too; "
			       "better each has its own, and vcan0 is meant for the output",
			       what, port->name);
}

static void check_interfaces(struct reading *r)
{
	const struct config *c = r->config;
	bool all_placed = c->core.n_packs > 0; /* else it has been told why nobody is there */
	for (int k = 0; k < settings_members(&c->core); k++)
		all_placed = all_placed && settings_member(&c->core, k)->port >= 0;
	for (int i = 0; i < c->core.n_ports; i++) {
		const struct interface_settings *a = &c->interfaces[i];
		bool used = !all_placed;
		for (int k = 0; k < settings_members(&c->core); k++)
			used |= settings_member(&c->core, k)->port == i;
		if (!used)
			yaml_warning_at_key(r->doc, r->interfaces[i], r->problems, config_rules[BAD_ODD].id,
					    "no pack is on %s", a->name);
		for (int k = 0; k < i; k++) {
			const struct interface_settings *b = &c->interfaces[k];
			if ((a->usb_serial[0] || a->usb_path[0]) && !strcmp(a->usb_serial, b->usb_serial) &&
			    !strcmp(a->usb_path, b->usb_path))
				CONFIG_ERROR(r, value_at(r->interfaces[i], "match"), BAD_CLASH,
					     "%s and %s are the same adapter", b->name, a->name);
		}
	}
}

/* More ids than the kernel filters: then every frame of the bus is looked at. */
static void check_filters(struct reading *r, int port)
{
	const struct settings *s = &r->config->core;
	unsigned all = 0;
	for (int i = 0; i < settings_members(s); i++) {
		const struct pack_settings *set = settings_member(s, i);
		if (set->port == port && set->profile) {
			unsigned own = profile_filters(set->profile);
			if (all <= PROFILE_FILTERS_MAX && all + own > PROFILE_FILTERS_MAX && own <= PROFILE_FILTERS_MAX)
				CONFIG_WARNING(r, r->members[i], BAD_ODD,
					       "from here on the packs on %s have more ids than the %d that the kernel filters: "
					       "every frame of that bus wakes battagg",
					       s->port_names[port], PROFILE_FILTERS_MAX);
			all += own;
		}
	}
}

static bool comparable(const struct pack_settings *set)
{
	return set->profile && set->port >= 0 && set->address >= 0;
}

void config_check_clashes(struct reading *r)
{
	const struct settings *s = &r->config->core;
	check_interfaces(r);
	for (int i = 0; i < s->n_ports; i++)
		check_filters(r, i);
	for (int i = 0; i < settings_members(s); i++) {
		const struct pack_settings *a = settings_member(s, i);
		if (!comparable(a))
			continue;
		for (int k = 0; k < i; k++)
			if (comparable(settings_member(s, k)) && settings_member(s, k)->port == a->port)
				check_two(r, i, k);
		check_bitrate(r, i);
		check_output(r, i);
	}
}
