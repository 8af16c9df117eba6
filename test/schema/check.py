#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""The shipped JSON Schemas, tried with an independent validator (python3-jsonschema) the way editors use them.

Every shipped profile and every config in this tree is valid, and so is a profile with every word of the language in it;
each planted mistake is found at its key.
"""
import glob
import json
import re
import sys

import jsonschema
import yaml


class Core(yaml.SafeLoader):
    """YAML 1.2's core schema, as the YAML language server reads it: `yes` and `on` are texts."""


Core.yaml_implicit_resolvers = {}
for tag, pattern, first in [
        ("bool", r"^(true|True|TRUE|false|False|FALSE)$", "tTfF"),
        ("null", r"^(~|null|Null|NULL|)$", ["~", "n", "N", ""]),
        ("int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
        ("float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", "-+.0123456789")]:
    Core.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(pattern), list(first))
Core.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value, 16 if "x" in node.value else 10))


def as_json(value):
    """What JSON can say: its keys are texts."""
    if isinstance(value, dict):
        return {str(k): as_json(v) for k, v in value.items()}
    return [as_json(v) for v in value] if isinstance(value, list) else value


def paths(errors):
    """Where the errors are, those inside of alternatives too."""
    for e in errors:
        yield list(map(str, e.absolute_path)), e.message
        yield from paths(e.context)


def validator(path):
    with open(path) as f:
        schema = json.load(f)
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def find(schema, text):
    return list(paths(schema.iter_errors(as_json(yaml.load(text, Core)))))


def report(good, name, lines=()):
    for line in lines:
        print(line)
    print(("ok - " if good else "not ok - ") + name)
    return good


# One edit of a shipped file each, as a slip of the hand makes it; and the last keys of where it must be told.
PROFILE_MISTAKES = [  # profile, from, to, where, a word of what is said
    ("pylontech", "status: verified", "status: tested", "status", "verified"),
    ("pylontech", "byte_order: little", "byte_order: low", "byte_order", "little"),
    ("pylontech", "bitrate: 500 kbit/s", "bitrate: 500 kbps", "bitrate", "kbit/s"),
    ("pylontech", "    required: true", "    requird: true", "frames/1", "requird"),
    ("pylontech", "    period: 1 s", "    period: 1", "frames/0/period", "string"),
    ("pylontech", "    period: 1 s", "    period: 1 sec", "frames/0/period", "min"),
    ("pylontech", "cvl: ", "clv: ", "fields", "clv"),
    ("pylontech", "cvl:         { bytes: 0-1, factor: 0.1 V }", "cvl:         { bytes: 0-1, factor: 0.1 A }", "cvl/factor", "mV"),
    ("pylontech", "cvl:         { bytes: 0-1, factor: 0.1 V }", "cvl:         { bytes: 0-1, factor: 0,1 V }", "cvl", "1 V"),
    ("pylontech", "cvl:         { bytes: 0-1, factor: 0.1 V }", "cvl:         { bytes: 0-1 }", "cvl", "factor"),
    ("pylontech", "cvl:         { bytes: 0-1, factor: 0.1 V }", "cvl:         { byte: 0, bytes: 0-1, factor: 0.1 V }", "cvl", "valid under each"),
    ("pylontech", "cvl:         { bytes: 0-1, factor: 0.1 V }", "cvl:         { bytes: 0-1, factor: 0.1 V, type: sigend }", "cvl/type", "signed"),
    ("jk-native-v2", "cell_voltage[4 * group + 1]: { bytes: 0-7, each: 2 bytes,", "cell_voltage: { bytes: 0-7, each: 2 bytes,",
     "fields", "cell_voltage"),
    ("jk-native-v2", "each: 2 bytes,", "each: 2,", "each", "string"),
    ("jk-native-v2", "{ 0: ok, 1: alarm, 2: alarm, 3: warning }", "{ ok: 0, alarm: 1 }", "level", "ok"),
    ("jk-native-v2", "origin: captured", "origin: battagg", "origin", "captured"),
    ("jk-native-v2", '"18F128F4#E108F00A6B802300"', '"8F128F4#E108F00A6B802300"', "frames/3", "8F128F4"),
    ("jk-native-v2", "capacity: 280 Ah", "capacity: 280 A", "capacity", "Ah"),
    ("deye-v3", 'match: [ { bytes: 0-1, is: "DY" } ]', 'match: { bytes: 0-1, is: "DY" }', "match", "array"),
    ("canopen-cia418", "sdo: 0x6081:00", "sdo: 6081:00", "frames/2/sdo", "0x"),  # 6081 might be decimal: the loader refuses it
    ("canopen-cia418", "sdo: 0x6081:00", "sdo: 0X6081:00", "frames/2/sdo", "0x"),
    ("orion", "kind: sum8", "kind: sum", "checksum/kind", "sum8"),
    ("orion", "    data: 00 00 00 00 00 00 00 00", "    data: 0 0 0 0 0 0 0 0", "transmit/0/data", "0 0 0"),
]
CONFIG_MISTAKES = [
    ("\n  chemistry: lfp", "\n  chemistry: lifepo4", "bank/chemistry", "lfp"),
    ("  can0: {}\n  can1: {}\n", "  - can0\n  - can1\n", "interfaces", "object"),
    ("    cells: 15 ", "    cells: 15s ", "cells", "integer"),
    ("    cells: 15 ", "    cell: 15 ", "packs/0", "cell"),
    ("    capacity: 100 Ah", "    capacity: 100", "capacity", "string"),
    ("    profile: pylontech", "    profil: pylontech", "packs/0", "profil"),
    ("    address: 1 ", "    address: 300 ", "address", "255"),
    ("charge_voltage: 55.2 V", "charge_voltage: 55.2 A", "charge_voltage", "mV"),
    ("charge_voltage: 55.2 V", "charge_voltag: 55.2 V", "limits", "charge_voltag"),
    ("  charge_current: 200 A", "  charge_current: 200A/h", "charge_current", "mA"),
    ("#override: { soc: 50 % }", "override: { soc: 50 }", "soc", "string"),
    ("#override: { soc: 50 % }", "override: { sok: 50 % }", "override", "sok"),
    ("#invert_current: no", "invert_current: maybe", "invert_current", "yes"),
    ("#log: info", "log: verbose", "log", "debug"),
    ("  interface: vcan0\n", "  interface: my-virtual-interface\n", "interface", "long"),
]


def try_mistake(schema, path, edit):
    with open(path) as f:
        text = f.read()
    old, new, where, word = edit
    if text.count(old) < 1:
        return report(False, "%s has no '%s'" % (path, old))
    said = find(schema, text.replace(old, new, 1))
    told = any("/".join(at).endswith(where) and word in message for at, message in said)
    name = "%s: '%s' instead of '%s' is told at %s" % (path, new.strip(), old.strip(), where)
    return report(told, name.replace("\n", " "), [] if told else ["%s: %s" % ("/".join(a), s[:160]) for a, s in said])


def all_words(schema):
    """test/schema/words.yaml has every word but those of the vocabulary: what loader and schema know is the same."""
    with open("test/schema/words.yaml") as f:
        text = f.read()
    fields = schema["definitions"]["fields"]["properties"]
    objects = [schema] + list(schema["definitions"].values())
    words = {k for o in objects for k in o.get("properties", {}) if k not in fields or k in ("name", "manufacturer")}
    missing = sorted(w for w in words if not re.search(r"[ {]%s:" % w, " " + text.replace("\n", "  ")))
    return report(len(words) > 60 and not missing, "test/schema/words.yaml has all %d words" % len(words), missing)


def main():
    profile, config = validator("can-profiles/schema.json"), validator("etc/schema.json")
    good = all_words(profile.schema)
    configs = sorted(glob.glob("test/replay/*/config.yaml")) + ["etc/battagg.yaml"]
    for schema, files in [(profile, sorted(glob.glob("can-profiles/*.yaml")) + ["test/schema/words.yaml"]), (config, configs)]:
        if len(files) < 20:
            good = report(False, "too few files: %s" % files)
        for path in files:
            with open(path) as f:
                errors = find(schema, f.read())
            good &= report(not errors, "%s is valid" % path, ["%s: %s" % ("/".join(a), s[:200]) for a, s in errors])
    for name, *edit in PROFILE_MISTAKES:
        good &= try_mistake(profile, "can-profiles/%s.yaml" % name, edit)
    for edit in CONFIG_MISTAKES:
        good &= try_mistake(config, "etc/battagg.yaml", edit)
    return 0 if good else 1


sys.exit(main())
