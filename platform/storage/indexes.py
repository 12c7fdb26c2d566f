"""The indexes of an entity's table.

In: an entity and its table. Out: indexes attached to the table: unique ones, those that the definition names, and those
that every list needs (references, owners, states, time of creation). Unique constraints are unique indexes, because
SQLite can add and drop these without rebuilding the table.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from ...metamodel.fields.base import column_names
from ...metamodel.manifest import Entity, Field, ListView
from .identifiers import identifier

PREFIXES = ("ix_", "nx_", "sx_", "ux_", "uq_")  # single columns, named, orders of lists, unique columns, named unique
FOLD = "_fold"  # what a shadow column's name ends in
SORTED_OTHERWISE = ("choice", "ref", "department")  # by the order of the options, by the title of what is referred to
LONG = 601  # characters: four bytes each, and PostgreSQL indexes at most 2,700 bytes


def add_indexes(table: sa.Table, entity: Entity, lists: Iterable[ListView] = ()) -> None:
    """Attach the indexes. `lists` are the entity's: a page of each begins where an index says."""
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
    for field in entity.fields.values():
        shadow = field.name + FOLD
        if entity.owner is None and (field.name == entity.title or field.unique or field.index) and _is_short(field):
            key = shadow if shadow in table.c else field.name
            if key in table.c and (key == shadow or not (field.unique or _is_wanted(entity, field))):
                _index(table, "ix", key, (key, "id"))
    for view in lists:
        _index_list(table, entity, view)


def _is_wanted(entity: Entity, field: Field) -> bool:
    if entity.owner is not None and entity.owner.by == field.name:
        return False  # has its own, with the position
    kinds = {column.kind for column in field.kind.columns(field)}
    state = entity.lifecycle is not None and entity.lifecycle.field == field.name
    return bool(kinds) and "json" not in kinds and (field.index or state or bool(kinds & {"reference", "user", "file"}))


def _index_list(table: sa.Table, entity: Entity, view: ListView) -> None:
    """An index in the order of a list, as far as its keys are columns that are never empty."""
    keys: list[str] = []
    for sort in view.sort:
        field = entity.fields.get(sort.path)
        name = sort.path + FOLD if sort.path + FOLD in table.c else sort.path
        column = table.c.get(name)
        computed = field is not None and (field.type in SORTED_OTHERWISE or not _is_short(field))
        if column is None or column.nullable or computed:
            break
        keys.append(name)
    if keys and keys[0] != "id":
        columns = (*keys, *(["id"] if "id" not in keys else []))
        if not any(tuple(column.name for column in index.columns) == columns for index in table.indexes):
            _index(table, "sx", view.name.replace(".", "_"), columns)


def _is_short(field: Field) -> bool:
    """Whether every value of a text fits an index; other types do."""
    return all(
        column.kind != "json" and (column.kind != "text" or (column.length or LONG) < LONG)
        for column in field.kind.columns(field)
    ) and bool(field.kind.columns(field))


def _columns(entity: Entity, fields: Iterable[str]) -> tuple[str, ...]:
    names: list[str] = []
    for name in fields:
        found = entity.fields.get(name)
        names += column_names(found) if found is not None else (name,)  # a system field such as created_at
    return tuple(names)


def _index(table: sa.Table, prefix: str, name: str, columns: Iterable[str], *, unique: bool = False) -> None:
    found = [table.c[column] for column in columns]
    sa.Index(identifier(prefix, table.name, name), *found, unique=unique)
