/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What sysfs tells of interfaces: the USB adapter that one belongs to, and how many frames came in on it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/link.h"

/* The first line of a file; "" when there is none. */
static void read_line(const char *path, char *to, size_t size)
{
	*to = '\0';
	FILE *f = fopen(path, "re");
	if (!f)
		return;
	if (!fgets(to, (int)size, f))
		*to = '\0';
	to[strcspn(to, "\r\n")] = '\0';
	fclose(f);
}

/* The device an interface belongs to is a USB interface ("1-1.3:1.0"); the adapter is the folder above that has
 * an idVendor. Leaves *path as that folder; false when it isn't USB. */
static bool usb_adapter(const struct links *l, const char *name, char path[PATH_MAX])
{
	char file[PATH_MAX + 16];
	snprintf(file, sizeof file, "%s/class/net/%s/device", l->sysfs, name);
	if (!realpath(file, path))
		return false;
	for (char *slash; (slash = strrchr(path, '/')) && slash != path; *slash = '\0') {
		snprintf(file, sizeof file, "%s/idVendor", path);
		if (!access(file, R_OK))
			return true;
	}
	return false;
}

/* The number of the channel within its adapter: gs_usb says it in dev_id, newer drivers in dev_port. */
static int usb_channel(const struct links *l, const char *name)
{
	static const char *const files[] = { "dev_port", "dev_id" };
	for (int i = 0; i < 2; i++) {
		char file[256], text[32];
		snprintf(file, sizeof file, "%s/class/net/%s/%s", l->sysfs, name, files[i]);
		read_line(file, text, sizeof text);
		long number = strtol(text, NULL, 0);
		if (number > 0)
			return (int)number;
	}
	return 0;
}

static bool usb_fits(const struct links *l, const char *name, const char *serial, const char *path)
{
	char folder[PATH_MAX], file[PATH_MAX + 16], text[128];
	if (!usb_adapter(l, name, folder))
		return false;
	snprintf(file, sizeof file, "%s/serial", folder);
	read_line(file, text, sizeof text);
	if (*serial && strcmp(serial, text))
		return false;
	if (!*path)
		return true;
	const char *place = strrchr(folder, '/') + 1;
	size_t length = strlen(place);
	if (strncmp(path, place, length))
		return false;
	if (path[length] == '/')
		return strtol(path + length + 1, NULL, 10) == usb_channel(l, name);
	return path[length] == '\0';
}

const struct link *links_by_usb(const struct links *l, const char *serial, const char *path, int *matches)
{
	const struct link *found = NULL;
	int n = 0;
	for (int i = 0; i < l->count; i++) {
		if (!usb_fits(l, l->list[i].name, serial, path))
			continue;
		found = &l->list[i];
		n++;
	}
	if (matches)
		*matches = n;
	return n == 1 ? found : NULL;
}

uint64_t link_heard(const struct links *l, const struct link *link)
{
	char file[256], text[32];
	snprintf(file, sizeof file, "%s/class/net/%s/statistics/rx_packets", l->sysfs, link->name);
	read_line(file, text, sizeof text);
	return strtoull(text, NULL, 10);
}
