/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* How a reason reads. */
#include "core/reason.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/scale.h"

/* A limiter that lowers the charge voltage for a while has a row here. */
static const bool protects[N_REASON] = {
	[REASON_APART_SOC] = true,
	[REASON_APART_VOLTAGE] = true,
	[REASON_HIGH_CELL] = true,
	[REASON_HARD_BLOCK] = true,
	[REASON_NO_PACKS] = true,
	[REASON_LOST_STOP] = true,
};

enum reason_code reason_behind(const struct reason *r)
{
	return r->code == REASON_HELD || r->code == REASON_RISING ? (enum reason_code)r->measured : r->code;
}

bool reason_protects(const struct reason *r)
{
	return protects[reason_behind(r)];
}

struct writer {
	char *buf;
	size_t size, at;
};

static void __attribute__((format(printf, 2, 3))) say(struct writer *w, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(w->buf + w->at, w->size - w->at, fmt, ap);
	va_end(ap);
	w->at = n < 0 || (size_t)n >= w->size - w->at ? w->size - 1 : w->at + (size_t)n;
}

static void say_value(struct writer *w, enum unit unit, int64_t value, int decimals)
{
	char text[VALUE_TEXT_MAX];
	say(w, "%s", value_print_fixed(text, sizeof text, unit, value, decimals));
}

static const char *direction(enum limit_kind kind)
{
	return kind == LIMIT_DCL || kind == LIMIT_LOW_VOLTAGE ? "discharge" : "charge";
}

static void say_guard(struct writer *w, const char *pack, const struct reason *r, enum limit_kind kind)
{
	say(w, "%s", pack);
	if (r->cell)
		say(w, " cell %d", r->cell);
	say(w, " at ");
	say_value(w, UNIT_MV, r->measured, 3);
	say(w, ": no %s until it is %s ", direction(kind), kind == LIMIT_CCL ? "down to" : "up to");
	say_value(w, UNIT_MV, r->threshold, 3);
}

/* "B cell 3 at 3.512 V: charge reduced until it is down to 3.400 V" */
static void say_curve(struct writer *w, const char *pack, const struct reason *r, enum limit_kind kind)
{
	static const struct row {
		enum unit unit;
		int decimals;
		const char *numbered, *plain; /* between pack, number and value */
	} rows[] = {
		[REASON_CURVE_CELL - REASON_CURVE_CELL] = { UNIT_MV, 3, "cell", " with a cell at " },
		[REASON_CURVE_TEMPERATURE - REASON_CURVE_CELL] = { UNIT_DECIDEG, 1, "sensor", " at " },
		[REASON_CURVE_SOC - REASON_CURVE_CELL] = { UNIT_BP, 1, "", " charged to " },
		[REASON_CURVE_SPREAD - REASON_CURVE_CELL] = { UNIT_MV, 3, "", " with cells apart by " },
	};
	const struct row *row = &rows[r->code - REASON_CURVE_CELL];
	if (r->cell)
		say(w, "%s %s %d at ", pack, row->numbered, r->cell);
	else
		say(w, "%s%s", pack, row->plain);
	say_value(w, row->unit, r->measured, row->decimals);
	say(w, ": %s reduced", direction(kind));
	if (r->measured == r->threshold) /* the curve gives no more anywhere */
		return;
	say(w, " until it is %s ", r->measured > r->threshold ? "down to" : "up to");
	say_value(w, row->unit, r->threshold, row->decimals);
}

/* "B and A are 25.0 % apart in state of charge: charge reduced until it is 18.0 %" */
static void say_apart(struct writer *w, const char *pack, const char *other, const struct reason *r, enum limit_kind kind)
{
	static const struct row {
		enum unit unit;
		int decimals;
		const char *what;
	} rows[] = {
		[REASON_APART_SOC - REASON_APART_SOC] = { UNIT_BP, 1, "state of charge" },
		[REASON_APART_VOLTAGE - REASON_APART_SOC] = { UNIT_MV, 2, "voltage" },
		[REASON_APART_CURRENT - REASON_APART_SOC] = { UNIT_BP, 1, "current by capacity" },
	};
	const struct row *row = &rows[r->code - REASON_APART_SOC];
	say(w, "%s and %s are ", pack, other);
	say_value(w, row->unit, r->measured, row->decimals);
	say(w, " apart in %s: %s reduced until it is ", row->what, kind == LIMIT_CVL ? "charge voltage" : direction(kind));
	say_value(w, row->unit, r->threshold, row->decimals);
}

static void say_rate(struct writer *w, const char *whose, const struct reason *r)
{
	say(w, "%d.%02d C set for %s in the config", (int)(r->threshold / 100), (int)(r->threshold % 100), whose);
}

static void say_unheard(struct writer *w, const char *pack, const struct reason *r, enum limit_kind kind)
{
	say(w, "%s is not heard, so no %s than ", pack, kind == LIMIT_CVL ? "more" : "less");
	say_value(w, UNIT_MV, r->threshold, 3);
	say(w, " for each of its %d cells", (int)r->measured);
}

static void say_sum(struct writer *w, const struct reason *r)
{
	if (r->measured == r->threshold)
		say(w, "sum of %d packs", (int)r->measured);
	else
		say(w, "sum of %d of %d packs, the rest are blocked", (int)r->measured, (int)r->threshold);
}

static void say_share(struct writer *w, const char *pack, const struct reason *r)
{
	if (r->code == REASON_EQUAL_SHARE) {
		say(w, "%d times the smallest limit, %s's ", (int)r->threshold, pack);
		say_value(w, UNIT_MA, r->measured, 1);
		return;
	}
	say(w, "%s gets ", pack);
	say_value(w, UNIT_BP, r->threshold, 1);
	say(w, " of it %s, its own limit is ", r->code == REASON_CAPACITY_SHARE ? "by its capacity" : "as was measured");
	say_value(w, UNIT_MA, r->measured, 1);
}

static void say_feedback(struct writer *w, const char *pack, const struct reason *r, enum limit_kind kind)
{
	say(w, "%s took ", pack);
	say_value(w, UNIT_MA, r->measured, 1);
	if (r->code == REASON_BLOCKED_FLOWS) {
		say(w, " though it blocked %s", direction(kind));
		return;
	}
	say(w, ", its own limit was ");
	say_value(w, UNIT_MA, r->threshold, 1);
}

static void say_lifted(struct writer *w, const char *pack, const struct reason *r)
{
	say(w, "%s floats at ", pack);
	say_value(w, UNIT_MV, r->measured, 1);
	say(w, r->code == REASON_NOT_ALL_FLOAT ? ": kept up until all packs float" : ": kept up while cells are balanced");
}

static void say_own(struct writer *w, const char *pack, const struct reason *r, const struct settings *s)
{
	say(w, r->code == REASON_OWN_FLOAT ? "float: " : r->code == REASON_OWN_BALANCE ? "balancing charge: " : "set to ");
	say_value(w, UNIT_MV, r->threshold, 3);
	say(w, " for each of the %d cells of %s", (int)r->measured, pack);
	if (s->charge.offset) {
		say(w, ", and ");
		say_value(w, UNIT_MV, s->charge.offset, 1);
		say(w, " for the cables");
	}
	if (r->code == REASON_OWN_FLOAT)
		say(w, ", until SoC is below %d %%", (int)(s->charge.back_soc / 100));
}

static void say_high_cell(struct writer *w, const char *pack, const struct reason *r)
{
	say(w, "%s", pack);
	if (r->cell)
		say(w, " cell %d", r->cell);
	say(w, " at ");
	say_value(w, UNIT_MV, r->measured, 3);
	say(w, ", above ");
	say_value(w, UNIT_MV, r->threshold, 3);
	say(w, r->until ? " a while ago" : ": less for all until it is down");
}

static void say_cause(struct writer *w, const char *pack, const char *other, const struct reason *r, enum limit_kind kind,
                      enum unit unit, const struct settings *s)
{
	switch (r->code) {
	case REASON_SUM: say_sum(w, r); break;
	case REASON_PACK: say(w, "%s's own limit", pack); break;
	case REASON_STRING: say(w, "the string %s", pack); break;
	case REASON_PACK_CAP: say(w, "limit set for %s in the config", pack); break;
	case REASON_PACK_RATE: say_rate(w, pack, r); break;
	case REASON_BANK_RATE:
		say_rate(w, "the bank", r);
		say(w, ", of ");
		say_value(w, UNIT_MAH, r->measured, 1);
		break;
	case REASON_CURVE_CELL:
	case REASON_CURVE_TEMPERATURE:
	case REASON_CURVE_SOC:
	case REASON_CURVE_SPREAD: say_curve(w, pack, r, kind); break;
	case REASON_UNHEARD: say_unheard(w, pack, r, kind); break;
	case REASON_OVERRIDE: say(w, "override set for %s in the config", pack); break;
	case REASON_SWITCHED_OFF: say(w, "%s has switched %s off", pack, direction(kind)); break;
	case REASON_LIMIT_UNKNOWN: say(w, "%s no longer tells its %s limit", pack, direction(kind)); break;
	case REASON_BANK_CAP: say(w, "limit set for the bank in the config"); break;
	case REASON_C_RATE:
		say(w, "never more than %d.%02d C", (int)(r->threshold / 100), (int)(r->threshold % 100));
		break;
	case REASON_CELL_GUARD: say_guard(w, pack, r, kind); break;
	case REASON_PROTECTION: say(w, "%s has a protection alarm and blocks %s", pack, direction(kind)); break;
	case REASON_BLOCKED_FLOWS:
	case REASON_FEEDBACK: say_feedback(w, pack, r, kind); break;
	case REASON_ALL_BLOCKED: say(w, "every pack blocks %s", direction(kind)); break;
	case REASON_EQUAL_SHARE:
	case REASON_CAPACITY_SHARE:
	case REASON_MEASURED_SHARE: say_share(w, pack, r); break;
	case REASON_BLOCKED_STOPS: say(w, "%s blocks %s, and the config says stop", pack, direction(kind)); break;
	case REASON_BLOCKED_HOLDS:
		say(w, "%s blocks %s, so no more than the others had when that began", pack, direction(kind));
		break;
	case REASON_APART_SOC:
	case REASON_APART_VOLTAGE:
	case REASON_APART_CURRENT: say_apart(w, pack, other, r, kind); break;
	case REASON_PACK_ALARM:
		say(w, "%s has %s: %s", pack, r->measured ? "an alarm" : "a warning", alarms[r->threshold].what);
		break;
	case REASON_HELD:
	case REASON_RISING:
		if (kind == LIMIT_LOW_VOLTAGE)
			say(w, r->code == REASON_HELD ? "waits before it falls to " : "falling to ");
		else
			say(w, r->code == REASON_HELD ? "waits before it rises to " : "rising to ");
		say_value(w, unit, r->threshold, 1);
		break;
	case REASON_NOT_ALL_FLOAT:
	case REASON_CELLS_BALANCED: say_lifted(w, pack, r); break;
	case REASON_OWN_VOLTAGE:
	case REASON_OWN_BALANCE:
	case REASON_OWN_FLOAT: say_own(w, pack, r, s); break;
	case REASON_SINKING:
		say(w, "coming down slowly to ");
		say_value(w, UNIT_MV, r->threshold, 1);
		break;
	case REASON_HIGH_CELL: say_high_cell(w, pack, r); break;
	case REASON_HARD_BLOCK: say(w, "float voltage of %s while charging is blocked", pack); break;
	case REASON_NO_PACKS: say(w, "no pack can be trusted now"); break;
	case REASON_LOST_STOP: say(w, "%s is lost and the config says stop", pack); break;
	case REASON_NONE:
	case N_REASON:
		say(w, "unknown");
		break;
	}
}

/* "A", or "A + B" of packs in series. */
static const char *string_name(char *buf, size_t size, const struct settings *s, int pack)
{
	struct writer w = { .buf = buf, .size = size };
	buf[0] = '\0';
	for (int i = 0; i < s->n_packs; i++)
		if (i == pack || (s->n_strings && s->string_of[i] == s->string_of[pack]))
			say(&w, "%s%s", w.at ? " + " : "", s->packs[i].name);
	return buf;
}

/* These are about all that hangs in series with the pack. */
static bool is_of_string(enum reason_code code)
{
	return code == REASON_STRING || code == REASON_FEEDBACK || code == REASON_BLOCKED_FLOWS || code == REASON_HARD_BLOCK ||
	       code == REASON_OWN_VOLTAGE || code == REASON_OWN_FLOAT || code == REASON_OWN_BALANCE ||
	       (code >= REASON_EQUAL_SHARE && code <= REASON_APART_CURRENT);
}

static const char *called(char *buf, size_t size, const struct settings *s, enum reason_code code, int pack)
{
	if (pack < 0 || pack >= s->n_packs)
		return "the bank";
	return is_of_string(code) ? string_name(buf, size, s, pack) : s->packs[pack].name;
}

const char *limit_print(char *buf, size_t size, enum limit_kind kind, int64_t value)
{
	const struct quantity_row *row = &quantities[limit_quantity[kind]];
	return value_print_fixed(buf, size, row->unit, divide(value, 100, row->rounding) * 100, 1);
}

const char *reason_print(char *buf, size_t size, const struct reason *r, enum limit_kind kind,
                         const struct settings *s, int64_t now)
{
	struct writer w = { .buf = buf, .size = size };
	enum unit unit = quantities[limit_quantity[kind]].unit;
	buf[0] = '\0';
	char names[2][REASON_TEXT_MAX / 2];
	const char *name = called(names[0], sizeof names[0], s, r->code, r->pack);
	say_cause(&w, name, called(names[1], sizeof names[1], s, r->code, r->other), r, kind, unit, s);
	bool moves = r->code == REASON_HELD || r->code == REASON_RISING || r->code == REASON_SINKING;
	if (r->missing)
		say(&w, "; %s%s not in the bank", s->packs[r->missing - 1].name, r->n_missing > 1 ? " and others are" : " is");
	if (r->without != WITHOUT_UNKNOWN && !moves && !r->plain) {
		say(&w, "; ");
		say_value(&w, unit, r->without, 1);
		say(&w, " without it");
	}
	if (r->until > now)
		say(&w, moves ? ", in %d s" : ", for %d s more", (int)((r->until - now + 999999) / 1000000));
	return buf;
}
