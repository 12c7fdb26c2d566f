"""Email: a mail address."""

from __future__ import annotations

import re
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Setting
from .text import TextType

# What browsers accept (HTML standard, section "Email state"), plus letters of any script before and after the @.
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[\w-]+(\.[\w-]+)+")


class Email(TextType):
    name = "email"
    doc = "A mail address."
    example = "email: {type: email, search: true}"
    json_doc = '"ann@example.com"'
    control = "email"
    settings = (Setting("max", {"type": "integer", "minimum": 6, "maximum": 254}, "The most characters.", 254),)

    def parse(self, field: Field, value: Any) -> str | None:
        text = super().parse(field, value)
        if text is not None and not ADDRESS.fullmatch(text):
            raise Invalid("not_email", N_("{label} must be a mail address, such as ann@example.com."))
        return text
