"""Parsed definitions that know where each value was written.

In: values and marks from `reading` and `merge`. Out: plain dicts and lists (jsonschema and people may treat them so)
that carry a Mark beside each entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .place import NOWHERE, Mark, Place
from .problem import suggestion

NOTHING_REMOVED: Mapping[str, Mark] = {}


class Tree(dict[str, Any]):
    """A mapping whose `marks` tell where each key and value stand; `place` is where the mapping itself begins.

    `removed` tells of keys that a layer took back with null where that stands.
    """

    __slots__ = ("marks", "place", "removed")

    def __init__(self, place: Place = NOWHERE) -> None:
        super().__init__()
        self.place = place
        self.marks: dict[str, Mark] = {}
        self.removed: Mapping[str, Mark] = NOTHING_REMOVED

    def put(self, key: str, value: Any, mark: Mark) -> None:
        """Set a value together with its mark."""
        self[key] = value
        self.marks[key] = mark

    def key_place(self, key: str) -> Place:
        """Where a key stands, or stood when it was taken back; else where the mapping begins."""
        mark = self.marks.get(key) or self.removed.get(key)
        return mark.key if mark else self.place

    def value_place(self, key: str) -> Place:
        """Where a value stands, or stood when it was taken back; else where the mapping begins."""
        mark = self.marks.get(key) or self.removed.get(key)
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


def renamed(name: str, nodes: Tree) -> str | None:
    """The node that says that it `was` called so."""
    return next((new for new, node in nodes.items() if isinstance(node, Tree) and node.get("was") == name), None)


def remedy_for(name: str, nodes: Any, known: Iterable[str], otherwise: str = "") -> str:
    """The remedy for a node that is not there: which name it has now, who removes it, or `otherwise`.

    Where that is empty, it is the name that may have been meant.
    """
    if isinstance(nodes, Tree):
        new = renamed(name, nodes)
        if new is not None:
            return f'it is called "{new}" now'
        mark = nodes.removed.get(name)
        if mark is not None:
            return f"{mark.layer} removes it in {mark.key}; keep it there, or take it out here too"
    return otherwise or suggestion(name, known)


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
