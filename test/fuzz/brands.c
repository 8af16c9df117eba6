/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Frames by hand: Pylontech's document V1.2 (0x351, 0x355, 0x356, 0x359, 0x35C, 0x35E), captures of a BYD LVS, the
 * Victron set (0x35A pairs: 01 active, 10 ok), JK's BMS-CAN protocol V2.1.
 */
#include <string.h>

#include "brands.h"

const struct saying healthy = {
	.voltage = 5280, .soc = 60, .cvl = 560, .low = 440, .ccl = 1000, .dcl = 1200, .cell_max = 3310, .cell_min = 3300,
	.capacity = 100, .may_charge = true, .may_discharge = true,
};

static struct frame *next(struct frame *out, int *n, uint32_t id, bool ext, uint8_t len)
{
	struct frame *f = &out[(*n)++];
	*f = (struct frame){ .id = id, .ext = ext, .len = len };
	return f;
}

static void put16(struct frame *f, int at, int32_t value)
{
	f->data[at] = (uint8_t)(value & 0xFF);
	f->data[at + 1] = (uint8_t)(value >> 8 & 0xFF);
}

static void put_text(struct frame *f, const char *text)
{
	memcpy(f->data, text, strlen(text));
}

/* What the three that speak to a GX have in common. */
static int common(const struct saying *s, const char *maker, bool short_ones, struct frame *out)
{
	int n = 0;
	put_text(next(out, &n, 0x35E, false, 8), maker);
	struct frame *f = next(out, &n, 0x351, false, 8);
	put16(f, 0, s->cvl);
	put16(f, 2, s->ccl);
	put16(f, 4, s->dcl);
	put16(f, 6, s->low);
	f = next(out, &n, 0x355, false, short_ones ? 4 : 8);
	put16(f, 0, s->soc);
	put16(f, 2, 99);
	f = next(out, &n, 0x356, false, short_ones ? 6 : 8);
	put16(f, 0, s->voltage);
	put16(f, 2, s->current);
	put16(f, 4, 205); /* 20.5 degC */
	return n;
}

static int pylontech(const struct saying *s, struct frame *out)
{
	int n = common(s, "PYLON   ", true, out);
	struct frame *f = next(out, &n, 0x359, false, 7);
	f->data[0] = (uint8_t)((s->high_voltage ? 0x02 : 0) | (s->low_voltage ? 0x04 : 0));
	f->data[4] = 2;
	f->data[5] = 'P';
	f->data[6] = 'N';
	f = next(out, &n, 0x35C, false, 2);
	f->data[0] = (uint8_t)((s->may_charge ? 0x80 : 0) | (s->may_discharge ? 0x40 : 0));
	return n;
}

static int byd(const struct saying *s, const char *maker, struct frame *out)
{
	int n = common(s, maker, false, out);
	struct frame *f = next(out, &n, 0x35A, false, 8);
	memset(f->data, 0xAA, 8);
	if (s->high_voltage)
		f->data[0] = (uint8_t)((f->data[0] & 0xF3) | 0x04);
	if (s->low_voltage)
		f->data[0] = (uint8_t)((f->data[0] & 0xCF) | 0x10);
	f = next(out, &n, 0x373, false, 8);
	put16(f, 0, s->cell_min);
	put16(f, 2, s->cell_max);
	put16(f, 4, 273 + 20);
	put16(f, 6, 273 + 21);
	put16(next(out, &n, 0x379, false, 8), 0, s->capacity);
	f = next(out, &n, 0x372, false, 8);
	put16(f, 0, 2);
	return n;
}

static int jk(unsigned address, const struct saying *s, struct frame *out)
{
	int n = 0;
	struct frame *f = next(out, &n, 0x2F4 + address, false, 8);
	put16(f, 0, s->voltage / 10);
	put16(f, 2, s->current + 4000);
	f->data[4] = (uint8_t)s->soc;
	f = next(out, &n, 0x4F4 + address, false, 8);
	put16(f, 0, s->cell_max);
	f->data[2] = 3;
	put16(f, 3, s->cell_min);
	f->data[5] = 4;
	f = next(out, &n, 0x5F4 + address, false, 8);
	memcpy(f->data, "\x48\x01\x47\x02\x48", 5); /* 22, 21, 22 degC */
	if (s->high_voltage || s->low_voltage) {
		f = next(out, &n, 0x7F4 + address, false, 8);
		f->data[0] = (uint8_t)((s->high_voltage ? 0x10 : 0) | (s->low_voltage ? 0x40 : 0));
	}
	f = next(out, &n, 0x18F128F4 + address, true, 8);
	put16(f, 0, s->capacity * 6);
	put16(f, 2, s->capacity * 10);
	f = next(out, &n, 0x18F528F4 + address, true, 8);
	f->data[0] = (uint8_t)((s->may_charge ? 1 : 0) | (s->may_discharge ? 2 : 0));
	for (unsigned g = 0; g < 4; g++) {
		f = next(out, &n, 0x18E028F4 + 0x10000 * g + address, true, 8);
		for (int i = 0; i < 8; i += 2)
			put16(f, i, s->cell_min);
	}
	return n;
}

int brand_cycle(enum brand b, unsigned address, const struct saying *s, struct frame out[CYCLE_MAX])
{
	switch (b) {
	case PYLONTECH: return pylontech(s, out);
	case BYD: return byd(s, "BYD", out);
	case VICTRON: return byd(s, "REC-BMS", out);
	case JK: return jk(address, s, out);
	case N_BRAND: break;
	}
	return 0;
}
