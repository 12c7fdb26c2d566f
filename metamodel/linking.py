"""What the parts of linking share: the objects, the entities linked so far, the problems found.

In: objects built each for itself. Out: answers about names, and the problems that they raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .manifest import Company, Entity, Field, Package
from .place import Place
from .problem import Problem, suggestion
from .tree import Tree, locate, remedy_for


@dataclass(frozen=True, slots=True)
class Built:
    """One object: what was built of its tree, or None where its shape was faulty."""

    kind: str
    name: str
    tree: Tree
    value: Any
    layers: tuple[str, ...]


@dataclass(slots=True)
class Linking:
    """What the parts of linking share: the objects by kind and name, the entities linked so far, the problems found."""

    company: Company
    packages: dict[str, Package]
    objects: Mapping[str, Mapping[str, Built]]
    entities: dict[str, Entity] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _allowed: dict[str, frozenset[str]] = field(default_factory=dict)

    def report(self, place: Place, code: str, fact: str, remedy: str = "", *, warning: bool = False) -> None:
        """Note a problem."""
        self.problems.append(Problem(place, code, fact, remedy, warning))

    def built(self, kind: str) -> Iterable[Built]:
        """The sound objects of a kind."""
        return (built for built in self.objects.get(kind, {}).values() if built.value is not None)

    def known(self, kind: str) -> Mapping[str, Built]:
        """All objects of a kind, faulty ones too: what is broken is not also missing."""
        return self.objects.get(kind, {})

    def entity(self, name: str, who: str, place: Place, layer: str) -> Entity | None:
        """The entity of a name; a problem where there is none, or where the layer does not require its package."""
        self.require(name, who, place, layer)
        found = self.entities.get(name)
        if found is None and name not in self.known("entity"):
            self.report(place, "L201", f'{who}: no entity "{name}"', suggestion(name, self.known("entity")))
        return found

    def field_remedy(self, entity: Entity, name: str, *more: str) -> str:
        """The remedy for a field that an entity has not; `more` are names that would do as well."""
        built = self.known("entity").get(entity.name)
        return remedy_for(name, built.tree.get("fields") if built else None, [*entity.fields, *more])

    def option_remedy(self, entity: str, field: Field, name: str) -> str:
        """The remedy for an option that a field has not; empty where it has none at all."""
        shared = field.settings.get("choices")
        if isinstance(shared, str):
            built = self.known("choices").get(shared)
            options = built.tree.get("options") if built else None
        else:
            built = self.known("entity").get(entity)
            options = locate(built.tree, ("fields", field.name, "choices"))[0] if built else None
        return remedy_for(name, options, field.options) if field.options else ""

    def require(self, name: str, who: str, place: Place, layer: str) -> None:
        """A problem where a package names what belongs to a package that it does not require."""
        package = name.partition(".")[0]
        if layer in self.packages and package in self.packages and package not in self.allowed(layer):
            fact = f'{who}: "{name}" belongs to a package that {layer} does not require'
            self.report(place, "P113", fact, f"add `{package}` to `requires` in its package.yaml")

    def allowed(self, package: str) -> frozenset[str]:
        """The packages that a package may name: itself and all that it requires, near and far."""
        known = self._allowed.get(package)
        if known is None:
            self._allowed[package] = frozenset((package,))  # ends a circle, which is reported elsewhere
            near = self.packages[package].requires if package in self.packages else {}
            known = frozenset((package,)).union(*(self.allowed(name) for name in near))
            self._allowed[package] = known
        return known
