"""Color: a colour as six hexadecimal digits."""

from __future__ import annotations

import re
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import EQUALITY, Column, FieldType, as_text

HEX = re.compile(r"#[0-9a-f]{6}")


class Color(FieldType):
    name = "color"
    doc = "A colour."
    example = "color: {type: color}"
    json_doc = '"#1f6feb"'
    control = "color"
    operators = EQUALITY
    sortable = False

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("text", length=7),)

    def parse(self, field: Field, value: Any) -> str:
        text = as_text(value).strip().lower()
        if not HEX.fullmatch(text):
            raise Invalid("not_color", N_("{label} must be a colour, such as #1f6feb."))
        return text

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}
