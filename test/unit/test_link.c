/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Finding a USB adapter's interface in a made-up sysfs: shapes as on a Raspberry Pi with a gs_usb adapter of two
 * channels (both on one USB interface), a single PEAK, and a controller that is not USB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/link.h"

struct tree {
	char root[64];
	struct links links;
};

static void make_path(const struct tree *t, const char *path)
{
	char full[256];
	int root = snprintf(full, sizeof full, "%s/", t->root);
	snprintf(full + root, sizeof full - (size_t)root, "%s", path);
	for (char *c = full + root; *c; c++)
		if (*c == '/') {
			*c = '\0';
			mkdir(full, 0755);
			*c = '/';
		}
	mkdir(full, 0755);
}

static void make_file(const struct tree *t, const char *path, const char *text)
{
	char full[256];
	snprintf(full, sizeof full, "%s/%s", t->root, path);
	FILE *f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* An interface whose device link leads to this folder under devices/. */
static void make_interface(struct tree *t, const char *name, const char *device)
{
	char path[128], target[160], full[256];
	snprintf(path, sizeof path, "class/net/%s", name);
	make_path(t, path);
	snprintf(path, sizeof path, "devices/%s", device);
	make_path(t, path);
	snprintf(target, sizeof target, "../../../devices/%s", device);
	snprintf(full, sizeof full, "%s/class/net/%s/device", t->root, name);
	assert_int_equal(symlink(target, full), 0);
	struct link *link = &t->links.list[t->links.count++];
	*link = (struct link){ .index = t->links.count + 1, .state = "" };
	snprintf(link->name, sizeof link->name, "%s", name);
}

static int setup(void **state)
{
	struct tree *t = calloc(1, sizeof *t);
	snprintf(t->root, sizeof t->root, "/tmp/battagg-sysfs.XXXXXX");
	assert_non_null(mkdtemp(t->root));
	snprintf(t->links.sysfs, sizeof t->links.sysfs, "%s", t->root);
	make_interface(t, "can0", "platform/usb1/1-1/1-1.3/1-1.3:1.0");
	make_interface(t, "can1", "platform/usb1/1-1/1-1.3/1-1.3:1.0");
	make_interface(t, "can2", "platform/usb1/1-1/1-1.4/1-1.4:1.0");
	make_interface(t, "can3", "platform/soc/spi0.0");
	make_file(t, "devices/platform/usb1/idVendor", "1d6b\n"); /* the root hub is a USB device too */
	make_file(t, "devices/platform/usb1/serial", "3f980000.usb\n");
	make_file(t, "devices/platform/usb1/1-1/1-1.3/idVendor", "1d50\n");
	make_file(t, "devices/platform/usb1/1-1/1-1.3/serial", "0031002C\n");
	make_file(t, "devices/platform/usb1/1-1/1-1.4/idVendor", "0c72\n"); /* a PEAK without a serial number */
	make_file(t, "class/net/can0/dev_port", "0\n");
	make_file(t, "class/net/can1/dev_port", "0\n");
	make_file(t, "class/net/can0/dev_id", "0x0\n");
	make_file(t, "class/net/can1/dev_id", "0x1\n");
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct tree *t = *state;
	char command[96];
	snprintf(command, sizeof command, "rm -rf %s", t->root);
	int rc = system(command);
	free(t);
	return rc;
}

static void found(const struct tree *t, const char *serial, const char *path, const char *name)
{
	int matches;
	const struct link *link = links_by_usb(&t->links, serial, path, &matches);
	assert_non_null(link);
	assert_string_equal(link->name, name);
	assert_int_equal(matches, 1);
}

static void not_found(const struct tree *t, const char *serial, const char *path, int expected)
{
	int matches;
	assert_null(links_by_usb(&t->links, serial, path, &matches));
	assert_int_equal(matches, expected);
}

static void by_place(void **state)
{
	found(*state, "", "1-1.4", "can2");
	found(*state, "", "1-1.4/0", "can2");
	not_found(*state, "", "1-1.4/1", 0);
	not_found(*state, "", "1-1", 0); /* the hub above is not the adapter */
	not_found(*state, "", "1-1.", 0);
	not_found(*state, "", "1-1.40", 0);
	not_found(*state, "", "spi0.0", 0);
}

static void by_serial(void **state)
{
	not_found(*state, "0031002C", "", 2); /* two channels: which one? */
	found(*state, "0031002C", "1-1.3/0", "can0");
	found(*state, "0031002C", "1-1.3/1", "can1");
	not_found(*state, "0031002c", "", 0); /* as it is written */
	not_found(*state, "0031002C", "1-1.4", 0);
	not_found(*state, "3f980000.usb", "", 0);
}

static void by_name(void **state)
{
	const struct tree *t = *state;
	assert_int_equal(links_by_name(&t->links, "can2")->index, 4);
	assert_string_equal(links_by_index(&t->links, 4)->name, "can2");
	assert_null(links_by_name(&t->links, "can"));
	assert_null(links_by_index(&t->links, 0));
}

static void gone_from_sysfs(void **state)
{
	struct tree *t = *state;
	snprintf(t->links.sysfs, sizeof t->links.sysfs, "/nonexistent");
	not_found(t, "", "1-1.4", 0);
}

static void frames_that_came_in(void **state)
{
	struct tree *t = *state;
	make_path(t, "class/net/can2/statistics");
	make_file(t, "class/net/can2/statistics/rx_packets", "4294967296\n");
	assert_true(link_heard(&t->links, links_by_name(&t->links, "can2")) == UINT64_C(4294967296));
	assert_true(link_heard(&t->links, links_by_name(&t->links, "can3")) == 0);
}

static void no_cable(void **state)
{
	(void)state;
	assert_true(link_is_virtual(&(struct link){ .kind = "vcan" }));
	assert_false(link_is_virtual(&(struct link){ .kind = "vxcan" }));
	assert_false(link_is_virtual(&(struct link){ .kind = "can" }));
	assert_false(link_is_virtual(&(struct link){ .kind = "" })); /* drivers that don't say, such as slcan */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(by_place, setup, teardown),
		cmocka_unit_test_setup_teardown(by_serial, setup, teardown),
		cmocka_unit_test_setup_teardown(by_name, setup, teardown),
		cmocka_unit_test_setup_teardown(gone_from_sysfs, setup, teardown),
		cmocka_unit_test_setup_teardown(frames_that_came_in, setup, teardown),
		cmocka_unit_test(no_cable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
