"""Bulk: many creations, changes and deletions of one entity's records in one transaction.

In: operations. Out: an outcome for each, in their order. Atomic: all or none. Otherwise each stands alone: what can
be saved is, and the rest says why not. Neighbouring operations are checked and written together, so that the number
of statements does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity
from .deletion import Deletion
from .drafts import Draft, Drafting
from .errors import Fault, Forbidden, RecordError, Rejected
from .nodes import Node
from .rows import Lifting
from .saving import Job, Saving
from .scope import Scope

MOST_OPERATIONS = 5000
ACTIONS = ("create", "update", "delete")


@dataclass(frozen=True)
class Operation:
    """One thing to do. `version` as for a single update: None means whatever is there."""

    action: str
    values: Mapping[str, Any] = field(default_factory=dict)
    id: int | None = None
    version: int | None = None


@dataclass
class Outcome:
    """What became of an operation. Without an error and not `done`: it was fine, but others of an atomic set were
    not.
    """

    index: int
    action: str
    id: int | None = None
    version: int | None = None
    error: RecordError | None = None
    done: bool = False


class Undo(Exception):
    """Takes back what was written."""


class Bulk:
    """Carries out operations for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.saving = Saving(scope)
        self.drafting = Drafting(scope)

    def run(self, entity: Entity, operations: Sequence[Operation], *, atomic: bool) -> list[Outcome]:
        """Carry out all operations."""
        if len(operations) > MOST_OPERATIONS:
            message = N_("At most {max} records can be changed at once.")
            raise Rejected([Fault("", "too_many_operations", message, {"max": MOST_OPERATIONS})])
        outcomes = [Outcome(index, one.action, one.id) for index, one in enumerate(operations)]
        drafts: dict[int, Draft] = {}
        for outcome, operation in zip(outcomes, operations, strict=True):
            outcome.error = self._refused(entity, operation)
            if outcome.error is None and operation.action != "delete":
                drafts[outcome.index] = self.drafting.read(entity, operation.values)
        users = self.saving.known_users(list(drafts.values()))
        try:
            with self.scope.database.write(self.scope.company) as connection:
                for run in _runs(operations, outcomes, together=entity.owner is None):
                    self._run(connection, entity, run, operations, drafts, users)
                if atomic and any(outcome.error is not None for outcome in outcomes):
                    raise Undo
        except Undo:
            for outcome in outcomes:
                outcome.done, outcome.version = False, None
                outcome.id = operations[outcome.index].id
        return outcomes

    def _refused(self, entity: Entity, operation: Operation) -> RecordError | None:
        if operation.action not in ACTIONS:
            message = N_("There is no such operation.")
            return Rejected([Fault("", "unknown_action", message, {"action": str(operation.action)[:40]})])
        if not self.scope.access.can(entity.name, operation.action):
            return Forbidden(operation.action, entity.name, entity.label)
        if (operation.id is None) == (operation.action != "create"):
            return Rejected([Fault("id", "bad_id", N_("A new record has no id; any other operation needs one."), {})])
        return None

    def _run(
        self,
        connection: Connection,
        entity: Entity,
        run: Sequence[Outcome],
        operations: Sequence[Operation],
        drafts: Mapping[int, Draft],
        users: set[int],
    ) -> None:
        """Operations that may be done together; where the database objects to one of them, one after the other."""
        try:
            with connection.begin_nested():
                self._together(connection, entity, run, operations, drafts, users)
        except RecordError as error:
            if len(run) == 1:
                run[0].error = error
                return
            for outcome in run:
                outcome.error = outcome.error if not outcome.done else None
                outcome.done = False
                if outcome.error is None:
                    self._run(connection, entity, [outcome], operations, drafts, users)

    def _together(
        self,
        connection: Connection,
        entity: Entity,
        run: Sequence[Outcome],
        operations: Sequence[Operation],
        drafts: Mapping[int, Draft],
        users: set[int],
    ) -> None:
        if run[0].action == "delete":
            wanted = {outcome.id: operations[outcome.index].version for outcome in run if outcome.id is not None}
            errors = Deletion(self.scope, self.saving).delete(connection, entity, wanted)
            for outcome in run:
                outcome.error = errors.get(outcome.id or 0)
                outcome.done = outcome.error is None
            return
        if entity.owner is not None:
            node = save_row(self.scope, self.saving, connection, drafts[run[0].index], operations[run[0].index], users)
            run[0].id, run[0].version, run[0].done = node.id, node.values["version"], True
            return
        jobs = [Job(drafts[one.index], one.id, operations[one.index].version) for one in run]
        prepared = self.saving.prepare(connection, entity, jobs, users)
        good: list[Node] = []
        for outcome, ready in zip(run, prepared, strict=True):
            if isinstance(ready, RecordError):
                outcome.error = ready
            else:
                good.append(ready)
                outcome.done = True
        if good:
            self.saving.write(connection, good)
        for outcome, ready in zip(run, prepared, strict=True):
            if isinstance(ready, Node):
                outcome.id, outcome.version = ready.id, ready.values["version"]


def save_row(
    scope: Scope, saving: Saving, connection: Connection, draft: Draft, operation: Operation, users: set[int]
) -> Node:
    """Save one owned row through its owner; the node of the row. Raises RecordError."""
    draft.id = operation.id
    owner = Deletion(scope, saving).owner_of(connection, draft, operation.version)
    lifted = Lifting(scope).lift(connection, draft, owner)
    prepared = saving.prepare(connection, lifted.entity, [Job(lifted.draft, lifted.id)], users)[0]
    if isinstance(prepared, RecordError):
        raise prepared
    saving.write(connection, [prepared])
    # The row's draft lies at the same place in the drafts as its node among the nodes.
    places = [each is draft for each in lifted.draft.walk()]
    return next(node for node, mine in zip(prepared.walk(), places, strict=True) if mine)


def _runs(operations: Sequence[Operation], outcomes: Sequence[Outcome], *, together: bool) -> Iterator[list[Outcome]]:
    """Neighbouring operations of one kind, none of which has the record of another; those with errors are left out."""
    run: list[Outcome] = []
    seen: set[int] = set()
    for outcome in outcomes:
        if outcome.error is not None:
            continue
        id = operations[outcome.index].id
        deletes = outcome.action == "delete"
        if run and (not together or deletes != (run[0].action == "delete") or id in seen):
            yield run
            run, seen = [], set()
        run.append(outcome)
        if id is not None:
            seen.add(id)
    if run:
        yield run
