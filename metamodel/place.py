"""Where a value was written, and by which layer.

In: nothing. Out: the two small values that every other file of this room passes along, so that positions never get
lost.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Place(NamedTuple):
    """A position in a source file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("", 0, 0)


class Mark(NamedTuple):
    """Who set a value: the layer (package or company name), where its key and the value stand, and what it replaced."""

    layer: str
    file: str
    key_line: int
    key_column: int
    line: int
    column: int
    replaced: Replaced | None = None

    @property
    def key(self) -> Place:
        return Place(self.file, self.key_line, self.key_column)

    @property
    def value(self) -> Place:
        return Place(self.file, self.line, self.column)

    def full(self, name: str) -> str:
        """A name in full: a bare one means the package, or company, whose file says it."""
        return name if "." in name else f"{self.layer}.{name}"


class Replaced(NamedTuple):
    """A value that a higher layer replaced, and its own mark."""

    value: Any
    mark: Mark
