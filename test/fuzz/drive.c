/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * A small stand-in for libFuzzer, the same on every machine: runs a target on every file given, then on a fixed
 * number of pseudo-random changes of them. What breaks the target is written to the file of -k.
 *
 *   fuzz_TARGET [-n CHANGES] [-s SEED] [-d DICTIONARY] [-k KEEP] FILE-OR-DIRECTORY...
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX  65536
#define INPUTS_MAX 512
#define WORDS_MAX  512
#define SECONDS_MAX 20 /* for one input */

struct bytes {
	uint8_t *data;
	size_t size;
};

static struct bytes inputs[INPUTS_MAX], words[WORDS_MAX];
static unsigned n_inputs, n_words;
static uint8_t current[INPUT_MAX];
static size_t current_size;
static const char *keep = "fuzz-failure";

static void keep_current(int sig)
{
	int fd = open(keep, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (fd >= 0) {
		ssize_t done = write(fd, current, current_size);
		close(fd);
		if (done == (ssize_t)current_size)
			fprintf(stderr, "the input is in %s (signal %d)\n", keep, sig);
	}
	signal(sig, SIG_DFL);
	raise(sig);
}

static void run(const uint8_t *data, size_t size)
{
	current_size = size < INPUT_MAX ? size : INPUT_MAX;
	if (data != current && current_size)
		memcpy(current, data, current_size);
	/* a copy of exactly its size, so that a sanitizer sees a read beyond it */
	uint8_t *exact = malloc(current_size ? current_size : 1);
	if (!exact)
		exit(2);
	memcpy(exact, current, current_size);
	alarm(SECONDS_MAX);
	LLVMFuzzerTestOneInput(exact, current_size);
	alarm(0);
	free(exact);
}

static void load_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || n_inputs == INPUTS_MAX) {
		fprintf(stderr, "%s: can't be read, or is one too many\n", path);
		exit(2);
	}
	struct bytes *in = &inputs[n_inputs++];
	in->data = malloc(INPUT_MAX);
	in->size = in->data ? fread(in->data, 1, INPUT_MAX, f) : 0;
	fclose(f);
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static void load(const char *path)
{
	struct dirent **list;
	int n = scandir(path, &list, is_visible, alphasort);
	if (n < 0) {
		load_file(path);
		return;
	}
	for (int i = 0; i < n; i++) {
		char file[4096];
		snprintf(file, sizeof file, "%s/%s", path, list[i]->d_name);
		load_file(file);
		free(list[i]);
	}
	free(list);
}

/* One line of a dictionary as libFuzzer has them: "word", with \xNN, \" and \\ in it. */
static void load_word(const char *line)
{
	const char *s = strchr(line, '"');
	if (*line == '#' || !s || n_words == WORDS_MAX)
		return;
	struct bytes *w = &words[n_words];
	w->data = malloc(strlen(s));
	if (!w->data)
		exit(2);
	for (s++; *s && *s != '"'; s++) {
		unsigned value = (unsigned char)*s;
		if (*s == '\\' && s[1] == 'x' && sscanf(s + 2, "%2x", &value) == 1)
			s += 3;
		else if (*s == '\\' && s[1])
			value = (unsigned char)*++s;
		w->data[w->size++] = (uint8_t)value;
	}
	n_words++;
}

static void load_dictionary(const char *path)
{
	char line[256];
	FILE *f = fopen(path, "r");
	if (!f) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof line, f))
		load_word(line);
	fclose(f);
}

/* Replaces `out` bytes at `at` of the current input by `in`. */
static void replace(size_t at, size_t out, const uint8_t *in, size_t in_size)
{
	if (at > current_size)
		at = current_size;
	if (out > current_size - at)
		out = current_size - at;
	if (current_size - out + in_size > INPUT_MAX)
		return;
	memmove(current + at + in_size, current + at + out, current_size - at - out);
	if (in_size)
		memcpy(current + at, in, in_size);
	current_size = current_size - out + in_size;
}

static void change_line(uint64_t *r, size_t at)
{
	size_t from = at, to = at;
	uint8_t line[256];
	while (from > 0 && current[from - 1] != '\n')
		from--;
	while (to < current_size && current[to] != '\n')
		to++;
	to += to < current_size;
	size_t len = to - from < sizeof line ? to - from : sizeof line;
	memcpy(line, current + from, len);
	if (fuzz_random(r) % 2)
		replace(from, len, NULL, 0);
	else
		replace(fuzz_random(r) % (current_size + 1), 0, line, len);
}

/* A token is a run of what numbers and names are made of. */
static void change_token(uint64_t *r, size_t at)
{
	static const char part[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.-";
	size_t to = at;
	while (to < current_size && current[to] && strchr(part, current[to]))
		to++;
	if (n_words) {
		const struct bytes *w = &words[fuzz_random(r) % n_words];
		replace(at, to - at, w->data, w->size);
	}
}

static void change(uint64_t *r)
{
	size_t at = current_size ? fuzz_random(r) % current_size : 0;
	uint8_t byte = (uint8_t)fuzz_random(r);
	const struct bytes *other = &inputs[fuzz_random(r) % n_inputs];
	switch (fuzz_random(r) % 8) {
	case 0:
		if (current_size)
			current[at] ^= (uint8_t)(1u << byte % 8);
		break;
	case 1: replace(at, 1, &byte, 1); break;
	case 2: replace(at, 0, &byte, 1); break;
	case 3: replace(at, 1 + byte % 16u, NULL, 0); break;
	case 4:
		if (other->size) {
			size_t from = fuzz_random(r) % other->size, len = 1 + fuzz_random(r) % 64;
			replace(at, fuzz_random(r) % 2 ? len : 0, other->data + from,
			        len < other->size - from ? len : other->size - from);
		}
		break;
	case 5: change_line(r, at); break;
	default: change_token(r, at); break;
	}
}

static void run_changes(unsigned long n, uint64_t seed)
{
	uint64_t r = seed;
	for (unsigned long i = 0; i < n && n_inputs; i++) {
		const struct bytes *in = &inputs[fuzz_random(&r) % n_inputs];
		current_size = in->size;
		memcpy(current, in->data, in->size);
		for (unsigned k = 1 + fuzz_random(&r) % 8; k; k--)
			change(&r);
		run(current, current_size);
	}
}

static void catch_all(void)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM };
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		signal(signals[i], keep_current);
}

int main(int argc, char **argv)
{
	unsigned long changes = 0;
	uint64_t seed = 1;
	for (int c; (c = getopt(argc, argv, "n:s:d:k:")) != -1;) {
		switch (c) {
		case 'n': changes = strtoul(optarg, NULL, 10); break;
		case 's': seed = strtoull(optarg, NULL, 10) + 1; break;
		case 'd': load_dictionary(optarg); break;
		case 'k': keep = optarg; break;
		default: return 2;
		}
	}
	for (int i = optind; i < argc; i++)
		load(argv[i]);
	catch_all();
	for (unsigned i = 0; i < n_inputs; i++)
		run(inputs[i].data, inputs[i].size);
	run_changes(changes, seed);
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("%u inputs and %lu changes of them, %ld kB\n", n_inputs, changes, usage.ru_maxrss);
	for (unsigned i = 0; i < n_inputs; i++)
		free(inputs[i].data);
	for (unsigned i = 0; i < n_words; i++)
		free(words[i].data);
	return 0;
}
