/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Keeps each port on its interface: missing, found, down, up, renamed, made again, wrong bit rate. */
#include "app/daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

/* A link that somebody has just taken down is theirs for this long: Venus OS does so to set it up anew. */
#define HANDS_OFF (2 * US_PER_S)
/* vcan0 longer, but not for ever: dbus-canbattery, finding no battery yet, takes it down to give it a bit rate, fails
 * at that, and leaves it down. */
#define OUTPUT_HANDS_OFF (10 * US_PER_S)
#define RECREATE_AFTER (3 * US_PER_S)
#define ORDER_AGAIN (30 * US_PER_S)
#define IDS_MAX 1024

static bool uses_usb(const struct port *p)
{
	return *p->set.usb_serial || *p->set.usb_path;
}

static bool told(struct port *p, unsigned what)
{
	bool before = p->told & what;
	p->told |= what;
	return before;
}

/* ---- what to hear ---- */

static int source_ids(struct port *p, struct engine *e, struct wanted *ids)
{
	int n = engine_wanted(e, p->index, ids, IDS_MAX - 1);
	if (n > IDS_MAX - 1)
		n = IDS_MAX - 1;
	p->hears_keepalive = false;
	for (int i = 0; i < n; i++)
		if (!ids[i].ext && (ID_KEEPALIVE & ids[i].mask) == ids[i].id)
			p->hears_keepalive = true;
	if (!p->hears_keepalive) /* only to learn that the stock driver sits on this port too */
		ids[n++] = (struct wanted){ .id = ID_KEEPALIVE, .mask = CAN_ID_MAX_STD };
	return n;
}

static int port_ids(struct port *p, struct engine *e, struct wanted *ids)
{
	static const uint32_t heard[] = { ID_KEEPALIVE, ID_DRIVER, ID_LIMITS };
	if (p->index != PORT_OUTPUT)
		return source_ids(p, e, ids);
	for (int i = 0; i < 3; i++)
		ids[i] = (struct wanted){ .id = heard[i], .mask = CAN_ID_MAX_STD };
	return 3;
}

/* ---- making ---- */

static void set_up(struct port *p, struct daemon *d, int index, const struct interface_settings *set)
{
	*p = (struct port){ .daemon = d, .index = index, .set = *set, .can = { .fd = -1 } };
	memcpy(p->name, set->name, sizeof p->name);
}

static void drop(struct port *p)
{
	if (!p)
		return;
	loop_ignore(p);
	canport_close(&p->can);
	free(p);
}

static bool make_list(struct daemon *d, const struct config *c, struct port *list[PORTS_MAX])
{
	for (int i = 0; i < c->core.n_ports; i++) {
		list[i] = malloc(sizeof *list[i]);
		if (!list[i]) {
			while (i--)
				free(list[i]);
			return false;
		}
		set_up(list[i], d, i, &c->interfaces[i]);
	}
	return true;
}

bool ports_create(struct daemon *d)
{
	struct interface_settings output = { 0 };
	memcpy(output.name, d->config->output_interface, sizeof output.name);
	set_up(&d->output.port, d, PORT_OUTPUT, &output);
	if (!make_list(d, d->config, d->ports))
		return false;
	d->n_ports = d->config->core.n_ports;
	return true;
}

static bool same_interface(const struct interface_settings *a, const struct interface_settings *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->usb_serial, b->usb_serial) && !strcmp(a->usb_path, b->usb_path);
}

static void refilter(struct port *p, struct engine *e)
{
	struct wanted ids[IDS_MAX];
	int n = port_ids(p, e, ids);
	if (p->can.fd >= 0 && !canport_filter(&p->can, ids, n))
		log_error("%s: the receive filter can't be set: %s", p->iface, strerror(errno));
}

bool ports_change(struct daemon *d, const struct config *c, struct engine *e)
{
	struct port *list[PORTS_MAX];
	if (!make_list(d, c, list))
		return false;
	for (int i = 0; i < c->core.n_ports; i++)
		for (int j = 0; j < d->n_ports; j++) {
			if (!d->ports[j] || !same_interface(&d->ports[j]->set, &c->interfaces[i]))
				continue;
			free(list[i]);
			list[i] = d->ports[j];
			d->ports[j] = NULL;
			list[i]->index = i;
			list[i]->set = c->interfaces[i];
			list[i]->told &= ~(unsigned)TOLD_BITRATE;
			refilter(list[i], e);
			break;
		}
	for (int j = 0; j < d->n_ports; j++)
		drop(d->ports[j]);
	d->n_ports = c->core.n_ports;
	memcpy(d->ports, list, (size_t)d->n_ports * sizeof *list);
	return true;
}

void ports_destroy(struct daemon *d)
{
	for (int i = 0; i < d->n_ports; i++)
		drop(d->ports[i]);
	d->n_ports = 0;
	loop_ignore(&d->output.port);
	canport_close(&d->output.port.can);
}

/* ---- coming and going ---- */

static void name_label(const struct port *p, char *buf, size_t size)
{
	if (*p->iface && strcmp(p->iface, p->name))
		snprintf(buf, size, "%s (%s)", p->name, p->iface);
	else
		snprintf(buf, size, "%s", p->name);
}

static void close_port(struct port *p)
{
	loop_ignore(p);
	canport_close(&p->can);
	p->up = false;
	*p->iface = '\0';
}

static void open_port(struct port *p, const struct link *link)
{
	struct wanted ids[IDS_MAX];
	int n = port_ids(p, p->daemon->engine, ids);
	close_port(p);
	if (!canport_open(&p->can, link->index, ids, n, true)) {
		if (!told(p, TOLD_OPEN))
			log_error("%s: can't be opened: %s", link->name, strerror(errno));
		return;
	}
	memcpy(p->iface, link->name, sizeof p->iface);
	p->is_virtual = link_is_virtual(link);
	p->heard_before = link_heard(&p->daemon->links, link);
	p->told &= TOLD_STRANGER;
	p->order_after = 0;
	char label[40];
	name_label(p, label, sizeof label);
	log_info("%s: found", label);
	loop_listen(p);
}

static void list_links(const struct links *l, char *buf, size_t size)
{
	size_t used = 0;
	*buf = '\0';
	for (int i = 0; i < l->count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", l->list[i].name);
	if (!*buf)
		snprintf(buf, size, "none");
}

static void missing(struct port *p, int matches, int64_t now)
{
	struct daemon *d = p->daemon;
	char here[256], usb[160];
	if (p->can.fd >= 0) {
		log_warning("%s: gone; waiting for it to come back", p->iface);
		close_port(p);
		p->told |= TOLD_MISSING;
		p->order_after = now + RECREATE_AFTER;
	}
	if (told(p, TOLD_MISSING) || (p->index == PORT_OUTPUT && d->config->create_output && !d->dry_run))
		return;
	list_links(&d->links, here, sizeof here);
	snprintf(usb, sizeof usb, "usb_serial '%s', usb_path '%s'", p->set.usb_serial, p->set.usb_path);
	if (matches > 1)
		log_warning("%s: %d CAN interfaces fit %s; name one of them, or its channel as usb_path \"1-1.3/1\"", p->name,
		            matches, usb);
	else if (uses_usb(p))
		log_warning("%s: no CAN interface fits %s (there are: %s); waiting for it", p->name, usb, here);
	else
		log_warning("%s: there is no such CAN interface (there are: %s); waiting for it", p->name, here);
}

static void create_output(struct port *p, int64_t now)
{
	struct daemon *d = p->daemon;
	if (!d->config->create_output || d->dry_run || now < p->order_after)
		return;
	int error = link_create_vcan(&d->links, p->name);
	if (!error) {
		log_info("%s: created", p->name);
		links_refresh(&d->links);
		return;
	}
	p->order_after = now + ORDER_AGAIN;
	if (!told(p, TOLD_REFUSED))
		log_warning("%s: missing, and can't be created (%s). Waiting for it; as root: modprobe vcan; "
		            "ip link add dev %s type vcan; ip link set %s up", p->name,
		            error == EOPNOTSUPP ? "this kernel has no vcan" : strerror(error), p->name, p->name);
	p->told |= TOLD_MISSING;
}

/* ---- up and down ---- */

static void went_up(struct port *p)
{
	char label[40];
	name_label(p, label, sizeof label);
	log_info("%s: up", label);
	p->up = true;
	p->told &= ~(unsigned)(TOLD_DOWN | TOLD_REFUSED);
	if (p->index == PORT_OUTPUT) {
		engine_output_up(p->daemon->engine);
		loop_step_soon(p->daemon);
	}
}

/* Down: sets it up if that is ours to do, else says how to. */
static void is_down(struct port *p, const struct link *link, int64_t now)
{
	struct daemon *d = p->daemon;
	bool vcan = p->index == PORT_OUTPUT && d->config->create_output && !strcmp(link->kind, "vcan");
	char label[40];
	name_label(p, label, sizeof label);
	if (p->up) {
		log_warning("%s: down", label);
		p->up = false;
		p->told |= TOLD_DOWN;
		p->told &= ~(unsigned)TOLD_BITRATE;
		p->order_after = now + (vcan ? OUTPUT_HANDS_OFF : HANDS_OFF);
	}
	if ((p->set.bitrate || vcan) && !d->dry_run && now >= p->order_after) {
		int error = vcan ? link_set_up(&d->links, link->index) :
		                   link_configure(&d->links, link, p->set.bitrate, p->set.restart);
		if (!error) {
			log_info("%s: set up%s", label, vcan ? "" : " with the bit rate of the config");
			links_refresh(&d->links);
			return;
		}
		p->order_after = now + ORDER_AGAIN;
		if (!told(p, TOLD_REFUSED))
			log_warning("%s: is down and can't be set up: %s", label, strerror(error));
	}
	if (told(p, TOLD_DOWN))
		return;
	if (!link->controller)
		log_warning("%s: is down; waiting. As root: ip link set %s up", label, link->name);
	else
		log_warning("%s: is down; waiting. As root: ip link set %s up type can bitrate %" PRId64 " restart-ms 100", label,
		            link->name, p->set.bitrate ? p->set.bitrate : 500000);
}

static void check_bitrate(struct port *p, const struct link *link)
{
	const struct settings *s = engine_settings(p->daemon->engine);
	if (!link->controller || !link->bitrate || (p->told & TOLD_BITRATE))
		return;
	if (p->set.bitrate && p->set.bitrate != link->bitrate) {
		log_warning("%s: runs at %" PRId64 " bit/s, the config says %" PRId64 "; a link that is up is left alone: "
		            "take it down for battagg to set it", link->name, link->bitrate, p->set.bitrate);
		p->told |= TOLD_BITRATE;
	}
	for (int i = 0; i < settings_members(s) && p->index != PORT_OUTPUT; i++) {
		const struct pack_settings *set = settings_member(s, i);
		const struct profile *profile = set->profile;
		if (set->port != p->index || !profile->bitrate || profile->bitrate == link->bitrate ||
		    profile->bitrate_alt == link->bitrate)
			continue;
		log_warning("%s: runs at %" PRId64 " bit/s, but %s (%s) speaks at %" PRId64, link->name, link->bitrate, set->name,
		            profile->id, profile->bitrate);
		p->told |= TOLD_BITRATE;
	}
}

static void check_state(struct port *p, const struct link *link)
{
	if (strcmp(link->state, "bus-off")) {
		p->told &= ~(unsigned)TOLD_BUS_OFF;
	} else if (!told(p, TOLD_BUS_OFF)) {
		log_warning("%s: bus-off%s", link->name,
		            link->restart ? "; it restarts by itself" :
		                            ", and it does not restart by itself: set `restart:` in the config, or as root: "
		                            "ip link set down, then type can restart-ms 100, then up");
	}
}

static const struct link *find_link(struct port *p, int *matches)
{
	struct links *l = &p->daemon->links;
	if (uses_usb(p) && p->can.ifindex) { /* an interface never moves to another adapter: spare the walk through sysfs */
		const struct link *same = links_by_index(l, p->can.ifindex);
		if (same)
			return same;
	}
	const struct link *link = uses_usb(p) ? links_by_usb(l, p->set.usb_serial, p->set.usb_path, matches) :
	                                        links_by_name(l, p->name);
	if (!link && !uses_usb(p) && p->can.ifindex) /* renamed: the socket follows, so do we */
		link = links_by_index(l, p->can.ifindex);
	return link;
}

/* The port's link, when it is up. */
static const struct link *tend(struct port *p, int64_t now)
{
	int matches = 0;
	const struct link *link = find_link(p, &matches);
	if (!link) {
		missing(p, matches, now);
		if (p->index == PORT_OUTPUT && !matches)
			create_output(p, now);
		link = find_link(p, &matches);
		if (!link)
			return NULL;
	}
	if (link->index != p->can.ifindex)
		open_port(p, link);
	if (p->can.fd < 0)
		return NULL;
	if (strcmp(p->iface, link->name)) {
		log_info("%s: is called %s now", p->iface, link->name);
		memcpy(p->iface, link->name, sizeof p->iface);
	}
	if (!link->up) {
		is_down(p, link, now); /* may refresh the list: look again */
		link = links_by_index(&p->daemon->links, p->can.ifindex);
	}
	if (!link || !link->up)
		return NULL;
	if (!p->up)
		went_up(p);
	check_bitrate(p, link);
	check_state(p, link);
	return link;
}

void ports_tend(struct daemon *d, int64_t now)
{
	tend(&d->output.port, now);
	for (int i = 0; i < d->n_ports; i++) {
		const struct link *link = tend(d->ports[i], now);
		/* nobody is asked on a bus that is away or in trouble; when it is back all are, at once */
		engine_port_open(d->engine, i, link && strcmp(link->state, "bus-off") && strcmp(link->state, "error-passive"));
	}
}
