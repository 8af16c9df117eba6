/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Listens to an interface until it is sure, or time is over. */
#include "app/detect_listen.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "config/unit.h"
#include "log.h"

#define US_PER_MS    INT64_C(1000)
#define US_PER_S     INT64_C(1000000)
#define LISTEN_MOST  (10 * US_PER_S)
#define LISTEN_LEAST (3 * US_PER_S)
#define LOOK_EVERY   (500 * US_PER_MS)
#define NOTHING_NEW  (1500 * US_PER_MS) /* the longer frames usually take to come again */
#define ASK_AFTER    (2 * US_PER_S)     /* a master that polls has been heard by then */
#define ASK_GAP      (10 * US_PER_MS)
#define DRAIN_MOST   4096

int64_t listening_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

static void take(void *user, const struct frame *f, bool local)
{
	struct listening *l = user;
	int64_t now = listening_now();
	/* Where a cable leads out, what this machine itself sends is no battery: a GX repeats there what it knows of
	 * them. A virtual interface carries nothing else. */
	if (local && !link_is_virtual(&l->link)) {
		l->d->own++;
		return;
	}
	int before = l->d->traffic.n;
	detection_take(l->d, f, true, now);
	if (l->d->traffic.n > before)
		l->newest = now;
}

bool listening_open(struct listening *l)
{
	static const struct wanted all[] = { { 0, 0, false }, { 0, 0, true } };
	sigset_t enders;
	sigemptyset(&enders);
	sigaddset(&enders, SIGINT);
	sigaddset(&enders, SIGTERM);
	sigprocmask(SIG_BLOCK, &enders, NULL);
	l->signals = signalfd(-1, &enders, SFD_CLOEXEC | SFD_NONBLOCK);
	l->batch = canport_batch_new();
	if (l->batch && l->signals >= 0 && canport_open(&l->port, l->link.index, all, 2, true))
		return true;
	log_error("detect: %s: %s", l->link.name, strerror(errno));
	return false;
}

void listening_close(struct listening *l)
{
	canport_close(&l->port);
	canport_batch_free(l->batch);
	if (l->signals >= 0)
		close(l->signals);
}

bool listening_wait(struct listening *l, int64_t until)
{
	for (int64_t now = listening_now(); now < until && !l->ended; now = listening_now()) {
		struct pollfd fds[] = { { .fd = l->port.fd, .events = POLLIN },
					{ .fd = l->signals, .events = POLLIN } };
		int n, ready = poll(fds, 2, (int)((until - now) / US_PER_MS) + 1);
		if (ready < 0 && errno != EINTR)
			return false;
		l->ended = ready > 0 && fds[1].revents;
		if (ready <= 0 || !fds[0].revents)
			continue;
		enum canport_result result = canport_drain(&l->port, l->batch, DRAIN_MOST, take, l, &n);
		if (result == CANPORT_GONE || (result == CANPORT_DOWN && !l->changing)) {
			log_warning("detect: %s %s while it was listened to", l->link.name,
				    result == CANPORT_DOWN ? "went down" : "went away");
			return false;
		}
	}
	return !l->ended;
}

static bool in_trouble(const struct canport *p)
{
	return p->count.errors[CANPORT_BUS_OFF] || p->count.errors[CANPORT_PASSIVE];
}

static bool is_enough(const struct listening *l, struct verdict_on *v)
{
	int64_t now = listening_now();
	if (now - l->start < LISTEN_LEAST || now - l->newest < NOTHING_NEW)
		return false;
	detect_rank(v, l->d);
	return v->sure;
}

/* False when it was cut short: somebody wants an end, or the interface is gone. */
static bool listen_only(struct listening *l, struct verdict_on *v, int64_t until)
{
	while (listening_now() < until && !is_enough(l, v))
		if (!listening_wait(l, listening_now() + LOOK_EVERY))
			return false;
	return true;
}

/* Sends what is due at the pace that a bus can bear, as long as nobody else asks; why it ended early, or "". False when it
 * was cut short. */
static bool ask(struct listening *l, struct asking *a, struct verdict_on *v, int64_t until, char why[ASKED_TEXT_MAX])
{
	int64_t looked = 0;
	*why = '\0';
	for (int64_t now = listening_now(); now < until; now = listening_now()) {
		if (now - looked >= LOOK_EVERY) {
			looked = now;
			if (asking_forbidden(l, why))
				break;
			if (in_trouble(&l->port)) {
				snprintf(why, ASKED_TEXT_MAX, "the bus is in trouble");
				break;
			}
			if (asking_done(a) && is_enough(l, v))
				return true;
		}
		const struct frame *f = asking_next(a, l->d, now);
		if (f && canport_send(&l->port, f, 1) != 1 && errno != ENOBUFS) {
			snprintf(why, ASKED_TEXT_MAX, "%s", strerror(errno));
			break;
		}
		if (!listening_wait(l, now + ASK_GAP)) {
			snprintf(why, ASKED_TEXT_MAX, "%s", l->ended ? "cut short" : "the interface went away, or down");
			return false;
		}
	}
	return true;
}

static void ask_if_needed(struct listening *l, struct verdict_on *v, int64_t until, struct heard *heard)
{
	char why[ASKED_TEXT_MAX];
	bool whole = listen_only(l, v, l->start + ASK_AFTER);
	detect_rank(v, l->d);
	if (v->sure) {
		snprintf(heard->asked, sizeof heard->asked, "nothing was asked: the battery tells by itself");
	} else if (!whole) {
		snprintf(heard->asked, sizeof heard->asked, "nothing was asked: the listening before it was cut short");
		return;
	} else if (asking_forbidden(l, why)) {
		snprintf(heard->asked, sizeof heard->asked, "nothing was asked, as another does: %.300s", why);
	} else if (in_trouble(&l->port)) {
		snprintf(heard->asked, sizeof heard->asked, "nothing was asked: the bus is in trouble");
	} else {
		struct asking *a = asking_new(l->d, l->link.bitrate);
		if (a) {
			whole = ask(l, a, v, until, why);
			asking_print(a, l->d, heard->asked);
			size_t len = strlen(heard->asked);
			if (*why)
				snprintf(heard->asked + len, sizeof heard->asked - len, "; ended early: %.300s", why);
		}
		asking_free(a);
	}
	if (whole)
		listen_only(l, v, until);
}

/* Why there is silence; false. */
static bool nothing_heard(const struct listening *l, const char *asked)
{
	const char *name = l->link.name;
	const int seconds = (int)((listening_now() - l->start + US_PER_S / 2) / US_PER_S);
	if (canport_errors(&l->port))
		log_error("detect: %s: nothing but error frames: wrong bit rate, or no termination (120 ohm at both "
			  "ends of the "
			  "bus), or CAN-H and CAN-L swapped. `--bitrates` tries other rates, with the link down",
			  name);
	else if (l->d->own)
		log_error("detect: %s: nothing but what this machine itself sends: is the battery on, the cable right?",
			  name);
	else if (*asked)
		log_error("detect: %s: no frame in %d seconds, with `--ask` either (%s): is the battery on, the cable right?",
			  name, seconds, asked);
	else
		log_error("detect: %s: no frame in %d seconds: is the battery on, the cable right? Some batteries only "
			  "speak when "
			  "asked: `--ask` does",
			  name, seconds);
	return false;
}

static bool listen_to(struct listening *l, const struct detect_options *options, struct heard *heard)
{
	struct verdict_on *v = calloc(1, sizeof *v);
	if (!v) {
		log_error("detect: out of memory");
		return false;
	}
	l->start = l->newest = listening_now();
	if (options->ask)
		ask_if_needed(l, v, l->start + LISTEN_MOST, heard);
	else
		listen_only(l, v, l->start + LISTEN_MOST);
	free(v);
	l->d->remote = l->port.count.remote;
	l->d->fd = l->port.count.fd;
	l->d->errors = canport_errors(&l->port);
	return l->d->traffic.frames || nothing_heard(l, heard->asked);
}

static void say_links(const struct links *links, const char *name)
{
	char list[LINKS_MAX * (LINK_NAME_MAX + 8)] = "";
	for (int i = 0; i < links->count; i++) {
		size_t n = strlen(list);
		snprintf(list + n, sizeof list - n, "%s%s%s", n ? ", " : "", links->list[i].name,
			 links->list[i].up ? "" : " (down)");
	}
	log_error("detect: there is no file and no CAN interface '%s'; %s%s", name,
		  *list ? "interfaces: " : "this machine has no CAN", list);
}

/* It was only listened at this rate: who asks has to acknowledge, too. */
static bool set_up_to_send(const struct listening *l, struct links *links, int64_t bitrate)
{
	bool quiet = false;
	int error = link_try(links, &l->link, bitrate, &quiet);
	if (error)
		log_error("detect: %s can't be set up again, to send on it: %s", l->link.name, strerror(error));
	return !error;
}

static bool listen_at_rates(struct listening *l, struct links *links, const struct detect_options *options,
			    struct heard *heard)
{
	struct link_memory memory;
	link_remember(&l->link, &memory);
	bool good = listening_open(l);
	if (good) {
		l->changing = true;
		heard->bitrate = l->link.bitrate = detect_rates(l, links);
		good = heard->bitrate && (!options->ask || set_up_to_send(l, links, heard->bitrate)) &&
		       listen_to(l, options, heard);
	}
	int error = link_put_back(links, &l->link, &memory);
	if (error)
		log_warning("detect: %s could not be put back as it was: %s", l->link.name, strerror(error));
	return good;
}

static bool may_try_rates(const struct link *link)
{
	if (!link->controller)
		log_error("detect: --bitrates: %s has no bit rate, it is virtual", link->name);
	else if (link->up)
		log_error("detect: --bitrates: %s is up and stays as it is: others may use it. If not, take it down "
			  "first: "
			  "ip link set %s down",
			  link->name, link->name);
	return link->controller && !link->up;
}

static bool is_up(const struct link *link)
{
	if (!link->up)
		log_error("detect: %s is down. Set it up with the battery's bit rate: ip link set %s up type can "
			  "bitrate 500000; "
			  "or let `--bitrates` try",
			  link->name, link->name);
	return link->up;
}

bool detect_listen(struct detection *d, const struct detect_options *options, struct heard *heard)
{
	struct listening l = { .d = d, .port = { .fd = -1 }, .signals = -1 };
	struct links links;
	bool good = false;
	if (!canport_supported() || !links_open(&links, SYSFS_ROOT)) {
		log_error("detect: %s: no file, and this kernel has no CAN (modprobe can_raw)", d->name);
		return false;
	}
	const struct link *link = links_by_name(&links, d->name);
	if (!link) {
		say_links(&links, d->name);
	} else {
		l.link = *link;
		if (options->bitrates)
			good = may_try_rates(link) && listen_at_rates(&l, &links, options, heard);
		else
			good = is_up(link) && listening_open(&l) && listen_to(&l, options, heard);
	}
	listening_close(&l);
	links_close(&links);
	return good;
}
