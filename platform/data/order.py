"""The order in which entities are written: what is referred to before what refers to it.

In: new records by entity. Out: names of entities. References that a record needs decide; others are followed where they
lead into no circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...metamodel.manifest import Entity

if TYPE_CHECKING:
    from .records import NewRecord


def in_writing_order(entities: Mapping[str, Entity], records: Mapping[str, Sequence[NewRecord]]) -> list[str]:
    """These entities in an order in which every needed reference finds its record written."""
    needed: dict[str, set[str]] = {name: set() for name in records}
    wished: dict[str, set[str]] = {name: set() for name in records}
    for name in records:
        for target, required in _targets(entities[name]):
            if target in records and target != name:
                (needed if required else wished)[name].add(target)
    order: list[str] = []
    entered: set[str] = set()
    trail: set[str] = set()

    def visit(name: str) -> None:
        if name in entered:
            return
        entered.add(name)
        trail.add(name)
        for target in sorted(needed[name]):
            visit(target)
        for target in sorted(wished[name]):
            if trail.isdisjoint(_reach(needed, target)):
                visit(target)
        trail.discard(name)
        order.append(name)

    for name in records:
        visit(name)
    return order


def _targets(entity: Entity) -> list[tuple[str, bool]]:
    found = []
    for field in entity.fields.values():
        owned = entity.owner is not None and entity.owner.by == field.name
        if field.type in ("ref", "department"):
            found.append((field.settings["of"], field.required or owned))
        elif field.type == "any_ref":
            found.extend((target, field.required) for target in field.settings["of"])
    return found


def _reach(needed: Mapping[str, set[str]], start: str) -> set[str]:
    """All entities that this one needs, directly or not."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(needed[name])
    return found
