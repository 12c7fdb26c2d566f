"""Source: where a statement reads from, and what of it may be seen.

In: an entity, its tables, the actor. Out: a FROM clause that grows by outer joins as paths need them, and the
condition of what is visible. The only place that asks for row rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, FromClause, and_, exists, select, true

from ...metamodel.manifest import Entity, Field, Manifest
from ..records.actor import Actor
from .paths import Target
from .rows import row_rule

if TYPE_CHECKING:
    from ..storage.tables import Tables


class Source:
    """What one statement reads: the entity's table and, by outer join, the records that its references name."""

    def __init__(self, manifest: Manifest, tables: Tables, actor: Actor, entity: Entity) -> None:
        self.manifest = manifest
        self.tables = tables
        self.actor = actor
        self.entity = entity
        self.table = tables.of(entity.name)
        self.clause: FromClause = self.table
        self._joined: dict[str, FromClause] = {}

    def visible(self, entity: Entity, table: FromClause) -> ColumnElement[bool]:
        """What this actor may see of the entity's records."""
        rule = row_rule(entity, self.actor, table)
        return true() if rule is None else rule

    def joined(self, hop: Field) -> FromClause:
        """The record that a reference names, joined once however often it is asked for."""
        alias = self._joined.get(hop.name)
        if alias is None:
            beyond = self.manifest.entities[hop.settings["of"]]
            alias = self.tables.of(beyond.name).alias(f"to_{hop.name}")
            on = and_(alias.c.id == self.table.c[hop.name], self.visible(beyond, alias))
            self.clause = self.clause.outerjoin(alias, on)
            self._joined[hop.name] = alias
        return alias

    def at(self, target: Target) -> FromClause:
        """The table that holds the target's columns."""
        return self.table if target.hop is None else self.joined(target.hop)

    def any_of(self, hop: Field, condition: ColumnElement[bool] | None, table: FromClause) -> ColumnElement[bool]:
        """Whether a record exists behind a hop to many (rows, related records, many-to-many) that meets the condition.

        `table` stands for those records within the condition; see `beyond`.
        """
        other = self.manifest.entities[hop.settings["of"]]
        parts = [self.visible(other, table)] + ([condition] if condition is not None else [])
        if hop.type == "many":
            link = self.tables.link(self.entity.name, hop.name)
            return exists(
                select(1)
                .select_from(link.join(table, table.c.id == link.c.target))
                .where(link.c.owner == self.table.c.id, *parts)
                .correlate(self.table)
            )
        by = table.c[hop.settings["by"]]
        return exists(select(1).select_from(table).where(by == self.table.c.id, *parts).correlate(self.table))

    def beyond(self, hop: Field) -> FromClause:
        """A new name for the table behind a hop to many, so that each condition asks for a record of its own."""
        return self.tables.of(hop.settings["of"]).alias()
