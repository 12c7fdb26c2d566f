"""Shapes for OpenAPI: JSON Schemas of records, rows and query values.

In: marshmallow schemas, fields of the manifest. Out: JSON Schemas (2020-12) as OpenAPI 3.1 takes them. Field types say
what their values look like; here stands what the API does with them: null for nothing, files with their facts,
references that may be expanded, rows with their ids. Knows nothing of addresses.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema

from ...metamodel.manifest import Field
from ..query.paths import HOPS_TO_ONE
from ..records.companions import FILES
from .schemas import Rows, Value

Shape = dict[str, Any]

RECORD_ID: Shape = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
TOTAL: Shape = {"type": ["string", "integer", "null"]}
ALWAYS = ("id", "version")


def reference(name: str) -> Shape:
    """A reference to a component schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def read_shape(schema: Schema, language: str, rows: str = ".row") -> Shape:
    """A record as the API gives it. Sparse requests leave fields out, so only id and version are sure to be there."""
    properties: Shape = {}
    for name, declared in schema.fields.items():
        if isinstance(declared, Rows):
            of = reference(f"{declared.own.settings['of']}{rows}")
            properties[name] = _labelled({"type": "array", "items": of}, declared.own, language)
        elif isinstance(declared, Value):
            properties[name] = _labelled(_given(declared.own, name), declared.own, language)
    properties["$labels"] = {
        "type": "object",
        "description": "With labels=true: what the records and users named here are called, by field.",
        "additionalProperties": {"type": ["string", "array", "null"], "items": {"type": "string"}},
    }
    return {"type": "object", "properties": properties, "required": list(ALWAYS)}


def write_shape(schema: Schema, language: str, *, partial: bool, row: bool = False) -> Shape:
    """A record as the API takes it."""
    properties: Shape = {}
    for name, declared in schema.fields.items():
        if declared.dump_only:
            continue
        if isinstance(declared, Rows):
            of = reference(f"{declared.own.settings['of']}.row_input")
            most = declared.own.settings["max"]
            properties[name] = _labelled({"type": "array", "items": of, "maxItems": most}, declared.own, language)
        elif isinstance(declared, Value):
            shape = declared.own.kind.json_schema(declared.own)
            properties[name] = _labelled(shape if declared.required else nullable(shape), declared.own, language)
    shape = {"type": "object", "properties": properties, "additionalProperties": False}
    needed = [name for name, declared in schema.fields.items() if declared.required and not declared.dump_only]
    if row and "id" in properties:
        properties["id"] = {
            **nullable(RECORD_ID),
            "description": "Keeps the row that is there; without it a row is new.",
        }
    return shape | ({"required": needed} if needed and not partial and not row else {})


def nullable(shape: Shape) -> Shape:
    """The same, or null."""
    kind = shape.get("type")
    if kind is None:
        return dict(shape)
    wider = {**shape, "type": [*kind, "null"] if isinstance(kind, list) else [kind, "null"]}
    if "enum" in shape:
        wider["enum"] = [*shape["enum"], None]
    return wider


def _given(own: Field, name: str) -> Shape:
    if own.type in FILES:
        file = reference("File")
        return {"type": ["array", "null"], "items": file} if own.settings.get("multiple") else _or_null(file)
    if name in ALWAYS:
        return dict(RECORD_ID)
    shape = own.kind.json_schema(own)
    if own.type in HOPS_TO_ONE:
        return {"anyOf": [RECORD_ID, {"type": "object"}, {"type": "null"}]}
    if own.type == "many":
        return {"type": ["array", "null"], "items": {"anyOf": [RECORD_ID, {"type": "object"}]}}
    return nullable(shape)


def _or_null(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def _labelled(shape: Shape, own: Field, language: str) -> Shape:
    told = {"title": own.label.text(language)}
    if own.help is not None:
        told["description"] = own.help.text(language)
    return shape | told
