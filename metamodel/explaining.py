"""Say of any part of a company's definitions what it is, who set it, where, and what that replaced.

In: a compilation and a path such as `crm.customer.fields.tax_number`. Out: for each property
its value, the layer and place that set it and what was replaced; or a problem when there is nothing at that path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .build import plain
from .compilation import Compilation
from .place import NOWHERE, Mark
from .problem import DefinitionError, Problem, suggestion
from .shape_terms import KINDS
from .tree import Items, Tree


@dataclass(frozen=True, slots=True)
class Explanation:
    """One property: its path within the object, its value, the mark of who set it; `replaced` newest first."""

    path: str
    value: Any
    mark: Mark

    @property
    def replaced(self) -> list[tuple[Any, Mark]]:
        found = []
        link = self.mark.replaced
        while link is not None:
            found.append((plain(link.value), link.mark))
            link = link.mark.replaced
        return found

    def as_json(self) -> dict[str, Any]:
        """The same as a mapping, for `--json`."""
        return {
            "path": self.path,
            "value": self.value,
            "layer": self.mark.layer,
            "file": self.mark.file,
            "line": self.mark.key_line,
            "replaced": [
                {"value": value, "layer": mark.layer, "file": mark.file, "line": mark.key_line}
                for value, mark in self.replaced
            ],
        }


def explain(compilation: Compilation, path: str) -> list[Explanation]:
    """Explain the node at a path: `crm.customer`, `crm.customer.fields.name.required`, `list:crm.customer.columns`.

    The path names an entity unless it begins with another kind and a colon. Raises DefinitionError when it is wrong.
    """
    kind, colon, rest = path.partition(":")
    kind, rest = (kind, rest) if colon else ("entity", path)
    if kind not in KINDS:
        raise DefinitionError([Problem(NOWHERE, "L204", f'no kind "{kind}"', suggestion(kind, KINDS))])
    parts = rest.split(".")
    name, inside = ".".join(parts[:2]), parts[2:]
    tree = compilation.trees.get((kind, name))
    if tree is None:
        known = [known for known_kind, known in compilation.trees if known_kind == kind]
        raise DefinitionError([Problem(NOWHERE, "L201", f'no {kind} "{name}"', suggestion(name, known))])
    node: Any = tree
    for index, step in enumerate(inside):
        if not isinstance(node, Tree) or step not in node:
            where = ".".join([name, *inside[:index]])
            known = list(node) if isinstance(node, Tree) else []
            raise DefinitionError(
                [Problem(NOWHERE, "L204", f'"{where}" has no "{step}"', suggestion(step, known, most=30))]
            )
        parent, node = node, node[step]
        if index == len(inside) - 1 and not isinstance(node, Tree):
            return [Explanation(step, plain(node), parent.marks[step])]
    return list(_leaves(node, ""))


def _leaves(tree: Tree, prefix: str) -> Iterator[Explanation]:
    for key, value in tree.items():
        if isinstance(value, Tree) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield Explanation(
                f"{prefix}{key}", plain(value) if not isinstance(value, Items) else plain(list(value)), tree.marks[key]
            )
