/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* `battagg replay` as a person calls it: what it says of the log and of its options. Runs in the top directory. */
#include "called.h"

#include "app/app.h"

static struct called called;
#define REPLAY(...)                                                                                                    \
	CALL(&called, app_replay, "replay", "--profiles", "can-profiles", "-c", "test/replay/two-brands/config.yaml", __VA_ARGS__)

static void write_log(char path[], const char *text)
{
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void says(const char *text)
{
	if (!strstr(called.complained, text))
		fail_msg("'%s' is not in: %s", text, called.complained);
}

/* However few there are. */
static void lines_that_it_can_not_read(void **state)
{
	char path[] = "/tmp/battagg-replay-XXXXXX", other[] = "/tmp/battagg-replay-XXXXXX";
	(void)state;
	write_log(path, "(1.0) can0 351#14027201E402CC01\nnonsense\n(1.1) can0 351#14027201E402CC01\n(1.2) can5 351#00\n");
	assert_int_equal(REPLAY(path), EXIT_FINE);
	says("replay: 2 frames in, 0 out; 1 of other interfaces, 0 remote, FD and error frames, lines not candump's: 1\n");
	unlink(path);
	write_log(other, "nonsense\nnonsense\n(1.2) can5 351#00\n");
	assert_int_equal(REPLAY(other), EXIT_BAD);
	says("no frame for an interface of the config in it; 1 of other interfaces, lines not candump's: 2\n");
	unlink(other);
}

static void maps(void **state)
{
	char path[] = "/tmp/battagg-replay-XXXXXX";
	(void)state;
	write_log(path, "(1.0) can5 351#14027201E402CC01\n");
	assert_int_equal(REPLAY("--map", "can5=can7", path), EXIT_USAGE);
	says("replay: --map can5=can7: can7 is not in the config, which has can0, can1");
	assert_int_equal(REPLAY("--map", "can5=can0", path), EXIT_FINE);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_that_it_can_not_read),
		cmocka_unit_test(maps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
