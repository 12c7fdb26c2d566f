"""Parsed definitions that know where each value was written.

In: values and marks from `reading` and `merge`. Out: plain dicts and lists (jsonschema and people may treat them so)
that carry a Mark beside each entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .place import NOWHERE, Mark, Place


class Tree(dict[str, Any]):
    """A mapping whose `marks` tell where each key and value stand; `place` is where the mapping itself begins."""

    __slots__ = ("marks", "place")

    def __init__(self, place: Place = NOWHERE) -> None:
        super().__init__()
        self.place = place
        self.marks: dict[str, Mark] = {}

    def put(self, key: str, value: Any, mark: Mark) -> None:
        """Set a value together with its mark."""
        self[key] = value
        self.marks[key] = mark

    def key_place(self, key: str) -> Place:
        """Where a key stands, or where the mapping begins."""
        mark = self.marks.get(key)
        return mark.key if mark else self.place

    def value_place(self, key: str) -> Place:
        """Where a value stands, or where the mapping begins."""
        mark = self.marks.get(key)
        return mark.value if mark else self.place

    def trees(self, key: str) -> Iterator[tuple[str, Tree]]:
        """The named nodes under a key; nodes that are no mappings are passed over (the shape check has named them)."""
        nodes = self.get(key)
        if isinstance(nodes, Tree):
            for name, node in nodes.items():
                if isinstance(node, Tree):
                    yield name, node


class Items(list[Any]):
    """A list whose `marks` tell where each item stands."""

    __slots__ = ("marks",)

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark] = []


def locate(root: Tree, path: Sequence[str | int]) -> tuple[Any, Place, Place]:
    """The value at a path, the place of its key and of the value; the nearest one above where the path ends early."""
    node: Any = root
    key_place = value_place = root.place
    for step in path:
        if isinstance(node, Tree) and step in node.marks:
            mark = node.marks[str(step)]
            node = node[str(step)]
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.marks):
            mark = node.marks[step]
            node = node[step]
        else:
            break
        key_place, value_place = mark.key, mark.value
    return node, key_place, value_place
