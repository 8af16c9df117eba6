# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Deliberate differences that more than one of the other systems has. The others are in like_*.py.

A difference is a function that changes what the other system tells (`want`) to what battagg is to tell, and returns
whether its condition holds: if not, what it changed does not count, and must be nothing. They are called one after the
other, each for every input. Why they are made: differences.txt, by the same names."""
import dataclasses

from bus import LEVELS, PAIRS

CHARGE, DISCHARGE = 0, 1
LIMIT = ("ccl", "dcl")
PROTECTIONS = ({"high_voltage", "high_cell_voltage", "high_charge_current", "high_charge_temperature",
                "low_charge_temperature", "high_temperature", "low_temperature", "internal_failure"},
               {"low_voltage", "low_cell_voltage", "high_discharge_current", "high_temperature", "low_temperature",
                "internal_failure"})
# What a GX has one place for, of what packs tell.
SLOTS = {"high_voltage": ("high_voltage", "high_cell_voltage"), "low_voltage": ("low_voltage", "low_cell_voltage")}


@dataclasses.dataclass
class Case:
    label: str             # of the replay
    packs: list
    memory: dict           # for what a difference needs to know of the inputs before
    series: bool = False
    derated: list = None   # mA that the config allows each pack, charging and discharging
    stays: bool = False    # some curve stays at 0
    begins: float = 0      # s, when the packs begin to say this
    ends: float = 0        # s, when it is looked at

    def may(self, i, d):
        """mA that pack i may take: by the config, and by its own BMS."""
        return min(self.derated[i][d], may(self.packs[i], d))

    def remembered(self, what, make):
        return self.memory.setdefault(what, make())


def may(pack, d):
    """mA that the pack's own BMS lets flow."""
    return (pack.ccl, pack.dcl)[d] if (pack.charge, pack.discharge)[d] else 0


class Detector:
    """On at the threshold, off when `release` below it; while the value is not known it stays."""

    def __init__(self):
        self.on, self.since = False, 0

    def step(self, value, threshold, release, now=0):
        if value is not None and (value <= threshold - release if self.on else value >= threshold):
            self.on, self.since = not self.on, now
        return self.on


class Shut:
    """A curve that gave 0 gives 0 until it reaches 5 % of its most."""

    def __init__(self):
        self.shut = self.stays = False

    def step(self, share):
        self.stays = self.shut and 0 < share < 0.05 - 1e-9
        self.shut = share == 0 or self.stays
        return 0 if self.shut else share


def derate(case, most, curves):
    """`curves`, for each direction: functions that give a pack's share of `most`."""
    shut = {(i, d, k): case.remembered(("curve", i, d, k), Shut) for i in range(len(case.packs))
            for d in (CHARGE, DISCHARGE) for k in range(len(curves[d]))}
    out = [[most * min(shut[i, d, k].step(curve(p)) for k, curve in enumerate(curves[d])) for d in (CHARGE, DISCHARGE)]
           for i, p in enumerate(case.packs)]
    case.stays = any(s.stays for s in shut.values())
    return out


def lower(want, key, value):
    want[key] = min(want[key], value)


def have(case, *alarms):
    return any(p.levels.get(a) for p in case.packs for a in alarms)


def worst(case, *alarms):
    return max(p.levels.get(a, 0) for p in case.packs for a in alarms)


def allow_less(case):
    """Does a pack's own BMS allow less than the config?"""
    return any(may(p, d) < case.derated[i][d] for i, p in enumerate(case.packs) for d in (CHARGE, DISCHARGE))


def voltages_of_packs(want, case):
    over = sum if case.series else min
    before = dict(want)
    lower(want, "cvl", over(p.cvl for p in case.packs))
    if "low_voltage" in want:
        over = sum if case.series else max
        want["low_voltage"] = max(want["low_voltage"], over(p.low_voltage for p in case.packs))
    return before != want


def protection(want, case):
    closed = [any(may(p, d) == 0 and any(p.levels.get(a) == 2 for a in PROTECTIONS[d]) for p in case.packs)
              for d in (CHARGE, DISCHARGE)]
    for d in (CHARGE, DISCHARGE):
        if closed[d]:
            want[LIMIT[d]] = 0
    return any(closed)


def cell_guard(want, case):
    """LFP: no charging at 3.60 V until 3.50 V, no discharging at 2.80 V until 3.00 V."""
    tripped = False
    for i, p in enumerate(case.packs):
        looks = (CHARGE, max(p.cells), 3600, 3500), (DISCHARGE, -min(p.cells), -2800, -3000)
        for d, value, trips, releases in looks:
            if case.remembered(("guard", i, d), Detector).step(value, trips, trips - releases):
                want[LIMIT[d]] = 0
                tripped = True
    return tripped


def feedback(want, case):
    over = False
    for d, sign in ((CHARGE, 1), (DISCHARGE, -1)):
        bank = max(0, sum(sign * (p.current or 0) for p in case.packs))
        for i, p in enumerate(case.packs):
            own, tolerance, current = case.may(i, d), min(1000, p.capacity / 50), sign * (p.current or 0)
            blocked = may(p, d) == 0
            if not case.series and current > (tolerance if blocked else own * 1.02 + 1000):
                lower(want, LIMIT[d], bank * max(own, tolerance) / current)
                over = True
    return over


FLOOR = 3350  # mV of a cell, below which the charge voltage is never lowered


def strings(case):
    return [[v for p in case.packs for v in p.cells]] if case.series else [p.cells for p in case.packs]


def high_cells(case, high):
    """mV: the lowest charge voltage by cells above `high`, mV; none: infinite."""
    levels = [float("inf")]
    for cells in strings(case):
        over = sum(max(0, v - high) for v in cells)
        if over:
            levels.append(max(FLOOR * len(cells), sum(cells) - over))
    return min(levels)


class Reduction:
    """For cells that are too high: stays as long as one is, however high the battery has come."""

    def __init__(self):
        self.active, self.value, self.asked = False, 0, None

    def look(self, wish, otherwise):
        if not self.active or wish == float("inf"):
            self.active, self.value = False, otherwise
        if wish < self.value:
            self.active, self.value = True, wish
        self.active = self.active and self.value < otherwise

    def step(self, case, high, own):
        """`own`: mV that it would be otherwise. Packs may ask for less; for more, when they have said so twice."""
        asked, over = [p.cvl for p in case.packs], sum if case.series else min
        before = self.asked or asked
        for now in (list(map(min, before, asked)), asked):
            self.look(high_cells(case, high), min(own, over(now)))
        self.asked = asked
        return min(own, high_cells(case, high), self.value if self.active else own)


def is_high(case, high):
    return any(v >= high for p in case.packs for v in p.cells)


def hard_block(want, case):
    cells = [len(p.cells) for p in case.packs]
    if want["ccl"] == 0:
        lower(want, "cvl", (sum if case.series else min)(cells) * 3375)
    return want["ccl"] == 0


def every_alarm(want, case):
    for name in PAIRS:
        want["alarm." + name] = max(want.get("alarm." + name, 0), worst(case, *SLOTS.get(name, (name,))))
    return have(case, *LEVELS)


def cells_told(want, case):
    every = [v for p in case.packs for v in p.cells]
    want["cell_min"], want["cell_max"] = min(every), max(every)
    want["coldest"] = min(t for p in case.packs for t in p.temperatures)
    want["hottest"] = max(t for p in case.packs for t in p.temperatures)
    return True
