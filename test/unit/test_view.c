/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Status as text: what is not known is left out, what is old is marked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "app/view.h"

#define VALUE(n, v, validity) "\"" n "\": { \"value\": " v ", \"validity\": \"" validity "\" }"

static struct view wanted = { .columns = 96 };

/* What is shown of this status; to be freed. */
static char *shown(const char *json)
{
	char *text = NULL;
	size_t len;
	json_t *status = json_loads(json, 0, NULL);
	assert_non_null(status);
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	wanted.out = out;
	view_print(&wanted, status);
	fclose(out);
	json_decref(status);
	return text;
}

/* The line of the bank's capacity and cells, for a bank with these values and texts. */
static void line_is(const char *values, const char *texts, const char *expected)
{
	char json[1024];
	snprintf(json, sizeof json, "{ \"bank\": { \"values\": { %s }, \"texts\": { %s } } }", values, texts);
	char *text = shown(json);
	const char *line = strstr(text, "  capacity ");
	assert_non_null(line);
	if (strncmp(line, expected, strlen(expected)) || line[strlen(expected)] != '\n')
		fail_msg("'%.*s' is not '%s'", (int)strcspn(line, "\n"), line, expected);
	free(text);
}

static void cells(void **state)
{
	(void)state;
	line_is(VALUE("capacity", "500.0", "valid") ", " VALUE("capacity_remaining", "320.0", "valid") ", "
		VALUE("cell_voltage_min", "3.272", "valid") ", " VALUE("cell_voltage_max", "3.294", "valid"),
		"\"cell_voltage_min_id\": \"JK-1/09\", \"cell_voltage_max_id\": \"JK-1/05\"",
		"  capacity 500.0 Ah, left 320.0 Ah; cells 3.272 V (JK-1/09) to 3.294 V (JK-1/05)");
	/* when all have fallen silent, nobody's */
	line_is(VALUE("capacity", "500.0", "valid") ", " VALUE("cell_voltage_min", "3.299", "stale") ", "
		VALUE("cell_voltage_max", "3.301", "stale"),
		"", "  capacity 500.0 Ah; cells 3.299? V to 3.301? V");
	line_is(VALUE("capacity", "500.0", "valid"), "", "  capacity 500.0 Ah");
	line_is(VALUE("capacity", "500.0", "valid") ", \"cell_voltage_min\": { \"validity\": \"not_available\" }", "",
		"  capacity 500.0 Ah");
}

static void apart(void **state)
{
	(void)state;
	static const char json[] = "{ \"imbalance\": {"
	                           " \"soc\": { \"what\": \"state of charge\", \"unit\": \"%\", \"active\": true, \"threshold\": 20,"
	                           " \"value\": 21.5, \"since_s\": 185, \"most\": \"B\", \"least\": \"A\" },"
	                           " \"voltage\": { \"what\": \"voltage\", \"unit\": \"V\", \"active\": false, \"threshold\": 0.3,"
	                           " \"value\": 0.04 },"
	                           " \"x\": { \"what\": \"x\", \"unit\": \"%\", \"active\": true, \"threshold\": 5, \"value\": null },"
	                           " \"y\": { \"what\": \"y\", \"unit\": \"%\", \"active\": false, \"threshold\": 5, \"value\": null } } }";
	json_t *status = json_loads(json, 0, NULL);
	assert_non_null(status);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	assert_non_null(out);
	view_print(&(struct view){ .out = out, .columns = 96 }, status);
	fclose(out);
	json_decref(status);
	assert_non_null(strstr(text, "PACKS APART\n"
	                             "  state of charge                21.50 %: too much for 3 min (from 20.00 % on), A to B\n"
	                             "  voltage                         0.04 V: ok (from 0.30 V on)\n"
	                             "  x                             now not known: too much (from 5.00 % on)\n\n"));
	free(text);
}

#define PORT(frames, interface_frames)                                                                                 \
	"{ \"ports\": [ { \"name\": \"left\", \"interface\": \"can1\", \"link\": \"up\", \"frames\": " frames                          \
	", \"interface_frames\": " interface_frames ", \"sent\": 3, \"dropped\": 0 } ] }"

/* The kernel hands over only what is a pack's: what else is on the bus is told beside it. */
static void frames_of_a_port(void **state)
{
	char *text;
	(void)state;
	text = shown(PORT("40", "1207"));
	assert_non_null(strstr(text, "left     up as can1, 40 of 1207 frames in, 3 out, 0 dropped\n"));
	assert_null(strstr(text, "none of what"));
	free(text);
	text = shown(PORT("0", "1207"));
	assert_non_null(strstr(text, ", 0 of 1207 frames in, 3 out, 0 dropped\n"
				     "      none of what is heard here is a pack's: wrong `address:` or `profile:`? `battagg detect can1` tells\n"));
	free(text);
	text = shown(PORT("0", "0"));
	assert_null(strstr(text, "none of what"));
	free(text);
}

/* What was told in hexadecimal digits is for who asks for it. */
static void frames_on_demand(void **state)
{
	(void)state;
	static const char json[] = "{ \"output\": { \"name\": \"vcan0\", \"link\": \"up\", \"frames_told\": [ "
				   "{ \"id\": \"0x351\", \"data\": \"1402E803E803CC01\", \"age_ms\": 100 } ] } }";
	char *text = shown(json);
	assert_non_null(strstr(text, "vcan0    up"));
	assert_null(strstr(text, "1402E803E803CC01"));
	free(text);
	wanted.frames = true;
	text = shown(json);
	assert_non_null(strstr(text, "  351 1402E803E803CC01"));
	free(text);
	wanted.frames = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells),
		cmocka_unit_test(apart),
		cmocka_unit_test(frames_of_a_port),
		cmocka_unit_test(frames_on_demand),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
