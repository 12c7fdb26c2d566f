"""Text: one line."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import TEXTUAL, Column, FieldType, Setting, as_text
from .pattern import compiled, is_slow


class TextType(FieldType):
    """What every type that holds one text shares; a subclass names its limits and its form."""

    value_type = "text"
    operators: ClassVar[tuple[str, ...]] = TEXTUAL
    searchable = True
    may_be_unique = True
    json_doc = '"…"'

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("text", length=field.settings.get("max")),)

    def parse(self, field: Field, value: Any) -> str | None:
        text = as_text(value).strip()
        self.fits(field, text)
        return text or None

    @staticmethod
    def fits(field: Field, text: str) -> None:
        """Raises Invalid for a text that the field's column cannot hold. Asked again where the text was changed."""
        longest = field.settings.get("max")
        if longest is not None and len(text) > longest:
            raise Invalid(
                "too_long",
                N_("{label} can be at most {max} characters long; this is {length}."),
                max=longest,
                length=len(text),
            )

    def operand(self, field: Field, value: Any) -> Any:
        return as_text(value) if value not in (None, "") else None

    def json_schema(self, field: Field) -> dict[str, Any]:
        longest = field.settings.get("max")
        return {"type": "string"} | ({"maxLength": longest} if longest else {})


class Text(TextType):
    name = "text"
    doc = "One line of text."
    example = "tax_number: {type: text, max: 20, pattern: '[0-9A-Z]{15,20}', case: upper, unique: true}"
    settings = (
        Setting("max", {"type": "integer", "minimum": 1, "maximum": 4000}, "The most characters.", 200),
        Setting(
            "min", {"type": "integer", "minimum": 0, "maximum": 4000}, "The fewest characters, where there is a value."
        ),
        Setting(
            "pattern", {"type": "string"}, "A regular expression (Python's syntax) that the whole text must match."
        ),
        Setting(
            "case", {"enum": ["upper", "lower", "keep"]}, "Letters are changed to this case before saving.", "keep"
        ),
    )

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        faults = []
        pattern = field.settings.get("pattern")
        if pattern is not None:
            try:
                if is_slow(pattern, field.settings["max"]):
                    faults.append(
                        ("pattern", "its pattern takes too long for some texts", "do not repeat what is a repetition")
                    )
            except (re.error, RecursionError, OverflowError) as error:
                faults.append(("pattern", f"is no regular expression: {error}", "correct it"))
        low, high = field.settings.get("min"), field.settings["max"]
        if low is not None and low > high:
            faults.append(("min", f"min {low} is above max {high}", "exchange them"))
        return faults

    def parse(self, field: Field, value: Any) -> str | None:
        text = super().parse(field, value)
        if text is None:
            return None
        if "\n" in text or "\r" in text:
            raise Invalid("line_break", N_("{label} must be one line."))
        case = field.settings["case"]
        text = text.upper() if case == "upper" else text.lower() if case == "lower" else text
        self.fits(field, text)  # capitals may be more: ß becomes SS
        low, pattern = field.settings.get("min"), field.settings.get("pattern")
        if low is not None and len(text) < low:
            raise Invalid("too_short", N_("{label} must be at least {min} characters long."), min=low)
        if pattern is not None and not compiled(pattern).fullmatch(text):
            raise Invalid("pattern", N_("{label} does not have the expected form."), pattern=pattern)
        return text
