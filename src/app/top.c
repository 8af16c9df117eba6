/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg top`: the running daemon on a live screen, in plain ANSI: works over ssh and serial lines. */
#include "app/app.h"

#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/client.h"
#include "app/screen.h"
#include "app/view.h"
#include "log.h"

#define EVENTS_SHOWN 8
#define EVENTS_LEAST 3

static void usage(FILE *out)
{
	fputs("Usage: battagg top [--once] [--interval SECONDS] [--cells] [--frames] [--note FILE] [-s SOCKET]\n"
	      "\n"
	      "The running daemon, live. Keys: q ends, c shows or hides the cells, f the frames that the GX was told, j and k\n"
	      "(or space and b) scroll.\n"
	      "\n"
	      "      --once            print one screen and end\n"
	      "      --interval S      seconds between two looks, 1 by default\n"
	      "      --cells           show every cell\n"
	      "      --frames          show the last frame of each id that the GX was told\n"
	      "      --note FILE       show the first line of FILE on top, as it is at each look\n"
	      "  -s, --socket SOCKET   default: $BATTAGG_SOCKET, else the one in /run/battagg\n"
	      "  -h, --help            this text\n",
	      out);
}

struct top {
	const char *path;
	const char *note; /* file; NULL = none */
	bool once, cells, frames, color;
	int interval_ms;
	struct client client;
	bool connected;
};

/* What is going on, by whoever writes that file. */
static void print_note(const struct top *t, FILE *out)
{
	char text[256] = "";
	FILE *f = t->note ? fopen(t->note, "re") : NULL;
	if (!f)
		return;
	if (fgets(text, sizeof text, f))
		fprintf(out, "%s%.*s%s\n\n", t->color ? "\033[7m" : "", (int)strcspn(text, "\n"), text, t->color ? "\033[0m" : "");
	fclose(f);
}

/* One page, to be freed. */
static char *render(const struct top *t, json_t *status, bool compact, int events)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	if (!f)
		return NULL;
	struct view view = { .out = f, .color = t->color, .cells = t->cells, .events = events, .compact = compact,
		             .frames = t->frames, .columns = screen_columns() };
	print_note(t, f);
	if (status)
		view_print(&view, status);
	else
		fputs("battagg is not running (or not to be reached); waiting for it. q ends.\n", f);
	fclose(f);
	return text;
}

static int count_lines(const char *text)
{
	int n = 0;
	while ((text = strchr(text, '\n'))) {
		text++;
		n++;
	}
	return n;
}

/* The page as text, to be freed; says so when the daemon isn't there. NULL: no daemon and once is all. */
static char *page(struct top *t)
{
	if (!t->connected)
		t->connected = client_open(&t->client, t->path, !t->once);
	json_t *status = t->connected ? client_ask(&t->client, "{\"command\":\"status\"}") : NULL;
	if (t->connected && !status) {
		client_close(&t->client);
		t->connected = false;
	}
	if (!status && t->once)
		return NULL;
	int rows = t->once ? INT_MAX : screen_rows();
	char *text = render(t, status, false, EVENTS_SHOWN);
	if (text && count_lines(text) > rows) { /* small screen: first the empty lines go, then old events */
		free(text);
		text = render(t, status, true, EVENTS_SHOWN);
		int over = text ? count_lines(text) - rows : 0;
		if (over > 0) {
			free(text);
			text = render(t, status, true, over < EVENTS_SHOWN - EVENTS_LEAST ? EVENTS_SHOWN - over : EVENTS_LEAST);
		}
	}
	json_decref(status);
	return text;
}

static void live(struct top *t)
{
	struct screen screen = { 0 };
	screen_open(&screen);
	while (!screen.ended) {
		char *text = page(t);
		if (text)
			screen_draw(&screen, text);
		free(text);
		int key = screen_wait(&screen, -1, t->interval_ms);
		t->cells ^= key == 'c';
		t->frames ^= key == 'f';
	}
	screen_close(&screen);
}

/* 0 to go on, else the exit status + 1. */
static int parse_options(int argc, char **argv, struct top *t)
{
	static const struct option known[] = {
		{ "once", no_argument, NULL, 'o' },         { "interval", required_argument, NULL, 'i' },
		{ "cells", no_argument, NULL, 'c' },        { "socket", required_argument, NULL, 's' },
		{ "note", required_argument, NULL, 'n' },   { "frames", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
	};
	int c;
	while ((c = getopt_long(argc, argv, "s:h", known, NULL)) != -1) {
		switch (c) {
		case 'o': t->once = true; break;
		case 'i': t->interval_ms = (int)(strtod(optarg, NULL) * 1000); break;
		case 'c': t->cells = true; break;
		case 'f': t->frames = true; break;
		case 'n': t->note = optarg; break;
		case 's': t->path = optarg; break;
		case 'h': usage(stdout); return EXIT_FINE + 1;
		default: usage(stderr); return EXIT_USAGE + 1;
		}
	}
	if (optind == argc && t->interval_ms >= 100 && t->interval_ms <= 3600000)
		return 0;
	log_error("top: %s", optind != argc ? "no argument is expected" : "--interval: 0.1 to 3600 seconds");
	usage(stderr);
	return EXIT_USAGE + 1;
}

int app_top(int argc, char **argv)
{
	struct top t = { .interval_ms = 1000 };
	int usage_status = parse_options(argc, argv, &t);
	if (usage_status)
		return usage_status - 1;
	bool terminal = isatty(STDOUT_FILENO);
	t.once |= !terminal;
	t.color = terminal && !getenv("NO_COLOR");
	int result = EXIT_FINE;
	if (t.once) {
		char *text = page(&t);
		if (text)
			fputs(text, stdout);
		else
			result = EXIT_BAD;
		free(text);
	} else {
		live(&t);
	}
	if (t.connected)
		client_close(&t.client);
	return result;
}
