"""Records: the one door to data, for every channel.

In: a database, a release, an actor; then entities, ids, values. Out: records as dicts of Python values, or a
RecordError that says what is wrong. Access, validation, lifecycles, computed fields, versions and the audit hold
here, whoever calls. Everything of one save is one transaction. What the database cannot do just now is raised as
Unavailable.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any, BinaryIO

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity
from ...rules.lifecycle import Closed, step
from ..files.files import Files, StoredFile
from ..query.query import Page, Query, SortKey
from ..query.words import Moment
from ..storage.database import Database
from ..storage.release import Release
from . import audit
from .actor import Actor
from .audit import AuditEntry
from .bulk import Bulk, Operation, Outcome, save_row
from .companions import Companions
from .defaults import defaults
from .deletion import Deletion
from .drafts import Draft, Drafting
from .errors import Fault, Forbidden, NotFound, RecordError, Rejected
from .labels import LARGEST_ID
from .nodes import Node
from .options import Option, Options
from .people import People
from .reading import Reading
from .saving import Job, Saving
from .scope import Scope

__all__ = ["Operation", "Outcome", "Records"]

Record = dict[str, Any]


class Records:
    """The records of one company as one actor may use them. Cheap to make: one for each request."""

    def __init__(
        self,
        database: Database,
        release: Release,
        actor: Actor,
        *,
        now: datetime | None = None,
        people: People | None = None,
        labelled: bool = True,
    ) -> None:
        moment = Moment(now or datetime.now(UTC), release.manifest.company.time_zone)
        self.scope = Scope(database, release, actor, moment, people or _people(database), labelled)
        self._reading = Reading(self.scope)
        self._saving = Saving(self.scope)

    def page(self, entity: str, query: Query) -> Page:
        """A page of the records that match. Raises Rejected for what the query may not ask."""
        return self._reading.page(self.scope.entity(entity, "read"), query)

    def get(
        self,
        entity: str,
        id: int,
        *,
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
        lines: bool = True,
    ) -> Record:
        """One record, with its rows. Raises NotFound, Forbidden."""
        definition = self.scope.entity(entity, "read")
        return self._reading.get(definition, _possible(entity, id), fields=fields, expand=expand, lines=lines)

    def cursor(self, entity: str, id: int, sort: tuple[SortKey, ...] = ()) -> str | None:
        """The place of a record in an order, as `after` or `before` of a query with the same sort."""
        return self._reading.cursor(self.scope.entity(entity, "read"), _possible(entity, id), sort)

    def create(self, entity: str, values: Mapping[str, Any]) -> Record:
        """Create a record with its rows, and answer it. Raises Rejected, Forbidden."""
        definition = self.scope.entity(entity, "create")
        return self._save(definition, self._read(definition, values), Operation("create"))

    def update(self, entity: str, id: int, values: Mapping[str, Any], *, version: int | None) -> Record:
        """Change the fields that are sent. `version` is the one that was read; None: whatever is there.

        Raises Conflict where somebody else has saved since, Rejected, NotFound, Forbidden.
        """
        definition = self.scope.entity(entity, "update")
        draft = self._read(definition, values)
        return self._save(definition, draft, Operation("update", id=_possible(entity, id), version=version))

    def delete(self, entity: str, id: int, *, version: int | None = None) -> None:
        """Delete a record with its rows. Raises InUse where others refer to it, Conflict, Rejected, NotFound,
        Forbidden.
        """
        definition = self.scope.entity(entity, "delete")
        deletion = Deletion(self.scope, self._saving)
        with self.scope.database.write(self.scope.company) as connection:
            for error in deletion.delete(connection, definition, {_possible(entity, id): version}).values():
                raise error

    def transition(self, entity: str, id: int, name: str, *, version: int | None = None) -> Record:
        """Take a step of the lifecycle. Raises Rejected where it does not start from the present state."""
        definition = self.scope.entity(entity, "read")
        life = definition.lifecycle
        if life is None or name not in life.transitions:
            raise Rejected([Fault("", "unknown_transition", N_("There is no such step."), {"transition": name[:40]})])
        if not self.scope.access.may(entity, name):
            raise Forbidden(f"transition:{name}", entity, life.transitions[name].label)
        companions = Companions(self.scope)
        with self.scope.database.write(self.scope.company) as connection:
            present = self._saving.loading.records(connection, definition, [_possible(entity, id)], rows=False)
            state = present[id].get(life.field) if id in present else None
            taken = step(definition, state, name)
            if id in present and isinstance(taken, Closed):
                label = life.states[state or life.initial].label
                message = N_("“{step}” is not possible while the record is “{state}”.")
                params = {"step": life.transitions[name].label, "state": label}
                raise Rejected([Fault(life.field, "closed_transition", message, params)])
            draft = Draft(definition, values={life.field: life.transitions[name].target})
            node = self._prepared(self._saving.prepare(connection, definition, [Job(draft, id, version)], set())[0])
            self._saving.write(connection, [node], f"transition:{name}")
            record = self._reading.one(connection, companions, definition, id)
        companions.name_users()
        return record

    def many(self, entity: str, operations: Sequence[Operation], *, atomic: bool) -> list[Outcome]:
        """Carry out many operations in one transaction, all or none (`atomic`) or each that can be; an outcome for
        each.
        """
        definition = self.scope.manifest.entities.get(entity)
        if definition is None:
            raise NotFound(entity)
        return Bulk(self.scope).run(definition, operations, atomic=atomic)

    def options(
        self, entity: str, field: str, text: str = "", *, limit: int = 20, values: Collection[Any] | None = None
    ) -> list[Option]:
        """What a reference may be set to: (id, label, hint). With `values`, the labels of just these."""
        definition = self.scope.manifest.entities.get(entity)
        if definition is None:
            raise NotFound(entity)
        return Options(self.scope).find(definition, field, text, limit, values)

    def defaults(self, entity: str) -> Record:
        """What a new record begins with, as far as the actor may read it."""
        definition = self.scope.entity(entity, "create")
        readable = self.scope.access.readable(entity)
        return {name: value for name, value in defaults(self.scope, definition).items() if name in readable}

    def label(self, entity: str, id: int) -> str:
        """What a record is called; `#id` where it may not be read."""
        with self.scope.database.read(self.scope.company) as connection:
            return self.scope.labels.of(connection, entity, [id])[id]

    def history(self, entity: str, id: int) -> list[AuditEntry]:
        """The changes of a record and of its rows, newest first, without fields that the actor may not read."""
        definition = self.scope.entity(entity, "read")
        with self.scope.database.read(self.scope.company) as connection:
            statement, _ = self.scope.compiler.records(definition, [_possible(entity, id)], ("id",))
            there = connection.execute(statement).first() is not None
            if not there and not self.scope.access.everything:
                raise NotFound(entity, id)
            entries = audit.history(self.scope, connection, definition, id)
        if not entries and not there:
            raise NotFound(entity, id)
        return entries

    def store_file(
        self,
        name: str,
        stream: IO[bytes],
        mime: str | None = None,
        *,
        entity: str | None = None,
        field: str | None = None,
    ) -> StoredFile:
        """Keep an uploaded file until a record holds it. With entity and field, their limits are held while it comes
        in.
        """
        return Files(self.scope).save(name, stream, mime, entity, field)

    def open_file(self, file_id: str) -> tuple[StoredFile, BinaryIO]:
        """A file and its bytes, for who may read the record that holds it. The caller closes the stream."""
        return Files(self.scope).open(file_id)

    def _read(self, entity: Entity, values: Mapping[str, Any]) -> Draft:
        return Drafting(self.scope).read(entity, values)

    def _save(self, entity: Entity, draft: Draft, operation: Operation) -> Record:
        companions = Companions(self.scope)
        users = self._saving.known_users([draft])
        with self.scope.database.write(self.scope.company) as connection:
            if entity.owner is not None:
                node = save_row(self.scope, self._saving, connection, draft, operation, users)
            else:
                job = Job(draft, operation.id, operation.version)
                node = self._prepared(self._saving.prepare(connection, entity, [job], users)[0])
                self._saving.write(connection, [node])
            if not self.scope.access.can(entity.name, "read"):
                return {"id": node.id, "version": node.values["version"]}
            if entity.owner is None:
                record = self._reading.saved(connection, companions, node)
            else:
                record = self._reading.one(connection, companions, entity, node.id or 0)
        companions.name_users()
        return record

    @staticmethod
    def _prepared(node: Node | RecordError) -> Node:
        if isinstance(node, RecordError):
            raise node
        return node


def _possible(entity: str, id: int) -> int:
    """An id that a record can have; any other number is no record's."""
    if not isinstance(id, int) or isinstance(id, bool) or not 0 < id <= LARGEST_ID:
        raise NotFound(entity, id)
    return id


def _people(database: Database) -> People:
    """The users of this installation."""
    from ..identity.directory import Directory

    return People(Directory(database.control))
