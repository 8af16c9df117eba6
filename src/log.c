/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Messages for people, on stderr. The only process-wide state. */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static enum log_level max_level = LOG_INFO;
static void (*log_sink)(enum log_level, const char *);

static const char *const names[] = { "error", "warning", "info", "debug" };

void log_set_level(enum log_level level)
{
	max_level = level;
}

int log_level_find(const char *name)
{
	for (int i = 0; i < 4; i++)
		if (!strcmp(name, names[i]))
			return i;
	return -1;
}

void log_set_sink(void (*sink)(enum log_level, const char *message))
{
	log_sink = sink;
}

__attribute__((format(printf, 2, 0))) static void write_message(enum log_level level, const char *fmt, va_list ap)
{
	if (level > max_level)
		return;
	int saved = errno;
	char line[1024];
	vsnprintf(line, sizeof line, fmt, ap);
	if (log_sink)
		log_sink(level, line);
	else
		fprintf(stderr, "battagg: %s%s%s\n", level == LOG_INFO ? "" : names[level], level == LOG_INFO ? "" : ": ", line);
	errno = saved;
}

#define DEFINE_LOG(name, level)                                                                                        \
	void name(const char *fmt, ...)                                                                                \
	{                                                                                                              \
		va_list ap;                                                                                            \
		va_start(ap, fmt);                                                                                     \
		write_message(level, fmt, ap);                                                                         \
		va_end(ap);                                                                                            \
	}
DEFINE_LOG(log_error, LOG_ERROR)
DEFINE_LOG(log_warning, LOG_WARNING)
DEFINE_LOG(log_info, LOG_INFO)
DEFINE_LOG(log_debug, LOG_DEBUG)
