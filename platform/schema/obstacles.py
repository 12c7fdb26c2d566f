"""Rows that stand in the way of a change, counted; and the words for them.

In: names of tables and columns. Out: numbers and examples. Each query runs only where a change asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from .changes import Work
from .snapshot import Shape


class Obstacles:
    """Counts rows of tables as they are."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        return self._count(table)

    def filled(self, table: str, column: str) -> int:
        """In how many rows a column has a value."""
        return self._count(table, sa.column(column).is_not(None))

    def empty(self, table: str, column: str) -> int:
        """In how many rows it has none."""
        return self._count(table, sa.column(column).is_(None))

    def equal(self, table: str, column: str, value: str) -> int:
        """In how many rows a column has this value."""
        return self._count(table, sa.column(column) == value)

    def duplicates(self, table: str, columns: Iterable[str]) -> tuple[int, str]:
        """How many values occur more than once, and one of them."""
        names = list(columns)
        source = self._work.table(table, *names)
        found = [source.c[name] for name in names]
        groups = (
            sa.select(*found)
            .where(*(column.is_not(None) for column in found))
            .group_by(*found)
            .having(sa.func.count() > 1)
        )
        count = self._scalar(sa.select(sa.func.count()).select_from(groups.subquery()))
        example = self._work.connection.execute(groups.limit(1)).first() if count else None
        return count, ", ".join(repr(value) for value in example) if example else ""

    def misfits(self, table: str, column: str, old: Shape, new: Shape) -> tuple[int, str]:
        """How many values of a text or decimal column do not fit a smaller one, and one of them."""
        condition = self._misfit(sa.column(column), old, new)
        count = self._count(table, condition)
        if not count:
            return 0, ""
        source = self._work.table(table, column)
        value = self._scalar(sa.select(source.c[column]).where(condition).limit(1))
        if old.kind != "text" and not self._work.in_place and old.scale:
            value = f"{value / 10**old.scale:.{old.scale}f}"
        text = str(value)
        return count, repr(text if len(text) <= 60 else text[:60] + "…")

    def _misfit(self, value: sa.ColumnElement[Any], old: Shape, new: Shape) -> sa.ColumnElement[bool]:
        if new.kind == "text":
            return sa.func.length(value) > new.size
        digits = (new.size or 0) - new.scale  # before the point
        if self._work.in_place:
            return sa.or_(value != sa.func.round(value, new.scale), sa.func.abs(value) >= 10**digits)
        limit = sa.func.abs(value) >= sa.literal_column(str(10 ** (digits + old.scale)))
        if new.scale >= old.scale:
            return limit
        return sa.or_(value.op("%")(sa.literal_column(str(10 ** (old.scale - new.scale)))) != 0, limit)

    def _count(self, table: str, *conditions: sa.ColumnElement[bool]) -> int:
        return int(self._scalar(sa.select(sa.func.count()).select_from(self._work.table(table)).where(*conditions)))

    def _scalar(self, statement: sa.Select[Any]) -> Any:
        return self._work.connection.execute(statement).scalar_one()


def records(count: int) -> str:
    """`1 record`, `12 records`."""
    return f"{count} record{'s' if count != 1 else ''}"


def have(count: int) -> str:
    """`has`, or `have` for several."""
    return "has" if count == 1 else "have"
