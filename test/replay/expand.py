#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""Makes a candump log of a case's `frames` file: expand.py FILE >LOG

    # comment
    FROM..TO every PERIOD: IFACE ID#DATA     sent at FROM, FROM + PERIOD, ... before TO (seconds from the start)
    at TIME: IFACE ID#DATA                   sent once

The start is 1700000000. Frames of one instant keep the file's order, 1 ms apart, as on a real bus.
"""
import re
import sys

START = 1700000000 * 1000000


def micro(text):
    """Exact: "0.02" s is 20000 us."""
    whole, _, part = text.partition(".")
    return int(whole) * 1000000 + int((part + "000000")[:6])


sent = []
for number, line in enumerate(open(sys.argv[1]), 1):
    line = line.split(" #")[0].strip()
    if not line or line.startswith("#"):
        continue
    many = re.match(r"([0-9.]+?)\.\.([0-9.]+) every ([0-9.]+): +(\S+) +(\S+)$", line)
    once = re.match(r"at ([0-9.]+): +(\S+) +(\S+)$", line)
    if many:
        at, end, period = (micro(many.group(i)) for i in (1, 2, 3))
        while at < end:
            sent.append((at, number, many.group(4), many.group(5)))
            at += period
    elif once:
        sent.append((micro(once.group(1)), number, once.group(2), once.group(3)))
    else:
        sys.exit("%s:%d: not understood: %s" % (sys.argv[1], number, line))

last = -1000
for at, _, iface, frame in sorted(sent):
    last = max(at, last + 1000)
    time = START + last
    print("(%d.%06d) %s %s" % (time // 1000000, time % 1000000, iface, frame))
