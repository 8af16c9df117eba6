/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns `battagg dbc`: a profile for other programs that look at CAN. */
#include "app/dbc.h"

#include <getopt.h>
#include <stdlib.h>

#include "app/app.h"
#include "config/profile.h"

static const char help[] =
	"Usage: battagg dbc [options] PROFILE|FILE\n"
	"\n"
	"Prints the profile as a DBC file, for SavvyCAN, cantools, canmatrix and others. A message for each id: addresses and\n"
	"groups are spelled out. Values have battagg's units and signs. What a DBC can't say is left out, and named in the file's\n"
	"comment and here.\n"
	"\n"
	"      --address N       only the pack with this address\n"
	"      --set NAME=VALUE  a parameter of the profile; may stand several times\n"
	"      --profiles DIR    look there first for profiles\n"
	"      --quiet           don't tell what is left out\n"
	"  -h, --help\n"
	"\n"
	"Exit status: 0 fine, 1 the profile is bad or has too many messages, 2 wrong use.\n";

static int print_profile(const struct profile *p, const char *address, bool quiet)
{
	unsigned min, max;
	struct dbc d;
	char why[APP_WHY_MAX];
	if (!app_take_address(p, address, &min, &max, why)) {
		fprintf(stderr, "battagg dbc: %s\n", why);
		return EXIT_USAGE;
	}
	bool good = dbc_lay_out(&d, p, min, max);
	if (good)
		dbc_print(&d, stdout);
	else
		fprintf(stderr, "battagg dbc: %s: %s\n", p->id, d.bad);
	if (good && !quiet)
		dbc_print_left(&d, "battagg dbc: left out: ", "\n", stderr);
	dbc_free(&d);
	if (good && (fflush(stdout) || ferror(stdout))) {
		fputs("battagg dbc: it could not be written\n", stderr);
		return EXIT_BAD;
	}
	return good ? EXIT_FINE : EXIT_BAD;
}

int app_dbc(int argc, char **argv)
{
	static const struct option options[] = {
		{ "address", required_argument, NULL, 'a' },
		{ "set", required_argument, NULL, 's' },
		{ "profiles", required_argument, NULL, 'P' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *address = NULL, *dir = NULL;
	struct profile_parameter values[PARAMETERS_MAX];
	struct profile_parameters set = { values, 0 };
	bool quiet = false;
	for (int c; (c = getopt_long(argc, argv, "a:h", options, NULL)) != -1;)
		switch (c) {
		case 'a': address = optarg; break;
		case 's':
			if (!app_take_parameter("dbc", optarg, values, &set))
				return EXIT_USAGE;
			break;
		case 'P': dir = optarg; break;
		case 'q': quiet = true; break;
		case 'h': fputs(help, stdout); return EXIT_FINE;
		default: fputs("try: battagg dbc --help\n", stderr); return EXIT_USAGE;
		}
	if (argc - optind != 1) {
		fprintf(stderr, "battagg dbc: which profile?\n\n%s", help);
		return EXIT_USAGE;
	}
	struct profile *p = app_load_profile_with(argv[optind], dir, &set);
	int status = p ? print_profile(p, address, quiet) : EXIT_BAD;
	profile_free(p);
	return status;
}
