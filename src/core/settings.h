/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* What the core is told to do: the part of the config that the engine sees. Immutable while an engine uses it. */
#ifndef CORE_SETTINGS_H
#define CORE_SETTINGS_H

#include "core/charge_settings.h"
#include "core/chemistry.h"
#include "core/curve.h"
#include "core/profile.h"

#define PACKS_MAX 32
#define PORTS_MAX 16
#define SENSORS_MAX 4
#define PACK_NAME_MAX 15

enum direction { CHARGE, DISCHARGE };

/* Ceilings (low voltage: floor). They stand in where a BMS sends nothing and never raise. */
struct limit_settings {
	struct bound cvl, ccl, dcl, low_voltage;
	struct bound rate[2]; /* enum direction; 0.01 C of the pack's, or the bank's, capacity; stands in for nothing */
};

struct pack_settings {
	char name[PACK_NAME_MAX + 1];
	const struct profile *profile;
	int port;    /* index into settings.port_names */
	struct bound source; /* the only J1939 source address that is listened to */
	int address; /* within the profile's range; 0 when it has none */
	int cells;   /* in series; 0 = unknown */
	struct bound capacity; /* mAh; wins over what the BMS says */
	enum chemistry chemistry;
	bool invert_current;
	struct limit_settings limits;
	struct curve curves[2][N_CURVE]; /* in place of the bank's; enum direction */
	struct bound override[N_QUANTITY]; /* replaces what the BMS says, named in the reason */
	struct bound assumed_temperature;  /* where the BMS gives none */
	char expect_serial[TEXT_MAX + 1];  /* "" = any; else the pack stays offline with another */
	char expect_manufacturer[TEXT_MAX + 1];
	bool transmit[TRANSMIT_MAX]; /* per row of profile.transmit */
};

/* Which state of charge is told. */
enum soc_from { SOC_WEIGHTED, SOC_LOWEST, SOC_GUARDED, SOC_COUNTER };
struct soc_settings {
	int from; /* enum soc_from */
	int64_t guard;      /* 0.01 %, guarded: so much above the lowest at most */
	int64_t slew;       /* 0.01 % per minute */
	int64_t hold_full;  /* 0.01 %: not more until it is really full; 10000 = no such thing */
	int64_t efficiency; /* 0.01 % of what is charged */
	struct bound start; /* 0.01 %, of a counter that has never counted; else the packs' own */
	/* full and empty, as seen by the cells; 0 mV = not looked for */
	int64_t full_voltage, empty_voltage; /* mV per cell */
	int64_t full_current;                /* 0.01 C */
	int64_t full_time;                   /* us */
};
enum temperature_shown { TEMPERATURE_HIGHEST, TEMPERATURE_MEAN, TEMPERATURE_LOWEST };

/* How alarms of the packs that close no direction become the bank's, and thresholds of its own. */
enum alarm_policy { ALARMS_WORST, ALARMS_ALL, ALARMS_MAJORITY };
enum own_alarm_kind {
	OWN_HIGH_VOLTAGE, OWN_LOW_VOLTAGE, OWN_HIGH_CELL_VOLTAGE, OWN_LOW_CELL_VOLTAGE, OWN_CELL_IMBALANCE, OWN_HIGH_TEMPERATURE,
	OWN_LOW_TEMPERATURE, OWN_LOW_SOC, N_OWN_ALARM
};
struct own_alarm {
	struct bound warning, alarm; /* internal step of its quantity */
	int64_t release;             /* so far back it is over */
};
struct alarms_settings {
	int policy; /* enum alarm_policy */
	int64_t raise_after, clear_after; /* us; a protection is told at once */
	struct bound lost_pack;           /* us; a pack that is away so long is an alarm */
	struct bound packs_apart;         /* us; packs that are apart so long are an alarm */
	int64_t time;                     /* us that a threshold has to be passed */
	struct own_alarm own[N_OWN_ALARM];
};

/* When what a pack says is doubted. */
struct suspect_settings {
	bool jumps, frozen, soc;
	int times; /* said so often in a row, a value that leaps is believed */
	int64_t voltage_jump;     /* 0.01 % of the last one */
	int64_t soc_jump;         /* 0.01 % */
	int64_t temperature_jump; /* 0.1 K */
	int64_t frozen_time;      /* us */
	int64_t frozen_current;   /* 0.01 C */
	int64_t rest_time;        /* us */
	int64_t rest_current;     /* 0.01 C */
};

/* Of the sum of what the packs allow, so much that none gets more than its own limit, if the current divides by: */
enum share_rule { SHARE_SUM, SHARE_BY_NUMBER, SHARE_BY_CAPACITY, SHARE_BY_MEASURE };
/* A pack that blocks a direction: the others have theirs; nobody has any; nobody has more than when it began. */
enum blocked_policy { BLOCKED_DROP, BLOCKED_ZERO, BLOCKED_HOLD };

/* Packs that are apart: in what, and when that is too much. */
enum imbalance_of { OF_SOC, OF_VOLTAGE, OF_CURRENT, N_IMBALANCE_OF };
struct imbalance_settings {
	bool detect;
	int64_t threshold; /* 0.01 % of SoC; mV; 0.01 % of the largest current by capacity */
	int64_t release;   /* so much below it, it is over */
	int64_t time;      /* us, for either */
	struct amount limit[2]; /* enum direction; of the bank, while it is too much */
	bool lowers_cvl;        /* likewise */
};

enum lost_policy { LOST_CONTINUE, LOST_STOP };

struct settings {
	int n_ports;
	char port_names[PORTS_MAX][16]; /* the config's names of the source interfaces */
	int n_packs;
	struct pack_settings packs[PACKS_MAX];
	int n_strings;            /* of packs in series, all of them in parallel; 0 = each pack is one by itself */
	int string_of[PACKS_MAX]; /* which string a pack is in */
	enum chemistry chemistry;
	/* Sensors are no batteries: they are never summed, waited for, or obeyed. */
	int n_sensors;
	struct pack_settings sensors[SENSORS_MAX];
	int voltage_from, current_from; /* 1 + index of the sensor it is taken from; 0 = the packs' own */

	struct limit_settings limits; /* of the bank */
	int64_t c_rate_max;           /* 0.01 C; nothing ever exceeds it */
	enum share_rule share_rule;
	enum blocked_policy on_blocked;
	int64_t share_time;  /* us, of learning; */
	int64_t share_above; /* 0.01 C of the bank; what flows less teaches nothing */
	int64_t share_least, share_most; /* 0.01 % of what its capacity would let a string take */

	/* each pack's current limits by its own values; enum direction */
	struct curve curves[2][N_CURVE];
	bool curve_steps;
	int64_t curve_reopen; /* 0.01 % of the most it gives; what was 0 stays so below */

	struct imbalance_settings imbalance[N_IMBALANCE_OF];
	int64_t imbalance_above; /* 0.01 C; smaller currents are not compared */
	struct curve soc_tiers[2];     /* enum direction; of the bank, from so much apart in SoC on; released as above */
	int32_t lowered_floor;         /* mV per cell, of a lowered CVL; 0 = the chemistry's safe voltage */
	int64_t lowered_down, lowered_up; /* mV per s, of the bank's CVL */
	struct amount on_pack_alarm[2]; /* enum direction; of the bank, while a pack has an alarm or warning of its cells */

	/* cell guard, mV per cell; 0 = the pack's chemistry's own */
	bool cell_guard;
	int32_t guard_high, guard_high_release, guard_low, guard_low_release;
	int32_t float_voltage, safe_voltage; /* mV per cell; 0 = the chemistry's own */

	struct charge_settings charge;

	/* times, us */
	int64_t tick, lost, gone, start_wait, discharge_hold, give_up;
	int min_packs;
	enum lost_policy on_lost;
	int64_t emergency_discharge; /* mA */

	/* a pack that returns */
	int64_t quarantine, quarantine_max; /* us */
	int64_t rejoin_voltage;             /* 0.01 % of the bank's voltage */
	int64_t rejoin_current;             /* 0.01 C of the bank */

	struct suspect_settings suspect;
	struct alarms_settings alarms;
	struct soc_settings soc;
	int temperature_shown; /* enum temperature_shown */

	/* raising limits */
	int64_t raise_hold;     /* us */
	int64_t raise_current;  /* mA per s */
	int64_t raise_percent;  /* 0.01 % of the target, per s; the larger of the two holds */
	int64_t raise_voltage;  /* mV per s for the whole bank */

	/* measured feedback */
	int64_t feedback_margin;  /* mA */
	int64_t feedback_percent; /* 0.01 % */
	int64_t feedback_time;    /* us over the limit until the cut */
	int64_t feedback_hold;    /* us after a cut until the first release step */
	int64_t feedback_step;    /* us between release steps */

	bool last_good; /* not the user's newest config, which has errors: that is an alarm */

	/* output */
	const struct profile *output_profile;
	char output_name[TEXT_MAX + 1];
	char output_manufacturer[9];
	char output_serial[TEXT_MAX + 1];
	char output_family[9];
	char output_firmware[TEXT_MAX + 1];
	bool estimate_cells;
};

/* The packs, then the sensors. */
static inline const struct pack_settings *settings_member(const struct settings *s, int i)
{
	return i < s->n_packs ? &s->packs[i] : &s->sensors[i - s->n_packs];
}

static inline int settings_members(const struct settings *s)
{
	return s->n_packs + s->n_sensors;
}
#define MEMBERS_MAX (PACKS_MAX + SENSORS_MAX)

#endif
