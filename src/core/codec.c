/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What decode and encode share: how a field's raw number and its value belong together. */
#include "core/codec.h"

void codec_prepare(struct profile *p)
{
	for (int i = 0; i < p->n_fields; i++) {
		struct field *f = &p->fields[i];
		f->plain = f->kind == FIELD_QUANTITY && f->format <= FORMAT_SIGNED && f->den == 1 && !f->absolute && !f->n_map &&
		           !f->has_when && !f->place.n_split && !f->lower_only && f->place.bits;
	}
}

uint32_t codec_id(const struct profile_frame *pf, unsigned group, unsigned address)
{
	return pf->id + group * pf->per_group + address * pf->per_address;
}

bool codec_match(const struct profile *p, unsigned address, const struct frame *f, int *index, unsigned *group)
{
	for (int i = *index + 1; i < p->n_frames; i++) {
		const struct profile_frame *pf = &p->frames[i];
		if (pf->ext != f->ext)
			continue;
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
