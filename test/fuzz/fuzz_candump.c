/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Any text as lines of a candump log: what is taken for a frame is one, and survives being written and read again. */
#include <string.h>

#include "core/candump.h"
#include "fuzz.h"

#define LINE_MAX_BYTES 4096

static void check_frame(const struct frame *f)
{
	HOLDS(f->len <= 8, "a frame of %u bytes", f->len);
	HOLDS(f->id <= (f->ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD), "id %X", (unsigned)f->id);
	for (unsigned i = f->len; i < 8; i++)
		HOLDS(f->data[i] == 0, "byte %u behind the end is %02X", i, f->data[i]);
}

static void same_frame(const struct frame *a, const struct frame *b, const char *text)
{
	HOLDS(a->id == b->id && a->ext == b->ext && a->len == b->len && !memcmp(a->data, b->data, 8),
	      "'%s' is read back as another frame", text);
}

static void check_line(const char *line)
{
	struct logged l = { 0 }, again;
	struct frame f;
	if (candump_parse_frame(line, &f))
		check_frame(&f);
	if (candump_parse(line, &l) != CANDUMP_FRAME)
		return;
	check_frame(&l.frame);
	size_t len = strnlen(l.iface, sizeof l.iface);
	HOLDS(len < sizeof l.iface, "interface name of %zu characters", len);
	HOLDS(!l.has_time || l.time >= 0, "time before 1970");

	char text[CANDUMP_LINE_MAX], bare[CANDUMP_TEXT_MAX];
	candump_print_frame(bare, &l.frame);
	HOLDS(candump_parse_frame(bare, &f), "'%s' is not read back", bare);
	same_frame(&l.frame, &f, bare);
	candump_print_log(text, l.has_time ? l.time : 0, l.iface, &l.frame);
	HOLDS(candump_parse(text, &again) == CANDUMP_FRAME, "'%s' is not read back", text);
	same_frame(&l.frame, &again.frame, text);
	HOLDS(!strcmp(l.iface, again.iface), "'%s': the interface was '%s'", text, l.iface);
	HOLDS(again.has_time && again.time == (l.has_time ? l.time : 0), "'%s': another time", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[LINE_MAX_BYTES];
	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) + 1 : size;
		size_t used = len < sizeof line ? len : sizeof line - 1;
		memcpy(line, data, used);
		line[used] = '\0';
		check_line(line);
		data += len;
		size -= len;
	}
	return 0;
}
