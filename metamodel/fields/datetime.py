"""Datetime: a moment, kept in UTC and shown in the company's time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import ORDERED, Column, FieldType

FIRST = datetime(1, 1, 2, tzinfo=UTC)
LAST = datetime(9999, 12, 30, tzinfo=UTC)


def as_moment(value: Any) -> datetime:
    """A moment in UTC from an aware datetime or ISO text with a zone, or Invalid: without a zone nobody knows when."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            value = None
    if isinstance(value, datetime) and value.tzinfo is not None:
        try:
            moment = value.astimezone(UTC)
        except OverflowError:
            moment = datetime.max.replace(tzinfo=UTC)
        # A day from the ends of the calendar there are time zones in which the moment has no date.
        if not FIRST <= moment <= LAST:
            raise Invalid("date_out_of_range", N_("{label} must lie between the years 1 and 9999."))
        return moment
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
