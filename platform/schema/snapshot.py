"""What tables there are.

In: a connection and, on PostgreSQL, a schema. Out: a Snapshot of tables, columns, references and indexes, read with
three queries however many tables there are. Knows what the types of our own columns look like, but nothing of
definitions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from ..storage.columns import UtcDateTime
from ..storage.exact import Exact

_KINDS = {
    "varchar": "text",
    "character varying": "text",
    "text": "text",
    "bigint": "integer",
    "integer": "integer",
    "scaled_bigint": "decimal",
    "numeric": "decimal",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "timestamp with time zone": "datetime",
    "time": "time",
    "time without time zone": "time",
    "json": "json",
    "jsonb": "json",
}
_DECLARED = re.compile(r"([a-z_ ]+?) *(?:\((\d+)(?:, *(\d+))?\))?")
_ACTIONS = {"a": None, "r": None, "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}


class Shape(NamedTuple):
    """The kind of a column with its limits: text of 200 characters, a decimal of 18 digits with 2 after the point."""

    kind: str
    size: int | None = None
    scale: int = 0

    def __str__(self) -> str:
        if self.kind == "decimal":
            return f"decimal of {self.size} digits with {self.scale} after the point"
        return f"text of at most {self.size} characters" if self.size else self.kind


class Reference(NamedTuple):
    """A foreign key of one column."""

    column: str
    target: str
    on_delete: str | None
    name: str | None = None


@dataclass(frozen=True)
class ExistingColumn:
    """A column; `declared` is its type in the database's own words."""

    name: str
    declared: str
    nullable: bool

    @property
    def shape(self) -> Shape:
        match = _DECLARED.fullmatch(self.declared.lower())
        if match is None or match[1] not in _KINDS:
            return Shape(self.declared)
        size, scale = (int(digits) if digits else None for digits in match.groups()[1:])
        return Shape(_KINDS[match[1]], size, scale or 0)


@dataclass(frozen=True)
class ExistingTable:
    """A table. Indexes: name -> (unique, columns); the primary key's is left out."""

    name: str
    columns: dict[str, ExistingColumn] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)
    indexes: dict[str, tuple[bool, tuple[str, ...]]] = field(default_factory=dict)


Snapshot = dict[str, ExistingTable]


def shape_of(kind: TypeEngine[Any]) -> Shape:
    """The shape that a column of this type will have."""
    if isinstance(kind, Exact):
        return Shape("decimal", kind.precision, kind.scale)
    if isinstance(kind, UtcDateTime):
        return Shape("datetime")
    if isinstance(kind, sa.String):
        return Shape("text", kind.length)
    known: dict[type[TypeEngine[Any]], str] = {
        sa.Integer: "integer",
        sa.Boolean: "boolean",
        sa.Date: "date",
        sa.Time: "time",
        sa.JSON: "json",
    }
    return Shape(next(name for base, name in known.items() if isinstance(kind, base)))


def snapshot(connection: Connection, schema: str | None) -> Snapshot:
    """The tables of a schema, or of a SQLite file."""
    columns, references, indexes = _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE
    bound = {"schema": schema} if schema else {}
    found: Snapshot = {}
    for table, name, declared, nullable in connection.execute(sa.text(columns), bound):
        found.setdefault(table, ExistingTable(table)).columns[name] = ExistingColumn(name, declared, bool(nullable))
    for table, column, target, action, name in connection.execute(sa.text(references), bound):
        on_delete = _ACTIONS[action] if len(action) == 1 else None if action in ("NO ACTION", "RESTRICT") else action
        found[table].references[column] = Reference(column, target, on_delete, name)
    for table, name, unique, column in connection.execute(sa.text(indexes), bound):
        _, before = found[table].indexes.get(name, (False, ()))
        found[table].indexes[name] = (bool(unique), (*before, column))
    return found


_SQLITE = (
    """
    SELECT m.name, c.name, c.type, NOT c."notnull" FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY m.name, c.cid
    """,
    """
    SELECT m.name, f."from", f."table", f.on_delete, NULL FROM sqlite_master m
    JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'
    """,
    """
    SELECT m.name, i.name, i."unique", c.name FROM sqlite_master m
    JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
    WHERE m.type = 'table' AND i.origin = 'c' ORDER BY m.name, i.name, c.seqno
    """,
)
_POSTGRESQL = (
    """
    SELECT t.relname, a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull
    FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname = :schema AND t.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY t.relname, a.attnum
    """,
    """
    SELECT t.relname, a.attname, target.relname, c.confdeltype::text, c.conname
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_class target ON target.oid = c.confrelid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
    WHERE n.nspname = :schema AND c.contype = 'f'
    """,
    """
    SELECT t.relname, i.relname, x.indisunique, a.attname
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace CROSS JOIN unnest(x.indkey) WITH ORDINALITY AS k(number, place)
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
    WHERE n.nspname = :schema AND NOT x.indisprimary AND t.relkind IN ('r', 'p')
    ORDER BY t.relname, i.relname, k.place
    """,
)
