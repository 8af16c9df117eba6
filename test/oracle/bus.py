# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""What the packs put on their buses (profiles/oracle-pack.yaml), the config that hears them, and what a GX gets.

All values are whole numbers in mV, mA, 0.1 degC, 0.01 % and mAh. Layouts of the output: Victron's CAN-bus BMS
protocol."""
import copy
import dataclasses
import struct
import subprocess

import yaml

LEVELS = ["high_voltage", "low_voltage", "high_cell_voltage", "low_cell_voltage", "cell_imbalance", "internal_failure",
          "high_charge_current", "high_discharge_current", "high_charge_temperature", "low_charge_temperature",
          "high_temperature", "low_temperature"]
# Pairs of 0x35A, alarms from the first bit on, warnings from the 32nd.
PAIRS = ["general", "high_voltage", "low_voltage", "high_temperature", "low_temperature", "high_charge_temperature",
         "low_charge_temperature", "high_discharge_current", "high_charge_current", "contactor", "short_circuit",
         "internal_failure", "cell_imbalance"]
# One step of what a GX is told.
STEPS = {"voltage": 10, "current": 100, "temperature": 1, "soc": 1, "capacity": 1000, "remaining": 1000, "cvl": 100,
         "ccl": 100, "dcl": 100, "low_voltage": 100, "cell_min": 1, "cell_max": 1, "coldest": 10, "hottest": 10}


@dataclasses.dataclass
class Pack:
    """What one pack says. None: "not available"."""
    cells: list
    voltage: int
    temperatures: tuple  # two sensors
    soc: int
    capacity: int
    cvl: int
    ccl: int
    dcl: int
    low_voltage: int
    current: int = 0
    charge: bool = True      # its switches
    discharge: bool = True
    levels: dict = dataclasses.field(default_factory=dict)  # of LEVELS: 1 warning, 2 alarm; 0 where not there

    @property
    def remaining(self):
        return self.capacity * (self.soc or 0) // 10000 // 10 * 10

    @property
    def temperature(self):
        return max(self.temperatures)


def hexed(form, *values):
    return struct.pack("<" + form, *values).hex()


def frames(pack, idle=False):
    """id and data of all that it says; idle: with no current."""
    current = 0 if idle and pack.current is not None else -0x800000 if pack.current is None else pack.current
    switches = pack.charge | pack.discharge << 1
    yield "100", (hexed("H", pack.voltage or 0) + current.to_bytes(3, "little", signed=True).hex() +
                  hexed("hB", pack.temperature, switches))
    yield "101", hexed("HHH", 0xFFFF if pack.soc is None else pack.soc, pack.capacity // 10, pack.remaining // 10)
    yield "102", hexed("HHHH", pack.cvl, pack.ccl // 10, pack.dcl // 10, pack.low_voltage)
    bits = sum(pack.levels.get(name, 0) << 2 * i for i, name in enumerate(LEVELS))
    yield "103", hexed("hh", min(pack.temperatures), max(pack.temperatures)) + bits.to_bytes(3, "little").hex()
    for group in range(0, len(pack.cells), 4):
        yield "%03X" % (0x104 + group // 4), hexed("HHHH", *pack.cells[group:group + 4])


def merge(into, more):
    """`more` over `into`; None takes a key away."""
    for key, value in more.items():
        if value is None:
            into.pop(key, None)
        elif isinstance(value, dict):
            into[key] = merge(into.get(key) or {}, value)
        else:
            into[key] = value
    return into


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data):
        return True


def config(example, packs, overlay):
    """The example with so many packs of this profile, each as one of its own, and with the overlay's keys; its `pack`
    is for all packs."""
    with open(example, encoding="utf-8") as f:
        tree = yaml.load(f, yaml.BaseLoader)
    overlay = copy.deepcopy(overlay)
    pack, models = overlay.pop("pack", {}), tree["packs"]
    merge(tree, overlay)
    tree["packs"] = [dict(merge(copy.deepcopy(models[i % len(models)]), pack), profile="oracle-pack", name="P%d" % i,
                          interface="can%d" % i) for i in range(packs)]
    tree["interfaces"] = {"can%d" % i: {} for i in range(packs)}
    return yaml.dump(tree, Dumper=Plain, sort_keys=False)


def read(ident, d, out):
    """Puts what one output frame tells into `out`."""
    if ident == 0x351:
        out["cvl"], out["ccl"], out["dcl"], out["low_voltage"] = (100 * v for v in struct.unpack("<HhhH", d))
    elif ident == 0x355:
        out["soc"] = struct.unpack_from("<H", d, 4)[0]
    elif ident == 0x356:
        voltage, current, temperature = struct.unpack_from("<hhh", d)
        out["voltage"], out["current"], out["temperature"] = 10 * voltage, 100 * current, temperature
    elif ident == 0x35A:
        bits = int.from_bytes(d, "little")
        for i, name in enumerate(PAIRS):
            alarm, warning = bits >> 2 * i & 3, bits >> 32 + 2 * i & 3
            out["alarm." + name] = 2 if alarm == 1 else 1 if warning == 1 else 0
    elif ident == 0x35F:
        out["remaining"] = 1000 * struct.unpack_from("<H", d, 4)[0]
    elif ident == 0x373:
        low, high, cold, hot = struct.unpack("<HHHH", d)
        out["cell_min"], out["cell_max"] = low, high
        out["coldest"], out["hottest"] = 10 * (cold - 273), 10 * (hot - 273)
    elif ident == 0x379:
        out["capacity"] = 1000 * struct.unpack_from("<H", d)[0]


def replay(battagg, base, profiles, ends):
    """What a GX shows at each of the times `ends` (s, rising), by BASE.yaml and BASE.log: the newest of all values."""
    with open(base + ".said", "w", encoding="utf-8") as said, subprocess.Popen(
            [battagg, "replay", "-c", base + ".yaml", "--profiles", profiles, "--tail", "10 s", base + ".log"],
            stdout=subprocess.PIPE, stderr=said, text=True, encoding="ascii") as run:
        shown, at = {}, 0
        for text in run.stdout:
            time, _, frame = text.split()
            time = float(time[1:-1])
            while at < len(ends) and time >= ends[at]:
                yield dict(shown)
                at += 1
            ident, data = frame.split("#")
            read(int(ident, 16), bytes.fromhex(data), shown)
        for _ in ends[at:]:
            yield dict(shown)
    if run.returncode:
        raise SystemExit("battagg replay ended with status %d: %s.said" % (run.returncode, base))
