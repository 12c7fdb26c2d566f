"""Writing many new records at once: data that ships with definitions, and demo records.

In: NewRecords whose references are ids or other NewRecords, in any order. Out: rows in the tables, ids in the
NewRecords. Every value is read by its field's type, defaults and formulas are filled in, numbers are taken, and the
audit notes each record, as for a record that a person saves; but an entity takes one statement, not one a record. The
caller is trusted to set states and read-only fields. Raises DataFault, and then the transaction is to be given up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from ...metamodel.fields.sequence import period
from ...metamodel.invalid import Invalid
from ...metamodel.manifest import Entity, Field
from ...rules.formula import compute
from ..query.words import Moment, resolved
from ..records.audit import Change, note
from ..records.errors import Fault
from ..records.insertion import insert_rows
from ..records.refusals import fault
from ..records.scope import Scope
from ..records.sequences import Sequences
from ..storage.columns import fold
from ..storage.tables import fold_name, is_folded
from .order import in_writing_order
from .records import REFERENCES, DataFault, NewRecord, label, reference, walk


class Writer:
    """Writes new records within one transaction."""

    def __init__(self, scope: Scope, connection: Connection) -> None:
        self.scope = scope
        self.connection = connection
        self._computing: dict[str, bool] = {}
        self._sequences = Sequences(scope.tables.system)
        self._later: dict[tuple[str, str], list[tuple[NewRecord, NewRecord]]] = {}

    def insert(self, records: Sequence[NewRecord], *, completed: bool = False) -> None:
        """Write these records and their rows, and give them their ids. `completed`: each was completed before."""
        for record in () if completed else records:
            self.complete(record)
        everything = [one for record in records for one in walk(self.scope.manifest.entities, record)]
        by_entity: dict[str, list[NewRecord]] = {}
        for record in everything:
            by_entity.setdefault(record.entity, []).append(record)
        for name in in_writing_order(self.scope.manifest.entities, by_entity):
            self._insert(self.scope.manifest.entities[name], by_entity[name])
        self._refer_later()
        self._link(everything)
        makers = {record.by for record in everything if record.by is not None}
        names = self.scope.people.usernames(makers) if makers else {}
        note(self.scope, self.connection, [self._change(record, names) for record in everything])

    def complete(self, record: NewRecord, *, read: bool = False) -> None:
        """Read each value by its field's type; fill in defaults and formulas. `read`: the values were read before."""
        self._fill(record, read)
        self.compute(record)

    def _fill(self, record: NewRecord, read: bool) -> None:
        entity = self.scope.manifest.entities[record.entity]
        values = record.values
        for name in values.keys() - entity.fields.keys():
            raise DataFault(entity.name, record.name, f'there is no field "{name}"')
        for known in entity.lines.values():
            for number, row in enumerate(values.get(known.name) or (), 1):
                row.owner, row.position = record, number
                row.at, row.by = row.at or record.at, row.by or record.by
                self._fill(row, read)
        for known in entity.fields.values():
            if known.computed or known.type in ("lines", "related"):
                continue
            if read and known.name in values and (values[known.name] is not None or not known.required):
                continue
            values[known.name] = self._value(entity, known, record)

    def compute(self, record: NewRecord) -> None:
        """Fill in the formulas of a record and its rows."""
        entity = self.scope.manifest.entities[record.entity]
        if not self._computes(entity):
            return
        try:
            computed = compute(self.scope.manifest, entity, self._plain(entity, record))
        except Invalid as invalid:
            raise DataFault(entity.name, record.name, Fault.of("", invalid.params["field"], invalid).text()) from None
        self._take(entity, record, computed)

    def _computes(self, entity: Entity) -> bool:
        """Whether an entity or its rows have formulas."""
        known = self._computing.get(entity.name)
        if known is None:
            children = (self.scope.manifest.entities[field.settings["of"]] for field in entity.lines.values())
            known = any(field.computed for field in entity.fields.values()) or any(map(self._computes, children))
            self._computing[entity.name] = known
        return known

    def _plain(self, entity: Entity, record: NewRecord) -> dict[str, Any]:
        values = dict(record.values)
        for name, known in entity.lines.items():
            child = self.scope.manifest.entities[known.settings["of"]]
            values[name] = [self._plain(child, row) for row in values.get(name) or ()]
        return values

    def _take(self, entity: Entity, record: NewRecord, computed: Mapping[str, Any]) -> None:
        for known in entity.fields.values():
            if known.computed:
                record.values[known.name] = computed[known.name]
        for name, known in entity.lines.items():
            child = self.scope.manifest.entities[known.settings["of"]]
            for row, values in zip(record.values.get(name) or (), computed.get(name) or (), strict=True):
                self._take(child, row, values)

    def _value(self, entity: Entity, known: Field, record: NewRecord) -> Any:
        value = record.values.get(known.name)
        if entity.owner is not None and entity.owner.by == known.name:
            return record.owner
        if value is None and known.default is not None and known.name not in record.values:
            value = self._default(known, record)
        try:
            value = self._read(known, value)
        except Invalid as invalid:
            raise DataFault(entity.name, record.name, Fault.of("", label(known), invalid).text()) from None
        if value is None and known.required and known.type != "sequence":
            raise DataFault(entity.name, record.name, f'"{known.name}" is required')
        return value

    def _default(self, known: Field, record: NewRecord) -> Any:
        """The default as it was when the record came into being."""
        scope = self.scope
        actor = scope.actor if record.by is None else replace(scope.actor, user_id=record.by)
        moment = scope.moment if record.at is None else Moment(record.at, scope.moment.zone_name)
        return resolved(known, known.default, actor, moment)

    @staticmethod
    def _read(known: Field, value: Any) -> Any:
        """The value as its type has it; what refers to a NewRecord stays as it is."""
        if known.type in REFERENCES and isinstance(value, NewRecord):
            return value
        if known.type == "many" and value is not None:
            return list(dict.fromkeys(value))
        if known.type == "any_ref" and isinstance(value, NewRecord):
            if value.entity not in known.settings["of"]:
                raise Invalid("wrong_entity", "{label} cannot refer to that kind of record.")
            return value
        return known.kind.input(known, value)

    def _insert(self, entity: Entity, records: list[NewRecord]) -> None:
        self._number(entity, records)
        table = self.scope.tables.of(entity.name)
        stored = [known for known in entity.fields.values() if known.kind.stored]
        folded = [(known.name, fold_name(known)) for known in stored if is_folded(known)]
        rows = [self._row(entity, record, stored, folded) for record in records]
        try:
            keys = insert_rows(self.connection, table, rows)
        except IntegrityError as error:
            name = records[0].name if len(records) == 1 else f"one of {len(records)} records"
            raise DataFault(entity.name, name, fault(error, self.scope.tables, [entity], {}).text()) from error
        for record, key in zip(records, keys, strict=True):
            record.id = key

    def _number(self, entity: Entity, records: list[NewRecord]) -> None:
        """Take running numbers, by the day of each record; numbers that were given move the counters."""
        moment = self.scope.moment
        for known in entity.fields.values():
            if known.type != "sequence":
                continue
            given = [record.values[known.name] for record in records if record.values.get(known.name)]
            self._sequences.note(self.connection, entity, known, given)
            periods: dict[str, list[tuple[date, NewRecord]]] = {}
            for record in records:
                if not record.values.get(known.name):
                    day = record.at.astimezone(moment.zone).date() if record.at is not None else moment.today
                    periods.setdefault(period(known.settings["format"], day), []).append((day, record))
            for waiting in periods.values():
                waiting.sort(key=itemgetter(0))
                numbers = self._sequences.take(self.connection, entity, known, waiting[0][0], len(waiting))
                for (_, record), number in zip(waiting, numbers, strict=True):
                    record.values[known.name] = number

    def _row(
        self, entity: Entity, record: NewRecord, stored: list[Field], folded: list[tuple[str, str]]
    ) -> dict[str, Any]:
        at = record.at or self.scope.moment.now
        by = record.by if record.by is not None else self.scope.actor.user_id
        row: dict[str, Any] = {"version": 1, "created_at": at, "updated_at": at, "created_by": by, "updated_by": by}
        if entity.owner is not None:
            row["position"] = record.position
        for known in stored:
            row.update(known.kind.split(known, self._stored(entity, known, record)))
        for name, shadow in folded:
            row[shadow] = fold(record.values.get(name))
        return row

    def _stored(self, entity: Entity, known: Field, record: NewRecord) -> Any:
        """A value with ids in place of NewRecords; what has no id yet is set once everything is written."""
        value = record.values.get(known.name)
        if not isinstance(value, NewRecord):
            return value
        if value.id is None:
            if known.required:
                raise DataFault(entity.name, record.name, f'"{known.name}" refers in a circle')
            self._later.setdefault((entity.name, known.name), []).append((record, value))
            return None
        return reference(known, value)

    def _refer_later(self) -> None:
        for (name, field_name), pairs in self._later.items():
            known = self.scope.manifest.entities[name].fields[field_name]
            table = self.scope.tables.of(name)
            columns = list(known.kind.split(known, None))
            statement = sa.update(table).where(table.c.id == sa.bindparam("_id"))
            statement = statement.values({column: sa.bindparam(f"_{column}") for column in columns})
            rows = []
            for record, target in pairs:
                stored = known.kind.split(known, reference(known, target))
                rows.append({"_id": record.id, **{f"_{column}": value for column, value in stored.items()}})
            self.connection.execute(statement, rows)
        self._later.clear()

    def _link(self, records: Iterable[NewRecord]) -> None:
        links: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for record in records:
            for known in self.scope.manifest.entities[record.entity].fields.values():
                if known.type == "many":
                    for position, target in enumerate(record.values.get(known.name) or (), 1):
                        row = {"owner": record.id, "target": reference(known, target), "position": position}
                        links.setdefault((record.entity, known.name), []).append(row)
        for (entity, field_name), rows in links.items():
            self.connection.execute(sa.insert(self.scope.tables.link(entity, field_name)), rows)

    def _change(self, record: NewRecord, names: Mapping[int, str]) -> Change:
        entity = self.scope.manifest.entities[record.entity]
        values: dict[str, Any] = {}
        for known in entity.fields.values():
            value = record.values.get(known.name)
            if value is None or known.type in ("lines", "related"):
                continue
            if known.type == "many":
                value = [reference(known, target) for target in value]
            elif isinstance(value, NewRecord):
                value = reference(known, value)
            values[known.name] = value
        owner = (record.owner.entity, record.owner.id) if record.owner is not None and record.owner.id else None
        by = (record.by, names[record.by]) if record.by is not None and record.by in names else None
        return Change(entity, record.id or 0, "create", None, values, owner, record.at, by)
