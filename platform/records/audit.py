"""Audit: who changed what, when, and through which channel.

In: changes of records, within the transaction that makes them. Out: one row a change, with the values before and
after as JSON; and a record's history, newest first, as far as its reader may read the fields. A created record is
noted whole, so that every state can be found again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select
from sqlalchemy.engine import Connection

from ...metamodel.manifest import SYSTEM_FIELDS, Entity
from ..query.paths import own_field
from .scope import Scope

LONGEST_HISTORY = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one record. `action` is create, update, delete or `transition:<name>`; values are Python values."""

    entity: Entity
    record: int
    action: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    owner: tuple[str, int] | None = None
    at: datetime | None = None  # demo records came into being on days past; otherwise the moment of the transaction
    by: tuple[int, str] | None = None  # and by others: user id and user name; otherwise the actor


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change as its reader may see it. For a row of the record, `entity` and `record` name the row."""

    id: int
    entity: str
    record: int
    action: str
    at: datetime
    user_id: int | None
    username: str
    channel: str
    release: int
    before: dict[str, Any]
    after: dict[str, Any]


def note(scope: Scope, connection: Connection, changes: Sequence[Change]) -> None:
    """Write the audit rows, in one statement."""
    if not changes:
        return
    actor = scope.actor
    rows = [
        {
            "entity": change.entity.name,
            "record": change.record,
            "owner_entity": change.owner[0] if change.owner is not None else None,
            "owner_record": change.owner[1] if change.owner is not None else None,
            "at": change.at or scope.moment.now,
            "user_id": actor.user_id if change.by is None else change.by[0],
            "username": (actor.username if change.by is None else change.by[1])[:100],
            "channel": actor.channel[:20],
            "release": scope.release.rev,
            "action": change.action[:60],
            "before": _written(change.entity, change.before),
            "after": _written(change.entity, change.after),
        }
        for change in changes
    ]
    connection.execute(insert(scope.tables.system.audit), rows)


def history(
    scope: Scope, connection: Connection, entity: Entity, id: int, limit: int = LONGEST_HISTORY
) -> list[AuditEntry]:
    """The changes of a record and its rows, newest first. What the actor may not read is left out of them."""
    table = scope.tables.system.audit
    mine = and_(table.c.entity == entity.name, table.c.record == id)
    rows = and_(table.c.owner_entity == entity.name, table.c.owner_record == id)
    statement = select(table).where(or_(mine, rows)).order_by(table.c.id.desc()).limit(min(limit, LONGEST_HISTORY))
    shown: list[AuditEntry] = []
    for row in connection.execute(statement):
        readable = _readable(scope, row.entity)
        if readable is None:
            continue
        before = {name: value for name, value in (row.before or {}).items() if name in readable}
        after = {name: value for name, value in (row.after or {}).items() if name in readable}
        if row.action == "update" and not before and not after:
            continue
        entry = (
            row.id,
            row.entity,
            row.record,
            row.action,
            row.at,
            row.user_id,
            row.username,
            row.channel,
            row.release,
        )
        shown.append(AuditEntry(*entry, before, after))
    return shown


def _readable(scope: Scope, entity: str) -> Collection[str] | None:
    """The fields whose changes the actor may see; None where not even the entity."""
    if entity not in scope.manifest.entities:  # retired: only who may read everything
        return _Everything() if scope.access.everything else None
    if not scope.access.can(entity, "read"):
        return None
    return {*scope.access.readable(entity), *SYSTEM_FIELDS}


class _Everything(frozenset[str]):
    def __contains__(self, name: object) -> bool:
        return True


def _written(entity: Entity, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    written: dict[str, Any] = {}
    for name, value in values.items():
        known = own_field(entity, name)
        written[name] = known.kind.output(known, value) if known is not None and value is not None else value
    return written
