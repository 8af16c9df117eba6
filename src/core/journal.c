/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What happened, as a ring of events. */
#include "core/journal.h"

#include <stdarg.h>
#include <stdio.h>

#define ODD_EVENT_GAP   (60 * INT64_C(1000000)) /* us between two events about values of a pack that can't be */
#define LIMIT_EVENT_GAP (10 * INT64_C(1000000)) /* us between two events about one limit: no log storms */

static const char *const limit_names[N_LIMIT] = { "CVL", "CCL", "DCL", "low voltage limit" };

/* `p`: NULL for the bank. */
static struct event *__attribute__((format(printf, 7, 8)))
add(struct journal *j, int64_t now, enum severity severity, enum topic topic, const struct pack *p, int index,
    const char *fmt, ...)
{
	struct event *e = &j->ring[j->next % EVENTS_MAX];
	va_list ap;
	*e = (struct event){ .number = ++j->next, .time = now, .severity = severity, .topic = topic, .pack = index };
	snprintf(e->who, sizeof e->who, "%s", p ? p->set->name : "bank");
	e->about = !p ? ABOUT_BANK : p->set->profile->sensor ? ABOUT_SENSOR : ABOUT_PACK;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof e->text, fmt, ap);
	va_end(ap);
	return e;
}

static void say_number(struct event *e, enum unit unit, int64_t value)
{
	e->value = (struct bound){ true, value };
	e->unit = unit;
}

void journal_pack(struct journal *j, const struct pack *p, int index, int64_t now)
{
	static const enum severity how[N_PACK_STATE] = {
		[PACK_WAITING] = EVENT_INFO, [PACK_ONLINE] = EVENT_INFO, [PACK_RETURNING] = EVENT_INFO,
		[PACK_LOST] = EVENT_WARNING, [PACK_GONE] = EVENT_WARNING, [PACK_REFUSED] = EVENT_WARNING,
	};
	static const enum topic of_sensor[N_PACK_STATE] = { /* it has no other states */
		[PACK_WAITING] = TOPIC_SENSOR_WAITING, [PACK_ONLINE] = TOPIC_SENSOR_ONLINE, [PACK_LOST] = TOPIC_SENSOR_LOST,
	};
	enum topic topic = p->set->profile->sensor ? of_sensor[p->state] : TOPIC_PACK_WAITING + (enum topic)p->state;
	add(j, now, how[p->state], topic, p, index, "%s%s%s", pack_state_names[p->state], *p->why ? ": " : "", p->why);
}

void journal_sensor(struct journal *j, const struct pack *sensor, int index, enum quantity q, bool used, int64_t now)
{
	const char *name = quantities[q].name;
	struct event *e = used ?
		add(j, now, EVENT_INFO, TOPIC_SENSOR_USED, sensor, index, "the bank's %s is taken from here", name) :
		add(j, now, EVENT_WARNING, TOPIC_SENSOR_UNUSED, sensor, index, "gives no %s: the packs' own counts", name);
	e->word = name;
}

void journal_odd(struct journal *j, struct pack *p, int index, int64_t now)
{
	char value[VALUE_TEXT_MAX];
	struct odd_value *odd = &p->odd;
	if (!odd->time || odd->time == odd->told || (odd->told && odd->time - odd->told < ODD_EVENT_GAP))
		return;
	const struct quantity_row *row = &quantities[odd->quantity];
	add(j, now, EVENT_WARNING, TOPIC_PACK_ODD, p, index, "says %s %s, which %d cells can't have: not believed", row->name,
	    value_print_fixed(value, sizeof value, row->unit, odd->value, 2), p->set->cells)->word = row->name;
	odd->told = odd->time;
}

void journal_suspect(struct journal *j, const struct pack *p, int index, const char *what, bool doubted, const char *text,
                     int64_t now)
{
	add(j, now, doubted ? EVENT_WARNING : EVENT_INFO, doubted ? TOPIC_PACK_DOUBTED : TOPIC_PACK_TRUSTED, p, index, "%s",
	    text)->word = what;
}

void journal_missing(struct journal *j, const struct pack *p, int index, int64_t now)
{
	add(j, now, EVENT_WARNING, TOPIC_PACK_MISSING, p, index, "the bank begins without it: %s", p->why);
}

void journal_adopt(struct journal *j, const int to[MEMBERS_MAX])
{
	for (int i = 0; i < EVENTS_MAX; i++)
		if (j->ring[i].pack >= 0)
			j->ring[i].pack = to[j->ring[i].pack];
}

void journal_ladder(struct journal *j, enum ladder rung, int64_t now)
{
	static const char *const what[N_LADDER] = {
		[LADDER_WAITING] = "packs are back: waiting for the full picture",
		[LADDER_NORMAL] = "the bank is governed by its packs",
		[LADDER_HOLD] = "no pack can be trusted: charging stopped, discharging held for a while",
		[LADDER_EMERGENCY] = "still no pack can be trusted: emergency discharge limit",
		[LADDER_SILENT] = "gave up: silent, so that the GX sees its BMS lost",
	};
	add(j, now, rung >= LADDER_HOLD ? EVENT_ALARM : EVENT_INFO, TOPIC_LADDER_WAITING + (enum topic)rung, NULL, -1, "%s",
	    what[rung]);
}

void journal_own_alarm(struct journal *j, const struct own_news *news, int64_t now)
{
	char text[VALUE_TEXT_MAX], set[VALUE_TEXT_MAX];
	bool soc = news->a == AL_LOW_SOC;
	enum topic passed = soc ? TOPIC_SOC_LOW : TOPIC_THRESHOLD_PASSED, back = soc ? TOPIC_SOC_NORMAL : TOPIC_THRESHOLD_BACK;
	struct event *e = add(j, now, !news->on ? EVENT_INFO : news->alarm ? EVENT_ALARM : EVENT_WARNING,
	                      news->on || news->other ? passed : back, NULL, -1, "%s%s: %s, the config %s at %s",
	                      news->on ? "" : "no longer ", alarms[news->a].what,
	                      value_print(text, sizeof text, news->unit, news->value), news->alarm ? "alarms" : "warns",
	                      value_print(set, sizeof set, news->unit, news->threshold));
	say_number(e, news->unit, news->value);
	e->word = alarms[news->a].name;
}

static bool same_cause(const struct reason *a, const struct reason *b)
{
	if (a->code == REASON_SUM && b->code == REASON_SUM) /* of how many packs, of how many */
		return a->measured == b->measured && a->threshold == b->threshold && a->missing == b->missing;
	return a->code == b->code && a->pack == b->pack;
}

/* By so many percent. */
static bool stricter_by(int percent, enum limit_kind kind, int64_t value, int64_t told)
{
	return kind == LIMIT_LOW_VOLTAGE ? value * 100 > told * (100 + percent) : value * 100 < told * (100 - percent);
}

/* Has something to be written: another cause, or a much stricter limit; at once when it is stricter, else not often. */
static bool is_news(const struct journal *j, enum limit_kind k, const struct limit *l, int64_t now)
{
	bool soon = j->told[k].code != REASON_NONE && now - j->told_at[k] < LIMIT_EVENT_GAP;
	if (l->reason.code == REASON_HELD || l->reason.code == REASON_RISING)
		return false;
	if (same_cause(&l->reason, &j->told[k]))
		return !soon && stricter_by(25, k, l->value, j->told_value[k]);
	return !soon || stricter_by(10, k, l->value, j->told_value[k]);
}

void journal_verdict(struct journal *j, const struct verdict *v, const struct settings *s, int64_t now)
{
	for (int k = 0; k < N_LIMIT && v->valid; k++) {
		const struct limit *l = &v->limit[k];
		if (!is_news(j, (enum limit_kind)k, l, now))
			continue;
		char value[VALUE_TEXT_MAX], why[REASON_TEXT_MAX];
		struct event *e = add(j, now, EVENT_INFO, TOPIC_LIMIT_CVL + (enum topic)k, NULL, -1, "%s %s: %s", limit_names[k],
		                      limit_print(value, sizeof value, (enum limit_kind)k, l->value),
		                      reason_print(why, sizeof why, &l->reason, (enum limit_kind)k, s, now));
		say_number(e, quantities[limit_quantity[k]].unit, l->value);
		j->told[k] = l->reason;
		j->told_value[k] = l->value;
		j->told_at[k] = now;
	}
}

static const char *pack_name(const struct settings *s, int pack)
{
	return pack >= 0 && pack < s->n_packs ? s->packs[pack].name : "one that is no more";
}

void journal_imbalance(struct journal *j, const struct imbalance *im, const struct settings *s, int64_t now)
{
	for (int k = 0; k < N_IMBALANCE; k++) {
		const struct imbalance_row *row = &imbalances[k];
		const struct detector *d = &im->found[k];
		char value[VALUE_TEXT_MAX], threshold[VALUE_TEXT_MAX];
		bool told = j->imbalance[k];
		j->imbalance[k] = d->active;
		if (d->active == told || !d->since) /* it is not looked at any more */
			continue;
		value_print_fixed(value, sizeof value, row->unit, d->value, row->decimals);
		value_print_fixed(threshold, sizeof threshold, row->unit, d->threshold, row->decimals);
		struct event *e = d->active ?
			add(j, now, EVENT_WARNING, TOPIC_PACKS_APART, NULL, -1, "%s and %s are %s apart in %s: too much from %s on",
			    pack_name(s, im->most[k]), pack_name(s, im->least[k]), value, row->what, threshold) :
			add(j, now, EVENT_INFO, TOPIC_PACKS_EVEN, NULL, -1, "the packs are even again in %s: %s apart", row->what,
			    value);
		say_number(e, row->unit, d->value);
		e->word = row->name;
	}
}

static const struct {
	enum limit_kind limit;
	enum topic topic;
	enum severity severity;
	const char *bad, *good;
} conditions[N_CONDITION] = {
	[CONDITION_CHARGE] = { LIMIT_CCL, TOPIC_CHARGE_BLOCKED, EVENT_INFO, "charging is blocked", "charging is allowed" },
	[CONDITION_DISCHARGE] = { LIMIT_DCL, TOPIC_DISCHARGE_BLOCKED, EVENT_WARNING, "discharging is blocked",
	                          "discharging is allowed" },
	[CONDITION_CVL] = { LIMIT_CVL, TOPIC_CVL_REDUCED, EVENT_INFO, "the charge voltage is reduced",
	                    "the charge voltage is not reduced" },
};

static void tell_condition(struct journal *j, enum condition c, bool bad, const struct verdict *v, const struct settings *s,
                           int64_t now)
{
	enum limit_kind k = conditions[c].limit;
	const struct limit *l = &v->limit[k];
	char value[VALUE_TEXT_MAX], why[REASON_TEXT_MAX];
	struct event *e = add(j, now, bad ? conditions[c].severity : EVENT_INFO, conditions[c].topic + (enum topic)!bad, NULL, -1,
	                      "%s: %s %s, %s", bad ? conditions[c].bad : conditions[c].good, limit_names[k],
	                      limit_print(value, sizeof value, k, l->value),
	                      reason_print(why, sizeof why, &l->reason, k, s, now));
	say_number(e, quantities[limit_quantity[k]].unit, l->value);
	j->condition[c] = (struct condition_state){ .known = true, .bad = bad, .at = now };
}

/* A current that is told as 0.0 A is none. A voltage is reduced until it is back where it would be without. */
static bool is_bad(enum condition c, const struct limit *l, bool was)
{
	if (c == CONDITION_CVL)
		return reason_protects(&l->reason) || (was && l->value != l->target);
	return l->value < 100;
}

void journal_conditions(struct journal *j, const struct verdict *v, const struct settings *s, int64_t now)
{
	for (int c = 0; c < N_CONDITION; c++) {
		struct condition_state *told = &j->condition[c];
		if (!v->valid) {
			*told = (struct condition_state){ 0 };
			continue;
		}
		bool bad = is_bad((enum condition)c, &v->limit[conditions[c].limit], told->known && told->bad);
		bool soon = told->known && !bad && now - told->at < LIMIT_EVENT_GAP; /* what got better can wait */
		if (!told->known || (bad != told->bad && !soon))
			tell_condition(j, (enum condition)c, bad, v, s, now);
	}
}

void journal_present(struct journal *j, const struct journal *told, const struct verdict *v, const struct settings *s,
                     int64_t now)
{
	for (int c = 0; c < N_CONDITION; c++)
		if (told->condition[c].known)
			tell_condition(j, (enum condition)c, told->condition[c].bad, v, s, now);
}

void journal_soc(struct journal *j, int64_t soc, bool low, int64_t now)
{
	char text[VALUE_TEXT_MAX];
	say_number(add(j, now, EVENT_INFO, low ? TOPIC_SOC_LOW : TOPIC_SOC_NORMAL, NULL, -1, "state of charge %s",
	               value_print(text, sizeof text, UNIT_BP, soc)), UNIT_BP, soc);
}

void journal_spread(struct journal *j, int64_t spread, int64_t now)
{
	char text[VALUE_TEXT_MAX];
	say_number(add(j, now, EVENT_INFO, TOPIC_CELLS_SPREAD, NULL, -1, "the highest cell is %s above the lowest",
	               value_print_fixed(text, sizeof text, UNIT_MV, spread, 3)), UNIT_MV, spread);
}

void journal_told(struct journal *j, int64_t now)
{
	add(j, now, EVENT_INFO, TOPIC_STATE_TOLD, NULL, -1, "that is the present state");
}

/* " (A, B)": the packs that have an alarm, or a warning; those that are not there, where it is about that. */
static const char *whose(char *buf, size_t size, const struct tree *t, int a, bool alarm)
{
	size_t n = 0;
	bool failure = a == AL_INTERNAL_FAILURE;
	buf[0] = '\0';
	for (int i = 0; i < t->n_packs && n < size; i++) {
		const struct pack *p = &t->packs[i];
		bool has = pack_constrains(p) && (alarm ? p->b.alarm[a].alarm : p->b.alarm[a].warning) == TRI_ACTIVE;
		bool away = failure && p->state != PACK_ONLINE && p->state != PACK_RETURNING;
		if (has || away)
			n += (size_t)snprintf(buf + n, size - n, "%s%s%s", n ? ", " : " (", p->set->name, has ? "" : " is missing");
	}
	if (n && n + 1 < size)
		snprintf(buf + n, size - n, ")");
	return buf;
}

static void alarm_event(struct journal *j, int a, enum severity level, uint8_t before, uint8_t after, const struct tree *t)
{
	bool on = after == TRI_ACTIVE, alarm = level == EVENT_ALARM;
	char who[EVENT_TEXT_MAX / 2] = "";
	if ((before == TRI_ACTIVE) == on)
		return;
	add(j, t->now, on ? level : EVENT_INFO, (alarm ? TOPIC_ALARM_RAISED : TOPIC_WARNING_RAISED) + (enum topic)!on, NULL, -1,
	    "%s %s: %s%s", alarm ? "alarm" : "warning", on ? "raised" : "cleared", alarms[a].what,
	    on ? whose(who, sizeof who, t, a, alarm) : "")->word = alarms[a].name;
}

void journal_alarms(struct journal *j, const struct battery *bank, enum ladder rung, const struct tree *t)
{
	if (rung == LADDER_WAITING || rung == LADDER_SILENT) /* nobody is told */
		return;
	for (int a = 0; a < N_ALARM; a++) {
		alarm_event(j, a, EVENT_ALARM, j->alarm[a].alarm, bank->alarm[a].alarm, t);
		alarm_event(j, a, EVENT_WARNING, j->alarm[a].warning, bank->alarm[a].warning, t);
		j->alarm[a] = bank->alarm[a];
	}
}

/* Only what a person would want to know of: that it is idle again is none of it. */
static void journal_balance(struct journal *j, const struct balance *b, const struct settings *s, const struct wall *wall,
                            int64_t now)
{
	char text[BALANCE_TEXT_MAX];
	bool failed = b->state == BALANCE_PUT_OFF;
	if (b->state == j->balance)
		return;
	if (b->state != BALANCE_IDLE)
		add(j, now, failed ? EVENT_WARNING : EVENT_INFO, TOPIC_BALANCE_DUE + (enum topic)(b->state - BALANCE_DUE), NULL, -1,
		    "balancing charge: %s, %s", balance_state_names[b->state], balance_waits(text, sizeof text, b, s, wall, now));
	j->balance = b->state;
}

void journal_charge(struct journal *j, const struct charge *c, const struct settings *s, const struct wall *wall, int64_t now)
{
	char text[CHARGE_TEXT_MAX];
	journal_balance(j, &c->balance, s, wall, now);
	if (s->charge.own && c->phase != j->phase)
		add(j, now, EVENT_INFO, TOPIC_PHASE_BULK + (enum topic)c->phase, NULL, -1, "charging: %s, %s",
		    charge_phase_names[c->phase], charge_waits(text, sizeof text, c, s));
	j->phase = c->phase;
}

const struct event *journal_get(const struct journal *j, uint64_t number)
{
	if (!number || number > j->next || number + EVENTS_MAX <= j->next)
		return NULL;
	return &j->ring[(number - 1) % EVENTS_MAX];
}

uint64_t journal_first(const struct journal *j)
{
	if (!j->next)
		return 0;
	return j->next > EVENTS_MAX ? j->next - EVENTS_MAX + 1 : 1;
}
