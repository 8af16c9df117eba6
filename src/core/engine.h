/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * The whole of battagg without the world: frames and time in, frames out. `battagg run` drives it on the real
 * clock, `battagg replay` on a log's; same input, same output. Pure: no socket, clock, allocation after create,
 * logging or global.
 *
 * Use: engine_frame() for each frame; when it returns true, or at engine_deadline(), engine_step(); after a step
 * take the frames to send with engine_sent(), and the events with engine_event().
 */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/alarms.h"
#include "core/journal.h"
#include "core/kept.h"
#include "core/routes.h"
#include "core/soc.h"
#include "core/suspect.h"
#include "core/wall.h"

#define SEND_MAX 192 /* frames out of one step: all output frames and every pack's keep-alives */
#define PORT_OUTPUT (-1)

struct outgoing {
	int port; /* index of a source port, or PORT_OUTPUT */
	struct frame frame;
};

struct engine;

/* `s` must outlive the engine. NULL when out of memory. `now`: us, monotonic; the start_wait counts from here. */
struct engine *engine_create(const struct settings *s, int64_t now);
void engine_destroy(struct engine *e);

/* After a reload: packs of the same (port name, profile, address) and the bank keep their state. */
void engine_adopt(struct engine *e, const struct engine *old);

/* A received frame. True when a limit, alarm, permission or extreme got worse, so that a step is due now
 * (engine_deadline says when: steps are at most every 100 ms). */
bool engine_frame(struct engine *e, int port, const struct frame *f, int64_t now);

/* When engine_step() must be called next at the latest, us. */
int64_t engine_deadline(const struct engine *e);
void engine_step(struct engine *e, int64_t now);

/* The output interface came (back): the whole set goes out with the next step, which is due at once. */
void engine_output_up(struct engine *e);

/* The frames of the last step. */
const struct outgoing *engine_sent(const struct engine *e, int *count);

/* What to receive on a port, for kernel filters. Returns how many there are. */
int engine_wanted(const struct engine *e, int port, struct wanted *out, int max);

/* May be sent on this port? (bus-off and error-passive: no) Questions wait meanwhile; ports begin open. */
void engine_port_open(struct engine *e, int port, bool open);

/* The day, as far as it is known; before a step. */
void engine_wall(struct engine *e, struct wall wall);

const struct wall *engine_day(const struct engine *e); /* as it was told last */

/* The balancing charge, by hand. NULL, or why not. */
const char *engine_balance(struct engine *e, bool stop);

/* What was kept of an earlier run, before the first step; and what is to be kept now. */
void engine_restore(struct engine *e, const struct kept *kept);
void engine_kept(const struct engine *e, struct kept *out);

/* The counter is at this SoC (0.01 %) from now on. False: the capacity is not known yet. */
bool engine_set_soc(struct engine *e, int64_t soc);

/* What was asked on a port, and what came of it; NULL when nobody is asked there. */
struct poll_counts;
const struct poll_counts *engine_questions(const struct engine *e, int port);

/* Events from `number` on (they are kept in a ring); NULL when there is none yet. */
const struct event *engine_event(const struct engine *e, uint64_t number);
uint64_t engine_event_first(const struct engine *e);
uint64_t engine_event_next(const struct engine *e); /* the number the next one will have */
/* The present state, of the last step, as the events that would tell it to who comes now, the last a "state.told". */
void engine_tell_state(const struct engine *e, struct journal *out);

/* Looking in, for status and tests. */
const struct settings *engine_settings(const struct engine *e);
const struct pack *engine_pack(const struct engine *e, int index);
const struct pack *engine_sensor(const struct engine *e, int index);
const struct suspicion *engine_suspicion(const struct engine *e, int index); /* of a pack */
/* The sensor that the bank's voltage or current is taken from now; NULL: it is the packs' own. */
const struct pack *engine_taken_from(const struct engine *e, enum quantity q);
const struct battery *engine_bank(const struct engine *e);  /* combined, measured */
const struct battery *engine_shown(const struct engine *e); /* as told to the GX; what was last told when silent */
const struct verdict *engine_verdict(const struct engine *e);
const struct govern *engine_govern(const struct engine *e); /* what its limiters remember */
const struct imbalance *engine_imbalance(const struct engine *e);
enum ladder engine_ladder(const struct engine *e);
const struct soc_state *engine_soc(const struct engine *e);
const struct alarms_state *engine_alarms(const struct engine *e);
int64_t engine_now(const struct engine *e); /* of the last step */

#endif
