"""Deleting: records with all that goes with them, or the reason why they stay.

In: records of one entity, loaded whole and locked. Out: deleted rows, emptied references, audit changes; or, by
record, who still refers to it. What a reference says about deletion (`restrict`, `clear`, `cascade`) is carried out
here and not left to the database, so that the audit knows of it. The audit rows of what is deleted stay.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.engine import Connection

from ...metamodel.manifest import Entity, Field, Label
from .audit import Change, note
from .loading import Loading
from .scope import Scope
from .writing import remove

Record = dict[str, Any]
Users = list[tuple[str, Label, int]]
CHUNK = 1000


@dataclass
class Removal:
    """What is to be deleted for a set of records: by entity the records, each with the record that is the reason."""

    records: dict[str, dict[int, Record]] = field(default_factory=dict)
    reasons: dict[tuple[str, int], int] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    rows: set[tuple[str, int]] = field(default_factory=set)

    def add(self, entity: Entity, record: Record, reason: int) -> bool:
        """Add a record with its rows; False where it is there already."""
        if (entity.name, record["id"]) in self.reasons:
            return False
        self.reasons[entity.name, record["id"]] = reason
        self.records.setdefault(entity.name, {})[record["id"]] = record
        if entity.name in self.order:  # the latest found goes first, because it refers to what was found before
            self.order.remove(entity.name)
        self.order.append(entity.name)
        return True


class Deleting:
    """Deletes for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.loading = Loading(scope)

    def used(
        self, connection: Connection, entity: Entity, records: Mapping[int, Record]
    ) -> tuple[Removal, dict[int, Users]]:
        """What would go along with these records, and who holds on to which of them."""
        removal = Removal()
        waiting: list[tuple[Entity, set[int]]] = []
        for record in records.values():
            self._add(removal, entity, record, record["id"], waiting)
        while waiting:
            known, ids = waiting.pop(0)
            for referring, name in self._referrers(known):
                if self._on_delete(referring, name) == "cascade":
                    found = self._referring(connection, referring, name, known, ids)
                    whole = self.loading.records(connection, referring, [one for one, _ in found])
                    for one, target in found:
                        if one in whole:
                            self._add(removal, referring, whole[one], removal.reasons[known.name, target], waiting)
        return removal, self._holders(connection, removal)

    def carry_out(self, connection: Connection, removal: Removal) -> None:
        """Empty the references that are to be emptied, and delete."""
        changes: list[Change] = []
        for name in removal.order:
            entity = self.scope.manifest.entities[name]
            self._clear(connection, removal, entity, changes)
        for name in reversed(removal.order):
            records = [one for key, one in removal.records[name].items() if (name, key) not in removal.rows]
            for start in range(0, len(records), CHUNK):
                remove(
                    self.scope, connection, self.scope.manifest.entities[name], records[start : start + CHUNK], changes
                )
        note(self.scope, connection, changes)

    def _add(
        self, removal: Removal, entity: Entity, record: Record, reason: int, waiting: list[tuple[Entity, set[int]]]
    ) -> None:
        if not removal.add(entity, record, reason):
            return
        if waiting and waiting[-1][0] is entity:
            waiting[-1][1].add(record["id"])
        else:
            waiting.append((entity, {record["id"]}))
        for name, known in entity.lines.items():
            child = self.scope.manifest.entities[known.settings["of"]]
            for row in record.get(name) or ():
                removal.rows.add((child.name, row["id"]))  # goes with its owner
                self._add(removal, child, row, reason, waiting)

    def _referrers(self, entity: Entity) -> Iterator[tuple[Entity, str]]:
        """Fields that refer to the entity, without the ref that makes rows of an owner: these go along anyway."""
        for name, field_name in self.scope.manifest.referrers.get(entity.name, ()):
            referring = self.scope.manifest.entities[name]
            if referring.owner is None or referring.owner.by != field_name:
                yield referring, field_name
        for referring in self.scope.manifest.entities.values():
            for known in referring.fields.values():
                if known.type == "any_ref" and entity.name in known.settings["of"]:
                    yield referring, known.name

    @staticmethod
    def _on_delete(entity: Entity, name: str) -> str:
        return str(entity.fields[name].settings.get("on_delete") or "restrict")

    def _condition(self, referring: Entity, known: Field, target: Entity, ids: Collection[int]) -> tuple[Any, Any]:
        table = self.scope.tables.of(referring.name)
        if known.type == "any_ref":
            column = table.c[f"{known.name}_id"]
            return column, and_(table.c[f"{known.name}_entity"] == target.name, column.in_(sorted(ids)))
        column = table.c[known.name]
        return column, column.in_(sorted(ids))

    def _referring(
        self, connection: Connection, referring: Entity, name: str, target: Entity, ids: Collection[int]
    ) -> list[tuple[int, int]]:
        """(referring id, id referred to) of all that refer to these records."""
        column, condition = self._condition(referring, referring.fields[name], target, ids)
        table = self.scope.tables.of(referring.name)
        rows = connection.execute(select(table.c.id, column).where(condition).order_by(table.c.id))
        return [(row[0], row[1]) for row in rows]

    def _holders(self, connection: Connection, removal: Removal) -> dict[int, Users]:
        """By record that was to be deleted: who refers to it, or to what would go with it, and forbids that."""
        found: dict[int, dict[str, int]] = {}
        for name, records in removal.records.items():
            entity = self.scope.manifest.entities[name]
            for referring, field_name in self._referrers(entity):
                if self._on_delete(referring, field_name) != "restrict":
                    continue
                column, condition = self._condition(referring, referring.fields[field_name], entity, records.keys())
                table = self.scope.tables.of(referring.name)
                leaving = list(removal.records.get(referring.name, ()))
                if leaving:
                    condition = and_(condition, table.c.id.not_in(leaving))
                counted = select(column, func.count()).select_from(table).where(condition).group_by(column)
                for target, count in connection.execute(counted):
                    by = found.setdefault(removal.reasons[name, target], {})
                    by[referring.name] = by.get(referring.name, 0) + count
        entities = self.scope.manifest.entities
        return {
            record: [(name, entities[name].plural, count) for name, count in by.items()] for record, by in found.items()
        }

    def _clear(self, connection: Connection, removal: Removal, entity: Entity, changes: list[Change]) -> None:
        scope = self.scope
        ids = removal.records[entity.name].keys()
        for referring, name in self._referrers(entity):
            if self._on_delete(referring, name) != "clear":
                continue
            leaving = removal.records.get(referring.name, {})
            found = self._referring(connection, referring, name, entity, ids)
            kept = [(one, target) for one, target in found if one not in leaving]
            table = scope.tables.of(referring.name)
            stamp = {"updated_at": scope.moment.now, "updated_by": scope.actor.user_id}
            for start in range(0, len(kept), CHUNK):
                chunk = kept[start : start + CHUNK]
                cleared = update(table).where(table.c.id.in_([one for one, _ in chunk]))
                connection.execute(cleared.values({name: None, "version": table.c.version + 1, **stamp}))
                changes.extend(Change(referring, one, "update", {name: target}, {name: None}) for one, target in chunk)
