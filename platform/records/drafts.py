"""Drafts: what was sent for a record, read field by field.

In: values from JSON or from a form, by field name; rows as lists of such. Out: a Draft with Python values and all the
faults found so far. What may not be set by hand is kept as a guard: it is no fault to send back what is there
already, and nobody can tell here what that is. Touches no database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metamodel.fields.base import as_integer
from ...metamodel.invalid import N_, Invalid
from ...metamodel.manifest import SYSTEM_FIELDS, Entity, Field
from ..query.paths import own_field, unknown
from .errors import Fault
from .scope import Scope

UNREADABLE = object()  # a guarded value that is no value of its field at all, so it differs from what is there
MOST_FAULTS = 200


@dataclass
class Draft:
    """What was sent for one record or row. `path` is "" or, for rows, `lines.2`; rows count from 0."""

    entity: Entity
    path: str = ""
    id: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    guards: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, list[Draft]] = field(default_factory=dict)
    frozen_rows: set[str] = field(default_factory=set)  # lines fields that were sent but may not be changed
    faults: list[Fault] = field(default_factory=list)

    def at(self, name: str) -> str:
        """The path of a field of this record."""
        return f"{self.path}.{name}" if self.path else name

    def walk(self) -> Iterator[Draft]:
        """This draft and those of its rows."""
        yield self
        for rows in self.rows.values():
            for row in rows:
                yield from row.walk()

    def all_faults(self) -> list[Fault]:
        """The faults of the record and its rows, at most so many that a person could still read them."""
        return [fault for draft in self.walk() for fault in draft.faults][:MOST_FAULTS]


class Drafting:
    """Reads what one actor sends."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def read(self, entity: Entity, sent: Mapping[str, Any], path: str = "", *, frozen: bool = False) -> Draft:
        """The draft of what was sent. `frozen`: nothing in it may be changed (rows of a field that may only be
        read).
        """
        draft = Draft(entity, path)
        for name, value in sent.items():
            if not isinstance(name, str) or name.startswith("$"):
                continue  # what reading puts beside the values may come back with them
            try:
                self._take(draft, name, value, frozen)
            except Invalid as invalid:
                known = own_field(entity, name)
                draft.faults.append(Fault.of(draft.at(name), known.label if known is not None else name, invalid))
        return draft

    def _take(self, draft: Draft, name: str, value: Any, frozen: bool) -> None:
        entity, scope = draft.entity, self.scope
        known = own_field(entity, name)
        level = scope.access.field(entity.name, name)
        if known is None or level == "none":
            draft.faults.append(unknown(draft.at(name), name))
        elif name == "id" and draft.path:
            draft.id = as_integer(value, message=N_("{label} must name a row.")) if value not in (None, "") else None
        elif name in ("created_at", "created_by") and scope.actor.trusted:
            draft.values[name] = known.kind.input(known, value)
        elif name in SYSTEM_FIELDS:
            draft.guards[name] = self._guarded(known, value)
        elif known.type == "lines":
            self._take_rows(draft, known, value, frozen or not self._free(entity, known, level))
        elif known.type == "related":
            if value not in (None, "", []):
                known.kind.parse(known, value)
        elif frozen or not self._free(entity, known, level):
            draft.guards[name] = self._guarded(known, value)
        else:
            draft.values[name] = known.kind.input(known, value)

    def _take_rows(self, draft: Draft, known: Field, value: Any, frozen: bool) -> None:
        child = self.scope.manifest.entities[known.settings["of"]]
        by = known.settings["by"]
        rows: list[Draft] = []
        for index, row in enumerate(known.kind.input(known, value) or ()):
            path = f"{draft.at(known.name)}.{index}"
            rows.append(self.read(child, {key: part for key, part in row.items() if key != by}, path, frozen=frozen))
        draft.rows[known.name] = rows
        if frozen:
            draft.frozen_rows.add(known.name)

    def _free(self, entity: Entity, known: Field, level: str) -> bool:
        """Whether the field may be set by hand, by this actor."""
        if known.computed:
            return False
        if self.scope.actor.trusted:
            return True
        state = entity.lifecycle is not None and entity.lifecycle.field == known.name
        return level == "write" and not known.readonly and not state and known.type != "sequence"

    @staticmethod
    def _guarded(known: Field, value: Any) -> Any:
        try:
            return known.kind.input(known, value)
        except Invalid:
            return UNREADABLE


def not_writable(path: str, known: Field) -> Fault:
    """The fault of a field that may be read but not set by hand."""
    return Fault(path, "not_writable", N_("{label} cannot be changed here."), {"label": known.label})
