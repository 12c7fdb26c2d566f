"""Choices: any number of named options."""

from __future__ import annotations

from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Column, FieldType, Setting
from .choice import OPTIONS


class Choices(FieldType):
    name = "choices"
    doc = "Several of several options."
    example = "channels: {type: choices, choices: {mail: Mail, phone: Phone}, max: 2}"
    json_doc = '["a", "b"]'
    control = "choices"
    operators = ("eq", "in", "empty")
    sortable = False
    settings = (
        OPTIONS,
        Setting("max", {"type": "integer", "minimum": 1, "maximum": 1000}, "The most options at once."),
    )

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("json"),)

    def parse(self, field: Field, value: Any) -> list[str] | None:
        chosen = [value] if isinstance(value, str) else value
        if not isinstance(chosen, (list, tuple)) or not all(isinstance(option, str) for option in chosen):
            raise Invalid("not_a_list", N_("{label} must be a list of options."))
        options = field.options or {}
        for option in chosen:
            if option and option not in options:
                raise Invalid(
                    "not_an_option", N_("{label} cannot be “{value}”; choose one of the options."), value=option[:80]
                )
        ordered = [
            option for option in options if option in chosen
        ]  # one order, so that equal choices are equal values
        most = field.settings.get("max")
        if most is not None and len(ordered) > most:
            raise Invalid("too_many", N_("{label} can have at most {max} options."), max=most)
        return ordered or None

    def operand(self, field: Field, value: Any) -> Any:
        chosen = self.input(field, value)
        return chosen[0] if chosen else None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "string", "enum": list(field.options or {})}, "uniqueItems": True}
