/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The running daemon takes another config: all of it or nothing. */
#include "app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/daemon.h"
#include "app/lastgood.h"
#include "log.h"

static const char *refuse(struct daemon *d, struct config *config, const char *problem)
{
	config_free(config);
	free(d->reload_problem);
	d->reload_problem = strdup(problem);
	log_error("reload refused: %s. The running config stays", problem);
	return d->reload_problem ? d->reload_problem : "out of memory";
}

const char *daemon_reload(struct daemon *d)
{
	static const char output[] = "output.interface has changed: that needs a restart";
	static const char topology[] = "bank.topology has changed: that needs a restart";
	static const char memory[] = "out of memory";
	char why[APP_WHY_MAX], errors[APP_WHY_MAX + 64];
	struct config *config = app_load_config_why(d->config_path, d->profiles_dir, why), *before = d->config;
	if (!config) {
		snprintf(errors, sizeof errors, "%s (`battagg check` tells whether there is more)", why);
		return refuse(d, NULL, errors);
	}
	if (strcmp(config->output_interface, before->output_interface))
		return refuse(d, config, output);
	if (!config_same_topology(config, before))
		return refuse(d, config, topology);
	struct engine *engine = engine_create(&config->core, clock_us());
	if (!engine)
		return refuse(d, config, memory);
	engine_adopt(engine, d->engine);
	if (!ports_change(d, config, engine)) {
		engine_destroy(engine);
		return refuse(d, config, memory);
	}
	if (strcmp(config->socket_path, before->socket_path))
		log_warning("the control socket stays at %s until a restart", before->socket_path);
	engine_destroy(d->engine);
	d->engine = engine;
	d->config = config;
	config_free(before);
	daemon_log_level(config, d->level);
	free(d->reload_problem);
	d->reload_problem = NULL;
	d->last_good = false;
	d->reloads++;
	lastgood_save(d->config_path);
	log_info("reloaded %s", d->config_path);
	ports_tend(d, clock_us());
	d->step_at = -1; /* the new engine has a deadline of its own */
	loop_step_soon(d);
	loop_give_back();
	return NULL;
}
