"""Any ref: a reference to a record of one of several entities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Column, FieldType, Setting, as_integer
from .ref import RECORD_ID


class AnyRef(FieldType):
    name = "any_ref"
    doc = "A reference to a record of one of several entities."
    example = "about: {type: any_ref, of: [crm.customer, crm.opportunity]}"
    json_doc = '{"entity": "crm.customer", "id": 42}'
    control = "any_ref"
    operators = ("eq", "empty")
    sortable = False
    settings = (
        Setting(
            "of",
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
            "The entities that it may refer to.",
            required=True,
            resolve="entities",
        ),
    )

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("text", "_entity", length=80), Column("integer", "_id"))

    def parse(self, field: Field, value: Any) -> dict[str, Any] | None:
        if isinstance(value, str) and value.count("/") == 1:  # the form sends crm.customer/42
            entity, _, key = value.partition("/")
            value = {"entity": entity, "id": key}
        if not isinstance(value, Mapping) or not set(value) <= {"entity", "id"}:
            raise Invalid("not_a_reference", N_("{label} must name an entity and a record."))
        if value.get("entity") in (None, "") and value.get("id") in (None, ""):
            return None
        if value.get("entity") not in field.settings["of"]:
            raise Invalid("wrong_entity", N_("{label} cannot refer to that kind of record."))
        return {"entity": value["entity"], "id": as_integer(value.get("id"), message=N_("{label} must name a record."))}

    def split(self, field: Field, value: Any) -> dict[str, Any]:
        value = value or {}
        return {f"{field.name}_entity": value.get("entity"), f"{field.name}_id": value.get("id")}

    def join(self, field: Field, row: Mapping[str, Any]) -> Any:
        entity = row[f"{field.name}_entity"]
        return None if entity is None else {"entity": entity, "id": row[f"{field.name}_id"]}

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {"entity": {"type": "string", "enum": list(field.settings["of"])}, "id": dict(RECORD_ID)},
            "required": ["entity", "id"],
            "additionalProperties": False,
        }
