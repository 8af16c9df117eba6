/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Owns the schema: every key of the config with its unit, place, default, range and meaning. A new key is a row. */
#include "config/config_rows.h"

const struct config_rule_row config_rules[N_CONFIG_RULE] = {
	[BAD_MISSING] = { "C01", "what is needed is there" },
	[BAD_VALUE] = { "C02", "a value is of the kind and unit its key wants" },
	[BAD_RANGE] = { "C03", "a value is within its range" },
	[BAD_NAME] = { "C04", "names are known: interfaces, profiles, words" },
	[BAD_CLASH] = { "C05", "packs, interfaces and ids can be told apart" },
	[BAD_UNSAID] = { "C06", "what the BMS does not say, the config says" },
	[BAD_UNLIKE] = { "C07", "what is in parallel is of one chemistry and voltage" },
	[BAD_VENDOR] = { "C08", "the bank does not pose as a known brand" },
	[BAD_CONSENT] = { "C09", "experimental profiles and contactor commands need consent" },
	[BAD_NOT_BUILT] = { "C10", "not built yet" },
	[BAD_ORDER] = { "C11", "values that depend on each other fit" },
	[BAD_ODD] = { "C12", "allowed, but probably not meant" },
	[BAD_PROFILE] = { "C13", "profiles are found, good, and of the right kind" },
};

static const char *const chemistry_words[] = { "lfp", "nmc", "lto", NULL }; /* from CHEM_LFP on */
static const char *const lost_words[] = { "continue", "stop", NULL };       /* enum lost_policy */
static const char *const between_words[] = { "lines", "steps", NULL };
static const char *const temperature_words[] = { "highest", "mean", "lowest", NULL }; /* enum temperature_shown */
static const char *const combine_words[] = { "sum", "min_times_n", "capacity_share", "measured_share", NULL }; /* enum share_rule */
static const char *const blocked_words[] = { "drop", "zero", "hold", NULL }; /* enum blocked_policy */
const char *const log_words[] = { "error", "warning", "info", "debug", NULL }; /* enum log_level */

const struct override_name override_names[] = {
	{ "charge_voltage", Q_CVL }, { "charge_current", Q_CCL }, { "discharge_current", Q_DCL }, { NULL, N_QUANTITY }
};

/* clang-format off */
static const struct key_row match_rows[] = {
	{ TEXT("usb_serial", IFACE, usb_serial, NULL), .unset = "any",
	  .doc = "serial number of the USB adapter" },
	{ TEXT("usb_path", IFACE, usb_path, NULL), .unset = "any",
	  .doc = "USB socket it is plugged into, such as 1-1.3" },
	{ 0 }
};

const struct key_row interface_rows[] = {
	{ MAP("match", match_rows),
	  .doc = "find the interface by its adapter, so that the name survives re-plugging" },
	{ NUMBER("bitrate", IFACE, bitrate, DIM_BITRATE, NULL, "10 kbit/s", "1 Mbit/s"), .unset = "the link is left as it is",
	  .doc = "set by battagg, with the link taken down and up; needs rights" },
	{ NUMBER("restart", IFACE, restart, DIM_TIME, NULL, "1 ms", "1 min"), .unset = "the link is left as it is",
	  .doc = "the controller starts again this long after a bus-off" },
	{ 0 }
};

static const struct key_row output_rows[] = {
	{ TEXT("interface", CONFIG, output_interface, "vcan0"),
	  .doc = "where the one battery is spoken; the GX's driver listens there" },
	{ TEXT("name", CONFIG, core.output_name, "battagg bank"),
	  .doc = "product name, 16 characters at most" },
	{ TEXT("manufacturer", CONFIG, core.output_manufacturer, "BATTAGG"),
	  .doc = "8 characters at most; must not be a known brand's" },
	{ TEXT("serial", CONFIG, core.output_serial, NULL), .unset = "default: battagg-<interface>",
	  .doc = "16 characters at most" },
	{ TEXT("family", CONFIG, core.output_family, "battagg"),
	  .doc = "8 characters at most" },
	{ FLAG("create", CONFIG, create_output, "yes"),
	  .doc = "make the virtual interface when it is missing, set it up when it is down" },
	{ FLAG("estimate_cells", CONFIG, core.estimate_cells, "no"),
	  .doc = "without cell data, send voltage / cells instead (dbus-canbattery needs it)" },
	{ 0 }
};

static const struct key_row voltage_rows[] = {
	{ SPECIAL("from", FORM_NAME, read_from, print_from), .first = Q_VOLTAGE, .unset = "the mean of the packs'",
	  .doc = "a sensor: what it measures stands in for the packs' own" },
	{ 0 }
};

static const struct key_row current_rows[] = {
	{ SPECIAL("from", FORM_NAME, read_from, print_from), .first = Q_CURRENT, .unset = "the sum of the packs'",
	  .doc = "likewise" },
	{ 0 }
};

static const struct key_row bank_rows[] = {
	{ SPECIAL("topology", FORM_TOPOLOGY, read_topology, print_topology), .words = topology_words, .standard = "parallel",
	  .doc = "how the packs are wired: parallel, series, or strings in parallel, [[A, B], [C, D]]" },
	{ WORD("chemistry", CONFIG, core.chemistry, chemistry_words, CHEM_LFP, NULL), .unset = "each pack's own",
	  .doc = "lfp, nmc or lto; sets the cell guard" },
	{ NUMBER("min_packs", CONFIG, core.min_packs, DIM_NONE, "1", "1", "32"),
	  .doc = "so many packs must be online after start_wait before anything is sent" },
	{ WORD("on_pack_lost", CONFIG, core.on_lost, lost_words, LOST_CONTINUE, "continue"),
	  .doc = "continue with the others, or stop charging and discharging" },
	{ WORD("temperature", CONFIG, core.temperature_shown, temperature_words, TEMPERATURE_HIGHEST, "highest"),
	  .doc = "that is told: of the hottest pack, the packs' mean, or of the coldest cell" },
	{ MAP("voltage", voltage_rows), .doc = "of the bank" },
	{ MAP("current", current_rows), .doc = "of the bank" },
	{ 0 }
};

static const struct key_row raise_rows[] = {
	{ NUMBER("hold", CONFIG, core.raise_hold, DIM_TIME, "30 s", "0 s", "10 min"),
	  .doc = "a lowered limit stays at least this long" },
	{ NUMBER("current", CONFIG, core.raise_current, DIM_CURRENT_RATE, "5 A/s", "0.1 A/s", "100 A/s"),
	  .doc = "then it rises so fast," },
	{ NUMBER("percent", CONFIG, core.raise_percent, DIM_PERCENT_RATE, "5 %/s", "0.1 %/s", "100 %/s"),
	  .doc = "or this share of where it goes to: the larger of the two" },
	{ NUMBER("voltage", CONFIG, core.raise_voltage, DIM_VOLTAGE_RATE, "80 mV/s", "1 mV/s", "1 V/s"),
	  .doc = "the charge voltage of the bank" },
	{ 0 }
};

const struct key_row cell_guard_rows[] = {
	{ NUMBER("high", CONFIG, core.guard_high, DIM_VOLTAGE, NULL, "2 V", "4.5 V"), .unset = "the chemistry's (lfp: 3.6 V)",
	  .doc = "no charging when a cell reaches this" },
	{ NUMBER("high_release", CONFIG, core.guard_high_release, DIM_VOLTAGE, NULL, "2 V", "4.5 V"), .unset = "the chemistry's (lfp: 3.5 V)",
	  .doc = "until all cells are at or below this" },
	{ NUMBER("low", CONFIG, core.guard_low, DIM_VOLTAGE, NULL, "1.5 V", "4 V"), .unset = "the chemistry's (lfp: 2.8 V)",
	  .doc = "no discharging when a cell falls to this" },
	{ NUMBER("low_release", CONFIG, core.guard_low_release, DIM_VOLTAGE, NULL, "1.5 V", "4 V"), .unset = "the chemistry's (lfp: 3 V)",
	  .doc = "until all cells are at or above this" },
	{ 0 }
};

static const struct key_row share_rows[] = {
	{ NUMBER("time", CONFIG, core.share_time, DIM_TIME, "10 min", "10 s", "1 d"),
	  .doc = "how slowly is learnt what share of the current each pack takes" },
	{ NUMBER("above", CONFIG, core.share_above, DIM_C_RATE, "0.1 C", "0.01 C", "3 C"),
	  .doc = "while the bank has at least this current" },
	{ NUMBER("least", CONFIG, core.share_least, DIM_PERCENT, "50 %", "10 %", "100 %"),
	  .doc = "never taken for less than this part of what its capacity says," },
	{ NUMBER("most", CONFIG, core.share_most, DIM_PERCENT, "200 %", "100 %", "1000 %"),
	  .doc = "nor for more than this" },
	{ 0 }
};

static const struct key_row limit_rows[] = {
	{ WORD("combine", CONFIG, core.share_rule, combine_words, SHARE_SUM, "sum"),
	  .doc = "the packs' current limits are added; or so much that none gets more than its own: if all take the same, by capacity, as measured" },
	{ MAP("share", share_rows), .doc = "of `combine: measured_share`" },
	{ WORD("blocked_pack", CONFIG, core.on_blocked, blocked_words, BLOCKED_DROP, "drop"),
	  .doc = "while one blocks a direction: the others' limits; 0; or hold: no more than the others had when it began" },
	{ NUMBER("charge_voltage", CONFIG, core.limits.cvl, DIM_VOLTAGE, NULL, "5 V", "1000 V"), .unset = "the lowest pack's",
	  .doc = "never more for the bank" },
	{ NUMBER("charge_current", CONFIG, core.limits.ccl, DIM_CURRENT, NULL, "0 A", "3000 A"), .unset = "what the packs allow",
	  .doc = "never more for the bank: cables, fuses" },
	{ NUMBER("discharge_current", CONFIG, core.limits.dcl, DIM_CURRENT, NULL, "0 A", "3000 A"), .unset = "what the packs allow",
	  .doc = "likewise" },
	{ NUMBER("low_voltage", CONFIG, core.limits.low_voltage, DIM_VOLTAGE, NULL, "5 V", "1000 V"), .unset = "the highest pack's",
	  .doc = "never less for the bank" },
	{ MAP("on_pack_alarm", pack_alarm_rows), .doc = "while a pack has an alarm or a warning of its cells" },
	{ NUMBER("charge_rate", CONFIG, core.limits.rate[CHARGE], DIM_C_RATE, NULL, "0.01 C", "3 C"), .unset = "c_rate",
	  .doc = "never more for the bank, of the capacity that is in it" },
	{ NUMBER("discharge_rate", CONFIG, core.limits.rate[DISCHARGE], DIM_C_RATE, NULL, "0.01 C", "3 C"), .unset = "c_rate",
	  .doc = "likewise" },
	{ NUMBER("c_rate", CONFIG, core.c_rate_max, DIM_C_RATE, "3 C", "0.01 C", "3 C"),
	  .doc = "current limits never exceed so many times the capacity per hour" },
	{ MAP("raise", raise_rows), .doc = "limits fall at once and rise slowly" },
	{ SPECIAL("cell_guard", FORM_FLAG_OR_MAP, read_cell_guard, print_cell_guard), .standard = "on", .rows = cell_guard_rows,
	  .doc = "stops charging and discharging by the cells' voltages; off, or other voltages per cell" },
	{ 0 }
};

#define CURVES(type, at_, d_, read_, cell_)                                                                            \
	{ CURVE("cell_voltage", type, at_[d_][OVER_CELL_VOLTAGE], DIM_VOLTAGE, cell_, read_), .unset = "none",         \
	  .doc = "by the highest cell when charging, by the lowest when discharging" },                                \
	{ CURVE("temperature", type, at_[d_][OVER_TEMPERATURE], DIM_TEMPERATURE, SHAPE_HILL, read_), .unset = "none",  \
	  .doc = "by the coldest and by the hottest cell: the stricter" },                                             \
	{ CURVE("soc", type, at_[d_][OVER_SOC], DIM_PERCENT, cell_, read_), .unset = "none",                           \
	  .doc = "by the pack's state of charge" },                                                                    \
	{ CURVE("spread", type, at_[d_][OVER_SPREAD], DIM_VOLTAGE, SHAPE_FALLS, read_), .unset = "none",               \
	  .doc = "by how far the highest and the lowest cell are apart" },                                             \
	{ 0 }
static const struct key_row charge_curve_rows[] = { CURVES(CONFIG, core.curves, CHARGE, read_curve, SHAPE_FALLS) };
static const struct key_row discharge_curve_rows[] = { CURVES(CONFIG, core.curves, DISCHARGE, read_curve, SHAPE_RISES) };
static const struct key_row pack_charge_curve_rows[] = { CURVES(PACK, curves, CHARGE, read_pack_curve, SHAPE_FALLS) };
static const struct key_row pack_discharge_curve_rows[] = { CURVES(PACK, curves, DISCHARGE, read_pack_curve, SHAPE_RISES) };

static const struct key_row curve_rows[] = {
	{ MAP("charge", charge_curve_rows), .doc = "charge current of each pack" },
	{ MAP("discharge", discharge_curve_rows), .doc = "discharge current of each pack" },
	{ WORD("between", CONFIG, core.curve_steps, between_words, 0, "lines"),
	  .doc = "between two points: lines, or steps, where the smaller of the two holds" },
	{ NUMBER("reopen", CONFIG, core.curve_reopen, DIM_PERCENT, "5 %", "0 %", "50 %"),
	  .doc = "where a curve was at 0 it stays there until it gives this share of its most" },
	{ 0 }
};

static const struct key_row pack_curve_rows[] = {
	{ MAP("charge", pack_charge_curve_rows), .doc = "of its charge current; `off`: not the bank's either" },
	{ MAP("discharge", pack_discharge_curve_rows), .doc = "of its discharge current" },
	{ 0 }
};

static const struct key_row rejoin_rows[] = {
	{ NUMBER("quarantine", CONFIG, core.quarantine, DIM_TIME, "30 s", "0 s", "1 h"),
	  .doc = "a pack that returns is watched so long; doubled each time it comes and goes" },
	{ NUMBER("quarantine_max", CONFIG, core.quarantine_max, DIM_TIME, "10 min", "0 s", "1 d"),
	  .doc = "and never longer than this" },
	{ NUMBER("voltage", CONFIG, core.rejoin_voltage, DIM_PERCENT, "1 %", "0.1 %", "20 %"),
	  .doc = "it joins while its voltage is this close to the bank's," },
	{ NUMBER("current", CONFIG, core.rejoin_current, DIM_C_RATE, "0.25 C", "0.01 C", "3 C"),
	  .doc = "and the bank's current below this" },
	{ 0 }
};

static const struct key_row time_rows[] = {
	{ NUMBER("lost", CONFIG, core.lost, DIM_TIME, "10 s", "2 s", "5 min"),
	  .doc = "a pack whose required frames are missing so long leaves the sums; its constraints stay" },
	{ NUMBER("gone", CONFIG, core.gone, DIM_TIME, "10 min", "10 s", "7 d"),
	  .doc = "lost so long, its constraints are released; the warning stands" },
	{ NUMBER("start_wait", CONFIG, core.start_wait, DIM_TIME, "30 s", "0 s", "10 min"),
	  .doc = "at start, the missing packs are waited for so long" },
	{ NUMBER("discharge_hold", CONFIG, core.discharge_hold, DIM_TIME, "60 s", "0 s", "5 min"),
	  .doc = "with no pack left, discharging is still allowed so long" },
	{ NUMBER("give_up", CONFIG, core.give_up, DIM_TIME, "5 min", "10 s", "30 min"),
	  .doc = "with no pack left, battagg falls silent after this, and the GX alarms" },
	{ NUMBER("tick", CONFIG, core.tick, DIM_TIME, "500 ms", "100 ms", "1 s"),
	  .doc = "how often the bank is worked out anew and sent; worse news goes out at once" },
	{ 0 }
};

static const struct key_row safe_rows[] = {
	{ NUMBER("emergency_discharge", CONFIG, core.emergency_discharge, DIM_CURRENT, "0 A", "0 A", "3000 A"),
	  .doc = "discharge current allowed after discharge_hold: for lights and bilge pump" },
	{ NUMBER("cell_voltage", CONFIG, core.safe_voltage, DIM_VOLTAGE, NULL, "1.5 V", "4.2 V"), .unset = "the chemistry's (lfp: 3.35 V)",
	  .doc = "charge voltage per cell when nothing is known any more" },
	{ NUMBER("float_voltage", CONFIG, core.float_voltage, DIM_VOLTAGE, NULL, "1.5 V", "4.2 V"), .unset = "the chemistry's (lfp: 3.375 V)",
	  .doc = "charge voltage per cell while charging is blocked" },
	{ 0 }
};

static const struct key_row feedback_rows[] = {
	{ NUMBER("margin", CONFIG, core.feedback_margin, DIM_CURRENT, "1 A", "0 A", "20 A"),
	  .doc = "a pack may be over its own limit by so much," },
	{ NUMBER("percent", CONFIG, core.feedback_percent, DIM_PERCENT, "2 %", "0 %", "20 %"),
	  .doc = "plus this share of it," },
	{ NUMBER("time", CONFIG, core.feedback_time, DIM_TIME, "1 s", "0 s", "30 s"),
	  .doc = "for so long; then the bank is cut" },
	{ NUMBER("hold", CONFIG, core.feedback_hold, DIM_TIME, "60 s", "0 s", "1 h"),
	  .doc = "a cut stays at least so long" },
	{ NUMBER("step", CONFIG, core.feedback_step, DIM_TIME, "5 s", "1 s", "10 min"),
	  .doc = "and is released in steps this far apart" },
	{ 0 }
};

static const struct key_row pack_limit_rows[] = {
	{ NUMBER("charge_voltage", PACK, limits.cvl, DIM_VOLTAGE, NULL, "5 V", "1000 V"), .unset = "the BMS's own",
	  .doc = "never more; stands in where the BMS sends none" },
	{ NUMBER("charge_current", PACK, limits.ccl, DIM_CURRENT, NULL, "0 A", "3000 A"), .unset = "the BMS's own",
	  .doc = "likewise" },
	{ NUMBER("discharge_current", PACK, limits.dcl, DIM_CURRENT, NULL, "0 A", "3000 A"), .unset = "the BMS's own",
	  .doc = "likewise" },
	{ NUMBER("charge_rate", PACK, limits.rate[CHARGE], DIM_C_RATE, NULL, "0.01 C", "3 C"), .unset = "none",
	  .doc = "never more, of its capacity; stands in for nothing" },
	{ NUMBER("discharge_rate", PACK, limits.rate[DISCHARGE], DIM_C_RATE, NULL, "0.01 C", "3 C"), .unset = "none",
	  .doc = "likewise" },
	{ NUMBER("low_voltage", PACK, limits.low_voltage, DIM_VOLTAGE, NULL, "5 V", "1000 V"), .unset = "the BMS's own",
	  .doc = "never less; stands in where the BMS sends none" },
	{ 0 }
};

static const struct key_row expect_rows[] = {
	{ TEXT("manufacturer", PACK, expect_manufacturer, NULL), .unset = "any",
	  .doc = "a BMS that says another manufacturer is not this pack" },
	{ TEXT("serial", PACK, expect_serial, NULL), .unset = "any",
	  .doc = "likewise for the serial number: finds swapped adapters" },
	{ 0 }
};

/* What packs and sensors have in common. */
#define INTERFACE                                                                                                      \
	SPECIAL("interface", FORM_NAME, read_pack_interface, print_pack_interface), .required = true, .doc = "one of the interfaces"
#define PROFILE SPECIAL("profile", FORM_NAME, read_pack_profile, print_pack_profile), .required = true
#define PARAMETERS                                                                                                     \
	SPECIAL("parameters", FORM_NUMBERS, read_parameters, print_parameters),                                                      \
	.doc = "numbers of the dialect that differ from battery to battery, by the names in the profile"
#define ADDRESS                                                                                                        \
	NUMBER("address", PACK, address, DIM_NONE, NULL, "0", "255"), .unset = "the profile has none",                 \
	.doc = "which of several on the bus it is"
#define SOURCE                                                                                                         \
	NUMBER("source", PACK, source, DIM_NONE, NULL, "0", "253"), .unset = "any sender of the profile's PGNs",       \
	.doc = "its J1939 source address, where the profile has PGNs: nobody else is listened to"
#define INVERT                                                                                                         \
	FLAG("invert_current", PACK, invert_current, "no"), .doc = "for one that counts discharging as positive"
#define TRANSMIT                                                                                                       \
	SPECIAL("transmit", FORM_FLAGS, read_transmit, print_transmit),                                                            \
	.doc = "frames battagg sends to it, by the names in the profile: on or off"
#define ALLOW                                                                                                          \
	SPECIAL("allow", FORM_NAMES, read_allow, print_allow), .doc = "such frames that move contactors need to stand here"
#define ACCEPT                                                                                                         \
	SPECIAL("accept_experimental", FORM_FLAG, read_accept, print_accept), .standard = "no",                                   \
	.doc = "use a profile that nobody has proven"

const struct key_row pack_rows[] = {
	{ TEXT("name", PACK, name, NULL), .required = true,
	  .doc = "15 characters at most; cells are shown as name/number" },
	{ INTERFACE },
	{ PROFILE, .doc = "the BMS's dialect: a file in can-profiles" },
	{ PARAMETERS },
	{ ADDRESS },
	{ SOURCE },
	{ NUMBER("cells", PACK, cells, DIM_NONE, NULL, "1", "128"), .unset = "counted from the BMS's cell voltages",
	  .doc = "in series" },
	{ NUMBER("capacity", PACK, capacity, DIM_CHARGE, NULL, "1 Ah", "100000 Ah"), .unset = "the BMS's own",
	  .doc = "installed; wins over what the BMS says" },
	{ WORD("chemistry", PACK, chemistry, chemistry_words, CHEM_LFP, NULL), .unset = "the bank's",
	  .doc = "when the bank says none" },
	{ INVERT },
	{ MAP("limits", pack_limit_rows), .doc = "ceilings; they never raise" },
	{ MAP("curves", pack_curve_rows), .doc = "in place of the bank's" },
	{ SPECIAL("override", FORM_OVERRIDES, read_override, print_override),
	  .doc = "replaces what the BMS says, by the names of the quantities" },
	{ NUMBER("assumed_temperature", PACK, assumed_temperature, DIM_TEMPERATURE, NULL, "-20 degC", "60 degC"), .unset = "not assumed",
	  .doc = "for a BMS that gives none" },
	{ MAP("expect", expect_rows), .doc = "the pack stays offline with another" },
	{ TRANSMIT },
	{ ALLOW },
	{ ACCEPT },
	{ 0 }
};

const struct key_row sensor_rows[] = {
	{ TEXT("name", PACK, name, NULL), .required = true, .doc = "15 characters at most; `from` of the bank names it" },
	{ INTERFACE },
	{ PROFILE, .doc = "one of `kind: sensor` in can-profiles" },
	{ PARAMETERS },
	{ ADDRESS },
	{ SOURCE },
	{ INVERT },
	{ TRANSMIT },
	{ ALLOW },
	{ ACCEPT },
	{ 0 }
};

/* In the order in which they are read: packs and sensors need the interfaces. */
const struct key_row config_rows[] = {
	{ LIST("interfaces", interface_rows, read_interfaces), .required = true,
	  .doc = "where batteries are plugged in" },
	{ MAP("output", output_rows), .doc = "what the GX sees" },
	{ MAP("bank", bank_rows), .doc = "the packs together" },
	{ LIST("packs", pack_rows, read_packs), .required = true, .doc = "the batteries" },
	{ LIST("sensors", sensor_rows, read_sensors), .unset = "none", .doc = "what measures current or voltage and is no battery" },
	{ MAP("limits", limit_rows), .doc = "of the bank" },
	{ MAP("charge", charge_rows), .doc = "how far and how the bank is charged" },
	{ MAP("curves", curve_rows), .doc = "limit each pack's currents by its own values" },
	{ MAP("imbalance", imbalance_rows), .doc = "packs in parallel that are apart" },
	{ MAP("rejoin", rejoin_rows), .doc = "when a lost pack counts again" },
	{ MAP("alarms", alarms_rows), .doc = "what the packs' alarms make of the bank's, and thresholds of its own" },
	{ MAP("soc", soc_rows), .doc = "the state of charge that is told" },
	{ MAP("suspect", suspect_rows), .doc = "when what a pack says is doubted" },
	{ MAP("times", time_rows), .doc = "how long things are waited for" },
	{ MAP("safe", safe_rows), .doc = "when no pack is left" },
	{ MAP("feedback", feedback_rows), .doc = "a pack over its own limit cuts the bank" },
	{ MAP("state", state_rows), .doc = "what survives a restart" },
	{ TEXT("socket", CONFIG, socket_path, NULL), .unset = "default: /run/battagg/<output interface>.sock",
	  .doc = "of `battagg status` and `battagg ctl`" },
	{ WORD("log", CONFIG, log_word, log_words, 0, "info"),
	  .doc = "error, warning, info or debug" },
	{ 0 }
};
/* clang-format on */
