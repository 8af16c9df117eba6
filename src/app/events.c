/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg events`: what has happened in the running daemon, and what happens. */
#include "app/app.h"

#include <getopt.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/client.h"
#include "app/report.h"
#include "config/unit.h"
#include "log.h"

struct options {
	bool follow, state, json, tabs;
	uint64_t from;
	int64_t every; /* us; 0 = once */
	const char *socket;
};

static void usage(FILE *out)
{
	fputs("Usage: battagg events [--follow] [--state [--every TIME]] [--from N] [--json | --tabs] [-s SOCKET]\n"
	      "\n"
	      "A line for each event that the running daemon remembers, the oldest first: number, time, severity, topic,\n"
	      "who, and what. docs/HOOKS.md lists the topics.\n"
	      "\n"
	      "  -f, --follow          go on with each new one\n"
	      "      --from N          from event number N on\n"
	      "      --state           first the present state, as events without a number; of the past ones only those\n"
	      "                        that --from asks for\n"
	      "      --every TIME      with --follow, tell the state again that often\n"
	      "      --json            a JSON object a line, for programs\n"
	      "      --tabs            for shells: number (of the state: `state`), time, severity, topic, who, of what, value\n"
	      "                        and text, with one tab between them; `-` is nothing\n"
	      "  -s, --socket SOCKET   default: $BATTAGG_SOCKET, else the one in /run/battagg\n"
	      "  -h, --help            this text\n",
	      out);
}

static const char *text_at(json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? text : "";
}

static const char *who(json_t *e)
{
	const char *name = text_at(e, json_object_get(e, "sensor") ? "sensor" : "pack");
	return *name ? name : "bank";
}

/* One field: what would end it, or the line, becomes a space. */
static void print_field(const char *text, char end)
{
	if (!*text)
		putchar('-');
	for (; *text; text++)
		putchar((unsigned char)*text < ' ' ? ' ' : *text);
	putchar(end);
}

static void print_tabs(json_t *e)
{
	json_t *value = json_object_get(e, "value");
	char number[32];
	snprintf(number, sizeof number, "%lld", (long long)json_integer_value(json_object_get(e, "number")));
	print_field(json_is_true(json_object_get(e, "state")) ? "state" : number, '\t');
	print_field(text_at(e, "time"), '\t');
	print_field(text_at(e, "severity"), '\t');
	print_field(text_at(e, "topic"), '\t');
	print_field(who(e), '\t');
	print_field(text_at(e, "of"), '\t');
	snprintf(number, sizeof number, "%.*g", REPORT_DIGITS, json_number_value(value));
	print_field(value ? number : "", '\t');
	print_field(text_at(e, "text"), '\n');
}

static void print_event(json_t *e, const struct options *o)
{
	if (o->json) {
		json_dumpf(e, stdout, JSON_COMPACT | JSON_REAL_PRECISION(REPORT_DIGITS));
		putchar('\n');
	} else if (o->tabs) {
		print_tabs(e);
	} else if (json_is_true(json_object_get(e, "state"))) {
		printf("now %s %s %s %s: %s\n", text_at(e, "time"), text_at(e, "severity"), text_at(e, "topic"), who(e),
		       text_at(e, "text"));
	} else {
		printf("%lld %s %s %s %s: %s\n", (long long)json_integer_value(json_object_get(e, "number")), text_at(e, "time"),
		       text_at(e, "severity"), text_at(e, "topic"), who(e), text_at(e, "text"));
	}
	fflush(stdout);
}

/* Until there is something to read; tells the state again each time that long passes. False when nobody reads us any more. */
static bool await(struct client *client, const struct options *o)
{
	struct pollfd fds[] = { { .fd = client->fd, .events = POLLIN }, { .fd = STDOUT_FILENO } };
	int timeout = o->every ? (int)(o->every / 1000) : -1;
	int n;
	while (!(n = poll(fds, 2, timeout)) && client_send(client, "{\"command\":\"events\",\"state\":true}"))
		continue;
	return !(fds[1].revents & (POLLERR | POLLHUP | POLLNVAL));
}

/* The exit status: bad when the daemon went away. */
static int print_all(struct client *client, const struct options *o)
{
	json_t *line;
	setvbuf(client->in, NULL, _IONBF, 0); /* nothing read may wait where poll() does not see it */
	while (!o->follow || await(client, o)) {
		if (!(line = client_read(client))) {
			log_error("the daemon has ended");
			return EXIT_BAD;
		}
		json_t *e = json_object_get(line, "event");
		bool end = json_object_get(line, "ok") && !o->follow;
		if (e)
			print_event(e, o);
		json_decref(line);
		if (end)
			return EXIT_FINE;
	}
	return EXIT_FINE;
}

static int ask(const struct options *o)
{
	struct client client;
	char request[128];
	int result = EXIT_BAD;
	snprintf(request, sizeof request, "{\"command\":\"events\",\"from\":%llu,\"state\":%s,\"follow\":%s}",
	         (unsigned long long)o->from, o->state ? "true" : "false", o->follow ? "true" : "false");
	if (client_open(&client, o->socket, false) && client_send(&client, request))
		result = print_all(&client, o);
	client_close(&client);
	return result;
}

/* What is wrong with an option's value, or NULL. */
static const char *take(struct options *o, int option)
{
	char *end;
	switch (option) {
	case 'f': o->follow = true; break;
	case 'j': o->json = true; break;
	case 't': o->tabs = true; break;
	case 'p': o->state = true; break;
	case 's': o->socket = optarg; break;
	case 'n':
		o->from = strtoull(optarg, &end, 10);
		return *end ? "a number belongs here" : NULL;
	default: {
		const char *wrong = parse_value(optarg, DIM_TIME, &o->every);
		return wrong ? wrong : o->every < 1000000 || o->every > INT64_C(86400000000) ? "from 1 s to a day" : NULL;
	}
	}
	return NULL;
}

int app_events(int argc, char **argv)
{
	static const struct option known[] = {
		{ "follow", no_argument, NULL, 'f' }, { "from", required_argument, NULL, 'n' },
		{ "json", no_argument, NULL, 'j' },   { "tabs", no_argument, NULL, 't' },
		{ "state", no_argument, NULL, 'p' },  { "every", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, 'h' },   { "socket", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { 0 };
	const char *wrong = NULL, *what = NULL;
	int c;
	while (!wrong && (c = getopt_long(argc, argv, "fs:h", known, NULL)) != -1) {
		if (c == 'h' || c == '?') {
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? EXIT_FINE : EXIT_USAGE;
		}
		wrong = take(&o, c);
		what = optarg;
	}
	if (!wrong && optind != argc) {
		what = argv[optind];
		wrong = "is not understood";
	} else if (!wrong && o.every && !(o.follow && o.state)) {
		what = "--every";
		wrong = "only with --follow and --state";
	} else if (!wrong && o.json && o.tabs) {
		what = "--tabs";
		wrong = "not together with --json";
	}
	if (wrong) {
		log_error("events: '%s': %s", what, wrong);
		usage(stderr);
		return EXIT_USAGE;
	}
	return ask(&o);
}
