# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""What three other aggregators make of the same packs, by what is known of them: their documents, default settings and
code, read as of

    dbus-btbattery (agilastic)                 4fd8595, 2025-05-28
    Battery-Aggregator (drurew)                244bb88, 2026-01-24
    dbus-aggregate-batteries (Dr-Gigavolt)     01311d3, 2026-08-19

Written from facts, not from battagg's code. Values in mV, mA, 0.1 degC, 0.01 % and mAh, not rounded. An alarm is 0, 1
(warning) or 2. What such a system does not tell is not in the result."""


def mean(values):
    return sum(values) / len(values)


def weighted(packs):
    return sum(p.soc * p.capacity for p in packs) / sum(p.capacity for p in packs)


def line(x, points):
    """On the lines between points (rising in x), and flat beyond the ends."""
    if x <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1]


def alarm(packs, name):
    return max(p.levels.get(name, 0) for p in packs)


class BatteryAggregator:
    """drurew: config.ini as it comes, but for the capacity, which is fixed there."""
    OK, WARNING, ALARM = 500, 1500, 2000   # imbalance_*_threshold
    NOMINAL, REDUCED = 150000, 50000       # nominal_charge_current, reduced_charge_current

    def __init__(self, capacity):
        self.capacity = capacity

    def __call__(self, packs):
        socs = [p.soc for p in packs if p.soc is not None]
        apart = max(socs) - min(socs)
        level, ccl = 0, self.NOMINAL
        if apart >= self.ALARM:
            level, ccl = 2, self.REDUCED
        elif apart >= self.WARNING:
            level, ccl = 1, self.NOMINAL * 0.66
        elif apart >= self.OK:
            ccl = self.NOMINAL * 0.85
        if any(alarm(packs, name) for name in ("cell_imbalance", "high_cell_voltage", "low_cell_voltage")):
            level, ccl = 2, min(ccl, self.REDUCED)
        return {
            "voltage": mean([p.voltage for p in packs if p.voltage is not None]),
            "current": sum(p.current or 0 for p in packs),
            "temperature": mean([p.temperature for p in packs]),
            "soc": min(socs), "capacity": self.capacity,
            "cvl": 14200, "ccl": ccl, "dcl": 150000, "low_voltage": 11500,
            "alarm.cell_imbalance": level, "alarm.high_voltage": 0, "alarm.low_voltage": 0,
        }


class BtBattery:
    """agilastic: virtual.py over batteries with lfp_config.ini, LINEAR_LIMITATION_ENABLE and CVCM_ENABLE True."""
    MAX_CURRENT = 50000
    # x in mV, 0.1 degC, 0.01 %
    CHARGE_CELL = [(3300, 1), (3450, .5), (3500, .05), (3550, 0)]
    DISCHARGE_CELL = [(2500, 0), (2800, .1), (2900, .5), (3100, 1)]
    CHARGE_TEMPERATURE = [(0, 0), (20, .1), (50, .5), (80, .8), (100, 1), (150, 1), (200, 1), (350, .6), (400, .2),
                          (550, 0)]
    DISCHARGE_TEMPERATURE = [(-200, 0), (0, .2), (50, .3), (100, .4), (150, 1), (450, 1), (550, 0)]
    CHARGE_SOC = [(8000, 1), (9000, .7), (9500, .3), (10000, .1)]  # CC_SOC_LIMIT3 to 1, each fraction at the next
    MIN_CELL, FLOAT_CELL = 2500, 3450
    PENALTY = [(3450, 10), (3550, 1000), (3600, 2000)]
    VOLTAGE_APART, CURRENT_APART, CURRENT_FROM, SOC_APART, LIMITS_APART = 300, 0.20, 5000, 5500, 0.30

    def __init__(self, series):
        self.series = series

    def managed(self, p):
        """What one pack may be charged and discharged with."""
        charge = min(line(max(p.cells), self.CHARGE_CELL), line(p.soc, self.CHARGE_SOC),
                     *(line(t, self.CHARGE_TEMPERATURE) for t in p.temperatures))
        discharge = min(line(min(p.cells), self.DISCHARGE_CELL),
                        *(line(t, self.DISCHARGE_TEMPERATURE) for t in p.temperatures))
        return self.MAX_CURRENT * charge, self.MAX_CURRENT * discharge

    def voltage_apart(self, packs):
        return max(p.voltage for p in packs) - min(p.voltage for p in packs) > self.VOLTAGE_APART

    def apart(self, packs):
        """voltage, current, SoC; and the charge limits"""
        currents, limits = [p.current for p in packs], [self.managed(p)[0] for p in packs]
        most = max(currents)
        current = most > self.CURRENT_FROM and (most - min(currents)) / most > self.CURRENT_APART
        limit = max(limits) > 0 and (max(limits) - min(limits)) / max(limits) > self.LIMITS_APART
        soc = max(p.soc for p in packs) - min(p.soc for p in packs) > self.SOC_APART
        return self.voltage_apart(packs), current or limit, soc, limit

    def charge_voltage(self, cells):
        if max(cells) < self.PENALTY[0][0]:
            return self.FLOAT_CELL * len(cells)
        penalty = sum(line(v, self.PENALTY) for v in cells if v >= self.PENALTY[0][0])
        return max(sum(cells) - penalty, self.MIN_CELL * len(cells))

    def __call__(self, packs):
        managed = [self.managed(p) for p in packs]
        temperatures = sorted(t for p in packs for t in p.temperatures)
        out = {"alarm." + name: alarm(packs, name) for name in (
            "high_voltage", "high_charge_current", "high_discharge_current", "cell_imbalance", "internal_failure",
            "high_charge_temperature", "low_charge_temperature", "high_temperature", "low_temperature")}
        out["alarm.low_voltage"] = max(alarm(packs, "low_voltage"), alarm(packs, "low_cell_voltage"))
        out["temperature"] = mean(temperatures[-2:])
        out["hottest"], out["coldest"] = temperatures[-1], temperatures[-2]
        cells = [v for p in packs for v in p.cells] if self.series else packs[0].cells
        out["cell_min"], out["cell_max"] = min(cells), max(cells)
        out["cvl"] = self.charge_voltage(cells)
        out["low_voltage"] = self.MIN_CELL * len(cells)
        if self.series:
            out.update({
                "voltage": sum(p.voltage for p in packs), "current": mean([p.current for p in packs]),
                "soc": min(p.soc for p in packs), "capacity": min(p.capacity for p in packs),
                "remaining": min(p.remaining for p in packs),
                "ccl": min(c for c, _ in managed), "dcl": min(d for _, d in managed)})
            return out
        voltage, current, soc, limit = self.apart(packs)
        out.update({
            "voltage": mean([p.voltage for p in packs]), "current": sum(p.current for p in packs),
            "soc": weighted(packs), "capacity": sum(p.capacity for p in packs),
            "remaining": sum(p.remaining for p in packs),
            "ccl": sum(c for c, _ in managed) * (0.7 if voltage and limit else 1), "dcl": sum(d for _, d in managed)})
        if voltage or current or soc:
            out["alarm.cell_imbalance"] = max(out["alarm.cell_imbalance"], 1)
        if voltage or soc:
            least, step = self.MIN_CELL * len(cells), 50 * len(cells)
            out["cvl"] = max(out["voltage"], least)
            if out["cvl"] - step > least:
                out["cvl"] -= step
        return out


class AggregateBatteries:
    """Dr-Gigavolt: config.ini as it comes; `month` from 0 on with OWN_CHARGE_PARAMETERS, None without."""
    CHARGE_VOLTAGE = (3550, 3500, 3500, 3450, 3400, 3400, 3400, 3400, 3450, 3500, 3500, 3550)  # by month
    MAX_CELL, MIN_CELL, HYSTERESIS, MAX_CURRENT = 3450, 2900, 100, 200000
    CHARGE = [(2900, .2), (2950, 1), (3300, 1), (3400, .1), (3450, 0)]
    DISCHARGE = [(2900, 0), (3000, .05), (3100, 1)]
    EFFICIENCY, FULL = 0.98, 3450  # FULL: MAX_CELL_VOLTAGE_SOC_FULL

    def __init__(self, month, own_soc=False):
        self.month, self.own_soc = month, own_soc
        self.empty, self.charge = False, None

    def voltage(self, packs):
        base = len(packs[0].cells) * self.CHARGE_VOLTAGE[self.month]
        if max(v for p in packs for v in p.cells) < self.MAX_CELL:
            return base
        return min([base] + [sum(p.cells) - sum(max(0, v - self.MAX_CELL) for v in p.cells) for p in packs])

    def limits(self, packs):
        high, low = max(v for p in packs for v in p.cells), min(v for p in packs for v in p.cells)
        self.empty = low <= self.MIN_CELL or (self.empty and low <= self.MIN_CELL + self.HYSTERESIS)
        charge = all(p.charge and p.ccl for p in packs) * line(high, self.CHARGE)
        discharge = (all(p.discharge and p.dcl for p in packs) and not self.empty) * line(low, self.DISCHARGE)
        return self.MAX_CURRENT * charge, self.MAX_CURRENT * discharge

    def count(self, packs, seconds):
        """Own charge, after the current has flown for so long."""
        capacity, current = sum(p.capacity for p in packs), sum(p.current for p in packs)
        if self.charge is None:
            self.charge = weighted(packs) * capacity / 10000
        self.charge += current * seconds / 3600 * (self.EFFICIENCY if current > 0 else 1)
        self.charge = min(max(self.charge, 0), capacity)
        if self.is_full(packs):
            self.charge = capacity
        return 10000 * self.charge / capacity

    def is_full(self, packs):
        """Without OWN_CHARGE_PARAMETERS."""
        return max(v for p in packs for v in p.cells) >= self.FULL

    def __call__(self, packs, seconds=0):
        cells = [v for p in packs for v in p.cells]
        temperatures = [t for p in packs for t in p.temperatures]
        out = {"alarm." + name: alarm(packs, name) for name in (
            "high_charge_current", "high_discharge_current", "cell_imbalance", "internal_failure",
            "high_charge_temperature", "low_charge_temperature", "high_temperature", "low_temperature")}
        for side in ("high", "low"):
            out["alarm.%s_voltage" % side] = max(alarm(packs, side + "_voltage"), alarm(packs, side + "_cell_voltage"))
        out.update({
            "voltage": mean([p.voltage for p in packs]), "current": sum(p.current for p in packs),
            "temperature": mean([p.temperature for p in packs]),
            "soc": self.count(packs, seconds) if self.own_soc else weighted(packs),
            "capacity": sum(p.capacity for p in packs), "cell_min": min(cells), "cell_max": max(cells),
            "coldest": min(temperatures), "hottest": max(temperatures)})
        if self.month is not None:
            out["cvl"] = self.voltage(packs)
            out["ccl"], out["dcl"] = self.limits(packs)
        else:
            out["cvl"] = min(p.cvl for p in packs)
            out["ccl"] = min(p.ccl if p.charge else 0 for p in packs) * len(packs)
            out["dcl"] = min(p.dcl if p.discharge else 0 for p in packs) * len(packs)
        return out
