/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What happened: a ring of the newest events, written for people, as data for log, status and replay. */
#ifndef CORE_JOURNAL_H
#define CORE_JOURNAL_H

#include "core/ladder.h"
#include "core/topic.h"

#define EVENTS_MAX 128
#define EVENT_TEXT_MAX 200

enum severity { EVENT_INFO, EVENT_WARNING, EVENT_ALARM };
enum about { ABOUT_BANK, ABOUT_PACK, ABOUT_SENSOR };

struct event {
	uint64_t number; /* 1, 2, ... */
	int64_t time;    /* us, monotonic */
	enum severity severity;
	enum topic topic;
	enum about about;
	int pack; /* index, sensors follow the packs; -1: the bank, or one that is no more */
	char who[PACK_NAME_MAX + 1]; /* its name, which is not in the text; "bank" */
	char text[EVENT_TEXT_MAX];
	/* for programs: a number, in the unit's steps, or a word; which one the topic has stands in docs/HOOKS.md */
	struct bound value;
	enum unit unit;
	const char *word; /* NULL: none */
};

/* What is so for a while, and what hooks act on. */
enum condition { CONDITION_CHARGE, CONDITION_DISCHARGE, CONDITION_CVL, N_CONDITION };
struct condition_state {
	bool known, bad; /* bad: nothing may flow; the charge voltage is below what it would be if all were well */
	int64_t at; /* us, told last */
};

struct journal {
	struct event ring[EVENTS_MAX];
	uint64_t next; /* how many there have been */
	/* what was last written about, so that only changes are */
	struct reason told[N_LIMIT];
	int64_t told_at[N_LIMIT], told_value[N_LIMIT];
	struct alarm_state alarm[N_ALARM];
	enum charge_phase phase;
	enum balance_state balance;
	bool imbalance[N_IMBALANCE];
	struct condition_state condition[N_CONDITION];
};

void journal_pack(struct journal *j, const struct pack *p, int index, int64_t now);
/* A value that is not believed; one a minute of each pack. */
void journal_odd(struct journal *j, struct pack *p, int index, int64_t now);
/* Something about it, called `what` by programs, is in doubt, or no longer. */
void journal_suspect(struct journal *j, const struct pack *p, int index, const char *what, bool doubted, const char *text,
                     int64_t now);
/* The bank begins without it. */
void journal_missing(struct journal *j, const struct pack *p, int index, int64_t now);
/* `used`: the bank's value is this sensor's from now on; else the packs' own. */
void journal_sensor(struct journal *j, const struct pack *sensor, int index, enum quantity q, bool used, int64_t now);
/* A threshold of the config, of a warning or an alarm, was passed, or no longer is: `value` against it. */
struct own_news {
	enum alarm a;
	enum unit unit;
	int64_t value, threshold;
	bool alarm, on;
	bool other; /* is the other one passed? */
};
void journal_own_alarm(struct journal *j, const struct own_news *news, int64_t now);
void journal_ladder(struct journal *j, enum ladder rung, int64_t now);
void journal_verdict(struct journal *j, const struct verdict *v, const struct settings *s, int64_t now);
void journal_charge(struct journal *j, const struct charge *c, const struct settings *s, const struct wall *wall, int64_t now);
void journal_imbalance(struct journal *j, const struct imbalance *im, const struct settings *s, int64_t now);
/* Charging and discharging, blocked or allowed; the charge voltage, reduced or not. Forgotten while there is no verdict. */
void journal_conditions(struct journal *j, const struct verdict *v, const struct settings *s, int64_t now);
/* With whose they are. */
void journal_alarms(struct journal *j, const struct battery *bank, enum ladder rung, const struct tree *t);

/* For who comes later: the conditions as another journal last told them; figures that change too often to be events; that
 * this is all. */
void journal_present(struct journal *j, const struct journal *told, const struct verdict *v, const struct settings *s,
                     int64_t now);
void journal_soc(struct journal *j, int64_t soc, bool low, int64_t now);
void journal_spread(struct journal *j, int64_t spread, int64_t now);
void journal_told(struct journal *j, int64_t now);

/* After a reload, `to` tells the new index of each pack and sensor there was; -1: it is no more. */
void journal_adopt(struct journal *j, const int to[MEMBERS_MAX]);

/* The event of this number; NULL when it has left the ring or has not happened. */
const struct event *journal_get(const struct journal *j, uint64_t number);
uint64_t journal_first(const struct journal *j); /* the oldest that is kept; 0 when none */

#endif
