"""Where a value was written, and by which layer.

In: nothing. Out: the two small values that every other file of this room passes along, so that positions
never get lost.
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


class Origin(NamedTuple):
    """Who set a value: the layer (package or company name), where, and what it replaced."""

    layer: str
    place: Place
    value: Any
    replaced: Origin | None = None

    def chain(self) -> list[Origin]:
        """This origin and all that it replaced, newest first."""
        links: list[Origin] = []
        link: Origin | None = self
        while link is not None:
            links.append(link)
            link = link.replaced
        return links
