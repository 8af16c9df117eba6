# SPDX-License-Identifier: GPL-3.0-or-later
# SPDX-FileCopyrightText: 2026 the battagg authors
"""What test/profiles/mutate changes in a profile: each maker yields (what is changed, [(container, its new content)...])."""
import re
from fractions import Fraction

import yaml

from fields import Field, ends, span

PLACE = ("byte", "bytes", "bit", "bits", "start", "length")
NUMBER = re.compile(r"0x[0-9A-Fa-f]+|\d+(?:\.\d+)?")


class Text(str):
    """A scalar that remembers whether it stood in quotes."""
    quoted = False


def text(value, quoted=False):
    new = Text(value)
    new.quoted = quoted
    return new


def tree(node):
    if isinstance(node, yaml.MappingNode):
        return {tree(key): tree(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [tree(one) for one in node.value]
    return text(node.value, bool(node.style))


def scalar(value):
    if getattr(value, "quoted", False):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def emit(node, indent=""):
    """Block style, a line a scalar."""
    lines = []
    items = node.items() if isinstance(node, dict) else ((None, one) for one in node)
    for key, value in items:
        head = indent + (scalar(key) + ":" if key is not None else "-")
        if isinstance(value, str):
            lines.append(f"{head} {scalar(value)}")
        elif value:
            lines += [head, *emit(value, indent + "  ")]
        else:
            lines.append(head + (" {}" if isinstance(value, dict) else " []"))
    return lines


# Small changes of texts

def bump(word, by=1):
    """A number one larger, in its form; others of a list of numbers stay."""
    def plus(found):
        old = found.group()
        if old.startswith("0x"):
            return "0x" + format(int(old, 16) + by, "X").zfill(len(old) - 2)
        return str(Fraction(old) + by) if "." not in old else str(float(Fraction(old) + by))
    return text(NUMBER.sub(plus, word, count=1))


def bumps(word):
    """Each number of an expression one larger, and `group` or `address` without a multiplier doubled."""
    for found in NUMBER.finditer(word):
        yield text(word[:found.start()] + bump(found.group()) + word[found.end():])
    for found in re.finditer(r"(?<!\* )\b(group|address)\b(?! \*)", word):
        yield text(f"{word[:found.start()]}2 * {word[found.start():]}")


def nudged(word):
    """Each number of a range one up and one down."""
    for found in NUMBER.finditer(word):
        for by in (1, -1):
            yield text(word[:found.start()] + bump(found.group(), by) + word[found.end():])


def doubled(word):
    def twice(found):
        if found.group().startswith("0x"):
            return hex(2 * int(found.group(), 16))
        number = 2 * Fraction(found.group())
        return str(number) if number.denominator == 1 else f"{float(number):.12g}"
    return text(NUMBER.sub(twice, word, count=1))


def negated(word):
    return text(word[1:] if word.startswith("-") else "-" + word)


def put(where, key, value):
    """The map with this key set, or without it when the value is None."""
    new = dict(where)
    if value is None:
        new.pop(key, None)
    else:
        new[key] = value
    return new


def at(items, index, value):
    new = list(items)
    new[index] = value
    return new


def short(node):
    if isinstance(node, dict):
        return "{" + ", ".join(f"{k}: {short(v)}" for k, v in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(short(one) for one in node) + "]"
    return node


# The makers

def changed(where, key, value, note=None):
    return (note or f"{key} {short(where[key])} -> {short(value) if value is not None else 'gone'}",
            [(where, put(where, key, value))])


def range_mutants(where, key, field, big):
    """Shifted, without its last or first, with one more."""
    a, b = ends(where[key])
    if a is None:
        return
    step = (field.element() // 8 or 1) if field and field.array and key == "bytes" else 1
    unit = 1 if key == "bits" else 8
    high_first = big and key == "bytes"
    for low, high in ((a + 1, b + 1), (a - 1, b - 1)):
        yield changed(where, key, text(f"{low}-{high}"))
    number = field and field.kind != "text" and not field.array
    narrowed = ("bit" in where or "bits" in where) and key == "bytes" # then the bits say where it is
    if b > a and not narrowed:
        without_top = f"{a + 1}-{b}" if high_first else f"{a}-{b - step}"
        without_low = f"{a}-{b - step}" if high_first else f"{a + 1}-{b}"
        if not number or field.top_matters(unit * (b - a)):
            yield changed(where, key, text(without_top))
        if number or key == "bits":
            yield changed(where, key, text(without_low))
    if field and not narrowed:
        yield changed(where, key, text(f"{a - 1}-{b}" if high_first else f"{a}-{b + step}"))


def place_mutants(where, field=None, big=False):
    big = where["byte_order"] == "big" if "byte_order" in where else big
    wide = False
    for key in PLACE:
        value = where.get(key)
        if isinstance(value, list):
            yield changed(where, key, [value[1], value[0], *value[2:]])
            for i, one in enumerate(value):
                yield changed(where, key, at(value, i, bump(one)))
        elif value is not None and re.search("[a-z]", value): # parameters in it
            for new in bumps(value):
                yield changed(where, key, new)
            wide = wide or key in ("bytes", "start")
        elif value is not None and key in ("bytes", "bits"):
            yield from range_mutants(where, key, field, big)
            wide = wide or (key == "bytes" and span(value) != 1)
        elif value is not None and value.isdigit():
            for by in (1, -1):
                if int(value) + by >= 0:
                    yield changed(where, key, bump(value, by))
            wide = wide or key == "start"
            if key == "byte" and field and field.plain and "bit" not in where and "bits" not in where:
                n = int(value)
                yield (f"byte {n} -> bytes {n - big}-{n + 1 - big}",
                       [(where, {("bytes" if k == key else k): text(f"{n - big}-{n + 1 - big}") if k == key else v
                                 for k, v in where.items()})])
    no_number = field and (field.kind == "text" or field.element() == 8) or getattr(where.get("is"), "quoted", False)
    no_number = no_number or where.get("length") == "1"
    if wide and not no_number:
        yield ("the other byte order", [(where, put(where, "byte_order", text("little" if big else "big")))])


def guard_mutants(where, big):
    yield from place_mutants(where, None, big)
    value = where["is"]
    if value.quoted:
        yield changed(where, "is", text(value[:-1] + chr(ord(value[-1]) + 1), True))
    elif value != "address":
        yield changed(where, "is", text("0" if value == "1" and "bit" in where else bump(value)))


def map_mutants(entries, alarm):
    words = list(dict.fromkeys(entries.values()))
    words += [w for w in (("ok", "active") if alarm else ("no", "yes")) if len(words) < 2 and w not in words]
    for key, value in entries.items():
        if len(entries) > 1 and value != "unsupported": # as is what stands in no map
            yield changed(entries, key, None, f"map without {key}: {value}")
        yield changed(entries, key, words[(words.index(value) + 1) % len(words)], f"map {key}: another than {value}")


def number_mutants(field):
    k = field.keys
    if "factor" in k:
        if NUMBER.search(k["factor"]):
            yield changed(k, "factor", doubled(k["factor"]))
        if "absolute" not in k or "offset" in k:
            yield changed(k, "factor", negated(k["factor"]))
    if "offset" in k:
        yield changed(k, "offset", bump(k["offset"]))
        if NUMBER.search(k["offset"]) and Fraction(NUMBER.search(k["offset"]).group()):
            yield changed(k, "offset", negated(k["offset"]))
    if isinstance(k.get("absent"), list):
        for i, one in enumerate(k["absent"]):
            rest = k["absent"][:i] + k["absent"][i + 1:]
            yield changed(k, "absent", rest or None, f"absent without {one}")
    elif "absent" in k:
        yield changed(k, "absent", None)
    if "range" in k:
        yield changed(k, "range", None)
        for new in nudged(k["range"]):
            yield changed(k, "range", new)
    if k.get("type", "text") not in ("text", "unsigned"):
        if k["type"] != "signed" or "absolute" in k or field.sign_matters():
            yield changed(k, "type", None)
    elif "type" not in k and field.plain and field.sign_matters():
        yield ("type -> signed", [(k, put(k, "type", text("signed")))])


def field_mutants(field):
    k = field.keys
    yield from place_mutants(k, field, field.big)
    yield from number_mutants(field)
    for key in ("absolute", "combine", "inverted"):
        if key in k:
            yield changed(k, key, None)
    if k.get("combine") and field.kind == "number":
        yield changed(k, "combine", text("min" if k["combine"] == "max" else "max"))
    if "bit" in k and "map" not in k and "inverted" not in k and field.kind in ("alarm", "flag"):
        yield ("inverted", [(k, put(k, "inverted", text("yes")))])
    if isinstance(k.get("map"), dict):
        for what, edits in map_mutants(k["map"], field.kind == "alarm"):
            yield what, edits
    elif "map" in k:
        yield changed(k, "map", None)
    if "each" in k:
        one = ends(k["each"].split()[0])[0]
        yield changed(k, "each", text(f"{2 if one == 1 else one // 2} {k['each'].split()[1]}"))
    for key in ("when", "negative_when"):
        if key in k:
            for what, edits in guard_mutants(k[key], field.big):
                yield f"{key}: {what}", edits
            yield changed(k, key, None)


def fields_of(frame, big):
    for name, keys in frame.get("fields", {}).items():
        places = keys if isinstance(keys, list) else None
        for one in places or [keys]:
            yield Field(name, one, big, places)


def without_place(keys):
    return {key: value for key, value in keys.items() if key not in PLACE}


def exchange_mutants(all_fields):
    """Two fields of a frame in each other's place."""
    for i, a in enumerate(all_fields):
        for b in all_fields[i + 1:]:
            if (a.places is not None and a.places is b.places) or a.kind != b.kind or a.array != b.array:
                continue
            places = [{key: f.keys[key] for key in PLACE if key in f.keys} for f in (a, b)]
            if places[0] == places[1]:
                continue
            yield (f"{a.label}: in the place of {b.label}",
                   [(a.keys, {**places[1], **without_place(a.keys)}), (b.keys, {**places[0], **without_place(b.keys)})])


def names_mutants(fields):
    for name, keys in fields.items():
        for changed_name in bumps(name[name.index("["):]) if "[" in name else ():
            new = text(name[:name.index("[")] + changed_name, name.quoted)
            yield f"{name}: {new}", [(fields, {(new if k == name else k): v for k, v in fields.items()})]
        if not isinstance(keys, list):
            continue
        for i, one in enumerate(keys):
            yield f"{name}: without {short(one)}", [(fields, put(fields, name, keys[:i] + keys[i + 1:]))]
            if i and "combine" not in one:
                swapped = keys[:i - 1] + [one, keys[i - 1]] + keys[i + 1:]
                yield f"{name}: {short(one)} before {short(keys[i - 1])}", [(fields, put(fields, name, swapped))]


def bounds_mutants(where, key):
    a, b = ends(where[key])
    if a is None:
        return
    if b > a:
        yield changed(where, key, text(f"{a + 1}-{b}"))
        yield changed(where, key, text(f"{a}-{b - 1}"))
    if key == "group":
        yield changed(where, key, text(f"{a - 1}-{b}"))
        yield changed(where, key, text(f"{a}-{b + 1}"))


def checksum_mutants(where, big):
    yield from place_mutants(where, None, big)
    others = {"sum8": "xor8", "xor8": "sum8", "crc8": "xor8", "crc16-modbus": "crc8"}
    yield changed(where, "kind", text(others[where["kind"]]))
    a, b = ends(where["over"])
    yield changed(where, "over", text(f"{a + 1}-{b}"))
    yield changed(where, "over", text(f"{a}-{b - 1}"))
    for word in where.get("with", []):
        yield changed(where, "with", [w for w in where["with"] if w != word])
    for key in ("poly", "init", "final"):
        if key in where:
            yield changed(where, key, bump(where[key]))


def id_mutants(frame):
    if "id" in frame:
        for new in bumps(frame["id"]):
            yield changed(frame, "id", new)
    if "pgn" in frame:
        yield changed(frame, "pgn", bump(frame["pgn"], 0x100 if frame["pgn"].endswith("00") else 1))
    if "sdo" in frame:
        index, sub = frame["sdo"].split(":")
        if NUMBER.search(index):
            yield changed(frame, "sdo", text(f"{bump(index)}:{sub}"))
        if re.fullmatch("[0-9A-Fa-f]+", sub):
            yield changed(frame, "sdo", text(f"{index}:{int(sub, 16) + 1:02X}"))
    for key in ("size", "source"):
        if frame.get(key, "").isdigit() or frame.get(key, "").startswith("0x"):
            yield changed(frame, key, bump(frame[key]))
    for key in ("source", "match", "checksum", "fast_packet", "counter"):
        if key in frame:
            yield changed(frame, key, None)
    if "group" in frame:
        yield from bounds_mutants(frame, "group")


def frame_mutants(frame, big):
    big = frame["byte_order"] == "big" if "byte_order" in frame else big
    yield from id_mutants(frame)
    for key in ("index", "counter"):
        for what, edits in place_mutants(frame.get(key, {}), None, big):
            yield f"{key}: {what}", edits
    for guard in frame.get("match", []):
        for what, edits in guard_mutants(guard, big):
            yield f"match: {what}", edits
    if "checksum" in frame:
        for what, edits in checksum_mutants(frame["checksum"], big):
            yield f"checksum: {what}", edits
    all_fields = list(fields_of(frame, big))
    for field in all_fields:
        for what, edits in field_mutants(field):
            yield f"{field.label}: {what}", edits
    yield from exchange_mutants(all_fields)
    yield from names_mutants(frame.get("fields", {}))


def pairs_mutants(frames, big):
    """Which source wins, which part of a text comes first: two frames at a time."""
    found = [(f, frame) for frame in frames for f in fields_of(frame, big)]
    for i, (a, _) in enumerate(found):
        for b, frame in found[i + 1:]:
            if a.base != b.base or a.array:
                continue
            for key in ("rank", "part"):
                if a.keys.get(key) != b.keys.get(key):
                    yield (f"{a.name}: {key} of {frame_name(frame)} and its own exchanged",
                           [(a.keys, put(a.keys, key, b.keys.get(key))), (b.keys, put(b.keys, key, a.keys.get(key)))])


def computed_mutants(rows):
    """Another operation, the two turned round, one left out, no such line."""
    others = {"sum": "max", "min": "max", "max": "min", "ratio": "product", "product": "ratio"}
    for name, row in rows.items():
        yield changed(rows, name, None, f"computed without {name}")
        for operation, parts in row.items():
            if operation in others:
                yield (f"computed {name}: {others[operation]}", [(row, {others[operation]: parts})])
            if operation == "ratio":
                yield changed(row, operation, parts[::-1], f"computed {name}: turned round")
            for i, part in enumerate(parts if isinstance(parts, list) and operation in ("sum", "min", "max") else ()):
                yield changed(row, operation, parts[:i] + parts[i + 1:], f"computed {name}: without {part}")


def frame_name(frame):
    return frame.get("id") or frame.get("pgn") or frame.get("sdo")


def profile_mutants(root):
    """(where and what, edits), of a whole profile"""
    big = root["byte_order"] == "big"
    yield changed(root, "byte_order", text("little" if big else "big"))
    if "addresses" in root:
        yield from bounds_mutants(root, "addresses")
    for name, keys in root.get("parameters", {}).items():
        others = [v for v in keys.get("values", []) if v != keys["default"]] or [bump(keys["default"])]
        yield f"parameter {name}: default {others[0]}", [(keys, put(keys, "default", others[0]))]
    for name, entries in root.get("maps", {}).items():
        for what, edits in map_mutants(entries, "ok" in entries.values() or "active" in entries.values()):
            yield f"{name}: {what}", edits
    names = []
    for frame in root["frames"]:
        name = frame_name(frame)
        names.append(name)
        label = f"{name} #{names.count(name)}" if names.count(name) > 1 else name
        for what, edits in frame_mutants(frame, big):
            yield f"{label} {what}", edits
    yield from pairs_mutants(root["frames"], big)
    yield from computed_mutants(root.get("computed", {}))
