"""Phone: a telephone number, kept as people write it."""

from __future__ import annotations

import re
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Setting
from .text import TextType

NUMBER = re.compile(r"\+?[\d\s()./#*-]{3,}(?:\s*(?:x|ext\.?)\s*\d{1,8})?", re.IGNORECASE)


class Phone(TextType):
    name = "phone"
    doc = "A telephone number."
    example = "mobile: {type: phone, search: true}"
    json_doc = '"+86 21 5555 0101"'
    control = "phone"
    settings = (Setting("max", {"type": "integer", "minimum": 3, "maximum": 60}, "The most characters.", 40),)

    def parse(self, field: Field, value: Any) -> str | None:
        text = super().parse(field, value)
        if text is not None and (not NUMBER.fullmatch(text) or sum(character.isdigit() for character in text) < 3):
            raise Invalid("not_phone", N_("{label} must be a telephone number, such as +86 21 5555 0101."))
        return text
