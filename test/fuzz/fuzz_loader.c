/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Any bytes as YAML, as a profile and as a config. What is refused is refused with a place and a reason; what is
 * accepted can be run: a profile on any frame, in both directions, a config by the engine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "core/codec.h"
#include "core/engine.h"
#include "fuzz.h"

#define ROUNDS 4  /* of frames through an accepted profile */
#define STEPS  64 /* of the engine with an accepted config */

/* A profile must stand in a file of its own name: the name that the text gives itself, so that changed profiles are
 * not all refused for that. */
static void name_file(char out[64], const char *text, size_t size)
{
	static const char key[] = "\nprofile: ";
	size_t n = 0;
	const char *at = memmem(text, size, key, sizeof key - 1);
	if (at)
		for (at += sizeof key - 1; at + n < text + size && n < 32 && at[n] > ' ' && at[n] != '"'; n++)
			out[n] = at[n];
	snprintf(out + n, 64 - n, "%s.yaml", n ? "" : "fuzz");
}

static void check_problems(struct problems *p, bool accepted, const char *what)
{
	size_t errors = 0;
	for (size_t i = 0; i < p->count; i++) {
		const struct problem *one = &p->list[i];
		errors += one->level == PROBLEM_ERROR;
		HOLDS(one->message && *one->message, "%s: a problem without words", what);
		HOLDS(one->file, "%s: a problem in no file", what);
		HOLDS(!one->line == !one->column, "%s: line %u but column %u", what, one->line, one->column);
	}
	HOLDS(errors <= p->errors, "%s: %zu errors listed, %zu counted", what, errors, p->errors);
	HOLDS(accepted == !p->errors, "%s: %s with %zu errors", what, accepted ? "accepted" : "refused", p->errors);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	if (out) {
		problems_print(p, out);
		fclose(out);
	}
	free(text);
	problems_free(p);
}

static struct frame any_frame(uint64_t *r)
{
	struct frame f = { .len = (uint8_t)(fuzz_random(r) % 9) };
	uint32_t kind = fuzz_random(r) % 4;
	for (unsigned i = 0; i < f.len; i++)
		f.data[i] = (uint8_t)(kind == 0 ? 0 : kind == 1 ? 0xFF : fuzz_random(r));
	return f;
}

static void run_profile(const struct profile *p, uint64_t seed)
{
	static struct seen seen;
	uint64_t r = seed;
	memset(&seen, 0, sizeof seen);
	for (unsigned i = 0; i < ROUNDS * (unsigned)p->n_frames; i++) {
		unsigned index = i % p->n_frames;
		const struct profile_frame *pf = &p->frames[index];
		unsigned group = pf->group_min + fuzz_random(&r) % (pf->group_max - pf->group_min + 1u);
		struct frame f = any_frame(&r), out;
		f.id = codec_sent_id(pf, group, p->address_max, 0);
		f.ext = pf->ext;
		HOLDS(f.id <= (pf->ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD), "frame of line %u has id %X", pf->line, f.id);
		codec_decode(p, index, group, &f, 1000 * (int64_t)i, &seen, NULL, NULL);
		if (codec_encode(p, index, group, p->address_max, &seen.b, &seen.cells, &out))
			HOLDS(out.id == f.id && out.ext == f.ext && out.len <= 8, "encoded as %X, %u bytes", out.id, out.len);
		int at = -1;
		unsigned g;
		HOLDS(codec_match(p, p->address_max, &f, &at, &g), "frame %X is not found again", f.id);
	}
}

static void run_config(const struct config *c, uint64_t seed)
{
	const struct settings *s = &c->core;
	uint64_t r = seed;
	int64_t now = 1000000;
	struct engine *e = engine_create(s, now);
	if (!e)
		return;
	for (int i = 0; i < STEPS; i++) {
		for (int k = 0; k < settings_members(s); k++) {
			const struct pack_settings *set = settings_member(s, k);
			const struct profile *p = set->profile;
			const struct profile_frame *pf = &p->frames[fuzz_random(&r) % p->n_frames];
			struct frame f = any_frame(&r);
			f.id = codec_id(pf, pf->group_min, (unsigned)set->address);
			if (pf->pgn) /* of the one sender that counts, if there is one */
				f.id = f.id << 8 | (set->source.set ? (uint32_t)set->source.value : fuzz_random(&r) & 0xFF);
			f.ext = pf->ext;
			engine_frame(e, set->port, &f, now);
		}
		int64_t due = engine_deadline(e);
		HOLDS(due - now <= 1000000, "the next step is due only in %lld us", (long long)(due - now));
		now = due > now ? due : now;
		engine_step(e, now);
	}
	engine_destroy(e);
}

static uint64_t hash(const uint8_t *data, size_t size)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);
	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * UINT64_C(0x100000001B3);
	return h | 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	char name[64];
	name_file(name, text, size);
	struct problems problems = { 0 };
	struct yaml_doc *doc = yaml_read_text(name, text, size, &problems);
	if (doc) {
		profile_document(doc);
		yaml_close(doc);
	} else {
		HOLDS(problems.errors, "no document, and no reason");
	}
	problems_free(&problems);

	struct profile *p = profile_load_text(name, text, size, &problems);
	check_problems(&problems, p != NULL, "profile");
	if (p)
		run_profile(p, hash(data, size));
	profile_free(p);

	struct config_options options = { .dirs = { .dir = { "can-profiles" } } };
	struct config *c = config_load_text(name, text, size, &options, &problems);
	check_problems(&problems, c != NULL, "config");
	if (c)
		run_config(c, hash(data, size));
	config_free(c);
	return 0;
}
