/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the way from a config file to struct config, and its keys that are not a plain value. */
#include "config/config.h"
#include "config/config_private.h"
#include "config/reader_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `off`, `on`, or other voltages. */
void read_cell_guard(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	struct settings *core = &r->config->core;
	int64_t on;
	if (n->kind == NODE_SCALAR) {
		const char *bad = value_empty(n) ? NULL : parse_value(n->text, DIM_FLAG, &on);
		if (bad)
			CONFIG_ERROR(r, n, BAD_VALUE,
				     "`cell_guard: %s`: it is on, off or a map such as { high: 3.55 V }", n->text);
		else if (!value_empty(n))
			core->cell_guard = on;
		note_origin(r, row, index, n);
		return;
	}
	if (!expect_map(r, n, "high: 3.55 V"))
		return;
	rows_read(r, row->rows, n, r->config, index);
	note_origin(r, row, index, n);
	if (core->guard_high && core->guard_high_release && core->guard_high_release >= core->guard_high)
		CONFIG_ERROR(r, value_at(n, "high_release"), BAD_ORDER, "`high_release` must be below `high`");
	if (core->guard_low && core->guard_low_release && core->guard_low_release <= core->guard_low)
		CONFIG_ERROR(r, value_at(n, "low_release"), BAD_ORDER, "`low_release` must be above `low`");
	if (core->guard_high && core->guard_low && core->guard_low >= core->guard_high)
		CONFIG_ERROR(r, value_at(n, "low"), BAD_ORDER, "`low` must be below `high`");
}

/* What the kernel takes as a name. */
static bool interface_name_good(const char *name)
{
	if (!*name || strlen(name) > IFACE_NAME_MAX || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '/' || *name == ':')
			return false;
	return true;
}

static void read_interface(struct reading *r, const struct key_row *row, struct yaml_node *n)
{
	struct config *c = r->config;
	if (!interface_name_good(n->key)) {
		yaml_error_at_key(r->doc, n, r->problems, config_rules[BAD_VALUE].id,
				  "'%s' is no name for an interface: 1 to %d letters, digits, '-' and '_'", n->key,
				  IFACE_NAME_MAX);
		return;
	}
	int i = c->core.n_ports++;
	r->interfaces[i] = n;
	snprintf(c->interfaces[i].name, sizeof c->interfaces[i].name, "%s", n->key);
	snprintf(c->core.port_names[i], sizeof c->core.port_names[i], "%s", n->key);
	note_origin(r, row, i, n);
	if (expect_map(r, n, "bitrate: 500 kbit/s"))
		rows_read(r, row->rows, n, &c->interfaces[i], i);
}

void read_interfaces(struct reading *r, const struct key_row *row, struct yaml_node *n, int index)
{
	(void)index;
	if (n->kind != NODE_MAP || !n->first) {
		CONFIG_ERROR(r, n, BAD_VALUE, "`interfaces` wants the names of interfaces, such as `can0: {}`");
		return;
	}
	for (struct yaml_node *i = n->first; i; i = i->next) {
		i->used = true;
		if (r->config->core.n_ports == PORTS_MAX) {
			CONFIG_ERROR(r, i, BAD_RANGE, "more than %d interfaces", PORTS_MAX);
			return;
		}
		read_interface(r, row, i);
	}
}

/* Defaults that depend on other values. */
static void finish_output(struct reading *r)
{
	struct config *c = r->config;
	if (!interface_name_good(c->output_interface))
		CONFIG_ERROR(r, value_at(value_at(r->root, "output"), "interface"), BAD_VALUE,
			     "'%s' is no name for an interface", c->output_interface);
	if (!c->core.output_serial[0]) /* 16 characters in all: a longer interface name is cut */
		snprintf(c->core.output_serial, sizeof c->core.output_serial, "battagg-%.8s", c->output_interface);
	if (!c->socket_path[0])
		snprintf(c->socket_path, sizeof c->socket_path, "/run/battagg/%s.sock", c->output_interface);
	snprintf(c->core.output_firmware, sizeof c->core.output_firmware, "%s", BATTAGG_VERSION);
	c->log_level = log_words[c->log_word];
}

static bool take_dirs(struct config *c, const struct config_options *options)
{
	for (int i = 0; i < 4; i++) {
		const char *dir = options ? options->dirs.dir[i] : NULL;
		if (!dir)
			continue;
		c->notes->dirs[i] = strdup(dir);
		if (!c->notes->dirs[i])
			return false;
		c->profiles.dirs.dir[i] = c->notes->dirs[i];
	}
	return true;
}

static struct config *config_create(const char *name, const struct config_options *options)
{
	struct config *c = calloc(1, sizeof *c);
	if (c)
		c->notes = calloc(1, sizeof *c->notes);
	if (!c || !c->notes || !(c->notes->file = strdup(name)) || !take_dirs(c, options)) {
		config_free(c);
		return NULL;
	}
	rows_set_defaults(config_rows, c);
	c->core.cell_guard = true;
	return c;
}

static struct config *config_from(struct yaml_doc *doc, const struct config_options *options, struct problems *problems,
				  const struct problems *before)
{
	if (!doc)
		return NULL;
	struct config *c = config_create(yaml_name(doc), options);
	struct reading r = { .doc = doc, .problems = problems, .config = c, .root = yaml_root(doc) };
	if (!c) {
		CONFIG_ERROR(&r, NULL, BAD_VALUE, "out of memory");
	} else if (r.root->kind != NODE_MAP) {
		CONFIG_ERROR(&r, r.root, BAD_VALUE, "a config begins with keys, such as `interfaces:` and `packs:`");
	} else {
		c->output_profile = profile_output(problems);
		c->core.output_profile = c->output_profile;
		rows_read(&r, config_rows, r.root, c, 0);
		finish_output(&r);
		config_check(&r);
	}
	problems_sort(problems, before->count, yaml_name(doc));
	yaml_close(doc);
	if (problems->errors == before->errors)
		return c;
	config_free(c);
	return NULL;
}

struct config *config_load_file(const char *path, const struct config_options *options, struct problems *problems)
{
	struct problems before = *problems; /* its counts */
	return config_from(yaml_read_file(path, problems), options, problems, &before);
}

struct config *config_load_text(const char *name, const char *text, size_t len, const struct config_options *options,
				struct problems *problems)
{
	struct problems before = *problems; /* its counts */
	return config_from(yaml_read_text(name, text, len, problems), options, problems, &before);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	profile_set_free(&c->profiles);
	profile_free(c->output_profile);
	if (c->notes) {
		for (int i = 0; i < 4; i++)
			free(c->notes->dirs[i]);
		free(c->notes->origins);
		free(c->notes->file);
	}
	free(c->notes);
	free(c);
}
