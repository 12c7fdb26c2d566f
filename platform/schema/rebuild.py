"""Write a SQLite table anew: what SQLite cannot alter in place.

In: a table as it is, as it should be (or the table as it is, for one that no definition names any more), and its
changes. Out: the same rows in a new table of the same name. Columns that are no longer wanted are kept, and may be
empty. Needs a connection whose foreign keys are off (Database.change); says so if they are on.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import UserDefinedType

from ..storage.columns import folded
from .changes import AddColumn, Change, Refer, Relax, Require, Retype, Work
from .shadows import AddShadow
from .snapshot import ExistingTable

TEMPORARY = "sartor_rebuild"


class Declared(UserDefinedType[Any]):
    """A type in SQLite's own words, as it was read."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **_: Any) -> str:
        """The words."""
        return self.declared


def rebuild(work: Work, present: ExistingTable, wanted: sa.Table | None, changes: Iterable[Change]) -> None:
    """Rebuild one table with all of its changes."""
    connection = work.connection
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one():
        raise RuntimeError("foreign keys are on: rebuild a table within Database.change")
    made = list(changes)
    target = _target(present, wanted, made)
    old = sa.table(present.name, *(sa.column(name) for name in present.columns))
    values = {name: _value(name, target.c[name], old, made) for name in target.c.keys()}  # noqa: SIM118 - no mapping
    sequence = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (present.name,)).scalar()
    connection.execute(sa.schema.CreateTable(target))
    connection.execute(sa.insert(target).from_select(list(values), sa.select(*values.values())))
    connection.exec_driver_sql(f"DROP TABLE {work.quoted(present.name)}")
    connection.exec_driver_sql(f"ALTER TABLE {work.quoted(TEMPORARY)} RENAME TO {work.quoted(present.name)}")
    if sequence is not None:  # ids of deleted records stay used up
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (present.name,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (present.name, sequence))
    broken = connection.exec_driver_sql(f"PRAGMA foreign_key_check({work.quoted(present.name)})").fetchmany(1)
    if broken:
        raise RuntimeError(f"{present.name} refers to records that do not exist: {broken}")


def _target(present: ExistingTable, wanted: sa.Table | None, changes: list[Change]) -> sa.Table:
    """The table to write: as wanted, plus the columns that are only kept."""
    if wanted is not None:
        target = wanted.to_metadata(sa.MetaData(), name=TEMPORARY)
        kept = [column for name, column in present.columns.items() if name not in target.c]
    else:
        target = sa.Table(
            TEMPORARY,
            sa.MetaData(),
            sa.Column("id", sa.Integer, primary_key=True),
            sqlite_autoincrement=True,
        )
        kept = [column for name, column in present.columns.items() if name != "id"]
    references = dict(present.references)
    for change in changes:
        if isinstance(change, Refer) and change.wanted is not None:
            references[change.wanted.column] = change.wanted
    relaxed = {change.column for change in changes if isinstance(change, Relax)}
    for column in kept:
        nullable = column.nullable or column.name in relaxed
        target.append_column(sa.Column(column.name, Declared(column.declared), nullable=nullable))
        if column.name in references:
            reference = references[column.name]
            itself = TEMPORARY if reference.target == present.name else reference.target
            target.append_constraint(
                sa.ForeignKeyConstraint(
                    [column.name], [f"{itself}.id"], ondelete=reference.on_delete, link_to_name=True
                )
            )
    for constraint in list(target.foreign_key_constraints):
        for element in constraint.elements:  # tables that the new MetaData does not hold
            _known(target.metadata, element.target_fullname.rpartition(".")[0])
    return target


def _known(metadata: sa.MetaData, name: str) -> None:
    if name not in metadata.tables:
        sa.Table(name, metadata, sa.Column("id", sa.Integer, primary_key=True))


def _value(name: str, column: sa.Column[Any], old: sa.TableClause, changes: list[Change]) -> sa.ColumnElement[Any]:
    """Where the value of a column comes from."""
    value: sa.ColumnElement[Any] = old.c[name] if name in old.c else sa.null()
    for change in changes:
        if isinstance(change, AddShadow) and change.column.name == name:
            return folded(_value(change.base, column.table.c[change.base], old, changes))
        if isinstance(change, Retype) and change.column.name == name:
            value = change.expression(value)
    for change in changes:
        if isinstance(change, (AddColumn, Require)) and change.column.name == name and change.fill is not None:
            fill = sa.literal(change.fill, column.type)
            value = sa.func.coalesce(value, fill) if name in old.c else fill
    return value
