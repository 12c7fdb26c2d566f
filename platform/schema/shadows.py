"""Changes of shadow columns, which hold texts as searching compares them.

In: tables as they are, with texts. Out: shadows that are there, filled and gone as the definitions search.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ..storage.columns import fold
from .changes import Change, Work

BATCH = 1000


@dataclass(frozen=True)
class DropShadow(Change):
    """A shadow column that is no longer searched; it can be computed again at any time."""

    column: str

    def apply(self, work: Work) -> None:
        """Make the change."""
        names = (work.schema, self.table) if work.schema else (self.table,)
        work.connection.exec_driver_sql(f"ALTER TABLE {work.quoted(*names)} DROP COLUMN {work.quoted(self.column)}")


@dataclass(frozen=True)
class AddShadow(Change):
    """The shadow of a field: added where it is not there, filled as the records service folds new values."""

    column: sa.Column[Any]
    base: str
    present: bool

    @property
    def rebuilds(self) -> bool:  # type: ignore[override] # only the column tells
        return not self.column.nullable

    def apply(self, work: Work) -> None:
        """Make the change."""
        name = self.column.name
        if not self.present:
            work.operations.add_column(self.table, sa.Column(name, self.column.type, nullable=True), schema=work.schema)
        self._fill(work)
        if not self.column.nullable:
            work.operations.alter_column(self.table, name, nullable=False, schema=work.schema)

    def _fill(self, work: Work) -> None:
        table = work.table(self.table, "id", self.base, self.column.name)
        text, shadow, last = table.c[self.base], table.c[self.column.name], 0
        update = sa.update(table).where(table.c.id == sa.bindparam("row")).values({shadow: sa.bindparam("folded")})
        while True:
            select = sa.select(table.c.id, text).where(table.c.id > last, text.is_not(None), shadow.is_(None))
            rows = work.connection.execute(select.order_by(table.c.id).limit(BATCH)).all()
            if not rows:
                return
            work.connection.execute(update, [{"row": row, "folded": fold(value)} for row, value in rows])
            last = rows[-1][0]
