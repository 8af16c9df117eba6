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
	bool whole = f->den == 1 || f->kind == FIELD_ARRAY;
	return f->format <= FORMAT_SIGNED && whole && !f->absolute && !f->n_map && !f->has_range && !f->lower_only;
}

static bool is_among(const struct field *f, uint64_t raw)
{
	for (unsigned i = 0; i < f->n_absent; i++)
		if (f->absent[i] == raw)
			return true;
	return false;
}

/* The raw values that mean "not available" as one row of neighbours: 0xFFFD to 0xFFFF, 0x7FFF and 0x8000, 0xFFFF and 0. */
static bool prepare_absent(struct field *f)
{
	uint64_t mask = bits_mask(f->place.bits);
	f->quick_absent = f->quick_n_absent = 0;
	for (unsigned i = 0; i < f->n_absent; i++) {
		unsigned n = 0;
		while (n < f->n_absent && is_among(f, (f->absent[i] + n) & mask))
			n++;
		if (n > f->quick_n_absent) {
			f->quick_absent = f->absent[i];
			f->quick_n_absent = n;
		}
	}
	return f->quick_n_absent == f->n_absent;
}

static void prepare_number(struct field *f, uint16_t frame, int64_t min, int64_t max)
{
	f->quick_origin = (struct measure){ .validity = VALID, .rank = f->rank, .source = frame }.origin;
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

static enum quick prepare(struct field *f, uint16_t frame)
{
	f->quick_end = f->place.end;
	if (!is_simple(f) || !is_linear(f) || !prepare_absent(f))
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
		if ((f->kind != FIELD_ALARM || f->has_when) && !is_whole_text(f))
			return false;
	}
	/* the id alone must make it this frame: what others send under the same id is no news of it */
	bool plain = !pf->group_max && !pf->pgn && !pf->n_guards && !pf->has_index && !pf->checksum.kind;
	return pf->n_fields && plain && !pf->absent_ok && !pf->has_counter && !pf->marked;
}

/* The bits of a place in the word with byte 0 lowest; 0 where they are not in it. */
static uint64_t bits_of(const struct place *at)
{
	if (at->n_split || at->at)
		return 0;
	uint64_t mask = bits_mask(at->bits) << at->shift;
	return at->big ? __builtin_bswap64(mask) : mask;
}

/* What all guards demand, as one number; an address in it begins with a byte. */
static void prepare_guards(struct profile_frame *pf)
{
	pf->demand_mask = pf->demand = pf->demand_address = pf->demand_end = 0;
	pf->plain_guards = true;
	for (unsigned i = 0; i < pf->n_guards; i++) {
		const struct guard *g = &pf->guards[i];
		if (!g->demand)
			continue;
		uint64_t mask = bits_of(&g->place), value = (g->address ? 1 : g->value) << g->place.shift;
		if (g->place.big)
			value = __builtin_bswap64(value);
		bool can_be = g->address ? g->place.shift % 8 == 0 : g->value <= bits_mask(g->place.bits);
		if (!mask || mask & pf->demand_mask || !can_be) {
			pf->plain_guards = false;
			continue;
		}
		pf->demand_mask |= mask;
		pf->demand |= g->address ? 0 : value;
		pf->demand_address |= g->address ? value : 0;
		if (pf->demand_end < g->place.end)
			pf->demand_end = g->place.end;
	}
}

/* All that says what the alarms are, if it is nothing but bits of the first 8 bytes. */
static bool prepare_alarms(const struct profile *p, struct profile_frame *pf)
{
	bool plain = true;
	pf->alarm_mask = pf->alarm_end = pf->alarms = 0;
	for (int i = pf->n_fields - 1; i >= 0; i--) {
		struct field *f = &p->fields[pf->first_field + i];
		f->alarms_run = 0;
		if (f->kind != FIELD_ALARM)
			continue;
		f->alarms_run = (uint16_t)(i + 1 < pf->n_fields ? f[1].alarms_run + 1 : 1);
		pf->alarms = true;
		pf->alarm_mask |= bits_of(&f->place);
		plain = plain && bits_of(&f->place) && !f->has_when;
		if (pf->alarm_end < f->place.end)
			pf->alarm_end = f->place.end;
	}
	return pf->alarms && plain;
}

static void prepare_fields(struct profile *p, uint16_t frame)
{
	struct profile_frame *pf = &p->frames[frame];
	pf->n_numbers = pf->numbers_end = 0;
	pf->numbers_given = 0;
	for (int i = 0; i < pf->n_fields; i++) {
		struct field *f = &p->fields[pf->first_field + i];
		f->quick = (uint8_t)prepare(f, frame);
		if (f->quick != QUICK_NUMBER || pf->n_numbers != i)
			continue;
		pf->n_numbers++;
		pf->numbers_given |= UINT64_C(1) << f->target;
		if (pf->numbers_end < f->quick_end)
			pf->numbers_end = f->quick_end;
	}
}

void quick_prepare(struct profile *p)
{
	uint64_t once[N_TOLD] = { 0 }, often[N_TOLD] = { 0 }, told[N_TOLD];
	unsigned slots = 0;
	for (int i = 0; i < p->n_frames; i++) {
		prepare_fields(p, (uint16_t)i);
		prepare_guards(&p->frames[i]);
		p->frames[i].hold = 0;
		if (prepare_alarms(p, &p->frames[i]) && slots < ALARM_FRAMES_MAX) {
			p->frames[i].alarm_slot = (uint8_t)slots;
			p->frames[i].hold = UINT32_C(1) << slots++;
		}
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
