"""Text in SQL: found without regard to case, in columns and inside JSON.

In: a column and what a person typed. Out: SQL conditions that mean the same on SQLite and on PostgreSQL. A column
with a folded shadow (`name_fold`) is searched there; every other one is folded as it is read.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import Boolean, ColumnElement, FromClause, String, Text, cast, literal, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from ..storage.columns import fold, folded

ESCAPE = "/"
MOST_WORDS = 8
LONGEST_WORD = 200


def contains(table: FromClause, name: str, text: str) -> ColumnElement[bool]:
    """Whether the column holds the text anywhere."""
    return _like(table, name, text, "%{}%")


def starts(table: FromClause, name: str, text: str) -> ColumnElement[bool]:
    """Whether the column begins with the text."""
    return _like(table, name, text, "{}%")


def words(text: str) -> list[str]:
    """The words of a search, each of which must be found."""
    return [word[:LONGEST_WORD] for word in text.replace("\x00", " ").split()][:MOST_WORDS]


def _like(table: FromClause, name: str, text: str, form: str) -> ColumnElement[bool]:
    shadow = table.c.get(f"{name}_fold")
    if shadow is not None:
        return shadow.like(form.format(_harmless(fold(text) or "")), escape=ESCAPE)
    # Both sides are folded by the database, because PostgreSQL keeps a few letters apart that `fold` joins.
    like = form.format(_harmless(unicodedata.normalize("NFKC", text)))
    return folded(table.c[name]).like(folded(literal(like, Text())), escape=ESCAPE)


def _harmless(text: str) -> str:
    """The text with the wildcards of LIKE taken as characters. After folding: that may bring some about."""
    for character in (ESCAPE, "%", "_"):
        text = text.replace(character, ESCAPE + character)
    return text


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
    return _any_part("jsonb_each_text(CAST({} AS JSONB))", element, compiler, **kw)


@compiles(_json_like, "sqlite")
def _json_like_sqlite(element: _json_like, compiler: Any, **kw: Any) -> str:
    return _any_part("json_each({})", element, compiler, **kw)


def _any_part(parts: str, element: _json_like, compiler: Any, **kw: Any) -> str:
    column, like = element.clauses
    found = folded(literal_column("part.value")).like(folded(like), escape=ESCAPE)
    read = parts.format(compiler.process(column, **kw))
    return f"EXISTS (SELECT 1 FROM {read} AS part WHERE {compiler.process(found, **kw)})"  # noqa: S608 - no values


def json_holds(column: ColumnElement[Any], value: str | None) -> ColumnElement[bool]:
    """Whether a JSON array of texts holds this one."""
    if value is None:
        return column.is_(None)
    return _json_holds(column, cast(literal(value, String()), Text()))


def json_text_contains(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether any value of a JSON object contains the text."""
    like = f"%{_harmless(unicodedata.normalize('NFKC', text))}%"
    return _json_like(column, cast(literal(like, String()), Text()))
