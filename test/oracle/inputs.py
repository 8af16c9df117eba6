# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Random packs: mostly what packs are like, often at an edge, sometimes what they should never be like."""
from bus import LEVELS, Pack


def level(rng):
    """mV of most cells of a pack."""
    return rng.randint(*rng.choice(((3200, 3400), (3200, 3440), (3000, 3500), (2500, 3650))))


def cell_voltages(rng, n, around):
    """mV of n cells, each a little off, now and then one that stands out."""
    spread = rng.choice((0, 5, 5, 20, 80))
    cells = [around + rng.randint(-spread, spread) for _ in range(n)]
    if rng.random() < 0.1:
        cells[rng.randrange(n)] = rng.choice((rng.randint(2400, 3700), 2900, 3000, 3100, 3300, 3450, 3500, 3550))
    return cells


def temperature(rng):
    """0.1 degC."""
    return rng.choice((rng.randint(100, 350), rng.randint(100, 350), rng.randint(-250, 650), 50 * rng.randint(-3, 12)))


def soc(rng, around):
    """0.01 %; most packs of a bank are near each other."""
    if rng.random() < 0.15:
        return rng.choice((0, 10000, rng.randint(0, 10000)))
    return min(10000, max(0, around + 50 * rng.randint(-20, 20)))


def levels(rng):
    return {name: rng.choice((1, 2, 2)) for name in LEVELS if rng.random() < 0.01}


def pack(rng, n_cells, volts, charged, capacity, limits):
    """Around a level of its cells and of its SoC. limits: (least, most) mA of what its BMS allows, most of the time."""
    cells = cell_voltages(rng, n_cells, volts)
    most = limits[1]
    allowed = [rng.choice((most, most, rng.randint(*limits) // 10 * 10, 0 if rng.random() < 0.2 else most)) for _ in (0, 1)]
    return Pack(cells=cells, voltage=sum(cells) + rng.choice((0, 0, rng.randint(-300, 300) * n_cells // 16)),
                temperatures=(temperature(rng), temperature(rng)) if rng.random() < 0.5 else (200, 215),
                soc=soc(rng, charged), capacity=capacity, ccl=allowed[0], dcl=allowed[1],
                cvl=n_cells * rng.choice((3600, 3600, 3600, rng.randint(3350, 3600))),
                low_voltage=n_cells * rng.choice((2500, 2500, rng.randint(2400, 3000))),
                charge=rng.random() > 0.02, discharge=rng.random() > 0.02, levels=levels(rng))


def packs(rng, n, n_cells, capacity, limits):
    volts, charged = level(rng), rng.randint(0, 10000)
    return [pack(rng, n_cells, volts if rng.random() < 0.8 else level(rng), charged, capacity(rng), limits)
            for _ in range(n)]


def calm(packs):
    """Healthy, and without current."""
    for pack in packs:
        pack.cells = [3300] * len(pack.cells)
        pack.voltage, pack.temperatures, pack.soc, pack.current = sum(pack.cells), (200, 215), 5000, 0
        pack.cvl, pack.low_voltage = 3600 * len(pack.cells), 2500 * len(pack.cells)
        pack.ccl = pack.dcl = 150000
        pack.charge = pack.discharge = True
        pack.levels = {}


def flow(rng, case, over):
    """Currents, within what each pack may take; over: one gets more."""
    packs, sign = case.packs, rng.choice((1, -1))
    if case.series:
        most = min(min(case.may(i, sign < 0) for i in range(len(packs))), 100000)
        current = sign * int(rng.random() * most)
        for pack in packs:
            pack.current = current + rng.randint(-50, 50)
        return
    for i, pack in enumerate(packs):
        direction = sign if rng.random() < 0.9 else -sign
        if pack.current is not None:
            pack.current = direction * int(rng.random() * case.may(i, direction < 0))
    i = rng.randrange(len(packs))
    if over and packs[i].current is not None:
        packs[i].current = sign * int(case.may(i, sign < 0) * rng.uniform(1.1, 1.6) + 2000)
