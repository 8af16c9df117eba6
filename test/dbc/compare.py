#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Reads frames twice, and compares: canmatrix with what `battagg dbc` made of a profile, battagg with the profile.

    compare.py PROFILE.yaml...

The frames are those of the profile's samples, and of ../shared/captures where test/captures has the profile for a log.
What battagg says and the DBC does not must stand among what was left out; what the DBC says and battagg does not is a
difference too. Each signal of a DBC (cells count as one) must have been compared at least once.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys
from decimal import Decimal

import canmatrix.formats
import yaml

BATTAGG = os.environ["BATTAGG"]
STEPS = {"V": "0.001", "A": "0.001", "degC": "0.1", "%": "0.01", "Ah": "0.001", "Wh": "1", None: "1"}
ANY_SOURCE = 0xFE
CUT = 20  # a name of more characters may have been cut for what makes it unique


def battagg(*args, text=""):
    return subprocess.run([BATTAGG, *args], input=text, capture_output=True, text=True)


def normal(signal):
    """A signal's name without what makes it unique: voltage__2, voltage__a3."""
    return re.sub(r"__(a\d+(_\d+)?|\d+)$", "", signal)


def battagg_name(finding):
    return finding["name"].replace(".", "_").replace("[", "_").replace("]", "")


def alike(a, b):
    """One name, or one of the two was cut."""
    return a == b or (len(min(a, b, key=len)) > CUT and (a.startswith(b) or b.startswith(a)))


def kind(name):
    """Cells count as one."""
    return re.sub(r"_\d+$", "", name)


class Database:
    """A DBC as canmatrix understands it."""

    def __init__(self, text):
        self.db = canmatrix.formats.loads_flat(text, "dbc")
        self.messages = {(m.arbitration_id.id, m.arbitration_id.extended): m for m in self.db.frames}
        if len(self.messages) != len(self.db.frames):
            raise ValueError("an id stands in it twice")
        self.compared = set()

    def message(self, ident, ext):
        found = self.messages.get((ident, ext))
        if found or not ext:
            return found
        for (other, other_ext), m in self.messages.items():
            pgn = (other >> 8) & 0x3FFFF, (ident >> 8) & 0x3FFFF
            if pgn[0] & 0xFF00 < 0xF000:
                pgn = pgn[0] & ~0xFF, pgn[1] & ~0xFF
            if other_ext and m.attributes.get("VFrameFormat") == "J1939PG" and pgn[0] == pgn[1] and \
               other & 0xFF in (ANY_SOURCE, ident & 0xFF):
                return m
        return None

    def all_signals(self):
        return {kind(normal(s.name)) for m in self.db.frames for s in m.signals if not s.is_multiplexer}


def decode(message, data, address):
    """The signals of this frame that lie within it, as lists by name; those of another address are left away."""
    signals = collections.defaultdict(list)
    for name, s in message.decode(data.ljust(message.size, b"\0")[:message.size]).items():
        mine = re.search(r"__a(\d+)(_\d+)?$", name)
        if s.signal.is_multiplexer or (mine and int(mine.group(1)) != address):
            continue
        if s.signal.is_little_endian:
            last = (s.signal.get_startbit() + s.signal.size - 1) // 8
        else:
            last = (s.signal.start_bit + s.signal.size - 1) // 8
        if last < len(data):
            signals[normal(name)].append(s)
    return signals


def absent(signal):
    found = re.search(r"not available: raw ((0x[0-9A-F]+(, )?)+)", signal.comment or "")
    return {int(n, 16) for n in found.group(1).split(", ")} if found else set()


def outside(s):
    """Of the range of raw numbers that are values."""
    found = re.search(r"raw outside of (-?\d+) to (-?\d+)", s.signal.comment or "")
    return bool(found) and not int(found.group(1)) <= s.raw_value <= int(found.group(2))


def unsigned(s):
    return int(s.raw_value) & ((1 << s.signal.size) - 1) if not s.signal.is_float else None


def same(s, finding):
    """Does this signal say what battagg says?"""
    value = finding["value"]
    words = {int(k): v for k, v in s.signal.values.items()}
    if finding.get("not_available"):
        return unsigned(s) in absent(s.signal) or outside(s) or (bool(words) and unsigned(s) not in words)
    if words:
        word = words.get(unsigned(s))
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if word is None:
            return value == "unsupported"
        return word == value or (not isinstance(value, str) and Decimal(word.split()[0]) == Decimal(repr(value)))
    if unsigned(s) in absent(s.signal) or outside(s):
        return False
    if s.signal.is_float and s.raw_value - s.raw_value != 0:
        return finding.get("rejected", False)
    said, step = Decimal(str(s.phys_value)), Decimal(STEPS[finding.get("unit")])
    if "counts without its sign" in (s.signal.comment or ""):
        said = abs(said)
    apart = abs(said - Decimal(repr(value)))
    on_step = abs(said / step - round(said / step)) < Decimal("1e-6")
    return apart < step / 1000 if on_step else apart < step


class Comparison:
    def __init__(self, database):
        self.database, self.values, self.wrong = database, 0, []

    def left_out(self, message, name):
        return bool(message and re.search(r"(Left out: |; )%s: " % re.escape(name), message.comment or ""))

    def finding(self, message, signals, finding, frame):
        name = battagg_name(finding)
        candidates = [(key, s) for key in signals for s in signals[key]
                      if alike(key, name)]
        for key, s in candidates:
            if same(s, finding):
                signals[key].remove(s)
                self.values += 1
                self.database.compared.add(kind(key))
                return
        # one of two sources may be left out: then the other's signal must still find its value
        if not self.left_out(message, re.sub(r"\[.*", "", finding["name"])):
            self.wrong.append("%s: battagg says %s, the DBC %s" % (
                frame, finding, ["%s (raw %s)" % (s.named_value, s.raw_value) for key, s in candidates] or "nothing"))

    def frame(self, frame, findings):
        """findings: by address."""
        ident, data = frame.split("#")
        message = self.database.message(int(ident, 16), len(ident) == 8)
        if not message:
            for f in sum(findings.values(), []):
                self.wrong.append("%s: the DBC has no such message, battagg says %s" % (frame, f))
            return
        for address, said in findings.items():
            signals = decode(message, bytes.fromhex(data), address)
            for f in said:
                self.finding(message, signals, f, frame)
            for s in sum(signals.values(), []):
                self.wrong.append("%s: the DBC says %s = %s, battagg nothing" % (frame, s.signal.name, s.named_value))


def frames_of(path):
    """Of a log, each once."""
    with open(path, errors="replace") as f:
        found = re.findall(r"\b([0-9A-F]{8}|[0-9A-F]{3})#((?:[0-9A-F]{2}){0,8})(?=\s|$)", f.read())
    return list(dict.fromkeys("%s#%s" % f for f in found))


def runs_of(path):
    """What is read with this profile: lists of frames, and the parameters they are for."""
    with open(path) as f:
        samples = yaml.load(f, yaml.BaseLoader).get("samples", [])
    for s in samples:
        yield tuple(sorted(s.get("parameters", {}).items())), s["frames"]
    for expect in sorted(glob.glob("test/captures/*.expect")):
        log = "../shared/captures/%s.log" % os.path.basename(expect)[:-len(".expect")]
        with open(expect) as f:
            name = re.search(r"^profile: (.*)$", f.read(), re.M).group(1)
        if name == os.path.basename(path)[:-len(".yaml")] and os.path.exists(log):
            yield (), frames_of(log)


def read_all(path, frames, settings):
    """What battagg says of each frame, by address. A frame is known again by its time."""
    log = "".join("(%d.000000) can0 %s\n" % (i, f) for i, f in enumerate(frames, 1))
    out = battagg("decode", "-p", path, "--json", *settings, text=log).stdout
    said = [collections.defaultdict(list) for f in frames]
    for line in out.splitlines():
        finding = json.loads(line)
        if "value" not in finding:
            continue
        about = {key: finding[key] for key in finding if key not in ("value", "not_available", "rejected")}
        for place in finding.get("places", [finding]):
            said[finding["time_us"] // 1000000 - 1][finding.get("address", 0)].append({**about, **place})
    return said


def elsewhere(finding, warnings):
    """A text, or what is computed of others and said to be left out."""
    if finding.get("computed"):
        return "left out: %s: computed of others" % finding["name"] in warnings
    return isinstance(finding["value"], str) and finding["value"] not in ("ok", "active", "unsupported", "warning", "alarm")


def check(path):
    databases, values, wrong, warnings = {}, 0, [], ""
    for parameters, frames in runs_of(path):
        settings = [a for k, v in parameters for a in ("--set", "%s=%s" % (k, v))]
        if parameters not in databases:
            made = battagg("dbc", path, *settings)
            if made.returncode:
                return ["battagg dbc failed: " + made.stderr], 0
            databases[parameters], warnings = Database(made.stdout), made.stderr
        comparison = Comparison(databases[parameters])
        for frame, said in zip(frames, read_all(path, frames, settings)):
            pgn = int(frame.split("#")[0], 16) >> 8 & 0x3FFFF
            if "left out: PGN 0x%05X: a message of several frames" % pgn in warnings:
                continue
            comparison.frame(frame, {a: [f for f in fs if not elsewhere(f, warnings)] for a, fs in said.items()})
        values += comparison.values
        wrong += comparison.wrong
    signals = set().union(*(d.all_signals() for d in databases.values()))
    compared = set().union(*(d.compared for d in databases.values()))
    wrong += ["no frame had a value for %s" % s for s in sorted(signals) if not any(alike(s, c) for c in compared)]
    return wrong, values


def facts():
    """What no frame shows, written by hand from the profiles: start bits, cycle times, frame formats, comments."""
    def of(path, ident, ext=False):
        return Database(battagg("dbc", path).stdout).messages[ident, ext]
    limits, measured = of("can-profiles/pylontech.yaml", 0x351), of("can-profiles/jk-native-v2.yaml", 0x2F4)
    cells, pgn = of("can-profiles/jk-native-v2.yaml", 0x18E328F7, True), of("test/dbc/places.yaml", 0x19FFFD33, True)
    yield "names", limits.name == "limits" and measured.name == "BATT_ST1_a0" and cells.name == "CELL_VOLT_EXT_a3_g3"
    yield "sender", limits.transmitters == ["BMS"] and of("can-profiles/pylontech.yaml", 0x305).transmitters == ["battagg"]
    yield "cycle times", (limits.cycle_time, measured.cycle_time, cells.cycle_time) == (1000, 20, 1000)
    yield "J1939", pgn.attributes["VFrameFormat"] == "J1939PG" and cells.attributes["VFrameFormat"] == "ExtendedCAN"
    cvl, low = limits.signal_by_name("cvl"), limits.signal_by_name("low_voltage")
    yield "place and scale", (cvl.start_bit, cvl.size, str(cvl.factor), cvl.unit, low.start_bit) == (0, 16, "0.1", "V", 48)
    yield "range", (cvl.min, cvl.max) == (5, 1000)
    yield "comment", low.comment == "discharge voltage limit: no discharge below it; not available: raw 0x0"
    flag = of("can-profiles/pylontech.yaml", 0x35C).signal_by_name("force_charge")
    yield "value table", {int(k): v for k, v in flag.values.items()} == {0: "no", 1: "yes", 2: "yes", 3: "yes"}
    cell = cells.signal_by_name("cell_voltage_15")
    yield "element", cell is not None and (cell.start_bit, cell.size) == (32, 16)


total = 0
bad = False
for name, good in facts():
    bad |= not good
    print("%s - %s" % ("ok" if good else "not ok", name))
for profile in sys.argv[1:]:
    differences, count = check(profile)
    total += count
    for d in differences[:20]:
        print(d)
    if differences or not count:
        bad = True
    print("%s - %s: %d values, %d differences" % ("not ok" if differences or not count else "ok", profile, count, len(differences)))
print("%d values compared" % total)
sys.exit(bad)
