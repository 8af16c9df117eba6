/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A live screen in plain ANSI, which works over ssh and serial lines: for `top` and `decode --watch`. */
#ifndef APP_SCREEN_H
#define APP_SCREEN_H

#include <stdbool.h>
#include <termios.h>

struct screen {
	int scroll; /* lines above the screen */
	bool ended;
	bool keys; /* standard input is a terminal */
	int signals;
	struct termios before;
};

int screen_rows(void);
int screen_columns(void);

/* Takes the terminal over, without cursor and echo; log messages, which would write over it, are dropped. */
void screen_open(struct screen *);
void screen_close(struct screen *);
/* Shows a page from its line `scroll` on, each line cut to the width. */
void screen_draw(struct screen *, const char *page);
/* Waits so long (ms) for a key, `fd` (-1: none) to be readable, or a signal to end. q and ^D end; j, k, space and b scroll.
 * Returns any other key, else 0. */
char screen_wait(struct screen *, int fd, int ms);

#endif
