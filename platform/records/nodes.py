"""Nodes: what a record and its rows will be, before anything is written.

In: a draft and the record as it stands. Out: a tree of Nodes with the whole new state, what changes, and every fault
that can be found without asking the database: locks, what may not be set by hand, rows that belong elsewhere,
required fields, limits. Computed fields are filled in by the formulas. Touches no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metamodel.fields.date import as_date
from ...metamodel.invalid import N_, Invalid
from ...metamodel.manifest import Entity, Field
from ...metamodel.system_fields import SYSTEM
from ...rules.formula import compute
from ...rules.lifecycle import locked_fields
from .defaults import defaults
from .drafts import Draft, not_writable
from .errors import Fault
from .scope import Scope

EMPTY: tuple[Any, ...] = (None, "", [], {})
STALE = ("version", "updated_at", "updated_by", "position")  # these change by themselves; what was sent is older


@dataclass
class Node:
    """One record or row as it will be. `present` is None where it is new."""

    entity: Entity
    path: str
    present: dict[str, Any] | None
    values: dict[str, Any]
    sent: frozenset[str] = frozenset()
    rows: dict[str, list[Node]] = field(default_factory=dict)  # lines fields that were sent, in their new order
    removed: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    id: int | None = None
    owner: Node | None = None
    moved: bool = False

    @property
    def changed(self) -> dict[str, Any]:
        """What differs from the present, by field; for what is new, everything."""
        if self.present is None:
            return {name: value for name, value in self.values.items() if name in self.entity.fields}
        present = self.present
        return {
            name: value
            for name, value in self.values.items()
            if name in self.entity.fields and name not in self.entity.lines and not same(value, present.get(name))
        }

    @property
    def touched(self) -> bool:
        """Whether anything of it, or of its rows, is to be written."""
        if self.present is None or self.moved or self.changed or any(self.removed.values()):
            return True
        return any(row.touched for rows in self.rows.values() for row in rows)

    def at(self, name: str) -> str:
        """The path of a field of this node."""
        return f"{self.path}.{name}" if self.path else name

    def fault(self, name: str, code: str, message: str, **params: Any) -> None:
        """Note a fault at a field."""
        known = self.entity.fields[name]
        self.faults.append(Fault(self.at(name), code, message, {"label": known.label, **params}))

    def walk(self) -> Iterator[Node]:
        """This node and those of its rows, owners first."""
        yield self
        for rows in self.rows.values():
            for row in rows:
                yield from row.walk()

    def all_faults(self) -> list[Fault]:
        """The faults of the record and its rows."""
        return [fault for node in self.walk() for fault in node.faults]


class Binding:
    """Binds drafts to what is there."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def bind(self, draft: Draft, present: dict[str, Any] | None) -> Node:
        """The node of a draft, with its rows, computed and checked."""
        node = self._bind(draft, present, None)
        computed = not node.all_faults()
        if computed:
            self._compute(node)
        for each, its_draft in self._pairs(node, draft):
            self._guards(each, its_draft, computed=computed)
            self._required(each)
        return node

    def _bind(self, draft: Draft, present: dict[str, Any] | None, owner: Node | None) -> Node:
        entity = draft.entity
        values = dict(present) if present is not None else defaults(self.scope, entity, draft.values)
        node = Node(
            entity, draft.path, present, values | draft.values, frozenset(draft.values), faults=list(draft.faults)
        )
        node.owner = owner
        node.id = present["id"] if present is not None else None
        for name, rows in draft.rows.items():
            self._bind_rows(node, entity.fields[name], rows, frozen=name in draft.frozen_rows)
        self._locks(node)
        self._limits(node)
        return node

    def _bind_rows(self, node: Node, lines: Field, drafts: list[Draft], *, frozen: bool) -> None:
        there = {row["id"]: row for row in (node.present or {}).get(lines.name) or ()}
        rows: list[Node] = []
        for draft in drafts:
            present = there.pop(draft.id, None) if draft.id is not None else None
            row = self._bind(draft, present, node)
            if draft.id is not None and present is None:
                row.faults.append(
                    Fault(draft.at("id"), "unknown_row", N_("This row is not there any more; reload the record."), {})
                )
            last = rows[-1].values["position"] if rows else 0
            position = present["position"] if present is not None else 0
            row.moved = position <= last
            row.values["position"] = last + 1 if position <= last else position
            rows.append(row)
        node.rows[lines.name] = rows
        node.removed[lines.name] = list(there.values())
        node.values[lines.name] = [row.values for row in rows]
        if frozen and (there or any(row.present is None or row.moved for row in rows)):
            node.faults.append(not_writable(node.at(lines.name), lines))

    def _locks(self, node: Node) -> None:
        """Fields that the record's state locks. Rows that are added to or taken from a locked field count as its
        change.
        """
        life = node.entity.lifecycle
        if node.present is None or life is None or self.scope.actor.trusted:
            return
        state = node.present.get(life.field)
        locked = locked_fields(node.entity, state)
        if not locked:
            return
        label = life.states[life.initial if state is None else state].label
        for name in node.changed:
            if name in locked and name in node.sent:
                node.fault(name, "locked", N_("{label} cannot change while the record is “{state}”."), state=label)
        for name, rows in node.rows.items():
            if name in locked and (node.removed[name] or any(row.touched for row in rows)):
                node.fault(name, "locked", N_("{label} cannot change while the record is “{state}”."), state=label)

    def _limits(self, node: Node) -> None:
        today = self.scope.moment.today
        for name, value in node.changed.items():
            known = node.entity.fields[name]
            if known.type == "date" and value is not None:
                low, high = (_day(known.settings.get(end), today) for end in ("min", "max"))
                if low is not None and value < low:
                    node.fault(name, "too_small", N_("{label} must be at least {min}."), min=str(low))
                elif high is not None and value > high:
                    node.fault(name, "too_large", N_("{label} must be at most {max}."), max=str(high))
        for name, known in node.entity.lines.items():
            least = known.settings.get("min") or 0
            told = any(fault.path == node.at(name) for fault in node.faults)
            if len(node.rows.get(name, ())) < least and (name in node.rows or node.present is None) and not told:
                node.fault(name, "too_few", N_("{label} needs at least {min} rows."), min=least)

    def _compute(self, node: Node) -> None:
        """Fill in computed fields, of the rows first. Where one does not fit, its row is found and told."""
        if not _computes(self.scope, node.entity):
            return
        try:
            self._take(node, compute(self.scope.manifest, node.entity, node.values))
        except Invalid:
            for each in reversed(list(node.walk())):  # rows before their owners
                try:
                    self._take(each, compute(self.scope.manifest, each.entity, each.values))
                except Invalid as invalid:
                    if each.all_faults():
                        continue  # the row itself has been told
                    name = str(invalid.params.get("field", ""))
                    params = {key: value for key, value in invalid.params.items() if key != "field"}
                    each.fault(name, invalid.code, invalid.message, **params)

    def _take(self, node: Node, values: Mapping[str, Any]) -> None:
        for name, known in node.entity.fields.items():
            if known.computed:
                node.values[name] = values.get(name)
            elif name in node.rows:
                for row, computed in zip(node.rows[name], values.get(name) or (), strict=True):
                    self._take(row, computed)

    def _guards(self, node: Node, draft: Draft, *, computed: bool) -> None:
        for name, value in draft.guards.items():
            present = node.present.get(name) if node.present is not None else node.values.get(name)
            if same(value, present) or (value in EMPTY and node.present is None) or name in STALE:
                continue
            known = node.entity.fields.get(name)
            if known is not None and known.computed and (not computed or same(value, node.values.get(name))):
                continue
            node.faults.append(not_writable(draft.at(name), known or SYSTEM[name]))

    def _required(self, node: Node) -> None:
        faulty = {fault.path for fault in node.faults}
        for name, known in node.entity.fields.items():
            if not known.required or known.computed or known.type == "sequence" or node.at(name) in faulty:
                continue
            if node.present is not None and name not in node.sent and name not in node.rows:
                continue
            if node.owner is not None and node.entity.owner is not None and node.entity.owner.by == name:
                continue
            if node.values.get(name) in EMPTY:
                if self.scope.access.field(node.entity.name, name) == "none":
                    message = N_("Something is missing that you may not fill in; ask someone who may.")
                    node.faults.append(Fault(node.path, "required", message, {}))
                else:
                    node.fault(name, "required", N_("{label} is required."))

    def _pairs(self, node: Node, draft: Draft) -> Iterator[tuple[Node, Draft]]:
        yield node, draft
        for name, rows in node.rows.items():
            for row, its_draft in zip(rows, draft.rows[name], strict=True):
                yield from self._pairs(row, its_draft)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same for a record: nothing, an empty text and an empty list are all nothing."""
    if one in EMPTY and other in EMPTY:
        return True
    return type(one) is type(other) and bool(one == other)


def _computes(scope: Scope, entity: Entity) -> bool:
    if any(known.computed for known in entity.fields.values()):
        return True
    return any(_computes(scope, scope.manifest.entities[known.settings["of"]]) for known in entity.lines.values())


def _day(limit: Any, today: Any) -> Any:
    if limit is None:
        return None
    return today if limit == "today" else as_date(limit)
