/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns `battagg check`: configs and profiles, every finding in one run. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/load.h"
#include "app/sim.h"

static const char help[] =
	"Usage: battagg check [options] FILE...\n"
	"Checks configs and profiles (which of the two a file is, it says itself) and decodes the samples inside\n"
	"profiles. Every error is told in one run: file:line:column, the line, a hint. Told alone is only what\n"
	"leaves no YAML to read, as a wrong indentation or a missing quote, and samples wait until their table has\n"
	"no errors. A scenario for `battagg sim` is checked when its config stands before it.\n"
	"\n"
	"  --profiles DIR  look for profiles there first\n"
	"  --effective     print each config with all defaults, and where every value comes from\n"
	"  --quiet         say nothing but errors\n"
	"  --help          this text\n"
	"\n"
	"Exit status: 0 all is well (warnings may stand), 1 a file has errors, 2 wrong use.\n";

struct checking {
	struct app_dirs dirs;
	bool effective, quiet;
	struct config *config; /* the last good one, for scenarios */
};

static void print_count(size_t n, const char *what)
{
	printf("%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void say_bad(const struct checking *c, const char *path, const struct problems *problems)
{
	size_t listed = 0;
	for (size_t i = 0; i < problems->count; i++)
		listed += problems->list[i].level == PROBLEM_WARNING;
	if (c->quiet)
		return;
	printf("%s: ", path);
	print_count(problems->errors, "error");
	if (listed) {
		printf(", ");
		print_count(listed, "warning");
	}
	putchar('\n');
}

/* `more` stands behind it. */
static void say_ok(const struct checking *c, const char *path, size_t n, const char *what, size_t warnings, const char *more)
{
	if (c->quiet)
		return;
	printf("%s%s: ok (", c->effective ? "# " : "", path); /* what --effective prints is YAML */
	print_count(n, what);
	if (warnings) {
		printf(", ");
		print_count(warnings, "warning");
	}
	printf(")%s\n", more);
}

/* Can the simulator play it? Told in one line for each profile. */
static void say_profile(const struct checking *c, const char *path, const struct profile *p, size_t warnings)
{
	char why[192], names[96], more[160];
	bool backwards = profile_backwards(p, why, sizeof why);
	bool all = !profile_unplayed(p, names, sizeof names);
	snprintf(more, sizeof more, all ? "; can be simulated" : "; can be simulated but for what is never sent: %s", names);
	say_ok(c, path, p->n_frames, "frame", warnings, backwards ? more : "");
	if (!c->quiet && !backwards)
		printf("%s: battagg sim can't play all of it: %s\n", path, why);
}

/* Without warnings when quiet. */
static void print_problems(const struct checking *c, struct problems *problems)
{
	if (!c->quiet || problems->errors) {
		fflush(stdout);
		problems_print(problems, stderr);
	}
}

static bool check_profile(const struct checking *c, const char *path)
{
	struct problems problems = { 0 };
	struct profile *p = profile_load_file(path, &problems);
	print_problems(c, &problems);
	bool good = p && !problems.errors;
	if (good)
		say_profile(c, path, p, problems.count);
	else
		say_bad(c, path, &problems);
	profile_free(p);
	problems_free(&problems);
	return good;
}

static bool check_config(struct checking *c, const char *path)
{
	struct problems problems = { 0 };
	struct config *config = config_load_file(path, &c->dirs.options, &problems);
	print_problems(c, &problems);
	bool good = config && !problems.errors;
	if (good)
		say_ok(c, path, (size_t)config->core.n_packs, "pack", problems.count, "");
	else
		say_bad(c, path, &problems);
	if (good && c->effective)
		config_print_effective(config, stdout);
	config_free(good ? c->config : config);
	if (good)
		c->config = config;
	problems_free(&problems);
	return good;
}

/* What is played on a config's packs: it names them as keys, and has no interfaces. */
static bool is_scenario(struct yaml_node *root)
{
	struct yaml_node *packs = yaml_get(root, "packs");
	bool packs_by_name = packs && packs->kind == NODE_MAP && packs->first;
	return !yaml_get(root, "interfaces") && (packs_by_name || yaml_get(root, "events") || yaml_get(root, "seed"));
}

static bool check_scenario(const struct checking *c, const char *path)
{
	struct problems problems = { 0 };
	struct scenario scenario = { 0 };
	struct sim_bus bus;
	if (!c->config) {
		fprintf(stderr, "%s: error: this is a scenario for `battagg sim`, no config; with the config that it is for: battagg "
				"check CONFIG %s\n", path, path);
		return false;
	}
	bool good = sim_bus_init(&bus, &c->config->core, true) &&
		    scenario_load(&scenario, path, bus.packs, bus.n_packs, &problems);
	print_problems(c, &problems);
	if (good)
		say_ok(c, path, (size_t)scenario.n_events, "value", problems.count, "; a scenario");
	else
		say_bad(c, path, &problems);
	scenario_free(&scenario);
	sim_bus_free(&bus);
	problems_free(&problems);
	return good;
}

static bool check_file(struct checking *c, const char *path)
{
	struct problems problems = { 0 };
	struct yaml_doc *doc = yaml_read_file(path, &problems);
	bool profile = doc && profile_document(doc), scenario = doc && is_scenario(yaml_root(doc));
	if (!doc)
		problems_print(&problems, stderr);
	problems_free(&problems);
	if (!doc)
		return false;
	yaml_close(doc);
	return profile ? check_profile(c, path) : scenario ? check_scenario(c, path) : check_config(c, path);
}

int app_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "profiles", required_argument, NULL, 'p' },
		{ "effective", no_argument, NULL, 'e' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	struct checking c = { 0 };
	const char *profiles = NULL;
	int option;
	while ((option = getopt_long(argc, argv, "qh", options, NULL)) != -1)
		switch (option) {
		case 'p': profiles = optarg; break;
		case 'e': c.effective = true; break;
		case 'q': c.quiet = true; break;
		case 'h': fputs(help, stdout); return EXIT_FINE;
		default: fputs("try: battagg check --help\n", stderr); return EXIT_USAGE;
		}
	if (optind == argc) {
		fprintf(stderr, "battagg check: which file?\n\n%s", help);
		return EXIT_USAGE;
	}
	app_find_dirs(&c.dirs, profiles);
	bool good = true;
	for (int i = optind; i < argc; i++)
		good &= check_file(&c, argv[i]);
	config_free(c.config);
	app_free_dirs(&c.dirs);
	return good ? EXIT_FINE : EXIT_BAD;
}
