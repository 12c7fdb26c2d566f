"""Access: what a set of roles may do with which entity and which field.

In: a manifest and the full names of a user's roles in one company. Out: yes or no, a level of access, or the roles
that are the reason. A user has the union of what their roles grant; what no role grants is forbidden. Knows nothing
of users, records or requests, and reads nothing but the manifest.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from ..metamodel.manifest import ACTIONS, SYSTEM_FIELDS, Entity, Grant, Manifest

LEVELS = ("none", "read", "write")
EVERYTHING = frozenset({"admin", "business_admin"})  # the platform's own roles, which need no grants
WRITES = frozenset({"create", "update", "import"})


class Access:
    """The access of everyone who has exactly these roles. Immutable; answers are kept."""

    def __init__(self, manifest: Manifest, roles: Collection[str], *, admin: bool = False) -> None:
        self.manifest = manifest
        self.roles = frozenset(roles)
        self.everything = admin or not EVERYTHING.isdisjoint(self.roles)
        self._actions: dict[str, frozenset[str]] = {}
        self._levels: dict[str, dict[str, str]] = {}

    @cached_property
    def effective(self) -> tuple[str, ...]:
        """The roles and all that they include, sorted; names that the manifest does not know grant nothing."""
        found: set[str] = set()
        open_roles = [role for role in self.roles if role in self.manifest.roles]
        while open_roles:
            role = open_roles.pop()
            if role not in found:
                found.add(role)
                open_roles.extend(name for name in self.manifest.roles[role].includes if name in self.manifest.roles)
        return tuple(sorted(found))

    def can(self, entity: str, action: str) -> bool:
        """Whether the action is granted on the entity. Rows of an owner answer as their owner: changing it changes
        them.
        """
        definition = self.manifest.entities.get(entity)
        if definition is None:
            return False
        owner = definition.owner
        if owner is not None:
            level = self.field(owner.entity, owner.field)
            if action in ("create", "update", "delete", "import"):
                return level == "write" and self.can(owner.entity, "update")
            return level != "none" and self.can(owner.entity, action)
        return self.everything or action in self._granted(entity)

    def field(self, entity: str, field: str) -> str:
        """`none`, `read` or `write`. System fields are read; a field that does not exist is `none`."""
        if field in SYSTEM_FIELDS and entity in self.manifest.entities:
            return "read" if self.everything or self._base(self.manifest.entities[entity]) != "none" else "none"
        return self._fields(entity).get(field, "none")

    def readable(self, entity: str) -> tuple[str, ...]:
        """The entity's own fields that may be read, in their order. (System fields go without saying.)"""
        return tuple(name for name, level in self._fields(entity).items() if level != "none")

    def writable(self, entity: str) -> tuple[str, ...]:
        """The fields that may be set by hand: granted to write, and neither computed, numbered, read-only nor for
        display.
        """
        fields = self.manifest.entities[entity].fields if entity in self.manifest.entities else {}
        life = self.manifest.entities[entity].lifecycle if fields else None
        return tuple(
            name
            for name, level in self._fields(entity).items()
            if level == "write"
            and not fields[name].computed
            and not fields[name].readonly
            and fields[name].type not in ("related", "sequence")
            and (life is None or life.field != name)
        )

    def may(self, entity: str, transition: str) -> bool:
        """Whether the transition is granted: the action on the entity and, where the transition names roles, one of
        those.
        """
        definition = self.manifest.entities.get(entity)
        if definition is None or definition.lifecycle is None or not self.can(entity, "transition"):
            return False
        step = definition.lifecycle.transitions.get(transition)
        if step is None:
            return False
        return self.everything or not step.roles or not set(step.roles).isdisjoint(self.effective)

    def entities(self, action: str = "read") -> list[str]:
        """The entities on which the action is granted, in the manifest's order."""
        return [name for name in self.manifest.entities if self.can(name, action)]

    def why(self, entity: str, action: str) -> list[tuple[str, Grant]]:
        """The roles that grant the action, each with its grant; for rows of an owner, those of the owner."""
        definition = self.manifest.entities.get(entity)
        if definition is None:
            return []
        if definition.owner is not None:
            inner = "update" if action in ("create", "update", "delete", "import") else action
            return self.why(definition.owner.entity, inner)
        everything = Grant(tuple(ACTIONS))
        reasons = [(role, everything) for role in sorted(self.roles & EVERYTHING)]
        if self.everything and not reasons:
            reasons.append(("admin", everything))
        for role in self.effective:
            grant = self.manifest.roles[role].grants.get(entity)
            if grant is not None and action in grant.actions:
                reasons.append((role, grant))
        return reasons

    def _granted(self, entity: str) -> frozenset[str]:
        actions = self._actions.get(entity)
        if actions is None:
            grants = (self.manifest.roles[role].grants.get(entity) for role in self.effective)
            actions = frozenset(action for grant in grants if grant is not None for action in grant.actions)
            self._actions[entity] = actions
        return actions

    def _fields(self, entity: str) -> dict[str, str]:
        levels = self._levels.get(entity)
        if levels is None:
            definition = self.manifest.entities.get(entity)
            levels = {} if definition is None else {name: self._level(definition, name) for name in definition.fields}
            self._levels[entity] = levels
        return levels

    def _level(self, definition: Entity, field: str) -> str:
        if self.everything:
            return "write"
        level = 0
        for role in self.effective:
            own = self.manifest.roles[role].grants.get(definition.name)
            base = self._base_of(definition, role)
            said = own.fields.get(field) if own is not None else None
            level = max(level, LEVELS.index(said if said is not None and base != "none" else base))
        return LEVELS[level]

    def _base(self, definition: Entity) -> str:
        return LEVELS[max((LEVELS.index(self._base_of(definition, role)) for role in self.effective), default=0)]

    def _base_of(self, definition: Entity, role: str) -> str:
        """What one role grants on the fields it does not name: write where it may write, read where it may only
        read.
        """
        top = definition
        while top.owner is not None:
            top = self.manifest.entities[top.owner.entity]
        grant = self.manifest.roles[role].grants.get(top.name)
        if grant is None or not grant.actions:
            return "none"
        return "write" if not WRITES.isdisjoint(grant.actions) else "read"
