"""Rows on their own: a change of an owned row as the change of its owner that it is.

In: what was sent for one row (or its deletion), outside its owner's form. Out: the draft of the topmost owner in
which this row alone changes. So locks, computed fields, versions and the audit of the owner hold for its rows however
they are reached.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.engine import Connection

from ...metamodel.manifest import Entity, Owner
from .drafts import Draft
from .errors import NotFound
from .scope import Scope


@dataclass
class Lifted:
    """The owner's draft in which a row changes, and the draft of the row within it (None where the row is deleted)."""

    entity: Entity
    id: int
    draft: Draft
    row: Draft | None


class Lifting:
    """Lifts changes of rows to their owners, within a transaction."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def lift(self, connection: Connection, row: Draft, owner: int, *, delete: bool = False) -> Lifted:
        """The owner's draft. `row.id` is None for a new row. Raises NotFound where the row or its owner is not
        there.
        """
        entity = row.entity
        top, top_id = self._lock_top(connection, entity, owner)
        draft: Draft | None = None if delete else row
        changed_id, its_owner = row.id, owner
        while entity.owner is not None:
            of = entity.owner
            above = self.scope.manifest.entities[of.entity]
            draft = self._above(connection, entity, of, its_owner, changed_id, draft)
            entity, changed_id = above, its_owner
            if above.owner is not None:
                its_owner = self._owner_of(connection, above, changed_id)
        return Lifted(top, top_id, draft or Draft(top, id=top_id), None if delete else row)

    def _lock_top(self, connection: Connection, entity: Entity, owner: int) -> tuple[Entity, int]:
        """Lock the topmost owner before its rows are read: a row that somebody adds meanwhile must not be lost."""
        while entity.owner is not None:
            above = self.scope.manifest.entities[entity.owner.entity]
            if above.owner is None:
                table = self.scope.tables.of(above.name)
                found = connection.execute(select(table.c.id).where(table.c.id == owner).with_for_update()).first()
                if found is None:
                    raise NotFound(above.name, owner)
                return above, owner
            owner, entity = self._owner_of(connection, above, owner), above
        raise NotFound(entity.name, owner)

    def _owner_of(self, connection: Connection, entity: Entity, id: int) -> int:
        table = self.scope.tables.of(entity.name)
        by = entity.owner.by if entity.owner is not None else "id"
        found = connection.execute(select(table.c[by]).where(table.c.id == id)).scalar_one_or_none()
        if found is None:
            raise NotFound(entity.name, id)
        return int(found)

    def _above(
        self, connection: Connection, entity: Entity, of: Owner, owner: int, changed: int | None, draft: Draft | None
    ) -> Draft:
        """The draft of an owner, with all its rows as they are but for the one that changes."""
        table = self.scope.tables.of(entity.name)
        statement = select(table.c.id).where(table.c[of.by] == owner).order_by(table.c.position, table.c.id)
        there = list(connection.execute(statement).scalars())
        if changed is not None and changed not in there:
            raise NotFound(entity.name, changed)
        rows: list[Draft] = []
        for id in there:
            if id != changed:
                rows.append(Draft(entity, id=id))
            elif draft is not None:
                draft.id = id
                rows.append(draft)
        if changed is None and draft is not None:
            rows.append(draft)
        return Draft(self.scope.manifest.entities[of.entity], id=owner, rows={of.field: rows})
