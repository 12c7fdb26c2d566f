"""Labels: what a record is called where another one names it.

In: ids of records of one entity, and the actor's access. Out: texts by id, in one query an entity however many
records ask. A record that may not be read, or whose naming field may not be, is called by its number alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection

from ..metamodel.manifest import Entity, Field
from .people import People
from .query_compiler import Compiler
from .query_paths import own_field

DEEPEST = 3  # a record named by a record named by a record
CHUNK = 5000


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
        missing = [key for key in wanted if (entity, key) not in self._known]
        definition = self.compiler.manifest.entities.get(entity)
        if missing and definition is not None and depth < DEEPEST:
            title = self.title(definition)
            if title is not None:
                for start in range(0, len(missing), CHUNK):
                    self._fetch(connection, definition, title, missing[start : start + CHUNK], depth)
        return {key: self._known.get((entity, key)) or f"#{key}" for key in wanted}

    def title(self, entity: Entity) -> Field | None:
        """The field that names the entity's records, where the actor may read it."""
        access = self.compiler.access
        if not access.can(entity.name, "read") or access.field(entity.name, entity.title) == "none":
            return None
        field = own_field(entity, entity.title)
        return field if field is not None and field.kind.stored else None

    def learn(self, entity: Entity, rows: Iterable[tuple[int, Any]]) -> None:
        """Take over titles that another statement has read: (id, value of the title field)."""
        title = self.title(entity)
        if title is not None and title.type not in ("ref", "department", "user"):
            self._known.update({(entity.name, key): self.text(title, value) for key, value in rows})

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

    def _fetch(self, connection: Connection, entity: Entity, title: Field, ids: list[int], depth: int) -> None:
        source = self.compiler.source(entity)
        table = source.table
        names = [title.name + column.suffix for column in title.kind.columns(title)]
        statement = select(table.c.id, *(table.c[name].label(f"t_{name}") for name in names)).where(
            and_(table.c.id.in_(ids), source.visible(entity, table))
        )
        rows = connection.execute(statement).all()
        values = {row[0]: title.kind.join(title, dict(zip(names, row[1:], strict=True))) for row in rows}
        if title.type in ("ref", "department"):
            inner = self.of(connection, title.settings["of"], [v for v in values.values() if v is not None], depth + 1)
            texts = {key: inner.get(value, "") for key, value in values.items()}
        elif title.type == "user":
            people = self.people.names([v for v in values.values() if v is not None])
            texts = {key: people.get(value, "") for key, value in values.items()}
        else:
            texts = {key: self.text(title, value) for key, value in values.items()}
        self._known.update({(entity.name, key): text for key, text in texts.items()})
