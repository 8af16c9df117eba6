/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg top`: the running daemon on a live screen, in plain ANSI: works over ssh and serial lines. */
#include "app/app.h"

#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "app/client.h"
#include "app/view.h"
#include "log.h"

#define ENTER "\033[?1049h\033[?25l" /* the terminal's other screen, without cursor */
#define LEAVE "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define REST_OF_LINE "\033[K"
#define REST_OF_SCREEN "\033[J"
#define EVENTS_SHOWN 8
#define EVENTS_LEAST 3
#define SCREEN_DEFAULT { .ws_row = 24, .ws_col = 80 } /* a serial line doesn't know its size */

static void usage(FILE *out)
{
	fputs("usage: battagg top [--once] [--interval SECONDS] [--cells] [--note FILE] [-s SOCKET]\n"
	      "\n"
	      "The running daemon, live. Keys: q ends, c shows or hides the cells, j and k (or space and b) scroll.\n"
	      "\n"
	      "      --once            print one screen and end\n"
	      "      --interval S      seconds between two looks, 1 by default\n"
	      "      --cells           show every cell\n"
	      "      --note FILE       show the first line of FILE on top, as it is at each look\n"
	      "  -s, --socket SOCKET   default: $BATTAGG_SOCKET, else the one in /run/battagg\n"
	      "  -h, --help            this text\n",
	      out);
}

struct top {
	const char *path;
	const char *note; /* file; NULL = none */
	bool once, cells, color;
	int interval_ms;
	int scroll; /* lines above the screen */
	struct client client;
	bool connected;
	bool ended;
};

static struct winsize screen_size(void)
{
	struct winsize size = SCREEN_DEFAULT, real;
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &real) && real.ws_row && real.ws_col)
		return real;
	const char *rows = getenv("LINES"), *columns = getenv("COLUMNS");
	if (rows && atoi(rows) > 0)
		size.ws_row = (unsigned short)atoi(rows);
	if (columns && atoi(columns) > 0)
		size.ws_col = (unsigned short)atoi(columns);
	return size;
}

/* One line cut to the screen's width; escape sequences take no room. */
static void put_clipped(const char *line, size_t len, int width)
{
	int column = 0;
	bool escape = false, colored = false;
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\033')
			escape = colored = true;
		if (escape || column < width)
			putchar(line[i]);
		if (escape)
			escape = line[i] == '\033' || !strchr("mHJK", line[i]);
		else
			column++;
	}
	if (colored)
		fputs("\033[0m", stdout);
}

static void draw(struct top *t, const char *text)
{
	struct winsize size = screen_size();
	int row = 0, line = 0, skip = t->scroll;
	fputs(HOME, stdout);
	for (const char *p = text; *p;) {
		size_t len = strcspn(p, "\n");
		if (line++ >= skip && row < size.ws_row) {
			if (row++)
				fputs("\r\n", stdout);
			put_clipped(p, len, size.ws_col);
			fputs(REST_OF_LINE, stdout);
		}
		p += len + (p[len] == '\n');
	}
	fputs(row < size.ws_row ? "\r\n" REST_OF_SCREEN : "", stdout);
	if (t->scroll > line - 1)
		t->scroll = line - 1;
	fflush(stdout);
}

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
		             .columns = screen_size().ws_col };
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
	int rows = t->once ? INT_MAX : screen_size().ws_row;
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

static void handle_key(struct top *t, char key)
{
	switch (key) {
	case 'q': case 4: t->ended = true; break; /* also ^D */
	case 'c': t->cells = !t->cells; break;
	case 'j': t->scroll++; break;
	case 'k': t->scroll -= t->scroll > 0; break;
	case ' ': t->scroll += screen_size().ws_row - 1; break;
	case 'b': t->scroll = t->scroll > screen_size().ws_row ? t->scroll - screen_size().ws_row + 1 : 0; break;
	default: break;
	}
}

static void ignore_message(enum log_level level, const char *message)
{
	(void)level, (void)message;
}

/* Waits for the time of the next look, a key, or a signal to end. */
static void wait_keys(struct top *t, int keys, int signals)
{
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN }, { .fd = keys, .events = POLLIN } };
	char key;
	if (poll(fds, 2, t->interval_ms) <= 0)
		return;
	if (fds[0].revents || (fds[1].revents & (POLLHUP | POLLERR)))
		t->ended = true; /* the terminal is gone, or soon will be */
	else if (fds[1].revents && read(keys, &key, 1) == 1)
		handle_key(t, key);
}

static void live(struct top *t)
{
	struct termios before, raw;
	bool keys = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &before);
	sigset_t enders;
	if (keys) { /* in the background this stops us, as it should: before anything needs to be put back */
		raw = before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	sigemptyset(&enders);
	sigaddset(&enders, SIGINT);
	sigaddset(&enders, SIGTERM);
	sigaddset(&enders, SIGHUP);
	sigprocmask(SIG_BLOCK, &enders, NULL); /* a screen must not stay without cursor and echo */
	int signals = signalfd(-1, &enders, SFD_CLOEXEC);
	signal(SIGTTOU, SIG_IGN);
	log_set_sink(ignore_message); /* would write over the screen */
	fputs(ENTER, stdout);
	while (!t->ended && !ferror(stdout)) {
		char *text = page(t);
		if (text)
			draw(t, text);
		free(text);
		wait_keys(t, keys ? STDIN_FILENO : -1, signals);
	}
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	close(signals);
}

/* 0 to go on, else the exit status + 1. */
static int parse_options(int argc, char **argv, struct top *t)
{
	static const struct option known[] = {
		{ "once", no_argument, NULL, 'o' },         { "interval", required_argument, NULL, 'i' },
		{ "cells", no_argument, NULL, 'c' },        { "socket", required_argument, NULL, 's' },
		{ "note", required_argument, NULL, 'n' },   { "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;
	while ((c = getopt_long(argc, argv, "s:h", known, NULL)) != -1) {
		switch (c) {
		case 'o': t->once = true; break;
		case 'i': t->interval_ms = (int)(strtod(optarg, NULL) * 1000); break;
		case 'c': t->cells = true; break;
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
