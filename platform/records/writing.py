"""Writing: nodes into rows, within the transaction that their caller holds.

In: nodes without faults, of any number of records of one entity. Out: rows in the tables, ids in the nodes, and the
changes for the audit. All records of one depth are written with one statement, so that a thousand records cost hardly
more statements than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.engine import Connection

from ...metamodel.manifest import Entity
from ..files import files
from ..storage.columns import fold
from ..storage.tables import fold_name, is_folded
from .audit import Change, note
from .checks import FILES, as_list
from .insertion import insert_rows
from .nodes import Node, same
from .scope import Scope
from .sequences import Sequences

Record = dict[str, Any]


class Writing:
    """Writes nodes for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.sequences = Sequences(scope.tables.system)

    def save(self, connection: Connection, nodes: Sequence[Node], action: str | None = None) -> None:
        """Write these records with their rows, references and files, and note it all in the audit."""
        touched = [node for node in nodes if node.touched]
        changes: list[Change] = []
        level = touched
        while level:
            self._level(connection, level, action, changes)
            level = [row for node in level for rows in node.rows.values() for row in rows if row.touched]
        note(self.scope, connection, changes)

    def _level(self, connection: Connection, nodes: Sequence[Node], action: str | None, changes: list[Change]) -> None:
        by_entity: dict[str, list[Node]] = {}
        for node in nodes:
            by_entity.setdefault(node.entity.name, []).append(node)
        for name, group in by_entity.items():
            entity = self.scope.manifest.entities[name]
            for node in group:
                if node.owner is not None and entity.owner is not None:
                    node.values[entity.owner.by] = node.owner.id
            new = [node for node in group if node.present is None]
            old = [node for node in group if node.present is not None]
            changes.extend(self._change(node, action) for node in old)
            self._number(connection, entity, group)
            if new:
                self._insert(connection, entity, new)
            if old:
                self._update(connection, entity, old)
            changes.extend(self._change(node, action) for node in new)
            self._link(connection, entity, group)
            self._hold(connection, entity, group)
            self.scope.labels.forget(name, [node.id for node in group if node.id is not None])

    def _number(self, connection: Connection, entity: Entity, nodes: Sequence[Node]) -> None:
        new = [node for node in nodes if node.present is None]
        for name, field in entity.fields.items():
            if field.type != "sequence":
                continue
            given = [node.values[name] for node in nodes if name in node.sent and node.values.get(name)]
            if given:
                self.sequences.note(connection, entity, field, given)
            missing = [node for node in new if not node.values.get(name)]
            if missing:
                day = self.scope.moment.today
                numbers = self.sequences.take(connection, entity, field, day, len(missing))
                for node, number in zip(missing, numbers, strict=True):
                    node.values[name] = number

    def _insert(self, connection: Connection, entity: Entity, nodes: Sequence[Node]) -> None:
        table = self.scope.tables.of(entity.name)
        now, user = self.scope.moment.now, self.scope.actor.user_id
        rows: list[Record] = []
        for node in nodes:
            made, by = node.values.get("created_at") or now, node.values.get("created_by") or user
            node.values |= {"version": 1, "created_at": made, "created_by": by, "updated_at": made, "updated_by": by}
            row = {
                name: node.values[name] for name in ("version", "created_at", "created_by", "updated_at", "updated_by")
            }
            if entity.owner is not None:
                row["position"] = node.values.get("position") or 1
            rows.append(row | columns(entity, node.values, entity.fields))
        for node, id in zip(nodes, insert_rows(connection, table, rows), strict=True):
            node.id = node.values["id"] = id

    def _update(self, connection: Connection, entity: Entity, nodes: Sequence[Node]) -> None:
        table = self.scope.tables.of(entity.name)
        now, user = self.scope.moment.now, self.scope.actor.user_id
        groups: dict[tuple[str, ...], list[Record]] = {}
        for node in nodes:
            present = node.present or {}
            node.values |= {"version": present["version"] + 1, "updated_at": now, "updated_by": user}
            row = {name: node.values[name] for name in ("version", "updated_at", "updated_by")}
            if node.moved:
                row["position"] = node.values["position"]
            row |= columns(entity, node.values, node.changed)
            groups.setdefault(tuple(row), []).append(row | {"its_id": present["id"]})
        for rows in groups.values():
            connection.execute(update(table).where(table.c.id == bindparam("its_id")), rows)

    def _link(self, connection: Connection, entity: Entity, nodes: Sequence[Node]) -> None:
        for name, field in entity.fields.items():
            if field.type != "many":
                continue
            changed = [node for node in nodes if name in node.changed]
            link = self.scope.tables.link(entity.name, name)
            before = [node.id for node in changed if node.present is not None]
            if before:
                connection.execute(delete(link).where(link.c.owner.in_(before)))
            rows = [
                {"owner": node.id, "target": target, "position": position}
                for node in changed
                for position, target in enumerate(node.values.get(name) or (), 1)
            ]
            if rows:
                connection.execute(insert(link), rows)

    def _hold(self, connection: Connection, entity: Entity, nodes: Sequence[Node]) -> None:
        names = [name for name, field in entity.fields.items() if field.type in FILES]
        taken: list[tuple[str, str, int, str]] = []
        left: set[str] = set()
        for node in nodes:
            for name in names:
                if name in node.changed:
                    before = set(as_list(node.present.get(name))) if node.present is not None else set()
                    after = set(as_list(node.values.get(name)))
                    taken.extend((key, entity.name, node.id or 0, name) for key in sorted(after - before))
                    left |= before - after
        if taken:
            files.attach(self.scope, connection, taken)
        files.release(self.scope, connection, left)

    def _change(self, node: Node, action: str | None) -> Change:
        owner = (node.owner.entity.name, node.owner.id or 0) if node.owner is not None else None
        if node.present is None:
            return Change(node.entity, node.id or 0, "create", None, snapshot(node.entity, node.values), owner)
        before = {name: node.present.get(name) for name in node.changed}
        after = dict(node.changed)
        if node.moved:
            before["position"], after["position"] = node.present["position"], node.values["position"]
        said = action if action is not None and node.owner is None else "update"
        return Change(node.entity, node.id or 0, said, before, after, owner)


def columns(entity: Entity, values: Record, names: Iterable[str]) -> Record:
    """The column values of these fields, with the folded shadows that searching uses."""
    row: Record = {}
    for name in names:
        field = entity.fields[name]
        if field.kind.stored:
            row |= field.kind.split(field, values.get(name))
            if is_folded(field):
                row[fold_name(field)] = fold(values.get(name))
    return row


def snapshot(entity: Entity, values: Record) -> Record:
    """All that a record says, for the audit: its own fields, without those that are empty; rows are noted apart."""
    whole = {
        name: values[name]
        for name, field in entity.fields.items()
        if field.type not in ("lines", "related") and not same(values.get(name), None)
    }
    return whole | ({"position": values["position"]} if values.get("position") else {})


def remove(
    scope: Scope,
    connection: Connection,
    entity: Entity,
    records: Sequence[Record],
    changes: list[Change],
    owner: tuple[str, int] | None = None,
) -> None:
    """Delete records that were loaded whole, with their rows; their files are let go. Nothing else refers to them."""
    by = entity.owner.by if entity.owner is not None else ""
    for record in records:
        its_owner = owner or ((entity.owner.entity, record[by]) if entity.owner is not None else None)
        changes.append(Change(entity, record["id"], "delete", snapshot(entity, record), None, its_owner))
    for name, field in entity.lines.items():
        rows = [row for record in records for row in record.get(name) or ()]
        if rows:
            remove(scope, connection, scope.manifest.entities[field.settings["of"]], rows, changes)
    table = scope.tables.of(entity.name)
    ids = [record["id"] for record in records]
    connection.execute(delete(table).where(table.c.id.in_(ids)))
    names = [name for name, field in entity.fields.items() if field.type in FILES]
    files.release(scope, connection, {key for record in records for name in names for key in as_list(record.get(name))})
    scope.labels.forget(entity.name, ids)
