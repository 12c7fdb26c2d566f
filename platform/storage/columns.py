"""How values lie in columns, the same on SQLite and PostgreSQL.

In: the column kinds that field types ask for. Out: SQLAlchemy types that give back exactly what was put in: Decimals
without rounding, datetimes with their zone, JSON. Refuses floats, naive datetimes and digits that a column cannot hold.
Knows nothing of entities or tables.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from ...metamodel.fields.base import Column
from .exact import Exact

FILE_ID_LENGTH = 32


def sql_type(column: Column) -> TypeEngine[Any]:
    """The SQLAlchemy type of a column that a field type asks for."""
    match column.kind:
        case "text":
            return text_type(column.length)
        case "integer" | "reference" | "user":
            return sa.BigInteger()
        case "decimal":
            return Exact(column.precision, column.scale)
        case "boolean":
            return sa.Boolean()
        case "date":
            return sa.Date()
        case "datetime":
            return UtcDateTime()
        case "time":
            return sa.Time()
        case "json":
            return json_type()
        case "file":
            return text_type(FILE_ID_LENGTH)
    raise ValueError(f'no column kind "{column.kind}"')


def text_type(length: int | None = None) -> TypeEngine[str]:
    """Text ordered by code point on both databases."""
    kind = sa.String(length) if length else sa.Text()
    return kind.with_variant(sa.String(length, collation="C") if length else sa.Text(collation="C"), "postgresql")


def json_type() -> TypeEngine[Any]:
    """JSON; None is SQL's NULL, not JSON's null."""
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def fold(text: str | None) -> str | None:
    """A text as searching compares it: without case and without compatibility variants (full width, ligatures)."""
    if text is None:
        return None
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


class folded(FunctionElement[str]):  # noqa: N801 - named as SQL functions are
    """`fold` in SQL, for columns without a shadow.

    PostgreSQL keeps some letters apart that `fold` joins (ß and ss), and knows the case of as many alphabets as the
    locale of its database: all of them with any UTF-8 locale.
    """

    name = "folded"
    type = sa.Text()
    inherit_cache = True


@compiles(folded, "sqlite")
def _folded_on_sqlite(element: folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f"casefold({compiler.process(element.clauses, **kw)})"


@compiles(folded, "postgresql")
def _folded_on_postgresql(element: folded, compiler: SQLCompiler, **kw: Any) -> str:
    return f'lower(normalize({compiler.process(element.clauses, **kw)}, NFKC) COLLATE "default")'


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in, aware UTC out. SQLite keeps it as text that sorts by time."""

    impl = sa.DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database; ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    process_literal_param = process_bind_param  # type: ignore[assignment] # the literal is then written by the dialect

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
