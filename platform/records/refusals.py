"""Refusals: what a database's constraint says, in the terms of the definitions.

In: an IntegrityError of SQLite or PostgreSQL, and the entities that were being written. Out: faults that name fields.
Checks before the write find nearly all of these; this is for two people who save the same value at the same moment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Table
from sqlalchemy.exc import IntegrityError

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity
from ..storage.identifiers import identifier
from ..storage.tables import Tables, table_name
from .checks import taken_fault
from .errors import Fault

COLUMNS = re.compile(r"(?:UNIQUE|NOT NULL) constraint failed: (.+)")
GONE = N_("{label} names a record that does not exist any more.")
GONE_SOMEWHERE = N_("A record that this one refers to does not exist any more.")
TAKEN_SOMEWHERE = N_("A value that must be unique is already used.")


def fault(error: IntegrityError, tables: Tables, entities: Iterable[Entity], values: dict[str, Any]) -> Fault:
    """The fault that a violated constraint means for a record with these values."""
    known = {table_name(entity): entity for entity in entities}
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        return _postgresql(diagnosis, str(getattr(error.orig, "sqlstate", "")), tables, known, values)
    return _sqlite(str(error.orig), tables, known, values)


def _sqlite(text: str, tables: Tables, known: dict[str, Entity], values: dict[str, Any]) -> Fault:
    found = COLUMNS.search(text)
    if found is None:
        return Fault("", "unknown_record", GONE_SOMEWHERE)
    places = [place.strip().rpartition(".") for place in found[1].split(",")]
    entity = known.get(places[0][0])
    names = [name for _, _, name in places]
    if "NOT NULL" in text:
        return _missing(entity, names[0])
    return _taken(entity, names, tables, values)


def _postgresql(diagnosis: Any, state: str, tables: Tables, known: dict[str, Entity], values: dict[str, Any]) -> Fault:
    entity = known.get(diagnosis.table_name or "")
    if state == "23502":
        return _missing(entity, diagnosis.column_name or "")
    constraint = diagnosis.constraint_name or ""
    if state == "23503":
        if entity is not None:
            table = tables.of(entity.name)
            for column in table.columns:
                if identifier("fk", table.name, column.name) == constraint:
                    return _gone(entity, column.info.get("field", column.name))
        return Fault("", "unknown_record", GONE_SOMEWHERE)
    columns = _index_columns(tables.of(entity.name), constraint) if entity is not None else []
    return _taken(entity, columns, tables, values)


def _index_columns(table: Table, name: str) -> list[str]:
    return next(([column.name for column in index.columns] for index in table.indexes if index.name == name), [])


def _taken(entity: Entity | None, columns: list[str], tables: Tables, values: dict[str, Any]) -> Fault:
    if entity is None or not columns:
        return Fault("", "not_unique", TAKEN_SOMEWHERE)
    table = tables.of(entity.name)
    fields = list(dict.fromkeys(table.c[column].info.get("field", column) for column in columns if column in table.c))
    return taken_fault(entity, fields, "", values)


def _missing(entity: Entity | None, column: str) -> Fault:
    field = entity.fields.get(column) if entity is not None else None
    label = field.label if field is not None else column
    return Fault(column, "required", N_("{label} is required."), {"label": label})


def _gone(entity: Entity, name: str) -> Fault:
    field = entity.fields.get(name)
    if field is None:
        return Fault("", "unknown_record", GONE_SOMEWHERE)
    return Fault(name, "unknown_record", GONE, {"label": field.label})
