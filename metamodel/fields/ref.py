"""Ref: a reference to a record of another entity."""

from __future__ import annotations

from typing import Any, ClassVar

from ..invalid import N_
from ..manifest import Field
from .base import EQUALITY, Column, FieldType, Setting, as_integer

ON_DELETE = Setting(
    "on_delete",
    {"enum": ["restrict", "clear", "cascade"]},
    "When its record is deleted: refuse (`restrict`), empty this field (`clear`), delete this too (`cascade`).",
    "restrict",
)
RECORD_ID = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


class Ref(FieldType):
    name = "ref"
    doc = "A reference to one record of an entity."
    example = "customer: {type: ref, of: crm.customer, required: true, where: {status: active}}"
    json_doc = "42 (the record's id)"
    value_type = "ref"
    control = "ref"
    operators = EQUALITY
    may_be_unique = True
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("of", {"type": "string"}, "The entity referred to.", required=True, resolve="entity"),
        ON_DELETE,
        Setting(
            "where",
            {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
            "Only records with these values are offered and accepted.",
            resolve="target_fields",
        ),
    )

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        if field.required and field.settings["on_delete"] == "clear":
            return [
                ("on_delete", "a required reference cannot be cleared", "use restrict or cascade, or drop required")
            ]
        return []

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("reference", target=field.settings["of"], on_delete=field.settings["on_delete"]),)

    def parse(self, field: Field, value: Any) -> int:
        return as_integer(value, message=N_("{label} must name a record."))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return dict(RECORD_ID)
