"""Rich text: formatted text, kept as sanitised HTML."""

from __future__ import annotations

from typing import Any

import nh3

from ..manifest import Field
from .base import Setting
from .text import TextType

# Headings, lists, tables and links are formatting; anything that could load, run or restyle is not.
TAGS = {
    "p", "br", "b", "strong", "i", "em", "u", "s", "sub", "sup", "h2", "h3", "h4", "ul", "ol", "li", "blockquote",
    "code", "pre", "a", "hr", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}


class RichText(TextType):
    name = "rich_text"
    doc = "Formatted text, kept as HTML; everything that could run or load something is removed."
    example = "body: {type: rich_text}"
    json_doc = "sanitised HTML"
    control = "rich_text"
    operators = ("contains", "empty")
    sortable = False
    may_be_unique = False
    settings = (Setting("max", {"type": "integer", "minimum": 1, "maximum": 1000000}, "The most characters.", 100000),)

    def parse(self, field: Field, value: Any) -> str | None:
        text = super().parse(field, value)
        if text is None:
            return None
        text = nh3.clean(text, tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"})
        self.fits(field, text)  # what is cleaned may be longer: & becomes &amp;
        return text or None
