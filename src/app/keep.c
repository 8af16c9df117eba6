/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* When the state file is read and written. */
#include "app/keep.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "app/lastgood.h"
#include "log.h"

#define SOONEST (10 * INT64_C(1000000)) /* us between two writes, whatever happens */

void keep_start(struct keep *k, const struct config *config, const char *config_path, struct engine *e, int64_t now)
{
	struct state_stamp then;
	char why[STATEFILE_WHY_MAX], folder[200];
	statefile_boot(k->stamp.boot);
	k->written_at = now;
	if (!strcmp(config->state_file, "none"))
		return;
	if (*config->state_file)
		snprintf(k->path, sizeof k->path, "%s", config->state_file);
	else
		snprintf(k->path, sizeof k->path, "%s/state-%s", state_folder(folder, sizeof folder, config_path), config->output_interface);
	k->stamp.time = now;
	switch (statefile_read(k->path, &k->written, &then, why)) {
	case STATEFILE_GOOD:
		statefile_drop_old_limits(&k->written, &then, &k->stamp);
		engine_restore(e, &k->written);
		log_info("%s: state of before taken over", k->path);
		break;
	case STATEFILE_NONE: log_info("%s: no state of before", k->path); break;
	case STATEFILE_BAD:
		log_warning("%s: %s: it is set aside as %s.bad, and counting begins anew", k->path, why, k->path);
		if (!k->read_only)
			statefile_set_aside(k->path);
		break;
	}
}

void keep_now(struct keep *k, const struct engine *e, int64_t now)
{
	struct kept kept;
	engine_kept(e, &kept);
	k->written_at = now;
	k->soon = false;
	if (!*k->path || k->read_only || !memcmp(&kept, &k->written, sizeof kept))
		return;
	k->stamp.time = now;
	if (statefile_write(k->path, &kept, &k->stamp)) {
		k->written = kept;
		k->failing = false;
	} else if (!k->failing) {
		log_warning("%s: can't be written: %s. The counter and the balancing date won't survive a restart", k->path,
		            strerror(errno));
		k->failing = true;
	}
}

void keep_tend(struct keep *k, const struct config *config, const struct engine *e, int64_t now)
{
	struct kept kept;
	int64_t passed = now - k->written_at;
	if (passed < SOONEST)
		return;
	engine_kept(e, &kept);
	if (passed >= config->state_every || k->soon || kept.balanced_day != k->written.balanced_day)
		keep_now(k, e, now);
}
