/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* CAN interfaces: rtnetlink for watching, vcan and up; libsocketcan for bit timing. */
#include "io/link.h"

#include <errno.h>
#include <libsocketcan.h>
#include <linux/if.h>
#include <linux/can/netlink.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define REPLY_MAX 32768 /* the kernel never makes a larger piece of a dump */
#define REPLY_WAIT_MS 1000

static const char *const controller_states[] = {
	[CAN_STATE_ERROR_ACTIVE] = "error-active",   [CAN_STATE_ERROR_WARNING] = "error-warning",
	[CAN_STATE_ERROR_PASSIVE] = "error-passive", [CAN_STATE_BUS_OFF] = "bus-off",
	[CAN_STATE_STOPPED] = "stopped",             [CAN_STATE_SLEEPING] = "sleeping",
};

static int netlink_socket(unsigned groups, int flags)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
	if (fd < 0)
		return -1;
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = groups };
	if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
		int saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

bool links_open(struct links *l, const char *sysfs)
{
	*l = (struct links){ .events = -1, .requests = -1 };
	snprintf(l->sysfs, sizeof l->sysfs, "%s", sysfs);
	l->events = netlink_socket(RTMGRP_LINK, SOCK_NONBLOCK);
	l->requests = netlink_socket(0, 0);
	struct timeval wait = { .tv_sec = REPLY_WAIT_MS / 1000 };
	if (l->events < 0 || l->requests < 0 ||
	    setsockopt(l->requests, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) || !links_refresh(l)) {
		int saved = errno;
		links_close(l);
		errno = saved;
		return false;
	}
	return true;
}

void links_close(struct links *l)
{
	if (l->events >= 0)
		close(l->events);
	if (l->requests >= 0)
		close(l->requests);
	l->events = l->requests = -1;
}

/* ---- reading ---- */

/* Walking along attributes and messages: NULL at the end. The kernel's own macros mix signs. */
static struct rtattr *attribute_at(struct rtattr *a, size_t left)
{
	return left >= sizeof *a && a->rta_len >= sizeof *a && a->rta_len <= left ? a : NULL;
}

static struct rtattr *attribute_next(struct rtattr *a, size_t *left)
{
	size_t step = RTA_ALIGN((size_t)a->rta_len);
	*left = *left > step ? *left - step : 0;
	return attribute_at((struct rtattr *)(void *)((char *)a + step), *left);
}

static struct rtattr *attribute_nested(struct rtattr *outer, size_t *left)
{
	*left = RTA_PAYLOAD(outer);
	return attribute_at(RTA_DATA(outer), *left);
}

static struct nlmsghdr *message_at(void *at, size_t left)
{
	struct nlmsghdr *h = at;
	return left >= sizeof *h && h->nlmsg_len >= sizeof *h && h->nlmsg_len <= left ? h : NULL;
}

static struct nlmsghdr *message_next(struct nlmsghdr *h, size_t *left)
{
	size_t step = NLMSG_ALIGN((size_t)h->nlmsg_len);
	*left = *left > step ? *left - step : 0;
	return message_at((char *)h + step, *left);
}

static void attribute_copy(void *to, size_t size, struct rtattr *a)
{
	size_t have = RTA_PAYLOAD(a);
	memset(to, 0, size);
	memcpy(to, RTA_DATA(a), have < size ? have : size);
}

static void attribute_text(char *to, size_t size, struct rtattr *a)
{
	attribute_copy(to, size, a);
	to[size - 1] = '\0';
}

static void parse_controller(struct link *link, struct rtattr *data)
{
	size_t left;
	for (struct rtattr *a = attribute_nested(data, &left); a; a = attribute_next(a, &left)) {
		struct can_bittiming timing;
		uint32_t number;
		attribute_copy(&number, sizeof number, a);
		switch (a->rta_type) {
		case IFLA_CAN_BITTIMING:
			attribute_copy(&timing, sizeof timing, a);
			link->bitrate = timing.bitrate;
			break;
		case IFLA_CAN_BITTIMING_CONST:
			link->controller = true;
			break;
		case IFLA_CAN_STATE:
			link->controller = true;
			if (number < sizeof controller_states / sizeof *controller_states)
				link->state = controller_states[number];
			break;
		case IFLA_CAN_RESTART_MS:
			link->restart = (int64_t)number * 1000;
			break;
		default:
			break;
		}
	}
}

static void parse_kind(struct link *link, struct rtattr *info)
{
	struct rtattr *data = NULL;
	size_t left;
	for (struct rtattr *a = attribute_nested(info, &left); a; a = attribute_next(a, &left)) {
		if (a->rta_type == IFLA_INFO_KIND)
			attribute_text(link->kind, sizeof link->kind, a);
		else if (a->rta_type == IFLA_INFO_DATA)
			data = a;
	}
	if (data && !strcmp(link->kind, "can"))
		parse_controller(link, data);
}

static struct link *find_index(struct links *l, int index)
{
	for (int i = 0; i < l->count; i++)
		if (l->list[i].index == index)
			return &l->list[i];
	return NULL;
}

static bool forget(struct links *l, int index)
{
	struct link *link = find_index(l, index);
	if (!link)
		return false;
	*link = l->list[--l->count];
	return true;
}

/* True when the message changed the list. */
static bool apply(struct links *l, struct nlmsghdr *h)
{
	if ((h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK) ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(struct ifinfomsg)))
		return false;
	struct ifinfomsg *m = NLMSG_DATA(h);
	if (m->ifi_type != ARPHRD_CAN)
		return false;
	if (h->nlmsg_type == RTM_DELLINK)
		return forget(l, m->ifi_index);
	struct link link;
	memset(&link, 0, sizeof link); /* padding too: it is compared as bytes */
	link.index = m->ifi_index;
	link.state = "";
	link.up = m->ifi_flags & IFF_UP;
	link.running = link.up && (m->ifi_flags & IFF_RUNNING);
	size_t left = h->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(sizeof *m));
	struct rtattr *first = (struct rtattr *)(void *)((char *)m + NLMSG_ALIGN(sizeof *m));
	for (struct rtattr *a = attribute_at(first, left); a; a = attribute_next(a, &left)) {
		if (a->rta_type == IFLA_IFNAME)
			attribute_text(link.name, sizeof link.name, a);
		else if (a->rta_type == IFLA_LINKINFO)
			parse_kind(&link, a);
	}
	struct link *known = find_index(l, link.index);
	if (!known) {
		if (l->count == LINKS_MAX)
			return false;
		known = &l->list[l->count++];
	} else if (!memcmp(known, &link, sizeof link)) {
		return false;
	}
	*known = link;
	return true;
}

bool links_read(struct links *l)
{
	_Alignas(struct nlmsghdr) char buf[REPLY_MAX];
	bool changed = false;
	for (;;) {
		ssize_t n = recv(l->events, buf, sizeof buf, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == ENOBUFS) { /* some were lost: take the whole list again */
			changed |= links_refresh(l);
			continue;
		}
		if (n <= 0)
			return changed;
		size_t left = (size_t)n;
		for (struct nlmsghdr *h = message_at(buf, left); h; h = message_next(h, &left))
			changed |= apply(l, h);
	}
}

/* ---- asking and ordering ---- */

struct request {
	struct nlmsghdr header;
	struct ifinfomsg info;
	char attributes[128];
};

static void request_start(struct request *r, int type, int flags)
{
	memset(r, 0, sizeof *r);
	r->header.nlmsg_len = NLMSG_LENGTH(sizeof r->info);
	r->header.nlmsg_type = (uint16_t)type;
	r->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	r->info.ifi_family = AF_UNSPEC;
}

static struct rtattr *request_add(struct request *r, int type, const char *text)
{
	struct rtattr *a = (struct rtattr *)(void *)((char *)r + NLMSG_ALIGN(r->header.nlmsg_len));
	size_t size = text ? strlen(text) + 1 : 0;
	a->rta_type = (uint16_t)type;
	a->rta_len = (uint16_t)RTA_LENGTH(size);
	if (text)
		memcpy(RTA_DATA(a), text, size);
	r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + (uint32_t)RTA_ALIGN(a->rta_len);
	return a;
}

static bool request_send(struct links *l, struct request *r)
{
	r->header.nlmsg_seq = ++l->sequence;
	return send(l->requests, r, r->header.nlmsg_len, 0) == (ssize_t)r->header.nlmsg_len;
}

/* Reads answers to the last request until its end or error: 0 or an errno. */
static int request_answer(struct links *l)
{
	_Alignas(struct nlmsghdr) char buf[REPLY_MAX];
	for (;;) {
		ssize_t n = recv(l->requests, buf, sizeof buf, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		size_t left = (size_t)n;
		for (struct nlmsghdr *h = message_at(buf, left); h; h = message_next(h, &left)) {
			if (h->nlmsg_seq != l->sequence)
				continue;
			if (h->nlmsg_type == NLMSG_DONE)
				return 0;
			if (h->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(h))->error;
			apply(l, h);
		}
	}
}

static int request_do(struct links *l, struct request *r)
{
	r->header.nlmsg_flags |= NLM_F_ACK;
	return request_send(l, r) ? request_answer(l) : errno;
}

bool links_refresh(struct links *l)
{
	struct request r;
	request_start(&r, RTM_GETLINK, NLM_F_DUMP);
	l->count = 0;
	int error = request_send(l, &r) ? request_answer(l) : errno;
	errno = error;
	return !error;
}

int link_create_vcan(struct links *l, const char *name)
{
	struct request r;
	request_start(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
	r.info.ifi_flags = r.info.ifi_change = IFF_UP;
	request_add(&r, IFLA_IFNAME, name);
	struct rtattr *info = request_add(&r, IFLA_LINKINFO, NULL);
	struct rtattr *kind = request_add(&r, IFLA_INFO_KIND, "vcan");
	info->rta_len = (uint16_t)((char *)kind + RTA_ALIGN(kind->rta_len) - (char *)info);
	return request_do(l, &r);
}

static int set_flag_up(struct links *l, int index, bool up)
{
	struct request r;
	request_start(&r, RTM_NEWLINK, 0);
	r.info.ifi_index = index;
	r.info.ifi_flags = up ? IFF_UP : 0;
	r.info.ifi_change = IFF_UP;
	return request_do(l, &r);
}

int link_set_up(struct links *l, int index)
{
	return set_flag_up(l, index, true);
}

int link_set_down(struct links *l, int index)
{
	return set_flag_up(l, index, false);
}

int link_configure(struct links *l, const struct link *link, int64_t bitrate, int64_t restart)
{
	char name[LINK_NAME_MAX + 1];
	int index = link->index;
	memcpy(name, link->name, sizeof name); /* the list may move under `link` */
	/* libsocketcan prints its errors itself and keeps no errno: ask for the permission first. Down is what it is. */
	int error = set_flag_up(l, index, false);
	if (error)
		return error;
	if (bitrate && can_set_bitrate(name, (uint32_t)bitrate))
		return EINVAL;
	if (restart && can_set_restart_ms(name, (uint32_t)(restart / 1000)))
		return EINVAL;
	return set_flag_up(l, index, true);
}

static bool set_listen_only(const char *name, bool on)
{
	struct can_ctrlmode mode = { .mask = CAN_CTRLMODE_LISTENONLY, .flags = on ? CAN_CTRLMODE_LISTENONLY : 0 };
	return !can_set_ctrlmode(name, &mode);
}

void link_remember(const struct link *link, struct link_memory *m)
{
	struct can_bittiming timing = { 0 };
	struct can_ctrlmode mode = { 0 };
	_Static_assert(sizeof timing <= sizeof m->timing, "room for the kernel's bit timing");
	memset(m, 0, sizeof *m);
	m->has_timing = link->bitrate && !can_get_bittiming(link->name, &timing) && timing.tq;
	timing.bitrate = 0; /* the kernel takes the parts or the rate */
	memcpy(m->timing, &timing, sizeof timing);
	m->listen_only = !can_get_ctrlmode(link->name, &mode) && (mode.flags & CAN_CTRLMODE_LISTENONLY);
}

int link_try(struct links *l, const struct link *link, int64_t bitrate, bool *quiet)
{
	int error = set_flag_up(l, link->index, false); /* which also tells whether we may */
	if (error)
		return error;
	*quiet = set_listen_only(link->name, *quiet) && *quiet;
	if (can_set_bitrate(link->name, (uint32_t)bitrate))
		return EINVAL;
	return set_flag_up(l, link->index, true);
}

int link_put_back(struct links *l, const struct link *link, const struct link_memory *m)
{
	struct can_bittiming timing;
	memcpy(&timing, m->timing, sizeof timing);
	int error = set_flag_up(l, link->index, false);
	if (error)
		return error;
	bool good = set_listen_only(link->name, m->listen_only);
	return (m->has_timing && can_set_bittiming(link->name, &timing)) || (m->listen_only && !good) ? EINVAL : 0;
}

/* ---- finding ---- */

bool link_is_virtual(const struct link *link)
{
	return !strcmp(link->kind, "vcan"); /* a vxcan has two ends, like a cable */
}

const struct link *links_by_name(const struct links *l, const char *name)
{
	for (int i = 0; i < l->count; i++)
		if (!strcmp(l->list[i].name, name))
			return &l->list[i];
	return NULL;
}

const struct link *links_by_index(const struct links *l, int index)
{
	for (int i = 0; i < l->count; i++)
		if (l->list[i].index == index)
			return &l->list[i];
	return NULL;
}
