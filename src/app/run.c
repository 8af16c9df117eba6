/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg run`: starts the daemon, reloads its config, ends it. */
#include "app/app.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/daemon.h"
#include "app/lastgood.h"
#include "io/lock.h"
#include "io/notify.h"
#include "log.h"

static void usage(FILE *out)
{
	fputs("Usage: battagg run [options]\n"
	      "\n"
	      "The daemon, in the foreground: reads the batteries, sends one battery to the output interface, logs on\n"
	      "standard error. SIGHUP (or `battagg ctl reload`) reads the config again, SIGTERM ends it.\n"
	      "\n"
	      "  -c, --config FILE     default: " APP_CONFIG_DEFAULT ", on a GX " APP_CONFIG_GX "\n"
	      "      --profiles DIR    look for profiles in DIR first\n"
	      "      --dry-run         compute and show everything, transmit nothing\n"
	      "      --log LEVEL       error, warning, info or debug; wins over the config's\n"
	      "  -h, --help            this text\n",
	      out);
}

/* 0 to go on, else the exit status + 1. */
static int parse_options(int argc, char **argv, struct daemon *d, int *level)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' }, { "profiles", required_argument, NULL, 'p' },
		{ "dry-run", no_argument, NULL, 'n' },      { "log", required_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
	};
	int c;
	while ((c = getopt_long(argc, argv, "c:h", known, NULL)) != -1) {
		switch (c) {
		case 'c': d->config_path = optarg; break;
		case 'p': d->profiles_dir = optarg; break;
		case 'n': d->dry_run = true; break;
		case 'l':
			*level = log_level_find(optarg);
			if (*level < 0) {
				log_error("run: --log '%s': it is error, warning, info or debug", optarg);
				return EXIT_USAGE + 1;
			}
			break;
		case 'h': usage(stdout); return EXIT_FINE + 1;
		default: usage(stderr); return EXIT_USAGE + 1;
		}
	}
	if (optind != argc) {
		log_error("run: '%s' is too much", argv[optind]);
		usage(stderr);
		return EXIT_USAGE + 1;
	}
	return 0;
}

/* ---- config ---- */

static bool load_config(struct daemon *d)
{
	char copy[PATH_MAX];
	d->config = app_load_config(d->config_path, d->profiles_dir);
	d->config_path = app_config_path(d->config_path);
	if (d->config) {
		bool kept = d->dry_run || lastgood_save(d->config_path);
		const char *why = strerror(errno);
		if (!kept)
			log_warning("no copy of this config can be kept as %s (%s): a later start with a broken one would fail",
			            lastgood_path(copy, sizeof copy, d->config_path), why);
		return true;
	}
	lastgood_path(copy, sizeof copy, d->config_path);
	if (access(copy, R_OK))
		return false;
	log_error("%s has errors: trying the copy of the last one that worked, %s", d->config_path, copy);
	d->config = app_load_config(copy, d->profiles_dir);
	if (!d->config)
		return false;
	d->last_good = d->config->core.last_good = true;
	log_warning("ALARM: running on the LAST GOOD config, not on %s, which has the errors above; correct it, then "
	            "`battagg ctl reload`", d->config_path);
	return true;
}

static void log_effective(const struct config *config)
{
	char *text = NULL, *rest, *line;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return;
	config_print_effective(config, f);
	fclose(f);
	log_info("effective config:");
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		log_info("  %s", line);
	free(text);
}

void daemon_log_level(const struct config *config, int given)
{
	int level = given >= 0 ? given : config->log_level ? log_level_find(config->log_level) : -1;
	if (level >= 0)
		log_set_level((enum log_level)level);
}

static void warn_silent_keepalives(const struct settings *s)
{
	log_warning("dry run: nothing is transmitted anywhere");
	for (int i = 0; i < settings_members(s); i++) {
		const struct pack_settings *set = settings_member(s, i);
		for (int t = 0; t < set->profile->n_transmit; t++)
			if (set->transmit[t])
				log_warning("dry run: %s wants to be sent `%s`; without it, it may fall silent or asleep", set->name,
				            set->profile->transmit[t].name);
		if (set->profile->n_polls)
			log_warning("dry run: %s is not asked, and does not say what its profile (%s) asks for", set->name,
			            set->profile->id);
	}
}

/* ---- life ---- */

/* The folder of the control socket, where nobody else has made it. */
static void make_folder(const char *path)
{
	char folder[128];
	snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (!slash || slash == folder)
		return;
	*slash = '\0';
	if (mkdir(folder, 0755) && errno != EEXIST)
		log_debug("%s: %s", folder, strerror(errno));
}

static void open_control(struct daemon *d)
{
	char path[sizeof d->config->socket_path + sizeof DRY_RUN_SUFFIX];
	snprintf(path, sizeof path, "%s%s", d->config->socket_path, d->dry_run ? DRY_RUN_SUFFIX : "");
	make_folder(path);
	d->control = control_open(d->loop, path, request_handle, d);
	if (!d->control)
		log_warning("%s: no control socket there (%s): status, top, ctl and events won't work", path, strerror(errno));
}

static bool lock(const struct daemon *d)
{
	const char *out = d->config->output_interface;
	if (!d->dry_run && lock_output(out) < 0) {
		if (errno == EADDRINUSE)
			log_error("another battagg runs already for %s: `battagg status` shows it. One output takes one daemon; "
			          "--dry-run may run beside it", out);
		else
			log_error("%s: can't be locked: %s", out, strerror(errno));
		return false;
	}
	return true;
}

static bool open_world(struct daemon *d)
{
	if (!canport_supported()) {
		log_error("this kernel has no raw CAN sockets (%s). As root: modprobe can-raw", strerror(errno));
		return false;
	}
	if (!links_open(&d->links, SYSFS_ROOT)) {
		log_error("the network interfaces can't be listed: %s", strerror(errno));
		return false;
	}
	d->batch = canport_batch_new();
	d->engine = engine_create(&d->config->core, clock_us());
	d->loop = ev_loop_new(EVFLAG_AUTO);
	if (!d->batch || !d->engine || !d->loop || !ports_create(d)) {
		log_error("out of memory");
		return false;
	}
	return true;
}

static void on_stop(struct ev_loop *loop, ev_signal *w, int events)
{
	(void)w, (void)events;
	ev_break(loop, EVBREAK_ALL);
}

static void on_reload(struct ev_loop *loop, ev_signal *w, int events)
{
	(void)loop, (void)events;
	daemon_reload(w->data);
}

static void live(struct daemon *d)
{
	ev_signal term, interrupt, hangup;
	ev_signal_init(&term, on_stop, SIGTERM);
	ev_signal_init(&interrupt, on_stop, SIGINT);
	ev_signal_init(&hangup, on_reload, SIGHUP);
	hangup.data = d;
	ev_signal_start(d->loop, &term);
	ev_signal_start(d->loop, &interrupt);
	ev_signal_start(d->loop, &hangup);
	open_control(d);
	d->start = clock_us();
	d->watchdog = notify_watchdog();
	d->keep.read_only = d->dry_run;
	keep_start(&d->keep, d->config, d->config_path, d->engine, d->start);
	loop_start(d);
	notify_send("READY=1");
	ev_run(d->loop, 0);
	notify_send("STOPPING=1");
	keep_now(&d->keep, d->engine, clock_us());
	log_info("stopped");
	loop_stop(d);
	control_close(d->control);
}

int app_run(int argc, char **argv)
{
	/* Kept off the stack: it holds all send buffers. One a process. */
	struct daemon *d = calloc(1, sizeof *d);
	int level = -1, result = EXIT_BAD;
	if (!d)
		return EXIT_BAD;
	int usage_status = parse_options(argc, argv, d, &level);
	if (usage_status) {
		free(d);
		return usage_status - 1;
	}
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	d->level = level;
	d->links.events = d->links.requests = -1;
	if (!load_config(d))
		goto out;
	daemon_log_level(d->config, level);
	if (!lock(d))
		goto out;
	log_info("battagg " BATTAGG_VERSION ", config %s", d->config_path);
	log_effective(d->config);
	if (d->dry_run)
		warn_silent_keepalives(&d->config->core);
	if (!open_world(d))
		goto out;
	live(d);
	result = EXIT_FINE;
out:
	links_close(&d->links);
	if (d->loop)
		ev_loop_destroy(d->loop);
	engine_destroy(d->engine);
	canport_batch_free(d->batch);
	config_free(d->config);
	free(d->reload_problem);
	free(d);
	return result;
}
