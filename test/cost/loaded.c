/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Loads all profiles and keeps them, then does what `battagg replay` does:
 *
 *   loaded PROFILE.yaml... replay ARGUMENT...
 */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "config/profile.h"

int main(int argc, char **argv)
{
	struct problems problems = { 0 };
	int i = 1;
	for (; i < argc && strcmp(argv[i], "replay"); i++)
		if (!profile_load_file(argv[i], &problems)) {
			problems_print(&problems, stderr);
			return EXIT_BAD;
		}
	return i < argc ? app_replay(argc - i, argv + i) : EXIT_FINE;
}
