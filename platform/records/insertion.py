"""Inserting many rows with one statement, and knowing the id of each.

In: a connection that writes, an entity's table, rows of column values. Out: ids in the order of the rows. PostgreSQL
gives them back in order; SQLite does not, and SQLAlchemy would then insert row by row: there the ids are given here,
which is safe because a writer holds the whole database. As with AUTOINCREMENT, no id is given twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

_SEQUENCES = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq"))


def insert_rows(connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert the rows, all with the same columns, and return their ids. Raises IntegrityError."""
    if len(rows) > 1 and connection.dialect.name == "sqlite":
        last = sa.select(_SEQUENCES.c.seq).where(_SEQUENCES.c.name == table.name)
        start = int(connection.execute(last).scalar() or 0) + 1
        ids = list(range(start, start + len(rows)))
        connection.execute(sa.insert(table), [{**row, "id": key} for row, key in zip(rows, ids, strict=True)])
        return ids
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=len(rows) > 1)
    return list(connection.execute(statement, list(rows)).scalars())
