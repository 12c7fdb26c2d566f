"""What can be done to tables without losing anything, as nouns.

In: tables as they should be and as they are. Out: changes that say in one sentence what they do, and do it. `rebuilds`
tells that SQLite cannot do it in place: there the table is written anew with all its changes at once (rebuild.py).
Whether a change may be made at all is decided elsewhere (difference.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.engine import Connection

from .snapshot import ExistingColumn, Reference, Shape, shape_of


class Work:
    """The connection that changes are made on, and Alembic's operations on it."""

    def __init__(self, connection: Connection, schema: str | None) -> None:
        self.connection = connection
        self.schema = schema
        self.in_place = connection.dialect.name != "sqlite"
        self.operations = Operations(MigrationContext.configure(connection))

    def table(self, name: str, *columns: str) -> sa.TableClause:
        """A table to write a statement about, by its name and the names of some columns."""
        return sa.table(name, *(sa.column(column) for column in columns), schema=self.schema)

    def quoted(self, *names: str) -> str:
        """Names for SQL written by hand."""
        quote = self.connection.dialect.identifier_preparer.quote
        return ".".join(quote(name) for name in names)


@dataclass(frozen=True)
class Change:
    """One change of one table. `sentence` is empty where the change goes without saying."""

    table: str
    sentence: str
    rebuilds: ClassVar[bool] = False

    def apply(self, work: Work) -> None:
        """Make the change."""
        raise NotImplementedError


@dataclass(frozen=True)
class CreateTable(Change):
    """A new table. On PostgreSQL its references follow when all tables are there."""

    wanted: sa.Table

    def apply(self, work: Work) -> None:
        """Make the change."""
        create = sa.schema.CreateTable(self.wanted, include_foreign_key_constraints=[] if work.in_place else None)
        work.connection.execute(create)


@dataclass(frozen=True)
class AddColumn(Change):
    """A new column. `fill` is what the present rows get."""

    column: sa.Column[Any]
    fill: Any = None
    reference: Reference | None = None

    @property
    def rebuilds(self) -> bool:  # type: ignore[override] # only the column tells
        return not self.column.nullable

    def apply(self, work: Work) -> None:
        """Make the change."""
        if not work.in_place and self.reference is not None:
            self._with_reference(work, self.reference)
            return
        work.operations.add_column(
            self.table, sa.Column(self.column.name, self.column.type, nullable=True), schema=work.schema
        )
        if not self.column.nullable:
            Require(self.table, "", self.column, self.fill).apply(work)

    def _with_reference(self, work: Work, reference: Reference) -> None:
        dialect = work.connection.dialect
        specification = dialect.ddl_compiler(dialect, None).get_column_specification(  # type: ignore[arg-type] # as SQLAlchemy does
            sa.Column(self.column.name, self.column.type, nullable=True)
        )
        action = f" ON DELETE {reference.on_delete}" if reference.on_delete else ""
        target = f"{work.quoted(reference.target)} (id){action}"
        work.connection.exec_driver_sql(
            f"ALTER TABLE {work.quoted(self.table)} ADD COLUMN {specification} REFERENCES {target}"
        )


@dataclass(frozen=True)
class Require(Change):
    """A column that may no longer be empty. `fill` replaces the empty values."""

    column: sa.Column[Any]
    fill: Any = None
    rebuilds: ClassVar[bool] = True

    def apply(self, work: Work) -> None:
        """Make the change."""
        if self.fill is not None:
            table = work.table(self.table, self.column.name)
            value = sa.literal(self.fill, self.column.type)
            empty = table.c[self.column.name].is_(None)
            work.connection.execute(sa.update(table).where(empty).values({self.column.name: value}))
        work.operations.alter_column(self.table, self.column.name, nullable=False, schema=work.schema)


@dataclass(frozen=True)
class Relax(Change):
    """A column that may be empty from now on."""

    column: str
    rebuilds: ClassVar[bool] = True

    def apply(self, work: Work) -> None:
        """Make the change."""
        work.operations.alter_column(self.table, self.column, nullable=True, schema=work.schema)


@dataclass(frozen=True)
class Retype(Change):
    """A column of another type or size. `empty`: no row has a value, so any type goes."""

    column: sa.Column[Any]
    present: ExistingColumn
    empty: bool
    rebuilds: ClassVar[bool] = True

    def apply(self, work: Work) -> None:
        """Make the change."""
        declared = self.column.type.compile(work.connection.dialect)
        using = f"NULL::{declared.partition(' COLLATE')[0]}" if self.empty else None
        work.operations.alter_column(
            self.table, self.column.name, type_=self.column.type, postgresql_using=using, schema=work.schema
        )

    def expression(self, present: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """SQLite: the new value, computed from the old one's integer or text. It was checked to fit."""
        if self.empty:
            return sa.null()
        old, new = self.present.shape, shape_of(self.column.type)
        if new.kind != "decimal" or old.scale == new.scale:
            return present
        factor: sa.ColumnElement[int] = sa.literal_column(str(10 ** abs(new.scale - old.scale)))
        return present.op("*")(factor) if new.scale > old.scale else present.op("/")(factor)


@dataclass(frozen=True)
class Refer(Change):
    """A foreign key that is new, changed or gone."""

    present: Reference | None
    wanted: Reference | None
    rebuilds: ClassVar[bool] = True

    def drop(self, work: Work) -> None:
        """The first half: let go of the present one, so that the column may change."""
        if self.present is not None and self.present.name is not None:
            work.operations.drop_constraint(self.present.name, self.table, schema=work.schema)

    def apply(self, work: Work) -> None:
        """The second half: add the wanted one."""
        if self.wanted is not None:
            work.operations.create_foreign_key(
                self.wanted.name,
                self.table,
                self.wanted.target,
                [self.wanted.column],
                ["id"],
                ondelete=self.wanted.on_delete,
                source_schema=work.schema,
                referent_schema=work.schema,
            )


@dataclass(frozen=True)
class RenameTable(Change):
    """A table under a new name."""

    name: str

    def apply(self, work: Work) -> None:
        """Make the change."""
        work.operations.rename_table(self.table, self.name, schema=work.schema)


@dataclass(frozen=True)
class RenameColumn(Change):
    """A column under a new name."""

    column: str
    name: str

    def apply(self, work: Work) -> None:
        """Make the change."""
        names = (work.schema, self.table) if work.schema else (self.table,)
        work.connection.exec_driver_sql(
            f"ALTER TABLE {work.quoted(*names)} RENAME COLUMN {work.quoted(self.column)} TO {work.quoted(self.name)}"
        )


@dataclass(frozen=True)
class DropIndex(Change):
    """An index that nothing asks for any more."""

    name: str

    def apply(self, work: Work) -> None:
        """Make the change."""
        work.operations.drop_index(self.name, self.table, schema=work.schema)


@dataclass(frozen=True)
class CreateIndex(Change):
    """A new index."""

    index: sa.Index

    def apply(self, work: Work) -> None:
        """Make the change."""
        work.connection.execute(sa.schema.CreateIndex(self.index))


def widens(old: Shape, new: Shape) -> bool:
    """Whether every value of the old shape fits the new one."""
    if old.kind == new.kind == "text":
        return new.size is None or (old.size is not None and old.size <= new.size)
    if old.kind == new.kind == "decimal":
        return new.scale >= old.scale and (new.size or 0) - new.scale >= (old.size or 0) - old.scale
    return old == new
