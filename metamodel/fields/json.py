"""JSON: any structure, for programs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import CHECKED_ON_SIZE, Column, FieldType


class Json(FieldType):
    name = "json"
    doc = "Any JSON value. For programs; people see its text."
    example = "payload: {type: json}"
    json_doc = "any"
    control = "json"
    operators = ("empty",)
    sortable = False

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("json"),)

    def parse(self, field: Field, value: Any) -> Any:
        try:
            if isinstance(value, str):  # from a form; from JSON a bare text is unlikely, and stays one
                try:
                    value = json.loads(value)
                except ValueError:
                    if value.lstrip()[:1] in ("{", "["):
                        raise
            text = json.dumps(value, default=_number, ensure_ascii=False, allow_nan=False)
            text.encode("utf-8")
        except (ValueError, TypeError, RecursionError):
            raise Invalid("not_json", N_("{label} must be JSON.")) from None
        if len(text) > CHECKED_ON_SIZE or "\\u0000" in text:
            raise Invalid("not_json", N_("{label} must be JSON of at most {max} characters."), max=CHECKED_ON_SIZE)
        return json.loads(text)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {}


def _number(value: Any) -> Any:
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value))
