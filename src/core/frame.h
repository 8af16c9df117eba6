/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* One classical CAN frame, free of any operating system's types. */
#ifndef CORE_FRAME_H
#define CORE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define CAN_ID_MAX_STD 0x7FFu
#define CAN_ID_MAX_EXT 0x1FFFFFFFu

struct frame {
	uint32_t id;  /* 11 or 29 bits, no flags in it */
	bool ext;     /* the id has 29 bits */
	bool remote;  /* asks for a frame of this id, and has no data; never given to a decoder */
	uint8_t len;  /* 0 to 8 */
	uint8_t data[8]; /* bytes from len on are 0 */
};

#endif
