"""A value that a person or a program may not save, told as a sentence.

In: facts from field types and rules. Out: exceptions whose message is an English template with named parts, which the
edges translate and fill in (`{label}` is the field's label in the reader's language).
"""

from __future__ import annotations

from typing import Any


class Invalid(Exception):
    """One value is not acceptable. `message` is a translatable template; `params` fill it; `code` is for programs."""

    def __init__(self, code: str, message: str, **params: Any) -> None:
        self.code = code
        self.message = message
        self.params = params
        super().__init__(message.format_map(_Lenient(params)))


class _Lenient(dict[str, Any]):
    """Leaves `{label}` standing where it is not known yet."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


def N_(message: str) -> str:
    """Marks a sentence for translation; the edges translate it."""
    return message
