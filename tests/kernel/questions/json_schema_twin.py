"""The part of JSON Schema 2020-12 that our schemas use, read plainly. An unknown keyword stops the test."""

import re

ANNOTATIONS = {"$schema", "title"}


def accepts(schema, value):
    return all(KEYWORDS[key](schema, value) for key in schema if key not in ANNOTATIONS)


def is_type(value, name):
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {
        "null": value is None,
        "boolean": isinstance(value, bool),
        "string": isinstance(value, str),
        "array": isinstance(value, list),
        "object": isinstance(value, dict),
        "integer": number and (isinstance(value, int) or value.is_integer()),
    }[name]


def same(one, other):
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def on(kind, judge):
    return lambda schema, value: judge(schema, value) if any(is_type(value, name) for name in kind.split()) else True


def on_number(judge):
    return lambda schema, value: (
        judge(schema, value) if isinstance(value, (int, float)) and not isinstance(value, bool) else True
    )


def additional(schema, value):
    return schema["additionalProperties"] is not False or set(value) <= set(schema["properties"])


KEYWORDS = {
    "type": lambda s, v: any(is_type(v, n) for n in ([s["type"]] if isinstance(s["type"], str) else s["type"])),
    "enum": lambda s, v: any(same(v, one) for one in s["enum"]),
    "const": lambda s, v: same(v, s["const"]),
    "anyOf": lambda s, v: any(accepts(one, v) for one in s["anyOf"]),
    "allOf": lambda s, v: all(accepts(one, v) for one in s["allOf"]),
    "not": lambda s, v: not accepts(s["not"], v),
    "maxLength": on("string", lambda s, v: len(v) <= s["maxLength"]),
    "minLength": on("string", lambda s, v: len(v) >= s["minLength"]),
    "pattern": on("string", lambda s, v: re.search(s["pattern"], v) is not None),
    "minimum": on_number(lambda s, v: v >= s["minimum"]),
    "maximum": on_number(lambda s, v: v <= s["maximum"]),
    "multipleOf": on_number(lambda s, v: v % s["multipleOf"] == 0),
    "maxItems": on("array", lambda s, v: len(v) <= s["maxItems"]),
    "minItems": on("array", lambda s, v: len(v) >= s["minItems"]),
    "items": on("array", lambda s, v: all(accepts(s["items"], one) for one in v)),
    "contains": on("array", lambda s, v: any(accepts(s["contains"], one) for one in v)),
    "required": on("object", lambda s, v: set(s["required"]) <= set(v)),
    "properties": on("object", lambda s, v: all(accepts(s["properties"][k], v[k]) for k in v if k in s["properties"])),
    "additionalProperties": on("object", additional),
}
