/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Signs of life: to systemd when it asks for them, and to a timer that ends a process which gives none. */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Sends "READY=1" and the like where systemd listens; nothing elsewhere. */
void notify_send(const char *state);
/* us between the signs of life that systemd wants; 0 = it wants none. */
int64_t notify_watchdog(void);

/* daemontools doesn't notice a hang: without a call for this long the process says so and ends, exit status 1. */
#define DEADMAN_SECONDS 10
void deadman_start(void);
void deadman_kick(void);

#endif
