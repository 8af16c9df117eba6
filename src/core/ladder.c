/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The safe ladder. */
#include "core/ladder.h"

#include <string.h>

const char *const ladder_names[N_LADDER] = {
	[LADDER_WAITING] = "waiting",     [LADDER_NORMAL] = "normal", [LADDER_HOLD] = "hold",
	[LADDER_EMERGENCY] = "emergency", [LADDER_SILENT] = "silent",
};

void ladder_init(struct ladder_state *l, int64_t now)
{
	*l = (struct ladder_state){ .rung = LADDER_WAITING, .since = now, .started = now };
}

static int count(const struct pack *packs, int n, enum pack_state state)
{
	int found = 0;
	for (int i = 0; i < n; i++)
		found += packs[i].state == state;
	return found;
}

static void go(struct ladder_state *l, enum ladder rung, int64_t now)
{
	l->rung = rung;
	l->since = now;
}

/* Can the bank be governed by the packs that are there? */
static bool trustworthy(const struct settings *s, const struct pack *packs, int n)
{
	int online = count(packs, n, PACK_ONLINE);
	if (online < 1 || online < s->min_packs)
		return false;
	return s->on_lost == LOST_CONTINUE || online == n;
}

bool ladder_step(struct ladder_state *l, const struct settings *s, const struct pack *packs, int n, int64_t now)
{
	enum ladder before = l->rung;
	int online = count(packs, n, PACK_ONLINE);
	bool good = trustworthy(s, packs, n);
	switch (l->rung) {
	case LADDER_SILENT:
		if (good) {
			go(l, LADDER_WAITING, now);
			l->started = now;
		}
		break;
	case LADDER_WAITING:
		if (good && (online == n || now - l->started >= s->start_wait))
			go(l, LADDER_NORMAL, now);
		break;
	case LADDER_NORMAL:
		if (!good) {
			go(l, LADDER_HOLD, now);
			l->lost_at = now;
		}
		break;
	case LADDER_HOLD:
	case LADDER_EMERGENCY:
		if (good)
			go(l, LADDER_NORMAL, now);
		else if (now - l->lost_at >= s->give_up)
			go(l, LADDER_SILENT, now);
		else if (l->rung == LADDER_HOLD && now - l->lost_at >= s->discharge_hold)
			go(l, LADDER_EMERGENCY, now);
		break;
	case N_LADDER: break;
	}
	return l->rung != before;
}

/* The lowest voltage at which the packs may rest. 0 when no pack's cells are known. */
static int64_t safe_voltage(const struct settings *s, const struct pack *packs, int n)
{
	int64_t low = 0;
	for (int i = 0; i < n; i++) {
		int64_t v = (int64_t)pack_cells(&packs[i]) * guard_levels(packs[i].set, s).safe_voltage;
		if (v && (!low || v < low))
			low = v;
	}
	return low;
}

static int a_lost_pack(const struct pack *packs, int n)
{
	int i = 0;
	while (i < n - 1 && packs[i].state == PACK_ONLINE)
		i++;
	return i;
}

static int64_t lower(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* What was decided last stays, but for what packs and config now want stricter. */
static void hold(struct verdict *out, const struct verdict *last)
{
	for (int k = 0; k < N_LIMIT; k++) {
		const struct limit *then = &last->limit[k], *now = &out->limit[k];
		bool stricter = k == LIMIT_LOW_VOLTAGE ? now->value > then->value : now->value < then->value;
		if (now->reason.code == REASON_NONE || !stricter)
			out->limit[k] = *then;
	}
}

void ladder_verdict(const struct ladder_state *l, struct govern *g, const struct settings *s, const struct pack *packs,
                    int n, int64_t now, const struct verdict *last, struct verdict *out)
{
	*out = (struct verdict){ 0 };
	if (l->rung == LADDER_WAITING || l->rung == LADDER_SILENT) {
		/* the next picture is a first one; only a cell that was too high or too low is not forgotten */
		memset(g->feedback, 0, sizeof g->feedback);
		memset(g->ramp, 0, sizeof g->ramp);
		return;
	}
	bool some = count(packs, n, PACK_ONLINE) > 0;
	govern_step(g, s, packs, n, now, out);
	if (l->rung == LADDER_NORMAL)
		return;
	if (!some)
		hold(out, last);
	out->valid = true;
	struct reason why = { .code = some && s->on_lost == LOST_STOP ? REASON_LOST_STOP : REASON_NO_PACKS,
		              .pack = (int16_t)a_lost_pack(packs, n), .without = WITHOUT_UNKNOWN };
	int64_t safe = safe_voltage(s, packs, n);
	struct limit *cvl = &out->limit[LIMIT_CVL], *ccl = &out->limit[LIMIT_CCL], *dcl = &out->limit[LIMIT_DCL];
	*ccl = (struct limit){ .reason = why };
	if (safe && safe < cvl->value)
		*cvl = (struct limit){ .value = safe, .target = safe, .reason = why };
	cvl->value = lower(cvl->value, last->limit[LIMIT_CVL].value);
	dcl->value = lower(dcl->value, last->limit[LIMIT_DCL].value);
	if (l->rung == LADDER_EMERGENCY)
		dcl->value = lower(dcl->value, s->emergency_discharge);
	else
		why.until = l->lost_at + s->discharge_hold;
	dcl->target = dcl->value;
	dcl->reason = why;
	/* rising again, with hold and ramp, starts from what is said now */
	for (int k = 0; k < N_LIMIT; k++)
		g->ramp[k] = (struct ramp_state){ .started = true, .value = out->limit[k].value, .last = now };
}
