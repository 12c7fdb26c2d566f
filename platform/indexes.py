"""The indexes of an entity's table.

In: an entity and its table. Out: indexes attached to the table: unique ones, those that the definition names, and those
that every list needs (references, owners, states, time of creation). Unique constraints are unique indexes, because
SQLite can add and drop these without rebuilding the table.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from ..metamodel.fields.base import column_names
from ..metamodel.manifest import Entity, Field
from .identifiers import identifier

PREFIXES = ("ix_", "nx_", "ux_", "uq_")  # single columns, named, unique columns, named unique


def add_indexes(table: sa.Table, entity: Entity) -> None:
    """Attach the indexes."""
    if entity.owner is not None:
        _index(table, "ix", entity.owner.by, (entity.owner.by, "position"))
    else:
        _index(table, "ix", "created_at", ("created_at", "id"))
    for field in entity.fields.values():
        if field.unique:
            _index(table, "ux", field.name, column_names(field), unique=True)
        elif _is_wanted(entity, field):
            # with the id, so that a list sorted by it pages by the index alone
            _index(table, "ix", field.name, (*column_names(field), "id"))
    for name, fields in entity.unique.items():
        _index(table, "uq", name, _columns(entity, fields), unique=True)
    for name, fields in entity.indexes.items():
        _index(table, "nx", name, _columns(entity, fields))


def _is_wanted(entity: Entity, field: Field) -> bool:
    if entity.owner is not None and entity.owner.by == field.name:
        return False  # has its own, with the position
    kinds = {column.kind for column in field.kind.columns(field)}
    state = entity.lifecycle is not None and entity.lifecycle.field == field.name
    return bool(kinds) and "json" not in kinds and (field.index or state or bool(kinds & {"reference", "user", "file"}))


def _columns(entity: Entity, fields: Iterable[str]) -> tuple[str, ...]:
    names: list[str] = []
    for name in fields:
        found = entity.fields.get(name)
        names += column_names(found) if found is not None else (name,)  # a system field such as created_at
    return tuple(names)


def _index(table: sa.Table, prefix: str, name: str, columns: Iterable[str], *, unique: bool = False) -> None:
    found = [table.c[column] for column in columns]
    sa.Index(identifier(prefix, table.name, name), *found, unique=unique)
