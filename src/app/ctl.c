/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg ctl`: commands to the running daemon. */
#include "app/app.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "app/client.h"
#include "log.h"

static void usage(FILE *out)
{
	fputs("Usage: battagg ctl [-s SOCKET] COMMAND\n"
	      "\n"
	      "  reload                read the config again, all or nothing\n"
	      "  balance [stop]        begin a balancing charge now, or end it (`charge: balance:` in the config)\n"
	      "  version               of the running daemon\n"
	      "  set-soc SOC           the counter (`soc: counter:`) is at this now, e.g. `set-soc 80 %`\n"
	      "\n"
	      "  -s, --socket SOCKET   default: $BATTAGG_SOCKET, else the one in /run/battagg\n"
	      "  -h, --help            this text\n",
	      out);
}

static const struct command {
	const char *name;
	bool takes_value, needs_value;
} commands[] = {
	{ "reload", false, false },
	{ "version", false, false },
	{ "balance", true, false },
	{ "set-soc", true, true },
};

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
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
	const char *command = optind < argc ? argv[optind++] : "";
	const struct command *known_command = find(command);
	char value[64] = "";
	for (; optind < argc; optind++) /* `80 %` comes as one word or as two */
		snprintf(value + strlen(value), sizeof value - strlen(value), "%s%s", *value ? " " : "", argv[optind]);
	if (!known_command || (*value ? !known_command->takes_value : known_command->needs_value)) {
		if (*command)
			log_error(known_command ? "ctl: '%s' takes %s" : "ctl: there is no command '%s'", command,
			          known_command && known_command->takes_value ? "a value" : "no value");
		usage(stderr);
		return EXIT_USAGE;
	}
	json_t *asked = json_pack("{s:s}", "command", command);
	if (*value)
		json_object_set_new(asked, "value", json_string(value));
	char *request = json_dumps(asked, JSON_COMPACT);
	json_decref(asked);
	struct client client;
	json_t *reply = request && client_open(&client, path, false) ? client_ask(&client, request) : NULL;
	free(request);
	int result = reply ? EXIT_FINE : EXIT_BAD;
	if (reply && !strcmp(command, "version"))
		printf("battagg %s\n", json_string_value(json_object_get(reply, "version")));
	else if (reply)
		puts("done");
	json_decref(reply);
	client_close(&client);
	return result;
}
