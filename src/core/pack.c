/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* One pack: taking its frames, and what follows from their coming and staying away. */
#include "core/pack.h"

#include <stdio.h>
#include <string.h>

#include "core/bits.h"

#define FOREIGN_MEMORY (60 * INT64_C(1000000)) /* us that a foreign id keeps a pack out after it was last heard */
#define FOREIGN_PROOF 3 /* so many of them put a pack out that was in: one may be a stray */

const char *const pack_state_names[N_PACK_STATE] = {
	[PACK_WAITING] = "waiting", [PACK_ONLINE] = "online", [PACK_RETURNING] = "returning",
	[PACK_LOST] = "lost",       [PACK_GONE] = "gone",     [PACK_REFUSED] = "refused",
};

const enum quantity limit_quantity[N_LIMIT] = { Q_CVL, Q_CCL, Q_DCL, Q_LOW_VOLTAGE };

void pack_init(struct pack *p, const struct pack_settings *set, struct frame_age *ages, int64_t now)
{
	memset(p, 0, sizeof *p);
	p->set = set;
	p->seen.address = (uint8_t)set->address;
	p->ages = ages;
	p->since = now;
	snprintf(p->why, sizeof p->why, "nothing heard yet");
	for (int q = 0; q < N_QUANTITY; q++)
		if (quantities[q].urgent != URGENT_NEVER)
			p->watched |= UINT64_C(1) << q;
	const struct profile *profile = set->profile;
	compute_array_stale(profile, p->array_stale);
	for (int i = 0; i < profile->n_frames; i++) {
		const struct profile_frame *pf = &profile->frames[i];
		for (int k = 0; k < pf->n_fields; k++) {
			const struct field *f = &profile->fields[pf->first_field + k];
			if (f->kind == FIELD_ALARM)
				ages[i].alarms = true;
		}
	}
}

/* Lowered by one frame, raised only as far as two frames in a row allow. For the low voltage limit the other way. */
static void accept(struct accepted *a, enum limit_kind kind, int64_t value, int64_t now)
{
	int64_t sign = kind == LIMIT_LOW_VOLTAGE ? -1 : 1;
	int64_t v = sign * value, last = sign * a->last, held = sign * a->value;
	int64_t both = a->has_last && last < v ? last : v;
	if (a->known && v > held)
		a->value = sign * (both > held ? both : held);
	else if (a->known || a->has_last)
		a->value = sign * both;
	a->known = a->has_last;
	a->has_last = true;
	a->last = value;
	a->time = now;
}

static bool alarms_got_worse(const struct battery *before, const struct battery *now)
{
	if (!memcmp(before->alarm, now->alarm, sizeof before->alarm))
		return false;
	for (int i = 0; i < N_ALARM; i++)
		if ((now->alarm[i].alarm == TRI_ACTIVE && before->alarm[i].alarm != TRI_ACTIVE) ||
		    (now->alarm[i].warning == TRI_ACTIVE && before->alarm[i].warning != TRI_ACTIVE))
			return true;
	return false;
}

/* Of a watched quantity that the newest frame gave. */
static bool value_got_worse(const struct pack *p, enum quantity q)
{
	const struct quantity_row *row = &quantities[q];
	const struct measure *then = &p->b.q[q], *now = &p->seen.b.q[q];
	if (p->set->override[q].set)
		return false;
	if (then->validity < STALE)
		return false; /* new knowledge waits for the tick */
	int64_t change = row->urgent == URGENT_LOWER ? then->value - now->value : now->value - then->value;
	return change >= row->urgent_step;
}

bool pack_fits_cells(const struct pack *p, enum quantity q, int64_t value)
{
	if (!p->set->cells || !p->set->chemistry)
		return true;
	const struct chemistry_row *c = &chemistries[p->set->chemistry];
	int64_t cells = p->set->cells, low = cells * c->guard_low / 2, high = cells * c->guard_high;
	if (q == Q_CVL)
		low = cells * c->nominal * 3 / 4;
	if (q == Q_CVL)
		high = high * 11 / 10;
	if (q == Q_VOLTAGE)
		high = high * 5 / 4;
	return value >= low && value <= high;
}

#define BY_CELLS (UINT64_C(1) << Q_CVL | UINT64_C(1) << Q_LOW_VOLTAGE | UINT64_C(1) << Q_VOLTAGE)

/* What can't be is not taken in; of a voltage the last one stays, as an old one. */
static void drop_odd(struct pack *p, int64_t now)
{
	for (uint64_t news = p->seen.updated & BY_CELLS; news; news &= news - 1) {
		enum quantity q = (enum quantity)__builtin_ctzll(news);
		struct measure *m = &p->seen.b.q[q];
		if (pack_fits_cells(p, q, m->value))
			continue;
		p->seen.rejected++;
		p->odd = (struct odd_value){ q, m->value, now, p->odd.told };
		p->seen.updated &= ~(UINT64_C(1) << q);
		m->validity = NOT_AVAILABLE;
	}
}

/* Takes the limits that the newest frame gave. True when a watched value got worse. */
static bool take_watched(struct pack *p, int64_t now)
{
	bool worse = false;
	uint64_t news = p->seen.updated & p->watched;
	for (int k = 0; k < N_LIMIT; k++) {
		if (!(news >> limit_quantity[k] & 1))
			continue;
		accept(&p->accepted[k], (enum limit_kind)k, p->seen.b.q[limit_quantity[k]].value, now);
	}
	for (; news && !worse; news &= news - 1)
		worse = value_got_worse(p, (enum quantity)__builtin_ctzll(news));
	return worse;
}

/* Several may speak of one battery: the highest in rank is believed, until it has been silent for long (RV-C). */
static bool is_believed(struct pack *p, const struct profile_frame *pf, const struct frame *f, int64_t now)
{
	struct words w = bits_words(f);
	uint64_t rank;
	int16_t source = f->id & 0xFF;
	if (!bits_get(&w, &pf->priority, 0, &rank))
		return false;
	bool fresh = p->talker_at && now - p->talker_at <= pf->stale;
	if (fresh && source != p->talker && rank <= p->talker_rank)
		return false;
	p->talker = source;
	p->talker_rank = (uint8_t)rank;
	p->talker_at = now;
	return true;
}

/* A frame was taken: its age. */
static inline void count(struct pack *p, struct frame_age *age, int64_t now)
{
	age->ever = true;
	age->last = now;
	age->count++;
	p->frames++;
}

/* After a frame was decoded: did something get worse? */
static inline bool took(struct pack *p, struct frame_age *age, int64_t now)
{
	count(p, age, now);
	if (p->state == PACK_REFUSED)
		return false; /* not this pack's word */
	if (p->seen.updated & BY_CELLS && p->set->cells)
		drop_odd(p, now);
	bool worse = p->seen.updated & p->watched && take_watched(p, now);
	return worse || (age->alarms && alarms_got_worse(&p->b, &p->seen.b));
}

/* The same alarms or text as the last time? If they have got worse, that has been said. */
static inline bool is_repeated(struct frame_age *age, const struct frame *f)
{
	uint64_t data;
	memcpy(&data, f->data, sizeof data);
	if (age->ever && age->data == data && age->len == f->len)
		return true;
	age->data = data;
	age->len = f->len;
	return false;
}

/* A frame that was not taken. Nothing got worse. */
static bool left(struct pack *p, struct frame_age *age, enum decoded why, int64_t now)
{
	if (why == DECODED_REPEATED) {
		age->repeated = now;
		p->repeated++;
	} else {
		p->not_this++;
	}
	return false;
}

bool pack_frame(struct pack *p, unsigned index, unsigned group, const struct frame *f, int64_t now)
{
	const struct profile_frame *pf = &p->set->profile->frames[index];
	struct frame_age *age = &p->ages[index];
	if (pf->steady && is_repeated(age, f)) {
		count(p, age, now);
		return false;
	}
	if (pf->demand_end && !codec_fits(pf, f->data, f->len, p->seen.address))
		return left(p, age, DECODED_NOT, now); /* where many frames have one id, most of them come to this */
	/* only who speaks of this pack has a rank: other instances have talkers of their own */
	if (pf->has_priority && codec_is_this(p->set->profile, index, f, p->seen.address) && !is_believed(p, pf, f, now))
		return false;
	enum decoded decoded = codec_decode(p->set->profile, index, group, f, now, &p->seen, NULL, NULL);
	return decoded == DECODED ? took(p, age, now) : left(p, age, decoded, now);
}

bool pack_message(struct pack *p, unsigned index, unsigned group, const uint8_t *data, unsigned len, int64_t now)
{
	struct frame_age *age = &p->ages[index];
	enum decoded decoded = codec_decode_long(p->set->profile, index, group, data, len, now, &p->seen, NULL, NULL);
	return decoded == DECODED ? took(p, age, now) : left(p, age, decoded, now);
}

void pack_foreign(struct pack *p, const struct frame *f, int64_t now)
{
	p->foreign++;
	p->foreign_run = p->foreign_at && now - p->foreign_at < FOREIGN_MEMORY ? p->foreign_run + 1 : 1;
	p->foreign_at = now;
	p->foreign_id = f->id;
}

enum validity pack_element(const struct pack *p, enum array a, int i, int64_t now, int64_t *value)
{
	return compute_element(&(struct known){ .cells = &p->seen.cells, .array_stale = p->array_stale, .now = now }, a, i, value);
}

bool pack_constrains(const struct pack *p)
{
	switch (p->state) {
	case PACK_ONLINE:
	case PACK_RETURNING:
	case PACK_LOST: return true;
	case PACK_REFUSED: return p->joined;
	case PACK_WAITING: /* what it says of danger counts before it is complete, and after */
	case PACK_GONE:
	case N_PACK_STATE: break;
	}
	return p->speaks;
}

bool pack_limit_old(const struct pack *p, enum limit_kind kind, const struct settings *s, int64_t now)
{
	const struct measure *m = &p->seen.b.q[limit_quantity[kind]];
	if (m->validity == ABSENT)
		return false;
	if (!p->heard) /* then it stays as it was */
		now = p->heard_since;
	int64_t stale = m->source == SOURCE_NONE ? 0 : p->set->profile->frames[m->source].stale;
	return now - p->accepted[kind].time > (stale > s->lost ? stale : s->lost);
}

int pack_cells(const struct pack *p)
{
	const struct cells *c = &p->seen.cells;
	int64_t sum = 0, voltage = p->b.q[Q_VOLTAGE].value;
	int count = 0;
	if (p->set->cells)
		return p->set->cells;
	for (int i = 0; i < c->count[ARRAY_CELL_VOLTAGE]; i++) {
		if (c->validity[ARRAY_CELL_VOLTAGE][i] != VALID)
			continue;
		sum += c->value[ARRAY_CELL_VOLTAGE][i];
		count++;
	}
	/* have all of them been heard? less than half a cell is missing in 4 to 32 of them */
	int64_t apart = sum > voltage ? sum - voltage : voltage - sum;
	return battery_knew(&p->b, Q_VOLTAGE) && apart * count * 2 < voltage ? count : 0;
}

int64_t pack_capacity(const struct pack *p)
{
	if (p->set->capacity.set)
		return p->set->capacity.value;
	return battery_knew(&p->b, Q_CAPACITY) ? p->b.q[Q_CAPACITY].value : 0;
}

static void become(struct pack *p, enum pack_state state, int64_t now)
{
	p->state = state;
	p->since = now;
}

/* Is this the battery that the config means? Swapped USB adapters and wrong profiles end here. */
static bool identity_fits(struct pack *p, int64_t now)
{
	const struct profile *profile = p->set->profile;
	const char *maker = p->seen.b.text[TEXT_MANUFACTURER], *serial = p->seen.b.text[TEXT_SERIAL];
	if (p->foreign_run >= (p->joined ? FOREIGN_PROOF : 1) && now - p->foreign_at < FOREIGN_MEMORY) {
		snprintf(p->why, sizeof p->why, "frame %0*X heard, which %s never sends: is the profile right?",
		         p->foreign_id > CAN_ID_MAX_STD ? 8 : 3, (unsigned)p->foreign_id, profile->id);
		return false;
	}
	if (*p->set->expect_serial && *serial && !codec_text_fits(p->set->expect_serial, serial)) {
		snprintf(p->why, sizeof p->why, "serial is '%s', the config expects '%s'", serial, p->set->expect_serial);
		return false;
	}
	if (*p->set->expect_manufacturer && *maker && !codec_text_fits(p->set->expect_manufacturer, maker)) {
		snprintf(p->why, sizeof p->why, "manufacturer is '%s', the config expects '%s'", maker,
		         p->set->expect_manufacturer);
		return false;
	}
	bool known = !*maker || !profile->n_manufacturers || *p->set->expect_manufacturer;
	for (int i = 0; i < profile->n_manufacturers && !known; i++)
		known = codec_text_fits(profile->manufacturers[i], maker);
	if (!known)
		snprintf(p->why, sizeof p->why, "manufacturer is '%s', which is none of profile %s's", maker, profile->id);
	return known;
}

static int64_t quarantine(const struct pack *p, const struct settings *s)
{
	int64_t q = s->quarantine;
	for (int i = 0; i < p->flaps && q < s->quarantine_max; i++)
		q *= 2;
	return q < s->quarantine_max ? q : s->quarantine_max;
}

/* May a complete pack be summed again? Says why not. */
static bool may_join(struct pack *p, const struct pack_context *c)
{
	if (!c->picture || !c->online)
		return true;
	int64_t wait = quarantine(p, c->s) - (c->now - p->complete_since);
	if (wait > 0) {
		snprintf(p->why, sizeof p->why, "back, in quarantine for %d s more", (int)((wait + 999999) / 1000000));
		return false;
	}
	if (!c->string_whole) {
		snprintf(p->why, sizeof p->why, "back, waits for the others of its string");
		return false;
	}
	if (!c->has_bank || !c->string_voltage) {
		snprintf(p->why, sizeof p->why, "back, %s",
		         c->has_bank ? "its voltage is too old" : "the bank's voltage and current are not known now");
		return false;
	}
	int64_t apart = c->string_voltage - c->bank_voltage, flows = c->bank_current;
	apart = apart < 0 ? -apart : apart;
	flows = flows < 0 ? -flows : flows;
	char text[VALUE_TEXT_MAX], more[VALUE_TEXT_MAX];
	if (apart * 10000 > c->s->rejoin_voltage * c->bank_voltage) {
		snprintf(p->why, sizeof p->why, "back, waits for its voltage: %s, the bank has %s",
		         value_print_fixed(text, sizeof text, UNIT_MV, c->string_voltage, 2),
		         value_print_fixed(more, sizeof more, UNIT_MV, c->bank_voltage, 2));
		return false;
	}
	if (flows * 100 > c->s->rejoin_current * c->bank_capacity) {
		snprintf(p->why, sizeof p->why, "back, waits for a low current: the bank has %s, %s is low enough",
		         value_print(text, sizeof text, UNIT_MA, flows),
		         value_print(more, sizeof more, UNIT_MA, c->s->rejoin_current * c->bank_capacity / 100));
		return false;
	}
	return true;
}

static void lose(struct pack *p, const struct pack_context *c)
{
	/* lost again soon after the last time: the next quarantine is twice as long */
	bool soon = p->lost_at && c->now - p->lost_at < c->s->quarantine_max;
	p->flaps = soon ? p->flaps + 1 : 0;
	if (p->flaps > 16)
		p->flaps = 16;
	p->lost_at = c->now;
	p->borne.set = true;
	memcpy(p->borne.accepted, p->accepted, sizeof p->accepted);
	memcpy(p->borne.alarm, p->b.alarm, sizeof p->b.alarm);
	/* who answers next has to say who it is */
	p->seen.b.text[TEXT_SERIAL][0] = p->seen.b.text[TEXT_MANUFACTURER][0] = '\0';
	become(p, PACK_LOST, c->now);
}

/* Another battery answers in its place: what it bore itself stays, until it is gone. */
static void refuse(struct pack *p, int64_t now)
{
	if (p->borne.set) {
		memcpy(p->accepted, p->borne.accepted, sizeof p->accepted);
		memcpy(p->b.alarm, p->borne.alarm, sizeof p->b.alarm);
	}
	for (int q = 0; q < N_QUANTITY; q++)
		if (p->b.q[q].validity == VALID)
			p->b.q[q].validity = STALE;
	become(p, PACK_REFUSED, now);
}

/* It may be the right one again, from its first frame on. */
static void accept_again(struct pack *p, int64_t now)
{
	struct seen was = p->seen;
	p->seen = (struct seen){ .address = was.address, .rejected = was.rejected };
	memcpy(p->seen.b.text, was.b.text, sizeof was.b.text); /* by which it was known */
	for (int i = 0; i < p->set->profile->n_frames; i++)
		p->ages[i].ever = false;
	for (int k = 0; k < N_LIMIT; k++) {
		struct accepted *a = &p->accepted[k];
		if (!p->joined || !a->known)
			*a = (struct accepted){ 0 };
		a->last = a->value; /* a raise takes two frames of its own */
	}
	become(p, p->joined ? PACK_LOST : PACK_WAITING, now);
}

static void come(struct pack *p, const struct pack_context *c)
{
	p->joined = true;
	if (may_join(p, c)) {
		p->why[0] = '\0';
		p->borne.set = false;
		become(p, PACK_ONLINE, c->now);
	} else if (p->state != PACK_RETURNING) {
		become(p, PACK_RETURNING, c->now);
	}
}

bool pack_step(struct pack *p, const struct pack_context *c)
{
	enum pack_state before = p->state;
	bool fits = identity_fits(p, c->now);
	if (!fits && p->state != PACK_REFUSED) {
		refuse(p, c->now);
	} else if (!fits) {
		if (c->now - p->since >= c->s->gone)
			p->joined = false; /* away for long, as one that is gone */
	} else {
		switch (p->state) {
		case PACK_ONLINE:
		case PACK_RETURNING:
			if (!p->complete)
				lose(p, c);
			else if (p->state == PACK_RETURNING)
				come(p, c);
			break;
		case PACK_REFUSED:
			accept_again(p, c->now);
			break;
		case PACK_LOST:
			if (!p->complete && c->now - p->since >= c->s->gone)
				become(p, PACK_GONE, c->now);
			/* fall through */
		case PACK_WAITING:
		case PACK_GONE:
		case N_PACK_STATE:
			if (p->complete)
				come(p, c);
			break;
		}
	}
	return p->state != before;
}

bool pack_step_sensor(struct pack *p, int64_t now)
{
	enum pack_state state = p->complete ? PACK_ONLINE : p->state == PACK_ONLINE ? PACK_LOST : p->state;
	if (p->complete)
		p->why[0] = '\0';
	if (state == p->state)
		return false;
	become(p, state, now);
	return true;
}
