/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the names in a DBC file. */
#include "app/dbc_names.h"

#include <string.h>

#include "config/profile.h"
#include "core/codec.h"

/* The name with something behind it, cut so that both fit. */
static void join(char out[DBC_NAME_MAX + 1], const char *name, const char *behind)
{
	int room = DBC_NAME_MAX - (int)strlen(behind);
	snprintf(out, DBC_NAME_MAX + 1, "%.*s%s", room, name, behind);
}

static bool is_taken(const char *name, const struct dbc_signal *taken, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(taken[i].name, name))
			return true;
	return false;
}

void dbc_unique_name(char out[DBC_NAME_MAX + 1], const char *wanted, int address, const struct dbc_signal *taken, size_t n)
{
	char behind[16] = "";
	if (address >= 0)
		snprintf(behind, sizeof behind, "__a%d", address);
	join(out, wanted, behind);
	for (unsigned i = 2; is_taken(out, taken, n); i++) {
		if (address >= 0)
			snprintf(behind, sizeof behind, "__a%d_%u", address, i);
		else
			snprintf(behind, sizeof behind, "__%u", i);
		join(out, wanted, behind);
	}
}

void dbc_signal_name(char out[DBC_NAME_MAX + 1], const struct field *f, unsigned element, int address,
                     const struct dbc_signal *taken, size_t n)
{
	char name[FIELD_NAME_MAX + 16];
	profile_field_name(f, name, FIELD_NAME_MAX);
	for (char *c = name; *c; c++)
		if (*c == '.')
			*c = '_';
	if (element)
		snprintf(name + strlen(name), 16, "_%u", element);
	dbc_unique_name(out, name, address, taken, n);
}

/* Letters and digits; what is between them is one _. */
static void clean(char out[DBC_NAME_MAX + 1], const char *text)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = 0;
	for (; *text && n < DBC_NAME_MAX; text++) {
		bool letter = strchr(good, *text) != NULL;
		if (letter)
			out[n++] = *text;
		else if (n && out[n - 1] != '_')
			out[n++] = '_';
	}
	while (n && out[n - 1] == '_')
		n--;
	out[n] = '\0';
}

static bool message_taken(const struct dbc *d, const char *name)
{
	for (size_t i = 0; i < d->n_messages; i++)
		if (!strcmp(d->messages[i].name, name))
			return true;
	return false;
}

void dbc_message_name(char out[DBC_NAME_MAX + 1], uint32_t id, bool pgn, const char *vendor, int address, int group,
                      const struct dbc *d)
{
	char base[DBC_NAME_MAX + 1] = "", behind[24] = "", by_id[16];
	bool ext = (id & DBC_EXTENDED) != 0;
	id &= ~DBC_EXTENDED;
	if (pgn)
		snprintf(by_id, sizeof by_id, "PGN_%05X", codec_pgn(id));
	else
		snprintf(by_id, sizeof by_id, ext ? "ID_%08X" : "ID_%03X", id);
	if (vendor)
		clean(base, vendor);
	/* a name begins with a letter, and a few words are the format's own */
	bool own = !*base || (*base >= '0' && *base <= '9') || !strcmp(base, "VERSION") || !strcmp(base, "FILTER");
	if (address >= 0 && (!own || pgn))
		snprintf(behind, sizeof behind, "_a%d", address);
	if (group >= 0 && !own)
		snprintf(behind + strlen(behind), sizeof behind - strlen(behind), "_g%d", group);
	join(out, own ? by_id : base, behind);
	if (message_taken(d, out)) {
		snprintf(behind, sizeof behind, ext ? "_%08X" : "_%03X", id);
		join(out, own ? by_id : base, behind);
	}
}
