"""Deletion as people ask for it: may these records go, and where one may not, why.

In: ids of records of one entity with the versions that were seen, within a transaction. Out: the records are gone, or
by record the RecordError that says why it stays. An owned row goes by a change of its owner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from ...metamodel.fields.base import as_integer
from ...metamodel.invalid import N_, Invalid
from ...metamodel.manifest import Entity
from ...rules.lifecycle import locks_all
from .deleting import Deleting
from .drafts import UNREADABLE, Draft, not_writable
from .errors import Fault, InUse, NotFound, RecordError, Rejected
from .rows import Lifting
from .saving import Job, Saving, conflict
from .scope import Scope

Record = dict[str, Any]
ATTEMPTS = 5


class Deletion:
    """Deletes for one actor, record by record or many at once."""

    def __init__(self, scope: Scope, saving: Saving) -> None:
        self.scope = scope
        self.saving = saving

    def delete(
        self, connection: Connection, entity: Entity, wanted: Mapping[int, int | None]
    ) -> dict[int, RecordError]:
        """Delete these records (id -> version seen, or None); by id why one was not. Raises InUse where one came in
        use.
        """
        if entity.owner is not None:
            return self._rows(connection, entity, wanted)
        deleting = Deleting(self.scope)
        present = deleting.loading.records(connection, entity, wanted)
        errors: dict[int, RecordError] = {}
        for id, version in wanted.items():
            error = self._refused(entity, present.get(id), id, version)
            if error is not None:
                errors[id] = error
        for attempt in range(ATTEMPTS):
            going = {id: record for id, record in present.items() if id not in errors}
            if not going:
                break
            removal, holders = deleting.used(connection, entity, going)
            errors |= {id: InUse(entity.name, id, by) for id, by in holders.items()}
            if holders:
                continue
            try:
                with connection.begin_nested():
                    deleting.carry_out(connection, removal)
                break
            except IntegrityError as error:  # somebody has just begun to refer to one of them: look again
                if attempt == ATTEMPTS - 1:
                    raise InUse(entity.name, next(iter(going)), []) from error
        return errors

    def owner_of(self, connection: Connection, row: Draft, version: int | None = None) -> int:
        """The id of a row's owner. For a new row it is among the values; raises RecordError where it is not right."""
        entity = row.entity
        if entity.owner is None:
            raise NotFound(entity.name, row.id)
        by = entity.fields[entity.owner.by]
        sent = row.values.pop(by.name, row.guards.pop(by.name, None))
        if row.id is None:
            if sent is UNREADABLE or sent is None:
                raise Rejected([Fault(by.name, "required", N_("{label} is required."), {"label": by.label})])
            try:
                return as_integer(sent, message=N_("{label} must name a record."))
            except Invalid as invalid:
                raise Rejected([Fault.of(by.name, by.label, invalid)]) from None
        table = self.scope.tables.of(entity.name)
        found = connection.execute(select(table.c[by.name], table.c.version).where(table.c.id == row.id)).first()
        if found is None:
            raise NotFound(entity.name, row.id)
        if sent is not None and sent != found[0]:
            raise Rejected([not_writable(by.name, by)])
        if version is not None and version != found.version:
            record = self.saving.loading.records(connection, entity, [row.id])[row.id]
            raise conflict(self.scope, entity, record, row)
        return int(found[0])

    def _rows(self, connection: Connection, entity: Entity, wanted: Mapping[int, int | None]) -> dict[int, RecordError]:
        errors: dict[int, RecordError] = {}
        for id, version in wanted.items():
            row = Draft(entity, id=id)
            try:
                owner = self.owner_of(connection, row, version)
                self._free(connection, entity, id)
                lifted = Lifting(self.scope).lift(connection, row, owner, delete=True)
                prepared = self.saving.prepare(connection, lifted.entity, [Job(lifted.draft, lifted.id)], set())[0]
                if isinstance(prepared, RecordError):
                    raise prepared
                self.saving.write(connection, [prepared])
            except RecordError as error:
                errors[id] = error
        return errors

    def _free(self, connection: Connection, entity: Entity, id: int) -> None:
        deleting = Deleting(self.scope)
        records = deleting.loading.records(connection, entity, [id])
        _, holders = deleting.used(connection, entity, records)
        if holders.get(id):
            raise InUse(entity.name, id, holders[id])

    def _refused(self, entity: Entity, record: Record | None, id: int, version: int | None) -> RecordError | None:
        if record is None:
            return NotFound(entity.name, id)
        if version is not None and version != record["version"]:
            return conflict(self.scope, entity, record, Draft(entity))
        life = entity.lifecycle
        if life is not None and locks_all(entity, record.get(life.field)) and not self.scope.actor.trusted:
            state = life.states[record.get(life.field) or life.initial]
            message = N_("A record that is “{state}” cannot be deleted.")
            return Rejected([Fault("", "locked", message, {"state": state.label})])
        return None
