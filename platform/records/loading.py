"""Loading: records whole, as they stand before they are changed.

In: ids of records of one entity, within a transaction that writes. Out: all their values by field name whatever the
actor may read of them, with their own rows; locked until the transaction ends. Never shown to anybody:
`record_reading` does that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

from ...metamodel.manifest import SYSTEM_FIELDS, Entity
from ..query.paths import Target, own_field
from ..query.shape import Shape, shape
from ..query.source import Source
from .scope import Scope

Record = dict[str, Any]
CHUNK = 1000


class Loading:
    """Loads what is about to be changed."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def records(
        self, connection: Connection, entity: Entity, ids: Collection[int], *, rows: bool = True, links: bool = True
    ) -> dict[int, Record]:
        """The records by id, locked; what is not there, or not visible to the actor, is left out."""
        found: dict[int, Record] = {}
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            source, whole = self._shape(entity)
            table = source.table
            statement = select(*whole.columns).where(table.c.id.in_(chunk), source.visible(entity, table))
            for row in connection.execute(statement.order_by(table.c.id).with_for_update()):
                record = whole.record(row)
                found[record["id"]] = record
        self._complete(connection, entity, list(found.values()), rows=rows, links=links)
        return found

    def owned(
        self, connection: Connection, entity: Entity, by: str, owners: Sequence[int], *, rows: bool = True
    ) -> list[Record]:
        """The rows of these owners, in their order."""
        source, whole = self._shape(entity)
        column: ColumnElement[Any] = source.table.c[by]
        found: list[Record] = []
        for start in range(0, len(owners), CHUNK):
            statement = select(*whole.columns).where(column.in_(owners[start : start + CHUNK]))
            ordered = statement.order_by(column, source.table.c.position, source.table.c.id)
            found.extend(whole.record(row) for row in connection.execute(ordered))
        self._complete(connection, entity, found, rows=rows, links=True)
        return found

    def _complete(
        self, connection: Connection, entity: Entity, records: Sequence[Record], *, rows: bool, links: bool
    ) -> None:
        if not records:
            return
        by_id = {record["id"]: record for record in records}
        for field in entity.fields.values():
            if field.type == "many" and links:
                for record in records:
                    record[field.name] = []
                link = self.scope.tables.link(entity.name, field.name)
                statement = select(link.c.owner, link.c.target).where(link.c.owner.in_(list(by_id)))
                for owner, target in connection.execute(statement.order_by(link.c.owner, link.c.position)):
                    by_id[owner][field.name].append(target)
            elif field.type == "lines" and rows:
                for record in records:
                    record[field.name] = []
                child = self.scope.manifest.entities[field.settings["of"]]
                by = field.settings["by"]
                for row in self.owned(connection, child, by, list(by_id)):
                    by_id[row[by]][field.name].append(row)

    def _shape(self, entity: Entity) -> tuple[Source, Shape]:
        source = self.scope.compiler.source(entity)
        names = [*SYSTEM_FIELDS, *(name for name, field in entity.fields.items() if field.kind.stored)]
        targets = [Target(name, entity, field) for name in names if (field := own_field(entity, name)) is not None]
        return source, shape(source, targets)
