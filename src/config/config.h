/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* The config file (etc/battagg.yaml): everything the user may decide, checked, with defaults. */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "config/profile.h"
#include "core/settings.h"

#define IFACE_NAME_MAX 15

/* One source interface: by its kernel name, or by what it is plugged as. */
struct interface_settings {
	char name[IFACE_NAME_MAX + 1];     /* as the config calls it; the kernel's name when nothing else is given */
	char usb_serial[64], usb_path[64]; /* match; "" = not used */
	int64_t bitrate;                   /* bit/s; 0 = leave the link as it is */
	int64_t restart;                   /* us after bus-off; 0 = leave */
};

struct config {
	struct settings core; /* core.port_names[i] belongs to interfaces[i] */
	struct interface_settings interfaces[PORTS_MAX];
	char output_interface[IFACE_NAME_MAX + 1];
	bool create_output;    /* make the vcan when it is missing */
	char socket_path[108]; /* of the control socket */
	char state_file[240];  /* "" = where it belongs, "none" = nothing is kept */
	int64_t state_every;   /* us */
	int log_word;          /* enum log_level */
	const char *log_level; /* the same as its word */
	struct profile_set profiles;
	struct profile *output_profile;
	struct config_notes *notes; /* where each value comes from */
};

struct config_options {
	struct profile_dirs dirs;
	bool accept_bad; /* reserved for tests */
};

/* NULL when it has errors; all are in `problems`, warnings too. */
struct config *config_load_file(const char *path, const struct config_options *, struct problems *);
struct config *config_load_text(const char *name, const char *text, size_t len, const struct config_options *,
				struct problems *);
void config_free(struct config *);

/* Are the packs that are in both wired the same way? */
bool config_same_topology(const struct config *a, const struct config *b);

/* The merged config as YAML, each value with where it comes from: "# default", "# battagg.yaml:12", "# profile". */
void config_print_effective(const struct config *, void *out);

#endif
