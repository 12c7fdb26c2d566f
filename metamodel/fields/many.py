"""Many: references to any number of records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import FieldType, Setting, as_integer
from .ref import RECORD_ID

MOST = 2000


class Many(FieldType):
    name = "many"
    doc = "References to several records (many-to-many)."
    example = "groups: {type: many, of: employee_group}"
    json_doc = "[1, 2] (record ids)"
    control = "many"
    operators = ("eq", "in", "empty")
    sortable = False
    stored = False
    settings = (Setting("of", {"type": "string"}, "The entity referred to.", required=True, resolve="entity"),)

    def parse(self, field: Field, value: Any) -> list[int]:
        if isinstance(value, str):
            value = [part for part in value.split(",") if part.strip()]
        if not isinstance(value, (list, tuple)) or len(value) > MOST:
            raise Invalid("not_a_list", N_("{label} must be a list of records."))
        keys = [as_integer(key, message=N_("{label} must name records.")) for key in value if key != ""]
        return list(dict.fromkeys(keys))

    def operand(self, field: Field, value: Any) -> Any:
        return None if value in (None, "") else as_integer(value, message=N_("{label} must name a record."))

    def split(self, field: Field, value: Any) -> dict[str, Any]:
        return {}

    def join(self, field: Field, row: Mapping[str, Any]) -> Any:
        return row.get(field.name)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": dict(RECORD_ID), "uniqueItems": True, "maxItems": MOST}
