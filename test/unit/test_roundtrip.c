/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Every shipped profile played by the simulator and read by the engine, which asks what is to be asked: what comes out
 * is what was put in, within one count of the wire. What can't be run backwards is listed here, with its reason. */
#include "fixture.h"

#include <glob.h>
#include <stdlib.h>

#include "app/sim.h"
#include "config/profile.h"

#define ROUNDS 12

/* Profiles that the simulator can't play as they are. */
static const struct {
	const char *profile, *why; /* a part of what is said */
} one_way[] = {
	{ NULL, NULL },
};

static uint64_t seed = 0x9E3779B97F4A7C15;

static uint64_t random_bits(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static int64_t random_between(int64_t low, int64_t high)
{
	return low + (int64_t)(random_bits() % (uint64_t)(high - low + 1));
}

/* One count, rounded up; a float has 24 bits. */
static int64_t step_of(const struct field *f, int64_t value)
{
	int64_t num = f->num < 0 ? -f->num : f->num;
	if (f->format == FORMAT_FLOAT)
		return 1 + (value < 0 ? -value : value) / (1 << 23);
	return (num + f->den - 1) / f->den;
}

/* A value that the field can carry, the quantity can have, and that no raw value for "absent" is near. */
static int64_t random_value(const struct field *f, int64_t min, int64_t max)
{
	if (f->n_map)
		return f->map[random_between(0, f->n_map - 1)].value;
	if (f->format == FORMAT_FLOAT)
		return random_between(min, max);
	bool has_sign = f->format == FORMAT_SIGNED;
	int64_t top = f->format == FORMAT_COUNT ? f->place.bits : (INT64_C(1) << (f->place.bits - (has_sign ? 1 : 0))) - 1;
	int64_t bottom = has_sign ? -top : 0;
	if (f->has_range)
		bottom = bottom > f->low ? bottom : f->low, top = top < f->high ? top : f->high;
	int64_t a = bottom * f->num / f->den + f->offset, b = top * f->num / f->den + f->offset;
	int64_t step = step_of(f, 0), low = a < b ? a : b, high = a < b ? b : a;
	if (f->absolute)
		low = 0, high = a < 0 || b < 0 ? -(a < b ? a : b) : high;
	if (f->has_negate)
		low = -high;
	if (max - min <= 2 * step || high - low <= 4 * step)
		return random_between(low > min ? low : min, high < max ? high : max);
	low = low + 2 * step > min ? low + 2 * step : min;
	high = high - 2 * step < max ? high - 2 * step : max;
	return random_between(low, high);
}

struct whole {
	struct battery b;
	struct cells cells;
};

static void fill_array(struct whole *w, const struct profile_frame *pf, const struct field *f)
{
	for (unsigned g = pf->group_min; g <= pf->group_max; g++)
		for (unsigned i = 0; i < f->count; i++) {
			unsigned at = codec_element(f, g) + i;
			if (at >= ARRAY_MAX)
				continue;
			w->cells.value[f->target][at] = (int32_t)random_value(f, arrays[f->target].min, arrays[f->target].max);
			w->cells.validity[f->target][at] = VALID;
		}
}

static void fill_field(struct whole *w, const struct profile_frame *pf, const struct field *f)
{
	switch (f->kind) {
	case FIELD_QUANTITY:
		if (!battery_has(&w->b, f->target) || f->rank == 0)
			battery_set(&w->b, f->target, random_value(f, quantities[f->target].min, quantities[f->target].max), 0);
		break;
	case FIELD_ALARM:
		if (f->part != PART_WARNING)
			w->b.alarm[f->target].alarm = (uint8_t)random_between(TRI_UNSUPPORTED, TRI_ACTIVE);
		if (f->part != PART_ALARM)
			w->b.alarm[f->target].warning = (uint8_t)random_between(TRI_UNSUPPORTED, TRI_ACTIVE);
		break;
	case FIELD_TEXT:
		memset(w->b.text[f->target], 0, sizeof w->b.text[0]);
		if (f->format == FORMAT_VERSION)
			snprintf(w->b.text[f->target], sizeof w->b.text[0], "%d.%d", (int)random_between(0, 255),
			         (int)random_between(0, 255));
		else
			for (int64_t n = random_between(1, f->text_len); n-- > 0;)
				w->b.text[f->target][n] = (char)random_between('!', '~');
		break;
	case FIELD_ARRAY: fill_array(w, pf, f); break;
	}
}

/* What is the lowest is not above the highest. */
static void order(struct whole *w, enum quantity low, enum quantity high)
{
	int64_t l = w->b.q[low].value, h = w->b.q[high].value;
	if (l > h && battery_has(&w->b, low) && battery_has(&w->b, high)) {
		battery_set(&w->b, low, h, 0);
		battery_set(&w->b, high, l, 0);
	}
}

static void fill(struct whole *w, const struct profile *p)
{
	memset(w, 0, sizeof *w);
	for (const struct profile_frame *pf = p->frames; pf < p->frames + p->n_frames; pf++)
		for (unsigned i = pf->first_field; i < pf->first_field + (unsigned)pf->n_fields; i++)
			fill_field(w, pf, &p->fields[i]);
	order(w, Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MAX);
	order(w, Q_CELL_TEMPERATURE_MIN, Q_CELL_TEMPERATURE_MAX);
	if (p->n_manufacturers) { /* another would be refused */
		strcpy(w->b.text[TEXT_MANUFACTURER], p->manufacturers[0]);
		w->b.text[TEXT_MANUFACTURER][strcspn(p->manufacturers[0], "*")] = '\0';
	}
}

/* The simulated packs speak, and answer what the engine asks. */
static void play(struct sim_bus *bus, struct engine *e, int64_t until)
{
	struct sim_sent sent;
	for (;;) {
		int64_t says = sim_bus_next(bus), steps = engine_deadline(e);
		if (says > until && steps > until)
			return;
		if (steps < says) {
			int count;
			engine_step(e, steps);
			const struct outgoing *out = engine_sent(e, &count);
			for (int i = 0; i < count; i++)
				if (out[i].port != PORT_OUTPUT)
					sim_bus_hear(bus, out[i].port, &out[i].frame, steps);
		} else if (sim_bus_send(bus, says, &sent)) {
			engine_frame(e, sent.port, &sent.f, sent.at);
		}
	}
}

static void expect_near(const struct profile *p, const struct field *f, int64_t got, int64_t want)
{
	int64_t step = step_of(f, want);
	char name[FIELD_NAME_MAX];
	if (got - want > step || want - got > step)
		fail_msg("%s, line %u: %s: %lld became %lld", p->id, f->line, profile_field_name(f, name, sizeof name),
		         (long long)want, (long long)got);
}

static bool can_say(const struct field *f, enum alarm_word word)
{
	for (unsigned i = 0; i < f->n_map; i++)
		if (f->map[i].value == word)
			return true;
	return !f->n_map && word != SAYS_UNSUPPORTED;
}

/* Where a bit is all there is, "unsupported" can't be told from "ok". */
static void expect_alarm(const struct profile *p, const struct field *f, const struct alarm_state *got,
                         const struct alarm_state *want)
{
	bool exact = can_say(f, SAYS_UNSUPPORTED) && can_say(f, SAYS_OK);
	uint8_t g = f->part == PART_WARNING ? got->warning : got->alarm, w = f->part == PART_WARNING ? want->warning : want->alarm;
	if (exact && f->part != PART_BOTH ? g != w : (g == TRI_ACTIVE) != (w == TRI_ACTIVE))
		fail_msg("%s, line %u: alarm %s: %d became %d", p->id, f->line, alarms[f->target].name, w, g);
	if (f->part == PART_BOTH)
		assert_int_equal(got->warning == TRI_ACTIVE, want->warning == TRI_ACTIVE && want->alarm != TRI_ACTIVE);
}

static void expect_field(const struct profile *p, const struct profile_frame *pf, const struct field *f,
                         const struct whole *w, const struct seen *seen)
{
	unsigned t = f->target;
	switch (f->kind) {
	case FIELD_QUANTITY:
		if (seen->b.q[t].validity != VALID)
			fail_msg("%s, line %u: %s did not come", p->id, f->line, quantities[t].name);
		if (seen->b.q[t].rank == f->rank)
			expect_near(p, f, seen->b.q[t].value, w->b.q[t].value);
		break;
	case FIELD_ALARM: expect_alarm(p, f, &seen->b.alarm[t], &w->b.alarm[t]); break;
	case FIELD_TEXT: assert_string_equal(seen->b.text[t], w->b.text[t]); break;
	case FIELD_ARRAY:
		for (unsigned g = pf->group_min; g <= pf->group_max; g++)
			for (unsigned i = codec_element(f, g), end = i + f->count; i < end && i < ARRAY_MAX; i++)
				expect_near(p, f, seen->cells.value[t][i], w->cells.value[t][i]);
		break;
	}
}

/* An alarm frame that comes only while there is an alarm. */
static bool stays_away(const struct profile *p, const struct profile_frame *pf, const struct whole *w)
{
	for (unsigned i = pf->first_field; i < pf->first_field + (unsigned)pf->n_fields; i++) {
		const struct field *f = &p->fields[i];
		if (f->kind == FIELD_ALARM && (w->b.alarm[f->target].alarm == TRI_ACTIVE || w->b.alarm[f->target].warning == TRI_ACTIVE))
			return false;
	}
	return pf->absent_ok;
}

static bool is_played(const struct profile_frame *pf)
{
	return pf->send || pf->asked || !pf->period;
}

/* In a round each frame comes twice, and a little is left for questions to wait. */
static int64_t round_time(const struct profile *p)
{
	int64_t longest = 0;
	for (const struct profile_frame *pf = p->frames; pf < p->frames + p->n_frames; pf++)
		longest = pf->send > longest ? pf->send : longest;
	for (int i = 0; i < p->n_polls; i++)
		longest = p->polls[i].period > longest ? p->polls[i].period : longest;
	return 2 * longest + 2 * SEC;
}

static void one_round(const struct profile *p, struct sim_bus *bus, struct engine *e, struct whole *w, int64_t from)
{
	int64_t until = from + round_time(p);
	const struct seen *seen = &engine_pack(e, 0)->seen;
	uint64_t rejected = seen->rejected;
	fill(w, p);
	bus->packs[0].b = w->b;
	bus->packs[0].cells = w->cells;
	bus->packs[0].given = UINT64_MAX;
	sim_bus_changed(bus, 0, from);
	play(bus, e, until);
	for (const struct profile_frame *pf = p->frames; pf < p->frames + p->n_frames; pf++)
		for (unsigned i = pf->first_field; is_played(pf) && i < pf->first_field + (unsigned)pf->n_fields; i++)
			if (!stays_away(p, pf, w))
				expect_field(p, pf, &p->fields[i], w, seen);
	assert_int_equal(seen->rejected, rejected);
}

static void run_profile(const struct profile *p, int address)
{
	static struct settings s;
	static struct dialect output;
	static struct sim_bus bus;
	static struct whole w;
	output_dialect(&output);
	plain_settings(&s, 1, p, &output.p);
	s.packs[0].address = address;
	s.packs[0].cells = 0; /* any voltage is as good as another */
	assert_true(sim_bus_init(&bus, &s, false));
	struct engine *e = engine_create(&s, 0);
	assert_non_null(e);
	for (int i = 0; i < ROUNDS; i++)
		one_round(p, &bus, e, &w, i * round_time(p));
	for (int i = 0; i < p->n_frames; i++)
		if (is_played(&p->frames[i]) && !p->frames[i].absent_ok && !engine_pack(e, 0)->ages[i].ever)
			fail_msg("%s, line %u: this frame never came", p->id, p->frames[i].line);
	engine_destroy(e);
	sim_bus_free(&bus);
}

/* An hour in which 10 % of what it says gets lost, comes late or out of order: it is always heard. */
static void stays_heard(const struct profile *p)
{
	static struct settings s;
	static struct dialect output;
	static struct sim_bus bus;
	char why[SIM_WHY_MAX];
	static const char *const faults[][2] = { { "lose", "4 %" }, { "late", "3 %" }, { "delay", "300 ms" }, { "swap", "3 %" } };
	output_dialect(&output);
	plain_settings(&s, 2, p, &output.p); /* the same on two buses */
	for (int i = 0; i < 2; i++)
		s.packs[i].address = p->address_min;
	assert_true(sim_bus_init(&bus, &s, false));
	struct engine *e = engine_create(&s, 0);
	assert_non_null(e);
	for (int i = 0; i < 8; i++)
		assert_null(sim_pack_set(&bus.packs[i % 2], faults[i / 2][0], faults[i / 2][1], why));
	for (int64_t now = 15 * SEC; now < 3600 * SEC; now += SEC) {
		play(&bus, e, now);
		for (int i = 0; i < 2; i++)
			if (!engine_pack(e, i)->heard)
				fail_msg("%s: not heard at %lld s", p->id, (long long)(now / SEC));
	}
	engine_destroy(e);
	sim_bus_free(&bus);
}

static const char *excused(const char *id)
{
	for (size_t i = 0; i < sizeof one_way / sizeof *one_way; i++)
		if (one_way[i].profile && !strcmp(one_way[i].profile, id))
			return one_way[i].why;
	return NULL;
}

static void all_in(const char *pattern, size_t at_least)
{
	glob_t files;
	assert_int_equal(glob(pattern, 0, NULL, &files), 0);
	assert_true(files.gl_pathc >= at_least);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct problems problems = { 0 };
		struct profile *p = profile_load_file(files.gl_pathv[i], &problems);
		if (!p)
			problems_print(&problems, stderr);
		assert_non_null(p);
		char why[192] = "";
		const char *excuse = excused(p->id);
		bool backwards = profile_backwards(p, why, sizeof why);
		if (backwards == !!excuse || (excuse && !strstr(why, excuse)))
			fail_msg("%s: %s", p->id, backwards ? "it can be run backwards after all" : why);
		if (backwards)
			run_profile(p, p->address_min);
		if (backwards && p->per_address)
			run_profile(p, p->address_max);
		if (backwards && p->n_polls)
			stays_heard(p);
		profile_free(p);
		problems_free(&problems);
	}
	globfree(&files);
}

static void shipped(void **state)
{
	(void)state;
	all_in("can-profiles/*.yaml", 22);
}

/* Those that are there for what no shipped profile may need: all ways of asking, PGNs, fast packets, rarer words. */
static void invented(void **state)
{
	(void)state;
	all_in("test/sim/profiles/*.yaml", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(shipped), cmocka_unit_test(invented) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
