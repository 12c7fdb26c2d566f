"""Money: an exact amount in a currency."""

from __future__ import annotations

from .base import Setting
from .decimal import DIGITS, DecimalType, places


class Money(DecimalType):
    name = "money"
    doc = "An amount of money, exact. Its currency is the company's, a fixed one, or the one that another field names."
    example = "credit_limit: {type: money, currency: {field: currency}, min: 0, default: 0}"
    json_doc = '"12.50"'
    control = "money"
    settings = (
        *DIGITS,
        places(2),
        Setting(
            "currency",
            {
                "anyOf": [
                    {"const": "company"},
                    {"type": "string", "pattern": "^[A-Z]{3}$"},
                    {
                        "type": "object",
                        "properties": {"field": {"type": "string"}, "owner": {"type": "string"}},
                        "minProperties": 1,
                        "maxProperties": 1,
                        "additionalProperties": False,
                    },
                ]
            },
            "`company`, an ISO 4217 code, `{field: name}`: the field of this record that names it, or `{owner: name}`: "
            "in own rows, the field of their owner.",
            "company",
            resolve="field",
        ),
    )
