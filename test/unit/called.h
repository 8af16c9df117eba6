/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* A command of battagg as a person calls it: its exit status, and what it prints where. */
#ifndef TEST_CALLED_H
#define TEST_CALLED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CALLED_ARGS 12
struct called {
	char said[16384], complained[16384]; /* stdout, stderr */
};

static inline int called_file(void)
{
	char path[] = "/tmp/battagg-called-XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	unlink(path);
	return fd;
}

static inline void called_take(int fd, char *text, size_t size)
{
	ssize_t len = pread(fd, text, size - 1, 0);
	assert_true(len >= 0);
	text[len] = '\0';
	close(fd);
}

static inline int call(struct called *c, int (*command)(int, char **), int argc, const char *const *given)
{
	char *argv[CALLED_ARGS] = { NULL }, *all[CALLED_ARGS]; /* getopt changes their order */
	assert_true(argc < CALLED_ARGS);
	for (int i = 0; i < argc; i++)
		assert_non_null(argv[i] = strdup(given[i]));
	memcpy(all, argv, sizeof all);
	int out = called_file(), err = called_file();
	fflush(NULL);
	int old_out = dup(STDOUT_FILENO), old_err = dup(STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	optind = 0; /* glibc: begin anew */
	int status = command(argc, argv);
	fflush(NULL);
	dup2(old_out, STDOUT_FILENO);
	dup2(old_err, STDERR_FILENO);
	close(old_out);
	close(old_err);
	called_take(out, c->said, sizeof c->said);
	called_take(err, c->complained, sizeof c->complained);
	for (int i = 0; i < argc; i++)
		free(all[i]);
	return status;
}

/* CALL(&called, app_check, "check", "file.yaml") */
#define CALL(called, command, ...)                                                                                     \
	call(called, command, (int)(sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)),                    \
	     (const char *const[]){ __VA_ARGS__ })

#endif
