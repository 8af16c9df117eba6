#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Compares the report of `battagg sim --closed` with what a case expects.

    check.py CASE EXPECT REPORT.json

The expect file, one check a line, `#` starts a comment. Everything but `event` is measured at the simulated packs:

    cells LOW to HIGH         V; no cell was ever outside
    over at most T            s; no pack's current was longer over what its own BMS allowed (by 2 % and 1 A) without a pause
    full within F             99 % were in before F times the time that a charger which knows all needs
    turns at most N           of each limit that the GX is told, within any minute
    off at most T             s without power in the house
    trips at most N           of all packs: a BMS had to open a path
    soc reaches P             %, of all packs together, on the way up ...
    soc falls to P            ... or down
    charged at least E        kWh
    served at least P         % of the energy wanted
    event TEXT                somebody said this
    no event TEXT             nobody did
    not CHECK                 the check fails: so it can
"""
import json
import re
import sys


def over(r):
    return max((p[way]["longest"], p["name"], way[5:], p[way]["most"], p[way]["until"])
               for p in r["packs"] for way in ("over_charge", "over_discharge"))


def cells(r, low, high):
    wrong = ["%s cell %d %.3f V at %.0f s" % (p["name"], e["cell"], e["voltage"], e["at"])
             for p in r["packs"] for e in (p["cell_low"], p["cell_high"]) if not low <= e["voltage"] <= high]
    return not wrong, ", ".join(wrong) or "%.3f to %.3f V" % (
        min(p["cell_low"]["voltage"] for p in r["packs"]), max(p["cell_high"]["voltage"] for p in r["packs"]))


def over_at_most(r, most):
    seconds, name, way, ampere, until = over(r)
    return seconds <= most, "%.1f s: %s by up to %.1f A, %sd, until %.0f s" % (seconds, name, ampere, way, until)


def full(r, factor):
    at, ideal = r["full"]["at"], r["full"]["ideal"]
    if at is None or ideal is None:
        return False, "after %s s, at best %s s" % (at, ideal)
    return at <= factor * ideal, "after %.0f s, at best %.0f s: %.3f times" % (at, ideal, at / ideal)


def turns(r, most):
    said = ", ".join("%s %d, in all %d" % (n, v["most_in_a_minute"], v["reversals"]) for n, v in r["limits"].items())
    return all(v["most_in_a_minute"] <= most for v in r["limits"].values()), said


def found(r, text):
    return [e for e in r["events"] if text in e["text"]]


CHECKS = [
    (r"cells ([\d.]+) to ([\d.]+)", cells),
    (r"over at most ([\d.]+)", over_at_most),
    (r"full within ([\d.]+)", full),
    (r"turns at most (\d+)", turns),
    (r"off at most ([\d.]+)", lambda r, t: (r["house"]["off"] <= t, "%.1f s, %d times" % (r["house"]["off"], r["house"]["offs"]))),
    (r"trips at most (\d+)", lambda r, n: (sum(p["trips"] for p in r["packs"]) <= n, [p["trips"] for p in r["packs"]])),
    (r"soc reaches ([\d.]+)", lambda r, p: (r["soc_high"] >= p, "%.1f %%" % r["soc_high"])),
    (r"soc falls to ([\d.]+)", lambda r, p: (r["soc_low"] <= p, "%.1f %%" % r["soc_low"])),
    (r"charged at least ([\d.]+)", lambda r, e: (r["house"]["kwh_charged"] >= e, "%.2f kWh" % r["house"]["kwh_charged"])),
    (r"served at least ([\d.]+)", lambda r, p: (r["house"]["kwh_served"] >= p / 100 * r["house"]["kwh_wanted"],
                                                "%(kwh_served).2f of %(kwh_wanted).2f kWh" % r["house"])),
]


def check(r, line):
    """Whether it holds, and what was measured."""
    if line.startswith("not "):
        good, said = check(r, line[4:])
        return not good, said
    if line.startswith("event "):
        return bool(found(r, line[6:])), "%d" % len(found(r, line[6:]))
    if line.startswith("no event "):
        return not found(r, line[9:]) and not r["events_unlisted"], found(r, line[9:])[:1]
    for pattern, test in CHECKS:
        match = re.fullmatch(pattern, line)
        if match:
            return test(r, *[float(g) for g in match.groups()])
    return False, "there is no such check"


def main(case, expect, report):
    with open(report) as f:
        r = json.load(f)
    with open(expect) as f:
        lines = [line.split("#")[0].strip() for line in f]
    for line in filter(None, lines):
        good, said = check(r, line)
        print("%s - %s: %s (%s)" % ("ok" if good else "not ok", case, line, said))


main(*sys.argv[1:])
