"""Address: a postal address in parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Column, FieldType, as_text

PARTS = ("country", "province", "city", "district", "street", "postcode")
MOST = 200


class Address(FieldType):
    name = "address"
    doc = "A postal address in parts: country, province, city, district, street, postcode."
    example = "address: {type: address}"
    json_doc = '{"country": "CN", "province": "…", "city": "…", "district": "…", "street": "…", "postcode": "…"}'
    control = "address"
    operators = ("contains", "empty")
    sortable = False

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("json"),)

    def parse(self, field: Field, value: Any) -> dict[str, str] | None:
        if not isinstance(value, Mapping) or not set(value) <= set(PARTS):
            raise Invalid(
                "not_address", N_("{label} must be an address with the parts {parts}."), parts=", ".join(PARTS)
            )
        address = {part: as_text(value[part]).strip() for part in PARTS if value.get(part) not in (None, "")}
        if any(len(text) > MOST for text in address.values()):
            raise Invalid("too_long", N_("Each part of {label} can be at most {max} characters long."), max=MOST)
        return {part: text for part, text in address.items() if text} or None

    def operand(self, field: Field, value: Any) -> Any:
        return as_text(value) if value not in (None, "") else None

    def json_schema(self, field: Field) -> dict[str, Any]:
        part = {"type": "string", "maxLength": MOST}
        return {"type": "object", "properties": dict.fromkeys(PARTS, part), "additionalProperties": False}
