"""The records that a demo record may refer to: those in the database, and those made so far.

In: records as they are made, conditions of equality. Out: records that meet them, found by an index and not by looking
through all. Rows of the database are read when their entity is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..data.records import REFERENCES, NewRecord
from ..records.scope import Scope

MOST_READ = 20_000
Key = tuple[Any, ...]


class Pool:
    """Records by entity, with an index for each combination of fields that is asked for."""

    def __init__(self, scope: Scope, connection: Connection) -> None:
        self.scope = scope
        self._connection = connection
        self._records: dict[str, list[NewRecord]] = {}
        self._by_id: dict[str, dict[int, NewRecord]] = {}
        self._indexes: dict[tuple[str, tuple[str, ...]], tuple[int, dict[Key, list[NewRecord]]]] = {}
        self._names: dict[tuple[str, str], int] | None = None

    def add(self, record: NewRecord) -> None:
        """Let later records refer to this one."""
        self.all(record.entity).append(record)

    def all(self, entity: str) -> list[NewRecord]:
        """All records of an entity, in the order in which they came."""
        known = self._records.get(entity)
        if known is None:
            known = self._records[entity] = self._read(entity)
            self._by_id[entity] = {record.id: record for record in known if record.id is not None}
        return known

    def named(self, entity: str, name: str) -> NewRecord | None:
        """The record of data that has this external id."""
        if self._names is None:
            table = self.scope.tables.system.external_id
            rows = self._connection.execute(sa.select(table.c.entity, table.c.name, table.c.record))
            self._names = {(row.entity, row.name): row.record for row in rows}
        key = self._names.get((entity, name))
        self.all(entity)
        return self._by_id[entity].get(key) if key is not None else None

    def find(self, entity: str, where: Mapping[str, Sequence[Any]]) -> Sequence[NewRecord]:
        """The records whose fields each have one of the values listed for them."""
        if not where:
            return self.all(entity)
        names = tuple(sorted(where))
        index = self._index(entity, names)
        keys: list[Key] = [()]
        for name in names:
            keys = [(*key, comparable(value)) for key in keys for value in where[name]]
        if len(keys) == 1:
            return index.get(keys[0], ())
        return [record for key in keys for record in index.get(key, ())]

    def value(self, record: NewRecord, name: str) -> Any:
        """A field's value; what it refers to as a NewRecord."""
        value = record.values.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            known = self.scope.manifest.entities[record.entity].fields[name]
            if known.type in REFERENCES:
                target = known.settings["of"]
                self.all(target)
                value = record.values[name] = self._by_id[target].get(value, value)
        elif value is None and record.id is not None:
            known = self.scope.manifest.entities[record.entity].fields[name]
            if known.type == "lines":
                value = list(self.find(known.settings["of"], {known.settings["by"]: [record]}))
                record.values[name] = value
        return value

    def _index(self, entity: str, names: tuple[str, ...]) -> Mapping[Key, list[NewRecord]]:
        records = self.all(entity)
        done, index = self._indexes.get((entity, names), (0, {}))
        for record in records[done:]:
            index.setdefault(tuple(comparable(self.value(record, name)) for name in names), []).append(record)
        self._indexes[entity, names] = (len(records), index)
        return index

    def _read(self, entity: str) -> list[NewRecord]:
        definition = self.scope.manifest.entities[entity]
        table = self.scope.tables.of(entity)
        fields = [known for known in definition.fields.values() if known.kind.stored]
        rows = self._connection.execute(sa.select(table).order_by(table.c.id).limit(MOST_READ)).mappings()
        return [
            NewRecord(entity, {known.name: known.kind.join(known, dict(row)) for known in fields}, id=row["id"])
            for row in rows
        ]


def comparable(value: Any) -> Any:
    """A value as indexes compare it: numbers by worth, words of definitions with the values that they stand for."""
    if isinstance(value, (NewRecord, bool, str, date, datetime)) or value is None:
        return value
    if isinstance(value, (int, Decimal)):
        return Decimal(value)
    return str(value)
