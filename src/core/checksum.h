/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Checksums that some dialects carry in their frames. */
#ifndef CORE_CHECKSUM_H
#define CORE_CHECKSUM_H

#include "core/profile.h"

/* What the checksum of this frame must be. */
uint64_t checksum_of(const struct checksum *c, const struct frame *f);

/* False also when the frame is too short to have it. */
bool checksum_holds(const struct checksum *c, const struct frame *f);

#endif
