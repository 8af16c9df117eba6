/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the GX is told, and when. */
#include "core/output.h"

#include <stdio.h>
#include <string.h>

#include "core/scale.h"

#define SLACK 20000       /* us; a step that comes a little early still counts for the frame's turn */

static void forget(struct battery *b, enum quantity q)
{
	b->q[q].validity = ABSENT;
}

/* Cells in series of the first pack that says, to estimate from: what dbus-canbattery needs to come up. */
static int any_cells(const struct pack *packs, int n)
{
	int cells = 0;
	for (int i = 0; i < n && !cells; i++)
		cells = pack_cells(&packs[i]);
	return cells;
}

/* 0x373 goes out whole, and a 0 in it is 0 K: what no cell's sensor tells is as warm as the battery. */
static void fill_temperatures(struct battery *b)
{
	static const enum quantity of_cells[] = { Q_CELL_TEMPERATURE_MIN, Q_CELL_TEMPERATURE_MAX };
	for (size_t i = 0; i < sizeof of_cells / sizeof *of_cells; i++)
		if (!battery_knew(b, of_cells[i]))
			b->q[of_cells[i]] = b->q[Q_TEMPERATURE];
}

static void prepare_cells(struct battery *b, const struct settings *s, const struct pack *packs, int n, int64_t now)
{
	int cells = any_cells(packs, n);
	if (battery_has(b, Q_CELL_VOLTAGE_MIN) && battery_has(b, Q_CELL_VOLTAGE_MAX)) {
		fill_temperatures(b);
		return;
	}
	b->text[TEXT_CELL_VOLTAGE_MIN_ID][0] = '\0';
	b->text[TEXT_CELL_VOLTAGE_MAX_ID][0] = '\0';
	if (s->estimate_cells && cells && battery_knew(b, Q_VOLTAGE)) {
		int64_t mean = divide(b->q[Q_VOLTAGE].value, cells, ROUND_NEAREST);
		battery_set(b, Q_CELL_VOLTAGE_MIN, mean, now);
		battery_set(b, Q_CELL_VOLTAGE_MAX, mean, now);
		fill_temperatures(b);
		return;
	}
	/* no cell data: 0x373 to 0x377 are left out as a whole */
	static const enum quantity gone[] = { Q_CELL_VOLTAGE_MIN, Q_CELL_VOLTAGE_MAX, Q_CELL_TEMPERATURE_MIN,
		                              Q_CELL_TEMPERATURE_MAX };
	for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
		forget(b, gone[i]);
	b->text[TEXT_CELL_TEMPERATURE_MIN_ID][0] = '\0';
	b->text[TEXT_CELL_TEMPERATURE_MAX_ID][0] = '\0';
}

/* The mean of the packs in the bank, or the coldest of their cells; the bank's own is that of the hottest. */
static void prepare_temperature(struct battery *b, const struct settings *s, const struct pack *packs, int n)
{
	int64_t sum = 0, low = INT64_MAX;
	int count = 0;
	for (int i = 0; i < n; i++) {
		const struct battery *p = &packs[i].b;
		if (packs[i].state != PACK_ONLINE || !battery_knew(p, Q_TEMPERATURE))
			continue;
		const struct measure *cold = &p->q[battery_knew(p, Q_CELL_TEMPERATURE_MIN) ? Q_CELL_TEMPERATURE_MIN : Q_TEMPERATURE];
		low = cold->value < low ? cold->value : low;
		sum += p->q[Q_TEMPERATURE].value;
		count++;
	}
	if (count && s->temperature_shown == TEMPERATURE_MEAN)
		b->q[Q_TEMPERATURE].value = divide(sum, count, ROUND_NEAREST);
	else if (count && s->temperature_shown == TEMPERATURE_LOWEST)
		b->q[Q_TEMPERATURE].value = low;
}

void output_prepare(struct battery *shown, const struct battery *bank, const struct verdict *v,
                    const struct settings *s, const struct pack *packs, int n, int64_t now)
{
	*shown = *bank;
	for (int k = 0; k < N_LIMIT; k++)
		battery_set(shown, limit_quantity[k], v->limit[k].value, now);
	if (!battery_knew(shown, Q_SOH))
		battery_set(shown, Q_SOH, 10000, now);
	prepare_cells(shown, s, packs, n, now);
	prepare_temperature(shown, s, packs, n);
	snprintf(shown->text[TEXT_MANUFACTURER], TEXT_MAX + 1, "%s", s->output_manufacturer);
	snprintf(shown->text[TEXT_NAME], TEXT_MAX + 1, "%s", s->output_name);
	snprintf(shown->text[TEXT_SERIAL], TEXT_MAX + 1, "%s", s->output_serial);
	snprintf(shown->text[TEXT_FAMILY], TEXT_MAX + 1, "%s", s->output_family);
	snprintf(shown->text[TEXT_FIRMWARE], TEXT_MAX + 1, "%s", s->output_firmware);
}

bool output_worse(const struct battery *told, const struct battery *shown)
{
	for (int k = 0; k < N_LIMIT; k++) {
		const struct quantity_row *row = &quantities[limit_quantity[k]];
		int64_t change = shown->q[limit_quantity[k]].value - told->q[limit_quantity[k]].value;
		if (row->urgent == URGENT_LOWER)
			change = -change;
		if (change >= row->urgent_step)
			return true;
	}
	for (int a = 0; a < N_ALARM; a++)
		if ((shown->alarm[a].alarm == TRI_ACTIVE && told->alarm[a].alarm != TRI_ACTIVE) ||
		    (shown->alarm[a].warning == TRI_ACTIVE && told->alarm[a].warning != TRI_ACTIVE))
			return true;
	return false;
}

void output_restart(struct output *o)
{
	memset(o->due, 0, sizeof o->due);
	o->told_once = false;
	o->pending = false;
}

static void next_turn(int64_t *due, int64_t period, int64_t now)
{
	*due = *due ? *due + period : now + period;
	if (*due <= now)
		*due = now + period;
}

/* What this frame carries has not been told: it is as it was. */
static void keep(struct battery *told, const struct battery *was, const struct profile *p, const struct profile_frame *pf)
{
	for (int i = 0; i < pf->n_fields; i++) {
		const struct field *f = &p->fields[pf->first_field + i];
		if (f->kind == FIELD_QUANTITY)
			told->q[f->target] = was->q[f->target];
		for (int a = 0; a < N_ALARM && f->kind == FIELD_ALARM; a++)
			if (f->gathers >> a & 1)
				told->alarm[a] = was->alarm[a];
	}
}

int output_step(struct output *o, const struct profile *p, const struct battery *shown, int64_t now, struct frame *out,
                int max)
{
	bool worse = o->told_once && output_worse(&o->told, shown);
	bool urgent = worse && now - o->last_urgent >= URGENT_GAP, limits_told = false;
	struct battery told = *shown;
	int count = 0;
	for (int i = 0; i < p->n_frames && i < OUTPUT_FRAMES_MAX; i++) {
		const struct profile_frame *pf = &p->frames[i];
		bool turn = !o->due[i] || now >= o->due[i] - SLACK;
		if (!pf->send)
			continue;
		if (count >= max || !(turn || (urgent && pf->urgent))) {
			if (pf->urgent)
				keep(&told, &o->told, p, pf);
			continue;
		}
		if (turn)
			next_turn(&o->due[i], pf->send, now);
		limits_told = limits_told || pf->urgent;
		if (codec_encode(p, (unsigned)i, 0, 0, shown, NULL, &out[count]))
			count++;
	}
	o->told = told;
	if (limits_told) {
		o->told_once = true;
		o->last_urgent = now;
	}
	o->pending = o->told_once && output_worse(&o->told, shown);
	return count;
}
