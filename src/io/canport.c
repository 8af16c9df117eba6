/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Raw SocketCAN sockets. */
#include "io/canport.h"

#include <errno.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64
/* What the kernel grants without privilege at its usual net.core.rmem_max; it doubles what is asked for. About 550
 * frames: enough for 10 ms of two full 1 Mbit/s buses. */
#define RECEIVE_BUFFER 425984

const char *const canport_error_names[N_CANPORT_ERROR] = {
	[CANPORT_BUS_OFF] = "bus_off",   [CANPORT_RESTARTED] = "restarted", [CANPORT_PASSIVE] = "error_passive",
	[CANPORT_WARNING] = "warning",   [CANPORT_OVERFLOW] = "overflow",   [CANPORT_PROTOCOL] = "protocol",
	[CANPORT_NO_ACK] = "no_ack",     [CANPORT_TX_TIMEOUT] = "tx_timeout", [CANPORT_OTHER] = "other",
};

struct canport_batch {
	struct mmsghdr messages[BATCH];
	struct iovec vectors[BATCH];
	union {
		struct can_frame classical;
		struct canfd_frame fd; /* only to be counted */
	} frames[BATCH];
};

struct canport_batch *canport_batch_new(void)
{
	struct canport_batch *b = calloc(1, sizeof *b);
	for (int i = 0; b && i < BATCH; i++) {
		b->vectors[i] = (struct iovec){ &b->frames[i], sizeof b->frames[i] };
		b->messages[i].msg_hdr.msg_iov = &b->vectors[i];
		b->messages[i].msg_hdr.msg_iovlen = 1;
	}
	return b;
}

void canport_batch_free(struct canport_batch *b)
{
	free(b);
}

bool canport_supported(void)
{
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

bool canport_filter(struct canport *p, const struct wanted *ids, int n_ids)
{
	struct can_filter filters[CAN_RAW_FILTER_MAX];
	int n = 0;
	if (n_ids >= CAN_RAW_FILTER_MAX) { /* more than the kernel takes: hear all */
		filters[n++] = (struct can_filter){ .can_id = 0, .can_mask = 0 };
	} else if (n_ids > 0) {
		for (int i = 0; i < n_ids; i++)
			filters[n++] = (struct can_filter){
				.can_id = ids[i].id | (ids[i].ext ? CAN_EFF_FLAG : 0),
				/* exact ids with both flags in the mask are what the kernel looks up by index */
				.can_mask = ids[i].mask | CAN_EFF_FLAG | CAN_RTR_FLAG,
			};
		/* remote frames, of any id, to be counted: who asks a battery for frames finds out that it is not heard */
		filters[n++] = (struct can_filter){ .can_id = CAN_RTR_FLAG, .can_mask = CAN_RTR_FLAG };
	}
	return !setsockopt(p->fd, SOL_CAN_RAW, CAN_RAW_FILTER, n ? filters : NULL,
	                   (socklen_t)((size_t)n * sizeof *filters));
}

bool canport_open(struct canport *p, int ifindex, const struct wanted *ids, int n_ids, bool errors)
{
	canport_close(p);
	p->fd = socket(PF_CAN, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, CAN_RAW);
	if (p->fd < 0)
		return false;
	can_err_mask_t mask = errors ? CAN_ERR_MASK : 0;
	const int size = RECEIVE_BUFFER, on = 1;
	struct sockaddr_can address = { .can_family = AF_CAN, .can_ifindex = ifindex };
	/* Filters go first, so that nothing else is queued. Loopback stays on, for other programs' sake (candump, the
	 * stock driver); own frames don't come back. Both are the kernel's defaults. */
	if (!canport_filter(p, ids, n_ids) ||
	    setsockopt(p->fd, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &mask, sizeof mask) ||
	    setsockopt(p->fd, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &on, sizeof on) || /* to be counted */
	    setsockopt(p->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) ||
	    bind(p->fd, (struct sockaddr *)&address, sizeof address)) {
		int saved = errno;
		canport_close(p);
		errno = saved;
		return false;
	}
	p->ifindex = ifindex;
	return true;
}

void canport_close(struct canport *p)
{
	if (p->ifindex)
		canport_read_drops(p);
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->ifindex = 0;
	p->kernel_drops = 0;
}

static void count_error(struct canport_counts *c, const struct can_frame *f)
{
	canid_t class = f->can_id;
	enum canport_error kind = CANPORT_OTHER;
	if (class & CAN_ERR_BUSOFF)
		kind = CANPORT_BUS_OFF;
	else if (class & CAN_ERR_RESTARTED)
		kind = CANPORT_RESTARTED;
	else if ((class & CAN_ERR_CRTL) && (f->data[1] & (CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE)))
		kind = CANPORT_PASSIVE;
	else if ((class & CAN_ERR_CRTL) && (f->data[1] & (CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING)))
		kind = CANPORT_WARNING;
	else if ((class & CAN_ERR_CRTL) && (f->data[1] & (CAN_ERR_CRTL_RX_OVERFLOW | CAN_ERR_CRTL_TX_OVERFLOW)))
		kind = CANPORT_OVERFLOW;
	else if (class & CAN_ERR_ACK)
		kind = CANPORT_NO_ACK;
	else if (class & (CAN_ERR_PROT | CAN_ERR_BUSERROR))
		kind = CANPORT_PROTOCOL;
	else if (class & CAN_ERR_TX_TIMEOUT)
		kind = CANPORT_TX_TIMEOUT;
	c->errors[kind]++;
}

uint64_t canport_errors(const struct canport *p)
{
	uint64_t n = 0;
	for (int i = 0; i < N_CANPORT_ERROR; i++)
		n += p->count.errors[i];
	return n;
}

static void take(struct canport *p, const struct mmsghdr *m, const struct can_frame *f, canport_fn fn, void *user)
{
	if (m->msg_len != sizeof *f) {
		p->count.fd++;
	} else if (f->can_id & CAN_ERR_FLAG) {
		count_error(&p->count, f);
	} else if (f->can_id & CAN_RTR_FLAG && !p->wants_remote) {
		p->count.remote++;
	} else {
		struct frame frame = { .ext = f->can_id & CAN_EFF_FLAG, .remote = f->can_id & CAN_RTR_FLAG };
		frame.id = f->can_id & (frame.ext ? CAN_EFF_MASK : CAN_SFF_MASK);
		frame.len = f->can_dlc < 8 ? f->can_dlc : 8;
		if (!frame.remote)
			memcpy(frame.data, f->data, frame.len);
		p->count.frames++;
		fn(user, &frame, m->msg_hdr.msg_flags & MSG_DONTROUTE);
	}
}

enum canport_result canport_drain(struct canport *p, struct canport_batch *b, int max, canport_fn fn, void *user, int *n)
{
	*n = 0;
	while (*n < max) {
		int want = max - *n < BATCH ? max - *n : BATCH;
		int got = recvmmsg(p->fd, b->messages, (unsigned)want, MSG_DONTWAIT, NULL);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return CANPORT_OK;
		if (got < 0)
			return errno == ENETDOWN ? CANPORT_DOWN : CANPORT_GONE;
		for (int i = 0; i < got; i++)
			take(p, &b->messages[i], &b->frames[i].classical, fn, user);
		*n += got;
		if (got < want)
			return CANPORT_OK;
	}
	return CANPORT_OK;
}

static int send_some(struct canport *p, const struct frame *list, int n)
{
	struct can_frame frames[BATCH];
	struct iovec vectors[BATCH];
	struct mmsghdr messages[BATCH];
	memset(frames, 0, sizeof frames);
	memset(messages, 0, sizeof messages);
	for (int i = 0; i < n; i++) {
		frames[i].can_id = list[i].id | (list[i].ext ? CAN_EFF_FLAG : 0) | (list[i].remote ? CAN_RTR_FLAG : 0);
		frames[i].can_dlc = list[i].len;
		memcpy(frames[i].data, list[i].data, sizeof frames[i].data);
		vectors[i] = (struct iovec){ &frames[i], sizeof frames[i] };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	int sent;
	do {
		sent = sendmmsg(p->fd, messages, (unsigned)n, MSG_DONTWAIT);
	} while (sent < 0 && errno == EINTR);
	return sent;
}

int canport_send(struct canport *p, const struct frame *list, int n)
{
	int done = 0;
	while (done < n) {
		int want = n - done < BATCH ? n - done : BATCH;
		int sent = p->fd < 0 ? (errno = ENODEV, -1) : send_some(p, list + done, want);
		if (sent <= 0) { /* after a part of a set, the reason comes with the next call */
			if (errno == EAGAIN || errno == EWOULDBLOCK)
				errno = ENOBUFS;
			else if (errno == ENXIO)
				errno = ENODEV;
			break;
		}
		done += sent;
		p->count.sent += (uint64_t)sent;
	}
	return done;
}

void canport_read_drops(struct canport *p)
{
	/* The same counter as SO_RXQ_OVFL, which would add a control message to each frame read. */
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof info;
	if (p->fd < 0 || getsockopt(p->fd, SOL_SOCKET, SO_MEMINFO, info, &size) || size <= SK_MEMINFO_DROPS * 4)
		return;
	p->count.dropped += info[SK_MEMINFO_DROPS] - p->kernel_drops;
	p->kernel_drops = info[SK_MEMINFO_DROPS];
}
