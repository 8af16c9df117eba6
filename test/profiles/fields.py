# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""What a profile's field is, and which of its raw values would be believed (can-profiles/README.md says)."""
import re
from fractions import Fraction
from pathlib import Path

README = Path(__file__).resolve().parent.parent.parent / "can-profiles/README.md"
# one of it in the vocabulary's unit; temperatures differ in their zero, too
UNITS = {"V": 1, "A": 1, "Ah": 1, "%": 1, "W": 1, "Wh": 1, "degC": 1, "K": 1, "mV": Fraction(1, 1000), "mA": Fraction(1, 1000),
         "mAh": Fraction(1, 1000), "kW": 1000, "kWh": 1000, "degF": Fraction(5, 9), "": 1}
ZERO = {"K": Fraction("-273.15"), "degF": Fraction(-160, 9)}


def vocabulary():
    """name -> (unit, least, most), as can-profiles/README.md tells; None where there are no bounds."""
    rows = {}
    for line in README.read_text().splitlines():
        found = re.match(r"\| `(\w+)(\[1\])?` \| ([^|]*) \|(?: ([-0-9. ]+) to ([0-9 ]+) \|)?", line)
        if not found:
            continue
        name, array, unit, least, most = found.groups()
        if least is not None:
            rows[name] = (unit, *(Fraction(bound.replace(" ", "")) for bound in (least, most)))
        elif array or unit.startswith("yes"):
            rows[name] = (unit, None, None)
    for name in ("cell_voltage", "cell_temperature"):
        rows[name] = rows[name + "_min"]
    return rows


WORDS = vocabulary()


def value_of(word):
    """A number with its unit, in the vocabulary's; None when a parameter stands there."""
    found = re.fullmatch(r"(-?)([\d.]+(?:/\d+)?)(?: (\S+))?", word)
    if not found:
        return None
    sign, number, unit = found.groups()
    return (-1 if sign else 1) * Fraction(number) * UNITS[unit or ""], ZERO.get(unit, 0)


class Field:
    """One place of one value: its name, its keys, the byte order that holds for it, the list of places it stands in."""

    def __init__(self, name, keys, big, places=None):
        self.name, self.keys, self.base, self.places = name, keys, re.sub(r"\[.*", "", name), places
        self.label = f"{name} #{[k is keys for k in places].index(True) + 1}" if places else name
        self.big = keys["byte_order"] == "big" if "byte_order" in keys else big
        self.array = "[" in name
        if "." in name:
            self.kind = "alarm"
        elif self.base not in WORDS:
            self.kind = "text"
        elif WORDS[self.base][0].startswith("yes"):
            self.kind = "flag"
        else:
            self.kind = "number"
        self.plain = self.kind == "number" and "map" not in keys

    def bits(self):
        k = self.keys
        for many, one in (("bits", "bit"), ("bytes", "byte")):
            if many in k or one in k:
                n = len(k[many]) if isinstance(k.get(many), list) else span(k.get(many, "0"))
                return n and n * (1 if many == "bits" else 8)
        return int(k["length"]) if k.get("length", "").isdigit() else None

    def element(self):
        found = re.match(r"(\d+) (bit|byte)", self.keys.get("each", ""))
        return int(found[1]) * (8 if found[2] == "byte" else 1) if found else self.bits()

    def plausible(self, raw):
        """Would this raw value be believed? No when a parameter stands in the way of knowing it."""
        factor, offset = (value_of(self.keys.get(key, "")) for key in ("factor", "offset"))
        unit, least, most = WORDS[self.base]
        if least is None:
            return True
        if ("factor" in self.keys and not factor) or ("offset" in self.keys and not offset):
            return False
        value = raw * (factor[0] if factor else 1) + (offset[0] + offset[1] if offset else 0)
        return least <= (abs(value) if "absolute" in self.keys else value) <= most

    def sign_matters(self):
        n = self.element()
        return n is None or self.plausible(2 ** (n - 1)) or self.plausible(-1) or self.plausible(-(2 ** (n - 1)))

    def top_matters(self, kept):
        """Can more than so many bits hold something?"""
        if not self.plain or kept is None:
            return True
        signed = self.keys.get("type") == "signed"
        return self.plausible(2 ** (kept - 1 if signed else kept)) or (signed and self.plausible(-(2 ** (kept - 1)) - 1))


def span(word):
    """How many "3-5" are; None when a parameter stands there."""
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", word)
    return int(found[2] or found[1]) - int(found[1]) + 1 if found else None


def ends(word):
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", word)
    return (int(found[1]), int(found[2] or found[1])) if found else (None, None)
