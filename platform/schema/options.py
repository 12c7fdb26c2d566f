"""Options of a choice, and states of a lifecycle, that a release no longer has and records still do.

In: the manifest in force, the one to come, the tables as they are. Out: problems. The values would not be lost, but no
form could show them, no filter find them, and a record in a state that is gone could never leave it.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...metamodel.manifest import Entity, Manifest
from ...metamodel.place import NOWHERE
from ...metamodel.problem import Problem
from ..storage.tables import table_name
from .obstacles import Obstacles, have, records
from .snapshot import Snapshot


def lost_options(obstacles: Obstacles, now: Manifest, before: Manifest, present: Snapshot) -> Iterator[Problem]:
    """A problem for each option that is gone and in use."""
    for entity in now.entities.values():
        previous = before.entities.get(entity.name)
        existing = present.get(table_name(entity))
        if previous is None or existing is None:
            continue
        for field, gone in _gone(previous, entity):
            for option in gone if field in existing.columns else ():
                count = obstacles.equal(table_name(entity), field, option)
                if count:
                    fact = f'"{entity.name}.{field}" loses the option "{option}", but {records(count)} {have(count)} it'
                    yield Problem(NOWHERE, "D107", fact, "keep the option, or change these records first")


def _gone(before: Entity, now: Entity) -> Iterator[tuple[str, list[str]]]:
    for name, field in now.fields.items():
        known = before.fields.get(name)
        if known is not None and known.type == field.type == "choice":
            left = set(field.options or {})
            gone = [option for option in known.options or {} if option not in left]
            if gone:
                yield name, gone
