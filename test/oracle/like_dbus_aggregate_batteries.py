# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""dbus-aggregate-batteries against etc/examples/like-dbus-aggregate-batteries.yaml."""
import calendar

import differences as common
import inputs
from differences import CHARGE, DISCHARGE, LIMIT, may
from like import FAST, HIGH_CELL, SAID, System, Variant, deep
from oracles import AggregateBatteries as Other
from oracles import line

CHARGE_CURVE = Other.CHARGE[2:]
CURVES = ([lambda p: line(max(p.cells), CHARGE_CURVE)], [lambda p: line(min(p.cells), Other.DISCHARGE)])
CELLS = 16
FLOWS = 3  # s, of the current that is counted; then there is none, until it is looked at


def own(case):
    """The month, with charge parameters of its own; else None."""
    return case.memory["month"]


def blocked(case, d):
    return any(may(p, d) == 0 for p in case.packs)


def low_cells(want, case):
    if own(case) is not None:
        high = max(v for p in case.packs for v in p.cells)
        want["ccl"] = 0 if blocked(case, CHARGE) else Other.MAX_CURRENT * line(high, CHARGE_CURVE)
    return max(v for p in case.packs for v in p.cells) < Other.CHARGE[1][0]


def reopen(want, case):
    for d in (CHARGE, DISCHARGE):
        if own(case) is not None:
            want[LIMIT[d]] = 0 if blocked(case, d) else len(case.packs) * min(both[d] for both in case.derated)
    low = min(v for p in case.packs for v in p.cells)
    latched = case.memory["other"].empty and low > Other.MIN_CELL
    return case.stays or latched or low == Other.MIN_CELL + Other.HYSTERESIS


def limits_of_packs(want, case):
    for d in (CHARGE, DISCHARGE):
        if own(case) is not None:
            want[LIMIT[d]] = len(case.packs) * min(case.may(i, d) for i in range(len(case.packs)))
    return common.allow_less(case)


def top(case):
    return CELLS * Other.CHARGE_VOLTAGE[own(case)]


def high_cell(want, case):
    if own(case) is not None:
        want["cvl"] = min(top(case), common.high_cells(case, Other.MAX_CELL))
    return common.is_high(case, Other.MAX_CELL)


def high_cell_stays(want, case):
    reduction = case.remembered("reduction", common.Reduction)
    was = reduction.active
    if own(case) is not None:
        want["cvl"] = reduction.step(case, Other.MAX_CELL, top(case))
    return was and common.is_high(case, Other.MAX_CELL)


def full_is_all_packs(want, case):
    count = case.memory["count"]
    if not count:
        return False
    counter = case.remembered("counter", lambda: Counter(None, True))
    counter.count(case.packs, FLOWS)
    want["soc"] = 10000 * counter.charge / sum(p.capacity for p in case.packs)
    return counter.charge != count.charge


class Counter(Other):
    """That of battagg."""

    def is_full(self, packs):
        return all(max(p.cells) >= self.FULL for p in packs)


def variant(n, month, count=False):
    share = "%d mA" % (Other.MAX_CURRENT // n)
    overlay = deep(FAST, {"charge": {"high_cell": HIGH_CELL},
                          "pack": {"limits": {"charge_current": share, "discharge_current": share}}})
    if month is None:
        overlay = deep(overlay, {"charge": None, "curves": None,
                                 "limits": {"charge_current": None, "discharge_current": None}})
        overlay["pack"] = {"limits": None}
    if count:
        overlay["soc"] = {"from": "counter", "counter": {"full_time": "0 s", "full_current": "3 C"}}
        overlay["pack"]["capacity"] = "30 Ah"  # so that seconds are seen
    other = Other(month, count)

    def packs(rng):
        return inputs.packs(rng, n, CELLS, lambda r: 30000 if count else 280000, (20000, 80000 if count else 120000))

    def derate(case):
        case.memory.update(month=month, other=other, count=other if count else None)
        return [[float("inf")] * 2] * n if month is None else common.derate(case, Other.MAX_CURRENT / n, CURVES)

    def told(some):
        out = other(some, FLOWS)
        if count:
            out["current"] = 0
        return out

    start = calendar.timegm((2026, 1 if month is None else month + 1, 10, 12, 0, 0))
    out = Variant("dbus-aggregate-batteries-%d-%s" % (n, month), n, overlay, told, packs, derate, start=start)
    if count:
        out.label, out.over, out.said = out.label + "-counts", 0, SAID[:3] + ((1 + FLOWS, True),)
    return out


SYSTEM = System("dbus-aggregate-batteries", "like-dbus-aggregate-batteries.yaml", {
    "low-cells": low_cells,
    "reopen": reopen,
    "limits-of-packs": limits_of_packs,
    "cell-guard": common.cell_guard,
    "feedback": common.feedback,
    "high-cell": high_cell,
    "high-cell-stays": high_cell_stays,
    "voltages-of-packs": common.voltages_of_packs,
    "hard-block": common.hard_block,
    "full-is-all-packs": full_is_all_packs,
}, [variant(2 + month % 4, month) for month in range(12)] + [variant(n, None) for n in (2, 3, 4, 5)] +
    [variant(3, None, True)])
