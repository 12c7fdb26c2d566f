"""Text in SQL: found without regard to case, in columns and inside JSON.

In: a column and what a person typed. Out: SQL conditions that mean the same on SQLite and on PostgreSQL. A column
with a folded shadow (`name_fold`) is searched there; every other one is folded as it is read.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, String, Text, cast, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from .columns import fold, folded

ESCAPE = "/"
MOST_WORDS = 8
LONGEST_WORD = 200


def pattern(text: str) -> str:
    """The folded text, with the wildcards of LIKE made harmless."""
    text = fold(text) or ""
    for character in (ESCAPE, "%", "_"):
        text = text.replace(character, ESCAPE + character)
    return text


def contains(table: FromClause, name: str, text: str) -> ColumnElement[bool]:
    """Whether the column holds the text anywhere."""
    return _like(table, name, f"%{pattern(text)}%")


def starts(table: FromClause, name: str, text: str) -> ColumnElement[bool]:
    """Whether the column begins with the text."""
    return _like(table, name, f"{pattern(text)}%")


def words(text: str) -> list[str]:
    """The words of a search, each of which must be found."""
    return [word[:LONGEST_WORD] for word in text.replace("\x00", " ").split()][:MOST_WORDS]


def _like(table: FromClause, name: str, like: str) -> ColumnElement[bool]:
    shadow = table.c.get(f"{name}_fold")
    if shadow is not None:
        return shadow.like(like, escape=ESCAPE)
    return folded(table.c[name]).like(like, escape=ESCAPE)


class _json_holds(FunctionElement[bool]):  # noqa: N801 - SQLAlchemy's custom functions read as functions
    type = Boolean()
    inherit_cache = True
    name = "json_holds"


@compiles(_json_holds)
def _json_holds_postgresql(element: _json_holds, compiler: Any, **kw: Any) -> str:
    column, value = (compiler.process(part, **kw) for part in element.clauses)
    return f"(CAST({column} AS JSONB) @> to_jsonb({value}))"


@compiles(_json_holds, "sqlite")
def _json_holds_sqlite(element: _json_holds, compiler: Any, **kw: Any) -> str:
    column, value = (compiler.process(part, **kw) for part in element.clauses)
    return f"EXISTS (SELECT 1 FROM json_each({column}) AS part WHERE part.value = {value})"  # noqa: S608 - compiled parts, no values


class _json_like(FunctionElement[bool]):  # noqa: N801
    type = Boolean()
    inherit_cache = True
    name = "json_like"


@compiles(_json_like)
def _json_like_postgresql(element: _json_like, compiler: Any, **kw: Any) -> str:
    column, like = (compiler.process(part, **kw) for part in element.clauses)
    parts = f"jsonb_each_text(CAST({column} AS JSONB)) AS part"
    return f"EXISTS (SELECT 1 FROM {parts} WHERE lower(part.value) LIKE {like} ESCAPE '{ESCAPE}')"  # noqa: S608 - compiled parts, no values


@compiles(_json_like, "sqlite")
def _json_like_sqlite(element: _json_like, compiler: Any, **kw: Any) -> str:
    column, like = (compiler.process(part, **kw) for part in element.clauses)
    parts = f"json_each({column}) AS part"
    return f"EXISTS (SELECT 1 FROM {parts} WHERE casefold(part.value) LIKE {like} ESCAPE '{ESCAPE}')"  # noqa: S608 - compiled parts, no values


def json_holds(column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
    """Whether a JSON array of texts holds this one."""
    if value is None:
        return column.is_(None)
    return _json_holds(column, cast(literal(value, String()), Text()))


def json_text_contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether any value of a JSON object contains the text."""
    return _json_like(column, cast(literal(f"%{pattern(text)}%", String()), Text()))
