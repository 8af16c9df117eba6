/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the control socket is asked: {"command": "status"} and the like, by a table. */
#include "app/daemon.h"

#include <stdlib.h>
#include <string.h>

#include "app/report.h"
#include "config/unit.h"
#include "log.h"

static void reply(struct control_client *c, json_t *o)
{
	size_t len;
	char *text = report_text(o, &len);
	if (text)
		control_reply(c, text, len);
	free(text);
}

static void reply_error(struct control_client *c, const char *error)
{
	reply(c, json_pack("{s:b, s:s}", "ok", 0, "error", error));
}

static void do_status(struct daemon *d, struct control_client *c, json_t *request)
{
	(void)request;
	reply(c, report_status(d));
}

static void do_version(struct daemon *d, struct control_client *c, json_t *request)
{
	(void)d, (void)request;
	reply(c, json_pack("{s:b, s:s}", "ok", 1, "version", BATTAGG_VERSION));
}

static void do_reload(struct daemon *d, struct control_client *c, json_t *request)
{
	(void)request;
	const char *problem = daemon_reload(d);
	if (problem)
		reply_error(c, problem);
	else
		reply(c, json_pack("{s:b}", "ok", 1));
}

/* {"command": "set-soc", "value": "80 %"} */
static void do_set_soc(struct daemon *d, struct control_client *c, json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "value"));
	int64_t soc;
	const char *bad = text ? parse_value(text, DIM_PERCENT, &soc) : "give it, such as 80 %";
	if (!bad && (soc < 0 || soc > 10000))
		bad = "it is from 0 % to 100 %";
	if (!bad && !engine_set_soc(d->engine, soc))
		bad = "the bank's capacity is not known yet: wait for the packs";
	if (bad) {
		char error[160];
		snprintf(error, sizeof error, "set-soc %s: %s", text ? text : "", bad);
		reply_error(c, error);
		return;
	}
	d->keep.soon = true;
	log_info("the counter was set to %s by hand", text);
	reply(c, json_pack("{s:b}", "ok", 1));
}

static void tell_state(struct daemon *d, struct control_client *c)
{
	struct journal present;
	engine_tell_state(d->engine, &present);
	for (uint64_t i = journal_first(&present); i <= present.next; i++)
		reply(c, json_pack("{s:o}", "event", report_state_event(journal_get(&present, i), clock_us())));
}

/* {"command": "events", "from": 12, "state": true, "follow": true}: the present state, those kept from that number on
 * (after the state, only new ones are asked for by leaving it out), then how it ends or goes on. */
static void do_events(struct daemon *d, struct control_client *c, json_t *request)
{
	json_int_t from = json_integer_value(json_object_get(request, "from"));
	bool state = json_is_true(json_object_get(request, "state"));
	uint64_t n = from > 0 ? (uint64_t)from : state ? engine_event_next(d->engine) : 0;
	if (state)
		tell_state(d, c);
	if (n < engine_event_first(d->engine))
		n = engine_event_first(d->engine);
	for (const struct event *e; (e = engine_event(d->engine, n)); n = e->number + 1)
		reply(c, json_pack("{s:o}", "event", report_event(e, clock_us())));
	reply(c, json_pack("{s:b, s:I}", "ok", 1, "next", (json_int_t)n));
	if (json_is_true(json_object_get(request, "follow")))
		control_follow(c);
}

/* {"command": "balance"}, or with "value": "stop" */
static void do_balance(struct daemon *d, struct control_client *c, json_t *request)
{
	const char *value = json_string_value(json_object_get(request, "value"));
	const char *problem = !value || !strcmp(value, "stop") ? engine_balance(d->engine, value) :
	                                                         "balance takes nothing, or `stop`";
	if (problem)
		reply_error(c, problem);
	else
		reply(c, json_pack("{s:b}", "ok", 1));
}

static const struct {
	const char *name;
	void (*run)(struct daemon *, struct control_client *, json_t *);
} commands[] = {
	{ "status", do_status },
	{ "version", do_version },
	{ "reload", do_reload },
	{ "events", do_events },
	{ "set-soc", do_set_soc },
	{ "balance", do_balance },
};

void request_handle(void *user, struct control_client *c, const char *line)
{
	json_t *request = json_loads(line, 0, NULL);
	const char *name = json_string_value(json_object_get(request, "command"));
	if (!name) {
		reply_error(c, "not a request: one line of JSON such as {\"command\": \"status\"}");
		json_decref(request);
		return;
	}
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
		if (strcmp(commands[i].name, name))
			continue;
		commands[i].run(user, c, request);
		json_decref(request);
		return;
	}
	reply_error(c, "unknown command");
	json_decref(request);
}
