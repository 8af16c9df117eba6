# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Battery-Aggregator against etc/examples/like-battery-aggregator.yaml."""
import differences as common
import inputs
from differences import CHARGE, DISCHARGE, LIMIT, Detector, have, lower, may, worst
from like import FAST, System, Variant, deep
from oracles import BatteryAggregator

CAPACITY = 150000
ALARMS = ("cell_imbalance", "high_cell_voltage", "low_cell_voltage")
LASTS = 15  # s
TIERS = (500, 1500, 2000)


def missing_values(want, case):
    last = case.remembered("last", lambda: [{} for _ in case.packs])
    for known, p in zip(last, case.packs):
        known.update({key: value for key, value in vars(p).items() if value is not None})
        known["voltage"] = sum(p.cells) if p.voltage is None else p.voltage
    want["voltage"] = sum(known["voltage"] for known in last) / len(last)
    want["current"] = sum(known["current"] for known in last)
    want["soc"] = min(known["soc"] for known in last)
    return any(None in (p.voltage, p.current, p.soc) for p in case.packs)


def release(want, case):
    socs = [p.soc for p in case.packs]
    apart = None if None in socs else max(socs) - min(socs)
    on = [case.remembered(tier, Detector).step(apart, tier, 200, case.begins) for tier in TIERS]
    want["ccl"] = 50000 if on[2] else 99000 if on[1] else 127500 if on[0] else 150000
    case.memory["level"] = 2 if on[2] else 1 if on[1] else 0
    want["alarm.cell_imbalance"] = case.memory["level"]
    if have(case, *ALARMS):
        lower(want, "ccl", 50000)
        want["alarm.cell_imbalance"] = 2
    return apart is None or any(is_on and apart < tier for is_on, tier in zip(on, TIERS))


def alarms_of_packs(want, case):
    if have(case, "high_voltage", "low_voltage"):
        lower(want, "ccl", 50000)
    return have(case, "high_voltage", "low_voltage")


def limits_of_packs(want, case):
    before = dict(want)
    for d in (CHARGE, DISCHARGE):
        lower(want, LIMIT[d], sum(may(p, d) for p in case.packs))
    return before != want


def alarm_when_it_lasts(want, case):
    warning = case.memory[1500]
    case.memory["level"] = 2 if warning.on and case.ends - warning.since > LASTS else 1 if warning.on else 0
    want["alarm.cell_imbalance"] = 2 if have(case, *ALARMS) else case.memory["level"]
    return warning.on


def own_slots(want, case):
    want["alarm.cell_imbalance"] = max(case.memory["level"], worst(case, "cell_imbalance"))
    want["alarm.high_voltage"] = worst(case, "high_cell_voltage")
    want["alarm.low_voltage"] = worst(case, "low_cell_voltage")
    return have(case, *ALARMS)


def variant(n):
    def packs(rng):
        some = inputs.packs(rng, n, 4, lambda r: CAPACITY, (30000, 150000))
        if rng.random() < 0.02:
            setattr(rng.choice(some), rng.choice(("voltage", "current", "soc")), None)
        return some

    return Variant("battery-aggregator-%d" % n, n, deep(FAST, {"alarms": {"packs_apart": "%d s" % LASTS}}),
                   BatteryAggregator(n * CAPACITY), packs, lambda case: [[float("inf")] * 2] * n)


SYSTEM = System("battery-aggregator", "like-battery-aggregator.yaml", {
    "missing-values": missing_values,
    "release": release,
    "alarms-of-packs": alarms_of_packs,
    "limits-of-packs": limits_of_packs,
    "protection": common.protection,
    "cell-guard": common.cell_guard,
    "feedback": common.feedback,
    "voltages-of-packs": common.voltages_of_packs,
    "hard-block": common.hard_block,
    "alarm-when-it-lasts": alarm_when_it_lasts,
    "own-slots": own_slots,
    "every-alarm": common.every_alarm,
    "cells-told": common.cells_told,
}, [variant(n) for n in (3, 2, 4, 5)])
