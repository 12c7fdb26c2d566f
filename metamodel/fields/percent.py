"""Percent: a fraction that people read and write in hundredths."""

from __future__ import annotations

from .base import Setting
from .decimal import LIMIT, DecimalType, places


class Percent(DecimalType):
    name = "percent"
    doc = "A share. Stored and calculated as a fraction (0.125), shown and typed as per cent (12.5 %)."
    example = "discount: {type: percent, min: 0, max: 1, default: 0}"
    json_doc = '"0.1250" for 12.5 %'
    control = "percent"
    settings = (
        places(4),
        Setting("min", LIMIT, "The least fraction."),
        Setting("max", LIMIT, "The greatest fraction."),
    )
