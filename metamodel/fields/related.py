"""Related: the records that refer to this one, shown with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import FieldType, Setting


class Related(FieldType):
    name = "related"
    doc = "A list of the records that refer to this one. They live on their own; nothing is stored here."
    example = "contacts: {type: related, of: contact, by: customer}"
    json_doc = "not part of the record"
    control = "related"
    operators = ()
    sortable = False
    stored = False
    may_be_required = False
    settings = (
        Setting("of", {"type": "string"}, "The entity of the records.", required=True, resolve="entity"),
        Setting("by", {"type": "string"}, "Their ref field that names this record.", required=True, resolve="by"),
    )

    def parse(self, field: Field, value: Any) -> Any:
        raise Invalid("not_writable", N_("{label} is not edited here; edit the records that it lists."))

    def split(self, field: Field, value: Any) -> dict[str, Any]:
        return {}

    def join(self, field: Field, row: Mapping[str, Any]) -> Any:
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "null"}
