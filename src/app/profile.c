/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg profile`: the profiles there are. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/load.h"
#include "config/unit.h"
#include "log.h"

static void usage(FILE *out)
{
	fputs("Usage: battagg profile list [--profiles DIR]\n"
	      "       battagg profile new NAME LOG\n"
	      "\n"
	      "  list              all profiles, by the directories they are found in: status, bit rate in kbit/s,\n"
	      "                    addresses where several packs share a bus, and the brands that speak it\n"
	      "  new               a profile to begin with, from a candump log: `battagg profile new --help`\n"
	      "\n"
	      "      --profiles DIR    look for profiles in DIR first\n"
	      "  -h, --help            this text\n",
	      out);
}

static const char *rates(const struct profile *p, char buf[24])
{
	if (!p->bitrate)
		return "-";
	int len = snprintf(buf, 24, "%d", (int)(p->bitrate / 1000));
	if (p->bitrate_alt)
		snprintf(buf + len, 24 - (size_t)len, " or %d", (int)(p->bitrate_alt / 1000));
	return buf;
}

static void print_profile(const struct profile_name *n, int width)
{
	static const char *const status[] = { [STATUS_EXPERIMENTAL] = "experimental",
					      [STATUS_DOCUMENTED] = "documented",
					      [STATUS_VERIFIED] = "verified" };
	struct problems problems = { 0 };
	struct profile *p = profile_load_file(n->file, &problems);
	char rate[24], addresses[16] = "-";
	if (p && p->per_address)
		snprintf(addresses, sizeof addresses, "%u-%u", p->address_min, p->address_max);
	if (n->hidden_by)
		printf("  %-*s hidden by %s\n", width, n->id, n->hidden_by);
	else if (!p)
		printf("  %-*s has errors: battagg check %s\n", width, n->id, n->file);
	else
		printf("  %-*s %-12s %-10s %-6s %s%s\n", width, n->id, status[p->status], rates(p, rate), addresses, p->title,
		       p->sensor ? " (a sensor, no battery)" : "");
	profile_free(p);
	problems_free(&problems);
}

static int longest(const struct profile_names *names)
{
	size_t most = strlen("name");
	for (size_t i = 0; i < names->count; i++)
		most = strlen(names->list[i].id) > most ? strlen(names->list[i].id) : most;
	return (int)most;
}

static int list(const struct app_dirs *dirs)
{
	struct profile_names names;
	profile_names_read(&names, &dirs->options.dirs);
	int width = longest(&names);
	for (size_t i = 0; i < names.count; i++) {
		if (!i || names.list[i].dir != names.list[i - 1].dir)
			printf("%sin %s:\n  %-*s %-12s %-10s %-6s %s\n", i ? "\n" : "", names.list[i].dir, width, "name",
			       "status", "kbit/s", "addr.", "for");
		print_profile(&names.list[i], width);
	}
	if (!names.count)
		log_error("profile: there are no profiles in %s; --profiles DIR says where else to look",
			  dirs->shipped);
	int result = names.count ? EXIT_FINE : EXIT_BAD;
	profile_names_free(&names);
	return result;
}

static int list_command(int argc, char **argv)
{
	static const struct option known[] = {
		{ "profiles", required_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *dir = NULL;
	struct app_dirs dirs;
	int c;
	while ((c = getopt_long(argc, argv, "h", known, NULL)) != -1)
		switch (c) {
		case 'p': dir = optarg; break;
		case 'h': usage(stdout); return EXIT_FINE;
		default: usage(stderr); return EXIT_USAGE;
		}
	if (optind != argc) {
		log_error("profile list: '%s' is too much", argv[optind]);
		return EXIT_USAGE;
	}
	app_find_dirs(&dirs, dir);
	int result = list(&dirs);
	app_free_dirs(&dirs);
	return result;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "list", list_command },
	{ "new", profile_new },
};

int app_profile(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	char called[48], all[48] = ""; /* what getopt calls itself in its complaints; what there is */
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "", verbs[i].name);
		if (strcmp(name, verbs[i].name))
			continue;
		snprintf(called, sizeof called, "battagg profile %s", name);
		argv[1] = called;
		return verbs[i].run(argc - 1, argv + 1);
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		usage(stdout);
		return EXIT_FINE;
	}
	if (*name)
		log_error("profile: there is no '%s'; there is: %s", name, all);
	else
		log_error("profile: what about them? There is: %s", all);
	usage(stderr);
	return EXIT_USAGE;
}
