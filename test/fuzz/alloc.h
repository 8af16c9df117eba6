/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How often this thread has asked for memory. */
#ifndef FUZZ_ALLOC_H
#define FUZZ_ALLOC_H

unsigned long allocations(void);

#endif
