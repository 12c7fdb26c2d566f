"""Reading the values of data sets: names of records and users become what they stand for.

In: the values of one record as its definition writes them, the records that may be named. Out: a NewRecord with Python
values. Numbers, days and choices are left to the writer, who reads them by their fields' types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...metamodel.manifest import Field
from ..query.words import resolved
from ..records.scope import Scope
from .records import REFERENCES, DataFault, NewRecord

Key = tuple[str, str]


class DataReader:
    """Reads records. `records` are those that are there or will be, by entity and external id."""

    def __init__(self, scope: Scope, users: Mapping[str, int], records: Mapping[Key, NewRecord]) -> None:
        self.scope = scope
        self.users = users
        self.records = records

    def fill(self, record: NewRecord, values: Mapping[str, Any]) -> None:
        """Give the record its values. Raises DataFault."""
        entity = self.scope.manifest.entities[record.entity]
        for name, value in values.items():
            known = entity.fields.get(name)
            if known is None:
                raise self.fault(record, f'there is no field "{name}"')
            record.values[name] = None if value is None else self._value(record, known, value)

    def _value(self, record: NewRecord, known: Field, value: Any) -> Any:
        if known.type in REFERENCES:
            return self._record(record, known, known.settings["of"], value)
        if known.type == "many":
            return [self._record(record, known, known.settings["of"], name) for name in value]
        if known.type == "any_ref":
            return self._record(record, known, value["entity"], value["id"])
        if known.type == "user":
            # A user who is not there yet is no fault: the same data is loaded again when they are.
            return self.users.get(value) if isinstance(value, str) else value
        if known.type == "lines":
            return [self._row(record, known, name, row) for name, row in row_items(record.name, value)]
        return resolved(known, value, self.scope.actor, self.scope.moment)

    def _record(self, record: NewRecord, known: Field, entity: str, name: Any) -> NewRecord:
        found = self.records.get((entity, str(name)))
        if found is None:
            raise self.fault(record, f'"{known.name}": there is no record "{name}" of {entity}')
        return found

    def _row(self, record: NewRecord, known: Field, name: str, values: Mapping[str, Any]) -> NewRecord:
        child = known.settings["of"]
        there = self.records.get((child, name))
        row = NewRecord(child, name=name, id=there.id if there is not None else None, owner=record)
        self.fill(row, values)
        return row

    @staticmethod
    def fault(record: NewRecord, fact: str) -> DataFault:
        """What is wrong with a record of data."""
        return DataFault(record.entity, record.name, fact)


def row_items(record: str, rows: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The rows of a record with their external ids: `<record>.<name>`, or `<record>.<number>` for a list."""
    named = rows.items() if isinstance(rows, Mapping) else enumerate(rows, 1)
    for name, row in named:
        yield f"{record}.{name}", row
