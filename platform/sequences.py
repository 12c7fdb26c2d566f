"""Sequences: running numbers without gaps.

In: a sequence field, a day, how many. Out: numbers in their format. The counter is a row that stays locked until the
transaction ends, so two transactions never get the same number, and one that is undone gives its numbers back. The
price is that records of one entity are numbered one transaction after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from ..metamodel.fields.sequence import TOKEN, period, render
from ..metamodel.manifest import Entity, Field
from .system_tables import SystemTables


class Sequences:
    """The counters of one company."""

    def __init__(self, system: SystemTables) -> None:
        self.table = system.sequence

    def take(self, connection: Connection, entity: Entity, field: Field, day: date, count: int) -> list[str]:
        """The next numbers, in order, for records that are saved in this transaction."""
        template = field.settings["format"]
        last = self._advance(connection, entity, field, period(template, day), by=count)
        return [render(template, day, number) for number in range(last - count + 1, last + 1)]

    def note(self, connection: Connection, entity: Entity, field: Field, given: Iterable[str]) -> None:
        """Move the counters past numbers that came with loaded data, so that they are not given again."""
        highest: dict[str, int] = {}
        for text in given:
            parts = _parse(field.settings["format"], text)
            if parts is not None:
                highest[parts[0]] = max(parts[1], highest.get(parts[0], 0))
        for key, number in sorted(highest.items()):
            self._advance(connection, entity, field, key, to=number)

    def _advance(
        self, connection: Connection, entity: Entity, field: Field, key: str, *, by: int = 0, to: int | None = None
    ) -> int:
        table = self.table
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        start = by if to is None else to
        statement = dialect.insert(table).values(entity=entity.name, field=field.name, period=key, last=start)
        last = table.c.last
        further = last + by if to is None else case((last < to, to), else_=last)
        counted = statement.on_conflict_do_update(
            index_elements=[table.c.entity, table.c.field, table.c.period], set_={"last": further}
        ).returning(last)
        return int(connection.execute(counted).scalar_one())


def _parse(template: str, text: str) -> tuple[str, int] | None:
    """The period and the number that a text in this format was made from, or None where it was not."""
    widths = {"yyyy": 4, "yy": 2, "mm": 2, "dd": 2}
    pattern, place = "", 0
    for token in TOKEN.finditer(template):
        pattern += re.escape(template[place : token.start()])
        name = token[1]
        pattern += rf"(?P<number>\d{{{len(name)},15}})" if name[0] == "0" else rf"\d{{{widths[name]}}}"
        place = token.end()
    found = re.fullmatch(pattern + re.escape(template[place:]), text)
    if found is None:
        return None
    counter = next(token[0] for token in TOKEN.finditer(template) if token[1][0] == "0")
    return text[: found.start("number")] + counter + text[found.end("number") :], int(found["number"])
