"""Paths: which field a text such as `level` or `customer.level` names, for one actor.

In: an entity, a path, the actor's access. Out: a Target, or None. A field that does not exist and one that the actor
may not read are the same None, so that nothing can be guessed from the difference. Knows nothing of SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity, Field, Manifest
from ...metamodel.system_fields import SYSTEM
from ...rules.access import Access
from ..records.errors import Fault, Rejected

HOPS_TO_ONE = ("ref", "department")
HOPS_TO_MANY = ("lines", "related", "many")


@dataclass(frozen=True, slots=True)
class Target:
    """A field that a path leads to: of the entity itself, or of the one behind the field `hop`."""

    path: str
    entity: Entity
    field: Field
    hop: Field | None = None

    @property
    def to_many(self) -> bool:
        """Whether the hop leads to any number of records, so that only conditions can use it."""
        return self.hop is not None and self.hop.type in HOPS_TO_MANY


def own_field(entity: Entity, name: str) -> Field | None:
    """A field of the entity by name, the system's own included."""
    found = entity.fields.get(name)
    if found is not None:
        return found
    if name == "position" and entity.owner is None:
        return None
    return SYSTEM.get(name)


class Paths:
    """Resolves paths for one access. Answers are kept: an access lives as long as its release."""

    def __init__(self, manifest: Manifest, access: Access) -> None:
        self.manifest = manifest
        self.access = access
        self.kept: dict[str, Any] = {}  # what the compiler needs again for each query of an entity
        self._known: dict[tuple[str, str], Target | None] = {}

    def target(self, entity: Entity, path: str) -> Target | None:
        """What the path names, or None where there is nothing of this name that may be read."""
        key = (entity.name, path)
        if key in self._known:
            return self._known[key]
        found = self._find(entity, path)
        if found is not None or len(self._known) < 10_000:  # a flood of wrong names must not fill the memory
            self._known[key] = found
        return found

    def required(self, entity: Entity, path: str) -> Target:
        """As `target`; raises Rejected where it is None."""
        target = self.target(entity, path)
        if target is None:
            raise Rejected([unknown(path, path)])
        return target

    def _find(self, entity: Entity, path: str) -> Target | None:
        first, dot, rest = path.partition(".")
        field = self._readable(entity, first)
        if field is None:
            return None
        if not dot:
            return Target(path, entity, field)
        if field.type not in HOPS_TO_ONE + HOPS_TO_MANY or "." in rest:
            return None
        beyond = self.manifest.entities.get(field.settings["of"])
        if beyond is None or not self.access.can(beyond.name, "read"):
            return None
        inner = self._readable(beyond, rest)
        return None if inner is None else Target(path, beyond, inner, field)

    def _readable(self, entity: Entity, name: str) -> Field | None:
        field = own_field(entity, name)
        return field if field is not None and self.access.field(entity.name, name) != "none" else None


def unknown(path: str, name: str) -> Fault:
    """The one answer to a field that does not exist, and to one that may not be known."""
    return Fault(path, "unknown_field", N_("There is no field “{name}”."), {"name": name[:80]})
