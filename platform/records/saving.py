"""Saving: what was sent, checked as a whole and written as a whole.

In: jobs (a draft, and which record it changes), within a transaction that its caller holds. Out: nodes that are ready
to be written, or by job the RecordError that says why not. One pass checks any number of jobs, with the same number
of statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity, Field, Label
from ..query.paths import own_field
from .checks import Checking, listed
from .deleting import Deleting
from .drafts import Draft
from .errors import Conflict, Fault, NotFound, RecordError, Rejected
from .loading import Loading
from .nodes import Binding, Node, same
from .refusals import fault
from .scope import Scope
from .writing import Writing

Record = dict[str, Any]


@dataclass
class Job:
    """One record to be created (`id` None) or changed."""

    draft: Draft
    id: int | None = None
    version: int | None = None


class Saving:
    """Saves for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.loading = Loading(scope)
        self.binding = Binding(scope)
        self.checking = Checking(scope)
        self.writing = Writing(scope)
        self.deleting = Deleting(scope)

    def known_users(self, drafts: Sequence[Draft]) -> set[int]:
        """The users who exist, of those that drafts name; to be asked before the transaction."""
        known = self.checking.known_users(each for draft in drafts for each in draft.walk())
        return known | ({self.scope.actor.user_id} if self.scope.actor.user_id is not None else set())

    def prepare(
        self, connection: Connection, entity: Entity, jobs: Sequence[Job], users: set[int]
    ) -> list[Node | RecordError]:
        """By job the checked node, or the reason why it cannot be saved."""
        present = self._present(connection, entity, jobs)
        prepared: list[Node | RecordError] = []
        for job in jobs:
            record = present.get(job.id) if job.id is not None else None
            if job.id is not None and record is None:
                prepared.append(NotFound(entity.name, job.id))
            elif record is not None and job.version is not None and job.version != record["version"]:
                prepared.append(conflict(self.scope, entity, record, job.draft))
            else:
                prepared.append(self.binding.bind(job.draft, record))
        nodes = [each for node in prepared if isinstance(node, Node) for each in node.walk()]
        self.checking.users(nodes, users)
        self.checking.records(connection, nodes)
        self.checking.unique(connection, nodes)
        self.checking.files(connection, nodes)
        return [
            Rejected(faults) if isinstance(node, Node) and (faults := node.all_faults()) else node for node in prepared
        ]

    def write(self, connection: Connection, nodes: Sequence[Node], action: str | None = None) -> None:
        """Write checked nodes. Raises Rejected where a constraint was violated after all; then all must be undone."""
        try:
            self._remove_rows(connection, nodes)
            self.writing.save(connection, nodes, action)
        except IntegrityError as error:
            entities = {node.entity.name: node.entity for root in nodes for node in root.walk()}
            values = nodes[0].values if len(nodes) == 1 else {}
            raise Rejected([fault(error, self.scope.tables, entities.values(), values)]) from error

    def _remove_rows(self, connection: Connection, nodes: Sequence[Node]) -> None:
        """Delete the rows that were left out, unless other records hold on to them."""
        places: dict[str, dict[int, Node]] = {}
        rows: dict[str, dict[int, Record]] = {}
        for node in (each for root in nodes for each in root.walk()):
            for name, gone in node.removed.items():
                child = node.entity.fields[name].settings["of"]
                for row in gone:
                    rows.setdefault(child, {})[row["id"]] = row
                    places.setdefault(child, {})[row["id"]] = node
        for child, by_id in rows.items():
            entity = self.scope.manifest.entities[child]
            removal, holders = self.deleting.used(connection, entity, by_id)
            if holders:
                raise Rejected([_row_in_use(places[child][id], entity, by) for id, by in holders.items()])
            self.deleting.carry_out(connection, removal)

    def _present(self, connection: Connection, entity: Entity, jobs: Sequence[Job]) -> dict[int, Record]:
        ids = [job.id for job in jobs if job.id is not None]
        if not ids:
            return {}
        sent = {name for job in jobs for name in (*job.draft.values, *job.draft.guards, *job.draft.rows)}
        rows = any(name in sent or _is_read(entity, name) for name in entity.lines)
        links = any(field.type == "many" and name in sent for name, field in entity.fields.items())
        return self.loading.records(connection, entity, ids, rows=rows, links=links)


def conflict(scope: Scope, entity: Entity, record: Record, draft: Draft) -> Conflict:
    """The conflict between what was sent and the record as it stands, as far as the actor may read it."""
    shown = {*scope.access.readable(entity.name), "id", "version", "updated_at", "updated_by"}
    theirs = {name: value for name, value in record.items() if name in shown}
    mine = dict(draft.values)
    changed = [name for name, value in mine.items() if not same(value, record.get(name))]
    for name, rows in draft.rows.items():
        if name in shown:
            mine[name] = [({"id": row.id} if row.id is not None else {}) | row.values for row in rows]
            if _rows_differ(rows, record.get(name) or []):
                changed.append(name)
    return Conflict(entity.name, record["id"], mine=mine, theirs=theirs, changed_fields=changed)


def _row_in_use(node: Node, child: Entity, by: Sequence[tuple[str, Label, int]]) -> Fault:
    name = child.owner.field if child.owner is not None else ""
    known = node.entity.fields[name]
    message = N_("A row of {label} cannot be deleted, because other records refer to it: {by}.")
    return Fault(node.at(name), "in_use", message, {"label": known.label, "by": listed(label for _, label, _ in by)})


def _rows_differ(rows: Sequence[Draft], present: Sequence[Record]) -> bool:
    if [row.id for row in rows] != [record["id"] for record in present]:
        return True
    pairs = zip(rows, present, strict=True)
    return any(not same(value, record.get(name)) for row, record in pairs for name, value in row.values.items())


def _is_read(entity: Entity, lines: str) -> bool:
    """Whether a computed field of the record may read these rows."""
    computed: list[Field] = [known for known in entity.fields.values() if known.computed]
    return any(lines in (known.formula or "") for known in computed) and own_field(entity, lines) is not None
