/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns `--effective`: the merged config as YAML again, each value with where it comes from. */
#include "config/config_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COMMENT_COLUMN 48

static void print_rows(struct printing *p, const struct key_row *rows, const void *base, int index);

static void begin_line(struct printing *p)
{
	fprintf(p->out, "%*s%s", p->bullet ? p->indent - 2 : p->indent, "", p->bullet ? "- " : "");
	p->bullet = false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* "key: value   # origin" */
void print_value(struct printing *p, const char *key, const char *value, const struct origin *from, const char *otherwise)
{
	begin_line(p);
	int len = p->indent + fprintf(p->out, "%s: %s", key, value);
	fprintf(p->out, "%*s# ", len < COMMENT_COLUMN ? COMMENT_COLUMN - len : 1, "");
	if (from)
		fprintf(p->out, "%s:%u\n", base_name(p->config->notes->file), from->line);
	else
		fprintf(p->out, "%s\n", otherwise);
}

/* A comment: there is no value, and that means something. */
void print_unset(struct printing *p, const struct key_row *row)
{
	if (!p->bullet) /* never the first key of an entry: those are required */
		fprintf(p->out, "%*s# %s: %s\n", p->indent, "", row->key, row->unset);
}

static void print_map_key(struct printing *p, const char *key)
{
	begin_line(p);
	fprintf(p->out, "%s:\n", key);
}

static const char *text_quoted(char *buf, size_t size, const char *text)
{
	size_t len = 0;
	buf[len++] = '"';
	for (; *text && len + 3 < size; text++) {
		if (*text == '"' || *text == '\\')
			buf[len++] = '\\';
		buf[len++] = *text;
	}
	buf[len++] = '"';
	buf[len] = 0;
	return buf;
}

static void print_row(struct printing *p, const struct key_row *row, const void *base, int index)
{
	const struct origin *from = find_origin(p->config, row, index);
	const char *otherwise = row->standard ? "default" : row->unset;
	char buf[256];
	bool set;
	if (row->kind == KEY_TEXT) {
		const char *text = (const char *)base + row->at;
		if (*text)
			print_value(p, row->key, text_quoted(buf, sizeof buf, text), from, otherwise);
		else
			print_unset(p, row);
		return;
	}
	int64_t value = row_load(row, base, &set);
	bool unset = !set || (!from && !row->standard && (row->kind == KEY_WORD ? value < row->first : !value));
	if (unset)
		print_unset(p, row);
	else if (row->kind == KEY_WORD)
		print_value(p, row->key, row->words[value - row->first], from, otherwise);
	else
		print_value(p, row->key, dimension_print(buf, row->dimension, value), from, otherwise);
}

static void print_rows(struct printing *p, const struct key_row *rows, const void *base, int index)
{
	for (const struct key_row *row = rows; row->key; row++) {
		if (row->kind == KEY_LIST)
			continue;
		if (row->kind == KEY_SPECIAL) {
			row->print(p, row, index);
		} else if (row->kind == KEY_MAP) {
			print_map_key(p, row->key);
			p->indent += 2;
			print_rows(p, row->rows, base, index);
			p->indent -= 2;
		} else {
			print_row(p, row, base, index);
		}
	}
}

void print_from(struct printing *p, const struct key_row *row, int index)
{
	const struct settings *s = &p->config->core;
	int from = row->first == Q_CURRENT ? s->current_from : s->voltage_from;
	if (from)
		print_value(p, row->key, s->sensors[from - 1].name, find_origin(p->config, row, index), "");
	else
		print_unset(p, row);
}

void print_cell_guard(struct printing *p, const struct key_row *row, int index)
{
	if (!p->config->core.cell_guard) {
		print_value(p, row->key, "off", find_origin(p->config, row, index), "default");
		return;
	}
	bool own = false;
	for (const struct key_row *guard = row->rows; guard->key; guard++)
		own |= find_origin(p->config, guard, index) != NULL;
	if (!own) {
		print_value(p, row->key, "on", find_origin(p->config, row, index),
			    "default; voltages by the chemistry");
		return;
	}
	print_map_key(p, row->key);
	p->indent += 2;
	print_rows(p, row->rows, p->config, index);
	p->indent -= 2;
}

void print_pack_interface(struct printing *p, const struct key_row *row, int index)
{
	const struct settings *s = &p->config->core;
	print_value(p, row->key, s->port_names[settings_member(s, index)->port], find_origin(p->config, row, index), "");
}

void print_pack_profile(struct printing *p, const struct key_row *row, int index)
{
	const struct profile *profile = settings_member(&p->config->core, index)->profile;
	print_value(p, row->key, profile->id, find_origin(p->config, row, index), "");
	fprintf(p->out, "%*s# the file %s\n", p->indent, "", profile->file ? profile->file : "built in");
}

void print_parameters(struct printing *p, const struct key_row *row, int index)
{
	const struct profile *profile = settings_member(&p->config->core, index)->profile;
	if (!profile->n_parameters)
		return;
	print_map_key(p, row->key);
	p->indent += 2;
	for (int i = 0; i < profile->n_parameters; i++)
		print_value(p, profile->parameters[i].name, profile->parameters[i].value,
			    find_origin(p->config, row, parameter_index(index, i)), "profile");
	p->indent -= 2;
}

void print_accept(struct printing *p, const struct key_row *row, int index)
{
	print_value(p, row->key, p->config->notes->members[index].accept_experimental ? "yes" : "no",
		    find_origin(p->config, row, index), "default");
}

void print_override(struct printing *p, const struct key_row *row, int index)
{
	const struct pack_settings *set = settings_member(&p->config->core, index);
	bool any = false;
	for (int q = 0; q < N_QUANTITY; q++) {
		char buf[DIMENSION_TEXT_MAX];
		if (!set->override[q].set)
			continue;
		if (!any)
			print_map_key(p, row->key);
		any = true;
		p->indent += 2;
		print_value(p, quantities[q].name,
			    dimension_print(buf, unit_dimension(quantities[q].unit), set->override[q].value),
			    find_origin(p->config, row, override_index(index, q)), "");
		p->indent -= 2;
	}
}

void print_allow(struct printing *p, const struct key_row *row, int index)
{
	const struct pack_settings *set = settings_member(&p->config->core, index);
	char list[TRANSMIT_MAX * (PROFILE_NAME_MAX + 3) + 3] = "[";
	size_t len = 1;
	for (int k = 0; k < set->profile->n_transmit; k++)
		if (p->config->notes->members[index].allowed >> k & 1)
			len += (size_t)snprintf(list + len, sizeof list - len, "%s%s", len > 1 ? ", " : "",
						set->profile->transmit[k].name);
	snprintf(list + len, sizeof list - len, "]");
	if (len > 1)
		print_value(p, row->key, list, find_origin(p->config, row, index), "");
}

void print_transmit(struct printing *p, const struct key_row *row, int index)
{
	const struct pack_settings *set = settings_member(&p->config->core, index);
	if (!set->profile->n_transmit)
		return;
	print_map_key(p, row->key);
	p->indent += 2;
	for (int k = 0; k < set->profile->n_transmit; k++)
		print_value(p, set->profile->transmit[k].name, set->transmit[k] ? "on" : "off",
			    find_origin(p->config, row, transmit_index(index, k)), "profile");
	p->indent -= 2;
}

static void print_interfaces(struct printing *p, const struct key_row *row)
{
	const struct config *c = p->config;
	print_map_key(p, row->key);
	for (int i = 0; i < c->core.n_ports; i++) {
		const struct interface_settings *port = &c->interfaces[i];
		bool empty = !port->bitrate && !port->restart && !port->usb_serial[0] && !port->usb_path[0];
		p->indent = 2;
		if (empty) {
			print_value(p, port->name, "{}", find_origin(c, row, i), "");
			continue;
		}
		print_map_key(p, port->name);
		p->indent = 4;
		print_rows(p, row->rows, port, i);
	}
	p->indent = 0;
}

/* Packs from index `first` on, or sensors. */
static void print_members(struct printing *p, const struct key_row *row, int first, int n)
{
	if (!n) {
		print_unset(p, row);
		return;
	}
	print_map_key(p, row->key);
	for (int i = first; i < first + n; i++) {
		p->indent = 4;
		p->bullet = true;
		print_rows(p, row->rows, settings_member(&p->config->core, i), i);
	}
	p->indent = 0;
}

void config_print_effective(const struct config *config, void *out)
{
	struct printing p = { .out = out, .config = config };
	const struct settings *s = &config->core;
	for (const struct key_row *row = config_rows; row->key; row++) {
		if (row->kind == KEY_LIST && row->rows == interface_rows)
			print_interfaces(&p, row);
		else if (row->kind == KEY_LIST && row->rows == pack_rows)
			print_members(&p, row, 0, s->n_packs);
		else if (row->kind == KEY_LIST)
			print_members(&p, row, s->n_packs, s->n_sensors);
		else
			print_rows(&p, (const struct key_row[]) { *row, { 0 } }, config, 0);
	}
}
