"""Geo point: a place on the earth (WGS 84), in decimal degrees."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Column, FieldType
from .decimal import as_decimal

LIMITS = {"lat": Decimal(90), "lon": Decimal(180)}
SCALE = 6  # about 0.1 m


class GeoPoint(FieldType):
    name = "geo_point"
    doc = "A place: latitude and longitude in degrees (WGS 84), six decimal places."
    example = "place: {type: geo_point}"
    json_doc = '{"lat": "31.230400", "lon": "121.473700"}'
    control = "geo_point"
    operators = ("empty",)
    sortable = False

    def columns(self, field: Field) -> tuple[Column, ...]:
        return tuple(Column("decimal", f"_{part}", precision=9, scale=SCALE) for part in LIMITS)

    def parse(self, field: Field, value: Any) -> dict[str, Decimal] | None:
        if isinstance(value, str):  # the form sends "31.2304, 121.4737"
            parts = value.split(",")
            value = dict(zip(LIMITS, parts, strict=True)) if len(parts) == 2 else None
        if not isinstance(value, Mapping) or not set(value) <= set(LIMITS):
            raise Invalid("not_geo_point", N_("{label} must be a latitude and a longitude, such as 31.2304, 121.4737."))
        if all(value.get(part) in (None, "") for part in LIMITS):
            return None
        point = {part: as_decimal(value.get(part)) for part in LIMITS}
        if any(point[part].copy_abs() > most for part, most in LIMITS.items()):
            raise Invalid("not_geo_point", N_("{label} must be a latitude and a longitude, such as 31.2304, 121.4737."))
        return {part: round(number, SCALE) for part, number in point.items()}

    def output(self, field: Field, value: Any) -> Any:
        return None if value is None else {part: f"{value[part]:f}" for part in LIMITS}

    def split(self, field: Field, value: Any) -> dict[str, Any]:
        return {f"{field.name}_{part}": (value or {}).get(part) for part in LIMITS}

    def join(self, field: Field, row: Mapping[str, Any]) -> Any:
        point = {part: row[f"{field.name}_{part}"] for part in LIMITS}
        return None if None in point.values() else point

    def json_schema(self, field: Field) -> dict[str, Any]:
        degrees = {"type": "string", "pattern": r"^-?\d{1,3}(\.\d{1,6})?$"}
        return {
            "type": "object",
            "properties": dict.fromkeys(LIMITS, degrees),
            "required": list(LIMITS),
            "additionalProperties": False,
        }
