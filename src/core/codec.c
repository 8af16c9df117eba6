/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What decode and encode share: how a field's raw number and its value belong together. */
#include "core/codec.h"

#include <string.h>

bool codec_text_fits(const char *wanted, const char *text)
{
	size_t n = strlen(wanted);
	if (n && wanted[n - 1] == '*')
		return strncmp(wanted, text, n - 1) == 0;
	return strcmp(wanted, text) == 0;
}

uint32_t codec_id(const struct profile_frame *pf, unsigned group, unsigned address)
{
	return pf->id + group * pf->per_group + address * pf->per_address;
}

uint32_t codec_pgn(uint32_t id)
{
	uint32_t pgn = id >> 8 & 0x3FFFF;
	return (pgn >> 8 & 0xFF) < 0xF0 ? pgn & 0x3FF00 : pgn; /* PDU 1: the low byte is the destination */
}

bool codec_source_fits(const struct profile_frame *pf, uint32_t id, unsigned address)
{
	unsigned source = id & 0xFF;
	return pf->source == SOURCE_ANY || source == (pf->source == SOURCE_ADDRESS ? address : (unsigned)pf->source);
}

bool codec_match(const struct profile *p, unsigned address, const struct frame *f, int *index, unsigned *group)
{
	for (int i = *index + 1; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		if (pf->ext != f->ext)
			continue;
		if (pf->pgn) {
			if (codec_pgn(f->id) != pf->id || !codec_source_fits(pf, f->id, address))
				continue;
			*index = i;
			*group = pf->group_min;
			return true;
		}
		if (pf->has_index) {
			if (codec_id(pf, 0, address) != f->id)
				continue;
			*index = i;
			*group = pf->group_min; /* the data tell */
			return true;
		}
		for (unsigned g = pf->group_min; g <= pf->group_max; g++) {
			if (codec_id(pf, g, address) != f->id)
				continue;
			*index = i;
			*group = g;
			return true;
		}
	}
	return false;
}
