#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Plays random packs to battagg with a config of etc/examples/like-*.yaml, and compares what it tells with what the
system that the config is like would tell (oracles.py), changed by the deliberate differences (like_*.py,
differences.txt).

    compare.py BATTAGG DIRECTORY SYSTEM     DIRECTORY: for configs and logs; SYSTEM: battery-aggregator, ...
"""
import os
import random
import sys

import inputs
import like_battery_aggregator
import like_dbus_aggregate_batteries
import like_dbus_btbattery
from bus import STEPS, config, frames, replay
from differences import Case

SYSTEMS = {module.SYSTEM.name: module.SYSTEM
           for module in (like_battery_aggregator, like_dbus_btbattery, like_dbus_aggregate_batteries)}
HERE = os.path.dirname(os.path.abspath(__file__))
INPUTS = 10000
LASTS = 6  # s, of each input
CALM = 60  # s, after one that is over its limit: until the cut is released again


def reasons():
    """differences.txt: {(system, name): why}"""
    out, key = {}, None
    with open(os.path.join(HERE, "differences.txt"), encoding="utf-8") as f:
        for text in f:
            if text.startswith("#") or not text.strip():
                continue
            if text[0].isspace():
                out[key] += text.strip()
            else:
                key = tuple(text.split())
                out[key] = ""
    return out


class Log:
    """A candump log that is being written."""

    def __init__(self, path, start):
        self.file, self.now = open(path, "w", encoding="ascii"), start

    def play(self, packs, said, seconds):
        """Says it for so long; returns when it began."""
        start = self.now
        for at, idle in said:
            for i, pack in enumerate(packs):
                for ident, data in frames(pack, idle):
                    self.file.write("(%.6f) can%d %s#%s\n" % (start + at, i, ident, data))
        self.now += seconds
        return start


def same(key, got, want):
    """Within one output step, of what the output can tell."""
    step = STEPS.get(key)
    return got == want if not step or want == float("inf") else abs(got - step * round(want / step)) <= step


class Comparison:
    def __init__(self, system):
        self.system = system
        self.alike = {}  # how often a quantity was the other system's, with no difference
        self.counts = dict.fromkeys(system.differences, 0)
        self.checked = self.bad = 0

    def change(self, want, case):
        """By all differences whose condition holds; what is wrong about that."""
        for name, difference in self.system.differences.items():
            changed = dict(want)
            holds = difference(changed, case)
            makes = [key for key in changed if not same(key, want.get(key, 0), changed[key])]
            if makes and not holds:
                yield "the difference %s is made without its condition: %s" % (name, makes)
            if holds:
                want.update(changed)
                self.counts[name] += bool(makes)

    def check(self, got, want, case):
        other = dict(want)
        wrong = list(self.change(want, case))
        for key in other:
            self.alike[key] = self.alike.get(key, 0) + same(key, got.get(key, float("inf")), other[key])
        wrong += ["%s is %s; %s: %s, with the differences %s" % (
            key, got.get(key), self.system.name, other.get(key), want[key])
            for key in want if key not in got or not same(key, got[key], want[key])]
        self.checked += 1
        self.bad += bool(wrong)
        if wrong and self.bad <= 3:
            print("%s, the input that began at %.0f s: %s" % (case.label, case.begins, "; ".join(wrong)))
            for p in case.packs:
                print("    %s" % p)


def play(log, variant, count):
    """Random inputs, one after the other."""
    rng, memory, over = random.Random(variant.label), {}, False
    for _ in range(count):
        case, calm = Case(variant.label, variant.random(rng), memory, variant.series), over
        if calm:
            inputs.calm(case.packs)
        case.derated = variant.derate(case)
        over = not calm and rng.random() < variant.over
        if not calm:
            inputs.flow(rng, case, over)
        seconds = CALM if calm else LASTS
        case.begins = log.play(case.packs, variant.said, seconds)
        case.ends = case.begins + seconds
        yield case
    log.file.close()


def run(battagg, folder, system, variant, comparison, count):
    """One replay."""
    base = os.path.join(folder, variant.label)
    with open(base + ".yaml", "w", encoding="utf-8") as f:
        f.write(config(os.path.join(HERE, "../../etc/examples", system.example), variant.n, variant.overlay))
    cases = list(play(Log(base + ".log", variant.start), variant, count))
    told = list(replay(battagg, base, os.path.join(HERE, "profiles"), [case.ends for case in cases]))
    for case, got in zip(cases, told):
        comparison.check(got, variant.oracle(case.packs), case)


def report(system, comparison):
    why = {name: reason for (of, name), reason in reasons().items() if of == system.name}
    n = comparison.checked
    print("%s: %d inputs; the other system's own values, %% of them:" % (system.example, n),
          ", ".join("%s %.0f" % (key, 100 * count / n) for key, count in comparison.alike.items()))
    good = n == INPUTS and not comparison.bad
    print("%sok - %s: %d of %d inputs are as they should be" % (
        "" if good else "not ", system.example, n - comparison.bad, n))
    for name, count in comparison.counts.items():
        print("%sok - %s: the difference %s has its reason, and is made (%d times)" % (
            "" if count and why.get(name) else "not ", system.example, name, count))
    stray = set(why) - set(comparison.counts)
    print("%sok - %s: differences.txt has no other differences %s" % (
        "not " if stray else "", system.example, stray or ""))


def main():
    battagg, folder, name = sys.argv[1:]
    system = SYSTEMS[name]
    comparison, n = Comparison(system), len(system.variants)
    for i, variant in enumerate(system.variants):
        run(battagg, folder, system, variant, comparison, INPUTS * (i + 1) // n - INPUTS * i // n)
    report(system, comparison)


if __name__ == "__main__":
    main()
