"""Merge layers: what a package says, what an industry template and a company say over it.

In: the documents about one object, lowest layer first. Out: one Tree, in which each value knows who set it and what it
replaced, and what was patched in vain. The inputs are never changed.

The rule: mappings merge per property, everything else replaces; null takes a property back to its default, or removes a
named node. A node that carries `was: old` is also hit by patches that say `old`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .layer import Document
from .place import Mark, Replaced
from .problem import Problem, suggestion
from .shape_terms import DEFS, Schema
from .shapes import COMMON, SHAPES
from .tree import Items, Tree, renamed


def merge(kind: str, documents: Sequence[Document]) -> tuple[Tree, list[Problem]]:
    """The merged tree of one object; `documents[0]` defines it, the others extend it."""
    shape = SHAPES[kind]
    merged = normalize(documents[0].tree, shape)
    problems = list(_empty_nodes(merged, shape))
    for document in documents[1:]:
        patch = normalize(document.tree, shape)
        merged = _over(merged, patch, shape, problems, top=True)
    return _without_nulls(merged, shape), problems


def normalize(tree: Tree, shape: Schema) -> Tree:
    """The same with short forms written out.

    Bare lists of names become mappings, options that are only a label get it as a property, grants name their entities
    in full, so that `customer` in a package and `crm.customer` in an overlay are one.
    """
    normal = Tree(tree.place)
    for key, value in tree.items():
        mark = tree.marks[key]
        full = mark.full(key) if shape.get("x-kind") == "grant" else key
        # beside the full name, the short one stays as it is: building says that both are the same
        normal.put(key if full in tree else full, _normal(value, _below(shape, key), mark), mark)
    return normal


def _normal(value: Any, shape: Schema, mark: Mark) -> Any:
    if isinstance(value, Items) and shape.get("x-bare"):
        named = Tree(mark.value)
        for item, item_mark in zip(value, value.marks, strict=True):
            if not isinstance(item, str):
                return value  # the shape check says what is wrong
            named.put(item, Tree(item_mark.value), item_mark)
        return named
    if isinstance(value, Tree):
        if "x-kind" in shape and shape["x-kind"] == "option":
            return _normal_options(value)
        return normalize(value, shape) if shape else value
    return value


def _normal_options(options: Tree) -> Tree:
    normal = Tree(options.place)
    for name, option in options.items():
        mark = options.marks[name]
        if isinstance(option, str) or (isinstance(option, Tree) and "label" not in option and _is_label(option)):
            long = Tree(mark.value)
            long.put("label", option, mark)
            option = long
        normal.put(name, option, mark)
    return normal


def _is_label(tree: Tree) -> bool:
    return bool(tree) and all(len(key) == 2 or (len(key) == 5 and key[2] == "_") for key in tree)


def _below(shape: Schema, key: str) -> Schema:
    """The shape of what stands under a key."""
    if "$ref" in shape:
        shape = _FIELD if shape["$ref"].endswith("/field") else DEFS[shape["$ref"].rpartition("/")[2]]
    found = shape.get("properties", {}).get(key)
    if found is None:
        extra = shape.get("additionalProperties")
        found = extra if isinstance(extra, dict) else {}
    if "$ref" in found:
        name = found["$ref"].rpartition("/")[2]
        return _FIELD if name == "field" else DEFS[name]
    result: Schema = next((branch for branch in found.get("anyOf", ()) if "properties" in branch), found)
    return result


# The settings of all field types under one roof: merging does not depend on the type, and a patch may leave it out.
_FIELD: Schema = {
    "type": "object",
    "properties": COMMON | {"choices": DEFS["options"]},
    "additionalProperties": {},
    "required": ["type"],
}


def _over(base: Tree, patch: Tree, shape: Schema, problems: list[Problem], *, top: bool = False) -> Tree:
    merged = Tree(base.place)
    merged.update(base)
    merged.marks = dict(base.marks)
    kind = shape.get("x-kind")
    kept = {str(node["was"]): name for name, node in base.items() if isinstance(node, Tree) and "was" in node}
    for written, value in patch.items():
        if top and written in ("extends", "kind"):
            continue
        mark = patch.marks[written]
        key = kept.get(written, written) if written not in base else written
        below = _below(shape, key)
        present = base.get(key)
        if present is None and kind and _is_orphan(value, below):
            if key not in base or value is not None:  # what two layers remove is removed
                fact = f'{kind} "{written}" does not exist in what this extends'
                problems.append(Problem(mark.key, "P110", fact, _orphan_remedy(written, base), warning=True))
        elif isinstance(present, Tree) and isinstance(value, Tree):
            merged[key] = _over(present, value, below, problems)
        elif key in base:
            merged.put(key, value, mark._replace(replaced=Replaced(present, base.marks[key])))
        else:
            merged.put(key, value, mark)
    if "after" in shape.get("properties", ()):
        _settle_order(merged, patch)
    return merged


def _settle_order(merged: Tree, patch: Tree) -> None:
    """A patch that moves a node by `before` takes back the `after` of a lower layer, and the other way round."""
    for said, other in (("after", "before"), ("before", "after")):
        if patch.get(said) is not None and other in merged and other not in patch:
            mark = patch.marks[said]
            merged.put(other, None, mark._replace(replaced=Replaced(merged[other], merged.marks[other])))


def _orphan_remedy(written: str, base: Tree) -> str:
    mark = base.marks.get(written)
    if mark is not None:
        return f"{mark.layer} removes it in {mark.key}"
    return suggestion(written, (name for name, node in base.items() if node is not None))


def _is_orphan(value: Any, node: Schema) -> bool:
    """Whether a named node that is new here can only have been meant as a patch of one that is not there."""
    if value is None:
        return True
    return isinstance(value, Tree) and any(name not in value for name in node.get("required", ()))


def _empty_nodes(tree: Tree, shape: Schema) -> Iterator[Problem]:
    """Named nodes of a definition of its own of which nothing is said: a slip, for there is nothing to take back."""
    kind = shape.get("x-kind")
    for key, value in tree.items():
        if value is None and kind:
            fact = f'{kind} "{key}": nothing is said of it'
            yield Problem(tree.marks[key].key, "S102", fact, "write its properties, or `{}` where it needs none")
        elif isinstance(value, Tree) and kind != "record":
            yield from _empty_nodes(value, _below(shape, key))


def _without_nulls(tree: Tree, shape: Schema) -> Tree:
    """The tree without what was taken back, which it remembers. Within records null is a value."""
    clean = Tree(tree.place)
    removed = {}
    for key, value in tree.items():
        if value is None:
            removed[key] = tree.marks[key]
            continue
        if isinstance(value, Tree) and shape.get("x-kind") != "record":
            value = _without_nulls(value, _below(shape, key))
        clean.put(key, value, tree.marks[key])
    if removed:
        clean.removed = removed
    return clean


def ordered(nodes: Any, problems: list[Problem]) -> list[tuple[str, Tree]]:
    """Named nodes in their order: as written, those with `after` or `before` moved beside the node that they name."""
    if not isinstance(nodes, Tree):
        return []
    names = [name for name, node in nodes.items() if isinstance(node, Tree)]
    beside = {name: said for name in names if (said := _beside(name, nodes)) is not None}
    placed = [name for name in names if name not in beside]
    waiting = [name for name in names if name in beside]
    while waiting:
        rest = []
        for name in waiting:
            where, target = beside[name]
            if target not in placed:
                rest.append(name)
                continue
            index = placed.index(target)
            if where == "after":
                index += 1
                # several nodes after the same one keep the order in which they are written
                while index < len(placed) and beside.get(placed[index]) == ("after", target):
                    index += 1
            placed.insert(index, name)
        if len(rest) == len(waiting):
            problems.extend(_unplaceable(name, *beside[name], nodes) for name in rest)
            placed.extend(rest)
            break
        waiting = rest
    return [(name, nodes[name]) for name in placed]


def _beside(name: str, nodes: Tree) -> tuple[str, str] | None:
    """Where a node is to stand: (`after` or `before`, the name of another, even if its former one); None: as written.

    A node that a higher layer removes holds no place, so what was to stand beside it stands where it is written.
    """
    node = nodes[name]
    where = "after" if "after" in node else "before"
    target = node.get(where)
    if target is None or (target in nodes.removed and target not in nodes):
        return None
    if target not in nodes:
        target = renamed(target, nodes) or target
    return where, target


def _unplaceable(name: str, where: str, target: str, nodes: Tree) -> Problem:
    known = target in nodes
    fact = f'"{name}" is to stand {where} "{target}", ' + (
        "and the other way round" if known else "which does not exist"
    )
    remedy = "remove one of the two" if known else suggestion(target, nodes)
    return Problem(nodes[name].value_place(where), "P111", fact, remedy)
