"""Decimal: an exact number with a fixed number of decimal places."""

from __future__ import annotations

import re
from decimal import Context, Decimal
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import ORDERED, Column, FieldType, Setting, within

# SQLite keeps a decimal as a whole number of 64 bits, so 18 digits are the most that every database holds exactly.
MOST_DIGITS = 18
LONG = Context(prec=200)  # the usual 28 digits would be too few to tell what is wrong with a longer number
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
LIMIT = {"type": ["number", "string"], "pattern": r"^[+-]?\d+(\.\d+)?$", "examples": ["0.50"]}


def as_decimal(value: Any) -> Decimal:
    """An exact decimal from a Decimal, an int or a decimal text; Invalid otherwise: a float is not exact."""
    if isinstance(value, str) and len(value) <= 60 and NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 60:
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**60:
        return Decimal(value)
    raise Invalid("not_number", N_("{label} must be a number."))


def limit(field: Field, name: str) -> Decimal | None:
    """A limit from the settings, as a decimal."""
    value = field.settings.get(name)
    return None if value is None else Decimal(str(value))


class DecimalType(FieldType):
    """What every exact number shares."""

    value_type = "decimal"
    operators = ORDERED

    def precision(self, field: Field) -> tuple[int, int]:
        """(digits in all, digits after the point)."""
        return field.settings.get("precision", MOST_DIGITS), field.settings["scale"]

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        precision, scale = self.precision(field)
        faults = []
        if scale > precision:
            faults.append(("scale", f"scale {scale} is above precision {precision}", "raise precision or lower scale"))
        low, high = limit(field, "min"), limit(field, "max")
        if low is not None and high is not None and low > high:
            faults.append(("min", f"min {low} is above max {high}", "exchange them"))
        return faults

    def columns(self, field: Field) -> tuple[Column, ...]:
        precision, scale = self.precision(field)
        return (Column("decimal", precision=precision, scale=scale),)

    def parse(self, field: Field, value: Any) -> Decimal:
        number = as_decimal(value)
        precision, scale = self.precision(field)
        exact = number.quantize(Decimal(1).scaleb(-scale), context=LONG)
        if exact != number:
            raise Invalid("too_many_decimals", N_("{label} can have at most {scale} decimal places."), scale=scale)
        if exact.copy_abs() >= Decimal(10) ** (precision - scale):
            raise Invalid(
                "too_many_digits",
                N_("{label} can have at most {digits} digits before the point."),
                digits=precision - scale,
            )
        within(exact, limit(field, "min"), limit(field, "max"))
        return exact + 0  # minus zero is zero

    def operand(self, field: Field, value: Any) -> Any:
        return None if value in (None, "") else as_decimal(value)

    def output(self, field: Field, value: Any) -> Any:
        return None if value is None else f"{value:f}"

    def json_schema(self, field: Field) -> dict[str, Any]:
        precision, scale = self.precision(field)
        places = rf"(\.\d{{1,{scale}}})?" if scale else ""
        return {"type": "string", "pattern": rf"^-?\d{{1,{max(precision - scale, 1)}}}{places}$"}


DIGITS = (
    Setting(
        "precision",
        {"type": "integer", "minimum": 1, "maximum": MOST_DIGITS},
        "Digits in all, at most 18.",
        MOST_DIGITS,
    ),
    Setting("min", LIMIT, "The least value."),
    Setting("max", LIMIT, "The greatest value."),
)


def places(default: int) -> Setting:
    """The setting for digits after the point."""
    return Setting(
        "scale", {"type": "integer", "minimum": 0, "maximum": MOST_DIGITS}, "Digits after the point.", default
    )


class DecimalNumber(DecimalType):
    name = "decimal"
    doc = "An exact number with a fixed number of decimal places."
    example = "weight: {type: decimal, precision: 12, scale: 3, min: 0}"
    json_doc = '"12.50" (a text, so that no program rounds it; a number is accepted too)'
    control = "decimal"
    may_be_unique = True
    settings = (*DIGITS, places(2))
