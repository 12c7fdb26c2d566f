"""Quantity: an exact number of units."""

from __future__ import annotations

from .base import Setting
from .decimal import DIGITS, DecimalType, places


class Quantity(DecimalType):
    name = "quantity"
    doc = "A quantity. Its unit is fixed, or the one that another field names."
    example = "qty: {type: quantity, unit: {field: unit}, min: 0}"
    json_doc = '"3.000"'
    control = "quantity"
    settings = (
        *DIGITS,
        places(3),
        Setting(
            "unit",
            {
                "anyOf": [
                    {"type": "string", "minLength": 1, "maxLength": 20},
                    {
                        "type": "object",
                        "properties": {"field": {"type": "string"}},
                        "required": ["field"],
                        "additionalProperties": False,
                    },
                ]
            },
            "A word such as `kg`, or `{field: name}`: the field of this record that names the unit.",
            resolve="field",
        ),
    )
