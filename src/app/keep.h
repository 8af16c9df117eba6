/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* When the state file is read and written: at the start, now and then, at once where a person would miss it, at the end. */
#ifndef APP_KEEP_H
#define APP_KEEP_H

#include "config/config.h"
#include "core/engine.h"
#include "io/statefile.h"

struct keep {
	char path[256];      /* "" = nothing is kept */
	bool read_only;      /* a dry run */
	struct state_stamp stamp;
	struct kept written; /* as of the last write */
	int64_t written_at;  /* us */
	bool soon;           /* something that shouldn't wait for its turn */
	bool failing;        /* told that it can't be written */
};

/* Reads what was kept into the engine; what is wrong with it is logged. `now`: us, of the clock that goes on with the boot. */
void keep_start(struct keep *k, const struct config *config, const char *config_path, struct engine *e, int64_t now);
/* Now and then; cheap when nothing is due. */
void keep_tend(struct keep *k, const struct config *config, const struct engine *e, int64_t now);
/* Writes what has changed. */
void keep_now(struct keep *k, const struct engine *e, int64_t now);

#endif
