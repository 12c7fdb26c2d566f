"""Time: a time of day, without a day or a zone."""

from __future__ import annotations

from datetime import time
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import ORDERED, Column, FieldType


class Time(FieldType):
    name = "time"
    doc = "A time of day."
    example = "opens_at: {type: time}"
    json_doc = '"09:30:00"'
    value_type = "time"
    control = "time"
    operators = ORDERED

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("time"),)

    def parse(self, field: Field, value: Any) -> time:
        if isinstance(value, str):
            try:
                value = time.fromisoformat(value.strip())
            except ValueError:
                value = None
        if isinstance(value, time) and value.tzinfo is None:
            return value.replace(microsecond=0)
        raise Invalid("not_time", N_("{label} must be a time of day, such as 09:30."))

    def output(self, field: Field, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{2}:\d{2}(:\d{2})?$"}
