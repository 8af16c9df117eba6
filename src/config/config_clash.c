/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the checks of what shares a bus: packs that can't be told apart, ids that two dialects use, bit rates. */
#include "config/config_private.h"

#include <stdio.h>
#include <string.h>

#include "core/codec.h"

/* The GX's own signs of life: victron-output.md, section 1.1. */
#define GX_FIRST 0x305u
#define GX_LAST  0x307u

static bool frame_has(const struct profile_frame *pf, unsigned address, uint32_t id, bool ext)
{
	if (pf->pgn)
		return ext && codec_pgn(id) == pf->id && codec_source_fits(pf, id, address);
	unsigned last = pf->has_index ? pf->group_min : pf->group_max;
	for (unsigned g = pf->group_min; pf->ext == ext && g <= last; g++)
		if (codec_id(pf, g, address) == id)
			return true;
	return false;
}

static bool profile_has(const struct profile *p, unsigned address, uint32_t id, bool ext)
{
	for (int i = 0; i < p->n_frames; i++)
		if (frame_has(&p->frames[i], address, id, ext))
			return true;
	return false;
}

/* Has b a frame of this PGN, and of the same sender where both name one? */
static bool profile_has_pgn(const struct profile *b, unsigned b_address, const struct profile_frame *pf, unsigned address)
{
	for (int i = 0; i < b->n_frames; i++) {
		const struct profile_frame *other = &b->frames[i];
		int source = pf->source == SOURCE_ADDRESS ? (int)address : pf->source;
		if (other->pgn && other->id == pf->id &&
		    (source == SOURCE_ANY || codec_source_fits(other, (uint32_t)source, b_address)))
			return true;
	}
	return false;
}

/* The first id that both use; false when there is none. */
static bool common_id(const struct profile *a, unsigned a_address, const struct profile *b, unsigned b_address,
		      uint32_t *id, bool *ext)
{
	for (int i = 0; i < a->n_frames; i++) {
		const struct profile_frame *pf = &a->frames[i];
		*ext = pf->ext;
		*id = pf->id;
		if (pf->pgn && profile_has_pgn(b, b_address, pf, a_address))
			return true;
		unsigned last = pf->has_index ? pf->group_min : pf->group_max;
		for (unsigned g = pf->group_min; !pf->pgn && g <= last; g++) {
			*id = codec_id(pf, g, a_address);
			if (profile_has(b, b_address, *id, *ext))
				return true;
		}
	}
	return false;
}

/* An id of b that a's dialect never has: hearing it would refuse pack a. */
static bool foreign_id(const struct profile *a, const struct profile *b, unsigned b_address, uint32_t *id, bool *ext)
{
	for (int i = 0; i < a->n_foreign; i++) {
		*id = a->foreign[i].id;
		*ext = a->foreign[i].ext;
		if (profile_has(b, b_address, *id, *ext))
			return true;
	}
	return false;
}

/* An id that is sent to pack a, and that b's dialect has: b would hear it as its own BMS. */
static bool sent_id(const struct pack_settings *a, const struct pack_settings *b, uint32_t *id, bool *ext)
{
	for (int k = 0; k < a->profile->n_transmit; k++) {
		const struct transmit *t = &a->profile->transmit[k];
		*id = t->frame.id + t->per_address * (unsigned)a->address;
		*ext = t->frame.ext;
		if (a->transmit[k] && profile_has(b->profile, (unsigned)b->address, *id, *ext))
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
	const struct pack_settings *a = &r->config->core.packs[i], *b = &r->config->core.packs[k];
	const char *port = r->config->core.port_names[a->port];
	if (!a->profile->per_address)
		CONFIG_ERROR(r, r->packs[i], BAD_CLASH,
			     "%s and %s are both %s on %s, which has no addresses: they can't be told apart; give each a bus of "
			     "its own",
			     pack_called(r, k).text, pack_called(r, i).text, a->profile->id, port);
	else if (a->address == b->address)
		CONFIG_ERROR(r, value_at(r->packs[i], "address"), BAD_CLASH,
			     "%s and %s are both %s with address %d on %s", pack_called(r, k).text, pack_called(r, i).text,
			     a->profile->id, a->address, port);
}

static void check_two(struct reading *r, int i, int k)
{
	const struct pack_settings *a = &r->config->core.packs[i], *b = &r->config->core.packs[k];
	const char *port = r->config->core.port_names[a->port];
	char rate[2][DIMENSION_TEXT_MAX];
	uint32_t id;
	bool ext;
	if (!strcmp(a->profile->id, b->profile->id)) { /* with parameters of their own or not */
		check_same_profile(r, i, k);
		return;
	}
	unsigned a_address = (unsigned)a->address, b_address = (unsigned)b->address;
	if (common_id(a->profile, a_address, b->profile, b_address, &id, &ext) || sent_id(a, b, &id, &ext) ||
	    sent_id(b, a, &id, &ext))
		CONFIG_ERROR(r, value_at(r->packs[i], "profile"), BAD_CLASH,
			     "%s (%s) and %s (%s) both use the id %0*X on %s: give each a bus of its own",
			     pack_called(r, k).text, b->profile->id, pack_called(r, i).text, a->profile->id, ext ? 8 : 3, id, port);
	else if (foreign_id(a->profile, b->profile, b_address, &id, &ext) ||
		 foreign_id(b->profile, a->profile, a_address, &id, &ext))
		CONFIG_ERROR(r, value_at(r->packs[i], "profile"), BAD_CLASH,
			     "%s and %s can't share %s: the id %0*X of the one is a sign of the wrong BMS to the other",
			     b->profile->id, a->profile->id, port, ext ? 8 : 3, id);
	else if (!share_a_bitrate(a->profile, b->profile))
		CONFIG_WARNING(r, value_at(r->packs[i], "profile"), BAD_ODD,
			       "%s and %s on %s have different bit rates, %s and %s", b->profile->id, a->profile->id,
			       port, dimension_print(rate[0], DIM_BITRATE, b->profile->bitrate),
			       dimension_print(rate[1], DIM_BITRATE, a->profile->bitrate));
}

static void check_bitrate(struct reading *r, int i)
{
	const struct pack_settings *set = &r->config->core.packs[i];
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
	const struct pack_settings *set = &c->core.packs[i];
	const struct interface_settings *port = &c->interfaces[set->port];
	uint32_t id;
	bool ext;
	if (strcmp(port->name, c->output_interface) || port->usb_serial[0] || port->usb_path[0] || !c->output_profile)
		return;
	unsigned address = (unsigned)set->address;
	bool clash = common_id(set->profile, address, c->output_profile, 0, &id, &ext) ||
		     foreign_id(set->profile, c->output_profile, 0, &id, &ext);
	for (int k = 0; k < set->profile->n_transmit && !clash; k++) {
		const struct transmit *t = &set->profile->transmit[k];
		id = t->frame.id + t->per_address * address;
		ext = t->frame.ext;
		clash = set->transmit[k] &&
			((!ext && id >= GX_FIRST && id <= GX_LAST) || profile_has(c->output_profile, 0, id, ext));
	}
	for (int k = 0; k < i && !clash; k++)
		if (c->core.packs[k].port == set->port)
			return; /* told of that pack */
	if (clash)
		CONFIG_ERROR(r, value_at(r->packs[i], "interface"), BAD_CLASH,
			     "the output and this pack are on one interface, %s, where the id %0*X would mean two things: each needs "
			     "its own, and vcan0 is meant for the output",
			     port->name, ext ? 8 : 3, id);
	else
		CONFIG_WARNING(r, value_at(r->packs[i], "interface"), BAD_ODD,
			       "the output and this pack are on one interface, %s: what the GX is told goes onto the battery's bus, "
			       "too; better each has its own, and vcan0 is meant for the output",
			       port->name);
}

static void check_interfaces(struct reading *r)
{
	const struct config *c = r->config;
	bool all_placed = c->core.n_packs > 0; /* else it has been told why nobody is there */
	for (int k = 0; k < c->core.n_packs; k++)
		all_placed = all_placed && c->core.packs[k].port >= 0;
	for (int i = 0; i < c->core.n_ports; i++) {
		const struct interface_settings *a = &c->interfaces[i];
		bool used = !all_placed;
		for (int k = 0; k < c->core.n_packs; k++)
			used |= c->core.packs[k].port == i;
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
	for (int i = 0; i < s->n_packs; i++)
		if (s->packs[i].port == port && s->packs[i].profile) {
			unsigned own = profile_filters(s->packs[i].profile);
			if (all <= PROFILE_FILTERS_MAX && all + own > PROFILE_FILTERS_MAX && own <= PROFILE_FILTERS_MAX)
				CONFIG_WARNING(r, r->packs[i], BAD_ODD,
					       "from here on the packs on %s have more ids than the %d that the kernel filters: "
					       "every frame of that bus wakes battagg",
					       s->port_names[port], PROFILE_FILTERS_MAX);
			all += own;
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
	for (int i = 0; i < s->n_packs; i++) {
		if (!comparable(&s->packs[i]))
			continue;
		for (int k = 0; k < i; k++)
			if (comparable(&s->packs[k]) && s->packs[k].port == s->packs[i].port)
				check_two(r, i, k);
		check_bitrate(r, i);
		check_output(r, i);
	}
}
