/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The terminal, for as long as a live screen has it. */
#include "app/screen.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "log.h"

#define ENTER          "\033[?1049h\033[?25l" /* the terminal's other screen, without cursor */
#define LEAVE          "\033[?25h\033[?1049l"
#define HOME           "\033[H"
#define REST_OF_LINE   "\033[K"
#define REST_OF_SCREEN "\033[J"
#define SCREEN_DEFAULT                                                                                                 \
	{                                                                                                              \
		.ws_row = 24, .ws_col = 80                                                                             \
	} /* a serial line doesn't know its size */

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

int screen_rows(void)
{
	return screen_size().ws_row;
}

int screen_columns(void)
{
	return screen_size().ws_col;
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

void screen_draw(struct screen *s, const char *page)
{
	struct winsize size = screen_size();
	int row = 0, line = 0, skip = s->scroll;
	fputs(HOME, stdout);
	for (const char *p = page; *p;) {
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
	if (s->scroll > line - 1)
		s->scroll = line - 1;
	fflush(stdout);
	s->ended = s->ended || ferror(stdout);
}

static char handle_key(struct screen *s, char key)
{
	int page = screen_rows();
	switch (key) {
	case 'q':
	case 4: s->ended = true; return 0; /* also ^D */
	case 'j': s->scroll++; return 0;
	case 'k': s->scroll -= s->scroll > 0; return 0;
	case ' ': s->scroll += page - 1; return 0;
	case 'b': s->scroll = s->scroll > page ? s->scroll - page + 1 : 0; return 0;
	default: return key;
	}
}

char screen_wait(struct screen *s, int fd, int ms)
{
	struct pollfd fds[] = { { .fd = s->signals, .events = POLLIN },
				{ .fd = s->keys ? STDIN_FILENO : -1, .events = POLLIN },
				{ .fd = fd, .events = POLLIN } };
	char key;
	if (poll(fds, 3, ms) <= 0)
		return 0;
	if (fds[0].revents || (fds[1].revents & (POLLHUP | POLLERR)))
		s->ended = true; /* the terminal is gone, or soon will be */
	else if (fds[1].revents && read(STDIN_FILENO, &key, 1) == 1)
		return handle_key(s, key);
	return 0;
}

static void ignore_message(enum log_level level, const char *message)
{
	(void)level, (void)message;
}

void screen_open(struct screen *s)
{
	struct termios raw;
	sigset_t enders;
	s->keys = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &s->before);
	if (s->keys) { /* in the background this stops us, as it should: before anything needs to be put back */
		raw = s->before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	sigemptyset(&enders);
	sigaddset(&enders, SIGINT);
	sigaddset(&enders, SIGTERM);
	sigaddset(&enders, SIGHUP);
	sigprocmask(SIG_BLOCK, &enders, NULL); /* a screen must not stay without cursor and echo */
	s->signals = signalfd(-1, &enders, SFD_CLOEXEC);
	signal(SIGTTOU, SIG_IGN);
	log_set_sink(ignore_message);
	fputs(ENTER, stdout);
}

void screen_close(struct screen *s)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	if (s->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &s->before);
	close(s->signals);
	log_set_sink(NULL);
}
