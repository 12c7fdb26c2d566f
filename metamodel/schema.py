"""The JSON Schemas that editors use to complete and check definitions while they are typed.

In: the shapes. Out: one schema for each kind of file, complete in itself. A file is a definition of its own, or an
overlay that begins with `extends` and may say any part.
"""

from __future__ import annotations

from typing import Any

from .fields import TYPES
from .shape_terms import DEFS, FULL_NAME, KINDS, NAME, Schema
from .shapes import SHAPES, field_schema

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def published(kind: str) -> Schema:
    """The JSON Schema (2020-12) of a kind of file: entity, list, form, …, package or company."""
    shape = _nullable(SHAPES[kind])
    definitions: dict[str, Any] = {name: _clean(schema) for name, schema in DEFS.items()}
    if kind == "entity":
        definitions["field"] = _field()
        definitions |= {f"field_{name}": _clean(field_schema(name)) for name in sorted(TYPES)}
    schema: Schema = {"$schema": DRAFT, "title": f"Sartor {kind}", "$defs": definitions}
    if kind not in KINDS:
        return {**schema, **_clean(SHAPES[kind])}
    own = _clean(SHAPES[kind])
    own["properties"] = {kind: {"type": "string", "pattern": NAME, "description": f"The name of the {kind}."}} | own[
        "properties"
    ]
    own["required"] = [kind, *own.get("required", [])]
    overlay = _clean(shape)
    overlay["properties"] = {
        "extends": {"type": "string", "pattern": FULL_NAME, "description": f"The {kind} that this changes, in full."},
        "kind": {"const": kind},
    } | overlay["properties"]
    overlay["required"] = ["extends"]
    return schema | {"if": {"required": ["extends"]}, "then": overlay, "else": own}


def _field() -> Schema:
    """A field: its type says which settings it has. A patch of an overlay may leave the type out."""
    return {
        "type": ["object", "null"],
        "properties": {"type": {"enum": sorted(TYPES)}},
        "allOf": [
            {
                "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
                "then": {"$ref": f"#/$defs/field_{name}"},
            }
            for name in sorted(TYPES)
        ],
    }


def _clean(schema: Any) -> Any:
    """Without our own marks, and with bare lists of names allowed where they are."""
    if isinstance(schema, list):
        return [_clean(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _clean(value) for key, value in schema.items() if not key.startswith("x-")}
    if schema.get("x-bare"):
        names = schema["propertyNames"]["pattern"]
        described = {key: plain.pop(key) for key in ("description",) if key in plain}
        return described | {"anyOf": [plain, {"type": "array", "items": {"type": "string", "pattern": names}}]}
    return plain


def _nullable(schema: Any) -> Any:
    """As an overlay has it: nothing is required, and null takes any property back."""
    if isinstance(schema, list):
        return [_nullable(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {key: value for key, value in schema.items() if key != "required"}
    for key in ("properties",):
        if key in loose:
            loose[key] = {name: _or_null(_nullable(value)) for name, value in loose[key].items()}
    if isinstance(loose.get("additionalProperties"), dict):
        loose["additionalProperties"] = _or_null(_nullable(loose["additionalProperties"]))
    return loose


def _or_null(schema: Schema) -> Schema:
    described = {key: schema[key] for key in ("description",) if key in schema}
    return described | {"anyOf": [schema, {"type": "null"}]}
