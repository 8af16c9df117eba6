/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The bank's alarms: what its packs say by a policy, what battagg itself sees, and thresholds of the config. A pack's
 * protection (what closes a direction) is the bank's at once, whatever the policy.
 */
#ifndef CORE_ALARMS_H
#define CORE_ALARMS_H

#include "core/detector.h"
#include "core/journal.h"
#include "core/suspect.h"

/* A threshold of the config, over the bank's values. */
struct own_alarm_row {
	const char *name;
	enum alarm alarm;
	enum quantity value; /* N_QUANTITY: highest less lowest cell voltage */
	bool below;          /* too low is what is told */
	enum unit unit;
};
extern const struct own_alarm_row own_alarms[N_OWN_ALARM];

enum alarm_level { LEVEL_WARNING, LEVEL_ALARM, N_LEVEL };

struct alarms_state {
	struct detector own[N_OWN_ALARM][N_LEVEL]; /* of what may not be too low, value and threshold are negative */
	struct {
		bool active;
		int64_t turning; /* us, it has been the other way since; 0 = it is not */
	} told[N_ALARM][N_LEVEL];
	int64_t lost_since; /* us, some pack has not been there since; 0 = all are */
};

/* Puts the alarms into the bank. `soc`: that is told, 0.01 %; -1 = none yet. */
void alarms_step(struct alarms_state *x, struct battery *bank, const struct tree *t, const struct suspicion *suspicions,
                 const struct imbalance *apart, enum ladder rung, int64_t soc, struct journal *j);

#endif
