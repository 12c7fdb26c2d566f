"""Shape: which columns a statement selects for the fields that are wanted, and how a row becomes a record.

In: a source and targets that the actor may read. Out: SQL columns, and a function from a row to a dict of Python
values by path. Fields that are not stored in the entity's own table (owned rows, many-to-many) are named as extras,
for the reader to fetch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement

from ...metamodel.fields.base import FieldType
from ...metamodel.invalid import N_
from ...metamodel.manifest import SYSTEM_FIELDS, Entity, Field
from ..records.errors import Fault, Rejected
from .paths import Paths, Target, own_field
from .source import Source

Read = Callable[[Any], Any]
ALWAYS = ("id", "version")


@dataclass
class Shape:
    """The columns to select, what reads them, and what is to be fetched beside them."""

    columns: list[ColumnElement[Any]] = field(default_factory=list)
    readers: list[tuple[str, Read]] = field(default_factory=list)
    targets: dict[str, Target] = field(default_factory=dict)
    extras: dict[str, Field] = field(default_factory=dict)

    def place(self, column: ColumnElement[Any]) -> int:
        """The position of a column in a row; it is added where it is not selected yet."""
        for index, known in enumerate(self.columns):
            if known is column:
                return index
        self.columns.append(column)
        return len(self.columns) - 1

    def record(self, row: Any) -> dict[str, Any]:
        """A row as a record: Python values by path."""
        return {path: read(row) for path, read in self.readers}


def wanted(entity: Entity, paths: Paths, fields: Sequence[str] | None) -> list[Target]:
    """The targets to read: those named, with id and version; or, where none are named, all that the actor may read."""
    if fields is None:
        names = [name for name in SYSTEM_FIELDS if own_field(entity, name) is not None]
        found = [paths.target(entity, name) for name in (*names, *entity.fields)]
        return [target for target in found if target is not None and target.field.type not in ("lines", "related")]
    targets = [paths.required(entity, path) for path in dict.fromkeys((*ALWAYS, *fields))]
    for target in targets:
        if (
            target.to_many
            or target.field.type == "related"
            or (target.hop is not None and not target.field.kind.stored)
        ):
            message = N_("{label} cannot be shown here.")
            raise Rejected([Fault(target.path, "not_selectable", message, {"label": target.field.label})])
    return targets


def shape(source: Source, targets: Sequence[Target]) -> Shape:
    """The shape of records with these fields."""
    whole = Shape()
    for target in targets:
        whole.targets[target.path] = target
        if not target.field.kind.stored:
            whole.extras[target.path] = target.field
            continue
        table = source.at(target)
        kind, own = target.field.kind, target.field
        names = [own.name + column.suffix for column in kind.columns(own)]
        places = []
        for name in names:
            column: ColumnElement[Any] = table.c[name]
            if target.hop is not None:
                column = column.label(f"to_{target.hop.name}_{name}")
            places.append(whole.place(column))
        if type(kind).join is FieldType.join and len(places) == 1:
            whole.readers.append((target.path, itemgetter(places[0])))
        else:
            whole.readers.append((target.path, _joined(own, tuple(names), tuple(places))))
    return whole


def _joined(own: Field, names: tuple[str, ...], places: tuple[int, ...]) -> Read:
    kind = own.kind
    return lambda row: kind.join(own, {name: row[place] for name, place in zip(names, places, strict=True)})
