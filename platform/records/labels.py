"""Labels: what a record is called where another one names it.

In: ids of records of one entity, and the actor's access. Out: texts by id, in one query an entity however many
records ask. A record that may not be read, or whose naming field may not be, is called by its number alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, select
from sqlalchemy.engine import Connection

from ...metamodel.fields.base import column_names
from ...metamodel.manifest import Entity, Field
from ..query.compiler import Compiler
from ..query.paths import own_field
from .people import People

DEEPEST = 3  # a record named by a record named by a record
CHUNK = 5000
LARGEST_ID = 2**63 - 1


class Labels:
    """Labels of records, kept as long as this object: one request."""

    def __init__(self, compiler: Compiler, people: People) -> None:
        self.compiler = compiler
        self.people = people
        self.language = compiler.actor.language
        self._known: dict[tuple[str, int], str] = {}

    def of(self, connection: Connection, entity: str, ids: Iterable[int], depth: int = 0) -> dict[int, str]:
        """The labels of these records; records that are not there are called by their number too."""
        wanted = set(ids)
        missing = [key for key in wanted if (entity, key) not in self._known and 0 < key <= LARGEST_ID]
        definition = self.compiler.manifest.entities.get(entity)
        if missing and definition is not None and depth < DEEPEST and self.titles(definition):
            source = self.compiler.source(definition)
            table, visible = source.table, source.visible(definition, source.table)
            columns = self.columns(definition, table)
            for start in range(0, len(missing), CHUNK):
                chosen = and_(table.c.id.in_(missing[start : start + CHUNK]), visible)
                rows = connection.execute(select(table.c.id, *columns).where(chosen)).all()
                self.learn(connection, definition, rows, depth)
        return {key: self._known.get((entity, key)) or f"#{key}" for key in wanted}

    def titles(self, entity: Entity) -> list[Field]:
        """The fields that name the entity's records to this reader, the first that is not empty; those they may
        read.
        """
        access = self.compiler.access
        if not access.can(entity.name, "read"):
            return []
        names = dict.fromkeys((entity.title_in(self.language), entity.title))
        fields = [own_field(entity, name) for name in names if access.field(entity.name, name) != "none"]
        return [field for field in fields if field is not None and field.kind.stored]

    def columns(self, entity: Entity, table: FromClause) -> list[ColumnElement[Any]]:
        """The columns that `learn` needs after a record's id."""
        return [table.c[name].label(f"title_{name}") for field in self.titles(entity) for name in column_names(field)]

    def learn(self, connection: Connection, entity: Entity, rows: Sequence[Sequence[Any]], depth: int = 0) -> None:
        """Take over titles that a statement has read: rows of an id and `columns`."""
        texts: dict[int, str] = {row[0]: "" for row in rows}
        place = 1
        for field in self.titles(entity):
            names = column_names(field)
            values = {
                row[0]: field.kind.join(field, dict(zip(names, row[place : place + len(names)], strict=True)))
                for row in rows
                if not texts[row[0]]
            }
            place += len(names)
            texts |= self._texts(connection, field, values, depth)
        self._known.update({(entity.name, key): text for key, text in texts.items()})

    def forget(self, entity: str, ids: Collection[int]) -> None:
        """Drop the labels of records that have changed."""
        for key in ids:
            self._known.pop((entity, key), None)

    def text(self, field: Field, value: Any) -> str:
        """A value as a label."""
        if value is None:
            return ""
        if field.type == "choice":
            option = (field.options or {}).get(value)
            return option.label.text(self.language) if option is not None else str(value)
        return str(field.kind.output(field, value))

    def _texts(self, connection: Connection, field: Field, values: dict[int, Any], depth: int) -> dict[int, str]:
        named = [value for value in values.values() if value is not None]
        if field.type in ("ref", "department"):
            known = self.of(connection, field.settings["of"], named, depth + 1) if named else {}
            return {key: known.get(value, "") for key, value in values.items()}
        if field.type == "user":
            known = self.people.names(named) if named else {}
            return {key: known.get(value, "") for key, value in values.items()}
        return {key: self.text(field, value) for key, value in values.items()}
