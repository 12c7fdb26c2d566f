"""Definitions changed at random: whatever they say, compiling them gives a manifest or problems, and never raises.

A company and a package that say everything there is (`golden/whole.txt`) are taken apart at random, some of it by
overlays. Run for longer with `MUTATIONS=20000 python -m pytest tests/test_metamodel_mutations.py`.
"""

from __future__ import annotations

import os
import random
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sartor.metamodel.compilation import Compiler
from sartor.metamodel.fields import TYPES
from sartor.metamodel.layer import Document, Layer, Reader
from sartor.metamodel.manifest import Manifest
from sartor.metamodel.place import Mark
from sartor.metamodel.problem import Problem
from sartor.metamodel.shape_terms import KINDS
from sartor.metamodel.tree import Items, Tree
from sartor.rules.compilation import compile_company
from sartor.tests.test_golden import GOLDEN, read_cases

MUTATIONS = int(os.environ.get("MUTATIONS", "300"))
SEED = int(os.environ.get("SEED", "20260131"))
KEYS = (
    "after", "before", "was", "type", "formula", "rollup", "default", "min", "max", "of", "by", "where", "choices",
    "currency", "unit", "locks", "roles", "fields", "items", "columns", "label", "options", "total", "required",
    "unique", "index", "search", "title", "x", "", "Ä", "a" * 80, "position", "id", "en", "records", "a\n",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    *TYPES, None, None, True, False, 0, -1, 7, 10**30, Decimal("1.5"), Decimal("1E+999"), "", "x", "a.b", "x" * 5000,
    "\x00", "名称", "-x", ".", "*", "shop.*", "a.b.c", [], ["x"], [None], [[]], [{}], [1, "a"], ["name", "name"], {},
    {"a": None}, {"a": 1}, {"en": "x"}, {"a": {"b": {"c": 1}}}, {"type": "text"}, {"field": "name"}, {"field": None},
    {"type": []}, {"type": {}}, {"type": "ref", "of": "shop.bike"}, {"after": "x"}, {"before": "name"},
    {"between": [1, 2]}, {"in": {"a": 1}}, {"empty": 3}, {"was": []}, "shop.bike", "maker", "status", "name", "today",
    "current_user", "company_currency", "all", "1 +", "1", "sum(for l in parts return l.amount)", "round(1 / 3, 2)",
    "null", "'x'", "not not true", "((((1))))", "[", "(?P<", "1e99", "99999999999999999999", "2026-02-30",
    "today-99999999999d",
)  # fmt: skip


class _ChangedReader(Reader):
    """Reads layers as they are on the disk, or as they were changed since."""

    changed: dict[Path, Layer]

    def layer(self, folder: Path, root: Path | None = None) -> tuple[Layer | None, list[Problem]]:
        return (self.changed[folder], []) if folder in self.changed else super().layer(folder, root)


def copy(value: Any) -> Any:
    if isinstance(value, Tree):
        tree = Tree(value.place)
        for key, inner in value.items():
            tree.put(key, copy(inner), value.marks[key])
        return tree
    if isinstance(value, Items):
        items = Items()
        items.extend(copy(item) for item in value)
        items.marks.extend(value.marks)
        return items
    return value


def marked(value: Any, mark: Mark) -> Any:
    """A plain value as if it had been read at a mark."""
    if isinstance(value, dict):
        tree = Tree(mark.value)
        for key, inner in value.items():
            tree.put(key, marked(inner, mark), mark)
        return tree
    if isinstance(value, list):
        items = Items()
        items.extend(marked(item, mark) for item in value)
        items.marks.extend(mark for _ in value)
        return items
    return value


def spots(value: Any) -> list[tuple[Any, Any]]:
    """All (container, key) in a tree."""
    keys = list(value) if isinstance(value, Tree) else list(range(len(value))) if isinstance(value, Items) else []
    return [(value, key) for key in keys] + [spot for key in keys for spot in spots(value[key])]


def mutate(tree: Tree, chance: random.Random) -> None:
    """Change one thing in a tree: drop it, replace it, exchange it with another, rename it, put something beside it."""
    known = [(node, key) for node, key in spots(tree) if not (node is tree and key in (*KINDS, "extends", "kind"))]
    if not known:
        return
    node, key = chance.choice(known)
    mark = node.marks[key]
    other_node, other_key = chance.choice(known)
    match chance.randrange(6):
        case 0:
            del node[key], node.marks[key]
        case 1 | 2:
            node[key] = marked(chance.choice(VALUES), mark)
        case 3:
            node[key] = copy(other_node[other_key])
        case 4 if isinstance(node, Tree):
            node.put(chance.choice(KEYS), marked(chance.choice(VALUES), mark), mark)
        case 5 if isinstance(node, Tree) and (new := chance.choice(KEYS)) not in node:
            entries = [(new if name == key else name, value, node.marks[name]) for name, value in node.items()]
            node.clear()
            node.marks.clear()
            for entry in entries:
                node.put(*entry)


def patch(tree: Tree, chance: random.Random) -> Tree:
    """An overlay that says some of what a tree says again, or takes it back."""
    said = Tree(tree.place)
    names = [name for name in tree if name not in KINDS or isinstance(tree[name], Tree)]
    for name in chance.sample(names, min(len(names), chance.randint(1, 2))):
        value = tree[name]
        deeper = isinstance(value, Tree) and chance.random() < 0.8
        said.put(
            name,
            patch(value, chance) if deeper else None if chance.random() < 0.4 else copy(value),
            tree.marks[name]._replace(layer="acme"),
        )
    return said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    (case,) = read_cases(GOLDEN / "whole.txt")
    for name, text in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def changed(layers: list[Layer], chance: random.Random) -> list[Layer]:
    """The layers of a package and its company, changed."""
    package, own = layers
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        layer = chance.choice((package, own))
        index = chance.randrange(len(layer.documents))
        document = layer.documents[index]
        documents = list(layer.documents)
        if layer is own or chance.random() < 0.7:
            tree = copy(document.tree)
            mutate(tree, chance)
            documents[index] = replace(document, tree=tree)
        else:
            tree = patch(document.tree, chance)
            for _ in range(chance.randrange(3)):
                mutate(tree, chance)
            documents = [one for one in own.documents if (one.kind, one.name) != (document.kind, document.name)]
            documents.append(Document(document.kind, document.name, True, own.name, document.file, tree))
            layer = own
        if layer is own:
            own = replace(own, documents=tuple(documents))
        else:
            package = replace(package, documents=tuple(documents))
    if chance.random() < 0.03:
        header = copy(own.header)
        mutate(header, chance)
        own = replace(own, header=header)
    return [package, own]


def test_no_definition_makes_the_compiler_raise(folder: Path) -> None:
    chance = random.Random(SEED)
    reader = _ChangedReader()
    folders = [folder / "packages" / "shop", folder]
    layers = [layer for layer in (Reader().layer(one)[0] for one in folders) if layer is not None]
    compiler = Compiler()
    compiler._reader = reader
    sound = 0
    for number in range(MUTATIONS):
        reader.changed = dict(zip(folders, changed(layers, chance), strict=True))
        try:
            compilation = compile_company(compiler, folder)
            for problem in compilation.problems:
                assert problem.place.file.startswith(str(folder)), problem
                assert problem.place.line > 0, problem
                assert str(problem).isprintable(), problem
            if compilation.manifest is not None:
                sound += 1
                assert Manifest.from_json(compilation.manifest.to_json()) == compilation.manifest
        except Exception as error:
            error.add_note(f"mutation {number} of seed {SEED}")
            raise
    assert sound > MUTATIONS // 20
