/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The least a program can do that takes every frame by itself: a blocking read() each. What battagg is measured by. */
#include <linux/can.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: readloop IFACE\n");
		return 2;
	}
	int fd = socket(PF_CAN, SOCK_RAW, CAN_RAW);
	struct sockaddr_can a = { .can_family = AF_CAN, .can_ifindex = (int)if_nametoindex(argv[1]) };
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		perror(argv[1]);
		return 1;
	}
	struct can_frame f;
	unsigned long sum = 0;
	while (read(fd, &f, sizeof f) == sizeof f)
		sum += f.data[0];
	return sum == 0;
}
