"""Tables and columns that a definition names anew (`was: old_name`).

In: a snapshot and the release's tables. Out: changes that carry the data over to the new names. A rename is made
once: when the new name is not there yet and the old one is, and nobody else claims the old one.
"""

from __future__ import annotations

import sqlalchemy as sa

from ...metamodel.fields.base import column_names
from ...metamodel.manifest import Entity, Field, Manifest
from ..storage.identifiers import identifier
from ..storage.tables import Tables, fold_name, is_folded, link_name, links, table_name
from .changes import Change, RenameColumn, RenameTable, Work
from .snapshot import ExistingTable, Snapshot


def renames(tables: Tables, present: Snapshot) -> list[Change]:
    """The renames to make, tables first; the columns are named within the tables' new names."""
    manifest = tables.manifest
    changes: list[Change] = []
    for entity in manifest.entities.values():
        existing = present.get(table_name(entity))
        former = former_name(manifest, entity)
        if existing is None and former is not None:
            existing = present.get(identifier(former.replace(".", "_")))
            if existing is not None:
                changes.append(RenameTable(existing.name, f"{former}: renamed to {entity.name}", table_name(entity)))
        if existing is not None:
            changes += _columns(entity, existing)
        changes += _links(entity, former or entity.name, present)
    return changes


def former_name(manifest: Manifest, entity: Entity) -> str | None:
    """The full name that an entity had; None where it never had another, or another entity has it now."""
    if entity.was is None:
        return None
    name = entity.was if "." in entity.was else f"{entity.package}.{entity.was}"
    return None if name in manifest.entities else name


def _columns(entity: Entity, existing: ExistingTable) -> list[Change]:
    changes: list[Change] = []
    table = table_name(entity)
    for field in entity.fields.values():
        if field.was is None or field.was in entity.fields:
            continue
        sentence = f"{entity.name}.{field.was}: renamed to {field.name}"
        for name in (*column_names(field), *([fold_name(field)] if is_folded(field) else [])):
            old = field.was + name[len(field.name) :]
            if old in existing.columns and name not in existing.columns:
                changes.append(RenameColumn(table, sentence, old, name))
                sentence = ""
    return changes


def _links(entity: Entity, former: str, present: Snapshot) -> list[Change]:
    changes: list[Change] = []
    for field in links(entity):
        name = link_name(entity, field)
        old = identifier(f"{former.replace('.', '_')}__{_former(entity, field)}")
        if name not in present and old != name and old in present:
            said = field.was is not None and former == entity.name
            sentence = f"{entity.name}.{field.was}: renamed to {field.name}" if said else ""
            changes.append(RenameTable(old, sentence, name))
    return changes


def _former(entity: Entity, field: Field) -> str:
    return field.was if field.was is not None and field.was not in entity.fields else field.name


def carry_over(work: Work, tables: Tables, made: list[Change]) -> None:
    """Let what names an entity or a field by its old name name the new one: files, numbers, external ids, history."""
    system = tables.system
    entities = tables.manifest.entities.values()
    moved = {change.name for change in made if isinstance(change, RenameTable)}
    fields = {(change.table, change.name) for change in made if isinstance(change, RenameColumn)}
    named = [system.audit.c.entity, system.audit.c.owner_entity, system.file.c.entity]
    named += [system.sequence.c.entity, system.external_id.c.entity]
    for entity in entities:
        named += [
            tables.of(entity.name).c[f"{field.name}_entity"]
            for field in entity.fields.values()
            if field.type == "any_ref"
        ]
    for entity in entities:
        former = former_name(tables.manifest, entity)
        if former is not None and table_name(entity) in moved:
            for column in named:
                work.connection.execute(sa.update(column.table).where(column == former).values({column: entity.name}))
    for entity in entities:
        for field in entity.fields.values():
            if (table_name(entity), field.name) in fields:
                for table in (system.sequence, system.file):
                    mine = sa.and_(table.c.entity == entity.name, table.c.field == field.was)
                    work.connection.execute(sa.update(table).where(mine).values(field=field.name))
