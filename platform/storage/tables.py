"""The tables of one release.

In: a manifest and, on PostgreSQL, the company's schema. Out: SQLAlchemy Core tables, each built when first asked for.
No mapped classes; nothing here touches a connection.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import sqlalchemy as sa

from ...metamodel.manifest import Entity, Field, Manifest
from .columns import UtcDateTime, sql_type, text_type
from .identifiers import identifier
from .indexes import FOLD, add_indexes
from .system_tables import SystemTables

ON_DELETE = {"clear": "SET NULL", "cascade": "CASCADE"}  # restrict: no action, which waits for the statement's end


class Tables:
    """Core tables by entity. `system` are the platform's own; `metadata` holds what has been built so far."""

    def __init__(self, manifest: Manifest, schema: str | None) -> None:
        self.manifest = manifest
        self.schema = schema
        self.metadata = sa.MetaData()
        self.system = SystemTables(self.metadata, schema)
        self._lock = threading.RLock()
        self._tables: dict[str, sa.Table] = {}
        self._links: dict[tuple[str, str], sa.Table] = {}

    def of(self, entity: str) -> sa.Table:
        """The table of an entity. Raises KeyError where there is no such entity."""
        table = self._tables.get(entity)
        if table is None:
            with self._lock:
                table = self._tables.get(entity)
                if table is None:
                    table = self._tables[entity] = self._entity_table(self.manifest.entities[entity])
        return table

    def link(self, entity: str, field: str) -> sa.Table:
        """The association table of a `many` field: owner, target, position."""
        table = self._links.get((entity, field))
        if table is None:
            with self._lock:
                table = self._links.get((entity, field))
                if table is None:
                    found = self.manifest.entities[entity].fields[field]
                    table = self._links[entity, field] = self._link_table(self.manifest.entities[entity], found)
        return table

    def build_all(self) -> sa.MetaData:
        """Build every table, as creating them needs it."""
        for entity in self.manifest.entities.values():
            self.of(entity.name)
            for field in links(entity):
                self.link(entity.name, field.name)
        return self.metadata

    def _entity_table(self, entity: Entity) -> sa.Table:
        columns = [column for field in entity.fields.values() for column in field_columns(entity, field)]
        table = sa.Table(
            table_name(entity),
            self.metadata,
            *system_columns(entity),
            *columns,
            schema=self.schema,
            sqlite_autoincrement=True,  # the audit names records by id: an id is never given twice
            info={"entity": entity.name},
        )
        self._constrain(table, entity)
        add_indexes(table, entity, self.manifest.lists_of.get(entity.name, ()))
        return table

    def _constrain(self, table: sa.Table, entity: Entity) -> None:
        for field in entity.fields.values():
            for stored in field.kind.columns(field):
                if stored.kind == "file":
                    self._refer(table, field.name + stored.suffix, self.system.file.name, None)
                elif stored.kind == "reference" and stored.target is not None:
                    owned = entity.owner is not None and entity.owner.by == field.name
                    action = "CASCADE" if owned else ON_DELETE.get(stored.on_delete)
                    target = table_name(self.manifest.entities[stored.target])
                    self._refer(table, field.name + stored.suffix, target, action)

    def _refer(self, table: sa.Table, column: str, target: str, action: str | None) -> None:
        key = f"{self.schema}.{target}.id" if self.schema else f"{target}.id"
        name = identifier("fk", table.name, column)
        table.append_constraint(sa.ForeignKeyConstraint([column], [key], name=name, ondelete=action))

    def _link_table(self, entity: Entity, field: Field) -> sa.Table:
        name = link_name(entity, field)
        table = sa.Table(
            name,
            self.metadata,
            sa.Column("owner", sa.BigInteger, nullable=False),
            sa.Column("target", sa.BigInteger, nullable=False),
            sa.Column("position", sa.BigInteger, nullable=False),
            sa.PrimaryKeyConstraint("owner", "target"),
            schema=self.schema,
            info={"entity": entity.name, "field": field.name},
        )
        self._refer(table, "owner", table_name(entity), "CASCADE")
        self._refer(table, "target", table_name(self.manifest.entities[field.settings["of"]]), "CASCADE")
        sa.Index(identifier("ix", name, "target"), table.c.target)
        return table


def table_name(entity: Entity) -> str:
    """The name of an entity's table within the company's schema."""
    return identifier(entity.table)


def link_name(entity: Entity, field: Field) -> str:
    """The name of a `many` field's association table."""
    return identifier(f"{entity.table}__{field.name}")


def links(entity: Entity) -> Iterator[Field]:
    """The fields of an entity that are kept in association tables."""
    return (field for field in entity.fields.values() if field.type == "many")


def is_folded(field: Field) -> bool:
    """Whether a field has a shadow column for searching: one text column, and `search: true`."""
    kinds = [column.kind for column in field.kind.columns(field)]
    return field.search and kinds == ["text"]


def fold_name(field: Field) -> str:
    """The name of a field's shadow column."""
    return field.name + FOLD


def system_columns(entity: Entity) -> list[sa.Column[object]]:
    """The columns that every record has."""
    columns: list[sa.Column[object]] = [
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("created_by", sa.BigInteger),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("updated_by", sa.BigInteger),
    ]
    if entity.owner is not None:
        columns.append(sa.Column("position", sa.BigInteger, nullable=False))
    return columns


def field_columns(entity: Entity, field: Field) -> Iterator[sa.Column[object]]:
    """The columns of one field, with its shadow. `info` names the field and tells which of its columns is the first."""
    owned = entity.owner is not None and entity.owner.by == field.name
    needed = owned or (field.required and not field.computed)
    for number, stored in enumerate(field.kind.columns(field)):
        info = {"field": field.name, "first": number == 0}
        yield sa.Column(field.name + stored.suffix, sql_type(stored), nullable=not needed, info=info)
    if is_folded(field):
        info = {"field": field.name, "shadow": True}
        yield sa.Column(fold_name(field), text_type(), nullable=not needed, info=info)
