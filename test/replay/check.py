#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Reads what battagg sent as an independent receiver would, and compares it with a case's `expect` file.

    check.py EXPECT LOG OUTPUT

LOG is what went in: its first time is 0 s here. In OUTPUT only frames on vcan0 count, and lines "# " (events). The
layouts are those of Victron's CAN-bus BMS protocol; nothing here comes from battagg's own code or profiles.

The expect file, one statement a line, `#` starts a comment:

    args ...                     further arguments for `battagg replay` (read by test/replay/run)
    at T: NAME VALUE, ...        what a receiver shows at T seconds: the newest value received until then
    from T1 to T2: NAME OP VALUE, ...   of every frame that carries NAME in that time, of which there is at least one;
                                 OP is = < > <= >=
    silent T1 to T2              not one frame
    fresh T1 to T2: ID within S  never longer than S seconds without this frame; can0/305: on that interface
    never ID ...                 these are not in the output at all
    rises T1 to T2: NAME by at most STEP per SECONDS
    falls T1 to T2: NAME         never rises in that time
    event T1 to T2: TEXT         an event line with this text (needs `args --events`)
    in: IFACE ID#DATA            the log that went in (made by a scenario) has this frame
    first ID ...                 the first frames sent, in this order

Values are numbers in V, A, degC, %, Ah, or words: alarm.NAME and warning.NAME are active, ok or unsupported; texts
stand in quotes; `none` = never received.
"""
import re
import struct
import sys

ALARMS = ["general", "high_voltage", "low_voltage", "high_temperature", "low_temperature",
          "high_charge_temperature", "low_charge_temperature", "high_discharge_current", "high_charge_current",
          "contactor", "short_circuit", "internal_failure", "cell_imbalance"]


def text(data):
    return '"%s"' % data.split(b"\0")[0].decode("latin-1").rstrip(" ")


def decode(ident, d):
    """The values of one frame by name. A frame shorter than a field does not carry it."""
    out = {}

    def number(name, at, form, factor=1, offset=0, digits=2):
        size = struct.calcsize("<" + form)
        if len(d) >= at + size:
            out[name] = round(struct.unpack_from("<" + form, d, at)[0] * factor + offset, digits)

    if ident == 0x351:
        number("cvl", 0, "H", 0.1)
        number("ccl", 2, "h", 0.1)
        number("dcl", 4, "h", 0.1)
        number("low_voltage", 6, "H", 0.1)
    elif ident == 0x355:
        number("soc", 0, "H")
        number("soh", 2, "H")
        number("soc_fine", 4, "H", 0.01)
    elif ident == 0x356:
        number("voltage", 0, "h", 0.01)
        number("current", 2, "h", 0.1)
        number("temperature", 4, "h", 0.1)
        number("cycles", 6, "H")
    elif ident == 0x35A and len(d) == 8:
        for i, name in enumerate(ALARMS):
            for part, first in (("alarm", 0), ("warning", 16)):
                slot = i + first
                pair = d[slot // 4] >> 2 * (slot % 4) & 3
                out["%s.%s" % (part, name)] = {1: "active", 2: "ok"}.get(pair, "unsupported")
    elif ident == 0x35E:
        out["manufacturer"] = text(d)
    elif ident == 0x35F:
        number("available", 4, "H")
        if len(d) >= 4:
            out["firmware"] = '"%d.%d"' % (d[2], d[3])
    elif ident == 0x370:
        out["name_1"] = text(d)
    elif ident == 0x371:
        out["name_2"] = text(d)
    elif ident == 0x372:
        for i, name in enumerate(["online", "blocking_charge", "blocking_discharge", "offline"]):
            number("modules_" + name, 2 * i, "H")
    elif ident == 0x373:
        number("cell_voltage_min", 0, "H", 0.001, digits=3)
        number("cell_voltage_max", 2, "H", 0.001, digits=3)
        number("cell_temperature_min", 4, "H", 1, -273)
        number("cell_temperature_max", 6, "H", 1, -273)
    elif ident in (0x374, 0x375, 0x376, 0x377):
        out[["cell_voltage_min_id", "cell_voltage_max_id", "cell_temperature_min_id",
             "cell_temperature_max_id"][ident - 0x374]] = text(d)
    elif ident == 0x378:
        number("energy_in", 0, "I", 0.1)
        number("energy_out", 4, "I", 0.1)
    elif ident == 0x379:
        number("capacity", 0, "H")
    elif ident in (0x380, 0x381):
        out["serial_%d" % (ident - 0x37F)] = text(d)
    elif ident == 0x382:
        out["family"] = text(d)
    return out


def micro(t):
    whole, _, part = t.partition(".")
    return int(whole) * 1000000 + int((part + "000000")[:6])


def read(path, iface):
    """(time us, id, data) of each frame on an interface, and the event lines with their times."""
    frames, events = [], []
    for line in open(path):
        event = re.match(r"# \((\d+\.\d+)\) (.*)", line)
        if event:
            events.append((micro(event.group(1)), event.group(2)))
        m = re.match(r"\((\d+\.\d+)\) (\S+) ([0-9A-Fa-f]+)#([0-9A-Fa-f]*)\s*$", line)
        if m and iface == m.group(2):
            # an id with 29 bits is never one of ours
            ident = int(m.group(3), 16) + (0 if len(m.group(3)) == 3 else 1 << 31)
            frames.append((micro(m.group(1)), ident, bytes.fromhex(m.group(4))))
        elif not m and not event and line.strip() and not line.startswith("#"):
            sys.exit("%s: not a line of candump: %s" % (path, line))
    return frames, events


class Case:
    def __init__(self, expect, log, output):
        self.output = output
        self.frames, self.events = read(output, "vcan0")
        self.log = open(log).read()
        self.start = micro(re.search(r"^ *\((\d+\.\d+)\)", self.log, re.M).group(1))
        self.values = {}  # name -> [(time, value)]
        self.bad = []
        for time, ident, data in self.frames:
            for name, value in decode(ident, data).items():
                self.values.setdefault(name, []).append((time, value))
        for self.number, line in enumerate(open(expect), 1):
            line = re.sub(r"(^|\s)#.*", "", line).strip()
            if line and not line.startswith("args"):
                self.statement(line)
        self.always()

    def fail(self, what):
        self.bad.append("line %d: %s" % (self.number, what))

    def always(self):
        """What holds for every output."""
        self.number = 0
        for time, ident, data in self.frames:
            if len(data) != 8:
                self.fail("%03X has DLC %d" % (ident, len(data)))
            if ident in (0x359, 0x35B, 0x35C, 0x305, 0x306, 0x307) or ident > 0x7FF:
                self.fail("%03X is on the never-list" % ident)

    def time(self, t):
        return self.start + micro(t)

    def show(self, t):
        return "%.3f s" % ((t - self.start) / 1e6)

    def newest(self, name, t):
        seen = [v for when, v in self.values.get(name, []) if when <= t]
        return seen[-1] if seen else "none"

    def window(self, a, b):
        return self.time(a), self.time(b)

    @staticmethod
    def value(word):
        try:
            return float(word)
        except ValueError:
            return word

    def statement(self, line):
        forms = [(r"at ([\d.]+): (.*)", self.at), (r"from ([\d.]+) to ([\d.]+): (.*)", self.always_in),
                 (r"silent ([\d.]+) to ([\d.]+)$", self.silent),
                 (r"fresh ([\d.]+) to ([\d.]+): (?:(\w+)/)?(\w+) within ([\d.]+)$", self.fresh),
                 (r"never (.*)", self.never), (r"first (.*)", self.first),
                 (r"rises ([\d.]+) to ([\d.]+): (\S+) by at most ([\d.]+) per ([\d.]+)$", self.rises),
                 (r"falls ([\d.]+) to ([\d.]+): (\S+)$", self.falls),
                 (r"in: (\S+ \S+)$", self.went_in),
                 (r"event ([\d.]+) to ([\d.]+): (.*)", self.event)]
        for form, action in forms:
            m = re.match(form, line)
            if m:
                return action(*m.groups())
        self.fail("not understood: " + line)

    def at(self, t, what):
        for item in what.split(","):
            name, _, want = item.strip().partition(" ")
            got = self.newest(name, self.time(t))
            if got != self.value(want.strip()):
                self.fail("at %s s %s is %s, not %s" % (t, name, got, want))

    def always_in(self, a, b, what):
        t1, t2 = self.window(a, b)
        for item in what.split(","):
            name, op, want = item.split(None, 2)
            seen = [(t, v) for t, v in self.values.get(name, []) if t1 <= t <= t2]
            want = self.value(want.strip())
            good = {"=": lambda v: v == want, "<": lambda v: v < want, ">": lambda v: v > want,
                    "<=": lambda v: v <= want, ">=": lambda v: v >= want}[op]
            if not seen:
                self.fail("no frame with %s from %s to %s s" % (name, a, b))
            for t, v in seen:
                if not good(v):
                    self.fail("at %s %s is %s, not %s %s" % (self.show(t), name, v, op, want))
                    break

    def silent(self, a, b):
        t1, t2 = self.window(a, b)
        for t, ident, _ in self.frames:
            if t1 <= t <= t2:
                return self.fail("%03X was sent at %s" % (ident, self.show(t)))

    def fresh(self, a, b, iface, ident, within):
        t1, t2 = self.window(a, b)
        frames = read(self.output, iface)[0] if iface else self.frames
        last = t1
        for t in [t for t, i, _ in frames if i == int(ident, 16) and t1 <= t <= t2] + [t2]:
            if t - last > micro(within):
                return self.fail("%s was away from %s to %s" % (ident, self.show(last), self.show(t)))
            last = t

    def never(self, what):
        for word in what.split():
            if any(i == int(word, 16) for _, i, _ in self.frames):
                self.fail("%s was sent" % word)

    def went_in(self, frame):
        if " %s\n" % frame not in self.log:
            self.fail("the log has no %s" % frame)

    def first(self, what):
        got = ["%03X" % i for _, i, _ in self.frames][:len(what.split())]
        if got != what.split():
            self.fail("the first frames are %s" % " ".join(got))

    def rises(self, a, b, name, step, seconds):
        t1, t2 = self.window(a, b)
        seen = [(t, v) for t, v in self.values.get(name, []) if t1 <= t <= t2]
        for i, (t, v) in enumerate(seen):
            before = [w for u, w in seen[:i] if t - u <= micro(seconds)]
            if before and v - min(before) > float(step) + 1e-9:
                return self.fail("at %s %s rose by %.1f in %s s" % (self.show(t), name, v - min(before), seconds))

    def falls(self, a, b, name):
        t1, t2 = self.window(a, b)
        seen = [(t, v) for t, v in self.values.get(name, []) if t1 <= t <= t2]
        for (_, v), (t, w) in zip(seen, seen[1:]):
            if w > v:
                return self.fail("at %s %s rose from %s to %s" % (self.show(t), name, v, w))

    def event(self, a, b, what):
        t1, t2 = self.window(a, b)
        if not any(t1 <= t <= t2 and what.strip() in e for t, e in self.events):
            self.fail("no event '%s' from %s to %s s" % (what.strip(), a, b))


case = Case(*sys.argv[1:4])
for line in case.bad:
    print("  " + line)
sys.exit(bool(case.bad))
