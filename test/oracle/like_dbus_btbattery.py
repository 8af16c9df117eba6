# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""dbus-btbattery against etc/examples/like-dbus-btbattery.yaml."""
import differences as common
import inputs
from differences import CHARGE, DISCHARGE, LIMIT, Detector, may, worst
from like import FAST, HIGH_CELL, System, Variant, deep
from oracles import BtBattery, line

HIGH, TOP = 3450, 3450  # mV of a cell: too high, and charged to
ABOVE = 0.1             # C, from which currents are compared
ABOVE_GUARD = [(2800, .1), (2900, .5), (3100, 1)]
CURVES = (
    [lambda p: line(max(p.cells), BtBattery.CHARGE_CELL), lambda p: line(p.soc, BtBattery.CHARGE_SOC),
     lambda p: line(min(p.temperatures), BtBattery.CHARGE_TEMPERATURE),
     lambda p: line(max(p.temperatures), BtBattery.CHARGE_TEMPERATURE)],
    [lambda p: line(min(p.cells), ABOVE_GUARD), lambda p: line(min(p.temperatures), BtBattery.DISCHARGE_TEMPERATURE),
     lambda p: line(max(p.temperatures), BtBattery.DISCHARGE_TEMPERATURE)])


def together(limits, case):
    return (min if case.series else sum)(limits)


def other_factor(case):
    """Of its charge current."""
    voltage, _, _, limit = BtBattery(False).apart(case.packs)
    return 0.7 if voltage and limit and not case.series else 1


def reopen(want, case):
    for d, factor in ((CHARGE, other_factor(case)), (DISCHARGE, 1)):
        want[LIMIT[d]] = factor * together([both[d] for both in case.derated], case)
    return case.stays or any(min(p.cells) < ABOVE_GUARD[0][0] for p in case.packs)


def gap(values):
    return max(values) - min(values)


def apart(case):
    """Of voltage, SoC, charge and discharge current: is it found?"""
    if case.series:
        return [False] * 4
    found = [case.remembered("voltage", Detector).step(gap([p.voltage for p in case.packs]), 300, 100),
             case.remembered("soc", Detector).step(gap([p.soc for p in case.packs]), 5500, 200)]
    for d, sign in ((CHARGE, 1), (DISCHARGE, -1)):
        rates = [sign * p.current / p.capacity for p in case.packs if may(p, d)]
        flows = sum(sign * p.current for p in case.packs if may(p, d)) > 0 and max(rates) >= ABOVE
        share = 10000 * gap(rates) / max(rates) if flows else None
        found.append(case.remembered(("current", d), Detector).step(share, 2000, 500))
    return found


def packs_apart(want, case):
    case.memory["apart"] = apart(case)
    want["alarm.cell_imbalance"] = max(worst(case, "cell_imbalance"), any(case.memory["apart"]))
    voltage, current, soc, _ = BtBattery(False).apart(case.packs)
    found = case.memory["apart"]
    return [voltage, soc, current] != [found[0], found[1], found[2] or found[3]]


def voltage_alone(want, case):
    own, other = 0.7 if case.memory["apart"][0] else 1, other_factor(case)
    want["ccl"] *= own / other
    return own != other


def limits_of_packs(want, case):
    for d, factor in ((CHARGE, 0.7 if case.memory["apart"][0] else 1), (DISCHARGE, 1)):
        want[LIMIT[d]] = factor * together([case.may(i, d) for i in range(len(case.packs))], case)
    return common.allow_less(case)


def own_top(case):
    return min(TOP * len(cells) for cells in common.strings(case))


def flagged(case):
    """By dbus-btbattery."""
    voltage, _, soc, _ = BtBattery(False).apart(case.packs)
    return (voltage or soc) and not case.series


def high_cell(want, case):
    if not flagged(case):
        want["cvl"] = min(own_top(case), common.high_cells(case, HIGH))
    return common.is_high(case, HIGH)


def high_cell_stays(want, case):
    reduction = case.remembered("reduction", common.Reduction)
    was, case.memory["cvl"] = reduction.active, reduction.step(case, HIGH, own_top(case))
    if not flagged(case):
        want["cvl"] = case.memory["cvl"]
    return was and common.is_high(case, HIGH)


def lowered_to_a_floor(want, case):
    want["cvl"] = case.memory["cvl"]
    if any(case.memory["apart"][:2]):
        common.lower(want, "cvl", common.FLOOR * len(case.packs[0].cells))
    return flagged(case) or any(case.memory["apart"][:2])


def low_voltage(want, case):
    cells = sum(len(p.cells) for p in case.packs) if case.series else len(case.packs[0].cells)
    want["low_voltage"] = 2800 * cells
    return True


def hottest(want, case):
    want["temperature"] = max(t for p in case.packs for t in p.temperatures)
    return True


def variant(n, series):
    cells = 4 if series else 16
    overlay = deep(FAST, {"charge": {"high_cell": HIGH_CELL}})
    if series:
        overlay = deep(overlay, {"bank": {"topology": "series"}, "imbalance": None,
                                 "limits": {"low_voltage": "%d mV" % (n * cells * 2800)}})
    overlay["pack"] = {"capacity": None, "cells": str(cells)}  # their capacity they say

    def packs(rng):
        return inputs.packs(rng, n, cells, lambda r: 10 * r.randint(5000, 30000), (20000, 120000))

    label = "dbus-btbattery-%s-%d" % ("series" if series else "parallel", n)
    return Variant(label, n, overlay, BtBattery(series), packs,
                   lambda case: common.derate(case, BtBattery.MAX_CURRENT, CURVES), series, over=0 if series else 0.01)


SYSTEM = System("dbus-btbattery", "like-dbus-btbattery.yaml", {
    "reopen": reopen,
    "packs-apart": packs_apart,
    "voltage-alone": voltage_alone,
    "limits-of-packs": limits_of_packs,
    "protection": common.protection,
    "cell-guard": common.cell_guard,
    "feedback": common.feedback,
    "high-cell": high_cell,
    "high-cell-stays": high_cell_stays,
    "lowered-to-a-floor": lowered_to_a_floor,
    "low-voltage": low_voltage,
    "voltages-of-packs": common.voltages_of_packs,
    "hard-block": common.hard_block,
    "every-alarm": common.every_alarm,
    "hottest": hottest,
    "all-cells": common.cells_told,
}, [variant(2, False), variant(3, False), variant(2, True), variant(4, False), variant(3, True), variant(5, False)])
