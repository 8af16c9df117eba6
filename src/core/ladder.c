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

static void go(struct ladder_state *l, enum ladder rung, int64_t now)
{
	l->rung = rung;
	l->since = now;
}

/* Can the bank be governed by the strings that are there? */
static bool trustworthy(const struct tree *t)
{
	return t->online && (t->s->on_lost == LOST_CONTINUE || t->online == t->n);
}

/* Enough to begin with, when not all have come. */
static bool enough(const struct tree *t)
{
	int packs = 0;
	for (int i = 0; i < t->n; i++)
		packs += t->nodes[i].online ? t->nodes[i].n : 0;
	return packs >= t->s->min_packs;
}

bool ladder_step(struct ladder_state *l, const struct tree *t)
{
	const struct settings *s = t->s;
	enum ladder before = l->rung;
	int64_t now = t->now;
	bool good = trustworthy(t);
	switch (l->rung) {
	case LADDER_SILENT:
		if (good) {
			go(l, LADDER_WAITING, now);
			l->started = now;
		}
		break;
	case LADDER_WAITING:
		if (good && (t->online == t->n || (enough(t) && now - l->started >= s->start_wait)))
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

static int32_t level_safe(const struct pack_settings *set, const struct settings *s)
{
	return cell_levels(set, s).safe_voltage;
}

/* The lowest voltage at which the strings may rest. 0 when no string's cells are known. */
static int64_t safe_voltage(const struct tree *t)
{
	int64_t low = 0;
	for (int i = 0; i < t->n; i++) {
		int64_t v = tree_cells_voltage(t, &t->nodes[i], level_safe);
		if (v && (!low || v < low))
			low = v;
	}
	return low;
}

static int a_lost_pack(const struct tree *t)
{
	int i = 0;
	while (i < t->n_packs - 1 && t->packs[i].state == PACK_ONLINE)
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

/* After a restart limits rise from what was told before; after a silence from nowhere. */
static void start_from_restored(struct govern *g, int64_t now, bool forget)
{
	if (forget)
		memset(g->restored, 0, sizeof g->restored);
	for (int k = 0; k < N_LIMIT; k++)
		if (g->restored[k].set)
			g->ramp[k] = (struct ramp_state){ .started = true, .value = g->restored[k].value, .last = now };
}

void ladder_verdict(const struct ladder_state *l, struct govern *g, const struct tree *t, const struct verdict *last,
                    struct verdict *out)
{
	*out = (struct verdict){ 0 };
	if (l->rung == LADDER_WAITING || l->rung == LADDER_SILENT) {
		/* the next picture is a first one; only a cell that was too high or too low is not forgotten */
		memset(g->feedback, 0, sizeof g->feedback);
		memset(g->share.held, 0, sizeof g->share.held);
		memset(g->ramp, 0, sizeof g->ramp);
		start_from_restored(g, t->now, l->rung == LADDER_SILENT);
		return;
	}
	memset(g->restored, 0, sizeof g->restored);
	bool some = t->online > 0;
	govern_step(g, t, out);
	if (l->rung == LADDER_NORMAL)
		return;
	if (!some)
		hold(out, last);
	out->valid = true;
	struct reason why = { .code = some ? REASON_LOST_STOP : REASON_NO_PACKS,
		              .pack = (int16_t)a_lost_pack(t), .without = WITHOUT_UNKNOWN };
	int64_t safe = safe_voltage(t);
	struct limit *cvl = &out->limit[LIMIT_CVL], *ccl = &out->limit[LIMIT_CCL], *dcl = &out->limit[LIMIT_DCL];
	*ccl = (struct limit){ .reason = why };
	if (safe && safe < cvl->value)
		*cvl = (struct limit){ .value = safe, .target = safe, .reason = why };
	cvl->value = lower(cvl->value, last->limit[LIMIT_CVL].value);
	dcl->value = lower(dcl->value, last->limit[LIMIT_DCL].value);
	if (l->rung == LADDER_EMERGENCY)
		dcl->value = lower(dcl->value, t->s->emergency_discharge);
	else
		why.until = l->lost_at + t->s->discharge_hold;
	dcl->target = dcl->value;
	dcl->reason = why;
	/* rising again, with hold and ramp, starts from what is said now */
	for (int k = 0; k < N_LIMIT; k++)
		g->ramp[k] = (struct ramp_state){ .started = true, .value = out->limit[k].value, .last = t->now };
}
