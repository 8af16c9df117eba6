/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns what chargers, loads and a GX do with the bank. */
#include "app/sim_house.h"

#define US_PER_S INT64_C(1000000)
#define DAY (24 * 3600 * US_PER_S)
/* A Multi "times out after 5 minutes and shuts down for safety" (Victron, VIS#895), counted from the last it heard. */
#define INVERTER_GIVES_UP (300 * US_PER_S)
/* Off by a DCL of 0 or a low voltage, it starts again once both are well so long; a Multi waits 30 s, too. */
#define RESTART_AFTER (30 * US_PER_S)
#define RESTART_OVER 1.02 /* of the low-voltage limit */

const struct house_plan house_plan_default = {
	.period = 3 * US_PER_S,
	.lost = 60 * US_PER_S,
	.ramp = 100,
	.grid = true,
};

void house_init(struct house *h, const struct house_plan *plan, const struct profile *output)
{
	*h = (struct house){ .plan = *plan, .profile = output };
}

static struct flow flow_now(const struct flow_plan *p, int64_t now)
{
	struct flow f = { .is_power = true };
	if (p->sun) {
		double x = (double)(now % DAY - p->rise) / (double)(p->set - p->rise);
		f.value = x > 0 && x < 1 ? p->peak * 4 * x * (1 - x) : 0;
		return f;
	}
	for (int i = 0; i < p->n && p->step[i].at <= now; i++)
		f = p->step[i].flow;
	return f;
}

double flow_at(const struct flow_plan *p, int64_t now, double voltage, double *watt)
{
	struct flow f = flow_now(p, now);
	double current = !f.is_power ? f.value : voltage > 1 ? f.value / voltage : 0;
	*watt = f.is_power ? f.value : current * voltage;
	return current;
}

void house_hear(struct house *h, const struct frame *f, int64_t now)
{
	unsigned group;
	for (int index = -1; codec_match(h->profile, 0, f, &index, &group);)
		if (codec_decode(h->profile, (unsigned)index, group, f, now, &h->seen, NULL, NULL) == DECODED &&
		    (h->seen.updated >> Q_CVL & 1)) {
			h->heard = true;
			h->heard_at = now;
		}
}

static double told(const struct house *h, enum quantity q)
{
	return battery_knew(&h->seen.b, q) ? (double)h->seen.b.q[q].value / 1000 : 0;
}

/* Every few seconds the GX takes over what the battery says. */
static void look(struct house *h, double voltage, int64_t now)
{
	bool well;
	h->stopped = !h->heard || now - h->heard_at > h->plan.lost;
	h->cvl = told(h, Q_CVL);
	h->ccl = h->stopped ? 0 : told(h, Q_CCL);
	h->dcl = told(h, Q_DCL);
	h->low_voltage = told(h, Q_LOW_VOLTAGE);
	if (!h->heard)
		return;
	well = h->dcl > 0 && voltage >= h->low_voltage * RESTART_OVER && now - h->heard_at <= h->plan.lost;
	if (!well)
		h->well_since = now;
	h->low = voltage < h->low_voltage;
	if (!(h->dcl > 0) || h->low || now - h->heard_at > INVERTER_GIVES_UP)
		h->inverter_off = true;
	else if (now - h->well_since >= RESTART_AFTER)
		h->inverter_off = false;
}

static void ramp(double *x, double target, double most)
{
	*x = target > *x + most ? *x + most : target < *x - most ? *x - most : target;
}

static void account(struct house *h, double wanted_watt, double wanted, double voltage, double time)
{
	bool off = wanted > 0 && !(h->load > 0) && !h->plan.grid;
	h->tally.wanted += wanted_watt * time;
	h->tally.served += h->load * voltage * time;
	h->tally.charged += h->charger * voltage * time;
	if (off) {
		h->tally.off += time;
		h->tally.offs += !h->off;
	}
	h->off = off;
}

/* Chargers that could give `available` and loads that take `load`, with what may flow into the battery and out of it. */
static void flow(struct house *h, double available, double load, double in, double out)
{
	double into;
	if (load > available + out)
		load = available + out > 0 ? available + out : 0;
	into = available - load;
	into = into > in ? in : into;
	into = into < -load ? -load : into;
	if (into < -out) /* under so little load the voltage is over the CVL, and chargers give nothing */
		into = -(load = out);
	h->load = load;
	h->charger = into + load;
}

/* A charger has what it gives to come down from, not what it was allowed. */
static void follow(struct house *h, double time)
{
	double flows = h->charger - h->load;
	if (h->ccl < h->charge_limit && flows < h->charge_limit)
		h->charge_limit = flows > h->ccl ? flows : h->ccl;
	ramp(&h->charge_limit, h->ccl, h->plan.ramp * time);
}

/* Lets it flow; when the paths that are needed are open, chargers can still feed the loads. */
static void settle(struct house *h, struct electric_bank *b, double available, double time)
{
	if (electric_step(b, h->charger - h->load, time))
		return;
	if (h->load > available || !(available > 0))
		h->load = 0;
	h->charger = h->load;
}

void house_step(struct house *h, struct electric_bank *b, int64_t now, double time)
{
	double available_watt, wanted_watt, in, out;
	double available = flow_at(&h->plan.charger, now, b->voltage, &available_watt);
	double wanted = flow_at(&h->plan.load, now, b->voltage, &wanted_watt), load = wanted, at_cvl;
	if (now >= h->next_look) {
		look(h, b->voltage, now);
		h->next_look = now + h->plan.period;
	}
	follow(h, time);
	electric_refresh(b);
	at_cvl = h->stopped ? 0 : electric_current_at(b, h->cvl);
	if (h->stopped)
		available = 0;
	if (h->inverter_off)
		load = h->plan.grid ? load : 0;
	in = h->plan.feed_in || h->charge_limit > at_cvl ? at_cvl : h->charge_limit;
	out = h->inverter_off ? 0 : h->plan.grid && h->heard ? h->dcl : load;
	flow(h, available, load, in, out);
	settle(h, b, available, time);
	account(h, wanted_watt, wanted, b->voltage, time);
}

void house_step_ideal(struct house *h, struct electric_bank *b, const struct house_bounds *most, int64_t now, double time)
{
	double available_watt, wanted_watt;
	double available = flow_at(&h->plan.charger, now, b->voltage, &available_watt);
	double wanted = flow_at(&h->plan.load, now, b->voltage, &wanted_watt);
	flow(h, available, wanted, most->ccl, h->plan.grid ? most->dcl : wanted);
	settle(h, b, available, time);
	account(h, wanted_watt, wanted, b->voltage, time);
}
