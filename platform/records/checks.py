"""Checks that ask the database: do the records exist that are referred to, the users, the files; is what must be
unique still free.

In: nodes of any number of records of one save. Out: faults on those nodes. One statement for each entity referred to
and for each unique rule, however many records are saved. The database's own constraints hold in any case: see
`record_refusals`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.engine import Connection

from ...metamodel.fields.base import column_names
from ...metamodel.invalid import N_
from ...metamodel.manifest import Condition, Entity, Field, Label
from ..files import files
from ..query.paths import Target
from .drafts import Draft
from .errors import Fault
from .nodes import Node
from .scope import Scope

TO_RECORDS = ("ref", "department", "any_ref", "many")
FILES = ("file", "image", "signature")
CHUNK = 200


class Checking:
    """Checks nodes for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def known_users(self, drafts: Iterable[Draft]) -> set[int]:
        """The users who exist, of those that drafts name. Asked before the transaction, so as not to hold it up."""
        named = {
            value
            for draft in drafts
            for name, value in draft.values.items()
            if value is not None and name in draft.entity.fields and draft.entity.fields[name].type == "user"
        }
        return set(self.scope.people.names(named)) if named else set()

    def users(self, nodes: Iterable[Node], known: set[int]) -> None:
        """Whether users exist who are newly named."""
        for node in nodes:
            for name, value in node.changed.items():
                if (
                    name in node.sent
                    and node.entity.fields[name].type == "user"
                    and value is not None
                    and value not in known
                ):
                    node.fault(name, "unknown_user", N_("{label} names a user who does not exist."))

    def records(self, connection: Connection, nodes: Sequence[Node]) -> None:
        """Whether the records exist that are newly referred to, and may be read by the actor."""
        groups: dict[tuple[str, str], list[tuple[Node, Field, int]]] = {}
        for node in nodes:
            for name, value in node.changed.items():
                field = node.entity.fields[name]
                if field.type not in TO_RECORDS or value is None or _is_owner(node, field):
                    continue
                where = json.dumps(field.settings.get("where") or {}, sort_keys=True)
                for entity, key in _named(field, value):
                    groups.setdefault((entity, where), []).append((node, field, key))
        for (entity, where), named in groups.items():
            self._records(connection, self.scope.manifest.entities[entity], json.loads(where), named)

    def files(self, connection: Connection, nodes: Sequence[Node]) -> None:
        """Whether files exist that are newly named, and are the actor's to use."""
        held: list[files.Held] = []
        holders: list[Node] = []
        for node in nodes:
            for name, value in node.changed.items():
                field = node.entity.fields[name]
                if field.type in FILES and value is not None:
                    before = as_list(node.present.get(name)) if node.present is not None else []
                    for key in as_list(value):
                        if key not in before:
                            held.append(files.Held(key, node.at(name), field, node.entity, node.id))
                            holders.append(node)
        if not held:
            return
        at = {id(one): node for one, node in zip(held, holders, strict=True)}
        for one, fault in files.claim(self.scope, connection, held):
            at[id(one)].faults.append(fault)

    def unique(self, connection: Connection, nodes: Sequence[Node]) -> None:
        """Whether values that must be unique are free, in the database and among the nodes themselves."""
        by_entity: dict[str, list[Node]] = {}
        for node in nodes:
            by_entity.setdefault(node.entity.name, []).append(node)
        leaving = {
            (node.entity.fields[name].settings["of"], row["id"])
            for node in nodes
            for name, rows in node.removed.items()
            for row in rows
        }
        for name, group in by_entity.items():
            entity = self.scope.manifest.entities[name]
            for rule in unique_rules(entity):
                self._unique(connection, entity, rule, group, leaving)

    def _records(
        self,
        connection: Connection,
        entity: Entity,
        where: dict[str, Any],
        named: Sequence[tuple[Node, Field, int]],
    ) -> None:
        scope = self.scope
        readable = scope.access.can(entity.name, "read") or scope.actor.trusted
        ids = sorted({key for _, _, key in named})
        source = scope.compiler.source(entity)
        table = source.table
        columns = [table.c.id, *scope.labels.columns(entity, table)]
        parts: list[ColumnElement[bool]] = [source.visible(entity, table)]
        for name, value in where.items():
            target = Target(name, entity, entity.fields[name])
            parts.append(scope.compiler.conditions.compile(source, target, Condition(name, "eq", value)))
        found: set[int] = set()
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            rows = connection.execute(select(*columns).where(table.c.id.in_(chunk), *parts)).all()
            found.update(row[0] for row in rows)
            scope.labels.learn(connection, entity, rows)  # the answer to this save will show them
        for node, field, key in named:
            by_hand = field.name in node.sent
            if key not in found or (by_hand and not readable):
                message = N_("{label} names a record that does not exist or cannot be chosen here.")
                if not any(fault.path == node.at(field.name) for fault in node.faults):
                    node.fault(field.name, "unknown_record", message)

    def _unique(
        self,
        connection: Connection,
        entity: Entity,
        rule: tuple[str, ...],
        nodes: Sequence[Node],
        leaving: set[tuple[str, int]],
    ) -> None:
        wanted: dict[tuple[Any, ...], list[Node]] = {}
        for node in nodes:
            key = tuple(_key_part(node, name) for name in rule)
            if None not in key and (node.present is None or any(name in node.changed for name in rule)):
                wanted.setdefault(key, []).append(node)
        if not wanted:
            return
        for same in wanted.values():
            for node in same[1:]:
                taken(node, rule)
        by_hand = {key: same[0] for key, same in wanted.items() if not _has_new_owner(same[0], rule)}
        table = self.scope.tables.of(entity.name)
        keys = list(by_hand)
        for start in range(0, len(keys), CHUNK):
            chunk = keys[start : start + CHUNK]
            if len(rule) == 1:
                condition: ColumnElement[bool] = table.c[rule[0]].in_([key[0] for key in chunk])
            else:
                condition = or_(*(and_(*(table.c[n] == v for n, v in zip(rule, key, strict=True))) for key in chunk))
            for row in connection.execute(select(table.c.id, *(table.c[name] for name in rule)).where(condition)):
                there = by_hand.get(tuple(row[1:]))
                if there is not None and row[0] != there.id and (entity.name, row[0]) not in leaving:
                    taken(there, rule)


def unique_rules(entity: Entity) -> list[tuple[str, ...]]:
    """The columns that must be unique together, each rule as field names."""
    single = [(name,) for name, field in entity.fields.items() if field.unique and len(column_names(field)) == 1]
    return single + [tuple(names) for names in entity.unique.values()]


def taken(node: Node, rule: Sequence[str]) -> None:
    """Note that a value, or a combination of values, is used already."""
    node.faults.append(taken_fault(node.entity, rule, node.path, node.values))


def taken_fault(entity: Entity, rule: Sequence[str], path: str, values: dict[str, Any]) -> Fault:
    """The fault of a value that must be unique and is not."""
    by = entity.owner.by if entity.owner is not None else ""  # a row is unique among the rows of its owner
    shown = [name for name in rule if name in entity.fields and name != by]
    first = shown[0] if shown else rule[0]
    at = f"{path}.{first}" if path else first
    known = entity.fields.get(first)
    label = known.label if known is not None else first
    if len(shown) == 1 and known is not None:
        value = known.kind.output(known, values.get(first))
        return Fault(at, "not_unique", N_("{label} “{value}” is already used."), {"label": label, "value": str(value)})
    message = N_("There is a record with the same {labels} already.")
    labels = listed(entity.fields[name].label for name in shown)
    return Fault(at, "not_unique", message, {"label": label, "labels": labels, "fields": list(rule)})


def listed(labels: Iterable[Label]) -> Label:
    """Several labels as one, in every language that they have."""
    known = list(labels)
    languages = {language for label in known for language in label.texts} | {"en"}
    return Label({name: ("、" if name == "zh" else ", ").join(each.text(name) for each in known) for name in languages})


def as_list(value: Any) -> list[Any]:
    """One value, several, or none, as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _named(field: Field, value: Any) -> list[tuple[str, int]]:
    if field.type == "any_ref":
        return [(value["entity"], value["id"])]
    return [(field.settings["of"], key) for key in as_list(value)]


def _is_owner(node: Node, field: Field) -> bool:
    return node.entity.owner is not None and node.entity.owner.by == field.name and node.owner is not None


def _key_part(node: Node, name: str) -> Any:
    """A value of a unique rule; rows of an owner that is new have no number yet, but are apart from all others."""
    owner = node.entity.owner
    if owner is not None and owner.by == name and node.owner is not None:
        return node.owner.id if node.owner.id is not None else id(node.owner)
    return node.values.get(name)


def _has_new_owner(node: Node, rule: Sequence[str]) -> bool:
    owner = node.entity.owner
    return owner is not None and owner.by in rule and node.owner is not None and node.owner.id is None
