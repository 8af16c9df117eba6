/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The table of sub-commands. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "config/reader.h"
#include "log.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{ "run", app_run, "the daemon: several batteries in, one battery out" },
	{ "check", app_check, "checks configs and profiles" },
	{ "profile", app_profile, "the profiles there are; a new one to begin with, from a log" },
	{ "dbc", app_dbc, "a profile for SavvyCAN, cantools and others" },
	{ "decode", app_decode, "shows what a candump log says, by a profile" },
	{ "detect", app_detect, "finds out which battery is on a bus" },
	{ "replay", app_replay, "runs the whole engine on a candump log" },
	{ "sim", app_sim, "plays the batteries of a config" },
	{ "schema", app_schema, "profiles and configs described to an editor" },
	{ "status", app_status, "the running daemon, once" },
	{ "top", app_top, "the running daemon, live" },
	{ "ctl", app_ctl, "commands to the running daemon" },
	{ "events", app_events, "what happens in the running daemon" },
};
#define COMMANDS (sizeof commands / sizeof *commands)

static void usage(FILE *out)
{
	fputs("battagg " BATTAGG_VERSION ": several CAN batteries become one for a Victron GX\n\nUsage: battagg COMMAND ...\n\n", out);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].what);
	fputs("\n`battagg COMMAND --help` tells more. Exit status: 0 fine, 1 the thing checked is bad, 2 wrong use.\n", out);
}

static int unknown(const char *name)
{
	const char *names[COMMANDS + 1] = { NULL };
	for (size_t i = 0; i < COMMANDS; i++)
		names[i] = commands[i].name;
	const char *close = closest_word(name, names);
	log_error("there is no command '%s'; %s%s%s`battagg --help` lists them", name, close ? "did you mean '" : "",
	          close ? close : "", close ? "'? " : "");
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	char called[32]; /* what getopt calls itself in its complaints */
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name)) {
			snprintf(called, sizeof called, "battagg %s", name);
			argv[1] = called;
			return commands[i].run(argc - 1, argv + 1);
		}
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts("battagg " BATTAGG_VERSION);
		return EXIT_FINE;
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		usage(stdout);
		return EXIT_FINE;
	}
	if (*name)
		return unknown(name);
	usage(stderr);
	return EXIT_USAGE;
}
