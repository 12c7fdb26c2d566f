"""What no definition names any more: kept, out of sight, in nobody's way.

In: a snapshot, the release's tables, the manifest before. Out: changes that let kept columns be empty and references
from them never hold back a deletion, and sentences that say what was kept. A shadow column is dropped: it can be
computed again.
"""

from __future__ import annotations

from ...metamodel.fields.base import column_names
from ...metamodel.manifest import Entity, Manifest
from ..storage.indexes import FOLD
from ..storage.system_tables import PREFIX
from ..storage.tables import Tables, table_name
from .changes import Change, Refer, Relax
from .obstacles import Obstacles, records
from .shadows import DropShadow
from .snapshot import ExistingColumn, ExistingTable, Shape, Snapshot


def retired(
    obstacles: Obstacles, tables: Tables, present: Snapshot, before: Manifest | None
) -> tuple[list[Change], list[str]]:
    """The changes, and the sentences."""
    wanted = {table.name: table for table in tables.build_all().tables.values()}
    changes: list[Change] = []
    for existing in present.values():
        table = wanted.get(existing.name)
        if table is not None:
            gone = [column for name, column in existing.columns.items() if name not in table.c]
            changes += [change for column in gone for change in _retired_column(existing, column)]
        elif not existing.name.startswith(PREFIX):
            changes += _retired_table(existing)
    return changes, _sentences(obstacles, tables.manifest, before) if before is not None else []


def _retired_column(existing: ExistingTable, column: ExistingColumn) -> list[Change]:
    base = column.name.removesuffix(FOLD)
    if base != column.name and base in existing.columns and column.shape == Shape("text"):
        return [DropShadow(existing.name, "", column.name)]
    changes: list[Change] = [] if column.nullable else [Relax(existing.name, "", column.name)]
    reference = existing.references.get(column.name)
    if reference is not None and reference.on_delete != "SET NULL":
        changes.append(Refer(existing.name, "", reference, reference._replace(on_delete="SET NULL")))
    return changes


def _retired_table(existing: ExistingTable) -> list[Change]:
    """Rows that are owned, or that tie two records together, go with these; other references are emptied."""
    changes: list[Change] = []
    for reference in existing.references.values():
        if reference.on_delete is None:
            if not existing.columns[reference.column].nullable:
                changes.append(Relax(existing.name, "", reference.column))
            changes.append(Refer(existing.name, "", reference, reference._replace(on_delete="SET NULL")))
    return changes


def _sentences(obstacles: Obstacles, now: Manifest, before: Manifest) -> list[str]:
    """What the manifest before had and this one has not, and not under a new name."""
    renamed = {entity.was for entity in now.entities.values()}
    said = []
    for entity in before.entities.values():
        present = now.entities.get(entity.name)
        if present is not None:
            said += _gone_fields(entity, present)
        elif entity.name not in renamed and entity.short not in renamed:
            kept = records(obstacles.rows(table_name(entity)))
            said.append(f"{entity.name}: no longer an entity; {kept} kept, out of sight")
    return said


def _gone_fields(before: Entity, now: Entity) -> list[str]:
    renamed = {field.was for field in now.fields.values()}
    return [
        f"{before.name}.{name}: no longer a field; its values are kept, out of sight"
        for name, field in before.fields.items()
        if name not in now.fields and name not in renamed and (column_names(field) or field.type == "many")
    ]
