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
from .shapes import SHAPES
from .tree import Tree


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

    The path names an entity unless it begins with another kind and a colon (`company:acme`, `package:crm`). Raises
    DefinitionError when it is wrong.
    """
    kind, colon, rest = path.partition(":")
    kind, rest = (kind, rest) if colon else ("entity", path)
    if kind not in SHAPES:
        raise DefinitionError([Problem(NOWHERE, "L204", f'no kind "{kind}"', suggestion(kind, SHAPES, most=10))])
    parts = rest.split(".")
    depth = 2 if kind in KINDS else 1
    name, inside = ".".join(parts[:depth]), parts[depth:]
    tree = compilation.trees.get((kind, name))
    if tree is None:
        known = [known for known_kind, known in compilation.trees if known_kind == kind]
        raise DefinitionError([Problem(NOWHERE, "L201", f'no {kind} "{name}"', suggestion(name, known))])
    node: Any = tree
    taken = 0
    while taken < len(inside):
        step = _step(node, inside[taken:])
        if step is None:
            where, missing = ".".join([name, *inside[:taken]]), inside[taken]
            if isinstance(node, Tree) and missing in node.removed and taken == len(inside) - 1:
                return [Explanation(missing, None, node.removed[missing])]
            fact = f'"{where}" has no "{missing}"'
            remedy = suggestion(missing, node if isinstance(node, Tree) else (), most=30)
            raise DefinitionError([Problem(NOWHERE, "L204", fact, remedy)])
        taken += step.count(".") + 1
        parent, node = node, node[step]
        if taken == len(inside) and not (isinstance(node, Tree) and node):
            return [Explanation(step, plain(node), parent.marks[step])]
    return list(_leaves(node, ""))


def _step(node: Any, ahead: list[str]) -> str | None:
    """The key of a node with which the rest of a path goes on; keys such as `customer.level` hold dots themselves."""
    keys = (".".join(ahead[:length]) for length in range(1, len(ahead) + 1))
    return next((key for key in keys if isinstance(node, Tree) and key in node), None)


def _leaves(tree: Tree, prefix: str) -> Iterator[Explanation]:
    for key, value in tree.items():
        if isinstance(value, Tree) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield Explanation(f"{prefix}{key}", plain(value), tree.marks[key])
    for key, mark in tree.removed.items():
        if mark.replaced is not None:  # else null was there from the start, and took nothing back
            yield Explanation(f"{prefix}{key}", None, mark)
