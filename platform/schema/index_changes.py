"""Indexes that a release wants and that there are not, and the other way round.

In: the release's tables and a snapshot. Out: changes, and sentences about those on tables that were there before.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from ..storage.indexes import FOLD, PREFIXES
from ..storage.tables import Tables
from .changes import CreateIndex, DropIndex
from .snapshot import Snapshot

Signature = tuple[bool, tuple[str, ...]]


def stale_indexes(tables: Tables, present: Snapshot) -> Iterator[DropIndex]:
    """Our own indexes that are no longer wanted, or no longer so."""
    for table, existing, wanted in _pairs(tables, present):
        for name in _stale(table, existing, wanted):
            yield DropIndex(table.name, "", name)


def missing_indexes(tables: Tables, present: Snapshot) -> Iterator[CreateIndex]:
    """Those that are wanted and not there. On SQLite that is also what a rebuilt table has lost."""
    for table, existing, _ in _pairs(tables, present):
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            if str(index.name) not in existing:
                yield CreateIndex(table.name, "", index)


def index_sentences(tables: Tables, present: Snapshot) -> list[str]:
    """What changes for the indexes of tables that are there already; `present` is as it was before."""
    said = []
    for table, existing, wanted in _pairs(tables, present):
        said += [_sentence(table, existing[name], gone=True) for name in _stale(table, existing, wanted)]
        said += [_sentence(table, wanted[name]) for name in sorted(wanted) if existing.get(name) != wanted[name]]
    return said


def _stale(table: sa.Table, existing: dict[str, Signature], wanted: dict[str, Signature]) -> list[str]:
    """The index of a column that is only kept stays as well: deleting what it refers to must not read every row."""
    return sorted(
        name
        for name, (unique, columns) in existing.items()
        if name.startswith(PREFIXES)
        and wanted.get(name) != (unique, columns)
        and (unique or name in wanted or all(column in table.c or column.endswith(FOLD) for column in columns))
    )


def _sentence(table: sa.Table, signature: Signature, *, gone: bool = False) -> str:
    unique, columns = signature
    named = [name for name in columns if unique or name != "id"]
    named = [f"{name.removesuffix(FOLD)} (as searched)" if name.endswith(FOLD) else name for name in named]
    path = f"{table.info.get('entity', table.name)}: {', '.join(named)}"
    if unique:
        return f"{path} no longer unique" if gone else f"{path} unique from now on"
    return f"{path} no longer indexed" if gone else f"{path} indexed"


def _pairs(tables: Tables, present: Snapshot) -> Iterator[tuple[sa.Table, dict[str, Signature], dict[str, Signature]]]:
    for table in tables.metadata.tables.values():
        if table.name in present:
            wanted = {
                str(index.name): (bool(index.unique), tuple(column.name for column in index.columns))
                for index in table.indexes
            }
            yield table, present[table.name].indexes, wanted
