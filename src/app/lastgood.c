/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Keeps a copy of the config file's bytes. */
#include "app/lastgood.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG_BYTES_MAX (256 * 1024) /* the reader refuses larger ones */
#define GX_FOLDER "/data/battagg"
#define RUN_FOLDER "/run/battagg"

const char *state_folder(char *buf, unsigned long size, const char *config_path)
{
	char real[PATH_MAX];
	const char *state = getenv("STATE_DIRECTORY");
	if (!realpath(config_path, real))
		snprintf(real, sizeof real, "%s", config_path);
	if (state && *state == '/')
		snprintf(buf, size, "%.*s", (int)strcspn(state, ":"), state);
	else if (!strncmp(real, GX_FOLDER "/", strlen(GX_FOLDER "/")))
		snprintf(buf, size, "%s", GX_FOLDER);
	else
		snprintf(buf, size, "%s", RUN_FOLDER);
	return buf;
}

const char *lastgood_path(char *buf, unsigned long size, const char *config_path)
{
	char real[PATH_MAX], folder[256];
	if (!realpath(config_path, real))
		snprintf(real, sizeof real, "%s", config_path);
	for (char *c = real; *c; c++)
		if (*c == '/')
			*c = '-';
	snprintf(buf, size, "%s/last-good%s", state_folder(folder, sizeof folder, config_path), real);
	return buf;
}

/* All bytes of a small file, or -1. */
static long read_file(const char *path, char *to)
{
	FILE *f = fopen(path, "rbe");
	if (!f)
		return -1;
	size_t n = fread(to, 1, CONFIG_BYTES_MAX, f);
	bool failed = ferror(f);
	fclose(f);
	return failed ? -1 : (long)n;
}

/* Its folder may be one in /run that nobody has made since the machine started. */
static void make_folder(const char *path)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	mkdir(folder, 0755); /* else open() says so */
}

static bool write_file(const char *path, const char *bytes, size_t len)
{
	char part[PATH_MAX + 8];
	snprintf(part, sizeof part, "%s.part", path);
	make_folder(path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	bool good = write(fd, bytes, len) == (ssize_t)len && !fsync(fd);
	good &= !close(fd);
	if (good && !rename(part, path))
		return true;
	unlink(part);
	return false;
}

bool lastgood_save(const char *config_path)
{
	char path[PATH_MAX];
	char *now = malloc(CONFIG_BYTES_MAX), *before = malloc(CONFIG_BYTES_MAX);
	bool good = false;
	if (now && before) {
		lastgood_path(path, sizeof path, config_path);
		long n = read_file(config_path, now), m = read_file(path, before);
		good = n > 0 && ((n == m && !memcmp(now, before, (size_t)n)) || write_file(path, now, (size_t)n));
	}
	free(now);
	free(before);
	return good;
}
