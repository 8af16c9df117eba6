/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The state file. */
#include "io/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TITLE    "battagg state 1"
#define TEXT_BYTES 1024

/* Its numbers: the name of the line, where the number is, and the flag that says that there is one. */
#define PLAIN(name, field)  { name, offsetof(struct kept, field), sizeof(((struct kept *)0)->field), -1 }
#define BOUND(name, field)  { name, offsetof(struct kept, field.value), sizeof(int64_t), offsetof(struct kept, field.set) }
static const struct {
	const char *name;
	size_t at, size;
	long set;
} lines[] = {
	BOUND("counter_mah", counter),
	PLAIN("energy_in_mwh", energy_in),
	PLAIN("energy_out_mwh", energy_out),
	PLAIN("balanced_day", balanced_day),
	BOUND("cvl_mv", limits[LIMIT_CVL]),
	BOUND("ccl_ma", limits[LIMIT_CCL]),
	BOUND("dcl_ma", limits[LIMIT_DCL]),
	BOUND("low_voltage_mv", limits[LIMIT_LOW_VOLTAGE]),
};
#define N_LINES (sizeof lines / sizeof *lines)

/* FNV-1a: against half a file and bad flash, not against people. */
static uint64_t checksum(const char *text, size_t len)
{
	uint64_t sum = UINT64_C(0xCBF29CE484222325);
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ (unsigned char)text[i]) * UINT64_C(0x100000001B3);
	return sum;
}

void statefile_boot(char boot[BOOT_ID_MAX + 1])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	boot[0] = '\0';
	if (!f)
		return;
	if (!fgets(boot, BOOT_ID_MAX + 1, f))
		boot[0] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	fclose(f);
}

static bool is_set(const struct kept *kept, size_t i)
{
	bool set = true;
	if (lines[i].set >= 0)
		memcpy(&set, (const char *)kept + lines[i].set, sizeof set);
	return set;
}

static int64_t number(const struct kept *kept, size_t i)
{
	int64_t wide;
	int32_t narrow;
	if (lines[i].size == sizeof wide) {
		memcpy(&wide, (const char *)kept + lines[i].at, sizeof wide);
		return wide;
	}
	memcpy(&narrow, (const char *)kept + lines[i].at, sizeof narrow);
	return narrow;
}

static bool take_number(struct kept *kept, const char *name, int64_t value)
{
	const bool yes = true;
	for (size_t i = 0; i < N_LINES; i++) {
		if (strcmp(lines[i].name, name))
			continue;
		int32_t narrow = (int32_t)value;
		if (lines[i].size == sizeof narrow && narrow != value)
			return false;
		memcpy((char *)kept + lines[i].at, lines[i].size == sizeof narrow ? (const void *)&narrow : &value, lines[i].size);
		if (lines[i].set >= 0)
			memcpy((char *)kept + lines[i].set, &yes, sizeof yes);
		return value >= 0;
	}
	return true; /* a later battagg's: not ours to understand */
}

static size_t compose(char text[TEXT_BYTES], const struct kept *kept, const struct state_stamp *stamp)
{
	size_t n = (size_t)snprintf(text, TEXT_BYTES, TITLE "\nboot %s\ntime_us %" PRId64 "\n", *stamp->boot ? stamp->boot : "-",
	                            stamp->time);
	for (size_t i = 0; i < N_LINES; i++)
		if (is_set(kept, i))
			n += (size_t)snprintf(text + n, TEXT_BYTES - n, "%s %" PRId64 "\n", lines[i].name, number(kept, i));
	n += (size_t)snprintf(text + n, TEXT_BYTES - n, "check %016" PRIx64 "\n", checksum(text, n));
	return n;
}

/* One line of what stands between title and check. */
static const char *take_line(char *line, struct kept *kept, struct state_stamp *stamp)
{
	char *value = strchr(line, ' '), *end;
	if (!value)
		return "a line without a value";
	*value++ = '\0';
	if (!strcmp(line, "boot")) {
		snprintf(stamp->boot, sizeof stamp->boot, "%s", strcmp(value, "-") ? value : "");
		return NULL;
	}
	errno = 0;
	int64_t n = strtoll(value, &end, 10);
	if (errno || end == value || *end)
		return "a value that is no number";
	if (!strcmp(line, "time_us"))
		stamp->time = n;
	else if (!take_number(kept, line, n))
		return "a number that can't be";
	return NULL;
}

static const char *parse(char *text, size_t len, struct kept *kept, struct state_stamp *stamp)
{
	char *check = NULL, *rest = NULL, sum[32];
	for (char *p = text; (p = strstr(p, "\ncheck ")); p++)
		check = p + 1;
	if (strlen(text) != len || !check)
		return "it is cut short";
	snprintf(sum, sizeof sum, "check %016" PRIx64 "\n", checksum(text, (size_t)(check - text)));
	if (strcmp(check, sum))
		return "its checksum is wrong";
	*check = '\0';
	char *line = strtok_r(text, "\n", &rest);
	if (strcmp(line, TITLE))
		return "it is another version's";
	while ((line = strtok_r(NULL, "\n", &rest))) {
		const char *wrong = take_line(line, kept, stamp);
		if (wrong)
			return wrong;
	}
	return NULL;
}

enum statefile statefile_read(const char *path, struct kept *kept, struct state_stamp *stamp, char why[STATEFILE_WHY_MAX])
{
	char text[TEXT_BYTES + 1] = "";
	struct kept read = { 0 };
	struct state_stamp read_stamp = { .boot = "" };
	FILE *f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return STATEFILE_NONE;
	size_t len = f ? fread(text, 1, TEXT_BYTES, f) : 0;
	const char *wrong = !f || ferror(f) ? strerror(errno) : parse(text, len, &read, &read_stamp);
	if (f)
		fclose(f);
	if (wrong) {
		snprintf(why, STATEFILE_WHY_MAX, "%s", wrong);
		return STATEFILE_BAD;
	}
	*kept = read;
	*stamp = read_stamp;
	return STATEFILE_GOOD;
}

/* A rename is on the disk when its folder is. */
static void sync_folder(const char *path)
{
	char folder[PATH_MAX];
	snprintf(folder, sizeof folder, "%s", path);
	char *slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

bool statefile_write(const char *path, const struct kept *kept, const struct state_stamp *stamp)
{
	char text[TEXT_BYTES], part[PATH_MAX];
	size_t len = compose(text, kept, stamp);
	if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part) {
		errno = ENAMETOOLONG;
		return false;
	}
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return false;
	bool good = write(fd, text, len) == (ssize_t)len && !fsync(fd);
	int wrong = errno;
	good &= !close(fd);
	if (good && !rename(part, path)) {
		sync_folder(path);
		return true;
	}
	wrong = good ? errno : wrong;
	unlink(part);
	errno = wrong;
	return false;
}

void statefile_set_aside(const char *path)
{
	char bad[PATH_MAX];
	if (snprintf(bad, sizeof bad, "%s.bad", path) < (int)sizeof bad && rename(path, bad))
		unlink(path);
}

void statefile_drop_old_limits(struct kept *kept, const struct state_stamp *then, const struct state_stamp *now)
{
	bool same = *then->boot && !strcmp(then->boot, now->boot);
	if (same && now->time >= then->time && now->time - then->time <= STATEFILE_LIMITS_AGE)
		return;
	memset(kept->limits, 0, sizeof kept->limits);
}
