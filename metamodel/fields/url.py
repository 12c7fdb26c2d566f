"""URL: a web address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Setting
from .text import TextType


class Url(TextType):
    name = "url"
    doc = "A web address (http or https)."
    example = "website: {type: url}"
    json_doc = '"https://example.com"'
    control = "url"
    settings = (Setting("max", {"type": "integer", "minimum": 10, "maximum": 2000}, "The most characters.", 500),)

    def parse(self, field: Field, value: Any) -> str | None:
        text = super().parse(field, value)
        if text is None:
            return None
        if "://" not in text and "." in text and ":" not in text:
            text = f"https://{text}"
            self.fits(field, text)
        try:
            parts = urlsplit(text)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in text)
        except ValueError:
            sound = False
        if not sound:
            raise Invalid("not_url", N_("{label} must be a web address, such as https://example.com."))
        return text
