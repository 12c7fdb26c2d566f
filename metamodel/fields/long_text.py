"""Long text: several lines."""

from __future__ import annotations

from .base import Setting
from .text import TextType


class LongText(TextType):
    name = "long_text"
    doc = "Text of several lines."
    example = "notes: {type: long_text, rows: 4}"
    control = "long_text"
    operators = ("contains", "starts", "empty")
    sortable = False
    may_be_unique = False
    settings = (
        Setting("max", {"type": "integer", "minimum": 1, "maximum": 1000000}, "The most characters.", 20000),
        Setting("rows", {"type": "integer", "minimum": 2, "maximum": 40}, "Lines shown in the form.", 3),
    )
