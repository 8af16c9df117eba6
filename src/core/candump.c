/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Reads and writes the text forms of candump (can-utils), one line at a time. */
#include "core/candump.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_DIGITS 11 /* until year 5138: keeps microseconds far from overflowing */
#define US_PER_S    1000000
#define ERROR_FLAG  0x20000000u /* CAN_ERR_FLAG of linux/can.h, as candump prints it in front of an error class */

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

static const char *skip_space(const char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (s[n] && !is_space(s[n]))
		n++;
	return n;
}

/* Digits from *s on, at least one, at most `most`. */
static bool take_number(const char **s, int most, int64_t *out)
{
	int n = 0;

	for (*out = 0; is_digit(**s) && n < most; n++)
		*out = *out * 10 + (*(*s)++ - '0');
	return n > 0 && !is_digit(**s);
}

static bool take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* Days from 1970-01-01 in the Gregorian calendar; years are counted from March, so that leap days end them. */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* What `candump -t A` writes after "2026-": "11-21 10:00:00"; read as UTC. */
static bool take_date(const char **s, int64_t year, int64_t *seconds)
{
	int64_t month, day, hour, minute, second;

	if (!take_number(s, 2, &month) || !take_char(s, '-') || !take_number(s, 2, &day) ||
	    !take_char(s, ' ') || !take_number(s, 2, &hour) || !take_char(s, ':') || !take_number(s, 2, &minute) ||
	    !take_char(s, ':') || !take_number(s, 2, &second))
		return false;
	if (year < 1970 || year > 4000 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
	    second > 60)
		return false;
	*seconds = ((days_of_date(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
	return true;
}

/* "1700000000.020000)", after the "("; digits beyond microseconds are dropped. */
static bool take_time(const char **s, int64_t *time)
{
	int64_t seconds, part = 0, unit = US_PER_S / 10;

	if (!take_number(s, SECONDS_DIGITS, &seconds))
		return false;
	if (take_char(s, '-') && !take_date(s, seconds, &seconds))
		return false;
	if (take_char(s, '.')) {
		if (!is_digit(**s))
			return false;
		for (; is_digit(**s); (*s)++, unit /= 10)
			part += (**s - '0') * unit;
	}
	*time = seconds * US_PER_S + part;
	return take_char(s, ')') && (!**s || is_space(**s));
}

/* 3 hexadecimal digits: 11 bits; 8: 29 bits. */
static enum candump_result parse_id(const char *s, size_t length, struct frame *f)
{
	uint32_t id = 0;

	if (length != 3 && length != 8)
		return CANDUMP_BAD;
	for (size_t i = 0; i < length; i++) {
		int digit = hex_value(s[i]);

		if (digit < 0)
			return CANDUMP_BAD;
		id = id << 4 | (uint32_t)digit;
	}
	f->ext = length == 8;
	f->id = id;
	if (f->ext && (id & ~CAN_ID_MAX_EXT) == ERROR_FLAG)
		return CANDUMP_ERROR_FRAME;
	return id <= (f->ext ? CAN_ID_MAX_EXT : CAN_ID_MAX_STD) ? CANDUMP_FRAME : CANDUMP_BAD;
}

/* Two hexadecimal digits. */
static bool take_byte(const char **s, uint8_t *byte)
{
	int high = hex_value((*s)[0]), low = high < 0 ? -1 : hex_value((*s)[1]);

	if (low < 0)
		return false;
	*byte = (uint8_t)(high << 4 | low);
	*s += 2;
	return true;
}

/* After the '#': "1402740E", "14.02.74.0E", "R", "R8", "" or, for FD, "#1...". Ends at a blank. */
static enum candump_result parse_data(const char *s, struct frame *f)
{
	if (*s == '#')
		return CANDUMP_FD;
	if (*s == 'R' || *s == 'r') {
		if (*++s >= '0' && *s <= '8')
			s++;
		return !*s || is_space(*s) ? CANDUMP_REMOTE : CANDUMP_BAD;
	}
	while (*s && !is_space(*s) && *s != '_') {
		if (f->len == 8 || (f->len && *s == '.' && !*++s) || !take_byte(&s, &f->data[f->len]))
			return CANDUMP_BAD;
		f->len++;
	}
	if (*s == '_') { /* a raw DLC of 9 to 15, which still carries 8 bytes */
		if (f->len != 8 || hex_value(s[1]) < 9 || (s[2] && !is_space(s[2])))
			return CANDUMP_BAD;
	}
	return CANDUMP_FRAME;
}

/* "351#1402740E"; s starts at the id. */
static enum candump_result parse_compact(const char *s, struct frame *f)
{
	const char *hash = strchr(s, '#');
	enum candump_result id, data;

	if (!hash)
		return CANDUMP_BAD;
	id = parse_id(s, (size_t)(hash - s), f);
	if (id == CANDUMP_BAD)
		return id;
	data = parse_data(hash + 1, f);
	return id == CANDUMP_ERROR_FRAME && data == CANDUMP_FRAME ? id : data;
}

/* "[8]  14 02 74 0E 74 0E CC 01"; FD frames have two digits in the brackets. */
static enum candump_result parse_columns(const char *s, struct frame *f)
{
	int64_t length;
	bool fd;

	if (!take_char(&s, '['))
		return CANDUMP_BAD;
	fd = is_digit(s[0]) && is_digit(s[1]);
	if (!take_number(&s, 2, &length) || !take_char(&s, ']') || (*s && !is_space(*s)))
		return CANDUMP_BAD;
	if (fd)
		return CANDUMP_FD;
	if (length > 8)
		return CANDUMP_BAD;
	s = skip_space(s);
	if (!strncmp(s, "remote request", 14))
		return CANDUMP_REMOTE;
	while (f->len < length) {
		if (!take_byte(&s, &f->data[f->len]) || (*s && !is_space(*s)))
			return CANDUMP_BAD;
		f->len++;
		s = skip_space(s);
	}
	/* what may follow is candump's own: the text column of -a, ERRORFRAME and its explanation */
	return *s && hex_value(s[0]) >= 0 && hex_value(s[1]) >= 0 && (!s[2] || is_space(s[2])) ? CANDUMP_BAD
											       : CANDUMP_FRAME;
}

/* `candump -x` puts "RX - -" or "TX B E" between the interface and the id. */
static const char *skip_extra(const char *s)
{
	if (strncmp(s, "RX ", 3) != 0 && strncmp(s, "TX ", 3) != 0)
		return s;
	s = skip_space(s + 2);
	while (*s && word_length(s) == 1)
		s = skip_space(s + 1);
	return s;
}

/* From the interface on. */
static enum candump_result parse_rest(const char *s, struct logged *out)
{
	size_t length = word_length(s);
	enum candump_result id, data;

	if (memchr(s, '#', length)) /* no interface */
		return parse_compact(s, &out->frame);
	if (length == 0 || length >= sizeof out->iface)
		return CANDUMP_BAD;
	memcpy(out->iface, s, length);
	out->iface[length] = '\0';
	s = skip_extra(skip_space(s + length));
	length = word_length(s);
	if (memchr(s, '#', length))
		return parse_compact(s, &out->frame);
	id = parse_id(s, length, &out->frame);
	if (id == CANDUMP_BAD)
		return id;
	data = parse_columns(skip_space(s + length), &out->frame);
	return id == CANDUMP_ERROR_FRAME && data == CANDUMP_FRAME ? id : data;
}

enum candump_result candump_parse(const char *line, struct logged *out)
{
	const char *s = skip_space(line);
	enum candump_result result;

	*out = (struct logged) { 0 };
	if (!*s || *s == '#' || *s == ';')
		return CANDUMP_BLANK;
	if (take_char(&s, '(')) {
		if (!take_time(&s, &out->time))
			return CANDUMP_BAD;
		out->has_time = true;
		s = skip_space(s);
	}
	result = parse_rest(s, out);
	if (result != CANDUMP_FRAME)
		out->frame = (struct frame) { 0 };
	return result;
}

bool candump_parse_frame(const char *text, struct frame *out)
{
	*out = (struct frame) { 0 };
	text = skip_space(text);
	if (parse_compact(text, out) == CANDUMP_FRAME && !*skip_space(text + word_length(text)))
		return true;
	*out = (struct frame) { 0 };
	return false;
}

void candump_print_frame(char buf[CANDUMP_TEXT_MAX], const struct frame *f)
{
	static const char digits[] = "0123456789ABCDEF";
	int n = snprintf(buf, CANDUMP_TEXT_MAX, f->ext ? "%08" PRIX32 "#" : "%03" PRIX32 "#", f->id);
	unsigned length = f->len < 8 ? f->len : 8;

	if (f->remote) {
		buf[n++] = 'R';
		if (length)
			buf[n++] = digits[length];
		length = 0;
	}
	for (unsigned i = 0; i < length; i++) {
		buf[n++] = digits[f->data[i] >> 4];
		buf[n++] = digits[f->data[i] & 15];
	}
	buf[n] = '\0';
}

void candump_print_log(char buf[CANDUMP_LINE_MAX], int64_t time, const char *iface, const struct frame *f)
{
	char text[CANDUMP_TEXT_MAX];

	if (time < 0)
		time = 0;
	candump_print_frame(text, f);
	snprintf(buf, CANDUMP_LINE_MAX, "(%" PRId64 ".%06" PRId64 ") %.15s %s", time / US_PER_S, time % US_PER_S, iface,
		 text);
}
