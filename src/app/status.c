/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg status`: the running daemon, once. */
#include "app/app.h"

#include <getopt.h>
#include <unistd.h>

#include "app/client.h"
#include "app/report.h"
#include "app/view.h"
#include "log.h"

static void usage(FILE *out)
{
	fputs("Usage: battagg status [--frames] [--json] [-s SOCKET]\n"
	      "\n"
	      "What the running daemon knows: bank, limits with their reasons, packs with all cells, ports, output, events.\n"
	      "\n"
	      "      --frames          also the last frame of each id that the GX was told\n"
	      "      --json            all of it as JSON, for programs\n"
	      "  -s, --socket SOCKET   default: $BATTAGG_SOCKET, else the one in /run/battagg\n"
	      "  -h, --help            this text\n",
	      out);
}

int app_status(int argc, char **argv)
{
	static const struct option known[] = {
		{ "frames", no_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	bool json = false, frames = false;
	int c;
	while ((c = getopt_long(argc, argv, "s:h", known, NULL)) != -1) {
		switch (c) {
		case 'f': frames = true; break;
		case 'j': json = true; break;
		case 's': path = optarg; break;
		case 'h': usage(stdout); return EXIT_FINE;
		default: usage(stderr); return EXIT_USAGE;
		}
	}
	if (optind != argc) {
		log_error("status: '%s' is too much", argv[optind]);
		usage(stderr);
		return EXIT_USAGE;
	}
	struct client client;
	json_t *status = client_open(&client, path, false) ? client_ask(&client, "{\"command\":\"status\"}") : NULL;
	if (status && json) {
		json_dumpf(status, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(REPORT_DIGITS));
		putchar('\n');
	} else if (status) {
		view_print(&(struct view){ .out = stdout, .color = isatty(STDOUT_FILENO), .cells = true, .events = 10,
		                           .frames = frames, .columns = 96 },
		           status);
	}
	int result = status ? EXIT_FINE : EXIT_BAD;
	json_decref(status);
	client_close(&client);
	return result;
}
