/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Checksums that some dialects carry in their frames. */
#include "core/checksum.h"

#include "core/bits.h"

static uint8_t crc8(const struct checksum *c, const uint8_t *data)
{
	uint8_t crc = c->init;
	for (unsigned i = c->from; i <= c->to; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint8_t)(crc & 0x80 ? crc << 1 ^ c->poly : crc << 1);
	}
	return crc ^ c->final;
}

/* Polynomial 0x8005, least significant bit first, start 0xFFFF. */
static uint16_t crc16_modbus(const struct checksum *c, const uint8_t *data)
{
	uint16_t crc = 0xFFFF;
	for (unsigned i = c->from; i <= c->to; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0xA001 : crc >> 1);
	}
	return crc;
}

/* Bytes from..to, all others 0. */
static uint64_t some_bytes(const struct checksum *c, const uint8_t *data)
{
	return bits_first(data) & bits_mask(8u * (c->to + 1u)) & ~bits_mask(8u * c->from);
}

/* Of the eight bytes of a word, all at once. */
static uint64_t sum_of(uint64_t bytes)
{
	const uint64_t even = UINT64_C(0x00FF00FF00FF00FF);
	uint64_t pairs = (bytes & even) + (bytes >> 8 & even);
	return pairs * UINT64_C(0x0001000100010001) >> 48;
}

static uint64_t xor_of(uint64_t bytes)
{
	bytes ^= bytes >> 32;
	bytes ^= bytes >> 16;
	return (bytes ^ bytes >> 8) & 0xFF;
}

uint64_t checksum_of(const struct checksum *c, const struct frame *f)
{
	switch ((enum checksum_kind)c->kind) {
	case CHECKSUM_CRC8: return crc8(c, f->data);
	case CHECKSUM_CRC16_MODBUS: return crc16_modbus(c, f->data);
	case CHECKSUM_SUM8:
	case CHECKSUM_XOR8:
	case CHECKSUM_NONE: break;
	}
	uint64_t bytes = some_bytes(c, f->data);
	if (c->kind == CHECKSUM_XOR8)
		return xor_of(bytes);
	uint64_t sum = sum_of(bytes);
	if (c->with_id)
		sum += f->id;
	if (c->with_length)
		sum += f->len;
	return sum & 0xFF;
}

bool checksum_holds(const struct checksum *c, const struct frame *f)
{
	struct words w = bits_words(f);
	uint64_t raw;
	return f->len > c->to && bits_get(&w, &c->place, 0, &raw) && raw == checksum_of(c, f);
}
