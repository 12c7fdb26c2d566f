"""Choice: one of several named options."""

from __future__ import annotations

from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import EQUALITY, Column, FieldType, Setting, as_text

OPTIONS = Setting(
    "choices",
    {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/options"}]},
    "The options, by name, or the name of a shared set of choices (`industry`, `oa.currency`).",
    required=True,
    resolve="choices",
)


class Choice(FieldType):
    name = "choice"
    doc = "One of several options."
    example = "level: {type: choice, choices: {a: {en: Key, zh: 重点}, b: {en: Normal, zh: 普通}}, default: b}"
    json_doc = '"a" (the name of the option)'
    value_type = "choice"
    control = "choice"
    operators = EQUALITY
    may_be_unique = True
    settings = (OPTIONS,)

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("text", length=80),)

    def parse(self, field: Field, value: Any) -> str:
        option = as_text(value)
        if option not in (field.options or {}):
            raise Invalid(
                "not_an_option", N_("{label} cannot be “{value}”; choose one of the options."), value=option[:80]
            )
        return option

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "enum": list(field.options or {})}
