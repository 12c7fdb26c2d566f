"""Rating: a number of stars."""

from __future__ import annotations

from typing import Any

from ..manifest import Field
from .base import ORDERED, Column, FieldType, Setting, as_integer, within


class Rating(FieldType):
    name = "rating"
    doc = "A number of stars, from 1; none is no rating."
    example = "satisfaction: {type: rating, max: 5}"
    json_doc = "4"
    value_type = "integer"
    control = "rating"
    operators = ORDERED
    settings = (Setting("max", {"type": "integer", "minimum": 2, "maximum": 10}, "The most stars.", 5),)

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("integer"),)

    def parse(self, field: Field, value: Any) -> int | None:
        stars = as_integer(value)
        within(stars, 0, field.settings["max"])
        return stars or None

    def operand(self, field: Field, value: Any) -> Any:
        return None if value in (None, "") else as_integer(value)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": field.settings["max"]}
