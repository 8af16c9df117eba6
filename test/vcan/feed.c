/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/*
 * Sends frames onto a CAN interface at exact times, as a battery or a busy bus would:
 *
 *   feed [-s SECONDS] IFACE PERIOD FRAME... [PERIOD FRAME...]
 *
 * PERIOD is "20ms" (each of the frames that often) or "4505/s" (the frames in turn, so many altogether).
 * FRAME is "351#1402E803E803CC01" or, 29-bit, "18E028F4#...". At the end, or on SIGTERM, it prints how many went out:
 * "sent N, failed N". A missing interface is waited for. It owes nothing to battagg's own code, which it tests.
 */
#include <errno.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GROUPS_MAX 16
#define FRAMES_MAX 64
#define NS_PER_S 1000000000LL

struct group {
	int64_t period, next; /* ns */
	bool in_turn;
	int turn, n_frames;
	struct can_frame frame[FRAMES_MAX];
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void refuse(const char *what)
{
	fprintf(stderr, "feed: '%s' is no frame and no period\n", what);
	exit(2);
}

static struct can_frame parse_frame(const char *text)
{
	struct can_frame f = { 0 };
	char *end;
	f.can_id = (canid_t)strtoul(text, &end, 16);
	if (*end != '#' || strlen(end + 1) > 16 || strlen(end + 1) % 2)
		refuse(text);
	if (end - text > 3)
		f.can_id |= CAN_EFF_FLAG;
	for (const char *p = end + 1; *p; p += 2) {
		char byte[3] = { p[0], p[1], 0 };
		f.data[f.can_dlc++] = (uint8_t)strtoul(byte, NULL, 16);
	}
	return f;
}

static int parse_groups(char **arg, struct group *groups)
{
	int n = 0;
	for (; *arg; arg++) {
		char *end;
		double number = strtod(*arg, &end);
		if (!strcmp(end, "ms") || !strcmp(end, "/s")) {
			if (n == GROUPS_MAX || number <= 0)
				refuse(*arg);
			bool rate = *end == '/';
			groups[n++] = (struct group){
				.period = (int64_t)(rate ? (double)NS_PER_S / number : number * 1e6),
				.in_turn = rate,
			};
		} else if (n == 0 || groups[n - 1].n_frames == FRAMES_MAX) {
			refuse(*arg);
		} else {
			struct group *g = &groups[n - 1];
			g->frame[g->n_frames++] = parse_frame(*arg);
		}
	}
	return n;
}

static int open_can(const char *iface)
{
	int fd = socket(PF_CAN, SOCK_RAW, CAN_RAW);
	struct sockaddr_can a = { .can_family = AF_CAN, .can_ifindex = (int)if_nametoindex(iface) };
	setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, NULL, 0); /* an empty filter: nothing is received */
	if (fd < 0 || a.can_ifindex == 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* The group that is due next. */
static struct group *earliest(struct group *groups, int n)
{
	struct group *first = groups;
	for (int i = 1; i < n; i++)
		if (groups[i].next < first->next)
			first = &groups[i];
	return first;
}

static unsigned long sent, failed;

static void send_frame(int *fd, const char *iface, const struct can_frame *f)
{
	if (*fd < 0)
		*fd = open_can(iface);
	if (*fd >= 0 && write(*fd, f, sizeof *f) == sizeof *f) {
		sent++;
		return;
	}
	failed++;
	if (*fd >= 0 && errno != ENOBUFS) {
		close(*fd);
		*fd = -1;
	}
}

int main(int argc, char **argv)
{
	static struct group groups[GROUPS_MAX];
	int64_t until = INT64_MAX, start = now_ns();
	if (argc > 3 && !strcmp(argv[1], "-s")) {
		until = start + (int64_t)(strtod(argv[2], NULL) * 1e9);
		argv += 2;
		argc -= 2;
	}
	int n = argc > 3 ? parse_groups(argv + 2, groups) : 0;
	if (n == 0) {
		fprintf(stderr, "usage: feed [-s SECONDS] IFACE PERIOD FRAME... [PERIOD FRAME...]\n");
		return 2;
	}
	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	for (int i = 0; i < n; i++)
		groups[i].next = start;
	int fd = -1;
	while (!stop) {
		struct group *g = earliest(groups, n);
		if (g->next > until)
			break;
		struct timespec t = { .tv_sec = g->next / NS_PER_S, .tv_nsec = g->next % NS_PER_S };
		if (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
			continue;
		g->next += g->period;
		if (g->in_turn) {
			send_frame(&fd, argv[1], &g->frame[g->turn]);
			g->turn = (g->turn + 1) % g->n_frames;
			continue;
		}
		for (int i = 0; i < g->n_frames; i++)
			send_frame(&fd, argv[1], &g->frame[i]);
	}
	printf("sent %lu, failed %lu\n", sent, failed);
	return 0;
}
