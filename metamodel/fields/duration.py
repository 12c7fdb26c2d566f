"""Duration: a length of time, in seconds."""

from __future__ import annotations

import re
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import ORDERED, Column, FieldType

# ISO 8601 durations of fixed length; months and years have none.
ISO = re.compile(r"(-)?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?")
CLOCK = re.compile(r"(\d{1,6}):([0-5]\d)(?::([0-5]\d))?")


class Duration(FieldType):
    name = "duration"
    doc = "A length of time."
    example = "effort: {type: duration}"
    json_doc = '"PT1H30M" (ISO 8601; "1:30" is accepted too)'
    value_type = "duration"
    control = "duration"
    operators = ORDERED

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("integer"),)

    def parse(self, field: Field, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**11:
            return value
        if isinstance(value, str):
            text = value.strip().upper()
            if (clock := CLOCK.fullmatch(text)) is not None:
                hours, minutes, seconds = (int(part or 0) for part in clock.groups())
                return hours * 3600 + minutes * 60 + seconds
            iso = ISO.fullmatch(text)
            if iso is not None and text[-1] not in "PT":
                weeks, days, hours, minutes, seconds = (int(part or 0) for part in iso.groups()[1:])
                length = ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds
                return -length if iso[1] else length
        raise Invalid("not_duration", N_("{label} must be a length of time, such as 1:30 or PT1H30M."))

    def output(self, field: Field, value: Any) -> Any:
        if value is None:
            return None
        hours, rest = divmod(abs(value), 3600)
        minutes, seconds = divmod(rest, 60)
        parts = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes) + f"{seconds}S" * bool(seconds)
        return f"{'-' if value < 0 else ''}PT{parts or '0S'}"

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^-?PT(\d+H)?(\d+M)?(\d+S)?$"}
