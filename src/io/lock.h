/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* One daemon for an output interface. */
#ifndef IO_LOCK_H
#define IO_LOCK_H

/* Takes the lock for this interface, held until the process ends. -1 with EADDRINUSE: another one has it. It is an
 * abstract socket name, so it needs no writable folder and belongs to the network namespace, as interfaces do. */
int lock_output(const char *interface);

#endif
