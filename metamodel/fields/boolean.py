"""Boolean: yes or no."""

from __future__ import annotations

from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Column, FieldType

WORDS = {"true": True, "1": True, "on": True, "yes": True, "false": False, "0": False, "off": False, "no": False}


class Boolean(FieldType):
    name = "boolean"
    doc = "Yes or no."
    example = "active: {type: boolean, default: true}"
    json_doc = "true"
    value_type = "boolean"
    control = "boolean"
    operators = ("eq", "ne", "empty")

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("boolean"),)

    def parse(self, field: Field, value: Any) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in WORDS:
            return WORDS[value.lower()]
        raise Invalid("not_boolean", N_("{label} must be yes or no."))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "boolean"}
