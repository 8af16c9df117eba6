/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The config's curves at work. */
#include "core/derate.h"

#include "core/ask.h"

/* What each input is taken from, the second where the first was never told; and the number of its cell. */
static const struct {
	enum quantity q, otherwise, number;
} inputs[INPUT_SPREAD] = {
	[INPUT_CELL_HIGH] = { Q_CELL_VOLTAGE_MAX, Q_CELL_VOLTAGE_MAX, Q_CELL_VOLTAGE_MAX_NO },
	[INPUT_CELL_LOW] = { Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MIN_NO },
	[INPUT_COLDEST] = { Q_CELL_TEMPERATURE_MIN, Q_TEMPERATURE, Q_CELL_TEMPERATURE_MIN_NO },
	[INPUT_HOTTEST] = { Q_CELL_TEMPERATURE_MAX, Q_TEMPERATURE, Q_CELL_TEMPERATURE_MAX_NO },
	[INPUT_SOC] = { Q_SOC, Q_SOC, Q_SOC },
};

/* What is looked at in each direction, and why it then limits. */
static const struct {
	enum curve_over over;
	enum curve_input input[2]; /* enum direction */
	enum reason_code code;
} looks[] = {
	{ OVER_CELL_VOLTAGE, { INPUT_CELL_HIGH, INPUT_CELL_LOW }, REASON_CURVE_CELL },
	{ OVER_TEMPERATURE, { INPUT_COLDEST, INPUT_COLDEST }, REASON_CURVE_TEMPERATURE },
	{ OVER_TEMPERATURE, { INPUT_HOTTEST, INPUT_HOTTEST }, REASON_CURVE_TEMPERATURE },
	{ OVER_SOC, { INPUT_SOC, INPUT_SOC }, REASON_CURVE_SOC },
	{ OVER_SPREAD, { INPUT_SPREAD, INPUT_SPREAD }, REASON_CURVE_SPREAD },
};
#define N_LOOK (sizeof looks / sizeof *looks)

/* The pack's own, else the bank's; NULL when there is none. */
static const struct curve *curve_of_pack(const struct pack *p, const struct settings *s, int d, enum curve_over over)
{
	const struct curve *own = &p->set->curves[d][over], *bank = &s->curves[d][over];
	if (own->n)
		return own;
	return own->off || !bank->n ? NULL : bank;
}

static void look_at(struct derate_state *state, const struct battery *b, int i)
{
	enum quantity q = battery_knew(b, inputs[i].q) ? inputs[i].q : inputs[i].otherwise, number = inputs[i].number;
	if (!battery_knew(b, q))
		return;
	bool numbered = q == inputs[i].q && number != q && battery_knew(b, number);
	state->input[i] = (struct derate_input){ true, numbered ? (int16_t)b->q[number].value : 0, (int32_t)b->q[q].value };
}

/* At 0 it stays until the curve gives something worth having: no flapping at the foot of a line. */
static void look_whether_shut(struct pack *p, const struct settings *s, int d, size_t look)
{
	enum curve_input input = looks[look].input[d];
	const struct curve *c = curve_of_pack(p, s, d, looks[look].over);
	bool *shut = &p->derate.shut[d][input];
	if (!c || !p->derate.input[input].known) {
		*shut = false;
		return;
	}
	int64_t y = curve_at(c, p->derate.input[input].value, s->curve_steps);
	*shut = !y || (*shut && y * 10000 < curve_most(c) * s->curve_reopen);
}

void derate_step(struct pack *p, const struct settings *s)
{
	if (!pack_constrains(p)) {
		p->derate = (struct derate_state){ 0 };
		return;
	}
	for (int i = 0; i < INPUT_SPREAD; i++)
		look_at(&p->derate, &p->b, i);
	const struct measure *high = &p->b.q[Q_CELL_VOLTAGE_MAX], *low = &p->b.q[Q_CELL_VOLTAGE_MIN];
	if (high->validity >= STALE && low->validity >= STALE)
		p->derate.input[INPUT_SPREAD] = (struct derate_input){ true, 0, (int32_t)(high->value - low->value) };
	for (int d = 0; d < 2; d++)
		for (size_t look = 0; look < N_LOOK; look++)
			look_whether_shut(p, s, d, look);
}

void derate(struct ask *ask, const struct pack *p, enum direction d, const struct settings *s)
{
	struct ask own = ask_config(p, ask->reason.pack, d == CHARGE ? LIMIT_CCL : LIMIT_DCL);
	int64_t base = own.known ? own.value : ask->value; /* of shares */
	ask->free = ask->value;
	for (size_t i = 0; i < N_LOOK && ask->known; i++) {
		enum curve_input input = looks[i].input[d];
		const struct curve *c = curve_of_pack(p, s, (int)d, looks[i].over);
		const struct derate_input *x = &p->derate.input[input];
		int64_t value;
		if (!c || !x->known)
			continue;
		int64_t y = curve_at(c, x->value, s->curve_steps);
		if (!amount_in_ma((enum curve_of)c->of, y, base, pack_capacity(p), &value))
			continue;
		value = p->derate.shut[d][input] ? 0 : value;
		if (value >= ask->value)
			continue;
		ask->value = value;
		ask->reason = ask_because(looks[i].code, ask->reason.pack);
		ask->reason.cell = x->number;
		ask->reason.measured = x->value;
		ask->reason.threshold = curve_free(c, x->value);
	}
}
