/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the command line of `battagg sim`. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/sim.h"
#include "config/unit.h"
#include "log.h"

#define US_PER_S INT64_C(1000000)
#define START_DEFAULT (INT64_C(1700000000) * US_PER_S)
#define YEAR (INT64_C(366) * 24 * 3600 * US_PER_S)

void sim_usage(FILE *out)
{
	fputs("Usage: battagg sim -c FILE [options] [SCENARIO.yaml]\n"
	      "\n"
	      "Plays the batteries of a config: each sends what its profile says, with steady values or by a script, and\n"
	      "answers the questions of its profile. In a log there is nobody to ask: there it asks them, too.\n"
	      "\n"
	      "  -c, --config FILE     the config whose packs are played, on its interfaces\n"
	      "      --profiles DIR    look for profiles in DIR first\n"
	      "      --log             write a candump log instead of sending; needs neither root nor CAN\n"
	      "  -o, --output FILE     where to (standard output without it); means --log\n"
	      "      --closed          close the loop: battagg itself between the packs and a house with charger and load, all\n"
	      "                        on one clock; a log of all of it with --log, a report without\n"
	      "      --report FILE     of --closed: what came of it, as a table, as JSON where FILE ends in .json; - prints it\n"
	      "      --start SECONDS   the log's first time (1700000000)\n"
	      "      --duration TIME   for how long, e.g. `--duration 90 s`; wins over the scenario's\n"
	      "      --speed N         N times as fast as real time (not with --log, which is as fast as it can)\n"
	      "  -h, --help            this text\n"
	      "\n"
	      "A scenario; all of it is optional, and what is not said has sensible values:\n"
	      "  duration: 60 s\n"
	      "  packs:\n"
	      "    A: { current: 12 A, soc: 71 %, warning.high_temperature: active, name: Left, soh: absent }\n"
	      "    B: { cells: { all: 3.34 V, 7: 3.36 V }, \"cell_temperature[2]\": 31 degC, silent: yes }\n"
	      "    C: { lose: 5 %, late: 3 %, delay: 300 ms, swap: 2 % }\n"
	      "  events:\n"
	      "    - { at: 20 s, pack: B, silent: no }\n"
	      "    - { at: 30 s, pack: A, set: { ccl: 50 A, alarm.high_voltage: active } }\n"
	      "  seed: 7\n"
	      "`lose`, `late` and `swap` are how many of a pack's frames get lost, come `delay` late, or after the next one.\n"
	      "The same `seed` gives the same ones. A commented example: etc/examples/scenario.yaml, installed beside can-profiles.\n"
	      "Packs with cells on one busbar, a charger and a load: etc/examples/day.yaml; all words: docs/simulator.md.\n"
	      "\n"
	      "While it plays on interfaces it takes commands on standard input, one a line:\n"
	      "  B silent              B back              A ccl=50 A, alarm.high_voltage=active       quit\n"
	      "\n"
	      "A demo without root: battagg sim --log -c FILE | battagg replay -c FILE --events -\n",
	      out);
}

static bool option_time(const char *name, const char *text, int64_t most, int64_t *out)
{
	const char *wrong = parse_value(text, DIM_TIME, out);

	if (!wrong && (*out <= 0 || *out > most))
		wrong = "out of range";
	if (wrong)
		log_error("sim: %s '%s': %s", name, text, wrong);
	return !wrong;
}

static bool option_number(const char *name, const char *text, int64_t least, int64_t most, int64_t *out)
{
	const char *wrong = parse_integer(text, out);

	if (!wrong && (*out < least || *out > most))
		wrong = "out of range";
	if (wrong)
		log_error("sim: %s '%s': %s", name, text, wrong);
	return !wrong;
}

static bool options_fit(int scenarios, const struct sim_options *opt)
{
	const char *wrong = NULL;

	if (scenarios > 1)
		wrong = "one scenario at a time";
	else if ((opt->log || opt->closed) && opt->speed > 1)
		wrong = "--log and --closed are as fast as they can; no --speed";
	else if (opt->report && !opt->closed)
		wrong = "--report tells of --closed";
	else if (opt->report && !strcmp(opt->report, "-") && opt->log && !opt->output)
		wrong = "log and report can't both go to standard output; give one of them a file";
	if (wrong)
		log_error("sim: %s", wrong);
	return !wrong;
}

bool sim_options(int argc, char **argv, struct sim_options *opt, int *status)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },   { "profiles", required_argument, NULL, 'p' },
		{ "log", no_argument, NULL, 'l' },            { "output", required_argument, NULL, 'o' },
		{ "closed", no_argument, NULL, 'C' },         { "report", required_argument, NULL, 'r' },
		{ "start", required_argument, NULL, 's' },    { "duration", required_argument, NULL, 'd' },
		{ "speed", required_argument, NULL, 'x' },    { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool good = true;
	int c;

	*opt = (struct sim_options){ .start = START_DEFAULT, .speed = 1 };
	*status = EXIT_USAGE;
	while (good && (c = getopt_long(argc, argv, "c:o:h", known, NULL)) != -1) {
		switch (c) {
		case 'c': opt->config = optarg; break;
		case 'p': opt->profiles = optarg; break;
		case 'l': opt->log = true; break;
		case 'C': opt->closed = true; break;
		case 'r': opt->report = optarg; break;
		case 'o':
			opt->output = optarg;
			opt->log = true;
			break;
		case 's':
			good = option_number("--start", optarg, 0, 100000000000, &opt->start);
			opt->start *= good ? US_PER_S : 0;
			break;
		case 'd': good = option_time("--duration", optarg, YEAR, &opt->duration); break;
		case 'x': good = option_number("--speed", optarg, 1, 10000, &opt->speed); break;
		case 'h':
			sim_usage(stdout);
			*status = EXIT_FINE;
			return false;
		default: sim_usage(stderr); return false;
		}
	}
	good = good && options_fit(argc - optind, opt);
	if (good && optind < argc)
		opt->scenario = argv[optind];
	return good;
}
