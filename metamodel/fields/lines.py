"""Lines: rows that belong to a record and are saved with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import FieldType, Setting

MOST_LINES = 2000


class Lines(FieldType):
    name = "lines"
    doc = "Owned rows: saved, locked and deleted with their owner, in one transaction. They keep their order."
    example = "lines: {type: lines, of: quote_line, by: quote, min: 1}"
    json_doc = '[{"item": 7, "qty": "2.000"}, …] (a row with its `id` is kept and changed; a row left out is deleted)'
    control = "lines"
    operators = ("empty",)
    sortable = False
    stored = False
    settings = (
        Setting("of", {"type": "string"}, "The entity of the rows.", required=True, resolve="entity"),
        Setting(
            "by", {"type": "string"}, "The ref field of the rows that names their owner.", required=True, resolve="by"
        ),
        Setting("min", {"type": "integer", "minimum": 0, "maximum": MOST_LINES}, "The fewest rows."),
        Setting("max", {"type": "integer", "minimum": 1, "maximum": MOST_LINES}, "The most rows.", MOST_LINES),
    )

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        low, high = field.settings.get("min"), field.settings["max"]
        if low is not None and low > high:
            return [("min", f"min {low} is above max {high}", "exchange them")]
        return []

    def parse(self, field: Field, value: Any) -> list[dict[str, Any]]:
        if not isinstance(value, (list, tuple)) or not all(isinstance(row, Mapping) for row in value):
            raise Invalid("not_rows", N_("{label} must be a list of rows."))
        most = field.settings["max"]
        if len(value) > most:
            raise Invalid("too_many", N_("{label} can have at most {max} rows."), max=most)
        return [dict(row) for row in value]

    def split(self, field: Field, value: Any) -> dict[str, Any]:
        return {}

    def join(self, field: Field, row: Mapping[str, Any]) -> Any:
        return row.get(field.name)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object"}, "maxItems": field.settings["max"]}
