"""Integer: a whole number of 64 bits."""

from __future__ import annotations

from typing import Any

from ..invalid import N_
from ..manifest import Field
from .base import ORDERED, Column, FieldType, Setting, as_integer, within

WHOLE_NUMBER = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}


class Integer(FieldType):
    name = "integer"
    doc = "A whole number."
    example = "lead_time: {type: integer, min: 0, max: 365, default: 7}"
    json_doc = "12"
    value_type = "integer"
    control = "integer"
    operators = ORDERED
    may_be_unique = True
    settings = (
        Setting("min", WHOLE_NUMBER, "The least value."),
        Setting("max", WHOLE_NUMBER, "The greatest value."),
    )

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        low, high = field.settings.get("min"), field.settings.get("max")
        if low is not None and high is not None and low > high:
            return [("min", f"min {low} is above max {high}", "exchange them")]
        return []

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("integer"),)

    def parse(self, field: Field, value: Any) -> int:
        number = as_integer(value)
        within(number, field.settings.get("min"), field.settings.get("max"))
        return number

    def operand(self, field: Field, value: Any) -> Any:
        return None if value in (None, "") else as_integer(value, message=N_("{label} must be a whole number."))

    def json_schema(self, field: Field) -> dict[str, Any]:
        schema: dict[str, Any] = dict(WHOLE_NUMBER)
        low, high = field.settings.get("min"), field.settings.get("max")
        return schema | ({"minimum": low} if low is not None else {}) | ({"maximum": high} if high is not None else {})
