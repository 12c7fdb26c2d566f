"""Date: a day of the calendar, without a time or a zone."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import ORDERED, Column, FieldType, Setting, within

ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
LIMIT = {"anyOf": [{"const": "today"}, {"type": "string", "pattern": f"^{ISO.pattern}$"}]}


def as_date(value: Any) -> date:
    """A day from a date or its ISO text, or Invalid."""
    if type(value) is date:
        return value
    if isinstance(value, str) and ISO.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    raise Invalid("not_date", N_("{label} must be a date, such as 2026-01-31."))


class Date(FieldType):
    name = "date"
    doc = "A day."
    example = "due_date: {type: date, min: today}"
    json_doc = '"2026-01-31"'
    value_type = "date"
    control = "date"
    operators = ORDERED
    may_be_unique = True
    settings = (
        Setting("min", LIMIT, "The first day allowed; `today` is the day of saving in the company's time zone."),
        Setting("max", LIMIT, "The last day allowed."),
    )

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        days: dict[str, date] = {}
        for name in ("min", "max"):
            limit = field.settings.get(name)
            if limit not in (None, "today"):
                try:
                    days[name] = as_date(limit)
                except Invalid:
                    return [(name, f"{limit} is no day", "write one such as 2026-01-31, or `today`")]
        if len(days) == 2 and days["min"] > days["max"]:
            return [("min", f"min {days['min']} is above max {days['max']}", "exchange them")]
        return []

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("date"),)

    def parse(self, field: Field, value: Any) -> date:
        day = as_date(value)
        # `today` depends on the company's clock, so the records service compares with it; fixed limits are met here.
        low, high = (
            None if limit in (None, "today") else as_date(limit) for limit in map(field.settings.get, ("min", "max"))
        )
        within(day, low, high)
        return day

    def operand(self, field: Field, value: Any) -> Any:
        return None if value in (None, "") else as_date(value)

    def output(self, field: Field, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "format": "date"}
