#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Is a YAML file what a JSON schema says?  usage: schema.py SCHEMA FILE...

Prints "FILE: place: why" for each that is not; exit 1 then.  Knows the key
words that our schemas use and stops (2) at any other: a word that is not
looked at would pass everything."""
import re
import sys
import json
import yaml

NOTES = {"$schema", "$id", "$defs", "title", "description", "default", "examples", "format"}
KINDS = {"object": dict, "array": list, "string": str, "null": type(None), "boolean": bool}


def kind(v, name):
    if name == "integer":
        return isinstance(v, int) and not isinstance(v, bool)
    if name == "number":
        return isinstance(v, (int, float)) and not isinstance(v, bool)
    return isinstance(v, KINDS[name])


def same(a, b):
    return type(a) is type(b) and a == b


def check(s, v, root, at):
    if s is True:
        return
    if s is False:
        yield at, "is not allowed"
        return
    for word, arg in s.items():
        if word in NOTES:
            continue
        if word == "$ref":
            t = root
            for part in arg.removeprefix("#/").split("/"):
                t = t[part]
            yield from check(t, v, root, at)
        elif word == "type":
            if not any(kind(v, k) for k in (arg if isinstance(arg, list) else [arg])):
                yield at, f"is no {arg}"
        elif word == "enum":
            if not any(same(v, x) for x in arg):
                yield at, f"is none of {arg}"
        elif word == "const":
            if not same(v, arg):
                yield at, f"is not {arg!r}"
        elif word in ("anyOf", "oneOf"):
            good = sum(not list(check(x, v, root, at)) for x in arg)
            if good == 0 or (word == "oneOf" and good != 1):
                yield at, f"fits {good} of {word}"
        elif word == "allOf":
            for x in arg:
                yield from check(x, v, root, at)
        elif word == "not":
            if not list(check(arg, v, root, at)):
                yield at, "is what it must not be"
        elif word == "if":
            branch = "else" if list(check(arg, v, root, at)) else "then"
            yield from check(s.get(branch, True), v, root, at)
        elif word in ("then", "else"):
            pass
        elif word == "properties":
            for k in arg if isinstance(v, dict) else ():
                if k in v:
                    yield from check(arg[k], v[k], root, f"{at}.{k}")
        elif word == "additionalProperties":
            for k in v if isinstance(v, dict) else ():
                if k not in s.get("properties", {}):
                    yield from check(arg, v[k], root, f"{at}.{k}")
        elif word == "propertyNames":
            for k in v if isinstance(v, dict) else ():
                yield from check(arg, k, root, f"{at}.{k}")
        elif word == "required":
            for k in arg if isinstance(v, dict) else ():
                if k not in v:
                    yield at, f"has no {k}"
        elif word == "dependentRequired":
            for k, more in arg.items() if isinstance(v, dict) else ():
                for m in more if k in v else ():
                    if m not in v:
                        yield at, f"has {k} and no {m}"
        elif word == "items":
            for i, x in enumerate(v if isinstance(v, list) else ()):
                yield from check(arg, x, root, f"{at}[{i}]")
        elif word == "uniqueItems":
            if isinstance(v, list) and any(same(x, y) for i, x in enumerate(v) for y in v[:i]):
                yield at, "has one twice"
        elif word in ("minItems", "minLength", "minProperties"):
            if kind(v, {"I": "array", "L": "string", "P": "object"}[word[3]]) and len(v) < arg:
                yield at, f"is shorter than {arg}"
        elif word in ("maxItems", "maxLength", "maxProperties"):
            if kind(v, {"I": "array", "L": "string", "P": "object"}[word[3]]) and len(v) > arg:
                yield at, f"is longer than {arg}"
        elif word == "minimum":
            if kind(v, "number") and v < arg:
                yield at, f"is below {arg}"
        elif word == "maximum":
            if kind(v, "number") and v > arg:
                yield at, f"is above {arg}"
        elif word == "pattern":
            if isinstance(v, str) and not re.search(arg, v):
                yield at, f"does not match {arg}"
        else:
            sys.exit(f"schema.py: key word {word!r} is not known")


schema = json.load(open(sys.argv[1], encoding="utf-8"))
bad = 0
for name in sys.argv[2:]:
    for at, why in check(schema, yaml.safe_load(open(name, encoding="utf-8")), schema, "$"):
        print(f"{name}: {at}: {why}")
        bad = 1
sys.exit(bad)
