/* SPDX-License-Identifier: GPL-3.0-or-later
 * SPDX-FileCopyrightText: 2026 the battagg authors */
/* Twelve polled packs of four kinds on three buses, the same kind and address on two of them: hours of lost, late and
 * swapped answers, devices and buses that go and return. Each pack's values are its own; nobody else has them. */
#include "fixture.h"

#include <stdlib.h>

#include "app/sim.h"
#include "config/profile.h"

#define HOUR (3600 * SEC)
#define TIMEOUT (100 * MS) /* of all questions in test/sim/profiles */
#define GAP (10 * MS)
#define PORTS 3

enum kind { COMMANDS, NODE, ECHO, REMOTE, KINDS };
static const char *const files[KINDS] = { "test/sim/profiles/ask-commands.yaml", "test/sim/profiles/ask-node.yaml",
	                                  "test/sim/profiles/ask-echo.yaml", "test/sim/profiles/ask-remote.yaml" };
static const struct {
	enum kind kind;
	int port, address;
} plan[] = {
	{ COMMANDS, 0, 1 }, { COMMANDS, 0, 2 }, { COMMANDS, 0, 3 }, { COMMANDS, 0, 4 },
	{ COMMANDS, 1, 1 }, { COMMANDS, 1, 2 }, { NODE, 1, 1 },     { NODE, 1, 2 },     { NODE, 1, 5 },
	{ ECHO, 2, 1 },     { ECHO, 2, 2 },     { REMOTE, 2, 0 },
};
#define PACKS ((int)(sizeof plan / sizeof *plan))

/* One bus as somebody with a logger would see it. */
struct line {
	bool closed, answered, asked_once;
	struct frame question; /* the last */
	int64_t asked_at, opened_at;
	uint64_t asked;
};

static struct profile *profiles[KINDS];
static struct dialect output;
static struct settings s;
static struct sim_bus bus;
static struct engine *e;
static struct line lines[PORTS];
static uint64_t asked[PACKS], heard[PACKS];
static int64_t now;

static void set(int k, const char *key, const char *value)
{
	char why[SIM_WHY_MAX];
	const char *wrong = sim_pack_set(&bus.packs[k], key, value, why);
	if (wrong)
		fail_msg("%s %s: %s", key, value, wrong);
	sim_bus_changed(&bus, k, now);
}

static void set_element(struct cells *c, enum array a, int i, int32_t value)
{
	c->value[a][i] = value;
	c->validity[a][i] = VALID;
	c->count[a] = (uint8_t)(i + 1);
}

/* Values that no two packs, and no two fields of one, have in common, and that every kind can say exactly. */
static void give_values(int k)
{
	struct sim_pack *p = &bus.packs[k];
	const struct {
		enum quantity q;
		int64_t value;
	} values[] = {
		{ Q_VOLTAGE, 50100 + 300 * k },
		{ Q_CURRENT, k % 2 ? 1500 + 1000 * k : -1500 - 1000 * k },
		{ Q_SOC, 4000 + 100 * k },
		{ Q_CAPACITY, 200000 + 1000 * k },
		{ Q_CAPACITY_REMAINING, 100000 + 1000 * k },
		{ Q_CYCLES, 300 + k },
		{ Q_TEMPERATURE, 100 + 10 * k },
		{ Q_DCL, 150000 + 1000 * k },
		{ Q_CELL_VOLTAGE_MIN, 2900 + 20 * k },
		{ Q_CELL_VOLTAGE_MAX, 3500 + 20 * k },
		{ Q_CELL_VOLTAGE_MIN_NO, 20 + k },
		{ Q_CELL_VOLTAGE_MAX_NO, 40 + k },
		{ Q_CHARGE_ENABLED, k % 2 },
		{ Q_DISCHARGE_ENABLED, !(k % 2) },
	};
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		battery_set(&p->b, values[i].q, values[i].value, 0);
	for (int i = 0; i < 16; i++)
		set_element(&p->cells, ARRAY_CELL_VOLTAGE, i, 3000 + 20 * k + i);
	for (int i = 0; i < 3; i++)
		set_element(&p->cells, ARRAY_CELL_TEMPERATURE, i, 300 + 30 * k + 10 * i);
	if (k % 2)
		p->b.alarm[AL_HIGH_CELL_VOLTAGE].alarm = TRI_ACTIVE;
	else
		p->b.alarm[AL_LOW_CELL_VOLTAGE].warning = TRI_ACTIVE;
	p->given = UINT64_MAX; /* they stay so */
}

static int setup(void **state)
{
	(void)state;
	output_dialect(&output);
	plain_settings(&s, PACKS, NULL, &output.p);
	s.n_ports = PORTS;
	s.rejoin_voltage = s.rejoin_current = 10000; /* they are far apart, so as to be told apart */
	for (int i = 0; i < KINDS; i++) {
		struct problems problems = { 0 };
		profiles[i] = profile_load_file(files[i], &problems);
		assert_non_null(profiles[i]);
		problems_free(&problems);
	}
	for (int k = 0; k < PACKS; k++) {
		struct pack_settings *p = &s.packs[k];
		p->profile = profiles[plan[k].kind];
		p->port = plan[k].port;
		p->address = plan[k].address;
		/* what these kinds don't say */
		p->limits.cvl = (struct bound){ true, 56000 };
		p->limits.ccl = p->limits.dcl = (struct bound){ true, 50000 };
		p->limits.low_voltage = (struct bound){ true, 44800 };
		p->assumed_temperature = (struct bound){ true, 200 };
	}
	memset(lines, 0, sizeof lines);
	memset(asked, 0, sizeof asked);
	memset(heard, 0, sizeof heard);
	now = 0;
	assert_true(sim_bus_init(&bus, &s, false));
	for (int k = 0; k < PACKS; k++)
		give_values(k);
	e = engine_create(&s, 0);
	assert_non_null(e);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	engine_destroy(e);
	sim_bus_free(&bus);
	for (int i = 0; i < KINDS; i++)
		profile_free(profiles[i]);
	return 0;
}

/* ---- what must hold ---- */

/* Is this frame an answer to that question? By the protocols, not by the tables. */
static bool fits(const struct frame *q, const struct frame *a)
{
	if (q->ext) /* 18 cc AA 40, answered by 18 cc 40 AA */
		return a->ext && (q->id >> 16 & 0xFF) == (a->id >> 16 & 0xFF) && (q->id >> 8 & 0xFF) == (a->id & 0xFF);
	if (q->remote) /* by the same id; for cells by several from there on */
		return a->id == q->id || (q->id == 0x107 && a->id > 0x107 && a->id <= 0x10C);
	if (q->id > 0x600)
		return a->id == q->id - 0x80 && !memcmp(a->data + 1, q->data + 1, 3);
	return a->id == q->id + 0x40 && a->data[1] == q->data[0];
}

static int pack_of(int port, const struct frame *q)
{
	for (int k = 0; k < PACKS; k++) {
		unsigned address = (unsigned)plan[k].address;
		if (plan[k].port != port)
			continue;
		switch (plan[k].kind) {
		case COMMANDS:
			if (q->ext && (q->id >> 8 & 0xFF) == address)
				return k;
			break;
		case NODE:
			if (!q->ext && q->id == 0x600 + address)
				return k;
			break;
		case ECHO:
			if (!q->ext && q->id == 0x200 + address)
				return k;
			break;
		case REMOTE:
			if (q->remote)
				return k;
			break;
		case KINDS: break;
		}
	}
	fail_msg("nobody is asked with %X", q->id);
	return -1;
}

static void near(int k, const char *what, int64_t got, int64_t want)
{
	if (got - want > 1 || want - got > 1)
		fail_msg("pack %d at %lld us: %s is %lld, and its own is %lld", k, (long long)now, what, (long long)got,
		         (long long)want);
}

/* All that is known of this pack is what it says, field by field. */
static void its_own(int k)
{
	const struct pack *p = engine_pack(e, k);
	const struct sim_pack *own = &bus.packs[k];
	for (int q = 0; q < N_QUANTITY; q++)
		if (p->seen.b.q[q].validity == VALID)
			near(k, quantities[q].name, p->seen.b.q[q].value, own->b.q[q].value);
	for (int a = 0; a < N_ARRAY; a++)
		for (int i = 0; i < p->seen.cells.count[a]; i++)
			if (p->seen.cells.validity[a][i] == VALID)
				near(k, arrays[a].name, p->seen.cells.value[a][i], own->cells.value[a][i]);
	for (int a = 0; a < N_ALARM; a++) {
		const struct alarm_state *got = &p->seen.b.alarm[a], *want = &own->b.alarm[a];
		assert_true(got->alarm == TRI_UNSUPPORTED || got->alarm == want->alarm);
		assert_true(got->warning == TRI_UNSUPPORTED || got->warning == want->warning);
	}
	assert_int_equal(p->seen.rejected, 0);
}

static void question(int port, const struct frame *f)
{
	struct line *l = &lines[port];
	int k = pack_of(port, f);
	assert_false(l->closed);
	if (l->asked_once) {
		assert_true(now - l->asked_at >= GAP); /* at most 100 a second */
		/* one in flight; what was asked before the bus closed is no longer waited for */
		if (!l->answered && now - l->asked_at < TIMEOUT && l->opened_at < l->asked_at)
			fail_msg("port %d at %lld us: %X asked while %X is in flight", port, (long long)now, f->id, l->question.id);
	}
	l->asked_once = true;
	l->answered = false;
	l->asked_at = now;
	l->question = *f;
	l->asked++;
	asked[k]++;
	sim_bus_hear(&bus, port, f, now);
}

static void deliver(const struct sim_sent *sent)
{
	struct line *l = &lines[sent->port];
	if (l->closed)
		return;
	l->answered = l->answered || (l->asked_once && fits(&l->question, &sent->f));
	engine_frame(e, sent->port, &sent->f, now);
	for (int k = 0; k < PACKS; k++)
		if (engine_pack(e, k)->frames != heard[k]) {
			assert_int_equal(k, sent->pack); /* it is nobody else's */
			heard[k] = engine_pack(e, k)->frames;
			its_own(k);
		}
}

/* Which packs must be online with fresh values at each tick. */
static void all_well(uint64_t packs)
{
	for (int k = 0; k < PACKS; k++) {
		const struct pack *p = engine_pack(e, k);
		if (!(packs >> k & 1))
			continue;
		if (p->state != PACK_ONLINE)
			fail_msg("pack %d at %lld us is %s: %s", k, (long long)now, pack_state_names[p->state], p->why);
		static const enum quantity needed[] = { Q_VOLTAGE, Q_CURRENT, Q_SOC };
		for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
			if (p->b.q[needed[i]].validity != VALID)
				fail_msg("pack %d at %lld us: %s is stale", k, (long long)now, quantities[needed[i]].name);
	}
}

static void run(int64_t until, uint64_t packs)
{
	struct sim_sent sent;
	for (;;) {
		int64_t says = sim_bus_next(&bus), steps = engine_deadline(e);
		int64_t next = says < steps ? says : steps;
		if (next > until)
			break;
		now = next > now ? next : now;
		if (steps <= says) {
			int count;
			engine_step(e, now);
			const struct outgoing *out = engine_sent(e, &count);
			for (int i = 0; i < count; i++)
				if (out[i].port != PORT_OUTPUT)
					question(out[i].port, &out[i].frame);
			all_well(packs);
		} else if (sim_bus_send(&bus, now, &sent)) {
			deliver(&sent);
		}
	}
	now = until;
}

#define EVERY ((UINT64_C(1) << PACKS) - 1)
#define BUT(k) (EVERY & ~(UINT64_C(1) << (k)))

static void faults(const char *const list[][2], uint64_t seed)
{
	for (int k = 0; k < PACKS; k++)
		for (int i = 0; list[i][0]; i++)
			set(k, list[i][0], list[i][1]);
	sim_bus_seed(&bus, seed);
}

/* ---- hours ---- */

/* `at_least`: so many questions, in per cent of what the periods ask for. */
static void an_hour_with(const char *const list[][2], uint64_t seed, int at_least)
{
	setup(NULL);
	faults(list, seed);
	run(15 * SEC, 0);
	run(HOUR, EVERY);
	for (int k = 0; k < PACKS; k++) {
		const struct profile *p = s.packs[k].profile;
		int64_t normal = 0; /* questions, if none were repeated */
		for (int i = 0; i < p->n_polls; i++)
			normal += HOUR / p->polls[i].period;
		assert_in_range(asked[k], normal * at_least / 100, normal * 2);
		for (int i = 0; i < p->n_frames; i++)
			assert_true(engine_pack(e, k)->ages[i].ever || !p->frames[i].period);
	}
	teardown(NULL);
}

static void all_is_well(void **state)
{
	(void)state;
	an_hour_with((const char *const[][2]){ { NULL, NULL } }, 1, 99);
}

static void answers_lost(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++)
		an_hour_with((const char *const[][2]){ { "lose", "10 %" }, { NULL, NULL } }, seed, 95);
}

/* Three times their time-out, while the next or the one after that is in flight. */
static void answers_late(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++)
		an_hour_with((const char *const[][2]){ { "late", "10 %" }, { "delay", "300 ms" }, { NULL, NULL } }, seed, 95);
	/* all of them, by a little more than they have time for: nine questions a second are left on a bus */
	an_hour_with((const char *const[][2]){ { "delay", "130 ms" }, { NULL, NULL } }, 1, 20);
}

static void answers_swapped(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++)
		an_hour_with((const char *const[][2]){ { "swap", "10 %" }, { NULL, NULL } }, seed, 95);
}

/* 10 % of the answers lost, late or out of order. */
static void all_at_once(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++)
		an_hour_with((const char *const[][2]){ { "lose", "4 %" }, { "late", "3 %" }, { "delay", "300 ms" },
		                                       { "swap", "3 %" }, { NULL, NULL } }, seed, 95);
}

/* ---- who goes and returns ---- */

static void devices_that_go(void **state)
{
	(void)state;
	const int gone[] = { 1, 7, 9, 11 }; /* one of each kind */
	uint64_t here = EVERY, before[PACKS];
	run(60 * SEC, 0);
	run(100 * SEC, EVERY);
	for (int i = 0; i < 4; i++) {
		set(gone[i], "silent", "yes");
		here &= BUT(gone[i]);
	}
	run(220 * SEC, here);
	memcpy(before, asked, sizeof asked);
	run(520 * SEC, here); /* five minutes: each 30 s, and the time-out */
	for (int i = 0; i < 4; i++) {
		assert_int_equal(engine_pack(e, gone[i])->state, PACK_LOST);
		assert_in_range(asked[gone[i]] - before[gone[i]], 9, 11);
	}
	for (int i = 0; i < 4; i++)
		set(gone[i], "silent", "no");
	for (int i = 0; i < 4; i++)
		before[gone[i]] = heard[gone[i]];
	run(522 * SEC, here);
	assert_true(heard[7] > before[7] + 5); /* a node says that it starts, and is asked at once */
	run(552 * SEC, here);
	for (int i = 0; i < 4; i++) { /* found, and everything known anew */
		const struct pack *p = engine_pack(e, gone[i]);
		assert_true(p->heard);
		for (int k = 0; k < s.packs[gone[i]].profile->n_frames; k++)
			assert_true(!p->ages[k].ever || !s.packs[gone[i]].profile->frames[k].period || p->ages[k].last > 520 * SEC);
	}
	run(700 * SEC, here);
	run(800 * SEC, EVERY);
}

/* All but one of a bus are off: that one does not suffer. */
static void alone_on_its_bus(void **state)
{
	(void)state;
	for (int k = 0; k < 3; k++)
		set(k, "silent", "yes");
	run(10 * SEC, 0);
	run(600 * SEC, UINT64_C(1) << 3);
	teardown(NULL);
	setup(NULL);
	run(60 * SEC, 0);
	for (int k = 0; k < 3; k++)
		set(k, "silent", "yes");
	run(600 * SEC, UINT64_C(1) << 3);
}

static void close_port(int port, bool closed)
{
	lines[port].closed = closed;
	lines[port].opened_at = closed ? 0 : now;
	engine_port_open(e, port, !closed);
}

static void a_bus_that_goes(void **state)
{
	(void)state;
	const uint64_t others = EVERY & ~UINT64_C(0xF), can0 = UINT64_C(0xF);
	faults((const char *const[][2]){ { "lose", "10 %" }, { NULL, NULL } }, 5);
	run(60 * SEC, 0);
	/* bus-off for 3 s, again and again: too short to lose anybody */
	for (int i = 0; i < 20; i++) {
		run(now + 20 * SEC, EVERY);
		close_port(0, true);
		uint64_t before = lines[0].asked;
		run(now + 3 * SEC, others);
		assert_int_equal(lines[0].asked, before);
		close_port(0, false);
		run(now + 1 * SEC, others | 0);
		assert_true(lines[0].asked > before + 10);
	}
	/* and for a minute: they are lost, and return */
	close_port(0, true);
	run(now + 60 * SEC, others);
	for (int k = 0; k < 4; k++)
		assert_int_equal(engine_pack(e, k)->state, PACK_LOST);
	close_port(0, false);
	run(now + 2 * SEC, others);
	for (int k = 0; k < 4; k++)
		assert_true(engine_pack(e, k)->ages[0].last > now - 2 * SEC);
	run(now + 700 * SEC, others);
	run(now + 60 * SEC, others | can0);
}

/* An object that a node does not have is asked for once; when the node starts anew, again. */
static void nodes_that_start(void **state)
{
	(void)state;
	const int k = 7, cycles = 8; /* frame */
	uint64_t was;
	set(k, "cycles", "absent");
	run(300 * SEC, 0);
	was = asked[k];
	run(360 * SEC, EVERY);
	assert_false(engine_pack(e, k)->ages[cycles].ever);
	assert_in_range(asked[k] - was, 60 * 2 + 30 * 5 - 2, 60 * 2 + 30 * 5 + 2); /* all but that one */
	set(k, "cycles", "307");
	run(420 * SEC, EVERY);
	assert_false(engine_pack(e, k)->ages[cycles].ever);
	set(k, "silent", "yes"); /* it starts anew: so quickly that nobody misses it */
	set(k, "silent", "no");
	run(422 * SEC, EVERY);
	assert_true(engine_pack(e, k)->ages[cycles].ever);
	run(500 * SEC, EVERY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_well),
		cmocka_unit_test(answers_lost),
		cmocka_unit_test(answers_late),
		cmocka_unit_test(answers_swapped),
		cmocka_unit_test(all_at_once),
		cmocka_unit_test_setup_teardown(devices_that_go, setup, teardown),
		cmocka_unit_test_setup_teardown(alone_on_its_bus, setup, teardown),
		cmocka_unit_test_setup_teardown(a_bus_that_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(nodes_that_start, setup, teardown),
	};
	return cmocka_run_group_tests_name("polled", tests, NULL, NULL);
}
