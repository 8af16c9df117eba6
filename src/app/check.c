/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns `battagg check`: configs and profiles, every finding in one run. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/load.h"

static const char help[] =
	"battagg check [--profiles DIR] [--effective] [--quiet] FILE...\n"
	"\n"
	"Checks configs and profiles (which of the two a file is, it says itself) and decodes the\n"
	"samples inside profiles. Every error is told in one run: file:line:column, the line, a hint.\n"
	"Only what leaves no YAML to read, as a wrong indentation or a missing quote, is told alone.\n"
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
};

static void print_count(size_t n, const char *what)
{
	printf("%zu %s%s", n, what, n == 1 ? "" : "s");
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
	profile_free(p);
	problems_free(&problems);
	return good;
}

static bool check_config(const struct checking *c, const char *path)
{
	struct problems problems = { 0 };
	struct config *config = config_load_file(path, &c->dirs.options, &problems);
	print_problems(c, &problems);
	bool good = config && !problems.errors;
	if (good)
		say_ok(c, path, (size_t)config->core.n_packs, "pack", problems.count, "");
	if (good && c->effective)
		config_print_effective(config, stdout);
	config_free(config);
	problems_free(&problems);
	return good;
}

static bool check_file(const struct checking *c, const char *path)
{
	struct problems problems = { 0 };
	struct yaml_doc *doc = yaml_read_file(path, &problems);
	bool profile = doc && profile_document(doc);
	if (!doc)
		problems_print(&problems, stderr);
	problems_free(&problems);
	if (!doc)
		return false;
	yaml_close(doc);
	return profile ? check_profile(c, path) : check_config(c, path);
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
	app_free_dirs(&c.dirs);
	return good ? EXIT_FINE : EXIT_BAD;
}
