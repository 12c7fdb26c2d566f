"""Merge layers: what a package says, what an industry template and a company say over it.

In: the documents about one object, lowest layer first. Out: one Tree, in which each value knows who set it and what it
replaced, and what was patched in vain. The inputs are never changed.

The rule: mappings merge per property, everything else replaces; null takes a property back to its default, or removes a
named node. A node that carries `was: old` is also hit by patches that say `old`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .layer import Document
from .place import Mark, Replaced
from .problem import Problem, suggestion
from .shape_terms import DEFS, Schema
from .shapes import COMMON, SHAPES
from .tree import Items, Tree

FREE = ("records",)  # what lies below is data, where null is a value


def merge(kind: str, documents: Sequence[Document]) -> tuple[Tree, list[Problem]]:
    """The merged tree of one object; `documents[0]` defines it, the others extend it."""
    shape = SHAPES[kind]
    merged = normalize(documents[0].tree, shape)
    problems: list[Problem] = []
    for document in documents[1:]:
        patch = normalize(document.tree, shape)
        merged = _over(merged, patch, shape, problems, top=True)
    return _without_nulls(merged), problems


def normalize(tree: Tree, shape: Schema) -> Tree:
    """The same with short forms written out: bare lists of names as mappings, options that are only a label."""
    normal = Tree(tree.place)
    for key, value in tree.items():
        normal.put(key, _normal(value, _below(shape, key), tree.marks[key]), tree.marks[key])
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
    if value is None and shape.get("x-bare-node"):
        return Tree(mark.value)
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
    result: Schema = found
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
    renamed = (
        {node["was"]: name for name, node in base.items() if isinstance(node, Tree) and "was" in node} if kind else {}
    )
    for written, value in patch.items():
        if top and written in ("extends", "kind"):
            continue
        mark = patch.marks[written]
        key = renamed.get(written, written) if written not in base else written
        below = _below(shape, key)
        if key not in base:
            if kind and _is_orphan(value, below):
                fact = f'{kind} "{written}" does not exist in what this extends'
                problems.append(Problem(mark.key, "P110", fact, suggestion(written, base), warning=True))
                continue
            merged.put(key, value, mark)
        elif isinstance(base[key], Tree) and isinstance(value, Tree):
            merged[key] = _over(base[key], value, below, problems)
        else:
            merged.put(key, value, mark._replace(replaced=Replaced(base[key], base.marks[key])))
    return merged


def _is_orphan(value: Any, node: Schema) -> bool:
    """Whether a named node that is new here can only have been meant as a patch of one that is not there."""
    if value is None:
        return True
    return isinstance(value, Tree) and any(name not in value for name in node.get("required", ()))


def _without_nulls(tree: Tree) -> Tree:
    clean = Tree(tree.place)
    for key, value in tree.items():
        if value is None:
            continue
        if isinstance(value, Tree) and key not in FREE:
            value = _without_nulls(value)
        clean.put(key, value, tree.marks[key])
    return clean


def ordered(nodes: Any, problems: list[Problem]) -> list[tuple[str, Tree]]:
    """Named nodes in their order: as written, those with `after` or `before` moved beside the node that they name."""
    if not isinstance(nodes, Tree):
        return []
    names = [name for name, node in nodes.items() if isinstance(node, Tree)]
    moved = [name for name in names if "after" in nodes[name] or "before" in nodes[name]]
    if moved:
        placed = [name for name in names if name not in moved]
        waiting = moved
        while waiting:
            rest = []
            for name in waiting:
                where = "after" if "after" in nodes[name] else "before"
                target = nodes[name][where]
                if target in placed:
                    followers = placed.index(target) + 1
                    # several nodes after the same one keep the order in which they are written
                    while (
                        where == "after" and followers < len(placed) and nodes[placed[followers]].get("after") == target
                    ):
                        followers += 1
                    placed.insert(followers if where == "after" else placed.index(target), name)
                else:
                    rest.append(name)
            if len(rest) == len(waiting):
                for name in rest:
                    where = "after" if "after" in nodes[name] else "before"
                    target = str(nodes[name][where])
                    known = target in names
                    fact = f'"{name}" is to stand {where} "{target}", ' + (
                        "and the other way round" if known else "which does not exist"
                    )
                    remedy = "remove one of the two" if known else suggestion(target, names)
                    problems.append(Problem(nodes[name].value_place(where), "P111", fact, remedy))
                placed.extend(rest)
                break
            waiting = rest
        names = placed
    return [(name, nodes[name]) for name in names]
