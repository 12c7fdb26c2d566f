"""Which records of an entity a person may see at all: the seam for row rules.

In: an entity and an actor. Out: an SQL condition on the entity's table, or None where every record may be seen. Roles
cannot limit rows until access rules may hold expressions; every statement already asks here, through `Source.visible`
alone.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, FromClause

from ...metamodel.manifest import Entity
from ..records.actor import Actor


def row_rule(entity: Entity, actor: Actor, table: FromClause) -> ColumnElement[bool] | None:  # noqa: ARG001 - the seam
    """The condition that a record must meet for this actor to see it. None: all of them."""
    return None
