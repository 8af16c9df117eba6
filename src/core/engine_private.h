/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the files engine*.c share: everything an engine remembers. */
#ifndef CORE_ENGINE_PRIVATE_H
#define CORE_ENGINE_PRIVATE_H

#include "core/alarms.h"
#include "core/beacons.h"
#include "core/engine.h"
#include "core/fastpacket.h"
#include "core/output.h"
#include "core/poller.h"
#include "core/sensor.h"
#include "core/soc.h"
#include "core/suspect.h"

struct engine {
	const struct settings *s;
	struct pack *packs; /* the packs, then the sensors */
	int n; /* of both */
	struct frame_age *ages;
	struct routes routes;
	struct beacons beacons;
	struct poller poller;
	struct fastpackets fastpackets;
	struct tree tree;
	struct battery bank;
	struct measure packs_voltage; /* the bank's, before a sensor's took its place */
	struct sensors sensors;
	struct suspicion suspicions[PACKS_MAX];
	struct alarms_state alarms;
	struct soc_state soc;
	struct ladder_state ladder;
	struct govern govern;
	struct verdict verdict;
	struct output output;
	struct battery shown;
	struct journal journal;
	struct wall wall;
	int64_t now, next_tick, last_step;
	bool worse; /* since the last step */
	bool answered; /* a question, since the last step: the next may be asked */
	int64_t patience_ends; /* us; when the next pack is lost if it stays silent, as of the last step */
	struct outgoing sent[SEND_MAX];
	int n_sent;
};

#endif
