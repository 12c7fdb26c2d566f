"""Datetime: a moment, kept in UTC and shown in the company's time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import ORDERED, Column, FieldType


def as_moment(value: Any) -> datetime:
    """A moment in UTC from an aware datetime or ISO text with a zone, or Invalid: without a zone nobody knows when."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            return value.astimezone(UTC)
        except OverflowError:
            pass
    raise Invalid("not_datetime", N_("{label} must be a date and time with its zone, such as 2026-01-31T09:30:00Z."))


class DateTime(FieldType):
    name = "datetime"
    doc = "A moment. Stored in UTC, shown and typed in the company's time zone."
    example = "starts_at: {type: datetime, required: true}"
    json_doc = '"2026-01-31T09:30:00Z"'
    value_type = "datetime"
    control = "datetime"
    operators = ORDERED

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("datetime"),)

    def parse(self, field: Field, value: Any) -> datetime:
        return as_moment(value)

    def output(self, field: Field, value: Any) -> Any:
        return None if value is None else value.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}
