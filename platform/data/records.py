"""Records that are about to be written: their shape, and what can be wrong with them.

In: nothing; data sets, samples and their writer share these. Knows nothing of databases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...metamodel.manifest import Entity, Field, Label

REFERENCES = ("ref", "department")


class DataFault(Exception):
    """A record that cannot be written: its entity, what it is called, and why, as one sentence."""

    def __init__(self, entity: str, name: str, fact: str) -> None:
        self.entity = entity
        self.name = name
        self.fact = fact
        super().__init__(f'{entity} "{name}": {fact}')


@dataclass(eq=False, slots=True, repr=False)
class NewRecord:
    """A record to be written, or, with an id, one that is there. Values are Python values by field name.

    A reference may be a NewRecord in place of an id; rows are lists of NewRecords. `name` is its external id, if it has
    one. `at` and `by` say when it came into being and through whom, if not now and by the actor.
    """

    entity: str
    values: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    id: int | None = None
    at: datetime | None = None
    by: int | None = None
    language: str = ""
    owner: NewRecord | None = None
    position: int = 0


def walk(entities: Mapping[str, Entity], record: NewRecord) -> Iterator[NewRecord]:
    """A record and its rows, and theirs."""
    yield record
    for name in entities[record.entity].lines:
        for row in record.values.get(name) or ():
            yield from walk(entities, row)


def reference(known: Field, target: NewRecord | int) -> Any:
    """What the field keeps of a record that it refers to."""
    key = target.id if isinstance(target, NewRecord) else target
    if known.type == "any_ref" and isinstance(target, NewRecord):
        return {"entity": target.entity, "id": key}
    return key


def label(known: Field) -> Label:
    """How messages name a field of data: as its writer wrote it."""
    return Label({"*": f'"{known.name}"'})
