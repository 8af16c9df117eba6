# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""What a system that is compared consists of."""
import dataclasses

# The time that a policy takes is tested elsewhere (test/unit). Here each input is to be settled within seconds: holds,
# ramps and dwell are as short as a config allows. Random packs leap, so nothing that leaps is doubted.
FAST = {
    "limits": {"raise": {"hold": "0 s", "current": "100 A/s", "percent": "100 %/s", "voltage": "1 V/s"}},
    "imbalance": {"soc": {"time": "0 s"}, "voltage": {"time": "0 s"}, "current": {"time": "0 s"},
                  "charge_voltage": {"down": "1 V/s", "up": "1 V/s"}},
    "feedback": {"time": "0 s", "hold": "0 s", "step": "1 s"},
    "suspect": {"jumps": "off", "frozen": "off", "soc": "off"},
}

# Likewise, for those with a charge voltage of their own.
HIGH_CELL = {"hold": "0 s", "rise": "1 V/s", "smooth": "0 s", "believed_after": "0 s"}

# s, and whether idle. Packs begin with no current, so that limits are there before it flows, and say all twice, as what
# is laxer has to be.
SAID = ((0, True), (0.5, True), (1, False), (1.5, False))


@dataclasses.dataclass
class Variant:
    """One replay."""
    label: str
    n: int            # packs
    overlay: dict     # over the example's config; None: without this key
    oracle: object    # packs -> what the other system tells
    random: object    # rng -> packs
    derate: object    # case -> mA that the config allows each pack, charging and discharging
    series: bool = False
    start: int = 1750000000  # s
    over: float = 0.01       # how often a pack gets more than it may take
    said: tuple = SAID


@dataclasses.dataclass
class System:
    name: str
    example: str
    differences: dict
    variants: list


def deep(*trees):
    out = {}
    for tree in trees:
        for key, value in tree.items():
            out[key] = deep(out.get(key) or {}, value) if isinstance(value, dict) else value
    return out
