"""Sequences: running numbers without gaps.

In: a sequence field, a day, how many. Out: numbers in their format. The counter is a row that stays locked until the
transaction ends, so two transactions never get the same number, and one that is undone gives its numbers back. The
price is that records of one entity are numbered one transaction after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Table, bindparam, case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from ...metamodel.fields.sequence import TOKEN, period, render
from ...metamodel.manifest import Entity, Field
from ..storage.system_tables import SystemTables


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
        statement = _statement(self.table, connection.dialect.name, counting=to is None)
        start = by if to is None else to
        row = {"entity": entity.name, "field": field.name, "period": key, "last": start, "by": by, "to": to}
        return int(connection.execute(statement, row).scalar_one())


def _statement(table: Table, dialect: str, *, counting: bool) -> Any:
    """The statement that moves a counter on, or to at least a number; made once and kept with the table."""
    kept = table.info.get(("statement", dialect, counting))
    if kept is not None:
        return kept
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    last = table.c.last
    by, to = bindparam("by", type_=BigInteger), bindparam("to", type_=BigInteger)
    further = last + by if counting else case((last < to, to), else_=last)
    values = {name: bindparam(name, type_=table.c[name].type) for name in ("entity", "field", "period", "last")}
    unique = [table.c.entity, table.c.field, table.c.period]
    statement = insert.values(values).on_conflict_do_update(index_elements=unique, set_={"last": further})
    table.info["statement", dialect, counting] = statement.returning(last)
    return table.info["statement", dialect, counting]


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
