"""Bring a company's tables to what a release wants.

In: a connection from `Database.change` and the release's tables. Out: sentences about what was done. Everything
happens in the connection's one transaction, and nothing where anything would be lost: then SchemaRefused holds all of
the reasons. Doing it twice does nothing the second time.
"""

from __future__ import annotations

from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...metamodel.manifest import Manifest
from ...metamodel.problem import DefinitionError
from ..storage.tables import Tables
from .changes import AddColumn, Change, CreateTable, Refer, Work
from .difference import Difference, wanted_references
from .index_changes import index_sentences, missing_indexes, stale_indexes
from .obstacles import Obstacles
from .options import lost_options
from .rebuild import rebuild
from .renames import carry_over, renames
from .retirement import retired
from .shadows import AddShadow
from .snapshot import ExistingTable, Snapshot, snapshot


class SchemaRefused(DefinitionError):
    """The tables hold data that would be lost or that does not fit; nothing was changed."""


def bring(connection: Connection, tables: Tables, before: Manifest | None = None) -> list[str]:
    """Create, extend and adapt tables. `before` is the manifest in force, to say what it had and this one has not.

    Raises SchemaRefused.
    """
    work = Work(connection, tables.schema)
    if tables.schema is not None:
        connection.execute(sa.schema.CreateSchema(tables.schema, if_not_exists=True))
    present = snapshot(connection, tables.schema)
    moved = renames(tables, present)
    for change in moved:
        change.apply(work)
    if moved:
        carry_over(work, tables, moved)
        present = snapshot(connection, tables.schema)
    difference = Difference(work, tables, present)
    obstacles = Obstacles(work)
    lost = lost_options(obstacles, tables.manifest, before, present) if before is not None else ()
    if problems := [*difference.problems, *lost]:
        raise SchemaRefused(problems)
    kept, gone = retired(obstacles, tables, present, before)
    changes = [*difference.changes, *kept]
    for change in stale_indexes(tables, present):
        change.apply(work)
    _apply(work, tables, present, changes)
    for index in missing_indexes(tables, snapshot(connection, tables.schema)):
        index.apply(work)
    said = [change.sentence for change in (*moved, *changes) if change.sentence]
    return said + index_sentences(tables, present) + gone


def _apply(work: Work, tables: Tables, present: Snapshot, changes: list[Change]) -> None:
    """Tables first, then columns, then references: these may point at any of them."""
    for change in changes:
        if isinstance(change, CreateTable):
            change.apply(work)
    rest = [change for change in changes if not isinstance(change, CreateTable)]
    if work.in_place:
        references = [change for change in rest if isinstance(change, Refer)]
        for reference in references:
            reference.drop(work)
        for change in rest:
            if not isinstance(change, Refer):
                change.apply(work)
        for reference in references:
            reference.apply(work)
        _refer(work, tables)
        return
    for name, group in groupby(sorted(rest, key=lambda change: change.table), key=lambda change: change.table):
        _apply_on_sqlite(work, present[name], tables.metadata.tables.get(name), list(group))


def _apply_on_sqlite(work: Work, existing: ExistingTable, wanted: sa.Table | None, changes: list[Change]) -> None:
    anew = any(change.rebuilds for change in changes)
    if anew:
        rebuild(work, existing, wanted, changes)
    for change in changes:
        if not change.rebuilds and not (anew and isinstance(change, (AddColumn, AddShadow))):
            change.apply(work)


def _refer(work: Work, tables: Tables) -> None:
    """PostgreSQL: the foreign keys that are not there yet, and their names after a rename."""
    present = snapshot(work.connection, tables.schema)
    for table in tables.metadata.tables.values():
        for column, wanted in wanted_references(table).items():
            found = present[table.name].references.get(column)
            if found is None:
                Refer(table.name, "", None, wanted).apply(work)
            elif found.name != wanted.name:
                names = [work.quoted(str(name)) for name in (found.name, wanted.name)]
                place = work.quoted(*filter(None, (tables.schema, table.name)))
                work.connection.exec_driver_sql(f"ALTER TABLE {place} RENAME CONSTRAINT {names[0]} TO {names[1]}")
