/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Finds the rows that can be decoded the short way. */
#include "core/quick.h"

/* Nothing but bits in the first 8 bytes, and no condition. */
static bool is_simple(const struct field *f)
{
	return !f->has_when && !f->has_negate && !f->fold && !f->place.n_split && !f->place.at && f->place.bits;
}

static bool is_linear(const struct field *f)
{
	return f->format <= FORMAT_SIGNED && f->den == 1 && !f->absolute && !f->n_map && !f->has_range && !f->lower_only;
}

static void prepare_number(struct field *f, uint16_t frame, int64_t min, int64_t max)
{
	f->quick_validity = VALID;
	f->quick_rank = f->rank;
	f->quick_source = frame;
	f->mask = bits_mask(f->place.bits);
	f->sign = f->format == FORMAT_SIGNED ? UINT64_C(1) << (f->place.bits - 1) : 0;
	f->min = min;
	f->max = max;
}

/* All elements one after the other in the 64 bits. */
static bool prepare_array(struct field *f, uint16_t frame)
{
	unsigned more = (f->count - 1u) * f->place.bits, shift = f->place.shift;
	if (!f->count || (f->place.big ? more > shift : shift + more + f->place.bits > 64))
		return false;
	f->quick_end = (uint8_t)(f->place.big ? 8 - (shift - more) / 8 : (shift + more + f->place.bits + 7) / 8);
	prepare_number(f, frame, arrays[f->target].min, arrays[f->target].max);
	return true;
}

static bool prepare_alarm(struct field *f)
{
	if (f->place.bits > 2 || f->n_map > 4)
		return false;
	f->mask = bits_mask(f->place.bits);
	for (unsigned raw = 0; raw <= f->mask; raw++) {
		struct alarm_state a = codec_alarm(f, raw);
		f->says[raw] = (uint8_t)(a.alarm | a.warning << 4);
	}
	return true;
}

static enum quick prepare(struct field *f, uint16_t frame)
{
	f->quick_end = f->place.end;
	if (!is_simple(f))
		return QUICK_NONE;
	if (f->kind == FIELD_ALARM)
		return prepare_alarm(f) ? QUICK_ALARM : QUICK_NONE;
	if (!is_linear(f))
		return QUICK_NONE;
	if (f->kind == FIELD_ARRAY)
		return prepare_array(f, frame) ? QUICK_ARRAY : QUICK_NONE;
	if (f->kind != FIELD_QUANTITY)
		return QUICK_NONE;
	prepare_number(f, frame, quantities[f->target].min, quantities[f->target].max);
	return QUICK_NUMBER;
}

/* Bit per alarm, warning and text that the frame tells. */
#define N_TOLD 3
static void find_told(const struct profile *p, const struct profile_frame *pf, uint64_t told[N_TOLD])
{
	memset(told, 0, N_TOLD * sizeof *told);
	for (int i = 0; i < pf->n_fields; i++) {
		const struct field *f = &p->fields[pf->first_field + i];
		if (f->kind == FIELD_ALARM && f->part != PART_WARNING)
			told[0] |= UINT64_C(1) << f->target;
		if (f->kind == FIELD_ALARM && f->part != PART_ALARM)
			told[1] |= UINT64_C(1) << f->target;
		if (f->kind == FIELD_TEXT)
			told[2] |= UINT64_C(1) << f->target;
	}
}

/* All of a text, whatever else stands in the frame. */
static bool is_whole_text(const struct field *f)
{
	return f->kind == FIELD_TEXT && !f->has_when && (f->format == FORMAT_VERSION || f->place.bits == 8u * f->text_len);
}

static bool is_steady(const struct profile *p, const struct profile_frame *pf)
{
	for (int i = 0; i < pf->n_fields; i++) {
		const struct field *f = &p->fields[pf->first_field + i];
		if (f->quick != QUICK_ALARM && !is_whole_text(f))
			return false;
	}
	/* the id alone must make it this frame: what others send under the same id is no news of it */
	bool plain = !pf->group_max && !pf->pgn && !pf->n_guards && !pf->has_index && !pf->checksum.kind;
	return pf->n_fields && plain && !pf->absent_ok && !pf->has_counter && !pf->marked;
}

static void prepare_fields(struct profile *p, uint16_t frame)
{
	struct profile_frame *pf = &p->frames[frame];
	pf->n_numbers = pf->numbers_end = 0;
	for (int i = 0; i < pf->n_fields; i++) {
		struct field *f = &p->fields[pf->first_field + i];
		f->quick = (uint8_t)prepare(f, frame);
		if (f->quick != QUICK_NUMBER || pf->n_numbers != i)
			continue;
		pf->n_numbers++;
		if (pf->numbers_end < f->quick_end)
			pf->numbers_end = f->quick_end;
	}
}

void quick_prepare(struct profile *p)
{
	uint64_t once[N_TOLD] = { 0 }, often[N_TOLD] = { 0 }, told[N_TOLD];
	for (int i = 0; i < p->n_frames; i++) {
		prepare_fields(p, (uint16_t)i);
		find_told(p, &p->frames[i], told);
		for (int k = 0; k < N_TOLD; k++) {
			often[k] |= once[k] & told[k];
			once[k] |= told[k];
		}
	}
	for (int i = 0; i < p->n_frames; i++) {
		struct profile_frame *pf = &p->frames[i];
		find_told(p, pf, told);
		pf->steady = is_steady(p, pf);
		for (int k = 0; k < N_TOLD; k++)
			pf->steady = pf->steady && !(told[k] & often[k]);
		pf->numbers = pf->n_fields && pf->n_numbers == pf->n_fields && !pf->n_guards && !pf->has_index &&
		              !pf->checksum.kind && !pf->has_priority && !pf->has_counter && !pf->marked;
	}
}
