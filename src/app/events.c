/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg events`: what has happened in the running daemon, and what happens. */
#include "app/app.h"

#include <getopt.h>
#include <stdlib.h>

#include "app/client.h"
#include "app/report.h"
#include "log.h"

static void usage(FILE *out)
{
	fputs("Usage: battagg events [--follow] [--from N] [--json] [-s SOCKET]\n"
	      "\n"
	      "A line for each event that the running daemon remembers, the oldest first.\n"
	      "\n"
	      "  -f, --follow          go on with each new one\n"
	      "      --from N          from event number N on\n"
	      "      --json            a JSON object a line, for programs\n"
	      "  -s, --socket SOCKET   default: $BATTAGG_SOCKET, else the one in /run/battagg\n"
	      "  -h, --help            this text\n",
	      out);
}

static const char *text_at(json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? text : "";
}

static void print_event(json_t *e, bool json)
{
	if (json) {
		json_dumpf(e, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		const char *pack = text_at(e, json_object_get(e, "sensor") ? "sensor" : "pack");
		printf("%lld %s %s %s: %s\n", (long long)json_integer_value(json_object_get(e, "number")), text_at(e, "time"),
		       text_at(e, "severity"), *pack ? pack : "bank", text_at(e, "text"));
	}
	fflush(stdout);
}

/* The exit status: bad when the daemon went away. */
static int print_all(struct client *client, bool json, bool follow)
{
	json_t *line;
	while ((line = client_read(client))) {
		json_t *e = json_object_get(line, "event");
		bool end = json_is_true(json_object_get(line, "ok")) && !follow;
		if (e)
			print_event(e, json);
		json_decref(line);
		if (end)
			return EXIT_FINE;
	}
	log_error("the daemon has ended");
	return EXIT_BAD;
}

int app_events(int argc, char **argv)
{
	static const struct option known[] = {
		{ "follow", no_argument, NULL, 'f' },       { "from", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },         { "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
	};
	const char *path = NULL;
	char *end = NULL, request[128];
	bool json = false, follow = false;
	unsigned long long from = 0;
	int c;
	while ((c = getopt_long(argc, argv, "fs:h", known, NULL)) != -1) {
		switch (c) {
		case 'f': follow = true; break;
		case 'j': json = true; break;
		case 'n': from = strtoull(optarg, &end, 10); break;
		case 's': path = optarg; break;
		case 'h': usage(stdout); return EXIT_FINE;
		default: usage(stderr); return EXIT_USAGE;
		}
	}
	if (optind != argc || (end && *end)) {
		log_error("events: '%s' is not understood", end && *end ? end : argv[optind]);
		usage(stderr);
		return EXIT_USAGE;
	}
	struct client client;
	snprintf(request, sizeof request, "{\"command\":\"events\",\"from\":%llu,\"follow\":%s}", from,
	         follow ? "true" : "false");
	int result = EXIT_BAD;
	if (client_open(&client, path, false) && client_send(&client, request))
		result = print_all(&client, json, follow);
	client_close(&client);
	return result;
}
