#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""docs/PARITY.md: each row is whole, and each key, command, file and test that it names is there. Prints what is not.

    parity.py BATTAGG
"""
import glob
import json
import os
import re
import subprocess
import sys

PAGE = "docs/PARITY.md"


def branches(schema):
    """The objects that a part of the schema may be."""
    yield schema
    for word in ("anyOf", "oneOf"):
        for one in schema.get(word, []):
            yield from branches(one)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield from branches(schema[word])


def find_key(schema, path):
    """None, or what is wrong with a path of keys, whose last may be a value."""
    for i, word in enumerate(path):
        inside = [b["properties"][word] for b in branches(schema) if word in b.get("properties", {})]
        if inside:
            schema = {"anyOf": inside}
            continue
        keys = any("properties" in b for b in branches(schema))
        values = [v for b in branches(schema) for v in b.get("enum", [])]
        if word.startswith("[") and any(b.get("type") == "array" for b in branches(schema)):
            return None
        if i + 1 < len(path) or (keys and not values) or (values and word not in values):
            return "there is no `%s` in it" % word
    return None


def find_test(text):
    path, _, name = text.partition(": ")
    if not glob.glob(path):
        return "no such file"
    with open(path) if os.path.isfile(path) else open(os.devnull) as f:
        if name and not re.search(r"^static void %s\(void \*\*state\)" % re.escape(name), f.read(), re.M):
            return "no such test"
    return None


def find_command(battagg, text):
    words = text.split()[1:]
    said = subprocess.run([battagg, words[0], "--help"], capture_output=True, text=True, check=False)
    if said.returncode:
        return "no such command"
    lost = [w for w in words[1:] if not re.search(r"(^|\s|\|)%s\b" % re.escape(w), said.stdout)]
    return "its help doesn't know %s" % lost if lost else None


def find(battagg, schema, text):
    if text.startswith("test/"):
        return find_test(text)
    if text.startswith("battagg "):
        return find_command(battagg, text)
    if re.match(r"[a-z_]+(: |$)", text) and text.split(":")[0] in schema["properties"]:
        return find_key(schema, text.split(": "))
    if re.match(r"(etc|init|docs|can-profiles)/", text):
        return None if glob.glob(text) else "no such file"
    if re.match(r"[a-z_]+: ", text):
        return "there is no such section of the config"
    return None


def main():
    battagg = sys.argv[1]
    with open("etc/schema.json", encoding="utf-8") as f:
        schema = json.load(f)
    rows = 0
    with open(PAGE, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] if line.startswith("|") else []
            for text in re.findall(r"`([^`]+)`", line):
                wrong = find(battagg, schema, text)
                if wrong:
                    print("%s:%d: `%s`: %s" % (PAGE, number, text, wrong))
            if not cells or cells[0].startswith("---") or "|---" in line:
                continue
            rows += 1
            if len(cells) not in (2, 3) or not all(cells):
                print("%s:%d: a cell is empty" % (PAGE, number))
            elif len(cells) == 3 and cells[2] != "shown by" and "`test/" not in cells[2]:
                print("%s:%d: no test shows it" % (PAGE, number))
    if rows < 150:
        print("%s: only %d rows were found" % (PAGE, rows))


if __name__ == "__main__":
    main()
