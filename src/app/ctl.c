/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg ctl`: commands to the running daemon. */
#include "app/app.h"

#include <getopt.h>
#include <string.h>

#include "app/client.h"
#include "log.h"

static void usage(FILE *out)
{
	fputs("Usage: battagg ctl [-s SOCKET] COMMAND\n"
	      "\n"
	      "  reload                read the config again, all or nothing\n"
	      "  version               of the running daemon\n"
	      "\n"
	      "  -s, --socket SOCKET   default: $BATTAGG_SOCKET, else the one in /run/battagg\n"
	      "  -h, --help            this text\n",
	      out);
}

int app_ctl(int argc, char **argv)
{
	static const struct option known[] = {
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	int c;
	while ((c = getopt_long(argc, argv, "s:h", known, NULL)) != -1) {
		switch (c) {
		case 's': path = optarg; break;
		case 'h': usage(stdout); return EXIT_FINE;
		default: usage(stderr); return EXIT_USAGE;
		}
	}
	const char *command = optind + 1 == argc ? argv[optind] : "";
	if (strcmp(command, "reload") && strcmp(command, "version")) {
		if (*command)
			log_error("ctl: there is no command '%s'", command);
		usage(stderr);
		return EXIT_USAGE;
	}
	char request[64];
	struct client client;
	snprintf(request, sizeof request, "{\"command\":\"%s\"}", command);
	json_t *reply = client_open(&client, path, false) ? client_ask(&client, request) : NULL;
	int result = reply ? EXIT_FINE : EXIT_BAD;
	if (reply && !strcmp(command, "version"))
		printf("battagg %s\n", json_string_value(json_object_get(reply, "version")));
	else if (reply)
		puts("done");
	json_decref(reply);
	client_close(&client);
	return result;
}
